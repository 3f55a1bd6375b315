"""The second factor of staff: codes by time, passkeys, recovery codes.

A password alone starts a session that opens nothing (`Factor` "waiting") where the person has a second
factor, or where the installation requires one. A passkey is both factors at once, since the authenticator
verifies its user. Codes by time (RFC 6238) and recovery codes each work once. Wrong codes slow down the
next try as wrong passwords do (`platform/accounts/service.py`), for a person and network together, and in
all.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pyotp
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

from consulta.core.problems import Problem, or_problem
from consulta.platform.access import require
from consulta.platform.accounts import queries
from consulta.platform.accounts import service as accounts
from consulta.platform.accounts.service import Counted, digest
from consulta.platform.accounts.values import Factors, PasskeyView, Waiting
from consulta.platform.formats import passkeys
from consulta.platform.keyring import UnreadableError
from consulta.platform.models import Attempt, Challenge, Passkey, SignedIn, Staff

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.platform.work import Work

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
    person = or_problem(queries.account(work.session, staff_id), "staff.unknown", email="")
    return Factors(
        codes=person.second_factor is not None,
        readable=person.second_factor is None or _key(work, person) is not None,
        passkeys=tuple(PasskeyView(p.id, p.name, p.created_at, p.used_at) for p in person.passkeys),
        recovery=queries.recovery_left(work.session, staff_id),
    )


def waiting(work: Work, token: str) -> Waiting | None:
    """Return the person who gave the password and not yet the second factor; None for any other token."""
    signed = accounts.session_of(work, token, waiting=True)
    if signed is None or signed.staff is None or not signed.staff.active:
        return None
    if signed.created_at + WAITING_LIFE <= work.now:
        return None
    person = signed.staff
    return Waiting(person.id, person.email, person.name, of(work, person.id))


# -- codes by time, and recovery codes


def wait_of(work: Work, staff_id: int, source: str, device: str) -> timedelta:
    """Return how long no code of an account is compared for this request; zero if one is now."""
    require(work, "account.sign_in")
    total = queries.wrong(work.session, _total(staff_id), work.now - accounts.FAILURES_WINDOW)
    wait = accounts.waits(work, _counted(staff_id, source, device))
    if not device and total.first is not None and total.times >= TRIES:
        wait = max(wait, total.first + accounts.FAILURES_WINDOW - work.now)
    return wait


def try_code(work: Work, token: str, code: str, source: str = "", device: str = "") -> bool:
    """Return whether a code completes the sign-in of a waiting session; if so, the session opens.

    `code` is one by time or a recovery code; each is taken once. A wrong one is stored. False too for a
    session that does not wait, and before the end of a wait.
    """
    require(work, "account.sign_in")
    person = waiting(work, token)
    if person is not None:
        queries.hold(work.session, person.id)  # two at once: the second finds the step used, or the failure
        person = waiting(work, token)
    if person is None or wait_of(work, person.id, source, device):
        return False
    factor = _taken(work, person.id, code)
    if factor is None:
        counted = _counted(person.id, source, device)
        work.session.add_all(
            Attempt(subject_sha256=subject, at=work.now) for subject in (counted.slowed, _total(person.id))
        )
        return False
    queries.forget_wrong(work.session, _counted(person.id, source, device).slowed)
    _open(work, token, factor)
    return True


def failures(work: Work, staff_id: int) -> int:
    """Return how many wrong codes of an account were stored within the last quarter of an hour."""
    return queries.wrong(work.session, _total(staff_id), work.now - accounts.FAILURES_WINDOW).times


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
    found = queries.challenge(work.session, "codes", digest(challenge))
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
    person = _person(work, signed)
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
    for person in queries.with_codes(work.session):
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
    return [each.id for each in queries.with_codes(work.session) if _key(work, each) is None]


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
    accounts.end_others(work, person.id, token)


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
    person = _person(work, signed)
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
    return keep_challenge(work, "passkey", person.id, dict(state), CHALLENGE_LIFE), passkeys.options(options)


def register(work: Work, token: str, challenge: str, answer: str, name: str, site: Site) -> tuple[str, ...]:
    """Let an account have a passkey; return its recovery codes where it had no factor.

    `answer` is what the browser said, as JSON. Problems: `factor.late`, `factor.passkey` (the answer does
    not fit), `factor.known` (the passkey is registered already), `factor.many`.
    """
    signed = _allowed(work, token)
    person = _person(work, signed)
    asked = take_challenge(work, "passkey", challenge, person.id)
    state = asked.state
    work.session.delete(asked)
    work.session.flush()
    try:
        data = site.server().register_complete(state, passkeys.answer(answer))
    except Exception as error:
        raise Problem("factor.passkey") from error
    credential = or_problem(data.credential_data, "factor.passkey")
    known = websafe_encode(credential.credential_id)
    if queries.passkey(work.session, known) is not None:
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
    accounts.end_others(work, person.id, token)


def authentication(work: Work, site: Site) -> tuple[str, dict[str, Any]]:
    """Return a challenge for signing in with a passkey, with the options that the browser is to be given.

    It names no account: the browser knows which passkeys it has for the site.
    """
    require(work, "account.sign_in")
    options, state = site.server().authenticate_begin(user_verification=UserVerificationRequirement.REQUIRED)
    queries.forget_challenges(work.session, work.now)
    return keep_challenge(work, "sign_in", None, dict(state), CHALLENGE_LIFE), passkeys.options(options)


def sign_in(
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
    accounts.tell_unlike(work, found.staff_id, ["passkey"], found)
    found.used_at = work.now
    token = accounts.start_session(
        work, staff_id=found.staff_id, factor="passkey", source=source, browser=browser
    )
    work.record("account.signed_in", f"staff:{found.staff_id}", {"factor": "passkey"})
    return token


def confirm(work: Work, token: str, challenge: str, answer: str, site: Site) -> bool:
    """Return whether a passkey of the session's account answered; if so, the session is freshly confirmed.

    The challenge is used up either way.
    """
    require(work, "account.confirm")
    found, signed = _answered(work, challenge, answer, site), accounts.session_of(work, token)
    if found is None or signed is None or found.staff_id != signed.staff_id:
        return False
    found.used_at = signed.confirmed_at = work.now
    accounts.sign(work, signed)
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
        said = passkeys.answer(answer)
        found = queries.passkey(work.session, str(said["id"]))
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
    person = queries.account(work.session, staff_id)
    if person is None:
        return None
    plain = "".join(code.split()).replace("-", "").lower()
    key = _key(work, person)
    if key is not None:
        step = _step_of(key, plain, work, person.second_step)
        if step is not None:
            person.second_step = step
            return "codes"
    found = queries.recovery_code(work.session, staff_id, digest(f"recovery {plain}"))
    if found is None:
        return None
    accounts.tell_unlike(work, staff_id, ["recovery"], found)
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
    signed = accounts.session_of(work, token)
    if signed is None:
        half = waiting(work, token)
        signed = accounts.session_of(work, token, waiting=True) if half and not half.factors.any else None
    if signed is None or signed.staff_id is None:
        raise Problem("access.denied", action="account.factors")
    return signed


def _person(work: Work, signed: SignedIn) -> Staff:
    return queries.known_account(work.session, signed.staff_id)


def _held(work: Work, signed: SignedIn) -> Staff:
    """Return the person of a session as it is now; others who would change their second steps wait."""
    assert signed.staff_id is not None  # noqa: S101 - `_allowed` gives no other
    queries.hold(work.session, signed.staff_id)
    return _person(work, signed)


def _set_up(work: Work, signed: SignedIn, factor: str) -> tuple[str, ...]:
    """Open a session that waited for a first factor, and end all others of the account.

    Return new recovery codes if it has none.
    """
    assert signed.staff_id is not None  # noqa: S101 - `_allowed` gives no other
    work.session.flush()
    if signed.factor == "waiting":
        signed.factor = factor
        accounts.sign(work, signed)
        work.record("account.signed_in", f"staff:{signed.staff_id}", {"factor": factor})
    accounts.end_others_of(work, signed)
    return () if of(work, signed.staff_id).recovery else _recovery(work, signed.staff_id)


def _recovery(work: Work, staff_id: int) -> tuple[str, ...]:
    codes = tuple(
        "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))
        for _ in range(CODES)
    )
    digests = [digest(f"recovery {code.replace('-', '')}") for code in codes]
    queries.replace_recovery(work.session, staff_id, digests, work.now)
    return codes


def _open(work: Work, token: str, factor: str) -> None:
    signed = accounts.session_of(work, token, waiting=True)
    if signed is not None:
        signed.factor = factor
        accounts.sign(work, signed)
        work.record("account.signed_in", f"staff:{signed.staff_id}", {"factor": factor})


def _counted(staff_id: int, source: str, device: str) -> Counted:
    where = f"on device {device}" if device else f"from {accounts.network(source)}"
    return Counted(digest(f"second factor of {staff_id} {where}"), None, None)


def _total(staff_id: int) -> str:
    return digest(f"second factor of {staff_id}")


def keep_challenge(
    work: Work, kind: str, staff_id: int | None, state: dict[str, Any], life: timedelta
) -> str:
    """Keep what a browser is asked, and return the token under which it answers."""
    token = secrets.token_urlsafe(32)
    work.session.add(
        Challenge(
            token_sha256=digest(token),
            kind=kind,
            staff_id=staff_id,
            state=state,
            expires_at=work.now + life,
        )
    )
    return token


def take_challenge(work: Work, kind: str, token: str, staff_id: int | None = None) -> Challenge:
    """Return what was asked under a token. Problem: `factor.late` if it is used up, too old, or another's."""
    found = queries.challenge(work.session, kind, digest(token))
    if found is None or found.expires_at <= work.now or (staff_id is not None and found.staff_id != staff_id):
        raise Problem("factor.late")
    return found
