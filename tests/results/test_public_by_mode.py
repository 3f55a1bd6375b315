"""What pages say becomes public of the votes, against what is public once published, in each mode.

Every sentence of the program that speaks of ballots and the public is in `SAID`, with when it is true, or in
`OF_EVERY_MODE`. A new one has to be told here.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from babel.messages.pofile import read_po
from sqlalchemy import select

from consulta.app import create_app
from consulta.platform.models import Seat
from consulta.platform.paths import PACKAGE
from consulta.platform.web import secrecy
from consulta.platform.web.babel import gettext
from consulta.platform.web.language import speaking
from consulta.platform.work import ANONYMOUS, COMMAND, Bench
from consulta.results import archive
from consulta.results import service as results
from consulta.rounds.secrecy import MODES
from tests.benches import Visitor
from tests.cases import for_each
from tests.closed import counted, mixed
from tests.drafts import KEY
from tests.factories import moment
from tests.operations.open_data.made import files as files_of_package
from tests.operations.open_data.made import renew
from tests.results.checks.test_scrutineers import appointed, signed_in
from tests.texts import both

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from consulta.platform.settings import Settings

LANGUAGES = ("en", "es", "pt")
POT = Path(__file__).parents[2] / "translations" / "messages.pot"
OF_BALLOTS = re.compile(r"\b([Bb]allots?|[Vv]otes?|voted|bundle|[Ff]iles)\b")
OF_THE_PUBLIC = re.compile(
    r"\b(is|are|becomes?|not|for the) public\b|[Tt]he public\b|public archive|[Ee]veryone (can|where)"
    r"|published, everyone|counte?d? (it |them |this consultation )?again\b|with(out)? names|on to no one"
)


class Public(NamedTuple):
    """What any reader finds of the votes once the result is published."""

    ballots: bool
    names: bool  # of the organisations, beside their ballots, in the archive
    named_data: bool  # the same in the open data


def of_totals(found: Public) -> bool:
    """Return whether no ballot is public."""
    return not found.ballots


def of_ballots(found: Public) -> bool:
    """Return whether ballots are public, with or without names."""
    return found.ballots


def without_names(found: Public) -> bool:
    """Return whether ballots are public without names."""
    return found.ballots and not found.names


def with_names(found: Public) -> bool:
    """Return whether the archive has ballots with names, and the open data have none."""
    return found.ballots and found.names and not found.named_data


SAID: dict[str, Callable[[Public], bool]] = {
    "Ballots are public, with names": with_names,
    "Ballots are public, without names but identifiable in small groups": without_names,
    "Ballots will be public without names. In ": without_names,
    "It makes every ballot public, with the name": with_names,
    "It makes every ballot public, without the name": without_names,
    "How many times more the heaviest vote counts than the lightest is not published": of_totals,
    "It is not public.": of_totals,
    "No organisation's ballot becomes public.": of_totals,
    "Once the result is published, everyone can read every ballot without": without_names,
    "Once the result is published, everyone can read how each organisation voted": with_names,
    "Once the result is published, the public archive contains what anyone may read": of_ballots,
    "Only totals are public": of_totals,
    "The answers are counted without names. In this consultation, votes are public with names": with_names,
    "The ballots of this consultation are not public": of_totals,
    "The first count included them. Its ballots and result are in the archive": of_ballots,
    "The first count included them. Scrutineers have both counts": of_totals,
    "Once the result is published, the public archive contains it too": of_ballots,
    "The public sees only totals, rounded": of_totals,
    "The votes are public: anyone can count them again.": of_ballots,
    "The votes of this consultation are not public.": of_totals,
    "Anyone can recount the votes of this consultation, without this site": of_ballots,
    "Who sees your vote: your organisation's contacts and, after voting closes, the secr": of_totals,
    "ballots are not public; only those who have the complete archive": of_totals,  # says the verifier
    "published, everyone, with the organisation's name.": with_names,
    "published, everyone: without the organisation's name": without_names,
}
"""How a sentence begins, or what is in it, and when it is true."""

OF_EVERY_MODE = (
    "When voting closes, the secret and all the votes together give the seed",  # says both
    "Decide them before publishing.",
    "This is version %(version)s of the panel",
    "It was chosen on an earlier count.",
    "Before voting closes, no one sees how an organisation voted",
    "Reasons are read here once the result is public.",
    "Scrutineers of this consultation, who can read all ballots",
    "The vote is no longer counted.",
    "What was counted is void",
    "The ballots must be counted again",
    "The ballots were counted again.",
    "The counting file contains the roll",
    "The files show how each organisation voted.",
    "The result is public, so no ballot can be taken out",
    "They contain what the public pages show and nothing else",
    "Two or three people from member organisations who check on behalf of all the others.",
    "The effect of votes on the panel is not shown",
    "Where ballots are p",
    "Where votes are not public, questions that would reveal individual votes",
)


def texts() -> list[str]:
    """Return every text of the program, as it is in the code."""
    with POT.open(encoding="utf-8") as file:
        found = [one.id for one in read_po(file) if one.id]
    return [text for one in found for text in ([one] if isinstance(one, str) else list(one))]


def test_every_sentence_on_what_is_public_of_the_votes_is_known() -> None:
    known = (*SAID, *OF_EVERY_MODE)
    every = texts()
    about = [text for text in every if OF_BALLOTS.search(text) and OF_THE_PUBLIC.search(text)]
    assert len(about) > 30
    assert [text for text in about if not any(part in text for part in known)] == []
    assert [part for part in known if not any(part in text for text in every)] == [], "no longer said"


def claims(app: Flask, lang: str) -> list[tuple[re.Pattern[str], str, Callable[[Public], bool]]]:
    """Return each sentence of `SAID` as a page of this language has it, and when it is true."""
    found = []
    with app.test_request_context(), speaking(lang):
        for text in texts():
            for part, true in SAID.items():
                if part in text:
                    said = re.escape(gettext(text)).replace("%%", "%")
                    found.append((re.compile(re.sub(r"%\\\(\w+\\\)s", ".+?", said)), text, true))
    return found


def read(visitor: Visitor, url: str) -> str:
    """Return the words of a page as a reader sees them."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", visitor.get(url).text)).split())


