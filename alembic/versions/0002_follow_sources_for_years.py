"""Follow sources for years.

There is no way back from here but a backup: dropping what editors wrote is no migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hosts",
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("throttled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("throttled_source", sa.Integer(), nullable=True),
        sa.Column("lease_by", sa.String(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_hosts")),
    )
    op.add_column("fetches", sa.Column("why", sa.String(), nullable=True))
    op.add_column("sources", sa.Column("hints", sa.JSON(), nullable=True))
    op.add_column("sources", sa.Column("recent", sa.JSON(), nullable=True))
    op.add_column("sources", sa.Column("due_because", sa.String(), nullable=True))
    op.add_column("sources", sa.Column("moved_good", sa.Integer(), server_default="0", nullable=False))
    op.add_column("sources", sa.Column("alert", sa.JSON(), nullable=True))
    op.add_column("sources", sa.Column("successor_url", sa.String(), nullable=True))
    op.add_column("sources", sa.Column("successor_looked_at", sa.DateTime(timezone=True), nullable=True))
