"""Reasons as pages show them: frozen values, no rows."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import joinedload

from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.platform.access import require
from consulta.platform.messages import N_
from consulta.platform.models import Ballot, CurrentBallot, Reason, Round, Seat, SeatReason
from consulta.platform.models.conditions import still_counts
from consulta.platform.parts import Part
from consulta.platform.texts import paragraphs
from consulta.rounds import ballots
from consulta.rounds import service as rounds
from consulta.vote import casting

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy.orm import Session

    from consulta.core.texts import Text
    from consulta.platform.models import Theme
    from consulta.platform.work import Work


Consent = Literal["read", "unnamed", "named"]
CONSENTS: tuple[Consent, ...] = get_args(Consent)
"""What an author agrees to: only the secretariat reads it; quoted without a name; quoted by name."""

TEXT_MAX = 300


@dataclass(frozen=True, slots=True)
class Written:
    """A reason as it is sent: of which theme, the words, the consent; `sure`: what was found in it stays."""

    theme: str
    text: str
    consent: str = "read"
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the reason for a theme."""

    theme: str
    problem: Problem
    can_stay: bool = False  # the writer may keep it as it is, by saying so


@dataclass(frozen=True, slots=True)
class PlacedTheme:
    """A theme that the organisation placed, with the reason that is stored for it."""

    key: str
    title: Text
    text: str
    consent: str
    earlier: bool  # it came with an earlier vote, and does not go with this one until it is sent again


@dataclass(frozen=True, slots=True)
class OwnReasons:
    """The reasons of an organisation for the vote that counts, for the organisation itself."""

    round_key: str
    round_title: Text
    organisation: str
    seat: str
    example: bool
    secrecy: str
    zone: str
    here: str
    closes_at: datetime
    promised_at: datetime | None
    takes: bool  # votes, and so reasons, are taken
    parted: bool  # the result is public: texts and organisations were parted
    voted: bool  # with themes: neither silent nor abstaining
    version: int
    themes: tuple[PlacedTheme, ...]
    seen: str  # stands for what is stored now

    @property
    def kept(self) -> int:
        """Return how many reasons go with the vote that counts."""
        return sum(1 for theme in self.themes if theme.text and not theme.earlier)

    @property
    def earlier(self) -> bool:
        """Return whether a reason of an earlier vote waits to be sent again."""
        return any(theme.earlier for theme in self.themes)


class SeatRow(NamedTuple):
    """A seat whose vote counts: its name, its categories, the version and the themes that it placed."""

    id: int
    name: str
    categories: Mapping[str, str]
    version: int
    ranking: list[list[str]]


def of_seat(session: Session, seat_id: int) -> dict[int, SeatReason]:
    """Return the stored reasons of a seat by the id of their theme, of whichever version of its ballot."""
    rows = session.scalars(select(SeatReason).where(SeatReason.seat_id == seat_id))
    return {row.theme_id: row for row in rows}


def of_round(session: Session, round_id: int) -> list[SeatReason]:
    """Return all that seats of a round wrote, in the order of seats and themes."""
    query = select(SeatReason).join(SeatReason.seat).where(Seat.round_id == round_id)
    return list(session.scalars(query.order_by(SeatReason.seat_id, SeatReason.theme_id)))


def counted(session: Session, round_id: int) -> list[SeatRow]:
    """Return the seats of a round whose vote counts; abstentions and ballots taken out are left out."""
    query = (
        select(Seat.id, Seat.name, Seat.categories, Ballot.version, Ballot.ranking)
        .join(CurrentBallot, CurrentBallot.seat_id == Seat.id)
        .join(Ballot, Ballot.id == CurrentBallot.ballot_id)
        .where(Seat.round_id == round_id, Ballot.abstains.is_(False), still_counts(Ballot.id))
        .order_by(Seat.id)
    )
    return [SeatRow(*row) for row in session.execute(query)]


def to_part(session: Session, states: Iterable[str]) -> list[str]:
    """Return the keys of the rounds in these states in which texts still stand with their seats."""
    seats = select(Seat.round_id).where(Seat.id.in_(select(SeatReason.seat_id)))
    query = select(Round.key).where(Round.state.in_(list(states)), Round.id.in_(seats))
    return list(session.scalars(query.order_by(Round.id)))


