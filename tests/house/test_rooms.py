"""The picture of the wings is that of the contract."""

from __future__ import annotations

from tests.house.source import PACKAGE
from tools import rooms


def test_the_picture_is_up_to_date() -> None:
    assert rooms.PICTURE.read_text("utf-8") == rooms.picture(rooms.wings()), "run python -m tools.rooms"


def test_every_wing_is_drawn() -> None:
    there = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert set(rooms.wings()) == there, "give the folder a place in the contract `Wings` of pyproject.toml"
