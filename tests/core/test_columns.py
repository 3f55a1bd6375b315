"""A file read seat by seat and ballot by ballot: the same result and first refusal as of one read whole."""

import io
import json
import random  # noqa: TID251 - invented files, the same for one seed
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consulta.core import streaming
from consulta.core.counting import bundle as bundles
from consulta.core.counting import columns, count, files
from consulta.core.counting.columns import weights_of
from consulta.core.problems import Problem
from consulta.core.reading import MANY
from consulta.core.values import Seat
from consulta.platform.messages import REASONS
from tests.cases import for_each
from tests.core.build import encoded, sensible
from tests.core.elections import bundles as plain_bundles
from tests.core.elections import panel_bundles, usual_bundles
from tests.core.test_refusals import FILES, SENSE, SHAPES
from tests.core.usual import usual

EXAMPLES = settings.default.max_examples
RESAMPLES = 12


@pytest.fixture(autouse=True, params=[11, 2**20], ids=["short", "long"])
def chunks(request, monkeypatch):
    """Files are read a few bytes at a time, so that every token is cut somewhere; and as they are."""
    monkeypatch.setattr(streaming, "CHUNK", request.param)
    return request.param


def chance_of(seed):
    return random.Random(seed)  # noqa: S311 - no secret


def whole(data):
    """The bundle as objects."""
    return bundles.parse(data)


def in_columns(data):
    return columns.read(io.BytesIO(data))


def outcome(read, data):
    try:
        read(data)
    except Problem as problem:
        return problem.code, problem.params
    return None


def written(bundle, order):
    """A bundle's file with its fields, and the fields of its parts, in another order, and other spaces."""
    fields = list(bundle)
    order.shuffle(fields)
    shuffled = {name: bundle[name] for name in fields}
    if "ballots" in bundle:
        shuffled["ballots"] = order.sample(bundle["ballots"], len(bundle["ballots"]))
    for name in {"seats", "ballots"} & {*bundle}:
        shuffled[name] = [dict(order.sample(list(each.items()), len(each))) for each in shuffled[name]]
    escaped, indent = order.random() < 0.5, order.choice([None, None, 1])
    text = json.dumps(shuffled, ensure_ascii=escaped, indent=indent)
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        text = json.dumps(shuffled, indent=indent)  # half of a sign has no other way into a file
    return text.encode()


def agree(data):
    parsed, read = whole(data), in_columns(data)
    expected = count.count(parsed, resamples=RESAMPLES)
    assert count.count(read, resamples=RESAMPLES).to_json() == expected.to_json()
    robust = count.robustness_of_bundle(parsed, RESAMPLES).to_json()
    assert count.robustness_of_bundle(read, RESAMPLES).to_json() == robust


@settings(max_examples=EXAMPLES)
@given(st.one_of(plain_bundles(gaps=True), usual_bundles()), st.integers(0, 2**32))
def test_results_are_the_same_digit_for_digit(bundle, seed):
    agree(written(bundle, chance_of(seed)))


