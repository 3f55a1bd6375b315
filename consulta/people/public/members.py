"""The members of the Mechanism for any reader: by country, with the day since when each is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template

from consulta.people import members
from consulta.platform.labels import name_of
from consulta.platform.web.language import alphabetical, local
from consulta.platform.web.public import blueprint
from consulta.platform.web.request import house, read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consulta.people.members import PublicMember


@blueprint.get("/members", may="published.read")
def member_list() -> str:
    """Show the active members; only how many of each country where their names are protected."""
    found = read(members.public_list)
    named = house().settings.roll == "public"
    return render_template(
        "members/public.html",
        count=len(found),
        countries=_by_country(found),
        named=named,
        example=any(each.example for each in found),
    )


def _by_country(found: Iterable[PublicMember]) -> list[tuple[str, list[PublicMember]]]:
    """Return each country with its members, both in alphabetical order."""
    by: dict[str, list[PublicMember]] = {}
    for each in sorted(found, key=lambda one: alphabetical(one.name)):
        by.setdefault(local(name_of("country", each.country)), []).append(each)
    return sorted(by.items(), key=lambda pair: alphabetical(pair[0]))
