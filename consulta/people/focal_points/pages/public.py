"""The public list of focal points, by State and by territory of reception."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template

from consulta.people.focal_points import service
from consulta.platform.web.language import alphabetical, local
from consulta.platform.web.public import blueprint
from consulta.platform.web.request import house, read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consulta.people.focal_points.values import PublicFocal


@blueprint.get("/focal-points", may="published.read")
def focal_points() -> str:
    """Show the focal points in term; organisations only where the names of members are public."""
    found = read(service.public_list)
    return render_template(
        "focal_points/public.html",
        states=_sorted(each for each in found if each.is_state),
        places=_sorted(each for each in found if not each.is_state),
        listed=house().settings.roll == "public",
        example=any(each.example for each in found),
    )


def _sorted(found: Iterable[PublicFocal]) -> list[PublicFocal]:
    return sorted(found, key=lambda each: alphabetical(local(each.territory)))
