"""The schema, as the models say it, until the first release (decision 94).

Revision 0001.
"""

from alembic import op

from consulta.platform.migrations import guards
from consulta.platform.models import Base

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all tables, and refuse to change rows that are written once."""
    Base.metadata.create_all(op.get_bind())
    guards.prepare()
    for each in sorted(
        (mapper.class_ for mapper in Base.registry.mappers), key=lambda kind: kind.__tablename__
    ):
        if each.written_once:
            others = [column.name for column in each.__table__.columns if column.name not in each.blanked]
            guards.guard(each.__tablename__, dict(each.blanked), others)
