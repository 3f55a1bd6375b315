"""What may be told of a panel in public: names, places, rules, whose voters see somebody, and the archive.

A person is named who accepted or was designated elsewhere, and agreed to it. A publication stores whom it
named, so that no person is named whom staff have not seen on the list; a name is removed as soon as the
person declines, leaves or withdraws the agreement. Role and subregion are public of everybody on a panel,
sector and country only of people who are named: what is worked out of a rule is made of these alone, so that
it does not depend on who the others are. No support of a person is public (decision 34). The archive says no
more than the page; the form of its file is `core.panel.published`.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from consulta.core.counting.result import EndorsedBy, Result
from consulta.core.counting.rules import parse_rules
from consulta.core.counting.summary import worth_by
from consulta.core.invitations import COMING, Invited
from consulta.core.panel import endorsed as core
from consulta.core.panel import published
from consulta.panel.documents import is_personal
from consulta.panel.reading import among, decision, public_support
from consulta.panel.values import NINE_TENTHS, TENTH, Seen, SeenGroup
from consulta.platform import documents
from consulta.platform.data import dimensions
from consulta.platform.labels import name_of
from consulta.results import tallying
from consulta.rounds.secrecy import what_is_public

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from consulta.core.texts import Text
    from consulta.core.values import Nominee as values_Nominee
    from consulta.panel.documents import Holds, KeptPanel
    from consulta.panel.values import NomineeLine, PublicPlace, RuleRow
    from consulta.platform.models import Nominee, Round
    from consulta.platform.work import Work


NOT_COMING = frozenset({Invited.DECLINED, Invited.REPLACED})
LEFT_OUT = "[…]"
SHORTEST_NAME = 4  # of one word: shorter ones are words of the language
SHORTEST_PART = 3  # of a name, with a capital letter
NO_PART = frozenset({"EJEMPLO", "Del", "Las", "Los", "Dos", "Das", "San", "Van", "Von"})
"""Words of names that do not tell who is meant."""


class Naming(NamedTuple):
    """Who of a panel holds the seat, and who of these may be named in public, by key."""

    confirmed: frozenset[str]
    named: frozenset[str]

    def kept(self, version: int) -> dict[str, Any]:
        """Return what a publication keeps of it."""
        return {"version": version, "confirmed": sorted(self.confirmed), "named": sorted(self.named)}

    def seen(self, version: int) -> str:
        """Return a digest by which a form says which list it showed."""
        text = json.dumps(self.kept(version), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def naming(found: Round, states: Mapping[str, Invited], members: Collection[str]) -> Naming:
    """Return who of these members holds the seat by now, and who of them may be named."""
    sitting = [each for each in found.nominees if each.key in members]
    confirmed = {each.key for each in sitting if is_confirmed(each, states.get(each.key))}
    return Naming(
        frozenset(confirmed),
        frozenset(each.key for each in sitting if each.key in confirmed and each.consent_governments),
    )


def is_confirmed(nominee: Nominee, state: Invited | None) -> bool:
    """Return whether a nominee accepted, took part, or was designated elsewhere and did not decline.

    False also for a designated person who was replaced.
    """
    return state in COMING or (nominee.outside is not None and state not in NOT_COMING)


def who_spoke(members: Iterable[str], states: Mapping[str, str]) -> frozenset[str]:
    """Return who of a public panel took part in its session; empty where that is not recorded.

    Every page that says how many spoke counts these.
    """
    return frozenset(key for key in members if states.get(key) == Invited.ATTENDED)


def public_naming(found: Round, now: Naming) -> Naming:
    """Return the public naming of a published panel: the published one, for those for whom it still holds."""
    kept = found.panel_named or {"confirmed": (), "named": ()}
    return Naming(now.confirmed & {*kept["confirmed"]}, now.named & {*kept["named"]})


def without_names(text: str, people: Iterable[Nominee], named: Collection[str]) -> str:
    """Return a text for the public with the names of those people left out who may not be named in it.

    Of a person each part of the name goes too, where it stands as a name, with a capital letter: a surname is
    enough to recognise a person among the few of a panel. So does the organisation that only such people are
    of. Full names of those who may be named stay.
    """
    people = list(people)
    shown = [each for each in people if each.key in named]
    hidden = [each for each in people if each.key not in named]
    stays = {each.name for each in shown} | {each.organisation for each in shown}
    whole = {each.name for each in hidden} | {each.delegate for each in hidden}
    whole |= {each.organisation for each in hidden if " " in each.organisation}
    found = [
        *_places(text, whole - stays, capital=False),
        *_places(text, {part for each in hidden for part in _parts(each)}, capital=True),
    ]
    kept = [place for name in stays for place in _places(text, {name}, capital=False)]
    gone = [
        (start, end)
        for start, end in found
        if not any(first <= start and end <= last for first, last in kept)
    ]
    return _without(text, gone)


def _parts(nominee: Nominee) -> set[str]:
    """Return the words of the names of a person, and of who comes for an institution, that point to them."""
    names = [nominee.delegate, *([nominee.name] if nominee.kind == "person" else [])]
    words = {word for name in names for word in re.findall(r"[^\W\d_]+", name)}
    return {word for word in words if len(word) >= SHORTEST_PART and word[0].isupper()} - NO_PART


def _places(text: str, names: Iterable[str], *, capital: bool) -> list[tuple[int, int]]:
    """Return where these names stand in a text as words, in any spelling of accents and case.

    With `capital`, only where the text has a capital letter.
    """
    plain, found = _plain(text), []
    for name in names:
        if " " not in name and len(name) < (SHORTEST_PART if capital else SHORTEST_NAME):
            continue
        places = re.finditer(rf"(?<!\w){re.escape(_plain(name))}(?!\w)", plain)
        found += [place.span() for place in places if not capital or text[place.start()].isupper()]
    return found


def _plain(text: str) -> str:
    """Return a text in lower case without accents, each character in its place."""
    return "".join(unicodedata.normalize("NFD", sign)[0].lower() for sign in text)


def _without(text: str, places: Iterable[tuple[int, int]]) -> str:
    """Return a text with these places left out; those with only blanks between them as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if joined and (start <= joined[-1][1] or text[joined[-1][1] : start].isspace()):
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    for start, end in reversed(joined):
        text = text[:start] + LEFT_OUT + text[end:]
    return text


