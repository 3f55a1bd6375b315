"""The organiser on every page: its name in the head, its address in the foot.

Where the database cannot be read, the pages that say so show the last profile known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flask import url_for

from consulta.core.problems import Problem
from consulta.platform.formats.letter_page import address_within
from consulta.platform.organiser import service
from consulta.platform.organiser.service import Profile
from consulta.platform.web.language import example_mark, local, offered
from consulta.platform.web.request import house, now, read
from consulta.platform.work import ANONYMOUS

if TYPE_CHECKING:
    from flask import Flask

PROGRAM = "consulta"


class Shown(NamedTuple):
    """What every page shows of the organiser: its profile, and the digest of its logo, or empty."""

    profile: Profile
    logo: str


def init_app(app: Flask) -> None:
    """Give every template the organiser."""
    app.context_processor(_for_templates)


def site_name(language: str = "") -> str:
    """Return the name under which these pages stand: the organiser's, or that of the program.

    It is in the reader's language, or in another one that is named.
    """
    name = _shown().profile.name
    return (name.best(language, *offered()) if language else local(name)) or PROGRAM


def tagline() -> str:
    """Return the line below the organiser's name, in the reader's language; empty where there is none."""
    return str(local(_shown().profile.tagline))


def source(page: str, *said: str, example: bool) -> tuple[str, ...]:
    """Return what stands below a chart that is taken away: the organiser, what is said, where its page is."""
    return site_name(), *said, example_mark() if example else "", house().settings.origin + page


def reply_to() -> str:
    """Return the address to which readers are asked to write: the organiser's, or that of mails."""
    return _shown().profile.email or house().settings.mail.reply_to


def logo_within() -> str:
    """Return the logo as an address that is the picture itself, for documents; empty where there is none."""
    logo = read(service.logo)
    return address_within(logo) if logo else ""


def _for_templates() -> dict[str, object]:
    shown = _shown()
    return {
        "organiser": shown.profile,
        "site_name": local(shown.profile.name) or PROGRAM,
        "logo_within": logo_within,
        "reply_to": shown.profile.email or house().settings.mail.reply_to,
        "organiser_reach": service.reach(shown.profile),
        "logo_url": url_for("public.logo", digest=shown.logo) if shown.logo else "",
    }


def _shown() -> Shown:
    def ask() -> Shown:
        with house().bench.read(ANONYMOUS, now()) as work:
            profile, logo = service.shown(work)
        return Shown(profile, logo.digest if logo else "")

    try:
        return house().kept.get("organiser", ask)
    except Problem:
        return Shown(Profile(), "")
