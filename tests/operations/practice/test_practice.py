"""A practice is lived through from the desk; nothing of it is in the installation, and it goes whole."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, inspect, select
from sqlalchemy.engine import make_url

from consulta.core.problems import Problem
from consulta.operations import backups, practice
from consulta.operations.practice import PracticeCommand
from consulta.platform import accounts, dump
from consulta.platform import database as db
from consulta.platform.models import (
    APPEND_ONLY,
    Base,
    LogEntry,
    Message,
    Organisation,
    Practice,
    Round,
    Staff,
)
from consulta.platform.settings import BackupSettings
from consulta.platform.work import ANONYMOUS, COMMAND, Bench
from consulta.results import checks
from consulta.shell.worker.loop import Worker
from tests.benches import PASSWORD, STAFF, Visitor
from tests.cases import for_each
from tests.desk.test_rounds import KEY, draft, members, vote
from tests.factories import build_organisation, moment
from tests.texts import TWO

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from consulta.platform.settings import Settings

PAGE = "/es/secretariat/practice"
TITLE = "Ensayo de mayo"
FORM = {"title": TITLE, "staff": "1", "members": ["1", "2"]}


@pytest.fixture(autouse=True)
def migrated_at_once(migrated: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a file be the migrated one, copied: all migrations take seconds, and other tests run them."""
    really = db.upgrade

    def upgrade(engine: Engine) -> None:
        if engine.dialect.name == "sqlite":
            Path(str(engine.url.database)).write_bytes(migrated)
        else:
            really(engine)

    monkeypatch.setattr(db, "upgrade", upgrade)


def rows(session: Session) -> dict[str, int]:
    """Return how many rows each table has, apart from the acts themselves."""
    apart = {"log", "heads", "practices", "sessions", "attempts", "checkpoints", "checkpoint_keys", "keys"}
    return {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
        if table.name not in apart
    }


def live(bench: Bench) -> str:
    with bench.read(COMMAND, moment()) as work:
        view = practice.look(work)
        assert view is not None
        return view.key


def inside_of(settings: Settings, key: str) -> Bench:
    return Bench(db.connect(practice.settings_of(settings, key).database), TWO, practice=True)


def made(bench: Bench, settings: Settings, visitor: Visitor, **form: str) -> str:
    """Ask for a practice at the desk, let the worker make it, and return its key."""
    assert visitor.submit(PAGE, {**FORM, **form}).status_code == 303
    assert "Actualizar" in visitor.get(PAGE).text, "it is made by the worker"
    Worker(bench, settings).look()
    return live(bench)


def test_a_practice_is_lived_through_and_nothing_of_it_is_outside(  # noqa: PLR0915 - one story
    bench: Bench, settings: Settings, app: Flask, staff_visitor: Visitor
) -> None:
    members(bench)
    draft(bench)
    Worker(bench, settings).look()
    with bench.read(COMMAND, moment()) as work:
        before = rows(work.session)
    key = made(bench, settings, staff_visitor, source=KEY)
    base, there = f"/practice/{key}/es", inside_of(settings, key)
    entered = staff_visitor.submit(PAGE, to=f"{PAGE}/enter")
    assert entered.location == f"{base}/secretariat/"
    start = staff_visitor.get(entered.location)
    assert '/es/secretariat/">Ir a las páginas reales de la secretaría</a>' in start.text, "the way back"
    assert [each in start.text for each in ("ENSAYO", TITLE)] == [True, True]
    assert start.headers["X-Robots-Tag"] == "noindex"
    with there.read(COMMAND, moment()) as work:
        names = set(work.session.scalars(select(Organisation.name)))
    assert names == {"Red 001", "Red 002", "ENSAYO · Secretaría de prueba"}

    opening = f"{base}/secretariat/rounds/{practice.ROUND}/open"
    assert staff_visitor.submit(opening, {"typed": practice.ROUND}).status_code == 303
    Worker(bench, settings).look()
    with there.read(COMMAND, moment()) as work:
        mails = list(work.session.execute(select(Message.state, Message.subject, Message.body)))
    there.engine.dispose()
    assert {state for state, _subject, _body in mails} == {"sent"}, (
        "the worker of the installation sends them"
    )
    for _state, subject, body in mails:
        assert (subject or "").startswith("[ENSAYO] ")
        assert (body or "").count("nada de esta consulta cuenta") == 1

    sent = (practice.settings_of(settings, key).data / "mail").glob("*invitation*.eml")
    voter = Visitor(app.test_client())
    ballot = voter.sent(next(filter(None, (_link(path, key) for path in sent))))
    assert (ballot.status_code, "ENSAYO" in ballot.text) == (200, True)
    for page in ("/es/", "/es/data", "/es/members", "/es/log", "/es/heard"):
        text = voter.get(page).text
        assert [TITLE in text, key in text] == [False, False]
    with bench.read(COMMAND, moment()) as work:
        assert rows(work.session) == before


