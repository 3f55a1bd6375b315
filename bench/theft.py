"""One hour as the thief of a password: which forms of the desk change what, and what mark does each leave?

    python -m bench.theft --out docs/theft.md        # over a demo that is made anew; some minutes
    python -m bench.theft --data FOLDER              # over a copy of a demo that is filled already
    python -m bench.theft --attacks                  # walks each known attack, and says who heard of it when

The thief has an open session of a person and the password. As an administrator the walk reads the pages of
the desk, and sends every form that it finds there, filled in from its fields, files too; forms of the page
that comes back, or to which the answer leads, are sent as the next step. Each of the other roles sends the
same forms, and so does the thief of an administrator's open session who has no password. The database is put
back after each. Noted is whether a form changed anything, whether it waits for a second person, and what is
left: rows of the log, and mail to others. Then it does the same as the holder of a member's link. Exit 1
where a form changed what lasts and no row of the log tells of it, or where one that asks for the password
changed anything without it.
"""

from __future__ import annotations

import argparse
import logging
import os
import secrets
import subprocess
import sys
import tempfile
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy import event, select, text
from werkzeug.exceptions import HTTPException

from consulta.app import create_app
from consulta.platform import accounts, door
from consulta.platform import database as db
from consulta.platform.door import Given
from consulta.platform.keyring import Keyring
from consulta.platform.models import VOTE, Contact, LogEntry, Message, Round, Seat
from consulta.platform.settings import Settings
from consulta.platform.work import COMMAND, Bench
from tests import sessions_aged
from tests.factories import moment
from tests.markup import parsed
from tests.views import CONFIRMED, ROUTES, confirmed_acts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from xml.etree.ElementTree import Element

    from flask import Flask
    from werkzeug.test import Client, TestResponse

    from consulta.platform.accounts import StaffRole

PASSWORD = secrets.token_urlsafe(12)
ROLES: tuple[StaffRole, ...] = ("admin", "secretariat", "mail", "reader")
STOLEN = "session"  # an open session of an administrator whose thief has no password
EACH = 8  # pages that are read of one endpoint: the first, and others in other states
TAKEN = 4  # forms of one shape that are tried
STEPS = 3  # forms that follow one another, as a review follows a ballot
FIRST = "/es/secretariat/"
# What says where a person is, or serves the program: no act that lasts.
PASSING = frozenset(
    {
        "sessions",
        "attempts",
        "beats",
        "challenges",
        "document_jobs",
        "seals",
        "heads",
        "column_memory",
        "sqlite_sequence",
    }
)
OK = 200
HTML = "{http://www.w3.org/1999/xhtml}"
PARTS = frozenset({"secretariat", "staff", "vote", "reasons", "answers", "nominations_beside"})
DOCUMENTS = ("file", "letter", "paper", "archive", "bundle", "card", "chart", "record", "preview", "html")
# A members' file, a list of nominees and one of attendance: columns that are not known are left out.
FILE = (
    "Organización,País,Sector,Contacto,Correo electrónico,Idioma,Nombre,Papel\n"
    "Red de la Prueba,PE,ngo,Ana Prueba,ana@example.net,es,Ana Prueba,ponente\n"
)
NEVER = frozenset({"account.sign_out", "account.sign_in", "account.confirm"})


@dataclass(frozen=True)
class Sheet:
    """A form of a page: where it is sent, and its fields as a person would send them."""

    endpoint: str
    path: str
    fields: tuple[tuple[str, str], ...]
    files: tuple[str, ...] = ()
    before: Sheet | None = None  # the form whose answer had this one


