"""Addresses, headers and refusals of the files and the pages."""

from __future__ import annotations

import html
import io
import re
import zipfile
from typing import TYPE_CHECKING

import pytest

from consulta.core.problems import Problem
from consulta.operations.open_data import of_rounds, packing, preflib, service
from consulta.platform.formats import zipped
from consulta.platform.work import ANONYMOUS, COMMAND, WORKER
from tests.cases import for_each
from tests.closed import counted, mixed
from tests.factories import moment
from tests.operations.open_data.made import KEY, PLACE, files, renew, round_of, tables
from tests.texts import both

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench
    from tests.benches import Visitor


@pytest.fixture
def made(bench: Bench) -> Bench:
    round_of(bench, "pseudonymous", 1, 60)
    return bench


# -- files


@pytest.mark.deep
def test_every_file_has_an_address_that_stays(made: Bench, visitor: Visitor) -> None:
    found = files(made)
    digest = packing.digest(found)
    for name, content in found.items():
        for address, cache in ((f"rounds/{KEY}", "max-age=300"), (f"versions/{digest}", "max-age=86400")):
            answer = visitor.get(f"/data/{address}/{name}")
            assert answer.status_code == 200
            assert answer.data == content
            assert cache in answer.headers["Cache-Control"]
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert "Set-Cookie" not in answer.headers
            assert "Cookie" not in answer.headers.get("Vary", "")
            again = visitor.get(f"/data/{address}/{name}", headers={"If-None-Match": answer.headers["ETag"]})
            assert (again.status_code, again.data) == (304, b"")
    for address in (f"rounds/{KEY}.zip", f"versions/{digest}.zip"):
        answer = visitor.get(f"/data/{address}")
        assert answer.data == zipped.write(found)
        container = zipfile.ZipFile(io.BytesIO(answer.data))
        assert container.read("SHA256SUMS") == zipped.sums(found)


def test_every_table_is_there_as_json_with_the_rows_of_its_file(made: Bench, visitor: Visitor) -> None:
    found = files(made)
    digest = packing.digest(found)
    whole = tables(found)
    assert {"themes", "ballots"} <= set(whole)
    for name, rows in whole.items():
        for address, cache in ((f"rounds/{KEY}", "max-age=300"), (f"versions/{digest}", "max-age=86400")):
            answer = visitor.get(f"/data/{address}/{name}.json")
            assert (answer.status_code, answer.mimetype) == (200, "application/json")
            assert answer.json == rows
            assert cache in answer.headers["Cache-Control"]
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert "Set-Cookie" not in answer.headers
            again = visitor.get(
                f"/data/{address}/{name}.json", headers={"If-None-Match": answer.headers["ETag"]}
            )
            assert (again.status_code, again.data) == (304, b"")


def test_the_digest_of_a_version_is_that_of_its_list_of_files(made: Bench, visitor: Visitor) -> None:
    with made.read(ANONYMOUS, moment()) as work:
        line = service.newest(work, "rounds", KEY).line
    assert line.sha256 == packing.digest(files(made))
    assert {each.name: each.sha256 for each in line.files} == {
        name: re.search(rf"(\w+)  {re.escape(name)}\n", zipped.sums(files(made)).decode())[1]  # type: ignore[index]
        for name in files(made)
    }


def test_the_file_of_everything_is_the_same_each_time_and_sent_in_parts(
    made: Bench, visitor: Visitor
) -> None:
    one, other = visitor.get("/data/all.zip"), visitor.get("/data/all.zip")
    assert one.data == other.data
    again = visitor.get("/data/all.zip", headers={"If-None-Match": one.headers["ETag"]})
    assert again.status_code == 304
    with made.read(ANONYMOUS, moment()) as work:
        lines = service.packages(work)
        parts = list(packing.written(lines, lambda line: service.files(work, line), ("es", "en")))
    assert len(parts) > len(lines[0].files)
    assert b"".join(parts) == one.data


@for_each(
    "address",
    [
        f"rounds/{KEY}/votes.csv",
        f"rounds/{KEY}/votes.json",
        f"rounds/{KEY}/themes.json.json",
        f"rounds/{KEY}/../{KEY}/themes.csv",
        f"rounds/{KEY}/%2e%2e/secret",
        "rounds/2099-9/themes.csv",
        f"sessions/{KEY}.zip",
        "rounds/'%20OR%201=1.zip",
        "versions/none.zip",
        f"versions/{'0' * 64}/themes.csv",
        f"people/{KEY}.zip",
        "rounds",
        "nothing",
    ],
)
@for_each("language", ["es", "en"])
def test_a_bad_address_is_told_in_words(made: Bench, visitor: Visitor, address: str, language: str) -> None:
    answer = visitor.get(f"/data/{address}", headers={"Accept-Language": language})
    assert answer.status_code == 404
    none = {"es": ("no existe", "No existe", "no hay"), "en": ("does not exist", "There are no")}
    assert any(words in answer.text for words in none[language])
    assert f'lang="{language}"' in answer.text


