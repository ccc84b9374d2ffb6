"""Files in S3. boto3 finds credentials, region and endpoint where AWS's tools do."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, cast

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError

from mesh_jobs.adapters.aws.clients import Clients
from mesh_jobs.adapters.iceberg.storage import Stored, plain
from mesh_jobs.domain.errors import MeshError

#: Of DeleteObjects.
_DELETED_AT_ONCE = 1000
#: A Parquet footer is nearly always in the last 64 KB, so one request gets it.
_TAIL = 64 * 1024
#: How often an answer that breaks off is asked for: boto3 itself only tries requests again, not what they stream.
_ATTEMPTS = 4
_MISSING = ("NoSuchKey", "NoSuchBucket", "404")
_DENIED = ("AccessDenied", "403", "AllAccessDisabled")


@cache
def shared() -> S3Storage:
    """One client for the process."""
    return S3Storage(Clients().s3)


class S3Storage:
    """See storage.Storage. An object is put whole or not at all, and is read back by everybody from then on:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel"""

    def __init__(self, s3: Any) -> None:
        self._s3 = s3

    @property
    def meta(self) -> Any:
        """Where the client finds S3, and how it is set up."""
        return self._s3.meta

    def read(self, location: str) -> bytes:
        with _speaking(location, "s3:GetObject"):
            return _content(self._s3, **_key(location))[0]

    def open(self, location: str) -> BinaryIO:
        return cast(BinaryIO, io.BufferedReader(_Object(self._s3, location), buffer_size=_TAIL))

    def fetch(self, location: str, path: Path) -> None:
        key = _key(location)
        with _speaking(location, "s3:GetObject"):
            self._s3.download_file(key["Bucket"], key["Key"], str(path))

    def write(self, location: str, content: bytes) -> None:
        with _speaking(location, "s3:PutObject"):
            self._s3.put_object(**_key(location), Body=content)

    def exists(self, location: str) -> bool:
        try:
            with _speaking(location, "s3:GetObject"):
                self._s3.head_object(**_key(location))
        except FileNotFoundError:
            return False
        return True

    def delete(self, locations: Iterable[str]) -> None:
        by_bucket: dict[str, list[str]] = {}
        for location in locations:
            key = _key(location)
            by_bucket.setdefault(key["Bucket"], []).append(key["Key"])
        for bucket, keys in by_bucket.items():
            for at in range(0, len(keys), _DELETED_AT_ONCE):
                self._delete(bucket, keys[at : at + _DELETED_AT_ONCE])

    def walk(self, folder: str) -> Iterator[Stored]:
        for page in self._pages(folder):
            for found in page.get("Contents", ()):
                # Some tools mark a folder with an empty object of its name.
                if not found["Key"].endswith("/"):
                    location = f"s3://{_key(folder)['Bucket']}/{found['Key']}"
                    yield Stored(location, found["Size"], found["LastModified"])

    def folders(self, folder: str) -> list[str]:
        prefixes = (p["Prefix"] for page in self._pages(folder, Delimiter="/") for p in page.get("CommonPrefixes", ()))
        return sorted(prefix.rstrip("/").rsplit("/", 1)[-1] for prefix in prefixes)

    def prepare(self, folder: str) -> None:
        """S3 has no folders."""

    def _pages(self, folder: str, **more: str) -> Iterator[dict[str, Any]]:
        key = _key(folder.rstrip("/") + "/")
        with _speaking(folder, "s3:ListBucket"):
            yield from self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=key["Bucket"], Prefix=key["Key"], **more
            )

    def _delete(self, bucket: str, keys: Iterable[str]) -> None:
        wanted = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
        with _speaking(f"s3://{bucket}", "s3:DeleteObject"):
            errors = self._s3.delete_objects(Bucket=bucket, Delete=wanted).get("Errors", [])
        if errors:
            first = errors[0]
            raise MeshError(
                f"{len(errors)} files in s3://{bucket} cannot be deleted, such as {first.get('Key')}:"
                f" {first.get('Code')}",
                "the job's role needs s3:DeleteObject there; they are tried again with the next run",
            )


class _Object(io.RawIOBase):
    """An object that is read where it is asked for; its end came with the first request."""

    def __init__(self, s3: Any, location: str) -> None:
        self._s3, self._location = s3, location
        self._at = 0
        with _speaking(location, "s3:GetObject"):
            try:
                self._tail, whole = _content(s3, **_key(location), Range=f"bytes=-{_TAIL}")
            except ClientError as error:
                # An empty object has no last bytes.
                if error.response["Error"]["Code"] not in ("InvalidRange", "416"):
                    raise
                self._tail, whole = _content(s3, **_key(location))
        self._size = whole

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self._size - self._at)
        if wanted <= 0:
            return 0
        before_tail = self._size - len(self._tail)
        if self._at >= before_tail:
            found = self._tail[self._at - before_tail :][:wanted]
        else:
            span = f"bytes={self._at}-{self._at + wanted - 1}"
            with _speaking(self._location, "s3:GetObject"):
                found, _ = _content(self._s3, **_key(self._location), Range=span)
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)


def _content(s3: Any, **asked: str) -> tuple[bytes, int]:
    """What was asked for, and how large the whole object is."""
    for attempts_left in reversed(range(_ATTEMPTS)):
        answer = s3.get_object(**asked)
        try:
            content: bytes = answer["Body"].read()
            break
        except (HTTPClientError, IncompleteReadError):
            if not attempts_left:
                raise
    whole = str(answer.get("ContentRange", "")).rpartition("/")[2]
    return content, int(whole) if whole.isdigit() else len(content)


def _key(location: str) -> dict[str, str]:
    bucket, _, key = plain(location).removeprefix("s3://").partition("/")
    return {"Bucket": bucket, "Key": key}


@contextmanager
def _speaking(location: str, action: str) -> Iterator[None]:
    """What S3 refuses, in words for who runs the job."""
    try:
        yield
    except ClientError as error:
        code = str(error.response["Error"]["Code"])
        if code in _MISSING:
            raise FileNotFoundError(location) from None
        if code in _DENIED:
            raise MeshError(
                f"S3 refuses {action} on {location}",
                f"allow the job's role {action} there, and kms:Decrypt and kms:GenerateDataKey on the bucket's key",
            ) from None
        raise
