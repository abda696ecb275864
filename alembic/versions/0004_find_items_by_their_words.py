"""Find items by their words.

What each engine makes of item_words by itself: store/tables.py says why. The rows are
made by the program, of old items, too (`items.words_by`): stems are no work for a migration.

There is no way back from here but a backup: dropping what editors wrote is no migration.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE VIRTUAL TABLE item_words_index USING fts5 (
    a, b, c, d, content='item_words', content_rowid='item_id', tokenize='unicode61 remove_diacritics 0')""",
    """CREATE TRIGGER item_words_added AFTER INSERT ON item_words BEGIN
    INSERT INTO item_words_index (rowid, a, b, c, d) VALUES (new.item_id, new.a, new.b, new.c, new.d);
    END""",
    """CREATE TRIGGER item_words_removed AFTER DELETE ON item_words BEGIN
    INSERT INTO item_words_index (item_words_index, rowid, a, b, c, d)
    VALUES ('delete', old.item_id, old.a, old.b, old.c, old.d);
    END""",
)
POSTGRESQL = (
    """ALTER TABLE item_words ADD COLUMN item_words_index tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('simple', a), 'A') || setweight(to_tsvector('simple', b), 'B') ||
    setweight(to_tsvector('simple', c), 'C') || setweight(to_tsvector('simple', d), 'D')) STORED""",
    # Ranks are made of this one: it is short and read with its row, for thousands of items in one question.
    """ALTER TABLE item_words ADD COLUMN item_words_index_short tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('simple', a), 'A') || setweight(to_tsvector('simple', b), 'B') ||
    setweight(to_tsvector('simple', c), 'C')) STORED""",
    "CREATE INDEX ix_item_words_index ON item_words USING gin (item_words_index)",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)
