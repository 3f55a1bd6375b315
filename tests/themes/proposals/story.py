"""A draft in whose phase members propose themes: three organisations with their links."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from consulta.rounds import proposing as phase
from consulta.rounds import service as rounds
from tests.benches import Visitor
from tests.drafts import KEY, join_members, round_command, writing
from tests.factories import moment
from tests.lived import once
from tests.platform.mailer.desk import messages

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench

OWN = f"/es/proposing/{KEY}/themes"
NEW = f"{OWN}/new"
DESK = f"/es/secretariat/rounds/{KEY}/proposing"
PUBLIC = f"/es/rounds/{KEY}/themes-proposed"
WORK = {
    "title": "Regularización de quienes ya trabajan",
    "why": "Miles de personas trabajan sin permiso en la cosecha y no pueden denunciar abusos.",
    "objectives": ["5", "6"],
    "language": "es",
}


def days(number: float) -> str:
    """An hour so many days from now, as forms send it (in the zone of the round, so about)."""
    return (moment() + timedelta(days=number)).strftime("%Y-%m-%dT17:00")


def planned(bench: Bench, *countries: str, secrecy: str = "aggregate", **values: Any) -> None:
    """A draft with members, whose phase is set and not open."""
    join_members(bench, *(countries or ("PE", "MX", "JM")))
    with writing(bench, moment()) as work:
        rounds.create_round(work, round_command(closes_local=days(40), secrecy=secrecy))
    with writing(bench, moment()) as work:
        phase.plan(work, KEY, phase.PhaseCommand(closes_local=days(9), **values))


@once
def opened(bench: Bench, *countries: str, secrecy: str = "aggregate", **values: Any) -> list[str]:
    """The same with the phase open; the tokens of the contacts in the order of their organisations."""
    planned(bench, *countries, secrecy=secrecy, **values)
    with writing(bench, moment()) as work:
        phase.open_now(work, KEY)
    return [str(each.token) for each in messages(bench)]


def member(app: Flask, token: str, lang: str = "es") -> Visitor:
    """A browser that came by a link to propose and pressed its button."""
    visitor = Visitor(app.test_client())
    answer = visitor.post(f"/{lang}/p/{token}")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/{lang}/proposing/{KEY}")
    return visitor


def send(visitor: Visitor, lang: str = "es", **said: Any) -> Any:
    """The answer to a proposal that was reviewed and sent."""
    return visitor.submit(NEW.replace("/es/", f"/{lang}/", 1), {**WORK, **said, "step": "send"})
