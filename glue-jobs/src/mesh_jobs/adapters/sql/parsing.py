"""Texts into trees."""

from __future__ import annotations

from typing import Literal

from sqlglot import TokenType, exp
from sqlglot.errors import ParseError, TokenError

from mesh_jobs.adapters.sql.dialect import PortableSpark
from mesh_jobs.adapters.sql.problems import TOO_DEEP, SqlProblem
from mesh_jobs.adapters.sql.scopes import order_as_spark
from mesh_jobs.adapters.sql.spelled_tree import misspelt_tree
from mesh_jobs.adapters.sql.spelling import misspelt

Kind = Literal["query", "expression"]

#: An expression is read inside of a query, on lines of its own so that columns stay what they are.
_BEFORE, _AFTER = "SELECT (\n", "\n)"


def parse(text: str, kind: Kind) -> tuple[exp.Expr | None, list[SqlProblem]]:
    """The tree, or None with the reason. An expression comes as the expression itself."""
    whole = f"{_BEFORE}{text}{_AFTER}" if kind == "expression" else text
    shift = 1 if kind == "expression" else 0
    try:
        dialect = PortableSpark()
        tokens = dialect.tokenize(whole)
        problems = misspelt(tokens, whole, shift)
        ends = [t for t in tokens if t.token_type == TokenType.SEMICOLON]
        # One may end a query; engines differ in what may stand behind it.
        if ends and (kind == "expression" or len(ends) > 1 or not text.rstrip().endswith(";")):
            at = ends[-1]
            return None, [SqlProblem(f"one {kind} is wanted", at.line - shift, at.col, "leave out the semicolons")]
        if len(tokens) - len(ends) <= (3 if kind == "expression" else 0):
            return None, [SqlProblem(f"the {kind} is empty", 1, 1)]
        trees = [t for t in dialect.parser().parse(tokens, whole) if t is not None]
    except ParseError as error:
        return None, problems or [
            SqlProblem(_said(e), max(1, (e.get("line") or 1) - shift), e.get("col") or 1) for e in error.errors
        ] or [SqlProblem(str(error), 1, 1)]
    except (TokenError, RecursionError) as error:
        said = TOO_DEEP if isinstance(error, RecursionError) else "a text or comment is not closed"
        return None, [SqlProblem(said, 1, 1)]
    tree = _without_raw(trees[0])
    if kind == "query":
        problems += _misspelt(tree, kind)
        # What is put in there was not written there.
        order_as_spark(tree)
        return tree, problems
    found = _expression(tree)
    if found is None:
        return None, problems or [SqlProblem("one expression is wanted", 1, 1, "write a query in `sql`")]
    return found, [*problems, *_misspelt(found, kind)]


def _without_raw(tree: exp.Expr) -> exp.Expr:
    """r'\\d' is a text like others, once it is read."""
    for node in list(tree.find_all(exp.RawString)):
        made = exp.Literal.string(node.this)
        made.meta.update(node.meta)
        node.replace(made)
    return tree


def _misspelt(tree: exp.Expr, kind: Kind) -> list[SqlProblem]:
    return moved([SqlProblem(said, *position(node), remedy) for node, said, remedy in misspelt_tree(tree)], kind)


def _expression(tree: exp.Expr) -> exp.Expr | None:
    given = {k for k, v in tree.args.items() if v}
    if not isinstance(tree, exp.Select) or given != {"expressions"} or len(tree.expressions) != 1:
        return None
    paren = tree.expressions[0]
    if not isinstance(paren, exp.Paren) or isinstance(paren.this, exp.Query):
        return None
    inner: exp.Expr = paren.this
    return inner


def moved(problems: list[SqlProblem], kind: Kind) -> list[SqlProblem]:
    """Problems of a tree at the places of the text that was given."""
    if kind == "query":
        return problems
    return [SqlProblem(p.message, max(1, p.line - 1), p.column, p.remedy) for p in problems]


def _said(error: dict[str, object]) -> str:
    description = str(error.get("description") or "cannot be read").rstrip(".")
    if description.startswith("Required keyword"):
        description = "something is missing"
    near = str(error.get("highlight") or "").strip()
    return f"{description[0].lower()}{description[1:]}" + (f" near {near}" if near and near not in description else "")


def position(node: exp.Expr) -> tuple[int, int]:
    """Line and column of a node, or of the first thing in it that has one."""
    for n in node.walk():
        meta = n.meta
        if "line" in meta:
            width = meta.get("end", 0) - meta.get("start", 0)
            return int(meta["line"]), max(1, int(meta["col"]) - int(width))
    parent = node.parent
    return position(parent) if parent is not None and parent is not node else (1, 1)
