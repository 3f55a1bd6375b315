"""What pages use of Flask-Babel: the one door to it, so that another library can take its place here."""

from __future__ import annotations

from flask_babel import (
    Babel,
    Domain,
    LazyString,
    force_locale,
    gettext,
    lazy_gettext,
    lazy_pgettext,
    ngettext,
    pgettext,
)

__all__ = [
    "Babel",
    "Domain",
    "LazyString",
    "force_locale",
    "gettext",
    "lazy_gettext",
    "lazy_pgettext",
    "ngettext",
    "pgettext",
]
