"""The public page of a panel after any story: every sentence held against figures of another program.

Pools, rules and acts are drawn: choices by hand, people held and kept out, answers, replacements, new
choices, consents given and taken back, publications. What the page says is then compared with every possible
panel, tried one by one by the independent count (`tests/core/counted.py`).
"""

from __future__ import annotations

import html
import itertools
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select

from consulta.core.panel.rules import parse_panel_rules
from consulta.core.problems import Problem
from consulta.panel import invitations, public_panel, replacements
from consulta.panel import service as panels
from consulta.panel import trials as panel_trials
from consulta.panel.documents import members_of
from consulta.panel.replacements import ReplaceCommand
from consulta.panel.trials import Change
from consulta.platform import documents
from consulta.platform.data import catalogue
from consulta.platform.models import Nominee, Round
from consulta.platform.work import ANONYMOUS, COMMAND
from tests.closed import counted, mixed
from tests.core import counted as slow
from tests.deep import examples
from tests.factories import build_nominee, moment
from tests.texts import both

if TYPE_CHECKING:
    from consulta.panel.values import PublishedPanel
    from consulta.platform.work import Bench
    from tests.benches import Visitor

STORIES = hypothesis_settings(
    max_examples=examples(12, few=1),
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),
)
COUNTRIES = ("PE", "CO", "MX", "GT", "JM", "BB")
ROLES = ("gov_national", "gov_local", "mechanism")
GENDERS = ("woman", "man", "woman", "man", "non_binary", None)
SUPPORT = re.compile(r"Its support is ([\d,.  ]+)[;.,]")
BEST = re.compile(r"under the same rules is ([\d,.  ]+)\.")
PERCENT = re.compile(r"It has (\d+)% of the")
NONE_BETTER = re.compile(r"Among all possible panels, none that meets|All possible panels were compared\.")
ACCEPTED = re.compile(r"panels that include everyone who had already accepted and no one who declined\.")
HELD = re.compile(r"panels that include everyone with a reserved place and no one who declined or was excl")
NO_SUPPORT = "Support made no difference: none of the people who could join the panel has support"
SAME_SUPPORT = "Support made no difference: all the people who could join the panel have the same support."
WITHOUT = re.compile(r"covers panels without the people who declined or were excluded\.")
LEAST = re.compile(r"at least (\d+)% of the possible support")


class Merit(NamedTuple):
    """What panels are compared by: short in wishes, recent seats, support; `most` that any can have."""

    short: int
    recent: int
    support: int
    most: int = 0


