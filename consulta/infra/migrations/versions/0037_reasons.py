"""Reasons that come with votes: by seat until the result is public, then by numbers without a seat.

Revision 0037, after 0036.
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

CONSENT = "consent IN ('read', 'unnamed', 'named')"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "seat_reasons",
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("theme_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.CheckConstraint(CONSENT, name=op.f("ck_seat_reasons_consent")),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 300", name=op.f("ck_seat_reasons_text")),
        sa.ForeignKeyConstraint(["seat_id"], ["seats.id"], name=op.f("fk_seat_reasons_seat_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["themes.id"], name=op.f("fk_seat_reasons_theme_id")),
        sa.PrimaryKeyConstraint("seat_id", "theme_id", name=op.f("pk_seat_reasons")),
    )
    op.create_index(op.f("ix_seat_reasons_theme_id"), "seat_reasons", ["theme_id"])
    op.create_table(
        "reasons",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("theme_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("subregion", sa.Text(), server_default="", nullable=False),
        sa.Column("sector", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(CONSENT, name=op.f("ck_reasons_consent")),
        sa.CheckConstraint("consent = 'named' OR name = ''", name=op.f("ck_reasons_name")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_reasons_round_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["themes.id"], name=op.f("fk_reasons_theme_id")),
        sa.PrimaryKeyConstraint("round_id", "number", name=op.f("pk_reasons")),
    )
    op.create_index(op.f("ix_reasons_theme_id"), "reasons", ["theme_id"])


def downgrade() -> None:
    """Undo; the texts are given up."""
    op.drop_table("reasons")
    op.drop_table("seat_reasons")
