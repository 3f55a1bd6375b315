"""Nominees of an earlier round, chosen one by one for a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request
from flask_babel import ngettext

from consulta.panel.nominees import copying as services
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Form
from consulta.platform.web.request import read

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


@blueprint.route("/rounds/<key>/copy-nominees", methods=["GET", "POST"], may="nominees.write")
def copy_nominees(key: str) -> Response | Page:
    """Show the nominees of an earlier round, `source` in the query, and copy those ticked, or all of them."""
    form, source = Form(), request.args.get("source", "")
    chosen = request.form.getlist("nominee")
    keys = None if "all" in request.form else chosen
    if form.does(lambda work: services.take_over(work, key, source, keys)):
        said = ngettext("%(num)s nominee was copied.", "%(num)s nominees were copied.", form.outcome)
        return done(said, "rules", key=key)
    view = read(services.earlier, key, source)
    return page("nominees/copy.html", view.round, form, view=view, chosen=chosen)
