"""JSON documents and JSON lines: each record split into its declared fields, once."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import duckdb

from mesh_jobs.adapters.duckdb.json_texts import exact, is_json, needs_exact, repeats_key
from mesh_jobs.adapters.duckdb.session import Session
from mesh_jobs.adapters.duckdb.text_files import lines_of, opened, unread_reason
from mesh_jobs.adapters.duckdb.texts import Broken, Reject
from mesh_jobs.adapters.duckdb.types import NOT_FROM_FOLDERS, json_path, name, text
from mesh_jobs.adapters.source_files import (
    KEY_TWICE,
    LARGEST_OBJECT,
    LONGEST,
    NOT_AN_OBJECT,
    TOO_LONG_OBJECT,
    declared,
    in_no_record,
    not_json,
    not_kept,
    too_large_object,
)
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import FileSource
from mesh_jobs.domain.table import Field
from mesh_jobs.ports.engine import RawFile

#: Of a document DuckDB holds twice as much at a time. White space is not counted as part of a record, so there is room
#: for some.
_MAX_OBJECT = 2 * LARGEST_OBJECT


@dataclass
class JsonTexts:
    """Fields of JSON records; see `Texts`."""

    session: Session
    at: str
    columns: tuple[str, ...]
    origins: dict[str, str]
    position: dict[str, int]
    encoding: str
    #: Tables of the lines that could not be read, and of the reading they were met in; None for documents.
    unread: tuple[str, str] | None
    kind: str = "JSON"
    header_lines: int = 0
    broken: tuple[Broken, ...] = (
        Broken("_mesh_json IS NULL AND NOT _mesh_long", NOT_AN_OBJECT),
        Broken("_mesh_long", TOO_LONG_OBJECT),
        # Most records have what is declared and nothing else, so their keys need not be compared.
        Broken(f"len(json_keys(_mesh_json)) <> list_count(_mesh_values) AND {repeats_key('_mesh_json')}", KEY_TWICE),
    )
    _rejects: list[Reject] | None = field(default=None)

    def value(self, field: Field) -> str:
        return f"_mesh_r{self.position[field.name]}"

    def present(self, field: Field) -> str:
        return f"{self.value(field)} IS NOT NULL AND json_type({self.value(field)}) <> 'NULL'"

    def record(self, hidden: frozenset[str]) -> str:
        cells = (
            f"{name(n)} := " + (f"CASE WHEN _mesh_r{i} IS NOT NULL THEN '***' END" if n in hidden else f"_mesh_r{i}")
            for n, i in self.position.items()
        )
        # A record that is no object has no columns to mask one by one.
        whole = text(not_kept("#")).replace("#", "' || length(_mesh_text) || '")
        return (
            f"CASE WHEN _mesh_problem < 0 THEN {whole if hidden else '_mesh_text'} "
            f"ELSE CAST(to_json(struct_pack({', '.join(cells)})) AS VARCHAR) END"
        )

    def rejects(self) -> list[Reject]:
        if self._rejects is None:
            self._rejects = list(self._left_out())
        return self._rejects

    def _left_out(self) -> Iterator[Reject]:
        if self.unread is None:
            return
        errors, scans = self.unread
        lines: dict[str, dict[int, tuple[str, str]]] = {}
        for path, line, kind, content in self.session.all(
            f"SELECT any_value(s.file_path), e.line, min(e.error_type), any_value(e.csv_line) "
            f"FROM {errors} e JOIN {scans} s USING (scan_id, file_id) GROUP BY e.file_id, e.line ORDER BY ALL"
        ):
            lines.setdefault(path, {})[line] = (unread_reason(kind, self.encoding), (content or "").strip("\r\n"))
        for path, unread in lines.items():
            row = 0
            # Empty lines are no records, so only reading tells which record a line is.
            with opened(path) as file:
                for number, content in enumerate(_lines(file), 1):
                    row += 1 if content else 0
                    if number in unread:
                        reason, shown = unread.pop(number)
                        yield Reject(path, row, number, len(shown), reason, shown)
            for number, (reason, shown) in unread.items():
                yield Reject(path, None, number, len(shown), reason, shown)

    def require(self, staged: str) -> None:
        names_ = [name(n) for n in self.columns]
        suspects: dict[str, list[int]] = {}
        for number, *counts in self.session.all(
            f"SELECT _mesh_number, {', '.join(f'count({n})' for n in names_)} FROM {staged} "
            f"WHERE coalesce(_mesh_problem NOT IN (-1, -2), TRUE) GROUP BY ALL ORDER BY ALL"
        ):
            for column, count in zip(self.columns, counts, strict=True):
                if not count:
                    suspects.setdefault(column, []).append(number)
        for column, numbers in suspects.items():
            # A value that is null in all records is there, and usually in the first.
            every, listed = ("", " LIMIT 1") if len(numbers) == 1 else ("DISTINCT ", "")
            there = self.session.all(
                f"SELECT {every}_mesh_number FROM {self.at} WHERE _mesh_number IN ({', '.join(map(str, numbers))}) "
                f"AND _mesh_values[{self.position[column] + 1}] IS NOT NULL{listed}"
            )
            absent = set(numbers) - {number for (number,) in there}
            if absent:
                raise self._missing(column, min(absent))

    def _missing(self, column: str, number: int) -> BadInput:
        keys = self.session.one(
            f"SELECT json_keys(_mesh_json) FROM {self.at} WHERE _mesh_number = {number} "
            f"AND _mesh_json IS NOT NULL LIMIT 1"
        )[0]
        return in_no_record([*self.origins.values()][number], column, self.position, keys)

    def line(self, file: str, row: int) -> int | None:
        """Empty lines are no records, so only reading tells."""
        if self.unread is None:
            return None
        with opened(file) as lines:
            for number, line in enumerate(_lines(lines), 1):
                row -= 1 if line else 0
                if row == 0:
                    return number
        return None


def read_json_texts(session: Session, source: FileSource, files: Sequence[RawFile], format_: str) -> JsonTexts:
    """Plans the reading of JSON (`json`: one document or many, `jsonl`: one object a line)."""
    fields = declared(source)
    unread = None
    if format_ == "jsonl":
        unread = (session.fresh("rejects"), session.fresh("scans"))
        lines = lines_of(files, source.file.encoding, *unread)
        read = f"SELECT line AS _mesh_text, _mesh_number FROM ({lines}) WHERE trim(line) <> ''"
    else:
        read = " UNION ALL ".join(
            f"SELECT CAST(json AS VARCHAR) AS _mesh_text, {number} AS _mesh_number FROM read_json_objects("
            f"{text(f.uri)}, format = '{_shape(session, f)}', "
            f"maximum_object_size = {_MAX_OBJECT}, {NOT_FROM_FOLDERS})"
            for number, f in enumerate(files)
        )
    wanted = ", ".join(text(json_path(f.name)) for f in fields)
    nulls = ", ".join(map(text, source.file.null_values))
    cells = []
    for i in range(len(fields)):
        cell = f"_mesh_values[{i + 1}]"
        if nulls:
            cell = f"CASE WHEN coalesce(({cell} ->> '$') NOT IN ({nulls}), TRUE) THEN {cell} END"
        cells.append(f"{cell} AS _mesh_r{i}")
    parsed = exact("_mesh_text") if any(needs_exact(f.type) for f in fields) else "_mesh_text"
    fits = f"NOT _mesh_long AND {is_json('_mesh_text')}"
    is_object = f"CASE WHEN {fits} THEN json_type(_mesh_text) = 'OBJECT' ELSE FALSE END"
    at = session.view(
        f"SELECT {', '.join(cells)}, _mesh_values, _mesh_json, _mesh_long, _mesh_text, _mesh_number FROM ("
        f"SELECT *, json_extract(_mesh_json, [{wanted}]) AS _mesh_values FROM ("
        f"SELECT *, CASE WHEN {is_object} THEN CAST({parsed} AS JSON) END AS _mesh_json FROM ("
        f"SELECT *, {_longer_than(LONGEST)} AS _mesh_long FROM ({read}))))",
        "texts",
    )
    return JsonTexts(
        session,
        at,
        tuple(f.name for f in fields),
        {f.uri: f.origin for f in files},
        {f.name: i for i, f in enumerate(fields)},
        source.file.encoding,
        unread,
    )


def _lines(file: IO[bytes]) -> Iterator[str]:
    """The lines of a file, however they end, without white space around them and whatever their bytes are."""
    for line in io.TextIOWrapper(file, "latin-1"):
        yield line.strip(" \t\r\n\v\f")


def _shape(session: Session, file: RawFile) -> str:
    """One array, or values one after the other. A broken document cannot be split into records, so it is refused as a
    whole, before anything is read of it."""
    is_array = False
    for shape in ("array", "unstructured"):
        options = f"format = '{shape}', maximum_object_size = {_MAX_OBJECT}"
        values = f"SELECT CAST(json AS VARCHAR) AS _mesh_text FROM read_json_objects({text(file.uri)}, {options})"
        wrong = f"count_if(NOT {is_json('_mesh_text')}), count_if({_longer_than(LARGEST_OBJECT)})"
        try:
            lenient, large = session.one(f"SELECT {wrong} FROM ({values})")
        except UnicodeDecodeError:
            # DuckDB quotes bytes that are no text.
            break
        except (duckdb.InvalidInputException, duckdb.IOException) as error:
            # To what reads values one after the other, an array that is broken is a long one.
            if "maximum_object_size" in str(error) and not is_array:
                raise too_large_object(file.origin) from error
            is_array = "Expected top-level JSON array" not in str(error)
            continue
        if lenient:
            break
        if large:
            raise too_large_object(file.origin)
        return shape
    try:
        with opened(file.uri) as broken:
            raise not_json(file.origin, broken.read())
    except OSError:
        raise not_json(file.origin, None) from None


def _longer_than(size: int) -> str:
    """SQL that is true for a record that is longer than that without its white space."""
    valid = f"strlen(_mesh_text) > {size} AND json_valid(_mesh_text)"
    return f"CASE WHEN {valid} THEN strlen(json(_mesh_text)) > {size} ELSE FALSE END"


def documents(path: Path, kind: str, limit: int) -> list[dict[str, Any]]:
    """The objects of a file, at most `limit`, as Python has them. Raises BadInput."""
    with opened(str(path)) as file:
        if kind == "jsonl":
            found = []
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    found.append(json.loads(line))
                except ValueError:
                    raise BadInput(f"{path}: line {number}: not a JSON object", "correct the file") from None
                if len(found) == limit:
                    break
        else:
            content = file.read()
            try:
                whole = json.loads(content)
            except ValueError:
                return documents(path, "jsonl", limit)
            found = whole if isinstance(whole, list) else [whole]
    return [r for r in found[:limit] if isinstance(r, dict)]
