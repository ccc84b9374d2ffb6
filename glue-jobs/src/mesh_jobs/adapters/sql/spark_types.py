"""The types that Spark gives (ANSI mode): how they are written, and which one is wide enough for several.

Source of the rules: Spark's AnsiTypeCoercion.scala and DecimalPrecision.scala, 3.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp
from sqlglot.errors import ParseError

from mesh_jobs.domain.table import ListType, MapType, StructType, Type, decimal_of

#: Types of expressions that no column has: a NULL without a type, and spans of time.
VOID, INTERVAL = "void", "interval"

MOMENTS = ("date", "timestamp", "timestamptz")
_WHOLE = ("byte", "short", "int", "long")
#: The decimal that holds each whole number.
_DIGITS = {"byte": 3, "short": 5, "int": 10, "long": 20}
_FRACTIONS = ("float", "double")

_NAMES = {
    exp.DType.BOOLEAN: "boolean",
    exp.DType.TINYINT: "byte",
    exp.DType.SMALLINT: "short",
    exp.DType.INT: "int",
    exp.DType.BIGINT: "long",
    exp.DType.FLOAT: "float",
    exp.DType.DOUBLE: "double",
    exp.DType.DATE: "date",
    exp.DType.TIMESTAMP: "timestamp",
    exp.DType.TIMESTAMPNTZ: "timestamp",
    exp.DType.TIMESTAMPTZ: "timestamptz",
    exp.DType.TIMESTAMPLTZ: "timestamptz",
    exp.DType.TEXT: "string",
    exp.DType.VARCHAR: "string",
    exp.DType.BINARY: "binary",
    exp.DType.INTERVAL: INTERVAL,
}
_DUCKDB = {
    "boolean": "BOOLEAN",
    "byte": "TINYINT",
    "short": "SMALLINT",
    "int": "INTEGER",
    "long": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMPTZ",
    "string": "VARCHAR",
    "binary": "BLOB",
}


def written(text: str) -> Type | None:
    """A type as people write it in a contract, e.g. `array<decimal(12,2)>`; None for one that SQL cannot see into."""
    try:
        return of_node(exp.DataType.build(text, dialect="spark")) if text else None
    except (ParseError, ValueError):
        return None


def of_node(node: exp.DataType) -> Type | None:
    """A type as it stands in a query."""
    match node.this:
        case exp.DType.DECIMAL:
            digits = [int(p.name) for p in node.expressions]
            return decimal(digits[0] if digits else 10, digits[1] if len(digits) > 1 else 0)
        case exp.DType.ARRAY | exp.DType.LIST:
            return _list(_part(node.expressions[0])) if len(node.expressions) == 1 else None
        case exp.DType.MAP:
            key, value = map(_part, node.expressions) if len(node.expressions) == 2 else (None, None)
            return MapType(key, value) if key is not None and value is not None else None
        case exp.DType.STRUCT:
            members = [(m.name, _part(m.args["kind"])) for m in node.expressions]
            return struct(members)
        case _:
            return _NAMES.get(node.this)


def _part(node: exp.Expr) -> Type | None:
    return of_node(node) if isinstance(node, exp.DataType) else None


def _list(element: Type | None) -> Type | None:
    return None if element is None else ListType(element)


def struct(members: Sequence[tuple[str, Type | None]]) -> Type | None:
    known = tuple((n, t) for n, t in members if t is not None)
    return StructType(known) if len(known) == len(members) else None


def duckdb_node(type_: Type | None) -> exp.DataType | None:
    """The type in DuckDB's words; None where there is nothing to say."""
    spelled = _spelled(type_)
    return None if spelled is None else exp.DataType.build(spelled, dialect="duckdb")


def holds_void(type_: Type | None) -> bool:
    """Whether a value, or a part of it, is a NULL without a type. It is stored as a text."""
    if isinstance(type_, ListType):
        return holds_void(type_.element)
    if isinstance(type_, MapType):
        return holds_void(type_.key) or holds_void(type_.value)
    if isinstance(type_, StructType):
        return any(holds_void(t) for _, t in type_.fields)
    return type_ == VOID


