"""The desk's pages of a round, from the empty list to the closed vote: what they show, refuse and keep."""

from __future__ import annotations

import io
import logging
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from sqlalchemy import select

from consulta.core.counting.choice import Entries
from consulta.desk import opening
from consulta.panel import nominees
from consulta.platform import accounts, door
from consulta.platform.models import Contact, Link, LogEntry, Message, Nominee, Round, Theme
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.rounds import links, themes
from consulta.rounds import service as rounds
from consulta.vote import service as voting
from tests import sessions_aged
from tests.benches import STAFF, Visitor
from tests.cases import for_each
from tests.drafts import do_now, nominee_command, round_command, theme_command
from tests.factories import build_organisation, moment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from consulta.platform.work import Bench

DESK = "/es/secretariat"
KEY = "2027-1"
ROUND = f"{DESK}/rounds/{KEY}"
ABOUT = {
    "title_es": "Consulta de prueba",
    "title_en": "Test consultation",
    "question_es": "¿Qué temas?",
    "question_en": "Which themes?",
    "key": KEY,
    "closes": "2037-03-05T17:00",
    "zone": "America/Panama",
}
RULES = {
    "max_ranks": "5",
    "max_objectives": "5",
    "max_endorsements": "5",
    "balance_subregion": "equal",
    "balance_sector": "sqrt",
    "balance_country": "none",
    "weight_least": "0,25",
    "weight_most": "4",
    "method": "points",
    "objective_percent": "25",
    "spread_subregion": "50",
    "spread_sector": "50",
    "spread_country": "",
    "topics": "1",
    "ballot_percent": "3",
    "support_min": "3",
    "topics_rule": "shared",
    "secrecy": "aggregate",
}
WHOLE = {**ABOUT, **RULES, "who": "all", "objection_hours": "72"}
NEW_ROUND = {**WHOLE, "themes": "own"}
THEME = {
    "title_es": "Niñez migrante",
    "title_en": "Migrant children",
    "description_es": "De qué trata.",
    "description_en": "What it is about.",
    "objectives": ["7", "15"],
    "key": "",
}
NOMINEE = {
    "kind": "person",
    "name": "Rosa Quispe",
    "organisation": "Ministerio de Prueba",
    "role": "gov_national",
    "country": "PE",
    "sector": "gov_national",
    "gender": "",
    "language": "es",
    "email": "rosa@example.org",
    "recent": "",
    "support": "",
}


def draft(bench: Bench, count: int = 6, **values: Any) -> None:
    with bench.work(COMMAND, moment()) as work:
        rounds.create_round(work, round_command(closes_local="2037-03-05T17:00", **values))
        for number in range(1, count + 1):
            themes.save_theme(work, KEY, theme_command(number))
        if count:
            nominees.save_nominee(work, KEY, nominee_command())


def members(bench: Bench, *countries: str) -> None:
    with bench.work(COMMAND, moment()) as work:
        for number, country in enumerate(countries or ("PE", "MX", "JM"), start=1):
            build_organisation(
                work.session, f"Red {number:03d}", country=country, email=f"c{number}@example.org"
            )


def opened(bench: Bench, *countries: str) -> None:
    members(bench, *countries)
    draft(bench)
    do_now(bench, opening.open_round, KEY)


def closed(bench: Bench) -> None:
    opened(bench)
    do_now(bench, rounds.close_round, KEY, "Ya votaron quienes querían.")


def vote(bench: Bench, *organisations: str) -> None:
    issued = do_now(bench, links.issue_links, KEY, "http://localhost", revoke=True)
    for link in issued:
        if link.organisation in organisations:
            with bench.work(ANONYMOUS, moment()) as work:
                entrance = door.enter(work, "v", link.url.rpartition("/")[2])
            assert entrance is not None
            with bench.work(entrance.actor, moment()) as work:
                view = voting.ballot(work, KEY)
                voting.cast(work, KEY, Entries({view.paper.themes[0]: 1}), link.organisation)


def kept(bench: Bench) -> Round:
    with bench.read(ANONYMOUS, moment()) as work:
        found = work.session.scalars(select(Round)).one()
        work.session.expunge(found)
        return found


def logged(bench: Bench) -> list[LogEntry]:
    with bench.read(ANONYMOUS, moment()) as work:
        acts = select(LogEntry).where(LogEntry.subject != "seals").order_by(LogEntry.seq.desc())
        found = list(work.session.scalars(acts))
        work.session.expunge_all()
        return found