class Story:
    """A round with its pool, its panels and what was done to them."""

    def __init__(self, bench: Bench, key: str, random: Any) -> None:
        self.bench, self.key, self.random = bench, key, random
        self.accepted: set[str] = set()
        self.declined: set[str] = set()
        self.by_hand: dict[str, str] = {}  # who came by a decision and has not left since → the reason
        self.gone: set[str] = set()  # reasons of which everybody has left
        self.published: set[str] | None = None  # who could be named at the last publication
        self.number = 0
        secrecy = random.choice(["open", "pseudonymous", "aggregate"])
        counted(bench, key, mixed(6, ("t1", "t2"), ("t1", "t3")), secrecy=secrecy)
        self.exact = secrecy != "aggregate"
        level = random.choice([None, None, 0, 300])  # the support of everybody, where it decides nothing
        with bench.work(COMMAND, moment()) as work:
            found = self.round(work)
            for number in range(1, random.randint(7, 9) + 1):
                build_nominee(
                    work.session,
                    found,
                    f"n{number:02d}",
                    name=f"Nombre{key}n{number:02d} Apellido",
                    organisation=f"Casa{key}n{number:02d}",
                    role=random.choice(ROLES),
                    country=random.choice(COUNTRIES),
                    sector=random.choice(["ngo", "academia"]),
                    gender=random.choice(GENDERS),
                    support=100 * random.randint(1, 12) if level is None else level,
                    consent_governments=random.random() < 0.7,
                    recent=random.choice([0, 0, 0, 1, 2]),
                    on_ballot=False,
                )
        self.own = self.rules()
        self.choose()

    def rules(self) -> dict[str, Any]:
        """Rules that some panel of the pool meets, most of them."""
        random = self.random
        quota = {"attribute": "subregion", "value": "caribbean", "min": 1, "max": None}
        share = {"attribute": "gender", "value": "woman", "min": 400, "of": ["woman", "man"]}
        return {
            "size": random.randint(3, 4),
            "roles": {"mechanism": [0, 3]},
            "quotas": [quota | {"hard": False}] if random.random() < 0.5 else [],
            "shares": [share | {"hard": random.random() < 0.3}] if random.random() < 0.4 else [],
            "at_most": {"country": 2},
            "mixed": [],
            "locked": [],
            "barred": [],
            "memory": random.choice([0, 50, 200]),
        }

    def round(self, work: Any) -> Round:
        found: Round = work.session.scalars(select(Round).where(Round.key == self.key)).one()
        return found

    def people(self) -> list[dict[str, Any]]:
        """The pool as the independent count knows it."""
        with self.bench.read(COMMAND, moment()) as work:
            return [
                {
                    "key": each.key,
                    "name": each.name,
                    "role": each.role,
                    "organisation": each.organisation,
                    "country": each.country,
                    "support": each.support,
                    "recent": each.recent,
                    "consents": each.consent_governments,
                    "categories": {
                        "subregion": catalogue.subregion_of(each.country),
                        "sector": each.sector,
                        **({"gender": each.gender} if each.gender else {}),
                    },
                }
                for each in self.round(work).nominees
            ]

    def best(self, *, locked: list[str], barred: list[str]) -> Merit | None:
        """The merit of the best panel, every one tried: with the most support, less what memory gives up."""
        rules = {**self.own, "locked": locked, "barred": barred}
        pool = [each for each in self.people() if each["key"] not in barred]
        held = [each for each in itertools.combinations(pool, rules["size"]) if slow.holds(each, rules)]
        return self.best_of([self.merit(each) for each in held])

    def best_of(self, merits: list[Merit]) -> Merit | None:
        """The best of panels of these merits, and the most support of any that is short of as few."""
        if not merits:
            return None
        fewest = [each for each in merits if each.short == min(one.short for one in merits)]
        most = max(each.support for each in fewest)
        within = [each for each in fewest if 1000 * each.support >= most * (1000 - self.own["memory"])]
        return min(within, key=lambda each: (each.recent, -each.support))._replace(most=most)

    def remembers_less(self, locked: list[str], barred: list[str]) -> Merit | None:
        """The merit of the best panel of the same rules without a memory."""
        memory, self.own["memory"] = self.own["memory"], 0
        try:
            return self.best(locked=locked, barred=barred)
        finally:
            self.own["memory"] = memory

    def support_where(self, shares: list[dict[str, Any]]) -> int | None:
        """The most support where these shares are asked for instead, with nobody held or kept out."""
        rules = {**self.own, "shares": shares}
        sets = itertools.combinations(self.people(), rules["size"])
        found = [
            (slow.soft_shortfall(each, rules), -sum(one["support"] for one in each))
            for each in sets
            if slow.holds(each, rules)
        ]
        return -min(found)[1] if found else None

    def merit(self, panel: Any) -> Merit:
        support, recent = (sum(each[name] for each in panel) for name in ("support", "recent"))
        return Merit(slow.soft_shortfall(panel, self.own), recent, support)

    def kept(self, version: int | None = None) -> dict[str, Any]:
        with self.bench.read(COMMAND, moment()) as work:
            document = documents.find(work.session, self.round(work).id, "panel", version)
            assert document is not None
            content: dict[str, Any] = json.loads(document.content)
        return content

    def members(self) -> list[str]:
        return members_of(self.kept())

    def reason(self) -> str:
        self.number += 1
        return f"Motivo {self.key} número {self.number}."

    # -- acts

    def choose(self) -> None:
        """Choose by the rules, some people held or kept out by hand; that asks for a reason."""
        everybody = [each["key"] for each in self.people()]
        barred = [*self.declined, *self.random.sample(everybody, self.random.choice([0, 0, 1]))]
        free = [key for key in everybody if key not in barred]
        locked = [*(self.accepted - {*barred}), *self.random.sample(free, self.random.choice([0, 0, 1]))]
        rules = parse_panel_rules({**self.own, "locked": sorted({*locked}), "barred": sorted({*barred})})
        reason = self.reason()
        with self.bench.work(COMMAND, moment()) as work:
            panels.choose(work, self.key, rules, reason)
        hand = self.kept().get("by_hand")
        new = [*hand["came"], *hand["held"]] if hand else []
        self.changed(dict.fromkeys(new, reason))

    def decide(self) -> None:
        """Swap a person by hand, with a reason; without one it is refused."""
        content, members = self.kept(), self.members()
        if not members:
            return
        outside = sorted({each["key"] for each in self.people()} - {*members} - {*content["rules"]["barred"]})
        loose = sorted({*members} - {*content["rules"]["locked"]})
        if not outside or not loose:
            return
        with self.bench.read(COMMAND, moment()) as work:
            view = panel_trials.page(work, self.key)
        assert view.decision is not None
        version, comes = view.decision.kept.version, self.random.choice(outside)
        with self.bench.work(COMMAND, moment()) as work:
            swap = Change("swap", self.random.choice(loose), comes)
            panel_trials.change(work, self.key, version, swap)
        before, reason = self.kept(), self.reason()
        if refused := self.decided(version, ""):
            assert refused in {"panel.reason", "panel.other", "panel.holds"}
            assert self.kept() == before
            assert self.decided(version, reason) is None
            hand = self.kept()["by_hand"]
            self.changed(dict.fromkeys([*hand["came"], *hand["held"]], reason))
        else:
            told = self.kept()
            assert not told.get("decided") or {*self.by_hand} & {*self.members()}, "decided without a reason"
            self.changed({})

    def decided(self, version: int, reason: str) -> str | None:
        """Decide what is tried; the code of why it was refused."""
        try:
            with self.bench.work(COMMAND, moment()) as work:
                panel_trials.decide(work, self.key, version, reason)
        except Problem as problem:
            return problem.code
        return None

    def answer(self) -> None:
        """A person of the panel accepts."""
        self.mark("accepted", self.accepted)

    def replace(self) -> None:
        """A person declines, and the place is taken by one of those offered, or by a new choice."""
        key = self.mark("declined", self.declined)
        if key is None:
            return
        self.accepted.discard(key)
        with self.bench.read(COMMAND, moment()) as work:
            page = invitations.page(work, self.key)
        place = next((each for each in page.free if each.leaving.nominee.key == key), None)
        if place is None:
            return
        ways: list[tuple[str | None, Any]] = [(each.person.key, "asked") for each in place.substitutes]
        ways += [(None, "asked"), (None, "accepted")]
        instead, holding = self.random.choice(ways)
        reason = self.reason()
        command = ReplaceCommand(instead, holding, "declined", both("", ""), page.panel_version or 0)
        refused = self.replaced(place.leaving.id, command)
        if refused == "invitation.again":
            return
        if refused is not None:
            assert refused == "invitation.why"
            assert self.replaced(place.leaving.id, replace(command, said=both(reason, ""))) is None
        hand = self.kept().get("by_hand")
        assert bool(hand) == bool(refused), "a sentence is asked for where a person is picked by hand"
        self.changed(dict.fromkeys(hand["came"], reason) if hand else {})

    def replaced(self, number: int, command: ReplaceCommand) -> str | None:
        """Let a place be taken; the code of why it was refused."""
        try:
            with self.bench.work(COMMAND, moment()) as work:
                replacements.replace_guest(work, self.key, number, command)
        except Problem as problem:
            return problem.code
        return None

    def mark(self, state: str, known: set[str]) -> str | None:
        """Write down an answer of a person on the panel who has given none; who it is."""
        if not self.members():
            return None
        with self.bench.work(COMMAND, moment()) as work:
            invitations.take_over(work, self.key)
            self.accepted &= {*self.members()}  # a person who left has to be asked anew
            lines = invitations.page(work, self.key).guests
            waiting = [each for each in lines if each.state == "proposed"]
            if not waiting:
                return None
            each = self.random.choice(waiting)
            invitations.mark(work, self.key, each.id, state, "")
        known.add(each.nominee.key)
        return each.nominee.key

    def consent(self) -> None:
        """A person agrees to be named, or takes that back."""
        with self.bench.work(COMMAND, moment()) as work:
            nominee = self.random.choice(
                list(work.session.scalars(select(Nominee).join(Round).where(Round.key == self.key)))
            )
            nominee.consent_governments = not nominee.consent_governments

    def publish(self) -> None:
        """Make the panel public as it stands."""
        if not self.members():
            return
        with self.bench.work(COMMAND, moment()) as work:
            panels.publish_panel(work, self.key, reason=both("Cambió.", "It changed."))
        self.published = self.nameable()

    def changed(self, new: dict[str, str]) -> None:
        """After a new version: decisions by hand are told until those whom they brought have left."""
        members = {*self.members()}
        if members:
            before = {*self.by_hand.values()}
            self.by_hand = {key: why for key, why in self.by_hand.items() if key in members}
            self.by_hand |= {key: why for key, why in new.items() if key not in self.by_hand}
            self.gone |= before - {*self.by_hand.values()}

    def nameable(self) -> set[str]:
        """Who of the newest panel accepted and agrees to be named."""
        consents = {each["key"] for each in self.people() if each["consents"]}
        return {*self.members()} & self.accepted & consents


