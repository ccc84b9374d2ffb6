"""Clauses that sqlglot reads and Spark does not, or that lack what belongs to them; see spelling.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import TokenType

from mesh_jobs.adapters.sql.words import CLAUSES, CLOSERS, SETS, Said, Words

#: In the order in which Spark reads them. WINDOW comes before ORDER BY or behind it.
_RANKS = {"JOIN": 0, "LATERAL": 0, "WHERE": 1, "GROUP BY": 2, "HAVING": 3, "WINDOW": 4, "ORDER BY": 4, "LIMIT": 5}
_QUERIES = (TokenType.SELECT, TokenType.WITH, TokenType.FROM)


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
                yield i, "OFFSET comes after LIMIT", f"write LIMIT {more} OFFSET {number}"
            case TokenType.LIMIT, TokenType.PERCENT:
                yield i + 2, "LIMIT takes a number alone", f"write LIMIT {number}"
            case TokenType.OFFSET, (TokenType.ROW | TokenType.ROWS):
                yield i + 2, "OFFSET takes a number alone", f"write OFFSET {number}"


def _queries(words: Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        first, second = words.word(i + 1), words.word(i + 2)
        if t.token_type == TokenType.SELECT and first == "AS" and second in ("STRUCT", "VALUE"):
            remedy = "write named_struct('name', x)" if second == "STRUCT" else "leave AS VALUE out"
            yield i + 1, f"SELECT AS {second} is not Spark's", remedy
        elif first == "BY" and second == "NAME" and (t.token_type in SETS or words.type(i - 1) in SETS):
            yield i + 1, "BY NAME is not Spark's", "name the columns in the same order on both sides"
        elif t.token_type == TokenType.SELECT and first == "TOP" and words.type(i + 2) == TokenType.NUMBER:
            yield i + 1, "TOP is not Spark's", f"write LIMIT {second} at the end"
        elif t.token_type == TokenType.SELECT and words.type(i + 1) in (None, *CLAUSES, *CLOSERS):
            yield i, "SELECT names no columns", "write them after it, or *"
        elif t.token_type == TokenType.DISTINCT and first == "ON" and second == "(":
            yield i, "DISTINCT ON is not Spark's", "number the rows with row_number() in FROM, and keep the first"
        elif t.token_type == TokenType.BETWEEN and first in ("SYMMETRIC", "ASYMMETRIC") and second != "AND":
            remedy = "leave it out" if first == "ASYMMETRIC" else "write BETWEEN least(a, b) AND greatest(a, b)"
            yield i + 1, f"BETWEEN {first} is not Spark's", remedy
        elif words.word(i) == "MATERIALIZED" and first == "(" and words.word(i - 1) in ("AS", "NOT"):
            yield i, "MATERIALIZED is not Spark's", "leave it out"


def _clauses(words: Words) -> Iterator[Said]:
    for start in range(len(words.tokens)):
        if words.type(start) in _QUERIES and (start == 0 or words.type(start - 1) == TokenType.L_PAREN):
            yield from _disordered(words, start)


def _disordered(words: Words, start: int) -> Iterator[Said]:
    last, highest = "", 0
    for i in words.beside(start):
        rank = _rank(words, i)
        if words.type(i) in (*SETS, TokenType.SELECT):
            last, highest = "", 0
        elif rank is not None and rank < highest:
            clause = "LATERAL VIEW" if words.word(i) == "LATERAL" else words.word(i)
            yield i, f"{clause} after {last} is not Spark's", f"write it before {last}"
        elif rank is not None:
            last, highest = words.word(i), rank


def _rank(words: Words, i: int) -> int | None:
    """Of a clause that begins here. Some of the words are names, too."""
    word = words.word(i)
    is_name = words.type(i - 1) in (TokenType.DOT, TokenType.ALIAS)
    if word == "WINDOW":
        is_name = words.type(i + 2) != TokenType.ALIAS
    elif word == "LIMIT":
        is_name = words.type(i + 1) != TokenType.NUMBER
    elif word == "LATERAL":
        is_name = words.word(i + 1) != "VIEW"
    return None if is_name else _RANKS.get(word)


def _without_select(words: Words) -> Iterator[Said]:
    """FROM t alone; but FROM t SELECT x is Spark's."""
    for i, t in enumerate(words.tokens):
        begins = i == 0 or (words.type(i - 1) == TokenType.L_PAREN and words.word(i - 2) != "TRIM")
        if t.token_type != TokenType.FROM or not begins:
            continue
        same = [words.type(j) for j in words.beside(i)]
        until = next((n for n, type_ in enumerate(same) if type_ in SETS), len(same))
        if TokenType.SELECT not in same[:until]:
            yield i, "FROM alone is not a query", "write SELECT * FROM …"


def _joins(words: Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        name = words.type(i + 1) in (TokenType.VAR, TokenType.IDENTIFIER) and words.word(i + 1) != "SAMPLE"
        if t.token_type == TokenType.USING and name:
            yield i, "USING takes its columns in parentheses", f"write USING ({words.written(i + 1, i + 1)})"
        elif t.token_type == TokenType.ON and words.type(i - 1) != TokenType.DOT and _ends(words, i + 1):
            yield i, "ON has no condition", "write ON a.id = b.id"
        elif words.word(i) == "POSITIONAL" and words.word(i + 1) == "JOIN" and words.type(i - 1) != TokenType.ALIAS:
            yield i, "POSITIONAL JOIN is not Spark's", "join on a column that numbers the rows"


def _ends(words: Words, i: int) -> bool:
    """Whether a clause is over here."""
    ends = (None, TokenType.JOIN, TokenType.LEFT, TokenType.LIMIT, *CLAUSES, *CLOSERS)
    return words.type(i) in ends


CLAUSE_CHECKS: tuple[Callable[[Words], Iterator[Said]], ...] = (
    _limits,
    _queries,
    _clauses,
    _without_select,
    _joins,
)
