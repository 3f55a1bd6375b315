"""Mail in words: its kinds, how it fares, why it did not arrive, and what holds for the whole house."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import current_app, flash, redirect, render_template, request
from itsdangerous import URLSafeSerializer

from consulta.core.rounds import State
from consulta.platform.labels import name_of
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.mailer import readers
from consulta.platform.mailer.transport import UNANSWERED
from consulta.platform.messages import MESSAGES
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.babel import ngettext
from consulta.platform.web.desk import Page, page
from consulta.platform.web.fields import Form
from consulta.platform.web.language import current, local, moment
from consulta.platform.web.request import house, now, read, reading, uses
from consulta.rounds import service as rounds
from consulta.rounds.letters import mass_mail as services
from consulta.rounds.letters import samples
from consulta.rounds.letters.service import Post, server_said

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from werkzeug.wrappers import Response

    from consulta.platform.models import Delivery, Message
    from consulta.platform.work import Work
    from consulta.rounds.letters.mass_mail import Act, MassMail, Readers
    from consulta.rounds.letters.service import Preview


# How mail to a contact fares: the shape of its badge, and its word.
CONDITIONS: Mapping[str, tuple[str, object]] = {
    "none": ("", _l("nothing written")),
    "waiting": ("", _l("waiting")),
    "retrying": ("over", _l("tried again")),
    "sent": ("met", _l("sent")),
    "failed": ("short", _l("refused")),
    "cancelled": ("", _l("called off")),
    "bounced": ("short", _l("does not arrive")),
    "paused": ("", _l("paused")),
    "held": ("", _l("a change waits")),
}
# What became of an attempt.
OUTCOMES: Mapping[str, tuple[str, object]] = {
    "sent": ("met", _l("accepted")),
    "later": ("over", _l("put off")),
    "refused": ("short", _l("refused")),
    "interrupted": ("over", _l("broken off")),
}


@dataclass(frozen=True, slots=True)
class Way:
    """How mail leaves this house."""

    by_files: bool
    test_address: str
    rate: int
    sender: str
    by_program: bool  # links go by SMS or WhatsApp too, where that was chosen


def way() -> Way:
    """Return how mail leaves, from the settings."""
    mail = house().settings.mail
    return Way(
        not mail.host, mail.test_address, mail.rate, mail.sender, bool(house().settings.message_command)
    )


def post() -> Post:
    """Return the settings of this installation that texts of mails need."""
    settings = house().settings
    return Post(
        settings.base_url,
        settings.mail.test_address,
        settings.mail.sender,
        objection_hours=settings.objection_hours,
    )


def folder() -> Path:
    """Return the folder of mails that became files."""
    return house().settings.mail_folder


def kind(name: str | None) -> str:
    """Return the name of a kind of mail; "" for None."""
    return _(mail_kinds.find(name).label) if name else ""


def kinds() -> dict[str, str]:
    """Return the names of all kinds of mail in the reader's language, by key."""
    return {name: kind(name) for name in mail_kinds.kinds()}


def kinds_in_use(*readers: str) -> dict[str, str]:
    """Return the same for these readers (`MailKind.readers`), of parts of the program that are used."""
    found = (each for each in mail_kinds.kinds().values() if each.readers in readers and uses(each.part))
    return {each.name: kind(each.name) for each in found}


def kinds_of_rounds() -> dict[str, str]:
    """Return the same without mails about no round, of which no round has a preview."""
    return kinds_in_use("members", "guests")


def when(name: str) -> str:
    """Return when a kind of mail is sent, for the person who writes its text."""
    return _(mail_kinds.find(name).when)


def place(name: str) -> str:
    """Return what a place in a text is filled with, such as the deadline for `{deadline}`."""
    return _(mail_kinds.PLACES[name].label)


def country(code: str) -> str:
    """Return the name of a country."""
    return local(name_of("country", code))


def condition(name: str) -> tuple[str, str]:
    """Return the state of a contact's mail as a badge: shape and word."""
    return _badge(CONDITIONS, name)


def outcome(name: str) -> tuple[str, str]:
    """Return the outcome of an attempt as a badge: shape and word."""
    return _badge(OUTCOMES, name)


def _badge(table: Mapping[str, tuple[str, object]], name: str) -> tuple[str, str]:
    shape, word = table[name]
    return shape, str(word)


def state(message: Message) -> tuple[str, str]:
    """Return the state of a message as a badge: shape and word."""
    if message.state == "queued":
        return condition("retrying" if message.attempts else "waiting")
    return condition(message.state)


def reason_code(name: str | None) -> str:
    """Return the text of a code; "" for None."""
    return str(_(MESSAGES[name])) if name else ""


def about(condition: str, reason: str | None, said: str) -> str:
    """Return why a mail failed or was not sent, with the mail server's words if any."""
    why = reason_code(reason) if condition in {"failed", "cancelled"} else ""
    heard = said if condition in {"retrying", "failed"} else ""
    return " ".join(part for part in (why, heard) if part)


def about_last(condition: str, last: Message | None) -> str:
    """Return the same of the last message to a contact."""
    return about(condition, last.reason, server_said(last)) if last else ""


def may_have_arrived(attempt: Delivery) -> bool:
    """Return whether the server may have taken the mail although no answer of it is known."""
    return attempt.outcome == "interrupted" or attempt.said.startswith(UNANSWERED)


