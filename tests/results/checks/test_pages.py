"""The pages on checking: following them alone, from a clean folder, verifies; a code finds its vote."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from consulta.core.trust import record
from consulta.platform.models import Ballot, LogEntry
from consulta.platform.work import ANONYMOUS
from consulta.platform.work import COMMAND as COMMAND_LINE
from consulta.results import archive
from consulta.rounds import heads
from consulta.shell.cli.demo import filling
from consulta.vote import service as voting
from tests.deep import some
from tests.drafts import KEY
from tests.factories import moment
from tests.results.checks.published import STAFF, Voted, archive_of, live, unpacked, verify

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from tests.benches import Demo, Visitor

COMMAND = re.compile(r'<code class="command">(.*?)</code>', re.DOTALL)


def follow(visitor: Visitor, lang: str, key: str, folder: Path, head: str = "") -> list[str]:
    """Do what the page says, as it stands there: download, then each command; what they printed.

    `head` is what a reader kept and gives to the page.
    """
    page = visitor.get(f"/{lang}/rounds/{key}/verify{f'?head={head}' if head else ''}")
    assert page.status_code == 200
    link = re.search(r'<a href="([^"]+/archive\.zip)">([^<]+)</a>', page.text)
    assert link is not None
    answer = visitor.get(link[1])
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{link[2]}"'
    (folder / link[2]).write_bytes(answer.data)
    # The program stands beside the interpreter of the tests; nothing else of the environment is needed.
    programs = {
        "consulta": str(Path(sys.executable).with_name("consulta")),
        "sha256sum": shutil.which("sha256sum") or "",
    }
    said = []
    for command in COMMAND.findall(page.text):
        program, *arguments = html.unescape(command).split(" ")
        done = subprocess.run(
            [programs[program], *arguments],
            cwd=folder,
            env={"PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        said.append(done.stdout)
    return said


@pytest.mark.deep
@pytest.mark.parametrize(("lang", "agrees"), [("es", "Todo concuerda."), ("en", "Everything agrees.")])
def test_the_page_alone_is_enough(
    bench: Bench, visitor: Visitor, tmp_path: Path, lang: str, agrees: str
) -> None:
    voted = live(bench)
    with bench.read(voted[3].actor, moment()) as work:
        shown = voting.receipt(work, KEY)[2]
    assert shown is not None
    folder = tmp_path / "clean"
    folder.mkdir()
    printed, verified = follow(visitor, lang, KEY, folder, shown.root)
    assert f"{shown.size}" in verified.splitlines()[-3], "the head of the reader's own receipt was checked"
    digest = printed.split(" ")[0]
    assert digest not in visitor.get(f"/{lang}/rounds/{KEY}/verify").text, "it is told elsewhere"
    assert digest in visitor.get(f"/{lang}/rounds/{KEY}/result/figures").text
    assert verified.splitlines()[-2:] == [agrees, "verified"]


def test_the_page_gives_out_no_head_to_be_checked(bench: Bench, visitor: Visitor) -> None:
    """What the page itself hands out proves nothing: a forger would write it to match."""
    live(bench)
    page = visitor.get(f"/es/rounds/{KEY}/verify").text
    with bench.read(COMMAND_LINE, moment()) as work:
        facts = archive.facts_of(work, KEY)
    commands = COMMAND.findall(page)
    assert commands
    assert not [
        each for each in commands if "--head" in each or "--sha256" in each or facts.head.root in each
    ]
    assert page.index('id="own"') < page.index('id="steps"'), "what the reader kept comes first"
    refused = visitor.get(f"/es/rounds/{KEY}/verify?head=%3Cb%3E")
    assert refused.status_code == 422
    assert "<b>" not in refused.text
    assert not [each for each in COMMAND.findall(refused.text) if "--head" in each]


def test_the_archives_of_the_demo_agree(settings: Settings, demo: Demo) -> None:
    bench = demo.bench(settings)
    for key in some((filling.PUBLISHED, filling.TOTALS, filling.SHARED), 3):
        status, said = verify(unpacked(archive_of(bench, key)))
        assert status == 0, said
    bench.engine.dispose()


HELD = {
    "es": {
        "Votos que cuentan": "10",
        "Anteriores, reemplazados por un voto posterior de la misma organización": "1",
        "Votos contados que registró la secretaría a pedido de la organización": "0",
        "Rechazados por llegar después del cierre": "1",
    },
    "en": {
        "Votes that count": "10",
        "Earlier votes, replaced by a later one of the same organisation": "1",
        "Counted votes entered by the secretariat at the organisation's request": "0",
        "Refused because they arrived after voting closed": "1",
    },
}


def test_the_result_page_tells_what_to_hold_an_archive_against(bench: Bench, visitor: Visitor) -> None:
    live(bench)
    for lang in HELD:
        held_against(bench, visitor, lang)


def held_against(bench: Bench, visitor: Visitor, lang: str) -> None:
    """Hold what the page tells in a language against the archive."""
    page = visitor.get(f"/{lang}/rounds/{KEY}/result/figures").text
    with bench.read(COMMAND_LINE, moment()) as work:
        facts = archive.facts_of(work, KEY)
    told = dict(re.findall(r"<dt>([^<]+)</dt>\s*<dd[^>]*>([^<]+)</dd>", page))
    assert HELD[lang].items() <= told.items()
    prints = {record.digest(archive_of(bench)), facts.bundle_sha256, facts.head.root, facts.code_version}
    assert prints <= set(told.values())
    assert facts.archive_sha256 == record.digest(archive_of(bench))
    links = re.findall(r'<a href="([^"]+)"', page)
    for place in ("archive.zip", "verify", "receipts"):
        assert f"/{lang}/rounds/{KEY}/{place}" in links
        assert visitor.get(f"/{lang}/rounds/{KEY}/{place}").status_code == 200


def test_an_archive_is_not_built_for_those_who_have_it(
    bench: Bench, app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(bench)
    address = f"/es/rounds/{KEY}/archive.zip"
    whole = visitor.get(address)
    tag = f'"{record.digest(whole.data)}"'
    assert (whole.headers["ETag"], whole.headers["Cache-Control"]) == (tag, "private, no-cache")
    other = visitor.get(address, headers={"If-None-Match": '"of another publication"'})
    assert other.data == whole.data
    monkeypatch.setattr(archive, "build", None)
    for given in (tag, f"W/{tag}"):
        again = visitor.get(address, headers={"If-None-Match": given})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    head = app.test_client().head(address)
    assert (head.status_code, head.data) == (200, b"")
    for name in ("Content-Length", "Content-Disposition", "Content-Type", "ETag"):
        assert head.headers[name] == whole.headers[name], name


def ask(visitor: Visitor, code: str, lang: str = "es") -> str:
    return visitor.post(f"/{lang}/rounds/{KEY}/receipts", {"code": code}).text


@pytest.mark.parametrize("secrecy", ["open", "pseudonymous", "aggregate"])
def test_each_receipt_is_found_with_its_ranking(bench: Bench, visitor: Visitor, secrecy: str) -> None:
    voted = live(bench, secrecy)
    page = visitor.get(f"/es/rounds/{KEY}/receipts").text
    for one in voted:
        assert (one.cast.receipt in page) == (secrecy != "aggregate"), "a listed code would open its vote"
    assert ("Red 001" in page) == (secrecy == "open")
    for one in (voted[0], voted[-1]):
        answer = ask(visitor, one.cast.receipt.lower().replace("-", " "))
        assert f"{one.cast.receipt}: este voto se contó, sin cambios" in answer
        assert (ranking_of(one) in answer) == (secrecy != "aggregate"), "a code proves a vote to nobody"
    shown = ranking_of(voted[1]) in page
    assert shown == (secrecy != "aggregate")
    with bench.read(STAFF, moment()) as work, pytest.MonkeyPatch.context() as patch:
        total = archive.receipts_page(work, KEY).total
        for most, listed in ((total, total), (total - 1, 0)):
            patch.setattr(archive, "MOST_LINES", most)
            lines = archive.receipts_page(work, KEY).lines
            assert len(lines) == (0 if secrecy == "aggregate" else listed)


def ranking_of(one: Voted) -> str:
    names = (key.replace("tema_numero_", "Tema número ") for key in one.cast.choice.ranking)
    return "; ".join(f"{place}. {name}" for place, name in enumerate(names, start=1))


def test_a_code_that_was_replaced_or_is_none(bench: Bench, visitor: Visitor) -> None:
    live(bench)
    with bench.read(STAFF, moment()) as work:
        replaced = work.session.scalars(select(Ballot).where(Ballot.version == 2)).one().seat_id
        first = work.session.scalars(
            select(Ballot.receipt).where(Ballot.seat_id == replaced, Ballot.version == 1)
        ).one()
    assert "fue reemplazado por otro posterior" in ask(visitor, first)
    assert "no es un voto de esta consulta" in ask(visitor, "3333-3333-3333")
    assert "Esto no es un código de comprobante" in ask(visitor, "ABCD")
    empty = visitor.post(f"/es/rounds/{KEY}/receipts", {"code": ""})
    assert empty.status_code == 422
    assert 'href="#code"' in empty.text


def test_a_round_that_is_not_published_has_none_of_these_pages(visitor: Visitor) -> None:
    for page in ("verify", "archive.zip", "receipts"):
        assert visitor.get(f"/es/rounds/{KEY}/{page}").status_code == 404


@pytest.mark.deep
def test_a_receipt_shows_the_head_after_its_vote_for_ever(bench: Bench) -> None:
    """TR-1: a log without the vote has another head."""
    voted = live(bench)
    shown = []
    for take in (False, True):
        with bench.work(voted[3].actor, moment()) as work:
            if take:
                heads.take_head(work, "daily")
            shown.append(voting.receipt(work, KEY)[2])
    head = shown[0]
    assert head is not None
    assert head == shown[1]
    with bench.read(STAFF, moment()) as work:
        rows = work.session.scalars(select(LogEntry).order_by(LogEntry.seq)).all()
        assert rows[head.size - 1].action == "ballot.cast"
        assert rows[head.size - 1].actor == str(voted[3].actor)
        assert record.Tree().grown(row.digest for row in rows[: head.size]).root == head.root
    files = unpacked(archive_of(bench))
    status, said = verify(files, heads=[head.root])
    assert (status, f"head of {head.size} rows: the log had it" in said) == (0, True), said


def test_only_the_own_session_reads_what_a_code_of_totals_says(bench: Bench) -> None:
    voted = live(bench, "aggregate")
    own, other = voted[1], voted[2]
    asked = {}
    for name, actor in (("own", own.actor), ("other", other.actor), ("staff", STAFF), ("nobody", ANONYMOUS)):
        with bench.read(actor, moment()) as work:
            asked[name] = archive.look_up(work, KEY, own.cast.receipt)
    assert {name: answer.state for name, answer in asked.items()} == dict.fromkeys(asked, "counted")
    assert [name for name, answer in asked.items() if answer.ranking] == ["own"]


def test_a_ballot_altered_in_the_database_is_told_by_its_code(bench: Bench, visitor: Visitor) -> None:
    voted = live(bench, "aggregate")
    with bench.work(STAFF, moment()) as work:
        work.session.execute(text("DROP TRIGGER ballots_no_update"))
        work.session.execute(
            text("UPDATE ballots SET ranking = :other WHERE receipt = :code"),
            {"other": '[["tema_numero_5"]]', "code": voted[1].cast.receipt},
        )
    assert "lo guardado no es lo que se envió" in ask(visitor, voted[1].cast.receipt)
