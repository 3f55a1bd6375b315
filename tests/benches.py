"""The bench and the application that tests work at: real migrations, a real SQLite file, guards on."""

from __future__ import annotations

import fcntl
import pickle
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from http.cookies import SimpleCookie
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner
from flask import Flask, session
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import event, make_url
from sqlalchemy.orm.attributes import set_committed_value

from consulta.accounts.pages import sign_in
from consulta.panel import votes as panel_votes
from consulta.platform import accounts
from consulta.platform import database as db
from consulta.platform.data import attributes, ballot_fields
from consulta.platform.formats import document, document_child
from consulta.platform.keyring import PREFIX, Keyring, UnreadableError
from consulta.platform.models import Message
from consulta.platform.settings import Settings
from consulta.platform.web import kept
from consulta.platform.web.request import remember
from consulta.platform.work import ANONYMOUS, COMMAND, Bench
from consulta.shell import cli
from consulta.shell.cli.demo import filling
from consulta.shell.site import for_all
from tests import undrafted
from tests.apps import app_over
from tests.deep import DEEP
from tests.factories import moment
from tests.lived import once
from tests.markup import check
from tests.texts import TWO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from click.testing import Result
    from werkzeug.test import Client, TestResponse

PASSWORD = "una frase bastante larga"
SECRET = "a secret of the tests, long enough and varied"
Bench.keyring = Keyring(SECRET)  # of every bench that a test makes without one
STAFF = "secretaria@example.org"


@event.listens_for(Message, "load")
def read_as_its_reader(message: Message, _context: object) -> None:
    """Let a test read the link of a waiting mail, as the person does who gets it; it is stored encrypted.

    `tests/platform/mailer/test_tokens.py` does without.
    """
    stored = message.__dict__.get("token") or ""
    if stored.startswith(PREFIX):
        with suppress(UnreadableError):
            told = Bench.keyring.decrypt(stored, f"token of message {message.message_id}")  # type: ignore[union-attr]
            set_committed_value(message, "token", told)


_TOKEN = re.compile(r'name="csrf_token"[^>]*?value="([^"]+)"')


