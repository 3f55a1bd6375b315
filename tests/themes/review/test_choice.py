"""What goes on the ballot: by the frozen rule, compared with a slow count, or by choice, with reasons."""

from __future__ import annotations

import random  # noqa: TID251 - invented proposals, the same for one seed
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.platform.data import catalogue
from consulta.platform.models import Organisation, Theme, ThemeProposal
from consulta.rounds import themes
from consulta.themes import proposals, review
from tests.drafts import KEY, do, refuses, theme_command, writing
from tests.drafts import reading as looking
from tests.themes.review.story import (
    add,
    admit,
    desk,
    merge,
    one,
    over,
    proposed,
    proposing,
    said,
    seen,
)

if TYPE_CHECKING:
    from consulta.platform.work import Bench, Work
    from consulta.themes.review import Choice

COUNTRIES = ("PE", "MX", "JM", "CO", "GT", "TT", "AR", "PA", "CU", "BR")


def would_be(bench: Bench) -> Choice:
    found = desk(bench).choice
    assert found is not None
    return found


def choose(bench: Bench, *taken: int, **reasons: str) -> int:
    """Choose what is shown; reasons by `n3`."""
    seen_now = would_be(bench).seen
    words = {int(name[1:]): said(text) for name, text in reasons.items()}
    return do(bench, review.choose, KEY, seen_now, taken, words)


def on_ballot(bench: Bench) -> list[tuple[str, dict[str, int]]]:
    with looking(bench) as work:
        view = themes.list_themes(work, KEY)
        return [(each.title.into("es"), dict(each.backing)) for each in view.themes]


@pytest.mark.deep
def test_the_most_supported_with_spread_go_on_the_ballot_and_say_from_whom(either: Bench) -> None:
    proposing(either, *COUNTRIES, themes=2, subregions=2)
    do(either, themes.save_theme, KEY, theme_command(1))
    wide = proposed(either, 0, "Amplio", (1, 2))
    alone = proposed(either, 3, "De una subregión", (6, 9, 0))
    most = proposed(either, 4, "Más apoyado", (5, 1, 8))
    late = proposed(either, 7, "Sin lugar", (2, 0))
    admit(either, wide, alone, most, late)
    over(either)
    assert [(each.number, each.why) for each in would_be(either).placed] == [
        (most, "taken"),
        (wide, "taken"),
        (late, "tie"),
        (alone, "spread"),
    ]
    assert choose(either) == 2
    titles = on_ballot(either)
    assert titles[1:] == [
        ("Más apoyado", {"organisations": 4, "subregions": 2}),
        ("Amplio", {"organisations": 3, "subregions": 3}),
    ]
    assert titles[0][1] == {}, "no member proposed it"
    assert one(either, most).theme is not None
    kept = would_be(either)
    assert kept.at is not None
    assert [each.why for each in kept.placed] == ["taken", "taken", "tie", "spread"]


def test_the_choice_is_taken_back_whole_and_a_theme_of_members_is_not_removed_alone(either: Bench) -> None:
    proposing(either, "PE", "MX", "JM", themes=5, subregions=1)
    first = proposed(either, 0, "Uno", (1,))
    admit(either, first)
    over(either)
    choose(either)
    with writing(either) as work:
        (theme,) = work.session.scalars(select(Theme))
        key = theme.key
    refuses(either, "theme.proposed", themes.delete_theme, KEY, key)
    do(either, themes.save_theme, KEY, themes.ThemeCommand(Text({"es": "Uno, editado"}), Text(), (5,)), key)
    assert on_ballot(either) == [("Uno, editado", {"organisations": 2, "subregions": 2})]
    with pytest.raises(Problem, match=r"theme_review\.chosen"):
        choose(either)
    with writing(either) as work:
        assert review.take_back(work, KEY) == 1
    assert on_ballot(either) == []
    assert one(either, first).theme is None
    refuses(either, "theme_review.not_chosen", review.take_back, KEY)
    assert choose(either) == 1


def test_the_secretariat_gives_a_reason_for_each_that_it_does_not_take(bench: Bench) -> None:
    proposing(bench, "PE", "MX", "JM", rule="secretariat", themes=2)
    first, second, third = proposed(bench, 0, "Uno"), proposed(bench, 1, "Dos", (0, 2)), proposed(bench, 2)
    admit(bench, first, second, third)
    over(bench)
    with pytest.raises(Problem, match=r"theme_review\.not_taken"):
        choose(bench, first, third)
    with pytest.raises(Problem, match=r"theme_review\.many"):
        choose(bench, first, second, third)
    for nothing in ((), (99,)):
        with pytest.raises(Problem, match=r"theme_review\.take"):
            choose(bench, *nothing)
    assert choose(bench, first, third, n2="Se trató en 2025.") == 2
    assert one(bench, second).proposal.not_taken == said("Se trató en 2025.")
    assert [(each.number, each.why) for each in would_be(bench).placed] == [
        (first, "chosen"),
        (third, "chosen"),
        (second, "declined"),
    ]
    do(bench, review.take_back, KEY)
    assert one(bench, second).proposal.not_taken == Text()


