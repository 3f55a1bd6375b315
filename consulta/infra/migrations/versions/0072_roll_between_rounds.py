"""Objections to changes of data, since when a contact votes at its address, and which addresses are young.

Revision 0072, after 0071.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.models import Instant

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

KINDS = "kind IN ('categories', 'address', 'added', 'off')"
MORE = "kind IN ('categories', 'address', 'added', 'off', 'objection')"


def upgrade() -> None:
    """Apply. Of contacts that are there it is not known since when they vote: since they were added."""
    op.add_column("contacts", sa.Column("access_since", Instant(), nullable=True))
    op.add_column(
        "seat_addresses", sa.Column("young", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    _kinds(MORE)


def downgrade() -> None:
    """Undo. Objections to changes of data are lost."""
    op.execute("DELETE FROM corrections WHERE kind = 'objection'")
    _kinds(KINDS)
    op.drop_column("seat_addresses", "young")
    op.drop_column("contacts", "access_since")


def _kinds(kinds: str) -> None:
    with op.batch_alter_table("corrections") as table:
        table.drop_constraint(op.f("ck_corrections_kind"), type_="check")
        table.create_check_constraint(op.f("ck_corrections_kind"), kinds)
