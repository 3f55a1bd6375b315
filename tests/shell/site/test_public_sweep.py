"""All that a stranger can fetch of a published round: every public address, both languages, archive, PDF."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import html5lib
import pytest
from sqlalchemy import select

from consulta.core.texts import Text
from consulta.core.values import PanelRules
from consulta.panel import dialogues
from consulta.panel import service as panels
from consulta.platform import database as db
from consulta.platform.models import (
    AnswerSheet,
    Ballot,
    Contact,
    Document,
    Evaluation,
    LogEntry,
    ProposingPhase,
    Reason,
    Round,
    Seat,
    ThemeProposal,
    ThemeProposalEvent,
    ThemeSupport,
)
from consulta.platform.organiser import service
from consulta.platform.organiser.service import Profile
from consulta.platform.web import letters
from consulta.platform.work import COMMAND, Actor, Bench
from consulta.results import synthesis, tallying
from consulta.rounds import frozen
from consulta.rounds.secrecy import MODES, what_is_public
from consulta.sessions import evaluation, minutes
from consulta.sessions.evaluation import PersonCommand
from consulta.vote import answers
from consulta.vote.questions import Question, digest
from tests.asking import NUMBER, ONE, SCALE, SEVERAL, TEXT, ask
from tests.cases import for_each
from tests.deep import deep
from tests.drafts import KEY
from tests.factories import moment
from tests.held_sessions import publish, session_over, write
from tests.results.checks.published import live
from tests.shell.site.test_access import rules
from tests.texts import TWO, both

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

    from consulta.platform.settings import Settings
    from tests.benches import Visitor

NO_PROFILE = "public.contact"  # 404 where the organiser has no profile; `public.demo`, where this is no demo

CHART = re.compile(rf'href="(/\w+/rounds/{KEY}/answers/[\w-]+\.\w+)"')
# Answers and proposed themes: what everybody may read, and what nobody may.
ANSWERED, PROPOSED = "Falta personal que hable kreyòl", "Trabajo decente en la cosecha"
HIDDEN = {
    "an answer that only the secretariat reads": "respuesta reservada sobre amenazas",
    "an answer without a vote": "respuesta de quien no votó",
    "a local government that one organisation named": "Villa Recóndita",
    "a proposal that was taken back": "Propuesta retirada a tiempo",
    "a question to a proposer": "Pregunta a quien propuso",
    "an answer to it": "Respuesta de quien propuso",
    "who proposed": "Rosaura Proponente",
    "who evaluated": "Eusebia Participante",
    "a text of an evaluation": "la sala era demasiado ruidosa para oír",
    "an agreement of a draft": "acuerdo que nadie publicó todavía",
}
CLOSED, QUOTED = "planteado solo para la secretaría y nadie más", "hace falta agua en todos los pasos"
ENDORSED = ("n01", "n02")
FORM = re.compile(rb'name="csrf_token"[^>]*')  # a form's own token has the time in it
FRACTION = re.compile(rb"(?<![\d/-])\d{3,}/\d{3,}(?![\d/-])")


@pytest.fixture(scope="module")
def published(
    migrated: bytes, tmp_path_factory: pytest.TempPathFactory, once_a_run: Callable[..., bytes]
) -> Callable[[str], bytes]:
    """Return the database of a published round with a panel, whom every ballot endorses, and a factsheet."""

    def asked(mode: str) -> bytes:
        return once_a_run(f"sweep-{mode}", lambda: lived(mode))

    def lived(mode: str) -> bytes:
        path = tmp_path_factory.mktemp(mode) / "consulta.sqlite3"
        path.write_bytes(migrated)
        bench = Bench(db.connect(f"sqlite:///{path}"), TWO)
        publish_all(bench, mode)
        bench.engine.dispose()
        return path.read_bytes()

    return asked


@pytest.fixture
def mode() -> str:
    """The secrecy of a test that is not asked of each."""
    return "aggregate"


@pytest.fixture
def bench(settings: Settings, published: Callable[[str], bytes], mode: str) -> Iterator[Bench]:
    """A bench over a copy of the published round in this mode."""
    (settings.data / "consulta.sqlite3").write_bytes(published(mode))
    bench = Bench(db.connect(settings.database), TWO)
    yield bench
    bench.engine.dispose()


def publish_all(bench: Bench, mode: str) -> None:
    live(bench, mode, meanwhile=ask_and_propose, endorsed=ENDORSED)
    with bench.work(COMMAND, moment()) as work:
        panels.choose(work, KEY, PanelRules(size=2, roles={"mechanism": (2, 2)}))
        panels.publish_panel(work, KEY)
        topic = dialogues.desk_page(work, KEY).proposed
        service.save(work, Profile(name=both("Red", "Network"), email="red@example.org"))
    session_over(bench, KEY, topic)
    write(bench, KEY)
    publish(bench, KEY)
    agree_and_evaluate(bench)
    tell(bench)


def agree_and_evaluate(bench: Bench) -> None:
    """Let the session have minutes and an evaluation, each published, with what nobody may read."""
    with bench.work(COMMAND, moment()) as work:
        minutes.save(work, KEY, both("Se acuerda algo.", "Something is agreed."), "Red")
        minutes.publish(work, KEY)
        minutes.save(work, KEY, both(HIDDEN["an agreement of a draft"], ""), "Red")
        evaluation.prepare(work, KEY)
        added = [
            PersonCommand(HIDDEN["who evaluated"], "", f"participante{number}@example.org", "es")
            for number in range(1, 15)
        ]
        evaluation.add_people(work, KEY, added)
        evaluation.ask(work, KEY, f"{moment() + timedelta(days=9):%Y-%m-%d}")
        view = evaluation.desk_page(work, KEY)
    asked = digest(view.questions)
    for place, person in enumerate(view.people):
        said = {"e1": [str(place % 5 + 1)], "e3": ["3"], "e10": [HIDDEN["a text of an evaluation"]]}
        with bench.work(Actor("participant", person.id), moment()) as work:
            evaluation.answer(work, said, asked)
    with bench.work(COMMAND, moment()) as work:
        row = work.session.scalars(select(Evaluation)).one()
        row.closes_at = moment() - timedelta(minutes=1)
    with bench.work(COMMAND, moment()) as work:
        evaluation.publish(work, KEY)


def ask_and_propose(bench: Bench) -> None:
    """Let the round ask questions, which each organisation answers, and have themes that some proposed."""
    shown = replace(TEXT, key="p5", shown=True)
    read, governments_asked = replace(TEXT, key="p6", shown=False), Question("p7", "governments", TEXT.text)
    ask(bench, [ONE, SEVERAL, SCALE, NUMBER, shown, read, governments_asked], KEY)
    with bench.work(COMMAND, moment()) as work:
        a_round = work.session.scalars(select(Round).where(Round.key == KEY)).one()
        seats = work.session.scalars(select(Seat).order_by(Seat.position)).all()
        for number, seat in enumerate(seats):
            voted = seat.current is not None
            contact = work.session.scalars(
                select(Contact).where(Contact.organisation_id == seat.organisation_id)
            ).one()
            places = ["Iquique (Chile)"] if number % 2 else []
            places += [HIDDEN["a local government that one organisation named"]] if number == 2 else []
            named = {theme.key: {"n": ["CL"] if number % 2 else [], "l": places} for theme in a_round.themes}
            texts = {
                "p5": f"{ANSWERED}; {contact.email}" if voted else HIDDEN["an answer without a vote"],
                "p6": HIDDEN["an answer that only the secretariat reads"],
            }
            said: dict[str, Any] = {
                "p1": number % 2 + 1,
                "p2": [number % 2 + 1, 3],
                "p3": number % 5 + 1,
                "p4": str(1000 + number),
                "p7": answers.keep(work, named),
            }
            values = {"round_id": a_round.id, "seat_id": seat.id, "answered_at": moment()}
            work.session.add(AnswerSheet(**values, said=said | texts))
        work.session.add(
            ProposingPhase(
                for_themes=True,
                for_people=False,
                round_id=a_round.id,
                zone="America/Panama",
                closes_local="2027-02-01T10:00",
                closes_at=moment(),
                opened_at=moment() - timedelta(days=9),
                ended_at=moment(),
                shown="at_once",
                supports=3,
                most=3,
                rule="support",
                themes=5,
                subregions=1,
            )
        )
        titles = (PROPOSED, HIDDEN["a proposal that was taken back"], "Vivienda para quienes llegan")
        for number, (title, state) in enumerate(
            zip(titles, ("submitted", "withdrawn", "admitted"), strict=True), start=1
        ):
            seat = seats[number]
            contact_id = work.session.scalars(
                select(Contact.id).where(Contact.organisation_id == seat.organisation_id)
            ).one()
            row = ThemeProposal(
                round_id=a_round.id,
                number=number,
                reference=f"T-AAAA-{number:04d}",
                organisation_id=seat.organisation_id,
                contact_id=contact_id,
                language="es",
                title=Text({"es": title}),
                why=Text({"es": f"{title} importa."}),
                objectives=[5],
                state=state,
                question=HIDDEN["a question to a proposer"],
                answer=HIDDEN["an answer to it"],
                proposed_at=moment(),
            )
            work.session.add(row)
            work.session.flush()
            work.session.add(
                ThemeProposalEvent(
                    proposal_id=row.id,
                    kind="submitted",
                    state=state,
                    at=moment(),
                    contact_id=contact_id,
                    actor=HIDDEN["who proposed"],
                    details={},
                )
            )
            for supporter in seats[5 : 5 + 3 * number]:
                work.session.add(
                    ThemeSupport(proposal_id=row.id, organisation_id=supporter.organisation_id, at=moment())
                )


def tell(bench: Bench) -> None:
    """Publish a synthesis of two reasons, of which only one may be quoted."""
    with bench.work(COMMAND, moment()) as work:
        a_round = work.session.scalars(select(Round).where(Round.key == KEY)).one()
        for number, (text, consent) in enumerate(((CLOSED, "read"), (QUOTED, "unnamed")), start=1):
            work.session.add(Reason(round_id=a_round.id, number=number, text=text, consent=consent))
        work.session.flush()
        seen = synthesis.desk_page(work, KEY).seen
        synthesis.save(work, KEY, "", {"es": "Se pide agua [1, 2]."}, "es", {}, seen)
        synthesis.publish(work, KEY, synthesis.desk_page(work, KEY).seen)


def everything(app: Flask, visitor: Visitor) -> dict[str, bytes]:
    """Every public address of the round with what it answers; an archive's files by themselves."""
    found: dict[str, bytes] = {}
    for rule, method in rules(app):
        asks_of_a_round = rule.arguments <= {"key", "lang"} and rule.endpoint.startswith("public.")
        if method != "GET" or not asks_of_a_round or rule.endpoint in {NO_PROFILE, "public.demo"}:
            continue
        for lang in ("es", "en"):
            with app.test_request_context():
                values = {"key": KEY, "lang": lang}
                asked = {name: values[name] for name in rule.arguments}
                url = app.url_map.bind("localhost").build(rule.endpoint, asked)
            if rule.endpoint.endswith("_letter") and not letters.are_available():
                continue
            answer = visitor.get(url)
            assert answer.status_code == 200, url
            found[url] = answer.data
            if rule.endpoint == "public.question_results":
                found |= {chart: visitor.get(chart).data for chart in CHART.findall(answer.text)}
            if answer.mimetype == "application/zip":
                with zipfile.ZipFile(io.BytesIO(answer.data)) as container:
                    found |= {f"{url}: {name}": container.read(name) for name in container.namelist()}
    return found


