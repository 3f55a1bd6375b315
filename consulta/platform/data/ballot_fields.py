"""The fields that an installation adds to the ballot, such as whether an organisation attends the session.

An installation declares them in a file (`docs/ballot.md`), which is read once when the program starts. A
round keeps those that are declared when it opens. Form, draft, review, receipt, mail, paper, digest, log and
archive follow from the declaration; no other code names a field. Nothing that is counted depends on one.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from consulta.core.texts import Text
from consulta.platform.data import dimensions
from consulta.platform.data.dimensions import Dimension, DimensionsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from consulta.platform.models import Round


@dataclass(frozen=True, slots=True)
class BallotField(Dimension):
    """A field of the ballot; its `categories` are the options, one of which is chosen, or none.

    With a single option it is a box to tick. `sealed`: it is published nowhere, and a receipt covers it
    without showing it.
    """

    sealed: bool = False


_declared: list[BallotField] = []


def use(declared: Sequence[BallotField]) -> None:
    """Let these be the fields that the installation adds to ballots, for this process."""
    _declared[:] = declared


def of_round(found: Round) -> Sequence[Mapping[str, Any]]:
    """Return the fields on the ballot of a round: key, name, sealed, options (each with key and name).

    Names are in each language that they have. Of a round that has not opened they are those declared now.
    """
    return found.ballot_fields if found.opened_at else as_kept()


def as_kept() -> list[dict[str, Any]]:
    """Return the declared fields as a round keeps them."""
    return [
        {
            "key": each.key,
            "name": dict(each.names),
            "sealed": each.sealed,
            "options": [{"key": one.key, "name": dict(one.names)} for one in each.categories],
        }
        for each in _declared
    ]


def options(of_ballot: Iterable[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Return the keys of the options of each field, by the field's key."""
    return {each["key"]: tuple(one["key"] for one in each["options"]) for each in of_ballot}


def in_words(
    of_ballot: Iterable[Mapping[str, Any]], answers: Mapping[str, str]
) -> Iterable[tuple[Text, Text]]:
    """Yield the name of each field that has an answer, and that of the option chosen."""
    for each in of_ballot:
        for one in each["options"]:
            if answers.get(each["key"]) == one["key"]:
                yield Text(each["name"]), Text(one["name"])


def read(text: str, offered: Sequence[str] | None = None) -> tuple[BallotField, ...]:
    """Return the fields of a file; names are needed as in `dimensions.read`.

    Raise DimensionsError where something in it is no good.
    """
    found = []
    for table in dimensions.tables_of(text, "field"):
        sealed = table.pop("sealed", False)
        each = dimensions.declared(table, "field", offered, fewest=1)
        if each.is_open or each.from_country or each.headings:
            raise DimensionsError(f"field {each.key} needs a closed list of options, without headings")
        if not isinstance(sealed, bool):
            raise DimensionsError(f"field {each.key} has a sealed that is neither true nor false")
        found.append(
            BallotField(**{one.name: getattr(each, one.name) for one in fields(Dimension)}, sealed=sealed)
        )
    dimensions.require_few([each.key for each in found], "fields")
    return tuple(found)
