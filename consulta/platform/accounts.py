"""People who can sign in: their accounts, passwords, second factors and sessions.

No password, token or code is stored, only what it can be compared with. A session lives on the server.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import joinedload
from zxcvbn import zxcvbn

from consulta.core.problems import Problem, or_problem
from consulta.platform import security
from consulta.platform.access import require
from consulta.platform.keyring import UnreadableError
from consulta.platform.log import seals
from consulta.platform.models import Attempt, Challenge, Passkey, RecoveryCode, SignedIn, Staff
from consulta.platform.work import DESK, Actor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from consulta.platform.work import Work


@dataclass(frozen=True, slots=True)
class Factors:
    """The second factors of an account: whether it has codes by time, its passkeys, recovery codes left."""

    codes: bool
    passkeys: Sequence[Passkey]
    recovery: int
    readable: bool = True  # whether its key for codes opens with a secret of this installation

    @property
    def any(self) -> bool:
        """Return whether the account has a second factor; recovery codes alone are none."""
        return self.codes or bool(self.passkeys)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A person who gave the password and not yet the second factor."""

    id: int
    email: str
    name: str
    factors: Factors


def hold(session: Session, staff_id: int) -> None:
    """Let other writers of an account wait; its row and its sessions are read anew."""
    session.scalars(select(Staff).where(Staff.id == staff_id).with_for_update()).one()
    session.expire_all()


def with_codes(session: Session) -> list[Staff]:
    """Return the accounts that have a key for codes by time."""
    return list(session.scalars(select(Staff).where(Staff.second_factor.is_not(None)).order_by(Staff.id)))


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


def challenge_row(session: Session, kind: str, sha256: str) -> Challenge | None:
    """Return what was asked under a token by its digest, or None."""
    query = select(Challenge).where(Challenge.token_sha256 == sha256, Challenge.kind == kind)
    return session.scalars(query.with_for_update()).first()


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
    return unicodedata.normalize("NFKC", email).strip().lower()


