"""Rows of open data out of values made by hand: what stands in which column, and how lines are numbered."""

from __future__ import annotations

import io
import zipfile
from types import SimpleNamespace as Made
from typing import Any

from consulta.core.texts import NOTHING, Text
from consulta.operations.open_data import everything, of_follow_up, of_rounds, of_sessions
from consulta.platform.data import catalogue
from consulta.platform.labels import name_of
from consulta.sessions.attendance import GROUPS, NO_COUNTRY
from consulta.vote import answers
from tests.factories import moment
from tests.texts import both

AT = moment()
A, B, C = (Made(key=key) for key in "abc")
PLAIN = {"mean": None, "low_quarter": None, "median": None, "high_quarter": None}


# -- a session


def figures() -> Any:
    line = Made(keys=("PE", ""), people=4)
    sector = Made(keys=("ngo",), people=3)
    group = Made(keys=("civil_society",), people=5, sectors=(sector,))
    gender = Made(lines=(Made(keys=("woman",), people=None, percent=60), Made(keys=("",), people=2)))
    return Made(by_country=(line,), groups=(group,), gender=gender)


def session(**told: Any) -> dict[str, list[dict[str, Any]]]:
    words: dict[str, Any] = {"number": 7, "period": both("2027"), "achieved": both("Un logro")}
    words |= {"challenges": NOTHING, "lessons": (both("Una"), NOTHING, both("Otra")), "recommendations": ()}
    words |= {"highlights": (Made(country="PE", text=both("Lima")),)}
    words |= {
        "links": (Made(label="Acta", url="https://x.example/1"), Made(label="Voz", url="https://x.example"))
    }
    sheet: Any = Made(
        key="2027-1",
        title=both("Sesión"),
        starts_at=AT,
        zone="America/Lima",
        place=both("Lima"),
        example=False,
        people=5,
        countries=2,
        version=3,
        published_at=AT,
        figures=figures(),
        topics=(Made(title=both("Uno"), objectives=(1,)), Made(title=both("Dos"), objectives=())),
        words=Made(**words),
    )
    return of_sessions.rows(sheet, **told)


def test_lines_of_a_session_are_numbered_from_one_and_named_by_their_dimension() -> None:
    rows = session()
    assert {row["session"] for found in rows.values() for row in found} == {"2027-1"}
    assert [(row["line"], row["title"].into("es")) for row in rows["session_topics"]] == [
        (1, "Uno"),
        (2, "Dos"),
    ]
    assert [(row["line"], row["address"]) for row in rows["links"]] == [
        (1, "https://x.example/1"),
        (2, "https://x.example"),
    ]
    told = [
        (
            row["dimension"],
            row["line"],
            row["categories"],
            row["label"].into("es"),
            row["people"],
            row["percent"],
        )
        for row in rows["attendance"]
    ]
    woman = catalogue.genders_by_key()["woman"].name.into("es")
    country = f"{name_of('country', 'PE').into('es')}, {NO_COUNTRY.into('es')}"
    assert told == [
        ("country", 1, ["PE", "regional"], country, 4, None),
        ("sector_group", 1, ["civil_society"], GROUPS["civil_society"].into("es"), 5, None),
        ("sector", 1, ["ngo"], name_of("sector", "ngo").into("es"), 3, None),
        ("gender", 1, ["woman"], woman, None, 60),
        ("gender", 2, ["regional"], "no_answer", 2, None),
    ]
    assert [
        (row["part"], row["line"], row["country"], row["text"].into("es")) for row in rows["session_texts"]
    ] == [
        ("achieved", 1, "", "Un logro"),
        ("highlight", 1, "PE", "Lima"),
        ("lesson", 1, "", "Una"),
        ("lesson", 3, "", "Otra"),
    ]
    assert rows["agreements"] == rows["evaluation"] == rows["evaluation_options"] == []


