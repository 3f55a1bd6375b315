"""The practice: a whole installation of its own to try everything in, made and deleted from the desk.

The desk asks for it and deletes it; the worker makes its place, fills it, and takes the place away.
"""

from __future__ import annotations

import base64
import logging
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import cycle
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.panel.nominees_import import IMPORTER as NOMINEES
from consulta.people import members as members_acts
from consulta.people.members import ContactCommand, OrganisationCommand
from consulta.platform import accounts as accounts_acts
from consulta.platform import database as db
from consulta.platform import parts
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.data.folding import fold
from consulta.platform.deadlines import DEFAULT_ZONE, proposed
from consulta.platform.keyring import Keyring
from consulta.platform.messages import N_
from consulta.platform.models import Contact, Organisation, Practice, Question, Round, Staff, Theme
from consulta.platform.parts import Part
from consulta.platform.settings import BackupSettings
from consulta.platform.texts import line
from consulta.platform.work import ANONYMOUS, COMMAND, DESK, Bench
from consulta.rounds import service as rounds
from consulta.rounds import themes
from consulta.rounds.themes import ThemeCommand

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from sqlalchemy.orm import Session

    from consulta.platform.settings import Settings
    from consulta.platform.work import Work
    from consulta.rounds.service import RoundCommand


@dataclass(frozen=True, slots=True)
class PracticeCommand:
    """What a practice is made of: its title, whose themes it takes, and who votes in it.

    `source` is the key of a round; empty for the themes of the example. `staff` are numbers of accounts,
    `members` of organisations.
    """

    title: str
    source: str
    staff: tuple[int, ...]
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FoundMembers:
    """Organisations of the list: those that are chosen, and those that a search found.

    `more`: the search found more than are shown.
    """

    chosen: Sequence[Organisation]
    found: Sequence[Organisation]
    more: bool


def _live(session: Session, *, hold: bool = False) -> Practice | None:
    query = select(Practice).where(Practice.live.is_(True)).options(selectinload(Practice.staff))
    return session.scalars(query.with_for_update() if hold else query).first()


def _by_key(session: Session, key: str) -> Practice | None:
    """Return the practice of a key, deleted ones too, or None."""
    return session.scalars(select(Practice).where(Practice.key == key)).first()


def _desk(session: Session) -> Sequence[Staff]:
    """Return the active accounts of the desk, by name."""
    query = select(Staff).where(Staff.active, Staff.role.in_(DESK))
    return session.scalars(query.order_by(Staff.name, Staff.id)).all()


def _organisations(session: Session, ids: Collection[int]) -> Sequence[Organisation]:
    """Return organisations with their contacts, by number."""
    query = select(Organisation).where(Organisation.id.in_(ids)).options(selectinload(Organisation.contacts))
    return session.scalars(query.order_by(Organisation.id)).all()


