"""Statements, as far as marts and who queries them need: everything else is refused."""

from __future__ import annotations

import base64
import io
import json
import re
import uuid
from collections.abc import Callable

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import sqlglot
from sqlglot import expressions as exp

from mesh_local_aws import hooks, sessions, stores
from mesh_local_aws.hooks import Document, Refused
from mesh_local_aws.services.athena.reading import rows_of
from mesh_local_aws.services.lakeformation.enforcement import permissions
from mesh_local_aws.services.redshift import serverless


class Failed(Exception):
    """What Redshift says of a statement, without its `ERROR:`."""


_NAME = r'"?([a-z_][a-z0-9_$]*)"?'


class Session:
    """Statements of one user. What they change is in the database's document at once; who calls puts it back where one fails."""

    def __init__(self, space: Document, group: Document, user: str, roles: frozenset[str] | None) -> None:
        self.user = user
        self._roles = roles
        self._space = space
        self._group = group

    @property
    def _database(self) -> Document:
        return serverless.DATABASES[self._space["namespaceName"]]

    def run(self, statement: str) -> pa.Table | None:
        """The rows of a query; None of all else. Raises Failed."""
        text = " ".join(statement.split()).rstrip("; ")
        for pattern, act in _STATEMENTS:
            found = pattern.fullmatch(text)
            if found is None:
                continue
            if self._roles is not None:
                raise Failed(f"permission denied: {self.user} is no superuser")
            act(self, *found.groups())
            return None
        if not text.upper().startswith(("SELECT", "WITH")):
            raise Failed(f'syntax error, or a statement that is not emulated here: "{text[:80]}"')
        return self._select(text, may_all=self._roles is None)

    # --- what changes something ---------------------------------------------------------------------------------------

    def _create_schema(self, name: str) -> None:
        if name not in self._database["schemas"]:
            self._database["schemas"].append(name)

    def _create_external_schema(self, name: str, database: str, role: str) -> None:
        if name in self._database["external"]:
            return
        if name in self._database["schemas"]:
            raise Failed(f'schema "{name}" already exists')
        if role not in self._space["iamRoles"]:
            raise Failed(f"the role {role} is not associated with the namespace")
        self._database["external"][name] = {"database": database, "role": role}

    def _drop_schema(self, name: str) -> None:
        if name in self._database["schemas"]:
            if any(each.startswith(f"{name}.") for kind in ("views", "stored") for each in self._database[kind]):
                raise Failed(f"cannot drop schema {name} because other objects depend on it")
            self._database["schemas"].remove(name)
        self._database["external"].pop(name, None)

    def _create_role(self, name: str) -> None:
        if name in self._database["roles"]:
            raise Failed(f'role "{name}" already exists')
        self._database["roles"].append(name)

    def _grant_usage(self, schema: str, role: str) -> None:
        if schema not in (*self._database["schemas"], *self._database["external"]):
            raise Failed(f'schema "{schema}" does not exist')
        self._grant("USAGE", schema, role)

    def _grant_select(self, schema: str, name: str, role: str) -> None:
        self._relation(f"{schema}.{name}")
        self._grant("SELECT", f"{schema}.{name}", role)

    def _grant(self, what: str, on: str, role: str) -> None:
        if role not in self._database["roles"]:
            raise Failed(f'role "{role}" does not exist')
        if [what, on, role] not in self._database["granted"]:
            self._database["granted"].append([what, on, role])

    def _create_materialized(self, schema: str, name: str, query: str) -> None:
        full = self._new(schema, name)
        self._database["stored"][full] = {"query": query, "rows": _packed(self._select(query, may_all=True))}

    def _refresh(self, schema: str, name: str) -> None:
        stored = self._database["stored"].get(f"{schema}.{name}")
        if stored is None:
            raise Failed(f'relation "{schema}.{name}" does not exist')
        stored["rows"] = _packed(self._select(stored["query"], may_all=True))

    def _drop_materialized(self, exists: str | None, schema: str, name: str) -> None:
        self._drop("stored", exists, f"{schema}.{name}")

    def _create_view(self, schema: str, name: str, query: str) -> None:
        full = self._new(schema, name)
        self._select(query, may_all=True)
        self._database["views"][full] = query

    def _drop_view(self, exists: str | None, schema: str, name: str) -> None:
        self._drop("views", exists, f"{schema}.{name}")

    def _new(self, schema: str, name: str) -> str:
        if schema not in self._database["schemas"]:
            raise Failed(f'schema "{schema}" does not exist')
        full = f"{schema}.{name}"
        if full in self._database["views"] or full in self._database["stored"]:
            raise Failed(f'relation "{name}" already exists')
        return full

    def _drop(self, kind: str, exists: str | None, full: str) -> None:
        if full not in self._database[kind]:
            if exists is None:
                raise Failed(f'relation "{full}" does not exist')
            return
        quoted = '"' + full.replace(".", '"."') + '"'
        if any(quoted in query for query in self._database["views"].values()):
            raise Failed(f"cannot drop {full} because other objects depend on it")
        del self._database[kind][full]
        self._database["granted"] = [each for each in self._database["granted"] if each[1] != full]

    def _nothing(self) -> None:
        """What nobody here could do anyway."""

    # --- queries ------------------------------------------------------------------------------------------------------

    def _select(self, query: str, *, may_all: bool) -> pa.Table:
        try:
            parsed = sqlglot.parse_one(query, read="redshift")
        except sqlglot.errors.ParseError as error:
            raise Failed(f"syntax error: {error}") from None
        named = {cte.alias_or_name for cte in parsed.find_all(exp.CTE)}
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            for table in [each for each in parsed.find_all(exp.Table) if each.db or each.name not in named]:
                view = f"t{uuid.uuid4().hex}"
                connection.register(view, self._rows(table.db, table.name, may_all))
                alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name, quoted=True))
                table.replace(exp.Table(this=exp.to_identifier(view), alias=alias))
            try:
                return connection.execute(parsed.sql(dialect="duckdb")).to_arrow_table()
            except duckdb.Error as error:
                raise Failed(str(error).split("\n")[0]) from None

    def _rows(self, schema: str, name: str, may_all: bool) -> pa.Table:
        if not schema and name in _SYSTEM:
            return _SYSTEM[name](self._database)
        if not may_all and not self._has("USAGE", schema):
            raise Failed(f"permission denied for schema {schema}")
        external = self._database["external"].get(schema)
        if external is not None:
            return self._external(external, name)
        full = f"{schema}.{name}"
        kind = self._relation(full)
        if not may_all and not self._has("SELECT", full):
            raise Failed(f"permission denied for relation {name}")
        if kind == "stored":
            return pq.read_table(io.BytesIO(base64.b64decode(self._database["stored"][full]["rows"])))
        # As whoever made it, not as who asks.
        return self._select(self._database["views"][full], may_all=True)

    def _relation(self, full: str) -> str:
        kind = next((kind for kind in ("views", "stored") if full in self._database[kind]), None)
        if kind is None:
            raise Failed(f'relation "{full}" does not exist')
        return kind

    def _has(self, what: str, on: str) -> bool:
        return any(granted[:2] == [what, on] and granted[2] in (self._roles or ()) for granted in self._database["granted"])

    def _external(self, external: Document, name: str) -> pa.Table:
        database, role = external["database"], external["role"]
        who = hooks.caller()
        dbuser = f"arn:aws:redshift:{who.region}:{who.account}:dbuser:serverless-{who.account}-{self._group['workgroupId']}/{self.user}"
        try:
            credentials = sessions.assume(role, "redshift.amazonaws.com", "redshift", context={"sts:externalid": dbuser})
            link = stores.glue_database(database) or {}
            if link.get("TargetDatabase") and "DESCRIBE" not in permissions(role, database, None):
                raise Failed(f'schema "{database}" is not shown to {role}: Insufficient Lake Formation permission(s): Required Describe')
            entry = stores.linked_table(database, name)
            if entry is None:
                raise Failed(f'relation "{database}.{name}" does not exist')
            return rows_of(entry, role, credentials)
        except Refused as refused:
            raise Failed(f"{refused.code}: {refused.message}") from None
        except ValueError as refused:
            raise Failed(str(refused)) from None


