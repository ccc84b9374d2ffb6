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
from mesh_jobs.adapters.sql.unread import stray, unclosed, unread
from mesh_jobs.adapters.sql.words import Text, Words

Kind = Literal["query", "expression"]

#: An expression is read inside of a query, on lines of its own so that columns stay what they are.
_BEFORE, _AFTER = "SELECT (\n", "\n)"
#: What L, S and Y behind a number stand for.
_SIZES = (exp.DType.BIGINT, exp.DType.SMALLINT, exp.DType.TINYINT)


def parse(text: str, kind: Kind) -> tuple[exp.Expr | None, list[SqlProblem]]:
    """The tree, or None with the reason. An expression comes as the expression itself."""
    before = kind == "expression"
    whole = f"{_BEFORE}{text}{_AFTER}" if before else text
    try:
        tokens = PortableSpark().tokenize(whole)
    except TokenError as error:
        return None, [unclosed(error, whole, int(before))]
    ends = sum(t.token_type == TokenType.SEMICOLON for t in tokens)
    own = range(2, len(tokens) - 1) if before else range(len(tokens) - ends)
    written = Text(kind, Words(tokens, whole), own, int(before))
    # One may end a query; engines differ in what may stand behind it.
    if ends and (before or ends > 1 or not text.rstrip().endswith(";")):
        at = max(i for i, t in enumerate(tokens) if t.token_type == TokenType.SEMICOLON)
        return None, [SqlProblem(f"expected one {kind}", *written.place(at), "leave out the semicolons")]
    if not own:
        remedy = "write a value" if before else "write a SELECT"
        return None, [SqlProblem(f"the {kind} is empty", 1, 1, remedy)]
    problems = misspelt(written)
    tree, unreadable = _tree(written)
    if tree is None:
        return None, problems or unreadable
    return _checked(tree, kind, problems)


def _tree(text: Text) -> tuple[exp.Expr | None, list[SqlProblem]]:
    closers = stray(text)
    if closers:
        return None, closers
    parser = PortableSpark().parser()
    try:
        trees = [t for t in parser.parse(list(text.words.tokens), text.words.text) if t is not None]
    except ParseError as error:
        return None, [unread(error, parser._curr.start if parser._curr else None, text)]
    except RecursionError:
        return None, [SqlProblem(TOO_DEEP, 1, 1, "split it")]
    return _signed(_without_raw(trees[0])), []


def _checked(tree: exp.Expr, kind: Kind, problems: list[SqlProblem]) -> tuple[exp.Expr | None, list[SqlProblem]]:
    if kind == "query":
        problems += _misspelt(tree, kind)
        # What is put in there was not written there.
        order_as_spark(tree)
        return tree, problems
    found = _expression(tree)
    if found is None:
        return None, problems or [SqlProblem("expected one expression", 1, 1, "write a query in `sql`")]
    return found, [*problems, *_misspelt(found, kind)]


def _without_raw(tree: exp.Expr) -> exp.Expr:
    """r'\\d' is a text like others, once it is read."""
    for node in list(tree.find_all(exp.RawString)):
        made = exp.Literal.string(node.this)
        made.meta.update(node.meta)
        node.replace(made)
    return tree


def _signed(tree: exp.Expr) -> exp.Expr:
    """The minus of -128Y belongs to the number, which is too large for its size without it."""
    for node in list(tree.find_all(exp.Neg)):
        sized = node.this
        number = sized.this if isinstance(sized, exp.Cast) and sized.to.is_type(*_SIZES) else None
        # A number with a suffix takes more place than its digits.
        if isinstance(number, exp.Literal) and number.is_int and _width(number) > len(number.name):
            sized.set("this", exp.Neg(this=number.copy()))
            node.replace(sized)
    return tree


def _width(node: exp.Expr) -> int:
    return int(node.meta["end"]) - int(node.meta["start"]) + 1 if "end" in node.meta else 0


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


def position(node: exp.Expr) -> tuple[int, int]:
    """Line and column of a node, or of the first thing in it that has one."""
    for n in node.walk():
        meta = n.meta
        if "line" in meta:
            width = meta.get("end", 0) - meta.get("start", 0)
            return int(meta["line"]), max(1, int(meta["col"]) - int(width))
    parent = node.parent
    return position(parent) if parent is not None and parent is not node else (1, 1)
