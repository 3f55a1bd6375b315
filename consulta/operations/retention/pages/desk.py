"""The desk's page of retention: what will go when, how many rows, and what went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template
from flask_babel import gettext as _

from consulta.operations.retention import service
from consulta.operations.retention.pages.words import KINDS
from consulta.platform.deadlines import DEFAULT_ZONE
from consulta.platform.web.desk import blueprint
from consulta.platform.web.language import short_day
from consulta.platform.web.request import house, read
from consulta.platform.web.table import Column, Listing, Table, handed_out, moment_columns

if TYPE_CHECKING:
    from consulta.operations.retention.values import KindView, Overview
    from consulta.platform.work import Work


@blueprint.get("/retention", may="retention.read")
def retention() -> str:
    """Show what is erased when, and what was."""
    view, table = read(_table)
    return render_template("retention/desk.html", view=view, table=table, words=KINDS)


@handed_out("retention")
def _table(work: Work, _key: str = "", *, whole: bool = False) -> tuple[Overview, Listing]:
    """Return what will be erased, and the table of it."""
    view = service.overview(work, house().settings.kept_days)
    table = Table(
        title=_("What is erased when"),
        name="retention",
        endpoint="secretariat.retention",
        subject="retention",
        columns=[
            Column("what", _("What"), lambda each: str(KINDS[each.name]), flow=True),
            Column("days", _("Kept for days"), lambda each: each.days, numeric=True),
            Column("when", _("Next erasure"), _when, phone="under", flow=True),
            Column("due", _("Rows now"), lambda each: each.due, numeric=True, phone="side"),
            Column("soon", _("In the next 30 days"), lambda each: each.soon, numeric=True),
            Column("last_rows", _("Rows erased last"), lambda each: each.last_rows, numeric=True),
            *moment_columns(_("Erased last"), lambda each: each.last_at),
        ],
    )
    return view, table.over(view.kinds, whole=whole)


def _when(each: KindView) -> str:
    if each.begins_at is not None:
        return _("from %(day)s on", day=short_day(each.begins_at, DEFAULT_ZONE))
    if not each.due:
        return _("none yet")
    return _("within the hour") if each.announced else _("a week after its notice")
