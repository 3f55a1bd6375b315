"""The content of the demonstration, made by the services that people use, at past moments if needed.

Six rounds: one published with its result, its panel, its ballots and the factsheet of its
session; one with two topics, whose ballots are public too; one of which only
totals are public; one open; one draft that cannot be opened yet; one draft for which members propose themes
now. A scrutineer is appointed to the first four. Each of them is a story, and so is what happens beside them.
"""

from __future__ import annotations

import secrets
import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from consulta.core.counting.choice import entries_of
from consulta.core.panel.rules import parse_panel_rules
from consulta.core.texts import Text
from consulta.desk import moves, opening
from consulta.panel import dialogues, nominees
from consulta.panel import service as panels
from consulta.panel.dialogues import DialogueCommand
from consulta.panel.nominees_import import IMPORTER as NOMINEES
from consulta.people import members
from consulta.people.members_import import IMPORTER as MEMBERS
from consulta.platform import accounts, deadlines, parts
from consulta.platform.data import catalogue, tongues
from consulta.platform.data.folding import fold
from consulta.platform.listing import Wanted
from consulta.platform.organiser import service
from consulta.platform.organiser.service import Profile
from consulta.platform.settings import OBJECTION_HOURS, SMALL_CELL
from consulta.platform.work import COMMAND, Actor
from consulta.results import checks
from consulta.results import service as results
from consulta.rounds import links as links_acts
from consulta.rounds import service as rounds
from consulta.rounds import themes
from consulta.rounds.secrecy import USUAL
from consulta.rounds.themes import ThemeCommand
from consulta.sessions import factsheets
from consulta.sessions.attendance import IMPORTER as ATTENDANCE
from consulta.sessions.factsheets import of_dict
from consulta.shell.cli.demo import (
    admission,
    after_session,
    focal_points,
    follow_up,
    invitations,
    mistakes,
    nominations,
    objections,
    open_data,
    proposing_now,
    questions,
    reasons,
    theme_proposals,
    voters,
    witnesses,
    your_vote,
)
from consulta.shell.cli.demo.desk import Desk
from consulta.shell.cli.demo.stories import Stories
from consulta.vote import participation
from consulta.vote import reasons as reasons_acts
from consulta.vote import service as voting
from consulta.vote.changes import registrations
from consulta.vote.changes.values import Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from consulta.core.counting.choice import Choice
    from consulta.platform.importing.service import Importer
    from consulta.platform.log.notes import Signer
    from consulta.platform.work import Bench, Work
    from consulta.rounds.links import IssuedLink

PUBLISHED, OPEN, DRAFT, TOTALS, ASKING, SHARED = (f"ejemplo-{number}" for number in range(1, 7))
PRESET = "conversatorio_2023"
ZONE = "America/Panama"
BEGAN = datetime(
    2022, 11, 7, 14, 0, tzinfo=UTC
)  # the theme of the first session was chosen at the end of 2022
WORKSHOP_THEMES = 8
EARLY_VOTERS = 43  # organisations that have voted in the open round
SEALED = 12  # votes from one hourly seal of the log that is made to the next: not every hour has its own
LINKS_SHOWN = 3  # in each language

# Without the signs that are taken for one another.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_LENGTH = 4, 4

_TEXTS = catalogue.demo_texts()
_QUESTION = _TEXTS["question"]
_FIRST, _SECOND, _THIRD, _FOURTH = (_TEXTS[name] for name in ("first", "second", "plan", "workshop"))
_SESSION = DialogueCommand(
    title=_TEXTS["session"],
    zone=ZONE,
    starts_local="2023-05-24T09:00",
    ends_local="2023-05-24T13:00",
    place=_TEXTS["place"],
    links=(),
    agenda=_TEXTS["agenda"],
    topics=(),
)
_BORROWED = ("datos_informacion", "gobernanza_local", "narrativas_xenofobia")
_UNFINISHED_THEMES = (
    ThemeCommand(
        key="salud",
        title=_TEXTS["health"],
        description=_TEXTS["health_described"],
        objectives=(7, 15),
    ),
    ThemeCommand(
        key="formacion",
        title=_TEXTS["training"],
        description=_TEXTS["training_described"],
        objectives=(3, 16, 23),
    ),
)


