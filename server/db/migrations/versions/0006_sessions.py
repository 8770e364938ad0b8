"""Sessions of people, and the wrong passwords of late."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WIDE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("ended_at is null")


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "sessions",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("office_id", WIDE, nullable=False),
        sa.Column("account_id", WIDE, nullable=False),
        sa.Column("browser", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("program", sa.String(length=64), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.CheckConstraint("(ended_at is null) = (reason is null)", name=op.f("ck_sessions_reason")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_sessions_office_id")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sessions_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("digest", name=op.f("uq_sessions_digest")),
    )
    op.create_index("ix_sessions_known", "sessions", ["account_id", "browser"])
    op.create_index(
        "ix_sessions_open", "sessions", ["office_id", "expires_at"], sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_table(
        "login_attempts",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("account_id", WIDE, nullable=True),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("level", sa.Float(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind in ('pair','browser','address')", name=op.f("ck_login_attempts_kind")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_login_attempts_account_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_login_attempts")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take this step back: people log in again."""
    op.drop_table("login_attempts")
    op.drop_table("sessions")
