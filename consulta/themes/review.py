"""Proposed themes at the desk: decided, merged, split, translated; what goes on the ballot; who is told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from consulta.core.ballot_themes import Candidate, most_supported
from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.core.texts import NOTHING, Text
from consulta.core.typed import to_plain
from consulta.platform import deadlines
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.mailer import news
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.mailer.news import UNDECIDED, Item
from consulta.platform.messages import N_
from consulta.platform.models import PROPOSE, ThemeProposal
from consulta.platform.settings import SMALL_CELL
from consulta.platform.texts import line, paragraphs
from consulta.rounds import proposing, themes
from consulta.rounds.ending import phase_of
from consulta.rounds.service import draft, line_of, sized, subject
from consulta.rounds.themes import ThemeCommand
from consulta.themes import proposals
from consulta.themes.likeness import alike, shape
from consulta.themes.proposals import Reviewed, ThemeProposalCommand, Wording, backing, chosen

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from consulta.core.ballot_themes import Placed
    from consulta.platform.mailer.kinds import Reader, Sample, Words
    from consulta.platform.models import Message, ProposingPhase, Round, ThemeProposalEvent
    from consulta.platform.work import Work
    from consulta.rounds.values import Phase, RoundLine
    from consulta.themes.likeness import Shape


@dataclass(frozen=True, slots=True)
class PartCommand:
    """A part of a proposal that is split, in the language of the whole."""

    title: str
    why: str
    objectives: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """What goes on the ballot: as it was chosen, or as it would be now (`at` is None).

    `hindrances` say why it cannot be chosen now; `seen` names all that was seen of the proposals.
    """

    at: datetime | None
    rule: str
    themes: int
    subregions: int
    placed: tuple[Placed, ...]
    seen: int
    hindrances: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class ReviewDesk:
    """The proposed themes of a round as the secretariat reviews them."""

    round: RoundLine
    phase: Phase | None
    proposals: tuple[Reviewed, ...]
    waiting: int
    asked: int  # returned with a question that is not answered
    choice: Choice | None
    own: tuple[Text, ...]  # themes of the round that no member proposed

    def find(self, number: int) -> Reviewed | None:
        """Return the proposal with this number, or None."""
        return next((each for each in self.proposals if each.proposal.number == number), None)

    @property
    def titles(self) -> Mapping[int, Text]:
        """Return the title of each proposal by its number."""
        return {each.proposal.number: each.proposal.title for each in self.proposals}


def desk(work: Work, round_key: str) -> ReviewDesk:
    """Return the proposed themes of a round, by number.

    Raise Problem `round.unknown` if there is no such round.
    """
    require(work, "proposing.read")
    found, sizes = sized(work, round_key, contents=True)
    shown = proposals.reviewed(work, found)
    return ReviewDesk(
        round=line_of(found, sizes, work.now),
        phase=phase_of(found, work.now, "for_themes"),
        proposals=shown,
        waiting=sum(each.proposal.state == "submitted" for each in shown),
        asked=sum(each.proposal.state == "returned" for each in shown),
        choice=of_round(work, found),
        own=tuple(theme.title for theme in found.themes if not theme.backing),
    )


CHOSEN = ("taken", "chosen")
"""Of a placed proposal: that it goes on the ballot, by the rule or by the secretariat's choice."""


def of_round(work: Work, found: Round) -> Choice | None:
    """Return what goes on the ballot of a round, as chosen or as it would be; None without a phase."""
    phase = proposing.themes_row(found)
    if phase is None or phase.opened_at is None:
        return None
    rows = proposals.rows_of(work.session, found.id)
    seen = max((row.events[-1].id for row in rows), default=0)
    if phase.choice:
        made = chosen(phase)
        at = deadlines.of_text(made.at)
        return Choice(at, phase.rule, phase.themes, phase.subregions, made.placed, seen, ())
    placed = _placed_choice(work, found, phase, rows)
    hindrances = tuple(_hindrances(work, found, rows))
    return Choice(None, phase.rule, phase.themes, phase.subregions, placed, seen, hindrances)


