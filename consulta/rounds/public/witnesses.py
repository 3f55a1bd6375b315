"""The public page of the log: its newest checkpoint, who cosigned it, and how to become a witness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, render_template, request

from consulta.core.problems import Problem
from consulta.platform import programs
from consulta.platform.log.notes import MOST_NOTE
from consulta.platform.security import network
from consulta.platform.web.downloads import saved
from consulta.platform.web.fields import csrf
from consulta.platform.web.language import say
from consulta.platform.web.pages import Pages
from consulta.platform.web.public import blueprint as public_blueprint
from consulta.platform.web.request import house, read, reading, write
from consulta.rounds import witnesses
from consulta.rounds.pages.witnesses import REASONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from consulta.platform.work import Work


@public_blueprint.get("/log", may="published.read")
def log() -> str:
    """Show the checkpoints of the log and the witnesses that cosign them."""
    with reading() as work:
        view = witnesses.view(work)
        note = witnesses.note(work) if view.checkpoints else ""
    return render_template(
        "witnesses/log.html",
        view=view,
        note=note,
        reasons=REASONS,
        address=house().settings.base_url,
        example=view.example,
    )


blueprint = Pages("log", __name__, under="/log", in_languages=False)


@blueprint.get("/checkpoint", may="published.read", session=False)
def checkpoint() -> Response:
    """Return the newest checkpoint with its cosignatures."""
    return _read(witnesses.note)


@blueprint.get("/checkpoint/<int:size>", may="published.read", session=False)
def checkpoint_of(size: int) -> Response:
    """Return the checkpoint over so many rows, with its cosignatures."""
    return _read(lambda work: witnesses.note(work, size))


@blueprint.get("/consistency/<int:old>/<int:new>", may="published.read", session=False, for_good=True)
def consistency(old: int, new: int) -> Response:
    """Return the proof that the log of `new` rows begins with that of `old`."""
    return _read(lambda work: witnesses.consistency(work, old, new))


@blueprint.get("/key", may="published.read", session=False)
def key() -> Response:
    """Return the public keys of the log, the newest last."""
    return _read(witnesses.keys)


@blueprint.get(
    "/stamp/<int:number>.tsr", may="published.read", part="witnesses", session=False, for_good=True
)
def stamp(number: int) -> Response:
    """Return the answer of a time stamp authority as it came."""
    try:
        content = read(witnesses.response, number)
    except Problem as problem:
        if problem.code != "stamp.unknown":
            raise
        return _refused(problem, 404)
    return saved(f"{number}.tsr", content, "application/timestamp-reply")


@blueprint.get("/testigo.py", may="published.read", part="witnesses", session=False)
def script() -> Response:
    """Return the program that a witness runs."""
    program = programs.WITNESS
    return saved(program.file_name, programs.source(program), "text/x-python; charset=utf-8")


@blueprint.post("/cosignatures", may="cosignatures.send", part="witnesses", session=False)
@csrf.exempt  # it comes from a program without a session: what it may say is decided by its signature
def cosign() -> Response:
    """Keep the cosignature of a registered witness; say in plain text why not."""
    if (request.content_length or 0) > MOST_NOTE:
        return _refused(Problem("cosignature.malformed"), 413)
    gate = house().gate
    # A lane for each network: what is not right keeps out no other network than its own.
    with gate.networks.of(network(request.remote_addr or "")).entered() as room:
        if not room:
            return _refused(Problem("cosignature.busy"), 429)
        try:
            text = request.get_data(cache=False)[: MOST_NOTE + 1].decode()
        except UnicodeDecodeError:
            return _refused(Problem("cosignature.malformed"), 422)
        try:
            size, is_new = read(witnesses.look, text)
        except Problem as problem:
            if not problem.code.startswith("cosignature."):
                raise
            return _refused(problem, 422)
    if is_new:
        with gate.witnesses.entered() as room:
            if not room:
                return _refused(Problem("cosignature.busy"), 429)
            size = write(witnesses.take, text)
    return _text(f"{size}\n")


def _read(of: Callable[[Work], str]) -> Response:
    try:
        found = read(of)
    except Problem as problem:
        if problem.code != "checkpoint.unknown":
            raise
        return _refused(problem, 404)
    return _text(found)


def _refused(problem: Problem, status: int) -> Response:
    """Return the code of a problem in a line, and its sentence in the language of the request in the next."""
    answer = _text(f"{problem.code}\n{say(problem)}\n", status)
    if status == 429:  # noqa: PLR2004 - too many requests
        answer.headers["Retry-After"] = "5"
    return answer


def _text(said: str, status: int = 200) -> Response:
    return Response(said, status, content_type="text/plain; charset=utf-8")
