"""What an empty server has besides a shell, in small: nginx or Caddy, names that lead to it, services.

Programs run in a mount namespace of their own in which /etc/hosts is ours, so
`rassegna.example.org` is this machine for them, and for nobody else.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from loopback import free_port

NAME = "rassegna.example.org"
NAMES = (NAME, "mail.example.org")
SEEN_FROM_INSIDE = 'mount --bind "$0" /etc/hosts && exec "$@"'
PATIENCE = 60.0

Answer = tuple[int, dict[str, str], bytes]
"""Status, fields of the head, body."""


class NoVps(Exception):
    """This machine cannot play one; the message says why."""


@dataclass(slots=True)
class Vps:
    """`machine`: the folder that stands for its root."""

    machine: Path
    http: int
    https: int
    serve: int
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def hosts(self) -> Path:
        return self.machine / "hosts"

    @property
    def trusted(self) -> Path:
        return self.machine / "trusted.pem"

    @property
    def certificate(self) -> Path:
        return self.machine / "etc/letsencrypt/live" / NAME / "fullchain.pem"

    def inside(self, *words: str | Path) -> list[str]:
        return ["unshare", "--mount", "sh", "-c", SEEN_FROM_INSIDE, str(self.hosts), *map(str, words)]

    def start(self, name: str, *words: str | Path, environ: Mapping[str, str]) -> None:
        self.stop(name)
        with (self.machine / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                self.inside(*words), env=dict(environ), stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    def stop(self, name: str) -> None:
        if process := self.running.pop(name, None):
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)

    def end(self) -> None:
        for name in list(self.running):
            self.stop(name)

    def nginx(self) -> None:
        """With the site of the page, but for its ports and its certificate."""
        said = (self.machine / "etc/nginx/sites-enabled/curator").read_text(encoding="utf-8")
        site = site_here(said, self.machine, http=self.http, https=self.https, serve=self.serve)
        folder = self.machine / "nginx"
        write_nginx(folder, site)
        (self.machine / "var/www/html/.well-known/acme-challenge").mkdir(parents=True, exist_ok=True)
        self.start("nginx", _program("nginx"), "-c", folder / "nginx.conf", environ=_PLAIN)
        self._await(self.https)

    def caddy(self) -> None:
        """With the file of the page, but for the port behind it; it makes certificates by itself."""
        said = (self.machine / "etc/caddy/Caddyfile").read_text(encoding="utf-8")
        assert "127.0.0.1:8080" in said
        options = (
            f"{{\n\tadmin off\n\tlocal_certs\n\tskip_install_trust\n\tdefault_bind 127.0.0.1\n"
            f"\thttp_port {self.http}\n\thttps_port {self.https}\n}}\n"
        )
        place = self.machine / "Caddyfile"
        place.write_text(
            options + said.replace("127.0.0.1:8080", f"127.0.0.1:{self.serve}"), encoding="utf-8"
        )
        home = {"HOME": str(self.machine), "XDG_DATA_HOME": str(self.machine / "share")}
        self.start(
            "caddy",
            _program("caddy"),
            "run",
            "--config",
            place,
            "--adapter",
            "caddyfile",
            environ=_PLAIN | home,
        )
        self._await(self.https)
        self._await_certificate()
        root = self.machine / "share/caddy/pki/authorities/local/root.crt"
        self.trusted.write_bytes(self.trusted.read_bytes() + b"\n" + root.read_bytes())

    def ask(
        self, path: str, method: str = "GET", *, body: str | None = None, encrypted: bool = True
    ) -> Answer:
        """As a browser asks from outside: by name, over TLS that must hold."""
        line: http.client.HTTPConnection
        if encrypted:
            context = ssl.create_default_context(cafile=str(self.trusted))
            line = http.client.HTTPSConnection(NAME, self.https, timeout=PATIENCE, context=context)
            plain = socket.create_connection(("127.0.0.1", self.https), PATIENCE)
            line.sock = context.wrap_socket(plain, server_hostname=NAME)
        else:
            line = http.client.HTTPConnection("127.0.0.1", self.http, timeout=PATIENCE)
        said = {"Host": f"{NAME}:{self.https}" if encrypted else NAME}
        if body is not None:
            said["Content-Type"] = "application/x-www-form-urlencoded"
        with contextlib.closing(line):
            line.request(method, path, body, said)
            answer = line.getresponse()
            return answer.status, {n.lower(): value for n, value in answer.getheaders()}, answer.read()

    def _await(self, port: int) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            time.sleep(0.05)
        said = "\n".join(path.read_text(errors="replace")[-800:] for path in self.machine.glob("*.log"))
        raise AssertionError(f"nobody answers at {port}\n{said}")

    def _await_certificate(self) -> None:
        """Caddy answers before it has made one."""
        whatever = ssl.create_default_context()
        whatever.check_hostname, whatever.verify_mode = False, ssl.CERT_NONE
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with socket.create_connection(("127.0.0.1", self.https), PATIENCE) as plain:
                try:
                    whatever.wrap_socket(plain, server_hostname=NAME).close()
                except ssl.SSLError:
                    time.sleep(0.05)
                else:
                    return
        raise AssertionError("no certificate")

    def await_serve(self) -> None:
        self._await(self.serve)


@contextlib.contextmanager
def a_vps(machine: Path) -> Iterator[Vps]:
    if os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "true"], check=False).returncode:
        raise NoVps("no right to a mount namespace, in which names lead where a test wants them to")
    vps = Vps(machine, http=free_port(), https=free_port(), serve=free_port())
    vps.hosts.write_text("127.0.0.1 localhost " + " ".join(NAMES) + "\n")
    make_certificate(vps.certificate)
    shutil.copyfile(vps.certificate, vps.trusted)
    try:
        yield vps
    finally:
        vps.end()


def site_here(site: str, machine: Path, *, http: int, https: int, serve: int) -> str:
    """docs/deploy/nginx.conf with ports that are free here, and a machine in a folder."""
    for said, here in {
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl http2;\n": "",
        "listen 80;": f"listen 127.0.0.1:{http};",
        "listen 443 ssl": f"listen 127.0.0.1:{https} ssl",
        "127.0.0.1:8080": f"127.0.0.1:{serve}",
        " /etc/letsencrypt/": f" {machine}/etc/letsencrypt/",
        " /var/www/html": f" {machine}/var/www/html",
    }.items():
        assert said in site, f"docs/deploy/nginx.conf says no {said!r}"
        site = site.replace(said, here)
    return site


def write_nginx(folder: Path, site: str) -> Path:
    """What Debian's nginx.conf has around a site, in a folder of its own."""
    folder.mkdir(exist_ok=True)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {folder}/tmp;" for kind in kinds)
    place = folder / "nginx.conf"
    place.write_text(
        f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ access_log {folder}/access.log; {temporary}\n{site}\n}}\n",
        encoding="utf-8",
    )
    return place


def make_certificate(place: Path) -> None:
    """Self-made, for our names; its key beside it."""
    place.parent.mkdir(parents=True)
    names = ",".join(f"DNS:{name}" for name in NAMES)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "30", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName={names}",
         "-keyout", place.with_name("privkey.pem"), "-out", place],
        check=True,
        capture_output=True,
    )  # fmt: skip


def curator(*words: str) -> list[str]:
    return [sys.executable, "-m", "curator", *words]


def _program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if found is None:
        raise NoVps(f"no {name} here")
    return found


_PLAIN = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
