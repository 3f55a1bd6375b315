"""A theme as a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import Length, Optional

from consulta.platform.data import catalogue
from consulta.platform.web.fields import Boxes, Form, InEachLanguage, beside
from consulta.platform.web.language import current
from consulta.rounds.themes import ThemeCommand

if TYPE_CHECKING:
    from consulta.rounds.values import ThemeLine


class ThemeForm(Form):
    """Its texts, and the objectives that the theme serves."""

    places = beside("theme.key", "theme.title", objectives="theme.choose", key="theme.duplicate")

    title = InEachLanguage(_l("Title"), 200, required=True)
    description = InEachLanguage(_l("Description"), 1000, area=True)
    objectives = Boxes(_l("Objectives of the Global Compact"), coerce=int)
    key = StringField(_l("Key"), [Optional(), Length(max=40)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = current()
        self.objectives.choices = {
            str(each.number): f"{each.number}. {each.short.best(language)}" for each in catalogue.objectives()
        }

    def groups(self) -> list[tuple[str, list[Any]]]:
        """Return the checkboxes of the objectives, group by group, with the names of the groups."""
        boxes = {int(box.data): box for box in self.objectives}
        return [
            (group.name.best(current()), [boxes[each.number] for each in group.objectives])
            for group in catalogue.objective_groups()
        ]

    def to_command(self) -> ThemeCommand:
        """Return the form as a command."""
        return ThemeCommand(
            title=self.words_of("title"),
            description=self.words_of("description"),
            objectives=tuple(self.objectives.data or ()),
            key=(self.key.data or "").strip(),
        )


def filled(theme: ThemeLine) -> dict[str, Any]:
    """Return the form data of an existing theme."""
    return {
        "title": theme.title,
        "description": theme.description,
        "objectives": list(theme.objectives),
        "key": theme.key,
    }
