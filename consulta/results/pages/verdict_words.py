"""The verdict on a result in one sentence, and how few organisations could have changed it.

Decides how the finished verdict is worded in the reader's language, never the verdict itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup, escape

from consulta.core.counting.firmness import REPLICATES
from consulta.data import dimensions
from consulta.web import dimension_words
from consulta.web.language import local, number, spoken, tongue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Flask

    from consulta.results.values import Changing, Firmness, LeftOut, Order, ResultView, ThemeResult

NAMED = 3
"""So many groups without which another theme would have been chosen are named; more are counted."""


def init_app(app: Flask) -> None:
    """Give templates the filters that say how firm a result is."""
    app.jinja_env.filters.update(verdict=verdict, changing=changing, samples_told=samples_told)


def samples_told(_view: ResultView) -> str:
    """Return what was done to see whether chance could have decided."""
    return _(
        "%(times)s random samples of the same votes were counted, each as large as all of them; in a sample"
        " some votes stand more than once and others not at all. So one sees whether chance could have"
        " decided.",
        times=number(REPLICATES),
    )


def verdict(view: ResultView) -> Markup:
    """Return the verdict with its reasons or reservations, as one sentence."""
    firm = view.firmness
    if firm.verdict == "firm":
        return escape(_("The result is firm: it passed every check."))
    if firm.verdict == "untold":
        return escape(
            _("The result passed every check that can be published.")
            if view.small_cell
            else _("The result passed every check that can be made.")
        )
    if firm.verdict == "close":
        return _with(_("The result is close: %(reasons)s."), reasons=Markup("; ").join(_closing(firm)))
    found = _reservations(firm)
    return _with(_head(view, len(found)), reservations=Markup("; ").join(found))


def _head(view: ResultView, count: int) -> str:
    """Return the beginning of the sentence with `count` (one or two) reservations."""
    said: str
    if None not in {trial.held for trial in view.firmness.trials}:
        said = (
            _("It is firm, with one reservation: %(reservations)s.")
            if count == 1
            else _("It is firm, with two reservations: %(reservations)s.")
        )
    elif view.small_cell:
        said = (
            _("Of the checks that can be published, it did not pass one: %(reservations)s.")
            if count == 1
            else _("Of the checks that can be published, it did not pass two: %(reservations)s.")
        )
    else:
        said = (
            _("Of the checks that can be made, it did not pass one: %(reservations)s.")
            if count == 1
            else _("Of the checks that can be made, it did not pass two: %(reservations)s.")
        )
    return said


def _with(sentence: str, **parts: object) -> Markup:
    """Return a sentence with its parts put in; what is not markup is escaped."""
    return escape(sentence) % parts


def in_first(firm: Firmness) -> str:
    """Return what a sentence adds to "would have been chosen" where several topics are; else "".

    The checks are about the first topic: what another count would put first may be another of the topics.
    """
    return _(" first") if firm.several else ""


def _topic(firm: Firmness) -> str:
    """Return what the checks are about, inside a sentence; `words.the_topic` says it of a whole result."""
    return _("the first chosen theme") if firm.several else _("the chosen theme")


def quoted(theme: ThemeResult) -> Markup:
    """Return a theme's title in quotation marks, for use in a sentence."""
    return _with(_("“%(title)s”"), title=spoken(theme.title))


# -- close


def _closing(firm: Firmness) -> list[str]:
    """Return the reasons for which a result is close."""
    reasons: list[str] = []
    if firm.changing and firm.changing.close:
        few = _(
            "in the worst case, one or two organisations turning their list upside down would have changed"
            " %(topic)s",
            topic=_topic(firm),
        )
        reasons.append(few if firm.rounded else _reversing(firm))
    if firm.held("repetitions") is False:
        reasons.append(_repeated(firm))
    reasons += [_by_method(order, firm) for order in firm.methods if order.agrees is False and order.first]
    return reasons


