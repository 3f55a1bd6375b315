"""The receipt code: a ballot's record, said in twelve letters and figures that can be read out.

It decides how a digest becomes a code. What belongs to the record is decided where ballots are stored; the
record holds something that nobody can guess, so that a code tells nothing about the ranking.
"""

from consulta.core import record

ALPHABET = "34679CDFHJKMNPRTWXY"
"""No two of them look alike on a poor screen, in handwriting or in print; no vowels, so no words."""

GROUPS, GROUP_LENGTH = 3, 4


def receipt_code(ballot_record: object) -> str:
    """Return the code of a record, like `3CDF-7HJK-9MNP`: 50 bits of the SHA-256 of its canonical JSON."""
    number = int(record.digest(record.canonical(ballot_record)), 16)
    letters = []
    for _ in range(GROUPS * GROUP_LENGTH):
        number, letter = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[letter])
    code = "".join(letters)
    return "-".join(code[at : at + GROUP_LENGTH] for at in range(0, len(code), GROUP_LENGTH))
