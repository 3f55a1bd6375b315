"""The outbox: messages, what became of each attempt, texts of a round, reminders; planned openings.

Revision 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.migrations import guards

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KINDS = (
    "kind IN ('invitation', 'reminder', 'receipt', 'replacement', 'new_link', 'extension', 'published',"
    " 'thanks')"
)
STATES = "state IN ('queued', 'sent', 'failed', 'cancelled')"
OUTCOMES = "outcome IN ('sent', 'later', 'refused', 'interrupted')"
LANGUAGES = "language IN ('es', 'en')"
GUARDED = "deliveries"


def upgrade() -> None:
    """Apply. Columns are added in place: nothing refers to a table that is made anew."""
    op.add_column("rounds", sa.Column("opens_local", sa.Text(), nullable=True))
    op.add_column("rounds", sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("rounds", sa.Column("opens_refused", sa.Text(), nullable=True))
    op.add_column("contacts", sa.Column("paused", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("contacts", sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("contacts", sa.Column("bounce_reason", sa.Text(), nullable=True))
    op.create_table(
        "messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("seat_id", sa.Integer(), nullable=True),
        sa.Column("once", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("transport", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.CheckConstraint(KINDS, name=op.f("ck_messages_kind")),
        sa.CheckConstraint(STATES, name=op.f("ck_messages_state")),
        sa.CheckConstraint(LANGUAGES, name=op.f("ck_messages_language")),
        sa.CheckConstraint("state = 'queued' OR token IS NULL", name=op.f("ck_messages_token")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_messages_round_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_messages_contact_id")),
        sa.ForeignKeyConstraint(["seat_id"], ["seats.id"], name=op.f("fk_messages_seat_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("message_id", name=op.f("uq_messages_message_id")),
        sa.UniqueConstraint("once", name=op.f("uq_messages_once")),
    )
    op.create_index(op.f("ix_messages_state_due_at"), "messages", ["state", "due_at"])
    op.create_index(op.f("ix_messages_round_id_contact_id"), "messages", ["round_id", "contact_id"])
    op.create_index(op.f("ix_messages_contact_id"), "messages", ["contact_id"])
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.CheckConstraint(OUTCOMES, name=op.f("ck_deliveries_outcome")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_deliveries_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index(op.f("ix_deliveries_message_id"), "deliveries", ["message_id"])
    op.create_index(op.f("ix_deliveries_at"), "deliveries", ["at"])
    guards.guard(GUARDED)
    op.create_table(
        "mail_texts",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(KINDS, name=op.f("ck_mail_texts_kind")),
        sa.CheckConstraint(LANGUAGES, name=op.f("ck_mail_texts_language")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_mail_texts_round_id")),
        sa.PrimaryKeyConstraint("round_id", "kind", "language", name=op.f("pk_mail_texts")),
    )
    op.create_table(
        "reminders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("local", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("queued", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_reminders_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sa.UniqueConstraint("round_id", "due_at", name=op.f("uq_reminders_round_id_due_at")),
    )
    op.create_table(
        "switches",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name IN ('mail_paused')", name=op.f("ck_switches_name")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_switches")),
    )


def downgrade() -> None:
    """Undo; what waits to be sent is given up."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP TRIGGER {GUARDED}_written_once ON {GUARDED}")
    for table in ("switches", "reminders", "mail_texts", "deliveries", "messages"):
        op.drop_table(table)
    for table, columns in {
        "contacts": ("bounce_reason", "bounced_at", "paused"),
        "rounds": ("opens_refused", "opens_at", "opens_local"),
    }.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
