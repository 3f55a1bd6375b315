"""Invitations to the panel: their steps, what was written with them, links to answer by; mail to guests.

Revision 0010, after 0009. SQLite makes the tables of messages and of texts anew, row by row.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.migrations import guards

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

FORMER_KINDS = (
    "kind IN ('invitation', 'reminder', 'receipt', 'replacement', 'new_link', 'extension', 'published',"
    " 'thanks')"
)
KINDS = f"{FORMER_KINDS[:-1]}, 'panel_invitation', 'panel_reminder', 'panel_session')"
TEXT_KINDS = f"{KINDS[:-1]}, 'panel_letter')"
STATES = (
    "state IN ('proposed', 'invited', 'opened', 'accepted', 'declined', 'no_answer', 'replaced', 'attended')"
)
GUARDED = "invitation_events"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("nominee_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(STATES, name=op.f("ck_invitations_state")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_invitations_round_id")),
        sa.ForeignKeyConstraint(["nominee_id"], ["nominees.id"], name=op.f("fk_invitations_nominee_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("round_id", "nominee_id", name=op.f("uq_invitations_round_id_nominee_id")),
    )
    op.create_index(op.f("ix_invitations_nominee_id"), "invitations", ["nominee_id"])
    op.create_table(
        "invitation_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.CheckConstraint(STATES, name=op.f("ck_invitation_events_state")),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name=op.f("fk_invitation_events_invitation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_events")),
    )
    op.create_index(op.f("ix_invitation_events_invitation_id"), "invitation_events", ["invitation_id"])
    guards.guard(GUARDED)
    op.create_table(
        "invitation_words",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("colleague", sa.Text(), nullable=False),
        sa.Column("colleague_contact", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["invitation_events.id"], name=op.f("fk_invitation_words_event_id")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_invitation_words")),
    )
    op.create_table(
        "answer_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name=op.f("fk_answer_links_invitation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_links")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_answer_links_token_sha256")),
    )
    op.create_index(op.f("ix_answer_links_invitation_id"), "answer_links", ["invitation_id"])
    op.create_table(
        "answer_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["answer_links.id"], name=op.f("fk_answer_sessions_link_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_sessions")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_answer_sessions_token_sha256")),
    )
    op.create_index(op.f("ix_answer_sessions_link_id"), "answer_sessions", ["link_id"])
    guards.hold("messages", KINDS)
    guards.hold("mail_texts", TEXT_KINDS)
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("invitation_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_messages_invitation_id"), "invitations", ["invitation_id"], ["id"]
        )
        batch_op.create_index(op.f("ix_messages_invitation_id"), ["invitation_id"])


def downgrade() -> None:
    """Undo; invitations, what became of them, and the mails to those invited are given up."""
    guards.unguard("deliveries", "DELETE")
    op.execute(
        "DELETE FROM deliveries WHERE message_id IN (SELECT id FROM messages WHERE invitation_id IS NOT NULL)"
    )
    guards.guard("deliveries", "DELETE")
    op.execute("DELETE FROM messages WHERE invitation_id IS NOT NULL")
    op.execute("DELETE FROM mail_texts WHERE kind LIKE 'panel!_%' ESCAPE '!'")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_messages_invitation_id"))
        batch_op.drop_constraint(op.f("fk_messages_invitation_id"), type_="foreignkey")
        batch_op.drop_column("invitation_id")
    guards.hold("messages", FORMER_KINDS)
    guards.hold("mail_texts", FORMER_KINDS)
    for table in ("answer_sessions", "answer_links", "invitation_words"):
        op.drop_table(table)
    if guards.is_postgresql():
        op.execute(f"DROP TRIGGER {GUARDED}_written_once ON {GUARDED}")
    op.drop_table("invitation_events")
    op.drop_table("invitations")
