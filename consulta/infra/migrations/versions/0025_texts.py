"""Texts in any number of languages: one JSON value in place of a column for each language.

Revision 0025, after 0024. Codes of languages are held to a length and no more to two names, so that
another language needs no revision.
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

FORMER = ("es", "en")
TEXTS = {
    "rounds": ("title", "question", "public_source"),
    "themes": ("title", "description"),
    "dialogues": ("title", "place", "agenda"),
    "panel_presets": ("title",),
}
WRITTEN_TO = ("staff", "contacts", "nominees", "seat_addresses", "messages", "mail_texts")
LANGUAGE, FORMER_LANGUAGE = "length(language) BETWEEN 2 AND 8", "language IN ('es', 'en')"


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _hold(condition: str, former: str) -> None:
    """Hold the codes of languages to a condition in place of another one."""
    if _postgresql():
        for table in WRITTEN_TO:
            name = op.f(f"ck_{table}_language")
            op.drop_constraint(name, table, type_="check")
            op.create_check_constraint(name, table, condition)
        return
    # What SQLite's manual has for a constraint whose change touches no row: tables keep triggers and form.
    connection = op.get_bind()
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = 1")
    changed = connection.execute(
        sa.text(
            "UPDATE sqlite_master SET sql = replace(sql, :former, :condition) WHERE name IN :tables"
        ).bindparams(sa.bindparam("tables", WRITTEN_TO, expanding=True)),
        {"former": former, "condition": condition},
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = 0")
    if changed.rowcount != len(WRITTEN_TO):
        raise RuntimeError("not every table that has the language of a person was found")


def _gather(table: str, names: tuple[str, ...]) -> None:
    """Put the columns of each text into one."""
    for name in names:
        op.add_column(table, sa.Column(name, sa.JSON(), server_default="{}", nullable=False))
    parts: list[sa.ColumnClause[Any]] = [
        sa.column(f"{name}_{language}") for name in names for language in FORMER
    ]
    known = sa.table(table, sa.column("id"), *parts, *(sa.column(name, sa.JSON()) for name in names))
    connection = op.get_bind()
    for row in connection.execute(sa.select(known.c.id, *parts)).mappings().all():
        texts = {
            name: {lang: row[f"{name}_{lang}"] for lang in FORMER if row[f"{name}_{lang}"]} for name in names
        }
        connection.execute(known.update().where(known.c.id == row["id"]).values(texts))
    for part in parts:
        op.execute(f"ALTER TABLE {table} DROP COLUMN {part.name}")


def _part(table: str, names: tuple[str, ...]) -> None:
    """Put each text into a column for each of the two languages; what is in others is given up."""
    parts = [f"{name}_{language}" for name in names for language in FORMER]
    for part in parts:
        op.add_column(table, sa.Column(part, sa.Text(), server_default="", nullable=False))
    known = sa.table(
        table, sa.column("id"), *map(sa.column, parts), *(sa.column(n, sa.JSON()) for n in names)
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(known.c.id, *(known.c[name] for name in names))).mappings().all():
        texts = {name: _read(row[name]) for name in names}
        # Spanish could not be empty: a text that has none keeps the words that it has.
        values = {
            f"{name}_{lang}": text.get(lang, next(iter(text.values()), "") if lang == "es" else "")
            for name, text in texts.items()
            for lang in FORMER
        }
        connection.execute(known.update().where(known.c.id == row["id"]).values(values))
    for name in names:
        op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")


def _read(value: object) -> dict[str, str]:
    found: dict[str, str] = json.loads(value) if isinstance(value, str) else dict(value or {})  # type: ignore[call-overload]
    return found


def upgrade() -> None:
    """Apply."""
    op.add_column("panel_presets", sa.Column("name_key", sa.Text(), server_default="", nullable=False))
    op.execute("UPDATE panel_presets SET name_key = title_es")
    with op.batch_alter_table("panel_presets", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("uq_panel_presets_title_es"), type_="unique")
        batch_op.alter_column("name_key", existing_type=sa.Text(), server_default=None)
        batch_op.create_unique_constraint(op.f("uq_panel_presets_name_key"), ["name_key"])
    for table, names in TEXTS.items():
        _gather(table, names)
    _hold(LANGUAGE, FORMER_LANGUAGE)


def downgrade() -> None:
    """Undo: words in other languages are given up.

    Refused if a contact or a mail has another language: such rows are sealed, or written once.
    """
    for table in WRITTEN_TO:
        others = (
            sa.select(sa.func.count()).select_from(sa.table(table)).where(sa.text(f"NOT ({FORMER_LANGUAGE})"))
        )
        if op.get_bind().execute(others).scalar():
            raise RuntimeError(f"{table}: rows in a language that revision 0024 does not know")
    _hold(FORMER_LANGUAGE, LANGUAGE)
    for table, names in TEXTS.items():
        _part(table, names)
    with op.batch_alter_table("panel_presets", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("uq_panel_presets_name_key"), type_="unique")
        batch_op.drop_column("name_key")
        batch_op.create_unique_constraint(op.f("uq_panel_presets_title_es"), ["title_es"])
