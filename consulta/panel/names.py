"""Who of a panel is named in public: accepted or designated elsewhere, and agreed to be named.

A publication stores whom it named, so that no person is named whom staff have not seen on the list; and
a name is removed as soon as the person declines, leaves or withdraws the agreement. All others on the
panel are told by role and subregion alone, as confirmed or to be confirmed.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any, NamedTuple

from consulta.core.invitations import COMING, Invited

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from consulta.platform.models import Nominee, Round

NOT_COMING = frozenset({Invited.DECLINED, Invited.REPLACED})
LEFT_OUT = "[…]"
SHORTEST_NAME = 4  # of one word: shorter ones are words of the language
SHORTEST_PART = 3  # of a name, with a capital letter
NO_PART = frozenset({"EJEMPLO", "Del", "Las", "Los", "Dos", "Das", "San", "Van", "Von"})
"""Words of names that do not tell who is meant."""


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
    """Return whether a nominee accepted, took part, or was designated elsewhere and did not decline.

    False also for a designated person who was replaced.
    """
    return state in COMING or (nominee.outside is not None and state not in NOT_COMING)


def public_naming(found: Round, now: Naming) -> Naming:
    """Return the public naming of a published panel: the published one, for those for whom it still holds."""
    kept = found.panel_named or {"confirmed": (), "named": ()}
    return Naming(now.confirmed & {*kept["confirmed"]}, now.named & {*kept["named"]})


def without_names(text: str, people: Iterable[Nominee], named: Collection[str]) -> str:
    """Return a text for the public with the names of those people left out who may not be named in it.

    Of a person each part of the name goes too, where it stands as a name, with a capital letter: a surname is
    enough to recognise a person among the few of a panel. So does the organisation that only such people are
    of. Full names of those who may be named stay.
    """
    people = list(people)
    shown = [each for each in people if each.key in named]
    hidden = [each for each in people if each.key not in named]
    stays = {each.name for each in shown} | {each.organisation for each in shown}
    whole = {each.name for each in hidden} | {each.delegate for each in hidden}
    whole |= {each.organisation for each in hidden if " " in each.organisation}
    found = [
        *_places(text, whole - stays, capital=False),
        *_places(text, {part for each in hidden for part in _parts(each)}, capital=True),
    ]
    kept = [place for name in stays for place in _places(text, {name}, capital=False)]
    gone = [
        (start, end)
        for start, end in found
        if not any(first <= start and end <= last for first, last in kept)
    ]
    return _without(text, gone)


def _parts(nominee: Nominee) -> set[str]:
    """Return the words of the names of a person, and of who comes for an institution, that point to them."""
    names = [nominee.delegate, *([nominee.name] if nominee.kind == "person" else [])]
    words = {word for name in names for word in re.findall(r"[^\W\d_]+", name)}
    return {word for word in words if len(word) >= SHORTEST_PART and word[0].isupper()} - NO_PART


def _places(text: str, names: Iterable[str], *, capital: bool) -> list[tuple[int, int]]:
    """Return where these names stand in a text as words, in any spelling of accents and case.

    With `capital`, only where the text has a capital letter.
    """
    plain, found = _plain(text), []
    for name in names:
        if " " not in name and len(name) < (SHORTEST_PART if capital else SHORTEST_NAME):
            continue
        places = re.finditer(rf"(?<!\w){re.escape(_plain(name))}(?!\w)", plain)
        found += [place.span() for place in places if not capital or text[place.start()].isupper()]
    return found


def _plain(text: str) -> str:
    """Return a text in lower case without accents, each character in its place."""
    return "".join(unicodedata.normalize("NFD", sign)[0].lower() for sign in text)


def _without(text: str, places: Iterable[tuple[int, int]]) -> str:
    """Return a text with these places left out; those with only blanks between them as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if joined and (start <= joined[-1][1] or text[joined[-1][1] : start].isspace()):
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    for start, end in reversed(joined):
        text = text[:start] + LEFT_OUT + text[end:]
    return text
