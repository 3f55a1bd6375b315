"""The pictures of a panel: finished values into geometry, labels in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from consulta.core.invitations import COMING
from consulta.panel.balance import reasons_of
from consulta.platform.data import most_named
from consulta.platform.labels import name_of
from consulta.platform.messages import MESSAGES
from consulta.platform.web import dimension_words
from consulta.platform.web.language import lang_of, local, percent, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Flask

    from consulta.core.texts import Text
    from consulta.panel.balance import Reason
    from consulta.panel.values import (
        BlockedPanel,
        GivingRow,
        Group,
        HeldDate,
        MemoryTold,
        PanelDecision,
        PanelView,
        PublicPlace,
        PublishedPanel,
        RuleRow,
    )


BADGES = {"accepted": "met", "attended": "met", "declined": "short", "no_answer": "over", "invited": "now"}


def state_name(state: str) -> str:
    """Return the name of a state of an invitation."""
    said: str = _(MESSAGES[f"invited.{state}"])
    return said


def badge(state: str) -> tuple[str, str]:
    """Return a state of an invitation as a badge: shape and word."""
    return BADGES.get(state, ""), state_name(state)


def init_app(app: Flask) -> None:
    """Give templates the filters that turn figures into words and rows."""
    app.jinja_env.filters.update(
        category=lambda dimension, key: local(name_of(dimension, key)),
        giving_rows=giving_rows,
        impossible_rows=impossible_rows,
        most_named_words=most_named_words,
        obstacle=obstacle,
        personal_names=personal_names,
        by_dimension=by_dimension,
        change_words=change_words,
        desk_first=desk_first,
        helps_words=helps_words,
        is_needed=is_needed,
        memory_words=memory_words,
        panel_first=panel_first,
        reserves_words=reserves_words,
        seen_words=seen_words,
        asked_words=_asked,
        public_rule_rows=public_rule_rows,
        said=say,
        themes_told=themes_told,
        why_here=why_here,
        why_replaced=lambda reason: _(MESSAGES[f"replaced.{reason}"]),
        rule_in_words=in_words,
        rule_asked=rule_asked,
        rule_label=rule_label,
        rule_short=rule_short,
        whole=round,
    )


def personal_names(keys: Iterable[str]) -> str:
    """Return what attributes of persons are called inside of a sentence, such as gender."""
    return ", ".join(_("gender") if key == "gender" else f"“{dimension_words.own(key)}”" for key in keys)


def themes_told(topics: Iterable[Text]) -> list[Markup]:
    """Return the titles of topics, set off as what a sentence is about."""
    return [Markup("<em{}>{}</em>").format(lang_of(topic), local(topic)) for topic in topics]


def why_here(view: PublishedPanel, place: PublicPlace) -> list[str]:
    """Return in sentences why a person is on a public panel: at least one, unless it was designated."""
    said = reason_words(reasons_of(place, view.seats, view.rows)) + _ways(view, place)
    if not place.name and not place.confirmed and not view.begun:
        said.append(_("The name is published once the person accepts and agrees to it."))
    if said or place.designation:
        return said
    if all(choice.told for choice in view.choices) and view.standing != "impossible":
        return [_("Chosen by the rules and the support together.")]
    return [_("No rule told here depends on this person.")]


def _ways(view: PublishedPanel, place: PublicPlace) -> list[str]:
    """Return how a place came to a person who is named, as far as the page says it of them elsewhere."""
    ways = {
        _("Had accepted before this version was chosen."): view.accepted.names,
        _("Kept this place while another was filled."): view.invited.names,
        _("Held by the secretariat; its reason is below."): view.by_hand.names,
        _("Came by a decision of the secretariat; its reason is below."): tuple(
            name for choice in view.choices for name in choice.came.names
        ),
    }
    return [said for said, names in ways.items() if place.name and place.name in names]


def reason_words(reasons: Iterable[Reason]) -> list[str]:
    """Return in sentences which rules a person of a public panel helps to meet."""
    reasons = list(reasons)
    said = [_part_of_rule(each) for each in reasons if each.rule.kind != "mixed"]
    said += [
        _("Of the people named, no one else is from this sector: %(sector)s.", sector=local(each.value))
        if each.of_named
        else _("No one else on the panel is from this sector: %(sector)s.", sector=local(each.value))
        for each in reasons
        if each.rule.kind == "mixed"
    ]
    return said


def _part_of_rule(reason: Reason) -> str:
    """Return as one of how many a person meets a rule that asks for so many people."""
    category, asked = local(reason.value), _asked(reason.rule)
    if reason.needed:
        return ngettext(
            "The only person of “%(category)s”; one is asked for, and without this person none would be"
            " here.",
            "One of the %(num)s people of “%(category)s” that are asked for; without this person one would be"
            " missing.",
            reason.have,
            category=category,
        )
    if reason.of_named:
        return ngettext(
            "The only person of “%(category)s” who is named; the rules ask for %(asked)s.",
            "One of the %(num)s people of “%(category)s” who are named; the rules ask for %(asked)s.",
            reason.have,
            category=category,
            asked=asked,
        )
    return ngettext(
        "The only person of “%(category)s”; the rules ask for %(asked)s.",
        "One of the %(num)s people of “%(category)s”; the rules ask for %(asked)s.",
        reason.have,
        category=category,
        asked=asked,
    )


def is_needed(row: RuleRow) -> bool:
    """Return whether the rule would be missed without any one of the people whom it counts."""
    return row.ok and row.have == row.low and row.kind != "share"


def helps_words(row: RuleRow) -> str:
    """Return in a few words as one of how many a member meets a rule; says where no more are asked for."""
    if is_needed(row):
        return ngettext(
            "the only person of “%(category)s”; one is asked for",
            "one of the %(num)s people of “%(category)s” that are asked for",
            row.have or 0,
            category=rule_label(row),
        )
    return ngettext(
        "the only person of “%(category)s”",
        "one of %(num)s people of “%(category)s”",
        row.have or 0,
        category=rule_label(row),
    )


def panel_first(view: PublishedPanel) -> str:
    """Return the first sentence of a public panel: how many people, from where, and how the rules stand."""
    people = ngettext("%(num)s person", "%(num)s people", len(view.seats))
    regions = len({place.codes["subregion"] for place in view.seats})
    who = ngettext(
        "%(people)s from %(num)s subregion", "%(people)s from %(num)s subregions", regions, people=people
    )
    if view.missed:
        rules = ngettext("%(num)s rule is not met", "%(num)s rules are not met", view.missed)
    elif view.free:
        rules = _("every rule but that of the size is met")
    else:
        rules = _("every rule is met")
    if view.begun or view.confirmed == len(view.seats):
        return _("%(who)s; %(rules)s.", who=who, rules=rules)
    confirmed = ngettext("%(num)s person has confirmed", "%(num)s people have confirmed", view.confirmed)
    return _("%(who)s; %(rules)s, and %(confirmed)s.", who=who, rules=rules, confirmed=confirmed)


def desk_first(view: PanelView) -> str:
    """Return the first sentence of the panel's desk: how many sit, rules met, invitations, support."""
    decision = view.decision
    if decision is None:
        return ""
    people = ngettext("%(num)s person sits", "%(num)s people sit", len(decision.members))
    missed = sum(not row.ok for row in decision.rows)
    rules = (
        ngettext("%(num)s rule is not met", "%(num)s rules are not met", missed)
        if missed
        else _("every rule is met")
    )
    accepted = sum(view.states.get(each.key) in COMING for each in decision.members)
    confirmed = ngettext("%(num)s person has accepted", "%(num)s people have accepted", accepted)
    return _("%(who)s; %(rules)s, and %(confirmed)s.", who=people, rules=rules, confirmed=confirmed)


