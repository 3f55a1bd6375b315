"""Who of a panel is named in public: who accepted, or was designated elsewhere, and agreed to be named.

A publication keeps whom it named, so that nobody is named whom no person at the desk has seen on the list;
and a name goes as soon as the person declines, leaves or takes the agreement back. Everybody else on the
panel is told by role and subregion alone, as confirmed or to be confirmed.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from consulta.core.invitations import COMING, Invited
from consulta.services.views import PublishingSeat

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from consulta.services.views import NomineeLine
    from consulta.store.models import Nominee, Round

NOT_COMING = frozenset({Invited.DECLINED, Invited.REPLACED})
LEFT_OUT = "[…]"
SHORTEST_NAME = 4  # of one word: shorter ones are words of the language


class Naming(NamedTuple):
    """Who of a panel holds the seat, and who of these may be named in public, by key."""

    confirmed: frozenset[str]
    named: frozenset[str]

    def kept(self, version: int) -> dict[str, Any]:
        """Return what a publication keeps of it."""
        return {"version": version, "confirmed": sorted(self.confirmed), "named": sorted(self.named)}

    def seen(self, version: int) -> str:
        """Return a digest by which a form says which list it showed."""
        text = json.dumps(self.kept(version), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def naming(found: Round, states: Mapping[str, Invited], members: Collection[str]) -> Naming:
    """Return who of these members holds the seat by now, and who of them may be named."""
    sitting = [each for each in found.nominees if each.key in members]
    confirmed = {each.key for each in sitting if is_confirmed(each, states.get(each.key))}
    return Naming(
        frozenset(confirmed),
        frozenset(each.key for each in sitting if each.key in confirmed and each.consent_governments),
    )


def is_confirmed(nominee: Nominee, state: Invited | None) -> bool:
    """Whether somebody accepted, took part, or was designated elsewhere and has not declined."""
    return state in COMING or (nominee.outside is not None and state not in NOT_COMING)


def public_naming(found: Round, now: Naming) -> Naming:
    """Return what the public reads: as it was published, of those for whom it is still so.

    Of a panel that was published before publications kept this: as it is now.
    """
    kept = found.panel_named
    if kept is None:
        return now
    return Naming(now.confirmed & {*kept["confirmed"]}, now.named & {*kept["named"]})


def publishing_seat(
    line: NomineeLine, nominee: Nominee, state: Invited | None, named: Naming
) -> PublishingSeat:
    """Return a person of the panel as the desk sees them before publishing."""
    return PublishingSeat(
        person=line,
        state=state,
        agrees_to_be_named=nominee.consent_governments,
        agrees_to_lists=nominee.consent_listed,
        confirmed=nominee.key in named.confirmed,
        named=nominee.key in named.named,
    )


def without_names(text: str, people: Iterable[Nominee], named: Collection[str]) -> str:
    """Return a text for the public with the names of those people left out who may not be named in it."""
    hidden = sorted(
        {each.name for each in people if each.key not in named}
        - {each.name for each in people if each.key in named},
        key=lambda name: (-len(name), name),
    )
    for name in hidden:
        if " " in name or len(name) >= SHORTEST_NAME:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", LEFT_OUT, text, flags=re.IGNORECASE)
    return text
