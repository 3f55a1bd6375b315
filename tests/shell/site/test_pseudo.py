"""Every page in a language that nobody speaks: what stays readable had escaped the catalogues."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from babel import dates
from sqlalchemy import MetaData, select

from consulta.app import create_app
from consulta.operations.open_data import tables as words
from consulta.panel import nominees_import
from consulta.people import members_rows
from consulta.platform import paths
from consulta.platform.data import catalogue, tongues
from consulta.platform.formats import moments
from consulta.platform.organiser import service
from consulta.platform.work import COMMAND
from consulta.sessions import attendance
from tests import pseudo
from tests.benches import Visitor
from tests.deep import DEEP
from tests.factories import moment
from tests.markup import parsed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from werkzeug.test import TestResponse

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from tests.benches import Demo

SPOKEN = re.compile(f"{pseudo.OPEN}[^{pseudo.OPEN}{pseudo.CLOSE}]*(?:{pseudo.CLOSE}|…)")  # or cut in a chart
HEARD = ("title", "aria-label", "alt", "placeholder", "label")
# Words that are the same in every language, and what is no word: moments, digests, codes, keys, addresses.
NAMES = {
    *("consulta", "Español", "English", "UTC", "WhatsApp", "PDF", "XLSX", "CSV", "SHA-256", "SMTP", "E-mail"),
    *("es", "en", "English (en)", "Español (es)", "py", "python3", "Python", "JSON", "ZIP", "kB"),
    # Of a licence, a file, and the types of columns in a data package.
    *(
        "CC-BY-4.0",
        "Creative Commons Attribution 4.0",
        "Creative Commons Attribution",
        "Creative Commons Attribution-ShareAlike",
        "CC-BY-SA-4.0",
        "Creative Commons Attribution-ShareAlike 4.0",
    ),
    *("CC0-1.0", "CC0 1.0 Universal", "README.md", "verificar.html"),
    *("boolean", "datetime", "integer", "string"),
    "Autoridad de sellos de tiempo",  # of the demonstration: who stamps the seals of its closings
}
# Days in rows and calendars are written by the locale, as whole moments are.
MONTHS = "|".join(
    name for width in ("wide", "abbreviated") for name in dates.get_month_names(width, locale="en").values()
)
WEEKDAYS = "|".join(dates.get_day_names("abbreviated", locale="en").values())
DAY = re.compile(rf"(?:\d{{1,2}} )?\b(?:{MONTHS})\b(?: \d{{4}})?(?:,? \d{{1,2}}:\d\d)?|\b(?:{WEEKDAYS})\b")
MOMENT = re.compile(
    r"\d{1,2} (?:de )?\w+ (?:de )?\d{4}(?:, \d{1,2}:\d\d)?(?: UTC)?(?: \((?:hora de )?[^()]*UTC[^()]*\))?"
)
NO_WORD = re.compile(
    r"and \d+|[A-Z]{2}(?: [A-Z]{2})*|[\d\W_¼½¾]*|[0-9a-f]{16,}|(?:\w{4}-){2}\w{4}|[\w.+-]+@[\w.-]+|https?://\S+|/\S*"
)
ADDRESS = re.compile(
    r"https?://\S+|\b[\w.-]+\.(?:zip|csv|xlsx|py|json|eml|tsq|pem)\b|[\w./-]+\+[0-9a-f]{8}\+[\w+/=]+"
)
NUMBERED = re.compile(r"^[○●]? ?\d+\.? (?=\D)|\{\w+\}")
PEOPLE_WRITE = (
    "organisations", "contacts", "rounds", "themes", "nominees", "nominations", "seats", "staff",
    "attendances", "dialogues", "invitation_words", "access_changes", "objections",
    "applications", "corrections", "proposing_phases", "theme_proposals", "theme_proposal_events",
    "reasons", "reason_codes", "syntheses", "synthesis_versions", "questions", "answer_sheets",
    "question_figures", "local_governments", "focal_points", "evaluations", "evaluation_people",
    "evaluation_sheets", "agreements", "minutes_versions", "recommendations", "recommendation_texts",
    "institutions", "reports", "evidence", "withdrawals", "replaced_versions", "registrations",
    "practices", "pending_acts", "witnesses",
)  # fmt: skip
SPLIT = re.compile(r"\s+·\s+|\s\+\s|[,;:()«»“”=]\s*|\s/\s|\s+[-\u2013]\s+|\.\s+|\s+and\s+|\s+or(?:\s+|$)|\n")


@pytest.fixture
def town(
    settings: Settings, demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Visitor, Bench]]:
    """The demonstration in that language, a person of its secretariat signed in, with links of voters."""
    pseudo.speak(tmp_path / "pseudo", monkeypatch)
    bench = demo.bench(settings)
    visitor = Visitor(create_app(settings, bench).test_client())
    visitor.links = demo.known.links  # type: ignore[attr-defined]
    sign_in = demo.known.sign_ins[0]
    answer = visitor.submit("/en/account/sign-in", {"email": sign_in.email, "password": sign_in.password})
    assert answer.status_code == 303
    yield visitor, bench
    bench.engine.dispose()


def written(value: object) -> list[str]:
    """Return the texts in a value of a row, also those inside JSON."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for each in value for text in written(each)]
    if not isinstance(value, str):
        return []
    if value.startswith(("{", "[")):
        try:
            return written(json.loads(value))
        except ValueError:
            return [value]
    return [value]


