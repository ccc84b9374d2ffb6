"""Answers of both engines to the same SQL, in the same words: value, type, or that it failed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql.types import StructType

from mesh_jobs.adapters.duckdb.session import Session
from mesh_jobs.adapters.duckdb.types import plan_type as of_duckdb
from mesh_jobs.adapters.duckdb.types import storable
from mesh_jobs.adapters.spark.types import plan_type as of_spark
from mesh_jobs.adapters.sql.functions import FUNCTIONS
from mesh_jobs.adapters.sql.macros import MACROS, needed_by
from mesh_jobs.adapters.sql.parsing import parse
from mesh_jobs.adapters.sql.translate import translate_query
from mesh_jobs.domain.table import Type, shown
from support.spark import spark

FIXTURES = Path(__file__).parents[1] / "fixtures" / "sql"


@dataclass(frozen=True)
class Answer:
    """`type` as people write it in a pipeline; `error` is set when there is no answer."""

    value: Any = None
    type: str | None = None
    error: str | None = None


def expressions() -> list[dict[str, Any]]:
    """Each {sql, value and type | error | refused, group}."""
    return [{"group": f.stem, **case} for f in sorted(FIXTURES.glob("*.json")) for case in json.loads(f.read_text())]


def queries() -> list[dict[str, Any]]:
    """Each {sql, columns and rows | refused, group}; `tables` are what they read."""
    folder = FIXTURES / "queries"
    return [{"group": f.stem, **c} for f in sorted(folder.glob("*.json")) if f.stem != "tables" for c in _read(f)]


def tables() -> dict[str, str]:
    """A query of literals for each table that the queries read."""
    found: dict[str, str] = _read(FIXTURES / "queries" / "tables.json")
    return found


#: What has no further call in its parentheses.
_CALL = re.compile(r"(\w+) ?\(((?:[^()']|'(?:\\.|[^'\\])*')*)\)")
#: These make no other value of what they are given.
_AS_GIVEN = ("array", "map", "struct", "named_struct", "cast")


def calls(text: str) -> list[tuple[str, str]]:
    """The functions that are called, and what each is given: values as they are written, in which a call of another
    function is an ellipsis, since what that one gives is not there to see."""
    found: list[tuple[str, str]] = []

    def taken(call: re.Match[str]) -> str:
        name, given = call[1].lower(), call[2]
        found.append((name, given))
        return f"{name}[{given}]" if name in _AS_GIVEN or name not in FUNCTIONS else "…"

    while (inner := _CALL.sub(taken, text)) != text:
        text = inner
    return found


def _read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def plain(value: Any) -> Any:
    """A value of either engine as JSON has it; maps as lists of pairs."""
    if isinstance(value, float) and (math.isnan(value) or math.isinf(value)):
        return str(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return str(value.replace(tzinfo=None))
    if isinstance(value, Decimal | date | datetime):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    if hasattr(value, "asDict"):
        value = value.asDict()
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    return [plain(v) for v in value] if isinstance(value, list) else value


def same(found: Any, expected: Any) -> bool:
    """Equal, but for the last digits of a double, which the engines' mathematical libraries choose."""
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(map(same, found, expected))
    if isinstance(found, dict) and isinstance(expected, dict):
        return list(found) == list(expected) and all(same(found[k], expected[k]) for k in found)
    if type(found) is float and type(expected) is float:
        return math.isclose(found, expected, rel_tol=1e-12, abs_tol=1e-300) and (
            math.copysign(1, found) == math.copysign(1, expected)
        )
    return type(found) is type(expected) and bool(found == expected)


@contextmanager
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB as the engine sets it up, with all macros."""
    with TemporaryDirectory(prefix="mesh-duckdb-") as work:
        session = Session(Path(work), b"")
        session.db.execute(";".join(MACROS[name] for name in needed_by(" ".join(MACROS))))
        yield session.db
        session.close()


def asked_duckdb(db: duckdb.DuckDBPyConnection, translated: str, source: str | None = None) -> Answer:
    """One expression, already in DuckDB's words, perhaps over the rows of a table."""
    select = f"SELECT {translated} AS v" + (f" FROM {source}" if source else "")
    try:
        found = db.execute(select)
        type_ = str(found.description[0][1]) if found.description else ""
        if type_ == "TIMESTAMP WITH TIME ZONE":
            # Python would need a time zone database.
            found = db.execute(f"SELECT CAST(v AS TIMESTAMP) FROM ({select})")
        row = found.fetchone()
    except duckdb.Error as error:
        return Answer(error=str(error))
    assert row is not None
    return Answer(plain(row[0]), shown(of_duckdb(storable(type_))))


