"""The panel: its rules, its exact choice, and what was decided, kept as a document each time.

The count's rules are frozen at opening; the panel's are not, since who can come is known only later. Each
choice keeps the rules under which it was made.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from contextvars import ContextVar
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from consulta.core.counting import bundle as bundles
from consulta.core.panel import choose as choosing
from consulta.core.panel.rules import panel_rules_to_dict, parse_panel_rules
from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.core.texts import Text
from consulta.core.typed import to_plain
from consulta.panel import dialogues, public_parts
from consulta.panel import documents as panel_documents
from consulta.panel.documents import (
    Hand,
    Holds,
    Solver,
    answers_of,
    by_hand,
    compared,
    holds_of,
    in_force,
    members_of,
    without_decisions_by_hand,
)
from consulta.panel.public_parts import naming, public_naming
from consulta.panel.reading import decision, line, people
from consulta.panel.values import (
    STANDING,
    NomineeLine,
    PanelPublishing,
    PanelView,
    Replacing,
)
from consulta.platform import documents, seen
from consulta.platform.access import require
from consulta.platform.data import most_named
from consulta.platform.deadlines import as_text
from consulta.platform.settings import SMALL_CELL
from consulta.platform.texts import paragraphs
from consulta.results import archive, tallying
from consulta.results.service import closed_round, nominees_of
from consulta.rounds import acts, public_rounds
from consulta.vote import answers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from consulta.core.counting.result import PanelResult
    from consulta.core.values import Nominee, PanelRules
    from consulta.platform.models import Document, Round
    from consulta.platform.work import Work


Done = TypeVar("Done")

FORMAT = "consulta-panel/1"
SALT_BYTES = 16
REASON_MAX = 2000

REMEMBERED = 32
"""How many panels a process remembers, so that a search is not repeated while others wait to write."""

TRIES = 12
"""How often an act is tried again with one more panel found: more than any act needs."""

_FOUND: dict[str, PanelResult] = {}
_REMEMBERING = threading.Lock()
_ONLY_KNOWN: ContextVar[bool] = ContextVar("only known panels", default=False)


class Ground(NamedTuple):
    """What a panel is chosen from: the nominees with gender, the topics, and the support of each nominee.

    `seed` decides between equals.
    """

    nominees: tuple[Nominee, ...]
    topics: tuple[str, ...]
    support: Mapping[str, int]
    seed: str


def panel_page(work: Work, key: str) -> PanelView:
    """Return the panel's page for the secretariat.

    Problems: `round.unknown`, `round.not_closed`, `result.uncounted`.
    """
    require(work, "panel.read")
    found = closed_round(work, key)
    return view(work, found, ground(work, found), documents.find(work.session, found.id, "panel"))


def choose(work: Work, key: str, rules: PanelRules, reason: str = "", small_cell: int = SMALL_CELL) -> bool:
    """Choose the panel under `rules` and keep both; whether a panel exists at all is the answer.

    It takes the place of what people decided before. Whom the rules hold or keep out by hand needs a reason,
    unless one is told already. The governments most named are fixed now where the rules ask for them: those
    that at least `small_cell` organisations named. Problems: `panel.rule`, `panel.most_named`,
    `panel.designated`, `panel.holds`, `rules.range`, `round.unknown`, `round.not_closed`, `result.uncounted`.
    """
    require(work, "panel.choose")
    found = closed_round(work, key, hold=True)
    fix_most_named(work, found, rules, small_cell)
    base = ground(work, found)
    rules = adapted_rules(rules, found, base)
    solve = Solver(lambda asked: best(base, asked))
    chosen, holds = solve(rules), holds_of(found, rules, answers_of(work, found))
    hand = None
    if chosen.feasible and holds.any_by_hand:
        told = hands_in_force(work, found)
        possible = solve(without_decisions_by_hand(rules, holds))
        hand = explained(
            work, by_hand(chosen.members, possible, holds, told, exact=True), reason, "panel.holds"
        )
    kept = keep(work, found, base, rules, chosen, holds=holds, hand=hand, solve=solve)
    work.record(
        "panel.chosen",
        f"round:{found.id}",
        {"version": kept.version, "feasible": chosen.feasible, "sha256": kept.sha256},
    )
    return chosen.feasible


def fix_most_named(work: Work, found: Round, rules: PanelRules, small_cell: int) -> None:
    """Fix the governments most named for a panel whose rules ask for them, and drop them for any other.

    Raise Problem `panel.most_named` if there are none that enough organisations named.
    """
    named = None
    if most_named.ATTRIBUTES.keys() & {quota.attribute for quota in rules.quotas}:
        named = answers.most_named(work, found, tallying.topics_of(work, found), small_cell)
        if not named:
            raise Problem("panel.most_named")
    found.most_named = named


def searched_first(act: Callable[[], Done]) -> Done:
    """Run a writing act so that no panel search runs while a lock is held; return its result.

    If the act needs a panel that is not known yet, its unit of work is left without a change, the panel
    is searched for, and the act starts again.
    """
    for _ in range(TRIES):
        token = _ONLY_KNOWN.set(True)
        try:
            return act()
        except _UnknownError as needed:
            base, rules = needed.base, needed.rules
        finally:
            _ONLY_KNOWN.reset(token)
        best(base, rules)
    return act()


class _UnknownError(Exception):
    """A panel is needed that has not been searched for, where nothing may be searched for."""

    def __init__(self, base: Ground, rules: PanelRules) -> None:
        super().__init__()
        self.base, self.rules = base, rules


def hands_in_force(work: Work, found: Round, until: int | None = None) -> tuple[Hand, ...]:
    """Return the decisions by hand that shape the newest panel, or that of version `until`."""
    every = panel_documents.every(work, found)
    return in_force([each for each in every if until is None or each.version <= until])


def explained(
    work: Work, hand: Mapping[str, Any] | None, reason: str, problem: str
) -> Mapping[str, Any] | None:
    """Return a decision by hand with its reason, the role of its author and its time; None for None.

    Raise Problem `problem` if there is no reason or it is too long.
    """
    if hand is None:
        return None
    why = paragraphs(reason)
    if not why or len(why) > REASON_MAX:
        raise Problem(problem, most=REASON_MAX)
    return {**hand, "reason": why, "who": work.actor.role, "when": as_text(work.now)}


def best(base: Ground, rules: PanelRules) -> PanelResult:
    """Return the best panel under these rules, or why there is none; the last ones found are remembered."""
    question = {
        "rules": panel_rules_to_dict(rules),
        "nominees": [asdict(nominee) for nominee in base.nominees],
        "support": dict(base.support),
        "topics": list(base.topics),
        "seed": base.seed,
    }
    digest = hashlib.sha256(json.dumps(question).encode()).hexdigest()
    with _REMEMBERING:
        known = _FOUND.get(digest)
    if known is not None:
        return known
    if _ONLY_KNOWN.get():
        raise _UnknownError(base, rules)
    chosen = choosing.choose(
        rules,
        base.nominees,
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
    holds: Holds,
    solve: Solver,
    hand: Mapping[str, Any] | None = None,
    exact: bool = True,
    standing: PanelRules | None = None,
    replacement: Mapping[str, Any] | None = None,
) -> Document:
    """Store a panel as the next version: its rules, the exact best, and any decision by people.

    With it stands whose voters see somebody on it whom they named, as the votes are now.
    It says why people are held, what was decided by `hand`, and the best panel of the round's own rules.
    After a replacement, `standing` are the rules that hold from now on, without the places held only for
    this choice, and `replacement` says who left, who came and why.
    """
    seen_by = public_parts.seen_by(work, found, chosen.members)
    chosen = replace(chosen, endorsed_by=public_parts.as_result(seen_by))
    if decided:
        seen_by = public_parts.seen_by(work, found, members_of({"decided": decided}))
    content = {
        "format": FORMAT,
        "round": found.key,
        "topics": list(base.topics),
        "rules": panel_rules_to_dict(rules),
        "panel": to_plain(chosen),
        "seen_by": [to_plain(each) for each in seen_by],
        "holds": asdict(holds),
        "compared": compared(solve, rules, holds, exact=exact),
        **({"decided": decided} if decided else {}),
        **({"by_hand": hand} if hand else {}),
        **({"replacement": replacement} if replacement else {}),
        **({"most_named": found.most_named} if found.most_named is not None else {}),
        "designated": {n.key: n.outside for n in found.nominees if n.outside is not None},
        # The digest is public and little of the rest is not: genders could be tried until it fits.
        "salt": secrets.token_hex(SALT_BYTES),
    }
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    kept = documents.keep(work.session, found.id, "panel", text, work.now)
    found.panel_rules = panel_rules_to_dict(standing or rules)
    found.panel_trial = None
    return kept


def publishing_page(work: Work, key: str) -> PanelPublishing:
    """Return the newest panel with each person's answer and consents, before it is published.

    Problems: `panel.unknown`, `panel.impossible`, those of `panel_page`.
    """
    require(work, "panel.read")
    found = closed_round(work, key)
    document = _to_publish(work, found)
    base = ground(work, found)
    shown = view(work, found, base, document)
    named = naming(found, shown.states, members_of(document.content))
    return PanelPublishing(
        panel=shown,
        members=shown.decision.members if shown.decision else (),
        naming=named,
        seen=named.seen(document.version),
        begun=dialogues.has_begun(work, found),
        replaces=_replacing(work, found, document, shown),
    )


def to_publish_with_result(work: Work, key: str) -> PanelPublishing | None:
    """Return the panel that can be published together with the result; None where there is none.

    Problems: those of `panel_page`.
    """
    require(work, "panel.read")
    document = documents.find(work.session, closed_round(work, key).id, "panel")
    return publishing_page(work, key) if document and members_of(document.content) else None


def _replacing(work: Work, found: Round, document: Document, shown: PanelView) -> Replacing | None:
    """Return the public version that the panel of a document would replace; None where it is none other."""
    before = found.panel_version
    if before is None or before == document.version:
        return None
    kept = {each.version: each for each in panel_documents.every(work, found)}
    old, new = kept[before].members, kept[document.version].members
    known = {each.key: each for each in shown.nominees}
    said = [each.replacement.said for each in kept.values() if each.version > before and each.replacement]

    left = people((key for key in old if key not in new), known)
    stay = people((key for key in new if key in old), known)
    return Replacing(
        version=before,
        left=left,
        came=people((key for key in new if key not in old), known),
        stay=stay,
        invited=tuple(each for each in (*left, *stay) if shown.states.get(each.key) in STANDING),
        said=Text(
            {
                code: " ".join(words for each in said if (words := each.into(code)))
                for code in work.languages
                if any(each.into(code) for each in said)
            }
        ),
    )


def publish_panel(
    work: Work,
    key: str,
    seen: str | None = None,
    reason: Text | None = None,
    small_cell: int = SMALL_CELL,
) -> None:
    """Make the newest panel public, with the names of those who accepted and agreed to be named.

    Where another version is public, this one replaces it and needs a public `reason`; published again, for
    names alone, it needs none. `seen` is what the page said of it. Problems: `panel.unknown`,
    `panel.impossible`, `panel.answers_changed`, `round.not_published`, `replaced.reason`.
    """
    require(work, "rounds.publish")
    found = closed_round(work, key, hold=True)
    if found.state != State.PUBLISHED.value:
        raise Problem("round.not_published", key=key)
    document = _to_publish(work, found)
    named = naming(found, answers_of(work, found).states, members_of(document.content))
    if seen is not None and seen != named.seen(document.version):
        raise Problem("panel.answers_changed")
    told: dict[str, Any] = {}
    if found.panel_version not in {None, document.version}:
        former = found.panel_version
        acts.keep(work, found, "panel", former, document.version, acts.checked(work, reason))
        told = {"replaces": former}
    found.panel_version = document.version
    found.panel_named = named.kept(document.version)
    # Not its digest: this row is public, and what little of the document is not could be tried.
    base = ground(work, found)
    lines = lines_of(found, base, parse_panel_rules(found.panel_rules))
    kept = panel_documents.of(document)
    told_of = public_parts.are_told(found.secrecy, all_named={*kept.members} <= named.named)
    seen_by = public_parts.for_everybody(kept.seen_by, small_cell) if told_of else None
    told |= {"panel": public_parts.content(found, kept, base.nominees, base.topics, lines, seen_by)}
    work.record("panel.published", f"round:{found.id}", {"version": document.version, **told})
    archive.renew(work, found)


def _to_publish(work: Work, found: Round) -> Document:
    document = or_problem(documents.find(work.session, found.id, "panel"), "panel.unknown", key=found.key)
    if not members_of(document.content):
        raise Problem("panel.impossible")
    return document


def bundle_with_panel(work: Work, key: str) -> bytes:
    """Return the counted bundle with the panel's rules and all data of nominees that they need.

    `consulta count` gives the same panel from it. It includes gender and is not for the public. The log
    records the download.
    Problems: `round.unknown`, `round.not_closed`, `result.uncounted`.
    """
    require(work, "result.read")
    found = closed_round(work, key)
    document = or_problem(documents.find(work.session, found.id, "bundle"), "result.uncounted")
    seen.note(work, found)
    bundle = replace(bundles.parse(document.content.encode()), nominees=nominees_of(found, gender=True))
    if found.endorsements_apart:
        # The seed is of the ballots without them, so that what they come to is given as a figure.
        support = ground(work, found).support
        bundle = replace(
            bundle,
            nominees=tuple(replace(each, support=support[each.key]) for each in bundle.nominees),
        )
    if documents.find(work.session, found.id, "panel") is not None:
        rules = parse_panel_rules(found.panel_rules)
        bundle = replace(bundle, rules=replace(bundle.rules, panel=rules))
    work.record("results.downloaded", f"round:{found.id}", {"kind": "bundle"})
    return bundles.to_json(bundle)


def ground(work: Work, found: Round) -> Ground:
    """Return what panels of a round are chosen from, without its bundle. Problem: `result.uncounted`."""
    summary, nominees = tallying.kept_summary(work, found), nominees_of(found, gender=True)
    return Ground(
        nominees=nominees,
        topics=tuple(topic.key for topic in summary.topics),
        support={
            each.key: summary.support.get(each.key, 0) if each.support is None else each.support
            for each in nominees
        },
        seed=summary.seed,
    )


def holding(rules: PanelRules, found: Round) -> PanelRules:
    """Return the rules with all people held whom an act outside of this tool designated.

    Raise Problem `panel.designated` if the rules keep out one of them.
    """
    sent = [nominee for nominee in found.nominees if nominee.outside is not None]
    for nominee in sent:
        if nominee.key in rules.barred:
            raise Problem("panel.designated", name=nominee.name)
    more = [nominee.key for nominee in sent if nominee.key not in rules.locked]
    return replace(rules, locked=(*rules.locked, *more))


def adapted_rules(rules: PanelRules, found: Round, base: Ground) -> PanelRules:
    """Return the rules for these nominees: designated people held, roles without nominee left out.

    A role without a nominee stays if the rules need it, and cannot be met.
    Raise Problem `panel.designated` if the rules keep out a designated person.
    """
    rules = holding(rules, found)
    there = {nominee.role for nominee in base.nominees}
    roles = {role: limits for role, limits in rules.roles.items() if role in there or limits[0]}
    return replace(rules, roles=roles)


def view(work: Work, found: Round, base: Ground, document: Document | None) -> PanelView:
    """Return the panel's page, with the panel that the document stores."""
    hands = hands_in_force(work, found, document.version) if document else ()
    rules = holding(parse_panel_rules(found.panel_rules), found)
    lines = lines_of(found, base, rules)
    titles = {theme.key: theme.title for theme in found.themes}
    seats, countries, _ = public_rounds.sizes(work.session, found.id)
    return PanelView(
        card=public_rounds.card(found, seats, countries),
        topics=tuple(titles[topic] for topic in base.topics),
        rules=rules,
        nominees=tuple(sorted(lines.values(), key=lambda n: (not n.in_pool, n.role, -n.support, n.key))),
        decision=decision(panel_documents.of(document), base.nominees, lines, hands) if document else None,
        newly_named=_newly_named(work, found),
        states=answers_of(work, found).states,
        public_version=found.panel_version,
    )


def _newly_named(work: Work, found: Round) -> int:
    """Return how many people of the public panel could be named now and were not at its publication."""
    public = found.panel_version and documents.find(work.session, found.id, "panel", found.panel_version)
    if not public:
        return 0
    now = naming(found, answers_of(work, found).states, members_of(public.content))
    return len(now.named - public_naming(found, now).named)


def lines_of(found: Round, base: Ground, rules: PanelRules) -> dict[str, NomineeLine]:
    """Return the round's nominees by key, as pages show them."""
    pool = {nominee.key for nominee in choosing.pool_of(rules, base.nominees, base.topics)}
    every = choosing.pool_of(replace(rules, barred=()), base.nominees, base.topics)
    could_sit = {nominee.key for nominee in every}
    rows = {nominee.key: nominee for nominee in found.nominees}
    return {
        n.key: line(n, rows[n.key], base.support[n.key], in_pool=n.key in pool, could_sit=n.key in could_sit)
        for n in base.nominees
    }