def forget(session: Session, round_id: int) -> None:
    """Delete all that stands with the seats of a round."""
    seats = select(Seat.id).where(Seat.round_id == round_id)
    session.execute(delete(SeatReason).where(SeatReason.seat_id.in_(seats)))


def add(session: Session, rows: list[dict[str, Any]]) -> None:
    """Write reasons without their seats, in the order given."""
    session.execute(insert(Reason), rows)


def parted(session: Session, round_id: int) -> list[Reason]:
    """Return the reasons of a published round by their numbers, each with its theme."""
    query = select(Reason).where(Reason.round_id == round_id).options(joinedload(Reason.theme))
    return list(session.scalars(query.order_by(Reason.number)))


def any_parted(session: Session, round_id: int) -> bool:
    """Return whether texts of a round were parted from their seats."""
    return bool(session.scalar(select(func.count()).where(Reason.round_id == round_id)))


class Mark(NamedTuple):
    """What is shown beside a reason; "" for what is not told."""

    subregion: str = ""
    sector: str = ""


# Two dimensions, also where an installation adds others (decision 91): each mark more would make the group
# smaller in which an author cannot be told. They are kept beside a text when it is parted from its
# organisation, where no other can be looked up any more, and published in formats that stay
# (`consulta-synthesis`, the open data).
MARKS = Mark._fields


def themes_told(authors: Mapping[int, Collection[int]], least: int) -> frozenset[int]:
    """Return the themes under which reasons without a name are shown; those of the others stand together.

    `authors`: for each theme, who may have written such a reason. The others together have at least `least`
    possible authors, or there is no theme that is told.
    """
    told = {theme for theme, who in authors.items() if len(set(who)) >= least}
    pooled = {who for theme in set(authors) - told for who in authors[theme]}
    while pooled and len(pooled) < least and told:
        smallest = min(told, key=lambda theme: (len(set(authors[theme])), theme))
        told.discard(smallest)
        pooled |= set(authors[smallest])
    return frozenset(told)


def block_marks(cells: Mapping[int, Mark], least: int) -> dict[int, Mark]:
    """Return for each possible author of a theme the mark of its group: its own cell, or what it stands with.

    Each mark that is returned is that of at least `least` authors, or of all of them.
    """
    by_subregion: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for author, cell in cells.items():
        by_subregion[cell.subregion][cell.sector].add(author)
    groups: dict[Mark, set[int]] = {}
    loose: dict[str, set[int]] = {}
    for subregion, sectors in by_subregion.items():
        alone, rest = _parted(sectors, least)
        if rest and len(rest) < least:
            loose[subregion] = rest
            continue
        groups |= {Mark(subregion, sector): who for sector, who in alone.items()}
        if rest:
            groups[Mark(subregion)] = rest
    together = {who for each in loose.values() for who in each}
    while together and len(together) < least and groups:
        whole: dict[str, set[int]] = defaultdict(set)
        for mark, who in groups.items():
            whole[mark.subregion] |= who
        smallest = min(whole, key=lambda subregion: (len(whole[subregion]), subregion))
        together |= whole[smallest]
        groups = {mark: who for mark, who in groups.items() if mark.subregion != smallest}
    if together:
        groups[Mark()] = together
    return {author: mark for mark, who in groups.items() for author in who}


def _parted(sectors: Mapping[str, set[int]], least: int) -> tuple[dict[str, set[int]], set[int]]:
    """Return the sectors of a subregion that stand alone, and the authors of the others, who stand together.

    There are at least `least` of these, or none, or they are all of the subregion.
    """
    alone = {sector: who for sector, who in sectors.items() if len(who) >= least}
    rest = {who for sector in set(sectors) - set(alone) for who in sectors[sector]}
    while rest and len(rest) < least and alone:
        smallest = min(alone, key=lambda sector: (len(alone[sector]), sector))
        rest |= alone.pop(smallest)
    return alone, rest


ENDED = (State.PUBLISHED.value, State.CANCELLED.value)
LEAST = 5  # possible authors, where an installation has a smaller number for small groups


class Said(NamedTuple):
    """A reason of a ballot that counts: whose, of which theme (by number), and what was agreed to."""

    seat: int
    theme: int
    text: str
    consent: str


def due(work: Work) -> list[str]:
    """Return the keys of the rounds whose reasons are to be parted from their seats now."""
    return to_part(work.session, ENDED)


