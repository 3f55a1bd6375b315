"""The panel: its rules, its exact choice, and what was decided, kept as a document each time.

The count's rules are frozen at opening; the panel's are not, since who can come is known only later. Each
choice keeps the rules under which it was made.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from consulta.core import bundle as core
from consulta.core import count as counting
from consulta.core import panel as choosing
from consulta.core.problems import Problem
from consulta.core.rounds import State, has_result
from consulta.data import catalogue
from consulta.services import public
from consulta.services.access import require
from consulta.services.labels import name_of
from consulta.services.panel_rows import rows_of
from consulta.services.views import NomineeLine, PanelDecision, PanelView
from consulta.store import counting as rows
from consulta.store import documents

if TYPE_CHECKING:
    from consulta.core.bundle import Bundle, Nominee, PanelRules
    from consulta.services.work import Work
    from consulta.store.models import Document, Round

FORMAT = "consulta-panel/1"


def panel_page(work: Work, key: str) -> PanelView:
    """The panel's desk. Problems: `round.unknown`, `round.not_closed`, `result.uncounted`."""
    require(work, "panel.read")
    found = _counted(work, key)
    bundle = _bundle(work, found)
    topics = _topics(work, found)
    return _view(found, bundle, topics, documents.find(work.session, found.id, "panel"))


def published_panel(work: Work, key: str) -> PanelView:
    """The panel that was made public. Problem: `panel.unknown`."""
    require(work, "published.read")
    found = rows.whole_round(work.session, key)
    if found is None or found.state != State.PUBLISHED.value or found.panel_version is None:
        raise Problem("panel.unknown", key=key)
    document = documents.find(work.session, found.id, "panel", found.panel_version)
    return _view(found, _bundle(work, found), _topics(work, found), document)


def choose(work: Work, key: str, rules: PanelRules) -> bool:
    """Choose the panel under `rules` and keep both; whether a panel exists at all is the answer.

    Problems: `panel.rule`, `rules.range`, `round.unknown`, `round.not_closed`, `result.uncounted`.
    """
    require(work, "panel.choose")
    found = _counted(work, key)
    bundle = _bundle(work, found)
    topics = _topics(work, found)
    counting.check_panel(bundle, rules)
    chosen = counting.choose_panel(bundle, rules, topics)
    content = {
        "format": FORMAT,
        "round": found.key,
        "topics": list(topics),
        "rules": core.panel_rules_to_dict(rules),
        "panel": chosen.to_dict(),
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
    found = _counted(work, key)
    if found.state != State.PUBLISHED.value:
        raise Problem("round.not_published", key=key)
    document = documents.find(work.session, found.id, "panel")
    if document is None:
        raise Problem("panel.unknown", key=key)
    if not json.loads(document.content)["panel"]["feasible"]:
        raise Problem("panel.impossible")
    found.panel_version = document.version
    work.record(
        "panel.published", f"round:{found.id}", {"version": document.version, "sha256": document.sha256}
    )


def bundle_with_panel(work: Work, key: str) -> bytes:
    """The counted bundle with the panel's rules in it, so that `consulta count` gives the same panel.

    Problems: `round.unknown`, `round.not_closed`, `result.uncounted`.
    """
    require(work, "result.read")
    found = _counted(work, key)
    document = documents.find(work.session, found.id, "bundle")
    bundle: dict[str, Any] = json.loads(document.content) if document else {}
    if documents.find(work.session, found.id, "panel") is not None:
        bundle["rules"]["panel"] = found.panel_rules
    work.record("results.downloaded", f"round:{found.id}", {"kind": "bundle"})
    return core.to_json(core.parse(json.dumps(bundle).encode()))


def _counted(work: Work, key: str) -> Round:
    found = rows.whole_round(work.session, key)
    if found is None:
        raise Problem("round.unknown", key=key)
    if not has_result(State(found.state)):
        raise Problem("round.not_closed", key=key)
    return found


def _bundle(work: Work, found: Round) -> Bundle:
    document = documents.find(work.session, found.id, "bundle")
    if document is None:
        raise Problem("result.uncounted")
    return core.parse(document.content.encode())


def _topics(work: Work, found: Round) -> tuple[str, ...]:
    document = documents.find(work.session, found.id, "result")
    if document is None:
        raise Problem("result.uncounted")
    return tuple(topic["key"] for topic in json.loads(document.content)["topics"])


def _view(found: Round, bundle: Bundle, topics: tuple[str, ...], document: Document | None) -> PanelView:
    support = counting.panel_support(bundle)
    rules = core.parse_panel_rules(found.panel_rules)
    pool = {nominee.key for nominee in choosing.pool(bundle.nominees, rules, topics)}
    lines = {n.key: _line(n, support[n.key], n.key in pool) for n in bundle.nominees}
    titles = {theme.key: theme.title for theme in bundle.themes}
    return PanelView(
        card=public.card(found, len(bundle.seats), len({seat.country for seat in bundle.seats})),
        topics=tuple(titles[topic] for topic in topics),
        rules=rules,
        nominees=tuple(sorted(lines.values(), key=lambda n: (not n.in_pool, n.role, -n.support, n.key))),
        decision=_decision(document, bundle, topics, lines) if document else None,
        public_version=found.panel_version,
    )


def _decision(
    document: Document, bundle: Bundle, topics: tuple[str, ...], lines: dict[str, NomineeLine]
) -> PanelDecision:
    content: dict[str, Any] = json.loads(document.content)
    panel = content["panel"]
    rules = core.parse_panel_rules(content["rules"])
    nominees = {nominee.key: nominee for nominee in bundle.nominees}
    members = [nominees[key] for key in panel["members"]]
    return PanelDecision(
        version=document.version,
        chosen_at=document.created_at,
        feasible=panel["feasible"],
        members=tuple(lines[member.key] for member in members),
        rows=rows_of(rules, members, choosing.pool(bundle.nominees, rules, topics)),
        support=panel.get("support", 0),
        shortfall=panel.get("shortfall", 0),
        sha256=document.sha256,
    )


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
