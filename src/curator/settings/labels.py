"""The words that pages and mails put around an item, per language.

Each is a key of an edition in config/editions.toml and can be said otherwise
there. `{…}` is filled in where the word is used.
"""

from __future__ import annotations

from collections.abc import Mapping

ITALIAN = {
    "about": "Informazioni",
    "about_corrections": "Correzioni",
    "about_corrections_text": (
        "Hai trovato un errore, o sei l’autore di un testo citato e vuoi una modifica? Scrivi a "
        "{organisation}. Le correzioni restano sulla pagina, con la data; ciò che viene ritirato lascia una "
        "pagina che lo dice."
    ),
    "about_follow": "Come seguirla",
    "about_follow_text": (
        "Un feed è un indirizzo che un lettore di feed controlla al posto tuo: copialo in un’applicazione "
        "come Feedly, Inoreader, NetNewsWire o Thunderbird, e ogni nuovo articolo ti aspetterà lì. Non serve "
        "registrarsi e nessuno sa che stai leggendo."
    ),
    "about_licence": "Licenza",
    "about_licence_text": (
        "I titoli e le note sono di {organisation}. Ogni citazione resta di chi l’ha scritta, alle "
        "condizioni indicate accanto."
    ),
    "about_privacy": "Privacy",
    "about_privacy_text": (
        "Queste pagine non usano cookie, non contano i lettori e non caricano nulla da altri siti. Anche la "
        "ricerca avviene nel tuo browser."
    ),
    "about_quoting": "Come citiamo",
    "about_quoting_text": (
        "Il titolo e la nota sono scritti dalla redazione. Il brano citato è riportato alla lettera, nella "
        "lingua in cui è stato scritto, e ogni articolo indica chi lo ha scritto, dove è uscito e come si "
        "arriva all’originale."
    ),
    "about_title": "Che cos’è questa rassegna",
    "about_who": "Chi la fa",
    "about_who_text": (
        "{title} è curata da {organisation}: persone che leggono, scelgono e spiegano perché vale la pena di "
        "leggere."
    ),
    "all_items": "Tutti gli articoli",
    "also_in": "Anche in",
    "also_in_issue": "Anche in questo numero",
    "archive": "Archivio",
    "by": "di",
    "correction": "Correzione",
    "edition_switch": "Edizioni",
    "excerpt_label": "Estratto dall’originale",
    "feed_atom": "Il più completo: lo leggono tutti i lettori di feed.",
    "feed_json": "Per programmi e per i lettori più recenti.",
    "feed_page": "Segui",
    "feed_page_text": (
        "Questo è ciò che riceve chi segue la rassegna. Copia uno degli indirizzi in un lettore di feed."
    ),
    "feed_rss": "Per i lettori che conoscono soltanto RSS.",
    "feeds_by_language": "Feed per lingua della fonte",
    "feeds_by_topic": "Feed per tema",
    "home": "Prima pagina",
    "in_language": "In {language}",
    "issue": "Numero {number}",
    "item_newer": "Articolo successivo",
    "item_older": "Articolo precedente",
    "items_many": "{count} articoli",
    "items_one": "1 articolo",
    "languages": "Lingue",
    "languages_text": "In quale lingua sono scritti gli originali.",
    "license_label": "Licenza",
    "more_from": "Altro da",
    "newer": "Più recenti",
    "newest": "Gli ultimi articoli",
    "newsletter": "Newsletter",
    "no_issue_yet": "Non è ancora uscito nessun numero.",
    "not_found": "Pagina non trovata",
    "not_found_text": (
        "A questo indirizzo non c’è nulla. Forse è stato copiato male, o la pagina non è mai esistita."
    ),
    "note_label": "Nota della redazione",
    "nothing_left": "Quello che era uscito qui è stato ritirato.",
    "nothing_yet": "Non è ancora stato pubblicato nulla.",
    "older": "Meno recenti",
    "original_untitled": "articolo originale",
    "page_number": "pagina {number}",
    "pages": "Pagine",
    "picture": "Immagine",
    "picture_untitled": "apri l’immagine",
    "preview": "Anteprima di una bozza: nulla di questa pagina è stato pubblicato.",
    "preview_mail": "Anteprima: così apparirà nella newsletter.",
    "read_in_browser": "Leggi nel browser",
    "read_more": "Continua a leggere",
    "search": "Cerca",
    "search_failed": "L’indice della ricerca non si è caricato. Riprova più tardi, o sfoglia l’archivio.",
    "search_found": "Articoli trovati: {count}",
    "search_hint": "Cerca in titoli, note, citazioni, fonti e temi. Gli accenti non contano.",
    "search_label": "Parole da cercare",
    "search_none": "Nessun articolo contiene tutte queste parole.",
    "search_searching": "Ricerca in corso…",
    "search_without": (
        "La ricerca avviene nel tuo browser e ha bisogno di JavaScript. Senza, si trova tutto per mese, per "
        "tema e per fonte."
    ),
    "skip": "Vai al contenuto",
    "source_label": "Fonte",
    "sources": "Fonti",
    "sources_text": "Da chi abbiamo citato.",
    "subscribe": "Iscriviti",
    "table": "Tabella",
    "tags": "Temi",
    "tags_text": "Di che cosa parliamo.",
    "unsubscribe": "Annulla l’iscrizione",
    "untitled": "(ancora senza titolo)",
    "updated_on": "Aggiornato il",
    "why_you_get_this": "Ricevi questa mail perché sei iscritto alla newsletter di {organisation}.",
    "withdrawn": "Questo articolo è stato ritirato.",
}

