"""Bytes become a feed (FAULTS 13-16, 18-21; findings 1-4, 11, 12)."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

import pytest

from curator.ingest.feeds.parse import parse
from curator.model import Image, ParsedEntry, ParsedFeed, Unreadable

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
URL = "https://blog.example/feeds/all.xml"
NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/" '
    'xmlns:cc="http://backend.userland.com/creativeCommonsRssModule" '
    'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
)


def rss(items: str, *, channel: str = "<title>Blog</title><link>/</link>") -> bytes:
    channel = f"<channel>{channel}{items}</channel>"
    return f'<?xml version="1.0"?><rss version="2.0" {NAMESPACES}>{channel}</rss>'.encode()


def atom(entries: str, *, feed: str = "<title>Blog</title>", attributes: str = "") -> bytes:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}>{feed}{entries}</feed>'.encode()


def read(body: bytes, *, content_type: str | None = "application/xml") -> ParsedFeed:
    outcome = parse(body, content_type=content_type, url=URL, now=NOW)
    assert isinstance(outcome, ParsedFeed), outcome
    return outcome


def read_one(body: bytes) -> ParsedEntry:
    [entry] = read(body).entries
    return entry


def refusal(body: bytes) -> Unreadable:
    outcome = parse(body, content_type="text/html", url=URL, now=NOW)
    assert isinstance(outcome, Unreadable), outcome
    return outcome


# ── what is a feed ──────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "read_empty"),
        (b" \r\n\x00\xef\xbb\xbf ", "read_empty"),
        (b"<!DOCTYPE html><html><head><title>404</title></head><body><p>gone", "read_html"),
        (b"<!-- x --><HTML><body>maintenance", "read_html"),
        (b"<!doctype html><meta charset=utf-8><p>hello", "read_html"),
        (b'{"error": "rate limited"}', "read_not_a_feed"),
        (b"[1, 2]", "read_not_a_feed"),
        (b'<?xml version="1.0"?><opml version="2.0"><body/></opml>', "read_not_a_feed"),
        (b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>', "read_not_a_feed"),
        (b"Service unavailable", "read_not_a_feed"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "read_not_a_feed"),
    ],
)
def test_what_is_no_feed_is_refused_by_name(body: bytes, code: str) -> None:
    assert refusal(body).code == code


def test_a_feed_without_entries_is_a_feed() -> None:
    assert read(rss("")).entries == ()
    assert read(atom("")).entries == ()


def test_a_feed_behind_comments_blank_lines_and_an_html_doctype_is_a_feed() -> None:
    body = b"\n\n<!-- x --><!DOCTYPE html>" + rss("<item><title>a</title></item>").split(b"?>", 1)[1]

    assert [entry.title for entry in read(body).entries] == ["a"]


# ── fields ──────────────────────────────────────────────────────────────────


def test_the_feed_says_who_it_is() -> None:
    feed = read(
        rss(
            "",
            channel="<title>Loyalty &amp;amp; Co</title><link>/home</link>"
            "<language>en-us</language><ttl>120</ttl><copyright>CC BY 4.0</copyright>"
            '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="https://hub.example/"/>',
        )
    )

    assert (feed.title, feed.home_url, feed.language) == (
        "Loyalty & Co",
        "https://blog.example/home",
        "en-US",
    )
    assert (feed.license, feed.ttl, feed.hub_url) == ("CC BY 4.0", timedelta(hours=2), "https://hub.example/")
    assert (feed.format, feed.problems) == ("rss20", ())


def test_the_fullest_text_is_taken_and_cleaned() -> None:
    entry = read_one(
        rss(
            "<item><description>Short</description><content:encoded><![CDATA[<p>Long <b>text</b></p>"
            "<!--><img src=x onerror=alert(1)>-->]]></content:encoded></item>"
        )
    )

    assert entry.html == '<p>Long <b>text</b></p><img src="https://blog.example/feeds/x">--&gt;'


def test_relative_addresses_start_from_xml_base() -> None:
    entry = read_one(
        atom(
            '<entry xml:base="/2026/"><title>t</title><link href="post"/>'
            '<content type="html">&lt;a href="more"&gt;x&lt;/a&gt;</content></entry>',
            attributes='xml:base="https://other.example/"',
        )
    )

    assert entry.url == "https://other.example/2026/post"
    assert entry.html == '<a href="https://other.example/2026/more">x</a>'


def test_relative_addresses_start_from_the_document_otherwise() -> None:
    entry = read_one(
        rss("<item><link>../post</link><description>&lt;img src='p.png'&gt;</description></item>")
    )

    assert entry.url == "https://blog.example/post"
    assert entry.html == '<img src="https://blog.example/feeds/p.png">'


def test_an_identifier_does_not_depend_on_where_the_feed_lies() -> None:
    body = rss("<item><guid>/articles/one</guid><link>/articles/one</link></item>")
    moved = parse(body, content_type=None, url="https://new.example/feed", now=NOW)

    assert isinstance(moved, ParsedFeed)
    assert moved.entries[0].guid == read(body).entries[0].guid == "/articles/one"


def test_a_bare_guid_is_no_link() -> None:
    assert read_one(rss("<item><guid>1559104147038</guid></item>")).url is None
    assert read_one(rss("<item><guid>https://blog.example/1</guid></item>")).url == "https://blog.example/1"


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "feed:x", "file:///etc/passwd", "mailto:a@b"]
)
def test_a_link_that_is_no_web_address_is_refused_and_said(link: str) -> None:
    feed = read(rss(f"<item><title>t</title><link>{link}</link></item>"))

    assert feed.entries[0].url is None
    assert [problem.code for problem in feed.problems] == ["links_refused"]


def test_the_proxy_address_gives_way_to_the_true_one() -> None:
    entry = read_one(
        rss(
            "<item><link>http://feeds.feedburner.com/~r/x/1</link>"
            "<feedburner:origLink>https://blog.example/1</feedburner:origLink></item>"
        )
    )

    assert entry.url == "https://blog.example/1"


@pytest.mark.parametrize(
    ("stated", "title"),
    [
        ("AT&amp;amp;T &amp;lt;3", "AT&T <3"),
        ("<![CDATA[<b>Bold</b> claim]]>", "Bold claim"),
        ("Two\n  lines and\u00a0NBSP", "Two lines and\u00a0NBSP"),
        ("a &lt; b", "a < b"),
        ("line\u2028and paragraph\u2029separators", "line and paragraph separators"),
        (
            "<![CDATA[<script>alert(1)</script>Hi]]>",
            "<script>alert(1)</script>Hi",
        ),  # text: escaped where shown
    ],
)
def test_a_title_is_text_on_one_line(stated: str, title: str) -> None:
    assert read_one(rss(f"<item><title>{stated}</title></item>")).title == title


def test_plain_text_stays_text_and_keeps_its_paragraphs() -> None:
    entry = read_one(
        atom('<entry><title>t</title><content type="text">1 &lt; 2\n\n&lt;script&gt;x</content></entry>')
    )

    assert entry.html == "<p>1 &lt; 2</p><p>&lt;script&gt;x</p>"


@pytest.mark.parametrize(
    ("stated", "names"),
    [
        ("<author>ann@x.example (Ann Lee)</author>", ("Ann Lee",)),
        ("<author>ann@x.example</author>", ()),
        ("<author>Ann Lee &lt;ann@x.example&gt;</author>", ("Ann Lee",)),
        ("<dc:creator>Ann Lee</dc:creator><dc:creator>Bo</dc:creator>", ("Ann Lee", "Bo")),
        ("<author>&lt;script&gt;alert(1)&lt;/script&gt;</author>", ()),
    ],
)
def test_authors_are_names_without_mail_addresses(stated: str, names: tuple[str, ...]) -> None:
    assert read_one(rss(f"<item><title>t</title>{stated}</item>")).authors == names


def test_an_atom_entry_inherits_the_author_of_its_feed() -> None:
    entry = read_one(
        atom("<entry><title>t</title></entry>", feed="<title>B</title><author><name>Ann</name></author>")
    )

    assert entry.authors == ("Ann",)


def test_each_entry_has_the_language_it_states_or_the_feed_s() -> None:
    feed = read(
        atom(
            '<entry xml:lang="it"><title>uno</title></entry><entry><title>one</title></entry>',
            attributes='xml:lang="en_GB"',
        )
    )

    assert [entry.language for entry in feed.entries] == ["it", "en-GB"]


def test_tags_and_licence_are_read() -> None:
    entry = read_one(
        rss(
            "<item><title>t</title><category>CX</category><category>CX</category><category>Loyalty</category>"
            "<cc:license>https://creativecommons.org/licenses/by/4.0/</cc:license></item>"
        )
    )

    assert entry.tags == ("CX", "Loyalty")
    assert entry.license == "https://creativecommons.org/licenses/by/4.0/"


# ── pictures ────────────────────────────────────────────────────────────────


def test_the_stated_picture_gets_credit_and_alt_where_anybody_states_them() -> None:
    entry = read_one(
        rss(
            '<item><title>t</title><media:content url="/p-1024x768.jpg" medium="image" width="1024">'
            "<media:credit>Ann Lee</media:credit></media:content>"
            "<description>&lt;img src='/p-300x200.jpg' alt='A queue'&gt;</description></item>"
        )
    )

    assert entry.image == Image(
        url="https://blog.example/p-1024x768.jpg",
        alt="A queue",
        credit="Ann Lee",
        width=1024,
        named_in="media",
    )


def test_a_picture_is_owed_to_everybody_who_is_named_and_has_a_licence_of_its_own() -> None:
    media = (
        '<media:content url="/p.jpg" medium="image"><media:credit role="photographer">Ann Lee</media:credit>'
        '<media:credit role="owner">Getty Images</media:credit>'
        '<media:license type="text/html" href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0'
        "</media:license></media:content>"
    )
    entry = read_one(
        rss(f"<item><title>t</title>{media}<cc:license>https://c.example/all</cc:license></item>")
    )

    assert entry.image is not None
    assert entry.image.credit == "Ann Lee, Getty Images"
    assert entry.image.license == "https://creativecommons.org/licenses/by/4.0/"
    assert entry.license == "https://c.example/all"


def test_each_of_several_pictures_has_its_own_credit() -> None:
    media = "".join(
        f'<media:content url="/{name}.jpg" medium="image" width="{width}"><media:credit>{name}</media:credit>'
        "</media:content>"
        for name, width in (("icon", 16), ("Bo", 800))
    )

    entry = read_one(rss(f"<item><title>t</title>{media}</item>"))

    assert entry.image is not None
    assert (entry.image.url, entry.image.credit) == ("https://blog.example/Bo.jpg", "Bo")


def test_the_face_of_its_author_is_no_picture_of_an_entry() -> None:
    media = "<media:content url='https://0.gravatar.com/avatar/1?s=96' medium='image'/>"
    entry = read_one(rss(f"<item><title>t</title>{media}<media:content url='/q.jpg' medium='image'/></item>"))

    assert entry.image is not None
    assert entry.image.url == "https://blog.example/q.jpg"


@pytest.mark.parametrize(
    ("text", "credit", "file_name"),
    [
        ("<p><img src='/q.jpg'></p><p>CREDIT: Getty Images</p><p>t</p>", "CREDIT: Getty Images", None),
        (
            "<p><img src='/q.jpg'></p><a href='/e'>Embed from Getty Images</a>",
            "Embed from Getty Images",
            None,
        ),
        (
            "<figure><img src='/q.jpg'><figcaption>2535985_HiRes.jpg</figcaption></figure>",
            None,
            "2535985_HiRes.jpg",
        ),
        (
            "<p><img src='/q.jpg' alt='No_Problem_olav-ahrens-rotne-4Ennrbj1svk-unsplash.jpg'> t</p>",
            None,
            "No_Problem_olav-ahrens-rotne-4Ennrbj1svk-unsplash.jpg",
        ),
        (
            "<p><img src='/q.jpg'> the consumer.iStock_000026964040XXLarge What now?</p>",
            None,
            "iStock_000026964040XXLarge",
        ),
        ("<p><img src='/q.jpg'> Credits roll. We asked Getty Images and iStock.</p>", None, None),
        ("<img src='/q.jpg'><p>text</p><img src='/r.jpg'><p>CREDIT: Getty Images</p>", None, None),
    ],
)
def test_what_stands_beside_the_only_picture_is_said_of_it(
    text: str, credit: str | None, file_name: str | None
) -> None:
    entry = read_one(rss(f"<item><title>t</title><description>{escape(text)}</description></item>"))

    assert entry.image is not None
    assert (entry.image.alt, entry.image.credit, entry.image.file_name) == (None, credit, file_name)


def test_a_licence_in_the_caption_is_the_pictures_own() -> None:
    caption = "Foto: Bo (<a href='https://creativecommons.org/licenses/by-sa/4.0/'>CC BY-SA</a>)"
    figure = f"<figure><img src='/q.jpg'><figcaption>{caption}</figcaption></figure>"

    entry = read_one(rss(f"<item><title>t</title><description>{escape(figure)}</description></item>"))

    assert entry.image == Image(
        url="https://blog.example/q.jpg",
        credit="Foto: Bo",
        license="https://creativecommons.org/licenses/by-sa/4.0/",
        named_in="text",
    )


@pytest.mark.parametrize(
    ("caption", "alt", "credit", "licence"),
    [
        ("A person at a desk. Credit: Getty Images", "A person at a desk", "Getty Images", None),
        ("Credit: Getty Images", None, "Getty Images", None),
        ("Blue square, by Ann Lee, CC BY 4.0", "Blue square", "Ann Lee", "CC BY 4.0"),
        ("Un quadrato blu, di Ann Lee (CC BY-SA 4.0)", "Un quadrato blu", "Ann Lee", "CC BY-SA 4.0"),
        ("A queue (Photo by Bo Li on Unsplash)", "A queue", "Photo by Bo Li on Unsplash", None),
        ("Una coda. Foto: Bo Bianchi / Pexels", "Una coda", "Foto: Bo Bianchi / Pexels", None),
        ("Photo: Bo, public domain", None, "Photo: Bo", "public domain"),
        ("A queue – © 2020 Ann Lee", "A queue", "© 2020 Ann Lee", None),
        ("A queue, by the river", None, None, None),
        ("The book, by Ann Lee", None, None, None),
    ],
)
def test_a_caption_says_what_is_shown_whose_it_is_and_under_which_licence(
    caption: str, alt: str | None, credit: str | None, licence: str | None
) -> None:
    figure = f"<figure><img src='/q.jpg'><figcaption>{caption}</figcaption></figure>"

    entry = read_one(rss(f"<item><title>t</title><description>{escape(figure)}</description></item>"))

    assert entry.image is not None
    assert (entry.image.alt, entry.image.credit, entry.image.license) == (alt, credit, licence)


def test_else_the_first_picture_of_the_text_with_the_credit_in_its_caption() -> None:
    entry = read_one(
        rss(
            "<item><description>&lt;img src='/emoji/x.png'&gt;&lt;figure&gt;&lt;img src='/q.jpg' alt='Q'&gt;"
            "&lt;figcaption&gt;Photo: Bo / Unsplash&lt;/figcaption&gt;&lt;/figure&gt;</description></item>"
        )
    )

    assert entry.image == Image(
        url="https://blog.example/q.jpg", alt="Q", credit="Photo: Bo / Unsplash", named_in="text"
    )


def test_a_mere_caption_is_no_credit_and_a_javascript_picture_none() -> None:
    captioned = (
        "&lt;figure&gt;&lt;img src='/q.jpg'&gt;&lt;figcaption&gt;Table 1&lt;/figcaption&gt;&lt;/figure&gt;"
    )
    entry = read_one(
        rss(
            f"<item><media:thumbnail url='javascript:x'/><description>{captioned}</description></item>",
        )
    )

    assert entry.image == Image(url="https://blog.example/q.jpg", named_in="text")


# ── dates ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("stated", "published"),
    [
        ("Mon, 02 Mar 2026 09:00:00 +0100", datetime(2026, 3, 2, 8, 0, tzinfo=UTC)),
        ("mar, 01 set 2026 10:30:00 +0200", datetime(2026, 9, 1, 8, 30, tzinfo=UTC)),
        ("So, 17 Mai 2026 10:43:26 CEST", datetime(2026, 5, 17, 8, 43, 26, tzinfo=UTC)),
        ("1 août 2026", datetime(2026, 8, 1, tzinfo=UTC)),
        ("Sun, 22 Nov 2026 23:00:00 +0000", datetime(2026, 11, 22, 23, 0, tzinfo=UTC)),  # within a day
    ],
)
def test_believable_dates_are_read(stated: str, published: datetime) -> None:
    assert read_one(rss(f"<item><title>t</title><pubDate>{stated}</pubDate></item>")).published == published


@pytest.mark.parametrize(
    "stated",
    [
        *(
            "Thu, 01 Jan 1970 00:00:00 +0000",
            "Fri, 31 Dec 9999 23:59:59 +0000",
            "Mon, 01 Jan 0001 00:00:00 +0000",
        ),
        *(
            "Tue, 24 Nov 2026 00:00:00 +0000",
            "30 Feb 2026",
            "yesterday",
            "1764763200000",
        ),
    ],
)
def test_dates_that_cannot_be_true_are_absent_and_said(stated: str) -> None:
    feed = read(rss(f"<item><title>t</title><pubDate>{stated}</pubDate></item>"))

    assert feed.entries[0].published is None
    assert [problem.code for problem in feed.problems] == ["dates_refused"]


def test_published_and_updated_are_kept_as_stated() -> None:
    entry = read_one(atom("<entry><title>t</title><updated>2026-03-02T09:00:00Z</updated></entry>"))

    assert (entry.published, entry.updated) == (None, datetime(2026, 3, 2, 9, 0, tzinfo=UTC))


# ── is it the same as before ────────────────────────────────────────────────

ITEM = "<item><guid>1</guid><title>One</title><description>Text</description>{}</item>"


@pytest.mark.parametrize(
    "volatile",
    ["<slash:comments>7</slash:comments>", "<pubDate>Mon, 02 Mar 2026 09:00:00 +0000</pubDate>"],
)
def test_what_changes_at_every_request_is_no_revision(volatile: str) -> None:
    before = read(
        rss(ITEM.format(""), channel="<lastBuildDate>Mon, 02 Mar 2026 09:00:00 +0000</lastBuildDate>")
    )
    after = read(
        rss(ITEM.format(volatile), channel="<lastBuildDate>Tue, 03 Mar 2026 09:00:00 +0000</lastBuildDate>")
    )

    assert before.entries[0].raw_hash == after.entries[0].raw_hash


@pytest.mark.parametrize(
    "changed", [("One", "Two"), ("Text", "Text, corrected"), ("</item>", "<link>/1</link></item>")]
)
def test_what_an_editor_would_want_to_know_is_a_revision(changed: tuple[str, str]) -> None:
    before, after = ITEM.format(""), ITEM.format("").replace(*changed)

    assert read_one(rss(before)).raw_hash != read_one(rss(after)).raw_hash


def test_equal_texts_have_equal_content_whatever_their_typography() -> None:
    one = read_one(
        rss("<item><title>It’s</title><description>&lt;p&gt;a\u00a0b&lt;/p&gt;</description></item>")
    )
    other = read_one(rss("<item><guid>9</guid><title>It's</title><description>a b</description></item>"))

    assert one.content_key == other.content_key


# ── damaged documents ───────────────────────────────────────────────────────


def test_a_document_that_breaks_off_keeps_its_whole_entries() -> None:
    body = rss("<item><title>one</title></item><item><title>two</title><description>half of")
    feed = read(body[: body.index(b"half of") + 4])

    assert [entry.title for entry in feed.entries] == ["one"]
    assert [problem.code for problem in feed.problems] == ["feed_truncated"]


def test_what_a_host_appends_behind_the_feed_does_not_make_it_broken_off() -> None:
    feed = read(rss("<item><title>one</title></item>") + b"<script>advertise()</script>")

    assert [entry.title for entry in feed.entries] == ["one"]
    assert [problem.code for problem in feed.problems] == ["feed_malformed"]


def test_a_document_that_is_malformed_in_the_middle_keeps_all_entries_and_is_flagged() -> None:
    feed = read(
        rss("<item><title>one</title></item><item><title>a & b</title></item><item><title>c</title></item>")
    )

    assert [entry.title for entry in feed.entries] == ["one", "a & b", "c"]
    assert [problem.code for problem in feed.problems] == ["feed_malformed"]


@pytest.mark.parametrize(
    ("stated", "title"),
    [
        ("a &#55357;&#56832; b", "a \U0001f600 b"),  # an emoji in the two halves of UTF-16
        ("a &#xD83D;&#xDE00; b", "a \U0001f600 b"),
        ("a&#xD800;b", "ab"),
        ("a&#xDC00;&#xD800;&#101;b", "aeb"),
        ("a&#x110000;b&#99999999999999999999;", "ab"),
        ("a&#00000000055357&#0056832;", "a\U0001f600"),
        ("<![CDATA[a &#55357;&#56832;]]>", "a \U0001f600"),
        ("&#72;&#x69;", "Hi"),
    ],
)
def test_a_reference_to_no_character_does_not_cost_the_whole_document(stated: str, title: str) -> None:
    feed = read(rss(f"<item><title>one</title></item><item><title>{stated}</title></item>"))

    assert [entry.title for entry in feed.entries] == ["one", title]
    assert not feed.problems


def perche(declared: str | None, written: str) -> bytes:
    declaration = f"<?xml version='1.0' encoding='{declared}'?>" if declared else ""
    return f"{declaration}<rss version='2.0'><channel><title>Perché</title></channel></rss>".encode(written)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (perche(None, "utf-8"), None),
        (perche(None, "utf-8"), "text/html"),
        (perche(None, "latin-1"), "text/xml; charset=iso-8859-1"),
        (perche(None, "utf-8"), "text/xml; charset=undefined"),
        (perche("windows-1252", "windows-1252"), "application/rss+xml"),
        (perche("utf-8", "latin-1"), "text/xml"),
        (perche("utf-16", "utf-16"), "application/xml"),
    ],
)
def test_every_declared_or_misdeclared_charset_is_read(body: bytes, content_type: str | None) -> None:
    assert read(body, content_type=content_type).title == "Perché"


def test_feedparser_is_not_loaded_before_a_document_needs_it() -> None:
    program = (
        "import sys; from datetime import UTC, datetime; from curator.ingest.feeds.parse import parse; "
        "now = datetime(2026, 11, 22, tzinfo=UTC); "
        "rss = b'<rss version=\"2.0\"><channel><item><title>x</title></item></channel></rss>'; "
        "assert parse(rss, content_type=None, url='https://a.example/', now=now).entries; "
        "print('feedparser' in sys.modules, 'lxml' in sys.modules); "
        "parse(b'<rss', content_type=None, url='https://a.example/', now=now); "
        "print('feedparser' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False", "False", "True"]