@dataclass
class Left:
    """What one form left: tables that changed, actions in the log, kinds of mail."""

    status: int
    tables: frozenset[str] = frozenset()
    acts: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Return whether anything that lasts was changed, beside what only waits for a second person."""
        return bool(self.tables - {"log", "messages", "pending_acts"})

    @property
    def waits(self) -> bool:
        """Return whether it waits for a second person."""
        return "pending_acts" in self.tables and not self.changed


@dataclass
class Place:
    """An application over a copy of the demo that is put back after each form."""

    app: Flask
    bench: Bench
    file: Path
    content: bytes = b""
    written: set[str] = field(default_factory=set)
    has_password: bool = True

    def keep(self) -> None:
        """Keep the database as it is: to this it is put back."""
        self.bench.engine.dispose()
        self.content = self.file.read_bytes()

    def put_back(self) -> None:
        """Put the database back."""
        self.bench.engine.dispose()
        for each in self.file.parent.glob(self.file.name + "-*"):
            each.unlink()
        self.file.write_bytes(self.content)

    def endpoint(self, path: str, method: str) -> str:
        """Return the endpoint of an address; empty where there is none."""
        try:
            found, _ = self.app.url_map.bind("127.0.0.1").match(path, method)
        except HTTPException:
            return ""
        return str(found)

    def send(self, client: Client, sheet: Sheet, token: str) -> tuple[Left, list[Sheet]]:
        """Send a form after those before it, note what it left, and put the database back.

        Return also the forms of the page that came back, or to which the answer led.
        """
        for each in _before(sheet):
            self._post(client, each, token)
        with self.bench.read(COMMAND, moment()) as work:
            rows = work.session.scalar(select(text("max(seq)")).select_from(text("log"))) or 0
            mails = work.session.scalar(select(text("max(id)")).select_from(text("messages"))) or 0
        self.written.clear()
        answer = self._post(client, sheet, token)
        tables = frozenset(self.written) - PASSING
        onward = [replace(each, before=sheet) for each in self._onward(client, sheet, answer)]
        if not tables:
            if sheet.before is not None:
                self.put_back()
            return Left(answer.status_code), onward
        with self.bench.read(COMMAND, moment()) as work:
            acts = work.session.scalars(
                select(LogEntry.action).where(LogEntry.seq > rows).order_by(LogEntry.seq)
            )
            kinds = work.session.scalars(select(Message.kind).where(Message.id > mails))
            left = Left(
                answer.status_code,
                tables,
                tuple(dict.fromkeys(each for each in acts if each not in {"heads.taken", "seals.taken"})),
                tuple(sorted(set(kinds))),
            )
        self.put_back()
        return left, onward

    def _post(self, client: Client, sheet: Sheet, token: str) -> TestResponse:
        """Send a form as a browser does."""
        data: dict[str, list[Any]] = defaultdict(list)
        for name, value in (("csrf_token", token), *sheet.fields):
            data[name].append("" if value == PASSWORD and not self.has_password else value)
        for name in sheet.files:
            data[name].append((BytesIO(FILE.encode()), "lista.csv"))
        return client.post(sheet.path, data=data, headers={"Sec-Fetch-Site": "same-origin"})

    def _onward(self, client: Client, sheet: Sheet, answer: TestResponse) -> list[Sheet]:
        """Return the forms of the page that came back, or of the one to which it led."""
        path = sheet.path
        if answer.status_code in {302, 303} and len(list(_before(sheet))) < STEPS:
            path = urlsplit(answer.headers["Location"])._replace(fragment="").geturl()
            if not is_read(self.endpoint(urlsplit(path).path, "GET")):
                return []
            answer = client.get(path)
        found = [each for each in forms_of(self, answer, path) if not isinstance(each, str)]
        return [each for each in found if each.endpoint and each.endpoint not in NEVER]


def _before(sheet: Sheet) -> list[Sheet]:
    """Return the forms that are sent before one, the first one first."""
    return [*_before(sheet.before), sheet.before] if sheet.before else []


@contextmanager
def placed(data: Path) -> Iterator[Place]:
    """Yield the application over a copy of a filled demo, with an account for each role."""
    with tempfile.TemporaryDirectory(prefix="bench-theft-") as made:
        folder = Path(made)
        file = folder / "consulta.sqlite3"
        file.write_bytes((data / "consulta.sqlite3").read_bytes())
        secret = (data / "secret").read_text().strip()
        settings = Settings(
            data=folder,
            database=f"sqlite:///{file}",
            secret=secret,
            base_url="http://127.0.0.1",
            second_factor="optional",
            two_persons="yes",
            link_files=True,
        )
        bench = Bench(db.connect(settings.database), keyring=Keyring(secret))
        with bench.work(COMMAND, moment()) as work:
            for role in ROLES:
                accounts.add_staff(work, f"{role}@example.org", f"Cuenta {role}", PASSWORD, role)
        place = Place(create_app(settings, bench), bench, file)

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            words = statement.replace('"', " ").split()
            if words and words[0].upper() in {"INSERT", "UPDATE", "DELETE"}:
                place.written.add(words[1 if words[0].upper() == "UPDATE" else 2].lower())

        event.listen(bench.engine, "before_cursor_execute", note)
        place.keep()
        yield place
        bench.engine.dispose()


def forms_of(place: Place, answer: TestResponse, page: str) -> Iterator[Sheet | str]:
    """Yield the forms of a page that are sent by POST, and the addresses to which its links lead."""
    if answer.mimetype != "text/html" or answer.status_code != OK:
        return
    tree = parsed(answer.text)
    for link in tree.iter(f"{HTML}a"):
        yield urlsplit(link.get("href", ""))._replace(fragment="").geturl()
    for form in tree.iter(f"{HTML}form"):
        if form.get("method", "get").lower() != "post":
            continue
        buttons: list[Element | None] = [each for each in form.iter(f"{HTML}button") if each.get("name")]
        for button in buttons or [None]:
            path = (button.get("formaction") if button is not None else None) or form.get("action") or page
            sent = [_typed(name, value, page) for name, value in _filled(form)]
            if button is not None:
                sent.append((button.get("name", ""), button.get("value", "")))
            files = tuple(each.get("name", "") for each in form.iter() if each.get("type") == "file")
            yield Sheet(place.endpoint(urlsplit(path).path, "POST"), path, tuple(sent), files)


def _typed(name: str, value: str, page: str) -> tuple[str, str]:
    """Return a field with what a person who wants the act would type: the round's key, a later moment."""
    parts = page.split("/")
    if name == "typed" and "rounds" in parts:
        return name, parts[parts.index("rounds") + 1]
    return name, {"closes": f"{moment():%Y}-12-30T10:00", "ends": f"{moment():%Y}-12-30T12:00"}.get(
        name, value
    )


