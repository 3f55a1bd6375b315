"""A session in numbers: what of the list of who took part may be public, so that it tells of no small group.

It decides which categories stand by themselves and which only together. A category with fewer than `least`
people is never shown; those are added up, and where that alone would give one of them away, the next larger
one joins them. The reader is taken to know the session's size, which categories were there at all, and these
rules. Gender is never crossed with anything. When the figures are made, and that they are made once, is
decided in `factsheets`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from consulta.platform.settings import SMALL_CELL
from consulta.sessions.attendance import GROUPS, group_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from consulta.sessions.attendance import Answers

Figures = dict[str, Any]

APART = 2
"""So far at least lie the smallest and the largest that any hidden number can be."""

STEPS = ((1, 100), (2, 50), (5, 20), (10, 10))
"""Per cent to which the shares of women and men are rounded, and from how many people on: then every share
can come about with any number of other answers."""


def figures(people: Sequence[Answers], least: int = SMALL_CELL) -> Figures | None:
    """Return the figures about these people that may be public; None if they are fewer than `least`.

    The number of countries, the gender figures and the lists may be None or empty by themselves.
    """
    if len(people) < least:
        return None
    countries = Counter(person.country for person in people)
    by_country = together(countries, least)
    # As many people as countries: then each country has one, whatever else is told.
    tells = bool(by_country) or len(people) >= len(countries) + APART
    return {
        "people": len(people),
        "countries": len(countries.keys() - {""}) if tells else None,
        "gender": _gender(Counter(person.gender or "no_answer" for person in people), least),
        "groups": _groups(Counter(person.sector for person in people), least),
        "by_country": by_country,
    }


def together(counts: Mapping[str, int], least: int) -> list[Figures]:
    """Return the categories that can be shown, the largest first, and last those told together.

    Each line has its `keys` and the number of `people`. Empty if no category can be shown by itself.
    Which number belongs to which hidden category is not told, so each of them can have any of these
    numbers, from the smallest to the largest.
    """
    there = {key: number for key, number in counts.items() if number}
    hidden = {key for key, number in there.items() if number < least}
    if hidden and not _are_safe([there[key] for key in hidden], least):
        lowest = min(there[key] for key in hidden)
        larger = [number for number in there.values() if number >= max(least, lowest + APART)]
        if not larger:
            return []
        # All that are of one size, or their names would tell which one was added.
        hidden |= {key for key, number in there.items() if number == min(larger)}
    shown = sorted(there.keys() - hidden, key=lambda key: (-there[key], key))
    if not shown:
        return []
    lines = [{"keys": [key], "people": there[key]} for key in shown]
    if hidden:
        lines.append({"keys": sorted(hidden), "people": sum(there[key] for key in hidden)})
    return lines


def beside(fresh: Figures, former: Iterable[Figures], least: int = SMALL_CELL) -> Figures | None:
    """Return the figures that can be public beside these former ones; None if none can.

    Who reads both takes one from the other. So each number is the same as before or differs by at least
    `least` people; what differs by fewer is left out, and all of it where the number of people does. Women
    and men are told anew only where both numbers differ by so many: of people who were all of one answer it
    would be told what each of them said.
    """
    told = dict(fresh)
    for old in former:
        if not _differs_enough(fresh["people"] - old["people"], least):
            return None
        if not _are_apart(told["by_country"], old["by_country"], least):
            told["by_country"] = []
        if not _are_apart(told["groups"], old["groups"], least):
            told["groups"] = []
        told["groups"] = [_groups_apart(line, old["groups"], least) for line in told["groups"]]
        if not _gender_apart(told["gender"], old["gender"], least):
            told["gender"] = None
    return told


def left_out(fresh: Figures, told: Figures) -> tuple[str, ...]:
    """Return which parts of figures `told` leaves out: `by_country`, `groups`, `sectors`, `gender`."""
    missing = [part for part in ("by_country", "groups", "gender") if fresh[part] and not told[part]]
    inside = [
        line["keys"]
        for line, shown in zip(fresh["groups"], told["groups"], strict=False)
        if line["sectors"] and not shown["sectors"]
    ]
    return (*missing, *(["sectors"] if inside else []))


def _differs_enough(difference: int, least: int) -> bool:
    return difference == 0 or abs(difference) >= least


def _are_apart(lines: Sequence[Figures], old: Sequence[Figures], least: int) -> bool:
    """Return whether two lists of categories, side by side, tell of no fewer than `least` people.

    Each line stands in both lists with the same categories, or its categories stand in one of them alone.
    """
    if not lines or not old:
        return True
    before = {tuple(line["keys"]): line["people"] for line in old}
    now = {tuple(line["keys"]): line["people"] for line in lines}
    for mine, others in ((now, before), (before, now)):
        elsewhere = {key for keys in others for key in keys}
        for keys, people in mine.items():
            if keys in others:
                enough = _differs_enough(people - others[keys], least)
            else:
                enough = people >= least and not elsewhere & {*keys}
            if not enough:
                return False
    return True


def _groups_apart(line: Figures, old: Sequence[Figures], least: int) -> Figures:
    """Return the line of a group, without its sectors where these cannot stand beside the former ones."""
    same = next((each for each in old if each["keys"] == line["keys"]), None)
    if same is None or _are_apart(line["sectors"], same["sectors"], least):
        return line
    return {**line, "sectors": []}


def _gender_apart(gender: Figures | None, old: Figures | None, least: int) -> bool:
    if gender is None or old is None or gender == old:
        return True
    if gender["unit"] != "people" or old["unit"] != "people":
        return False
    before = {tuple(line["keys"]): line["people"] for line in old["lines"]}
    now = {tuple(line["keys"]): line["people"] for line in gender["lines"]}
    if before.keys() != now.keys():
        return False
    changes = {keys: now[keys] - before[keys] for keys in now}
    if not all(_differs_enough(change, least) for change in changes.values()):
        return False
    return all(abs(changes[(answer,)]) >= least for answer in ("woman", "man"))


def _are_safe(numbers: Sequence[int], least: int) -> bool:
    """Return whether the sum of these small numbers reveals none of them.

    The reader is taken to know that each of them is below `least`.
    """
    total, count, most = sum(numbers), len(numbers), least - 1
    if count < APART or total < least:
        return False
    return max(numbers) - min(numbers) >= APART or count + APART <= total <= most * count - APART


def _groups(sectors: Mapping[str, int], least: int) -> list[Figures]:
    """Return the groups with their sectors; groups told together have no sectors."""
    sums: Counter[str] = Counter()
    for sector, number in sectors.items():
        sums[group_of(sector)] += number
    return [
        {**line, "sectors": _inside(line["keys"], sectors, least)}
        for line in together({group: sums[group] for group in GROUPS}, least)
    ]


def _inside(groups: Iterable[str], sectors: Mapping[str, int], least: int) -> list[Figures]:
    named = list(groups)
    inside = {sector: number for sector, number in sectors.items() if group_of(sector) in named}
    return together(inside, least) if len(named) == 1 and len(inside) > 1 else []


def _gender(answers: Mapping[str, int], least: int) -> Figures | None:
    """Return the figures about gender that may be public; None if there are none.

    They are the numbers of the four answers. The two rarer answers are told together if one of them is
    small; if even their sum is small, only the shares of women and men are told.
    """
    women, men = answers.get("woman", 0), answers.get("man", 0)
    others = {key: answers.get(key, 0) for key in ("non_binary", "no_answer")}
    if min(women, men) < least:
        return None
    rest = sum(others.values())
    if rest < least:
        return _shares(women, men, women + men + rest, least)
    lines = [{"keys": ["woman"], "people": women}, {"keys": ["man"], "people": men}]
    if min(others.values()) < least:
        lines.append({"keys": list(others), "people": rest})
    else:
        lines += [{"keys": [key], "people": number} for key, number in others.items()]
    return {"unit": "people", "lines": lines}


def _shares(women: int, men: int, people: int, least: int) -> Figures | None:
    """Return the shares of women and men in per cent, rounded; None if they would reveal too much.

    They are shares of those who gave one of these two answers, rounded so that the number of other
    answers can be any below `least`.
    """
    step = next((step for step, enough in STEPS if people - least >= enough), None)
    if step is None:
        return None
    share = _rounded(women, women + men, step)
    for others in range(least):
        asked = people - others
        if not any(_rounded(few, asked, step) == share for few in range(least, asked - least + 1)):
            return None
    lines = [{"keys": ["woman"], "percent": share}, {"keys": ["man"], "percent": 100 - share}]
    return {"unit": "percent", "step": step, "lines": lines}


def _rounded(part: int, whole: int, step: int) -> int:
    """Return the share of `part` in `whole` in per cent, rounded to the nearest `step`, halves up."""
    return step * ((200 * part + step * whole) // (2 * step * whole))
