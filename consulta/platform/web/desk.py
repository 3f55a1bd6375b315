"""What the desk's pages share: their blueprint, and how a page about a round and the way back are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, url_for

from consulta.platform.web.pages import Pages

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.platform.web.fields import Form

Page = tuple[str, int]
blueprint = Pages("secretariat", __name__, under="/secretariat")


def page(template: str, line: Any, form: Form | None = None, **shown: Any) -> Page:
    """Return a page about a round, of which `line` is the line or card; 422 where its form has errors."""
    text = render_template(template, line=line, form=form, example=line.example, **shown)
    return text, 200 if form is None else form.status


def done(said: str, endpoint: str, **values: Any) -> Response:
    """Return the way to a page of the desk that shows what was done."""
    flash(said)
    return redirect(url_for(f"secretariat.{endpoint}", **values), 303)
