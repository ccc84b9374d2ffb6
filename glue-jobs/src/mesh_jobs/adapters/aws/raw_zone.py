"""Landing and raw zone in a product's raw bucket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from mesh_jobs.adapters.aws.failures import code_of, is_missing, speaking
from mesh_jobs.adapters.raw_manifest import Manifest, manifest_from
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import FileSource, Product
from mesh_jobs.ports.engine import RawFile
from mesh_jobs.ports.raw_zone import Kept, Landed, Reading
from mesh_jobs.ports.remotes import Fetched

_AT_ONCE = 16
#: What one request copies within S3. boto3 takes 8 MB, as for what comes over a network, and each request is paid for.
#: Where a file would have more than the 10,000 parts that S3 takes, boto3 makes them larger, up to 5 GB.
_PART = 256 * 2**20


@dataclass(frozen=True)
class _Object:
    key: str
    size: int
    etag: str
    modified: datetime


class S3RawZone:
    """`landing/<path>` takes what producers drop; `raw/[<environment>/]<source>/<run-id>/` keeps what runs read, with a
    manifest that is written last: without it nothing was preserved. Every run keeps copies of its own, so that a
    lifecycle rule by age takes whole runs away."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3, self._bucket = s3, bucket

    def land(self, source: FileSource, files: Iterable[Path]) -> None:
        """Puts files where the source looks, as whoever delivers them does."""
        for file in files:
            with speaking(f"putting {file.name} where {source.name} looks"):
                self._s3.upload_file(str(file), self._bucket, f"{_landing(source)}{file.name}")

    def landed(self, product: Product, source: FileSource) -> Sequence[Landed]:
        prefix = _landing(source)
        found = [
            Landed(
                origin=self._uri(o.key),
                size=o.size,
                # The ETag changes with the content, whatever it is made of: with KMS it is no MD5.
                fingerprint=f"{o.size}:{o.etag}:{o.key.removeprefix(prefix)}",
                arrived_at=o.modified,
            )
            for o in self._objects(prefix)
            if not any(part.startswith((".", "_")) for part in o.key.removeprefix(prefix).split("/"))
        ]
        if not found:
            raise BadInput(
                f"source {source.name}: there are no files in {self._uri(prefix)}",
                "put files there, then start the run again",
            )
        return sorted(found, key=lambda f: (f.arrived_at, f.origin))

    def preserve(self, product: Product, source: FileSource, files: Sequence[Landed], reading: Reading) -> Kept:
        folder = self._folder(product, source, reading.run_id)
        manifest = self._manifest(folder)
        if manifest is None:
            copies = [(f, f"{folder}{n:05d}-{f.origin.rpartition('/')[2]}") for n, f in enumerate(files)]
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                for _ in pool.map(lambda c: self._copy(*c), copies):
                    pass
            origins = [(key, f.origin, f.size, f.arrived_at) for f, key in copies]
            manifest = self._seal(folder, origins, reading)
        return self._kept(manifest)

    def keep(
        self, product: Product, source: FileSource, files: Sequence[Fetched], at: datetime, reading: Reading
    ) -> Kept:
        folder = self._folder(product, source, reading.run_id)
        manifest = self._manifest(folder)
        if manifest is None:
            own = [(f, f"{folder}{n:05d}-{f.path.name}") for n, f in enumerate(files)]
            for file, key in own:
                with speaking(f"writing {self._uri(key)}"):
                    self._s3.upload_file(str(file.path), self._bucket, key)
            origins = [(key, f.origin, f.path.stat().st_size, at) for f, key in own]
            manifest = self._seal(folder, origins, reading)
        return self._kept(manifest)

    def _seal(
        self,
        folder: str,
        files: Sequence[tuple[str, str, int, datetime]],
        reading: Reading,
    ) -> Manifest:
        """Writes the manifest of what is in the folder: key, origin, size and arrival of each file."""
        etags = {o.key: o.etag for o in self._objects(folder)}
        entries = [
            {
                "key": key,
                "origin": origin,
                "size": size,
                "etag": etags[key],
                "arrivedAt": arrived_at.isoformat(),
                "runId": reading.run_id,
                "readAt": reading.now.isoformat(),
            }
            for key, origin, size, arrived_at in files
        ]
        manifest = Manifest(entries, reading.step)
        with speaking(f"writing {self._uri(folder)}manifest.json"):
            self._s3.put_object(
                Bucket=self._bucket,
                Key=f"{folder}manifest.json",
                Body=manifest.to_text().encode(),
                ContentType="application/json",
            )
        return manifest

    def preserved(self, product: Product, source: FileSource, run_id: str) -> Kept | None:
        folder = self._folder(product, source, run_id)
        manifest = self._manifest(folder)
        if manifest is None:
            return None
        etags = {o.key: o.etag for o in self._objects(folder)}
        for entry in manifest.files:
            wrong = "gone" if entry["key"] not in etags else "changed" if etags[entry["key"]] != entry["etag"] else None
            if wrong is not None:
                raise BadInput(
                    f"{self._uri(entry['key'])}: the preserved file {'is' if wrong == 'gone' else 'was'} {wrong} "
                    f"(it came from {entry['origin']})",
                    "start a new run",
                )
        return self._kept(manifest)

    def _folder(self, product: Product, source: FileSource, run_id: str) -> str:
        # A bucket is one product's; environments that share it keep apart.
        own = "" if product.environment is None else f"{product.environment}/"
        return f"raw/{own}{source.name}/{run_id}/"

    def _copy(self, file: Landed, key: str) -> None:
        """Inside S3, in pieces where a file is too large for one request."""
        bucket, _, name = file.origin.removeprefix("s3://").partition("/")
        etag = file.fingerprint.split(":")[1]
        try:
            with speaking(f"copying {file.origin} to {self._uri(key)}"):
                self._s3.copy(
                    {"Bucket": bucket, "Key": name},
                    self._bucket,
                    key,
                    ExtraArgs={"CopySourceIfMatch": f'"{etag}"'},
                    Config=TransferConfig(multipart_threshold=_PART, multipart_chunksize=_PART),
                )
        except Exception as error:
            told = error.__cause__ if isinstance(error.__cause__, ClientError) else None
            if told is not None and (code_of(told) in ("PreconditionFailed", "412") or is_missing(told)):
                raise BadInput(
                    f"{file.origin} was changed while it was being read", "start the run again when it is complete"
                ) from None
            raise

    def _manifest(self, folder: str) -> Manifest | None:
        place = f"{self._uri(folder)}manifest.json"
        with speaking(f"reading {place}"):
            try:
                found = self._s3.get_object(Bucket=self._bucket, Key=f"{folder}manifest.json")
            except ClientError as error:
                if code_of(error) == "NoSuchKey":
                    return None
                raise
            return manifest_from(found["Body"].read(), place)

    def _kept(self, manifest: Manifest) -> Kept:
        files = tuple(
            RawFile(
                uri=self._uri(e["key"]),
                origin=e["origin"],
                size=e["size"],
                arrived_at=datetime.fromisoformat(e["arrivedAt"]),
                run_id=e["runId"],
            )
            for e in manifest.files
        )
        return Kept(files, dict(manifest.step))

    def _objects(self, prefix: str) -> Iterator[_Object]:
        with speaking(f"listing {self._uri(prefix)}"):
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
                for o in page.get("Contents", ()):
                    # A key that ends with a slash is how a console shows an empty folder.
                    if not o["Key"].endswith("/"):
                        yield _Object(o["Key"], o["Size"], o["ETag"].strip('"'), o["LastModified"])

    def _uri(self, key: str) -> str:
        return f"s3://{self._bucket}/{key}"


def _landing(source: FileSource) -> str:
    path = source.path.strip("/")
    # Without a pipeline a product has one source, which has the whole prefix.
    return f"landing/{path}/" if path else "landing/"
