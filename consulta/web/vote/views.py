"""From the personal link to the receipt."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("vote", __name__)
