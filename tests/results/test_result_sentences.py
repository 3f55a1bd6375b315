"""Every sentence of a result page that is made from figures, held against the figures of random rounds.

The figures are those of the documents as they were kept, read here anew; the sentences are found on the page
by their own patterns, in both languages. A sentence that is there must be true; some must be there.
"""

from __future__ import annotations

import gettext
import json
import math
import re
from collections import Counter
from fractions import Fraction
from itertools import combinations
from itertools import count as numbers
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from consulta.platform import documents
from consulta.platform.data import tongues
from consulta.platform.labels import name_of
from consulta.platform.models import Round
from consulta.platform.paths import resource
from consulta.platform.web.language import speaking
from consulta.platform.work import COMMAND
from consulta.results.pages import headings, letter
from consulta.results.values import CategoryLine
from consulta.rounds.queries import rounds
from tests.cases import for_each
from tests.closed import Vote, counted
from tests.deep import COSTLY, examples
from tests.factories import moment
from tests.markup import parsed
from tests.texts import both

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from flask import Flask

    from consulta.platform.work import Bench
    from tests.benches import Visitor

HTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"
KEYS = [f"t{number}" for number in range(1, 7)]
COUNTRIES = ["PE", "CO", "MX", "GT", "JM"]
SECTORS = ["ngo", "academia", "trade_union"]
SERIAL = numbers(1)
QUICK = (
    Phase.explicit,
    Phase.reuse,
    Phase.generate,
)  # each example is a whole round: shrinking takes minutes
FIGURES = {
    *"num ballots seats voting countries least asked points relevance score low high part whole".split(),  # noqa: SIM905
    *"voted count cases share more less before after won all passed place most enough".split(),  # noqa: SIM905
}
SCORE = (
    "The score combines the two: %(objectives)s comes from the objectives and the rest from the "
    "comparisons. The total is %(score)s out of 100."
)
PASSED_ONE = "One theme ranks higher but was passed over because it lacks that support: %(titles)s."
PASSED_MORE = "%(num)s themes rank higher but were passed over because they lack that support: %(titles)s."
METHODS = {"points": "points", "schulze": "Schulze's method", "runoff": "instant run-off"}
EQUAL = "If every country had the same voice, the choice would be the same."
LIKE_THESE = "Had as many other organisations like these voted, "
SAME = tuple(
    f"{LIKE_THESE}the same {themes} would have been chosen in %(cases)s of 100 cases."
    for themes in ("theme", "themes")
)
ALWAYS = tuple(
    f"{LIKE_THESE}the same {themes} would practically always have been chosen."
    for themes in ("theme", "themes")
)
CHANGED = ("another theme would have been chosen", "the chosen themes would have differed")
OTHER = tuple(f"{LIKE_THESE}{changed} in %(cases)s of 100 cases." for changed in CHANGED)
OTHER_TOO = {
    number: tuple(
        f"With as many other organisations like these, {changed} in %(cases)s of 100 cases,"
        f" as under {methods}."
        for changed in CHANGED
    )
    for number, methods in ((1, "another method"), (2, "other methods"))
}
BY_METHODS = tuple(f"Under %(methods)s, {changed}." for changed in CHANGED)
LEVELS = {
    "firm": "A firm result",
    "reservations": "Firm, with reservations",
    "close": "A close result",
}
FIRST_SURE = "One of these %(num)s would be first:"
FIRST_ANY = "Any of these %(num)s could be first:"
FIRST_OTHER = "With other organisations like these, another theme would be first:"
WORST = tuple(
    f"In the worst case: had %(num)s {who} ranked %(rival)s first and this theme last, another theme would "
    f"have"
    " been chosen."
    for who in ("organisation", "organisations")
)
WORST_SUPPORT = tuple(
    f"In the worst case: had %(num)s {who} ranked this theme last, it would have lacked the support that the"
    " rules require, and another theme would have been chosen."
    for who in ("organisation", "organisations")
)
LEAST = (
    "Changing the order on fewer than %(least)s of the %(ballots)s ballots could not have changed the theme."
)
WITHOUT_VOTES = "Without the votes %(group)s, the choice would be %(themes)s."
BEATS = "Head to head, %(topic)s beats %(won)s of %(num)s other theme"
CHANGED_SAY = "%(name)s: from %(before)s of votes to %(after)s of the say"
SUPPORTED = (
    "A theme has the support of %(groups)s if it wins at least half of its comparisons on that group's "
    "ballots alone."
)


class Tongue:
    """The program's texts in one language, as patterns for what stands on a page."""

    def __init__(self, lang: str) -> None:
        folder = resource("translations")
        self.lang = lang
        self.texts = gettext.translation("messages", folder, [lang])

    def said(self, msgid: str, plural: str = "") -> Iterator[str]:
        if not plural:
            yield self.texts.gettext(msgid)
            return
        yield from {self.texts.ngettext(msgid, plural, number) for number in (1, 2, 5)}

    def find(self, page: str, msgid: str, plural: str = "") -> list[dict[str, str]]:
        """Every place of a page where a text stands, in their order, with what stands in its places."""
        found: list[re.Match[str]] = []
        for text in self.said(msgid, plural):
            parts = re.split(r"%\((\w+)\)s", " ".join(text.split()).replace("%%", "%"))
            pattern, named = "", set()
            for number, part in enumerate(parts):
                if number % 2 == 0:
                    pattern += re.escape(part)
                elif part in named:
                    pattern += f"(?P={part})"
                else:
                    named.add(part)
                    # A figure that is a percentage has its sign with it.
                    pattern += f"(?P<{part}>{self.place(part)})" + r"(?:\s?%)?" * (part in FIGURES)
            found += re.finditer(pattern, page)
        return [match.groupdict() for match in sorted(found, key=lambda match: match.start())]

    def place(self, name: str) -> str:
        """What can stand in a place of this name."""
        if name == "topic":
            topics = (self.texts.gettext(topic) for topic in ("the first chosen theme", "the chosen theme"))
            return f"(?:{'|'.join(map(re.escape, topics))})"
        if name in FIGURES:
            return r"\d+"
        if name == "worth":
            return r"[\d.,]+\s?%"
        return "[“«][^”»]*[”»]" if name in {"theme", "rival"} else "[^.]*?"

    def has(self, page: str, msgid: str) -> bool:
        return bool(self.find(page, msgid))

    def titled(self, key: str) -> str:
        """A theme's title in quotation marks."""
        title = f"Tema {key[1:]}" if self.lang == "es" else f"Theme {key[1:]}"
        return self.texts.gettext("“%(title)s”") % {"title": title}

    def name(self, dimension: str, category: str) -> str:
        return name_of(dimension, category).best(self.lang)


TONGUES = [Tongue("es"), Tongue("en")]


