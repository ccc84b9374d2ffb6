"""Parquet files as Iceberg wants them: exactly the table's types, with statistics. Only footers are read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from mesh_jobs.adapters.iceberg.evolution import Json
from mesh_jobs.adapters.iceberg.files import StoredColumn, StoredSchema
from mesh_jobs.adapters.iceberg.storage import storage
from mesh_jobs.adapters.iceberg.wrong_file import NullInRequired, WrongFile
from mesh_jobs.domain.table import ListType, MapType, StructType, Type

if TYPE_CHECKING:
    from pyiceberg.types import PrimitiveType

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TEXT_BOUND = 16
_FIELD_ID = b"PARQUET:field_id"


@dataclass
class Leaf:
    """Statistics of one primitive column of a file; bounds are None where the file has none."""

    field_id: int
    type: str
    bounded: bool
    size: int = 0
    values: int = 0
    nulls: int | None = 0
    lower: Any = None
    upper: Any = None
    unbounded: bool = False


@dataclass(frozen=True)
class FileStatistics:
    """What a manifest says of a file."""

    path: str
    rows: int
    size: int
    split_offsets: list[int]
    leaves: dict[int, Leaf] = field(default_factory=dict)


def inspect(path: str, schema: StoredSchema) -> FileStatistics:
    """Reads a file's footer. Raises NullInRequired for a null in a required column, and WrongFile when a name, type,
    field id or the order differs from the table's: Spark misreads such files silently, e.g. decimals of another
    scale."""
    with storage(path).open(path) as source:
        footer = pq.read_metadata(source)
        size = source.seek(0, os.SEEK_END)
    _compare(path, footer.schema.to_arrow_schema(), schema)
    leaves = list(_leaves(schema))
    for group in (footer.row_group(i) for i in range(footer.num_row_groups)):
        for position, leaf in enumerate(leaves):
            _add(leaf, group.column(position))
    by_id = {leaf.field_id: leaf for leaf in leaves}
    for column in schema.columns:
        if column.required and column.field_id in by_id and by_id[column.field_id].nulls != 0:
            count = by_id[column.field_id].nulls
            nulls = f"{path}: required column {column.name} has {'unknown' if count is None else count} nulls"
            raise NullInRequired(nulls, column.name) if count else WrongFile(nulls)
    return FileStatistics(path, footer.num_rows, size, _offsets(footer), by_id)


def partition_of(statistics: FileStatistics, spec: Json, schema: StoredSchema) -> tuple[Any, ...]:
    """The file's partition value per field of the spec. Raises WrongFile when it spans two."""
    by_id = {column.field_id: column for column in schema.columns}
    return tuple(_partition(statistics, f, by_id[f["source-id"]]) for f in spec["fields"])


def value_of(kind: str, raw: Any) -> Any:
    """A bound as Iceberg keeps it (days, microseconds), as a Python value."""
    if raw is None:
        return None
    if kind == "date":
        return (_EPOCH + timedelta(days=raw)).date() if abs(raw) < 700_000 else None
    if kind in ("timestamp", "timestamptz"):
        try:
            moment = _EPOCH + timedelta(microseconds=raw)
        except OverflowError:
            return None
        return moment if kind == "timestamptz" else moment.replace(tzinfo=None)
    return raw


def bound_bytes(kind: PrimitiveType, leaf: Leaf, *, upper: bool) -> bytes | None:
    """A bound in Iceberg's binary form; text and binary are shortened, the upper bound then rounded up."""
    from pyiceberg.conversions import to_bytes
    from pyiceberg.utils.truncate import truncate_upper_bound_binary_string, truncate_upper_bound_text_string

    value = leaf.upper if upper else leaf.lower
    if value is None:
        return None
    if isinstance(value, str):
        value = truncate_upper_bound_text_string(value, _TEXT_BOUND) if upper else value[:_TEXT_BOUND]
    elif isinstance(value, bytes):
        value = truncate_upper_bound_binary_string(value, _TEXT_BOUND) if upper else value[:_TEXT_BOUND]
    return None if value is None else to_bytes(kind, value)


def _compare(path: str, found: pa.Schema, wanted: StoredSchema) -> None:
    problems: list[str] = []
    names = [column.name for column in wanted.columns]
    if found.names != names:
        raise WrongFile(f"{path}: the table's columns are {', '.join(names)}; the file has {', '.join(found.names)}")
    for column, arrow in zip(wanted.columns, found, strict=True):
        problems += _differences(arrow, column.type, column.field_id, column, ())
    if problems:
        raise WrongFile(f"{path}: " + "; ".join(problems))


def _differences(
    found: pa.Field[Any], wanted: Type, own: int, column: StoredColumn, path: tuple[str, ...]
) -> Iterator[str]:
    where = ".".join((column.name, *path))
    field_id = int((found.metadata or {}).get(_FIELD_ID, -1))
    if field_id != own:
        yield f"{where} has field id {field_id}, not {own}"
    inside: list[tuple[str, Type, pa.Field[Any]]] = []
    match wanted:
        case ListType(element) if pa.types.is_list(found.type):
            if not found.type.value_field.nullable:
                yield f"elements of {where} must be optional"
            inside = [("element", element, found.type.value_field)]
        case MapType(key, value) if pa.types.is_map(found.type):
            inside = [("key", key, found.type.key_field), ("value", value, found.type.item_field)]
        case StructType(fields) if pa.types.is_struct(found.type):
            children = [found.type.field(i) for i in range(found.type.num_fields)]
            if [child.name for child in children] != [name for name, _ in fields]:
                yield f"{where} has {', '.join(c.name for c in children)}, not {', '.join(n for n, _ in fields)}"
                return
            inside = [(name, of, child) for (name, of), child in zip(fields, children, strict=True)]
        case str() if _arrow(wanted) == _plain(found.type):
            return
        case _:
            yield f"{where} is {found.type}, not {wanted if isinstance(wanted, str) else type(wanted).__name__}"
    for name, of, child in inside:
        yield from _differences(child, of, column.nested[(*path, name)], column, (*path, name))


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_large_string(kind):
        return pa.string()
    return pa.binary() if pa.types.is_large_binary(kind) else kind


