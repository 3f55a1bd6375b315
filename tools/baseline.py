"""Write the baseline migration from the models: consulta/platform/migrations/versions/0001_schema.py.

Run it as `python -m tools.baseline` after a change of the schema, until the first release. From then on the
baseline stays as it is, and each change is a migration after it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.autogenerate.render import _render_server_default, _repr_type
from alembic.migration import MigrationContext
from alembic.operations.ops import CreateIndexOp, ModifyTableOps
from sqlalchemy import Column, DefaultClause, UniqueConstraint, create_engine
from sqlalchemy.sql.elements import False_, True_

from consulta.platform.models import Base, Instant, Translated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alembic.autogenerate.api import AutogenContext
    from alembic.operations.ops import MigrateOperation

FILE = Path(__file__).resolve().parent.parent / "consulta/platform/migrations/versions/0001_schema.py"
HEAD = '''\
"""The schema: made from the models by `python -m tools.baseline`, not by hand.

Revision 0001.
"""

import sqlalchemy as sa
from alembic import op

from consulta.platform.migrations import guards
from consulta.platform.models.base import Instant, Translated

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all tables, and refuse to change rows that are written once."""
'''
WIDE = ("ruff", "format", "--isolated", "--line-length", "320", "-")  # each column on one line, however long


def baseline() -> str:
    """Return the migration that makes an empty database what the models say."""
    with create_engine("sqlite://").connect() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": Base.metadata})
        made = produce_migrations(context, Base.metadata)
        assert made.upgrade_ops is not None  # noqa: S101 - for the type checker: it is always made
        for each in made.upgrade_ops.ops:
            if isinstance(each, ModifyTableOps):
                each.ops = [index for index in each.ops if not _is_of_column(index)]
        tables = render_python_code(made.upgrade_ops, migration_context=context, render_item=_rendered)
    lines = [line for line in tables.splitlines() if not line.lstrip().startswith("# ###")]
    body = "\n".join([*lines, *(f"    {line}" for line in _guards())])
    return _formatted(HEAD + body.replace("\n    )", ",\n    )") + "\n")


def _is_of_column(made: MigrateOperation) -> bool:
    """Return whether an index is that of a single column, which says so itself."""
    if not isinstance(made, CreateIndexOp):
        return False
    columns = Base.metadata.tables[made.table_name].columns
    return any(each.index and made.index_name == f"ix_{made.table_name}_{each.name}" for each in columns)


def _column(column: Column[Any], context: AutogenContext) -> str:
    """Return a column with all that is of it alone: key, reference, uniqueness, index."""
    meant = Base.metadata.tables[column.table.name].columns[column.name]
    said = [repr(meant.name), _repr_type(meant.type, context)]
    alone = [each for each in meant.foreign_keys if each.constraint and len(each.constraint.elements) == 1]
    for each in alone:
        ends = f", ondelete={each.ondelete!r}" if each.ondelete else ""
        said.append(f"sa.ForeignKey({each.target_fullname!r}{ends})")
    if meant.server_default is not None:
        said.append(f"server_default={_render_server_default(meant.server_default, context)}")
    if meant.primary_key:
        said.append("primary_key=True")
        said += ["autoincrement=False"] if meant.autoincrement is False else []
    elif not meant.nullable:
        said.append("nullable=False")
    unique = [each for each in meant.table.constraints if isinstance(each, UniqueConstraint)]
    said += ["unique=True"] if any(list(each.columns) == [meant] for each in unique) else []
    said += ["index=True"] if meant.index else []
    return f"sa.Column({', '.join(said)})"


def _rendered(kind: str, item: Any, context: AutogenContext) -> Any:
    """Return columns with what is of them alone, own types by name and truths as SQLAlchemy has them.

    None for what a column says; False where Alembic's words are right.
    """
    if kind == "column":
        return _column(item, context)
    if kind == "primary_key" or (kind == "foreign_key" and len(item.columns) == 1):
        return None
    if kind == "unique" and len(item.columns) == 1:
        return None
    if kind == "type" and isinstance(item, (Instant, Translated)):
        return f"{type(item).__name__}()"
    if kind == "server_default" and isinstance(item, DefaultClause) and isinstance(item.arg, (True_, False_)):
        return f"sa.{item.arg}()"
    return False


def _guards() -> Iterator[str]:
    """Yield a line for each table whose rows are written once, as its class says."""
    yield "guards.prepare()"
    marked = {each.class_.__tablename__: each.class_ for each in Base.registry.mappers}
    for name in sorted(name for name, each in marked.items() if each.written_once):
        blanked = dict(marked[name].blanked)
        others = [column.name for column in Base.metadata.tables[name].columns if column.name not in blanked]
        yield f"guards.guard({name!r}, {blanked}, {others})" if blanked else f"guards.guard({name!r})"


def _formatted(program: str) -> str:
    done = subprocess.run(  # noqa: S603 - the formatter of the environment
        [sys.executable, "-m", *WIDE], input=program, capture_output=True, text=True, check=True
    )
    return done.stdout


if __name__ == "__main__":
    FILE.write_text(baseline(), encoding="utf-8")
