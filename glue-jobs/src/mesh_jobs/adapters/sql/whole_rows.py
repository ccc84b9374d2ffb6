"""The name of a table where a value is wanted: to DuckDB its whole row, with every column, and to Spark nothing."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from mesh_jobs.adapters.sql.lineage import Lineage
from mesh_jobs.adapters.sql.parsing import position
from mesh_jobs.adapters.sql.problems import SqlProblem
from mesh_jobs.adapters.sql.scopes import aliases, is_parameter
from mesh_jobs.adapters.sql.typed import Types


def whole_rows(tree: exp.Expr, types: Types | None) -> list[SqlProblem]:
    """Each place of a query that is one, by the columns that its tables have."""
    try:
        scopes = traverse_scope(tree) if isinstance(tree, exp.Query) else []
    except SqlglotError:
        # What is wrong with it is said elsewhere.
        return []
    lineage = Lineage({table.lower(): list(columns) for table, columns in (types or {}).items()})
    selects = [s for s in scopes if isinstance(s.expression, exp.Select)]
    found = {id(c): c for s in selects for c in s.find_all(exp.Column) if is_row(s, c, lineage)}
    return [no_value(c) for c in found.values()]


def is_row(scope: Scope, column: exp.Column, lineage: Lineage) -> bool:
    """Whether a name alone is that of what is read, and no column that is known. ORDER BY and HAVING know it as the
    name of a result first."""
    if len(column.parts) > 1 or isinstance(column.this, exp.Star) or is_parameter(column):
        return False
    if isinstance(column.find_ancestor(exp.Hint, exp.Query), exp.Hint):
        return False
    place = column.find_ancestor(exp.Order, exp.Having, exp.Window, exp.Query)
    knows_results = isinstance(place, exp.Order | exp.Having) and place.parent is scope.expression
    if knows_results and column.name.lower() in aliases(scope.expression):
        return False
    return lineage.resolver(scope).is_row(column.name, column)


def no_value(column: exp.Column) -> SqlProblem:
    name = column.name
    own = f"if a column has that name, write {name}.{name}, or give the table another name"
    return SqlProblem(f"{name} is what is read, not a value", *position(column), f"name a column of it; {own}")
