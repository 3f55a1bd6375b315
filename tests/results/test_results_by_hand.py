"""What a count, a publication, an archive and the look-up of a code decide, without a database."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from consulta.core.counting.profile import BASE, bases_of
from consulta.core.counting.weights import Standing
from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.core.trust import record
from consulta.core.typed import from_stored
from consulta.platform.data import most_named
from consulta.platform.models import LogEntry
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.results import archive, receipt_list, service, tallying
from consulta.rounds import acts
from consulta.rounds.ballots import BallotRow, EndorsedRow, GroupRow, RollRow, SeatRow
from consulta.rounds.values import ObjectionFacts, OrderFacts, archive_name
from tests.rounds.test_frozen import a_round

NOW = datetime(2027, 3, 5, 22, 0, tzinfo=UTC)
KEY = "2027-1"


def work(**values: Any) -> Any:
    """A unit of work as far as these look at it; `told` has what it records."""
    told: list[tuple[object, ...]] = []
    made = SimpleNamespace(session=None, now=NOW, actor=COMMAND, told=told, **values)
    made.record = lambda *given: told.append(given)
    return made


# -- the bundle of a count


def test_the_head_of_a_bundle_is_that_of_a_closed_round() -> None:
    found = a_round(closed_at=NOW, secret="5a" * 32)
    found.public = "dice"
    head = service._head(found)
    assert (head.round.key, head.round.closed_at) == (KEY, "2027-03-05T22:00:00Z")
    assert (head.seats, head.ballots, [nominee.key for nominee in head.nominees]) == ((), (), ["n1"])
    assert (head.seed.commitment, head.seed.secret, head.seed.public) == ("c0", "5a" * 32, "dice")
    found.endorsements_apart = True
    assert service._head(found).nominees == ()
    for missing in ("closed_at", "commitment", "secret"):
        found = a_round(closed_at=NOW, secret="5a" * 32)
        setattr(found, missing, None)
        with pytest.raises(Problem, match=r"round\.not_closed"):
            service._head(found)


def test_the_gender_of_nominees_is_in_no_bundle() -> None:
    """For the choice of the panel it is, with those of after the opening and the governments most named."""
    found = a_round()
    for nominee in found.nominees:
        nominee.gender, nominee.government = "woman", "PE"
    (one,) = service.nominees_of(found)
    assert (one.key, one.categories) == ("n1", {"subregion": "south_america", "sector": "ngo"})
    both = service.nominees_of(found, gender=True)
    assert [each.key for each in both] == ["n1", "n2"]
    assert both[0].categories == one.categories | {"gender": "woman"}
    found.most_named = [{"rank": 5, "keys": ["PE"]}]
    found.nominees[1].government = "XX"
    told = [
        [each.categories[name] for name in most_named.ATTRIBUTES]
        for each in service.nominees_of(found, gender=True)
    ]
    assert told == [[most_named.YES] * len(most_named.SIZES), [most_named.NO] * len(most_named.SIZES)]
    found.nominees[0].gender = ""
    assert "gender" not in service.nominees_of(found, gender=True)[0].categories


def test_assembling_says_whether_it_is_of_the_first_count(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(service, "closed_round", lambda *_given: "round")
    monkeypatch.setattr(service, "_head", lambda _found: "head")

    def file(*_given: object, at_closing: bool) -> str:
        asked.append(at_closing)
        return "file"

    monkeypatch.setattr(tallying, "file", file)
    monkeypatch.setattr(service.bundles, "parse", lambda content: (content, "read"))
    for _ in range(2):
        assert service.assemble(work(), KEY) == (b"file", "read")
    assert service.assemble(work(), KEY, at_closing=True) == (b"file", "read")
    assert asked == [False, False, True]


@pytest.mark.parametrize(("seconds", "minutes"), [(1, 1), (60, 1), (61, 2)])
def test_a_count_waits_while_the_clock_stands_before_the_closing(
    monkeypatch: pytest.MonkeyPatch, seconds: int, minutes: int
) -> None:
    found = SimpleNamespace(id=7, state="closed", closed_at=NOW + timedelta(seconds=seconds))
    monkeypatch.setattr(service, "closed_round", lambda *_given, hold: found)
    monkeypatch.setattr(service.documents, "find", lambda *_given: None)
    monkeypatch.setattr(service.public_value, "is_missing", lambda *_given: False)
    monkeypatch.setattr(service.ballots, "any_ballot", lambda *_given: True)
    count = service.count
    with pytest.raises(Problem, match=r"result\.clock") as caught:
        count(work(), KEY)
    assert caught.value.params == {"minutes": minutes}
    assert service.count_after_closing(work(), KEY) is False
    found.closed_at = NOW
    counted: list[str] = []
    monkeypatch.setattr(service, "count", lambda _work, key: counted.append(key))
    assert service.count_after_closing(work(), KEY) is True
    assert counted == [KEY]
    monkeypatch.setattr(service.ballots, "any_ballot", lambda *_given: False)
    assert service.count_after_closing(work(), KEY) is False
    monkeypatch.setattr(service.ballots, "any_ballot", lambda *_given: True)
    monkeypatch.setattr(service.public_value, "is_missing", lambda *_given: True)
    assert service.count_after_closing(work(), KEY) is False
    with pytest.raises(Problem, match=r"public\.missing"):
        count(work(), KEY)


class Document:
    """A document as it is kept."""

    def __init__(self, content: str, version: int = 1) -> None:
        self.content, self.version, self.sha256 = content, version, record.digest(content.encode())


@pytest.mark.parametrize("again", [False, True])
def test_a_count_is_kept_and_the_log_tells_of_it(monkeypatch: pytest.MonkeyPatch, again: bool) -> None:
    """Of a later count it says how many ballots were taken out, and that it is the second."""
    found = SimpleNamespace(id=7, state="closed", closed_at=NOW, left_out=0)
    stored = {"result": Document("before")} if again else {}
    kept: list[str] = []
    done: list[object] = []

    def keep(_session: object, round_id: int, kind: str, content: str, at: datetime) -> Document:
        assert (round_id, at) == (7, NOW)
        kept.append(kind)
        return Document(content, 2 if again else 1)

    def encoded(text: str) -> Any:
        return SimpleNamespace(to_json=text.encode, bundle_sha256="b")

    counted = tallying.Counted("file", encoded("result"), encoded("robust"), 3, "s")
    monkeypatch.setattr(service, "closed_round", lambda *_given, hold: found)
    monkeypatch.setattr(service.documents, "find", lambda _session, _id, kind: stored.get(kind))
    monkeypatch.setattr(service.documents, "keep", keep)
    monkeypatch.setattr(service.objections, "is_stale", lambda *_given: again)
    monkeypatch.setattr(service.public_value, "is_missing", lambda *_given: False)
    monkeypatch.setattr(service.ballots, "numbers", lambda *_given: SimpleNamespace(excluded=1))
    monkeypatch.setattr(service, "_head", lambda _found: None)
    monkeypatch.setattr(tallying, "count", lambda *_given: counted)
    monkeypatch.setattr(service.summaries, "keep", lambda *given: done.append(given[2:]))
    unit = work()
    service.count(unit, KEY)
    assert (kept, found.left_out) == (["bundle", "result", "robustness"], 1)
    told = {
        "ballots": 3,
        "ballots_root": "s",
        "bundle_sha256": "b",
        "result_sha256": record.digest(b"result"),
        "robustness_sha256": record.digest(b"robust"),
    }
    more = {"excluded": 1, "version": 2} if again else {}
    assert unit.told == [("rounds.counted", "round:7", more | told)]
    assert len(done) == 1


@pytest.mark.parametrize(("state", "stale"), [("closed", False), ("published", True)])
def test_what_is_counted_is_not_counted_again(
    monkeypatch: pytest.MonkeyPatch, state: str, stale: bool
) -> None:
    """Unless a ballot was taken out since, and then before the publication alone."""
    found = SimpleNamespace(id=7, state=state, closed_at=NOW)
    monkeypatch.setattr(service, "closed_round", lambda *_given, hold: found)
    monkeypatch.setattr(service.documents, "find", lambda *_given: Document("before"))
    monkeypatch.setattr(service.objections, "is_stale", lambda *_given: stale)
    unit = work()
    service.count(unit, KEY)
    assert unit.told == []


def test_a_publication_asks_of_objections_then_publishes_each_part(monkeypatch: pytest.MonkeyPatch) -> None:
    found = SimpleNamespace(id=7, state="closed", secrecy="aggregate", published_at=None)
    done: list[tuple[object, ...]] = []
    monkeypatch.setattr(service, "closed_round", lambda *_given, hold: found)
    monkeypatch.setattr(service.documents, "find", lambda *_given: Document("result"))
    monkeypatch.setattr(
        service.objections, "require_publishable", lambda *given: done.append(("asked", given[2]))
    )
    monkeypatch.setattr(service.answers, "publish", lambda *given: done.append(("questions", given[2])))
    monkeypatch.setattr(service.public_figures, "keep", lambda *given: done.append(("figures", given[2])))
    monkeypatch.setattr(archive, "publish", lambda *given: done.append(("archive", *given[2:])))
    monkeypatch.setattr(service.notices, "result_published", lambda *_given: done.append(("told",)))
    service.publish(work(), KEY, 4, "why")
    assert done == [("asked", "why"), ("questions", 4), ("figures", 4), ("archive", 4, None), ("told",)]
    assert (found.state, found.published_at) == ("published", NOW)
    monkeypatch.setattr(service.documents, "find", lambda *_given: None)
    with pytest.raises(Problem, match=r"result\.uncounted"):
        service.publish(work(), KEY)


def test_a_document_is_given_out_as_it_is_kept_and_the_log_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "closed_round", lambda *_given: SimpleNamespace(id=7))
    monkeypatch.setattr(service.documents, "find", lambda *_given: Document("newest"))
    monkeypatch.setattr(service.documents, "first", lambda *_given: Document("first"))
    monkeypatch.setattr(service.seen, "note", lambda *_given: None)
    unit = work()
    assert service.document(unit, KEY, "result") == b"newest"
    assert service.document(unit, KEY, "result", first=True) == b"first"
    told = {"kind": "result", "sha256": record.digest(b"newest")}
    assert unit.told[0] == ("results.downloaded", "round:7", told)
    monkeypatch.setattr(service.documents, "find", lambda *_given: None)
    with pytest.raises(Problem, match=r"result\.uncounted"):
        service.document(unit, KEY, "result")


def test_a_round_has_a_result_once_it_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    found = SimpleNamespace(state="open")
    asked: list[tuple[bool, bool]] = []

    def whole(_work: object, _key: str, *, hold: bool, roll: bool) -> object:
        asked.append((hold, roll))
        return found

    monkeypatch.setattr(service.rounds, "whole", whole)
    with pytest.raises(Problem, match=r"round\.not_closed"):
        service.closed_round(work(), KEY)
    found.state = "closed"
    assert service.closed_round(work(), KEY, hold=True) is found
    assert service.closed_round(work(), KEY, roll=True) is found
    assert asked == [(False, False), (True, False), (False, True)]


# -- lines of the bundle, and columns of the count


def test_the_lines_of_a_bundle_and_the_digest_of_its_ballots(monkeypatch: pytest.MonkeyPatch) -> None:
    categories = '{"sector": "ngo", "subregion": "caribbean"}'
    seats = [
        SeatRow("ñ", "JM", categories, 1),
        SeatRow("b", "JM", categories, 1),
        SeatRow("d", "BB", categories, 1),
        SeatRow("e", "JM", categories, 2),
        SeatRow("c", "PE", "{}", 3),
    ]
    ballots = [BallotRow("b", '[["a"]]', "[1]", "[]"), BallotRow("c", '[["a"]]', "[]", '["n1"]')]
    asked: list[bool] = []

    def current(_session: object, _round: int, *, at_closing: bool) -> list[BallotRow]:
        asked.append(at_closing)
        return ballots

    monkeypatch.setattr(tallying.ballots_acts, "seats", lambda *_given: seats)
    monkeypatch.setattr(tallying.ballots_acts, "current_ballots", current)
    tree = record.Growing()
    writing = tallying._Writing(work(), 7, tree, {})
    assert [json.loads(line) for line in writing.seats()] == [
        {
            "seat": row.pseudonym,
            "country": row.country,
            "categories": json.loads(row.categories),
            "base": row.base,
        }
        for row in seats
    ]
    assert next(writing.seats()).startswith('{"seat": "ñ", "country": "JM"')
    lines = [
        '{"endorsements":[],"objectives":[1],"ranking":[["a"]],"seat":"b"}',
        '{"endorsements":["n1"],"objectives":[],"ranking":[["a"]],"seat":"c"}',
    ]
    assert [*writing.ballots()] == lines
    leaves = b"".join(hashlib.sha256(b"\0" + line.encode()).digest() for line in lines)
    assert (writing.count, tree.root()) == (2, hashlib.sha256(b"\1" + leaves).hexdigest())
    assert asked == [False]


@pytest.mark.parametrize("at_closing", [False, True])
def test_the_file_of_a_bundle_is_of_the_ballots_asked_for(
    monkeypatch: pytest.MonkeyPatch, at_closing: bool
) -> None:
    asked: list[object] = []

    def codes_of(_work: object, found: Any, *, at_closing: bool) -> dict[str, str]:
        asked.append((found.id, at_closing))
        return {}

    def current(_session: object, round_id: int, *, at_closing: bool) -> list[BallotRow]:
        asked.append((round_id, at_closing))
        return [BallotRow("b", '[["a"]]', "[1]", "[]")]

    monkeypatch.setattr(tallying.ballots_acts, "codes_of", codes_of)
    monkeypatch.setattr(tallying.ballots_acts, "seats", lambda *_given: [SeatRow("b", "JM", "{}", 1)])
    monkeypatch.setattr(tallying.ballots_acts, "current_ballots", current)
    monkeypatch.setattr(
        tallying.core, "written", lambda head, *lines: [head, *(each for of in lines for each in of)]
    )
    found: Any = SimpleNamespace(id=7, rules={})
    file = tallying.file(work(), found, "head", at_closing=at_closing)  # type: ignore[arg-type]
    assert file.startswith('head{"seat": "b", ')
    assert file.endswith('"ranking":[["a"]],"seat":"b"}')
    assert asked == [(7, at_closing)] * 2


def test_the_roll_and_the_columns_of_groups() -> None:
    rows = [RollRow("PE", "{}", 2, 2, 1), RollRow("JM", "{}", 1, 3, 3), RollRow("PE", "{}", 1, 1, 1)]
    places = ({"country": "PE", "sector": "x"}, {"country": "JM"}, {"country": "PE", "sector": "a"})
    assert tallying._roll(zip(places, rows, strict=True)) == {
        "country": {"JM": Standing(1, 3), "PE": Standing(3, 3)},
        "sector": {"": Standing(1, 3), "a": Standing(1, 1), "x": Standing(2, 2)},
    }
    assert [*tallying._roll(zip(places, rows, strict=True))["sector"]] == ["", "a", "x"]
    groups = [
        ({"sector": "x"}, GroupRow("PE", "", 1, '[["b"], ["a"]]', "[1, 3]", 2)),
        ({"sector": "a"}, GroupRow("PE", "", 4, '[["a", "b"]]', "[]", 1)),
    ]
    found = tallying._profile(groups, ("a", "b"), ["sector"])
    assert found.categories == {"sector": ("a", "x"), BASE: ("1", "4")}
    assert [bases_of(found), found.ballots.tolist()] == [[4, 1], [1, 2]]
    real = found.real.nonzero()[0]
    assert found.places[:, real].T.tolist() == [[0, 0], [1, 0], [1, 0]]
    assert found.objectives[real].tolist() == [0, 0b101, 0b101]


def test_a_round_without_a_ballot_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallying.ballots_acts, "codes_of", lambda *_given: {})
    monkeypatch.setattr(tallying._Writing, "file", lambda *_given: "file")
    with pytest.raises(Problem, match=r"ballots\.none"):
        tallying.count(work(), a_round(id=7), None)  # type: ignore[arg-type]


def test_a_summary_is_of_those_who_endorse_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    row = EndorsedRow("PE", '{"sector": "ngo"}', 3, '["n1"]', 2)
    ranked = GroupRow("JM", '{"sector": "ngo"}', 1, '[["a"]]', "[]", 4)
    monkeypatch.setattr(tallying.ballots_acts, "codes_of", lambda *_given: {})
    monkeypatch.setattr(tallying.ballots_acts, "endorsed", lambda *_given: [row])
    monkeypatch.setattr(tallying.ballots_acts, "groups", lambda *_given: [ranked])
    monkeypatch.setattr(tallying, "tells_heard", lambda _result: True)
    monkeypatch.setattr(tallying, "summary_of", lambda _result, digest, *rows: (digest, *map(list, rows)))
    assert tallying.summary(work(), a_round(id=7), None, "d") == (  # type: ignore[arg-type]
        "d",
        [tallying.Alike({"sector": "ngo", "country": "PE"}, 3, ["n1"], 2)],  # type: ignore[arg-type]
        [tallying.Ranked({"sector": "ngo", "country": "JM"}, 1, [["a"]], 4)],  # type: ignore[arg-type]
    )


# -- what an archive shows


def test_abstentions_are_told_as_far_as_they_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    found: Any = SimpleNamespace(secrecy="open", seats=[None] * 40)
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(archive, "abstentions_told", lambda *given: asked.append(given) or 9)
    counted: Any = SimpleNamespace(ballots=20, abstained=6)
    assert archive._abstained(found, counted, 5) == {"abstained": 9}
    assert asked == [("open", 6, 14, 5)]
    assert archive._abstained(found, SimpleNamespace(ballots=20, abstained=0), 5) == {}  # type: ignore[arg-type]


PUBLISHED: dict[str, Any] = {
    "ballots": 20,
    "replaced": 1,
    "assisted": 2,
    "bundle_sha256": "b",
    "late": 3,
    "late_since": 2,
    "electorate": {
        **dict.fromkeys(("assisted", "young", "objected", "contacts_added", "contacts_changed"), 1),
        **dict.fromkeys(
            ("contacts_ended", "changes_objected", "changes_done", "links_again", "last_hour"), 2
        ),
        "by_subregion": {"caribbean": {"assisted": 1, "young": 0, "objected": 0}},
        "links_shown": 4,
    },
    "objections": {
        "hours": 48,
        "made": 2,
        "withdrawn": 0,
        "rejected": 1,
        "upheld": 1,
        "undecided": 0,
        "excluded": 1,
        "restored": 1,
        "alone": 0,
    },
}
"""What the row of a publication tells."""


def test_facts_about_objections_and_the_order_are_those_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive.order_effect, "expected", lambda themes, ballots: [themes, ballots])
    found: Any = SimpleNamespace(themes=[1, 2, 3])
    told = from_stored(acts.Published, PUBLISHED)
    assert archive._order(found, told) is None
    assert archive._objections(told) == ObjectionFacts(48, 2, 0, 1, 1, 0, 1, 1, 0)
    assert archive._order(found, replace(told, first_stood=(4, 2))) == OrderFacts((4, 2), (3, 20))
    assert archive._Scope(ballots=False, names=False).acts == archive.PUBLIC_ACTS
    assert archive._Scope(ballots=True, names=False).acts == archive.PUBLIC_ACTS | archive.COUNTING_ACTS


def test_texts_that_are_shipped_tell_the_digest_of_the_verifier(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive.verifier, "digest", lambda: "the digest")
    assert archive.VERIFY.is_dir()
    told = archive._shipped("LEAME.txt")
    assert "the digest" in told
    assert archive.verifier.PLACE_OF_DIGEST not in told


def test_notes_of_archives(monkeypatch: pytest.MonkeyPatch) -> None:
    found: Any = SimpleNamespace(id=7)
    note = archive._Note("h", "d", 5, "1.0", {"LEAME.txt": "x"})
    kept: list[Any] = [SimpleNamespace(content=note.to_text())]
    monkeypatch.setattr(archive.documents, "find", lambda *_given: kept[0])
    monkeypatch.setattr(archive, "_shipped", str)
    assert archive._note(work(), found) == note
    assert archive._maker(work(), found) == archive._Maker("1.0", {"LEAME.txt": "x"})
    kept[0] = None
    assert archive._note(work(), found) is None
    assert {*archive._maker(work(), found).shipped} == {*archive.SHIPPED}


def test_files_of_the_archive_about_the_round(monkeypatch: pytest.MonkeyPatch) -> None:
    found: Any = SimpleNamespace(
        id=7, key=KEY, secrecy="open", example=False, frozen='{"format":"f"}', roll_shown="members", seats=[]
    )
    public, complete = (
        archive._Scope(ballots=False, names=False),
        archive._Scope(ballots=True, names=True, votes=True),
    )
    monkeypatch.setattr(archive.frozen, "texts", lambda _found: b"texts")
    monkeypatch.setattr(archive.roll, "file", lambda *_given: b"roll")
    assert [*archive._opening(found, public)] == ["opening.json"]
    assert archive._opening(found, complete) == {"opening.json": b"texts", "roll.csv": b"roll"}
    found.roll_shown = "public"
    assert "roll.csv" in archive._opening(found, public)
    kept = {kind: Document(kind) for kind in ("public", "bundle", "result", "robustness")}
    monkeypatch.setattr(archive.documents, "find", lambda _session, _id, kind: kept.get(kind))
    assert archive._documents(work(), found, public) == {"public.json": b"public"}
    assert archive._documents(work(), found, complete) == {
        **{f"{kind}.json": kind.encode() for kind in kept},
        "package.json": b'{"format":"f"}',
    }
    del kept["public"]
    assert "public.json" not in archive._documents(work(), found, complete)
    for kind in ("robustness", "result"):
        del kept[kind]
        with pytest.raises(Problem, match=r"result\.uncounted"):
            archive._documents(work(), found, complete)


def test_heads_are_a_line_each() -> None:
    heads = [
        SimpleNamespace(size=3, root="aa", at=NOW, reason="opening", round_id=7),
        SimpleNamespace(size=9, root="bb", at=NOW, reason="daily", round_id=None),
    ]
    assert archive._heads(heads) == (  # type: ignore[arg-type]
        b"# size root time reason about\n"
        b"3 aa 2027-03-05T22:00:00.000000+00:00 opening round:7\n"
        b"9 bb 2027-03-05T22:00:00.000000+00:00 daily -\n"
    )


def test_which_rows_of_the_log_are_shown_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of other rounds, of other acts, of votes and of what a reopening undid only number and digests."""
    found: Any = SimpleNamespace(id=7)
    fields = {"at": "t", "role": "r", "seal": "s", "hidden_sha256": "h", "outside": None}

    def row_of(entry: LogEntry) -> object:
        return SimpleNamespace(
            **(fields | {"outside": {"receipt": 1} if entry.action == archive.CAST else None}),
            action=entry.action,
            subject=entry.subject,
            details="{}",
        )

    monkeypatch.setattr(archive.chain, "row_of", row_of)
    entries = [
        LogEntry(seq=seq, previous="p", digest="d", nonce="n", subject=subject, action=action)
        for seq, (subject, action) in enumerate(
            (
                ("round:7", "rounds.opened"),
                ("round:7", "rounds.opened"),  # undone
                ("round:8", "rounds.opened"),
                ("round:7", "else"),
                ("seat:1", archive.CAST),
                ("seat:2", archive.CAST),
                ("log", archive.OF_LOG[0]),
            )
        )
    ]

    def shown(cast: Any) -> list[int]:
        rows = archive._Rows(frozenset({"rounds.opened"}), frozenset({"seat:1"}), cast, frozenset({1}))
        lines = archive._log(entries, found, rows).decode().splitlines()
        told = [json.loads(line) for line in lines]
        assert [{name: each[name] for name in ("seq", "previous", "digest")} for each in told] == [
            {"seq": n, "previous": "p", "digest": "d"} for n in range(7)
        ]
        return [each["seq"] for each in told if len(each) > 3]

    assert shown("whole") == shown("outside") == [0, 4, 6]
    rows = archive._Rows(frozenset(), frozenset({"seat:1"}), "outside")
    assert archive._row(entries[4], found, rows) == {
        "seq": 4,
        "previous": "p",
        "digest": "d",
        "hidden_sha256": "h",
        "outside": {"receipt": 1},
    }


