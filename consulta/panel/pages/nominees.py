"""The nominees of a round at the desk: listed, written, designated, copied, imported; and proposals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask import flash, redirect, request, url_for
from wtforms import BooleanField, DateField, EmailField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from consulta.core.problems import Problem, or_problem
from consulta.panel import invitations, nominee_proposals
from consulta.panel import nominees as nominees_acts
from consulta.panel.nominees import Institution, said_of, twins
from consulta.panel.nominees_import import IMPORTER, LABELS, attribute_labels, import_fields
from consulta.panel.pages.panels import institution_name
from consulta.panel.pages.proposals import ContactForm, NomineeForm, in_words, with_attributes
from consulta.panel.proposals import NAME_MAX
from consulta.panel.values import Designation
from consulta.platform.data import attributes, catalogue
from consulta.platform.data.attributes import PREFIX
from consulta.platform.formats.workbook import Sheet
from consulta.platform.importing.pages import ConfirmForm, Pages
from consulta.platform.labels import name_of, name_of_dimension
from consulta.platform.texts import address, line
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.babel import ngettext
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Form, beside
from consulta.platform.web.files import Export, as_file
from consulta.platform.web.language import alphabetical, language_choices, local, offered
from consulta.platform.web.request import house, now, read, reading
from consulta.platform.web.table import (
    Choice,
    Column,
    Listing,
    Search,
    Table,
    acts,
    choice_among,
    handed_out,
    moment_in_file,
)
from consulta.rounds import service as rounds
from consulta.rounds.pages import letters
from consulta.rounds.service import subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from flask import Response as FileResponse
    from werkzeug.wrappers import Response

    from consulta.panel.nominee_proposals import ProposalsDesk
    from consulta.panel.nominees import Alike, NomineesView
    from consulta.platform.data.catalogue import Country, Entry
    from consulta.platform.models import InvitationWords, Nomination, Nominee
    from consulta.platform.work import Work
    from consulta.rounds.values import ThemeLine


@blueprint.get("/rounds/<key>/nominees", may="rounds.read")
def nominees(key: str) -> Page:
    """Show all nominees of a round."""
    view, table = read(_table, key)
    return page(
        "nominees/nominees.html",
        view.round,
        view=view,
        table=table,
        names={nominee.key: _names(nominee, view.themes) for nominee in table.there.rows},
        alike=twins(view.nominees),
    )


@handed_out("nominees")
def _table(work: Work, key: str, *, whole: bool = False) -> tuple[NomineesView, Listing]:
    """Return the nominees of a round, and the table of them."""
    view = nominees_acts.list_nominees(work, key)
    governments = dict(_governments(nominees_acts.every(work)))
    names = {nominee.key: _names(nominee, view.themes) for nominee in view.nominees}

    def named(part: str) -> Callable[[Nominee], str]:
        return lambda nominee: names[nominee.key][part]

    def among(part: str, label: str) -> Choice:
        return choice_among(part, label, view.nominees, lambda n: (getattr(n, part), names[n.key][part]))

    parts = {"role": _("Role"), "country": _("Country"), "sector": _("Sector")}
    table = Table(
        title=_("Nominees"),
        name="nominees",
        endpoint="secretariat.nominees",
        key=key,
        subject=subject(view.round),
        search=Search(
            _("Name, institution or e-mail"), lambda each: f"{each.name} {each.organisation} {each.email}"
        ),
        choices=[among(part, label) for part, label in parts.items()],
        columns=[
            Column("key", _("Key"), lambda each: each.key, only="file"),
            Column("name", _("Name"), lambda each: each.name),
            Column("institution", _("Institution"), lambda each: each.organisation, only="file"),
            *(
                Column(
                    part,
                    label,
                    named(part),
                    phone={"role": "under", "country": "side"}.get(part, ""),
                    only="file"
                    if part == "sector"
                    else "",  # on a page there is no room for it beside the role
                )
                for part, label in parts.items()
            ),
            Column("email", _("E-mail"), lambda each: each.email),
            Column("language", _("Language"), lambda each: each.language, only="file"),
            Column(
                "government",
                _("Government it belongs to"),
                lambda each: governments.get(view.governments[each.key], ""),
                only="file",
            ),
            Column("topics", _("Themes"), named("topics"), lambda each: len(each.topics)),
            acts(),
        ],
    )
    return view, table.over(view.nominees, whole=whole)


@blueprint.route("/rounds/<key>/new-nominee", methods=["GET", "POST"], may="nominees.write")
def create_nominee(key: str) -> Response | tuple[str, int]:
    """Create a nominee, or one whom an invited person proposed in their place.

    Raise Problem `round.frozen` where the round is cancelled.
    """
    view = read(nominees_acts.list_nominees, key)
    if view.round.state == "cancelled":
        raise Problem("round.frozen", key=key)
    invitation = request.args.get("invitation", type=int)
    given = proposed(read(invitations.colleague, key, invitation)) if invitation else government(request.args)
    form = with_attributes(NomineeForm)(proposed=given or None).offer(view.themes)
    suggestion = _offer_governments(form)
    if form.does(lambda work: _save(work, key, form)):
        flash(_("%(name)s is added.", name=form.name.data))
        if invitation:
            return redirect(url_for("secretariat.invitation", key=key, number=invitation), 303)
        return redirect(url_for("secretariat.nominees", key=key), 303)
    return page("nominees/form.html", view.round, form, view=view, nominee=None, suggestion=suggestion)


@blueprint.route("/rounds/<key>/nominees/<nominee_key>", methods=["GET", "POST"], may="nominees.write")
def edit_nominee(key: str, nominee_key: str) -> Response | tuple[str, int]:
    """Show and save the form of a nominee.

    For a nominee on a ballot or a panel, the form is only how to reach them.
    """
    view = read(nominees_acts.list_nominees, key)
    nominee = view.nominee(nominee_key)
    if nominee_key not in view.editable:
        return _correct(view, nominee)
    form = with_attributes(NomineeForm)(data=_filled(view, nominee)).offer(view.themes)
    suggestion = _offer_governments(form, nominee)
    if form.does(lambda work: _save(work, key, form, nominee_key)):
        return done(_("Saved."), "nominees", key=key)
    return page("nominees/form.html", view.round, form, view=view, nominee=nominee, suggestion=suggestion)


def _filled(view: NomineesView, nominee: Nominee) -> dict[str, Any]:
    """Return the form data of a nominee."""
    return {
        **said_of(nominee),
        **{f"{PREFIX}{key}": value for key, value in nominee.attributes.items()},
        "gender": nominee.gender or "",
        "speaks_for": "\n".join(nominee.speaks_for),
        "government": view.governments[nominee.key],
    }


@blueprint.route("/rounds/<key>/nominees/<nominee_key>/delete", methods=["GET", "POST"], may="nominees.write")
def delete_nominee(key: str, nominee_key: str) -> Response | tuple[str, int]:
    """Take a nominee out, after saying who it is."""
    view = read(nominees_acts.list_nominees, key)
    nominee = view.nominee(nominee_key)
    if nominee_key not in view.editable:
        raise Problem("round.frozen", key=key)
    form = Form()
    if form.does(lambda work: nominees_acts.delete_nominee(work, key, nominee_key)):
        return done(_("%(name)s has been removed.", name=nominee.name), "nominees", key=key)
    return page("nominees/delete.html", view.round, form, view=view, nominee=nominee)


@blueprint.get("/rounds/<key>/nominees-template", may="rounds.read")
def nominees_template(key: str) -> FileResponse:
    """Return an empty workbook with the headings that the import reads, and lists of values."""
    view = read(nominees_acts.list_nominees, key)
    with reading() as work:
        governments = [name for _key, name in _governments(nominees_acts.choices(work))]
    lists: list[tuple[str, Iterable[str], str]] = [  # title, values, the columns that take them
        (_("Role"), _listed(catalogue.roles()), "role"),
        (_("Country"), _listed(catalogue.countries()), "country"),
        (_("Sector"), _listed(catalogue.sectors()), "sector"),
        (_("Gender"), _listed(catalogue.genders()), "gender"),
        (_("Language"), offered(), "language"),
        (_("Themes"), [theme.key for theme in view.themes], "topics"),
        (_("Person or institution"), (_("person"), _("institution")), "kind"),
        (_("Languages"), _listed(catalogue.languages()), "languages"),
        (_("Government it belongs to"), governments, "government"),
        (_("Yes or no"), (_("yes"), _("no")), "consent_contact consent_listed consent_governments"),
    ]
    for each in attributes.added():
        values = [local(name_of(each.key, one.key)) for one in each.categories]
        lists.append((local(name_of_dimension(each.key)), values, each.field))
    places = [each.key for each in import_fields()]
    return as_file(
        Export(
            stem=f"{key}-nominees-template",
            title=_("Nominees for the consultation %(key)s", key=key),
            sheet=Sheet(
                _("Nominees"),
                tuple(field.headings[0] for field in import_fields()),
                (),
                tuple((places.index(name), title) for title, _rows, names in lists for name in names.split()),
            ),
            made_at=now(),
            facts=(
                (_("Consultation"), key),
                (_("Themes"), _("Keys of themes, several with a semicolon between them; empty means any.")),
                (_("Gender"), _("Only what the person said; empty where the person was not asked.")),
                (_("Languages"), _("Several with a semicolon between them.")),
                (_("Form of address"), _("As the person wants it, such as “Ms Minister”; empty means none.")),
                (_("Agrees to …"), _("yes only where the person said so; empty means no.")),
                (_("Support from outside"), _("0 to 10,000, where a vote was held elsewhere; else empty.")),
            ),
            more_sheets=tuple(
                Sheet(title, (title,), tuple((row,) for row in rows)) for title, rows, _names in lists
            ),
        ),
        "xlsx",
    )


def _listed(entries: Iterable[Entry | Country]) -> tuple[str, ...]:
    return tuple(local(entry.name) for entry in entries)


def _correct(view: NomineesView, nominee: Nominee) -> Response | tuple[str, int]:
    key = view.round.key
    if view.round.state == "cancelled":
        raise Problem("round.frozen", key=key)
    form = ContactForm(data=_filled(view, nominee))
    suggestion = _offer_governments(form, nominee)
    if form.does(lambda work: nominees_acts.correct_contact(work, key, nominee.key, form.to_contact())):
        return done(_("Saved."), "nominees", key=key)
    names = _names(nominee, view.themes)
    return page(
        "nominees/contact.html",
        view.round,
        form,
        view=view,
        nominee=nominee,
        names=names,
        suggestion=suggestion,
    )


def _offer_governments(form: ContactForm, nominee: Nominee | None = None) -> str:
    """Let the form choose a government; return the name of the one that the nominee's data suggest, or ""."""
    with reading() as work:
        some = nominees_acts.choices(work, nominee.government if nominee else "")
        found = nominees_acts.suggested(work, nominee) if nominee else None
    form.offer_governments(_governments(some))
    return dict(_governments([found]))[found.key] if found else ""


