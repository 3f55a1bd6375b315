"""The installation itself: accounts of the staff, the log and who confirms it, switches, retention."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consulta.platform.models.base import (
    AS_ROW,
    DELETED,
    ERASED,
    HASHED,
    LANGUAGE,
    NUMBER,
    OURS,
    PSEUDONYM,
    PUBLISHED,
    RECORD,
    STAFF,
    Base,
    Kept,
    Row,
    first_language,
    goes,
    stays,
    until,
)


class Staff(Row):
    """A person who can sign in: of the secretariat, or a scrutineer of some rounds."""

    __tablename__ = "staff"
    kept = Kept("Accounts: who may act, and as whom.", STAFF, stays(NUMBER))
    __table_args__ = (
        UniqueConstraint("email"),
        CheckConstraint("role IN ('reader', 'mail', 'secretariat', 'admin', 'scrutineer')", name="role"),
        CheckConstraint(LANGUAGE, name="language"),
    )

    email: Mapped[str] = mapped_column(
        info=goes("staff", PSEUDONYM, but="the name of a scrutineer stays, which was published")
    )
    name: Mapped[str] = mapped_column(
        info=goes("staff", PSEUDONYM, but="the name of a scrutineer stays, which was published")
    )
    # A scrutineer's: it is public
    organisation: Mapped[str] = mapped_column(default="", server_default="", info=AS_ROW)
    role: Mapped[str] = mapped_column(default="secretariat")
    language: Mapped[str] = mapped_column(default=first_language)
    password_hash: Mapped[str] = mapped_column(
        info=goes("staff", PSEUDONYM, but="the name of a scrutineer stays, which was published")
    )
    # The key of codes by time (RFC 6238), base32; None: no such codes
    second_factor: Mapped[str | None] = mapped_column(info=goes("second_steps"))
    # Of the last code that was used
    second_step: Mapped[int] = mapped_column(default=0, server_default="0", info=goes("second_steps"))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]

    passkeys: Mapped[list[Passkey]] = relationship(back_populates="staff", order_by="Passkey.id")


class Passkey(Row):
    """A credential of WebAuthn with which a person signs in: the public key, never the private one."""

    __tablename__ = "passkeys"
    kept = Kept("Public keys with which staff sign in.", STAFF, goes("second_steps", DELETED))
    __table_args__ = (UniqueConstraint("credential_id"),)

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    name: Mapped[str]  # as the person calls it
    credential_id: Mapped[str]  # base64url
    credential: Mapped[str]  # attested credential data, base64url
    counter: Mapped[int] = mapped_column(default=0)  # as the authenticator last told it
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    staff: Mapped[Staff] = relationship(back_populates="passkeys")


class RecoveryCode(Row):
    """A code that replaces the second factor once; only its digest is kept."""

    __tablename__ = "recovery_codes"
    kept = Kept("Digests of codes that replace a second step once.", STAFF, goes("second_steps", DELETED))
    __table_args__ = (UniqueConstraint("staff_id", "code_sha256"),)

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    code_sha256: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Challenge(Row):
    """What a browser was asked while a second factor is set up or a passkey used; it answers once."""

    __tablename__ = "challenges"
    kept = Kept("Challenges sent to a browser while somebody signs in.", STAFF, goes("sign_ins", DELETED))
    __table_args__ = (UniqueConstraint("token_sha256"),)

    token_sha256: Mapped[str]
    kind: Mapped[str]  # codes, passkey or sign_in
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    state: Mapped[dict[str, Any]]
    expires_at: Mapped[datetime]


class PendingAct(Row):
    """What one person asked to have done, and another one must confirm: the form as it was sent."""

    __tablename__ = "pending_acts"
    kept = Kept(
        "What waited for a second person: the form as it was sent.", STAFF, goes("pending_acts", DELETED)
    )
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'confirmed', 'refused', 'withdrawn')", name="state"),
    )

    endpoint: Mapped[str]
    path: Mapped[str]  # with its query
    fields: Mapped[dict[str, Any]]  # of the form, without tokens and passwords; and its words for people
    state: Mapped[str] = mapped_column(default="waiting")
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")

    staff: Mapped[Staff] = relationship(foreign_keys=[staff_id])
    decided_by: Mapped[Staff | None] = relationship(foreign_keys=[decided_by_id])


class Practice(Row):
    """A round for practice: where it is, beside the installation, and what became of it.

    Nothing else of the installation refers to it, and it has no row of a real round.
    """

    __tablename__ = "practices"
    kept = Kept(
        "Which rounds for practice there were; all that was in one is deleted with its place.",
        STAFF,
        stays(NUMBER),
    )
    __table_args__ = (
        UniqueConstraint("key"),
        UniqueConstraint("live"),
        CheckConstraint("state IN ('asked', 'ready', 'failed', 'deleted', 'gone')", name="state"),
        CheckConstraint("(state IN ('asked', 'ready', 'failed')) = (live IS NOT NULL)", name="live"),
    )

    key: Mapped[str] = mapped_column(info=AS_ROW)  # in its address: drawn by chance, and never listed
    state: Mapped[str]
    live: Mapped[bool | None]  # true, or NULL once it is deleted: there is one at a time
    # Emptied once it is deleted
    title: Mapped[str] = mapped_column(info=until("the practice is deleted from the desk", ERASED))
    # The round whose themes it takes, and ids of who votes in it; emptied too
    asked: Mapped[dict[str, Any]] = mapped_column(info=until("the practice is deleted from the desk", ERASED))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # who asked for it
    made_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    staff: Mapped[Staff | None] = relationship()


class Organiser(Base):
    """The profile of the body that holds the consultations: one row, or none."""

    __tablename__ = "organiser"
    kept = Kept(
        "The profile of the body that holds the consultations.",
        "people whom the profile names, such as who signs",
        stays("while the organisation, the account or the body uses it"),
    )
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    profile: Mapped[dict[str, Any]] = mapped_column(info=AS_ROW)  # organiser.service.Profile.stored
    logo: Mapped[bytes | None] = mapped_column(LargeBinary, info=AS_ROW)
    changed_at: Mapped[datetime]


class Switch(Base):
    """Something that is on while its row is there.

    `mail_paused`: the secretariat paused all mail. `mail_restored`: this database was restored from a backup,
    and no mail goes until it is released.
    """

    __tablename__ = "switches"
    kept = Kept("What is switched on.", "", stays(OURS))
    __table_args__ = (CheckConstraint("name IN ('mail_paused', 'mail_restored')", name="name"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class UnusedPart(Base):
    """A part of the program that the installation does not use (`platform.parts`); without a row it does."""

    __tablename__ = "unused_parts"
    kept = Kept("Which parts of the program are not used.", "", stays(OURS))

    name: Mapped[str] = mapped_column(primary_key=True, info=AS_ROW)
    at: Mapped[datetime]  # since when


class Setting(Base):
    """A setting that an administrator changed at the desk; `platform/desk_settings.py` has the list."""

    __tablename__ = "settings"
    kept = Kept("What was set at the desk; passwords encrypted.", STAFF, stays(OURS))

    name: Mapped[str] = mapped_column(primary_key=True, info=AS_ROW)
    value: Mapped[str] = mapped_column(info=AS_ROW)
    changed_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # NULL: a command, or the worker

    staff: Mapped[Staff | None] = relationship()


class Beat(Base):
    """When the worker was last seen: written by whichever worker runs, a few times a minute at most."""

    __tablename__ = "beats"
    kept = Kept("When the worker was seen.", "", stays(OURS))
    __table_args__ = (CheckConstraint("name IN ('worker')", name="name"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class RetentionKind(Base):
    """A kind of erasure: the period by which it runs, when that was announced, and from when on it runs."""

    __tablename__ = "retention_kinds"
    kept = Kept("Which erasures were announced.", "", stays(OURS))

    kind: Mapped[str] = mapped_column(primary_key=True, info=AS_ROW)
    days: Mapped[int]  # the period that was announced
    announced_at: Mapped[datetime | None]
    begins_at: Mapped[datetime | None]  # none while nothing was found that is to be erased
    looked_at: Mapped[datetime]  # when the worker looked last


class RetentionRun(Row):
    """An erasure by the worker: of which kind, and of how many rows."""

    __tablename__ = "retention_runs"
    kept = Kept("What was erased, as numbers.", "", stays(OURS))

    kind: Mapped[str] = mapped_column(info=AS_ROW)
    rows: Mapped[int]
    at: Mapped[datetime]


class RetentionMark(Base):
    """Since when a row is out of use, as the worker saw it: of an account, a contact, an institution."""

    __tablename__ = "retention_marks"
    kept = Kept(
        "Since when accounts, contacts and institutions are out of use.",
        "",
        until("the row is used again, or erased"),
    )

    kind: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[datetime]


class Erasure(Row):
    """A row whose person was erased on request: which one, by its number, and when it had been made.

    The same stands in a file beside the database, so that a backup that is restored is erased again.
    """

    __tablename__ = "erasures"
    kept = Kept("Which rows were erased on request, by number.", "", stays(OURS))
    __table_args__ = (UniqueConstraint("kind", "number", "made_at"),)

    kind: Mapped[str] = mapped_column(info=AS_ROW)
    number: Mapped[int]
    made_at: Mapped[datetime]
    erased_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


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