def add_staff(
    work: Work,
    email: str,
    name: str,
    password: str,
    role: StaffRole,
    language: str = "",
    organisation: str = "",
) -> Staff:
    """Create an account for a person who can sign in, and return it.

    `organisation` is that of a scrutineer, and public.

    Problems: `staff.duplicate`, `staff.disabled` (the address has an account, which is disabled),
    `staff.password` (not 12 to 200 characters).
    """
    require(work, "staff.write")
    require_password(password, email, name, organisation)
    before = work.session.scalars(select(Staff).where(Staff.email == plain_address(email))).first()
    if before is not None and not before.active:
        raise Problem("staff.disabled", email=before.email)
    person = Staff(
        email=plain_address(email),
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
    return person


def asked_by(work: Work) -> dict[str, int]:
    """Return the detail of the log that names who asked, where the actor confirms a request; else nothing."""
    return {} if work.asked_by is None else {"asked_by": work.asked_by}


def list_staff(work: Work) -> Sequence[Staff]:
    """Return all accounts, those of scrutineers and disabled ones included, ordered by address."""
    require(work, "staff.write")
    return work.session.scalars(select(Staff).order_by(Staff.email)).all()


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
    end_others(work, person.id)
    work.record("staff.disabled", f"staff:{person.id}")


def unlock_staff(work: Work, email: str) -> None:
    """Forget the failed sign-ins counted for a person's address. Problem: `staff.unknown`."""
    require(work, "staff.write")
    person = _staff(work, email)
    clear_failures(work, person)
    work.record("staff.unlocked", f"staff:{person.id}")


class _Failures(NamedTuple):
    times: int
    first: datetime | None
    last: datetime | None


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
    address = plain_address(email)
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
    return _wait(work, _counted(plain_address(email), source, device))


def try_own_password(work: Work, token: str, password: str) -> Tried:
    """Compare a password with that of the session's person; what strangers try elsewhere counts not here."""
    counted = Counted(digest(f"confirm {token}"), None, None)
    if wait := _wait(work, counted):
        return Tried(counted, None, "", None, wait)
    signed = session_of(work, token)
    return _tried(counted, signed.staff if signed else None, password)


def device_of(email: str) -> str:
    """Return the digest by which a device cookie identifies an address, which it does not contain."""
    return digest(f"device of {plain_address(email)}")


def _counted(address: str, source: str, device: str) -> Counted:
    cleared = digest(f"sign-in cleared {address}")
    if device:
        return Counted(digest(f"sign-in {address} on device {device}"), None, cleared)
    where = security.network(source)
    return Counted(digest(f"sign-in {address} from {where}"), digest(f"sign-in from {where}"), cleared)


def _wait(work: Work, counted: Counted) -> timedelta:
    """Return how long nothing is to be compared under these counters; zero if something may be now."""
    since = work.now - FAILURES_WINDOW
    if counted.cleared and (cleared := _failures(work, counted.cleared, since).last):
        since = cleared
    slowed = _failures(work, counted.slowed, since)
    until = work.now
    if slowed.last is not None and slowed.times >= FAILURES_FREE:
        doubled = WAIT_FIRST * 2 ** min(slowed.times - FAILURES_FREE, 10)
        until = slowed.last + min(doubled, WAIT_LONGEST)
    if counted.network is not None:
        all_of_it = _failures(work, counted.network, since)
        if all_of_it.first is not None and all_of_it.times >= NETWORK_FAILURES:
            until = max(until, all_of_it.first + FAILURES_WINDOW)
    return max(until - work.now, timedelta())


def may_ask(work: Work, source: str) -> bool:
    """Return whether a network may be asked one more question without a password, and count it.

    Only `QUESTIONS` within a quarter of an hour; those that are refused leave no row.
    """
    require(work, "account.sign_in")
    subject = digest(f"asked from {security.network(source)}")
    if _failures(work, subject, work.now - FAILURES_WINDOW).times >= QUESTIONS:
        return False
    work.session.execute(delete(Attempt).where(Attempt.at <= work.now - ATTEMPTS_KEPT))
    work.session.add(Attempt(subject_sha256=subject, at=work.now))
    return True


def sign_in(
    work: Work, tried: Tried, *, required: bool = False, source: str = "", browser: str = ""
) -> str | None:
    """Start a session if the tried password fits the address, and return its token, else None.

    Where the person has a second factor, or one is `required`, the session waits for it and opens nothing.
    `browser` is the name of the reader's browser, in a word or two.

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
    person = work.session.scalars(select(Staff).where(Staff.email == plain_address(email))).first()
    if person is None or not person.active or not person.password_hash.startswith("$argon2"):
        return None
    return person


def confirm(work: Work, token: str, tried: Tried) -> bool:
    """Return whether the tried password is that of the session's account.

    If so, the session counts as freshly confirmed; if not, the failure is stored.
    """
    signed = session_of(work, token)
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
        network=security.network(source) if source else "",
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
    signed = session_of(work, token)
    if signed is not None:
        signed.ended_at, signed.signature = work.now, ""


def resume(work: Work, token: str) -> Actor | None:
    """Return the member of staff or scrutineer whose session the token is, as an Actor, or None.

    None if the session is unknown, ended, expired or not of an account, or if its account is disabled.
    """
    signed = session_of(work, token)
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


def list_sessions(work: Work, staff_id: int) -> Sequence[SignedIn]:
    """Return the open sessions of an account, the newest first."""
    return work.session.scalars(
        select(SignedIn)
        .where(
            SignedIn.staff_id == staff_id,
            SignedIn.ended_at.is_(None),
            SignedIn.expires_at > work.now,
            SignedIn.factor != "waiting",
        )
        .order_by(SignedIn.created_at.desc(), SignedIn.id.desc())
    ).all()


def end_one(work: Work, staff_id: int, session_id: int) -> None:
    """End one session of an account. Nothing happens if it ended before or is another person's."""
    found = work.session.get(SignedIn, session_id)
    if found is not None and found.staff_id == staff_id and found.ended_at is None:
        found.ended_at, found.signature = work.now, ""
        work.record("staff.sessions_ended", f"staff:{staff_id}")


def end_others(work: Work, staff_id: int, token: str = "") -> None:
    """End all sessions of an account but that of `token`, those that wait for a second factor too."""
    _end_all_but(work, staff_id, digest(token) if token else "")


def _end_all_but(work: Work, staff_id: int, kept_sha256: str) -> None:
    work.session.execute(
        update(SignedIn)
        .where(
            SignedIn.staff_id == staff_id, SignedIn.ended_at.is_(None), SignedIn.token_sha256 != kept_sha256
        )
        .values(ended_at=work.now, signature="")
    )


def _staff(work: Work, email: str) -> Staff:
    return or_problem(
        work.session.scalars(select(Staff).where(Staff.email == plain_address(email))).first(),
        "staff.unknown",
        email=email,
    )


def person(work: Work, staff_id: int) -> Staff:
    """Return the row of an account, for what is written to its owner. Problem: `staff.unknown`."""
    return or_problem(work.session.get(Staff, staff_id), "staff.unknown", email="")


def owner(work: Work, token: str) -> Staff:
    """Return the row of the account of an open session. Problem: `staff.unknown`."""
    signed = session_of(work, token)
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


def _failures(work: Work, subject: str, since: datetime) -> _Failures:
    query = select(func.count(), func.min(Attempt.at), func.max(Attempt.at)).where(
        Attempt.subject_sha256 == subject, Attempt.at > since
    )
    return _Failures(*work.session.execute(query).one())


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


STEP = 30  # seconds of a code by time
DRIFT = (0, -1, 1)  # steps by which a telephone's clock may be wrong
CODES = 10  # recovery codes of a person
ALPHABET = "abcdefghjkmnpqrstvwxyz23456789"  # without signs that are taken for another
GROUPS, GROUP = 4, 4  # of a recovery code: 78 bits
NAME_MAX = 60
PASSKEYS_MOST = 10
CHALLENGE_LIFE = timedelta(minutes=5)
SETUP_LIFE = timedelta(minutes=15)
WAITING_LIFE = timedelta(minutes=10)  # from the password to the second factor
TRIES = 30  # wrong codes of one account within `accounts.FAILURES_WINDOW`, from all networks together


@dataclass(frozen=True, slots=True)
class Site:
    """For which site passkeys are: its host, its origin as browsers write it, and its name."""

    host: str
    origin: str
    name: str

    def server(self) -> Fido2Server:
        """Return what makes and checks challenges of WebAuthn for this site."""
        return Fido2Server(
            PublicKeyCredentialRpEntity(id=self.host, name=self.name),
            verify_origin=lambda origin: origin == self.origin,
        )


def of(work: Work, staff_id: int) -> Factors:
    """Return which second factors an account has. Problem: `staff.unknown`."""
    account = person(work, staff_id)
    left = select(func.count()).where(RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None))
    return Factors(
        codes=account.second_factor is not None,
        readable=account.second_factor is None or _key(work, account) is not None,
        passkeys=account.passkeys,
        recovery=work.session.scalar(left) or 0,
    )


