"""What the desk says before an act that writes to many: how many, in which languages, with a sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect

from consulta.letters import mass_mail as services
from consulta.letters.pages import words
from consulta.rounds import service as rounds
from consulta.web.desk import Page, page
from consulta.web.fields import Form
from consulta.web.language import current
from consulta.web.request import reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

    from consulta.infra.work import Work
    from consulta.letters.mass_mail import Act, MassMail


def foreseen(work: Work, key: str, act: str | Act, *, alone: int | None = None) -> MassMail:
    """Return whom `act` would write to now, with a sample in the reader's language."""
    return services.foresee(work, key, act, words.post(), current(), alone=alone)


def page_before(
    key: str, act: str | Act, title: str, back: tuple[str, str], write: Callable[[], str]
) -> Response | Page:
    """Show a page for an act that only sends mail, and run it after confirmation.

    `write` runs the act and returns the text that says what it did. `back` is the address and name of
    the page before.
    """
    form = Form()
    said: list[str] = []
    if form.validate_on_submit() and form.accepts(lambda: said.append(write())):
        flash(said[0])
        return redirect(back[0], 303)
    with reading() as work:
        line = rounds.round_line(work, key)
        mass = foreseen(work, key, act)
    return page("letters/mass_mail.html", line, form, mass=mass, title=title, back=back, way=words.way())
