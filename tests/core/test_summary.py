"""The summary of a count says of nominees and weights what the bundle says, ballot by ballot."""

from collections import Counter
from dataclasses import replace

import pytest

from consulta.core.counting import weights
from consulta.core.counting.count import count, support
from consulta.core.counting.summary import Alike, Summary, summary_of
from consulta.core.problems import Problem
from tests.core.build import election, parsed, sensible


def grouped(bundle):
    """The ballots of a bundle in groups of equal ones, as the database hands them out."""
    seats = {seat.seat: seat for seat in bundle.seats}
    alike = Counter(
        (
            tuple(sorted({**seats[ballot.seat].categories, "country": seats[ballot.seat].country}.items())),
            seats[ballot.seat].base,
            ballot.endorsements,
        )
        for ballot in bundle.ballots
    )
    return [Alike(dict(who), base, said, number) for (who, base, said), number in alike.items()]


def test_it_says_what_the_bundle_says_ballot_by_ballot():
    bundle = parsed(sensible())
    result = count(bundle)
    summary = summary_of(result, "0" * 64, grouped(bundle))
    told = {
        nominee.key: summary.support.get(nominee.key, 0) if nominee.support is None else nominee.support
        for nominee in bundle.nominees
    }
    assert told == support(bundle, result)
    assert any(summary.support.values())
    cells = [(cell.categories, cell.each, cell.micro) for cell in result.weights.cells]
    values = weights.ballot_values(bundle, cells).values()
    assert (summary.lightest, summary.heaviest) == (min(values), max(values))
    voted = {ballot.seat for ballot in bundle.ballots}
    assert summary.bases == tuple(sorted({seat.base for seat in bundle.seats if seat.seat in voted}))
    assert (summary.ballots, summary.topics, summary.seed) == (
        len(bundle.ballots),
        result.topics,
        result.seed,
    )


def test_it_is_read_as_it_was_written_and_no_other_file_is():
    bundle = parsed(sensible())
    summary = summary_of(count(bundle), "0" * 64, grouped(bundle))
    assert Summary.parse(summary.to_json()) == summary
    for data in (b"{}", b'{"format": "consulta-summary/2"}', b"[]"):
        with pytest.raises(Problem, match=r"summary\.json"):
            Summary.parse(data)


def test_support_is_rounded_to_the_nearest_ten_thousandth_and_half_to_even():
    """Of 32 equal ballots one is 312.5 ten-thousandths and three are 937.5."""
    result = count(parsed(election([(32, "A B")])))
    groups = [Alike({}, 1, ("n1", "n2"), 1), Alike({}, 1, ("n2",), 2), Alike({}, 1, (), 29)]
    summary = summary_of(result, "0" * 64, groups)
    assert summary.support == {"n1": 312, "n2": 938}
    assert (summary.ballots, summary.bases) == (32, (1,))


def test_the_file_has_its_format_first_and_one_space_a_level():
    bundle = parsed(sensible())
    summary = replace(summary_of(count(bundle), "0" * 64, grouped(bundle)), seed="ñ")
    text = summary.to_json().decode()
    assert text.startswith('{\n "format": "consulta-summary/1",\n "bundle_sha256": "')
    assert '\n "seed": "ñ",\n' in text
    assert text.endswith("\n}\n")
    with pytest.raises(ValueError, match="JSON"):
        replace(summary, lightest=float("nan")).to_json()
