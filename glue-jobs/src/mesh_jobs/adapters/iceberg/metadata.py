"""Iceberg's table metadata (format version 2) as JSON: plain dictionaries, as reading a pointer must cost no import."""

from __future__ import annotations

import json
import os
import time
import uuid
from bisect import bisect_right
from collections.abc import Mapping, Sequence, Set
from datetime import UTC, datetime
from typing import Any, cast

from mesh_jobs.adapters.iceberg import written_once
from mesh_jobs.adapters.iceberg.evolution import Json, Shape, domain_type, unescaped
from mesh_jobs.adapters.iceberg.files import NestedPath, StoredColumn, StoredSchema
from mesh_jobs.adapters.iceberg.storage import is_remote, plain
from mesh_jobs.domain.errors import MeshError
from mesh_jobs.domain.plan import Partition
from mesh_jobs.domain.retention import CURRENT_ONLY, Retention, Snapshot, to_forget

Metadata = dict[str, Any]

FIELD_IDS = "mesh.field-ids"
CONTRACT_VERSION = "mesh.contract-version"
PRIMARY_KEY = "mesh.primary-key"
RUN_ID = "mesh.run-id"
STEP = "mesh.step"
FORGOTTEN_ON = "mesh.snapshots-forgotten-on"

#: What Iceberg keeps by itself, whatever has become of its snapshots.
_LAST_OF_LOG = 100
_LOST = (
    "Tables hold absolute paths: move the folder back to where the runs were made, or delete the state folder"
    " (.mesh) and run the products again."
)
_LOST_IN_S3 = (
    "Restore the object from one of its older versions; if there are none, remove the entry from the catalogue and run "
    "the product again."
)
#: Candidates share a table's metadata files, so no writer may clean them up behind its own commit.
_PROPERTIES = {
    "write.metadata.delete-after-commit.enabled": "false",
    # Of other writers, which nobody points at; ours keep what snapshots need.
    "write.metadata.previous-versions-max": "100",
    "write.parquet.compression-codec": "zstd",
    # What runs keep is the contract's retention; this is for whoever else cleans up.
    "history.expire.max-snapshot-age-ms": str(5 * 86_400_000),
    "history.expire.min-snapshots-to-keep": "10",
}


def new(location: str) -> Metadata:
    """An empty table without columns."""
    return {
        "format-version": 2,
        "table-uuid": str(uuid.uuid4()),
        "location": location,
        "last-sequence-number": 0,
        "last-updated-ms": _now(),
        "last-column-id": 0,
        "current-schema-id": -1,
        "schemas": [],
        "default-spec-id": -1,
        "partition-specs": [],
        "last-partition-id": 999,
        "default-sort-order-id": 0,
        "sort-orders": [{"order-id": 0, "fields": []}],
        "properties": dict(_PROPERTIES),
        "refs": {},
        "snapshots": [],
        "snapshot-log": [],
        "metadata-log": [],
        "statistics": [],
        "partition-statistics": [],
    }


def read(location: str) -> Metadata:
    """What a pointer points at. Raises MeshError when it is not there any more, or is no metadata."""
    try:
        return cast(Metadata, json.loads(written_once.read(location)))
    except (FileNotFoundError, json.JSONDecodeError) as error:
        what = "is not there" if isinstance(error, FileNotFoundError) else "cannot be read"
        raise MeshError(
            f"the catalogue points at {plain(location)}, which {what}",
            _LOST_IN_S3 if is_remote(location) else _LOST,
        ) from None


def write(metadata: Metadata, location: str) -> None:
    """Writes a metadata file. A reader only looks once a pointer names it, so a torn one is never read."""
    written_once.write(location, json.dumps(metadata, separators=(",", ":")).encode())


def next_location(metadata: Metadata, previous: str | None, run_id: str | None) -> str:
    """Where the next metadata file goes; the run id in its name is how a dead run's files are found."""
    version = 0
    if previous is not None:
        digits = os.path.basename(previous).split("-", 1)[0]
        version = int(digits) + 1 if digits.isdigit() else 0
    owner = f"{run_id}-" if run_id else ""
    return f"{metadata['location']}/metadata/{version:05d}-{owner}{uuid.uuid4()}.metadata.json"


def following(metadata: Metadata, previous: str | None) -> Metadata:
    """A copy to change, whose log names the metadata file it follows."""
    after = {**metadata, "properties": dict(metadata["properties"])}
    if previous is not None:
        entry = {"timestamp-ms": metadata["last-updated-ms"], "metadata-file": previous}
        after["metadata-log"] = [*metadata.get("metadata-log", []), entry]
    after["last-updated-ms"] = max(_now(), metadata["last-updated-ms"] + 1)
    return after


def history(metadata: Metadata) -> set[str]:
    """The metadata files this one came from, as far as its log goes."""
    return {entry["metadata-file"] for entry in metadata.get("metadata-log", [])}


def fields(metadata: Metadata, schema_id: int | None = None) -> list[Json]:
    wanted = metadata["current-schema-id"] if schema_id is None else schema_id
    return next((s["fields"] for s in metadata["schemas"] if s["schema-id"] == wanted), [])


