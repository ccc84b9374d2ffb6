"""Files as texts in dictionaries."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime

from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import FileSource, Product
from mesh_jobs.ports.engine import RawFile
from mesh_jobs.ports.raw_zone import Kept, Landed, Reading
from mesh_jobs.ports.remotes import Fetched


class MemoryRawZone:
    """`land` puts a file at a source; `contents` has what runs preserved, by uri."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self._landing: dict[tuple[str, int, str], dict[str, tuple[bytes, datetime]]] = {}
        self._kept: dict[tuple[str, int, str, str], Kept] = {}

    def land(self, product: Product, source: str, name: str, content: bytes, at: datetime) -> None:
        self._landing.setdefault((product.id, product.major, source), {})[name] = (content, at)

    def take_away(self, product: Product, source: str, name: str) -> None:
        del self._landing[(product.id, product.major, source)][name]

    def landed(self, product: Product, source: FileSource) -> Sequence[Landed]:
        files = self._landing.get((product.id, product.major, source.name), {})
        if not files:
            raise BadInput(f"source {source.name}: there are no files", f"put files there, or name them: {source.name}")
        found = [
            Landed(name, len(content), f"{hashlib.sha256(content).hexdigest()}:{at.isoformat()}:{name}", at)
            for name, (content, at) in files.items()
        ]
        return sorted(found, key=lambda f: (f.arrived_at, f.origin))

    def preserve(self, product: Product, source: FileSource, files: Sequence[Landed], reading: Reading) -> Kept:
        key = (product.key, product.major, source.name, reading.run_id)
        if key not in self._kept:
            landing = self._landing[(product.id, product.major, source.name)]
            kept = []
            for n, file in enumerate(files):
                uri = f"{product.key}/{source.name}/{reading.run_id}/{n}-{file.origin}"
                self.contents[uri] = landing[file.origin][0]
                kept.append(RawFile(uri, file.origin, file.size, file.arrived_at, reading.run_id))
            self._kept[key] = Kept(tuple(kept), deepcopy(dict(reading.step)))
        return deepcopy(self._kept[key])

    def keep(
        self, product: Product, source: FileSource, files: Sequence[Fetched], at: datetime, reading: Reading
    ) -> Kept:
        key = (product.key, product.major, source.name, reading.run_id)
        if key not in self._kept:
            kept = []
            for n, file in enumerate(files):
                uri = f"{product.key}/{source.name}/{reading.run_id}/{n}-{file.path.name}"
                self.contents[uri] = file.path.read_bytes()
                kept.append(RawFile(uri, file.origin, len(self.contents[uri]), at, reading.run_id))
            self._kept[key] = Kept(tuple(kept), deepcopy(dict(reading.step)))
        return deepcopy(self._kept[key])

    def preserved(self, product: Product, source: FileSource, run_id: str) -> Kept | None:
        kept = self._kept.get((product.key, product.major, source.name, run_id))
        for file in () if kept is None else kept.files:
            if file.uri not in self.contents:
                raise BadInput(f"{file.uri}: the preserved file is gone", "start a new run")
        return None if kept is None else deepcopy(kept)
