"""What the pages of accounts ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

import pyotp
import segno
from flask import flash, make_response, redirect, render_template, request, session, url_for
from markupsafe import Markup
from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    PasswordField,
    RadioField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types
from wtforms.validators import Email as Address
from wtforms.validators import InputRequired, Length, Optional

from consulta.accounts import staff as staff_acts
from consulta.accounts.pages import confirmation, sign_in
from consulta.accounts.staff import CONFIRMING, NAME_MAX, SERVICE_REASON_MAX
from consulta.platform import accounts
from consulta.platform.access import may
from consulta.platform.accounts import PASSWORD_MAX
from consulta.platform.organiser.pages import everywhere
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.desk import blueprint as desk_blueprint
from consulta.platform.web.desk import done
from consulta.platform.web.fields import ConfirmedForm, Form, beside, own_password
from consulta.platform.web.language import current
from consulta.platform.web.pages import Pages
from consulta.platform.web.request import (
    actor,
    forget,
    local_path,
    read,
    reading,
    recently_confirmed,
    write,
    writing,
)
from consulta.platform.web.table import Column, Listing, Search, Table, handed_out, moment_columns

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

    from consulta.accounts.staff import AccountView
    from consulta.platform.accounts import StaffRole
    from consulta.platform.work import Work


ROLES = {
    "reader": _l("Read-only: sees the secretariat's pages, changes nothing"),
    "mail": _l("E-mail and participation: writes to members, records calls, sends links again"),
    "secretariat": _l("Secretariat: everything about consultations, members and sessions"),
    "admin": _l("Administration: the secretariat's tasks and staff accounts"),
    "scrutineer": _l("Scrutineer: reads what decides the count in the consultations they are appointed to"),
}
CHANGEABLE = ("reader", "mail", "secretariat", "admin")


def _new_password() -> PasswordField:
    return PasswordField(
        _l("New password"),
        [InputRequired(), Length(max=PASSWORD_MAX)],
        render_kw={"autocomplete": "new-password"},
    )


class JoinForm(Form):
    """How a person is called, and the password of the account."""

    places = beside("staff.name", "staff.password") | {
        "staff.guessed": "password",
        "staff.duplicate": "email",
    }
    email = EmailField(
        _l("Your e-mail"),
        [InputRequired(), Length(max=254), Address()],
        filters=[lambda text: (text or "").strip()],
        render_kw={"autocomplete": "username"},
    )
    name = StringField(
        _l("Your name"), [InputRequired(), Length(max=NAME_MAX)], render_kw={"autocomplete": "name"}
    )
    password = _new_password()


class PasswordForm(ConfirmedForm):
    """Another password, and the one of before."""

    places: ClassVar[dict[str, str]] = {"staff.password": "new", "staff.guessed": "new"}
    password = own_password(_l("Current password"))
    new = _new_password()


class CodesForm(Form):
    """The first code of a new key."""

    places: ClassVar[dict[str, str]] = {"factor.code": "code", "factor.late": "code"}
    offered = HiddenField()
    code = StringField(
        _l("Six-digit code"),
        [InputRequired(), Length(max=12)],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


class InviteForm(Form):
    """A person to be invited, and what it may do."""

    places: ClassVar[dict[str, str]] = {"staff.duplicate": "email", "staff.disabled": "email"}
    email = EmailField(
        _l("E-mail"), [InputRequired(), Length(max=254), Address()], render_kw={"autocomplete": "off"}
    )
    name = StringField(_l("Name"), [InputRequired(), Length(max=NAME_MAX)], render_kw={"autocomplete": "off"})
    role = RadioField(_l("Role"), [InputRequired()], choices=[SelectChoice(*each) for each in ROLES.items()])
    organisation = StringField(
        _l("Organisation, if a scrutineer"),
        [Optional(), Length(max=NAME_MAX)],
        render_kw={"autocomplete": "off"},
    )


class AccountForm(Form):
    """What an administrator does with an account, and why."""

    places: ClassVar[dict[str, str]] = {"staff.reason": "reason"}
    role = RadioField(
        _l("Role"), [Optional()], choices=[SelectChoice(role, ROLES[role]) for role in CHANGEABLE]
    )
    anew = BooleanField(
        _l("Also remove all second steps: the person lost the telephone and the recovery codes")
    )
    reason = TextAreaField(_l("Reason"), [InputRequired(), Length(max=SERVICE_REASON_MAX)])


class RefuseForm(Form):
    """Why what another person asked for is not done."""

    places: ClassVar[dict[str, str]] = {"staff.reason": "reason"}
    reason = TextAreaField(_l("Reason"), [Optional(), Length(max=SERVICE_REASON_MAX)])


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
    if not account.person.active:
        return _("disabled")
    if not account.began:
        return _("invited")
    return _("active") if account.factors.any else _("active, without a second step")


@desk_blueprint.get("/staff", may="staff.read")
def staff() -> str:
    """Show all accounts of staff."""
    _views, table = read(_table)
    return render_template("staff/staff.html", table=table)


def _searched(account: AccountView) -> str:
    return f"{account.person.name} {account.person.email} {account.person.organisation}"


@handed_out("staff")
def _table(work: Work, _key: str = "", *, whole: bool = False) -> tuple[tuple[AccountView, ...], Listing]:
    """Return the accounts, and the table of them."""
    views = staff_acts.listed(work)
    table = Table(
        title=_("Staff"),
        name="staff",
        endpoint="secretariat.staff",
        subject="staff",
        search=Search(_("Name or address"), _searched),
        columns=[
            Column("name", _("Person"), lambda each: each.person.name or each.person.email),
            Column("email", _("E-mail"), lambda each: each.person.email, phone="under"),
            Column("role", _("Role"), lambda each: short(each.person.role)),
            Column("state", _("State"), standing, phone="side", flow=True),
            *moment_columns(_("Signed in"), lambda each: each.last),
            Column("sessions", _("Open sessions"), lambda each: each.sessions, numeric=True),
        ],
        opens=True,
    )
    return views, table.over(views, whole=whole)


@desk_blueprint.route(
    "/staff/invite", methods=["GET", "POST"], may="staff.write", password=True, two_persons="by setting"
)
def invite_staff() -> Response | tuple[str, int]:
    """Invite a person by mail: the account begins with its link."""
    form = InviteForm(proposed={"role": "secretariat"})
    form.second_action = "staff.second"

    def invite(work: Work) -> int:
        return staff_acts.invite(
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


@desk_blueprint.route(
    "/staff/<int:number>", methods=["GET", "POST"], may="staff.write", password=True, two_persons="by setting"
)
def staff_account(number: int) -> Response | tuple[str, int]:
    """Show an account, and do what is asked with it."""
    role, act = read(staff_acts.role_of, number), request.form.get("act", "")
    form = AccountForm(data={"role": role if role in CHANGEABLE else None})
    if request.method == "POST" and act == "sessions":
        write(staff_acts.end_sessions, number)
        return done(_("All sessions of this account have ended."), "staff_account", number=number)
    form.tells = lambda: _told(number, act, form)
    form.about_staff = number
    if act in {"link", "enable"} or (act == "role" and form.role.data in CONFIRMING):
        form.second_action = "staff.second"
    if act in ACTS and form.does(lambda work: _do(work, number, act, form)):
        return _done(_("It is done, and the person is told by mail."), number)
    account = read(staff_acts.account, number)
    return render_template(
        "staff/account.html",
        form=form,
        account=account,
        standing=standing(account),
        role=short(account.person.role),
        is_own=actor().id == number,
    ), form.status


def _done(said: str, number: int) -> Response:
    """Return the way to an account, or to the start of the desk for a second person who sees no accounts."""
    if may(actor(), "staff.read"):
        return done(said, "staff_account", number=number)
    return done(said, "start")


def _told(number: int, act: str, form: AccountForm) -> list[tuple[str, str]]:
    """Return what is asked for with an account, as a second person reads it: label and value."""
    account = read(staff_acts.account, number)
    told = [
        (_("What is done"), f"{ACTS[act]}: {account.person.name or account.person.email}"),
        (_("Account"), f"{account.person.email} · {short(account.person.role)} · {standing(account)}"),
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
            staff_acts.change_role(work, number, cast("StaffRole", form.role.data or "reader"), reason)
        case "link":
            staff_acts.send_link(work, number, reason, anew=bool(form.anew.data))
        case _:
            staff_acts.switch(work, number, reason, active=act == "enable")


@desk_blueprint.post("/staff/end-sessions", may="staff.write", password=True)
def end_all_sessions() -> Response:
    """End the sessions of all accounts but this one."""
    write(staff_acts.end_all_sessions, session.get("staff", ""))
    return done(_("All sessions but yours have ended."), "staff")


blueprint = Pages("staff", __name__, under="/account")


def _token() -> str:
    """Return the token of the session: the open one, else the one that waits for its second step."""
    return str(session.get("staff") or session.get(sign_in.HALF, ""))


@blueprint.route("/join", methods=["GET", "POST"], may="staff.join")
def join() -> Response | tuple[str, int]:
    """Set name and password of an account that a link begins; then the second step follows."""
    account = read(staff_acts.newcomer)
    form = JoinForm(data={"name": account.person.name})
    email = account.person.email
    if email:
        del form.email
    else:  # the first person of an installation
        email = form.email.data or ""

    def start(work: Work) -> str:
        return staff_acts.start(
            work,
            form.name.data or "",
            form.password.data or "",
            required=sign_in.is_required(),
            source=request.remote_addr or "",
            browser=sign_in.named(),
            email=email,
        )

    if form.does(start):
        forget("newcomer")
        forget("staff")
        return sign_in.after_password(form.outcome, accounts.plain_address(email))
    return render_template("staff/join.html", form=form, account=account), form.status


@blueprint.get("/second-step", may="account.sign_in")
def set_up() -> Response | str:
    """Offer the second steps that there are, to a person who has none or wants another one."""
    refused = _not_allowed()
    if refused is not None:
        return refused
    return render_template("staff/set_up.html", possible=sign_in.possible(), onwards=_next())


@blueprint.post("/second-step/codes", may="account.sign_in")
def codes() -> Response | str | tuple[str, int]:
    """Show a new key for codes by time, as a picture and as text, and take its first code."""
    refused = _not_allowed()
    if refused is not None:
        return refused
    form = CodesForm()
    key, offered = "", form.offered.data or ""
    if offered:
        if form.does(lambda work: accounts.accept_codes(work, _token(), offered, form.code.data or "")):
            return _set_up(form.outcome)
        key = read(accounts.offered_key, offered)
    else:
        form.offered.errors = form.code.errors = []
    if not key:
        key, offered = write(accounts.offer_codes, _token())
    form.offered.data = offered
    email = read(_email)
    address = pyotp.TOTP(key).provisioning_uri(name=email, issuer_name=everywhere.site_name())
    drawn = segno.make(address, error="m").svg_inline(border=4, dark="#000", light="#fff", omitsize=True)
    return (
        render_template(
            "staff/codes.html",
            form=form,
            picture=Markup(drawn),  # noqa: S704 - drawn here, of a key that was made here
            address=address,
            key=" ".join(key[at : at + 4] for at in range(0, len(key), 4)),
            onwards=_next(),
        ),
        form.status,
    )


@blueprint.post("/second-step/passkey", may="account.sign_in")
def make_passkey() -> Response | str:
    """Show the page that asks the browser to make a passkey."""
    refused = _not_allowed()
    if refused is not None:
        return refused
    form = Form()
    if not form.does(lambda work: accounts.registration(work, _token(), sign_in.site())):
        return _refused(form, "staff.own")
    token, options = form.outcome
    session[sign_in.PASSKEY_ASKED] = token
    return render_template("staff/make_passkey.html", options=options, onwards=_next())


@blueprint.post("/second-step/passkey/answer", may="account.sign_in")
def keep_passkey() -> Response | str:
    """Keep the passkey that the browser made; the way back where its answer does not fit."""
    refused = _not_allowed()
    if refused is not None:
        return refused
    asked, said = session.pop(sign_in.PASSKEY_ASKED, ""), request.form.get("answer", "")
    form, name = Form(), request.form.get("name", "")
    answer = said[: sign_in.ANSWER_MAX]
    if not form.does(lambda work: accounts.register(work, _token(), asked, answer, name, sign_in.site())):
        return _refused(form, "staff.set_up")
    return _set_up(form.outcome)


@blueprint.get("/", may="account.own")
def own() -> str:
    """Show the own account: its second steps, and its sessions."""
    token = session.get("staff", "")
    with reading() as work:
        me = accounts.owner(work, token)
        factors, sessions = accounts.of(work, me.id), accounts.list_sessions(work, me.id)
        here = accounts.session_of(work, token)
    return render_template(
        "staff/own.html",
        me=me,
        factors=factors,
        sessions=sessions,
        here=here,
        possible=sign_in.possible(),
        required=sign_in.is_required(),
    )


@blueprint.route("/password", methods=["GET", "POST"], may="account.own")
def password() -> Response | tuple[str, int]:
    """Change the own password; all other sessions end."""
    form = PasswordForm()
    token = session.get("staff", "")
    if form.does(lambda work: staff_acts.change_password(work, token, form.new.data or "")):
        flash(_("The password is changed. Your other sessions have ended."))
        return redirect(url_for("staff.own"), 303)
    return render_template("staff/password.html", form=form), form.status


@blueprint.post("/second-step/codes/remove", may="account.own", password=True)
def remove_codes() -> Response:
    """Take the codes by time from the own account."""
    return _removed(lambda work, token: accounts.remove_codes(work, token, required=sign_in.is_required()))


@blueprint.post("/second-step/passkey/<int:number>/remove", may="account.own", password=True)
def remove_passkey(number: int) -> Response:
    """Take a passkey from the own account."""
    return _removed(
        lambda work, token: accounts.remove_passkey(work, token, number, required=sign_in.is_required())
    )


@blueprint.post("/recovery-codes", may="account.own", password=True)
def recovery() -> str:
    """Make new recovery codes and show them once."""
    found = write(accounts.new_recovery, _token())
    sign_in.tell(actor().id or 0, "factor")
    return render_template("staff/recovery.html", codes=found, onwards="")


@blueprint.post("/sessions/<int:number>/end", may="account.own")
def end_session(number: int) -> Response:
    """End one of the own sessions."""
    write(accounts.end_one, actor().staff_id or actor().id or 0, number)
    flash(_("The session has ended."))
    return redirect(url_for("staff.own"), 303)


@blueprint.post("/sessions/end", may="account.own")
def end_others() -> Response:
    """End all own sessions but this one."""
    with writing() as work:
        accounts.end_others(work, actor().id or 0, session.get("staff", ""))
        work.record("staff.sessions_ended", f"staff:{actor().id}")
    flash(_("All your other sessions have ended."))
    return redirect(url_for("staff.own"), 303)


def _removed(remove: Callable[[Work, str], None]) -> Response:
    form = Form()
    if not form.does(lambda work: remove(work, _token())):
        return _refused(form, "staff.own")
    sign_in.tell(actor().id or 0, "factor")
    flash(_("It is removed. Your other sessions have ended."))
    return redirect(url_for("staff.own"), 303)


def _refused(form: Form, endpoint: str) -> Response:
    """Return the way to a page of the account, which says why an act was refused."""
    for said in form.refusals:
        flash(said, "warn")
    return redirect(url_for(endpoint, next=_next()), 303)


def _set_up(found: tuple[str, ...]) -> Response:
    """Show new recovery codes, where there are any, and go on; a session that waited is open from now on."""
    half = session.get(sign_in.HALF)
    with reading() as work:
        me = accounts.owner(work, _token())
        number, email = me.id, me.email
    if half and not session.get("staff"):
        answer = sign_in.signed_in(half, email)
        going = answer.headers["Location"]
    else:
        sign_in.tell(number, "factor")
        flash(_("The second step is set up."))
        going = url_for("staff.own")
        answer = redirect(going, 303)
    if not found:
        return answer
    page = make_response(render_template("staff/recovery.html", codes=found, onwards=going))
    sign_in.give(page, email)
    return page


def _not_allowed() -> Response | None:
    """Return the way to sign in, or to give the password again.

    None for a person who may set up a second step now.
    """
    if session.get("staff") and actor().role != "anonymous":
        if recently_confirmed():
            return None
        if request.method == "POST":  # what was made on the telephone or the device is sent on
            return confirmation.ask_again()
        return redirect(url_for("account.confirm", next=url_for("staff.set_up")), 303)
    with reading() as work:
        waits = accounts.waiting(work, session.get(sign_in.HALF, "")) if session.get(sign_in.HALF) else None
    if waits is None:
        return redirect(url_for("account.sign_in", next=_next()), 303)
    return redirect(url_for("account.second", next=_next()), 303) if waits.factors.any else None


def _email(work: Work) -> str:
    half = accounts.waiting(work, _token())
    return half.email if half else accounts.owner(work, _token()).email


def _next() -> str | None:
    return local_path(request.args.get("next"))
