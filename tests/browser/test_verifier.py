"""The verifier of one HTML file, opened from the disk in a real browser, as a person with a phone has it.

It says of every archive what `consulta verify` says, although it shares no code with it, counts every bundle
as the core does, and says in the reader's language what a difference means and why a file cannot be checked.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
import time
import zipfile
from base64 import b64encode
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis.strategies import integers
from playwright.sync_api import expect

from consulta.core.counting import columns, count
from consulta.core.counting import files as counting
from consulta.core.trust import record
from consulta.platform import database as db
from consulta.platform.formats import zipped
from consulta.platform.settings import Settings
from consulta.platform.work import Bench
from consulta.results import verifier
from consulta.shell.site import guards
from tests.browser.voting import show, violations
from tests.core.elections import encoded, panel_bundles, usual_bundles
from tests.core.usual import usual
from tests.deep import DEEP
from tests.results.checks.containers import pressed, strange
from tests.results.checks.forging import (
    Files,
    chain_again,
    count_again,
    edit_json,
    forge,
    row_of,
    rows_of,
    sum_again,
    tell,
)
from tests.results.checks.published import archive_of, live, unpacked, verify
from tests.results.checks.random_forgeries import Luck, changed, random_forgery, unfit
from tests.results.checks.test_bad_input import SENTENCES, bad_archives, of_version_three
from tests.results.checks.test_bound import FORGED, OF_PEOPLE, closing_head
from tests.results.checks.test_everything import everything
from tests.results.checks.test_published_panel import seated
from tests.results.checks.test_registered import FORGED as OF_REGISTRATION
from tests.results.checks.test_registered import forged as forged_registration
from tests.results.checks.test_registered import forged_files, late_archives, twice
from tests.results.checks.test_reopened import FORGED as OF_REOPENING
from tests.results.checks.test_reopened import forged as forged_reopening
from tests.results.checks.test_reopened import reopened_archives
from tests.results.checks.test_tamper import drop_ballot, swap_ranks
from tests.results.checks.test_withdrawn import all_forged, withdrawn_archives
from tests.rounds.witnesses.test_archives import cosigned_before_the_panel, lived
from tests.rounds.witnesses.test_stamped_archives import stamp_two
from tests.texts import TWO
from tests.third import Third, agree
from tests.third import third as third  # noqa: PLC0414  # a fixture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

NOMINEES = ("n1", "n2", "n3")
ONE: dict[str, Any] = {"topics": 1, "support_min": 2}
WIDTHS = (360, 1280)
# Archives changed at random, and the first of their seeds: `make verifier` asks for a number of its own.
RANDOM = int(os.environ.get("CONSULTA_TEST_ARCHIVES") or (1000 if DEEP else 16))
FIRST = int(os.environ.get("CONSULTA_TEST_FIRST") or 0)
MINUTES = float(os.environ.get("CONSULTA_TEST_MINUTES") or "inf")
MANY = 100
HOSTILE = 2000 if DEEP else 24
ROUNDS = 350 if DEEP else 3  # of each of two kinds, each counted and changed


@pytest.fixture(scope="module")
def archives(migrated: bytes, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Files]:
    """Archives of rounds of two topics and of one, in the three modes of secrecy."""
    kinds: dict[str, tuple[str, dict[str, Any]]] = {
        "first": ("pseudonymous", {"endorsed": NOMINEES}),
        "second": ("open", ONE),
        "totals": ("aggregate", {"endorsed": NOMINEES}),
    }
    found = {}
    for name, (secrecy, more) in kinds.items():
        path: Path = tmp_path_factory.mktemp(name) / "consulta.sqlite3"
        path.write_bytes(migrated)
        bench = Bench(db.connect(f"sqlite:///{path}"), TWO)
        live(bench, secrecy, **more)
        found[name] = unpacked(archive_of(bench))
        found[f"{name} complete"] = unpacked(archive_of(bench, complete=True))
        bench.engine.dispose()
    return found


# -- the same answers as consulta verify


def same_answer(third: Third, files: Files, heads: tuple[str, ...] = (), sums: tuple[str, ...] = ()) -> int:
    theirs = verify(files, *sums, heads=heads)
    ours = third.says(files, heads, sums)
    assert agree(theirs, ours), f"{theirs[1]}\n\n{ours[1]}"
    return theirs[0]


def agrees(third: Third, true: dict[str, Files], forged: dict[str, Files]) -> None:
    """Both verifiers accept what is true, refuse what is forged, and say the same."""
    for files in true.values():
        assert same_answer(third, files) == 0
    for name, files in forged.items():
        assert same_answer(third, files) == 1, name


def test_it_agrees_on_true_archives_and_on_what_a_reader_kept(
    third: Third, archives: dict[str, Files]
) -> None:
    for files in archives.values():
        assert (
            same_answer(third, files, (closing_head(files).upper(),), (record.digest(files["heads.txt"]),))
            == 0
        )
        assert same_answer(third, files, ("0" * 64,)) == 1
        assert same_answer(third, files, (), ("0" * 64,)) == 1


@pytest.mark.deep
def test_it_agrees_on_rounds_that_were_opened_again(
    third: Third, migrated: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    found = reopened_archives(migrated, tmp_path_factory)
    agrees(third, found, {name: forged_reopening(found, name)[0] for name in OF_REOPENING})


@pytest.mark.deep
def test_it_agrees_on_rounds_with_late_registrations(
    third: Third, migrated: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    found = late_archives(migrated, tmp_path_factory)
    wrong = {name: forged_registration(found, name)[0] for name in OF_REGISTRATION}
    agrees(third, found, {**wrong, **forged_files(found), "twice": twice(found)})


@pytest.mark.deep
def test_it_agrees_on_rounds_with_a_withdrawn_registration(
    third: Third, migrated: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    found = withdrawn_archives(migrated, tmp_path_factory)
    agrees(third, found, {name: files for name, (files, _) in all_forged(found).items()})


def test_it_agrees_on_what_was_forged_after_the_closing(third: Third, archives: dict[str, Files]) -> None:
    """In `make test` on every fifth; `make test-deep` asks it in every test that forges, too."""
    for change, name in FORGED[:: 1 if DEEP else 5]:
        files = archives["totals complete" if name.startswith(OF_PEOPLE) else "first"]
        forged = forge(files, change, closing_kept=True)
        assert same_answer(third, forged, (closing_head(files),)) == 1, name


def archive_after(live_through: Callable[[Bench, Settings], object], migrated: bytes, folder: Path) -> Files:
    """The archive of an installation in this folder, after what is lived through in it."""
    (folder / "consulta.sqlite3").write_bytes(migrated)
    given = Settings(data=folder, database=f"sqlite:///{folder / 'consulta.sqlite3'}", secret="s" * 40)
    bench = Bench(db.connect(given.database), TWO)
    live_through(bench, given)
    files = unpacked(archive_of(bench))
    bench.engine.dispose()
    return files


def every_kind(migrated: bytes, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Files]:
    """Archives with all that one may have: late seats, reopenings, a panel, signed heads and time stamps."""

    def of(live_through: Callable[[Bench, Settings], object]) -> Files:
        return archive_after(live_through, migrated, tmp_path_factory.mktemp("kind"))

    def stamped(bench: Bench, given: Settings) -> None:
        lived(bench, given, lambda _: stamp_two(bench, given.data))

    late, again = (
        {f"{kind} {name}": files for name, files in made(migrated, tmp_path_factory).items()}
        for kind, made in (("late", late_archives), ("reopened", reopened_archives))
    )
    whole = everything(migrated, tmp_path_factory)
    return {
        **late,
        **again,
        "panel": of(lambda bench, _: seated(bench)),
        "stamped": of(stamped),
        "everything": whole.public,
        "everything complete": whole.complete,
    }


def test_true_is_no_base_value(third: Third, archives: dict[str, Files]) -> None:
    files = archives["first complete"]
    package = json.loads(files["package.json"])
    for seat in package["seats"]:
        seat["base"] = seat["base"] == 1 or seat["base"]
    forged = sum_again({**files, "package.json": json.dumps(package).encode()})
    assert same_answer(third, forged) == 1
    assert "one that was frozen with this seat" in verify(forged)[1]
    rules = edit_json(files, "bundle.json", lambda bundle: bundle["rules"].update(topics=False))
    assert same_answer(third, rules) == 1
    assert "expected a bundle that can be counted" in verify(rules)[1]


def test_it_agrees_on_archives_changed_at_random(
    third: Third, archives: dict[str, Files], migrated: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """On many, of every kind of archive; in `make test` on few, of three kinds."""
    if RANDOM >= MANY:
        archives = {**archives, **every_kind(migrated, tmp_path_factory)}
    found, ends = [], time.monotonic() + 60 * MINUTES
    for number in range(FIRST, FIRST + RANDOM):
        if found and time.monotonic() > ends:
            break
        luck = Luck(number)
        kind = luck.choice(sorted(archives))
        files = random_forgery(archives[kind], luck)
        theirs, ours = verify(files), third.says(files)
        assert agree(theirs, ours), f"{number}, {kind}\n{theirs[1]}\n\n{ours[1]}"
        found.append(theirs[0])
    sys.stdout.write(
        f"archives compared: {len(found)}; found to differ: {sum(found)}\n"
    )  # of `make verifier`
    assert sum(found) > len(found) // 2


def test_it_agrees_on_values_of_another_kind_and_neither_names_a_fault_of_its_language(
    third: Third, archives: dict[str, Files], migrated: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if HOSTILE >= MANY:
        archives = {**archives, **every_kind(migrated, tmp_path_factory)}
    for number in range(FIRST, FIRST + HOSTILE):
        luck = Luck(number)
        kind = luck.choice(sorted(archives))
        files = random_forgery(archives[kind], luck, unfit)
        theirs, ours = verify(files), third.says(files)
        assert agree(theirs, ours), f"{number}, {kind}\n{theirs[1]}\n\n{ours[1]}"
        assert not re.search(
            r"Error|Fraction|undefined|BigInt|object has no|object is not", theirs[1] + ours[1]
        )


def test_a_result_that_tells_nothing_of_two_themes_is_told_in_words(
    third: Third, archives: dict[str, Files]
) -> None:
    """Of a pair that nobody compared there is no share: where none is published, nothing is worked out."""
    files = archives["totals complete"]

    def retold(**told: object) -> Files:
        result = {**json.loads(files["result.json"]), **told}
        content = (json.dumps(result, ensure_ascii=False, indent=1) + "\n").encode()
        rows = rows_of(files)
        tell(row_of(rows, "rounds.counted"), result_sha256=record.digest(content))
        return chain_again({**files, "result.json": content}, rows)

    assert json.loads(files["public.json"]).get("step") is None
    pairs = json.loads(files["result.json"])["pairs"]
    assert same_answer(third, retold(pairs=pairs[::-1])) == 1
    said = verify(retold(pairs=pairs[::-1]))[1]
    assert "[yes] Published figures" in said
    for told in ({"pairs": None}, {"objectives": [{"number": 1, "share": "0/0"}] * 23}):
        assert same_answer(third, retold(**told)) == 1


def difference(third: Third, bundle: bytes, result: bytes, robustness: bytes) -> str | None:
    files = {"bundle.json": bundle, "result.json": result, "robustness.json": robustness}
    return third.first_difference(files)


def spoil(document: bytes, luck: Luck) -> bytes:
    return json.dumps(changed(json.loads(document), luck)).encode()


@pytest.mark.parametrize("kind", ["themes", "panels"])
def test_it_counts_random_rounds_as_the_core_does_and_finds_what_was_changed(third: Third, kind: str) -> None:
    """Digit by digit, all repetitions and reserves too. That another panel is better, only the core sees."""
    strategy = {"themes": usual_bundles(), "panels": panel_bundles().map(usual)}[kind]

    @settings(max_examples=ROUNDS, derandomize=True, database=None)
    @given(strategy, integers(0, 2**32))
    def check(bundle: dict[str, Any], number: int) -> None:
        data = encoded(bundle)
        result, robust, _ = count.recount(columns.read(io.BytesIO(data)), {})
        told, tale = result.to_json(), robust.to_json()
        assert difference(third, data, told, tale) is None
        luck = Luck(number)
        for spoilt, beside in ((spoil(told, luck), tale), (told, spoil(tale, luck))):
            found, seen = difference(third, data, spoilt, beside), counting.verify_files(data, spoilt, beside)
            assert (found is None) == (seen is None) or (kind == "panels" and found is None), (found, seen)

    check()


# -- checkpoints that are signed


NAME = "consulta.example.org"


def key_text(kind: int, name: str, key: Ed25519PrivateKey) -> tuple[str, bytes]:
    """A key as the log tells it, and its id."""
    data = bytes([kind]) + key.public_key().public_bytes_raw()
    number = sha256(f"{name}\n".encode() + data).digest()[:4]
    return f"{name}+{number.hex()}+{b64encode(data).decode()}", number


def with_checkpoint(files: Files, spoil: Callable[[dict[str, Any]], object] = lambda made: None) -> Files:
    """An archive whose log tells of a key and of a witness, with a checkpoint that both signed."""
    keys = {
        name: Ed25519PrivateKey.from_private_bytes(bytes([kind]) * 32) for kind, name in ((1, NAME), (4, "w"))
    }
    rows = rows_of(files)
    place = rows.index(row_of(rows, "rounds.counted"))
    told = {1: "checkpoints.key", 4: "witnesses.registered"}
    ids = {}
    for kind, name in ((1, NAME), (4, "w")):
        text, ids[name] = key_text(kind, name, keys[name])
        row = {**rows[place], "action": told[kind], "subject": "log"}
        more = {"replaces": None} if kind == 1 else {"organisation": name}
        row["details"] = record.canonical({"key": text, **more}).decode()
        rows.insert(place, row)
    forged = chain_again(files, rows)
    head = next(line for line in forged["heads.txt"].decode().splitlines() if " closing " in line).split(" ")
    made: dict[str, Any] = {
        "body": f"{NAME}\n{head[0]}\n{b64encode(bytes.fromhex(head[1])).decode()}\n",
        "time": int(datetime.fromisoformat(head[2]).timestamp()),
        "key": keys[NAME],
        "witness": keys["w"],
        "again": 0,  # how often the line of the witness is repeated
    }
    spoil(made)
    stamped = f"cosignature/v1\ntime {made['time']}\n{made['body']}".encode()
    lines = [
        (NAME, ids[NAME] + made["key"].sign(made["body"].encode())),
        ("w", ids["w"] + made["time"].to_bytes(8, "big") + made["witness"].sign(stamped)),
    ]
    signatures = "".join(f"\u2014 {name} {b64encode(data).decode()}\n" for name, data in lines)
    signatures += signatures.splitlines(keepends=True)[1] * made["again"]
    notes = {"format": "consulta-checkpoints/1", "notes": [f"{made['body']}\n{signatures}"]}
    content = (json.dumps(notes, ensure_ascii=False, indent=1) + "\n").encode()
    return sum_again({**forged, "checkpoints.json": content})


OTHER = Ed25519PrivateKey.from_private_bytes(b"x" * 32)
SPOILED: dict[str, Callable[[dict[str, Any]], object]] = {
    "the log's signature": lambda made: made.update(key=OTHER),
    "a cosignature of this checkpoint": lambda made: made.update(witness=OTHER),
    "a time from": lambda made: made.update(time=made["time"] - 301),
    "the size of a head": lambda made: made.update(body=made["body"].replace("\n", "\n9", 1)),
    "twice": lambda made: made.update(again=1),
    "a checkpoint of": lambda made: made.update(body=f"x{made['body']}"),
}


def test_it_agrees_on_signed_checkpoints_and_forged_signatures(
    third: Third, archives: dict[str, Files]
) -> None:
    files = with_checkpoint(archives["first"])
    assert same_answer(third, files) == 0
    assert "1 checkpoints signed by the log; cosigned: 1" in third.says(files)[1]
    for reason, spoil in SPOILED.items():
        forged = with_checkpoint(archives["first"], spoil)
        assert same_answer(third, forged) == 1
        assert reason in third.says(forged)[1]


def test_it_agrees_on_a_panel_that_came_after_a_witness(
    third: Third, migrated: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    files = archive_after(cosigned_before_the_panel, migrated, tmp_path_factory.mktemp("panel"))
    assert same_answer(third, files) == 0


# -- the page


@pytest.fixture(scope="module")
def opened(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The file opened in a browser that speaks Spanish, with nothing that it asks for or complains of."""
    path = tmp_path_factory.mktemp("page") / verifier.FILE_NAME
    path.write_bytes(verifier.html())
    context = browser.new_context(locale="es-PE", viewport={"width": 360, "height": 800})
    page = context.new_page()
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda request: heard.append(request.url))
    page.goto(path.as_uri())
    yield page
    context.close()
    assert [each for each in heard if not each.startswith(("file://", "blob:"))] == []


