"""A phone code is stored as its digest; of each ticket's code the old links go on to work."""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

EARLIER = sa.text("earlier_digest is not null")


def upgrade() -> None:
    """Apply this step."""
    _forget_codes()
    with op.batch_alter_table("tickets") as tickets:
        tickets.drop_constraint(op.f("uq_tickets_code"), type_="unique")
        tickets.alter_column("code", new_column_name="code_digest", existing_type=sa.String(length=64))
        tickets.add_column(sa.Column("earlier_digest", sa.String(length=64), nullable=True))
    with op.batch_alter_table(
        "tickets"
    ) as tickets:  # Alone: a column cannot be named anew and in a constraint at once.
        tickets.create_unique_constraint(op.f("uq_tickets_code_digest"), ["code_digest"])
    op.create_index("uq_tickets_earlier_digest", "tickets", ["earlier_digest"], unique=True, sqlite_where=EARLIER,
                    postgresql_where=EARLIER)  # fmt: skip


def downgrade() -> None:
    """Take this step back: the codes are not known any more, so that the links of old slips open nothing."""
    op.drop_index("uq_tickets_earlier_digest", table_name="tickets")
    with op.batch_alter_table("tickets") as tickets:
        tickets.drop_constraint(op.f("uq_tickets_code_digest"), type_="unique")
        tickets.drop_column("earlier_digest")
        tickets.alter_column("code_digest", new_column_name="code", existing_type=sa.String(length=64))
    with op.batch_alter_table("tickets") as tickets:
        tickets.create_unique_constraint(op.f("uq_tickets_code"), ["code"])


def _forget_codes() -> None:
    """Put the digest in the place of each code, and take the codes out of the answers that are kept for retries."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute("update tickets set code = encode(sha256(convert_to(code, 'UTF8')), 'hex')")
        op.execute("update requests set answer = (answer::jsonb - 'code')::text where answer like '{%\"code\":%'")
        return
    driver = connection.connection.driver_connection
    assert driver is not None  # because we are connected.
    driver.create_function("saduak_digest", 1, lambda code: hashlib.sha256(code.encode()).hexdigest())
    op.execute("update tickets set code = saduak_digest(code)")
    op.execute("update requests set answer = json_remove(answer, '$.code') where answer like '{%\"code\":%'")
