"""Row checks as SQL conditions: true for a row that breaks the rule, never null."""

from __future__ import annotations

from collections.abc import Mapping

from mesh_jobs.adapters.duckdb.as_text import as_text
from mesh_jobs.adapters.duckdb.types import duckdb_type, literal, name, names, plan_type, storable, text
from mesh_jobs.domain import conditions as c
from mesh_jobs.domain.literals import Value, text_of
from mesh_jobs.domain.plan import QualityRule

_FLOATS = ("FLOAT[]", "DOUBLE[]")


def breaks(check: QualityRule, types: Mapping[str, str]) -> str:
    """The condition of a check over one row. Not for checks that need other rows as well."""
    parts = [_breaks_column(check, x, types[x]) for x in check.columns]
    return "(" + " OR ".join(parts) + ")"


def _breaks_column(check: QualityRule, column: str, type_: str) -> str:
    value = name(column)
    match check.metric:
        case "nullValues":
            return f"{value} IS NULL"
        case "missingValues":
            null, listed = c.missing(check, plan_type(storable(type_)))
            found = f"coalesce({_holds(listed, value, type_)}, FALSE)"
            return f"({value} IS NULL OR {found})" if null else found
        case "invalidValues":
            parts = [_holds(x, value, type_) for x in c.invalid(check, column, plan_type(storable(type_)))]
            return f"coalesce({value} IS NOT NULL AND ({' OR '.join(parts)}), FALSE)" if parts else "FALSE"
        case _:
            raise AssertionError(check.metric)


def _holds(condition: c.Condition, value: str, type_: str) -> str:
    match condition:
        case c.Among(values):
            return _one_of(value, values, type_)
        case c.NotAmong(values):
            return f"NOT {_one_of(value, values, type_)}"
        case c.DoesNotMatch(pattern):
            return f"NOT regexp_matches({as_text(value, type_)}, {text(pattern)})"
        case c.Length(comparison, characters):
            return f"length({as_text(value, type_)}) {comparison} {characters}"
        case c.Compared(comparison, bound):
            return f"{value} {comparison} {exactly(bound, type_)}"
        case c.NoMultiple(step):
            return f"{value} <> 0" if step is None else f"{value} % {exactly(step, type_)} <> 0"
        case c.NotNearMultiple(step, tolerance):
            quotient = f"({value}::DOUBLE / {literal(step)})"
            near = f"abs({quotient} - round({quotient})) <= {literal(tolerance)} * greatest(abs({quotient}), 1)"
            return f"NOT (isfinite({quotient}) AND {near})"
        case c.Items(comparison, entries):
            return f"len({value}) {comparison} {entries}"
        case c.RepeatedItem():
            # In a list NaN is not equal to itself for DuckDB; as text it is. Adding 0.0 makes -0.0 the same as 0.0.
            plain = f"list_transform({value}, lambda x: CAST(x + 0.0 AS VARCHAR))" if type_ in _FLOATS else value
            return f"list_unique({plain}) < list_count({plain})"


def _one_of(value: str, values: tuple[Value, ...], type_: str) -> str:
    return f"{value} IN ({', '.join(exactly(v, type_) for v in values)})" if values else "FALSE"


def exactly(value: Value, type_: str) -> str:
    """A value in exactly the type, so that DuckDB converts nothing, least of all the column."""
    if type_ == "VARCHAR":
        return text(text_of(value))
    return f"CAST({text(text_of(value))} AS {duckdb_type(plan_type(storable(type_)))})"


def failing_rows(check: QualityRule, types: Mapping[str, str], alive: str = "TRUE") -> str:
    """An aggregate: how many rows break a check."""
    if check.metric == "nullValues" and len(check.columns) == 1 and alive == "TRUE":
        return f"count(*) - count({name(check.columns[0])})"
    condition = breaks(check, types)
    return f"count(*) FILTER ({condition if alive == 'TRUE' else f'{alive} AND {condition}'})"


def repeated_rows(columns: tuple[str, ...], source: str, where: str = "TRUE") -> str:
    """A query of one number: rows beyond the first of each key. Keys with a null are not compared."""
    if len(columns) == 1:
        key = name(columns[0])
        return f"SELECT count({key}) - count(DISTINCT {key}) FROM {source} WHERE {where}"
    complete = " AND ".join(f"{name(c)} IS NOT NULL" for c in columns)
    return (
        f"SELECT coalesce(sum(n) - count(*), 0)::BIGINT FROM (SELECT count(*) AS n FROM {source} "
        f"WHERE {where} AND {complete} GROUP BY {names(columns)})"
    )


def orphans(columns: tuple[str, ...], source: str, keys: tuple[str, ...], others: str) -> str:
    """A query of one number: rows with a whole key that is none of the others'."""
    own = ", ".join(f"{name(c)} AS k{i}" for i, c in enumerate(columns))
    known = ", ".join(f"{name(k)} AS k{i}" for i, k in enumerate(keys))
    whole = " AND ".join(f"{name(c)} IS NOT NULL" for c in columns)
    both = ", ".join(f"k{i}" for i in range(len(keys)))
    return (
        f"SELECT count(*) FROM (SELECT {own} FROM {source} WHERE {whole}) "
        f"ANTI JOIN (SELECT {known} FROM {others}) USING ({both})"
    )


def seconds_of_newest(column: str) -> str:
    """An aggregate: the greatest date or moment, in seconds since 1970."""
    return f"epoch_us(max({name(column)})::TIMESTAMP) / 1e6"