def _filled(form: Element) -> list[tuple[str, str]]:
    """Return the fields of a form: what stands there, and something where nothing stands that is needed."""
    sent: list[tuple[str, str]] = []
    radios: dict[str, str] = {}
    for each in form.iter():
        name, kind = each.get("name", ""), each.get("type", "text")
        if name in {"", "csrf_token"} or each.tag.removeprefix(HTML) not in {"input", "select", "textarea"}:
            continue
        if kind == "radio":
            if name not in radios or each.get("checked") is not None:
                radios[name] = each.get("value", "")
        elif (value := _value(each, name, kind)) is not None:
            sent.append((name, value))
    return [*sent, *radios.items()]


def _value(each: Element, name: str, kind: str) -> str | None:
    """Return what a person would send in a field; None where nothing is sent."""
    if each.tag == f"{HTML}select":
        options = list(each.iter(f"{HTML}option"))
        chosen = [one.get("value") for one in options if one.get("selected") is not None and one.get("value")]
        return next(iter(chosen + [one.get("value") for one in options if one.get("value")]), "")
    if each.tag == f"{HTML}textarea":
        is_asked = each.get("required") is not None or name in {"reason", "why"}
        return (each.text or "").strip() or ("Motivo de la prueba" if is_asked else "")
    if kind == "checkbox":
        is_sent = name in CONFIRMS or each.get("checked") is not None or each.get("required") is not None
        return each.get("value", "y") if is_sent else None
    if kind in {"submit", "button", "file"}:
        return None
    return PASSWORD if kind == "password" else each.get("value") or _something(each, kind)


CONFIRMS = frozenset({"confirm", "agree", "agreed", "sure"})


