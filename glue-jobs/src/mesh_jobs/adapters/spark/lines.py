"""Text files as records that know where they stand. Files are cut into blocks that are read side by side, line by line;
only where a record may span lines are the lines of a file put in order and joined."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import groupby
from typing import Any

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from mesh_jobs.adapters.source_files import LONGEST, not_latin_1, wrong_bytes
from mesh_jobs.adapters.spark.hadoop import load, lookup, shown_path
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.types import text
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.ports.engine import RawFile

#: Of a record: the number of its file, where its block begins in it, its place among the records that are read with
#: it, its line (among the lines that are read with it, or in its file once lines are joined), what is written there
#: without the line's end, and whether all bytes were those of the encoding.
NUMBER, BLOCK, PLACE, LINE, TEXT, CLEAN = (
    "_mesh_number", "_mesh_block", "_mesh_place", "_mesh_line", "_mesh_text", "_mesh_clean",
)  # fmt: skip
_LARGEST_WHOLE = 1024 * 1024 * 1024
_BOM = "\ufeff"
#: What Java decodes bytes to that are no character.
_UNKNOWN = "\ufffd"


@dataclass(frozen=True)
class TextFile:
    """A file to be read as text: its number among those of the source, where it or its copy lies, Java's name of its
    encoding, and whether its lines end with CR alone."""

    number: int
    file: RawFile
    path: str
    codec: str
    end: str


@dataclass(frozen=True)
class Quoting:
    """When a line does not end a record. Conditions on the text of a line, in SQL: it leaves a quote open when it
    begins outside of one (`opens`), or when it begins inside of one (`stays`)."""

    opens: Callable[[str], str]
    stays: Callable[[str], str]


#: Each line is a record.
UNQUOTED = Quoting(lambda line: "false", lambda line: "true")


def text_file(number: int, file: RawFile, path: str, head: bytes, encoding: str) -> TextFile:
    """UTF-16 without a byte order mark is told by its first character, which is in ASCII in any header and any JSON."""
    codec = {"utf-8": "UTF-8", "latin-1": "ISO-8859-1"}.get(encoding, "UTF-16")
    if codec == "UTF-16" and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        codec = "UTF-16BE" if head.startswith(b"\0") else "UTF-16LE"
    return TextFile(number, file, path, codec, "\r" if b"\r" in head and b"\n" not in head else "\n")


def must_join(files: Sequence[TextFile]) -> bool:
    """Whether files cannot be cut into lines before they are decoded."""
    return any(f.codec.startswith("UTF-16") for f in files)


def lines(session: Session, files: Sequence[TextFile], blank: Callable[[str], str]) -> DataFrame:
    """Each line as a record, without those that are blank by the condition given."""
    found = _numbered(session, files).selectExpr(NUMBER, BLOCK, LINE, f"{_without_end('value')} AS line")
    # Before it is decoded, which is done once then: bytes that are no character are not nothing.
    kept = found.where(f"NOT ({blank('line')})")
    place = f"monotonically_increasing_id() AS {PLACE}"
    return kept.selectExpr(NUMBER, BLOCK, place, LINE, *_cleaned("line", files))


def line_of(session: Session, files: Sequence[TextFile], number: int, block: int, place: int) -> int:
    """The number of a line in its file, from 1, by its block and its place in `lines`."""
    within = _numbered(session, files).where(F.col(NUMBER) == number)
    first = F.min(F.when(F.col(BLOCK) == block, F.col(LINE)))
    before, start = session.one(within.agg(F.count(F.when(F.col(BLOCK) < block, 1)), first))
    # Among the lines of one task; its number, in the upper bits, depends on what else is read.
    return int(before + place % (1 << 33) - start % (1 << 33) + 1)


def joined(session: Session, files: Sequence[TextFile], quoting: Quoting, blank: Callable[[str], str]) -> DataFrame:
    """Records that may span lines, with the ends of the lines inside them as they were. Lines end with CR LF, LF or
    CR."""
    whole = [f for f in files if f.codec.startswith("UTF-16")]
    cut = [f for f in files if f not in whole]
    parts = []
    if whole:
        parts.append(read_whole(session, whole).selectExpr(NUMBER, f"0L AS {BLOCK}", f"0L AS {LINE}", "value"))
    if cut:
        parts.append(_numbered(session, cut).selectExpr(NUMBER, BLOCK, LINE, "concat(value, end) AS value"))
    # To split a text decodes it, so its bytes are looked at before.
    wrong = f"NOT {is_utf8('value')}"
    behind_each_end = text(r"(?<=\n)|(?<=\r)(?!\n)")
    pieces = (
        reduce(DataFrame.unionAll, parts)
        .selectExpr(NUMBER, BLOCK, LINE, "value", f"{wrong} AS wrong")
        .selectExpr(NUMBER, BLOCK, LINE, "wrong", f"posexplode(split(value, {behind_each_end})) AS (position, piece)")
        .where("piece <> ''")
        .selectExpr("*", f"{_without_end('piece')} AS line")
        .withColumn("wrong", F.col("wrong") & F.contains("piece", F.lit(_UNKNOWN)))
        .selectExpr("*", f"{quoting.opens('line')} AS opens", f"{quoting.stays('line')} AS stays")
    )
    in_order = Window.partitionBy(NUMBER).orderBy(BLOCK, LINE, "position")
    so_far = in_order.rowsBetween(Window.unboundedPreceding, 0)
    before = in_order.rowsBetween(Window.unboundedPreceding, -1)
    # After a line that ends alike wherever it begins, quotes are known; lines that swap inside and outside are counted.
    known = F.when(F.col("opens") == F.col("stays"), F.struct("opens", "swaps"))
    records = (
        pieces.withColumn("swaps", F.sum(F.expr("CASE WHEN opens AND NOT stays THEN 1 ELSE 0 END")).over(so_far))
        .withColumn("known", F.last(known, ignorenulls=True).over(so_far))
        .withColumn("open", F.expr("coalesce(known.opens, false) <> ((swaps - coalesce(known.swaps, 0)) % 2 = 1)"))
        .withColumn("begins", ~F.coalesce(F.lag("open").over(in_order), F.lit(False)))
        .withColumn("bytes", F.coalesce(F.sum(F.octet_length("piece")).over(before), F.lit(0)))
        .withColumn("number", F.row_number().over(in_order))
        .withColumn("record", F.last(F.when(F.col("begins"), F.struct("number", "bytes")), True).over(so_far))
        # What is longer than a record may be is not brought together.
        .withColumn("piece", F.when(F.col("bytes") - F.col("record.bytes") <= LONGEST, F.col("piece")))
        .groupBy(NUMBER, F.col("record.number").alias(LINE))
        .agg(F.sort_array(F.collect_list(F.struct("number", "piece"))).alias("pieces"), F.max("wrong").alias("wrong"))
        .selectExpr(NUMBER, LINE, "wrong", "array_join(pieces.piece, '') AS record")
        .selectExpr(NUMBER, LINE, "wrong", *_cleaned(_without_end("record"), files))
        .withColumn(CLEAN, F.col(CLEAN) & ~F.col("wrong"))
        .where(f"NOT ({blank(TEXT)})")
    )
    place = F.row_number().over(Window.partitionBy(NUMBER).orderBy(LINE)).cast("long")
    return records.withColumn(PLACE, place).selectExpr(
        NUMBER, f"0L AS {BLOCK}", PLACE, f"CAST({LINE} AS BIGINT) AS {LINE}", TEXT, CLEAN
    )


def read_whole(session: Session, files: Sequence[TextFile]) -> DataFrame:
    """Each file as one text, in the column `value`. Raises BadInput for one that is too large for that, or has bytes
    that are not those of its encoding, but for UTF-8: see `is_utf8`."""
    for f in files:
        if f.file.size > _LARGEST_WHOLE:
            raise BadInput(
                f"{f.file.origin}: {f.file.size / 2**30:.1f} GB in one piece is too much",
                "write it as JSON lines or CSV in UTF-8, which are read block by block, or as several files",
            )
    parts = []
    for codec, own in _by(files, lambda f: f.codec):
        found = load(session, "text", [f.path for f in own], wholetext="true")
        numbered = found.selectExpr(f"{_number(session, own)} AS {NUMBER}", f"{_decoded('value', codec)} AS value")
        marked = f"startswith(value, {text(_BOM)})"
        parts.append(numbered.selectExpr(NUMBER, f"CASE WHEN {marked} THEN substr(value, 2) ELSE value END AS value"))
    decoded = reduce(DataFrame.unionAll, parts)
    refuse_latin_1(session, decoded.where(f"value RLIKE {_NO_LETTERS}"), files)
    if any(f.codec.startswith("UTF-16") for f in files):
        (wrong,) = session.one(decoded.agg(F.min(F.when(F.contains("value", F.lit(_UNKNOWN)), F.col(NUMBER)))))
        if wrong is not None:
            origin = next(f.file.origin for f in files if f.number == wrong)
            raise BadInput(f"{origin}: {wrong_bytes('utf-16')}", "declare the file's encoding")
    return decoded


def _numbered(session: Session, files: Sequence[TextFile]) -> DataFrame:
    """Lines with NUMBER, BLOCK and LINE; what ends them is in `end`, but a CR before it is in `value`. Hadoop takes the
    byte order mark off a file: one that is left is part of a text."""
    parts = []
    for (end, codec), own in _by(files, lambda f: (f.end, f.codec)):
        found = load(session, "text", [f.path for f in own], lineSep=end)
        parts.append(
            found.selectExpr(
                f"{_number(session, own)} AS {NUMBER}",
                f"_metadata.file_block_start AS {BLOCK}",
                f"monotonically_increasing_id() AS {LINE}",
                f"{_decoded('value', codec)} AS value",
                f"{text(end)} AS end",
            )
        )
    return reduce(DataFrame.unionAll, parts)


def refuse_latin_1(session: Session, wrong: DataFrame, files: Sequence[TextFile]) -> None:
    """Raises BadInput when some of `wrong` come from a file that is declared to be in latin-1."""
    own = {f.number: f.file.origin for f in files if f.codec == "ISO-8859-1"}
    if own:
        (first,) = session.one(wrong.agg(F.min(NUMBER)))
        if first is not None:
            raise not_latin_1(own[first])


#: What Windows has there is another encoding; in latin-1 they control a terminal.
_NO_LETTERS = text(r"[\x80-\x9f]")


def _without_end(line: str) -> str:
    """A line without what ends it; to trim costs much where there is nothing to trim."""
    ends = " OR ".join(f"endswith({line}, {text(c)})" for c in "\r\n")
    return f"CASE WHEN {ends} THEN rtrim({text(chr(13) + chr(10))}, {line}) ELSE {line} END"


def is_utf8(value: str) -> str:
    """SQL that is true when the bytes of a text are those of UTF-8: what is not becomes U+FFFD when it is decoded."""
    return f"{_in_utf8(value)} = {value}"


def _in_utf8(value: str) -> str:
    return f"decode(CAST({value} AS BINARY), 'UTF-8')"


def _decoded(value: str, codec: str) -> str:
    """Texts of Spark may hold any bytes; those of UTF-8 are looked at where a record is whole."""
    return value if codec == "UTF-8" else f"decode(CAST({value} AS BINARY), {text(codec)})"


def _cleaned(value: str, files: Sequence[TextFile]) -> tuple[str, str]:
    """TEXT and CLEAN of a record; bytes that are no UTF-8 become U+FFFD."""
    if all(f.codec == "ISO-8859-1" for f in files):
        return f"{value} AS {TEXT}", f"NOT {value} RLIKE {_NO_LETTERS} AS {CLEAN}"
    return f"{_in_utf8(value)} AS {TEXT}", f"{is_utf8(value)} AS {CLEAN}"


def _number(session: Session, files: Sequence[TextFile]) -> str:
    numbers: dict[str, str | int] = {shown_path(session, f.path): f.number for f in files}
    return lookup("_metadata.file_path", numbers, "INT")


def _by(files: Sequence[TextFile], key: Callable[[TextFile], Any]) -> list[tuple[Any, list[TextFile]]]:
    return [(k, list(own)) for k, own in groupby(sorted(files, key=key), key)]
