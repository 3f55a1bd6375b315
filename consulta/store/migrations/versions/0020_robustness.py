"""Documents of how few could have changed the topic, and mails that a round closed early.

Revision 0020, after 0014. SQLite makes three tables anew, row by row; the guards of documents return.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0014"
branch_labels = None
depends_on = None

DOCUMENT, MAIL = "robustness", "closed_early"


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
    _hold("messages", [*_kinds("messages"), MAIL])
    *mails, letter = _kinds("mail_texts")
    _hold("mail_texts", [*mails, MAIL, letter])


def downgrade() -> None:
    """Undo; the mails with their deliveries are given up.

    The documents are kept under a kind that nothing reads any more: the log tells of them.
    """
    if _postgresql():
        op.execute("DROP TRIGGER deliveries_written_once ON deliveries")
    else:
        op.execute("DROP TRIGGER deliveries_no_delete")
    op.execute(
        "DELETE FROM deliveries WHERE message_id IN (SELECT id FROM messages WHERE kind = 'closed_early')"
    )
    if _postgresql():
        op.execute(
            "CREATE TRIGGER deliveries_written_once BEFORE UPDATE OR DELETE ON deliveries "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    else:
        op.execute(
            "CREATE TRIGGER deliveries_no_delete BEFORE DELETE ON deliveries "
            "BEGIN SELECT RAISE(ABORT, 'rows of deliveries are written once'); END"
        )
    op.execute("DELETE FROM messages WHERE kind = 'closed_early'")
    op.execute("DELETE FROM mail_texts WHERE kind = 'closed_early'")
    for table in ("messages", "mail_texts"):
        _hold(table, [kind for kind in _kinds(table) if kind != MAIL])
    _unguard()
    op.execute("UPDATE documents SET kind = 'unweighted' WHERE kind = 'robustness'")
    _hold("documents", [kind for kind in _kinds("documents") if kind != DOCUMENT])
    _guard()
