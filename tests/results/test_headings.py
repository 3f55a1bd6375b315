"""Headings and titles of charts on random figures: each row is reached, true, and short enough.

A heading is read back by the patterns of the catalogues; what it says is worked out from the figures anew.
"""

from __future__ import annotations

import random  # noqa: TID251 - invented figures, the same for one seed
import re
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from consulta.core.texts import Text
from consulta.platform.data import catalogue
from consulta.platform.web.dimension_words import brief
from consulta.platform.web.language import in_words, local, speaking
from consulta.results.pages import headings, opening
from consulta.results.values import (
    BalanceFacts,
    CategoryLine,
    Duel,
    LeftOut,
    ObjectiveLine,
    Reach,
    Repeated,
    Step,
    Support,
    ThemeResult,
    Topic,
    WorstCase,
)
from tests.results.test_result_sentences import Tongue

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

LANGUAGES = ("es", "en", "pt")
WORDS = ["integración", "socioeconómica", "de", "las", "personas", "migrantes", "y", "sus", "familias", "en"]


def luck(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - nobody is to be kept from guessing them


def every(words: str) -> Text:
    return Text(dict.fromkeys(LANGUAGES, words))


def hundred(share: float) -> int:
    return round(100 * share)


# -- random figures


def random_themes(choose: random.Random, rules: Any, weighed: bool) -> tuple[list[ThemeResult], list[str]]:
    """Themes in their order, and the keys in the order without weights."""
    number = choose.choice([2, 3, 4, 8, 14])
    scores = sorted((choose.choice([choose.uniform(0.3, 0.7), 0.5]) for _ in range(number)), reverse=True)
    plain = [choose.uniform(0.3, 0.7) if choose.random() < 0.5 else score for score in scores]
    order = sorted(range(number), key=lambda at: -plain[at])
    told = choose.random() < 0.9
    themes = [
        ThemeResult(
            key=f"t{at}",
            title=every(" ".join(choose.sample(WORDS, choose.choice([1, 2, 6]))).capitalize()),
            objectives=(1,),
            place=at + 1,
            score=scores[at] if told else None,
            unweighted_place=order.index(at) + 1 if weighed else None,
            spread_met=choose.random() < 0.8,
        )
        for at in range(number)
    ]
    return themes, [f"t{at}" for at in order]


def chosen_of(themes: list[ThemeResult], count: int) -> list[ThemeResult]:
    found = [theme for theme in themes if theme.spread_met]
    return (found + [theme for theme in themes if not theme.spread_met])[:count]


def random_lines(choose: random.Random, dimension: str, number: int, joined: bool) -> list[CategoryLine]:
    names = {
        "subregion": [each.name for each in catalogue.subregions()],
        "sector": [each.name for each in catalogue.sectors()],
    }[dimension]
    alike = choose.choice([None, None, 0.7])
    lines = []
    for at in range(number):
        seats = choose.choice([2, 4, 10, 40, 90])
        part = (
            choose.uniform(alike - 0.01, alike + 0.02)
            if alike
            else choose.choice([0, 0.3, 1, choose.random()])
        )
        lines.append(
            CategoryLine(
                dimension,
                f"{dimension}{at}",
                names[at % len(names)],
                seats,
                round(seats * part),
                0,
                None,
                None,
            )
        )
    if joined:
        lines[-1] = CategoryLine(dimension, "", names[0], 20, 9, 0, None, None, members=("a", "b"))
    return lines


def random_balance(
    choose: random.Random, found: dict[str, list[CategoryLine]], target: str, told: bool
) -> tuple[dict[str, list[CategoryLine]], BalanceFacts]:
    """The lines with their shares, and who reached its own: all, or not."""
    lines: dict[str, list[CategoryLine]] = {}
    reach: list[Reach] = []
    for dimension, some in found.items():
        all_votes = sum(line.ballots for line in some) or 1
        due = [1 / len(some)] * len(some) if target == "equal" else [choose.random() for _ in some]
        due = [each / sum(due) for each in due]
        fair = choose.random() < 0.6
        lines[dimension] = []
        for line, share in zip(some, due, strict=True):
            had = 0.0 if line.silent else share if fair else share * choose.choice([1, 1, 0.8, 0.999])
            new = CategoryLine(
                dimension,
                line.key,
                line.name,
                line.seats,
                line.ballots,
                line.ballots / all_votes,
                had if told else None,
                share,
                line.members,
            )
            lines[dimension].append(new)
            needed = choose.choice([line.ballots, line.ballots + 3])
            reached = had > share - 1e-4 if told else False if line.ballots < needed else None
            reach.append(Reach(new, share, needed, reached, each_counts_once=choose.random() < 0.8))
    met = None if not told else all(each.reached for each in reach if not each.line.silent)
    return lines, BalanceFacts(tuple(found), met, tuple(reach))


def random_topic(choose: random.Random, theme: ThemeResult, view: Any) -> Topic:
    others = [each for each in view.themes if each.key != theme.key]
    strong = choose.random() < 0.6
    duels = [
        Duel(each, choose.choice([0.5, 0.55, 0.6, 0.7] if strong else [0.4, 0.5, 0.6])) for each in others
    ]
    if strong and choose.random() < 0.7:
        duels = [Duel(duel.rival, 0.6) for duel in duels]
    after = [each for each in view.themes[(theme.place or 1) :] if each not in view.picked]
    return Topic(
        theme.key,
        theme.title,
        (),
        theme.spread_met,
        theme,
        (),
        tuple(duels),
        all_told=choose.random() < 0.9,
        next=after[0] if after else None,
    )


def random_firmness(choose: random.Random, view: Any) -> Any:
    percent = choose.choice([None, 40, 70, 85, 97, 100])
    differing = tuple(SimpleNamespace(name=name) for name in ("schulze", "runoff") if choose.random() < 0.3)
    verdict = None
    if percent is not None:
        close, sure = percent < 60, percent >= 80 and not differing
        verdict = "close" if close else "firm" if sure else "reservations"
    parts = choose.choice([(560, 420), (500, 300), (970,), (400, 300, 200)])
    first = [view.picked[0], *(theme for theme in view.themes if theme != view.picked[0])][: len(parts)]
    lines = [line for some in view.lines.values() for line in some if not line.members]
    left = choose.sample(lines, choose.choice([0, 0, 1, 3])) if lines else []
    plain = [next(theme for theme in view.themes if theme.key == key) for key in view.plain]
    return SimpleNamespace(
        percent=percent,
        rounded=False,
        without_repetitions=False,
        differing=differing,
        verdict=verdict,
        repeated=Repeated(1000, (), tuple(zip(first, parts, strict=False)))
        if choose.random() < 0.8
        else None,
        left_out=tuple(LeftOut(line.dimension, line.name, ()) for line in left),
        left_out_tried=choose.random() < 0.9,
        worst=choose.choice([None, WorstCase(1, 1), WorstCase(2, 2), WorstCase(4, 9), WorstCase(None, None)]),
        unweighted=SimpleNamespace(themes=plain, topics=tuple(view.without)) if view.weighed else None,
    )


def random_objectives(choose: random.Random) -> tuple[ObjectiveLine, ...]:
    named = catalogue.objectives_by_number()
    many = choose.choice([0, 1, 1, 2, 23])
    mixed = choose.sample(sorted(named), len(named))
    ticked = {
        number: choose.choice([0.33, 0.2, 0.1]) if mixed.index(number) < many else 0.05 for number in named
    }
    if not many:
        ticked = dict.fromkeys(named, 0.0)
    if choose.random() < 0.2:
        ticked[7] = None
    return tuple(
        ObjectiveLine(number, named[number].short, share, here=False, touched=False)
        for number, share in ticked.items()
    )


def random_view(choose: random.Random) -> Any:
    weighed, method = (
        choose.random() < 0.85,
        choose.choice(["points", "points", "points", "schulze", "runoff"]),
    )
    target = choose.choice(["equal", "sqrt"])
    told = choose.random() < 0.8
    view = SimpleNamespace(
        weighed=weighed,
        rules=SimpleNamespace(
            method=method, balance={"subregion": target, "sector": "sqrt"} if weighed else {}
        ),
        step=choose.choice([None, None, None, 1, 5]),
        small_cell=choose.choice([None, None, 5]),
        joined_below=choose.choice([None, 3]),
    )
    view.themes, view.plain = random_themes(choose, view.rules, weighed)
    count = choose.choice([1, 1, 1, min(2, len(view.themes) - 1), min(3, len(view.themes) - 1)]) or 1
    view.picked = chosen_of(view.themes, count)
    by_key = {theme.key: theme for theme in view.themes}
    view.without = chosen_of([by_key[key] for key in view.plain], count)
    changed = {theme.key for theme in view.without} != {theme.key for theme in view.picked}
    view.topics_changed = choose.choice([changed, changed, changed, None]) if weighed else None
    view.order_changed = choose.choice([True, True, True, None])
    lines = {
        "subregion": random_lines(choose, "subregion", choose.choice([2, 3, 3, 4]), choose.random() < 0.1),
        "sector": random_lines(choose, "sector", choose.choice([2, 5, 12]), choose.random() < 0.1),
    }
    view.lines, facts = random_balance(choose, lines, target, told)
    view.balance = facts if weighed else choose.choice([None, BalanceFacts((), None)])
    view.categories = tuple((dimension, tuple(some)) for dimension, some in view.lines.items())
    view.topics = tuple(random_topic(choose, theme, view) for theme in view.picked)
    view.firmness = random_firmness(choose, view)
    tried = SimpleNamespace(themes=(), targets=(), alone=None, ties=())
    view.depends = choose.choice(
        [None, tried, tried, tried, SimpleNamespace(**{**vars(tried), "ties": (1,)})]
    )
    view.objectives = random_objectives(choose)
    view.steps = choose.choice(
        [(), (Step({"t0": 0.55, "t1": 0.4}, 0.05, "t1"),), (Step({"t0": 1.0}, 0.0, None),)]
    )
    view.countries_voting, view.card = (
        choose.choice([None, 3]),
        SimpleNamespace(countries=choose.choice([1, 9])),
    )
    return view


# -- what each row says, worked out anew

Figures = dict[str, str]
Row = tuple[str, str]  # the text and its plural


def number_of(word: str, lang: str) -> int:
    """A number in words or figures."""
    return next(
        number
        for number in range(100)
        if word.casefold() in {str(number), in_words(number), in_words(number, feminine=True)}
    )


@cache
def tongue(lang: str) -> Tongue:
    return Tongue(lang)


@cache
def patterns(lang: str, rows: tuple[Row, ...]) -> list[tuple[Row, re.Pattern[str]]]:
    """What each row looks like, the one with most letters of its own first."""
    found = []
    for row in rows:
        for said in tongue(lang).said(*row):
            parts = re.split(r"%\((\w+)\)s", said.replace("%%", "%"))
            said_anew = (f"(?P<{part}>.+?)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
            found.append((len("".join(parts[::2])), row, re.compile("".join(said_anew), re.IGNORECASE)))
    return [(row, pattern) for _letters, row, pattern in sorted(found, key=lambda each: -each[0])]


def row_of(text: str, lang: str, rows: tuple[Row, ...]) -> tuple[Row, Figures]:
    """The row that a heading is, and what stands in its places."""
    for row, pattern in patterns(lang, rows):
        if found := pattern.fullmatch(text):
            return row, found.groupdict()
    raise AssertionError(text)


def check_all(
    app: Flask,
    rows: dict[Row, Callable[[Any, Figures], bool]],
    heading: Callable[[Any], str],
    longest: int | None,
    make: Callable[[random.Random], Any] = random_view,
    times: int = 400,
) -> None:
    """Each heading is a row, is true, and is short enough; each row is reached."""
    reached: Counter[Row] = Counter()
    views = [make(luck(seed)) for seed in range(times)]
    known = tuple(row for row in rows if row[0])
    for lang in LANGUAGES:
        with app.test_request_context(), speaking(lang):
            for view in views:
                text = heading(view)
                view.lang = lang
                if not text:
                    reached["", ""] += 1
                    assert rows["", ""](view, {}), "something should have been said"
                    continue
                assert longest is None or len(text) <= longest, (lang, len(text), text)
                assert text[0] == text[0].upper()
                row, figures = row_of(text, lang, known)
                assert rows[row](view, figures), (lang, text, row)
                reached[row] += 1
    assert not [row for row in rows if not reached[row]], "these rows are never reached"


def one(text: str) -> Row:
    return text, ""


def named(view: Any, figures: Figures, *places: str) -> bool:
    """Whether every group that is named may be named."""
    small = view.small_cell or view.joined_below or 0
    lines = [line for some in view.lines.values() for line in some]
    for place in places:
        told = [line for line in lines if brief(line.name) in figures[place]]
        if not any(not line.members and line.seats >= small for line in told):
            return False
    return True


def ahead(view: Any) -> int:
    first, second = view.topics[0].theme, view.topics[0].next
    return hundred(first.score) - hundred(second.score)


def shares(view: Any, dimension: str) -> list[int]:
    return sorted(hundred(line.ballots / line.seats) for line in view.lines[dimension])


def leading(view: Any) -> ThemeResult:
    return next(theme for theme in view.themes if theme.key == view.plain[0])


def is_leading(view: Any, figures: Figures) -> bool:
    titled = leading(view).title.best(view.lang) in figures["theme"] if "theme" in figures else True
    return titled and len(view.topics) == 1 and leading(view) not in view.picked


def differs_by(view: Any, number: int) -> bool:
    return (
        view.topics_changed is True
        and len({t.key for t in view.without} - {t.key for t in view.picked}) == number
    )


def test_the_first_line(app: Flask) -> None:
    come = "It came first with %(score)s points out of 100, "
    check_all(
        app,
        {
            (
                f"{come}one ahead of the next theme.",
                f"{come}%(ahead)s ahead of the next theme.",
            ): lambda view, told: (
                int(told["score"]) == hundred(view.picked[0].score)
                and (number_of(told["ahead"], view.lang) if "ahead" in told else 1) == ahead(view) > 0
                and view.picked[0].place == 1
            ),
            one("It came first by less than one point in 100."): lambda view, _told: (
                view.step is None and ahead(view) == 0 and view.picked[0].place == 1
            ),
            one("It came first with about %(score)s points out of 100."): lambda view, told: (
                bool(view.step) and int(told["score"]) == hundred(view.picked[0].score)
            ),
            one("It is the first with the support that the rules require."): lambda view, _told: (
                view.picked[0].spread_met is True
                and not any(each.spread_met for each in view.themes[: view.picked[0].place - 1])
            ),
            one(""): lambda view, _told: (
                len(view.topics) > 1
                or view.rules.method != "points"
                or view.picked[0].score is None
                or not view.picked[0].spread_met
                or view.topics[0].next is None
            ),
        },
        opening.led,
        None,
    )


def test_the_title_of_all_themes(app: Flask) -> None:
    first = "First with weights and without; with them, by "
    check_all(
        app,
        {
            one("Unweighted, %(theme)s would have been chosen"): lambda view, told: (
                differs_by(view, 1) and view.without[0].title.best(view.lang) in told["theme"]
            ),
            one("Unweighted, another theme would have been chosen"): lambda view, _told: differs_by(view, 1),
            one("Unweighted, one of the %(num)s themes would be %(theme)s"): lambda view, told: (
                differs_by(view, 1) and number_of(told["num"], view.lang) == len(view.topics) > 1
            ),
            one("Unweighted, one of the %(num)s themes would be another"): lambda view, told: (
                differs_by(view, 1) and number_of(told["num"], view.lang) == len(view.topics) > 1
            ),
            one("Unweighted, %(num)s of the themes would be others"): lambda view, told: differs_by(
                view, number_of(told["num"], view.lang)
            ),
            one("Unweighted, %(theme)s would lead, but lacks support"): lambda view, told: (
                is_leading(view, told) and (view.topics_changed is False or not leading(view).spread_met)
            ),
            one("Unweighted, another theme would lead, but lacks support"): lambda view, told: (
                is_leading(view, told) and (view.topics_changed is False or not leading(view).spread_met)
            ),
            one("Unweighted, %(theme)s would lead"): is_leading,
            one("Unweighted, another theme would lead"): is_leading,
            (f"{first}one point", f"{first}%(ahead)s points"): lambda view, told: (
                (number_of(told["ahead"], view.lang) if "ahead" in told else 1) == ahead(view)
                and view.plain[0] == view.picked[0].key == view.themes[0].key
                and view.rules.method == "points"
            ),
            ("First by one point out of 100", "First by %(ahead)s points out of 100"): lambda view, told: (
                (number_of(told["ahead"], view.lang) if "ahead" in told else 1) == ahead(view)
                and not view.weighed
            ),
            one("The %(num)s themes, by score"): lambda view, told: (
                number_of(told["num"], view.lang) == len(view.themes) and view.rules.method == "points"
            ),
            one("The %(num)s themes in the order of the result"): lambda view, told: (
                number_of(told["num"], view.lang) == len(view.themes) and view.rules.method != "points"
            ),
        },
        opening.ranked,
        headings.TITLE,
    )


def test_how_firm(app: Flask) -> None:
    def level(name: str) -> Callable[[Any, Figures], bool]:
        return lambda view, _told: view.firmness.verdict == name

    def either(view: Any, _told: Figures) -> bool:
        could = view.firmness.repeated.first
        often = sum(times for _theme, times in could)
        return view.firmness.verdict == "close" and len(could) == 2 and often >= 950 and len(view.topics) == 1

    def reservations(view: Any) -> int:
        return (view.firmness.percent < 80) + len(view.firmness.differing)

    def by_name(view: Any, told: Figures) -> bool:
        left = view.firmness.left_out
        return (
            level("firm")(view, told)
            and len(left) == 1
            and (named(view, told, "group") if left[0].name.best(view.lang) in told["group"] else True)
        )

    check_all(
        app,
        {
            one("Close: it could be either of two"): either,
            one("A close result"): level("close"),
            one("Firm, with one reservation: %(what)s"): lambda view, told: (
                level("reservations")(view, told) and reservations(view) == 1
            ),
            ("Firm, with one reservation", "Firm, with %(count)s reservations"): lambda view, told: (
                (number_of(told["count"], view.lang) if "count" in told else 1) == reservations(view)
                and level("reservations")(view, told)
            ),
            one("Firm, but only with the votes %(group)s"): by_name,
            one("Firm, but it depends on one group"): lambda view, told: (
                level("firm")(view, told) and len(view.firmness.left_out) == 1
            ),
            one("Firm, but it depends on %(num)s groups"): lambda view, told: (
                level("firm")(view, told)
                and number_of(told["num"], view.lang) == len(view.firmness.left_out) > 1
            ),
            one("Firm: none of these questions changes it"): lambda view, told: (
                level("firm")(view, told)
                and view.firmness.percent >= 95
                and view.firmness.left_out_tried
                and not view.firmness.left_out
                and not view.depends.ties
                and not (view.firmness.worst and (view.firmness.worst.enough or 9) < 3)
            ),
            one("A firm result"): level("firm"),
            one("How firm it is"): lambda view, _told: view.firmness.verdict is None,
        },
        opening.firm,
        headings.HEADING,
    )


def test_on_whose_votes_it_depends(app: Flask) -> None:
    tails = (
        "%(without)s, another theme would have been chosen.",
        "%(without)s, the chosen themes would have differed.",
    )
    worst = "In the worst case, "

    def without(view: Any, told: Figures) -> bool:
        left = view.firmness.left_out
        small = view.small_cell or view.joined_below or 0
        line = next(each for each in view.lines[left[0].dimension] if each.name == left[0].name)
        says_it = line.name.best(view.lang) in told["without"]
        return view.firmness.verdict == "firm" and bool(left) and says_it is (line.seats >= small)

    check_all(
        app,
        {
            tails: without,
            (
                f"{worst}one different vote would have changed the theme.",
                f"{worst}%(votes)s different votes would have changed the theme.",
            ): lambda view, told: (
                (number_of(told["votes"], view.lang) if "votes" in told else 1)
                == view.firmness.worst.enough
                < 3
                and not view.firmness.left_out
            ),
            one(""): lambda view, _told: (
                view.firmness.verdict != "firm"
                or (
                    not view.firmness.left_out
                    and ((view.firmness.worst and view.firmness.worst.enough) or 9) > 2
                )
            ),
        },
        opening.depends,
        None,
    )


def test_which_could_be_the_first(app: Flask) -> None:
    def of(view: Any) -> str:
        found = opening.first_ones(view)
        if found is None:
            return ""
        drawn = view.firmness.repeated.first
        said = [
            int(each) for each in re.findall(r" (\d+)(?= |,|\)|$)", found.themes.striptags()) if each != "100"
        ]
        assert said[-len(drawn) :] == [round(times / 10) for _theme, times in drawn]
        return found.said

    def first(view: Any) -> list[tuple[ThemeResult, int]]:
        return list(view.firmness.repeated.first)

    check_all(
        app,
        {
            one("One of these %(num)s would be first:"): lambda view, told: (
                number_of(told["num"], view.lang) == len(first(view)) > 1
                and sum(times for _theme, times in first(view)) >= 950
            ),
            one("Any of these %(num)s could be first:"): lambda view, told: (
                number_of(told["num"], view.lang) == len(first(view)) > 1
                and sum(times for _theme, times in first(view)) < 950
            ),
            one(""): lambda view, _told: (
                view.firmness.repeated is None or [theme for theme, _times in first(view)] == [view.picked[0]]
            ),
        },
        of,
        None,
    )


def test_who_reached_its_share(app: Flask) -> None:
    def of(view: Any) -> str:
        found = opening.reached(view)
        if found is None:
            return ""
        assert found.met is (not found.missed)
        if found.said and found.missed:
            (short,) = view.balance.short
            small = view.small_cell or view.joined_below or 0
            assert (brief(short.line.name) in found.missed) is (
                short.line.seats >= small and not short.line.members
            )
            if not short.line.silent and (told := re.match(r".*?(\d+)[\s%].*?(\d+)", found.missed)):
                assert int(told[1]) in {hundred(short.line.weighted), short.line.ballots}
        return found.said or found.missed

    def missed(view: Any) -> int:
        return sum(each.reached is False for each in view.balance.reach)

    check_all(
        app,
        {
            one("%(groups)s had the say that the rules give them."): lambda view, _told: (
                missed(view) <= 1 and all(each.reached is not None for each in view.balance.reach)
            ),
            one("Every group that voted reached its share."): lambda view, _told: (
                view.balance.met is True and missed(view) == 0
            ),
            (
                "One group did not reach the share that the rules give it: %(names)s.",
                "%(short)s groups did not reach the share that the rules give them: %(names)s.",
            ): lambda view, told: (
                (number_of(told["short"], view.lang) if "short" in told else 1) == missed(view) <= 3
            ),
            one(
                "%(short)s of %(whole)s groups did not reach the share that the rules give them."
            ): lambda view, told: (
                int(told["short"]) == missed(view) > 3 and int(told["whole"]) == len(view.balance.reach)
            ),
            one(""): lambda view, _told: (
                view.balance is None or not view.balance.reach or (missed(view) == 0 and not view.balance.met)
            ),
        },
        of,
        None,
        rounded_or_exact,
    )


def rounded_or_exact(choose: random.Random) -> Any:
    """A view; of some, the public knows that all targets were met, and not of which group."""
    view = random_view(choose)
    facts = view.balance
    if facts is not None and facts.reach and choose.random() < 0.2:
        reach = tuple(
            Reach(each.line, each.target, each.needed, None, each_counts_once=True) for each in facts.reach
        )
        view.balance = BalanceFacts(facts.balanced, met=True, reach=reach)
    return view


def test_why_it_was_chosen(app: Flask) -> None:
    def won(view: Any) -> tuple[int, int]:
        topic = view.topics[0]
        return sum(duel.share > 0.5 for duel in topic.duels), len(topic.duels)

    def behind(view: Any, told: Figures) -> bool:
        whole = view.lines["subregion"]
        alone = all(not line.members for line in whole)
        return alone and view.topics[0].theme.support[0].supporting == len(whole) and bool(told["groups"])

    def beats_the_rest(view: Any, told: Figures) -> bool:
        chosen = {theme.key for theme in view.picked}
        lost = [
            d for topic in view.topics for d in topic.duels if d.rival.key not in chosen and d.share <= 0.5
        ]
        return not lost and number_of(told["num"], view.lang) == len(view.topics) > 1

    def supported(choose: random.Random) -> Any:
        view = random_view(choose)
        for at, topic in enumerate(view.topics):
            whole = len(view.lines["subregion"])
            theme = view.picked[at]
            support = Support(
                "subregion", met=True, categories=(), supporting=choose.choice([whole, whole - 1])
            )
            object.__setattr__(theme, "support", (support,))
            assert topic.theme is theme
        return view

    check_all(
        app,
        {
            one("Beats all others; backed by %(groups)s"): lambda view, told: (
                won(view)[0] == won(view)[1] > 1 and behind(view, told)
            ),
            ("It beats the other theme", "It beats each of the other %(count)s"): lambda view, told: (
                (number_of(told["count"], view.lang) if "count" in told else 1)
                == won(view)[0]
                == won(view)[1]
            ),
            one("Supported by %(groups)s"): behind,
            one("It beats %(won)s of the other %(num)s"): lambda view, told: (
                (number_of(told["won"], view.lang), number_of(told["num"], view.lang)) == won(view)
            ),
            one("Each of the %(num)s beats every theme not chosen"): beats_the_rest,
            one("Why this theme"): lambda view, _told: len(view.topics) == 1,
            one("Why these themes"): lambda view, _told: len(view.topics) > 1,
        },
        headings.why,
        headings.HEADING,
        supported,
    )


def test_who_voted(app: Flask) -> None:
    def some(choose: random.Random) -> Any:
        seats = choose.choice([1, 2, 30, 161, 2000])
        return SimpleNamespace(seats=seats, ballots=choose.choice([seats, choose.randint(1, seats)]))

    def near(part: int, whole: int) -> Callable[[Any, Figures], bool]:
        return lambda view, _told: abs(view.ballots / view.seats - part / whole) <= 0.0201

    check_all(
        app,
        {
            one("Every organisation voted"): lambda view, _told: view.ballots == view.seats,
            one("One in four organisations voted"): near(1, 4),
            one("One in three organisations voted"): near(1, 3),
            one("Half of the organisations voted"): near(1, 2),
            one("Two in three organisations voted"): near(2, 3),
            one("Three in four organisations voted"): near(3, 4),
            one("Four in five organisations voted"): near(4, 5),
            one("Nine in ten organisations voted"): near(9, 10),
            (
                "%(ballots)s of %(num)s organisation voted",
                "%(ballots)s of %(num)s organisations voted",
            ): lambda view, told: (
                [re.sub(r"\D", "", told[name]) for name in ("ballots", "num")]
                == [str(view.ballots), str(view.seats)]
            ),
        },
        lambda view: headings.who(view.ballots, view.seats),
        headings.HEADING,
        some,
    )


def percents(text: str) -> list[int]:
    return [int(each) for each in re.findall(r"\d+", text)]


def test_turnout_of_groups(app: Flask) -> None:
    for dimension in ("subregion", "sector"):

        def spread(view: Any, dimension: str = dimension) -> list[int]:
            return shares(view, dimension)

        check_all(
            app,
            {
                one("%(groups)s turned out equally: %(share)s"): lambda view, told: (
                    {*spread(view)} == {*percents(told["share"])}
                ),
                one("%(groups)s turned out almost equally"): lambda view, _told: (
                    spread(view)[-1] - spread(view)[0] <= 5
                ),
                one("Lowest turnout: %(name)s, %(share)s"): lambda view, told: (
                    percents(told["share"]) == spread(view)[:1]
                    and spread(view)[1] - spread(view)[0] >= 10
                    and named(view, told, "name")
                ),
                one("Turnout from %(low)s (%(least)s) to %(high)s (%(most)s)"): lambda view, told: (
                    [*percents(told["low"]), *percents(told["high"])] == [spread(view)[0], spread(view)[-1]]
                    and named(view, told, "least", "most")
                    and spread(view)[0] < spread(view)[1]
                ),
                one("%(by)s, turnout from %(low)s to %(high)s"): lambda view, told: (
                    [*percents(told["low"]), *percents(told["high"])] == [spread(view)[0], spread(view)[-1]]
                ),
                one(f"By {dimension}"): lambda view, _told, dimension=dimension: (
                    any(line.members for line in view.lines[dimension])
                    and spread(view)[0] == spread(view)[-1]
                ),
            },
            lambda view, dimension=dimension: headings.turnout(view, dimension),
            headings.TITLE,
            turnouts,
            times=600,
        )


def turnouts(choose: random.Random) -> Any:
    view = random_view(choose)
    if choose.random() < 0.1:
        for dimension, lines in view.lines.items():
            view.lines[dimension] = [
                CategoryLine(dimension, line.key, line.name, 10, 7, 0, None, None, line.members)
                for line in lines
            ]
        view.categories = tuple((dimension, tuple(some)) for dimension, some in view.lines.items())
    return view


def test_where_the_roll_is_from(app: Flask) -> None:
    def some(choose: random.Random) -> Any:
        lands = choose.sample(list(catalogue.countries()), choose.choice([1, 3, 12, 33]))
        roll = [(land.name, choose.choice([1, 2, 2, 20])) for land in lands]
        return SimpleNamespace(roll=roll, seats=sum(seats for _name, seats in roll))

    def first(view: Any, told: Figures) -> bool:
        most = max(seats for _name, seats in view.roll)
        names = [name.best(view.lang) for name, seats in view.roll if seats == most]
        return (
            names == [told["name"]]
            and int(told["most"]) == most
            and 10 * most >= view.seats
            and whole(view, told)
        )

    def whole(view: Any, told: Figures) -> bool:
        return (int(told["seats"]), int(told["countries"])) == (view.seats, len(view.roll))

    def title(view: Any) -> str:
        told = [(local(name), seats) for name, seats in view.roll]
        return headings.places(told, view.seats, len(view.roll))

    check_all(
        app,
        {
            one("The %(seats)s are from %(countries)s countries; %(most)s from %(name)s alone"): first,
            one("The %(seats)s are from %(countries)s countries"): whole,
            one("All from one country"): lambda view, _told: len(view.roll) == 1,
        },
        title,
        headings.TITLE,
        some,
    )
    check_all(
        app,
        {
            one("Votes came from %(voting)s of %(countries)s countries"): lambda view, told: (
                int(told["voting"]) == view.countries_voting
                and int(told["countries"]) == view.card.countries > 1
            ),
            one("Where the organisations that voted come from"): lambda view, _told: (
                view.countries_voting is None or view.card.countries == 1
            ),
        },
        headings.map_of_votes,
        headings.TITLE,
    )


def test_the_say_of_each_group(app: Flask) -> None:
    def reach(view: Any, dimension: str = "subregion") -> list[bool | None]:
        return [each.reached for each in view.balance.reach if each.line.dimension == dimension]

    def same(number: int) -> Callable[[Any, Figures], bool]:
        return lambda view, _told: (
            reach(view) == [True] * number
            and all(abs(line.weighted - 1 / number) < 0.001 for line in view.lines["subregion"])
        )

    def short(view: Any, number: int) -> bool:
        return sum(each is False for each in reach(view)) == number

    check_all(
        app,
        {
            one("%(each)s had half of the say"): same(2),
            one("%(each)s had a third of the say"): same(3),
            one("%(each)s had a quarter of the say"): same(4),
            one("%(one)s did not reach its share: %(name)s"): lambda view, told: (
                short(view, 1) and named(view, told, "name")
            ),
            one("%(one)s did not reach its share"): lambda view, _told: short(view, 1),
            one("%(some)s did not reach their share"): lambda view, told: (
                short(view, percents(told["some"])[0]) and percents(told["some"])[1] == len(reach(view))
            ),
            one("The weighted say of %(each)s"): lambda view, _told: (
                not any(each is False for each in reach(view))
            ),
            one("Votes were not weighted"): lambda view, _told: not view.weighed,
        },
        headings.balance,
        headings.HEADING,
    )

    def all_had(view: Any, dimension: str, number: int) -> bool:
        found = reach(view, dimension)
        return sum(each is True for each in found) == number and None not in found

    def moved(view: Any, told: Figures, dimension: str) -> bool:
        lines = [line for line in view.lines[dimension] if brief(line.name) == told["name"]]
        ends = percents(told["before"] + " " + told["after"])
        return any(
            ends == [hundred(line.share), hundred(line.target if line.weighted is None else line.weighted)]
            for line in lines
        ) and named(view, told, "name")

    for dimension in ("subregion", "sector"):
        even = {
            one(f"From %(shares)s of the votes to {part} each"): lambda view, told, number=number: (
                all_had(view, "subregion", number)
                and len(view.lines["subregion"]) == number
                and sorted(percents(told["shares"]))
                == sorted(hundred(line.share) for line in view.lines["subregion"])
            )
            for number, part in ((2, "half"), (3, "a third"), (4, "a quarter"))
        }
        check_all(
            app,
            {
                **(even if dimension == "subregion" else {}),
                one("%(some)s had their share"): lambda view, told, dimension=dimension: (
                    all_had(view, dimension, percents(told["some"])[0])
                    if re.search(r"\d", told["some"])
                    else all(reach(view, dimension))
                ),
                one(
                    "%(each)s has the share of votes set by the rules"
                ): lambda view, _told, dimension=dimension: all(
                    line.weighted is None and hundred(line.share) == hundred(line.target)
                    for line in view.lines[dimension]
                ),
                one("%(each)s keeps the say that its votes had"): lambda view, _told, dimension=dimension: (
                    all(hundred(line.share) == hundred(line.weighted) for line in view.lines[dimension])
                ),
                (
                    "%(some)s had their share; %(num)s did not vote",
                    "%(some)s had their share; %(num)s did not vote",
                ): lambda view, told, dimension=dimension: (
                    all_had(view, dimension, percents(told["some"])[0])
                    and int(told["num"]) == sum(line.silent for line in view.lines[dimension])
                ),
                one(
                    "%(name)s: from %(before)s of votes to %(after)s of the say"
                ): lambda view, told, dimension=dimension: moved(view, told, dimension),
                one(
                    "%(name)s: %(before)s of votes; under the rules, %(after)s"
                ): lambda view, told, dimension=dimension: (
                    moved(view, told, dimension)
                    and any(line.weighted is None for line in view.lines[dimension])
                ),
                one(f"By {dimension}"): lambda _view, _told: True,
            },
            lambda view, dimension=dimension: headings.voice(view, dimension),
            headings.TITLE,
            weighed,
        )


def weighed(choose: random.Random) -> Any:
    """A view of a round with weights; of some, the shares of the votes are those that the rules give."""
    view = random_view(choose)
    while not view.weighed:
        view = random_view(choose)
    if choose.random() < 0.2:
        told = choose.random() < 0.5
        for dimension, some in view.lines.items():
            view.lines[dimension] = [
                CategoryLine(
                    dimension,
                    line.key,
                    line.name,
                    line.seats,
                    line.ballots,
                    line.share,
                    line.share if told else None,
                    line.share,
                    line.members,
                )
                for line in some
            ]
        view.categories = tuple((dimension, tuple(some)) for dimension, some in view.lines.items())
        view.balance = BalanceFacts(view.balance.balanced, met=None)
    return view


def test_the_objectives(app: Flask) -> None:
    def most(view: Any, told: Figures) -> bool:
        known = {line.number: hundred(line.share) for line in view.objectives if line.share is not None}
        top = max(known.values())
        first = [number for number, share in known.items() if share == top]
        numbers = percents(told.get("numbers") or told["number"])
        return numbers == first and percents(told["share"]) == [top]

    for heading, longest in (
        (headings.objectives, headings.TITLE),
        (headings.objectives_heading, headings.HEADING),
    ):
        check_all(
            app,
            {
                one("Most ticked of those published: %(numbers)s (%(share)s)"): lambda view, told: (
                    most(view, told) and any(line.share is None for line in view.objectives)
                ),
                one("Most ticked: objective %(number)s (%(share)s)"): most,
                one("Most ticked: objective %(number)s, %(name)s (%(share)s)"): most,
                one("Most ticked: objectives %(numbers)s (%(share)s)"): most,
                one("No ballot ticked an objective"): lambda view, _told: (
                    not any(line.share for line in view.objectives)
                ),
                one("How urgent each objective is"): lambda _view, _told: True,
            },
            heading,
            longest,
            ticked,
        )


def ticked(choose: random.Random) -> Any:
    """A view; of some, the first objective has a short name and was ticked most."""
    view = random_view(choose)
    if choose.random() < 0.2:
        lines = [ObjectiveLine(1, every("Datos"), 0.4, here=False, touched=False), *view.objectives[1:]]
        view.objectives = tuple(lines)
    return view


def test_comparisons_and_the_run_off(app: Flask) -> None:
    beats = "Head to head, %(topic)s beats %(won)s of %(num)s other theme"
    check_all(
        app,
        {
            (beats, f"{beats}s"): lambda view, told: (
                int(told["won"]) == sum(duel.share > 0.5 for duel in view.topics[0].duels)
                and int(told["num"]) == len(view.themes) - 1
            ),
            one("Every theme compared with every other"): lambda view, _told: (
                not view.topics[0].all_told or bool(view.step)
            ),
        },
        headings.pairs,
        headings.TITLE,
    )
    check_all(
        app,
        {
            one("In the last step, %(more)s of the votes against %(less)s"): lambda view, told: (
                percents(told["more"]) + percents(told["less"]) == [55, 40]
                and len(view.steps[-1].shares) == 2
            ),
            one("The run-off, step by step"): lambda view, _told: (
                not view.steps or len(view.steps[-1].shares) < 2
            ),
        },
        headings.runoff,
        headings.TITLE,
    )


def test_what_comes_next(app: Flask) -> None:
    def some(choose: random.Random) -> Any:
        return SimpleNamespace(
            spoke=choose.choice([0, 1, 5, 20]),
            months=choose.choice([0, 1, 5]),
            seats=choose.choice([0, 1, 8]),
        )

    def is_number(told: Figures, place: str, number: int, lang: str) -> bool:
        return number == (number_of(told[place], lang) if place in told else 1)

    check_all(
        app,
        {
            ("One month later, %(people)s", "%(months)s months later, %(people)s"): lambda view, told: (
                is_number(told, "months", view.months, view.lang) and view.spoke > 0
            ),
            ("One person will speak on it", "%(count)s people will speak on it"): lambda view, told: (
                not view.spoke and is_number(told, "count", view.seats, view.lang)
            ),
            ("one person spoke", "%(count)s people spoke"): lambda view, told: (
                not view.months and is_number(told, "count", view.spoke, view.lang)
            ),
            one("What comes next"): lambda view, _told: not view.spoke and not view.seats,
        },
        lambda view: headings.following(view.spoke, view.months, view.seats),
        headings.HEADING,
        some,
    )


def test_whole_months() -> None:
    start = datetime(2026, 1, 31, 12, tzinfo=UTC)
    ends = {(2, 28): 0, (3, 1): 1, (1, 31): 0, (6, 30): 4, (7, 1): 5}
    for (month, day), months in ends.items():
        assert headings.months_between(start, datetime(2026, month, day, 13, tzinfo=UTC)) == months
