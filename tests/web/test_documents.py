"""Documents that are made on a click: one short line for all of them, and public ones made once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sqlalchemy import update

from consulta.formats import document
from consulta.infra.models import Round
from consulta.infra.work import COMMAND
from consulta.web import letters
from tests.closed import counted, mixed
from tests.factories import moment
from tests.invitations.test_guests_pages import DESK, guest_visitor, token_of
from tests.invited import invited
from tests.texts import both

if TYPE_CHECKING:
    import pytest
    from flask import Flask

    from consulta.infra.settings import Settings
    from consulta.infra.work import Bench
    from tests.benches import Visitor


def test_letters_stand_in_the_same_short_line_as_all_documents(
    app: Flask, bench: Bench, staff_visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guests who all click at once once held every thread: who finds the line full comes back later."""
    monkeypatch.setattr(document, "is_available", lambda: True)
    invited(bench)
    visitor = guest_visitor(app, token_of(bench, "n02"))
    taken = [document._LINE.acquire(blocking=False) for _ in range(document.IN_LINE)]
    try:
        answers = (
            visitor.get("/es/invitation/letter.pdf"),
            staff_visitor.submit(DESK, to=f"{DESK}/letters.pdf"),
        )
    finally:
        for _ in taken:
            document._LINE.release()
    assert all(taken)
    assert [(each.status_code, each.headers["Retry-After"]) for each in answers] == [(503, "20")] * 2


def test_a_result_is_printed_once_for_all_processes(
    bench: Bench, visitor: Visitor, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file lies in the data folder, for its owner alone, under the digest of what it says."""
    firm = "firm"
    counted(bench, firm, mixed(12, ("t1", "t2"), ("t1", "t3")), secrecy="pseudonymous")
    made: list[str] = []

    def printed(page: str, style: str, picture_style: str = "") -> bytes:
        made.append(page)
        return b"%PDF made " + str(len(made)).encode()

    monkeypatch.setattr(letters, "drawn", printed)
    monkeypatch.setattr(letters, "KEPT_ON_DISK", 2)
    monkeypatch.setattr("consulta.formats.document.is_available", lambda: True)
    first = visitor.get(f"/es/rounds/{firm}/result.pdf")
    assert visitor.get(f"/es/rounds/{firm}/result.pdf").data == first.data == b"%PDF made 1"
    assert visitor.get(f"/en/rounds/{firm}/result.pdf").data == b"%PDF made 2"
    (settings.data / "documents" / "old.pdf").touch()
    files = sorted((settings.data / "documents").iterdir())
    assert {each.stat().st_mode & 0o777 for each in files if each.name != "old.pdf"} == {0o600}
    os.utime(settings.data / "documents" / "old.pdf", (1, 1))
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Round).values(title=both("Otro título")))
    assert visitor.get(f"/es/rounds/{firm}/result.pdf").data == b"%PDF made 3"
    kept = sorted((settings.data / "documents").iterdir())
    assert len(kept) == 2, "the oldest go"
    assert "old.pdf" not in {each.name for each in kept}
