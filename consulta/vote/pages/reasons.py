"""Reasons as a form: a text and a consent for each theme that was placed, named by the key of the theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from wtforms import BooleanField, HiddenField, SelectField, TextAreaField
from wtforms.validators import InputRequired

from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.desk import Page, blueprint
from consulta.platform.web.fields import Form
from consulta.platform.web.language import local, say
from consulta.platform.web.request import read
from consulta.vote import reasons
from consulta.vote.pages import entered
from consulta.vote.pages.forms import as_number
from consulta.vote.reasons import TEXT_MAX, Written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from werkzeug.wrappers import Response

    from consulta.vote.reasons import Fault, OwnReasons, PlacedTheme

BELONGS_TO = "reasons"


TEXT, CONSENT, SURE = "text-", "consent-", "sure-"
WORDS = {
    "read": _l("Only the secretariat reads it"),
    "unnamed": _l("It may be quoted without a name"),
    "named": _l("It may be quoted with the name of the organisation"),
}


class ReasonsForm(Form):
    """What goes with the texts: the vote that they are for, and what was stored when the page was drawn."""

    themes: tuple[PlacedTheme, ...] = ()
    version = HiddenField()
    seen = HiddenField()

    def rows(self) -> Iterator[tuple[PlacedTheme, Any, Any, Any]]:
        """Yield each theme with its fields: text, consent, and the box that what was found is to stay."""
        for theme in self.themes:
            yield theme, self[TEXT + theme.key], self[CONSENT + theme.key], self[SURE + theme.key]

    def written(self) -> list[Written]:
        """Return the reasons in the form."""
        return [
            Written(theme.key, text.data or "", consent.data or "read", sure=bool(sure.data))
            for theme, text, consent, sure in self.rows()
        ]

    def show(self, faults: Iterable[Fault]) -> bool:
        """Show faults beside their texts, and return whether there is any."""
        found = list(faults)
        for fault in found:
            text = self[TEXT + fault.theme]
            text.errors = [*text.errors, say(fault.problem)]
            if fault.can_stay:
                self[SURE + fault.theme].flags.asked = True
        return bool(found)

    def asks(self, theme: PlacedTheme) -> bool:
        """Return whether the box that a text stays as it is belongs on the page."""
        return bool(self[SURE + theme.key].flags.asked or self[SURE + theme.key].data)

    @property
    def of_version(self) -> int:
        """Return the version of the vote that the page was drawn for; 0 where it says none."""
        return as_number(self.version.data or "")


def reasons_form(view: OwnReasons, kind: type[ReasonsForm] = ReasonsForm) -> ReasonsForm:
    """Return the form of the themes that were placed, filled with what is stored."""
    fields: dict[str, Any] = {"themes": view.themes}
    data: dict[str, Any] = {"version": str(view.version), "seen": view.seen}
    for theme in view.themes:
        fields[TEXT + theme.key] = TextAreaField(local(theme.title))
        fields[CONSENT + theme.key] = SelectField(_l("Who may read or quote it"))
        fields[SURE + theme.key] = BooleanField(_l("It must stay as I wrote it"))
        data |= {TEXT + theme.key: theme.text, CONSENT + theme.key: theme.consent}
    made: ReasonsForm = type("OfThemes", (kind,), fields)(data=data)
    for theme in view.themes:
        made[CONSENT + theme.key].choices = list(WORDS.items())
    return made


def sent_texts(form: Mapping[str, str], but: Iterable[PlacedTheme] = ()) -> list[str]:
    """Return the texts of a form that was sent, except those for the themes in `but`."""
    known = {TEXT + theme.key for theme in but}
    return [
        text.strip()
        for name, text in form.items()
        if name.startswith(TEXT) and name not in known and text.strip()
    ]


class AssistedReasonsForm(ReasonsForm):
    """The same by telephone or from paper, with the box that the texts were read back."""

    confirm = BooleanField(
        _l("I have read each text back, and asked who may read or quote it"),
        [InputRequired(_l("Tick this box to record the reasons."))],
    )


@blueprint.route(
    "/rounds/<key>/seats/<seat_key>/assisted/reasons", methods=["GET", "POST"], may="ballot.assist"
)
def assisted_reasons(key: str, seat_key: str) -> Response | Page:
    """Show a text for each theme of the vote that was just entered, and store them.

    The themes are those of the vote as this person entered it; later, and to others, none is shown.
    """
    version = as_number(request.args.get("version", ""))
    themes = entered.placed(key, seat_key, version) or ()
    view = read(reasons.for_assisted, key, seat_key, version, themes)
    form = reasons_form(view, AssistedReasonsForm) if themes and view.takes else None
    lost = sent_texts(request.form, view.themes if form is not None else ())
    if form is not None and form.validate_on_submit() and not form.show(reasons.faults(form.written())):
        written = form.written()
        if form.does(lambda work: reasons.keep_assisted(work, key, seat_key, version, written)):
            flash(_("The reasons are recorded. The organisation can read and change them by its link."))
            there = url_for("secretariat.assisted_receipt", key=key, seat_key=seat_key, version=version)
            return redirect(there, 303)
    page = render_template(
        "reasons/assisted.html", view=view, form=form, lost=lost, most=TEXT_MAX, example=view.example
    )
    if form is None:
        return page, 409 if lost else 200
    return page, form.status if request.method == "POST" else 200
