"""Engines that translate sentences: own clients for LibreTranslate and DeepL, deep-translator for others.

Each answers with a line of text for every sentence, or with `Failed` and the
reason; within the time it is given, whatever the other side does. Keys reach
no message, and of what was asked only marks and language are ours to keep.
"""

from __future__ import annotations

import html
import json
import queue
import re
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from curator.edges.http import open_web
from curator.errors import BadSettings
from curator.fetch import Web, post, shown
from curator.model import UNKNOWN_LANGUAGE, Failed, Lang
from curator.ports import Translator
from curator.settings import FetchSettings, TranslateEngine, TranslateSettings
from curator.text import clean_text
from curator.text.masks import MARK

# Addresses of engines come from the settings: they are the operator's own, private or not.
_ANYWHERE = ("0.0.0.0/0:*", "[::/0]:*")
_LARGEST_ANSWER = 1024 * 1024  # bytes; a few sentences are asked for

_DEEPL, _DEEPL_FREE = "https://api.deepl.com", "https://api-free.deepl.com"
_FREE_A_DAY = {"mymemory": 5_000}  # characters, to those who do not say who they are


def open_translators(translate: TranslateSettings) -> tuple[Translator, ...]:
    """The engines of the settings, in the order in which they are asked. Connects to nothing yet."""
    return tuple(_open(engine, translate) for engine in translate.engines)


def _open(engine: TranslateEngine, translate: TranslateSettings) -> Translator:
    daily = engine.daily_characters
    most = translate.daily_characters if daily is None else daily
    key = _key(engine)
    match engine.engine:
        case "libretranslate":
            web = _web(translate.timeout)
            return LibreTranslate(web, url=engine.url or "", key=key, daily_characters=most)
        case "deepl":
            # DeepL gives keys of its free plan this ending, and a server of their own.
            home = _DEEPL_FREE if (key or "").endswith(":fx") else _DEEPL
            web = _web(translate.timeout)
            return DeepL(web, url=engine.url or home, key=key or "", daily_characters=most)
        case name:
            free = _FREE_A_DAY.get(name, most)
            return DeepTranslator(name, daily_characters=min(most or free, free))


def _key(engine: TranslateEngine) -> str | None:
    if engine.key_file is None:
        return engine.key
    try:
        key = engine.key_file.read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(
            "settings_file_unreadable", key="translate.engines", path=str(engine.key_file)
        ) from error
    if not key:
        raise BadSettings("settings_engine_key_empty", path=str(engine.key_file))
    return key


def _web(timeout: float) -> Web:
    return open_web(
        FetchSettings(
            allow_private=_ANYWHERE,
            total_timeout=timeout,
            connect_timeout=timeout,
            max_bytes=_LARGEST_ANSWER,
        )
    )


# ── our own clients ──


class LibreTranslate:
    """https://docs.libretranslate.com: one POST, JSON both ways; a list of texts is answered with a list."""

    name = "libretranslate"
    at_once = 5  # its own model takes about a second for each, and public servers count characters

    def __init__(self, web: Web, *, url: str, key: str | None = None, daily_characters: int = 0) -> None:
        self._web = web
        self._url = url.rstrip("/").removesuffix("/translate") + "/translate"
        self._key = {"api_key": key} if key else {}
        self.label = f"{self.name} {urlsplit(self._url).netloc}"
        self.daily_characters = daily_characters

    def translate(
        self, texts: Sequence[str], *, source: Lang, target: Lang, within: float, now: datetime
    ) -> tuple[str, ...] | Failed:
        asked = {
            "q": texts[0] if len(texts) == 1 else list(texts),
            "source": "auto" if source == UNKNOWN_LANGUAGE else _primary(source),
            "target": _primary(target),
            "format": "text",
        }

        def answer(said: Any) -> list[Any]:
            translated = said["translatedText"]
            return translated if isinstance(translated, list) else [translated]

        question = _Question(self._url, asked | self._key, answer=answer, wanted=len(texts))
        return question.put(self._web, within=within, now=now)

    def close(self) -> None:
        self._web.close()