def check(story: Story, visitor: Visitor) -> None:
    """Hold every sentence of the public pages against what was done, and against every possible panel."""
    with story.bench.read(ANONYMOUS, moment()) as work:
        told = public_panel.published_panel(work, story.key)
    content = story.kept(told.version)
    people = {each["key"]: each for each in story.people()}
    members = [people[key] for key in members_of(content)]
    page = words(visitor, f"/en/rounds/{story.key}/panel")
    check_support(story, told, content, members, page)
    check_holds(story, content)
    check_wish(story, content)
    check_memory(story, content)
    consents = {key for key, each in people.items() if each["consents"]}
    named = (story.published or set()) & story.accepted & consents
    shown = {key for key, each in people.items() for seat in told.seats if seat.name == each["name"]}
    assert shown <= named
    assert named & {*story.members()} <= shown, "only who left the panel since is not named any more"
    untold = page.count("<h4>To be confirmed</h4>") + page.count("<h4>Confirmed, name not public</h4>")
    assert untold == len(members) - len(shown) - told.free, "who declined is not shown"
    for url in (
        f"rounds/{story.key}/panel",
        f"rounds/{story.key}/result",
        f"rounds/{story.key}/result/figures",
        f"rounds/{story.key}",
        "heard",
        "",
    ):
        for lang in ("es", "en"):
            text = words(visitor, f"/{lang}/{url}")
            for key in people.keys() - shown:
                assert people[key]["name"] not in text, (url, key)
                assert people[key]["organisation"] not in text, (url, key)


