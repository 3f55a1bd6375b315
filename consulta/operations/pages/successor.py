"""The sheet for whoever takes over: where everything is, and what to do without an administrator."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from flask import render_template

from consulta import __version__
from consulta.accounts import staff
from consulta.operations import backups
from consulta.platform.log import signing
from consulta.platform.web.desk import blueprint
from consulta.platform.web.request import house, now, read

RUNNER = Path("/usr/local/sbin/consulta-run")  # as `docs/deploy/install.sh` puts it


@blueprint.get("/successor", may="staff.read")
def successor() -> str:
    """Show, for printing, what somebody needs who takes over; nothing on it opens anything."""
    settings = house().settings
    accounts = read(staff.listed)
    command = RUNNER.name if RUNNER.exists() else "consulta"
    identity = " --identity KEY" if settings.backups.recipients else ""
    return render_template(
        "staff/successor.html",
        settings=settings,
        today=now(),
        machine=socket.gethostname(),
        version=__version__,
        database=shown_database(settings.database),
        admins=[each.person for each in accounts if each.person.role == "admin" and each.person.active],
        newest=backups.newest(settings.backups, now()) if settings.backups.folder else None,
        log_key=signing.path_in(settings.data),
        restore=f"{command} restore{identity} FILE --to {settings.database_file or 'postgresql://…'}",
        new_link=f"{command} staff link ADDRESS --without-second-step",
        new_person=f"{command} staff add ADDRESS --name NAME --role admin",
    )


def shown_database(address: str) -> str:
    """Return the address of a database without user, password and whatever else could open it."""
    parts = urlsplit(address)
    hosts = ", ".join([parts.hostname or "", *parse_qs(parts.query).get("host", [])]).strip(", ")
    return f"{parts.scheme.partition('+')[0]}://{hosts}{parts.path}"
