"""Archive of a published round: one file with which any person can repeat the count independently.

This module decides the content of the archive in each mode of secrecy, the rows of the log that it shows,
and the facts that publishing records. It never counts: bundle and result are the bytes as stored. Building
the archive of the same round again gives the same bytes.

It also decides what the public may read of how much standing early on the page helped a theme
(`first_stood`). Where ballots have names, everything: the order on a page follows from the seat's place on
the roll. Elsewhere that order would tell whose ballot it is: only three numbers of ballots are told, and
only where they tell of no small group who in it voted how.

And it decides who sees which ranking behind a receipt code (`receipts_page`, `look_up`): any reader if
ballots are public, else only the organisation's own session. Other people who have a code read there that
its vote was counted unchanged, but not its content: a code that shows the ranking to any reader would prove
a vote to those who pay for it or demand it. In that case the codes are not listed either.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping  # noqa: TC003 - `typed` reads the hints when the program runs
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from consulta import __version__
from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.core.trust import record
from consulta.core.trust.receipts import as_code
from consulta.core.typed import read_document
from consulta.platform import documents
from consulta.platform.access import require
from consulta.platform.formats import delimited, zipped
from consulta.platform.labels import name_of
from consulta.platform.log import chain
from consulta.platform.log import checkpoints as kept_checkpoints
from consulta.platform.log import heads as kept_heads
from consulta.platform.paths import PACKAGE
from consulta.results import verifier
from consulta.results.public_figures import MANY
from consulta.rounds import acts as acts_acts
from consulta.rounds import (
    addresses,
    ballots,
    binding,
    electorate,
    frozen,
    heads,
    public_rounds,
    registered,
    roll,
)
from consulta.rounds import ballots as ballots_acts
from consulta.rounds.acts import MOVED, REOPENED
from consulta.rounds.ballots import excluded
from consulta.rounds.ending import ending_of, moves_of, reopenings_of
from consulta.rounds.public_value import DRAWN
from consulta.rounds.queries import rounds
from consulta.rounds.secrecy import abstentions_told, what_is_public
from consulta.rounds.values import (
    LookedUp,
    ObjectionFacts,
    OrderFacts,
    ReceiptLine,
    ReceiptsView,
    TrustFacts,
    VerifyView,
    archive_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from consulta.core.texts import Text
    from consulta.platform.models import Ballot, Head, Round, Seat
    from consulta.platform.work import Work
    from consulta.rounds.values import Ranking


THIRDS = 3
ENOUGH = 12
"""Of a larger group so many ballots are looked at, to find exchanges that make up for one elsewhere."""

FAR = 4
"""Changes further than this from none are not followed up."""

Listed: TypeAlias = "tuple[Seat | ballots_acts.Seated, Ballot | ballots_acts.Cast]"
"""A seat with its ballot, as rows of a list."""

Change = tuple[int, ...]
"""What exchanging two ballots would add to each of the numbers."""


def first_stood(
    found: Round, counted: Iterable[Listed], least: int, codes: ballots_acts.Codes | None = None
) -> list[int] | None:
    """Return how many ballots put first a theme from the first, second and last third of their page.

    Return None if that may not be told, for fewer than three themes, and if a ballot's page is not
    known. A group below `least` is small; `codes` are those of countries that are published as one.
    """
    public, told = what_is_public(found.secrecy), [0] * THIRDS
    by_group = "bundle" in public and "seats" not in public
    groups: defaultdict[ballots_acts.Group, _Group] = defaultdict(_Group)
    if len(found.themes) < THIRDS:
        return None
    for seat, ballot in counted:
        if not set(ballot.ranking[0]) <= set(ballot.shown):
            return None  # kept by other means than a ballot's page
        told[_stood(ballot.shown, ballot)] += 1
        if by_group:
            group = ballots_acts.group_of(seat.categories, seat.base, seat.country)
            groups[group._replace(country=(codes or {}).get(group, seat.country))].add(ballot)
    if "seats" in public:
        return told if any(told) else None
    many = sum(told) >= MANY and min(told) >= least
    return told if many and _stays_open(groups.values(), least) else None


@dataclass(slots=True)
class _Group:
    """Ballots that cannot be told apart by the published data of their seats: how many, and the first."""

    ballots: int = 0
    first: list[Ballot | ballots_acts.Cast] = field(default_factory=list)

    def add(self, ballot: Ballot | ballots_acts.Cast) -> None:
        """Count a ballot."""
        self.ballots += 1
        if len(self.first) < ENOUGH:
            self.first.append(ballot)


def expected(themes: int, ballots: int) -> list[int]:
    """Return the same three numbers, rounded, as expected if the order on the page has no effect."""
    places = Counter(_third(place, themes) for place in range(themes))
    return [round(ballots * places[third] / themes) for third in range(THIRDS)]


def _third(place: int, themes: int) -> int:
    return place * THIRDS // themes


def _stood(shown: Sequence[str], ballot: Ballot | ballots_acts.Cast) -> int:
    """Return the third of a page (0 to 2) on which the first theme of a ballot stands."""
    return _third(min(shown.index(theme) for theme in ballot.ranking[0]), len(shown))


def _stays_open(groups: Iterable[_Group], least: int) -> bool:
    """Return whether any two ballots of a small group could be exchanged, given the numbers.

    They could if the exchange changes nothing, or if exchanges in other groups make up for it.
    """
    found = [*groups]
    changes = [_changes(group.first) for group in found]
    return all(
        _can_be_undone(each, [*changes[:at], *changes[at + 1 :]])
        for at, each in enumerate(changes)
        if found[at].ballots < least
    )


def _can_be_undone(changes: set[Change], elsewhere: Iterable[set[Change]]) -> bool:
    """Return whether each change is made up for by exchanges elsewhere, at most one in a group."""
    needed = {tuple(-part for part in change) for change in changes}
    reached: set[Change] = {(0,) * THIRDS}
    for group in elsewhere:
        if needed <= reached:
            return True
        sums = (tuple(map(sum, zip(start, change, strict=True))) for start in reached for change in group)
        reached |= {total for total in sums if max(map(abs, total)) <= FAR}
    return needed <= reached


def _changes(group: Sequence[Ballot | ballots_acts.Cast]) -> set[Change]:
    return {change for pair in combinations(group, 2) if any(change := _exchanged(*pair))}


def _exchanged(one: Ballot | ballots_acts.Cast, other: Ballot | ballots_acts.Cast) -> Change:
    change = [0] * THIRDS
    for shown, mine, given in ((one.shown, one, other), (other.shown, other, one)):
        change[_stood(shown, mine)] -= 1
        change[_stood(shown, given)] += 1
    return tuple(change)


FORMAT = "consulta-archive/3"
CHECKPOINTS = "consulta-checkpoints/1"
STAMPS = "consulta-stamps/1"
NOTE_FORMAT = "consulta-archive-note/1"
VERIFY = PACKAGE / "platform" / "data" / "verify"
SHIPPED = ("LEAME.txt", "README.txt")

PUBLIC_ACTS = frozenset(
    {
        "rounds.committed",
        "rounds.opened",
        MOVED,
        REOPENED,
        acts_acts.REGISTERED,
        acts_acts.WITHDRAWN,
        acts_acts.CLOSED,
        DRAWN,
        "rounds.cancelled",
        "ballots.excluded",
        acts_acts.PUBLISHED,
        acts_acts.PANEL,
    }
)
"""Acts of a round of which everybody may read everything, in every mode: no name, no member, no ballot."""

UNDONE = ("rounds.counted",)
"""Acts that no archive shows of before a reopening: their digests could tell which ballots came since."""

CAST = "ballot.cast"

OF_LOG = (kept_heads.TAKEN, *kept_checkpoints.SHOWN)
"""Acts about the log itself that archives show."""

COUNTING_ACTS = frozenset({"rounds.counted"})
"""Acts that name digests of exact figures: with few figures unknown, these could be tried one by one."""


SAID = ("ballots", "replaced", "assisted", "abstained", "electorate", "bundle_sha256")
"""What the row of a publication says and `TrustFacts` has as it is."""


@dataclass(frozen=True, slots=True)
class _Maker:
    """The program version that made an archive, and the texts that it added; both stay unchanged."""

    version: str
    shipped: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Note:
    """What is stored of a published archive: head, digest, size, and what made the first copy.

    `code` is the version of the program and `shipped` the texts that it added.
    """

    head: str
    sha256: str
    size: int
    code: str
    shipped: Mapping[str, str]

    def to_text(self) -> str:
        """Return the note as it is kept: canonical."""
        return record.canonical({"format": NOTE_FORMAT, **asdict(self)}).decode()


@dataclass(frozen=True, slots=True)
class _Scope:
    """Which archive: the public one of a mode, or the complete one for those who check for others."""

    ballots: bool
    names: bool
    fields: bool  # a column of the fields that are published with the ballot
    votes: bool = False  # the log's rows of the votes too: when each was cast, which is for scrutineers

    @property
    def acts(self) -> frozenset[str]:
        return PUBLIC_ACTS | COUNTING_ACTS if self.ballots else PUBLIC_ACTS


def publish(work: Work, found: Round, small_cell: int, objected: Mapping[str, object] | None = None) -> None:
    """Record that a round is published, take the head of the log, and store the archive's digest.

    The public figures of the result must be stored before. Groups below `small_cell` are small.
    `objected` has the details about objections for the row in the log.

    Problem: `result.uncounted`.
    """
    made_by, scope = _maker(work, found), _scope(found, complete=False)
    counted = ballots_acts.archive_numbers(work.session, found.id)
    closed = or_problem(acts_acts.last(work, found, acts_acts.CLOSED, acts_acts.Closed), "result.uncounted")
    stamps, public = _stamps(work, found, None), documents.find(work.session, found.id, "public")
    stood = first_stood(
        found,
        ballots_acts.counted(work.session, found.id),
        max(small_cell, found.joined_below or 1),
        ballots_acts.codes_of(work, found),
    )
    with ExitStack() as opened:
        # Before the row is written: from then on others wait to write theirs.
        large = _large(work, found, scope, chain.size(work.session), opened)
        work.record(
            "rounds.published",
            f"round:{found.id}",
            {
                "ballots": counted.ballots,
                "replaced": counted.replaced,
                "assisted": counted.assisted,
                **_abstained(work, found, counted, small_cell),
                "late": closed.late,
                "late_since": counted.late - closed.late,
                "electorate": electorate.numbers(work, found, small_cell).told(),
                "example": found.example,
                "code": made_by.version,
                "files": {name: record.digest(text.encode()) for name, text in made_by.shipped.items()},
                "bundle_sha256": _document(work, found, "bundle").sha256,
                "receipts_sha256": binding.receipts_digest(work, found),
                **(objected or {}),
                **({"first_stood": stood} if stood else {}),
                **({"public_sha256": public.sha256} if public else {}),
                **({"stamps_sha256": record.digest(stamps["stamps.json"])} if stamps else {}),
            },
        )
        _keep_digest(work, found, large)


def renew(work: Work, found: Round) -> None:
    """Take a head for what has just been made public, and note the digest of the archive up to it."""
    with ExitStack() as opened:
        scope = _scope(found, complete=False)
        _keep_digest(work, found, _large(work, found, scope, chain.size(work.session), opened))


def _keep_digest(work: Work, found: Round, large: _Large) -> None:
    head = heads.take_head(work, "publication", found.id)
    made_by = _maker(work, found)
    with _build(work, found, head, _scope(found, complete=False), made_by, large) as file:
        sha256, size = hashlib.file_digest(file, "sha256").hexdigest(), file.tell()
    note = _Note(head.root, sha256, size, made_by.version, dict(made_by.shipped))
    documents.keep(work.session, found.id, "archive", note.to_text(), work.now)


def public_archive(work: Work, key: str) -> tuple[str, zipped.File]:
    """Return the public archive of a published round: file name and file. Problem: `archive.unknown`."""
    require(work, "published.read")
    found = published(work, key)
    return archive_name(key), build(work, found, complete=False)


def noted(work: Work, key: str) -> tuple[str, int]:
    """Return digest and size of the public archive of a round, without building it.

    Problem: `archive.unknown`.
    """
    require(work, "published.read")
    note = or_problem(_note(work, published(work, key)), "archive.unknown", key=key)
    return note.sha256, note.size


def complete_archive(work: Work, key: str) -> tuple[str, zipped.File]:
    """Return the complete archive of a published round for the secretariat: file name and file.

    It has everything on which the count is based; the log records who took it out. Scrutineers get the
    same file from `scrutineers`.

    Problem: `archive.unknown`.
    """
    require(work, "archive.read")
    return taken_out(work, published(work, key))


def taken_out(work: Work, found: Round) -> tuple[str, zipped.File]:
    """Return name and file of the complete archive of a round, and record that it was taken out.

    The caller has checked who may. Problem: `archive.unknown`.
    """
    file = build(work, found, complete=True)
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    work.record("results.downloaded", f"round:{found.id}", {"kind": "archive", "sha256": sha256})
    return archive_name(found.key, complete=True), file


def build(work: Work, found: Round, *, complete: bool) -> zipped.File:
    """Return the archive of a round up to its newest publication, as a file. Problem: `archive.unknown`."""
    head = kept_heads.of_round(work.session, found.id, "publication")
    if head is None or _note(work, found) is None:
        raise Problem("archive.unknown", key=found.key)
    scope = _scope(found, complete=complete)
    with ExitStack() as opened:
        large = _large(work, found, scope, head.size, opened)
        return _build(work, found, head, scope, _maker(work, found), large)


def verify_page(work: Work, key: str, head: str = "") -> VerifyView:
    """Return the data of the page about verifying a published round, and about a `head` that a reader kept.

    Problem: `archive.unknown`.
    """
    require(work, "published.read")
    found = published(work, key)
    rows = kept_heads.rows_under(work.session, head) if head else None
    return VerifyView(public_rounds.card_of(work, found), facts(work, found), rows)


def facts_of(work: Work, key: str) -> TrustFacts:
    """Return the facts published about a published round. Problem: `archive.unknown`."""
    require(work, "published.read")
    return facts(work, published(work, key))


def facts(work: Work, found: Round) -> TrustFacts:
    """Return the facts published about a round, from its log row and its archive's note.

    Nothing is counted or computed anew: the figures are those of the day of publication.
    Raise Problem `archive.unknown` if one of these is missing.
    """
    note, head = _note(work, found), kept_heads.of_round(work.session, found.id, "publication")
    told = acts_acts.last(work, found, acts_acts.PUBLISHED, acts_acts.Published)
    if note is None or head is None or told is None:
        raise Problem("archive.unknown", key=found.key)
    scope = _scope(found, complete=False)
    return TrustFacts(
        key=found.key,
        complete=scope.ballots,
        **{name: getattr(told, name) for name in SAID},
        late=told.late + told.late_since,
        head=heads.view_of(head),
        result_sha256=documents.digest(work.session, found.id, "result") if scope.ballots else None,
        archive_sha256=note.sha256,
        archive_size=note.size,
        code_version=note.code,
        moves=moves_of(work, found),
        reopened=reopenings_of(work, found),
        registered=registered.registered_of(work, found),
        order=_order(found, told),
        ending=ending_of(work, found),
        objections=_objections(told),
        compared=addresses.opened_before(work.session, found) is not None,
        marked=tuple(
            (name_of("subregion", key), marks.assisted, marks.young)
            for key, marks in told.electorate.by_subregion.items()
        ),
    )


def _abstained(
    work: Work, found: Round, counted: ballots_acts.ArchiveNumbers, small_cell: int
) -> dict[str, int | None]:
    """Return how many abstained as `abstained`, None where it may not be told; nothing where none did."""
    if not counted.abstained:
        return {}
    seats = sum(alike.seats for alike in ballots_acts.roll(work.session, found.id))
    silent = seats - counted.ballots - counted.abstained
    return {"abstained": abstentions_told(found.secrecy, counted.abstained, silent, small_cell)}


def _objections(told: acts_acts.Published) -> ObjectionFacts:
    return ObjectionFacts(**asdict(told.objections), because=told.undecided_because)


def _order(found: Round, told: acts_acts.Published) -> OrderFacts | None:
    if told.first_stood is None:
        return None
    return OrderFacts(told.first_stood, tuple(expected(len(found.themes), told.ballots)))


def published(work: Work, key: str) -> Round:
    """Return a round that is published. Problem: `archive.unknown`."""
    found = rounds.whole(work.session, key)
    if found is None or found.state != State.PUBLISHED.value:
        raise Problem("archive.unknown", key=key)
    return found


def _note(work: Work, found: Round) -> _Note | None:
    kept = documents.find(work.session, found.id, "archive")
    return read_document(_Note, kept.content.encode(), "archive.json", NOTE_FORMAT) if kept else None


def _maker(work: Work, found: Round) -> _Maker:
    """Return version and texts of the round's first archive; those of this program without one."""
    note = _note(work, found)
    if note is not None:
        return _Maker(note.code, note.shipped)
    return _Maker(__version__, {name: _shipped(name) for name in SHIPPED})


