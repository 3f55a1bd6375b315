"""A practice as pages show it, and what one is asked to be."""

from __future__ import annotations

import base64
import logging
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import cycle
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, Protocol

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.panel.nominees_import import IMPORTER as NOMINEES
from consulta.people import members as members_acts
from consulta.people.members import ContactCommand, OrganisationCommand
from consulta.platform import accounts as accounts_acts
from consulta.platform import database as db
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.data.folding import fold
from consulta.platform.deadlines import DEFAULT_ZONE, proposed
from consulta.platform.keyring import Keyring
from consulta.platform.models import Contact, Organisation, Practice, Question, Round, Staff, Theme
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


State = Literal["asked", "ready", "failed"]


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
class PracticeView:
    """The practice that there is."""

    key: str
    title: str
    state: State
    by: str
    made_at: datetime
    staff: int  # of the team who vote in it
    members: tuple[str, ...]  # organisations that vote in it


@dataclass(frozen=True, slots=True)
class Choices:
    """What a practice can be made of: rounds (key, title) and people of the team."""

    rounds: tuple[tuple[str, str], ...]
    staff: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class FoundMembers:
    """Organisations of the list by number and name: those that are chosen, and those that a search found.

    `more`: the search found more than are shown.
    """

    chosen: tuple[tuple[int, str], ...]
    found: tuple[tuple[int, str], ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the desk, as a practice takes it over."""

    email: str
    name: str
    role: str
    language: str
    password_hash: str


def live(session: Session, *, hold: bool = False) -> Practice | None:
    """Return the practice that there is, or None."""
    query = select(Practice).where(Practice.live.is_(True))
    return session.scalars(query.with_for_update() if hold else query).first()


def is_ready_row(session: Session, key: str) -> bool:
    """Return whether the practice of this key can be entered."""
    query = select(Practice.id).where(Practice.key == key, Practice.state == "ready")
    return session.scalar(query) is not None


def in_state(session: Session, state: str) -> Sequence[Practice]:
    """Return the practices in a state, by number."""
    return session.scalars(select(Practice).where(Practice.state == state).order_by(Practice.id)).all()


def by_key(session: Session, key: str) -> Practice | None:
    """Return the practice of a key, deleted ones too, or None."""
    return session.scalars(select(Practice).where(Practice.key == key)).first()


def desk(session: Session) -> Sequence[Staff]:
    """Return the active accounts of the desk, by name."""
    query = select(Staff).where(Staff.active, Staff.role.in_(DESK))
    return session.scalars(query.order_by(Staff.name, Staff.id)).all()


def accounts(session: Session) -> dict[str, Staff]:
    """Return all accounts, by address."""
    return {each.email: each for each in session.scalars(select(Staff))}


def organisations(session: Session, ids: Collection[int]) -> Sequence[Organisation]:
    """Return organisations with their contacts, by number."""
    query = select(Organisation).where(Organisation.id.in_(ids)).options(selectinload(Organisation.contacts))
    return session.scalars(query.order_by(Organisation.id)).all()


def voting(session: Session, words: Collection[str], most: int) -> Sequence[Organisation]:
    """Return organisations with a contact who can vote whose folded name has all words, by name; so many."""
    has_voter = Organisation.contacts.any((Contact.active.is_(True)) & (Contact.may_vote.is_(True)))
    named = [Organisation.name_key.contains(word, autoescape=True) for word in words]
    query = select(Organisation).where(Organisation.active, has_voter, *named)
    return session.scalars(query.order_by(Organisation.name_key, Organisation.country).limit(most)).all()


def can_vote(member: Organisation) -> bool:
    """Return whether an organisation has a contact who can vote."""
    return member.active and any(each.active and each.may_vote for each in member.contacts)


def parts(session: Session, round_key: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the themes and the questions of a round as values by column."""
    found = select(Round.id).where(Round.key == round_key).scalar_subquery()
    themes = session.scalars(select(Theme).where(Theme.round_id == found).order_by(Theme.position))
    questions = session.scalars(
        select(Question).where(Question.round_id == found).order_by(Question.position)
    )
    return [_values(each) for each in themes], [_values(each) for each in questions]


def put(session: Session, round_key: str, themes: list[dict[str, Any]], asked: list[dict[str, Any]]) -> None:
    """Write themes and questions into a round of another database."""
    number = session.scalar(select(Round.id).where(Round.key == round_key))
    session.add_all([Theme(round_id=number, **each) for each in themes])
    session.add_all([Question(round_id=number, **each) for each in asked])
    session.flush()


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
    _made: dict[str, tuple[WSGIApplication, Bench]] = field(default_factory=dict)
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
        except Problem:  # the database cannot be used: the pages of the installation say so
            return None
        with self._lock:
            for other in [each for each in self._made if each != key or not ready]:
                self._made.pop(other)[1].engine.dispose()
            if ready and key not in self._made:
                own = settings_of(self.house().settings, key)
                bench = bench_of(own)
                self._made[key] = (self.create(bench, own), bench)
                _log.info("practice.begun")
            return self._made[key][0] if ready else None


ROUND = "ensayo"
NOMINEES_FILE = "nominees.csv"


@dataclass(frozen=True, slots=True)
class Member:
    """An organisation with its contacts, as it stands in a practice."""

    command: OrganisationCommand
    contacts: tuple[ContactCommand, ...]


@dataclass(frozen=True, slots=True)
class Filling:
    """All that a practice takes over."""

    accounts: tuple[Account, ...]
    members: tuple[Member, ...]
    round: RoundCommand
    themes: list[dict[str, Any]]  # of a round; none: those of the example, with its nominees
    questions: list[dict[str, Any]]


def make_filled(settings: Settings, bench: Bench, key: str, now: datetime) -> None:
    """Make the place of a practice that was asked for, and fill it."""
    with bench.read(COMMAND, now) as work:
        filling = read(work, key)
    make_place(settings, key)
    with opened(settings, key) as there, there.work(COMMAND, now) as inside:
        fill(inside, filling)


def read(work: Work, key: str) -> Filling:
    """Return what a practice takes over from the installation. Problem: `practice.unknown`."""
    row = by_key(work.session, key)
    if row is None or row.state != "asked":
        raise Problem("practice.unknown")
    source = row.asked["source"]
    command = rounds.proposed(work, source)
    team = desk(work.session)
    voting = [each for each in team if each.id in row.asked["staff"]]
    chosen = organisations(work.session, row.asked["members"])
    taken, asked = parts(work.session, source) if source else ([], [])
    return Filling(
        accounts=tuple(account_of(each) for each in team),
        members=(*(_of_team(*each) for each in zip(voting, _places(), strict=False)), *map(_of_list, chosen)),
        round=replace(
            command,
            key=ROUND,
            title=Text(dict.fromkeys(work.languages, row.title)),
            zone=command.zone or DEFAULT_ZONE,
            closes_local=proposed(work.now),
            rules=command.rules,
            example=True,
        ),
        themes=taken,
        questions=asked,
    )


def fill(work: Work, filling: Filling) -> None:
    """Write a filling into the empty database of a practice."""
    for account in filling.accounts:
        take_account(work, account)
    for member in filling.members:
        number = members_acts.add_organisation(work, member.command)
        members_acts.mark_example(work, number)
        for contact in member.contacts:
            members_acts.add_contact(work, number, contact)
    key = rounds.create_round(work, filling.round)
    if filling.themes:
        put(work.session, key, filling.themes, filling.questions)
        return
    for theme in catalogue.demo_themes():
        themes.save_theme(
            work, key, ThemeCommand(theme.title, theme.description, theme.objectives, key=theme.key)
        )
    upload = NOMINEES.keep(work, NOMINEES_FILE, catalogue.demo_file(NOMINEES_FILE), key)
    NOMINEES.carry_out(work, upload, NOMINEES.look(work, upload, key).seen, key)


def enter(settings: Settings, key: str, account: Account, now: datetime) -> tuple[str, int]:
    """Open a session in a practice for an account of the installation: its token, and the account there."""
    with opened(settings, key) as there, there.work(COMMAND, now) as work:
        person = take_account(work, account)
        token = accounts_acts.start_session(work, staff_id=person.id, factor="practice")
        return token, person.id


def take_account(work: Work, account: Account) -> Staff:
    """Return the account of a person in a practice, made or brought up to date: same role, same password."""
    person = accounts(work.session).get(account.email)
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


def _of_team(person: Staff, where: tuple[str, str]) -> Member:
    name = f"ENSAYO · {person.name or person.email}"
    return Member(
        OrganisationCommand(name=name, country=where[0], categories={"sector": where[1]}),
        (ContactCommand(name=person.name, email=person.email, language=person.language),),
    )


def _of_list(member: Organisation) -> Member:
    return Member(
        OrganisationCommand(
            name=member.name, country=member.country, categories=dict(member.categories), base=member.base
        ),
        tuple(_contact(each) for each in member.contacts if each.active and each.may_vote),
    )


def _contact(contact: Contact) -> ContactCommand:
    return ContactCommand(name=contact.name, email=contact.email, language=contact.language)


MOST = 8  # organisations beside the team
FEWEST = 2  # who vote
SHOWN = 20  # organisations that a search shows
TITLE_MAX = 120
KEY_BYTES = 10


def choices(work: Work) -> Choices:
    """Return what a practice can be made of."""
    require(work, "rounds.read")
    return Choices(
        rounds=tuple(
            (each.key, work.best(each.title, work.languages[0])) for each in rounds.list_rounds(work)
        ),
        staff=tuple((each.id, each.name or each.email) for each in desk(work.session)),
    )


def find_members(work: Work, text: str, chosen: Collection[int]) -> FoundMembers:
    """Return the organisations with these numbers, and others whose name has all words of a text.

    These are `SHOWN` at most, and have a contact who can vote. Without a text none are found.
    """
    require(work, "rounds.read")
    words = fold(text).split()
    found = voting(work.session, words, SHOWN + len(chosen) + 1) if words else []
    fresh = [each for each in found if each.id not in chosen]
    kept = organisations(work.session, [*chosen][:SHOWN])
    return FoundMembers(
        tuple((each.id, written(each)) for each in kept),
        tuple((each.id, written(each)) for each in fresh[:SHOWN]),
        more=len(fresh) > SHOWN,
    )


def written(member: Organisation) -> str:
    """Return how an organisation is written where one is chosen: `Red del Sur (PE)`."""
    return f"{member.name} ({member.country})"


def look(work: Work) -> PracticeView | None:
    """Return the practice that there is, or None."""
    require(work, "rounds.read")
    row = live(work.session)
    return None if row is None else _view(work, row)


def ask(work: Work, command: PracticeCommand, token_bytes: Callable[[int], bytes]) -> str:
    """Ask for a practice, which the worker makes within seconds, and return its key.

    Problems: `practice.exists`, `practice.title`, `practice.member` (an organisation cannot vote any more),
    `practice.many`, `practice.few`, `round.unknown`.
    """
    require(work, "rounds.write")
    if live(work.session, hold=True) is not None:
        raise Problem("practice.exists")
    title = line(command.title)
    if not 1 <= len(title) <= TITLE_MAX:
        raise Problem("practice.title", most=TITLE_MAX)
    if command.source:
        rounds.known(work, command.source)
    members = _chosen(work, command.members)
    team = {each.id for each in desk(work.session)} & set(command.staff)
    if len(members) + len(team) < FEWEST:
        raise Problem("practice.few", fewest=FEWEST)
    key = base64.b32encode(token_bytes(KEY_BYTES)).decode().lower()[:12]
    row = Practice(
        key=key,
        state="asked",
        live=True,
        title=title,
        asked={"source": command.source, "staff": sorted(team), "members": members},
        staff_id=work.actor.staff_id,
        made_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    work.record("practice.asked", _subject(row), {"team": len(team), "members": len(members)})
    return key


def delete(work: Work, key: str) -> None:
    """Delete a practice: from now on no address of it works, and the worker deletes its place.

    Problem: `practice.unknown` if there is none of this key.
    """
    require(work, "rounds.write")
    row = live(work.session, hold=True)
    if row is None or row.key != key:
        raise Problem("practice.unknown")
    row.state, row.live, row.deleted_at = "deleted", None, work.now
    row.title, row.asked = "", {}
    work.record("practice.deleted", _subject(row))


def account(work: Work, key: str) -> Account:
    """Return the actor's account, for a practice that can be entered. Problem: `practice.unknown`."""
    require(work, "rounds.read")
    mine = next((each for each in desk(work.session) if each.id == work.actor.staff_id), None)
    if mine is None or not is_ready_row(work.session, key):
        raise Problem("practice.unknown")
    return account_of(mine)


def entered(work: Work, key: str) -> None:
    """Record that the actor went into a practice. Problem: `practice.unknown`."""
    require(work, "rounds.read")
    row = live(work.session)
    if row is None or row.key != key:
        raise Problem("practice.unknown")
    work.record("practice.entered", _subject(row))


def account_of(person: Staff) -> Account:
    """Return an account as a practice takes it over."""
    return Account(person.email, person.name, person.role, person.language, person.password_hash)


# -- done by the worker


def waiting(work: Work) -> list[str]:
    """Return the keys of the practices that are to be made."""
    return [each.key for each in in_state(work.session, "asked")]


def leaving(work: Work) -> list[str]:
    """Return the keys of the practices whose places are to be deleted."""
    return [each.key for each in in_state(work.session, "deleted")]


def ready(work: Work) -> list[str]:
    """Return the keys of the practices that can be entered: one, or none."""
    return [each.key for each in in_state(work.session, "ready")]


def is_ready(work: Work, key: str) -> bool:
    """Return whether the practice of this key can be entered."""
    return is_ready_row(work.session, key)


def settle(work: Work, key: str, *, made: bool) -> bool:
    """Say that a practice was made or could not be; return whether it is still wanted."""
    row = by_key(work.session, key)
    if row is None or row.state != "asked":
        return False
    row.state = "ready" if made else "failed"
    work.record("practice.made" if made else "practice.failed", _subject(row))
    return True


def gone(work: Work, key: str) -> None:
    """Say that the place of a deleted practice is deleted."""
    row = by_key(work.session, key)
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
    known = {each.id: each for each in organisations(work.session, chosen)}
    for each in chosen:
        member = known.get(each)
        if member is None or not can_vote(member):
            raise Problem("practice.member", name=written(member) if member else str(each))
    return chosen


def _view(work: Work, row: Practice) -> PracticeView:
    members = organisations(work.session, row.asked["members"])
    state = {"asked": "asked", "ready": "ready"}.get(row.state, "failed")
    return PracticeView(
        key=row.key,
        title=row.title,
        state=state,  # type: ignore[arg-type]  # one of the three
        by=row.staff.name if row.staff else "",
        made_at=row.made_at,
        staff=len(row.asked["staff"]),
        members=tuple(each.name for each in members),
    )
