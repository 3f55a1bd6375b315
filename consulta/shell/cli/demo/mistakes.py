"""Mistakes of the demonstration and how they were mended, and what waits for a second person or for practice.

A link of an answer was withdrawn; a person was erased on request; a delegation was missing from the list of
who took part, so that the administration asks to replace the public figures, which another person confirms;
and the team asked for a practice, which the worker makes when the pages are served. That the panel was
published too early, and replaced, is in `invitations`.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.accounts import staff as staff_acts
from consulta.accounts.staff import Asked
from consulta.operations import personal_data, practice
from consulta.operations.practice import PracticeCommand
from consulta.platform import accounts
from consulta.platform.data import catalogue
from consulta.platform.work import COMMAND, Actor
from consulta.sessions import attendance, factsheets
from consulta.sessions.attendance import Answers
from consulta.sessions.follow_up import service as follow_up
from consulta.sessions.follow_up import writing
from consulta.shell.cli.demo.admission import ERASED

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.shell.cli.demo.desk import Desk

MISSING = 5  # women, and as many men, of the delegation that was missing
_TEXTS = catalogue.demo_texts()


def withdraw(desk: Desk, key: str, at: datetime) -> None:
    """Withdraw the link of the first answer that has one: it led to names of people."""
    found = desk.do(at, follow_up.published, key)
    said = next(
        said for each in found for standing in each.standings for said in standing.history if said.link
    )
    desk.do(
        at, writing.withdraw_answer, key, said.recommendation_id, said.id, "evidence", _TEXTS["withdrawn"]
    )


def erase(desk: Desk) -> None:
    """Erase the person of an application that was declined, who asked for it."""
    desk.do(desk.day(-12), personal_data.erase, "application", ERASED, _said(desk, "erased"))


def ask_to_replace_figures(desk: Desk, key: str) -> None:
    """Add the delegation that was missing, and let the administration ask to replace the public figures."""
    at = desk.now - timedelta(hours=3)
    public = desk.do(at, factsheets.published, key).figures
    listed = desk.see(attendance.list_people, key).entries
    shown = {line.keys[0] for line in (public.by_country if public else ()) if len(line.keys) == 1}
    delegation = max((each for each in listed if each.answers.country in shown), key=lambda each: each.people)
    for gender in ("woman", "man"):
        answers = Answers(
            _said(desk, "missing"), delegation.answers.country, delegation.answers.sector, gender
        )
        desk.do(at, attendance.add, key, answers, MISSING)
    view = desk.see(factsheets.figures_page, key)
    language = desk.bench.languages[0]
    reasons = [(f"reason_{code}", _TEXTS["figures"].into(code)) for code in desk.bench.languages]
    asked = Asked(
        "secretariat.replace_figures",
        "rounds.publish",
        f"/{language}/secretariat/rounds/{key}/factsheet/figures",
        [("seen", view.seen), *reasons, ("typed", key)],
        {
            code: [(_TEXTS["reason"].best(code, language), _TEXTS["figures"].best(code, language))]
            for code in desk.bench.languages
        },
        {code: f"{_TEXTS['replace_figures'].best(code, language)} ({key})" for code in desk.bench.languages},
    )
    page = f"{desk.base_url}/{language}/secretariat/pending/{{number}}"
    with desk.work(_admin(desk), desk.now - timedelta(hours=2)) as work:
        staff_acts.ask(work, asked, page)


def practise(desk: Desk, source: str) -> None:
    """Ask for a practice with the themes of a round, in which the team votes."""
    at = desk.now - timedelta(hours=1)
    staff = tuple(each.id for each in desk.do(at, practice.team))
    command = PracticeCommand(_said(desk, "practice"), source, staff, ())
    desk.do(at, practice.ask, command, secrets.token_bytes)


def _admin(desk: Desk) -> Actor:
    with desk.bench.read(COMMAND, desk.now) as work:
        person = next(each for each in accounts.list_staff(work) if each.role == "admin")
    return Actor("admin", person.id, person.name)


def _said(desk: Desk, name: str) -> str:
    return _TEXTS[name].best(desk.bench.languages[0])
