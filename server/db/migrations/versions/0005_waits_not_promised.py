"""A ticket may have no promised wait: nothing is promised while no counter that serves its queue is open."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    with op.batch_alter_table("tickets") as tickets:
        for column in ("low_min", "high_min"):
            tickets.alter_column(column, existing_type=sa.Integer(), nullable=True)


def downgrade() -> None:
    """Take this step back: what was not promised reads as nought to nought."""
    op.execute("update tickets set low_min = 0, high_min = 0 where low_min is null")
    with op.batch_alter_table("tickets") as tickets:
        for column in ("low_min", "high_min"):
            tickets.alter_column(column, existing_type=sa.Integer(), nullable=False)
