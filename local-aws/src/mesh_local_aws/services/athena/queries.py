"""One query: PyIceberg reads what Lake Formation lets through, DuckDB computes."""

from __future__ import annotations

import io
import re
import uuid
from dataclasses import dataclass
from typing import cast

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import sqlglot
from pyiceberg.table import StaticTable
from sqlglot import expressions as sql

from mesh_local_aws import hooks, sessions, stores
from mesh_local_aws.hooks import Document, Refused
from mesh_local_aws.services.athena import trail
from mesh_local_aws.services.cloudtrail import recording
from mesh_local_aws.services.cloudtrail.events import Call
from mesh_local_aws.services.lakeformation import links, locations, principals
from mesh_local_aws.services.lakeformation.enforcement import Cells, permissions, see_link, select

_UNLOAD = re.compile(
    r"\s*UNLOAD\s*\((?P<query>.*)\)\s*TO\s*'(?P<to>s3://[^']+)'\s*WITH\s*\((?P<options>[^)]*)\)\s*;?\s*", re.IGNORECASE | re.DOTALL
)
#: What a table says of itself, as `"orders$snapshots"`.
_ABOUT = {"snapshots": "snapshots", "history": "history", "files": "files", "partitions": "partitions", "manifests": "manifests"}

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
    return _is_iceberg(entry) or trail.is_trail(entry)


def _is_iceberg(entry: Document) -> bool:
    return str((entry.get("Parameters") or {}).get("table_type", "")).upper() == "ICEBERG"


@dataclass(frozen=True)
class _Reader:
    """Who asks, and with whose credentials their tables are read."""

    principal: str
    own: sessions.Credentials
    #: As the trail calls who reads for them.
    engine: str = "ATHENA"

    def rows(self, entry: Document, name: sql.Table) -> pa.Table:
        with hooks.acting(entry["CatalogId"]):
            parts, credentials = self._access(entry)
        if trail.is_trail(entry):
            return trail.rows(entry, credentials)
        table = _opened(entry, credentials)
        about = name.name.partition("$")[2]
        columns = {field.name for field in table.schema().fields}
        whole = any(part.rows is None and part.columns >= columns for part in parts)
        if about:
            if about not in _ABOUT:
                raise ValueError(f"TABLE_NOT_FOUND: {name.name}; known are {', '.join(_ABOUT)}")
            if not whole:
                raise ValueError(f"PERMISSION_DENIED: {name.name} is not for those who see only a part of the table")
            found: pa.Table = getattr(table.inspect, _ABOUT[about])()
            return found
        visible = frozenset().union(*(part.columns for part in parts)) & columns
        scan = table.scan(
            selected_fields=tuple(column for column in _order(table) if column in visible), snapshot_id=_snapshot(name, table)
        )
        rows = scan.to_arrow()
        return rows if whole else _cut(rows, [part for part in parts if part.columns], table)

    def see_link(self, database: str) -> None:
        """Raises ValueError."""
        if links.target(database) is None:
            return
        try:
            see_link(self.principal, database)
        except Refused as refused:
            raise ValueError(f"{refused.code}: {refused.message}") from None

    def _access(self, entry: Document) -> tuple[list[Cells], sessions.Credentials]:
        """Raises ValueError where IAM or Lake Formation refuse; what was handed over or refused is recorded."""
        try:
            parts, credentials = self._vended(entry)
        except Refused as refused:
            self._record(entry, [], (refused.code, refused.message))
            raise ValueError(f"{refused.code}: {refused.message}") from None
        if locations.of(entry["StorageDescriptor"]["Location"]) is not None:
            self._record(entry, parts, None)
        return parts, credentials

    def _record(self, entry: Document, parts: list[Cells], error: tuple[str, str] | None) -> None:
        """https://docs.aws.amazon.com/lake-formation/latest/dg/cross-account-logging.html"""
        region, owner = hooks.caller().region, entry["CatalogId"]
        who = hooks.Caller(self.own.account, region, hooks.caller().principal)
        asked = {
            "tableArn": f"arn:aws:glue:{region}:{owner}:table/{entry['DatabaseName']}/{entry['Name']}",
            "permissions": ["SELECT"],
            "cellLevelSecurityEnforced": any(part.rows is not None for part in parts),
        }
        more = {"requesterService": self.engine, "lakeFormationPrincipal": self.principal}
        call = Call(
            "lakeformation.amazonaws.com",
            "GetDataAccess",
            who,
            asked,
            True,
            error,
            address=f"{self.engine.lower()}.amazonaws.com",
            additional=more,
        )
        recording.shared_by(call, [who.account] if error is not None or owner == who.account else [who.account, owner])

    def _vended(self, entry: Document) -> tuple[list[Cells], sessions.Credentials]:
        """Raises Refused."""
        database, table = entry["DatabaseName"], entry["Name"]
        links.may_look(self.own, "GetTable", entry["CatalogId"], database, table)
        registered = locations.of(entry["StorageDescriptor"]["Location"])
        parts = select(self.principal, entry)
        if not parts:
            held = permissions(self.principal, database, table)
            raise Refused(
                "AccessDeniedException",
                f"Insufficient Lake Formation permission(s): Required {'Select' if held else 'Describe'} on {database}.{table}",
            )
        if registered is None:
            return parts, self.own
        sessions.require(self.own, "lakeformation:GetDataAccess", "*")
        role = registered.get("RoleArn")
        return parts, self.own if role is None else sessions.assume(role, "lakeformation.amazonaws.com", "AWSLF-00-AT")


