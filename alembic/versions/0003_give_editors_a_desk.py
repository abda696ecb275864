"""Give editors a desk.

There is no way back from here but a backup: dropping what editors wrote is no migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "engines",
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=True),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("resting_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("engine", name=op.f("pk_engines")),
    )
    op.create_table(
        "looks",
        sa.Column("editor", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("editor", "edition", name=op.f("pk_looks")),
    )
    op.create_table(
        "pictures",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_pictures")),
    )
    op.create_table(
        "saved_filters",
        sa.Column("editor", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("editor", "name", name=op.f("pk_saved_filters")),
    )
    op.create_table(
        "translations",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_translations")),
    )
    op.create_index(op.f("ix_translations_at"), "translations", ["at"], unique=False)
    op.create_table(
        "picture_fetches",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["pictures.digest"], name=op.f("fk_picture_fetches_digest")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_picture_fetches")),
    )
    op.create_table(
        "comments",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("editor", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name=op.f("fk_comments_item_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index(op.f("ix_comments_item_id"), "comments", ["item_id"], unique=False)
    op.create_table(
        "item_words",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("a", sa.Text(), nullable=False),
        sa.Column("b", sa.Text(), nullable=False),
        sa.Column("c", sa.Text(), nullable=False),
        sa.Column("d", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name=op.f("fk_item_words_item_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_item_words")),
    )
    op.add_column("entry_pages", sa.Column("publisher", sa.Text(), nullable=True))
    op.add_column("entry_pages", sa.Column("opt_outs", sa.JSON(), nullable=True))
    op.add_column("images", sa.Column("license", sa.Text(), nullable=True))
    op.add_column("images", sa.Column("permission", sa.Text(), nullable=True))
    op.add_column("images", sa.Column("named_in", sa.String(), nullable=True))
    op.add_column("images", sa.Column("file_name", sa.Text(), nullable=True))
    op.add_column("items", sa.Column("assignee", sa.String(), nullable=True))
    op.add_column("items", sa.Column("words_by", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_items_words_by"), "items", ["words_by"], unique=False)
    op.add_column("suggestions", sa.Column("html", sa.Text(), nullable=True))
    op.add_column("suggestions", sa.Column("basis", sa.String(), nullable=True))
