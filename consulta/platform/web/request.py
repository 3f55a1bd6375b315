"""The request: who sends it, when, and the way to the bench. The one place of the web that asks the clock."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Concatenate, NoReturn, ParamSpec, TypeVar, cast

from flask import abort, current_app, g, redirect, request, session, url_for

from consulta.core.problems import Problem
from consulta.platform import access, accounts, desk_settings, door, parts, seen
from consulta.platform.counters import Counters
from consulta.platform.web.gate import Gate
from consulta.platform.web.kept import Kept
from consulta.platform.web.meanwhile import Edits
from consulta.platform.work import ANONYMOUS, Actor, Bench

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from consulta.platform.settings import Settings
    from consulta.platform.work import Work

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

IDLE = {"staff": timedelta(minutes=30)}  # how long a session lasts without use, by its kind
SEEN_AGAIN = timedelta(minutes=1)  # how exactly it is known when a session was last used
ENTERED = "entered"  # what was entered in a session, for the page that follows; it goes with the session
PLACED = "placed"  # the themes of the vote that staff entered last, while the session lasts
IDLE_BY_LINK = timedelta(minutes=60)  # the same for those that a link opened


@dataclass(frozen=True, slots=True)
class House:
    """What the composition root hands to the web."""

    bench: Bench
    machine: Settings  # those of the environment
    gate: Gate = field(default_factory=Gate)
    edits: Edits = field(default_factory=Edits)
    kept: Kept = field(default_factory=Kept, init=False)
    counters: Counters = field(init=False)

    def __post_init__(self) -> None:
        """Count in the data folder of the installation."""
        object.__setattr__(self, "counters", Counters(self.machine.data / "counters"))

    @property
    def settings(self) -> Settings:
        """Return the settings, those of the desk among them, as `kept` has them."""
        try:
            return self.kept.get("settings", lambda: desk_settings.refreshed(self.bench, self.machine, now()))
        except Problem:  # the page that says so needs a language, and the address of mails
            return replace(self.machine, languages=self.bench.languages)


def cookie_name(settings: Settings) -> str:
    """Return the name of the session cookie; a place for practice has one of its own."""
    name = "__Host-consulta" if settings.secure else "consulta"
    return f"{name}-practice" if settings.practice else name


def house() -> House:
    """Return the unit-of-work factory (bench), settings and sign-in gate of the running application."""
    return cast("House", current_app.extensions["consulta"])


def now() -> datetime:
    """Return the current time, UTC."""
    return datetime.now(UTC)


def actor() -> Actor:
    """Return the actor of this request, as decided before the view was called."""
    return cast("Actor", g.get("actor", ANONYMOUS))


@contextmanager
def writing() -> Iterator[Work]:
    """Yield a unit of work that may change rows, in the name of the request's actor.

    A result that it reads first is recorded in it (`platform.seen`). What the desk changed shows at the next
    page.
    """
    if g.get("only_fill"):
        _lead_back()
    with house().bench.work(actor(), now()) as work:
        yield work
        seen.keep(work, seen.noted(work))
    if actor().staff_id is not None:
        house().kept.forget()


def _lead_back() -> NoReturn:
    """Answer a request that only shows a form again, and would do something, with the way to the page."""
    here_again = request.script_root + request.full_path.rstrip("?")
    is_readable = request.url_rule is not None and "GET" in (request.url_rule.methods or ())
    abort(redirect(here_again if is_readable else url_for("secretariat.start"), 303))


@contextmanager
def reading(*, streamed: bool = True) -> Iterator[Work]:
    """Yield a unit of work that only reads, in the name of the request's actor; `streamed`: see `Bench.read`.

    A result that it reads first is recorded after it, in a unit of work of its own (`platform.seen`).
    """
    unused = unused_parts()
    with house().bench.read(actor(), now(), streamed=streamed) as work:
        parts.take_as_known(work, unused)
        yield work
    if first := seen.noted(work):
        with house().bench.work(actor(), now()) as work:
            seen.keep(work, first)


def read(
    ask: Callable[Concatenate[Work, Given], Answer], *given: Given.args, **named: Given.kwargs
) -> Answer:
    """Return what `ask` reads in a unit of work of its own."""
    with reading() as work:
        return ask(work, *given, **named)


def write(
    act: Callable[Concatenate[Work, Given], Answer], *given: Given.args, **named: Given.kwargs
) -> Answer:
    """Return what `act` returns, after it was done in a unit of work of its own."""
    with writing() as work:
        return act(work, *given, **named)


def uses(part: str) -> bool:
    """Return whether a part of the program is used, or one of several; "" is always.

    Raise ValueError if no part has this name, and Problem `store.unavailable`.
    """
    parts.require_known(part)
    return not part or parts.is_used(part, unused_parts())


def unused_parts() -> frozenset[str]:
    """Return the parts of the program that are not used, as `House.kept` has them.

    Problem: `store.unavailable`, where they were never read yet.
    """

    def ask() -> frozenset[str]:
        with house().bench.read(ANONYMOUS, now(), streamed=False) as work:
            return parts.unused(work)

    return house().kept.get("unused parts", ask)


def from_another_site() -> bool:
    """Return whether a page of another site sent this request, as far as the browser tells."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in {"same-origin", "none"}
    ours = {"null", f"http://{request.host}", f"https://{request.host}"}
    return request.headers.get("Origin", "null") not in ours


