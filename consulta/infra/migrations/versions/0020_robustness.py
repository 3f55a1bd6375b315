"""Documents of how few ballots could have changed the topic.

Revision 0020, after 0019. SQLite makes the table anew, row by row; its guards return.
"""

import re

import sqlalchemy as sa
from alembic import op

from consulta.infra.migrations import guards

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

DOCUMENT = "robustness"


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
    guards.unguard("documents")
    _hold("documents", [*_kinds("documents"), DOCUMENT])
    op.execute(
        "UPDATE documents SET kind = 'robustness'"
        " WHERE kind = 'unweighted' AND content LIKE '%\"consulta-robustness/1\"%'"
    )
    guards.guard("documents")


def downgrade() -> None:
    """Undo; the documents are kept under a kind that nothing reads any more: the log tells of them."""
    guards.unguard("documents")
    op.execute("UPDATE documents SET kind = 'unweighted' WHERE kind = 'robustness'")
    _hold("documents", [kind for kind in _kinds("documents") if kind != DOCUMENT])
    guards.guard("documents")
