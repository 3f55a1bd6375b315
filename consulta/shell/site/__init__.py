"""Pages: shape in, services asked, finished values shown."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages
from typing import TYPE_CHECKING, Any

from flask import Flask
from jinja2 import StrictUndefined
from werkzeug.routing import AnyConverter, IntegerConverter

import consulta
from consulta.platform import door, parts
from consulta.platform.data import tongues
from consulta.platform.keyring import Keyring
from consulta.platform.paths import resource
from consulta.platform.web import drafts, language, secrecy
from consulta.platform.web.pages import VIEWS, Pages
from consulta.platform.web.request import House, cookie_name
from consulta.shell.site import errors, front, guards, navigation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from werkzeug.routing import Map

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

UPLOAD_MAX = 11 * 1024 * 1024  # bytes of one request: a file of 10 MB and its form
ID_MAX = 2**31 - 1  # what a database keeps as a number; an address beyond it is of no page


class Number(IntegerConverter):
    """A number in an address."""

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:  # noqa: A002 - the name that werkzeug gives
        super().__init__(map, *args, **{"max": ID_MAX, **kwargs})


class Way(AnyConverter):
    """The letter with which the address of a link begins."""

    def __init__(self, map: Map) -> None:  # noqa: A002 - the name that werkzeug gives
        super().__init__(map, *door.ways())


def modules_of_pages() -> Iterator[ModuleType]:
    """Yield the modules of pages of every wing: a view joins its blueprint when its module is read."""
    for module in walk_packages(consulta.__path__, "consulta."):
        if {"pages", "public"} & set(module.name.split(".")):
            yield import_module(module.name)


PAGES = tuple(modules_of_pages())


def create_web(bench: Bench, settings: Settings) -> Flask:
    """Return the Flask application that serves every page over `bench`, configured from `settings`."""
    modules = (*PAGES, secrecy, drafts, guards, errors, navigation, front)
    app = Flask("consulta", template_folder=str(resource("templates")), static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret,
        SECRET_KEY_FALLBACKS=list(settings.old_secrets),
        SESSION_COOKIE_NAME=cookie_name(settings),
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        MAX_CONTENT_LENGTH=UPLOAD_MAX,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        TRUSTED_HOSTS=_hosts(settings),
        WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as its session
        WTF_CSRF_SSL_STRICT=False,  # no referrer is sent; Sec-Fetch-Site and Origin are checked instead
    )
    app.url_map.converters |= {"int": Number, "way": Way}
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.optimized = False  # it would write a constant once, in the language of the first reader
    bench.keyring = bench.keyring or Keyring.of(settings)
    app.extensions["consulta"] = House(bench, settings)
    language.speak(app, settings.languages)
    for module in modules:
        if hasattr(module, "init_app"):
            module.init_app(app)
    # A module of pages can have a blueprint of its own, or that of others.
    blueprints = (each for module in modules for each in vars(module).values() if isinstance(each, Pages))
    for view in VIEWS.values():
        parts.require_known(view.part)
    for each in dict.fromkeys(blueprints):
        # All languages: which are offered can change while this runs (`language._lead_to_desk`).
        each.join(app, f"/<any({', '.join(tongues.codes())}):lang>")
    return app


def _hosts(settings: Settings) -> list[str]:
    loopback = ["127.0.0.1", "localhost", "[::1]"]
    return loopback if settings.host in {"127.0.0.1", "localhost", "::1"} else [settings.host]
