"""Acts on many organisations: told before, one row of the log each, taken back; and what each has done."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.people import member_changes, members, members_bulk
from consulta.people.members import TAGS_MAX, OrganisationCommand
from consulta.platform.listing import Wanted
from consulta.platform.models import LogEntry
from consulta.platform.work import COMMAND, Bench
from consulta.sessions import attendance
from consulta.sessions.attendance import Answers
from tests.added import added
from tests.desk.test_rounds import opened, vote
from tests.drafts import KEY, make_open
from tests.factories import moment
from tests.panel.dialogues.test_dialogues import command, save

if TYPE_CHECKING:
    from consulta.platform.settings import Settings
    from tests.benches import Visitor

LIST = "/en/secretariat/members"


@pytest.fixture
def ids(bench: Bench) -> list[int]:
    """Five organisations, the last of them deactivated, the first with a tag."""
    with bench.work(COMMAND, moment()) as work:
        made = [
            members.add_organisation(
                work,
                OrganisationCommand(
                    f"Red {number}",
                    "PE" if number else "MX",
                    {"sector": "ngo"},
                    tags=() if number else ("mar",),
                ),
            )
            for number in range(5)
        ]
        members.switch_organisation(work, made[-1], active=False)
    return made


def lines(bench: Bench) -> dict[int, tuple[bool, list[str], dict[str, str]]]:
    """What an act may change of each organisation: whether it is active, its tags, its categories."""
    with bench.read(COMMAND, moment()) as work:
        found = members.list_members(work, Wanted(page=None)).rows
        return {each.id: (each.active, each.tags, each.categories) for each in found}


def does(bench: Bench, ids: list[int], act: str, value: str = "") -> int:
    with bench.work(COMMAND, moment()) as work:
        return members_bulk.carry_out(work, ids, act, value)


def back(bench: Bench, number: int) -> int:
    with bench.work(COMMAND, moment()) as work:
        return members_bulk.take_back(work, number)


def refused(bench: Bench, ids: list[int], act: str, value: str = "") -> str:
    with pytest.raises(Problem) as found:
        does(bench, ids, act, value)
    return found.value.code


def rows(bench: Bench, action: str) -> list[dict[str, Any]]:
    with bench.read(COMMAND, moment()) as work:
        found = work.session.scalars(
            select(LogEntry.details).where(LogEntry.action == action).order_by(LogEntry.seq)
        )
        return [json.loads(each) for each in found]


def test_an_act_is_one_row_of_the_log_and_taken_back_all_is_as_before(bench: Bench, ids: list[int]) -> None:
    before = lines(bench)
    for act, value, changed in (
        ("deactivate", "", [0, 1, 2, 3]),
        ("activate", "", [4]),
        ("tag", "mar", [1, 2, 3, 4]),
        ("untag", "MAR", [0]),
        ("category_sector", "academia", [0, 1, 2, 3, 4]),
    ):
        number = does(bench, ids, act, value)
        after = lines(bench)
        assert [ids.index(each) for each in ids if after[each] != before[each]] == changed, act
        concerned = [ids[place] for place in changed]
        assert [one for one, _was in rows(bench, "members.bulk")[-1]["before"]] == concerned
        assert back(bench, number) == len(changed)
        assert lines(bench) == before, act
        assert rows(bench, "members.bulk_undone")[-1] == {"row": number, "organisations": concerned}
        with pytest.raises(Problem, match=r"members\.bulk_over"):
            back(bench, number)
    number = does(bench, ids[:3], "tag", "río")
    with bench.work(COMMAND, moment()) as work:
        later = OrganisationCommand("Red 1", "PE", {"sector": "ngo"}, tags=("sur",))
        members.change_organisation(work, ids[1], later)
    assert back(bench, number) == 2, "what was changed since is not taken back"
    assert [lines(bench)[each][1] for each in ids[:3]] == [["mar"], ["sur"], []]


def test_what_cannot_be_done_is_refused_and_changes_nothing(bench: Bench, ids: list[int]) -> None:
    before = lines(bench)
    assert refused(bench, ids, "delete") == "members.bulk_act"
    assert refused(bench, ids[:1], "activate") == "members.bulk_nothing"
    assert refused(bench, [], "deactivate") == "members.bulk_nothing"
    for tag in ("", "  ", "a,b", "x" * 41):
        assert refused(bench, ids, "tag", tag) == "members.bulk_value"
    assert refused(bench, ids, "category_sector", "nothing") == "members.bulk_value"
    with bench.work(COMMAND, moment()) as work:
        full = tuple(f"t{number}" for number in range(TAGS_MAX))
        members.change_organisation(
            work, ids[2], OrganisationCommand("Red 2", "PE", {"sector": "ngo"}, tags=full)
        )
    assert refused(bench, ids, "tag", "one more") == "member.tags"
    assert {each: line for each, line in lines(bench).items() if each != ids[2]} == {
        each: line for each, line in before.items() if each != ids[2]
    }
    assert rows(bench, "members.bulk") == []
    with pytest.raises(Problem, match=r"members\.bulk_unknown"):
        back(bench, 1)


def test_organisations_are_chosen_in_the_list_and_the_act_is_told_before(
    bench: Bench, ids: list[int], staff_visitor: Visitor
) -> None:
    page = staff_visitor.get(LIST).text
    assert page.count('class="pick" name="o"') == 5
    told = staff_visitor.get(f"{LIST}/bulk?act=deactivate&o={ids[0]}&o={ids[4]}")
    assert "Deactivate 2 organisations?" in told.text
    assert "This already applies to 1 of them, which does not change." in told.text
    assert "Apply to 1 organisation" in told.text
    assert lines(bench)[ids[0]][0], "nothing is done by looking"
    answer = staff_visitor.submit(
        f"{LIST}/bulk?act=deactivate&o={ids[0]}&o={ids[4]}",
        {"act": "deactivate", "o": [str(ids[0]), str(ids[4])]},
        to=f"{LIST}/bulk",
    )
    assert answer.status_code == 303
    done = staff_visitor.get(answer.location).text
    assert "1 organisation was deactivated." in done
    assert not lines(bench)[ids[0]][0]
    assert staff_visitor.submit(answer.location, {}).status_code == 303
    assert lines(bench)[ids[0]][0]
    assert not lines(bench)[ids[4]][0], "it was so before"
    for query in ("act=deactivate", "act=nothing&o=1", "", "act=tag&o=999999", "act=show"):
        answer = staff_visitor.get(f"{LIST}/bulk?{query}")
        assert answer.status_code in {404, 409, 422}, query
        assert "Choose" in answer.text, query
    alone = staff_visitor.get(f"{LIST}/bulk?act=show&o={ids[3]}&o={ids[0]}&o=x&o=99999999999").location
    page = staff_visitor.get(alone).text
    assert "2 rows, out of 5: 2 chosen rows" in page
    (to,) = map(unescape, re.findall(r'action="([^"]*/tables/members[^"]*)"', page))
    text = staff_visitor.submit(alone, {"kind": "csv"}, to=to).data.decode("utf-8-sig")
    assert [each for each in range(5) if f"Red {each}" in text] == [0, 3]


def test_all_of_a_list_are_those_of_its_filter_and_only_those_shown_are_changed(
    bench: Bench, ids: list[int], staff_visitor: Visitor
) -> None:
    asked = f"{LIST}/bulk?country=PE&all=yes&act=tag&o={ids[0]}"
    page = staff_visitor.get(asked).text
    assert "Give 4 organisations a tag" in page
    shown = re.findall(r'type="hidden" name="o" value="(\d+)"', page)
    assert sorted(map(int, shown)) == sorted(ids[1:])
    answer = staff_visitor.submit(asked, {"act": "tag", "o": shown, "value": "sur"}, to=f"{LIST}/bulk")
    assert "4 organisations have the tag “sur” now." in unescape(staff_visitor.get(answer.location).text)
    assert [lines(bench)[each][1] for each in ids[:2]] == [["mar"], ["sur"]]
    wrong = staff_visitor.submit(asked, {"act": "tag", "o": shown, "value": "a;b"}, to=f"{LIST}/bulk")
    assert wrong.status_code == 422
    assert "Enter one tag" in wrong.text


def test_a_member_page_tells_that_it_voted_and_never_how(bench: Bench, staff_visitor: Visitor) -> None:
    opened(bench, "PE", "PE", "MX")
    vote(bench, "Red 002")
    with bench.work(COMMAND, moment()) as work:
        late = members.add_organisation(work, OrganisationCommand("Red 9", "PE", {"sector": "ngo"}))
    with bench.read(COMMAND, moment()) as work:
        names = {each.name: each.id for each in members.all_names(work)}
    asked = [names["Red 001"], names["Red 002"], late]
    with bench.read(COMMAND, moment()) as work:
        _titles, voted = member_changes.votes(work, asked)
        past = [member_changes.of_member(work, number)["rounds"] for number in asked]
    assert [voted[number] for number in asked] == [[False], [True], [None]]
    assert [[each.ballot_id is not None for each in rounds] for rounds in past] == [[False], [True], []]
    page = staff_visitor.get(f"{LIST}/{asked[1]}").text
    assert "On the roll of 1 consultation" in page
    assert "How an organisation voted is not shown here." in page
    assert '<span class="vh">1 of 1</span>' in staff_visitor.get(LIST).text


def test_sessions_are_found_by_the_name_however_spelt(bench: Bench, ids: list[int]) -> None:
    make_open(bench)
    save(bench, command())
    with bench.work(COMMAND, moment()) as work:
        for name, country in (("RED  1", "PE"), ("Réd 1", "PE"), ("Red 1", "MX"), ("Red 12", "PE")):
            attendance.add(work, KEY, Answers(name, country, "ngo", None), 2)
    with bench.read(COMMAND, moment()) as work:
        (session,) = member_changes.of_member(work, ids[1])["sessions"]
        assert (session.key, session.people) == (KEY, 4)
        assert member_changes.of_member(work, ids[2])["sessions"] == []


OPEN = """
[[dimension]]
key = "tongue"
names = {es = "Idioma de trabajo", en = "Working language", pt = "Idioma de trabalho"}
list = "open"
category = [{key = "es", names = {es = "Español", en = "Spanish", pt = "Espanhol"}, aliases = ["castellano"]}]
"""


def test_a_category_of_an_open_list_is_written_and_taken_once(
    settings: Settings, bench: Bench, ids: list[int], staff_visitor: Visitor
) -> None:
    """A name or another spelling is the category that there is; what is no word of a list is refused."""
    with added(settings, OPEN):
        assert refused(bench, ids, "category_tongue", "¿?") == "members.bulk_written"
        assert refused(bench, ids, "category_tongue", "x" * 61) == "members.bulk_written"
        for some, written, kept in (
            (ids[:2], "Castellano", "es"),
            (ids[2:4], "Quechua", "Quechua"),
            (ids[4:], "QUECHUA", "Quechua"),
        ):
            does(bench, some, "category_tongue", written)
            assert {lines(bench)[each][2]["tongue"] for each in some} == {kept}
        page = f"{LIST}/bulk?act=category_tongue&o={ids[0]}&o={ids[2]}"
        shown = staff_visitor.get(page).text
        assert 'name="value"' in shown
        assert "<select" not in shown.partition('class="form"')[2].partition("</form>")[0]
        sent = {"act": "category_tongue", "o": [str(ids[0]), str(ids[2])], "value": "Aymara"}
        assert staff_visitor.submit(page, sent, to=f"{LIST}/bulk").status_code == 303
        assert lines(bench)[ids[2]][2]["tongue"] == "Aymara"
