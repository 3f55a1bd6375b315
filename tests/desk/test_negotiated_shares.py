"""Negotiated shares: entered at the desk, looked at before they are saved, refused where they miss."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.counting.rules import parse_rules
from consulta.desk import opening
from consulta.platform.work import COMMAND
from consulta.rounds import service as rounds
from tests.desk.test_rounds import KEY, ROUND, WHOLE, draft, kept, members
from tests.factories import build_organisation, moment
from tests.vote.test_vote import Page

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

HERE = ROUND.replace("/es/", "/en/")
GROUPS = ("caribbean", "mesoamerica", "south_america")


def shares(*percent: str) -> dict[str, str]:
    """Return the rules as entered, with shares of the subregions."""
    names = [f"share_subregion_{group.encode().hex()}" for group in GROUPS]
    return {**WHOLE, "balance_subregion": "given", **dict(zip(names, percent, strict=True))}


def balance(bench: Bench) -> object:
    return parse_rules(kept(bench).rules).balance["subregion"]


def test_shares_are_kept_and_shown_again(bench: Bench, staff_visitor: Visitor) -> None:
    members(bench)
    draft(bench)
    answer = staff_visitor.submit(f"{HERE}/edit", shares("20", "33,25", "46.75"))
    assert answer.status_code == 303
    assert balance(bench) == {"caribbean": 0.2, "mesoamerica": 0.3325, "south_america": 0.4675}
    page = staff_visitor.get(f"{HERE}/edit").text
    assert 'value="33.25"' in page
    overview = Page(staff_visitor.get(f"{HERE}/open")).text
    assert "negotiated say" in overview
    assert "South America, 46.75%; Mesoamerica, 33.25%; Caribbean, 20%." in overview


def test_shares_that_do_not_make_the_whole_are_refused_and_stay_entered(
    bench: Bench, staff_visitor: Visitor
) -> None:
    members(bench)
    draft(bench)
    for entered, said in (
        (("20", "30", "40"), "The shares make 90%: 10% are missing."),
        (("20", "40.5", "50"), "The shares make 110.5%: that is 10.5% too much."),
        (("20", "", "80"), "Write a share; 0 for none."),
        (("20", "33.333", "46.667"), "Two decimals at most."),
    ):
        answer = staff_visitor.submit(f"{HERE}/edit", shares(*entered))
        assert answer.status_code == 422
        assert said in Page(answer).text
        assert 'value="20"' in answer.text
    assert balance(bench) == "equal"


def test_what_shares_mean_is_shown_and_nothing_is_saved(bench: Bench, staff_visitor: Visitor) -> None:
    members(bench, *["PE"] * 12, *["MX"] * 7, "JM")
    draft(bench)
    answer = staff_visitor.submit(f"{HERE}/edit", {**shares("50", "20", "30"), "show": "1"})
    page = Page(answer)
    assert answer.status_code == 200
    # Of 20 votes one may be worth three twentieths: half of the whole takes four.
    assert "Caribbean: its share of 50% takes 4 votes." in page.text
    assert "Even if all that may vote do, it has 1 vote and gets" in page.text
    assert 'value="50"' in answer.text
    assert balance(bench) == "equal"


def test_a_round_does_not_open_while_a_group_has_no_share(bench: Bench, staff_visitor: Visitor) -> None:
    members(bench)
    draft(bench)
    assert staff_visitor.submit(f"{HERE}/edit", shares("20", "30", "50")).status_code == 303
    with bench.work(COMMAND, moment()) as work:
        command = rounds.command_of(rounds.round_overview(work, KEY))
        command.rules["balance"] = {"subregion": {"mesoamerica": 0.5, "south_america": 0.5}}
        rounds.edit_round(work, KEY, command)
        build_organisation(work.session, "Red del Caribe", country="BB", email="b@example.org")
    with bench.work(COMMAND, moment()) as work:
        (refused,) = opening.opening_report(work, KEY, foresee=True).refusals
    assert refused.code == "opening.without_share"
    assert "Caribbean" in Page(staff_visitor.get(f"{HERE}/open")).text