def recognise(action: str) -> Actor:
    """Return the actor of this request that may do `action`; `ANONYMOUS` where there is none.

    The sessions that the browser holds are tried in the order of `kinds`.
    """
    allowed = access.ACTIONS.get(action, frozenset())
    for kind in kinds():
        if (access.SIGNED_IN if kind == "staff" else {kind}) & allowed:
            known = held(kind)
            if known is not None and known.role in allowed:
                return known
    return ANONYMOUS


def kinds() -> tuple[str, ...]:
    """Return the kinds of session: that of staff and scrutineers, and one for each role by a link."""
    return ("staff", *door.roles())


def held(kind: str) -> Actor | None:
    """Return who has the session of this kind that the browser holds, or None; one that ended is dropped."""
    if kind not in session:
        return None
    moment = now()
    seen = datetime.fromtimestamp(float(session.get(f"{kind}_seen", 0)), UTC)
    if moment - seen > IDLE.get(kind, IDLE_BY_LINK):
        session.pop(kind, None)
        return None
    known = _of_staff(moment) if kind == "staff" else _by_link(kind, moment)
    if known is None:
        session.pop(kind, None)
    else:
        if moment - seen > SEEN_AGAIN:  # else the cookie would be made anew for each request
            session[f"{kind}_seen"] = int(moment.timestamp())
        if kind == "staff" and session.get("staff_id") != known.id:
            session["staff_id"] = known.id  # whose forms are open in this browser, after the session too
    return known


def _of_staff(moment: datetime) -> Actor | None:
    with house().bench.read(ANONYMOUS, moment) as work:
        return accounts.resume(work, session["staff"])


def _by_link(kind: str, moment: datetime) -> Actor | None:
    """Return who has the session of a link that the browser holds, or None."""
    with house().bench.read(ANONYMOUS, moment, streamed=False) as work:
        return door.resume(work, kind, session[kind])


def remember(kind: str, token: str, *, same_person: bool = False) -> None:
    """Put a new session's token in the cookie; what the browser held before of that kind is dropped.

    Forms that are open in the browser stop working, unless it is known that they belong to the same person.
    """
    if not same_person:
        session.pop("csrf_token", None)
        session.pop(ENTERED, None)
        if kind == "staff":
            session.pop("staff_id", None)
    session[kind] = token
    session[f"{kind}_seen"] = int(now().timestamp())


def forget(kind: str) -> str | None:
    """Take a session's token out of the cookie and return it."""
    session.pop(f"{kind}_seen", None)
    session.pop(ENTERED, None)
    if kind == "staff":
        session.pop("staff_id", None)
        session.pop(PLACED, None)
    return cast("str | None", session.pop(kind, None))


def recently_confirmed() -> bool:
    """Return whether the signed-in person gave the password within the last ten minutes."""
    confirmed = actor().confirmed_at
    return confirmed is not None and now() - confirmed <= accounts.RECENT


def confirm_again(password: str) -> bool:
    """Return whether this is the password of the signed-in person; if so, record that it was given now.

    Problem: `account.busy`.
    """
    held = session.get("staff", "")
    with house().gate.known.entered() as room:
        if not room:
            raise Problem("account.busy")
        with reading() as work:
            tried = accounts.try_own_password(work, held, password)
    with writing() as work:
        return accounts.confirm(work, held, tried)


def signed_in_kinds() -> Iterator[str]:
    """Yield the kinds of session that the browser holds."""
    yield from (kind for kind in kinds() if kind in session)


def local_path(target: str | None) -> str | None:
    """Return `target` where it is a path of this site, else None.

    So a reader is never sent to another site after signing in. Browsers leave out tabs and line breaks
    before they read an address: "/<tab>/other.example" is another site.
    """
    if not target or not target.isprintable() or "\\" in target:
        return None
    return target if target.startswith("/") and not target.startswith("//") else None