def rows_of(entry: Document, principal: str, credentials: sessions.Credentials) -> pa.Table:
    """What a principal may see of an Iceberg table of any account's catalogue. Raises ValueError where IAM or Lake Formation refuse."""
    if not _is_iceberg(entry):
        raise ValueError(f"NOT_SUPPORTED: {entry['DatabaseName']}.{entry['Name']} is no Iceberg table")
    return _Reader(principal, credentials, "REDSHIFT").rows(entry, sql.Table(this=sql.to_identifier(entry["Name"])))


def _opened(entry: Document, credentials: sessions.Credentials) -> StaticTable:
    return StaticTable.from_metadata(
        entry["Parameters"]["metadata_location"],
        {
            "s3.endpoint": sessions.endpoint(),
            "s3.access-key-id": credentials.access_key,
            "s3.secret-access-key": credentials.secret_key,
            "s3.region": hooks.caller().region,
            **({"s3.session-token": credentials.token} if credentials.token else {}),
        },
    )


def _order(table: StaticTable) -> list[str]:
    return [field.name for field in table.schema().fields]


def _snapshot(name: sql.Table, table: StaticTable) -> int | None:
    """Of `FOR VERSION AS OF 123` or `FOR TIMESTAMP AS OF TIMESTAMP '…'`."""
    version = name.args.get("version")
    if version is None:
        return None
    wanted = duckdb.sql(f"SELECT {version.expression.sql(dialect='duckdb')}").fetchone()[0]  # type: ignore[index]
    if isinstance(wanted, int):
        if table.snapshot_by_id(wanted) is None:
            raise ValueError(f"INVALID_ARGUMENTS: Iceberg snapshot ID does not exists: {wanted}")
        return wanted
    moment = int(wanted.timestamp() * 1000)
    found = table.snapshot_as_of_timestamp(moment)
    if found is None:
        raise ValueError(f"INVALID_ARGUMENTS: no version history at or before {wanted}")
    return found.snapshot_id


def _cut(rows: pa.Table, parts: list[Cells], table: StaticTable) -> pa.Table:
    """The cells that some part shows; a column is null in rows that no part shows it of."""
    if all(part.rows is None for part in parts):
        return rows
    # A part may look at a column that it does not show.
    every = table.scan().to_arrow()
    with duckdb.connect() as connection:
        connection.register("every", every)
        shown = []
        for column in rows.column_names:
            of = [part.rows for part in parts if column in part.columns]
            quoted = f'"{column}"'
            shown.append(
                quoted
                if len(of) == len(parts) or None in of
                else f"CASE WHEN {' OR '.join(f'({each})' for each in of)} THEN {quoted} END AS {quoted}"
            )
        where = " OR ".join(f"({part.rows or 'TRUE'})" for part in parts)
        cut: pa.Table = connection.execute(f"SELECT {', '.join(shown)} FROM every WHERE {where}").fetch_arrow_table()
        return cut


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
    reader = _Reader(principals.role_of(who), sessions.twin(who, _CALLED))
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
