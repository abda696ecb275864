"""Finding by words: FTS5 on SQLite, a tsvector on PostgreSQL, and one question for both.

Both index the rows of `item_words` by themselves, and neither is asked to know a language: text/stems.py
has made of every text what it is to be found by. The same question finds the same items on both; how
they are ranked is each engine's own.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Float, Select, column, false, func, literal_column, select, table

from curator.store.tables import FULL_TEXT, item_words
from curator.text.stems import Question, Wanted

_FTS5 = table(FULL_TEXT, column("rowid"))
_FTS5_ITSELF: ColumnElement[str] = literal_column(FULL_TEXT)
_FTS5_WEIGHTS = (10.0, 5.0, 3.0, 1.0)  # of a, b, c, d
_VECTOR: ColumnElement[Any] = literal_column(f"{item_words.name}.{FULL_TEXT}")
_SHORT: ColumnElement[Any] = literal_column(f"{item_words.name}.{FULL_TEXT}_short")
_VECTOR_WEIGHTS: ColumnElement[Any] = literal_column("'{0.1, 0.3, 0.5, 1.0}'::float4[]")  # of d, c, b, a
_SIMPLE: ColumnElement[Any] = literal_column("'simple'::regconfig")


def answering(question: Question, *, engine: str, ranked: bool) -> Select[Any]:
    """The items that have all that is wanted: `item_id`, and if `ranked` `rank`, the less the better."""
    found: Select[Any]
    rank: ColumnElement[Any]
    if not question.wanted:
        found, rank = select(item_words.c.item_id).where(false()), literal_column("0", Float)
    elif engine == "postgresql":
        # In a SELECT of its own, so that the planner does not see how common the words are: it would then
        # read through the table, and does not know that unpacking its vectors is what takes the time.
        wanted = select(func.to_tsquery(_SIMPLE, _in_tsquery(question))).scalar_subquery()
        rank = -func.ts_rank(_VECTOR_WEIGHTS, _SHORT, wanted, 1)
        found = select(item_words.c.item_id).where(_VECTOR.op("@@")(wanted))
    else:
        rank = func.bm25(_FTS5_ITSELF, *map(_number, _FTS5_WEIGHTS))
        found = select(_FTS5.c.rowid.label("item_id")).where(_FTS5_ITSELF.op("MATCH")(_in_fts5(question)))
    return found.add_columns(rank.label("rank")) if ranked else found


# Nothing but letters and digits comes out of text/stems.py: between quotation marks they are no operators.


def _in_fts5(question: Question) -> str:
    return " AND ".join(f"({' OR '.join(_fts5_words(wanted))})" for wanted in question.wanted)


def _fts5_words(wanted: Wanted) -> list[str]:
    if wanted.phrase:
        return [f'"{" ".join(wanted.phrase)}"']
    beginning = [f'"{wanted.beginning}" *'] if wanted.beginning else []
    return [f'"{form}"' for form in sorted(wanted.forms)] + beginning


def _in_tsquery(question: Question) -> str:
    return " & ".join(f"({' | '.join(_tsquery_words(wanted))})" for wanted in question.wanted)


def _tsquery_words(wanted: Wanted) -> list[str]:
    if wanted.phrase:
        return [" <-> ".join(f"'{word}'" for word in wanted.phrase)]
    beginning = [f"'{wanted.beginning}':*"] if wanted.beginning else []
    return [f"'{form}'" for form in sorted(wanted.forms)] + beginning


def _number(value: float) -> ColumnElement[float]:
    return literal_column(str(value), Float)
