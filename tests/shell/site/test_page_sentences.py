"""Every sentence made from figures on the pages and mails around a result, held against random rounds.

Home, the round's page, participation at the desk, the scrutineers' page and the closing mails: each number is
read back from the sentence and compared with the roll, the votes and the rules. The result page has its own
tests (`test_result_sentences`), and so have the panel and the factsheet.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from fractions import Fraction
from itertools import count as numbers
from typing import TYPE_CHECKING, Any

import html5lib
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from consulta.core.counting.rules import parse_rules
from consulta.desk import moves
from consulta.platform.data import catalogue
from consulta.platform.models import Ballot, CurrentBallot, Message, Seat
from consulta.platform.web.language import speaking
from consulta.platform.work import COMMAND, WORKER
from consulta.results import checks
from consulta.rounds.letters import service as letters
from consulta.rounds.letters.service import Finished, Post
from consulta.rounds.pages.rule_words import balance_told, support_told, topic_told
from tests.cases import for_each
from tests.deep import COSTLY, examples
from tests.factories import (
    RULES,
    build_nominee,
    build_organisation,
    build_round,
    build_seat,
    moment,
    open_now,
)
from tests.markup import parsed
from tests.results.checks.test_scrutineers import account, signed_in
from tests.results.test_result_sentences import TONGUES, Tongue, hundred, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Flask

    from consulta.platform.work import Bench
    from tests.benches import Visitor

HTML = "{http://www.w3.org/1999/xhtml}"
SERIAL = numbers(1)
COUNTRIES = ["PE", "CO", "MX", "GT", "JM"]
SECTORS = ["ngo", "academia", "trade_union"]
GROUPS = {"subregion": "subregions", "sector": "sectors", "country": "countries"}
ONE_OF = {"subregion": "a subregion", "sector": "a sector", "country": "a country"}
EVERY = {"subregion": "every subregion", "sector": "every sector", "country": "every country"}
POST = Post("http://localhost")
RANDOM = settings(
    max_examples=examples(6, few=COSTLY),
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

sets_of_dimensions = st.sets(st.sampled_from(["subregion", "sector", "country"]))


def rules_of(spread: Iterable[str], topics: int) -> Any:
    return parse_rules({**RULES, "spread": dict.fromkeys(spread, 500), "topics": topics})


@for_each("tongue", TONGUES)
@given(spread=sets_of_dimensions, balance=sets_of_dimensions, topics=st.integers(1, 3))
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=examples(30)
)
def test_rules_are_told_as_they_are(
    app: Flask, tongue: Tongue, spread: set[str], balance: set[str], topics: int
) -> None:
    """What a topic needs, what supports it, what weights do: of the groups of the rules, and of no other."""
    say = tongue.texts.gettext
    with app.test_request_context(), speaking(tongue.lang):
        topic, weights = topic_told(rules_of(spread, topics)), balance_told(balance)
        support = support_told(rules_of(spread, topics))
    for dimension, name in GROUPS.items():
        assert (say(name) in topic) is (dimension in spread)
        assert (say(ONE_OF[dimension]) in support) is (dimension in spread)
    assert (str(topics) in topic) is (topics > 1)
    usual = balance == {"subregion", "sector"}
    for dimension, name in EVERY.items():
        assert (say(name) in weights) is (dimension in balance) or usual
    assert bool(support) is bool(spread)
    assert bool(balance) is (
        weights != say("In this consultation, votes are not weighted: each counts as it is.")
    )


class Told:
    """A round with its roll, who voted, and what its pages must say."""

    def __init__(self, bench: Bench, draw: Any) -> None:
        self.bench, self.key = bench, f"dicho-{next(SERIAL)}"
        pick = draw(st.randoms(use_true_random=False))
        countries = COUNTRIES[: draw(st.integers(1, 5))]
        self.seats = [(pick.choice(countries), pick.choice(SECTORS)) for _ in range(draw(st.integers(1, 14)))]
        odds = draw(st.sampled_from([0, 0.3, 0.6, 1]))
        self.voted = [pick.random() < odds for _ in self.seats]
        self.rules = {
            **RULES,
            "max_ranks": draw(st.integers(1, 5)),
            "max_objectives": draw(st.integers(0, 5)),
            "objective_share": draw(st.sampled_from([0, 250, 125])),
            "topics": draw(st.integers(1, 2)),
            "spread": dict.fromkeys(draw(sets_of_dimensions), 500),
        }
        self.themes = draw(st.integers(2, 6))
        self.nominees = draw(st.integers(0, 3))
        self.hours = draw(st.sampled_from([0, 72]))
        self.early = draw(st.booleans())
        self.build()

    def build(self) -> None:
        with self.bench.work(COMMAND, moment()) as work:
            found = open_now(build_round(work.session, self.key, themes=self.themes, rules=self.rules))
            for number in range(self.nominees):
                build_nominee(work.session, found, f"n{number:02d}")
            build_nominee(work.session, found, "n99", on_ballot=False)
            for number, ((country, sector), voted) in enumerate(
                zip(self.seats, self.voted, strict=True), start=1
            ):
                name = f"{self.key} organización {number}"
                organisation = build_organisation(work.session, name, country=country, sector=sector)
                seat = build_seat(work.session, found, organisation, number)
                if voted:
                    cast(work, found, seat, self.receipt(number))
            self.ends = found.closes_at
            self.round_id = found.id

    def receipt(self, number: int) -> str:
        return f"{self.key}-RECIBO-{number}".upper()

    def close(self) -> None:
        at = moment() if self.early else self.ends + timedelta(minutes=5)
        with self.bench.work(COMMAND, at) as work:
            moves.close(work, self.key, "Ya votaron todas." if self.early else "", self.hours)

    def turnout(self, dimension: str) -> dict[str, Fraction]:
        of = {
            "subregion": lambda seat: catalogue.subregion_of(seat[0]),
            "sector": lambda seat: seat[1],
            "country": lambda seat: seat[0],
        }[dimension]
        seats = Counter(of(seat) for seat in self.seats)
        votes = Counter(of(seat) for seat, voted in zip(self.seats, self.voted, strict=True) if voted)
        return {key: Fraction(votes[key], seats[key]) for key in seats}


def cast(work: Any, found: Any, seat: Seat, receipt: str) -> None:
    ballot = Ballot(
        round_id=found.id,
        seat_id=seat.id,
        version=1,
        ranking=[["t1"]],
        objectives=[],
        endorsements=[],
        shown=[theme.key for theme in found.themes],
        content_sha256=receipt,
        idempotency_key=receipt,
        receipt=receipt,
        head="h",
        cast_at=moment(),
    )
    work.session.add(ballot)
    work.session.flush()
    work.session.add(CurrentBallot(seat_id=seat.id, ballot_id=ballot.id))


def text_of(visitor: Visitor, url: str) -> Any:
    answer = visitor.get(url)
    assert answer.status_code == 200, url
    return parsed(answer.text)


def main_of(root: Any) -> str:
    return words(next(root.iter(f"{HTML}main")))


def check_sizes(told: Told, page: str, tongue: Tongue) -> None:
    seats = tongue.find(page, "%(num)s organisation", "%(num)s organisations")
    assert str(len(told.seats)) in {match["num"] for match in seats}
    countries = tongue.find(page, "%(num)s country", "%(num)s countries")
    assert str(len({country for country, _sector in told.seats})) in {match["num"] for match in countries}


def check_round(told: Told, page: str, tongue: Tongue) -> None:
    """The round's own page: how many choose how much of what, and how it is decided."""
    countries = len({country for country, _sector in told.seats})
    for one, many, number in (
        ("organisation", "organisations", len(told.seats)),
        ("country", "countries", countries),
        ("theme", "themes", told.themes),
    ):
        assert f"{tongue.texts.ngettext(one, many, number)}{number}" in page
    rules = told.rules
    themes = tongue.find(page, "The %(num)s theme on the ballot", "The %(num)s themes on the ballot")
    assert [int(match["num"]) for match in themes] == [told.themes]
    ranks = tongue.find(page, "Each organisation chooses up to %(num)s themes and ranks them.")
    assert tongue.has(page, "Each organisation chooses one theme.") is (rules["max_ranks"] == 1)
    compact = "the Global Compact for Safe, Orderly and Regular Migration"
    many = f"It may also tick up to %(num)s objectives of {compact} that it considers most urgent."
    one = f"It may also tick the objective of {compact} that it considers most urgent."
    ticks = [int(match["num"]) for match in tongue.find(page, one, many) if "num" in match]
    assert ticks == ([rules["max_objectives"]] if rules["max_objectives"] > 1 else [])
    assert tongue.has(page, one) is (rules["max_objectives"] == 1)
    ranks = tongue.find(
        page,
        "Each organisation chooses one theme.",
        "Each organisation chooses up to %(num)s themes and ranks them.",
    )
    found = [int(match["num"]) for match in ranks if "num" in match]
    assert found == ([rules["max_ranks"]] if rules["max_ranks"] > 1 else [])
    share = "The urgency of a theme's objectives makes up %(share)s of its score."
    start, end = tongue.texts.gettext(share).replace("%%", "%").split("%(share)s")
    assert (start in page) is bool(rules["objective_share"])
    if rules["objective_share"]:
        said = page.partition(start)[2].partition(end)[0]
        assert Fraction(said.rstrip("\N{NO-BREAK SPACE}% ").replace(",", ".")) == Fraction(
            rules["objective_share"], 10
        )
    nominees = tongue.find(
        page,
        "The panel is chosen, under quotas, from the nominees for that theme; across all themes, the "
        "ballot has %(num)s nominee.",
        "The panel is chosen, under quotas, from the nominees for that theme; across all themes, the "
        "ballot has %(num)s nominees.",
    )
    assert [int(match["num"]) for match in nominees] == ([told.nominees] if told.nominees else [])
    support = (
        "A theme has the support of %(groups)s if it wins at least half of its comparisons on that group's "
        "ballots alone."
    )
    assert len(tongue.find(page, support)) == bool(rules["spread"]), (
        "what support is stands where it is needed"
    )


