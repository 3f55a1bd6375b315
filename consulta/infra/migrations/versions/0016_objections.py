"""Objections after the closing, and the ballots that they take out of a later count.

Revision 0016, after 0015. Columns are added in place; rounds that closed before have no time for objections.
SQLite makes the tables of messages and of texts anew, row by row.
"""

import json
from datetime import datetime

import sqlalchemy as sa
from alembic import op

from consulta.infra.migrations import guards

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

GUARDED = "ballot_exclusions"
ADDED = ("closing", "objection", "objection_decided")
FORMER_KINDS = (
    "kind IN ('invitation', 'reminder', 'receipt', 'replacement', 'new_link', 'extension', 'published',"
    " 'thanks', 'panel_invitation', 'panel_reminder', 'panel_session', 'nomination', 'access_asked',"
    " 'access_decided')"
)
KINDS = f"{FORMER_KINDS[:-1]}, {', '.join(repr(kind) for kind in ADDED)})"
GIVEN_UP = (
    (
        "DELETE FROM deliveries WHERE message_id IN"
        " (SELECT id FROM messages WHERE kind IN ('closing', 'objection', 'objection_decided'))"
    ),
    "DELETE FROM messages WHERE kind IN ('closing', 'objection', 'objection_decided')",
    "DELETE FROM mail_texts WHERE kind IN ('closing', 'objection', 'objection_decided')",
)


def _letters(kinds: str) -> str:
    """The same, and the letter on paper, which has a text and is no mail."""
    return f"{kinds[:-1]}, 'panel_letter')"


def _promises() -> None:
    """Keep the time for objections that the log tells of: of rounds closed before a way down and up again."""
    connection = op.get_bind()
    rounds = sa.table(
        "rounds", sa.column("id", sa.Integer), sa.column("objections_until", sa.DateTime(timezone=True))
    )
    rows = connection.execute(sa.text("SELECT subject, details FROM log WHERE action = 'rounds.closed'"))
    for subject, details in rows.all():
        until = json.loads(details).get("objections_until")
        if until is not None:
            moment = datetime.fromisoformat(until)
            number = int(subject.partition(":")[2])
            connection.execute(sa.update(rounds).where(rounds.c.id == number).values(objections_until=moment))


def upgrade() -> None:
    """Apply."""
    op.add_column("rounds", sa.Column("objections_until", sa.DateTime(timezone=True), nullable=True))
    _promises()
    op.add_column("rounds", sa.Column("left_out", sa.Integer(), server_default="0", nullable=False))
    staff = ("asked_by", "decided_by")
    op.create_table(
        "objections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("ballot_id", sa.Integer(), nullable=True),
        sa.Column("seat_address_id", sa.Integer(), nullable=False),
        sa.Column("claim", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("who", "text", "state", "reason")),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in staff),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in ("asked_at", "decided_at")),
        sa.CheckConstraint("claim IN ('not_ours', 'missing', 'other')", name=op.f("ck_objections_claim")),
        sa.CheckConstraint(
            "state IN ('open', 'withdrawn', 'asked', 'upheld', 'rejected')", name=op.f("ck_objections_state")
        ),
        sa.CheckConstraint("claim <> 'not_ours' OR ballot_id IS NOT NULL", name=op.f("ck_objections_ballot")),
        *(
            sa.ForeignKeyConstraint([name], [f"{table}.id"], name=op.f(f"fk_objections_{name}"))
            for name, table in {
                "round_id": "rounds",
                "seat_id": "seats",
                "ballot_id": "ballots",
                "seat_address_id": "seat_addresses",
                **dict.fromkeys(staff, "staff"),
            }.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objections")),
    )
    for name in ("round_id", "seat_id"):
        op.create_index(op.f(f"ix_objections_{name}"), "objections", [name])
    op.create_table(
        GUARDED,
        sa.Column("id", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("round_id", "ballot_id", "objection_id")
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint([f"{one}_id"], [f"{one}s.id"], name=op.f(f"fk_{GUARDED}_{one}_id"))
            for one in ("round", "ballot", "objection")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{GUARDED}")),
        sa.UniqueConstraint("ballot_id", name=op.f(f"uq_{GUARDED}_ballot_id")),
    )
    op.create_index(op.f(f"ix_{GUARDED}_round_id"), GUARDED, ["round_id"])
    guards.guard(GUARDED)
    guards.hold("messages", KINDS)
    guards.hold("mail_texts", _letters(KINDS))


def downgrade() -> None:
    """Undo; objections, what they took out and the mails about them are given up."""
    guards.unguard("deliveries", "DELETE")
    for statement in GIVEN_UP:
        op.execute(statement)
    guards.guard("deliveries", "DELETE")
    guards.hold("messages", FORMER_KINDS)
    guards.hold("mail_texts", _letters(FORMER_KINDS))
    op.drop_table(GUARDED)
    op.drop_table("objections")
    for name in ("left_out", "objections_until"):
        op.execute(f"ALTER TABLE rounds DROP COLUMN {name}")