def shape(metadata: Metadata) -> Shape:
    """What evolution starts from."""
    ids = metadata["properties"].get(FIELD_IDS)
    return Shape(tuple(fields(metadata)), json.loads(ids) if ids else None, metadata["last-column-id"])


def set_shape(metadata: Metadata, new_shape: Shape, key: Sequence[int] = ()) -> None:
    """Makes these the columns; a schema that was there before keeps its id."""
    identifier = sorted(key)
    wanted = list(new_shape.fields)
    schemas: list[Json] = metadata["schemas"]
    known = next(
        (s for s in schemas if s["fields"] == wanted and sorted(s.get("identifier-field-ids", [])) == identifier), None
    )
    if known is None:
        known = {
            "type": "struct",
            "schema-id": max((s["schema-id"] for s in schemas), default=-1) + 1,
            "identifier-field-ids": identifier,
            "fields": wanted,
        }
        metadata["schemas"] = [*schemas, known]
    metadata["current-schema-id"] = known["schema-id"]
    metadata["last-column-id"] = new_shape.last_column_id
    metadata["properties"][FIELD_IDS] = json.dumps(new_shape.field_ids)


def set_partitions(metadata: Metadata, partition_by: Sequence[Partition]) -> None:
    """Makes this the partition spec of new files; files that are there keep theirs. Iceberg's Java reads no table with
    a column that is called like a partition field of another one, in any spec, and specs stay for ever: so fields have
    names that are no column's. See PartitionSpec.Builder.checkAndAddPartitionName,
    https://github.com/apache/iceberg/blob/apache-iceberg-1.10.0/api/src/main/java/org/apache/iceberg/PartitionSpec.java
    """
    sources = {f["name"]: f["id"] for f in fields(metadata)}
    wanted = [(sources[p.column], p.transform) for p in partition_by]
    specs: list[Json] = metadata["partition-specs"]
    for spec in specs:
        if [(f["source-id"], f["transform"]) for f in spec["fields"]] == wanted:
            metadata["default-spec-id"] = spec["spec-id"]
            return
    used = {(f["source-id"], f["transform"]): f for spec in specs for f in spec["fields"]}
    taken = {*sources, *(f["name"] for f in used.values())}
    spec_fields: list[Json] = []
    for partition, (source, transform) in zip(partition_by, wanted, strict=True):
        field = used.get((source, transform))
        if field is None:
            metadata["last-partition-id"] += 1
            name = f"_mesh_{partition.column}_{transform}"
            while name in taken:
                name += "_"
            field_id = metadata["last-partition-id"]
            field = {"source-id": source, "field-id": field_id, "name": name, "transform": transform}
        spec_fields.append(field)
    spec_id = max((s["spec-id"] for s in specs), default=-1) + 1
    metadata["partition-specs"] = [*specs, {"spec-id": spec_id, "fields": spec_fields}]
    metadata["default-spec-id"] = spec_id


def lost_partitions(metadata: Metadata) -> bool:
    """Whether files are, or were, parted by a column that is gone."""
    there = {f["id"] for f in fields(metadata)}
    return any(f["source-id"] not in there for spec in metadata["partition-specs"] for f in spec["fields"])


def without_snapshots(metadata: Metadata) -> Metadata:
    """The same table, as if it had never had a row."""
    nothing: dict[str, Any] = {key: [] for key in ("snapshots", "snapshot-log", "statistics", "partition-statistics")}
    return {**metadata, **nothing, "refs": {}, "current-snapshot-id": None}


def spec(metadata: Metadata, spec_id: int | None = None) -> Json:
    wanted = metadata["default-spec-id"] if spec_id is None else spec_id
    found: Json = next(s for s in metadata["partition-specs"] if s["spec-id"] == wanted)
    return found


def stored_schema(metadata: Metadata, schema_id: int | None = None) -> StoredSchema:
    """The schema as an engine sees it."""
    there = fields(metadata, schema_id)
    ids = shape(metadata).ids()
    column_ids: dict[int, str] = {field_id: unescaped(path) for path, field_id in ids.items()}
    columns = tuple(
        StoredColumn(
            field_id=f["id"],
            column_id=column_ids.get(f["id"], str(f["name"])),
            name=f["name"],
            type=domain_type(f["type"]),
            required=f["required"],
            nested=dict(_nested(f["type"], ())),
        )
        for f in there
    )
    names = {f["id"]: f["name"] for f in there}
    partition_by = tuple(
        Partition(names[p["source-id"]], p["transform"]) for p in spec(metadata)["fields"] if p["source-id"] in names
    )
    narrow = {f["id"] for s in metadata["schemas"] for f in s["fields"] if f["type"] == "int"}
    widened = any(f["type"] == "long" and f["id"] in narrow for f in there)
    return StoredSchema(columns, partition_by, widened)


