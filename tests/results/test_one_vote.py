"""All figures of a round: how heavy a vote is and may be, held against the result."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from consulta.platform.web.language import percent, speaking
from consulta.platform.work import COMMAND
from consulta.results import service
from tests.cases import for_each
from tests.closed import Vote, counted, mixed
from tests.factories import moment
from tests.results.test_result_sentences import Page

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench
    from tests.benches import Visitor

RULES: dict[str, Any] = {"balance": {"sector": "sqrt"}}
SAID = {
    "es": (
        "El voto que más pesa vale el {} del total",
        {
            "three": "no permiten que ningún voto valga más de tres veces",
            "part": "lo máximo que permiten las reglas",
            "lifted": "no se aplicó",
            "idle": "no redujo ninguno",
        },
        "En el tope de un solo voto:",
    ),
    "en": (
        "The heaviest vote is worth {} of the total",
        {
            "three": "do not allow any vote to be worth more than three times the average vote",
            "part": "the most that the rules allow",
            "lifted": "was not applied",
            "idle": "did not reduce any vote",
        },
        "At the limit for one vote:",
    ),
}
LIFTED = {
    "es": "Si dentro de ese tope los votos no alcanzaran a sumar el total, el tope no se aplica",
    "en": "If the votes could not make up the total within that limit, the limit is not applied",
}
CASES = {
    "few": (24, [30], 30, "three"),
    "many": (120, [60], 40, "part"),
    "huge": (130, [1_000_000], 30, "lifted"),
    "none": (150, [], 30, "idle"),
}


@for_each("case", CASES)
def test_how_heavy_a_vote_is_and_may_be(app: Flask, bench: Bench, visitor: Visitor, case: str) -> None:
    size, networks, most, word = CASES[case]
    votes = mixed(size, ("t1", "t2", "t3"), ("t2", "t1"), ("t3", "t1", "t2"))
    votes += [Vote("PE", "ngo", ("t1",), (), base) for base in networks]
    counted(bench, case, votes, {**RULES, "max_ballot": most}, secrecy="open")
    with bench.work(COMMAND, moment()) as work:
        weights = json.loads(service.document(work, case, "result"))["weights"]
    assert weights["cap"] == {"three": "held", "part": "held"}.get(word, word)
    share = round(float(Fraction(weights["heaviest"]["share"])), 3)
    capped = any(cell["at_bound"] == "cap" for cell in weights["cells"])
    for lang, (heaviest, limits, rests) in SAID.items():
        said = Page(visitor, lang, case).section("balance")
        with app.test_request_context(), speaking(lang):
            worth = percent(share, whole=False)
        assert " ".join(heaviest.format(worth).split()) in said
        assert limits[word].format(most) in said
        assert (rests in said) is capped
        assert all(other.format(most) not in said for name, other in limits.items() if name != word)
        rules = " ".join(visitor.get(f"/{lang}/rounds/{case}").text.split())
        assert LIFTED[lang] in rules, "the rule is told with its exception"
