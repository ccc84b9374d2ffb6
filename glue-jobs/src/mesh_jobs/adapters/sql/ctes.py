"""Which names of tables are a query's own: its common table expressions, each only where it can be seen."""

from __future__ import annotations

import re

from sqlglot import exp

from mesh_jobs.adapters.sql.parsing import position
from mesh_jobs.adapters.sql.problems import SqlProblem

#: The names of the jobs' own views begin so; a query must not be able to name one.
_OURS = "mesh_"


def is_cte(table: exp.Table) -> bool:
    """Whether a WITH around the table defines its name. A body sees what is defined before it, and not itself."""
    return _sees(table, table.name)


def _sees(node: exp.Expr, name: str) -> bool:
    below, above = node, node.parent
    while above is not None:
        if isinstance(above, exp.With):
            seen = above.expressions[: next(i for i, c in enumerate(above.expressions) if c is below)]
        else:
            with_ = above.args.get("with_")
            seen = with_.expressions if with_ is not None and with_ is not below else []
        if any(c.alias.lower() == name.lower() for c in seen):
            return True
        below, above = above, above.parent
    return False


def misnamed(tree: exp.Expr) -> list[SqlProblem]:
    """Names that an engine could take for something else: a file, a view of the jobs, another query of the text."""
    out = []
    read = {t.name.lower() for t in tree.find_all(exp.Table) if is_cte(t)}
    for cte in tree.find_all(exp.CTE):
        name, remedy = cte.alias, "give it another name, such as recent_orders"
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            message = f"WITH cannot define {name}: a name has letters, digits and underscores"
        elif name.lower().startswith(_OURS):
            message = f"WITH cannot define {name}: names that begin with {_OURS} are taken"
        elif _sees(cte, name):
            message = f"WITH defines {name} a second time, and which one is meant differs between engines"
        elif name.lower() not in read:
            # What is wrong in it shows on one engine only.
            message, remedy = f"WITH defines {name}, and nothing reads it", "leave it out"
        else:
            continue
        line, column = position(cte.args["alias"])
        out.append(SqlProblem(message, line, column, remedy))
    return out