def _reversing(firm: Firmness) -> str:
    """Return how many organisations, reversing their votes, would have changed the topic.

    It is the exact number of the worst case.
    """
    enough = (firm.changing and firm.changing.enough) or 0
    return ngettext(
        "in the worst case, one organisation turning its list upside down would have changed %(topic)s",
        "in the worst case, %(num)s organisations turning their list upside down would have changed"
        " %(topic)s",
        enough,
        topic=_topic(firm),
    )


def _repeated(firm: Firmness) -> str:
    figures = {"times": number(REPLICATES), "asked": firm.repetitions_asked, "topic": _topic(firm)}
    if firm.rounded:
        return _(
            "counting %(times)s random samples of the same votes, %(topic)s was the same in fewer than"
            " %(asked)s of every 100",
            **figures,
        )
    return _(
        "counting %(times)s random samples of the same votes, %(topic)s was the same in %(share)s of every"
        " 100",
        share=firm.resampling or 0,
        **figures,
    )


def _by_method(order: Order, firm: Firmness) -> Markup:
    words = {
        "points": _("by points, %(theme)s would have been chosen%(first)s"),
        "schulze": _("by Schulze's method, %(theme)s would have been chosen%(first)s"),
        "runoff": _("by instant run-off, %(theme)s would have been chosen%(first)s"),
    }
    return _with(words[order.name], theme=quoted(order.first) if order.first else "", first=in_first(firm))


# -- with reservations


def _reservations(firm: Firmness) -> list[str]:
    """Return the checks that a result that is not close did not pass, in words."""
    margin = [_margin_reservation(firm)] if firm.held("margin") is False else []
    return [*margin, *([_without(firm)] if firm.held("left_out") is False else [])]


def _margin_reservation(firm: Firmness) -> str:
    changing = firm.changing
    if changing is None or changing.rounded or changing.enough is None:
        return _(
            "it cannot be ruled out that fewer than %(asked)s organisations, turning their list upside down,"
            " would have changed %(topic)s",
            asked=firm.margin_asked,
            topic=_topic(firm),
        )
    least = changing.at_least or 0
    if least in {1, changing.enough}:
        return _reversing(firm)
    return _(
        "to change %(topic)s, at least %(least)s organisations would have had to order the themes otherwise;"
        " %(enough)s turning their list upside down would have been enough in the worst case",
        topic=_topic(firm),
        least=least,
        enough=changing.enough,
    )


def _without(firm: Firmness) -> str:
    """Return the categories without whose votes another theme would have been chosen, in words."""
    lines, first = firm.left_out, in_first(firm)
    if len(lines) > NAMED:
        return _without_any(lines, first)
    groups = _or([of_group(line) for line in lines])
    if len({line.topic.key for line in lines}) == 1:
        sentence = _("without the votes %(groups)s, %(theme)s would have been chosen%(first)s")
        return _with(sentence, groups=groups, theme=quoted(lines[0].topic), first=first)
    sentence = _("without the votes %(groups)s, another theme would have been chosen%(first)s")
    return _with(sentence, groups=groups, first=first)


def _without_any(lines: Sequence[LeftOut], first: str) -> str:
    said: str
    if any(line.dimension not in dimensions.BUILT_IN for line in lines):
        said = _(
            "without the votes of any one of %(num)s categories (countries, sectors and others) another"
            " theme would have been chosen%(first)s",
            num=len(lines),
            first=first,
        )
    elif any(line.joined for line in lines):
        said = _(
            "without the votes of any one of %(num)s countries, groups of countries, sectors or"
            " subregions another theme would have been chosen%(first)s",
            num=len(lines),
            first=first,
        )
    else:
        said = _(
            "without the votes of any one of %(num)s countries, sectors or subregions another theme"
            " would have been chosen%(first)s",
            num=len(lines),
            first=first,
        )
    return said


def of_group(line: LeftOut) -> str:
    """Return a category as the origin of votes in a sentence: "of Peru", "del Caribe"."""
    name = local(line.name)
    if line.dimension not in dimensions.BUILT_IN:
        return _("of “%(dimension)s: %(name)s”", dimension=dimension_words.own(line.dimension), name=name)
    if line.dimension == "sector":
        return _("of the sector “%(name)s”", name=name)
    return tongue().of.get(name) or _("of %(name)s", name=name)


