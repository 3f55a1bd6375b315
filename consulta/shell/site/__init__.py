"""Pages: shape in, services asked, finished values shown."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages
from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined
from werkzeug.routing import IntegerConverter

import consulta
from consulta.accounts.pages import pending, sign_in, staff
from consulta.desk.pages import prospect
from consulta.operations.public import monitoring, open_data
from consulta.panel.pages import pictures
from consulta.panel.public import guests
from consulta.panel.public import proposals as proposals_pages
from consulta.people.pages import admission as admission_pages
from consulta.people.pages import focal_points, own_data
from consulta.people.public import admission
from consulta.people.public import focal_points as own_focal_points
from consulta.platform import door
from consulta.platform.keyring import Keyring
from consulta.platform.organiser.pages import everywhere
from consulta.platform.paths import resource
from consulta.platform.web import desk, language, public, secrecy
from consulta.platform.web.application import Application
from consulta.platform.web.request import House, cookie_name
from consulta.results.pages import depends_words, verdict_words, why_words
from consulta.results.pages import words as result_words
from consulta.results.public import scrutineer, your_vote
from consulta.rounds.pages import rule_words
from consulta.rounds.public import links, witnesses
from consulta.sessions.pages import earlier, follow_up, follow_up_calls, minutes
from consulta.sessions.pages import evaluation as evaluation_desk
from consulta.sessions.public import evaluation, follow_up_answers
from consulta.shell.site import errors, front, navigation
from consulta.shell.site import guards as security
from consulta.themes.pages import proposals
from consulta.vote.public import questions, reasons, take_away, vote

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.routing import Map

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

UPLOAD_MAX = 11 * 1024 * 1024  # bytes of one request: a file of 10 MB and its form
ID_MAX = 2**31 - 1  # what a database keeps as a number; an address beyond it is of no page


class Number(IntegerConverter):
    """A number in an address."""

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:  # noqa: A002 - the name that werkzeug gives
        super().__init__(map, *args, **{"max": ID_MAX, **kwargs})


def _read_pages() -> None:
    """Import the pages of every wing: a view joins its blueprint when its module is read."""
    for module in walk_packages(consulta.__path__, "consulta."):
        if {"pages", "public"} & set(module.name.split(".")):
            import_module(module.name)


_read_pages()


def create_web(bench: Bench, settings: Settings) -> Flask:
    """Return the Flask application that serves every page over `bench`, configured from `settings`."""
    app = Application("consulta", template_folder=str(resource("templates")), static_folder=None)
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
    app.url_map.converters["int"] = Number
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    bench.keyring = bench.keyring or Keyring.of(settings)
    app.extensions["consulta"] = House(bench, settings)
    language.speak(app, settings.languages)
    lang = f"/<any({', '.join(settings.languages)}):lang>"
    pictures.init_app(app)
    for part_of_pages in (result_words, verdict_words, depends_words, why_words, rule_words):
        part_of_pages.init_app(app)
    for everywhere_used in (secrecy, security, errors, navigation):
        everywhere_used.init_app(app)
    for desk_part in (
        prospect,
        everywhere,
        admission_pages,
        own_data,
        focal_points,
        follow_up_calls,
        evaluation_desk,
        minutes,
        follow_up,
        earlier,
        pending,
    ):
        desk_part.init_app(app)
    for without_language in (
        front.blueprint,
        monitoring.blueprint,
        open_data.blueprint,
        sign_in.provider_blueprint,
    ):
        app.register_blueprint(without_language)
    mine = f"{lang}/account"
    for part, prefix in ((witnesses, "/log"), (public, lang), (sign_in, mine), (staff, mine)):
        app.register_blueprint(part.blueprint, url_prefix=prefix)
    for each in (
        *(vote, take_away, questions, your_vote, reasons),
        *(guests, admission, own_focal_points, evaluation),
    ):
        app.register_blueprint(each.blueprint, url_prefix=lang)
    app.register_blueprint(
        proposals_pages.blueprint, url_prefix=lang + "/ballot/<key>/nominations", name=proposals_pages.BESIDE
    )
    for name, each in (("nominations", proposals_pages), ("theme-proposals", proposals)):
        app.register_blueprint(each.blueprint, url_prefix=f"{lang}/{name}/<key>")
    for name, place in follow_up_answers.WAYS.items():
        app.register_blueprint(follow_up_answers.blueprint, url_prefix=f"{lang}/{place}", name=name)
    way = f"/<any({', '.join(door.ways())}):way>"
    app.register_blueprint(links.blueprint, url_prefix=lang + way)
    app.register_blueprint(scrutineer.blueprint, url_prefix=lang + "/scrutiny")
    app.register_blueprint(desk.blueprint, url_prefix=lang + "/secretariat")
    return app


def _hosts(settings: Settings) -> list[str]:
    loopback = ["127.0.0.1", "localhost", "[::1]"]
    return loopback if settings.host in {"127.0.0.1", "localhost", "::1"} else [settings.host]
