"""Sessions with who took part in them, and factsheets among the kept documents.

Revision 0008, after 0007. SQLite makes the table of documents anew; nothing refers to it. Its guards return.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.migrations import guards

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KINDS = "kind IN ('bundle', 'result', 'unweighted', 'panel', 'public', 'archive', 'factsheet')"
FORMER_KINDS = "kind IN ('bundle', 'result', 'unweighted', 'panel', 'public', 'archive')"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "dialogues",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("title_es", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("starts_local", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_local", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place_es", sa.Text(), nullable=False),
        sa.Column("place_en", sa.Text(), nullable=False),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.Column("agenda_es", sa.Text(), nullable=False),
        sa.Column("agenda_en", sa.Text(), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("factsheet", sa.JSON(), nullable=False),
        sa.Column("factsheet_version", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_dialogues_ends")),
        sa.CheckConstraint("sequence >= 0", name=op.f("ck_dialogues_sequence")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_dialogues_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dialogues")),
        sa.UniqueConstraint("round_id", name=op.f("uq_dialogues_round_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_dialogues_uid")),
    )
    op.create_table(
        "attendances",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dialogue_id", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("sector", sa.Text(), nullable=False),
        sa.Column("gender", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["dialogue_id"], ["dialogues.id"], name=op.f("fk_attendances_dialogue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendances")),
    )
    op.create_index(op.f("ix_attendances_dialogue_id"), "attendances", ["dialogue_id"], unique=False)
    op.create_table(
        "attendance_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dialogue_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("headings", sa.JSON(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["dialogue_id"], ["dialogues.id"], name=op.f("fk_attendance_files_dialogue_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance_files")),
    )
    op.create_index(
        op.f("ix_attendance_files_dialogue_id"), "attendance_files", ["dialogue_id"], unique=False
    )
    guards.unguard("documents")
    guards.hold("documents", KINDS)
    guards.guard("documents")


def downgrade() -> None:
    """Undo; sessions, who took part in them, and their factsheets are given up."""
    guards.unguard("documents")
    op.execute("DELETE FROM documents WHERE kind = 'factsheet'")
    guards.hold("documents", FORMER_KINDS)
    guards.guard("documents")
    op.drop_index(op.f("ix_attendance_files_dialogue_id"), table_name="attendance_files")
    op.drop_table("attendance_files")
    op.drop_index(op.f("ix_attendances_dialogue_id"), table_name="attendances")
    op.drop_table("attendances")
    op.drop_table("dialogues")