class DeepL:
    """https://developers.deepl.com, version 2: the key in a header, texts as a list, marks as XML."""

    name = "deepl"
    at_once = 50  # and 128 KiB, which no 50 sentences fill

    def __init__(self, web: Web, *, url: str, key: str, daily_characters: int = 0) -> None:
        self._web = web
        self._url = url.rstrip("/").removesuffix("/v2/translate") + "/v2/translate"
        self._headers = {"Authorization": f"DeepL-Auth-Key {key}"}
        self.label = f"{self.name} {urlsplit(self._url).netloc}"
        self.daily_characters = daily_characters

    def translate(
        self, texts: Sequence[str], *, source: Lang, target: Lang, within: float, now: datetime
    ) -> tuple[str, ...] | Failed:
        asked: dict[str, Any] = {"text": list(texts), "target_lang": _deepl_target(target)}
        if source != UNKNOWN_LANGUAGE:
            asked["source_lang"] = _primary(source).upper()
        marked = any(MARK.search(text) for text in texts)
        if marked:
            asked |= {
                "text": [_with_tags(text) for text in texts],
                "tag_handling": "xml",
                "tag_handling_version": "v2",
                "split_sentences": "nonewlines",
            }

        def answer(said: Any) -> list[Any]:
            answers = [each["text"] for each in said["translations"]]
            return [_with_marks(each) for each in answers] if marked else answers

        question = _Question(self._url, asked, headers=self._headers, answer=answer, wanted=len(texts))
        return question.put(self._web, within=within, now=now)

    def close(self) -> None:
        self._web.close()


_TAG = re.compile(r"<x id=\"(\d{1,3})\" ?(?:/>|></x>)")


def _with_tags(text: str) -> str:
    """A text with marks as XML: DeepL leaves an empty element where it belongs."""
    return MARK.sub(r'<x id="\1"/>', html.escape(text, quote=False))


def _with_marks(xml: str) -> str:
    return html.unescape(_TAG.sub(r"[[\1]]", xml))


# Target languages of which DeepL wants to know the region (2026); a source language never has one.
_DEEPL_REGIONS = {"en": "EN-GB", "pt": "PT-PT"}
_DEEPL_VARIANTS = frozenset({"en-gb", "en-us", "pt-br", "pt-pt", "es-419", "zh-hans", "zh-hant"})


def _deepl_target(target: Lang) -> str:
    if target.lower() in _DEEPL_VARIANTS:
        return target.upper()
    return _DEEPL_REGIONS.get(_primary(target), _primary(target).upper())


