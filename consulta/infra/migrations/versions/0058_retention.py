"""Retention: what is erased when, what was erased, and digests of what was erased of mails and files.

Revision 0058, after 0057. Rows of `seat_addresses` and `deliveries` are written once as before; what is
allowed from now on is that the address and the name of a person, or what a mail server said, are blanked,
while all else of the row stays.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.models import Instant

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

# Table -> what its blanked row has, and the columns that stay.
BLANKED = {
    "seat_addresses": (
        "NEW.address = 'erased:' || OLD.id AND NEW.name = ''",
        ("id", "seat_id", "contact_id", "language", "at_opening", "votes", "since"),
    ),
    "deliveries": ("NEW.said = ''", ("id", "message_id", "at", "outcome", "code")),
}


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _guard(table: str, *, blanking: bool) -> None:
    """Refuse UPDATE and DELETE on a table, but for `blanking`."""
    blanked, stay = BLANKED[table]
    if _postgresql():
        op.execute(f"DROP TRIGGER {table}_written_once ON {table}")
        if not blanking:
            op.execute(
                f"CREATE TRIGGER {table}_written_once BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
            return
        same = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in stay)
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_written_once BEFORE UPDATE ON {table} "
            f"FOR EACH ROW WHEN (NOT ({blanked} AND {same})) EXECUTE FUNCTION refuse_change()"
        )
        return
    op.execute(f"DROP TRIGGER {table}_no_update")
    same = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in stay)
    when = f"WHEN NOT ({blanked} AND {same}) " if blanking else ""
    op.execute(
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {when}"
        f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are written once'); END"
    )


def upgrade() -> None:
    """Apply."""
    op.add_column("messages", sa.Column("body_sha256", sa.Text(), nullable=True))
    op.add_column("uploads", sa.Column("erased_at", Instant(), nullable=True))
    op.create_table(
        "retention_kinds",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("announced_at", Instant(), nullable=True),
        sa.Column("begins_at", Instant(), nullable=True),
        sa.Column("looked_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_retention_kinds")),
    )
    op.create_table(
        "retention_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_runs")),
    )
    op.create_table(
        "retention_marks",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "number", name=op.f("pk_retention_marks")),
    )
    op.create_table(
        "erasures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("erased_at", Instant(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_erasures_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
        sa.UniqueConstraint("kind", "number", "made_at", name=op.f("uq_erasures_kind_number_made_at")),
    )
    for table in BLANKED:
        _guard(table, blanking=True)


def downgrade() -> None:
    """Undo. What was erased stays so; which erasures there were is lost."""
    for table in BLANKED:
        if _postgresql():
            op.execute(f"DROP TRIGGER {table}_no_delete ON {table}")
        _guard(table, blanking=False)
    for table in ("erasures", "retention_marks", "retention_runs", "retention_kinds"):
        op.drop_table(table)
    op.drop_column("uploads", "erased_at")
    op.drop_column("messages", "body_sha256")
