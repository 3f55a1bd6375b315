"""Every chart of a public page can be taken as SVG and as CSV, and both say what the page says.

The pages are those that a reader of the demonstration reaches by links.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from typing import TYPE_CHECKING

from tests.apps import app_over
from tests.benches import Visitor
from tests.markup import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from flask import Flask

    from consulta.platform.settings import Settings
    from tests.benches import Demo

HTML, SVG = "{http://www.w3.org/1999/xhtml}", "{http://www.w3.org/2000/svg}"
OF_EACH = 6  # pages of one kind that are read
NO_CHARTS = {
    "verdict-sign": "a sign beside an answer; there are no figures in it",
    "process": "signs that explain how it is decided; there are no figures in it",
    "turnout": "a ring with one figure, which it says itself; the bars below it can be taken",
}
WITH_CHARTS = {
    "public.evaluation",
    "public.factsheet",
    "public.heard",
    "public.home",
    "public.panel",
    "public.question_results",
    "public.result",
    "public.result_figures",
}


def reached(app: Flask, visitor: Visitor) -> Iterator[tuple[str, str, Element]]:
    """Each page that links lead to, with its endpoint; of one kind at most so many."""
    waiting, seen, kinds = ["/en/"], {"/en/"}, Counter[str]()
    while waiting:
        path = waiting.pop(0)
        endpoint, _values = app.url_map.bind("localhost").match(path)
        if kinds[endpoint] == OF_EACH or not endpoint.startswith("public.") or endpoint.endswith("_letter"):
            continue
        answer = visitor.get(path)
        if answer.mimetype != "text/html" or answer.status_code != 200:
            continue
        kinds[endpoint] += 1
        root = parsed(answer.text)
        yield path, endpoint, root
        for link in root.iter(f"{HTML}a"):
            address = (link.get("href") or "").partition("#")[0]
            if re.fullmatch(r"/en/[\w/-]*", address) and address not in seen:
                seen.add(address)
                waiting.append(address)


def drawn(root: Element) -> Iterator[tuple[Element, list[str]]]:
    """The block of each chart, with the addresses at which it can be taken."""
    parents = {child: parent for parent in root.iter() for child in parent}
    squares = [each for each in root.iter(f"{HTML}ul") if each.get("class") == "units"]  # of a panel
    for picture in (*root.iter(f"{SVG}svg"), *squares):
        above = [picture]
        while above[-1] in parents:
            above.append(parents[above[-1]])
        classes = {name for each in above for name in (each.get("class") or "").split()}
        in_figure = any(each.tag == f"{HTML}figure" for each in above)
        if classes & set(NO_CHARTS) or not (in_figure or picture.get("role") == "img"):
            continue
        blocks = [each for each in above if each.tag in {f"{HTML}figure", f"{HTML}article"}]
        blocks += [each for each in above if "answers" in (each.get("class") or "")]
        told = [(block, takes(block)) for block in blocks]
        yield next(((block, found) for block, found in told if found), (above[1], []))


def takes(block: Element) -> list[str]:
    return [
        link.get("href") or ""
        for link in block.iter(f"{HTML}a")
        if re.search(r"\.(svg|csv)$", link.get("href") or "")
    ]


def cells(row: Element) -> list[str]:
    return [" ".join("".join(cell.itertext()).split()) for cell in row]


def numbers(texts: list[str]) -> set[int]:
    """Each number, with those to which it can be rounded; of two, also one as a percentage of the other."""
    found = [float(n) for text in texts for n in re.findall(r"\d+(?:\.\d+)?", text.replace(",", ""))]
    found += [100 * n for n in found if 0 < n < 1]  # a share
    if len(found) == 2:  # how many of how many
        found += [100 * part / whole for part in found for whole in found if whole]
    return {whole for n in found for whole in (int(n), int(n + 0.5), int(n) + 1)}


def agree(block: Element, rows: list[list[str]]) -> int:
    """How many rows of the table beside a chart the file has too, with the same figures."""
    found = 0
    for row in block.iter(f"{HTML}tr"):
        if all(cell.tag == f"{HTML}th" for cell in row):
            continue
        name, *figures = cells(row)
        same = [each for each in rows if any(cell and name.endswith(cell) for cell in each[:3])]
        if same and figures:
            told = {int(n) for text in figures for n in re.findall(r"\d+", text)}
            said = [[cell for cell in each if not (cell and name.endswith(cell))] for each in same]
            assert any(told <= numbers(each) for each in said), (name, figures, same)
            found += 1
    return found


def test_every_chart_of_a_public_page_can_be_taken(demo: Demo, settings: Settings) -> None:
    bench = demo.bench(settings)
    app = app_over(settings, bench)
    visitor = Visitor(app.test_client())
    with_charts, read = set(), {}
    for path, endpoint, root in reached(app, visitor):
        for block, addresses in drawn(root):
            with_charts.add(endpoint)
            assert {address[-3:] for address in addresses} == {"svg", "csv"}, (path, cells(block))
            for address in addresses:
                if address not in read:
                    answer = visitor.get(address)
                    assert answer.status_code == 200, address
                    read[address] = answer.get_data().decode("utf-8-sig")
            pictures = [read[each] for each in addresses if each.endswith("svg")]
            tables = [read[each] for each in addresses if each.endswith("csv")]
            assert all(picture.startswith("<svg") and "EXAMPLE" in picture for picture in pictures), path
            rows = [row for table in tables for row in csv.reader(io.StringIO(table))]
            if endpoint == "public.panel":
                people = [link for link in block.iter(f"{HTML}a") if (link.get("href") or "")[:2] == "#p"]
                assert sum(int(row[1]) for row in rows[1:]) == len(people) > 0, path
            elif not any("pairs-matrix" in each for each in addresses):  # test_slides reads it whole
                assert agree(block, rows) or not list(block.iter(f"{HTML}table")), (path, addresses)
    assert with_charts == WITH_CHARTS, with_charts ^ WITH_CHARTS
    bench.engine.dispose()