def tags_of(app: Flask) -> list[str | None]:
    """The tags by which caches know pages of the round again, for readers without a cookie."""
    pages = ("", f"rounds/{KEY}", f"rounds/{KEY}/result", f"rounds/{KEY}/roll", f"rounds/{KEY}/panel", "log")
    answers = [app.test_client(use_cookies=False).get(f"/es/{page}") for page in pages]
    assert [answer.status_code for answer in answers] == [200] * len(pages)
    return [answer.headers.get("ETag") for answer in answers]


def secrets(bench: Bench) -> dict[str, list[str]]:
    """What is known of the round inside the house, by the field that would let it be published."""
    with bench.read(COMMAND, moment()) as work:
        ask = work.session.scalars
        ballots, seats = ask(select(Ballot)).all(), ask(select(Seat)).all()
        a_round = ask(select(Round)).one()
        return {
            "never": [
                *(ballot.idempotency_key for ballot in ballots),
                *(ballot.cast_at.isoformat(timespec="microseconds") for ballot in ballots),
                *(ballot.content_sha256 for ballot in ballots),
                *ask(select(LogEntry.nonce)).all(),
                *ask(select(Contact.email)).all(),
                *salts(a_round.frozen or ""),
                CLOSED,
                *HIDDEN.values(),
                *ask(select(ThemeProposal.reference)).all(),
                "voter:",
                "secretariat:3",
            ],
            "receipt_codes": [ballot.receipt for ballot in ballots if ballot.seat.current.ballot is ballot],
            "roll": [seat.name for seat in seats],
            "bundle": [*(seat.pseudonym for seat in seats if len(seat.pseudonym) > 4), a_round.secret or ""],
            "package": [frozen.as_published((a_round.frozen or "").encode()).decode()],
            "result": ask(select(Document.sha256).where(Document.kind == "result")).all(),
        }