def _governments(some: Iterable[nominees_acts.Choice]) -> list[tuple[str, str]]:
    """Return governments (key, name): States, then local ones with their country, each by name."""
    countries = catalogue.countries_by_code()
    named = []
    for each in some:
        country = local(countries[each.country].name) if each.country else ""
        place = f"{each.name} ({country})" if each.name and country else each.name
        named.append((bool(each.name), each.key, place or country))
    named.sort(key=lambda one: (one[0], alphabetical(one[2])))
    return [(key, name) for _local, key, name in named]


def _names(nominee: Nominee, themes: Iterable[ThemeLine]) -> dict[str, str]:
    """Return the names for the keys of a nominee; "" where there is none."""
    titles = {theme.key: local(theme.title) for theme in themes}
    return {
        "role": local(name_of("role", nominee.role)),
        "country": local(name_of("country", nominee.country)),
        "sector": local(name_of("sector", nominee.sector)),
        "topics": "; ".join(titles.get(topic, topic) for topic in nominee.topics),
    }


def _save(work: Work, key: str, form: NomineeForm, nominee_key: str | None = None) -> None:
    nominees_acts.save_nominee(work, key, form.to_command(), nominee_key, distinct=form.distinct.data)


def government(asked: Mapping[str, str]) -> dict[str, Any]:
    """Return the form data of the institution of a government that the address names; else none."""
    role = asked.get("government", "")
    if role not in {"gov_national", "gov_local"}:
        return {}
    country = asked.get("country", "")
    name = line(asked.get("name", ""))[:NAME_MAX]
    return {
        "kind": "institution",
        "role": role,
        "sector": role,
        "country": country if country in catalogue.countries_by_code() else "",
        "name": name,
        "organisation": name,
    }


