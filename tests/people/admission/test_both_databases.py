"""An admission and a correction from beginning to end on both kinds of database."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from consulta.people import admission, own_data
from consulta.platform import door
from consulta.platform.work import ANONYMOUS, COMMAND, WORKER
from consulta.results import checks
from consulta.rounds.letters.service import Finished
from tests.factories import moment
from tests.people.admission.applying import EMAIL, apply, finished, mails, members, only, sponsors

if TYPE_CHECKING:
    from consulta.platform.work import Bench

TODAY = moment().date().isoformat()


def enter(bench: Bench, way: str, token: str) -> door.Entrance:
    with bench.work(ANONYMOUS, moment()) as work:
        found = door.enter(work, way, token)
    assert found is not None
    return found


def admitted(bench: Bench) -> int:
    """An application that went all its way; the number of the new member."""
    apply(bench, sponsors(bench))
    enter(bench, "q", str(mails(bench, "admission_confirm")[0].token))
    for each in mails(bench, "admission_sponsor"):
        with bench.work(ANONYMOUS, moment()) as work:
            opened = door.find_visitor(work, "r", str(each.token), hold=True)
            assert opened is not None
            admission.sponsor(replace(work, actor=opened.actor), opened.link, "confirm", "La conocemos.")
    row = only(bench)
    with bench.work(COMMAND, moment()) as work:
        return admission.admit(work, row.id, row.version, TODAY, "Cumple los criterios.")


def test_it_is_admitted_taken_back_admitted_again_and_corrects_its_own_data(either: Bench) -> None:
    admitted(either)
    row = only(either)
    with either.work(COMMAND, moment()) as work:
        assert admission.look(work, row.id).may_undo
        admission.undo(work, row.id, row.version)
    assert "Casa del Caminante" not in members(either)
    with either.work(COMMAND, moment()) as work:
        (again,) = admission.listed(work)
        admission.admit(work, again.id, again.version, TODAY, "Cumple los criterios.")
        assert len(admission.look(work, again.id).mails) == 6
    for each in mails(either):
        made = finished(either, each)
        if isinstance(made, Finished):
            assert "{" not in "".join(half.text for half in made.mail.halves)
            assert len(made.mail.subject) <= 70
    with either.work(WORKER, moment()) as work:
        assert own_data.answer_request(work, EMAIL) == 1
    entrance = enter(either, "m", str(mails(either, "own_data_link")[0].token))
    with either.work(entrance.actor, moment()) as work:
        assert own_data.change_details(work, "Casa del Caminante", "casa.example.org/nueva") == "done"
        assert own_data.ask_categories(work, "PE", {"sector": "faith_based"}) == "waits"
    with either.work(COMMAND, moment()) as work:
        (asked,) = own_data.listed(work)
        own_data.accept(work, asked.id)
    found = members(either)["Casa del Caminante"]
    assert (found.web, found.categories["sector"]) == ("https://casa.example.org/nueva", "faith_based")
    with either.read(COMMAND, moment()) as work:
        assert checks.faults(work) == []
