"""The lines at the top of each page: where one can go, and who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import request, url_for

from consulta.operations import monitoring, practice
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.language import current
from consulta.platform.web.request import actor, house, read, uses
from consulta.platform.work import DESK
from consulta.results.pages import slides
from consulta.rounds.pages.rail import rail_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from consulta.platform.work import Actor

STAFF_ROLES = DESK | {"scrutineer"}
DESK_LINES = (
    ("secretariat.start", _l("Home")),
    ("secretariat.members", _l("Members")),
    ("secretariat.plain_mail", _l("Mail")),
    ("secretariat.administration", _l("Settings")),
)


def init_app(app: Flask) -> None:
    """Give every template its navigation."""
    app.context_processor(_for_templates)


class Lines:
    """The lines of a page, worked out where it shows them."""

    def __init__(self, staff: Actor | None) -> None:
        self._staff = staff

    def __iter__(self) -> Iterator[tuple[str, str, bool]]:
        """Iterate over label, address, and whether this page lies below that address."""
        return iter(_lines(self._staff))


def _for_templates() -> dict[str, object]:
    person = actor()
    staff = person if person.role in STAFF_ROLES else None
    return {
        "nav": Lines(staff),
        "staff": staff,
        "rail_of": rail_of,
        "at_desk": staff is not None and request.blueprint in {"secretariat", "staff", "account"},
        "example": False,
        "practice": house().settings.practice,
        "real_desk": _real_desk(),
        "home_url": url_for("public.home"),
        "method_url": url_for("public.method"),
        "sign_out_url": url_for("account.sign_out"),
        "own_url": url_for("staff.own") if staff else "",
        "only_reads": staff is not None and staff.role == "reader" and request.blueprint == "secretariat",
        "only_mails": staff is not None and staff.role == "mail" and request.blueprint == "secretariat",
        "mail_hindrance": _mail_hindrance,
        **_shared(),
    }


def _mail_hindrance() -> tuple[str, str]:
    """Return why what a message just said to be told by mail does not leave, and the page that says more.

    Both are empty where it does, and the address where there is no more to say.
    """
    said = {
        "held": _(
            "E-mail has been on hold since this site was restored from a backup: e-mail notices are waiting."
        ),
        "silent": _("The program that sends e-mail is not running: e-mail notices are waiting."),
        "stuck": _(
            "The mail server is not accepting e-mail now: e-mail notices are waiting and will be tried again."
        ),
        "paused": _("All e-mail is paused: e-mail notices are waiting, except those about votes."),
    }
    why = read(monitoring.mail_hindrance)
    return said.get(why, ""), "" if why in {"", "paused"} else url_for("secretariat.start")


def _real_desk() -> str:
    """Return the address of the desk of the installation to which a practice belongs; else nothing."""
    settings = house().settings
    if not settings.practice:
        return ""
    return f"{practice.real_address(settings.base_url)}/{current()}/secretariat/"


def _shared() -> dict[str, object]:
    """Return whether a page is for the public, and its address and picture for messengers; else empty."""
    shared = request.blueprint == "public" or request.endpoint == "account.sign_in"
    if not shared or not slides.are_drawn():
        return {"is_shared": shared, "page_address": "", "card_url": ""}
    settings = house().settings
    return {
        "is_shared": True,
        "page_address": settings.base_url + quote(request.path),
        "card_url": settings.origin + url_for("public.card", ending="png"),
    }


def _lines(staff: Actor | None) -> list[tuple[str, str, bool]]:
    lines = [("public.home", _("Consultations")), ("public.method", _("How votes are counted"))]
    if staff is None:
        lines.insert(1, ("public.heard", _("Who has been heard")))
        if uses("follow_up"):
            lines.insert(1, ("public.follow_up", _("What came of it")))
    if staff is not None and staff.role == "scrutineer":
        lines = [("scrutineer.start", _("Scrutiny")), *lines]
    elif staff is not None:
        lines = [(endpoint, str(label)) for endpoint, label in DESK_LINES]
    addresses = [(label, url_for(name)) for name, label in lines]
    here = max((url for _label, url in addresses if _is_under(url)), key=len, default="")
    return [(label, url, url == here) for label, url in addresses]


def _is_under(url: str) -> bool:
    """Return whether this page is the one at `url` or lies below it.

    No page counts as below the home page.
    """
    here = request.script_root + request.path
    return here == url or (url != url_for("public.home") and here.startswith(url))
