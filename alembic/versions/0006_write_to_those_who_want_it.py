"""Write to those who want it.

There is no way back from here but a backup: dropping what editors wrote is no migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "askings",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_askings")),
    )
    op.create_table(
        "drafts",
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("arrangement", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("editor", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("edition", name=op.f("pk_drafts")),
    )
    op.create_table(
        "paces",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_paces")),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_by", sa.String(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_notices_subscriber_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("message_id", name=op.f("uq_notices_message_id")),
    )
    op.create_index(op.f("ix_notices_state_next_try"), "notices", ["state", "next_try"], unique=False)
    op.create_index(op.f("ix_notices_subscriber_id"), "notices", ["subscriber_id"], unique=False)
    op.create_table(
        "issue_drops",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.id"], name=op.f("fk_issue_drops_issue_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_issue_drops_item_id")),
        sa.PrimaryKeyConstraint("issue_id", "item_id", name=op.f("pk_issue_drops")),
        sa.UniqueConstraint("edition", "item_id", name=op.f("uq_issue_drops_edition_item_id")),
    )
    op.add_column("consents", sa.Column("version", sa.String(), nullable=True))
    op.add_column("consents", sa.Column("language", sa.String(), nullable=True))
    op.add_column("consents", sa.Column("url", sa.Text(), nullable=True))
    op.add_column("consents", sa.Column("network", sa.String(), nullable=True))
    op.add_column("consents", sa.Column("tags", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("deliveries", sa.Column("token", sa.String(), nullable=True))
    op.add_column("deliveries", sa.Column("domain", sa.String(), nullable=True))
    op.add_column("deliveries", sa.Column("first_try", sa.DateTime(timezone=True), nullable=True))
    op.add_column("issues", sa.Column("frozen", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("issues", sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("issues", sa.Column("paused_because", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("subscriptions", sa.Column("tags", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("subscriptions", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    _name_old_deliveries()
    _say_what_has_begun()
    op.drop_index(op.f("ix_deliveries_issue_id_state"), "deliveries")
    # As they are looked for: the next mails of an issue, what one person got, what came back of an issue.
    op.create_index(
        op.f("ix_deliveries_issue_id_state_next_try_id"),
        "deliveries",
        ["issue_id", "state", "next_try", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_deliveries_subscriber_id"), "deliveries", ["subscriber_id"], unique=False)
    op.create_index(op.f("ix_deliveries_token"), "deliveries", ["token"], unique=False)
    op.create_index(op.f("ix_bounces_delivery_id"), "bounces", ["delivery_id"], unique=False)


def _name_old_deliveries() -> None:
    """What a mail is called stands in its Message-ID: <edition-number.TOKEN@domain>.

    One statement, since there may be a row for each issue and reader of many years.
    """
    named = "rtrim(rtrim(message_id, replace(message_id, '@', '')), '@')"
    reader = "FROM subscribers WHERE id = deliveries.subscriber_id"
    op.execute(
        f"UPDATE deliveries SET token = {_after_last('.', named)},"  # noqa: S608  our own words alone
        f" domain = (SELECT lower({_after_last('@', 'email')}) {reader})"
    )


def _after_last(mark: str, words: str) -> str:
    """Neither engine has a word for it that the other knows; what is no mark is trimmed off on the right."""
    return f"substr({words}, length(rtrim({words}, replace({words}, '{mark}', ''))) + 1)"


def _say_what_has_begun() -> None:
    """Of which a server has seen a mail: the rest of its readers get the letter that those have."""
    op.execute(
        "UPDATE issues SET begun_at = (SELECT min(changed_at) FROM deliveries WHERE issue_id = issues.id"
        " AND (state IN ('in_data', 'accepted', 'failed', 'ambiguous')"
        " OR (state = 'deferred' AND attempts > 0)))"
    )
