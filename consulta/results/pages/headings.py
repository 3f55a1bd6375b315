"""Headings of a result's sections and titles of its charts, each a finding made from the figures below it.

A function goes through what could be said, the most telling first, and takes the first sentence whose figures
hold and that is short enough; the last one is the plain fact and always holds. A sentence ends without a full
stop. What the reader may not be told is None in the figures and leads to no finding; a group is named only
where it stands by itself and has as many organisations as the figures of the consultation must describe.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, ParamSpec

from consulta.platform.data import dimensions
from consulta.platform.web import dimension_words
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import ngettext
from consulta.platform.web.language import in_words, local, percent
from consulta.platform.web.lists import listed
from consulta.results.pages import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from flask import Flask

    from consulta.results.values import CategoryLine, Reach, ResultView, Topic

HEADING = 50
"""So many characters has the heading of a section at most."""

TITLE = 66
"""The same of a chart's title: two lines on a narrow phone."""

EQUAL = 5
"""So many points apart at most, groups turned out almost equally."""

APART = 10
"""So many points below the next one, a group turned out least."""

NEAR = 2
"""So many points at most lies a turnout from the simple fraction that stands for it."""

A_TENTH = 10
"""The country with the most organisations is named from so many of a hundred on."""

P = ParamSpec("P")


def init_app(app: Flask) -> None:
    """Give templates the headings, each by the name of its function."""
    app.jinja_env.globals.update(
        headings={
            "balance": balance,
            "following": following,
            "map_of_votes": map_of_votes,
            "objectives": objectives,
            "objectives_heading": objectives_heading,
            "pairs": pairs,
            "turnout": turnout,
            "voice": voice,
            "who": who,
            "why": why,
        }
    )


def short(longest: int) -> Callable[[Callable[P, Iterator[str]]], Callable[P, str]]:
    """Return a decorator: the first of the sentences that has so many characters at most, or the last."""

    def decorated(said: Callable[P, Iterator[str]]) -> Callable[P, str]:
        @wraps(said)
        def shortest(*args: P.args, **kwargs: P.kwargs) -> str:
            text = ""
            for each in said(*args, **kwargs):
                text = f"{each[:1].upper()}{each[1:]}"
                if len(text) <= longest:
                    break
            return text

        return shortest

    return decorated


def may_be_named(line: CategoryLine, view: ResultView) -> bool:
    """Return whether a heading may name a category: it is shown by itself, and it is not too small."""
    return not line.members and line.seats >= (view.small_cell or view.joined_below or 0)


def short_name(line: CategoryLine) -> str:
    """Return the short name of a category; of a dimension that the installation added, with the dimension."""
    name = dimension_words.brief(line.name)
    return name if line.dimension in dimensions.BUILT_IN else f"{dimension_words.own(line.dimension)}: {name}"


def lines_of(view: ResultView, dimension: str) -> Sequence[CategoryLine]:
    """Return the categories of a dimension; none where it is not told."""
    return dict(view.categories).get(dimension, ())


# -- why


@short(HEADING)
def why(view: ResultView) -> Iterator[str]:
    """Yield headings on why the topics were chosen: whom they beat, and who supports them."""
    if len(view.topics) > 1:
        if all(_beats_the_rest(topic, view) for topic in view.topics):
            yield _("Each of the %(num)s beats every theme not chosen", num=in_words(len(view.topics)))
        yield _("Why these themes")
        return
    topic = view.topics[0]
    others, won = len(topic.duels), len(topic.won)
    known = topic.all_told and others > 0 and not (view.step and topic.level)
    behind = _behind(topic, view)
    if known and won == others:
        if behind and others > 1:
            yield _("Beats all others; backed by %(groups)s", groups=behind)
        yield ngettext(
            "It beats the other theme", "It beats each of the other %(count)s", others, count=in_words(others)
        )
    if behind:
        yield _("Supported by %(groups)s", groups=behind)
    if known and won:
        yield _("It beats %(won)s of the other %(num)s", won=in_words(won), num=in_words(others))
    yield _("Why this theme")


def _beats_the_rest(topic: Topic, view: ResultView) -> bool:
    """Return whether a topic is known to beat every theme that was not chosen."""
    chosen = {each.key for each in view.topics}
    beaten = {duel.rival.key for duel in topic.won}
    rest = {theme.key for theme in view.themes} - chosen
    return bool(rest) and rest <= beaten


