"""Pages: shape in, services asked, finished values shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined
from werkzeug.routing import IntegerConverter

from consulta.accounts.sign_in.pages import provider
from consulta.accounts.sign_in.pages import sign_in as account
from consulta.accounts.staff.pages import own as own_account
from consulta.accounts.staff.pages import pending
from consulta.desk.pages import prospect
from consulta.operations.monitoring import pages as monitoring
from consulta.operations.open_data.pages import files as open_data
from consulta.panel.invitations.pages import guest
from consulta.panel.pages import pictures
from consulta.panel.proposals import pages as nominate
from consulta.people.admission.pages import desk as applications
from consulta.people.admission.pages import own as application
from consulta.people.focal_points.pages import desk as focal_points
from consulta.people.focal_points.pages import own as own_focal_points
from consulta.people.own_data.pages import desk as corrections
from consulta.platform.door import purposes
from consulta.platform.keyring import Keyring
from consulta.platform.organiser.pages import everywhere
from consulta.platform.paths import resource
from consulta.platform.web import language, secrecy
from consulta.platform.web.application import Application
from consulta.platform.web.request import House, cookie_name
from consulta.results.checks.pages import scrutineer
from consulta.results.pages import depends_words, verdict_words, why_words
from consulta.results.pages import words as result_words
from consulta.results.your_vote import pages as your_vote
from consulta.rounds.links.pages import door
from consulta.rounds.pages import rule_words
from consulta.rounds.witnesses.pages import plain as log
from consulta.sessions.evaluation.pages import desk as evaluation_desk
from consulta.sessions.evaluation.pages import own as evaluation
from consulta.sessions.follow_up.pages import answers as follow_up_answers
from consulta.sessions.follow_up.pages import calls as follow_up_calls
from consulta.sessions.follow_up.pages import desk as recommendations
from consulta.sessions.follow_up.pages import themes as earlier
from consulta.sessions.minutes import pages as minutes
from consulta.shell.site import desk, errors, front, navigation, public
from consulta.shell.site import guards as security
from consulta.themes.proposals.pages import own as propose_themes
from consulta.vote.pages import take_away, vote
from consulta.vote.questions.pages import answers
from consulta.vote.reasons.pages import own as own_reasons

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
    for of_results in (result_words, verdict_words, depends_words, why_words):
        of_results.init_app(app)
    rule_words.init_app(app)
    secrecy.init_app(app)
    security.init_app(app)
    errors.init_app(app)
    navigation.init_app(app)
    for desk_part in (
        prospect,
        everywhere,
        applications,
        corrections,
        focal_points,
        follow_up_calls,
        evaluation_desk,
        minutes,
        recommendations,
        earlier,
        pending,
    ):
        desk_part.init_app(app)
    for without_language in (front, monitoring, open_data, provider):
        app.register_blueprint(without_language.blueprint)
    mine = f"{lang}/account"
    for part, prefix in ((log, "/log"), (public, lang), (account, mine), (own_account, mine)):
        app.register_blueprint(part.blueprint, url_prefix=prefix)
    for each in (
        *(vote, take_away, answers, your_vote, own_reasons),
        *(guest, application, own_focal_points, evaluation),
    ):
        app.register_blueprint(each.blueprint, url_prefix=lang)
    app.register_blueprint(
        nominate.blueprint, url_prefix=lang + "/ballot/<key>/nominations", name=nominate.BESIDE
    )
    for name, each in (("nominations", nominate), ("theme-proposals", propose_themes)):
        app.register_blueprint(each.blueprint, url_prefix=f"{lang}/{name}/<key>")
    for name, place in follow_up_answers.WAYS.items():
        app.register_blueprint(follow_up_answers.blueprint, url_prefix=f"{lang}/{place}", name=name)
    way = f"/<any({', '.join(purposes.ways())}):way>"
    app.register_blueprint(door.blueprint, url_prefix=lang + way)
    app.register_blueprint(scrutineer.blueprint, url_prefix=lang + "/scrutiny")
    app.register_blueprint(desk.blueprint, url_prefix=lang + "/secretariat")
    return app


def _hosts(settings: Settings) -> list[str]:
    loopback = ["127.0.0.1", "localhost", "[::1]"]
    return loopback if settings.host in {"127.0.0.1", "localhost", "::1"} else [settings.host]
