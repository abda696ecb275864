"""The words that pages and mails put around an item, per language.

Each is a key of an edition in config/editions.toml and can be said otherwise
there. `{…}` is filled in where the word is used.
"""

from __future__ import annotations

from collections.abc import Mapping

ITALIAN = {
    "all_items": "Tutti gli articoli",
    "archive": "Archivio",
    "by": "di",
    "correction": "Correzione",
    "excerpt_label": "Estratto dall’originale",
    "feed_label": "Feed",
    "home": "Prima pagina",
    "issue": "Numero {number}",
    "license_label": "Licenza",
    "newer": "Più recenti",
    "newsletter": "Newsletter",
    "no_issue_yet": "Non è ancora uscito nessun numero.",
    "note_label": "Nota della redazione",
    "nothing_yet": "Non è ancora stato pubblicato nulla.",
    "older": "Meno recenti",
    "original_title": "Titolo originale",
    "original_untitled": "articolo originale",
    "picture": "Immagine",
    "picture_untitled": "apri l’immagine",
    "preview": "Anteprima di una bozza: nulla di questa pagina è stato pubblicato.",
    "preview_mail": "Anteprima: così apparirà nella newsletter.",
    "published_on": "Pubblicato il",
    "read_in_browser": "Leggi nel browser",
    "read_more": "Continua a leggere",
    "skip": "Vai al contenuto",
    "source_label": "Fonte",
    "subscribe": "Iscriviti",
    "tags": "Temi",
    "unsubscribe": "Annulla l’iscrizione",
    "untitled": "(ancora senza titolo)",
    "updated_on": "Aggiornato il",
    "why_you_get_this": "Ricevi questa mail perché sei iscritto alla newsletter di {organisation}.",
    "withdrawn": "Questo articolo è stato ritirato.",
}

ENGLISH = {
    "all_items": "All items",
    "archive": "Archive",
    "by": "by",
    "correction": "Correction",
    "excerpt_label": "From the original",
    "feed_label": "Feed",
    "home": "Front page",
    "issue": "Issue {number}",
    "license_label": "Licence",
    "newer": "Newer",
    "newsletter": "Newsletter",
    "no_issue_yet": "No issue has come out yet.",
    "note_label": "Editor’s note",
    "nothing_yet": "Nothing has been published yet.",
    "older": "Older",
    "original_title": "Original title",
    "original_untitled": "original article",
    "picture": "Picture",
    "picture_untitled": "open the picture",
    "preview": "Preview of a draft: nothing on this page has been published.",
    "preview_mail": "Preview: this is how it will look in the newsletter.",
    "published_on": "Published on",
    "read_in_browser": "Read in the browser",
    "read_more": "Read more",
    "skip": "Skip to the content",
    "source_label": "Source",
    "subscribe": "Subscribe",
    "tags": "Topics",
    "unsubscribe": "Unsubscribe",
    "untitled": "(no headline yet)",
    "updated_on": "Updated on",
    "why_you_get_this": "You get this mail because you subscribed to the newsletter of {organisation}.",
    "withdrawn": "This item has been withdrawn.",
}

LABELS: Mapping[str, Mapping[str, str]] = {"it": ITALIAN, "en": ENGLISH}


def labels_for(language: str) -> Mapping[str, str]:
    """All words in this language; in English where the house does not speak it."""
    return LABELS.get(language.partition("-")[0].lower(), ENGLISH)