def check_participation(told: Told, root: Any, tongue: Tongue) -> None:
    """How many voted, and who has the lowest turnout; ties are told as ties."""
    page, voted = main_of(root), sum(told.voted)
    (heading,) = (words(e) for e in root.iter(f"{HTML}h1"))
    said = tongue.texts.gettext("Participation: %(voted)s of %(seats)s voted")
    assert heading == said % {"voted": voted, "seats": len(told.seats)}
    share = hundred(Fraction(voted, len(told.seats)))
    assert any(f"{share}{sign} · " in page for sign in ("%", "\N{NO-BREAK SPACE}%", " %"))
    captions = [words(e) for tag in ("h2", "summary") for e in root.iter(f"{HTML}{tag}")]
    for dimension, (msgid, every) in {
        "country": (
            "Countries without a vote yet: %(count)s of %(whole)s",
            "Every country has the same turnout",
        ),
        "sector": ("Sectors without a vote yet: %(count)s of %(whole)s", "Every sector has the same turnout"),
        "subregion": ("", "Every subregion has the same turnout"),
    }.items():
        rates = told.turnout(dimension)
        silent = [key for key, rate in rates.items() if not rate]
        if msgid and silent and (dimension == "country" or len(silent) < len(rates)):
            (match,) = tongue.find(page, msgid)[:1]
            assert (int(match["count"]), int(match["whole"])) == (len(silent), len(rates))
        elif len(silent) == len(rates):
            assert tongue.has(page, "No organisation has voted yet")
        else:
            low = [tongue.name(dimension, key) for key, rate in rates.items() if rate == min(rates.values())]
            same = tongue.texts.gettext(every) in captions
            assert same is (len(low) == len(rates) > 1)
            if not same:
                start = tongue.texts.gettext("Lowest turnout so far: %(name)s").partition("%")[0]
                more = f" {len(low) - 1} " if len(low) > 1 else ""
                named = [f"{start}{name}" for name in low]
                found = [each for each in captions if each in named and not more]
                found += [
                    each
                    for each in captions
                    for name in named
                    if each.startswith(f"{name} ") and more in each
                ]
                assert found, (dimension, captions, named, more)


