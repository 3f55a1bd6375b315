"""The profile of the organiser: read for every page and mail, written by the secretariat."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from consulta.core.problems import Problem, or_problem
from consulta.core.texts import Text
from consulta.platform import texts
from consulta.platform.access import require
from consulta.platform.models import Organiser
from consulta.platform.organiser import queries
from consulta.platform.organiser.values import LICENCES, NOTICES, Logo, Profile

if TYPE_CHECKING:
    from consulta.platform.work import Work

LOGO_MAX = 60_000  # bytes: it is sent with public pages and letters
NAME_MAX, LINE_MAX, NOTICE_MAX = 120, 200, 20_000
_KINDS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


def profile(work: Work) -> Profile:
    """Return what the organiser says of itself; a profile without words if nothing is written."""
    return shown(work)[0]


def shown(work: Work) -> tuple[Profile, Logo | None]:
    """Return the profile and the logo, with one query: every page shows both."""
    require(work, "published.read")
    found = queries.stored(work.session)
    if found is None:
        return Profile(), None
    return Profile.read(found.profile), _logo(found.logo) if found.logo else None


def logo(work: Work) -> Logo | None:
    """Return the logo of the organiser, or None if there is none."""
    return shown(work)[1]


def is_round_open(work: Work) -> bool:
    """Return whether a round is open, so that who the organiser is changes by two persons."""
    return queries.is_open(work.session)


def was_asked(work: Work) -> bool:
    """Return whether the profile was written, or put off, at least once."""
    return queries.stored(work.session) is not None


def postpone(work: Work) -> None:
    """Note that the profile was asked for, so that signing in does not ask again; nothing is changed."""
    require(work, "organiser.write")
    if not was_asked(work):
        work.session.add(Organiser(id=1, profile={}, logo=None, changed_at=work.now))


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
    row = queries.stored(work.session, hold=True)
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
