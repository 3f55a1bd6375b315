"""The nominees of a round: written, joined, designated, copied; and the governments to which they belong."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select

from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.panel import candidates, dialogues, proposals
from consulta.panel.documents import members_of
from consulta.panel.memory import Memory
from consulta.panel.proposals import DETAILS, ContactCommand, NomineeCommand, contact_faults, faults, person
from consulta.panel.values import Designation
from consulta.platform import documents
from consulta.platform.access import require
from consulta.platform.data import attributes, catalogue
from consulta.platform.data.folding import fold
from consulta.platform.formats import moments
from consulta.platform.likeness import Names
from consulta.platform.mailer.outbox import PlainLetter, queue_plain
from consulta.platform.models import Nominee
from consulta.platform.settings import SMALL_CELL
from consulta.platform.texts import address, line
from consulta.results import tallying
from consulta.rounds import service
from consulta.rounds.letters import plain
from consulta.rounds.public_rounds import theme_line
from consulta.rounds.queries import rounds
from consulta.rounds.service import draft, give_up_agreement, hold, line_of, list_rounds, sized, subject
from consulta.vote import answers, questions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy.orm import Session

    from consulta.panel.values import Remembered
    from consulta.platform.mailer.kinds import Words
    from consulta.platform.models import Nomination, Round
    from consulta.platform.work import Work
    from consulta.rounds.letters.service import Post, Preview
    from consulta.rounds.values import RoundLine, ThemeLine
    from consulta.vote.questions import NamedGovernment


@dataclass(frozen=True, slots=True)
class NomineesView:
    """The nominees of a round at the desk, with what their rows do not say, by key."""

    round: RoundLine
    themes: tuple[ThemeLine, ...]  # for which they may be proposed
    nominees: tuple[Nominee, ...]  # in the order in which they were added
    editable: frozenset[str]  # wholly: those on no ballot and on no panel that was kept
    proposed_by: Mapping[str, Collection[str]]  # the organisations that proposed them, each once
    remembered: Mapping[str, tuple[Remembered, ...]]  # on which of the last panels they or a colleague sat
    governments: Mapping[str, str]  # code of a State, number of a local one: that with which it is joined

    def nominee(self, key: str) -> Nominee:
        """Return the nominee with this key. Problem: `nominee.unknown`."""
        return _of(self.nominees, key)


@dataclass(frozen=True, slots=True)
class Alike:
    """A possible duplicate: a nominee, by key, or another waiting proposal, by number."""

    target: str
    name: str
    institution: str
    country: str
    is_nominee: bool


@dataclass(frozen=True, slots=True)
class Institution:
    """The institution of a government, and whom a mail to it addresses; the latter may be empty."""

    name: str
    contact: str
    email: str
    language: str


def find_row(session: Session, round_id: int, key: str) -> Nominee | None:
    """Return the nominee of a round with this key, or None."""
    return session.scalars(select(Nominee).where(Nominee.round_id == round_id, Nominee.key == key)).first()


def reached_before(session: Session, but: int, role: str, country: str) -> list[Nominee]:
    """Return nominees of other rounds with a role and a country who may be written to, the newest first."""
    query = select(Nominee).where(
        Nominee.round_id != but,
        Nominee.role == role,
        Nominee.country == country,
        Nominee.consent_contact,
        Nominee.email != "",
    )
    return list(session.scalars(query.order_by(Nominee.id.desc())))


FEWEST_WORDS = 2  # that two names share before one can be the other in short


class _Known:
    """People and institutions, asked whether a further one is like one of them."""

    def __init__(self) -> None:
        self._names: Names[Alike] = Names()
        self._by_name: dict[str, list[Alike]] = defaultdict(list)
        self._by_address: dict[str, list[Alike]] = defaultdict(list)
        self._by_country: dict[str, list[tuple[frozenset[str], Alike]]] = defaultdict(list)

    def add(self, one: Alike, email: str) -> None:
        """Add a person or an institution to the known ones."""
        folded = fold(one.name)
        self._names.add(one.name, one.country, one)
        self._by_name[folded].append(one)
        self._by_country[one.country].append((frozenset(folded.split()), one))
        if email:
            self._by_address[email].append(one)

    def like(self, one: Alike, email: str) -> Iterator[Alike]:
        """Yield the known ones with the same address or name, or in the same country a similar name.

        A name is similar if it is nearly the same, or if the words of one are all in the other and at
        least two are shared. One may be yielded more than once.
        """
        folded = fold(one.name)
        yield from self._by_address[email] if email else ()
        yield from self._by_name[folded]
        words = frozenset(folded.split())
        for others, other in self._by_country[one.country]:
            if len(words & others) >= FEWEST_WORDS and (words <= others or others <= words):
                yield other
        near = self._names.near(one.name, one.country)
        if near is not None:
            yield near


def likely(nominees: Iterable[Nominee], waiting: Iterable[Nomination]) -> dict[int, tuple[Alike, ...]]:
    """Return for each waiting proposal the nominees and other waiting proposals that may be the same.

    The keys are the proposals' numbers; proposals without such a match are left out.
    """
    known = _Known()
    for nominee in nominees:
        known.add(_as_known(nominee), nominee.email)
    found: dict[int, dict[str, Alike]] = defaultdict(dict)
    for each in waiting:
        said, email = each.said, each.said.get("email", "")
        mine = Alike(str(each.id), said["name"], said["organisation"], said["country"], is_nominee=False)
        for other in known.like(mine, email):
            found[each.id][other.target] = other
            if not other.is_nominee:
                found[int(other.target)][mine.target] = mine
        known.add(mine, email)
    return {number: tuple(others.values()) for number, others in found.items()}


def twins(nominees: Iterable[Nominee]) -> dict[str, tuple[Alike, ...]]:
    """Return for each nominee, by key, the other nominees that may be the same.

    Nominees without such a match are left out.
    """
    known = _Known()
    found: dict[str, dict[str, Alike]] = defaultdict(dict)
    for nominee in nominees:
        mine = _as_known(nominee)
        for other in known.like(mine, nominee.email):
            found[mine.target][other.target] = other
            found[other.target][mine.target] = mine
        known.add(mine, nominee.email)
    return {key: tuple(others.values()) for key, others in found.items()}


def _as_known(nominee: Nominee) -> Alike:
    return Alike(nominee.key, nominee.name, nominee.organisation, nominee.country, is_nominee=True)


MOST_NOMINEES = 2000
_NUMBERED = re.compile(r"n(\d+)")


def list_nominees(work: Work, round_key: str) -> NomineesView:
    """Return the nominees of a round. Problem: `round.unknown`."""
    require(work, "rounds.read")
    found, sizes = sized(work, round_key, contents=True)
    seated, memory, places = _seated(work, found), Memory(work, found), joined(work)
    proposed_by: dict[str, dict[str, None]] = {}
    for each in proposals.of_round(work.session, found.id):
        if each.nominee is not None and each.organisation is not None:
            proposed_by.setdefault(each.nominee.key, {})[each.organisation.name] = None
    nominees = sorted(found.nominees, key=lambda each: each.id)
    return NomineesView(
        line_of(found, sizes, work.now),
        tuple(theme_line(theme) for theme in found.themes),
        tuple(nominees),
        frozenset(each.key for each in nominees if _is_loose(found, each, seated)),
        proposed_by,
        {each.key: memory.of(each.name, each.organisation, each.country, each.email) for each in nominees},
        {each.key: places.get(each.government, each.government) for each in nominees},
    )


def save_nominee(
    work: Work,
    round_key: str,
    command: NomineeCommand,
    nominee_key: str | None = None,
    *,
    distinct: bool = False,
) -> str:
    """Add a nominee, or replace the data of the one named, and return the key (`n01`, `n02` …).

    A nominee added after the opening is considered for the panel and is on no ballot. `distinct` says
    that a nominee of the same name and institution is another person.
    Problems: `round.unknown`, `round.frozen`, `nominee.unknown`, `nominee.many`, and those of `faults`.
    """
    require(work, "nominees.write")
    found = changeable(work, round_key)
    nominee = None if nominee_key is None else loose(work, found, nominee_key)
    if nominee is None:
        nominee = join(work, found, command, "secretariat", distinct=distinct)
        action = "nominees.added" if nominee.on_ballot else "nominees.joined"
    else:
        as_before = person(nominee.name, nominee.organisation)
        distinct = distinct or as_before == person(command.name, command.organisation)
        others = [each for each in found.nominees if each is not nominee]
        _require_sound(found, command, () if distinct else _people(others))
        _write(work, nominee, command, Memory(work, found))
        action = "nominees.edited"
    work.session.flush()
    work.record(action, subject(found), {"nominee": nominee.key})
    return nominee.key


def correct_contact(work: Work, round_key: str, nominee_key: str, command: ContactCommand) -> None:
    """Put right how to reach a nominee and what goes with that; possible until a round is cancelled.

    Problems: `round.unknown`, `round.frozen`, `nominee.unknown`, and those of `contact_faults`.
    """
    require(work, "nominees.write")
    found, nominee = _not_cancelled(work, round_key, nominee_key)
    for _, problem in contact_faults(command):
        raise problem
    _write_contact(work, nominee, command)
    work.record("nominees.corrected", subject(found), {"nominee": nominee_key})


def delete_nominee(work: Work, round_key: str, nominee_key: str) -> None:
    """Take a nominee out who stands on no ballot and no panel yet; what members had proposed waits again.

    Problems: `round.unknown`, `round.frozen`, `nominee.unknown`.
    """
    require(work, "nominees.write")
    found = changeable(work, round_key)
    nominee = loose(work, found, nominee_key)
    for proposal in proposals.of_nominee(work.session, nominee.id):
        if proposal.organisation_id is None:
            work.session.delete(proposal)
        else:
            proposal.state, proposal.decided_at = "waiting", None
            proposal.nominee_id = proposal.into_id = None
    work.session.flush()
    found.nominees.remove(nominee)
    work.session.delete(nominee)
    work.record("nominees.deleted", subject(found), {"nominee": nominee_key})


def add_all(work: Work, found: Round, commands: Sequence[NomineeCommand]) -> list[str]:
    """Add nominees of a file, checked before, to a draft that is locked and loaded; return their keys.

    Raise Problem `nominee.many` if there are too many.
    """
    _require_room(found, len(commands))
    memory, places = Memory(work, found), joined(work)
    numbered = enumerate(commands, start=_next_number(found))
    made = [_made(work, found, command, number, "file", memory, places) for number, command in numbered]
    rounds.add_all(work.session, made)
    work.session.expire(found, ["nominees"])
    return [nominee.key for nominee in made]


def remove_all(work: Work, found: Round, keys: Collection[str]) -> None:
    """Delete nominees of a draft that no proposal is joined with."""
    for nominee in [each for each in found.nominees if each.key in keys]:
        found.nominees.remove(nominee)
        work.session.delete(nominee)


def are_proposed(work: Work, found: Round, keys: Collection[str]) -> bool:
    """Return whether a proposal of a member is joined with one of these nominees."""
    ids = {nominee.id for nominee in found.nominees if nominee.key in keys}
    return any(each.nominee_id in ids for each in proposals.of_round(work.session, found.id))


# -- what the neighbouring modules share


def join(work: Work, found: Round, command: NomineeCommand, origin: str, *, distinct: bool) -> Nominee:
    """Add a nominee to a round that is locked and loaded with its contents, and return the nominee.

    It is on the ballot if the round is a draft.
    Problems: `nominee.many`, and those of `faults`.
    """
    _require_sound(found, command, () if distinct else _people(found.nominees))
    _require_room(found, 1)
    nominee = _made(work, found, command, _next_number(found), origin, Memory(work, found))
    found.nominees.append(nominee)
    return nominee


def changeable(work: Work, round_key: str) -> Round:
    """Return a round that is not cancelled, locked and loaded with its contents.

    Problems: `round.unknown`, `round.frozen`.
    """
    found = or_problem(rounds.whole(work.session, round_key, hold=True), "round.unknown", key=round_key)
    if found.state == State.CANCELLED.value:
        raise Problem("round.frozen", key=round_key)
    give_up_agreement(work, found)
    return found


def loose(work: Work, found: Round, nominee_key: str) -> Nominee:
    """Return a nominee that can still be changed.

    Problems: `nominee.unknown`, `round.frozen`.
    """
    nominee = _of(found.nominees, nominee_key)
    if not _is_loose(found, nominee, _seated(work, found)):
        raise Problem("round.frozen", key=found.key)
    return nominee


def said_of(nominee: Nominee) -> dict[str, Any]:
    """Return the data of a nominee in the form of a proposal."""
    return {each.name: getattr(nominee, each.name) for each in fields(NomineeCommand)}


def _is_loose(found: Round, nominee: Nominee, seated: Collection[str]) -> bool:
    """Return whether a nominee can still change: on no ballot that opened, on no stored panel.

    In a draft every nominee can; in a cancelled round none can.
    """
    if found.state == State.DRAFT.value:
        return True
    return not nominee.on_ballot and found.state != State.CANCELLED.value and nominee.key not in seated


def _seated(work: Work, found: Round) -> frozenset[str]:
    """Return the keys of all nominees on any stored panel of a round.

    Empty if all nominees are on the ballot: then the keys are not needed, and no panel is read.
    """
    if all(nominee.on_ballot for nominee in found.nominees):
        return frozenset()
    kept = documents.every(work.session, found.id, "panel")
    return frozenset(key for document in kept for key in members_of(document.content))


def _require_sound(found: Round, command: NomineeCommand, taken: Collection[tuple[str, str]]) -> None:
    for _, problem in faults(command, {theme.key for theme in found.themes}, taken):
        raise problem


def _people(nominees: Iterable[Nominee]) -> set[tuple[str, str]]:
    return {person(nominee.name, nominee.organisation) for nominee in nominees}


def _next_number(found: Round) -> int:
    """Return the next free number for a nominee's key."""
    numbers = [int(match[1]) for each in found.nominees if (match := _NUMBERED.fullmatch(each.key))]
    return max(numbers, default=0) + 1


