"""A witness over a real server: it follows a log that grows, and refuses one that is another."""

from __future__ import annotations

import json
import os
import shutil
import stat
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from consulta.app import create_app
from consulta.core.problems import Problem
from consulta.core.trust import record
from consulta.platform import database as db
from consulta.platform.web.gate import Lane, Networks
from consulta.platform.work import ANONYMOUS, COMMAND, Bench
from consulta.rounds import witnesses
from tests.cases import for_each
from tests.factories import moment
from tests.rounds.witnesses.watched import TESTIGO, Watched, begin, made, run
from tests.texts import TWO

if TYPE_CHECKING:
    from pathlib import Path

    from consulta.platform.settings import Settings


@pytest.fixture
def watched(bench: Bench, settings: Settings) -> Watched:
    return begin(bench, settings)


def cosigners(watched: Watched) -> dict[int, list[str]]:
    with watched.bench.read(COMMAND, watched.at) as work:
        return {each.size: [one.name for one in each.cosigners] for each in witnesses.view(work).checkpoints}


def test_two_witnesses_follow_a_log_that_grows(watched: Watched, tmp_path: Path) -> None:
    for name in ("red-andina", "foro-del-sur"):
        watched.register(made(tmp_path / name, name), name)
    first = watched.hour()
    with watched.served() as address:
        for name in ("red-andina", "foro-del-sur"):
            done = run(tmp_path / name, "watch", address)
            assert done.status == 0, done.said
            assert f"{first} rows; this is the first" in done.said
            assert "the key 127.0.0.1" in done.said or "is trusted" in done.said
        assert run(tmp_path / "red-andina", "watch", address).said.endswith("Cosignature delivered.\n")
        for _ in range(3):
            second = watched.hour()
        done = run(tmp_path / "red-andina", "watch", address)
        assert (done.status, f"it grew from the {first}" in done.said) == (0, True), done.said
    assert cosigners(watched)[first] == ["red-andina", "foro-del-sur"]
    assert cosigners(watched)[second] == ["red-andina"]
    assert watched.note().count("\u2014 ") == 2
    assert run(tmp_path / "red-andina", "show").said.count(f"{second} rows") == 1


def test_a_witness_that_is_not_registered_yet_reads_all_the_same_which_key_it_trusts(
    watched: Watched, tmp_path: Path
) -> None:
    made(tmp_path / "early", "red-andina")
    watched.hour()
    with watched.served() as address:
        done = run(tmp_path / "early", "watch", address)
    assert done.status == 3, done.said
    assert "is trusted" in done.said
    assert "rows; this is the first" in done.said
    assert "the cosignature was not taken" in done.said


def test_the_key_of_a_witness_is_read_by_its_owner_alone(tmp_path: Path) -> None:
    line = made(tmp_path / "one")
    assert TESTIGO.parse_key(line, TESTIGO.WITNESS)[0] == "red-andina"
    path = tmp_path / "one" / "testigo-key.pem"
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = run(tmp_path / "one", "new", "another")
    assert (again.status, again.said.strip().split("\n")[-1]) == (0, line)
    assert run(tmp_path / "two", "new", "with space").status == 2
    assert "make one" in run(tmp_path / "two", "watch", "http://127.0.0.1:9").said


