"""What CSV and JSON have in common: files of text, packed or not, and their lines."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any, cast

import zstandard

from mesh_jobs.adapters.duckdb.types import NOT_FROM_FOLDERS, text
from mesh_jobs.adapters.source_files import TOO_LONG_LINE, unpackable, wrong_bytes
from mesh_jobs.ports.engine import RawFile

#: No text holds it, so a line read with it as delimiter is one column.
_NO_DELIMITER = "\x01"
#: DuckDB's buffers are 16 times as large, so small files get small ones.
_MAX_LINE, _LEAST_LINE = 8 * 1024 * 1024, 128 * 1024
_BLOCK = 1024 * 1024
#: What is unpacked of a frame at a time; one byte may stand for thousands.
_PACKED = 8 * 1024


@contextmanager
def opened(path: str) -> Iterator[IO[bytes]]:
    """A file's bytes, unpacked. Raises OSError where it is damaged, too."""
    try:
        with _unpacked(path) as file:
            yield file
    except (EOFError, zlib.error, zstandard.ZstdError) as error:
        raise OSError(f"{path} cannot be unpacked") from error


def require_whole(files: Sequence[RawFile]) -> None:
    """Raises BadInput that names a packed file that ends too early. Of most, DuckDB gives what it could unpack."""
    packed = [f for f in files if f.uri.endswith((".gz", ".zst"))]
    if not packed:
        return
    # Most runs need no threads.
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(os.cpu_count() or 1, len(packed))) as pool:
        for file, whole in zip(packed, pool.map(lambda f: _is_whole(f.uri), packed), strict=True):
            if not whole:
                raise unpackable(file.origin)


def _is_whole(path: str) -> bool:
    try:
        return _ends_with_a_frame(path) if path.endswith(".zst") else _ends(path)
    except OSError:
        return False


def _ends(path: str) -> bool:
    with opened(path) as file:
        while file.read(_BLOCK):
            pass
    return True


def _ends_with_a_frame(path: str) -> bool:
    """zstandard's own files end without a word where their bytes do."""
    frame: Any = None
    try:
        with open(path, "rb") as file:
            while block := file.read(_PACKED):
                while block:
                    frame = frame or zstandard.ZstdDecompressor().decompressobj()
                    frame.decompress(block)
                    block, frame = (frame.unused_data, None) if frame.eof else (b"", frame)
    except zstandard.ZstdError:
        return False
    return frame is None


def _unpacked(path: str) -> IO[bytes]:
    if path.endswith(".zst"):
        return cast(IO[bytes], zstandard.open(path, "rb"))
    return cast(IO[bytes], gzip.open(path, "rb") if path.endswith(".gz") else open(path, "rb"))


def lines_of(files: Sequence[RawFile], encoding: str, errors: str, scans: str) -> str:
    """SQL that reads files as lines, with the number of their file; those it cannot read are in the tables `errors` and
    `scans`, once it has run."""
    paths = "[" + ", ".join(text(f.uri) for f in files) + "]"
    return (
        f"SELECT line, file_index::INTEGER AS _mesh_number FROM read_csv({paths}, auto_detect = false, header = false, "
        f"delim = {text(_NO_DELIMITER)}, quote = '', escape = '', encoding = {text(encoding)}, "
        f"columns = {{'line': 'VARCHAR'}}, "
        f"store_rejects = true, rejects_table = {text(errors)}, rejects_scan = {text(scans)}, rejects_limit = 0, "
        f"max_line_size = {longest_line(files)}, {NOT_FROM_FOLDERS})"
    )


def longest_line(files: Sequence[RawFile]) -> int:
    """How long a record may be, in bytes."""
    if any(f.uri.endswith((".gz", ".zst")) for f in files):
        return _MAX_LINE
    return max(_LEAST_LINE, min(_MAX_LINE, max(f.size for f in files) + 1))


def unread_reason(kind: str, encoding: str) -> str:
    """Why a line of JSON could not be read."""
    return {
        "LINE SIZE OVER MAXIMUM": TOO_LONG_LINE,
        "INVALID ENCODING": wrong_bytes(encoding),
    }.get(kind, f"cannot be read: {kind.lower()}")