@dataclass(frozen=True, slots=True)
class SignIn:
    """An account of the demonstration, with its password."""

    role: accounts.StaffRole
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class Filled:
    """Passwords and personal links, which cannot be read from the database: it keeps digests only."""

    sign_ins: tuple[SignIn, ...]
    links: tuple[IssuedLink, ...]
    pages: tuple[tuple[str, str], ...] = ()  # further links, each with whose it is
    to_propose: tuple[IssuedLink, ...] = ()
    to_answer: tuple[tuple[str, str], ...] = ()  # what became of recommendations


def fill(
    bench: Bench,
    now: datetime,
    base_url: str,
    signer: Signer | None = None,
    folder: Path | None = None,
    progress: Callable[[float], object] = float,  # does nothing
) -> Filled:
    """Fill an empty database. Passwords and links are new each time, all else is the same for one `now`.

    With `signer`, heads of the log are signed and cosigned; with the data folder, those of closings get a
    time stamp too. `progress` is told of the share of its time that has been filled, from 0 to 1.
    """
    with bench.work(COMMAND, BEGAN) as work:
        parts.use_all(work)
    sign_ins = tuple(SignIn(role, address, _password()) for role, address in catalogue.DEMO_ACCOUNTS.items())
    actor, second, scrutineer = _staff(bench, BEGAN, sign_ins)
    stamper = witnesses.trusted(folder, BEGAN)
    with Stories(BEGAN, lambda moment: progress((moment - BEGAN) / (now - BEGAN))) as stories:
        desk = Desk(bench, actor, now, base_url, scrutineer, stories, signer, second, stamper)
        if signer is not None:
            witnesses.start(desk, BEGAN + timedelta(minutes=2), signer)
        with desk.work(actor, BEGAN + timedelta(minutes=20)) as work:
            _import(work, MEMBERS, "members.csv", example=True)
        desk.do(BEGAN + timedelta(minutes=40), service.save, _profile())
        tendencies = voters.read_tendencies(catalogue.demo_file("preferences.toml"))
        to_answer = stories.tell(_published, desk, tendencies)
        stories.tell(_shared, desk, tendencies)
        stories.tell(_totals, desk, tendencies)
        shown = stories.tell(_open, desk, tendencies)
        asked = _command(ASKING, _TEXTS["third"], _QUESTION, desk.day(45))
        to_propose = stories.tell(proposing_now.propose, desk, asked)
        stories.tell(_draft, desk)
        pages = [stories.tell(admission.apply, desk, *each) for each in admission.applicants()]
        pages += [stories.tell(admission.correct, desk), stories.tell(focal_points.name, desk)]
        stories.tell(mistakes.erase, desk)
        stories.tell(mistakes.ask_to_replace_figures, desk, PUBLISHED)
        stories.tell(mistakes.practise, desk, SHARED)
    open_data.make(desk, now)
    votes = your_vote.tell(desk, (PUBLISHED, TOTALS))
    witnesses.look(desk, now)
    return Filled(
        sign_ins,
        shown.result(),
        (*(page for story in pages for page in story.result()), *votes),
        to_propose.result(),
        to_answer.result(),
    )


def _profile() -> Profile:
    """Return the profile of an organiser: the Mechanism, with an invented secretariat."""
    said = catalogue.demo_texts()
    drafts = catalogue.notice_drafts(tongues.codes())
    return Profile(
        name=said["organiser_name"],
        tagline=said["organiser_tagline"],
        holders=said["organiser_holders"],
        about=said["organiser_about"],
        criteria=drafts["criteria"],
        privacy=drafts["privacy"],
        accessibility=drafts["accessibility"],
        address="Edificio 104, Ciudad del Saber\nCiudad de Panamá",
        email="secretaria@example.org",
        phone="+507 000-0000",
        whatsapp="+507 0000-0000",
        signer="Mariana Solórzano (EJEMPLO)",
        signer_role=said["organiser_role"],
    )


def _import(work: Work, importer: Importer, name: str, at: str = "", **options: Any) -> None:
    """Import a file of the demonstration."""
    number = importer.keep(work, name, catalogue.demo_file(name), at)
    importer.carry_out(work, number, importer.look(work, number, at).seen, at, **options)