def test_of_an_evaluation_the_questions_that_are_told_are_told() -> None:
    asked = Made(key="q1", kind="single", text=both("¿Sirvió?"), unit="", options=(both("Sí"), both("No")))
    asked.low = asked.high = NOTHING
    asked.steps, other = 0, Made(key="q2")
    rows = (answers.Row(2, count=6, percent=60.0),)
    answer = Made(key="q1", answered=10, told=True, mean=None, quantiles=answers.Parts(), rows=rows)
    judged: Any = Made(figures=Made(questions=(asked, other), facts=Made(questions=(answer,)), asked=20))
    found = session(judged=judged)
    about = {
        "question": "q1",
        "asked": 20,
        "kind": "single",
        "text": asked.text,
        "answered": 10,
        "told": True,
    }
    assert found["evaluation"] == [{"session": "2027-1", **about, "unit": "", **PLAIN}]
    assert [
        (row["option"], row["label"], row["count"], row["percent"]) for row in found["evaluation_options"]
    ] == [
        (1, both("Sí"), None, None),
        (2, both("No"), 6, 60.0),
    ]


# -- recommendations


def report(number: int, **told: Any) -> Any:
    values: dict[str, Any] = {
        "id": number,
        "side": "reported",
        "step": "done",
        "counts": True,
        "day": "2027-05-01",
    }
    values |= {"text": both("Se hizo."), "language": "es", "link": "", "evidence": None, "entered": "desk"}
    values |= {"received": "mail", "institution": "", "organisation": "", "entered_at": AT, "withdrawn": None}
    return Made(**(values | told))


def test_reports_stand_by_their_numbers_with_the_newest_of_each_side() -> None:
    file = Made(id=9, name="acta.pdf", sha256="ab")
    gone = Made(what="answer", at=AT, reason=both("Un nombre"))
    one, two, three = (
        report(5, evidence=file),
        report(2, counts=False),
        report(3, side="seen", withdrawn=gone),
    )
    standing = Made(
        addressee="PE", name=both("Perú"), reported=one, seen=(three, None), history=(one, two, three)
    )
    said = Made(reference="R-1", kind="recommendation", text=both("Decir"), language="es", topic="t1")
    said.objectives, said.addressed, said.published_at = (7, 2), ("PE",), AT
    said.withdrawn_at, said.reason = None, NOTHING
    text = Made(version=1, text=both("Decir"), factsheet=2, published_at=AT)
    found: Any = Made(recommendation=said, texts=(text,), standings=(standing,))
    rows = of_follow_up.rows("2027-1", [found], "https://voz.example/es")
    (row,) = rows["recommendations"]
    assert (row["session"], row["recommendation"], row["objectives"], row["addressed_to"]) == (
        *("2027-1", "R-1", [2, 7]),
        ("PE",),
    )
    assert [each["objective"] for each in rows["recommendation_objectives"]] == [2, 7]
    assert rows["recommendation_versions"] == [
        {
            "recommendation": "R-1",
            "version": 1,
            "text": both("Decir"),
            "factsheet_version": 2,
            "published_at": AT,
        }
    ]
    assert [
        (each["report"], each["newest"], each["step"], each["addressee"]) for each in rows["reports"]
    ] == [
        (2, False, None, "PE"),
        (3, True, "done", "PE"),
        (5, True, "done", "PE"),
    ]
    assert [each["evidence_address"] for each in rows["reports"]] == [
        *(None, None),
        "https://voz.example/es/follow-up/evidence/9",
    ]
    assert [each["withdrawn"] for each in rows["reports"]] == [None, "answer", None]
    assert [each["withdrawn_because"] for each in rows["reports"]] == [Text(), both("Un nombre"), Text()]


# -- a round


def themes() -> Any:
    described = {"unweighted_place": 2, "unweighted_score": 0.3, "first": 4, "mentions": 9, "mean_place": 2.5}
    described |= {"score": 0.6, "points": 0.5, "relevance": 0.7, "spread_met": True}
    one = Made(key="a", title=both("Tema A"), objectives=(7, 2), place=1, places=(1, 3), **described)
    two = Made(**(vars(one) | {"key": "b", "title": both("Tema B"), "place": 2, "places": None}))
    told = {"dimension": "sector", "supporting": 2, "required": 2, "total": 4, "categories": ("ngo",)}
    one.support, two.support = (Made(met=True, **told),), ()
    return one, two


