"""config/*.toml and CURATOR_* variables, read into one frozen Settings.

An unknown key, table or variable is an error that names it and the nearest
known one: a misspelt limit must not silently be no limit.
"""

from curator.settings.labels import LABELS, labels_for
from curator.settings.load import checked_base_url, checked_database_url, find_newsroom, load_settings
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

__all__ = [
    "LABELS",
    "AlertSettings",
    "DatabaseSettings",
    "DeskSettings",
    "DkimKey",
    "Edition",
    "EditorSettings",
    "FetchSettings",
    "KeepSettings",
    "LinkSettings",
    "MailSettings",
    "NewsletterSettings",
    "PictureSettings",
    "PublishSettings",
    "QuotationSettings",
    "ReadSettings",
    "ReviewSettings",
    "ServeSettings",
    "Settings",
    "TranslateEngine",
    "TranslateSettings",
    "WordPressSettings",
    "checked_base_url",
    "checked_database_url",
    "find_newsroom",
    "labels_for",
    "load_settings",
]
