"""The composition root: settings, engine, bench, web. Wiring and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for

from consulta.operations import monitoring
from consulta.operations.practice import Mount
from consulta.panel import nominees_import
from consulta.people import members_rows
from consulta.platform import database as db
from consulta.platform import security
from consulta.platform.data import attributes, ballot_fields, dimensions
from consulta.platform.formats import document
from consulta.platform.keyring import Keyring
from consulta.platform.paths import stale_catalogues
from consulta.platform.settings import Settings, SettingsError
from consulta.platform.web import language
from consulta.platform.web.hops import Monitored, Named, Unproxied, Watched
from consulta.platform.web.request import now
from consulta.platform.work import Bench
from consulta.shell.site import create_web
from consulta.shell.worker.loop import Worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask


def create_bench(settings: Settings) -> Bench:
    """Return a bench over the database of `settings`, whichever schema the database has.

    Registers the dimensions of the installation for the whole process.
    """
    use_dimensions(settings)
    return Bench(db.connect(settings.database), settings.languages, keyring=Keyring.of(settings))


def use_dimensions(settings: Settings) -> None:
    """Let the process have the dimensions, attributes and ballot fields of an installation.

    Raise SettingsError where their keys or their headings collide.
    """
    try:
        members_rows.require_different(settings.dimensions)
        nominees_import.require_different(settings.attributes)
    except dimensions.DimensionsError as error:
        raise SettingsError(str(error)) from error
    twice = {each.key for each in settings.dimensions} & {each.key for each in settings.attributes}
    if twice:
        raise SettingsError(f"a dimension and an attribute have the same key: {', '.join(sorted(twice))}")
    dimensions.use(settings.dimensions)
    attributes.use(settings.attributes)
    ballot_fields.use(settings.ballot_fields)


def create_worker(settings: Settings, bench: Bench) -> Worker:
    """Return the worker, which acts without a click.

    Raise Problem `store.schema` if the schema of the database is not the newest.
    """
    db.require_current(bench.engine)
    return Worker(bench, settings, ask_for=_asking(bench, settings) if settings.documents_queued else None)


def _asking(bench: Bench, settings: Settings) -> Callable[[str, str], None]:
    """Return what asks for documents and pictures of something public, as any reader would, in each language.

    The pages are made in the worker's own process the first time that something was published.
    """
    pages: list[Flask] = []

    def ask(kind: str, key: str) -> None:
        if not pages:
            pages.append(create_web(bench, settings))
        pages[0].extensions["consulta"].kept.forget()  # the name of the organiser may be what changed
        with pages[0].test_request_context(base_url=settings.base_url):
            addresses, draws = [], document.draws_pictures()
            for lang in language.offered():
                if kind != "round":
                    addresses.append(url_for(f"public.{kind}_letter", key=key, lang=lang))
                if draws:  # that of all pages without one of their own
                    addresses.append(url_for("public.card", ending="png", lang=lang))
                if draws and kind == "result":
                    addresses.append(url_for("public.result_card", key=key, ending="png", lang=lang))
        for address in addresses:
            pages[0].test_client().get(address, base_url=settings.base_url)

    return ask


def create_app(settings: Settings | None = None, bench: Bench | None = None) -> Flask:
    """Return the web application over `settings` and `bench`; by default those of the environment.

    Raise SettingsError if the translations are not compiled, Problem `store.schema` if the schema of the
    database is not the newest.
    """
    if stale := stale_catalogues():
        raise SettingsError(f"the translations are not compiled: run `make strings` ({stale[0].name})")
    settings = settings or Settings.from_env()
    security.set_up(settings.log_format)
    bench = bench or create_bench(settings)
    use_dimensions(settings)
    monitoring.require_safe(settings)
    db.require_current(bench.engine)
    app = create_web(bench, settings)
    if not settings.practice:
        app.wsgi_app = Mount(  # type: ignore[method-assign]
            app.wsgi_app, lambda: app.extensions["consulta"], clock=now, create=create_web
        )
    app.wsgi_app = Named(app.wsgi_app, settings.origin)  # type: ignore[method-assign]
    app.wsgi_app = Watched(app.wsgi_app, app, settings.behind_proxy)  # type: ignore[method-assign]
    if not settings.behind_proxy:
        app.wsgi_app = Unproxied(app.wsgi_app)  # type: ignore[method-assign]
    else:
        from werkzeug.middleware.proxy_fix import ProxyFix  # noqa: PLC0415 - only where a proxy stands before us

        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    app.wsgi_app = Monitored(app.wsgi_app, settings.host)  # type: ignore[method-assign]
    return app
