"""A telephone of each contact, and the calls of the secretariat to organisations that have not voted.

Revision 0032, after 0031.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("contacts", sa.Column("phone", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "calls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "answer IN ('no_answer', 'again', 'will_vote', 'assisted')", name=op.f("ck_calls_answer")
        ),
        sa.ForeignKeyConstraint(["seat_id"], ["seats.id"], name=op.f("fk_calls_seat_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_calls_contact_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_calls_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
    )
    op.create_index(op.f("ix_calls_seat_id"), "calls", ["seat_id"])
    op.create_index(op.f("ix_calls_contact_id"), "calls", ["contact_id"])


def downgrade() -> None:
    """Undo; the telephones and the notes of calls are given up."""
    op.drop_table("calls")
    op.execute("ALTER TABLE contacts DROP COLUMN phone")
