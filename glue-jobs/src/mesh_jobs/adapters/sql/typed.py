"""Which type Spark gives to each part of a text, as far as the types of the columns are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from mesh_jobs.adapters.sql.arithmetic import arithmetic, literal_beside, number_type
from mesh_jobs.adapters.sql.functions import FUNCTIONS
from mesh_jobs.adapters.sql.resolver import Resolver
from mesh_jobs.adapters.sql.results import element, joined, member, named, rounded, same_number
from mesh_jobs.adapters.sql.scopes import Read, results, starred
from mesh_jobs.adapters.sql.spark_types import (
    INTERVAL,
    VOID,
    of_node,
    wider,
    widest,
)
from mesh_jobs.domain.table import ListType, Type

#: Columns' types by table and by name.
Types = Mapping[str, Mapping[str, Type | None]]

#: Where a node keeps its type, a query's column the type that its union gives to it, and a name in USING those it has.
TYPE, UNITED, USED = "mesh_type", "mesh_united", "mesh_used"
#: Where a column keeps of how many queries outwards it is.
OUTER = "mesh_outer"
#: Where a column is marked that is the name of a result.
RESULT = "mesh_result"
#: Where a column that would be the member of another keeps the type of what has no such member.
WITHOUT = "mesh_without"
#: Where a set operation keeps the types of both sides' columns, stars and all; None for a side that is not known.
SIDES = "mesh_sides"

_Columns = list[tuple[str, Type | None]]
#: The type of a column that is written at a place, and of how many queries outwards it is; None for a result's name.
_Resolve = Callable[[Sequence[str], exp.Expr], tuple[Type | None, int | None]]
_TRUTHS = (
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.And, exp.Or, exp.Not,
    exp.In, exp.Between,
    exp.Is, exp.Like, exp.ILike, exp.RegexpLike, exp.Exists, exp.Boolean, exp.Escape,
)  # fmt: skip
_SAME = (exp.Paren, exp.Alias, exp.Window, exp.Filter, exp.IgnoreNulls, exp.RespectNulls, exp.Ordered)


def annotate(tree: exp.Expr, types: Types | None = None) -> None:
    """Writes the types into the tree, where `type_of` finds them."""
    tables = {t.lower(): {c.lower(): k for c, k in columns.items()} for t, columns in (types or {}).items()}
    if not isinstance(tree, exp.Query):
        merged: dict[str, Type | None] = {}
        for columns in tables.values():
            merged.update(columns)
        _Reader(lambda parts, _: (_inside(merged.get(parts[0].lower()), parts[1:]), 0), {}).read(tree)
        return
    try:
        scopes = traverse_scope(tree)
    except SqlglotError:
        # What is wrong with it is said elsewhere.
        return
    outputs: dict[int, _Columns | None] = {}
    for scope in scopes:
        outputs[id(scope.expression)] = _scope(scope, tables, outputs)


def type_of(node: exp.Expr | None) -> Type | None:
    """The type that `annotate` found; None for one that is not known."""
    return None if node is None else node.meta.get(TYPE)


def _scope(scope: Scope, tables: Types, outputs: Mapping[int, _Columns | None]) -> _Columns | None:
    query = scope.expression
    columns_of = partial(_columns_of, tables, outputs)
    resolver = Resolver(scope, columns_of)

    def column(parts: Sequence[str], at: exp.Expr) -> tuple[Type | None, int | None]:
        whose = resolver.find(parts, at)
        if whose.open:
            return None, 0
        if (source := whose.likeliest) is not None:
            name, members = parts[whose.name].lower(), parts[whose.name + 1 :]
            return _inside((source.columns or {}).get(name), members), source.outwards
        stands_for = results(query, at).get(parts[0].lower())
        return (None, 0) if stands_for is None else (_inside(reader.read(stands_for), parts[1:]), None)

    for join in query.args.get("joins") or []:
        for name in join.args.get("using") or []:
            sides = [s.columns or {} for s in resolver.own().values()]
            name.meta[USED] = [columns[name.name.lower()] for columns in sides if name.name.lower() in columns]
    if isinstance(query, exp.SetOperation):
        return _united(scope, outputs)
    reader = _Reader(column, {id(s.expression): outputs.get(id(s.expression)) for s in scope.subquery_scopes})
    for node in scope.walk():
        reader.read(node)
    return _given(scope, reader, columns_of)


def _columns_of(tables: Types, outputs: Mapping[int, _Columns | None], read: Read) -> Mapping[str, Type | None] | None:
    """By their names in lower case; None where they are not known."""
    if isinstance(read, exp.Table):
        return tables.get(read.name.lower())
    names = outputs.get(id(read.expression)) if isinstance(read, Scope) else None
    if names is None or not isinstance(read, Scope):
        return None
    given_names = read.outer_columns or [n for n, _ in names]
    return {n.lower(): t for n, (_, t) in zip(given_names, names, strict=False)}


def _given(
    scope: Scope, reader: _Reader, columns_of: Callable[[Read], Mapping[str, Type | None] | None]
) -> _Columns | None:
    """The columns that a query gives; None where a star hides them."""
    query = scope.expression
    if isinstance(query, exp.Values):
        rows = [[reader.read(v) for v in getattr(row, "expressions", [row])] for row in query.expressions]
        return [(f"col{i}", widest(cells)) for i, cells in enumerate(zip(*rows, strict=False), 1)]
    if isinstance(query, exp.Lateral):
        return [("col", reader.read(query.this))]
    out: _Columns = []
    for projection in query.expressions if isinstance(query, exp.Select) else ():
        if not projection.is_star:
            out.append((projection.alias_or_name, reader.read(projection)))
            continue
        for source in starred(scope, projection).values():
            names = columns_of(source)
            if names is None:
                return None
            out += list(names.items())
    return out


def _united(scope: Scope, outputs: Mapping[int, _Columns | None]) -> _Columns | None:
    """A union's columns; each side's are marked with the type that holds both."""
    sides = [outputs.get(id(s.expression)) for s in scope.set_operation_scopes]
    scope.expression.meta[SIDES] = [None if s is None else [t for _, t in s] for s in sides]
    if len(sides) != 2 or sides[0] is None or sides[1] is None:
        return None
    out = [(n, wider(t, u)) for (n, t), (_, u) in zip(sides[0], sides[1], strict=False)]
    for side in scope.set_operation_scopes:
        _mark(side.expression, out)
    return out


def _mark(query: exp.Expr, columns: _Columns) -> None:
    while isinstance(query, exp.Subquery):
        query = query.this
    if isinstance(query, exp.SetOperation):
        _mark(query.left, columns)
        _mark(query.right, columns)
    elif isinstance(query, exp.Select) and not any(p.is_star for p in query.expressions):
        for projection, (_, type_) in zip(query.expressions, columns, strict=False):
            projection.meta[UNITED] = type_


def _inside(of: Type | None, members: Sequence[str]) -> Type | None:
    for m in members:
        of = member(of, m)
    return of


class _Reader:
    """Types of the nodes of one query. `columns` knows those of its columns, `scalars` what subqueries give."""

    def __init__(self, columns: _Resolve, scalars: Mapping[int, _Columns | None]) -> None:
        self._columns = columns
        self._scalars = scalars
        self._parameters: list[dict[str, Type | None]] = []

    def read(self, node: exp.Expr | None) -> Type | None:
        if node is None:
            return None
        if TYPE not in node.meta:
            # Children too, so that each has its type even where this one's does not need it.
            found = self._of(node)
            node.meta[TYPE] = found
            for child in node.iter_expressions():
                if not isinstance(child, exp.Query | exp.Lambda):
                    self.read(child)
        return type_of(node)

    def _of(self, node: exp.Expr) -> Type | None:
        match node:
            case exp.Literal():
                return "string" if node.is_string else number_type(node.name)
            case exp.Null():
                return VOID
            case exp.Cast():
                return of_node(node.to)
            case exp.Interval():
                return INTERVAL
            case exp.Identifier():
                return self._parameter(node.name)
            case exp.Column():
                parts = [p.name for p in node.parts]
                if parts[0].lower() in (self._parameters[-1] if self._parameters else ()):
                    return _inside(self._parameter(parts[0]), parts[1:])
                type_, outwards = self._columns(parts, node)
                node.meta.update({OUTER: outwards or 0, RESULT: outwards is None})
                if len(parts) > 1 and type_ is None:
                    node.meta[WITHOUT] = self._columns(parts[:-1], node)[0]
                return type_
            case exp.Dot():
                return member(self.read(node.this), node.expression.name)
            case exp.Subquery():
                columns = self._scalars.get(id(node.unnest()))
                return columns[0][1] if columns else None
            case exp.Neg() if isinstance(node.this, exp.Literal) and not node.this.is_string:
                # -2147483648 is an int, though 2147483648 alone is not.
                return number_type(f"-{node.this.name}")
            case exp.Neg():
                return same_number([self.read(node.this)])
            case exp.BitwiseNot():
                return "int" if self.read(node.this) == VOID else self.read(node.this)
            case exp.Distinct() if node.expressions:
                return self.read(node.expressions[0])
            case _ if isinstance(node, _SAME):
                return self.read(node.this)
            case _ if isinstance(node, _TRUTHS):
                return "boolean"
            case exp.Add() | exp.Sub() | exp.Mul() | exp.Mod() | exp.Div() | exp.IntDiv():
                return arithmetic(node, self.read(node.this), self.read(node.expression))
            case exp.BitwiseAnd() | exp.BitwiseOr() | exp.BitwiseXor():
                found = wider(self.read(node.this), self.read(node.expression))
                return "int" if found == VOID else found
            case exp.DPipe() | exp.Concat():
                return joined([self.read(x) for x in node.iter_expressions()])
            case exp.Case():
                return widest(
                    [*(self.read(i.args["true"]) for i in node.args["ifs"]), self._else(node.args, "default")]
                )
            case exp.If():
                return widest([self.read(node.args["true"]), self._else(node.args, "false")])
            case exp.Substring() | exp.Trim():
                return "string"
            case exp.StrPosition() | exp.Extract():
                return "int"
            case exp.Bracket():
                of = self.read(node.this)
                index = node.expressions[0]
                if isinstance(index, exp.Literal) and index.is_string and (found := member(of, index.name)) is not None:
                    return found
                return element([of])
            case exp.Array():
                return _list_of([self.read(x) for x in node.expressions])
            case exp.Anonymous():
                return self._function(node)
            case _:
                return None

    def _else(self, args: Mapping[str, exp.Expr], name: str) -> Type | None:
        other = args.get(name)
        return VOID if other is None else self.read(other)

    def _parameter(self, name: str) -> Type | None:
        return self._parameters[-1].get(name.lower()) if self._parameters else None

    def _function(self, node: exp.Anonymous) -> Type | None:
        name = str(node.this).lower()
        types: list[Type | None] = []
        for argument in node.expressions:
            types.append(self._lambda(argument, types) if isinstance(argument, exp.Lambda) else self.read(argument))
        if name in ("mod", "pmod") and len(types) == 2:
            of = zip(node.expressions, types, reversed(types), strict=True)
            types = [literal_beside(a, t, other) for a, t, other in of]
        if name == "named_struct":
            return named([a.name for a in node.expressions[::2]], types[1::2]) if len(types) % 2 == 0 else None
        if name == "round" and types:
            digits = node.expressions[1].sql() if len(types) > 1 else "0"
            return rounded(types[0], int(digits)) if digits.lstrip("-").isdigit() else None
        if name == "struct":
            return named([a.alias_or_name for a in node.expressions], types)
        function = FUNCTIONS.get(name)
        if function is None or not function.least <= len(types) <= function.most:
            return None
        return function.result(types) if callable(function.result) else function.result

    def _lambda(self, node: exp.Lambda, types: list[Type | None]) -> Type | None:
        """The type of its body; its parameters are an element of the list before it and that one's place."""
        of: list[Type | None] = [types[0].element if types and isinstance(types[0], ListType) else None, "int"]
        own = {p.name.lower(): t for p, t in zip(node.expressions, of, strict=False)}
        self._parameters.append({**(self._parameters[-1] if self._parameters else {}), **own})
        try:
            return self.read(node.this)
        finally:
            self._parameters.pop()


def _list_of(types: list[Type | None]) -> Type | None:
    found = widest(types)
    return None if found is None else ListType(found)
