"""What a round freezes, worked out by hand: no database, and no opening."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from consulta.core.counting import parts
from consulta.core.counting.rules import parse_rules
from consulta.core.texts import Text
from consulta.core.trust import record
from consulta.core.values import Seat as RollSeat
from consulta.platform.models import Nominee, Round, Seat, Theme
from consulta.rounds import frozen
from tests.factories import RULES
from tests.texts import both

AT = datetime(2027, 3, 5, 22, 0, tzinfo=UTC)


def a_round(**values: Any) -> Round:
    """A round with two themes, the second also in Portuguese, and one of two nominees on the ballot."""
    found = Round(
        key="2027-1",
        title=both("Consulta", "Test"),
        question=both("¿Qué?", "What?"),
        public_source=both("", ""),
        closes_at=AT,
        closes_local="2027-03-05T17:00",
        zone="America/Panama",
        secrecy="totals",
        rules=RULES,
        commitment="c0",
        endorsements_apart=False,
        **values,
    )
    found.themes = [
        Theme(key="water", title=both("Agua", "Water"), description=both("", ""), objectives=[1, 6]),
        Theme(
            key="work",
            title=Text({"es": "Trabajo", "en": "Work", "pt": "Trabalho"}),
            description=both("", ""),
            objectives=[8],
        ),
    ]
    found.nominees = [
        Nominee(
            key=key,
            name=f"Persona {key}",
            organisation="Red",
            role="mechanism",
            country="PE",
            sector="ngo",
            topics=["water"],
            recent=1,
            on_ballot=there,
        )
        for key, there in (("n1", True), ("n2", False))
    ]
    return found


def seats(**more: str) -> list[Seat]:
    """Two seats; their order by pseudonym is the other one."""
    return [
        Seat(
            key=key,
            pseudonym=pseudonym,
            position=int(key[1:]),
            name=f"Red {country}",
            country=country,
            categories={"subregion": subregion, "sector": "ngo", **more},
            base=base,
        )
        for key, pseudonym, country, subregion, base in (
            ("s1", "b", "PE", "south_america", 3),
            ("s2", "a", "JM", "caribbean", 1),
        )
    ]


def test_themes_and_roll_as_the_bundle_has_them() -> None:
    found = frozen.themes_of(a_round())
    assert [(theme.key, theme.title["es"], theme.objectives) for theme in found] == [
        ("water", "Agua", (1, 6)),
        ("work", "Trabajo", (8,)),
    ]
    assert frozen.roll_of(seats()) == (
        RollSeat("a", "JM", {"subregion": "caribbean", "sector": "ngo"}, 1),
        RollSeat("b", "PE", {"subregion": "south_america", "sector": "ngo"}, 3),
    )


def test_digests_of_a_roll_that_will_be_joined_do_not_tell_countries() -> None:
    """The public one is that of the codes of subregions, and the exact one stands sealed beside it."""
    plain, salt = a_round(), "5a" * 16
    exact = frozen.digests(plain, seats())
    rules, themes = parse_rules(RULES), frozen.themes_of(plain)
    assert exact == parts.digests(rules, themes, frozen.roll_of(seats()))
    joined = frozen.digests(a_round(joined_below=5, frozen=json.dumps({"salt": salt})), seats())
    assert [frozen.wholly_joined(each).country for each in frozen.roll_of(seats())] == ["XB", "XE"]
    codes = [RollSeat("a", "XB", seats()[1].categories, 1), RollSeat("b", "XE", seats()[0].categories, 3)]
    assert joined == {
        **parts.digests(rules, themes, codes),
        "roll_exact": record.sealed(bytes.fromhex(salt), "roll exact", exact["roll_sha256"]),
    }


def test_endorsements_are_in_the_bundle_where_there_are_any_and_none_is_kept_apart() -> None:
    found = a_round()
    assert frozen.endorses_in_bundle(found) is True
    found.endorsements_apart = True
    assert frozen.endorses_in_bundle(found) is False
    found.endorsements_apart, found.rules = False, RULES | {"max_endorsements": 0}
    assert frozen.endorses_in_bundle(found) is False


def test_the_public_value_that_was_announced() -> None:
    assert frozen.announced(a_round()) is None
    announced = {"source": {"es": "Lotería", "en": "Lottery"}, "not_before": "2027-03-05T22:00:00Z"}
    found = a_round(public_at=AT)
    found.public_source = both("Lotería", "Lottery")
    assert frozen.announced(found) == announced
    assert frozen.package(found, seats())["seed"] == {"commitment": "c0", "public": announced}


def test_the_package_by_hand() -> None:
    """All that the opening freezes; no gender, no nominee of another list, and other languages apart."""
    told = frozen.package(a_round(), seats())
    empty = {"es": "", "en": ""}
    assert told == {
        "format": "consulta-package/1",
        "round": {
            "key": "2027-1",
            "title": {"es": "Consulta", "en": "Test"},
            "question": {"es": "¿Qué?", "en": "What?"},
            "closes_at": "2027-03-05T22:00:00Z",
            "closes_local": "2027-03-05T17:00",
            "zone": "America/Panama",
            "secrecy": "totals",
        },
        "rules": RULES,
        "themes": [
            {
                "key": "water",
                "title": {"es": "Agua", "en": "Water"},
                "description": empty,
                "objectives": [1, 6],
            },
            {
                "key": "work",
                "title": {"es": "Trabajo", "en": "Work"},
                "description": empty,
                "objectives": [8],
            },
        ],
        "seats": [
            {
                "seat": "s1",
                "organisation": "Red PE",
                "country": "PE",
                "categories": {"subregion": "south_america", "sector": "ngo"},
                "base": 3,
            },
            {
                "seat": "s2",
                "organisation": "Red JM",
                "country": "JM",
                "categories": {"subregion": "caribbean", "sector": "ngo"},
                "base": 1,
            },
        ],
        "nominees": [
            {
                "key": "n1",
                "name": "Persona n1",
                "organisation": "Red",
                "role": "mechanism",
                "country": "PE",
                "categories": {"sector": "ngo"},
                "topics": ["water"],
                "recent": 1,
                "support": None,
            }
        ],
        "seed": {"commitment": "c0", "public": ""},
        "translations": {"themes.work.title": {"pt": "Trabalho"}},
    }
    joined: Any = frozen.package(a_round(joined_below=5), seats(ages="young"))
    assert joined["round"]["joined_below"] == 5
    name = {"es": "ages", "en": "ages"}
    young = {"key": "young", "name": {"es": "young", "en": "young"}}
    assert joined["dimensions"] == [{"key": "ages", "name": name, "categories": [young]}]


def test_what_is_published_of_a_package_has_no_nominee_without_a_digest() -> None:
    plain = record.canonical({"format": "f", "nominees": [{"key": "n1"}], "seats": [], "rules": {}})
    assert frozen.as_published(plain) == plain
    apart = frozen.with_nominees_apart(plain, b"\x01\x02")
    assert json.loads(apart)["nominees_salt"] == "0102"
    assert json.loads(frozen.as_published(apart)) == {
        "format": "f",
        "nominees_sha256": record.digest(b'["0102",[{"key":"n1"}]]'),
        "rules": {},
        "seats": [],
    }
    assert frozen.texts_of(json.loads(apart)) == b'{"format":"consulta-opening/1","rules":{}}'


def test_random_bits_are_kept_with_the_package_and_never_told() -> None:
    found = a_round()
    assert (frozen.salt_of(found), frozen.texts(found)) == (b"", b'{"format":"consulta-opening/1"}')
    found.frozen = frozen.salted(found, seats(), b"\x0a" * 16).decode()
    assert frozen.salt_of(found) == b"\x0a" * 16
    assert json.loads(found.frozen) == {
        **json.loads(record.canonical(frozen.package(found, seats()))),
        "salt": "0a" * 16,
    }
    assert {*json.loads(frozen.texts(found))} == {
        "format",
        "round",
        "rules",
        "seed",
        "themes",
        "translations",
    }
