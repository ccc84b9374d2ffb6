"""What is known of the files of a source before an engine reads them, and the words for what does not fit."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import FileFormat, FileSource
from mesh_jobs.domain.table import Field, shown
from mesh_jobs.ports.engine import RawFile

_EXTENSIONS = {"csv": "csv", "tsv": "csv", "txt": "csv", "json": "json", "jsonl": "jsonl", "ndjson": "jsonl"}
_PARQUET = {"parquet", "pq"}
_NOT_WHITE = re.compile(r"[^ \t\r\n]")
#: Python's codecs by Java's names.
CODECS = {
    "UTF-8": "utf-8-sig",
    "ISO-8859-1": "latin-1",
    "UTF-16": "utf-16",
    "UTF-16LE": "utf-16-le",
    "UTF-16BE": "utf-16-be",
}
RECORD_REMEDY = (
    "correct the file, declare the column as it is written (type, format, nullValues), "
    "or send bad records to the quarantine with onBadRecord: quarantine"
)


def format_of(file: RawFile, declared: FileFormat) -> str:
    """By the name, since a sample may come in another format than the source; else as declared."""
    stem = re.sub(r"\.(gz|zst|gzip|zstd)$", "", file.origin.lower())
    extension = stem.rsplit(".", 1)[-1]
    if extension in _PARQUET:
        return "parquet"
    found = _EXTENSIONS.get(extension, declared.format)
    # .json is also used for JSON lines, and .txt for anything.
    if (found, declared.format) == ("json", "jsonl") or extension == "txt":
        return declared.format
    return found


def by_format(source: FileSource, files: Sequence[RawFile]) -> dict[str, list[int]]:
    """The numbers of the files of each format among all of them, the formats in a fixed order. Raises BadInput for an
    empty file."""
    # Rows are told apart by the number of their file, which engines know by its uri.
    assert len({f.uri for f in files}) == len(files)
    for file in files:
        if file.size == 0:
            raise BadInput(
                f"{file.origin}: the file is empty (0 bytes), not even a header",
                "deliver it again, or remove it from the landing folder",
            )
    found: dict[str, list[int]] = {}
    for number, file in enumerate(files):
        found.setdefault(format_of(file, source.file), []).append(number)
    return dict(sorted(found.items()))


def csv_format(source: FileSource) -> FileFormat:
    """How the source's CSV is written, also when it is declared to be something else."""
    return source.file if source.file.format == "csv" else FileFormat("csv", null_values=source.file.null_values)


def encoding_of(source: FileSource, format_: str) -> str:
    return source.file.encoding if source.file.format in ("csv", format_) else "utf-8"


def columns_of(file: RawFile, lines: io.TextIOBase, how: FileFormat, fields: Sequence[Field] | None) -> tuple[str, ...]:
    """The columns of a CSV file: its header, or what is declared where it has none. Raises BadInput."""
    cells = next(csv.reader(lines, delimiter=how.delimiter, quotechar=how.quote), None)
    if not cells:
        raise BadInput(f"{file.origin}: the file is empty, not even a header", "deliver it again, or remove it")
    if any("\ufffd" in c for c in cells) and how.header:
        raise BadInput(
            f"{file.origin}: row 0 (the header): bytes that are not {how.encoding}",
            "declare the file's encoding",
        )
    if not how.header:
        if fields is not None and len(cells) != len(fields):
            raise BadInput(
                f"{file.origin}: row 1: {len(cells)} columns, but {len(fields)} are declared",
                "declare all columns of a file without a header, in their order",
            )
        return tuple(f"column{i}" for i in range(len(cells))) if fields is None else tuple(f.name for f in fields)
    columns = tuple(c.strip() for c in cells)
    seen: dict[str, int] = {}
    for number, c in enumerate(columns, 1):
        first = seen.setdefault(c.lower(), number)
        if first != number:
            # It may be no name at all, but a value of a file that lacks its header.
            column = f" {c}" if _declares(fields, c) else ""
            raise BadInput(
                f"{file.origin}: the header names the column{column} twice, as number {first} and {number}",
                "give each column its own name, and the file a header if it has none",
            )
    return columns