def contents(bench: Bench) -> str:
    """All that people wrote, and the lists: titles, names, categories, texts; one a line."""
    found: list[str] = []
    tables = MetaData()
    tables.reflect(bench.engine)
    with bench.engine.connect() as connection:
        for name in PEOPLE_WRITE:
            for row in connection.execute(select(tables.tables[name])):
                found += written(list(row))
        log = tables.tables["log"]  # the reason of a reopening stands in it alone
        found += written(
            list(connection.scalars(select(log.c.details).where(log.c.action == "rounds.reopened")))
        )
    for listed in (
        catalogue.countries(), catalogue.sectors(), catalogue.subregions(), catalogue.objectives(),
        catalogue.objective_groups(), catalogue.genders(), catalogue.roles(), catalogue.sector_groups(),
        catalogue.languages(),
    ):  # fmt: skip
        for entry in listed:
            pairs = (getattr(entry, field, None) for field in ("name", "title", "short", "plural"))
            found += [half for pair in pairs if pair is not None for half in pair.values()]
    for kind in ("populations", "joined", "most_named"):
        found += [half for label in catalogue.terms(kind).values() for half in label.values()]
    with bench.read(COMMAND, moment()) as work:
        profile = service.profile(work).stored()
    for text in profile.values():
        found += text.values() if isinstance(text, dict) else [text]
    found.append("Another commitment on that date")  # a reason that a person wrote, inside a kept panel
    found += written([words._file("fields"), words._file("card")])  # each in the languages of a package
    for preset in catalogue.presets():
        pairs = (preset.title, preset.description, preset.source)
        found += [half for pair in pairs if pair is not None for half in pair.values()]
    found.append(
        MOMENT.sub(" ", catalogue.demo_file("factsheet.toml").decode())
    )  # with days in its sentences
    english = tongues.of("en")
    found += [*english.numbers, *(number.capitalize() for number in english.numbers), *english.of.values()]
    found += [half for label in attendance.GROUPS.values() for half in label.values()]
    labels = (
        *members_rows.labels().values(),
        *nominees_import.LABELS.values(),
        *attendance.LABELS.values(),
        attendance.NO_COUNTRY,
    )
    found += [half for label in labels for half in label.values()]  # headings of files, in both languages
    # Mail has its own texts in both languages, which the secretariat edits as it edits titles.
    mail = sorted((paths.PACKAGE / "platform" / "data" / "mail").iterdir())
    found += [text.read_text("utf-8") for text in mail if text.is_file()]
    found += [moments.city(country.zone, "en") for country in catalogue.countries()]
    # In the editor of a text its places are marked: what stands between them is read in pieces.
    pieces = [re.sub(r"\{\w+\}", "", text.read_text("utf-8")) for text in mail if text.is_file()]
    return "\n".join([*(" ".join(text.split()) for text in found), *pieces])


def readable(page: str) -> Iterator[str]:
    """Every text of a page that a person reads or hears."""
    root = parsed(page)
    for element in root.iter():
        tag = str(element.tag).rpartition("}")[2]
        if str(element.get("class")).startswith("letter"):
            continue  # a mail as it would be read, in both languages, with what people wrote in it
        if tag not in {"script", "style", "code"} and element.get("lang") in {None, *[root.get("lang")]}:
            if element.text:
                yield element.text
            yield from (child.tail for child in element if child.tail)
        elif tag in {"script", "style"}:
            continue
        for name, value in element.attrib.items():
            if name in HEARD or (name.startswith("data-") and " " in value):
                yield value


