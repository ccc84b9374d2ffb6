"""Spellings that sqlglot reads and Spark does not.

sqlglot takes what any engine writes and makes the same tree of it, so DuckDB would answer on a laptop what Spark fails
to parse on AWS. What a tree still shows is looked for there (spelled_tree.py), the rest in the words as they were
written. Each was asked of Spark; the source is its grammar, SqlBaseParser.g4 of 3.5.6.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from sqlglot import Token, TokenType

from mesh_jobs.adapters.sql.problems import SqlProblem
from mesh_jobs.adapters.sql.spelled_types import double_colons, in_a_type, literals, types
from mesh_jobs.adapters.sql.words import CLAUSES, CLOSERS, OPERAND_ENDS, SETS, Said, Words, nothing_behind

_SUFFIXES = {"L": "BIGINT", "S": "SMALLINT", "Y": "TINYINT"}
_LARGEST_FLOAT = 3.4028234663852886e38

_UNITS = re.compile("(YEAR|MONTH|WEEK|DAY|HOUR|MINUTE|SECOND|MILLISECOND|MICROSECOND)S?", re.IGNORECASE)
_UNITS_INSTEAD = {"QUARTER": "3 MONTHS", "DECADE": "10 YEARS", "CENTUR": "100 YEARS", "MILLENN": "1000 YEARS"}


def misspelt(tokens: Sequence[Token], text: str, shift: int) -> list[SqlProblem]:
    """What the words show. `shift` lines come before what people wrote."""
    words = Words(tokens, text)
    return [
        SqlProblem(message, max(1, t.line - shift), max(1, t.col - (t.end - t.start)), remedy)
        for check in _CHECKS
        for at, message, remedy in check(words)
        for t in (tokens[at],)
    ]


def _double_quotes(words: Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        if t.token_type == TokenType.STRING and words.text[t.start] == '"':
            yield (
                i,
                "a text in double quotes is an identifier to other engines",
                "write texts in single quotes, and names in backticks",
            )


def _lambdas(words: Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        if t.token_type == TokenType.L_PAREN and [words.type(i + 2), words.type(i + 3)] == [
            TokenType.R_PAREN,
            TokenType.ARROW,
        ]:
            name = words.tokens[i + 1].text
            yield i, "Spark takes no parentheses around the one name of a lambda", f"write {name} -> …"


def _numbers(words: Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        if t.token_type != TokenType.NUMBER:
            continue
        suffix = words.word(i + 2) if words.is_suffix(i + 1) else ""
        value = float(t.text) if re.fullmatch(r"[\d.]+([eE][+-]?\d+)?", t.text) else 0.0
        exponent = "e" in t.text.lower()
        broken = words.type(i - 1) == TokenType.DOT or "." in t.text
        if suffix in _SUFFIXES and (exponent or broken):
            yield i, f"{t.text}{suffix} is no number here", f"write CAST(… AS {_SUFFIXES[suffix]})"
        elif suffix == "F" and value > _LARGEST_FLOAT:
            yield i, f"{t.text}F is beyond what a FLOAT holds", f"write {t.text}D"
        elif value == float("inf") and (suffix == "D" or (exponent and not suffix)):
            yield i, f"{t.text} is beyond what a DOUBLE holds", "write double('Infinity'), or a smaller number"


def _brackets(words: Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        if t.token_type == TokenType.L_BRACKET and words.type(i - 1) not in OPERAND_ENDS:
            yield i, "a list in brackets is not Spark's", "write array(…)"


def _trailing_commas(words: Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        after = words.type(i + 1)
        ends = after is None or after in CLOSERS or after in CLAUSES
        limited = after == TokenType.LIMIT and words.type(i + 2) == TokenType.NUMBER
        if t.token_type == TokenType.COMMA and (ends or limited):
            yield nothing_behind(i)


def _limits(words: Words) -> Iterator[Said]:
    for i in range(len(words.tokens)):
        number = words.written(i + 1, i + 1) if words.type(i + 1) == TokenType.NUMBER else None
        if not number:
            continue
        more = words.written(i + 3, i + 3) if words.type(i + 3) == TokenType.NUMBER else "…"
        match words.type(i), words.type(i + 2):
            case TokenType.LIMIT, TokenType.COMMA:
                yield i, "LIMIT takes one number", f"write LIMIT {more} OFFSET {number}"
            case TokenType.OFFSET, TokenType.LIMIT:
                yield i, "OFFSET comes behind LIMIT", f"write LIMIT {more} OFFSET {number}"
            case TokenType.OFFSET, (TokenType.ROW | TokenType.ROWS):
                yield i + 2, "OFFSET takes a number alone", f"write OFFSET {number}"


def _nulls(words: Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        if words.type(i - 1) not in OPERAND_ENDS or words.type(i + 1) == TokenType.L_PAREN:
            continue
        if t.token_type == TokenType.ISNULL:
            yield i, f"{t.text} behind a value is not Spark's", "write IS NULL"
        elif t.token_type == TokenType.NOTNULL:
            yield i, f"{t.text} behind a value is not Spark's", "write IS NOT NULL"
        elif t.token_type == TokenType.NOT and words.type(i + 1) == TokenType.NULL and not in_a_type(words, i):
            yield i, "NOT NULL behind a value is not Spark's", "write IS NOT NULL"


def _quoted_names(words: Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        if words.type(i + 1) != TokenType.STRING or words.text[words.tokens[i + 1].start] != "'":
            continue
        if t.token_type == TokenType.ALIAS:
            yield i + 1, "a name in single quotes is a text", f"write AS `{words.tokens[i + 1].text}`"
        elif t.token_type == TokenType.JOIN or (t.token_type == TokenType.FROM and _of_a_query(words, i)):
            yield i + 1, "a table in single quotes is a text", f"write `{words.tokens[i + 1].text}`"


def _of_a_query(words: Words, i: int) -> bool:
    """Whether a FROM is a query's, and not that of extract(… FROM …)."""
    start = words.opener(i)
    return start is None or words.type(start + 1) in (TokenType.SELECT, TokenType.WITH, TokenType.FROM)


