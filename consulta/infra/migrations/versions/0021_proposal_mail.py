"""The mail that tells a member what became of a proposal.

Revision 0021, after 0020. SQLite makes the tables of messages and of texts anew, row by row.
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

FORMER_KINDS = (
    "kind IN ('invitation', 'reminder', 'receipt', 'replacement', 'new_link', 'extension', 'published',"
    " 'thanks', 'panel_invitation', 'panel_reminder', 'panel_session', 'nomination', 'access_asked',"
    " 'access_decided', 'closing', 'objection', 'objection_decided')"
)
KINDS = f"{FORMER_KINDS[:-1]}, 'proposal')"


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _allow(table: str, kinds: str) -> None:
    """Hold the rows of a table to these kinds."""
    name = op.f(f"ck_{table}_kind")
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.drop_constraint(name, type_="check")
        batch_op.create_check_constraint(name, kinds)


def _letters(kinds: str) -> str:
    """The same, and the letter on paper, which has a text and is no mail."""
    return f"{kinds[:-1]}, 'panel_letter')"


def upgrade() -> None:
    """Apply."""
    _allow("messages", KINDS)
    _allow("mail_texts", _letters(KINDS))


def downgrade() -> None:
    """Undo; the mails that told of decisions are given up."""
    if _postgresql():
        op.execute("DROP TRIGGER deliveries_written_once ON deliveries")
    else:
        op.execute("DROP TRIGGER deliveries_no_delete")
    op.execute("DELETE FROM deliveries WHERE message_id IN (SELECT id FROM messages WHERE kind = 'proposal')")
    if _postgresql():
        op.execute(
            "CREATE TRIGGER deliveries_written_once BEFORE UPDATE OR DELETE ON deliveries "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    else:
        op.execute(
            "CREATE TRIGGER deliveries_no_delete BEFORE DELETE ON deliveries "
            "BEGIN SELECT RAISE(ABORT, 'rows of deliveries are written once'); END"
        )
    op.execute("DELETE FROM messages WHERE kind = 'proposal'")
    op.execute("DELETE FROM mail_texts WHERE kind = 'proposal'")
    _allow("messages", FORMER_KINDS)
    _allow("mail_texts", _letters(FORMER_KINDS))
