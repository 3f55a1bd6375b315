"""The categories of organisations and seats as one map each, in place of a column for each dimension.

Revision 0026, after 0025. What was in the columns is in the maps, in the order in which bundles have it; what
undoing an import puts back is a map too.
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

COLUMNS = {"organisations": ("sector",), "seats": ("subregion", "sector")}
"""Table -> the dimensions that had a column. JSON writes the keys of their categories as they are."""


def upgrade() -> None:
    """Apply."""
    for table, names in COLUMNS.items():
        op.add_column(table, sa.Column("categories", sa.JSON(), server_default="{}", nullable=False))
        pairs = " || ', ' || ".join(f"""'"{name}": "' || {name} || '"'""" for name in names)
        text = f"'{{' || {pairs} || '}}'"
        op.execute(f"UPDATE {table} SET categories = {_as_json(text)}")  # noqa: S608 - of the names above
        for name in names:
            op.drop_column(table, name)
    _rewrite_undo(_with_map)


def downgrade() -> None:
    """Undo, where no organisation and no seat has a category of another dimension."""
    for table, names in COLUMNS.items():
        text = sa.cast(sa.column("categories"), sa.Text())
        rows = op.get_bind().execute(sa.select(text).select_from(sa.table(table)).distinct())
        if any(set(json.loads(row[0])) - set(names) for row in rows):
            raise RuntimeError(f"{table} have categories that the version before does not know")
    for table, names in COLUMNS.items():
        for name in names:
            op.add_column(table, sa.Column(name, sa.Text(), server_default="", nullable=False))
            op.execute(f"UPDATE {table} SET {name} = {_part(name)}")  # noqa: S608 - of the names above
            with op.batch_alter_table(table) as batch_op:
                batch_op.alter_column(name, server_default=None)
        op.drop_column(table, "categories")
    _rewrite_undo(_with_columns)


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _as_json(text: str) -> str:
    return f"CAST({text} AS JSON)" if _postgresql() else text


def _part(name: str) -> str:
    return f"categories ->> '{name}'" if _postgresql() else f"json_extract(categories, '$.{name}')"


def _rewrite_undo(changed: Any) -> None:
    """Write anew what undoing each import would put back of organisations."""
    table = sa.table("members_imports", sa.column("id", sa.Integer()), sa.column("undo", sa.JSON()))
    bind = op.get_bind()
    for number, undo in bind.execute(sa.select(table.c.id, table.c.undo)).all():
        if undo:
            for kept in undo["organisations"]:
                for part in ("before", "after"):
                    kept[part] = changed(kept[part])
            bind.execute(sa.update(table).where(table.c.id == number).values(undo=undo))


def _with_map(values: Any) -> Any:
    if not values or "sector" not in values:
        return values
    rest = {name: value for name, value in values.items() if name != "sector"}
    return {**rest, "categories": {"sector": values["sector"]}}


def _with_columns(values: Any) -> Any:
    if not values or "categories" not in values:
        return values
    rest = {name: value for name, value in values.items() if name != "categories"}
    return {**rest, **values["categories"]}
