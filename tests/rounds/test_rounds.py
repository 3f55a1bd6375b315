"""A round as a draft and through its moves: what is refused, what is kept, what may follow what."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.core.rounds import State, allows
from consulta.desk import opening
from consulta.panel import nominees
from consulta.panel.nominees_import import IMPORTER
from consulta.platform.models import LogEntry, Round
from consulta.platform.work import ANONYMOUS, Actor, Bench
from consulta.rounds import history, themes
from consulta.rounds import service as rounds
from tests.cases import for_each
from tests.drafts import (
    KEY,
    NOW,
    do,
    join_members,
    make_draft,
    make_open,
    nominee_command,
    reading,
    refuses,
    round_command,
    theme_command,
    writing,
)
from tests.factories import build_round
from tests.texts import both

if TYPE_CHECKING:
    from collections.abc import Callable

    from consulta.platform.work import Work

AFTER = datetime(2027, 3, 5, 22, 1, tzinfo=UTC)


def row(bench: Bench, key: str = KEY) -> Round:
    with reading(bench) as work:
        found = work.session.scalars(select(Round).where(Round.key == key)).one()
        work.session.expunge(found)
        return found


def test_a_draft_is_kept_with_the_rules_that_usually_suit(bench: Bench) -> None:
    with writing(bench) as work:
        assert rounds.create_round(work, round_command()) == KEY
    kept = row(bench)
    assert kept.state == "draft"
    assert kept.secrecy == "aggregate"
    assert kept.rules["balance"] == {"subregion": "equal", "sector": "sqrt"}
    assert kept.rules["max_ranks"] == 5
    assert "panel" not in kept.rules
    assert kept.panel_rules["size"] == 8
    assert kept.closes_at == datetime(2027, 3, 5, 22, 0, tzinfo=UTC)
    with reading(bench) as work:
        (line,) = rounds.list_rounds(work)
    assert (line.key, line.themes, line.step) == (KEY, 0, "themes")


IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"key": ""}, "round.key"),
    ({"key": "Consulta 1"}, "round.key"),
    ({"key": "-1"}, "round.key"),
    ({"key": "a" * 33}, "round.key"),
    ({"key": "2027/1"}, "round.key"),
    ({"title": both("  ", "Only English")}, "round.title"),
    ({"closes_local": "mañana"}, "deadline.form"),
    ({"closes_local": "2027-02-30T17:00"}, "deadline.form"),
    ({"zone": "Europe/Madrid"}, "deadline.zone"),
    ({"closes_local": "2026-12-31T17:00"}, "deadline.past"),
    ({"closes_local": "2027-09-05T00:30", "zone": "America/Santiago"}, "deadline.gap"),
    ({"rules": {"weight_bounds": [1.5, 4]}}, "rules.bounds"),
    ({"rules": {"weight_bounds": [0, 4]}}, "rules.bounds"),
    ({"rules": {"weight_bounds": [0.5, 0.9]}}, "rules.bounds"),
    ({"rules": {"max_ranks": 0}}, "rules.range"),
    ({"rules": {"objective_share": 1001}}, "rules.range"),
    ({"rules": {"topics": 0}}, "rules.range"),
    ({"rules": {"method": "borda"}}, "bundle.json"),
    ({"rules": {"balance": {"sector": {"ngo": 0.5}}}}, "rules.targets"),
    ({"rules": {"balance": {"gender": "equal"}}}, "rules.dimension"),
    ({"rules": {"spread": {"language": 500}}}, "rules.dimension"),
    ({"rules": {"maximum": 3}}, "bundle.json"),
]


def test_a_draft_that_cannot_be_is_refused_and_leaves_everything_as_it_was(bench: Bench) -> None:
    for values, code in IMPOSSIBLE:
        refuses(bench, code, rounds.create_round, round_command(**values))
    make_draft(bench)
    before = row(bench)
    for values, code in IMPOSSIBLE:
        refuses(bench, code, rounds.edit_round, KEY, round_command(**values))
        after = row(bench)
        assert (after.rules, after.title, after.closes_at) == (before.rules, before.title, before.closes_at)


def test_two_rounds_with_one_key_are_refused(bench: Bench) -> None:
    make_draft(bench)
    refuses(bench, "round.duplicate", rounds.create_round, round_command())
    make_draft(bench, 0, key="2027-2")
    refuses(bench, "round.duplicate", rounds.edit_round, "2027-2", round_command(key=KEY))


def test_texts_are_kept_composed_and_without_hidden_signs(bench: Bench) -> None:
    do(
        bench,
        rounds.create_round,
        round_command(
            title=both("Migracio\u0301n\u202e \x00 y\ttr\u00e1nsito", "M"),
            question=both("Uno.\r\n\r\n\r\n\r\nDos.", "One."),
        ),
    )
    kept = row(bench)
    assert kept.title["es"] == "Migración y tránsito"
    assert kept.question["es"] == "Uno.\n\nDos."


def test_the_same_hour_shown_twice_is_the_earlier_one(bench: Bench) -> None:
    make_draft(bench, closes_local="2027-11-07T00:30", zone="America/Havana")
    assert row(bench).closes_at == datetime(2027, 11, 7, 4, 30, tzinfo=UTC)
    with reading(bench) as work:
        codes = {problem.code for problem in opening.opening_report(work, KEY).warnings}
    assert "deadline.twice" in codes


# -- frozen


CHANGES: dict[str, Callable[[Work], object]] = {
    "key": lambda work: rounds.edit_round(work, KEY, round_command(key="other")),
    "title": lambda work: rounds.edit_round(work, KEY, round_command(title=both("Otro", "Other"))),
    "question": lambda work: rounds.edit_round(work, KEY, round_command(question=both("¿?", "?"))),
    "deadline": lambda work: rounds.edit_round(work, KEY, round_command(closes_local="2027-04-05T17:00")),
    "zone": lambda work: rounds.edit_round(work, KEY, round_command(zone="America/Lima")),
    **{
        name: lambda work, rule={name: value}: rounds.edit_round(work, KEY, round_command(rules=rule))
        for name, value in {
            "max_ranks": 3,
            "max_objectives": 1,
            "max_endorsements": 1,
            "balance": {},
            "weight_bounds": [0.5, 2],
            "method": "schulze",
            "objective_share": 0,
            "spread": {},
            "topics": 2,
        }.items()
    },
    "a new theme": lambda work: themes.save_theme(work, KEY, theme_command(9)),
    "a theme": lambda work: themes.save_theme(work, KEY, theme_command(9), "tema_numero_1"),
    "no theme": lambda work: themes.delete_theme(work, KEY, "tema_numero_1"),
    "order": lambda work: themes.move_theme(work, KEY, "tema_numero_1", 1),
    "proposed themes": lambda work: themes.add_proposed_themes(work, KEY),
    "a nominee": lambda work: nominees.save_nominee(work, KEY, nominee_command(name="Otra"), "n01"),
    "no nominee": lambda work: nominees.delete_nominee(work, KEY, "n01"),
    "a file": lambda work: IMPORTER.keep(
        work, "n.csv", b"Name,Organisation,Role,Country,Sector\nA,B,mechanism,PE,ngo\n", KEY
    ),
}


def test_nothing_frozen_can_be_changed_after_the_opening(bench: Bench) -> None:
    join_members(bench, "PE", "MX")
    make_draft(bench)
    with writing(bench) as work:
        nominees.save_nominee(work, KEY, nominee_command())
        opening.open_round(work, KEY)
    before = package(bench)
    for change, act in CHANGES.items():
        refuses(bench, "round.frozen", act)
        assert package(bench) == before, change


def package(bench: Bench) -> tuple[Any, ...]:
    with reading(bench) as work:
        found = work.session.scalars(select(Round)).one()
        return (
            {each.key: getattr(found, each.key) for each in Round.__mapper__.column_attrs},
            [(theme.key, theme.position, theme.title["es"]) for theme in found.themes],
            [(nominee.key, nominee.name) for nominee in found.nominees],
        )


# -- moves


def test_every_move_that_is_not_allowed_is_refused(bench: Bench) -> None:
    join_members(bench, "PE")
    moves = {
        State.OPEN: opening.open_round,
        State.CLOSED: lambda work, key: rounds.close_round(work, key, "porque sí"),
        State.CANCELLED: lambda work, key: rounds.cancel_round(work, key, "porque sí"),
    }
    for now in State:
        for wanted, act in moves.items():
            key = f"{now.value}-{wanted.value}"
            with writing(bench) as work:
                build_round(
                    work.session,
                    key,
                    state=now.value,
                    question=both("¿?", "?"),
                    closes_at=AFTER,
                    closes_local="2027-03-05T17:01",
                )
            if allows(now, wanted):
                do(bench, act, key)
                assert row(bench, key).state == wanted.value
            else:
                said = r"round\.already" if now is wanted else r"round\.move"
                with pytest.raises(Problem, match=said), writing(bench) as work:
                    act(work, key)
                assert row(bench, key).state == now.value


def test_closing_before_the_deadline_needs_a_reason_and_afterwards_none(bench: Bench) -> None:
    make_open(bench)
    for reason in ("", "  \n "):
        refuses(bench, "round.reason", rounds.close_round, KEY, reason)
    assert row(bench).state == "open"
    with writing(bench, AFTER) as work:
        rounds.close_round(work, KEY)
    closed = row(bench)
    assert (closed.state, closed.closed_at) == ("closed", AFTER)


def test_a_reason_is_kept_in_the_log(bench: Bench) -> None:
    make_open(bench)
    do(bench, rounds.close_round, KEY, "Se retiró  el tema.")
    with reading(bench) as work:
        newest = history.round_log(work, KEY).rows[0]
    assert newest.action == "rounds.closed"
    told = {name: newest.details[name] for name in ("ballots", "closes_at", "reason")}
    assert told == {"ballots": 0, "closes_at": "2027-03-05T22:00:00Z", "reason": "Se retiró el tema."}


def test_cancelling_needs_a_reason(bench: Bench) -> None:
    make_draft(bench)
    refuses(bench, "round.reason", rounds.cancel_round, KEY, " ")
    assert row(bench).state == "draft"
    do(bench, rounds.cancel_round, KEY, "Fue una prueba.")
    assert row(bench).state == "cancelled"


@for_each(
    "act",
    [
        lambda work: rounds.round_overview(work, "none"),
        lambda work: rounds.edit_round(work, "none", round_command()),
        lambda work: rounds.close_round(work, "none"),
        lambda work: rounds.cancel_round(work, "none", "x"),
        lambda work: opening.open_round(work, "none"),
        lambda work: opening.opening_report(work, "none"),
        lambda work: themes.list_themes(work, "none"),
        lambda work: history.round_log(work, "none"),
    ],
)
def test_a_round_that_does_not_exist_is_said_to_be_unknown(bench: Bench, act: Any) -> None:
    refuses(bench, "round.unknown", act)


def test_only_staff_may_do_any_of_it(bench: Bench) -> None:
    make_draft(bench)
    for actor in (ANONYMOUS, Actor("voter", 1, seat_id=1)):
        for act in (
            lambda work: rounds.create_round(work, round_command(key="x")),
            rounds.list_rounds,
            lambda work: opening.open_round(work, KEY),
            lambda work: rounds.close_round(work, KEY),
            lambda work: rounds.cancel_round(work, KEY, "x"),
            lambda work: themes.save_theme(work, KEY, theme_command()),
            lambda work: nominees.save_nominee(work, KEY, nominee_command()),
            lambda work: history.round_log(work, KEY),
        ):
            with pytest.raises(Problem, match=r"access\.denied"), bench.work(actor, NOW) as work:
                act(work)


def test_the_next_thing_to_do_follows_the_round(either: Bench) -> None:
    def step(now: datetime = NOW) -> str:
        with reading(either, now) as work:
            return rounds.round_line(work, KEY).step

    join_members(either, "PE", "MX")
    make_draft(either, 1)
    assert step() == "themes"
    with writing(either) as work:
        for number in range(2, 7):
            themes.save_theme(work, KEY, theme_command(number))
        nominees.save_nominee(work, KEY, nominee_command())
    assert step() == "open"
    do(either, opening.open_round, KEY)
    assert step() == "remind"  # none is planned
    assert step(AFTER) == "close"
    with writing(either, AFTER) as work:
        rounds.close_round(work, KEY)
    assert step(AFTER) == "count"
    do(either, rounds.cancel_round, KEY, "Fue una prueba.")
    assert step() == "none"


@pytest.mark.parametrize("act", ["open", "close"])
def test_of_two_at_once_one_moves_the_round(either: Bench, act: str) -> None:
    join_members(either, "PE", "MX")
    make_draft(either)
    if act == "close":
        do(either, opening.open_round, KEY)
    start, outcomes = threading.Barrier(4), []

    def run() -> None:
        start.wait()
        try:
            with writing(either, NOW + timedelta(days=1)) as work:
                if act == "open":
                    opening.open_round(work, KEY)
                else:
                    rounds.close_round(work, KEY, "a la vez")
            outcomes.append("done")
        except Problem as problem:
            outcomes.append(problem.code)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", *["round.already"] * 3]


def test_the_log_names_who_did_what(bench: Bench) -> None:
    make_open(bench)
    with reading(bench) as work:
        entries = history.round_log(work, KEY).rows
        raw = {entry.action: entry.details for entry in work.session.scalars(select(LogEntry))}
    assert [entry.action for entry in entries][:3] == ["links.issued", "rounds.opened", "rounds.committed"]
    assert entries[-1].action == "rounds.created"
    assert {entry.role for entry in entries} == {"command"}
    # The promise of the secret stands in the log before the opening, and the secret nowhere in it.
    committed = json.loads(raw["rounds.committed"])
    assert committed == {"commitment": row(bench).commitment}
    secret = row(bench).secret
    assert secret is not None
    assert not any(secret in details for details in raw.values())
