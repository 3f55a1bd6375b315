"""What the rules of a draft mean for its roll, in words and rows; the figures are those of `foresight`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from consulta.data import dimensions
from consulta.infra.labels import name_of
from consulta.lifecycle.foresight import ASSUMED
from consulta.results.pages.words import listed
from consulta.web import dimension_words
from consulta.web.language import local, number, percent, spoken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from fractions import Fraction

    from flask import Flask

    from consulta.core.texts import Text
    from consulta.lifecycle.foresight import Foreseen, Group, Prospect

NAMED = 3
"""So many groups whose target is missed are named; more are counted."""

UNTOLD = "\N{EN DASH}"


def init_app(app: Flask) -> None:
    """Give templates the filters that say what rules mean for a roll."""
    app.jinja_env.filters.update(
        prospect_basis=basis,
        prospect_rows=rows,
        prospect_groups=groups,
        prospect_alike=alike,
    )
    app.jinja_env.globals["prospect_headings"] = headings


def basis(prospect: Prospect) -> Markup | str:
    """Return on what the likely turnout rests, as a sentence or two."""
    before = prospect.before
    if before is None:
        return str(
            _(
                "Likely: no round has closed yet, so it is assumed that %(part)s of the organisations vote,"
                " evenly over subregions and sectors.",
                part=percent(float(ASSUMED)),
            )
        )
    said = Markup(  # noqa: S704 - what people wrote is escaped
        _(
            "Likely: each organisation votes, or does not, as in “%(title)s”, where %(voted)s of"
            " %(seats)s voted."
        )
    ) % {
        "title": spoken(before.title),
        "voted": sum(before.voted.values()),
        "seats": len(before.voted),
    }
    if not prospect.new:
        return said
    more = ngettext(
        "Of the one organisation that was not on its roll, the same part.",
        "Of the %(num)s organisations that were not on its roll, the same part.",
        prospect.new,
    )
    return said + " " + more


def headings() -> list[str]:
    """Return the headings of the table of `rows`."""
    return [_("If they vote"), _("all that can"), _("as many as is likely")]


def rows(prospect: Prospect) -> list[list[str]]:
    """Return what the weights are under both turnouts, a measure a row."""
    both = [prospect.full, prospect.likely]
    return [
        [label, *(UNTOLD if each is None else say(each) for each in both)]
        for label, say in (
            (_("Votes"), lambda each: str(each.ballots)),
            (_("Heaviest vote, of the whole"), lambda each: share(each.heaviest)),
            (_("Heaviest against lightest"), lambda each: _("%(num)s times", num=tenths(each.times))),
            (_("Limit of one vote"), _limit),
            (_("Targets missed"), _missed),
            (_("Groups too few to count in support"), _too_few),
            (_("Support that a topic needs"), _needed),
        )
    ]


def share(part: Fraction) -> str:
    """Return a part of the whole in per cent, with one decimal."""
    return percent(round(float(part), 3), whole=False)


def tenths(figure: Fraction | float) -> str:
    """Return a figure with one decimal."""
    return number(round(float(figure), 1), "#,##0.#")


def _limit(each: Foreseen) -> str:
    if each.limit is not None:
        return _("%(share)s: it reduces the heaviest", share=share(each.limit))
    return _("cannot be kept: it is not applied") if each.cap == "lifted" else _("reduces none")


def _missed(each: Foreseen) -> str:
    if not each.missed:
        return _("none")
    worst = sorted(each.missed, key=lambda line: -line.missed)
    said = [
        _("%(name)s by %(points)s points", name=_group(line), points=tenths(100 * line.missed))
        for line in worst[:NAMED]
    ]
    if len(worst) > NAMED:
        said.append(_("%(count)s more, none by more", count=len(worst) - NAMED))
    return "; ".join(said)


def _too_few(each: Foreseen) -> str:
    names = _names(each.too_few)
    return "; ".join(names) if names else _("none")


def _needed(each: Foreseen) -> str:
    said = [
        _(
            "%(required)s of %(counted)s %(groups)s",
            required=required,
            counted=counted,
            groups=dimension_words.categories(dimension),
        )
        for dimension in dimensions.in_order(each.counted)
        for counted, required in [each.counted[dimension]]
        if counted
    ]
    return "; ".join(said) if said else _("none")


def _names(found: Mapping[str, Sequence[str]]) -> list[str]:
    return [
        local(name_of(dimension, key)) for dimension in dimensions.in_order(found) for key in found[dimension]
    ]


def _group(line: Group) -> str:
    return local(name_of(line.dimension, line.category))


def groups(prospect: Prospect) -> list[list[str]]:
    """Return by how much the votes of each group are weighted on average, under both turnouts."""
    likely = {(g.dimension, g.category): g for g in prospect.likely.groups} if prospect.likely else {}
    return [
        [
            _group(line),
            str(line.seats),
            percent(line.target),
            _weight(line),
            _weight(likely.get((line.dimension, line.category))),
        ]
        for dimension in dimensions.in_order({line.dimension for line in prospect.full.groups})
        for line in prospect.full.groups
        if line.dimension == dimension
    ]


def _weight(line: Group | None) -> str:
    if line is None:
        return UNTOLD
    if line.weight is None:
        return _("no votes")
    said = f"\N{MULTIPLICATION SIGN} {number(round(float(line.weight), 2), '#,##0.##')}"
    return _("%(weight)s, misses its target", weight=said) if line.missed else said


def alike(prospect: Prospect) -> list[Markup]:
    """Return the pairs of themes that share most of their objectives, each as a sentence."""
    return [
        _shared(listed([_quoted(first), _quoted(other)]), count) for first, other, count in prospect.alike
    ]


def _quoted(title: Text) -> Markup:
    return Markup(_("“%(title)s”")) % {"title": spoken(title)}  # noqa: S704 - what people wrote is escaped


def _shared(pair: Markup, count: int) -> Markup:
    said = ngettext(
        "%(themes)s share %(num)s objective.",
        "%(themes)s share %(num)s objectives.",
        count,
        themes="%(themes)s",
    )
    return Markup(said) % {"themes": pair}  # noqa: S704 - as above
