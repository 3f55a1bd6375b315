"""Nominees: the people and institutions proposed for the panel of a round, by form or by file.

While a round is a draft, nominees can be added, changed and deleted. From the opening on, those on the
ballot are frozen except for data that are not on it: how to reach them, for whom they speak, their
consents. Nominees added after the opening are on no ballot and can change until they are on a stored
panel.
"""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.panel.documents import members_of
from consulta.panel.memory import Memory
from consulta.panel.nominees import designations, governments
from consulta.panel.nominees import queries as people
from consulta.panel.nominees.values import NomineeRecord, NomineesView
from consulta.panel.proposals import queries as nominations
from consulta.panel.proposals.rules import contact_faults, faults, person
from consulta.panel.proposals.values import ContactCommand, NomineeCommand
from consulta.platform import documents
from consulta.platform.access import require
from consulta.platform.copying import copied
from consulta.platform.data import catalogue
from consulta.platform.models import Nominee
from consulta.platform.texts import address, line
from consulta.rounds.queries import rounds
from consulta.rounds.service import give_up_agreement, hold, line_of, sized, subject, theme_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from consulta.panel.values import Remembered
    from consulta.platform.models import Round
    from consulta.platform.work import Work

__all__ = ["correct_contact", "delete_nominee", "list_nominees", "save_nominee"]

MOST_NOMINEES = 2000
_NUMBERED = re.compile(r"n(\d+)")


def list_nominees(work: Work, round_key: str) -> NomineesView:
    """Return the nominees of a round, in the order in which they were added.

    Raise Problem `round.unknown` if there is no such round.
    """
    require(work, "rounds.read")
    found, sizes = sized(work, round_key, contents=True)
    seated = _seated(work, found)
    proposed_by: dict[int, dict[str, None]] = {}
    for each in nominations.of_round(work.session, found.id):
        if each.nominee_id is not None and each.organisation is not None:
            proposed_by.setdefault(each.nominee_id, {})[each.organisation.name] = None
    memory, places = Memory(work, found), governments.joined(work)
    return NomineesView(
        line_of(found, sizes, work.now),
        tuple(theme_line(theme) for theme in found.themes),
        tuple(
            _record(
                nominee,
                government=places.get(nominee.government, nominee.government),
                editable=_is_loose(found, nominee, seated),
                proposed_by=tuple(proposed_by.get(nominee.id, ())),
                remembered=memory.of(nominee.name, nominee.organisation, nominee.country, nominee.email),
            )
            for nominee in sorted(found.nominees, key=lambda each: each.id)
        ),
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
    found = hold(work, round_key)
    if found.state == State.CANCELLED.value:
        raise Problem("round.frozen", key=round_key)
    nominee = or_problem(people.find(work.session, found.id, nominee_key), "nominee.unknown", key=nominee_key)
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
    for proposal in nominations.of_nominee(work.session, nominee.id):
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
    memory, places = Memory(work, found), governments.joined(work)
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
    return any(each.nominee_id in ids for each in nominations.of_round(work.session, found.id))


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
    nominee.speaks_for = [line(name) for name in command.speaks_for]
    nominee.consent_contact = command.consent_contact
    nominee.consent_listed = command.consent_listed
    nominee.consent_governments = command.consent_governments
    nominee.government = governments.checked(work, command.government, nominee.role, places)


def _of(nominees: Iterable[Nominee], key: str) -> Nominee:
    for nominee in nominees:
        if nominee.key == key:
            return nominee
    raise Problem("nominee.unknown", key=key)


def _record(
    nominee: Nominee,
    *,
    government: str,
    editable: bool,
    proposed_by: tuple[str, ...],
    remembered: tuple[Remembered, ...],
) -> NomineeRecord:
    return copied(
        NomineeRecord,
        nominee,
        topics=tuple(nominee.topics),
        languages=tuple(nominee.languages),
        speaks_for=tuple(nominee.speaks_for),
        government=government,
        designation=designations.of(nominee),
        editable=editable,
        proposed_by=proposed_by,
        remembered=remembered,
    )