def salts(package: str) -> list[str]:
    """Return the random bits that keep a package's nominees from being tried; none in `aggregate`."""
    kept = json.loads(package)
    return [kept["nominees_salt"]] if "nominees_salt" in kept else []


@pytest.mark.parametrize("mode", [deep("open"), deep("pseudonymous"), "aggregate"])
def test_a_stranger_finds_what_the_mode_publishes_and_nothing_else(
    bench: Bench, app: Flask, visitor: Visitor, mode: str
) -> None:
    found = everything(app, visitor)
    assert len(found) > 20
    for text in (QUOTED, ANSWERED, PROPOSED):
        assert [url for url, content in found.items() if text.encode() in content], f"{text}: it may be read"
    for field, values in secrets(bench).items():
        told = field in what_is_public(mode)
        for value in values:
            where = [url for url, content in found.items() if value.encode() in content]
            if not told:
                assert not where, (field, value, where)
            else:
                assert where, (field, value)
    if "seats" in what_is_public(mode):
        assert [url for url in found if url.endswith("/answers/p1.csv")]
    else:
        named = [url for url, content in found.items() if b"Red 001" in content]
        assert {url.rpartition("/")[2] for url in named} == {
            "roll",
            "members",  # who is a member; not of the round
            "roll.csv",
            "archive.zip",
            "archive.zip: roll.csv",
        }
    figures = [url for url, content in found.items() if FRACTION.search(content)]
    assert bool(figures) == ("result" in what_is_public(mode)), figures


