"""The ballot as its templates draw it: cards, boxes and lists in the reader's language, ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from consulta.core.texts import Text
from consulta.platform.data import ballot_fields, catalogue
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.language import (
    alphabetical,
    current,
    is_foreign,
    lang_of,
    language_said,
    local,
    say,
    spoken,
)
from consulta.platform.web.request import reading as rows_read
from consulta.rounds.pages.earlier import earlier
from consulta.rounds.pages.proposers import proposers
from consulta.vote.pages.forms import FIELD, PLACE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from typing import Any

    from consulta.core.counting.choice import Choice, Entries, Fault
    from consulta.rounds.pages.earlier import Became
    from consulta.rounds.values import ThemeLine
    from consulta.vote.values import BallotView, Candidate, ListedBallot

Box = tuple[str, str, bool]
"""A box to tick: its value, its label, whether it is ticked."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person or institution on the ballot; `where` is the organisation with the country.

    `about` names its language where that is not the language of the page.
    """

    key: str
    name: str
    where: str
    about: Markup
    ticked: bool


People = tuple[str, tuple[Person, ...]]
"""People of one role, under its name."""

Told = tuple[str, tuple[str, ...]]
"""A heading, and what stands under it."""

Group = tuple[str, tuple[Box, ...], tuple[tuple[int, str], ...]]
"""Boxes under a heading, and what they stand for in full: numbers and official titles."""


@dataclass(frozen=True, slots=True)
class FurtherField:
    """A field that the installation added, with its options; with a single one it is a box to tick."""

    name: str  # in the form
    label: str
    label_lang: Markup
    options: tuple[Box, ...]
    sealed: bool
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A theme on the ballot."""

    key: str
    title: str
    title_lang: Markup
    description: str
    description_lang: Markup
    objectives: tuple[tuple[int, str], ...]
    proposed: str  # from whom it comes; empty where members proposed no theme
    became: Became | None  # what became of earlier recommendations on its objectives
    choices: tuple[tuple[str, str], ...]
    place: str
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole ballot, with the entered values and their errors."""

    cards: tuple[Card, ...]
    objectives: tuple[Group, ...]
    nominees: tuple[People, ...]
    fields: tuple[FurtherField, ...]
    summary: tuple[tuple[str, str], ...]  # (anchor, message)
    objective_errors: tuple[str, ...]
    nominee_errors: tuple[str, ...]
    ticked: bool  # some objective
    endorsed: bool  # some nominee
    has_foreign: bool  # some text is not in the reader's language


@dataclass(frozen=True, slots=True)
class Reading:
    """A choice in words.

    `also` is all that it says beside the order, each under its heading, for page, line and document; what
    was not answered is not mentioned.
    """

    ranking: tuple[Markup, ...]
    left_out: tuple[Markup, ...]
    also: tuple[Told, ...]


def sheet(view: BallotView, entries: Entries, faults: Iterable[Fault] = ()) -> Sheet:
    """Return the ballot filled with `entries`, in the reader's language, with `faults` as messages."""
    told, lang = [(fault, say(fault.problem)) for fault in faults], current()
    titles = {theme.key: local(theme.title) for theme in view.themes} if told else {}
    by = proposers(view.themes)
    with rows_read(streamed=False) as work:
        before = earlier(work, view.themes, example=view.example)
    cards = tuple(
        _card(
            view,
            theme,
            entries,
            tuple(text for fault, text in told if fault.part == "theme" and fault.key == theme.key),
            by.get(theme.key, ""),
            before.get(theme.key),
        )
        for theme in view.themes
    )
    return Sheet(
        cards=cards,
        objectives=tuple(
            (
                group.name[lang],
                tuple(
                    (str(o.number), f"{o.number} {o.short[lang]}", o.number in entries.objectives)
                    for o in group.objectives
                ),
                tuple((o.number, o.title[lang]) for o in group.objectives),
            )
            for group in catalogue.objective_groups()
        )
        if view.paper.max_objectives
        else (),
        nominees=people(view.nominees, entries.endorsements),
        fields=tuple(_field(each, entries, told) for each in view.fields),
        summary=tuple(
            (_anchor(fault), f"{titles[fault.key]}: {text}" if fault.part == "theme" else text)
            for fault, text in told
        ),
        objective_errors=tuple(text for fault, text in told if fault.part == "objectives"),
        nominee_errors=tuple(text for fault, text in told if fault.part == "endorsements"),
        ticked=bool(entries.objectives),
        endorsed=bool(entries.endorsements),
        has_foreign=is_foreign(view.question)
        or any(card.title_lang or card.description_lang for card in cards),
    )


