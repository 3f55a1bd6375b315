"""The panel: its rules, its exact choice, and what was decided, kept as a document each time.

The count's rules are frozen at opening; the panel's are not, since who can come is known only later. Each
choice keeps the rules under which it was made.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from consulta.core import bundle as core
from consulta.core import count as counting
from consulta.core import panel as choosing
from consulta.core.problems import Problem
from consulta.core.result import Result
from consulta.core.rounds import State
from consulta.services import archive, public
from consulta.services.access import require
from consulta.services.panel_views import decision, line, members_of
from consulta.services.results import closed_round, nominees_of
from consulta.services.views import NomineeLine, PanelChance, PanelPublication, PanelView, PublishedPanel
from consulta.store import counting as counting_rows
from consulta.store import documents, log, rounds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.core.bundle import Bundle, PanelRules
    from consulta.core.result import PanelResult
    from consulta.services.work import Work
    from consulta.store.models import Document, Round

__all__ = ["choose", "members_of", "panel_page", "publish_panel", "published_panel"]

FORMAT = "consulta-panel/1"
SALT_BYTES = 16

REMEMBERED = 8
"""How many panels a process remembers, so that a search is not repeated while others wait to write."""

_FOUND: dict[str, PanelResult] = {}
_REMEMBERING = threading.Lock()


class Ground(NamedTuple):
    """What a panel is chosen from: the nominees with gender, the topics, and the support of each nominee."""

    bundle: Bundle
    result: Result
    topics: Sequence[str]
    support: Mapping[str, int]

    @property
    def seed(self) -> str:
        """What decides between equals."""
        return self.result.seed


def panel_page(work: Work, key: str) -> PanelView:
    """The panel's desk. Problems: `round.unknown`, `round.not_closed`, `result.uncounted`."""
    require(work, "panel.read")
    found = closed_round(work, key)
    return view(found, ground(work, found), documents.find(work.session, found.id, "panel"))


def published_panel(work: Work, key: str) -> PublishedPanel:
    """The panel that was made public. Problem: `panel.unknown`."""
    require(work, "published.read")
    found = rounds.whole(work.session, key)
    if found is None or found.state != State.PUBLISHED.value or found.panel_version is None:
        raise Problem("panel.unknown", key=key)
    document = documents.find(work.session, found.id, "panel", found.panel_version)
    base = ground(work, found)
    return PublishedPanel(
        panel=view(found, base, document),
        chance=PanelChance(base.seed, found.commitment or "", found.opened_at or found.created_at),
        publications=_publications(work, found, base.bundle),
    )


def choose(work: Work, key: str, rules: PanelRules) -> bool:
    """Choose the panel under `rules` and keep both; whether a panel exists at all is the answer.

    It takes the place of what people decided before. Problems: `panel.rule`, `panel.designated`,
    `rules.range`, `round.unknown`, `round.not_closed`, `result.uncounted`.
    """
    require(work, "panel.choose")
    found = closed_round(work, key, hold=True)
    base = ground(work, found)
    rules = for_these(rules, found, base)
    chosen = best(base, rules)
    kept = keep(work, found, base, rules, chosen)
    work.record(
        "panel.chosen",
        f"round:{found.id}",
        {"version": kept.version, "feasible": chosen.feasible, "sha256": kept.sha256},
    )
    return chosen.feasible


def foresee(work: Work, key: str, rules: PanelRules) -> None:
    """Search for the panel that `choose` will keep, before anything is held for writing.

    Problems: as of `choose`.
    """
    require(work, "panel.choose")
    found = closed_round(work, key)
    base = ground(work, found)
    best(base, for_these(rules, found, base))


def best(base: Ground, rules: PanelRules) -> PanelResult:
    """Return the best panel under these rules, or why there is none; the last ones found are remembered."""
    question = {
        "rules": core.panel_rules_to_dict(rules),
        "nominees": [asdict(nominee) for nominee in base.bundle.nominees],
        "support": dict(base.support),
        "topics": list(base.topics),
        "seed": base.seed,
    }
    digest = hashlib.sha256(json.dumps(question).encode()).hexdigest()
    with _REMEMBERING:
        known = _FOUND.get(digest)
    if known is not None:
        return known
    chosen = choosing.choose(
        rules,
        base.bundle.nominees,
        base.support,
        base.topics,
        base.seed,
        known_roles=rules.roles,
    )
    with _REMEMBERING:
        _FOUND[digest] = chosen
        while len(_FOUND) > REMEMBERED:
            del _FOUND[next(iter(_FOUND))]
    return chosen


