"""Checks SQL before anything runs: what it reads, what it gives, and whether both engines understand it alike."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from mesh_jobs.adapters.sql.ctes import is_cte
from mesh_jobs.adapters.sql.lineage import Lineage, decides_rows, lowered
from mesh_jobs.adapters.sql.parsing import Kind, moved, parse, position
from mesh_jobs.adapters.sql.problems import TOO_DEEP, SqlProblem
from mesh_jobs.adapters.sql.refusals import over_rows, refusals
from mesh_jobs.adapters.sql.rewrite import rewrite
from mesh_jobs.adapters.sql.scopes import aliases, around, owner, parameters, seen_from, sources
from mesh_jobs.adapters.sql.spark_types import written
from mesh_jobs.adapters.sql.translate import foreign_tables, not_a_query
from mesh_jobs.adapters.sql.typed import annotate
from mesh_jobs.domain.measuring import CHECKED


def check_sql(items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each item is {id, kind: query | expression, text, tables: [names] | null, rows?: true, columns?: {table: [names]
    or {name: type}}}; each answer {id, ok, problems, tables, columns, reads, lineage, decides}. In an expression
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
                _query(tree, columns, answer, found, named=CHECKED not in text)
            else:
                _expression(tree, columns, answer, found)
        problems = [*problems, *moved(found, kind)]
    answer["problems"] = [
        {"message": p.message, "line": p.line, "column": p.column, "remedy": p.remedy}
        for p in sorted(problems, key=lambda p: (p.line, p.column))
    ]
    return {"ok": not problems, **answer}


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
    parameters = {p.name.lower() for x in tree.find_all(exp.Lambda) for p in x.expressions}
    read = [
        c
        for c in tree.find_all(exp.Column)
        if c.name.lower() not in parameters and c.parts[0].name.lower() not in parameters
    ]
    answer["reads"] = {"": sorted({c.parts[0].name for c in read})}
    for c in read:
        # s.a may be a member of the struct s.
        if known and c.parts[0].name.lower() not in {k.lower() for k in known}:
            found.append(_unknown(c.parts[0], known))


def _query(
    tree: exp.Query, columns: Mapping[str, list[str]], answer: dict[str, Any], found: list[SqlProblem], named: bool
) -> None:
    lineage = Lineage({t.lower(): c for t, c in columns.items()})
    try:
        scopes = traverse_scope(tree)
    except SqlglotError as error:
        found.append(SqlProblem(str(error), 1, 1))
        return
    reads: dict[str, set[str]] = {}
    decides: set[str] = set()
    for scope in scopes:
        _scope(scope, lineage, reads, decides, found)
    answer["decides"] = sorted(decides)
    answer["reads"] = {t: sorted(c) for t, c in sorted(reads.items())}
    answer["columns"] = _outputs(tree, scopes[-1], lineage, found, named) if scopes else None
    if not found and answer["columns"] is not None:
        answer["lineage"] = lineage.columns(scopes[-1])


def _scope(
    scope: Scope,
    lineage: Lineage,
    reads: dict[str, set[str]],
    decides: set[str],
    found: list[SqlProblem],
) -> None:
    if not isinstance(scope.expression, exp.Select):
        return
    queries = around(scope)
    inside = {n for q in queries for n in parameters(q.expression)}
    aliased = {n for q in queries for n in aliases(q.expression)}
    levels = [{a.lower(): (s, lineage.names(s)) for a, s in sources(q).items()} for q in queries]
    using = _using(scope.expression)
    for own in using:
        for alias, (source, names) in levels[0].items():
            decides |= lineage.origins(alias, source, own) if own in lowered(names) else set()
    for column in scope.find_all(exp.Column):
        first, table = column.parts[0].name, owner(column)
        if first.lower() in inside or isinstance(column.this, exp.Star):
            continue
        if not table and _orders(column, scope.expression):
            continue
        seen = {a.lower() for a in seen_from(column, scope)}
        if table in levels[0] and table not in seen:
            message = f"the columns of {first} are not known here"
            found.append(SqlProblem(message, *position(column), "a SEMI or ANTI join only asks whether there is a row"))
            continue
        visible = [{a: n for a, n in levels[0].items() if a in seen}, *levels[1:]]
        level = next((n for n in visible if table and table in n), None)
        if level is not None and _is_member(column, level[table][1]):
            level = None
        written = column.parts[0 if level is None else 1]
        own = written.name
        if level is not None:
            owners = [table]
        else:
            having = ((n, [a for a, (_, names) in n.items() if own.lower() in lowered(names)]) for n in visible)
            level, owners = next(((n, a) for n, a in having if a), (None, []))
            open_ = [(n, a) for n in visible for a, (_, names) in n.items() if names is None]
            if level is None and len(open_) == 1:
                level, owners = open_[0][0], [open_[0][1]]
            if len(owners) > 1 and own.lower() not in using:
                line, at = position(column)
                found.append(SqlProblem(f"{own} is in {' and in '.join(owners)}", line, at, f"write {owners[0]}.{own}"))
        if level is None:
            there = list(dict.fromkeys(n for each in visible for _, names in each.values() for n in names or ()))
            if not open_ and own.lower() not in aliased:
                found.append(_unknown(written, there))
            elif not open_ and isinstance(column.find_ancestor(exp.Where, exp.Join, exp.Select), exp.Where | exp.Join):
                message = f"{own} is the name of a result, and Spark knows it in neither WHERE nor ON"
                found.append(SqlProblem(message, *position(column), "write what it stands for, or filter outside"))
            continue
        source, names = level[owners[0]]
        if names is not None and own.lower() not in lowered(names):
            found.append(_unknown(written, names))
        else:
            if isinstance(source, exp.Table):
                reads.setdefault(source.name, set()).add(own)
            if decides_rows(column):
                decides |= lineage.origins(owners[0], source, own)


def _is_member(column: exp.Column, names: list[str] | None) -> bool:
    """Whether `item.sku` is the member of a column that has the name of its table, as in `explode(…) item AS item`."""
    there = lowered(names)
    return names is not None and column.parts[1].name.lower() not in there and owner(column) in there


def _orders(column: exp.Column, select: exp.Select) -> bool:
    """Whether a column is the name of a result in the ORDER BY of its query, where those come first."""
    order = column.find_ancestor(exp.Order, exp.Window, exp.Select)
    named = {p.alias_or_name.lower() for p in select.expressions}
    return isinstance(order, exp.Order) and order.parent is select and column.name.lower() in named


def _using(select: exp.Select) -> set[str]:
    return {i.name.lower() for j in select.args.get("joins") or [] for i in j.args.get("using") or []}


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
