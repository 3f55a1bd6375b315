"""Summaries of counts, so that no page reads a counted bundle.

Revision 0027, after 0026. SQLite makes the table of documents anew, row by row; its guards return.

The newest count of each round gets its summary, worked out from the bundle and the result as they were kept;
endorsements that were kept apart come from the ballots of the bundle's seats. The format is that of the
program under this revision, `consulta-summary/1`, and stays as it is here. Documents that this makes have no
row in the log: a deep check works them out again.
"""

import hashlib
import json
import re
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from alembic import op

from consulta.infra.migrations import guards

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

DOCUMENT, FORMAT = "summary", "consulta-summary/1"
MOST_SUPPORT = 10_000
NEWEST = (
    "SELECT content, sha256, created_at FROM documents WHERE kind = :kind AND round_id = :round"
    " ORDER BY version DESC LIMIT 1"
)
ENDORSED = (
    "SELECT seats.pseudonym, ballots.endorsements FROM current_ballots"
    " JOIN seats ON seats.id = current_ballots.seat_id JOIN ballots ON ballots.id = current_ballots.ballot_id"
    " WHERE seats.round_id = :round AND ballots.endorsements_sealed"
)
KEEP = (
    "INSERT INTO documents (round_id, kind, version, content, sha256, created_at)"
    " VALUES (:round, 'summary', :version, :content, :sha256, :at)"
)


def _kinds() -> list[str]:
    """Return the kinds that documents are held to now, in the order in which they are written."""
    checks = sa.inspect(op.get_bind()).get_check_constraints("documents")
    held = {each["name"]: each["sqltext"] for each in checks}
    return re.findall(r"'(\w+)'", held["ck_documents_kind"])


def _hold(kinds: list[str]) -> None:
    """Hold documents to these kinds."""
    name = op.f("ck_documents_kind")
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.drop_constraint(name, type_="check")
        batch_op.create_check_constraint(name, f"kind IN ({listed})")


def _newest(kind: str, round_id: int) -> Any:
    return op.get_bind().execute(sa.text(NEWEST), {"kind": kind, "round": round_id}).first()


def _summary(round_id: int, result_sha256: str, result: dict[str, Any], bundle: dict[str, Any]) -> str:
    """Return the text of the summary of a count."""
    apart = {
        seat: json.loads(said) if isinstance(said, str) else said
        for seat, said in op.get_bind().execute(sa.text(ENDORSED), {"round": round_id})
    }
    cells = result["weights"]["cells"]
    micro = {frozenset(cell["categories"].items()): cell["micro"] for cell in cells}
    dimensions = [*cells[0]["categories"]]
    seats = {seat["seat"]: seat for seat in bundle["seats"]}
    total, worth, bases, endorsed = 0, set(), set(), dict[str, int]()
    for ballot in bundle["ballots"]:
        seat = seats[ballot["seat"]]
        categories, base = {**seat["categories"], "country": seat["country"]}, seat.get("base", 1)
        value = base * micro[frozenset((name, categories.get(name, "")) for name in dimensions)]
        total += value
        worth.add(value)
        bases.add(base)
        for key in apart.get(ballot["seat"], ballot.get("endorsements", ())):
            endorsed[key] = endorsed.get(key, 0) + value
    content = {
        "format": FORMAT,
        "bundle_sha256": result["bundle_sha256"],
        "result_sha256": result_sha256,
        "seed": result["seed"],
        "ballots": len(bundle["ballots"]),
        "topics": [
            {"key": topic["key"], "spread_met": topic["spread_met"], "focus": topic["focus"]}
            for topic in result["topics"]
        ],
        "lightest": min(worth),
        "heaviest": max(worth),
        "bases": sorted(bases),
        "support": {key: round(Fraction(MOST_SUPPORT * endorsed[key], total)) for key in sorted(endorsed)},
    }
    return json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _fill() -> None:
    """Keep the summary of the newest count of each round that has none."""
    connection = op.get_bind()
    counted = "SELECT DISTINCT round_id FROM documents WHERE kind = 'result' ORDER BY round_id"
    for (round_id,) in connection.execute(sa.text(counted)).all():
        result, bundle = _newest("result", round_id), _newest("bundle", round_id)
        there = _newest(DOCUMENT, round_id)
        if bundle is None or (there and json.loads(there.content)["result_sha256"] == result.sha256):
            continue
        text = _summary(round_id, result.sha256, json.loads(result.content), json.loads(bundle.content))
        versions = "SELECT count(*) FROM documents WHERE kind = 'summary' AND round_id = :round"
        connection.execute(
            sa.text(KEEP),
            {
                "round": round_id,
                "version": connection.scalar(sa.text(versions), {"round": round_id}) + 1,
                "content": text,
                "sha256": hashlib.sha256(text.encode()).hexdigest(),
                "at": result.created_at,
            },
        )


def upgrade() -> None:
    """Apply."""
    guards.unguard("documents")
    _hold([*_kinds(), DOCUMENT])
    op.execute(
        "UPDATE documents SET kind = 'summary', version = version - 1000000"
        " WHERE kind = 'unweighted' AND content LIKE '%\"consulta-summary/1\"%'"
    )
    _fill()
    guards.guard("documents")


def downgrade() -> None:
    """Undo; the documents are kept under a kind that nothing reads any more: the log tells of them.

    Their versions are a million higher, since documents of other kinds are kept under the same name.
    """
    guards.unguard("documents")
    op.execute("UPDATE documents SET kind = 'unweighted', version = version + 1000000 WHERE kind = 'summary'")
    _hold([kind for kind in _kinds() if kind != DOCUMENT])
    guards.guard("documents")
