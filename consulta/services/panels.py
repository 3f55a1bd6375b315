"""The panel: its rules, its exact choice, and what was decided, kept as a document each time.

The count's rules are frozen at opening; the panel's are not, since who can come is known only later. Each
choice keeps the rules under which it was made.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from consulta.core import bundle as core
from consulta.core import count as counting
from consulta.core import panel as choosing
from consulta.core.panel_rows import attribute_of
from consulta.core.problems import Problem
from consulta.core.result import Result
from consulta.core.rounds import State
from consulta.data import catalogue
from consulta.services import archive, public
from consulta.services.access import require
from consulta.services.labels import name_of
from consulta.services.results import closed_round, nominees_of
from consulta.services.views import (
    Designation,
    GivingRow,
    NomineeLine,
    PanelChance,
    PanelDecision,
    PanelPublication,
    PanelView,
    PublishedPanel,
    RuleRow,
)
from consulta.store import documents, log, rounds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.core.bundle import Bundle, Nominee, PanelRules
    from consulta.services.work import Work
    from consulta.store.models import Document, Round

FORMAT = "consulta-panel/1"
SALT_BYTES = 16
UNSHOWN = ("size", "locked")  # rows that the page says in other words


def panel_page(work: Work, key: str) -> PanelView:
    """The panel's desk. Problems: `round.unknown`, `round.not_closed`, `result.uncounted`."""
    require(work, "panel.read")
    found = closed_round(work, key)
    document = documents.find(work.session, found.id, "panel")
    return _view(found, _bundle(work, found), _result(work, found), document)


def published_panel(work: Work, key: str) -> PublishedPanel:
    """The panel that was made public. Problem: `panel.unknown`."""
    require(work, "published.read")
    found = rounds.whole(work.session, key)
    if found is None or found.state != State.PUBLISHED.value or found.panel_version is None:
        raise Problem("panel.unknown", key=key)
    document = documents.find(work.session, found.id, "panel", found.panel_version)
    bundle, result = _bundle(work, found), _result(work, found)
    return PublishedPanel(
        panel=_view(found, bundle, result, document),
        chance=PanelChance(result.seed, found.commitment or "", found.opened_at or found.created_at),
        publications=_publications(work, found, bundle),
    )


def members_of(content: str | Mapping[str, Any]) -> list[str]:
    """Who is on the panel of a kept document, by key: as people decided, else as it was chosen.

    Nobody where the rules allow no panel and nothing was decided.
    """
    kept = json.loads(content) if isinstance(content, str) else content
    decided = kept.get("decided")
    members: list[str] = decided["members"] if decided else kept["panel"]["members"]
    return members


def choose(work: Work, key: str, rules: PanelRules) -> bool:
    """Choose the panel under `rules` and keep both; whether a panel exists at all is the answer.

    Problems: `panel.rule`, `panel.no_nominee`, `panel.designated`, `rules.range`, `round.unknown`,
    `round.not_closed`, `result.uncounted`.
    """
    require(work, "panel.choose")
    found = closed_round(work, key, hold=True)
    bundle = _bundle(work, found)
    result = _result(work, found)
    topics = [topic.key for topic in result.topics]
    rules = _for_these(_holding(rules, found), bundle.nominees)
    chosen = choosing.choose(rules, bundle.nominees, counting.support(bundle, result), topics, result.seed)
    content = {
        "format": FORMAT,
        "round": found.key,
        "topics": topics,
        "rules": core.panel_rules_to_dict(rules),
        "panel": json.loads(replace(result, panel=chosen).to_json())["panel"],
        "designated": {n.key: n.outside for n in found.nominees if n.outside is not None},
        # The digest is public and little of the rest is not: genders could be tried until it fits.
        "salt": secrets.token_hex(SALT_BYTES),
    }
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    kept = documents.keep(work.session, found.id, "panel", text, work.now)
    found.panel_rules = core.panel_rules_to_dict(rules)
    work.record(
        "panel.chosen",
        f"round:{found.id}",
        {"version": kept.version, "feasible": chosen.feasible, "sha256": kept.sha256},
    )
    return chosen.feasible


def publish_panel(work: Work, key: str) -> None:
    """Make the newest panel public. Problems: `panel.unknown`, `panel.impossible`, `round.not_published`."""
    require(work, "rounds.publish")
    found = closed_round(work, key, hold=True)
    if found.state != State.PUBLISHED.value:
        raise Problem("round.not_published", key=key)
    document = documents.find(work.session, found.id, "panel")
    if document is None:
        raise Problem("panel.unknown", key=key)
    if not json.loads(document.content)["panel"]["feasible"]:
        raise Problem("panel.impossible")
    found.panel_version = document.version
    # Not its digest: this row is public, and what little of the document is not could be tried.
    work.record("panel.published", f"round:{found.id}", {"version": document.version})
    archive.renew(work, found)


def _publications(work: Work, found: Round, bundle: Bundle) -> tuple[PanelPublication, ...]:
    """Every panel that was made public, oldest first, and who came and left with it."""
    names = {nominee.key: nominee.name for nominee in bundle.nominees}
    before: list[str] = []
    told = []
    for row in log.acts(work.session, f"round:{found.id}", "panel.published"):
        version: int = json.loads(row.details)["version"]
        document = documents.find(work.session, found.id, "panel", version)
        members = members_of(document.content) if document else []
        told.append(
            PanelPublication(
                version=version,
                at=datetime.fromisoformat(row.at),
                came=tuple(names[key] for key in members if key not in before and key in names),
                left=tuple(names[key] for key in before if key not in members and key in names),
            )
        )
        before = members
    return tuple(told)