packed = zipped.pack


def give(page: Page, content: bytes, name: str = "consulta-2027-1.zip") -> str:
    """Choose a file on the page; what it says in the end."""
    page.evaluate("document.getElementById('verdict').hidden = true")
    page.set_input_files("#file", {"name": name, "mimeType": "application/zip", "buffer": content})
    page.wait_for_selector("#progress", state="hidden")
    page.wait_for_selector("#verdict")
    return page.inner_text("#verdict")


def speak(page: Page, lang: str) -> None:
    page.locator(f"[data-lang={lang}]").click()


AGREES = {"es": "Todo concuerda.", "en": "Everything agrees.", "pt": "Tudo confere."}


def test_a_person_chooses_an_archive_and_reads_that_it_agrees(
    opened: Page, archives: dict[str, Files]
) -> None:
    speak(opened, "es")
    said = give(opened, zipped.write({k: v for k, v in archives["first"].items() if k != zipped.SUMS}))
    assert "Todo concuerda." in said
    assert opened.workers, "the page itself stays free while a worker counts"
    assert "Falta una cosa" in said, "it asks for what the reader kept"
    assert "Consulta de prueba (2027-1)" in opened.inner_text("#facts")
    assert opened.locator("#lines li.ok").count() == opened.locator("#lines li").count() > 10
    ranked = opened.locator("#verdict td").all_inner_texts()
    assert [ranked[at + 1] for at in range(0, len(ranked), 3)] == [
        ranked[at] for at in range(2, len(ranked), 3)
    ]
    assert "(tema elegido)" in ranked[0]
    assert len(ranked) == 15
    for lang, agrees in AGREES.items():
        speak(opened, lang)
        assert agrees in opened.inner_text("#verdict")
        assert opened.evaluate("document.documentElement.lang") == lang
        assert "{" not in opened.inner_text("body")


