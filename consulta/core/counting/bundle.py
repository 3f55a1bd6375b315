"""The bundle: everything that a count needs, as frozen values, read from JSON and written to it.

The module decides the shape of a `consulta-bundle/3` file and which fields may be missing. Whether the
contents are consistent is decided in `refusals`. Parts are read and written by their types (`core.typed`),
but for seats and ballots: these are many, and by hand it takes a fraction of the time.

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
from collections.abc import Callable, Iterable, Iterator

from consulta.core.counting import refusals
from consulta.core.counting.rules import rules_to_dict
from consulta.core.reading import Node, read_json
from consulta.core.texts import ANY, Text
from consulta.core.trust import chance
from consulta.core.typed import from_plain, in_full
from consulta.core.values import (
    VERSION,
    Ballot,
    Bundle,
    Nominee,
    Round,
    Rules,
    Seat,
    Seed,
    Theme,
    read_categories,
)

__all__ = ["check", "parse", "to_json"]

FORMAT = "consulta-bundle/3"
FIELDS = ("format", "round", "rules", "themes", "seats", "ballots", "seed")
OPTIONAL = ("nominees",)


def others(text: Text) -> dict[str, str]:
    """Return the words of a text in languages other than Spanish and English."""
    return {language: words for language, words in text.items() if language not in {"es", "en", ANY}}


def originals(text: Text) -> dict[str, str]:
    """Return the words of a text in Spanish and English; Spanish is never empty where there are words."""
    return {"es": text.best("es", "en"), "en": text.into("en")}


def kept(text: Text) -> dict[str, str]:
    """Return a text as documents beside the bundle keep it: its two languages always, others with words."""
    return {"es": text.into("es"), "en": text.into("en"), **others(text)}


UNDETERMINED = "und"
"""The tag of BCP 47 for words of no certain language."""


def words(text: Text) -> dict[str, str]:
    """Return a text as the bundle has it: in every language that it has.

    Words that are the same in every language are in none that is determined.
    """
    return {language or UNDETERMINED: said for language, said in text.items()}


def round_of(key: str, title: Text, closed_at: str) -> Round:
    """Return a round as the bundle has it."""
    return Round(key, words(title), closed_at)


def theme_of(key: str, title: Text, objectives: tuple[int, ...]) -> Theme:
    """Return a theme as the bundle has it."""
    return Theme(key, words(title), objectives)


def parse(data: bytes) -> Bundle:
    """Return the bundle in a file, or the first problem with it: of its shape first, then of its sense."""
    bundle = shaped(
        read_json(data, "bundle.json"),
        hashlib.sha256(data).hexdigest(),
        lambda seats: tuple(map(read_seat, seats.items())),
        lambda ballots: tuple(map(read_ballot, ballots.items())),
    )
    check(bundle)
    return bundle


def shaped(
    root: Node,
    sha256: str,
    seats: Callable[[Node], tuple[Seat, ...]],
    ballots: Callable[[Node], tuple[Ballot, ...]],
) -> Bundle:
    """Return the bundle in a file with this digest, or the first problem of its shape.

    `seats` and `ballots` read these fields.
    """
    fields = root.fields(FIELDS, OPTIONAL)
    fields["format"].word(FORMAT)
    check_version(fields["rules"])
    return Bundle(
        round=from_plain(Round, fields["round"]),
        rules=from_plain(Rules, fields["rules"]),
        themes=tuple(from_plain(Theme, theme) for theme in fields["themes"].items()),
        seats=seats(fields["seats"]),
        ballots=ballots(fields["ballots"]),
        nominees=tuple(from_plain(Nominee, nominee) for nominee in fields["nominees"].items())
        if "nominees" in fields
        else (),
        seed=from_plain(Seed, fields["seed"]),
        digest=sha256,
    )


def check_version(rules: Node) -> None:
    """Refuse rules that do not say that they are of this version."""
    entries = rules.entries()
    if "version" not in entries:
        Node(None, f"{rules.path}.version", rules.code).refuse("missing")
    if entries["version"].whole() != VERSION:
        entries["version"].refuse("version")


def check(bundle: Bundle) -> None:
    """Raise the first Problem of an inconsistent bundle, in the order of section 7."""
    refusals.check(bundle)


def digest(bundle: Bundle) -> str:
    """Return the SHA-256 of the bundle's file: the one it came from, or the one `to_json` would write."""
    return bundle.digest or hashlib.sha256(to_json(bundle)).hexdigest()


def to_json(bundle: Bundle) -> bytes:
    """Return the bundle as a file: every field written out, in the order of section 1."""
    seats = (seat_line(seat) for seat in bundle.seats)
    ballots = (chance.ballot_line(ballot).decode() for ballot in bundle.ballots)
    return "".join(written(bundle, seats, ballots)).encode()


def written(bundle: Bundle, seats: Iterable[str], ballots: Iterable[str]) -> Iterator[str]:
    """Yield the text of a bundle's file, a line for each theme, seat, ballot and nominee.

    Seats and ballots are taken from their lines, which may be many and need not be in the bundle. A ballot's
    line is its canonical JSON: ordered by seat, these lines are the leaves of the tree that the seed is made
    of.
    """
    yield f'{{"format": {_line(FORMAT)},\n "round": {_line(in_full(bundle.round))}'
    yield f',\n "rules": {_line(rules_to_dict(bundle.rules))}'
    yield from _listed("themes", (_line(in_full(theme)) for theme in bundle.themes))
    yield from _listed("seats", seats)
    yield from _listed("ballots", ballots)
    yield from _listed("nominees", (_line(in_full(nominee)) for nominee in bundle.nominees))
    yield f',\n "seed": {_line(in_full(bundle.seed))}}}\n'


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


def read_seat(node: Node) -> Seat:
    """Return a seat from its JSON form."""
    fields = node.fields(("seat", "country", "categories"), ("base",))
    return Seat(
        seat=fields["seat"].name(),
        country=fields["country"].name(),
        categories=read_categories(fields["categories"]),
        base=fields["base"].whole() if "base" in fields else 1,
    )


def read_ballot(node: Node) -> Ballot:
    """Return a ballot from its JSON form; none of its tiers is empty."""
    ranking = node.value.get("ranking") if isinstance(node.value, dict) else None
    for place, tier in enumerate(ranking if isinstance(ranking, list) else ()):
        if tier == []:
            Node(tier, f"{node.path}.ranking[{place}]", node.code).refuse("empty")
    fields = node.fields(("seat", "ranking"), ("objectives", "endorsements"))
    return Ballot(
        seat=fields["seat"].name(),
        ranking=tuple(tier.names() for tier in fields["ranking"].items()),
        objectives=fields["objectives"].wholes() if "objectives" in fields else (),
        endorsements=fields["endorsements"].names() if "endorsements" in fields else (),
    )
