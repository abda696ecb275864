"""Bring an existing blog.

No program wrote into the outbox, the redirects or the imports before this one: they are laid out anew.
There is no way back from here but a backup: dropping what editors wrote is no migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("outbox", "redirects", "imports"):
        op.drop_table(table)
    op.create_table(
        "imports",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("permalink", sa.String(), nullable=True),
        sa.Column("guid", sa.String(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("published", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=True),
        sa.Column("access", sa.String(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("raw_hash", sa.String(length=64), nullable=False),
        sa.Column("recovered", sa.JSON(), nullable=False),
        sa.Column("changed", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("changed_raw", sa.Text(), nullable=True),
        sa.Column("changed_hash", sa.String(length=64), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_imports_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
        sa.UniqueConstraint("key", name=op.f("uq_imports_key")),
    )
    op.create_index(op.f("ix_imports_item_id"), "imports", ["item_id"], unique=False)
    op.create_table(
        "import_keys",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_import_keys_import_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", "import_id", name=op.f("pk_import_keys")),
    )
    op.create_index(op.f("ix_import_keys_import_id"), "import_keys", ["import_id"], unique=False)
    op.create_table(
        "mirrors",
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_by", sa.String(), nullable=True),
        sa.Column("lease_token", sa.String(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("account", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("target", "edition", name=op.f("pk_mirrors")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("wanted", sa.String(length=64), nullable=False),
        sa.Column("done", sa.String(length=64), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remote", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("insist", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_outbox_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("target", "item_id", "edition", name=op.f("uq_outbox_target_item_id_edition")),
    )
    op.create_index(
        op.f("ix_outbox_target_edition_state_next_try"),
        "outbox",
        ["target", "edition", "state", "next_try"],
        unique=False,
    )
    op.create_table(
        "redirects",
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_redirects_item_id")),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_redirects")),
    )
    op.add_column(
        "publications", sa.Column("undated", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
