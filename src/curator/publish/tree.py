"""The store → every file of an edition: outputs are functions of the store, and of nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from curator.model import Publication
from curator.publish import facts, feeds, pages, recall, select, showing
from curator.publish.letter import for_everybody
from curator.publish.output import Kept
from curator.publish.showing import Shown
from curator.publish.site import (
    ARCHIVE,
    ATOM,
    INDEX,
    JSON_FEED,
    NEWSLETTER,
    RSS,
    WHOLE,
    Site,
    issue_path,
    item_path,
    month_of,
    month_page,
    picture_path,
)
from curator.store import Transaction


def tree_of(
    tx: Transaction,
    site: Site,
    *,
    feed_items: int,
    told: Callable[[int, int], None] = lambda _done, _of: None,
) -> dict[str, bytes | Kept]:
    """Every file of the edition; what is linked to comes before what links to it. `told` of pages made."""
    key = site.edition.key
    live = tx.publications.live(key)
    withdrawn = tx.publications.withdrawn(key)
    shown = {publication.item_id: showing.show(publication, site=site) for publication in live}

    def ready(publications: Sequence[Publication]) -> list[Shown]:
        return [shown[publication.item_id] for publication in publications]

    tree = {item_path(p): pages.item(shown[p.item_id], site=site) for p in _watched(live, told)}
    tree |= {item_path(p): pages.withdrawn(p, site=site) for p in withdrawn}
    gone = {publication.item_id for publication in withdrawn}
    issues = [recall.without(tx, issue, gone, site=site) for issue in tx.mailing.issues.out(key)]
    tree |= {issue_path(i.number): for_everybody(i.letter.html).encode() for i in issues}
    tree[NEWSLETTER] = pages.newsletter(issues, site=site)
    months = select.by_month(live, timezone=site.edition.timezone)
    keyed = [(month_of(newest, timezone=site.edition.timezone), group) for newest, group in months]
    tree[ARCHIVE] = pages.archive([(month, len(group)) for month, group in keyed], site)
    tree |= {month_page(month): pages.month(month, ready(group), site=site) for month, group in keyed}
    tree |= pages.shared(site)
    front = select.on_front_page(live)
    older = ARCHIVE if len(live) > len(front) else None
    tree[INDEX] = pages.index(WHOLE, ready(front), site=site, older=older)
    changed = select.changed_at(live, withdrawn, opened=facts.opened(tx, key))
    document = feeds.FeedDocument(
        site=site,
        shown=ready(select.in_feed(live, most=feed_items)),
        withdrawn=select.tombstones(withdrawn, changed_at=changed),
        updated=changed,
    )
    pictures = {copy.digest: copy for each in shown.values() if (copy := each.content.copy)}
    kept: dict[str, bytes | Kept] = {
        picture_path(copy): Kept(digest=digest, length=copy.length)
        for digest, copy in sorted(pictures.items())
    }
    return (
        kept
        | tree
        | {ATOM: feeds.atom(document), RSS: feeds.rss(document), JSON_FEED: feeds.json_feed(document)}
    )


def _watched(live: Sequence[Publication], told: Callable[[int, int], None]) -> Iterator[Publication]:
    for n, publication in enumerate(live, start=1):
        yield publication
        told(n, len(live))
