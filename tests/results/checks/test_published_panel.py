"""The published panel in the archive: what it says, that it says nothing of people, and forgeries of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from consulta.core.panel import published
from consulta.core.values import PanelRules, Quota, Share
from consulta.panel import public_panel, trials
from consulta.panel import service as panels
from consulta.panel.trials import Change
from consulta.platform.models import Nominee, Round
from consulta.platform.work import COMMAND
from consulta.shell.cli import main
from tests.cases import for_each
from tests.factories import build_nominee
from tests.lived import once
from tests.results.checks.forging import Files, chain_again, edit_json, row_of, rows_of, sum_again, tell
from tests.results.checks.published import KEY, PUBLISHED, STAFF, archive_of, live, unpacked, verify
from tests.texts import both

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from consulta.platform.work import Bench

SEATED = "Published panel"
PEOPLE = (
    ("p1", "gov_national", "PE", "woman"),
    ("p2", "gov_national", "JM", "man"),
    ("p3", "gov_local", "MX", "woman"),
    ("p4", "mechanism", "CO", "non_binary"),
    ("p5", "mechanism", "JM", "no_answer"),
    ("p6", "mechanism", "GT", "man"),
    ("p7", "mechanism", "BB", "woman"),
    ("p8", "gov_local", "BR", "man"),
)
RULES = PanelRules(
    size=4,
    roles={"gov_national": (1, 2), "gov_local": (0, 1), "mechanism": (1, 3)},
    quotas=(
        Quota("subregion", "caribbean", 1, 3),
        Quota("gender", "woman", 1),
        Quota("sector", "ngo", 1, hard=False),
    ),
    shares=(
        Share("gender", "woman", 250, ("woman", "man")),
        Share("subregion", "caribbean", 100, ("caribbean", "south_america")),
    ),
    at_most={"organisation": 1, "country": 2, "subregion": 3},
    mixed=("gender", "subregion"),
)


@once
def seated(
    bench: Bench, secrecy: str = "pseudonymous", *, by_hand: bool = False, rules: PanelRules | None = None
) -> None:
    """A published round whose panel of four was published too."""
    live(bench, secrecy)
    seat_four(bench, by_hand=by_hand, rules=rules)


def seat_four(
    bench: Bench, *, by_hand: bool = False, rules: PanelRules | None = None, at: datetime = PUBLISHED
) -> None:
    """Choose and publish the panel of four of a published round."""
    with bench.work(STAFF, at) as work:
        a_round = work.session.scalars(select(Round).where(Round.key == KEY)).one()
        for number, (key, role, country, gender) in enumerate(PEOPLE):
            build_nominee(
                work.session,
                a_round,
                key,
                name=f"Persona {key}",
                organisation=f"Casa {key}",
                role=role,
                country=country,
                gender=gender,
                sector="ngo",
                support=5000 - number,
                on_ballot=False,
            )
    with bench.work(STAFF, at) as work:
        assert panels.choose(work, KEY, rules or RULES)
    if by_hand:
        with bench.work(STAFF, at) as work:
            members = {each.key for each in panels.panel_page(work, KEY).decision.members}  # type: ignore[union-attr]
            out, into = min(members), min({each[0] for each in PEOPLE} - members)
            trials.change(work, KEY, 1, Change("swap", out, into))
            trials.decide(work, KEY, 1, "Por una razón.")
    with bench.work(STAFF, at) as work:
        panels.publish_panel(work, KEY)


def seat_others(bench: Bench) -> None:
    """Publish a panel with another person in the place of that of four."""
    with bench.work(STAFF, PUBLISHED) as work:
        members = {each.key for each in panels.panel_page(work, KEY).decision.members}  # type: ignore[union-attr]
        out, into = min(members), min({each[0] for each in PEOPLE} - members)
        trials.change(work, KEY, 1, Change("swap", out, into))
        trials.decide(work, KEY, 1, "Por una razón.")
    with bench.work(COMMAND, PUBLISHED) as work:
        panels.publish_panel(work, KEY, reason=both("Persona p1 iba en lugar de otra.", "p1 was meant."))


def panel_of(files: Files) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(files["panel.json"])
    return told


@pytest.mark.deep
@pytest.mark.parametrize("complete", [False, True])
@pytest.mark.parametrize("secrecy", ["open", "pseudonymous", "aggregate"])
def test_an_archive_has_the_published_panel_and_is_verified(
    bench: Bench, secrecy: str, complete: bool
) -> None:
    seated(bench, secrecy)
    files = unpacked(archive_of(bench, complete=complete))
    status, said = verify(files)
    assert status == 0, said
    assert (
        "[yes] Published panel: places and rows of its rules: 4 places; 8 rows counted again; 3 only" in said
    )
    assert json.loads(files["archive.json"])["format"] == "consulta-archive/3"
    assert published.difference(panel_of(files)) is None


@pytest.mark.parametrize("complete", [False, True])
def test_a_rule_about_governments_most_named_is_one_of_those_of_which_nothing_is_told(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, complete: bool
) -> None:
    named = [{"rank": 1, "kind": "n", "code": "XX", "name": "", "keys": [""]}]  # that of all nominees
    monkeypatch.setattr("consulta.vote.answers.most_named", lambda *_: named)
    rule = Quota("most_named_5", "yes", 1)
    seated(bench, rules=replace(RULES, quotas=(*RULES.quotas, rule)))
    files = unpacked(archive_of(bench, complete=complete))
    status, said = verify(files)
    assert status == 0, said
    assert panel_of(files)["untold"] == 4
    assert "most_named" not in files["panel.json"].decode()


@pytest.mark.deep
@pytest.mark.parametrize("by_hand", [False, True])
def test_it_says_what_the_page_says_and_nothing_of_people(bench: Bench, by_hand: bool) -> None:
    seated(bench, by_hand=by_hand)
    files = unpacked(archive_of(bench))
    told, text = panel_of(files), files["panel.json"].decode()
    with bench.read(STAFF, PUBLISHED) as work:
        page = public_panel.published_panel(work, KEY)
        a_round = work.session.scalars(select(Round).where(Round.key == KEY)).one()
        assert page.chance.committed_at == a_round.opened_at != a_round.created_at
    roles = [each.role for each in page.seats]
    assert roles == sorted(roles, key=("gov_national", "gov_local", "mechanism").index)
    assert sorted((each.role, each.codes["subregion"]) for each in page.seats) == [
        (place["role"], place["subregion"]) for place in told["places"]
    ]
    for word in ("gender", "woman", "binary", "no_answer", "Persona", "Casa", *(each[0] for each in PEOPLE)):
        assert word not in text
    assert told["untold"] == len(page.gender) == 3
    assert (told["decided"], told["held"]) == (by_hand, False)
    assert told["support"]["percent"] == page.support.percent  # type: ignore[union-attr]
    assert verify(files)[0] == 0


@pytest.mark.parametrize(
    ("attribute", "value", "told"), [("gender", "woman", False), ("sector", "academia", True)]
)
def test_support_is_left_out_where_a_wish_about_gender_is_missed_alone(
    bench: Bench, attribute: str, value: str, told: bool
) -> None:
    seated(bench, rules=replace(RULES, quotas=(*RULES.quotas, Quota(attribute, value, 4, hard=False))))
    assert (panel_of(unpacked(archive_of(bench)))["support"] is not None) is told


def test_genders_change_nothing_of_it_but_what_the_page_says(bench: Bench) -> None:
    """The same people of other genders, all rules met: byte for byte the same file."""
    seated(bench)
    before = unpacked(archive_of(bench))["panel.json"]
    with bench.work(STAFF, PUBLISHED) as work:
        work.session.execute(update(Nominee).where(Nominee.gender == "non_binary").values(gender="woman"))
    with bench.work(STAFF, PUBLISHED) as work:
        work.session.expire_all()
        panels.publish_panel(work, KEY)
    assert unpacked(archive_of(bench))["panel.json"] == before


def test_an_archive_without_a_published_panel_stays_as_it_was(files: Files) -> None:
    assert "panel.json" not in files
    assert "panel" not in json.loads(files["archive.json"])["parts"]


@pytest.fixture
def with_panel(bench: Bench) -> Files:
    seated(bench)
    return unpacked(archive_of(bench))


def forged(files: Files, change: Callable[[dict[str, Any]], object]) -> Files:
    """A panel changed, in the log and every head too: only what it says itself can tell."""
    told = panel_of(files)
    change(told)
    rows = rows_of(files)
    tell(row_of(rows, "panel.published"), panel=told)
    text = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
    again = {**files, "panel.json": text.encode()}
    content = chain_again(again, rows)
    heads = content["heads.txt"].decode().splitlines()
    assert heads
    return sum_again(content)


def at(row: str, **values: object) -> Callable[[dict[str, Any]], object]:
    return lambda told: next(each for each in told["rows"] if each["row"] == row).update(values)


FORGERIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "a place more": lambda told: told["places"].append(dict(told["places"][-1])),
    "a place less": lambda told: told["places"].pop(),
    "another role": lambda told: told["places"][0].update(role="mechanism"),
    "another subregion": lambda told: [place.update(subregion="caribbean") for place in told["places"]],
    "another order": lambda told: told["places"].reverse(),
    "a gender": lambda told: told["places"][0].update(gender="woman"),
    "a name": lambda told: told["places"][0].update(name="Persona p1"),
    "no places": lambda told: told.update(places=[]),
    "a row about gender": lambda told: told["rows"].append(
        {**told["rows"][0], "row": "mixed[0]", "kind": "mixed", "attribute": "gender", "asked": "2+"}
    ),
    "more met": at("quotas[0]", met=3),
    "a row missed": at("roles.mechanism", ok=False, missing=1),
    "another minimum": at("quotas[0]", asked="4-4"),
    "an unheard minimum": at("quotas[2]", asked="9+"),
    "a cap that always holds": at("at_most.organisation", asked="0-9", ok=False),
    "a count of what is not told": at("at_most.country", met=1),
    "ok is no word": at("at_most.country", ok="yes"),
    "hard is no word": at("at_most.country", hard=1),
    "a size": lambda told: told.update(size=5),
    "no row of the size": lambda told: told["rows"].pop(0),
    "a row twice": lambda told: told["rows"].append(told["rows"][-1]),
    "a kind that there is not": at("at_most.country", kind="at_least"),
    "a kind of place that there is not": at("mixed[1]", kind="at_least"),
    "a part of others": at("shares[1]", of=["caribbean"], missing=1),
    "support above the best": lambda told: told.update(support={"percent": 101, "more": False}),
    "support below the best": lambda told: told.update(support={"percent": 97, "more": False}),
    "support and more": lambda told: told.update(support={"percent": 97, "more": True}),
    "support in figures": lambda told: told.update(support={"percent": 100, "more": False, "sum": 12}),
    "nothing told of rows left out": lambda told: told.pop("untold"),
    "less than none left out": lambda told: told.update(untold=-1),
    "decided perhaps": lambda told: told.update(decided=None),
    "held perhaps": lambda told: told.update(held="no"),
    "another round": lambda told: told.update(round="2031-1"),
    "another version": lambda told: told.update(version=2),
    "a version that is no number": lambda told: told.update(version=True),
    "another format": lambda told: told.update(format="consulta-panel/1"),
    "another topic": lambda told: told.update(topics=["tema_numero_5", "tema_numero_4"]),
    "another field": lambda told: told.update(members=["p1"]),
}


@for_each("name", FORGERIES)
def test_forgeries_that_the_log_agrees_with_are_found(with_panel: Files, name: str) -> None:
    status, said = verify(forged(with_panel, FORGERIES[name]))
    assert status == 1, name
    assert f"[NO] {SEATED}" in said, said


def test_a_forger_who_changes_nothing_is_not_found(with_panel: Files) -> None:
    status, said = verify(forged(with_panel, lambda _: None))
    assert status == 0, said


def test_a_panel_that_is_not_that_of_the_log_is_found(with_panel: Files) -> None:
    status, said = verify(edit_json(with_panel, "panel.json", FORGERIES["another subregion"]))
    assert status == 1, said


def test_the_panel_cannot_be_left_out_or_put_in(with_panel: Files, files: Files) -> None:
    less = {name: content for name, content in with_panel.items() if name != "panel.json"}
    assert verify(sum_again(less))[0] == 1
    without = edit_json(sum_again(less), "archive.json", lambda about: about.pop("parts"))
    assert verify(without)[0] == 1
    none = edit_json(sum_again(less), "archive.json", lambda about: about.update(parts=[]))
    assert verify(none)[0] == 1
    assert verify(sum_again({**files, "panel.json": with_panel["panel.json"]}))[0] == 1


def test_a_part_that_the_verifier_does_not_know_is_refused_in_words(with_panel: Files) -> None:
    files = edit_json(with_panel, "archive.json", lambda about: about["parts"].append("voices"))
    status, said = verify(files)
    assert status == 1
    assert "archive.json is of a version that this program does not know: voices (it knows panel" in said


def test_the_command_counts_its_rows_too(with_panel: Files, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    folder.mkdir()
    for name, content in with_panel.items():
        (folder / name).write_bytes(content)
    done = CliRunner().invoke(main, ["verify", str(folder)])
    assert done.exit_code == 0, done.output
    assert done.output.endswith("verified\n")
    told = panel_of(with_panel)
    next(row for row in told["rows"] if row["row"] == "quotas[0]")["met"] += 1
    assert published.difference(told) == "rows[4].met"


@pytest.mark.deep
def test_a_replaced_panel_is_verified_and_a_forged_order_of_versions_is_refused(bench: Bench) -> None:
    seated(bench)
    former = unpacked(archive_of(bench))["panel.json"]
    seat_others(bench)
    files = unpacked(archive_of(bench))
    status, said = verify(files)
    assert status == 0, said
    assert panel_of(files)["version"] == 2
    assert "p1" not in files["log.jsonl"].decode(), "the reason is not in an archive"
    assert verify(sum_again({**files, "panel.json": former}))[0] != 0
    for replaces in (0, 2, "1", True, None):
        rows = rows_of(files)
        last = [row for row in rows if row.get("action") == "panel.published"][-1]
        tell(last, replaces=replaces)
        status, said = verify(sum_again(chain_again(files, rows)))
        assert (status, "replaces" in said) == (1, True), said