def choose(
    work: Work,
    round_key: str,
    seen: int,
    taken: Collection[int] = (),
    reasons: Mapping[int, Text] | None = None,
    least: int = SMALL_CELL,
) -> int:
    """Put the themes on the ballot of a draft, and return how many.

    `taken` and `reasons` count only where the secretariat chooses. `seen` is the last step that was seen of
    any proposal. Problems: `round.unknown`, `round.frozen`, `theme_review.none`, `theme_review.chosen`,
    `theme_review.changed_any`, `theme_review.phase_on`, `theme_review.waiting`, `theme_review.no_admitted`,
    `theme_review.take`, `theme_review.many`, `theme_review.not_taken`, `theme_review.untranslated`, those
    of `rounds.themes.save_theme`.
    """
    require(work, "theme_proposals.review")
    found = draft(work, round_key)
    phase = proposing.themes_row(found)
    if phase is None or phase.opened_at is None:
        raise Problem("theme_review.none")
    if phase.choice:
        raise Problem("theme_review.chosen")
    rows = proposals.rows_of(work.session, found.id)
    if seen != max((row.events[-1].id for row in rows), default=0):
        raise Problem("theme_review.changed_any")
    for problem in _hindrances(work, found, rows):
        raise problem
    placed = _placed_choice(work, found, phase, rows)
    said: dict[int, Text] = {}
    if phase.rule == "secretariat":
        placed, said = _by_hand(work, phase, placed, taken, reasons or {})
    by_number = {row.number: row for row in rows}
    going = [by_number[each.number] for each in placed if each.why in CHOSEN]
    _require_first_language(work, going)
    behind = proposals.backers(work.session, found.id)
    for row in going:
        words = ThemeCommand(row.title, row.why, tuple(row.objectives))
        key = themes.save_theme(work, round_key, words)
        theme = next(each for each in found.themes if each.key == key)
        row.theme_id = theme.id
        theme.backing = _backing(found, behind[row.id], least)
    for number, reason in said.items():
        by_number[number].not_taken = reason
    phase.choice = {"at": deadlines.as_text(work.now), "placed": [list(each) for each in placed]}
    work.session.flush()
    numbers = [row.number for row in going]
    work.record("theme_review.chosen", subject(found), {"themes": len(numbers), "proposals": numbers})
    return len(numbers)


def take_back(work: Work, round_key: str) -> int:
    """Take the themes of members off the ballot of a draft, so that proposals can be reviewed again.

    Return how many. Problems: `round.unknown`, `round.frozen`, `theme_review.not_chosen`, `theme.in_use`.
    """
    require(work, "theme_proposals.review")
    found = draft(work, round_key)
    phase = proposing.themes_row(found)
    if phase is None or not phase.choice:
        raise Problem("theme_review.not_chosen")
    for row in proposals.rows_of(work.session, found.id):
        row.theme_id, row.not_taken = None, NOTHING
    work.session.flush()
    keys = [theme.key for theme in found.themes if theme.backing]
    for key in keys:
        themes.take_out(work, found, key)
    phase.choice = {}
    work.session.flush()
    work.record("theme_review.taken_back", subject(found), {"themes": len(keys)})
    return len(keys)


# -- parts


def _placed_choice(
    work: Work, found: Round, phase: ProposingPhase, rows: Iterable[ThemeProposal]
) -> tuple[Placed, ...]:
    """Return the admitted proposals as the rule by support places them."""
    behind = proposals.backers(work.session, found.id)
    counted = ((row, backing(behind[row.id])) for row in rows if row.state == "admitted")
    candidates = [Candidate(row.number, each.organisations, each.subregions) for row, each in counted]
    return most_supported(candidates, phase.themes, phase.subregions)


def _by_hand(
    work: Work,
    phase: ProposingPhase,
    placed: Sequence[Placed],
    taken: Collection[int],
    reasons: Mapping[int, Text],
) -> tuple[tuple[Placed, ...], dict[int, Text]]:
    """Return the candidates as the secretariat placed them, and why it does not take the others."""
    numbers = {each.number for each in placed}
    if not taken or not set(taken) <= numbers:
        raise Problem("theme_review.take")
    if len(set(taken)) > phase.themes:
        raise Problem("theme_review.many", most=phase.themes)
    said = {number: reasons.get(number, NOTHING).map(paragraphs) for number in sorted(numbers - set(taken))}
    lacking = [number for number, words in said.items() if not words.into(work.languages[0])]
    if lacking:
        raise Problem("theme_review.not_taken", numbers=", ".join(map(str, lacking)))
    if any(len(words) > REASON_MAX for text in said.values() for words in text.values()):
        raise Problem("theme_review.reason_long", most=REASON_MAX)
    going = [each._replace(why="chosen") for each in placed if each.number in taken]
    others = [each._replace(why="declined") for each in placed if each.number not in taken]
    return (*going, *others), said


