"""The proof that an attribute of persons is data: an installation adds an age group in a file, no more.

It is asked of who is proposed, imported, named in the rules of a panel, and told to nobody but the
secretariat: everybody reads only whether the rules about it are met. No code knows the word.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.app import use_dimensions
from consulta.panel import nominees
from consulta.panel.nominees_import import IMPORTER
from consulta.platform import documents
from consulta.platform.data import attributes
from consulta.platform.data.dimensions import DimensionsError
from consulta.platform.models import Nominee, Round
from consulta.platform.settings import Settings, SettingsError
from consulta.platform.work import COMMAND
from consulta.results import service as results
from tests.drafts import KEY, make_draft, reading, writing
from tests.factories import moment
from tests.invited import confirm
from tests.panel.proposals.test_nomination_links import OWN, proposer
from tests.results.test_results import closed_round
from tests.results.test_results_pages import DESK, PANEL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

    from consulta.platform.work import Bench
    from tests.benches import Visitor

FILE = """
[[attribute]]
key = "age_group"
names = {es = "Grupo de edad", en = "Age group", pt = "Faixa etária"}
headings = ["Edad"]
[[attribute.category]]
key = "young"
names = {es = "Menos de 30 años", en = "Under 30", pt = "Menos de 30 anos"}
aliases = ["joven"]
[[attribute.category]]
key = "older"
names = {es = "30 años o más", en = "30 or older", pt = "30 anos ou mais"}