class _Question:
    """One POST of JSON to an engine, and where in its answer the texts are."""

    def __init__(
        self,
        url: str,
        asked: Mapping[str, Any],
        *,
        answer: Callable[[Any], list[Any]],
        wanted: int,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._url = url
        self._asked = asked
        self._answer = answer
        self._wanted = wanted
        self._headers = {"Content-Type": "application/json", **(headers or {})}

    def put(self, web: Web, *, within: float, now: datetime) -> tuple[str, ...] | Failed:
        hurried = replace(web, limits=replace(web.limits, total_timeout=within))
        body = json.dumps(self._asked).encode()
        said = post(hurried, self._url, body=body, headers=self._headers, now=now)
        if isinstance(said, Failed):
            return said
        host = urlsplit(self._url).hostname or self._url
        try:
            answers = self._answer(json.loads(said))
        except (ValueError, LookupError, TypeError, RecursionError):  # HTML, half of it, another shape
            answers = []
        if len(answers) != self._wanted:
            return Failed(code="engine_answer", data={"host": host})
        lines = tuple(_one_line(each, host) for each in answers)
        failed = next((line for line in lines if isinstance(line, Failed)), None)
        return failed or tuple(line for line in lines if isinstance(line, str))


def _one_line(answer: Any, host: str) -> str | Failed:
    text = " ".join(clean_text(answer).split()) if isinstance(answer, str) else ""
    return text or Failed(code="engine_answer", data={"host": host})


def _primary(language: Lang) -> str:
    return language.partition("-")[0].lower()


# ── deep-translator ──

_DEEP = {"google": "GoogleTranslator", "mymemory": "MyMemoryTranslator"}
_LONGEST = {"google": 4_999, "mymemory": 499}  # characters that it takes at once
_OTHERWISE_CALLED = {"he": "iw", "jv": "jw", "nb": "no", "nn": "no"}  # by Google
# MyMemory says these with status 200, in the place of a translation.
_NO_TRANSLATION = re.compile(
    r"MYMEMORY WARNING|INVALID |'.{1,12}' IS AN INVALID|QUERY LENGTH LIMIT|PLEASE SELECT TWO DISTINCT"
)


class DeepTranslator:
    """One engine of deep-translator 1.11, at arm's length.

    It knows no time-out, keeps the last text in the engine, and lets out what
    `requests` and its parsers raise: hence a new engine for each sentence, in
    a thread that is left behind when the time is over.
    """

    at_once = 1

    def __init__(self, name: str, *, daily_characters: int = 0) -> None:
        self.name = self.label = name
        self.daily_characters = daily_characters

    def translate(
        self,
        texts: Sequence[str],
        *,
        source: Lang,
        target: Lang,
        within: float,
        now: datetime,  # noqa: ARG002 - it says nothing of when to come back
    ) -> tuple[str, ...] | Failed:
        until = time.monotonic() + within
        said = []
        for text in texts:
            answer = self._sentence(text, source, target, until=until, within=within)
            if isinstance(answer, Failed):
                return answer
            said.append(answer)
        return tuple(said)

    def _sentence(
        self, text: str, source: Lang, target: Lang, *, until: float, within: float
    ) -> str | Failed:
        """In pieces where it is longer than the service takes."""
        found = []
        for piece in _short(text, most=_LONGEST[self.name]):
            engine = self._engine(source, target)
            if isinstance(engine, Failed):
                return engine
            answer = self._asked(engine, piece, until=until, within=within)
            if isinstance(answer, Failed):
                return answer
            found.append(answer)
        return " ".join(found)

    def _asked(self, engine: Any, text: str, *, until: float, within: float) -> str | Failed:
        answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put(engine.translate(text))
            except Exception as error:  # noqa: BLE001 - it lets out whatever its libraries raise
                # Only the kind: the words quote the address, and with it the text.
                answers.put(self._broken(type(error).__name__))

        threading.Thread(target=ask, name=f"translate {self.name}", daemon=True).start()
        try:
            answer = answers.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            return Failed(code="fetch_timeout", data=self._data(seconds=within))
        if isinstance(answer, Failed):
            return answer
        if isinstance(answer, str) and _NO_TRANSLATION.match(answer):
            return self._broken(shown(answer))
        return _one_line(answer, self.name)

    def _broken(self, why: str) -> Failed:
        over = "TooManyRequests" in why or "YOU USED ALL" in why
        return Failed(code="engine_broken", data=self._data(why=why), http_status=429 if over else None)

    def close(self) -> None:
        pass

    def _engine(self, source: Lang, target: Lang) -> Any | Failed:
        import deep_translator  # type: ignore[import-untyped]  # ships no types; half a second to import

        kind = getattr(deep_translator, _DEEP[self.name])
        known = set(kind(target="english").get_supported_languages(as_dict=True).values())
        # MyMemory is the one that cannot find out a language by itself.
        unknown = "auto" if self.name == "google" else None
        origin = unknown if source == UNKNOWN_LANGUAGE else _spelt(source, known)
        wanted = _spelt(target, known)
        if origin is None or wanted is None:
            return Failed(code="engine_language", data=self._data(source=source, target=target))
        return kind(source=origin, target=wanted)

    def _data(self, **data: Any) -> dict[str, Any]:
        return {"host": self.name, **data}


def _spelt(language: Lang, known: Collection[str]) -> str | None:
    """The language as an engine spells it: as it is, without or with a region; None: it has none."""
    primary = _primary(language)
    usual = (language, _OTHERWISE_CALLED.get(primary), primary, f"{primary}-{primary.upper()}")
    found = [spelt for spelt in usual if spelt in known]
    return next(iter([*found, *sorted(each for each in known if each.startswith(f"{primary}-"))]), None)


def _short(text: str, *, most: int) -> list[str]:
    """The text in pieces of at most so many characters, parted at blanks, and no mark in two."""
    if len(text) <= most:
        return [text]
    pieces = [""]
    for word in re.findall(r"\[\[\d+\]\]\S*|\S+", text):
        for part in (word[start : start + most] for start in range(0, len(word), most)):
            if len(pieces[-1]) + 1 + len(part) > most:
                pieces.append("")
            pieces[-1] = f"{pieces[-1]} {part}".strip()
    return pieces
