"""The page on which an administrator chooses which parts of the program are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from flask import render_template

from consulta.platform import parts as parts_acts
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.desk import Page, blueprint, done
from consulta.platform.web.fields import Boxes, Form
from consulta.platform.web.request import read

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


class PartsForm(Form):
    """Which parts are used: a box each."""

    places: ClassVar[dict[str, str]] = {"parts.running": "used"}

    used = Boxes(_l("Parts in use"))


@blueprint.route("/parts", methods=["GET", "POST"], may="parts.write")
def parts() -> Response | Page:
    """Show each part in a sentence, with what goes on in it, and save which are used."""
    choices = read(parts_acts.choices)
    form = PartsForm(data={"used": [each.part.name for each in choices if each.used]})
    form.used.choices = [(each.part.name, _(each.part.label)) for each in choices]
    if form.does(lambda work: parts_acts.choose(work, form.used.data or ())):
        return done(_("The choice is saved. Nothing was deleted."), "parts")
    return render_template(
        "parts/parts.html",
        form=form,
        choices=choices,
        stages=parts_acts.STAGES,
        used=sum(each.used for each in choices),
    ), form.status