def _parts(session: Session, round_key: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the themes and the questions of a round as values by column."""
    found = select(Round.id).where(Round.key == round_key).scalar_subquery()
    themes = session.scalars(select(Theme).where(Theme.round_id == found).order_by(Theme.position))
    questions = session.scalars(
        select(Question).where(Question.round_id == found).order_by(Question.position)
    )
    return [_values(each) for each in themes], [_values(each) for each in questions]


def _values(row: Theme | Question) -> dict[str, Any]:
    names = [column.key for column in row.__table__.columns]
    return {name: getattr(row, name) for name in names if name not in {"id", "round_id", "backing"}}


WAY = "practice"
KEY = re.compile(r"[a-z2-7]{12}")


def address(base_url: str, key: str) -> str:
    """Return the address of a practice, without a language."""
    return f"{base_url}/{WAY}/{key}"


def real_address(base_url: str) -> str:
    """Return the address of the installation to which the practice at an address belongs."""
    return base_url.rpartition(f"/{WAY}/")[0]


def settings_of(settings: Settings, key: str) -> Settings:
    """Return the settings of a practice: those of the installation, with a place of its own.

    There are no waits in it, no second person and no backups: one person tries everything in an hour.
    """
    folder = settings.data / WAY / _checked(key)
    if db.is_file(settings.database):
        database = f"sqlite:///{folder / 'consulta.sqlite3'}"
    else:
        database = db.in_schema(settings.database, _schema(key))
    return replace(
        settings,
        data=folder,
        database=database,
        base_url=address(settings.base_url, key),
        practice=True,
        documents_queued=False,  # its worker is asked for nothing but its rounds and mails
        objection_hours=0,
        backups=BackupSettings(),
        message_command="",
        second_factor="optional",
        two_persons="no",
        provider=None,
        metrics_token="",
    )


@contextmanager
def opened(settings: Settings, key: str) -> Iterator[Bench]:
    """Yield a bench over the database of a practice."""
    bench = bench_of(settings_of(settings, key))
    try:
        yield bench
    finally:
        bench.engine.dispose()


def bench_of(own: Settings) -> Bench:
    """Return a bench over the database that the settings of a practice name."""
    return Bench(db.connect(own.database), own.languages, practice=True, keyring=Keyring.of(own))


def make_place(settings: Settings, key: str) -> None:
    """Make the place of a practice, with an empty database of the newest schema; what was there goes."""
    drop(settings, key)
    own = settings_of(settings, key)
    own.data.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    own.data.mkdir(mode=0o700)
    if db.is_file(settings.database):
        db.make_private(own.database)
    else:
        db.create_schema(settings.database, _schema(key))
    engine = db.connect(own.database)
    try:
        db.upgrade(engine)
    finally:
        engine.dispose()


def drop(settings: Settings, key: str) -> None:
    """Delete the place of a practice with all that is in it; nothing happens where there is none."""
    if not db.is_file(settings.database):
        db.drop_schema(settings.database, _schema(key))
    folder = settings.data / WAY / _checked(key)
    if folder.exists():
        shutil.rmtree(folder)


def _schema(key: str) -> str:
    return f"{WAY}_{_checked(key)}"


def _checked(key: str) -> str:
    """Return a key that may be part of a path and of a name in the database; else raise ValueError."""
    if not KEY.fullmatch(key):
        raise ValueError("this is no key of a practice")
    return key


_PATH = re.compile(rf"/{WAY}/([a-z2-7]{{12}})(/.*)?", re.DOTALL)
_log = logging.getLogger(__name__)


class House(Protocol):
    """The installation to whose address the practice belongs."""

    @property
    def bench(self) -> Bench:
        """Return its bench."""

    @property
    def settings(self) -> Settings:
        """Return its settings."""


@dataclass
class Mount:
    """The application, with that of a practice at the address of the practice."""

    app: WSGIApplication
    house: Callable[[], House]
    clock: Callable[[], datetime]
    create: Callable[[Bench, Settings], WSGIApplication]
    _made: dict[str, tuple[WSGIApplication, Bench, Settings]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request: in a practice where its path is of one that is there, else as ever."""
        found = _PATH.fullmatch(environ.get("PATH_INFO", ""))
        there = self._there(found[1]) if found else None
        if found is None or there is None:
            return self.app(environ, start_response)
        environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}/{WAY}/{found[1]}"
        environ["PATH_INFO"] = found[2] or "/"
        return there(environ, start_response)

    def _there(self, key: str) -> WSGIApplication | None:
        """Return the application of a practice, or None where there is none (any more)."""
        try:
            with self.house().bench.read(ANONYMOUS, self.clock()) as work:
                ready = is_ready(work, key)
            own = settings_of(self.house().settings, key)  # what is set at the desk may have changed
        except Problem:  # the database cannot be used: the pages of the installation say so
            return None
        with self._lock:
            for other, (_app, bench, used) in [*self._made.items()]:
                if other != key or not ready or used != own:
                    del self._made[other]
                    bench.engine.dispose()
            if ready and key not in self._made:
                bench = bench_of(own)
                self._made[key] = (self.create(bench, own), bench, own)
                _log.info("practice.begun")
            return self._made[key][0] if ready else None


