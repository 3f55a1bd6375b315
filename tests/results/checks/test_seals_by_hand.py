"""What a check of seals says of each difference, and which heads a kept file has: without a database."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.message import EmailMessage
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from consulta.platform import accounts
from consulta.platform.log.notes import Checkpoint
from consulta.platform.log.seals import GONE
from consulta.results import checks
from tests.cases import for_each

if TYPE_CHECKING:
    import pytest

ROOT, OTHER = "3f" * 32, "0a" * 32


# -- seals


class Named:
    """Whose a row is, as far as it is asked."""

    def of(self, kind: str, name: str) -> str:
        return f"of {kind} {name}"

    def of_gone(self, kind: str, name: str) -> str:
        return f"told of {kind} {name}"


def unlike(kind: str, known: dict[str, str], found: dict[str, str]) -> list[str]:
    whose: Any = Named()
    return [*checks._unlike(whose, kind, known, found)]


def test_a_row_is_held_against_its_seal() -> None:
    assert unlike("mail", {"1": "a", "2": "b"}, {"1": "a", "2": "b"}) == []
    assert unlike("mail", {"1": "a"}, {"1": "x"}) == [
        "message 1: what it is or to whom it goes is not what the log tells"
    ]
    for known in ({}, {"1": GONE}):
        assert unlike("mail", known, {"1": "a"}) == ["message 1: the log does not tell that it was written"]
    assert unlike("mail", {"1": "a"}, {}) == ["message 1: the log tells of it and it is not there"]
    assert unlike("mail", {"1": GONE}, {}) == []
    assert unlike("contact.vote", {}, {"1": "a"}) == [], "of a kind whose first seal is no act"
    assert unlike("contact.vote", {"1": "a"}, {}) == []


def a_log(monkeypatch: pytest.MonkeyPatch, **values: Any) -> Any:
    """A log with seals, of which the one of a mail is as told, unless `values` say otherwise."""
    there = {
        "told": lambda _session: {"mail": {"1": "a"}},
        "has_begun": lambda _session: True,
        "were_begun_again": lambda _session: False,
        "standing": lambda _session: {"mail": {"1": "a"}},
        "seal_all": lambda *_given: done.append("seals"),
    }
    done: list[str] = []
    for name, found in (there | values).items():
        monkeypatch.setattr(checks.seals, name, found)
    monkeypatch.setattr(checks.heads, "begin_day", lambda *_given: done.append("day"))
    session = SimpleNamespace(execute=lambda _query: [])
    return SimpleNamespace(session=session, now=None, done=done)


@for_each(
    "values, said",
    [
        ({}, []),
        ({"told": lambda _session: {}}, ["message 1: the log does not tell that it was written"]),
        ({"standing": lambda _session: {}}, ["message 1: the log tells of it and it is not there"]),
        ({"told": lambda _session: {"mail": {"1": "a"}, "passkey": {"7": "p"}}},
         ["passkey 7: the log tells of it and it is not there"]),
        ({"told": lambda _session: None}, ["seals: there is a key, and the log has none"]),
        ({"has_begun": lambda _session: False},
         ["seals: the log has some, and the key that they are made with is not there"]),
        ({"has_begun": lambda _session: False, "told": lambda _session: None}, []),
        ({"were_begun_again": lambda _session: True},
         ["seals: they were begun again, so that what was changed before cannot be told"]),
    ],
)  # fmt: skip
def test_seals_are_checked_as_far_as_the_log_has_them(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, Any], said: list[str]
) -> None:
    assert [*checks.sealed(a_log(monkeypatch, **values))] == said


def test_a_use_of_what_was_changed_beside_the_program_stays_told() -> None:
    rows = [
        (7, accounts.UNLIKE, "staff:1", json.dumps({"kinds": ["passkey", "staff.role"]})),
        (9, checks.WITHHELD, "round:1", json.dumps({"kinds": ["contact.address"], "contact": 4})),
    ]
    work: Any = SimpleNamespace(session=SimpleNamespace(execute=lambda _query: rows))
    assert [*checks._used_unlike(work)] == [
        "log row 7: staff:1 signed in with what the log did not tell of (passkey, staff.role)",
        "log row 9: no link was sent to contact 4, whose row the log did not tell of (contact.address)",
    ]


def test_a_message_that_ended_has_an_attempt_that_says_so() -> None:
    at, later = datetime(2027, 3, 1, tzinfo=UTC), datetime(2027, 3, 2, tzinfo=UTC)
    ends = [(1, "sent"), (2, "later"), (2, "refused"), (3, "later"), (4, "refused"), (7, "sent"), (8, "sent")]
    attempts = [*((*each, at) for each in ends), (4, "later", later), (9, "refused", at), (9, "sent", later)]
    states = [
        *((1, "sent", at, None), (2, "sent", at, None), (3, "failed", at, None), (4, "failed", later, None)),
        *(
            (5, "sent", at, None),
            (6, "failed", at, None),
            (7, "sent", later, None),
            (8, "queued", None, None),
        ),
        *((9, "failed", at, None), (10, "failed", at, "mail.unreadable")),
        (11, "queued", None, None),
    ]
    answers = iter((attempts, states))
    work: Any = SimpleNamespace(session=SimpleNamespace(execute=lambda _query: next(answers)))
    assert [*checks.messages(work)] == [
        "message 2: it is sent, and no attempt to send it says so",
        "message 5: it is sent, and no attempt to send it says so",
        "message 6: it is failed, and no attempt to send it says so",
        "message 7: when it left is not what the attempts to send it say",
        "message 8: it is queued, and an attempt to send it says that it was sent",
    ]


# -- heads in what was kept


def test_heads_are_found_in_a_line_a_log_and_a_signed_checkpoint() -> None:
    line = f"754:{ROOT}"
    assert checks.written_in(line, whole=True) == ((754, ROOT),)
    for other in (f" {line}", f"{line} and more", "nothing", ""):
        assert checks.written_in(other, whole=True) == ()
    assert checks.written_in(f"a {line}, 9:{OTHER}; {line}.") == ((754, ROOT), (9, OTHER))
    for near in (f"x{line}", f"1:{line}", f"{line}0", f"754:{ROOT[1:]}"):
        assert checks.written_in(near) == ()
    body = Checkpoint("log.example.org", 12, OTHER).body
    for text in (f"{body}\n— log signed", f"{body}\n— log signed".replace("\n", "\r\n")):
        assert checks.in_file(f"{line}\n{text}".encode()) == ((754, ROOT), (12, OTHER))
    wrong = body.replace("\n12\n", "\n012\n")
    assert checks.in_file(f"{wrong}{body}".encode()) == ((12, OTHER),), "what is no checkpoint is passed over"
    assert checks.in_file(b"\xff nothing") == ()


def test_a_mail_is_read_as_its_reader_sees_it() -> None:
    """As it was sent its lines are broken, and what is attached or marked up is not read."""
    mail = EmailMessage()
    mail.set_content(f"The head: {'é' * 30} 754:{ROOT}\n", cte="quoted-printable")
    mail.add_alternative(f"<p>{'é' * 40} 9:{OTHER}</p>", subtype="html", cte="base64")
    assert ROOT.encode() not in bytes(mail)
    assert checks.in_file(bytes(mail)) == ((754, ROOT),)
    assert checks._parts(f"Subject: a\n\n754:{ROOT}".encode()) == []
