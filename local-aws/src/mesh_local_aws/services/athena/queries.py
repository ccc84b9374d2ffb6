"""One query: its tables as whoever asks may see them, computed by DuckDB."""

from __future__ import annotations

import io
import re
import uuid
from typing import cast

import duckdb
import pyarrow.parquet as pq
import sqlglot
from sqlglot import expressions as sql

from mesh_local_aws import hooks, sessions, stores
from mesh_local_aws.hooks import Document
from mesh_local_aws.services.athena import trail
from mesh_local_aws.services.athena.reading import Reader, is_iceberg
from mesh_local_aws.services.lakeformation import links, principals

_UNLOAD = re.compile(
    r"\s*UNLOAD\s*\((?P<query>.*)\)\s*TO\s*'(?P<to>s3://[^']+)'\s*WITH\s*\((?P<options>[^)]*)\)\s*;?\s*", re.IGNORECASE | re.DOTALL
)
_CALLED = {"aws:calledvia": ["athena.amazonaws.com"]}


def answer(query: str, database: str) -> Document | None:
    """None where no table of the query is one of Iceberg. Raises ValueError with what Athena says."""
    unload = _UNLOAD.fullmatch(query)
    parsed = _parsed(unload["query"] if unload else query)
    if not any(_table_of(name, database) for name in _names(parsed)):
        return None
    return _answer(parsed, database) if unload is None else _unload(parsed, database, unload)


def _parsed(query: str) -> sql.Expression:
    try:
        return cast(sql.Expression, sqlglot.parse_one(query, read="athena"))
    except sqlglot.errors.ParseError as error:
        raise ValueError(f"SYNTAX_ERROR: {error}") from None


def _names(parsed: sql.Expression) -> list[sql.Table]:
    ctes = {cte.alias_or_name for cte in parsed.find_all(sql.CTE)}
    return [table for table in parsed.find_all(sql.Table) if table.db or table.name not in ctes]


def _table_of(name: sql.Table, database: str) -> Document | None:
    """The entry of a table that is read here, of Iceberg or of a trail, in this account or behind a link to another's."""
    home = links.target(name.db or database)
    if home is not None:
        with hooks.acting(home[0]):
            found = stores.glue_table(home[1], name.name.partition("$")[0])
        return found if found is not None and _is_read_here(found) else None
    entry = stores.glue_table(name.db or database, name.name.partition("$")[0])
    if entry is not None and entry.get("TargetTable"):
        target = entry["TargetTable"]
        with hooks.acting(target["CatalogId"]):
            found = stores.glue_table(target["DatabaseName"], target["Name"])
        return found if found is not None and _is_read_here(found) else None
    return entry if entry is not None and _is_read_here(entry) else None


def _is_read_here(entry: Document) -> bool:
    return is_iceberg(entry) or trail.is_trail(entry)


def _connected() -> duckdb.DuckDBPyConnection:
    """With what Trino has and DuckDB has not. https://trino.io/docs/current/functions/datetime.html#to_iso8601"""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(
        """CREATE MACRO to_iso8601(x) AS CASE typeof(x)
             WHEN 'DATE' THEN strftime(x, '%Y-%m-%d')
             WHEN 'TIMESTAMP WITH TIME ZONE' THEN strftime(x, '%Y-%m-%dT%H:%M:%S.%f') || 'Z'
             ELSE strftime(x, '%Y-%m-%dT%H:%M:%S.%f') END"""
    )
    return connection


def _relation(parsed: sql.Expression, database: str, connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyRelation:
    who = hooks.caller().principal
    reader = Reader(principals.role_of(who), sessions.twin(who, _CALLED))
    for name in _names(parsed):
        entry = _table_of(name, database)
        if entry is None:
            raise ValueError(f"TABLE_NOT_FOUND: {name.sql()} is not there, or no Iceberg table beside Iceberg tables")
        view = f"t{uuid.uuid4().hex}"
        reader.see_link(name.db or database)
        connection.register(view, reader.rows(entry, name))
        alias = name.args.get("alias") or sql.TableAlias(this=sql.to_identifier(name.name.partition("$")[0], quoted=True))
        name.replace(sql.Table(this=sql.to_identifier(view), alias=alias))
    try:
        return connection.sql(parsed.sql(dialect="duckdb"))
    except duckdb.BinderException as error:
        raise ValueError(f"COLUMN_NOT_FOUND: {error}") from None
    except duckdb.Error as error:
        raise ValueError(f"SYNTAX_ERROR: {error}") from None


def _answer(parsed: sql.Expression, database: str) -> Document:
    """As Athena writes it: every value as text, expressions without a name as _col0."""
    if isinstance(parsed, sql.Select):
        for n, each in enumerate(parsed.expressions):
            if not isinstance(each, sql.Column | sql.Alias | sql.Star):
                each.replace(sql.alias_(each.copy(), f"_col{n}", quoted=True))
    with _connected() as connection:
        relation = _relation(parsed, database, connection)
        names = [f"c{n}" for n in range(len(relation.columns))]
        texts = ", ".join(_text(name, str(each)) for name, each in zip(names, relation.types, strict=True))
        rows = connection.sql(f"SELECT {texts} FROM relation AS r({', '.join(names)})").fetchall()
        types = stores.athena_types()
        return {
            "columns": relation.columns,
            "rows": [list(row) for row in rows],
            "column_types": [types.get(str(each).split("(")[0].upper(), "varchar") for each in relation.types],
        }


def _text(name: str, type_: str) -> str:
    if type_ in ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE"):
        zone = " || ' UTC'" if type_ != "TIMESTAMP" else ""
        return f"strftime({name}, '%Y-%m-%d %H:%M:%S.%f'){zone}"
    return f"CAST({name} AS VARCHAR)"


def _unload(parsed: sql.Expression, database: str, unload: re.Match[str]) -> Document:
    """Rows as Parquet where the query says, written as whoever asks."""
    options = dict(re.findall(r"(\w+)\s*=\s*'([^']*)'", unload["options"]))
    if options.get("format", "").upper() != "PARQUET":
        raise ValueError(f"NOT_SUPPORTED: UNLOAD to {options.get('format', 'no format')}; only PARQUET is emulated")
    with _connected() as connection:
        found = _relation(parsed, database, connection).fetch_arrow_table()
    buffer = io.BytesIO()
    pq.write_table(found, buffer, compression=options.get("compression", "GZIP").lower())
    bucket, _, key = unload["to"].removeprefix("s3://").partition("/")
    s3 = sessions.client("s3", sessions.twin(hooks.caller().principal, _CALLED))
    s3.put_object(Bucket=bucket, Key=f"{key.rstrip('/')}/{uuid.uuid4().hex}.parquet", Body=buffer.getvalue())
    return {"columns": ["rows"], "column_types": ["bigint"], "rows": [[found.num_rows]]}
