"""All of it: which checks an archive asks for, what each found, in words, and the command."""

from __future__ import annotations

import argparse
import csv
import os
import re
import sqlite3
import struct
import sys
import zipfile
import zlib
from pathlib import Path

from consulta.data.verify.program.acts import check_acts
from consulta.data.verify.program.bound import check_bound
from consulta.data.verify.program.box import EXTRAS, VERSIONS, Box, Missing
from consulta.data.verify.program.bundle import check_bundle, check_seed
from consulta.data.verify.program.excluded import check_excluded
from consulta.data.verify.program.figures import check_figures, check_public
from consulta.data.verify.program.files import read_archive
from consulta.data.verify.program.log import (
    check_chain,
    check_files,
    check_heads,
    is_bound,
    parts_told,
    sizes_of,
)
from consulta.data.verify.program.panel import check_panel
from consulta.data.verify.program.receipts import check_receipts
from consulta.data.verify.program.report import check_count
from consulta.data.verify.program.robustness import check_firmness, check_robustness
from consulta.data.verify.program.seated import check_seated
from consulta.data.verify.program.signatures import check_checkpoints
from consulta.data.verify.program.stamps import check_stamps
from consulta.data.verify.program.values import Differs, Unfit, need, plain, sha256, short
from consulta.data.verify.program.votes import check_outside, check_votes
from consulta.data.verify.program.weights import check_weights
from consulta.data.verify.program.words import PHRASES, TEXTS

MOST_COUNTED = 64 * 10**6  # bytes of a bundle whose ballots are drawn again at random, a thousand times
MOST_TWICE = 2 * 10**6  # the same where another count follows
UNSEEN = 3  # exit status where all agrees, but no witness signed the log since the closing
NAMED = re.compile(r"\S*[0-9.:/_]\S*")  # what # stands for


def check_held(box):
    """Heads and digests that the reader brings."""
    notes = []
    taken = {head["root"]: head["size"] for head in box.heads}
    taken.update(sizes_of(box, [root.lower() for root in box.held_heads if root.lower() not in taken]))
    for root in box.held_heads:
        need(root.lower() in taken, "log.jsonl", "--head", root, box.say("head_unknown"))
        notes.append(box.say("held_head", size=taken[root.lower()]))
    known = {box.files.digest(name): name for name in box.listed if name in box.files}
    if box.zipped:
        known[box.zipped] = box.name
    for digest in box.held_sums:
        need(digest.lower() in known, box.name, "--sha256", digest, box.say("sum_unknown"))
        notes.append(box.say("held_sum", name=known[digest.lower()]))
    box.notes = "; ".join(notes)
    return None, {}


FIRST = [("files", check_files), ("chain", check_chain), ("heads", check_heads), ("acts", check_acts)]
COMPLETE = [
    ("bundle", check_bundle),
    ("seed", check_seed),
    ("receipts", check_receipts),
    ("weights", check_weights),
    ("count", check_count),
    ("firmness", check_firmness),
]
PARTIAL = [("public", check_public)]
"""In the order in which each needs what those before it have read."""
NO_ARCHIVE = (
    Differs,
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
    TypeError,
    ValueError,
    ArithmeticError,
    RecursionError,
    csv.Error,
)


def run(box, show):
    """Make every check that can be made; the first difference, if any, and whether something is left out.

    Where nothing differs but no witness signed the log since the closing, that is the first difference.
    """
    newer = unknown_version(box)
    if newer:
        show(box.say("no"), box.say("version"), newer)
        return "{}: {}".format(box.say("version"), newer), False
    first, checks = None, checks_for(box)
    for title, check in checks:
        try:
            note, values = check(box)
            told = box.notes if title == "held" else box.say(note, **values) if note else ""
            mark = (
                "skip" if note in ("aggregate", "elsewhere", "long") else "no" if note == "unseen" else "ok"
            )
            show(box.say(mark), box.say(title), told)
        except Missing:
            first = first or box.say("after")
            show(box.say("skip"), box.say(title), box.say("after"))
        except (Differs, *UNREADABLE) as error:
            told = explained(box, error)
            of_rules = title == "bundle" and isinstance(error, Differs) and error.place.startswith("rules.")
            box.later = box.later or of_rules
            first = first or f"{box.say(title)}: {told}"
            show(box.say("no"), box.say(title), told)
    return first or unseen_told(box), ("public", check_public) in checks


def unseen_told(box):
    """The verdict where all agrees but no witness signed the log since the closing; else nothing."""
    return box.say("but_unseen", names=box.unseen) if box.unseen else None


def unknown_version(box):
    """Which file is of a version that this program does not know, in words; nothing where it knows all.

    What is no version at all is found by the checks.
    """
    for file, known in VERSIONS.items():
        try:
            said = box.json(file)["format"] if file in box.files else known[0]
            family = said.partition("/")[0]
        except (Differs, *UNREADABLE):
            continue
        if said not in known and family == known[0].partition("/")[0]:
            return box.say("newer", file=file, found=said, known=", ".join(known))
    try:
        strange = [name for name in parts_told(box.json("archive.json")) if name not in EXTRAS]
    except (Differs, *UNREADABLE):
        return None
    if strange:
        return box.say("newer", file="archive.json", found=strange[0], known=", ".join(EXTRAS))
    return None


