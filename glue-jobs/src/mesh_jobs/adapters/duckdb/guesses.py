"""Guesses about a file that nobody has described yet."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from mesh_jobs.adapters.duckdb.text_files import opened
from mesh_jobs.adapters.source_files import unpackable
from mesh_jobs.domain.errors import BadInput

#: Texts that people and programs write where there is no value, the usual first.
NULL_TEXTS = ("NA", "N/A", "n/a", "NULL", "null", "None", "nan", "NaN", "\\N", "-", "--", "?", "#N/A")

_PERSONAL = re.compile(
    r"e_?mail|phone|mobile|(^|_)(tel|fax|dob|ssn|iban|bic|passport|street|address|ip)($|_)|birth|"
    r"(first|last|full|sur|given|family|middle|maiden|customer|client|contact|person|user|member|patient|employee|holder|"
    r"guest|passenger|driver|payer)_?name|card_?number|(^|_)gender($|_)|social_?security|tax_?(id|number)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class CsvShape:
    delimiter: str
    encoding: str


@dataclass(frozen=True)
class Guess:
    """A type texts may have; `holds` is one more condition on a text v, `shape` a regular expression for the whole
    of it."""

    type: str
    format: str | None = None
    holds: str = "TRUE"
    shape: str | None = None

    def may_be(self, value: str) -> bool:
        """Whether a column with this value may have the type, as far as its shape tells."""
        return self.shape is None or re.fullmatch(self.shape, value, re.ASCII) is not None


_DATES = (
    "dd.MM.yyyy",
    "dd/MM/yyyy",
    "MM/dd/yyyy",
    "yyyy/MM/dd",
    "dd-MM-yyyy",
    "dd MMM yyyy",
    "dd-MMM-yyyy",
    "MMM d, yyyy",
)
_TIMES = ("HH:mm:ss", "HH:mm")
_SENSIBLE = "substring(v, 1, 4) BETWEEN '1900' AND '2100'"


def typed_guesses(text_only: bool = False) -> list[Guess]:
    """Types in the order in which they are tried. What JSON has as texts is no number."""
    numbers = [
        Guess("boolean", holds="lower(trim(v)) NOT IN ('0', '1')"),
        Guess("date", "yyyyMMdd", holds=f"length(v) = 8 AND {_SENSIBLE}"),
        Guess("int"),
        Guess("long"),
        Guess("decimal(38, 10)"),
        Guess("double", holds="lower(trim(v)) NOT IN ('nan', 'inf', 'infinity')"),
    ]
    dates = [
        Guess("date"),
        Guess("timestamp"),
        Guess("timestamptz"),
        *(_written("date", d) for d in _DATES),
        *(_written("timestamp", f"{d} {t}") for d in _DATES for t in _TIMES),
    ]
    return dates if text_only else numbers + dates


def _written(type_: str, pattern: str) -> Guess:
    """strptime takes 1/2/2024 for dd/MM/yyyy and shorter years; the pattern should be what is written."""
    places = {"yyyy": r"\d{4}", "MMM": "[A-Za-z]{3}", "d": r"\d{1,2}", ".": r"\."}
    shape = re.sub(r"yyyy|MMM|dd|MM|d|HH|mm|ss|\.", lambda m: places.get(m[0], r"\d{2}"), pattern)
    return Guess(type_, pattern, f"regexp_full_match(v, '{shape}')", shape)


def format_of_file(path: Path) -> str:
    """By the name, else by the first bytes."""
    stem = re.sub(r"\.(gz|zst|gzip|zstd)$", "", path.name.lower())
    extension = stem.rsplit(".", 1)[-1]
    known = {"csv": "csv", "tsv": "csv", "jsonl": "jsonl", "ndjson": "jsonl", "parquet": "parquet", "pq": "parquet"}
    if extension in known:
        return known[extension]
    with opened(str(path)) as file:
        start = file.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(b"["):
        return "json"
    return "jsonl" if start.startswith(b"{") else "csv"


def csv_shape(path: Path) -> CsvShape:
    """The delimiter that splits the first lines into the most columns, equally; and the encoding. Raises BadInput."""
    try:
        with opened(str(path)) as file:
            start = file.read(1 << 20)
    except OSError as error:
        raise unpackable(path) from error
    if not start.strip():
        raise BadInput(f"{path}: the file is empty", "name a file with data")
    encoding = "utf-8"
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
        content = start[: len(start) // 2 * 2].decode("utf-16", errors="replace")
    else:
        # The last character may be cut.
        content = start[: start.rfind(b"\n") + 1 or len(start)].decode("utf-8-sig", errors="surrogateescape")
        if any("\udc80" <= c <= "\udcff" for c in content):
            encoding, content = "latin-1", start.decode("latin-1")
    best = (0, 0, ",")
    lines = content.splitlines()
    for delimiter in (",", ";", "\t", "|"):
        widths = [len(row) for row in islice(csv.reader(lines, delimiter=delimiter), 100) if row]
        if widths and widths[0] > 1:
            same = sum(w == widths[0] for w in widths)
            best = max(best, (same * 100 // len(widths), widths[0], delimiter), key=lambda b: b[:2])
    return CsvShape(best[2], encoding)


def looks_personal(column: str) -> bool:
    """Whether a column's name says that its values are about a person."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column)
    return bool(_PERSONAL.search(re.sub(r"[^A-Za-z0-9]+", "_", snake)))


def pattern_of(shape: str, least: str, most: str) -> str | None:
    """A regular expression of texts that all have one shape (digits 9, letters A and a); what the smallest and the
    greatest begin with, all do."""
    if len(shape) > 40 or not re.search(r"[9Aa]", shape):
        return None
    common = 0
    while common < min(len(least), len(most)) and least[common] == most[common]:
        common += 1
    prefix = re.sub(r"\d+$", "", least[:common])
    rest = shape[len(prefix) :]
    if not re.search("9", rest):
        return None
    parts = []
    for run in re.finditer(r"9+|A+|a+|[^9Aa]", rest):
        token = run[0]
        kind = {"9": r"\d", "A": "[A-Z]", "a": "[a-z]"}.get(token[0])
        parts.append(_literally(token) if kind is None else kind + (f"{{{len(token)}}}" if len(token) > 1 else ""))
    return f"^{_literally(prefix)}{''.join(parts)}$"


def _literally(plain: str) -> str:
    """A text as a pattern of itself, with no more backslashes than it needs."""
    return re.sub(r"([\\^$.|?*+()\[\]{}])", r"\\\1", plain)
