"""Who was replaced on a panel, when and why, as the kept versions of it say: for the desk and for everybody.

To the public somebody is named only who stands, or stood, on a panel that was made public: an invitation that
nobody outside of the house knew of stays that person's own matter. Their role and the reason are always said.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from consulta.core import bundle as core
from consulta.core.bundle import LocalText
from consulta.core.problems import Problem
from consulta.core.rounds import State
from consulta.services.access import require
from consulta.services.guest_views import LeftView, ReplacementView
from consulta.services.labels import name_of
from consulta.services.panels import members_of
from consulta.services.results import nominees_of
from consulta.services.standing import changes
from consulta.store import documents, log, rounds

if TYPE_CHECKING:
    from consulta.services.work import Work
    from consulta.store.models import Round


def replacements(work: Work, found: Round) -> tuple[ReplacementView, ...]:
    """Every replacement, the newest first."""
    people = nominees_of(found, gender=True)
    by_key = {nominee.key: nominee for nominee in people}
    before: list[str] = []
    told = []
    for document in documents.every(work.session, found.id, "panel"):
        content = json.loads(document.content)
        members = members_of(content)
        if said := content.get("replacement"):
            told.append(
                ReplacementView(
                    version=document.version,
                    at=document.created_at,
                    left=tuple(
                        LeftView(by_key[key].name, name_of("role", by_key[key].role), reason)
                        for key, reason in said["left"].items()
                    ),
                    came=tuple(by_key[key].name for key in said["came"]),
                    said=LocalText(**said["said"]),
                    changes=changes(core.parse_panel_rules(content["rules"]), people, before, members),
                )
            )
        before = members or before
    return tuple(reversed(told))


def public_replacements(work: Work, key: str) -> tuple[ReplacementView, ...]:
    """Every replacement up to the panel that is public, without the names that were never public.

    Problem: `panel.unknown`.
    """
    require(work, "published.read")
    found = rounds.whole(work.session, key, roll=False)
    if found is None or found.state != State.PUBLISHED.value or found.panel_version is None:
        raise Problem("panel.unknown", key=key)
    known = _ever_public(work, found)
    return tuple(
        replace(
            each,
            left=tuple(one if one.name in known else replace(one, name="") for one in each.left),
            came=tuple(name for name in each.came if name in known),
            changes=(),
        )
        for each in replacements(work, found)
        if each.version <= (found.panel_version or 0)
    )


def _ever_public(work: Work, found: Round) -> frozenset[str]:
    """The names of everybody on a panel that was made public at any time."""
    names = {nominee.key: nominee.name for nominee in found.nominees}
    acts = log.acts(work.session, f"round:{found.id}", "panel.published")
    versions = {json.loads(row.details)["version"] for row in acts}
    every = documents.every(work.session, found.id, "panel")
    return frozenset(
        names[key] for each in every if each.version in versions for key in members_of(each.content)
    )
