"""The checklist on the page of a round: what is left to do, what others must mend, what is done.

Each entry is a sentence made from figures that were read with the page, and the way to where it is mended.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import url_for

from consulta.platform.access import may
from consulta.platform.web import dimension_words
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import ngettext, pgettext
from consulta.platform.web.language import brief, say, short_day
from consulta.platform.web.request import actor, uses
from consulta.rounds.pages import stages
from consulta.rounds.pages.rail import is_over, past_deadline
from consulta.vote.pages.participation import marking_said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from consulta.core.problems import Problem
    from consulta.desk.opening import OpeningReport
    from consulta.desk.overview import Overview
    from consulta.rounds.pages.stages import Task
    from consulta.rounds.values import RoundLine

SHOWN = 3  # warnings before an opening; its page has them all


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry: `kind` is `open` (to do), `care` (to know, or for another person to mend) or `done`."""

    kind: str
    title: str
    note: str
    label: str
    url: str


def entries(view: Overview, tasks: Iterable[Task], *, has_mail: bool) -> tuple[Entry, ...]:
    """Return the entries for a round; `tasks` are those after its session, `has_mail`: mail can leave."""
    line = view.round.line
    besides = [
        Entry("open" if each.kind == "warn" else "care", each.title, each.text, each.label, each.url)
        for each in stages.besides(line)
    ]
    if line.state == "cancelled":
        return tuple(besides)
    after = [Entry(each.kind, each.title, each.note, each.label, each.url) for each in tasks]
    found = [*_of_state(view), *besides, *_of_session(line), *after]
    if not has_mail and line.state in {"draft", "open"}:
        found.append(
            Entry(
                "care",
                _("There is no mail server"),
                _("Messages stay in files and reach nobody until an administrator enters your mail account."),
                _("See"),
                url_for("secretariat.first_steps", _anchor="mail")
                if may(actor(), "settings.write")
                else _way("mail", line),
            )
        )
    order = ("open", "care", "done")
    return tuple(sorted(found, key=lambda entry: order.index(entry.kind)))


def title(line: RoundLine) -> str:
    """Return the heading above the checklist."""
    titles = {
        "draft": _("Before the opening"),
        "open": _("Before the closing"),
        "closed": _("Before the result is public"),
    }
    return titles.get(line.state) or _("After the result")


def _way(page: str, line: RoundLine, **values: Any) -> str:
    return url_for(f"secretariat.{page}", key=line.key, **values)


def _of_state(view: Overview) -> Iterator[Entry]:
    parts = {"draft": _of_draft, "open": _of_voting, "closed": _of_count, "published": _of_panel}
    return parts[view.round.line.state](view)


def _warnings(report: OpeningReport | None) -> list[Problem]:
    """Return what is to be known before the opening, but that there are no nominees: an entry says so."""
    return [each for each in report.warnings if each.code != "opening.no_nominees"] if report else []


def _of_draft(view: Overview) -> Iterator[Entry]:
    line, report = view.round.line, view.report
    for problem in report.refusals if report else ():
        page = "themes" if problem.code == "themes.few" else "opening"
        yield Entry("open", say(problem), _("it prevents the opening"), _("See"), _way(page, line))
    warnings = _warnings(report)
    for problem in warnings[:SHOWN]:
        yield Entry("care", say(problem), "", _("See"), _way("opening", line))
    if len(warnings) > SHOWN:
        more: str = ngettext(
            "%(num)s more note on the page of the opening",
            "%(num)s more notes on the page of the opening",
            len(warnings) - SHOWN,
        )
        yield Entry("care", more, "", _("Opening"), _way("opening", line))
    yield from _of_proposing(line)
    if line.themes:
        themes: str = ngettext("%(num)s theme", "%(num)s themes", line.themes)
        yield Entry("done", themes, "", _("Themes"), _way("themes", line))
    if line.nominees:
        nominees: str = ngettext("%(num)s nominee", "%(num)s nominees", line.nominees)
        yield Entry("done", nominees, "", _("Nominees"), _way("nominees", line))
    else:
        yield Entry(
            "open",
            _("No nominees for the panel"),
            _("add people, or let members propose; without any the consultation chooses no panel")
            if uses("people_proposals")
            else _("add people; without any the consultation chooses no panel"),
            _("Add"),
            _way("nominees", line),
        )
    if report and report.seats:
        roll: str = ngettext(
            "%(num)s organisation would be on the roll",
            "%(num)s organisations would be on the roll",
            report.seats,
        )
        yield Entry(
            "done",
            roll,
            _("%(reachable)s of them with a contact who can vote", reachable=report.reachable),
            _("Opening"),
            _way("opening", line),
        )
    yield from _planned(view)


