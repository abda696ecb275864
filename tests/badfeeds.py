"""Good documents, and what breaks each of the feed validator's rules in them: (rule, document, old, new)."""

from __future__ import annotations

# ruff: noqa: E501  a table is read by its rows
from dataclasses import dataclass
from datetime import timedelta

from builders import NOW
from curator.publish.site import ATOM, JSON_FEED, RSS
from publishing import SITE, a_copy, a_document, a_publication, an_attribution, an_image

_RICH = a_document(
    a_publication(2, copy=a_copy(), image=an_image(license="https://creativecommons.org/licenses/by/4.0/")),
    a_publication(1, attributions=(an_attribution(), an_attribution(title=None, url="https://b.example/"))),
    updated=NOW + timedelta(hours=3),
    site=SITE,
)
_GONE = a_document(
    a_publication(2), withdrawn=[a_publication(1, withdrawn_at=NOW, public_note="Su richiesta.")]
)
_ARCHIVE = a_document(
    a_publication(1), path="archive/2026-03.atom", archive=True, current=ATOM, previous="archive/2026-02.atom"
)
GOOD = {
    "atom": (_RICH.made(ATOM), SITE.url(ATOM)),
    "gone": (_GONE.made(ATOM), SITE.url(ATOM)),
    "archive": (_ARCHIVE.made(ATOM), SITE.url("archive/2026-03.atom")),
    "rss": (_RICH.made(RSS), SITE.url(RSS)),
    "json": (_RICH.made(JSON_FEED), SITE.url(JSON_FEED)),
}


@dataclass(frozen=True)
class Bad:
    rule: str
    of: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.rule}-{self.of}-{self.new[:24]}"

    @property
    def document(self) -> bytes:
        good, _ = GOOD[self.of]
        assert self.old.encode() in good, self.old
        return good.replace(self.old.encode(), self.new.encode("utf-8", "surrogatepass"), 1)

    @property
    def self_url(self) -> str:
        return GOOD[self.of][1]


_SELF = f'<link href="{SITE.url(ATOM)}" rel="self" type="application/atom+xml"/>'
_VIA = 'rel="via" title="Why customers leave"'
_IMG = 'src="https://rassegna.example/pictures/'
_ENTRY = "<entry><id>"
_OLD_ID = "item/01JNB000000000000000000001</id>"
_NEW_ID = "item/01JNB000000000000000000002</id>"
_HEAD = "<title>Rassegna CX</title>"
_SOURCE_ID = "<id>https://cx.example/feed</id>"
_NAME = "<name>Ada Smith</name>"
_RSS_SELF = f'<atom:link href="{SITE.url(RSS)}" rel="self" type="application/rss+xml"/>'
_ITEM_TITLE = "<item><title>Perché i clienti se ne vanno</title>"
_RSS = GOOD["rss"][0].decode()
_BEFORE_CONTENT = _RSS[_RSS.index("<item>") : _RSS.index("<content:encoded>")]
_ATOM = GOOD["atom"][0].decode()
_WORDS = _ATOM[_ATOM.index("<summary") : _ATOM.index("<media:content")]
_LINKS_AND_WORDS = _ATOM[_ATOM.index(f'<link href="{SITE.url("items/")}') : _ATOM.index("<media:content")]
_GUID = '<guid isPermaLink="false">'
_ENCLOSURE = '<enclosure url="https://rassegna.example/'