def _require_room(found: Round, more: int) -> None:
    if len(found.nominees) + more > MOST_NOMINEES:
        raise Problem("nominee.many", most=MOST_NOMINEES)


def _made(
    work: Work,
    found: Round,
    command: NomineeCommand,
    number: int,
    origin: str,
    memory: Memory,
    places: Mapping[str, str] | None = None,
) -> Nominee:
    """Return a new nominee made of data that were checked before."""
    nominee = Nominee(
        round_id=found.id,
        key=f"n{number:02d}",
        origin=origin,
        on_ballot=found.state == State.DRAFT.value,
        example=found.example,
        created_at=work.now,
    )
    _write(work, nominee, command, memory, places)
    return nominee


def _write(
    work: Work,
    nominee: Nominee,
    command: NomineeCommand,
    memory: Memory,
    places: Mapping[str, str] | None = None,
) -> None:
    nominee.name, nominee.organisation = line(command.name), line(command.organisation)
    nominee.role, nominee.country, nominee.sector = command.role, command.country, command.sector
    nominee.gender, nominee.kind = command.gender, command.kind
    # What is not declared now was not in the form: it stays.
    declared_now = attributes.added_by_key()
    kept = {key: value for key, value in (nominee.attributes or {}).items() if key not in declared_now}
    nominee.attributes = kept | dict(command.attributes)
    nominee.topics = list(command.topics)
    nominee.support, nominee.about = command.support, line(command.about)
    _write_contact(work, nominee, command, places)
    # How often they sat lately was not entered, or a member proposed them: it is taken from records.
    remembered = len(memory.of(nominee.name, nominee.organisation, nominee.country, nominee.email))
    if command.recent is None or (nominee.origin == "member" and not command.recent):
        nominee.recent = remembered
    else:
        nominee.recent = command.recent