def _planned(view: Overview) -> Iterator[Entry]:
    """Yield what will happen by itself; reminders that nobody planned yet are ticked with the opening."""
    line = view.round.line
    if line.opens_at is not None:
        opens = _("It opens by itself on %(moment)s", moment=brief(line.opens_at, line.zone))
        yield Entry("done", opens, "", _("See the plan"), _way("opening_plan", line))
    if view.planned:
        yield _reminders(view)


def _of_proposing(line: RoundLine) -> Iterator[Entry]:
    """Yield the entry about what members propose, where they do or did."""
    waits = line.theme_waiting + line.proposals
    way = _way("proposing", line)
    waiting: str = ngettext("%(num)s proposal waits", "%(num)s proposals wait", waits)
    day = short_day(line.proposing_closes_at, line.zone) if line.proposing_closes_at else ""
    if line.proposing == "planned":
        when = (
            _("it opens by itself on %(day)s", day=short_day(line.proposing_opens_at, line.zone))
            if line.proposing_opens_at
            else _("it is set and not open")
        )
        yield Entry("open", _("Members do not propose yet"), when, pgettext("act", "Open"), way)
    elif line.proposing == "open":
        said = waiting if waits else _("Members are proposing")
        yield Entry("care", said, _("members propose until %(day)s", day=day), _("See"), way)
    elif waits:
        yield Entry("open", waiting, _("members propose no more"), pgettext("act", "Decide"), way)
    elif line.asks_themes and line.state == "draft":
        decided, there = _("All proposals are decided"), _way("theme_choice", line)
        yield Entry("done", decided, "", _("Themes: ballot"), there)


def _reminders(view: Overview) -> Entry:
    line, planned = view.round.line, view.planned
    if planned:
        days = ", ".join(short_day(each, line.zone) for each in planned)
        said = ngettext("%(num)s reminder planned", "%(num)s reminders planned", len(planned))
        return Entry("done", said, days, _("Reminders"), _way("reminders", line))
    note = ""
    if line.seats > line.ballots:
        note = ngettext(
            "%(num)s organisation has not voted yet",
            "%(num)s organisations have not voted yet",
            line.seats - line.ballots,
        )
    if view.reminded:
        last = _("the last one went out on %(moment)s", moment=brief(view.reminded, line.zone))
        note = f"{note}; {last}" if note else last
    return Entry("open", _("No reminder is planned"), note, _("Plan"), _way("reminders", line))


def _of_voting(view: Overview) -> Iterator[Entry]:
    line = view.round.line
    if line.seats == line.ballots:
        yield Entry(
            "done", _("Every organisation has voted"), "", _("Participation"), _way("participation", line)
        )
    elif not past_deadline(line):
        yield _reminders(view)
    yield from _of_proposing(line)
    if view.changes:
        changes: str = ngettext(
            "%(num)s change of who may vote waits", "%(num)s changes of who may vote wait", view.changes
        )
        yield Entry("open", changes, "", pgettext("act", "Decide"), _way("access", line))
    if view.silent:
        yield Entry(
            "open",
            ngettext(
                "%(num)s organisation has no contact who can vote",
                "%(num)s organisations have no contact who can vote",
                view.silent,
            ),
            " · ".join(view.silent_names) + ("…" if view.silent > len(view.silent_names) else ""),
            _("Add"),
            url_for("secretariat.members"),
        )
    unheard = [
        _(
            "%(none)s of %(all)s %(categories)s",
            none=none,
            all=every,
            categories=dimension_words.categories(name),
        )
        for name, none, every in view.unheard
        if none
    ]
    if view.marking:
        yield Entry(
            "care" if view.marking.few else "done",
            marking_said(view.marking),
            _("they choose people below the themes of the ballot") if view.marking.few else "",
            _("Participation"),
            _way("participation", line),
        )
    if unheard and not past_deadline(line):
        without = _("No vote yet from %(groups)s", groups="; ".join(unheard))
        yield Entry("open", without, "", _("See"), _way("participation", line, voted="no"))
    yield _frozen(line)


def _frozen(line: RoundLine) -> Entry:
    day = short_day(line.opened_at, line.zone) if line.opened_at else ""
    fixed = _("Texts, rules, themes and roll have been fixed since %(day)s", day=day)
    return Entry("done", fixed, "", _("File"), _way("round_file", line))


