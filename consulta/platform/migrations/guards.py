"""Triggers by which the database itself refuses to change rows that are written once."""

from collections.abc import Mapping, Sequence

from alembic import op

REFUSAL = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are written once', TG_TABLE_NAME;
END $$
"""


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def prepare() -> None:
    """Make the function that the triggers of PostgreSQL call."""
    if _is_postgresql():
        op.execute(REFUSAL)


def guard(table: str, blanked: Mapping[str, str] | None = None, others: Sequence[str] = ()) -> None:
    """Refuse DELETE on a table, and UPDATE but for one that blanks.

    `blanked` is of a table of which some content is erased later: column -> what it then has, as SQL.
    An UPDATE is taken where it gives all of them these values and leaves `others` as they are.
    """
    if _is_postgresql():
        same = "NEW.{0} IS NOT DISTINCT FROM OLD.{0}"
        refuse = "FOR EACH ROW {when}EXECUTE FUNCTION refuse_change()"
    else:
        same = "NEW.{0} IS OLD.{0}"
        refuse = f"{{when}}BEGIN SELECT RAISE(ABORT, 'rows of {table} are written once'); END"
    kept = [same.format(name) for name in others]
    allowed = [f"NEW.{name} = {value}" for name, value in (blanked or {}).items()]
    unless = f"WHEN (NOT ({' AND '.join(allowed + kept)})) " if blanked else ""
    for act, when in (("UPDATE", unless), ("DELETE", "")):
        op.execute(
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} {refuse.format(when=when)}"
        )