def _staff(bench: Bench, at: datetime, sign_ins: Iterable[SignIn]) -> tuple[Actor, Actor, int]:
    """Add the accounts; return the actors of the secretariat, and the number of the scrutineer's account.

    All that follows is done by the first actor, but for what a second person confirms.
    """
    names = {
        "secretariat": "Mariana Solórzano (EJEMPLO)",
        "admin": "Esteban Quirós (EJEMPLO)",
        "scrutineer": "Lucía Ferreyra (EJEMPLO)",
    }
    with bench.work(COMMAND, at) as work:
        people = {
            s.role: accounts.add_staff(
                work,
                s.email,
                names[s.role],
                s.password,
                s.role,
                organisation="Red Escrutadora del Sur (EJEMPLO)" if s.role == "scrutineer" else "",
            )
            for s in sign_ins
        }
    person, other = people["secretariat"], people["admin"]
    second = Actor("admin", other.id, other.name)
    return Actor("secretariat", person.id, person.name), second, people["scrutineer"].id


def _password() -> str:
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)


# -- the rounds


def _published(desk: Desk, tendencies: voters.Tendencies) -> tuple[tuple[str, str], ...]:
    """Create a round and take it from its draft to the factsheet of its session, half a year later.

    Return links to answer what became of its recommendations, each with whose it is.
    """
    # With its ballots public, though without names: the demo has an archive that any reader can count again.
    command = _command(PUBLISHED, _FIRST, _QUESTION, BEGAN + timedelta(days=35), None, "pseudonymous")
    _prepare(desk, command, _proposed(), BEGAN + timedelta(days=14))
    closes_at = _counted(desk, command, BEGAN + timedelta(days=17), tendencies)
    objections.object_and_answer(desk, PUBLISHED, closes_at + timedelta(hours=20))
    rules = parse_panel_rules(catalogue.presets_by_key()[PRESET].panel)
    desk.do(closes_at + timedelta(days=2), panels.choose, PUBLISHED, rules)
    _publish(desk, PUBLISHED, closes_at)
    invitations.invite(desk, PUBLISHED, closes_at + timedelta(days=4))
    reasons.tell(desk, PUBLISHED, closes_at + timedelta(days=20))
    open_data.make(desk, closes_at + timedelta(days=21))
    return _session(desk, closes_at)


def _counted(
    desk: Desk,
    command: rounds.RoundCommand,
    opened_at: datetime,
    tendencies: voters.Tendencies,
    mistake_at: datetime | None = None,
    late: tuple[int, int] | None = None,
) -> datetime:
    """Open a draft, vote, close and count; return when voting ended.

    At `mistake_at` the round is closed by mistake, and opened again five hours later. `late` are the numbers
    of two organisations that are registered after the opening, the first one by mistake.
    """
    closes_at = deadlines.resolve(command.closes_local, command.zone)
    issued = _launch(desk, command.key, opened_at)
    if late is not None:
        desk.stories.tell(_register, desk, command, late, opened_at, tendencies)
    choices = _choices(desk, command.key, tendencies)
    moments = _between(opened_at, closes_at, len(choices))
    if mistake_at is None:
        _vote(desk, command.key, issued, choices, moments)
    else:
        before = sum(at <= mistake_at - timedelta(hours=1) for at in moments)
        names = list(choices)
        early, after = ({name: choices[name] for name in part} for part in (names[:before], names[before:]))
        _vote(desk, command.key, issued, early, moments[:before])
        again_at = _close_by_mistake(desk, command, mistake_at)
        _vote(desk, command.key, issued, after, _between(again_at, closes_at, len(after)))
    desk.do(closes_at + timedelta(minutes=12), moves.close, command.key, objection_hours=OBJECTION_HOURS)
    desk.do(closes_at + timedelta(minutes=15), results.count, command.key)
    witnesses.look(desk, closes_at + timedelta(minutes=20))
    witnesses.stamp(desk, closes_at + timedelta(minutes=30))
    return closes_at


