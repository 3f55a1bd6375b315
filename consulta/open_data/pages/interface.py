"""The interface to open data: packages and their rows as JSON, to be read by programs."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import Response, request, url_for

from consulta.core.problems import Problem
from consulta.open_data import service
from consulta.open_data.everything import digest
from consulta.open_data.pages.answers import FOR_LONG, FRESH, as_json, blueprint, kept
from consulta.open_data.pages.files import SERIES
from consulta.open_data.tables import rows_of
from consulta.open_data.values import DESCRIPTOR, KINDS
from consulta.web.language import offered
from consulta.web.request import house, read, reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.infra.work import Work
    from consulta.open_data.values import PackageLine, PackageView

USUAL, MOST = 100, 1000
"""Rows of a page that asks for no number, and of one at most."""


class Paging(NamedTuple):
    """Which page of a list is asked for, and how many lines it has."""

    page: int = 1
    size: int = USUAL
    asked: str = "1"  # as it was written


@blueprint.get("/api/v1")
def api() -> Response:
    """Tell what there is and where."""
    lines = read(service.packages)
    return kept(as_json(told_start(lines)), digest(lines), FRESH)


@blueprint.get(f"/api/v1/{SERIES}")
def api_packages(series: str) -> Response:
    """List the packages of a kind, the newest first, in pages."""
    lines = read(service.packages)
    content = told_packages(lines, series, _paging())
    return _led(as_json(content), content["links"], f"{digest(lines)}-{_query()}", FRESH)


@blueprint.get(f"/api/v1/{SERIES}/<key>")
def api_package(series: str, key: str) -> Response:
    """Tell of the newest version of a package: tables, files, versions."""
    with reading() as work:
        view = _whole(service.newest(work, series, key))
    return _package(view, FRESH)


@blueprint.get("/api/v1/versions/<digest>")
def api_version(digest: str) -> Response:
    """Tell of the version of a package that has this digest."""
    with reading() as work:
        view = _whole(service.version(work, digest))
    return _package(view, FOR_LONG)


@blueprint.get(f"/api/v1/{SERIES}/<key>/<table>")
def api_rows(series: str, key: str, table: str) -> Response:
    """Return the rows of a table of the newest version of a package, in pages."""
    with reading() as work:
        view = _whole(service.newest(work, series, key))
        content = told_rows(work, view, table, _paging())
    return _led(as_json(content), content["links"], f"{view.line.sha256}-{_query()}", FRESH)


@blueprint.get("/api/v1/versions/<digest>/<table>")
def api_version_rows(digest: str, table: str) -> Response:
    """Return the rows of a table of the version of a package that has this digest, in pages."""
    with reading() as work:
        view = _whole(service.version(work, digest))
        content = told_rows(work, view, table, _paging(), digest=digest)
    return _led(as_json(content), content["links"], f"{digest}-{_query()}", FOR_LONG)


# -- what is told


def told_start(lines: Sequence[PackageLine]) -> dict[str, Any]:
    """Return what there is and where."""
    return {
        "packages": {
            kind: {
                "count": sum(each.kind == kind for each in lines),
                "href": _address("data.api_packages", series=kind),
            }
            for kind in KINDS
        },
        "everything": _address("data.all_packages"),
        "documentation": _address("public.data_interface", lang=offered()[0]),
    }


def told_packages(lines: Sequence[PackageLine], kind: str, paging: Paging) -> dict[str, Any]:
    """Return a page of the packages of a kind. Problem: `data.page`."""
    of_kind = [each for each in lines if each.kind == kind]
    found, told = _page(of_kind, paging, "data.api_packages", series=kind)
    return {**told, "packages": [_short(each) for each in found]}


def no_table(view: PackageView, table: str) -> Problem:
    """Return what is wrong with the name of a table that a package does not have."""
    names = ", ".join(each["name"] for each in view.tables())
    return Problem("data_table.unknown", name=table[:60], names=names)


def _whole(view: PackageView) -> PackageView:
    """Return a version that is handed out. Problem: `data.withdrawn`."""
    service.require_there(view.line)
    return view


def told_rows(work: Work, view: PackageView, table: str, paging: Paging, digest: str = "") -> dict[str, Any]:
    """Return a page of the rows of a table; `digest` where the version was asked for by it.

    Problems: `data_table.unknown`, `data.page`.
    """
    line, described = view.line, view.table(table)
    if described is None:
        raise no_table(view, table)
    rows = list(rows_of(described["schema"], service.content(work, line, described["path"])))
    if digest:
        found, told = _page(rows, paging, "data.api_version_rows", digest=digest, table=table)
    else:
        found, told = _page(rows, paging, "data.api_rows", series=line.kind, key=line.key, table=table)
    return {
        "package": f"{line.kind}/{line.key}",
        "version": line.version,
        "sha256": line.sha256,
        "table": table,
        **told,
        "rows": found,
    }


def _address(endpoint: str, **values: Any) -> str:
    return house().settings.origin + url_for(endpoint, **values)


def _short(line: PackageLine) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "key": line.key,
        "title": dict(line.title),
        "example": line.example,
        "version": line.version,
        "sha256": line.sha256,
        "href": _address("data.api_package", series=line.kind, key=line.key),
        "descriptor": _address("data.file", series=line.kind, key=line.key, file=DESCRIPTOR),
        "zip": _address("data.archive", series=line.kind, key=line.key),
    }


def _package(view: PackageView, cache: str) -> Response:
    line = view.line
    content = {
        **_short(line),
        "licenses": view.descriptor["licenses"],
        "tables": [
            {
                "name": each["name"],
                "description": each["descriptions"],
                "href": _address("data.api_version_rows", digest=line.sha256, table=each["name"])
                if not view.is_newest
                else _address("data.api_rows", series=line.kind, key=line.key, table=each["name"]),
            }
            for each in view.tables()
        ],
        "files": [
            {
                "name": each.name,
                "bytes": each.size,
                "sha256": each.sha256,
                "href": _address("data.version_file", digest=line.sha256, file=each.name),
            }
            for each in line.files
        ],
        "versions": [
            {
                "version": each.version,
                "sha256": each.sha256,
                "href": _address("data.api_version", digest=each.sha256),
                **({"withdrawn": True} if each.withdrawn else {}),
            }
            for each in view.versions
        ],
    }
    return kept(as_json(content), f"{line.sha256}-{len(view.versions)}", cache)


def _page(
    found: Sequence[Any], paging: Paging, endpoint: str, **values: str
) -> tuple[list[Any], dict[str, Any]]:
    """Return the lines of the page that is asked for, and what is told of all. Problem: `data.page`."""
    pages = max(1, -(-len(found) // paging.size)) if paging.size else 1
    if not 1 <= paging.page <= pages or not paging.size:
        raise Problem("data.page", page=paging.asked, pages=pages, most=MOST)
    asked = {} if paging.size == USUAL else {"per_page": paging.size}

    def at(number: int) -> str:
        return _address(endpoint, **values, page=number, **asked)

    links = {"self": at(paging.page)}
    if paging.page < pages:
        links["next"] = at(paging.page + 1)
    if paging.page > 1:
        links["previous"] = at(paging.page - 1)
    told = {"count": len(found), "page": paging.page, "pages": pages, "links": links}
    return list(found[(paging.page - 1) * paging.size : paging.page * paging.size]), told


def _paging() -> Paging:
    return Paging(
        _number("page", 1), min(_number("per_page", USUAL), MOST), request.args.get("page", "1")[:20]
    )


def _query() -> str:
    return hashlib.sha256(request.query_string).hexdigest()[:16]


def _number(name: str, usual: int) -> int:
    """Return a whole number of the address, 0 where it is none."""
    said = request.args.get(name)
    if said is None:
        return usual
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else 0  # noqa: PLR2004 - a number of rows


def _led(response: Response, links: dict[str, str], tag: str, cache: str) -> Response:
    """Name the pages beside this one in the header that programs read (RFC 8288), and tag the answer."""
    told = {"next": "next", "previous": "prev"}
    said = [f'<{links[name]}>; rel="{relation}"' for name, relation in told.items() if name in links]
    if said:
        response.headers["Link"] = ", ".join(said)
    return kept(response, tag, cache)