def public_of(bench: Bench) -> Public:
    """Return what is public of the votes of the published round, as its files have it."""
    with bench.read(ANONYMOUS, moment()) as work:
        _, content = archive.public_archive(work, KEY)
        names = [name.encode() for name in work.session.scalars(select(Seat.name))]
    with content, zipfile.ZipFile(content) as zipped:
        archived = {name.rpartition("/")[2]: zipped.read(name) for name in zipped.namelist()}
    package = files_of_package(bench)
    assert ("bundle.json" in archived) == ("ballots.csv" in package)
    everything, data = b"".join(archived.values()), b"".join(package.values())
    assert len({name in everything for name in names}) == 1, "of all organisations or of none"
    return Public("bundle.json" in archived, names[0] in everything, any(name in data for name in names))


@pytest.mark.parametrize("mode", MODES)
def test_what_is_said_of_each_mode_is_so(
    app: Flask, bench: Bench, settings: Settings, staff_visitor: Visitor, mode: str
) -> None:
    """Before the publication at the desk, and after it in public; the promise of the ballot too."""
    votes = mixed(12, ("t1", "t2"), ("t2", "t3", "t1"))
    counted(bench, KEY, votes, secrecy=mode, publish=False, question=both("¿?", "?"))
    desk = ("publish", "result", "")
    pages = {
        (lang, path): read(staff_visitor, f"/{lang}/secretariat/rounds/{KEY}/{path}".rstrip("/"))
        for lang in LANGUAGES[:2]
        for path in desk
    }
    with bench.work(COMMAND, moment()) as work:
        results.publish(work, KEY)
    renew(bench)
    three = create_app(replace(settings, languages=LANGUAGES), Bench(bench.engine, LANGUAGES))
    visitor = Visitor(three.test_client())
    appointed(bench)
    scrutineer = signed_in(three, lang="en")
    for lang in LANGUAGES:
        for path in ("", "/result", "/result/figures", "/result/verify"):
            pages[lang, f"public{path}"] = read(visitor, f"/{lang}/rounds/{KEY}{path}")
        pages[lang, "scrutiny"] = read(scrutineer, f"/{lang}/scrutiny/rounds/{KEY}")
        with app.test_request_context(), speaking(lang):
            pages[lang, "ballot"] = secrecy.promise(mode)
            pages[lang, "ballot, joined"] = secrecy.promise(mode, 4)
            pages[lang, "joined"] = secrecy.told(mode, 4)
            pages[lang, "act"] = secrecy.published(mode)
    found = public_of(bench)
    must = {
        "publish",
        "scrutiny",
        "result",
        "",
        "public",
        "public/result",
        "ballot",
        "ballot, joined",
        "joined",
        "act",
    }
    for lang in LANGUAGES:
        told = claims(app, lang)
        for (at, path), page in pages.items():
            if at != lang:
                continue
            said = {text: true for pattern, text, true in told if pattern.search(page)}
            assert [text for text, true in said.items() if not true(found)] == [], (lang, path)
            assert said or path not in must, (lang, path)
    for lang in LANGUAGES[:2]:
        assert told_of_the_act(app, lang, mode) in pages[lang, "publish"], "said where it is published"


def told_of_the_act(app: Flask, lang: str, mode: str) -> str:
    """Return what the page of publishing must say of this mode."""
    with app.test_request_context(), speaking(lang):
        return f"{secrecy.name(mode)}. {secrecy.published(mode)} {secrecy.told(mode)}"


OF_EVERY_ROUND = {
    "en": r"\b(ballots?|votes?|voted)\b[^.\n]*\b(public|everyone|anyone|secret|secretly|nobody)\b",
    "es": r"\b(votos?|papeletas?|votó)\b[^.\n]*\b(públic[oa]s?|secret[oa]s?|cualquiera?|nadie)\b",
    "pt": r"\b(votos?|cédulas?|votou)\b[^.\n]*\b(públic[oa]s?|secret[oa]s?|qualquer pessoa|ninguém)\b",
}


@for_each("lang", LANGUAGES)
def test_mails_and_notices_promise_nothing_of_the_votes(lang: str) -> None:
    """They are the same in every mode: what is public of the votes is said on the pages that they lead to."""
    texts = [*(PACKAGE / "platform" / "data" / "mail").glob(f"*.{lang}.txt")]
    texts += (PACKAGE / "platform" / "data" / "organiser").glob(f"*.{lang}.txt")
    assert len(texts) > 40
    said = re.compile(OF_EVERY_ROUND[lang], re.IGNORECASE)
    assert [(one.name, told[0]) for one in texts for told in said.finditer(one.read_text("utf-8"))] == []
