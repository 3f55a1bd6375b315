"""Presets of panel rules: the list of all, and those that the secretariat saved renamed or deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from flask import render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from consulta.core.problems import or_problem
from consulta.panel import presets as panel_presets
from consulta.platform.web.desk import blueprint, done
from consulta.platform.web.fields import Form, InEachLanguage
from consulta.platform.web.request import read, reading, write

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from consulta.panel.presets import PresetView


class NameForm(Form):
    """The name of a preset that the secretariat saved."""

    places: ClassVar[dict[str, str]] = {"preset.title": "title", "preset.duplicate": "title"}
    title = InEachLanguage(_l("Name"), panel_presets.TITLE_MAX, required=True)


@blueprint.get("/panel-rules", may="panel.read")
def presets() -> str:
    """Show all presets of panel rules."""
    every = read(panel_presets.every)
    return render_template("panel/presets.html", presets=every)


@blueprint.route("/panel-rules/<int:number>", methods=["GET", "POST"], may="presets.write")
def rename_preset(number: int) -> BaseResponse | tuple[str, int]:
    """Change the name of a preset that the secretariat saved."""
    with reading() as work:
        one = _own(panel_presets.every(work), number)
    form = NameForm(data={"title": one.title})
    if form.does(lambda work: panel_presets.rename(work, number, form.words_of("title"))):
        return done(_("The rules have their new name."), "presets")
    return render_template("panel/preset.html", one=one, form=form), form.status


@blueprint.post("/panel-rules/<int:number>/delete", may="presets.write")
def delete_preset(number: int) -> BaseResponse:
    """Delete a preset that the secretariat saved."""
    write(panel_presets.delete, number)
    return done(_("The rules are deleted. Rounds and panels that used them keep theirs."), "presets")


def _own(every: tuple[PresetView, ...], number: int) -> PresetView:
    return or_problem(next((each for each in every if each.number == number), None), "preset.unknown")
