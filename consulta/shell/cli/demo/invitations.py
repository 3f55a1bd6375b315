"""How the panel of the demonstration was invited: who answered what, one decline, and who took that place."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.desk import mail
from consulta.panel import invitations, replacements
from consulta.panel import service as panels
from consulta.panel.replacements import ReplaceCommand
from consulta.platform import door
from consulta.platform.data import catalogue
from consulta.platform.work import ANONYMOUS, COMMAND, Actor

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.panel.invitations import FreePlace
    from consulta.platform.models import Invitation
    from consulta.shell.cli.demo.desk import Desk

_NOTE = "Agradezco la invitación. Esa semana acompaño a una delegación y no puedo viajar."
_COLLEAGUE = ("Beatriz Hinojosa (EJEMPLO), coordinadora", "beatriz.hinojosa@example.org")
_WHY, _REPLACED = (catalogue.demo_texts()[name] for name in ("replaced", "panel_replaced"))


def invite(desk: Desk, key: str, at: datetime) -> None:
    """Invite the panel, answer for it, and publish it: most accept, one declines and is replaced.

    Of the last two, one has opened the link without an answer and one is marked as not answering. The
    panel was published too early, before any answer had come, and is replaced by a version with the names of
    those who accepted and agreed. No mail is sent, since the events are long past.
    """
    desk.do(at, invitations.take_over, key)
    desk.do(at + timedelta(minutes=2), panels.publish_panel, key)
    _invite(desk, key, at + timedelta(minutes=5))
    place = _declined(desk, key, at + timedelta(days=2))
    _replace(desk, key, place, at + timedelta(days=3))
    page = desk.see(invitations.page, key)
    *coming, opened, silent = [each for each in page.guests if each.state == "invited"]
    for hours, each in enumerate(coming, start=1):
        _open(desk, each, at + timedelta(days=4, hours=hours))
        with desk.work(_guest(each), at + timedelta(days=4, hours=hours, minutes=7)) as work:
            invitations.answer(work, "accepted")
    _open(desk, opened, at + timedelta(days=5))
    said = "Dos correos y una llamada, sin respuesta."
    desk.do(at + timedelta(days=12), invitations.mark, key, silent.id, "no_answer", said)
    desk.do(at + timedelta(days=13), panels.publish_panel, key, None, _REPLACED)


def attend(desk: Desk, key: str, at: datetime) -> None:
    """Write down who of the panel took part: all who accepted but the last."""
    page = desk.do(at, invitations.page, key)
    *came, _ = [each.id for each in page.guests if each.state == "accepted"]
    desk.do(at, invitations.attended, key, came)


def _invite(desk: Desk, key: str, at: datetime) -> None:
    with desk.work(desk.actor, at) as work:
        invitations.invite(work, key)
        mail.drop_waiting(work, key)


def _declined(desk: Desk, key: str, at: datetime) -> FreePlace:
    """Decline as the first guest who has an alternate, and return the free place.

    The guest proposes a colleague.
    """
    decision = desk.do(at, panels.panel_page, key).decision
    invited = desk.do(at, invitations.page, key).guests
    alternates = decision.alternates if decision else {}
    guest = next(each for each in invited if alternates.get(each.nominee.key))
    _open(desk, guest, at)
    with desk.work(_guest(guest), at + timedelta(minutes=11)) as work:
        invitations.answer(work, "declined", _NOTE, *_COLLEAGUE)
    (place,) = desk.do(at + timedelta(minutes=12), invitations.page, key).free
    return place


def _replace(desk: Desk, key: str, place: FreePlace, at: datetime) -> None:
    """Fill the place by the rules, with all other members kept, and invite the person chosen."""
    version = desk.do(at, invitations.page, key).panel_version or 0
    command = ReplaceCommand(None, "asked", "declined", _WHY, version)
    desk.do(at, replacements.replace_guest, key, place.leaving.id, command)
    _invite(desk, key, at + timedelta(minutes=3))


def _open(desk: Desk, guest: Invitation, at: datetime) -> None:
    """Open a guest's personal link and press its button, as a guest does after the mail."""
    with desk.work(COMMAND, at) as work:
        token = invitations.further_link(work, guest.id)
    with desk.work(ANONYMOUS, at) as work:
        door.enter(work, "a", token)


def _guest(guest: Invitation) -> Actor:
    return Actor("guest", guest.id, guest.nominee.name)
