"""Links by which members propose before the vote, and the mail that brings them.

Revision 0013, after 0012. SQLite makes the tables of messages and of texts anew, row by row.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.migrations import guards

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

FORMER_KINDS = (
    "kind IN ('invitation', 'reminder', 'receipt', 'replacement', 'new_link', 'extension', 'published',"
    " 'thanks', 'panel_invitation', 'panel_reminder', 'panel_session')"
)
KINDS = f"{FORMER_KINDS[:-1]}, 'nomination')"


def _letters(kinds: str) -> str:
    """The same, and the letter on paper, which has a text and is no mail."""
    return f"{kinds[:-1]}, 'panel_letter')"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "nomination_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_nomination_links_round_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_nomination_links_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nomination_links")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_nomination_links_token_sha256")),
    )
    op.create_index(op.f("ix_nomination_links_contact_id"), "nomination_links", ["contact_id"])
    op.create_table(
        "nomination_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["nomination_links.id"], name=op.f("fk_nomination_sessions_link_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nomination_sessions")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_nomination_sessions_token_sha256")),
    )
    op.create_index(op.f("ix_nomination_sessions_link_id"), "nomination_sessions", ["link_id"])
    guards.hold("messages", KINDS)
    guards.hold("mail_texts", _letters(KINDS))


def downgrade() -> None:
    """Undo; the links and the mails that brought them are given up."""
    guards.unguard("deliveries", "DELETE")
    op.execute(
        "DELETE FROM deliveries WHERE message_id IN (SELECT id FROM messages WHERE kind = 'nomination')"
    )
    guards.guard("deliveries", "DELETE")
    op.execute("DELETE FROM messages WHERE kind = 'nomination'")
    op.execute("DELETE FROM mail_texts WHERE kind = 'nomination'")
    guards.hold("messages", FORMER_KINDS)
    guards.hold("mail_texts", _letters(FORMER_KINDS))
    for table in ("nomination_sessions", "nomination_links"):
        op.drop_table(table)
