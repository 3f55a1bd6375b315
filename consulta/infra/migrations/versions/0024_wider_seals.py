"""Which kinds of rows the key of the seals covers, and addresses that revision 0015 left out.

Revision 0024, after 0022. A key that is there covers the kinds of before; the program seals the others with
its first change, or `consulta migrate` does.

Rounds that were open when revision 0015 came got the addresses of active contacts alone. Those that are open
still get what can be known of others: contacts that are switched off, but for those of which the log tells
that it was more than 30 days before the opening; and addresses to which mail of the round has gone. They are
told of votes and changes; none of them lets a contact vote.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

OFF, ON = "contacts.deactivated", "contacts.activated"
BEFORE_OPENING = timedelta(days=30)
BEFORE = "rounds.state = 'open' AND rounds.opened_at IS NOT NULL AND rounds.roll_shown IS NULL"
MISSING = (
    " AND NOT EXISTS (SELECT 1 FROM seat_addresses known WHERE known.seat_id = seats.id"
    " AND known.contact_id = contacts.id AND lower(known.address) = lower({address}))"
)
COLUMNS = "seat_id, contact_id, address, name, language, at_opening, votes, since"
SINCE = (
    "contacts.created_at <= rounds.opened_at, false,"
    " CASE WHEN contacts.created_at <= rounds.opened_at THEN rounds.opened_at ELSE contacts.created_at END"
)
SEATED = (
    " FROM seats JOIN rounds ON rounds.id = seats.round_id"
    " JOIN contacts ON contacts.organisation_id = seats.organisation_id"
)


def _long_off() -> dict[int, datetime]:
    """Return the contacts that the log tells to be switched off, and since when."""
    rows = op.get_bind().execute(
        sa.text("SELECT action, at, details FROM log WHERE action IN (:off, :on) ORDER BY seq"),
        {"off": OFF, "on": ON},
    )
    found: dict[int, datetime] = {}
    for action, at, details in rows:
        contact = json.loads(details).get("contact")
        if action == ON:
            found.pop(contact, None)
        else:
            found[contact] = datetime.fromisoformat(at)
    return found


def _keep_others() -> None:
    """Write down what can be known of addresses on file in rounds that were open before revision 0015."""
    connection = op.get_bind()
    opened = sa.column("opened_at", sa.DateTime(timezone=True))
    rounds = connection.execute(
        sa.select(sa.column("id", sa.Integer), opened).select_from(sa.table("rounds")).where(sa.text(BEFORE))
    ).all()
    off = _long_off()
    for number, at in rounds:
        moment = at if at.tzinfo else at.replace(tzinfo=UTC)
        long_off = [each for each, since in off.items() if since < moment - BEFORE_OPENING]
        out: sa.BindParameter[Any] = sa.bindparam("out", long_off or [-1], expanding=True)
        address = "contacts.email"
        connection.execute(
            sa.text(
                f"INSERT INTO seat_addresses ({COLUMNS})"
                f" SELECT seats.id, contacts.id, {address}, contacts.name, contacts.language, {SINCE}{SEATED}"
                " WHERE rounds.id = :number AND NOT contacts.active AND contacts.id NOT IN :out"
                + MISSING.format(address=address)
            ).bindparams(out),
            {"number": number},
        )
        address = "messages.address"
        connection.execute(
            sa.text(
                f"INSERT INTO seat_addresses ({COLUMNS})"
                f" SELECT seats.id, contacts.id, min({address}), contacts.name, contacts.language, {SINCE}"
                f"{SEATED} JOIN messages ON messages.seat_id = seats.id AND messages.contact_id = contacts.id"
                " WHERE rounds.id = :number AND messages.state = 'sent'"
                + MISSING.format(address=address)
                + " GROUP BY seats.id, contacts.id, contacts.name, contacts.language, contacts.created_at,"
                f" rounds.opened_at, lower({address})"
            ),
            {"number": number},
        )


def upgrade() -> None:
    """Apply."""
    there = sa.inspect(op.get_bind())
    if "scope" not in {column["name"] for column in there.get_columns("keys")}:
        op.add_column("keys", sa.Column("scope", sa.Integer(), server_default="1", nullable=False))
    _keep_others()


def downgrade() -> None:
    """Undo nothing: the log tells that the seals were widened, and the key must go on saying so.

    The version before does not know the column, and addresses on file are never taken away. What it changes
    of the kinds that it does not seal is reported by `consulta check` after another upgrade.
    """
