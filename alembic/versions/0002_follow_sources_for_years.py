"""Follow sources for years.

There is no way back from here but a backup: dropping what editors wrote is no migration.
"""

import sqlalchemy as sa
from alembic import op

from curator.store.hosts import host_of

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
    op.create_table(
        "hub_subscriptions",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("hub_url", sa.String(), nullable=False),
        sa.Column("topic_url", sa.String(), nullable=False),
        sa.Column("callback", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("awaiting", sa.String(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("challenge", sa.String(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.JSON(), nullable=True),
        sa.Column("last_push_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pushes", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_hub_subscriptions_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hub_subscriptions")),
        sa.UniqueConstraint("token", name=op.f("uq_hub_subscriptions_token")),
    )
    op.create_index(op.f("ix_hub_subscriptions_due_at"), "hub_subscriptions", ["due_at"], unique=False)
    op.create_index(op.f("ix_hub_subscriptions_source_id"), "hub_subscriptions", ["source_id"], unique=False)
    op.create_table(
        "incidents",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_incidents_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    op.create_index(
        op.f("ix_incidents_source_id_ended_at"), "incidents", ["source_id", "ended_at"], unique=False
    )
    op.create_table(
        "entry_pages",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("authors", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("published", sa.DateTime(timezone=True), nullable=True),
        sa.Column("image", sa.JSON(), nullable=True),
        sa.Column("license", sa.String(), nullable=True),
        sa.Column("content_key", sa.String(), nullable=False),
        sa.Column("cleaner_version", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entries.id"], name=op.f("fk_entry_pages_entry_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_pages")),
        sa.UniqueConstraint("entry_id", "n", name=op.f("uq_entry_pages_entry_id_n")),
    )
    op.create_table(
        "page_fetches",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entries.id"], name=op.f("fk_page_fetches_entry_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_page_fetches")),
    )
    op.create_table(
        "pushes",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("subscription_id", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content_type", sa.String(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["hub_subscriptions.id"],
            name=op.f("fk_pushes_subscription_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pushes")),
    )
    op.create_index(op.f("ix_pushes_subscription_id"), "pushes", ["subscription_id"], unique=False)
    op.create_table(
        "separations",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name=op.f("fk_separations_item_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["items.id"], name=op.f("fk_separations_other_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", "other_id", name=op.f("pk_separations")),
    )
    op.create_table(
        "story_keys",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name=op.f("fk_story_keys_item_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", "item_id", name=op.f("pk_story_keys")),
    )
    op.create_index(op.f("ix_story_keys_item_id"), "story_keys", ["item_id"], unique=False)
    op.create_index(op.f("ix_story_keys_queued_at"), "story_keys", ["queued_at"], unique=False)
    op.add_column("entries", sa.Column("telling_hash", sa.String(), nullable=True))
    op.add_column("entry_revisions", sa.Column("external_url", sa.String(), nullable=True))
    op.add_column("entry_revisions", sa.Column("found_language", sa.String(), nullable=True))
    op.add_column("entry_revisions", sa.Column("language_confidence", sa.Float(), nullable=True))
    op.create_index("ix_entry_revisions_waiting", "entry_revisions", ["found_language", "id"], unique=False)
    op.add_column("fetches", sa.Column("why", sa.String(), nullable=True))
    op.add_column("items", sa.Column("page", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_items_cluster_id"), "items", ["cluster_id"], unique=False)
    op.add_column("sources", sa.Column("host", sa.String(), nullable=True))
    op.add_column("sources", sa.Column("topic_url", sa.String(), nullable=True))
    op.add_column("sources", sa.Column("push_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sources", sa.Column("hints", sa.JSON(), nullable=True))
    op.add_column("sources", sa.Column("recent", sa.JSON(), nullable=True))
    op.add_column("sources", sa.Column("due_because", sa.String(), nullable=True))
    op.add_column("sources", sa.Column("moved_good", sa.Integer(), server_default="0", nullable=False))
    op.add_column("sources", sa.Column("alert", sa.JSON(), nullable=True))
    op.add_column("sources", sa.Column("successor_url", sa.String(), nullable=True))
    op.add_column("sources", sa.Column("successor_looked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_sources_host"), "sources", ["host"], unique=False)
    _learn_hosts()


def _learn_hosts() -> None:
    """Sources of the older schema are found by their host, too."""
    sources = sa.table("sources", sa.column("id", sa.Integer), sa.column("url"), sa.column("host"))
    connection = op.get_bind()
    for row in connection.execute(sa.select(sources.c.id, sources.c.url)).all():
        connection.execute(sa.update(sources).where(sources.c.id == row.id).values(host=host_of(row.url)))