def test_a_password_alone_opens_no_practice_in_a_browser_that_was_not_in_it(
    bench: Bench, settings: Settings, app: Flask, staff_visitor: Visitor
) -> None:
    """The installation asks for a second step, and the practice for none: it is no way round it."""
    members(bench)
    key = made(bench, settings, staff_visitor)
    sign_in, desk = f"/practice/{key}/es/account/sign-in", f"/practice/{key}/es/secretariat/"
    said = {"email": STAFF, "password": PASSWORD}
    stranger = Visitor(app.test_client())
    assert "las contraseñas no sirven aquí" in stranger.get(sign_in).text
    refused = stranger.submit(sign_in, said)
    assert (refused.status_code, stranger.get(desk).status_code) == (422, 303)
    staff_visitor.submit(PAGE, to=f"{PAGE}/enter")
    staff_visitor.submit(desk, to=f"/practice/{key}/es/account/sign-out")
    assert staff_visitor.get(desk).status_code == 303
    assert staff_visitor.submit(sign_in, said).location == desk
    assert staff_visitor.get(desk).status_code == 200


def test_a_passkey_of_a_practice_takes_no_place_of_the_real_one(bench: Bench) -> None:
    """A device keeps one passkey for a host and a user: both places have the host, so the user differs."""
    users = []
    for each in (bench, Bench(bench.engine, TWO, practice=True)):
        with each.work(COMMAND, moment()) as work:
            if not users:
                accounts.add_staff(work, STAFF, "Ana", PASSWORD, "secretariat")
            number = work.session.scalars(select(Staff.id)).one()
            token = accounts.start_session(work, staff_id=number, factor="none")
            _asked, options = accounts.registration(
                work, token, accounts.Site("localhost", "http://localhost", "consulta")
            )
            users.append(options["publicKey"]["user"]["id"])
    assert users[0] != users[1]


def test_a_practice_goes_whole_by_one_act(bench: Bench, settings: Settings, staff_visitor: Visitor) -> None:
    members(bench)
    key = made(bench, settings, staff_visitor)
    address = f"/practice/{key}/es/rounds/{practice.ROUND}"
    refused = staff_visitor.submit(f"{PAGE}/delete", {"typed": "Ensayo"})
    assert (refused.status_code, TITLE in refused.text) == (422, True)
    assert staff_visitor.get(f"/practice/{key}/es/").status_code == 200
    assert staff_visitor.submit(f"{PAGE}/delete", {"typed": f" {TITLE} "}).status_code == 303
    for gone in (address, f"/practice/{key}/es/v/abc"):
        answer = staff_visitor.get(gone)
        assert (answer.status_code, "Este ensayo terminó" in answer.text) == (404, True)
    Worker(bench, settings).look()
    assert not practice.settings_of(settings, key).data.exists()
    with bench.read(COMMAND, moment()) as work:
        row = work.session.scalars(select(Practice)).one()
        assert (row.state, row.title, row.asked, row.live) == ("gone", "", {}, None)
        acts = list(work.session.scalars(select(LogEntry.action).where(LogEntry.subject == "practice:1")))
    assert acts == [f"practice.{each}" for each in ("asked", "made", "deleted", "gone")]