def memory_words(told: MemoryTold) -> str:
    """Return what the memory of the rules changed, and what it cost."""
    seats = _(
        "Counting for each person on how many of the last two panels they or their institution sat, this"
        " panel comes to %(recent)s; without the memory of the rules it would come to %(without)s.",
        recent=told.recent,
        without=told.without,
    )
    if told.percent is None:
        return seats
    kept = _("It has %(percent)s of every 100 points of the support that is possible.", percent=told.percent)
    return f"{seats} {kept}"


def reserves_words(told: HeldDate) -> str:
    """Return how many drop-outs of one and of two members those who hold the date could mend."""
    one = ngettext(
        "If the one person on the panel drops out, they could keep every rule that must hold in %(one)s of"
        " %(num)s case.",
        "If one person drops out, they could keep every rule that must hold in %(one)s of %(num)s cases.",
        told.members,
        one=told.one,
    )
    if told.two is None or not told.pairs:
        return one
    two = ngettext(
        "If two drop out, in %(two)s of %(num)s case.",
        "If two drop out, in %(two)s of %(num)s cases.",
        told.pairs,
        two=told.two,
    )
    return f"{one} {two}"


def by_dimension(groups: Iterable[Group]) -> list[tuple[str, list[Group]]]:
    """Return groups by dimension, in their order."""
    found: dict[str, list[Group]] = {}
    for group in groups:
        found.setdefault(group.dimension, []).append(group)
    return list(found.items())


