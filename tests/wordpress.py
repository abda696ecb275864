"""A real WordPress of the tests' own: Debian's packages, unpacked and never installed, on a free port.

`make wordpress` unpacks them (`python tests/wordpress.py .venv/wordpress`) and makes an empty blog once; each
start takes a copy of it. MariaDB listens on a socket in the folder of the instance, PHP's own server on
loopback; nothing needs root. Italian, Europe/Rome, /%year%/%monthnum%/%postname%/, no posts, and an account
for each role, named like it: administrator, editor, author, contributor.

Whoever started it may be killed at any moment: a guard then ends both servers and removes the folder.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loopback import free_port

CACHE = Path(__file__).parents[1] / ".venv" / "wordpress"

ROLES = ("administrator", "editor", "author", "contributor")
CLASSIC_THEME = "twentytwentyone"
BLOCK_THEME = "twentytwentythree"

PACKAGES = (
    "wordpress",
    "wordpress-l10n",
    "php-getid3",
    "wordpress-theme-twentytwentyone",
    "wordpress-theme-twentytwentythree",
    "mariadb-server",
    "mariadb-server-core",
    "mariadb-client-core",
)
PHP_PARTS = ("cli", "common", "gd", "mbstring", "mysql", "opcache", "xml")
# In the order in which they need each other.
EXTENSIONS = "mysqlnd mysqli mbstring ctype tokenizer iconv fileinfo exif gd dom simplexml xml posix".split()

PHP_INI = """
extension_dir = "{modules}"
{extensions}
zend_extension = opcache.so
opcache.enable_cli = 1
date.timezone = UTC
memory_limit = 512M
display_errors = stderr
error_reporting = E_ALL & ~E_DEPRECATED
sendmail_path = /bin/true
"""

# What wp-config.php is for all instances: each says its own with the environment.
CONFIG = (
    "<?php require getenv('CURATOR_WORDPRESS') . '/settings.php'; require_once ABSPATH . 'wp-settings.php';\n"
)

SETTINGS = """<?php
define('DB_NAME', 'wp'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:{folder}/s'); define('DB_CHARSET', 'utf8mb4');
define('WP_HOME', '{url}'); define('WP_SITEURL', '{url}');
define('WP_CONTENT_DIR', '{folder}/site/wp-content');
define('WP_ENVIRONMENT_TYPE', 'local');  // application passwords without TLS
define('DISABLE_WP_CRON', true); define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true); define('FS_METHOD', 'direct');
foreach (['AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY',
          'AUTH_SALT', 'SECURE_AUTH_SALT', 'LOGGED_IN_SALT', 'NONCE_SALT'] as $name)
    define($name, "test-$name");
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', '{code}/');
"""

ROUTER = """<?php
$path = urldecode(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH));
$file = $_SERVER['DOCUMENT_ROOT'] . $path;
if (is_dir($file) && is_file("$file/index.php")) $file = rtrim($file, '/') . '/index.php';
if ($path !== '/' && is_file($file) && !str_ends_with($file, '.php')) return false;
if ($path === '/' || !is_file($file)) $file = $_SERVER['DOCUMENT_ROOT'] . '/index.php';
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = substr($file, strlen($_SERVER['DOCUMENT_ROOT']));
chdir(dirname($file));
require $file;
"""

# Standard input: a line of JSON with what is given, then the code. Standard output: JSON of what it returns.
RUNNER = """<?php
[$as, $given, $code] = json_decode(stream_get_contents(STDIN), true);
$_SERVER += ['HTTP_HOST' => parse_url('{url}', PHP_URL_HOST) . ':' . parse_url('{url}', PHP_URL_PORT),
             'SERVER_NAME' => '127.0.0.1', 'SERVER_PROTOCOL' => 'HTTP/1.1', 'REQUEST_METHOD' => 'GET',
             'REQUEST_URI' => '/', 'REMOTE_ADDR' => '127.0.0.1'];
ob_start();
require '{code}/wp-load.php';
foreach (['admin', 'export', 'image', 'media', 'file', 'post', 'comment'] as $part)
    require_once ABSPATH . "wp-admin/includes/$part.php";