class Known:
    """A round with its figures as they were kept."""

    def __init__(self, bench: Bench, key: str) -> None:
        with bench.read(COMMAND, moment()) as work:
            found = rounds.find(work.session, key)
            assert found is not None
            kept = {
                kind: document.content
                if (document := documents.find(work.session, found.id, kind))
                else "null"
                for kind in ("result", "robustness", "public", "bundle")
            }
            others = work.session.scalars(select(Round).where(Round.state == "published")).all()
            before = [documents.find(work.session, each.id, "result") for each in others]
            self.earlier = {
                number
                for document in before
                if document and document.round_id != found.id
                for topic in json.loads(document.content)["topics"]
                for number in topic["focus"]
            }
            self.secrecy = found.secrecy
        self.result: dict[str, Any] = json.loads(kept["result"])
        self.public: dict[str, Any] | None = json.loads(kept["public"])
        self.bundle: dict[str, Any] = json.loads(kept["bundle"])
        self.rules: dict[str, Any] = self.bundle["rules"]
        self.themes = {theme["key"]: theme for theme in self.result["themes"]}
        self.topic: str = self.result["topics"][0]["key"]
        self.order: list[str] = self.result["order"][self.rules["method"]]
        self.ballots = sum(voice["ballots"] for voice in self.voices("country"))
        self.keys = [theme["key"] for theme in self.result["themes"]]

    def voices(self, dimension: str) -> list[dict[str, Any]]:
        return [voice for voice in self.result["voices"] if voice["dimension"] == dimension]

    def agreed(self, dimension: str) -> list[tuple[str, Fraction]]:
        """What the rules give each category of the roll, by its name in either language."""
        base: Counter[str] = Counter()
        for seat in self.bundle["seats"]:
            base[{"country": seat["country"], **seat["categories"]}[dimension]] += seat["base"]
        weigh = {"equal": lambda _n: 1.0, "roll": float, "sqrt": math.sqrt}[self.rules["balance"][dimension]]
        parts = {category: weigh(number) for category, number in base.items()}
        return [
            (tongue.name(dimension, category), Fraction(part / sum(parts.values())))
            for category, part in parts.items()
            for tongue in TONGUES
        ]

    def worth(self) -> tuple[set[Fraction], set[int]]:
        """What each counted ballot weighs, and the bases of their organisations."""
        seats = {seat["seat"]: seat for seat in self.bundle["seats"]}
        worth, base = set(), set()
        for ballot in self.bundle["ballots"]:
            seat = seats[ballot["seat"]]
            groups = {"country": seat["country"], **seat["categories"]}
            (factor,) = (
                cell["micro"]
                for cell in self.result["weights"]["cells"]
                if all(groups[dimension] == key for dimension, key in cell["categories"].items())
                and cell["each"] == seat["base"]
            )
            worth.add(Fraction(factor * seat["base"]))
            base.add(seat["base"])
        return worth, base

    def duel(self, x: str, y: str) -> Fraction:
        pairs = self.result["pairs"]
        here, there = self.keys.index(x), self.keys.index(y)
        return Fraction(pairs[here][there], pairs[here][there] + pairs[there][here])

    @property
    def other_methods(self) -> list[str]:
        return [m for m in ("points", "schulze", "runoff") if m != self.rules["method"]]

    @property
    def chosen(self) -> set[str]:
        return {topic["key"] for topic in self.result["topics"]}

    @property
    def firm(self) -> dict[str, Any]:
        found: dict[str, Any] = self.result["firmness"]
        return found

    @property
    def percent(self) -> int:
        """Of every hundred repetitions, in how many the topics were the same, from their numbers."""
        drawn = self.firm["resampling"]
        return round(Fraction(100 * drawn["same"], drawn["made"]))

    @property
    def differing(self) -> list[str]:
        return [m for m in self.other_methods if {*self.firm["methods"][m]} != self.chosen]

    @property
    def left_out(self) -> list[dict[str, Any]]:
        lines = self.firm["leave_one_out"]
        return [line for line in lines if line["topics"] and {*line["topics"]} != self.chosen]

    def level(self) -> str:
        """The verdict, by the rule of docs/methods/firmness.md."""
        if self.percent < 60:
            return "close"
        return "firm" if self.percent >= 80 and not self.differing else "reservations"

    def short(self) -> dict[tuple[str, str], tuple[int, int]]:
        """The groups whose weighted share is below what the rules give them: votes, and votes needed."""
        weighted = {(each["dimension"], each["category"]): each["weighted"] for each in self.result["voices"]}
        return {
            place: (line["ballots"], line["needed"])
            for line in self.result["weights"]["reach"]
            if (place := (line["dimension"], line["category"]))
            and float(Fraction(weighted[place])) <= line["target"] - 1e-4
        }


def quoted_in(text: str) -> list[str]:
    return re.findall(r"[“«][^”»]*[”»]", text)


def hundred(share: Fraction | str | float) -> int:
    return round(float(Fraction(share)) * 100)


def words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


class Page:
    """A result page as a reader reads it."""

    def __init__(self, visitor: Visitor, lang: str, key: str) -> None:
        answer = visitor.get(f"/{lang}/rounds/{key}/result/figures")
        assert answer.status_code == 200
        self.read(answer.text)

    def read(self, text: str) -> None:
        root = parsed(text)
        self.text = words(next(root.iter(f"{HTML}body")))
        self.lead = words(next(e for e in root.iter() if e.get("class") == "lead"))
        strong = [words(e) for e in root.iter(f"{HTML}strong")]
        self.sure = next((self.lead[self.lead.index(e) :] for e in strong if e in self.lead), "")
        self.answer = words(next(e for e in root.iter() if "answer" in e.get("class", "").split()))
        self.sections = {
            section.get("aria-labelledby", ""): words(section) for section in root.iter(f"{HTML}section")
        }
        heads = (words(e) for e in root.iter() if re.fullmatch(rf"{HTML}h[1-4]", str(e.tag)))
        self.said = " ".join(f"{head}." for head in heads)  # a heading has no full stop
        self.titles = [words(e) for e in root.iter(f"{HTML}figcaption")]

    def section(self, name: str) -> str:
        return self.sections.get(name, "")


def drawn_as(mark: Element) -> str:
    """What a mark is drawn as, by the class of its only line or figure."""
    (path,) = mark.iter(f"{SVG}path")
    return path.get("class", "")


class First(Page):
    """The page to be read in a minute; what stands elsewhere in the lead stands in the verdict here."""

    def __init__(self, visitor: Visitor, lang: str, key: str) -> None:
        answer = visitor.get(f"/{lang}/rounds/{key}/result")
        assert answer.status_code == 200
        self.read(answer.text)
        root = parsed(answer.text)
        self.sure = next((words(e) for e in root.iter(f"{HTML}p") if e.get("class") == "sure"), "")
        self.lead = f"{self.lead} {self.sure} {self.section('firm')}"
        self.marks = [
            (words(next(svg.iter(f"{SVG}title"))), drawn_as(svg), words(next(e.iter(f"{HTML}span"))))
            for e in root.iter(f"{HTML}summary")
            for svg in e.iter(f"{SVG}svg")
        ]
        self.reached = [drawn_as(e) for e in root.iter(f"{HTML}p") if e.get("class") == "reached"]
        self.headings = [
            words(e) for article in root.iter(f"{HTML}article") for e in article.iter(f"{HTML}h3")
        ]
        self.figures = {
            words(next(table.iter(f"{HTML}caption"))): [
                [words(cell) for cell in row] for row in table.iter(f"{HTML}tr")
            ][1:]
            for table in root.iter(f"{HTML}table")
        }
        self.spans = [
            words(e).rpartition("; ")[2]
            for score in root.iter(f"{HTML}span")
            if score.get("class") == "score"
            for e in score.iter(f"{HTML}span")
            if e.get("class") == "vh"
        ]
        self.slope = [
            [words(cell) for cell in row]
            for figure in root.iter(f"{HTML}figure")
            if figure.get("class") == "slope"
            for row in figure.iter(f"{HTML}tr")
        ][1:]


class Letter(Page):
    """The document of a result, as what is drawn of it."""

    def __init__(self, visitor: Visitor, lang: str, key: str) -> None:
        drawn: list[str] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(letter, "kept", lambda page, *_styles: drawn.append(page) or b"%PDF-")
            assert visitor.get(f"/{lang}/rounds/{key}/result.pdf").status_code == 200
        self.read(drawn[0])


# -- the sentences


def check_answer(known: Known, page: Page, tongue: Tongue) -> None:
    for topic in known.result["topics"]:
        assert tongue.titled(topic["key"]).strip("«»“”") in page.answer
    chosen = {topic["key"] for topic in known.result["topics"]}
    for key in set(known.themes) - chosen:
        assert tongue.titled(key).strip("«»“”") not in page.answer
    seats = sum(voice["seats"] for voice in known.voices("country"))
    assert f"{known.ballots}" in page.lead
    assert f"{seats}" in page.lead


def said_of(known: Known, tongue: Tongue) -> str:
    """The sentence beside the level, from the exact figures."""
    number, percent, differing = len(known.chosen), known.percent, known.differing

    def say(texts: tuple[str, ...], **parts: object) -> str:
        return tongue.texts.ngettext(*texts, number) % {"num": number, **parts}

    if percent < 80:
        return say(OTHER_TOO[len(differing)] if differing else OTHER, cases=100 - percent)
    if differing:
        methods = f" {'y' if tongue.lang == 'es' else 'and'} ".join(
            tongue.texts.gettext(METHODS[method]) for method in differing
        )
        return say(BY_METHODS, methods=methods)
    return say(SAME, cases=percent) if percent < 100 else say(ALWAYS)


def check_verdict(known: Known, page: Page, tongue: Tongue) -> None:
    """The first lines tell the level that follows from the exact figures, and what weighs against it."""
    level, said = known.level(), said_of(known, tongue)
    event(f"verdict: {level}, {len(known.differing)} methods, topics: {len(known.chosen)}")
    assert said in page.lead
    assert said in page.sure or (level == "firm" and check_depends(known, page, tongue))
    assert len(said.split()) <= 25
    for name, text in LEVELS.items():
        assert page.sure.startswith(tongue.texts.gettext(text)) is (name == level), (name, page.sure)
    about = "This concerns which themes were chosen, not their order."
    assert tongue.has(page.section("firm"), about) is (len(known.chosen) > 1)


def check_depends(known: Known, page: Page, tongue: Tongue) -> bool:
    """Whether the first lines say on whose votes a firm choice depends, or how few could change it."""
    without = tongue.texts.gettext("Without the votes %(group)s").partition("%")[0]
    if known.left_out:
        return without in page.sure
    worst = known.firm["margin"]
    few = worst is not None and worst["enough"] is not None and worst["enough"] < 3
    start = tongue.texts.ngettext(
        "In the worst case, one different vote would have changed the theme.",
        "In the worst case, %(votes)s different votes would have changed the theme.",
        worst["enough"] if few else 2,
    )
    return few and start.partition("%")[0] in page.sure


