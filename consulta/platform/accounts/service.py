"""Accounts of staff and their passwords, and sessions on the server.

A failed sign-in is stored as a row and raises no exception, so that it is kept. Failures slow down and
never lock an account: after five failures in 15 minutes, the next password is compared only after a
wait, which grows to 5 minutes. Failures are counted for the address together with the network of the
request, so that requests from elsewhere slow no person down. A browser that has the device cookie of an
earlier sign-in has a counter of its own, which no other browser reaches. A network may fail 30 times in
all within 15 minutes, for all addresses together. All of this is decided before a password is hashed,
and in the same way whether or not the address has an account.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import joinedload
from zxcvbn import zxcvbn

from consulta.core.problems import Problem, or_problem
from consulta.platform import security
from consulta.platform.access import require
from consulta.platform.accounts.values import SessionView, StaffView
from consulta.platform.log import seals
from consulta.platform.models import Attempt, SignedIn, Staff
from consulta.platform.work import DESK, Actor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.platform.work import Work

StaffRole = Literal["reader", "mail", "secretariat", "admin", "scrutineer"]
Factor = Literal["waiting", "none", "codes", "passkey", "recovery", "practice", "provider"]
PASSWORD_MIN, PASSWORD_MAX = 12, 200
GUESSED = 40  # characters of a password that are looked at
GUESSES = 10  # log10 of the guesses that a password must withstand, where the digests were stolen
FAILURES_FREE, FAILURES_WINDOW = 5, timedelta(minutes=15)  # failures that cost no wait
WAIT_FIRST, WAIT_LONGEST = timedelta(seconds=10), timedelta(minutes=5)  # it doubles with each failure
NETWORK_FAILURES = 30  # of one network within that time, for all addresses together
QUESTIONS = 60  # of one network within that time: challenges for passkeys and for the identity provider
ATTEMPTS_KEPT = timedelta(hours=1)  # the longest time over which anything is counted
SESSION_LIFE = timedelta(hours=12)
RECENT = timedelta(minutes=10)
UNLIKE = "staff.unlike"  # in the log: an account signed in that is another than the log tells
SEALED = ("staff.address", "staff.role", "staff.password", "staff.codes")  # kinds of seals of an account
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)  # of a session whose person was not asked for anything


class Hashing:
    """How passwords are hashed, and a hash that no password has, so that an unknown address costs as much."""

    def __init__(self, hasher: PasswordHasher) -> None:
        self.hasher = hasher
        self.unknown = hasher.hash(secrets.token_hex(16))


# OWASP's recommended parameters for argon2id: 19 MiB, two passes. No setting changes them.
hashing = Hashing(PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1))


def digest(token: str) -> str:
    """Return the SHA-256 of a token in hexadecimal, which is stored in place of the token."""
    return hashlib.sha256(token.encode()).hexdigest()


def plain_address(email: str) -> str:
    """Return an address in the form in which accounts have it."""
    return _address(email)


def _address(email: str) -> str:
    return unicodedata.normalize("NFKC", email).strip().lower()


def add_staff(
    work: Work,
    email: str,
    name: str,
    password: str,
    role: StaffRole,
    language: str = "",
    organisation: str = "",
) -> StaffView:
    """Create an account for a person who can sign in, and return it.

    `organisation` is that of a scrutineer, and public.

    Problems: `staff.duplicate`, `staff.disabled` (the address has an account, which is disabled),
    `staff.password` (not 12 to 200 characters).
    """
    require(work, "staff.write")
    require_password(password, email, name, organisation)
    before = work.session.scalars(select(Staff).where(Staff.email == _address(email))).first()
    if before is not None and not before.active:
        raise Problem("staff.disabled", email=before.email)
    person = Staff(
        email=_address(email),
        name=name.strip(),
        organisation=organisation.strip(),
        role=role,
        language=work.language(language),
        password_hash=hashing.hasher.hash(password),
        created_at=work.now,
    )
    work.session.add(person)
    work.session.flush()
    work.record("staff.added", f"staff:{person.id}", {"role": role, **asked_by(work)})
    return StaffView(person.id, person.email, person.name, person.role, person.active)


def asked_by(work: Work) -> dict[str, int]:
    """Return the detail of the log that names who asked, where the actor confirms a request; else nothing."""
    return {} if work.asked_by is None else {"asked_by": work.asked_by}


def list_staff(work: Work) -> tuple[StaffView, ...]:
    """Return all accounts, those of scrutineers and disabled ones included, ordered by address."""
    require(work, "staff.write")
    people = work.session.scalars(select(Staff).order_by(Staff.email))
    return tuple(StaffView(p.id, p.email, p.name, p.role, p.active) for p in people)


def set_password(work: Work, email: str, password: str) -> None:
    """Set a new password for an account; end all its sessions and clear its failed sign-ins.

    Problems: `staff.unknown`, `staff.password`.
    """
    require(work, "staff.write")
    person = _staff(work, email)
    require_password(password, email, person.name)
    give_password(work, person, password)
    clear_failures(work, person)
    work.record("staff.password", f"staff:{person.id}")


def enable_staff(work: Work, email: str) -> None:
    """Enable a disabled account again, with its former password. Problem: `staff.unknown`.

    Failed sign-ins counted so far are cleared.
    """
    require(work, "staff.write")
    person = _staff(work, email)
    person.active = True
    clear_failures(work, person)
    work.record("staff.enabled", f"staff:{person.id}", asked_by(work))


def disable_staff(work: Work, email: str) -> None:
    """Close an account and end its sessions. Problem: `staff.unknown`."""
    require(work, "staff.write")
    person = _staff(work, email)
    person.active = False
    _end_sessions(work, person.id)
    work.record("staff.disabled", f"staff:{person.id}")


def unlock_staff(work: Work, email: str) -> None:
    """Forget the failed sign-ins counted for a person's address. Problem: `staff.unknown`."""
    require(work, "staff.write")
    person = _staff(work, email)
    clear_failures(work, person)
    work.record("staff.unlocked", f"staff:{person.id}")


