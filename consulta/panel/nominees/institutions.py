"""The institution of a government that organisations named: invited by mail, and a nominee from then on.

It decides which governments can be invited this way: those that enough organisations named for the topic of a
published result, and that have no candidate. What few named is for the secretariat alone, so it is told to no
government. The act gives no consent of a person: each is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.panel import governments
from consulta.panel.dialogues import service as dialogues
from consulta.panel.nominees import queries, service
from consulta.panel.nominees.values import Institution
from consulta.panel.proposals.values import NomineeCommand
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.data.folding import fold
from consulta.platform.formats import moments
from consulta.platform.mailer.outbox import PlainLetter, queue_plain
from consulta.platform.settings import SMALL_CELL
from consulta.platform.texts import address, line
from consulta.results import summaries
from consulta.rounds import service as rounds
from consulta.rounds.letters import plain

if TYPE_CHECKING:
    from consulta.platform.mailer.kinds import Words
    from consulta.platform.models import Round
    from consulta.platform.work import Work
    from consulta.rounds.letters.service import Post, Preview
    from consulta.vote.questions.values import NamedGovernment

KIND = "institution_invited"
NAME_MAX = 200


def find(
    work: Work, key: str, kind: str, code: str, name: str, small_cell: int = SMALL_CELL
) -> NamedGovernment:
    """Return a government that can be invited: `kind` n or l, `code` of the State, `name` of a local one.

    Problems: those of `panel.governments.wanted`, `invite.unpublished`, `invite.over` (the session
    has begun or is cancelled), `invite.unknown` (not among the most named, named by few, or with a
    candidate).
    """
    require(work, "nominees.write")
    if problem := governments.why_not_invited(work, key):
        raise problem
    for each in governments.wanted(work, key, small_cell):
        named = each.named
        same = named.kind == kind and (named.code or "") == code and (kind == "n" or named.name == name)
        if same and named.count is not None and not each.candidates:
            return named
    raise Problem("invite.unknown")


def suggested(work: Work, key: str, named: NamedGovernment, institution: str) -> Institution:
    """Return whom to write to: a nominee of the same government before who agreed to it, else no one."""
    require(work, "nominees.write")
    found = rounds.known(work, key)
    country = catalogue.countries_by_code().get(named.code or "")
    usual = work.language(country.language if country else "")
    for each in queries.reached_before(
        work.session, found.id, governments.ROLES[named.kind], named.code or ""
    ):
        if named.kind == "n" or fold(named.name) in fold(f"{each.organisation} {each.name}"):
            return Institution(
                institution, each.delegate or each.name, each.email, work.language(each.language)
            )
    return Institution(institution, "", "", usual)


def checked(work: Work, said: Institution) -> Institution:
    """Return whom to write to in the form in which it is kept.

    Problems: `invite.name`, `invite.email`, `invite.language`.
    """
    name, contact, email = line(said.name), line(said.contact), address(said.email)
    if not 1 <= len(name) <= NAME_MAX or len(contact) > NAME_MAX:
        raise Problem("invite.name", most=NAME_MAX)
    if email is None:
        raise Problem("invite.email", text=said.email.strip())
    if said.language not in work.languages:
        raise Problem("invite.language")
    return Institution(name, contact, email, said.language)


def invite(
    work: Work, key: str, named: NamedGovernment, said: Institution, small_cell: int = SMALL_CELL
) -> str:
    """Make the institution a nominee and write to it; return the key of the nominee.

    Problems: those of `find`, of `checked`, of `nominees.service.save_nominee` (`nominee.twin`: it is one).
    """
    require(work, "nominees.write")
    found = rounds.hold(work, key)
    find(work, key, named.kind, named.code or "", named.name, small_cell)
    to = checked(work, said)
    role = governments.ROLES[named.kind]
    if not named.code:
        raise Problem("invite.unknown")
    command = NomineeCommand(
        name=to.name,
        organisation=to.name,
        role=role,
        country=named.code,
        sector=role,
        kind="institution",
        email=to.email,
        language=to.language,
        government=named.key,
    )
    nominee = service.save_nominee(work, key, command)
    queue_plain(
        work,
        [
            PlainLetter(
                KIND,
                to.contact or to.name,
                to.name,
                named.code,
                to.email,
                to.language,
                f"{KIND}:{found.id}:{nominee}",
                None,
                {"round": key, "nominee": nominee},
            )
        ],
    )
    work.record("nominees.institution_invited", rounds.subject(found), {"nominee": nominee})
    return nominee


def preview(work: Work, key: str, said: Institution, post: Post) -> Preview:
    """Return the mail as it would leave now. Problem: `round.unknown`."""
    require(work, "mail.read")
    found = rounds.known(work, key)
    to = (line(said.contact) or line(said.name), line(said.name))
    language = work.language(said.language)
    return plain.shown(work, KIND, language, post, to, words(work, found, post.base_url.rstrip("/")))


def words(work: Work, found: Round, base_url: str) -> Words:
    """Return what the mail says of the round and its session."""
    session = dialogues.of_round(work, found.key)
    titles = {theme.key: theme.title for theme in found.themes}
    told = {}
    for language in work.languages:
        topics = [
            work.best(titles[each], language) for each in summaries.topics_of(work, found) if each in titles
        ]
        told[language] = {
            "topic": "; ".join(topics),
            "date": "\n".join(moments.everywhere(session.starts_at, (session.zone,), language))
            if session is not None
            else catalogue.mail_words(language)["no_date"].capitalize(),
            "page": f"{base_url}/{language}/rounds/{found.key}",
        }
    return told
