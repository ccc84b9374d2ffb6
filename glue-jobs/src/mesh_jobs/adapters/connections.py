"""Connections: what a name stands for. One document, in Secrets Manager or in the environment, and never in a plan."""

from __future__ import annotations

import json
import os
import re
import urllib.parse
from collections.abc import Mapping
from typing import Any, Protocol

from mesh_jobs.adapters.postgres.address import Address, ssl_mode
from mesh_jobs.domain.errors import BadRequest

_NEEDED = ("host", "username", "password", "dbname")


class Connections(Protocol):
    """Where the documents are."""

    def document(self, name: str) -> str | None:
        """None where there is no connection of that name. Raises MeshError when it cannot be had."""
        ...

    def place(self, name: str) -> str:
        """Where the document of a connection is kept, for people."""
        ...


class EnvironmentConnections:
    """`MESH_CONNECTION_<NAME>`, as on a laptop."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment

    def document(self, name: str) -> str | None:
        return self._environment.get(self.place(name)) or None

    def place(self, name: str) -> str:
        return "MESH_CONNECTION_" + re.sub(r"[^A-Z0-9]", "_", name.upper())


def address_of(document: str, place: str) -> Address:
    """A login: `postgresql://user:password@host:port/database?sslmode=…`, or the JSON that Secrets Manager keeps for a
    data base (host, port, dbname, username, password), with `sslmode` and `ca` besides. Raises BadRequest."""
    told = _of_url(document, place) if "://" in document else _json(document, place)
    missing = [n for n in _NEEDED if not told.get(n)]
    if missing:
        raise BadRequest(f"the connection in {place} has no {', '.join(missing)}", f"write {', '.join(_NEEDED)} there")
    port = str(told.get("port") or 5432)
    if not port.isdigit():
        raise BadRequest(f"the port of the connection in {place} is not a number")
    host = str(told["host"])
    return Address(
        host=host,
        port=int(port),
        database=str(told["dbname"]),
        user=str(told["username"]),
        password=str(told["password"]),
        ssl_mode=ssl_mode(told.get("sslmode"), host),
        ca=told.get("ca"),
    )


def header_of(document: str, place: str) -> tuple[str, str] | None:
    """What a service is asked with: `{"header": "Authorization", "value": "Bearer …"}`; `{}` is a service that asks for
    nothing. Raises BadRequest."""
    told = _json(document, place)
    if not told:
        return None
    header, value = told.get("header"), told.get("value")
    if not isinstance(header, str) or not isinstance(value, str) or re.search(r"[\r\n:]", header) or "\n" in value:
        raise BadRequest(
            f"the connection in {place} is not for an HTTP service",
            'write {"header": "Authorization", "value": "Bearer …"} there',
        )
    return header, value


def _of_url(document: str, place: str) -> dict[str, Any]:
    found = urllib.parse.urlsplit(document)
    if found.scheme not in ("postgresql", "postgres"):
        raise BadRequest(
            f"the connection in {place} is not for PostgreSQL", "write postgresql://user:password@host/database"
        )
    options = dict(urllib.parse.parse_qsl(found.query))
    unknown = sorted(set(options) - {"sslmode", "sslrootcert"})
    if unknown:
        raise BadRequest(f"the connection in {place} has an unknown option {unknown[0]}", "remove it")
    return {
        "host": found.hostname,
        "port": found.port,
        "dbname": urllib.parse.unquote(found.path.removeprefix("/")),
        "username": urllib.parse.unquote(found.username or ""),
        "password": urllib.parse.unquote(found.password or ""),
        "sslmode": options.get("sslmode"),
        "ca": _file(options["sslrootcert"], place) if "sslrootcert" in options else None,
    }


def _file(path: str, place: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except (OSError, ValueError):
        raise BadRequest(f"the connection in {place}: sslrootcert {path} cannot be read") from None


def _json(document: str, place: str) -> dict[str, Any]:
    try:
        told = json.loads(document)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        # What is there instead may be the password.
        raise BadRequest(
            f"the connection in {place} is not a JSON object", "docs/guides/sources.md says what belongs there"
        )
    return told
