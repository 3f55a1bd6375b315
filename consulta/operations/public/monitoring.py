"""What programs that watch the installation ask: is it alive, is it ready, is it well, and its figures."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from flask import Response, request

from consulta.core.problems import Problem
from consulta.operations import monitoring
from consulta.operations.monitoring import Report
from consulta.platform.formats import exposition
from consulta.platform.web.hops import FROM_HERE
from consulta.platform.web.pages import Pages
from consulta.platform.web.request import house, read, reading, writing

if TYPE_CHECKING:
    from consulta.platform.formats.exposition import Family


blueprint = Pages("monitoring", __name__, in_languages=False)
HEALTH_KEPT, READY_KEPT = 5.0, 1.0  # seconds: so that frequent requests do not keep others from writing


@blueprint.get("/salud", may="published.read", session=False)
@blueprint.get("/health", may="published.read", session=False)
def health_check() -> tuple[Response, int]:
    """Return "ok" or "warning" (200), or "failing" (503): the state of the installation.

    Who may read the figures is also told the age of the newest backup, and by how much clocks differ. The
    check runs at most once in five seconds; between, the last result is returned.
    """
    found: Report = house().kept.get("health", _report, HEALTH_KEPT)
    lines: list[str] = [found.state]
    if _may_read_figures():
        lines += [] if found.backup is None else [f"backup_age_seconds {found.backup}"]
        lines += [f"clock_apart_seconds {found.clock}"] if found.clock else []
    return _said("\n".join(lines)), 503 if found.state == "failing" else 200


@blueprint.get("/live", may="published.read", session=False)
def live() -> Response:
    """Return "ok": this process answers. A supervisor restarts it where it does not.

    Nothing else is looked at, since no restart mends a database, a disk or a late backup.
    """
    return _said("ok")


@blueprint.get("/ready", may="published.read", session=False)
def ready() -> tuple[Response, int]:
    """Return "ok" (200) or "not ready" (503): whether requests should be sent to this process.

    They should where its database is there and takes votes. Checked at most once a second.
    """
    found: bool = house().kept.get("ready", _is_ready, READY_KEPT)
    return _said("ok" if found else "not ready"), 200 if found else 503


@blueprint.get("/metrics", may="metrics.read", session=False)
def metrics() -> tuple[Response, int]:
    """Return the figures of the installation in the text format of Prometheus.

    With a token where one is set, else for programs on this machine alone.
    """
    if not _may_read_figures():
        refused = _said("for programs on this machine, or with a token: see CONSULTA_METRICS_TOKEN")
        if not house().settings.metrics_token:
            return refused, 404
        refused.headers["WWW-Authenticate"] = "Bearer"
        return refused, 401
    text = exposition.written(_families())
    return Response(text, content_type=exposition.MEDIA), 200


def _may_read_figures() -> bool:
    token = house().settings.metrics_token
    if not token:
        return bool(request.environ.get(FROM_HERE))
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())


def _families() -> list[Family]:
    found = list(monitoring.of_process(house().counters.sums(), house().counters.name()))
    try:
        with reading() as work:
            free = monitoring.room(house().settings)
            found += monitoring.of_installation(work, house().settings, free)
            up = True
    except (Problem, OSError):
        up = False
    return [*found, exposition.one("consulta_database_up", "1 where the database answered.", up)]


def _said(word: str) -> Response:
    return Response(f"{word}\n", mimetype="text/plain")


def _report() -> Report:
    try:
        with writing() as work:
            settings = house().settings
            return monitoring.report(work, monitoring.room(settings), settings.backups)
    except (Problem, OSError):
        return Report("failing")


def _is_ready() -> bool:
    try:
        return read(monitoring.is_ready)
    except Problem:
        return False
