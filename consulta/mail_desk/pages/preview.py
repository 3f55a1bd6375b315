"""Every mail as each language gets it: a kind, a language and a person are chosen by address."""

from __future__ import annotations

from flask import request

from consulta.letters.pages import words
from consulta.mail_desk import finishing
from consulta.mail_desk import overview as mail_pages
from consulta.web.desk import Page, blueprint, page
from consulta.web.language import current, offered
from consulta.web.request import reading


@blueprint.get("/rounds/<key>/preview/mail")
def mail_preview(key: str) -> Page:
    """Show a mail or a letter as it would be sent now. Problem: `mail.kind` if there is no such kind."""
    kind = request.args.get("kind", "invitation")
    wanted = request.args.get("language", "")
    language = wanted if wanted in offered() else current()
    reader = request.args.get("as", type=int)
    with reading() as work:
        view = mail_pages.texts_page(work, key, kind)
        shown = finishing.preview(work, key, kind, language, words.post(), reader=reader)
    return page(
        "mail_desk/preview.html",
        view.round,
        kind=kind,
        kinds=words.kinds(),
        when=words.when(kind),
        language=language,
        readers=view.readers,
        reader=reader,
        shown=shown,
    )