def balance() -> Any:
    numbers: dict[str, Any] = {
        "smallest": 0.5,
        "largest": 2.0,
        "times": 4.0,
        "effective_ballots": 8.5,
        "heaviest": 0.2,
    }
    return Made(balanced=("sector",), met=True, limit=0.3, cap="held", reach=(), **numbers)


def result(firm: dict[str, Any] | None = None, **told: Any) -> Any:
    """What the public page of a round of two themes and twelve organisations is drawn from."""
    one, two = themes()
    firmness: dict[str, Any] = {"verdict": "firm", "worst": Made(at_least=2, enough=3), "percent": 97}
    firmness |= {"rounded": True, "condorcet": one, "differing": ()}
    firmness["repeated"] = Made(chosen=((one, 970), (two, 30)), first=((one, 970),))
    left_out = (("sector", "ONG"), ("country", "Perú"))
    firmness["left_out"] = [Made(dimension=of, name=both(name), topics=(two, one)) for of, name in left_out]
    firmness |= {"methods": (), "unweighted": None, "country_equal": None}
    card: dict[str, Any] = {"key": "2027-1", "title": both("Ronda"), "example": False, "zone": "America/Lima"}
    heard = [Made(key=key, name=both(key), ballots=number, share=0.5) for key, number in (("x", 6), ("y", 5))]
    line: dict[str, Any] = {"seats": 6, "ballots": 5, "share": 0.4, "weighted": 0.5, "target": 0.6}
    joined = Made(key="", members=("ngo", "media"), name=both("Dos"), **line)
    alone = Made(key="academia", members=(), name=both("Una"), **line)
    objectives = [Made(number=number, short=both(f"O{number}"), share=0.1, here=True) for number in (7, 2)]
    values: dict[str, Any] = {
        "card": Made(opened_at=AT, seats=12, countries=4, **card),
        "question": both("¿Qué?"),
        "secrecy": "open",
        "few": False,
        "small_cell": None,
        "rules": Made(method="points", version=2),
        "closed_at": AT,
        "published_at": AT,
        "ballots": 10,
        "countries_voting": 3,
        "step": 5,
        "topics": (one,),
        "themes": (one, two),
        "firmness": Made(**(firmness | (firm or {}))),
        "topics_changed": False,
        "order_changed": True,
        "balance": balance(),
        "bundle_sha256": "bb",
        "result_sha256": "aa",
        "seed": "5eed",
        "depends": None,
        "several": Made(by=(("sector", heard),)),
        "objectives": objectives,
        "pairs": ((None, 0.6), (0.4, None)),
        "steps": (),
        "alike": ((one, two, 0.7),),
        "too_few": (("sector", (both("Iglesias"), both("Medios"))),),
        "categories": (("sector", (joined, alone)),),
    }
    return Made(**(values | told))


def package(view: Any, proposed: Any = None) -> dict[str, list[dict[str, Any]]]:
    page: Any = Made(themes=(Made(key="a", description=both("De qué"), objectives=(7, 2)),))
    return of_rounds.rows(of_rounds.Sources(view, page, 2, None, None, None, proposed))


def cells(rows: list[dict[str, Any]], *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in columns) for row in rows]


