"""The lists of the panel as files: workbooks, text, and the two layouts that Indico imports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask import Response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField
from wtforms.validators import InputRequired

from consulta.panel import guest_lists as guest_lists_acts
from consulta.panel.guest_lists import FOR_OTHERS, OWN, USUAL, ListCommand, sensitive
from consulta.panel.pages.pictures import state_name
from consulta.platform.data import attributes
from consulta.platform.formats.delimited import write_plain
from consulta.platform.formats.workbook import Sheet
from consulta.platform.web import dimension_words, files
from consulta.platform.web.desk import blueprint
from consulta.platform.web.fields import Boxes, Form
from consulta.platform.web.language import example_mark, language_name, local, tongue
from consulta.platform.web.request import read, write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from consulta.core.texts import Text
    from consulta.panel.guest_lists import Guest, GuestList


LABELS = {
    "name": _l("Name"),
    "organisation": _l("Institution"),
    "role": _l("Role"),
    "country": _l("Country"),
    "subregion": _l("Subregion"),
    "sector": _l("Sector"),
    "language": _l("Language"),
    "email": _l("E-mail"),
    "state": _l("Answer"),
    "topic": _l("Topic"),
    "gender": _l("Gender"),
}
ANSWERS = {
    "all": _l("the whole panel"),
    "accepted": _l("who has accepted"),
    "waiting": _l("who has not answered"),
    "reserves": _l("who is asked to hold the date"),
}
"""Of whom a list is; those asked to hold the date are on the secretariat's own list alone."""
TITLES = {
    "own": _l("Invitation list"),
    "participants": _l("List of the panel for those who take part"),
    "governments": _l("List of the panel for governments"),
}
INDICO = ("indico_invitations", "indico_registrations")


class ListForm(Form):
    """The secretariat's own list: of whom, with which columns."""

    places: ClassVar[dict[str, str]] = {"list.columns": "columns"}

    purpose = HiddenField(default="own")
    answer = RadioField(_l("Of whom"), [InputRequired()], default="all")
    columns = Boxes(_l("Columns"), default=list(USUAL))
    gender = BooleanField(_l("Gender too, as the people said it"))

    more = Boxes(_l("What else people said of themselves"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.more.choices = [(key, _label(key)) for key in sensitive() if key != attributes.GENDER]
        self.answer.choices = [(key, str(label)) for key, label in ANSWERS.items()]
        self.columns.choices = [(key, str(LABELS[key])) for key in OWN]

    def to_command(self, kind: str) -> ListCommand:
        """Return the list that the form asks for.

        A request that names only a kind of file gets the usual list of the whole panel.
        """
        purpose = self.purpose.data or "own"
        if purpose != "own":
            return ListCommand(purpose, self.answer.data or "all", FOR_OTHERS)
        if "purpose" not in request.form:
            return ListCommand(mailable=kind in INDICO)
        chosen = (*(self.columns.data or ()), *(self.more.data or ()))
        if self.gender.data:
            chosen += (attributes.GENDER,)
        if kind in INDICO:  # its columns are its own
            chosen = ("name", "organisation", "role", "email")
        return ListCommand("own", self.answer.data or "", chosen, mailable=kind in INDICO)


@blueprint.get("/rounds/<key>/invitations/lists", may="invitations.read")
def guest_lists(key: str) -> str:
    """Show which lists of the panel can be downloaded, and who would not be on them."""
    return _page(key, ListForm(formdata=None))


@blueprint.post("/rounds/<key>/invitations", may="invitations.export", password=True)
def invitations_file(key: str) -> Response | tuple[str, int]:
    """Return a list of the panel: a workbook, CSV, or one of the two layouts that Indico imports."""
    form = ListForm()
    kind = request.form.get("kind", "xlsx")
    usual = "purpose" not in request.form
    if (usual or form.validate()) and form.accepts(
        lambda: write(guest_lists_acts.guest_list, key, form.to_command(kind))
    ):
        return _file(form.outcome, kind)
    return _page(key, form), form.status


def _page(key: str, form: ListForm) -> str:
    view = read(guest_lists_acts.lists_page, key)
    return render_template(
        "invitations/lists.html", view=view, key=key, form=form, answers=ANSWERS, example=view.example
    )


def _file(guests: GuestList, kind: str) -> Response:
    if kind in INDICO:
        name = f"{guests.round_key}-{kind.replace('_', '-')}-{guests.made_at:%Y%m%dT%H%MZ}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        rows = [_for_indico(guest, kind) for guest in guests.guests]
        return Response(write_plain(rows), mimetype="text/csv", headers=headers)
    return files.as_file(export(guests), files.kind_of(kind))


def _for_indico(guest: Guest, kind: str) -> tuple[str, ...]:
    """Return a row in a layout that Indico imports.

    A name is split after its first word, since no rule says where the family name begins.
    """
    first, _space, last = (guest.name if guest.is_person else guest.delegate).partition(" ")
    who = (first, last or first, guest.organisation)
    return (*who, guest.email) if kind == "indico_invitations" else (*who, local(guest.role), "", guest.email)


def export(guests: GuestList) -> files.Export:
    """Return the list as a table to download, named after its round and the version of the panel."""
    command = guests.command
    facts = [
        (_("Round"), f"{guests.round_key}, {local(guests.title)}"),
        (_("Panel"), _("version %(version)s", version=guests.panel_version)),
        (_("Of whom"), str(ANSWERS[command.answer])),
        (_("People left out"), _left_out(guests)),
        (_("Made by"), guests.made_by),
    ]
    if guests.example:
        facts.append((example_mark(), _("The organisations, people and results shown here are invented.")))
    name = "invitations" if command.purpose == "own" else command.purpose
    topic = "; ".join(local(title) for title in guests.topics)
    return files.Export(
        stem=f"{guests.round_key}-panel-{guests.panel_version}-{tongue().files[name]}",
        title=str(TITLES[command.purpose]),
        sheet=Sheet(
            _("Invitations") if command.purpose == "own" else _("Panel"),
            tuple(map(_label, command.columns)),
            tuple(
                tuple(_cell(guests, number, topic, column) for column in command.columns)
                for number in range(len(guests.guests))
            ),
        ),
        made_at=guests.made_at,
        facts=tuple(facts),
    )


def _left_out(guests: GuestList) -> str:
    if not guests.left_out:
        return _("no one")
    reason = {
        "participants": _("did not agree to be on lists that go to those who take part"),
        "governments": _("did not agree to be named to governments"),
    }[guests.command.purpose]
    return f"{guests.left_out}: {reason}"


_TEXTS: Mapping[str, Callable[[Guest], Text]] = {
    "role": lambda guest: guest.role,
    "country": lambda guest: guest.country,
    "subregion": lambda guest: guest.subregion,
    "sector": lambda guest: guest.sector,
}


def _label(column: str) -> str:
    """Return the heading of a column of a list."""
    if column in LABELS:
        return str(LABELS[column])
    return dimension_words.own(column.removeprefix(attributes.PREFIX))


def _cell(guests: GuestList, number: int, topic: str, column: str) -> str:
    guest = guests.guests[number]
    if column in guests.personal:
        answer = guests.personal[column][number]
        return local(answer) if answer else ""
    if column in _TEXTS:
        return local(_TEXTS[column](guest))
    plain = {
        "name": guest.name,
        "organisation": guest.organisation,
        "language": language_name(guest.language),
        "email": guest.email,
        "state": state_name(guest.state),
        "topic": topic,
    }
    return plain[column]