@settings(max_examples=max(6, EXAMPLES // 4))
@given(panel_bundles(), st.booleans(), st.integers(0, 2**32))
def test_panels_are_the_same(bundle, is_usual, seed):
    agree(written(usual(bundle) if is_usual else bundle, chance_of(seed)))


@for_each("number", range(len(SHAPES) + len(SENSE)))
def test_what_is_refused_is_refused_alike(number):
    spoil = [*(spoil for spoil, _, _ in SHAPES), *(spoil for _, _, spoil in SENSE)][number]
    bundle = sensible()
    spoil(bundle)
    data = written(bundle, chance_of(number))
    for file in (json.dumps(bundle).encode(), data):
        assert outcome(in_columns, file) == outcome(whole, file)


BROKEN = (
    b"",
    b"7",
    b"[]",
    b"{",
    b'{"a":1}',
    b"[NaN]",
    b"\xff",
    b'{"ballots":[',
    b'{"ballots":[]} x',
    b'"\\ud800"',
)
TWICE = (
    b'{"seats":[{"seat":"a","seat":"b"}],"ballots":[NaN]}',
    b'{"ballots":[NaN],"seats":[{"a":1,"a":2}],"ballots":[]}',
    b'{"ballots":[{"ranking":[{"x":{"y":1,"y":2}}]}],"x":Infinity}',
    b'{"ballots":[-Infinity, 12345],"b":1,"a":2,"a":1,"b":2}',
    b'{"ballots":[' + b",".join([b'{"a":1,"a":2}'] * (MANY + 2)) + b"]}",
    b'{"ballots":[' + b",".join([b'{"a":1,"a":2}'] * (MANY + 2)) + b"]",
    b'{"ballots":[' + b",".join([b'{"a":1,"a":2}'] * (MANY + 2)) + b"]}\xff",
)


@for_each("data", [*BROKEN, *TWICE, *(path.read_bytes() for path in sorted(FILES.iterdir()))])
def test_broken_files_are_refused_alike(data):
    assert outcome(in_columns, data) == outcome(whole, data) != None  # noqa: E711 - the same, and something


SMALL = (
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    "",
    "x",
    "s1",
    "water",
    "n1",
    [],
    ["water"],
    [[]],
    [[], ["x"]],
    {},
    {"a": 1},
)


def spoiled(value, chance):
    """The same value with something in it changed, dropped, twice or out of place."""
    if isinstance(value, dict) and value and chance.random() < 0.85:
        name = chance.choice(list(value))
        if chance.random() < 0.1:
            return {key: own for key, own in value.items() if key != name}
        return {**value, name: spoiled(value[name], chance)}
    if isinstance(value, list) and value and chance.random() < 0.85:
        place = chance.randrange(len(value))
        kept = [*value[:place], spoiled(value[place], chance), *value[place + 1 :]]
        return [*kept, chance.choice(value)] if chance.random() < 0.1 else kept
    return chance.choice(SMALL)


@for_each("seed", range(max(4, EXAMPLES // 5)))
def test_files_spoiled_at_random_are_refused_alike(seed):
    chance = chance_of(seed)
    for _ in range(25):
        bundle = usual(sensible()) if chance.random() < 0.5 else sensible()
        for _ in range(chance.choice([1, 1, 2, 3])):
            many = {name: bundle[name] for name in ("seats", "ballots") if name in bundle}
            changed = spoiled(many if chance.random() < 0.7 else bundle, chance)
            bundle = {**bundle, **changed} if isinstance(changed, dict) else {**bundle, "ballots": changed}
        data = json.dumps(bundle, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
        if chance.random() < 0.3:
            at = chance.randrange(len(data))
            data = (
                data[:at]
                + chance.choice([b"", b'"', b"]", b",", b"\xc3", b"NaN", b" "])
                + data[at + chance.randrange(3) :]
            )
        assert outcome(in_columns, data) == outcome(whole, data)


def test_more_than_is_taken_on_is_refused_before_it_is_held(monkeypatch):
    data = encoded(sensible())
    for module, name, most in (
        (streaming, "MOST_STREAMED_BYTES", len(data) - 1),
        (streaming, "MOST_STREAMED_VALUES", 40),
        (streaming, "MOST_BYTES", 500),
        (streaming, "MOST_VALUES", 30),
        (columns, "MOST_SEATS", 2),
        (columns, "MOST_KINDS", 1),
        (columns, "MOST_TIERS", 8),
        (columns, "MOST_BYTES", 20),
        (columns, "MOST_VALUES", 5),
    ):
        with monkeypatch.context() as less:
            less.setattr(module, name, most)
            assert outcome(in_columns, data) == ("bundle.json", {"path": "(file)", "reason": "large"}), name
    assert outcome(in_columns, data) is None
    told = REASONS["large"]
    for figure in (
        streaming.MOST_STREAMED_BYTES // 10**6,
        streaming.MOST_STREAMED_VALUES // 10**6,
        columns.MOST_SEATS // 10**6,
        columns.MOST_KINDS,
        columns.MOST_TIERS // 10**6,
    ):
        assert f"{figure:,}" in told


def test_numbers_of_names_are_held_in_wider_ones_where_they_must_be():
    run = columns._joined(columns._joined(array("H"), [1, 2]), [3])
    assert run.typecode == "H"
    wider = columns._joined(columns._joined(run, [4, 70_000, 5]), [6])
    assert (wider.typecode, list(wider)) == ("I", [1, 2, 3, 4, 70_000, 5, 6])


def test_a_file_is_counted_from_bytes_or_as_it_is_opened():
    data = encoded(sensible())
    assert files.count_file(data) == count.count(bundles.parse(data)).to_json()
    assert files.count_file(lambda: io.BytesIO(data)) == files.count_file(data)


def test_what_a_ballot_is_worth_where_each_cell_has_one_base():
    worth = weights_of([({"sector": "x"}, 1, 5), ({"sector": "x"}, 3, 2), ({"sector": "y"}, 1, 7)])
    x, y = (Seat("", "PE", {"sector": sector}) for sector in "xy")
    assert [worth(x, 1), worth(x, 3), worth(y, 1)] == [5, 6, 7]
