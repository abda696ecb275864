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
        "Hai trovato un errore, o è tuo un testo citato e vuoi una modifica? Scrivi a {organisation}. Le "
        "correzioni restano sulla pagina, con la data; ciò che viene ritirato lascia una pagina che lo dice."
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
    "asked_missing": (
        "Non è arrivato nulla? Guarda nella posta indesiderata, o controlla che l’indirizzo sia scritto bene."
    ),
    "asked_text": (
        "Se possiamo scrivere a questo indirizzo, tra pochi minuti arriva una mail con un link. Aprilo per "
        "confermare: finché non lo fai, non ricevi la newsletter."
    ),
    "asked_title": "Controlla la posta",
    "by": "di",
    "confirm": "Conferma",
    "confirm_text": "Ancora un clic, e ricevi la newsletter «{title}».",
    "confirm_title": "Conferma l’iscrizione",
    "confirmed_text": "Il prossimo numero di «{title}» arriva nella tua casella.",
    "confirmed_title": "Iscrizione confermata",
    "consent_changed": (
        "Il testo del consenso è cambiato mentre compilavi il modulo. Rileggilo e invia di nuovo."
    ),
    "consent_missing": "Senza questo consenso non possiamo scriverti.",
    "consent_text": (
        "Desidero ricevere per posta elettronica la newsletter «{title}» di {organisation}, che esce circa "
        "una volta alla settimana. {organisation} usa il mio indirizzo soltanto per questo e non conta chi "
        "apre le mail. Posso annullare l’iscrizione con il link in ogni mail e far cancellare i miei dati "
        "in qualsiasi momento."
    ),
    "consent_version": "Versione del testo: {version}",
    "corrected_on": "Corretto il",
    "correction": "Correzione",
    "edition_switch": "Edizioni",
    "email": "Indirizzo email",
    "email_hint": "Ti mandiamo subito un link per confermare.",
    "email_invalid": "Questo non è un indirizzo email completo. Serve qualcosa come nome@esempio.it.",
    "erase": "Cancella i miei dati",
    "erase_kept": (
        "Resta soltanto un’impronta dell’indirizzo fatta con una chiave segreta. Da lì l’indirizzo non si "
        "ricava: serve a non scriverti mai più, nemmeno per errore. Se un giorno vuoi tornare, scrivi a "
        "{organisation}: da qui non si può."
    ),
    "erase_text": (
        "Cancelliamo l’indirizzo {email}, le preferenze e il consenso, per tutte le newsletter. Non si può "
        "annullare."
    ),
    "erased_text": "Non abbiamo più il tuo indirizzo. Una mail che era già partita può ancora arrivare.",
    "erased_title": "I tuoi dati sono stati cancellati",
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
    "form_error": "Da correggere",
    "home": "Prima pagina",
    "in_language": "In {language}",
    "issue": "Numero {number}",
    "item_newer": "Articolo successivo",
    "item_older": "Articolo precedente",
    "items_many": "{count} articoli",
    "items_one": "1 articolo",
    "languages": "Lingue",
    "languages_text": "In quale lingua sono scritti gli originali.",
    "leave_text": "Non riceverai più la newsletter «{title}».",
    "left_again": "È stato uno sbaglio? Puoi iscriverti di nuovo.",
    "left_text": "Non ricevi più la newsletter «{title}». Una mail che era già partita può ancora arrivare.",
    "left_title": "Iscrizione annullata",
    "license_label": "Licenza",
    "mail_already_after": (
        "Se hai smarrito la newsletter, guarda anche nella posta indesiderata. Se la richiesta non è tua, "
        "non devi fare nulla."
    ),
    "mail_already_subject": "L’iscrizione a {title} c’è già",
    "mail_already_text": (
        "Qualcuno, forse tu, ha chiesto di iscrivere questo indirizzo a «{title}». Lo è già. Per scegliere "
        "che cosa ricevere, annullare l’iscrizione o cancellare i tuoi dati:"
    ),
    "mail_confirm_after": (
        "Se la richiesta non è tua, non devi fare nulla: senza conferma non riceverai la newsletter e "
        "l’indirizzo sarà cancellato."
    ),
    "mail_confirm_subject": "Conferma l’iscrizione a {title}",
    "mail_confirm_text": (
        "Qualcuno, forse tu, ha chiesto di iscrivere questo indirizzo a «{title}» di {organisation}. Per "
        "confermare apri questo indirizzo e premi il pulsante:"
    ),
    "mail_preferences_after": "Il link vale tre giorni. Se la richiesta non è tua, non devi fare nulla.",
    "mail_preferences_subject": "Le tue preferenze per {title}",
    "mail_preferences_text": (
        "Qui scegli che cosa ricevere da {organisation}, annulli l’iscrizione o cancelli i tuoi dati:"
    ),
    "mail_preferences": "Scegli che cosa ricevere",
    "mail_privacy": "Come trattiamo i tuoi dati",
    "link_expired": "Questo link è scaduto",
    "link_expired_text": "Per sicurezza questi link valgono solo per un certo tempo. Chiedine uno nuovo.",
    "link_invalid": "Questo link non vale",
    "link_invalid_text": "Forse è stato copiato solo in parte, o è già stato usato.",
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
    "page_later": "Ora non è possibile",
    "page_later_quote": "Se ci scrivete, citate la riga qui sopra.",
    "page_later_text": (
        "C’è un problema dalla nostra parte. Riprova tra qualche minuto: non è andato perso nulla."
    ),
    "page_number": "pagina {number}",
    "pages": "Pagine",
    "picture": "Immagine",
    "picture_untitled": "apri l’immagine",
    "preferences": "Preferenze",
    "preferences_asked_text": (
        "Se l’indirizzo è tra quelli a cui scriviamo, tra pochi minuti ricevi una mail con un link per "
        "cambiare le preferenze."
    ),
    "preferences_editions": "Newsletter che ricevi",
    "preferences_hint": (
        "Ti mandiamo un link con cui scegliere che cosa ricevi, o far cancellare i tuoi dati."
    ),
    "preferences_of": "Valgono per {email}.",
    "preferences_save": "Salva",
    "preferences_saved": "Le preferenze sono salvate.",
    "preferences_send": "Mandami il link",
    "preview": "Anteprima di una bozza: nulla di questa pagina è stato pubblicato.",
    "preview_mail": "Anteprima: così apparirà nella newsletter.",
    "privacy_link": "Come trattiamo i tuoi dati",
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
    "subscribe_text": "Una volta alla settimana, per posta elettronica, ciò che è uscito nella rassegna.",
    "subscribe_title": "Iscriviti alla newsletter",
    "table": "Tabella",
    "tags": "Temi",
    "tags_text": "Di che cosa parliamo.",
    "too_often": "Troppe richieste da questo indirizzo di rete. Riprova tra {minutes} min.",
    "topics_all": "Tutti i numeri",
    "topics_legend": "Che cosa vuoi ricevere?",
    "topics_missing": "Scegli almeno un tema, oppure tutti i numeri.",
    "topics_some": "Solo i numeri che parlano di:",
    "undated": "Senza data",
    "unsubscribe": "Annulla l’iscrizione",
    "untitled": "(ancora senza titolo)",
    "updated_on": "Aggiornato il",
    "why_you_get_this": "Ricevi questa mail perché l’indirizzo è iscritto alla newsletter di {organisation}.",
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
    "asked_missing": (
        "Nothing came? Look among unwanted mail, or check that the address was written correctly."
    ),
    "asked_text": (
        "If we may write to this address, a mail with a link reaches it in a few minutes. Open it to "
        "confirm: until you do, you do not get the newsletter."
    ),
    "asked_title": "Check your mail",
    "by": "by",
    "confirm": "Confirm",
    "confirm_text": "One more click, and you get the newsletter “{title}”.",
    "confirm_title": "Confirm your subscription",
    "confirmed_text": "The next issue of “{title}” will be in your inbox.",
    "confirmed_title": "Subscription confirmed",
    "consent_changed": (
        "The words you agree to changed while you filled in the form. Read them again and send the form "
        "once more."
    ),
    "consent_missing": "Without this consent we cannot write to you.",
    "consent_text": (
        "I want to get the newsletter “{title}” of {organisation} by mail, about once a week. "
        "{organisation} uses my address for nothing else and does not count who opens its mails. I can "
        "unsubscribe with the link in every mail and have my data erased at any time."
    ),
    "consent_version": "Version of this text: {version}",
    "corrected_on": "Corrected on",
    "correction": "Correction",
    "edition_switch": "Editions",
    "email": "Email address",
    "email_hint": "We send you a link to confirm at once.",
    "email_invalid": "This is not a complete email address. It takes something like name@example.org.",
    "erase": "Erase my data",
    "erase_kept": (
        "All that stays is a fingerprint of the address made with a secret key. It cannot be turned back "
        "into the address: it keeps us from ever writing to you again, even by mistake. Should you want to "
        "come back one day, write to {organisation}: it cannot be done from here."
    ),
    "erase_text": (
        "We erase the address {email}, your preferences and your consent, for all newsletters. This cannot "
        "be undone."
    ),
    "erased_text": "We no longer have your address. A mail that had already left may still arrive.",
    "erased_title": "Your data have been erased",
    "excerpt_label": "From the original",
    "feed_atom": "The most complete one; every feed reader knows it.",
    "feed_json": "For programs, and for the newest readers.",
    "feed_page": "Follow",
    "feed_page_text": "This is what those who follow us get. Copy one of the addresses into a feed reader.",
    "feed_rss": "For readers that know nothing but RSS.",
    "feeds_by_language": "Feeds by language of the source",
    "feeds_by_topic": "Feeds by topic",
    "form_error": "To be corrected",
    "home": "Front page",
    "in_language": "In {language}",
    "issue": "Issue {number}",
    "item_newer": "Next item",
    "item_older": "Previous item",
    "items_many": "{count} items",
    "items_one": "1 item",
    "languages": "Languages",
    "languages_text": "The languages that the originals are written in.",
    "leave_text": "You will no longer get the newsletter “{title}”.",
    "left_again": "Was it a mistake? You can subscribe again.",
    "left_text": "You no longer get the newsletter “{title}”. A mail that had already left may still arrive.",
    "left_title": "You have unsubscribed",
    "license_label": "Licence",
    "mail_already_after": (
        "If you miss the newsletter, look among your junk mail, too. If it was not you who asked, you need "
        "not do anything."
    ),
    "mail_already_subject": "You are subscribed to {title} already",
    "mail_already_text": (
        "Somebody, perhaps you, asked to subscribe this address to “{title}”. It is subscribed already. To "
        "choose what you get, to unsubscribe or to have your data erased:"
    ),
    "mail_confirm_after": (
        "If it was not you who asked, you need not do anything: without a confirmation you will not get the "
        "newsletter, and the address will be erased."
    ),
    "mail_confirm_subject": "Confirm your subscription to {title}",
    "mail_confirm_text": (
        "Somebody, perhaps you, asked to subscribe this address to “{title}” by {organisation}. To confirm, "
        "open this address and press the button:"
    ),
    "mail_preferences_after": (
        "The link is good for three days. If it was not you who asked, you need not do anything."
    ),
    "mail_preferences_subject": "Your preferences for {title}",
    "mail_preferences_text": (
        "Here you choose what you get from {organisation}, unsubscribe or have your data erased:"
    ),
    "mail_preferences": "Choose what you get",
    "mail_privacy": "How we treat your data",
    "link_expired": "This link has expired",
    "link_expired_text": "To be safe, these links are good for some time only. Ask for a new one.",
    "link_invalid": "This link does not work",
    "link_invalid_text": "It may have been copied only in part, or used already.",
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
    "page_later": "Not possible right now",
    "page_later_quote": "If you write to us about it, quote the line above.",
    "page_later_text": "Something is wrong on our side. Try again in a few minutes: nothing was lost.",
    "page_number": "page {number}",
    "pages": "Pages",
    "picture": "Picture",
    "picture_untitled": "open the picture",
    "preferences": "Preferences",
    "preferences_asked_text": (
        "If the address is one of those we write to, a mail with a link to change your preferences reaches "
        "you in a few minutes."
    ),
    "preferences_editions": "Newsletters you get",
    "preferences_hint": (
        "We send you a link with which you can choose what you get, or have your data erased."
    ),
    "preferences_of": "They are for {email}.",
    "preferences_save": "Save",
    "preferences_saved": "Your preferences have been saved.",
    "preferences_send": "Send me the link",
    "preview": "Preview of a draft: nothing on this page has been published.",
    "preview_mail": "Preview: this is how it will look in the newsletter.",
    "privacy_link": "What we do with your data",
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
    "subscribe_text": "Once a week, by mail, what has come out here.",
    "subscribe_title": "Subscribe to the newsletter",
    "table": "Table",
    "tags": "Topics",
    "tags_text": "What we write about.",
    "too_often": "Too many requests from this network. Try again in {minutes} min.",
    "topics_all": "Every issue",
    "topics_legend": "What do you want to get?",
    "topics_missing": "Choose at least one topic, or every issue.",
    "topics_some": "Only issues that write about:",
    "undated": "No date",
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
