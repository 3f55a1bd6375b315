"""Rounds: the list, and the page of a round with the next thing to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template

from consulta.desk import opening, overview
from consulta.desk.pages import calendar, checklist
from consulta.desk.pages.acts import doors, names_of_acts, told, who
from consulta.operations import backups, monitoring, retention
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.desk import Page, blueprint, page
from consulta.platform.web.language import brief
from consulta.platform.web.request import house, read, reading
from consulta.platform.web.table import Choice, Column, Listing, Search, Table, handed_out, moment_in_file
from consulta.rounds import history, witnesses
from consulta.rounds import service as rounds
from consulta.rounds.pages import stages
from consulta.rounds.pages.rail import days_left, past_deadline
from consulta.rounds.service import subject

if TYPE_CHECKING:
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine


A_PAGE = 25  # rows of the log


@blueprint.get("/", may="rounds.read")
def start() -> str:
    """Show all rounds, each with the next thing to do."""
    with reading() as work:
        lines = rounds.list_rounds(work)
        has_members = bool(lines or opening.count_voters(work, {})[0])
        key = witnesses.state(work, house().settings)
        late = backups.late(work, house().settings.backups)
        not_copied = backups.not_copied(house().settings.backups)
        newest = backups.newest(house().settings.backups, work.now)
        apart = monitoring.seconds_apart(work)
        silent, stuck = monitoring.silent_since(work), monitoring.no_mail_since(work)
        going = retention.announced(work)
        held = backups.is_held(work)
        # Only of a round whose factsheet is public can a task after the session be the next step.
        tasks = {line.key: stages.tasks(work, line) for line in lines if line.step == "read"}
    return render_template(
        "lifecycle/start.html",
        has_members=has_members,
        unsigned=key in {"missing", "unreadable", "another"},
        late=late,
        not_copied=not_copied,
        newest=newest,
        apart=abs(apart) // 60,
        silent=silent,
        stuck=stuck,
        full=not monitoring.has_room(monitoring.room(house().settings)),
        going=going,
        held=held,
        rounds=[
            (
                line,
                stages.badge(line),
                stages.next_step(line, tasks.get(line.key, ())),
                stages.besides(line),
            )
            for line in lines
        ],
    )


@blueprint.get("/rounds/<key>", may="rounds.read")
def round_page(key: str) -> Page:
    """Show the next thing to do with a round, what is missing, and what happens when."""
    settings = house().settings
    with reading() as work:
        view = overview.overview(work, key, settings.small_cell)
        events = calendar.everything(work)
        line = view.round.line
        tasks = stages.tasks(work, line)
    listed = checklist.entries(view, tasks, has_mail=bool(settings.mail.host))
    return page(
        "lifecycle/round.html",
        line,
        view=view.round,
        badge=stages.badge(line),
        step=stages.next_step(line, tasks),
        days=days_left(line) if line.state == "open" else "",
        runs=line.state == "open" and not past_deadline(line),
        todo=listed,
        todo_title=checklist.title(line),
        grid=calendar.grid(events, 4, line.zone),
        agenda=[each for each in events if each.event.round.id == line.id],
        acts=[(entry.at, who(entry), told(entry, line.zone, digests=False)) for entry in view.acts],
    )


@blueprint.get("/rounds/<key>/file", may="rounds.read")
def round_file(key: str) -> Page:
    """Show what a round asks, its rules, and what was frozen at the opening, with its fingerprints."""
    view = read(rounds.round_overview, key)
    return page("lifecycle/file.html", view.line, view=view)


@blueprint.get("/rounds/<key>/log", may="log.read")
def round_log(key: str) -> Page:
    """Show the log of a round: who did what, and when."""
    line, table = read(_log, key)
    return page("lifecycle/log.html", line, table=table)


@handed_out("log")
def _log(work: Work, key: str, *, whole: bool = False) -> tuple[RoundLine, Listing]:
    """Return the round, and the table of what was done with it."""
    line = rounds.round_line(work, key)
    table = Table(
        title=_("Log"),
        name="log",
        endpoint="secretariat.round_log",
        key=key,
        search=Search(_("Organisation or person")),
        choices=[
            Choice("action", _("What"), names_of_acts(history.actions(work, key))),
            Choice("who", _("Who"), [*history.who_acted(work, key).items(), *doors()]),
            Choice("since", _("From day"), (), day=True),
            Choice("until", _("To day"), (), day=True),
        ],
        size=A_PAGE,
        columns=[
            Column("at", _("When"), lambda each: brief(each.at, line.zone), only="page", largest_first=True),
            moment_in_file(lambda entry: entry.at),
            Column("who", _("Who"), who, sorts=False, phone="side"),
            Column(
                "what", _("What"), lambda entry: told(entry, line.zone), sorts=False, flow=True, phone="under"
            ),
        ],
        sort="-at",
    )
    wanted = table.asked(whole=whole)
    return line, Listing(table, wanted, history.round_log(work, key, wanted), subject(line))
