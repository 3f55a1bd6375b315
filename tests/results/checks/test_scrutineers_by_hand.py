"""What a scrutineer is handed out, and that the log tells of it: by hand, without a database."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from consulta.core.problems import Problem
from consulta.core.trust import record
from consulta.platform.work import Actor
from consulta.results import checks

KEY = "2027-1"
FOUND = SimpleNamespace(id=7, key=KEY)


def a_work() -> Any:
    log: list[tuple[object, ...]] = []
    actor = Actor("scrutineer", 3, "Elena")
    return SimpleNamespace(session=None, actor=actor, log=log, record=lambda *told: log.append(told))


def test_a_change_and_a_registration_are_found_by_their_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_own_round", lambda *_given: FOUND)
    some = [SimpleNamespace(number=number) for number in (4, 5)]
    for module, find, code in (
        (checks.access_changes, checks.change, "access.unknown"),
        (checks.registrations, checks.registration, "registration.unknown"),
    ):
        monkeypatch.setattr(module, "of_round", lambda _work, number: {7: some}[number])
        assert find(a_work(), KEY, 5) is some[1]  # type: ignore[operator]
        with pytest.raises(Problem, match=code):
            find(a_work(), KEY, 6)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("kind", "content"), [("bundle", "newest bundle"), ("first_bundle", "first bundle"), ("result", None)]
)
def test_the_log_tells_which_document_was_handed_out(
    monkeypatch: pytest.MonkeyPatch, kind: Any, content: str | None
) -> None:
    def kept(which: str) -> Any:
        def find(_session: object, number: int, name: str) -> Any:
            said = f"{which} {name}"
            return SimpleNamespace(content=said, sha256="d") if (number, name) == (7, "bundle") else None

        return find

    monkeypatch.setattr(checks, "_closed", lambda *_given: FOUND)
    monkeypatch.setattr(checks.documents, "find", kept("newest"))
    monkeypatch.setattr(checks.documents, "first", kept("first"))
    monkeypatch.setattr(checks.seen, "note", lambda work, found: work.log.append((found.id,)))
    work = a_work()
    if content is None:
        with pytest.raises(Problem, match=r"result\.uncounted"):
            checks.document(work, KEY, kind)
        assert work.log == []
        return
    name = f"{KEY}-{kind.replace('_', '-')}.json"
    assert checks.document(work, KEY, kind) == (name, content.encode())
    assert work.log == [(7,), ("results.downloaded", "round:7", {"kind": kind, "sha256": "d"})]


def test_the_complete_archive_is_handed_out_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_closed", lambda *_given: FOUND)
    monkeypatch.setattr(
        checks.archive, "build", lambda _work, _found, *, complete: b"all" if complete else b"public"
    )
    monkeypatch.setattr(checks, "archive_name", lambda key, *, complete: f"{key} {complete}")
    work = a_work()
    assert checks.complete_archive(work, KEY) == (f"{KEY} True", b"all")
    told = {"kind": "archive", "sha256": record.digest(b"all")}
    assert work.log == [("results.downloaded", "round:7", told)]


@pytest.mark.parametrize("opened", [True, False])
def test_what_is_told_of_a_round_before_and_after_its_opening(
    monkeypatch: pytest.MonkeyPatch, opened: bool
) -> None:
    of_it = {"opened_at": 1, "frozen_sha256": "f", "commitment": "c"} if opened else {}
    usual = {"opened_at": None, "frozen_sha256": None, "commitment": None, "state": "open", "left_out": 0}
    found = SimpleNamespace(id=7, key=KEY, secrecy="open", joined_below=0, **(usual | of_it))
    monkeypatch.setattr(checks, "_own_round", lambda *_given: found)
    monkeypatch.setattr(checks, "_has_result", lambda *_given: False)
    monkeypatch.setattr(checks.participation, "turnout", lambda *_given: (9, ("line",)))
    monkeypatch.setattr(checks.public_rounds, "card_of", lambda *_given: "card")
    for module, names in (
        (checks.objections, ("lines_of", "end_of", "is_over")),
        (checks.access_changes, ("of_round",)),
        (checks.registrations, ("of_round",)),
    ):
        for name in names:
            monkeypatch.setattr(module, name, lambda *_given: ())
    told = checks.look(a_work(), KEY)
    assert (told.voted, told.turnout) == ((9, ("line",)) if opened else (0, ()))
    assert (told.package_sha256, told.commitment) == (("f", "c") if opened else ("", ""))
    assert (told.opened, told.counted, told.archived, told.recounted) == (opened, False, False, False)