def test_what_the_last_reopening_undid(monkeypatch: pytest.MonkeyPatch) -> None:
    found: Any = SimpleNamespace(id=7)
    last: list[Any] = [SimpleNamespace(seq=20)]
    acts = Counter({"rounds.closed": 10, archive.UNDONE[0]: 11})
    monkeypatch.setattr(archive.ballots_acts, "last_act", lambda *_given: last[0])
    monkeypatch.setattr(
        archive.ballots_acts,
        "acts",
        lambda _session, _subject, act: [SimpleNamespace(seq=n) for n in (acts[act], 30) if n],
    )
    public = archive._Scope(ballots=False, names=False)
    assert archive._undone(work(), found, public) == {10, 11}
    assert archive._undone(work(), found, archive._Scope(ballots=True, names=True)) == {11}
    last[0] = None
    assert archive._undone(work(), found, public) == frozenset()


def test_archives_are_of_published_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Any] = [SimpleNamespace(state="closed")]
    monkeypatch.setattr(archive.rounds, "whole", lambda *_given: found[0])
    with pytest.raises(Problem, match=r"archive\.unknown"):
        archive.published(work(), KEY)
    found[0] = SimpleNamespace(state="published")
    assert archive.published(work(), KEY) is found[0]
    monkeypatch.setattr(
        archive, "build", lambda _work, _found, *, complete: b"whole" if complete else b"public"
    )
    found[0].id = 7
    unit = work()
    assert archive.public_archive(unit, KEY) == (archive_name(KEY), b"public")
    assert archive.complete_archive(unit, KEY) == (archive_name(KEY, complete=True), b"whole")
    assert archive_name(KEY) != archive_name(KEY, complete=True)
    told = {"kind": "archive", "sha256": record.digest(b"whole")}
    assert unit.told == [("results.downloaded", "round:7", told)]


