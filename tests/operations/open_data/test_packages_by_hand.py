"""Files of a package out of tables made by hand, and what a builder says of when and of what it was made."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from types import SimpleNamespace as Made
from typing import TYPE_CHECKING, Any

import pytest

from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.operations.open_data import of_follow_up, of_rounds, of_sessions, packing, service, tables
from consulta.operations.open_data.tables import Field, Link, Table
from consulta.platform.organiser import service as organiser
from consulta.platform.organiser.service import Profile
from consulta.platform.work import ANONYMOUS
from consulta.sessions.follow_up import service as follow_up
from tests.operations.open_data.made import KEY, PLACE
from tests.texts import TWO, both

if TYPE_CHECKING:
    from consulta.operations.open_data.values import Made as Package

# -- the files of a package

THEMES = Table(
    "themes",
    (
        Field("theme", required=True, unique=True),
        Field("title", translated=True),
        Field("state", enum=("admitted", "merged")),
        Field("step", "integer", least=0, most=9),
        Field("starts_at", "datetime"),
    ),
    ("theme",),
)
OBJECTIVES = Table(
    "theme_objectives",
    (Field("theme"), Field("objective", "integer")),
    ("theme", "objective"),
    (Link(("theme",), "themes", ("theme",)), Link(("theme",), "theme_objectives", ("objective",))),
)
LINKS = Table("links", (Field("theme"),), ("theme",), (Link(("theme",), "themes", ("theme",)),))
ROWS: dict[str, list[dict[str, Any]]] = {
    "themes": [{"theme": "t1", "title": both("Niñez", "Children"), "step": 0}],
    "theme_objectives": [{"theme": "t1", "objective": 7}],
}
BALLOTS = {"ballots.soc": b"1: 1\n", "ballots-weighted.soc": b"9: 1\n"}
ABOUT = packing.About(
    kind="rounds",
    key="Otra-1",
    title=both("Canción", "Song"),
    example=True,
    secrecy="open",
    organiser=both("Mecanismo", "Mechanism"),
    licence="CC0",
    licence_title="Zero",
    licence_link="https://voz.example/zero",
    page="https://voz.example/round",
    address="https://voz.example/data",
    at="2027-03-05T22:00:00Z",
    languages=TWO,
)


def said(text: Text) -> dict[str, Any]:
    return {
        "description": text.into("en"),
        "descriptions": {"es": text.into("es"), "en": text.into("en")},
    }


def column(name: str, of: str, type_: str = "string", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": type_, **said(tables.column(THEMES, Field(of))), **more}


def size(content: bytes) -> dict[str, Any]:
    return {"bytes": len(content), "hash": f"sha256:{hashlib.sha256(content).hexdigest()}"}


def test_a_descriptor_says_all_of_its_files() -> None:
    made = packing.pack(ABOUT, [THEMES, LINKS, OBJECTIVES], ROWS, BALLOTS)
    assert set(made) == {"themes.csv", "theme_objectives.csv", *BALLOTS, "README.md", "datapackage.json"}
    told = json.loads(made["datapackage.json"])
    themes, objectives, *others = told.pop("resources")
    assert told == {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "rounds-otra-1",
        "title": "Song",
        "titles": {"es": "Canción", "en": "Song"},
        "description": tables.card()["rounds"].into("en").format(title="Song", address=ABOUT.page),
        "homepage": "https://voz.example/data",
        "created": "2027-03-05T22:00:00Z",
        "example": True,
        "secrecy": "open",
        "licenses": [{"name": "CC0", "path": "https://voz.example/zero", "title": "Zero"}],
        "contributors": [{"title": "Mecanismo", "roles": ["publisher"]}],
        "sources": [{"title": "Song", "path": "https://voz.example/round"}],
    }
    title = said(tables.column(THEMES, Field("title")))
    assert themes == {
        "$schema": "https://datapackage.org/profiles/2.0/dataresource.json",
        "name": "themes",
        "type": "table",
        "path": "themes.csv",
        **said(tables.table("themes")),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        **size(made["themes.csv"]),
        "schema": {
            "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
            "fields": [
                column("theme", "theme", constraints={"required": True, "unique": True}),
                {**column("title_es", "title"), "description": f"{title['description']} (es)"},
                {**column("title_en", "title"), "description": f"{title['description']} (en)"},
                column("state", "state", constraints={"enum": ["admitted", "merged"]}),
                column("step", "step", "integer", constraints={"minimum": 0, "maximum": 9}),
                column("starts_at", "starts_at", "datetime", format="%Y-%m-%dT%H:%M:%SZ"),
            ],
            "missingValues": [""],
            "primaryKey": ["theme"],
            "foreignKeys": [],
        },
    }
    assert (objectives["name"], objectives["path"]) == ("theme-objectives", "theme_objectives.csv")
    assert objectives["schema"]["foreignKeys"] == [
        {"fields": ["theme"], "reference": {"resource": "themes", "fields": ["theme"]}},
        {"fields": ["theme"], "reference": {"resource": "theme-objectives", "fields": ["objective"]}},
    ]
    assert others == [
        {
            "$schema": "https://datapackage.org/profiles/2.0/dataresource.json",
            "name": name,
            "path": path,
            "description": tables.card()["preflib"].into("en"),
            "format": "soc",
            "mediatype": "text/plain",
            "encoding": "utf-8",
            **size(BALLOTS[path]),
        }
        for name, path in (
            ("ballots-preflib", "ballots.soc"),
            ("ballots-weighted-preflib", "ballots-weighted.soc"),
        )
    ]


def test_the_bytes_of_a_descriptor_stay_the_same() -> None:
    """Written in another way each package would get a version in which nothing changed."""
    made = packing.pack(ABOUT._replace(secrecy="", kind="sessions"), [], {}, {})
    first = (
        '{\n "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",\n'
        ' "name": "sessions-otra-1",\n "title": "Song",\n "titles": {\n  "es": "Canción",\n'
    )
    assert made["datapackage.json"].decode().startswith(first)
    assert made["datapackage.json"].decode().endswith('\n "resources": []\n}\n')
    assert "secrecy" not in json.loads(made["datapackage.json"])


def test_a_card_says_what_is_there_and_what_is_not_in_each_language() -> None:
    card = {name: text.into("en") for name, text in tables.card().items()}
    made = packing.pack(ABOUT, [THEMES, LINKS, OBJECTIVES], ROWS, BALLOTS)["README.md"].decode()
    spanish, english = made.split("\n\n---\n\n")
    assert spanish.startswith("# Canción\n\n**EJEMPLO: ")
    assert "Cítese como: Mecanismo (2027). Canción [paquete de datos]. https://voz.example/data" in spanish
    assert english.split("\n\n") == [
        "# Song",
        "**EXAMPLE: organisations, people and results are invented.**",
        (
            "What was published of the consultation “Song”, as tables."
            " It has the figures of its public pages: https://voz.example/round"
        ),
        "## How it was made",
        card["how_rounds"],
        "## What is left out, and why",
        card["out_open"],
        card["out_people"],
        "### Tables that this package does not have",
        "- `links`: Nothing of this kind was published for this consultation or session.",
        "## Files",
        card["read"],
        (
            f"- `themes.csv`: {tables.table('themes').into('en')}\n"
            f"- `theme_objectives.csv`: {tables.table('theme_objectives').into('en')}\n"
            f"- `ballots.soc`, `ballots-weighted.soc`: {card['preflib']}"
        ),
        "## Licence and citation",
        "Licence: Zero, https://voz.example/zero",
        "Cite as: Mechanism (2027). Song [data package]. https://voz.example/data",
        f"{card['versions']}\n",
    ]


# -- when a package was made, and of what

DAYS = [datetime(2027, 3, day, 12, tzinfo=UTC) for day in range(1, 7)]
FIRST, SECOND, THIRD, FOURTH, FIFTH, SIXTH = DAYS


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A unit of work as far as builders ask it; tables get no rows."""
    monkeypatch.setattr(organiser, "profile", lambda _work: Profile(name=both("Mecanismo", "Mechanism")))
    for module in (of_rounds, of_sessions, of_follow_up):
        monkeypatch.setattr(module, "rows", lambda *_: {})
    return Made(languages=TWO, actor=ANONYMOUS, session=Made(info={"unused_parts": frozenset()}))


