"""The members' list: looked through, changed by hand, taken out as a file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from consulta.core.problems import Problem
from consulta.people.members import bulk, handover, history
from consulta.people.members import forms as member_forms
from consulta.people.members import service as services
from consulta.people.members.forms import MemberContactForm, SwitchForm
from consulta.people.members.pages import members_files
from consulta.platform.data import catalogue, dimensions
from consulta.platform.listing import Found, Wanted
from consulta.platform.web import dimension_words
from consulta.platform.web.desk import Page, blueprint, page
from consulta.platform.web.fields import Form
from consulta.platform.web.language import current, language_name, offered
from consulta.platform.web.request import local_path, read, reading, write
from consulta.platform.web.table import Choice, Column, Listing, Search, Table, acts, at, handed_out
from consulta.vote.changes import service as access_changes
from consulta.vote.changes.pages.words import KINDS

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.people.members.handover import Changed
    from consulta.people.members.service import OrganisationCommand
    from consulta.people.members.values import ContactView, MemberLine, MemberView
    from consulta.platform.work import Work


@blueprint.get("/members", may="members.read")
def members() -> str:
    """Show one page of the organisations that the address asks for."""
    with reading() as work:
        silent, table = _table(work)
        votes = history.votes(work, [line.id for line in table.there.rows])
    return render_template(
        "members/members.html",
        silent=silent,
        table=table,
        votes=votes,
        acts=bulk_acts(),
        example=any(line.example for line in table.there.rows),
    )


@handed_out("members")
def _table(work: Work, _key: str = "", *, whole: bool = False) -> tuple[int, Listing]:
    """Return how many organisations have no contact who may vote, and the table of organisations."""
    return services.count_silent(work), members_table(work, whole=whole)


def members_table(work: Work, *, only: tuple[int, ...] | None = None, whole: bool = False) -> Listing:
    """Return the table of the organisations that the address asks for; with `only`, of these alone."""
    own = services.open_lists(work, current())
    named = {name: dimension_words.name(name) for name in dimensions.columns()}
    options = {
        name: [(key, key) for key in own[name]] if name in own else member_forms.categories(name)
        for name in named
    }
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
            Column("base", _("Base"), lambda line: line.base, numeric=True),
        ],
        sort="name",
        opens=True,
        picks=True,
        sheet=members_files.sheet,
    )
    asked = table.asked(whole=whole)
    if only is not None:
        asked = Wanted(sort=table.sort, only=only, page=None, language=asked.language)
        if not only:
            return Listing(table, asked, Found((), 0, 0), "members")
    return Listing(table, asked, services.list_members(work, asked), "members")


def _category(dimension: str, line: MemberLine) -> str:
    return dimension_words.brief(line.names[dimension]) if dimension in line.names else ""


def bulk_acts() -> dict[str, str]:
    """Return what can be done with chosen organisations: the name of each act."""
    named = {
        "show": _("Show them alone, to download them"),
        "write": _("Write to them"),
        "tag": _("Give them a tag"),
        "untag": _("Take a tag away"),
        "deactivate": _("Deactivate them"),
        "activate": _("Activate them"),
    }
    for act in bulk.acts():
        if act.startswith(bulk.CATEGORY):
            named[act] = _("Set: %(what)s", what=dimension_words.name(act.removeprefix(bulk.CATEGORY)))
    return named


@blueprint.route("/members/new", methods=["GET", "POST"], may="members.write", password_to_send=True)
def create_member() -> Response | tuple[str, int]:
    """Create an organisation, then go to the page where its contacts are added."""
    form = member_forms.organisation_form({"base": 1})
    if form.validate_on_submit() and form.accepts(
        lambda: write(services.add_organisation, form.to_command())
    ):
        flash(_("The organisation is added. Now add a contact, so that it can vote."))
        return redirect(url_for("secretariat.create_contact", member=form.outcome), 303)
    return render_template("members/member_form.html", form=form, view=None), form.status


@blueprint.get("/members/<int:member>", may="members.read")
def member(member: int) -> Page:
    """Show an organisation, its contacts, and other organisations that look like it."""
    with reading() as work:
        view, table = _contacts(work)
        changes = access_changes.of_organisation(work, member)
        past = history.of_member(work, member)
    return page(
        "members/member.html", view.line, view=view, past=past, changes=changes, kinds=KINDS, table=table
    )


@handed_out("contacts")
def _contacts(work: Work, _key: str = "", *, whole: bool = False) -> tuple[MemberView, Listing]:
    """Return the organisation that the address names, and the table of its contacts."""
    number = at("member")
    view = services.member_page(work, int(number) if number.isdecimal() else 0)
    states = {"yes": _("yes"), "no": _("no"), "off": _("deactivated")}

    def state(contact: ContactView) -> str:
        return "off" if not contact.active else "yes" if contact.may_vote else "no"

    table = Table(
        title=_("Contacts"),
        name="contacts",
        endpoint="secretariat.member",
        at={"member": view.line.id},
        subject=services.subject(view.line),
        handful=True,
        search=Search(_("Name or e-mail"), lambda contact: f"{contact.name} {contact.email}"),
        choices=[Choice("vote", _("May vote"), list(states.items()), state)],
        columns=[
            Column("organisation", _("Organisation"), lambda _contact: view.line.name, only="file"),
            Column("name", _("Name"), lambda contact: contact.name),
            Column("email", _("E-mail"), lambda contact: contact.email, phone="under"),
            Column("phone", _("Telephone"), lambda contact: contact.phone),
            Column("language", _("Language"), lambda contact: language_name(contact.language)),
            Column("may_vote", _("May vote"), lambda contact: states[state(contact)], phone="side"),
            acts(_("Actions")),
        ],
    )
    return view, table.over(view.line.contacts, whole=whole)


@blueprint.route("/members/<int:member>/edit", methods=["GET", "POST"], may="members.write")
def edit_member(member: int) -> Response | tuple[str, int]:
    """Show and save the form of an organisation."""
    view = read(services.member_page, member)
    form = member_forms.organisation_form(member_forms.filled(view.line))
    if form.validate_on_submit() and form.accepts(lambda: _change(member, form.to_command())):
        flash(_("Saved."))
        return redirect(url_for("secretariat.member", member=member), 303)
    return render_template(
        "members/member_form.html", form=form, view=view, example=view.line.example
    ), form.status


@blueprint.route("/members/<int:member>/active", methods=["GET", "POST"], may="members.write")
def switch_member(member: int) -> Response | tuple[str, int]:
    """Deactivate or activate an organisation, after showing what that means."""
    view = read(services.member_page, member)
    form = Form()
    active = not view.line.active
    if form.validate_on_submit():
        active = request.form.get("active") == "yes"
        write(services.switch_organisation, member, active=active)
        flash(_("Activated.") if active else _("Deactivated."))
        return redirect(url_for("secretariat.member", member=member), 303)
    return render_template(
        "members/member_switch.html",
        form=form,
        view=view,
        contact=None,
        active=active,
        example=view.line.example,
    ), form.status


@blueprint.route(
    "/members/<int:member>/contacts/new",
    methods=["GET", "POST"],
    may="members.write",
    two_persons="by setting",
)
def create_contact(member: int) -> Response | tuple[str, int]:
    """Create a contact of an organisation.

    While a round of the organisation is open, a contact that may vote needs a reason and the password,
    and waits before it can vote.
    """
    view = read(services.member_page, member)
    language = catalogue.language_for(view.line.country, offered())
    form = MemberContactForm(proposed={"language": language, "may_vote": True}).guarded(view)
    form.concerning = _about(view, None)
    if (
        form.validate_on_submit()
        and form.is_confirmed(needed=form.to_command().may_vote)
        and form.carries_out(lambda work: services.add_contact(work, member, form.to_command(), form.asked()))
    ):
        flash(_("The contact is added."))
        if view.open_rounds and form.to_command().may_vote:
            _say_that_it_waits()
        return redirect(url_for("secretariat.member", member=member), 303)
    return render_template(
        "members/member_contact.html", form=form, view=view, contact=None, example=view.line.example
    ), form.status


@blueprint.route(
    "/members/<int:member>/contacts/<int:contact>",
    methods=["GET", "POST"],
    may="members.write",
    two_persons="by setting",
)
def edit_contact(member: int, contact: int) -> Response | tuple[str, int]:
    """Show and save the form of a contact.

    Where the change concerns who may vote in open rounds, the reason and the password are required.
    """
    view = read(services.member_page, member)
    found = _contact(view, contact)
    form = MemberContactForm(data=member_forms.filled_contact(found)).guarded(view)
    form.concerning = _about(view, found)
    if (
        form.validate_on_submit()
        and form.is_confirmed(needed=form.concerns_access(found))
        and form.carries_out(
            lambda work: handover.change_contact(work, member, contact, form.to_command(), form.asked())
        )
    ):
        flash(_("Saved."))
        _say_what_became_of_links(form.outcome)
        onward = local_path(request.args.get("next"))
        return redirect(onward or url_for("secretariat.member", member=member), 303)
    return render_template(
        "members/member_contact.html", form=form, view=view, contact=found, example=view.line.example
    ), form.status


@blueprint.route(
    "/members/<int:member>/contacts/<int:contact>/replace",
    methods=["GET", "POST"],
    may="members.write",
    two_persons="by setting",
)
def replace_contact(member: int, contact: int) -> Response | tuple[str, int]:
    """Let another person take the place of a contact who left."""
    view = read(services.member_page, member)
    found = _contact(view, contact)
    form = MemberContactForm(proposed={"language": found.language, "may_vote": True}).guarded(view)
    form.concerning = _about(view, found)
    if (
        form.validate_on_submit()
        and form.is_confirmed()
        and form.carries_out(
            lambda work: handover.replace_contact(work, member, contact, form.to_command(), form.asked())
        )
    ):
        flash(_("The contact is replaced, and the links of the person who left have ended."))
        if form.outcome.sent:
            flash(_("The new contact is sent a personal link by mail."))
        elif form.outcome.waits:
            _say_that_it_waits()
        return redirect(url_for("secretariat.member", member=member), 303)
    return render_template(
        "members/member_replace.html", form=form, view=view, contact=found, example=view.line.example
    ), form.status


@blueprint.route(
    "/members/<int:member>/contacts/<int:contact>/active",
    methods=["GET", "POST"],
    may="members.write",
    two_persons="by setting",
)
def switch_contact(member: int, contact: int) -> Response | tuple[str, int]:
    """Deactivate or activate a contact, after showing what that means."""
    view = read(services.member_page, member)
    found = _contact(view, contact)
    form = SwitchForm().guarded(view if found.may_vote else None)
    form.concerning = [*_about(view, found), (_("Takes part"), _("no") if found.active else _("yes"))]
    active = request.form.get("active") == "yes"
    if (
        form.validate_on_submit()
        and form.is_confirmed()
        and form.carries_out(
            lambda work: services.switch_contact(work, member, contact, active=active, asked=form.asked())
        )
    ):
        flash(_("Activated.") if active else _("Deactivated."))
        return redirect(url_for("secretariat.member", member=member), 303)
    return render_template(
        "members/member_switch.html",
        form=form,
        view=view,
        contact=found,
        active=not found.active,
        example=view.line.example,
    ), form.status


def _about(view: MemberView, contact: ContactView | None) -> list[tuple[str, str]]:
    """Return what a form of a contact is about, as a second person reads it."""
    whose = [(_("Organisation"), view.line.name)]
    if contact is not None:
        whose.append((_("Contact, as it is now"), f"{contact.name} · {contact.email}"))
    return whose


def _contact(view: MemberView, contact_id: int) -> ContactView:
    for contact in view.line.contacts:
        if contact.id == contact_id:
            return contact
    raise Problem("member.contact.unknown")


def _change(organisation_id: int, command: OrganisationCommand) -> None:
    write(services.change_organisation, organisation_id, command)


def _say_that_it_waits() -> None:
    flash(
        _(
            "The new address can vote once the wait is over, if there is no objection. Every address on"
            " file is told"
            " first."
        )
    )


def _say_what_became_of_links(done: Changed) -> None:
    if done.sent:
        flash(
            _("A new personal link is on its way to the new address; the one that went to the old has ended.")
        )
    elif done.waits:
        _say_that_it_waits()
    elif done.ended:
        flash(
            _("The personal link that went to the old address has ended. Send a new one in the round."),
            "warn",
        )
