"""Every address on file for a seat, changes of who may vote that wait, and links that answer a question.

Revision 0015, after 0014. Rounds that have opened get the addresses of their contacts as they are now: there
is no record of others. SQLite makes the tables of messages and of texts anew, row by row; the column of
ballots is added in place, since a table made anew would lose its guards.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from consulta.infra.migrations import guards

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

GUARDED = "seat_addresses"
FORMER_KINDS = (
    "kind IN ('invitation', 'reminder', 'receipt', 'replacement', 'new_link', 'extension', 'published',"
    " 'thanks', 'panel_invitation', 'panel_reminder', 'panel_session', 'nomination')"
)
KINDS = f"{FORMER_KINDS[:-1]}, 'access_asked', 'access_decided')"


def _letters(kinds: str) -> str:
    """The same, and the letter on paper, which has a text and is no mail."""
    return f"{kinds[:-1]}, 'panel_letter')"


def _column(name: str, kind: type, *, nullable: bool = False) -> sa.Column[Any]:
    """A column of one of the plain types."""
    return sa.Column(name, sa.DateTime(timezone=True) if kind is sa.DateTime else kind(), nullable=nullable)


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "former_addresses",
        _column("id", sa.Integer),
        _column("organisation_id", sa.Integer),
        _column("contact_id", sa.Integer),
        _column("address", sa.Text),
        _column("name", sa.Text),
        _column("language", sa.Text),
        _column("until", sa.DateTime),
        _reference("former_addresses", "organisation_id", "organisations"),
        _reference("former_addresses", "contact_id", "contacts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_addresses")),
    )
    op.create_index(op.f("ix_former_addresses_organisation_id"), "former_addresses", ["organisation_id"])
    op.create_index(op.f("ix_former_addresses_contact_id"), "former_addresses", ["contact_id"])
    op.create_table(
        "seat_addresses",
        _column("id", sa.Integer),
        _column("seat_id", sa.Integer),
        _column("contact_id", sa.Integer),
        _column("address", sa.Text),
        _column("name", sa.Text),
        _column("language", sa.Text),
        _column("at_opening", sa.Boolean),
        _column("votes", sa.Boolean),
        _column("since", sa.DateTime),
        sa.CheckConstraint("language IN ('es', 'en')", name=op.f("ck_seat_addresses_language")),
        _reference("seat_addresses", "seat_id", "seats"),
        _reference("seat_addresses", "contact_id", "contacts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_addresses")),
        sa.UniqueConstraint(
            "seat_id",
            "contact_id",
            "address",
            "votes",
            name=op.f("uq_seat_addresses_seat_id_contact_id_address_votes"),
        ),
    )
    op.create_index(op.f("ix_seat_addresses_contact_id"), "seat_addresses", ["contact_id"])
    op.create_table(
        "access_changes",
        _column("id", sa.Integer),
        _column("seat_id", sa.Integer),
        _column("contact_id", sa.Integer),
        _column("kind", sa.Text),
        _column("address", sa.Text),
        _column("before", sa.Text),
        _column("replaces_id", sa.Integer, nullable=True),
        _column("reason", sa.Text),
        _column("staff_id", sa.Integer, nullable=True),
        _column("asked_at", sa.DateTime),
        _column("due_at", sa.DateTime),
        _column("wait", sa.Integer),
        _column("state", sa.Text),
        _column("objected_at", sa.DateTime, nullable=True),
        _column("objected_by_id", sa.Integer, nullable=True),
        _column("objection", sa.Text),
        _column("decided_at", sa.DateTime, nullable=True),
        _column("decided_how", sa.Text, nullable=True),
        _column("decided_by_id", sa.Integer, nullable=True),
        _column("decision", sa.Text),
        sa.CheckConstraint(
            "kind IN ('added', 'address', 'replaced', 'switched_on', 'import')",
            name=op.f("ck_access_changes_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'objected', 'done', 'withdrawn')", name=op.f("ck_access_changes_state")
        ),
        _reference("access_changes", "seat_id", "seats"),
        _reference("access_changes", "contact_id", "contacts"),
        _reference("access_changes", "replaces_id", "contacts"),
        _reference("access_changes", "staff_id", "staff"),
        _reference("access_changes", "objected_by_id", "seat_addresses"),
        _reference("access_changes", "decided_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_changes")),
    )
    op.create_index(op.f("ix_access_changes_seat_id_contact_id"), "access_changes", ["seat_id", "contact_id"])
    op.create_index(op.f("ix_access_changes_state_due_at"), "access_changes", ["state", "due_at"])
    op.create_table(
        "action_links",
        _column("id", sa.Integer),
        _column("purpose", sa.Text),
        _column("subject_id", sa.Integer),
        _column("seat_address_id", sa.Integer),
        _column("token_sha256", sa.Text),
        _column("created_at", sa.DateTime),
        _column("expires_at", sa.DateTime),
        _column("used_at", sa.DateTime, nullable=True),
        _column("choice", sa.Text, nullable=True),
        _reference("action_links", "seat_address_id", "seat_addresses"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_links")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_action_links_token_sha256")),
    )
    op.create_index(op.f("ix_action_links_purpose_subject_id"), "action_links", ["purpose", "subject_id"])
    op.create_index(op.f("ix_action_links_seat_address_id"), "action_links", ["seat_address_id"])
    op.execute("ALTER TABLE ballots ADD COLUMN young BOOLEAN DEFAULT false NOT NULL")
    if "to_address" not in {column["name"] for column in sa.inspect(op.get_bind()).get_columns("messages")}:
        op.add_column(
            "messages", sa.Column("to_address", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    guards.hold("messages", KINDS)
    guards.hold("mail_texts", _letters(KINDS))
    # A contact of after the opening had a link already: nothing that was sent is taken back.
    op.execute(
        "INSERT INTO seat_addresses"
        " (seat_id, contact_id, address, name, language, at_opening, votes, since)"
        " SELECT seats.id, contacts.id, contacts.email, contacts.name, contacts.language,"
        " contacts.created_at <= rounds.opened_at, contacts.may_vote,"
        " CASE WHEN contacts.created_at <= rounds.opened_at THEN rounds.opened_at"
        " ELSE contacts.created_at END"
        " FROM seats JOIN rounds ON rounds.id = seats.round_id"
        " JOIN contacts ON contacts.organisation_id = seats.organisation_id"
        " WHERE contacts.active AND rounds.opened_at IS NOT NULL"
        " ORDER BY seats.id, contacts.id"
    )
    guards.guard(GUARDED)


def downgrade() -> None:
    """Undo; addresses kept, changes that wait and the notices of them are given up.

    `messages.to_address` stays, with what it says of mail that was sent: seals in the log cover it. The
    version before does not know the column.
    """
    guards.unguard("deliveries", "DELETE")
    op.execute(
        "DELETE FROM deliveries WHERE message_id IN"
        " (SELECT id FROM messages WHERE kind IN ('access_asked', 'access_decided'))"
    )
    guards.guard("deliveries", "DELETE")
    op.execute("DELETE FROM messages WHERE kind IN ('access_asked', 'access_decided')")
    op.execute("DELETE FROM mail_texts WHERE kind IN ('access_asked', 'access_decided')")
    guards.hold("messages", FORMER_KINDS)
    guards.hold("mail_texts", _letters(FORMER_KINDS))
    op.execute("ALTER TABLE ballots DROP COLUMN young")
    op.drop_table("action_links")
    op.drop_table("access_changes")
    if guards.is_postgresql():
        op.execute(f"DROP TRIGGER {GUARDED}_written_once ON {GUARDED}")
    op.drop_table("seat_addresses")
    op.drop_table("former_addresses")