def created(made: Package) -> datetime:
    told = json.loads(made.files["datapackage.json"])
    assert told["example"] is made.example is True
    return datetime.fromisoformat(told["created"])


def followed(published: Any = FIRST, withdrawn: Any = None, *reports: tuple[datetime, Any]) -> Any:
    session = Made(title=both("Sesión"), example=True)
    said = [Made(entered_at=entered, withdrawn=Made(at=gone) if gone else None) for entered, gone in reports]
    standings = tuple(Made(history=(each,)) for each in said)
    text = Made(session=session, published_at=published, withdrawn_at=withdrawn)
    return Made(recommendation=text, standings=standings)


def test_recommendations_are_told_without_names_where_these_are_not_public(
    work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []

    def rows(_key: str, found: Any, address: str) -> dict[str, Any]:
        told.append((found[0].recommendation.published_at, address))
        return {}

    monkeypatch.setattr(follow_up, "published", lambda *_: (followed(),))
    monkeypatch.setattr(follow_up, "without_names", lambda _: followed(SECOND))
    monkeypatch.setattr(of_follow_up, "rows", rows)
    made = [
        service.build(work, PLACE._replace(names=names), "recommendations", KEY) for names in (True, False)
    ]
    assert [created(each) for each in made] == [FIRST, SECOND]
    assert told == [(FIRST, "http://localhost/es"), (SECOND, "http://localhost/es")]
    monkeypatch.setattr(follow_up, "published", lambda *_: ())
    with pytest.raises(Problem, match=r"recommendation\.none"):
        service.build(work, PLACE, "recommendations", KEY)


def test_a_package_is_made_anew_where_the_installation_says_something_else_of_it(
    work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ground(profile: Profile, place: service.Place = PLACE, languages: tuple[str, ...] = TWO) -> str:
        monkeypatch.setattr(organiser, "profile", lambda _work: profile)
        work.languages = languages
        return service._ground(work, place)

    usual = Profile(name=Text({"es": "Voz", "en": "Voice"}), licence="CC0-1.0")
    found = ground(usual)
    assert re.fullmatch("[0-9a-f]{32}", found)
    assert ground(Profile(name=Text({"en": "Voice", "es": "Voz"}), licence="CC0-1.0")) == found
    others = [
        ground(Profile(name=usual.name)),
        ground(Profile(name=both("Voz", "Voices"), licence="CC0-1.0")),
        ground(usual, PLACE._replace(base_url="https://voz.example")),
        ground(usual, PLACE._replace(small_cell=6)),
        ground(usual, PLACE._replace(names=False)),
        ground(usual, languages=("es", "pt")),
    ]
    assert len({found, *others}) == 7
