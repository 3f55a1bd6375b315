"""Checkpoints of the log with their keys, witnesses and time stamps; what of a row can be shown alone.

Revision 0046, after 0045.
"""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

from consulta.infra.migrations import guards
from consulta.infra.models import Instant

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

REASONS = "reason IN ('opening', 'daily', 'hourly', 'closing', 'publication')"
FORMER_REASONS = "reason IN ('opening', 'daily', 'closing', 'publication')"
GUARDED = ("checkpoint_keys", "checkpoints", "cosignatures", "timestamps")


def _remember() -> None:
    """Give rows of votes back what can be shown of them, where this migration was undone meanwhile.

    They are those whose digest is of the form that it has with such a part.
    """
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT log.seq, log.at, log.actor, log.nonce, log.action, log.subject, log.details,"
            " log.previous, log.digest, ballots.round_id, seats.pseudonym FROM log"
            " JOIN seats ON log.subject = 'seat:' || CAST(seats.id AS TEXT)"
            " JOIN ballots ON ballots.seat_id = seats.id AND ballots.version = 1"
            " WHERE log.action IN ('ballot.cast', 'ballot.abstained') AND log.nonce != ''"
        )
    ).all()
    found = []
    for seq, at, actor, nonce, action, subject, details, previous, digest, round_id, seat in rows:
        hidden = [at, actor.partition(":")[0], _sha256(f"{nonce}|{actor}"), action, subject, details]
        if _digest([seq, *hidden, previous]) == digest:
            continue
        outside = _canonical(
            {
                "act": action,
                "record_sha256": json.loads(details)["record_sha256"],
                "round": f"round:{round_id}",
                "seat": seat,
            }
        )
        if _digest([seq, _digest(hidden), outside, previous]) == digest:
            found.append({"seq": seq, "outside": outside})
    if found:
        guards.unguard("log")
        connection.execute(sa.text("UPDATE log SET outside = :outside WHERE seq = :seq"), found)
        guards.guard("log")


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _digest(value: object) -> str:
    return _sha256(_canonical(value))


def upgrade() -> None:
    """Apply. Rows of the log of before have no part that can be shown alone, and keep their digests."""
    op.execute("ALTER TABLE log ADD COLUMN outside TEXT NOT NULL DEFAULT ''")
    _remember()
    guards.unguard("heads")
    guards.hold("heads", REASONS, "reason")
    guards.guard("heads")
    op.create_table(
        "checkpoint_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkpoint_keys")),
    )
    op.create_table(
        "checkpoints",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("head_id", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("log_size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["head_id"], ["heads.id"], name=op.f("fk_checkpoints_head_id")),
        sa.ForeignKeyConstraint(["key_id"], ["checkpoint_keys.id"], name=op.f("fk_checkpoints_key_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkpoints")),
        sa.UniqueConstraint("head_id", name=op.f("uq_checkpoints_head_id")),
        sa.UniqueConstraint("size", name=op.f("uq_checkpoints_size")),
    )
    op.create_table(
        "witnesses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("registered_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_witnesses")),
        sa.UniqueConstraint("key", name=op.f("uq_witnesses_key")),
    )
    op.create_table(
        "cosignatures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("checkpoint_id", sa.Integer(), nullable=False),
        sa.Column("witness_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("log_size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"], ["checkpoints.id"], name=op.f("fk_cosignatures_checkpoint_id")
        ),
        sa.ForeignKeyConstraint(["witness_id"], ["witnesses.id"], name=op.f("fk_cosignatures_witness_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cosignatures")),
        sa.UniqueConstraint(
            "checkpoint_id", "witness_id", name=op.f("uq_cosignatures_checkpoint_id_witness_id")
        ),
    )
    op.create_table(
        "timestamps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("checkpoint_id", sa.Integer(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("response", sa.LargeBinary(), nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"], ["checkpoints.id"], name=op.f("fk_timestamps_checkpoint_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timestamps")),
        sa.UniqueConstraint("checkpoint_id", "authority", name=op.f("uq_timestamps_checkpoint_id_authority")),
    )
    for table in GUARDED:
        guards.guard(table)


def downgrade() -> None:
    """Undo. Checkpoints and witnesses are lost."""
    for table in reversed(GUARDED):
        guards.unguard(table)
    for table in ("timestamps", "cosignatures", "witnesses", "checkpoints", "checkpoint_keys"):
        op.drop_table(table)
    guards.unguard("heads")
    op.execute("UPDATE heads SET reason = 'daily' WHERE reason = 'hourly'")
    guards.hold("heads", FORMER_REASONS, "reason")
    guards.guard("heads")
    op.execute("ALTER TABLE log DROP COLUMN outside")
