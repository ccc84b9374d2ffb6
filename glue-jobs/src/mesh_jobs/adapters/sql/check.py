"""Checks SQL before anything runs: what it reads, what it gives, and whether both engines understand it alike."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from mesh_jobs.adapters.sql.ctes import is_cte
from mesh_jobs.adapters.sql.lineage import Lineage, decides_rows
from mesh_jobs.adapters.sql.parsing import Kind, moved, parse, position
from mesh_jobs.adapters.sql.problems import TOO_DEEP, SqlProblem
from mesh_jobs.adapters.sql.refusals import over_rows, refusals
from mesh_jobs.adapters.sql.rewrite import rewrite
from mesh_jobs.adapters.sql.scopes import around, is_parameter, results, using
from mesh_jobs.adapters.sql.spark_types import written
from mesh_jobs.adapters.sql.translate import foreign_tables, not_a_query
from mesh_jobs.adapters.sql.typed import annotate
from mesh_jobs.adapters.sql.whole_rows import is_row, no_value
from mesh_jobs.domain.measuring import CHECKED


def check_sql(items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each item is {id, kind: query | expression, text, tables: [names] | null, rows?: true, columns?: {table: [names]
    or {name: type}}}; each answer {id, ok, problems, tables, columns, reads, lineage, plain, perhaps, untold,
    decides}, with tables and columns spelled as `tables` and `columns` have them. In an expression
    `columns` has one table under any name, and `rows` says that it is worked out for each row alone. ${table} stands
    for the checked table of a quality rule. `decides` are the `table.column`s that say which rows a query gives."""
    return [_guarded(item) for item in items]


