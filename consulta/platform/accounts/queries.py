"""What is read and written of second factors."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, func, select

from consulta.platform.models import Attempt, Challenge, Passkey, RecoveryCode, Staff

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session


class Wrong(NamedTuple):
    """How many attempts of a subject failed, and when the first of them did."""

    times: int
    first: datetime | None


def wrong(session: Session, subject: str, since: datetime) -> Wrong:
    """Return the failures stored under a subject later than `since`."""
    query = select(func.count(), func.min(Attempt.at)).where(
        Attempt.subject_sha256 == subject, Attempt.at > since
    )
    return Wrong(*session.execute(query).one())


def forget_wrong(session: Session, subject: str) -> None:
    """Delete the failures stored under a subject."""
    session.execute(delete(Attempt).where(Attempt.subject_sha256 == subject))


def account(session: Session, staff_id: int) -> Staff | None:
    """Return an account, or None."""
    return session.get(Staff, staff_id)


def known_account(session: Session, staff_id: int | None) -> Staff:
    """Return an account of which the number is known. Raise NoResultFound if there is none."""
    return session.get_one(Staff, staff_id)


def hold(session: Session, staff_id: int) -> None:
    """Let other writers of an account wait; its row and its sessions are read anew."""
    session.scalars(select(Staff).where(Staff.id == staff_id).with_for_update()).one()
    session.expire_all()


def with_codes(session: Session) -> list[Staff]:
    """Return the accounts that have a key for codes by time."""
    return list(session.scalars(select(Staff).where(Staff.second_factor.is_not(None)).order_by(Staff.id)))


def recovery_left(session: Session, staff_id: int) -> int:
    """Return how many recovery codes of an account are not used."""
    query = select(func.count()).where(RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None))
    return session.scalar(query) or 0


def recovery_code(session: Session, staff_id: int, sha256: str) -> RecoveryCode | None:
    """Return an unused recovery code of an account by its digest, or None."""
    query = select(RecoveryCode).where(
        RecoveryCode.staff_id == staff_id, RecoveryCode.code_sha256 == sha256, RecoveryCode.used_at.is_(None)
    )
    return session.scalars(query.with_for_update()).first()


def replace_recovery(session: Session, staff_id: int, digests: Sequence[str], now: datetime) -> None:
    """Give an account other recovery codes, of which these are the digests."""
    for each in session.scalars(select(RecoveryCode).where(RecoveryCode.staff_id == staff_id)):
        session.delete(each)  # row by row, so that no other row is sealed anew as it stands
    session.flush()
    session.add_all(RecoveryCode(staff_id=staff_id, code_sha256=each, created_at=now) for each in digests)


def passkey(session: Session, credential_id: str) -> Passkey | None:
    """Return a passkey by the name that its authenticator gave it, or None."""
    query = select(Passkey).where(Passkey.credential_id == credential_id)
    return session.scalars(query.with_for_update()).first()


def challenge(session: Session, kind: str, sha256: str) -> Challenge | None:
    """Return what was asked under a token by its digest, or None."""
    query = select(Challenge).where(Challenge.token_sha256 == sha256, Challenge.kind == kind)
    return session.scalars(query.with_for_update()).first()


def forget_challenges(session: Session, now: datetime) -> None:
    """Delete what was asked too long ago."""
    session.execute(delete(Challenge).where(Challenge.expires_at <= now))