def check_first_ones(known: Known, page: Page, tongue: Tongue) -> None:
    """Which themes could be the first, with how often each would be, where that is not settled."""
    found, made = known.firm["could_be_first"], known.firm["resampling"]["made"]
    settled = [key for key, _times in found] == [known.topic]
    sure = sum(times for _key, times in found) >= 0.95 * made
    kind = (
        "" if not found or settled else FIRST_OTHER if len(found) == 1 else FIRST_SURE if sure else FIRST_ANY
    )
    event(f"first: {len(found)}, settled: {settled}")
    for text in (FIRST_OTHER, FIRST_SURE, FIRST_ANY):
        said = tongue.texts.gettext(text).partition("%")[0] or text
        places = [found.start() for found in re.finditer(re.escape(said), page.text)]
        if text == kind:
            assert places, text
            after = page.text[places[0] :].partition(":")[2][:600]
            assert quoted_in(after)[: len(found)] == [tongue.titled(key) for key, _times in found]
            numbers = re.findall(r"[”»],? (?:en|in) (\d+)", after)[: len(found)]
            assert numbers == [str(round(100 * times / made)) for _key, times in found]
        else:
            assert tongue.texts.gettext(text) % {"num": ""} not in page.text


def check_facts(known: Known, page: Page, tongue: Tongue) -> None:
    """Each question has the answer that the figures give, and what is said on it."""
    firm, say, percent = page.section("firm"), tongue.texts.gettext, known.percent
    question = say("Would other organisations like these have chosen the same?")
    answer = say("Practically always" if percent == 100 else "In %(cases)s of 100 cases")
    assert f"{question} {answer % {'cases': percent} if percent < 100 else answer}" in firm
    drawn = known.firm["resampling"]
    (often,) = tongue.find(firm, "How often each was chosen, in every 100 repetitions: %(themes)s.")
    assert re.findall(r"([“«][^”»]*[”»]) (\d+)", often["themes"]) == [
        (tongue.titled(key), str(share))
        for key, times in drawn["topics"]
        if (share := round(100 * times / drawn["made"]))
    ]
    on_method = say("Does it depend on the counting method?")
    assert f"{on_method} {say('No')} " in firm or known.differing
    start = say("Yes: under %(methods)s, the choice would be different").partition("%")[0]
    assert (f"{on_method} {start}" in firm) is bool(known.differing)
    for method in known.other_methods:
        by, topics = say(METHODS[method]), known.firm["methods"][method]
        assert (say("Under %(method)s, the choice is the same.") % {"method": by} in firm) is (
            method not in known.differing
        )
        others = tongue.find(firm, "Under %(method)s, the choice would be %(themes)s.")
        told = [quoted_in(match["themes"]) for match in others if match["method"] == by]
        assert told == ([[tongue.titled(key) for key in topics]] if method in known.differing else [])
    check_groups(known, page, tongue)
    check_worst(known, page, tongue)
    assert not re.search(r"\d+ (?:of|de) \d+ (?:checks|comprobaciones)", page.text)


def check_groups(known: Known, page: Page, tongue: Tongue) -> None:
    firm, say = page.section("firm"), tongue.texts.gettext
    compared = any(line["topics"] for line in known.firm["leave_one_out"])
    stays = "Whichever of these is left out, the choice stays the same."
    assert tongue.has(firm, stays) is (compared and not known.left_out)
    told = tongue.find(firm, WITHOUT_VOTES)
    assert len(told) == len(known.left_out)
    for match, line in zip(told, known.left_out, strict=True):
        assert tongue.name(line["dimension"], line["category"]) in match["group"]
        assert quoted_in(match["themes"]) == [tongue.titled(key) for key in line["topics"]]
    yes = say("Yes: on the votes %(groups)s").partition("%")[0]
    assert (yes in firm) is bool(known.left_out)
    more = tongue.find(
        firm,
        "Yes: on the votes %(groups)s, or of %(num)s other group",
        "Yes: on the votes %(groups)s, or of any of %(num)s other groups",
    )
    assert [int(m["num"]) for m in more] == ([len(told) - 3] if len(told) > 3 else [])


def check_worst(known: Known, page: Page, tongue: Tongue) -> None:
    """How few could have changed it: only of one topic that is decided by points."""
    firm, margin = page.section("firm"), known.firm["margin"]
    question = tongue.texts.gettext("Could one or two organisations have changed it?")
    assert (question in firm) is (margin is not None)
    assert (margin is not None) is (known.rules["method"] == "points" and len(known.chosen) == 1)
    by_rival, by_support = tongue.find(firm, *WORST), tongue.find(firm, *WORST_SUPPORT)
    least = tongue.find(firm, LEAST)
    if margin is None:
        assert not by_rival + by_support + least
        return
    at_least, enough = margin["at_least"], margin["enough"]
    assert [(int(m["least"]), int(m["ballots"])) for m in least] == (
        [(at_least, known.ballots)] if (at_least or 0) > 1 else []
    )
    assert [int(m["num"]) for m in by_rival + by_support] == ([] if enough is None else [enough])
    for match in by_rival:
        assert match["rival"] == tongue.titled(margin["choosable"]["rival"])
    for _match in by_support:
        assert margin["support"]["ballots"] == enough
    few = by_few(margin)
    answers = {
        "Yes: in the worst case, %(num)s": few is True,
        "No: in the worst case, %(num)s": few is False and enough is not None,
        "No": few is False,
        "Not known": few is None,
    }
    for answer, true in answers.items():
        said = tongue.texts.gettext(answer).replace("%(num)s", str(enough))
        assert bool(re.search(rf"{re.escape(f'{question} {said}')}\b", firm)) is true


def by_few(margin: dict[str, Any]) -> bool | None:
    """Whether one or two organisations could have changed it; None where that is not known."""
    at_least, enough = margin["at_least"], margin["enough"]
    if enough in {1, 2}:
        return True
    return None if at_least in {1, 2} else False


def check_beside(known: Known, page: Page, tongue: Tongue) -> None:
    firm, winner = page.section("firm"), known.result["condorcet_winner"]
    assert tongue.has(firm, "Head to head, no theme beats every other.") is (winner is None)
    topic = tongue.texts.gettext(
        "the first chosen theme" if len(known.result["topics"]) > 1 else "the chosen theme"
    )
    beats = tongue.texts.gettext("Head to head, %(topic)s beats every other theme.") % {"topic": topic}
    assert (beats in firm) is (winner == known.topic)
    plain = known.firm["unweighted"]
    equal = known.firm["country_equal"]
    one_country = sum(voice["ballots"] > 0 for voice in known.voices("country")) == 1
    for same, other, topics, told in (
        (
            "Without weights, the choice would be the same.",
            "Without weights, the choice would be %(themes)s.",
            plain,
            bool(known.rules["balance"]),
        ),
        (EQUAL, EQUAL.replace("the same.", "%(themes)s."), equal, not one_country),
    ):
        agrees = {*topics} == known.chosen
        assert tongue.has(firm, same) is (told and agrees), same
        if told and not agrees:
            (match,) = tongue.find(firm, other)
            assert quoted_in(match["themes"]) == [tongue.titled(key) for key in topics]


def check_why(known: Known, page: Page, tongue: Tongue) -> None:
    why = page.section("why")
    chosen = [topic["key"] for topic in known.result["topics"]]
    comparisons = tongue.find(
        why,
        "%(theme)s wins %(points)s of its comparisons%(weighed)s; half would be a tie.",
    )
    if known.rules["method"] == "points":
        assert [(match["theme"], int(match["points"])) for match in comparisons] == [
            (tongue.titled(key), hundred(known.themes[key]["points"])) for key in chosen
        ]
    after = "The next theme, %(theme)s, wins %(points)s."
    later = "The next theme, which was not chosen, is %(theme)s; it wins %(points)s."
    follows = [
        (topic, known.order[place + 1 :])
        for topic in chosen
        if (place := known.order.index(topic)) + 1 < len(known.order)
    ]
    for text, expected in (
        (after, [rest[0] for _topic, rest in follows if rest[0] not in chosen]),
        (
            later,
            [
                next((key for key in rest if key not in chosen), None)
                for _t, rest in follows
                if rest[0] in chosen
            ],
        ),
    ):
        told = tongue.find(why, text)
        if known.rules["method"] == "points":
            assert [match["theme"] for match in told] == [tongue.titled(key) for key in expected if key]
        for match, rival in zip(told, filter(None, expected), strict=False):
            assert int(match["points"]) == hundred(known.themes[rival]["points"])
    for key, match in zip(chosen, tongue.find(why, SCORE), strict=False):
        assert int(match["score"]) == hundred(known.themes[key]["score"])
    if tongue.has(why, "No ballot ticked an objective, so the comparisons alone decide."):
        assert not any(Fraction(line["share"]) for line in known.result["objectives"])
    for match in tongue.find(why, "%(theme)s follows, less than one point behind."):
        rival = next(key for key in known.order if match["theme"].endswith(tongue.titled(key)))
        leads = [
            Fraction(known.themes[key]["score"]) - Fraction(known.themes[rival]["score"]) for key in chosen
        ]
        assert any(0 <= lead < Fraction(1, 100) for lead in leads)
    over = tongue.find(why, PASSED_ONE, PASSED_MORE)
    expected = [
        [key for key in known.order[: known.order.index(topic["key"])] if key not in chosen]
        for topic in known.result["topics"]
        if topic["spread_met"]
    ]
    assert [match["titles"] for match in over] == [
        ", ".join(map(tongue.titled, keys)) for keys in expected if keys
    ]
    nothing = tongue.texts.gettext("No theme had all the support that the rules require")
    assert (nothing in why) is (not any(topic["spread_met"] for topic in known.result["topics"]))


