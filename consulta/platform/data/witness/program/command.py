"""The command: what was asked, in which language, how often."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from consulta.platform.data.witness.program.asking import Site, watch
from consulta.platform.data.witness.program.keeping import Witness
from consulta.platform.data.witness.program.notes import LOG, REFUSED, WITNESS, WRONG, Refused, parse_key
from consulta.platform.data.witness.program.receipts import receipt
from consulta.platform.data.witness.program.words import TEXTS


def language(wanted):
    if wanted:
        return wanted
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            asked = os.environ[name].lower()
            return next((code for code in TEXTS if asked.startswith(code)), next(iter(TEXTS)))
    return next(iter(TEXTS))


def options_of(arguments):
    parser = argparse.ArgumentParser(prog="testigo.py", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--lang", choices=tuple(TEXTS))
    parser.add_argument("--folder", type=Path, default=Path.home() / ".consulta-testigo")
    acts = parser.add_subparsers(dest="act", required=True)
    acts.add_parser("new").add_argument("name")
    asked = acts.add_parser("watch")
    asked.add_argument("address")
    asked.add_argument("--key", default="", help="the key of the log, as the secretariat tells it")
    asked.add_argument("--every", type=float, metavar="MINUTES", help="go on, so often; without it, once")
    acts.add_parser("show")
    proof = acts.add_parser("receipt")
    proof.add_argument("file", type=Path)
    proof.add_argument("--key", default="")
    proof.add_argument("--witness", action="append", default=[], metavar="KEY")
    return parser.parse_args(arguments)


def act(options, say, lang):
    """Do what was asked; what is said of it."""
    witness = Witness(options.folder, say)
    if options.act == "new":
        if not options.name or any(sign.isspace() or sign == "+" for sign in options.name):
            raise Refused(WRONG, say("name"))
        fresh, line = witness.make(options.name)
        return f"{say('made' if fresh else 'there', path=witness.key_path)}\n{line}"
    if options.act == "show":
        rows = witness.rows()["logs"]
        told = [
            say(
                "row",
                address=address,
                at=time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(row["time"])),
                **{name: row[name] for name in ("origin", "size", "root")},
            )
            for address, row in sorted(rows.items())
        ]
        return "\n".join(told) or say("nothing")
    if options.act == "receipt":
        try:
            text = options.file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Refused(WRONG, say("damaged", path=options.file, why=error)) from error
        key = parse_key(options.key, LOG) if options.key else None
        return receipt(
            text, key, [each for each in (parse_key(one, WITNESS) for one in options.witness) if each], say
        )
    return watch(witness, Site(options.address, lang, say), options.key, say)


def main(arguments=None):
    options = options_of(arguments)
    lang = language(options.lang)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")

    def say(which, **values):
        return TEXTS[lang][which].format(**values)

    while True:
        try:
            print(act(options, say, lang), flush=True)
            status = 0
        except Refused as refused:
            print(refused, file=sys.stderr, flush=True)
            status = refused.status
        # A fork is told and not asked again; a site that is down is.
        if getattr(options, "every", None) is None or status in (REFUSED, WRONG):
            return status
        time.sleep(max(options.every, 1) * 60)


if __name__ == "__main__":
    sys.exit(main())