def waiting(work: Work, token: str) -> Waiting | None:
    """Return the person who gave the password and not yet the second factor; None for any other token."""
    signed = session_of(work, token, waiting=True)
    if signed is None or signed.staff is None or not signed.staff.active:
        return None
    if signed.created_at + WAITING_LIFE <= work.now:
        return None
    person = signed.staff
    return Waiting(person.id, person.email, person.name, of(work, person.id))


# -- codes by time, and recovery codes


def factor_wait(work: Work, staff_id: int, source: str, device: str) -> timedelta:
    """Return how long no code of an account is compared for this request; zero if one is now."""
    require(work, "account.sign_in")
    total = _failures(work, _total(staff_id), work.now - FAILURES_WINDOW)
    wait = _wait(work, _factor_counted(staff_id, source, device))
    if not device and total.first is not None and total.times >= TRIES:
        wait = max(wait, total.first + FAILURES_WINDOW - work.now)
    return wait


def try_code(work: Work, token: str, code: str, source: str = "", device: str = "") -> bool:
    """Return whether a code completes the sign-in of a waiting session; if so, the session opens.

    `code` is one by time or a recovery code; each is taken once. A wrong one is stored. False too for a
    session that does not wait, and before the end of a wait.
    """
    require(work, "account.sign_in")
    person = waiting(work, token)
    if person is not None:
        hold(work.session, person.id)  # two at once: the second finds the step used, or the failure
        person = waiting(work, token)
    if person is None or factor_wait(work, person.id, source, device):
        return False
    factor = _taken(work, person.id, code)
    if factor is None:
        counted = _factor_counted(person.id, source, device)
        work.session.add_all(
            Attempt(subject_sha256=subject, at=work.now) for subject in (counted.slowed, _total(person.id))
        )
        return False
    slowed = _factor_counted(person.id, source, device).slowed
    work.session.execute(delete(Attempt).where(Attempt.subject_sha256 == slowed))
    signed = session_of(work, token, waiting=True)
    if signed is not None:
        _opened(work, signed, factor)
    return True


