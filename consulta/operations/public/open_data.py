"""The files of open data under addresses that stay: newest versions, every version by its digest, all.

Any page may read and keep them, and no cookie is set. A table `themes.csv` is also there as `themes.json`.
"""

from __future__ import annotations

import hashlib
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from flask import Response, redirect, render_template, request, url_for

from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.operations.open_data import packing, service
from consulta.operations.open_data import tables as words
from consulta.operations.open_data.schemas import OF_KIND
from consulta.operations.open_data.tables import rows_of
from consulta.operations.open_data.values import DESCRIPTOR, KINDS
from consulta.platform.formats import zipped
from consulta.platform.organiser import service as organiser
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.downloads import saved
from consulta.platform.web.language import current, negotiate, offered, say
from consulta.platform.web.pages import Pages
from consulta.platform.web.public import blueprint as public_blueprint
from consulta.platform.web.request import house, now, read, reading
from consulta.platform.work import ANONYMOUS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from werkzeug.wrappers import Response as BaseResponse

    from consulta.operations.open_data.values import PackageLine, PackageView
    from consulta.platform.work import Work

BELONGS_TO = "open_data"


blueprint = Pages("data", __name__, under="/data", in_languages=False)

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

    response = Response(packing.written(lines, files, offered()), mimetype="application/zip")
    response.headers["Content-Disposition"] = 'attachment; filename="open-data.zip"'
    return _kept(response, packing.digest_of_all(lines), FRESH)


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


SCRIPTS = (("Python", "python"), ("R", "r"))
"""The programs that load a package: their language and their file."""


class Resource(NamedTuple):
    """A file of a package that its descriptor tells of, with its columns where it is a table."""

    file: str
    size: int
    said: Text
    fields: tuple[tuple[str, str, Text], ...]

    @property
    def json(self) -> str:
        """Return the name under which the rows of a table are handed out as JSON."""
        return f"{self.file.removesuffix('.csv')}.json"


@public_blueprint.get("/data", may="published.read")
def data() -> str:
    """Show what there is, under which licence, and how it is cited."""
    with reading() as work:
        lines = service.packages(work)
        profile = organiser.profile(work)
    return render_template(
        "open_data/all.html",
        lines=lines,
        groups=[(kind, [each for each in lines if each.kind == kind]) for kind in KINDS],
        licence=service.licence_of(profile),
        base=house().settings.base_url,
        descriptor=DESCRIPTOR,
        scripts=tuple((title, _script(name, lines)) for title, name in SCRIPTS),
        example=any(each.example for each in lines),
    )


@public_blueprint.get(f"/data/{SERIES}/<key>", may="published.read")
def data_package(series: str, key: str) -> str | tuple[str, int]:
    """Show a package: its files and columns, what is left out, its versions, how it is cited.

    What was published a moment ago has a page that says so, so that links to it lead somewhere.
    """
    with reading() as work:
        if service.is_coming(work, series, key):
            text = say(Problem("data.coming"))
            return render_template("open_data/coming.html", text=text, series=series, key=key)
        view = service.newest(work, series, key)
        wanted = request.args.get("version")
        if wanted is not None:
            view = service.version(work, wanted)
            if (view.line.kind, view.line.key) != (series, key):
                raise Problem("data.unknown")
        profile = organiser.profile(work)
    line, told = view.line, view.descriptor
    if line.withdrawn:
        page = render_template("open_data/withdrawn.html", view=view, line=line, example=line.example)
        return page, HTTPStatus.GONE
    address = f"{house().settings.base_url}/data/{series}/{key}/{DESCRIPTOR}"
    return render_template(
        "open_data/package.html",
        view=view,
        line=line,
        resources=tuple(_resource(each, view.line) for each in told["resources"]),
        absent=_absent(view),
        out=_left_out(view),
        licence=told["licenses"][0],
        cited=packing.cite(
            line.title, service.publisher(profile), address, told["created"][:4], current(), offered()
        ),
        address=address,
        page=told["sources"][0]["path"],
        descriptor=DESCRIPTOR,
        example=line.example,
    )


def _resource(described: Mapping[str, Any], line: PackageLine) -> Resource:
    file = line.file(described["path"])
    fields = described.get("schema", {}).get("fields", ())
    said = described.get("descriptions") or words.card()["preflib"]
    return Resource(
        described["path"],
        file.size if file else 0,
        Text(said),
        tuple((each["name"], each["type"], Text(each["descriptions"])) for each in fields),
    )


def _absent(view: PackageView) -> tuple[tuple[str, Text, Text], ...]:
    """Return the tables that a package does not have: name, what they have, and why."""
    there = {each["path"].removesuffix(".csv") for each in view.tables()}
    tables = OF_KIND[view.line.kind]
    return tuple(
        (each.name, words.table(each), words.absent(each.name)) for each in tables if each.name not in there
    )


def _left_out(view: PackageView) -> tuple[Text, ...]:
    """Return the paragraphs of the card on what is left out."""
    secrecy = view.descriptor.get("secrecy", "")
    names = [f"out_{secrecy or view.line.kind}", *(["out_people"] if secrecy else [])]
    return tuple(words.card()[name] for name in names)


def _script(name: str, lines: tuple[PackageLine, ...]) -> str:
    """Return a program that loads the newest round's package, to be copied and run as it is."""
    key = next((each.key for each in lines if each.kind == "rounds"), _("KEY"))
    address = f"{house().settings.base_url}/data/rounds/{key}/{DESCRIPTOR}"
    return words.script(name).replace("ADDRESS", address).replace("LANGUAGE", current()).strip()
