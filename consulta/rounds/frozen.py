"""What a round froze: as one text with the names, and in parts as the bundle of its count has it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from consulta.core import values
from consulta.core.counting import bundle as core
from consulta.core.counting import parts
from consulta.core.counting.rules import parse_rules
from consulta.core.trust import record
from consulta.platform import deadlines
from consulta.platform.data import dimensions
from consulta.platform.data.joined import CODES
from consulta.platform.labels import name_of, name_of_dimension

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from consulta.core.texts import Text
    from consulta.core.values import Theme
    from consulta.platform.models import Round, Seat


FORMAT = "consulta-package/1"
TEXTS_FORMAT = "consulta-opening/1"
NAMING = frozenset({"format", "seats", "nominees", "nominees_salt", "salt"})
"""What of the package is not in its public part."""
SALT_BYTES = 16


def themes_of(found: Round) -> tuple[Theme, ...]:
    """Return the themes of a round, in the order of the ballot's list."""
    return tuple(core.theme_of(t.key, t.title, tuple(t.objectives)) for t in found.themes)


def roll_of(seats: Iterable[Seat]) -> tuple[values.Seat, ...]:
    """Return the roll under its pseudonyms and in their order: no place tells of an organisation."""
    return tuple(
        values.Seat(s.pseudonym, s.country, dict(s.categories), s.base)
        for s in sorted(seats, key=lambda seat: seat.pseudonym)
    )


def digests(found: Round, seats: Iterable[Seat]) -> dict[str, str]:
    """Return what the log keeps of rules, themes and roll when the round opens.

    Where countries will be joined, the public digest of the roll has all of them joined: with the exact ones,
    they could be tried until the digest fits. The digest of the exact roll stands beside it, keyed with the
    random bits of the package, which are never published.
    """
    rules, themes, roll = parse_rules(found.rules), themes_of(found), roll_of(seats)
    exact = parts.digests(rules, themes, roll)
    if found.joined_below is None:
        return exact
    return {
        **parts.digests(rules, themes, (wholly_joined(seat) for seat in roll)),
        "roll_exact": record.sealed(salt_of(found), "roll exact", exact["roll_sha256"]),
    }


def wholly_joined(seat: values.Seat) -> values.Seat:
    """Return a seat under the code of its subregion, in place of its country."""
    return replace(seat, country=CODES[seat.categories["subregion"]])


def endorses_in_bundle(found: Round) -> bool:
    """Return whether the bundle has nominees and whom each ballot endorses."""
    return bool(found.rules["max_endorsements"]) and not found.endorsements_apart


def announced(found: Round) -> dict[str, object] | None:
    """Return the public value that the round announced; None if it announced none.

    The keys are `source` (in the two languages of the bundle, Spanish and English) and `not_before` (the
    earliest moment, UTC).
    """
    if found.public_at is None:
        return None
    source = core.originals(found.public_source)
    return {"source": source, "not_before": deadlines.as_text(found.public_at)}


def package(found: Round, seats: Collection[Seat]) -> dict[str, object]:
    """Return all that the opening freezes, as one JSON value."""
    return {
        "format": FORMAT,
        "round": {
            "key": found.key,
            "title": core.originals(found.title),
            "question": core.originals(found.question),
            "closes_at": deadlines.as_text(found.closes_at),
            "closes_local": found.closes_local,
            "zone": found.zone,
            "secrecy": found.secrecy,
            **({} if found.joined_below is None else {"joined_below": found.joined_below}),
            **({"voters": found.voters} if found.voters else {}),
        },
        "rules": found.rules,
        "themes": [
            {
                "key": theme.key,
                "title": core.originals(theme.title),
                "description": core.originals(theme.description),
                "objectives": list(theme.objectives),
            }
            for theme in found.themes
        ],
        "seats": [entry(seat) for seat in seats],
        **_dimensions(seats),
        "nominees": [
            {
                "key": nominee.key,
                "name": nominee.name,
                "organisation": nominee.organisation,
                "role": nominee.role,
                "country": nominee.country,
                # Not the gender: the package's digest is public, and what little is unknown could be tried.
                "categories": {"sector": nominee.sector},
                "topics": list(nominee.topics),
                "recent": nominee.recent,
                "support": nominee.support,
            }
            for nominee in found.nominees
            if nominee.on_ballot
        ],
        "seed": {"commitment": found.commitment, "public": announced(found) or ""},
        **({"fields": found.ballot_fields} if found.ballot_fields else {}),
        **_translations(found),
    }


