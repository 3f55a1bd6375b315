"""A small round lived through its services, from its draft to its archive; and what is checked of that."""

from __future__ import annotations

import io
import secrets
import sys
import zipfile
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner
from sqlalchemy import select

from consulta.core.counting.choice import Choice, entries_of
from consulta.core.trust import record
from consulta.desk import opening
from consulta.platform import database as db
from consulta.platform import door
from consulta.platform.models import Round
from consulta.platform.work import ANONYMOUS, COMMAND, Actor, Bench
from consulta.results import archive
from consulta.results import service as results
from consulta.results.verifying import bundle, checking
from consulta.results.verifying.files import Box
from consulta.rounds import links, public_value
from consulta.rounds import service as rounds
from consulta.shell.cli import count
from consulta.vote import service as voting
from tests.drafts import BASE, KEY, NOW, make_draft
from tests.factories import build_nominee, build_organisation
from tests.lived import once
from tests.texts import TWO, both

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from consulta.rounds.links import IssuedLink
    from consulta.vote.values import CastBallot

STAFF = Actor("secretariat", 3, "Mariana")
COUNTRIES = ("PE", "MX", "JM", "CO", "GT", "PE", "MX", "JM", "BB", "PE", "AR", "BR")
SECTORS = ("ngo", "union", "academia")
RULES: dict[str, Any] = {"balance": {"subregion": "equal", "sector": "sqrt"}, "topics": 2}
SOURCE = both("Tres dados en la sesión de cierre", "Three dice in the closing session")
OPENED = NOW + timedelta(days=1)
CLOSED = NOW + timedelta(days=32, hours=8)
PUBLISHED = CLOSED + timedelta(days=2)


def opened(migrated: bytes, folder: Path) -> Bench:
    """A database of its own in a folder, without any round."""
    path = folder / "consulta.sqlite3"
    path.write_bytes(migrated)
    return Bench(db.connect(f"sqlite:///{path}"), TWO)


@dataclass(frozen=True)
class Voted:
    """A contact who voted: with which link, and what came back."""

    actor: Actor
    cast: CastBallot


@once
def live(
    bench: Bench,
    secrecy: str = "pseudonymous",
    key: str = KEY,
    meanwhile: Callable[[Bench], None] | None = None,
    afterwards: Callable[[Bench], None] = lambda _: None,
    reason: str = "",
    drawn: str = "",
    endorsed: Sequence[str] = (),
    fields: Mapping[str, str] | None = None,
    **rules: Any,
) -> list[Voted]:
    """A published round of twelve organisations; ten voted, one of them twice, and one came too late.

    `meanwhile` is what else happens before it closes, `afterwards` between that and its publication, and
    `reason` why it closes when it does; `drawn` is the public value, where the round is to announce one;
    `endorsed` are nominees, whom every ballot endorses, and `fields` what half of them answer.
    """
    _join(bench)
    announced = {"public_source": SOURCE, "public_local": "2027-03-05T17:30"} if drawn else {}
    make_draft(bench, 5, key=key, secrecy=secrecy, rules={**RULES, **rules}, **announced)
    with bench.work(STAFF, NOW) as work:
        a_round = work.session.scalars(select(Round).where(Round.key == key)).one()
        for nominee in endorsed:
            build_nominee(work.session, a_round, nominee, role="mechanism")
    with bench.work(STAFF, OPENED) as work:
        opening.open_round(work, key)
        issued = links.issue_links(work, key, BASE, revoke=True)
    voted = [
        vote(bench, key, link, _choice(number, endorsed, fields), OPENED + timedelta(hours=7 * number))
        for number, link in enumerate(issued[:10], start=1)
    ]
    voted[0] = vote(bench, key, issued[0], _choice(11), OPENED + timedelta(days=9))
    if meanwhile is not None:
        meanwhile(bench)
    with bench.work(STAFF, CLOSED) as work:
        rounds.close_round(work, key, reason)
        if not drawn:
            results.count(work, key)
    if drawn:
        with bench.work(STAFF, CLOSED + timedelta(hours=1)) as work:
            public_value.draw(work, key, drawn, "2027-03-05T18:30", "Tres dados en la sesión")
            results.count(work, key)
    for minutes in (3, 4):
        vote(bench, key, issued[11], _choice(3), CLOSED + timedelta(minutes=minutes))
    afterwards(bench)
    with bench.work(STAFF, PUBLISHED) as work:
        results.publish(work, key)
    return voted