def _hindrances(work: Work, found: Round, rows: Sequence[ThemeProposal]) -> Iterable[Problem]:
    """Yield why nothing can be chosen now, whatever the choice."""
    view = phase_of(found, work.now, "for_themes")
    if found.state != State.DRAFT.value or view is None:
        yield Problem("round.frozen", key=found.key)
        return
    if view.on:
        yield Problem("theme_review.phase_on")
    waiting = sum(row.state in {"submitted", "returned"} for row in rows)
    if waiting:
        yield Problem("theme_review.waiting", count=waiting)
    if not any(row.state == "admitted" for row in rows):
        yield Problem("theme_review.no_admitted")


def _require_first_language(work: Work, rows: Iterable[ThemeProposal]) -> None:
    first = work.languages[0]
    lacking = [str(row.number) for row in rows if not (row.title.into(first) and row.why.into(first))]
    if lacking:
        raise Problem("theme_review.untranslated", numbers=", ".join(lacking))


def _backing(found: Round, organisations: Collection[tuple[int, str]], least: int) -> dict[str, Any]:
    """Return what may be told of who stands behind a theme, as the theme keeps it."""
    said = proposals.shown_backing(backing(organisations), found.secrecy, least)
    if said.organisations is None:
        return {"fewer": said.fewer}
    return {"organisations": said.organisations, "subregions": said.subregions}


def to_be_told(work: Work, found: Round) -> list[Item]:
    """Return what became of each proposed theme of a round, without those that were taken back."""
    rows = proposals.rows_of(work.session, found.id)
    phase = proposing.themes_row(found)
    by_id = {row.id: row for row in rows}
    why = {each.number: each.why for each in chosen(phase).placed} if phase is not None else {}
    return [
        Item(row.organisation, row.contact, _facts(row, by_id, why))
        for row in rows
        if row.state != "withdrawn"
    ]


def _facts(row: ThemeProposal, rows: Mapping[int, ThemeProposal], why: Mapping[int, str]) -> dict[str, Any]:
    base = {"number": f"{THEME}{row.number}", "proposed": dict(row.title), **UNDECIDED}
    if row.state == "merged":
        into = row
        while into.into_id is not None:
            into = rows[into.into_id]
        fate, reason = _fate(into, why)
        return base | {"decision": f"merged_{fate}", "reason": reason, "into": dict(into.title)}
    if row.state == "split":
        parts = [each for each in rows.values() if each.part_of_id == row.id and each.state != "withdrawn"]
        return base | {
            "decision": "split",
            "reason": dict(row.reason),
            "into": [dict(part.title) for part in sorted(parts, key=lambda each: each.number)],
        }
    fate, reason = _fate(row, why)
    return base | {"decision": fate, "reason": reason}


def _fate(row: ThemeProposal, why: Mapping[int, str]) -> tuple[str, Any]:
    """Return what became of a proposal that is not merged, as a code, and the reason."""
    if row.state in proposals.WAITING:
        return "waiting", ""
    code = why.get(row.number, "")
    if row.state != "admitted" or not code:
        return row.state, dict(row.reason) or ""
    if code in CHOSEN:
        return "ballot", ""
    return ("not_taken", dict(row.not_taken)) if code == "declined" else (f"not_taken_{code}", "")


THEME = "theme:"  # begins the number of a theme among all that organisations are told of
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
    proposals.take_step(work, row, "admitted", reason=dict(said))
    _record(work, found, "theme_review.admitted", row)