def _close_by_mistake(desk: Desk, command: rounds.RoundCommand, at: datetime) -> datetime:
    """Close a round days early and open it again, before the result is read; return when it is open again."""
    language = desk.bench.languages[0]
    closed, reopened, changed = (_TEXTS[name].best(language) for name in ("closed", "reopened", "changed"))
    again_at = at + timedelta(hours=5)
    desk.do(at, moves.close, command.key, closed, OBJECTION_HOURS)
    desk.do(at + timedelta(minutes=3), results.count, command.key)
    desk.do(
        again_at,
        moves.reopen,
        command.key,
        command.closes_local,
        reopened,
        Asked(changed, timedelta(days=1)),
    )
    witnesses.look(desk, again_at + timedelta(minutes=5))
    return again_at


def _publish(desk: Desk, key: str, closes_at: datetime) -> None:
    """Publish a result three days after the voting ended; it waits for its closing mails."""
    desk.drop_mail(closes_at + timedelta(days=3), key)
    desk.do(closes_at + timedelta(days=3, hours=1), results.publish, key)
    witnesses.look(desk, closes_at + timedelta(days=3, hours=1, minutes=5))
    desk.do(closes_at + timedelta(days=3, hours=1, minutes=10), reasons_acts.part, key, SMALL_CELL, _drawn)
    desk.drop_mail(closes_at + timedelta(days=3, hours=1, minutes=15), key)
    open_data.make(desk, closes_at + timedelta(days=3, hours=2))


def _drawn(below: int) -> int:
    """Return what stands for chance where a real round draws lots: nothing here is secret."""
    return below // 3


def _session(desk: Desk, closes_at: datetime) -> tuple[tuple[str, str], ...]:
    """Save the session of the published round on its chosen topic; add attendance, factsheet and answers.

    Return links to answer what became of its recommendations, each with whose it is.
    """
    ends_at = deadlines.resolve(_SESSION.ends_local, ZONE)
    words = of_dict(tomllib.loads(catalogue.demo_file("factsheet.toml").decode()))
    planned_at, written_at = closes_at + timedelta(days=90), ends_at + timedelta(days=50)
    chosen = desk.see(dialogues.desk_page, PUBLISHED).proposed
    desk.do(planned_at, dialogues.save, PUBLISHED, replace(_SESSION, topics=tuple(chosen)))
    with desk.work(desk.actor, ends_at + timedelta(days=1)) as work:
        _import(work, ATTENDANCE, "attendance.csv", PUBLISHED, way="replace")
    invitations.attend(desk, PUBLISHED, ends_at + timedelta(days=1, hours=2))
    desk.stories.tell(after_session.agree, desk, PUBLISHED, ends_at)
    desk.stories.tell(after_session.evaluate, desk, PUBLISHED, ends_at)
    seen = desk.see(factsheets.desk_page, PUBLISHED).seen
    desk.do(written_at, factsheets.save, PUBLISHED, words, seen)
    bodies = follow_up.write(desk, PUBLISHED, written_at)
    desk.do(ends_at + timedelta(days=52), factsheets.publish, PUBLISHED)
    open_data.make(desk, ends_at + timedelta(days=52, hours=1))
    desk.stories.tell(mistakes.withdraw, desk, PUBLISHED, ends_at + timedelta(days=102))
    return follow_up.answer(desk, PUBLISHED, ends_at, bodies)


def _shared(desk: Desk, tendencies: voters.Tendencies) -> None:
    """Create a round with two topics, for a meeting of two days that is to come.

    It was closed by mistake and opened again.
    """
    rules = {"topics": 2}
    command = _command(SHARED, _TEXTS["meeting"], _QUESTION, desk.day(-110), rules, "pseudonymous")
    _prepare(desk, command, _proposed(), desk.day(-130), with_nominees=False)
    closed_at = _counted(desk, command, desk.day(-124), tendencies, mistake_at=desk.day(-115))
    _publish(desk, SHARED, closed_at)
    planned_at = desk.day(-100)
    meeting = DialogueCommand(
        title=_TEXTS["meeting_held"],
        zone=ZONE,
        starts_local=f"{desk.day(40):%Y-%m-%d}T09:00",
        ends_local=f"{desk.day(41):%Y-%m-%d}T13:00",
        place=_TEXTS["place"],
        links=(),
        agenda=Text(),
        topics=tuple(desk.see(dialogues.desk_page, SHARED).proposed),
    )
    desk.do(planned_at, dialogues.save, SHARED, meeting)