def check_pictures(known: Known, page: Page, tongue: Tongue) -> None:
    shares = {line["number"]: Fraction(line["share"]) for line in known.result["objectives"]}
    most = max(shares.values())
    one = "Most ticked: objective %(number)s"
    some = tongue.find(page.text, "Most ticked: objectives %(numbers)s (%(share)s)")
    named = [
        *some,
        *tongue.find(page.text, f"{one} (%(share)s)"),
        *tongue.find(page.text, f"{one}, %(name)s (%(share)s)"),
    ]
    assert bool(named) is bool(most) or len(shares) > 8
    for match in named:
        assert percents(match["share"]) == [hundred(most)]
        first = sorted(number for number, share in shares.items() if hundred(share) == hundred(most))
        assert percents(match.get("numbers") or match["number"]) == first
    assert tongue.has(page.text, "No ballot ticked an objective") is (not most)
    duels = [known.duel(known.topic, key) for key in known.keys if key != known.topic]
    won = sum(share > Fraction(1, 2) for share in duels)
    told = tongue.find(page.text, BEATS, f"{BEATS}s")
    assert told
    for match in told:
        assert (int(match["won"]), int(match["num"])) == (won, len(duels))
    voting = [voice for voice in known.voices("country") if voice["ballots"]]
    for match in tongue.find(page.text, "Votes came from %(voting)s of %(countries)s countries"):
        assert (int(match["voting"]), int(match["countries"])) == (len(voting), len(known.voices("country")))


def percents(text: str) -> list[int]:
    return [int(each) for each in re.findall(r"\d+", text)]


def check_heaviest(known: Known, page: Page, tongue: Tongue) -> None:
    """How many times the heaviest vote weighs the lightest; bases are told where they differ."""
    balance = page.section("balance")
    heaviest = tongue.find(
        balance,
        "The heaviest vote counts about %(times)s times as much as the lightest, because the rules bring "
        "each group closer to its share of the total, even if few of its organisations voted.",
    )
    bases = "Base values also count: a network that speaks for several organisations has a higher one."
    worth, base = known.worth()
    ratio = max(worth) / min(worth)
    told = bool(known.rules["balance"]) and known.secrecy != "aggregate" and ratio >= Fraction(3, 2)
    assert len(heaviest) == told
    assert tongue.has(balance, bases) == (told and len(base) > 1)
    for match in heaviest:
        assert abs(int(re.sub(r"\D", "", match["times"])) - ratio) <= Fraction(1, 2)


def check_voices(known: Known, page: Page, tongue: Tongue) -> None:
    """What the weights did: no category is said to keep its voice that does not, and none is misquoted."""
    for dimension in ("subregion", "sector"):
        voices = known.voices(dimension)
        same = all(hundred(voice["share"]) == hundred(voice["weighted"]) for voice in voices)
        every = tongue.texts.gettext(f"every {dimension}")
        kept = tongue.texts.gettext("%(each)s keeps the say that its votes had") % {"each": every}
        assert (kept[1:] in page.text) <= (same and dimension in known.rules["balance"])
    for match in tongue.find(page.text, CHANGED_SAY):
        assert any(
            match["name"].endswith(tongue.name(voice["dimension"], voice["category"]))
            and [hundred(voice["share"]), hundred(voice["weighted"])]
            == percents(match["before"] + " " + match["after"])
            for voice in known.result["voices"]
        )


ORDERS = {
    "choice": "The weights changed the choice: without them it would be %(themes)s.",
    "none": "With or without weights, the order of the themes is the same.",
    "no support": (
        "Unweighted, %(themes)s would come first, but without the support that the rules require: the "
        "choice would be the same."
    ),
    "order": "The weights changed the order of the themes, but not the choice.",
    "lacking": "Unweighted, %(themes)s would come first, but it lacks the support that the rules require.",
    "untold": "Unweighted, %(themes)s would come first. Whether it would be chosen is not published.",
    "first": "The weights changed the order of the themes; unweighted, %(themes)s would still come first.",
    "another": "The weights changed the order of the themes; unweighted, %(themes)s would come first.",
}


def check_order(known: Known, page: Page, tongue: Tongue) -> None:
    """What the weights did to the order and to the choice: one sentence, as it is."""
    plain, would = known.result["order"]["unweighted"], known.firm["unweighted"]
    one = len(known.chosen) == 1
    expected = (
        "choice"
        if {*would} != known.chosen
        else "none"
        if plain == known.order
        else "no support"
        if one and plain[0] != known.topic
        else "order"
    )
    event(f"the weights: {expected}")
    text = f"{page.text} {page.said}"
    found = {name: tongue.find(text, msgid) for name, msgid in ORDERS.items()}
    there = {name for name in ORDERS if found[name]}
    assert there == ({expected} if known.rules["balance"] else set())
    themes = would if expected == "choice" else [plain[0]]
    for match in found[expected]:
        assert quoted_in(match.get("themes", "")) in ([tongue.titled(key) for key in themes], [])


def check_rounded_order(known: Known, page: Page, tongue: Tongue) -> None:
    """Of totals: what is said of the unweighted choice is true, and nothing is said that is not published."""
    plain, would = known.result["order"]["unweighted"], known.firm["unweighted"]
    text = f"{page.text} {page.said}"
    said = {name for name, msgid in ORDERS.items() if tongue.has(text, msgid)}
    event(f"of totals the weights: {sorted(said)}")
    themes = {
        theme
        for name in said
        for match in tongue.find(text, ORDERS[name])
        for theme in quoted_in(match.get("themes", ""))
    }
    assert themes <= {tongue.titled(key) for key in (would if "choice" in said else plain[:1])}
    if known.rules["spread"]:
        assert not said & {"choice", "no support", "order"}, "the support by other weights is not published"
    assert ("choice" in said) <= ({*would} != known.chosen)
    assert bool(said & {"no support", "order"}) <= ({*would} == known.chosen)
    assert ("first" in said) <= (plain[0] == known.topic)
    assert ("another" in said) <= (plain[0] in known.chosen - {known.topic})
    assert bool(said & {"lacking", "untold"}) <= (plain[0] not in known.chosen)
    assert ("lacking" in said) <= (not known.themes[plain[0]]["spread_met"])


def check_turnout(known: Known, page: Page, tongue: Tongue) -> None:
    rates = {
        tongue.name(dimension, voice["category"]): Fraction(voice["ballots"], voice["seats"])
        for dimension in ("subregion", "sector")
        for voice in known.voices(dimension)
    }
    for match in tongue.find(page.section("who"), "Lowest turnout: %(name)s, %(share)s"):
        name = next(name for name in rates if match["name"].endswith(name))
        dimension = next(d for d in ("subregion", "sector") if name in names_of(known, d, tongue))
        assert percents(match["share"]) == [hundred(rates[name])]
        assert rates[name] == min(rates[each] for each in names_of(known, dimension, tongue))
    for match in tongue.find(page.section("who"), "Turnout from %(low)s (%(least)s) to %(high)s (%(most)s)"):
        dimension = next(d for d in ("subregion", "sector") if match["least"] in names_of(known, d, tongue))
        some = {name: rates[name] for name in names_of(known, dimension, tongue)}
        assert (some[match["least"]], some[match["most"]]) == (min(some.values()), max(some.values()))
        ends = [hundred(min(some.values())), hundred(max(some.values()))]
        assert percents(match["low"])[-1:] + percents(match["high"]) == ends


def names_of(known: Known, dimension: str, tongue: Tongue) -> list[str]:
    return [tongue.name(dimension, voice["category"]) for voice in known.voices(dimension)]