def test_each_table_of_a_round_names_it_and_numbers_its_lines_from_one() -> None:
    names = "number language title why objectives countries populations state reason into part_of theme"
    proposal = Made(**dict.fromkeys((*names.split(), "why_not", "not_taken"), NOTHING))
    proposal.number, proposal.objectives, proposal.authors = 4, (9, 3), ("Red",)
    proposal.told = Made(organisations=6, subregions=2, fewer=None)
    rows = package(result(), Made(proposals=(proposal,)))
    assert {row["round"] for found in rows.values() for row in found} == {"2027-1"}
    assert {name for name, found in rows.items() if not found} == {"depends", "runoff"}
    assert cells(rows["theme_objectives"], "theme", "objective") == [("a", 2), ("a", 7)]
    assert cells(rows["objectives"], "objective", "share", "of_topic") == [(2, 0.1, True), (7, 0.1, True)]
    assert cells(rows["support"], "theme", "met") == [("a", True)]
    assert cells(rows["pairs"], "theme", "rival", "share") == [("a", "b", 0.6), ("b", "a", 0.4)]
    assert cells(rows["orders"], "order", "position", "theme") == [("points", 1, "a"), ("points", 2, "b")]
    assert cells(rows["repetitions"], "theme", "chosen", "first") == [("a", 970, 970), ("b", 30, None)]
    assert cells(rows["left_out"], "line", "dimension", "topics") == [
        (1, "sector", ["b", "a"]),
        (2, "country", ["b", "a"]),
    ]
    assert cells(rows["alike"], "theme", "rival", "share") == [("a", "b", 0.7)]
    assert cells(rows["heard"], "line", "category", "ballots") == [(1, "x", 6), (2, "y", 5)]
    told = [("sector", 1, both("Iglesias")), ("sector", 2, both("Medios"))]
    assert cells(rows["too_few"], "dimension", "line", "label") == told
    assert cells(rows["participation"], "line", "categories", "weighted_share") == [
        (1, ("ngo", "media"), 0.5),
        (2, ("academia",), 0.5),
    ]
    assert cells(rows["proposed_themes"], "proposal", "objectives", "organisations") == [(4, [3, 9], 6)]
    columns = "theme", "description", "objectives", "topic", "place", "place_best", "place_worst"
    assert cells(rows["themes"], *columns) == [
        ("a", both("De qué"), [2, 7], True, 1, 1, 3),
        ("b", NOTHING, [2, 7], False, 2, None, None),
    ]
    bare = package(result(several=None, alike=None))
    assert (bare["heard"], bare["alike"], bare["proposed_themes"]) == ([], [], [])


def test_the_row_of_a_round_has_what_is_told_of_it_and_no_more() -> None:
    (row,) = package(result())["round"]
    assert (row["detail"], row["topics"], row["verdict"], row["abstained"]) == ("full", ["a"], "firm", 2)
    assert (row["change_at_least"], row["change_enough"], row["methods_agree"]) == (2, 3, None)
    assert (row["same_topics_percent"], row["same_topics_rounded"]) == (97, True)
    assert (row["condorcet_winner"], row["balanced"], row["heaviest_to_lightest"]) == ("a", ("sector",), 4.0)
    assert (row["organisations"], row["countries"], row["ballots"], row["seed"]) == (12, 4, 10, "5eed")
    untold = {"worst": None, "percent": None, "condorcet": None}
    (row,) = package(result(untold, balance=None, small_cell=5))["round"]
    assert not {"change_at_least", "change_enough", "balanced", "heaviest_share"} & set(row)
    told = row["detail"], row["same_topics_percent"], row["same_topics_rounded"]
    assert (*told, row["condorcet_winner"]) == ("rounded", None, None, None)
    for agree, told_of_all in (((True, True), True), ((True, False), False), ((None, True), None)):
        methods = tuple(Made(agrees=each, name="schulze", themes=()) for each in agree)
        assert package(result({"methods": methods}))["round"][0]["methods_agree"] is told_of_all
    assert package(result(few=True))["round"][0]["detail"] == "topics"


