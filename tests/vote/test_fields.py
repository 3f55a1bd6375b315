"""What a ballot says is the same in every place that names its fields, so one more is missed in none.

A field of `Choice` is given a value in `FULL`. Each place is drawn with it and without it: where nothing
differs, the field is missing there. A number is tried as 0 too, since that is an answer.
"""

from __future__ import annotations

import re
from dataclasses import MISSING, fields, replace
from html.parser import HTMLParser
from itertools import product
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from flask import current_app, render_template
from werkzeug.datastructures import MultiDict

from consulta.core.counting.choice import Choice, Entries, Paper, choice, entries_of
from consulta.core.trust import record
from consulta.platform.data import ballot_fields
from consulta.platform.models import Ballot
from consulta.platform.web.assets import asset
from consulta.platform.web.fields import Form
from consulta.platform.web.language import speaking
from consulta.results import checks
from consulta.rounds import ballots
from consulta.rounds.values import HeadView
from consulta.vote import casting, mails
from consulta.vote import service as voting
from consulta.vote.pages import sheets
from consulta.vote.pages.forms import read_entries
from consulta.vote.public import vote
from consulta.vote.values import SentBallot
from tests.factories import moment
from tests.polling import open_round
from tests.vote.test_ballot_fields import FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from consulta.vote.values import BallotView
    from tests.benches import Visitor

pytestmark = pytest.mark.gate
FULL = Choice(("t2", "t1"), (7, 10), ("n02",), {"attends": "yes", "format": "online"})
PRINTED = {
    "ranking": "casilla",
    "objectives": "Objetivos",
    "endorsements": "Personas para el panel",
    "fields": "En línea",
}
"""A word with which the ballot on paper asks for each field."""

DRAFTED = {"ranking": "themes"}
"""What ballot.js calls a field in a draft, where it is not the name of the field."""

PAPER = Paper(
    ("t1", "t2", "t3"),
    3,
    (7, 10, 12),
    2,
    ("n01", "n02"),
    1,
    {"attends": ("yes",), "format": ("here", "online")},
)
NAMES = [each.name for each in fields(Choice)]
NUMBERS = [name for name in NAMES if isinstance(getattr(FULL, name), int)]


def without(name: str) -> Choice:
    """FULL without an answer in one field."""
    default = next(each.default for each in fields(Choice) if each.name == name)
    return replace(FULL, **{name: type(getattr(FULL, name))() if default is MISSING else default})


def of_zero(name: str) -> Choice:
    """FULL with 0 in one field."""
    return replace(FULL, **{name: 0})


SAID = [FULL, *map(without, NAMES), *map(of_zero, NUMBERS)]


