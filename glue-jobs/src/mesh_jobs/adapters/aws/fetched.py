"""Raw files on this machine, for a Spark that has no file system for S3."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from mesh_jobs.adapters.aws.failures import speaking
from mesh_jobs.adapters.aws.raw_zone import S3RawZone
from mesh_jobs.domain.plan import FileSource, Product, ProductSource
from mesh_jobs.ports.engine import RawFile
from mesh_jobs.ports.imports import Imports, Offer, Unloaded
from mesh_jobs.ports.raw_zone import Kept, Landed, Reading
from mesh_jobs.ports.remotes import Fetched


class FetchedRawZone:
    """The raw zone in S3, with a copy of what is read of it in a local folder."""

    def __init__(self, s3: Any, zone: S3RawZone, folder: Path) -> None:
        self._s3, self._zone, self._folder = s3, zone, folder

    def landed(self, product: Product, source: FileSource) -> Sequence[Landed]:
        return self._zone.landed(product, source)

    def preserve(self, product: Product, source: FileSource, files: Sequence[Landed], reading: Reading) -> Kept:
        return self._here(self._zone.preserve(product, source, files, reading))

    def keep(
        self, product: Product, source: FileSource, files: Sequence[Fetched], at: datetime, reading: Reading
    ) -> Kept:
        return self._here(self._zone.keep(product, source, files, at, reading))

    def preserved(self, product: Product, source: FileSource, run_id: str) -> Kept | None:
        kept = self._zone.preserved(product, source, run_id)
        return None if kept is None else self._here(kept)

    def _here(self, kept: Kept) -> Kept:
        return replace(kept, files=self.fetched(kept.files))

    def fetched(self, files: Sequence[RawFile]) -> tuple[RawFile, ...]:
        """The same files, here."""
        return tuple(replace(f, uri=str(self._fetch(f))) for f in files)

    def _fetch(self, file: RawFile) -> Path:
        bucket, _, key = file.uri.removeprefix("s3://").partition("/")
        # What is in the raw zone never changes, so a file that is here is the file.
        local = self._folder / hashlib.sha256(key.encode()).hexdigest()[:16] / key.rpartition("/")[2]
        if not local.exists():
            local.parent.mkdir(parents=True, exist_ok=True)
            with speaking(f"reading {file.uri}"):
                self._s3.download_file(bucket, key, str(local))
        return local


class FetchedImports:
    """Unloaded products, with a copy of what is read of them in the same folder."""

    def __init__(self, imports: Imports, zone: FetchedRawZone) -> None:
        self._imports, self._zone = imports, zone

    def offered(self, source: ProductSource, environment: str | None) -> Offer:
        return self._imports.offered(source, environment)

    def files(self, source: ProductSource, copy: Unloaded) -> Sequence[RawFile]:
        return self._zone.fetched(self._imports.files(source, copy))
