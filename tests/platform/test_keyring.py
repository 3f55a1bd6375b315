"""What is encrypted and signed with keys of the installation's secret, and what neither opens nor holds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from consulta.platform.keyring import PREFIX, Keyring, UnreadableError
from tests.factories import moment

if TYPE_CHECKING:
    from consulta.platform.settings import Settings

OLD, NEW = "the secret of last year, which was long", "the secret of this year, which is long"


def test_what_is_encrypted_opens_with_its_secret_for_its_subject_and_unchanged_alone() -> None:
    keys = Keyring(OLD)
    stored = keys.encrypt("JBSWY3DP", "codes of 1")
    assert keys.decrypt(stored, "codes of 1") == "JBSWY3DP"
    assert stored != keys.encrypt("JBSWY3DP", "codes of 1"), "two of the same are not known as the same"
    changed = stored[:-2] + ("A" if stored[-2] != "A" else "B") + stored[-1]
    for ring, text, about in (
        (keys, stored, "codes of 2"),
        (Keyring(NEW), stored, "codes of 1"),
        (Keyring(OLD, place="abc"), stored, "codes of 1"),
        (keys, changed, "codes of 1"),
        (keys, "JBSWY3DP", "codes of 1"),
        (keys, PREFIX, "codes of 1"),
        (keys, f"{PREFIX}é", "codes of 1"),
        (keys, "", "codes of 1"),
    ):
        with pytest.raises(UnreadableError):
            ring.decrypt(text, about)
        assert not ring.is_current(text, about)


def test_a_former_secret_still_opens_and_confirms_and_writes_nothing() -> None:
    old, both = Keyring(OLD), Keyring(NEW, (OLD,))
    stored, signature = old.encrypt("text", "a"), old.sign("session", "x", 1, None, moment())
    assert both.decrypt(stored, "a") == "text"
    assert not both.is_current(stored, "a")
    assert both.is_current(both.encrypt("text", "a"), "a")
    assert both.confirms(signature, "session", "x", 1, None, moment())
    assert not old.confirms(both.sign("session", "x"), "session", "x")


def test_a_signature_holds_for_its_values_alone() -> None:
    keys, start = Keyring(NEW), moment()
    signature = keys.sign("session", "x", 1, None, start)
    assert keys.confirms(signature, "session", "x", 1, None, start)
    for other in (("x", 2, None, start), ("x", None, 1, start), ("x", 1, None, str(start)), ("x", 1, None)):
        assert not keys.confirms(signature, "session", *other)
    assert not keys.confirms(signature, "other", "x", 1, None, start)
    assert not keys.confirms("", "session", "x", 1, None, start)


def test_a_practice_has_keys_of_its_own(settings: Settings) -> None:
    stored = Keyring.of(settings).encrypt("text", "a")
    assert Keyring.of(settings).decrypt(stored, "a") == "text"
    with pytest.raises(UnreadableError):
        Keyring.of(replace(settings, practice=True)).decrypt(stored, "a")
