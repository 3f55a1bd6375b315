"""Applications for admission with their sponsors; since when an organisation is a member; its web site.

Revision 0038, after 0037. Mail may be about no round: SQLite makes the table of messages anew, row by row.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.models import Instant

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. Of members from before, the day of their admission is not known."""
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("web", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("member_since", sa.Text(), nullable=True))
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.alter_column("round_id", existing_type=sa.Integer(), nullable=True)
    op.create_table(
        "applications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("other_names", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("web", sa.Text(), nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("criteria", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("admitted_on", sa.Text(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("example", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("confirmed_at", Instant(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "state IN ('unconfirmed', 'sponsors', 'review', 'returned', 'admitted', 'declined', 'withdrawn')",
            name=op.f("ck_applications_state"),
        ),
        sa.CheckConstraint("length(language) BETWEEN 2 AND 8", name=op.f("ck_applications_language")),
        sa.CheckConstraint(
            "state <> 'admitted' OR admitted_on IS NOT NULL", name=op.f("ck_applications_admitted")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_applications_organisation_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_applications_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
    )
    op.create_index(op.f("ix_applications_email"), "applications", ["email"])
    op.create_index(op.f("ix_applications_organisation_id"), "applications", ["organisation_id"])
    op.create_index(op.f("ix_applications_name_key_country"), "applications", ["name_key", "country"])
    op.create_table(
        "sponsorships",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "state IN ('named', 'asked', 'confirmed', 'refused', 'replaced')",
            name=op.f("ck_sponsorships_state"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_sponsorships_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_sponsorships_organisation_id")
        ),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_sponsorships_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sponsorships")),
        sa.UniqueConstraint(
            "application_id",
            "organisation_id",
            name=op.f("uq_sponsorships_application_id_organisation_id"),
        ),
    )
    op.create_index(op.f("ix_sponsorships_organisation_id"), "sponsorships", ["organisation_id"])


def downgrade() -> None:
    """Undo. Applications and mail about no round are lost."""
    op.drop_table("sponsorships")
    op.drop_table("applications")
    op.execute("DELETE FROM messages WHERE round_id IS NULL")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.alter_column("round_id", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.drop_column("member_since")
        batch_op.drop_column("web")
