"""The words of the house: frozen values that every stage shares.

Nothing here reads a clock, a file or the network, and nothing here is
changed after it was made: a change is a new value (`dataclasses.replace`).
All instants are aware and in UTC. See docs/glossary.md for the meanings.
"""

from curator.model.entries import (
    Attribution,
    ChangedEntry,
    Changes,
    Entry,
    FeedLink,
    Image,
    KnownEntry,
    NewEntry,
    ParsedEntry,
    ParsedFeed,
    Unreadable,
)
from curator.model.items import Commentary, Editor, Event, Excerpt, Item, Move, Status, Suggestion, Waiver
from curator.model.newsletter import (
    Delivery,
    DeliveryState,
    Issue,
    IssueCounts,
    IssueStatus,
    Letter,
    Subscriber,
    SubscriptionStatus,
)
from curator.model.public import Origin, Publication, PublicItem
from curator.model.sources import (
    Failed,
    Fetch,
    Fetched,
    Gone,
    NotModified,
    Source,
    SourceDraft,
    SourceKind,
    SourceStatus,
    Validators,
)
from curator.model.words import UNKNOWN_LANGUAGE, Lang, Problem, SafeHtml

__all__ = [
    "UNKNOWN_LANGUAGE",
    "Attribution",
    "ChangedEntry",
    "Changes",
    "Commentary",
    "Delivery",
    "DeliveryState",
    "Editor",
    "Entry",
    "Event",
    "Excerpt",
    "Failed",
    "FeedLink",
    "Fetch",
    "Fetched",
    "Gone",
    "Image",
    "Issue",
    "IssueCounts",
    "IssueStatus",
    "Item",
    "KnownEntry",
    "Lang",
    "Letter",
    "Move",
    "NewEntry",
    "NotModified",
    "Origin",
    "ParsedEntry",
    "ParsedFeed",
    "Problem",
    "PublicItem",
    "Publication",
    "SafeHtml",
    "Source",
    "SourceDraft",
    "SourceKind",
    "SourceStatus",
    "Status",
    "Subscriber",
    "SubscriptionStatus",
    "Suggestion",
    "Unreadable",
    "Validators",
    "Waiver",
]
