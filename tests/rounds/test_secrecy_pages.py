"""What reaches a stranger of a round whose ballots are not public: pages and archive together."""

from __future__ import annotations

import json
import re
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text

from consulta.core.counting import bundle as core
from consulta.platform import documents
from consulta.platform.models import Ballot, CurrentBallot, Document, Round, Seat
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.results import archive, public_figures
from tests import closed
from tests.cases import for_each
from tests.drafts import KEY, NOW, make_open
from tests.factories import moment
from tests.results.attacks import told_turnout
from tests.texts import both

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

RANKINGS = (("t1", "t2", "t3"), ("t2", "t1"), ("t3", "t2", "t4", "t1"), ("t1", "t5"), ("t2", "t6", "t1"))
PAGES = ("rounds/2027-1", "rounds/2027-1/result")
TAGS = re.compile(r"<[^>]+>")


@pytest.fixture
def published(bench: Bench) -> Bench:
    """A published round of 44 organisations, 40 of which voted, spread over cells of one to three."""
    closed.counted(bench, KEY, closed.mixed(40, *RANKINGS, silent=4), question=both("¿?", "?"))
    return bench


def kept(bench: Bench, kind: str) -> Any:
    with bench.read(COMMAND, moment()) as work:
        return json.loads(work.session.scalars(select(Document.content).where(Document.kind == kind)).one())


def files(bench: Bench) -> dict[str, bytes]:
    with bench.read(ANONYMOUS, moment()) as work:
        _, content = archive.public_archive(work, KEY)
    with content, zipfile.ZipFile(content) as zipped:
        return {name.rpartition("/")[2]: zipped.read(name) for name in zipped.namelist()}


def test_the_archive_has_figures_and_no_ballot(published: Bench) -> None:
    found = files(published)
    assert set(found) == {
        "archive.json",
        "checkpoints.json",
        "opening.json",
        "heads.txt",
        "log.jsonl",
        "public.json",
        "LEAME.txt",
        "README.txt",
        "SHA256SUMS",
    }
    assert json.loads(found["public.json"]) == kept(published, "public")
    with published.read(COMMAND, moment()) as work:
        seats = work.session.execute(select(Seat.pseudonym, Seat.name)).all()
        result = work.session.scalars(select(Document.sha256).where(Document.kind == "result")).one()
        secret = work.session.scalars(select(Round.secret)).one()
    everything = b"\n".join(found.values()).decode()
    assert result not in everything, "exact figures could be tried against their digest"
    assert secret is not None
    assert secret not in everything
    assert not [name for seat in seats for name in seat if name in everything]


def test_no_hidden_turnout_follows_from_the_archive(published: Bench) -> None:
    public = json.loads(files(published)["public.json"])
    bundle = core.parse(json.dumps(kept(published, "bundle")).encode())
    assert public["detail"] == "figures"
    assert told_turnout(bundle, public) == []


@for_each("lang", ["es", "en"])
def test_pages_are_made_of_the_public_figures_alone(
    published: Bench, visitor: Visitor, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same pages where nothing of result and bundle is left, and of the summary seed and topics alone."""
    before = [visitor.get(f"/{lang}/{page}").text for page in PAGES]
    find = documents.find

    def hollow(*arguments: Any) -> Document | None:
        found = find(*arguments)
        if found is None or found.kind not in {"result", "bundle", "summary"}:
            return found
        nothing = {
            "ballots": 0,
            "lightest": 1,
            "heaviest": 1,
            "bases": [],
            "support": {},
            "result_sha256": "",
        }
        left = {**json.loads(found.content), **nothing} if found.kind == "summary" else {}
        return Document(kind=found.kind, content=json.dumps(left), sha256=found.sha256, version=1)

    monkeypatch.setattr(documents, "find", hollow)
    assert [visitor.get(f"/{lang}/{page}").text for page in PAGES] == before


@for_each("lang", ["es", "en"])
def test_pages_name_no_digest_of_exact_figures_and_no_decimals(
    published: Bench, visitor: Visitor, lang: str
) -> None:
    with published.read(COMMAND, moment()) as work:
        result = work.session.scalars(select(Document.sha256).where(Document.kind == "result")).one()
        pseudonyms = work.session.scalars(select(Seat.pseudonym)).all()
    for page in PAGES:
        answer = visitor.get(f"/{lang}/{page}").text
        assert result not in answer
        assert not [pseudonym for pseudonym in pseudonyms if pseudonym in answer]
        seen = TAGS.sub(" ", answer)
        assert not re.findall(r"\d[.,]\d+ ?%", seen), page


def test_where_ballots_are_public_the_page_is_exact(bench: Bench, visitor: Visitor) -> None:
    votes = closed.mixed(12, *RANKINGS)
    closed.counted(bench, KEY, votes, secrecy="pseudonymous", question=both("¿?", "?"))
    found = files(bench)
    assert {"bundle.json", "result.json"} <= set(found)
    assert "public.json" not in found
    assert "package.json" not in found
    with bench.read(COMMAND, moment()) as work:
        digest = work.session.scalars(select(Document.sha256).where(Document.kind == "result")).one()
        names = work.session.scalars(select(Seat.name)).all()
    assert digest in visitor.get(f"/en/rounds/{KEY}/result/figures").text
    assert not [name for name in names if name.encode() in b"".join(found.values())]


def test_public_figures_are_made_once_and_kept(published: Bench) -> None:
    with published.read(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round)).one()
        assert public_figures.kept(work, found) == kept(published, "public")
        assert work.session.scalar(text("SELECT count(*) FROM documents WHERE kind = 'public'")) == 1


def test_whoever_watches_an_open_round_learns_nothing_by_its_votes(bench: Bench, visitor: Visitor) -> None:
    make_open(bench, *["PE"] * 8, secrecy="aggregate")
    pages = [f"/{lang}/{page}" for lang in ("es", "en") for page in ("", f"rounds/{KEY}")]
    before = [visitor.get(page).text for page in pages]
    with bench.work(COMMAND, NOW) as work:
        for number, seat in enumerate(work.session.scalars(select(Seat)).all()[:5]):
            ballot = Ballot(
                round_id=seat.round_id,
                seat_id=seat.id,
                version=1,
                ranking=[["tema_numero_1"]],
                objectives=[],
                endorsements=[],
                shown=[],
                content_sha256=f"c{number}",
                idempotency_key=f"k{number}",
                receipt=f"R{number}",
                head="h",
                cast_at=NOW,
            )
            work.session.add(ballot)
            work.session.flush()
            work.session.add(CurrentBallot(seat_id=seat.id, ballot_id=ballot.id))
    assert [visitor.get(page).text for page in pages] == before


def test_how_firm_it_is_stands_there_only_of_many_ballots(
    bench: Bench, published: Bench, visitor: Visitor
) -> None:
    few = visitor.get(f"/en/rounds/{KEY}/result").text
    assert "publishing this would reveal how some of them were cast" in few
    assert "Would other organisations like these have chosen the same?" not in few
    votes = closed.mixed(100, *RANKINGS, silent=4)
    closed.counted(bench, "2027-2", votes, question=both("¿?", "?"))
    many = visitor.get("/en/rounds/2027-2/result").text
    assert re.search(r"In \d0 to \d9 of 100 cases|Practically always", many)
    assert re.search(r'aria-current="true"[^>]*>\s*(?:<[^>]*>)*(?:Firm|Close result)', many)
    assert "Could one or two organisations have changed it?" not in many, "a count of single ballots"
