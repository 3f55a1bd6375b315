"""What the rules of a draft mean for its roll, in words and rows; the figures are those of `foresight`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from markupsafe import Markup

from consulta.desk.foresight import ASSUMED
from consulta.platform.data import dimensions
from consulta.platform.labels import name_of
from consulta.platform.web import dimension_words
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import ngettext
from consulta.platform.web.language import local, number, percent, spoken
from consulta.platform.web.lists import listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from fractions import Fraction

    from flask import Flask

    from consulta.core.texts import Text
    from consulta.core.values import Rules
    from consulta.desk.foresight import Foreseen, Group, Prospect

NAMED = 3
"""So many groups whose target is missed are named; more are counted."""

UNTOLD = "\N{EN DASH}"


def init_app(app: Flask) -> None:
    """Give templates the filters that say what rules mean for a roll."""
    app.jinja_env.filters.update(
        prospect_basis=basis,
        prospect_in_short=in_short,
        prospect_rows=rows,
        prospect_groups=groups,
        prospect_advice=advice,
        prospect_alike=alike,
    )
    app.jinja_env.globals["prospect_headings"] = headings


def basis(prospect: Prospect) -> Markup | str:
    """Return on what the likely turnout rests, as a sentence or two."""
    before = prospect.before
    if before is None:
        return str(
            _(
                "Likely: no consultation has closed yet, so it is assumed that %(part)s of the "
                "organisations vote, evenly over subregions and sectors.",
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
        "voted": number(sum(before.voted.values())),
        "seats": number(len(before.voted)),
    }
    if not prospect.new:
        return said
    if prospect.new == 1:
        more = (
            _("The one organisation that was not on its roll is taken to vote.")
            if prospect.new_likely
            else _("The one organisation that was not on its roll is taken not to vote.")
        )
    else:
        more = ngettext(
            "Of the %(new)s organisations that were not on its roll, as large a part is taken to vote:"
            " %(num)s.",
            "Of the %(new)s organisations that were not on its roll, as large a part is taken to vote:"
            " %(num)s.",
            prospect.new_likely,
            new=prospect.new,
        )
    return said + " " + more


def headings() -> list[str]:
    """Return the headings of the table of `rows`."""
    return [_("If they vote"), _("all that may vote"), _("those likely to vote")]


def rows(prospect: Prospect) -> list[list[str]]:
    """Return what the weights are under both turnouts, a measure a row."""
    both = [prospect.full, prospect.likely]
    return [
        [label, *(UNTOLD if each is None else say(each) for each in both)]
        for label, say in (
            (_("Votes"), lambda each: number(each.ballots)),
            (_("Share of the heaviest vote in the whole"), lambda each: share(each.heaviest)),
            (_("Whose vote that is"), _whose),
            (_("How many times the lightest"), lambda each: _("%(num)s times", num=tenths(each.times))),
            (_("Limit of one vote"), _limit),
            (_("Groups that do not get exactly their share"), _missed),
            (_("Groups without votes: their share goes to the others"), _silent),
            (_("Groups with too few votes to count in support"), _too_few),
            (_("Where a topic needs support"), _needed),
        )
    ]


def in_short(prospect: Prospect, rules: Rules) -> list[str]:
    """Return what rules do to a roll, in a few sentences: who has which say, the group most at risk, a vote.

    Whatever depends on how many vote names that number.
    """
    each = prospect.likely or prospect.full
    said = [_voices(prospect.full), _most_at_risk(prospect, each), _heaviest_vote(prospect, each, rules)]
    return [line for line in said if line]


def _turnout(prospect: Prospect, each: Foreseen) -> str:
    """Return the beginning of a sentence that holds for a turnout."""
    if each is prospect.likely:
        return str(
            ngettext(
                "If %(num)s organisation votes, as is likely:",
                "If %(num)s organisations vote, as is likely:",
                each.ballots,
            )
        )
    return str(
        ngettext(
            "If the only organisation that can vote does:",
            "If all %(num)s organisations that can vote do:",
            each.ballots,
        )
    )


def _balanced(each: Foreseen) -> list[str]:
    """Return the balanced dimensions in order, first those of which the roll has several groups."""
    counted = Counter(line.dimension for line in each.groups)
    return sorted(dimensions.in_order(counted), key=lambda dimension: counted[dimension] == 1)


def _voices(full: Foreseen) -> str:
    """Return the say of the groups of the first balanced dimension, and what else is balanced."""
    balanced = _balanced(full)
    if not balanced:
        return str(_("No group is balanced: votes count as they come in."))
    lines = sorted(
        (line for line in full.groups if line.dimension == balanced[0]),
        key=lambda line: (-line.meant, _group(line)),
    )
    named = [
        ngettext(
            "%(name)s %(share)s (%(num)s organisation)",
            "%(name)s %(share)s (%(num)s organisations)",
            line.seats,
            name=_group(line),
            share=share(line.meant),
        )
        for line in lines[:NAMED]
    ]
    more = len(lines) - NAMED
    if more > 0:
        named.append(ngettext("%(num)s more group", "%(num)s more groups", more))
    said = str(_("Say under the rules: %(groups)s.", groups="; ".join(named)))
    if not balanced[1:]:
        return said
    others = ", ".join(dimension_words.categories(dimension) for dimension in balanced[1:])
    also = _("Also balanced: %(dimensions)s.", dimensions=others)
    return f"{said} {also}"


def _most_at_risk(prospect: Prospect, each: Foreseen) -> str:
    """Return how many votes the group with the fewest to spare needs, and how many it would have.

    Of the groups of the first balanced dimension; groups of others may have one organisation. Nothing where
    there is one group alone.
    """
    groups = [one for one in each.groups if one.dimension in _balanced(prospect.full)[:1]]
    if len(groups) < 2:  # noqa: PLR2004 - one group has all
        return ""
    line = min(
        groups,
        key=lambda one: (not one.is_short, one.ballots - one.needed, _group(one)),
    )
    named = {
        "name": _group(line),
        "meant": share(line.meant),
        "needed": _votes_needed(line),
        "votes": ngettext("%(num)s vote", "%(num)s votes", line.ballots),
        "share": share(line.share),
    }
    said = (
        _("%(name)s needs %(needed)s for its share of %(meant)s; with %(votes)s it gets %(share)s.", **named)
        if line.is_short
        else _(
            "%(name)s has the least margin of these groups: it needs %(needed)s for its share of %(meant)s"
            " and has %(votes)s.",
            **named,
        )
    )
    if each is prospect.full:
        return f"{_turnout(prospect, each)} {said}"
    whole = next(
        one
        for one in prospect.full.groups
        if (one.dimension, one.category) == (line.dimension, line.category)
    )
    if_all = ngettext(
        "If the only organisation that can vote does, it needs %(needed)s.",
        "If all %(num)s that can vote do, it needs %(needed)s.",
        prospect.full.ballots,
        needed=_votes_needed(whole),
    )
    return f"{_turnout(prospect, each)} {said} {if_all}"


def _heaviest_vote(prospect: Prospect, each: Foreseen, rules: Rules) -> str:
    """Return what the heaviest vote is worth, whether a limit holds it, and where a topic needs support."""
    said = [
        _turnout(prospect, each),
        _(
            "the heaviest vote is worth %(share)s of the whole, %(times)s times the lightest.",
            share=share(each.heaviest),
            times=tenths(each.times),
        ),
    ]
    if each.cap == "lifted":
        limit = percent(rules.max_ballot / 1000, whole=False)
        said.append(_("The limit of %(share)s for one vote cannot be kept and is not applied.", share=limit))
    elif each.reduced and each.limit is not None:
        said.append(_("No vote passes the limit of %(share)s.", share=share(each.limit)))
    if any(required for _counted, required in each.counted.values()):
        said.append(_("A topic needs support in %(needed)s.", needed=_needed(each)))
    return " ".join(map(str, said))


def _votes_needed(line: Group) -> str:
    if line.has_larger:
        return str(ngettext("%(num)s vote of base value 1", "%(num)s votes of base value 1", line.needed))
    return str(ngettext("%(num)s vote", "%(num)s votes", line.needed))


def advice(prospect: Prospect) -> list[str]:
    """Return what the desk can do about what the table shows, a sentence for each thing; often none."""
    both = [each for each in (prospect.full, prospect.likely) if each is not None]
    found = short(prospect)
    if any(seen(line) for each in both if each.cap != "lifted" for line in each.missed):
        found.append(
            _(
                "Some groups do not get exactly their share: their votes would have to weigh more, or less,"
                " than the limits of the rules allow, mostly because few of them vote. What one group lacks"
                " goes to the others. More votes from the groups that get less than their share help most."
            )
        )
    if any(each.cap == "lifted" for each in both):
        found.append(
            _(
                "The limit of one vote is not applied where the base values differ so much that the other"
                " votes could not make up the whole. Then groups do not get their share either, however"
                " many vote: look at the largest base values."
            )
        )
    return found


def short(prospect: Prospect) -> list[str]:
    """Return which groups cannot carry their share, a sentence for each: those that lack most first."""
    full = {(line.dimension, line.category): line for line in prospect.full.groups if _is_short(line)}
    likely = prospect.likely.groups if prospect.likely else ()
    lines = [*full.values()]
    lines += [line for line in likely if _is_short(line) and (line.dimension, line.category) not in full]
    lines.sort(key=lambda line: float(line.share) - line.meant)
    found = [_short(line, whole=(line.dimension, line.category) in full) for line in lines[:NAMED]]
    if (more := len(lines) - NAMED) > 0:
        found.append(
            ngettext(
                "%(num)s more group has fewer votes than its share takes: the table below has it.",
                "%(num)s more groups have fewer votes than their shares take: the table below has them.",
                more,
            )
        )
    return found


def _is_short(line: Group) -> bool:
    """Return whether a group is short by what is visible in per cent with one decimal."""
    return line.is_short and share(line.share) != share(line.meant)


def _short(line: Group, *, whole: bool) -> str:
    """Return that a group has fewer votes than it needs: `whole`, if all of it votes; else as is likely."""
    named = {
        "name": _group(line),
        "votes": ngettext("%(num)s vote", "%(num)s votes", line.ballots),
        "needed": _votes_needed(line),
        "meant": share(line.meant),
        "share": share(line.share),
    }
    if not whole:
        return str(
            _(
                "%(name)s: its share of %(meant)s takes %(needed)s. With %(votes)s, as is likely, it gets"
                " %(share)s.",
                **named,
            )
        )
    return str(
        _(
            "%(name)s: its share of %(meant)s takes %(needed)s. Even if all that may vote do, it has"
            " %(votes)s and gets %(share)s.",
            **named,
        )
    )


def share(part: Fraction | float) -> str:
    """Return a part of the whole in per cent, with one decimal."""
    return percent(round(float(part), 3), whole=False)


def tenths(figure: Fraction | float) -> str:
    """Return a figure with one decimal."""
    return number(round(float(figure), 1), "#,##0.#")


def _whose(each: Foreseen) -> str:
    first, more = each.whose[0], len(each.whose) - 1
    votes = sum(one.votes for one in each.whose)
    names = [
        local(name_of(dimension, first.categories[dimension]))
        for dimension in dimensions.in_order(first.categories)
    ]
    if first.base > 1:
        names.append(_("base value %(base)s", base=number(first.base)))
    if more or not names:
        return str(ngettext("%(num)s organisation", "%(num)s organisations", votes))
    return str(
        ngettext(
            "%(num)s organisation: %(groups)s",
            "%(num)s organisations: %(groups)s",
            votes,
            groups=" · ".join(names),
        )
    )


def _limit(each: Foreseen) -> str:
    if each.limit is not None:
        said = (
            _("%(share)s: it makes the heaviest lighter")
            if each.reduced
            else _("%(share)s: no vote reaches it")
        )
        return str(said % {"share": share(each.limit)})
    return _("cannot be kept: it is not applied") if each.cap == "lifted" else _("no vote can come to it")


def seen(line: Group) -> bool:
    """Return whether a group visibly gets another share than its own, in per cent with one decimal."""
    return bool(line.missed) and share(line.share) != share(line.target)


def _missed(each: Foreseen) -> str:
    worst = sorted(filter(seen, each.missed), key=lambda line: -line.missed)
    said = [
        _(
            "%(name)s: %(share)s in place of %(target)s",
            name=_group(line),
            share=share(line.share),
            target=share(line.target),
        )
        for line in worst[:NAMED]
    ]
    more = len(worst) - NAMED
    if more > 0:
        said.append(ngettext("%(num)s more group", "%(num)s more groups", more))
    return "; ".join(said) if said else _("none")


def _silent(each: Foreseen) -> str:
    return "; ".join(map(_group, each.silent)) or _("none")


def _too_few(each: Foreseen) -> str:
    names = _names(each.too_few)
    return "; ".join(names) if names else _("none")


def _needed(each: Foreseen) -> str:
    said = [
        _(
            "%(required)s of %(counted)s %(groups)s",
            required=required,
            counted=counted,
            groups=(dimension_words.categories if counted > 1 else dimension_words.inside)(dimension),
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
            number(line.seats),
            share(line.target),
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
    votes = ngettext("%(num)s vote", "%(num)s votes", line.ballots) if line.ballots else _("no votes")
    parts = [_("%(votes)s, %(needed)s needed", votes=votes, needed=number(line.needed))]
    if line.weight is not None:
        parts.append(f"\N{MULTIPLICATION SIGN} {number(round(float(line.weight), 2), '#,##0.##')}")
    if seen(line):
        parts.append(_("gets %(share)s", share=share(line.share)))
    return "; ".join(parts)


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
