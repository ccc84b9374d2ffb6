"""Spellings that sqlglot reads and Spark does not.

sqlglot takes what any engine writes and makes the same tree of it, so DuckDB would answer on a laptop what Spark fails
to parse on AWS. What a tree still shows is looked for there, the rest in the words as they were written. Each was asked
of Spark; the source is its grammar, SqlBaseParser.g4 of 3.5.6, and for the names of types its DataTypeAstBuilder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlglot import Token, TokenType, exp

from mesh_jobs.adapters.sql.dialect import PortableSpark
from mesh_jobs.adapters.sql.problems import SqlProblem

#: The index of a token, what is wrong there, and what to write instead.
Said = tuple[int, str, str]

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
_INSTEAD = {word: type_ for type_, words in _MEANT.items() for word in words.split()}
_LITERALS = ("DATE", "TIMESTAMP", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "INTERVAL")
_SUFFIXES = {"L": "BIGINT", "S": "SMALLINT", "Y": "TINYINT"}
_LARGEST_FLOAT = 3.4028234663852886e38

_UNITS = re.compile("(YEAR|MONTH|WEEK|DAY|HOUR|MINUTE|SECOND|MILLISECOND|MICROSECOND)S?", re.IGNORECASE)
_UNITS_INSTEAD = {"QUARTER": "3 MONTHS", "DECADE": "10 YEARS", "CENTUR": "100 YEARS", "MILLENN": "1000 YEARS"}

#: Keywords that sqlglot takes for names, too; a bracket behind them begins something.
_NO_OPERAND = {
    TokenType.ALL,
    TokenType.ANY,
    TokenType.SOME,
    TokenType.CASE,
    TokenType.DIV,
    TokenType.ESCAPE,
    TokenType.EXISTS,
    TokenType.IN,
    TokenType.IS,
}
_OPERAND_ENDS = (PortableSpark.Parser.ID_VAR_TOKENS - _NO_OPERAND) | {
    TokenType.R_PAREN,
    TokenType.R_BRACKET,
    TokenType.IDENTIFIER,
    TokenType.STRING,
    TokenType.NUMBER,
}
_SETS = (TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT)
_CLAUSES = (TokenType.FROM, TokenType.WHERE, TokenType.GROUP_BY, TokenType.HAVING, TokenType.ORDER_BY, *_SETS)
_CLOSERS = (TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.SEMICOLON)
_OPENERS = {TokenType.L_PAREN: TokenType.R_PAREN, TokenType.L_BRACKET: TokenType.R_BRACKET}


@dataclass(frozen=True)
class _Words:
    """Tokens by their place. Beyond the ends there is nothing, which is no keyword."""

    tokens: Sequence[Token]
    text: str

    def type(self, i: int) -> TokenType | None:
        return self.tokens[i].token_type if 0 <= i < len(self.tokens) else None

    def word(self, i: int) -> str:
        """A word as it is written, in capitals; nothing for texts and names in backticks."""
        if self.type(i) in (None, TokenType.STRING, TokenType.IDENTIFIER):
            return ""
        return re.sub(r"\s+", " ", self.tokens[i].text).upper()

    def written(self, first: int, last: int) -> str:
        return self.text[self.tokens[first].start : self.tokens[last].end + 1]

    def is_suffix(self, i: int) -> bool:
        """sqlglot makes 1L the three tokens of 1::BIGINT, all in one place."""
        return self.type(i) == TokenType.DCOLON and self.tokens[i].start == self.tokens[i - 1].start

    def beside(self, i: int) -> Iterator[int]:
        """Behind i, what is in the same parentheses and in no further ones."""
        depth = 0
        for j in range(i, len(self.tokens)):
            if self.type(j) in _OPENERS.values():
                depth -= 1
            if depth < 0:
                return
            if depth == 0:
                yield j
            if self.type(j) in _OPENERS:
                depth += 1

    def end(self, i: int) -> int:
        """Where the parentheses close that i is in."""
        return next((j + 1 for j in reversed(list(self.beside(i)))), i)

    def opener(self, i: int) -> int | None:
        """Where the parentheses open that i is in."""
        depth = 0
        for j in range(i - 1, -1, -1):
            depth += (self.type(j) in _OPENERS.values()) - (self.type(j) in _OPENERS)
            if depth < 0:
                return j
        return None

    def called(self, *names: str) -> Iterator[int]:
        """Where the arguments begin of functions with these names."""
        for i in range(len(self.tokens)):
            if self.word(i) in names and self.type(i + 1) == TokenType.L_PAREN and self.type(i - 1) != TokenType.DOT:
                yield i + 2


def misspelt(tokens: Sequence[Token], text: str, shift: int) -> list[SqlProblem]:
    """What the words show. `shift` lines come before what people wrote."""
    words = _Words(tokens, text)
    return [
        SqlProblem(message, max(1, t.line - shift), max(1, t.col - (t.end - t.start)), remedy)
        for check in _CHECKS
        for at, message, remedy in check(words)
        for t in (tokens[at],)
    ]


def _double_quotes(words: _Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        if t.token_type == TokenType.STRING and words.text[t.start] == '"':
            yield (
                i,
                "a text in double quotes is an identifier to other engines",
                "write texts in single quotes, and names in backticks",
            )


def _lambdas(words: _Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        if t.token_type == TokenType.L_PAREN and [words.type(i + 2), words.type(i + 3)] == [
            TokenType.R_PAREN,
            TokenType.ARROW,
        ]:
            name = words.tokens[i + 1].text
            yield i, "Spark takes no parentheses around the one name of a lambda", f"write {name} -> …"


def _types(words: _Words) -> Iterator[Said]:
    for start in words.called("CAST", "TRY_CAST"):
        as_ = next((j for j in words.beside(start) if words.type(j) == TokenType.ALIAS), None)
        if as_ is None:
            continue
        end = words.end(start)
        said, after = _type(words, as_ + 1, end)
        yield from said
        if not said and after < end and words.type(after) != TokenType.COMMA:
            yield _behind_a_type(words, as_ + 1, after, end)


def _type(words: _Words, i: int, end: int) -> tuple[list[Said], int]:
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
        instead = known or _INSTEAD.get(name.replace(" ", "_"))
        if not instead and words.tokens[i].text.upper() in _SIZES:
            instead = words.tokens[i].text.upper()
        return [(i, f"{written} is no type here", f"write {instead or _ANY}")], after
    return [], after


def _nested(words: _Words, i: int, end: int) -> tuple[list[Said], int]:
    name = words.word(i)
    if words.type(i + 1) == TokenType.NEQ:
        return [], i + 2
    if words.type(i + 1) != TokenType.LT:
        return [(i, f"{words.written(i, end - 1)} is no type here", f"write {_NESTED[name]}")], end
    found: list[Said] = []
    at, members = i + 2, 0
    while at < end and words.type(at) != TokenType.GT:
        if name == "STRUCT":
            at += 2 if words.type(at + 1) == TokenType.COLON else 1
        said, at = _member(words, at, end)
        found += said
        members += 1
        if words.type(at) == TokenType.COMMA:
            found += [_nothing_behind(at)] if words.type(at + 1) == TokenType.GT else []
            at += 1
    if not found and members != {"ARRAY": 1, "MAP": 2}.get(name, members):
        found = [(i, f"{words.written(i, min(at, end - 1))} is no type here", f"write {_NESTED[name]}")]
    return found, at + 1


def _member(words: _Words, at: int, end: int) -> tuple[list[Said], int]:
    """A type inside of <…>, with what a field takes behind it: NOT NULL and COMMENT."""
    said, after = _type(words, at, end)
    until = after
    while until < end and words.type(until) not in (TokenType.COMMA, TokenType.GT):
        until += 1
    if until > after and not said and words.word(after) not in ("NOT", "COMMENT"):
        said = [_behind_a_type(words, at, after, until)]
    return said, until


def _behind_a_type(words: _Words, first: int, at: int, end: int) -> Said:
    type_, more = words.written(first, at - 1), words.written(at, end - 1)
    if words.type(at) == TokenType.L_BRACKET:
        return first, f"{words.written(first, end - 1)} is no type here", f"write ARRAY<{type_}>"
    if words.word(at) == "FORMAT":
        return at, "CAST takes no FORMAT", "write to_date(…, …), to_timestamp_ntz(…, …) or date_format(…, …)"
    if words.word(first) == "TIMESTAMP":
        instead = "TIMESTAMP_NTZ" if words.word(at) == "WITHOUT" else "TIMESTAMP_LTZ"
        return first, f"{type_} {more} is no type here", f"write {instead}"
    return at, f"{more} behind the type {type_} is nothing here", f"write {type_} alone"


def _double_colons(words: _Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        if t.token_type == TokenType.DCOLON and not words.is_suffix(i):
            to = words.word(i + 1)
            yield i, ":: is no cast here", f"write CAST(… AS {_INSTEAD.get(to, to) or '…'})"


def _numbers(words: _Words) -> Iterator[Said]:
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


def _brackets(words: _Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        if t.token_type == TokenType.L_BRACKET and words.type(i - 1) not in _OPERAND_ENDS:
            yield i, "a list in brackets is not Spark's", "write array(…)"


def _trailing_commas(words: _Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        after = words.type(i + 1)
        ends = after is None or after in _CLOSERS or after in _CLAUSES
        limited = after == TokenType.LIMIT and words.type(i + 2) == TokenType.NUMBER
        if t.token_type == TokenType.COMMA and (ends or limited):
            yield _nothing_behind(i)


def _nothing_behind(comma: int) -> Said:
    return comma, "there is nothing behind this comma", "leave the comma out"


def _limits(words: _Words) -> Iterator[Said]:
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


def _nulls(words: _Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        if words.type(i - 1) not in _OPERAND_ENDS or words.type(i + 1) == TokenType.L_PAREN:
            continue
        if t.token_type == TokenType.ISNULL:
            yield i, f"{t.text} behind a value is not Spark's", "write IS NULL"
        elif t.token_type == TokenType.NOTNULL:
            yield i, f"{t.text} behind a value is not Spark's", "write IS NOT NULL"
        elif t.token_type == TokenType.NOT and words.type(i + 1) == TokenType.NULL and not _in_a_type(words, i):
            yield i, "NOT NULL behind a value is not Spark's", "write IS NOT NULL"


def _in_a_type(words: _Words, i: int) -> bool:
    """STRUCT<a: INT NOT NULL> is Spark's."""
    return any(words.type(j) == TokenType.STRUCT for j in range(i)) and words.word(i - 1) in (*_SIZES, ")")


