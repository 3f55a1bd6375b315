"""How participants evaluate a session, and what it agreed.

Revision 0047, after 0046.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.migrations import guards
from consulta.infra.models import Instant

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

GUARDED = "minutes_versions"


def upgrade() -> None:
    """Apply. Sessions from before have neither an evaluation nor minutes."""
    op.create_table(
        "evaluations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("closes_at", Instant(), nullable=True),
        sa.Column("opened_at", Instant(), nullable=True),
        sa.Column("figures", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("published_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_evaluations_version")),
        sa.CheckConstraint("opened_at IS NULL OR closes_at IS NOT NULL", name=op.f("ck_evaluations_opened")),
        sa.CheckConstraint(
            "published_at IS NULL OR figures IS NOT NULL", name=op.f("ck_evaluations_published")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_evaluations_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluations")),
        sa.UniqueConstraint("round_id", name=op.f("uq_evaluations_round_id")),
    )
    op.create_table(
        "evaluation_people",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("evaluation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("written_at", Instant(), nullable=True),
        sa.Column("reminded_at", Instant(), nullable=True),
        sa.Column("answered", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("source IN ('panel', 'member', 'hand')", name=op.f("ck_evaluation_people_source")),
        sa.CheckConstraint("length(language) BETWEEN 2 AND 8", name=op.f("ck_evaluation_people_language")),
        sa.CheckConstraint(
            "NOT answered OR written_at IS NOT NULL", name=op.f("ck_evaluation_people_answered")
        ),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluations.id"], name=op.f("fk_evaluation_people_evaluation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_people")),
        sa.UniqueConstraint("evaluation_id", "email", name=op.f("uq_evaluation_people_evaluation_id_email")),
    )
    op.create_index(op.f("ix_evaluation_people_evaluation_id"), "evaluation_people", ["evaluation_id"])
    op.create_table(
        "evaluation_sheets",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("evaluation_id", sa.Integer(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluations.id"], name=op.f("fk_evaluation_sheets_evaluation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_sheets")),
    )
    op.create_index(op.f("ix_evaluation_sheets_evaluation_id"), "evaluation_sheets", ["evaluation_id"])
    _minutes()


def _minutes() -> None:
    op.create_table(
        "agreements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("responsible", sa.Text(), nullable=False),
        sa.Column("due", sa.Text(), nullable=True),
        sa.Column("done_on", sa.Text(), nullable=True),
        sa.Column("removed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_agreements_number")),
        sa.CheckConstraint("version > 0", name=op.f("ck_agreements_version")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_agreements_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_agreements_round_id_number")),
    )
    op.create_table(
        GUARDED,
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("published_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f(f"fk_{GUARDED}_round_id")),
        sa.PrimaryKeyConstraint("round_id", "version", name=op.f(f"pk_{GUARDED}")),
    )
    guards.guard(GUARDED)


def downgrade() -> None:
    """Undo; evaluations, agreements and published minutes are lost."""
    tables = (GUARDED, "agreements", "evaluation_sheets", "evaluation_people", "evaluations")
    for table in tables:
        op.drop_table(table)
