"""Types as Spark writes them. sqlglot knows those of all engines, and makes the same tree of VARCHAR and STRING.

The source of the names is Spark's DataTypeAstBuilder, 3.5.6.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator

from sqlglot import TokenType

from mesh_jobs.adapters.sql.dialect import PortableSpark
from mesh_jobs.adapters.sql.words import Said, Words, nothing_behind

_PLAIN = (
    "BOOLEAN TINYINT BYTE SMALLINT SHORT INT INTEGER BIGINT LONG FLOAT REAL DOUBLE DATE TIMESTAMP TIMESTAMP_NTZ "
    "TIMESTAMP_LTZ STRING BINARY VOID"
)
#: How many numbers may stand in parentheses behind a type.
_SIZES = {
    **dict.fromkeys(_PLAIN.split(), range(1)),
    **dict.fromkeys(("DECIMAL", "DEC", "NUMERIC"), range(3)),
    **dict.fromkeys(("VARCHAR", "CHAR", "CHARACTER"), range(1, 2)),
}
_ANY = "BOOLEAN, INT, BIGINT, DOUBLE, DECIMAL(p, s), STRING, DATE, TIMESTAMP_NTZ or another of Spark's types"
_NESTED = {"ARRAY": "ARRAY<…>", "MAP": "MAP<…, …>", "STRUCT": "STRUCT<name: …>"}
_MEANT = {
    "STRING": "VARCHAR CHAR CHARACTER TEXT TINYTEXT MEDIUMTEXT LONGTEXT NVARCHAR NCHAR BPCHAR NAME JSON JSONB UUID XML",
    "BOOLEAN": "BOOL BIT",
    "SMALLINT": "INT2 INT16 UTINYINT",
    "INT": "INT4 INT32 MEDIUMINT USMALLINT UINT16",
    "BIGINT": "INT8 INT64 UINT UINT32 UINTEGER UNSIGNED",
    "DECIMAL(38, 0)": "HUGEINT INT128 UBIGINT UINT64 UHUGEINT UINT128",
    "FLOAT": "FLOAT4 FLOAT32",
    "DOUBLE": "FLOAT8 FLOAT64 DOUBLE_PRECISION",
    "BINARY": "BLOB BYTEA BYTES VARBINARY",
    "TIMESTAMP_NTZ": "DATETIME DATETIME2 SMALLDATETIME TIMESTAMPNTZ TIMESTAMP_S TIMESTAMP_MS TIMESTAMP_NS",
    "TIMESTAMP_LTZ": "TIMESTAMPTZ TIMESTAMPLTZ",
    "ARRAY<…>": "LIST",
}
INSTEAD = {word: type_ for type_, words in _MEANT.items() for word in words.split()}
#: Of days and moments, what a literal looks like.
_EXAMPLES = {
    "DATE": "2024-12-31",
    "TIMESTAMP_NTZ": "2024-12-31 23:59:59",
    "TIMESTAMP_LTZ": "2024-12-31 23:59:59",
}
_DAY = re.compile(r"[+-]?(\d{4,7})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ](.*))?)?)?", re.DOTALL)
_TIME = re.compile(r"\s*(\d{1,2})(?::(\d{1,2})(?::(\d{1,2}))?)?")
_TIME_ALONE = re.compile(r"\s*(now|today|yesterday|tomorrow|epoch|T?\d{1,2}:.*)\s*", re.IGNORECASE)
_LITERALS = ("DATE", "TIMESTAMP", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "INTERVAL")


def types(words: Words) -> Iterator[Said]:
    for start in words.called("CAST", "TRY_CAST"):
        as_ = next((j for j in words.beside(start) if words.type(j) == TokenType.ALIAS), None)
        end = words.end(start)
        if as_ is None:
            if words.type(start) != TokenType.R_PAREN:
                yield start - 2, f"{words.word(start - 2)} has no AS", "write CAST(x AS INT) or another type"
            continue
        said, after = _type(words, as_ + 1, end)
        yield from said
        if not said and after < end and words.type(after) != TokenType.COMMA:
            yield _behind_a_type(words, as_ + 1, after, end)


def _type(words: Words, i: int, end: int) -> tuple[list[Said], int]:
    """What is wrong with the type that begins here, and where it ends."""
    name, after = words.word(i), i + 1
    if i >= end or name == "INTERVAL":
        return [], end
    if name in _NESTED:
        return _nested(words, i, end)
    if words.type(after) == TokenType.L_PAREN:
        after = words.end(after + 1) + 1
    sizes = sum(words.type(j) == TokenType.NUMBER for j in range(i, after))
    if name not in _SIZES or sizes not in _SIZES[name] or (sizes == 0 and after > i + 1):
        written = words.written(i, after - 1)
        known = name if name in _SIZES and 0 in _SIZES[name] else None
        instead = known or INSTEAD.get(name.replace(" ", "_"))
        if not instead and words.tokens[i].text.upper() in _SIZES:
            instead = words.tokens[i].text.upper()
        return [(i, f"{written} is not a type here", f"write {instead or _ANY}")], after
    return [], after


def _nested(words: Words, i: int, end: int) -> tuple[list[Said], int]:
    name = words.word(i)
    if words.type(i + 1) == TokenType.NEQ:
        return [], i + 2
    if words.type(i + 1) != TokenType.LT:
        return [(i, f"{words.written(i, end - 1)} is not a type here", f"write {_NESTED[name]}")], end
    found: list[Said] = []
    at, members = i + 2, 0
    while at < end and words.type(at) != TokenType.GT:
        if name == "STRUCT":
            at += 2 if words.type(at + 1) == TokenType.COLON else 1
        said, at = _member(words, at, end)
        found += said
        members += 1
        if words.type(at) == TokenType.COMMA:
            found += [nothing_behind(at)] if words.type(at + 1) == TokenType.GT else []
            at += 1
    if not found and members != {"ARRAY": 1, "MAP": 2}.get(name, members):
        found = [(i, f"{words.written(i, min(at, end - 1))} is not a type here", f"write {_NESTED[name]}")]
    return found, at + 1


def _member(words: Words, at: int, end: int) -> tuple[list[Said], int]:
    """A type inside of <…>, with what a field takes behind it: NOT NULL and COMMENT."""
    said, after = _type(words, at, end)
    until = after
    while until < end and words.type(until) not in (TokenType.COMMA, TokenType.GT):
        until += 1
    if until > after and not said and words.word(after) not in ("NOT", "COMMENT"):
        said = [_behind_a_type(words, at, after, until)]
    return said, until


def _behind_a_type(words: Words, first: int, at: int, end: int) -> Said:
    type_, more = words.written(first, at - 1), words.written(at, end - 1)
    if words.type(at) == TokenType.L_BRACKET:
        return first, f"{words.written(first, end - 1)} is not a type here", f"write ARRAY<{type_}>"
    if words.word(at) == "FORMAT":
        return at, "CAST takes no FORMAT", "write to_date(…, …), to_timestamp_ntz(…, …) or date_format(…, …)"
    if words.word(first) == "TIMESTAMP":
        instead = "TIMESTAMP_NTZ" if words.word(at) == "WITHOUT" else "TIMESTAMP_LTZ"
        return first, f"{type_} {more} is not a type here", f"write {instead}"
    return at, f"{more} after the type {type_} means nothing here", f"write {type_} alone"


def double_colons(words: Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        if t.token_type == TokenType.DCOLON and not words.is_suffix(i):
            to = words.word(i + 1)
            yield i, ":: is not a cast here", f"write CAST(… AS {INSTEAD.get(to, to) or '…'})"


def in_a_type(words: Words, i: int) -> bool:
    """STRUCT<a: INT NOT NULL> is Spark's."""
    return any(words.type(j) == TokenType.STRUCT for j in range(i)) and words.word(i - 1) in (*_SIZES, ")")


