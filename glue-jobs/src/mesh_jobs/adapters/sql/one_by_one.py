"""Comparisons of one value with several as so many comparisons, where each is of other types."""

from __future__ import annotations

from sqlglot import exp

from mesh_jobs.adapters.sql.spark_types import wider
from mesh_jobs.adapters.sql.typed import TYPE, type_of


def one_by_one(tree: exp.Expr) -> exp.Expr:
    """A text beside a date and a timestamp is each of them in turn; DuckDB makes one type of all."""
    root = exp.Paren(this=tree)
    # What is inside first: it is copied with what it is in.
    for node in reversed(list(root.find_all(exp.Between, exp.Case))):
        if isinstance(node, exp.Between):
            low, high = node.args["low"], node.args["high"]
            if _have_one_type(node.this, [low, high]):
                continue
            both = exp.And(this=_compared(exp.GTE, node.this, low), expression=_compared(exp.LTE, node.this, high))
            node.replace(exp.Paren(this=_boolean(both)))
        elif node.this is not None and not _have_one_type(node.this, [i.this for i in node.args["ifs"]]):
            for each in node.args["ifs"]:
                each.set("this", _compared(exp.EQ, node.this, each.this))
            node.set("this", None)
    new: exp.Expr = root.this
    return new


def _have_one_type(value: exp.Expr, others: list[exp.Expr]) -> bool:
    types = {wider(type_of(value), type_of(other)) for other in others}
    return len(types) == 1 or None in types


def _compared(kind: type[exp.Binary], left: exp.Expr, right: exp.Expr) -> exp.Expr:
    return _boolean(kind(this=_apart(left), expression=_apart(right)))


def _apart(operand: exp.Expr) -> exp.Paren:
    new = exp.Paren(this=operand.copy())
    new.meta[TYPE] = type_of(operand)
    return new


def _boolean(node: exp.Expr) -> exp.Expr:
    node.meta[TYPE] = "boolean"
    return node
