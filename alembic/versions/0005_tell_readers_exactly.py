"""Tell readers exactly.

There is no way back from here but a backup: dropping what editors wrote is no migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "announcements",
        sa.Column("hub", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("wanted", sa.String(length=64), nullable=False),
        sa.Column("told", sa.String(length=64), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pause_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hub", "topic", name=op.f("pk_announcements")),
    )
    op.add_column("pictures", sa.Column("encoder", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_pictures_encoder"), "pictures", ["encoder"])
    op.add_column("publications", sa.Column("digest", sa.String(length=64), nullable=True))
    op.add_column("publications", sa.Column("facets", sa.JSON(none_as_null=True), nullable=True))