def _shipped(name: str) -> str:
    """Return a text for readers that goes into the archive; it tells the digest of verificar.html."""
    return (VERIFY / name).read_text(encoding="utf-8").replace(verifier.PLACE_OF_DIGEST, verifier.digest())


def _scope(found: Round, *, complete: bool) -> _Scope:
    public = what_is_public(found.secrecy)
    return _Scope(
        ballots=complete or "bundle" in public,
        names=complete or "seats" in public,
        fields=not all(each["sealed"] for each in found.ballot_fields),
        votes=complete,
    )


def _panel(work: Work, found: Round) -> dict[str, bytes]:
    """Return the file about the newest panel that was published, as the log's row of that tells it.

    Nothing where no panel was published.
    """
    told = acts_acts.last(work, found, acts_acts.PANEL, acts_acts.PanelPublished)
    if told is None:
        return {}
    return {"panel.json": (json.dumps(told.panel, ensure_ascii=False, indent=1) + "\n").encode()}


@dataclass(frozen=True, slots=True)
class _Large:
    """The files of an archive that grow with the roll and the votes; they are made before its last rows.

    They are the log's first rows, and by name what does not change any more: opening, documents, ballots.
    """

    size: int  # of the log
    log: zipped.File
    files: Mapping[str, bytes | zipped.File]


