"""PostgreSQL's protocol 3.0, as much of it as reading needs: start-up, simple queries, COPY to the client.

https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from mesh_jobs.adapters.postgres.address import Address, tls
from mesh_jobs.adapters.postgres.login import Scram, md5

#: Seconds to connect, and seconds without a byte from the server before it is given up: a query may have to look long.
CONNECT_SECONDS, SILENCE_SECONDS = 15, 600
_BLOCK = 256 << 10
_PROTOCOL, _SSL_REQUEST = 196608, 80877103
Row = tuple[str | None, ...]


#: Classes of errors that are about sessions, rights, names and means, whose sentences quote no value of a row.
#: https://www.postgresql.org/docs/current/errcodes-appendix.html
_SPOKEN = ("08", "0A", "25", "28", "3D", "3F", "40", "42", "53", "54", "55", "57", "58")


class ServerError(Exception):
    """What the server says went wrong: its code (SQLSTATE) and its sentence, unless that may quote a value, as of data
    that does not fit a type (22), that breaks a constraint (23), or of whatever a function raises (P0)."""

    def __init__(self, state: str, message: str) -> None:
        kept = "an error whose message may quote a row, so it is not shown"
        super().__init__(message if state.startswith(_SPOKEN) else kept)
        self.state = state


class Gone(Exception):
    """The connection was lost, or never made; why, in words."""


class LoginRefused(Exception):
    """This side does not log in that way; why, in words."""


class Wire:
    """One session, for one thread. Everything raises ServerError or Gone."""

    def __init__(self, address: Address) -> None:
        """Connects and logs in. Raises LoginRefused as well."""
        self._address = address
        self._buffer, self._at = bytearray(), 0
        with _gone(f"{address.host}:{address.port}"):
            self._socket: socket.socket = self._connected()
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Also from another thread, whose reading then ends as Gone."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def query(self, sql: str) -> list[Row]:
        """All rows, as text."""
        self._send(b"Q", sql.encode() + b"\0")
        rows: list[Row] = []
        for kind, body in self._until_ready():
            if kind == b"D":
                rows.append(tuple(_cells(body)))
        return rows

    def copy(self, sql: str, take: Callable[[bytes], None]) -> int:
        """COPY … TO STDOUT: each message is handed on, which is one line of the copy. Gives the rows that the server
        says it sent."""
        self._send(b"Q", sql.encode() + b"\0")
        rows = -1
        for kind, body in self._until_ready():
            if kind == b"d":
                take(body)
            elif kind == b"C":
                rows = int(body.rstrip(b"\0").rpartition(b" ")[2])
        return rows

    def _connected(self) -> socket.socket:
        found = socket.create_connection((self._address.host, self._address.port), CONNECT_SECONDS)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._address.ssl_mode != "disable":
            found.sendall(struct.pack("!ii", 8, _SSL_REQUEST))
            if found.recv(1) != b"S":
                found.close()
                raise LoginRefused("the server has no TLS, but the connection requires it")
            found = tls(self._address).wrap_socket(found, server_hostname=self._address.host)
        return found

    def _start(self) -> None:
        # These and no others, since a pooler in between knows no others.
        told = {"user": self._address.user, "database": self._address.database, "application_name": "mesh"}
        told |= {"client_encoding": "UTF8", "DateStyle": "ISO", "TimeZone": "UTC"}
        body = struct.pack("!i", _PROTOCOL) + b"".join(f"{k}\0{v}\0".encode() for k, v in told.items()) + b"\0"
        with _gone(str(self._address)):
            self._socket.sendall(struct.pack("!i", len(body) + 4) + body)
        scram = Scram(self._address.password)
        for kind, message in self._until_ready():
            if kind == b"R":
                self._authenticate(scram, struct.unpack_from("!i", message)[0], message[4:])
        with _gone(str(self._address)):
            self._socket.settimeout(SILENCE_SECONDS)

    def _authenticate(self, scram: Scram, asked: int, told: bytes) -> None:
        user, password = self._address.user, self._address.password
        if asked == 3:
            if self._address.ssl_mode == "disable":
                raise LoginRefused("the server asks for the password in plain text, without TLS")
            self._send(b"p", password.encode() + b"\0")
        elif asked == 5:
            self._send(b"p", md5(user, password, told[:4]) + b"\0")
        elif asked == 10:
            if b"SCRAM-SHA-256" not in told.split(b"\0"):
                raise LoginRefused("the server does not support SCRAM-SHA-256")
            first = scram.first()
            self._send(b"p", b"SCRAM-SHA-256\0" + struct.pack("!i", len(first)) + first)
        elif asked == 11:
            self._send(b"p", scram.answer(told))
        elif asked == 12:
            if not scram.is_server(told):
                raise LoginRefused("whoever answers does not know the password, so it is not the server")
        elif asked != 0:
            raise LoginRefused(f"the server asks for a login method ({asked}) other than a password")

    def _until_ready(self) -> Iterator[tuple[bytes, bytes]]:
        """Messages up to ReadyForQuery. Raises ServerError, when a query failed only after the session is ready again;
        one that ends the session says so and closes."""
        error: ServerError | None = None
        try:
            while True:
                kind, body = self._message()
                if kind == b"E":
                    error = _error(body)
                elif kind == b"Z":
                    break
                else:
                    yield kind, body
        except Gone:
            if error is None:
                raise
        if error is not None:
            raise error

    def _message(self) -> tuple[bytes, bytes]:
        self._need(5)
        kind, size = struct.unpack_from("!ci", self._buffer, self._at)
        self._need(size + 1)
        begin, end = self._at + 5, self._at + size + 1
        body = bytes(self._buffer[begin:end])
        self._at = end
        return kind, body

    def _need(self, count: int) -> None:
        while len(self._buffer) - self._at < count:
            if self._at:
                del self._buffer[: self._at]
                self._at = 0
            with _gone(str(self._address)):
                block = self._socket.recv(max(_BLOCK, count - len(self._buffer)))
            if not block:
                raise Gone(f"{self._address} closed the connection")
            self._buffer += block

    def _send(self, kind: bytes, body: bytes) -> None:
        with _gone(str(self._address)):
            self._socket.sendall(kind + struct.pack("!i", len(body) + 4) + body)


@contextlib.contextmanager
def _gone(where: str) -> Iterator[None]:
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise LoginRefused(f"the certificate of {where} is not trusted: {error.verify_message}") from error
    except TimeoutError as error:
        raise Gone(f"{where} did not answer in time") from error
    except OSError as error:
        raise Gone(f"{where}: {error.strerror or type(error).__name__}") from error


def _cells(body: bytes) -> Iterator[str | None]:
    (count,) = struct.unpack_from("!h", body)
    at = 2
    for _ in range(count):
        (size,) = struct.unpack_from("!i", body, at)
        at += 4
        yield None if size < 0 else body[at : at + size].decode()
        at += max(size, 0)


def _error(body: bytes) -> ServerError:
    told = {part[:1]: part[1:].decode(errors="replace") for part in body.split(b"\0") if part}
    return ServerError(told.get(b"C", ""), told.get(b"M", "an error without a message"))
