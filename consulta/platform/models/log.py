"""The log, its heads and checkpoints, and those who confirm them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from consulta.platform.models.columns import Base, Row
from consulta.platform.models.kept import AS_ROW, HASHED, PUBLISHED, RECORD, Kept, stays

# Which rows of the log have seals of contacts, accounts and second steps. An index is over them; a query is
# answered by it only where it has exactly these words.
SEALS_OF_PEOPLE = (
    "(replace(details, '\"contact.', '') <> details OR replace(details, '\"staff.', '') <> details"
    " OR replace(details, '\"passkey\"', '') <> details OR replace(details, '\"recovery\"', '') <> details)"
    " AND action IN ('seals.began', 'seals.taken')"
)


class LogEntry(Base):
    """Who did what to what, and when; each row carries the digest of the one before (trigger)."""

    __tablename__ = "log"
    kept = Kept(
        "What was done, by which number, when. Each row carries the digest of the one before.",
        "staff, contacts, guests: by number; reasons that the secretariat wrote",
        stays(HASHED),
    )
    written_once = True
    __table_args__ = (
        UniqueConstraint("previous"),
        UniqueConstraint("digest"),
        Index(
            "ix_log_seals_of_people",
            "seq",
            sqlite_where=text(SEALS_OF_PEOPLE),
            postgresql_where=text(SEALS_OF_PEOPLE),
        ),
    )

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(info=AS_ROW)  # ISO 8601, UTC: part of what the digest covers
    actor: Mapped[str] = mapped_column(info=AS_ROW)
    action: Mapped[str] = mapped_column(info=AS_ROW)
    subject: Mapped[str] = mapped_column(info=AS_ROW)
    details: Mapped[str] = mapped_column(info=AS_ROW)  # canonical JSON
    previous: Mapped[str] = mapped_column(info=AS_ROW)
    digest: Mapped[str] = mapped_column(info=AS_ROW)
    # So that no row can be guessed from its digest
    nonce: Mapped[str] = mapped_column(server_default="", info=AS_ROW)
    # Canonical JSON: what can be shown alone
    outside: Mapped[str] = mapped_column(server_default="", info=AS_ROW)


class Head(Row):
    """The log at a moment: how many rows it had, and the root of the tree over their digests (trigger)."""

    __tablename__ = "heads"
    kept = Kept("The log at moments.", "", stays(HASHED))
    written_once = True
    __table_args__ = (
        CheckConstraint("reason IN ('opening', 'daily', 'hourly', 'closing', 'publication')", name="reason"),
    )

    size: Mapped[int]
    root: Mapped[str] = mapped_column(info=AS_ROW)
    # What the next head needs in place of the rows before it
    peaks: Mapped[list[Any]] = mapped_column(info=AS_ROW)
    at: Mapped[datetime]
    reason: Mapped[str]
    round_id: Mapped[int | None] = mapped_column(ForeignKey("rounds.id"))  # opened, closed or published then


class Key(Base):
    """A secret of the database itself: what the seals in the log are keyed with."""

    __tablename__ = "keys"
    kept = Kept("The secret of the seals.", "", stays(RECORD))
    __table_args__ = (CheckConstraint("name IN ('seals')", name="name"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(info=AS_ROW)  # hex


class CheckpointKey(Row):
    """A public key with which checkpoints were signed from then on (trigger); the other half is a file."""

    __tablename__ = "checkpoint_keys"
    kept = Kept("Public keys of signed heads.", "", stays(HASHED))
    written_once = True

    # By which checkpoints call this log; the same for all its keys
    origin: Mapped[str] = mapped_column(info=AS_ROW)
    key: Mapped[str] = mapped_column(info=AS_ROW)  # as it is handed out: name, id, key
    at: Mapped[datetime]


class Checkpoint(Row):
    """A head of the log as a signed note (trigger)."""

    __tablename__ = "checkpoints"
    kept = Kept("Signed heads.", "", stays(HASHED))
    written_once = True
    __table_args__ = (UniqueConstraint("head_id"), UniqueConstraint("size"))

    head_id: Mapped[int] = mapped_column(ForeignKey("heads.id"))
    key_id: Mapped[int] = mapped_column(ForeignKey("checkpoint_keys.id"))
    size: Mapped[int]
    note: Mapped[str] = mapped_column(info=AS_ROW)
    at: Mapped[datetime]  # when it was signed
    log_size: Mapped[int]  # rows of the log at that moment: whether an archive up to a head has it


class Witness(Row):
    """Who cosigns checkpoints, by a public key that the secretariat registered."""

    __tablename__ = "witnesses"
    kept = Kept("Who cosigns heads.", "", stays(PUBLISHED))
    __table_args__ = (UniqueConstraint("key"),)

    name: Mapped[str] = mapped_column(info=AS_ROW)  # of the key, in every line of a signature
    organisation: Mapped[str] = mapped_column(info=AS_ROW)  # who runs it, as it is public
    key: Mapped[str] = mapped_column(info=AS_ROW)
    registered_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Cosignature(Row):
    """The line by which a witness cosigned a checkpoint (trigger)."""

    __tablename__ = "cosignatures"
    kept = Kept("Signatures of witnesses.", "", stays(HASHED))
    written_once = True
    __table_args__ = (UniqueConstraint("checkpoint_id", "witness_id"),)

    checkpoint_id: Mapped[int] = mapped_column(ForeignKey("checkpoints.id"))
    witness_id: Mapped[int] = mapped_column(ForeignKey("witnesses.id"))
    line: Mapped[str] = mapped_column(info=AS_ROW)
    time: Mapped[datetime]  # by the witness's clock
    at: Mapped[datetime]  # when it came
    log_size: Mapped[int]


class Timestamp(Row):
    """A time stamp of a checkpoint by an authority, as RFC 3161 has it (trigger)."""

    __tablename__ = "timestamps"
    kept = Kept("Time stamps of heads.", "", stays(HASHED))
    written_once = True
    __table_args__ = (UniqueConstraint("checkpoint_id", "authority"),)

    checkpoint_id: Mapped[int] = mapped_column(ForeignKey("checkpoints.id"))
    authority: Mapped[str] = mapped_column(info=AS_ROW)  # the name in its certificate
    response: Mapped[bytes] = mapped_column(LargeBinary, info=AS_ROW)
    time: Mapped[datetime]  # that the authority gave
    at: Mapped[datetime]  # when it was brought here


class ReceiptHead(Base):
    """The log's tree just after the row of a vote, as its receipt shows it (trigger).

    It is not a `Head`: those are published with their moments, which would reveal when an organisation
    voted.
    """

    __tablename__ = "receipt_heads"
    kept = Kept("The head of the log on each receipt.", "", stays(HASHED))
    written_once = True
    __table_args__ = (Index(None, "size", unique=True),)

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballots.id"), primary_key=True)
    size: Mapped[int]  # the number of the row that tells of the vote
    root: Mapped[str] = mapped_column(info=AS_ROW)
    peaks: Mapped[list[Any]] = mapped_column(info=AS_ROW)  # from which the tree grows on