def test_a_publication_tells_what_it_is_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Votes of late contacts as the closing counted them, and apart from these those that are so since."""
    counted = SimpleNamespace(ballots=20, replaced=1, assisted=2, late=5, abstained=0)
    answers = {
        "_maker": archive._Maker("1.0", {"a.txt": "x"}),
        "_scope": None,
        "_documents": {"public.json": b"p"},
        "_stamps": {"stamps.json": b"s"},
        "_abstained": {},
        "_document": Document("bundle"),
    }
    for name, answer in answers.items():
        monkeypatch.setattr(archive, name, lambda *_given, told=answer, **_named: told)
    numbers = SimpleNamespace(told=lambda: {"young": 1})
    monkeypatch.setattr(archive.electorate, "numbers", lambda *_given: numbers)
    monkeypatch.setattr(archive.acts, "last", lambda *_given: acts.Closed(late=3))
    monkeypatch.setattr(archive.ballots_acts, "archive_numbers", lambda *_given: counted)
    monkeypatch.setattr(archive.ballots_acts, "counted", lambda *_given: [])
    monkeypatch.setattr(archive.ballots_acts, "codes_of", lambda *_given: {})
    monkeypatch.setattr(archive.order_effect, "first_stood", lambda *given: [given[2]])
    monkeypatch.setattr(archive.binding, "receipts_digest", lambda *_given: "r")
    renewed: list[object] = []
    monkeypatch.setattr(archive, "renew", lambda _work, found: renewed.append(found))
    found: Any = SimpleNamespace(id=7, joined_below=None, example=False)
    unit = work()
    archive.publish(unit, found, 5, {"objections": {}})
    told = {
        "ballots": 20,
        "replaced": 1,
        "assisted": 2,
        "late": 3,
        "late_since": 2,
        "electorate": {"young": 1},
        "example": False,
        "code": "1.0",
        "files": {"a.txt": record.digest(b"x")},
        "bundle_sha256": record.digest(b"bundle"),
        "receipts_sha256": "r",
        "objections": {},
        "first_stood": [5],
        "public_sha256": record.digest(b"p"),
        "stamps_sha256": record.digest(b"s"),
    }
    assert unit.told == [("rounds.published", "round:7", told)]
    assert renewed == [found]


def test_files_about_reopenings_registrations_and_stamps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each where the log tells of it, and none where it does not."""
    found: Any = SimpleNamespace(id=7)
    rows = [SimpleNamespace(at="t", details='{"reason": "r", "head": "h"}', seq=9)]
    monkeypatch.setattr(archive.ballots_acts, "acts", lambda *_given: rows)
    monkeypatch.setattr(archive.ballots_acts, "last_act", lambda *_given: rows[0] if rows else None)
    monkeypatch.setattr(archive.registered, "file_of", lambda *_given, names: {"names": names})
    monkeypatch.setattr(
        archive, "_stamps", lambda _work, _found, before: {"stamps.json": f"{before}".encode()}
    )
    scope = archive._Scope(ballots=True, names=True)
    lines = [
        '{\n "format": "consulta-reopened/1",\n "reopened": [\n  {',
        '   "at": "t",\n   "head": "h",\n   "reason": "r"\n  }\n ]\n}\n',
    ]
    assert archive._reopened(work(), found) == {"reopened.json": "\n".join(lines).encode()}
    assert archive._registered(work(), found, scope) == {"registered.json": b'{\n "names": true\n}\n'}
    assert archive._stamps_published(work(), found) == {}
    rows[0].details = '{"stamps_sha256": "s"}'
    assert archive._stamps_published(work(), found) == {"stamps.json": b"9"}
    rows.clear()
    assert archive._reopened(work(), found) == archive._registered(work(), found, scope) == {}
    assert archive._stamps_published(work(), found) == {}