def test_a_check_that_was_not_made_affirms_nothing(opened: Page, archives: dict[str, Files]) -> None:
    speak(opened, "en")
    lines = archives["first"]["log.jsonl"].replace(b'"digest":"', b'"digest":"0', 1)
    assert "Not everything matches" in give(
        opened, packed(sum_again({**archives["first"], "log.jsonl": lines}))
    )
    assert opened.locator("#lines li.ok .meta").count()
    left = opened.locator("#lines li.skip")
    assert left.count()
    assert not left.locator(".meta").count()


def test_a_seal_that_was_kept_is_compared(opened: Page, archives: dict[str, Files]) -> None:
    speak(opened, "es")
    give(opened, packed(archives["second"]))
    opened.locator("#kept").evaluate("element => element.open = true")
    opened.fill("#head", "sello")
    opened.click("#again")
    assert opened.locator("#kept-error").is_visible()
    assert opened.locator("#head").get_attribute("aria-invalid") == "true"
    opened.fill("#head", closing_head(archives["second"]))
    assert "Este registro sí tuvo el sello que usted guardó" in give(opened, packed(archives["second"]))
    assert "no con lo que usted guardó" in give(opened, packed(archives["first"])), "of another round"
    opened.fill("#head", "")


def test_a_voter_finds_the_own_vote(opened: Page, archives: dict[str, Files]) -> None:
    speak(opened, "es")
    give(opened, packed(archives["first"]))
    code, _, _, ranking = archives["first"]["receipts.csv"].decode().splitlines()[1].split(",")
    opened.fill("#code", f" {code.lower().replace('-', ' ')}")
    opened.press("#code", "Enter")
    opened.wait_for_selector("#answer ol")
    numbers = [key.rpartition("_")[2] for key in ranking.split(" > ")]
    assert opened.locator("#answer li").all_inner_texts() == [f"Tema número {number}" for number in numbers]
    for typed, answer in (("3333-3333-3333", "Ningún voto que cuenta"), ("1234", "doce caracteres")):
        opened.fill("#code", typed)
        opened.press("#code", "Enter")
        expect(opened.locator("#answer")).to_contain_text(answer)
    give(opened, packed(archives["totals"]))
    opened.fill("#code", code)
    opened.press("#code", "Enter")
    expect(opened.locator("#answer")).to_contain_text("no son públicas")


