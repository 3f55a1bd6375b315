"""Dimensions that an installation adds, for the time of a test."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from consulta.platform.data import dimensions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consulta.platform.settings import Settings


@contextmanager
def added(settings: Settings, text: str) -> Iterator[Settings]:
    """Yield settings with the dimensions of a text in the form of `dimensions.toml`; none are left after."""
    found = dimensions.read(text, settings.languages)
    dimensions.use(found)
    try:
        yield replace(settings, dimensions=found)
    finally:
        dimensions.use(())