@dataclass(frozen=True, slots=True)
class Counted:
    """Under which digests the failures of a try are counted."""

    slowed: str  # failures under it are followed by growing waits
    network: str | None  # all failures of the network, whatever the address; None for a known device
    cleared: str | None  # under which the moment is kept when an operator cleared the address


@dataclass(frozen=True, slots=True)
class Tried:
    """A tried password: its account (None if it fits none), and where its failure is counted."""

    counted: Counted
    staff_id: int | None
    password_hash: str
    renewed_hash: str | None
    wait: timedelta = timedelta()  # how long to wait before it is compared at all; it was not


def try_password(work: Work, email: str, password: str, source: str = "", device: str = "") -> Tried:
    """Compare a password with that of an address, and return the outcome for `sign_in`.

    `source` is the network address of the request. `device` is the content of the signed cookie of an
    earlier sign-in to this address, empty if there is none. If earlier failures require a wait, nothing
    is compared and the outcome has that wait.

    Comparing is slow on purpose: call it in a unit of work that only reads, so that no other writer
    waits for it.

    In a practice there is no second factor, so there a password fits no account of the desk from a browser
    that has not been in it: the team enters from the installation.
    """
    require(work, "account.sign_in")
    address = _address(email)
    counted = _counted(address, source, device)
    if wait := _wait(work, counted):
        return Tried(counted, None, "", None, wait)
    person = work.session.scalars(select(Staff).where(Staff.email == address)).first()
    if work.practice and not device and person is not None and person.role in DESK:
        person = None
    return _tried(counted, person if person and person.active else None, password)


def wait_of(work: Work, email: str, source: str = "", device: str = "") -> timedelta:
    """Return how long `try_password` would compare nothing for this request; zero if it compares now."""
    require(work, "account.sign_in")
    return _wait(work, _counted(_address(email), source, device))


def try_own_password(work: Work, token: str, password: str) -> Tried:
    """Compare a password with that of the session's person; what strangers try elsewhere counts not here."""
    counted = Counted(digest(f"confirm {token}"), None, None)
    if wait := _wait(work, counted):
        return Tried(counted, None, "", None, wait)
    signed = _session(work, token)
    return _tried(counted, signed.staff if signed else None, password)


def device_of(email: str) -> str:
    """Return the digest by which a device cookie identifies an address, which it does not contain."""
    return digest(f"device of {_address(email)}")


def _counted(address: str, source: str, device: str) -> Counted:
    cleared = digest(f"sign-in cleared {address}")
    if device:
        return Counted(digest(f"sign-in {address} on device {device}"), None, cleared)
    where = network(source)
    return Counted(digest(f"sign-in {address} from {where}"), digest(f"sign-in from {where}"), cleared)


def network(source: str) -> str:
    """Return the network of an address: a household has billions of addresses of the newer kind (IPv6)."""
    return security.network(source)


