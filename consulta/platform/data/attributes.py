"""The attributes of persons that an installation adds, such as the age group.

Gender is always there; an installation declares others in a file (`docs/attributes.md`), which is read
once when the program starts. Forms, files, rules of the panel and the export of a person's own data follow
from the declaration. An attribute is never published person by person: of the rules about it everybody
reads only whether they are met, as of gender.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from consulta.platform.data import dimensions, most_named
from consulta.platform.data.dimensions import Dimension, DimensionsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

GENDER = "gender"
NO_ANSWER = "no_answer"
"""What counts call those who did not say; no value of an attribute has this key."""
PREFIX = "attribute_"
"""How the field of an attribute begins in forms and files."""
RESERVED = dimensions.RESERVED | most_named.ATTRIBUTES.keys()


@dataclass(frozen=True, slots=True)
class Attribute(Dimension):
    """An attribute of persons; its `categories` are the values from which one is chosen, or none.

    `asked`: who proposes a person is asked for it; otherwise only the secretariat enters it. `quotas`: the
    rules of a panel may name it.
    """

    asked: bool = True
    quotas: bool = True

    @property
    def field(self) -> str:
        """Return the name of its field in forms and files."""
        return f"{PREFIX}{self.key}"


_declared: list[Attribute] = []


def use(attributes: Sequence[Attribute]) -> None:
    """Let these be the attributes that the installation adds, for this process."""
    _declared[:] = attributes


def added() -> tuple[Attribute, ...]:
    """Return the attributes that the installation adds, in their order."""
    return tuple(_declared)


def added_by_key() -> dict[str, Attribute]:
    """Return key -> attribute of those that the installation adds."""
    return {each.key: each for each in _declared}


def by_field(name: str) -> Attribute | None:
    """Return the attribute of a field in a form or a file; None where it is of something else."""
    return added_by_key().get(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None


def for_quotas(values: Mapping[str, str]) -> dict[str, str]:
    """Return those of a person's values that the rules of a panel may name."""
    return {each.key: values[each.key] for each in _declared if each.quotas and values.get(each.key)}


def faults(values: Mapping[str, str]) -> Iterator[Attribute]:
    """Yield the attributes of which a person has a value that is not declared."""
    for each in _declared:
        if each.key in values and each.category(values[each.key]) is None:
            yield each


def read(text: str, offered: Sequence[str] | None = None) -> tuple[Attribute, ...]:
    """Return the attributes of a file; names are needed as in `dimensions.read`.

    Raise DimensionsError where something in it is no good.
    """
    found = []
    for table in dimensions.tables_of(text, "attribute"):
        switches = {name: table.pop(name, True) for name in ("asked", "quotas")}
        each = dimensions.declared(table, "attribute", offered)
        where = f"attribute {each.key}"
        if each.key in RESERVED:
            raise DimensionsError(f"{where} has a key that is taken: choose another")
        if each.is_open or each.from_country:
            raise DimensionsError(f"{where} needs a closed list of values")
        if each.category(NO_ANSWER):
            raise DimensionsError(f"{where} has a value {NO_ANSWER}: who does not say has none")
        if not all(isinstance(value, bool) for value in switches.values()):
            raise DimensionsError(f"{where} has asked or quotas that is neither true nor false")
        found.append(
            Attribute(**{one.name: getattr(each, one.name) for one in fields(Dimension)}, **switches)
        )
    dimensions.require_few([each.key for each in found], "attributes")
    return tuple(found)
