"""The verifier as one HTML file, which a person opens on any device and gives an archive.

It is put together from the modules in `data/verify/page`, the words in `platform/data/verify/words.toml`,
which `consulta verify` has too, and those below, in every language of the program. The same version of the
program always gives the same bytes. What the file checks, it checks by its own code: nothing of the program
that counts.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from typing import TYPE_CHECKING

from babel.support import Translations

from consulta import __version__
from consulta.platform import programs
from consulta.platform.data import tongues
from consulta.platform.labels import keys_of, name_of
from consulta.platform.messages import N_
from consulta.platform.paths import PACKAGE, resource

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE_NAME = "verificar.html"
FOLDER = PACKAGE / "platform" / "data" / "verify"
PLACE_OF_DIGEST = "{verificar.html}"  # in the texts that go into archives
# Bytes: phones fetch it (95 kB over the wire), messages carry it. Its code stays as it can be read.
LONGEST, LONGEST_WORDS = 275_000, 21_000  # the latter a language

OF_TERMINALS = frozenset(
    {"cut", "large", "later", "no_anchor", "no_memory", "not_all", "round", "some", "unreadable"}
)
"""What `consulta verify` alone says."""

WORDS: Mapping[str, str] = {
    "wordmark": N_("check of an archive"),
    "title": N_("Check a result yourself"),
    "lead": N_(
        "This page counts a round again from its archive, here on your device. It asks nothing of the"
        " network, and nothing leaves your device."
    ),
    "choose_title": N_("The archive of the round"),
    "choose_text": N_(
        "It is the .zip file that you downloaded from the page of the round. You do not have to unpack it."
    ),
    "choose": N_("Choose the file"),
    "drop": N_("or drop it anywhere on this page"),
    "some_files": N_("{n} files of an unpacked archive"),
    "kept_title": N_("A log seal that you kept (optional)"),
    "kept_text": N_(
        "The log seal is on your receipt, and in the mails of the closing and the publication. With it,"
        " this page also sees whether everything recorded until then is still the same. Any person who"
        " got one of those mails can lend you theirs."
    ),
    "kept_head": N_("Log seal (64 characters)"),
    "kept_sum": N_("Fingerprint of the archive, if a person gave you one (64 characters)"),
    "kept_error": N_("A seal or a fingerprint has 64 characters: figures, and letters from a to f."),
    "again": N_("Check again"),
    "stop": N_("Stop"),
    "reading": N_("Reading the file"),
    "working": N_("Step {place} of {number}: {title}"),
    "verdict_no": N_("Not everything agrees"),
    "verdict_part": N_("What can be checked with this archive agrees"),
    "verdict_unseen": N_("No witness saw this log"),
    "refused": N_("This file cannot be checked"),
    "word_skip": N_("not checked"),
    "exactly": N_("Where exactly, for those who look into it"),
    "ranking_title": N_("The ranking, counted again here"),
    "ranking_theme": N_("Theme"),
    "ranking_here": N_("Counted here"),
    "ranking_published": N_("As published"),
    "ranking_chosen": N_("a theme chosen"),
    "means_all": N_(
        "This page worked out every step below again, from the files of the archive, and came to the same."
    ),
    "means_not_all": N_(
        "The ballots of this round are not public. What can be checked without them is in order; those"
        " appointed as scrutineers can count again with the complete archive."
    ),
    "means_seal": N_(
        "The log seal that you kept is one that this log had: nothing recorded until then was changed."
    ),
    "means_no_seal": N_(
        "One thing is still missing: an archive made anew from end to end could agree with itself."
        " Compare it with a log seal that you kept, or look for your own code below."
    ),
    "means_no_seal_totals": N_(
        "One thing is still missing: an archive made anew from end to end could agree with itself."
        " Compare it with a log seal that you kept, or look for your code on the page of the round."
    ),
    "means_some": N_(
        "A file may be damaged on its way: download the archive again and repeat the check. If the same"
        " difference appears, send this page's answer to the organiser and to other organisations, and"
        " keep the file."
    ),
    "means_newer": N_(
        "This archive uses rules or a version that this page does not know. Download the newest"
        " verificar.html from the page of the round and try again. If the difference stays, tell the"
        " organiser and keep the file."
    ),
    "means_held": N_(
        "The archive agrees with itself, but not with what you kept. Check that you copied it whole and"
        " that it is of this round. If so, something was changed after it: tell other organisations, and"
        " keep the file and the mail."
    ),
    "means_loose": N_(
        "These are not the files of an archive. Use the .zip file just as it was downloaded, without"
        " unpacking it and packing it again."
    ),
    "refused_empty": N_("The file is empty. Download the archive again."),
    "refused_not_zip": N_(
        "The file is no ZIP file. Choose the archive as it was downloaded; its name ends in .zip."
    ),
    "refused_cut_short": N_(
        "The file ends too early: its download was cut short. Download the archive again."
    ),
    "refused_damaged": N_("A part of the file is damaged ({file}). Download the archive again."),
    "refused_twice": N_(
        "The ZIP file has two files with the name {file}. No archive of a round is like that."
    ),
    "refused_too_large": N_(
        "The file is too large for this page ({size} MB; it reads 200 MB, or 400 MB unpacked). On a"
        " computer, consulta verify checks it."
    ),
    "refused_unread": N_(
        "The browser could not read the file. Save it on your device first, then choose it again."
    ),
    "refused_crashed": N_(
        "The check stopped on something that it did not expect ({what}). Please tell the organiser, with"
        " the name of the file."
    ),
    "code_title": N_("Is my vote in it?"),
    "code_label": N_("Receipt code"),
    "code_hint": N_("Twelve letters and figures. It is in the message that you got after voting."),
    "code_look": N_("Look for it"),
    "code_found": N_("Yes: this vote counts. The code belongs to this order of themes:"),
    "code_out": N_(
        "This vote was taken out after an objection, so the published count is without it. It said:"
    ),
    "code_none": N_(
        "No vote that counts has this code. Was it replaced by a later vote of your organisation? Its"
        " code is in the last message that you got. If not, tell the organiser and a scrutineer."
    ),
    "code_totals": N_(
        "The ballots of this round are not public, so the archive has no codes. Look for yours on the"
        " page of the round."
    ),
    "code_bad": N_("A code has twelve signs, only these: 3 4 6 7 9 C D F H J K M N P R T W X Y."),
    "code_wrong": N_(
        "The code is in the list, but it does not follow from the ballot beside it. Tell the organiser"
        " and a scrutineer, and keep the file."
    ),
    "about_title": N_("What this archive says that it is"),
    "fact_round": N_("Round"),
    "fact_example": N_("An example: no real consultation."),
    "fact_topics": N_("Themes chosen"),
    "fact_ballots": N_("Votes that count"),
    "fact_secrecy": N_("Who may read the ballots"),
    "secrecy_open": N_("everybody, with the names of the organisations"),
    "secrecy_pseudonymous": N_("everybody, without names"),
    "secrecy_aggregate": N_("only those appointed as scrutineers"),
    "fact_head": N_("Last log seal"),
    "fact_head_hint": N_("It must be the one in the mail that told of the publication."),
    "fact_digest": N_("Fingerprint of this file (SHA-256)"),
    "fact_digest_hint": N_("Two people with the same fingerprint have the same file, sign by sign."),
    "fact_code": N_("Version of the program that published it"),
    "steps_title": N_("Step by step"),
    "print": N_("Print or save this answer"),
    "about_files": N_("Each file of the archive is the one that the list of fingerprints names."),
    "about_chain": N_(
        "Each row of the log follows from the one before, so none was changed, removed or moved."
    ),
    "about_heads": N_("Each log seal covers exactly the rows that it says it covers."),
    "about_checkpoints": N_(
        "Each signed log seal is one of those above, and every signature on it is by a key that the log"
        " tells of: its own, and those of witnesses."
    ),
    "about_stamps": N_(
        "Each time stamp is about a log seal of this round. Who signed it, this page does not check."
    ),
    "about_acts": N_(
        "The round was opened, closed, counted and published in this order, and the files are those of"
        " that day."
    ),
    "about_bound": N_(
        "Texts, list of organisations, votes and receipts are those fixed when voting opened and closed."
    ),
    "about_bundle": N_(
        "The ballots can be counted, by the rules and the list of organisations frozen at the opening."
    ),
    "about_seed": N_(
        "The secret that decides ties is the one whose fingerprint was public before the first vote."
    ),
    "about_receipts": N_(
        "Each receipt code follows from the ballot that was counted, and each ballot has one."
    ),
    "about_excluded": N_(
        "The published count is the first one without the votes taken out, with the last votes that"
        " the organisations had sent themselves in their place; nothing else differs."
    ),
    "about_votes": N_("Each ballot that counts is the last vote of its organisation in the log."),
    "about_weights": N_("The weights are those that the rules ask for, and no others."),
    "about_count": N_("Points, support, order and themes chosen, worked out again from the ballots."),
    "about_firmness": N_(
        "What would have been chosen without each group, and in a thousand repetitions at random."
    ),
    "about_robustness": N_("How few votes, cast otherwise, could have changed the theme chosen."),
    "about_panel": N_(
        "The panel keeps its rules, and its figures are right. That no other panel is better is not"
        " checked here."
    ),
    "about_seated": N_(
        "The published panel has the places that the log tells of, and these keep its rules as far as"
        " places show it."
    ),
    "about_public": N_(
        "All that was checked is that they are of this round, and of as many votes as the log says."
    ),
    "about_figures": N_("Every figure that was published follows from the result."),
    "about_held": N_("What you brought, compared with this archive."),
    "limits_title": N_("What no archive can show"),
    "limits_links": N_(
        "That no person voted with another's link. An organisation that voted sees that on its own"
        " receipt; one that did not vote has to see that it appears so."
    ),
    "limits_panel": N_(
        "That the chosen panel is the best possible one: here its rules and figures are checked."
    ),
    "limits_heads": N_(
        "That this is the only archive of the round: only what others kept can show that, such as log seals."
    ),
    "self_title": N_("Is this page the true one?"),
    "self_text": N_(
        "Its fingerprint is at the end of all figures of each published round, at the foot of the summary as"
        " a PDF, in the file README.txt of each archive, and any person who has the program can print it:"
        " consulta verifier."
        " Compare it in two of these places at least. To see the fingerprint of the file that you have:"
    ),
    "self_linux": N_("On Linux: sha256sum verificar.html. On macOS: shasum -a 256 verificar.html."),
    "self_windows": N_("On Windows: certutil -hashfile verificar.html SHA256"),
    "self_phone": N_("On a phone: ask a person who has a computer to send you the file that they compared."),
    "self_other": N_(
        "Or check the same archive with another program: consulta verify, for those who have consulta."
        " This page was written apart from it."
    ),
}
"""What the page alone says."""


@cache
def html() -> bytes:
    """Return the file: the same bytes wherever this version of the program runs."""
    program = "".join(path.read_text(encoding="utf-8") for path in _modules())
    program = re.sub(r"(?m)^(?:  )+", lambda found: "\t" * (len(found[0]) // 2), program)  # 8 kB less
    css = (FOLDER / "page" / "page.css").read_text(encoding="utf-8")
    first = tongues.codes()[0]
    said = words()
    told = {code: {**said[code].texts, **_first(said[code]), **_words(code)} for code in tongues.codes()}
    # English has no phrases of its own: they are what the program writes.
    others = [code for code in said if any(text != phrase for phrase, text in said[code].phrases.items())]
    data = {
        # Each name once, with what it is in every language of `names`: the file is to stay small.
        "words": {
            name: [told[code][name] for code in sorted(told)]
            for name in told[first]
            if name not in OF_TERMINALS
        },
        "phrases": {
            phrase: [said[code].phrases[phrase] for code in others] for phrase in said[first].phrases
        },
        "phrasesIn": {code: place for place, code in enumerate(others)},
        "names": {code: tongues.of(code).own for code in tongues.codes()},
        "locales": {code: tongues.of(code).locale.replace("_", "-") for code in tongues.codes()},
        "first": [*said[first].first],  # the most meaningful difference first
        "decimal": {code: tongues.of(code).decimal for code in tongues.codes()},
        "categories": {
            dimension: {
                key: [name_of(dimension, key).into(code) for code in sorted(told)]
                for key in keys_of(dimension)
            }
            for dimension in ("sector", "subregion")
        },
    }
    old = "".join(f'<p lang="{code}">{_old(code)}</p>' for code in tongues.codes())
    parts = {
        "lang": first,
        "title": told[first]["title"],
        "version": __version__,
        "script": _source(program),
        "style": _source(css),
        "css": css,
        "old": old,
        "data": json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True).replace(
            "<", "\\u003c"
        ),
        "program": program,
    }
    template = (FOLDER / "page" / "page.html").read_text(encoding="utf-8")
    return re.sub(r"\{([a-z]+)\}", lambda found: parts[found[1]], template).encode()


@cache
def policy() -> str:
    """Return the policy that the file says of itself: its own script and style, and no network."""
    found = re.search(r'Content-Security-Policy" content="([^"]+)"', html().decode())
    return found[1] if found else "default-src 'none'"


def digest() -> str:
    """Return the SHA-256 of the file, as it is published beside it."""
    return hashlib.sha256(html()).hexdigest()


def words() -> Mapping[str, programs.Words]:
    """Return what is said of the checks of an archive, by language: by the page and by `consulta verify`."""
    return programs.words_in(FOLDER / "words.toml")


def _first(said: programs.Words) -> dict[str, str]:
    """Return what differences mean, by names that no other text has."""
    return {f"first_{name}": text for name, text in said.first.items()}


def _modules() -> list[Path]:
    return sorted((FOLDER / "page").glob("*.js"), key=lambda path: int(path.name.partition("-")[0]))


def _source(content: str) -> str:
    """Return the name by which the file's own policy allows a script or a style: its digest."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


def _words(code: str) -> dict[str, str]:
    said = Translations.load(str(resource("translations")), [tongues.of(code).language])
    return {name: said.gettext(text) for name, text in WORDS.items()}


def _old(code: str) -> str:
    """Return what stands on the page where its script does not run."""
    said = Translations.load(str(resource("translations")), [tongues.of(code).language])
    return said.gettext(OLD)


OLD = N_(
    "This page needs a browser of 2022 or later, with JavaScript. On a computer, consulta verify checks the"
    " same."
)