BAD = [
    # the document
    Bad("SAXError", "atom", "</entry>", "<entry>"),
    Bad("NoDeclaration", "atom", "<?xml version='1.0' encoding='UTF-8'?>", "<?xml version='1.0'?>"),
    Bad("HasDoctype", "atom", "<feed ", "<!DOCTYPE feed><feed "),
    Bad("ValidatorLimit", "atom", "</feed>", " " * 5_000_000 + "</feed>"),
    Bad("BadCharacters", "atom", "Rassegna CX", "Rassegna \x92CX"),
    Bad("BadCharacters", "rss", "Rassegna CX", "Rassegna \ufffdCX"),
    Bad("UnknownNamespace", "atom", "<feed ", '<feed xmlns:x="https://x.example/ns" '),
    Bad("ReservedPrefix", "atom", "<feed ", '<feed xmlns:dc="http://purl.org/dc/terms/" '),
    Bad("AvoidNamespacePrefix", "atom", "<feed ", '<feed xmlns:atom="http://www.w3.org/2005/Atom" '),
    Bad("NonstdPrefix", "atom", "<feed ", '<feed xmlns:history="http://purl.org/syndication/history/1.0" '),
    Bad("UnexpectedAttribute", "atom", "<icon>", '<icon href="x">'),
    Bad("UnexpectedText", "atom", _ENTRY, "<entry>words<id>"),
    Bad("UndefinedElement", "atom", _ENTRY, "<entry><modified>2026-03-02</modified><id>"),
    Bad("UndefinedElement", "rss", "<media:credit", "<media:license>CC</media:license><media:credit"),
    Bad("UndefinedElement", "atom", "<title>Perché", "<title><b>so</b>Perché"),
    Bad("DuplicateElement", "atom", _HEAD, _HEAD + _HEAD),
    Bad("DuplicateElement", "rss", "<ttl>", "<ttl>5</ttl><ttl>"),
    Bad("MissingElement", "atom", _HEAD, ""),
    Bad("MissingElement", "rss", "<link>https://rassegna.example/</link>", ""),
    Bad("EmptyLanguage", "atom", ' xml:lang="it"', ""),
    Bad("EmptyLanguage", "atom", 'xml:lang="und"', 'xml:lang=""'),
    Bad("InvalidLanguage", "atom", 'hreflang="en"', 'hreflang="english language"'),
    Bad("InvalidLanguage", "rss", "<dc:language>it", "<dc:language>i"),
    # texts, addresses, dates
    Bad("ContainsUndeclaredHTML", "atom", "<title>Perché", "<title>&lt;b&gt;so&lt;/b&gt;Perché"),
    Bad("ContainsUndeclaredHTML", "atom", '<summary type="text">', '<summary type="text">&amp;eacute '),
    Bad("ContainsUndeclaredHTML", "rss", '<media:title type="plain">', '<media:title type="plain">&lt;/b&gt;'),
    Bad("ContainsHTML", "atom", _NAME, "<name>&lt;i&gt;Ada&lt;/i&gt;</name>"),
    Bad("ContainsHTML", "atom", 'label="CX"', 'label="&amp;copy; CX"'),
    Bad("ContainsHTML", "rss", _ITEM_TITLE, "<item><title>&lt;b&gt;a&lt;/b&gt;</title>"),
    Bad("ContainsHTML", "rss", '<dc:rights xml:lang="und">', "<dc:rights>&amp;amp;"),
    Bad("CharacterData", "rss", _ITEM_TITLE, "<item><title>a &lt;b</title>"),
    Bad("CharacterData", "rss", '<media:title type="plain">', '<media:title type="plain">&lt;b '),
    Bad("ContainsEmail", "atom", _NAME, "<name>Ada &lt;ada@example.org&gt;</name>"),
    Bad("NotBlank", "atom", "<title>Perché i clienti se ne vanno</title>", "<title></title>"),
    Bad("NotBlank", "rss", "<title>Rassegna CX</title>", "<title> </title>"),
    Bad("NotBlank", "atom", ">Curator</generator>", "></generator>"),
    Bad("InvalidTextType", "atom", '<summary type="text">', '<summary type="text/plain">'),
    Bad("InvalidFullLink", "atom", "<icon>https://rassegna.example/", "<icon>/"),
    Bad("InvalidFullLink", "rss", "<link>https://rassegna.example/items", "<link>/items"),
    Bad("InvalidURIAttribute", "atom", 'generator uri="https://github.com/', 'generator uri="'),
    Bad("InvalidUriChar", "atom", "https://cx.example/leave?a=1", "https://cx.example/leave?a[]=1"),
    Bad("NotAUri", "atom", "https://cx.example/leave?a=1", "https://cx.example/perché?a=1"),
    Bad("InvalidTAG", "atom", "tag:rassegna.example,2026:feed", "tag:rassegna.example:feed"),
    Bad("SchemeNotIANARegistered", "atom", 'href="https://cx.example/leave', 'href="feed:x.example/leave'),
    Bad("NonCanonicalURI", "atom", _SOURCE_ID, "<id>https://CX.example/feed</id>"),
    Bad("NonCanonicalURI", "atom", _SOURCE_ID, "<id>https://cx.example</id>"),
    Bad("NonCanonicalURI", "atom", _SOURCE_ID, "<id>https://cx.example:443/feed</id>"),
    Bad("NonCanonicalURI", "atom", _SOURCE_ID, "<id>https://cx.example/%7Efeed</id>"),
    Bad("NonCanonicalURI", "atom", _SOURCE_ID, "<id>https://cx.example/%c3%a8</id>"),
    Bad("NonCanonicalURI", "atom", _SOURCE_ID, "<id>https://cx.example/%E8</id>"),
    Bad("NonCanonicalURI", "atom", _SOURCE_ID, "<id>https://cx.example/a/../feed</id>"),
    Bad("InvalidRFC3339Date", "atom", "<published>2026-03-02T11:00:00", "<published>2026-03-02 11:00:00"),
    Bad("InvalidRFC3339Date", "atom", "<published>2026-03-02T11:00:00", "<published>2026-13-02T11:00:00"),
    Bad("ImplausibleDate", "atom", "<published>2026", "<published>1026"),
    Bad("InvalidRFC2822Date", "rss", "<pubDate>Mon, 02 Mar", "<pubDate>Lun, 02 Mar"),
    Bad("IncorrectDOW", "rss", "<pubDate>Mon", "<pubDate>Tue"),
    Bad("UnexpectedWhitespace", "atom", "<published>", "<published> "),
    # markup
    Bad("MissingXhtmlDiv", "atom", '<content type="xhtml">', '<content type="xhtml">words'),
    Bad("MissingTextualContent", "atom", _WORDS, ""),
    Bad("MissingContentOrAlternate", "atom", _LINKS_AND_WORDS, ""),
    Bad("MissingSummary", "atom", _WORDS, '<content src="https://x.example/" type="text/html"/>'),
    Bad("NotHtml", "atom", "<strong>NOTA AICEX:</strong>", "<blink>NOTA</blink>"),
    Bad("NotHtml", "rss", "&lt;strong&gt;NOTA", "&lt;p&gt;&lt;/i&gt;NOTA"),
    Bad("MissingNamespace", "atom", "<strong>NOTA AICEX:</strong>", '<b xmlns="">NOTA</b>'),
    Bad("SecurityRisk", "atom", "<strong>NOTA AICEX:</strong>", "<script>1</script>"),
    Bad("SecurityRisk", "rss", "&lt;strong&gt;NOTA AICEX:&lt;/strong&gt;", "&lt;iframe&gt;&lt;/iframe&gt;"),
    Bad("SecurityRiskAttr", "atom", "<strong>", '<strong onclick="x()">'),
    Bad("DangerousStyleAttr", "atom", "<strong>", '<strong style="position:fixed">'),
    Bad("ContainsRelRef", "atom", '<a class="u-url" href="https://cx.example/', '<a href="/'),
    Bad("ContainsRelRef", "rss", 'href="https://pictures.example/', 'href="/'),
    Bad("ContainsRelRef", "rss", ' src="https://rassegna', ' src="https://a.example/" title="src=a https://rassegna'),
    Bad("ForeignPicture", "atom", _IMG, 'src="https://tracker.example/'),
    Bad("NotAlone", "atom", "<strong>", "<!-- a --><strong>"),
    # Atom
    Bad("MissingSelf", "atom", _SELF, ""),
    Bad("SelfDoesntMatchLocation", "atom", _SELF, _SELF.replace("feed.atom", "index.atom")),
    Bad("SelfNotAtom", "atom", _SELF, _SELF.replace("application/atom+xml", "text/html")),
    Bad("MisplacedMetadata", "atom", "</feed>", "<rights>x</rights></feed>"),
    Bad("MissingHref", "atom", 'href="https://cx.example/leave?a=1&amp;b=2" rel="via"', 'rel="via"'),
    Bad("AtomLinkNotEmpty", "atom", 'rel="license"/>', 'rel="license">x</link>'),
    Bad("UnregisteredAtomLinkRel", "atom", 'rel="via"', 'rel="nearby"'),
    Bad("AttrNotBlank", "atom", 'rel="via"', 'rel=""'),
    Bad("AttrNotBlank", "atom", _VIA, 'rel="via" title=""'),
    Bad("InvalidMIMEType", "atom", 'type="image/jpeg" length', 'type="jpeg" length'),
    Bad("InvalidNonNegativeInteger", "atom", 'length="40960"', 'length="40 KB"'),
    Bad("DuplicateAtomLink", "atom", 'rel="license"', 'rel="alternate" type="text/html" hreflang="it"'),
    Bad("DuplicateEntries", "atom", _OLD_ID, _NEW_ID),
    Bad("DuplicateUpdated", "atom", "<updated>2026-03-02T10:00:00", "<updated>2026-03-02T11:00:00"),
    Bad("FeedOlderThanItsEntries", "atom", "<updated>2026-03-02T12", "<updated>2026-03-02T02"),
    Bad("MissingSourceElement", "atom", _SOURCE_ID, ""),
    Bad("MissingAlternateLink", "atom", 'vanno-2.html" rel="alternate"', 'vanno-2.html" rel="related"'),
    Bad("MissingAttribute", "atom", '<category term="CX"', "<category"),
    Bad("MissingAttribute", "rss", 'length="40960"', ""),
    Bad("MissingAttribute", "rss", ' version="2.0"', ""),
    # archives and tombstones
    Bad("FeedHistoryRelInEntry", "atom", 'rel="via"', 'rel="prev-archive"'),
    Bad("MissingCurrentInArchive", "archive", 'rel="current"', 'rel="related"'),
    Bad("ArchiveIncomplete", "archive", 'rel="prev-archive"', 'rel="related"'),
    Bad("FeedRelInCompleteFeed", "archive", "<fh:archive/>", "<fh:complete/>"),
    Bad("CurrentNotSelfInCompleteFeed", "archive", "<fh:archive/>", "<fh:complete/>"),
    Bad("LinkPastEnd", "atom", _SELF, _SELF + _SELF.replace("self", "first") + _SELF.replace("self", "previous")),
    Bad("TombstoneInArchive", "gone", "<at:deleted", '<fh:archive xmlns:fh="http://purl.org/syndication/history/1.0"/><at:deleted'),
    Bad("DeletedEntryIsAlive", "gone", "01JNB000000000000000000001", "01JNB000000000000000000002"),
    # RSS
    Bad("InvalidRSSVersion", "rss", 'version="2.0"', 'version="2.1"'),
    Bad("MissingAtomSelfLink", "rss", _RSS_SELF, ""),
    Bad("FeedLinkIsNotThePage", "rss", "<link>https://rassegna.example/</link>", f"<link>{SITE.url(RSS)}</link>"),
    Bad("MisplacedItem", "rss", "</channel>", "<copyright>x</copyright></channel>"),
    Bad("InvalidPositiveInteger", "rss", "<ttl>60", "<ttl>0"),
    Bad("InvalidPositiveInteger", "rss", 'width="1168"', 'width="wide"'),
    Bad("MissingGuid", "rss", f"{_GUID}tag:rassegna.example,2026:item/01JNB000000000000000000002</guid>", ""),
    Bad("DuplicateValue", "rss", "01JNB000000000000000000001</guid>", "01JNB000000000000000000002</guid>"),
    Bad("InvalidPermalink", "rss", _GUID, "<guid>"),
    Bad("InvalidBooleanAttribute", "rss", _GUID, '<guid isPermaLink="no">'),
    Bad("DuplicateSemantics", "rss", "<ttl>", '<dcterms:modified xmlns:dcterms="http://purl.org/dc/terms/">2026-03-02</dcterms:modified><ttl>'),
    Bad("DuplicateItemSemantics", "rss", "<dc:language>", "<dc:date>2026-03-02</dc:date><dc:language>"),
    Bad("InvalidContact", "rss", "<dc:language>", "<author>AICEX</author><dc:language>"),
    Bad("InvalidW3CDTFDate", "rss", "<dc:language>", '<dcterms:modified xmlns:dcterms="http://purl.org/dc/terms/">2 March</dcterms:modified><dc:language>'),
    Bad("NeedDescriptionBeforeContent", "rss", "<description>Mantenere", "<content:encoded/><description>Mantenere"),
    Bad("ItemMustContainTitleOrDescription", "rss", _BEFORE_CONTENT, "<item>"),
    Bad("DuplicateEnclosure", "rss", _ENCLOSURE, '<enclosure url="https://x.example/a" length="1" type="a/b"/>' + _ENCLOSURE),
    Bad("UseZeroForUnknown", "rss", 'length="40960"', 'length="-1"'),
    Bad("InvalidIntegerAttribute", "rss", 'length="40960"', 'length="big"'),
    Bad("InvalidMIMEAttribute", "rss", 'length="40960" type="image/jpeg"', 'length="40960" type="jpeg"'),
    Bad("InvalidURLAttribute", "rss", _ENCLOSURE, '<enclosure url="ftp://rassegna.example/'),
    Bad("InvalidMediaMedium", "rss", 'medium="image"', 'medium="picture"'),
    Bad("InvalidMediaTextType", "rss", 'media:title type="plain"', 'media:title type="text"'),
    # JSON Feed
    Bad("JsonError", "json", '"items":[', '"items":'),
    Bad("JsonError", "json", '"title":"Rassegna CX"', '"title":"Rassegna CX","title":"x"'),
    Bad("JsonMissing", "json", '"title":"Rassegna CX",', ""),
    Bad("JsonVersion", "json", "version/1.1", "version/1"),
    Bad("JsonSelf", "json", f'"feed_url":"{SITE.url(JSON_FEED)}"', '"feed_url":"https://x.example/"'),
    Bad("JsonNextIsSelf", "json", '"icon":', f'"next_url":"{SITE.url(JSON_FEED)}","icon":'),
    Bad("JsonUnknown", "json", '"icon":', '"author":{"name":"x"},"icon":'),
    Bad("JsonType", "json", '"size_in_bytes":40960', '"size_in_bytes":"40960"'),
    Bad("JsonType", "json", '"tags":["fedeltà"', '"tags":[1'),
    Bad("JsonEmpty", "json", '"title":"Rassegna CX"', '"title":""'),
    Bad("JsonExtension", "json", '"_curator":{', '"_x":"y","_curator":{'),
    Bad("JsonBadCharacters", "json", '"title":"Rassegna CX"', '"title":"Rassegna\\u0092CX"'),
    Bad("JsonAddress", "json", '"external_url":"https://', '"external_url":"'),
    Bad("JsonInvalidLanguage", "json", '"language":"it"', '"language":"i"'),
    Bad("JsonInvalidRFC3339Date", "json", '"date_published":"2026-03-02T', '"date_published":"2026-03-02 '),
    Bad("JsonNotHtml", "json", "<strong>NOTA", "</i>NOTA"),
    Bad("JsonNoAuthor", "json", '"authors":[{"name":"AICEX","url":"https://rassegna.example/"}]', '"authors":[]'),
    Bad("JsonMediaType", "json", '"mime_type":"image/jpeg"', '"mime_type":"jpeg"'),
    Bad("JsonDuplicateId", "json", '"id":"tag:rassegna.example,2026:item/01JNB000000000000000000001"', '"id":"tag:rassegna.example,2026:item/01JNB000000000000000000002"'),
]  # fmt: skip
