"""Values: how they are written and read, what it means that two differ, and how that is told."""

from __future__ import annotations

import hashlib
import itertools
import json
from datetime import datetime

DIGITS = 100  # no number of an archive is longer
ALWAYS_THERE = ("country", "sector", "subregion")  # dimensions


class Unfit(Exception):
    """An archive that this program does not take on: the code of a sentence, and its values."""

    def __init__(self, code, **values):
        super().__init__(code)
        self.code, self.values = code, values


class Differs(Exception):
    """Something is not as it should be: where, what was expected, what is there."""

    def __init__(self, file, place, expected, found):
        super().__init__(f"{file} {place}: {expected} / {found}")
        self.file, self.place, self.expected, self.found = file, place, expected, found


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def canonical(value):
    """JSON with sorted keys, no spaces, UTF-8 (section 4)."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def strict(file):
    """What refuses a repeated key, NaN, infinity and numbers without end in the JSON of a file."""

    def pairs(items):
        found = dict(items)
        if len(found) != len(items):
            keys = [key for key, _ in items]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise Differs(file, json.dumps(twice), "one key", "the same key twice")
        return found

    def constant(name):
        raise Differs(file, name, "a number", name)

    def whole(digits):
        need(len(digits) <= DIGITS, file, short(digits), "a shorter number", f"{len(digits)} digits")
        return int(digits)

    def decimal(digits):
        found = float(digits)
        need(abs(found) < float("inf"), file, short(digits), "a number", "one without end")
        return found

    return {
        "object_pairs_hook": pairs,
        "parse_constant": constant,
        "parse_int": whole,
        "parse_float": decimal,
    }


def strict_json(data, file):
    """JSON in UTF-8 without a repeated key, NaN or infinity."""
    try:
        return json.loads(data.decode("utf-8"), **strict(file))
    except (ValueError, RecursionError) as error:
        raise Differs(file, "(file)", "JSON", not_read(error)) from error


def not_read(error):
    """Why a text is none of JSON in UTF-8."""
    if isinstance(error, UnicodeDecodeError):
        return "another encoding"
    return f"another sign at {error.pos}" if isinstance(error, json.JSONDecodeError) else "too deep"


class Listed:
    """A list whose items are read one by one."""

    def __len__(self):
        return sum(1 for _ in self)


def same(expected, given, file, place=""):
    """Raise the first difference between two JSON values, in the order of the expected one."""
    if isinstance(expected, dict) and isinstance(given, dict):
        same_objects(expected, given, file, place)
    elif isinstance(expected, (list, Listed)) and isinstance(given, (list, Listed)):
        for number, pair in enumerate(zip(expected, given)):
            same(pair[0], pair[1], file, f"{place}[{number}]")
        if len(expected) != len(given):
            last = f"{place}[{min(len(expected), len(given))}]"
            raise Differs(file, last, f"{len(expected)} entries", str(len(given)))
    elif isinstance(expected, bool) != isinstance(given, bool) or expected != given:
        raise Differs(file, place or "(file)", short(expected), short(given))


def same_objects(expected, given, file, place):
    for name in [*expected, *(name for name in given if name not in expected)]:
        inside = f"{place}.{name}" if place else name
        if name not in given:
            raise Differs(file, inside, short(expected[name]), "(nothing)")
        if name not in expected:
            raise Differs(file, inside, "(nothing)", short(given[name]))
        same(expected[name], given[name], file, inside)


def short(value):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=few)
    return text if len(text) <= 90 else text[:87] + "..."


def few(items):
    """As many items of a list as a line has room for."""
    return [*itertools.islice(items, 9)]


def plain(text):
    """A text from an archive for a terminal: nothing in it can move the cursor or pass for another line."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def need(condition, file, place, expected, found):
    if not condition:
        raise Differs(file, place, short(expected), short(found))


def moment(text):
    """The moment of a text such as 2027-03-05T22:00:00Z."""
    return datetime.fromisoformat(f"{text[:19]}+00:00")


def others(names):
    """The dimensions that an installation added, by name."""
    return sorted(set(names) - set(ALWAYS_THERE))


def whole_number(value):
    """A whole number of the rules, as it is: true is not 1, and false is not 0."""
    if type(value) is not int:
        raise TypeError("not a whole number")
    return value


def of_kind(kind, value):
    """A value that has to be of this kind, as it is."""
    if not isinstance(value, kind):
        raise TypeError(f"no {kind.__name__}")
    return value


def is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