def _large(work: Work, found: Round, scope: _Scope, size: int, opened: ExitStack) -> _Large:
    """Return the large files of an archive, with the first `size` rows of the log; `opened` closes them."""
    rows = _rows(work, found, scope)
    files: dict[str, bytes | Iterable[bytes]] = {
        **_opening(found, scope),
        **_documents(work, found, scope),
        **(_ballots(work, found, scope) if scope.ballots else {}),
    }
    return _Large(
        size,
        zipped.spooled(_log(chain.rows(work.session, size), found, rows), opened),
        {
            name: each if isinstance(each, bytes) else zipped.spooled(each, opened)
            for name, each in files.items()
        },
    )


def _build(
    work: Work, found: Round, head: Head, scope: _Scope, made_by: _Maker, large: _Large
) -> zipped.File:
    rows, panel = _rows(work, found, scope), _panel(work, found)
    again, late = _reopened(work, found), _registered(work, found, scope)
    stamps = _stamps_published(work, found)
    parts = [
        *(["panel"] if panel else []),
        *(["reopened"] if again else []),
        *(["registered"] if late else []),
        *(["stamps"] if stamps else []),
    ]
    large.log.writelines(_log(chain.rows(work.session, head.size, large.size), found, rows))
    files: dict[str, bytes | zipped.File] = {
        "archive.json": _about(found, scope, made_by.version, rows, parts),
        "heads.txt": _heads(kept_heads.until(work.session, head.id)),
        "log.jsonl": large.log,
        "checkpoints.json": _checkpoints(work, found, head),
        **large.files,
        **panel,
        **again,
        **late,
        **stamps,
        **{name: text.encode() for name, text in made_by.shipped.items()},
    }
    return zipped.save(files)