def test_facts_are_told_where_note_head_and_row_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    there: dict[str, Any] = {
        "note": archive._Note("h", "d", 5, "1.0", {}),
        "head": SimpleNamespace(size=9, root="h", at=NOW),
        "row": SimpleNamespace(details=json.dumps(PUBLISHED)),
    }
    monkeypatch.setattr(archive, "_note", lambda *_given: there["note"])
    monkeypatch.setattr(archive.kept_heads, "of_round", lambda *_given: there["head"])
    monkeypatch.setattr(archive.ballots_acts, "last_act", lambda *_given: there["row"])
    monkeypatch.setattr(archive.documents, "digest", lambda *_given: "result")
    for name in ("moves_of", "reopenings_of", "ending_of"):
        monkeypatch.setattr(archive, name, lambda *_given: ())
    monkeypatch.setattr(archive.registered, "registered_of", lambda *_given: ())
    monkeypatch.setattr(archive.addresses, "opened_before", lambda *_given: None)
    found: Any = SimpleNamespace(id=7, key=KEY, secrecy="aggregate")
    facts = archive.facts(work(), found)
    assert facts is not None
    assert (facts.key, facts.ballots, facts.late, facts.abstained) == (KEY, 20, 5, 0)
    assert (facts.archive_sha256, facts.archive_size, facts.code_version) == ("d", 5, "1.0")
    assert (facts.complete, facts.result_sha256) == (False, None)
    assert (facts.electorate.links_shown, facts.objections.excluded) == (4, 1)
    assert facts.marked == ((archive.name_of("subregion", "caribbean"), 1, 0),)
    for name in [*there]:
        kept, there[name] = there[name], None
        assert archive.facts(work(), found) is None
        there[name] = kept