def test_what_the_topic_depends_on_is_told_where_it_is_public() -> None:
    depends = Made(themes_tried=4, targets_tried=2, alone_tried=True, themes=((A, (B,)),), alone=(C,))
    depends.targets = (({"sector": "sqrt", "country": "equal"}, (C, A)),)
    depends.ties = (Made(theme=A, objective=7, added=True, topics=(C,)),)
    firm = Made(differing=(Made(name="schulze", topics=(B,)),))
    view: Any = Made(depends=depends, several=None, rules=Made(support_min=3), balance=None, firmness=firm)
    told = {"cap": None, "support_min": 3, "without_theme_tried": 4, "other_targets_tried": 2}
    told["objectives_tried"] = True
    assert of_rounds._variants(view) == told
    view.several = Made(rule="heard", heard=0.5, other=(A, C), other_heard=0.4)
    more = {
        "topics_rule": "heard",
        "heard_share": 0.5,
        "topics_other_rule": ["a", "c"],
        "heard_share_other_rule": 0.4,
    }
    assert of_rounds._variants(view) == told | more
    assert list(of_rounds._depends(view)) == [
        {"line": 1, "on": "method", "method": "schulze", "topics": ["b"]},
        {"line": 2, "on": "themes", "without_theme": "a", "topics": ["b"]},
        {"line": 3, "on": "targets", "targets": ["sector=sqrt", "country=equal"], "topics": ["c", "a"]},
        {"line": 4, "on": "objectives", "topics": ["c"]},
        {"line": 5, "on": "objective_added", "tied_theme": "a", "tied_objective": 7, "topics": ["c"]},
    ]
    for cap in ("held", ""):
        view.balance = Made(cap=cap)
        assert of_rounds._variants(view)["cap"] == (cap or None)
    depends.alone, depends.ties, firm.differing = None, (), ()
    assert [row["on"] for row in of_rounds._depends(view)] == ["themes", "targets"]
    view.depends = None
    assert (of_rounds._variants(view), list(of_rounds._depends(view))) == ({}, [])


def test_support_of_which_nothing_is_told_has_no_row() -> None:
    nothing: dict[str, Any] = {"met": None, "supporting": None, "categories": (), "required": 2, "total": 4}
    support = [
        Made(dimension=name, **(nothing | told))
        for name, told in (
            ("a", {}),
            ("b", {"met": False}),
            ("c", {"supporting": 0}),
            ("d", {"categories": "yx"}),
        )
    ]
    theme: Any = Made(key="t1", support=support)
    rows = list(of_rounds._support(theme))
    assert [(row["dimension"], row["categories"]) for row in rows] == [
        ("b", []),
        ("c", []),
        ("d", ["x", "y"]),
    ]


def test_orders_and_steps_are_numbered_from_one() -> None:
    one, two = Made(key="a", place=1), Made(key="b", place=2)
    firm = Made(methods=(None, Made(name="borda", themes=(two, one))), unweighted=None, country_equal=None)
    steps = (Made(shares={"a": 0.6, "b": 0.4}, out="b"), Made(shares={"a": 1.0}, out=None))
    view: Any = Made(themes=(one, two), firmness=firm, rules=Made(method="runoff"), steps=steps)
    assert [(row["order"], row["position"], row["theme"]) for row in of_rounds._orders(view)] == [
        ("runoff", 1, "a"),
        ("runoff", 2, "b"),
        ("borda", 1, "b"),
        ("borda", 2, "a"),
    ]
    assert [(row["step"], row["theme"], row["leaves"]) for row in of_rounds._runoff(view)] == [
        (1, "a", False),
        (1, "b", True),
        (2, "a", False),
    ]
    two.place = None
    assert {row["order"] for row in of_rounds._orders(view)} == {"borda"}


def test_of_a_panel_places_and_what_is_of_everybody_are_told() -> None:
    seats = [Made(codes={"role": role, "subregion": "caribbean"}) for role in ("presenter", "listener")]
    rules = [
        Made(
            kind=kind, attribute=of, value=NOTHING, have=3, low=1, high=None, percent=None, hard=True, ok=True
        )
        for kind, of in (("size", ""), ("at_least", "role"), ("at_least", "sector"), ("at_most", "role"))
    ]
    panel: Any = Made(seats=seats, rows=[*rules, Made(**(vars(rules[0]) | {"kind": "mixed"}))])
    rows = of_rounds._panel(panel)
    assert [(row["place"], row["role"]) for row in rows["panel"]] == [(1, "listener"), (2, "presenter")]
    assert [(row["line"], row["have"]) for row in rows["panel_rules"]] == [
        *((1, 3), (2, 3), (3, None), (4, None), (5, None)),
    ]


