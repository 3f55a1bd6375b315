"""The bundle of version 2: read from JSON and written to it, as in version 1 but where section 9.1 says else.

Titles are words in any languages; the rules say their version, which is the bundle's; no tier is empty.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator

from consulta.core.counting import bundle as first
from consulta.core.counting.rules import rules_to_dict
from consulta.core.counting.second.values import NUMBER, SecondBundle, SecondRound, SecondRules, SecondTheme
from consulta.core.reading import Node, read_json
from consulta.core.texts import Text
from consulta.core.trust.record import canonical
from consulta.core.typed import from_plain, in_full
from consulta.core.values import Ballot, Nominee, Seat, Seed, ballot_to_dict

FORMAT = "consulta-bundle/2"

UNDETERMINED = "und"
"""The tag of BCP 47 for words of no certain language."""


def words(text: Text) -> dict[str, str]:
    """Return a text as this version of the bundle has it: in every language that it has.

    Words that are the same in every language are in none that is determined.
    """
    return {language or UNDETERMINED: said for language, said in text.items()}


def round_of(key: str, title: Text, closed_at: str) -> SecondRound:
    """Return a round as this version of the bundle has it."""
    return SecondRound(key, words(title), closed_at)


def theme_of(key: str, title: Text, objectives: tuple[int, ...]) -> SecondTheme:
    """Return a theme as this version of the bundle has it."""
    return SecondTheme(key, words(title), objectives)


def parse(data: bytes) -> SecondBundle:
    """Return the bundle in a file, or the first problem with it: of its shape first, then of its sense."""
    bundle = shaped(
        read_json(data, "bundle.json"),
        hashlib.sha256(data).hexdigest(),
        lambda seats: tuple(map(first.read_seat, seats.items())),
        lambda ballots: tuple(map(read_ballot, ballots.items())),
    )
    first.check(bundle)
    return bundle


def shaped(
    root: Node,
    sha256: str,
    seats: Callable[[Node], tuple[Seat, ...]],
    ballots: Callable[[Node], tuple[Ballot, ...]],
) -> SecondBundle:
    """Return the bundle in a file, as `bundle.shaped` does for version 1."""
    fields = root.fields(first.FIELDS, first.OPTIONAL)
    fields["format"].word(FORMAT)
    check_version(fields["rules"])
    return SecondBundle(
        round=from_plain(SecondRound, fields["round"]),
        rules=from_plain(SecondRules, fields["rules"]),
        themes=tuple(from_plain(SecondTheme, theme) for theme in fields["themes"].items()),
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
    if entries["version"].whole() != NUMBER:
        entries["version"].refuse("version")


def read_ballot(ballot: Node) -> Ballot:
    """Return a ballot from its JSON form; none of its tiers is empty."""
    ranking = ballot.value.get("ranking") if isinstance(ballot.value, dict) else None
    for place, tier in enumerate(ranking if isinstance(ranking, list) else ()):
        if tier == []:
            Node(tier, f"{ballot.path}.ranking[{place}]", ballot.code).refuse("empty")
    return first.read_ballot(ballot)


def digest(bundle: SecondBundle) -> str:
    """Return the SHA-256 of the bundle's file: the one it came from, or the one `to_json` would write."""
    return bundle.digest or hashlib.sha256(to_json(bundle)).hexdigest()


def to_json(bundle: SecondBundle) -> bytes:
    """Return the bundle as a file: every field written out, in the order of section 1."""
    seats = (first.seat_line(seat) for seat in bundle.seats)
    ballots = (canonical(ballot_to_dict(ballot)).decode() for ballot in bundle.ballots)
    return "".join(written(bundle, seats, ballots)).encode()


def written(bundle: SecondBundle, seats: Iterable[str], ballots: Iterable[str]) -> Iterator[str]:
    """Yield the text of a bundle's file, as `bundle.written` does for version 1."""
    return first.parts_of_file(
        FORMAT, in_full(bundle.round), rules_to_dict(bundle.rules), bundle, seats, ballots
    )
