"""Writing to organisations chosen in the members' list, through the page of all mass mails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from consulta.core.problems import Problem
from consulta.people.members import writing as services
from consulta.platform.web.desk import Page, blueprint, done
from consulta.platform.web.fields import Form, InEachLanguage
from consulta.rounds.letters.pages.mass_mail import shown

if TYPE_CHECKING:
    from typing import ClassVar

    from werkzeug.wrappers import Response

DIGITS = 9


class WriteForm(Form):
    """A subject and a text, in each language."""

    places: ClassVar[dict[str, str]] = {"circular.subject": "subject", "circular.text": "text"}

    subject = InEachLanguage(_l("Subject"), services.SUBJECT_MAX, required=True)
    text = InEachLanguage(_l("Text"), services.TEXT_MAX, area=True, required=True)

    def words(self) -> services.Words:
        """Return what is entered."""
        subject, text = (
            {code: field.data or "" for code, field in self.in_each_language(name)}
            for name in ("subject", "text")
        )
        return services.Words(subject, text)


@blueprint.route("/rounds/<key>/write", methods=["GET", "POST"], may="mail.write")
def write_members(key: str) -> Response | Page:
    """Write to chosen organisations, after showing to whom and what they would read.

    The button that only looks shows the mail with the words that are entered, and sends nothing.
    """
    ids = chosen()
    form = WriteForm()
    looks = "look" in request.form
    if not looks and form.does(lambda work: services.write(work, key, ids, form.words())):
        said = ngettext("%(num)s message is on its way.", "%(num)s messages are on their way.", form.outcome)
        return done(said, "mail", key=key, kind="circular")
    if looks:
        form.validate()
    entered = form.words() if form.is_submitted() else None
    act = services.readers(ids, entered)
    back = url_for("secretariat.members"), _("Members")
    title = _("Write to the chosen organisations")
    # What is typed stays on the page, also where those who would get it have it already.
    kept = {"ready": True} if form.is_submitted() else {}
    return shown("members/write.html", key, form, act, title, back, **kept)


def chosen() -> tuple[int, ...]:
    """Return the organisations in the address. Problems: `members.bulk_none`, `circular.many`."""
    parts = request.args.get("only", "").split(".")
    ids = tuple(dict.fromkeys(int(part) for part in parts if part.isdecimal() and len(part) <= DIGITS))
    if not ids:
        raise Problem("members.bulk_none")
    if len(ids) > services.MOST:
        raise Problem("circular.many", most=services.MOST)
    return ids