def failures(work: Work, staff_id: int) -> int:
    """Return how many wrong codes of an account were stored within the last quarter of an hour."""
    return _failures(work, _total(staff_id), work.now - FAILURES_WINDOW).times


def offer_codes(work: Work, token: str) -> tuple[str, str]:
    """Return a new key for codes by time (base32), and the token with which `accept_codes` takes it.

    Nothing changes until a first code of it is given.
    """
    signed = _allowed(work, token)
    key = pyotp.random_base32()
    kept = {"key": work.keys.encrypt(key, _offer(signed.staff_id))}
    return key, keep_challenge(work, "codes", signed.staff_id, kept, SETUP_LIFE)


def offered_key(work: Work, challenge: str) -> str:
    """Return the key that was offered under a token; empty where that was too long ago."""
    found = challenge_row(work.session, "codes", digest(challenge))
    if found is None or found.expires_at <= work.now:
        return ""
    try:
        return work.keys.decrypt(str(found.state["key"]), _offer(found.staff_id))
    except UnreadableError:
        return ""


def accept_codes(work: Work, token: str, challenge: str, code: str) -> tuple[str, ...]:
    """Let an account have codes by time from now on; return its recovery codes where it had no factor.

    Problems: `factor.late` (the key was offered too long ago, or to another person), `factor.code` (not a
    code of it).
    """
    signed = _allowed(work, token)
    asked = take_challenge(work, "codes", challenge, signed.staff_id)
    key = offered_key(work, challenge)
    if not key:
        raise Problem("factor.late")
    step = or_problem(_step_of(key, code, work, 0), "factor.code")
    person = work.session.get_one(Staff, signed.staff_id)
    person.second_factor, person.second_step = work.keys.encrypt(key, _of(person)), step
    work.session.delete(asked)
    work.record("staff.factor_added", f"staff:{person.id}", {"factor": "codes"})
    return _set_up(work, signed, "codes")


def encrypt_keys(work: Work) -> int:
    """Encrypt with the present secret the keys that a former one encrypted, and return how many they are.

    A key that no secret opens was written beside the program: it stays as it is and opens nothing.
    """
    require(work, "factors.encrypt")
    done = 0
    for person in with_codes(work.session):
        if work.keys.is_current(person.second_factor or "", _of(person)):
            continue
        key = _key(work, person)
        if key is not None:
            person.second_factor = work.keys.encrypt(key, _of(person))
            done += 1
    if done:
        work.record("staff.keys_encrypted", "staff", {"count": done})
    return done


def unreadable(work: Work) -> list[int]:
    """Return the accounts whose key for codes no secret of this installation opens."""
    return [each.id for each in with_codes(work.session) if _key(work, each) is None]


def _key(work: Work, person: Staff) -> str | None:
    """Return the key of a person for codes by time; None where there is none that can be read."""
    try:
        return work.keys.decrypt(person.second_factor or "", _of(person))
    except UnreadableError:
        return None


