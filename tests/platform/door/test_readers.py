"""Who has a session by a link to vote is who may vote for the seat now, asked in either way."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from consulta.platform import door
from consulta.platform.keyring import Keyring
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.rounds import addresses
from tests.factories import moment
from tests.polling import open_round

if TYPE_CHECKING:
    from consulta.platform.work import Bench

# What happens to a contact or a seat, past the program, so that its link and its session go on.
CHANGES = {
    "nothing": None,
    "switched off": "UPDATE contacts SET active = false",
    "may not vote": "UPDATE contacts SET may_vote = false",
    "another address": "UPDATE contacts SET email = 'other@example.org' WHERE id = :contact",
    "withdrawn": "UPDATE seats SET withdrawn_at = :at",
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_a_session_and_a_link_have_the_same_reader(either: Bench, change: str) -> None:
    start = moment()
    either.keyring = Keyring("a secret of this process, long enough")
    voter, other = open_round(either)
    with either.work(ANONYMOUS, start) as work:
        opened = door.enter(work, "v", voter.token)
        assert opened is not None
    if (words := CHANGES[change]) is not None:
        with either.work(COMMAND, start) as work:
            told = {"contact": voter.contact_id, "at": start}
            work.session.execute(text(words), {name: told[name] for name in told if f":{name}" in words})
    with either.read(COMMAND, start + timedelta(seconds=1)) as work:
        found = door.resume(work, "voter", opened.token)
        name = addresses.voter_of(work.session, voter.seat_id, voter.contact_id)
        assert (None if found is None else found.name) == name == (voter.name if words is None else None)
        assert (door.find_visitor(work, "v", voter.token) is None) == (found is None)
        assert addresses.voter_of(work.session, other.seat_id, voter.contact_id) is None