def _queries(words: Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        first, second = words.word(i + 1), words.word(i + 2)
        if t.token_type == TokenType.SELECT and first == "AS" and second in ("STRUCT", "VALUE"):
            remedy = "write named_struct('name', x)" if second == "STRUCT" else "leave AS VALUE out"
            yield i + 1, f"SELECT AS {second} is not Spark's", remedy
        elif first == "BY" and second == "NAME" and (t.token_type in SETS or words.type(i - 1) in SETS):
            yield i + 1, "BY NAME is not Spark's", "name the columns in the same order on both sides"
        elif t.token_type == TokenType.BETWEEN and first in ("SYMMETRIC", "ASYMMETRIC") and second != "AND":
            remedy = "leave it out" if first == "ASYMMETRIC" else "write BETWEEN least(a, b) AND greatest(a, b)"
            yield i + 1, f"BETWEEN {first} is not Spark's", remedy
        elif words.word(i) == "MATERIALIZED" and first == "(" and words.word(i - 1) in ("AS", "NOT"):
            yield i, "MATERIALIZED is not Spark's", "leave it out"


def _joins(words: Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        name = words.type(i + 1) in (TokenType.VAR, TokenType.IDENTIFIER) and words.word(i + 1) != "SAMPLE"
        if t.token_type == TokenType.USING and name:
            yield i, "USING takes its columns in parentheses", f"write USING ({words.written(i + 1, i + 1)})"
        elif words.word(i) == "POSITIONAL" and words.word(i + 1) == "JOIN" and words.type(i - 1) != TokenType.ALIAS:
            yield i, "POSITIONAL JOIN is not Spark's", "join on a column that numbers the rows"


def _filters(words: Words) -> Iterator[Said]:
    for i in words.called("FILTER"):
        if words.type(i - 3) == TokenType.R_PAREN and words.type(i) != TokenType.WHERE:
            yield i - 2, "FILTER takes a WHERE", "write FILTER (WHERE …)"


def _without_select(words: Words) -> Iterator[Said]:
    """FROM t alone; but FROM t SELECT x is Spark's."""
    for i, t in enumerate(words.tokens):
        begins = i == 0 or (words.type(i - 1) == TokenType.L_PAREN and words.word(i - 2) != "TRIM")
        if t.token_type != TokenType.FROM or not begins:
            continue
        same = [words.type(j) for j in words.beside(i)]
        until = next((n for n, type_ in enumerate(same) if type_ in SETS), len(same))
        if TokenType.SELECT not in same[:until]:
            yield i, "FROM alone is no query", "write SELECT * FROM …"


def _grammar_functions(words: Words) -> Iterator[Said]:
    for i in words.called("EXTRACT"):
        if words.type(i) == TokenType.STRING or words.type(i + 1) == TokenType.COMMA:
            yield i, "extract takes a word and FROM", f"write extract({words.tokens[i].text} FROM …)"
    for i in words.called("SUBSTRING", "SUBSTR"):
        inside = [words.type(j) for j in words.beside(i)]
        if TokenType.FOR in inside and TokenType.FROM not in inside:
            yield i, "substring takes no FOR without FROM", "write substring(… FROM 1 FOR …)"
    for i in words.called("TRIM"):
        plain = words.type(i + 1) in (TokenType.R_PAREN, TokenType.COMMA, TokenType.DOT)
        inside = [words.type(j) for j in words.beside(i)]
        if words.word(i) in ("BOTH", "LEADING", "TRAILING") and not plain and TokenType.FROM not in inside:
            yield i, f"{words.word(i)} in trim wants a FROM", f"write trim({words.word(i)} FROM …)"


def _ifs(words: Words) -> Iterator[Said]:
    """`CASE WHEN if THEN` reads a column of that name, and `WHEN if(…) THEN` calls the function."""
    names = (TokenType.ALIAS, TokenType.DOT, TokenType.WHEN)
    marks = (TokenType.CASE, TokenType.WHEN, TokenType.THEN, TokenType.COMMA)
    for i in range(len(words.tokens)):
        if words.word(i) == "IF" and words.type(i - 1) not in names:
            met = next((words.type(j) for j in words.beside(i + 1) if words.type(j) in marks), None)
            if met == TokenType.THEN and not _takes_arguments(words, i):
                yield i, "IF … THEN is not Spark's", "write CASE WHEN … THEN … ELSE … END"


def _takes_arguments(words: Words, i: int) -> bool:
    opens = words.type(i + 1) == TokenType.L_PAREN
    return opens and any(words.type(j) == TokenType.COMMA for j in words.beside(i + 2))


def _intervals(words: Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        if t.token_type != TokenType.INTERVAL:
            continue
        at = i + 1 + (words.type(i + 1) in (TokenType.DASH, TokenType.PLUS))
        value, unit = words.tokens[at : at + 1], words.word(at + 1)
        if words.type(at) == TokenType.L_PAREN:
            at = words.end(at + 1)
            value, unit = [], words.word(at + 1)
        known = value and (words.type(at) == TokenType.NUMBER or re.fullmatch(r"[-+ \d.]+", value[0].text))
        if words.type(at) == TokenType.STRING and not known:
            yield from ((at, *_unit(u)) for u in re.findall(r"[A-Za-z]+", value[0].text) if _strange(u))
        elif words.type(at + 1) in (TokenType.VAR, TokenType.YEAR) and (_strange(unit) if known else _long(unit)):
            yield at + 1, *_unit(unit)


def _strange(unit: str) -> bool:
    return not _UNITS.fullmatch(unit)


def _long(unit: str) -> str | None:
    return next((instead for start, instead in _UNITS_INSTEAD.items() if unit.upper().startswith(start)), None)


def _unit(unit: str) -> tuple[str, str]:
    longer = _long(unit)
    remedy = f"write INTERVAL {longer} for one" if longer else "write YEAR, MONTH, WEEK, DAY, HOUR, MINUTE or SECOND"
    return f"{unit.upper()} is no unit of an interval", remedy


_CHECKS: tuple[Callable[[Words], Iterator[Said]], ...] = (
    _double_quotes,
    _lambdas,
    types,
    double_colons,
    _numbers,
    _brackets,
    _trailing_commas,
    _limits,
    _nulls,
    literals,
    _quoted_names,
    _queries,
    _joins,
    _filters,
    _without_select,
    _grammar_functions,
    _ifs,
    _intervals,
)
