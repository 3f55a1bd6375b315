"""Content bound by the log's rows of opening and closing, so that no later change to it goes unseen.

The opening row has the digests of texts, rules, themes, roll and nominees. The closing row has these
again, as they are then, and those of every ballot that counts and of its receipt. With a kept head of
the closing, any reader can check a published archive, even if the database was rewritten since.

Content that is not public (ballots, receipts, nominees of a round of which only totals are public) is
bound by a digest keyed with the round's secret: these rows are public, and from a plain digest of
ballots of which all but a few are known, the others could be found by trial. The secret is in the
bundle, for those who may read the ballots.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from consulta.core.trust import record
from consulta.platform.data import catalogue
from consulta.platform.log import chain
from consulta.rounds import ballots as ballots_acts
from consulta.rounds import electorate, frozen, roll

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from consulta.core import values
    from consulta.platform.models import Ballot, Round, Seat
    from consulta.platform.work import Work

PARTS = ("ranking", "objectives", "endorsements")
"""What a ballot says; each is bound by itself too, so that a difference has a name."""

OF_ROLL = ("roll_sha256", "roll_exact")
"""Digests of the roll among those of what was frozen."""

NOMINEE_FIELDS = (
    "name",
    "organisation",
    "role",
    "country",
    "categories",
    "topics",
    "recent",
    "support",
)


def at_opening(found: Round, seats: Iterable[Seat]) -> dict[str, object]:
    """Return what the opening row says beside the digests of rules, themes and roll."""
    return {
        "roll": found.roll_shown,
        "members_sha256": record.digest(roll.file(found, seats)),
        "texts_sha256": record.digest(frozen.texts(found)),
        "nominees": nominees(found),
    }


def at_registration(found: Round, seats: Sequence[Seat]) -> dict[str, object]:
    """Return what a row about a late registration says of the roll, the new seat on it.

    They are the numbers and digests of the row of the opening that change with the roll, and no others.
    """
    fixed = frozen.digests(found, seats)
    return {
        "seats": len(seats),
        **{name: fixed[name] for name in OF_ROLL if name in fixed},
        "members_sha256": record.digest(roll.file(found, seats)),
    }


def at_closing(work: Work, found: Round) -> dict[str, Any]:
    """Return the details of the closing row about all that is counted."""
    told = ballots_acts.archive_numbers(work.session, found.id, at_closing=True)
    return {
        "cast": told.ballots + told.replaced,
        "replaced": told.replaced,
        "assisted": told.assisted,
        "late": told.late,
        "seats": len(found.seats),
        **({"withdrawn": gone} if (gone := sum(s.withdrawn_at is not None for s in found.seats)) else {}),
        "electorate": electorate.at_closing(work, found),
        "bound": {
            **frozen.digests(found, found.seats),
            "members_sha256": record.digest(roll.file(found, found.seats)),
            "texts_sha256": record.digest(frozen.texts(found)),
            **_joined_roll(work, found),
            "nominees": nominees(found),
            **ballots(work, found),
            "receipts": _keyed(found, "receipts", receipts_digest(work, found, at_closing=True)),
            **_abstentions(work, found),
            "earlier": earlier(work, found),
            "votes": _votes(work, found),
        },
    }


def _votes(work: Work, found: Round) -> str:
    """Return the keyed digest of the log's rows of the votes of a round, in their order.

    The digest of the hidden part of each row stands in it, so that no row can be found among hidden ones by
    trial.
    """
    whole, before = hashlib.sha256(), "["
    for row in ballots_acts.cast_rows(work.session, found.id):
        said = [row.seq, chain.row_of(row).hidden_sha256, row.outside]
        whole.update(before.encode() + record.canonical(said))
        before = ","
    whole.update(b"]" if before == "," else b"[]")
    return _keyed(found, "votes", whole.hexdigest())


def earlier(work: Work, found: Round) -> list[str]:
    """Return a keyed digest for each ballot that counts and that its organisation did not send itself.

    It is over the digest of that ballot's record and that of the vote which counts if it is taken out, null
    where there is none: nobody can choose that vote later.
    """
    marked = ballots_acts.marked_at_closing(work.session, found.id)
    made = []
    for seat, ballot in marked:
        own = ballots_acts.earlier_own(work.session, ballot)
        pair = [_record_sha256(found, seat, each) if each else None for each in (ballot, own)]
        made.append(_keyed(found, "earlier", record.digest(record.canonical(pair))))
    return sorted(made)


def _record_sha256(found: Round, seat: Seat, ballot: Ballot) -> str:
    return record.digest(record.canonical(ballots_acts.record_of(ballot, found.key, seat.pseudonym)))


def _abstentions(work: Work, found: Round) -> dict[str, str]:
    """Return the digest of the receipts of the organisations that abstained, of all of them; none: empty."""
    abstained = ballots_acts.abstentions(work.session, found.id)
    return {"abstentions": _keyed(found, "abstentions", _digest_of(abstained))} if abstained else {}


def _joined_roll(work: Work, found: Round) -> dict[str, str]:
    """Return the digest of the roll as the bundle of the first count has it, where it joins countries."""
    if found.joined_below is None:
        return {}
    codes = ballots_acts.codes_of(work, found, at_closing=True)
    seats = [
        {
            "seat": seat.seat,
            "country": codes.get(_group(seat), seat.country),
            "categories": dict(seat.categories),
            "base": seat.base,
        }
        for seat in frozen.roll_of(found.seats)
    ]
    return {"seats_sha256": record.digest(record.canonical(seats))}


def _group(seat: values.Seat) -> ballots_acts.Group:
    return ballots_acts.group_of(seat.categories, seat.base, seat.country)


def ballots(work: Work, found: Round) -> dict[str, str]:
    """Return the keyed digests of the ballots that count: as the seed takes them, and part by part."""
    sums = _Sums()
    for row in ballots_acts.current_ballots(work.session, found.id, at_closing=True):
        sums.add(row)
    return {name: _keyed(found, name, digest) for name, digest in sums.digests().items()}


def nominees(found: Round) -> dict[str, str]:
    """Return the keyed digests of the nominees on the ballot, as the bundle has them, field by field."""
    listed = [_nominee(nominee) for nominee in found.nominees if nominee.on_ballot]
    standing = listed if frozen.endorses_in_bundle(found) else []
    return {
        name: _keyed(
            found,
            f"nominees.{name}",
            record.digest(record.canonical([[each["key"], each[name]] for each in standing])),
        )
        for name in NOMINEE_FIELDS
    }


def receipts_digest(work: Work, found: Round, *, at_closing: bool = False) -> str:
    """Return the digest of the receipt codes of all ballots that count, each with its seal.

    With `at_closing`, ballots taken out since are among them. A digest of the codes alone would give the
    last one away to a reader who has all others: its 50 bits can be tried.
    """
    return _digest_of(ballots_acts.counted(work.session, found.id, at_closing=at_closing))


def _digest_of(ballots: Iterable[tuple[object, ballots_acts.Cast]]) -> str:
    whole = hashlib.sha256()
    for _seat, ballot in ballots:
        whole.update(f"{ballot.receipt} {ballots_acts.seal_of(ballot)}\n".encode())
    return whole.hexdigest()


def faults(told: Mapping[str, Any], now: Mapping[str, Any], path: str = "") -> list[str]:
    """Return by name what a row told and is not so now."""
    found = []
    for name, value in told.items():
        if isinstance(value, dict):
            found += faults(value, now.get(name, {}), f"{path}{name}.")
        elif now.get(name) != value:
            found.append(f"{path}{name}")
    return found


def _nominee(nominee: Any) -> dict[str, object]:
    return {
        "key": nominee.key,
        "name": nominee.name,
        "organisation": nominee.organisation,
        "role": nominee.role,
        "country": nominee.country,
        # Not the gender, which no bundle has.
        "categories": {
            "subregion": catalogue.subregion_of(nominee.country),
            "sector": nominee.sector,
        },
        "topics": list(nominee.topics),
        "recent": nominee.recent,
        "support": nominee.support,
    }


def _keyed(found: Round, label: str, digest: str) -> str:
    return record.sealed(bytes.fromhex(found.secret or ""), label, digest)


@dataclass(slots=True)
class _Sums:
    """Digests over ballots in the order of their seats' pseudonyms, fed one by one."""

    whole: hashlib._Hash = field(default_factory=hashlib.sha256)
    parts: dict[str, hashlib._Hash] = field(
        default_factory=lambda: {name: hashlib.sha256() for name in PARTS}
    )
    before: str = "["
    canonical: dict[str, str] = field(default_factory=dict)

    def add(self, row: ballots_acts.BallotRow) -> None:
        """Take in one ballot: as canonical JSON, whole, and each part beside its seat."""
        seat = json.dumps(row.pseudonym, ensure_ascii=False)
        said = {name: self._canonical(getattr(row, name)) for name in PARTS}
        whole = ",".join(f'"{name}":{said[name]}' for name in sorted(said))
        self.whole.update(f'{self.before}{{{whole},"seat":{seat}}}'.encode())
        for name in PARTS:
            self.parts[name].update(f"{self.before}[{seat},{said[name]}]".encode())
        self.before = ","

    def digests(self) -> dict[str, str]:
        """Return the digest of each list, closed."""
        end = b"]" if self.before == "," else b"[]"
        for each in (self.whole, *self.parts.values()):
            each.update(end)
        return {
            "ballots": self.whole.hexdigest(),
            **{name: each.hexdigest() for name, each in self.parts.items()},
        }

    def _canonical(self, text: str) -> str:
        if text not in self.canonical:
            self.canonical[text] = record.canonical(json.loads(text)).decode()
        return self.canonical[text]
