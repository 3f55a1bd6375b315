"""The proof that a field on the ballot is declared once: an installation adds two in a file, no more.

They are asked for, reviewed, covered by the receipt, mailed, kept, bound by the log and archived, and both
verifiers find what is changed in them. No code knows their words. That no place misses a field is asked by
`test_fields.py`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.app import use_dimensions
from consulta.platform.data import ballot_fields
from consulta.platform.data.dimensions import DimensionsError
from consulta.platform.models import Ballot
from consulta.platform.settings import Settings, SettingsError
from consulta.platform.work import COMMAND
from tests.benches import voter_visitor
from tests.cases import for_each
from tests.factories import moment
from tests.polling import open_round

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

    from consulta.platform.work import Bench


FILE = """
[[field]]
key = "attends"
names = {es = "Asistiremos a la sesión", en = "We will attend the session", pt = "Participaremos da sessão"}
sealed = true
[[field.category]]
key = "yes"
names = {es = "Sí", en = "Yes", pt = "Sim"}

[[field]]
key = "format"
names = {es = "Modalidad preferida", en = "Preferred format", pt = "Modalidade preferida"}
[[field.category]]
key = "here"
names = {es = "Presencial", en = "In person", pt = "Presencial"}
[[field.category]]
key = "online"
names = {es = "En línea", en = "Online", pt = "On-line"}
"""

ANSWERS = {"attends": "yes", "format": "online"}


@pytest.fixture(autouse=True)
def settings(settings: Settings) -> Iterator[Settings]:
    """Settings of an installation that adds two fields: a box that is sealed, a list that is published."""
    found = ballot_fields.read(FILE)
    ballot_fields.use(found)
    yield replace(settings, ballot_fields=found)
    ballot_fields.use(())


def test_a_member_answers_and_finds_it_in_review_receipt_and_the_next_ballot(
    bench: Bench, app: Flask
) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    shown = visitor.get("/es/ballot/2027-1")
    page = shown.text
    assert "Asistiremos a la sesión" in page
    assert "No cuenta para el resultado ni se publica." in page
    entered = {"place-t1": "1", "field-attends": "yes", "field-format": "online"}
    entered["csrf_token"] = visitor.token(shown)
    page = visitor.sent("/es/ballot/2027-1/review", entered).text
    assert "Modalidad preferida" in page
    assert "En línea" in page
    with bench.read(COMMAND, moment()) as work:
        assert work.session.scalars(select(Ballot)).all() == []
    receipt = visitor.sent("/es/ballot/2027-1/cast", entered | {"confirm": "y", "key": "k"}).text
    assert "Asistiremos a la sesión" in receipt
    assert "En línea" in receipt
    page = visitor.get("/en/ballot/2027-1").text
    assert '<option value="online" selected>Online</option>' in page
    with bench.read(COMMAND, moment()) as work:
        kept = work.session.scalars(select(Ballot)).one()
        assert (kept.fields, kept.fields_sealed) == ({"format": "online"}, {"attends": "yes"})


@for_each("key, answer", [("format", "elsewhere"), ("other", "yes"), ("attends", "here")])
def test_an_answer_that_the_ballot_does_not_have_is_said_and_nothing_is_lost(
    bench: Bench, app: Flask, key: str, answer: str
) -> None:
    voter, _ = open_round(bench, f"2027-{key}")
    visitor = voter_visitor(app, voter.token)
    token = visitor.token(visitor.get(f"/es/ballot/2027-{key}"))
    entered = {"place-t1": "1", f"field-{key}": answer, "csrf_token": token}
    page = visitor.sent(f"/es/ballot/2027-{key}/review", entered).text
    assert "Una de las respuestas que acompañan los temas no está en esta papeleta." in page
    assert '<option value="1" selected>1</option>' in page


def test_a_round_keeps_the_fields_of_its_opening(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    ballot_fields.use(())
    visitor = voter_visitor(app, voter.token)
    assert "Modalidad preferida" in visitor.get("/es/ballot/2027-1").text


@for_each(
    "old, new, reason",
    [
        ("sealed = true", 'sealed = "yes"', "neither true nor false"),
        ("sealed = true", 'list = "open"', "closed list of options"),
        ("sealed = true", 'headings = ["Asiste"]', "without headings"),
        ('key = "format"', 'key = "attends"', "same key"),
        (
            '[[field.category]]\nkey = "yes"\nnames = {es = "Sí", en = "Yes", pt = "Sim"}',
            "",
            "needs 1 categories",
        ),
        ("[[field]]", "[[box]]", "box"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(old: str, new: str, reason: str) -> None:
    with pytest.raises(DimensionsError, match=reason):
        ballot_fields.read(FILE.replace(old, new))


def test_the_file_lies_in_the_data_folder_or_is_named(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "ballot.toml").write_text(FILE, encoding="utf-8")
    found = Settings.from_env({"CONSULTA_DATA": str(tmp_path), "CONSULTA_SECRET": settings.secret})
    assert [each.key for each in found.ballot_fields] == ["attends", "format"]
    use_dimensions(replace(settings, ballot_fields=found.ballot_fields[:1]))
    assert [each["key"] for each in ballot_fields.as_kept()] == ["attends"]
    with pytest.raises(SettingsError, match="CONSULTA_BALLOT names"):
        Settings.from_env(
            {"CONSULTA_SECRET": settings.secret, "CONSULTA_BALLOT": str(tmp_path / "none.toml")}
        )