def check_support(
    story: Story, told: PublishedPanel, content: dict[str, Any], members: Any, page: str
) -> None:
    """Support, the best, and what is said of both."""
    merit, keeps = (
        story.merit(members),
        len(members) == story.own["size"] and slow.holds(members, story.own),
    )
    best = story.best(locked=[], barred=[])
    assert best is not None
    said = [bool(each.search(page)) for each in (NONE_BETTER, ACCEPTED, HELD, WITHOUT)]
    supports, compared = {each["support"] for each in story.people()}, told.standing in {"best", "held"}
    # That support decided nothing is told only where the support of each may be: it would tell it.
    level = len(supports) == 1 and story.exact
    assert sum(said) == (compared and not level)
    least, memory = LEAST.search(page), story.own["memory"]
    assert (int(least[1]) if least else 0) == ((1000 - memory) // 10 if memory and sum(said) else 0)
    nothing = [each for each in (NO_SUPPORT, SAME_SUPPORT) if each in page]
    assert nothing == ([SAME_SUPPORT if any(supports) else NO_SUPPORT] if compared and level else [])
    if told.standing == "best":
        assert keeps
        assert merit._replace(most=best.most) == best
    elif told.standing == "held":
        holds = content["holds"]
        locked = [key for name in ("accepted", "invited", "designated", "by_hand") for key in holds[name]]
        assert keeps
        around = story.best(locked=locked, barred=[*holds["left"], *holds["kept_out"]])
        assert around is not None
        assert merit._replace(most=around.most) == around
        only_accepted = holds["accepted"] and not holds["invited"] and not holds["by_hand"]
        assert bool(ACCEPTED.search(page)) == bool(only_accepted and not level)
    else:
        assert told.standing == "decided"
        assert told.choices
        assert "The secretariat decided this panel" in page
    check_figures(story, told, members, page, best)


def check_figures(story: Story, told: PublishedPanel, members: Any, page: str, best: Merit) -> None:
    """Exact figures only where each person's support is public too, and no rule speaks of gender."""
    gender, merit = story.own["shares"], story.merit(members)
    shown = SUPPORT.search(page)
    if told.support_hidden:
        assert slow.share_misses(members, gender[0])
        assert not shown
        assert not PERCENT.search(page)
    elif (gender or not story.exact) and not best.most:
        assert (told.support, shown, PERCENT.search(page)) == (None, None, None)
    elif gender or not story.exact:
        assert told.support is not None
        assert (told.support.support, told.support.best, shown) == (None, None, None)
        part = PERCENT.search(page)
        assert (int(part[1]) if part else 100) == min(100 * merit.support // best.most, 100)
    else:
        beside = BEST.search(page)
        assert (figure(shown[1]) if shown else None) == merit.support
        assert (figure(beside[1]) if beside else None) == (best.most if merit.support < best.most else None)


def check_wish(story: Story, content: dict[str, Any]) -> None:
    """What the desk says of a wish about gender: the best panels with it as a rule, and without it."""
    wishes = [each for each in story.own["shares"] if not each["hard"]]
    told = content["compared"].get("wish")
    assert bool(told) == bool(wishes)
    if told:
        assert told["with"] == story.support_where([{**each, "hard": True} for each in wishes])
        assert told["without"] == story.support_where([])


def check_memory(story: Story, content: dict[str, Any]) -> None:
    """What the desk says of the memory of the rules: the panel that they would give without it."""
    told, rules = content["compared"].get("without_memory"), content["rules"]
    without = story.remembers_less(rules["locked"], rules["barred"]) if rules["memory"] else None
    assert (told and (told["recent"], told["support"])) == (without and (without.recent, without.support))


def check_holds(story: Story, content: dict[str, Any]) -> None:
    """People are held because they accepted, and left out because they declined, only if it is so."""
    holds = content["holds"]
    assert {*holds["accepted"]} <= story.accepted | story.declined, "who declined may have accepted before"
    assert {*holds["left"]} <= story.declined
    assert not {*holds["by_hand"]} & {*holds["accepted"]}


def check_decisions(story: Story, visitor: Visitor) -> None:
    """Right after a publication every decision by hand in force is told with its reason, and no other is."""
    events = words(visitor, f"/en/rounds/{story.key}/panel").split('id="chance"')[0].split('<li class="')
    page = " ".join(event for event in events if event.startswith("choice"))
    for why in {*story.by_hand.values()}:
        assert why in page, "a choice by hand is told until that person leaves"
    for why in story.gone - still_told(story):
        assert why not in page, "nobody who came by it is left"


def still_told(story: Story) -> set[str]:
    """Reasons of decisions that keep a person out, or took a person off: these stay for another cause."""
    with story.bench.read(COMMAND, moment()) as work:
        found = story.round(work)
        return {
            hand.judged.reason
            for hand in panels.hands_in_force(work, found)
            if hand.judged.kept_out or not (hand.judged.came or hand.judged.held)
        }


def words(visitor: Visitor, url: str) -> str:
    answer = visitor.get(url)
    assert answer.status_code == 200, url
    return html.unescape(answer.text)


def figure(text: str) -> int:
    return int(re.sub(r"\D", "", text))


@pytest.mark.deep
@pytest.mark.slow
@STORIES
@given(st.randoms(use_true_random=False))
def test_the_public_page_says_only_what_is_so(bench: Bench, visitor: Visitor, random: Any) -> None:
    Told.number += 1
    story = Story(bench, f"s{Told.number}", random)
    for _ in range(7):
        act = random.choice(
            [story.decide, story.answer, story.answer, story.replace, story.choose, story.consent]
        )
        act()
        if random.random() < 0.6 and story.members():
            story.publish()
            check_decisions(story, visitor)
        if story.published is not None:
            check(story, visitor)


class Told:
    """How many stories were told: each is a round of its own."""

    number = 0