def literals(words: Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        if words.type(i + 1) != TokenType.STRING or t.token_type not in PortableSpark.Parser.TYPE_TOKENS:
            continue
        name = words.word(i)
        if not name or words.type(i - 1) in (TokenType.ALIAS, TokenType.DOT):
            continue
        text = words.written(i + 1, i + 1)
        if name not in _LITERALS:
            instead = INSTEAD.get(name.replace(" ", "_"), name)
            remedy = f"write CAST({text} AS {instead})" if instead in _SIZES else "write a text"
            yield i, f"there are no literals of {name}", remedy
        elif name in _EXAMPLES and not _is_moment(name, words.tokens[i + 1].text):
            what = "date" if name == "DATE" else "timestamp"
            yield i + 1, f"{text} is not a {what}", f"write {name} '{_EXAMPLES[name]}'"


def _is_moment(type_: str, text: str) -> bool:
    """As far as it is certain: Spark reads zones behind a time, and anything behind a day."""
    if _TIME_ALONE.fullmatch(text):
        # Of the day of the run, which is refused as such.
        return True
    day = _DAY.fullmatch(text.strip())
    if day is None or not _is_day(int(day[1]), int(day[2] or 1), int(day[3] or 1)):
        return False
    if type_ == "DATE" or day[4] is None:
        return True
    time = _TIME.match(day[4])
    return time is not None and all(int(n or 0) < most for n, most in zip(time.groups(), (24, 60, 60), strict=True))


def _is_day(year: int, month: int, day: int) -> bool:
    # Python knows no other years; every 400 they are the same.
    return 1 <= month <= 12 and 1 <= day <= monthrange(2000 + year % 400, month)[1]