def _literals(words: _Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        if words.type(i + 1) != TokenType.STRING or t.token_type not in PortableSpark.Parser.TYPE_TOKENS:
            continue
        name = words.word(i)
        if name and name not in _LITERALS and words.type(i - 1) not in (TokenType.ALIAS, TokenType.DOT):
            instead = _INSTEAD.get(name.replace(" ", "_"), name)
            text = words.written(i + 1, i + 1)
            remedy = f"write CAST({text} AS {instead})" if instead in _SIZES else "write a text"
            yield i, f"there are no literals of {name}", remedy


def _quoted_names(words: _Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        if words.type(i + 1) != TokenType.STRING or words.text[words.tokens[i + 1].start] != "'":
            continue
        if t.token_type == TokenType.ALIAS:
            yield i + 1, "a name in single quotes is a text", f"write AS `{words.tokens[i + 1].text}`"
        elif t.token_type == TokenType.JOIN or (t.token_type == TokenType.FROM and _of_a_query(words, i)):
            yield i + 1, "a table in single quotes is a text", f"write `{words.tokens[i + 1].text}`"


def _of_a_query(words: _Words, i: int) -> bool:
    """Whether a FROM is a query's, and not that of extract(… FROM …)."""
    start = words.opener(i)
    return start is None or words.type(start + 1) in (TokenType.SELECT, TokenType.WITH, TokenType.FROM)


def _queries(words: _Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        first, second = words.word(i + 1), words.word(i + 2)
        if t.token_type == TokenType.SELECT and first == "AS" and second in ("STRUCT", "VALUE"):
            remedy = "write named_struct('name', x)" if second == "STRUCT" else "leave AS VALUE out"
            yield i + 1, f"SELECT AS {second} is not Spark's", remedy
        elif first == "BY" and second == "NAME" and (t.token_type in _SETS or words.type(i - 1) in _SETS):
            yield i + 1, "BY NAME is not Spark's", "name the columns in the same order on both sides"
        elif t.token_type == TokenType.BETWEEN and first in ("SYMMETRIC", "ASYMMETRIC") and second != "AND":
            remedy = "leave it out" if first == "ASYMMETRIC" else "write BETWEEN least(a, b) AND greatest(a, b)"
            yield i + 1, f"BETWEEN {first} is not Spark's", remedy
        elif words.word(i) == "MATERIALIZED" and first == "(" and words.word(i - 1) in ("AS", "NOT"):
            yield i, "MATERIALIZED is not Spark's", "leave it out"


def _joins(words: _Words) -> Iterator[Said]:
    for i, t in enumerate(words.tokens):
        name = words.type(i + 1) in (TokenType.VAR, TokenType.IDENTIFIER) and words.word(i + 1) != "SAMPLE"
        if t.token_type == TokenType.USING and name:
            yield i, "USING takes its columns in parentheses", f"write USING ({words.written(i + 1, i + 1)})"
        elif words.word(i) == "POSITIONAL" and words.word(i + 1) == "JOIN" and words.type(i - 1) != TokenType.ALIAS:
            yield i, "POSITIONAL JOIN is not Spark's", "join on a column that numbers the rows"


def _filters(words: _Words) -> Iterator[Said]:
    for i in words.called("FILTER"):
        if words.type(i - 3) == TokenType.R_PAREN and words.type(i) != TokenType.WHERE:
            yield i - 2, "FILTER takes a WHERE", "write FILTER (WHERE …)"


def _without_select(words: _Words) -> Iterator[Said]:
    """FROM t alone; but FROM t SELECT x is Spark's."""
    for i, t in enumerate(words.tokens):
        begins = i == 0 or (words.type(i - 1) == TokenType.L_PAREN and words.word(i - 2) != "TRIM")
        if t.token_type != TokenType.FROM or not begins:
            continue
        same = [words.type(j) for j in words.beside(i)]
        until = next((n for n, type_ in enumerate(same) if type_ in _SETS), len(same))
        if TokenType.SELECT not in same[:until]:
            yield i, "FROM alone is no query", "write SELECT * FROM …"


def _grammar_functions(words: _Words) -> Iterator[Said]:
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


def _ifs(words: _Words) -> Iterator[Said]:
    """`CASE WHEN if THEN` reads a column of that name, and `WHEN if(…) THEN` calls the function."""
    names = (TokenType.ALIAS, TokenType.DOT, TokenType.WHEN)
    marks = (TokenType.CASE, TokenType.WHEN, TokenType.THEN, TokenType.COMMA)
    for i in range(len(words.tokens)):
        if words.word(i) == "IF" and words.type(i - 1) not in names:
            met = next((words.type(j) for j in words.beside(i + 1) if words.type(j) in marks), None)
            if met == TokenType.THEN and not _takes_arguments(words, i):
                yield i, "IF … THEN is not Spark's", "write CASE WHEN … THEN … ELSE … END"


def _takes_arguments(words: _Words, i: int) -> bool:
    opens = words.type(i + 1) == TokenType.L_PAREN
    return opens and any(words.type(j) == TokenType.COMMA for j in words.beside(i + 2))


def _intervals(words: _Words) -> Iterator[Said]:
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


_CHECKS: tuple[Callable[[_Words], Iterator[Said]], ...] = (
    _double_quotes,
    _lambdas,
    _types,
    _double_colons,
    _numbers,
    _brackets,
    _trailing_commas,
    _limits,
    _nulls,
    _literals,
    _quoted_names,
    _queries,
    _joins,
    _filters,
    _without_select,
    _grammar_functions,
    _ifs,
    _intervals,
)


def misspelt_tree(tree: exp.Expr) -> Iterator[tuple[exp.Expr, str, str]]:
    """What the tree shows: a node, what is wrong with it, and what to write instead."""
    for node in tree.walk():
        match node:
            case exp.If() if not isinstance(node.parent, exp.Case) and not node.args.get("false"):
                yield node, "if takes three arguments", "write if(…, …, NULL)"
            case exp.In() if node.args.get("field"):
                yield node, "IN takes a list in parentheses", "write array_contains(…, x)"
            case exp.Order() | exp.Limit() if isinstance(node.parent, exp.Anonymous):
                yield node, "a function takes no ORDER BY and no LIMIT", "sort its list, or use max_by or min_by"
            case exp.Order() if isinstance(node.parent, exp.Query):
                yield from _ordered_by_window(node)
            case exp.WindowSpec() if str(node.args.get("kind")).upper() == "GROUPS":
                yield node, "a frame of GROUPS is not Spark's", "write ROWS or RANGE"
            case exp.WindowSpec() if node.args.get("exclude"):
                yield node, "EXCLUDE is not Spark's", "leave it out, and subtract the row"
            case exp.Window() if node.args.get("alias") and any(
                node.args.get(k) for k in ("order", "partition_by", "spec")
            ):
                yield node, "a named window stands alone", "write the window as a whole"
            case exp.Join():
                yield from _joined(node)
            case exp.Lateral() if _exploded_into(node) > 1:
                yield (
                    node,
                    "explode wants a list, and gives one column",
                    "name one; of a map write explode(map_keys(…))",
                )
            case exp.Star() if node.args.get("rename"):
                yield node, "SELECT * RENAME is not Spark's", "name the columns"
            case exp.SetOperation() if any(node.left.args.get(k) for k in ("limit", "offset", "order")):
                yield node, "ORDER BY and LIMIT belong to the end", "put the first query in parentheses"
            case exp.Cast() if type(node) is exp.Cast and isinstance(node.this, exp.Array | exp.Tuple | exp.Struct):
                yield node, f"{node.to.sql('spark')}(…) is not Spark's", "write array(…), and CAST it"


def _ordered_by_window(order: exp.Order) -> Iterator[tuple[exp.Expr, str, str]]:
    for window in order.find_all(exp.Window):
        if window.find_ancestor(exp.Query) is order.parent:
            yield window, "a window function in ORDER BY", "give it a name in SELECT, and order by that"


def _exploded_into(lateral: exp.Lateral) -> int:
    call, alias = lateral.this, lateral.args.get("alias")
    if not isinstance(call, exp.Anonymous) or call.name.lower() != "explode" or alias is None:
        return 0
    return len(alias.args.get("columns") or [])


def _joined(join: exp.Join) -> Iterator[tuple[exp.Expr, str, str]]:
    kind, side, method = (str(join.args.get(k) or "").upper() for k in ("kind", "side", "method"))
    conditional = bool(join.args.get("on") or join.args.get("using"))
    if method == "ASOF":
        yield join, "ASOF JOIN is not Spark's", "join on a range, and keep the newest with row_number()"
    elif kind == "OUTER" and not side and not method:
        yield join, "OUTER JOIN alone is not Spark's", "write FULL OUTER JOIN, LEFT JOIN or RIGHT JOIN"
    elif kind == "CROSS" and conditional:
        yield join, "CROSS JOIN takes no condition here", "write JOIN … ON …"
    elif kind in ("SEMI", "ANTI") and side not in ("", "LEFT"):
        yield join, f"{side} {kind} JOIN is not Spark's", f"write LEFT {kind} JOIN, the tables the other way round"
    elif kind in ("SEMI", "ANTI") and method == "NATURAL":
        yield join, f"NATURAL {kind} JOIN is not Spark's", "write USING (…)"
    elif kind in ("SEMI", "ANTI") and not conditional:
        yield join, f"{kind} JOIN without a condition", "add ON or USING"