@pytest.mark.deep
@pytest.mark.parametrize("mode", ["aggregate", *(deep(mode) for mode in MODES if mode != "aggregate")])
def test_every_address_answers_alike_at_every_time(
    bench: Bench, app: Flask, visitor: Visitor, mode: str
) -> None:
    """No counter, no clock, no cache tells of anything that happens afterwards."""
    before, tags = everything(app, visitor), tags_of(app)
    with bench.work(COMMAND, moment()) as work:
        for number in range(5):
            work.record("ballot.entered", f"seat:{number + 1}")
    after = everything(app, visitor)
    assert tags_of(app) == tags
    assert {url: FORM.sub(b"", content) for url, content in after.items()} == {
        url: FORM.sub(b"", content) for url, content in before.items()
    }
    for url in [url for url in before if ": " not in url]:
        assert "Last-Modified" not in visitor.get(url).headers, url


@for_each("figures", [(9137, 21), (21, 9137)])
def test_a_panel_tells_nothing_of_how_many_endorsed_whom(
    bench: Bench, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, figures: tuple[int, int]
) -> None:
    pages = [f"/{lang}/rounds/{KEY}/panel" for lang in ("es", "en")]
    before = [visitor.get(page).text for page in pages]
    assert before[0].count("<h4>Sin nombre público</h4>") == len(ENDORSED)
    support, read = dict(zip(ENDORSED, figures, strict=True)), tallying.kept_summary
    monkeypatch.setattr(tallying, "kept_summary", lambda *asked: replace(read(*asked), support=support))
    with bench.read(COMMAND, moment()) as work:
        lines = panels.panel_page(work, KEY).nominees
    assert {each.key: each.support for each in lines} == support, "the panel is told with these figures"
    assert [visitor.get(page).text for page in pages] == before


