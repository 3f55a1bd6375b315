"""Codes of countries that are joined in what is counted and published: one code for each subregion."""

from __future__ import annotations

from consulta.platform.data import catalogue

CODES = {subregion.key: subregion.joined for subregion in catalogue.all_subregions()}
"""By subregion, the code of its joined countries. The verifier has the same table."""


SUBREGIONS = {subregion.joined: subregion for subregion in catalogue.all_subregions()}
"""By such a code, its subregion."""


def is_joined(country: str) -> bool:
    """Return whether a country's code stands for several countries that are joined."""
    return country in SUBREGIONS
