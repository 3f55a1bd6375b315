"""How the panel of the demonstration was invited: who answered what, one decline, and who took that place."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.data import catalogue
from consulta.door import service as door
from consulta.infra.work import ANONYMOUS, COMMAND, Actor
from consulta.invitations import answering, replacing
from consulta.invitations import service as guests
from consulta.invitations.replacing import ReplaceCommand
from consulta.mail_desk import service as mail_desk
from consulta.panel import service as panels

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.infra.work import Bench
    from consulta.invitations.values import FreePlace, GuestLine

_NOTE = "Agradezco la invitación. Esa semana acompaño a una delegación y no puedo viajar."
_COLLEAGUE = ("Beatriz Hinojosa (EJEMPLO), coordinadora", "beatriz.hinojosa@example.org")
_WHY = catalogue.demo_texts()["replaced"]


def invite(bench: Bench, staff: Actor, key: str, at: datetime) -> None:
    """Invite the panel, answer for it, and publish it: most accept, one declines and is replaced.

    Of the last two, one has opened the link without an answer and one is marked as not answering. The
    panel is published with the names of those who accepted and agreed. No mail is sent, since the events
    are long past.
    """
    with bench.work(staff, at) as work:
        guests.take_over(work, key)
    with bench.work(staff, at + timedelta(minutes=5)) as work:
        guests.invite(work, key)
        mail_desk.drop_waiting(work, key)
    place = _declined(bench, staff, key, at + timedelta(days=2))
    _replace(bench, staff, key, place, at + timedelta(days=3))
    with bench.read(staff, at + timedelta(days=3)) as work:
        invited = [each for each in guests.page(work, key).guests if each.state.value == "invited"]
    *coming, opened, silent = invited
    for hours, each in enumerate(coming, start=1):
        _open(bench, each, at + timedelta(days=4, hours=hours))
        with bench.work(_guest(each), at + timedelta(days=4, hours=hours, minutes=7)) as work:
            answering.answer(work, "accepted")
    _open(bench, opened, at + timedelta(days=5))
    with bench.work(staff, at + timedelta(days=12)) as work:
        guests.mark(work, key, silent.number, "no_answer", "Dos correos y una llamada, sin respuesta.")
    with bench.work(staff, at + timedelta(days=13)) as work:
        panels.publish_panel(work, key)


def attend(bench: Bench, staff: Actor, key: str, at: datetime) -> None:
    """Write down who of the panel took part: all who accepted but the last."""
    with bench.read(staff, at) as work:
        *came, _ = [each.number for each in guests.page(work, key).guests if each.state.value == "accepted"]
    with bench.work(staff, at) as work:
        guests.attended(work, key, came)


def _declined(bench: Bench, staff: Actor, key: str, at: datetime) -> FreePlace:
    """Decline as the first guest who has an alternate, and return the free place.

    The guest proposes a colleague.
    """
    with bench.read(staff, at) as work:
        decision = panels.panel_page(work, key).decision
        invited = guests.page(work, key).guests
    alternates = decision.alternates if decision else {}
    guest = next(each for each in invited if alternates.get(each.key))
    _open(bench, guest, at)
    with bench.work(_guest(guest), at + timedelta(minutes=11)) as work:
        answering.answer(work, "declined", _NOTE, *_COLLEAGUE)
    with bench.read(staff, at + timedelta(minutes=12)) as work:
        (place,) = guests.page(work, key).free
    return place


def _replace(bench: Bench, staff: Actor, key: str, place: FreePlace, at: datetime) -> None:
    """Fill the place by the rules, with all other members kept, and invite the person chosen."""
    with bench.read(staff, at) as work:
        version = guests.page(work, key).panel_version or 0
    with bench.work(staff, at) as work:
        command = ReplaceCommand(None, "asked", "declined", _WHY, version)
        replacing.replace_guest(work, key, place.number, command)
    with bench.work(staff, at + timedelta(minutes=3)) as work:
        guests.invite(work, key)
        mail_desk.drop_waiting(work, key)


def _open(bench: Bench, guest: GuestLine, at: datetime) -> None:
    """Open a guest's personal link and press its button, as a guest does after the mail."""
    with bench.work(COMMAND, at) as work:
        token = answering.further_link(work, guest.number)
    with bench.work(ANONYMOUS, at) as work:
        door.enter(work, "a", token)


def _guest(guest: GuestLine) -> Actor:
    return Actor("guest", guest.number, guest.name)
