"""Calls about the recommendations of a session, at the desk: their days, the next one, who has answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask import request, url_for
from wtforms import DateField, HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.desk import blueprint, done, page
from consulta.platform.web.fields import Form, beside
from consulta.platform.web.language import calendar_day, local
from consulta.platform.web.request import read, uses
from consulta.platform.web.table import Column, Listing, Search, Table, by_state, handed_out, moment_columns
from consulta.rounds.pages import letters
from consulta.rounds.pages.letters import plain_page_before
from consulta.rounds.pages.stages import Day, Task, told_by
from consulta.sessions.follow_up import asking, calls
from consulta.sessions.follow_up.calls import ANSWER_RANGE, EVERY_RANGE, FIRST_RANGE, REASON_MAX, Rhythm
from consulta.sessions.public.follow_up_answers import number_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flask import Flask
    from werkzeug.wrappers import Response

    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine
    from consulta.sessions.follow_up.calls import Schedule
    from consulta.sessions.follow_up.values import Waiting

BELONGS_TO = "follow_up"


ACTS = frozenset({"move", "skip"})
CALLS: Mapping[str, tuple[str, object]] = {
    "planned": ("", _l("planned")),
    "due": ("now", _l("due")),
    "sent": ("met", _l("sent")),
    "skipped": ("over", _l("left out")),
}
ANSWERS: Mapping[str, tuple[str, object]] = {
    "answered": ("met", _l("answered")),
    "silent": ("", _l("not yet answered")),
}
MAILS: Mapping[str, tuple[str, object]] = {
    "": ("", _l("nothing written")),
    "waiting": ("", _l("waiting")),
    "sent": ("met", _l("sent")),
    "failed": ("short", _l("refused")),
    "cancelled": ("", _l("called off")),
}


class RhythmForm(Form):
    """How often is asked about a session, and when reminders go."""

    places = beside(
        "follow_up.answer_days",
        first_months="follow_up.first",
        every_months="follow_up.every",
        first_reminder="follow_up.remind",
    )

    first_months = IntegerField(
        _l("Months from the session to the first call"),
        [InputRequired(), NumberRange(FIRST_RANGE[0], FIRST_RANGE[-1])],
    )
    every_months = IntegerField(
        _l("Months from one call to the next"),
        [InputRequired(), NumberRange(EVERY_RANGE[0], EVERY_RANGE[-1])],
    )
    answer_days = IntegerField(
        _l("Days to answer"), [InputRequired(), NumberRange(ANSWER_RANGE[0], ANSWER_RANGE[-1])]
    )
    first_reminder = IntegerField(_l("First reminder, days before the end"), [Optional(), NumberRange(min=1)])
    second_reminder = IntegerField(
        _l("Second reminder, days before the end"), [Optional(), NumberRange(min=1)]
    )

    @staticmethod
    def known(rhythm: Rhythm) -> dict[str, Any]:
        """Return what the fields show of a rhythm."""
        days = [*rhythm.remind_days, None, None]
        return {
            "first_months": rhythm.first_months,
            "every_months": rhythm.every_months,
            "answer_days": rhythm.answer_days,
            "first_reminder": days[0],
            "second_reminder": days[1],
        }

    def to_rhythm(self) -> Rhythm:
        """Return what was entered."""
        days = (self.first_reminder.data, self.second_reminder.data)
        return Rhythm(
            self.first_months.data or 0,
            self.every_months.data or 0,
            self.answer_days.data or 0,
            tuple(each for each in days if each is not None),
        )


class SendForm(Form):
    """The word to send a call."""

    number = HiddenField()

    @property
    def call(self) -> int:
        """Return the number of the call that the page showed."""
        return number_of(self.number.data)


class NextCallForm(Form):
    """The next call, moved to another day or left out, with a reason."""

    places: ClassVar[dict[str, str]] = {"follow_up.day": "day", "follow_up.reason": "reason"}

    day = DateField(_l("Day"), [Optional()])
    reason = StringField(_l("Reason"), [InputRequired(), Length(max=REASON_MAX)])
    number = HiddenField()

    @property
    def call(self) -> int:
        """Return the number of the call that the form showed."""
        return number_of(self.number.data)


def init_app(app: Flask) -> None:
    """Let templates ask which calls are due, and who was asked; tell what is left to do after a session."""
    app.jinja_env.globals["follow_up_calls_due"] = lambda: read(calls.due) if uses(BELONGS_TO) else ()
    app.jinja_env.globals["follow_up_waiting"] = lambda reference: read(calls.waiting_for, reference)
    app.jinja_env.globals["follow_up_called"] = _called
    told_by(app, BELONGS_TO, _tasks, _days)


def _called(key: str) -> Sequence[Waiting]:
    return read(calls.waiting, key).get(key, ())


@blueprint.route("/rounds/<key>/follow-up-calls", methods=["GET", "POST"], may="follow_up.call")
def follow_up_calls(key: str) -> Response | tuple[str, int]:
    """Show the calls of a session; move the next one or leave it out.

    Problems: `round.unknown`, `follow_up.none`.
    """
    form = NextCallForm()
    act = request.form.get("act", "")
    if act in ACTS and form.does(lambda work: _decide(work, key, act, form)):
        return done(
            _("The call is moved.") if act == "move" else _("The call is left out."),
            "follow_up_calls",
            key=key,
        )
    view, table = read(_table, key)
    if view.next is not None:
        form.number.data = str(view.next.number)
    form.day.flags.required = True
    return page(
        "follow_up/calls.html",
        view.round,
        form,
        view=view,
        table=table,
        act=act,
        states=CALLS,
        answers=ANSWERS,
        mails=MAILS,
        code_words=letters.reason_code,
    )


def _decide(work: Work, key: str, act: str, form: NextCallForm) -> None:
    reason = form.reason.data or ""
    if act == "move":
        calls.move(work, key, form.call, form.day.data.isoformat() if form.day.data else "", reason)
    else:
        calls.skip(work, key, form.call, reason)


@handed_out("follow-up-calls")
def _table(work: Work, key: str, *, whole: bool = False) -> tuple[Schedule, Listing]:
    """Return the calls of a session, and the table of who was asked by the last one."""
    view = calls.schedule(work, key)
    table = Table(
        title=_("Who was asked"),
        name="follow-up-calls",
        endpoint="secretariat.follow_up_calls",
        key=key,
        subject=f"round:{view.round.id}",
        search=Search(
            _("Addressee, organisation or person"),
            lambda each: f"{local(each.addressee_name)} {each.request.organisation} {each.request.name}",
        ),
        choices=[
            by_state(_("Answer"), ANSWERS, lambda each: "answered" if each.answered else "silent"),
        ],
        columns=[
            Column("addressee", _("Addressee"), lambda each: local(each.addressee_name)),
            Column("organisation", _("Organisation"), lambda each: each.request.organisation, phone="under"),
            Column("name", _("Person"), lambda each: each.request.name),
            Column("email", _("E-mail"), lambda each: each.request.email, only="file"),
            Column(
                "state",
                _("Answer"),
                lambda each: str(ANSWERS["answered" if each.answered else "silent"][1]),
                phone="side",
            ),
            Column("mail", _("Last mail"), lambda each: str(MAILS[each.mail][1])),
            *moment_columns(_("When"), lambda each: each.mailed_at),
        ],
    )
    return view, table.over(view.asked, whole=whole)


@blueprint.route("/rounds/<key>/follow-up-calls/rhythm", methods=["GET", "POST"], may="follow_up.call")
def follow_up_rhythm(key: str) -> Response | tuple[str, int]:
    """Change how often is asked about a session. Problems: `round.unknown`, `follow_up.none`."""
    view = read(calls.schedule, key)
    form = RhythmForm(data=RhythmForm.known(view.rhythm))
    if form.does(lambda work: calls.save_rhythm(work, key, form.to_rhythm())):
        return done(_("Saved. Calls that went stay as they are."), "follow_up_calls", key=key)
    return page("follow_up/calls_rhythm.html", view.round, form, view=view)


@blueprint.route("/rounds/<key>/follow-up-calls/send", methods=["GET", "POST"], may="follow_up.call")
def send_follow_up_call(key: str) -> Response | tuple[str, int]:
    """Send the next call, after showing to whom and what it says.

    Problems: `round.unknown`, `follow_up.none`.
    """
    view = read(calls.schedule, key)
    form = SendForm()
    number = form.call
    form.number.data = str(view.next.number if view.next is not None else 0)
    return plain_page_before(
        "follow_up/calls_send.html",
        asking.readers(key),
        _("Call for what became of the recommendations"),
        (url_for("secretariat.follow_up_calls", key=key), local(view.session)),
        lambda work: asking.send(work, key, number),
        form,
    )


def _tasks(work: Work, line: RoundLine) -> Iterator[Task]:
    """Yield whether a call about the recommendations of a session is due, or when it will be."""
    view = calls.standing(work, line.key)
    if view is None:
        return
    last, coming = view.last_sent, view.next
    if last is not None and last.answered < last.asked:
        said = _(
            "%(answered)s of %(asked)s have answered call %(number)s",
            answered=last.answered,
            asked=last.asked,
            number=last.number,
        )
        note = _("asked to answer by %(day)s", day=calendar_day(last.answer_by))
        yield Task("care", said, note, _("See"), url_for("secretariat.follow_up_calls", key=line.key))
    if coming is None:
        return
    day = calendar_day(coming.due_on)
    if coming.state == "due":
        yield Task(
            "open",
            _("Send call %(number)s about the recommendations", number=coming.number),
            _("it has been due since %(day)s", day=day),
            _("Prepare"),
            url_for("secretariat.send_follow_up_call", key=line.key),
            rank=1,
            reason=_(
                "It has been due since %(day)s. States and institutions are asked what became of what the"
                " session recommended. The next page says who gets it and what it says.",
                day=day,
            ),
        )
        return
    yield Task(
        "done",
        _("Call %(number)s about the recommendations is due on %(day)s", number=coming.number, day=day),
        "",
        _("Calls"),
        url_for("secretariat.follow_up_calls", key=line.key),
    )


def _days(work: Work) -> Iterator[Day]:
    """Yield the day of the next call of each session, and the last day to answer the one that was sent."""
    for key, call, at in calls.next_days(work):
        said = (
            _("Last day to answer call %(number)s about the recommendations", number=call.number)
            if call.state == "sent"
            else _("Call %(number)s about the recommendations is due", number=call.number)
        )
        yield Day(at, key, said, url_for("secretariat.follow_up_calls", key=key))
