"""Why a page is no article to quote from: a wall, a list of other pages, nothing. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from curator.extract.stating import StatedFacts
from curator.model import Unreadable
from curator.text import absolute

_FEWEST_WORDS = 20
_SHORT = 250  # words: a teaser before a wall; who shows more than this shows the article
_LOGIN_PAGE = 60  # words; many a page carries a form to log in that nobody has to use
_WALL_NAMES = re.compile(
    r"paywall|regwall|subscriber-?only|members?-?only|premium-?(?:content|wall)|tp-(?:modal|container)"
    r"|piano-|metered|locked-?content|content-?locked",
    re.IGNORECASE,
)
_WALL_WORDS = re.compile(
    r"abbonati (?:per|e) (?:continua|legg)|riservat[oa] agli? abbonat|contenuto (?:premium|riservato)"
    r"|accedi per (?:continuare|leggere)|registrati per (?:continuare|leggere)"
    r"|(?:subscribe|sign in|log ?in|register|sign up) to (?:continue|keep|read)"
    r"|(?:for|to) (?:paying |paid )?(?:subscribers|members) only"
    r"|only for (?:paying |paid )?(?:subscribers|members)"
    r"|this (?:article|post|story|content) is (?:for|reserved|available to)\b.{0,20}\b(?:subscribers|members)"
    r"|réservé aux abonnés|abonnez-vous pour (?:lire|continuer)|jetzt weiterlesen|nur für abonnenten"
    r"|(?:solo|exclusivo) para suscriptores|suscríbete para (?:leer|seguir)",
    re.IGNORECASE,
)
_CONSENT_WORDS = re.compile(
    r"\bcookies?\b|\bconsen(?:t|so|tement|timiento)\b|\bprivacy\b|\bgdpr\b|\bpartners?\b|\bdatenschutz",
    re.IGNORECASE,
)
_CONSENT_HOSTS = re.compile(r"^(?:consent|consenso|cmp|privacy-?mgmt|guce)\.", re.IGNORECASE)
_CONSENT_SHARE = 0.06
_CONSENT_LONGEST = 200  # words
_LIST_HEADINGS = 5
_AROUND = frozenset({"nav", "aside", "footer", "header", "form"})


def why_refused(tree: HtmlElement, said: StatedFacts, *, text: str, url: str) -> Unreadable | None:
    """The reason, most telling first; None: this is an article."""
    words = len(text.split())
    if not said.is_free:
        return Unreadable(code="read_article_restricted", data={"words": words})
    if _is_consent(text, words=words, url=url):
        return Unreadable(code="read_article_consent", data={"words": words})
    if words < _SHORT and _is_wall(tree, text):
        return Unreadable(code="read_article_restricted", data={"words": words})
    if words < _FEWEST_WORDS:
        return Unreadable(code="read_article_missing", data={"words": words})
    if _is_listing(tree, said, url=url):
        return Unreadable(code="read_article_listing", data={})
    return None


def _is_wall(tree: HtmlElement, text: str) -> bool:
    if _WALL_WORDS.search(text) or _WALL_WORDS.search(_spoken(tree)):
        return True
    asks_password = any((i.get("type") or "").lower() == "password" for i in tree.iter("input"))
    return (asks_password and len(text.split()) < _LOGIN_PAGE) or any(
        _WALL_NAMES.search(f"{each.get('class') or ''} {each.get('id') or ''}")
        for each in tree.iter("div", "section")
    )


def _spoken(tree: HtmlElement) -> str:
    """The words of the page with their furniture, script and style left out."""
    return " ".join(
        words
        for element in tree.iter("p", "div", "span", "h1", "h2", "h3", "h4", "button", "a", "strong")
        if (words := (element.text or "").strip())
    )[:200_000]


def _is_consent(text: str, *, words: int, url: str) -> bool:
    if _CONSENT_HOSTS.search(urlsplit(url).hostname or ""):
        return True
    said = len(_CONSENT_WORDS.findall(text))
    return words < _CONSENT_LONGEST and said > max(2, words * _CONSENT_SHARE)


def _is_listing(tree: HtmlElement, said: StatedFacts, *, url: str) -> bool:
    """Headings that lead to other pages of the site, with most of the words between them.

    An article may have as many of them beside or below it, but says most before
    the first or after the last.
    """
    if said.articles == 1 and not said.is_list:
        return False
    between, around, headings = _weighed(tree, url=url)
    return headings >= _LIST_HEADINGS and (said.is_list or between > around)


def _weighed(tree: HtmlElement, *, url: str) -> tuple[int, int, int]:
    """Words of running text between linked headings, words before the first or after the last, headings."""
    buckets = [0]
    body = tree.find("body")
    for element in (body if body is not None else tree).iter():
        if not isinstance(element.tag, str) or _in_furniture(element):
            continue
        if element.tag in {"h1", "h2", "h3", "h4"} and _leads_away(element, url=url):
            buckets.append(0)
        elif element.tag in {"p", "div", "td", "li", "blockquote"}:
            buckets[-1] += (
                len((element.text or "").split())
                if element.tag != "p"
                else len(element.text_content().split())
            )
    if len(buckets) == 1:
        return 0, buckets[0], 0
    return sum(buckets[1:-1]), buckets[0] + buckets[-1], len(buckets) - 1


def _leads_away(heading: HtmlElement, *, url: str) -> bool:
    links = list(heading.iter("a"))
    parent = heading.getparent()
    if parent is not None and parent.tag == "a":
        links.append(parent)
    here = urlsplit(url)
    for link in links:
        target = absolute(link.get("href"), base_url=url)
        if target is not None:
            there = urlsplit(target)
            if there.hostname == here.hostname and (there.path, there.query) != (here.path, here.query):
                return True
    return False


def _in_furniture(element: HtmlElement) -> bool:
    return any(above.tag in _AROUND for above in element.iterancestors())
