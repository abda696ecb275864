"""Addresses from outside: which may be followed or shown, and when two are the same."""

from __future__ import annotations

import re
from itertools import pairwise
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from curator.model.credentials import without_credentials

_MAX_LENGTH = 4096
# The URL Standard §4.1: controls and spaces at the ends, and tabs and newlines anywhere, are not part of it.
_ENDS = "".join(map(chr, range(0x21)))
_INSIDE = re.compile(r"[\t\n\r]")
_UNSAFE = re.compile(
    r"[\x00-\x20\x7f-\xa0\"<>\\^`{|}\u2028\u2029\u202d\u202e\ud800-\udfff\ufeff\ufffe\uffff]"
)
_HOST = re.compile(r"[^\x00-\x20\x7f-\xa0\"'<>\\^`{|}%@/?#]+\Z")
_DEFAULT_PORTS = {"http": 80, "https": 443}
# Already as it would come out below: absolute, with an ordinary host, and nothing empty, encoded or escaped.
PLAIN = (
    r"https?://[a-z0-9]+(?:[.-][a-z0-9]+)*(?:/[A-Za-z0-9._~/%+=,:@!*()$-]*)?"
    r"(?:\?[A-Za-z0-9._~/%+=,:@!*()$&?-]+)?(?:\#[A-Za-z0-9._~/%+=,:@!*()$&?-]+)?"
)
_PLAIN = re.compile(rf"{PLAIN}\Z")
# What most articles have: such an address is canonical already, but for what is cut off here.
_ARTICLE = re.compile(
    r"https?://(?:www\.)?(?!xn--|www\.)((?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,})((?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*)/?\Z"
)

# The same article for phones: amp.site.example/post, /post/amp, /post.amp.html. Never the whole address.
_AMP_HOST = re.compile(r"\Aamp\.(?=[^.]+\.[^.])")
_AMP_ENDINGS = ("/amp", ".amp", ".amp.html", ".amp.htm")
_AMP_PATH = re.compile(r"(?<=[^/])(?:/amp|\.amp(\.html?)?)\Z")

_TRACKING_PREFIXES = (
    "utm_",
    "mtm_",
    "matomo_",
    "pk_",
    "piwik_",
    "hsa_",
    "at_",
    "oly_",
    "vero_",
    "_hs",
    "ns_",
)
_TRACKING_NAMES = frozenset(
    "fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid twclid ttclid igshid igsh mc_cid mc_eid mkt_tok "
    "_ga _gl s_kwcid ef_id epik wt_mc ncid cmpid cmp campaign_id icid ito xtor spm scm trk trkcampaign ocid "
    "ref_src ref_url rss feedtype gko ftag guccounter guce_referrer __twitter_impression smid sr_share "
    "source_rss ss_source wickedid rb_clickid hsctatracking".split()
)


def safe_url(url: str | None) -> str | None:
    """The address if it is http(s) with a host, tidied so that it can stand in any attribute; else None."""
    if not url or len(url) > _MAX_LENGTH:
        return None
    if _PLAIN.match(url):
        return url
    tidy = _INSIDE.sub("", url).strip(_ENDS)
    try:
        parts = urlsplit(tidy)
        # `hostname` and `port` raise for what only looks like an address: http://[::1, http://a:99999.
        usable = (
            parts.scheme in _DEFAULT_PORTS
            and bool(_HOST.match(parts.hostname or ""))
            and (parts.port or 1) > 0
        )
        rebuilt = urlunsplit(parts) if usable else None
    except ValueError:
        return None
    return _UNSAFE.sub(_percent, rebuilt) if rebuilt else None


def absolute(url: str | None, *, base_url: str | None) -> str | None:
    """The address resolved against its base (RFC 3986 §5), if what comes out is safe.

    An empty one is None, although by the standard it would mean the document itself: nobody ever meant that.
    """
    if not url or len(url) > _MAX_LENGTH:
        return None
    if _PLAIN.match(url):
        return url
    tidy = _INSIDE.sub("", url).strip(_ENDS)
    if not tidy:
        return None
    try:
        return safe_url(urljoin(base_url or "", tidy))
    except ValueError:
        return None