def _wait(work: Work, counted: Counted) -> timedelta:
    """Return how long no password is to be compared under these counters; zero if one may be now."""
    since = work.now - FAILURES_WINDOW
    if counted.cleared and (cleared := _failures(work, counted.cleared, since).last):
        since = cleared
    slowed = _failures(work, counted.slowed, since)
    until = work.now
    if slowed.last is not None and slowed.count >= FAILURES_FREE:
        doubled = WAIT_FIRST * 2 ** min(slowed.count - FAILURES_FREE, 10)
        until = slowed.last + min(doubled, WAIT_LONGEST)
    if counted.network is not None:
        all_of_it = _failures(work, counted.network, since)
        if all_of_it.first is not None and all_of_it.count >= NETWORK_FAILURES:
            until = max(until, all_of_it.first + FAILURES_WINDOW)
    return max(until - work.now, timedelta())


def may_ask(work: Work, source: str) -> bool:
    """Return whether a network may be asked one more question without a password, and count it.

    Only `QUESTIONS` within a quarter of an hour; those that are refused leave no row.
    """
    require(work, "account.sign_in")
    subject = digest(f"asked from {network(source)}")
    if _failures(work, subject, work.now - FAILURES_WINDOW).count >= QUESTIONS:
        return False
    work.session.execute(delete(Attempt).where(Attempt.at <= work.now - ATTEMPTS_KEPT))
    work.session.add(Attempt(subject_sha256=subject, at=work.now))
    return True


def waits(work: Work, counted: Counted) -> timedelta:
    """Return how long nothing is to be compared under these counters; zero if something may be now."""
    return _wait(work, counted)


def sign_in(
    work: Work, tried: Tried, *, required: bool = False, source: str = "", browser: str = ""
) -> str | None:
    """Start a session if the tried password fits the address, and return its token, else None.

    Where the person has a second factor, or one is `required`, the session waits for it and opens nothing
    (`platform/accounts/factors.py`). `browser` is the name of the reader's browser, in a word or two.

    None for an unknown address, a wrong password, a disabled account, a password that was changed
    meanwhile, or a try before the end of a wait. Failures are stored, except those before the end of a
    wait.
    """
    require(work, "account.sign_in")
    person = _verified_account(work, tried)
    if person is None:
        return None
    needs = required or person.second_factor is not None or bool(person.passkeys)
    token = start_session(
        work, staff_id=person.id, factor="waiting" if needs else "none", source=source, browser=browser
    )
    if not needs:
        work.record("account.signed_in", f"staff:{person.id}")
    return token


def begun(work: Work, email: str) -> Staff | None:
    """Return the active account of an address whose owner has set a password; None where there is none."""
    person = work.session.scalars(select(Staff).where(Staff.email == _address(email))).first()
    if person is None or not person.active or not person.password_hash.startswith("$argon2"):
        return None
    return person


def confirm(work: Work, token: str, tried: Tried) -> bool:
    """Return whether the tried password is that of the session's account.

    If so, the session counts as freshly confirmed; if not, the failure is stored.
    """
    signed = _session(work, token)
    person = _verified_account(work, tried)
    if signed is None or person is None or signed.staff_id != person.id:
        return False
    signed.confirmed_at = work.now
    sign(work, signed)
    return True


def start_session(
    work: Work,
    *,
    staff_id: int | None = None,
    link_id: int | None = None,
    factor: Factor = "none",
    source: str = "",
    browser: str = "",
    confirmed: datetime | None = None,
) -> str:
    """Create a session on the server for an account or by a link, and return its token.

    The server stores only the digest of the token; the token itself is only in the cookie. A session
    expires after 12 hours. `confirmed` is when its person was last asked who it is: now, unless given.
    """
    person = work.session.get(Staff, staff_id) if staff_id is not None else None
    if person is not None:
        tell_unlike(work, person.id, SEALED, person)
    token = secrets.token_urlsafe(32)
    signed = SignedIn(
        token_sha256=digest(token),
        staff_id=staff_id,
        staff=person,
        link_id=link_id,
        created_at=work.now,
        confirmed_at=confirmed or work.now,
        expires_at=work.now + SESSION_LIFE,
        factor=factor,
        network=network(source) if source else "",
        browser=browser,
    )
    sign(work, signed)
    work.session.add(signed)
    return token