# -- receipts


@pytest.mark.parametrize(
    ("values", "cast", "told"),
    [
        ({}, (True, False), ("counted", False)),
        ({}, (False, False), ("replaced", False)),
        ({"abstains": True}, (True, False), ("abstained", False)),
        ({"abstains": True}, (False, False), ("replaced", False)),
        ({"abstains": True}, (True, True), ("abstention_out", False)),
        ({}, (True, True), ("excluded", False)),
        ({"receipt": "OTHER"}, (True, False), ("altered", False)),
        ({"secrecy": "open"}, (True, False), ("counted", True)),
        ({"role": "voter", "seat": 3}, (True, False), ("counted", True)),
        ({"role": "voter", "seat": 4}, (True, False), ("counted", False)),
        ({"role": "member", "seat": 3}, (True, False), ("counted", False)),
    ],
)
def test_what_is_told_of_a_code(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, Any], cast: tuple[bool, bool], told: tuple[str, bool]
) -> None:
    theme = SimpleNamespace(key="a", title=Text({"es": "Agua"}))
    found = SimpleNamespace(id=7, key=KEY, secrecy=values.get("secrecy", "aggregate"), themes=[theme])
    ballot = SimpleNamespace(
        receipt=values.get("receipt", "CODE"),
        abstains=values.get("abstains", False),
        seat_id=3,
        ranking=[["a"]],
    )
    monkeypatch.setattr(receipt_list, "require", lambda *_given: None)
    monkeypatch.setattr(receipt_list, "published", lambda *_given: found)
    monkeypatch.setattr(receipt_list, "as_code", lambda typed: typed)
    monkeypatch.setattr(receipt_list.ballots, "by_code", lambda *_given: (ballot, *cast))
    monkeypatch.setattr(receipt_list.ballots, "pseudonym", lambda *_given: "p")
    monkeypatch.setattr(
        receipt_list.ballots, "code_of", lambda _cast, key, name: "CODE" * (key + name == KEY + "p")
    )
    monkeypatch.setattr(
        receipt_list, "what_is_public", lambda mode: {"receipt_ballots"} if mode == "open" else set()
    )
    unit = work()
    unit.actor = SimpleNamespace(role=values.get("role", "anonymous"), seat_id=values.get("seat"))
    looked = receipt_list.look_up(unit, KEY, "CODE")
    assert (looked.code, looked.state, bool(looked.ranking)) == ("CODE", *told)
    if looked.ranking:
        assert looked.ranking == ((theme.title,),)
    asked: list[object] = []
    monkeypatch.setattr(receipt_list.ballots, "by_code", lambda *given: asked.append(given[1:]))
    assert receipt_list.look_up(unit, KEY, "CODE").state == "unknown"
    assert receipt_list.look_up(unit, KEY, "").state == "malformed"
    assert asked == [(7, "CODE"), (7, receipt_list.NO_CODE)]


