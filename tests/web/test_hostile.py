"""What a stranger, a clumsy hand or a machine may send: an answer of ours each time, nothing given away."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from consulta.web.security import asset, local_path
from tests.benches import PASSWORD, STAFF

if TYPE_CHECKING:
    from tests.benches import Visitor

HUGE = "9" * 40


@pytest.mark.parametrize(
    "target",
    [
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r/evil.example",
        "\t//evil.example",
        " //evil.example",
        "/\x00/evil.example",
        "/\u2028/evil.example",
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "",
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(staff_visitor: Visitor, target: str) -> None:
    assert local_path(target) is None
    if "\x00" not in target:
        page = f"/es/account/sign-in?next={quote(target)}"
        answer = staff_visitor.submit(page, {"email": STAFF, "password": PASSWORD})
        assert answer.headers["Location"] == "/es/secretariat/"


@pytest.mark.parametrize(
    "question",
    ["endpoint=x", "_scheme=javascript&_external=1", "_anchor=x", "_method=POST", "self=1", "a=%ff"],
)
@pytest.mark.parametrize("path", ["/es/", "/es/v/abc", "/es/method", "/es/account/sign-in"])
def test_no_question_in_an_address_breaks_a_page(visitor: Visitor, path: str, question: str) -> None:
    answer = visitor.get(f"{path}?{question}")
    assert answer.status_code == 200
    assert "javascript:" not in answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/es/secretariat/members/{HUGE}", 404),
        (f"/es/secretariat/members/{2**31}", 404),
        (f"/es/secretariat/members/import/{HUGE}", 404),
        (f"/es/secretariat/members/1/contacts/{HUGE}", 404),
        (f"/es/secretariat/members?page={HUGE}", 200),
        ("/es/rounds/%00", 400),
        ("/es/v/%00", 400),
        ("/es/secretariat/members?text=%00", 400),
        ("/es/secretariat/members?%00=a", 400),
        ("/static/0/%00", 400),
        ("/static/0/" + "a" * 300, 404),
        ("/static/0/../../settings.py", 404),
        ("/static/0/..%2f..%2fsettings.py", 404),
        ("/es/rounds/" + "a" * 3000, 404),
        ("/%ff%fe", 404),
    ],
)
def test_odd_addresses_get_an_answer_of_ours(staff_visitor: Visitor, path: str, status: int) -> None:
    answer = staff_visitor.get(path)
    assert answer.status_code == status
    assert "Content-Security-Policy" in answer.headers


def test_a_static_file_has_one_name() -> None:
    """Else every other name for it would be one more copy in memory."""
    asset("favicon.svg")
    for name in ("./favicon.svg", "css/../favicon.svg", "css//consulta.css", "css"):
        with pytest.raises(FileNotFoundError):
            asset(name)


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://localhost.evil.example", "http://[bad", ""]
)
def test_an_origin_that_is_not_ours_is_refused(visitor: Visitor, origin: str) -> None:
    answer = visitor.client.post("/es/v/abc", headers={"Origin": origin})
    assert answer.status_code == 403


@pytest.mark.parametrize("origin", ["null", "http://localhost"])
def test_our_own_forms_come_through_browsers_that_say_little(visitor: Visitor, origin: str) -> None:
    """Without a referrer a browser names the origin `null`; the token in each form stands guard."""
    assert visitor.client.post("/es/v/abc", headers={"Origin": origin}).status_code == 404