def _behind(topic: Topic, view: ResultView) -> str:
    """Return all subregions of the roll inside of a sentence, if all of them support the topic; else ""."""
    support = next((each for each in topic.theme.support if each.dimension == "subregion"), None)
    whole = [line for line in lines_of(view, "subregion") if line.seats]
    if support is None or any(line.members for line in whole) or len(whole) < 2:  # noqa: PLR2004 - all of several
        return ""
    return dimension_words.all_of("subregion", len(whole)) if support.supporting == len(whole) else ""


# -- who


@short(HEADING)
def who(ballots: int, seats: int) -> Iterator[str]:
    """Yield headings on how many of the organisations voted, in simple fractions where one is near."""
    if ballots == seats:
        yield _("Every organisation voted")
    simple = {
        (1, 4): _("One in four organisations voted"),
        (1, 3): _("One in three organisations voted"),
        (1, 2): _("Half of the organisations voted"),
        (2, 3): _("Two in three organisations voted"),
        (3, 4): _("Three in four organisations voted"),
        (4, 5): _("Four in five organisations voted"),
        (9, 10): _("Nine in ten organisations voted"),
    }
    for (part, whole), said in simple.items():
        if seats and ballots < seats and abs(100 * ballots / seats - 100 * part / whole) <= NEAR:
            yield said
    yield ngettext(
        "%(ballots)s of %(num)s organisation voted",
        "%(ballots)s of %(num)s organisations voted",
        seats,
        ballots=ballots,
    )


@short(TITLE)
def turnout(view: ResultView, dimension: str) -> Iterator[str]:
    """Yield titles of a chart of turnout: who voted least, or from how much to how much it goes."""
    known = [line for line in lines_of(view, dimension) if line.seats]
    ordered = sorted(known, key=lambda line: line.ballots / line.seats)
    shares = [words.hundred(line.ballots / line.seats) for line in ordered]
    if len(known) > 1:
        ends = {"low": percent(shares[0] / 100), "high": percent(shares[-1] / 100)}
        alone = not any(line.members for line in known)
        if shares[0] == shares[-1] and alone:
            yield _(
                "%(groups)s turned out equally: %(share)s",
                groups=dimension_words.all_of(dimension, len(known)),
                share=ends["low"],
            )
        if shares[-1] - shares[0] <= EQUAL and alone:
            yield _(
                "%(groups)s turned out almost equally", groups=dimension_words.all_of(dimension, len(known))
            )
        if shares[-1] - shares[0] > EQUAL or not alone:
            named = [may_be_named(line, view) for line in ordered]
            if shares[1] - shares[0] >= APART and named[0]:
                yield _("Lowest turnout: %(name)s, %(share)s", name=short_name(ordered[0]), share=ends["low"])
            if shares[0] < shares[1] and shares[-2] < shares[-1] and named[0] and named[-1]:
                yield _(
                    "Turnout from %(low)s (%(least)s) to %(high)s (%(most)s)",
                    **ends,
                    least=short_name(ordered[0]),
                    most=short_name(ordered[-1]),
                )
            if shares[0] < shares[-1]:
                yield _("%(by)s, turnout from %(low)s to %(high)s", by=dimension_words.by(dimension), **ends)
    yield dimension_words.by(dimension)


@short(TITLE)
def places(roll: Sequence[tuple[str, int]], seats: int, countries: int) -> Iterator[str]:
    """Yield titles of the map of the roll; `roll`: each country that is told, with its organisations."""
    if countries == 1:
        yield _("All from one country")
        return
    ordered = sorted(roll, key=lambda each: -each[1])
    if ordered:
        name, most = ordered[0]
        alone = all(number < most for _name, number in ordered[1:])
        if alone and 100 * most >= A_TENTH * seats:
            yield _(
                "The %(seats)s are from %(countries)s countries; %(most)s from %(name)s alone",
                seats=seats,
                countries=countries,
                name=name,
                most=most,
            )
    yield _("The %(seats)s are from %(countries)s countries", seats=seats, countries=countries)


@short(TITLE)
def map_of_votes(view: ResultView) -> Iterator[str]:
    """Yield titles of the map of those that voted."""
    if view.countries_voting is not None and view.card.countries > 1:
        yield _(
            "Votes came from %(voting)s of %(countries)s countries",
            voting=view.countries_voting,
            countries=view.card.countries,
        )
    yield _("Where the organisations that voted come from")


