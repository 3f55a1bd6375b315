"""The demonstration: its files, its invented votes, and the command that fills and serves it."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import json
import re
import shutil
import socket
import stat
from collections import Counter
from contextlib import closing
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import phonenumbers
import pytest
from babel.support import Translations
from click.testing import CliRunner
from sqlalchemy import select

from consulta.app import create_app
from consulta.core.counting.bundle import parse
from consulta.core.counting.count import count, support
from consulta.core.panel import choose as panel
from consulta.core.panel.rules import parse_panel_rules
from consulta.panel import invitations, memory, public_panel
from consulta.panel import service as panels
from consulta.platform import accounts, telephones
from consulta.platform.data import catalogue, tongues
from consulta.platform.mailer import outbox
from consulta.platform.models import (
    Application,
    Checkpoint,
    Contact,
    Cosignature,
    FocalPoint,
    Head,
    Link,
    LogEntry,
    Message,
    Nominee,
    SignedIn,
)
from consulta.platform.organiser import service as organiser
from consulta.platform.paths import resource
from consulta.platform.settings import Settings
from consulta.platform.work import COMMAND
from consulta.results import archive, tallying
from consulta.results import page as result_page
from consulta.results import service as results
from consulta.rounds import service as rounds
from consulta.rounds.values import ThemeLine
from consulta.sessions import factsheets
from consulta.shell.cli import main
from consulta.shell.cli.demo import command, filling, voters
from consulta.shell.cli.demo import witnesses as demo_witnesses
from consulta.shell.cli.demo.voters import Leaning, Renown, Tendencies
from consulta.shell.cli.output import opened
from consulta.vote.values import SeatLine
from tests.benches import Visitor, run_demo, voter_visitor
from tests.cases import for_each
from tests.factories import moment
from tests.results import attacks
from tests.texts import both

READERS = "each language needs members in consulta/platform/data/demo/members.csv who read it"

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

    from consulta.platform.work import Bench
    from tests.benches import Demo

MARK = " (EJEMPLO)"
EXAMPLE = {
    code: Translations.load(str(resource("translations")), [tongues.of(code).language]).gettext("EXAMPLE")
    for code in tongues.codes()
}
NOTHING = both("", "")


def rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(catalogue.demo_file(name).decode(), newline="")))


# -- the files


def test_the_members_are_many_and_uneven() -> None:
    countries = {row["Organización"]: row["País"] for row in rows("members.csv")}
    sectors = Counter({row["Organización"]: row["Sector"] for row in rows("members.csv")}.values())
    assert 140 <= len(countries) <= 170
    assert len(set(countries.values())) >= 28
    assert len(sectors) >= 12
    assert sectors.most_common(1)[0][1] > 40
    assert min(sectors.values()) == 1
    by_subregion = Counter(
        catalogue.subregion_of(found.iso2)
        for name in countries.values()
        if (found := catalogue.find_country(name))
    )
    assert sum(by_subregion.values()) == len(countries)
    assert by_subregion["caribbean"] < by_subregion["mesoamerica"] < by_subregion["south_america"]


def test_some_organisations_are_networks_and_some_have_two_contacts() -> None:
    members = rows("members.csv")
    bases = Counter(row["Valor base"] for row in members)
    assert bases["1"] > 0.9 * len(members)
    assert set(bases) - {"1"} <= {"3", "4", "5"}
    assert sum(count == 2 for count in Counter(row["Organización"] for row in members).values()) >= 20


def test_everybody_invented_is_marked_and_reached_nowhere() -> None:
    people = rows("members.csv") + rows("nominees.csv")
    named = [
        row[column] for row in people for column in ("Organización", "Contacto", "Nombre") if column in row
    ]
    named += [row["Organización o institución"] for row in rows("nominees.csv")]
    assert all(name.endswith(MARK) for name in named)
    assert all(row["Correo electrónico"].endswith(".example.org") for row in people)
    addresses = [row["Correo electrónico"] for row in rows("members.csv")]
    assert len(set(addresses)) == len(addresses)


def test_everybody_is_written_to_in_the_language_of_the_country() -> None:
    written = {"es": "español", "en": "inglés"}
    for row in rows("members.csv") + rows("nominees.csv"):
        country = catalogue.find_country(row["País"])
        assert country is not None
        # An empty cell is the language of the country, where that is offered.
        assert row["Idioma"] == written.get(country.language, ""), (
            f"consulta/platform/data/demo, {row['Correo electrónico']}: countries.csv says {country.language}"
        )


def test_the_nominees_let_the_usual_panel_be_chosen_and_its_rules_bite() -> None:
    nominees = rows("nominees.csv")
    assert 55 <= len(nominees) <= 70
    roles = Counter(row["Rol"] for row in nominees)
    assert min(roles.values()) >= 15
    genders = {row["Género"] for row in nominees}
    assert genders == {"Mujer", "Hombre", "No binario", "Prefiero no contestar", ""}
    national = Counter(row["Género"] for row in nominees if row["Rol"] == "Gobierno nacional")
    assert national["Mujer"] * 3 < national["Hombre"]
    assert {row["Paneles recientes"] for row in nominees} == {"0", "1", "2"}
    themes = {theme.key for theme in catalogue.demo_themes()}
    topics = [tuple(filter(None, row["Temas"].split("; "))) for row in nominees]
    assert set().union(*topics) <= themes
    assert () in topics


# -- the votes


def seat(number: int, subregion: str, country: str, sector: str) -> SeatLine:
    return SeatLine(
        f"s{number:03d}",
        f"Organización {number}",
        {"country": country, "subregion": subregion, "sector": sector},
        {},
        None,
    )


def theme(key: str, *objectives: int) -> ThemeLine:
    return ThemeLine(key, both(key, key), NOTHING, objectives)


def nominee(key: str, country: str, role: str = "mechanism", topics: tuple[str, ...] = ()) -> Nominee:
    return Nominee(key=key, name=key, role=role, country=country, sector="ngo", topics=list(topics))


ROLL = [
    *(seat(number, "south_america", "PE", "ngo") for number in range(1, 61)),
    *(seat(number, "caribbean", "JM", "media") for number in range(61, 121)),
]
THEMES = [theme("agua", 2, 5), theme("barrio", 15, 16), theme("costa", 2, 23)]
NOMINEES = [nominee("n01", "PE"), nominee("n02", "JM", topics=("costa",)), nominee("n03", "CO", "gov_local")]
LEANINGS = Tendencies(
    whim=10,
    turnout=Leaning({"vote": 75}, {}, {"media": {"vote": -25}}),
    lengths={"ranking": [40, 60], "objectives": [50, 50], "endorsements": [0, 100]},
    themes=Leaning({"agua": 5}, {"caribbean": {"costa": 30}}, {"ngo": {"barrio": 30}}),
    objectives=Leaning({"2": 10}, {}, {}),
    ranked=[20, 5],
    nominees=Renown(
        same_country=20, same_subregion=30, wanted_topic=10, fame=5, role={"gov_local": 3}, gender={}
    ),
)


def test_votes_are_the_same_whatever_the_order_of_the_roll() -> None:
    votes = voters.ballots("a", ROLL, THEMES, NOMINEES, LEANINGS)
    turned = voters.ballots("a", ROLL[::-1], THEMES[::-1], NOMINEES[::-1], LEANINGS)
    assert list(votes.items()) == list(turned.items())
    assert votes != voters.ballots("b", ROLL, THEMES, NOMINEES, LEANINGS)


def test_votes_are_the_same_on_every_machine() -> None:
    votes = voters.ballots("a", ROLL, THEMES, NOMINEES, LEANINGS)
    content = [[key, vote.ranking, vote.objectives, vote.endorsements] for key, vote in votes.items()]
    digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    assert digest == "bacb46253d4a2c803d218692c120954d0d6d7c04d428ac87c2cfff7aa0106546"


def test_votes_follow_the_tendencies() -> None:
    votes = voters.ballots("a", ROLL, THEMES, NOMINEES, LEANINGS)
    south, islands = (
        [votes[each.seat] for each in part if each.seat in votes] for part in (ROLL[:60], ROLL[60:])
    )
    assert len(south) > 1.2 * len(islands)
    assert Counter(vote.ranking[0] for vote in south).most_common(1)[0][0] == "barrio"
    assert Counter(vote.ranking[0] for vote in islands).most_common(1)[0][0] == "costa"
    assert {len(vote.ranking) for vote in votes.values()} == {1, 2}
    assert {len(vote.objectives) for vote in votes.values()} == {0, 1}
    assert {vote.endorsements for vote in south} == {("n01",), ("n03",)}
    assert {vote.endorsements for vote in islands} == {("n02",)}


def test_a_length_is_never_more_than_its_shares_allow() -> None:
    short = {**LEANINGS.lengths, "ranking": [1], "endorsements": [0]}
    tendencies = Tendencies(
        LEANINGS.whim,
        LEANINGS.turnout,
        short,
        LEANINGS.themes,
        LEANINGS.objectives,
        LEANINGS.ranked,
        LEANINGS.nominees,
    )
    votes = voters.ballots("a", ROLL, THEMES, NOMINEES, tendencies)
    assert {len(vote.ranking) for vote in votes.values()} == {1}
    assert {len(vote.endorsements) for vote in votes.values()} == {0}


# -- the command


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, demo: Demo) -> tuple[Path, str]:
    """The data folder of a demo, and what was printed when it was filled."""
    folder = tmp_path_factory.mktemp("demo") / "data"  # each process has one of its own
    shutil.copytree(demo.folder, folder, ignore=shutil.ignore_patterns("*-shm", "*-wal"))
    return folder, demo.output


@pytest.fixture
def demo_settings(first: tuple[Path, str]) -> Settings:
    folder, _ = first
    return Settings(
        folder,
        f"sqlite:///{folder / 'consulta.sqlite3'}",
        (folder / "secret").read_text(encoding="utf-8").strip(),
        second_factor="optional",
        two_persons="no",
    )


@pytest.fixture
def demo_bench(demo_settings: Settings) -> Iterator[Bench]:
    with opened(demo_settings) as bench:
        yield bench


@pytest.fixture
def demo_app(demo_settings: Settings, demo_bench: Bench) -> Flask:
    return create_app(demo_settings, demo_bench)


def test_it_prints_what_to_open_and_keeps_it_for_its_owner_alone(first: tuple[Path, str]) -> None:
    folder, said = first
    known = json.loads((folder / "demo.json").read_text(encoding="utf-8"))
    assert len(said.strip().splitlines()) <= 12
    for role in ("secretariat", "admin"):
        assert known["accounts"][role]["password"] in said
    modes = {(each.is_dir(), stat.S_IMODE(each.stat().st_mode)) for each in folder.rglob("*")}
    assert modes <= {(False, 0o600), (True, 0o700)}  # mails become files in a folder of their own
    assert not list(folder.glob("*.part"))
    assert set(re.findall(r"http://[^/\s]+", said)) == {"http://127.0.0.1:8000"}


@for_each("language", ["es", "en", "pt"])
def test_its_page_leads_everywhere_by_buttons(demo_app: Flask, language: str) -> None:
    visitor = Visitor(demo_app.test_client())
    page = visitor.get(f"/{language}/demo")
    assert page.status_code == 200
    doors = re.findall(r'<a class="button[^"]*" href="([^"]+)"', page.text)
    assert {each.split("/")[2] for each in doors} >= set("vpymqrs")
    for each in doors:
        assert visitor.get(each).status_code == 200, each
    given = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)"', page.text)[:3])
    entered = visitor.post(f"/{language}/account/sign-in", given)
    if entered.status_code == 307:  # a language without a desk
        entered = visitor.post(entered.headers["Location"], given)
    assert entered.status_code == 303
    assert entered.headers["Location"].endswith("/secretariat/")


def test_no_other_installation_has_that_page(visitor: Visitor) -> None:
    assert visitor.get("/es/demo").status_code == 404


@for_each("terminal, start", [("es_PA.UTF-8", "Empiece aquí"), ("pt_BR", "Comece aqui"), ("C", "Start here")])
def test_its_lines_are_in_the_language_of_the_terminal(
    first: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, terminal: str, start: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", terminal)
    assert start in run_demo(first[0], "--no-serve").output


def test_no_telephone_number_of_it_reaches_anybody(demo_bench: Bench) -> None:
    with demo_bench.read(COMMAND, moment()) as work:
        kept = [
            *work.session.scalars(select(Contact.phone)),
            *work.session.scalars(select(FocalPoint.phone)),
            *(getattr(organiser.profile(work), each) for each in ("phone", "whatsapp")),
        ]
    numbers = list(filter(None, kept))
    assert len(numbers) > 150
    for each in numbers:
        number = telephones.telephone(each)
        assert number, f"{each} cannot be read as a number"
        in_fiction = re.fullmatch(r"\+1\d{3}55501\d\d", number)  # kept free for invented people
        assert in_fiction or not phonenumbers.is_valid_number(phonenumbers.parse(number)), each


def test_a_second_time_it_keeps_what_is_there(first: tuple[Path, str], demo_bench: Bench) -> None:
    folder, said = first
    again = run_demo(folder, "--no-serve")
    assert again.output.splitlines()[:6] == said.splitlines()[-len(again.output.splitlines()) :][:6]
    elsewhere = run_demo(folder, "--no-serve", "--port", "8123")
    assert elsewhere.output == again.output.replace(":8000", ":8123")
    with demo_bench.read(COMMAND, moment()) as work:
        assert len(rounds.list_rounds(work)) == 6


def test_what_happened_in_it_is_numbered_in_the_order_of_time(demo: Demo, settings: Settings) -> None:
    for number, told in (
        (LogEntry.seq, LogEntry.at),
        (Head.id, Head.at),
        (Checkpoint.id, Checkpoint.at),
        (Cosignature.id, Cosignature.at),
        (Message.id, Message.queued_at),
        (Link.id, Link.created_at),
        (SignedIn.id, SignedIn.created_at),
        (Application.id, Application.made_at),
        (FocalPoint.id, FocalPoint.named_at),
    ):
        with demo.bench(settings).read(COMMAND, moment()) as work:
            moments: list[Any] = list(work.session.scalars(select(told).order_by(number)))
        assert len(moments) > 4, told
        assert [(before, at) for before, at in pairwise(moments) if at < before] == [], told


def test_the_invitations_of_the_open_round_wait_to_be_sent(demo_bench: Bench) -> None:
    """Links handed out beside them end none: a newcomer reads each mail as it leaves."""
    with demo_bench.read(COMMAND, moment()) as work:
        query = select(Message).where(Message.kind == "invitation", Message.state == "queued")
        queued = list(work.session.scalars(query))
        assert all(outbox.open_token(work, each) for each in queued)
        waiting = [accounts.digest(each.token or "") for each in queued]
        ended = set(work.session.scalars(select(Link.token_sha256).where(Link.revoked_at.is_not(None))))
    assert len(waiting) > 100
    assert not ended.intersection(waiting)


def test_the_result_has_something_to_tell(demo_bench: Bench) -> None:
    with demo_bench.read(COMMAND, moment()) as work:
        view = result_page.staff_page(work, filling.PUBLISHED)
    assert view is not None
    assert view.order_changed
    assert not view.topics_changed
    assert [topic.spread_met for topic in view.topics] == [True]
    assert any(not theme.spread_met for theme in view.themes)
    moved = [abs((theme.place or 0) - (theme.unweighted_place or 0)) for theme in view.themes]
    assert max(moved) >= 4
    assert view.balance is not None
    assert view.balance.met
    assert [name["es"] for name in view.balance.silent] == ["Fundación filantrópica"]


@pytest.mark.deep
def test_each_preset_gives_a_panel_and_those_about_gender_another_one(demo_bench: Bench) -> None:
    with demo_bench.work(COMMAND, moment()) as work:
        bundle = parse(panels.bundle_with_panel(work, filling.PUBLISHED))
    result = count(bundle)
    supported = support(bundle, result)
    topics = [topic.key for topic in result.topics]
    women = {nominee.key for nominee in bundle.nominees if nominee.categories.get("gender") == "woman"}
    chosen = {
        preset.key: panel.choose(
            parse_panel_rules(preset.panel), bundle.nominees, supported, topics, result.seed
        )
        for preset in catalogue.presets()
    }
    assert all(found.feasible for found in chosen.values())
    held = {key: len(women & set(found.members)) for key, found in chosen.items()}
    assert held["three_regions"] <= held["floor_30"] < held["parity_40"]
    assert chosen["conversatorio_2023"].shortfall == 0


@pytest.mark.deep
def test_the_demos_panel_meets_its_gender_wish_and_names_who_accepted_and_agreed(
    demo_bench: Bench, demo_app: Flask
) -> None:
    with demo_bench.read(COMMAND, moment()) as work:
        decision = panels.panel_page(work, filling.PUBLISHED).decision
        guests_of = invitations.page(work, filling.PUBLISHED).guests
        told = public_panel.published_panel(work, filling.PUBLISHED)
        heard = memory.publicly_heard(work)
    assert decision is not None
    assert decision.kept.compared is not None
    assert decision.kept.compared.wish is not None
    assert decision.kept.compared.wish.met
    genders = Counter(each.gender["en"] for each in decision.members if each.gender)
    answered = genders["Woman"] + genders["Man"] + genders["Non-binary"]
    assert min(genders["Woman"], genders["Man"]) * 10 >= 4 * answered > 0
    cost = (decision.kept.compared.wish.without or 0) - (decision.kept.compared.wish.with_it or 0)
    assert cost > 0
    states = {each.nominee.name: each.state for each in guests_of}
    named = [seat.name for seat in told.seats if seat.name]
    assert {states[name] for name in named} == {"attended", "accepted"}
    assert 0 < len(named) < sum(seat.confirmed for seat in told.seats) < len(told.seats)
    assert heard.people == list(states.values()).count("attended") < len(decision.members)
    assert heard.people == len(told.spoke), "every page says the same number"
    page = html.unescape(Visitor(demo_app.test_client()).get("/en/rounds/ejemplo-1/panel").text)
    assert "The rules on gender are met." in page
    assert all(name in page for name in named)
    assert not [each.name for each in decision.members if each.name not in named and each.name in page]


@pytest.mark.deep
def test_its_archives_have_cosigned_heads_and_a_time_stamp_that_can_be_checked(
    first: tuple[Path, str], demo_bench: Bench, demo_app: Flask, tmp_path: Path
) -> None:
    with (
        demo_bench.read(COMMAND, moment()) as work,
        archive.build(work, archive.published(work, filling.SHARED), complete=False) as file,
    ):
        content = file.read()
    path = tmp_path / "consulta.zip"
    path.write_bytes(content)
    roots = first[0] / "tsa"
    done = CliRunner().invoke(main, ["verify", str(path), "--tsa", str(roots)])
    assert done.exit_code == 0, done.output
    assert re.search(r"checkpoints signed by the log; cosigned: \d\d; witnesses: 2", done.output)
    assert f"rows: {demo_witnesses.STAMPER}, 20" in done.output
    for lang in ("es", "en", "pt"):
        page = demo_app.test_client().get(f"/{lang}/log").get_data(as_text=True)
        assert demo_witnesses.STAMPER in page


@pytest.mark.deep
def test_the_round_of_totals_gives_no_small_group_away(demo_bench: Bench) -> None:
    with demo_bench.work(COMMAND, moment()) as work:
        kept = results.document(work, filling.TOTALS, "bundle")
        bundle = parse(kept)
        result = json.loads(results.document(work, filling.TOTALS, "result"))
        public = json.loads(results.document(work, filling.TOTALS, "public"))
    assert attacks.told_turnout(bundle, public) == []
    ballots = attacks.ballots_of(bundle, result)
    topic = next(i for i, theme in enumerate(public["themes"]) if theme["place"] == 1)
    for percent in public["pairs"][topic]:
        if percent is not None:
            window = (percent - 0.5) / 100, (percent + 0.5) / 100
            assert public["step"] == 1
            assert attacks.told_sides(ballots, *window, ties=True) == []


@pytest.mark.deep
@pytest.mark.parametrize("lang", ["es", "en"])
def test_the_published_pages_answer(demo_app: Flask, lang: str) -> None:
    visitor = Visitor(demo_app.test_client())
    for page in (
        "",
        "rounds/ejemplo-1",
        "rounds/ejemplo-1/result",
        "rounds/ejemplo-1/result/figures",
        "rounds/ejemplo-1/panel",
        "rounds/ejemplo-2",
        "rounds/ejemplo-4",
        "rounds/ejemplo-4/result",
    ):
        answer = visitor.get(f"/{lang}/{page}")
        assert answer.status_code == 200, page
        assert EXAMPLE[lang] in answer.text
    assert visitor.get(f"/{lang}/rounds/ejemplo-3").status_code == 404


def test_members_propose_for_the_round_that_is_prepared(
    first: tuple[Path, str], demo_app: Flask, demo_bench: Bench
) -> None:
    said = (first[0] / "demo.json").read_text(encoding="utf-8")
    links = re.findall(r"(\w\w)/p/([\w-]+)", said)
    assert {lang for lang, _ in links} == set(tongues.codes()), READERS
    for lang, token in links:
        visitor = Visitor(demo_app.test_client())
        own = visitor.sent(f"/{lang}/p/{token}")
        assert own.status_code == 200
        assert EXAMPLE[lang] in visitor.get(f"/{lang}/proposing/{filling.ASKING}/themes/others").text
    with demo_bench.read(COMMAND, moment()) as work:
        line = rounds.round_line(work, filling.ASKING)
    assert (line.proposing, line.theme_proposals, line.proposals, line.step) == ("open", 6, 3, "proposing")


@pytest.mark.deep
def test_the_printed_sign_ins_and_links_work(first: tuple[Path, str], demo_app: Flask) -> None:
    _, said = first
    sign_ins = re.findall(r"^  (secretariat|admin|scrutineer) +(\S+) +(\S+)$", said, re.MULTILINE)
    assert [role for role, *_ in sign_ins] == ["secretariat", "admin", "scrutineer"]
    for _, email, password in sign_ins:
        visitor = Visitor(demo_app.test_client())
        answer = visitor.submit("/es/account/sign-in", {"email": email, "password": password})
        assert answer.status_code == 303
    links = re.findall(r"(\w\w)/v/(\S+)$", said, re.MULTILINE)
    assert {lang for lang, _ in links} == set(tongues.codes()), READERS
    for lang, token in links:
        ballot = voter_visitor(demo_app, token, lang).get(f"/{lang}/ballot/{filling.OPEN}")
        assert ballot.status_code == 200
        assert EXAMPLE[lang] in ballot.text


def test_a_taken_port_gives_way_to_the_next_free_one(
    first: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = first
    served: list[tuple[str, int]] = []
    monkeypatch.setattr(command, "run", lambda app, host, port: served.append((host, port)))
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = run_demo(folder, "--port", str(port))
    assert answer.exit_code == 0
    [(host, chosen)] = served
    assert host == "127.0.0.1"
    assert port < chosen < port + 20
    assert answer.output.startswith(f"Port {port} is taken: this demo is on port {chosen}.\n")
    assert set(re.findall(r"http://[^/\s]+", answer.output)) == {f"http://127.0.0.1:{chosen}"}


def test_an_interrupted_filling_is_not_taken_for_a_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(filling, "_published", interrupt)
        assert run_demo(tmp_path, "--no-serve").exit_code == 1
    answer = run_demo(tmp_path, "--no-serve")
    assert answer.exit_code == 2
    assert answer.output.startswith("error: demo.unfinished: ")
    assert str(tmp_path) in answer.output
    assert "http" not in answer.output


def test_each_published_round_chose_other_themes(demo_bench: Bench) -> None:
    with demo_bench.read(COMMAND, moment()) as work:
        chosen = tallying.titles_of_published(work)
    said = [
        title["es"] for key in (filling.PUBLISHED, filling.SHARED, filling.TOTALS) for title in chosen[key]
    ]
    assert len(set(said)) == len(said) == 4


def test_the_factsheet_belongs_to_the_topic_that_its_round_chose(demo_bench: Bench) -> None:
    with demo_bench.work(COMMAND, moment()) as work:
        result = json.loads(results.document(work, filling.PUBLISHED, "result"))
        told = factsheets.published(work, filling.PUBLISHED)
    (chosen,) = (topic["key"] for topic in result["topics"])
    theme = next(theme for theme in catalogue.demo_themes() if theme.key == chosen)
    assert [topic.title["es"] for topic in told.topics] == [theme.title["es"]]
    assert theme.title["es"].lower() in told.words.achieved["es"].lower()
    assert theme.title["en"].lower() in told.words.achieved["en"].lower()
    objectives = theme.objectives
    assert "objetivos " + listed(objectives, "y") in told.words.achieved["es"]
    assert "objectives " + listed(objectives, "and") in told.words.achieved["en"]


def listed(numbers: tuple[int, ...], last: str) -> str:
    return ", ".join(map(str, numbers[:-1])) + f" {last} {numbers[-1]}"


def test_nothing_real_stands_beside_the_invented_figures() -> None:
    """The session of August 2023, its figures and the laws told there were real: the demo borrows none."""
    told = catalogue.demo_file("factsheet.toml").decode() + catalogue.demo_file("attendance.csv").decode()
    for real in ("8 de agosto", "8 August", "181", "28 countries", "28 países", "Amnist", "pasaporte electr"):
        assert real not in told
