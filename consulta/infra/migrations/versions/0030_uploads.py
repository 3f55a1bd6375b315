"""One table of uploaded files, of whatever list: of members, of attendance, and from now on of nominees.

Revision 0030, after 0029. Files of members keep their numbers; those of attendance get new ones.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
MEMBERS_IN = (
    "INSERT INTO uploads (id, kind, staff_id, filename, sha256, headings, rows, sheets, meanings, undo,"
    " created_at, applied_at, undone_at)"
    " SELECT id, 'members', staff_id, filename, sha256, headings, rows, sheets, meanings, undo,"
    " created_at, applied_at, undone_at FROM members_imports"
)
MEMBERS_BACK = (
    "INSERT INTO members_imports (id, staff_id, filename, sha256, headings, rows, sheets, meanings, undo,"
    " created_at, applied_at, undone_at)"
    " SELECT id, staff_id, filename, sha256, headings, rows, sheets, meanings, undo,"
    " created_at, applied_at, undone_at FROM uploads WHERE kind = 'members'"
)
ATTENDANCE_IN = (
    "INSERT INTO uploads (kind, round_id, filename, sha256, headings, rows, undo, created_at, applied_at,"
    " undone_at)"
    " SELECT 'attendance', dialogues.round_id, filename, sha256, headings, rows, before, files.created_at,"
    " applied_at, undone_at"
    " FROM attendance_files AS files JOIN dialogues ON dialogues.id = dialogue_id ORDER BY files.id"
)
ATTENDANCE_BACK = (
    "INSERT INTO attendance_files (dialogue_id, filename, sha256, headings, rows, before, created_at,"
    " applied_at, undone_at)"
    " SELECT dialogues.id, filename, sha256, headings, rows, undo, uploads.created_at, applied_at, undone_at"
    " FROM uploads JOIN dialogues ON dialogues.round_id = uploads.round_id"
    " WHERE kind = 'attendance' ORDER BY uploads.id"
)
COUNT_ON = (
    "SELECT setval(pg_get_serial_sequence('{0}', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM {0}), false)"
)


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _count_on(table: str) -> None:
    """Let numbers that PostgreSQL gives go on after those that are taken."""
    if _postgresql():
        op.execute(COUNT_ON.format(table))


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "uploads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("headings", sa.JSON(), nullable=False),
        sa.Column("unread", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("sheets", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("meanings", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("undo", sa.JSON(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("applied_at", MOMENT, nullable=True),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_uploads_round_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_uploads_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_index(op.f("ix_uploads_round_id"), "uploads", ["round_id"], unique=False)
    op.execute(MEMBERS_IN)
    _count_on("uploads")
    op.execute(ATTENDANCE_IN)
    op.drop_index(op.f("ix_attendance_files_dialogue_id"), table_name="attendance_files")
    op.drop_table("attendance_files")
    op.drop_table("members_imports")


def downgrade() -> None:
    """Undo; uploaded files of nominees, which the earlier version did not keep, are dropped."""
    op.create_table(
        "members_imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("headings", sa.JSON(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("sheets", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("meanings", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("undo", sa.JSON(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("applied_at", MOMENT, nullable=True),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_members_imports_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members_imports")),
    )
    op.create_table(
        "attendance_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dialogue_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("headings", sa.JSON(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("applied_at", MOMENT, nullable=True),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["dialogue_id"], ["dialogues.id"], name=op.f("fk_attendance_files_dialogue_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance_files")),
    )
    op.create_index(
        op.f("ix_attendance_files_dialogue_id"), "attendance_files", ["dialogue_id"], unique=False
    )
    op.execute(MEMBERS_BACK)
    _count_on("members_imports")
    op.execute(ATTENDANCE_BACK)
    op.drop_index(op.f("ix_uploads_round_id"), table_name="uploads")
    op.drop_table("uploads")
