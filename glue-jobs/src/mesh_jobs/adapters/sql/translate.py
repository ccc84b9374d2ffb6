"""Spark's SQL into DuckDB's: the one place both the engine and the checks go through."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp
from sqlglot.errors import UnsupportedError

from mesh_jobs.adapters.sql.ctes import is_cte, misnamed
from mesh_jobs.adapters.sql.parsing import Kind, moved, parse, position
from mesh_jobs.adapters.sql.problems import TOO_DEEP, SqlProblem, SqlRefused
from mesh_jobs.adapters.sql.refusals import refusals
from mesh_jobs.adapters.sql.rewrite import printed, rewrite
from mesh_jobs.adapters.sql.typed import Types, annotate
from mesh_jobs.adapters.sql.whole_rows import whole_rows
from mesh_jobs.domain.table import Type


def translate_expression(text: str, types: Mapping[str, Type | None] | None = None) -> str:
    """One expression, in parentheses. `types` are those of the columns. Raises SqlRefused."""
    return f"({_translated(text, 'expression', None, {'': types} if types else None)})"


def translate_query(text: str, tables: Mapping[str, str], types: Types | None = None, *, exact: bool = True) -> str:
    """One query; its tables are replaced by what `tables` says. Not `exact`: a figure whose last digits may differ
    between engines. Raises SqlRefused, also for any other table."""
    return _translated(text, "query", tables, types, exact)


def _translated(
    text: str, kind: Kind, tables: Mapping[str, str] | None, types: Types | None, exact: bool = True
) -> str:
    try:
        return _rewritten(text, kind, tables, types, exact)
    except RecursionError:
        raise SqlRefused((SqlProblem(TOO_DEEP, 1, 1, "split it"),)) from None


def _rewritten(text: str, kind: Kind, tables: Mapping[str, str] | None, types: Types | None, exact: bool) -> str:
    tree, problems = parse(text, kind)
    if tree is None or problems:
        raise SqlRefused(tuple(problems))
    annotate(tree, types)
    problems = refusals(tree, exact=exact) + foreign_tables(tree, None if tables is None else list(tables))
    problems += whole_rows(tree, types)
    if not isinstance(tree, exp.Query) and kind == "query":
        problems.append(not_a_query(tree))
    if problems:
        raise SqlRefused(tuple(moved(problems, kind)))
    new, problems = rewrite(tree, tables)
    if problems:
        raise SqlRefused(tuple(moved(problems, kind)))
    try:
        return printed(new)
    except UnsupportedError as error:
        raise SqlRefused((SqlProblem(str(error), 1, 1),)) from error


def not_a_query(tree: exp.Expr) -> SqlProblem:
    return SqlProblem(
        f"{tree.key.upper()} is not a query", 1, 1, "write one SELECT; what is built is decided by the pipeline"
    )


def foreign_tables(tree: exp.Expr, allowed: list[str] | None) -> list[SqlProblem]:
    """Tables that are read and may not be, with None none may; and names that a query may not give its own."""
    known = {a.lower() for a in allowed or ()}
    out = misnamed(tree)
    for t in tree.find_all(exp.Table):
        line, column = position(t)
        if not isinstance(t.this, exp.Identifier):
            out.append(SqlProblem("a function in FROM is not in the portable SQL", line, column, "read a table"))
        elif t.args.get("db") or t.args.get("catalog"):
            out.append(
                SqlProblem(
                    f"the table {t.sql('spark')} is named with a database",
                    line,
                    column,
                    "read the pipeline's tables by their names in the pipeline",
                )
            )
        elif t.name.lower() not in known and not is_cte(t):
            remedy = (
                f"name it in `from`; there: {', '.join(sorted(allowed))}" if allowed else "an expression reads no table"
            )
            out.append(SqlProblem(f"the table {t.name} is not one that this may read", line, column, remedy))
    return out
