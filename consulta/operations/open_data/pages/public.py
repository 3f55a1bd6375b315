"""The pages of open data: what there is, each package, and programs that load one."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from flask import render_template, request
from flask_babel import gettext as _

from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.operations.open_data import packing, service, words
from consulta.operations.open_data.pages.files import SERIES
from consulta.operations.open_data.schemas import OF_KIND
from consulta.operations.open_data.values import DESCRIPTOR, KINDS
from consulta.platform.organiser import service as organiser
from consulta.platform.web.language import current, offered, say
from consulta.platform.web.public import blueprint
from consulta.platform.web.request import house, reading

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from consulta.operations.open_data.values import PackageLine, PackageView

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


@blueprint.get("/data", may="published.read")
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


@blueprint.get(f"/data/{SERIES}/<key>", may="published.read")
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