@pytest.mark.deep
def test_what_was_published_just_now_says_when_its_data_come(bench: Bench, visitor: Visitor) -> None:
    counted(bench, KEY, mixed(8, ("t3", "t1")))
    page = visitor.get(f"/es/data/rounds/{KEY}")
    assert page.status_code == 200
    assert "en un minuto" in page.text
    file = visitor.get(f"/data/rounds/{KEY}.zip")
    assert (file.status_code, file.headers["Retry-After"]) == (503, "60")
    renew(bench)
    assert visitor.get(f"/data/rounds/{KEY}.zip").status_code == 200


@pytest.mark.deep
def test_no_request_builds_a_package_or_reads_a_bundle(
    made: Bench, app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a page costs the same for ten ballots and for twenty thousand."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("built in a request")

    digest = packing.digest(files(made))
    for module, name in ((preflib, "of_round"), (of_rounds, "rows"), (service, "_round")):
        monkeypatch.setattr(module, name, refuse)
    for address in (
        "/es/data",
        f"/es/data/rounds/{KEY}",
        f"/es/data/rounds/{KEY}?version={digest}",
        f"/data/rounds/{KEY}.zip",
        "/data/all.zip",
        f"/data/rounds/{KEY}/ballots.json",
    ):
        assert visitor.get(address).status_code == 200, address


# -- pages


@pytest.mark.deep
@for_each("language", ["es", "en"])
def test_the_pages_lead_to_every_file(made: Bench, visitor: Visitor, language: str) -> None:
    start = visitor.get("/data", headers={"Accept-Language": language})
    assert start.headers["Location"] == f"/{language}/data"
    assert (
        visitor.get(f"/data/rounds/{KEY}", headers={"Accept-Language": language}).headers["Location"]
        == f"/{language}/data/rounds/{KEY}"
    )
    assert f'href="/{language}/data/rounds/{KEY}"' in visitor.get(f"/{language}/data").text
    page = visitor.get(f"/{language}/data/rounds/{KEY}").text
    for name in files(made):
        (address,) = {html.unescape(each) for each in re.findall(rf'href="([^"]+/{re.escape(name)})"', page)}
        assert visitor.get(address).data == files(made)[name]
    for name, rows in tables(files(made)).items():
        (address,) = {
            html.unescape(each) for each in re.findall(rf'href="([^"]+/{re.escape(name)}\.json)"', page)
        }
        assert visitor.get(address).json == rows
    assert "CC-BY-4.0" in page
    for other in (f"/{language}/rounds/{KEY}/result", f"/{language}/rounds/{KEY}/result/figures"):
        assert f"/{language}/data/rounds/{KEY}" in visitor.get(other).text
    assert f'href="/{language}/data"' in visitor.get(f"/{language}/").text


def test_a_version_that_the_desk_withdraws_is_handed_out_no_more(
    made: Bench, visitor: Visitor, staff_visitor: Visitor
) -> None:
    with made.read(ANONYMOUS, moment()) as work:
        line = service.newest(work, "rounds", KEY).line
    reason = "Tenía un nombre."
    desk = f"/es/secretariat/rounds/{KEY}/data"
    assert f"{desk}/rounds/1" in staff_visitor.get(desk).text
    assert staff_visitor.submit(f"{desk}/rounds/1", {"reason_es": " "}).status_code == 422
    assert staff_visitor.submit(f"{desk}/rounds/1", {"reason_es": reason}).status_code == 303
    page = visitor.get(f"/es/data/rounds/{KEY}")
    assert page.status_code == 410
    assert reason in page.text
    assert line.sha256 in page.text
    assert f"/data/rounds/{KEY}" not in visitor.get("/es/data").text
    for address in (
        *(f"/data/rounds/{KEY}.zip", f"/data/rounds/{KEY}/themes.csv", f"/data/rounds/{KEY}/themes.json"),
        *(f"/data/versions/{line.sha256}.zip", f"/data/versions/{line.sha256}/themes.csv"),
        f"/data/versions/{line.sha256}/themes.json",
    ):
        answer = visitor.get(address, headers={"Accept-Language": "es"})
        assert (answer.status_code, reason in answer.text) == (410, True), address
    assert visitor.get("/data/all.zip").status_code == 404, "no other package is there"
    with made.read(WORKER, moment()) as work:
        assert service.due(work, PLACE) == (), "nothing changed: the same is not made again"
    with pytest.raises(Problem, match=r"data\.gone"), made.work(COMMAND, moment()) as work:
        service.withdraw(work, KEY, "rounds", 1, both("x", "x"))