def escaped(text: str, known: str) -> Iterator[str]:
    """The parts of a text that are neither in brackets nor content nor the same in every language."""
    while (without := SPOKEN.sub("\n", text)) != text:  # a text may stand inside another
        text = without
    for piece in text.split("\n"):
        for part in SPLIT.split(" ".join(DAY.sub(" ", MOMENT.sub(" ", ADDRESS.sub(" ", piece))).split())):
            bare = NUMBERED.sub("", part).strip(" .,;:·%…▲▽○●→^$")
            bare = re.sub(r" [\d.,]+$", "", bare)
            if bare and bare not in known and bare not in NAMES and not NO_WORD.fullmatch(bare):
                yield bare


def crawl(visitor: Visitor, starts: Iterable[str], limit: int = 2) -> dict[str, str]:
    """The pages that links lead to, some of each endpoint."""
    app = visitor.client.application
    adapter = app.url_map.bind("localhost")
    waiting, pages, often = list(starts), {}, dict[str, int]()
    while waiting:
        url = waiting.pop(0)
        endpoint = adapter.match(urlsplit(url).path, method="GET")[0]
        if url in pages or often.get(endpoint, 0) >= limit:
            continue
        if urlsplit(url).path.endswith((".pdf", ".zip", ".json", ".xlsx", ".csv")):
            continue
        answer = visitor.client.get(url)
        if answer.mimetype != "text/html" or answer.status_code >= 300:
            continue
        often[endpoint] = often.get(endpoint, 0) + 1
        pages[url] = answer.text
        links = re.findall(r'href="(/(?:en|es)/[^"#]*)', answer.text)
        waiting += [link.replace("&amp;", "&") for link in links if link.startswith("/en/")]
    return pages


def apart(visitor: Visitor) -> dict[str, TestResponse]:
    """Pages to which no link leads: refusals, and the vote from its link to the receipt."""
    app = visitor.client.application
    voter = Visitor(app.test_client())
    link = urlsplit(visitor.links[0].url).path
    ballot = re.sub(r"^/e[ns]/", "/en/", voter.post(link).headers["Location"])
    first = voter.get(ballot)
    keys = re.findall(r'name="(place-\w+)"', first.text)
    form = {"csrf_token": Visitor.token(first), keys[0]: "1", "objectives": "3"}
    seen = {
        "link": voter.get(re.sub(r"^/e[ns]/", "/en/", link)),
        "ballot": first,
        "ballot refused": voter.sent(f"{ballot}/review", form | {keys[1]: "1", keys[2]: "x"}),
        "ballot empty": voter.sent(f"{ballot}/review", {"csrf_token": form["csrf_token"]}),
        "review": voter.sent(f"{ballot}/review", form),
        "review refused": voter.sent(f"{ballot}/cast", form),
        "refused link": voter.post("/en/v/nothing"),
    }
    cast = voter.post(f"{ballot}/cast", form | {"confirm": "y", "key": "k"})
    assert cast.status_code == 303
    seen["receipt"] = voter.get(cast.headers["Location"])
    seen["ballot again"] = voter.get(ballot)
    seen["ended"] = Visitor(app.test_client()).get(ballot)
    seen["nowhere"] = voter.get("/en/nowhere")
    seen["sign in"] = voter.get("/en/account/sign-in")
    return seen


@pytest.mark.slow
def test_nothing_escapes_translation(town: tuple[Visitor, Bench]) -> None:
    visitor, bench = town
    known = contents(bench)
    pages = crawl(visitor, ["/en/", "/en/secretariat/"], 2 if DEEP else 1)
    for address in ("/en/verificar.html", "/en/verificar"):  # one file for all languages, with its own words
        del pages[address]
    pages = {
        url: page for url, page in pages.items() if "/preview/mail" not in url
    }  # a mail has its own words
    assert len(pages) > 40
    pages |= {name: answer.text for name, answer in apart(visitor).items()}
    said = {text: url for url, page in pages.items() for text in readable(page)}  # most stand on every page
    found = {f"{url}: {part}" for text, url in said.items() for part in escaped(text, known)}
    assert not found, "\n".join(sorted(found))


def test_what_escapes_would_be_found() -> None:
    texts = f'<p>{pseudo.said("Fill this in")} 3 votes</p><b aria-label="Close"></b>'
    page = f'<!doctype html><html lang="en"><head><title></title></head><body>{texts}</body></html>'
    assert [part for text in readable(page) for part in escaped(text, "")] == ["votes", "Close"]
    assert list(
        escaped(pseudo.said("%(num)s votes until %(moment)s") % {"num": "3", "moment": "noon"}, "")
    ) == ["noon"]
