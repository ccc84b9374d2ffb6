"""CSV: split into texts by DuckDB, strictly; nothing is guessed, what does not fit is put aside with its position."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mesh_jobs.adapters.duckdb.session import Session, nth
from mesh_jobs.adapters.duckdb.text_files import longest_line, opened
from mesh_jobs.adapters.duckdb.texts import Broken, Reject
from mesh_jobs.adapters.duckdb.types import NOT_FROM_FOLDERS, literal, name, text
from mesh_jobs.adapters.reach import not_had
from mesh_jobs.adapters.source_files import (
    TOO_LONG_RECORD,
    columns_of,
    columns_of_all,
    csv_format,
    open_quote,
    require,
    unpackable,
    wrong_bytes,
)
from mesh_jobs.domain.plan import FileFormat, FileSource
from mesh_jobs.domain.table import Field
from mesh_jobs.ports.engine import RawFile

_CODECS = {"utf-8": "utf-8-sig", "latin-1": "latin-1", "utf-16": "utf-16"}
#: No text holds it, so it can stand for bytes that are none, and be told from any character.
_WRONG = "\ufffe"
_MARKING = "mesh.wrong"
_BLOCK = 1024 * 1024


@dataclass
class CsvTexts:
    """Texts of CSV files; see `Texts`."""

    session: Session
    file_format: FileFormat
    at: str
    columns: tuple[str, ...]
    origins: dict[str, str]
    tables: list[tuple[str, str, tuple[str, ...]]]
    position: dict[str, int]
    #: The files that are read in a copy, by the paths of these.
    copied: dict[str, str]
    kind: str = "VARCHAR"
    _rejects: list[Reject] | None = field(default=None)

    @property
    def broken(self) -> tuple[Broken, ...]:
        if not self.copied:
            return ()
        why = wrong_bytes(self.file_format.encoding)
        return tuple(Broken(f"_mesh_wrong = {i}", f"column {n}: {why}") for n, i in self.position.items())

    @property
    def header_lines(self) -> int:
        return 1 if self.file_format.header else 0

    def value(self, field: Field) -> str:
        return f"_mesh_r{self.position[field.name]}"

    def present(self, field: Field) -> str:
        return f"{self.value(field)} IS NOT NULL"

    def record(self, hidden: frozenset[str]) -> str:
        cells = (
            f"{name(n)} := " + (f"CASE WHEN _mesh_r{i} IS NOT NULL THEN '***' END" if n in hidden else f"_mesh_r{i}")
            for n, i in self.position.items()
        )
        written = f"CAST(to_json(struct_pack({', '.join(cells)})) AS VARCHAR)"
        return f"replace({written}, {text(_WRONG)}, '?')" if self.copied else written

    def require(self, staged: str) -> None:
        """The headers have told."""

    def rejects(self) -> list[Reject]:
        if self._rejects is None:
            self._rejects = [r for part in self.tables for r in self._of(*part)]
        return self._rejects

    def _of(self, errors: str, scans: str, header: tuple[str, ...]) -> list[Reject]:
        # What a record is comes before what is in it.
        first = "ORDER BY e.error_type = 'INVALID ENCODING', e.byte_position"
        found = self.session.all(
            f"SELECT any_value(s.file_path), e.line, min(e.line_byte_position), first(e.error_type {first}), "
            f"first(e.error_message {first}), first(e.column_name {first}), any_value(e.csv_line) "
            f"FROM {errors} e JOIN {scans} s USING (scan_id, file_id) "
            f"GROUP BY e.file_id, e.line ORDER BY e.file_id, e.line"
        )
        return [
            Reject(
                file=self.copied.get(path, path),
                row=line - self.header_lines,
                line=self._physical(path, start),
                length=len((csv_line or "").strip("\r\n")),
                reason=_explained(
                    kind,
                    message,
                    header[int(column[1:])] if column and column.startswith("h") else None,
                    self.file_format,
                    len(header),
                ),
                text=(csv_line or "").strip("\r\n").replace(_WRONG, "?"),
            )
            for path, line, start, kind, message, column, csv_line in found
        ]

    def _physical(self, path: str, start: int | None) -> int | None:
        """Quoted texts may hold line breaks, so the line is counted in the bytes before the record."""
        if start is None or self.file_format.encoding != "utf-8":
            return None
        lines, left = 1, start
        with opened(path) as file:
            while left > 0 and (block := file.read(min(left, 1 << 20))):
                lines += block.count(b"\n")
                left -= len(block)
        return lines

    def line(self, file: str, row: int) -> int | None:
        return None


def _explained(kind: str, message: str, column: str | None, how: FileFormat, width: int) -> str:
    if kind == "UNQUOTED VALUE" and column is None:
        # It is behind the last column.
        kind, message = "TOO MANY COLUMNS", f"Expected Number of Columns: {width} Found: {width + 1}"
    counts = message.replace("Expected Number of Columns: ", "expected ").replace(" Found: ", " columns, found ")
    return {
        "MISSING COLUMNS": f"too few columns: {counts}",
        "TOO MANY COLUMNS": f"too many columns: {counts}",
        "UNQUOTED VALUE": f"column {column}: {open_quote(how.quote)}",
        "LINE SIZE OVER MAXIMUM": TOO_LONG_RECORD,
        "INVALID ENCODING": f"column {column}: {wrong_bytes(how.encoding)}",
        "INVALID STATE": f"column {column}: text after a closing quote",
    }.get(kind, f"cannot be read: {kind.lower()}")


def _header(file: RawFile, how: FileFormat, fields: Sequence[Field] | None) -> tuple[str, ...]:
    try:
        with opened(file.uri) as raw:
            lines = io.TextIOWrapper(raw, _CODECS[how.encoding], errors="replace", newline="")
            return columns_of(file, lines, how, fields)
    except (OSError, UnicodeError, csv.Error) as error:
        raise not_had(file.origin, error) or unpackable(file.origin) from error


def read_csv_texts(session: Session, source: FileSource, files: Sequence[RawFile]) -> CsvTexts:
    """Plans the reading; files whose headers are alike are read together."""
    how = csv_format(source)
    groups: dict[tuple[str, ...], list[int]] = {}
    for number, file in enumerate(files):
        groups.setdefault(_header(file, how, source.fields), []).append(number)
    fields = source.fields or tuple(Field(c, "string") for c in columns_of_all(groups))
    if source.fields is not None:
        for header, numbers in groups.items():
            require(files[numbers[0]].origin, [f.name for f in fields], header)
    tables: list[tuple[str, str, tuple[str, ...]]] = []
    wanted = {f.name.lower() for f in fields}
    read = list(files)
    for header, numbers in groups.items():
        if how.encoding == "utf-8" and not wanted.issuperset(c.lower() for c in header):
            for n in numbers:
                read[n] = _marked(session, files[n])
    parts = [
        _group(session, how, header, read, numbers, fields, tables, any(read[n] is not files[n] for n in numbers))
        for header, numbers in groups.items()
    ]
    at = session.view(" UNION ALL ".join(parts), "texts")
    return CsvTexts(
        session,
        how,
        at,
        tuple(f.name for f in fields),
        {f.uri: f.origin for f in files},
        tables,
        {f.name: i for i, f in enumerate(fields)},
        {made.uri: file.uri for made, file in zip(read, files, strict=True) if made is not file},
    )


def _marked(session: Session, file: RawFile) -> RawFile:
    """The file, or where it has bytes that are not UTF-8 a copy with a mark in the place of them. Only in columns that
    are read they are wrong, and DuckDB cannot tell where they are if it leaves out a column: it fails for good."""
    if _is_utf8(file):
        return file
    copy: Path = session.work / f"{session.fresh('marked')}.csv"
    decoder = codecs.getincrementaldecoder("utf-8")(_MARKING)
    with opened(file.uri) as raw, copy.open("wb") as out:
        while block := raw.read(_BLOCK):
            out.write(decoder.decode(block).encode())
        out.write(decoder.decode(b"", final=True).encode())
    return replace(file, uri=str(copy), size=copy.stat().st_size)


def _mark(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return _WRONG, error.end


codecs.register_error(_MARKING, _mark)


def _is_utf8(file: RawFile) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with opened(file.uri) as raw:
            while block := raw.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    except OSError:
        # DuckDB says so.
        return True
    return True


def _group(
    session: Session,
    how: FileFormat,
    header: tuple[str, ...],
    files: Sequence[RawFile],
    numbers: Sequence[int],
    fields: Sequence[Field],
    tables: list[tuple[str, str, tuple[str, ...]]],
    marked: bool,
) -> str:
    own = [files[n] for n in numbers]
    errors, scans = session.fresh("rejects"), session.fresh("scans")
    tables.append((errors, scans, header))
    options: dict[str, Any] = {
        "auto_detect": False,
        "header": how.header,
        "delim": how.delimiter,
        "quote": how.quote,
        "escape": how.escape,
        "encoding": how.encoding,
        "nullstr": "",
        "allow_quoted_nulls": False,
        "store_rejects": True,
        "rejects_table": errors,
        "rejects_scan": scans,
        "rejects_limit": 0,
        "max_line_size": longest_line(own),
    }
    # A header may hold anything, our own names too; positions cannot collide.
    columns = ", ".join(f"'h{i}': 'VARCHAR'" for i in range(len(header)))
    paths = "[" + ", ".join(text(f.uri) for f in own) + "]"
    read = (
        f"read_csv({paths}, columns = {{{columns}}}, "
        + ", ".join(f"{k} = {literal(v)}" for k, v in options.items())
        + f", {NOT_FROM_FOLDERS})"
    )
    at = {c.lower(): i for i, c in enumerate(header)}
    places = sorted((at[f.name.lower()], i) for i, f in enumerate(fields) if f.name.lower() in at)
    first = " ".join(f"WHEN contains(h{place}, {text(_WRONG)}) THEN {i}" for place, i in places)
    cells = [f"{f'CASE {first} END' if marked else 'CAST(NULL AS INTEGER)'} AS _mesh_wrong"]
    for i, f in enumerate(fields):
        value = f"h{at[f.name.lower()]}" if f.name.lower() in at else "CAST(NULL AS VARCHAR)"
        nulls = [*how.null_values, *([""] if f.type != "string" else [])]
        if nulls and value.startswith("h"):
            value = f"CASE WHEN {value} NOT IN ({', '.join(map(text, nulls))}) THEN {value} END"
        cells.append(f"{value} AS _mesh_r{i}")
    return f"SELECT {', '.join(cells)}, {nth(numbers, 'file_index')} AS _mesh_number FROM {read}"
