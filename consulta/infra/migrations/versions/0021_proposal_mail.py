"""The mail that tells a member what became of a proposal.

Revision 0021, after 0020. SQLite makes the tables of messages and of texts anew, row by row.
"""

from alembic import op

from consulta.infra.migrations import guards

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


def _letters(kinds: str) -> str:
    """The same, and the letter on paper, which has a text and is no mail."""
    return f"{kinds[:-1]}, 'panel_letter')"


def upgrade() -> None:
    """Apply."""
    guards.hold("messages", KINDS)
    guards.hold("mail_texts", _letters(KINDS))


def downgrade() -> None:
    """Undo; the mails that told of decisions are given up."""
    guards.unguard("deliveries", "DELETE")
    op.execute("DELETE FROM deliveries WHERE message_id IN (SELECT id FROM messages WHERE kind = 'proposal')")
    guards.guard("deliveries", "DELETE")
    op.execute("DELETE FROM messages WHERE kind = 'proposal'")
    op.execute("DELETE FROM mail_texts WHERE kind = 'proposal'")
    guards.hold("messages", FORMER_KINDS)
    guards.hold("mail_texts", _letters(FORMER_KINDS))
