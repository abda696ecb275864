"""Find the newsroom, read its files and the environment, and make one Settings of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from curator.errors import BadSettings, NoNewsroom
from curator.model import Lang
from curator.settings import rules
from curator.settings.given import EDITIONS, SETTINGS, Given, from_environment, from_file, nearest
from curator.settings.labels import labels_for
from curator.settings.values import (
    AlertSettings,
    DatabaseSettings,
    DeskSettings,
    DkimKey,
    Edition,
    EditorSettings,
    FetchSettings,
    KeepSettings,
    LinkSettings,
    MailSettings,
    NewsletterSettings,
    PictureSettings,
    PublishSettings,
    QuotationSettings,
    ReadSettings,
    ReviewSettings,
    ServeSettings,
    Settings,
    TranslateEngine,
    TranslateSettings,
    WordPressSettings,
)

Read = dict[str, dict[str, Any]]
"""What the rules made of what was given, by table and key."""


def find_newsroom(start: Path | None, environ: Mapping[str, str], cwd: Path) -> Path:
    """`start` (--newsroom), else CURATOR_NEWSROOM, else `cwd` or its nearest parent that is a newsroom."""
    named = start or (Path(environ["CURATOR_NEWSROOM"]) if environ.get("CURATOR_NEWSROOM") else None)
    if named is not None:
        folder = (cwd / named).resolve()
        if not _is_newsroom(folder):
            raise NoNewsroom("newsroom_not_there", folder=str(folder))
        return folder
    here = cwd.resolve()
    for folder in (here, *here.parents):
        if _is_newsroom(folder):
            return folder
    raise NoNewsroom(folder=str(here))


def load_settings(newsroom: Path, environ: Mapping[str, str]) -> Settings:
    """Read everything, or raise BadSettings for the first thing that cannot be used."""
    newsroom = newsroom.absolute()
    given = [*from_file(newsroom, SETTINGS), *from_file(newsroom, EDITIONS)]
    given += from_environment(environ, given)

    tables: Read = {name: {} for name in rules.TABLES}
    editors: Read = {}
    editions: Read = {}
    for one in given:
        match one.key:
            case ("editors", name, key):
                editors.setdefault(name, {})[key] = _ruled(one, rules.EDITOR)
            case ("editors", name):
                editors.setdefault(name, {})
            case ("editions", name, key):
                editions.setdefault(name, {})[key] = _ruled(one, rules.EDITION)
            case ("editions", name):
                editions.setdefault(_edition_key(name, one), {})
            case (table, key):
                tables[table][key] = _ruled(one, rules.TABLES[table])
    if not editions:
        raise BadSettings("settings_no_edition", where=str(newsroom / EDITIONS))
    return _settings(newsroom, tables, editors, editions)


def checked_base_url(written: str) -> str:
    """The same as `publish.base_url` would be read, or BadSettings."""
    given = Given(key=("publish", "base_url"), value=written, where="--base-url")
    return str(_ruled(given, rules.TABLES["publish"]))


def checked_database_url(written: str, *, newsroom: Path) -> str:
    """The same as `database.url` would be read in that newsroom, or BadSettings."""
    given = Given(key=("database", "url"), value=written, where="--to")
    return _database_beside(newsroom.absolute(), str(_ruled(given, rules.TABLES["database"])))


def _is_newsroom(folder: Path) -> bool:
    try:
        return (folder / SETTINGS).is_file()
    except (OSError, ValueError):  # a parent that may not be entered; a name with a NUL in it
        return False


def _ruled(given: Given, known: Mapping[str, rules.Rule]) -> Any:
    """The value as its rule makes it. A variable's plain text counts where TOML saw another type in it."""
    rule = known.get(given.key[-1])
    if rule is None:
        raise BadSettings("settings_unknown", key=given.name, where=given.where, nearest=nearest(given))
    try:
        return rule(given.value)
    except rules.Wrong as wrong:
        if given.text is not None and not isinstance(given.value, str):
            try:
                return rule(given.text)
            except rules.Wrong:
                pass  # the first refusal says what is wanted
        raise BadSettings(wrong.code, key=given.name, where=given.where, **wrong.data) from wrong


def _edition_key(name: str, given: Given) -> str:
    # It names a folder below the public directory and stands in addresses.
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?", name):
        raise BadSettings("settings_edition_name", key=name, where=given.where)
    if name in _FOLDERS:
        raise BadSettings("settings_edition_folder", key=name, where=given.where, known=sorted(_FOLDERS))
    return name


_FOLDERS = frozenset(
    "about archive confirm feed items languages newsletter pages pictures preferences search sources"
    " subscribe tags unsubscribe websub".split()
)
"""What the edition at the top has beside the folders of the others, and what `serve` answers by itself."""