def decline(work: Work, round_key: str, number: int, version: int, reason: Text) -> None:
    """Decline a proposal with a reason, which is published.

    Problems: those of `_seen`, `theme_proposal.decided`, `theme_review.reason`, `theme_review.reason_long`.
    """
    found, row = _seen(work, round_key, number, version)
    said = _reason(work, reason, needed=True)
    row.reason = said
    proposals.take_step(work, row, "declined", reason=dict(said))
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
    contact, _why = news.reader(row.organisation, sent_in)
    if contact is None:
        raise Problem("theme_review.unreachable", organisation=row.organisation.name)
    row.question, row.answer = said, ""
    proposals.take_step(work, row, "returned", question=said)
    proposing.write(work, found, [contact], QUESTION, {"proposal": row.number, "question": said})
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
    asked = proposals.find(work.session, found.id, into)
    target = asked
    while target is not None and target.into_id is not None:
        target = proposals.with_id(work.session, target.into_id)
    if target in rows:
        raise Problem("theme_review.itself", number=into)
    if asked is None or target is None or target.state not in proposals.WAITING | {"admitted"}:
        raise Problem("theme_review.target")
    for row in rows:
        proposals.take_step(work, row, "merged", into=target.id, asked=asked.id)
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
    `proposals.faults`.
    """
    found, row = _seen(work, round_key, number, version)
    if not FEWEST_PARTS <= len(parts) <= MOST_PARTS:
        raise Problem("theme_review.parts", least=FEWEST_PARTS, most=MOST_PARTS)
    said = [_command(row, part.title, part.why, part.objectives) for part in parts]
    for part in said:
        for problem in proposals.faults(part):
            raise problem
    if len({part.title.casefold() for part in said}) < len(said):
        raise Problem("theme_review.parts_alike")
    made = [_part(work, found, row, part) for part in said]
    row.reason = _reason(work, reason, needed=False)
    proposals.take_step(work, row, "split", parts=[each.id for each in made], reason=dict(row.reason))
    for each in made:
        proposals.take_step(work, each, "made", part_of=row.id, after=proposals.content(each))
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
    proposals.take_step(
        work, row, "translated", language=language, before=to_plain(before), after=to_plain(said)
    )
    _record(work, found, "theme_review.translated", row, language=language)


def reword(
    work: Work, round_key: str, number: int, version: int, title: str, why: str, objectives: tuple[int, ...]
) -> None:
    """Change the words of a proposal in its own language; what its organisation wrote is kept and public.

    Problems: those of `_seen`, `theme_proposal.decided`, `theme_review.same`, those of
    `proposals.faults`.
    """
    found, row = _seen(work, round_key, number, version)
    said = _command(row, title, why, objectives)
    for problem in proposals.faults(said):
        raise problem
    before = replace(_words(row, row.language), objectives=tuple(row.objectives))
    after = Wording(said.title, said.why, said.objectives)
    if before == after:
        raise Problem("theme_review.same")
    _put_words(row, row.language, after)
    row.objectives = list(said.objectives)
    proposals.take_step(
        work, row, "reworded", language=row.language, before=to_plain(before), after=to_plain(after)
    )
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
    standing_before = proposals.standing_steps(row)[:-1]
    if last.kind in {"translated", "reworded"}:
        said = proposals.worded(last)
        _put_words(row, said.language, said.before)
        if said.before.objectives is not None:
            row.objectives = list(said.before.objectives)
    elif last.kind in {"admitted", "declined", "split"}:
        row.reason = NOTHING
    elif last.kind == "returned":
        row.question, row.answer = _asked(standing_before)
    proposals.take_step(work, row, "undone", state=standing_before[-1].state, event=last.id)
    _record(work, found, "theme_review.undone", row, what=last.kind)
    return last.kind


def undoable(row: ThemeProposal) -> ThemeProposalEvent | None:
    """Return the step of a proposal that can be taken back now; None where there is none."""
    steps = proposals.standing_steps(row)
    return steps[-1] if len(steps) > 1 and steps[-1].kind in UNDOABLE else None


OPEN = ("submitted", "returned", "admitted")
"""The states in which a proposal can be merged into, or with, another."""


def alike_to(view: ReviewDesk, found: Reviewed) -> list[Reviewed]:
    """Return open proposals that may mean the same, the most alike first."""
    others = [each for each in view.proposals if each is not found and each.proposal.state in OPEN]

    def form_of(each: Reviewed) -> Shape:
        one = each.proposal
        return shape([*one.title.values()], [*one.why.values()], one.objectives)

    return [others[place] for place in alike(form_of(found), [form_of(each) for each in others])]


def undo_kind(row: ThemeProposal) -> str:
    """Return the kind of step that can be taken back now; empty where there is none."""
    last = undoable(row)
    return last.kind if last else ""


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
    phase = or_problem(proposing.themes_row(found), "theme_review.none")
    if phase.choice:
        raise Problem("theme_review.chosen")
    return found


def _at(work: Work, found: Round, number: int, version: int) -> ThemeProposal:
    row = proposals.find(work.session, found.id, number)
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


def _command(row: ThemeProposal, title: str, why: str, objectives: tuple[int, ...]) -> ThemeProposalCommand:
    """Return a proposal with other words, as it would be kept."""
    countries, populations = tuple(row.countries), tuple(row.populations)
    return proposals.cleaned(
        ThemeProposalCommand(row.language, title, why, objectives, countries, populations)
    )


def _part(work: Work, found: Round, row: ThemeProposal, said: ThemeProposalCommand) -> ThemeProposal:
    part = ThemeProposal(
        round_id=found.id,
        number=proposals.next_number(work.session, found.id),
        reference=proposals.new_reference(),
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
    parts = [each for each in proposals.rows_of(work.session, row.round_id) if each.part_of_id == row.id]
    live = [part for part in parts if part.state != "withdrawn"]
    if any(len(proposals.standing_steps(part)) > 1 or part.supports for part in live):
        raise Problem("theme_review.parts_touched")
    for part in live:
        proposals.take_step(work, part, "withdrawn")


def _words(row: ThemeProposal, language: str) -> Wording:
    return Wording(row.title.get(language, ""), row.why.get(language, ""))


def _put_words(row: ThemeProposal, language: str, said: Wording) -> None:
    row.title = Text({**row.title, language: said.title})
    row.why = Text({**row.why, language: said.why})


def _is_stale(row: ThemeProposal, language: str) -> bool:
    steps = proposals.standing_steps(row)
    made = max((each.id for each in steps if _is_translation(each, language)), default=0)
    changed = max((each.id for each in steps if each.kind in {"reworded", "edited", "answered"}), default=0)
    return changed > made


def _is_translation(step: ThemeProposalEvent, language: str) -> bool:
    return step.kind == "translated" and proposals.details_of(step).language == language


def _asked(steps: Sequence[ThemeProposalEvent]) -> tuple[str, str]:
    """Return the last question of these steps, and its answer."""
    question = answer = ""
    for each in steps:
        if each.kind == "returned":
            question, answer = proposals.details_of(each).question, ""
        elif each.kind == "answered":
            answer = proposals.details_of(each).answer
    return question, answer


def _record(work: Work, found: Round, act: str, row: ThemeProposal, **more: Any) -> None:
    work.record(act, subject(found), {"proposal": row.number, **more})


# -- a question


def _answered(work: Work, message: Message) -> str | None:
    row = proposals.find(work.session, message.round_id, message.facts["proposal"])
    asked = row is not None and row.state == "returned" and row.question == message.facts["question"]
    return None if asked and message.round.state == "draft" else "mail.overtaken"


def _question(work: Work, message: Message, _reader: Reader) -> Words:
    row = proposals.find(work.session, message.round_id, message.facts["proposal"])
    if row is None:
        raise RuntimeError("a mail about a proposal that is not there")
    return {
        language: {"theme": row.title.best(language, row.language), "question": message.facts["question"]}
        for language in work.languages
    }


def _sample_question(work: Work, _sample: Sample) -> Words:
    words = {language: catalogue.mail_words(language) for language in work.languages}
    return {
        language: {"theme": said["sample_theme"], "question": said["sample_question"]}
        for language, said in words.items()
    }


# -- what became of the proposals, in words


def decision_in_words(language: str, facts: Mapping[str, Any]) -> str:
    """Return a proposed theme by its title, and what became of it."""
    words = catalogue.mail_words(language)
    decision = str(facts["decision"])
    fate = decision.removeprefix("merged_")
    parts = [words[f"theme_{fate}"]]
    if fate != decision:
        parts.insert(0, words["theme_merged"].format(into=Text(facts["into"]).best(language)))
    elif fate == "split":
        titles = "; ".join(_quoted(words, Text(each).best(language)) for each in facts["into"])
        parts = [words["theme_split"].format(into=titles)]
    reason = facts.get("reason")
    if reason:
        parts.append(words["theme_reason"].format(reason=Text(reason).best(language)))
    return f"{_quoted(words, Text(facts['proposed']).best(language))}:\n{' '.join(parts)}"


def _quoted(words: Mapping[str, str], said: str) -> str:
    return words["quoted_theme"].format(theme=said)


KINDS = (
    MailKind(
        QUESTION,
        N_("Question about a proposed theme"),
        N_("When you return a proposed theme with a question, to the contact who proposed it."),
        places=("link", "theme", "question"),
        needed=("link", "question"),
        before_opening=True,
        told_of="proposal",
        overtaken=_answered,
        opens=(PROPOSE,),
        words=_question,
        sample=_sample_question,
        part="theme_proposals",
    ),
)
