"""The rhythm of following recommendations: calls, who is asked, who follows, and what they were told.

Revision 0051, after 0050.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.models import Instant

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

LANGUAGE = "length(language) BETWEEN 2 AND 8"


def upgrade() -> None:
    """Apply. There are no calls from before."""
    with op.batch_alter_table("link_requests", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_link_requests_purpose"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_link_requests_purpose"), "purpose IN ('vote', 'own', 'follow_up')"
        )
    op.create_table(
        "follow_up_rhythms",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("first_months", sa.Integer(), nullable=False),
        sa.Column("every_months", sa.Integer(), nullable=False),
        sa.Column("answer_days", sa.Integer(), nullable=False),
        sa.Column("remind_days", sa.JSON(), nullable=False),
        sa.CheckConstraint("first_months BETWEEN 1 AND 12", name=op.f("ck_follow_up_rhythms_first")),
        sa.CheckConstraint("every_months BETWEEN 2 AND 24", name=op.f("ck_follow_up_rhythms_every")),
        sa.CheckConstraint("answer_days BETWEEN 7 AND 90", name=op.f("ck_follow_up_rhythms_answer")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_follow_up_rhythms_round_id")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_follow_up_rhythms")),
    )
    op.create_table(
        "follow_up_calls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answer_by", sa.Text(), nullable=False),
        sa.Column("remind_on", sa.JSON(), nullable=False),
        sa.Column("reminded", sa.JSON(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("state IN ('planned', 'sent', 'skipped')", name=op.f("ck_follow_up_calls_state")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_follow_up_calls_round_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_follow_up_calls_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up_calls")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_follow_up_calls_round_id_number")),
    )
    op.create_table(
        "follow_up_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("addressee", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("focal_point_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.CheckConstraint("side IN ('reported', 'seen')", name=op.f("ck_follow_up_requests_side")),
        sa.CheckConstraint(
            "(side = 'seen') = (organisation_id IS NOT NULL)", name=op.f("ck_follow_up_requests_organisation")
        ),
        sa.CheckConstraint(
            "(side = 'reported') = (institution_id IS NOT NULL)",
            name=op.f("ck_follow_up_requests_institution"),
        ),
        sa.CheckConstraint(LANGUAGE, name=op.f("ck_follow_up_requests_language")),
        sa.ForeignKeyConstraint(
            ["call_id"], ["follow_up_calls.id"], name=op.f("fk_follow_up_requests_call_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_follow_up_requests_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_follow_up_requests_institution_id")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_follow_up_requests_contact_id")
        ),
        sa.ForeignKeyConstraint(
            ["focal_point_id"], ["focal_points.id"], name=op.f("fk_follow_up_requests_focal_point_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up_requests")),
        sa.UniqueConstraint(
            "call_id", "addressee", "email", name=op.f("uq_follow_up_requests_call_id_addressee_email")
        ),
    )
    for column in ("call_id", "organisation_id", "institution_id"):
        op.create_index(op.f(f"ix_follow_up_requests_{column}"), "follow_up_requests", [column])
    op.create_table(
        "follow_up_answers",
        sa.Column("report_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_follow_up_answers_report_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["follow_up_requests.id"], name=op.f("fk_follow_up_answers_request_id")
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_follow_up_answers")),
    )
    op.create_index(op.f("ix_follow_up_answers_request_id"), "follow_up_answers", ["request_id"])
    op.create_table(
        "follow_up_readers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("stopped_at", Instant(), nullable=True),
        sa.Column("last_on", sa.Text(), nullable=False),
        sa.CheckConstraint(LANGUAGE, name=op.f("ck_follow_up_readers_language")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up_readers")),
        sa.UniqueConstraint("email", name=op.f("uq_follow_up_readers_email")),
    )
    op.create_table(
        "follows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("confirmed_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["reader_id"], ["follow_up_readers.id"], name=op.f("fk_follows_reader_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follows")),
        sa.UniqueConstraint("reader_id", "what", name=op.f("uq_follows_reader_id_what")),
    )
    op.create_table(
        "follow_up_told",
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reader_id"], ["follow_up_readers.id"], name=op.f("fk_follow_up_told_reader_id")
        ),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_follow_up_told_report_id")),
        sa.PrimaryKeyConstraint("reader_id", "report_id", name=op.f("pk_follow_up_told")),
    )
    op.create_table(
        "follow_up_digests",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("mails", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_follow_up_digests")),
    )


def downgrade() -> None:
    """Undo. Calls and those who follow are lost; reports stay."""
    for table in (
        "follow_up_digests",
        "follow_up_told",
        "follows",
        "follow_up_readers",
        "follow_up_answers",
        "follow_up_requests",
        "follow_up_calls",
        "follow_up_rhythms",
    ):
        op.drop_table(table)
    op.execute("DELETE FROM link_requests WHERE purpose = 'follow_up'")
    with op.batch_alter_table("link_requests", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_link_requests_purpose"), type_="check")
        batch_op.create_check_constraint(op.f("ck_link_requests_purpose"), "purpose IN ('vote', 'own')")
