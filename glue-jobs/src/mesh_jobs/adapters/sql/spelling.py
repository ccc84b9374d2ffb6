"""Spellings that sqlglot reads and Spark does not.

sqlglot takes what any engine writes and makes the same tree of it, so DuckDB would answer on a laptop what Spark fails
to parse on AWS. What a tree still shows is looked for there (spelled_tree.py), the rest in the words as they were
written. Each was asked of Spark; the source is its grammar, SqlBaseParser.g4 of 3.5.6.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from sqlglot import TokenType

from mesh_jobs.adapters.sql.problems import SqlProblem
from mesh_jobs.adapters.sql.spelled_clauses import CLAUSE_CHECKS
from mesh_jobs.adapters.sql.spelled_types import double_colons, in_a_type, literals, types
from mesh_jobs.adapters.sql.words import CLAUSES, CLOSERS, OPENERS, OPERAND_ENDS, Said, Text, Words, nothing_behind

_SUFFIXES = {"L": "BIGINT", "S": "SMALLINT", "Y": "TINYINT"}
_LARGEST = {"L": 2**63 - 1, "S": 2**15 - 1, "Y": 2**7 - 1}
_LARGEST_FLOAT = 3.4028234663852886e38

_UNITS = re.compile("(YEAR|MONTH|WEEK|DAY|HOUR|MINUTE|SECOND|MILLISECOND|MICROSECOND)S?", re.IGNORECASE)
_UNITS_INSTEAD = {"QUARTER": "3 MONTHS", "DECADE": "10 YEARS", "CENTUR": "100 YEARS", "MILLENN": "1000 YEARS"}


def misspelt(text: Text) -> list[SqlProblem]:
    """What the words show."""
    return [
        SqlProblem(message, *text.place(at), remedy) for check in _CHECKS for at, message, remedy in check(text.words)
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
            yield i, f"{t.text}{suffix} is not a number here", f"write CAST(… AS {_SUFFIXES[suffix]})"
        elif suffix in _SUFFIXES and int(t.text) > _LARGEST[suffix] + _is_negative(words, i):
            yield i, f"{t.text}{suffix} is beyond what a {_SUFFIXES[suffix]} holds", f"write {t.text}"
        elif suffix == "F" and value > _LARGEST_FLOAT:
            yield i, f"{t.text}F is beyond what a FLOAT holds", f"write {t.text}D"
        elif value == float("inf") and (suffix == "D" or (exponent and not suffix)):
            yield i, f"{t.text} is beyond what a DOUBLE holds", "write double('Infinity'), or a smaller number"


def _is_negative(words: Words, i: int) -> bool:
    """Whether the minus before a number is its own."""
    return words.type(i - 1) == TokenType.DASH and words.type(i - 2) not in OPERAND_ENDS


def _brackets(words: Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        if t.token_type == TokenType.L_BRACKET and words.type(i - 1) not in OPERAND_ENDS:
            yield i, "a list in brackets is not Spark's", "write array(…)"


def _commas(words: Words) -> Iterator[Said]:
    begins = (*OPENERS, TokenType.COMMA, TokenType.SELECT, TokenType.GROUP_BY, TokenType.ORDER_BY)
    for i, t in enumerate(words.tokens):
        after = words.type(i + 1)
        ends = after is None or after in CLOSERS or after in CLAUSES
        limited = after == TokenType.LIMIT and words.type(i + 2) == TokenType.NUMBER
        if t.token_type == TokenType.COMMA and (ends or limited):
            yield nothing_behind(i)
        elif t.token_type == TokenType.COMMA and words.type(i - 1) in begins:
            yield i, "there is nothing before this comma", "leave the comma out"


def _empty_lists(words: Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        following = [words.type(i + 1), words.type(i + 2)]
        if t.token_type == TokenType.IN and following == [TokenType.L_PAREN, TokenType.R_PAREN]:
            yield i, "IN () has nothing to compare with", "write the values, or false"
        elif t.token_type == TokenType.IN and following[0] in (None, *CLOSERS, *CLAUSES):
            yield i, "IN has no list", "write the values in parentheses"


def _cases(words: Words) -> Iterator[Said]:
    """`ELSE END` reads a column of that name, to sqlglot."""
    for i, t in enumerate(words.tokens):
        last = t.token_type == TokenType.END and words.type(i + 1) != TokenType.END
        if last and words.type(i - 1) in (TokenType.CASE, TokenType.WHEN, TokenType.THEN, TokenType.ELSE):
            yield i, f"there is nothing between {words.word(i - 1)} and END", "write a value, or leave ELSE out"


def _nulls(words: Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        before = [words.word(i - 1), words.word(i - 2)]
        if words.word(i) == "UNKNOWN" and (before[0] == "IS" or before == ["NOT", "IS"]):
            yield i, "IS UNKNOWN, which Spark takes only of true and false", "write IS NULL"
        if words.type(i - 1) not in OPERAND_ENDS or words.type(i + 1) == TokenType.L_PAREN:
            continue
        if t.token_type == TokenType.ISNULL:
            yield i, f"{t.text} after a value is not Spark's", "write IS NULL"
        elif t.token_type == TokenType.NOTNULL:
            yield i, f"{t.text} after a value is not Spark's", "write IS NOT NULL"
        elif t.token_type == TokenType.NOT and words.type(i + 1) == TokenType.NULL and not in_a_type(words, i):
            yield i, "NOT NULL after a value is not Spark's", "write IS NOT NULL"


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


def _overs(words: Words) -> Iterator[Said]:
    nothing = (None, TokenType.ALIAS, TokenType.COMMA, *CLAUSES, *CLOSERS)
    for i, t in enumerate(words.tokens):
        called = words.type(i - 1) == TokenType.R_PAREN or words.word(i - 1) == "NULLS"
        if t.token_type == TokenType.OVER and called and words.type(i + 1) in nothing:
            yield i, "OVER has no window", "write OVER (…)"


def _filters(words: Words) -> Iterator[Said]:
    for i in words.called("FILTER"):
        if words.type(i - 3) == TokenType.R_PAREN and words.type(i) != TokenType.WHERE:
            yield i - 2, "FILTER takes a WHERE", "write FILTER (WHERE …)"


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
            yield i, f"{words.word(i)} in trim needs a FROM", f"write trim({words.word(i)} FROM …)"


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
    return f"{unit.upper()} is not a unit of an interval", remedy


_CHECKS: tuple[Callable[[Words], Iterator[Said]], ...] = (
    _double_quotes,
    _lambdas,
    types,
    double_colons,
    _numbers,
    _brackets,
    _commas,
    _empty_lists,
    _cases,
    *CLAUSE_CHECKS,
    _nulls,
    literals,
    _quoted_names,
    _overs,
    _filters,
    _grammar_functions,
    _ifs,
    _intervals,
)
