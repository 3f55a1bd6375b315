"""The verifier as one HTML file: its bytes, where it is offered, and where its fingerprint is told."""

from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from consulta.core.trust import record
from consulta.platform.data import tongues
from consulta.platform.formats import document
from consulta.results import verifier, verifying
from consulta.shell.cli import main
from consulta.vote import service as voting
from tests.drafts import KEY
from tests.factories import moment
from tests.results.checks.published import archive_of, live, unpacked
from tests.results.test_sheets import sheets

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor


def test_it_asks_nothing_of_others() -> None:
    content = verifier.html().decode()
    assert "default-src 'none'" in content
    assert "unsafe" not in content.partition("<title>")[0]
    assert not re.search(r"https?://", content.partition('id="program"')[0])
    assert not re.search(r"\b(src|href)=", content)
    assert content.count("<script") == 2
    assert content.count("</script>") == 2


def test_it_speaks_every_language_in_the_words_of_the_terminal() -> None:
    data = json.loads(verifier.html().decode().partition('id="data">')[2].partition("</script>")[0])
    assert list(data["names"]) == sorted(tongues.codes())
    for place, code in enumerate(data["names"]):
        words = {name: said[place] for name, said in data["words"].items()}
        said = verifier.words()[code].texts
        assert {name: said[name] for name in said.keys() - verifier.OF_TERMINALS}.items() <= words.items()
        assert {*verifier.WORDS} - {"old"} <= {*words}
        assert [name for name in words if words[name] == verifier.WORDS.get(name)] == [] or code == "en"
    titles = {name for name, _ in re.findall(r'\["([a-z]+)", check([A-Z])', verifier.html().decode())}
    assert {f"about_{name}" for name in titles} <= {*verifier.WORDS}


def test_no_code_is_shared_with_what_consulta_verify_runs() -> None:
    """Not a name of a function of it stands in the page."""
    content = verifier.html().decode().partition('id="program">')[2]
    modules = sorted(path.stem for path in Path(verifying.__file__).parent.glob("[a-z]*.py"))
    parts = [import_module(f"{verifying.__name__}.{name}") for name in modules]
    names = {name for part in parts for name in vars(part) if "_" in name and name.islower()}
    assert not [name for name in names if f"{name}(" in content]


def test_it_is_offered_beside_the_archive_to_be_saved_and_to_be_opened(
    bench: Bench, visitor: Visitor
) -> None:
    live(bench)
    page = visitor.get(f"/es/rounds/{KEY}/verify").text
    for place, how in (("/es/verificar.html", "attachment"), ("/es/verificar", "inline")):
        assert re.search(rf'href="{place}["#]', page)
        answer = visitor.get(place)
        assert "script-src 'sha256-" in answer.headers["Content-Security-Policy"] or how == "attachment"
        assert answer.data == verifier.html()
        assert answer.headers["Content-Disposition"] == f'{how}; filename="verificar.html"'
    assert visitor.get("/es/verificar.py").status_code == 404


def test_its_fingerprint_is_told_in_several_places_but_not_where_it_is_offered(
    bench: Bench, visitor: Visitor, tmp_path: Path
) -> None:
    live(bench)
    assert verifier.digest() not in visitor.get(f"/es/rounds/{KEY}/verify").text
    assert verifier.digest() in visitor.get(f"/es/rounds/{KEY}/result/figures").text
    files = unpacked(archive_of(bench))
    for name in ("README.txt", "LEAME.txt"):
        assert verifier.digest() in files[name].decode()
        assert "{" not in files[name].decode()
    out = tmp_path / "verificar.html"
    done = CliRunner().invoke(main, ["verifier", "--out", str(out)])
    assert done.output == f"{verifier.digest()}  verificar.html\n"
    assert out.read_bytes() == verifier.html()
    done = CliRunner().invoke(main, ["verifier", "--out", str(tmp_path / "none" / "x.html")])
    assert (done.exit_code, done.output.count("\n")) == (2, 1)


@pytest.mark.deep
@pytest.mark.skipif(not document.draws_pictures(), reason="Pango or PDFium is not there")
def test_the_summary_on_paper_tells_what_to_compare_later(bench: Bench, visitor: Visitor) -> None:
    live(bench)
    (sheet,) = sheets(visitor.get(f"/es/rounds/{KEY}/result/summary.pdf").data)
    said = re.sub(r"\s", "", sheet)
    assert verifier.digest() in said
    assert record.digest(archive_of(bench)) in said


def test_a_seal_that_was_kept_is_known_or_not(bench: Bench, visitor: Visitor) -> None:
    voted = live(bench)
    with bench.read(voted[3].actor, moment()) as work:
        seal = voting.receipt(work, KEY)[2]
    assert seal is not None
    heads = unpacked(archive_of(bench))["heads.txt"].decode().splitlines()[1:]
    for head in heads:
        size, root = head.split(" ")[:2]
        page = visitor.get(f"/es/rounds/{KEY}/verify?head={root}").text
        assert f"cuando tenía {size} filas" in page
    assert "Este sitio no conoce ese sello" in visitor.get(f"/es/rounds/{KEY}/verify?head={'0' * 64}").text
    assert f"cuando tenía {seal.size} filas" in visitor.get(f"/es/rounds/{KEY}/verify?head={seal.root}").text