def _something(each: Element, kind: str) -> str:
    """Return what a person could type into an empty field."""
    if kind == "hidden" or (each.get("required") is None and kind != "text"):
        return ""
    told = {
        "email": "otra@example.org",
        "number": each.get("min") or "1",
        "date": f"{moment():%Y}-12-30",
        "datetime-local": f"{moment():%Y}-12-30T10:00",
        "time": "10:00",
        "url": "https://example.org/",
        "tel": "+50212345678",
    }
    return told.get(kind, each.get("pattern") or "Palabras de la prueba")


def client_of(place: Place, role: str) -> tuple[Client, str]:
    """Return a browser with the open session of a role, and the token of its forms.

    Of a stolen session the password was given eleven minutes ago; of the others it stays fresh, however long
    the walk takes.
    """
    place.has_password = role != STOLEN
    if role == STOLEN:
        client, token = client_of(place, "admin")
        place.has_password = False
        with place.bench.work(COMMAND, moment()) as work:
            sessions_aged.confirmed(work, moment() - timedelta(minutes=11))
        place.keep()
        return client, token
    client = place.app.test_client()
    page = client.get("/es/account/sign-in").text
    client.post(
        "/es/account/sign-in",
        data={"csrf_token": _token(page), "email": f"{role}@example.org", "password": PASSWORD},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    with place.bench.work(COMMAND, moment()) as work:
        sessions_aged.confirmed(work, moment() + timedelta(hours=6))
    place.keep()
    return client, _token(client.get("/es/account/").text)


def _token(page: str) -> str:
    return page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]


def is_read(endpoint: str) -> bool:
    """Return whether a page is one of the desk, of an account or of the ballot, and no document."""
    part, _, name = endpoint.partition(".")
    return part in PARTS and not any(word in name for word in DOCUMENTS)


def found_by(place: Place, client: Client, first: Sequence[str]) -> dict[str, list[Sheet]]:
    """Return the forms that the pages have to which links lead, by endpoint; a few of each."""
    waiting, known = list(first), set(first)
    read: dict[str, int] = defaultdict(int)
    sheets: dict[str, list[Sheet]] = defaultdict(list)
    while waiting:
        path = waiting.pop(0)
        endpoint = place.endpoint(urlsplit(path).path, "GET")
        if not is_read(endpoint) or read[endpoint] >= EACH:
            continue
        read[endpoint] += 1
        for each in forms_of(place, client.get(path), path):
            if not isinstance(each, str):
                _take(sheets, each)
            elif each not in known:
                known.add(each)
                waiting.append(each)
    return sheets


def _take(sheets: dict[str, list[Sheet]], sheet: Sheet) -> None:
    """Add a form to those of its endpoint, unless there are enough of its shape."""
    if not sheet.endpoint or sheet.endpoint in NEVER:
        return
    if sum(_shape(one) == _shape(sheet) for one in sheets[sheet.endpoint]) < TAKEN:
        sheets[sheet.endpoint].append(sheet)


def _shape(sheet: Sheet) -> tuple[str, ...]:
    """Return what tells two forms of one endpoint apart: the button that sends it."""
    return tuple(value for name, value in sheet.fields if name in {"act", "do", "step", "state"})


def best(
    place: Place, client: Client, token: str, sheets: Sequence[Sheet], known: set[str]
) -> Iterator[tuple[Sheet, Left]]:
    """Send the forms of an endpoint; yield what each shape of it did, the one that did most.

    Then the same for forms of other endpoints to which they led, where they are not among those `known`.
    """
    found: dict[tuple[str, ...], tuple[Sheet, Left]] = {}
    led: dict[str, list[Sheet]] = defaultdict(list)
    for sheet in sheets:
        before = found.get(_shape(sheet))
        if before is not None and (before[1].changed or before[1].waits):
            continue
        left, onward = place.send(client, sheet, token)
        for each in onward:
            if each.endpoint not in known and len(_before(each)) <= STEPS:
                led[each.endpoint].append(each)
        if before is None or left.tables:
            found[_shape(sheet)] = sheet, left
    yield from found.values()
    known |= led.keys()
    for forms in led.values():
        yield from best(place, client, token, forms[:TAKEN], known)