def forked(watched: Watched, path: Path) -> Watched:
    """The same installation whose database was written anew, with everything made to fit."""
    source = watched.bench.engine.url.database
    assert source is not None
    watched.bench.engine.dispose()
    shutil.copy(source, path)
    other = Bench(db.connect(f"sqlite:///{path}"), TWO)
    with other.engine.begin() as connection:
        for table in ("log", "heads", "checkpoints", "cosignatures"):
            for act in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER {table}_no_{act}"))
        connection.execute(text("DELETE FROM cosignatures"))
        connection.execute(text("DELETE FROM checkpoints"))
        connection.execute(text("UPDATE log SET actor = 'forger' WHERE action = 'test.act'"))
        rows = connection.execute(text("SELECT * FROM log ORDER BY seq")).mappings().all()
        previous, tree, at = record.START, record.Tree(), {}
        for row in rows:
            details = row["details"]
            if row["action"] == "heads.taken":
                told = json.loads(details)
                details = record.canonical({**told, "root": at[told["size"]].root}).decode()
            said = record.Row(
                row["seq"], row["at"], row["actor"], row["nonce"], row["action"], row["subject"], details
            )
            digest = record.row_digest(said, previous)
            connection.execute(
                text("UPDATE log SET previous = :p || '-', digest = :d, details = :t WHERE seq = :s"),
                {"p": previous, "d": digest, "t": details, "s": row["seq"]},
            )
            previous, tree = digest, tree.grown([digest])
            at[tree.size] = tree
        connection.execute(text("UPDATE log SET previous = substr(previous, 1, 64)"))
        for size, grown in at.items():
            connection.execute(
                text("UPDATE heads SET root = :r, peaks = :p WHERE size = :s"),
                {"r": grown.root, "p": json.dumps(grown.peaks), "s": size},
            )
    found = Watched(other, watched.settings, watched.at)
    found.sign()
    return found


def test_a_fork_is_refused_and_both_versions_are_kept(watched: Watched, tmp_path: Path) -> None:
    """The forger has key and database: signatures, chain and heads fit, and not what the witness saw."""
    folder = tmp_path / "witness"
    watched.register(made(folder))
    size = watched.hour()
    with watched.served() as address:
        assert run(folder, "watch", address).status == 0
        port = int(address.rpartition(":")[2])
    kept = (folder / "testigo.json").read_text("utf-8")
    fork = forked(watched, tmp_path / "fork.sqlite3")
    rows = json.loads(kept)
    for hours in (0, 1, 1):  # the very size that was seen, and longer ones
        if hours:
            fork.hour(hours)
        with fork.served() as other:
            moved = {**rows, "logs": {other: rows["logs"][f"http://127.0.0.1:{port}"]}}
            (folder / "testigo.json").write_text(json.dumps(moved), "utf-8")
            done = run(folder, "watch", other)
        assert (done.status, f"with {size} rows it was another" in done.said) == (1, True), done.said
        assert json.loads((folder / "testigo.json").read_text("utf-8")) == moved, "what was kept is unchanged"
    evidence = next(folder.glob("evidencia-*.txt")).read_text("utf-8")
    assert evidence.count("localhost/log\n") == 2
    assert cosigners(fork)
    assert not any(cosigners(fork).values())
    fork.bench.engine.dispose()


IN_WORDS = {
    "back": {"es": "El registro retrocedió", "en": "The log went back", "pt": "O registro recuou"},
    "another_log": {
        "es": "respondió por otro registro",
        "en": "answered for another log",
        "pt": "respondeu por outro registro",
    },
    "clock": {
        "es": "El reloj de esta computadora",
        "en": "The clock of this computer",
        "pt": "O relógio deste computador",
    },
}


def test_a_log_that_goes_back_is_refused(watched: Watched, tmp_path: Path) -> None:
    """A database that was put back from a copy of before."""
    folder = tmp_path / "witness"
    watched.register(made(folder))
    source = watched.bench.engine.url.database
    assert source is not None
    watched.bench.engine.dispose()  # all of it is in its file then
    shutil.copy(source, tmp_path / "before.sqlite3")
    watched.hour()
    watched.hour()
    with watched.served() as address:
        assert run(folder, "watch", address).status == 0
    rows = json.loads((folder / "testigo.json").read_text("utf-8"))
    before = Watched(
        Bench(db.connect(f"sqlite:///{tmp_path / 'before.sqlite3'}"), TWO), watched.settings, watched.at
    )
    with before.served() as other:
        (folder / "testigo.json").write_text(
            json.dumps({**rows, "logs": {other: rows["logs"][address]}}), "utf-8"
        )
        for lang, words in IN_WORDS["back"].items():
            done = run(folder, "watch", other, lang=lang)
            assert (done.status, words in done.said) == (1, True), done.said
    before.bench.engine.dispose()


@for_each("lang, words", [("es", "no responde"), ("en", "does not answer"), ("pt", "não responde")])
def test_a_site_that_is_down_is_said_in_the_readers_language(tmp_path: Path, lang: Any, words: Any) -> None:
    made(tmp_path / "w")
    done = run(tmp_path / "w", "watch", "http://127.0.0.1:9", lang=lang)
    assert (done.status, words in done.said) == (3, True), done.said


