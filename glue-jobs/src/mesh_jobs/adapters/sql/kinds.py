"""What kind of value an expression gives, as far as that can be seen from its text."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from mesh_jobs.adapters.sql.ctes import is_cte
from mesh_jobs.adapters.sql.functions import FUNCTIONS

#: Column types by table and by name, in any engine's words.
Types = Mapping[str, Mapping[str, str]]

#: Where a node keeps its kind while its tree is rewritten, whether it holds an aggregate, and whether it gives a list.
KIND, WHOLE_TABLE, GIVES_LIST = "mesh_kind", "mesh_whole_table", "mesh_gives_list"

_SAME_AS_FIRST = {"min", "max", "sum", "coalesce", "nvl", "ifnull", "abs", "lag", "lead", "greatest", "least", "nullif"}


def kind_of_type(type_: str) -> str | None:
    """date, timestamp, decimal, double, long, string, boolean; None for the rest."""
    t = type_.lower()
    for start, kind in (
        ("decimal", "decimal"),
        ("timestamp", "timestamp"),
        ("date", "date"),
        ("double", "double"),
        ("float", "double"),
        ("string", "string"),
        ("varchar", "string"),
        ("text", "string"),
        ("bool", "boolean"),
        ("int", "long"),
        ("bigint", "long"),
        ("hugeint", "long"),
        ("smallint", "long"),
        ("tinyint", "long"),
        ("long", "long"),
    ):
        if t.startswith(start) and not t.endswith("]") and not t.startswith("interval"):
            return kind
    return None


class Kinds:
    """Kinds of the nodes of one tree, given the types of its tables' columns."""

    def __init__(self, types: Types | None = None) -> None:
        merged: dict[str, set[str | None]] = {}
        for columns in (types or {}).values():
            for c, t in columns.items():
                merged.setdefault(c.lower(), set()).add(kind_of_type(t))
        # A name that means different things in two tables tells nothing.
        self._columns = {c: next(iter(k)) for c, k in merged.items() if len(k) == 1}

    def of(self, node: exp.Expr | None) -> str | None:
        if node is not None and KIND in node.meta:
            return node.meta[KIND]  # type: ignore[no-any-return]
        match node:
            case exp.Literal():
                return "string" if node.is_string else "long" if node.is_int else _number(node.name)
            case exp.Cast():
                return kind_of_type(node.to.sql("duckdb"))
            case exp.Column():
                kind = self._columns.get(node.name.lower())
                return None if kind is not None and _given_anew(node) else kind
            case exp.Paren() | exp.Neg() | exp.Alias() | exp.Window() | exp.Filter() | exp.IgnoreNulls():
                return self.of(node.this)
            case exp.Interval():
                return "interval"
            case exp.Add() | exp.Sub() | exp.Mul() | exp.Mod():
                kinds = {self.of(node.this), self.of(node.expression)}
                if "double" in kinds:
                    return "double"
                if kinds <= {"decimal", "long"}:
                    return "decimal" if "decimal" in kinds else "long"
                return "date" if "date" in kinds and kinds <= {"date", "long"} else None
            case exp.Div():
                return "double"
            case exp.IntDiv():
                return "long"
            case exp.Case():
                kinds = {self.of(i.args.get("true")) for i in node.args["ifs"]} | {self.of(node.args.get("default"))}
                kinds.discard(None)
                return kinds.pop() if len(kinds) == 1 else None
            case exp.Anonymous():
                name = str(node.this).lower()
                if name in _SAME_AS_FIRST and node.expressions:
                    return self.of(node.expressions[0])
                return FUNCTIONS[name].result if name in FUNCTIONS else None
            case _:
                return None


def _given_anew(column: exp.Column) -> bool:
    """Whether the column may come from a query inside of this one that gives its name to something else."""
    name = column.name.lower()
    if not any(_reads_queries(s) for s in _queries_around(column)):
        return False
    root = column.root()
    return any(
        a.alias.lower() == name and not (isinstance(a.this, exp.Column) and a.this.name.lower() == name)
        for a in root.find_all(exp.Alias)
    ) or any(c.name.lower() == name for a in root.find_all(exp.TableAlias) for c in a.columns)


def _queries_around(node: exp.Expr) -> list[exp.Select]:
    """The query a node is in, and those it is a condition or a value of."""
    out: list[exp.Select] = []
    at: exp.Expr | None = node
    while at is not None and not isinstance(at, exp.CTE):
        if isinstance(at, exp.Subquery) and isinstance(at.parent, exp.From | exp.Join):
            break
        if isinstance(at, exp.Select):
            out.append(at)
        at = at.parent
    return out


def _reads_queries(select: exp.Select) -> bool:
    read = [select.args.get("from_"), *(select.args.get("joins") or [])]
    return bool(select.args.get("laterals")) or any(
        isinstance(r.this, exp.Subquery) or (isinstance(r.this, exp.Table) and is_cte(r.this))
        for r in read
        if r is not None
    )


def _number(text: str) -> str:
    return "double" if "e" in text.lower() else "decimal"
