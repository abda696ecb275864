"""Engines that translate a sentence: own clients for LibreTranslate and DeepL, deep-translator for others.

Each answers with one line of text, or with `Failed` and the reason; within
`translate.timeout`, whatever the other side does. Keys reach no message.
"""

from __future__ import annotations

import json
import queue
import re
import threading
from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from curator.edges.http import open_web
from curator.errors import BadSettings
from curator.fetch import Web, post, shown
from curator.model import UNKNOWN_LANGUAGE, Failed, Lang
from curator.ports import Translator
from curator.settings import FetchSettings, TranslateEngine, TranslateSettings
from curator.text import clean_text

# Addresses of engines come from the settings: they are the operator's own, private or not.
_ANYWHERE = ("0.0.0.0/0:*", "[::/0]:*")
_LARGEST_ANSWER = 256 * 1024  # bytes; a sentence is asked for

_DEEPL, _DEEPL_FREE = "https://api.deepl.com", "https://api-free.deepl.com"


def open_translators(translate: TranslateSettings) -> tuple[Translator, ...]:
    """The engines of the settings, in the order in which they are asked. Connects to nothing yet."""
    return tuple(_open(engine, translate.timeout) for engine in translate.engines)


def _open(engine: TranslateEngine, timeout: float) -> Translator:
    key = _key(engine)
    match engine.engine:
        case "libretranslate":
            return LibreTranslate(_web(timeout), url=engine.url or "", key=key)
        case "deepl":
            # DeepL gives keys of its free plan this ending, and a server of their own.
            home = _DEEPL_FREE if (key or "").endswith(":fx") else _DEEPL
            return DeepL(_web(timeout), url=engine.url or home, key=key or "")
        case name:
            return DeepTranslator(name, timeout=timeout)


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
    """https://docs.libretranslate.com: one POST, JSON both ways."""

    name = "libretranslate"

    def __init__(self, web: Web, *, url: str, key: str | None = None) -> None:
        self._web = web
        self._url = url.rstrip("/").removesuffix("/translate") + "/translate"
        self._key = {"api_key": key} if key else {}

    def translate(self, text: str, *, source: Lang, target: Lang) -> str | Failed:
        asked = {
            "q": text,
            "source": "auto" if source == UNKNOWN_LANGUAGE else _primary(source),
            "target": _primary(target),
            "format": "text",
        }
        return _asked(
            self._web, self._url, asked | self._key, headers={}, answer=lambda said: said["translatedText"]
        )

    def close(self) -> None:
        self._web.close()


class DeepL:
    """https://developers.deepl.com, version 2: the key in a header, texts as a list."""

    name = "deepl"

    def __init__(self, web: Web, *, url: str, key: str) -> None:
        self._web = web
        self._url = url.rstrip("/").removesuffix("/v2/translate") + "/v2/translate"
        self._headers = {"Authorization": f"DeepL-Auth-Key {key}"}

    def translate(self, text: str, *, source: Lang, target: Lang) -> str | Failed:
        asked: dict[str, Any] = {"text": [text], "target_lang": _deepl_target(target)}
        if source != UNKNOWN_LANGUAGE:
            asked["source_lang"] = _primary(source).upper()
        return _asked(
            self._web,
            self._url,
            asked,
            headers=self._headers,
            answer=lambda said: said["translations"][0]["text"],
        )

    def close(self) -> None:
        self._web.close()


def _deepl_target(target: Lang) -> str:
    """Only English and Portuguese have regions there; a source language never has one."""
    return (
        target.upper() if target.lower() in {"en-gb", "en-us", "pt-br", "pt-pt"} else _primary(target).upper()
    )


def _asked(
    web: Web,
    url: str,
    asked: Mapping[str, Any],
    *,
    headers: Mapping[str, str],
    answer: Callable[[Any], Any],
) -> str | Failed:
    said = post(
        web, url, body=json.dumps(asked).encode(), headers={"Content-Type": "application/json", **headers}
    )
    if isinstance(said, Failed):
        return said
    host = urlsplit(url).hostname or url
    try:
        return _one_line(answer(json.loads(said)), host)
    except (ValueError, LookupError, TypeError, RecursionError):  # HTML, half of it, another shape
        return Failed(code="engine_answer", data={"host": host})


def _one_line(answer: Any, host: str) -> str | Failed:
    text = " ".join(clean_text(answer).split()) if isinstance(answer, str) else ""
    return text or Failed(code="engine_answer", data={"host": host})


def _primary(language: Lang) -> str:
    return language.partition("-")[0].lower()


# ── deep-translator ──

_DEEP = {"google": "GoogleTranslator", "mymemory": "MyMemoryTranslator"}
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

    def __init__(self, name: str, *, timeout: float) -> None:
        self.name = name
        self._timeout = timeout

    def translate(self, text: str, *, source: Lang, target: Lang) -> str | Failed:
        engine = self._engine(source, target)
        if isinstance(engine, Failed):
            return engine
        answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put(engine.translate(text))
            except Exception as error:  # noqa: BLE001 - it lets out whatever its libraries raise
                # Only the kind: the words quote the address, and with it the text.
                answers.put(Failed(code="engine_broken", data=self._data(why=type(error).__name__)))

        threading.Thread(target=ask, name=f"translate {self.name}", daemon=True).start()
        try:
            answer = answers.get(timeout=self._timeout)
        except queue.Empty:
            return Failed(code="fetch_timeout", data=self._data(seconds=self._timeout))
        if isinstance(answer, Failed):
            return answer
        if isinstance(answer, str) and _NO_TRANSLATION.match(answer):
            return Failed(code="engine_broken", data=self._data(why=shown(answer)))
        return _one_line(answer, self.name)

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