def _totals(desk: Desk, tendencies: voters.Tendencies) -> None:
    """Create a smaller round and publish its result; only totals are public, and it has no panel.

    An organisation whose membership had ended by an error is registered while voting is open. Before
    it another one of its country had been registered in its place, and was withdrawn.
    """
    command = _command(TOTALS, _FOURTH, _QUESTION, desk.day(-52))
    _prepare(desk, command, _proposed()[:WORKSHOP_THEMES], desk.day(-66), with_nominees=False)
    wrong, right = _last_of_the_roll(desk)
    for each in (wrong, right):
        desk.do(desk.day(-64), members.switch_organisation, each, active=False)
    _publish(desk, TOTALS, _counted(desk, command, desk.day(-62), tendencies, late=(wrong, right)))
    desk.do(desk.day(-45), members.switch_organisation, wrong, active=True)


def _last_of_the_roll(desk: Desk) -> tuple[int, int]:
    """Return the two organisations that would come last on a roll: without them others keep their seats."""
    found = [line for line in desk.see(members.list_members, Wanted(page=None)).rows if line.active]
    before, last = sorted(found, key=lambda line: (line.country, fold(line.name)))[-2:]
    return before.id, last.id


def _register(
    desk: Desk,
    command: rounds.RoundCommand,
    organisations: tuple[int, int],
    at: datetime,
    tendencies: voters.Tendencies,
) -> None:
    """Register two organisations in the days after the opening, the first one by mistake."""
    wrong, right = organisations
    _register_by_mistake(desk, command.key, wrong, at)
    _register_late(desk, command, right, at, tendencies)


def _register_by_mistake(desk: Desk, key: str, organisation: int, at: datetime) -> None:
    """Register the wrong organisation a day after the opening; two persons withdraw it the same day."""
    if desk.second is None:
        return
    asked_at = at + timedelta(days=1)
    language = desk.bench.languages[0]
    reason, checked, mistake = (_TEXTS[name] for name in ("registered", "register_minutes", "unseated"))
    desk.do(asked_at - timedelta(hours=1), members.switch_organisation, organisation, active=True)
    asked = Asked(reason.best(language), words=reason)
    number = desk.do(asked_at, registrations.ask, key, organisation, asked)
    desk.let_mail_leave(asked_at + timedelta(minutes=2))
    with desk.work(desk.second, asked_at + timedelta(hours=3)) as work:  # two hours after the notices
        registrations.confirm(work, key, number, checked.best(language))
    with desk.work(desk.second, asked_at + timedelta(hours=5)) as work:
        registrations.withdraw_seat(work, key, number, Asked(mistake.best(language), words=mistake))
    desk.do(asked_at + timedelta(hours=6), members.switch_organisation, organisation, active=False)
    witnesses.look(desk, asked_at + timedelta(hours=7))


def _register_late(
    desk: Desk, command: rounds.RoundCommand, organisation: int, at: datetime, tendencies: voters.Tendencies
) -> None:
    """Register an organisation two days after the opening; a second person confirms it, and it votes."""
    asked_at, confirmed_at = at + timedelta(days=2), at + timedelta(days=2, hours=4)
    desk.do(asked_at - timedelta(hours=1), members.switch_organisation, organisation, active=True)
    language = desk.bench.languages[0]
    reason, checked = (_TEXTS[name] for name in ("registered", "register_checked"))
    asked = Asked(reason.best(language), words=reason)
    number = desk.do(asked_at, registrations.ask, command.key, organisation, asked)
    if desk.second is not None:
        desk.let_mail_leave(asked_at + timedelta(minutes=2))
        with desk.work(desk.second, confirmed_at) as work:
            registrations.confirm(work, command.key, number, checked.best(language))
    witnesses.look(desk, confirmed_at + timedelta(minutes=5))
    listed = desk.see(members.list_members, Wanted(page=None)).rows
    name = next(line.name for line in listed if line.id == organisation)
    choices = _choices(desk, command.key, tendencies)
    with desk.work(COMMAND, confirmed_at + timedelta(minutes=10)) as work:
        issued = [
            link
            for link in links_acts.further_links(work, command.key, desk.base_url)
            if link.organisation == name
        ]
    own = {name: choices[name]} if name in choices else {}
    closes_at = deadlines.resolve(command.closes_local, command.zone)
    _vote(desk, command.key, issued, own, [closes_at - timedelta(hours=2)] * len(own))


