"""Files for PyIceberg's manifest readers and writers, without the import of PyArrow's file systems."""

from __future__ import annotations

import io
from typing import Any, cast

from pyiceberg.io import FileIO, InputFile, InputStream, OutputFile, OutputStream

from mesh_jobs.adapters.iceberg import written_once
from mesh_jobs.adapters.iceberg.storage import storage


class _File(InputFile, OutputFile):
    """A small file: read and written as a whole."""

    _size: int | None = None

    def __len__(self) -> int:
        if self._size is None:
            self._size = len(written_once.read(self.location))
        return self._size

    def exists(self) -> bool:
        return storage(self.location).exists(self.location)

    def open(self, seekable: bool = True) -> InputStream:
        return cast(InputStream, io.BytesIO(written_once.read(self.location)))

    def to_input_file(self) -> InputFile:
        return self

    def create(self, overwrite: bool = False) -> OutputStream:
        return cast(OutputStream, _Writing(self))

    def put(self, content: bytes) -> None:
        written_once.write(self.location, content)
        self._size = len(content)


class _Writing(io.BytesIO):
    """What is stored when it is closed."""

    def __init__(self, file: _File) -> None:
        super().__init__()
        self._file = file

    def close(self) -> None:
        if not self.closed:
            self._file.put(self.getvalue())
        super().close()


class StoredFiles(FileIO):
    """Files wherever their location says. Names are never used twice, so nothing is ever overwritten."""

    def new_input(self, location: str) -> InputFile:
        return _File(location)

    def new_output(self, location: str) -> OutputFile:
        return _File(location)

    def delete(self, location: Any) -> None:
        where = location if isinstance(location, str) else location.location
        storage(where).delete([where])