[[attribute]]
key = "origin"
names = {es = "Procedencia", en = "Background", pt = "Procedência"}
asked = false
quotas = false
category = [
  {key = "rural", names = {es = "Rural", en = "Rural", pt = "Rural"}},
  {key = "urban", names = {es = "Urbana", en = "Urban", pt = "Urbana"}},
]
"""
RULES = f"{DESK}/panel/rules"
PUBLIC = f"/en/rounds/{KEY}/panel"
ENTERED = {
    "kind": "person",
    "name": "Rosa Quispe",
    "organisation": "Ministerio",
    "role": "gov_national",
    "country": "PE",
    "sector": "gov_national",
    "language": "es",
    "email": "rosa@example.org",
    "attribute_age_group": "young",
}
YOUNG = {"quotas-1-what": "age_group:young", "quotas-1-least": "1"}


@pytest.fixture(autouse=True)
def settings(settings: Settings) -> Iterator[Settings]:
    """Settings of an installation that declares two attributes."""
    found = attributes.read(FILE, settings.languages)
    attributes.use(found)
    yield replace(settings, attributes=found)
    attributes.use(())


def panelled(bench: Bench, young: set[str]) -> None:
    """A counted round whose nominees said their age group; those of `young` are under thirty."""
    with bench.work(COMMAND, moment()) as work:
        closed_round(work.session)
        work.session.flush()
        results.count(work, KEY)
        for each in work.session.scalars(select(Nominee)):
            each.attributes = {"age_group": "young" if each.key in young else "older"}


def listed(bench: Bench) -> dict[str, dict[str, str]]:
    """The attributes of each nominee, by name."""
    with reading(bench) as work:
        return {each.name: dict(each.attributes) for each in nominees.list_nominees(work, KEY).nominees}


def members(bench: Bench) -> list[str]:
    """The panel that was chosen last."""
    with bench.read(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round).where(Round.key == KEY)).one()
        kept = documents.find(work.session, found.id, "panel")
        assert kept is not None
        return [*json.loads(kept.content)["panel"]["members"]]


def test_it_is_entered_at_the_desk_and_is_in_the_own_data(bench: Bench, staff_visitor: Visitor) -> None:
    make_draft(bench)
    page = f"/en/secretariat/rounds/{KEY}/new-nominee"
    shown = staff_visitor.get(page).text
    assert "Age group" in shown
    assert "Background" in shown
    assert staff_visitor.submit(page, ENTERED | {"attribute_age_group": "other"}).status_code == 422
    assert staff_visitor.submit(page, ENTERED).status_code == 303
    assert listed(bench) == {"Rosa Quispe": {"age_group": "young"}}
    with reading(bench) as work:
        number = work.session.scalars(select(Nominee.id)).one()
    own = html.unescape(staff_visitor.get(f"/en/secretariat/people/nominee/{number}").text)
    assert "Age group: Under 30" in own
    edited = f"/en/secretariat/rounds/{KEY}/nominees/n01"
    assert re.search(r'value="young" selected|selected value="young"', staff_visitor.get(edited).text)
    assert staff_visitor.submit(edited, ENTERED | {"attribute_age_group": ""}).status_code == 303
    assert listed(bench) == {"Rosa Quispe": {}}


def test_a_file_has_its_columns_and_what_is_not_understood_can_be_mapped(
    bench: Bench, staff_visitor: Visitor
) -> None:
    make_draft(bench)
    assert staff_visitor.get(f"/en/secretariat/rounds/{KEY}/nominees-template").status_code == 200
    heading = "Nombre;Organización;Rol;País;Sector;Edad;Procedencia\n"
    rows = "Ana Luz;Red;mechanism;MX;ngo;joven;Rural\nEva Luz;Red;mechanism;MX;ngo;viejísima;\n"
    with writing(bench) as work:
        number = IMPORTER.keep(work, "people.csv", f"{heading}{rows}".encode(), KEY)
    with reading(bench) as work:
        view = IMPORTER.look(work, number, KEY)
    (fault,) = (fault for row in view.rows for fault in row.faults)
    assert (fault.problem.code, fault.problem.params["field"]) == ("nominee.attribute", "attribute_age_group")
    assert [(offer.field, offer.text) for offer in view.offers] == [("attribute_age_group", "viejísima")]
    with writing(bench) as work:
        IMPORTER.carry_out(work, number, view.seen, KEY)
    assert listed(bench) == {"Ana Luz": {"age_group": "young", "origin": "rural"}}


def test_who_proposes_is_asked_only_for_what_is_asked(app: Flask, asked: str) -> None:
    page = proposer(app, asked).get(f"{OWN}/new").text
    assert "Grupo de edad" in page
    assert "Menos de 30 años" in page
    assert "Procedencia" not in page


def test_a_quota_names_it_and_the_panel_meets_it(
    bench: Bench, staff_visitor: Visitor, visitor: Visitor
) -> None:
    panelled(bench, {"n02"})
    form = html.unescape(staff_visitor.get(RULES).text)
    assert 'value="age_group:young"' in form
    assert "origin:rural" not in form
    staff_visitor.submit(RULES, PANEL)
    with bench.work(COMMAND, moment()) as work:  # the panel without a rule about it has nobody under thirty
        for each in work.session.scalars(select(Nominee)):
            each.attributes = {"age_group": "older" if each.key in members(bench) else "young"}
    before = members(bench)
    staff_visitor.submit(RULES, PANEL | YOUNG | {"quotas-1-hard": "y"})
    assert set(members(bench)) - set(before), "the rule brings somebody"
    assert "Under 30" in staff_visitor.get(f"{DESK}/panel").text.replace("Menos de 30 años", "Under 30")
    staff_visitor.submit(f"{DESK}/publish", {"typed": KEY})
    confirm(bench)
    assert staff_visitor.submit(f"{DESK}/panel/publish", {"typed": KEY}).status_code == 303
    page = html.unescape(visitor.get(PUBLIC).text)
    assert "The rules on these attributes are met: gender, “Age group”." in page
    assert "Under 30" not in page
    assert "30 or older" not in page


def test_where_its_rule_is_missed_nobody_reads_who_or_how_much_support(
    bench: Bench, staff_visitor: Visitor, visitor: Visitor
) -> None:
    panelled(bench, set())
    wish = PANEL | YOUNG
    staff_visitor.submit(RULES, {name: value for name, value in wish.items() if "shares" not in name})
    staff_visitor.submit(f"{DESK}/publish", {"typed": KEY})
    confirm(bench)
    assert staff_visitor.submit(f"{DESK}/panel/publish", {"typed": KEY}).status_code == 303
    page = html.unescape(visitor.get(PUBLIC).text)
    assert "Not every rule on these attributes is met: “Age group”." in page
    assert "what people stated about themselves could be deduced from it" in page
    assert "Under 30" not in page


def test_a_file_that_cannot_be_used_is_refused_with_the_reason() -> None:
    for old, new, why in [
        ('key = "age_group"', 'key = "gender"', "taken"),
        ('key = "age_group"', 'key = "origin"', "twice"),
        ('key = "young"', 'key = "no_answer"', "no_answer"),
        ("asked = false", 'asked = "no"', "true nor false"),
        ("asked = false", 'list = "open"', "closed list"),
    ]:
        with pytest.raises(DimensionsError, match=why):
            attributes.read(FILE.replace(old, new))


def test_the_file_of_the_data_folder_is_read_and_its_headings_are_its_own(tmp_path: Path) -> None:
    file = tmp_path / "people.toml"
    file.write_text(FILE, encoding="utf-8")
    environ = {
        "CONSULTA_ATTRIBUTES": str(file),
        "CONSULTA_DATA": str(tmp_path),
        "CONSULTA_SECRET": "a secret of the tests, long and varied",
    }
    assert [each.key for each in Settings.from_env(environ).attributes] == ["age_group", "origin"]
    file.write_text(FILE.replace('"Edad"', '"Correo"'), encoding="utf-8")
    with pytest.raises(SettingsError, match="Correo"):
        use_dimensions(Settings.from_env(environ))
