"""Parquet: read where it lies, never copied; its own types are cast to the declared ones."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import duckdb

from mesh_jobs.adapters.common_type import naming, wide_decimal
from mesh_jobs.adapters.duckdb import alike
from mesh_jobs.adapters.duckdb.as_text import as_json, as_text, is_nested, json_object
from mesh_jobs.adapters.duckdb.casts import nested_cast, strict_cast
from mesh_jobs.adapters.duckdb.failures import spoken
from mesh_jobs.adapters.duckdb.nested import StrictCast
from mesh_jobs.adapters.duckdb.session import FILE, PLACE, ROW, Relation, Session, nth, place
from mesh_jobs.adapters.duckdb.types import NOT_FROM_FOLDERS, duckdb_type, name, text
from mesh_jobs.adapters.source_files import misfit_reason, require, require_distinct, wrong_type
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import FileSource
from mesh_jobs.domain.quarantine import REASON, RECORD, RULE
from mesh_jobs.domain.table import Type
from mesh_jobs.ports.engine import RawFile

#: Columns and their types, as DuckDB has them.
Schema = tuple[tuple[str, str], ...]


def read_parquet_files(
    session: Session, source: FileSource, files: Sequence[RawFile], hidden: frozenset[str]
) -> Relation:
    """Files with equal schemas are read together. Raises BadInput for what is not Parquet or misses a column."""
    groups: dict[tuple[int | None, Schema], list[int]] = {}
    for number, file in enumerate(files):
        try:
            schema = session.describe(f"SELECT * FROM read_parquet({text(file.uri)}, {NOT_FROM_FOLDERS})")
        except duckdb.Error as error:
            failed = spoken(file.origin, error, silent=True)
            # What DuckDB cannot read of a file's end has no class of its own.
            if isinstance(failed, BadInput) or type(error) is duckdb.Error:
                failed = BadInput(f"{file.origin}: not a Parquet file, or cut off", "deliver it again")
            raise failed from error
        if any("DOUBLE" in t for _, t in schema):
            _refuse_wide_decimals(session, file)
        lower = [n.lower() for n, _ in schema]
        if any(re.fullmatch(r".*_\d+", n) and n.rpartition("_")[0] in lower for n in lower):
            # DuckDB gives the second of two names a number.
            require_distinct(file.origin, _written(session, file))
        if source.fields is not None:
            require(file.origin, [f.name for f in source.fields], [n for n, _ in schema])
        # A column of that name hides the number that DuckDB gives to a file.
        groups.setdefault((number if "file_index" in lower else None, schema), []).append(number)
    types: dict[str, Type] = {}
    if source.fields is None and len(groups) > 1:
        types = alike.file_types(source.name, [(files[n[0]].origin, s) for (_, s), n in groups.items()])
    views = [_group(session, source, s, files, numbers, types) for (_, s), numbers in groups.items()]
    union = " UNION ALL BY NAME ".join(f"SELECT * FROM {view}" for view in views)
    relation = session.relation(union, size=sum(f.size for f in files), traced=True, placed=True)
    return _strict(session, source, relation, hidden)


def _written(session: Session, file: RawFile) -> list[str]:
    """The columns of the outermost level as the file names them."""
    found = session.all(f"SELECT name, coalesce(num_children, 0) FROM parquet_schema({text(file.uri)})")
    columns, inside = [], 0
    for n, children in found[1:]:
        if not inside:
            columns.append(n)
        inside = max(inside - 1, 0) + children
    return columns


def _refuse_wide_decimals(session: Session, file: RawFile) -> None:
    """DuckDB 1.5 calls decimals of more than 38 digits DOUBLE, and reads other numbers than the file has."""
    written = f"SELECT name, precision FROM parquet_schema({text(file.uri)}) WHERE precision IS NOT NULL"
    for column, digits in session.all(written):
        problem = wide_decimal(file.origin, column, digits)
        if problem is not None:
            raise problem


def _group(
    session: Session,
    source: FileSource,
    schema: Schema,
    files: Sequence[RawFile],
    numbers: Sequence[int],
    types: Mapping[str, Type],
) -> str:
    """Columns under their declared names; a misfit is marked column by column. Without declared columns they have
    `types`, or where these do not say, those of the file."""
    own = [files[n] for n in numbers]
    paths = "[" + ", ".join(text(f.uri) for f in own) + "]"
    at = {n.lower(): (n, t) for n, t in schema}
    cells = []
    if source.fields is None:
        with naming(own[0].origin):
            cells = alike.cells(schema, types)
    for i, f in enumerate(source.fields or ()):
        n, t = at[f.name.lower()]
        with naming(f"{own[0].origin}: column {f.name}"):
            cast = _cast(name(n), t, f.type, f.format)
        cells.append(f"{cast.value} AS {name(f.name)}")
        if cast.fallible:
            misfit = f"{name(n)} IS NOT NULL AND {cast.value} IS NULL"
            cells.append(f"CASE WHEN {misfit} THEN {as_text(name(n), t)} END AS _mesh_misfit_{i}")
    origin = nth([f.origin for f in own], "file_index")
    return session.view(
        f"SELECT {', '.join(cells)}, {origin} AS {FILE}, file_row_number + 1 AS {ROW}, "
        f"{place(nth(numbers, 'file_index'), 'file_row_number')} AS {PLACE} "
        f"FROM read_parquet({paths}, file_row_number = true, {NOT_FROM_FOLDERS})",
        "parquet",
    )


def _cast(value: str, source: str, target: Type, pattern: str | None) -> StrictCast:
    if source == "BLOB" and target == "string":
        # Hive, Impala and older Spark write text as bare bytes.
        return StrictCast(f"TRY(decode({value}))", True)
    if source == duckdb_type(target) or target == "string" or not is_nested(source):
        return strict_cast(value, source, target, pattern)
    return nested_cast(value, source, target, lambda v, of, to: _cast(v, of, to, pattern))


def _strict(session: Session, source: FileSource, relation: Relation, hidden: frozenset[str]) -> Relation:
    """Raises BadInput for the first value that does not cast, or puts such rows aside."""
    misfits = [n for n, _ in relation.columns if n.startswith("_mesh_misfit_")]
    if not misfits:
        return relation
    fields = source.fields or ()
    visible = ", ".join(name(f.name) for f in fields)
    any_misfit = " OR ".join(f"{m} IS NOT NULL" for m in misfits)
    good = f"SELECT {visible}, {FILE}, {ROW}, {PLACE} FROM {relation.at} WHERE NOT ({any_misfit})"
    which = "CASE " + " ".join(f"WHEN {m} IS NOT NULL THEN {m.rsplit('_', 1)[1]}" for m in misfits) + " END"
    value = f"coalesce({', '.join(misfits)})"
    count = session.one(f"SELECT count(*) FROM {relation.at} WHERE {any_misfit}")[0]
    if not count:
        return session.relation(
            f"SELECT {visible}, {FILE}, {ROW}, {PLACE} FROM {relation.at}",
            size=relation.size,
            traced=True,
            placed=True,
        )
    if source.on_bad_record == "abort":
        i, v, file, row = session.one(
            f"SELECT {which}, {value}, {FILE}, {ROW} FROM {relation.at} WHERE {any_misfit} ORDER BY {PLACE} LIMIT 1"
        )
        raise wrong_type(file, row, fields[i], v, count, hidden)
    rule = f"{source.name}.record"
    reason = "CASE " + " ".join(f"WHEN {m} IS NOT NULL THEN {text(_reason(source, m))}" for m in misfits) + " END"
    types = {n.lower(): t for n, t in relation.columns}
    members = {}
    for i, f in enumerate(fields):
        shown_ = as_json(name(f.name), types[f.name.lower()])
        misfit = f"_mesh_misfit_{i}"
        if misfit in misfits:
            shown_ = f"CASE WHEN {misfit} IS NOT NULL THEN {as_json(misfit, 'VARCHAR')} ELSE {shown_} END"
        members[f.name] = text('"***"') if f.name in hidden else shown_
    bad = session.fresh("bad")
    session.run(
        f"CREATE TEMP TABLE {bad} AS SELECT {text(rule)} AS {RULE}, {reason} AS {REASON}, {FILE}, {ROW}, "
        f"{json_object(members)} AS {RECORD} FROM {relation.at} WHERE {any_misfit}"
    )
    losses = session.all(f"SELECT {RULE}, {REASON}, count(*) FROM {bad} GROUP BY ALL ORDER BY 3 DESC, 2")
    return session.relation(
        good,
        size=relation.size,
        traced=True,
        placed=True,
        bad=bad,
        bad_losses=tuple((r[0], r[1], r[2]) for r in losses),
    )


def _reason(source: FileSource, misfit: str) -> str:
    return misfit_reason((source.fields or ())[int(misfit.rsplit("_", 1)[1])])
