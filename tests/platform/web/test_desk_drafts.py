"""What the server tells the script of drafts, and that every long form of the desk keeps one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests import undrafted
from tests.drafts import make_draft

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

LONG = '<form method="post"{}><textarea name="a"></textarea></form><script src="js/drafts.js"></script>'


def told(text: str) -> tuple[str, str]:
    """Return the drafts that a page says were saved, and the one whose form it answers."""
    found = re.search(r'data-saved="([^"]*)" data-sent="([^"]*)"', text)
    assert found, "the page has no script of drafts"
    return found[1], found[2]


def test_a_saved_draft_is_named_on_the_next_pages_and_a_refused_one_on_its_own(
    bench: Bench, staff_visitor: Visitor
) -> None:
    page = f"/en/secretariat/rounds/{make_draft(bench)}/themes/tema_numero_1"
    theme = {"title_es": "Agua", "description_es": "Sed", "title_en": "Water", "objectives": "2"}
    refused = staff_visitor.submit(page, theme | {"title_es": "", "draft_id": "uno1"})
    assert (refused.status_code, *told(refused.text)) == (422, "", "uno1")
    assert staff_visitor.submit(page, theme | {"draft_id": "dos2"}).status_code == 303
    assert told(staff_visitor.get(page).text) == ("dos2", "")
    assert told(staff_visitor.get("/en/secretariat/").text) == ("dos2", ""), (
        "in whichever tab it is read first"
    )


def test_a_name_that_no_script_of_ours_made_is_left_out(bench: Bench, staff_visitor: Visitor) -> None:
    page = f"/en/secretariat/rounds/{make_draft(bench)}/themes/tema_numero_1"
    for name in ('"><b>', "a b", "x" * 17):
        staff_visitor.submit(page, {"title_es": "Agua", "description_es": "Sed", "draft_id": name})
        assert told(staff_visitor.get(page).text) == ("", "")


def test_a_long_form_without_a_draft_is_found() -> None:
    undrafted.check(LONG.format(" data-draft"))
    undrafted.check(LONG.format("").replace("js/drafts.js", ""))
    with pytest.raises(AssertionError, match="data-draft"):
        undrafted.check(LONG.format(""))
    six = "".join(f'<input name="f{number}">' for number in range(6))
    with pytest.raises(AssertionError, match="f5"):
        undrafted.check(LONG.format("").replace('<textarea name="a"></textarea>', six))
