"""The roll of a round: who can vote, as a page and as the file whose fingerprint is in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, render_template

from consulta.platform.labels import name_of
from consulta.platform.web import dimension_words
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.downloads import csv_file
from consulta.platform.web.language import alphabetical, local, number, tongue
from consulta.platform.web.public import blueprint
from consulta.platform.web.request import house, read
from consulta.rounds import roll as roll_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from consulta.rounds.values import Member


@blueprint.get("/rounds/<key>/roll", may="published.read")
def roll(key: str) -> str:
    """Show the roll of a round: its organisations, or only how many there are of each kind."""
    view = read(roll_page.page, key, house().settings.small_cell)
    shown = [each for each, _lines in view.numbers if each != "subregion"]
    return render_template(
        "rounds/roll.html",
        view=view,
        example=view.card.example,
        command=f"sha256sum {_file_name(key)}",
        countries=by_country(view.members or (), shown),
        told=[dimension_words.inside(each) for each in shown],
        plain=all(member.base == 1 for member in view.members or ()),
        numbers=[
            (dimension_words.by(each), dimension_words.name(each), _told(each, lines))
            for each, lines in view.numbers
        ],
    )


@blueprint.get("/rounds/<key>/roll.csv", may="published.read")
def roll_file(key: str) -> Response:
    """Return the roll of a round as a CSV file."""
    return csv_file(_file_name(key), read(roll_page.download, key))


def _file_name(key: str) -> str:
    return f"consulta-{key}-{tongue().files['roll']}.csv"


def by_country(
    members: Iterable[Member], shown: Sequence[str]
) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return each country (name in the page's language, code) with its organisations (name, what is shown).

    Countries and organisations are in alphabetical order. `shown`: the dimensions; a base value
    is told where it is not 1.
    """
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for member in sorted(members, key=lambda one: alphabetical(one.name)):
        told = [local(name_of(each, member.categories.get(each, ""))) for each in shown]
        if member.base != 1:
            told.append(_("base value %(base)s", base=number(member.base)))
        code = member.categories["country"]
        found.setdefault((local(name_of("country", code)), code), []).append((member.name, " · ".join(told)))
    return [
        (*country, lines)
        for country, lines in sorted(found.items(), key=lambda pair: alphabetical(pair[0][0]))
    ]


def _told(dimension: str, lines: Iterable[tuple[str, int]]) -> list[list[str]]:
    """Return table rows (name of the category, number of organisations).

    Categories that are counted together are one row, "Others, together".
    """
    return [
        [local(name_of(dimension, category)) if category else _("Others, combined"), number(count)]
        for category, count in lines
    ]
