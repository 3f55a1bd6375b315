"""The curve of a round's votes: its geometry, its words, and the same figures as rows of a table.

Widths are percentages and heights are em, so that the picture keeps its letters from a narrow phone to a wide
screen. A step is a bar from 0 to the share of the roll that has voted; what came in this step is dark. The
round before is a tick over each step, and reminders stand as flags.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.platform.web.babel import gettext as _
from consulta.platform.web.language import percent, short_day

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.vote.values import Curve

TOP, HEIGHT = 2.4, 10.4  # em: of the line of 100, and from there to 0
GAP = 0.12  # of a step
FEW = 12  # steps up to which each bar has its figure
HALF = 50


@dataclass(frozen=True, slots=True)
class Bar:
    """A step: its bar up to what stood before, what came in it, and its figure where there is room."""

    x: str
    width: str
    y: str
    height: str
    fresh_y: str
    fresh_height: str
    text: str
    text_x: str
    text_y: str


@dataclass(frozen=True, slots=True)
class Tick:
    """What the round before had at the end of a step."""

    left: str
    right: str
    y: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A flag, or a word below the axis: `kind` is that of the flag, `today` or empty."""

    x: str
    text: str
    kind: str = ""
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class CurveChart:
    """The picture of a curve: its message, what it says in words, its parts, and its rows as a table."""

    message: str
    said: str
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    flags: tuple[Mark, ...]
    days: tuple[Mark, ...]
    lines: tuple[tuple[str, str], ...]  # height of a line of the grid, and its text
    foot: str
    rows: tuple[tuple[str, ...], ...]
    compared: bool
    proposed: str  # the days of reminders that are proposed


def draw(curve: Curve, zone: str, now: datetime) -> CurveChart:
    """Return the picture of the votes of a round by day of its zone."""
    width = 100 / len(curve.ends)
    shares = [_share(count, curve.seats) for count in curve.voted]
    before = [_share(count, curve.before_seats) for count in curve.before]
    starts = (curve.opened, *curve.ends)
    return CurveChart(
        message=_message(curve),
        said=_said(curve, zone),
        bars=tuple(_bar(curve, place) for place in range(len(curve.voted))),
        ticks=tuple(
            Tick(_percent(place * width), _percent((place + 1) * width), _em(_y(share)))
            for place, share in enumerate(before)
        ),
        flags=tuple(
            Mark(_percent(_at(each.at, curve)), short_day(each.at, zone), each.kind) for each in curve.flags
        ),
        days=_days(curve, zone, now),
        lines=tuple((_em(_y(share / 100)), percent(share / 100)) for share in (HALF, 100)),
        foot=_em(_y(0)),
        rows=tuple(
            (
                short_day(starts[place], zone),
                str(count - (curve.voted[place - 1] if place else 0)),
                str(count),
                percent(shares[place]),
                *([percent(before[place]) if place < len(before) else ""] if before else []),
            )
            for place, count in enumerate(curve.voted)
        ),
        compared=bool(before),
        proposed=", ".join(short_day(each.at, zone) for each in curve.flags if each.kind == "proposed"),
    )


def _bar(curve: Curve, place: int) -> Bar:
    """Return the bar of a step; it has its figure where all have room for theirs, or where it is the last."""
    steps, last = len(curve.ends), place == len(curve.voted) - 1
    width, count = 100 / steps, curve.voted[place]
    share = _share(count, curve.seats)
    earlier = _share(curve.voted[place - 1], curve.seats) if place else 0.0
    return Bar(
        x=_percent((place + GAP) * width),
        width=_percent((1 - 2 * GAP) * width),
        y=_em(_y(earlier)),
        height=_em(HEIGHT * earlier),
        fresh_y=_em(_y(share)),
        fresh_height=_em(HEIGHT * (share - earlier)),
        text=str(count) if steps <= FEW or last else "",
        text_x=_percent((place + 0.5) * width),
        text_y=_em(_y(share) - 0.4),
    )


def _message(curve: Curve) -> str:
    """Return the headline: how far the round is, beside the round before after the same time."""
    share = _share(curve.voted[-1] if curve.voted else 0, curve.seats)
    if not curve.before:
        return str(_("%(share)s of the organisations have voted", share=percent(share)))
    then = _share(curve.before_by_now, curve.before_seats)
    said = {"share": percent(share), "before": percent(then)}
    if round(100 * share) == round(100 * then):
        return str(_("%(share)s so far, as in the previous consultation at this point", **said))
    if share > then:
        return str(
            _("%(share)s so far: more than in the previous consultation at this point (%(before)s)", **said)
        )
    return str(
        _("%(share)s so far: less than in the previous consultation at this point (%(before)s)", **said)
    )


def _said(curve: Curve, zone: str) -> str:
    """Return what the picture shows, for those who do not see it."""
    said = [
        _(
            "Organisations that had voted at the end of each day, of %(seats)s: %(counts)s.",
            seats=curve.seats,
            counts=", ".join(map(str, curve.voted)) or "0",
        )
    ]
    if curve.before:
        counts = ", ".join(map(str, curve.before[: max(1, len(curve.voted))]))
        said.append(
            _(
                "In the previous consultation, of %(seats)s, on the same days: %(counts)s.",
                seats=curve.before_seats,
                counts=counts,
            )
        )
    for kind, told in (
        ("sent", _("Reminders sent: %(days)s.")),
        ("planned", _("Reminders planned: %(days)s.")),
        ("proposed", _("Reminders proposed: %(days)s.")),
    ):
        days = [short_day(each.at, zone) for each in curve.flags if each.kind == kind]
        if days:
            said.append(told % {"days": ", ".join(days)})
    return " ".join(said)


def _days(curve: Curve, zone: str, now: datetime) -> tuple[Mark, ...]:
    """Return the words below the axis: the opening, today where it is apart from both ends, and the end."""
    last = curve.ends[-1] - timedelta(seconds=1)
    marks = [Mark("0%", short_day(curve.opened, zone), anchor="start")]
    at = _at(now, curve)
    if 30 < at < 70:  # noqa: PLR2004 - where the three do not run into one another on a phone
        marks.append(Mark(_percent(at), _("today"), "today"))
    return (*marks, Mark("100%", short_day(last, zone), anchor="end"))


def _at(moment: datetime, curve: Curve) -> float:
    """Return the place of a moment between the first step and the last, in per cent."""
    step = timedelta(days=curve.days)
    first = curve.ends[0] - step
    whole = step * len(curve.ends)
    return min(100.0, max(0.0, 100 * ((moment - first) / whole)))


def _share(count: int, of: int) -> float:
    return count / of if of else 0.0


def _y(share: float) -> float:
    return TOP + HEIGHT * (1 - share)


def _em(value: float) -> str:
    return f"{value:.2f}em"


def _percent(value: float) -> str:
    return f"{value:.2f}%"
