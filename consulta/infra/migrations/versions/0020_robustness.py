"""Documents of how few ballots could have changed the topic.

Revision 0020, after 0019. SQLite makes the table anew, row by row; its guards return.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

DOCUMENT = "robustness"


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _guard() -> None:
    """Refuse UPDATE and DELETE on documents."""
    if _postgresql():
        op.execute(
            "CREATE TRIGGER documents_written_once BEFORE UPDATE OR DELETE ON documents "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER documents_no_{act.lower()} BEFORE {act} ON documents "
            "BEGIN SELECT RAISE(ABORT, 'rows of documents are written once'); END"
        )


def _unguard() -> None:
    if _postgresql():
        op.execute("DROP TRIGGER documents_written_once ON documents")
        return
    for act in ("update", "delete"):
        op.execute(f"DROP TRIGGER documents_no_{act}")


def _kinds(table: str) -> list[str]:
    """The kinds that the rows of a table are held to now, in the order in which they are written."""
    held = {each["name"]: each["sqltext"] for each in sa.inspect(op.get_bind()).get_check_constraints(table)}
    return re.findall(r"'(\w+)'", held[f"ck_{table}_kind"])


def _hold(table: str, kinds: list[str]) -> None:
    """Hold the rows of a table to these kinds."""
    name = op.f(f"ck_{table}_kind")
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.drop_constraint(name, type_="check")
        batch_op.create_check_constraint(name, f"kind IN ({listed})")


def upgrade() -> None:
    """Apply."""
    _unguard()
    _hold("documents", [*_kinds("documents"), DOCUMENT])
    op.execute(
        "UPDATE documents SET kind = 'robustness'"
        " WHERE kind = 'unweighted' AND content LIKE '%\"consulta-robustness/1\"%'"
    )
    _guard()


def downgrade() -> None:
    """Undo; the documents are kept under a kind that nothing reads any more: the log tells of them."""
    _unguard()
    op.execute("UPDATE documents SET kind = 'unweighted' WHERE kind = 'robustness'")
    _hold("documents", [kind for kind in _kinds("documents") if kind != DOCUMENT])
    _guard()
