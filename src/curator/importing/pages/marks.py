"""What elements of a blog's page are called: posts, and all that stands around and inside them."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from curator.importing.pages.webpage import classes

# What stands beside posts: other lists of them, comments, navigation. Whole names, for a theme's
# `content-sidebar-wrap` or `elementor-widget` has the post itself in it.
_BESIDE = re.compile(
    r"(?:primary-|secondary-|left-|right-)?sidebar(?:-(?:primary|secondary|left|right|inner|container|\d))?"
    r"|widgets?|widget-area|widget_[\w-]+|related(?:[_-]posts?|[_-]articles?|[_-]content)?|jp-relatedposts"
    r"|yarpp[\w-]*|crp_related|rp4wp[\w-]*|comments?(?:-area|-list|-respond|-template|-wrapper)?|commentlist"
    r"|comment-body|pingback|trackback|respond|wp-block-(?:latest-(?:posts|comments)|comments|post-comments)[\w-]*"
    r"|recent-(?:posts|entries)|post-navigation|posts-navigation|nav-(?:links|single|below|above)|navigation"
    r"|site-footer|colophon|more-posts|read-next[\w-]*|popular-posts|masthead-menu|main-navigation|searchform"
    r"|blog-pager|post-feeds|archive-list"
)
_BESIDE_TAGS = frozenset({"aside", "nav"})

# What themes and plugins put into a post's own text.
_FURNITURE = re.compile(
    r"sharedaddy|sd-(?:sharing|block|like|content|title)[\w-]*|jp-post-flair|jp-relatedposts|jetpack-likes[\w-]*"
    r"|post-likes-widget[\w-]*|addtoany[\w-]*|a2a_kit|addthis[\w-]*|share-?(?:buttons?|bar|links?|icons?|post|this)"
    r"|social-?(?:share|sharing|links?|icons?|buttons?)|post-(?:share|sharing|social|views|ratings|tags|navigation)"
    r"|entry-(?:share|social|utility)|ssba[\w-]*|heateor[\w-]*|mashsb[\w-]*|swp_[\w-]+|shareaholic[\w-]*"
    r"|essb_[\w-]+|dd_post_share|wpcnt|wpa|wp-?ulike[\w-]*|adsbygoogle|author-(?:box|bio|info)"
    r"|saboxplugin[\w-]*|m-a-box[\w-]*|edit-link|post-edit-link|wp-block-jetpack-(?:sharing|like|subscri)[\w-]*"
    r"|wp-block-post-(?:comments|navigation)[\w-]*|reblog[\w-]*|printfriendly|pf-[\w-]+|subscribe-(?:form|widget)"
    r"|jetpack_subscription_widget|comments-link|post-footer|kg-signup-card|gh-(?:subscribe|comments)"
)
PAGE_LINKS = frozenset({"page-links", "page-link", "wp-link-pages", "post-nav-links", "link-pages"})
"""`wp_link_pages`: the post goes on, on pages of its own."""

_POST_ID = re.compile(r"post-(\d{1,18})")
_POSTING = re.compile(r"schema\.org/(?:BlogPosting|Article|NewsArticle)/?$", re.IGNORECASE)
_OWN = frozenset({"hentry", "h-entry", "wp-block-post", "type-post", "post-card", "gh-card", "gh-article"})
_HOLDERS = frozenset({"article", "div", "li", "section"})


def names_of(element: HtmlElement) -> frozenset[str]:
    """Its classes and its id."""
    named = element.get("id")
    return classes(element) | {named} if named else classes(element)


def is_beside(element: HtmlElement) -> bool:
    names = names_of(element)
    if not names.isdisjoint(PAGE_LINKS):
        return False
    return element.tag in _BESIDE_TAGS or any(_BESIDE.fullmatch(name) for name in names)


def is_furniture(element: HtmlElement) -> bool:
    return any(_FURNITURE.fullmatch(name) for name in names_of(element))


def is_post(element: HtmlElement) -> bool:
    """Marked as one by WordPress, hAtom, microformats2 or schema.org, or a bare `<article>`."""
    if element.tag in {"body", "html"} or is_beside(element):
        return False
    names = classes(element)
    return (
        not _OWN.isdisjoint(names)
        or element.tag == "article"
        or (element.tag in _HOLDERS and ("post" in names or number_in(element) is not None))
        or bool(_POSTING.search(element.get("itemtype") or ""))
    )


def number_in(element: HtmlElement) -> int | None:
    """WordPress's own number: `id="post-12"`, else the class `post-12`."""
    for name in (element.get("id") or "", *sorted(classes(element))):
        if found := _POST_ID.fullmatch(name):
            return int(found[1])
    return None