ENGLISH = {
    "about": "About",
    "about_corrections": "Corrections",
    "about_corrections_text": (
        "Have you found a mistake, or are you the author of something quoted here and want it changed? Write "
        "to {organisation}. Corrections stay on the page with their date; what is withdrawn leaves a page "
        "that says so."
    ),
    "about_follow": "How to follow it",
    "about_follow_text": (
        "A feed is an address that a feed reader looks at for you: copy it into an application such as "
        "Feedly, Inoreader, NetNewsWire or Thunderbird, and every new item will wait for you there. There is "
        "nothing to sign up for, and nobody knows that you are reading."
    ),
    "about_licence": "Licence",
    "about_licence_text": (
        "Headlines and notes are by {organisation}. Every quotation remains its author’s, under the terms "
        "named beside it."
    ),
    "about_privacy": "Privacy",
    "about_privacy_text": (
        "These pages use no cookies, count no readers and load nothing from other sites. Searching happens "
        "in your browser, too."
    ),
    "about_quoting": "How we quote",
    "about_quoting_text": (
        "Headline and note are written by our editors. The passage quoted stands word for word, in the "
        "language it was written in, and every item says who wrote it, where it appeared and how to get to "
        "the original."
    ),
    "about_title": "What this is",
    "about_who": "Who makes it",
    "about_who_text": (
        "{title} is edited by {organisation}: people who read, choose and say why something is worth reading."
    ),
    "all_items": "All items",
    "also_in": "Also in",
    "also_in_issue": "Also in this issue",
    "archive": "Archive",
    "by": "by",
    "correction": "Correction",
    "edition_switch": "Editions",
    "excerpt_label": "From the original",
    "feed_atom": "The most complete one; every feed reader knows it.",
    "feed_json": "For programs, and for the newest readers.",
    "feed_page": "Follow",
    "feed_page_text": "This is what those who follow us get. Copy one of the addresses into a feed reader.",
    "feed_rss": "For readers that know nothing but RSS.",
    "feeds_by_language": "Feeds by language of the source",
    "feeds_by_topic": "Feeds by topic",
    "home": "Front page",
    "in_language": "In {language}",
    "issue": "Issue {number}",
    "item_newer": "Next item",
    "item_older": "Previous item",
    "items_many": "{count} items",
    "items_one": "1 item",
    "languages": "Languages",
    "languages_text": "The languages that the originals are written in.",
    "license_label": "Licence",
    "more_from": "More from",
    "newer": "Newer",
    "newest": "The newest items",
    "newsletter": "Newsletter",
    "no_issue_yet": "No issue has come out yet.",
    "not_found": "Page not found",
    "not_found_text": (
        "There is nothing at this address. It may have been copied wrongly, or the page never existed."
    ),
    "note_label": "Editor’s note",
    "nothing_left": "What came out here has been withdrawn.",
    "nothing_yet": "Nothing has been published yet.",
    "older": "Older",
    "original_untitled": "original article",
    "page_number": "page {number}",
    "pages": "Pages",
    "picture": "Picture",
    "picture_untitled": "open the picture",
    "preview": "Preview of a draft: nothing on this page has been published.",
    "preview_mail": "Preview: this is how it will look in the newsletter.",
    "read_in_browser": "Read in the browser",
    "read_more": "Read more",
    "search": "Search",
    "search_failed": "The search index could not be loaded. Try again later, or look through the archive.",
    "search_found": "Items found: {count}",
    "search_hint": "Looks in headlines, notes, quotations, sources and topics. Accents do not matter.",
    "search_label": "Words to look for",
    "search_none": "No item has all of these words.",
    "search_searching": "Searching…",
    "search_without": (
        "Searching happens in your browser and needs JavaScript. Without it, everything can be found by "
        "month, by topic and by source."
    ),
    "skip": "Skip to the content",
    "source_label": "Source",
    "sources": "Sources",
    "sources_text": "Those whom we have quoted.",
    "subscribe": "Subscribe",
    "table": "Table",
    "tags": "Topics",
    "tags_text": "What we write about.",
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