def _write_contact(
    work: Work, nominee: Nominee, command: ContactCommand, places: Mapping[str, str] | None = None
) -> None:
    nominee.email = address(command.email) or "" if command.email else ""
    nominee.language = work.language(
        command.language or catalogue.language_for(nominee.country, work.languages)
    )
    nominee.delegate = line(command.delegate)
    nominee.languages, nominee.address_form = list(command.languages), line(command.address_form)
    for name in DETAILS:
        setattr(nominee, name, line(getattr(command, name)))
    nominee.speaks_for = [line(name) for name in command.speaks_for]
    nominee.consent_contact = command.consent_contact
    nominee.consent_listed = command.consent_listed
    nominee.consent_governments = command.consent_governments
    nominee.government = checked(work, command.government, nominee.role, places)


def _of(nominees: Iterable[Nominee], key: str) -> Nominee:
    for nominee in nominees:
        if nominee.key == key:
            return nominee
    raise Problem("nominee.unknown", key=key)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The nominees of an earlier round; `here`: the keys of those that the new round has already.

    `off_topic`: those that were proposed only for themes that the new round does not have. Copied without
    themes, they would be considered for every one, which was not meant.
    """

    round: RoundLine
    rounds: tuple[RoundLine, ...]  # those with nominees that can be chosen
    source: RoundLine | None
    nominees: tuple[Nominee, ...]
    here: frozenset[str]
    off_topic: frozenset[str]

    @property
    def free(self) -> frozenset[str]:
        """Return the keys of those that can be copied."""
        return frozenset(each.key for each in self.nominees) - self.here - self.off_topic


def earlier(work: Work, round_key: str, source_key: str = "") -> Earlier:
    """Return the nominees of a round to copy from, by default of the newest other that has any.

    Problem: `round.unknown`.
    """
    require(work, "rounds.read")
    own = list_nominees(work, round_key)
    others = tuple(each for each in list_rounds(work) if each.key != round_key and each.nominees)
    chosen = next((each for each in others if each.key == source_key), others[0] if others else None)
    theirs = list_nominees(work, chosen.key).nominees if chosen else ()
    known = {person(each.name, each.organisation) for each in own.nominees}
    here = frozenset(each.key for each in theirs if person(each.name, each.organisation) in known)
    themes = {theme.key for theme in own.themes}
    off = frozenset(each.key for each in theirs if each.topics and themes.isdisjoint(each.topics))
    return Earlier(own.round, others, chosen, theirs, here, off)


def take_over(work: Work, round_key: str, source_key: str, keys: Collection[str] | None = None) -> int:
    """Copy these nominees of another round into a draft, or all of them; how many were not there already.

    Problems: `round.unknown`, `round.frozen`, `nominee.none` (none is chosen), those of `join`.
    """
    require(work, "nominees.write")
    found = draft(work, round_key)
    view = earlier(work, round_key, source_key)
    chosen = [each for each in view.nominees if each.key in view.free and (keys is None or each.key in keys)]
    if not chosen or view.source is None or view.source.key != source_key:
        raise Problem("nominee.none")
    themes = {theme.key for theme in found.themes}
    for each in chosen:
        anew = {
            "topics": tuple(topic for topic in each.topics if topic in themes),
            "recent": None,
            "support": None,
            "consent_contact": False,
            "consent_listed": False,
            "consent_governments": False,
        }
        command = NomineeCommand(**said_of(each) | anew)
        join(work, found, command, "secretariat", distinct=False)
    work.session.flush()
    work.record("nominees.copied", subject(found), {"count": len(chosen), "source": source_key})
    return len(chosen)


BY_MAX, ACT_MAX, REASON_MAX = 200, 300, 500


def designate(work: Work, round_key: str, nominee_key: str, act: Designation) -> None:
    """Record that a nominee was sent by an act outside this tool, in place of an earlier record.

    Problems: `round.unknown`, `round.frozen` (the round is cancelled), `nominee.unknown`,
    `designation.by`, `designation.on`, `designation.act`.
    """
    require(work, "nominees.write")
    found, nominee = _not_cancelled(work, round_key, nominee_key)
    said = Designation(line(act.by), act.on.strip(), line(act.act))
    if not 0 < len(said.by) <= BY_MAX:
        raise Problem("designation.by", most=BY_MAX)
    if not 0 < len(said.act) <= ACT_MAX:
        raise Problem("designation.act", most=ACT_MAX)
    _require_past(said.on, work.now, found.zone)
    nominee.outside = asdict(said)
    work.record("nominees.designated", subject(found), {"nominee": nominee_key, **asdict(said)})


def take_back(work: Work, round_key: str, nominee_key: str, reason: str) -> None:
    """End a designation, so that the nominee is one like the others again.

    The log keeps the designation, and the reason for ending it.

    Problems: `round.unknown`, `round.frozen` (the round is cancelled), `nominee.unknown`,
    `designation.none`, `designation.reason`.
    """
    require(work, "nominees.write")
    found, nominee = _not_cancelled(work, round_key, nominee_key)
    if nominee.outside is None:
        raise Problem("designation.none")
    if not 0 < len(line(reason)) <= REASON_MAX:
        raise Problem("designation.reason", most=REASON_MAX)
    nominee.outside = None
    work.record(
        "nominees.designation_ended", subject(found), {"nominee": nominee_key, "reason": line(reason)}
    )


def _not_cancelled(work: Work, round_key: str, nominee_key: str) -> tuple[Round, Nominee]:
    found = hold(work, round_key)
    if found.state == State.CANCELLED.value:
        raise Problem("round.frozen", key=round_key)
    nominee = or_problem(find_row(work.session, found.id, nominee_key), "nominee.unknown", key=nominee_key)
    return found, nominee


def _require_past(text: str, now: datetime, zone: str) -> None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Problem("designation.on") from None
    if day > now.astimezone(ZoneInfo(zone)).date():
        raise Problem("designation.on")


NATIONAL, LOCAL = "gov_national", "gov_local"


class Choice(NamedTuple):
    """A government that can be chosen: `country` is its State, or that of a local one where it is known."""

    key: str  # code of the State, or number of the local government
    country: str | None
    name: str  # of a local government


def choices(work: Work, own: str = "") -> tuple[Choice, ...]:
    """Return the governments to choose from, States first; `own` is what a nominee has already."""
    require(work, "rounds.read")
    states = tuple(Choice(each.iso2, each.iso2, "") for each in catalogue.countries())
    lines = answers.names(work, {int(own)} if own.isdecimal() else ())
    places = {line.number: line for line in lines.values()}
    return (*states, *(Choice(str(each.number), each.country, each.name) for each in places.values()))


def every(work: Work) -> tuple[Choice, ...]:
    """Return every government that a nominee may have, also local ones that are not offered yet."""
    require(work, "rounds.read")
    states = tuple(Choice(each.iso2, each.iso2, "") for each in catalogue.countries())
    places = answers.roots(work).items()
    return (*states, *(Choice(str(number), line.country, line.name) for number, line in places))


def joined(work: Work) -> Mapping[str, str]:
    """Return each local government by its number as the one with which it is joined."""
    return {str(number): str(line.number) for number, line in answers.roots(work).items()}


def checked(work: Work, government: str, role: str, places: Mapping[str, str] | None = None) -> str:
    """Return a nominee's government as it is kept: a local one as that with which it is joined.

    `places`: what `joined` returns, where it is known already. Problems: `nominee.government` (not in the
    list), `nominee.government_role` (the nominee stands for another role than that of this government).
    """
    if not government:
        return ""
    if government in catalogue.countries_by_code():
        wanted, kept = NATIONAL, government
    else:
        wanted, kept = LOCAL, (joined(work) if places is None else places).get(government, "")
    if not kept:
        raise Problem("nominee.government", text=government)
    if role != wanted:
        raise Problem("nominee.government_role")
    return kept


def suggested(work: Work, nominee: Nominee) -> Choice | None:
    """Return the government of which a nominee may be, by its country and the words of its institution.

    None where nothing suggests one, where several do, and where one is chosen already.
    """
    if nominee.government:
        return None
    here = [each for each in choices(work) if each.country == nominee.country]
    said = f" {fold(nominee.organisation)} {fold(nominee.name)} "
    if nominee.role == NATIONAL:
        found = [each for each in here if not each.name]
    elif nominee.role == LOCAL:
        found = [each for each in here if each.name and f" {fold(each.name)} " in said]
    else:
        return None
    return found[0] if len(found) == 1 else None


def government_spellings(work: Work) -> Mapping[str, str]:
    """Return by folded name the local governments that a file can name: with the country, and without.

    A name that two of them share is known only with its country.
    """
    require(work, "rounds.read")
    found: dict[str, str] = {}
    alone: dict[str, set[str]] = {}
    for each in choices(work):
        if each.name:
            found[questions.Place(each.name, each.country).key] = each.key
            alone.setdefault(questions.Place(each.name, None).key, set()).add(each.key)
    return found | {name: keys.copy().pop() for name, keys in alone.items() if len(keys) == 1}


def read_government(text: str, role: str, places: Mapping[str, str]) -> str:
    """Return the government that a cell of a file names; `places` as in `government_spellings`.

    Problems: `nominee.government`, `nominee.government_role`.
    """
    if role == NATIONAL:
        country = catalogue.find_country(text)
        if country is not None:
            return country.iso2
    elif role == LOCAL:
        found = places.get(_key(text))
        if found is not None:
            return found
    else:
        raise Problem("nominee.government_role")
    raise Problem("nominee.government", text=text)


def _key(text: str) -> str:
    try:
        return questions.place(text).key
    except Problem:
        return ""


KIND = "institution_invited"
NAME_MAX = 200


def find(
    work: Work, key: str, kind: str, code: str, name: str, small_cell: int = SMALL_CELL
) -> NamedGovernment:
    """Return a government that can be invited: `kind` n or l, `code` of the State, `name` of a local one.

    Problems: those of `candidates.wanted`, `invite.unpublished`, `invite.over` (the session
    has begun or is cancelled), `invite.unknown` (not among the most named, named by few, or with a
    candidate).
    """
    require(work, "nominees.write")
    if problem := candidates.why_not_invited(work, key):
        raise problem
    for each in candidates.wanted(work, key, small_cell):
        named = each.named
        same = named.kind == kind and (named.code or "") == code and (kind == "n" or named.name == name)
        if same and named.count is not None and not each.candidates:
            return named
    raise Problem("invite.unknown")


def suggested_institutions(work: Work, key: str, named: NamedGovernment, institution: str) -> Institution:
    """Return whom to write to: a nominee of the same government before who agreed to it, else no one."""
    require(work, "nominees.write")
    found = service.known(work, key)
    country = catalogue.countries_by_code().get(named.code or "")
    usual = work.language(country.language if country else "")
    for each in reached_before(work.session, found.id, candidates.ROLES[named.kind], named.code or ""):
        if named.kind == "n" or fold(named.name) in fold(f"{each.organisation} {each.name}"):
            return Institution(
                institution, each.delegate or each.name, each.email, work.language(each.language)
            )
    return Institution(institution, "", "", usual)


def checked_institutions(work: Work, said: Institution) -> Institution:
    """Return whom to write to in the form in which it is kept.

    Problems: `invite.name`, `invite.email`, `invite.language`.
    """
    name, contact, email = line(said.name), line(said.contact), address(said.email)
    if not 1 <= len(name) <= NAME_MAX or len(contact) > NAME_MAX:
        raise Problem("invite.name", most=NAME_MAX)
    if email is None:
        raise Problem("invite.email", text=said.email.strip())
    if said.language not in work.languages:
        raise Problem("invite.language")
    return Institution(name, contact, email, said.language)


def invite(
    work: Work, key: str, named: NamedGovernment, said: Institution, small_cell: int = SMALL_CELL
) -> str:
    """Make the institution a nominee and write to it; return the key of the nominee.

    Problems: those of `find`, of `checked`, of `save_nominee` (`nominee.twin`: it is one).
    """
    require(work, "nominees.write")
    found = service.hold(work, key)
    find(work, key, named.kind, named.code or "", named.name, small_cell)
    to = checked_institutions(work, said)
    role = candidates.ROLES[named.kind]
    if not named.code:
        raise Problem("invite.unknown")
    command = NomineeCommand(
        name=to.name,
        organisation=to.name,
        role=role,
        country=named.code,
        sector=role,
        kind="institution",
        email=to.email,
        language=to.language,
        government=named.key,
    )
    nominee = save_nominee(work, key, command)
    queue_plain(
        work,
        [
            PlainLetter(
                KIND,
                to.contact or to.name,
                to.name,
                named.code,
                to.email,
                to.language,
                f"{KIND}:{found.id}:{nominee}",
                None,
                {"round": key, "nominee": nominee},
            )
        ],
    )
    work.record("nominees.institution_invited", service.subject(found), {"nominee": nominee})
    return nominee


def preview(work: Work, key: str, said: Institution, post: Post) -> Preview:
    """Return the mail as it would leave now. Problem: `round.unknown`."""
    require(work, "mail.read")
    found = service.known(work, key)
    to = (line(said.contact) or line(said.name), line(said.name))
    language = work.language(said.language)
    return plain.shown(work, KIND, language, post, to, words(work, found, post.base_url.rstrip("/")))


def words(work: Work, found: Round, base_url: str) -> Words:
    """Return what the mail says of the round and its session."""
    session = dialogues.of_round(work, found.key)
    titles = {theme.key: theme.title for theme in found.themes}
    told = {}
    for language in work.languages:
        topics = [
            work.best(titles[each], language) for each in tallying.topics_of(work, found) if each in titles
        ]
        told[language] = {
            "topic": "; ".join(topics),
            "date": "\n".join(moments.everywhere(session.starts_at, (session.zone,), language))
            if session is not None
            else catalogue.mail_words(language)["no_date"].capitalize(),
            "page": f"{base_url}/{language}/rounds/{found.key}",
        }
    return told