def asked_spark(texts: Sequence[str], source: str | None = None, batch: int = 100) -> list[Answer]:
    """Expressions, as they are written. Many go into one query; what fails is found by halving."""
    found: list[Answer] = []
    for start in range(0, len(texts), batch):
        found += _halved(texts[start : start + batch], f"FROM {source}" if source else "")
    return found


def _halved(texts: Sequence[str], source: str) -> list[Answer]:
    try:
        frame = spark().sql("SELECT " + ",\n".join(f"({t}) AS c{i}" for i, t in enumerate(texts)) + f"\n{source}")
        (row,) = frame.collect()
    except (PySparkException, Py4JJavaError, ValueError) as error:
        if len(texts) == 1 and isinstance(error, ValueError):
            # A day that Python has no date for: DuckDB gives it as text.
            (row,) = frame.selectExpr("CAST(c0 AS STRING)").collect()
            return [Answer(row[0].removeprefix("+"), shown(of_spark(frame.schema[0].dataType)))]
        if len(texts) == 1:
            return [Answer(error=re.sub(r"\s+", " ", str(error))[:300])]
        middle = len(texts) // 2
        return _halved(texts[:middle], source) + _halved(texts[middle:], source)
    return [Answer(plain(v), shown(of_spark(f.dataType))) for v, f in zip(row, frame.schema, strict=True)]


def prepare_duckdb(db: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Type]]:
    """Makes the tables that the queries read; their columns' types."""
    for name, query in tables().items():
        db.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {translate_query(query, {})}")
    return {name: _columns_of(db, f"SELECT * FROM {name}") for name in tables()}


def queried_duckdb(db: duckdb.DuckDBPyConnection, text: str, types: dict[str, dict[str, Type]]) -> Answer:
    """Rows of a query, and its columns' types as text. Raises SqlRefused."""
    translated = translate_query(text, {t: t for t in types}, types)
    try:
        columns = _columns_of(db, translated)
        ntz = "".join(f', CAST("{c}" AS TIMESTAMP) AS "{c}"' for c, t in columns.items() if t == "timestamptz")
        replaced = f"SELECT * REPLACE ({ntz[2:]}) FROM ({translated})" if ntz else translated
        rows = db.execute(replaced).fetchall()
    except duckdb.Error as error:
        return Answer(error=str(error))
    return Answer([[plain(v) for v in row] for row in rows], _written(columns))


def prepare_spark() -> None:
    for name, query in tables().items():
        spark().sql(query).createOrReplaceTempView(name)


def queried_spark(texts: Sequence[str], batch: int = 10) -> list[Answer]:
    """Rows of queries, and their columns' types. Several are parts of one query; if it fails, each is asked alone."""
    found: list[Answer] = []
    for start in range(0, len(texts), batch):
        found += _united(texts[start : start + batch])
    return found


def _united(texts: Sequence[str]) -> list[Answer]:
    parts = []
    for i, text in enumerate(texts):
        cells = (f"{'struct(*)' if i == j else 'NULL'} AS r{j}" for j in range(len(texts)))
        parts.append(f"SELECT {i} AS i, {', '.join(cells)} FROM (\n{text}\n)")
    try:
        frame = spark().sql("\nUNION ALL\n".join(parts))
        collected = frame.collect()
    except (PySparkException, Py4JJavaError) as error:
        return [Answer(error=str(error))] if len(texts) == 1 else [_united([text])[0] for text in texts]
    answers = []
    for i, (_, row_type) in enumerate(zip(texts, frame.schema.fields[1:], strict=True)):
        assert isinstance(row_type.dataType, StructType)
        rows = [[plain(v) for v in row[i + 1]] for row in collected if row[0] == i]
        answers.append(Answer(rows, _written({f.name: of_spark(f.dataType) for f in row_type.dataType})))
    return answers


def ordered(text: str) -> bool:
    """Whether a query says in which order its rows come."""
    tree, _ = parse(text, "query")
    return tree is not None and tree.args.get("order") is not None


def _columns_of(db: duckdb.DuckDBPyConnection, query: str) -> dict[str, Type]:
    return {r[0]: of_duckdb(storable(r[1])) for r in db.execute(f"DESCRIBE {query}").fetchall()}


def _written(columns: dict[str, Type]) -> str:
    return ", ".join(f"{name} {shown(type_)}" for name, type_ in columns.items())