if ($as) wp_set_current_user(get_user_by('login', $as)->ID);
$said = eval($code);
ob_end_clean();
if (is_wp_error($said)) {
    fwrite(STDERR, $said->get_error_code() . ': ' . $said->get_error_message());
    exit(1);
}
echo json_encode($said, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
"""

INSTALL = """<?php
(new mysqli('localhost', 'root', '', '', 0, '{folder}/s'))->query('CREATE DATABASE wp CHARACTER SET utf8mb4');
$_SERVER += ['HTTP_HOST' => '127.0.0.1', 'SERVER_NAME' => '127.0.0.1', 'SERVER_PROTOCOL' => 'HTTP/1.1',
             'REQUEST_METHOD' => 'GET', 'REQUEST_URI' => '/'];
define('WP_INSTALLING', true);
require '{code}/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('Il blog della casa', 'administrator', 'administrator@example.org', true, '', 'x', 'it_IT');
foreach (get_posts(['post_type' => 'any', 'post_status' => 'any', 'numberposts' => -1]) as $post)
    wp_delete_post($post->ID, true);
foreach (['editor', 'author', 'contributor'] as $role)
    (new WP_User(wp_create_user($role, 'x', "$role@example.org")))->set_role($role);
foreach (['timezone_string' => 'Europe/Rome', 'permalink_structure' => '/%year%/%monthnum%/%postname%/',
          'WPLANG' => 'it_IT', 'template' => '{theme}', 'stylesheet' => '{theme}',
          'blogdescription' => 'Note di lettura', 'widget_block' => []] as $name => $value)
    update_option($name, $value);
global $wp_rewrite; $wp_rewrite->init(); flush_rewrite_rules();
echo 'installed';
"""

# WordPress' own tables come from the template, which is as small as can be.
DATABASE = (
    "--no-defaults",
    "--skip-networking",
    "--innodb-use-native-aio=0",
    "--innodb-log-file-size=4M",
    "--innodb-buffer-pool-size=32M",
    "--innodb-flush-log-at-trx-commit=0",
    "--skip-log-bin",
    "--character-set-server=utf8mb4",
)

_FOR_ALL_TABLES = """
global $wpdb;
$q = fn ($statement) => $wpdb->query($statement);
$q("SET sql_mode = ''");
$tables = [$wpdb->posts, $wpdb->postmeta, $wpdb->terms, $wpdb->termmeta, $wpdb->term_taxonomy,
           $wpdb->term_relationships, $wpdb->comments, $wpdb->commentmeta];
"""

# Reads a word when all is stopped in order, nothing when whoever started the servers is gone.
GUARD = """
read stopped && exit 0
for group in $1 $2; do kill -s TERM -- -$group; done
sleep 1
for group in $1 $2; do kill -s KILL -- -$group; done
rm -rf "$3"
"""

_PATIENCE = 60.0  # seconds


class NoWordpress(Exception):
    """Why there is none here, in words for the person who runs the tests."""


class Said(Exception):
    """PHP inside WordPress ended with an error."""


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(slots=True)
class Wordpress:
    """One running blog."""

    home: Path
    folder: Path
    port: int
    _passwords: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the blog is, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def rest(self) -> str:
        return f"{self.url}/wp-json/wp/v2"

    def run(self, code: str, *, as_: str | None = "administrator", **given: Any) -> Any:
        """What PHP code with all of WordPress loaded returns; it finds what is `given` in $given.

        `wordpress.run("return wp_trash_post($given['post']);", post=7)`
        """
        done = subprocess.run(
            [*_php(self.home), str(self.folder / "run.php")],
            input=json.dumps([as_, given, code]).encode(),
            capture_output=True,
            env=_environ(self.home, self.folder),
            check=False,
            timeout=_PATIENCE,
        )
        if done.returncode or not done.stdout:
            raise Said(f"{done.stderr.decode()} {done.stdout.decode()}"[-2000:])
        return json.loads(done.stdout)

    def export(self, content: str = "all") -> bytes:
        """The WXR that Tools → Export gives."""
        said: str = self.run(
            # Only what is written by it: it sends headers, too, which nobody gets here.
            "ob_start(); @export_wp(['content' => $given['content']]); return base64_encode(ob_get_clean());",
            content=content,
        )
        return base64.b64decode(said)

    def password(self, user: str) -> str:
        """An application password of the user; the same one until it is revoked."""
        if user not in self._passwords:
            self._passwords[user] = self.run(
                "[$password] = WP_Application_Passwords::create_new_application_password("
                "get_user_by('login', $given['user'])->ID, ['name' => 'curator ' . wp_generate_uuid4()]);"
                "return $password;",
                user=user,
            )
        return self._passwords[user]

    def revoke(self, user: str) -> None:
        """All application passwords of the user are good for nothing from now on."""
        self._passwords.pop(user, None)
        self.run(
            "WP_Application_Passwords::delete_all_application_passwords("
            "get_user_by('login', $given['user'])->ID); return true;",
            user=user,
        )

    def ask(self, path: str, *, method: str = "GET", user: str | None = None, said: Any = None) -> Answered:
        """One request to the blog; `said` is sent as JSON. Redirects are followed, errors are answers."""
        asked = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if said is None else json.dumps(said).encode(),
            headers={} if said is None else {"Content-Type": "application/json"},
        )
        if user is not None:
            word = base64.b64encode(f"{user}:{self.password(user)}".encode()).decode()
            asked.add_header("Authorization", f"Basic {word}")
        try:
            with urllib.request.urlopen(asked, timeout=_PATIENCE) as answer:
                return Answered(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            return Answered(error.code, dict(error.headers), error.read())

    def keep(self) -> None:
        """Remember all posts, pictures and terms as they are now, for `restore`."""
        self.run(_FOR_ALL_TABLES + 'foreach ($tables as $t) { $q("DROP TABLE IF EXISTS kept_$t");'
                 ' $q("CREATE TABLE kept_$t AS SELECT * FROM $t"); } return true;')  # fmt: skip

    def restore(self) -> None:
        """All posts, pictures and terms are again as they were."""
        self.run(_FOR_ALL_TABLES + 'foreach ($tables as $t) { $q("TRUNCATE $t");'
                 ' $q("INSERT INTO $t SELECT * FROM kept_$t"); } return true;')  # fmt: skip

    def theme(self, name: str) -> None:
        self.run("switch_theme($given['name']); return true;", name=name)


@contextmanager
def running_wordpress(home: Path = CACHE) -> Iterator[Wordpress]:
    """Start one with no posts in it, or raise NoWordpress. Any number may run at once."""
    home = home.resolve()
    if not (home / "database").is_dir():
        raise NoWordpress(f"none in {home} (run: make wordpress)")
    # Not in pytest's own folder: the path of a socket has at most 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="curator-wp-"))
    with contextlib.ExitStack() as ending:
        ending.callback(shutil.rmtree, folder, ignore_errors=True)
        shutil.copytree(home / "database", folder / "data")
        wordpress = Wordpress(home, folder, free_port())
        _furnish(wordpress)
        database = _start(ending, _database(home, folder), folder, "database.log", _libraries(home))
        words = [*_php(home), "-S", f"127.0.0.1:{wordpress.port}", "-t", str(folder / "site")]
        words += [str(folder / "router.php")]
        server = _start(ending, words, folder, "php.log", _environ(home, folder))
        guard = subprocess.Popen(
            ["/bin/sh", "-c", GUARD, "guard", str(database.pid), str(server.pid), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        ending.callback(guard.communicate, b"stopped\n")
        _wait((folder / "s").exists, database, folder / "database.log")
        _wait(lambda: _answers(wordpress), server, folder / "php.log")
        yield wordpress


def unpack(home: Path = CACHE) -> None:
    """Fetch Debian's packages and what they need, unpack them into a folder and make an empty blog in it."""
    home = home.resolve()
    if (home / "database").is_dir():
        return
    home.mkdir(parents=True, exist_ok=True)
    version = _php_version(home)
    _download(home, *PACKAGES, *(f"php{version}-{part}" for part in PHP_PARTS))
    if _lacks(home):
        parts = [f"php{version}-{part}" for part in ("cli", "gd", "mbstring", "xml")]
        parts += ["mariadb-server-core", "mariadb-client-core"]
        said = _say(home, "apt-cache", "depends", "--important", *parts)
        needed = {line.split()[-1] for line in said.splitlines() if line.strip().startswith("Depends: lib")}
        _download(home, *sorted(needed - {"libc6"}))
    if lacking := _lacks(home):
        raise NoWordpress(f"its programs lack {lacking}")
    _write_settings(home)
    _make_blog(home)


# ── what it finds when it starts ──


def _furnish(wordpress: Wordpress) -> None:
    home, folder = wordpress.home, wordpress.folder
    code = _code(home)
    site = folder / "site"
    content = site / "wp-content"
    content.mkdir(parents=True)
    for name in ("uploads", "mu-plugins", "plugins"):
        (content / name).mkdir()
    for name in ("themes", "languages"):
        (content / name).symlink_to(code / "wp-content" / name)
    for path in code.iterdir():
        if path.name not in {"wp-content", ".htaccess"}:
            (site / path.name).symlink_to(path)
    said = {"{folder}": str(folder), "{url}": wordpress.url, "{code}": str(code)}
    for name, text in {"settings.php": SETTINGS, "router.php": ROUTER, "run.php": RUNNER}.items():
        (folder / name).write_text(_filled(text, said), encoding="utf-8")


def _filled(text: str, said: Mapping[str, str]) -> str:
    for mark, value in said.items():
        text = text.replace(mark, value)
    return text


def _code(home: Path) -> Path:
    return (home / "usr" / "share" / "wordpress").resolve()


def _php(home: Path) -> list[str]:
    return [str(next((home / "usr" / "bin").glob("php[0-9]*"))), "-n", "-c", str(home / "php.ini")]


def _database(home: Path, folder: Path) -> list[str]:
    own = home / "usr"
    words = [str(own / "sbin" / "mariadbd"), *DATABASE, f"--basedir={own}", f"--datadir={folder / 'data'}"]
    words += [f"--socket={folder / 's'}", f"--tmpdir={folder}", f"--pid-file={folder / 'database.pid'}"]
    words += [
        f"--lc-messages-dir={own / 'share' / 'mysql'}",
        f"--plugin-dir={own / 'lib' / 'mysql' / 'plugin'}",
    ]
    return [*words, *(["--user=root"] if os.geteuid() == 0 else [])]


def _environ(home: Path, folder: Path) -> dict[str, str]:
    return _libraries(home) | {"CURATOR_WORDPRESS": str(folder), "PHP_CLI_SERVER_WORKERS": "6"}


def _libraries(home: Path) -> dict[str, str]:
    folders = [str(folder) for folder in (home / "usr" / "lib").glob("*-linux-gnu*")]
    folders += [str(folder) for folder in (home / "lib").glob("*-linux-gnu*")]
    return {**os.environ, "LD_LIBRARY_PATH": os.pathsep.join(folders)}


def _start(
    ending: contextlib.ExitStack, words: list[str], folder: Path, log: str, environ: dict[str, str]
) -> subprocess.Popen[bytes]:
    with (folder / log).open("wb") as written:
        server = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            env=environ,
            start_new_session=True,
        )
    ending.callback(_stop, server)
    return server


