"""An archive, with what has been read from it so far; which files and versions of them there are."""

from __future__ import annotations

import gettext
from typing import TYPE_CHECKING, Any, TypeAlias

from consulta.core.counting import bundle, result, robustness
from consulta.platform import messages
from consulta.platform.paths import resource
from consulta.results import public_figures, verifier
from consulta.results.verifying.files import LONG, Files, read_long
from consulta.results.verifying.values import DiffersError, need, not_read, plain, same, strict_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.core.problems import Problem
    from consulta.results.verifying.files import Table

Note: TypeAlias = tuple[str | None, dict[str, Any]]
"""What a check says where all agrees: the code of a sentence, if any, and its values."""

ALWAYS = (
    "LEAME.txt",
    "README.txt",
    "archive.json",
    "checkpoints.json",
    "heads.txt",
    "log.jsonl",
    "opening.json",
)
EXTRAS = {
    "panel": "panel.json",
    "reopened": "reopened.json",
    "registered": "registered.json",
    "stamps": "stamps.json",
}  # what an archive may have beside, and its file
VERSIONS = {
    "archive.json": ("consulta-archive/3",),
    "bundle.json": (bundle.FORMAT,),
    "first-bundle.json": (bundle.FORMAT,),
    "result.json": (result.FORMAT,),
    "first-result.json": (result.FORMAT,),
    "robustness.json": (robustness.FORMAT,),
    "public.json": (public_figures.FORMAT,),
    "checkpoints.json": ("consulta-checkpoints/1",),
    "panel.json": ("consulta-published-panel/1",),
    "reopened.json": ("consulta-reopened/1",),
    "registered.json": ("consulta-registered/1",),
    "stamps.json": ("consulta-stamps/1",),
}


def same_format(box: Box, file: str) -> None:
    """A file of which there is one version says that it is of this one."""
    same(VERSIONS[file][0], box.json(file)["format"], file, "format")


class MissingError(Exception):
    """An earlier check did not get to read what this one needs."""


class Box:
    """The archive and what has been read from it so far; what no check has read yet is a MissingError."""

    acts: dict[str, Any]  # what the last row of each act of the round tells
    moments: dict[str, str]
    places: dict[str, int]  # the row of each act
    rows: list[Any]
    votes: Any
    cast: Any
    leaves: bytearray
    heads: list[Any]
    growing: Any
    begins: list[int]
    closings: list[Any]
    counts: list[Any]
    listed: dict[str, str]
    public: str
    excluded: dict[str, Any]
    restored: dict[str, str]
    round: Any  # what `bundle.read_round` returns
    records: Table
    names: dict[str, str]

    def __getattr__(self, name: str) -> Any:
        raise MissingError(name)

    def __init__(self, files: Files | Mapping[str, bytes], zipped: str | None, name: str, lang: str) -> None:
        self.files = files if isinstance(files, Files) else Files(files)
        self.zipped, self.name, self.lang = zipped, name, lang
        self.words = verifier.words()[lang]
        self.read: dict[str, Any] = {}
        self.notes = ""
        self.organisations: Any = None  # those of `receipts`, once asked for
        self.recount: tuple[dict[str, Any], dict[str, Any], str | None] | None = None
        self.held_heads: list[str] = []
        self.held_sums: list[str] = []
        self.later = False
        self.unseen = ""  # the witnesses that the log had at the closing, where none signed it since

    def say(self, code: str, **values: object) -> str:
        """Return a sentence in the reader's language."""
        return filled(self.words.texts[code], values)

    def sentence(self, problem: Problem) -> str:
        """Return the sentence of a problem in the reader's language."""
        catalogue = gettext.translation("messages", resource("translations"), [self.lang], fallback=True)
        return messages.sentence(problem.code, problem.params, catalogue.gettext)

    def text(self, name: str) -> str:
        """Return the text of a file."""
        need(name in self.files, name, "(file)", "in the archive", "missing")
        try:
            found: bytes = self.files[name]
            return found.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DiffersError(name, "(file)", "UTF-8", not_read(error)) from error

    def json(self, name: str) -> Any:
        """Return the object of a JSON file, read once."""
        if name not in self.read:
            need(name in self.files, name, "(file)", "in the archive", "missing")
            found = self.parsed(name)
            need(isinstance(found, dict), name, "(file)", "an object", found)
            self.read[name] = found
        return self.read[name]

    def parsed(self, name: str) -> Any:
        """What a JSON file says; where a long one cannot be read in pieces, as it is or why not."""
        if name in LONG:
            try:
                return read_long(self.files, name)
            except (DiffersError, ValueError, RecursionError):
                pass
        return strict_json(self.files[name], name)


def filled(text: str, values: Mapping[str, object]) -> str:
    """Return a sentence with its values, of which none can move a terminal's cursor."""
    return text.format(
        **{name: plain(value) if isinstance(value, str) else value for name, value in values.items()}
    )
