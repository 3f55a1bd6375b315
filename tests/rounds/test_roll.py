"""The roll of a round, from the opening on: who reads which names, and the fingerprint that holds it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from consulta.app import create_app
from consulta.core.problems import Problem
from consulta.core.trust import record
from consulta.desk import opening
from consulta.platform import accounts
from consulta.platform.models import LogEntry, Round, Seat
from consulta.platform.settings import Settings, SettingsError
from consulta.platform.work import ANONYMOUS, COMMAND, Actor
from consulta.results import checks
from consulta.rounds import links, roll
from tests.benches import Visitor, voter_visitor
from tests.drafts import BASE, KEY, NOW, do, join_members, make_draft, make_open
from tests.factories import moment
from tests.shell.site.test_public_sweep import FORM

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from consulta.platform.work import Bench

COUNTRIES = (*["PE"] * 5, *["MX"] * 3, *["JM"] * 2)


def opened_row(bench: Bench) -> dict[str, object]:
    with bench.read(COMMAND, moment()) as work:
        row = work.session.scalars(select(LogEntry).where(LogEntry.action == "rounds.opened")).one()
        found: dict[str, object] = json.loads(row.details)
        return found


def protected(bench: Bench) -> list[str]:
    """An open round whose names are for those who take part; the tokens of its contacts' links."""
    join_members(bench, *COUNTRIES)
    make_draft(bench)
    with bench.work(COMMAND, NOW) as work:
        opening.open_round(work, KEY, "members")
        return [each.url.rpartition("/")[2] for each in links.issue_links(work, KEY, BASE, revoke=True)]