def checks_for(box):
    """The checks that this archive asks for; one that does not say what it is should be a complete one."""
    try:
        about = box.json("archive.json")
        complete, votes = bool(about.get("complete")), bool(about.get("votes"))
        bound, parts = is_bound(about), parts_told(about)
        outside = about.get("cast") == "outside"
        with_panel = complete and "panel" in box.json("bundle.json")["rules"]
    except (Differs, *UNREADABLE):
        complete, with_panel, votes, bound = "bundle.json" in box.files, False, False, False
        parts, outside = [], False
    signed = [("checkpoints", check_checkpoints)] if "checkpoints" in parts else []
    signed += [("stamps", check_stamps)] if "stamps" in parts else []
    checks = [*FIRST, *signed, *([("bound", check_bound)] if bound else [])]
    if complete:
        checks += checks_of_ballots(box, check_votes if votes else check_outside if outside else None)
    else:
        checks += PARTIAL
    more = [
        (with_panel, ("panel", check_panel)),
        ("panel" in parts, ("seated", check_seated)),
        (box.held_heads or box.held_sums, ("held", check_held)),
    ]
    return [*checks, *(check for wanted, check in more if wanted)]


def checks_of_ballots(box, of_votes):
    """The checks that need the ballots; `of_votes` is that of the log's rows of votes, if there are any."""
    checks = list(COMPLETE)
    if "excluded.csv" in box.files:
        checks.insert(checks.index(("receipts", check_receipts)) + 1, ("excluded", check_excluded))
    if of_votes is not None:
        checks.append(("votes", of_votes))
    if "robustness.json" in box.files:
        checks.append(("robustness", check_robustness))
    if "public.json" in box.files:
        checks.append(("figures", check_figures))
    return checks


def explained(box, error):
    if isinstance(error, Differs):
        said = (in_words(box.lang, text) for text in (error.place, error.expected, error.found))
        return box.say("differs", file=error.file, **dict(zip(("place", "expected", "found"), said)))
    field = error.args[0] if isinstance(error, KeyError) else None
    return box.say("no_field", what=short(field)) if isinstance(field, str) else box.say("no_sense")


def in_words(lang, text):
    """A phrase in a language; as it is where it is none, such as a value of a file."""
    shape, named = NAMED.sub("#", text), iter(NAMED.findall(text))
    if shape not in PHRASES[lang] or shape.count("#") != len(NAMED.findall(text)):
        return text
    return re.sub("#", lambda _: next(named), PHRASES[lang][shape])


def language(wanted):
    if wanted:
        return wanted
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            asked = os.environ[name].lower()
            return next((code for code in TEXTS if asked.startswith(code)), next(iter(TEXTS)))
    return next(iter(TEXTS))


def opened_archive(path, lang, counts_too):
    """What there is to check, or nothing, when it has been said why."""
    try:
        files, zipped = read_archive(path)
        box = Box(files, zipped, path.name, lang)
        size = files.given.get("bundle.json", (0,))[0]
        if size > (MOST_TWICE if counts_too else MOST_COUNTED):
            box.elsewhere = "elsewhere" if counts_too else "long"
    except Unfit as unfit:
        said = TEXTS[lang][unfit.code].format(**unfit.values)
    except (EOFError, zipfile.BadZipFile, zlib.error):
        said = TEXTS[lang]["cut"].format(name=path.name)
    except NO_ARCHIVE as error:
        said = TEXTS[lang]["unreadable"].format(what=f"{path.name}: {error}")
    else:
        return box
    print(plain(said), file=sys.stderr)
    return None


def round_told(box):
    """Of which round an archive says that it is, so that a person sees which file was given."""
    try:
        key, title = box.json("archive.json")["round"], box.json("opening.json")["round"]["title"]
        return f"{short(key)} ({short(title.get(box.lang) or next(iter(title.values())))})"
    except (Differs, StopIteration, *UNREADABLE):
        return "?"


def main(arguments=None, counts_too=False, own=None):
    """Check an archive.

    `counts_too` says that the program that calls this counts the ballots once more; `own` has the bytes of
    this program where it is no file.
    """
    parser = argparse.ArgumentParser(prog="verificar.py", description=__doc__.split("\n")[0])
    parser.add_argument("path", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--lang", choices=tuple(TEXTS))
    parser.add_argument("--head", action="append", default=[], metavar="ROOT")
    parser.add_argument("--sha256", action="append", default=[], metavar="DIGEST")
    options = parser.parse_args(arguments)
    lang = language(options.lang)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    box = opened_archive(options.path, lang, counts_too)
    if box is None:
        return 2
    box.held_heads, box.held_sums = options.head, options.sha256
    try:
        return all_told(box, Path(__file__).read_bytes() if own is None else own)
    finally:
        box.files.close()


def all_told(box, own):
    """Say what is found in an archive, step by step; the exit status."""
    print(box.say("round", key=round_told(box)))
    try:
        first, partial = run(
            box, lambda mark, title, note: print("[{}] {}{}".format(mark, title, ": " + note if note else ""))
        )
    except MemoryError:
        print(plain(box.say("no_memory", name=box.name)), file=sys.stderr)
        return 2
    except (OSError, sqlite3.Error) as error:  # the disk is full, or a folder changed meanwhile
        print(plain(box.say("unreadable", what=f"{box.name}: {error}")), file=sys.stderr)
        return 2
    if first and first != unseen_told(box):
        print(box.say("some", first=first))
        if box.later:
            print(box.say("later"))
        return 1
    ends = {"elsewhere": "rest", "long": "mostly", "": "not_all" if partial else "all"}
    end = box.say(ends[box.elsewhere])
    print(first if first and not partial and not box.elsewhere else "\n".join(filter(None, (end, first))))
    if box.files.digest("verificar.py") != sha256(own):
        print(box.say("other_program"))
    if not box.held_heads:
        print(box.say("no_anchor"))
    return UNSEEN if first else 0


if __name__ == "__main__":
    sys.exit(main())