class Fields(HTMLParser):
    """What pressing the button of a form would send; what is `hidden` only where asked for."""

    def __init__(self, html: str, *, hidden: bool) -> None:
        super().__init__()
        self.hidden, self.sent, self._select = hidden, MultiDict[str, str](), ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the value of a control."""
        told = dict(attrs)
        name, kind, value = told.get("name") or "", told.get("type"), told.get("value") or ""
        if tag == "select":
            self._select = name
        elif tag == "option" and "selected" in told and self._select:
            self.sent.add(self._select, value)
        elif (
            tag == "input"
            and name
            and ("checked" in told or kind != "checkbox")
            and (self.hidden or kind != "hidden")
        ):
            self.sent.add(name, value)


@pytest.fixture
def settings(settings: Settings) -> Iterator[Settings]:
    """Settings of an installation that adds two fields."""
    found = ballot_fields.read(FILE)
    ballot_fields.use(found)
    yield replace(settings, ballot_fields=found)
    ballot_fields.use(())


@pytest.fixture
def view(bench: Bench, app: Flask) -> Iterator[BallotView]:
    """The ballot of a seat, in a request of its voter."""
    voter, _ = open_round(bench, themes=3, nominees=2)
    with bench.read(voter.actor, moment()) as work:
        found = voting.ballot(work, "2027-1")
    with app.test_request_context("/es/ballot/2027-1"), speaking("es"):
        yield found


def row(said: Choice, **more: Any) -> Ballot:
    """A stored ballot that says this."""
    return Ballot(**{"fields": {}, "fields_sealed": {}, **casting._content(said)}, **more)


# -- stored, digested, covered by the receipt, told


def sealed(_view: BallotView, said: Choice) -> object:
    """Where endorsements are kept apart: that they are sealed is decided for the round."""
    marks = dict.fromkeys(("assisted", "young", "abstains"), False)
    more = {"cast_at": moment(), "idempotency_key": "k", "shown": [], "version": 1, "head": ""}
    stored = row(said, endorsements_sealed=True, **more, **marks)
    return ballots.record_of(stored, "2027-1", "p")


def macro(name: str) -> Any:
    """A macro of the parts of the vote."""
    return getattr(current_app.jinja_env.get_template("voting/parts.html").module, name)


def also(view: BallotView, said: Choice) -> str:
    told = sheets.reading(view, said)
    return str(macro("ranking")(told, "") + macro("also")(told))


def also_in_line(view: BallotView, said: Choice) -> str:
    """The order stands in the notice itself, before the lines of this macro."""
    told = sheets.reading(view, said)
    return str(macro("ranking")(told, "") + macro("also_in_line")(told))


def on_paper(view: BallotView, said: Choice) -> str:
    sent = SentBallot(version=1, choice=said, receipt="r", cast_at=moment(), counts=True, sent_by="x")
    head = HeadView(1, "r", moment())
    return render_template(
        "voting/receipt_paper.html", view=view, cast=sent, head=head, said=sheets.reading(view, said)
    )


def in_mail(_view: BallotView, said: Choice) -> object:
    work: Any = SimpleNamespace(best=lambda title, _language: title)
    themes = [SimpleNamespace(key=key, title=key) for key in PAPER.themes]
    found: Any = SimpleNamespace(themes=themes, ballot_fields=ballot_fields.as_kept())
    return mails._read(work, "es", found, row(said, receipt="r"))


PLACES: dict[str, Callable[[BallotView, Choice], object]] = {
    "_content of consulta/vote/casting.py, the digest by which a vote sent twice is known": (
        lambda _view, said: casting._content(said)
    ),
    "_choice_of of consulta/vote/casting.py": lambda _view, said: casting._choice_of(row(said)),
    "_said of consulta/results/checks.py": lambda _view, said: checks._said(row(said)),
    "seal_of of consulta/rounds/ballots.py and seal of consulta/core/trust/receipts.py": sealed,
    "`also` in reading of consulta/vote/pages/sheets.py": also,
    "the macro also_in_line of templates/voting/parts.html": also_in_line,
    "templates/voting/receipt_paper.html": on_paper,
    "_read of consulta/vote/mails.py": in_mail,
}


def test_each_field_is_told_in_each_place(view: BallotView) -> None:
    for name in NAMES:
        assert without(name) != FULL, f"give {name} a value in FULL of tests/vote/test_fields.py"
    for place, draw in PLACES.items():
        full = draw(view, FULL)
        told = {name: draw(view, without(name)) for name in NAMES}
        for name in NAMES:
            assert told[name] != full, f"say {name} in {place}"
        for name in NUMBERS:
            assert draw(view, of_zero(name)) != told[name], f"say {name} in {place} where it is 0, too"


def test_the_check_reads_from_the_row_what_was_digested() -> None:
    for said in SAID:
        assert checks._said(row(said)) == casting._content(said), (
            f"_said of consulta/results/checks.py and _content of consulta/vote/casting.py differ: {said}"
        )
        assert casting._choice_of(row(said)) == said, (
            f"say it in _choice_of of consulta/vote/casting.py: {said}"
        )


def test_an_abstention_says_nothing() -> None:
    """0 is an answer too."""
    answers: dict[str, Any] = {name: 0 if name in NUMBERS else getattr(FULL, name) for name in NAMES}
    alone = {name: replace(Choice(()), **{name: answer}) for name, answer in answers.items()}
    for name, said in {"": Choice(()), **alone}.items():
        digest = record.digest(record.canonical(casting._content(said)))
        found = [*checks._content(row(said, id=1, abstains=True, content_sha256=digest))]
        assert bool(found) == bool(name), (
            f"_content of consulta/results/checks.py judges an abstention with {name or 'nothing'} wrongly"
        )


# -- entered, carried and entered again


def test_each_field_is_entered_again_as_it_was_chosen() -> None:
    for said in SAID:
        assert choice(entries_of(said), PAPER) == said, (
            f"say it in choice and entries_of of consulta/core/counting/choice.py: {said}"
        )


def of_ballot(view: BallotView, said: Choice) -> Fields:
    return Fields(vote.ballot_page(view, entries_of(said))[0], hidden=False)


def of_desk(view: BallotView, said: Choice) -> Fields:
    sheet = sheets.sheet(view, entries_of(said))
    page = render_template("voting/assisted.html", view=view, sheet=sheet, form=Form(), example=False)
    return Fields(page, hidden=False)


def of_people(view: BallotView, said: Choice) -> Fields:
    return Fields(vote.people_page(view, entries_of(said))[0], hidden=True)


def of_review(_view: BallotView, said: Choice) -> Fields:
    return Fields(str(macro("carried")(entries_of(said))), hidden=True)


FORMS = {
    "templates/voting/ballot.html and Sheet of consulta/vote/pages/sheets.py": of_ballot,
    "templates/voting/assisted.html and Sheet of consulta/vote/pages/sheets.py": of_desk,
    "templates/voting/people.html": of_people,
    "the macro carried of templates/voting/parts.html": of_review,
}


def test_each_field_comes_back_from_each_form(view: BallotView) -> None:
    for (place, form), said in product(FORMS.items(), SAID):
        sent, entered = read_entries(form(view, said).sent), entries_of(said)
        for each in fields(Entries):
            assert getattr(sent, each.name) == getattr(entered, each.name), (
                f"say {each.name} in {place}, and in read_entries of consulta/vote/pages/forms.py: {said}"
            )


def test_each_field_is_asked_for_on_paper(bench: Bench, staff_visitor: Visitor) -> None:
    open_round(bench, nominees=2)
    page = staff_visitor.get("/es/secretariat/rounds/2027-1/seats/s001/paper").text
    for name in NAMES:
        assert PRINTED.get(name, "\0") in page, (
            f"ask for {name} in templates/voting/paper_ballot.html, and say with which words in PRINTED of"
            " tests/vote/test_fields.py"
        )


def test_each_field_is_in_the_draft_and_comes_back_from_it(view: BallotView) -> None:
    """Boxes with a limit come back by their group, whatever it is called; all else by a line of its own."""
    script = asset("js/ballot.js")[0].decode()
    kept = between(script, "const entered = () =>", "const save =")
    taken = between(script, "const take = (kept) =>", "const showAll =")
    groups = re.findall(
        r'id="(\w+)"\s+(?:class="\w+"\s+)?data-limit=', vote.ballot_page(view, entries_of(FULL))[0]
    )
    for name in (DRAFTED.get(each, each) for each in NAMES):
        assert re.search(rf"\b{name}: ", kept), (
            f"say {name} in entered of consulta/platform/web/static/js/ballot.js"
        )
        assert name in groups or f"kept.{name}" in taken, (
            f"say {name} in take of consulta/platform/web/static/js/ballot.js"
        )


def between(text: str, start: str, end: str) -> str:
    return text.partition(start)[2].partition(end)[0]
