"""Recommendations as rows: their published texts, who answers for them, and what is reported of them.

Revision 0045, after 0044.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.migrations import guards
from consulta.infra.models import Instant, Translated

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

GUARDED = ("recommendation_texts", "evidence", "reports")
LANGUAGE = "length(language) BETWEEN 2 AND 8"


def upgrade() -> None:
    """Apply. What factsheets recommended before is taken over by the next revision."""
    op.create_table(
        "recommendations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dialogue_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("text", Translated(), server_default="{}", nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("objectives", sa.JSON(), nullable=False),
        sa.Column("addressed", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("published_at", Instant(), nullable=True),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.Column("reason", Translated(), server_default="{}", nullable=False),
        sa.CheckConstraint(
            "kind IN ('recommendation', 'challenge', 'initiative')", name=op.f("ck_recommendations_kind")
        ),
        sa.CheckConstraint(LANGUAGE, name=op.f("ck_recommendations_language")),
        sa.CheckConstraint(
            "(reference IS NULL) = (published_at IS NULL)", name=op.f("ck_recommendations_published")
        ),
        sa.ForeignKeyConstraint(
            ["dialogue_id"], ["dialogues.id"], name=op.f("fk_recommendations_dialogue_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recommendations")),
        sa.UniqueConstraint("reference", name=op.f("uq_recommendations_reference")),
    )
    op.create_index(op.f("ix_recommendations_dialogue_id"), "recommendations", ["dialogue_id"])
    op.create_table(
        "recommendation_texts",
        sa.Column("recommendation_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", Translated(), nullable=False),
        sa.Column("factsheet", sa.Integer(), nullable=False),
        sa.Column("published_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recommendation_id"],
            ["recommendations.id"],
            name=op.f("fk_recommendation_texts_recommendation_id"),
        ),
        sa.PrimaryKeyConstraint("recommendation_id", "version", name=op.f("pk_recommendation_texts")),
    )
    op.create_table(
        "institutions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("example", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("kind IN ('government', 'local', 'agency')", name=op.f("ck_institutions_kind")),
        sa.CheckConstraint("kind = 'agency' OR country <> ''", name=op.f("ck_institutions_country")),
        sa.CheckConstraint(LANGUAGE, name=op.f("ck_institutions_language")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institutions")),
        sa.UniqueConstraint(
            "kind", "country", "name_key", name=op.f("uq_institutions_kind_country_name_key")
        ),
    )
    op.create_table(
        "evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    op.create_index(op.f("ix_evidence_sha256"), "evidence", ["sha256"])
    op.create_table(
        "reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recommendation_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("addressee", sa.Text(), nullable=False),
        sa.Column("voice", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("evidence_id", sa.Integer(), nullable=True),
        sa.Column("entered", sa.Text(), nullable=False),
        sa.Column("received", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("focal_point_id", sa.Integer(), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("entered_at", Instant(), nullable=False),
        sa.CheckConstraint("side IN ('reported', 'seen')", name=op.f("ck_reports_side")),
        sa.CheckConstraint(
            "step IN ('not_begun', 'preparing', 'under_way', 'mostly', 'done')", name=op.f("ck_reports_step")
        ),
        sa.CheckConstraint(
            "entered IN ('staff', 'focal_point', 'institution', 'organisation')",
            name=op.f("ck_reports_entered"),
        ),
        sa.CheckConstraint(
            "received IN ('', 'letter', 'telephone', 'mail', 'meeting')", name=op.f("ck_reports_received")
        ),
        sa.CheckConstraint("(entered = 'staff') = (received <> '')", name=op.f("ck_reports_how")),
        sa.CheckConstraint(
            "(side = 'seen') = (organisation_id IS NOT NULL)", name=op.f("ck_reports_organisation")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_reports_version")),
        sa.CheckConstraint(LANGUAGE, name=op.f("ck_reports_language")),
        sa.ForeignKeyConstraint(
            ["recommendation_id"], ["recommendations.id"], name=op.f("fk_reports_recommendation_id")
        ),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("fk_reports_evidence_id")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_reports_institution_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_reports_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["focal_point_id"], ["focal_points.id"], name=op.f("fk_reports_focal_point_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_reports_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint(
            "recommendation_id",
            "side",
            "addressee",
            "voice",
            "version",
            name=op.f("uq_reports_recommendation_id_side_addressee_voice_version"),
        ),
    )
    for column in (
        "recommendation_id",
        "addressee",
        "evidence_id",
        "institution_id",
        "organisation_id",
        "focal_point_id",
        "entered_at",
    ):
        op.create_index(op.f(f"ix_reports_{column}"), "reports", [column])
    for table in GUARDED:
        guards.guard(table)


def downgrade() -> None:
    """Undo; recommendations, institutions and reports are given up."""
    for table in ("reports", "evidence", "institutions", "recommendation_texts", "recommendations"):
        op.drop_table(table)