@dataclass
class Seen:
    """What the walk saw: by endpoint what each role did with it; and the endpoints that no form reached."""

    done: dict[str, dict[str, list[Left]]] = field(default_factory=lambda: defaultdict(dict))
    unmarked: list[str] = field(default_factory=list)
    posted: set[str] = field(default_factory=set)  # all that a form can be sent to there

    unasked: list[str] = field(default_factory=list)  # what asks for the password, changed without it

    def add(self, role: str, sheet: Sheet, left: Left) -> None:
        """Note what came of a form."""
        endpoint = sheet.endpoint
        self.done[endpoint].setdefault(role, []).append(left)
        if left.changed and not left.acts:
            self.unmarked.append(f"{role}: {endpoint} changed {', '.join(sorted(left.tables))}")
        if role == STOLEN and (left.changed or left.waits) and endpoint in CONFIRMED | confirmed_acts():
            self.unasked.append(endpoint)

    def alone(self, endpoint: str, *, stolen: bool = False) -> list[str]:
        """Return the roles that changed something alone; with `stolen`, by a session without the password."""
        return [
            role
            for role, lefts in self.done[endpoint].items()
            if (role == STOLEN) is stolen and any(left.changed for left in lefts)
        ]

    def waits(self, endpoint: str) -> bool:
        """Return whether a form of an endpoint waits for a second person."""
        return any(left.waits for lefts in self.done[endpoint].values() for left in lefts)

    def marks(self, endpoint: str) -> tuple[set[str], set[str]]:
        """Return the actions in the log and the kinds of mail of what was changed alone."""
        each_role = (lefts for role, lefts in self.done[endpoint].items() if role != STOLEN)
        lefts = [left for each in each_role for left in each if left.changed]
        return {act for left in lefts for act in left.acts}, {kind for left in lefts for kind in left.mails}


def walk(data: Path) -> Seen:
    """Send every form that can be found in the name of each role, and by a member's link."""
    seen = Seen()
    with placed(data) as place:
        seen.posted = {
            rule.endpoint
            for rule in place.app.url_map.iter_rules()
            if "POST" in (rule.methods or ()) and rule.endpoint.partition(".")[0] in PARTS
        } - NEVER
        client, token = client_of(place, "admin")
        sheets = found_by(place, client, [FIRST, "/es/account/"])
        for role in (*ROLES, STOLEN):
            if role != "admin":
                client, token = client_of(place, role)
            print(role, len(sheets), file=sys.stderr, flush=True)
            known = set(sheets)
            for _, forms in sorted(sheets.items()):
                for sheet, left in best(place, client, token, forms, known):
                    seen.add(role, sheet, left)
        client, first = holder_of_a_link(place)
        sheets = found_by(place, client, [first])
        token, known = _token(client.get(first).text), set(sheets)
        for _, forms in sorted(sheets.items()):
            for sheet, left in best(place, client, token, forms, known):
                seen.add("link", sheet, left)
    return seen


def holder_of_a_link(place: Place) -> tuple[Client, str]:
    """Return a browser that came by a member's link to the ballot of the open round, and where it leads."""
    with place.bench.work(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round).where(Round.state == "open").limit(1)).one()
        seat = work.session.scalars(select(Seat).where(Seat.round_id == found.id).limit(1)).one()
        contact = work.session.scalars(
            select(Contact).where(Contact.organisation_id == seat.organisation_id, Contact.active).limit(1)
        ).one()
        (link,) = door.give(work, VOTE, [Given(seat.id, contact.id)])
    client = place.app.test_client()
    answer = client.post(f"/es/v/{link}")
    place.has_password = True
    place.keep()
    return client, urlsplit(answer.headers["Location"]).path