def tell_unlike(work: Work, staff_id: int, kinds: Sequence[str], row: object) -> None:
    """Write into the log, for good, if what an account signs in with is another than the log tells of.

    What it does next may seal it anew as it is, and the row may be changed back or taken away.
    """
    work.seal()
    if found := seals.unlike(work.session, kinds, row):
        work.record(UNLIKE, f"staff:{staff_id}", {"kinds": found})


def sign(work: Work, signed: SignedIn) -> None:
    """Sign the row of a session as it is now: changed beside the program, it opens nothing."""
    signed.signature = work.keys.sign("session", *_said(signed))


def is_open(work: Work, signed: Any) -> bool:
    """Return whether a session has neither ended nor expired, and is as the program wrote it.

    `signed`: the session, or a row with its columns where a link opened it.
    """
    if signed.ended_at is not None or signed.expires_at <= work.now:
        return False
    if work.keys.confirms(signed.signature, "session", *_said(signed)):
        return True
    security.tell("session.forged", session=signed.id)
    return False


def _said(signed: Any) -> tuple[object, ...]:
    role = None if signed.staff_id is None else signed.staff.role
    whose = signed.token_sha256, signed.staff_id, signed.link_id, role
    return *whose, signed.created_at, signed.confirmed_at, signed.expires_at, signed.factor


def end_session(work: Work, token: str) -> None:
    """Sign out: the token is worth nothing from now on."""
    signed = _session(work, token)
    if signed is not None:
        signed.ended_at, signed.signature = work.now, ""


def resume(work: Work, token: str) -> Actor | None:
    """Return the member of staff or scrutineer whose session the token is, as an Actor, or None.

    None if the session is unknown, ended, expired or not of an account, or if its account is disabled.
    """
    signed = _session(work, token)
    if signed is None or signed.staff is None or not signed.staff.active:
        return None
    return Actor(_role(signed.staff), signed.staff.id, signed.staff.name, confirmed_at=signed.confirmed_at)


def _role(person: Staff) -> StaffRole:
    """Return the role of an account. Raise KeyError if this version of the program has no such role."""
    known: dict[str, StaffRole] = {role: role for role in get_args(StaffRole)}
    return known[person.role]


def session_of(work: Work, token: str, *, waiting: bool = False) -> SignedIn | None:
    """Return the session of a token; None if it is unknown, ended or expired.

    None too if it waits for its second factor, unless `waiting` is set: then None if it does not wait.
    """
    found = work.session.scalars(
        select(SignedIn).where(SignedIn.token_sha256 == digest(token)).options(joinedload(SignedIn.staff))
    ).first()
    if found is None or not is_open(work, found):
        return None
    return found if (found.factor == "waiting") is waiting else None


def _session(work: Work, token: str) -> SignedIn | None:
    return session_of(work, token)


def list_sessions(work: Work, staff_id: int, token: str = "") -> tuple[SessionView, ...]:
    """Return the open sessions of an account, the newest first; `token` is that of the one that asks."""
    rows = work.session.scalars(
        select(SignedIn)
        .where(
            SignedIn.staff_id == staff_id,
            SignedIn.ended_at.is_(None),
            SignedIn.expires_at > work.now,
            SignedIn.factor != "waiting",
        )
        .order_by(SignedIn.created_at.desc(), SignedIn.id.desc())
    )
    here = digest(token)
    return tuple(
        SessionView(s.id, s.created_at, s.network, s.browser, s.factor, s.token_sha256 == here) for s in rows
    )


def end_one(work: Work, staff_id: int, session_id: int) -> None:
    """End one session of an account. Nothing happens if it ended before or is another person's."""
    found = work.session.get(SignedIn, session_id)
    if found is not None and found.staff_id == staff_id and found.ended_at is None:
        found.ended_at, found.signature = work.now, ""
        work.record("staff.sessions_ended", f"staff:{staff_id}")


def end_others(work: Work, staff_id: int, token: str) -> None:
    """End all sessions of an account but that of `token`, those that wait for a second factor too."""
    kept = digest(token) if token else ""
    work.session.execute(
        update(SignedIn)
        .where(SignedIn.staff_id == staff_id, SignedIn.ended_at.is_(None), SignedIn.token_sha256 != kept)
        .values(ended_at=work.now, signature="")
    )


def end_others_of(work: Work, signed: SignedIn) -> None:
    """End all other sessions of the account of a session."""
    work.session.execute(
        update(SignedIn)
        .where(SignedIn.staff_id == signed.staff_id, SignedIn.ended_at.is_(None), SignedIn.id != signed.id)
        .values(ended_at=work.now, signature="")
    )


