"""What a vote did, for the organisation that cast it: by the link in the mail of the result, or to vote."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flask import render_template
from werkzeug.exceptions import Forbidden

from consulta.platform.labels import name_of
from consulta.platform.web import dimension_words
from consulta.platform.web.fields import Form
from consulta.platform.web.pages import Pages
from consulta.platform.web.request import read
from consulta.results import your_vote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.core.texts import Text
    from consulta.results.your_vote import Change, Places, YourVote


blueprint = Pages("your_vote", __name__)
Page = tuple[str, int]


class Moved(NamedTuple):
    """A theme that would stand in another place: its place in the result, and the one it would have."""

    theme: Text
    before: int
    then: int


class Said(NamedTuple):
    """A change as the page says it: which themes would have been chosen that were not, and in whose place."""

    change: Change
    dimension: str
    category: Text | None
    same_topics: bool
    others: tuple[Text, ...]
    gone: tuple[Text, ...]
    same_order: bool
    moved: tuple[Moved, ...]
    places: Places | None


@blueprint.get("/ballot/<key>/effect", may="your_vote.read")
def own(key: str) -> Page:
    """Show what the vote of the session's organisation did. Problem: `vote.elsewhere`."""
    view = read(your_vote.own, key)
    told = view.told
    page = render_template(
        "your_vote/own.html",
        nav=(),
        example=view.example,
        view=view,
        told=told,
        form=Form(),
        reasons=[
            (each, dimension_words.inside(each.dimension), name_of(each.dimension, each.category))
            for each in (told.reasons if told else ())
        ],
        replaced=view.panel is not None and view.panel.version != view.panel_version,
        changes=[_said(view, each) for each in told.changes] if told else (),
    )
    return page, 200


@blueprint.errorhandler(Forbidden)
def ended(_error: Exception) -> Page:
    """Return the page (403) for a request without a session for this round."""
    return render_template("your_vote/ended.html", nav=()), 403


def _said(view: YourVote, change: Change) -> Said:
    result = view.told
    if result is None:
        raise RuntimeError("a change of what is not told")
    category = name_of(change.dimension, change.category) if change.category else None
    topics, order = change.topics, change.order
    same_order = order is not None and order == result.order
    return Said(
        change=change,
        dimension=dimension_words.inside(change.dimension) if category else "",
        category=category,
        same_topics=topics is not None and set(topics) == set(result.topics),
        others=tuple(view.titles[key] for key in topics or () if key not in result.topics),
        gone=tuple(view.titles[key] for key in result.topics if topics is not None and key not in topics),
        same_order=same_order,
        places=_places(view, change),
        moved=() if order is None or same_order else _moved(view, result.order or (), order),
    )


def _places(view: YourVote, change: Change) -> Places | None:
    """Return what is told of the panel under the same change."""
    same = (change.what, change.dimension)
    told = view.panel.changes if view.panel else ()
    return next((each for each in told if (each.what, each.dimension) == same), None)


def _moved(view: YourVote, before: Sequence[str], order: Sequence[str]) -> tuple[Moved, ...]:
    """Return the themes that two orders place differently, in the second of them."""
    place = {key: number for number, key in enumerate(before, start=1)}
    return tuple(
        Moved(view.titles[key], place[key], number)
        for number, key in enumerate(order, start=1)
        if place[key] != number
    )
