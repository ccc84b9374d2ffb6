"""What a sample of data looks like: the start of a contract. Everything here is a guess, for a person to look at."""

from __future__ import annotations

import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mesh_jobs.adapters.duckdb.casts import strict_cast
from mesh_jobs.adapters.duckdb.guesses import (
    NULL_TEXTS,
    CsvShape,
    csv_shape,
    format_of_file,
    looks_personal,
    pattern_of,
    typed_guesses,
)
from mesh_jobs.adapters.duckdb.json_files import documents
from mesh_jobs.adapters.duckdb.session import Relation, Session
from mesh_jobs.adapters.duckdb.sources import read_source
from mesh_jobs.adapters.duckdb.types import duckdb_type, name, names, plan_type, storable, text
from mesh_jobs.adapters.given_rows import inferred
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import FileFormat, FileSource
from mesh_jobs.domain.table import Field, Nested, Type, shown
from mesh_jobs.ports.engine import RawFile

#: More rows tell little more, and cost the person's time.
ROWS = 200_000
_KEY_NAME = re.compile(r"(^|_)(id|key|code|number|no|uuid)$")
#: So many values and no more may be all there are.
FEW = 12


def profile(path: str, format: str | None = None) -> dict[str, Any]:
    """Columns with type, nulls, distinct values, range and pattern; candidates for the key; texts that mean null.
    Raises BadInput for a file that cannot be read."""
    file = Path(path)
    if not file.is_file():
        raise BadInput(f"{path}: there is no such file", "name a CSV, JSON or Parquet file")
    kind = format or format_of_file(file)
    with tempfile.TemporaryDirectory(prefix="mesh-profile-") as work:
        session = Session(Path(work), b"")
        try:
            return _Profile(session, file, kind).result()
        finally:
            session.close()


