"""For which site passkeys are, and where a page can offer them."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

from consulta.platform.accounts.factors import Site
from consulta.platform.organiser.pages import everywhere
from consulta.platform.web.request import house, local_path

ASKED = "passkey"  # in the cookie: the challenge that this browser was given
ANSWER_MAX = 20_000  # characters


def site() -> Site:
    """Return for which site passkeys are made and taken: that of the base address."""
    settings = house().settings
    parts = urlsplit(settings.base_url)
    return Site(settings.host, f"{parts.scheme}://{parts.netloc}", everywhere.site_name())


def possible() -> bool:
    """Return whether browsers give passkeys to this site: it needs https, or the name localhost."""
    return house().settings.secure or house().settings.host == "localhost"


def offered() -> dict[str, object]:
    """Return what a page with the button for passkeys needs."""
    return {"passkeys_possible": possible(), "passkey_next": local_path(request.args.get("next"))}