def _spelled(type_: Type | None, inside: bool = False) -> str | None:
    if inside and type_ == VOID:
        return "VARCHAR"
    if isinstance(type_, ListType):
        element = _spelled(type_.element, True)
        return element and f"{element}[]"
    if isinstance(type_, MapType):
        key, value = _spelled(type_.key, True), _spelled(type_.value, True)
        return f"MAP({key}, {value})" if key and value else None
    if isinstance(type_, StructType):
        members = [(n, _spelled(t, True)) for n, t in type_.fields]
        quoted = ['"' + n.replace('"', '""') + f'" {t}' for n, t in members]
        return f"STRUCT({', '.join(quoted)})" if all(t for _, t in members) else None
    if type_ is None:
        return None
    return type_.upper().replace(" ", "") if type_.startswith("decimal") else _DUCKDB.get(type_)


def decimal(digits: int, scale: int) -> str:
    return f"decimal({digits}, {scale})"


def digits_of(type_: Type | None) -> tuple[int, int] | None:
    """Digits and scale of a decimal, or of a whole number seen as one."""
    if not isinstance(type_, str):
        return None
    if type_ in _DIGITS:
        return _DIGITS[type_], 0
    return decimal_of(type_)


#: Up to which whole numbers, and powers of ten, a type has them all.
EXACT = {"float": (2**24, 10), "double": (2**53, 22)}


def is_rounded(type_: Type | None, to: str) -> bool:
    """Whether a decimal of this type may become another number in DuckDB: it divides by a power of ten, which is right
    where both are numbers of the type that it becomes."""
    digits, (most, tens) = digits_of(type_), EXACT[to]
    return is_decimal(type_) and (digits is None or 10 ** digits[0] > most or digits[1] > tens)


def is_decimal(type_: Type | None) -> bool:
    return isinstance(type_, str) and type_.startswith("decimal")


def is_whole(type_: Type | None) -> bool:
    return type_ in _WHOLE


def is_number(type_: Type | None) -> bool:
    return is_whole(type_) or type_ in _FRACTIONS or is_decimal(type_)


def fitted(digits: int, scale: int) -> str:
    """Spark keeps whole digits first, and at least 6 of those after the point."""
    if digits <= 38:
        return decimal(digits, scale)
    return decimal(38, max(38 - (digits - scale), min(scale, 6)))


def widest(types: Iterable[Type | None]) -> Type | None:
    """What holds values of all types; None when one is unknown or nothing holds them."""
    out: Type | None = VOID
    for t in types:
        out = wider(out, t)
        if out is None:
            return None
    return out


def wider(a: Type | None, b: Type | None) -> Type | None:
    if a is None or b is None:
        return None
    if a == b or b == VOID:
        return a
    if a == VOID:
        return b
    if isinstance(a, ListType) and isinstance(b, ListType):
        return _list(wider(a.element, b.element))
    if isinstance(a, MapType) and isinstance(b, MapType):
        key, value = wider(a.key, b.key), wider(a.value, b.value)
        return None if key is None or value is None else MapType(key, value)
    if isinstance(a, StructType) and isinstance(b, StructType):
        # Spark goes by place and DuckDB by name, so both have to be the same.
        if [n for n, _ in a.fields] != [n for n, _ in b.fields]:
            return None
        return struct([(n, wider(t, u)) for (n, t), (_, u) in zip(a.fields, b.fields, strict=True)])
    if isinstance(a, str) and isinstance(b, str):
        return _wider_primitive(a, b)
    return None


def _wider_primitive(a: str, b: str) -> str | None:
    if is_number(a) and is_number(b):
        if a in _FRACTIONS or b in _FRACTIONS:
            # A float does not hold every whole number, nor a decimal.
            return "double"
        if is_whole(a) and is_whole(b):
            return max(a, b, key=_WHOLE.index)
        (p1, s1), (p2, s2) = digits_of(a) or (0, 0), digits_of(b) or (0, 0)
        scale, whole = max(s1, s2), max(p1 - s1, p2 - s2)
        return decimal(min(38, whole + scale), min(38, scale))
    if a in MOMENTS and b in MOMENTS:
        return "timestamptz" if "timestamptz" in (a, b) else "timestamp"
    if "string" in (a, b):
        return _text_as(b if a == "string" else a)
    return None


def _text_as(other: str) -> str | None:
    """What a text becomes beside another type."""
    if is_whole(other):
        return "long"
    return "double" if is_number(other) else other
