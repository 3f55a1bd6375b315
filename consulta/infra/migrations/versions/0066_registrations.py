"""Late registrations: organisations that get a seat while a round is open.

Revision 0066, after 0065.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.models import Instant

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. Seats that are there were on the roll at the opening."""
    op.add_column("seats", sa.Column("registered_at", Instant(), nullable=True))
    op.create_table(
        "registrations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("wait", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("stopped_at", Instant(), nullable=True),
        sa.Column("stopped_by_id", sa.Integer(), nullable=True),
        sa.Column("stopped", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decided_how", sa.Text(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decision", sa.Text(), server_default="", nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'stopped', 'done', 'withdrawn')", name=op.f("ck_registrations_state")
        ),
        sa.CheckConstraint("(state = 'done') = (seat_id IS NOT NULL)", name=op.f("ck_registrations_seat")),
        _reference("round_id", "rounds"),
        _reference("organisation_id", "organisations"),
        _reference("staff_id", "staff"),
        _reference("stopped_by_id", "staff"),
        _reference("decided_by_id", "staff"),
        _reference("seat_id", "seats"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrations")),
        sa.UniqueConstraint("seat_id", name=op.f("uq_registrations_seat_id")),
    )
    for columns in (("round_id",), ("organisation_id",), ("state", "due_at")):
        name = op.f(f"ix_registrations_{'_'.join(columns)}")
        op.create_index(name, "registrations", list(columns), unique=False)


def _reference(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_registrations_{column}"))


def downgrade() -> None:
    """Undo, where no registration was ever asked for: the log has seals of its row, and perhaps of a seat.

    The program of before could neither count a roll to which a seat was added nor check its archive.
    """
    if op.get_bind().execute(sa.text("SELECT count(*) FROM registrations")).scalar():
        raise RuntimeError("an organisation was registered, or asked to be, after the opening of a round")
    op.execute("UPDATE keys SET scope = 4 WHERE scope > 4")
    op.drop_table("registrations")
    op.drop_column("seats", "registered_at")
