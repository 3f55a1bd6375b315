"""Who is who: staff and their passwords, and the sessions of staff and voters on the server.

A failed sign-in is a row, not an exception, so that it is kept; five of them in a quarter of an hour close an
address for that time to the network they came from (a hundred: to everybody), whether or not anybody has
it, and the answer is the same in every case. So a stranger who fails on purpose does not keep the secretariat
out.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Literal, get_args

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import joinedload

from consulta.core.problems import Problem
from consulta.services.access import require
from consulta.services.views import StaffView
from consulta.services.work import Actor
from consulta.store import seat_addresses as addresses
from consulta.store.models import Attempt, Link, SignedIn, Staff

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.services.work import Work

StaffRole = Literal["secretariat", "admin", "scrutineer"]
PASSWORD_MIN, PASSWORD_MAX = 12, 200
FAILURES_MAX, FAILURES_EVERYWHERE, FAILURES_WINDOW = 5, 100, timedelta(minutes=15)
ATTEMPTS_KEPT = timedelta(hours=1)  # the longest time over which anything is counted
SESSION_LIFE = timedelta(hours=12)
RECENT = timedelta(minutes=10)

# OWASP's recommended parameters for argon2id: 19 MiB, two passes.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_NOBODY = _hasher.hash(secrets.token_hex(16))


def digest(token: str) -> str:
    """What is stored of a token: its SHA-256, in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def _address(email: str) -> str:
    return unicodedata.normalize("NFKC", email).strip().lower()


def add_staff(
    work: Work,
    email: str,
    name: str,
    password: str,
    role: StaffRole,
    language: str = "es",
    organisation: str = "",
) -> StaffView:
    """A new person who can sign in; `organisation` is a scrutineer's, and public.

    Problems: `staff.duplicate`, `staff.password` (not 12 to 200 long).
    """
    require(work, "staff.write")
    _require_password(password)
    person = Staff(
        email=_address(email),
        name=name.strip(),
        organisation=organisation.strip(),
        role=role,
        language=language,
        password_hash=_hasher.hash(password),
        created_at=work.now,
    )
    work.session.add(person)
    work.session.flush()
    work.record("staff.added", f"staff:{person.id}", {"role": role})
    return StaffView(person.id, person.email, person.name, person.role, person.active)


def list_staff(work: Work) -> tuple[StaffView, ...]:
    """All members of staff, by address."""
    require(work, "staff.write")
    people = work.session.scalars(select(Staff).order_by(Staff.email))
    return tuple(StaffView(p.id, p.email, p.name, p.role, p.active) for p in people)


def set_password(work: Work, email: str, password: str) -> None:
    """A new password; it ends every session of that person. Problems: `staff.unknown`, `staff.password`."""
    require(work, "staff.write")
    _require_password(password)
    person = _staff(work, email)
    person.password_hash = _hasher.hash(password)
    _end_sessions(work, person.id)
    work.record("staff.password", f"staff:{person.id}")


def disable_staff(work: Work, email: str) -> None:
    """Close an account and end its sessions. Problem: `staff.unknown`."""
    require(work, "staff.write")
    person = _staff(work, email)
    person.active = False
    _end_sessions(work, person.id)
    work.record("staff.disabled", f"staff:{person.id}")


@dataclass(frozen=True, slots=True)
class Tried:
    """A password that was tried: whose it is (None: nobody's), and under what its failures are counted."""

    subjects: tuple[tuple[str, int], ...]  # digest, and how many failures close it
    staff_id: int | None
    password_hash: str
    renewed_hash: str | None


def try_password(work: Work, email: str, password: str, source: str = "") -> Tried:
    """Compare a password with that of an address. `source` is where the request came from.

    That is slow on purpose, so it belongs into a unit of work that only reads: nobody waits for it to write.
    """
    require(work, "account.sign_in")
    address = _address(email)
    person = work.session.scalars(select(Staff).where(Staff.email == address)).first()
    subjects = (
        (digest(f"sign-in {address} from {_network(source)}"), FAILURES_MAX),
        (digest(f"sign-in {address}"), FAILURES_EVERYWHERE),
    )
    return _tried(subjects, person if person and person.active else None, password)


def try_own_password(work: Work, token: str, password: str) -> Tried:
    """Compare a password with that of the session's person; what strangers try elsewhere counts not here."""
    signed = _session(work, token)
    person = signed.staff if signed else None
    return _tried(((digest(f"confirm {token}"), FAILURES_MAX),), person, password)


def sign_in(work: Work, tried: Tried) -> str | None:
    """A session's token where address and password belong together, else None (unknown, wrong, locked)."""
    require(work, "account.sign_in")
    person = _proven(work, tried)
    if person is None:
        return None
    token = start_session(work, staff_id=person.id)
    work.record("account.signed_in", f"staff:{person.id}")
    return token


def confirm(work: Work, token: str, tried: Tried) -> bool:
    """Whether the password is right; if so the session counts as freshly confirmed."""
    signed = _session(work, token)
    person = _proven(work, tried)
    if signed is None or person is None or signed.staff_id != person.id:
        return False
    signed.confirmed_at = work.now
    return True


