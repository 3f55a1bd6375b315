"""Addresses, headers and refusals of the files, the pages and the interface."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from typing import TYPE_CHECKING

import pytest

from consulta.core.problems import Problem
from consulta.formats import zipped
from consulta.infra.work import ANONYMOUS, COMMAND, WORKER
from consulta.open_data import everything, of_rounds, packing, preflib, service
from tests.closed import counted, mixed
from tests.factories import moment
from tests.open_data.made import KEY, PLACE, files, renew, round_of, tables
from tests.texts import both

if TYPE_CHECKING:
    from flask import Flask

    from consulta.infra.settings import Settings
    from consulta.infra.work import Bench
    from tests.benches import Demo, Visitor

API = "/data/api/v1"


@pytest.fixture
def made(bench: Bench) -> Bench:
    round_of(bench, "pseudonymous", 1, 60)
    return bench


# -- files


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


def test_the_digest_of_a_version_is_that_of_its_list_of_files(made: Bench, visitor: Visitor) -> None:
    answer = visitor.get(f"{API}/rounds/{KEY}").json
    assert answer is not None
    assert answer["sha256"] == packing.digest(files(made))
    assert {each["name"]: each["sha256"] for each in answer["files"]} == {
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
        parts = list(everything.written(lines, lambda line: service.files(work, line), ("es", "en")))
    assert len(parts) > len(lines[0].files)
    assert b"".join(parts) == one.data


@pytest.mark.parametrize(
    "address",
    [
        f"rounds/{KEY}/votes.csv",
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
@pytest.mark.parametrize("language", ["es", "en"])
def test_a_bad_address_is_told_in_words(made: Bench, visitor: Visitor, address: str, language: str) -> None:
    answer = visitor.get(f"/data/{address}", headers={"Accept-Language": language})
    assert answer.status_code == 404
    assert {"es": "No existe", "en": "There"}[language] in answer.text or "no existe" in answer.text.lower()
    assert f'lang="{language}"' in answer.text


def test_what_was_published_just_now_says_when_its_data_come(bench: Bench, visitor: Visitor) -> None:
    counted(bench, KEY, mixed(8, ("t3", "t1")))
    page = visitor.get(f"/es/data/rounds/{KEY}")
    assert page.status_code == 200
    assert "en un minuto" in page.text
    file = visitor.get(f"/data/rounds/{KEY}.zip")
    assert (file.status_code, file.headers["Retry-After"]) == (503, "60")
    renew(bench)
    assert visitor.get(f"/data/rounds/{KEY}.zip").status_code == 200


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
        "/es/data/interface",
        f"/data/rounds/{KEY}.zip",
        "/data/all.zip",
        API,
        f"{API}/rounds/{KEY}/ballots",
    ):
        assert visitor.get(address).status_code == 200, address


# -- pages


@pytest.mark.parametrize("language", ["es", "en"])
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
    assert "CC-BY-4.0" in page
    for other in (f"/{language}/rounds/{KEY}/result", f"/{language}/rounds/{KEY}/result/figures"):
        assert f"/{language}/data/rounds/{KEY}" in visitor.get(other).text
    assert f'href="/{language}/data"' in visitor.get(f"/{language}/").text


def test_a_version_of_another_package_is_not_shown(made: Bench, visitor: Visitor) -> None:
    counted(made, "2027-2", mixed(8, ("t3", "t1")))
    renew(made)
    digest = packing.digest(files(made, "rounds", "2027-2"))
    assert visitor.get(f"/es/data/rounds/2027-2?version={digest}").status_code == 200
    assert visitor.get(f"/es/data/rounds/{KEY}?version={digest}").status_code == 404
    assert visitor.get(f"/es/data/rounds/{KEY}?version=x").status_code == 404


# -- the interface


def test_the_examples_of_the_documentation_are_what_the_interface_answers(
    demo: Demo, settings: Settings, bench: Bench, visitor: Visitor
) -> None:
    bench.engine.dispose()
    filled = demo.bench(settings)
    renew(filled)
    for language in ("es", "en"):
        page = visitor.get(f"/{language}/data/interface").text
        examples = re.findall(r'data-address="([^"]+)"><code>(.*?)</code></pre>', page, re.DOTALL)
        assert len(examples) == 4
        for address, answer in examples:
            found = visitor.get(html.unescape(address), headers={"Accept-Language": language})
            assert found.text.strip() == html.unescape(answer).strip()
        asked = re.findall(r'<code class="command">GET ([^<]+)</code>', page)
        assert [html.unescape(each) for each in asked] == [html.unescape(each) for each, _ in examples]
    filled.engine.dispose()


def test_rows_come_in_pages_that_lead_on(made: Bench, visitor: Visitor) -> None:
    whole = tables(files(made))["ballots"]
    address, found, pages = f"{API}/rounds/{KEY}/ballots?per_page=7", [], 0
    while address:
        answer = visitor.get(address.removeprefix("http://localhost"))
        content = json.loads(answer.text)
        assert content["count"] == len(whole)
        found += content["rows"]
        pages += 1
        address = content["links"].get("next", "")
        assert (f'<{address}>; rel="next"' in answer.headers.get("Link", "")) == bool(address)
    assert found == whole
    assert pages == -(-len(whole) // 7)
    assert visitor.get(f"{API}/rounds/{KEY}/ballots").json["rows"] == whole[:100]  # type: ignore[index]


def test_every_table_has_the_rows_of_its_file(made: Bench, visitor: Visitor) -> None:
    package = visitor.get(f"{API}/rounds/{KEY}").json
    assert package is not None
    whole = tables(files(made))
    assert {each["name"].replace("-", "_") for each in package["tables"]} == set(whole)
    for each in package["tables"]:
        rows = visitor.get(each["href"].removeprefix("http://localhost") + "?per_page=1000").json
        assert rows is not None
        assert rows["rows"] == whole[each["name"].replace("-", "_")]
        by_version = visitor.get(f"{API}/versions/{package['sha256']}/{each['name']}?per_page=1000").json
        assert by_version is not None
        assert by_version["rows"] == rows["rows"]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("rounds/2099-9", 404),
        (f"rounds/{KEY}/votes", 404),
        (f"rounds/{KEY}/themes?page=0", 422),
        (f"rounds/{KEY}/themes?page=99", 422),
        (f"rounds/{KEY}/themes?page=-1", 422),
        (f"rounds/{KEY}/themes?page=x", 422),
        (f"rounds/{KEY}/themes?page=%C2%B2", 422),
        (f"rounds/{KEY}/themes?per_page=0", 422),
        (f"rounds/{KEY}/themes?per_page=99999999999999999999", 422),
        ("rounds?page=2", 422),
        ("versions/none", 404),
        ("people", 404),
        ("", 404),
    ],
)
def test_errors_are_problem_json_in_the_readers_language(
    made: Bench, visitor: Visitor, address: str, status: int
) -> None:
    said = []
    for language in ("es", "en"):
        answer = visitor.get(f"{API}/{address}", headers={"Accept-Language": language})
        assert answer.status_code == status
        assert answer.mimetype == "application/problem+json"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Content-Language"] == language
        assert "Accept-Language" in answer.headers["Vary"]
        content = json.loads(answer.text)
        assert content["status"] == status
        said.append(content["title"])
    assert said[0] != said[1]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_written(made: Bench, visitor: Visitor, method: str) -> None:
    answer = visitor.client.open(f"{API}/rounds", method=method)
    assert answer.status_code in {403, 405}
    assert answer.mimetype == "application/problem+json"
    assert visitor.client.head(f"{API}/rounds").status_code == 200


def test_the_interface_sets_no_cookie_and_tags_its_answers(made: Bench, visitor: Visitor) -> None:
    for address in (API, f"{API}/rounds", f"{API}/rounds/{KEY}", f"{API}/rounds/{KEY}/themes"):
        answer = visitor.get(address)
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "public, max-age=300"
        again = visitor.get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


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
        *(f"/data/rounds/{KEY}.zip", f"/data/rounds/{KEY}/themes.csv"),
        *(f"/data/versions/{line.sha256}.zip", f"/data/versions/{line.sha256}/themes.csv"),
        *(f"/data/api/v1/rounds/{KEY}", f"/data/api/v1/rounds/{KEY}/themes"),
        *(f"/data/api/v1/versions/{line.sha256}", f"/data/api/v1/versions/{line.sha256}/themes"),
    ):
        answer = visitor.get(address, headers={"Accept-Language": "es"})
        assert (answer.status_code, reason in answer.text) == (410, True), address
    assert visitor.get("/data/all.zip").status_code == 404, "no other package is there"
    with made.read(WORKER, moment()) as work:
        assert service.due(work, PLACE) == (), "nothing changed: the same is not made again"
    with pytest.raises(Problem, match=r"data\.gone"), made.work(COMMAND, moment()) as work:
        service.withdraw(work, KEY, "rounds", 1, both("x", "x"))
