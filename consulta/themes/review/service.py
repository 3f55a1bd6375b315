"""The secretariat decides about proposed themes: admits, asks, declines, merges, splits, translates, rewords.

Each act takes the version of the proposal that was seen, the number of its last step, and is refused where
the proposal has taken another since. All is possible while the round is a draft and nothing was chosen for
its ballot; until then each act can be taken back, the last one first. A step stays in the log and among the
steps of the proposal, also one that was taken back.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from consulta.core.problems import Problem, or_problem
from consulta.core.texts import NOTHING, Text
from consulta.core.typed import to_plain
from consulta.platform.access import require
from consulta.platform.mailer import news as mailer_news
from consulta.platform.models import ThemeProposal
from consulta.platform.texts import line, paragraphs
from consulta.rounds.service import draft, subject
from consulta.themes.proposals import links, queries, rules, trail
from consulta.themes.proposals.rules import ThemeProposalCommand
from consulta.themes.proposals.service import new_reference
from consulta.themes.proposals.trail import Wording

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.platform.models import Round, ThemeProposalEvent
    from consulta.platform.work import Work
    from consulta.themes.review.values import PartCommand

QUESTION = "theme_question"  # the kind of mail that asks
REASON_MAX = 500
QUESTION_MAX = 500
TITLE_MAX, WHY_MAX = 200, 800  # of a translation, which may be longer than what it translates
FEWEST_PARTS, MOST_PARTS = 2, 4
UNDOABLE = frozenset({"returned", "admitted", "declined", "merged", "split", "translated", "reworded"})


def admit(work: Work, round_key: str, number: int, version: int, reason: Text = NOTHING) -> None:
    """Admit a proposal as a candidate for the ballot; a reason may be given.

    Problems: those of `_seen`, `theme_proposal.decided`, `theme_review.reason_long`.
    """
    found, row = _seen(work, round_key, number, version)
    said = _reason(work, reason, needed=False)
    row.reason = said
    trail.take(work, row, "admitted", reason=dict(said))
    _record(work, found, "theme_review.admitted", row)


def decline(work: Work, round_key: str, number: int, version: int, reason: Text) -> None:
    """Decline a proposal with a reason, which is published.

    Problems: those of `_seen`, `theme_proposal.decided`, `theme_review.reason`, `theme_review.reason_long`.
    """
    found, row = _seen(work, round_key, number, version)
    said = _reason(work, reason, needed=True)
    row.reason = said
    trail.take(work, row, "declined", reason=dict(said))
    _record(work, found, "theme_review.declined", row)


def ask(work: Work, round_key: str, number: int, version: int, question: str) -> None:
    """Return a proposal to its organisation with a question, by a mail with the link to answer.

    Problems: those of `_seen`, `theme_proposal.decided`, `theme_review.question`, `theme_review.unreachable`.
    """
    found, row = _seen(work, round_key, number, version)
    said = paragraphs(question)
    if not 1 <= len(said) <= QUESTION_MAX:
        raise Problem("theme_review.question", most=QUESTION_MAX)
    sent_in = [row.contact] if row.contact is not None else []
    contact, _why = mailer_news.reader(row.organisation, sent_in)
    if contact is None:
        raise Problem("theme_review.unreachable", organisation=row.organisation.name)
    row.question, row.answer = said, ""
    trail.take(work, row, "returned", question=said)
    links.write(work, found, [contact], QUESTION, {"proposal": row.number, "question": said})
    _record(work, found, "theme_review.returned", row)


def merge(work: Work, round_key: str, chosen: Mapping[int, int], into: int) -> None:
    """Merge proposals, by number with the version seen of each, into another, which keeps its words.

    Where that one is merged itself, they go into the one in which its merges end. What was merged into one
    of them before stays so. Problems: those of `_seen`, `theme_proposal.decided`, `theme_review.alone`
    (nothing to merge), `theme_review.itself`, `theme_review.target` (no such proposal, or it is declined,
    split or taken back).
    """
    found = _reviewed(work, round_key)
    if not chosen:
        raise Problem("theme_review.alone")
    rows = [_at(work, found, number, version) for number, version in sorted(chosen.items())]
    asked = queries.find(work.session, found.id, into)
    target = asked
    while target is not None and target.into_id is not None:
        target = queries.with_id(work.session, target.into_id)
    if target in rows:
        raise Problem("theme_review.itself", number=into)
    if asked is None or target is None or target.state not in trail.WAITING | {"admitted"}:
        raise Problem("theme_review.target")
    for row in rows:
        trail.take(work, row, "merged", into=target.id, asked=asked.id)
    details = {"proposals": [row.number for row in rows], "into": target.number}
    work.record("theme_review.merged", subject(found), details)


def split(
    work: Work,
    round_key: str,
    number: int,
    version: int,
    parts: Sequence[PartCommand],
    reason: Text = NOTHING,
) -> tuple[int, ...]:
    """Replace a proposal by parts, which wait, with the organisations that stand behind the whole.

    Return the numbers of the parts. Problems: those of `_seen`, `theme_proposal.decided`,
    `theme_review.parts` (fewer than two, or more than four), `theme_review.parts_alike`, those of
    `theme_proposals.rules.faults`.
    """
    found, row = _seen(work, round_key, number, version)
    if not FEWEST_PARTS <= len(parts) <= MOST_PARTS:
        raise Problem("theme_review.parts", least=FEWEST_PARTS, most=MOST_PARTS)
    said = [
        rules.cleaned(
            ThemeProposalCommand(
                row.language,
                part.title,
                part.why,
                part.objectives,
                tuple(row.countries),
                tuple(row.populations),
            )
        )
        for part in parts
    ]
    for part in said:
        for problem in rules.faults(part):
            raise problem
    if len({part.title.casefold() for part in said}) < len(said):
        raise Problem("theme_review.parts_alike")
    made = [_part(work, found, row, part) for part in said]
    row.reason = _reason(work, reason, needed=False)
    trail.take(work, row, "split", parts=[each.id for each in made], reason=dict(row.reason))
    for each in made:
        trail.take(work, each, "made", part_of=row.id, after=trail.content(each))
    numbers = tuple(each.number for each in made)
    work.record("theme_review.split", subject(found), {"proposal": number, "parts": list(numbers)})
    return numbers


def translate(
    work: Work, round_key: str, number: int, version: int, language: str, title: str, why: str
) -> None:
    """Write the words of a proposal in another language of the installation; marked as a translation.

    Problems: those of `_seen`, `theme_proposal.decided`, `theme_review.language`,
    `theme_review.translation` (a text is missing or too long), `theme_review.same`.
    """
    found, row = _seen(work, round_key, number, version)
    if language not in work.languages or language == row.language:
        raise Problem("theme_review.language")
    said = Wording(line(title), paragraphs(why))
    if not (1 <= len(said.title) <= TITLE_MAX and 1 <= len(said.why) <= WHY_MAX):
        raise Problem("theme_review.translation", title=TITLE_MAX, why=WHY_MAX)
    before = _words(row, language)
    if before == said and not _is_stale(row, language):
        raise Problem("theme_review.same")
    _put_words(row, language, said)
    trail.take(work, row, "translated", language=language, before=to_plain(before), after=to_plain(said))
    _record(work, found, "theme_review.translated", row, language=language)


def reword(
    work: Work, round_key: str, number: int, version: int, title: str, why: str, objectives: tuple[int, ...]
) -> None:
    """Change the words of a proposal in its own language; what its organisation wrote is kept and public.

    Problems: those of `_seen`, `theme_proposal.decided`, `theme_review.same`, those of
    `theme_proposals.rules.faults`.
    """
    found, row = _seen(work, round_key, number, version)
    said = rules.cleaned(
        ThemeProposalCommand(
            row.language, title, why, objectives, tuple(row.countries), tuple(row.populations)
        )
    )
    for problem in rules.faults(said):
        raise problem
    before = replace(_words(row, row.language), objectives=tuple(row.objectives))
    after = Wording(said.title, said.why, said.objectives)
    if before == after:
        raise Problem("theme_review.same")
    _put_words(row, row.language, after)
    row.objectives = list(said.objectives)
    trail.take(work, row, "reworded", language=row.language, before=to_plain(before), after=to_plain(after))
    _record(work, found, "theme_review.reworded", row)


def undo(work: Work, round_key: str, number: int, version: int) -> str:
    """Take back the last act of the secretariat about a proposal, and return its kind.

    Problems: those of `_seen`, `theme_review.nothing` (its organisation has answered since, or there is
    none), `theme_review.parts_touched` (something was done about a part of it since).
    """
    found, row = _seen(work, round_key, number, version)
    last = or_problem(undoable(row), "theme_review.nothing")
    if last.kind == "split":
        _take_parts_back(work, row)
    standing_before = standing(row)[:-1]
    if last.kind in {"translated", "reworded"}:
        said = trail.worded(last)
        _put_words(row, said.language, said.before)
        if said.before.objectives is not None:
            row.objectives = list(said.before.objectives)
    elif last.kind in {"admitted", "declined", "split"}:
        row.reason = NOTHING
    elif last.kind == "returned":
        row.question, row.answer = _asked(standing_before)
    trail.take(work, row, "undone", state=standing_before[-1].state, event=last.id)
    _record(work, found, "theme_review.undone", row, what=last.kind)
    return last.kind


# -- what the neighbouring modules share


def standing(row: ThemeProposal) -> list[ThemeProposalEvent]:
    """Return the steps of a proposal that were not taken back, the oldest first."""
    undone = {trail.told(each).event for each in row.events if each.kind == "undone"}
    return [each for each in row.events if each.kind != "undone" and each.id not in undone]


def undoable(row: ThemeProposal) -> ThemeProposalEvent | None:
    """Return the step of a proposal that can be taken back now; None where there is none."""
    steps = standing(row)
    return steps[-1] if len(steps) > 1 and steps[-1].kind in UNDOABLE else None


def stale(row: ThemeProposal) -> tuple[str, ...]:
    """Return the languages whose translation is older than the last change of the words."""
    return tuple(each for each in row.title if each != row.language and _is_stale(row, each))


# -- parts


def _reviewed(work: Work, round_key: str) -> Round:
    """Return a draft whose ballot is not chosen, locked.

    Problems: `access.denied`, `round.unknown`, `round.frozen`, `theme_review.none`, `theme_review.chosen`.
    """
    require(work, "theme_proposals.review")
    found = draft(work, round_key)
    phase = or_problem(queries.phase(work.session, found.id), "theme_review.none")
    if phase.choice:
        raise Problem("theme_review.chosen")
    return found


def _at(work: Work, found: Round, number: int, version: int) -> ThemeProposal:
    row = queries.find(work.session, found.id, number)
    if row is None or row.state == "withdrawn":
        raise Problem("theme_proposal.unknown")
    if row.events[-1].id != version:
        raise Problem("theme_review.changed", number=number)
    return row


def _seen(work: Work, round_key: str, number: int, version: int) -> tuple[Round, ThemeProposal]:
    """Return a draft and its proposal, as it was seen.

    Problems: those of `_reviewed`, `theme_proposal.unknown`, `theme_review.changed`.
    """
    found = _reviewed(work, round_key)
    return found, _at(work, found, number, version)


def _reason(work: Work, reason: Text, *, needed: bool) -> Text:
    said = reason.map(paragraphs)
    if needed and not said.into(work.languages[0]):
        raise Problem("theme_review.reason", most=REASON_MAX)
    if any(len(words) > REASON_MAX for words in said.values()):
        raise Problem("theme_review.reason_long", most=REASON_MAX)
    return said


def _part(work: Work, found: Round, row: ThemeProposal, said: ThemeProposalCommand) -> ThemeProposal:
    part = ThemeProposal(
        round_id=found.id,
        number=queries.next_number(work.session, found.id),
        reference=new_reference(),
        organisation_id=row.organisation_id,
        contact_id=row.contact_id,
        language=row.language,
        title=Text({row.language: said.title}),
        why=Text({row.language: said.why}),
        objectives=list(said.objectives),
        countries=list(said.countries),
        populations=list(said.populations),
        state="submitted",
        part_of_id=row.id,
        proposed_at=work.now,
    )
    work.session.add(part)
    work.session.flush()
    return part


def _take_parts_back(work: Work, row: ThemeProposal) -> None:
    parts = [each for each in queries.of_round(work.session, row.round_id) if each.part_of_id == row.id]
    live = [part for part in parts if part.state != "withdrawn"]
    if any(len(standing(part)) > 1 or part.supports for part in live):
        raise Problem("theme_review.parts_touched")
    for part in live:
        trail.take(work, part, "withdrawn")


def _words(row: ThemeProposal, language: str) -> Wording:
    return Wording(row.title.get(language, ""), row.why.get(language, ""))


def _put_words(row: ThemeProposal, language: str, said: Wording) -> None:
    row.title = Text({**row.title, language: said.title})
    row.why = Text({**row.why, language: said.why})


def _is_stale(row: ThemeProposal, language: str) -> bool:
    steps = standing(row)
    made = max((each.id for each in steps if _is_translation(each, language)), default=0)
    changed = max((each.id for each in steps if each.kind in {"reworded", "edited", "answered"}), default=0)
    return changed > made


def _is_translation(step: ThemeProposalEvent, language: str) -> bool:
    return step.kind == "translated" and trail.told(step).language == language


def _asked(steps: Sequence[ThemeProposalEvent]) -> tuple[str, str]:
    """Return the last question of these steps, and its answer."""
    question = answer = ""
    for each in steps:
        if each.kind == "returned":
            question, answer = trail.told(each).question, ""
        elif each.kind == "answered":
            answer = trail.told(each).answer
    return question, answer


def _record(work: Work, found: Round, act: str, row: ThemeProposal, **more: Any) -> None:
    work.record(act, subject(found), {"proposal": row.number, **more})
