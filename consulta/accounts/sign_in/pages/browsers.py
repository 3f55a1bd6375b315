"""A browser in a word or two, for people to tell their own sessions apart; nothing is decided by it."""

from __future__ import annotations

from flask import request

# What a browser says of itself -> what people call it; the first that fits, since most name others too.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def named() -> str:
    """Return the name of the browser that sent this request and of its system, as far as it tells."""
    told = request.headers.get("User-Agent", "")
    found = [next((name for sign, name in known if sign in told), "") for known in (BROWSERS, SYSTEMS)]
    return ", ".join(each for each in found if each)
