"""What the archive of a round says of its published panel: no more than the public page says to everybody.

It decides what is taken from the kept document. The form of the file is `core.panel.published`; the log's row
of the publication has it whole, and the archive takes it from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from consulta.core.panel import published
from consulta.panel.holds import is_personal
from consulta.panel.reading import among, decision, public_support

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.core.values import Nominee
    from consulta.panel.documents import Holds, KeptPanel
    from consulta.panel.values import Group, NomineeLine
    from consulta.platform.models import Round


def content(
    found: Round,
    kept: KeptPanel,
    nominees: Sequence[Nominee],
    topics: Sequence[str],
    lines: Mapping[str, NomineeLine],
    seen_by: Sequence[Group] | None,
) -> dict[str, Any]:
    """Return what the archive says of the panel that a document keeps.

    `seen_by` are the groups that everybody may read of; None where that is not told.
    """
    shown = decision(kept, nominees, lines)
    gender = tuple(row.ok for row in shown.rows if is_personal(row.attribute))
    support = public_support(shown.compared, found, gender)
    return published.content(
        {"round": found.key, "version": kept.version, "topics": list(topics)},
        kept.rules,
        kept.sitting.rows,
        among(nominees, kept.members),
        decided=kept.decided is not None,
        held=_is_held(kept.holds),
        support=None if support is None else {"percent": support.percent, "more": support.more},
        endorsed_by=None
        if seen_by is None
        else [
            {"dimension": each.dimension, "category": each.key, "percent": each.percent} for each in seen_by
        ],
    )


def _is_held(holds: Holds) -> bool:
    """Return whether a choice was made around people who answered, were invited, or were picked by hand."""
    return bool(holds.accepted or holds.invited or holds.left or holds.any_by_hand)
