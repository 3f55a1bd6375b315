"""A panel to invite: a counted round, eight nominees with addresses, a panel of four, and its session."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from consulta.core.values import PanelRules, Quota
from consulta.panel import dialogues, invitations
from consulta.panel import service as panels
from consulta.panel import trials as panel_trials
from consulta.panel.dialogues import DialogueCommand, DialogueLink
from consulta.panel.trials import Change
from consulta.platform.models import Invitation, Nominee, Round
from consulta.platform.work import COMMAND
from consulta.results import service as results
from tests.closed import counted, mixed
from tests.factories import build_nominee, moment
from tests.lived import once
from tests.texts import both

if TYPE_CHECKING:
    from consulta.platform.work import Bench

KEY = "2027-1"
WHY = both("Persona n06 iba en lugar de Persona n07.", "Persona n06 was meant, and not Persona n07.")
RULES = PanelRules(
    size=4,
    roles={"gov_national": (1, 2), "mechanism": (1, 3)},
    quotas=(Quota("subregion", "caribbean", 1, None, hard=True),),
)
PANEL = ["n02", "n04", "n07", "n08"]
PEOPLE = [
    ("n01", "gov_national", "PE", "woman", "es", "Sra. Ministra"),
    ("n02", "gov_national", "JM", "man", "en", ""),
    ("n03", "gov_national", "MX", "woman", "es", ""),
    ("n04", "mechanism", "CO", "non_binary", "es", ""),
    ("n05", "mechanism", "JM", "woman", "en", "Dr Brown"),
    ("n06", "mechanism", "GT", "man", "es", ""),
    ("n07", "mechanism", "BB", "woman", "en", ""),
    ("n08", "mechanism", "PE", "man", "es", ""),
]


def session_command(**values: Any) -> DialogueCommand:
    """A session in a month."""
    starts = (moment() + timedelta(days=30)).replace(hour=15, minute=0, second=0, microsecond=0)
    fields: dict[str, Any] = {
        "title": both("Conversatorio sobre trabajo; ñandú, voz", "Dialogue on work"),
        "zone": "America/Panama",
        "starts_local": f"{starts:%Y-%m-%dT10:00}",
        "ends_local": f"{starts:%Y-%m-%dT12:30}",
        "place": both("Ciudad de Panamá, sala 3", "Panama City, room 3"),
        "links": (DialogueLink("Sala virtual", "https://example.org/sala?x=1"),),
        "agenda": both("10:00 Apertura\n10:15 Panel", ""),
        "topics": (),
    }
    return DialogueCommand(**(fields | values))


@once
def panelled(bench: Bench, *, with_session: bool = True, example: bool = False, **values: Any) -> None:
    """A counted round with a panel of four, and its session; `values` are those of every nominee."""
    counted(bench, KEY, mixed(6, ("t1", "t2"), ("t1", "t3")), publish=False, example=example)
    with bench.work(COMMAND, moment()) as work:
        a_round = work.session.scalars(select(Round).where(Round.key == KEY)).one()
        for key, role, country, gender, language, form in PEOPLE:
            fields: dict[str, Any] = {
                "name": f"Persona {key}",
                "organisation": f"Institución {key}",
                "role": role,
                "sector": "gov_national" if role == "gov_national" else "ngo",
                "country": country,
                "gender": gender,
                "language": language,
                "address_form": form,
                "email": f"{key}@example.org",
                "consent_contact": True,
                # The panel is then n02, n04, n07 and n08, whatever the lot says.
                "support": 9000 if key in PANEL else 5000 - 100 * int(key[1:]),
                "on_ballot": False,
            }
            build_nominee(work.session, a_round, key, **(fields | values))
    with bench.work(COMMAND, moment()) as work:
        assert panels.choose(work, KEY, RULES)
    if with_session:
        with bench.work(COMMAND, moment()) as work:
            dialogues.save(work, KEY, session_command())


@once
def invited(bench: Bench, **values: Any) -> None:
    """The same with the panel taken over and everybody written to."""
    panelled(bench, **values)
    with bench.work(COMMAND, moment()) as work:
        invitations.take_over(work, KEY)
    with bench.work(COMMAND, moment()) as work:
        invitations.invite(work, KEY)


def replace_published(bench: Bench) -> None:
    """The panel is published; then n06 takes the place of n07, and the published panel is replaced.

    The reason names both.
    """
    with bench.work(COMMAND, moment()) as work:
        results.publish(work, KEY)
    with bench.work(COMMAND, moment()) as work:
        panels.publish_panel(work, KEY)
    with bench.work(COMMAND, moment()) as work:
        panel_trials.change(work, KEY, 1, Change("swap", "n07", "n06"))
        panel_trials.decide(work, KEY, 1, "Por una razón.")
    with bench.work(COMMAND, moment()) as work:
        panels.publish_panel(work, KEY, reason=WHY)


def states(bench: Bench) -> dict[str, str]:
    """Nominee → state of the invitation."""
    with bench.read(COMMAND, moment()) as work:
        query = select(Nominee.key, Invitation.state).join(Invitation).order_by(Invitation.id)
        return {row.key: row.state for row in work.session.execute(query)}


def number_of(bench: Bench, key: str) -> int:
    """The number of a person's invitation."""
    with bench.read(COMMAND, moment()) as work:
        query = select(Invitation.id).join(Nominee).where(Nominee.key == key)
        return work.session.scalars(query).one()


def starts_at(bench: Bench) -> datetime:
    """When the session begins."""
    with bench.read(COMMAND, moment()) as work:
        found = dialogues.of_round(work, KEY)
    assert found is not None
    return found.starts_at


def confirm(bench: Bench, key: str = KEY, *who: str, agreed: bool = True) -> None:
    """Let people of the newest panel accept, all where none are given, and agree to be named or not."""
    with bench.work(COMMAND, moment()) as work:
        invitations.take_over(work, key)
        lines = invitations.page(work, key).guests
        wanted = [each for each in lines if each.nominee.key in who or not who]
        for each in wanted:
            if each.state not in {"accepted", "replaced"}:
                invitations.mark(work, key, each.id, "accepted", "")
        query = select(Nominee).join(Round).where(Round.key == key)
        for nominee in work.session.scalars(query):
            if nominee.key in {each.nominee.key for each in wanted}:
                nominee.consent_governments = agreed
