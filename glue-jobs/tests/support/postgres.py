"""A real PostgreSQL on loopback: fetched once, checked by digest, started once for all tests of a process.

The binaries are those that Java's tests use (github.com/zonkyio/embedded-postgres-binaries): made of every minor
release since 2018, for all machines that we work on, and with OpenSSL, which the wheels on PyPI are built without.
"""

from __future__ import annotations

import atexit
import os
import platform
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from urllib.parse import quote, urlencode

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from mesh_jobs.adapters.postgres.address import Address, SslMode
from mesh_jobs.adapters.postgres.wire import Gone, Row, ServerError, Wire
from mesh_jobs.adapters.spark.jars import Jar, folder, jars

_VERSION = "17.11.0"
_DIGESTS = {
    "linux-amd64": "0dd7b72b6f335b8ecfb355fa24c5781e8a93edd09880bb77eb52ebbf29b3e96d",
    "linux-arm64v8": "8b042e0ea418b1927d95399207950da0734d27fe01e29503ade3bdc464ad4c2b",
    "darwin-amd64": "d464ff178e9860ba204662ac23fa547504b7fd392392ff2fb92e3fd73b5bdb64",
    "darwin-arm64v8": "a1c2786acb0c398f9b2d76806fc52f5dc8b222cbc8e9383a9b9702084daaf3a5",
}
USER, PASSWORD, DATABASE = "mesh", "pass'w\\ord: ü", "shop"


@dataclass
class Postgres:
    """A server with a data folder of its own, reached by password (SCRAM-SHA-256), with TLS beside plain text."""

    home: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    watch: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        log = (self.home / "log").open("ab")
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "ssl": "on",
            # What is lost with the machine is only a test.
            "fsync": "off",
            "shared_buffers": "32MB",
            "max_connections": "20",
        }
        words = [w for k, v in settings.items() for w in ("-c", f"{k}={v}")]
        self.process = subprocess.Popen(
            [_binaries() / "bin" / "postgres", "-D", self.home / "data", *words, *options],
            stdout=log,
            stderr=log,
            start_new_session=True,
            **_somebody(),
        )
        # Tests that are killed take their server with them: the end of their pipe is the end of them.
        ended = ["sh", "-c", f"read -r _; kill -INT {self.process.pid}"]
        self.watch = subprocess.Popen(ended, stdin=subprocess.PIPE, start_new_session=True)
        end = time.monotonic() + 30
        while True:
            try:
                with Wire(self.address(database="postgres")):
                    return
            except (Gone, ServerError):
                if self.process.poll() is not None or time.monotonic() > end:
                    raise AssertionError((self.home / "log").read_text()) from None
                time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """By its process id: at once, without waiting for sessions to end."""
        if self.watch is not None:
            self.watch.kill()
            self.watch.communicate()
            self.watch = None
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(20)
            self.process = None

    def address(self, database: str = DATABASE, ssl_mode: SslMode = "disable", ca: str | None = None) -> Address:
        return Address("127.0.0.1", self.port, database, USER, PASSWORD, ssl_mode, ca)

    @property
    def ca(self) -> str:
        return (self.home / "server.crt").read_text()

    def sql(self, *statements: str) -> list[Row]:
        """Rows of the last one."""
        with Wire(self.address()) as wire:
            return [wire.query(s) for s in statements][-1]


@cache
def postgres() -> Postgres:
    """The server of this process's tests."""
    home = Path(tempfile.mkdtemp(prefix="mesh-postgres-"))
    (home / "password").write_text(PASSWORD)
    if os.geteuid() == 0:
        for path in (home, home / "password"):
            shutil.chown(path, "nobody")
    _call(
        "initdb",
        "-D",
        home / "data",
        "-U",
        USER,
        "--pwfile",
        home / "password",
        "-A",
        "scram-sha-256",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
    )
    _certificate(home)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = Postgres(home, free.getsockname()[1])
    server.start()
    with Wire(server.address(database="postgres")) as wire:
        wire.query(f"CREATE DATABASE {DATABASE}")

    def end() -> None:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)

    atexit.register(end)
    return server


def _certificate(home: Path) -> None:
    """The server's own, for the name localhost: it is its own authority."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]),
    )
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .add_extension(x509.BasicConstraints(True, None), True)
        .sign(key, hashes.SHA256())
    )
    (home / "server.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
    (home / "data/server.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    shutil.copy(home / "server.crt", home / "data/server.crt")
    (home / "data/server.key").chmod(0o600)
    if os.geteuid() == 0:
        shutil.chown(home / "data/server.key", "nobody")


def _call(name: str, *arguments: object) -> None:
    done = subprocess.run(
        [_binaries() / "bin" / name, *map(str, arguments)], capture_output=True, text=True, **_somebody()
    )
    assert done.returncode == 0, done.stderr


def _somebody() -> dict[str, int]:
    """PostgreSQL refuses to be run by root, as which containers work."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid}


@cache
def _binaries() -> Path:
    system = {"linux": "linux", "darwin": "darwin"}[sys.platform]
    machine = {"x86_64": "amd64", "aarch64": "arm64v8", "arm64": "arm64v8"}[platform.machine()]
    place = f"{system}-{machine}"
    home = folder() / f"postgres-{_VERSION}-{place}"
    if not home.exists():
        jar = Jar(f"io.zonky.test.postgres:embedded-postgres-binaries-{place}:{_VERSION}", _DIGESTS[place])
        partial = home.with_name(f"{home.name}.{os.getpid()}.part")
        with zipfile.ZipFile(jars((jar,))[0]) as archive:
            packed = next(n for n in archive.namelist() if n.endswith(".txz"))
            with archive.open(packed) as content, tarfile.open(fileobj=content, mode="r:xz") as files:
                files.extractall(partial, filter="data")
        try:
            partial.rename(home)
        except OSError:
            # Another process was first.
            shutil.rmtree(partial)
    return _within_reach(home)


def _within_reach(home: Path) -> Path:
    """Itself, or a copy where only root may go there: it is somebody else who runs it then."""
    if os.geteuid() != 0 or all(above.stat().st_mode & stat.S_IXOTH for above in home.parents):
        return home
    copy = Path(tempfile.mkdtemp(prefix="mesh-postgres-binaries-"))
    copy.chmod(0o755)
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    return Path(shutil.copytree(home, copy / home.name, symlinks=True))


def connection(server: Postgres, **options: str) -> str:
    """The address as people write it into the environment."""
    at = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@127.0.0.1:{server.port}/{DATABASE}"
    return f"postgresql://{at}{'?' if options else ''}{urlencode(options)}"
