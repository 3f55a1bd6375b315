"""One application for many tests of a process: what differs from test to test is put in anew.

Building one compiles three hundred addresses and every template, and takes longer than most tests. What
an application is built from are its settings, apart from where its data lie, so there is one for each kind of
settings; before it is handed out, everything that a request or a test may have left in it is taken back. A
test that changes what cannot be taken back (an address more, another hook) gets an application of its own
from `consulta.app.create_app`, and one that was changed all the same is not used again.
"""

from __future__ import annotations

import os
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from consulta.app import create_app, use_dimensions
from consulta.platform.web.request import House

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.counters import Counters
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

HOOKS = (
    "before_request_funcs",
    "after_request_funcs",
    "teardown_request_funcs",
    "template_context_processors",
    "url_value_preprocessors",
    "url_default_functions",
    "error_handler_spec",
)


@dataclass(frozen=True)
class Kept:
    """An application, and how it was when it was built."""

    app: Flask
    dictionaries: tuple[tuple[dict[Any, Any], dict[Any, Any]], ...]
    entrance: Any
    shape: tuple[int, ...]

    @classmethod
    def of(cls, app: Flask) -> Kept:
        """Keep an application that has answered nothing yet."""
        env = app.jinja_env
        all_of_it = (app.config, app.extensions, app.view_functions, env.globals, env.filters, env.tests)
        return cls(app, tuple((each, dict(each)) for each in all_of_it), app.wsgi_app, _shape(app))

    def anew(self, settings: Settings, bench: Bench) -> Flask:
        """Return the application as it was built, over other data."""
        _close(self.app.extensions["consulta"].counters)
        for now, then in self.dictionaries:
            now.clear()
            now.update(then)
        self.app.extensions["consulta"] = House(bench, settings)
        use_dimensions(settings)
        self.app.wsgi_app = _copied(self.entrance)  # type: ignore[method-assign]
        return self.app


_kept: dict[Settings, Kept] = {}


def app_over(settings: Settings, bench: Bench) -> Flask:
    """Return an application with these settings over this bench, as if it had just been built."""
    kind = replace(settings, data=Path(), database="")
    kept = _kept.get(kind)
    if kept is None or _shape(kept.app) != kept.shape:
        kept = _kept[kind] = Kept.of(create_app(settings, bench))
    return kept.anew(settings, bench)


def _close(counters: Counters) -> None:
    """Close the file in which the test before counted: a process may have 1024 files open."""
    with counters._turn:
        if counters._file >= 0 and counters._process == os.getpid():
            os.close(counters._file)
        counters._file, counters._process = -1, 0  # whoever counts on opens another file


def _shape(app: Flask) -> tuple[int, ...]:
    """How much there is of what a test can add to and nothing takes back.

    A look-up leaves empty entries behind: only what is in them counts.
    """
    return (len(list(app.url_map.iter_rules())), *(_leaves(getattr(app, name)) for name in HOOKS))


def _leaves(found: Any) -> int:
    if isinstance(found, dict):
        return sum(_leaves(each) for each in found.values())
    return len(found) if isinstance(found, list) else 1


def _copied(layer: Any) -> Any:
    """Return what stands before the application, without what it remembers of requests."""
    if not hasattr(layer, "app"):
        return layer
    twin = copy(layer)
    twin.app = _copied(layer.app)
    return twin