def check_runoff(known: Known, page: Page, tongue: Tongue) -> None:
    steps = [step for step in known.result["runoff"] if len(step["totals"]) > 1]
    totals = {total["key"]: Fraction(total["share"]) for total in steps[-1]["totals"]}
    for match in tongue.find(page.text, "At the end, “%(first)s” has %(more)s and “%(second)s” %(less)s"):
        (last,) = totals.keys() - {steps[-1]["out"]}
        assert tongue.titled(last).strip("«»“”") == match["first"]
        assert (int(match["more"]), int(match["less"])) == (
            hundred(totals[last]),
            hundred(totals[steps[-1]["out"]]),
        )


def check_support(known: Known, page: Page, tongue: Tongue) -> None:
    """In how many groups a topic is supported, of which kinds, and whether that is what the rules ask for."""
    why, spread = page.section("why"), known.rules["spread"]
    kinds = {"subregion": "subregions", "sector": "sectors", "country": "countries"}
    groups = {"subregion": "a subregion", "sector": "a sector", "country": "a country"}
    told = {}
    for dimension, kind in kinds.items():
        found = tongue.find(why, f"%(part)s of %(whole)s {kind} (%(asked)s required)")
        told[dimension] = [(int(each["part"]), int(each["whole"]), int(each["asked"])) for each in found]
        least = known.rules["support_min"]
        heard = [voice for voice in known.voices(dimension) if voice["ballots"] >= least]
        asked = known.result["support"]["required"].get(dimension)
        expected = [
            (len(known.themes[topic["key"]]["supported"][dimension]), len(heard), asked)
            for topic in known.result["topics"]
            if dimension in spread
        ]
        assert told[dimension] == expected, dimension
    enough = tongue.find(why, "It has the support that the rules require: in %(parts)s.")
    less = tongue.find(why, "It is supported in %(parts)s: less than the rules require.")
    met = [topic["spread_met"] for topic in known.result["topics"]] if spread else []
    met = [] if type(page) is First else met  # the numbers beside its picture are enough there
    assert (len(enough), len(less)) == (met.count(True), met.count(False))
    named = tongue.find(why, SUPPORTED)
    assert len(named) == bool(spread)
    for match in named:
        for dimension, words_of in groups.items():
            assert (tongue.texts.gettext(words_of) in match["groups"]) is (dimension in spread)


def check_relevance(known: Known, page: Page, tongue: Tongue) -> None:
    """For how many the objectives are a priority, of each topic and of the theme that follows it."""
    why, chosen = page.section("why"), [topic["key"] for topic in known.result["topics"]]
    own = tongue.find(
        why,
        "Of those that ticked any, %(relevance)s ticked this theme's objectives, on average%(weighed)s.",
    )
    nobody = not any(Fraction(line["share"]) for line in known.result["objectives"])
    points = known.rules["method"] == "points"
    assert [int(match["relevance"]) for match in own] == (
        [hundred(known.themes[key]["relevance"]) for key in chosen] if points and not nobody else []
    )
    everybody = {hundred(theme["relevance"]) for key, theme in known.themes.items() if key not in chosen}
    rest = "For the next theme: %(relevance)s."
    for match in tongue.find(why, rest, "For the next theme, which was not chosen: %(relevance)s."):
        assert int(match["relevance"]) in everybody


def check_bounds(known: Known, page: Page, tongue: Tongue) -> None:
    """The least and the largest factor, who has it, and the voices that could not be met."""
    balance, cells = page.section("balance"), known.result["weights"]["cells"]
    factors = [hundred(Fraction(cell["micro"], 10**6)) for cell in cells]
    text = (
        "Each vote counts as the base value of its organisation multiplied by a factor. If the average is "
        "100, the smallest factor is %(low)s and the largest %(high)s; the rules allow from %(least)s to "
        "%(most)s."
    )
    shown = tongue.find(balance, text)
    assert len(shown) == bool(known.rules["balance"])
    for match in shown:
        figures = [int(match[name]) for name in ("low", "high", "least", "most")]
        assert figures == [min(factors), max(factors), *(hundred(b) for b in known.rules["weight_bounds"])]
    for bound, msgid in (("lower", "At the smallest weight:"), ("upper", "At the largest weight:")):
        at = [cell for cell in cells if cell["at_bound"] == bound] if known.rules["balance"] else []
        start = tongue.texts.gettext(msgid)
        assert (start in balance) is bool(at)
        said = balance.partition(start)[2].partition(". ")[0].rstrip(".")
        groups = {frozenset(group.strip().split(" · ")) for group in said.split("; ")} if at else set()
        assert groups == {
            frozenset(tongue.name(*each).rstrip(".") for each in cell["categories"].items()) for cell in at
        }


def check_touched(known: Known, page: Page, tongue: Tongue) -> None:
    """Which objectives no topic of this round or an earlier one has touched."""
    part, numbers = page.section("objectives"), {line["number"] for line in known.result["objectives"]}
    touched = {number for topic in known.result["topics"] for number in topic["focus"]} | known.earlier
    found = tongue.find(
        part,
        "Before this consultation, no chosen theme had covered objective %(numbers)s of the Global Compact.",
        "Before this consultation, no chosen theme had covered objectives %(numbers)s of the Global Compact.",
    )
    said = {int(number) for match in found for number in re.findall(r"\d+", match["numbers"])}
    assert said == numbers - touched
    everything = (
        "Before this consultation, the chosen themes had covered every objective of the Global Compact."
    )
    assert tongue.has(part, everything) is (not numbers - touched)


def check_share(known: Known, page: Page, tongue: Tongue) -> None:
    """How many of every hundred voted."""
    seats = sum(voice["seats"] for voice in known.voices("country"))
    (match,) = tongue.find(page.section("who"), "That is %(share)s of those that could vote.")
    assert int(match["share"]) == hundred(Fraction(known.ballots, seats))


DUELS = "Head to head%(weighed)s, %(theme)s is preferred to %(won)s of the %(num)s other theme"
COST = "Weighting reduces precision: the %(ballots)s votes are as precise as %(num)s vote"
FIRST = "%(theme)s is in first place on %(num)s of %(ballots)s ballots; %(mentions)s rank it in any place."
CHAINS = "No other theme beats it; where two are tied, Schulze's method compares chains of wins."


def check_schulze(known: Known, page: Page, tongue: Tongue) -> None:
    """How many themes a topic beats, which is the narrowest win, and which themes beat it."""
    why = page.section("why")
    chosen = [topic["key"] for topic in known.result["topics"]]
    duels = {key: {other: known.duel(key, other) for other in known.keys if other != key} for key in chosen}
    won = {key: [share for share in duels[key].values() if share > Fraction(1, 2)] for key in chosen}
    lost = {key: {other for other, share in duels[key].items() if share < Fraction(1, 2)} for key in chosen}
    asked = chosen if known.rules["method"] == "schulze" else []
    told = tongue.find(why, f"{DUELS}.", f"{DUELS}s.")
    assert [(each["theme"], int(each["won"]), int(each["num"])) for each in told] == [
        (tongue.titled(key), len(won[key]), len(duels[key])) for key in asked
    ]
    narrow = tongue.find(why, "Its narrowest win is against %(rival)s: %(share)s.")
    victors = [key for key in asked if won[key]]
    assert [int(each["share"]) for each in narrow] == [hundred(min(won[key])) for key in victors]
    for key, each in zip(victors, narrow, strict=True):
        nearest = {tongue.titled(other) for other, share in duels[key].items() if share == min(won[key])}
        assert each["rival"] in nearest
    beaten = tongue.find(why, "It loses to %(rivals)s.")
    expected = [{tongue.titled(other) for other in lost[key]} for key in asked if lost[key]]
    assert [set(re.findall(r"[“«][^”»]*[”»]", each["rivals"])) for each in beaten] == expected
    unbeaten = [key for key in asked if not lost[key]]
    first = [known.result["condorcet_winner"] == key for key in unbeaten]
    text = "Under Schulze's method, a theme that beats every other one head to head comes first."
    assert len(tongue.find(why, text)) == first.count(True)
    assert len(tongue.find(why, CHAINS)) == first.count(False)


def check_leaving(known: Known, page: Page, tongue: Tongue) -> None:
    """On how many ballots a topic is first or named, and when it leaves."""
    why, runoff = page.section("why"), known.rules["method"] == "runoff"
    asked = [topic["key"] for topic in known.result["topics"]] if runoff else []
    themes = [known.themes[key] for key in asked]
    shown = tongue.find(why, FIRST, FIRST)
    assert [
        (each["theme"].rpartition(" ")[0] or each["theme"], *(int(each[n]) for n in ("num", "mentions")))
        for each in shown
    ] == [
        (title.rpartition(" ")[0], theme["first"], theme["mentions"])
        for title, theme in zip(map(tongue.titled, asked), themes, strict=True)
    ]
    assert {int(each["ballots"]) for each in shown} <= {known.ballots}
    places = [known.result["order"]["runoff"].index(key) + 1 for key in asked]
    last = tongue.find(why, "It is the one that remains when all others have been eliminated.")
    assert len(last) == places.count(1)
    text = "Counting eliminations from the last to the first, it is number %(place)s."
    assert [int(each["place"]) for each in tongue.find(why, text)] == [place for place in places if place > 1]


