"""The bundle: everything that a count needs, as frozen values, read from JSON and written to it.

The module decides the shape of a `consulta-bundle/1` file and which fields may be missing. Whether the
contents are consistent is decided in `refusals`; the rules' own fields are in `rules` and `panel_rules`.

Fields that may be missing, with their defaults: a seat's `base`: 1; a ballot's `objectives` and
`endorsements`: none; `nominees`: none; a nominee's `categories` and `topics`: none, `recent`: 0,
`support`: null; `seed.public`: empty; every field of `rules`: its default; of `panel` all but `size`:
none; a quota's `min`: 0, `max`: no limit, `hard`: true; a share's `hard`: true. Any other missing field,
and any unknown field, is refused with its path.

Codes of refusal are those of section 7: `bundle.json` for the shape, anywhere in the file, before any
other.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import datetime

from consulta.core.counting import refusals
from consulta.core.counting.rules import read_rules, rules_to_dict
from consulta.core.reading import Node, read_json
from consulta.core.texts import ANY, Text
from consulta.core.trust.record import canonical
from consulta.core.values import (
    Ballot,
    Bundle,
    LocalText,
    Nominee,
    Round,
    Seat,
    Seed,
    Theme,
)

__all__ = ["check", "parse", "to_json"]

FORMAT = "consulta-bundle/1"
DIGEST_CHARACTERS = 64
HEX_DIGITS = frozenset("0123456789abcdefABCDEF")


def original(text: Text) -> LocalText:
    """Return a text as this version of the bundle has it: in Spanish and English, and no other language.

    Spanish is never empty where there are words at all. Version 2 of the bundle carries every language.
    """
    return LocalText(text.best("es", "en"), text.into("en"))


def originals(text: Text) -> dict[str, str]:
    """Return the JSON form of `original`."""
    found = original(text)
    return {"es": found.es, "en": found.en}


def others(text: Text) -> dict[str, str]:
    """Return the words of a text in the languages that `original` leaves out."""
    return {language: words for language, words in text.items() if language not in {"es", "en", ANY}}


def kept(text: Text) -> dict[str, str]:
    """Return a text as documents beside the bundle keep it: its two languages always, others with words."""
    return {"es": text.into("es"), "en": text.into("en"), **others(text)}


def parse(data: bytes) -> Bundle:
    """Return the bundle in a file, or the first problem with it: of its shape first, then of its sense."""
    fields = read_json(data, "bundle.json").fields(
        ("format", "round", "rules", "themes", "seats", "ballots", "seed"), ("nominees",)
    )
    fields["format"].word(FORMAT)
    bundle = Bundle(
        round=_read_round(fields["round"]),
        rules=read_rules(fields["rules"]),
        themes=tuple(map(_read_theme, fields["themes"].items())),
        seats=tuple(map(_read_seat, fields["seats"].items())),
        ballots=tuple(map(_read_ballot, fields["ballots"].items())),
        nominees=tuple(map(_read_nominee, fields["nominees"].items())) if "nominees" in fields else (),
        seed=_read_seed(fields["seed"]),
        digest=hashlib.sha256(data).hexdigest(),
    )
    check(bundle)
    return bundle


def check(bundle: Bundle) -> None:
    """Raise the first Problem of an inconsistent bundle, in the order of section 7."""
    refusals.check(bundle)


def digest(bundle: Bundle) -> str:
    """Return the SHA-256 of the bundle's file: the one it came from, or the one `to_json` would write."""
    return bundle.digest or hashlib.sha256(to_json(bundle)).hexdigest()


def to_json(bundle: Bundle) -> bytes:
    """Return the bundle as a file: every field written out, in the order of section 1."""
    seats = (seat_line(seat) for seat in bundle.seats)
    ballots = (canonical(ballot_to_dict(ballot)).decode() for ballot in bundle.ballots)
    return "".join(written(bundle, seats, ballots)).encode()


def written(bundle: Bundle, seats: Iterable[str], ballots: Iterable[str]) -> Iterator[str]:
    """Yield the text of a bundle's file, a line for each theme, seat, ballot and nominee.

    Seats and ballots are taken from their lines, which may be many and need not be in the bundle. A ballot's
    line is its canonical JSON: joined by commas inside brackets, ordered by seat, they are what the seed is
    made of.
    """
    title = _write_text(bundle.round.title)
    moment = {"key": bundle.round.key, "title": title, "closed_at": bundle.round.closed_at}
    seed = {
        "commitment": bundle.seed.commitment,
        "secret": bundle.seed.secret,
        "public": bundle.seed.public,
    }
    rules = rules_to_dict(bundle.rules)
    yield f'{{"format": {_line(FORMAT)},\n "round": {_line(moment)},\n "rules": {_line(rules)}'
    yield from _listed("themes", (_line(_write_theme(theme)) for theme in bundle.themes))
    yield from _listed("seats", seats)
    yield from _listed("ballots", ballots)
    yield from _listed("nominees", (_line(_write_nominee(nominee)) for nominee in bundle.nominees))
    yield f',\n "seed": {_line(seed)}}}\n'


