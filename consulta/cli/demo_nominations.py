"""What members of the demonstration propose for the panel, and what the secretariat did with a part of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.nominees import proposals as nomination_desk
from consulta.proposals import service as nominating
from consulta.proposals.values import NomineeCommand

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from consulta.cli.demo_desk import Desk
    from consulta.links.values import IssuedLink

_PROPOSED = (
    NomineeCommand(
        name="Yolanda Ticona Huanca (EJEMPLO)",
        organisation="Red de Mujeres en Movilidad del Altiplano (EJEMPLO)",
        role="mechanism",
        country="BO",
        sector="women_org",
        gender="woman",
        email="yolanda.ticona@mujeres-altiplano.example.org",
        languages=("es",),
        consent_contact=True,
        consent_listed=True,
    ),
    NomineeCommand(
        name="Fundación Puentes del Sur (EJEMPLO)",
        organisation="Fundación Puentes del Sur (EJEMPLO)",
        role="mechanism",
        country="AR",
        sector="ngo",
        kind="institution",
    ),
    NomineeCommand(  # a nominee is called so already, with one surname more
        name="Ernesto Villaseñor (EJEMPLO)",
        organisation="Ministerio del Interior (EJEMPLO)",
        role="gov_national",
        country="MX",
        sector="gov_national",
        languages=("es",),
    ),
    NomineeCommand(
        name="Alcaldía de Puerto Sereno (EJEMPLO)",
        organisation="Alcaldía de Puerto Sereno (EJEMPLO)",
        role="gov_local",
        country="CO",
        sector="gov_local",
        kind="institution",
        email="despacho@puerto-sereno.example.org",
        languages=("es",),
    ),
    NomineeCommand(
        name="Marlene Baptiste (EJEMPLO)",
        organisation="Island Shelter Network (EJEMPLO)",
        role="mechanism",
        country="TT",
        sector="ngo",
        language="en",
        languages=("en",),
        email="marlene.baptiste@island-shelter.example.org",
        consent_contact=True,
    ),
)
_REASON = "Buscamos a quien hable del tema por experiencia propia: propongan a una persona, no la fundación."


def propose(
    desk: Desk, key: str, issued: Sequence[IssuedLink], closes_local: str, opened_at: datetime
) -> None:
    """Allow proposals until voting ends, and make some: one is admitted, one declined, the rest wait.

    Each proposal comes from another organisation. Raise RuntimeError if a link that was just issued does
    not work.
    """
    desk.do(opened_at + timedelta(hours=1), nomination_desk.set_phase, key, closes_local)
    numbers = []
    for days, (command, link) in enumerate(zip(_PROPOSED, _one_each(issued), strict=False), start=1):
        with desk.voter(link, opened_at + timedelta(hours=15 * days), minutes=9) as work:
            numbers.append(nominating.propose(work, key, command, agreed=command.consent_contact))
    decided = opened_at + timedelta(days=2)
    desk.do(decided, nomination_desk.admit, key, numbers[0])
    desk.do(decided + timedelta(minutes=6), nomination_desk.decline, key, numbers[1], _REASON)


def _one_each(issued: Sequence[IssuedLink]) -> list[IssuedLink]:
    """Return one link of each organisation, sorted by the reversed names.

    The order differs from that of the organisations that vote first.
    """
    ordered = sorted(issued, key=lambda each: each.organisation[::-1])
    return list({link.organisation: link for link in ordered}.values())
