"""PROOF=1: real sentences through a real engine, Apertium, by our client and by deep-translator's."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from deep_translator import LibreTranslator  # type: ignore[import-untyped]  # ships no types

from apertium import Apertium, running_apertium, way
from builders import NOW
from curator.curate.suggest import wanted
from curator.edges.translate import open_translators
from curator.model import Excerpt, Failed, Lang, SafeHtml
from curator.settings import TranslateEngine, TranslateSettings
from curator.settings.glossary import load_glossary
from curator.shipped import shipped
from curator.text import identify, plain
from curator.text.markup import escaped
from curator.text.masks import MARK, Sentence, Terms
from newsroom import Newsroom, an_item, feed
from proving import PROOF

ENGLISH, FRENCH, ITALIAN = Lang("en"), Lang("fr"), Lang("it")

STORY = (
    "<p>Customers remember a broken promise. Our <strong>NPS</strong> fell when the "
    '<a href="https://numbers.example/">numbers</a> came.</p>'
    "<ul><li>The Voice of the Customer is no project.</li><li>Every touchpoint is a promise.</li></ul>"
)
FRENCH_STORY = "<p>Les clients achètent une promesse. Le client est important.</p>"


@dataclass(frozen=True)
class Engine:
    apertium: Apertium

    def says(self, *texts: str, source: Lang = ENGLISH) -> tuple[str, ...]:
        (client,) = open_translators(
            TranslateSettings(engines=(TranslateEngine(engine="libretranslate", url=self.apertium.url),))
        )
        said = client.translate(texts, source=source, target=ITALIAN, within=60.0, now=NOW)
        client.close()
        assert not isinstance(said, Failed), said
        return said


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with running_apertium() as apertium:
        yield Engine(apertium)


if PROOF:  # needs Apertium, which `make proof` installs where it may

    def test_our_client_and_deep_translators_hear_the_same(engine: Engine) -> None:
        sentences = ("Customers remember a broken promise.", "The house is big.", "We keep what we said.")
        theirs = LibreTranslator(source="en", target="it", api_key="-", custom_url=f"{engine.apertium.url}/")

        ours = engine.says(*sentences)

        assert ours == tuple(" ".join(theirs.translate(sentence).split()) for sentence in sentences)
        assert ours[0] == "I clienti ricordano una promessa spezzata."

    def test_french_comes_over_spanish_too(engine: Engine) -> None:
        theirs = LibreTranslator(source="fr", target="it", api_key="-", custom_url=f"{engine.apertium.url}/")

        (ours,) = engine.says("La promesse est grande.", source=FRENCH)

        assert way("fr", "it") == ["fr-es", "spa-ita"]
        assert ours == theirs.translate("La promesse est grande.") == "La promessa è grande."

    def test_an_item_goes_from_the_engine_over_an_editor_to_readers(
        engine: Engine, newsroom: Newsroom
    ) -> None:
        said = f'[{{engine = "libretranslate", url = "{engine.apertium.url}"}}]'
        newsroom.environ["CURATOR_TRANSLATE__ENGINES"] = said
        newsroom.environ["CURATOR_TRANSLATE__TIMEOUT"] = "60"
        newsroom.follow(feed(an_item("1", "Keeping a promise", STORY)))
        item_id = newsroom.queue()[0]["id"]

        suggested = newsroom.ask("translate", item_id)
        requests = engine.apertium.requests
        again = newsroom.ask("translate", item_id, "--accept")
        refused = newsroom.curator("approve", item_id, ok=False)
        newsroom.curator("write", item_id, "--headline", "Mantenere una promessa", "--note", "Parole nostre.")
        newsroom.curator("approve", item_id)
        newsroom.curator("publish")

        note = next(each for each in suggested["suggestions"] if each["field"] == "note")
        assert (again["note"], engine.apertium.requests) == (note["text"], requests)
        assert "I clienti ricordano una promessa spezzata." in note["text"]
        assert {"NPS", "Voice of the Customer", "touchpoint"} <= terms_in(note["text"])
        assert re.findall(r"<(\w+)", note["html"]) == ["p", "strong", "a", "ul", "li", "li"]
        assert "[[" not in note["html"]
        assert refused.status == 1
        assert newsroom.ask("show", item_id)["status"] == "published"

    def test_a_french_entry_is_suggested_in_italian(engine: Engine, newsroom: Newsroom) -> None:
        said = f'[{{engine = "libretranslate", url = "{engine.apertium.url}"}}]'
        newsroom.follow(feed(an_item("1", "Une promesse", FRENCH_STORY), language="fr"))

        item = newsroom.ask(
            "translate",
            newsroom.queue()[0]["id"],
            CURATOR_TRANSLATE__ENGINES=said,
            CURATOR_TRANSLATE__TIMEOUT="60",
        )

        assert [(each["field"], each["engine"]) for each in item["suggestions"]] == [
            ("headline", "libretranslate"),
            ("note", "libretranslate"),
        ]
        assert "promessa" in item["suggestions"][1]["text"]

    def test_a_language_that_it_does_not_have_is_a_reason(engine: Engine, newsroom: Newsroom) -> None:
        said = f'[{{engine = "libretranslate", url = "{engine.apertium.url}"}}]'
        newsroom.follow(feed(an_item("1", "Ein Versprechen", "<p>Das Haus.</p>"), language="de"))

        refused = newsroom.curator(
            "translate", newsroom.queue()[0]["id"], "--json", ok=False, CURATOR_TRANSLATE__ENGINES=said
        )

        assert refused.json["error"]["code"] == "translate_failed"

    def test_every_mark_in_the_sentences_of_the_houses_own_pages_comes_back(
        engine: Engine, shared: Path
    ) -> None:
        sentences = [sentence for text in english(shared / "seeds") for sentence in marked(text)]
        answers: list[str] = []
        for start in range(0, len(sentences), 20):
            answers += engine.says(*(sentence.asked for sentence in sentences[start : start + 20]))
        whole = [s.restored(answer) for s, answer in zip(sentences, answers, strict=True)]
        bare = [s for s, html in zip(sentences, whole, strict=True) if html is None]
        marks = sum(len(MARK.findall(sentence.asked)) for sentence in sentences)
        figures = f"{len(sentences)} sentences, {marks} marks, {len(bare)} sentences without all of theirs"
        sys.stdout.write(f"\n{figures}\n")

        assert len(bare) <= len(sentences) // 20
        for sentence in bare:  # the way that always works
            assert "[[" not in sentence.bare().pieced({text: text for text in sentence.texts})


def english(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if len(line) > 80 and identify(line, declared=None).language == ENGLISH:
                yield line


def marked(text: str) -> Iterator[Sentence]:
    """Its sentences with the house's glossary, and with every fifth word emphasised."""
    words = [f"<em>{escaped(w)}</em>" if n % 5 == 4 else escaped(w) for n, w in enumerate(text.split())]
    html = SafeHtml(f"<p>{' '.join(words)}</p>")
    terms = Terms(load_glossary(shipped("config").parent).between(ENGLISH, ITALIAN))
    quoted = Excerpt(html=html, text=plain(html), language=ENGLISH, truncated=False)
    for found in wanted(None, quoted, target=ITALIAN, terms={ENGLISH: terms}):
        yield from found.sentences


def terms_in(text: str) -> set[str]:
    return {term for term in ("NPS", "Voice of the Customer", "touchpoint") if term in text}
