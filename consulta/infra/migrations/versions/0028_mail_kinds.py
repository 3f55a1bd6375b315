"""Kinds of mail are entries of a registry in the program: the database no longer lists them.

Revision 0028, after 0027. SQLite makes the tables of messages and of texts anew, row by row.
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

KINDS = (
    "kind IN ('invitation', 'reminder', 'receipt', 'replacement', 'new_link', 'extension', 'published',"
    " 'thanks', 'panel_invitation', 'panel_reminder', 'panel_session', 'nomination', 'access_asked',"
    " 'access_decided', 'closing', 'objection', 'objection_decided', 'proposal')"
)
TEXT_KINDS = f"{KINDS[:-1]}, 'panel_letter')"


def upgrade() -> None:
    """Apply."""
    for table in ("messages", "mail_texts"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(op.f(f"ck_{table}_kind"), type_="check")


def downgrade() -> None:
    """Undo. Raise IntegrityError if there is mail of a kind that the earlier version did not know."""
    for table, kinds in (("messages", KINDS), ("mail_texts", TEXT_KINDS)):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.create_check_constraint(op.f(f"ck_{table}_kind"), kinds)
