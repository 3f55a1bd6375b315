"""The files of open data under addresses that stay: newest versions, every version by its digest, all.

Any page may read and keep them, and no cookie is set. A table `themes.csv` is also there as `themes.json`.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from flask import Response, redirect, request, url_for

from consulta.core.problems import Problem
from consulta.operations.open_data import everything, service
from consulta.operations.open_data.tables import rows_of
from consulta.operations.open_data.values import DESCRIPTOR, KINDS
from consulta.platform.formats import zipped
from consulta.platform.web.downloads import saved
from consulta.platform.web.language import negotiate, offered
from consulta.platform.web.pages import Pages
from consulta.platform.web.request import house, now, read, reading
from consulta.platform.work import ANONYMOUS

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from consulta.operations.open_data.values import PackageLine, PackageView
    from consulta.platform.work import Work

blueprint = Pages("data", __name__, url_prefix="/data")

FRESH = "public, max-age=300"
FOR_LONG = "public, max-age=86400"
TYPES = {
    "csv": "text/csv; charset=utf-8; header=present",
    "json": "application/json",
    "md": "text/markdown; charset=utf-8",
}
SERIES = f"<any({', '.join(KINDS)}):series>"


@blueprint.after_request
def _open(response: Response) -> Response:
    """Let pages of other sites read an answer."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "ETag, Link"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@blueprint.get("", strict_slashes=False, may="published.read", session=False)
def start() -> BaseResponse:
    """Redirect to the page of open data in the language that the browser prefers."""
    return _negotiated(url_for("public.data", lang=negotiate()))


@blueprint.get(f"/{SERIES}/<key>", may="published.read", session=False)
def package(series: str, key: str) -> BaseResponse:
    """Redirect to the page of a package in the language that the browser prefers."""
    return _negotiated(url_for("public.data_package", lang=negotiate(), series=series, key=key))


@blueprint.get(f"/{SERIES}/<key>.zip", may="published.read", session=False)
def archive(series: str, key: str) -> Response:
    """Return the newest version of a package as one file."""
    with reading() as work:
        line = service.newest(work, series, key).line
        return _zip(work, line, FRESH)


@blueprint.get(f"/{SERIES}/<key>/<path:file>", may="published.read", session=False)
def file(series: str, key: str, file: str) -> Response:
    """Return a file of the newest version of a package."""
    with reading() as work:
        return _file(work, service.newest(work, series, key), file, FRESH)


@blueprint.get("/versions/<digest>.zip", may="published.read", session=False)
def version_archive(digest: str) -> Response:
    """Return the version of a package that has this digest as one file."""
    with reading() as work:
        return _zip(work, service.version(work, digest).line, FOR_LONG)


@blueprint.get("/versions/<digest>/<path:file>", may="published.read", session=False)
def version_file(digest: str, file: str) -> Response:
    """Return a file of the version of a package that has this digest."""
    with reading() as work:
        return _file(work, service.version(work, digest), file, FOR_LONG)


@blueprint.get("/all.zip", may="published.read", session=False)
def all_packages() -> Response:
    """Return all packages as one file, which is made while it is sent."""
    lines = read(service.packages)
    if not lines:
        raise Problem("data.unknown")
    bench, moment = house().bench, now()

    def files(line: PackageLine) -> dict[str, bytes]:
        with bench.read(ANONYMOUS, moment) as work:
            return service.files(work, line)

    response = Response(everything.written(lines, files, offered()), mimetype="application/zip")
    response.headers["Content-Disposition"] = 'attachment; filename="open-data.zip"'
    return _kept(response, everything.digest(lines), FRESH)


def _negotiated(address: str) -> BaseResponse:
    response = redirect(address, 302)
    response.vary.add("Accept-Language")
    return response


def _zip(work: Work, line: PackageLine, cache: str) -> Response:
    content = zipped.write(service.files(work, line))
    response = saved(f"{line.kind}-{line.key}-{line.sha256[:12]}.zip", content, "application/zip")
    return _kept(response, line.sha256, cache)


def _file(work: Work, view: PackageView, name: str, cache: str) -> Response:
    line = view.line
    service.require_there(line)
    table = view.table_in(f"{name.removesuffix('.json')}.csv") if name.endswith(".json") else None
    if table is not None:
        rows = rows_of(table["schema"], service.content(work, line, table["path"]))
        content = (json.dumps(list(rows), ensure_ascii=False, indent=1) + "\n").encode()
    else:
        content = service.content(work, line, name)
    kind = TYPES.get(name.rpartition(".")[2], "text/plain; charset=utf-8")
    response = Response(content, content_type=kind)
    if name.endswith(".csv"):
        response.headers["Content-Disposition"] = f'inline; filename="{line.key}-{name}"'
    response.headers["Link"] = f'<{DESCRIPTOR}>; rel="describedby"; type="application/json"'
    return _kept(response, hashlib.sha256(content).hexdigest(), cache)


def _kept(response: Response, tag: str, cache: str) -> Response:
    """Give an answer its tag and how long it may be kept; 304 where the reader has it already."""
    response.set_etag(tag)
    response.headers["Cache-Control"] = cache
    response.make_conditional(request)
    return response