def _settings(newsroom: Path, tables: Read, editors: Read, editions: Read) -> Settings:
    mail = tables["mail"]
    mail["given"] = "url" in mail
    if "from" in mail:
        mail["sender"] = mail.pop("from")
    if "dkim" in mail:
        mail["dkim"] = tuple(DkimKey(**key) for key in mail["dkim"])
    if "engines" in tables["translate"]:
        engines = tables["translate"]["engines"]
        tables["translate"]["engines"] = tuple(TranslateEngine(**engine) for engine in engines)
    settings = Settings(
        newsroom=newsroom,
        database=DatabaseSettings(**tables["database"]),
        fetch=FetchSettings(**tables["fetch"]),
        read=ReadSettings(**tables["read"]),
        publish=PublishSettings(**tables["publish"]),
        mail=MailSettings(**mail),
        newsletter=NewsletterSettings(**tables["newsletter"]),
        desk=DeskSettings(**tables["desk"]),
        review=ReviewSettings(**tables["review"]),
        quotation=QuotationSettings(**tables["quotation"]),
        pictures=PictureSettings(**tables["pictures"]),
        translate=TranslateSettings(**tables["translate"]),
        serve=ServeSettings(**tables["serve"]),
        wordpress=WordPressSettings(**tables["wordpress"]),
        alerts=AlertSettings(**tables["alerts"]),
        keep=KeepSettings(**tables["keep"]),
        links=LinkSettings(**tables["links"]),
        editors={key: EditorSettings(**{"name": key, **said}) for key, said in editors.items()},
        editions=dict(_editions(editions)),
    )
    mirrored = settings.wordpress.edition
    if mirrored is not None and mirrored not in settings.editions:
        known = ", ".join(settings.editions)
        raise BadSettings("settings_wants_one_of", key="wordpress.edition", where=SETTINGS, choices=known)
    return _beside(newsroom, settings)


def _editions(read: Read) -> Iterator[tuple[str, Edition]]:
    """Zone and organisation are the house's: what a further edition does not say, the first has said."""
    house: Edition | None = None
    for key, said in read.items():
        language = said.get("language") or (key if re.fullmatch("[a-z]{2,3}", key) else "en")
        words = {**labels_for(language), **said}
        labels = {name: words[name] for name in labels_for(language)}
        title: str = said.get("title", "Curator")
        edition = Edition(
            key=key,
            language=Lang(language),
            title=title,
            subtitle=said.get("subtitle", ""),
            timezone=said.get("timezone", house.timezone if house else "UTC"),
            organisation=said.get("organisation", house.organisation if house else title),
            note_label=labels["note_label"],
            read_more=labels["read_more"],
            source_label=labels["source_label"],
            address=said.get("address", house.address if house else ""),
            privacy_url=said.get("privacy_url", house.privacy_url if house else None),
            labels=labels,
            default=house is None,
        )
        house = house or edition
        yield key, edition


def _beside(newsroom: Path, settings: Settings) -> Settings:
    """The same with every path made absolute: a relative one is relative to the newsroom."""
    database, mail, translate = settings.database, settings.mail, settings.translate
    url = _database_beside(newsroom, database.url)
    outbox = mail.url
    if outbox.startswith("folder:"):
        outbox = f"folder:{newsroom / outbox.removeprefix('folder:')}"
    mailbox = mail.bounce_mailbox
    if mailbox and mailbox.startswith(("maildir:", "mbox:")):
        kind, _, place = mailbox.partition(":")
        mailbox = f"{kind}:{newsroom / place}"
    return replace(
        settings,
        database=replace(database, url=url),
        mail=replace(
            mail,
            url=outbox,
            password_file=_below(newsroom, mail.password_file),
            bounce_mailbox=mailbox,
            bounce_password_file=_below(newsroom, mail.bounce_password_file),
            log=_below(newsroom, mail.log),
            dkim=tuple(replace(key, key_file=newsroom / key.key_file) for key in mail.dkim),
        ),
        publish=replace(settings.publish, directory=newsroom / settings.publish.directory),
        review=replace(
            settings.review, dictionaries=tuple(newsroom / folder for folder in settings.review.dictionaries)
        ),
        wordpress=replace(
            settings.wordpress, password_file=_below(newsroom, settings.wordpress.password_file)
        ),
        translate=replace(
            translate,
            engines=tuple(
                replace(engine, key_file=_below(newsroom, engine.key_file)) for engine in translate.engines
            ),
        ),
    )


def _database_beside(newsroom: Path, url: str) -> str:
    if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
        return f"sqlite:///{quote(str(newsroom))}/{url.removeprefix('sqlite:///')}"
    return url


def _below(newsroom: Path, path: Path | None) -> Path | None:
    return None if path is None else newsroom / path