def proposed(colleague: tuple[Nominee, InvitationWords] | None) -> dict[str, Any]:
    """Return the form data of a colleague whom an invited person proposed in their place.

    Country, gender and consents are the colleague's own, so none of these is taken over. Empty where
    there is no colleague.
    """
    if colleague is None:
        return {}
    guest, words = colleague
    return {
        "name": words.colleague,
        "organisation": guest.organisation,
        "role": guest.role,
        "email": words.colleague_contact if address(words.colleague_contact) else "",
        "language": guest.language,
    }


def _context(key: str) -> dict[str, Any]:
    line = read(nominees_acts.list_nominees, key).round
    return {
        "line": line,
        "example": line.example,
        "fields": import_fields(),
        "subject": _("Name"),
        "undo_words": _(
            "Until the voting opens, and while these nominees stay as they are, this can be undone."
        ),
    }


def _added(count: int) -> tuple[str, str, str]:
    return (
        ngettext("%(num)s nominee is added.", "%(num)s nominees are added.", count),
        ngettext("%(num)s nominee was added.", "%(num)s nominees were added.", count),
        ngettext("%(num)s nominee is deleted.", "%(num)s nominees are deleted.", count),
    )


def _on_list(count: int) -> tuple[str, str, str]:
    said = ngettext(
        "%(num)s nominee is on the list already and stays.",
        "%(num)s nominees are on the list already and stay.",
        count,
    )
    return said, "", ""


