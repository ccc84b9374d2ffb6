"""Row checks as columns of Spark: true for a row that breaks the rule, never null."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import or_

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, DoubleType, FloatType

from mesh_jobs.adapters.spark.patterns import matches
from mesh_jobs.adapters.spark.types import name, plan_type
from mesh_jobs.domain import conditions as c
from mesh_jobs.domain.literals import Comparison, Value, text_of
from mesh_jobs.domain.plan import QualityRule


def breaks(check: QualityRule, types: Mapping[str, DataType]) -> Column:
    """The condition of a check over one row. Not for checks that need other rows as well."""
    return reduce(or_, (_breaks_column(check, x, types[x]) for x in check.columns))


def _breaks_column(check: QualityRule, column: str, type_: DataType) -> Column:
    value = F.col(name(column))
    match check.metric:
        case "nullValues":
            return value.isNull()
        case "missingValues":
            null, listed = c.missing(check, plan_type(type_))
            found = F.coalesce(_holds(listed, value, type_), F.lit(False))
            return value.isNull() | found if null else found
        case "invalidValues":
            parts = [_holds(x, value, type_) for x in c.invalid(check, column, plan_type(type_))]
            if not parts:
                return F.lit(False)
            return F.coalesce(value.isNotNull() & reduce(or_, parts), F.lit(False))
        case _:
            raise AssertionError(check.metric)


def _holds(condition: c.Condition, value: Column, type_: DataType) -> Column:
    match condition:
        case c.Among(values):
            return _one_of(value, values, type_)
        case c.NotAmong(values):
            return ~_one_of(value, values, type_)
        case c.DoesNotMatch(pattern):
            return ~matches(value.cast("string"), pattern)
        case c.Length(comparison, characters):
            return _compared(F.length(value.cast("string")), comparison, F.lit(characters))
        case c.Compared(comparison, bound):
            return _compared(value, comparison, exactly(bound, type_))
        case c.NoMultiple(step):
            return (value != 0) if step is None else (value % exactly(step, type_) != 0)
        case c.NotNearMultiple(step, tolerance):
            quotient = value.cast("double") / F.lit(step)
            near = F.abs(quotient - F.rint(quotient)) <= tolerance * F.greatest(F.abs(quotient), F.lit(1.0))
            return ~(near & ~F.isnan(quotient) & (F.abs(quotient) != float("inf")))
        case c.Items(comparison, entries):
            return _compared(F.size(value), comparison, F.lit(entries))
        case c.RepeatedItem():
            there = F.filter(value, lambda x: x.isNotNull())
            if isinstance(type_, ArrayType) and isinstance(type_.elementType, DoubleType | FloatType):
                # Adding 0.0 makes -0.0 the same as 0.0.
                there = F.transform(there, lambda x: x + F.lit(0.0))
            return F.size(F.array_distinct(there)) < F.size(there)


def _one_of(value: Column, values: tuple[Value, ...], type_: DataType) -> Column:
    return value.isin(*(exactly(v, type_) for v in values)) if values else F.lit(False)


def exactly(value: Value, type_: DataType) -> Column:
    """A value in exactly the type, so that Spark converts nothing, least of all the column."""
    return F.lit(value if isinstance(value, bool | float) else text_of(value)).cast(type_)


def _compared(left: Column, comparison: Comparison, right: Column) -> Column:
    match comparison:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
