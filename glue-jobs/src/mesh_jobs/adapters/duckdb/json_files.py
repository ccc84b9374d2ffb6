"""JSON documents and JSON lines: each record split into its declared fields, once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from mesh_jobs.adapters.duckdb.csv_files import NOT_FROM_FOLDERS, lines_of, opened, unread_reason
from mesh_jobs.adapters.duckdb.json_texts import exact, is_json, needs_exact, repeats_key
from mesh_jobs.adapters.duckdb.session import Session
from mesh_jobs.adapters.duckdb.texts import Broken, Reject
from mesh_jobs.adapters.duckdb.types import name, text
from mesh_jobs.adapters.source_files import KEY_TWICE, NOT_AN_OBJECT, declared, in_no_record, not_json
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import FileSource
from mesh_jobs.domain.table import Field
from mesh_jobs.ports.engine import RawFile

_MAX_OBJECT = 64 * 1024 * 1024


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
        Broken("_mesh_json IS NULL", NOT_AN_OBJECT),
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
        whole = "'(' || length(_mesh_text) || ' characters, not kept: the source has protected columns)'"
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
                for number, content in enumerate(file, 1):
                    row += 1 if content.strip() else 0
                    if number in unread:
                        reason, shown = unread.pop(number)
                        yield Reject(path, row, number, len(shown), reason, shown)
            for number, (reason, shown) in unread.items():
                yield Reject(path, None, number, len(shown), reason, shown)

    def require(self, staged: str) -> None:
        names_ = [name(n) for n in self.columns]
        suspects: dict[str, list[str]] = {}
        for file, *counts in self.session.all(
            f"SELECT _mesh_file, {', '.join(f'count({n})' for n in names_)} FROM {staged} "
            f"WHERE _mesh_problem IS DISTINCT FROM -1 GROUP BY ALL ORDER BY ALL"
        ):
            for column, count in zip(self.columns, counts, strict=True):
                if not count:
                    suspects.setdefault(column, []).append(file)
        for column, files in suspects.items():
            # A value that is null in all records is there, and usually in the first.
            every, listed = ("", " LIMIT 1") if len(files) == 1 else ("DISTINCT ", "")
            there = self.session.all(
                f"SELECT {every}_mesh_file FROM {self.at} WHERE _mesh_file IN ({', '.join(map(text, files))}) "
                f"AND _mesh_values[{self.position[column] + 1}] IS NOT NULL{listed}"
            )
            absent = set(files) - {file for (file,) in there}
            for file in self.origins:
                if file in absent:
                    raise self._missing(column, file)

    def _missing(self, column: str, file: str) -> BadInput:
        keys = self.session.one(
            f"SELECT json_keys(_mesh_json) FROM {self.at} WHERE _mesh_file = {text(file)} "
            f"AND _mesh_json IS NOT NULL LIMIT 1"
        )[0]
        return in_no_record(self.origins[file], column, keys)

    def line(self, file: str, row: int) -> int | None:
        """Empty lines are no records, so only reading tells."""
        if self.unread is None:
            return None
        with opened(file) as lines:
            for number, line in enumerate(lines, 1):
                row -= 1 if line.strip() else 0
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
        read = f"SELECT line AS _mesh_text, filename AS _mesh_file FROM ({lines}) WHERE trim(line) <> ''"
    else:
        read = " UNION ALL ".join(
            f"SELECT CAST(json AS VARCHAR) AS _mesh_text, filename AS _mesh_file FROM read_json_objects("
            f"{text(f.uri)}, format = '{_shape(session, f)}', filename = true, "
            f"maximum_object_size = {_MAX_OBJECT}, {NOT_FROM_FOLDERS})"
            for f in files
        )
    wanted = ", ".join(text('$."' + f.name.replace('"', '\\"') + '"') for f in fields)
    nulls = ", ".join(map(text, source.file.null_values))
    cells = []
    for i in range(len(fields)):
        cell = f"_mesh_values[{i + 1}]"
        if nulls:
            cell = f"CASE WHEN coalesce(({cell} ->> '$') NOT IN ({nulls}), TRUE) THEN {cell} END"
        cells.append(f"{cell} AS _mesh_r{i}")
    parsed = exact("_mesh_text") if any(needs_exact(f.type) for f in fields) else "_mesh_text"
    is_object = f"CASE WHEN {is_json('_mesh_text')} THEN json_type(_mesh_text) = 'OBJECT' ELSE FALSE END"
    at = session.view(
        f"SELECT {', '.join(cells)}, _mesh_values, _mesh_json, _mesh_text, _mesh_file FROM ("
        f"SELECT *, json_extract(_mesh_json, [{wanted}]) AS _mesh_values FROM ("
        f"SELECT *, CASE WHEN {is_object} THEN CAST({parsed} AS JSON) END AS _mesh_json FROM ({read})))",
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


def _shape(session: Session, file: RawFile) -> str:
    """One array, or objects one after the other. A broken document cannot be split into records, so it is refused as a
    whole, before anything is read of it."""
    for shape in ("array", "unstructured"):
        options = f"format = '{shape}', maximum_object_size = {_MAX_OBJECT}"
        try:
            session.run(f"SELECT count(*) FROM read_json_objects({text(file.uri)}, {options})")
        except duckdb.Error:
            continue
        return shape
    try:
        with opened(file.uri) as broken:
            raise not_json(file.origin, broken.read())
    except OSError:
        raise not_json(file.origin, None) from None


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