# How an installation hashes passwords. Tests do it thousands of times, and a test of passwords asks for this.
COSTLY = accounts.hashing
CHEAP = accounts.Hashing(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Let this process hash passwords cheaply; no setting of an installation can."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(accounts, "hashing", CHEAP)
        yield


@pytest.fixture(scope="session", autouse=True)
def one_look_at_the_installation() -> Iterator[None]:
    """Let an application keep what every page asks for, so that queries are counted without a clock."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(kept, "AGE", 3600.0)
        yield


@pytest.fixture(scope="session", autouse=True)
def pages_drawn_each_time() -> Iterator[None]:
    """Let no page be handed out twice (`tests/shell/site/test_for_all.py`): tests look at once."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(for_all, "AGE", -1.0)
        yield


@pytest.fixture
def costly_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let passwords be hashed as in an installation."""
    monkeypatch.setattr(accounts, "hashing", COSTLY)


# How an installation makes a document: in a process of its own, which takes longer to start than to draw.
APART = document._made
HERE = lru_cache(maxsize=64)(document_child.render)


@pytest.fixture(scope="session", autouse=True)
def documents_here() -> Iterator[None]:
    """Let documents be made in this process, each once."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(document, "_made", HERE)
        yield


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[None]:
    """Let every application of every process of a run load the templates that one of them compiled."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "templates"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Flask, "jinja_options", {"bytecode_cache": FileSystemBytecodeCache(str(folder))})
        yield


@pytest.fixture(scope="session")
def once_a_run(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Callable[..., Any]:
    """Return how to make something once for all processes of a run: the first that asks for its name does."""

    def asked(name: str, make: Callable[[], Any]) -> Any:
        if worker_id == "master":
            return make()
        kept = tmp_path_factory.getbasetemp().parent / f"{name}.pickle"
        with kept.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                kept.write_bytes(pickle.dumps(make()))
            return pickle.loads(kept.read_bytes())  # noqa: S301 - written by this run, in its own folder

    return asked


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory, once_a_run: Callable[..., bytes]) -> bytes:
    """A SQLite database as the migrations make it, as bytes to copy."""

    def made() -> bytes:
        path = tmp_path_factory.mktemp("migrated") / "empty.sqlite3"
        engine = db.connect(f"sqlite:///{path}")
        db.upgrade(engine)
        engine.dispose()
        # Leaving the write-ahead log folds it into the file.
        return path.read_bytes()

    return once_a_run("migrated", made)


@dataclass(frozen=True, slots=True)
class Demo:
    """What `consulta demo` left: its folder, its database as bytes to copy, and what it said."""

    folder: Path
    output: str
    content: bytes
    known: filling.Filled

    def bench(self, settings: Settings) -> Bench:
        """Return a bench over a copy of it."""
        (settings.data / "consulta.sqlite3").write_bytes(self.content)
        return Bench(db.connect(settings.database), TWO)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, once_a_run: Callable[..., Demo]) -> Demo:
    """The demonstration, filled by its command once for all processes of a run, in a folder to copy."""
    return once_a_run("demo", lambda: _filled(tmp_path_factory.mktemp("demo") / "data"))


def _filled(folder: Path) -> Demo:
    known: list[filling.Filled] = []

    def noted(*given: Any) -> filling.Filled:
        known.append(fill(*given))
        return known[0]

    fill = filling.fill
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(filling, "fill", noted)
        if not DEEP:
            patched.setattr(panel_votes.Task, "of_seat", _told_once(panel_votes.Task.of_seat))
        answer = run_demo(folder, "--no-serve")
    assert answer.exit_code == 0, answer.output
    return Demo(folder, answer.output, (folder / "consulta.sqlite3").read_bytes(), known[0])


def _told_once(of_seat: Callable[[Any, str], str]) -> Callable[[Any, str], str]:
    """Return how to tell all seats of a round what the first one is told of the panel.

    A panel without each vote takes a third of the time of the demonstration; tests/results/your_vote makes
    its own.
    """
    told: dict[int, tuple[Any, str]] = {}

    def of_another(task: Any, name: str) -> str:
        if id(task) not in told:
            told[id(task)] = task, of_seat(task, name)
        return told[id(task)][1]

    return of_another


def run_demo(folder: Path, *arguments: str) -> Result:
    """Run `consulta demo` over a folder, in this process."""
    environ: dict[str, str | None] = {"CONSULTA_DATA": str(folder)}
    environ |= dict.fromkeys(("CONSULTA_SECRET", "CONSULTA_SECRET_FILE", "CONSULTA_DATABASE"))
    try:
        return CliRunner(env=environ).invoke(cli.main, ["demo", *arguments], catch_exceptions=False)
    finally:  # what the demo declares is declared for the whole process
        attributes.use(())
        ballot_fields.use(())


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of one test."""
    return Settings(
        data=tmp_path,
        database=f"sqlite:///{tmp_path / 'consulta.sqlite3'}",
        secret=SECRET,
        base_url="http://localhost",
        second_factor="optional",  # tests/accounts/staff asks for one
        two_persons="no",
        # tests/vote/objections/test_objections.py and tests/vote/objections/test_objections_pages.py wait
        objection_hours=0,
        languages=TWO,
        link_files=True,  # as in a place without mail, so that these pages are tested with the others
    )


@pytest.fixture
def bench(settings: Settings, migrated: bytes) -> Iterator[Bench]:
    """A bench over a fresh database."""
    (settings.data / "consulta.sqlite3").write_bytes(migrated)
    bench = Bench(db.connect(settings.database), TWO)
    yield bench
    bench.engine.dispose()


@pytest.fixture
def migrated_sqlite_url(sqlite_url: str, migrated: bytes) -> str:
    """Address of a fresh SQLite database with the newest schema."""
    Path(str(make_url(sqlite_url).database)).write_bytes(migrated)
    return sqlite_url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def migrated_url(request: pytest.FixtureRequest) -> str:
    """Address of a fresh database with the newest schema: the same test runs on SQLite and on PostgreSQL."""
    address: str = request.getfixturevalue(f"migrated_{request.param}_url")
    return address


@pytest.fixture
def either(migrated_url: str) -> Iterator[Bench]:
    """A bench over a fresh SQLite, and again over a fresh PostgreSQL."""
    bench = Bench(db.connect(migrated_url), TWO)
    yield bench
    bench.engine.dispose()


@pytest.fixture
def app(settings: Settings, bench: Bench) -> Flask:
    """The application over that bench, with every guard on."""
    app = app_over(settings, bench)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


class Visitor:
    """A test client that carries the form's token from a page to its POST, and refuses malformed HTML."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get(self, url: str, **kwargs: Any) -> TestResponse:
        """Ask for a page."""
        return self._checked(self.client.get(url, **kwargs))

    def words(self, url: str) -> str:
        """A page without the value of its forms that is made by chance, in which any short word may stand."""
        return _TOKEN.sub("", self.get(url).text)

    def submit(
        self, page: str, data: dict[str, Any] | None = None, *, to: str | None = None, **kwargs: Any
    ) -> TestResponse:
        """Read the form of `page` and post `data` with its token, to `to` or to the page itself."""
        token = self.token(self.get(page))
        return self.post(to or page, {"csrf_token": token, **(data or {})}, **kwargs)

    def post(self, url: str, data: dict[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        """Post as it is."""
        headers = {"Sec-Fetch-Site": "same-origin", **kwargs.pop("headers", {})}
        return self._checked(self.client.post(url, data=data or {}, headers=headers, **kwargs))

    def sent(self, url: str, data: dict[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        """Post, and go where the answer leads: the page that a person sees then."""
        answer = self.post(url, data, **kwargs)
        return self.get(answer.headers["Location"]) if answer.status_code == 303 else answer

    @staticmethod
    def token(page: TestResponse) -> str:
        """The token of the first form of a page."""
        found = _TOKEN.search(page.text)
        assert found, "the page has no form"
        return found[1]

    @staticmethod
    def _checked(response: TestResponse) -> TestResponse:
        if response.mimetype == "text/html" and response.data:
            check(response.text)
            undrafted.check(response.text)
        response.request.environ[
            "wsgi.input"
        ].close()  # a large body lies in a file that the client leaves open
        return response


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """A browser in which nobody is signed in."""
    return Visitor(app.test_client())


@pytest.fixture
def staff_visitor(app: Flask, bench: Bench) -> Visitor:
    """A browser in which a member of the secretariat has just signed in."""
    _add_staff(bench)
    return Visitor(signed_in(app, bench))


def signed_in(app: Flask, bench: Bench) -> Client:
    """Return a client that holds what the sign-in of `STAFF` leaves, without asking for its page.

    tests/accounts/sign_in/test_account.py signs in by the page.
    """
    token = _session_of_staff(bench)
    with app.test_request_context("/es/account/sign-in", method="POST"):
        remember("staff", token)
        response = app.make_response("")
        sign_in.give(response, STAFF)
        app.session_interface.save_session(app, session._get_current_object(), response)
    client = app.test_client()
    for header in response.headers.getlist("Set-Cookie"):
        for name, cookie in SimpleCookie(header).items():
            client.set_cookie(name, cookie.value)
    return client


@once
def _session_of_staff(bench: Bench) -> str:
    with bench.read(ANONYMOUS, moment()) as work:
        tried = accounts.try_password(work, STAFF, PASSWORD, "127.0.0.1", "")
    with bench.work(ANONYMOUS, moment()) as work:
        token = accounts.sign_in(work, tried)
    assert token is not None
    return token


@once
def _add_staff(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, STAFF, "Secretaría de prueba", PASSWORD, "secretariat")


def voter_visitor(app: Flask, token: str, lang: str = "es") -> Visitor:
    """A browser that came by a personal link and pressed its button."""
    visitor = Visitor(app.test_client())
    answer = visitor.post(f"/{lang}/v/{token}")
    assert answer.status_code == 303
    return visitor