def _guarded(item: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return _checked(item)
    except RecursionError:
        problem = {"message": TOO_DEEP, "line": 1, "column": 1, "remedy": "split it"}
        return {"ok": False, "id": item.get("id"), "tables": [], "columns": None, "reads": {}, "lineage": None} | {
            "problems": [problem]
        }


def _checked(item: Mapping[str, Any]) -> dict[str, Any]:
    kind = cast(Kind, item.get("kind", "query"))
    text = str(item["text"]).replace("${table}", CHECKED)
    columns = {t: list(c) for t, c in (item.get("columns") or {}).items()}
    types = {
        t: {n: written(str(of)) for n, of in c.items()}
        for t, c in (item.get("columns") or {}).items()
        if isinstance(c, Mapping)
    }
    tree, problems = parse(text, kind)
    answer: dict[str, Any] = {"id": item.get("id"), "tables": [], "columns": None, "reads": {}, "lineage": None}
    if tree is not None:
        found: list[SqlProblem] = []
        annotate(tree, types)
        if kind == "query" and not isinstance(tree, exp.Query):
            found.append(not_a_query(tree))
        else:
            allowed = item.get("tables")
            found += refusals(tree, exact=CHECKED not in text)
            if item.get("rows"):
                found += over_rows(tree)
            if kind == "expression" or allowed is not None:
                names = [*(allowed or ()), *([CHECKED] if CHECKED in text else [])] if kind == "query" else []
                found += _without_placeholder(foreign_tables(tree, names))
            if not found:
                found += rewrite(tree)[1]
            answer["tables"] = _tables(tree)
            if isinstance(tree, exp.Query):
                lineage = Lineage({t.lower(): c for t, c in columns.items()}, item.get("tables") or ())
                _query(tree, lineage, answer, found, named=CHECKED not in text)
            else:
                _expression(tree, columns, answer, found)
        problems = [*problems, *moved(found, kind)]
    answer["problems"] = [_said(p) for p in sorted(problems, key=lambda p: (p.line, p.column))]
    return {"ok": not problems, **answer}


def _said(problem: SqlProblem) -> dict[str, Any]:
    return {"message": problem.message, "line": problem.line, "column": problem.column, "remedy": problem.remedy}


def _without_placeholder(problems: list[SqlProblem]) -> list[SqlProblem]:
    return [
        SqlProblem(
            p.message, p.line, p.column, (p.remedy or "").replace(f", {CHECKED}", "").replace(CHECKED, "${table}")
        )
        for p in problems
    ]


def _tables(tree: exp.Expr) -> list[str]:
    read = (t.name for t in tree.find_all(exp.Table) if isinstance(t.this, exp.Identifier) and not is_cte(t))
    return [t for t in dict.fromkeys(read) if t != CHECKED]


def _expression(
    tree: exp.Expr, columns: Mapping[str, list[str]], answer: dict[str, Any], found: list[SqlProblem]
) -> None:
    known = [c for cs in columns.values() for c in cs]
    read = [c for c in tree.find_all(exp.Column) if not is_parameter(c)]
    answer["reads"] = {"": sorted({c.parts[0].name for c in read})}
    for c in read:
        # s.a may be a member of the struct s.
        if known and c.parts[0].name.lower() not in {k.lower() for k in known}:
            found.append(_unknown(c.parts[0], known))


def _query(tree: exp.Query, lineage: Lineage, answer: dict[str, Any], found: list[SqlProblem], named: bool) -> None:
    try:
        scopes = traverse_scope(tree)
    except SqlglotError as error:
        found.append(SqlProblem(str(error), 1, 1))
        return
    names = _Names(lineage, found)
    for scope in scopes:
        if isinstance(scope.expression, exp.Select):
            names.look(scope, scope.expression)
    answer["decides"] = sorted(names.decides)
    answer["reads"] = {t: sorted(c) for t, c in sorted(names.reads.items())}
    answer["columns"] = _outputs(tree, scopes[-1], lineage, found, named) if scopes else None
    if not found and named:
        told = lineage.told(scopes[-1])
        answer |= told | {"untold": None if told["untold"] is None else _said(told["untold"])}


class _Names:
    """What the columns that a text names are: by table what it `reads`, what `decides` which rows there are, and what
    is wrong with them."""

    def __init__(self, lineage: Lineage, problems: list[SqlProblem]) -> None:
        self._lineage = lineage
        self._problems = problems
        self.reads: dict[str, set[str]] = {}
        self.decides: set[str] = set()

    def look(self, scope: Scope, select: exp.Select) -> None:
        joined = using(select)
        for side in self._lineage.resolver(scope).own().values():
            for name in joined & (side.columns or {}).keys():
                self.decides |= self._lineage.origins(side.read, name)
        for column in scope.find_all(exp.Column):
            if is_parameter(column) or isinstance(column.this, exp.Star) or _orders(column, select):
                continue
            if is_row(scope, column, self._lineage):
                self._problems.append(no_value(column))
            else:
                self._column(scope, column, joined)

    def _column(self, scope: Scope, column: exp.Column, joined: set[str]) -> None:
        resolver = self._lineage.resolver(scope)
        parts = column.parts
        seen = resolver.seen(column)
        if len(parts) > 1 and parts[0].name.lower() in resolver.own().keys() - seen[0].keys():
            message = f"the columns of {parts[0].name} are not known here"
            self._say(column, message, "a SEMI or ANTI join only checks whether there is a row")
            return
        whose = resolver.find([p.name for p in parts], column)
        written, source = parts[whose.name], whose.likeliest
        if len(whose.owners) > 1 and written.name.lower() not in joined:
            owners = list(whose.owners)
            self._say(column, f"{written.name} is in {' and in '.join(owners)}", f"write {owners[0]}.{written.name}")
        if source is None:
            if not whose.open:
                there = [n for level in seen for s in level.values() for n in (s.columns or {}).values()]
                self._of_nobody(scope, column, list(dict.fromkeys(there)))
        elif source.columns is not None and written.name.lower() not in source.columns:
            self._problems.append(_unknown(written, list(source.columns.values())))
        else:
            if isinstance(source.read, exp.Table):
                table, own = self._lineage.spelled(source.read, written.name)
                self.reads.setdefault(table, set()).add(own)
            if decides_rows(column):
                self.decides |= self._lineage.origins(source.read, written.name)

    def _of_nobody(self, scope: Scope, column: exp.Column, there: list[str]) -> None:
        name = column.parts[0]
        if not any(name.name.lower() in results(q.expression, column) for q in around(scope)):
            self._problems.append(_unknown(name, there))
        elif isinstance(column.find_ancestor(exp.Where, exp.Join, exp.Select), exp.Where | exp.Join):
            message = f"{name.name} is the name of a result, which Spark does not know in WHERE or ON"
            self._say(column, message, "write what it stands for, or filter in an outer query")
        elif decides_rows(column):
            self.decides |= self._lineage.origins_of(scope, column)

    def _say(self, column: exp.Column, message: str, remedy: str) -> None:
        self._problems.append(SqlProblem(message, *position(column), remedy))


def _orders(column: exp.Column, select: exp.Select) -> bool:
    """Whether a column is the name of a result in the ORDER BY of its query, where those come first."""
    if len(column.parts) > 1:
        return False
    order = column.find_ancestor(exp.Order, exp.Window, exp.Select)
    named = {p.alias_or_name.lower() for p in select.expressions}
    return isinstance(order, exp.Order) and order.parent is select and column.name.lower() in named


def _unknown(written: exp.Expr, known: Sequence[str]) -> SqlProblem:
    line, column = position(written)
    name = written.name
    close = difflib.get_close_matches(name, known, 1)
    remedy = (
        f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}" if known else "there are none here"
    )
    return SqlProblem(f"there is no column {name}", line, column, remedy)


def _outputs(tree: exp.Query, scope: Scope, lineage: Lineage, found: list[SqlProblem], named: bool) -> list[str] | None:
    """Names of what comes out; every column needs one, and no two the same, unless it only gives a number."""
    if not named:
        return None
    first: exp.Expr = tree
    while isinstance(first, exp.SetOperation):
        first = first.left
    if isinstance(first, exp.Subquery):
        first = first.unnest()
    for number, projection in enumerate(first.expressions if isinstance(first, exp.Select) else (), 1):
        if not isinstance(projection, exp.Alias | exp.Column | exp.Dot | exp.Star):
            line, column = position(projection)
            found.append(SqlProblem(f"column {number} has no name", line, column, "add AS name"))
    names = lineage.given(scope)
    seen: set[str] = set()
    for n in names or ():
        if n and n.lower() in seen:
            found.append(SqlProblem(f"two columns are named {n}", 1, 1, "give each column its own name"))
        seen.add(n.lower())
    return names
