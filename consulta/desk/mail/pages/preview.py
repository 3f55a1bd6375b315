"""Every mail as each language gets it: a kind, a language and a person are chosen by address."""

from __future__ import annotations

from flask import request

from consulta.desk.mail import finishing
from consulta.desk.mail import overview as mail_pages
from consulta.platform.listing import PAGE
from consulta.platform.web.desk import Page, blueprint, page
from consulta.platform.web.language import current, offered
from consulta.platform.web.request import reading
from consulta.platform.web.table import LONGEST
from consulta.rounds.letters.pages import words


@blueprint.get("/rounds/<key>/preview/mail", may="mail.read")
def mail_preview(key: str) -> Page:
    """Show a mail or a letter as it would be sent now. Problem: `mail.kind` if there is no such kind."""
    kind = request.args.get("kind", "invitation")
    wanted = request.args.get("language", "")
    language = wanted if wanted in offered() else current()
    reader, text = request.args.get("as", type=int), request.args.get("q", "")[:LONGEST]
    with reading() as work:
        view = mail_pages.texts_page(work, key, kind, reader, text)
        numbers = [number for number, *_names in view.readers]
        reader = reader if reader in numbers or not numbers else numbers[0]
        shown = finishing.preview(work, key, kind, language, words.post(), reader=reader)
    return page(
        "mail_desk/preview.html",
        view.round,
        kind=kind,
        kinds=words.kinds_of_rounds(),
        when=words.when(kind),
        language=language,
        readers=view.readers,
        reader=reader,
        text=text,
        more=len(view.readers) >= PAGE,
        shown=shown,
    )