# -- the weights


@short(HEADING)
def balance(view: ResultView) -> Iterator[str]:
    """Yield headings on what the weights did: the say of each group of the first balanced dimension."""
    facts = view.balance
    if facts is None or not facts.balanced:
        yield _("Votes were not weighted")
        return
    dimension = facts.balanced[0]
    told = [each for each in facts.reach if each.line.dimension == dimension]
    short = [each for each in told if each.reached is False]
    if len(told) == len(lines_of(view, dimension)) and told and all(each.reached for each in told):
        every = dimension_words.every(dimension)
        same = view.rules.balance.get(dimension) == "equal"
        parts = {
            2: _("%(each)s had half of the say", each=every),
            3: _("%(each)s had a third of the say", each=every),
            4: _("%(each)s had a quarter of the say", each=every),
        }
        if same and len(told) in parts:
            yield parts[len(told)]
    if len(short) == 1:
        one = dimension_words.one(dimension)
        if may_be_named(short[0].line, view):
            yield _("%(one)s did not reach its share: %(name)s", one=one, name=short_name(short[0].line))
        yield _("%(one)s did not reach its share", one=one)
    elif short:
        yield _(
            "%(some)s did not reach their share",
            some=dimension_words.some_of(dimension, len(short), len(told)),
        )
    yield _("The weighted say of %(each)s", each=dimension_words.every(dimension))


@short(TITLE)
def voice(view: ResultView, dimension: str) -> Iterator[str]:
    """Yield titles of a chart of shares before and after weights: who reached theirs, or the largest change.

    Where a weighted figure is not public, its target is beside the votes, which is no figure of the votes:
    the share of categories without votes goes to others, and bounds may keep a category from its target.
    Rounded figures that differ by less than a step tell of no change.
    """
    lines = lines_of(view, dimension)
    reach = [
        each for each in (view.balance.reach if view.balance else ()) if each.line.dimension == dimension
    ]
    weighted = all(line.weighted is not None for line in lines)
    if len(reach) == len(lines) > 1 and weighted and all(each.reached is not None for each in reach):
        yield from _shared_out(view, dimension, lines, reach)
    step = max(view.step or 1, 1)
    changes = [
        (abs(after - before), line, before, after)
        for line in lines
        if (shown := words.voice(line)) is not None
        for before, after in [(words.hundred(line.share), words.hundred(shown))]
    ]
    most, line, before, after = max(changes, key=lambda each: each[0], default=(0, None, 0, 0))
    if most < step and step > 1 and weighted:
        pass
    elif not most and len(lines) > 1:
        yield (
            _("%(each)s keeps the say that its votes had", each=dimension_words.every(dimension))
            if weighted
            else _("%(each)s has the share of votes set by the rules", each=dimension_words.every(dimension))
        )
    elif line is not None and most and may_be_named(line, view):
        ends = {
            "name": short_name(line),
            "before": percent(before / 100),
            "after": percent(after / 100),
        }
        yield (
            _("%(name)s: from %(before)s of votes to %(after)s of the say", **ends)
            if weighted
            else _("%(name)s: %(before)s of votes; under the rules, %(after)s", **ends)
        )
    yield dimension_words.by(dimension)


def _shared_out(
    view: ResultView, dimension: str, lines: Sequence[CategoryLine], reach: Sequence[Reach]
) -> Iterator[str]:
    """Yield what every group reached: from which shares to the same for each, or how many had theirs."""
    had, silent = sum(bool(each.reached) for each in reach), sum(line.silent for line in lines)
    if had == len(lines) and view.rules.balance.get(dimension) == "equal":
        *larger, least = sorted((line.share for line in lines), reverse=True)
        before = listed([*map(words.hundred, larger), percent(least)])
        parts = {
            2: _("From %(shares)s of the votes to half each", shares=before),
            3: _("From %(shares)s of the votes to a third each", shares=before),
            4: _("From %(shares)s of the votes to a quarter each", shares=before),
        }
        if len(lines) in parts and len({words.hundred(line.share) for line in lines}) > 1:
            yield parts[len(lines)]
    if any(line.members for line in lines):
        return
    if had == len(lines):
        yield _("%(groups)s had their share", groups=dimension_words.all_of(dimension, had))
    elif silent and had + silent == len(lines):
        yield ngettext(
            "%(some)s had their share; %(num)s did not vote",
            "%(some)s had their share; %(num)s did not vote",
            silent,
            some=dimension_words.some_of(dimension, had, len(lines)),
        )
    if had:
        yield _("%(some)s had their share", some=dimension_words.some_of(dimension, had, len(lines)))


