"""What tests do beside the program, and what `consulta check` finds of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from consulta.platform.models import APPEND_ONLY
from consulta.platform.work import COMMAND
from consulta.results import checks
from tests.factories import moment

if TYPE_CHECKING:
    from consulta.platform.work import Bench


def unguarded(bench: Bench) -> Bench:
    """Take the triggers away, as a person could who may write to the database, and return the bench."""
    with bench.work(COMMAND, moment()) as work:
        for table in APPEND_ONLY:
            for act in ("update", "delete"):
                work.session.execute(text(f"DROP TRIGGER {table}_no_{act}"))
    return bench


def found(bench: Bench, without: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Return what each quick check finds, but for those `without`; an empty list where there is nothing."""
    with bench.read(COMMAND, moment()) as work:
        return {
            name: list(checks._looked(look, work))
            for name, look in checks.QUICK.items()
            if name not in without
        }