def people(nominees: Iterable[Candidate], ticked: Collection[str]) -> tuple[People, ...]:
    """Return people by their roles, in the order in which they come."""
    roles, countries = catalogue.roles_by_key(), catalogue.countries_by_code()
    groups: dict[str, list[Person]] = {}
    for one in nominees:
        place = f"{one.organisation}, {local(countries[one.country].name)}"
        said = Person(one.key, one.name, place, _about(one), one.key in ticked)
        groups.setdefault(local(roles[one.role].name), []).append(said)
    return tuple((role, tuple(group)) for role, group in groups.items())


def roles_of(nominees: Iterable[Candidate]) -> list[tuple[str, str]]:
    """Return the roles of these people, each with its name."""
    roles = catalogue.roles_by_key()
    return [(key, local(roles[key].name)) for key in dict.fromkeys(one.role for one in nominees)]


def countries_of(nominees: Iterable[Candidate]) -> list[tuple[str, str]]:
    """Return the countries of these people, each with its name, by name."""
    countries = catalogue.countries_by_code()
    named = ((code, local(countries[code].name)) for code in {one.country for one in nominees})
    return sorted(named, key=lambda pair: alphabetical(pair[1]))


def reading(view: BallotView | ListedBallot, choice: Choice) -> Reading:
    """Return a choice (ranking, objectives, nominees) in words."""
    titles = {theme.key: spoken(theme.title) for theme in view.themes}
    people = {one.key: f"{one.name}, {one.organisation}" for one in view.nominees}
    objectives, lang = catalogue.objectives_by_number(), current()
    also = (
        (
            _("Most urgent objectives"),
            tuple(f"{number} {objectives[number].short[lang]}" for number in choice.objectives),
        ),
        (
            _("People for the panel"),
            tuple(people[key] for key in choice.endorsements if key in people),
        ),
        *(
            (spoken(name), (spoken(option),))
            for name, option in ballot_fields.in_words(view.fields, choice.fields)
        ),
    )
    return Reading(
        ranking=tuple(titles[key] for key in choice.ranking),
        left_out=tuple(title for key, title in titles.items() if key not in choice.ranking),
        also=tuple((heading, lines) for heading, lines in also if lines),
    )


def _about(one: Candidate) -> Markup:
    """Return who a person is, marked with its language, also in words, where the page has another."""
    text = Text({one.language: one.about})
    if not is_foreign(text):
        return spoken(text)
    return Markup("{} ({})").format(spoken(text), _("in %(language)s", language=language_said(one.language)))


def _anchor(fault: Fault) -> str:
    if fault.part == "theme":
        return PLACE + fault.key
    if fault.part == "field":
        return FIELD + fault.key
    return "themes" if fault.part == "ranking" else fault.part


def _field(each: Mapping[str, Any], entries: Entries, told: Iterable[tuple[Fault, str]]) -> FurtherField:
    key, label = each["key"], local(Text(each["name"]))
    return FurtherField(
        name=FIELD + key,
        label=label,
        label_lang=lang_of(label),
        options=tuple(
            (one["key"], local(Text(one["name"])), entries.fields.get(key) == one["key"])
            for one in each["options"]
        ),
        sealed=each["sealed"],
        errors=tuple(text for fault, text in told if fault.part == "field" and fault.key == key),
    )


def _card(
    view: BallotView,
    theme: ThemeLine,
    entries: Entries,
    errors: tuple[str, ...],
    proposed: str,
    before: Became | None,
) -> Card:
    given = entries.places.get(theme.key)
    places = list(range(1, view.paper.places + 1))
    if given and given not in places:
        places.append(given)  # refused, but kept as it was entered
    known, lang = catalogue.objectives_by_number(), current()
    title, description = local(theme.title), local(theme.description)
    return Card(
        key=theme.key,
        title=title,
        title_lang=lang_of(title),
        description=description,
        description_lang=lang_of(description),
        objectives=tuple((number, known[number].short[lang]) for number in theme.objectives),
        proposed=proposed,
        became=before,
        choices=(("", _("No place")), *((str(place), str(place)) for place in places)),
        place=str(given or ""),
        errors=errors,
    )