def seen_words(group: Group, *, exact: bool = False) -> str:
    """Return how much of a group's vote names somebody who sits: to the whole (`exact`), else in tens."""
    told = {"group": local(group.name), "percent": group.percent}
    if exact:
        return _("%(group)s: %(percent)s of every 100 points of its vote", **told)
    if group.is_low:
        return _("%(group)s: %(percent)s of every 100 points of its vote or fewer", **told)
    if group.is_high:
        return _("%(group)s: %(percent)s of every 100 points of its vote or more", **told)
    return _("%(group)s: about %(percent)s of every 100 points of its vote", **told)


def most_named_words(rows: Iterable[RuleRow]) -> list[str]:
    """Return in sentences what each rule about the governments most named asks, and whether it is met."""
    told = []
    for row in rows:
        if row.attribute not in most_named.ATTRIBUTES:
            continue
        said = [
            _(
                "The organisations said which governments matter most for the topic, and their answers were"
                " weighted like the votes. One rule counts the people on the panel who belong to the %(size)s"
                " governments most named, with those that are equal to the last: %(asked)s.",
                size=most_named.ATTRIBUTES[row.attribute],
                asked=_asked(row),
            )
            if row.hard
            else _(
                "The organisations said which governments matter most for the topic, and their answers were"
                " weighted like the votes. One wish counts the people on the panel who belong to the %(size)s"
                " governments most named, with those that are equal to the last: %(asked)s.",
                size=most_named.ATTRIBUTES[row.attribute],
                asked=_asked(row),
            )
        ]
        if row.have is not None:
            said.append(
                ngettext(
                    "Of these governments there is %(num)s person on the panel.",
                    "Of these governments there are %(num)s people on the panel.",
                    row.have,
                )
            )
        if row.hard:
            said.append(
                _("The panel meets this rule.") if row.ok else _("The panel does not meet this rule.")
            )
        else:
            said.append(
                _("The panel meets this wish.") if row.ok else _("The panel does not meet this wish.")
            )
        told.append(" ".join(said))
    return told


def public_rule_rows(rows: Iterable[RuleRow]) -> list[list[object]]:
    """Return table rows of the rules of a public panel: rule, what it asks, how many, whether met."""
    return [
        [
            rule_name(row) + ("" if row.hard else f" ({_('a wish')})"),
            "" if row.percent is not None else _asked(row),
            row.have if row.have is not None else "\N{EN DASH}",
            _("met") if row.ok else _("not met"),
        ]
        for row in rows
    ]


def change_words(rows: Iterable[RuleRow]) -> list[str]:
    """Return a sentence for each rule: its count before a change of people on the panel, and after."""
    return [
        _(
            "%(rule)s: %(before)s before, %(after)s then",
            rule=rule_name(each),
            before=each.was,
            after=each.have,
        )
        + ("" if each.ok else f" ({_('the rules ask for %(asked)s', asked=_asked(each))})")
        for each in rows
    ]