@pytest.mark.deep
@pytest.mark.parametrize("mode", ["open", "pseudonymous", "aggregate"])
def test_everybody_reads_the_roll_from_the_opening_on(
    bench: Bench, visitor: Visitor, tmp_path: Path, mode: str
) -> None:
    make_open(bench, *COUNTRIES, secrecy=mode)
    page = visitor.get(f"/es/rounds/{KEY}/roll")
    assert "Red 008" in page.text
    assert "@" not in page.text.partition("<main")[2].partition("</main>")[0]
    assert f'href="/es/rounds/{KEY}/roll"' in visitor.get(f"/es/rounds/{KEY}").text
    for language, called in (("en", "roll"), ("es", "padron")):
        file = visitor.get(f"/{language}/rounds/{KEY}/roll.csv")
        name = f"consulta-{KEY}-{called}.csv"
        assert file.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert file.data.decode("utf-8-sig").splitlines()[:2] == [
        "organisation,country,sector,base",
        "Red 009,JM,ngo,1",
    ]
    digest = opened_row(bench)["members_sha256"]
    assert record.digest(file.data) == digest
    # The command that the page shows gives the fingerprint that the page shows.
    (tmp_path / name).write_bytes(file.data)
    assert f'<code class="command">sha256sum {name}</code>' in page.text
    said = subprocess.run(
        [shutil.which("sha256sum") or "", name], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert said.split(" ")[0] == digest
    assert str(digest) in page.text


def test_the_roll_tells_no_seat(bench: Bench, visitor: Visitor) -> None:
    make_open(bench, *COUNTRIES, secrecy="pseudonymous")
    said = visitor.get(f"/es/rounds/{KEY}/roll").text + visitor.get(f"/es/rounds/{KEY}/roll.csv").text
    with bench.read(COMMAND, moment()) as work:
        for seat in work.session.scalars(select(Seat)):
            assert seat.pseudonym not in said
            assert f">{seat.key}<" not in said
            assert f"{seat.key}," not in said


def test_the_page_does_not_tell_who_voted(bench: Bench, visitor: Visitor) -> None:
    make_open(bench, *COUNTRIES)
    before = visitor.get(f"/es/rounds/{KEY}/roll").data
    with bench.work(COMMAND, NOW) as work:
        from consulta.core.counting.choice import Entries  # noqa: PLC0415 - only here
        from consulta.vote import assisted  # noqa: PLC0415 - only here

        asked = assisted.Request("Rosa Paz", "Sin internet")
        assisted.cast(work, KEY, "s001", Entries({"tema_numero_1": 1}), "k", asked, by_two=True)
    assert FORM.sub(b"", visitor.get(f"/es/rounds/{KEY}/roll").data) == FORM.sub(b"", before)


def test_there_is_no_roll_before_the_opening(bench: Bench, visitor: Visitor) -> None:
    join_members(bench, *COUNTRIES)
    make_draft(bench)
    for page in ("roll", "roll.csv"):
        assert visitor.get(f"/es/rounds/{KEY}/{page}").status_code == 404


def test_where_members_must_be_protected_the_public_reads_numbers(
    bench: Bench, app: Flask, visitor: Visitor
) -> None:
    tokens = protected(bench)
    page = visitor.get(f"/es/rounds/{KEY}/roll").text
    assert "Los nombres no son públicos" in page
    assert "Red 00" not in page
    assert "roll.csv" not in page
    assert visitor.get(f"/es/rounds/{KEY}/roll.csv").status_code == 404
    digest = str(opened_row(bench)["members_sha256"])
    assert digest in page
    # Mexico and the Caribbean have fewer than five: they are told together.
    told = re.findall(r'<th scope="row"[^>]*>([^<]+)</th>\s*<td[^>]*>(\d+)</td>', page)
    assert told == [
        ("América del Sur", "5"),
        ("Las demás, en conjunto", "5"),
        ("Organización no gubernamental", "10"),
    ]
    assert "Caribe" not in page.partition("<main")[2]
    contact = voter_visitor(app, tokens[0])
    own = contact.get(f"/es/rounds/{KEY}/roll")
    assert "Red 008" in own.text
    file = contact.get(f"/es/rounds/{KEY}/roll.csv").data
    assert record.digest(file) == digest
    lines = file.decode("utf-8-sig").splitlines()
    assert lines[0] == "organisation,country,sector,base,key"
    assert len({line.rpartition(",")[2] for line in lines[1:]}) == len(COUNTRIES), "each has a key of its own"


def test_scrutineers_of_the_round_read_the_names_and_others_do_not(bench: Bench) -> None:
    protected(bench)
    with bench.work(COMMAND, moment()) as work:
        for name in ("ana", "eva"):
            accounts.add_staff(work, f"{name}@example.org", name, "una frase bastante larga", "scrutineer")
        people = {person.name: person.id for person in checks.scrutineers.people(work.session)}
        checks.appoint(work, KEY, people["ana"])
    for name, sees in (("ana", True), ("eva", False)):
        with bench.read(Actor("scrutineer", people[name], name), moment()) as work:
            assert (roll.page(work, KEY, 5).members is not None) == sees
    with bench.read(Actor("voter", 1, "", seat_id=10_000), moment()) as work:
        assert roll.page(work, KEY, 5).members is None
        with pytest.raises(Problem, match=r"round\.unknown"):
            roll.download(work, KEY)


def test_the_setting_says_to_whom(bench: Bench, settings: Settings) -> None:
    join_members(bench, *COUNTRIES)
    make_draft(bench)
    from consulta.desk import planning  # noqa: PLC0415 - only here
    from consulta.shell.worker.loop import Worker  # noqa: PLC0415 - only here

    do(bench, planning.plan_opening, KEY, "2027-02-10T09:00")
    due = NOW + timedelta(days=20)
    Worker(bench, replace(settings, roll="members"), clock=lambda: due).look()
    assert opened_row(bench)["roll"] == "members"
    visitor = Visitor(create_app(settings, bench).test_client())
    assert "Los nombres no son públicos" in visitor.get(f"/es/rounds/{KEY}/roll").text


def test_settings_of_the_roll(tmp_path: Path) -> None:
    environ = {
        "CONSULTA_DATA": str(tmp_path),
        "CONSULTA_SECRET": "a secret of the tests, long enough and varied",
    }
    assert Settings.from_env(environ).roll == "public"
    assert Settings.from_env({**environ, "CONSULTA_ROLL": "members"}).roll == "members"
    with pytest.raises(SettingsError, match="CONSULTA_ROLL"):
        Settings.from_env({**environ, "CONSULTA_ROLL": "nobody"})


@given(st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.integers(1, 12)), st.integers(0, 6))
def test_no_small_category_is_told_nor_follows_from_the_total(sizes: dict[str, int], least: int) -> None:
    categories = [name for name, number in sizes.items() for _ in range(number)]
    told = roll.numbers(categories, least)
    assert sum(number for _, number in told) == len(categories)
    joined = set(sizes) - {name for name, _ in told}
    assert all(number == sizes[name] and number >= least for name, number in told if name)
    if joined and len(joined) < len(sizes):
        assert len(joined) > 1
        assert sum(sizes[name] for name in joined) >= least


def test_nobody_signed_in_is_anybody(bench: Bench) -> None:
    make_open(bench, *COUNTRIES)
    with bench.read(ANONYMOUS, moment()) as work:
        assert len(roll.page(work, KEY, 5).members or ()) == len(COUNTRIES)


def test_the_page_sorts_countries_by_the_name_that_is_read(bench: Bench, visitor: Visitor) -> None:
    make_open(bench, "BR", "BB", "BS", "BZ")
    shown = visitor.get(f"/es/rounds/{KEY}/roll").text
    names = ["Bahamas", "Barbados", "Belice", "Brasil"]
    assert sorted(names, key=shown.index) == names


def test_only_where_votes_are_open_is_a_seat_named_in_the_bundle() -> None:
    assert roll.pseudonym(Round(secrecy="open"), "s007") == "s007"
    for secrecy in ("pseudonymous", "aggregate"):
        one, other = (roll.pseudonym(Round(secrecy=secrecy), "s007") for _ in range(2))
        assert one != other, "made by chance"
        assert len(bytes.fromhex(one)) == roll.PSEUDONYM_BYTES