def _nested(kind: Any, path: NestedPath) -> list[tuple[NestedPath, int]]:
    if isinstance(kind, str):
        return []
    if kind["type"] == "list":
        inside = (*path, "element")
        return [(inside, kind["element-id"]), *_nested(kind["element"], inside)]
    if kind["type"] == "map":
        key, value = (*path, "key"), (*path, "value")
        inside_key, inside_value = _nested(kind["key"], key), _nested(kind["value"], value)
        return [(key, kind["key-id"]), *inside_key, (value, kind["value-id"]), *inside_value]
    found: list[tuple[NestedPath, int]] = []
    for f in kind["fields"]:
        found += [((*path, f["name"]), f["id"]), *_nested(f["type"], (*path, f["name"]))]
    return found


def current_snapshot(metadata: Metadata) -> Json | None:
    wanted = metadata.get("current-snapshot-id")
    return snapshot(metadata, wanted) if wanted not in (None, -1) else None


def snapshot(metadata: Metadata, snapshot_id: int) -> Json | None:
    return next((s for s in metadata.get("snapshots", []) if s["snapshot-id"] == snapshot_id), None)


def named(metadata: Metadata) -> set[int | None]:
    """The current snapshot, and those that a branch or a tag names."""
    return {ref["snapshot-id"] for ref in metadata.get("refs", {}).values()} | {metadata.get("current-snapshot-id")}


def rows(found: Json | None) -> int:
    return int(found["summary"].get("total-records", 0)) if found else 0


def add_snapshot(metadata: Metadata, made: Json) -> None:
    """Makes a snapshot the current one of the main branch, which keeps what was said of its retention."""
    metadata["snapshots"] = [*metadata.get("snapshots", []), made]
    metadata["current-snapshot-id"] = made["snapshot-id"]
    metadata["last-sequence-number"] = made["sequence-number"]
    refs = metadata.get("refs", {})
    main = {**refs.get("main", {"type": "branch"}), "snapshot-id": made["snapshot-id"]}
    metadata["refs"] = {**refs, "main": main}
    entry = {"timestamp-ms": made["timestamp-ms"], "snapshot-id": made["snapshot-id"]}
    metadata["snapshot-log"] = [*metadata.get("snapshot-log", []), entry]
    metadata["last-updated-ms"] = made["timestamp-ms"]


def label_snapshot(metadata: Metadata, snapshot_id: int, labels: Mapping[str, str]) -> None:
    """Adds to the summary of a snapshot."""
    metadata["snapshots"] = [
        {**s, "summary": {**s["summary"], **labels}} if s["snapshot-id"] == snapshot_id else s
        for s in metadata["snapshots"]
    ]


def forget_snapshots(metadata: Metadata, keep: Retention) -> int:
    """Drops snapshots that are not kept any longer, at most once a day unless only the current one is; how many. What a
    reference names stays, as does the current one. Files that only they had are leftovers from then on."""
    today = day(metadata["last-updated-ms"])
    if keep != CURRENT_ONLY and metadata["properties"].get(FORGOTTEN_ON) == today:
        return 0
    snapshots: list[Json] = metadata.get("snapshots", [])
    states = [Snapshot(s["snapshot-id"], s["timestamp-ms"] / 1000) for s in snapshots]
    gone = to_forget(states, metadata["last-updated-ms"] / 1000, keep) - named(metadata)
    if not gone:
        return 0
    log: list[Json] = metadata["snapshot-log"]
    # Iceberg's rule: a log with a gap would tell wrong what was current then.
    last = max((i for i, entry in enumerate(log) if entry["snapshot-id"] in gone), default=-1)
    metadata["metadata-log"] = _log_without(gone, metadata["metadata-log"], snapshots)
    drop_snapshots(metadata, gone)
    metadata["snapshot-log"] = log[last + 1 :]
    metadata["properties"][FORGOTTEN_ON] = today
    return len(gone)


def drop_snapshots(metadata: Metadata, gone: Set[int]) -> None:
    """Takes snapshots out, and what is said of them, as if they had never been the current one."""
    for kind in ("snapshots", "snapshot-log", "statistics", "partition-statistics"):
        metadata[kind] = [entry for entry in metadata.get(kind, []) if entry["snapshot-id"] not in gone]


def _log_without(gone: Set[int], log: Sequence[Json], snapshots: Sequence[Json]) -> list[Json]:
    """The last entries, and of the others those whose metadata has a snapshot as its current one that stays: a pointer
    may go back to it."""
    made = [s["timestamp-ms"] for s in snapshots]

    def stays(entry: Json) -> bool:
        newest = bisect_right(made, entry["timestamp-ms"]) - 1
        return newest >= 0 and snapshots[newest]["snapshot-id"] not in gone

    return [*filter(stays, log[:-_LAST_OF_LOG]), *log[-_LAST_OF_LOG:]]


def day(milliseconds: int) -> str:
    """The day of a time in metadata, in UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).date().isoformat()


def same(before: Metadata, after: Metadata) -> bool:
    """Whether a change changes nothing but the log."""
    ignored: Mapping[str, None] = dict.fromkeys(("metadata-log", "last-updated-ms"))
    return {k: v for k, v in before.items() if k not in ignored} == {k: v for k, v in after.items() if k not in ignored}


def _now() -> int:
    return time.time_ns() // 1_000_000