OF_EVERYBODY = ("role", "subregion")
"""The categories that are public of everybody on a panel."""

COUNTED = frozenset({"role", "quota"})
"""Kinds of rules that ask for so many people of a category."""


class Group(NamedTuple):
    """The places of a panel that have one category.

    `free` more people could sit here by its rule, and `missing` are fewer than it asks for.
    """

    value: Text
    places: tuple[PublicPlace, ...]
    rule: RuleRow | None
    free: int
    missing: int

    @property
    def spoke(self) -> int:
        """Return how many of these people took part in the session."""
        return sum(place.spoke for place in self.places)


class Balance(NamedTuple):
    """A panel by one dimension: its groups in the order of the places, those that rules ask for included."""

    dimension: str
    groups: tuple[Group, ...]


def public_rows(
    rows: Iterable[RuleRow], places: Sequence[PublicPlace], *, free: int = 0
) -> tuple[RuleRow, ...]:
    """Return the rules as the public may read them.

    A count is left out (`have` is None) where it would say something of a person who is not named. Where
    places of the panel are free, rules about what is public of everybody are counted anew, without them; all
    others stay as they were decided, since a change would tell of the person who declined.
    """
    whole = not free and all(place.name for place in places)
    return tuple(
        replace(_counted(row, places) if free and _open(row) else row, who=())
        if whole or _open(row)
        else replace(row, who=(), have=None, pool=0)
        for row in rows
    )


def _counted(row: RuleRow, places: Sequence[PublicPlace]) -> RuleRow:
    """Return a rule about what is public of everybody, counted over these places alone."""
    have = sum(row.kind == "size" or place.codes.get(row.attribute) == row.code for place in places)
    return replace(row, have=have, ok=row.low <= have and (row.high is None or have <= row.high))


def _open(row: RuleRow) -> bool:
    return row.kind == "size" or (row.kind not in {"at_most", "mixed"} and row.attribute in OF_EVERYBODY)


def balances(places: Sequence[PublicPlace], rows: Sequence[RuleRow]) -> tuple[Balance, ...]:
    """Return the panel by role and by subregion."""
    return tuple(_balance(each, places, rows) for each in OF_EVERYBODY)


def _balance(dimension: str, places: Sequence[PublicPlace], rows: Sequence[RuleRow]) -> Balance:
    rules = {row.code: row for row in rows if row.kind in COUNTED and row.attribute == dimension}
    groups = []
    for code in dict.fromkeys((*rules, *(place.codes[dimension] for place in places))):
        here = tuple(place for place in places if place.codes[dimension] == code)
        rule = rules.get(code)
        if not here and not (rule and (rule.low or rule.high)):
            continue
        value = name_of(dimension, code)
        free = rule.high - len(here) if rule and rule.high is not None else 0
        missing = rule.low - len(here) if rule else 0
        groups.append(Group(value, here, rule, max(0, free), max(0, missing)))
    return Balance(dimension, tuple(groups))


