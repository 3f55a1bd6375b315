"""Ballots that staff entered for a member, with who asked and why; the promised end of a round that moved.

Revision 0005, after 0004. Columns are added in place: a table made anew would lose its guards.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute(
        "ALTER TABLE ballots ADD COLUMN assisted BOOLEAN DEFAULT false NOT NULL "
        "CONSTRAINT ck_ballots_assisted CHECK (NOT assisted OR contact_id IS NULL)"
    )
    op.create_table(
        "assistances",
        sa.Column("ballot_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballots.id"], name=op.f("fk_assistances_ballot_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_assistances_staff_id")),
        sa.PrimaryKeyConstraint("ballot_id", name=op.f("pk_assistances")),
    )
    op.add_column("rounds", sa.Column("promised_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Undo; that a ballot was entered for a member, and that an end moved, is then told by the log alone."""
    op.execute("ALTER TABLE rounds DROP COLUMN promised_at")
    op.drop_table("assistances")
    op.execute("ALTER TABLE ballots DROP COLUMN assisted")
