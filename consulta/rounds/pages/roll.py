"""The roll of a round: who can vote, as a page and as the file whose fingerprint is in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, render_template
from flask_babel import gettext as _

from consulta.infra.alphabet import spanish
from consulta.infra.labels import name_of
from consulta.rounds import roll_page
from consulta.web import dimension_words
from consulta.web.downloads import csv_file
from consulta.web.language import local, number
from consulta.web.public import blueprint
from consulta.web.request import house, reading

if TYPE_CHECKING:
    from collections.abc import Iterable


@blueprint.get("/rounds/<key>/roll")
def roll(key: str) -> str:
    """Show the roll of a round: its organisations, or only how many there are of each kind."""
    with reading() as work:
        view = roll_page.page(work, key, house().settings.small_cell)
    shown = ["country", *(each for each, _lines in view.numbers if each != "subregion")]
    return render_template(
        "rounds/roll.html",
        view=view,
        example=view.card.example,
        command=f"sha256sum {view.file_name}",
        rows=[
            [
                member.name,
                *(local(name_of(each, member.categories.get(each, ""))) for each in shown),
                number(member.base),
            ]
            for member in sorted(
                view.members or (),
                key=lambda one: (
                    spanish(local(name_of("country", one.categories["country"]))),
                    spanish(one.name),
                ),
            )
        ],
        headings=[_("Organisation"), *map(dimension_words.name, shown), _("Base")],
        numbers=[
            (dimension_words.by(each), dimension_words.name(each), _told(each, lines))
            for each, lines in view.numbers
        ],
    )


@blueprint.get("/rounds/<key>/roll.csv")
def roll_file(key: str) -> Response:
    """Return the roll of a round as a CSV file."""
    with reading() as work:
        name, content = roll_page.download(work, key)
    return csv_file(name, content)


def _told(dimension: str, lines: Iterable[tuple[str, int]]) -> list[list[str]]:
    """Return table rows (name of the category, number of organisations).

    Categories that are counted together are one row, "Others, together".
    """
    return [
        [local(name_of(dimension, category)) if category else _("Others, together"), number(count)]
        for category, count in lines
    ]