def _join(bench: Bench) -> None:
    with bench.work(COMMAND, NOW) as work:
        for number, country in enumerate(COUNTRIES, start=1):
            build_organisation(
                work.session,
                f"Red {number:03d}",
                country=country,
                sector=SECTORS[number % len(SECTORS)],
                base=3 if number == 4 else 1,
                email=f"c{number}@example.org",
            )


def _choice(number: int, endorsed: Sequence[str] = (), fields: Mapping[str, str] | None = None) -> Choice:
    answers = fields if fields and number % 2 else {}
    themes = [f"tema_numero_{1 + (number * step) % 5}" for step in (1, 2, 3)]
    return Choice(tuple(dict.fromkeys(themes)), (1 + number % 5, 7 + number % 4), tuple(endorsed), answers)


def vote(bench: Bench, key: str, link: IssuedLink, choice: Choice, at: datetime) -> Voted:
    """Enter by a personal link and send a vote, as a browser does."""
    with bench.work(ANONYMOUS, at) as work:
        entrance = door.enter(work, "v", link.url.rpartition("/")[2])
        voter = door.resume(work, "voter", entrance.token) if entrance else None
    assert voter is not None
    with bench.work(voter, at + timedelta(minutes=5)) as work:
        outcome: Any = voting.cast(work, key, entries_of(choice), secrets.token_urlsafe(16))
    return Voted(voter, outcome)


def archive_of(bench: Bench, key: str = KEY, *, complete: bool = False) -> bytes:
    """The bytes of a round's archive."""
    with (
        bench.read(STAFF, PUBLISHED) as work,
        archive.build(work, archive.published(work, key), complete=complete) as file,
    ):
        return file.read()


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files of an archive, by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as container:
        return {entry.filename: container.read(entry) for entry in container.infolist()}


def tree_root(digests: Iterable[str]) -> str:
    """The head over these rows."""
    return record.Tree().grown(digests).root


def _once() -> None:
    """Count once what a bundle and its result determine: forgeries mostly keep both."""
    real, known = bundle.whole_recount, dict[Any, Any]()

    def asked(box: Any) -> Any:
        question = (box.files["bundle.json"], box.files["result.json"])
        if question not in known:
            known[question] = real(box)
        return known[question]

    bundle.whole_recount = asked


_once()


@dataclass(frozen=True)
class Asked:
    """What the verifier was asked, and what it said."""

    files: Mapping[str, bytes]
    sums: tuple[str, ...]
    heads: Sequence[str]
    said: tuple[int, str]


LISTENING: list[list[Asked]] = []
"""Who hears what the verifier is asked: `tests.third.the_page_too` asks the HTML file the same."""


def verify(files: Mapping[str, bytes], *arguments: str, heads: Sequence[str] = ()) -> tuple[int, str]:
    """What the verifier says of these files: its exit status and its words, in English."""
    said = _verify(files, *arguments, heads=heads)
    for heard in LISTENING:
        heard.append(Asked(dict(files), arguments, heads, said))
    return said


def _verify(files: Mapping[str, bytes], *arguments: str, heads: Sequence[str] = ()) -> tuple[int, str]:
    box = Box(dict(files), None, "archive", "en")
    box.held_heads, box.held_sums = list(heads), list(arguments)
    said: list[str] = []
    verdict = checking.run(box, lambda mark, title, note: said.append(f"[{mark}] {title}: {note}"))
    first = verdict.first.sentence if verdict.first else verdict.unseen or None
    said.append(f"first: {first}")
    return (1 if first else 0), "\n".join([*said, f"partial: {verdict.partial}"])


def run_script(*arguments: str) -> tuple[int, str]:
    """The exit status of `consulta verify` and what it prints; its refusals go to standard error."""
    done = CliRunner().invoke(count.verify, list(arguments))
    sys.stderr.write(done.stderr)
    return done.exit_code, done.stdout