def test_a_site_without_checkpoints_or_of_something_else(
    bench: Bench, settings: Settings, tmp_path: Path
) -> None:
    made(tmp_path / "w")
    with Watched(bench, settings, moment()).served() as address:
        done = run(tmp_path / "w", "watch", address)
        assert (done.status, "no signed checkpoint yet" in done.said) == (3, True), done.said
        done = run(tmp_path / "w", "watch", f"{address}/es")
        assert done.status in (1, 3), done.said


def test_another_log_at_the_same_address_is_refused(watched: Watched, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    watched.register(made(folder))
    with watched.served() as address:
        assert run(folder, "watch", address).status == 0
        path = folder / "testigo.json"
        rows = json.loads(path.read_text("utf-8"))
        rows["logs"][address]["origin"] = "otra.example.org/log"
        path.write_text(json.dumps(rows), "utf-8")
        for lang, words in IN_WORDS["another_log"].items():
            done = run(folder, "watch", address, lang=lang)
            assert (done.status, words in done.said) == (1, True), done.said


def test_a_new_key_is_taken_when_it_is_told_and_not_before(watched: Watched, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    watched.register(made(folder))
    with watched.served() as address:
        assert run(folder, "watch", address).status == 0
        with watched.bench.work(COMMAND, watched.at) as work:
            fresh = witnesses.change(work, watched.settings)
        watched.hour()
        done = run(folder, "watch", address)
        assert (done.status, "not signed with the key that this witness knows" in done.said) == (1, True)
        assert run(folder, "watch", address, "--key", "nonsense").status == 2
        done = run(folder, "watch", address, "--key", fresh)
        assert done.status == 0, done.said
        assert run(folder, "watch", address).status == 0, "it is kept"


def test_a_clock_that_went_back_signs_nothing(watched: Watched, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    watched.register(made(folder))
    with watched.served() as address:
        assert run(folder, "watch", address).status == 0
        path = folder / "testigo.json"
        rows = json.loads(path.read_text("utf-8"))
        rows["logs"][address]["time"] += 86_400
        path.write_text(json.dumps(rows), "utf-8")
        for lang, words in IN_WORDS["clock"].items():
            done = run(folder, "watch", address, lang=lang)
            assert (done.status, words in done.said) == (1, True), done.said


def test_what_is_kept_is_never_taken_for_nothing(watched: Watched, tmp_path: Path) -> None:
    """A damaged file is not the same as none: a witness that forgot could sign a fork."""
    folder = tmp_path / "w"
    watched.register(made(folder))
    with watched.served() as address:
        assert run(folder, "watch", address).status == 0
        (folder / "testigo.json").write_text("{", "utf-8")
        done = run(folder, "watch", address)
    assert (done.status, "cannot be read" in done.said) == (2, True), done.said


def test_a_witness_that_nobody_registered_is_told_so(watched: Watched, tmp_path: Path) -> None:
    made(tmp_path / "w")
    with watched.served() as address:
        done = run(tmp_path / "w", "watch", address, lang="es")
    assert done.status == 3
    assert "Envíe a la secretaría" in done.said, done.said


def test_a_cosignature_before_the_checkpoint_is_refused(watched: Watched, tmp_path: Path) -> None:
    watched.register(made(tmp_path / "w"))
    size = watched.hour()
    witness = TESTIGO.Witness(tmp_path / "w", lambda code, **values: code)
    with watched.served() as address:
        site = TESTIGO.Site(address, "en", lambda code, **values: code)
        early = (watched.at - timedelta(hours=1)).timestamp()
        with pytest.raises(TESTIGO.Refused):
            TESTIGO.watch(
                witness, site, "", lambda code, **values: str(values.get("why", code)), lambda: early
            )
        status, answer = site.ask("/log/cosignatures", b"nonsense")
        assert (status, answer.split("\n")[0]) == (422, "cosignature.malformed")
        status, _ = site.ask("/log/cosignatures", b"x" * 20_000)
        assert status == 413
    assert cosigners(watched)[size] == []


def cosigned(
    watched: Watched, folder: Path, body: str, at: int | None = None, *, spoilt: bool = False
) -> str:
    """What the witness in a folder would send with a checkpoint that says this."""
    witness = TESTIGO.Witness(folder, lambda code, **values: code)
    private, name = witness.private(), witness.rows()["name"]
    moment_of = int(watched.at.timestamp()) if at is None else at
    number = TESTIGO.id_of(name, TESTIGO.WITNESS, private.public_key().public_bytes_raw())
    signed = private.sign(TESTIGO.cosigned_message(body, moment_of + spoilt))
    return f"{body}\n\u2014 {name} {TESTIGO.coded(number + moment_of.to_bytes(8, 'big') + signed)}\n"


@pytest.mark.parametrize("code", ["another_log", "ahead", "another_head", "wrong", "early", "late", ""])
def test_a_cosignature_that_says_something_else_is_refused_in_words(
    watched: Watched, tmp_path: Path, code: str
) -> None:
    """Of another log, of more rows than there are, of other rows; by a clock that is hours wrong."""
    watched.register(made(tmp_path / "w"))
    size = watched.hour()
    body = TESTIGO.parse_note(watched.note(size))[0]
    origin, rows, root, *rest = body.split("\n")
    other = TESTIGO.coded(bytes(32))
    bodies = {
        "another_log": ["otra.example.org/log", rows, root, *rest],
        "ahead": [origin, str(size + 1), other, *rest],
        "another_head": [origin, rows, other, *rest],
    }
    text = "\n".join(bodies.get(code, [origin, rows, root, *rest]))
    hours = {"early": -3, "late": 3}.get(code, 0)
    at = int((watched.at + timedelta(hours=hours)).timestamp())
    sent = cosigned(watched, tmp_path / "w", text, at, spoilt=code == "wrong")
    with watched.bench.work(ANONYMOUS, watched.at) as work:
        if code:
            with pytest.raises(Problem, match=rf"cosignature\.{code}"):
                witnesses.take(work, sent)
        else:
            assert witnesses.take(work, sent) == size
    assert bool(cosigners(watched)[size]) is not bool(code)
    with watched.served() as address:
        answers = {}
        for lang in ("es", "en", "pt"):
            site = TESTIGO.Site(address, lang, lambda code, **values: code)
            status, answers[lang] = site.ask("/log/cosignatures", sent.encode())
    if code not in {"", "early", "late"}:  # the clock of the server is not that of this test
        assert (status, {each.split("\n")[0] for each in answers.values()}) == (422, {f"cosignature.{code}"})
        assert len({*answers.values()}) == len(answers), "each in the reader's language"


def test_a_stranger_fills_its_own_network_and_waits_for_no_writer(watched: Watched, tmp_path: Path) -> None:
    watched.register(made(tmp_path / "w"))
    size = watched.hour()
    kept = cosigned(watched, tmp_path / "w", TESTIGO.parse_note(watched.note(size))[0])
    with watched.bench.work(ANONYMOUS, watched.at) as work:
        assert witnesses.look(work, kept) == (size, True)
        witnesses.take(work, kept)
        assert witnesses.look(work, kept) == (size, False)
    app = create_app(watched.settings, watched.bench)
    gate = app.extensions["consulta"].gate
    gate.networks = Networks(burst=3.0, most=2, clock=lambda: 0.0)
    gate.witnesses = Lane(rate=1.0, burst=0.0)  # nothing more is written

    def send(text: str, source: str) -> int:
        client = app.test_client()
        return client.post("/log/cosignatures", data=text, environ_base={"REMOTE_ADDR": source}).status_code

    assert [send("nonsense", "198.51.100.7") for _ in range(5)] == [422, 422, 422, 429, 429]
    assert send("nonsense", "198.51.100.200") == 429, "the same network"
    assert send("nonsense", "203.0.113.9") == 422
    assert send(kept, "203.0.113.9") == 200, "what is kept already is answered without being written"
    for number in range(5):
        send("nonsense", f"192.0.{number}.1")
    assert len(gate.networks._lanes) == 2, "bounded, however many come"
