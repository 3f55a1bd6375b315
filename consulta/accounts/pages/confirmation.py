"""The password again, without losing what was sent: the page that asks carries the fields of the request.

A POST that needs a fresh password, or whose session ended, is answered with a page in its place, which has
the fields as they came and asks for the password; it is sent to the same address, and with the right password
the request then runs as if nothing had been between. The fields travel through the page and are not kept; its
files wait for an hour in the data folder, for the same account alone, and are asked for again where they are
gone. The token of the form is checked before either of the two requests, and a password is never carried. A
passkey or the provider of the organisation do as well as the password. See docs/decisions/0032.

Where it is not known whose form it is (its person signed out, or the cookies are gone), the request does not
run: after signing in the form is shown with what was entered, and its person saves it (`FILL`).
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING

from flask import g, make_response, render_template, request, session, url_for
from werkzeug.datastructures import FileStorage, ImmutableMultiDict

from consulta.accounts.pages import sign_in
from consulta.core.problems import Problem
from consulta.platform import access, accounts, desk_settings, security
from consulta.platform.importing.waiting import Waiting
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.gate import COME_BACK
from consulta.platform.web.language import say
from consulta.platform.web.pages import VIEWS, action_of, asks_when_sent, takes_two
from consulta.platform.web.request import (
    actor,
    confirm_again,
    from_another_site,
    house,
    now,
    read,
    recently_confirmed,
    recognise,
    remember,
)
from consulta.platform.work import ANONYMOUS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Flask
    from werkzeug.wrappers import Response


PASSWORD, EMAIL, CODE = "confirm_password", "confirm_email", "confirm_code"
FILE = "confirm_file"  # a file that waits: the name of its field and its own
CONFIRMS = "confirmed_act"  # which act of another person a form confirms (`accounts/pages/pending.py`)
FILL = "confirm_fill"  # the form is only shown again with what it carries: nothing is done
FILES_MOST = 5
FOLDER = "kept"  # of the data folder
# What the page never carries: its own fields, the token (a fresh one is made), a password of the form itself.
_OWN = frozenset({PASSWORD, EMAIL, CODE, FILE, FILL, "csrf_token", "password", "new"})

# What an endpoint does, as the page that asks for the password names it.
ACTS = {
    "secretariat.opening": _l("Open the consultation"),
    "secretariat.opening_plan": _l("Schedule the opening of voting"),
    "secretariat.deadline": _l("Extend the deadline"),
    "secretariat.public_value": _l("Enter the public value"),
    "secretariat.closing": _l("Close voting"),
    "secretariat.reopening": _l("Reopen voting"),
    "secretariat.cancelling": _l("Cancel the consultation"),
    "secretariat.links": _l("Create personal links"),
    "secretariat.link": _l("Create a personal link"),
    "secretariat.publish": _l("Publish the result"),
    "secretariat.invitations_file": _l("Download a list of the panel"),
    "secretariat.invitation_letters": _l("Download the letters"),
    "secretariat.table_file": _l("Download the rows of a table"),
    "secretariat.person_file": _l("Download a person's data"),
    "secretariat.erase_person": _l("Erase this person"),
    "secretariat.bundle": _l("Download a file of the count"),
    "secretariat.archive": _l("Download the complete archive"),
    "scrutineer.document": _l("Download a file of the count"),
    "secretariat.resend": _l("Resend an invitation"),
    "secretariat.send_again": _l("Resend the e-mail"),
    "secretariat.remind": _l("Send a reminder"),
    "secretariat.thanks": _l("Thank those who voted"),
    "secretariat.open_proposing": _l("Allow members to propose"),
    "secretariat.write_proposers": _l("Send the links for proposals"),
    "secretariat.remind_proposers": _l("Send a reminder about proposals"),
    "secretariat.extend_proposing": _l("Extend the time to propose"),
    "secretariat.end_proposing": _l("End the proposals now"),
    "secretariat.tell_proposers": _l("Tell what became of the proposals"),
    "secretariat.invite": _l("Invite the panel"),
    "secretariat.remind_panel": _l("Remind the panel"),
    "secretariat.tell_panel": _l("Inform the panel that the session has changed"),
    "secretariat.tell_replaced": _l("Inform invited people that the panel was replaced"),
    "secretariat.panel_publish": _l("Publish the panel"),
    "secretariat.publish_evaluation": _l("Publish the evaluation"),
    "secretariat.publish_minutes": _l("Publish the minutes"),
    "secretariat.send_evaluation": _l("Send the evaluation"),
    "secretariat.remind_evaluation": _l("Send a reminder to people who have not answered"),
    "secretariat.replace_figures": _l("Replace the public figures of a session"),
    "secretariat.publish_factsheet": _l("Publish the factsheet"),
    "secretariat.appoint": _l("Add a scrutineer"),
    "secretariat.dismiss": _l("Remove a scrutineer"),
    "secretariat.publish_synthesis": _l("Publish what the organisations said"),
    "secretariat.create_contact": _l("Add a contact while voting is open"),
    "secretariat.edit_contact": _l("Change a contact while voting is open"),
    "secretariat.replace_contact": _l("Replace a contact while voting is open"),
    "secretariat.assisted_cast": _l("Enter a vote for an organisation"),
    "secretariat.register_late": _l("Register an organisation while voting is open"),
    "secretariat.withdraw_seat": _l("Withdraw a late registration"),
    "secretariat.switch_contact": _l("Enable or disable a contact while voting is open"),
    "secretariat.members_import": _l("Import a members' file"),
    "secretariat.undo_members": _l("Undo the import"),
    "secretariat.create_member": _l("Add an organisation"),
    "secretariat.bulk_members": _l("Change many organisations"),
    "secretariat.bulk_done": _l("Change many organisations"),
    "secretariat.application": _l("Decide on an application"),
    "secretariat.correction": _l("Accept a correction while voting is open"),
    "secretariat.reject_objection": _l("Reject an objection"),
    "secretariat.mail_text": _l("Change the text of an e-mail"),
    "secretariat.plain_text": _l("Change the text of an e-mail"),
    "secretariat.restore_text": _l("Restore the text of an e-mail"),
    "secretariat.restore_plain_text": _l("Restore the text of an e-mail"),
    "secretariat.organiser": _l("Change the organiser's profile"),
    "secretariat.invite_staff": _l("Invite a person to the staff"),
    "secretariat.staff_account": _l("Change a staff account"),
    "secretariat.set_languages": _l("Change the languages"),
    "secretariat.set_name": _l("Name the organiser"),
    "secretariat.set_mail": _l("Change the mail server and the sender"),
    "secretariat.set_copies": _l("Change the daily copies"),
    "secretariat.settings": _l("Change the settings"),
}


def init_app(app: Flask) -> None:
    """Let a template ask whether its form needs the password: `fields.password_again`."""
    app.jinja_env.globals["recently_confirmed"] = recently_confirmed


def needs_password(endpoint: str) -> bool:
    """Return whether this request to `endpoint` needs a password given within the last ten minutes."""
    if only_fills():
        return VIEWS[endpoint].password
    if request.method == "POST" and (
        endpoint in asks_when_sent() or (takes_two(endpoint) and CONFIRMS in request.form)
    ):
        return True
    return VIEWS[endpoint].password


def take_secrets() -> None:
    """Take what this module asks for out of a POST's form, so that no view and no page sees it."""
    g.confirming, g.kept_files = {}, []
    if request.method == "POST":
        g.kept_files = request.form.getlist(FILE)[:FILES_MOST]
        g.confirming = {name: _taken(name) for name in (PASSWORD, EMAIL, CODE, FILE, FILL)}


