"""The whole life of a visit: holds, returns, transfers, undo, breaks, the close of the day, and what estimates need."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WIDE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATES = (
    "state in ('waiting','called','serving','held','finished','no_show','left','cancelled','closed',"
    "'transferred','undone')"
)
OLD_STATES = "state in ('waiting','called','serving','held','finished','no_show','left','cancelled','closed')"
OLD_AT_A_COUNTER = "state = 'waiting' or counter is not null or state in ('left','cancelled','closed')"
AT_A_COUNTER = "counter is not null or state in ('waiting','left','cancelled','closed','transferred','undone')"


def upgrade() -> None:
    """Apply this step."""
    op.add_column("offices", sa.Column("closed_before", sa.String(length=10), nullable=True))
    op.add_column("accounts", sa.Column("services", sa.Text(), nullable=True))
    op.add_column(
        "accounts",
        sa.Column("may_call_out_of_order", sa.Boolean(), server_default=sa.true(), nullable=False),
    )
    for column in (
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.Column("pause_reason", sa.String(length=64), nullable=True),
        sa.Column("services", sa.Text(), nullable=True),
    ):
        op.add_column("counters", column)
    op.add_column("tickets", sa.Column("ahead", sa.Integer(), nullable=True))
    for minutes in ("blend_min", "steady_min", "plain_min"):
        op.add_column("tickets", sa.Column(minutes, sa.Float(), nullable=True))
    op.create_table(
        "paces",
        sa.Column("office_id", WIDE, nullable=False),
        sa.Column("queue", sa.String(length=64), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.Column("recent", sa.Text(), nullable=False),
        sa.Column("bands", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_paces_office_id")),
        sa.PrimaryKeyConstraint("office_id", "queue", name=op.f("pk_paces")),
        sqlite_with_rowid=False,
    )
    for column in (
        sa.Column("waits_since", sa.BigInteger(), nullable=True),
        sa.Column("returns", sa.Integer(), server_default="0", nullable=False),
        sa.Column("bound", sa.Integer(), nullable=True),
        sa.Column("held_at", sa.BigInteger(), nullable=True),
        sa.Column("held_us", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_seq", WIDE, nullable=True),
        sa.Column("before", sa.Text(), nullable=True),
    ):
        op.add_column("legs", column)
    _legs_may_be_in_new_states()
    _indexes_of_legs()


def _legs_may_be_in_new_states() -> None:
    with op.batch_alter_table("legs") as legs:
        legs.drop_constraint(op.f("ck_legs_state"), type_="check")
        legs.drop_constraint(op.f("ck_legs_called_to_a_counter"), type_="check")
        legs.create_check_constraint(op.f("ck_legs_state"), STATES)
        legs.create_check_constraint(op.f("ck_legs_called_to_a_counter"), AT_A_COUNTER)


def _indexes_of_legs() -> None:
    op.drop_index("uq_legs_in_hand", table_name="legs")
    # A held visit leaves its counter free.
    in_hand = sa.text("state in ('called','serving')")
    op.create_index(
        "uq_legs_in_hand", "legs", ["office_id", "counter"], unique=True, sqlite_where=in_hand, postgresql_where=in_hand
    )
    held = sa.text("state = 'held'")
    op.create_index("ix_legs_held", "legs", ["office_id", "counter"], sqlite_where=held, postgresql_where=held)
    bound = sa.text("state = 'waiting' and bound is not null")
    op.create_index(
        "ix_legs_bound",
        "legs",
        ["office_id", "bound", "key_at", "id"],
        sqlite_where=bound,
        postgresql_where=bound,
    )


def downgrade() -> None:
    """Take this step back. Refused by the table's own check while legs are in states that it did not know."""
    for index in ("ix_legs_bound", "ix_legs_held", "uq_legs_in_hand"):
        op.drop_index(index, table_name="legs")
    with op.batch_alter_table("legs") as legs:
        legs.drop_constraint(op.f("ck_legs_state"), type_="check")
        legs.drop_constraint(op.f("ck_legs_called_to_a_counter"), type_="check")
        legs.create_check_constraint(op.f("ck_legs_state"), OLD_STATES)
        legs.create_check_constraint(op.f("ck_legs_called_to_a_counter"), OLD_AT_A_COUNTER)
        for column in ("waits_since", "returns", "bound", "held_at", "held_us", "last_seq", "before"):
            legs.drop_column(column)
    in_hand = sa.text("state in ('called','serving','held')")
    op.create_index(
        "uq_legs_in_hand", "legs", ["office_id", "counter"], unique=True, sqlite_where=in_hand, postgresql_where=in_hand
    )
    op.drop_table("paces")
    for table, columns in {
        "tickets": ("ahead", "blend_min", "steady_min", "plain_min"),
        "counters": ("since", "pause_reason", "services"),
        "accounts": ("services", "may_call_out_of_order"),
        "offices": ("closed_before",),
    }.items():
        for column in columns:
            op.drop_column(table, column)
