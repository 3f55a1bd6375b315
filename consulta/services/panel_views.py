"""A kept panel, its rules and its nominees as the pages show them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from consulta.core import bundle as core
from consulta.core.panel_rows import attribute_of
from consulta.data import catalogue
from consulta.services.labels import name_of
from consulta.services.panel_holds import is_gender_wish, lasting, members_of, standing_of
from consulta.services.views import (
    BlockedPanel,
    Designation,
    GenderWish,
    GivingRow,
    HeldPeople,
    NomineeLine,
    PanelComparison,
    PanelDecision,
    PanelJudgement,
    RuleRow,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from consulta.core.bundle import Nominee, PanelRules
    from consulta.core.result import PanelResult
    from consulta.services.panel_holds import Hand
    from consulta.store.models import Document
    from consulta.store.models import Nominee as Stored

    Lines = Mapping[str, NomineeLine]

UNSHOWN = ("size", "locked")  # rows that the page says in other words, unless they are missed


def decision(
    document: Document, nominees: Sequence[Nominee], lines: Lines, hands: Sequence[Hand] = ()
) -> PanelDecision:
    """A kept panel: as people decided it where they did, with the exact best beside; else the best.

    `hands` are the decisions by hand that shape it.
    """
    content: dict[str, Any] = json.loads(document.content)
    panel: dict[str, Any] = content["panel"]
    rules = core.parse_panel_rules(content["rules"])
    sent = content.get("designated", {})
    lines = {
        key: replace(each, designation=Designation(**sent[key]) if key in sent else None)
        for key, each in lines.items()
    }
    decided: dict[str, Any] | None = content.get("decided")
    # What is told of whoever sits: people's decision carries its own rows, support and alternates.
    told = decided or panel
    members = among(nominees, told["members"])
    rows = rule_rows(told["rows"], rules, members)
    broken = any(row["hard"] and not row["ok"] for row in told["rows"] if row["met"] is not None)
    judgements = tuple(_judgement(hand, nominees, lines) for hand in hands)
    return PanelDecision(
        version=document.version,
        chosen_at=document.created_at,
        feasible=bool(decided) or panel["feasible"],
        members=tuple(lines[key] for key in told["members"]),
        rows=rows,
        size=rules.size,
        pool=panel["pool"],
        support=told["support"],
        shortfall=told["shortfall"],
        sha256=document.sha256,
        # A panel kept by an earlier version says nothing of these.
        alternates=named(told.get("alternates", {}), lines),
        obstacle=panel.get("obstacle"),
        giving=tuple(_giving(row, rules) for row in panel.get("relaxation", ())),
        relaxed_members=tuple(lines[key] for key in panel.get("relaxed_members", ())),
        held=frozenset(lasting(content)),
        barred=frozenset(rules.barred),
        judgement=next((each for each in judgements if each.version == document.version), None),
        earlier=tuple(each for each in judgements if each.version != document.version),
        standing=standing_of(
            content, rows_ok=not broken, support=told["support"], shortfall=told["shortfall"]
        ),
        holds=_held(content, lines),
        compared=_compared(content, rows, told["support"]),
        wishes=not all(rule.hard for rule in rules.shares) or not all(rule.hard for rule in rules.quotas),
        proven=panel.get("proven", True),
        most_support=(panel.get("bounds") or {}).get("support"),
    )


def _held(content: Mapping[str, Any], lines: Lines) -> HeldPeople:
    """Who is held or kept out, and why; of a panel kept by an earlier version it is not known why."""
    holds = content.get("holds")
    if holds is None:
        sent = {*content.get("designated", {})}
        bound = [key for key in content["rules"].get("locked", ()) if key not in sent]
        return HeldPeople(unknown=tuple(lines[key] for key in bound if key in lines))
    return HeldPeople(
        **{
            name: tuple(lines[key] for key in holds[name] if key in lines)
            for name in ("accepted", "invited", "by_hand", "left", "kept_out")
        }
    )


def _compared(content: Mapping[str, Any], rows: Sequence[RuleRow], support: int) -> PanelComparison | None:
    """What the panel is compared with; none where an earlier version kept it, which did not say."""
    told = content.get("compared")
    if told is None:
        return None
    own, wish = told["own"], told.get("wish")
    return PanelComparison(
        support=support,
        best=own["support"] if own["feasible"] else None,
        proven=own.get("proven", True),
        wish=GenderWish(
            met=all(row.ok for row in rows if is_gender_wish(row.attribute, hard=row.hard)),
            with_it=wish["with"],
            without=wish["without"],
        )
        if wish
        else None,
    )


def _judgement(hand: Hand, nominees: Sequence[Nominee], lines: Lines) -> PanelJudgement:
    panel, decided = hand.content["panel"], hand.content.get("decided")
    rules = core.parse_panel_rules(hand.content["rules"])
    gave = [row for row in decided["rows"] if row["row"] in decided["overridden"]] if decided else []
    told = hand.content.get("compared")
    best = told["own"] if told else panel
    return PanelJudgement(
        version=hand.version,
        came=tuple(lines[key] for key in hand.came if key in lines),
        left=tuple(lines[key] for key in hand.left if key in lines),
        held=tuple(lines[key] for key in hand.held if key in lines),
        kept_out=tuple(lines[key] for key in hand.kept_out if key in lines),
        overridden=rule_rows(gave, rules, among(nominees, members_of(hand.content))),
        reason=hand.reason,
        role=hand.role,
        at=datetime.fromisoformat(hand.at),
        best_support=best["support"] if best["feasible"] else None,
    )


def among(nominees: Iterable[Nominee], keys: Collection[str]) -> list[Nominee]:
    """Those of the nominees whose keys these are."""
    return [nominee for nominee in nominees if nominee.key in keys]


def named(alternates: Mapping[str, Iterable[str]], lines: Lines) -> dict[str, tuple[NomineeLine, ...]]:
    """Who could take each member's place."""
    return {key: tuple(lines[other] for other in others) for key, others in alternates.items()}


