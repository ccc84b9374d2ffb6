"""Where files are: on this machine or in S3, told apart by how their location begins."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

_T = TypeVar("_T")
_R = TypeVar("_R")
#: As many as a client keeps connections for.
_AT_ONCE = 16


@dataclass(frozen=True)
class Stored:
    """A file that is there."""

    location: str
    size: int
    modified: datetime


class Storage(Protocol):
    """Files by location. What is written is there as a whole or not at all for whoever reads it by a name that he was
    given afterwards."""

    def read(self, location: str) -> bytes:
        """Raises FileNotFoundError."""
        ...

    def open(self, location: str) -> BinaryIO:
        """For reading parts of a file. Raises FileNotFoundError."""
        ...

    def fetch(self, location: str, path: Path) -> None:
        """A copy on this machine. Raises FileNotFoundError."""
        ...

    def write(self, location: str, content: bytes) -> None: ...

    def exists(self, location: str) -> bool: ...

    def delete(self, locations: Iterable[str]) -> None:
        """Those that are not there are fine. A folder of partitions that gets empty goes too."""
        ...

    def walk(self, folder: str) -> Iterator[Stored]:
        """Every file in a folder, at any depth; none when there is no such folder."""
        ...

    def folders(self, folder: str) -> list[str]:
        """Names of the folders directly in a folder."""
        ...

    def prepare(self, folder: str) -> None:
        """Makes a folder fit to be written into."""
        ...


def storage(location: str) -> Storage:
    """What holds the files of a location."""
    if not location.startswith(_REMOTE):
        return _LOCAL
    from mesh_jobs.adapters.iceberg.s3 import shared

    return shared()


def is_remote(location: str) -> bool:
    """Whether a location is in S3."""
    return location.startswith(_REMOTE)


def each(call: Callable[[_T], _R], of: Iterable[_T], far: bool) -> list[_R]:
    """The results of a call, in order. Far away, where each is mostly waiting, many are made at the same time."""
    items = list(of)
    if not far or len(items) < 2:
        return [call(item) for item in items]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(_AT_ONCE, len(items))) as pool:
        return list(pool.map(call, items))


def plain(location: str) -> str:
    """One spelling per file: the path of a local one; `s3://` in S3, which Hadoop's clients also call s3a and s3n."""
    if location.startswith("file:"):
        return location[7:] if location.startswith("file://") else location[5:]
    for other in ("s3a://", "s3n://"):
        if location.startswith(other):
            return "s3://" + location[len(other) :]
    return location


class LocalStorage:
    """The file system of this machine."""

    def read(self, location: str) -> bytes:
        return Path(plain(location)).read_bytes()

    def open(self, location: str) -> BinaryIO:
        return open(plain(location), "rb")

    def fetch(self, location: str, path: Path) -> None:
        shutil.copyfile(plain(location), path)

    def write(self, location: str, content: bytes) -> None:
        path = Path(plain(location))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def exists(self, location: str) -> bool:
        return os.path.exists(plain(location))

    def delete(self, locations: Iterable[str]) -> None:
        for location in locations:
            path = Path(plain(location))
            path.unlink(missing_ok=True)
            _drop_empty(path.parent)

    def walk(self, folder: str) -> Iterator[Stored]:
        for inside, _, names in os.walk(plain(folder)):
            for name in names:
                path = f"{inside}/{name}"
                try:
                    found = os.stat(path)
                except FileNotFoundError:
                    continue
                yield Stored(path, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    def folders(self, folder: str) -> list[str]:
        try:
            with os.scandir(plain(folder)) as found:
                return sorted(entry.name for entry in found if entry.is_dir())
        except (FileNotFoundError, NotADirectoryError):
            return []

    def prepare(self, folder: str) -> None:
        os.makedirs(plain(folder), exist_ok=True)


def _drop_empty(folder: Path) -> None:
    while folder.name not in ("data", "metadata"):
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


_REMOTE = ("s3://", "s3a://", "s3n://")
_LOCAL = LocalStorage()