def part(work: Work, key: str, small_cell: int, chance: Callable[[int], int]) -> int:
    """Part the reasons of a round from their seats, and return how many there are; again: nothing is done.

    `chance` draws a number below the one given. Problems: `round.unknown`, `reasons.early` (not ended).
    """
    found = rounds.hold(work, key)
    if found.state not in ENDED:
        raise Problem("reasons.early")
    if key not in due(work):
        return 0
    rows: list[dict[str, Any]] = []
    if found.state == State.PUBLISHED.value and not any_parted(work.session, found.id):
        seats = {seat.id: seat for seat in counted(work.session, found.id)}
        whole = rounds.whole(work, key)
        ids = {theme.key: theme.id for theme in whole.themes}
        said = list(_that_count(of_round(work.session, found.id), seats, ids))
        least = max(small_cell, found.joined_below or 0, LEAST)
        rows = _numbered(_shown(said, seats, ids, least), found.id, chance)
    forget(work.session, found.id)
    if rows:
        add(work.session, rows)
    kept = json.dumps([[row["number"], row["text"], row["consent"]] for row in rows], ensure_ascii=False)
    work.record(
        "reasons.parted",
        rounds.subject(found),
        {"texts": len(rows), "sha256": hashlib.sha256(kept.encode()).hexdigest()},
    )
    return len(rows)


def _that_count(
    written: Sequence[SeatReason], seats: Mapping[int, SeatRow], ids: Mapping[str, int]
) -> list[Said]:
    """Return the reasons that came with the version that counts, for themes that it places."""
    placed = {seat.id: {ids[key] for tier in seat.ranking for key in tier} for seat in seats.values()}
    return [
        Said(row.seat_id, row.theme_id, row.text, row.consent)
        for row in written
        if row.seat_id in seats
        and row.version == seats[row.seat_id].version
        and row.theme_id in placed[row.seat_id]
    ]


def _shown(
    said: Sequence[Said], seats: Mapping[int, SeatRow], ids: Mapping[str, int], least: int
) -> list[dict[str, Any]]:
    """Return each reason as it is shown: its theme, its marks, its name where that was agreed to."""
    cells = {
        seat.id: Mark(**{name: seat.categories.get(name, "") for name in MARKS}) for seat in seats.values()
    }
    named = {(each.seat, each.theme) for each in said if each.consent == "named"}
    authors: dict[int, set[int]] = defaultdict(set)
    for seat in seats.values():
        for theme in (ids[key] for tier in seat.ranking for key in tier):
            if (seat.id, theme) not in named:
                authors[theme].add(seat.id)
    told = themes_told(authors, least)
    marks = {
        theme: block_marks({author: cells[author] for author in authors[theme]}, least) for theme in told
    }
    return [_row(each, seats, cells, marks) for each in said]


def _row(
    each: Said,
    seats: Mapping[int, SeatRow],
    cells: Mapping[int, Mark],
    marks: Mapping[int, Mapping[int, Mark]],
) -> dict[str, Any]:
    name, theme = "", each.theme if each.theme in marks else None
    mark = marks[theme][each.seat] if theme is not None and each.consent != "named" else Mark()
    if each.consent == "named":
        name, theme, mark = seats[each.seat].name, each.theme, cells[each.seat]
    return {
        "theme_id": theme,
        "text": each.text,
        "consent": each.consent,
        "name": name,
        **mark._asdict(),
    }


def _numbered(
    rows: list[dict[str, Any]], round_id: int, chance: Callable[[int], int]
) -> list[dict[str, Any]]:
    """Return the rows by theme and inside a theme by lot, numbered from 1."""
    drawn = sorted(rows, key=lambda row: row["text"])  # nothing of the order of seats comes in
    for place in range(len(drawn) - 1, 0, -1):
        other = chance(place + 1)
        drawn[place], drawn[other] = drawn[other], drawn[place]
    drawn.sort(key=lambda row: (row["theme_id"] is None, row["theme_id"] or 0))
    return [{"round_id": round_id, "number": number, **row} for number, row in enumerate(drawn, start=1)]


Kind = Literal["email", "phone", "number", "account", "name"]
PLAIN: frozenset[Kind] = frozenset({"email", "phone", "number", "account"})
"""Kinds that a published text must not have; a name can be of a person or of something else."""

