"""What is hashed so that it can be checked later."""

import hashlib

import pytest

from consulta.core import record


def test_canonical_json():
    assert record.canonical({"b": [1, 2.5, None], "a": 'ñ"\n'}) == '{"a":"ñ\\"\\n","b":[1,2.5,null]}'.encode()
    with pytest.raises(ValueError, match="JSON"):
        record.canonical(float("nan"))


def test_a_chain_is_broken_by_any_change():
    first = record.chain(record.START, {"who": "a"})
    second = record.chain(first, {"who": "b"})
    assert first == hashlib.sha256(bytes(32) + b'{"who":"a"}').hexdigest()
    written = [({"who": "a"}, first), ({"who": "b"}, second)]
    assert record.first_break(written) is None
    assert record.first_break([({"who": "c"}, first), written[1]]) == 0
    assert record.first_break(written[1:]) == 0
    assert record.first_break([written[0], ({"who": "c"}, second)]) == 1