def check_cost(known: Known, page: Page, tongue: Tongue) -> None:
    """How many ballots of equal weight would tell as much."""
    micro = {
        (tuple(sorted(cell["categories"].items())), cell["each"]): cell["micro"]
        for cell in known.result["weights"]["cells"]
    }
    seats = {seat["seat"]: seat for seat in known.bundle["seats"]}
    weights = []
    for ballot in known.bundle["ballots"]:
        seat = seats[ballot["seat"]]
        groups = {"country": seat["country"], **seat["categories"]}
        kind = tuple((dimension, groups[dimension]) for dimension in sorted(known.rules["balance"]))
        weights.append(micro[kind, seat["base"]] * seat["base"])
    effective = round(float(Fraction(sum(weights) ** 2, sum(weight**2 for weight in weights))))
    found = tongue.find(page.text, f"{COST} of equal weight.", f"{COST}s of equal weight.")
    assert [(int(each["ballots"]), int(each["num"])) for each in found] == (
        [(known.ballots, effective)] if effective < known.ballots and known.rules["balance"] else []
    )


def check_reached(known: Known, page: Page, tongue: Tongue) -> None:
    """Whether every group had the share that the rules give it, and how many had less."""
    short = known.short()
    event(f"short of their share: {len(short)}")
    one = "One group did not reach the share that the rules give it: %(names)s."
    some = "%(short)s groups did not reach the share that the rules give them: %(names)s."
    many = tongue.find(
        page.text, "%(short)s of %(whole)s groups did not reach the share that the rules give them."
    )
    assert bool(many) is (len(short) > 3)
    for match in many:
        assert int(match["short"]) == len(short)
    named = tongue.find(page.text, one, some)
    assert bool(named) <= (1 <= len(short) <= 3)
    had = tongue.texts.gettext("%(groups)s had the say that the rules give them.").replace("%(groups)s", "")
    assert (had in page.text) <= (len(short) <= 1)


EVERY = [
    check_schulze,
    check_leaving,
    check_cost,
    check_support,
    check_relevance,
    check_bounds,
    check_touched,
    check_share,
    check_answer,
    check_verdict,
    check_facts,
    check_first_ones,
    check_beside,
    check_why,
    check_pictures,
    check_heaviest,
    check_voices,
    check_order,
    check_turnout,
    check_runoff,
    check_reached,
]


# -- the page to be read in a minute

CLOSEST = "The closest is against %(rival)s: %(share)s."
RISES = "Largest change of place: %(theme)s rises from %(before)s to %(after)s."
FALLS = "Largest change of place: %(theme)s falls from %(before)s to %(after)s."
VOTED = "%(share)s of the organisations voted"


def shown(tongue: Tongue, share: Fraction | str) -> str:
    return f"{hundred(share)}{' %' if tongue.lang == 'es' else '%'}".replace(" ", "\N{NO-BREAK SPACE}")


def plain(text: str) -> str:
    return " ".join(text.split())


def check_short_answer(known: Known, page: First, tongue: Tongue) -> None:
    """With how many points it came first, how many voted, and the picture of all themes."""
    points, (chosen, *more) = known.rules["method"] == "points", known.result["topics"]
    score = hundred(known.themes[chosen["key"]]["score"])
    ahead = score - hundred(known.themes[known.order[1]]["score"])
    there = points and not more and known.order[0] == known.topic
    found = tongue.find(
        page.lead, f"{AHEAD}one ahead of the next theme.", f"{AHEAD}%(ahead)s ahead of the next theme."
    )
    assert {int(match["score"]) for match in found} == ({score} if there and ahead else set())
    for match in found:
        numbers = tongues.of(tongue.lang).numbers
        word = numbers[ahead - 1] if ahead <= len(numbers) else str(ahead)
        assert ahead == 1 or match["ahead"] == word
    assert tongue.has(page.lead, "It came first by less than one point in 100.") is (there and not ahead)
    seats = sum(voice["seats"] for voice in known.voices("country"))
    said = tongue.texts.gettext(VOTED) % {"share": shown(tongue, Fraction(known.ballots, seats))}
    assert plain(said) in page.section("who")
    rows = page.figures[tongue.texts.gettext("The score of each theme")]
    weighed = bool(known.rules["balance"])
    # The last column is about places.
    assert [[int(cell) for cell in row[1:-1]] for row in rows] == [
        [hundred(known.themes[key][name]) for name in ("score", *(["unweighted"] if weighed else []))]
        for key in known.order
    ]


AHEAD = "It came first with %(score)s points out of 100, "

BECAUSE = {
    "every duel": (
        "It beats the other theme.",
        "It beats each of the other %(num)s themes.",
    ),
    "objectives": (
        (
            "On the comparisons alone, another theme would be ahead; with the objectives that "
            "organisations ticked, it comes first."
        ),
    ),
    "most": (("It wins %(points)s of its comparisons with the other themes, more than any other theme."),),
    "points": ("It wins %(points)s of its comparisons with the other themes.",),
    "last step": ("At the end, “%(first)s” has %(more)s and “%(second)s” %(less)s",),
    "passed over": (
        "The theme above it in the order lacks the support that the rules require.",
        "The %(num)s themes above it in the order lack the support that the rules require.",
    ),
    "first ones": ("They are the first %(num)s themes in the order of all votes.",),
    "first with support": (
        (
            "They are the first %(num)s themes in the order of all votes that have the support that the "
            "rules require."
        ),
    ),
    "none": (
        (
            "No theme had all the support that the rules require; this one came closest and was therefore "
            "chosen."
        ),
    ),
}
HEARD_BY = (
    "Of every 100 weighted votes, %(num)s have at least one of these themes among their first three.",
    "Of every 100 votes, %(num)s have at least one of these themes among their first three.",
)


def reasons(known: Known) -> set[str]:
    """Which of the sentences of `BECAUSE` are to be said, from the exact figures."""
    chosen = [topic["key"] for topic in known.result["topics"]]
    met = [topic["spread_met"] for topic in known.result["topics"]] if known.rules["spread"] else [None]
    places = [known.order.index(key) + 1 for key in chosen]
    if len(chosen) > 1:
        first = sorted(places) == list(range(1, len(chosen) + 1))
        several = {"first ones"} if first else {"first with support"} if all(met) else set()
        return set() if known.rules.get("version", 1) > 1 else several
    beside = {"none"} if met == [False] else set()
    if known.rules["method"] == "points" and (places == [1] or met == [True]):
        return beside  # the first line says by how much, or that it is the first with support
    if places == [1]:
        return beside | of_the_first(known)
    return beside | ({"passed over"} if met == [True] else set())


def of_the_first(known: Known) -> set[str]:
    """Which of these say why the first theme of the order is the first."""
    if known.rules["method"] == "runoff":
        return {"last step"} if any(len(step["totals"]) > 1 for step in known.result["runoff"]) else set()
    points = {key: Fraction(theme["points"]) for key, theme in known.themes.items()}
    most = max(share for key, share in points.items() if key != known.topic)
    ahead = known.rules["method"] == "points" and most > points[known.topic]
    if all(share > Fraction(1, 2) for share in duels_of(known, known.topic)) and not ahead:
        return {"every duel"}
    if known.rules["method"] == "schulze":
        return set()
    return {"objectives" if ahead else "most" if most < points[known.topic] else "points"}


def check_because(known: Known, page: First, tongue: Tongue) -> None:
    """Why, next to the answer: one reason, the true one, and by how many groups the topic is supported."""
    told = {name: tongue.find(page.lead, *texts) for name, texts in BECAUSE.items()}
    expected = reasons(known)
    event(f"because: {sorted(expected)}")
    assert {name for name, found in told.items() if found} == expected
    theme = known.themes[known.topic]
    for name in ("points", "most"):
        assert all(int(match["points"]) == hundred(theme["points"]) for match in told[name])
    assert all(int(match["num"]) == len(known.keys) - 1 for match in told["every duel"] if "num" in match)
    before = known.order.index(known.topic)
    assert all(int(match["num"]) == before for match in told["passed over"] if "num" in match)
    chosen = known.result["topics"]
    for name in ("first ones", "first with support"):
        assert all(int(match["num"]) == len(chosen) for match in told[name])
    said = [
        (int(part), int(whole))
        for match in tongue.find(page.lead, "It has the support of %(parts)s.")
        for part, whole in re.findall(r"(\d+) \w+ (\d+)", match["parts"])
    ]
    supported = (
        len(chosen) == 1
        and known.rules["method"] != "points"
        and known.rules["spread"]
        and chosen[0]["spread_met"]
    )
    least = known.rules["support_min"]
    expected_parts = [
        (len(theme["supported"][dimension]), sum(v["ballots"] >= least for v in known.voices(dimension)))
        for dimension in known.rules["spread"]
    ]
    assert sorted(said) == (sorted(expected_parts) if supported else [])
    assert tongue.has(page.lead, HEARD_BY[not known.rules["balance"]]) is (
        len(chosen) > 1 and expected == set()
    )


