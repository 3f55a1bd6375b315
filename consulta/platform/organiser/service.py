"""The profile of the organiser: read for every page and mail, written by the secretariat."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import select

from consulta.core.problems import Problem, or_problem
from consulta.core.texts import NOTHING, Text
from consulta.platform import texts
from consulta.platform.access import require
from consulta.platform.models import Organiser, Round

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.platform.work import Work


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

    `name` and `tagline` (one line: who that is) stand on each page, `holders` (one sentence: who runs it and
    who stands behind it) on the home page, the notices on pages of their own;
    `criteria` are those that an organisation accepts when it applies to become a member;
    `about` and the other notices are paragraphs of plain text. `signer` signs letters as `signer_role`.
    `licence` is that of open data.
    """

    name: Text = NOTHING
    tagline: Text = NOTHING
    holders: Text = NOTHING
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


LOGO_MAX = 60_000  # bytes: it is sent with public pages and letters
NAME_MAX, LINE_MAX, NOTICE_MAX = 120, 200, 20_000
_KINDS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


def profile(work: Work) -> Profile:
    """Return what the organiser says of itself; a profile without words if nothing is written."""
    return shown(work)[0]


def shown(work: Work) -> tuple[Profile, Logo | None]:
    """Return the profile and the logo, with one query: every page shows both."""
    require(work, "published.read")
    found = work.session.scalar(select(Organiser))
    if found is None:
        return Profile(), None
    return Profile.read(found.profile), _logo(found.logo) if found.logo else None


def logo(work: Work) -> Logo | None:
    """Return the logo of the organiser, or None if there is none."""
    return shown(work)[1]


def is_round_open(work: Work) -> bool:
    """Return whether a round is open, so that who the organiser is changes by two persons."""
    return work.session.scalar(select(Round.id).where(Round.state == "open").limit(1)) is not None


def save(work: Work, said: Profile, picture: bytes | None = None, *, without_logo: bool = False) -> None:
    """Write the profile; a new logo replaces the old one, `without_logo` takes it away.

    Problems: `organiser.name` (no name in the first language), `organiser.email`, `organiser.long` (a text
    is longer than its limit), `organiser.logo` (not PNG or JPEG, or larger than `LOGO_MAX` bytes),
    `organiser.licence` (none of the list).
    """
    require(work, "organiser.write")
    profile = _checked(said, work.languages[0])
    if picture:
        require_logo(picture)
    row = work.session.scalar(select(Organiser).with_for_update())
    if row is None:
        row = Organiser(id=1, profile={}, logo=None, changed_at=work.now)
        work.session.add(row)
    before = Profile.read(row.profile)
    changed = [
        each.name for each in fields(Profile) if getattr(before, each.name) != getattr(profile, each.name)
    ]
    if picture or (without_logo and row.logo):
        row.logo = picture or None
        changed.append("logo")
    if not changed:
        return
    row.profile, row.changed_at = profile.stored(), work.now
    work.session.flush()
    work.record("organiser.changed", "organiser", {"changed": changed})


def require_logo(content: bytes) -> None:
    """Raise Problem `organiser.logo` where the file is neither PNG nor JPEG, or too large."""
    _logo(content)


def signature(said: Profile, language: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    """Return the lines with which mails and letters end: who signs, for whom; empty without a profile."""
    if not said.written:
        return ()
    signer = _joined(", ", said.signer, said.signer_role.best(language, *languages))
    return tuple(part for part in (signer, said.name.best(language, *languages)) if part)


def reach(said: Profile) -> str:
    """Return on one line how the organiser is reached; empty where it says no way."""
    whatsapp = f"WhatsApp {said.whatsapp}" if said.whatsapp and said.whatsapp != said.phone else ""
    return _joined(" · ", said.address.replace("\n", ", "), said.email, said.phone, whatsapp)


def _joined(between: str, *parts: str) -> str:
    return between.join(part for part in parts if part)


def _checked(said: Profile, first: str) -> Profile:
    """Return the profile with its texts in one form. Problems: those of `save` but the logo's."""
    if not texts.line(said.name.into(first)):
        raise Problem("organiser.name")
    if said.licence and said.licence not in {each.code for each in LICENCES}:
        raise Problem("organiser.licence")
    email = or_problem(
        texts.address(said.email) if said.email.strip() else "", "organiser.email", text=said.email
    )
    values: dict[str, Any] = {}
    for each in fields(Profile):
        value = getattr(said, each.name)
        tidy = texts.paragraphs if each.name in {*NOTICES, "address"} else texts.line
        values[each.name] = value.map(tidy) if isinstance(value, Text) else tidy(value)
        _require_short(each.name, values[each.name])
    values["email"] = email
    return Profile(**values)


def _require_short(name: str, value: Text | str) -> None:
    most = NOTICE_MAX if name in NOTICES else NAME_MAX if name == "name" else LINE_MAX
    for words in value.values() if isinstance(value, Text) else (value,):
        if len(words) > most:
            raise Problem("organiser.long", most=most, text=words[:40])


def _logo(content: bytes) -> Logo:
    """Return a picture with its kind, told by its first bytes. Raise Problem `organiser.logo`."""
    kind = next((kind for start, kind in _KINDS if content.startswith(start)), None)
    if kind is None or len(content) > LOGO_MAX:
        raise Problem("organiser.logo", most=LOGO_MAX // 1000)
    return Logo(content, kind, hashlib.sha256(content).hexdigest()[:16])
