"""The secretariat decides about proposed themes: what was seen is what is decided, and can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from consulta.core.problems import Problem
from consulta.core.texts import NOTHING, Text
from consulta.rounds import service as rounds
from consulta.themes import proposals, review
from consulta.themes.review import PartCommand
from tests.drafts import KEY, do, refuses, round_command, writing
from tests.platform.mailer.desk import messages
from tests.themes.review.story import (
    WHY,
    admit,
    desk,
    merge,
    one,
    over,
    proposed,
    proposing,
    said,
    seen,
    undo,
)

if TYPE_CHECKING:
    from consulta.platform.work import Bench

OTHER = "2027-2"


def test_a_proposal_is_admitted_and_the_admission_taken_back(either: Bench) -> None:
    proposing(either, "PE", "MX")
    number = proposed(either, 0)
    admit(either, number)
    found = one(either, number)
    assert (found.proposal.state, review.undo_kind(found.proposal)) == ("admitted", "admitted")
    assert undo(either, number) == "admitted"
    found = one(either, number)
    assert (found.proposal.state, review.undo_kind(found.proposal)) == ("submitted", "")
    assert [step.kind for step in found.proposal.events] == ["submitted", "admitted", "undone"]


def test_deciding_twice_is_refused_also_by_two_secretaries_at_once(either: Bench) -> None:
    proposing(either, "PE")
    number = proposed(either, 0)
    version = seen(either, number)
    do(either, review.admit, KEY, number, version)
    refuses(either, "theme_review.changed", review.decline, KEY, number, version, said("Ya se trató."))
    refuses(either, "theme_review.changed", review.admit, KEY, number, version)
    version = seen(either, number)
    refuses(either, "theme_proposal.decided", review.admit, KEY, number, version)
    assert one(either, number).proposal.state == "admitted"


def test_what_its_organisation_changed_meanwhile_is_not_decided_unseen(bench: Bench) -> None:
    proposing(bench, "PE")
    number = proposed(bench, 0)
    version = seen(bench, number)
    version_before = version
    do(bench, review.reword, KEY, number, version, "Regularización laboral", WHY, (5,))
    refuses(bench, "theme_review.changed", review.admit, KEY, number, version_before)


def test_declining_needs_a_reason_in_the_first_language(bench: Bench) -> None:
    proposing(bench, "PE")
    number = proposed(bench, 0)
    version = seen(bench, number)
    for reason in (NOTHING, said("  \n"), Text({"en": "Too late."})):
        refuses(bench, "theme_review.reason", review.decline, KEY, number, version, reason)
    refuses(bench, "theme_review.reason_long", review.decline, KEY, number, version, said("x" * 501))
    assert one(bench, number).proposal.state == "submitted"
    do(bench, review.decline, KEY, number, version, said("Ya se trató en 2025."))
    assert one(bench, number).proposal.reason == said("Ya se trató en 2025.")
    undo(bench, number)
    assert one(bench, number).proposal.reason == NOTHING


# -- a question


def test_a_question_goes_by_mail_and_its_answer_stands_beside_it(bench: Bench) -> None:
    proposing(bench, "PE")
    number = proposed(bench, 0)
    version = seen(bench, number)
    refuses(bench, "theme_review.question", review.ask, KEY, number, version, " ")
    do(bench, review.ask, KEY, number, version, "¿A qué países se refiere?")
    found = one(bench, number)
    assert (found.proposal.state, found.proposal.question) == ("returned", "¿A qué países se refiere?")
    (message,) = messages(bench, "theme_question")
    assert message.facts["question"] == "¿A qué países se refiere?"
    assert message.token
    assert undo(bench, number) == "returned"
    assert (one(bench, number).proposal.state, one(bench, number).proposal.question) == ("submitted", "")


def test_an_organisation_that_no_mail_reaches_is_asked_nothing(bench: Bench) -> None:
    proposing(bench, "PE")
    number = proposed(bench, 0)
    version = seen(bench, number)
    with writing(bench) as work:
        for row in proposals.rows_of(work.session, 1):
            for contact in row.organisation.contacts:
                contact.bounced_at = work.now
    refuses(bench, "theme_review.unreachable", review.ask, KEY, number, version, "¿A qué países?")
    assert one(bench, number).proposal.state == "submitted"


# -- merging


def test_a_merge_of_a_merge_is_flat_and_keeps_its_trace(either: Bench) -> None:
    proposing(either, "PE", "MX", "JM", "PE")
    first, second, third = (
        proposed(either, 0, "Uno", (3,)),
        proposed(either, 1, "Dos", (0, 3)),
        proposed(either, 2, "Tres"),
    )
    merge(either, [first], second)
    merge(either, [second], third)
    shown = {each.proposal.number: each for each in desk(either).proposals}
    assert (shown[first].into, shown[first].end) == (second, third), "by way of the second"
    assert shown[third].merged == (first, second)
    behind = shown[third].backing
    assert (behind.organisations, behind.subregions) == (4, 3), "each organisation is counted once"
    assert undo(either, second) == "merged"
    shown = {each.proposal.number: each for each in desk(either).proposals}
    assert (shown[first].end, shown[second].proposal.state) == (second, "submitted")
    assert shown[third].backing.organisations == 1


def test_merging_into_one_that_is_merged_goes_where_that_one_went(bench: Bench) -> None:
    proposing(bench, "PE", "MX", "JM")
    first, second, third = (proposed(bench, place, f"Tema {place}") for place in range(3))
    merge(bench, [first], second)
    merge(bench, [third], first)
    found = one(bench, third)
    assert (found.into, found.end) == (second, second)
    details = found.proposal.events[-1].details
    assert details["asked"] != details["into"], "what was asked is kept"


def test_a_proposal_is_not_merged_into_itself_nor_in_a_circle(bench: Bench) -> None:
    proposing(bench, "PE", "MX")
    first, second = proposed(bench, 0, "Uno"), proposed(bench, 1, "Dos")
    with pytest.raises(Problem, match=r"theme_review\.itself"):
        merge(bench, [first], first)
    merge(bench, [first], second)
    with pytest.raises(Problem, match=r"theme_review\.itself"):
        merge(bench, [second], first)


def test_nothing_is_merged_across_rounds_nor_into_what_is_declined(bench: Bench) -> None:
    proposing(bench, "PE", "MX")
    do(bench, rounds.create_round, round_command(key=OTHER))
    here = proposed(bench, 0, "Uno")
    proposed(bench, 0, "Dos", key=OTHER)
    there = proposed(bench, 1, "Tres", key=OTHER)
    with pytest.raises(Problem, match=r"theme_review\.target"):
        merge(bench, [here], there)
    refuses(bench, "theme_proposal.unknown", review.merge, KEY, {there: 1}, here)
    other = proposed(bench, 1, "Cuatro")
    version = seen(bench, other)
    do(bench, review.decline, KEY, other, version, said("No."))
    with pytest.raises(Problem, match=r"theme_review\.target"):
        merge(bench, [here], other)
    with pytest.raises(Problem, match=r"theme_review\.alone"):
        merge(bench, [], here)


# -- splitting


PARTS = (PartCommand("Salud", WHY, (15,)), PartCommand("Educación", WHY, (15, 16)))


def test_a_split_leaves_parts_with_the_organisations_of_the_whole(either: Bench) -> None:
    proposing(either, "PE", "MX")
    number = proposed(either, 0, "Salud y educación", (1,))
    version = seen(either, number)
    parts = do(either, review.split, KEY, number, version, PARTS)
    found = one(either, number)
    assert (found.proposal.state, found.parts) == ("split", parts)
    assert [one(either, part).backing.organisations for part in parts] == [2, 2]
    assert undo(either, number) == "split"
    shown = desk(either).proposals
    assert [(each.proposal.number, each.proposal.state) for each in shown] == [(number, "submitted")]


def test_a_split_into_one_is_refused(bench: Bench) -> None:
    proposing(bench, "PE")
    number = proposed(bench, 0)
    version = seen(bench, number)
    for parts in (PARTS[:1], (), PARTS * 3):
        refuses(bench, "theme_review.parts", review.split, KEY, number, version, parts)
    refuses(bench, "theme_review.parts_alike", review.split, KEY, number, version, (PARTS[0], PARTS[0]))
    refuses(
        bench, "theme.choose", review.split, KEY, number, version, (PARTS[0], PartCommand("Otro", WHY, (24,)))
    )
    assert len(desk(bench).proposals) == 1


def test_a_split_is_not_taken_back_once_a_part_is_decided(bench: Bench) -> None:
    proposing(bench, "PE")
    number = proposed(bench, 0)
    version = seen(bench, number)
    parts = do(bench, review.split, KEY, number, version, PARTS)
    admit(bench, parts[0])
    with pytest.raises(Problem, match=r"theme_review\.parts_touched"):
        undo(bench, number)
    undo(bench, parts[0])
    assert undo(bench, number) == "split"


# -- words


def test_a_translation_is_marked_and_goes_stale_with_the_words(bench: Bench) -> None:
    proposing(bench, "PE")
    number = proposed(bench, 0, "Cuidado de la niñez")
    for language in ("es", "pt", "xx"):
        version = seen(bench, number)
        refuses(
            bench, "theme_review.language", review.translate, KEY, number, version, language, "Title", "Why"
        )
    version = seen(bench, number)
    refuses(
        bench,
        "theme_review.translation",
        review.translate,
        KEY,
        number,
        version,
        "en",
        "Care of children",
        " ",
    )
    do(bench, review.translate, KEY, number, version, "en", "Care of children", "Why it matters.")
    found = one(bench, number)
    assert found.proposal.title.into("en") == "Care of children"
    assert [each.language for each in found.translations] == ["en"]
    assert review.stale(found.proposal) == ()
    version = seen(bench, number)
    do(bench, review.reword, KEY, number, version, "Cuidado de la niñez migrante", WHY, (5, 7))
    found = one(bench, number)
    assert review.stale(found.proposal) == ("en",)
    (change,) = found.changes
    assert "".join(piece.text for piece in change.title if piece.kind != "in") == "Cuidado de la niñez"
    assert "".join(each.text for each in change.title if each.kind != "out") == "Cuidado de la niñez migrante"
    assert change.objectives == ((5,), (5, 7))
    assert undo(bench, number) == "reworded"
    found = one(bench, number)
    assert (found.proposal.title.into("es"), found.proposal.objectives) == ("Cuidado de la niñez", [5])
    assert review.stale(found.proposal) == ()
    assert undo(bench, number) == "translated"
    assert one(bench, number).proposal.title == Text({"es": "Cuidado de la niñez"})


def test_words_that_did_not_change_are_no_step(bench: Bench) -> None:
    proposing(bench, "PE")
    number = proposed(bench, 0, "Tema")
    version = seen(bench, number)
    refuses(bench, "theme_review.same", review.reword, KEY, number, version, " Tema ", WHY, (5,))


# -- when it is over


def test_nothing_is_reviewed_once_the_ballot_is_chosen_or_the_round_is_open(bench: Bench) -> None:
    proposing(bench, "PE", "MX", "JM", rule="secretariat")
    first, second = proposed(bench, 0, "Uno"), proposed(bench, 1, "Dos")
    admit(bench, first)
    over(bench)
    view = desk(bench)
    assert view.choice is not None
    refuses(bench, "theme_review.waiting", review.choose, KEY, view.choice.seen, (first,))
    admit(bench, second)
    view = desk(bench)
    assert view.choice is not None
    do(bench, review.choose, KEY, view.choice.seen, (first,), {second: said("Se trató en 2025.")})
    version = seen(bench, first)
    for act in (review.undo, review.admit):
        refuses(bench, "theme_review.chosen", act, KEY, first, version)
    with writing(bench) as work:
        found = rounds.hold(work, KEY)
        found.state = "open"
        found.opened_at = work.now
    for act in (review.undo, review.admit):
        refuses(bench, "round.frozen", act, KEY, first, version)
    refuses(bench, "round.frozen", review.take_back, KEY)