def test_what_was_seen_is_what_is_chosen(bench: Bench) -> None:
    proposing(bench, "PE", "MX", themes=5, subregions=1)
    first, second = proposed(bench, 0, "Uno"), proposed(bench, 1, "Dos")
    admit(bench, first, second)
    over(bench)
    before = would_be(bench).seen
    merge(bench, [first], second)
    refuses(bench, "theme_review.changed_any", review.choose, KEY, before)
    assert on_ballot(bench) == []


def test_nothing_is_chosen_while_members_propose_or_where_none_is_admitted(bench: Bench) -> None:
    proposing(bench, "PE", "MX", themes=5, subregions=1)
    number = proposed(bench, 0, "Uno")
    admit(bench, number)
    with pytest.raises(Problem, match=r"theme_review\.phase_on"):
        choose(bench)
    over(bench)
    version = seen(bench, number)
    do(bench, review.undo, KEY, number, version)
    version = seen(bench, number)
    do(bench, review.decline, KEY, number, version, said("No."))
    with pytest.raises(Problem, match=r"theme_review\.no_admitted"):
        choose(bench)


def test_a_proposal_in_another_language_is_translated_before_it_goes_on(bench: Bench) -> None:
    proposing(bench, "BR", "PE", themes=5, subregions=1)
    number = proposed(bench, 0, "Cuidado das crianças", language="pt")
    admit(bench, number)
    over(bench)
    with pytest.raises(Problem) as refused:
        choose(bench)
    assert (refused.value.code, refused.value.params) == ("theme_review.untranslated", {"numbers": "1"})
    version = seen(bench, number)
    do(bench, review.translate, KEY, number, version, "es", "Cuidado de la niñez", "Porque sí.")
    assert choose(bench) == 1


def test_where_votes_have_no_names_few_organisations_are_told_as_fewer(bench: Bench) -> None:
    proposing(bench, *COUNTRIES, secrecy="aggregate", themes=5, subregions=1)
    few, many = proposed(bench, 0, "De pocas", (1,)), proposed(bench, 2, "De muchas", (0, 1, 3, 4, 5))
    admit(bench, few, many)
    over(bench)
    choose(bench)
    assert on_ballot(bench) == [
        ("De muchas", {"organisations": 6, "subregions": 3}),
        ("De pocas", {"fewer": 5}),
    ]


# -- against a slow count


def _slowly(work: Work, number: int) -> tuple[int, int]:
    """Count who stands behind a proposal by asking of each organisation whether it leads there."""
    rows = {row.id: row for row in proposals.rows_of(work.session, 1)}

    def reaches(row: ThemeProposal) -> bool:
        if row.number == number:
            return True
        parts = [each for each in rows.values() if each.part_of_id == row.id]
        ways = parts + ([rows[row.into_id]] if row.into_id else [])
        return any(reaches(each) for each in ways)

    behind = set()
    for organisation in work.session.scalars(select(Organisation)):
        for row in rows.values():
            supports = any(each.organisation_id == organisation.id for each in row.supports)
            if (row.organisation_id == organisation.id or supports) and reaches(row):
                behind.add(organisation)
    regions = {catalogue.subregion_of(each.country) for each in behind}
    return len(behind), len(regions)


def _at_random(bench: Bench, chance: random.Random) -> None:
    """Fourteen proposals with supporters, of which some are merged, some admitted and some declined."""
    with writing(bench) as work:
        rows = []
        for number in range(14):
            by, *others = chance.sample(range(len(COUNTRIES)), chance.randint(1, 5))
            rows.append(add(work, by, f"Tema {number}", others))
        for row in rows:
            open_ones = [each for each in rows if each is not row and each.state in {"submitted", "admitted"}]
            lot = chance.random()
            if lot < 0.35 and open_ones:
                proposals.take_step(work, row, "merged", into=chance.choice(open_ones).id)
            elif lot < 0.9:
                proposals.take_step(work, row, "admitted", reason={})
            else:
                proposals.take_step(work, row, "declined", reason={"es": "No."})


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(6))
def test_counts_and_choice_equal_a_slow_count_on_random_proposals(bench: Bench, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - nobody is to be kept from guessing them
    most, least = chance.randint(2, 6), chance.randint(1, 3)
    proposing(bench, *COUNTRIES, themes=most, subregions=least)
    _at_random(bench, chance)
    over(bench)
    with looking(bench) as work:
        slow = {row.number: _slowly(work, row.number) for row in proposals.rows_of(work.session, 1)}
    for each in desk(bench).proposals:
        behind = each.backing
        assert (behind.organisations, behind.subregions) == slow[each.proposal.number]
        assert sum(behind.by_subregion.values()) == behind.organisations
    admitted = [each.proposal.number for each in desk(bench).proposals if each.proposal.state == "admitted"]
    wide = [number for number in admitted if slow[number][1] >= least]
    wide.sort(key=lambda number: number)
    wide.sort(key=lambda number: slow[number], reverse=True)
    assert [each.number for each in would_be(bench).placed if each.why == "taken"] == wide[:most]
    if wide:
        assert choose(bench) == len(wide[:most])
        assert [title for title, _backing in on_ballot(bench)] == [
            f"Tema {number - 1}" for number in wide[:most]
        ]
    else:
        assert choose(bench) == 0