def columns_of_all(headers: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """The columns of files that declare none. Names that differ in upper and lower case alone are of one column, which
    has the name that came first."""
    found: dict[str, str] = {}
    for c in (c for header in headers for c in header):
        found.setdefault(c.lower(), c)
    return tuple(found.values())


def _declares(fields: Sequence[Field] | None, column: str) -> bool:
    return any(f.name.lower() == column.lower() for f in fields or ())


def require(origin: str, wanted: Sequence[str], found: Sequence[str]) -> None:
    """Raises BadInput for the first declared column that a file does not have."""
    there = {c.lower() for c in found}
    missing = [c for c in wanted if c.lower() not in there]
    if missing:
        raise BadInput(
            f"{origin}: column {missing[0]} is missing"
            + (f" ({len(missing) - 1} more: {', '.join(missing[1:6])})" if len(missing) > 1 else "")
            + f"; {_in_the_file(wanted, found)}",
            "correct the file, or the columns that the source declares",
        )


def _in_the_file(wanted: Sequence[str], found: Sequence[str]) -> str:
    """What a file has, by names that are declared. All else is counted: where a file lacks its header, its first row is
    taken for one, with whatever values it has."""
    declares = {c.lower() for c in wanted}
    known = [c for c in found if c.lower() in declares]
    if not known:
        return f"none of the {len(found)} columns that the file names is declared: is its header missing?"
    others = [str(n) for n, c in enumerate(found, 1) if c.lower() not in declares]
    listed = f"the file has {', '.join(known[:12])}{', …' if len(known) > 12 else ''}"
    if not others:
        return listed
    numbers = ", ".join(others[:12]) + (", …" if len(others) > 12 else "")
    return f"{listed}, and {len(others)} more, not declared: number {numbers}"


def require_distinct(origin: str, found: Sequence[str]) -> None:
    """Raises BadInput for two columns of a file whose names differ in upper and lower case alone."""
    seen: dict[str, str] = {}
    for c in found:
        if seen.setdefault(c.lower(), c) != c:
            raise BadInput(
                f"{origin}: the columns {seen[c.lower()]} and {c} have the same name except for upper and lower case",
                "give each column its own name",
            )


def declared(source: FileSource) -> tuple[Field, ...]:
    """The columns of a JSON source. Raises BadInput when there are none: records of JSON need not be alike."""
    if source.fields is None:
        raise BadInput(
            f"source {source.name}: the columns of a JSON source have to be declared",
            f"add columns to sources.{source.name} in the pipeline, e.g. columns: {{order_id: string}}",
        )
    return source.fields


def in_no_record(origin: str, column: str, wanted: Iterable[str], keys: Sequence[str]) -> BadInput:
    """A declared column that a JSON file does not have at all; `keys` are those of its first record, and `wanted` all
    that are declared: any other may be a value."""
    declares = {c.lower() for c in wanted}
    known = [k for k in keys if k.lower() in declares]
    listed = [*known, *([f"{len(keys) - len(known)} more, not declared"] if len(known) < len(keys) else [])]
    written = next((k for k in keys if k.lower() == column.lower()), None)
    return BadInput(
        f"{origin}: column {column} is in no record; the first one has {', '.join(listed) or 'nothing'}",
        f"declare it as it is written there: {written}"
        if written
        else "correct the file, or the columns that the source declares; a value that is not known is null",
    )


def not_json(origin: str, content: bytes | None) -> BadInput:
    """A document that is broken, and where, without what stands there."""
    where = ": it cannot be read"
    if content is not None:
        try:
            for found in _values(content.decode("utf-8-sig")):
                json.dumps(found, ensure_ascii=False).encode()
            where = ""
        except json.JSONDecodeError as error:
            where = f": line {error.lineno}, column {error.colno}: {error.msg}"
        except UnicodeDecodeError:
            where = ": it is not UTF-8"
        except UnicodeEncodeError:
            where = ": a text in it has half a character, such as \\ud83d without its other half"
        except ValueError as error:
            where = f": {error}"
    return BadInput(f"{origin}: not a JSON document{where}", "correct the file")


def _values(written: str) -> Iterator[Any]:
    decoder, at = json.JSONDecoder(parse_constant=_no_number), 0
    while rest := _NOT_WHITE.search(written, at):
        value, at = decoder.raw_decode(written, rest.start())
        yield value


def _no_number(written: str) -> None:
    raise ValueError(f"{written} is not a number in JSON")


def too_large_object(origin: str) -> BadInput:
    return BadInput(f"{origin}: a record of the document is longer than 16 MB", "write it as several records")


def unpackable(origin: object) -> BadInput:
    return BadInput(f"{origin}: cannot be unpacked or read", "is it compressed under another name?")


def misfit_reason(f: Field) -> str:
    """Why a value cannot be of the declared type."""
    with_format = f" written {f.format}" if f.format else ""
    return f"column {f.name} is not a {shown(f.type)}{with_format}"


def wrong_bytes(encoding: str) -> str:
    return f"bytes that are not {encoding}: the file has a different encoding"


def not_latin_1(origin: str) -> BadInput:
    return BadInput(
        f"{origin}: bytes between 80 and 9F (hex), which are not letters in latin-1: the file has a different encoding",
        "if it is Windows-1252, with curly quotes or a euro sign, deliver it in UTF-8; or declare the encoding it has",
    )


def open_quote(quote: str) -> str:
    return f"a quote {quote} is not closed or not escaped"


TOO_LONG_RECORD = "the record is longer than 8 MB: is a quote not closed?"
TOO_LONG_LINE = "the line is longer than 8 MB"
TOO_LONG_OBJECT = "the record is longer than 8 MB"
#: The longest record that is read, and the longest that a document may have at all, in bytes.
LONGEST, LARGEST_OBJECT = 8 * 1024 * 1024, 16 * 1024 * 1024
NOT_AN_OBJECT = "not a JSON object"
#: Which of its values is meant is anybody's guess: readers differ (https://www.rfc-editor.org/rfc/rfc8259#section-4).
KEY_TWICE = "the record has the same key twice"


def shortened(value: str) -> str:
    """A value as a message shows it."""
    return repr(value if len(value) <= 40 else value[:37] + "…")


def not_kept(length: int | str) -> str:
    """What stands in the quarantine for a record whose protected columns cannot be told apart."""
    return f"({length} characters, not kept: the source has protected columns)"


def wrong_type(file: str, row: int, field: Field, received: str, rows: int, hidden: frozenset[str]) -> BadInput:
    """What is said of the first of `rows` rows whose value is not of the declared type."""
    value = "" if field.name in hidden else f": received {received[:40]!r}"
    more = f" (and {rows - 1} more)" if rows > 1 else ""
    return BadInput(
        f"{file}: row {row}: {misfit_reason(field)}{value}{more}",
        "correct the file, declare the type the file has, or set onBadRecord: quarantine",
    )