@blueprint.route("/rounds/<key>/copy-nominees", methods=["GET", "POST"], may="nominees.write")
def copy_nominees(key: str) -> Response | Page:
    """Show the nominees of an earlier round, `source` in the query, and copy those ticked, or all of them."""
    form, source = Form(), request.args.get("source", "")
    chosen = request.form.getlist("nominee")
    keys = None if "all" in request.form else chosen
    if form.does(lambda work: nominees_acts.take_over(work, key, source, keys)):
        said = ngettext("%(num)s nominee was copied.", "%(num)s nominees were copied.", form.outcome)
        return done(said, "opening", key=key)
    view = read(nominees_acts.earlier, key, source)
    return page("nominees/copy.html", view.round, form, view=view, chosen=chosen)


class DesignationForm(Form):
    """Who decided, when and by what."""

    places = beside("designation.by", "designation.on", "designation.act")
    by = StringField(_l("Who decided"), [InputRequired(), Length(max=nominees_acts.BY_MAX)])
    on = DateField(_l("Day of the decision"), [InputRequired()])
    act = StringField(_l("By which decision"), [InputRequired(), Length(max=nominees_acts.ACT_MAX)])

    def to_designation(self) -> Designation:
        """Return the designation in the form."""
        day = self.on.data
        return Designation(self.by.data or "", day.isoformat() if day else "", self.act.data or "")


class TakeBackForm(Form):
    """Why what was written down does not hold."""

    places: ClassVar[dict[str, str]] = {"designation.reason": "reason"}
    reason = StringField(_l("Reason"), [InputRequired(), Length(max=nominees_acts.REASON_MAX)])


@blueprint.route(
    "/rounds/<key>/nominees/<nominee_key>/designation", methods=["GET", "POST"], may="nominees.write"
)
def designation(key: str, nominee_key: str) -> Response | Page:
    """Show the act that designated a nominee, with a form to take it back; or the form to record one."""
    view = read(nominees_acts.list_nominees, key)
    nominee = view.nominee(nominee_key)
    if view.round.state == "cancelled":
        raise Problem("round.frozen", key=key)
    form = TakeBackForm() if nominee.outside else DesignationForm()
    if form.does(lambda work: _act(work, key, nominee_key, form)):
        return done(_("Saved."), "nominees", key=key)
    return page("nominees/designation.html", view.round, form, nominee=nominee)


