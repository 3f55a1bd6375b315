"""The first screen of a result in sentences: why it was chosen, how firm it is, and who had their share.

Its titles follow the rules of `headings`; what the reader may not be told is in no sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from markupsafe import escape

from consulta.platform.web import dimension_words
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import ngettext
from consulta.platform.web.language import in_words, percent
from consulta.platform.web.lists import together
from consulta.results.page import FIRM_FROM
from consulta.results.pages import words
from consulta.results.pages.headings import HEADING, TITLE, lines_of, may_be_named, short, short_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flask import Flask
    from markupsafe import Markup

    from consulta.results.values import CategoryLine, Firmness, LeftOut, Reach, ResultView

SURE = 95
"""From so many of a hundred repetitions on, what they show is said without a number."""

NAMED = 3
"""So many groups short of their share are named one by one."""


def init_app(app: Flask) -> None:
    """Give templates what stands on the first screen, each by the name of its function."""
    app.jinja_env.globals.update(
        opening={
            "changes_without_weights": changes_without_weights,
            "depends": depends,
            "firm": firm,
            "first_ones": first_ones,
            "led": led,
            "ranked": ranked,
            "reached": reached,
        }
    )


# -- the first lines


def led(view: ResultView) -> str:
    """Return with how many points a single theme came first, and by how many; "" where that is not told."""
    topic = view.topics[0]
    score = topic.theme.score
    if len(view.topics) > 1 or view.rules.method != "points" or score is None:
        return ""
    if topic.theme.place != 1:
        return _("It is the first with the support that the rules require.") if topic.spread_met else ""
    ahead = _ahead(view)
    if view.step and (view.step > 1 or not ahead):
        return _("It came first with about %(score)s points out of 100.", score=words.hundred(score))
    if topic.next is None or topic.next.score is None:
        return ""
    if not ahead:
        return _("It came first by less than one point in 100.")
    return ngettext(
        "It came first with %(score)s points out of 100, one ahead of the next theme.",
        "It came first with %(score)s points out of 100, %(ahead)s ahead of the next theme.",
        ahead,
        score=words.hundred(score),
        ahead=in_words(ahead),
    )


def depends(view: ResultView) -> str:
    """Return on whose votes a firm choice depends, or how few could have changed it; else ""."""
    firm, count = view.firmness, len(view.topics)
    if firm.verdict != "firm":
        return ""
    if firm.left_out:
        named = [left for left in firm.left_out if _is_named(left, view)]
        group, more = _votes_of([*named, *firm.left_out][0], view), len(firm.left_out) - 1
        without = _("Without the votes %(group)s", group=group)
        if more:
            without = ngettext(
                "Without the votes %(group)s, or without those of another group",
                "Without the votes %(group)s, or without those of any of %(count)s other groups",
                more,
                group=group,
                count=in_words(more),
            )
        return ngettext(
            "%(without)s, another theme would have been chosen.",
            "%(without)s, the chosen themes would have differed.",
            count,
            without=without,
        )
    if firm.worst is None or not firm.worst.by_few or firm.worst.enough is None:
        return ""
    return ngettext(
        "In the worst case, one different vote would have changed the theme.",
        "In the worst case, %(votes)s different votes would have changed the theme.",
        firm.worst.enough,
        votes=in_words(firm.worst.enough),
    )


def _is_named(left: LeftOut, view: ResultView) -> bool:
    """Return whether a heading may name a group without which the choice would be another."""
    line = next((each for each in lines_of(view, left.dimension) if each.name == left.name), None)
    return line is not None and may_be_named(line, view)


def _votes_of(left: LeftOut, view: ResultView) -> str:
    """Return a group as the origin of votes: by its name, or by its kind where it may not be named."""
    if _is_named(left, view):
        return words.votes_of(left)
    return _("of %(kind)s", kind=dimension_words.one(left.dimension))


class Pairing(NamedTuple):
    """Which themes could be the first: what is said, and the themes with how often each would be."""

    said: str
    themes: Markup


def first_ones(view: ResultView) -> Pairing | None:
    """Return which themes could be the first; None where only the first of the topics could."""
    repeated = view.firmness.repeated
    found = repeated.first if repeated else ()
    if repeated is None or not found:
        return None
    if len(found) == 1:
        if found[0][0].key == view.topics[0].key:
            return None
        themes = escape(_("%(theme)s (in %(num)s of 100 samples)"))
        theme, made = found[0]
        return Pairing(
            _("With other organisations like these, another theme would be first:"),
            themes % {"theme": words.quoted(theme), "num": words.hundred(made / repeated.made)},
        )
    shares = [words.hundred(made / repeated.made) for _theme, made in found]
    said = [
        escape(_("%(theme)s (in %(num)s of 100 samples)") if not number else _("%(theme)s (in %(num)s)"))
        % {"theme": words.quoted(theme), "num": share}
        for number, ((theme, _made), share) in enumerate(zip(found, shares, strict=True))
    ]
    sure = 100 * sum(made for _theme, made in found) >= SURE * repeated.made
    return Pairing(
        _("One of these %(num)s would be first:", num=in_words(len(found)))
        if sure
        else _("Any of these %(num)s could be first:", num=in_words(len(found))),
        words.offered(said),
    )


class Reached(NamedTuple):
    """Whether the groups had the share of the say that the rules give them: all of them, or which not."""

    met: bool
    said: str
    missed: str


def reached(view: ResultView) -> Reached | None:
    """Return who had the share that the rules give; None where nothing of it is told.

    `said` is a sentence, `missed` one on the groups that had less.
    """
    facts = view.balance
    if facts is None or not facts.balanced or not facts.reach:
        return None
    told = {
        dimension: [each for each in facts.reach if each.line.dimension == dimension]
        for dimension in facts.balanced
    }
    several = {dimension: lines for dimension, lines in told.items() if len(lines) > 1}
    exact = all(each.reached is not None for each in facts.reach)
    if not facts.short:
        if exact and several:
            return Reached(met=True, said=_had(several), missed="")
        return (
            Reached(met=True, said=_("Every group that voted reached its share."), missed="")
            if facts.met
            else None
        )
    if len(facts.short) == 1 and exact and several:
        return Reached(met=False, said=_had(several), missed=_missed(facts.short[0], view))
    return Reached(met=False, said="", missed=_all_missed(view, facts.short, len(facts.reach)))


def _had(told: Mapping[str, Sequence[Reach]]) -> str:
    """Return of each dimension how many of its groups had their share."""
    parts = []
    for dimension, lines in told.items():
        had = sum(each.reached is True for each in lines)
        whole = had == len(lines)
        parts.append(
            dimension_words.all_of(dimension, had)
            if whole
            else dimension_words.some_of(dimension, had, len(lines))
        )
    return _capital(_("%(groups)s had the say that the rules give them.", groups=together(parts)))


def _missed(each: Reach, view: ResultView) -> str:
    """Return a sentence on the only group that had less than its share."""
    name = _called(each.line, view)
    if each.line.silent:
        return _("%(name)s did not: none of its organisations voted.", name=name)
    had, due = each.line.weighted, words.hundred(each.target)
    if had is None or words.hundred(had) >= due:
        said = (
            _("%(name)s had slightly less.", name=name)
            if had is not None
            else _("%(name)s had less.", name=name)
        )
    else:
        said = _(
            "%(name)s had %(had)s of the say, not %(due)s.",
            name=name,
            had=percent(had),
            due=percent(each.target),
        )
    if not each.lacks_votes:
        return said
    return f"{said} {_votes_needed(each)}"


def _votes_needed(each: Reach) -> str:
    return ngettext(
        "One of its organisations voted; %(needed)s were needed.",
        "%(num)s of its organisations voted; %(needed)s were needed.",
        each.line.ballots,
        needed=each.needed,
    )


def _all_missed(view: ResultView, short: Sequence[Reach], whole: int) -> str:
    """Return a sentence on the groups that had less than their share, by name where they are few."""
    if len(short) > NAMED:
        return _(
            "%(short)s of %(whole)s groups did not reach the share that the rules give them.",
            short=len(short),
            whole=whole,
        )
    return ngettext(
        "One group did not reach the share that the rules give it: %(names)s.",
        "%(short)s groups did not reach the share that the rules give them: %(names)s.",
        len(short),
        short=_capital(in_words(len(short))),
        names=together(_shortfall(each, view) for each in short),
    )


def _shortfall(each: Reach, view: ResultView) -> str:
    """Return a group with what it had of its share, in brackets."""
    name, had, due = _called(each.line, view, inside=True), each.line.weighted, words.hundred(each.target)
    if each.line.silent:
        return _("%(name)s (no votes)", name=name)
    if had is not None and words.hundred(had) < due:
        return _("%(name)s (%(had)s of %(due)s)", name=name, had=words.hundred(had), due=percent(each.target))
    if each.lacks_votes:
        return ngettext(
            "%(name)s (%(ballots)s of the %(num)s vote needed)",
            "%(name)s (%(ballots)s of the %(num)s votes needed)",
            each.needed,
            name=name,
            ballots=each.line.ballots,
        )
    return name


def _called(line: CategoryLine, view: ResultView, *, inside: bool = False) -> str:
    """Return the name of a group, or its kind where it may not be named; `inside`: within a sentence."""
    if may_be_named(line, view):
        return short_name(line)
    kind = dimension_words.one(line.dimension)
    return kind if inside else _capital(kind)


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


# -- all themes


@short(TITLE)
def ranked(view: ResultView, *, all_shown: bool = True) -> Iterator[str]:
    """Yield titles of the picture of the themes: what the weights changed, or by how much it came first.

    Without `all_shown` it shows the first ones alone.
    """
    number = len(view.themes)
    weighed, by_points = bool(words.weighed(view)), view.rules.method == "points"
    if weighed and view.order_changed is not None:
        yield from _without_weights(view)
    ahead = _ahead(view) if by_points else 0
    if ahead and not weighed:
        yield ngettext(
            "First by one point out of 100",
            "First by %(ahead)s points out of 100",
            ahead,
            ahead=in_words(ahead),
        )
    elif ahead and view.topics_changed is False and view.topics[0].theme.unweighted_place == 1:
        yield ngettext(
            "First with weights and without; with them, by one point",
            "First with weights and without; with them, by %(ahead)s points",
            ahead,
            ahead=in_words(ahead),
        )
    if not all_shown:
        yield _("The first themes, by score")
    elif by_points:
        yield _("The %(num)s themes, by score", num=in_words(number))
    else:
        yield _("The %(num)s themes in the order of the result", num=in_words(number))


def changes_without_weights(view: ResultView) -> bool:
    """Return whether the choice, or the first theme of the order, would be another without weights."""
    return bool(words.weighed(view)) and view.order_changed is not None and any(_without_weights(view))


def _ahead(view: ResultView) -> int:
    """Return by how many points a single topic is ahead of the next theme; 0 where that is not told."""
    topic = view.topics[0]
    score, following = topic.theme.score, topic.next.score if topic.next else None
    if len(view.topics) > 1 or topic.theme.place != 1 or score is None or following is None:
        return 0
    if view.step and view.step > 1:
        return 0
    return words.hundred(score) - words.hundred(following)


def _without_weights(view: ResultView) -> Iterator[str]:
    """Yield what the choice would be without weights, where it or the first theme would be another."""
    plain = view.firmness.unweighted
    if plain is None:
        return
    chosen = {topic.key for topic in view.topics}
    if view.topics_changed and plain.topics:
        others = [theme for theme in plain.topics if theme.key not in chosen]
        if len(chosen) == 1:
            yield _("Unweighted, %(theme)s would have been chosen", theme=words.quoted(others[0]).unescape())
            yield _("Unweighted, another theme would have been chosen")
        elif len(others) == 1:
            yield _(
                "Unweighted, one of the %(num)s themes would be %(theme)s",
                num=in_words(len(chosen)),
                theme=words.quoted(others[0]).unescape(),
            )
            yield _("Unweighted, one of the %(num)s themes would be another", num=in_words(len(chosen)))
        else:
            yield _("Unweighted, %(num)s of the themes would be others", num=in_words(len(others)))
    elif len(chosen) == 1 and plain.themes[0].key not in chosen:
        first, title = plain.themes[0], words.quoted(plain.themes[0]).unescape()
        if view.topics_changed is False or first.spread_met is False:
            yield _("Unweighted, %(theme)s would lead, but lacks support", theme=title)
            yield _("Unweighted, another theme would lead, but lacks support")
        yield _("Unweighted, %(theme)s would lead", theme=title)
        yield _("Unweighted, another theme would lead")


# -- how firm it is


@short(HEADING)
def firm(view: ResultView) -> Iterator[str]:
    """Yield headings on how firm the choice is: the level, with what it depends on."""
    found = view.firmness
    if found.verdict == "close":
        could_be = found.repeated.first if found.repeated else ()
        keys = {theme.key for theme, _made in could_be}
        often = sum(made for _theme, made in could_be)
        if (
            found.repeated
            and len(view.topics) == 1
            and len(keys) == 2  # noqa: PLR2004 - either of two
            and view.topics[0].key in keys
            and 100 * often >= SURE * found.repeated.made
        ):
            yield _("Close: it could be either of two")
        yield _("A close result")
    elif found.verdict == "reservations":
        reservations = _reservations(found)
        if len(reservations) == 1:
            yield _("Firm, with one reservation: %(what)s", what=reservations[0])
        yield ngettext(
            "Firm, with one reservation",
            "Firm, with %(count)s reservations",
            len(reservations),
            count=in_words(len(reservations), feminine=True),
        )
    elif found.verdict == "firm":
        yield from _firm(view, found)
    yield _("How firm it is")


def _reservations(found: Firmness) -> list[str]:
    """Return what keeps a result from being firm: who voted, and each method that chooses otherwise."""
    by_chance = found.percent is not None and found.percent < FIRM_FROM
    return [
        *([_("who voted")] if by_chance else []),
        *(words.method_name(order.name) for order in found.differing),
    ]


def _firm(view: ResultView, found: Firmness) -> Iterator[str]:
    if found.left_out:
        left = found.left_out
        if len(left) == 1:
            yield _("Firm, but only with the votes %(group)s", group=_votes_of(left[0], view))
            yield _("Firm, but it depends on one group")
        else:
            yield _("Firm, but it depends on %(num)s groups", num=in_words(len(left)))
    elif _nothing_changes_it(view):
        yield _("Firm: none of these questions changes it")
    yield _("A firm result")


def _nothing_changes_it(view: ResultView) -> bool:
    """Return whether everything that the page asks is told and leaves the choice as it is."""
    firm, asked = view.firmness, view.depends
    few = firm.worst is not None and firm.worst.by_few
    changed = asked is None or asked.themes or asked.targets or asked.alone or asked.ties
    sure = firm.without_repetitions or (firm.percent is not None and firm.percent >= SURE)
    return (
        sure and firm.left_out_tried and not firm.left_out and not firm.differing and not few and not changed
    )