def _reopened(work: Work, found: Round) -> dict[str, bytes]:
    """Return the file about reopenings, as the log's rows tell them; nothing where there was none."""
    rows = acts_acts.rows(work, found, REOPENED)
    if not rows:
        return {}
    told = {"format": "consulta-reopened/1", "reopened": [acts_acts.written(row) for row in rows]}
    return {"reopened.json": (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()}


def _registered(work: Work, found: Round, scope: _Scope) -> dict[str, bytes]:
    """Return the file about late registrations, as the log's rows tell them; nothing where there was none.

    Whose seats they are stands in it where the archive has the names of organisations beside ballots.
    """
    if not acts_acts.rows(work, found, acts_acts.REGISTERED):
        return {}
    told = registered.file_of(work, found, names=scope.names)
    return {"registered.json": (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()}


def _stamps_published(work: Work, found: Round) -> dict[str, bytes]:
    """Return the file of time stamps where the row of the publication tells of it."""
    told = acts_acts.last(work, found, acts_acts.PUBLISHED, acts_acts.Stamped)
    if told is None or told.stamps_sha256 is None:
        return {}
    return _stamps(work, found, acts_acts.rows(work, found, acts_acts.PUBLISHED)[-1].seq)


def _stamps(work: Work, found: Round, before: int | None) -> dict[str, bytes]:
    """Return the file of the time stamps of heads since the opening, brought here before a row of the log.

    Nothing where there is none.
    """
    kept = kept_checkpoints.stamps_for(work.session, found.id, before)
    if not kept:
        return {}
    told = [
        {"size": size, "authority": each.authority, "response": each.response.hex()} for size, each in kept
    ]
    content = {"format": STAMPS, "stamps": told}
    return {"stamps.json": (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()}


@dataclass(frozen=True, slots=True)
class _Rows:
    """Which rows of the log an archive shows: acts of the round, and rows of the votes of these seats.

    `cast` says how much of the rows of votes: `whole`, `outside` (of each what can be shown alone) or
    `hidden`.
    """

    acts: frozenset[str]
    votes: frozenset[str]
    cast: Literal["whole", "outside", "hidden"]
    undone: frozenset[int] = frozenset()  # rows that a reopening undid, by number: these are not shown


def _rows(work: Work, found: Round, scope: _Scope) -> _Rows:
    """Return which rows of the log the archive of a scope shows.

    In their order stands when each vote was cast, at least between two heads. So rows of votes are whole for
    those who check for others, and in a public archive only where everybody reads who voted how.
    """
    cast: Literal["whole", "outside", "hidden"] = (
        "whole" if scope.votes else "outside" if scope.names else "hidden"
    )
    votes = frozenset() if cast == "hidden" else ballots_acts.votes(work.session, found.id)
    return _Rows(scope.acts, votes, cast, _undone(work, found, scope))


def _undone(work: Work, found: Round, scope: _Scope) -> frozenset[int]:
    """Return the rows of the log that the last reopening undid and that an archive does not show.

    Counts of before it are in none. An earlier closing is where everybody reads who voted how, or for those
    who check for others: elsewhere its digests and numbers would tell which ballots came after it.
    """
    last = ballots_acts.last_act(work.session, f"round:{found.id}", REOPENED)
    if last is None:
        return frozenset()
    hidden = UNDONE if scope.names or scope.votes else (*UNDONE, acts_acts.CLOSED)
    rows = [row for act in hidden for row in acts_acts.rows(work, found, act)]
    return frozenset(row.seq for row in rows if row.seq < last.seq)


def _about(found: Round, scope: _Scope, version: str, rows: _Rows, parts: Sequence[str]) -> bytes:
    """Return `archive.json`; `parts` are what this archive has beside what every archive has."""
    about = {
        "format": FORMAT,
        "round": found.key,
        "subject": f"round:{found.id}",
        "secrecy": found.secrecy,
        "complete": scope.ballots,
        "votes": scope.votes,
        "cast": rows.cast,
        "parts": [*parts],
        "example": found.example,
        "code": version,
    }
    return (json.dumps(about, ensure_ascii=False, indent=1) + "\n").encode()


def _opening(found: Round, scope: _Scope) -> dict[str, bytes]:
    """Return the files about the opening: the frozen texts, and the roll where its names may be read.

    The roll is in the public archive if it is public, and always in the complete one.
    """
    files = {"opening.json": frozen.texts(found)}
    if found.roll_shown == "public" or scope.votes:
        files["roll.csv"] = roll.file(found, found.seats)
    return files


def _documents(work: Work, found: Round, scope: _Scope) -> dict[str, bytes]:
    """Return the stored documents of a round by file name, byte for byte.

    Only the public figures where the archive has no ballots.
    """
    kept = documents.find(work.session, found.id, "public")
    files = {"public.json": kept.content.encode()} if kept else {}
    if not scope.ballots:
        return files
    for kind in ("bundle", "result", "robustness"):
        files[f"{kind}.json"] = _document(work, found, kind).content.encode()
    if scope.names:
        files["package.json"] = frozen.as_published((found.frozen or "{}").encode())
    return files


def _document(work: Work, found: Round, kind: str) -> Any:
    return or_problem(documents.find(work.session, found.id, kind), "result.uncounted")


def _heads(kept: Iterable[Head]) -> bytes:
    """Return the heads as text, a line each: size, root, time, reason, and the round or `-`."""
    lines = ["# size root time reason about"]
    lines += [
        f"{head.size} {head.root} {head.at.isoformat(timespec='microseconds')} {head.reason} "
        f"{'-' if head.round_id is None else f'round:{head.round_id}'}"
        for head in kept
    ]
    return ("\n".join(lines) + "\n").encode()


def _checkpoints(work: Work, found: Round, head: Head) -> bytes:
    """Return the checkpoints of a round up to a head, with the cosignatures that were there by then."""
    notes = kept_checkpoints.notes_for(work.session, found.id, head)
    return (json.dumps({"format": CHECKPOINTS, "notes": notes}, ensure_ascii=False, indent=1) + "\n").encode()


def _log(entries: Iterable[chain.Stored], found: Round, rows: _Rows) -> Iterator[bytes]:
    """Yield the log as JSON, a line a row: some rows whole, of all others only number and digests.

    Whole are the rows of this round with an action in `rows.acts`, rows about the log itself, and rows of
    the votes of the seats in `rows.votes`; of these perhaps only the part that stands outside.
    """
    for entry in entries:
        yield record.canonical(_row(entry, found, rows)) + b"\n"


def _row(entry: chain.Stored, found: Round, rows: _Rows) -> Mapping[str, object]:
    links = {"seq": entry.seq, "previous": entry.previous, "digest": entry.digest}
    of_round = (
        entry.subject == f"round:{found.id}" and entry.action in rows.acts and entry.seq not in rows.undone
    )
    of_log = entry.subject == kept_heads.SUBJECT and entry.action in OF_LOG
    of_vote = entry.action == CAST and entry.subject in rows.votes
    if not (of_round or of_log or of_vote):
        return links
    row = chain.row_of(entry)
    if of_vote and rows.cast == "outside":
        return links | {"hidden_sha256": row.hidden_sha256, "outside": row.outside}
    told = ("at", "role", "seal", "action", "subject", "details", *(["outside"] if row.outside else []))
    return links | {name: getattr(row, name) for name in told}


def _list(counted: Iterable[Listed], scope: _Scope) -> Iterator[bytes]:
    """Yield the receipt codes of ballots as CSV, with the data behind each code.

    The file is only in an archive that has the ballots. Elsewhere, a person with a code can ask for what
    its ballot says.
    """
    headings = [
        "code",
        "seat",
        "seal",
        "ranking",
        *(["fields"] if scope.fields else []),
        *(["organisation"] if scope.names else []),
    ]
    return delimited.csv_pieces(headings, (_receipt(seat, ballot, scope) for seat, ballot in counted))


def _ballots(work: Work, found: Round, scope: _Scope) -> dict[str, bytes | Iterable[bytes]]:
    """Return the list of the ballots that count; where some were taken out, their list and the first count.

    An archive without ballots has none of these files: two results that differ by one ballot would reveal
    what it said.
    """
    files: dict[str, bytes | Iterable[bytes]] = {
        "receipts.csv": _list(ballots_acts.counted(work.session, found.id), scope)
    }
    out = excluded(work.session, found.id)
    if not out:
        return files
    for kind in ("bundle", "result"):
        kept = documents.first(work.session, found.id, kind)
        files |= {f"first-{kind}.json": kept.content.encode()} if kept else {}
    return files | {"excluded.csv": _list([(seat, ballot) for seat, ballot, _ in out], scope)}


def _receipt(
    seat: Seat | ballots_acts.Seated, ballot: Ballot | ballots_acts.Cast, scope: _Scope
) -> list[str]:
    ranking = " > ".join(" = ".join(tier) for tier in ballot.ranking)
    fields = [record.canonical(ballot.fields).decode()] if scope.fields else []
    names = [seat.name] if scope.names else []
    return [ballot.receipt, seat.pseudonym, ballots_acts.seal_of(ballot), ranking, *fields, *names]


MOST_LINES = 500
"""More than that are for the archive's list, not for a page."""

NO_CODE = "----"


def receipts_page(work: Work, key: str) -> ReceiptsView:
    """Return the codes of the counted ballots, where public, with their rankings, where public.

    Above 500 ballots no codes are listed here: they are in the archive's list.
    Raise Problem `archive.unknown` if the round is not published.
    """
    require(work, "published.read")
    found = published(work, key)
    fields = what_is_public(found.secrecy)
    total = ballots.ballots(work.session, found.id)
    listed = "receipt_codes" in fields and total <= MOST_LINES
    shown, titles = "receipt_ballots" in fields, _titles(found)
    return ReceiptsView(
        card=public_rounds.card_of(work, found),
        shown=shown,
        total=total,
        lines=tuple(
            ReceiptLine(
                ballot.receipt,
                _ranking(ballot, titles) if shown else (),
                seat.name if "seats" in fields else "",
            )
            for seat, ballot in (ballots.counted(work.session, found.id) if listed else ())
        ),
    )


def look_up(work: Work, key: str, typed: str) -> LookedUp:
    """Return the state of the vote with this code, and its ranking if the reader may see it.

    Raise Problem `archive.unknown` if the round is not published.
    """
    require(work, "published.read")
    found = published(work, key)
    code = as_code(typed)
    ballot = ballots.by_code(work.session, found.id, code or NO_CODE)
    titles = _titles(found)
    if ballot is None:
        return LookedUp(code, "unknown" if code else "malformed")
    cast, last, excluded = ballot
    if ballots.code_of(cast, found.key, ballots.pseudonym(work.session, cast)) != cast.receipt:
        return LookedUp(code, "altered")
    if excluded:
        return LookedUp(code, "abstention_out" if cast.abstains else "excluded")
    if last and cast.abstains:
        return LookedUp(code, "abstained")
    state: Literal["counted", "replaced"] = "counted" if last else "replaced"
    own = work.actor.role == "voter" and work.actor.seat_id == cast.seat_id
    shown = own or "receipt_ballots" in what_is_public(found.secrecy)
    return LookedUp(code, state, _ranking(cast, titles) if shown else ())


def _titles(found: Round) -> dict[str, Text]:
    return {theme.key: theme.title for theme in found.themes}


def _ranking(ballot: Ballot | ballots_acts.Cast, titles: dict[str, Text]) -> Ranking:
    return tuple(tuple(titles[key] for key in tier) for tier in ballot.ranking)