def _act(work: Work, key: str, nominee_key: str, form: DesignationForm | TakeBackForm) -> None:
    if isinstance(form, TakeBackForm):
        nominees_acts.take_back(work, key, nominee_key, form.reason.data or "")
    else:
        nominees_acts.designate(work, key, nominee_key, form.to_designation())


class InstitutionForm(Form):
    """To whom the mail goes."""

    places = beside("invite.name", "invite.email", name="nominee.twin")
    name = StringField(_l("Institution"), [InputRequired(), Length(max=nominees_acts.NAME_MAX)])
    contact = StringField(_l("Who is addressed"), [Length(max=nominees_acts.NAME_MAX)])
    email = EmailField(_l("E-mail of the institution"), [InputRequired(), Length(max=254)])
    language = RadioField(_l("Language for messages"), [InputRequired()])

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
        named = nominees_acts.find(work, key, kind, code, name, least)
        usual = nominees_acts.suggested_institutions(work, key, named, institution_name(named))
        line = rounds.round_line(work, key)
    form = InstitutionForm(
        proposed={part: getattr(usual, part) for part in ("name", "contact", "email", "language")}
    )
    form.language.choices = language_choices()
    looks = "look" in request.form

    def send(work: Work) -> str:
        return nominees_acts.invite(work, key, named, form.to_institution(), least)

    if looks:
        form.validate()
    elif form.does(send):
        said = _("The mail to %(name)s is on its way, and the institution is a nominee.", name=form.name.data)
        return done(said, "panel_candidates", key=key)
    shown = read(nominees_acts.preview, key, form.to_institution(), letters.post())
    return page(
        "nominees/institution.html",
        line,
        form,
        named=named,
        shown=shown,
        sealed=letters.sealed(shown),
        way=letters.way(),
    )


class MergeForm(Form):
    """With whom a nominee is joined."""

    places: ClassVar[dict[str, str]] = {"nomination.target": "into", "nominee.designated": "into"}

    into = SelectField(
        _l("With whom"), [InputRequired(_l("Choose from the list which one to merge it with."))]
    )


class DecisionForm(Form):
    """What the secretariat says of one proposal; which button was pressed says what of it counts."""

    places = beside("nomination.reason", distinct="nomination.alike", into="nomination.target")

    distinct = BooleanField(_l("They are two: admit this one as well"))
    into = SelectField(_l("With whom"), [Optional()], validate_choice=False)
    reason = TextAreaField(_l("Reason"), [Optional(), Length(max=nominee_proposals.REASON_MAX)])


@blueprint.get("/rounds/<key>/nominations", may="rounds.read", part="people_proposals")
def nominations(key: str) -> Page:
    """Show the proposals of members; those that wait for a decision come first."""
    view, table = read(_proposals_table, key)
    return page("nominees/proposals.html", view.round, view=view, table=table, in_words=in_words)


@handed_out("proposals")
def _proposals_table(work: Work, key: str, *, whole: bool = False) -> tuple[ProposalsDesk, Listing]:
    """Return the proposals of a round, and the table of them."""
    view = nominee_proposals.desk(work, key)
    states = {
        "waiting": _("Pending"),
        "admitted": _("Accepted"),
        "declined": _("Declined"),
        "merged": _("Merged with another"),
    }

    def by(each: Nomination) -> str:
        return "; ".join(name or _("the secretariat") for name in view.by(each))

    table = Table(
        title=_("People: review"),
        name="proposals",
        endpoint="secretariat.nominations",
        key=key,
        subject=subject(view.round),
        search=Search(
            _("Name, institution or who proposed"),
            lambda each: " ".join((each.said["name"], each.said["organisation"], by(each))),
        ),
        choices=[Choice("state", _("State"), list(states.items()), lambda each: str(each.state))],
        columns=[
            Column("number", _("Number"), lambda each: each.id, only="file"),
            Column("name", _("Who"), lambda each: each.said["name"]),
            Column("institution", _("Institution"), lambda each: each.said["organisation"], only="file"),
            Column("facts", _("Role and country"), lambda each: in_words(each.said), only="file"),
            Column("by", _("Proposed by"), by, phone="under"),
            moment_in_file(lambda each: each.proposed_at),
            Column("state", _("State"), lambda each: states[each.state], phone="side"),
            Column("reason", _("Reason"), lambda each: each.reason, only="file"),
            acts(),
        ],
    )
    return view, table.over(view.proposals, whole=whole)