def alert(text: str) -> str:
    """What the summary of errors says."""
    found = re.search(r'role="alert".*?</div>', text, re.DOTALL)
    assert found is not None, "nothing is said to be wrong"
    return found[0]


# -- every page


@for_each("lang", ["es", "en"])
def test_the_desk_begins_empty_and_says_what_to_do(staff_visitor: Visitor, lang: str) -> None:
    page = staff_visitor.get(f"/{lang}/secretariat/")
    assert page.status_code == 200
    assert f"/{lang}/secretariat/new-round" in page.text


@for_each(
    "state, pages",
    [
        ("draft", ("/links", "/participation", "/close")),
        (
            "opened",
            ("/edit", "/open", "/new-theme", "/themes/tema_numero_1", "/nominees-file"),
        ),
        ("closed", ("/edit", "/open", "/links", "/close", "/new-theme")),
    ],
    fresh=True,
)
def test_a_page_of_another_stage_answers_409(
    bench: Bench, staff_visitor: Visitor, state: Any, pages: Any
) -> None:
    {"draft": draft, "opened": opened, "closed": closed}[state](bench)
    for page in pages:
        answer = staff_visitor.get(f"{ROUND}{page}")
        assert answer.status_code == 409, page
        assert "lo que escribió sigue allí" not in answer.text, "nothing had been written"


@for_each("page", ["", "/edit", "/themes", "/nominees", "/open", "/links", "/close", "/log"])
def test_an_unknown_round_answers_404(staff_visitor: Visitor, page: Any) -> None:
    assert staff_visitor.get(f"{DESK}/rounds/none{page}").status_code == 404


# -- the form of a round


def test_a_round_is_made_on_one_page(bench: Bench, staff_visitor: Visitor) -> None:
    answer = staff_visitor.submit(f"{DESK}/new-round", NEW_ROUND)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{ROUND}/themes"), "to be written"
    assert kept(bench).state == "draft"
    answer = staff_visitor.submit(f"{ROUND}/edit", WHOLE)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{ROUND}/open")
    answer = staff_visitor.submit(f"{ROUND}/edit", {**WHOLE, "leave": "1"})
    assert answer.headers["Location"] == ROUND
    made = kept(bench)
    assert made.rules == {
        "max_ranks": 5,
        "max_objectives": 5,
        "max_endorsements": 5,
        "balance": {"subregion": "equal", "sector": "sqrt"},
        "weight_bounds": [0.25, 4.0],
        "method": "points",
        "objective_share": 250,
        "spread": {"subregion": 500, "sector": 500},
        "topics": 1,
        "version": 3,
        "max_ballot": 30,
        "support_min": 3,
        "topics_rule": "shared",
    }
    assert (made.closes_local, made.zone) == ("2037-03-05T17:00", "America/Panama")
    assert [entry.action for entry in logged(bench)[:3]] == [*["rounds.edited"] * 2, "rounds.created"]
    check = staff_visitor.get(f"{ROUND}/open").text
    for page in ("edit", "themes", "preview"):
        assert f'href="{ROUND}/{page}"' in check
    assert "La consulta todavía no se puede abrir" in check


def test_a_new_round_begins_with_the_rules_of_the_last(bench: Bench, staff_visitor: Visitor) -> None:
    draft(bench, rules={"topics": 3, "max_ranks": 7}, zone="America/Lima", secrecy="open")
    page = staff_visitor.get(f"{DESK}/new-round").text
    assert re.search(r'<option selected value="America/Lima"', page)
    assert "Consulta" not in re.search(r'id="title_es"[^>]*', page)[0]  # type: ignore[index]  # found
    assert re.search(r'id="topics"[^>]*value="3"', page)
    sent = {**NEW_ROUND, "key": "2038-1", "topics": "3", "max_ranks": "7", "secrecy": "open"}
    assert staff_visitor.submit(f"{DESK}/new-round", sent).status_code == 303
    with bench.read(ANONYMOUS, moment()) as work:
        made = work.session.scalars(select(Round).where(Round.key == "2038-1")).one()
        assert (made.rules["topics"], made.rules["max_ranks"], made.secrecy) == (3, 7, "open")
        assert made.themes == []