def rule_rows(
    rows: Iterable[Mapping[str, Any]],
    rules: PanelRules,
    members: Sequence[Nominee],
    before: Mapping[str, int | None] | None = None,
) -> tuple[RuleRow, ...]:
    """Rows as they are kept, for the page; `before` says by their names how many there were."""
    return tuple(
        replace(_row(row, rules, members), was=(before or {}).get(row["row"]))
        for row in rows
        if row["kind"] not in UNSHOWN or (row["met"] is not None and not row["ok"])
    )


def blocked(chosen: PanelResult, rules: PanelRules) -> BlockedPanel:
    """What stands in the way of a panel, and the smallest change with which there is one."""
    return BlockedPanel(
        obstacle=chosen.obstacle,
        pool=chosen.pool,
        size=rules.size,
        giving=tuple(_giving(asdict(row), rules) for row in chosen.relaxation),
    )


def _giving(row: Mapping[str, Any], rules: PanelRules) -> GivingRow:
    rule = _row({**row, "met": None, "hard": True, "ok": False}, rules, ())
    return GivingRow(rule, row["possible"], row["by"])


def _row(row: Mapping[str, Any], rules: PanelRules, members: Sequence[Nominee]) -> RuleRow:
    """A row of the kept panel with the limits that its rule sets for these members."""
    low, high, percent = _limits(row, rules, members)
    return RuleRow(
        kind=row["kind"],
        attribute=row["attribute"],
        value=name_of(row["attribute"], row["value"] or ""),
        have=row["met"],
        low=low,
        high=high,
        percent=percent,
        hard=row["hard"],
        ok=row["ok"],
        pool=row["pool"],
        who=_counted(row, rules, members),
    )


def _counted(row: Mapping[str, Any], rules: PanelRules, members: Sequence[Nominee]) -> tuple[str, ...]:
    """The names of those whom the row is about: who has the value, or who are too many of one."""
    if row["kind"] in {"role", "quota", "share"}:
        return tuple(each.name for each in members if attribute_of(each, row["attribute"]) == row["value"])
    if row["kind"] != "at_most" or row["ok"]:
        return ()
    values = Counter(attribute_of(each, row["attribute"]) for each in members)
    most = rules.at_most[row["attribute"]]
    return tuple(each.name for each in members if values[attribute_of(each, row["attribute"])] > most)


def _limits(
    row: Mapping[str, Any], rules: PanelRules, members: Sequence[Nominee]
) -> tuple[int, int | None, int | None]:
    if row["kind"] == "share":
        share = next(s for s in rules.shares if (s.attribute, s.value) == (row["attribute"], row["value"]))
        among = sum(attribute_of(member, share.attribute) in share.of for member in members)
        return -(-share.min * among // 1000), None, share.min // 10
    if row["kind"] == "size":
        return rules.size, rules.size, None
    low, high = _asked(row["asked"])
    # A ceiling as high as the whole panel limits nothing: the row reads better without it.
    return low, None if high is not None and high >= rules.size else high, None


def _asked(text: str) -> tuple[int, int | None]:
    low, _, high = text.rstrip("+").partition("-")
    return int(low), int(high) if high else None


def line(nominee: Nominee, row: Stored, support: int, *, in_pool: bool) -> NomineeLine:
    """A nominee, with what the database says of them."""
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
        codes={
            "role": nominee.role,
            "subregion": subregion,
            "country": nominee.country,
            "sector": sector,
        },
        languages=tuple(row.languages) or (row.language,),
        listed=row.consent_listed,
        designation=Designation(**row.outside) if row.outside else None,
    )
