"""Compile the catalogues before a wheel is built, so that every language reaches it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WRITTEN = datetime(
    2026, 1, 1, tzinfo=UTC
)  # goes into each file: with the time of now, no two builds are alike


def compile_catalogues(translations: Path) -> list[Path]:
    """Write `messages.mo` beside each `messages.po` under `translations`; return what was written."""
    written = []
    for source in sorted(translations.glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as po:
            catalogue = read_po(po, locale=source.parent.parent.name, abort_invalid=True)
        catalogue.creation_date = WRITTEN
        target = source.with_suffix(".mo")
        unfinished = target.with_name(f"{target.name}.{os.getpid()}")  # two may compile at once
        with unfinished.open("wb") as mo:
            write_mo(mo, catalogue)
        unfinished.replace(target)
        written.append(target)
    return written


class CompileCatalogues(BuildHookInterface):  # type: ignore[type-arg]  # generic only for type checkers
    """What hatchling runs before each build, editable ones too."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile all catalogues of this checkout, or stop the build where there is none."""
        if not compile_catalogues(Path(self.root) / "translations"):
            raise FileNotFoundError("translations/*/LC_MESSAGES/*.po: no catalogue to compile")


if __name__ == "__main__":  # as make does: python hatch_build.py
    compile_catalogues(Path(__file__).resolve().parent / "translations")
