"""An archive, with what has been read from it so far; which files and versions of them there are."""

from __future__ import annotations

from consulta.data.verify.program.files import LONG, Files, read_long
from consulta.data.verify.program.values import Differs, need, not_read, plain, same, strict_json
from consulta.data.verify.program.words import TEXTS

ALWAYS = (
    "LEAME.txt",
    "README.txt",
    "archive.json",
    "heads.txt",
    "log.jsonl",
    "verificar.py",
)
UNBOUND, BOUND, PARTED = "consulta-archive/1", "consulta-archive/2", "consulta-archive/3"
EXTRAS = {
    "checkpoints": "checkpoints.json",
    "panel": "panel.json",
    "reopened": "reopened.json",
    "registered": "registered.json",
    "stamps": "stamps.json",
}  # what archives of the third format may have beside, and its file
VERSIONS = {
    "archive.json": (UNBOUND, BOUND, PARTED),
    "bundle.json": ("consulta-bundle/2",),
    "first-bundle.json": ("consulta-bundle/2",),
    "result.json": ("consulta-result/2",),
    "first-result.json": ("consulta-result/2",),
    "robustness.json": ("consulta-robustness/2",),
    "public.json": ("consulta-public/1",),
    "checkpoints.json": ("consulta-checkpoints/1",),
    "panel.json": ("consulta-published-panel/1",),
    "reopened.json": ("consulta-reopened/1",),
    "registered.json": ("consulta-registered/1", "consulta-registered/2"),
    "stamps.json": ("consulta-stamps/1",),
}


def same_format(box, file):
    """A file of which there is one version says that it is of this one."""
    same(VERSIONS[file][0], box.json(file)["format"], file, "format")


class Missing(Exception):
    """An earlier check did not get to read what this one needs."""


class Box:
    """The archive and what has been read from it so far."""

    def __getattr__(self, name):
        raise Missing(name)

    def __init__(self, files, zipped, name, lang):
        self.files = files if isinstance(files, Files) else Files(files)
        self.zipped, self.name, self.lang = zipped, name, lang
        self.read, self.notes, self.organisations, self.elsewhere = {}, "", None, ""
        self.held_heads, self.held_sums, self.later = [], [], False
        self.unseen = ""  # the witnesses that the log had at the closing, where none signed it since

    def say(self, code, **values):
        shown = {name: plain(value) if isinstance(value, str) else value for name, value in values.items()}
        return TEXTS[self.lang][code].format(**shown)

    def text(self, name):
        need(name in self.files, name, "(file)", "in the archive", "missing")
        try:
            return self.files[name].decode("utf-8")
        except UnicodeDecodeError as error:
            raise Differs(name, "(file)", "UTF-8", not_read(error)) from error

    def json(self, name):
        if name not in self.read:
            need(name in self.files, name, "(file)", "in the archive", "missing")
            found = self.parsed(name)
            need(isinstance(found, dict), name, "(file)", "an object", found)
            self.read[name] = found
        return self.read[name]

    def parsed(self, name):
        """What a JSON file says; where a long one cannot be read in pieces, as it is or why not."""
        if name in LONG:
            try:
                return read_long(self, name)
            except (Differs, ValueError, RecursionError):
                pass
        return strict_json(self.files[name], name)