def _of_count(view: Overview) -> Iterator[Entry]:
    line = view.round.line
    if line.stale:
        yield Entry(
            "open", _("The ballots must be counted again"), "", _("Objections"), _way("objections", line)
        )
    elif line.counted:
        yield Entry("done", _("The ballots are counted"), "", _("Result"), _way("result", line))
        if line.result_seen_at is None:
            yield Entry("open", _("The result has not been read yet"), "", _("Read"), _way("result", line))
    else:
        yield Entry("open", _("The ballots are not counted yet"), "", _("Result"), _way("result", line))
    if line.undecided:
        wait: str = ngettext("%(num)s objection waits", "%(num)s objections wait", line.undecided)
        yield Entry("open", wait, "", pgettext("act", "Decide"), _way("objections", line))
    yield from _of_proposing(line)
    if line.counted and not line.panel_void:
        yield from _chosen(line, "care", _("the result can be published without it"))
    if line.counted:
        yield Entry(
            "open",
            _("The result is not public"),
            _("only the secretariat sees it"),
            _("Publish"),
            _way("publish", line),
        )
    yield _frozen(line)


def _chosen(line: RoundLine, kind: str = "open", note: str = "") -> Iterator[Entry]:
    """Yield whether a panel is chosen; `kind` and `note`: of the entry where none is."""
    if line.panel_chosen:
        yield Entry("done", _("A panel is chosen"), "", _("Panel"), _way("panel", line))
    elif line.nominees:
        yield Entry(kind, _("No panel is chosen"), note, _("Choose"), _way("panel", line))


def _of_panel(view: Overview) -> Iterator[Entry]:
    line = view.round.line
    day = short_day(line.published_at, line.zone) if line.published_at else ""
    yield Entry(
        "done", _("The result has been public since %(day)s", day=day), "", _("Result"), _way("result", line)
    )
    yield from _chosen(line)
    if line.panel_chosen and not line.guests and not is_over(line):
        yield Entry(
            "open", _("No person is invited to the panel yet"), "", _("Invite"), _way("invitations", line)
        )
    if line.unanswered and not is_over(line):
        asked: str = ngettext(
            "%(num)s invitation has no answer yet", "%(num)s invitations have no answer yet", line.unanswered
        )
        yield Entry("open", asked, "", _("See"), _way("invitations", line))
    elif line.declined and not is_over(line):
        free: str = ngettext(
            "%(num)s place of the panel became free", "%(num)s places of the panel became free", line.declined
        )
        yield Entry("open", free, "", _("See"), _way("invitations", line))
    elif line.accepted:
        said: str = ngettext(
            "%(num)s person of the panel has accepted",
            "%(num)s people of the panel have accepted",
            line.accepted,
        )
        yield Entry("done", said, "", _("Invitations"), _way("invitations", line))
    if line.panel_public:
        yield Entry("done", _("The panel is public"), "", _("Panel"), _way("panel", line))


def _of_session(line: RoundLine) -> Iterator[Entry]:
    if line.overdue:
        late: str = ngettext(
            "%(num)s agreement of the session is overdue",
            "%(num)s agreements of the session are overdue",
            line.overdue,
        )
        yield Entry("open", late, "", _("See"), _way("minutes", line))
    if line.factsheet_public:
        yield Entry("done", _("The factsheet is public"), "", _("Factsheet"), _way("factsheet", line))
        yield from _who_came(line)
        return
    if line.session_starts is None:
        yield Entry(
            "open",
            _("The session has no date"),
            _("the session was cancelled")
            if line.session_cancelled
            else _("invitations and calendars need it"),
            _("Write down"),
            _way("dialogue", line),
        )
        return
    when = brief(line.session_starts, line.zone)
    if not is_over(line):
        yield Entry(
            "done", _("The session is on %(moment)s", moment=when), "", _("Session"), _way("dialogue", line)
        )
        return
    yield Entry(
        "done", _("The session was on %(moment)s", moment=when), "", _("Session"), _way("dialogue", line)
    )
    yield from _who_came(line)
    yield Entry("open", _("The factsheet is not public"), "", _("Write"), _way("factsheet", line))


def _who_came(line: RoundLine) -> Iterator[Entry]:
    """Yield whether it is written down which people of the panel took part."""
    if line.came:
        came: str = ngettext(
            "%(num)s person of the panel took part", "%(num)s people of the panel took part", line.came
        )
        yield Entry("done", came, "", _("Invitations"), _way("invitations", line))
    elif line.guests:
        yield Entry(
            "open",
            _("Who of the panel took part has not been written down"),
            _("the next panels take into account who was heard"),
            _("Write down"),
            _way("invitations", line),
        )
