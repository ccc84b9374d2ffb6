"""Spark's grammar with the names of functions left as they are written: what they mean is ours to say."""

from __future__ import annotations

from sqlglot import TokenType, exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.spark import Spark
from sqlglot.parsers.spark import SparkParser

#: Where a predicate is marked that another one follows, as in `a IS NULL = b`.
CHAINED = "mesh_chained"
_GRAMMAR = ("CAST", "TRY_CAST", "EXTRACT", "TRIM", "SUBSTRING", "POSITION")


class PortableSpark(Spark):
    """Only functions with a grammar of their own, such as CAST(x AS t), become nodes of their own."""

    class Parser(SparkParser):
        FUNCTIONS = {}  # noqa: RUF012
        ARRAY_CONSTRUCTORS = {}  # noqa: RUF012
        FUNCTION_PARSERS = {k: v for k, v in SparkParser.FUNCTION_PARSERS.items() if k in _GRAMMAR}  # noqa: RUF012
        NO_PAREN_FUNCTION_PARSERS = {  # noqa: RUF012
            k: v for k, v in SparkParser.NO_PAREN_FUNCTION_PARSERS.items() if k in ("CASE", "IF")
        }

        def _build_predicate(
            self,
            klass: type[exp.Binary],
            this: exp.Expr | None,
            expression: exp.Expr | None,
            comments: list[str] | None = None,
            negate: bool = False,
        ) -> exp.Expr:
            """Without the parentheses that sqlglot puts where it takes the order for certain: what was written is
            judged (precedence.py), and for `x IS NULL = y` Spark has no order at all."""
            made = klass(this=this, expression=expression)
            if negate:
                made.set("negate", True)
            return self.expression(made, comments=comments)

        def _negate_range(self, this: exp.Expr | None = None) -> exp.Expr | None:
            return self._marked(super()._negate_range(this))

        def _parse_is(self, this: exp.Expr | None) -> exp.Expr | None:
            return self._marked(super()._parse_is(this))

        def _marked(self, predicate: exp.Expr | None) -> exp.Expr | None:
            """Of `a NOT IN (b) IS TRUE` sqlglot puts parentheses around the first, which were not written."""
            following = self._curr and self._curr.token_type
            if predicate is not None and (following == TokenType.NOT or following in self.RANGE_PARSERS):
                predicate.meta[CHAINED] = True
            return predicate


class DuckDBAsSpark(DuckDB):
    """DuckDB under the sessions' setting: nulls come first when ascending, unless the text says otherwise."""

    NULL_ORDERING = "nulls_are_small"
