"""All of it: which checks an archive asks for, what each found in words, and what the differences mean."""

from __future__ import annotations

import csv
import re
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from consulta.platform.data import tongues
from consulta.platform.labels import name_of
from consulta.results import verifier
from consulta.results.verifying.acts import check_acts
from consulta.results.verifying.bound import check_bound, title_frozen
from consulta.results.verifying.bundle import (
    check_bundle,
    check_count,
    check_excluded,
    check_figures,
    check_firmness,
    check_outside,
    check_panel,
    check_public,
    check_receipts,
    check_robustness,
    check_seed,
    check_votes,
    check_weights,
)
from consulta.results.verifying.files import (
    EXTRAS,
    VERSIONS,
    Box,
    DiffersError,
    First,
    MissingError,
    Note,
    UnfitError,
    filled,
    need,
    need_log,
    plain,
    read_archive,
    short,
)
from consulta.results.verifying.late import check_seated
from consulta.results.verifying.log import (
    check_chain,
    check_checkpoints,
    check_files,
    check_heads,
    check_stamps,
    parts_told,
    sizes_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Check: TypeAlias = tuple[str, Callable[[Box], Note]]
Say: TypeAlias = Callable[[str], object]

AGREES, DIFFERENT, UNREAD, UNSEEN = range(4)
"""Exit status: UNSEEN where all agrees, but no witness signed the log since the closing."""

NAMED = re.compile(r"\S*[0-9.:/_]\S*")  # what # stands for
MILLION = 10**6
ROW = re.compile("row ([0-9]+)")
OF_BUNDLE = {
    "rules_sha256 at opening": "rules",
    "themes_sha256 at opening": "themes",
    "roll_sha256 at opening": "counted_roll",
    "root of the ballots in the log": "ballots",
    "seats": "counted_roll",
    "themes": "themes",
    "ballots": "ballots",
    "seed": "seed",
}
SOURCES = ("bundle_sha256", "ballots_root")  # in a result: of what it was counted
OF_FILES = ("sha256", "sha256 in the log", "texts at closing")  # places of the digests of whole files
MOST_PLACES = 6  # of a weight, which is whole millionths


def check_held(box: Box) -> Note:
    """Heads and digests that the reader brings are those of this archive."""
    notes = []
    taken = {head["root"]: head["size"] for head in box.heads}
    taken.update(sizes_of(box, [root.lower() for root in box.held_heads if root.lower() not in taken]))
    for root in box.held_heads:
        need_log(root.lower() in taken, "--head", root, box.say("head_unknown"), First("seal", {}))
        notes.append(box.say("held_head", size=taken[root.lower()]))
    known = {box.files.digest(name): name for name in box.listed if name in box.files}
    if box.zipped:
        known[box.zipped] = box.name
    for given in box.held_sums:
        there = given.lower() in known
        need(there, box.name, "--sha256", given, box.say("sum_unknown"), First("sum", {}))
        notes.append(box.say("held_sum", name=known[given.lower()]))
    box.notes = "; ".join(notes)
    return None, {}


FIRST: list[Check] = [
    ("files", check_files),
    ("chain", check_chain),
    ("heads", check_heads),
    ("acts", check_acts),
    ("checkpoints", check_checkpoints),
]
COMPLETE: list[Check] = [
    ("bundle", check_bundle),
    ("seed", check_seed),
    ("receipts", check_receipts),
    ("weights", check_weights),
    ("count", check_count),
    ("firmness", check_firmness),
]
"""In the order in which each needs what those before it have read."""

NO_ARCHIVE = (
    DiffersError,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
UNREADABLE = (
    LookupError,
    AttributeError,
    StopIteration,
    TypeError,
    ValueError,
    ArithmeticError,
    RuntimeError,
    csv.Error,
)


@dataclass(frozen=True, slots=True)
class Found:
    """A difference in words: what it means, how much that says (0 the most), and where exactly it is."""

    rank: int
    sentence: str
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a whole archive gave: the most meaningful difference, if any, and whether ballots are missing.

    `unseen` says that nothing differs, but that no witness signed the log since the closing.
    """

    first: Found | None
    partial: bool
    unseen: str = ""


def run(box: Box, show: Callable[[str, str, str], object]) -> Verdict:
    """Make every check that can be made; `show` is given mark, title and note of each."""
    newer = unknown_version(box)
    if newer:
        show(box.say("no"), box.say("version"), newer)
        return Verdict(Found(0, newer, ""), partial=False)
    found: list[Found] = []
    left_out = False
    checks = checks_for(box)
    for title, check in checks:
        try:
            note, values = check(box)
            told = box.notes if title == "held" else box.say(note, **in_reader(box, values)) if note else ""
            mark = {"aggregate": "skip", "unseen": "no"}.get(note or "", "ok")
            show(box.say(mark), box.say(title), told)
        except MissingError:
            left_out = True
            show(box.say("skip"), box.say(title), box.say("after"))
        except (DiffersError, *UNREADABLE) as error:
            of_rules = isinstance(error, DiffersError) and error.place.startswith("rules.")
            box.later = box.later or (title == "bundle" and of_rules)
            found.append(difference(box, title, error))
            show(box.say("no"), box.say(title), f"{found[-1].sentence} {found[-1].detail}")
    first = min(found, key=lambda each: each.rank, default=None)
    if first is None and left_out:
        first = Found(0, box.say("after"), "")
    unseen = box.say("but_unseen", names=box.unseen) if box.unseen else ""
    return Verdict(first, ("public", check_public) in checks, "" if first else unseen)


def difference(box: Box, title: str, error: Exception) -> Found:
    """Return what a difference means, in the reader's language."""
    first = meaning(title, error)
    sentence = filled(box.words.first[first.code], in_reader(box, first.values))
    return Found([*box.words.first].index(first.code), sentence, f"({explained(box, error)})")


def meaning(title: str, error: Exception) -> First:
    """Return what a difference that a check found means to people."""
    other = First(f"step_{title}", {})
    if not isinstance(error, DiffersError):
        return other
    row = ROW.match(error.place if error.file == "log.jsonl" else error.file.removeprefix("log.jsonl "))
    if error.first:
        return error.first
    if title == "chain" and row:
        return First("row", {"n": row[1]})
    if title in {"bundle", "seed"} and error.place in OF_BUNDLE:
        return First(OF_BUNDLE[error.place], {})
    if error.found == "missing" or error.place in OF_FILES:
        return First("file_lost" if error.found == "missing" else "file", {"file": error.file})
    return First("source", {}) if title == "count" and error.place in SOURCES else other


def in_reader(box: Box, values: Mapping[str, Any]) -> dict[str, object]:
    """Return the values of a sentence as its reader knows them: weights, categories and themes by name."""
    found = dict(values)
    if "sector" in found:
        found["sector"] = name_of("sector", short(found["sector"])).best(box.lang, *tongues.codes())
    cell = found.pop("cell", None)
    if cell is not None:
        names = [
            name_of(*each).best(box.lang, *tongues.codes()) for each in sorted(cell["categories"].items())
        ]
        found["cell"] = ", ".join([*names, *([f"{cell['each']}x"] if cell["each"] > 1 else [])]) or "1x"
        for name in ("expected", "found"):
            found[name] = weight(box.lang, *(values[each] for each in (name, "expected", "found")))
        return found
    for name in ("theme", "expected", "found"):
        value = found.get(name)
        if isinstance(value, str | list):
            keys = value if isinstance(value, list) else [value]
            found[name] = "; ".join(theme_named(box, key) for key in keys)
        elif isinstance(value, float):
            found[name] = decimal(box.lang, value, 2)
        elif name in found:
            found[name] = short(value)
    return found


def weight(lang: str, micro: Any, *both: Any) -> str:
    """Return a weight with two decimals, or with as many more as show that two are not the same."""
    if not all(type(each) is int for each in (micro, *both)):
        return short(micro)
    apart = (n for n in range(2, MOST_PLACES) if len({round(each / MILLION, n) for each in both}) > 1)
    places = next(apart, MOST_PLACES)
    return decimal(lang, micro / MILLION, places)


def decimal(lang: str, value: float, places: int) -> str:
    """Return a number with so many decimals, as a language writes it."""
    return f"{value:.{places}f}".replace(".", tongues.of(lang).decimal)


def theme_named(box: Box, key: object) -> str:
    """Return the title of a theme in the reader's language; its key where the bundle has none."""
    if not isinstance(key, str):
        return short(key)
    themes = box.json("bundle.json")["themes"]
    title: dict[str, str] = next((each["title"] for each in themes if each["key"] == key), {})
    order = [box.lang, *tongues.codes(), *title]
    return str(next((title[each] for each in order if title.get(each)), key))


def unknown_version(box: Box) -> str | None:
    """Return which file is of a version that is not known here, in words; None where all are known.

    What is no version at all is found by the checks.
    """
    for file, known in VERSIONS.items():
        try:
            said = box.json(file)["format"] if file in box.files else known[0]
            family = said.partition("/")[0]
        except (DiffersError, *UNREADABLE):
            continue
        if said not in known and family == known[0].partition("/")[0]:
            return box.say("newer", file=file, found=said, known=", ".join(known))
    try:
        strange = [name for name in parts_told(box.json("archive.json")) if name not in EXTRAS]
    except (DiffersError, *UNREADABLE):
        return None
    if strange:
        return box.say("newer", file="archive.json", found=strange[0], known=", ".join(EXTRAS))
    return None


def checks_for(box: Box) -> list[Check]:
    """Return the checks that this archive asks for; one that says nothing of itself should be complete."""
    try:
        about = box.json("archive.json")
        complete, votes = bool(about.get("complete")), bool(about.get("votes"))
        parts, outside = parts_told(about), about.get("cast") == "outside"
        with_panel = complete and "panel" in box.json("bundle.json")["rules"]
    except (DiffersError, *UNREADABLE):
        complete, with_panel, votes = "bundle.json" in box.files, False, False
        parts, outside = [], False
    checks = [*FIRST]
    checks += [("stamps", check_stamps)] if "stamps" in parts else []
    checks.append(("bound", check_bound))
    if complete:
        checks += checks_of_ballots(box, check_votes if votes else check_outside if outside else None)
    else:
        checks += [("public", check_public)]
    more: list[tuple[object, Check]] = [
        (with_panel, ("panel", check_panel)),
        ("panel" in parts, ("seated", check_seated)),
        (box.held_heads or box.held_sums, ("held", check_held)),
    ]
    return [*checks, *(check for wanted, check in more if wanted)]


def checks_of_ballots(box: Box, of_votes: Callable[[Box], Note] | None) -> list[Check]:
    """Return the checks that need the ballots; `of_votes` is that of the log's rows of votes, if any."""
    checks = list(COMPLETE)
    if "excluded.csv" in box.files:
        checks.insert(checks.index(("receipts", check_receipts)) + 1, ("excluded", check_excluded))
    if of_votes is not None:
        checks.append(("votes", of_votes))
    checks.append(("robustness", check_robustness))
    if "public.json" in box.files:
        checks.append(("figures", check_figures))
    return checks


def explained(box: Box, error: Exception) -> str:
    """Return where exactly something differs, and how."""
    if isinstance(error, DiffersError):
        said = (in_words(box, text) for text in (error.place, error.expected, error.found))
        place, expected, found = said
        return box.say("differs", file=error.file, place=place, expected=expected, found=found)
    field = error.args[0] if isinstance(error, KeyError) else None
    return box.say("no_field", what=short(field)) if isinstance(field, str) else box.say("no_sense")


def in_words(box: Box, text: str) -> str:
    """Return a phrase in the reader's language; as it is where it is none, such as a value of a file."""
    shape, named = NAMED.sub("#", text), iter(NAMED.findall(text))
    phrases = box.words.phrases
    if shape not in phrases or shape.count("#") != len(NAMED.findall(text)):
        return text
    return re.sub("#", lambda _: next(named), phrases[shape])


def open_archive(path: Path, lang: str) -> Box:
    """Return what there is to check; raise UnfitError with the sentence where it is no archive."""
    said = verifier.words()[lang].texts
    try:
        files, zipped = read_archive(path)
    except UnfitError as unfit:
        raise UnfitError(plain(said[unfit.code].format(**unfit.values))) from unfit
    except (EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise UnfitError(plain(said["cut"].format(name=path.name))) from error
    except NO_ARCHIVE as error:
        raise UnfitError(plain(said["unreadable"].format(what=f"{path.name}: {error}"))) from error
    return Box(files, zipped, path.name, lang)


def round_told(box: Box) -> str:
    """Return of which round an archive says that it is, so that a person sees which file was given."""
    try:
        key, title = box.json("archive.json")["round"], title_frozen(box.json("opening.json"))
        return f"{short(key)} ({short(title.get(box.lang) or next(iter(title.values())))})"
    except (DiffersError, StopIteration, *UNREADABLE):
        return "?"


def tell(box: Box, say: Say) -> int:
    """Say what is found in an archive, step by step, and the verdict; return the exit status.

    Raise UnfitError with a sentence where the machine cannot finish.
    """
    say(box.say("round", key=round_told(box)))
    try:
        verdict = run(
            box, lambda mark, title, note: say(": ".join(filter(None, (f"[{mark}] {title}", note))))
        )
    except MemoryError as error:
        raise UnfitError(plain(box.say("no_memory", name=box.name))) from error
    except (OSError, sqlite3.Error) as error:  # the disk is full, or a folder changed meanwhile
        raise UnfitError(plain(box.say("unreadable", what=f"{box.name}: {error}"))) from error
    if verdict.first:
        say(box.say("some", first=verdict.first.sentence))
        if box.later:
            say(box.say("later"))
        return DIFFERENT
    if verdict.partial or not verdict.unseen:
        say(box.say("not_all" if verdict.partial else "all"))
    if verdict.unseen:
        say(verdict.unseen)
    if not box.held_heads:
        say(box.say("no_anchor"))
    return UNSEEN if verdict.unseen else AGREES