@blueprint.route(
    "/rounds/<key>/nominations/<int:number>",
    methods=["GET", "POST"],
    may="nominees.write",
    part="people_proposals",
)
def nomination(key: str, number: int) -> Response | tuple[str, int]:
    """Show one proposal with similar nominees and proposals, and record the decision about it.

    Raise Problem `nomination.unknown` where there is no such proposal.
    """
    view = read(nominee_proposals.desk, key)
    one = or_problem(next((each for each in view.proposals if each.id == number), None), "nomination.unknown")
    form = DecisionForm()
    form.into.choices = _targets(view, one)
    form.into.flags.required = form.reason.flags.required = True  # each for its own button
    act = request.form.get("act", "")
    if form.does(lambda work: _decide(work, key, number, act, form)):
        said = {
            "admit": _("The proposal is admitted."),
            "merge": _("The proposals are joined. Who proposed is kept."),
            "reconsider": _("The proposal waits again."),
        }
        declined = _("The proposal is declined. The mail on what became of the proposals gives the reason.")
        return done(said.get(act, declined), "nominations", key=key)
    return page(
        "nominees/proposal.html",
        view.round,
        form,
        view=view,
        one=one,
        in_words=in_words,
        titles={theme.key: local(theme.title) for theme in view.themes},
        tongues={each.key: local(each.name) for each in catalogue.languages()},
    )


@blueprint.route("/rounds/<key>/nominees/<nominee_key>/join", methods=["GET", "POST"], may="nominees.write")
def merge_nominee(key: str, nominee_key: str) -> Response | tuple[str, int]:
    """Join a nominee with another one that means the same person or institution.

    Problems: `nominee.unknown`, `round.frozen`.
    """
    view = read(nominees_acts.list_nominees, key)
    found = view.nominee(nominee_key)
    if nominee_key not in view.editable:
        raise Problem("round.frozen", key=key)
    alike = twins(view.nominees).get(nominee_key, ())
    form = MergeForm()
    form.into.choices = _with_whom(alike, [each for each in view.nominees if each is not found])
    into = form.into.data or ""
    if form.does(lambda work: nominee_proposals.merge_nominees(work, key, nominee_key, into)):
        return done(_("The nominees are joined. Who proposed is kept."), "nominees", key=key)
    return page("nominees/join.html", view.round, form, view=view, nominee=found, alike=alike)


def _with_whom(alike: Sequence[Alike], others: Iterable[Nominee]) -> list[tuple[str, str]]:
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


def _targets(view: ProposalsDesk, one: Nomination) -> list[tuple[str, str]]:
    """Return what a proposal may be joined with: similar ones first, then all nominees by name.

    Other proposals that wait come last.
    """
    alike = view.alike.get(one.id, ())
    there = {each.target for each in alike}
    waiting = [
        (str(each.id), f"{each.said['name']} · {each.said['organisation']}")
        for each in view.proposals
        if each.state == "waiting" and each is not one and str(each.id) not in there
    ]
    return [*_with_whom(alike, view.nominees), *waiting]


def _decide(work: Work, key: str, number: int, act: str, form: DecisionForm) -> None:
    if act == "admit":
        nominee_proposals.admit(work, key, number, distinct=bool(form.distinct.data))
    elif act == "merge":
        nominee_proposals.merge(work, key, number, form.into.data or "")
    elif act == "reconsider":
        nominee_proposals.reconsider(work, key, number)
    else:
        nominee_proposals.decline(work, key, number, form.reason.data or "")


Pages(
    importer=IMPORTER,
    path="/rounds/<key>/nominees-file",
    upload="nominees/file.html",
    home="nominees",
    back=lambda: _("Nominees"),
    labels=lambda: {**LABELS, **attribute_labels()},
    form=lambda _view: ConfirmForm(),
    options=lambda _form: {},
    effects={"added": _added, "on_list": _on_list},
    context=_context,
    may="nominees.write",
).register()