@pytest.mark.parametrize("total", [500, 501])
@pytest.mark.parametrize("fields", [set(), {"receipt_codes"}, {"receipt_codes", "receipt_ballots", "seats"}])
def test_codes_are_listed_where_they_are_public_and_not_too_many(
    monkeypatch: pytest.MonkeyPatch, total: int, fields: set[str]
) -> None:
    theme = SimpleNamespace(key="a", title=Text({"es": "Agua"}))
    found = SimpleNamespace(id=7, secrecy="mode", themes=[theme])
    counted = [(SimpleNamespace(name="Red"), SimpleNamespace(receipt="CODE", ranking=[["a"]]))]
    monkeypatch.setattr(receipt_list, "published", lambda *_given: found)
    monkeypatch.setattr(receipt_list, "what_is_public", lambda _mode: fields)
    monkeypatch.setattr(receipt_list.ballots, "ballots", lambda *_given: total)
    monkeypatch.setattr(receipt_list.ballots, "counted", lambda *_given: counted)
    monkeypatch.setattr(receipt_list.public_rounds, "card_of", lambda *_given: "card")
    unit = work()
    unit.actor = ANONYMOUS
    told = receipt_list.receipts_page(unit, KEY)
    shown = "receipt_ballots" in fields
    assert (told.card, told.shown, told.total) == ("card", shown, total)
    line = ("CODE", ((theme.title,),) if shown else (), "Red" if "seats" in fields else "")
    listed = [(each.code, each.ranking, each.organisation) for each in told.lines]
    assert listed == ([line] if fields and total == 500 else [])
