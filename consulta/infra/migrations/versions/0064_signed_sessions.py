"""Signatures of sessions, and answers of evaluations that no row's age joins to a person.

Revision 0064, after 0063.
"""

import secrets

import sqlalchemy as sa
from alembic import op

from consulta.infra.models import Instant

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

NUMBERS = 2**31 - 1
SCOPE = 4  # of a key of seals that has sealed sessions


def upgrade() -> None:
    """Apply.

    Sessions that are open have no signature, so all of them end: people sign in, or open their link, again.
    """
    with op.batch_alter_table("sessions") as batch:
        batch.add_column(sa.Column("signature", sa.Text(), server_default="", nullable=False))
    sessions = sa.table("sessions", sa.column("created_at", Instant()), sa.column("ended_at", Instant()))
    op.execute(sessions.update().where(sessions.c.ended_at.is_(None)).values(ended_at=sessions.c.created_at))
    # Taken back and up again: what signed in meanwhile has no seal, and `check` would tell of it.
    if (op.get_bind().scalar(sa.text("SELECT max(scope) FROM keys")) or 0) >= SCOPE:
        op.execute(sa.text("DELETE FROM sessions WHERE staff_id IS NOT NULL"))
    _write_answers_anew()


def _write_answers_anew() -> None:
    """Write all answers in one transaction, which this is, in an order and under numbers of chance."""
    chance, connection = secrets.SystemRandom(), op.get_bind()
    table = sa.table(
        "evaluation_sheets", sa.column("id"), sa.column("evaluation_id"), sa.column("said", sa.JSON())
    )
    found = [(row.evaluation_id, row.said) for row in connection.execute(sa.select(table))]
    if not found:
        return
    connection.execute(table.delete())
    chance.shuffle(found)
    numbers = chance.sample(range(1, NUMBERS), len(found))
    connection.execute(
        table.insert(),
        [
            {"id": number, "evaluation_id": evaluation, "said": said}
            for number, (evaluation, said) in zip(numbers, found, strict=True)
        ],
    )


def downgrade() -> None:
    """Undo. Nothing that was entered is lost; people sign in again."""
    sessions = sa.table("sessions", sa.column("created_at", Instant()), sa.column("ended_at", Instant()))
    op.execute(sessions.update().where(sessions.c.ended_at.is_(None)).values(ended_at=sessions.c.created_at))
    with op.batch_alter_table("sessions") as batch:
        batch.drop_column("signature")
