"""Files of a table that never change: metadata, manifest lists and manifests. One that is far away, and small, is
fetched once, and not at all by who wrote it."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from mesh_jobs.adapters.iceberg.storage import is_remote, plain, storage

#: Of all that is kept, and of one: a manifest of many thousand files is read once and takes megabytes.
_KEPT, _SMALL = 32 * 2**20, 4 * 2**20


class _Kept:
    """What was read or written last, by location."""

    def __init__(self) -> None:
        self._contents: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._changing = Lock()

    def get(self, location: str) -> bytes | None:
        with self._changing:
            found = self._contents.get(location)
            if found is not None:
                self._contents.move_to_end(location)
            return found

    def put(self, location: str, content: bytes) -> None:
        if len(content) > _SMALL:
            return
        with self._changing:
            self._size += len(content) - len(self._contents.pop(location, b""))
            self._contents[location] = content
            while self._size > _KEPT:
                self._size -= len(self._contents.popitem(last=False)[1])


_kept = _Kept()


def read(location: str) -> bytes:
    """Raises FileNotFoundError."""
    if not is_remote(location):
        return storage(location).read(location)
    where = plain(location)
    found = _kept.get(where)
    if found is None:
        found = storage(where).read(where)
        _kept.put(where, found)
    return found


def write(location: str, content: bytes) -> None:
    """Under a name that nobody has used before."""
    storage(location).write(location, content)
    if is_remote(location):
        _kept.put(plain(location), content)