_EMAIL = re.compile(
    r"[\w.+-]+\s?(?:@|\(at\)|\[at\]|\(arroba\)|\barroba\b)\s?[\w-]+(?:\s?(?:\.|\bpunto\b)\s?[\w-]+)+"
)
_ACCOUNT = re.compile(r"(?<![\w.])@[\w.]{3,}|\b(?:wa\.me|t\.me)/\S+")
_DIGITS = re.compile(
    r"(?<!\w)[+(]?\d(?:[\d()]|[ ./\u2010-\u2015-](?=[\d(])|\)[ -](?=\d))*\d(?:[-.]?[kK](?!\w))?"
)
_MIXED = re.compile(r"(?<!\w)(?=\w*\d)(?=\w*[^\W\d_])[\w-]{6,}(?!\w)")
_YEARS = re.compile(r"(?:1[89]|20)\d\d(?:\s?[/\u2010-\u2015-]\s?(?:(?:1[89]|20)?\d\d))?")
_DAY = re.compile(r"\d{1,2}[./-]\d{1,2}[./-](?:\d\d|\d{4})|\d{4}-\d{1,2}-\d{1,2}")
_AMOUNT = re.compile(r"\d{1,3}(?:[.,]\d{3})+|\d{1,2}(?: \d{3})+")
_NAME = re.compile(
    r"\b(?i:sra?|srta|don|doña|dra?|lic|licda|ing|profa?|mrs?|ms|miss|seu|dona|hermana|hermano|padre|pastor)"
    r"\.?\s+(?:(?:de|da|do|del|la)\s+)?[^\W\d_a-zñáéíóúâêôãõç][\w'\u2019-]+"
    r"(?:\s+[^\W\d_a-zñáéíóúâêôãõç][\w'\u2019-]+)*"
)
_PHONE_DIGITS, _NUMBER_DIGITS, _MIXED_DIGITS = range(7, 16), 7, 4


class Finding(NamedTuple):
    """A piece of a text that may be about a person."""

    kind: Kind
    words: str


def find_personal(text: str) -> tuple[Finding, ...]:
    """Return what in a text may be about a person, in the order in which it stands, each piece once."""
    plain = unicodedata.normalize("NFKC", text)
    taken: list[tuple[int, int]] = []
    findings: list[tuple[int, Finding]] = []
    for start, end, kind in _pieces(plain):
        if not any(start < other_end and begin < end for begin, other_end in taken):
            taken.append((start, end))
            findings.append((start, Finding(kind, plain[start:end].strip())))
    return tuple(finding for _, finding in sorted(findings))


def _pieces(text: str) -> Iterator[tuple[int, int, Kind]]:
    for match in _EMAIL.finditer(text):
        yield (*match.span(), "email")
    for match in _ACCOUNT.finditer(text):
        yield (*match.span(), "account")
    for match in _DIGITS.finditer(text):
        kind = _of_digits(match[0])
        if kind:
            yield (*match.span(), kind)
    for match in _MIXED.finditer(text):
        if sum(sign.isdigit() for sign in match[0]) >= _MIXED_DIGITS:
            yield (*match.span(), "number")
    for match in _NAME.finditer(text):
        yield (*match.span(), "name")


def _of_digits(piece: str) -> Kind | None:
    """Return what a run of figures may be; None for years, days, amounts and short numbers."""
    if any(harmless.fullmatch(piece) for harmless in (_YEARS, _DAY, _AMOUNT)):
        return None
    count = sum(sign.isdigit() for sign in piece)
    if count in _PHONE_DIGITS and not piece.isdigit():
        return "phone"
    return "number" if count >= _NUMBER_DIGITS and not piece.endswith("000") else None


def own(work: Work, round_key: str) -> OwnReasons:
    """Return the reasons of the session's organisation.

    Problems: `vote.elsewhere`, `vote.unread` (the reader could not vote when the vote was sent).
    """
    require(work, "ballot.read_own")
    seat = _own_seat(work, round_key)
    return _view(work, seat, _readable_current(work, seat))