def duels_of(known: Known, key: str) -> list[Fraction]:
    return [known.duel(key, other) for other in known.keys if other != key]


def check_short_why(known: Known, page: First, tongue: Tongue) -> None:
    """The headings over the pictures: comparisons, objectives and support of each topic."""
    say = tongue.texts.gettext
    headings = list(page.headings)
    nobody = not any(Fraction(line["share"]) for line in known.result["objectives"])
    for topic in known.result["topics"]:
        theme = known.themes[topic["key"]]
        if known.rules["method"] == "points":
            text = say("of its comparisons with the other themes won")
            assert headings.pop(0) == plain(f"{shown(tongue, theme['points'])} {text}")
            if known.rules["objective_share"] and not nobody:
                text = tongue.texts.ngettext(
                    "ticked this theme's objective",
                    "on average ticked each of this theme's objectives",
                    len(topic["focus"]),
                )
                assert headings.pop(0) == plain(f"{shown(tongue, theme['relevance'])} {text}")
        elif known.rules["method"] == "schulze":
            won = sum(share > Fraction(1, 2) for share in duels_of(known, topic["key"]))
            assert headings.pop(0).startswith(f"{won} ")
        if known.rules["spread"]:
            found = re.match(r"(\d+) (?:of|de) (\d+) ", headings.pop(0))
            assert found
            assert (int(found[1]), int(found[2])) in {
                (
                    len(theme["supported"][dimension]),
                    sum(v["ballots"] >= known.rules["support_min"] for v in known.voices(dimension)),
                )
                for dimension in known.rules["spread"]
            }
    assert headings == []


def check_short_duels(known: Known, page: First, tongue: Tongue) -> None:
    """How many comparisons a topic wins, and which is the closest."""
    why = page.section("why")
    chosen = [topic["key"] for topic in known.result["topics"]] if known.rules["method"] == "points" else []
    told = tongue.find(why, "Head to head, it wins %(won)s of %(all)s comparisons.")
    one = "Head to head, it wins its only comparison."
    everyone = tongue.find(why, one, "Head to head, it wins all %(num)s comparisons.")
    won = [sum(share > Fraction(1, 2) for share in duels_of(known, key)) for key in chosen]
    rivals = len(known.keys) - 1
    assert [(int(m["won"]), int(m["all"])) for m in told] == [(n, rivals) for n in won if n < rivals]
    assert [int(m["num"]) for m in everyone if "num" in m] == [
        rivals for n in won if n == rivals and len(chosen) > 1
    ], "of a single topic the heading says so"
    for key, match in zip(chosen, tongue.find(why, CLOSEST), strict=True):
        nearest = min(abs(share - Fraction(1, 2)) for share in duels_of(known, key))
        rival = next(other for other in known.keys if tongue.titled(other) == match["rival"])
        assert abs(known.duel(key, rival) - Fraction(1, 2)) - nearest < Fraction(1, 10**9)
        assert int(match["share"]) == hundred(known.duel(key, rival))


def check_short_weights(known: Known, page: First, tongue: Tongue) -> None:
    """The slope, the theme that moved most, and whether the rules allow no more."""
    balance = page.section("balance")
    names = {tongue.name(voice["dimension"], voice["category"]): voice for voice in known.result["voices"]}
    assert bool(page.slope) is any(
        1 < len(known.voices(dimension)) <= 6 for dimension in known.rules["balance"]
    )
    for name, votes, voice in page.slope:
        kept = names[name]
        assert [plain(shown(tongue, kept[each])) for each in ("share", "weighted")] == [votes, voice]
    plain_order = known.result["order"]["unweighted"]
    moves = {key: abs(plain_order.index(key) - known.order.index(key)) for key in known.keys}
    rises, falls = tongue.find(balance, RISES), tongue.find(balance, FALLS)
    assert all(int(match["before"]) > int(match["after"]) for match in rises)
    assert all(int(match["before"]) < int(match["after"]) for match in falls)
    told = [*rises, *falls]
    assert len(told) == bool(known.rules["balance"] and any(moves.values()))
    for match in told:
        key = next(k for k in known.keys if match["theme"].endswith(tongue.titled(k)))
        assert moves[key] == max(moves.values())
        assert int(match["before"]) == plain_order.index(key) + 1
        assert int(match["after"]) == known.order.index(key) + 1
    if tongue.has(balance, "This is the most that the rules allow."):
        low, high = map(Fraction, known.rules["weight_bounds"])
        worth, _base = known.worth()
        assert abs(max(worth) / min(worth) - high / low) < Fraction(1, 1000)


def check_places(known: Known, page: First, tongue: Tongue) -> None:
    """Between which places each theme stood in repeated counts: in the picture's words and in its table."""
    kept = {key: theme["places"] for key, theme in known.themes.items()}
    expected = []
    for key in known.order:
        best, worst = kept[key]
        assert best <= worst
        said = tongue.texts.gettext("place %(place)s") % {"place": best}
        if best < worst:
            said = tongue.texts.gettext("between places %(best)s and %(worst)s") % {
                "best": best,
                "worst": worst,
            }
        expected.append((said, [str(best)] if best == worst else [str(best), str(worst)]))
    assert page.spans == [said for said, _ends in expected]
    rows = page.figures[tongue.texts.gettext("The score of each theme")]
    assert [re.findall(r"\d+", row[-1]) for row in rows] == [ends for _said, ends in expected]


MADE_OF = (
    "Score: %(comparisons)s for comparisons won against other themes, %(objectives)s for objectives ticked."
)
COMPARED = "Score: the percentage of its comparisons with other themes that it wins."


def check_how(known: Known, page: First, tongue: Tongue) -> None:
    """What the score is made of, what weighting is and how far it goes."""
    rules = known.rules
    share = Fraction(rules["objective_share"], 1000)
    points = rules["method"] == "points"
    made = tongue.find(page.text, MADE_OF)
    parts = [
        [int(re.sub(r"\D", "", match[name])) for name in ("comparisons", "objectives")] for match in made
    ]
    assert parts == ([[hundred(1 - share), hundred(share)]] if points and share else [])
    assert tongue.has(page.text, COMPARED) is (points and not share)
    worth, _base = known.worth()
    ratio = max(worth) / min(worth)
    heaviest = tongue.find(page.text, "The heaviest counts about %(times)s times as much as the lightest.")
    balanced = bool(rules["balance"])
    assert len(heaviest) == (balanced and ratio >= Fraction(3, 2))
    for match in heaviest:
        assert abs(int(re.sub(r"\D", "", match["times"])) - ratio) <= Fraction(1, 2)
    assert tongue.has(page.text, "The themes' figures are weighted.") is balanced


SHORT = [
    check_answer,
    check_how,
    check_verdict,
    check_facts,
    check_first_ones,
    check_support,
    check_heaviest,
    check_short_answer,
    check_because,
    check_short_why,
    check_short_duels,
    check_short_weights,
    check_reached,
    check_order,
    check_places,
]


# -- random rounds


@st.composite
def random_rounds(draw: st.DrawFn, *, least: int = 3, most: int = 24) -> tuple[list[Vote], dict[str, Any]]:
    """Votes and rules: with ties, groups of which nobody votes, no objectives, one subregion, all methods."""
    countries = COUNTRIES[: draw(st.sampled_from([1, 2, 3, 5, 5]))]
    sectors = SECTORS[: draw(st.sampled_from([1, 2, 3, 3]))]
    patterns = draw(
        st.lists(st.permutations(KEYS).map(lambda keys: tuple(keys[:3])), min_size=1, max_size=3, unique=True)
    )
    objectives = draw(st.sampled_from([[()], [(1,), (7, 8), ()], [(2, 9), (1, 2), (10,)]]))
    votes = []
    for _ in range(draw(st.integers(least, most))):
        ranking = draw(st.sampled_from([*patterns, patterns[0]]))
        votes.append(
            Vote(
                draw(st.sampled_from(countries)),
                draw(st.sampled_from(sectors)),
                ranking,
                draw(st.sampled_from(objectives)),
                base=draw(st.sampled_from([1, 1, 1, 4])),
            )
        )
    if draw(st.booleans()):  # large networks
        votes = [vote._replace(base=draw(st.sampled_from([1, 1, 5, 60]))) for vote in votes]
    silent = draw(st.lists(st.sampled_from(COUNTRIES), max_size=3))
    votes += [Vote(country, draw(st.sampled_from(SECTORS))) for country in silent]
    rules: dict[str, Any] = {
        "method": draw(st.sampled_from(["points", "points", "points", "schulze", "runoff"])),
        "topics": draw(st.sampled_from([1, 1, 2, 3])),
        "topics_rule": draw(st.sampled_from(["shared", "order"])),
        "max_ballot": draw(st.sampled_from([30, 100])),
        "support_min": draw(st.sampled_from([1, 3])),
        "balance": draw(
            st.sampled_from([{}, {"subregion": "equal", "sector": "sqrt"}, {"subregion": "roll"}])
        ),
        "spread": draw(st.sampled_from([{}, {"subregion": 500, "sector": 500}, {"country": 1000}])),
    }
    if rules["method"] != "points":
        rules["objective_share"] = 0
    return votes, rules


