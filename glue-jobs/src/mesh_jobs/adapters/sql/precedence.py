"""Which operator is applied first, where no parentheses say so. Spark has an order of its own: `'a' || 1 + 2` is
`('a' || 1) + 2` there, and `'a' || (1 + 2)` to most databases and to what parses SQL here."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from mesh_jobs.adapters.sql.dialect import CHAINED

_PREDICATES = (
    exp.Between, exp.In, exp.Like, exp.ILike, exp.RegexpLike, exp.Escape, exp.Is, exp.NullSafeEQ, exp.NullSafeNEQ,
)  # fmt: skip
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_NULL_SAFE = (exp.NullSafeEQ, exp.NullSafeNEQ)
#: From the loosest to the tightest, as `booleanExpression`, `predicate` and `valueExpression` of Spark's grammar have
#: them: https://github.com/apache/spark/blob/v3.5.6/sql/api/src/main/antlr4/org/apache/spark/sql/catalyst/parser/SqlBaseParser.g4
#: `<=>` and IS NOT DISTINCT FROM are one here and of two levels there: both stand with the looser, and what is compared
#: on their right needs parentheses.
_ORDER: tuple[tuple[type[exp.Expr], ...], ...] = (
    (exp.Or,),
    (exp.And,),
    (exp.Not,),
    _PREDICATES,
    _COMPARISONS,
    (exp.BitwiseOr,),
    (exp.BitwiseXor,),
    (exp.BitwiseAnd,),
    (exp.Add, exp.Sub, exp.DPipe),
    (exp.Mul, exp.Div, exp.IntDiv, exp.Mod),
    (exp.Neg, exp.BitwiseNot),
)
_LEVEL = {type_: level for level, types in enumerate(_ORDER) for type_ in types}
#: Of these the order does not matter, or there is only one.
_ANY_SIDE = (exp.Or, exp.And, exp.Not, exp.Neg, exp.BitwiseNot, exp.Escape)
_OPERANDS = ("this", "expression", "low", "high")


def misread(node: exp.Expr) -> Iterator[exp.Expr]:
    """Operands of an operator that Spark would not have given to it as they stand."""
    level = _LEVEL.get(type(node))
    if level is None:
        return
    for name in _OPERANDS:
        operand = node.args.get(name)
        if isinstance(operand, exp.Paren) and operand.this.meta.get(CHAINED):
            yield operand.this
        if not isinstance(operand, exp.Expr) or (other := _LEVEL.get(type(operand))) is None:
            continue
        first = name == "this" and not isinstance(node, _PREDICATES)
        equals = isinstance(node, _NULL_SAFE) and isinstance(operand, _COMPARISONS) and name == "expression"
        if other < level or equals or (other == level and not first and not isinstance(node, _ANY_SIDE)):
            yield operand


def compares(node: exp.Expr) -> bool:
    """Whether it compares two values: DuckDB takes none as the side of another without parentheses."""
    return isinstance(node, _COMPARISONS)
