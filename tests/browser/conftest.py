"""A real browser on a real server: what it complains about, or asks of others, fails the test."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from waitress import create_server

from tests import chromium
from tests.apps import app_over

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

# A refused form answers 4xx on purpose, and Chromium says so on its console.
ANSWERED = "Failed to load resource: the server responded with a status of 4"
FEWER_PROCESSES = ("--in-process-gpu",)  # there is no screen to draw on
# Two pages for the menu of an address bar that nobody sees were made for each context, which took more than
# half of the browser's time. Of two such lists the last one counts: the rest is what Playwright switches off.
OFF = (
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "SpareRendererForSitePerProcess"),
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints"),
    *("NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"),
)
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation",
  (event) => console.error("policy violated: " + event.violatedDirective + " " + event.blockedURI));
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever is in this folder drives a browser."""
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The machine's own browser; a test tier without one would promise what it does not test."""
    path = chromium.find()
    if path is None:
        pytest.fail(chromium.ASK)
    off = f"--disable-features={','.join(OFF)}"
    return {"executable_path": path, "args": [*chromium.arguments(), *FEWER_PROCESSES, off]}


@contextmanager
def served(app: Flask) -> Iterator[int]:
    """Serve an application as in life, and yield its port."""
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    over, woken = threading.Event(), threading.Event()

    def serve() -> None:
        while not over.is_set():
            # `select`, the default, fails where a process has 1024 files open.
            server.asyncore.loop(timeout=1, use_poll=True, map=server._map, count=1)
        woken.wait(10)  # the loop may end by itself before it is woken, which needs what is closed now
        # Here, not in the test's thread: a socket must not be closed while this one waits for it.
        server.asyncore.close_all(server._map)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield int(server.effective_port)
    server.task_dispatcher.shutdown()
    over.set()
    server.pull_trigger()
    woken.set()
    thread.join(timeout=10)
    assert not thread.is_alive()


@pytest.fixture
def site(settings: Settings, bench: Bench) -> Iterator[str]:
    """Address of the application, served as in life over the bench of the test."""
    with served(app_over(settings, bench)) as port:
        yield f"http://127.0.0.1:{port}"


@dataclass
class Complaints:
    """What the browser said or did that no page of ours may cause."""

    site: str
    found: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Listen to all that `page` does."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"script error: {error}"))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(ANSWERED):
            self.found.append(f"{message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.site}/", "data:")):
            self.found.append(f"asked of others: {request.url}")


@pytest.fixture
def complaints(site: str) -> Complaints:
    """What the pages of this test complained about so far."""
    return Complaints(site)


@pytest.fixture
def open_page(browser: Browser, site: str, complaints: Complaints) -> Iterator[Callable[..., Page]]:
    """Makes pages, each in a browser context of its own; options are those of `new_context`."""
    contexts = []

    def make(**options: Any) -> Page:
        context = browser.new_context(base_url=site, **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        if options.get("java_script_enabled", True):
            context.add_init_script(REPORT_VIOLATIONS)
        page = context.new_page()
        complaints.watch(page)
        return page

    yield make
    for context in contexts:
        context.close()
    assert not complaints.found
