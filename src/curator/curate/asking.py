"""Asking engines: what is known from the cache, the rest within budget, deadline and breaker.

No transaction is open while an engine is asked. What it answered is kept at
once, so that the next question, whoever asks it, needs nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from curator import text
from curator.curate import breaker
from curator.curate.suggest import Wanted
from curator.model import Failed, Lang, Problem, SafeHtml
from curator.ports import Translator
from curator.settings import TranslateSettings
from curator.settings.glossary import Glossary
from curator.store import Store
from curator.text.masks import Sentence

_PAUSE = 0.5  # seconds before the first other try, then twice as long each time


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """The engines in their order, and what every question to them needs."""

    translators: tuple[Translator, ...] = ()
    glossary: Glossary = field(default_factory=Glossary)
    limits: TranslateSettings = field(default_factory=TranslateSettings)
    pause: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """What the first engine that had an answer to everything said, by field."""

    engine: str
    html: Mapping[str, SafeHtml]


def translated(
    machines: Machines,
    wanted: Sequence[Wanted],
    *,
    target: Lang,
    store: Store,
    clock: Callable[[], datetime],
    anew: bool = False,
) -> Translated | tuple[Problem, ...]:
    """The engines' answers, or each one's reason.

    What one of them has already said of all of it is taken first; with `anew`
    nothing is known and all is asked.
    """
    asked = [_Conversation(machines, each, target, store, clock, anew=anew) for each in machines.translators]
    for conversation in () if anew else asked:
        if (known := conversation.known(wanted)) is not None:
            return known
    reasons = []
    for conversation in asked:
        said = conversation.said(wanted)
        if isinstance(said, Translated):
            return said
        reasons.append(Problem(code=said.code, field=conversation.engine, data=said.data))
    return tuple(reasons)


class _Unasked(Exception):
    """The answer is not known, and nobody is to be asked."""


class _Conversation:
    """One text with one engine: what it answered stays here, too, so that nothing is asked twice."""

    def __init__(
        self,
        machines: Machines,
        translator: Translator,
        target: Lang,
        store: Store,
        clock: Callable[[], datetime],
        *,
        anew: bool,
    ) -> None:
        self._machines = machines
        self._translator = translator
        self._target = target
        self._store = store
        self._clock = clock
        self._anew = anew
        self._said: dict[str, str] = {}
        self._may_ask = True
        self._deadline = 0.0

    @property
    def engine(self) -> str:
        return self._translator.name

    def known(self, wanted: Sequence[Wanted]) -> Translated | None:
        """What can be had without asking."""
        self._may_ask = False
        try:
            said = self.said(wanted)
        except _Unasked:
            return None
        finally:
            self._may_ask = True
        return said if isinstance(said, Translated) else None

    def said(self, wanted: Sequence[Wanted]) -> Translated | Failed:
        """All of it or why not: half a note in another language helps nobody."""
        self._deadline = time.monotonic() + self._machines.limits.deadline
        html: dict[str, SafeHtml] = {}
        for language in dict.fromkeys(each.language for each in wanted):
            fields = [each for each in wanted if each.language == language]
            # Title and text at once: one request, and no title goes out where the day has no room for both.
            answers = self._sentences([one for each in fields for one in each.sentences], language)
            if isinstance(answers, Failed):
                return answers
            html |= {each.field: each.said(answers) for each in fields}
        return Translated(engine=self._translator.name, html=html)

    def _sentences(self, sentences: Sequence[Sentence], source: Lang) -> dict[Sentence, str] | Failed:
        """Whole; where marks got lost, without markup; where they did again, piece by piece."""
        found: dict[Sentence, str] = {}
        left = {sentence: sentence for sentence in sentences}
        for _ in range(2):
            answers = self._answers([shape.asked for shape in left.values()], source)
            if isinstance(answers, Failed):
                return answers
            for sentence, shape in left.items():
                html = shape.restored(answers[shape.asked])
                if html is not None:
                    found[sentence] = html
            left = {sentence: sentence.bare() for sentence in left if sentence not in found}
        pieces = self._answers([text for shape in left.values() for text in shape.texts], source)
        if isinstance(pieces, Failed):
            return pieces
        return found | {sentence: shape.pieced(pieces) for sentence, shape in left.items()}

    def _answers(self, texts: Sequence[str], source: Lang) -> Mapping[str, str] | Failed:
        keys = {each: self._key(each, source) for each in dict.fromkeys(texts) if each not in self._said}
        if keys and not self._anew:
            with self._store.read() as tx:
                known = tx.translations.known(keys.values())
            self._said |= {each: known[key] for each, key in keys.items() if key in known}
        missing = [each for each in keys if each not in self._said]
        if missing:
            if not self._may_ask:
                raise _Unasked
            failed = self._ask_all(missing, source, keys)
            if failed is not None:
                return failed
        return self._said

    def _key(self, asked: str, source: Lang) -> str:
        version = self._machines.glossary.version(source, self._target)
        return text.fingerprint(self._translator.label, source, self._target, version, asked)

    # ── the engine itself ──

    def _ask_all(self, texts: Sequence[str], source: Lang, keys: Mapping[str, str]) -> Failed | None:
        refused = self._admit(sum(map(len, texts)))
        if refused is not None:
            return refused
        got: dict[str, str] = {}
        failed = None
        sent = 0
        waiting = iter(texts)
        while failed is None and (batch := tuple(islice(waiting, self._translator.at_once))):
            sent += sum(map(len, batch))
            answer = self._ask(batch, source)
            if isinstance(answer, Failed):
                failed = answer
            else:
                got |= dict(zip(batch, answer, strict=True))
        self._said |= got
        self._settle(
            failed,
            unused=sum(map(len, texts)) - sent,
            answers={keys[asked]: answer for asked, answer in got.items()},
        )
        return failed

    def _ask(self, texts: tuple[str, ...], source: Lang) -> tuple[str, ...] | Failed:
        """With other tries while the deadline and the day's budget let us."""
        limits = self._machines.limits
        answer = self._once(texts, source)
        for attempt in range(limits.retries):
            if not isinstance(answer, Failed) or not breaker.is_passing(answer):
                break
            pause = _PAUSE * 2**attempt
            if time.monotonic() + pause >= self._deadline or self._admit(sum(map(len, texts))) is not None:
                break
            self._machines.pause(pause)
            answer = self._once(texts, source)
        return answer

    def _once(self, texts: tuple[str, ...], source: Lang) -> tuple[str, ...] | Failed:
        limits = self._machines.limits
        left = self._deadline - time.monotonic()
        if left <= 0:
            return Failed(
                code="fetch_timeout", data={"host": self._translator.name, "seconds": limits.deadline}
            )
        return self._translator.translate(
            texts, source=source, target=self._target, within=min(left, limits.timeout), now=self._clock()
        )

    def _admit(self, characters: int) -> Failed | None:
        engine = self._translator.label
        with self._store.begin() as tx:
            tx.serialise(f"engine:{engine}")
            state = breaker.admitted(
                tx.translations.engine(engine),
                host=self._translator.name,
                characters=characters,
                most=self._translator.daily_characters,
                now=self._clock(),
            )
            if isinstance(state, Failed):
                return state
            tx.translations.put_engine(engine, state)
        return None

    def _settle(self, failed: Failed | None, *, unused: int, answers: Mapping[str, str]) -> None:
        engine, now = self._translator.label, self._clock()
        with self._store.begin() as tx:
            tx.serialise(f"engine:{engine}")
            before = tx.translations.engine(engine)
            state = breaker.after(before, failed, unused=unused, now=now)
            tx.translations.put_engine(engine, state)
            tx.translations.keep(answers, now=now)
