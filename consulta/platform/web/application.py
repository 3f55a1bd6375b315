"""The Flask application, without what it does for each request and this program does not need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from flask import Flask, has_request_context, request
from flask.globals import app_ctx

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.ctx import AppContext
    from werkzeug.local import LocalProxy


def here() -> AppContext:
    """Return the context of the application itself.

    Each look through one of Flask's proxies (`g`, `current_app`) is five calls of functions: this is for what
    every text of a page asks for. Raise RuntimeError where there is none, as they do.
    """
    return cast("LocalProxy[AppContext]", app_ctx)._get_current_object()  # noqa: SLF001 - as Werkzeug documents


_PLAIN = frozenset({"key", "lang", "name", "digest", "version"})  # none of them is a secret
_MOST = 5000  # addresses that are kept, in about a megabyte


class Application(Flask):
    """A Flask application whose views are plain functions, and which makes the same address once."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """See `Flask`."""
        super().__init__(*arguments, **options)
        self._addresses: dict[tuple[object, ...], str] = {}

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as it is: none is a coroutine, and to look costs as much as a query."""
        return func

    def url_for(self, /, endpoint: str, **values: Any) -> str:
        """Return an address, see `Flask.url_for`.

        One that has no other values than the key of a round, a language, a version or a file of the program
        is made once for each language, practice and part of the site.
        """
        given = {name: value for name, value in values.items() if name[0] != "_" or value is not None}
        if not (given.keys() <= _PLAIN and has_request_context()):
            return super().url_for(endpoint, **values)
        part = request.blueprint if endpoint.startswith(".") else None
        told = tuple((name, type(value), value) for name, value in given.items())
        asked = (endpoint, part, here().g.get("lang"), request.script_root, told)
        try:
            found = self._addresses.get(asked)
        except TypeError:  # a value that is no key of a mapping
            return super().url_for(endpoint, **values)
        if found is None:
            found = super().url_for(endpoint, **values)
            if len(self._addresses) >= _MOST:
                self._addresses.clear()
            self._addresses[asked] = found
        return found
