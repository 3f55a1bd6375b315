"""What a count, a publication, an archive and the look-up of a code decide, without a database."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from consulta.core.texts import Text
from consulta.core.trust import record
from consulta.platform.data import most_named
from consulta.platform.models import LogEntry
from consulta.platform.work import COMMAND
from consulta.results import archive, service
from tests.cases import for_each
from tests.rounds.test_frozen import a_round

if TYPE_CHECKING:
    import pytest

NOW = datetime(2027, 3, 5, 22, 0, tzinfo=UTC)
KEY = "2027-1"


def work(**values: Any) -> Any:
    """A unit of work as far as these look at it; `told` has what it records."""
    told: list[tuple[object, ...]] = []
    made = SimpleNamespace(session=None, now=NOW, actor=COMMAND, told=told, **values)
    made.record = lambda *given: told.append(given)
    return made


# -- the bundle of a count


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


class Document:
    """A document as it is kept."""

    def __init__(self, content: str, version: int = 1) -> None:
        self.content, self.version, self.sha256 = content, version, record.digest(content.encode())


# -- what an archive shows


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
        lines = b"".join(archive._log(entries, found, rows)).decode().splitlines()
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


# -- receipts


@for_each(
    "values, cast, told",
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
    monkeypatch.setattr(archive, "require", lambda *_given: None)
    monkeypatch.setattr(archive, "published", lambda *_given: found)
    monkeypatch.setattr(archive, "as_code", lambda typed: typed)
    monkeypatch.setattr(archive.ballots, "by_code", lambda *_given: (ballot, *cast))
    monkeypatch.setattr(archive.ballots, "pseudonym", lambda *_given: "p")
    monkeypatch.setattr(
        archive.ballots, "code_of", lambda _cast, key, name: "CODE" * (key + name == KEY + "p")
    )
    monkeypatch.setattr(
        archive, "what_is_public", lambda mode: {"receipt_ballots"} if mode == "open" else set()
    )
    unit = work()
    unit.actor = SimpleNamespace(role=values.get("role", "anonymous"), seat_id=values.get("seat"))
    looked = archive.look_up(unit, KEY, "CODE")
    assert (looked.code, looked.state, bool(looked.ranking)) == ("CODE", *told)
    if looked.ranking:
        assert looked.ranking == ((theme.title,),)
    asked: list[object] = []
    monkeypatch.setattr(archive.ballots, "by_code", lambda *given: asked.append(given[1:]))
    assert archive.look_up(unit, KEY, "CODE").state == "unknown"
    assert archive.look_up(unit, KEY, "").state == "malformed"
    assert asked == [(7, "CODE"), (7, archive.NO_CODE)]
