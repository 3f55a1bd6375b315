"""Questions of a round beside its ranking, the answers to them, and what was published of these.

Revision 0040, after 0039. Rounds that were there before ask no question.
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "questions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("help", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("required", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("details", sa.JSON(), server_default="{}", nullable=False),
        sa.CheckConstraint(
            "kind IN ('one', 'several', 'scale', 'number', 'text', 'governments')",
            name=op.f("ck_questions_kind"),
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_questions_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sa.UniqueConstraint("round_id", "key", name=op.f("uq_questions_round_id_key")),
    )
    op.create_index(op.f("ix_questions_round_id"), "questions", ["round_id"])
    op.create_table(
        "answer_sheets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("assisted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_answer_sheets_round_id")),
        sa.ForeignKeyConstraint(["seat_id"], ["seats.id"], name=op.f("fk_answer_sheets_seat_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_sheets")),
        sa.UniqueConstraint("seat_id", name=op.f("uq_answer_sheets_seat_id")),
    )
    op.create_index(op.f("ix_answer_sheets_round_id"), "answer_sheets", ["round_id"])
    op.create_table(
        "question_figures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_question_figures_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_figures")),
        sa.UniqueConstraint("round_id", name=op.f("uq_question_figures_round_id")),
    )


def downgrade() -> None:
    """Undo; questions and answers are given up."""
    op.drop_table("question_figures")
    op.drop_table("answer_sheets")
    op.drop_table("questions")