def keep(work: Work, round_key: str, written: Sequence[Written], version: int, seen: str) -> None:
    """Store the reasons of the session's organisation in place of those it had; an empty text is none.

    `version` is that of the vote that the writer saw, `seen` what was stored then.
    Problems: `vote.elsewhere`, `vote.unread`, `reasons.late`, `reasons.none`, `reasons.revoted`,
    `reasons.changed`, and the first fault of `faults`.
    """
    require(work, "ballot.cast")
    seat_id = _seat_id(work)
    ballots.hold(work.session, seat_id)
    seat = _own_seat(work, round_key)
    view = _view(work, seat, _readable_current(work, seat))
    _refuse(view, version)
    if seen != view.seen and not _says_the_same(view, written):
        raise Problem("reasons.changed")
    _store(work, seat, view, written)


def for_assisted(
    work: Work, round_key: str, seat_key: str, version: int, entered: Sequence[str]
) -> OwnReasons:
    """Return the sheet of reasons for a vote that this member of staff entered, without what was written.

    It has the themes in `entered`, which the person knows; which ones the stored vote has is not told.
    Problems: `seat.unknown`, `assisted.unknown` (this person did not enter that version).
    """
    require(work, "ballot.assist")
    seat, current = _entered_by(work, round_key, seat_key, version)
    titles = {theme.key: theme.title for theme in seat.round.themes}
    sheet = tuple(
        PlacedTheme(key, titles[key], "", "read", earlier=False) for key in entered if key in titles
    )
    return replace(_view(work, seat, current), themes=sheet, seen="")


def keep_assisted(
    work: Work, round_key: str, seat_key: str, version: int, written: Sequence[Written]
) -> None:
    """Store the reasons that an organisation gives for a vote that this member of staff entered.

    Problems: `seat.unknown`, `assisted.unknown`, `reasons.late`, `reasons.revoted`, the first of `faults`.
    """
    require(work, "ballot.assist")
    seat_id = or_problem(ballots.seat_id(work.session, round_key, seat_key), "seat.unknown")
    ballots.hold(work.session, seat_id)
    seat, current = _entered_by(work, round_key, seat_key, version)
    view = _view(work, seat, current)
    _refuse(view, version)
    _store(work, seat, view, written)


def faults(written: Sequence[Written]) -> tuple[Fault, ...]:
    """Return what is wrong with texts, one for each of them at most.

    A text with a telephone number, an address or a long number is kept only to be read, and only where its
    writer says that it is to stay; one with the name of a person where its writer says so.
    """
    return tuple(fault for each in written if (fault := _fault(each)) is not None)


def _fault(each: Written) -> Fault | None:
    text = paragraphs(each.text)
    if len(text) > TEXT_MAX:
        return Fault(each.theme, Problem("reason.long", most=TEXT_MAX, count=len(text)))
    if each.consent not in CONSENTS:
        return Fault(each.theme, Problem("reason.consent"))
    found = find_personal(text)
    plain = tuple(finding for finding in found if finding.kind in PLAIN)
    if plain and each.consent != "read":
        said = {"what": f"reason.what.{plain[0].kind}", "words": plain[0].words}
        return Fault(each.theme, Problem("reason.personal", **said))
    if found and not each.sure:
        said = {"what": f"reason.what.{found[0].kind}", "words": found[0].words}
        return Fault(each.theme, Problem("reason.sure", **said), can_stay=True)
    return None


def _refuse(view: OwnReasons, version: int) -> None:
    if not view.takes:
        raise Problem("reasons.late")
    if not view.voted:
        raise Problem("reasons.none")
    if version != view.version:
        raise Problem("reasons.revoted")


def _store(work: Work, seat: Seat, view: OwnReasons, written: Sequence[Written]) -> None:
    placed = {theme.key for theme in view.themes}
    said = [each for each in written if paragraphs(each.text)]
    if any(each.theme not in placed for each in said):
        raise Problem("reasons.not_placed")
    for fault in faults(said):
        raise fault.problem
    ids = {theme.key: theme.id for theme in seat.round.themes}
    stored = of_seat(work.session, seat.id)
    words = {ids[each.theme]: each for each in said}
    # What was written for themes that are not placed any more goes: no count and no reader needs it.
    for theme_id in set(stored) - set(words):
        work.session.delete(stored[theme_id])
    for theme_id, each in words.items():
        row = stored.get(theme_id)
        if row is None:
            row = SeatReason(seat_id=seat.id, theme_id=theme_id)
            work.session.add(row)
        row.version, row.text, row.consent = view.version, paragraphs(each.text), each.consent
    work.session.flush()