def _or(names: Sequence[str]) -> str:
    """Return the groups as alternatives: each alone, not all together."""
    if len(names) == 1:
        return names[0]
    first, *others = names
    for name in others:
        first = _("%(groups)s, or without those %(last)s", groups=first, last=name)
    return first


# -- how few could have changed it


def changing(view: ResultView) -> Markup:
    """Return how few organisations could have changed the topic, in two or three sentences.

    Empty where nothing is known of it.
    """
    told = view.firmness.changing
    if told is None:
        return Markup()
    asked = _(
        "To be called firm, a result must be one that fewer than %(asked)s could not have changed.",
        asked=view.firmness.margin_asked,
    )
    if told.at_least is None:
        said = [
            _(
                "No change in the order of themes on the ballots could have changed %(topic)s.",
                topic=_topic(view.firmness),
            )
        ]
    elif told.rounded:
        said = [*_bounds(view, told), asked]
    else:
        said = [*_least(view, told, 1), _enough(view.firmness, told), asked]
    said.append(_("This looks at the order of the themes alone; everything else stays as it was."))
    return Markup(" ").join(said)


def _least(view: ResultView, told: Changing, passed: int) -> list[str]:
    """Return a sentence on the number of ballots whose change could not have changed the topic.

    Empty where the number is not above `passed`.
    """
    if (told.at_least or 0) <= passed:
        return []
    return [
        _(
            "No change of fewer than %(least)s of the %(ballots)s ballots could have changed %(topic)s.",
            least=told.at_least,
            ballots=view.ballots,
            topic=_topic(view.firmness),
        )
    ]


def _enough(firm: Firmness, told: Changing) -> str:
    said: str
    if told.enough is None:
        said = _("No number of ballots is known to be enough.")
    elif firm.rival is not None:
        sentence = ngettext(
            "In the worst case %(num)s ballot turned upside down would have been enough: with"
            " %(theme)s first on it and %(topic)s last, another theme would have been chosen%(first)s.",
            "In the worst case %(num)s ballots turned upside down would have been enough: with"
            " %(theme)s first on them and %(topic)s last, another theme would have been chosen%(first)s.",
            told.enough,
            theme="%(theme)s",
            topic=_topic(firm),
            first=in_first(firm),
        )
        said = _with(sentence, theme=quoted(firm.rival))
    else:
        said = ngettext(
            "In the worst case %(num)s ballot turned upside down would have been enough: with"
            " %(topic)s last on it, it would have lacked the support across the region that the"
            " rules ask for, and another theme would have been chosen%(first)s.",
            "In the worst case %(num)s ballots turned upside down would have been enough: with"
            " %(topic)s last on them, it would have lacked the support across the region that the"
            " rules ask for, and another theme would have been chosen%(first)s.",
            told.enough,
            topic=_topic(firm),
            first=in_first(firm),
        )
    return said


def _bounds(view: ResultView, told: Changing) -> list[str]:
    """Return the sentences on changes for a round whose figures are published as bounds."""
    if told.close:
        return [
            _(
                "In the worst case one or two of the %(ballots)s ballots turned upside down would have been"
                " enough: another theme would have been chosen%(first)s.",
                ballots=view.ballots,
                first=in_first(view.firmness),
            )
        ]
    said = _least(view, told, 0) or [
        _(
            "It cannot be ruled out that fewer than %(asked)s of the %(ballots)s ballots turned upside down"
            " would have changed %(topic)s.",
            asked=view.firmness.margin_asked,
            ballots=view.ballots,
            topic=_topic(view.firmness),
        )
    ]
    if told.enough is not None:
        said.append(
            _(
                "In the worst case %(enough)s ballots turned upside down would have been enough.",
                enough=told.enough,
            )
        )
    return said