def report(seen: Seen) -> str:
    """Return the table: what a thief changes alone, and what mark each leaves."""
    groups: dict[str, list[str]] = defaultdict(list)
    for endpoint in seen.done:
        if seen.alone(endpoint):
            groups[ROUTES[endpoint]].append(endpoint)
    rows = []
    for action, endpoints in sorted(groups.items()):
        roles = {role for each in endpoints for role in seen.alone(each)}
        acts: set[str] = set()
        mails: set[str] = set()
        for each in endpoints:
            acts, mails = acts | seen.marks(each)[0], mails | seen.marks(each)[1]
        again = len(endpoints) - sum(bool(seen.alone(each, stolen=True)) for each in endpoints)
        rows.append(
            (
                f"`{action}`",
                ", ".join(role for role in (*ROLES, "link") if role in roles),
                str(len(endpoints)),
                str(again) if roles != {"link"} else "-",
                ", ".join(f"`{each}`" for each in sorted(acts)),
                ", ".join(f"`{each}`" for each in sorted(mails)) or "none",
            )
        )
    waits = sorted(each for each in seen.done if seen.waits(each) and each != "secretariat.refuse_act")
    logged = sorted(
        each for each in seen.done if _did(seen, each) and not seen.alone(each) and each not in waits
    )
    missed = sorted(each for each in seen.posted if each not in seen.done or not _did(seen, each))
    return (
        HEAD
        + _table(HEADINGS, rows)
        + TAIL.format(
            waits=", ".join(f"`{each}`" for each in waits),
            logged=", ".join(f"`{each}`" for each in logged),
            missed=", ".join(f"`{each}`" for each in missed),
            unmarked="; ".join(seen.unmarked) or "nothing.",
        )
    )


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _did(seen: Seen, endpoint: str) -> bool:
    return any(left.tables for lefts in seen.done[endpoint].values() for left in lefts)


HEADINGS = ("may do", "who, alone", "forms", "ask for the password", "rows of the log", "mail to others")
HEAD = """# One hour as the thief of a password

Made by `python -m bench.theft --out docs/theft.md` over the demonstration; `tests/shell/site/test_theft.py`
fails if a new form is not named here and needs a right without a row. A new form for a right with a row is
listed after the next walk.

* With **a password alone** nothing opens: a second step is required
  (`tests/accounts/staff/test_second_step.py`).
* With **an open session of an administrator and no password**, the walk sent the same forms again: each that
  asks for the password changed nothing. The table says how many forms of a row do.
* With **both**, the table shows what a person of each role, and the holder of a member's link (`link`),
  could change without another person. Each change leaves a row of the log, which `consulta check` compares.
  With `acts.confirmed` the person confirmed what another one had requested. Forms on the page that came back
  were sent as the next step.

"""
TAIL = """

**Waits for a second person, who is told by mail:** {waits}.

**Only downloads a file, ends sessions, sends mail or withdraws a request, with a row of the log:**
{logged}.

**Changed something and left no row of the log:** {unmarked}

**Not successful in the walk**, because the demonstration has no such state, a file is needed, or what
was typed was refused. If their view asks for two persons, they wait too: {missed}.
"""
BESIDE = "\n## Attacks that were seen, walked"  # from here on written by hand: it stays as it is


def main() -> None:
    """Walk, and write what was seen."""
    parser = argparse.ArgumentParser(prog="python -m bench.theft", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of a demo that is filled already")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--attacks", action="store_true", help="walk each attack that was seen before")
    chosen = parser.parse_args()
    if chosen.attacks:
        walks = ["-q", "-s", "-p", "no:randomly", "-p", "bench.heard", "-m", "attack and not browser"]
        sys.exit(subprocess.run([sys.executable, "-m", "pytest", *walks], check=False).returncode)
    with tempfile.TemporaryDirectory(prefix="bench-theft-") as made:
        data = chosen.data or Path(made) / "data"
        if not chosen.data:
            environment = {**os.environ, "CONSULTA_DATA": str(data)}
            subprocess.run(
                [sys.executable, "-m", "consulta", "demo", "--no-serve"], env=environment, check=True
            )
        logging.disable(logging.CRITICAL)
        seen = walk(data)
    written = report(seen)
    if chosen.out:
        before = chosen.out.read_text("utf-8") if chosen.out.exists() else ""
        chosen.out.write_text(written + "".join(before.partition(BESIDE)[1:]), "utf-8")
    print(written)
    for each in seen.unasked:
        print(f"{each} did what asks for the password without it", file=sys.stderr)
    sys.exit(1 if seen.unmarked or seen.unasked else 0)


if __name__ == "__main__":
    main()