def _packed(rows: pa.Table) -> str:
    buffer = io.BytesIO()
    pq.write_table(rows, buffer)
    return base64.b64encode(buffer.getvalue()).decode()


def _texts(**columns: list[str]) -> pa.Table:
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def _split(names: list[str]) -> tuple[list[str], list[str]]:
    return [name.partition(".")[0] for name in names], [name.partition(".")[2] for name in names]


def _views(database: Document) -> pa.Table:
    schemas, names = _split(list(database["views"]))
    return _texts(schemaname=schemas, viewname=names, definition=list(database["views"].values()))


def _tables(database: Document) -> pa.Table:
    schemas, names = _split(list(database["views"]))
    return _texts(table_schema=schemas, table_name=names, table_type=["VIEW"] * len(names))


def _materialized(database: Document) -> pa.Table:
    schemas, names = _split(list(database["stored"]))
    return _texts(schema_name=schemas, name=names)


def _external_schemas(database: Document) -> pa.Table:
    found = database["external"]
    return _texts(
        schemaname=list(found),
        databasename=[each["database"] for each in found.values()],
        esoptions=[json.dumps({"IAM_ROLE": each["role"]}) for each in found.values()],
    )


_SYSTEM: dict[str, Callable[[Document], pa.Table]] = {
    "svv_roles": lambda database: _texts(role_name=list(database["roles"])),
    "svv_external_schemas": _external_schemas,
    "svv_mv_info": _materialized,
    "svv_tables": _tables,
    "pg_views": _views,
}

_STATEMENTS: list[tuple[re.Pattern[str], Callable[..., None]]] = [
    (re.compile(pattern, re.IGNORECASE), act)
    for pattern, act in (
        (rf"CREATE SCHEMA IF NOT EXISTS {_NAME}", Session._create_schema),
        (
            rf"CREATE EXTERNAL SCHEMA IF NOT EXISTS {_NAME} FROM DATA CATALOG DATABASE '([^']+)' IAM_ROLE '([^']+)'",
            Session._create_external_schema,
        ),
        (rf"DROP SCHEMA IF EXISTS {_NAME}", Session._drop_schema),
        (rf"CREATE ROLE {_NAME}", Session._create_role),
        (rf"GRANT USAGE ON SCHEMA {_NAME} TO ROLE {_NAME}", Session._grant_usage),
        (rf"GRANT SELECT ON {_NAME}\.{_NAME} TO ROLE {_NAME}", Session._grant_select),
        (r"REVOKE CREATE ON SCHEMA public FROM PUBLIC", Session._nothing),
        (rf"CREATE MATERIALIZED VIEW {_NAME}\.{_NAME} BACKUP NO AUTO REFRESH NO AS (SELECT .+)", Session._create_materialized),
        (rf"REFRESH MATERIALIZED VIEW {_NAME}\.{_NAME}", Session._refresh),
        (rf"DROP MATERIALIZED VIEW (IF EXISTS )?{_NAME}\.{_NAME}", Session._drop_materialized),
        (rf"CREATE VIEW {_NAME}\.{_NAME} AS (SELECT .+)", Session._create_view),
        (rf"DROP VIEW (IF EXISTS )?{_NAME}\.{_NAME}", Session._drop_view),
    )
]
