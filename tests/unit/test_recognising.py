"""In which form a document is, whatever it is called."""

from __future__ import annotations

import gzip
import json
import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.importing.recognising import decoded, form_of, refusal
from curator.model import Form

WXR = (
    '<?xml version="1.0" encoding="UTF-8" ?>\n<!-- This is a WordPress eXtended RSS file -->\n'
    '<!-- generator="WordPress/6.1" -->\n'
    '<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/" '
    'xmlns:wp="http://wordpress.org/export/1.2/">\n'
    "<channel><wp:wxr_version>1.2</wp:wxr_version></channel></rss>"
)
RSS = '<?xml version="1.0"?><rss version="2.0"><channel><title>t</title></channel></rss>'
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title></feed>'
RDF = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"/>'
JSON_FEED = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "t", "items": [{"id": "1"}]})
JSON_FEED_SORTED = json.dumps(
    {"items": [{"content_html": "<p>x"}], "title": "t", "version": "https://jsonfeed.org/version/1"}
)
POST = {"id": 1, "date_gmt": "2020-01-01T00:00:00", "title": {"rendered": "t"}, "content": {"rendered": "x"}}
HTML = "<!DOCTYPE html>\n<html><head><title>t</title></head><body><p>x</p></body></html>"
XHTML = (
    '<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x">'
    '<html xmlns="x"><body/></html>'
)
SAVED = "<!-- saved from url=(0021)https://blog.example/ -->\n" + HTML
TEXT = "Mantenere una promessa\n\nNOTA AICEX: perché è così.\n"

FORMS = [
    (WXR, Form.WXR),
    (RSS, Form.FEED),
    (ATOM, Form.FEED),
    (RDF, Form.FEED),
    (JSON_FEED, Form.FEED),
    (JSON_FEED_SORTED, Form.FEED),
    (json.dumps([POST]), Form.REST),
    (json.dumps([POST], indent=2), Form.REST),
    (json.dumps(POST), Form.REST),
    ("[]", Form.REST),
    (HTML, Form.PAGE),
    (XHTML, Form.PAGE),
    (SAVED, Form.PAGE),
    ("<div class='post'><h2>t</h2></div>", Form.PAGE),
    ("<HTML>\n<BODY>x", Form.PAGE),
    (TEXT, Form.PLAIN),
    ("<3 is what customers say", Form.PLAIN),
    ("[Aggiornato] Un titolo\n\nE un testo.", Form.PLAIN),
    ("{un titolo fra parentesi}\n\nE un testo.", Form.PLAIN),
    (json.dumps({"code": "rest_forbidden", "message": "No.", "data": {"status": 401}}), None),
    (json.dumps({"name": "Blog", "namespaces": ["wp/v2"], "routes": {"/wp/v2/posts": {}}}), None),
    (json.dumps({"a": 1}), None),
    (json.dumps([1, 2]), None),
    (
        '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url/></urlset>',
        None,
    ),
    ('<?xml version="1.0"?><opml version="2.0"><body/></opml>', None),
    (
        "From: <Saved by Blink>\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/related;\n\n<html>",
        None,
    ),
]


@pytest.mark.parametrize(("document", "form"), FORMS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_document_is_known_by_what_stands_in_it(document: str, form: Form | None, encoding: str) -> None:
    assert form_of(document.encode(encoding), name="export.txt" if form is Form.WXR else "x.html.txt") is form


def test_white_space_and_line_ends_before_it_say_nothing() -> None:
    assert form_of(b"\xef\xbb\xbf \r\n\n" + RSS.encode()) is Form.FEED


def test_a_name_is_asked_only_about_text_that_could_be_two_things() -> None:
    assert form_of(b"Welcome to <b>our</b> blog", name="index.html") is Form.PAGE
    assert form_of(b"Welcome to <b>our</b> blog", name="index.txt") is Form.PLAIN
    assert form_of(b"Welcome to <b>our</b> blog", content_type="text/html") is Form.PAGE
    assert form_of(TEXT.encode(), name="post.html") is Form.PLAIN
    assert form_of(b"nothing that is JSON", name="posts.json") is None


def _zip() -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("export.xml", WXR)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("document", "name", "code"),
    [
        (b"", "x.xml", "import_document_empty"),
        (b"\xef\xbb\xbf\r\n \n", "x.xml", "import_document_empty"),
        (gzip.compress(WXR.encode()), "export.xml.gz", "import_packed"),
        (_zip(), "export.zip", "import_packed"),
        (_zip(), "posts.docx", "import_binary"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "blog.pdf", "import_binary"),
        (bytes(range(256)) * 10, "x", "import_binary"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01", "x.xml", "import_binary"),
        (b"SQLite format 3\x00\x10\x00\x01\x01\x00\x40\x20\x20\x00\x00", "x.db", "import_binary"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(document: bytes, name: str, code: str) -> None:
    assert form_of(document, name=name) is None
    assert refusal(document, name=name) == code


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_a_text_is_decoded_as_it_was_saved(encoding: str) -> None:
    assert decoded(TEXT.encode(encoding)) == TEXT


def test_a_beginning_may_end_within_a_character() -> None:
    assert decoded("perché".encode()[:-1]) == "perch"


@given(st.binary(max_size=400), st.sampled_from(["", "x.html", "x.json", "x.xml"]))
def test_no_bytes_break_it(document: bytes, name: str) -> None:
    for start in (b"", b"<?xml version='1.0'?>", b"[{", b'{"', b"<!--", b"<!DOCTYPE ", b"\xff\xfe"):
        form = form_of(start + document, name=name)

        assert form is None or refusal(start + document, name=name) is None
