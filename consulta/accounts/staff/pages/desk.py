"""All accounts of staff: the list, an invitation, one account, and the end of all sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import render_template, request, session
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from consulta.accounts.staff import service
from consulta.accounts.staff.forms import CHANGEABLE, ROLES, AccountForm, InviteForm
from consulta.accounts.staff.service import CONFIRMING
from consulta.platform.access import may
from consulta.platform.web.desk import blueprint, done
from consulta.platform.web.language import current
from consulta.platform.web.request import actor, read, write
from consulta.platform.web.table import Column, Listing, Search, Table, handed_out, moment_columns

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.accounts.staff.values import AccountView
    from consulta.platform.accounts.service import StaffRole
    from consulta.platform.work import Work


ACTS = {
    "role": _l("Change the role"),
    "link": _l("Send a link"),
    "disable": _l("Disable the account"),
    "enable": _l("Enable the account"),
}


def short(role: str) -> str:
    """Return a role in a word or two, in the reader's language."""
    return str(ROLES[role]).partition(":")[0]


def standing(account: AccountView) -> str:
    """Return whether an account can be used, in words."""
    if not account.active:
        return _("disabled")
    if not account.began:
        return _("invited")
    return _("active") if account.factors.any else _("active, without a second step")


@blueprint.get("/staff", may="staff.read")
def staff() -> str:
    """Show all accounts of staff."""
    _views, table = read(_table)
    return render_template("staff/staff.html", table=table)


@handed_out("staff")
def _table(work: Work, _key: str = "", *, whole: bool = False) -> tuple[tuple[AccountView, ...], Listing]:
    """Return the accounts, and the table of them."""
    views = service.listed(work)
    table = Table(
        title=_("Staff"),
        name="staff",
        endpoint="secretariat.staff",
        subject="staff",
        search=Search(_("Name or address"), lambda each: f"{each.name} {each.email} {each.organisation}"),
        columns=[
            Column("name", _("Person"), lambda each: each.name or each.email),
            Column("email", _("E-mail"), lambda each: each.email, phone="under"),
            Column("role", _("Role"), lambda each: short(each.role)),
            Column("state", _("State"), standing, phone="side", flow=True),
            *moment_columns(_("Signed in"), lambda each: each.last),
            Column("sessions", _("Open sessions"), lambda each: each.sessions, numeric=True),
        ],
        opens=True,
    )
    return views, table.over(views, whole=whole)


@blueprint.route(
    "/staff/invite", methods=["GET", "POST"], may="staff.write", password=True, two_persons="by setting"
)
def invite_staff() -> Response | tuple[str, int]:
    """Invite a person by mail: the account begins with its link."""
    form = InviteForm(proposed={"role": "secretariat"})
    form.second_action = "staff.second"

    def invite(work: Work) -> int:
        return service.invite(
            work,
            form.email.data or "",
            form.name.data or "",
            cast("StaffRole", form.role.data),
            current(),
            form.organisation.data or "",
        )

    if form.does(invite):
        return _done(_("The invitation is on its way to %(address)s.", address=form.email.data), form.outcome)
    return render_template("staff/invite.html", form=form), form.status


@blueprint.route(
    "/staff/<int:number>", methods=["GET", "POST"], may="staff.write", password=True, two_persons="by setting"
)
def staff_account(number: int) -> Response | tuple[str, int]:
    """Show an account, and do what is asked with it."""
    role, act = read(service.role_of, number), request.form.get("act", "")
    form = AccountForm(data={"role": role if role in CHANGEABLE else None})
    if request.method == "POST" and act == "sessions":
        write(service.end_sessions, number)
        return done(_("All sessions of this account have ended."), "staff_account", number=number)
    form.tells = lambda: _told(number, act, form)
    form.about_staff = number
    if act in {"link", "enable"} or (act == "role" and form.role.data in CONFIRMING):
        form.second_action = "staff.second"
    if act in ACTS and form.does(lambda work: _do(work, number, act, form)):
        return _done(_("It is done, and the person is told by mail."), number)
    account = read(service.account, number)
    return render_template(
        "staff/account.html",
        form=form,
        account=account,
        standing=standing(account),
        role=short(account.role),
        is_own=actor().id == number,
    ), form.status


def _done(said: str, number: int) -> Response:
    """Return the way to an account, or to the start of the desk for a second person who sees no accounts."""
    if may(actor(), "staff.read"):
        return done(said, "staff_account", number=number)
    return done(said, "start")


def _told(number: int, act: str, form: AccountForm) -> list[tuple[str, str]]:
    """Return what is asked for with an account, as a second person reads it: label and value."""
    account = read(service.account, number)
    told = [
        (_("What is done"), f"{ACTS[act]}: {account.name or account.email}"),
        (_("Account"), f"{account.email} · {short(account.role)} · {standing(account)}"),
    ]
    if act == "role":
        told.append((_("New role"), str(ROLES.get(form.role.data or "reader", ""))))
    if act == "link" and form.anew.data:
        told.append((str(form.anew.label.text), _("yes")))
    return [*told, (str(form.reason.label.text), form.reason.data or "")]


def _do(work: Work, number: int, act: str, form: AccountForm) -> None:
    reason = form.reason.data or ""
    match act:
        case "role":
            service.change_role(work, number, cast("StaffRole", form.role.data or "reader"), reason)
        case "link":
            service.send_link(work, number, reason, anew=bool(form.anew.data))
        case _:
            service.switch(work, number, reason, active=act == "enable")


@blueprint.post("/staff/end-sessions", may="staff.write", password=True)
def end_all_sessions() -> Response:
    """End the sessions of all accounts but this one."""
    write(service.end_all_sessions, session.get("staff", ""))
    return done(_("All sessions but yours have ended."), "staff")
