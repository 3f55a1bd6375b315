"""That the look at public templates finds a row wherever it stands; every other test makes that look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from flask import render_template_string, request
from wtforms import Form

from consulta.platform.models import Organisation
from tests.values_only import RowShownError, is_public, row_in

if TYPE_CHECKING:
    from flask import Flask


@dataclass(frozen=True)
class Shown:
    """A value of a page."""

    name: str
    inner: Any


def test_a_row_is_found_in_values_lists_mappings_and_forms() -> None:
    row = Organisation(name="Red")
    form: Any = Form()
    form.shown = row
    for value in (row, [row], {"a": (row,)}, Shown("x", [Shown("y", row)]), form):
        assert row_in(value, "view") is not None
    assert row_in(Shown("x", [{"a": Shown("y", "z")}]), "view") is None
    assert row_in(Shown("x", [Shown("y", row)]), "view") == "view.inner[].inner (Organisation)"


def test_a_public_page_that_is_given_a_row_fails(app: Flask) -> None:
    with app.test_request_context("/es/members"):
        app.preprocess_request()
        assert is_public(), request.endpoint
        with pytest.raises(RowShownError, match="one"):
            render_template_string("{{ one }}", one=Organisation(name="Red"))
        assert render_template_string("{{ one }}", one=Shown("x", "y"))
    with app.test_request_context("/es/secretariat/"):
        app.preprocess_request()
        assert not is_public(), request.endpoint
        render_template_string("{{ one.name }}", one=Organisation(name="Red"))
