"""CSV: cut into cells strictly; nothing is guessed, what does not fit is put aside with its place."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import types as t

from mesh_jobs.adapters.source_files import (
    CODECS,
    LONGEST,
    TOO_LONG_RECORD,
    columns_of,
    columns_of_all,
    csv_format,
    not_kept,
    open_quote,
    require,
    unpackable,
    wrong_bytes,
)
from mesh_jobs.adapters.spark.as_text import as_json, json_object
from mesh_jobs.adapters.spark.casts import from_text
from mesh_jobs.adapters.spark.delimited import Cells
from mesh_jobs.adapters.spark.hadoop import head, look_at_each
from mesh_jobs.adapters.spark.lines import (
    BLOCK,
    CLEAN,
    LINE,
    NUMBER,
    PLACE,
    TEXT,
    TextFile,
    joined,
    line_of,
    lines,
    must_join,
    refuse_latin_1,
    text_file,
)
from mesh_jobs.adapters.spark.rows import Rows
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.staged import BROKEN, JOIN, REASON, Cell, Texts, first_misfit, rows_of_staged, stage
from mesh_jobs.adapters.spark.types import text
from mesh_jobs.domain.plan import FileFormat, FileSource
from mesh_jobs.domain.table import Field
from mesh_jobs.ports.engine import RawFile

#: Whether there is a quote in a record, its cells as they are written, how many count, and whether it is made of whole
#: cells.
_QUOTED, _CELLS, _COUNT, _WHOLE = "_mesh_quoted", "_mesh_cells", "_mesh_count", "_mesh_whole"


def read_csv_files(session: Session, source: FileSource, files: Sequence[RawFile], hidden: frozenset[str]) -> Rows:
    """Files whose headers are alike are read together."""
    how = csv_format(source)

    def look(number: int, file: RawFile, path: str) -> tuple[tuple[str, ...], TextFile]:
        start = head(session, file, path)
        found = text_file(number, file, path, start, how.encoding)
        return _columns(found, start, how, source.fields), found

    groups: dict[tuple[str, ...], list[TextFile]] = {}
    for header, found in look_at_each(session, files, look):
        groups.setdefault(header, []).append(found)
    fields = source.fields or tuple(Field(c, "string") for c in columns_of_all(groups))
    for header, members in groups.items():
        if source.fields is not None:
            require(members[0].file.origin, [f.name for f in fields], header)

    def texts(apart: bool) -> Texts:
        parts = [_group(session, how, header, members, fields, apart) for header, members in groups.items()]
        return _texts(how, fields, reduce(DataFrame.unionAll, parts), hidden)

    apart = not any(must_join(members) for members in groups.values())
    read = texts(apart)
    staged = stage(session, fields, read)
    if staged is None:
        apart, read = False, texts(False)
        staged = stage(session, fields, read)
    assert staged is not None
    members = [f for own in groups.values() for f in own]
    refuse_latin_1(session, staged.frame.where(f"{REASON} = {text(wrong_bytes('latin-1'))}"), members)
    if staged.bad and source.on_bad_record == "abort":

        def line(number: int, block: int, place: int, problem: int) -> int | None:
            if problem != BROKEN:
                return None
            own = next(m for m in groups.values() if any(f.number == number for f in m))
            return line_of(session, own, number, block, place) if apart else place

        raise first_misfit(session, fields, read, staged, files, hidden, line)
    return rows_of_staged(source, fields, read, staged, files)


def _columns(file: TextFile, start: bytes, how: FileFormat, fields: Sequence[Field] | None) -> tuple[str, ...]:
    try:
        content = io.TextIOWrapper(io.BytesIO(start), CODECS[file.codec], errors="replace", newline="")
        return columns_of(file.file, content, how, fields)
    except (UnicodeError, csv.Error) as error:
        raise unpackable(file.file.origin) from error


def _group(
    session: Session,
    how: FileFormat,
    header: tuple[str, ...],
    files: Sequence[TextFile],
    fields: Sequence[Field],
    apart: bool,
) -> DataFrame:
    """Records with the text of each column in `_mesh_r<n>`, null where there is none, and why they cannot be read.
    `apart` reads each line for itself and says which could not be."""
    cells = Cells(how)

    def blank(line: str) -> str:
        return "false" if len(header) == 1 else f"{line} = ''"

    read = lines(session, files, blank) if apart else joined(session, files, cells.quoting(), blank)
    join = f"(({_QUOTED} AND {cells.quoting().opens(TEXT)}) OR contains({TEXT}, {text(chr(13))}))" if apart else "false"
    width = len(header)
    beyond = (
        f"size({_CELLS}) > {width} AND endswith({TEXT}, {text(how.delimiter)}) "
        f"AND NOT exists(slice({_CELLS}, {width + 1}, size({_CELLS})), c -> c <> '')"
    )
    at = {c.lower(): i for i, c in enumerate(header)}
    values = []
    for i, f in enumerate(fields):
        cell = f"get({_CELLS}, {at[f.name.lower()]})" if f.name.lower() in at else "CAST(NULL AS STRING)"
        values.append(f"{cells.read(cell, _QUOTED)} AS _mesh_r{i}")
    cut = (
        read.selectExpr("*", f"{cells.quoted(TEXT)} AS {_QUOTED}")
        .selectExpr("*", f"{cells.cut(TEXT, _QUOTED)} AS {_CELLS}")
        # Delimiters more than there are columns, at the end of a line, are nothing.
        .selectExpr("*", f"CASE WHEN {beyond} THEN {width} ELSE least(size({_CELLS}), {width + 1}) END AS {_COUNT}")
        .selectExpr("*", f"{cells.is_whole(TEXT, _CELLS, _QUOTED)} AS {_WHOLE}", *values)
    )
    values = [f"{_present(how, f'_mesh_r{i}', f)} AS _mesh_r{i}" for i, f in enumerate(fields)]
    return cut.selectExpr(
        *(NUMBER, BLOCK, PLACE, LINE, TEXT, *values),
        f"{_reason(how, header, sorted(at[f.name.lower()] for f in fields if f.name.lower() in at))} AS {REASON}",
        f"{join} AS {JOIN}",
    )


def _present(how: FileFormat, value: str, f: Field) -> str:
    nulls = [*how.null_values, *([""] if f.type != "string" else [])]
    return f"CASE WHEN {value} NOT IN ({', '.join(map(text, nulls))}) THEN {value} END" if nulls else value


def _reason(how: FileFormat, header: tuple[str, ...], read: Sequence[int]) -> str:
    """SQL of why a record cannot be read, null for one that can. Only in columns that are `read`, by their places, have
    the bytes to be those of the encoding."""
    width = len(header)
    names = f"array({', '.join(map(text, header))})"
    wrong = f"i -> contains(get({_CELLS}, i), {text(chr(0xFFFD))})"
    other = f"get(filter(array({', '.join(map(str, read))}), {wrong}), 0)"
    unclosed = f"get({names}, size({_CELLS}))"
    many = f"concat('too many columns: expected {width} columns, found ', {_COUNT})"
    return (
        f"CASE WHEN octet_length({TEXT}) > {LONGEST} THEN {text(TOO_LONG_RECORD)} "
        f"WHEN NOT {CLEAN} AND {text(how.encoding)} = 'latin-1' THEN {text(wrong_bytes('latin-1'))} "
        f"WHEN NOT {_WHOLE} THEN coalesce(concat('column ', {unclosed}, {text(': ' + open_quote(how.quote))}), "
        f"'too many columns: expected {width} columns, found {width + 1}') "
        f"WHEN {_COUNT} < {width} THEN concat('too few columns: expected {width} columns, found ', {_COUNT}) "
        f"WHEN {_COUNT} > {width} THEN {many} "
        f"WHEN NOT {CLEAN} AND {other} IS NOT NULL "
        f"THEN concat('column ', get({names}, {other}), {text(': ' + wrong_bytes(how.encoding))}) END"
    )


def _texts(how: FileFormat, fields: Sequence[Field], frame: DataFrame, hidden: frozenset[str]) -> Texts:
    cells, members = [], {}
    for i, f in enumerate(fields):
        value = f"_mesh_r{i}"
        cells.append(Cell(f"{value} IS NOT NULL", from_text(value, f.type, f.format)))
        shown = f"CASE WHEN {value} IS NOT NULL THEN '***' END" if f.name in hidden else value
        members[f.name] = as_json(shown, t.StringType())
    unread = f"replace({TEXT}, {text(chr(0xFFFD))}, '?')"
    if hidden:
        unread = f"replace({text(not_kept('#'))}, '#', length({TEXT}))"
    record = f"CASE WHEN {REASON} IS NOT NULL THEN {unread} ELSE {json_object(members)} END"
    return Texts(frame, cells, record, header=how.header)
