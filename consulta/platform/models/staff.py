"""People of the secretariat: accounts, second steps, acts that wait for a second person, practice."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consulta.platform.models.columns import LANGUAGE, Row, first_language
from consulta.platform.models.kept import (
    AS_ROW,
    DELETED,
    ERASED,
    NUMBER,
    PSEUDONYM,
    STAFF,
    Kept,
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
