"""One table of links for all purposes, and one of sessions.

Revision 0029, after 0028. Every row keeps its digest, its end and what was answered by it, so that every link
that was mailed and every open session goes on. Links to vote keep their numbers. The others get new ones,
above all earlier ones; `was` keeps the number by which the log names them. What the log has sealed of a link
stands in the same columns, so that its seals stay right (`infra/log/seals.py`).
"""

from datetime import timedelta
from typing import NamedTuple

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

SESSION_LIFE = timedelta(hours=12)  # of the sessions that did not keep when they began
COMMON = "token_sha256, created_at, expires_at"
ASKED = "purpose, subject_id, seat_address_id, used_at, choice"


class Former(NamedTuple):
    """A table of links of before: its purposes, its columns there and here, and the table of its sessions."""

    table: str
    purposes: str
    there: str
    here: str
    sessions: str = ""


FORMER = (
    Former(
        "nomination_links",
        "'propose'",
        "round_id, contact_id",
        "subject_id, contact_id",
        "nomination_sessions",
    ),
    Former("answer_links", "'answer'", "invitation_id", "subject_id", "answer_sessions"),
    Former("action_links", "'access', 'objection'", ASKED, ASKED),
)


def _number_on(table: str) -> None:
    """Let new rows of a table get numbers above those that are there."""
    if op.get_bind().dialect.name == "postgresql":
        last = f"SELECT coalesce(max(id), 0) FROM {table}"  # noqa: S608 - of the names above
        op.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), ({last}) + 1, false)")


def _move_here(each: Former) -> None:
    """Move the links of some purposes, and the sessions that they opened."""
    base = op.get_bind().scalar(sa.text("SELECT coalesce(max(id), 0) FROM links"))
    here, there = each.here, each.there
    if "purpose" not in here:
        here, there = f"purpose, {here}", f"{each.purposes}, {there}"
    op.execute(
        f"INSERT INTO links (id, was, {here}, {COMMON})"  # noqa: S608 - of the names above
        f" SELECT id + {base}, id, {there}, {COMMON} FROM {each.table}"
    )
    if each.sessions:
        _move_sessions(each.sessions, base)
        op.drop_table(each.sessions)
    op.drop_table(each.table)