def _arrow(kind: str) -> pa.DataType:
    if kind.startswith("decimal"):
        precision, scale = (int(n) for n in re.findall(r"\d+", kind))
        return pa.decimal128(precision, scale)
    kinds: dict[str, pa.DataType] = {
        "boolean": pa.bool_(),
        "int": pa.int32(),
        "long": pa.int64(),
        "float": pa.float32(),
        "double": pa.float64(),
        "date": pa.date32(),
        "time": pa.time64("us"),
        "timestamp": pa.timestamp("us"),
        "timestamptz": pa.timestamp("us", tz="UTC"),
        "string": pa.string(),
        "binary": pa.binary(),
    }
    return kinds[kind]


def _leaves(schema: StoredSchema) -> Iterator[Leaf]:
    for column in schema.columns:
        yield from _inner(column, column.type, column.field_id, (), True)


def _inner(column: StoredColumn, kind: Type, own: int, path: tuple[str, ...], bounded: bool) -> Iterator[Leaf]:
    """Primitive columns in the file's order; values inside lists and maps have no bounds, as Iceberg has it."""
    match kind:
        case str():
            yield Leaf(own, kind, bounded)
        case ListType(element):
            yield from _inner(column, element, column.nested[(*path, "element")], (*path, "element"), False)
        case MapType(key, value):
            yield from _inner(column, key, column.nested[(*path, "key")], (*path, "key"), False)
            yield from _inner(column, value, column.nested[(*path, "value")], (*path, "value"), False)
        case StructType(fields):
            for name, of in fields:
                yield from _inner(column, of, column.nested[(*path, name)], (*path, name), bounded)


def _add(leaf: Leaf, chunk: pq.ColumnChunkMetaData) -> None:
    leaf.size += chunk.total_compressed_size
    leaf.values += chunk.num_values
    statistics = chunk.statistics
    nulls = statistics.null_count if statistics is not None else None
    if nulls is None or leaf.nulls is None:
        leaf.nulls = None
    else:
        leaf.nulls += nulls
    if not leaf.bounded or leaf.unbounded:
        return
    if statistics is None or not statistics.has_min_max:
        # A chunk of nothing but nulls has no bounds and does not spoil the others'.
        if nulls != chunk.num_values:
            leaf.unbounded, leaf.lower, leaf.upper = True, None, None
        return
    low, high = _raw(leaf.type, statistics.min_raw), _raw(leaf.type, statistics.max_raw)
    if low is None or high is None or low != low or high != high:
        leaf.unbounded, leaf.lower, leaf.upper = True, None, None
        return
    leaf.lower = low if leaf.lower is None else min(leaf.lower, low)
    leaf.upper = high if leaf.upper is None else max(leaf.upper, high)


def _raw(kind: str, value: Any) -> Any:
    """A statistic as Iceberg's conversions take it: days, microseconds, Decimal, text."""
    if kind.startswith("decimal"):
        unscaled = int.from_bytes(value, "big", signed=True) if isinstance(value, bytes) else int(value)
        return Decimal(unscaled).scaleb(-int(re.findall(r"\d+", kind)[1]), _WIDE)
    if kind == "string":
        try:
            return value.decode() if isinstance(value, bytes) else value
        except UnicodeDecodeError:
            return None
    return value


def _offsets(footer: pq.FileMetaData) -> list[int]:
    offsets = []
    for i in range(footer.num_row_groups):
        chunk = footer.row_group(i).column(0)
        dictionary = chunk.dictionary_page_offset
        data = chunk.data_page_offset
        offsets.append(
            dictionary if chunk.has_dictionary_page and dictionary is not None and dictionary < data else data
        )
    return sorted(offsets)


def _partition(statistics: FileStatistics, spec_field: Json, column: StoredColumn) -> Any:
    leaf = statistics.leaves[spec_field["source-id"]]
    if leaf.nulls == leaf.values:
        return None
    transform = spec_field["transform"]
    if leaf.nulls != 0 or leaf.lower is None:
        raise WrongFile(f"{statistics.path}: cannot tell the partition {transform}({column.name}) of the file")
    low, high = (_transformed(transform, leaf.type, value) for value in (leaf.lower, leaf.upper))
    if low != high:
        raise WrongFile(f"{statistics.path}: the file spans two partitions of {transform}({column.name})")
    return low


def _transformed(transform: str, kind: str, value: Any) -> Any:
    if transform == "identity":
        return value
    days = value if kind == "date" else value // 86_400_000_000
    if transform == "day":
        return days
    moment = _EPOCH + timedelta(days=days)
    return moment.year - 1970 if transform == "year" else (moment.year - 1970) * 12 + moment.month - 1


def _wide() -> Any:
    from decimal import Context

    return Context(prec=76)


_WIDE = _wide()
