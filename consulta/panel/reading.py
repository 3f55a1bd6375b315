"""A kept panel, its rules and its nominees as the pages show them."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from consulta.core.counting.result import GivesWay
from consulta.core.panel.rows import attribute_of, told_apart
from consulta.panel.documents import is_gender_wish, standing_of
from consulta.panel.values import (
    BlockedPanel,
    Designation,
    GivingRow,
    HeldDate,
    MemoryTold,
    NomineeLine,
    PanelDecision,
    PanelJudgement,
    PublicSupport,
    RuleRow,
)
from consulta.platform.data import catalogue
from consulta.platform.labels import name_of
from consulta.rounds.secrecy import what_is_public

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from consulta.core.counting.result import PanelResult, PanelRow, Reserves
    from consulta.core.panel.rows import Row
    from consulta.core.values import Nominee, PanelRules
    from consulta.panel.documents import Hand, KeptPanel
    from consulta.platform.models import Nominee as Stored
    from consulta.platform.models import Round

    Lines = Mapping[str, NomineeLine]

HUNDRED = 100

UNSHOWN = ("size", "locked")  # rows that the page says in other words, unless they are missed


def decision(
    kept: KeptPanel, nominees: Sequence[Nominee], lines: Lines, hands: Sequence[Hand] = ()
) -> PanelDecision:
    """Return a stored panel for its page: as people decided it, beside the exact best; else the best.

    `hands` are the decisions by hand that shape it.
    """
    panel, rules, sitting = kept.panel, kept.rules, kept.sitting
    lines = {key: replace(each, designation=kept.designated.get(key)) for key, each in lines.items()}
    members = among(nominees, sitting.members)
    rows = rule_rows(sitting.rows, rules, members)
    supports = {each.support for each in lines.values() if each.could_sit}
    return PanelDecision(
        kept=kept,
        feasible=kept.decided is not None or panel.feasible,
        members=tuple(lines[key] for key in sitting.members),
        rows=rows,
        alternates=named(sitting.alternates, lines),
        blocked=blocked(panel, rules),
        relaxed_members=tuple(lines[key] for key in panel.relaxed_members),
        held=frozenset(kept.lasting),
        barred=frozenset(rules.barred),
        standing=standing_of(kept),
        holds={why: people(keys, lines) for why, keys in asdict(kept.holds).items()},
        wish_met=all(row.ok for row in rows if is_gender_wish(row.attribute, hard=row.hard)),
        judgements=tuple(_judgement(hand, nominees, lines) for hand in hands),
        wishes=not all(rule.hard for rule in rules.shares) or not all(rule.hard for rule in rules.quotas),
        level=supports.pop() if len(supports) == 1 else None,
        memory=rules.memory,
        remembered=_remembered(kept),
        reserves=held_date(sitting.reserves, len(sitting.members), lines),
    )


def _remembered(kept: KeptPanel) -> MemoryTold | None:
    """Return what the memory of the rules changed; None where there is none, or people decided the panel."""
    without, panel = kept.compared.without_memory, kept.panel
    if without is None or kept.decided is not None:
        return None
    most = panel.most_support
    return MemoryTold(panel.recent, without.recent, HUNDRED * panel.support // most if most else None)


def held_date(told: Reserves | None, members: int, lines: Lines) -> HeldDate | None:
    """Return who is asked to hold the date; None where nobody is."""
    if told is None or not told.people:
        return None
    return HeldDate(people(told.people, lines), told.one, told.two, members)


def public_support(shown: PanelDecision, found: Round, gender: Sequence[bool]) -> PublicSupport | None:
    """Return the support of the panel beside the most possible, or None if it may not be told.

    Exact figures are given only if each person's support is public too; else a percentage.
    """
    if not all(gender):
        return None
    best, support = shown.kept.best, shown.support
    percent = None if not best else min(HUNDRED * support // best, HUNDRED)
    more = best is not None and support > best
    if gender or "panel_support" not in what_is_public(found.secrecy):
        return PublicSupport(None, None, percent, more) if percent is not None else None
    return PublicSupport(support, best, percent, more)


def _judgement(hand: Hand, nominees: Sequence[Nominee], lines: Lines) -> PanelJudgement:
    kept, judged = hand.kept, hand.judged
    gave = kept.decided.gave_way if kept.decided else ()
    return PanelJudgement(
        version=kept.version,
        came=people(judged.came, lines),
        left=people(judged.left, lines),
        held=people(judged.held, lines),
        kept_out=people(judged.kept_out, lines),
        overridden=rule_rows(gave, kept.rules, among(nominees, kept.members)),
        reason=judged.reason,
        role=judged.role,
        at=judged.at,
        best_support=kept.best,
    )


def people(keys: Iterable[str], lines: Lines) -> tuple[NomineeLine, ...]:
    """Return the nominees with these keys, in this order; keys of nominees who are gone are left out."""
    return tuple(lines[key] for key in keys if key in lines)


def among(nominees: Iterable[Nominee], keys: Collection[str]) -> list[Nominee]:
    """Return the nominees with these keys."""
    return [nominee for nominee in nominees if nominee.key in keys]


def named(alternates: Mapping[str, Iterable[str]], lines: Lines) -> dict[str, tuple[NomineeLine, ...]]:
    """Return for each member the nominees who could take the place."""
    return {key: tuple(lines[other] for other in others) for key, others in alternates.items()}


def rule_rows(
    rows: Iterable[PanelRow],
    rules: PanelRules,
    members: Sequence[Nominee],
    before: Mapping[str, int | None] | None = None,
) -> tuple[RuleRow, ...]:
    """Return the rows of stored rules for the page.

    `before` gives the former count of each row, by the row's name.
    """
    return tuple(
        replace(
            rule_row(row, rules, members, have=row.met, ok=row.ok, who=_counted(row, rules, members)),
            was=(before or {}).get(row.row),
        )
        for row in rows
        if row.kind not in UNSHOWN or (row.met is not None and not row.ok)
    )


def blocked(chosen: PanelResult, rules: PanelRules) -> BlockedPanel:
    """Return why there is no panel, and the smallest change of the rules with which there is one."""
    return BlockedPanel(
        obstacle=chosen.obstacle,
        pool=chosen.pool,
        size=rules.size,
        giving=tuple(_giving(row, rules) for row in chosen.relaxation),
    )


def _giving(row: GivesWay, rules: PanelRules) -> GivingRow:
    return GivingRow(rule_row(row, rules, (), have=None, ok=False), row.possible, row.by)


def rule_row(
    row: PanelRow | GivesWay | Row,
    rules: PanelRules,
    members: Sequence[Nominee],
    *,
    have: int | None,
    ok: bool,
    who: tuple[str, ...] = (),
) -> RuleRow:
    """Return a row with the limits that its rule sets for these members; rows that give way are hard."""
    low, high, percent = _limits(row, rules, members)
    return RuleRow(
        kind=row.kind,
        attribute=row.attribute or "",
        value=name_of(row.attribute or "", row.value or ""),
        have=have,
        low=low,
        high=high,
        percent=percent,
        hard=isinstance(row, GivesWay) or row.hard,
        ok=ok,
        pool=row.pool,
        who=who,
        code=row.value or "",
    )


def _counted(row: PanelRow, rules: PanelRules, members: Sequence[Nominee]) -> tuple[str, ...]:
    """Return the names of members whom the row is about.

    These are those who have the value, or those whose value occurs more often than allowed.
    """
    attribute = row.attribute or ""
    if row.kind in {"role", "quota", "share"}:
        return tuple(each.name for each in members if attribute_of(each, attribute) == row.value)
    if row.kind != "at_most" or row.ok:
        return ()
    values = Counter(told_apart(each, attribute) for each in members)
    most = rules.at_most[attribute]
    return tuple(each.name for each in members if values[told_apart(each, attribute)] > most)


def _limits(
    row: PanelRow | GivesWay | Row, rules: PanelRules, members: Sequence[Nominee]
) -> tuple[int, int | None, int | None]:
    """Return the least and the most people for a rule, and its share in per cent if it is a share.

    The most is None if there is no limit. A share is taken of the members who have a value in the
    categories of the rule.
    """
    if row.kind == "share":
        share = next(s for s in rules.shares if (s.attribute, s.value) == (row.attribute, row.value))
        among = sum(attribute_of(member, share.attribute) in share.of for member in members)
        return -(-share.min * among // 1000), None, share.min // 10
    if row.kind == "size":
        return rules.size, rules.size, None
    low, _, high = row.asked.rstrip("+").partition("-")
    # A ceiling as high as the whole panel limits nothing: the row reads better without it.
    return int(low), int(high) if high and int(high) < rules.size else None, None


def line(
    nominee: Nominee, row: Stored, support: int, *, in_pool: bool, could_sit: bool = True
) -> NomineeLine:
    """Return a nominee with the data that the database has."""
    subregion, sector = catalogue.subregion_of(nominee.country), nominee.categories.get("sector", "")
    gender = nominee.categories.get("gender")
    return NomineeLine(
        key=nominee.key,
        name=nominee.name,
        organisation=nominee.organisation,
        role=nominee.role,
        role_name=name_of("role", nominee.role),
        country=name_of("country", nominee.country),
        subregion=name_of("subregion", subregion),
        sector=name_of("sector", sector),
        gender=name_of("gender", gender) if gender else None,
        support=support,
        recent=nominee.recent,
        in_pool=in_pool,
        could_sit=could_sit,
        codes={
            "role": nominee.role,
            "subregion": subregion,
            "country": nominee.country,
            "sector": sector,
        },
        languages=tuple(row.languages) or (row.language,),
        listed=row.consent_listed,
        to_governments=row.consent_governments,
        topics=len(nominee.topics or ()),
        designation=Designation(**row.outside) if row.outside else None,
    )
