"""What several migrations do: rows that are written once, and the values that a column is held to.

Migrations of landed versions use it, so what it does to a database never changes.
"""

from alembic import op

BOTH = ("UPDATE", "DELETE")


def is_postgresql() -> bool:
    """Return whether the database is PostgreSQL, and not SQLite."""
    return op.get_bind().dialect.name == "postgresql"


def guard(table: str, *acts: str) -> None:
    """Refuse UPDATE and DELETE on a table; SQLite may be told which of them."""
    if is_postgresql():
        op.execute(
            f"CREATE TRIGGER {table}_written_once BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        return
    for act in acts or BOTH:
        op.execute(
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are written once'); END"
        )


def unguard(table: str, *acts: str) -> None:
    """Take back what `guard` did."""
    if is_postgresql():
        op.execute(f"DROP TRIGGER {table}_written_once ON {table}")
        return
    for act in acts or BOTH:
        op.execute(f"DROP TRIGGER {table}_no_{act.lower()}")


def hold(table: str, condition: str, column: str = "kind") -> None:
    """Hold a column to a condition in place of another one; SQLite makes the table anew."""
    name = op.f(f"ck_{table}_{column}")
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.drop_constraint(name, type_="check")
        batch_op.create_check_constraint(name, condition)