def impossible_rows(rows: Iterable[RuleRow]) -> list[list[object]]:
    """Return table rows of the rules of a panel that is not possible.

    Columns: rule, what it asks, what the pool could give, whether it is possible by itself.
    """
    return [
        [
            rule_name(row),
            _asked(row),
            row.pool,
            _("possible by itself") if row.ok else _("not possible"),
        ]
        for row in rows
    ]


def giving_rows(rows: Iterable[GivingRow]) -> list[list[object]]:
    """Return table rows of the rules that give way.

    Columns: rule, what it asks, what is possible, by how many people it gives way, what the pool has.
    """
    return [[rule_name(row.rule), _asked(row.rule), row.possible, row.by, row.rule.pool] for row in rows]


def obstacle(decision: PanelDecision | BlockedPanel) -> str:
    """Return the reason why a panel is not possible, in one sentence.

    Empty where no row is known to give way.
    """
    if decision.obstacle == "pool":
        return ngettext(
            "The pool has %(num)s person; the panel asks for %(size)s.",
            "The pool has %(num)s people; the panel asks for %(size)s.",
            decision.pool,
            size=decision.size,
        )
    if decision.obstacle == "locked":
        return _("More people are to be on it in any case than it has seats.")
    if not decision.giving:
        return ""
    row = decision.giving[0]
    told = {
        "rule": rule_name(row.rule),
        "asked": _asked(row.rule),
        "pool": row.rule.pool,
        "possible": row.possible,
    }
    if row.rule.kind in {"role", "quota"} and row.rule.pool < row.rule.low:
        return _("For “%(rule)s” the rules ask for %(asked)s, and the pool has %(pool)s.", **told)
    return _("For “%(rule)s” the rules ask for %(asked)s; with the others, %(possible)s is possible.", **told)


def _asked(row: RuleRow) -> str:
    if row.percent is not None:
        return _("at least %(percent)s in every hundred", percent=row.percent)
    if row.low == row.high:
        return _("exactly %(low)s", low=row.low)
    if row.high is None:
        return _("at least %(low)s", low=row.low)
    if row.low == 0:
        return _("at most %(high)s", high=row.high)
    return _("%(low)s to %(high)s", low=row.low, high=row.high)


def in_words(row: RuleRow) -> str:
    """Return a rule and what it asks, in a few words."""
    if row.kind in {"share", "mixed"}:
        return rule_name(row)
    return _("%(rule)s: %(asked)s", rule=rule_name(row), asked=_asked(row))


def rule_name(row: RuleRow) -> str:
    """Return what a rule is about, in a few words."""
    if row.kind == "size":
        return _("All places")
    if row.kind == "share":
        return _("%(who)s, at least %(percent)s in every hundred", who=local(row.value), percent=row.percent)
    if row.kind == "at_most":
        return {
            "organisation": _("People of one organisation"),
            "country": _("People of one country"),
        }.get(row.attribute, row.attribute)
    if row.kind == "mixed":
        return {
            "gender": _("Different genders"),
            "sector": _("Different sectors"),
        }.get(row.attribute) or _(
            "Different categories of “%(name)s”", name=dimension_words.own(row.attribute)
        )
    return local(row.value)


def rule_label(row: RuleRow) -> str:
    """Return what a rule is about, as short as it can be said."""
    return local(row.value) if row.kind == "share" else rule_name(row)


def rule_asked(row: RuleRow) -> str:
    """Return what a rule asks for, as short as it can be said."""
    if row.percent is not None:
        return _("at least %(percent)s", percent=percent(row.percent / 100))
    return _asked(row)


def rule_short(row: RuleRow) -> str:
    """Return a rule, how many there are and what it asks, as short as it can be said."""
    return f"{rule_label(row)}: {row.have} ({rule_asked(row)})"