WRONG_ENTRIES = [
    ("key", "Consulta 1"),
    ("key", ""),
    ("title_es", ""),
    ("title_es", "x" * 201),
    ("closes", "pronto"),
    ("closes", "2020-03-05T17:00"),
    ("zone", "Europe/Madrid"),
    ("max_ranks", "0"),
    ("max_ranks", "cinco"),
    ("max_objectives", "24"),
    ("balance_sector", "half"),
    ("weight_least", "0"),
    ("weight_least", "1,5"),
    ("weight_least", "nan"),
    ("weight_most", "0.5"),
    ("weight_most", "inf"),
    ("method", "dice"),
    ("secrecy", "secret"),
    ("secrecy", ""),
    ("objective_percent", "101"),
    ("objective_percent", "12,34"),
    ("spread_sector", "-1"),
    ("topics", "0"),
    ("who", ""),
    ("who", "some"),
    ("objection_hours", "-1"),
    ("objection_hours", "1441"),
]


def test_a_wrong_entry_is_told_beside_its_field_and_all_entries_stay(
    bench: Bench, staff_visitor: Visitor
) -> None:
    draft(bench)
    for field, value in WRONG_ENTRIES:
        for page, entries in ((f"{ROUND}/edit", WHOLE), (f"{DESK}/new-round", NEW_ROUND)):
            answer = staff_visitor.submit(page, {**entries, "topics": "7", field: value})
            assert answer.status_code == 422, (field, value)
            assert f'href="#{field}"' in alert(answer.text), (field, value)
            assert f'id="{field}-error"' in answer.text, (field, value)
            assert ABOUT["question_es"] in answer.text, (field, value)
            assert 'value="7"' * (field != "topics") in answer.text, (field, value)
    answer = staff_visitor.submit(f"{DESK}/new-round", NEW_ROUND)
    assert (answer.status_code, 'id="key-error"' in answer.text) == (422, True), "the key of another round"
    assert [entry.action for entry in logged(bench)].count("rounds.edited") == 0


def test_what_is_odd_about_a_saved_round_is_said_at_once(bench: Bench, staff_visitor: Visitor) -> None:
    late = {**NEW_ROUND, "closes": "2037-03-05T23:30"}
    said = staff_visitor.submit("/en/secretariat/new-round", late)
    assert "16:00 to 23:00 UTC" in staff_visitor.get(said.location).text
    odd = staff_visitor.submit(f"/en/secretariat/rounds/{KEY}/edit", {**WHOLE, "method": "runoff"})
    assert "has no effect" in staff_visitor.get(odd.location).text


