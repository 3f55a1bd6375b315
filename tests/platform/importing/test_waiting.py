"""A file whose columns are not understood waits for an answer: it is not chosen again."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.platform.formats.delimited import write_csv
from consulta.platform.importing.waiting import MOST, OWN, Waiting
from tests.cases import for_each
from tests.factories import moment

if TYPE_CHECKING:
    from pathlib import Path

    from consulta.platform.settings import Settings
    from tests.benches import Visitor

IMPORT = "/en/secretariat/members/import"
DATA = write_csv(["La casa", "País", "Sector", "Notas"], [["Red Azul", "Perú", "ONG", "x"]])


def refused(visitor: Visitor, data: bytes = DATA) -> tuple[str, str]:
    """Return the page that asks for the columns of a file, and the name of the file that waits."""
    answer = visitor.submit(
        IMPORT, {"file": (io.BytesIO(data), "red & casa.csv")}, content_type="multipart/form-data"
    )
    assert answer.status_code == 422
    found = re.search(r'name="held" value="(\w*)"', answer.text)
    assert found
    return answer.text, found[1]


def test_a_column_is_named_and_the_same_file_is_read(staff_visitor: Visitor, settings: Settings) -> None:
    page, held = refused(staff_visitor)
    assert "Read “red &amp; casa.csv” again" in page
    sent = {"held": held, "text": ["La casa", "Notas"], "meaning": ["organisation", "-"]}
    answer = staff_visitor.submit(IMPORT, sent)
    assert answer.status_code == 303, answer.text
    shown = staff_visitor.client.get(answer.location).text
    assert "Red Azul" in shown
    assert "red &amp; casa.csv" in shown
    assert not list((settings.data / "imports").iterdir()), "it is not needed any more"


def test_an_answer_that_is_not_enough_is_kept_and_the_file_waits_on(staff_visitor: Visitor) -> None:
    _, held = refused(staff_visitor)
    sent = {"held": held, "text": ["La casa", "Notas"], "meaning": ["", "-"]}
    answer = staff_visitor.submit(IMPORT, sent)
    assert answer.status_code == 422
    assert f'name="held" value="{held}"' in answer.text
    assert 'value="La casa"' in answer.text
    assert "Notas" not in answer.text.split('id="answers"')[0]


def test_a_file_that_is_gone_is_asked_for_again(staff_visitor: Visitor, settings: Settings) -> None:
    _, held = refused(staff_visitor)
    (settings.data / "imports" / held).unlink()
    sent = {"held": held, "text": ["La casa"], "meaning": ["organisation"]}
    answer = staff_visitor.submit(IMPORT, sent)
    assert answer.status_code == 422
    assert "The file is no longer here. Choose it again." in answer.text
    again = staff_visitor.submit(
        IMPORT, {"file": (io.BytesIO(DATA), "a.csv")}, content_type="multipart/form-data"
    )
    assert again.status_code == 303, "what was said of the column was kept"


@for_each("owner", ["secretariat:2:members:", "secretariat:1:nominees:a", "admin:1:members:"])
def test_a_file_waits_for_its_owner_alone_and_for_an_hour(tmp_path: Path, owner: str) -> None:
    folder = tmp_path / "imports"
    mine = Waiting(folder, "secretariat:1:members:", moment())
    name = mine.hold("a.csv", b"x\ny")
    assert mine.find(name) == ("a.csv", b"x\ny")
    assert Waiting(folder, owner, moment()).find(name) is None
    Waiting(folder, owner, moment()).drop(name)
    assert mine.find(name) is not None
    assert mine.find("../imports/" + name) is None
    assert Waiting(folder, mine.owner, moment() + timedelta(hours=1, seconds=1)).find(name) is None
    assert not list(folder.iterdir())


def test_places_are_shared_out_and_a_full_disk_refuses_nothing(tmp_path: Path) -> None:
    folder, start = tmp_path / "imports", moment()

    def hold(who: str, n: int) -> tuple[Waiting, str]:
        one = Waiting(folder, f"{who}:{n}", start + timedelta(seconds=n), who)
        return one, one.hold("a.csv", b"%d" % n)

    first = [hold("a", n) for n in range(OWN)]
    greedy = [hold("b", n) for n in range(OWN, 40)]
    assert all(one.find(name) for one, name in first), "files of another one took no place of theirs"
    assert [bool(one.find(name)) for one, name in greedy[-OWN - 1 :]] == [False, *[True] * OWN]
    for n in range(40, 40 + MOST):
        hold(f"c{n}", n)
    Waiting(folder, "d", start + timedelta(seconds=60)).tidy()
    assert len(list(folder.iterdir())) == MOST
    assert sum(bool(one.find(name)) for one, name in first) == 0, "who holds most gives way first"
    (tmp_path / "file").write_text("")
    assert not Waiting(tmp_path / "file", "a", moment()).hold("a.csv", b"x")
