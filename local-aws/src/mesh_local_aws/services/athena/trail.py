"""The archive of a trail as Athena reads it: the files of CloudTrail below a table's location, by its columns and partitions.

https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table-partition-projection.html
"""

from __future__ import annotations

import gzip
import json
import re
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from mesh_local_aws import sessions
from mesh_local_aws.hooks import Document

_FORMAT = "com.amazon.emr.cloudtrail.CloudTrailInputFormat"
_TYPES = {"string": "VARCHAR", "boolean": "BOOLEAN", "bigint": "BIGINT", "int": "INTEGER", "double": "DOUBLE"}


def is_trail(entry: Document) -> bool:
    return bool((entry.get("StorageDescriptor") or {}).get("InputFormat") == _FORMAT)


def rows(entry: Document, reader: sessions.Credentials) -> pa.Table:
    """As whoever asks, whom the archive must let in. Raises botocore's ClientError."""
    types = {each["Name"]: each["Type"] for each in [*entry["StorageDescriptor"]["Columns"], *entry.get("PartitionKeys", [])]}
    bucket, _, prefix = entry["StorageDescriptor"]["Location"].removeprefix("s3://").partition("/")
    template = entry["Parameters"]["storage.location.template"].removeprefix(f"s3://{bucket}/")
    place = re.compile(re.sub(r"\\\$\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(template).rstrip("/")) + "/[^/]+$")
    s3 = sessions.client("s3", reader)
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        file = Path(folder) / "records.json"
        with file.open("w", encoding="utf-8") as lines:
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for each in page.get("Contents", []):
                    partition = place.match(each["Key"])
                    if partition is None:
                        continue
                    body = s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()
                    for record in json.loads(gzip.decompress(body))["Records"]:
                        lines.write(json.dumps({**_fitted(record, types), **partition.groupdict()}) + "\n")
        columns = ", ".join(f"'{name}': '{_duckdb(type_)}'" for name, type_ in types.items())
        found: pa.Table = connection.execute(
            f"SELECT * FROM read_json('{file}', format = 'newline_delimited', columns = {{{columns}}})"
        ).fetch_arrow_table()
        return found


def _fitted(record: Document, types: dict[str, str]) -> Document:
    found = {key.lower(): value for key, value in record.items()}
    return {name: _value(found.get(name), type_) for name, type_ in types.items()}


def _value(value: Any, type_: str) -> Any:
    """What stands in a column of text is the text of it, whatever it was; names in structures are in lower case."""
    if type_ == "string":
        return value if value is None or isinstance(value, str) else json.dumps(value)
    return _lowered(value)


def _lowered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key.lower(): _lowered(each) for key, each in value.items()}
    return [_lowered(each) for each in value] if isinstance(value, list) else value


def _duckdb(type_: str) -> str:
    """`struct<a:string,b:array<string>>` in DuckDB's words."""
    inner = type_[type_.find("<") + 1 : -1]
    if type_.startswith("struct<"):
        return "STRUCT(" + ", ".join(f'"{name}" {_duckdb(of)}' for name, _, of in (part.partition(":") for part in _parts(inner))) + ")"
    if type_.startswith("array<"):
        return f"{_duckdb(inner)}[]"
    if type_.startswith("map<"):
        return "MAP(" + ", ".join(_duckdb(part) for part in _parts(inner)) + ")"
    return _TYPES[type_]


def _parts(text: str) -> list[str]:
    found, depth = [""], 0
    for character in text:
        depth += {"<": 1, ">": -1}.get(character, 0)
        if character == "," and depth == 0:
            found.append("")
        else:
            found[-1] += character
    return found