def only_fills() -> bool:
    """Return whether this request only shows a form again, with what was entered in it."""
    return g.get("confirming", {}).get(FILL) is not None


def lapsed() -> Response | None:
    """Return the page that leads back to the form of this POST, whose token is not valid any more.

    None for a form of members and for one that another site sent.
    """
    roles = access.ACTIONS.get(action_of(request.endpoint), frozenset())
    if not roles or not roles <= access.SIGNED_IN | {"command"} or from_another_site():
        return None
    take_secrets()
    g.confirming[FILL] = "yes"
    g.actor = recognise("account.confirm")
    page = _page(None, ended=g.actor == ANONYMOUS, asks=g.actor == ANONYMOUS)
    page.status_code = 403
    return page


def ask_again() -> Response | None:
    """Return a page that asks for the password, or None where the right one came with this POST.

    The page takes the place of the answer to the POST. A wrong password gives it again, with status 422;
    where it cannot be compared at this moment, the status is 429.
    """
    password = g.confirming.get(PASSWORD)
    if password is None:
        password = request.form.get("password") or None  # the form has a field of its own for it
    wrong = None
    if password == "":
        wrong = _("Enter your password, or confirm in another way first.")
    elif password is not None:
        try:
            right = confirm_again(password)
        except Problem as busy:
            return _busy(busy, ended=False)
        if right:
            g.actor = replace(actor(), confirmed_at=now())
            return None
        security.tell("sign_in.failed", known_device=True, how="again", actor=actor())
        wrong = _("This is not your password. Check it and enter it again.")
    return _page(wrong, ended=False)


