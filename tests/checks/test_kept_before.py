"""Documents and rows of the log are read in the shapes in which earlier versions of the program kept them."""

from __future__ import annotations

from typing import Any

import pytest

from consulta.core.problems import Problem
from consulta.core.typed import from_stored
from consulta.evaluation import kept as kept_evaluations
from consulta.members.kept import Document
from consulta.minutes import kept as kept_minutes
from consulta.questions import kept as kept_answers
from consulta.rounds import acts
from consulta.sessions import kept as kept_factsheets
from consulta.sessions.attendance import IMPORTER as ATTENDANCE

ELECTORATE = {
    **dict.fromkeys(("assisted", "young", "objected", "contacts_added", "contacts_changed"), 1),
    **dict.fromkeys(("contacts_ended", "changes_objected", "changes_done", "links_again", "last_hour"), 2),
    "by_subregion": {"andes": {"assisted": 1, "young": 0, "objected": 0}},
}
FIRST = {
    "ballots": 10,
    "replaced": 1,
    "assisted": 0,
    "late": 2,
    "bundle_sha256": "ab",
    "code": "0",
    "files": {},
}


def published(**told: Any) -> acts.Published:
    return from_stored(acts.Published, FIRST | told)


def test_the_row_of_a_publication_tells_less_in_earlier_versions() -> None:
    first = published()
    assert (first.late, first.late_since, first.abstained) == (2, 0, 0)
    assert (first.electorate, first.first_stood, first.objections, first.undecided_because) == (
        None,
        None,
        None,
        "",
    )
    assert published(abstained=None).abstained is None
    electorate = published(electorate=ELECTORATE).electorate
    assert electorate is not None
    assert electorate.links_shown == 0, "how many links were handed out in files was not told"
    assert electorate.by_subregion["andes"].assisted == 1
    kinds = ("hours", "made", "withdrawn", "rejected", "upheld", "undecided", "excluded")
    objections = published(objections=dict.fromkeys(kinds, 3)).objections
    assert objections is not None
    assert objections.alone == 0


def test_the_row_of_a_closing_bound_nothing_and_a_panel_stood_in_no_archive() -> None:
    plain = from_stored(acts.Closed, {"ballots": 10, "closes_at": "2027-01-01T00:00:00.000000+00:00"})
    assert plain == acts.Closed("", None, None, None)
    bound = from_stored(acts.Closed, {"bound": {"votes": "ab"}, "electorate": {"young": 1}, "late": 0})
    assert (bound.bound, bound.electorate, bound.late) == (frozenset({"votes"}), frozenset({"young"}), 0)
    panel = from_stored(acts.PanelPublished, {"version": 1, "sha256": "ab"})
    assert (panel.version, panel.panel) == (1, None)


def test_answers_of_before_governments_were_asked_about_are_read() -> None:
    row = {"code": 1, "count": 3, "percent": 60.0, "weighted": 61, "error": None}
    question = {
        "key": "q1",
        "kind": "one",
        "answered": 5,
        "told": True,
        "rows": [row],
        "groups": [{"dimension": "sector", "categories": ["ngo"], "answered": 5, "weighted": [None]}],
    }
    whole = {"key": "q2", "kind": "number", "answered": 5, "told": True, "groups": [], "quantiles": None}
    whole["mean"] = {"plain": 2, "weighted": 2.5, "error": None}
    facts = {"format": "consulta-questions/1", "small_cell": 3, "coarse": False, "voted": 6}
    told = kept_answers.read(facts | {"questions": [question, whole]})
    assert told.places == {}
    assert told.by_key()["q1"].groups[0].weighted == (None,)
    assert told.by_key()["q2"].quantiles is None
    once: dict[str, Any] = {
        "key": "e1",
        "kind": "scale",
        "answered": None,
        "told": True,
        "mean": 4,
        "rows": [],
    }
    (answered,) = kept_evaluations.answers({"voted": 3, "questions": [once]})
    assert (answered.mean, answered.quantiles.middle, answered.texts) == (4, None, ())


def test_sessions_are_read_whose_figures_were_not_public() -> None:
    session = {"title": {"es": "Reunión", "en": ""}, "starts_at": "2027-01-01T00:00:00+00:00", "zone": "UTC"}
    session["place"] = {"es": "", "en": ""}
    sheet = kept_factsheets.of_stored(
        {"session": session, "topics": [], "words": {}, "figures": None, "format": "consulta-factsheet/1"}
    )
    assert (sheet.people, sheet.countries, dict(sheet.title)) == (None, None, {"es": "Reunión"})
    minutes = kept_minutes.Content(kept_minutes.Session(sheet.title, "2027-01-01", "UTC", sheet.place), ())
    assert kept_minutes.read(kept_minutes.written(minutes)) == minutes


def test_imports_are_counted_and_undone() -> None:
    assert ATTENDANCE.done({"people": [], "after": "ab", "added": 3}) == {"people": 3}
    row = {
        "id": 1,
        "organisation": 1,
        "before": {"base": 1},
        "after": {"name": "Red", "tags": ["a"], "base": 2},
    }
    stored = {"organisations": [row], "contacts": []}
    assert Document.of(stored).stored() == stored
    assert Document.of(None).all_organisations() == set()


def test_what_no_version_kept_is_refused_with_its_place() -> None:
    with pytest.raises(Problem, match=r"^stored\.json path='late' reason='whole'$"):
        published(late="2")
