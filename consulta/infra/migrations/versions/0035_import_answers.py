"""What the secretariat said about columns and values of imported files, kept for the next file of a list.

Revision 0035, after 0034. What was said about values of files so far is taken over, the latest of each.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    answers = op.create_table(
        "import_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_answers")),
        sa.UniqueConstraint("kind", "field", "text", name=op.f("uq_import_answers_kind_field_text")),
    )
    found: dict[tuple[str, str, str], str] = {}
    for kind, kept in op.get_bind().execute(sa.text("SELECT kind, meanings FROM uploads ORDER BY id")):
        meanings = json.loads(kept) if isinstance(kept, str) else kept
        for field, values in meanings.items():
            for text, meaning in values.items():
                found[kind, field, text] = meaning
    rows = [
        {"kind": kind, "field": field, "text": text, "written": text, "meaning": meaning}
        for (kind, field, text), meaning in found.items()
    ]
    if rows:
        op.bulk_insert(answers, rows)


def downgrade() -> None:
    """Undo; what was said is asked again for the next file."""
    op.drop_table("import_answers")
