"""Files of what a source sends, packed on the way and never longer than engines can share out among them."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from mesh_jobs.ports.remotes import Fetched

#: Bytes before packing: what one task of Spark reads, since a packed file cannot be split.
_MOST = 128 << 20


class PackedLines:
    """`<name>-<n>.<extension>.gz`, each beginning with the first line that was written: a header."""

    def __init__(self, folder: Path, name: str, extension: str, origin: str, most: int = _MOST) -> None:
        self._folder, self._name, self._extension, self._origin, self._most = folder, name, extension, origin, most
        self._files: list[Fetched] = []
        self._header: bytes | None = None
        self._lines = 0
        self._open: gzip.GzipFile | None = None
        self._raw: BinaryIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._close()

    @property
    def lines(self) -> int:
        """Without the header."""
        return max(self._lines - 1, 0)

    @property
    def files(self) -> tuple[Fetched, ...]:
        """Those that are finished."""
        return tuple(self._files)

    def write(self, line: bytes) -> None:
        if self._header is None:
            self._header = line
        elif self._open is None or self._size >= self._most:
            self._next()
        self._lines += 1
        if self._open is None:
            self._next(header=False)
        assert self._open is not None
        self._digest.update(line)
        self._size += len(line)
        self._open.write(line)

    def _next(self, header: bool = True) -> None:
        self._close()
        self._path = self._folder / f"{self._name}-{len(self._files):03d}.{self._extension}.gz"
        self._raw = self._path.open("xb")
        # Without a name and a time, the same lines are the same bytes.
        self._open = gzip.GzipFile("", "wb", compresslevel=1, fileobj=self._raw, mtime=0)
        self._digest, self._size = hashlib.sha256(), 0
        if header and self._header is not None:
            self._open.write(self._header)

    def _close(self) -> None:
        if self._open is None or self._raw is None:
            return
        self._open.close()
        self._raw.close()
        self._files.append(Fetched(self._path, self._origin, self._digest.hexdigest()))
        self._open = self._raw = None
