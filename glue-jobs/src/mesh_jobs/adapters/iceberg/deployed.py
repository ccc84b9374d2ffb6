"""On AWS the deployment makes published tables and changes them; a job only finds them as its plan has them."""

from __future__ import annotations

from collections.abc import Iterator

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg.evolution import domain_type
from mesh_jobs.domain.errors import SchemaConflict
from mesh_jobs.domain.table import TableName, shown

DEPLOY_FIRST = "Deploy the product first: its deployment changes published tables, a job never does."


def not_deployed(table: TableName) -> SchemaConflict:
    return SchemaConflict(f"there is no table {table} yet", DEPLOY_FIRST)


def as_deployed(table: TableName, before: md.Metadata, wanted: md.Metadata) -> md.Metadata | None:
    """The deployed metadata with what the plan records in its properties; None when that is there too. Raises
    SchemaConflict naming each column and partition that the plan has otherwise."""
    problems = list(_differences(before, wanted))
    if problems:
        lines = "\n".join(f"  {line}" for line in problems)
        version = wanted["properties"][md.CONTRACT_VERSION]
        raise SchemaConflict(
            f"{table} is not deployed as contract version {version} defines it:\n{lines}", DEPLOY_FIRST
        )
    recorded = {key: wanted["properties"][key] for key in (md.CONTRACT_VERSION, md.PRIMARY_KEY)}
    if recorded.items() <= before["properties"].items():
        return None
    after = {**wanted, "properties": {**before["properties"], **recorded}}
    return after | {key: before[key] for key in _SHAPE if key in before}


#: What only a deployment changes.
_SHAPE = (
    "schemas",
    "current-schema-id",
    "last-column-id",
    "partition-specs",
    "default-spec-id",
    "last-partition-id",
)


def _differences(before: md.Metadata, wanted: md.Metadata) -> Iterator[str]:
    """Descriptions, the order of columns and identifier fields are the deployment's own matter: rows do not differ."""
    there = {f["id"]: f for f in md.fields(before)}
    for field in md.fields(wanted):
        name, found = field["name"], there.get(field["id"])
        if found is None:
            yield f"column {name} is not there yet"
            continue
        if found["name"] != name:
            yield f"column {name} is still called {found['name']}"
        stands, wanted_type = (shown(domain_type(f["type"])) for f in (found, field))
        if stands != wanted_type:
            yield f"column {name} is still {stands}, not {wanted_type}"
        if found["required"] != field["required"]:
            yield f"column {name} is still {'required' if found['required'] else 'optional'}"
    old, new = (_partitions(metadata) for metadata in (before, wanted))
    if old != new:
        yield f"files are still partitioned by {old or 'nothing'}, not by {new or 'nothing'}"


def _partitions(metadata: md.Metadata) -> str:
    names = {f["id"]: f["name"] for f in md.fields(metadata)}
    fields = md.spec(metadata)["fields"]
    return ", ".join(f"{f['transform']}({names.get(f['source-id'], 'a dropped column')})" for f in fields)
