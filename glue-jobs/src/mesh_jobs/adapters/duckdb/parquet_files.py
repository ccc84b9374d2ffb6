"""Parquet: read where it lies, never copied; its own types are cast to the declared ones."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import duckdb

from mesh_jobs.adapters.common_type import wide_decimal
from mesh_jobs.adapters.duckdb import alike
from mesh_jobs.adapters.duckdb.as_text import as_json, as_text, json_object
from mesh_jobs.adapters.duckdb.casts import StrictCast, strict_cast
from mesh_jobs.adapters.duckdb.csv_files import NOT_FROM_FOLDERS
from mesh_jobs.adapters.duckdb.failures import kept_away
from mesh_jobs.adapters.duckdb.session import FILE, PARQUET_PLACE, PLACE, ROW, Relation, Session, apart
from mesh_jobs.adapters.duckdb.types import name, text
from mesh_jobs.adapters.source_files import require, require_distinct, wrong_type
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import FileSource
from mesh_jobs.domain.table import shown
from mesh_jobs.ports.engine import RawFile


def read_parquet_files(
    session: Session, source: FileSource, files: Sequence[RawFile], hidden: frozenset[str]
) -> Relation:
    """Files with equal schemas are read together. Raises BadInput for what is not Parquet or misses a column."""
    groups: dict[tuple[tuple[str, str], ...], list[RawFile]] = {}
    for file in files:
        try:
            schema = session.describe(f"SELECT * FROM read_parquet({text(file.uri)}, {NOT_FROM_FOLDERS})")
        except duckdb.Error as error:
            raise kept_away(file.origin, error) or BadInput(
                f"{file.origin}: not a Parquet file, or cut off", "deliver it again"
            ) from error
        if any("DOUBLE" in t for _, t in schema):
            _refuse_wide_decimals(session, file)
        lower = [n.lower() for n, _ in schema]
        if any(re.fullmatch(r".*_\d+", n) and n.rpartition("_")[0] in lower for n in lower):
            # DuckDB gives the second of two names a number.
            require_distinct(file.origin, _written(session, file))
        if source.fields is not None:
            require(file.origin, [f.name for f in source.fields], [n for n, _ in schema])
        groups.setdefault(schema, []).append(file)
    types = {}
    if source.fields is None and len(groups) > 1:
        types = alike.file_types(source.name, [(m[0].origin, s) for s, m in groups.items()])
    views = [_group(session, source, s, m, types) for s, m in groups.items()]
    union = " UNION ALL BY NAME ".join(apart(view, i) for i, view in enumerate(views))
    if len(groups) == 1:
        union = f"SELECT * FROM {views[0]}"
    size = sum(f.size for f in files)
    relation = session.relation(union, size=size, traced=True, placed=True, files=tuple(f.origin for f in files))
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
    schema: tuple[tuple[str, str], ...],
    files: Sequence[RawFile],
    types: Mapping[str, str],
) -> str:
    """Columns under their declared names; a misfit is marked column by column. Without declared columns they have
    `types`, or where these do not say, those of the file."""
    paths = "[" + ", ".join(text(f.uri) for f in files) + "]"
    at = {n.lower(): (n, t) for n, t in schema}
    cells = []
    if source.fields is None:
        cells = alike.cells(schema, types)
    for i, f in enumerate(source.fields or ()):
        n, t = at[f.name.lower()]
        # Hive, Impala and older Spark write text as bare bytes.
        bytes_of_text = t == "BLOB" and f.type == "string"
        cast = (
            StrictCast(f"TRY(decode({name(n)}))", True) if bytes_of_text else strict_cast(name(n), t, f.type, f.format)
        )
        cells.append(f"{cast.value} AS {name(f.name)}")
        if cast.fallible:
            misfit = f"{name(n)} IS NOT NULL AND {cast.value} IS NULL"
            cells.append(f"CASE WHEN {misfit} THEN {as_text(name(n), t)} END AS _mesh_misfit_{i}")
    origin = text(files[0].origin)
    if len(files) > 1:
        pairs = ", ".join(f"{text(f.uri)}: {text(f.origin)}" for f in files)
        origin = f"map_extract_value(MAP {{{pairs}}}, filename)"
    return session.view(
        f"SELECT {', '.join(cells)}, {origin} AS {FILE}, file_row_number + 1 AS {ROW}, {PARQUET_PLACE} "
        f"FROM read_parquet({paths}, file_row_number = true, filename = true, {NOT_FROM_FOLDERS})",
        "parquet",
    )


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
            files=relation.files,
        )
    if source.on_bad_record == "abort":
        i, v, file, row = session.one(
            f"SELECT {which}, {value}, {FILE}, {ROW} FROM {relation.at} WHERE {any_misfit} "
            f"ORDER BY {FILE}, {ROW} LIMIT 1"
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
        f"CREATE TEMP TABLE {bad} AS SELECT {text(rule)} AS _mesh_rule, {reason} AS _mesh_reason, {FILE}, {ROW}, "
        f"{json_object(members)} AS record FROM {relation.at} WHERE {any_misfit}"
    )
    losses = session.all(f"SELECT _mesh_rule, _mesh_reason, count(*) FROM {bad} GROUP BY ALL ORDER BY 3 DESC, 2")
    return session.relation(
        good,
        size=relation.size,
        traced=True,
        placed=True,
        files=relation.files,
        bad=bad,
        bad_losses=tuple((r[0], r[1], r[2]) for r in losses),
    )


def _reason(source: FileSource, misfit: str) -> str:
    f = (source.fields or ())[int(misfit.rsplit("_", 1)[1])]
    return f"column {f.name} is not a {shown(f.type)}"
