"""CSV: split into texts by DuckDB, strictly; nothing is guessed, what does not fit is put aside with its position."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO, Any, cast

from mesh_jobs.adapters.duckdb.session import Session
from mesh_jobs.adapters.duckdb.texts import Broken, Reject
from mesh_jobs.adapters.duckdb.types import literal, name, text
from mesh_jobs.adapters.reach import not_had
from mesh_jobs.adapters.source_files import (
    TOO_LONG_LINE,
    TOO_LONG_RECORD,
    columns_of,
    csv_format,
    open_quote,
    require,
    wrong_bytes,
)
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import FileFormat, FileSource
from mesh_jobs.domain.table import Field
from mesh_jobs.ports.engine import RawFile

#: No text holds it, so a line read with it as delimiter is one column.
NO_DELIMITER = "\x01"
#: A folder named env=prod is no column; DuckDB alone would let it overwrite one.
NOT_FROM_FOLDERS = "hive_partitioning = false"
_CODECS = {"utf-8": "utf-8-sig", "latin-1": "latin-1", "utf-16": "utf-16"}
#: DuckDB's buffers are 16 times as large, so small files get small ones.
_MAX_LINE, _LEAST_LINE = 8 * 1024 * 1024, 128 * 1024


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
    kind: str = "VARCHAR"
    broken: tuple[Broken, ...] = ()
    _rejects: list[Reject] | None = field(default=None)

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
        return f"CAST(to_json(struct_pack({', '.join(cells)})) AS VARCHAR)"

    def require(self, staged: str) -> None:
        """The headers have told."""

    def rejects(self) -> list[Reject]:
        if self._rejects is None:
            self._rejects = [r for part in self.tables for r in self._of(*part)]
        return self._rejects

    def _of(self, errors: str, scans: str, header: tuple[str, ...]) -> list[Reject]:
        found = self.session.all(
            f"SELECT any_value(s.file_path), e.line, min(e.line_byte_position), "
            f"arg_min(e.error_type, e.byte_position), arg_min(e.error_message, e.byte_position), "
            f"arg_min(e.column_name, e.byte_position), any_value(e.csv_line) "
            f"FROM {errors} e JOIN {scans} s USING (scan_id, file_id) "
            f"GROUP BY e.file_id, e.line ORDER BY e.file_id, e.line"
        )
        return [
            Reject(
                file=path,
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
                text=(csv_line or "").strip("\r\n"),
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


def opened(path: str) -> IO[bytes]:
    """A file's bytes, unpacked."""
    if path.endswith(".zst"):
        import zstandard

        return cast(IO[bytes], zstandard.open(path, "rb"))
    return cast(IO[bytes], gzip.open(path, "rb") if path.endswith(".gz") else open(path, "rb"))


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


def unread_reason(kind: str, encoding: str) -> str:
    """Why a line of JSON could not be read."""
    return {
        "LINE SIZE OVER MAXIMUM": TOO_LONG_LINE,
        "INVALID ENCODING": wrong_bytes(encoding),
    }.get(kind, f"cannot be read: {kind.lower()}")


def longest_line(files: Sequence[RawFile]) -> int:
    """How long a record may be, in bytes."""
    if any(f.uri.endswith((".gz", ".zst")) for f in files):
        return _MAX_LINE
    return max(_LEAST_LINE, min(_MAX_LINE, max(f.size for f in files) + 1))


def lines_of(files: Sequence[RawFile], encoding: str, errors: str, scans: str) -> str:
    """SQL that reads files as lines; those it cannot read are in the tables `errors` and `scans`, once it has run."""
    paths = "[" + ", ".join(text(f.uri) for f in files) + "]"
    return (
        f"SELECT line, filename FROM read_csv({paths}, auto_detect = false, header = false, "
        f"delim = {text(NO_DELIMITER)}, quote = '', escape = '', encoding = {text(encoding)}, "
        f"columns = {{'line': 'VARCHAR'}}, filename = true, "
        f"store_rejects = true, rejects_table = {text(errors)}, rejects_scan = {text(scans)}, rejects_limit = 0, "
        f"max_line_size = {longest_line(files)}, {NOT_FROM_FOLDERS})"
    )


def _header(file: RawFile, how: FileFormat, fields: Sequence[Field] | None) -> tuple[str, ...]:
    try:
        with opened(file.uri) as raw:
            lines = io.TextIOWrapper(raw, _CODECS[how.encoding], errors="replace", newline="")
            return columns_of(file, lines, how, fields)
    except (OSError, EOFError, UnicodeError, csv.Error) as error:
        raise not_had(file.origin, error) or BadInput(
            f"{file.origin}: cannot be unpacked or read", "is it compressed under another name?"
        ) from error


def read_csv_texts(session: Session, source: FileSource, files: Sequence[RawFile]) -> CsvTexts:
    """Plans the reading; files whose headers are alike are read together."""
    how = csv_format(source)
    groups: dict[tuple[str, ...], list[RawFile]] = {}
    for file in files:
        groups.setdefault(_header(file, how, source.fields), []).append(file)
    found = dict.fromkeys(c for header in groups for c in header)
    fields = source.fields or tuple(Field(c, "string") for c in found)
    if source.fields is not None:
        for header, members in groups.items():
            require(members[0].origin, [f.name for f in fields], header)
    tables: list[tuple[str, str, tuple[str, ...]]] = []
    parts = [_group(session, how, header, members, fields, tables) for header, members in groups.items()]
    at = session.view(" UNION ALL ".join(parts), "texts")
    return CsvTexts(
        session,
        how,
        at,
        tuple(f.name for f in fields),
        {f.uri: f.origin for members in groups.values() for f in members},
        tables,
        {f.name: i for i, f in enumerate(fields)},
    )


def _group(
    session: Session,
    how: FileFormat,
    header: tuple[str, ...],
    files: Sequence[RawFile],
    fields: Sequence[Field],
    tables: list[tuple[str, str, tuple[str, ...]]],
) -> str:
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
        "max_line_size": longest_line(files),
        "filename": "_mesh_file",
    }
    # A header may hold anything, our own names too; positions cannot collide.
    columns = ", ".join(f"'h{i}': 'VARCHAR'" for i in range(len(header)))
    paths = "[" + ", ".join(text(f.uri) for f in files) + "]"
    read = (
        f"read_csv({paths}, columns = {{{columns}}}, "
        + ", ".join(f"{k} = {literal(v)}" for k, v in options.items())
        + f", {NOT_FROM_FOLDERS})"
    )
    at = {c.lower(): i for i, c in enumerate(header)}
    cells = []
    for i, f in enumerate(fields):
        value = f"h{at[f.name.lower()]}" if f.name.lower() in at else "CAST(NULL AS VARCHAR)"
        nulls = [*how.null_values, *([""] if f.type != "string" else [])]
        if nulls and value.startswith("h"):
            value = f"CASE WHEN {value} NOT IN ({', '.join(map(text, nulls))}) THEN {value} END"
        cells.append(f"{value} AS _mesh_r{i}")
    return f"SELECT {', '.join(cells)}, _mesh_file FROM {read}"
