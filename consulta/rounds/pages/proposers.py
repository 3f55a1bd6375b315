"""From whom the themes of a round come, in words: members, told in numbers, or the secretariat itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import ngettext

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.rounds.values import ThemeLine


def proposers(themes: Sequence[ThemeLine]) -> Mapping[str, str]:
    """Return from whom each theme comes, by its key; empty where members proposed none of them."""
    if not any(theme.backing for theme in themes):
        return {}
    return {theme.key: _said(theme.backing) for theme in themes}


def _said(backing: Mapping[str, int]) -> str:
    if not backing:
        return str(_("Proposed by the secretariat"))
    if "fewer" in backing:
        return str(_("From fewer than %(least)s organisations", least=backing["fewer"]))
    if backing["subregions"] == 1:
        alone: str = ngettext(
            "From %(num)s organisation",
            "From %(num)s organisations of one subregion",
            backing["organisations"],
        )
        return alone
    several: str = ngettext(
        "From %(num)s organisation in %(subregions)s subregions",
        "From %(num)s organisations in %(subregions)s subregions",
        backing["organisations"],
        subregions=backing["subregions"],
    )
    return several
