"""The blueprint that the desk's pages share."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("secretariat", __name__)