def test_a_draft_is_edited_with_what_it_holds(bench: Bench, staff_visitor: Visitor) -> None:
    draft(bench, rules={"objective_share": 125, "balance": {"country": "roll"}, "spread": {"country": 333}})
    page = staff_visitor.get(f"{ROUND}/edit").text
    assert 'value="12.5"' in page
    assert 'value="33.3"' in page
    answer = staff_visitor.submit(f"{ROUND}/edit", {**WHOLE, "key": "2027-1b", "topics": "2"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{DESK}/rounds/2027-1b/open")
    assert kept(bench).rules["topics"] == 2


def test_the_figures_of_rules_are_percentages_that_are_not_rounded(
    bench: Bench, staff_visitor: Visitor
) -> None:
    draft(
        bench, rules={"weight_bounds": [0.125, 4], "balance": {"country": "roll"}, "spread": {"country": 333}}
    )
    page = staff_visitor.get(f"/en/secretariat/rounds/{KEY}/file").text
    assert "between 12.5% and 400% of the average" in page
    assert "at least 33.3% of the countries that vote" in page


# -- themes


def test_a_theme_is_added_changed_moved_and_taken_out(bench: Bench, staff_visitor: Visitor) -> None:
    draft(bench, 0)
    for title in ("Uno", "Dos"):
        answer = staff_visitor.submit(f"{ROUND}/new-theme", {**THEME, "title_es": title})
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{ROUND}/themes")
    answer = staff_visitor.submit(
        f"{ROUND}/themes/dos", {**THEME, "title_es": "Dos", "objectives": ["3"], "key": "dos"}
    )
    assert answer.status_code == 303
    assert (
        staff_visitor.submit(f"{ROUND}/themes", {"step": "up"}, to=f"{ROUND}/themes/dos/move").status_code
        == 303
    )
    assert staff_visitor.submit(f"{ROUND}/themes/uno/delete").status_code == 303
    with bench.read(ANONYMOUS, moment()) as work:
        (theme,) = work.session.scalars(select(Theme))
        assert (theme.key, theme.objectives, theme.position) == ("dos", [3], 1)


WRONG_THEMES: list[tuple[dict[str, Any], str]] = [
    ({"title_es": ""}, "title_es"),
    ({"objectives": []}, "objectives"),
    ({"objectives": ["1", "2", "3", "4", "5", "6"]}, "objectives"),
    ({"objectives": ["24"]}, "objectives"),
    ({"objectives": ["siete"]}, "objectives"),
    ({"key": "Con Espacios"}, "key"),
    ({"key": "tema_numero_1"}, "key"),
]


def test_a_theme_that_cannot_be_is_told_beside_its_field(bench: Bench, staff_visitor: Visitor) -> None:
    draft(bench, 2)
    for values, field in WRONG_THEMES:
        answer = staff_visitor.submit(f"{ROUND}/new-theme", {**THEME, **values})
        assert answer.status_code == 422, values
        assert f'href="#{field}"' in alert(answer.text), values
        assert "De qué trata." in answer.text, values
    with bench.read(ANONYMOUS, moment()) as work:
        assert len(work.session.scalars(select(Theme)).all()) == 2


# -- nominees


def test_a_nominee_is_added_changed_and_taken_out(bench: Bench, staff_visitor: Visitor) -> None:
    draft(bench, 2)
    entries = {
        **NOMINEE,
        "name": "Ana",
        "topics": ["tema_numero_2"],
        "gender": "non_binary",
        "support": "120",
    }
    assert staff_visitor.submit(f"{ROUND}/new-nominee", entries).status_code == 303
    assert staff_visitor.submit(f"{ROUND}/nominees/n02", {**entries, "name": "Anabel"}).status_code == 303
    with bench.read(ANONYMOUS, moment()) as work:
        found = work.session.scalars(select(Nominee).where(Nominee.key == "n02")).one()
        assert (found.name, found.topics, found.gender, found.support, found.recent) == (
            "Anabel",
            ["tema_numero_2"],
            "non_binary",
            120,
            0,
        )
    assert "Anabel" in staff_visitor.get(f"{ROUND}/nominees").text
    assert staff_visitor.submit(f"{ROUND}/nominees/n02/delete").status_code == 303
    with bench.read(ANONYMOUS, moment()) as work:
        assert [nominee.key for nominee in work.session.scalars(select(Nominee))] == ["n01"]


WRONG_NOMINEES = [
    ("kind", "thing"),
    ("languages", "xx"),
    ("address_form", "x" * 121),
    ("speaks_for", "\n".join(["Red"] * 21)),
    ("name", ""),
    ("role", ""),
    ("country", "ES"),
    ("sector", "x"),
    ("gender", "x"),
    ("language", "xx"),
    ("email", "no es"),
    ("topics", "none"),
    ("recent", "-1"),
    ("support", "10001"),
]


def test_a_nominee_who_cannot_be_is_told_beside_the_field(bench: Bench, staff_visitor: Visitor) -> None:
    draft(bench, 2)
    for field, value in WRONG_NOMINEES:
        answer = staff_visitor.submit(f"{ROUND}/new-nominee", {**NOMINEE, "name": "Ana", field: value})
        assert answer.status_code == 422, (field, value)
        assert f'href="#{field}"' in alert(answer.text), (field, value)
        assert "Ministerio de Prueba" in answer.text, (field, value)


def test_a_name_that_is_there_already_is_told_beside_the_box_that_says_they_are_two(
    bench: Bench, staff_visitor: Visitor
) -> None:
    draft(bench, 2)
    answer = staff_visitor.submit(f"{ROUND}/new-nominee", {**NOMINEE, "name": "rosa quispe"})
    assert answer.status_code == 422
    assert 'href="#distinct"' in alert(answer.text)
    answer = staff_visitor.submit(f"{ROUND}/new-nominee", {**NOMINEE, "name": "rosa quispe", "distinct": "y"})
    assert answer.status_code == 303


def upload(visitor: Visitor, data: bytes, name: str = "n.csv") -> Any:
    return visitor.submit(
        f"{ROUND}/nominees-file", {"file": (io.BytesIO(data), name)}, content_type="multipart/form-data"
    )


def confirm(visitor: Visitor, uploaded: Any) -> Any:
    """The import of a file as its preview shows it."""
    here = uploaded.headers["Location"]
    seen = re.search(r'name="seen"[^>]*value="([0-9a-f]{64})"', visitor.get(here).text)
    assert seen is not None
    return visitor.submit(here, {"seen": seen[1]})


@pytest.mark.deep
def test_a_file_adds_its_good_rows_and_names_the_cells_that_are_wrong(
    bench: Bench, staff_visitor: Visitor
) -> None:
    draft(bench, 2)
    good = "Nombre;Organización;Rol;País;Sector\nAna;Red;Mecanismo;Perú;ONG\n"
    bad = upload(staff_visitor, (good + "Luz;Red;Mecanismo;Perúu;ONG\n").encode())
    page = staff_visitor.get(bad.headers["Location"]).text
    assert "Perúu" in page
    assert "País" in page
    with bench.read(ANONYMOUS, moment()) as work:
        assert len(work.session.scalars(select(Nominee)).all()) == 1
    assert "Ana" not in staff_visitor.words(f"{ROUND}/nominees")
    assert confirm(staff_visitor, bad).status_code == 303
    listed = staff_visitor.words(f"{ROUND}/nominees")
    assert "Ana" in listed
    assert "Luz" not in listed
    left_out = staff_visitor.get(bad.headers["Location"]).text
    assert "Perúu" in left_out
    uploaded = upload(staff_visitor, good.replace("Ana", "Eva").encode("cp1252"))
    assert confirm(staff_visitor, uploaded).status_code == 303
    assert "Eva" in staff_visitor.get(f"{ROUND}/nominees").text


def test_the_template_can_be_filled_in_and_taken(bench: Bench, staff_visitor: Visitor) -> None:
    draft(bench, 2)
    answer = staff_visitor.get(f"{ROUND}/nominees-template")
    assert answer.mimetype.endswith("spreadsheetml.sheet")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    sheet = book.worksheets[0]
    values = [
        "Ana",
        "Red",
        "Gobierno local",
        "Haití",
        "Academia",
        None,
        "es",
        "a@example.org",
        "tema_numero_1",
    ]
    for column, value in enumerate(values, start=1):
        sheet.cell(2, column, value)
    filled = io.BytesIO()
    book.save(filled)
    assert confirm(staff_visitor, upload(staff_visitor, filled.getvalue(), "n.xlsx")).status_code == 303
    with bench.read(ANONYMOUS, moment()) as work:
        found = work.session.scalars(select(Nominee).where(Nominee.name == "Ana")).one()
        assert (found.country, found.role, found.topics) == ("HT", "gov_local", ["tema_numero_1"])


def test_after_the_opening_only_how_to_reach_somebody_is_asked(bench: Bench, staff_visitor: Visitor) -> None:
    opened(bench)
    page = staff_visitor.get(f"{ROUND}/nominees/n01")
    assert 'name="organisation"' not in page.text
    entries = {**NOMINEE, "name": "Otra", "email": "nueva@example.org", "language": "en"}
    assert staff_visitor.submit(f"{ROUND}/nominees/n01", entries).status_code == 303
    with bench.read(ANONYMOUS, moment()) as work:
        found = work.session.scalars(select(Nominee)).one()
        assert (found.name, found.email, found.language) == ("Rosa Quispe", "nueva@example.org", "en")


# -- opening


def test_the_opening_says_what_is_missing_and_offers_no_button(bench: Bench, staff_visitor: Visitor) -> None:
    draft(bench, 1)
    page = staff_visitor.get(f"/en/secretariat/rounds/{KEY}/open")
    assert "A consultation needs at least two themes; this one has 1." in page.text
    assert "No organisation can vote" in page.text
    assert 'name="typed"' not in page.text
    posted = staff_visitor.submit(f"{ROUND}/themes", {"typed": KEY}, to=f"{ROUND}/open")
    assert posted.status_code == 422
    assert kept(bench).state == "draft"


def test_opening_needs_the_key_typed(bench: Bench, staff_visitor: Visitor) -> None:
    members(bench)
    draft(bench)
    for typed in ("", "2027", "2027-1x"):
        assert staff_visitor.submit(f"{ROUND}/open", {"typed": typed}).status_code == 422
    assert kept(bench).state == "draft"
    answer = staff_visitor.submit(f"{ROUND}/open", {"typed": f" {KEY} "})
    assert (answer.status_code, answer.headers["Location"]) == (303, ROUND)
    found = kept(bench)
    assert found.state == "open"
    page = staff_visitor.get(f"{ROUND}/log").text
    assert found.frozen_sha256 is not None
    assert found.commitment is not None
    assert found.secret is not None
    assert found.frozen_sha256 in page
    assert found.commitment in page
    assert found.secret not in page


@for_each("page", ["links"])
def test_what_cannot_be_undone_asks_for_the_password_again(
    bench: Bench, staff_visitor: Visitor, page: str
) -> None:
    opened(bench)
    do_now(bench, sessions_aged.confirmed, moment() - timedelta(minutes=11))
    answer = staff_visitor.get(f"{ROUND}/{page}")
    assert answer.status_code == 303
    assert "/account/confirm" in answer.headers["Location"]


FROZEN_POSTS = {
    "/edit": WHOLE,
    "/new-theme": THEME,
    "/themes/tema_numero_1": THEME,
    "/themes/tema_numero_1/move": {"step": "up"},
    "/themes/tema_numero_1/delete": {},
    "/proposed-themes": {},
    "/nominees/n01/delete": {},
    "/nominees-file": {},
    "/open": {"typed": KEY},
}


@for_each("frozen", [opened, closed], fresh=True)
def test_a_direct_post_to_something_frozen_answers_409_and_changes_nothing(
    bench: Bench, staff_visitor: Visitor, frozen: Callable[[Bench], object]
) -> None:
    frozen(bench)
    before = len(logged(bench))
    token = staff_visitor.token(staff_visitor.get(f"{ROUND}/cancel"))
    for page, form in FROZEN_POSTS.items():
        answer = staff_visitor.post(f"{ROUND}{page}", {"csrf_token": token, **form})
        assert answer.status_code == 409, page
        assert len(logged(bench)) == before, page


@for_each(
    "state, page",
    [
        ("draft", "/close"),
        ("draft", "/links"),
        ("draft", "/tables/participation"),
        ("closed", "/close"),
        ("closed", "/links"),
        ("closed", "/links/1"),
    ],
    fresh=True,
)
def test_a_move_that_is_not_allowed_answers_409(
    bench: Bench, staff_visitor: Visitor, state: Any, page: Any
) -> None:
    {"draft": draft, "closed": closed}[state](bench)
    token = staff_visitor.token(staff_visitor.get(f"{ROUND}/cancel"))
    data = {"csrf_token": token, "typed": KEY, "reason": "porque sí", "kind": "csv"}
    answer = staff_visitor.post(f"{ROUND}{page}", data)
    assert answer.status_code == 409
    assert "lo que escribió sigue allí" in answer.text


# -- links


def file_rows(answer: Any) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    return list(book.worksheets[0].iter_rows(values_only=True))


def test_the_links_leave_once_as_a_file(bench: Bench, staff_visitor: Visitor) -> None:
    opened(bench)
    # What the opening made lies in files of this machine: the first file of links asks nothing of them.
    assert 'name="revoke"' not in staff_visitor.get(f"{ROUND}/links").text
    answer = staff_visitor.submit(f"{ROUND}/links", {"kind": "xlsx"})
    assert answer.status_code == 200
    assert re.fullmatch(
        rf'attachment; filename="{KEY}-links-\d{{8}}T\d{{4}}Z\.xlsx"', answer.headers["Content-Disposition"]
    )
    headings, *rows = file_rows(answer)
    assert len(headings) == 5
    assert len(rows) == 3
    urls = [str(row[4]) for row in rows]
    assert all(re.fullmatch(r"http://localhost/es/v/[\w-]{43}", url) for url in urls)
    assert 'name="revoke"' in staff_visitor.get(f"{ROUND}/links").text
    again = staff_visitor.submit(f"{ROUND}/links", {"kind": "csv"})
    assert again.status_code == 422
    assert 'id="revoke-error"' in again.text
    third = staff_visitor.submit(f"{ROUND}/links", {"kind": "csv", "revoke": "y"})
    assert third.mimetype == "text/csv"
    lines = third.data.decode("utf-8-sig").splitlines()
    assert len(lines) == 4
    assert not any(url in third.text for url in urls)
    assert [entry.action for entry in logged(bench)][:2] == ["links.issued", "links.issued"]


def test_a_single_new_link_is_shown_once(bench: Bench, staff_visitor: Visitor) -> None:
    opened(bench)
    with bench.read(ANONYMOUS, moment()) as work:
        contact = voting_contact(work)
    answer = staff_visitor.submit(f"{ROUND}/links", to=f"{ROUND}/links/{contact}")
    assert answer.status_code == 200
    found = re.search(r"http://localhost/es/v/([\w-]{43})", answer.text)
    assert found is not None
    assert answer.headers["Cache-Control"] == "no-store"
    assert found[1] not in staff_visitor.get(f"{ROUND}/links").text
    with bench.read(ANONYMOUS, moment()) as work:
        working = select(Link).where(Link.contact_id == contact, Link.revoked_at.is_(None))
        assert work.session.scalars(working).one().token_sha256 == accounts.digest(found[1])
    assert staff_visitor.submit(f"{ROUND}/links", to=f"{ROUND}/links/9999").status_code == 404


def voting_contact(work: Any) -> int:
    return int(work.session.scalars(select(Contact.id)).first())


def test_no_token_is_logged(
    bench: Bench, staff_visitor: Visitor, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    opened(bench)
    with caplog.at_level(logging.DEBUG):
        _, *rows = file_rows(staff_visitor.submit(f"{ROUND}/links", {"kind": "xlsx", "revoke": "y"}))
    tokens = [str(row[4]).rpartition("/")[2] for row in rows]
    folder: Path = settings.data
    stored = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    for token in tokens:
        assert token not in caplog.text
        assert token.encode() not in stored


# -- participation


def test_participation_shows_who_voted_and_filters_and_sorts(bench: Bench, staff_visitor: Visitor) -> None:
    opened(bench, "PE", "PE", "MX", "JM")
    vote(bench, "Red 002", "Red 003")
    page = staff_visitor.get(f"/en/secretariat/rounds/{KEY}/participation").text
    assert "Participation: 2 of 4 voted" in page
    rows = re.findall(
        r'<th scope="row" role="rowheader" class="name"><div><a [^>]*>(Red \d+)</a></div></th>', page
    )
    assert rows == ["Red 001", "Red 004"]

    def names(query: str) -> list[str]:
        text = staff_visitor.get(f"{ROUND}/participation?{query}").text
        return re.findall(
            r'<th scope="row" role="rowheader" class="name"><div><a [^>]*>(Red \d+)</a></div></th>', text
        )

    every = ["Red 001", "Red 002", "Red 003", "Red 004"]
    assert names("voted=no") == rows
    assert names("voted=all") == every
    assert names("voted=yes") == ["Red 002", "Red 003"]
    assert names("voted=no&country=PE") == ["Red 001"]
    assert names("voted=all&sort=-organisation") == ["Red 004", "Red 003", "Red 002", "Red 001"]
    assert names("voted=all&sort=country") == ["Red 004", "Red 003", "Red 001", "Red 002"]
    assert names("sort=nonsense&voted=perhaps&sector=%3Cscript%3E") == rows
    assert names("sort=nonsense") == rows


def test_no_page_before_closing_tells_how_anybody_voted(bench: Bench, staff_visitor: Visitor) -> None:
    """RP-1: the first theme of every ballot is known to this test and to no page."""
    opened(bench)
    clean = {
        page: figures(staff_visitor, page) for page in ("", "/participation", "/close", "/log", "/themes")
    }
    vote(bench, "Red 001", "Red 002", "Red 003")
    for page in clean:
        text = staff_visitor.get(f"{ROUND}{page}").text
        for number in range(1, 7):
            counted = len(re.findall(rf"tema_numero_{number}\b|Tema número {number}\b", text))
            assert counted <= clean[page][number], page  # what was done last moves on
    assert staff_visitor.get(f"{ROUND}/result").status_code == 409


def figures(visitor: Visitor, page: str) -> dict[int, int]:
    text = visitor.get(f"{ROUND}{page}").text
    return {
        number: len(re.findall(rf"tema_numero_{number}\b|Tema número {number}\b", text))
        for number in range(1, 7)
    }


# -- closing and cancelling


def test_closing_early_asks_for_a_reason_and_leads_to_the_round(bench: Bench, staff_visitor: Visitor) -> None:
    opened(bench)
    refused = staff_visitor.submit(f"{ROUND}/close", {"typed": KEY, "reason": ""})
    assert refused.status_code == 422
    assert 'id="reason-error"' in refused.text
    wrong = staff_visitor.submit(f"{ROUND}/close", {"typed": "otra", "reason": "Se retiró el tema."})
    assert wrong.status_code == 422
    assert "Se retiró el tema." in wrong.text
    assert kept(bench).state == "open"
    answer = staff_visitor.submit(f"{ROUND}/close", {"typed": KEY, "reason": "Se retiró el tema."})
    assert (answer.status_code, answer.headers["Location"]) == (303, ROUND)
    assert kept(bench).state == "closed"
    assert "Se retiró el tema." in staff_visitor.get(f"{ROUND}/log").text


def test_cancelling_asks_for_a_reason(bench: Bench, staff_visitor: Visitor) -> None:
    opened(bench)
    assert staff_visitor.submit(f"{ROUND}/cancel", {"typed": KEY}).status_code == 422
    before = staff_visitor.get(f"{ROUND}/cancel").text
    counted = re.search(r'data-count="(\d+)"', before)
    assert counted
    answer = staff_visitor.submit(f"{ROUND}/cancel", {"typed": KEY, "reason": "Ya no hace falta."})
    with bench.read(COMMAND, moment()) as work:
        told = work.session.scalars(select(Message).where(Message.kind == "cancelled")).all()
        assert len(told) == int(counted[1]) > 0
        assert {each.facts["reason"] for each in told} == {"Ya no hace falta."}
    assert (answer.status_code, answer.headers["Location"]) == (303, ROUND)
    assert kept(bench).state == "cancelled"
    assert staff_visitor.get(ROUND).status_code == 200
    assert staff_visitor.get(f"{ROUND}/cancel").status_code == 409


# -- the log


def test_the_log_is_in_plain_words_and_names_the_staff(bench: Bench, staff_visitor: Visitor) -> None:
    members(bench)
    staff_visitor.submit(f"{DESK}/new-round", NEW_ROUND)
    staff_visitor.submit(f"{ROUND}/themes", to=f"{ROUND}/proposed-themes")
    staff_visitor.submit(f"{ROUND}/open", {"typed": KEY})
    page = staff_visitor.get(f"/en/secretariat/rounds/{KEY}/log").text.partition("<tbody")[2]
    assert "took over the 14 proposed themes" in page
    assert "opened the voting: 3 organisations, 14 themes" in page
    assert page.count("Secretaría de prueba") >= 5
    assert STAFF not in page
    assert not re.search(r"\b(rounds|themes|links)\.[a-z]+", page)


# -- acts outside


def test_an_act_outside_is_written_down_shown_and_taken_back(bench: Bench, staff_visitor: Visitor) -> None:
    opened(bench)
    page = f"{ROUND}/nominees/n01/designation"
    act = {"by": "Asamblea <del> Mecanismo", "on": "2026-01-20", "act": "Acta 4"}
    for wrong in ({"by": ""}, {"on": "2999-01-01"}, {"on": "ayer"}, {"act": ""}):
        answer = staff_visitor.submit(page, act | wrong)
        assert answer.status_code == 422
        assert f'href="#{next(iter(wrong))}"' in alert(answer.text)
    assert staff_visitor.submit(page, act).status_code == 303
    listed = staff_visitor.get(f"{ROUND}/nominees").text
    assert "Designación de Asamblea &lt;del&gt; Mecanismo, 20 de enero de 2026: Acta 4." in listed
    assert "Asamblea" in staff_visitor.get(f"{ROUND}/log").text
    assert staff_visitor.submit(page, {"reason": ""}).status_code == 422
    assert staff_visitor.submit(page, {"reason": "La asamblea lo revocó."}).status_code == 303
    assert "Asamblea &lt;del&gt;" not in staff_visitor.get(f"{ROUND}/nominees").text
    assert "La asamblea lo revocó." in staff_visitor.get(f"{ROUND}/log").text
    assert staff_visitor.get(f"{ROUND}/nominees/n99/designation").status_code == 404


def test_who_is_added_after_the_opening_is_marked_and_on_no_ballot(
    bench: Bench, staff_visitor: Visitor
) -> None:
    opened(bench)
    assert staff_visitor.submit(f"{ROUND}/new-nominee", {**NOMINEE, "name": "Tarde"}).status_code == 303
    assert "en ninguna papeleta" in staff_visitor.get(f"{ROUND}/nominees").text
    assert staff_visitor.submit(f"{ROUND}/nominees/n02", {**NOMINEE, "name": "Tardía"}).status_code == 303
    assert "Tardía" in staff_visitor.get(f"{ROUND}/nominees").text
    assert staff_visitor.submit(f"{ROUND}/nominees/n02/delete").status_code == 303
    assert staff_visitor.get(f"{ROUND}/nominees/n02").status_code == 404