def sign_in_again() -> Response | None:
    """Return a page to sign in and repeat this POST, whose session ended; None where it may run now.

    The POST runs only for the person who had that session: text that another person typed is never sent
    in one's own name.
    """
    try:
        return _sign_in_again()
    except Problem as busy:
        if busy.code != "account.busy":
            raise
        return _busy(busy, ended=True)


def _sign_in_again() -> Response | None:
    """Return what `sign_in_again` does. Problem: `account.busy`."""
    before = session.get("staff_id")
    if before is None:
        g.confirming[FILL] = "yes"
    given, password = g.confirming.get(EMAIL), g.confirming.get(PASSWORD)
    if given is None or password is None:
        return _page(None, ended=True)
    if not given and not password:
        return _page(_("Enter address and password, or sign in in another way first."), ended=True)
    email, token = given, _signed_in(given, password)
    wrong = _refused(token) if token is None or isinstance(token, timedelta) else _second_step(token)
    if wrong is not None or not isinstance(token, str):
        return _page(wrong, ended=True)
    person = read(accounts.resume, token)
    if person is not None and person.id is not None and not sign_in.known(email):
        sign_in.tell(person.id, "device")
    if person is None or before not in {None, person.id}:
        remember("staff", token)
        g.actor = person or ANONYMOUS
        return _page(None, ended=True, repeat=False)
    remember("staff", token, same_person=before is not None)
    g.actor = recognise("account.confirm")
    return None


def _refused(wait: timedelta | None) -> str:
    """Return why a sign-in failed: too soon, or address and password do not fit."""
    if wait is None:
        security.tell("sign_in.failed", how="password")
        return _("This address and password do not match. Check both and enter them again.")
    security.tell("sign_in.slowed", seconds=math.ceil(wait.total_seconds()))
    return _(
        "There were several failed attempts, so you can try again in %(seconds)s seconds. Your "
        "account is not blocked: wait, then enter your address and password again.",
        seconds=math.ceil(wait.total_seconds()),
    )


def _second_step(token: str) -> str | None:
    """Take the code that came with the password; return what is wrong, or None where none was needed."""
    waits = read(accounts.waiting, token)
    if waits is None:
        return None
    code, wait = g.confirming.get(CODE) or "", sign_in.wait_for_code(waits)
    if wait:
        return _(
            "Several wrong codes were entered, so the next one can be entered in %(seconds)s seconds. "
            "Your account is not blocked.",
            seconds=math.ceil(wait.total_seconds()),
        )
    if not code:
        return _(
            "Your account has a second step: enter a code too. If you use a passkey, sign in in "
            "another tab of this browser, then send this page again."
        )
    if sign_in.code_fits(token, waits, code):
        return None
    return _("This code is not correct, or was already used. Enter another one.")


def _signed_in(email: str, password: str) -> str | timedelta | None:
    """Return the token of a new session, the time to wait, or None where the sign-in failed.

    Works as the sign-in page does; where there is a time to wait, no password is compared. Problem:
    `account.busy`.
    """
    tried = sign_in.compared(email, password)
    if tried is None:
        raise Problem("account.busy")
    return tried.wait or sign_in.opened(tried)