def _end_sessions(work: Work, staff_id: int) -> None:
    work.session.execute(
        update(SignedIn)
        .where(SignedIn.staff_id == staff_id, SignedIn.ended_at.is_(None))
        .values(ended_at=work.now, signature="")
    )


def _staff(work: Work, email: str) -> Staff:
    return or_problem(
        work.session.scalars(select(Staff).where(Staff.email == _address(email))).first(),
        "staff.unknown",
        email=email,
    )


def person(work: Work, staff_id: int) -> Staff:
    """Return the row of an account, for what is written to its owner. Problem: `staff.unknown`."""
    return or_problem(work.session.get(Staff, staff_id), "staff.unknown", email="")


def owner(work: Work, token: str) -> Staff:
    """Return the row of the account of an open session. Problem: `staff.unknown`."""
    signed = _session(work, token)
    if signed is None or signed.staff is None:
        raise Problem("staff.unknown", email="")
    return signed.staff


def _tried(counted: Counted, person: Staff | None, password: str) -> Tried:
    stored = person.password_hash if person else hashing.unknown
    right = _matches(stored, password) and person is not None
    renewed = hashing.hasher.hash(password) if right and hashing.hasher.check_needs_rehash(stored) else None
    return Tried(counted, person.id if person and right else None, stored, renewed)


def _verified_account(work: Work, tried: Tried) -> Staff | None:
    """Return the account whose password was tried, or None; store a failure or delete earlier ones.

    None if the password is wrong, the account is disabled, its password was changed meanwhile, or the
    try came before the end of a wait. Such an early try is not counted, so repeated tries do not prolong
    the wait.
    """
    if tried.wait or _wait(work, tried.counted):
        return None
    person = work.session.get(Staff, tried.staff_id) if tried.staff_id is not None else None
    slowed, network_ = tried.counted.slowed, tried.counted.network
    if person is None or not person.active or person.password_hash != tried.password_hash:
        work.session.execute(delete(Attempt).where(Attempt.at <= work.now - ATTEMPTS_KEPT))
        subjects = [subject for subject in (slowed, network_) if subject is not None]
        work.session.add_all(Attempt(subject_sha256=subject, at=work.now) for subject in subjects)
        return None
    work.session.execute(delete(Attempt).where(Attempt.subject_sha256 == slowed))
    if tried.renewed_hash is not None and not seals.unlike(work.session, ["staff.password"], person):
        person.password_hash = tried.renewed_hash
    return person


def give_password(work: Work, person: Staff, password: str, but: str = "") -> None:
    """Store another password of an account and end its sessions, except that of the token `but`."""
    person.password_hash = hashing.hasher.hash(password)
    end_others(work, person.id, but)


def clear_failures(work: Work, person: Staff) -> None:
    """Clear the failed sign-ins counted for an account, from all networks: only later ones count."""
    subject = digest(f"sign-in cleared {person.email}")
    work.session.execute(delete(Attempt).where(Attempt.subject_sha256 == subject))
    work.session.add(Attempt(subject_sha256=subject, at=work.now))


@dataclass(frozen=True, slots=True)
class _Failures:
    count: int
    first: datetime | None
    last: datetime | None


def _failures(work: Work, subject: str, since: datetime) -> _Failures:
    query = select(func.count(), func.min(Attempt.at), func.max(Attempt.at)).where(
        Attempt.subject_sha256 == subject, Attempt.at > since
    )
    count, first, last = work.session.execute(query).one()
    return _Failures(count, first, last)


def _matches(stored: str, password: str) -> bool:
    if len(password) > PASSWORD_MAX:
        return False
    try:
        return hashing.hasher.verify(stored, password)
    except VerifyMismatchError:
        return False
    except InvalidHashError:  # of an account that has not begun: it costs as much as a wrong one
        return _matches(hashing.unknown, password) and False


def require_password(password: str, *words: str) -> None:
    """Refuse a password that is too short, too long or easily guessed, as from `words` about its person.

    Problems: `staff.password`, `staff.guessed`.
    """
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise Problem("staff.password", least=PASSWORD_MIN, most=PASSWORD_MAX)
    told = [part for word in (*words, "consulta") for part in re.split(r"[\W_]+", word.lower()) if part]
    # The library takes the longer the longer the password is, and what is guessed shows in its beginning.
    if zxcvbn(password[:GUESSED], user_inputs=told)["guesses_log10"] < GUESSES:
        raise Problem("staff.guessed")
