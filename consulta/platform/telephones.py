"""Telephone numbers: read by the country of their holder, kept in one form (E.164), and shown to people.

What cannot be read as one number may still be kept as it was typed: then it is shown like that, and no link
calls it.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    ValidationResult,
    format_number,
    is_possible_number_with_reason,
    parse,
)

from consulta.platform.texts import line

PHONE_MAX = 100  # characters of a number as people type it
_EXTENSION = re.compile(
    r"(.+?)[\s,;]*(?:extensi[oó]n|ext|interno|int|anexo|ramal|x|#)[\s.:=]*(\d{1,6})", re.IGNORECASE
)
_MEXICAN = re.compile(r"\+52\D*1\D*(\d(?:\D*\d){9})\D*")  # with the 1 for mobiles that was dropped in 2019


def telephone(text: str, country: str = "") -> str | None:
    """Return a number such as `+5511988887777` or `+5075556355;ext=12`; None if `text` is no possible number.

    A number without a country code is read as one of `country` (ISO 3166, two letters). Whether it can be
    reached is not checked.
    """
    typed = line(text)
    if len(typed) > PHONE_MAX:
        return None
    parted = _EXTENSION.fullmatch(typed)
    number, extension = (parted[1], parted[2]) if parted else (typed, "")
    if any(sign.isalpha() for sign in number):  # the library reads letters as the digits of their keys
        return None
    if mexican := _MEXICAN.fullmatch(number):
        number = f"+52{mexican[1]}"
    # 00 stands for + in most of the region, though not everywhere.
    forms = (f"+{number.lstrip()[2:]}", number) if number.lstrip().startswith("00") else (number,)
    found = next(filter(None, (_possible(form, country) for form in forms)), None)
    if found is None:
        return None
    whole = format_number(found, PhoneNumberFormat.E164)
    return f"{whole};ext={extension}" if extension else whole


def _possible(text: str, country: str) -> PhoneNumber | None:
    try:
        found = parse(text, country or None)
    except NumberParseException:
        return None
    return found if is_possible_number_with_reason(found) == ValidationResult.IS_POSSIBLE else None


def telephone_or_typed(text: str, country: str) -> str:
    """Return what is kept of a cell of a file: the number, or else what was typed, on one line."""
    return telephone(text, country) or line(text)[:PHONE_MAX]


def same(one: str, other: str) -> bool:
    """Return whether two numbers with their country codes are the same."""
    return (telephone(one) or one) == (telephone(other) or other)


def shown(phone: str) -> str:
    """Return a number in the form for people, such as `+55 11 98888-7777`; what is none as it was typed."""
    number = telephone(phone)
    return format_number(parse(number), PhoneNumberFormat.INTERNATIONAL) if number else phone


def dialled(phone: str) -> str:
    """Return the address that calls a number with its country code, such as `tel:+5075556355;ext=12`.

    Empty if it is none.
    """
    number = telephone(phone)
    return f"tel:{number}" if number else ""


def whatsapp(phone: str, text: str = "") -> str:
    """Return the address that opens WhatsApp with a number, and with a text that can still be changed.

    Empty if it is no number with its country code, or one behind a switchboard.
    """
    number = telephone(phone)
    if number is None or ";" in number:
        return ""
    return f"https://wa.me/{number.removeprefix('+')}" + (f"?text={quote(text, safe='')}" if text else "")