ROUND = "ensayo"
NOMINEES_FILE = "nominees.csv"


@dataclass(frozen=True, slots=True)
class Filling:
    """All that a practice takes over: accounts, organisations with their contacts, and a round."""

    accounts: Sequence[Staff]
    members: Sequence[tuple[OrganisationCommand, Sequence[ContactCommand]]]
    round: RoundCommand
    themes: list[dict[str, Any]]  # of a round; none: those of the example, with its nominees
    questions: list[dict[str, Any]]
    unused: frozenset[str]  # parts of the program that the installation does not use


def make_filled(settings: Settings, bench: Bench, key: str, now: datetime) -> None:
    """Make the place of a practice that was asked for, and fill it."""
    with bench.read(COMMAND, now) as work:
        filling = _read(work, key)
    make_place(settings, key)
    with opened(settings, key) as there, there.work(COMMAND, now) as inside:
        _fill(inside, filling)


def _read(work: Work, key: str) -> Filling:
    """Return what a practice takes over from the installation. Problem: `practice.unknown`."""
    row = _by_key(work.session, key)
    if row is None or row.state != "asked":
        raise Problem("practice.unknown")
    source = row.asked["source"]
    command = rounds.proposed(work, source)
    team = _desk(work.session)
    voting = [each for each in team if each.id in row.asked["staff"]]
    chosen = _organisations(work.session, row.asked["members"])
    taken, asked = _parts(work.session, source) if source else ([], [])
    return Filling(
        accounts=team,
        members=[*map(_of_team, voting, _places()), *map(_of_list, chosen)],
        round=replace(
            command,
            key=ROUND,
            title=Text(dict.fromkeys(work.languages, row.title)),
            zone=command.zone or DEFAULT_ZONE,
            closes_local=proposed(work.now),
            example=True,
        ),
        themes=taken,
        questions=asked if parts.uses(work, "questions") else [],
        unused=parts.unused(work),
    )


def _fill(work: Work, filling: Filling) -> None:
    """Write a filling into the empty database of a practice."""
    parts.take_over(work, filling.unused)
    for account in filling.accounts:
        _take_account(work, account)
    for member, contacts in filling.members:
        number = members_acts.add_organisation(work, member)
        members_acts.mark_example(work, number)
        for contact in contacts:
            members_acts.add_contact(work, number, contact)
    key = rounds.create_round(work, filling.round)
    if filling.themes:
        round_id = work.session.scalar(select(Round.id).where(Round.key == key))
        work.session.add_all(Theme(round_id=round_id, **each) for each in filling.themes)
        work.session.add_all(Question(round_id=round_id, **each) for each in filling.questions)
        work.session.flush()
        return
    for theme in catalogue.demo_themes():
        themes.save_theme(
            work, key, ThemeCommand(theme.title, theme.description, theme.objectives, key=theme.key)
        )
    upload = NOMINEES.keep(work, NOMINEES_FILE, catalogue.demo_file(NOMINEES_FILE), key)
    NOMINEES.carry_out(work, upload, NOMINEES.look(work, upload, key).seen, key)


def enter(settings: Settings, key: str, account: Staff, now: datetime) -> tuple[str, int]:
    """Open a session in a practice for an account of the installation: its token, and the account there."""
    with opened(settings, key) as there, there.work(COMMAND, now) as work:
        person = _take_account(work, account)
        token = accounts_acts.start_session(work, staff_id=person.id, factor="practice")
        return token, person.id


def _take_account(work: Work, account: Staff) -> Staff:
    """Return the account of a person in a practice, made or brought up to date: same role, same password."""
    person = work.session.scalars(select(Staff).where(Staff.email == account.email)).first()
    if person is None:
        person = Staff(email=account.email, created_at=work.now)
        work.session.add(person)
    person.name, person.role, person.active = account.name, account.role, True
    person.language, person.password_hash = work.language(account.language), account.password_hash
    work.session.flush()
    return person


