"""What tests of the panel share."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from consulta.rounds import service as rounds
from consulta.rounds import themes
from tests.drafts import KEY, join_members, round_command, theme_command, writing
from tests.factories import moment
from tests.platform.mailer.desk import messages
from tests.proposing import let_propose

if TYPE_CHECKING:
    from consulta.platform.work import Bench


@pytest.fixture
def asked(bench: Bench) -> str:
    """A draft that takes proposals, with two members written to; the token of the first."""
    join_members(bench, "PE", "MX")
    with writing(bench, moment()) as work:
        closes = (moment() + timedelta(days=30)).strftime("%Y-%m-%dT17:00")
        rounds.create_round(work, round_command(closes_local=closes))
        for number in range(1, 7):
            themes.save_theme(work, KEY, theme_command(number))
    with writing(bench, moment()) as work:
        let_propose(work, KEY, (moment() + timedelta(days=9)).strftime("%Y-%m-%dT17:00"))
    return str(messages(bench)[0].token)
