"""Look for bytes that break reading or cleaning: `make fuzz` (SECONDS=60 for each target).

Without a target both are run, each for its time, and what broke is kept in
.fuzz/ with the command that shows it again. With a target and a file, that
file alone is run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".fuzz"
SAMPLES = ROOT / "src/curator/faces/demo/samples"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
URL = "https://blog.example/feed"
LONGEST = 3_000  # bytes; feedparser takes minutes for some megabytes, which is the worker's limits' business
FORBIDDEN = re.compile(
    r"<(?:script|style|iframe|object|svg|math|form|template)\b|<[^>]*\s(?:on\w+|style|srcdoc)=|=\"\s*javascript:",
    re.IGNORECASE,
)

TOKENS = (
    *(
        "<rss version='2.0'>",
        "<channel>",
        "<item>",
        "</item>",
        "</channel></rss>",
        "<![CDATA[",
        "]]>",
        "<entry>",
    ),
    *(
        "<feed xmlns='http://www.w3.org/2005/Atom'>",
        "</entry>",
        "</feed>",
        "<title type='xhtml'>",
        "</title>",
    ),
    *(
        "<link href='/a' rel='alternate'/>",
        "<guid isPermaLink='false'>",
        "</guid>",
        "<description>",
        "<updated>",
    ),
    *(
        "</description>",
        "<pubDate>",
        "</pubDate>",
        "xml:base='/x'",
        "xml:lang='it'",
        "<media:content url='a'/>",
    ),
    *("&lt;p&gt;", "&#8217;", "&#55357;&#56832;", "<!DOCTYPE rss [<!ENTITY a 'b'>]>", "&a;", "<!--", "-->"),
    *(
        "<p>",
        "</p>",
        "<b>",
        "</b>",
        "<a href='/x'>",
        "</a>",
        "<img src=x onerror=alert(1)>",
        "<svg>",
        "<math>",
    ),
    *(
        "<table><tr><td>",
        "</td></tr></table>",
        "<li>",
        "<ul>",
        "<span lang=it>",
        "</span>",
        "<br />",
        "<pre>\n",
    ),
    *("<style>", "<noscript>", "<template>", "<select>", "javascript:", "&nbsp;", "<!--><img", '{"version":'),
)
PAGES = (
    "<p class='x'>One <a href='/a?b=1&amp;c=2'>two</a> &#8217; <img width='300' src='/p.png' alt='&lt;'></p>",
    "<ul><li>1. one</li><li><p>two</p></li></ul><figure><img src='http://a.example/i.jpg'></figure>",
    "<div style='display:none'>x</div><span><em>x</span>y</em><b><p>z</b></p>",
)


def seeds_of_parse() -> list[bytes]:
    item = "<item><title>T</title><link>/1</link><guid>1</guid><description>&lt;p>x</description></item>"
    entry = (
        "<entry><id>1</id><title type='html'>&lt;b&gt;</title><content type='xhtml'><div/></content></entry>"
    )
    return [
        *(sample.read_bytes()[:LONGEST] for sample in sorted(SAMPLES.iterdir())),
        f"<rss version='2.0'><channel><title>F</title>{item}</channel></rss>".encode(),
        f"<feed xmlns='http://www.w3.org/2005/Atom'><title>F</title>{entry}</feed>".encode(),
        b'{"version":"https://jsonfeed.org/version/1.1","title":"F","items":[{"id":"1","content_html":"<p>x"}]}',
    ]


def seeds_of_clean() -> list[bytes]:
    return [page.encode() for page in PAGES]


def target_parse() -> Callable[[bytes], None]:
    from curator.ingest.feeds import lenient, strict
    from curator.ingest.feeds.parse import parse
    from curator.model import ParsedFeed, Unreadable
    from curator.text import clean

    def try_parse(body: bytes) -> None:
        outcome = parse(body, content_type="application/xml", url=URL, now=NOW)
        assert isinstance(outcome, ParsedFeed | Unreadable)
        if isinstance(outcome, ParsedFeed):
            for entry in outcome.entries:
                assert clean(entry.html, base_url=None) == entry.html
        quick = strict.read(body, content_type="application/xml", url=URL)
        if quick is not None:
            assert quick == lenient.read(body, content_type="application/xml", url=URL)

    return try_parse


def target_clean() -> Callable[[bytes], None]:
    from curator.text import clean, clean_text, normalised, plain, words_of

    sys.path.insert(0, str(ROOT / "tests"))
    from cleaning import cleaned_in_full

    def try_clean(body: bytes) -> None:
        html = body.decode("utf-8", "surrogateescape")
        cleaned = clean(html, base_url=URL)
        assert clean(cleaned, base_url=None) == cleaned
        assert clean_text(cleaned) == cleaned
        assert not FORBIDDEN.search(re.sub(r">[^<]*<", "><", f">{cleaned}<"))
        assert cleaned == cleaned_in_full(html, base_url=URL)
        assert words_of(cleaned) == normalised(plain(cleaned))

    return try_clean


TARGETS: Mapping[str, tuple[Callable[[], Callable[[bytes], None]], Callable[[], list[bytes]]]] = {
    "parse": (target_parse, seeds_of_parse),
    "clean": (target_clean, seeds_of_clean),
}


def fuzz(name: str) -> None:
    """In this process, until libFuzzer ends it."""
    import atheris  # type: ignore[import-untyped]  # ships no types

    with atheris.instrument_imports(include=["curator.ingest", "curator.text", "feedparser"]):
        attempt = TARGETS[name][0]()
    atheris.Setup(sys.argv[:1] + sys.argv[2:], attempt)
    atheris.Fuzz()


def run(name: str, *, seconds: int) -> bool:
    """A process of its own for its time; whether nothing broke."""
    corpus = KEPT / name
    corpus.mkdir(parents=True, exist_ok=True)
    for n, seed in enumerate(TARGETS[name][1]()):
        (corpus / f"seed{n}").write_bytes(seed)
    words = KEPT / f"{name}.dict"
    words.write_text("".join(f'"{_escaped(token)}"\n' for token in TOKENS))
    before = set(KEPT.glob(f"{name}-*"))
    done = subprocess.run(
        [
            *(
                sys.executable,
                __file__,
                name,
                str(corpus),
                f"-max_total_time={seconds}",
                f"-max_len={LONGEST}",
            ),
            *(f"-dict={words}", f"-artifact_prefix={KEPT / name}-", "-rss_limit_mb=2048", "-timeout=30"),
        ],
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    runs = re.findall(r"^#(\d+)", done.stderr, re.MULTILINE)
    broke = sorted(set(KEPT.glob(f"{name}-*")) - before)
    print(f"{name}: {runs[-1] if runs else 0} inputs in {seconds} s, {len(broke)} broke it")
    for file in broke:
        script = Path(__file__).relative_to(ROOT)
        print(f"  again with: {sys.executable} {script} {name} {file.relative_to(ROOT)}")
    if done.returncode and not broke:
        print(done.stderr[-3_000:])
    elif broke:
        print(re.split(r"^==\d+==", done.stderr, maxsplit=1, flags=re.MULTILINE)[0][-2_000:])
    return not done.returncode


def _escaped(token: str) -> str:
    return "".join(c if c.isalnum() or c in " <>/=':.-[]!;&" else f"\\x{ord(c):02x}" for c in token)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        fuzz(sys.argv[1])
    else:
        went_well = [run(name, seconds=int(os.environ.get("SECONDS_EACH") or "60")) for name in TARGETS]
        sys.exit(0 if all(went_well) else 1)