def start_session(work: Work, *, staff_id: int | None = None, link_id: int | None = None) -> str:
    """A new session on the server; the token returned is kept nowhere else than in the cookie."""
    token = secrets.token_urlsafe(32)
    work.session.add(
        SignedIn(
            token_sha256=digest(token),
            staff_id=staff_id,
            link_id=link_id,
            created_at=work.now,
            confirmed_at=work.now,
            expires_at=work.now + SESSION_LIFE,
        )
    )
    return token


def end_session(work: Work, token: str) -> None:
    """Sign out: the token is worth nothing from now on."""
    signed = _session(work, token)
    if signed is not None:
        signed.ended_at = work.now


def resume(work: Work, token: str) -> Actor | None:
    """Whose session the token is, or None where it ended, expired, or its link or account was withdrawn."""
    signed = _session(work, token)
    if signed is None:
        return None
    if signed.staff is not None:
        if not signed.staff.active:
            return None
        return Actor(
            _role(signed.staff), signed.staff.id, signed.staff.name, confirmed_at=signed.confirmed_at
        )
    link = signed.link
    if link is None or not link_works(work, link):
        return None
    return Actor("voter", link.contact_id, link.contact.name, seat_id=link.seat_id)


def _role(person: Staff) -> StaffRole:
    """A person's role; whoever has none that is known here is refused like a stranger."""
    known: dict[str, StaffRole] = {role: role for role in get_args(StaffRole)}
    return known[person.role]


def link_works(work: Work, link: Link) -> bool:
    """Whether a personal link still opens: not revoked, not expired, its contact still one who may vote.

    And at an address that may get links: one whose change waits, or was stopped, opens nothing.
    """
    in_force = link.revoked_at is None and link.expires_at > work.now
    stands = in_force and link.contact.active and link.contact.may_vote
    return stands and bool(addresses.allowed(work.session, [(link.seat_id, link.contact_id)]))


def _session(work: Work, token: str) -> SignedIn | None:
    found = work.session.scalars(
        select(SignedIn)
        .where(SignedIn.token_sha256 == digest(token))
        .options(joinedload(SignedIn.staff), joinedload(SignedIn.link).joinedload(Link.contact))
    ).first()
    return found if found and found.ended_at is None and found.expires_at > work.now else None


def _end_sessions(work: Work, staff_id: int) -> None:
    work.session.execute(
        update(SignedIn)
        .where(SignedIn.staff_id == staff_id, SignedIn.ended_at.is_(None))
        .values(ended_at=work.now)
    )


def _staff(work: Work, email: str) -> Staff:
    person = work.session.scalars(select(Staff).where(Staff.email == _address(email))).first()
    if person is None:
        raise Problem("staff.unknown", email=email)
    return person


def _tried(subjects: tuple[tuple[str, int], ...], person: Staff | None, password: str) -> Tried:
    stored = person.password_hash if person else _NOBODY
    right = _matches(stored, password) and person is not None
    renewed = _hasher.hash(password) if right and _hasher.check_needs_rehash(stored) else None
    return Tried(subjects, person.id if person and right else None, stored, renewed)


def _proven(work: Work, tried: Tried) -> Staff | None:
    """The person whose password was tried, unless it is wrong, changed meanwhile, or tried too often.

    What is tried while an address is closed does not count: waiting opens it, however often one knocks.
    """
    since = work.now - FAILURES_WINDOW
    if any(_failures(work, subject, since) >= most for subject, most in tried.subjects):
        return None
    person = work.session.get(Staff, tried.staff_id) if tried.staff_id is not None else None
    if person is None or not person.active or person.password_hash != tried.password_hash:
        work.session.execute(delete(Attempt).where(Attempt.at <= work.now - ATTEMPTS_KEPT))
        work.session.add_all(
            Attempt(subject_sha256=subject, at=work.now) for subject, _most in tried.subjects
        )
        return None
    subjects = [subject for subject, _most in tried.subjects]
    work.session.execute(delete(Attempt).where(Attempt.subject_sha256.in_(subjects)))
    if tried.renewed_hash is not None:
        person.password_hash = tried.renewed_hash
    return person


def _failures(work: Work, subject: str, since: datetime) -> int:
    query = select(func.count()).where(Attempt.subject_sha256 == subject, Attempt.at > since)
    return work.session.scalar(query) or 0


def _network(source: str) -> str:
    """The network of an address: a household has billions of addresses of the newer kind (IPv6)."""
    try:
        found = ip_address(source)
    except ValueError:
        return source
    return str(ip_network((found, 64), strict=False)) if found.version == 6 else source  # noqa: PLR2004


def _matches(stored: str, password: str) -> bool:
    if len(password) > PASSWORD_MAX:
        return False
    try:
        return _hasher.verify(stored, password)
    except VerifyMismatchError:
        return False


def _require_password(password: str) -> None:
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise Problem("staff.password", least=PASSWORD_MIN, most=PASSWORD_MAX)
