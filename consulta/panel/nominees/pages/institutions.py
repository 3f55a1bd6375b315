"""The institution of a named government, invited: one page that shows exactly what is sent, and sends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import EmailField, RadioField, StringField
from wtforms.validators import InputRequired, Length

from consulta.panel.nominees import institutions
from consulta.panel.nominees.values import Institution
from consulta.panel.pages.desk import institution_name
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Form, beside
from consulta.platform.web.language import language_choices
from consulta.platform.web.request import house, read, reading
from consulta.rounds import service as rounds
from consulta.rounds.letters.pages import words

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.platform.work import Work


class InstitutionForm(Form):
    """To whom the mail goes."""

    places = beside("invite.name", "invite.email", name="nominee.twin")
    name = StringField(_l("Institution"), [InputRequired(), Length(max=institutions.NAME_MAX)])
    contact = StringField(_l("Who is addressed"), [Length(max=institutions.NAME_MAX)])
    email = EmailField(_l("E-mail of the institution"), [InputRequired(), Length(max=254)])
    language = RadioField(_l("Language to write in"), [InputRequired()])

    def to_institution(self) -> Institution:
        """Return the form as a value."""
        return Institution(
            self.name.data or "", self.contact.data or "", self.email.data or "", self.language.data or ""
        )


@blueprint.route("/rounds/<key>/panel/institution", methods=["GET", "POST"], may="nominees.write")
def invite_institution(key: str) -> Response | Page:
    """Show the mail to the institution of a government that organisations named, and send it."""
    kind, code, name = (request.args.get(part, "") for part in ("kind", "code", "name"))
    least = house().settings.small_cell
    with reading() as work:
        named = institutions.find(work, key, kind, code, name, least)
        usual = institutions.suggested(work, key, named, institution_name(named))
        line = rounds.round_line(work, key)
    form = InstitutionForm(
        proposed={part: getattr(usual, part) for part in ("name", "contact", "email", "language")}
    )
    form.language.choices = language_choices()
    looks = "look" in request.form

    def send(work: Work) -> str:
        return institutions.invite(work, key, named, form.to_institution(), least)

    if looks:
        form.validate()
    elif form.does(send):
        said = _("The mail to %(name)s is on its way, and the institution is a nominee.", name=form.name.data)
        return done(said, "panel_candidates", key=key)
    shown = read(institutions.preview, key, form.to_institution(), words.post())
    return page("nominees/institution.html", line, form, named=named, shown=shown, way=words.way())
