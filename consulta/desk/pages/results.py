"""The result: counted, read, downloaded, published."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from flask import redirect, render_template, request, url_for
from wtforms import BooleanField, HiddenField, TextAreaField
from wtforms.validators import Length, Optional

from consulta.accounts.pages import pending
from consulta.core.problems import Problem, or_problem
from consulta.desk.pages.acts import who
from consulta.panel import invitations
from consulta.panel import service as panels
from consulta.panel.pages.panels import to_be_read, who_is_on
from consulta.platform.listing import Wanted
from consulta.platform.web import letters, taking
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.downloads import saved, zipped
from consulta.platform.web.fields import Form, TypedKeyForm
from consulta.platform.web.language import current, local
from consulta.platform.web.lists import together
from consulta.platform.web.request import house, read, reading, write, writing
from consulta.results import archive
from consulta.results import page as result_page
from consulta.results import service as results
from consulta.results.pages import letter, slides, words
from consulta.results.pages import pictures as result_pictures
from consulta.rounds import history, public_value
from consulta.rounds import service as rounds
from consulta.rounds.pages import stages
from consulta.rounds.pages.letters import asked_for, shown
from consulta.vote import objections

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from flask import Response
    from werkzeug.wrappers import Response as BaseResponse

    from consulta.platform.work import Work
    from consulta.results.values import ResultView
    from consulta.rounds.values import LogLine


DECIDING = {
    "rounds.closed": _l("closed the voting"),
    "rounds.reopened": _l("opened the voting again"),
    "panel.chosen": _l("had the panel chosen, version %(version)s"),
    "panel.decided": _l("decided the panel, version %(version)s"),
    "invitations.replaced": _l("gave a place to another person, version %(version)s"),
    "rounds.published": _l("published the result"),
    "panel.published": _l("published the panel, version %(version)s"),
}
"""The acts that the record names, with the people who did them."""
DECISIONS = {"panel.chosen", "panel.decided", "invitations.replaced"}
"""Those of them by which a version of the panel came to be."""


@blueprint.route("/rounds/<key>/result", methods=["GET", "POST"], may="result.read")
def result(key: str) -> BaseResponse | str | tuple[str, int]:
    """Show the result as the secretariat reads it; before the count, the button that counts.

    Redirects to the public value where the count waits for it.
    """
    form = Form()
    if form.does(lambda work: results.count(work, key)):
        return redirect(url_for("secretariat.result", key=key), 303)
    with reading() as work:
        view = result_page.staff_page(work, key)
        awaiting = view is None and public_value.awaits(work, key)
        waiting = objections.waiting(work, key)
    if awaiting:
        return redirect(url_for("secretariat.public_value", key=key), 303)
    if view is None:
        return render_template("lifecycle/uncounted.html", key=key, form=form), form.status
    line = read(rounds.round_line, key)  # after the reading of the result was recorded
    return render_template(
        "results/desk.html",
        view=view,
        line=line,
        step=stages.next_step(line),
        waiting=waiting,
        pictures=result_pictures.of_result(view),
        letter_url=url_for("secretariat.result_letter", key=key) if letters.are_available() else None,
        example=view.card.example,
    )


@blueprint.get("/rounds/<key>/result.pdf", may="result.read")
def result_letter(key: str) -> Response:
    """Return the result as the secretariat reads it, as a PDF.

    Raise Problem `result.uncounted` where there is none.
    """
    return letter.result_letter(_counted(key))


@blueprint.get("/rounds/<key>/record.pdf", may="panel.read")
def record(key: str) -> Response:
    """Return the record of the decision, to sign: the result, the panel, what people decided and why."""
    with reading() as work:
        view = result_page.staff_page(work, key)
        decision = panels.panel_page(work, key).decision if view else None
        replaced = invitations.replacements_of(work, key) if view else ()
        done_by = _deciding(work, key) if view else []
    if view is None:
        raise Problem("result.uncounted")
    own = (decision.judgement,) if decision and decision.judgement else ()
    text = render_template(
        "lifecycle/record.html",
        letter=True,
        view=view,
        decision=decision,
        judgements=[*own, *(decision.earlier if decision else ())],
        replaced=replaced,
        deciders={each.details["version"]: who(each) for each in done_by if each.action in DECISIONS},
        done_by=_by_person(done_by),
        url=slides.address(view),
        made_from=decision.kept.at if decision else view.closed_at,
    )
    content = letters.drawn(text, letters.sheet_style())
    return letters.as_pdf(content, f"{key}-record-{current()}.pdf")


def _deciding(work: Work, key: str) -> list[LogLine]:
    """Return the acts by which people decided the outcome of a round, from its log, the oldest first."""
    found = [
        each
        for act in DECIDING
        for each in history.round_log(work, key, Wanted(chosen={"action": act}, page=None)).rows
    ]
    return sorted(found, key=lambda each: each.at)


def _by_person(acts: Iterable[LogLine]) -> dict[str, list[tuple[str, datetime]]]:
    """Return what each person did, in words, with its moment."""
    done_by: dict[str, list[tuple[str, datetime]]] = {}
    for each in acts:
        details = {"version": "", **each.details}
        done_by.setdefault(who(each), []).append((str(DECIDING[each.action]) % details, each.at))
    return done_by


@blueprint.get("/rounds/<key>/result/charts", may="result.read")
def result_charts(key: str) -> str:
    """Show the charts of the result for slides, each with its picture and its figures as files."""
    view = _counted(key)
    charts = slides.of_result(view)
    return render_template(
        "results/slides.html",
        view=view,
        charts=charts,
        takes=taking.addresses(charts, "secretariat.result_chart", key=key),
        png=slides.are_drawn(),
        example=view.card.example,
    )


@blueprint.get("/rounds/<key>/result/charts/<chart>.<any(svg, csv):ending>", may="result.read")
def result_chart(key: str, chart: str, ending: str) -> Response:
    """Return one chart of the result as a picture or as its figures, as the secretariat reads it."""
    return slides.chart_file(_counted(key), chart, ending)


@blueprint.get("/rounds/<key>/result/card.<any(svg, png):ending>", may="result.read")
def result_card(key: str, ending: str) -> Response:
    """Return the picture of the answer for messengers and slides, before it is published too."""
    return slides.card_file(slides.card(_counted(key)), ending)


def _counted(key: str) -> ResultView:
    """Return the result as the secretariat reads it. Raise Problem `result.uncounted` if there is none."""
    return or_problem(read(result_page.staff_page, key), "result.uncounted")


NO_PANEL = "-"
"""What the page showed where there was no panel to publish."""


class PublishForm(TypedKeyForm):
    """Whether the panel is published too, the key typed, and why although objections are undecided."""

    places: ClassVar[dict[str, str]] = {"publish.undecided": "reason"}

    panel = BooleanField(_l("Publish the panel with it"), default=True)
    seen = HiddenField()  # which panel the page showed
    reason = TextAreaField(_l("Reason"), [Optional(), Length(max=objections.REASON_MAX)])


@blueprint.route(
    "/rounds/<key>/publish", methods=["GET", "POST"], may="rounds.publish", two_persons="by setting"
)
def publish(key: str) -> BaseResponse | Page:
    """Make the result public, and the panel with it; before the time to object is over, say why not yet.

    Of a result that is public the page says since when, and asks for nothing.
    """
    form = PublishForm(expected=key)
    pending.spare_key(form)
    form.concerning = lambda: [
        *asked_for(key, "published"), *_result_asked_for(key), *_panel_asked_for(key, form)
    ]  # fmt: skip
    if form.does(lambda work: _publish(work, key, form)):
        said = (
            _("The result and the panel are published.") if form.panel.data else _("The result is published.")
        )
        return done(said, "result", key=key)
    with reading() as work:
        view = result_page.staff_page(work, key)
        waiting = objections.waiting(work, key)
        panel = panels.to_publish_with_result(work, key)
    if view is None:
        raise Problem("result.uncounted")
    if view.published_at:
        return page("lifecycle/published.html", view.card, form, published_at=view.published_at)
    form.reason.flags.required = waiting.numbers.open > 0
    form.seen.data = panel.seen if panel else NO_PANEL  # what is sent next was seen now
    return shown(
        "lifecycle/publish.html",
        key,
        form,
        "published",
        _("Publish the result"),
        (url_for("secretariat.result", key=key), _("Result")),
        view=view,
        waiting=waiting,
        ready=waiting.ready,
        panel=to_be_read(panel) if panel else None,
    )


def _publish(work: Work, key: str, form: PublishForm) -> None:
    small_cell = house().settings.small_cell
    results.publish(work, key, small_cell, form.reason.data or "")
    if form.panel.data and form.seen.data != NO_PANEL:
        panels.publish_panel(work, key, form.seen.data, small_cell=small_cell)


def _result_asked_for(key: str) -> list[tuple[str, str]]:
    """Return what the result says, for a second person: its topics, and how firm the choice is."""
    view = read(result_page.staff_page, key)
    if view is None:
        return []
    named, firm = together(local(topic.theme.title) for topic in view.topics), words.level_name(view.firmness)
    label = _("Topic") if len(view.topics) == 1 else _("Topics")
    return [(label, f"{named}. {firm}." if firm else named)]


def _panel_asked_for(key: str, form: PublishForm) -> list[tuple[str, str]]:
    """Return the panel that is published with the result, for a second person."""
    panel = read(panels.to_publish_with_result, key) if form.panel.data else None
    return [who_is_on(panel)] if panel else []


@blueprint.post("/rounds/<key>/archive.zip", endpoint="archive", may="archive.read", password=True)
def complete_archive(key: str) -> Response:
    """Return the complete archive of a published round; it is not public."""
    name, content = write(archive.complete_archive, key)
    return zipped(name, content)


@blueprint.post("/rounds/<key>/bundle", may="result.read", password=True)
def bundle(key: str) -> Response:
    """Return the bundle or the result, byte for byte as stored, or the bundle with panel rules.

    The panel rules are the newest ones. The first count can be asked for too.
    """
    asked = request.form.get("kind")
    kind = asked if asked in {"result", "panel", "first-bundle", "first-result"} else "bundle"
    with writing() as work:
        if kind == "panel":
            content = panels.bundle_with_panel(work, key)
        elif kind.startswith("first-"):
            content = results.document(work, key, kind.removeprefix("first-"), first=True)
        else:
            content = results.document(work, key, kind)
    name = f"{key}-{'bundle-with-panel' if kind == 'panel' else kind}.json"
    return saved(name, content, "application/json")
