"""What somebody sees of a table: the columns and rows that Lake Formation lets through, read by PyIceberg with what it hands over."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pyarrow as pa
from pyiceberg.table import StaticTable
from sqlglot import expressions as sql

from mesh_local_aws import hooks, sessions
from mesh_local_aws.hooks import Document, Refused
from mesh_local_aws.services.athena import trail
from mesh_local_aws.services.cloudtrail import recording
from mesh_local_aws.services.cloudtrail.events import Call
from mesh_local_aws.services.lakeformation import links, locations
from mesh_local_aws.services.lakeformation.enforcement import Cells, permissions, see_link, select

#: What a table says of itself, as `"orders$snapshots"`.
_ABOUT = {"snapshots": "snapshots", "history": "history", "files": "files", "partitions": "partitions", "manifests": "manifests"}


def is_iceberg(entry: Document) -> bool:
    return str((entry.get("Parameters") or {}).get("table_type", "")).upper() == "ICEBERG"


@dataclass(frozen=True)
class Reader:
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
    if not is_iceberg(entry):
        raise ValueError(f"NOT_SUPPORTED: {entry['DatabaseName']}.{entry['Name']} is no Iceberg table")
    return Reader(principal, credentials, "REDSHIFT").rows(entry, sql.Table(this=sql.to_identifier(entry["Name"])))


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
    [(wanted,)] = duckdb.sql(f"SELECT {version.expression.sql(dialect='duckdb')}").fetchall()
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
