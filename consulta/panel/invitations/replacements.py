"""Replacements on a panel, with time and reason, from its stored versions: for staff and the public.

In public, only people who are named on the public panel now are named: an invitation is the private
matter of the person who declined it. The role of each who left and the reason are always given.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from consulta.panel import documents as panel_documents
from consulta.panel.invitations.standing import changes
from consulta.panel.invitations.values import LeftView, ReplacementView
from consulta.panel.names import without_names
from consulta.panel.public import named_in_public
from consulta.platform.access import require
from consulta.platform.labels import name_of
from consulta.results.service import nominees_of

if TYPE_CHECKING:
    from consulta.platform.models import Round
    from consulta.platform.work import Work


def replacements(work: Work, found: Round) -> tuple[ReplacementView, ...]:
    """Return all replacements of a round, the newest first."""
    people = nominees_of(found, gender=True)
    by_key = {nominee.key: nominee for nominee in people}
    before: tuple[str, ...] = ()
    told = []
    for kept in panel_documents.every(work, found):
        if said := kept.replacement:
            told.append(
                ReplacementView(
                    version=kept.version,
                    at=kept.at,
                    left=tuple(
                        LeftView(by_key[key].name, name_of("role", by_key[key].role), reason)
                        for key, reason in said.left.items()
                    ),
                    came=tuple(by_key[key].name for key in said.came),
                    said=said.said,
                    changes=changes(kept.rules, people, before, kept.members),
                )
            )
        before = kept.members or before
    return tuple(reversed(told))


def public_replacements(work: Work, key: str) -> tuple[ReplacementView, ...]:
    """Return the replacements up to the public panel; only people named on it are named.

    Raise Problem `panel.unknown` if the panel is not public.
    """
    require(work, "published.read")
    found, named = named_in_public(work, key)
    names = {nominee.name for nominee in found.nominees if nominee.key in named}
    return tuple(
        replace(
            each,
            left=tuple(replace(one, name="") for one in each.left),
            came=tuple(name for name in each.came if name in names),
            said=each.said.map(lambda words: without_names(words, found.nominees, named)),
            changes=(),
        )
        for each in replacements(work, found)
        if each.version <= (found.panel_version or 0)
    )