# -- the objectives, the comparisons, the run-off


def _objectives(view: ResultView) -> Iterator[str]:
    """Yield what was found of the objectives: which one was ticked most, by how many of a hundred."""
    told = [line for line in view.objectives if line.share is not None]
    most = max((words.hundred(line.share or 0) for line in told), default=0)
    if told and len(told) == len(view.objectives) and not view.step and not any(line.share for line in told):
        yield _("No ballot ticked an objective")
    elif most:
        first = [line for line in told if words.hundred(line.share or 0) == most]
        figures = {"number": first[0].number, "share": percent(most / 100)}
        numbers = listed(sorted(line.number for line in first))
        if len(told) < len(view.objectives):
            yield _(
                "Most ticked of those published: %(numbers)s (%(share)s)",
                numbers=numbers,
                share=figures["share"],
            )
        elif len(first) == 1:
            yield _(
                "Most ticked: objective %(number)s, %(name)s (%(share)s)",
                **figures,
                name=dimension_words.small(local(first[0].short)),
            )
            yield _("Most ticked: objective %(number)s (%(share)s)", **figures)
        else:
            yield _(
                "Most ticked: objectives %(numbers)s (%(share)s)",
                numbers=numbers,
                share=figures["share"],
            )
    yield _("How urgent each objective is")


objectives = short(TITLE)(_objectives)
objectives_heading = short(HEADING)(_objectives)


@short(TITLE)
def pairs(view: ResultView) -> Iterator[str]:
    """Yield titles of the table of comparisons: how many of them the first topic wins."""
    topic = view.topics[0]
    if topic.all_told and topic.duels and not (view.step and topic.level):
        the_topic = _("the first chosen theme") if len(view.topics) > 1 else _("the chosen theme")
        yield ngettext(
            "Head to head, %(topic)s beats %(won)s of %(num)s other theme",
            "Head to head, %(topic)s beats %(won)s of %(num)s other themes",
            len(topic.duels),
            topic=the_topic,
            won=len(topic.won),
        )
    yield _("Every theme compared with every other")


@short(TITLE)
def runoff(view: ResultView) -> Iterator[str]:
    """Yield titles of the steps of the run-off: what the last two themes had in the end."""
    last = next((step for step in reversed(view.steps) if len(step.shares) > 1), None)
    if last is not None:
        more, less, *_rest = sorted((words.hundred(share) for share in last.shares.values()), reverse=True)
        if len(last.shares) == 2:  # noqa: PLR2004 - the last step has two themes
            ends = {"more": percent(more / 100), "less": percent(less / 100)}
            yield _("In the last step, %(more)s of the votes against %(less)s", **ends)
    yield _("The run-off, step by step")


# -- what comes next


@short(HEADING)
def following(spoke: int, months: int, seats: int) -> Iterator[str]:
    """Yield headings on what comes after the result: how many spoke, or will; 0 where that is not so yet.

    `months`: whole ones from the closing to the session; `seats`: of the published panel.
    """
    if spoke and months > 0:
        people = ngettext(
            "one person spoke", "%(count)s people spoke", spoke, count=in_words(spoke, feminine=True)
        )
        yield ngettext(
            "One month later, %(people)s",
            "%(months)s months later, %(people)s",
            months,
            people=people,
            months=in_words(months),
        )
    elif spoke:
        yield ngettext(
            "one person spoke", "%(count)s people spoke", spoke, count=in_words(spoke, feminine=True)
        )
    elif seats:
        yield ngettext(
            "One person will speak on it",
            "%(count)s people will speak on it",
            seats,
            count=in_words(seats, feminine=True),
        )
    yield _("What comes next")


def months_between(before: datetime, after: datetime) -> int:
    """Return how many whole months lie between two moments."""
    months = 12 * (after.year - before.year) + after.month - before.month
    return months - ((after.day, after.time()) < (before.day, before.time()))