def _places() -> cycle[tuple[str, str]]:
    """Return countries and sectors in turn, so that people of the team stand for different groups."""
    by_subregion: dict[str, list[str]] = {}
    for country in catalogue.countries():
        by_subregion.setdefault(catalogue.subregion_of(country.iso2), []).append(country.iso2)
    countries = [codes[turn] for turn in range(2) for codes in by_subregion.values() if turn < len(codes)]
    sectors = [each.key for each in catalogue.sectors()]
    return cycle(list(zip(countries, cycle(sectors), strict=False)))


def _of_team(person: Staff, where: tuple[str, str]) -> tuple[OrganisationCommand, Sequence[ContactCommand]]:
    name = f"ENSAYO · {person.name or person.email}"
    member = OrganisationCommand(name=name, country=where[0], categories={"sector": where[1]})
    return member, [_contact(person)]


def _of_list(member: Organisation) -> tuple[OrganisationCommand, Sequence[ContactCommand]]:
    command = OrganisationCommand(
        name=member.name, country=member.country, categories=dict(member.categories), base=member.base
    )
    return command, [_contact(each) for each in member.contacts if each.active and each.may_vote]


def _contact(person: Contact | Staff) -> ContactCommand:
    return ContactCommand(name=person.name, email=person.email, language=person.language)


MOST = 8  # organisations beside the team
FEWEST = 2  # who vote
SHOWN = 20  # organisations that a search shows
TITLE_MAX = 120
KEY_BYTES = 10


def team(work: Work) -> Sequence[Staff]:
    """Return the active accounts of the desk, by name."""
    require(work, "rounds.read")
    return _desk(work.session)


def find_members(work: Work, text: str, chosen: Collection[int]) -> FoundMembers:
    """Return the organisations with these numbers, and others whose name has all words of a text.

    These are `SHOWN` at most, and have a contact who can vote. Without a text none are found.
    """
    require(work, "rounds.read")
    words = fold(text).split()
    fresh: list[Organisation] = []
    if words:
        able = Organisation.contacts.any(Contact.active.is_(True) & Contact.may_vote.is_(True))
        named = [Organisation.name_key.contains(word, autoescape=True) for word in words]
        query = select(Organisation).where(Organisation.active, able, Organisation.id.not_in(chosen), *named)
        query = query.order_by(Organisation.name_key, Organisation.country).limit(SHOWN + 1)
        fresh = list(work.session.scalars(query))
    kept = _organisations(work.session, [*chosen][:SHOWN])
    return FoundMembers(kept, fresh[:SHOWN], more=len(fresh) > SHOWN)


def written(member: Organisation) -> str:
    """Return how an organisation is written where one is chosen: `Red del Sur (PE)`."""
    return f"{member.name} ({member.country})"


def look(work: Work) -> Practice | None:
    """Return the practice that there is, or None."""
    require(work, "rounds.read")
    return _live(work.session)


def members_of(work: Work, practice: Practice) -> list[str]:
    """Return the names of the organisations that vote in a practice besides the team."""
    require(work, "rounds.read")
    return [each.name for each in _organisations(work.session, practice.asked["members"])]


