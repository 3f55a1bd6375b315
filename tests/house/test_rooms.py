"""The picture of the features and the list of folders are those of the contract."""

from __future__ import annotations

from tools import rooms


def test_the_picture_is_up_to_date() -> None:
    assert rooms.PICTURE.read_text("utf-8") == rooms.picture(rooms.layers()), "run python -m tools.rooms"


def test_the_list_of_folders_is_up_to_date() -> None:
    text = rooms.PAGE.read_text("utf-8")
    assert text == rooms.page(text, rooms.layers()), "run python -m tools.rooms"
