"""Forms for organisations, contacts and files."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from flask import flash, redirect, render_template, request, url_for
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than the types
    BooleanField,
    EmailField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from consulta.core.problems import Problem, or_problem
from consulta.core.ranges import RANGES
from consulta.core.texts import Text
from consulta.people import member_changes, members_bulk
from consulta.people import members as members_acts
from consulta.people.members import NAME_MAX, TAG_MAX, ContactCommand, OrganisationCommand
from consulta.people.members_rows import entered, field_of, labels, split_tags
from consulta.platform import telephones
from consulta.platform.data import catalogue, dimensions
from consulta.platform.importing.pages import ConfirmForm
from consulta.platform.labels import keys_of, name_of
from consulta.platform.listing import Found, Wanted
from consulta.platform.web import dimension_words
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.babel import ngettext
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import BY_MESSAGE, Form, InEachLanguage, TelephoneField, beside
from consulta.platform.web.language import (
    alphabetical,
    current,
    language_choices,
    language_name,
    local,
    offered,
    say,
)
from consulta.platform.web.request import house, local_path, read, reading
from consulta.platform.web.table import Choice, Column, Listing, Search, Table, acts, at, handed_out
from consulta.rounds.pages.letters import shown
from consulta.vote.changes import service as access_changes
from consulta.vote.pages.changes import KINDS, PasswordAgain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import ClassVar

    from flask import Flask
    from werkzeug.wrappers import Response

    from consulta.people.member_changes import Changed
    from consulta.people.members import MemberPage
    from consulta.platform.models import Contact, Organisation
    from consulta.platform.work import Work


Kind = TypeVar("Kind", bound=Form)
DIGITS = 9


class CategorisedForm(Form):
    """A form with the country of an organisation and its categories, which decide how its vote is weighted.

    The forms have the fields themselves, each at its place among the others.
    """

    country: SelectField
    sector: SelectField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose = SelectChoice("", _("Choose"))
        self.country.choices = [choose, *(SelectChoice(code, name) for code, name in countries())]
        groups = {group.key: local(group.name) for group in catalogue.sector_groups()}
        self.sector.choices = [
            choose,
            *(
                SelectChoice(sector.key, local(sector.name), optgroup=groups[sector.group])
                for sector in catalogue.sectors()
            ),
        ]

    def offer_civil(self, present: str = "") -> None:
        """Offer an organisation of civil society only its sectors, and the one that it has."""
        self.sector.choices = [
            SelectChoice("", _("Choose")),
            *(
                SelectChoice(sector.key, local(sector.name))
                for sector in catalogue.sectors()
                if sector.civil or sector.key == present
            ),
        ]

    @property
    def added(self) -> list[Any]:
        """Return the fields of the dimensions that the installation adds, except those given by country."""
        return [self[field] for field in entered() if field != "sector"]

    @property
    def categories(self) -> dict[str, str]:
        """Return the categories by dimension."""
        return {dimension: self[field].data or "" for field, dimension in entered().items()}

    def refuse(self, problem: Problem) -> None:
        """Show a category that is missing beside its field."""
        if problem.code == "member.category":
            self[field_of(str(problem.params["key"]))].errors = [say(problem)]
        else:
            super().refuse(problem)


class OrganisationForm(CategorisedForm):
    """An organisation of the Mechanism."""

    places = beside(
        "member.name",
        "member.country",
        "member.sector",
        "member.base",
        "member.tags",
        name="member.duplicate",
    )

    name = StringField(_l("Name"), [InputRequired(), Length(max=NAME_MAX)])
    country = SelectField(_l("Country"), [InputRequired()])
    sector = SelectField(_l("Sector"), [InputRequired()])
    base = IntegerField(_l("Base"), [Optional(), NumberRange(*RANGES["base"])])
    tags = StringField(_l("Tags"), [Length(max=1000)])

    def to_command(self) -> OrganisationCommand:
        """Return the organisation in the form as a command."""
        return OrganisationCommand(
            name=self.name.data or "",
            country=self.country.data or "",
            categories=self.categories,
            base=self.base.data or 1,
            tags=split_tags(self.tags.data or ""),
        )


def with_dimensions(form: type[Kind]) -> type[Kind]:
    """Return a form with a field more for each dimension that the installation adds and a person enters."""
    added: dict[str, Any] = {}
    for each in dimensions.own():
        name = dimension_words.own(each.key)
        if each.is_open:
            length = Length(max=dimensions.CATEGORY_MAX)
            added[field_of(each.key)] = StringField(name, [InputRequired(), length])
        elif not each.from_country:
            choices = [SelectChoice("", _("Choose")), *(SelectChoice(*pair) for pair in categories(each.key))]
            added[field_of(each.key)] = SelectField(name, [InputRequired()], choices=choices)
    return type(form.__name__, (form,), added)


class AContactForm(Form):
    """A form of a contact, which has the fields itself."""

    places = beside(
        "member.contact.name",
        "member.contact.email",
        "member.contact.phone",
        "member.contact.language",
        "member.contact.by_message",
        email="contact.duplicate",
    )

    name: StringField
    email: EmailField
    phone: TelephoneField
    language: RadioField
    may_vote: BooleanField
    by_message: BooleanField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not house().settings.message_command and not self.by_message.data:
            del self.by_message
        self.language.choices = language_choices()

    def to_command(self) -> ContactCommand:
        """Return the contact in the form as a command."""
        texts = {each: self[each].data or "" for each in ("name", "email", "phone", "language")}
        may_vote, by_message = (each in self and bool(self[each].data) for each in ("may_vote", "by_message"))
        return ContactCommand(**texts, may_vote=may_vote, by_message=by_message)


class MemberContactForm(PasswordAgain, AContactForm):
    """A contact of an organisation; with the reason where voting is open for it."""

    places = PasswordAgain.places | AContactForm.places

    name = StringField(_l("Name"), [Length(max=NAME_MAX)])
    email = EmailField(_l("E-mail"), [InputRequired(), Length(max=254)])
    phone = TelephoneField(_l("Telephone"))
    by_message = BooleanField(BY_MESSAGE)
    language = RadioField(_l("Language for messages"), [InputRequired()])
    may_vote = BooleanField(_l("May vote for the organisation"), default=True)

    before: Contact | None = None  # the contact that is changed
    replaces = False  # another person takes the place of a contact

    def is_confirmed(self, *, needed: bool = True) -> bool:
        """Return whether the password is right, or not needed as nothing changes in who may vote."""
        return super().is_confirmed(needed=needed and (self.replaces or self._concerns_access()))

    def _concerns_access(self) -> bool:
        wanted, before = self.to_command(), self.before
        if before is None:
            return wanted.may_vote
        if wanted.by_message and not (before.by_message and telephones.same(wanted.phone, before.phone)):
            return True
        had, has = before.may_vote and before.active, wanted.may_vote and before.active
        return had != has or (has and wanted.email.strip().lower() != before.email.lower())


class ImportForm(PasswordAgain, ConfirmForm):
    """The word to import what was shown; with the reason where it changes who may vote now."""


class SeenForm(Form):
    """A form about something that another person may change meanwhile: it says which version it shows."""

    seen = HiddenField()

    @property
    def version(self) -> int:
        """Return the version that the form shows; 0 where it says none."""
        text = self.seen.data or ""
        return int(text) if text.isdecimal() and len(text) <= DIGITS else 0


def countries() -> list[tuple[str, str]]:
    """Return the countries (code, name), in alphabetical order of their names."""
    named = [(country.iso2, local(country.name)) for country in catalogue.countries()]
    return sorted(named, key=lambda pair: alphabetical(pair[1]))


def categories(dimension: str) -> list[tuple[str, str]]:
    """Return the categories of a dimension as pairs of key and name, in the order of the lists."""
    if dimension == "country":
        return countries()
    if dimension in {"sector", "subregion"}:
        return [(key, local(name_of(dimension, key))) for key in keys_of(dimension)]
    added = dimensions.own_by_key()[dimension]
    return [(each.key, local(Text(each.names))) for each in added.categories]


def init_app(app: Flask) -> None:
    """Let templates name a country by its code."""
    app.jinja_env.filters["country_name"] = lambda code: local(name_of("country", code))


@blueprint.get("/members", may="members.read")
def members() -> str:
    """Show one page of the organisations that the address asks for."""
    with reading() as work:
        silent, table = _table(work)
        titles, votes = member_changes.votes(work, [row.id for row in table.there.rows])
    return render_template(
        "members/members.html",
        silent=silent,
        table=table,
        titles=titles,
        votes=votes,
        settable=entered().values(),
        example=any(row.example for row in table.there.rows),
    )


@handed_out("members")
def _table(work: Work, _key: str = "", *, whole: bool = False) -> tuple[int, Listing]:
    """Return how many organisations have no contact who may vote, and the table of organisations."""
    return members_acts.count_silent(work), members_table(work, whole=whole)


def members_table(work: Work, *, only: tuple[int, ...] | None = None, whole: bool = False) -> Listing:
    """Return the table of the organisations that the address asks for; with `only`, of these alone."""
    own = members_acts.open_lists(work, current())
    named = {name: dimension_words.name(name) for name in dimensions.columns()}
    options = {name: [(key, key) for key in own[name]] if name in own else categories(name) for name in named}
    table = Table(
        title=_("Members' list"),
        name="members",
        endpoint="secretariat.members",
        search=Search(_("Name, tag or contact")),
        choices=[
            *(
                Choice(name, named[name], options[name])
                for name in ("subregion", "country", *list(named)[2:])
            ),
            Choice("contact", _("Contacts"), [("none", _("Without one who may vote"))]),
            Choice("active", _("State"), [("yes", _("Active")), ("no", _("Deactivated"))]),
        ],
        columns=[
            Column("name", _("Organisation")),
            *(
                Column(name, label, partial(_category, name), phone="side" if name == "country" else "")
                for name, label in named.items()
                if name != "subregion"
            ),
            Column("contacts", _("Contact")),
            Column("phone", _("Telephone"), sorts=False),
            Column("votes", _("Voted in"), sorts=False),
            Column("base", _("Base"), lambda row: row.base, numeric=True),
        ],
        sort="name",
        opens=True,
        picks=True,
        sheet=sheet,
    )
    asked = table.asked(whole=whole)
    if only is not None:
        asked = Wanted(sort=table.sort, only=only, page=None, language=asked.language)
        if not only:
            return Listing(table, asked, Found((), 0, 0), "members")
    return Listing(table, asked, members_acts.list_members(work, asked), "members")


def _category(dimension: str, row: Organisation) -> str:
    return dimension_words.brief(members_acts.category_names(row).get(dimension, Text()))


def sheet(rows: Sequence[Organisation]) -> tuple[tuple[str, ...], Iterable[tuple[str | int, ...]]]:
    """Return the headings and rows of a file of organisations, one row per active contact.

    An organisation without an active contact has one row, with empty contact fields.
    """
    return (*headings(), _("State")), (cells for row in rows for cells in _cells(row))


def headings() -> tuple[str, ...]:
    """Return the headings of our own files of members."""
    return tuple(local(label) for label in labels().values())


def _cells(row: Organisation) -> list[tuple[str | int, ...]]:
    names = members_acts.category_names(row)
    organisation: tuple[str | int, ...] = (
        row.name,
        local(names["country"]),
        *(local(names.get(key, Text())) for key in entered().values()),
        row.base,
        ", ".join(row.tags),
    )
    state = _("active") if row.active else _("deactivated")
    people = [
        (
            each.name,
            each.email,
            telephones.shown(each.phone),
            language_name(each.language),
            _("yes") if each.may_vote else _("no"),
        )
        for each in row.contacts
        if each.active
    ]
    return [(*organisation, *person, state) for person in people or [("",) * 5]]


# -- an organisation


@blueprint.route("/members/new", methods=["GET", "POST"], may="members.write", password_to_send=True)
def create_member() -> Response | Page:
    """Create an organisation, then go to the page where its contacts are added."""
    form = with_dimensions(OrganisationForm)(data={"base": 1})
    if form.does(lambda work: members_acts.add_organisation(work, form.to_command())):
        said = _("The organisation is added. Now add a contact, so that it can vote.")
        return done(said, "create_contact", member=form.outcome)
    return render_template("members/member_form.html", form=form, view=None), form.status


@blueprint.get("/members/<int:member>", may="members.read")
def member(member: int) -> Page:
    """Show an organisation, its contacts, and other organisations that look like it."""
    with reading() as work:
        view, table = _contacts(work)
        changes = access_changes.of_organisation(work, member)
        past = member_changes.of_member(work, member)
    return _page("members/member.html", view, past=past, changes=changes, kinds=KINDS, table=table)


@handed_out("contacts")
def _contacts(work: Work, _key: str = "", *, whole: bool = False) -> tuple[MemberPage, Listing]:
    """Return the organisation that the address names, and the table of its contacts."""
    number = at("member")
    view = members_acts.member_page(work, int(number) if number.isdecimal() else 0)
    states = {"yes": _("yes"), "no": _("no"), "off": _("deactivated")}

    def state(contact: Contact) -> str:
        return "off" if not contact.active else "yes" if contact.may_vote else "no"

    table = Table(
        title=_("Contacts"),
        name="contacts",
        endpoint="secretariat.member",
        at={"member": view.member.id},
        subject=members_acts.subject(view.member),
        handful=True,
        search=Search(_("Name or e-mail"), lambda contact: f"{contact.name} {contact.email}"),
        choices=[Choice("vote", _("May vote"), list(states.items()), state)],
        columns=[
            Column("organisation", _("Organisation"), lambda _contact: view.member.name, only="file"),
            Column("name", _("Name"), lambda contact: contact.name),
            Column("email", _("E-mail"), lambda contact: contact.email, phone="under"),
            Column("phone", _("Telephone"), lambda contact: telephones.shown(contact.phone)),
            Column("language", _("Language"), lambda contact: language_name(contact.language)),
            Column("may_vote", _("May vote"), lambda contact: states[state(contact)], phone="side"),
            acts(_("Actions")),
        ],
    )
    contacts = sorted(view.member.contacts, key=lambda each: (not each.active, each.id))
    return view, table.over(contacts, whole=whole)


def _page(template: str, view: MemberPage, form: Form | None = None, **shown: Any) -> Page:
    return page(template, view.member, form, view=view, **shown)


@blueprint.route("/members/<int:member>/edit", methods=["GET", "POST"], may="members.write")
def edit_member(member: int) -> Response | Page:
    """Show and save the form of an organisation."""
    view = read(members_acts.member_page, member)
    row = view.member
    known = {"name": row.name, "country": row.country, "base": row.base, "tags": ", ".join(row.tags)}
    known |= {field: row.categories.get(key, "") for field, key in entered().items()}
    form = with_dimensions(OrganisationForm)(data=known)
    if form.does(lambda work: members_acts.change_organisation(work, member, form.to_command())):
        return done(_("Saved."), "member", member=member)
    return _page("members/member_form.html", view, form)


@blueprint.route("/members/<int:member>/active", methods=["GET", "POST"], may="members.write")
def switch_member(member: int) -> Response | Page:
    """Deactivate or activate an organisation, after showing what that means."""
    view = read(members_acts.member_page, member)
    form = Form()
    active = request.form.get("active") == "yes"
    if form.does(lambda work: members_acts.switch_organisation(work, member, active=active)):
        return done(_("Activated.") if active else _("Deactivated."), "member", member=member)
    return _page("members/member_switch.html", view, form, contact=None, active=not view.member.active)


# -- its contacts


def _contact(view: MemberPage, contact_id: int) -> Contact:
    found = (each for each in view.member.contacts if each.id == contact_id)
    return or_problem(next(found, None), "member.contact.unknown")


def _guarded(form: PasswordAgain, view: MemberPage, *more: tuple[str, str]) -> None:
    """Let a form of a contact ask for the reason where voting is open, and say what it is about."""
    form.guarded(view)
    form.concerning = [(_("Organisation"), view.member.name), *more]


def _as_it_is(contact: Contact) -> tuple[str, str]:
    return _("Contact, as it is now"), f"{contact.name} · {contact.email}"


def _waits() -> str:
    return _(
        "The new address can vote once the wait is over, if there is no objection. Every address on"
        " file is told"
        " first."
    )


def _say_what_became_of_links(done: Changed) -> None:
    if done.sent:
        flash(
            _("A new personal link is on its way to the new address; the one that went to the old has ended.")
        )
    elif done.waits:
        flash(_waits())
    elif done.ended:
        flash(
            _(
                "The personal link that went to the old address has ended. Send a new one in the "
                "consultation."
            ),
            "warn",
        )


@blueprint.route(
    "/members/<int:member>/contacts/new",
    methods=["GET", "POST"],
    may="members.write",
    two_persons="by setting",
)
def create_contact(member: int) -> Response | Page:
    """Create a contact of an organisation.

    While a round of the organisation is open, a contact that may vote needs a reason and the password,
    and waits before it can vote.
    """
    view = read(members_acts.member_page, member)
    language = catalogue.language_for(view.member.country, offered())
    form = MemberContactForm(proposed={"language": language, "may_vote": True})
    _guarded(form, view)
    if form.does(lambda work: members_acts.add_contact(work, member, form.to_command(), form.asked())):
        flash(_("The contact is added."))
        if view.open_rounds and form.to_command().may_vote:
            flash(_waits())
        return redirect(url_for("secretariat.member", member=member), 303)
    return _page("members/member_contact.html", view, form, contact=None)


@blueprint.route(
    "/members/<int:member>/contacts/<int:contact>",
    methods=["GET", "POST"],
    may="members.write",
    two_persons="by setting",
)
def edit_contact(member: int, contact: int) -> Response | Page:
    """Show and save the form of a contact.

    Where the change concerns who may vote in open rounds, the reason and the password are required.
    """
    view = read(members_acts.member_page, member)
    found = _contact(view, contact)
    known = ("name", "email", "phone", "language", "may_vote", "by_message")
    form = MemberContactForm(data={each: getattr(found, each) for each in known})
    form.before = found
    form.phone.read_as(view.member.country)
    _guarded(form, view, _as_it_is(found))
    if form.does(
        lambda work: member_changes.change_contact(work, member, contact, form.to_command(), form.asked())
    ):
        flash(_("Saved."))
        _say_what_became_of_links(form.outcome)
        onward = local_path(request.args.get("next"))
        return redirect(onward or url_for("secretariat.member", member=member), 303)
    return _page("members/member_contact.html", view, form, contact=found)


@blueprint.route(
    "/members/<int:member>/contacts/<int:contact>/replace",
    methods=["GET", "POST"],
    may="members.write",
    two_persons="by setting",
)
def replace_contact(member: int, contact: int) -> Response | Page:
    """Let another person take the place of a contact who left."""
    view = read(members_acts.member_page, member)
    found = _contact(view, contact)
    form = MemberContactForm(proposed={"language": found.language, "may_vote": True})
    form.replaces = True
    _guarded(form, view, _as_it_is(found))
    if form.does(
        lambda work: member_changes.replace_contact(work, member, contact, form.to_command(), form.asked())
    ):
        flash(_("The contact is replaced, and the links of the person who left have ended."))
        if form.outcome.sent:
            flash(_("The new contact is sent a personal link by mail."))
        elif form.outcome.waits:
            flash(_waits())
        return redirect(url_for("secretariat.member", member=member), 303)
    return _page("members/member_replace.html", view, form, contact=found)


@blueprint.route(
    "/members/<int:member>/contacts/<int:contact>/active",
    methods=["GET", "POST"],
    may="members.write",
    two_persons="by setting",
)
def switch_contact(member: int, contact: int) -> Response | Page:
    """Deactivate or activate a contact, after showing what that means."""
    view = read(members_acts.member_page, member)
    found = _contact(view, contact)
    form = PasswordAgain()
    _guarded(form, view, _as_it_is(found), (_("Takes part"), _("no") if found.active else _("yes")))
    form.asking(needed=found.may_vote and "why" in form)
    active = request.form.get("active") == "yes"
    if form.does(
        lambda work: members_acts.switch_contact(work, member, contact, active=active, asked=form.asked())
    ):
        return done(_("Activated.") if active else _("Deactivated."), "member", member=member)
    return _page("members/member_switch.html", view, form, contact=found, active=not found.active)


# -- mail to chosen ones


class WriteForm(Form):
    """A subject and a text, in each language."""

    places: ClassVar[dict[str, str]] = {"circular.subject": "subject", "circular.text": "text"}

    subject = InEachLanguage(_l("Subject"), member_changes.SUBJECT_MAX, required=True)
    text = InEachLanguage(_l("Text"), member_changes.TEXT_MAX, area=True, required=True)

    def words(self) -> member_changes.Words:
        """Return what is entered."""
        subject, text = (
            {code: field.data or "" for code, field in self.in_each_language(name)}
            for name in ("subject", "text")
        )
        return member_changes.Words(subject, text)


@blueprint.route("/rounds/<key>/write", methods=["GET", "POST"], may="mail.write")
def write_members(key: str) -> Response | Page:
    """Write to chosen organisations, after showing to whom and what they would read.

    The button that only looks shows the mail with the words that are entered, and sends nothing.
    """
    ids = chosen()
    form = WriteForm()
    looks = "look" in request.form
    if not looks and form.does(lambda work: member_changes.write(work, key, ids, form.words())):
        said = ngettext("%(num)s message is on its way.", "%(num)s messages are on their way.", form.outcome)
        return done(said, "mail", key=key, kind="circular")
    if looks:
        form.validate()
    entered = form.words() if form.is_submitted() else None
    act = member_changes.readers(ids, entered)
    back = url_for("secretariat.members"), _("Members")
    title = _("Write to the chosen organisations")
    # What is typed stays on the page, also where those who would get it have it already.
    kept = {"ready": True} if form.is_submitted() else {}
    return shown("members/write.html", key, form, act, title, back, **kept)


def chosen() -> tuple[int, ...]:
    """Return the organisations in the address. Problems: `members.bulk_none`, `circular.many`."""
    parts = request.args.get("only", "").split(".")
    ids = tuple(dict.fromkeys(int(part) for part in parts if part.isdecimal() and len(part) <= DIGITS))
    if not ids:
        raise Problem("members.bulk_none")
    if len(ids) > member_changes.MOST:
        raise Problem("circular.many", most=member_changes.MOST)
    return ids


@blueprint.route("/members/bulk", methods=["GET", "POST"], may="members.write", password_to_send=True)
def bulk_members() -> Response | tuple[str, int]:
    """Say what an act would do to the chosen organisations, and do it; or show these alone."""
    act = request.values.get("act", "")
    rows = read(members_table, only=_chosen(), whole=True).there.rows
    ids = [row.id for row in rows]
    if act == "show" and ids:
        return redirect(url_for("secretariat.members", only=".".join(map(str, ids))) + "#table", 303)
    if act == "write" and ids:
        key = read(member_changes.round_for)
        return redirect(url_for("secretariat.write_members", key=key, only=".".join(map(str, ids))), 303)
    if act not in members_bulk.acts() or not ids:
        raise Problem("members.bulk_none" if act in members_bulk.acts() else "members.bulk_act")
    form = _form(act)
    if form.does(
        lambda work: members_bulk.carry_out(work, ids, act, form.value.data if "value" in form else "")
    ):
        return done(_("Done."), "bulk_done", number=form.outcome)
    switches = members_bulk.SWITCHES
    return render_template(
        "members/bulk.html",
        form=form,
        act=act,
        written=members_bulk.is_written(act),
        dimension=act.removeprefix(members_bulk.CATEGORY),
        rows=rows,
        changing=sum(row.active != switches[act] for row in rows) if act in switches else len(rows),
        mails=read(members_bulk.mails, ids, act),
        example=any(row.example for row in rows),
    ), form.status


@blueprint.route(
    "/members/bulk/<int:number>", methods=["GET", "POST"], may="members.write", password_to_send=True
)
def bulk_done(number: int) -> Response | tuple[str, int]:
    """Show an act that was done to many organisations, and take it back."""
    form = Form()
    if form.does(lambda work: members_bulk.take_back(work, number)):
        count = form.outcome
        return done(
            ngettext("Taken back in %(num)s organisation.", "Taken back in %(num)s organisations.", count),
            "members",
        )
    with reading() as work:
        view = members_bulk.done(work, number)
        rows = members_table(work, only=tuple(view.before), whole=True).there.rows
    dimension = view.act.removeprefix(members_bulk.CATEGORY)
    is_category = dimension != view.act
    return render_template(
        "members/bulk_done.html",
        form=form,
        view=view,
        dimension=dimension,
        category=dict(categories(dimension)).get(view.value, view.value) if is_category else "",
        rows=rows,
        example=any(row.example for row in rows),
    ), form.status


def _chosen() -> tuple[int, ...] | None:
    """Return the ids that were chosen; None where all that the list's filter shows are meant."""
    if request.values.get("all") == "yes" and request.method == "GET":
        return None
    return tuple(number for text in request.values.getlist("o") if (number := _number(text)) is not None)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < len("1000000000") else None


def _form(act: str) -> Any:
    """Return the form of an act: with a tag or a category where it needs one."""
    fields: dict[str, Any] = {}
    if act in members_bulk.TAGS:
        fields["value"] = StringField(_("Tag"), [InputRequired(), Length(max=TAG_MAX)])
    elif act.startswith(members_bulk.CATEGORY):
        dimension = act.removeprefix(members_bulk.CATEGORY)
        name = dimension_words.name(dimension)
        if members_bulk.is_written(act):
            fields["value"] = StringField(name, [InputRequired(), Length(max=dimensions.CATEGORY_MAX)])
        else:
            known = [("", _("Choose")), *categories(dimension)]
            choices = [SelectChoice(key, label) for key, label in known]
            fields["value"] = SelectField(name, [InputRequired()], choices=choices)
    places = dict.fromkeys(("members.bulk_value", "members.bulk_written", "member.tags"), "value")
    return type("BulkForm", (Form,), {**fields, "places": places})()