def check_rounded(known: Known, page: Page, tongue: Tongue) -> None:
    """Of a round of totals every sentence is a bound that the exact figures keep, or is not there."""
    firm, percent, say = page.section("firm"), known.percent, tongue.texts.gettext
    public = (known.public or {}).get("firmness")
    between = say("%(least)s to %(most)s").replace("%(least)s", r"(\d+)").replace("%(most)s", r"(\d+)")
    question, answer = (
        re.escape(say("Would other organisations like these have chosen the same?")),
        re.escape(say("In %(cases)s of 100 cases")).replace(re.escape("%(cases)s"), between),
    )
    told = re.findall(f"{question} {answer}", firm)
    always = (
        f"{say('Would other organisations like these have chosen the same?')} {say('Practically always')}"
    )
    assert bool(told) + (always in firm) == (public is not None)
    for least, most in told:
        assert int(least) <= percent <= int(most) == int(least) + 9
    assert (always in firm) <= (percent == 100)
    levels = {name for name, text in LEVELS.items() if page.sure.startswith(say(text))}
    assert levels <= {known.level()}
    if public is not None and (percent < 80 or public["methods"]):
        assert levels == {known.level()}, "the same verdict as everybody reads"
    for text in (*WORST, *WORST_SUPPORT, LEAST, FIRST_SURE, FIRST_ANY, FIRST_OTHER):
        assert not tongue.has(page.text, text)
    assert not tongue.has(firm, "How often each was chosen, in every 100 repetitions: %(themes)s.")
    for match in tongue.find(firm, WITHOUT_VOTES):
        assert [*quoted_in(match["themes"])] in [
            [tongue.titled(key) for key in line["topics"]] for line in known.left_out
        ]
    for match in tongue.find(firm, "Under %(method)s, the choice would be %(themes)s."):
        assert quoted_in(match["themes"]) in [
            [tongue.titled(key) for key in known.firm["methods"][method]] for method in known.differing
        ]


def check_rounded_shares(known: Known, page: Page, tongue: Tongue) -> None:
    """Of totals: a group that is said not to have reached its share did not, and its numbers are true."""
    short = {tongue.name(*place): votes for place, votes in known.short().items()}
    one = "One group did not reach the share that the rules give it: %(names)s."
    some = "%(short)s groups did not reach the share that the rules give them: %(names)s."
    for match in tongue.find(page.text, one, some):
        assert short
        for ballots, needed in re.findall(r"\((\d+)[^\d)]+(\d+)[^)]*\)", match["names"]):
            assert (int(ballots), int(needed)) in short.values()


def check_agreed(known: Known, page: Page, tongue: Tongue) -> None:
    """Beside the votes stands what was reached by weight, or else what the rules give to all of the roll."""
    for match in tongue.find(page.text, CHANGED_SAY):
        step = (known.public or {})["step"] or 1
        (before,), (after,) = percents(match["before"]), percents(match["after"])
        assert any(
            match["name"].endswith(tongue.name(voice["dimension"], voice["category"]))
            and abs(after - 100 * Fraction(voice["weighted"])) <= step / 2 + 1
            and (step == 1 or abs(after - before) >= step)
            for voice in known.result["voices"]
        ), match
    for match in tongue.find(
        page.text,
        "%(name)s: %(before)s of votes; under the rules, %(after)s",
    ):
        event("what the rules give stands beside the votes")
        assert any(
            abs(percents(match["after"])[0] - 100 * sum(share for _name, share in some)) <= 1
            for dimension in known.rules["balance"]
            for some in _together(known.agreed(dimension))
            if len(some) > 1 or match["name"].endswith(some[0][0])
        ), match
    complete = "Everything needed to recount, in one file"
    assert not tongue.has(page.text, complete), "ballots are not in that file"


def _together(shares: list[tuple[str, Fraction]]) -> list[tuple[tuple[str, Fraction], ...]]:
    return [some for size in range(1, len(shares) + 1) for some in combinations(shares, size)]


def check_rounded_rest(known: Known, page: Page, tongue: Tongue) -> None:
    duels = [known.duel(known.topic, key) for key in known.keys if key != known.topic]
    won = sum(share > Fraction(1, 2) for share in duels)
    for match in tongue.find(page.text, BEATS, f"{BEATS}s"):
        assert int(match["won"]) == won
    if tongue.has(page.text, "No ballot ticked an objective"):
        assert not any(Fraction(line["share"]) for line in known.result["objectives"])


@given(drawn=random_rounds(least=52, most=70))
@settings(
    max_examples=examples(6, few=COSTLY),
    deadline=None,
    phases=QUICK,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
)
def test_of_a_round_of_totals_every_sentence_is_a_true_bound(
    bench: Bench, visitor: Visitor, drawn: tuple[list[Vote], dict[str, Any]]
) -> None:
    votes, rules = drawn
    key = f"totales-{next(SERIAL)}"
    counted(bench, key, votes, rules, secrecy="aggregate")
    known = Known(bench, key)
    event(f"told: {bool((known.public or {}).get('firmness'))}, verdict: {known.level()}")
    for tongue in TONGUES:
        page = Page(visitor, tongue.lang, key)
        check_rounded(known, page, tongue)
        check_rounded_shares(known, page, tongue)
        check_rounded_rest(known, page, tongue)
        check_rounded_order(known, page, tongue)
        check_agreed(known, page, tongue)
        first = First(visitor, tongue.lang, key)
        check_rounded(known, first, tongue)
        check_rounded_shares(known, first, tongue)
        check_rounded_rest(known, first, tongue)
        check_rounded_order(known, first, tongue)


@for_each("tongue", TONGUES)
def test_the_patterns_find_their_sentences(tongue: Tongue) -> None:
    """A pattern that finds nothing would hold anything: each finds the sentence that it is made of."""
    said = tongue.texts.gettext(LEAST) % {"least": 7, "ballots": 60}
    assert tongue.find(f"x {said} y", LEAST) == [{"least": "7", "ballots": "60"}]


@given(
    shares=st.lists(st.integers(1, 40), min_size=2, max_size=5),
    moves=st.lists(st.integers(-12, 12), min_size=5, max_size=5),
    step=st.sampled_from([None, 1, 2, 5, 10]),
    hidden=st.integers(0, 5),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_is_rounded_or_not_told_is_not_said_to_be_the_work_of_weights(
    app: Flask, shares: list[int], moves: list[int], step: int | None, hidden: int
) -> None:
    """A target is no weighted figure, and a difference below the step of rounding is none."""
    grain = step or 1
    lines = []
    for number, (share, move) in enumerate(zip(shares, moves, strict=False)):
        after = grain * round(max(share + move, 0) / grain)
        told = None if number == hidden or step is None else after / 100
        name = both(f"Grupo {number}", f"Group {number}")
        lines.append(
            CategoryLine("sector", f"g{number}", name, 9, 5, share / 100, told, (share + move) / 100)
        )
    view: Any = SimpleNamespace(
        categories=(("sector", tuple(lines)),), balance=None, step=step, small_cell=None, joined_below=None
    )
    with app.test_request_context(), speaking("en"):
        said = headings.voice(view, "sector")
    if any(line.weighted is None for line in lines):
        assert "of the say" not in said
        assert "keeps the say" not in said
        return
    differences = {line.name["en"]: hundred(line.weighted or 0) - hundred(line.share) for line in lines}
    largest = max(differences.values(), key=abs)
    if abs(largest) >= grain:
        match = re.fullmatch(r"(Group \d): from (\d+)% of votes to (\d+)% of the say", said)
        assert match
        assert int(match[3]) - int(match[2]) == differences[match[1]]
        assert abs(differences[match[1]]) == abs(largest)
    elif grain > 1:
        assert said == "By sector"
    else:
        assert said == "Every sector keeps the say that its votes had"
