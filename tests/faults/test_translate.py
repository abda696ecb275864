"""What engines answer on bad days is a reason, in time, and never an exception of another library."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from deep_translator import GoogleTranslator  # type: ignore[import-untyped]  # ships no types
from deep_translator.constants import BASE_URLS  # type: ignore[import-untyped]  # the same

import engine as ways
from builders import NOW
from curator.edges.translate import DeepL, open_translators
from curator.errors import BadSettings
from curator.model import Failed, Lang
from curator.ports import Translator
from curator.settings import TranslateEngine, TranslateSettings
from engine import Engine, running_engine

KEY = "0e5c-secret"


@pytest.fixture
def engine() -> Iterator[Engine]:
    with running_engine() as running:
        yield running


@pytest.fixture(params=["libretranslate", "deepl", "google", "mymemory"])
def name(request: pytest.FixtureRequest, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> str:
    # Where deep-translator finds its services; it takes no other address.
    monkeypatch.setitem(BASE_URLS, "GOOGLE_TRANSLATE", f"{engine.url}/m")
    monkeypatch.setitem(BASE_URLS, "MYMEMORY", f"{engine.url}/get")
    return str(request.param)


def opened(name: str, engine: Engine, **settings: Any) -> Translator:
    own = {"url": engine.url, "key": KEY} if name in ("libretranslate", "deepl") else {}
    said = TranslateEngine(engine=name, **{**own, **settings})
    return open_translators(TranslateSettings(engines=(said,)))[0]


def asked(
    translator: Translator, *texts: str, source: str = "en", target: str = "it", within: float = 20.0
) -> tuple[str, ...] | Failed:
    return translator.translate(texts, source=Lang(source), target=Lang(target), within=within, now=NOW)


def test_each_sentence_has_one_line_of_text(name: str, engine: Engine) -> None:
    said = asked(opened(name, engine), "Keep what\nyou  said.", "Or <say> nothing.")

    assert isinstance(said, tuple)
    assert [line.casefold().partition(": ")[2] for line in said] == [
        "keep what you said.",
        "or <say> nothing.",
    ]


@pytest.mark.parametrize(
    ("way", "codes"),
    [
        (ways.hang, {"fetch_timeout"}),
        (ways.drip, {"fetch_timeout"}),
        (ways.too_many, {"fetch_http_status", "engine_broken"}),
        (ways.broken, {"fetch_http_status", "engine_broken"}),
        (ways.half, {"engine_answer", "engine_broken"}),
        (ways.cut_off, {"fetch_truncated", "engine_broken"}),
        (ways.page, {"engine_answer", "engine_broken"}),
        (ways.silence, {"engine_answer", "engine_broken"}),
        (ways.numbers, {"engine_answer", "engine_broken"}),
    ],
)
def test_a_bad_answer_is_a_reason(name: str, engine: Engine, way: ways.Way, codes: set[str]) -> None:
    engine.ways = [way]
    timeout = 0.4 if way in (ways.hang, ways.drip) else 20.0

    said = asked(opened(name, engine), "A promise.", within=timeout)

    assert isinstance(said, Failed)
    assert said.code in codes
    assert KEY not in repr(said)
    assert "promise" not in repr(said)


def test_nobody_there_is_a_reason(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with running_engine() as gone:
        pass
    monkeypatch.setitem(BASE_URLS, "GOOGLE_TRANSLATE", f"{gone.url}/m")
    monkeypatch.setitem(BASE_URLS, "MYMEMORY", f"{gone.url}/get")

    said = asked(opened(name, gone), "A promise.")

    assert isinstance(said, Failed)
    assert said.code in {"fetch_connect", "engine_broken"}


@pytest.mark.parametrize("name", ["libretranslate"], indirect=True)
def test_an_answer_without_end_is_not_read_to_its_end(name: str, engine: Engine) -> None:
    engine.ways = [ways.endless]

    said = asked(opened(name, engine), "A promise.")

    assert isinstance(said, Failed)
    assert said.code == "fetch_too_large"


@pytest.mark.parametrize("name", ["mymemory"], indirect=True)
def test_what_mymemory_complains_of_is_no_translation(name: str, engine: Engine) -> None:
    engine.ways = [ways.over_quota]

    said = asked(opened(name, engine), "A promise.")

    assert isinstance(said, Failed)
    assert "MYMEMORY WARNING" in said.data["why"]


@pytest.mark.parametrize("name", ["google", "mymemory"], indirect=True)
def test_a_language_that_an_engine_does_not_have_is_a_reason(name: str, engine: Engine) -> None:
    said = asked(opened(name, engine), "A promise.", target="tlh")

    assert isinstance(said, Failed)
    assert said.code == "engine_language"
    assert engine.asked == []


@pytest.mark.parametrize("raised", [KeyError("q"), RecursionError(), UnicodeError("?")])
def test_whatever_deep_translator_raises_is_a_reason(
    raised: Exception, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Raising(GoogleTranslator):  # type: ignore[misc]  # the library ships no types
        def translate(self, *_: Any, **__: Any) -> str:
            raise raised

    monkeypatch.setattr("deep_translator.GoogleTranslator", Raising)

    said = asked(opened("google", engine), "A promise.")

    assert said == Failed(code="engine_broken", data={"host": "google", "why": type(raised).__name__})


@pytest.mark.parametrize("returned", [None, 42, ["a"], b"a", "", " \n "])
def test_what_is_no_text_is_no_translation(
    returned: Any, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Odd(GoogleTranslator):  # type: ignore[misc]  # the library ships no types
        def translate(self, *_: Any, **__: Any) -> Any:
            return returned

    monkeypatch.setattr("deep_translator.GoogleTranslator", Odd)

    said = asked(opened("google", engine), "A promise.")

    assert said == Failed(code="engine_answer", data={"host": "google"})


def test_deepl_is_asked_as_its_page_says(engine: Engine) -> None:
    deepl = opened("deepl", engine)

    asked(deepl, "Uma promessa.", source="pt-BR", target="en-GB")
    asked(deepl, "A promise.", source="und", target="it-IT")

    first, second = engine.asked
    assert (first.path, first.authorization) == ("/v2/translate", f"DeepL-Auth-Key {KEY}")
    assert first.said == {"text": ["Uma promessa."], "source_lang": "PT", "target_lang": "EN-GB"}
    assert second.said == {"text": ["A promise."], "target_lang": "IT"}


def test_libretranslate_is_asked_as_its_page_says(engine: Engine) -> None:
    libre = opened("libretranslate", engine, url=f"{engine.url}/translate/")

    asked(libre, "A promise.", source="und", target="it-IT")

    assert engine.asked[0].path == "/translate"
    assert engine.asked[0].said == {
        "q": "A promise.",
        "source": "auto",
        "target": "it",
        "format": "text",
        "api_key": KEY,
    }


@pytest.mark.parametrize(
    ("key", "home"), [("paid", "https://api.deepl.com"), ("free:fx", "https://api-free.deepl.com")]
)
def test_deepl_is_at_home_where_the_key_says(key: str, home: str) -> None:
    said = TranslateEngine(engine="deepl", key=key)

    (deepl,) = open_translators(TranslateSettings(engines=(said,)))

    assert isinstance(deepl, DeepL)
    assert deepl._url == f"{home}/v2/translate"


def test_a_key_comes_from_the_first_line_of_its_file(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\nsince March\n")

    asked(opened("deepl", engine, key=None, key_file=tmp_path / "key"), "A promise.")

    assert engine.asked[0].authorization == f"DeepL-Auth-Key {KEY}"


@pytest.mark.parametrize(
    ("content", "code"), [(None, "settings_file_unreadable"), ("\n", "settings_engine_key_empty")]
)
def test_a_file_without_a_key_is_said(engine: Engine, tmp_path: Path, content: str | None, code: str) -> None:
    if content is not None:
        (tmp_path / "key").write_text(content)

    with pytest.raises(BadSettings, match=code):
        opened("deepl", engine, key_file=tmp_path / "key")


def test_marks_go_to_deepl_as_elements_and_come_back(engine: Engine) -> None:
    deepl = opened("deepl", engine)

    said = asked(deepl, "Our [[0]] & [[1]]what[[2]] <you> said.", "No mark.")

    assert said == ("IT: OUR [[0]] & [[1]]WHAT[[2]] <YOU> SAID.", "IT: NO MARK.")
    assert engine.asked[0].said == {
        "text": ['Our <x id="0"/> &amp; <x id="1"/>what<x id="2"/> &lt;you&gt; said.', "No mark."],
        "target_lang": "IT",
        "source_lang": "EN",
        "tag_handling": "xml",
        "tag_handling_version": "v2",
        "split_sentences": "nonewlines",
    }


@pytest.mark.parametrize(
    ("language", "region"), [("en", "EN-GB"), ("pt-BR", "PT-BR"), ("pt", "PT-PT"), ("de-AT", "DE")]
)
def test_deepl_is_told_a_region_where_it_wants_one(engine: Engine, language: str, region: str) -> None:
    asked(opened("deepl", engine), "Una promessa.", source="it", target=language)

    assert engine.asked[0].said["target_lang"] == region


@pytest.mark.parametrize("name", ["libretranslate", "deepl"], indirect=True)
def test_an_answer_that_lacks_a_sentence_is_none(name: str, engine: Engine) -> None:
    engine.ways = [ways.one_short]

    said = asked(opened(name, engine), "One.", "Two.", "Three.")

    assert isinstance(said, Failed)
    assert said.code == "engine_answer"


@pytest.mark.parametrize("name", ["libretranslate", "deepl"], indirect=True)
@pytest.mark.parametrize(
    ("way", "status", "wait"),
    [
        (ways.come_back_later, 429, timedelta(minutes=20)),
        (ways.too_many, 429, None),
        (ways.used_up, 456, None),
    ],
)
def test_a_refusal_says_when_to_come_back(
    name: str, engine: Engine, way: ways.Way, status: int, wait: timedelta | None
) -> None:
    engine.ways = [way]

    said = asked(opened(name, engine), "A promise.")

    assert isinstance(said, Failed)
    assert (said.http_status, said.retry_after) == (status, wait)


@pytest.mark.parametrize("name", ["google", "mymemory"], indirect=True)
def test_a_service_that_throttles_deep_translator_is_known_to(name: str, engine: Engine) -> None:
    engine.ways = [ways.too_many]

    said = asked(opened(name, engine), "A promise.")

    assert isinstance(said, Failed)
    assert (said.data["why"], said.http_status) == ("TooManyRequests", 429)


@pytest.mark.parametrize(("name", "most"), [("google", 5000), ("mymemory", 500)], indirect=["name"])
def test_a_sentence_longer_than_the_service_takes_goes_in_pieces(
    name: str, most: int, engine: Engine
) -> None:
    sentence = " ".join(f"word{number} [[{number % 10}]]" for number in range(most // 8))

    said = asked(opened(name, engine), sentence)

    assert isinstance(said, tuple)
    assert len(engine.asked) > 1
    assert all(len(text) < most for text in engine.texts)
    assert " ".join(engine.texts) == sentence


def test_mymemory_gets_no_more_in_a_day_than_it_gives_away(engine: Engine) -> None:
    def most(**said: Any) -> int:
        return opened("mymemory", engine, **said).daily_characters

    assert (most(), most(daily_characters=900), most(daily_characters=0)) == (5_000, 900, 5_000)
