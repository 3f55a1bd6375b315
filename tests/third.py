"""The verifier of one HTML file, in a real browser: what it says of an archive, as `verificar.py` says it."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

import pytest

from consulta.results import verifier
from tests import chromium

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from playwright.sync_api import Page

ASK = """
async ([files, heads, sums, replicates]) => {
  const words = wordsOf(JSON.parse(document.getElementById("data").textContent)).en;
  const bytes = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const given = new Map(files.map(([name, text]) => [name, bytes(text)]));
  const box = newBox(given, { heads, sums, replicates });
  const said = [];
  const show = (line) => said.push(`[${words[line.mark]}] ${words[line.title]}: ${sentenceOf(words, line)}`);
  const { first, partial } = await verified(box, show);
  said.push(`first: ${first ? firstSentence(words, first) : "None"}`);
  return [first ? 1 : 0, [...said, `partial: ${partial ? "True" : "False"}`].join("\\n")];
}
"""
COUNT = """
async ([files, replicates]) => {
  const bytes = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const given = new Map(files.map(([name, text]) => [name, bytes(text)]));
  const box = newBox(given, { replicates });
  const pause = async () => {};
  try {
    const bundle = box.json("bundle.json");
    const checks = [checkWeights, checkCount, checkFirmness];
    if (given.has("robustness.json")) checks.push(checkRobustness);
    if (at(bundle, "rules").has("panel")) checks.push(checkPanel);
    box.round = readRound(bundle);
    for (const check of checks) await check(box, pause);
  } catch (error) {
    if (!(error instanceof Differs)) throw error;
    return `${error.file} ${error.place}: ${error.expected} / ${error.found}`;
  }
  return null;
}
"""
REPLICATES = 1000
UNREADABLE = "cannot be read: "


class Third:
    """The page, loaded once, and asked of many archives."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def says(
        self, files: Mapping[str, bytes], heads: Sequence[str] = (), sums: Sequence[str] = ()
    ) -> tuple[int, str]:
        """Exit status and words, as `tests.checks.published.verify` gives those of `verificar.py`."""
        status, said = self.page.evaluate(ASK, [_sent(files), list(heads), list(sums), REPLICATES])
        return status, said

    def first_difference(self, files: Mapping[str, bytes], replicates: int) -> str | None:
        """The first difference of a bundle and its result, as `tests.core.verifier` gives it."""
        found: str | None = self.page.evaluate(COUNT, [_sent(files), replicates])
        return found


def _sent(files: Mapping[str, bytes]) -> list[list[str]]:
    return [[name, base64.b64encode(content).decode()] for name, content in files.items()]


def agree(one: tuple[int, str], other: tuple[int, str]) -> bool:
    """Whether two programs say the same, line by line; why something cannot be read, each says in its way."""
    lines, others = _plain(one[1]).splitlines(), _plain(other[1]).splitlines()
    return (
        one[0] == other[0]
        and len(lines) == len(others)
        and all(mine == theirs or _unread(mine, theirs) for mine, theirs in zip(lines, others, strict=True))
    )


def _plain(said: str) -> str:
    return re.sub(r"expected (JSON|UTF-8); found .*", r"expected \1", said)


def _unread(mine: str, theirs: str) -> bool:
    """Of types that no archive has, one may see what differs where the other can read no further."""
    titles = {line.removeprefix("first: ").removeprefix("[NO] ").split(": ")[0] for line in (mine, theirs)}
    return UNREADABLE in mine + theirs and len(titles) == 1


@pytest.fixture(scope="session")
def third(playwright: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Third]:
    """The HTML file, opened from the disk."""
    path = tmp_path_factory.mktemp("third") / verifier.FILE_NAME
    path.write_bytes(verifier.html())
    found = chromium.find()
    if found is None:
        pytest.fail(chromium.ASK)
    browser = playwright.chromium.launch(executable_path=found, args=chromium.arguments())
    page = browser.new_page()
    page.goto(path.as_uri())
    yield Third(page)
    browser.close()
