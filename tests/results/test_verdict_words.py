"""The sentence beside the level: short, whole, and true of its figures, for every level in each language."""

from __future__ import annotations

import re
from itertools import product
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from consulta.core.counting import repetitions
from consulta.platform.web.language import speaking
from consulta.results import page as firmness
from consulta.results import reading
from tests.cases import for_each
from tests.closed import counted, mixed
from tests.results.test_result_page import FIRST, NAMED, SECOND, THIRD, read, words

if TYPE_CHECKING:
    import pytest
    from flask import Flask

    from consulta.platform.work import Bench
    from tests.benches import Visitor

METHODS = ("points", "schulze", "runoff")
LONGEST = 25  # words
ALL = 100  # of a hundred


def view(
    percent: int | None, differing: tuple[str, ...], topics: int, *, rounded: bool = False, many: bool = False
) -> Any:
    """A result as far as the sentence reads it; a rounded percentage is the lowest of ten."""
    told = percent // 10 * 10 if rounded and percent is not None else percent
    orders = tuple(SimpleNamespace(name=name) for name in differing)
    level = firmness.level(told, methods_agree=not differing, without_repetitions=many)
    firm = SimpleNamespace(
        percent=told, differing=orders, rounded=rounded, without_repetitions=many, verdict=level
    )
    return SimpleNamespace(firmness=firm, topics=[None] * topics)


@for_each("lang", ["es", "en", "pt"])
def test_the_sentence_has_25_words_at_most_and_the_figures_of_its_result(app: Flask, lang: str) -> None:
    two = [pair for pair in product(METHODS, METHODS) if pair[0] < pair[1]]
    with app.test_request_context(), speaking(lang):
        verdict: Any = app.jinja_env.get_template("results/words.html").module.verdict  # type: ignore[attr-defined]
        for differing, topics in product([(), *((name,) for name in METHODS), *two], [1, 2]):
            said = verdict(view(None, differing, topics, many=True)).unescape()
            assert said
            assert len(said.split()) <= LONGEST, said
            for percent, rounded in product(range(101), [True, False]):
                said = verdict(view(percent, differing, topics, rounded=rounded)).unescape()
                assert said.endswith(".")
                assert "%" not in said
                assert len(said.split()) <= LONGEST, said
                figures = [int(each) for each in re.findall(r"\d+", said)]
                if percent < firmness.FIRM_FROM:  # of a hundred, in how many it would have been another
                    least = 100 - percent if not rounded else 100 - percent // 10 * 10 - 9
                    most = 100 - percent // 10 * 10 if rounded else 100 - percent
                    assert {least, most} <= {*figures}
                    assert least <= 100 - percent <= most
                elif differing or percent == ALL:
                    assert figures == []
                else:
                    assert min(figures) == (percent // 10 * 10 if rounded else percent)


def test_with_very_many_votes_the_page_says_that_chance_plays_no_part(
    bench: Bench, visitor: Visitor, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (repetitions, reading):
        monkeypatch.setattr(module, "MOST_BALLOTS", 30)
    monkeypatch.setitem(app.jinja_env.globals, "MOST_BALLOTS", 30)
    monkeypatch.setattr(app.jinja_env, "cache", None)  # a template keeps the globals of its first use
    counted(bench, "many", mixed(60, FIRST, FIRST, FIRST, SECOND), **NAMED)
    counted(bench, "split", mixed(40, FIRST, SECOND, FIRST, SECOND, SECOND, THIRD), **NAMED)
    part = "with so many votes, chance in who answered plays no part."
    for page in ("result", "result/figures"):
        firm, split = (words(read(visitor, key, page=page).root) for key in ("many", "split"))
        assert f"All three methods choose the same theme; {part}" in firm
        assert "A firm result" in firm
        assert (
            f"Under Schulze's method and instant run-off, another theme would have been chosen; {part}"
            in split
        )
        assert "With more than 30 votes, this is not tested: chance in who answered plays no part." in split
        assert "of 100 cases" not in firm + split


def test_every_fact_is_a_question(bench: Bench, visitor: Visitor) -> None:
    counted(bench, "asked", mixed(60, FIRST, SECOND, FIRST), **NAMED)
    for lang in ("es", "en"):
        root = read(visitor, "asked", lang, page="result").root
        (proofs,) = [each for each in root.iter() if each.get("class") == "proofs"]
        questions = [words(each) for each in proofs.iter() if str(each.tag).endswith("}summary")]
        assert len(questions) > 4
        assert all(re.search(r"\?\s*\S", each) for each in questions), "each has an answer"
        told = [words(each) for each in proofs.iter() if each.get("class") == "stack tight"]
        assert all(told)
