"""What kind of value an expression gives, as far as that is known."""

from __future__ import annotations

from sqlglot import exp

from mesh_jobs.adapters.sql.spark_types import is_decimal, is_whole
from mesh_jobs.adapters.sql.typed import type_of

#: Where a node keeps whether it holds an aggregate, and whether it gives a list.
WHOLE_TABLE, GIVES_LIST = "mesh_whole_table", "mesh_gives_list"

_KINDS = {"float": "double", "timestamptz": "timestamp"}


def kind_of(node: exp.Expr | None) -> str | None:
    """date, timestamp, decimal, double, long, string, boolean, interval; None for the rest."""
    type_ = type_of(node)
    if is_whole(type_):
        return "long"
    if is_decimal(type_):
        return "decimal"
    if not isinstance(type_, str) or type_ in ("void", "binary"):
        return None
    return _KINDS.get(type_, type_)
