"""The panel for any reader: made from the stored panel, without any data that is not public.

Only people who are named in public now (`panel_names`) appear by name: on the panel, among those held or
brought by hand, among those who came and left, and in texts that the secretariat wrote. The gender of a
person and the attributes that an installation adds are never told: of rules about these only whether they
are met, and if they are not, neither who came by hand nor any support, since they could be worked out from
these. Nor is the support of the panel
told in figures where each person's is public and someone on it is not named: the rest would be theirs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.panel import dialogues, public_parts
from consulta.panel import service as panels
from consulta.panel.documents import Hand, answers_of, is_personal, members_of
from consulta.panel.public_parts import (
    NOT_COMING,
    OF_EVERYBODY,
    Naming,
    naming,
    public_naming,
    public_rows,
    who_spoke,
    without_names,
)
from consulta.panel.reading import public_support
from consulta.panel.values import (
    FormerPanel,
    PanelChance,
    PanelPublication,
    PublicChoice,
    PublicPeople,
    PublicPlace,
    PublishedPanel,
    Speakers,
)
from consulta.platform import documents
from consulta.platform.access import require
from consulta.platform.alphabet import settled
from consulta.platform.data.attributes import GENDER
from consulta.platform.labels import keys_of
from consulta.platform.settings import SMALL_CELL
from consulta.rounds import acts
from consulta.rounds.queries import rounds
from consulta.rounds.secrecy import what_is_public

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from consulta.panel.dialogues import PublicSession
    from consulta.panel.values import NomineeLine, PanelDecision, PanelJudgement, RuleRow
    from consulta.platform.models import Document, Round
    from consulta.platform.work import Work
    from consulta.rounds.acts import Replaced


class _Teller(NamedTuple):
    """Who is named in public, and how all others are described."""

    found: Round
    naming: Naming
    lines: Mapping[str, NomineeLine]
    spoke: frozenset[str] = frozenset()

    def people(self, lines: Iterable[NomineeLine]) -> PublicPeople:
        lines = list(lines)
        return PublicPeople(
            names=tuple(each.name for each in lines if each.key in self.naming.named),
            others=tuple(
                (each.role_name, each.subregion) for each in lines if each.key not in self.naming.named
            ),
        )

    def keys(self, keys: Iterable[str]) -> PublicPeople:
        return self.people(self.lines[key] for key in keys if key in self.lines)

    def text(self, text: str) -> str:
        return without_names(text, self.found.nominees, self.naming.named)

    def seats(self, lines: Iterable[NomineeLine]) -> tuple[PublicPlace, ...]:
        """Return the places by role, in an order that tells nothing of people who are not named."""
        roles = keys_of("role")

        def order(place: PublicPlace) -> tuple[object, ...]:
            named = (not place.name, not place.confirmed, place.codes["subregion"], settled(place.name))
            return (roles.index(place.role) if place.role in roles else len(roles), *named)

        places = sorted(map(self.seat, lines), key=order)
        return tuple(replace(place, number=number) for number, place in enumerate(places, 1))

    def seat(self, line: NomineeLine) -> PublicPlace:
        """Return the place of a person, with all that is public of it."""
        confirmed, spoke = line.key in self.naming.confirmed, line.key in self.spoke
        if line.key not in self.naming.named:
            codes = {name: line.codes[name] for name in OF_EVERYBODY}
            return PublicPlace(line.role, line.role_name, line.subregion, confirmed, codes, spoke=spoke)
        return PublicPlace(
            line.role,
            line.role_name,
            line.subregion,
            confirmed,
            line.codes,
            spoke=spoke,
            name=line.name,
            organisation=line.organisation,
            country=line.country,
            sector=line.sector,
            designation=line.designation,
        )


def published_panel(work: Work, key: str, small_cell: int = SMALL_CELL) -> PublishedPanel:
    """Return the panel that was made public; whose voters see somebody they named, without small groups.

    Raise Problem `panel.unknown` if there is none.
    """
    require(work, "published.read")
    found, document = _published(work, key)
    base = panels.ground(work, found)
    view = panels.view(work, found, base, document)
    decision = or_problem(view.decision, "panel.unknown", key=key)
    states = answers_of(work, found).states
    session = dialogues.public_session(work, found)
    spoke = _who_spoke(session, document, states)
    teller = _Teller(
        found,
        _naming(work, found, document),
        panels.lines_of(found, base, view.rules),
        spoke,
    )
    personal = [row for row in decision.rows if is_personal(row.attribute)]
    gender = tuple(row.ok for row in personal)
    hands = {hand.version: hand for hand in panels.hands_in_force(work, found, document.version)}
    coming = [each for each in decision.members if states.get(each.key) not in NOT_COMING]
    held, seats, free = decision.holds, teller.seats(coming), len(decision.members) - len(coming)
    return PublishedPanel(
        card=view.card,
        topics=view.topics,
        version=decision.kept.version,
        chosen_at=decision.kept.at,
        sha256=decision.kept.sha256,
        seats=seats,
        standing=decision.standing,
        level=decision.level if "panel_support" in what_is_public(found.secrecy) else None,
        wishes=decision.wishes,
        accepted=teller.people(held["accepted"]),
        invited=teller.people(held["invited"]),
        by_hand=teller.people(held["by_hand"]),
        some_left=bool(held["left"]),
        support=public_support(decision, found, gender),
        support_hidden=not all(gender),
        rows=public_rows((row for row in decision.rows if not is_personal(row.attribute)), seats, free=free),
        free=free,
        gender=gender,
        personal=attributes_of(personal),
        choices=tuple(
            _choice(each, hands[each.version], teller, decision, told=all(gender))
            for each in decision.judgements
        ),
        chance=PanelChance(base.seed, found.commitment or "", found.opened_at or found.created_at),
        publications=_publications(work, found, teller),
        session=session,
        is_recorded=bool(spoke),
        memory=decision.memory,
        seen_by=public_parts.for_everybody(decision.kept.seen_by, small_cell)
        if public_parts.are_told(found.secrecy, all_named=not free and all(seat.name for seat in seats))
        else (),
        former=tuple(each for each in _told_versions(work, found) if each != decision.kept.version),
    )


def speakers(work: Work, key: str) -> Speakers | None:
    """Return who of the public panel of a round took part in its session.

    None where no panel is public or its session was cancelled, and as long as that is not recorded.
    """
    require(work, "published.read")
    try:
        found, document = _published(work, key)
    except Problem:
        return None
    states = answers_of(work, found).states
    spoke = _who_spoke(dialogues.public_session(work, found), document, states)
    if not spoke:
        return None
    base = panels.ground(work, found)
    rules = panels.view(work, found, base, document).rules
    teller = _Teller(found, _naming(work, found, document), panels.lines_of(found, base, rules), spoke)
    sitting = [key for key in members_of(document.content) if states.get(key) not in NOT_COMING]
    places = teller.seats(teller.lines[key] for key in sitting)
    return Speakers(len(places), tuple(place for place in places if place.spoke))


def _who_spoke(
    session: PublicSession | None, document: Document, states: Mapping[str, str]
) -> frozenset[str]:
    if session is None or session.cancelled:
        return frozenset()
    return who_spoke(members_of(document.content), states)


def attributes_of(rows: Iterable[RuleRow]) -> tuple[str, ...]:
    """Return what rules are about, each attribute once, gender first."""
    return tuple(sorted({row.attribute for row in rows}, key=lambda key: (key != GENDER, key)))


def former_panel(work: Work, key: str, version: int) -> FormerPanel:
    """Return a version of a panel that was public before the present one.

    Of its people those are named who are named on the present version too: who left it, by a mistake or by an
    answer, is told by role and subregion alone. Nothing is told of answers, gender or support.
    Raise Problem `panel.unknown` if it was not public, or is the present version.
    """
    require(work, "published.read")
    found, present = _published(work, key)
    told = _told_versions(work, found)
    document = documents.find(work.session, found.id, "panel", version)
    if version not in told or version == present.version or document is None:
        raise Problem("panel.unknown", key=key)
    base = panels.ground(work, found)
    view = panels.view(work, found, base, document)
    if view.decision is None:
        raise Problem("panel.unknown", key=key)
    lines, now = panels.lines_of(found, base, view.rules), _naming(work, found, present)
    named = now.named & {*members_of(document.content)}
    teller, teller_now = _Teller(found, Naming(named, named), lines), _Teller(found, now, lines)
    seats = teller.seats(view.decision.members)
    return FormerPanel(
        card=view.card,
        topics=view.topics,
        version=version,
        version_now=present.version,
        published_at=told[version],
        replaced_at=min(at for other, at in told.items() if other > version),
        replaced=next(
            (each for each in _replacements(work, found, teller_now) if each.version == version), None
        ),
        sha256=document.sha256,
        seats=seats,
        rows=public_rows((row for row in view.decision.rows if not is_personal(row.attribute)), seats),
    )


def _told_versions(work: Work, found: Round) -> dict[int, datetime]:
    """Return when each version of a panel was published first, the oldest version first."""
    told: dict[int, datetime] = {}
    for at, row in acts.told(work, found, acts.PANEL, acts.PanelPublished):
        told.setdefault(row.version, at)
    return dict(sorted(told.items()))


def _replacements(work: Work, found: Round, teller: _Teller) -> list[Replaced]:
    return _without_names(work, found, teller.naming.named)


def _without_names(work: Work, found: Round, named: Collection[str]) -> list[Replaced]:
    return [
        replace(each, reason=each.reason.map(lambda words: without_names(words, found.nominees, named)))
        for each in acts.of_round(work, found, "panel")
    ]


def replacements(work: Work, found: Round) -> tuple[Replaced, ...]:
    """Return the versions of a panel that were replaced; the reasons name only people who are named now."""
    return tuple(_without_names(work, found, named_now(work, found)))


def named_in_public(work: Work, key: str) -> tuple[Round, frozenset[str]]:
    """Return a round whose panel is public, and the keys of those who are named on it.

    Raise Problem `panel.unknown` if its panel is not public.
    """
    found, document = _published(work, key)
    return found, _naming(work, found, document).named


def named_now(work: Work, found: Round) -> frozenset[str]:
    """Return the keys of those who are named in public on the panel of a round.

    Empty if the panel is not public.
    """
    if found.state != State.PUBLISHED.value or found.panel_version is None:
        return frozenset()
    document = documents.find(work.session, found.id, "panel", found.panel_version)
    return _naming(work, found, document).named if document else frozenset()


def members_now(work: Work, found: Round) -> frozenset[str]:
    """Return the keys of those who are on the public panel of a round; empty if none is public."""
    return members_of_version(work, found, found.panel_version) if found.panel_version else frozenset()


def members_of_version(work: Work, found: Round, version: int) -> frozenset[str]:
    """Return the keys of those who are on a version of a panel."""
    document = documents.find(work.session, found.id, "panel", version)
    return frozenset(members_of(document.content)) if document else frozenset()


def _published(work: Work, key: str) -> tuple[Round, Document]:
    found = rounds.whole(work.session, key)
    if found is None or found.state != State.PUBLISHED.value or found.panel_version is None:
        raise Problem("panel.unknown", key=key)
    document = or_problem(
        documents.find(work.session, found.id, "panel", found.panel_version), "panel.unknown", key=key
    )
    return found, document


def _naming(work: Work, found: Round, document: Document) -> Naming:
    members = members_of(document.content)
    return public_naming(found, naming(found, answers_of(work, found).states, members))


def _choice(
    told_of: PanelJudgement, hand: Hand, teller: _Teller, decision: PanelDecision, *, told: bool
) -> PublicChoice:
    """Return a decision by hand for the public.

    The people whom it brought are left out if a rule about gender is missed, now or in its version.
    """
    told = told and all(row.ok for row in hand.kept.sitting.rows if is_personal(row.attribute))
    impossible = told_of.best_support is None
    named = told and not impossible

    def people(lines: Sequence[NomineeLine]) -> PublicPeople:
        return teller.people(lines) if named else PublicPeople()

    return PublicChoice(
        version=told_of.version,
        at=told_of.at,
        role=told_of.role,
        reason=teller.text(told_of.reason),
        told=told,
        came=people(told_of.came),
        left=people(told_of.left),
        held=people(told_of.held),
        kept_out=people(told_of.kept_out),
        overridden=tuple(row for row in told_of.overridden if not is_personal(row.attribute)),
        personal_gave_way=attributes_of(row for row in told_of.overridden if is_personal(row.attribute)),
        impossible=impossible,
        new=told_of.version == decision.kept.version,
    )


def _publications(work: Work, found: Round, teller: _Teller) -> tuple[PanelPublication, ...]:
    """Return all publications of the panel, oldest first, with who came and who left in each."""
    before: list[str] = []
    told = []
    reasons = {each.by_version: each for each in _replacements(work, found, teller)}
    for at, row in acts.told(work, found, acts.PANEL, acts.PanelPublished):
        version = row.version
        document = documents.find(work.session, found.id, "panel", version)
        members = members_of(document.content) if document else []
        told.append(
            PanelPublication(
                version=version,
                at=at,
                came=teller.keys(key for key in members if key not in before),
                left=teller.keys(key for key in before if key not in members),
                # Published again, for names alone, it replaces nothing.
                replaces=reasons.pop(version, None),
            )
        )
        before = members
    return tuple(told)