def _open(desk: Desk, tendencies: voters.Tendencies) -> tuple[IssuedLink, ...]:
    """Create an open round in which a part has voted; return links of organisations that have not.

    Members proposed a part of its themes, and propose nominees; one organisation asks for a second contact.
    """
    command = _command(OPEN, _SECOND, _QUESTION, desk.day(12), {"topics": 2})
    own = theme_proposals.own(_proposed())
    _prepare(desk, command, own, desk.day(-40), with_nominees=False)
    theme_proposals.fill(desk, OPEN, desk.day(-39), _proposed())
    _name(desk, OPEN, desk.day(-5))
    opened_at = desk.day(-4)
    issued = _launch(desk, OPEN, opened_at)
    desk.stories.tell(nominations.propose, desk, OPEN, issued, command.closes_local, opened_at)
    choices = dict(list(_choices(desk, OPEN, tendencies).items())[:EARLY_VOTERS])
    _vote(desk, OPEN, issued, choices, _between(opened_at, desk.now - timedelta(hours=3), len(choices)))
    shown = _shown(desk, issued)
    _add_contact(desk, {link.organisation for link in shown})
    return shown


def _add_contact(desk: Desk, but: Collection[str]) -> None:
    """Ask for a second contact of an organisation that has not voted.

    The change waits while all addresses on file are notified. Organisations in `but` are passed over.
    """
    seats = desk.see(participation.list_seats, OPEN, Wanted(page=None)).rows
    found = {line.name: line for line in desk.see(members.list_members, Wanted(page=None)).rows}
    silent = [seat.organisation for seat in seats if seat.voted_at is None and seat.organisation not in but]
    member = next(found[name] for name in silent if name in found and len(found[name].contacts) == 1)
    first = member.contacts[0]
    host = first.email.partition("@")[2]
    second = members.ContactCommand("Beatriz Aguirre (EJEMPLO)", f"coordinacion@{host}", first.language)
    asked = Asked(
        "La organización nombró una segunda persona para votar; lo pidió por teléfono la presidencia."
    )
    desk.do(desk.now - timedelta(hours=2), members.add_contact, member.id, second, asked)


def _draft(desk: Desk) -> None:
    """Create a round that lacks English texts and so cannot be opened yet."""
    command = _command(DRAFT, _THIRD, _TEXTS["unfinished_question"], desk.day(40), {"max_ranks": 3})
    borrowed = [theme for theme in _proposed() if theme.key in _BORROWED]
    at = desk.now - timedelta(hours=2)
    desk.do(at, rounds.create_round, command)
    for minutes, theme in enumerate((*_UNFINISHED_THEMES, *borrowed), start=4):
        desk.do(at + timedelta(minutes=minutes), themes.save_theme, DRAFT, theme)
    questions.ask(desk, DRAFT, at + timedelta(minutes=30))


# -- what the rounds have in common


def _command(
    key: str,
    title: Text,
    question: Text,
    last_day: datetime,
    rules: Mapping[str, object] | None = None,
    secrecy: str = USUAL,
) -> rounds.RoundCommand:
    """Return the command that creates a round whose voting ends on `last_day` at 17:00 in Panama."""
    return rounds.RoundCommand(
        key=key,
        title=title,
        question=question,
        closes_local=f"{last_day:%Y-%m-%d}T17:00",
        zone=ZONE,
        rules=rules or {},
        secrecy=secrecy,
        example=True,
    )


def _proposed() -> list[ThemeCommand]:
    return [
        ThemeCommand(
            key=theme.key,
            title=theme.title,
            description=theme.description,
            objectives=theme.objectives,
        )
        for theme in catalogue.demo_themes()
    ]