def test_a_vote_that_was_changed_in_the_list_is_told(opened: Page, archives: dict[str, Files]) -> None:
    speak(opened, "es")
    files = archives["first"]
    bundle = json.loads(files["bundle.json"])
    ballot = next(each for each in bundle["ballots"] if len(each["ranking"]) > 1)  # seats are drawn by lot
    ballot["ranking"].reverse()
    seat = ballot["seat"]
    lines = files["receipts.csv"].decode().splitlines()
    code = next(line.split(",")[0] for line in lines if line.split(",")[1] == seat)
    assert "No todo coincide" in give(opened, packed({**files, "bundle.json": json.dumps(bundle).encode()}))
    opened.fill("#code", code)
    opened.press("#code", "Enter")
    expect(opened.locator("#answer")).to_contain_text("no corresponde a la papeleta")


def spoiled(files: Files) -> dict[str, tuple[bytes, tuple[str, str, str]]]:
    """Files that are no archive, or none that can be read; and what is said of them in es, en and pt."""
    whole = packed(files)
    with zipfile.ZipFile(io.BytesIO(whole)) as container:
        inside = 60 + max(container.infolist(), key=lambda entry: entry.compress_size).header_offset
    return {
        "nothing": (b"", ("está vacío", "is empty", "está vazio")),
        "a picture": (b"\x89PNG" + bytes(400), ("no es un ZIP", "is not a ZIP file", "não é um ZIP")),
        "cut short": (whole[:-300], ("termina antes de tiempo", "ends too early", "termina antes da hora")),
        "cut in a file": (
            whole[:inside],
            ("termina antes de tiempo", "ends too early", "termina antes da hora"),
        ),
        "overwritten": (
            whole[:inside] + b"\xff" * 100 + whole[inside + 100 :],
            ("está dañada", "is damaged", "está danificada"),
        ),
        "packed again": (pressed(files), NOT_AS_WRITTEN),
        "of later rules": (
            packed(of_version_three(files)),
            ("usa reglas o una versión", "uses rules or a version", "usa regras ou uma versão"),
        ),
        "of a later version": (
            packed({**files, "result.json": b'{"format": "consulta-result/4"}'}),
            ("usa reglas o una versión", "uses rules or a version", "usa regras ou uma versão"),
        ),
        "packed again in a folder": (
            packed({f"consulta/{name}": content for name, content in files.items()}),
            ("tal como se descargó", "as downloaded", "tal como foi baixado"),
        ),
    }


