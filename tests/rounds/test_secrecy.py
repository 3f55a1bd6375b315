"""The modes of secrecy: what each publishes, field by field, and that an opening freezes it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest
from sqlalchemy import select
from sqlalchemy.orm import undefer

from consulta.core.texts import Text
from consulta.core.values import PanelRules
from consulta.desk import opening
from consulta.panel import service as panels
from consulta.platform.models import Ballot, CurrentBallot, Document, Nominee, Organisation, Round, Seat
from consulta.platform.work import ANONYMOUS
from consulta.results import service as results
from consulta.rounds import public_rounds
from consulta.rounds import service as rounds
from consulta.rounds.secrecy import MODES, WHAT_IS_PUBLIC, Field, what_is_public
from tests.cases import for_each
from tests.drafts import KEY, NOW, do, join_members, make_draft, make_open, reading, refuses, writing
from tests.drafts import round_command as command
from tests.factories import build_nominee, moment

if TYPE_CHECKING:
    from consulta.platform.work import Bench

EVERYBODY = {
    "question",
    "topics",
    "turnout",
    "order_effect",
    "panel",
    "scrutineers",
    "heads",
    "bundle_sha256",
    "seed",
    "roll",
}
TOTALS = {"public_figures"}
BALLOTS = {
    "receipt_codes",
    "result",
    "weights",
    "participation",
    "bundle",
    "receipt_ballots",
    "panel_support",
    "log",
}
NAMES = {"seats", "package"}


def test_what_is_public_is_said_field_by_field() -> None:
    assert {mode: set(what_is_public(mode)) for mode in MODES} == {
        "aggregate": EVERYBODY | TOTALS,
        "pseudonymous": EVERYBODY | BALLOTS,
        "open": EVERYBODY | BALLOTS | NAMES,
    }


def test_the_table_has_every_mode_and_every_field() -> None:
    assert set(WHAT_IS_PUBLIC) == set(MODES)
    assert set(get_args(Field)) == EVERYBODY | TOTALS | BALLOTS | NAMES


def found(bench: Bench) -> Round:
    with reading(bench) as work:
        row = work.session.scalars(select(Round).options(undefer(Round.frozen))).one()
        work.session.expunge(row)
        return row


@for_each("mode", MODES, fresh=True)
def test_a_draft_takes_any_mode_and_the_opening_freezes_it(bench: Bench, mode: Any) -> None:
    join_members(bench, "PE", "MX")
    make_draft(bench)
    with writing(bench) as work:
        rounds.edit_round(work, KEY, command(secrecy=mode))
        opening.open_round(work, KEY)
    kept = found(bench)
    assert kept.secrecy == mode
    assert json.loads(kept.frozen or "")["round"]["secrecy"] == mode
    for other in MODES:
        refuses(bench, "round.frozen", rounds.edit_round, KEY, command(secrecy=other))
    assert (found(bench).secrecy, found(bench).frozen_sha256) == (mode, kept.frozen_sha256)


def test_a_draft_refuses_a_mode_that_is_none(bench: Bench) -> None:
    refuses(bench, "round.secrecy", rounds.create_round, command(secrecy="secret"))


def test_the_public_reads_the_mode_before_anybody_votes(bench: Bench) -> None:
    make_open(bench, secrecy="pseudonymous")
    with bench.read(ANONYMOUS, NOW) as work:
        assert public_rounds.round_page(work, KEY).secrecy == "pseudonymous"


def test_what_is_frozen_has_no_gender(bench: Bench) -> None:
    """Its fingerprint is public: a person who knows all the rest could try what little is left."""
    join_members(bench, "PE")
    make_draft(bench)
    with writing(bench) as work:
        build_nominee(
            work.session,
            work.session.scalars(select(Round)).one(),
            gender="non_binary",
        )
        opening.open_round(work, KEY)
    assert "non_binary" not in (found(bench).frozen or "")


# -- what the counted bundle calls a seat


def vote(bench: Bench, *seats: str) -> None:
    """A ballot of each of these seats; then the round is closed."""
    with writing(bench) as work:
        for number, seat in enumerate(work.session.scalars(select(Seat).where(Seat.key.in_(seats))), start=1):
            ballot = Ballot(
                round_id=seat.round_id,
                seat_id=seat.id,
                version=1,
                ranking=[["tema_numero_1"]],
                objectives=[1],
                endorsements=[],
                shown=[],
                content_sha256=f"c{number}",
                idempotency_key=f"k{number}",
                receipt=f"R-{number}",
                head="h",
                cast_at=NOW,
            )
            work.session.add(ballot)
            work.session.flush()
            work.session.add(CurrentBallot(seat_id=seat.id, ballot_id=ballot.id))
        rounds.close_round(work, KEY, "enough")


def bundle_of(bench: Bench) -> tuple[list[str], list[str], dict[str, str]]:
    """The seats and the ballots of the bundle in their order, and pseudonym by key."""
    with reading(bench) as work:
        bundle = results.assemble(work, KEY)
        named = {seat.key: seat.pseudonym for seat in work.session.scalars(select(Seat))}
    return [seat.seat for seat in bundle.seats], [ballot.seat for ballot in bundle.ballots], named


@pytest.mark.parametrize("mode", ["pseudonymous", "aggregate"])
def test_the_bundle_calls_seats_by_lot_and_orders_them_by_it(bench: Bench, mode: str) -> None:
    make_open(bench, *["PE"] * 12, secrecy=mode)
    vote(bench, "s002", "s005", "s009")
    seats, ballots, named = bundle_of(bench)
    assert seats == sorted(named.values())
    assert ballots == sorted(named[key] for key in ("s002", "s005", "s009"))
    assert not set(named) & set(named.values())
    assert seats != [named[key] for key in sorted(named)], "one in 479 million"


def test_pseudonyms_are_drawn_anew_for_each_round(bench: Bench) -> None:
    make_open(bench)
    make_draft(bench, key="2027-2")
    do(bench, opening.open_round, "2027-2")
    with reading(bench) as work:
        every = work.session.scalars(select(Seat.pseudonym)).all()
    assert len(every) == len(set(every)) == 6


def test_an_open_bundle_calls_seats_by_their_keys(bench: Bench) -> None:
    make_open(bench, secrecy="open")
    vote(bench, "s001")
    seats, ballots, _ = bundle_of(bench)
    assert seats == ["s001", "s002", "s003"]
    assert ballots == ["s001"]


def test_the_counted_bundle_has_no_gender_and_only_nominees_that_were_on_the_ballot(bench: Bench) -> None:
    make_open(bench)
    with writing(bench) as work:
        a_round = work.session.scalars(select(Round)).one()
        build_nominee(work.session, a_round, "n01", gender="woman", email="n@example.org")
    vote(bench, "s001")
    with reading(bench) as work:
        (nominee,) = results.assemble(work, KEY).nominees
        assert set(nominee.categories) == {"subregion", "sector"}
        (row,) = work.session.scalars(select(Nominee))
        assert row.gender == "woman"
    with writing(bench, moment()) as work:
        a_round = work.session.scalars(select(Round)).one()
        a_round.rules = {**a_round.rules, "max_endorsements": 0}
    with reading(bench) as work:
        assert results.assemble(work, KEY).nominees == ()


def test_the_digest_of_a_panel_cannot_be_tried(bench: Bench) -> None:
    """The same panel of the same people, chosen twice: its digest is public, their gender is not."""
    make_open(bench, "PE", "MX", "JM")
    with writing(bench) as work:
        a_round = work.session.scalars(select(Round)).one()
        for number, role in enumerate(("gov_national", "mechanism", "mechanism"), start=1):
            build_nominee(work.session, a_round, f"n{number:02d}", role=role, country="PE")
    vote(bench, "s001")
    chosen = PanelRules(size=2, roles={"gov_national": (1, 1), "mechanism": (1, 1)})
    with writing(bench) as work:
        results.count(work, KEY)
        for _ in range(2):
            assert panels.choose(work, KEY, chosen)
        kept = work.session.scalars(select(Document).where(Document.kind == "panel")).all()
    first, second = (json.loads(document.content) for document in kept)
    assert first.pop("salt") != second.pop("salt")
    assert first == second
    assert kept[0].sha256 != kept[1].sha256


# -- before the opening of a pseudonymous round


def test_small_groups_are_named_to_whoever_opens_a_pseudonymous_round(bench: Bench) -> None:
    join_members(bench, "PE", "PE", "PE", "MX", "JM", "JM")
    make_draft(bench)
    for mode, told in (("aggregate", False), ("open", False), ("pseudonymous", True)):
        do(bench, rounds.edit_round, KEY, command(secrecy=mode))
        with reading(bench) as work:
            warnings = {w.code: w for w in opening.opening_report(work, KEY, 3).warnings}
        assert ("opening.small_groups" in warnings) == told
    problem = warnings["opening.small_groups"]
    assert (problem.params["count"], problem.params["seats"], problem.params["least"]) == (2, 3, 3)
    names = problem.params["names"]
    assert isinstance(names, Text)
    assert "Caribbean" in names["en"]
    assert "Mesoamerica" in names["en"]
    assert "South America" not in names["en"]


def test_whoever_counts_for_more_than_its_like_can_be_recognised(bench: Bench) -> None:
    """Every seat's base is public with its ballot: one of many, if it alone has that base, is one alone."""
    join_members(bench, *["PE"] * 6)
    with writing(bench) as work:
        work.session.scalars(select(Organisation).order_by(Organisation.id)).first().base = 3
    make_draft(bench, secrecy="pseudonymous")
    with reading(bench) as work:
        warnings = {w.code: w for w in opening.opening_report(work, KEY).warnings}
    problem = warnings["opening.small_groups"]
    assert (problem.params["count"], problem.params["seats"]) == (1, 1)
    assert problem.params["names"]["es"].endswith("valor base 3")
    assert problem.params["names"]["en"].endswith("base 3")


def test_where_nothing_is_joined_the_groups_of_a_country_are_named(bench: Bench) -> None:
    join_members(bench, "PE", "PE", "PE", "CO", "JM", "JM")
    make_draft(bench, secrecy="pseudonymous")
    with reading(bench) as work:
        warnings = {w.code: w for w in opening.opening_report(work, KEY, 1).warnings}
    problem = warnings["opening.small_cells"]
    assert (problem.params["count"], problem.params["seats"]) == (2, 3)
    assert "Jamaica" in problem.params["names"]["en"]
    assert "base" not in problem.params["names"]["en"], "said only of a base above 1"
    assert "Peru" not in problem.params["names"]["en"]


def test_the_documentation_has_the_same_table() -> None:
    text = (Path(__file__).parents[2] / "docs" / "methods" / "secrecy.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (yes|no) \| (yes|no) \| (yes|no) \|$", text, re.MULTILINE)
    told = {field: marks for field, *marks in rows}
    assert set(told) == set(get_args(Field))
    for field, marks in told.items():
        assert marks == ["yes" if field in what_is_public(mode) else "no" for mode in MODES], field
