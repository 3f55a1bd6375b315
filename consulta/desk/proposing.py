"""What members propose, at the desk: all that waits, several decided at once, one mail to each proposer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.panel import nominee_proposals
from consulta.panel import proposals as people
from consulta.platform import parts
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.mailer import news
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.messages import N_
from consulta.rounds import proposing
from consulta.rounds.ending import phase_of
from consulta.rounds.letters.mass_mail import to_contacts
from consulta.rounds.service import hold, known, subject
from consulta.themes import review

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from consulta.panel.nominee_proposals import ProposalsDesk
    from consulta.platform.mailer.kinds import Reader, Sample, Words
    from consulta.platform.mailer.news import News
    from consulta.platform.models import Message, Nomination, Round
    from consulta.platform.work import Work
    from consulta.rounds.ending import Asked
    from consulta.rounds.letters.mass_mail import Readers
    from consulta.rounds.values import Phase, RoundLine
    from consulta.themes.proposals import Reviewed
    from consulta.themes.review import ReviewDesk

KIND = "proposals_decided"
REASON_MAX = min(review.REASON_MAX, nominee_proposals.REASON_MAX)


@dataclass(frozen=True, slots=True)
class ProposingDesk:
    """What members propose in a round, and how far the phase and the answers are."""

    round: RoundLine
    phase: Phase | None
    may_ask: tuple[Asked, ...]  # what a new phase can ask for
    review: ReviewDesk
    people: ProposalsDesk
    themes: tuple[Reviewed, ...]  # that wait, those with most organisations behind them first
    alike: Mapping[int, tuple[Reviewed, ...]]  # of these by number: who may mean the same
    persons: tuple[Nomination, ...]  # that wait
    took_part: int  # organisations that proposed or supported something in the last phase
    asked: int  # organisations that can propose
    remindable: int  # contacts
    remind_from: datetime | None  # when the first of the others can be reminded
    unwritten: int  # contacts without a link
    untold: int  # organisations that have not been told what was decided, and can be
    out_of_reach: tuple[str, ...]  # those that cannot be told by mail

    @property
    def decided(self) -> tuple[int, int]:
        """Return how many themes and how many people are decided."""
        return len(self.review.proposals) - len(self.themes), len(self.people.proposals) - len(self.persons)


def desk(work: Work, round_key: str) -> ProposingDesk:
    """Return what members propose in a round. Problem: `round.unknown`."""
    require(work, "proposing.read")
    found = known(work, round_key)
    of_themes, of_people = review.desk(work, round_key), nominee_proposals.desk(work, round_key)
    waiting = [each for each in of_themes.proposals if each.proposal.state == "submitted"]
    untold_now = untold(work, found)
    remindable, remind_from = proposing.remindable(work, round_key)
    took_part, asked = proposing.participation(work, found)
    return ProposingDesk(
        round=of_themes.round,
        phase=phase_of(found, work.now),
        may_ask=proposing.may_ask(work, found),
        review=of_themes,
        people=of_people,
        themes=tuple(
            sorted(waiting, key=lambda each: (-each.backing.organisations, each.proposal.number))
            if parts.uses(work, "theme_proposals")
            else ()
        ),
        alike={each.proposal.number: tuple(review.alike_to(of_themes, each)) for each in waiting},
        persons=tuple(each for each in of_people.proposals if each.state == "waiting")
        if parts.uses(work, "people_proposals")
        else (),
        took_part=took_part,
        asked=asked,
        remindable=remindable,
        remind_from=remind_from,
        unwritten=len(proposing.unwritten(work, found)),
        untold=sum(each.contact is not None for each in untold_now),
        out_of_reach=tuple(each.organisation.name for each in untold_now if each.contact is None),
    )


def admit(work: Work, round_key: str, themes: Mapping[int, int], persons: Collection[int]) -> int:
    """Admit proposed themes, by number with the version seen of each, and people; return how many.

    All are, or none. Problems: `proposing.none_ticked`, those of `review.admit` and
    `nominee_proposals.admit`.
    """
    count = _ticked(work, themes, persons)
    for number, version in themes.items():
        review.admit(work, round_key, number, version)
    for number in persons:
        nominee_proposals.admit(work, round_key, number)
    return count


def decline(
    work: Work, round_key: str, themes: Mapping[int, int], persons: Collection[int], reason: str
) -> int:
    """Decline proposed themes and people for one reason in the first language; return how many.

    All are, or none. Problems: `proposing.none_ticked`, those of `review.decline` and
    `nominee_proposals.decline`.
    """
    count = _ticked(work, themes, persons)
    for number, version in themes.items():
        review.decline(work, round_key, number, version, Text({work.languages[0]: reason}))
    for number in persons:
        nominee_proposals.decline(work, round_key, number, reason)
    return count


def _ticked(work: Work, themes: Mapping[int, int], persons: Collection[int]) -> int:
    require(work, "proposing.write")
    if not themes and not persons:
        raise Problem("proposing.none_ticked")
    return len(themes) + len(persons)


# -- what became of the proposals


def untold(work: Work, found: Round) -> list[News]:
    """Return what each organisation has not been told of what it proposed for a round."""
    themes = review.to_be_told(work, found) if parts.uses(work, "theme_proposals") else []
    persons = people.to_be_told(work, found) if parts.uses(work, "people_proposals") else []
    return news.untold(work, found, KIND, [*themes, *persons])


def tell(work: Work, round_key: str) -> int:
    """Tell each organisation by one mail what became of its proposals, if it has not been told.

    Return how many mails. Problem: `round.unknown`.
    """
    require(work, "proposing.write")
    found = hold(work, round_key)
    count = news.tell(work, found, KIND, untold(work, found))
    if count:
        work.record("proposing.told", subject(found), {"count": count})
    return count


def telling(work: Work, found: Round) -> Readers:
    """Return who would be told now, and who cannot be."""
    untold_now = untold(work, found)
    chosen = [
        (each.organisation.name, each.organisation.country, each.contact)
        for each in untold_now
        if each.contact
    ]
    return to_contacts(
        KIND, chosen, [(each.why, each.organisation.name) for each in untold_now if each.contact is None]
    )


def _overtaken(work: Work, message: Message) -> str | None:
    present = [*review.to_be_told(work, message.round), *people.to_be_told(work, message.round)]
    still = news.is_current(message, {each.facts["number"]: each.facts for each in present})
    return None if still else "mail.overtaken"


def _words(work: Work, message: Message, _reader: Reader) -> Words:
    names = people.names(work, message.round)
    items = [
        {**each, "proposed": names.get(each["number"], each["proposed"])} for each in news.items_of(message)
    ]
    return _in_words(work, items)


def _sample(work: Work, sample: Sample) -> Words:
    """Return what the reader would be told now, or an invented decision."""
    untold_now = untold(work, sample.round)
    theirs = next(
        (each.items for each in untold_now if each.contact and each.contact.id == sample.contact), None
    )
    if theirs is not None:
        return _in_words(work, theirs)
    titles = {language: catalogue.mail_words(language)["sample_theme"] for language in work.languages}
    return _in_words(work, [{"number": review.THEME, "proposed": titles, "decision": "admitted"}])


def _in_words(work: Work, items: Sequence[Mapping[str, Any]]) -> Words:
    return {
        language: {"decision": "\n\n".join(_decision(language, each) for each in items)}
        for language in work.languages
    }


def _decision(language: str, facts: Mapping[str, Any]) -> str:
    if str(facts["number"]).startswith(review.THEME):
        return review.decision_in_words(language, facts)
    return people.decision_in_words(language, facts)


KINDS = (
    MailKind(
        KIND,
        N_("Decisions on proposals"),
        N_("When you send it: one to each organisation, about all its proposals decided since the last one."),
        places=("decision",),
        needed=("decision",),
        before_opening=True,
        overtaken=_overtaken,
        words=_words,
        sample=_sample,
        asked_on=("secretariat.tell_proposers",),
        part=proposing.PARTS_OF_IT,
    ),
)
