"""What a nominee's forms have in them beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import BooleanField, DateField, EmailField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from consulta.core.problems import Problem, or_problem
from consulta.panel import nominee_proposals, nominees
from consulta.panel.nominees import Institution, twins
from consulta.panel.pages.panels import institution_name
from consulta.panel.values import Designation
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.data.attributes import PREFIX
from consulta.platform.labels import name_of, name_of_dimension
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Form, HourField, beside
from consulta.platform.web.language import language_choices, local
from consulta.platform.web.request import house, now, read, reading, writing
from consulta.platform.web.table import (
    Choice,
    Column,
    Listing,
    Search,
    Table,
    acts,
    handed_out,
    moment_in_file,
)
from consulta.rounds import service as rounds
from consulta.rounds.pages import letters
from consulta.rounds.pages.letters import page_before, shown
from consulta.rounds.service import subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from werkzeug.wrappers import Response

    from consulta.panel.nominees import Alike, DeskProposal, NomineeRecord, ProposalsDesk
    from consulta.panel.proposals import NomineeCommand
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine


def filled(nominee: NomineeRecord) -> dict[str, Any]:
    """Return the form data of an existing nominee."""
    return reached(nominee) | {
        "kind": nominee.kind,
        "name": nominee.name,
        "organisation": nominee.organisation,
        "about": nominee.about,
        "role": nominee.role,
        "country": nominee.country,
        "sector": nominee.sector,
        "gender": nominee.gender or "",
        **{f"{PREFIX}{key}": value for key, value in nominee.attributes.items()},
        "topics": list(nominee.topics),
        "recent": nominee.recent,
        "support": nominee.support,
    }


def reached(nominee: NomineeRecord) -> dict[str, Any]:
    """Return the contact form data of an existing nominee."""
    return {
        "language": nominee.language,
        "email": nominee.email,
        "languages": list(nominee.languages),
        "address_form": nominee.address_form,
        "delegate": nominee.delegate,
        "speaks_for": "\n".join(nominee.speaks_for),
        "consent_contact": nominee.consent_contact,
        "consent_listed": nominee.consent_listed,
        "consent_governments": nominee.consent_governments,
        "government": nominee.government,
    }


@blueprint.route("/rounds/<key>/copy-nominees", methods=["GET", "POST"], may="nominees.write")
def copy_nominees(key: str) -> Response | Page:
    """Show the nominees of an earlier round, `source` in the query, and copy those ticked, or all of them."""
    form, source = Form(), request.args.get("source", "")
    chosen = request.form.getlist("nominee")
    keys = None if "all" in request.form else chosen
    if form.does(lambda work: nominees.take_over(work, key, source, keys)):
        said = ngettext("%(num)s nominee was copied.", "%(num)s nominees were copied.", form.outcome)
        return done(said, "rules", key=key)
    view = read(nominees.earlier, key, source)
    return page("nominees/copy.html", view.round, form, view=view, chosen=chosen)


class DesignationForm(Form):
    """Who decided, when and by what."""

    places = beside("designation.by", "designation.on", "designation.act")
    by = StringField(_l("Who decided"), [InputRequired(), Length(max=nominees.BY_MAX)])
    on = DateField(_l("Day of the decision"), [InputRequired()])
    act = StringField(_l("By which decision"), [InputRequired(), Length(max=nominees.ACT_MAX)])

    def to_designation(self) -> Designation:
        """Return the designation in the form."""
        day = self.on.data
        return Designation(self.by.data or "", day.isoformat() if day else "", self.act.data or "")


class TakeBackForm(Form):
    """Why what was written down does not hold."""

    places: ClassVar[dict[str, str]] = {"designation.reason": "reason"}
    reason = StringField(_l("Reason"), [InputRequired(), Length(max=nominees.REASON_MAX)])


@blueprint.route(
    "/rounds/<key>/nominees/<nominee_key>/designation", methods=["GET", "POST"], may="nominees.write"
)
def designation(key: str, nominee_key: str) -> Response | Page:
    """Show the act that designated a nominee, with a form to take it back; or the form to record one."""
    line, nominee = _view(key, nominee_key)
    form = TakeBackForm() if nominee.designation else DesignationForm()
    if form.does(lambda work: _act(work, key, nominee_key, form)):
        return done(_("Saved."), "nominees", key=key)
    return page("nominees/designation.html", line, form, nominee=nominee)


def _view(key: str, nominee_key: str) -> tuple[RoundLine, NomineeRecord]:
    view = read(nominees.list_nominees, key)
    found = or_problem(
        next((each for each in view.nominees if each.key == nominee_key), None),
        "nominee.unknown",
        key=nominee_key,
    )
    if view.round.state == "cancelled":
        raise Problem("round.frozen", key=key)
    return view.round, found


def _act(work: Work, key: str, nominee_key: str, form: DesignationForm | TakeBackForm) -> None:
    if isinstance(form, TakeBackForm):
        nominees.take_back(work, key, nominee_key, form.reason.data or "")
    else:
        nominees.designate(work, key, nominee_key, form.to_designation())


class InstitutionForm(Form):
    """To whom the mail goes."""

    places = beside("invite.name", "invite.email", name="nominee.twin")
    name = StringField(_l("Institution"), [InputRequired(), Length(max=nominees.NAME_MAX)])
    contact = StringField(_l("Who is addressed"), [Length(max=nominees.NAME_MAX)])
    email = EmailField(_l("E-mail of the institution"), [InputRequired(), Length(max=254)])
    language = RadioField(_l("Language to write in"), [InputRequired()])

    def to_institution(self) -> Institution:
        """Return the form as a value."""
        return Institution(
            self.name.data or "", self.contact.data or "", self.email.data or "", self.language.data or ""
        )


@blueprint.route("/rounds/<key>/panel/institution", methods=["GET", "POST"], may="nominees.write")
def invite_institution(key: str) -> Response | Page:
    """Show the mail to the institution of a government that organisations named, and send it."""
    kind, code, name = (request.args.get(part, "") for part in ("kind", "code", "name"))
    least = house().settings.small_cell
    with reading() as work:
        named = nominees.find(work, key, kind, code, name, least)
        usual = nominees.suggested_institutions(work, key, named, institution_name(named))
        line = rounds.round_line(work, key)
    form = InstitutionForm(
        proposed={part: getattr(usual, part) for part in ("name", "contact", "email", "language")}
    )
    form.language.choices = language_choices()
    looks = "look" in request.form

    def send(work: Work) -> str:
        return nominees.invite(work, key, named, form.to_institution(), least)

    if looks:
        form.validate()
    elif form.does(send):
        said = _("The mail to %(name)s is on its way, and the institution is a nominee.", name=form.name.data)
        return done(said, "panel_candidates", key=key)
    shown = read(nominees.preview, key, form.to_institution(), letters.post())
    return page("nominees/institution.html", line, form, named=named, shown=shown, way=letters.way())


class PhaseForm(Form):
    """Until when members propose."""

    places = beside(until=("deadline.form", "deadline.gap", "nomination.late", "plan.past"))

    until = HourField(_l("Day and hour"))


class MergeForm(Form):
    """With whom a nominee is joined."""

    places: ClassVar[dict[str, str]] = {"nomination.target": "into", "nominee.designated": "into"}

    into = SelectField(_l("With whom"), [InputRequired(_l("Choose from the list with whom to join it."))])


class DecisionForm(Form):
    """What the secretariat says of one proposal; which button was pressed says what of it counts."""

    places = beside("nomination.reason", distinct="nomination.alike", into="nomination.target")

    distinct = BooleanField(_l("They are two: admit this one as well"))
    into = SelectField(_l("With whom"), [Optional()], validate_choice=False)
    reason = TextAreaField(_l("Reason"), [Optional(), Length(max=nominee_proposals.REASON_MAX)])


@blueprint.get("/rounds/<key>/nominations", may="rounds.read")
def nominations(key: str) -> Page:
    """Show the proposals of members; those that wait for a decision come first."""
    view, table = read(_table, key)
    return page("nominees/proposals.html", view.round, view=view, table=table, words=_words)


@handed_out("proposals")
def _table(work: Work, key: str, *, whole: bool = False) -> tuple[ProposalsDesk, Listing]:
    """Return the proposals of a round, and the table of them."""
    view = nominee_proposals.desk(work, key)
    states = {
        "waiting": _("Pending"),
        "admitted": _("Accepted"),
        "declined": _("Declined"),
        "merged": _("Joined"),
    }
    table = Table(
        title=_("People: review"),
        name="proposals",
        endpoint="secretariat.nominations",
        key=key,
        subject=subject(view.round),
        search=Search(
            _("Name, institution or who proposed"),
            lambda each: " ".join((each.proposal.said.name, each.proposal.said.organisation, _by(each))),
        ),
        choices=[Choice("state", _("State"), list(states.items()), lambda each: str(each.proposal.state))],
        columns=[
            Column("number", _("Number"), lambda each: each.proposal.number, only="file"),
            Column("name", _("Who"), lambda each: each.proposal.said.name),
            Column("institution", _("Institution"), lambda one: one.proposal.said.organisation, only="file"),
            Column("facts", _("Role and country"), lambda each: _words(each.proposal.said), only="file"),
            Column("by", _("Proposed by"), _by, phone="under"),
            moment_in_file(lambda each: each.proposal.proposed_at),
            Column("state", _("State"), lambda each: states[each.proposal.state], phone="side"),
            Column("reason", _("Reason"), lambda each: each.proposal.reason, only="file"),
            acts(),
        ],
    )
    return view, table.over(view.proposals, whole=whole)


def _by(each: DeskProposal) -> str:
    """Return the organisations that proposed it, or the secretariat."""
    return "; ".join((each.proposal.organisation or _("the secretariat"), *each.also))


@blueprint.route("/rounds/<key>/nominations-until", methods=["GET", "POST"], may="nominees.write")
def nomination_phase(key: str) -> Response | tuple[str, int]:
    """Let members propose until an hour, move it, or end it now."""
    view = read(nominee_proposals.desk, key)
    usual = (view.phase.until if view.phase.on else None) or view.round.closes_at
    form = PhaseForm(data={"until": usual.astimezone(ZoneInfo(view.round.zone)).replace(tzinfo=None)})
    if form.does(lambda work: nominee_proposals.set_phase(work, key, form.until.local)):
        return done(_("Members can propose until that hour."), "nominations", key=key)
    return shown(
        "nominees/proposal_phase.html",
        key,
        form,
        "propose",
        _("People: deadline and mails"),
        (url_for("secretariat.nominations", key=key), _("People: review")),
        view=view,
        ready=view.round.state == "draft" or (view.round.state == "open" and now() < view.round.closes_at),
        linked=_linked(key) if view.phase.on else 0,
    )


@blueprint.route("/rounds/<key>/nominations-end", methods=["GET", "POST"], may="nominees.write")
def end_proposals(key: str) -> Response | tuple[str, int]:
    """End the proposals now, after saying who is told; those who got a link were promised a later hour."""
    view, form = read(nominee_proposals.desk, key), Form()
    back = url_for("secretariat.nominations", key=key)
    if form.does(lambda work: nominee_proposals.end_phase(work, key)):
        flash(_("Members propose no more."))
        return redirect(back, 303)
    if not view.phase.on and not form.refusals:
        raise Problem("nomination.over")
    title = _("End the proposals now")
    way = back, _("People: review")
    return shown(
        "nominees/proposals_end.html", key, form, nominee_proposals.ending, title, way, view=view, ready=True
    )


@blueprint.route("/rounds/<key>/nominations-mail", methods=["GET", "POST"], may="nominees.write")
def write_proposers(key: str) -> Response | tuple[str, int]:
    """Send a link to the contacts who have none, after saying to how many."""
    back = url_for("secretariat.nominations", key=key), _("People: review")

    def write() -> str:
        with writing() as work:
            count = nominee_proposals.write(work, key)
        said: str = ngettext("%(num)s message is on its way.", "%(num)s messages are on their way.", count)
        return said

    return page_before(key, "propose", _("Send the links to propose"), back, write)


@blueprint.route("/rounds/<key>/nominations-told", methods=["GET", "POST"], may="nominees.write")
def tell_proposers(key: str) -> Response | tuple[str, int]:
    """Tell each organisation by one mail what became of its proposals, after saying to how many."""
    back = url_for("secretariat.nominations", key=key), _("People: review")

    def tell() -> str:
        with writing() as work:
            count = nominee_proposals.tell(work, key)
        said: str = ngettext("%(num)s message is on its way.", "%(num)s messages are on their way.", count)
        return said

    return page_before(key, nominee_proposals.telling, _("Tell what became of the proposals"), back, tell)


@blueprint.route("/rounds/<key>/nominations/<int:number>", methods=["GET", "POST"], may="nominees.write")
def nomination(key: str, number: int) -> Response | tuple[str, int]:
    """Show one proposal with similar nominees and proposals, and record the decision about it.

    Raise Problem `nomination.unknown` where there is no such proposal.
    """
    view = read(nominee_proposals.desk, key)
    found = or_problem(
        next((each for each in view.proposals if each.proposal.number == number), None), "nomination.unknown"
    )
    form = DecisionForm()
    form.into.choices = _targets(view, found)
    form.into.flags.required = form.reason.flags.required = True  # each for its own button
    act = request.form.get("act", "")
    if form.validate_on_submit() and form.accepts(lambda: _decide(key, number, act, form)):
        return done(_done(act), "nominations", key=key)
    return page(
        "nominees/proposal.html",
        view.round,
        form,
        view=view,
        found=found,
        words=_words,
        facts=_facts(view, found.proposal.said),
    )


@blueprint.route("/rounds/<key>/nominees/<nominee_key>/join", methods=["GET", "POST"], may="nominees.write")
def merge_nominee(key: str, nominee_key: str) -> Response | tuple[str, int]:
    """Join a nominee with another one that means the same person or institution.

    Problems: `nominee.unknown`, `round.frozen`.
    """
    view = read(nominees.list_nominees, key)
    found = or_problem(
        next((each for each in view.nominees if each.key == nominee_key), None),
        "nominee.unknown",
        key=nominee_key,
    )
    if not found.editable:
        raise Problem("round.frozen", key=key)
    alike = twins(view.nominees).get(nominee_key, ())
    form = MergeForm()
    form.into.choices = _with_whom(alike, [each for each in view.nominees if each is not found])
    if form.validate_on_submit() and form.accepts(lambda: _merge(key, nominee_key, form)):
        return done(_("The nominees are joined. Who proposed is kept."), "nominees", key=key)
    return page("nominees/join.html", view.round, form, nominee=found, alike=alike)


def _merge(key: str, nominee_key: str, form: MergeForm) -> None:
    with writing() as work:
        nominee_proposals.merge_nominees(work, key, nominee_key, form.into.data or "")


def _with_whom(alike: Sequence[Alike], others: Iterable[NomineeRecord]) -> list[tuple[str, str]]:
    """Return the nominees to join with (key, label): similar ones first, then the others by name."""
    there = {each.target for each in alike}
    named = sorted(
        (f"{each.name} · {each.organisation}", each.key) for each in others if each.key not in there
    )
    return [
        *([] if alike else [("", _("Choose"))]),
        *((each.target, f"{each.name} · {each.institution}") for each in alike),
        *((key, label) for label, key in named),
    ]


def _targets(view: ProposalsDesk, found: DeskProposal) -> list[tuple[str, str]]:
    """Return what a proposal may be joined with: similar ones first, then all nominees by name.

    Other proposals that wait come last.
    """
    there = {each.target for each in found.alike}
    waiting = [
        (str(each.proposal.number), f"{each.proposal.said.name} · {each.proposal.said.organisation}")
        for each in view.proposals
        if each.proposal.state == "waiting" and each is not found
    ]
    return [
        *_with_whom(found.alike, view.nominees),
        *(pair for pair in waiting if pair[0] not in there),
    ]


def _words(said: NomineeCommand) -> str:
    """Return role, country and subregion of the proposed person or institution."""
    subregion = catalogue.subregions_by_key()[catalogue.subregion_of(said.country)]
    country = local(catalogue.countries_by_code()[said.country].name)
    return f"{local(catalogue.roles_by_key()[said.role].name)} · {country} ({local(subregion.name)})"


def _facts(view: ProposalsDesk, said: NomineeCommand) -> list[tuple[str, str]]:
    """Return all data of a proposal (label, value in words)."""
    titles = {theme.key: local(theme.title) for theme in view.themes}
    gender = catalogue.genders_by_key().get(said.gender or "")
    agreed = {
        _("to be written to"): said.consent_contact,
        _("to be listed"): said.consent_listed,
        _("to be named to governments"): said.consent_governments,
    }
    languages = catalogue.languages_by_key()
    return [
        (_("Who is proposed"), _("A person") if said.kind == "person" else _("An institution")),
        (_("Organisation or institution"), said.organisation),
        (_("Role"), _words(said)),
        (_("Sector"), local(catalogue.sectors_by_key()[said.sector].name)),
        (_("E-mail"), said.email or _("missing")),
        (
            _("Languages spoken"),
            ", ".join(local(languages[each].name) for each in said.languages) or _("not said"),
        ),
        (_("Themes"), "; ".join(titles.get(each, each) for each in said.topics) or _("any")),
        (_("Form of address"), said.address_form or _("none")),
        (_("Gender, as the person says"), local(gender.name) if gender else _("Not said")),
        *(
            (local(name_of_dimension(key)), local(name_of(key, value)))
            for key, value in said.attributes.items()
        ),
        (
            _("What the person has agreed to"),
            ", ".join(name for name, yes in agreed.items() if yes) or _("to nothing"),
        ),
    ]


def _done(act: str) -> str:
    said: dict[str, str] = {
        "admit": _("The proposal is admitted."),
        "decline": _("The proposal is declined. The mail on what became of the proposals gives the reason."),
        "merge": _("The proposals are joined. Who proposed is kept."),
        "reconsider": _("The proposal waits again."),
    }
    return said.get(act, "")


def _linked(key: str) -> int:
    """Return how many contacts would be told that the time for proposals is shorter."""
    with reading() as work:
        require(work, "rounds.read")
        return len(nominee_proposals.ending(work, rounds.known(work, key)).people)


def _decide(key: str, number: int, act: str, form: DecisionForm) -> None:
    with writing() as work:
        if act == "admit":
            nominee_proposals.admit(work, key, number, distinct=bool(form.distinct.data))
        elif act == "merge":
            nominee_proposals.merge(work, key, number, form.into.data or "")
        elif act == "reconsider":
            nominee_proposals.reconsider(work, key, number)
        else:
            nominee_proposals.decline(work, key, number, form.reason.data or "")
