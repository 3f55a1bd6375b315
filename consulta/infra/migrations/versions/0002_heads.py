"""Heads of the log, a nonce in each of its rows, the head that a receipt shows; more kinds of documents.

Revision 0002, after 0001. New columns are added in place: a table made anew would lose its guards.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KINDS = "kind IN ('bundle', 'result', 'unweighted', 'panel', 'public', 'archive')"
FORMER_KINDS = "kind IN ('bundle', 'result', 'unweighted', 'panel')"
REASONS = "reason IN ('opening', 'daily', 'closing', 'publication')"


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _guard(table: str) -> None:
    """Refuse UPDATE and DELETE on a table whose rows are written once."""
    if _postgresql():
        op.execute(
            f"CREATE TRIGGER {table}_written_once BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are written once'); END"
        )


def _unguard(table: str) -> None:
    if _postgresql():
        op.execute(f"DROP TRIGGER {table}_written_once ON {table}")
        return
    for act in ("update", "delete"):
        op.execute(f"DROP TRIGGER {table}_no_{act}")


def _allow(kinds: str) -> None:
    """Hold documents to these kinds. SQLite makes the table anew, which nothing refers to."""
    name = op.f("ck_documents_kind")
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.drop_constraint(name, type_="check")
        batch_op.create_check_constraint(name, kinds)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "heads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("peaks", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(REASONS, name=op.f("ck_heads_reason")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_heads_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heads")),
    )
    _guard("heads")
    op.execute("ALTER TABLE ballots ADD COLUMN head TEXT")
    op.execute("ALTER TABLE log ADD COLUMN nonce TEXT NOT NULL DEFAULT ''")
    _unguard("documents")
    _allow(KINDS)
    _guard("documents")


def downgrade() -> None:
    """Undo; documents of the newer kinds are given up."""
    _unguard("documents")
    op.execute("DELETE FROM documents WHERE kind IN ('public', 'archive')")
    _allow(FORMER_KINDS)
    _guard("documents")
    op.execute("ALTER TABLE log DROP COLUMN nonce")
    op.execute("ALTER TABLE ballots DROP COLUMN head")
    _unguard("heads")
    op.drop_table("heads")
