"""The types of numbers as they are written, and of what is computed from two of them."""

from __future__ import annotations

from sqlglot import exp

from mesh_jobs.adapters.sql.results import quotient, remainder
from mesh_jobs.adapters.sql.spark_types import INTERVAL, VOID, decimal, digits_of, fitted, is_decimal, wider
from mesh_jobs.domain.table import Type


def number_type(text: str) -> Type:
    """Of a number as it is written, perhaps with a minus before it."""
    digits = text.lstrip("-")
    if "e" in digits.lower():
        return "double"
    if "." in digits:
        whole, _, fraction = digits.partition(".")
        significant = len((whole + fraction).lstrip("0")) or 1
        return decimal(max(significant, len(fraction)), len(fraction))
    value = int(text)
    if -(2**31) <= value < 2**31:
        return "int"
    return "long" if -(2**63) <= value < 2**63 else decimal(len(digits.lstrip("0")), 0)


def arithmetic(node: exp.Expr, left: Type | None, right: Type | None) -> Type | None:
    """Source: Spark's Arithmetic.scala, and DecimalPrecision.scala for whole literals beside decimals."""
    if isinstance(node, exp.IntDiv):
        return "long"
    if isinstance(node, exp.Add | exp.Sub):
        for a, b in ((left, right), (right, left)):
            if a == "date" and b in ("int", "short", "byte"):
                return "date"
            if b == INTERVAL and a in ("timestamp", "timestamptz"):
                return a
    # A NULL without a type is of the other side's.
    left, right = (right if left == VOID else left), (left if right == VOID else right)
    if left == VOID:
        left = right = "double"
    left, right = (literal_beside(x, t, u) for x, t, u in ((node.this, left, right), (node.expression, right, left)))
    if isinstance(node, exp.Div):
        return quotient([left, right])
    if isinstance(node, exp.Mod):
        return remainder([left, right])
    one, two = digits_of(left), digits_of(right)
    if not (is_decimal(left) or is_decimal(right)) or one is None or two is None:
        found = wider(left, right)
        return None if found in ("string", "date") else found
    (p1, s1), (p2, s2) = one, two
    if isinstance(node, exp.Mul):
        return fitted(p1 + p2 + 1, s1 + s2)
    scale = max(s1, s2)
    return fitted(max(p1 - s1, p2 - s2) + scale + 1, scale)


def literal_beside(node: exp.Expr, type_: Type | None, other: Type | None) -> Type | None:
    """A whole number that is written beside a decimal takes no more digits than it has."""
    while isinstance(node, exp.Paren):
        node = node.this
    number = node.this if isinstance(node, exp.Neg) else node
    if is_decimal(other) and isinstance(number, exp.Literal) and not number.is_string and number.is_int:
        return decimal(len(number.name.lstrip("0")) or 1, 0)
    return type_
