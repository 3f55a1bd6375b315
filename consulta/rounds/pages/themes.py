"""The themes of a round: listed, written, moved, taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from flask import redirect, request, url_for
from wtforms import StringField
from wtforms.validators import Length, Optional

from consulta.core.problems import Problem
from consulta.platform.data import catalogue
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Boxes, Form, InEachLanguage, beside
from consulta.platform.web.language import current, local
from consulta.platform.web.request import read, write
from consulta.rounds import themes as services
from consulta.rounds.pages.proposers import proposers
from consulta.rounds.themes import ThemeCommand

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.rounds.values import ThemeLine, ThemesView


@blueprint.get("/rounds/<key>/themes", may="rounds.read")
def themes(key: str) -> Page:
    """Show the themes of a round in their order."""
    view = read(services.list_themes, key)
    short = {each.number: each.short[current()] for each in catalogue.objectives()}
    return page(
        "rounds/themes.html",
        view.round,
        view=view,
        short=short,
        proposed=catalogue.demo_themes(),
        proposers=proposers(view.themes),
    )


@blueprint.route("/rounds/<key>/new-theme", methods=["GET", "POST"], may="rounds.write")
def create_theme(key: str) -> Response | Page:
    """Create a theme of a round."""
    form = ThemeForm()
    if form.does(lambda work: services.save_theme(work, key, form.to_command())):
        said = _("The theme “%(title)s” is added.", title=local(form.words_of("title")))
        return done(said, "themes", key=key)
    line = _editable(key).round
    return page("rounds/theme_form.html", line, form, theme=None)


@blueprint.route("/rounds/<key>/themes/<theme_key>", methods=["GET", "POST"], may="rounds.write")
def edit_theme(key: str, theme_key: str) -> Response | Page:
    """Show and save the form of a theme."""
    view = read(services.list_themes, key)
    theme = _of(view, theme_key)
    form = ThemeForm(data=filled(theme))
    if form.does(lambda work: services.save_theme(work, key, form.to_command(), theme_key)):
        return done(_("Saved."), "themes", key=key)
    _require_draft(view)
    return page("rounds/theme_form.html", view.round, form, theme=theme)


@blueprint.post("/rounds/<key>/themes/<theme_key>/move", may="rounds.write")
def move_theme(key: str, theme_key: str) -> Response:
    """Move a theme one place up or down."""
    step: Literal[-1, 1] = -1 if request.form.get("step") == "up" else 1
    write(services.move_theme, key, theme_key, step)
    return redirect(url_for("secretariat.themes", key=key, _anchor=f"theme-{theme_key}"), 303)


@blueprint.route("/rounds/<key>/themes/<theme_key>/delete", methods=["GET", "POST"], may="rounds.write")
def delete_theme(key: str, theme_key: str) -> Response | Page:
    """Take a theme out, after saying what that means."""
    form = Form()
    if form.does(lambda work: services.delete_theme(work, key, theme_key)):
        return done(_("The theme has been removed."), "themes", key=key)
    view = _editable(key)
    return page("rounds/theme_delete.html", view.round, form, theme=_of(view, theme_key))


@blueprint.post("/rounds/<key>/proposed-themes", may="rounds.write")
def add_proposed_themes(key: str) -> Response:
    """Add the fourteen proposed themes to a draft."""
    count = write(services.add_proposed_themes, key)
    said = _("%(count)s themes were added. Change them as you need.", count=count)
    return done(said, "themes", key=key)


def _editable(key: str) -> ThemesView:
    view = read(services.list_themes, key)
    _require_draft(view)
    return view


def _require_draft(view: ThemesView) -> None:
    if view.round.state != "draft":
        raise Problem("round.frozen", key=view.round.key)


def _of(view: ThemesView, theme_key: str) -> ThemeLine:
    for theme in view.themes:
        if theme.key == theme_key:
            return theme
    raise Problem("theme.unknown", key=theme_key)


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