def bundle_with_panel(work: Work, key: str) -> bytes:
    """The counted bundle with the panel's rules and all they need of the nominees, gender too.

    `consulta count` gives the same panel from it. It is not for the public. Problems: `round.unknown`,
    `round.not_closed`, `result.uncounted`.
    """
    require(work, "result.read")
    found = closed_round(work, key)
    bundle = _bundle(work, found)
    if documents.find(work.session, found.id, "panel") is not None:
        rules = core.parse_panel_rules(found.panel_rules)
        bundle = replace(bundle, rules=replace(bundle.rules, panel=rules))
    work.record("results.downloaded", f"round:{found.id}", {"kind": "bundle"})
    return core.to_json(bundle)


def _bundle(work: Work, found: Round) -> Bundle:
    """The counted bundle with the nominees as the panel's rules need them: none left out, with gender."""
    document = documents.find(work.session, found.id, "bundle")
    if document is None:
        raise Problem("result.uncounted")
    return replace(core.parse(document.content.encode()), nominees=nominees_of(found, gender=True))


def _holding(rules: PanelRules, found: Round) -> PanelRules:
    """The rules with everybody held whom an act outside of this tool has sent."""
    sent = [nominee for nominee in found.nominees if nominee.outside is not None]
    for nominee in sent:
        if nominee.key in rules.barred:
            raise Problem("panel.designated", name=nominee.name)
    more = [nominee.key for nominee in sent if nominee.key not in rules.locked]
    return replace(rules, locked=(*rules.locked, *more))


def _for_these(rules: PanelRules, nominees: Sequence[Nominee]) -> PanelRules:
    """The rules without roles that nobody has and nobody needs; a needed one is said by its name."""
    there = {nominee.role for nominee in nominees}
    for role, (least, _) in rules.roles.items():
        if role not in there and least:
            raise Problem("panel.no_nominee", role=name_of("role", role), least=least)
    return replace(rules, roles={role: limits for role, limits in rules.roles.items() if role in there})


def _result(work: Work, found: Round) -> Result:
    document = documents.find(work.session, found.id, "result")
    if document is None:
        raise Problem("result.uncounted")
    return Result.parse(document.content.encode())


def _view(found: Round, bundle: Bundle, result: Result, document: Document | None) -> PanelView:
    topics = [topic.key for topic in result.topics]
    support = counting.support(bundle, result)
    rules = _holding(core.parse_panel_rules(found.panel_rules), found)
    pool = {nominee.key for nominee in choosing.pool_of(rules, bundle.nominees, topics)}
    lines = {n.key: _line(n, support[n.key], n.key in pool) for n in bundle.nominees}
    titles = {theme.key: theme.title for theme in bundle.themes}
    return PanelView(
        card=public.card(found, len(bundle.seats), len({seat.country for seat in bundle.seats})),
        topics=tuple(titles[topic] for topic in topics),
        rules=rules,
        nominees=tuple(sorted(lines.values(), key=lambda n: (not n.in_pool, n.role, -n.support, n.key))),
        decision=_decision(document, bundle, lines) if document else None,
        public_version=found.panel_version,
    )


def _decision(document: Document, bundle: Bundle, lines: Mapping[str, NomineeLine]) -> PanelDecision:
    content: dict[str, Any] = json.loads(document.content)
    panel: dict[str, Any] = content["panel"]
    rules = core.parse_panel_rules(content["rules"])
    sent = content.get("designated", {})
    lines = {
        key: replace(each, designation=Designation(**sent[key]) if key in sent else None)
        for key, each in lines.items()
    }
    sitting = members_of(content)
    members = [nominee for nominee in bundle.nominees if nominee.key in sitting]
    return PanelDecision(
        version=document.version,
        chosen_at=document.created_at,
        feasible=panel["feasible"],
        members=tuple(lines[key] for key in sitting),
        rows=tuple(_row(row, rules, members) for row in panel["rows"] if row["kind"] not in UNSHOWN),
        size=rules.size,
        pool=panel["pool"],
        support=panel["support"],
        shortfall=panel["shortfall"],
        sha256=document.sha256,
        # A panel kept by an earlier version says nothing of these.
        alternates={
            key: tuple(lines[other] for other in others)
            for key, others in panel.get("alternates", {}).items()
        },
        obstacle=panel.get("obstacle"),
        giving=tuple(_giving(row, rules) for row in panel.get("relaxation", ())),
        relaxed_members=tuple(lines[key] for key in panel.get("relaxed_members", ())),
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
    )


def _limits(
    row: Mapping[str, Any], rules: PanelRules, members: Sequence[Nominee]
) -> tuple[int, int | None, int | None]:
    if row["kind"] == "share":
        share = next(s for s in rules.shares if (s.attribute, s.value) == (row["attribute"], row["value"]))
        among = sum(attribute_of(member, share.attribute) in share.of for member in members)
        return -(-share.min * among // 1000), None, share.min // 10
    low, high = _asked(row["asked"])
    # A ceiling as high as the whole panel limits nothing: the row reads better without it.
    return low, None if high is not None and high >= rules.size else high, None


def _asked(text: str) -> tuple[int, int | None]:
    low, _, high = text.rstrip("+").partition("-")
    return int(low), int(high) if high else None


def _line(nominee: Nominee, support: int, in_pool: bool) -> NomineeLine:  # noqa: FBT001 - a plain fact
    gender = nominee.categories.get("gender")
    return NomineeLine(
        key=nominee.key,
        name=nominee.name,
        organisation=nominee.organisation,
        role=nominee.role,
        role_name=name_of("role", nominee.role),
        country=name_of("country", nominee.country),
        subregion=name_of("subregion", catalogue.subregion_of(nominee.country)),
        sector=name_of("sector", nominee.categories.get("sector", "")),
        gender=name_of("gender", gender) if gender else None,
        support=support,
        recent=nominee.recent,
        in_pool=in_pool,
    )