def entry(seat: Seat) -> dict[str, object]:
    """Return a seat as the package has it, with the name of its organisation."""
    return {
        "seat": seat.key,
        "organisation": seat.name,
        "country": seat.country,
        "categories": dict(seat.categories),
        "base": seat.base,
    }


def _dimensions(seats: Collection[Seat]) -> dict[str, object]:
    """Return what the dimensions that the installation adds are called; nothing where seats have none."""
    there = {
        name: set[str]() for name in dimensions.others({name for seat in seats for name in seat.categories})
    }
    for seat in seats:
        for name, found in there.items():
            found.add(seat.categories.get(name, ""))
    if not there:
        return {}
    told = [
        {
            "key": name,
            "name": _in_every_language(name_of_dimension(name)),
            "categories": [
                {"key": key, "name": _in_every_language(name_of(name, key))} for key in sorted(found)
            ],
        }
        for name, found in there.items()
    ]
    return {"dimensions": told}


def _in_every_language(name: Text) -> dict[str, str]:
    return {**core.originals(name), **core.others(name)}


def same_dimensions(now: object, before: object) -> bool:
    """Return whether two parts `dimensions` name the same things, in each language that both have.

    The file of dimensions may get further languages while a round has them: that changes nothing of what was
    frozen.
    """
    names, then = _named(now), _named(before)
    return names.keys() == then.keys() and all(
        names[place][language] == then[place][language]
        for place in names
        for language in names[place].keys() & then[place].keys()
    )


def _named(part: Any) -> dict[tuple[str, ...], dict[str, str]]:
    return {
        place: entry["name"]
        for each in part or ()
        for place, entry in [
            ((each["key"],), each),
            *(((each["key"], one["key"]), one) for one in each["categories"]),
        ]
    }


def _translations(found: Round) -> dict[str, object]:
    """Return the texts in languages that the bundle does not have, under `translations`; empty if none.

    They are part of what the opening freezes, like the others.
    """
    texts = {
        "title": found.title,
        "question": found.question,
        "public_source": found.public_source,
        **{f"themes.{theme.key}.title": theme.title for theme in found.themes},
        **{f"themes.{theme.key}.description": theme.description for theme in found.themes},
    }
    others = {place: other for place, text in texts.items() if (other := core.others(text))}
    return {"translations": others} if others else {}


def as_published(package: bytes) -> bytes:
    """Return a package as its digest covers it and as it may be published.

    Where it has a salt, its nominees are only a digest: they agreed to stand on a ballot, not to be named in
    public, and what little is not known of them could be tried without the salt.
    """
    whole: dict[str, Any] = json.loads(package)
    if "nominees_salt" not in whole:
        return package
    salted = record.canonical([whole.pop("nominees_salt"), whole.pop("nominees")])
    return record.canonical({**whole, "nominees_sha256": record.digest(salted)})


def with_nominees_apart(package: bytes, salt: bytes) -> bytes:
    """Return a package whose nominees are published only as a digest with these random bits."""
    return record.canonical({**json.loads(package), "nominees_salt": salt.hex()})


def salted(found: Round, seats: Collection[Seat], salt: bytes) -> bytes:
    """Return the package as it is kept, with random bits: its digest is public, and its names may not be.

    Nothing that is published later tells them, as the round's secret would be told with the bundle.
    """
    return record.canonical({**package(found, seats), "salt": salt.hex()})


def salt_of(found: Round) -> bytes:
    """Return the random bits of the kept package; empty where none is kept."""
    return bytes.fromhex(json.loads(found.frozen or "{}").get("salt", ""))


def texts(found: Round) -> bytes:
    """Return the public part of the frozen package, as canonical JSON.

    It has texts, deadline, themes, rules and commitment, but not seats, nominees and random bits.
    """
    return texts_of(json.loads(found.frozen or "{}"))


def texts_of(frozen: dict[str, Any]) -> bytes:
    """Return the public part of a package, canonical."""
    kept = {name: part for name, part in frozen.items() if name not in NAMING}
    return record.canonical({"format": TEXTS_FORMAT, **kept})