def addresses(words: str) -> list[str]:
    """The web addresses in a text, each once. Two that were welded together are two: …Exchange?gko=7cf43https://….

    One inside another stays there where it is a path or a value: archives and redirectors are addressed so.
    """
    words = words[:_MAX_LENGTH]
    starts = [found.start() for found in _SCHEME.finditer(words)]
    found: dict[str, None] = {}
    for start, end in pairwise([*starts, len(words)]):
        stretch = words[start:end].split(maxsplit=1)[0].rstrip(_NO_ENDS)
        if (safe := safe_url(stretch)) is not None:
            found[safe] = None
    return list(found)


_SCHEME = re.compile(r"(?<![/=:%&+])https?://", re.IGNORECASE)
_NO_ENDS = ".,;:!?)]}>»”’\"'|"


def url_key(url: str | None) -> str | None:
    """What stays the same when a blog turns on https, drops `www.`, makes AMP pages or adds trackers.

    For comparing only: never published, never fetched.
    """
    if url and len(url) <= _MAX_LENGTH and (article := _ARTICLE.match(url)):
        host, path = article[1], article[2]
        if not host.startswith("amp.") and not path.endswith(_AMP_ENDINGS):
            return host + path
    return _canonical_key(url)


def _canonical_key(url: str | None) -> str | None:
    from w3lib.url import canonicalize_url  # plain addresses do without

    safe = safe_url(url)
    if safe is None:
        return None
    try:
        parts = urlsplit(canonicalize_url(safe))
        host = _AMP_HOST.sub("", (parts.hostname or "").removeprefix("www.")).rstrip(".")
        port = parts.port
        # w3lib lets a host through that IDNA refuses; the key is then the address as it stands.
        query = urlencode(
            [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _tracks(k, v)]
        )
    except (ValueError, UnicodeError):
        return safe
    netloc = host if port in {None, *_DEFAULT_PORTS.values()} else f"{host}:{port}"
    path = _AMP_PATH.sub(r"\1", parts.path.rstrip("/"))
    return f"{netloc}{path}" + (f"?{query}" if query else "")


def _tracks(parameter: str, value: str) -> bool:
    name = parameter.lower()
    return (
        name in _TRACKING_NAMES
        or name.startswith(_TRACKING_PREFIXES)
        or (name == "amp" and value in {"", "1", "true"})
        or (name == "outputtype" and value == "amp")
    )


def untracked(url: str) -> str:
    """The address as readers may have it: without what tells whose click it was. Nothing else changes."""
    return _without(_FOLLOWING, url)


def without_keys(url: str) -> str:
    """Of a feed: some hosts give it to each subscriber under a key of his own, which is nobody else's."""
    return _without(_KEY, without_credentials(url))


def _without(names: re.Pattern[str], url: str) -> str:
    address, hash_, fragment = url.partition("#")
    before, _, query = address.partition("?")
    if not query:
        return url
    kept = "&".join(pair for pair in query.split("&") if not names.fullmatch(pair.partition("=")[0]))
    return before + (f"?{kept}" if kept else "") + hash_ + fragment


# Surer than `_TRACKING_NAMES`, which are for comparing: a page that needs one of those would not open.
_FOLLOWING = re.compile(
    r"(?:utm_|mtm_|matomo_|hsa_|_hs)\w*|fbclid|[gdy]clid|gclsrc|[gw]braid|msclkid|t[tw]clid|igshid?|mc_[ce]id"
    r"|mkt_tok|_ga|_gl|s_kwcid|ef_id|vero_\w+|oly_\w+|hsctatracking|__twitter_impression|guccounter",
    re.IGNORECASE,
)
_KEY = re.compile(r"(?:\w+[_-])?(?:token|key|auth|secret|signature|sig|password|pwd)|apikey", re.IGNORECASE)


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "replace"))
