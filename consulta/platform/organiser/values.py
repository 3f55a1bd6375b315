"""The values of the organiser's profile."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

from consulta.core.texts import NOTHING, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

Notice = Literal["about", "criteria", "privacy", "accessibility", "terms"]
NOTICES: tuple[Notice, ...] = ("about", "criteria", "privacy", "accessibility", "terms")
"""The texts of the organiser that have a page of their own."""


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence of open data: its code in the list of SPDX, its name and its address."""

    code: str
    title: str
    link: str


LICENCES = (
    Licence("CC-BY-4.0", "Creative Commons Attribution 4.0", "https://creativecommons.org/licenses/by/4.0/"),
    Licence(
        "CC-BY-SA-4.0",
        "Creative Commons Attribution-ShareAlike 4.0",
        "https://creativecommons.org/licenses/by-sa/4.0/",
    ),
    Licence("CC0-1.0", "CC0 1.0 Universal", "https://creativecommons.org/publicdomain/zero/1.0/"),
)
"""The licences that open data can have; the first is that of an organiser that chose none."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What the organiser says of itself. Without a name it has not been written yet.

    `name` and `tagline` (one line: who that is) stand on each page, the notices on pages of their own;
    `criteria` are those that an organisation accepts when it applies to become a member;
    `about` and the other notices are paragraphs of plain text. `signer` signs letters as `signer_role`.
    `licence` is that of open data.
    """

    name: Text = NOTHING
    tagline: Text = NOTHING
    about: Text = NOTHING
    criteria: Text = NOTHING
    privacy: Text = NOTHING
    accessibility: Text = NOTHING
    terms: Text = NOTHING
    address: str = ""
    email: str = ""
    phone: str = ""
    whatsapp: str = ""
    signer: str = ""
    signer_role: Text = NOTHING
    licence: str = ""  # the code of one of `LICENCES`

    @property
    def written(self) -> bool:
        """Return whether the organiser has a name in any language."""
        return bool(self.name)

    @property
    def reachable(self) -> bool:
        """Return whether the profile says any way to reach the organiser."""
        return any((self.address, self.email, self.phone, self.whatsapp))

    def notices(self) -> tuple[Notice, ...]:
        """Return which notices have words in any language."""
        return tuple(each for each in NOTICES if getattr(self, each))

    def stored(self) -> dict[str, Any]:
        """Return the profile as a JSON value: texts by language, and plain words."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: dict(said) if isinstance(said, Text) else said for name, said in values.items()}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Profile:
        """Return the profile of a JSON value that `stored` made, without entries that it does not know."""
        names = {each.name for each in fields(cls)}
        values: dict[str, Any] = {
            name: Text(said) if isinstance(said, dict) else said
            for name, said in stored.items()
            if name in names
        }
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture of the organiser: PNG or JPEG, with the digest that its address carries."""

    content: bytes
    kind: str
    digest: str = field(default="")