def test_what_is_no_archive_is_told_in_the_readers_language(opened: Page, archives: dict[str, Files]) -> None:
    for name, (content, sentences) in spoiled(archives["second"]).items():
        give(opened, content)
        for lang, sentence in zip(AGREES, sentences, strict=True):
            speak(opened, lang)
            assert sentence in opened.inner_text("#verdict"), name
    two = packed({"heads.txt": b"", "heads.txs": b""}).replace(b"heads.txs", b"heads.txt")
    assert "heads.txt" in give(opened, two)


OTHERWISE = {
    "something before": ("no es un ZIP", "is not a ZIP file", "não é um ZIP"),
    "another sum at its place": ("está dañada", "is damaged", "está danificada"),
}
NOT_AS_WRITTEN = ("no está armado", "not laid out", "não está montado")


def test_a_file_that_is_two_archives_is_none(opened: Page, archives: dict[str, Files]) -> None:
    """Whichever of the two another program takes out of it: `test_forged` asks the others."""
    files = archives["first"]
    for name, content in strange(files, count_again(files, drop_ballot)).items():
        give(opened, content)
        for lang, sentence in zip(AGREES, OTHERWISE.get(name, NOT_AS_WRITTEN), strict=True):
            speak(opened, lang)
            assert sentence in opened.inner_text("#verdict"), name


