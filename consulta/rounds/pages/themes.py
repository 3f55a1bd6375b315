"""The themes of a round: listed, written, moved, taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from consulta.core.problems import Problem
from consulta.data import catalogue
from consulta.rounds import themes as services
from consulta.rounds.forms.themes import ThemeForm, filled
from consulta.web.desk import blueprint
from consulta.web.fields import Form
from consulta.web.language import current, local
from consulta.web.request import reading, writing

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.rounds.themes import ThemeCommand
    from consulta.rounds.values import ThemeLine, ThemesView


@blueprint.get("/rounds/<key>/themes")
def themes(key: str) -> str:
    """Show the themes of a round in their order."""
    view = _view(key)
    short = {each.number: each.short[current()] for each in catalogue.objectives()}
    return render_template(
        "rounds/themes.html",
        view=view,
        line=view.round,
        short=short,
        proposed=catalogue.demo_themes(),
        example=view.round.example,
    )


@blueprint.route("/rounds/<key>/new-theme", methods=["GET", "POST"])
def create_theme(key: str) -> Response | tuple[str, int]:
    """Create a theme of a round."""
    form = ThemeForm()
    if form.validate_on_submit() and form.accepts(lambda: _save(key, form.to_command(), None)):
        flash(_("The theme “%(title)s” is added.", title=local(form.words_of("title"))))
        return redirect(url_for("secretariat.themes", key=key), 303)
    view = _editable(key)
    return _form(view, form, None), form.status


@blueprint.route("/rounds/<key>/themes/<theme_key>", methods=["GET", "POST"])
def edit_theme(key: str, theme_key: str) -> Response | tuple[str, int]:
    """Show and save the form of a theme."""
    view = _view(key)
    theme = _of(view, theme_key)
    form = ThemeForm(data=filled(theme))
    if form.validate_on_submit() and form.accepts(lambda: _save(key, form.to_command(), theme_key)):
        flash(_("Saved."))
        return redirect(url_for("secretariat.themes", key=key), 303)
    _require_draft(view)
    return _form(view, form, theme), form.status


@blueprint.post("/rounds/<key>/themes/<theme_key>/move")
def move_theme(key: str, theme_key: str) -> Response:
    """Move a theme one place up or down."""
    step: Literal[-1, 1] = -1 if request.form.get("step") == "up" else 1
    with writing() as work:
        services.move_theme(work, key, theme_key, step)
    return redirect(url_for("secretariat.themes", key=key, _anchor=f"theme-{theme_key}"), 303)


@blueprint.route("/rounds/<key>/themes/<theme_key>/delete", methods=["GET", "POST"])
def delete_theme(key: str, theme_key: str) -> Response | tuple[str, int]:
    """Take a theme out, after saying what that means."""
    form = Form()
    if form.validate_on_submit() and form.accepts(lambda: _delete(key, theme_key)):
        flash(_("The theme has been removed."))
        return redirect(url_for("secretariat.themes", key=key), 303)
    view = _editable(key)
    return render_template(
        "rounds/theme_delete.html",
        line=view.round,
        theme=_of(view, theme_key),
        form=form,
        example=view.round.example,
    ), form.status


@blueprint.post("/rounds/<key>/proposed-themes")
def add_proposed_themes(key: str) -> Response:
    """Add the fourteen proposed themes to a draft."""
    with writing() as work:
        count = services.add_proposed_themes(work, key)
    flash(_("%(count)s themes were added. Change them as you need.", count=count))
    return redirect(url_for("secretariat.themes", key=key), 303)


def _view(key: str) -> ThemesView:
    with reading() as work:
        return services.list_themes(work, key)


def _editable(key: str) -> ThemesView:
    view = _view(key)
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


def _form(view: ThemesView, form: ThemeForm, theme: ThemeLine | None) -> str:
    return render_template(
        "rounds/theme_form.html", form=form, line=view.round, theme=theme, example=view.round.example
    )


def _save(key: str, command: ThemeCommand, theme_key: str | None) -> None:
    with writing() as work:
        services.save_theme(work, key, command, theme_key)


def _delete(key: str, theme_key: str) -> None:
    with writing() as work:
        services.delete_theme(work, key, theme_key)