def _of(person: Staff) -> str:
    """Return what the key of a person is about: it opens in no other row."""
    return f"codes of {person.id}"


def _offer(staff_id: int | None) -> str:
    return f"codes offered to {staff_id}"


def remove_codes(work: Work, token: str, *, required: bool) -> None:
    """Take the codes by time from an account.

    Problem: `factor.last` where a second factor is required and none is left.
    """
    person = _held(work, _allowed(work, token))
    if required and not person.passkeys:
        raise Problem("factor.last")
    if person.second_factor is None:
        return
    person.second_factor = None
    work.record("staff.factor_removed", f"staff:{person.id}", {"factor": "codes"})
    end_others(work, person.id, token)


def new_recovery(work: Work, token: str) -> tuple[str, ...]:
    """Return new recovery codes of an account; those of before are worth nothing from now on."""
    person = _held(work, _allowed(work, token))
    work.record("staff.recovery", f"staff:{person.id}")
    return _recovery(work, person.id)


# -- passkeys


def registration(work: Work, token: str, site: Site) -> tuple[str, dict[str, Any]]:
    """Return a challenge for a new passkey, with the options that the browser is to be given.

    Problem: `factor.many` (the account has ten already).
    """
    signed = _allowed(work, token)
    person = work.session.get_one(Staff, signed.staff_id)
    if len(person.passkeys) >= PASSKEYS_MOST:
        raise Problem("factor.many", most=PASSKEYS_MOST)
    options, state = site.server().register_begin(
        PublicKeyCredentialUserEntity(
            id=_handle(work, person.id), name=person.email, display_name=person.name or person.email
        ),
        [_credential(each) for each in person.passkeys],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return keep_challenge(work, "passkey", person.id, dict(state), CHALLENGE_LIFE), _plain(options)


def register(work: Work, token: str, challenge: str, answer: str, name: str, site: Site) -> tuple[str, ...]:
    """Let an account have a passkey; return its recovery codes where it had no factor.

    `answer` is what the browser said, as JSON. Problems: `factor.late`, `factor.passkey` (the answer does
    not fit), `factor.known` (the passkey is registered already), `factor.many`.
    """
    signed = _allowed(work, token)
    person = work.session.get_one(Staff, signed.staff_id)
    asked = take_challenge(work, "passkey", challenge, person.id)
    state = asked.state
    work.session.delete(asked)
    work.session.flush()
    try:
        data = site.server().register_complete(state, _object(answer))
    except Exception as error:
        raise Problem("factor.passkey") from error
    credential = or_problem(data.credential_data, "factor.passkey")
    known = websafe_encode(credential.credential_id)
    if passkey(work.session, known) is not None:
        raise Problem("factor.known")
    if len(person.passkeys) >= PASSKEYS_MOST:
        raise Problem("factor.many", most=PASSKEYS_MOST)
    person.passkeys.append(
        Passkey(
            name=" ".join(name.split())[:NAME_MAX] or str(len(person.passkeys) + 1),
            credential_id=known,
            credential=websafe_encode(bytes(credential)),
            counter=data.counter,
            created_at=work.now,
        )
    )
    work.record("staff.factor_added", f"staff:{person.id}", {"factor": "passkey"})
    return _set_up(work, signed, "passkey")


def remove_passkey(work: Work, token: str, passkey: int, *, required: bool) -> None:
    """Take a passkey from the account of a session.

    Problems: `factor.unknown`, `factor.last` where a second factor is required and none is left.
    """
    person = _held(work, _allowed(work, token))
    found = or_problem(next((each for each in person.passkeys if each.id == passkey), None), "factor.unknown")
    if required and person.second_factor is None and len(person.passkeys) == 1:
        raise Problem("factor.last")
    person.passkeys.remove(found)
    work.session.delete(found)
    work.record("staff.factor_removed", f"staff:{person.id}", {"factor": "passkey"})
    end_others(work, person.id, token)


def authentication(work: Work, site: Site) -> tuple[str, dict[str, Any]]:
    """Return a challenge for signing in with a passkey, with the options that the browser is to be given.

    It names no account: the browser knows which passkeys it has for the site.
    """
    require(work, "account.sign_in")
    options, state = site.server().authenticate_begin(user_verification=UserVerificationRequirement.REQUIRED)
    return keep_challenge(work, "sign_in", None, dict(state), CHALLENGE_LIFE), _plain(options)


def sign_in_by_factor(
    work: Work, challenge: str, answer: str, site: Site, source: str = "", browser: str = ""
) -> str | None:
    """Start a session with a passkey and return its token; None where the answer does not fit.

    The challenge is used up either way. None too for a disabled account, and for a passkey that counts
    its uses and tells a number that it told before: a copy of it is then in use.
    """
    require(work, "account.sign_in")
    found = _answered(work, challenge, answer, site)
    if found is None:
        return None
    tell_unlike(work, found.staff_id, ["passkey"], found)
    found.used_at = work.now
    token = start_session(work, staff_id=found.staff_id, factor="passkey", source=source, browser=browser)
    work.record("account.signed_in", f"staff:{found.staff_id}", {"factor": "passkey"})
    return token


def confirm_by_factor(work: Work, token: str, challenge: str, answer: str, site: Site) -> bool:
    """Return whether a passkey of the session's account answered; if so, the session is freshly confirmed.

    The challenge is used up either way.
    """
    require(work, "account.confirm")
    found, signed = _answered(work, challenge, answer, site), session_of(work, token)
    if found is None or signed is None or found.staff_id != signed.staff_id:
        return False
    found.used_at = signed.confirmed_at = work.now
    sign(work, signed)
    return True


def _answered(work: Work, challenge: str, answer: str, site: Site) -> Passkey | None:
    """Return the passkey that answered a challenge of `authentication`, which is used up; else None."""
    try:
        asked = take_challenge(work, "sign_in", challenge)
    except Problem:
        return None
    state = asked.state
    work.session.delete(asked)
    work.session.flush()
    return _checked(work, state, answer, site)


def _checked(work: Work, state: Mapping[str, Any], answer: str, site: Site) -> Passkey | None:
    """Return the passkey that gave an answer, with its new counter; None if the answer does not hold."""
    try:
        said = _object(answer)
        found = passkey(work.session, str(said["id"]))
        if found is None or not found.staff.active:
            return None
        site.server().authenticate_complete(state, [_credential(found)], said)
        response = AuthenticationResponse.from_dict(said).response
        counter = response.authenticator_data.counter
        handle = response.user_handle
    except Exception:  # noqa: BLE001 - what a browser sends can break the library anywhere
        return None
    if handle is not None and handle != _handle(work, found.staff_id):
        return None
    if (counter or found.counter) and counter <= found.counter:
        work.record("staff.copied_passkey", f"staff:{found.staff_id}", {"passkey": found.id})
        return None
    found.counter = counter
    return found


def _object(text: str) -> dict[str, Any]:
    """Return what a browser said. Raise ValueError if it is no JSON object."""
    answer = json.loads(text)
    if not isinstance(answer, dict):
        raise ValueError("not an object")
    return answer


def _plain(options: Any) -> dict[str, Any]:
    """Return options of the library as plain values: bytes are base64url."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(options)))
    return plain


def _credential(passkey: Passkey) -> AttestedCredentialData:
    return AttestedCredentialData(websafe_decode(passkey.credential))


def _handle(work: Work, staff_id: int) -> bytes:
    """Return the name under which authenticators know an account: its number, which tells nothing of it.

    One of a practice has another name: under the same one a device would let it take the place of the passkey
    of the installation, which has the same host.
    """
    return (b"practice" if work.practice else b"") + staff_id.to_bytes(8, "big")


# -- shared


def _taken(work: Work, staff_id: int, code: str) -> str | None:
    """Return which kind of code this was, used up from now on; None if it is none of the account."""
    person = work.session.get_one(Staff, staff_id)
    plain = "".join(code.split()).replace("-", "").lower()
    key = _key(work, person)
    if key is not None:
        step = _step_of(key, plain, work, person.second_step)
        if step is not None:
            person.second_step = step
            return "codes"
    query = select(RecoveryCode).where(
        RecoveryCode.staff_id == staff_id,
        RecoveryCode.code_sha256 == digest(f"recovery {plain}"),
        RecoveryCode.used_at.is_(None),
    )
    found = work.session.scalars(query.with_for_update()).first()
    if found is None:
        return None
    tell_unlike(work, staff_id, ["recovery"], found)
    found.used_at = work.now
    return "recovery"


def _step_of(key: str, code: str, work: Work, after: int) -> int | None:
    """Return the step of time of which this is the code, later than `after`; None if it is of none."""
    plain = "".join(code.split())
    now = int(work.now.timestamp()) // STEP
    made = pyotp.TOTP(key, interval=STEP)
    for step in sorted(now + each for each in DRIFT):
        if step > after and hmac.compare_digest(made.generate_otp(step).encode(), plain.encode()):
            return step
    return None


def _allowed(work: Work, token: str) -> SignedIn:
    """Return the session in which a second factor may be changed.

    An open one, or one that waits and whose account has no second factor yet. Problem: `access.denied`.
    """
    signed = session_of(work, token)
    if signed is None:
        half = waiting(work, token)
        signed = session_of(work, token, waiting=True) if half and not half.factors.any else None
    if signed is None or signed.staff_id is None:
        raise Problem("access.denied", action="account.factors")
    return signed


def _held(work: Work, signed: SignedIn) -> Staff:
    """Return the person of a session as it is now; others who would change their second steps wait."""
    assert signed.staff_id is not None  # noqa: S101 - `_allowed` gives no other
    hold(work.session, signed.staff_id)
    return work.session.get_one(Staff, signed.staff_id)


def _set_up(work: Work, signed: SignedIn, factor: str) -> tuple[str, ...]:
    """Open a session that waited for a first factor, and end all others of the account.

    Return new recovery codes if it has none.
    """
    assert signed.staff_id is not None  # noqa: S101 - `_allowed` gives no other
    work.session.flush()
    if signed.factor == "waiting":
        _opened(work, signed, factor)
    _end_all_but(work, signed.staff_id, signed.token_sha256)
    return () if of(work, signed.staff_id).recovery else _recovery(work, signed.staff_id)


def _opened(work: Work, signed: SignedIn, factor: str) -> None:
    """Open a session that waited for the second factor."""
    signed.factor = factor
    sign(work, signed)
    work.record("account.signed_in", f"staff:{signed.staff_id}", {"factor": factor})


def _recovery(work: Work, staff_id: int) -> tuple[str, ...]:
    codes = tuple(
        "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))
        for _ in range(CODES)
    )
    digests = [digest(f"recovery {code.replace('-', '')}") for code in codes]
    replace_recovery(work.session, staff_id, digests, work.now)
    return codes


def _factor_counted(staff_id: int, source: str, device: str) -> Counted:
    where = f"on device {device}" if device else f"from {security.network(source)}"
    return Counted(digest(f"second factor of {staff_id} {where}"), None, None)


def _total(staff_id: int) -> str:
    return digest(f"second factor of {staff_id}")


def keep_challenge(
    work: Work, kind: str, staff_id: int | None, state: dict[str, Any], life: timedelta
) -> str:
    """Keep what a browser is asked, and return the token under which it answers.

    What was asked too long ago is deleted.
    """
    token = secrets.token_urlsafe(32)
    work.session.execute(delete(Challenge).where(Challenge.expires_at <= work.now))
    row = Challenge(
        token_sha256=digest(token), kind=kind, staff_id=staff_id, state=state, expires_at=work.now + life
    )
    work.session.add(row)
    return token


def take_challenge(work: Work, kind: str, token: str, staff_id: int | None = None) -> Challenge:
    """Return what was asked under a token. Problem: `factor.late` if it is used up, too old, or another's."""
    found = challenge_row(work.session, kind, digest(token))
    if found is None or found.expires_at <= work.now or (staff_id is not None and found.staff_id != staff_id):
        raise Problem("factor.late")
    return found