def keep(
    work: Work,
    found: Round,
    base: Ground,
    rules: PanelRules,
    chosen: PanelResult,
    decided: Mapping[str, Any] | None = None,
    *,
    standing: PanelRules | None = None,
    replacement: Mapping[str, Any] | None = None,
) -> Document:
    """Keep a panel as the next version: its rules, the exact best, and what people decided where they did.

    Where somebody was replaced, `standing` are the rules that hold from now on, without the places held only
    for this choice, and `replacement` says who left, who came and why.
    """
    content = {
        "format": FORMAT,
        "round": found.key,
        "topics": list(base.topics),
        "rules": core.panel_rules_to_dict(rules),
        "panel": json.loads(replace(base.result, panel=chosen).to_json())["panel"],
        **({"decided": decided} if decided else {}),
        **({"replacement": replacement} if replacement else {}),
        "designated": {n.key: n.outside for n in found.nominees if n.outside is not None},
        # The digest is public and little of the rest is not: genders could be tried until it fits.
        "salt": secrets.token_hex(SALT_BYTES),
    }
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    kept = documents.keep(work.session, found.id, "panel", text, work.now)
    found.panel_rules = core.panel_rules_to_dict(standing or rules)
    found.panel_trial = None
    return kept


def publish_panel(work: Work, key: str) -> None:
    """Make the newest panel public. Problems: `panel.unknown`, `panel.impossible`, `round.not_published`."""
    require(work, "rounds.publish")
    found = closed_round(work, key, hold=True)
    if found.state != State.PUBLISHED.value:
        raise Problem("round.not_published", key=key)
    document = documents.find(work.session, found.id, "panel")
    if document is None:
        raise Problem("panel.unknown", key=key)
    if not members_of(document.content):
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
    if found.endorsements_apart:
        # The seed is of the ballots without them, so that what they come to is given as a figure.
        support = ground(work, found).support
        bundle = replace(
            bundle,
            ballots=tuple(replace(ballot, endorsements=()) for ballot in bundle.ballots),
            nominees=tuple(replace(each, support=support[each.key]) for each in bundle.nominees),
        )
    if documents.find(work.session, found.id, "panel") is not None:
        rules = core.parse_panel_rules(found.panel_rules)
        bundle = replace(bundle, rules=replace(bundle.rules, panel=rules))
    work.record("results.downloaded", f"round:{found.id}", {"kind": "bundle"})
    return core.to_json(bundle)


def ground(work: Work, found: Round) -> Ground:
    """What panels of a round are chosen from. Problem: `result.uncounted`."""
    bundle, document = _bundle(work, found), documents.find(work.session, found.id, "result")
    if document is None:
        raise Problem("result.uncounted")
    result = Result.parse(document.content.encode())
    return Ground(bundle, result, [topic.key for topic in result.topics], counting.support(bundle, result))


def _bundle(work: Work, found: Round) -> Bundle:
    """The counted bundle with the nominees as the panel's rules need them: none left out, with gender."""
    document = documents.find(work.session, found.id, "bundle")
    if document is None:
        raise Problem("result.uncounted")
    bundle = replace(core.parse(document.content.encode()), nominees=nominees_of(found, gender=True))
    if not found.endorsements_apart:
        return bundle
    said = counting_rows.endorsements(work.session, found.id)
    return replace(
        bundle,
        ballots=tuple(replace(ballot, endorsements=said.get(ballot.seat, ())) for ballot in bundle.ballots),
    )


def holding(rules: PanelRules, found: Round) -> PanelRules:
    """The rules with everybody held whom an act outside of this tool has sent."""
    sent = [nominee for nominee in found.nominees if nominee.outside is not None]
    for nominee in sent:
        if nominee.key in rules.barred:
            raise Problem("panel.designated", name=nominee.name)
    more = [nominee.key for nominee in sent if nominee.key not in rules.locked]
    return replace(rules, locked=(*rules.locked, *more))


def for_these(rules: PanelRules, found: Round, base: Ground) -> PanelRules:
    """The rules that hold whom others sent, and without roles that nobody has and nobody needs.

    A needed one stays, and cannot be met. Problem: `panel.designated`.
    """
    rules = holding(rules, found)
    there = {nominee.role for nominee in base.bundle.nominees}
    roles = {role: limits for role, limits in rules.roles.items() if role in there or limits[0]}
    return replace(rules, roles=roles)


def view(found: Round, base: Ground, document: Document | None) -> PanelView:
    """The panel's page, with the panel that the document keeps."""
    rules = holding(core.parse_panel_rules(found.panel_rules), found)
    lines = lines_of(found, base, rules)
    titles = {theme.key: theme.title for theme in base.bundle.themes}
    seats = base.bundle.seats
    return PanelView(
        card=public.card(found, len(seats), len({seat.country for seat in seats})),
        topics=tuple(titles[topic] for topic in base.topics),
        rules=rules,
        nominees=tuple(sorted(lines.values(), key=lambda n: (not n.in_pool, n.role, -n.support, n.key))),
        decision=decision(document, base.bundle.nominees, lines) if document else None,
        public_version=found.panel_version,
    )


def lines_of(found: Round, base: Ground, rules: PanelRules) -> dict[str, NomineeLine]:
    """The round's nominees by key, as pages show them."""
    pool = {nominee.key for nominee in choosing.pool_of(rules, base.bundle.nominees, base.topics)}
    rows = {nominee.key: nominee for nominee in found.nominees}
    return {
        n.key: line(n, rows[n.key], base.support[n.key], in_pool=n.key in pool) for n in base.bundle.nominees
    }
