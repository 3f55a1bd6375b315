"""Reasons as a form: a text and a consent for each theme that was placed, named by the key of the theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, TextAreaField

from consulta.platform.web.fields import Form
from consulta.platform.web.language import local, say
from consulta.vote.forms.entries import as_number
from consulta.vote.reasons.values import Written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from consulta.vote.reasons.values import Fault, OwnReasons, PlacedTheme

TEXT, CONSENT, SURE = "text-", "consent-", "sure-"
WORDS = {
    "read": _l("Only the secretariat reads it"),
    "unnamed": _l("It may be quoted, without a name"),
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
