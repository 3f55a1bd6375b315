"""The picture of the features and the list of folders are those of the contract."""

from __future__ import annotations

from tests.house.source import PACKAGE
from tools import rooms


def test_the_picture_is_up_to_date() -> None:
    assert rooms.PICTURE.read_text("utf-8") == rooms.picture(rooms.layers()), "run python -m tools.rooms"


def test_the_list_of_folders_is_up_to_date() -> None:
    text = rooms.PAGE.read_text("utf-8")
    assert text == rooms.page(text, rooms.layers()), "run python -m tools.rooms"


def test_every_folder_is_drawn_once() -> None:
    drawn = [name for row in rooms.layers() for name in row]
    there = {path.stem for path in PACKAGE.iterdir() if path.is_dir() or path.suffix == ".py"}
    assert sorted(drawn) == sorted(there - {"__init__", "__main__", "__pycache__"})


def test_a_change_of_the_contract_changes_the_picture() -> None:
    rows = rooms.layers()
    assert rooms.picture(rows[1:]) != rooms.picture(rows)
    assert rooms.picture([*rows[:-1], [*rows[-1], "more"]]) != rooms.picture(rows)