def bare_figures(content: bytes | str, lang: str) -> list[str]:
    """The figures of a page whose thousands are not parted as its language parts them.

    What is no figure is marked up as what it is (code, time), or is a year or the number of a standard.
    """
    found: list[str] = []
    least = 5 if lang == "es" else 4

    def read(text: str | None) -> None:
        for each in re.finditer(r"(?<![\w.,:/+-])\d+(?![\w/-]|[.,:]\d)", text or ""):
            before, is_year = (text or "")[: each.start()], 1900 < int(each[0]) < 2100
            if len(each[0]) >= least and not is_year and not before.endswith("RFC "):
                found.append((text or "").strip())

    def walk(element: Any) -> None:
        read(element.text)
        for child in element:
            if str(child.tag).rpartition("}")[2] not in {"code", "pre", "time", "script", "style", "head"}:
                walk(child)
            read(child.tail)

    walk(html5lib.parse(content))
    return found


@pytest.mark.deep
def test_every_page_has_a_description_of_its_own_and_parts_thousands(
    bench: Bench, app: Flask, visitor: Visitor
) -> None:
    """Messengers and search engines show it below the title of a page that is passed on."""
    assert bare_figures("<p>1234 votes, 12,345 rows, of 2026, <code>9999</code>", "en") == [
        "1234 votes, 12,345 rows, of 2026,"
    ]
    told: dict[str, dict[str, str]] = {"es": {}, "en": {}}
    for url, content in everything(app, visitor).items():
        page = b'class="colophon"' in content  # no file, no sheet for the printer
        if not page or url.endswith(("/sent", "/asked")):  # what follows a form
            continue
        assert not bare_figures(content, url.split("/")[1]), url
        metas = {
            meta.get("property") or meta.get("name"): meta.get("content")
            for meta in html5lib.parse(content).iter("{http://www.w3.org/1999/xhtml}meta")
        }
        said = metas["description"] or ""
        assert metas.get("og:description", said) == said, url
        assert 10 < len(said) <= 320, (url, said)
        assert said == " ".join(said.split()), (url, said)
        assert not re.search(r"[<>]|&\w+;|[.:]{2}|\.[A-ZÁÉÍÓÚ¿]", said), (url, said)
        told[url.split("/")[1]][url] = said
    for lang, pages in told.items():
        assert len(pages) > 20, lang
        same = [(url, said) for url, said in pages.items() if list(pages.values()).count(said) > 1]
        assert not same, "\n".join(f"{url} {said[:60]}" for url, said in same)
