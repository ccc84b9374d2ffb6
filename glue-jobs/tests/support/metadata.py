"""Metadata files of tables that nobody has written rows into."""

from __future__ import annotations

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.domain.table import TableName
from support.aws import WAREHOUSE


def history(length: int, table: TableName) -> list[str]:
    """Of one table in the emulated S3, each made from the one before."""
    metadata, made = md.new(f"{WAREHOUSE}/{table.database}/{table.table}"), list[str]()
    metadata |= {"current-schema-id": 0, "schemas": [{"schema-id": 0, "type": "struct", "fields": []}]}
    for _ in range(length):
        metadata = md.following(metadata, made[-1] if made else None)
        made.append(md.next_location(metadata, made[-1] if made else None, None))
        md.write(metadata, made[-1])
    return made
