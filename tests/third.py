"""The verifier of one HTML file, in a real browser: it says of an archive what `consulta verify` says."""

from __future__ import annotations

import base64
import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from consulta.results import verifier
from tests import chromium
from tests.deep import DEEP
from tests.results.checks import published

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from playwright.sync_api import Page

# What the page is told once: files by their digest, since forgeries change few of them. What the bytes of a
# file, or a bundle and its result, determine is worked out once, as in `tests.results.checks.published`.
KEEP = """
() => {
  window.kept = new Map();
  window.dataKept = JSON.parse(document.getElementById("data").textContent);
  window.wordsKept = wordsOf(dataKept).en;
  const english = Object.keys(dataKept.names).indexOf("en");
  window.namesFor = (box) => ({
    sign: dataKept.decimal.en,
    category: (dimension, key) => dataKept.categories[dimension]?.[key]?.[english] ?? String(key),
    theme: (key) => {
      const title = toldOf(box).titles[key];
      return title ? title.en ?? title.es ?? Object.values(title)[0] : String(key);
    },
  });
  window.give = (files) => {
    for (const [digest, text] of files) {
      kept.set(digest, Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)));
    }
  };
  window.forget = () => kept.clear();
  window.givenOf = (names) => new Map(names.map(([name, digest]) => [name, kept.get(digest)]));
  const digests = new WeakMap();
  const digest = digestOf;
  digestOf = (bytes) => {
    if (bytes.length < 4096) return digest(bytes);
    if (!digests.has(bytes)) digests.set(bytes, digest(bytes));
    return digests.get(bytes);
  };
  const drawn = new WeakMap();
  const draw = resampling;
  resampling = async (box, pause) => {
    const [bundle, result] = ["bundle.json", "result.json"].map((name) => box.bytes(name));
    if (!drawn.has(bundle)) drawn.set(bundle, new WeakMap());
    const known = drawn.get(bundle);
    if (!known.has(result)) known.set(result, new Map());
    const ends = known.get(result);
    if (!ends.has(box.replicates)) ends.set(box.replicates, await draw(box, pause));
    return ends.get(box.replicates);
  };
}
"""
ASK = """
async ([sent, names, heads, sums, replicates]) => {
  give(sent);
  const words = wordsKept;
  const box = newBox(givenOf(names), { heads, sums, replicates });
  const said = [];
  const named = namesFor(box);
  const show = (line) => {
    const differs = line.mark === "no" && !line.unseen;
    const detail = differs && !line.newer ? ` (${sentenceOf(words, line, named)})` : "";
    const text = differs ? meaningOf(words, line, named) + detail : sentenceOf(words, line, named);
    said.push(`[${words[line.mark]}] ${words[line.title]}: ${text}`);
  };
  const { found, unseen, partial } = await verified(box, show);
  const told = () => (unseen ? fill(words.but_unseen, unseen.unseen) : "None");
  const most = mostMeaningful(found, dataKept.first);
  said.push(`first: ${most ? meaningOf(words, most, named) : told()}`);
  return [found.length || unseen ? 1 : 0, [...said, `partial: ${partial ? "True" : "False"}`].join("\\n")];
}
"""
COUNT = """
async ([sent, names, replicates]) => {
  give(sent);
  const given = givenOf(names);
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
FIGURES = """
async ([sent, names, acts]) => {
  give(sent);
  const box = newBox(givenOf(names), {});
  const exact = (told) => (typeof told === "number" ? BigInt(told) : told);
  const row = (told) => new Map(Object.entries(told).map(([name, value]) => [name, exact(value)]));
  box.acts = new Map(Object.entries(acts).map(([name, told]) => [name, row(told)]));
  box.rows = [];
  try {
    box.round = readRound(box.json("bundle.json"));
    weigh(box);
    countAll(box);
    await checkFigures(box, async () => {});
  } catch (error) {
    if (!(error instanceof Differs)) throw error;
    return error.place;
  }
  return null;
}
"""
REPLICATES = 1000
MOST_KEPT = 2000  # files in the page
UNREADABLE = "cannot be checked: "
UNCOUNTED = "expected a bundle that can be counted"  # by the core: the page reads on


class Third:
    """The page, loaded once, and asked of many archives."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.kept: set[str] = set()
        page.evaluate(KEEP)

    def says(
        self, files: Mapping[str, bytes], heads: Sequence[str] = (), sums: Sequence[str] = ()
    ) -> tuple[int, str]:
        """Exit status and words, as `checks.published.verify` gives those of `consulta verify`."""
        status, said = self.page.evaluate(ASK, [*self._sent(files), list(heads), list(sums), REPLICATES])
        return status, said

    def first_difference(self, files: Mapping[str, bytes]) -> str | None:
        """The first difference of a bundle and its result, if any."""
        found: str | None = self.page.evaluate(COUNT, [*self._sent(files), REPLICATES])
        return found

    def of_figures(self, files: Mapping[str, bytes]) -> str | None:
        """The place of the first published figure that is not true, if any, in a round of these files."""
        bundle = json.loads(files["bundle.json"])
        acts = {
            "rounds.opened": {"key": bundle["round"]["key"], "seats": len(bundle["seats"])},
            "rounds.published": {"ballots": len(bundle["ballots"])},
        }
        found: str | None = self.page.evaluate(FIGURES, [*self._sent(files), acts])
        return found

    def _sent(self, files: Mapping[str, bytes]) -> tuple[list[list[str]], list[list[str]]]:
        """The files that the page does not have yet, and the names and digests of all."""
        if len(self.kept) > MOST_KEPT:
            self.page.evaluate("forget()")
            self.kept.clear()
        sent, names = [], []
        for name, content in files.items():
            digest = sha256(content).hexdigest()
            names.append([name, digest])
            if digest not in self.kept:
                self.kept.add(digest)
                sent.append([digest, base64.b64encode(content).decode()])
        return sent, names


def agree(one: tuple[int, str], other: tuple[int, str]) -> bool:
    """Whether two programs say the same, line by line.

    Where exactly something differs, each says in its way, since they do not look in the same order; and where
    one can read no further, another may see what differs.
    """
    lines, others = one[1].splitlines(), other[1].splitlines()
    alike = all(_plain(mine) == _plain(theirs) for mine, theirs in zip(lines, others, strict=False))
    unread = UNREADABLE in one[1] + other[1] or UNCOUNTED in one[1] + other[1]
    return one[0] == other[0] and len(lines) == len(others) and (alike or unread)


def _plain(said: str) -> str:
    return re.sub(r"^(\[NO\].*?) \(.*\)$", r"\1", said)


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


SEEN: set[tuple[str, str]] = set()  # tests, and kinds of first differences that the page was asked of in them


@pytest.fixture(autouse=True)
def the_page_too(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever `consulta verify` is asked in a test, the HTML file says the same of it.

    In `make test` it is asked once of each test and kind of difference. Nothing is asked where no browser is
    wanted.
    """
    if "verify" not in vars(request.module) or "not browser" in request.config.option.markexpr:
        yield
        return
    page: Third = request.getfixturevalue("third")
    heard: list[published.Asked] = []
    published.LISTENING.append(heard)
    yield
    published.LISTENING.remove(heard)
    for each in heard:
        kind = (
            request.node.nodeid.partition("[")[0],
            each.said[1].rpartition("first: ")[2].partition(":")[0],
        )
        if not DEEP and kind in SEEN:
            continue
        SEEN.add(kind)
        said = page.says(each.files, each.heads, each.sums)
        assert agree(each.said, said), f"{each.said[1]}\n\n{said[1]}"
