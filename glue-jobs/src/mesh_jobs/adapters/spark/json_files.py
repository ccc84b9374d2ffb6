"""JSON documents and JSON lines: each record split into its declared fields, once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as t

from mesh_jobs.adapters.source_files import (
    CODECS,
    KEY_TWICE,
    LARGEST_OBJECT,
    LONGEST,
    NOT_AN_OBJECT,
    TOO_LONG_LINE,
    TOO_LONG_OBJECT,
    declared,
    encoding_of,
    in_no_record,
    not_json,
    not_kept,
    too_large_object,
    wrong_bytes,
)
from mesh_jobs.adapters.spark.as_text import json_object
from mesh_jobs.adapters.spark.casts import from_leaves, from_text, without_repeats
from mesh_jobs.adapters.spark.hadoop import content, head, look_at_each
from mesh_jobs.adapters.spark.json_values import (
    elements,
    has_structs,
    is_alone,
    is_unicode,
    is_whole,
    keyed_type,
    leaf,
    leaf_type,
    member,
    parsed,
    repeats_key,
)
from mesh_jobs.adapters.spark.lines import (
    BLOCK,
    CLEAN,
    LINE,
    NUMBER,
    PLACE,
    TEXT,
    UNQUOTED,
    TextFile,
    is_utf8,
    joined,
    line_of,
    lines,
    must_join,
    read_whole,
    refuse_latin_1,
    text_file,
)
from mesh_jobs.adapters.spark.nested import let
from mesh_jobs.adapters.spark.rows import Rows
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.staged import JOIN, REASON, Cell, Staged, Texts, first_misfit, rows_of_staged, stage
from mesh_jobs.adapters.spark.types import name, text
from mesh_jobs.domain.plan import FileSource
from mesh_jobs.domain.table import Field, Nested
from mesh_jobs.ports.engine import RawFile

#: A record with its nested fields in their shapes, and with all fields as texts where it does not have these shapes.
_SHAPED, _LOOSE = "_mesh_shaped", "_mesh_loose"
#: Its fields that have structs, as they are looked at for keys that come twice.
_KEYED = "_mesh_keyed"
#: A record's text, null where it is none.
_READABLE = "_mesh_readable"
#: What is said of such a file is said of this.
_NOT_UTF8 = b"\xff"
_BLANKS = "\u0020\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"


def read_json_files(
    session: Session, source: FileSource, files: Sequence[RawFile], format_: str, hidden: frozenset[str]
) -> Rows:
    """`json`: one document or many; `jsonl`: one object a line."""
    fields = declared(source)
    encoding = encoding_of(source, format_)

    def look(number: int, file: RawFile, path: str) -> TextFile:
        return text_file(number, file, path, head(session, file, path), encoding)

    found = look_at_each(session, files, look)
    apart = format_ == "jsonl" and not must_join(found)
    read = _texts(source, fields, _records(session, found, format_, apart), format_, encoding, apart, hidden)
    staged = stage(session, fields, read, fill=True)
    if staged is None:
        apart = False
        read = _texts(source, fields, _records(session, found, format_, apart), format_, encoding, apart, hidden)
        staged = stage(session, fields, read, fill=True)
    assert staged is not None
    refuse_latin_1(session, staged.frame.where(f"{REASON} = {text(wrong_bytes('latin-1'))}"), found)
    _require(session, fields, found, format_, apart, staged)
    if staged.bad and source.on_bad_record == "abort":

        def line(number: int, block: int, place: int, problem: int) -> int | None:
            if format_ == "json":
                return None
            return line_of(session, found, number, block, place) if apart else place

        raise first_misfit(session, fields, read, staged, files, hidden, line)
    return rows_of_staged(source, fields, read, staged, files)


def _records(session: Session, files: Sequence[TextFile], format_: str, apart: bool) -> DataFrame:
    if format_ == "json":
        return _documents(session, files)

    def blank(line: str) -> str:
        return f"btrim({line}, {text(_BLANKS)}) = ''"

    return lines(session, files, blank) if apart else joined(session, files, UNQUOTED, blank)


def _documents(session: Session, files: Sequence[TextFile]) -> DataFrame:
    """The records of documents: one array, or values one after the other. A broken document cannot be split into
    records, so it is refused as a whole, before anything is read of it."""
    split = f"CASE WHEN clean THEN {elements('value')} END"
    decoded = read_whole(session, files).selectExpr(NUMBER, "value", f"{is_utf8('value')} AS clean")
    whole = session.keep(decoded.selectExpr(NUMBER, "clean", f"{split} AS elements"))
    large = f"exists(elements, x -> octet_length(x) > {LARGEST_OBJECT})"
    refused = whole.where(f"elements IS NULL OR {large}")
    number, clean, is_large = session.one(
        refused.agg(F.min(NUMBER), F.min_by("clean", NUMBER), F.min_by(F.isnotnull("elements"), F.col(NUMBER)))
    )
    if number is not None:
        f = files[number]
        if is_large:
            raise too_large_object(f.file.origin)
        found = content(session, f.path) if clean else _NOT_UTF8
        if found is not None and f.codec != "UTF-8":
            found = found.decode(CODECS[f.codec]).encode()
        raise not_json(f.file.origin, found)
    return whole.selectExpr(NUMBER, f"posexplode(elements) AS (position, {TEXT})").selectExpr(
        NUMBER, f"0L AS {BLOCK}", f"CAST(position AS BIGINT) AS {PLACE}", f"0L AS {LINE}", TEXT, f"true AS {CLEAN}"
    )


def _readable(records: DataFrame) -> DataFrame:
    """With the text of each record that can be one."""
    fits = f"{CLEAN} AND octet_length({TEXT}) <= {LONGEST} AND {is_unicode(TEXT)} AND {is_alone(TEXT)}"
    return records.selectExpr("*", f"CASE WHEN {fits} THEN {TEXT} END AS {_READABLE}")


def _texts(
    source: FileSource,
    fields: Sequence[Field],
    records: DataFrame,
    format_: str,
    encoding: str,
    apart: bool,
    hidden: frozenset[str],
) -> Texts:
    nested = [f for f in fields if _is_nested(f)]
    shaped = t.StructType([t.StructField(f.name, leaf_type(f.type)) for f in fields])
    frame = _readable(records).selectExpr("*", f"{parsed(_READABLE, shaped)} AS {_SHAPED}")
    if nested:
        again = f"CASE WHEN NOT {is_whole(_SHAPED)} THEN {parsed(_READABLE, _loose(fields))} END"
        frame = frame.selectExpr("*", f"{again} AS {_LOOSE}")
    else:
        frame = frame.selectExpr("*", f"{_SHAPED} AS {_LOOSE}")
    structs = [f for f in fields if has_structs(f.type)]
    if structs:
        keyed = t.StructType([t.StructField(f.name, keyed_type(f.type)) for f in structs])
        frame = frame.selectExpr("*", f"{parsed(_READABLE, keyed)} AS {_KEYED}")
    in_shape = f"({is_whole(_SHAPED)} AND {_SHAPED}.v IS NOT NULL)"
    is_object = f"({in_shape} OR ({is_whole(_LOOSE)} AND {_LOOSE}.v IS NOT NULL))"
    nulls = ", ".join(map(text, source.file.null_values))
    too_long = TOO_LONG_OBJECT if format_ == "json" else TOO_LONG_LINE
    values, cells, members = [], [], {}
    for i, f in enumerate(fields):
        written = f"_mesh_r{i}"
        value = f"{_LOOSE}.v.{name(f.name)}"
        if not _is_nested(f):
            both = f"coalesce({_SHAPED}.v.{name(f.name)}, {value})" if nested else value
            value = let(both, partial(leaf, target=f.type))
        if nulls:
            value = let(value, lambda v: f"CASE WHEN {v} NOT IN ({nulls}) THEN {v} END")
        if _is_nested(f):
            there = f"{_SHAPED}.v.{name(f.name)}"
            values.append(f"coalesce({there} IS NOT NULL OR {value} IS NOT NULL, false) AS {written}")
            cast = from_leaves(there, f.type, f.format)
            if f in structs:
                cast = without_repeats(cast, f"{_KEYED}.v.{name(f.name)}", f.type)
            cells.append(Cell(written, cast))
            present = written
        else:
            values.append(f"{value} AS {written}")
            cells.append(Cell(f"{written} IS NOT NULL", from_text(written, f.type, f.format)))
            present = f"{written} IS NOT NULL"
        shown = text('"***"') if f.name in hidden else member(TEXT, f.name)
        members[f.name] = f"CASE WHEN {present} THEN coalesce({shown}, 'null') ELSE 'null' END"
    reason = (
        f"CASE WHEN octet_length({TEXT}) > {LONGEST} THEN {text(too_long)} "
        f"WHEN NOT {CLEAN} THEN {text(wrong_bytes(encoding))} WHEN NOT {is_object} THEN {text(NOT_AN_OBJECT)} "
        f"WHEN {repeats_key(TEXT)} THEN {text(KEY_TWICE)} END"
    )
    join = f"instr({TEXT}, {text(chr(13))}) > 0" if apart else "false"
    unread = f"replace({TEXT}, {text(chr(0xFFFD))}, '?')"
    if hidden:
        unread = f"replace({text(not_kept('#'))}, '#', length({TEXT}))"
    return Texts(
        frame.selectExpr("*", *values, f"{reason} AS {REASON}", f"{join} AS {JOIN}"),
        cells,
        f"CASE WHEN {REASON} IS NOT NULL THEN {unread} ELSE {json_object(members)} END",
        header=False,
    )


def _require(
    session: Session, fields: Sequence[Field], files: Sequence[TextFile], format_: str, apart: bool, staged: Staged
) -> None:
    """Raises BadInput for a column that a file does not have at all. A value that is null in all records is there. All
    files in which a column is never filled are looked at once more, for all such columns."""
    suspects = {number: [i for i, n in enumerate(filled) if not n] for number, filled in sorted(staged.filled.items())}
    asked = sorted({i for own in suspects.values() for i in own})
    if not asked:
        return
    # What is broken has no columns, whatever it begins with.
    is_object = let(parsed(_READABLE, _loose(fields)), lambda x: f"{is_whole(x)} AND {x}.v IS NOT NULL")
    read = _readable(_records(session, [files[number] for number, own in suspects.items() if own], format_, apart))
    keys = read.where(is_object).selectExpr(NUMBER, BLOCK, PLACE, f"json_object_keys({TEXT}) AS keys")
    there = keys.groupBy(NUMBER).agg(
        F.min_by("keys", F.struct(BLOCK, PLACE)), *(F.max(F.array_contains("keys", fields[i].name)) for i in asked)
    )
    answers = sorted(there.collect(), key=lambda r: r[0])
    for n, i in enumerate(asked):
        for number, first, *found in answers:
            if i in suspects[number] and not found[n]:
                raise in_no_record(files[number].file.origin, fields[i].name, [f.name for f in fields], first)


def _loose(fields: Sequence[Field]) -> t.StructType:
    return t.StructType([t.StructField(f.name, t.StringType()) for f in fields])


def _is_nested(f: Field) -> bool:
    return isinstance(f.type, Nested)
