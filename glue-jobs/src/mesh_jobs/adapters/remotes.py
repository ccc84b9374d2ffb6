"""Remote sources by their kind, each through its connection."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from mesh_jobs.adapters.connections import Connections, address_of, header_of
from mesh_jobs.adapters.postgres.fetch import fetch_table
from mesh_jobs.adapters.web.fetch import fetch_pages
from mesh_jobs.domain.errors import BadRequest, MeshError
from mesh_jobs.domain.plan import DatabaseTable, FileSource
from mesh_jobs.ports.remotes import Answer


class ConnectedRemotes:
    """Reaches what `connections` knows. `given` are sources for which a run has files of its own. Where there are
    samples (`sampled`), a source without a connection is read from its sample; elsewhere that is an error."""

    def __init__(self, connections: Connections, given: Collection[str] = (), sampled: bool = False) -> None:
        self._connections, self._given, self._sampled = connections, given, sampled

    def reaches(self, source: FileSource) -> bool:
        if source.remote is None or source.name in self._given:
            return False
        if not self._sampled:
            return True
        connection = source.remote.connection
        return source.sample is None if connection is None else self._connections.document(connection) is not None

    def fetch(self, source: FileSource, since: str | None, folder: Path, notice: Callable[[str], None]) -> Answer:
        remote = source.remote
        assert remote is not None
        place, document = "", None
        if remote.connection is not None:
            place, document = self._document(source, remote.connection)
        try:
            if isinstance(remote, DatabaseTable):
                return fetch_table(source, remote.table, address_of(document or "", place), since, folder, notice)
            header = None if document is None else header_of(document, place)
            return fetch_pages(source, remote, header, since, folder, notice)
        except BadRequest as error:
            raise BadRequest(f"source {source.name}: {error}", error.remedy) from error

    def _document(self, source: FileSource, connection: str) -> tuple[str, str]:
        place = self._connections.place(connection)
        try:
            document = self._connections.document(connection)
        except MeshError as error:
            raise type(error)(f"source {source.name}: {error}", error.remedy) from error
        if document is None:
            raise BadRequest(
                f"source {source.name}: there is no connection {connection}: {place} is not there",
                "docs/guides/sources.md says what belongs there, and who may",
            )
        return place, document