def test_answers_are_told_by_question_with_their_lines_from_one() -> None:
    scale: Any = Made(key="q1", kind="scale", text=both("¿Cuánto?"), unit="", steps=3, options=())
    scale.low, scale.high = both("Nada"), both("Mucho")
    groups = tuple(
        answers.Group("subregion", (key,), 9, weighted=(10.0, 20.0, 70.0)) for key in ("caribbean", "andean")
    )
    named = answers.Named((answers.NamedRow("PE", 6, 30.0), answers.NamedRow("CO", 5, 20.0)), 2)
    places = answers.Named((answers.NamedRow(1, 5, 9.0),), 0)
    theme = answers.ForTheme("t1", 12, named, places)
    facts = answers.Answered("q1", "scale", 20, True, groups=groups, texts=("Una", "Otra"), themes=(theme,))
    asked = Made(by_key=lambda: {"q1": facts}, places={"1": ("Lima", "PE")})
    view: Any = Made(facts=asked, questions=(scale, Made(key="q2")))
    rows = of_rounds._answers(view)
    assert [row["question"] for row in rows["questions"]] == ["q1"]
    assert [(row["option"], row["label"]) for row in rows["question_options"]] == [
        (1, both("Nada")),
        (2, NOTHING),
        (3, both("Mucho")),
    ]
    assert [(row["line"], row["categories"]) for row in rows["question_groups"]] == [
        (1, ("caribbean",)),
        (2, ("andean",)),
    ]
    names = [name_of("subregion", key).into("es") for key in ("caribbean", "andean")]
    assert [row["label"].into("es") for row in rows["question_groups"]] == names
    assert of_rounds.together("subregion", ("caribbean", "andean")).into("es") == ", ".join(names)
    assert [
        (row["line"], row["option"], row["weighted_percent"]) for row in rows["question_group_options"]
    ] == [(line, code, share) for line in (1, 2) for code, share in ((1, 10.0), (2, 20.0), (3, 70.0))]
    assert [(row["line"], row["text"]) for row in rows["question_texts"]] == [(1, "Una"), (2, "Otra")]
    assert [(row["level"], row["line"], row["country"], row["name"]) for row in rows["governments"]] == [
        ("national", 1, "PE", ""),
        ("national", 2, "CO", ""),
        ("local", 1, "PE", "Lima"),
    ]
    (governments,) = rows["governments_asked"]
    assert (governments["others_national"], governments["others_local"]) == (2, 0)


def test_sentences_of_a_synthesis_are_numbered_over_all_sections() -> None:
    reason = Made(number=1, text=both("Por la niñez"), name="Red", subregion="andean", sector="ngo")
    section = Made(theme="t1", sources=(reason,))
    section.sentences = (Made(text=both("Una"), sources=(1,)), Made(text=both("Dos"), sources=()))
    said: Any = Made(sections=(section,), left_over=(Made(number=1, reason=both("Repite")),))
    rows = of_rounds._said(said)
    assert [(row["sentence"], row["theme"], row["sources"]) for row in rows["synthesis"]] == [
        (1, "t1", (1,)),
        (2, "t1", ()),
    ]
    assert [(row["reason"], row["left_out_because"]) for row in rows["reasons"]] == [(1, both("Repite"))]


# -- all packages in one file


def test_the_file_of_everything_has_its_card_its_list_and_each_byte_once() -> None:
    lines: Any = [
        Made(kind="rounds", key=key, version=2, sha256=4 * key, title=both(f"Ronda {key}")) for key in "ab"
    ]
    listed = b'[\n {\n  "package": "rounds/a",\n  "version": 2,\n  "sha256": "aaaa"\n }\n]\n'
    assert everything.listed(lines[:1]) == listed
    parts = everything.written(lines, lambda line: {"x.csv": line.key.encode()}, ("es", "en"))
    with zipfile.ZipFile(io.BytesIO(b"".join(parts))) as container:
        files = ["rounds/a/x.csv", "rounds/b/x.csv"]
        assert container.namelist() == ["README.md", "packages.json", *files]
        assert container.infolist()[0].header_offset == 0, "nothing was sent twice"
        assert container.read("packages.json") == everything.listed(lines)
        assert "- `rounds/b`: Ronda b" in container.read("README.md").decode()
        assert [container.read(name) for name in files] == [b"a", b"b"]