def _says_the_same(view: OwnReasons, written: Sequence[Written]) -> bool:
    """Return whether what is sent is stored already: the same form sent again."""
    stored = {each.key: (each.text, each.consent) for each in view.themes if each.text and not each.earlier}
    sent = {each.theme: (paragraphs(each.text), each.consent) for each in written if paragraphs(each.text)}
    return stored == sent


def _readable_current(work: Work, seat: Seat) -> Ballot | None:
    """Return the vote of a seat that counts, or None. Problem: `vote.unread`."""
    current = ballots.current(work.session, seat.id)
    if current is not None and not casting.may_read(work, current):
        raise Problem("vote.unread")
    return current


def _readable(work: Work, seat: Seat, stored: Mapping[int, SeatReason]) -> dict[int, SeatReason]:
    """Return the reasons that were sent for votes that the reader may read."""
    versions = {row.version for row in stored.values()}
    sent = {number: ballots.version(work.session, seat.id, number) for number in versions}
    may_read = {number for number, found in sent.items() if found and casting.may_read(work, found)}
    return {theme: row for theme, row in stored.items() if row.version in may_read}


def _view(work: Work, seat: Seat, current: Ballot | None) -> OwnReasons:
    ballot = casting.view_of(work, seat, current)
    voted = current is not None and not current.abstains
    stored = of_seat(work.session, seat.id)
    shown = _readable(work, seat, stored)
    version = current.version if current is not None else 0
    themes = {theme.key: theme for theme in seat.round.themes}
    placed = [key for tier in current.ranking for key in tier] if current is not None else []
    return OwnReasons(
        round_key=ballot.round_key,
        round_title=ballot.title,
        organisation=ballot.organisation,
        seat=ballot.seat,
        example=ballot.example,
        secrecy=ballot.secrecy,
        zone=ballot.zone,
        here=ballot.here,
        closes_at=ballot.closes_at,
        promised_at=ballot.promised_at,
        takes=ballot.takes_votes,
        parted=seat.round.state == State.PUBLISHED.value,
        voted=voted,
        version=version,
        themes=tuple(_placed(themes[key], shown.get(themes[key].id), version) for key in placed),
        seen=_mark(stored),
    )


def _placed(theme: Theme, row: SeatReason | None, version: int) -> PlacedTheme:
    if row is None:
        return PlacedTheme(theme.key, theme.title, "", "read", earlier=False)
    return PlacedTheme(theme.key, theme.title, row.text, row.consent, earlier=row.version != version)


def _mark(stored: Mapping[int, SeatReason]) -> str:
    """Return what stands for stored reasons, and is another one after each change."""
    said = sorted((row.theme_id, row.version, row.text, row.consent) for row in stored.values())
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def _seat_id(work: Work) -> int:
    if work.actor.seat_id is None:
        raise Problem("vote.elsewhere")
    return work.actor.seat_id


def _own_seat(work: Work, round_key: str) -> Seat:
    seat = ballots.seat(work.session, _seat_id(work))
    if seat is None or seat.round.key != round_key:
        raise Problem("vote.elsewhere")
    return seat


def _entered_by(work: Work, round_key: str, seat_key: str, version: int) -> tuple[Seat, Ballot]:
    """Return a seat and the ballot that counts. Problem unless this person entered `version`."""
    seat_id = ballots.seat_id(work.session, round_key, seat_key)
    seat = or_problem(ballots.seat(work.session, seat_id) if seat_id is not None else None, "seat.unknown")
    entered = ballots.version(work.session, seat.id, version)
    current = ballots.current(work.session, seat.id)
    if (
        entered is None
        or current is None
        or entered.assistance is None
        or entered.assistance.staff_id != work.actor.id
    ):
        raise Problem("assisted.unknown")
    return seat, current


def _running(work: Work) -> Sequence[Text]:
    """Return the titles of the rounds in which members vote, and so may give reasons, now."""
    return work.session.scalars(select(Round.title).where(Round.state == "open")).all()


PARTS = (
    Part(
        "reasons",
        "voting",
        N_("Reasons and synthesis"),
        N_("Members write why they chose each theme, and you publish a summary."),
        running=_running,
    ),
)