# Why a contact gets no mail; other codes are said in the words of `platform/messages.toml`.
WHY = {
    readers.NO_CONTACT: _l("no contact may vote"),
    readers.VOTED: _l("have voted"),
    readers.NOT_VOTED: _l("have not voted"),
    services.PROPOSED: _l("have proposed or supported something"),
    readers.TOLD: _l("have it already"),
    "mail.paused": _l("mail to them is paused"),
    "mail.bounced": _l("mail does not arrive"),
    "links.waiting": _l("a change of who may vote waits"),
    "mail.guest_address": _l("no address, or no consent to use it"),
    "evaluated": _l("have answered"),
    "proposed": _l("are not invited yet"),
    "invited": _l("were written to already"),
    "opened": _l("were written to already"),
    "no_answer": _l("were written to already"),
    "accepted": _l("have accepted"),
    "declined": _l("have declined"),
    "replaced": _l("were replaced"),
    "attended": _l("took part"),
}


def asked_for(key: str, act: str) -> list[tuple[str, str]]:
    """Return which round an act is about and whom it writes to, for a second person: label and value."""
    with reading() as work:
        line = rounds.round_line(work, key)
        mass = services.foresee(work, key, act, post(), language=current())
    told = [(_("Consultation"), local(line.title))]
    if line.state in {State.DRAFT, State.OPEN}:
        told.append((_("Voting ends"), moment(line.closes_at, line.zone)))
    if line.state != State.DRAFT:
        told += [(_("Organisations on the roll"), str(line.seats)), (_("Votes received"), str(line.ballots))]
    return [*told, (_("People who are told by mail"), str(mass.count))]


def people_told(key: str, act: str) -> MassMail:
    """Return whom an act about a round writes to, in the reader's language."""
    return read(services.foresee, key, act, post(), language=current())


def shown(
    template: str,
    key: str,
    form: Form,
    act: str | Act,
    title: str,
    back: tuple[str, str],
    *,
    alone: int | None = None,
    **more: Any,
) -> Page:
    """Return the page of an act: `template` extends `letters/mass_mail.html`.

    `back` is the address and name of the page before; the person whose mail is the sample is in the query.
    """
    with reading() as work:
        line = rounds.round_line(work, key)
        mass = services.foresee(
            work,
            key,
            act,
            post(),
            reader=request.args.get("as", type=int),
            language=current(),
            alone=alone,
        )
    return page(template, line, form, title=title, back=back, **_shown_of(mass), **more)


def plain_page_before(
    template: str,
    act: Callable[[Work], Readers],
    title: str,
    back: tuple[str, str],
    write: Callable[[Work], int],
    form: Form | None = None,
) -> Response | Page:
    """Show the page before an act that only sends mail about no round, and run it after confirmation.

    A `form` with fields of its own can be sent by a button `look`, which sends no mail.
    """
    form = form or Form()
    looks = "look" in request.form
    if looks:
        form.validate()
    elif form.does(write):
        flash(ngettext("%(num)s message is on its way.", "%(num)s messages are on their way.", form.outcome))
        return redirect(back[0], 303)
    mass = read(
        services.foresee_plain, act, post(), reader=request.args.get("as", type=int), language=current()
    )
    text = render_template(
        template,
        line=None,
        form=form,
        title=title,
        back=back,
        example=False,
        **_shown_of(mass),
    )
    return text, form.status


def page_before(
    key: str, act: str | Act, title: str, back: tuple[str, str], write: Callable[[], str]
) -> Response | Page:
    """Show a page for an act that only sends mail, and run it after confirmation.

    `write` runs the act and returns the text that says what it did. `back` is the address and name of
    the page before.
    """
    form = Form()
    if form.validate_on_submit() and form.accepts(write):
        flash(form.outcome)
        return redirect(back[0], 303)
    return shown("letters/mass_mail.html", key, form, act, title, back)


def _shown_of(mass: MassMail) -> dict[str, Any]:
    """Return what `letters/mass_mail.html` shows of the mail of an act."""
    return {
        "mass": mass,
        "way": way(),
        "now": now(),
        "ends": _ends(mass),
        "why": why,
        "asked": _asked(),
        "sealed": sealed(mass.sample),
        "tongues": _tongues(mass),
    }


def sealing() -> URLSafeSerializer:
    """Return what signs previews, so that the form that sends one to its reader sends nothing else."""
    return URLSafeSerializer(str(current_app.secret_key), salt="consulta sample")


def sealed(preview: Preview | None) -> str:
    """Return a preview as a signed text; "" where there is none, or it is a letter on paper."""
    return str(sealing().dumps(samples.stored(preview))) if preview and preview.halves else ""


def _asked() -> list[tuple[str, str]]:
    """Return what the address of this page says beside whose mail is the sample."""
    return [(name, said) for name, said in request.args.items() if name != "as"]


def _tongues(mass: MassMail) -> list[tuple[str, str]]:
    """Return each language in which a recipient is written to, with the address of a sample in it."""
    return [
        (code, f"{request.path}?{urlencode([*_asked(), ('as', number)])}#says")
        for code, number in mass.first_readers
    ]


def _ends(mass: MassMail) -> tuple[str, str] | None:
    """Return the zones of the earliest and the latest hour where mails are read; None if it is one hour."""
    at = now()
    hours = {zone: at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for zone in mass.zones}
    zones = sorted(hours, key=lambda zone: hours[zone])
    return (zones[0], zones[-1]) if zones and hours[zones[0]] != hours[zones[-1]] else None


def why(code: str) -> str:
    """Return in words why a contact gets no mail."""
    return str(WHY[code]) if code in WHY else reason_code(code)
