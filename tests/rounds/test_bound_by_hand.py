"""What the log's rows bind, worked out by hand: digests, names of faults, late registrations, proofs."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from consulta.core.texts import Text
from consulta.core.trust import record
from consulta.platform.models import LogEntry, Seat
from consulta.results import checks
from consulta.rounds import acts, binding, frozen, heads, registered, roll
from consulta.rounds.ballots import BallotRow
from tests.rounds.test_frozen import a_round, seats

AT = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
SECRET = "5a" * 32


class _NoDatabase:
    """There is none here: what `binding` asks is given by each test."""

    def __getattr__(self, name: str) -> Any:
        """Say where a new query has to be given."""
        pytest.fail(
            f"rounds/binding.py asks the database ({name}) for what tests/rounds/test_bound_by_hand.py"
            " does not give: patch the function that asks, in the test that failed"
        )


WORK: Any = SimpleNamespace(session=_NoDatabase())


def keyed(label: str, content: bytes) -> str:
    return record.sealed(bytes.fromhex(SECRET), label, record.digest(content))


def entry(details: dict[str, Any], **values: Any) -> LogEntry:
    return LogEntry(at="2027-03-01T12:00:00.000000Z", details=json.dumps(details), **values)


def test_the_opening_binds_texts_roll_and_nominees() -> None:
    found = a_round(secret=SECRET, roll_shown="public", frozen='{"format":"x","rules":{}}')
    assert binding.at_opening(found, seats()) == {
        "roll": "public",
        "members_sha256": record.digest(roll.file(found, seats())),
        "texts_sha256": record.digest(b'{"format":"consulta-opening/1","rules":{}}'),
        "nominees": binding.nominees(found),
    }


def test_each_field_of_the_nominees_on_the_ballot_is_bound_with_their_keys() -> None:
    found = a_round(secret=SECRET)
    assert binding.nominees(found) == {
        "name": keyed("nominees.name", b'[["n1","Persona n1"]]'),
        "organisation": keyed("nominees.organisation", b'[["n1","Red"]]'),
        "role": keyed("nominees.role", b'[["n1","mechanism"]]'),
        "country": keyed("nominees.country", b'[["n1","PE"]]'),
        "categories": keyed("nominees.categories", b'[["n1",{"sector":"ngo","subregion":"south_america"}]]'),
        "topics": keyed("nominees.topics", b'[["n1",["water"]]]'),
        "recent": keyed("nominees.recent", b'[["n1",1]]'),
        "support": keyed("nominees.support", b'[["n1",null]]'),
    }
    found.endorsements_apart = True
    assert binding.nominees(found)["name"] == keyed("nominees.name", b"[]")


def test_ballots_are_bound_whole_and_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    rows = [
        BallotRow("a", '[["water"], ["work"]]', "[1]", "[]"),
        BallotRow("ñ", '[["work"]]', "[]", '["n1"]'),
    ]

    def stored(_session: object, _round: int, *, at_closing: bool) -> list[BallotRow]:
        asked.append(at_closing)
        return rows

    monkeypatch.setattr(binding.ballots_acts, "current_ballots", stored)
    found = a_round(secret=SECRET)
    whole = (
        '[{"endorsements":[],"objectives":[1],"ranking":[["water"],["work"]],"seat":"a"},'
        '{"endorsements":["n1"],"objectives":[],"ranking":[["work"]],"seat":"ñ"}]'
    )
    assert binding.ballots(WORK, found) == {
        "ballots": keyed("ballots", whole.encode()),
        "ranking": keyed("ranking", '[["a",[["water"],["work"]]],["ñ",[["work"]]]]'.encode()),
        "objectives": keyed("objectives", '[["a",[1]],["ñ",[]]]'.encode()),
        "endorsements": keyed("endorsements", '[["a",[]],["ñ",["n1"]]]'.encode()),
    }
    rows.clear()
    assert binding.ballots(WORK, found)["ballots"] == keyed("ballots", b"[]")
    assert asked == [True, True]


def test_rows_of_votes_are_bound_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [SimpleNamespace(seq=seq, outside={"receipt": seq}) for seq in (4, 9)]
    monkeypatch.setattr(binding.ballots_acts, "cast_rows", lambda _session, _round: rows)
    monkeypatch.setattr(binding.chain, "row_of", lambda row: SimpleNamespace(hidden_sha256=f"h{row.seq}"))
    found = a_round(secret=SECRET)
    told = keyed("votes", b'[[4,"h4",{"receipt":4}],[9,"h9",{"receipt":9}]]')
    assert binding._votes(WORK, found) == told
    rows.clear()
    assert binding._votes(WORK, found) == keyed("votes", b"[]")


def test_receipts_and_abstentions_are_bound_with_their_seals(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    cast = [(None, SimpleNamespace(receipt=code)) for code in ("ABCD", "EFGH")]

    def counted(_session: object, _round: int, *, at_closing: bool) -> object:
        asked.append(at_closing)
        return cast

    monkeypatch.setattr(binding.ballots_acts, "seal_of", lambda ballot: f"seal-{ballot.receipt}")
    monkeypatch.setattr(binding.ballots_acts, "counted", counted)
    monkeypatch.setattr(binding.ballots_acts, "abstentions", lambda _session, _round: cast[:1])
    found = a_round(secret=SECRET)
    assert binding.receipts_digest(WORK, found) == record.digest(b"ABCD seal-ABCD\nEFGH seal-EFGH\n")
    binding.receipts_digest(WORK, found, at_closing=True)
    assert asked == [False, True]
    assert binding._abstentions(WORK, found) == {"abstentions": keyed("abstentions", b"ABCD seal-ABCD\n")}
    monkeypatch.setattr(binding.ballots_acts, "abstentions", lambda _session, _round: [])
    assert binding._abstentions(WORK, found) == {}


def test_the_roll_as_the_bundle_joins_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found = a_round()
    found.seats = seats()
    assert binding._joined_roll(WORK, found) == {}
    found.joined_below = 5
    code = {binding._group(frozen.roll_of(found.seats)[0]): "XB"}
    monkeypatch.setattr(
        binding.ballots_acts, "codes_of", lambda _work, _found, *, at_closing: at_closing and code
    )
    one, other = (each.categories for each in (found.seats[1], found.seats[0]))
    told = [
        {"seat": "a", "country": "XB", "categories": one, "base": 1},
        {"seat": "b", "country": "PE", "categories": other, "base": 3},
    ]
    assert binding._joined_roll(WORK, found) == {"seats_sha256": record.digest(record.canonical(told))}


def test_the_closing_binds_all_that_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """With how many seats are there and how many were withdrawn."""
    found = a_round(secret=SECRET, frozen="{}", roll_shown="public")
    found.seats = seats()
    numbers = SimpleNamespace(ballots=3, replaced=2, assisted=1, late=1)
    counted = lambda *_given, at_closing: at_closing and numbers  # noqa: E731
    monkeypatch.setattr(binding.ballots_acts, "archive_numbers", counted)
    monkeypatch.setattr(binding.electorate, "at_closing", lambda *_given: {"young": 1})
    monkeypatch.setattr(binding.ballots_acts, "marked_at_closing", lambda *_given: [])
    for name in ("ballots", "_abstentions"):
        monkeypatch.setattr(binding, name, lambda *_given, told=name: {told: "there"})
    monkeypatch.setattr(binding, "_votes", lambda *_given: "v")
    monkeypatch.setattr(binding, "receipts_digest", lambda *_given, at_closing: "d" if at_closing else "")
    told = binding.at_closing(WORK, found)
    assert {name: told[name] for name in told if name != "bound"} == {
        "cast": 5,
        "replaced": 2,
        "assisted": 1,
        "late": 1,
        "seats": 2,
        "electorate": {"young": 1},
    }
    assert told["bound"] == {
        **frozen.digests(found, found.seats),
        "members_sha256": record.digest(roll.file(found, found.seats)),
        "texts_sha256": record.digest(frozen.texts(found)),
        "nominees": binding.nominees(found),
        "ballots": "there",
        "receipts": record.sealed(bytes.fromhex(SECRET), "receipts", "d"),
        "_abstentions": "there",
        "earlier": [],
        "votes": "v",
    }
    found.roll_shown, found.seats[0].withdrawn_at = "members", AT
    told = binding.at_closing(WORK, found)
    assert told["withdrawn"] == 1
    assert told["bound"]["members_sha256"] == record.digest(roll.file(found, found.seats))


def test_what_a_row_told_and_is_not_so_now_has_a_name() -> None:
    told = {"seats": 2, "bound": {"roll": "a", "nominees": {"name": "b", "role": "c"}}}
    assert binding.faults(told, told) == []
    now = {"seats": 3, "bound": {"roll": "a", "nominees": {"name": "other", "role": "c"}}}
    assert binding.faults(told, now) == ["seats", "bound.nominees.name"]
    assert binding.faults(told, {"seats": 2}) == ["bound.roll", "bound.nominees.name", "bound.nominees.role"]


def test_a_late_registration_changes_what_the_log_says_of_the_roll() -> None:
    found = a_round(frozen=json.dumps({"salt": "00"}), joined_below=5)
    digests = frozen.digests(found, seats())
    assert binding.at_registration(found, seats()) == {
        "seats": 2,
        "roll_sha256": digests["roll_sha256"],
        "roll_exact": digests["roll_exact"],
        "members_sha256": record.digest(roll.file(found, seats())),
    }


# -- late registrations


def late(position: int, *, at: datetime | None = AT) -> Seat:
    return Seat(
        key=f"s{position}",
        position=position,
        name="Red",
        country="PE",
        categories={},
        base=1,
        registered_at=at,
        pseudonym="",
    )


def test_late_registrations_as_the_log_tells_them(monkeypatch: pytest.MonkeyPatch) -> None:
    came = [
        entry({"number": n, "reason": f"r{n}", "head": "h", "seat_sha256": "s", "seats": 9}) for n in (1, 2)
    ]
    went = [entry({"number": 2, "reason": "gone"})]
    there = {acts.REGISTERED: came, acts.WITHDRAWN: went}
    monkeypatch.setattr(acts.ballots_acts, "acts", lambda _session, _subject, action: there[action])
    said = [(Text({"es": "Faltaba"}), None), (Text({"es": "También"}), Text({"es": "Se fue"}))]
    monkeypatch.setattr(registered, "reasons", lambda _session, _round: said)
    monkeypatch.setattr(acts.ballots_acts, "last_act", lambda _session, _subject, action: there[action][-1])
    found: Any = SimpleNamespace(id=7, seats=[late(1, at=None), late(4), late(3)])
    assert acts.rows(WORK, found, acts.REGISTERED) == came
    assert [registered.number_of(found, seat) for seat in found.seats[1:]] == [2, 1]
    assert registered.at_opening(found.seats) == found.seats[:1]
    assert checks._roll_told(WORK, found) == {"seats": 9}
    one, two = registered.registered_of(WORK, found)
    assert (one.number, one.at, one.reason.into("es"), one.withdrawn_at) == (1, AT, "Faltaba", None)
    assert (two.number, two.reason.into("es"), two.withdrawn_at) == (2, "También", AT)
    assert two.withdrawal is not None
    assert two.withdrawal.into("es") == "Se fue"
    rows = [{"at": came[0].at, **json.loads(row.details)} for row in came]
    gone = [{"at": went[0].at, "number": 2, "reason": "gone"}]
    whole = {"format": "consulta-registered/1", "registered": rows, "withdrawn": gone}
    assert registered.file_of(WORK, found, names=False) == whole
    named = registered.file_of(WORK, found, names=True)
    assert named["registered"] == [
        rows[0] | {"seat": frozen.entry(found.seats[2])},
        rows[1] | {"seat": frozen.entry(found.seats[1])},
    ]
    went.clear()
    assert registered.file_of(WORK, found, names=False) == {
        "format": "consulta-registered/1",
        "registered": rows,
        "withdrawn": [],
    }


# -- the proof that a row is in the log


def test_the_row_of_a_vote_is_proved_by_what_stands_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    stored, outside = SimpleNamespace(previous="p", digest="d"), {"receipt": "ABCD"}
    row = SimpleNamespace(seq=3, hidden_sha256="h", outside=outside)
    monkeypatch.setattr(heads.checkpoints, "row", lambda _session, seq: stored if seq == 3 else None)
    monkeypatch.setattr(heads.chain, "row_of", lambda _entry: row)
    shown = {"seq": 3, "previous": "p", "digest": "d", "hidden_sha256": "h", "outside": outside}
    assert heads._row(WORK, 3) == record.canonical(shown)


def test_a_proof_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = SimpleNamespace(size=8, at=AT)
    monkeypatch.setattr(heads.heads, "after_vote", lambda _session, ballot: SimpleNamespace(size=3 * ballot))
    monkeypatch.setattr(heads.checkpoints, "covering", lambda _session, seq: checkpoint if seq == 3 else None)
    monkeypatch.setattr(heads.checkpoints, "whole_note", lambda _session, _checkpoint: "note")
    monkeypatch.setattr(
        heads.checkpoints, "holders", lambda _session, _seq: [SimpleNamespace(organisation="R")]
    )
    monkeypatch.setattr(heads.heads, "root_over", lambda _session: "roots")
    monkeypatch.setattr(heads.proofs, "inclusion", lambda index, size, _roots: [bytes([index, size])])
    monkeypatch.setattr(heads, "_row", lambda _work, _seq: b"row")
    monkeypatch.setattr(heads.heads, "are_public", lambda _session: True)
    assert heads.comes(WORK) is True
    ballot, other = SimpleNamespace(id=1), SimpleNamespace(id=2)
    coded = [base64.b64encode(each).decode() for each in (b"row", b"\x02\x08")]
    assert heads.proof(WORK, ballot) == (
        f"c2sp.org/tlog-proof@v1\nextra {coded[0]}\nindex 2\n{coded[1]}\n\nnote"
    )
    assert heads.proof(WORK, other) is None
    told = heads.of_ballot(WORK, ballot)
    assert told is not None
    assert (told.row, told.size, told.holders) == (3, 8, ("R",))
    assert heads.of_ballot(WORK, other) is None
