"""A theme as a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from consulta.core.bundle import LocalText
from consulta.data import catalogue
from consulta.services.themes import ThemeCommand
from consulta.web.fields import Boxes, Form
from consulta.web.language import current

if TYPE_CHECKING:
    from consulta.services.views import ThemeLine


class ThemeForm(Form):
    """Texts in both languages, and the objectives that the theme serves."""

    places: ClassVar[dict[str, str]] = {
        "theme.choose": "objectives",
        "theme.duplicate": "key",
        "theme.key": "key",
        "theme.title": "title_es",
    }

    title_es = StringField(_l("Title in Spanish"), [InputRequired(), Length(max=200)])
    title_en = StringField(_l("Title in English"), [Optional(), Length(max=200)])
    description_es = TextAreaField(_l("Description in Spanish"), [Optional(), Length(max=1000)])
    description_en = TextAreaField(_l("Description in English"), [Optional(), Length(max=1000)])
    objectives = Boxes(_l("Objectives of the Global Compact"), coerce=int)
    key = StringField(_l("Key"), [Optional(), Length(max=40)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = current()
        self.objectives.choices = {
            str(each.number): f"{each.number}. {each.short[language]}" for each in catalogue.objectives()
        }

    def groups(self) -> list[tuple[str, list[Any]]]:
        """The boxes of the objectives, group by group, under the groups' names."""
        boxes = {int(box.data): box for box in self.objectives}
        return [
            (group.name[current()], [boxes[each.number] for each in group.objectives])
            for group in catalogue.objective_groups()
        ]

    def to_command(self) -> ThemeCommand:
        """What the form says."""
        return ThemeCommand(
            title=LocalText(self.title_es.data or "", self.title_en.data or ""),
            description=LocalText(self.description_es.data or "", self.description_en.data or ""),
            objectives=tuple(self.objectives.data or ()),
            key=(self.key.data or "").strip(),
        )


def filled(theme: ThemeLine) -> dict[str, Any]:
    """What the form of an existing theme holds."""
    return {
        "title_es": theme.title.es,
        "title_en": theme.title.en,
        "description_es": theme.description.es,
        "description_en": theme.description.en,
        "objectives": list(theme.objectives),
        "key": theme.key,
    }