def _prepare(
    desk: Desk,
    command: rounds.RoundCommand,
    proposed: Sequence[ThemeCommand],
    at: datetime,
    *,
    with_nominees: bool = True,
) -> None:
    """Create a draft with its themes, its scrutineer and, if `with_nominees`, its nominees."""
    key = command.key
    desk.do(at, rounds.create_round, command)
    for minutes, theme in enumerate(proposed, start=5):
        desk.do(at + timedelta(minutes=minutes), themes.save_theme, key, theme)
    questions.ask(desk, key, at + timedelta(hours=1))
    desk.do(at + timedelta(hours=2), checks.appoint, key, desk.scrutineer)
    if with_nominees:
        _name(desk, key, at + timedelta(hours=3))


def _name(desk: Desk, key: str, at: datetime) -> None:
    """Import the nominees of a draft that has all its themes."""
    with desk.work(desk.actor, at) as work:
        _import(work, NOMINEES, "nominees.csv", key)


def _launch(desk: Desk, key: str, at: datetime) -> tuple[IssuedLink, ...]:
    """Open a draft; return a further personal link for every contact who may vote.

    The link in the contact's invitation goes on working.
    """
    desk.do(at, opening.open_round, key)
    witnesses.look(desk, at + timedelta(minutes=2))
    with desk.work(COMMAND, at + timedelta(minutes=3)) as work:
        return links_acts.further_links(work, key, desk.base_url)


def _choices(desk: Desk, key: str, tendencies: voters.Tendencies) -> dict[str, Choice]:
    """Return what the organisations of the roll choose, by name, in the order in which they vote."""
    seats = desk.see(participation.list_seats, key, Wanted(page=None)).rows
    named = desk.see(nominees.list_nominees, key)
    leaning = tendencies.of_round(key)
    chosen = voters.ballots(key, seats, named.themes, named.nominees, leaning, together=key == SHARED)
    names = {seat.seat: seat.organisation for seat in seats}
    return {names[seat]: choice for seat, choice in chosen.items()}


def _between(start: datetime, end: datetime, count: int) -> list[datetime]:
    """Return `count` moments at equal distances between `start` and `end`, to the second.

    Neither end is included.
    """
    step = (end - start) / (count + 1)
    return [(start + step * number).replace(microsecond=0) for number in range(1, count + 1)]


def _vote(
    desk: Desk,
    key: str,
    issued: Iterable[IssuedLink],
    choices: Mapping[str, Choice],
    moments: Sequence[datetime],
) -> None:
    """Cast a vote for each organisation that has a link, as a browser does: by link, then by ballot."""
    by_name: dict[str, IssuedLink] = {}
    for link in issued:
        by_name.setdefault(link.organisation, link)
    said = reasons.planned(key, choices, by_name)
    for number, ((name, choice), at) in enumerate(zip(choices.items(), moments, strict=True)):
        if number % SEALED == SEALED - 1:
            witnesses.look(desk, at)
        if name in by_name:
            with desk.entered(by_name[name].url, at, minutes=6) as work:
                voting.cast(work, key, entries_of(choice), secrets.token_urlsafe(16))
                questions.answer(work, key, name)
                if name in said:
                    reasons.write(work, key, said[name])


def _shown(desk: Desk, issued: Iterable[IssuedLink]) -> tuple[IssuedLink, ...]:
    """Return up to `LINKS_SHOWN` links in each language, of organisations that have not voted.

    They are of different countries, taken at equal distances from the list of the links.
    """
    seats = desk.see(participation.list_seats, OPEN, Wanted(page=None)).rows
    waiting = {seat.organisation: seat.categories["country"] for seat in seats if seat.voted_at is None}
    shown: list[IssuedLink] = []
    for language in desk.bench.languages:
        by_country: dict[str, IssuedLink] = {}
        for link in issued:
            if link.language == language and link.organisation in waiting:
                by_country.setdefault(waiting[link.organisation], link)
        shown += _spread(list(by_country.values()), LINKS_SHOWN)
    return tuple(shown)


def _spread(found: Sequence[IssuedLink], count: int) -> list[IssuedLink]:
    """Return up to `count` of the links in `found`, from the first to the last at equal distances."""
    step = max(len(found) - 1, 1) / max(count - 1, 1)
    places = sorted({round(number * step) for number in range(count)})
    return [found[place] for place in places if place < len(found)]
