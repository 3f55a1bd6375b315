"""A draft for which members proposed themes, and the secretariat that reviews them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.core.texts import Text
from consulta.platform.models import Contact, Organisation, ProposingPhase, Round, ThemeProposal, ThemeSupport
from consulta.rounds import proposing as phase
from consulta.rounds import service as rounds
from consulta.themes import proposals, review
from tests.drafts import KEY, NOW, do, join_members, round_command, writing
from tests.drafts import reading as looking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.platform.work import Bench, Work
    from consulta.themes.proposals import Reviewed
    from consulta.themes.review import ReviewDesk

WHY = "Miles de personas trabajan sin permiso en la cosecha."


def proposing(bench: Bench, *countries: str, secrecy: str = "open", **values: object) -> None:
    """A draft whose phase of proposing themes is open, with an organisation from each country."""
    join_members(bench, *countries)
    do(bench, rounds.create_round, round_command(secrecy=secrecy))
    with writing(bench) as work:
        phase.plan(work, KEY, phase.PhaseCommand(closes_local="2027-02-10T17:00", **values))  # type: ignore[arg-type]  # its fields
    do(bench, phase.open_now, KEY)


def over(bench: Bench) -> None:
    """The phase has ended."""
    with writing(bench) as work:
        for row in work.session.scalars(select(ProposingPhase)):
            row.ended_at = work.now


def proposed(
    bench: Bench,
    by: int,
    title: str = "Regularización",
    supporters: Sequence[int] = (),
    *,
    language: str = "es",
    why: str = WHY,
    objectives: Sequence[int] = (5,),
    key: str = KEY,
) -> int:
    """Propose a theme for the organisation with this place (from 0) and let others support it."""
    with writing(bench) as work:
        row = add(work, by, title, supporters, language=language, why=why, objectives=objectives, key=key)
        return row.number


def add(
    work: Work,
    by: int,
    title: str,
    supporters: Sequence[int] = (),
    *,
    language: str = "es",
    why: str = WHY,
    objectives: Sequence[int] = (5,),
    key: str = KEY,
) -> ThemeProposal:
    """The same within a unit of work."""
    found = work.session.scalars(select(Round).where(Round.key == key)).one()
    members = list(work.session.scalars(select(Organisation).order_by(Organisation.id)))
    number = proposals.next_number(work.session, found.id)
    row = ThemeProposal(
        round_id=found.id,
        number=number,
        reference=f"T-{key}-{number}",
        organisation_id=members[by].id,
        contact_id=work.session.scalar(
            select(Contact.id).where(Contact.organisation_id == members[by].id).order_by(Contact.id)
        ),
        language=language,
        title=Text({language: title}),
        why=Text({language: why}),
        objectives=list(objectives),
        proposed_at=work.now,
        state="submitted",
    )
    work.session.add(row)
    work.session.flush()
    for place in supporters:
        work.session.add(ThemeSupport(proposal_id=row.id, organisation_id=members[place].id, at=work.now))
    proposals.take_step(work, row, "submitted", after=proposals.content(row))
    return row


def desk(bench: Bench) -> ReviewDesk:
    """What the secretariat sees."""
    with looking(bench) as work:
        return review.desk(work, KEY)


def one(bench: Bench, number: int) -> Reviewed:
    """One proposal as the secretariat sees it."""
    found = desk(bench).find(number)
    assert found is not None
    return found


def seen(bench: Bench, number: int) -> int:
    """The version of a proposal that is shown now."""
    return one(bench, number).version


def said(words: str) -> Text:
    """A reason in the first language."""
    return Text({"es": words})


def admit(bench: Bench, *numbers: int) -> None:
    """Admit proposals, each as it is shown now."""
    for number in numbers:
        version = seen(bench, number)
        with writing(bench, NOW + timedelta(minutes=1)) as work:
            review.admit(work, KEY, number, version)


def merge(bench: Bench, numbers: Sequence[int], into: int) -> None:
    """Merge proposals, each as it is shown now."""
    versions = {number: seen(bench, number) for number in numbers}
    do(bench, review.merge, KEY, versions, into)


def undo(bench: Bench, number: int) -> str:
    """Take the last step back."""
    version = seen(bench, number)
    return do(bench, review.undo, KEY, number, version)