def test_what_differs_is_told_in_the_readers_language(
    opened: Page, migrated: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """In the sentences of `consulta verify`, with one about what to do, by the kind of difference."""
    files = archive_after(lived, migrated, tmp_path_factory.mktemp("signed"))
    means = {"a rule of version three": "verificar.html", "a head of another round": "lo que usted guardó"}
    opened.locator("#kept").evaluate("element => element.open = true")
    for name, (bad, heads) in bad_archives(files).items():
        opened.fill("#head", " ".join(heads))
        give(opened, packed(bad))
        for lang, sentence in zip(AGREES, SENTENCES[name], strict=True):
            speak(opened, lang)
            assert sentence in str(opened.locator("#page").text_content()), name
        speak(opened, "es")
        assert means.get(name, "descárguelo otra vez") in opened.inner_text("#verdict"), name
    opened.fill("#head", "")


def heavier(bundle: Files) -> Files:
    """The weight of a group is another."""
    return edit_json(
        bundle, "result.json", lambda result: result["weights"]["cells"][0].update(micro=1640000)
    )


def swapped(files: Files) -> Files:
    """A ballot says something else, and everything that can be made to fit does."""
    return edit_json(files, "bundle.json", swap_ranks)


FIRST_TOLD: dict[Callable[[Files], Files], tuple[str, str, str]] = {
    heavier: (
        "La ponderación de una organización de .* es 1,64; según las reglas, ",
        r"The weight of an organisation of .* is 1\.64; under the rules ",
        "A ponderação de uma organização de .* é 1,64; pelas regras, ",
    ),
    swapped: (
        "Se cambió una papeleta: la del comprobante [0-9A-Z-]{14}",
        "A ballot was changed: the one with receipt [0-9A-Z-]{14}",
        "Uma cédula foi alterada: a do comprovante [0-9A-Z-]{14}",
    ),
}


@pytest.mark.parametrize("forge_it", FIRST_TOLD, ids=lambda each: each.__name__)
def test_what_differs_most_is_told_first_and_nothing_affirms_beside_a_no(
    opened: Page, archives: dict[str, Files], forge_it: Callable[[Files], Files]
) -> None:
    give(opened, packed(forge_it(archives["first"])))
    for lang, sentence in zip(AGREES, FIRST_TOLD[forge_it], strict=True):
        speak(opened, lang)
        assert re.search(sentence, opened.locator("#verdict .lead").inner_text())
        assert not re.search("[0-9a-f]{16}", opened.inner_text("#verdict")), "hexadecimal is folded away"
        assert opened.locator("#verdict table").count() == 0
        for line in opened.locator("#lines li.no").all():
            assert line.locator(".meta").count() == 0
            assert line.locator("details").count() == 1
    opened.locator("#verdict summary").click()
    assert opened.locator("#verdict .code").is_visible()


def test_a_log_that_no_witness_saw_is_told_in_the_verdict(
    opened: Page, migrated: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    files = archive_after(partial(lived, seen=False), migrated, tmp_path_factory.mktemp("unseen"))
    titles = (
        "Ningún testigo vio este registro",
        "No witness saw this log",
        "Nenhuma testemunha viu este registro",
    )
    give(opened, packed(files))
    for lang, title in zip(AGREES, titles, strict=True):
        speak(opened, lang)
        said = opened.inner_text("#verdict.part")
        assert title in said
        assert "foro-del-sur, red-andina" in said
        assert AGREES[lang] not in said


def test_half_a_gigabyte_is_refused_at_once(opened: Page) -> None:
    """Its bytes are never read: the browser says how large it is."""
    speak(opened, "es")
    opened.evaluate(
        """() => {
          const file = new File(["PK"], "grande.zip");
          Object.defineProperty(file, "size", { value: 500 * 2 ** 20 });
          window.refusedFor = readFiles([file], async () => {}).catch((error) => error.message);
        }"""
    )
    assert opened.evaluate("window.refusedFor") == "too_large"


def test_the_files_of_an_unpacked_archive_can_be_given_together(
    opened: Page, archives: dict[str, Files]
) -> None:
    speak(opened, "es")
    opened.evaluate("document.getElementById('verdict').hidden = true")
    given = [{"name": name, "mimeType": "", "buffer": content} for name, content in archives["first"].items()]
    opened.set_input_files("#file", given)
    opened.wait_for_selector("#verdict.yes")
    assert f"{len(given)} archivos de una consulta" in opened.inner_text("#given")


def test_it_works_where_no_worker_may_start(opened: Page, archives: dict[str, Files]) -> None:
    speak(opened, "es")
    opened.evaluate("() => { window.kept = Worker; window.Worker = null; }")
    assert "Todo concuerda." in give(opened, packed(archives["first"]))
    opened.evaluate("() => { window.Worker = window.kept; }")


def test_it_runs_where_the_site_opens_it_in_a_tab(browser: Browser, archives: dict[str, Files]) -> None:
    """With the headers of the site, in the language of the address; a worker counts there too."""
    headers = {**guards.HEADERS, "Content-Security-Policy": verifier.policy()}
    answer = {"body": verifier.html(), "content_type": "text/html; charset=utf-8", "headers": headers}
    context = browser.new_context(locale="es-PE")
    page = context.new_page()
    page.route("**/verificar", lambda route: route.fulfill(**answer))
    page.goto("http://127.0.0.1:8170/pt/verificar#pt")
    assert "Tudo confere." in give(page, packed(archives["first"]))
    assert page.workers
    context.close()


def test_it_is_seen_by_all(opened: Page, archives: dict[str, Files]) -> None:
    for content in (packed(archives["first"]), packed({**archives["first"], "heads.txt": b""}), b""):
        give(opened, content)
        for width in WIDTHS:
            for scheme in ("light", "dark"):
                show(opened, viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
                assert opened.evaluate("document.documentElement.scrollWidth") <= width
                assert violations(opened) == []


def test_it_is_used_by_keyboard_alone(opened: Page, archives: dict[str, Files]) -> None:
    give(opened, packed(archives["first"]))
    opened.locator("#file").focus()
    reached = []
    for _ in range(8):
        opened.keyboard.press("Tab")
        reached.append(opened.evaluate("document.activeElement.id || document.activeElement.tagName"))
    assert {"code", "print"} <= {*reached}


def test_it_is_read_on_paper(opened: Page, archives: dict[str, Files]) -> None:
    give(opened, packed(archives["first"]))
    opened.emulate_media(media="print")
    assert opened.locator("#verdict").is_visible()
    assert not opened.locator("#ask").is_visible()
    opened.emulate_media(media="screen")
