"""Files that DuckDB does not read as they are, written anew in the working folder: same records, other bytes."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from mesh_jobs.adapters.duckdb.session import Session
from mesh_jobs.adapters.duckdb.text_files import opened
from mesh_jobs.adapters.source_files import not_latin_1, unpackable, wrong_bytes
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.ports.engine import RawFile

_BLOCK = 1024 * 1024
#: What Windows has there is another encoding; in latin-1 they control a terminal.
_NO_LETTERS = re.compile(rb"[\x80-\x9f]")


def require_latin_1(files: Sequence[RawFile]) -> None:
    """Raises BadInput naming the first file with bytes that are no letters in latin-1."""
    for file in files:
        if any(_NO_LETTERS.search(block) for block in _blocks(file)):
            raise not_latin_1(file.origin)


def in_utf8(session: Session, files: Sequence[RawFile], encoding: str) -> list[RawFile]:
    """The files in UTF-8. UTF-16 without a byte order mark is told by its first character, which is in ASCII in any
    header and any JSON. Raises BadInput naming a file with other bytes."""

    def converted(file: RawFile) -> Iterator[bytes]:
        decoder = None
        for block in _blocks(file):
            decoder = decoder or codecs.getincrementaldecoder(_codec(block, encoding))()
            yield decoder.decode(block).encode()
        yield decoder.decode(b"", final=True).encode() if decoder else b""

    written = []
    for file in files:
        try:
            written.append(_written(session, file, converted))
        except UnicodeError as error:
            raise BadInput(f"{file.origin}: {wrong_bytes(encoding)}", "declare the file's encoding") from error
        except OSError as error:
            raise unpackable(file.origin) from error
    return written


def with_one_line_end(session: Session, files: Sequence[RawFile], quote: str | None) -> list[RawFile]:
    """The files with their records ended by LF alone; what stands between quotes stays as it is."""

    def converted(file: RawFile) -> Iterator[bytes]:
        mark = quote.encode() if quote else None
        outside, held = True, b""
        for block in _blocks(file):
            parts = (held + block).split(mark) if mark else [held + block]
            held = b""
            for i, part in enumerate(parts):
                if i and mark:
                    outside = not outside
                    yield mark
                if not outside:
                    yield part
                    continue
                if i == len(parts) - 1 and part.endswith(b"\r"):
                    # Its LF may be the first of the next block.
                    part, held = part[:-1], b"\r"
                yield part.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        yield b"\n" if held else b""

    return [_written(session, file, converted) for file in files]


def _codec(first: bytes, encoding: str) -> str:
    if encoding != "utf-16" or first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return encoding
    return "utf-16-be" if first.startswith(b"\0") else "utf-16-le"


def _blocks(file: RawFile) -> Iterator[bytes]:
    with opened(file.uri) as raw:
        while block := raw.read(_BLOCK):
            yield block


def _written(session: Session, file: RawFile, converted: Callable[[RawFile], Iterator[bytes]]) -> RawFile:
    path: Path = session.work / f"{session.fresh('rewritten')}.txt"
    with path.open("wb") as out:
        for block in converted(file):
            out.write(block)
    return replace(file, uri=str(path), size=path.stat().st_size)