def _move_sessions(table: str, base: int) -> None:
    at = sa.DateTime(timezone=True)
    ends, began, confirmed = (sa.column(name, at) for name in ("expires_at", "created_at", "confirmed_at"))
    link, token = sa.column("link_id", sa.Integer), sa.column("token_sha256", sa.Text)
    rows = op.get_bind().execute(sa.select(link, token, ends).select_from(sa.table(table)))
    op.bulk_insert(
        sa.table("sessions", link, token, ends, began, confirmed),
        [
            {
                "link_id": link_id + base,
                "token_sha256": token_sha256,
                "expires_at": until,
                "created_at": until - SESSION_LIFE,
                "confirmed_at": until - SESSION_LIFE,
            }
            for link_id, token_sha256, until in rows
        ],
    )


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.add_column(sa.Column("was", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("purpose", sa.Text(), nullable=False, server_default="vote"))
        batch_op.add_column(sa.Column("subject_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("seat_address_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("used_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("choice", sa.Text(), nullable=True))
        batch_op.alter_column("contact_id", existing_type=sa.Integer(), nullable=True)
        batch_op.alter_column("seat_id", existing_type=sa.Integer(), nullable=True)
    op.execute("UPDATE links SET was = id, subject_id = seat_id")
    for each in FORMER:
        _move_here(each)
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_links_seat_id"))
        batch_op.drop_constraint(op.f("fk_links_seat_id"), type_="foreignkey")
        batch_op.drop_column("seat_id")
        batch_op.alter_column("purpose", existing_type=sa.Text(), server_default=None)
        batch_op.alter_column("subject_id", existing_type=sa.Integer(), nullable=False)
        batch_op.create_foreign_key(
            op.f("fk_links_seat_address_id"), "seat_addresses", ["seat_address_id"], ["id"]
        )
        batch_op.create_index(op.f("ix_links_purpose_subject_id"), ["purpose", "subject_id"])
        batch_op.create_index(op.f("ix_links_seat_address_id"), ["seat_address_id"])
    _number_on("links")


def _column(name: str, kind: type, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True) if kind is sa.DateTime else kind(), nullable=nullable)


def _table(name: str, references: dict[str, str], *columns: sa.Column[object]) -> None:
    """Make a table of before: with a number, a digest, an end, and columns that refer to other tables."""
    op.create_table(
        name,
        _column("id", sa.Integer),
        *(_column(column, sa.Integer) for column in references),
        _column("token_sha256", sa.Text),
        _column("expires_at", sa.DateTime),
        *columns,
        *(
            sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{name}_{column}"))
            for column, to in references.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("token_sha256", name=op.f(f"uq_{name}_token_sha256")),
    )


def _move_back(each: Former) -> None:
    """Move the links of some purposes to their own table, and the sessions that are open."""
    ends = "CASE WHEN revoked_at < expires_at THEN revoked_at ELSE expires_at END"
    op.execute(
        f"INSERT INTO {each.table} (id, {each.there}, {COMMON})"  # noqa: S608 - of the names above
        f" SELECT coalesce(was, id), {each.here}, token_sha256, created_at, {ends}"
        f" FROM links WHERE purpose IN ({each.purposes})"
    )
    _number_on(each.table)
    if each.sessions:
        op.execute(
            f"INSERT INTO {each.sessions} (link_id, token_sha256, expires_at)"  # noqa: S608 - the same
            " SELECT coalesce(links.was, links.id), sessions.token_sha256, sessions.expires_at"
            " FROM sessions JOIN links ON links.id = sessions.link_id"
            f" WHERE purpose IN ({each.purposes}) AND ended_at IS NULL"
        )


def downgrade() -> None:
    """Undo; links for purposes of later are given up, with their sessions.

    A link that was withdrawn and could not be before expires at that moment instead.
    """
    _table(
        "nomination_links",
        {"round_id": "rounds", "contact_id": "contacts"},
        _column("created_at", sa.DateTime),
    )
    op.create_index(op.f("ix_nomination_links_contact_id"), "nomination_links", ["contact_id"])
    _table("answer_links", {"invitation_id": "invitations"}, _column("created_at", sa.DateTime))
    op.create_index(op.f("ix_answer_links_invitation_id"), "answer_links", ["invitation_id"])
    _table(
        "action_links",
        {"seat_address_id": "seat_addresses"},
        _column("purpose", sa.Text),
        _column("subject_id", sa.Integer),
        _column("created_at", sa.DateTime),
        _column("used_at", sa.DateTime, nullable=True),
        _column("choice", sa.Text, nullable=True),
    )
    op.create_index(op.f("ix_action_links_purpose_subject_id"), "action_links", ["purpose", "subject_id"])
    op.create_index(op.f("ix_action_links_seat_address_id"), "action_links", ["seat_address_id"])
    for name, links in (("nomination_sessions", "nomination_links"), ("answer_sessions", "answer_links")):
        _table(name, {"link_id": links})
        op.create_index(op.f(f"ix_{name}_link_id"), name, ["link_id"])
    for each in FORMER:
        _move_back(each)
    op.execute("DELETE FROM sessions WHERE link_id IN (SELECT id FROM links WHERE purpose <> 'vote')")
    op.execute("DELETE FROM links WHERE purpose <> 'vote'")
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.add_column(sa.Column("seat_id", sa.Integer(), nullable=True))
    op.execute("UPDATE links SET seat_id = subject_id")
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_links_purpose_subject_id"))
        batch_op.drop_index(op.f("ix_links_seat_address_id"))
        batch_op.drop_constraint(op.f("fk_links_seat_address_id"), type_="foreignkey")
        for name in ("was", "purpose", "subject_id", "seat_address_id", "used_at", "choice"):
            batch_op.drop_column(name)
        batch_op.alter_column("seat_id", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("contact_id", existing_type=sa.Integer(), nullable=False)
        batch_op.create_foreign_key(op.f("fk_links_seat_id"), "seats", ["seat_id"], ["id"])
        batch_op.create_index(op.f("ix_links_seat_id"), ["seat_id"])