def _taken(name: str) -> str | None:
    """Return the value of a field and remove the field from the request; None where it is missing.

    For fields that belong to this module, not to the form of the page.
    """
    given = request.form.get(name)
    if given is not None:
        kept = [(key, value) for key, value in request.form.items(multi=True) if key != name]
        request.form = ImmutableMultiDict(kept)
        vars(request).pop("values", None)
    return given


def carried() -> list[tuple[str, str]]:
    """Return the fields of this POST (name, value) that a page may carry, in their order.

    What a setting keeps secret is encrypted: so it stands on no page and in no row.
    """
    sent = [(key, value) for key, value in request.form.items(multi=True) if key not in _OWN]
    return [(key, _sealed(key, value)) for key, value in sent]


def _sealed(key: str, value: str) -> str:
    keys = house().bench.keyring
    setting = desk_settings.SETTINGS.get(key)
    if setting is None or not setting.secret or not value or keys is None:
        return value
    return desk_settings.sealed(keys, value, key)


def written() -> list[str]:
    """Return the values of this POST that have more than one word.

    They are shown to be copied where the form cannot be sent any more.
    """
    return [value for _key, value in carried() if len(value.split()) > 1]


def _apart(*, ended: bool) -> str:
    """Return the address at which a person confirms in another tab, while this page waits."""
    confirm = url_for("account.confirm", apart="yes")
    return url_for("account.sign_in", next=confirm) if ended else confirm


def _busy(problem: Problem, *, ended: bool) -> Response:
    """Return the page again, with what was typed, where the password could not be compared at this moment."""
    security.tell("rate.limited", endpoint=request.endpoint)
    answer = _page(say(problem), ended=ended)
    answer.status_code = 429
    answer.retry_after = COME_BACK
    return answer


def restore_files() -> Response | None:
    """Put the files that waited into this request; a page that asks for those that are gone, else None."""
    found, gone = [], []
    waiting = _waiting(actor().id)
    for each in g.get("kept_files", ()):
        field, _colon, name = each.partition(":")
        kept = waiting.find(name)
        if kept is None and not request.files.get(field):
            gone.append(field)
        elif kept is not None:
            found.append((field, FileStorage(BytesIO(kept[1]), kept[0], field)))
            waiting.drop(name)
    if gone:
        return _page(_("The file is no longer here. Choose it again."), ended=False, gone=gone)
    if found:
        request.files = ImmutableMultiDict([*request.files.items(multi=True), *found])
    return None


def _waiting(staff_id: int | None) -> Waiting:
    """Return the files that wait for an account and this address."""
    owner = f"staff:{staff_id} {request.path}"
    return Waiting(house().settings.data / FOLDER, owner, now())


def _keep_files(staff_id: int | None) -> tuple[list[str], list[str]]:
    """Let the files of this request wait; return their names for the page, and the fields of lost ones."""
    kept, lost = list(g.kept_files), []
    waiting = _waiting(staff_id)
    for field, file in request.files.items(multi=True):
        if file.filename:
            name = waiting.hold(file.filename, file.read())
            file.seek(0)
            if name:
                kept.append(f"{field}:{name}")
            else:
                lost.append(field)
    return kept, lost


def _page(
    wrong: str | None,
    *,
    ended: bool,
    repeat: bool = True,
    gone: Sequence[str] | None = None,
    asks: bool = True,
) -> Response:
    """Return the page that carries this request; `gone` are fields of files that are asked for again.

    Where it is given, or nothing `asks` for more, the person has confirmed already.
    """
    me, fills = session.get("staff_id") if ended else actor().id, only_fills()
    kept, lost = _keep_files(me) if repeat and not fills else ([], [])
    if gone is not None:
        kept = [each for each in kept if each.partition(":")[0] not in gone]
    page = render_template(
        "sign_in/again.html",
        act=ACTS.get(request.endpoint or ""),
        ended=ended,
        repeat=repeat,
        carried=carried(),
        written=written(),
        kept=kept,
        lost=[*lost, *(gone or ())],
        asks=asks and gone is None,
        fills=fills,
        files=any(file.filename for file in request.files.values()),
        apart=_apart(ended=ended),
        wrong=wrong,
    )
    return make_response(page, 422)
