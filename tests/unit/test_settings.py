"""What may be written in the settings, and how a mistake is answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from curator.errors import BadSettings, NoNewsroom
from curator.settings import Settings, find_newsroom, load_settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "newsroom"
    (folder / "config").mkdir(parents=True)
    (folder / "config/curator.toml").write_text("")
    (folder / "config/editions.toml").write_text("[it]")
    return folder


def read(folder: Path, toml: str = "", **environ: str) -> Settings:
    (folder / "config/curator.toml").write_text(toml)
    return load_settings(folder, environ)


def refusal(folder: Path, toml: str = "", **environ: str) -> BadSettings:
    with pytest.raises(BadSettings) as refused:
        read(folder, toml, **environ)
    return refused.value


def test_a_file_says_only_what_differs(folder: Path) -> None:
    settings = read(folder, "[fetch]\ntotal_timeout = 20")

    assert settings.fetch.total_timeout == 20.0
    assert settings.fetch.max_redirects == 10


def test_a_variable_comes_before_the_file(folder: Path) -> None:
    settings = read(folder, "[fetch]\ntotal_timeout = 20", CURATOR_FETCH__TOTAL_TIMEOUT="30.5")

    assert settings.fetch.total_timeout == 30.5


def test_a_variable_is_read_as_toml_else_as_text(folder: Path) -> None:
    settings = read(
        folder,
        CURATOR_FETCH__ALLOW_PRIVATE='["127.0.0.1:8080", "10.0.0.0/8:*", "[::1]:80"]',
        CURATOR_REVIEW__TWO_PERSON="true",
        CURATOR_PUBLISH__DIRECTORY="site",
        CURATOR_EDITIONS__IT__TITLE="2026",
        CURATOR_TRANSLATE__ENGINES='[{engine = "deepl", key_file = "key"}]',
    )

    assert settings.fetch.allow_private == ("127.0.0.1:8080", "10.0.0.0/8:*", "[::1]:80")
    assert settings.review.two_person
    assert settings.publish.directory == folder / "site"
    assert settings.default_edition.title == "2026"
    assert settings.translate.engines[0].key_file == folder / "key"


def test_a_variable_names_an_editor_in_capitals(folder: Path) -> None:
    toml = '[editors.Marta]\nname = "Marta Bianchi"'

    settings = read(folder, toml, CURATOR_EDITORS__MARTA__ROLE="chief", CURATOR_EDITORS__UGO__PUBLIC="true")

    assert settings.editors["Marta"].role == "chief"
    assert settings.editors["Marta"].name == "Marta Bianchi"
    assert settings.editors["ugo"].public


def test_variables_that_are_no_settings_are_left_alone(folder: Path) -> None:
    settings = read(folder, CURATOR_NEWSROOM="x", CURATOR_EDITOR="y", CURATOR_LOCALE="it", CURATOR_SHARED="z")

    assert settings == read(folder)


def test_sizes_are_bytes_or_words(folder: Path) -> None:
    assert read(folder, "[fetch]\nmax_bytes = 5000").fetch.max_bytes == 5000
    assert read(folder, '[fetch]\nmax_bytes = "2 MiB"').fetch.max_bytes == 2 * 1024 * 1024


def test_relative_paths_are_relative_to_the_newsroom(folder: Path) -> None:
    settings = read(folder, '[database]\nurl = "sqlite:///db/x.db"\n[mail]\nurl = "folder:sent"')

    assert settings.database.url == f"sqlite:///{folder}/db/x.db"
    assert settings.mail.url == f"folder:{folder}/sent"
    assert settings.publish.directory == folder / "public"


def test_a_newsroom_whose_name_needs_quoting_keeps_its_database(tmp_path: Path) -> None:
    from curator.store import Store

    folder = tmp_path / "a?b 100%#é"
    (folder / "config").mkdir(parents=True)
    (folder / "config/editions.toml").write_text("[it]")

    settings = read(folder)

    assert Store(settings.database.url).path == folder / "data/curator.db"


def test_postgresql_is_reached_through_psycopg_however_it_is_spelt(folder: Path) -> None:
    for spelling in ("postgresql", "postgres", "postgresql+psycopg"):
        settings = read(folder, CURATOR_DATABASE__URL=f"{spelling}://curator@db/news")
        assert settings.database.url == "postgresql+psycopg://curator@db/news"


def test_mail_is_given_only_where_its_url_is_set(folder: Path) -> None:
    assert not read(folder).mail.given
    assert read(folder, '[mail]\nurl = "folder:outbox"').mail.given
    assert read(folder, CURATOR_MAIL__URL="smtp://localhost:2525").mail.given


def test_mail_from_is_the_sender(folder: Path) -> None:
    assert (
        read(folder, '[mail]\nfrom = "Rassegna <desk@example.org>"').mail.sender
        == "Rassegna <desk@example.org>"
    )


def test_the_public_address_ends_with_a_slash(folder: Path) -> None:
    settings = read(folder, '[publish]\nbase_url = "https://example.org/cx"')

    assert settings.publish.base_url == "https://example.org/cx/"


@pytest.mark.parametrize(
    ("written", "uri"),
    [
        ("https://caffè.example/è/", "https://xn--caff-8oa.example/%C3%A8/"),
        ("http://Caffè.example:8080", "http://xn--caff-8oa.example:8080/"),
        ("https://example.org/a%20b/~c", "https://example.org/a%20b/~c/"),
        ("http://[::1]:8000/è", "http://[::1]:8000/%C3%A8/"),
    ],
)
def test_the_public_address_goes_out_as_a_uri(folder: Path, written: str, uri: str) -> None:
    assert read(folder, f"[publish]\nbase_url = '{written}'").publish.base_url == uri


def test_the_first_edition_is_the_default(folder: Path) -> None:
    (folder / "config/editions.toml").write_text('[en]\ntitle = "News"\n[it]\ntitle = "Notizie"')

    settings = read(folder)

    assert settings.default_edition.key == "en"
    assert [edition.default for edition in settings.editions.values()] == [True, False]
    assert settings.editions["it"].source_label == "Fonte"
    assert settings.editions["en"].labels["unsubscribe"] == "Unsubscribe"


def test_an_edition_says_its_own_words(folder: Path) -> None:
    (folder / "config/editions.toml").write_text('[it]\nnote_label = "NOTA AICEX"\nby = "a cura di"')

    edition = read(folder).default_edition

    assert edition.note_label == "NOTA AICEX"
    assert edition.labels["by"] == "a cura di"


def test_an_edition_in_another_language_falls_back_to_english_words(folder: Path) -> None:
    (folder / "config/editions.toml").write_text('[fr]\nlanguage = "fr"')

    assert read(folder).default_edition.read_more == "Read more"


@pytest.mark.parametrize(
    ("toml", "key", "nearest"),
    [
        ("[fetch]\ntotal_timout = 20", "fetch.total_timout", "fetch.total_timeout"),
        ("[mail]\nbase_url = 'https://example.org'", "mail.base_url", "publish.base_url"),
        ("[fetchh]", "fetchh", "fetch"),
        ("total_timeout = 20", "total_timeout", "fetch.total_timeout"),
        ("[editors.marta]\nrol = 'chief'", "editors.marta.rol", "editors.marta.role"),
    ],
)
def test_an_unknown_key_or_table_is_named_with_the_nearest(
    folder: Path, toml: str, key: str, nearest: str
) -> None:
    error = refusal(folder, toml)

    assert error.reason == "settings_unknown"
    assert error.data == {"key": key, "nearest": nearest, "where": "config/curator.toml"}


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("CURATOR_FETCH_TOTAL_TIMEOUT", "CURATOR_FETCH__TOTAL_TIMEOUT"),
        ("CURATOR_FETCH__TOTAL_TIMOUT", "CURATOR_FETCH__TOTAL_TIMEOUT"),
        ("CURATOR_NEWSROM", "CURATOR_NEWSROOM"),
        ("CURATOR_EDITORS__MARTA__ROL", "CURATOR_EDITORS__MARTA__ROLE"),
    ],
)
def test_an_unknown_variable_is_named_with_the_nearest(folder: Path, variable: str, nearest: str) -> None:
    error = refusal(folder, **{variable: "20"})

    assert error.reason == "settings_unknown_variable"
    assert error.data == {"key": variable, "nearest": nearest}


@pytest.mark.parametrize(
    ("toml", "code"),
    [
        ("fetch = 3", "settings_wants_table"),
        ("[fetch]\ntotal_timeout = true", "settings_wants_number"),
        ("[fetch]\ntotal_timeout = nan", "settings_wants_number"),
        ("[fetch]\ntotal_timeout = -1", "settings_wants_number"),
        ("[fetch]\nconcurrency = 2.5", "settings_wants_whole_number"),
        ("[fetch]\nmax_bytes = '15 miles'", "settings_wants_size"),
        ("[fetch]\nallow_private = '127.0.0.1:80'", "settings_wants_list"),
        ("[fetch]\nallow_private = ['127.0.0.1']", "settings_wants_host_and_port"),
        ("[fetch]\nallow_private = ['10.0.0.0/99:80']", "settings_wants_host_and_port"),
        ('[fetch]\nuser_agent = "two\\nlines"', "settings_wants_text"),
        ("[review]\ntwo_person = 'yes'", "settings_wants_yes_or_no"),
        ("[newsletter]\nweekday = 'lunedì'", "settings_wants_one_of"),
        ("[newsletter]\ntime = '25:00'", "settings_wants_time"),
        ("[newsletter]\nstart = 'yesterday'", "settings_wants_days_or_date"),
        ("[publish]\nbase_url = 'example.org'", "settings_wants_web_url"),
        ("[publish]\nbase_url = 'http://[::1'", "settings_wants_web_url"),
        ("[publish]\nbase_url = 'https://straße.example'", "settings_wants_xn_host"),
        ("[publish]\nbase_url = 'https://è..example'", "settings_wants_xn_host"),
        ("[mail]\nurl = 'http://example.org'", "settings_wants_mail_url"),
        ("[mail]\nfrom = 'nobody'", "settings_wants_address"),
        ("[database]\nurl = 'sqlite://'", "settings_wants_database_url"),
        ("[database]\nurl = 'mysql://host/name'", "settings_wants_database_url"),
        ("[translate]\nengines = [{engine = 'deeple'}]", "settings_engine_unknown"),
        ("[translate]\nengines = [{engine = 'deepl'}]", "settings_engine_wants_key"),
        ("[translate]\nengines = [{engine = 'libretranslate'}]", "settings_engine_wants_url"),
        ("[translate]\nengines = [{engine = 'google', key = 'k'}]", "settings_engine_wants_nothing"),
        ("[translate]\nengines = [{url = 'https://example.org'}]", "settings_wants_engine"),
        ("[serve]\ntrusted_proxies = ['proxy']", "settings_wants_network"),
        ("editors = ['marta']", "settings_wants_table"),
        ("[fetch\n", "settings_not_toml"),
    ],
)
def test_a_value_that_cannot_be_used_says_what_is_wanted(folder: Path, toml: str, code: str) -> None:
    assert refusal(folder, toml).reason == code


@pytest.mark.parametrize("place", ["127.0.0.1:9464", "0.0.0.0:0", "[::1]:65535", "curator-1.example.org:80"])
def test_figures_have_a_place_of_their_own(folder: Path, place: str) -> None:
    assert read(folder, CURATOR_SERVE__METRICS=place).serve.metrics == place


@pytest.mark.parametrize(
    "place",
    [
        *("9464", ":9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:٩٤٦٤"),
        *("ada@127.0.0.1:80", "ada:secret@host:80", "a b:80", "a: 80", "host:80/figures", "http://host:80"),
        *("[", "[]", "[]:80", "[::1", "[::1]", "[::g]:80", "[1.2.3]:80", "::1:80", "caffè:80"),
    ],
)
def test_figures_have_no_place_where_nothing_can_listen(folder: Path, place: str) -> None:
    error = refusal(folder, CURATOR_SERVE__METRICS=place)

    assert error.reason == "settings_wants_host_and_port"
    assert "secret" not in str(error.data)


@pytest.mark.parametrize(
    ("toml", "code"),
    [
        ("", "settings_no_edition"),
        ("[it]\ntimezone = 'Europe'", "settings_wants_timezone"),
        ("[it]\ntimezone = '../../etc/passwd'", "settings_wants_timezone"),
        ("[it]\nlanguage = 'italiano!'", "settings_wants_language"),
        ("['../it']", "settings_edition_name"),
        ("[it]\ntitel = 'x'", "settings_unknown"),
        ("it = 'x'", "settings_wants_table"),
    ],
)
def test_an_edition_that_cannot_be_used_says_what_is_wanted(folder: Path, toml: str, code: str) -> None:
    (folder / "config/editions.toml").write_text(toml)

    assert refusal(folder).reason == code


def test_a_variable_cannot_bring_an_edition_that_no_address_can_hold(folder: Path) -> None:
    error = refusal(folder, **{"CURATOR_EDITIONS__A/B__TITLE": "x"})

    assert error.reason == "settings_edition_name"


def test_a_secret_in_a_value_is_not_repeated(folder: Path) -> None:
    error = refusal(folder, '[database]\nurl = "mysql://curator:hunter2@host/name"')

    assert "hunter2" not in str(error.data)


def test_a_mistake_in_toml_says_line_and_column(folder: Path) -> None:
    error = refusal(folder, "[fetch]\ntotal_timeout == 20")

    assert (error.data["line"], error.data["column"]) == (2, 16)
    assert error.data["path"].endswith("config/curator.toml")


def test_a_byte_order_mark_is_no_mistake(folder: Path) -> None:
    (folder / "config/curator.toml").write_bytes(b"\xef\xbb\xbf[fetch]\r\ninterval = 90\r\n")

    assert load_settings(folder, {}).fetch.interval == 90


def test_a_file_that_is_not_utf8_is_named(folder: Path) -> None:
    (folder / "config/curator.toml").write_bytes("[mail]\nfrom = 'Niccolò'".encode("latin-1"))

    with pytest.raises(BadSettings) as refused:
        load_settings(folder, {})
    assert refused.value.reason == "settings_not_utf8"


def test_a_file_that_is_missing_is_named(folder: Path) -> None:
    (folder / "config/editions.toml").unlink()

    error = refusal(folder)

    assert error.reason == "settings_unreadable"
    assert error.data["path"].endswith("config/editions.toml")


def test_a_newsroom_is_found_from_below(folder: Path) -> None:
    (folder / "deep/er").mkdir(parents=True)

    assert find_newsroom(None, {}, folder / "deep/er") == folder


def test_the_option_comes_before_the_variable_and_that_before_the_place(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "config").mkdir(parents=True)
    (other / "config/curator.toml").touch()

    assert find_newsroom(None, {"CURATOR_NEWSROOM": str(other)}, folder) == other
    assert find_newsroom(Path("newsroom"), {"CURATOR_NEWSROOM": str(other)}, tmp_path) == folder


def test_no_newsroom_is_said_with_the_place(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NoNewsroom) as nowhere:
        find_newsroom(None, {}, tmp_path)
    assert nowhere.value.data == {"folder": str(tmp_path)}

    with pytest.raises(NoNewsroom) as named:
        find_newsroom(tmp_path / "typo", {}, folder)
    assert named.value.reason == "newsroom_not_there"


def test_a_further_edition_is_of_the_same_house(folder: Path) -> None:
    first = '[it]\ntitle = "Rassegna"\norganisation = "AICEX"\ntimezone = "Europe/Rome"\n'
    (folder / "config/editions.toml").write_text(
        f'{first}[en]\ntitle = "Review"\n[fr]\norganisation = "Amis"'
    )

    editions = load_settings(folder, {}).editions

    assert [(e.organisation, e.timezone, e.language) for e in editions.values()] == [
        ("AICEX", "Europe/Rome", "it"),
        ("AICEX", "Europe/Rome", "en"),
        ("Amis", "Europe/Rome", "fr"),
    ]