def _stop(server: subprocess.Popen[bytes]) -> None:
    """The workers of PHP's server are of its group."""
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGTERM)
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _answers(wordpress: Wordpress) -> bool:
    try:
        return wordpress.ask("/wp-json/").status == 200
    except OSError:
        return False


def _wait(until: Callable[[], bool], server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not until():
        if server.poll() is not None or time.monotonic() > deadline:
            raise NoWordpress(f"{log.stem} does not answer: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.02)


# ── the packages ──


def _write_settings(home: Path) -> None:
    modules = next((home / "usr" / "lib" / "php").glob("20*"))
    there = {path.stem for path in modules.glob("*.so")}
    extensions = "\n".join(f"extension = {name}.so" for name in EXTENSIONS if name in there)
    ini = PHP_INI.format(modules=modules, extensions=extensions)
    (home / "php.ini").write_text(ini, encoding="utf-8")
    code = _code(home)
    (code / "wp-config.php").unlink(missing_ok=True)  # may be a link to /etc
    (code / "wp-config.php").write_text(CONFIG, encoding="utf-8")
    (code / ".htaccess").unlink(missing_ok=True)


def _make_blog(home: Path) -> None:
    """The database of an empty blog, once: making one takes longer than all the rest."""
    folder = Path(tempfile.mkdtemp(prefix="curator-wp-"))
    with contextlib.ExitStack() as ending:
        ending.callback(shutil.rmtree, folder, ignore_errors=True)
        own = home / "usr"
        script = [str(own / "bin" / "mariadb-install-db"), *DATABASE, f"--basedir={own}"]
        script += [f"--datadir={folder / 'data'}", f"--lc-messages-dir={own / 'share' / 'mysql'}"]
        script += ["--auth-root-authentication-method=normal", "--skip-test-db"]
        script += ["--user=root"] if os.geteuid() == 0 else []
        _say(folder, *script, environ=_libraries(home))
        wordpress = Wordpress(home, folder, 80)
        _furnish(wordpress)
        server = _start(ending, _database(home, folder), folder, "database.log", _libraries(home))
        _wait((folder / "s").exists, server, folder / "database.log")
        said = {"{folder}": str(folder), "{code}": str(_code(home)), "{theme}": CLASSIC_THEME}
        (folder / "install.php").write_text(_filled(INSTALL, said), encoding="utf-8")
        told = _say(folder, *_php(home), "install.php", environ=_environ(home, folder))
        if not told.endswith("installed"):
            raise NoWordpress(f"it cannot be installed: {told[-2000:]}")
        _stop(server)
        # Last, and at once: who finds the folder finds it complete.
        shutil.rmtree(home / "database.new", ignore_errors=True)
        shutil.copytree(folder / "data", home / "database.new")
        for path in (home / "database.new", *(home / "database.new").rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)  # whoever runs the tests
        (home / "database.new").rename(home / "database")


def _php_version(home: Path) -> str:
    """As Debian numbers its packages: 8.2"""
    said = _asked(home, "apt-cache", "depends", "--important", "php-cli")
    return said.split("Depends: php")[1].split("-cli")[0]


def _lacks(home: Path) -> str:
    """The libraries that its programs do not find here."""
    programs = [
        *(home / "usr/bin").glob("php[0-9]*"),
        home / "usr/sbin/mariadbd",
        home / "usr/bin/my_print_defaults",
    ]
    modules = next((home / "usr" / "lib" / "php").glob("20*"))
    programs += [modules / f"{name}.so" for name in EXTENSIONS if (modules / f"{name}.so").exists()]
    said = subprocess.run(
        ["ldd", *programs], env=_libraries(home), capture_output=True, text=True, check=False
    ).stdout
    return " ".join(sorted({line.split()[0] for line in said.splitlines() if line.endswith("not found")}))


def _asked(home: Path, *command: str) -> str:
    try:
        return _say(home, *command)
    except NoWordpress:  # a machine that was never asked knows no packages yet
        _say(home, "apt-get", "update", "-qq")
        return _say(home, *command)


def _download(home: Path, *packages: str) -> None:
    _asked(home, "apt-get", "download", "-qq", *packages)
    for package in home.glob("*.deb"):
        _say(home, "dpkg", "-x", package.name, ".")
        package.unlink()


def _say(home: Path, *command: str, environ: dict[str, str] | None = None) -> str:
    try:
        done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False, env=environ)
    except OSError as error:
        raise NoWordpress(f"{command[0]}: {error}") from error
    if done.returncode:
        raise NoWordpress(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}"[-2000:])
    return done.stdout


if __name__ == "__main__":
    try:
        unpack(Path(sys.argv[1]))
    except NoWordpress as why:
        sys.exit(f"No WordPress: {why}")