def ask(work: Work, command: PracticeCommand, token_bytes: Callable[[int], bytes]) -> str:
    """Ask for a practice, which the worker makes within seconds, and return its key.

    Problems: `practice.exists`, `practice.title`, `practice.member` (an organisation cannot vote any more),
    `practice.many`, `practice.few`, `round.unknown`.
    """
    require(work, "rounds.write")
    if _live(work.session, hold=True) is not None:
        raise Problem("practice.exists")
    title = line(command.title)
    if not 1 <= len(title) <= TITLE_MAX:
        raise Problem("practice.title", most=TITLE_MAX)
    if command.source:
        rounds.known(work, command.source)
    members = _chosen(work, command.members)
    chosen = {each.id for each in _desk(work.session)} & set(command.staff)
    if len(members) + len(chosen) < FEWEST:
        raise Problem("practice.few", fewest=FEWEST)
    key = base64.b32encode(token_bytes(KEY_BYTES)).decode().lower()[:12]
    row = Practice(
        key=key,
        state="asked",
        live=True,
        title=title,
        asked={"source": command.source, "staff": sorted(chosen), "members": members},
        staff_id=work.actor.staff_id,
        made_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    work.record("practice.asked", _subject(row), {"team": len(chosen), "members": len(members)})
    return key


def delete(work: Work, key: str) -> None:
    """Delete a practice: from now on no address of it works, and the worker deletes its place.

    Problem: `practice.unknown` if there is none of this key.
    """
    require(work, "rounds.write")
    row = _live(work.session, hold=True)
    if row is None or row.key != key:
        raise Problem("practice.unknown")
    row.state, row.live, row.deleted_at = "deleted", None, work.now
    row.title, row.asked = "", {}
    work.record("practice.deleted", _subject(row))


def account(work: Work, key: str) -> Staff:
    """Return the actor's account, for a practice that can be entered. Problem: `practice.unknown`."""
    require(work, "rounds.read")
    mine = next((each for each in _desk(work.session) if each.id == work.actor.staff_id), None)
    if mine is None or not is_ready(work, key):
        raise Problem("practice.unknown")
    return mine


def entered(work: Work, key: str) -> None:
    """Record that the actor went into a practice. Problem: `practice.unknown`."""
    require(work, "rounds.read")
    row = _live(work.session)
    if row is None or row.key != key:
        raise Problem("practice.unknown")
    work.record("practice.entered", _subject(row))


# -- done by the worker


def in_state(work: Work, state: str) -> list[str]:
    """Return the keys of the practices in a state.

    Those that are `asked` are to be made, `ready` ones can be entered, and of those that are `deleted` the
    places are to be deleted.
    """
    query = select(Practice.key).where(Practice.state == state).order_by(Practice.id)
    return list(work.session.scalars(query))


def is_ready(work: Work, key: str) -> bool:
    """Return whether the practice of this key can be entered."""
    return key in in_state(work, "ready")


def settle(work: Work, key: str, *, made: bool) -> bool:
    """Say that a practice was made or could not be; return whether it is still wanted."""
    row = _by_key(work.session, key)
    if row is None or row.state != "asked":
        return False
    row.state = "ready" if made else "failed"
    work.record("practice.made" if made else "practice.failed", _subject(row))
    return True


def gone(work: Work, key: str) -> None:
    """Say that the place of a deleted practice is deleted."""
    row = _by_key(work.session, key)
    if row is not None and row.state == "deleted":
        row.state = "gone"
        work.record("practice.gone", _subject(row))


def _subject(row: Practice) -> str:
    return f"practice:{row.id}"


def _chosen(work: Work, members: Sequence[int]) -> list[int]:
    """Return the numbers of organisations, each once, in the order in which they were chosen."""
    chosen = [*dict.fromkeys(members)]
    if len(chosen) > MOST:
        raise Problem("practice.many", most=MOST)
    known = {each.id: each for each in _organisations(work.session, chosen)}
    for each in chosen:
        member = known.get(each)
        able = member and member.active and any(one.active and one.may_vote for one in member.contacts)
        if not able:
            raise Problem("practice.member", name=written(member) if member else str(each))
    return chosen


def _running(work: Work) -> tuple[Text, ...]:
    """Return the title of the practice that there is."""
    row = _live(work.session)
    return (Text.name(row.title),) if row is not None else ()


PARTS = (
    Part(
        "practice",
        "voting",
        N_("Practice"),
        N_("A whole consultation in which nothing counts, to try everything; it is deleted afterwards."),
        at_first=True,
        running=_running,
    ),
)