def seat_line(seat: Seat) -> str:
    """Return a seat as a line of the file."""
    return _line(
        {
            "seat": seat.seat,
            "country": seat.country,
            "categories": dict(seat.categories),
            "base": seat.base,
        }
    )


def _listed(name: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield a field that is a list, an item a line."""
    before = f',\n "{name}": ['
    for line in lines:
        yield f"{before}\n  {line}"
        before = ","
    yield "]" if before == "," else f"{before}]"


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _write_theme(theme: Theme) -> dict[str, object]:
    return {"key": theme.key, "title": _write_text(theme.title), "objectives": list(theme.objectives)}


def ballot_to_dict(ballot: Ballot) -> dict[str, object]:
    """Return the JSON form of a ballot: always all four fields, lists in the order they came in."""
    return {
        "seat": ballot.seat,
        "ranking": [list(tier) for tier in ballot.ranking],
        "objectives": list(ballot.objectives),
        "endorsements": list(ballot.endorsements),
    }


def _write_text(text: LocalText) -> dict[str, object]:
    return {"es": text.es, "en": text.en}


def _write_nominee(nominee: Nominee) -> dict[str, object]:
    return {
        "key": nominee.key,
        "name": nominee.name,
        "organisation": nominee.organisation,
        "role": nominee.role,
        "country": nominee.country,
        "categories": dict(nominee.categories),
        "topics": list(nominee.topics),
        "recent": nominee.recent,
        "support": nominee.support,
    }


def _read_text(node: Node) -> LocalText:
    fields = node.fields(("es", "en"))
    return LocalText(fields["es"].text(), fields["en"].text())


def _read_round(node: Node) -> Round:
    fields = node.fields(("key", "title", "closed_at"))
    return Round(fields["key"].name(), _read_text(fields["title"]), _read_moment(fields["closed_at"]))


def _read_moment(node: Node) -> str:
    text = node.text()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        node.refuse("moment")
    if moment.tzinfo is None:
        node.refuse("moment")
    return text


def _read_theme(node: Node) -> Theme:
    fields = node.fields(("key", "title", "objectives"))
    return Theme(fields["key"].name(), _read_text(fields["title"]), fields["objectives"].wholes())


def _read_categories(node: Node) -> dict[str, str]:
    """Return dimension → category; the names that are fields of their own are no dimensions."""
    entries = node.entries()
    for name in ("country", "organisation", "role"):
        if name in entries:
            entries[name].refuse("unknown")
    return {dimension: category.name() for dimension, category in entries.items()}


def _read_seat(node: Node) -> Seat:
    fields = node.fields(("seat", "country", "categories"), ("base",))
    return Seat(
        seat=fields["seat"].name(),
        country=fields["country"].name(),
        categories=_read_categories(fields["categories"]),
        base=fields["base"].whole() if "base" in fields else 1,
    )


def _read_ballot(node: Node) -> Ballot:
    fields = node.fields(("seat", "ranking"), ("objectives", "endorsements"))
    return Ballot(
        seat=fields["seat"].name(),
        ranking=tuple(tier.names() for tier in fields["ranking"].items()),
        objectives=fields["objectives"].wholes() if "objectives" in fields else (),
        endorsements=fields["endorsements"].names() if "endorsements" in fields else (),
    )


def _read_nominee(node: Node) -> Nominee:
    fields = node.fields(
        ("key", "name", "organisation", "role", "country"), ("categories", "topics", "recent", "support")
    )
    support = fields.get("support")
    return Nominee(
        key=fields["key"].name(),
        name=fields["name"].text(),
        organisation=fields["organisation"].name(),
        role=fields["role"].name(),
        country=fields["country"].name(),
        categories=_read_categories(fields["categories"]) if "categories" in fields else {},
        topics=fields["topics"].names() if "topics" in fields else (),
        recent=fields["recent"].whole() if "recent" in fields else 0,
        support=None if support is None or support.is_null() else support.whole(),
    )


def _read_seed(node: Node) -> Seed:
    fields = node.fields(("commitment", "secret"), ("public",))
    return Seed(
        commitment=_read_digest(fields["commitment"]),
        secret=_read_digest(fields["secret"]),
        public=fields["public"].text() if "public" in fields else "",
    )


def _read_digest(node: Node) -> str:
    text = node.text()
    if len(text) != DIGEST_CHARACTERS or not HEX_DIGITS.issuperset(text):
        node.refuse("hex")
    return text.lower()
