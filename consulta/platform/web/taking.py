"""Charts to take away: each with its message, its figures and its drawing, as SVG or as CSV."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Response, abort, url_for

from consulta.platform.formats.delimited import write_csv
from consulta.platform.web import drawing
from consulta.platform.web.downloads import csv_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

SVG = "image/svg+xml"
Cells = tuple[str | int | float | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: its name in addresses and on pages, its message, what it shows, its figures, its drawing."""

    name: str
    title: str
    note: str
    headings: tuple[str, ...]
    rows: tuple[Cells, ...]
    draw: Callable[[drawing.Words], str]


def addresses(charts: Iterable[Chart], endpoint: str, **values: Any) -> dict[str, tuple[str, str]]:
    """Return for each chart, by its name, where it is as SVG and as CSV."""
    return {
        chart.name: (
            url_for(endpoint, chart=chart.name, ending="svg", **values),
            url_for(endpoint, chart=chart.name, ending="csv", **values),
        )
        for chart in charts
    }


def as_svg(chart: Chart, source: Sequence[str]) -> str:
    """Return a chart as a picture that stands alone; below it `source`, where it is from."""
    return chart.draw(drawing.Words(chart.title, chart.note, " · ".join(filter(None, source))))


def answer(charts: Iterable[Chart], name: str, ending: str, stem: str, source: Sequence[str]) -> Response:
    """Return the chart of this name as a file `stem` that ends in "svg" or "csv"; 404 if there is none."""
    found = next((chart for chart in charts if chart.name == name), None)
    if found is None:
        abort(404)
    if ending == "csv":
        return csv_file(f"{stem}.csv", write_csv(found.headings, found.rows))
    headers = {"Content-Disposition": f'inline; filename="{stem}.svg"'}
    return Response(as_svg(found, source), mimetype=SVG, headers=headers)