def check_mails(told: Told) -> None:
    """Each organisation reads how it appears itself: with its own receipt, or as silent."""
    with told.bench.work(WORKER, moment()) as work:
        rows = work.session.execute(
            select(Message.id, Seat.position)
            .join(Seat, Message.seat_id == Seat.id)
            .where(Message.kind == "closing", Message.round_id == told.round_id)
        ).all()
        finished = [(letters.finish(work, number, POST), position) for number, position in rows]
    assert sorted(position for _mail, position in finished) == [*range(1, len(told.seats) + 1)]
    for each, position in finished:
        assert isinstance(each, Finished)
        voted = told.voted[position - 1]
        for half in each.mail.halves:
            es = half.language == "es"
            assert (
                ("Figura entre las que votaron." if es else "It is listed as having voted.") in half.text
            ) is voted
            silent = "Figura entre las que no votaron." if es else "It is listed as not having voted."
            assert (silent in half.text) is not voted
            receipts = {told.receipt(number) for number in range(1, len(told.seats) + 1)}
            own = {told.receipt(position)} if voted else set()
            assert {line for line in half.text.split("\n") if line in receipts} == own
            early = "antes de lo anunciado" if es else "earlier than announced"
            assert (early in half.text.casefold()) is told.early


@given(data=st.data())
@RANDOM
def test_every_sentence_around_a_result_is_what_the_figures_say(
    bench: Bench, app: Flask, visitor: Visitor, staff_visitor: Visitor, data: st.DataObject
) -> None:
    told = Told(bench, data.draw)
    person = account(bench, f"{told.key}@example.org")
    with bench.work(COMMAND, moment()) as work:
        checks.appoint(work, told.key, person)
    witness = signed_in(app, f"{told.key}@example.org")
    for state in ("open", "closed"):
        for tongue in TONGUES:
            page = main_of(text_of(visitor, f"/{tongue.lang}/rounds/{told.key}"))
            check_round(told, page, tongue)
            root = text_of(staff_visitor, f"/{tongue.lang}/secretariat/rounds/{told.key}/participation")
            check_participation(told, root, tongue)
            seen = main_of(text_of(witness, f"/{tongue.lang}/scrutiny/rounds/{told.key}"))
            (match,) = tongue.find(seen, "%(voted)s of %(seats)s organisations have voted.")
            assert (int(match["voted"]), int(match["seats"])) == (sum(told.voted), len(told.seats))
            home = text_of(visitor, f"/{tongue.lang}/")
            cards = [e for e in home.iter(f"{HTML}article") if f"/rounds/{told.key}" in html5lib.serialize(e)]
            assert len(cards) == 1
            if state == "open":
                check_sizes(told, words(cards[0]), tongue)
        if state == "open":
            told.close()
            check_mails(told)
