"""Files for PyIceberg's manifest readers and writers, without the import of PyArrow's file systems."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, cast

from pyiceberg.io import FileIO, InputFile, InputStream, OutputFile, OutputStream

from mesh_jobs.adapters.iceberg.metadata import local


class _File(InputFile, OutputFile):
    def __len__(self) -> int:
        return os.path.getsize(local(self.location))

    def exists(self) -> bool:
        return os.path.exists(local(self.location))

    def open(self, seekable: bool = True) -> InputStream:
        return cast(InputStream, open(local(self.location), "rb"))

    def to_input_file(self) -> InputFile:
        return self

    def create(self, overwrite: bool = False) -> OutputStream:
        path = Path(local(self.location))
        path.parent.mkdir(parents=True, exist_ok=True)
        return cast(OutputStream, path.open("wb" if overwrite else "xb"))


class LocalIO(FileIO):
    """The local file system."""

    def new_input(self, location: str) -> InputFile:
        return _File(location)

    def new_output(self, location: str) -> OutputFile:
        return _File(location)

    def delete(self, location: Any) -> None:
        os.unlink(local(location if isinstance(location, str) else location.location))
