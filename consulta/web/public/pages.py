"""The public pages as a whole, gathered from their modules."""

from __future__ import annotations

from consulta.web.public import factsheets, heard, new_link, results, roll, trust, views
from consulta.web.public.blueprint import blueprint

__all__ = ["blueprint", "factsheets", "heard", "new_link", "results", "roll", "trust", "views"]
