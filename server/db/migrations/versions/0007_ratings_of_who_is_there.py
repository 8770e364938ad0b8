"""A rating slot may end before its time: the next service began at its counter."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.add_column("rating_slots", sa.Column("ended_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Take this step back: what had ended had its time over then."""
    op.execute("update rating_slots set expires_at = ended_at where ended_at is not null")
    with op.batch_alter_table("rating_slots") as slots:
        slots.drop_column("ended_at")