class _Profile:
    def __init__(self, session: Session, file: Path, kind: str) -> None:
        self.session, self.file, self.kind = session, file, kind
        self.shape = csv_shape(file) if kind == "csv" else CsvShape(",", "utf-8")
        #: Columns in which JSON has only texts: what looks like a number there is none.
        self.json_texts: set[str] = set()

    def result(self) -> dict[str, Any]:
        rows = self._read()
        at = self.session.stage(f"SELECT {names([c for c, _ in rows.columns])} FROM {rows.at} LIMIT {ROWS}", rows.size)
        count = self.session.one(f"SELECT count(*) FROM {at}")[0]
        nulls = self._null_texts(at, rows)
        columns, typed = [], []
        for column, type_ in rows.columns:
            found, value = self._column(at, column, type_, nulls)
            columns.append(found)
            typed.append(f"{value} AS {name(column)}")
        values = self.session.view(f"SELECT {', '.join(typed)} FROM {at}") if typed else at
        return {
            "format": self.kind,
            "rows": count,
            "delimiter": self.shape.delimiter if self.kind == "csv" else None,
            "encoding": self.shape.encoding if self.kind == "csv" else None,
            "nullLiterals": nulls,
            "columns": columns,
            "keyCandidates": self._keys(values, columns, count),
        }

    def _read(self) -> Relation:
        fields = None
        if self.kind in ("json", "jsonl"):
            fields = self._json_fields()
        how = FileFormat(self.kind, self.shape.delimiter, encoding=self.shape.encoding)  # type: ignore[arg-type]
        source = FileSource("sample", "", how, fields)
        raw = RawFile(str(self.file), str(self.file), self.file.stat().st_size, datetime.now(UTC), "profile")
        return read_source(self.session, source, [raw], frozenset())

    def _json_fields(self) -> tuple[Field, ...]:
        records = documents(self.file, self.kind, ROWS)
        found = dict.fromkeys(k for r in records for k in r)
        fields = []
        for c in found:
            values = [r.get(c) for r in records]
            type_ = inferred(values)
            if isinstance(type_, str):
                if all(isinstance(v, str) for v in values if v is not None):
                    self.json_texts.add(c)
                type_ = "string"
            fields.append(Field(c, type_))
        if not fields:
            raise BadInput(f"{self.file}: there is no JSON object in it", "name a file with records")
        return tuple(fields)

    def _null_texts(self, at: str, rows: Relation) -> list[str]:
        """Texts that stand where a number or date is missing, or that never are a value."""
        if self.kind == "parquet":
            return []
        found: dict[str, int] = {}
        for column, type_ in rows.columns:
            if type_ != "VARCHAR":
                continue
            listed = ", ".join(map(text, NULL_TEXTS))
            there = self.session.all(
                f"SELECT {name(column)}, count(*) FROM {at} WHERE {name(column)} IN ({listed}) GROUP BY 1"
            )
            if not there:
                continue
            mask = [v for v, _ in there]
            is_text = self._type(at, column, mask)[0] == "string"
            for v in mask:
                if not is_text or v in ("N/A", "n/a", "NULL", "null", "\\N"):
                    found[v] = found.get(v, 0) + 2
                else:
                    found[v] = found.get(v, 0) + 1
        return [v for v in NULL_TEXTS if found.get(v, 0) > 1]

    def _type(self, at: str, column: str, nulls: list[str]) -> tuple[Type, str | None, str]:
        """The narrowest type that all texts of a column have; with the pattern of dates, and the SQL of the value."""
        value = name(column)
        if nulls:
            value = f"CASE WHEN {value} NOT IN ({', '.join(map(text, nulls))}) THEN {value} END"
        # One value rules most patterns out, whose casts would take longer to plan than all else.
        any_value = self.session.first(f"SELECT v FROM (SELECT {value} AS v FROM {at}) WHERE v <> '' LIMIT 1")
        if any_value is None:
            return "string", None, value
        guesses = [g for g in typed_guesses(text_only=column in self.json_texts) if g.may_be(any_value[0])]
        casts = [strict_cast("v", "VARCHAR", g.type, g.format).value for g in guesses]
        tried = ", ".join(
            f"count(*) FILTER (v IS NOT NULL AND v <> '' AND NOT coalesce({c} IS NOT NULL AND {g.holds}, FALSE))"
            for c, g in zip(casts, guesses, strict=True)
        )
        digits = r"regexp_extract(v, '^\s*[+-]?0*(\d*)', 1)"
        leading, whole, scale, *misfits = self.session.one(
            f"SELECT count(*) FILTER (regexp_matches(v, '^0\\d')), "
            f"coalesce(max(length({digits})), 0), coalesce(max(length(split_part(rtrim(v), '.', 2))), 0), {tried} "
            f"FROM (SELECT {value} AS v FROM {at})"
        )
        for g, misfit in zip(guesses, misfits, strict=True):
            # What begins with a zero is a code, not a number.
            if misfit or (leading and g.type in ("int", "long", "decimal(38, 10)", "double")):
                continue
            type_: Type = g.type
            if g.type == "decimal(38, 10)":
                if scale > 6:
                    continue
                type_ = f"decimal({12 if whole + scale <= 12 else 18 if whole + scale <= 18 else 38}, {scale})"
            return type_, g.format, strict_cast(f"nullif({value}, '')", "VARCHAR", type_, g.format).value
        return "string", None, value

    def _column(self, at: str, column: str, type_: str, nulls: list[str]) -> tuple[dict[str, Any], str]:
        declared: Type = plan_type(storable(type_))
        pattern, value = None, f"CAST({name(column)} AS {duckdb_type(declared)})"
        if type_ == "VARCHAR" and self.kind != "parquet":
            declared, pattern, value = self._type(at, column, nulls)
        nested = isinstance(declared, Nested)
        low, high = ("NULL", "NULL") if nested or declared == "binary" else ("min(v)", "max(v)")
        missing, distinct, least, most = self.session.one(
            f"SELECT count(*) - count(v), count(DISTINCT v), CAST({low} AS VARCHAR), CAST({high} AS VARCHAR) "
            f"FROM (SELECT {value} AS v FROM {at})"
        )
        found: dict[str, Any] = {
            "name": column,
            "type": shown(declared),
            "format": pattern,
            "nullable": missing > 0,
            "nulls": missing,
            "distinct": distinct,
            "unique": missing == 0 and distinct > 0 and distinct == self._rows(at),
            "pattern": None,
            "sensitive": False,
        }
        if declared == "string":
            found["pattern"], personal = self._texts(at, value, least, most)
        else:
            personal = False
        found["sensitive"] = personal or looks_personal(column)
        if found["sensitive"] or nested:
            return found, value
        found["min"], found["max"] = _plain(least, declared), _plain(most, declared)
        if declared == "string" and found["pattern"] is None and 0 < distinct <= FEW and self._rows(at) >= 4 * distinct:
            some = f"SELECT DISTINCT v FROM (SELECT {value} AS v FROM {at}) WHERE v IS NOT NULL ORDER BY v"
            found["values"] = [v for (v,) in self.session.all(some)]
        return found, value

    def _rows(self, at: str) -> int:
        return int(self.session.one(f"SELECT count(*) FROM {at}")[0])

    def _texts(self, at: str, value: str, least: str | None, most: str | None) -> tuple[str | None, bool]:
        """The pattern of a column of texts, and whether its values look personal."""
        there, emails, uuids, phones, shapes, shape = self.session.one(
            "SELECT count(v), count(*) FILTER (regexp_matches(v, '^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$')), "
            "count(*) FILTER (regexp_matches(v, '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$')), "
            "count(*) FILTER (regexp_matches(v, '^(\\+|00|\\()[0-9 ()/.-]{7,}$')), count(DISTINCT s), min(s) FROM ("
            "SELECT v, regexp_replace(regexp_replace(regexp_replace(v, '[0-9]', '9', 'g'), '[A-Z]', 'A', 'g'), "
            f"'[a-z]', 'a', 'g') AS s FROM (SELECT {value} AS v FROM {at}))"
        )
        personal = bool(there) and (emails >= 0.8 * there or phones >= 0.8 * there)
        if there and emails == there:
            return "email", True
        if there and uuids == there:
            return "uuid", False
        if there >= 10 and shapes == 1 and least is not None and most is not None and least != most:
            return pattern_of(shape, least, most), personal
        return None, personal

    def _keys(self, at: str, columns: list[dict[str, Any]], rows: int) -> list[list[str]]:
        """Columns that identify a row, then pairs that do; names that sound like keys first."""
        if rows == 0:
            return []
        measured = ("double", "float", "decimal", "date", "timestamp", "boolean")
        whole = [c for c in columns if not c["nulls"] and not c["type"].startswith(measured)]
        singles = [c for c in whole if c["unique"]]
        singles.sort(key=lambda c: not _KEY_NAME.search(c["name"].lower()))
        # A key that a few rows repeat is still the likeliest one: samples have duplicates.
        nearly = [
            c for c in whole if not c["unique"] and _KEY_NAME.search(c["name"].lower()) and c["distinct"] >= 0.95 * rows
        ]
        if singles or nearly:
            return [[c["name"]] for c in (*singles, *nearly)][:3]
        simple = ("string", "int", "long", "date", "timestamp", "timestamp_ntz")
        some = [c for c in columns if not c["nulls"] and c["type"] in simple and c["distinct"] > 1]
        some = sorted(some, key=lambda c: -c["distinct"])[:8]
        found: list[list[str]] = []
        for i, a in enumerate(some):
            for b in some[i + 1 :]:
                if a["distinct"] * b["distinct"] < rows:
                    continue
                key = [c["name"] for c in columns if c in (a, b)]
                groups = f"SELECT 1 FROM {at} GROUP BY {names(key)}"
                if self.session.one(f"SELECT count(*) FROM ({groups})")[0] == rows:
                    found.append(key)
        return found[:3]


def _plain(value: str | None, type_: Type) -> str | int | float | bool | None:
    """A bound as JSON."""
    if value is None:
        return None
    if type_ in ("int", "long"):
        return int(value)
    if type_ == "boolean":
        return value == "true"
    if isinstance(type_, str) and type_.startswith(("decimal", "double", "float")):
        number = float(value)
        return number if number == number and abs(number) != float("inf") else None
    return value if type_ != "timestamptz" else value.removesuffix("+00") + "Z"
