"""The members of the Mechanism for any reader: by country, with the day since when each is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request

from consulta.people import members
from consulta.platform.labels import name_of
from consulta.platform.web.language import alphabetical, local
from consulta.platform.web.public import blueprint
from consulta.platform.web.request import house, read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consulta.people.members import PublicMember

WHOLE = 500
"""How many members stand on one page; of more, each country has a page of its own."""


@blueprint.get("/members", may="published.read")
def member_list() -> str:
    """Show the active members; only how many of each country where their names are protected.

    Where they are many, those of the country in the address.
    """
    found = read(members.public_list)
    named = house().settings.roll == "public"
    return render_template(
        "members/public.html",
        count=len(found),
        countries=_by_country(found),
        whole=len(found) <= WHOLE,
        chosen=request.args.get("country", ""),
        named=named,
        example=any(each.example for each in found),
    )


def _by_country(found: Iterable[PublicMember]) -> list[tuple[str, str, list[PublicMember]]]:
    """Return code and name of each country with its members, both in alphabetical order."""
    by: dict[str, list[PublicMember]] = {}
    for each in sorted(found, key=lambda one: alphabetical(one.name)):
        by.setdefault(each.country, []).append(each)
    named = ((code, str(local(name_of("country", code))), members) for code, members in by.items())
    return sorted(named, key=lambda country: alphabetical(country[1]))