def _link(path: Path, key: str) -> str | None:
    found = re.search(rf"/practice/{key}/es/v/[\w-]+", path.read_text("utf-8").replace("=\n", ""))
    return found and found[0]


def test_what_no_practice_can_be_made_of(bench: Bench, staff_visitor: Visitor) -> None:
    members(bench)
    for change, said in (
        ({"members": ["1", "999"]}, "Elija"),
        ({"members": ["1", "x"]}, "Elija"),
        ({"title": " "}, "Dele al ensayo"),
        ({"title": "x" * 121}, "120"),
        ({"staff": [], "members": ["1"]}, "al menos 2"),
        ({"source": "no-hay"}, "Elija"),
        ({"staff": "999", "members": ["1"]}, "Elija"),
    ):
        answer = staff_visitor.submit(PAGE, {**FORM, **change})
        assert (answer.status_code, said in answer.text) == (422, True), change
        kept = re.search(r'value="1"[^>]*checked|checked[^>]*value="1"', answer.text)
        assert kept, "what was ticked still is"
    with bench.read(COMMAND, moment()) as work:
        assert practice.look(work) is None


def test_there_is_one_at_a_time_and_a_failed_one_can_be_deleted(
    bench: Bench, settings: Settings, staff_visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    members(bench)
    form = staff_visitor.get(PAGE)
    assert staff_visitor.submit(PAGE, FORM).status_code == 303
    again = staff_visitor.post(PAGE, {**FORM, "csrf_token": staff_visitor.token(form)})
    assert (again.status_code, "Ya hay un ensayo" in again.text) == (422, True)

    def full(_engine: object) -> None:
        raise OSError("no space is left")

    monkeypatch.setattr(db, "upgrade", full)
    Worker(bench, settings).look()
    key = live(bench)
    assert "No se pudo preparar" in staff_visitor.get(PAGE).text
    assert not (settings.data / practice.WAY / key).exists()
    assert staff_visitor.submit(PAGE, to=f"{PAGE}/enter").status_code == 404
    assert staff_visitor.submit(f"{PAGE}/delete", {"typed": TITLE}).status_code == 303
    Worker(bench, settings).look()
    assert "Preparar el ensayo" in staff_visitor.get(PAGE).text


def test_no_real_round_can_be_deleted_once_it_opened(bench: Bench, staff_visitor: Visitor) -> None:
    """There is no practice among the rounds: whatever is deleted here, votes of the installation stay."""
    members(bench)
    draft(bench)
    staff_visitor.submit(f"/es/secretariat/rounds/{KEY}/open", {"typed": KEY})
    vote(bench, "Red 001")
    assert staff_visitor.get(f"/es/secretariat/rounds/{KEY}/delete").status_code == 409
    with bench.read(ANONYMOUS, moment()) as work:
        named = {
            key.column.table.name
            for table in Base.metadata.sorted_tables
            for key in table.foreign_keys
            if table.name == "practices"
        }
        guarded = {table for table in APPEND_ONLY if inspect(work.session.connection()).has_table(table)}
    assert named == {"staff"}
    assert guarded == set(APPEND_ONLY)


def test_a_practice_has_a_schema_of_its_own_or_a_file(
    either: Bench, migrated_url: str, settings: Settings, tmp_path: Path
) -> None:
    """The same on both databases: made, filled with the example, lived in, and gone without a trace."""
    used = replace(settings, database=migrated_url, data=tmp_path / "there")
    with either.work(COMMAND, moment()) as work:
        for number in (1, 2):
            build_organisation(
                work.session, f"Red {number:03d}", country="PE", email=f"c{number}@example.org"
            )
        key = practice.ask(work, PracticeCommand("Uno", "", (), (1, 2)), bytes)
    practice.make_filled(used, either, key, moment())
    with practice.opened(used, key) as there, there.read(COMMAND, moment()) as work:
        (found,) = work.session.scalars(select(Round))
        assert (found.key, found.example, len(found.themes) > 2, len(found.nominees) > 2) == (
            practice.ROUND,
            True,
            True,
            True,
        )
    with either.read(COMMAND, moment()) as work:
        assert list(work.session.scalars(select(Round))) == []
    practice.drop(used, key)
    practice.drop(used, key)
    assert not practice.settings_of(used, key).data.exists()
    if not db.is_file(migrated_url):
        with either.engine.connect() as connection:
            assert not [
                name for name in inspect(connection).get_schema_names() if name.startswith("practice")
            ]
        # A connection that does not get into the schema, as behind a pool that drops options, is not used:
        # it would act on the installation.
        with (
            pytest.raises(Problem, match=r"store\.unavailable"),
            practice.opened(used, key) as there,
            there.read(COMMAND, moment()) as work,
        ):
            work.session.scalars(select(Round)).all()
        told = db.in_schema("postgresql://a@b/c?options=-cstatement_timeout%3D9000", "x")
        assert make_url(told).query["options"] == "-cstatement_timeout=9000 -csearch_path=x"


@for_each("key", ["", "../../../etc", "a;drop schema x", "ABCDEFGHIJKL"])
def test_a_key_names_no_other_place(settings: Settings, key: str) -> None:
    with pytest.raises(ValueError, match="no key"):
        practice.drop(settings, key)


def test_organisations_are_looked_up_by_words_and_the_page_lists_none_by_itself(
    bench: Bench, staff_visitor: Visitor
) -> None:
    members(bench)
    with bench.work(COMMAND, moment()) as work:
        for number in range(30):
            build_organisation(
                work.session, f"Casa {number:02}", country="PE", email=f"c{number}@example.org"
            )
        build_organisation(work.session, "Casa sin contacto").contacts[0].may_vote = False
    empty = staff_visitor.get(PAGE).text
    assert "Red 001" not in empty
    assert "<datalist" not in empty
    sent = {"title": TITLE, "members": ["1"], "search": "CASA", "find": "1"}
    page = staff_visitor.submit(PAGE, sent)
    assert page.status_code == 200
    assert f'value="{TITLE}"' in page.text, "what was written stays"
    assert page.text.count("Casa ") == practice.SHOWN
    assert "Casa sin contacto" not in page.text
    assert "Red 001 (PE)" in page.text, "who is ticked stays"
    assert "agregue otra palabra" in page.text
    assert "Ninguna otra" in staff_visitor.submit(PAGE, {**sent, "search": "zzz"}).text
    with bench.read(COMMAND, moment()) as work:
        assert practice.look(work) is None, "looking up makes nothing"


@pytest.mark.parametrize("how", ["restore", "move"])
def test_a_practice_is_over_after_a_restore_or_a_move_which_do_not_bring_its_place(
    bench: Bench, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    members(bench)
    with bench.work(COMMAND, moment()) as work:
        key = practice.ask(work, PracticeCommand("Uno", "", (), (1, 2)), bytes)
        practice.settle(work, key, made=True)
    to = tmp_path / "elsewhere" / "to.sqlite3"
    if how == "restore":
        made = backups.take(bench, BackupSettings(), tmp_path / "kept", moment())
        found = backups.restore(made.path, str(to), moment())
    else:
        found = backups.move(bench, str(to), moment())
    assert found.is_sound
    there = Bench(dump.engine_of(str(to)))
    with there.read(COMMAND, moment()) as work:
        assert practice.look(work) is None
        assert practice.in_state(work, "deleted") == [key]
    Worker(there, replace(settings, database=f"sqlite:///{to}", data=to.parent)).look()
    assert "store.unavailable" not in caplog.text
    with there.read(COMMAND, moment()) as work:
        assert practice.in_state(work, "deleted") == []
        assert checks.whole(work)
    there.engine.dispose()