HALF = Fraction(1, 2)


def seen_by(work: Work, found: Round, members: Collection[str]) -> tuple[Seen, ...]:
    """Return whose voters see somebody they named; nothing where nobody could be named, or votes are gone."""
    rules, kept = parse_rules(found.rules), documents.find(work.session, found.id, "result")
    if kept is None or not rules.max_endorsements:
        return ()
    worth, sitting = worth_by(Result.parse(kept.content.encode())), {*members}
    alike = [
        core.Alike(
            each.categories,
            worth(each.categories, each.base),
            each.ballots,
            names_a_member=not sitting.isdisjoint(each.endorsements),
        )
        for each in tallying.endorsed(work, found)
    ]
    if sum(each.ballots for each in alike) != tallying.kept_summary(work, found).ballots:
        return ()
    return tuple(
        Seen(each.dimension, each.category, each.ballots, each.share, _heaviest(each, alike))
        for each in core.endorsed_by(rules, alike)
    )


def as_result(seen: Iterable[Seen]) -> tuple[EndorsedBy, ...]:
    """Return the same as a result of a count says it."""
    return tuple(EndorsedBy(each.dimension, each.category, each.ballots, each.share) for each in seen)


def _heaviest(told: EndorsedBy, ballots: Iterable[core.Alike]) -> Fraction:
    here = [each for each in ballots if each.categories[told.dimension] == told.category]
    return Fraction(max(each.value for each in here), sum(each.value * each.ballots for each in here))


def for_desk(seen: Iterable[Seen], small_cell: int) -> tuple[SeenGroup, ...]:
    """Return the groups for the secretariat: exact to the whole, without those below the small cell."""
    return _in_order(
        _group(each, round(100 * each.share)) for each in seen if each.ballots >= max(small_cell, 1)
    )


def for_everybody(seen: Iterable[Seen], small_cell: int) -> tuple[SeenGroup, ...]:
    """Return the groups for everybody, in steps of ten from 10 to 90.

    No group is told in which fewer than the small cell could have named somebody, or fewer could not, nor one
    in which a single ballot has more than half of the vote.
    """
    return _in_order(
        _group(each, min(max(10 * round(10 * each.share), TENTH), NINE_TENTHS))
        for each in seen
        if each.ballots >= 2 * max(small_cell, 1) and each.heaviest <= HALF
    )


def are_told(secrecy: str, *, all_named: bool) -> bool:
    """Return whether everybody may read these groups.

    Not where only rounded totals are public, and not while someone on the panel is not named: who that is
    would change the figures.
    """
    return all_named and "panel_support" in what_is_public(secrecy)


def _group(seen: Seen, percent: int) -> SeenGroup:
    name = name_of(seen.dimension, seen.category)
    return SeenGroup(seen.dimension, seen.category, name, seen.ballots, percent)


def _in_order(groups: Iterable[SeenGroup]) -> tuple[SeenGroup, ...]:
    """Return groups by dimension, the largest part first."""
    found = list(groups)
    order = dimensions.in_order({each.dimension for each in found})
    place: Mapping[str, int] = {dimension: number for number, dimension in enumerate(order)}
    return tuple(sorted(found, key=lambda each: (place[each.dimension], -each.percent, each.key)))


def content(
    found: Round,
    kept: KeptPanel,
    nominees: Sequence[values_Nominee],
    topics: Sequence[str],
    lines: Mapping[str, NomineeLine],
    seen_by: Sequence[SeenGroup] | None,
) -> dict[str, Any]:
    """Return what the archive says of the panel that a document keeps.

    `seen_by` are the groups that everybody may read of; None where that is not told.
    """
    shown = decision(kept, nominees, lines)
    gender = tuple(row.ok for row in shown.rows if is_personal(row.attribute))
    support = public_support(shown, found, gender)
    return published.content(
        {"round": found.key, "version": kept.version, "topics": list(topics)},
        kept.rules,
        kept.sitting.rows,
        among(nominees, kept.members),
        decided=kept.decided is not None,
        held=_is_held(kept.holds),
        support=None if support is None else {"percent": support.percent, "more": support.more},
        endorsed_by=None
        if seen_by is None
        else [
            {"dimension": each.dimension, "category": each.key, "percent": each.percent} for each in seen_by
        ],
    )


def _is_held(holds: Holds) -> bool:
    """Return whether a choice was made around people who answered, were invited, or were picked by hand."""
    return bool(holds.accepted or holds.invited or holds.left or holds.any_by_hand)
