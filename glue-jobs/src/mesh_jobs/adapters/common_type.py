"""Which type two columns have in common, where a union or a join brings them together. The same on every engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.table import ListType, MapType, StructType, Type, decimal_of, shown

_MOMENTS = ("date", "timestamp", "timestamptz")
_WHOLE = {"int": 10, "long": 19}
_MOST_DIGITS = 38


def common_type(a: Type, b: Type, in_files: bool = False) -> Type | None:
    """The type that holds every value of both; text holds all that is not nested. None where there is none. Between
    files, structs may have grown, and bytes are text that was written without saying so."""
    if a == b:
        return a
    if isinstance(a, ListType) and isinstance(b, ListType):
        element = common_type(a.element, b.element, in_files)
        return element and ListType(element)
    if isinstance(a, MapType) and isinstance(b, MapType):
        key, value = common_type(a.key, b.key, in_files), common_type(a.value, b.value, in_files)
        return key and value and MapType(key, value)
    if isinstance(a, StructType) and isinstance(b, StructType):
        return _grown_struct(a, b) if in_files else _common_struct(a, b)
    if not isinstance(a, str) or not isinstance(b, str):
        return None
    if in_files and {a, b} == {"string", "binary"}:
        return "binary"
    if "string" in (a, b):
        return "string"
    if a in _MOMENTS and b in _MOMENTS:
        return max(a, b, key=_MOMENTS.index)
    return _common_number(a, b)


#: A part of a union by name, and its columns; None for one that is nothing but null.
Parts = Sequence[tuple[str, Mapping[str, Type | None]]]


def union_types(table: str, parts: Parts) -> dict[str, Type]:
    """Columns of a union by name, those of the first part first. Raises BadInput where two have no type in common."""
    return _types(f"table {table}", parts, False, "cast one of them before the union")


def file_types(source: str, parts: Parts) -> dict[str, Type]:
    """Columns of a source that declares none, by its files. Raises BadInput where two have no type in common."""
    return _types(f"source {source}", parts, True, "declare the source's columns, or deliver one of the files again")


def _types(what: str, parts: Parts, in_files: bool, remedy: str) -> dict[str, Type]:
    names: dict[str, str] = {}
    found: dict[str, tuple[str, Type]] = {}
    for part, columns in parts:
        for c, type_ in columns.items():
            own = names.setdefault(c.lower(), c)
            if type_ is None:
                continue
            before, old = found.get(own, (part, type_))
            common = common_type(old, type_, in_files)
            if common is None:
                raise BadInput(f"{what}: column {own} is {shown(old)} in {before} and {shown(type_)} in {part}", remedy)
            found[own] = (part, common)
    return {c: found[c][1] if c in found else "string" for c in names.values()}


def key_type(what: str, ours: tuple[str, Type | None], theirs: tuple[str, Type | None]) -> Type:
    """The type in which two keys are compared: text only with text. Raises BadInput, which begins with `what`."""
    (our_name, a), (their_name, b) = ours, theirs
    if a is None or b is None:
        return a or b or "string"
    common = common_type(a, b)
    if common is None or (common == "string" and a != b):
        raise BadInput(
            f"{what}: {our_name} is {shown(a)} and {their_name} is {shown(b)}, which cannot be compared",
            "cast one of them before the join",
        )
    return common


def never_casts(source: Type, target: Type) -> BadInput:
    """Why no value of the one type is a value of the other."""
    return BadInput(f"a {shown(source)} cannot become a {shown(target)}", "declare the type that the values have")


@contextmanager
def naming(what: str) -> Iterator[None]:
    """Says of a BadInput what it is about."""
    try:
        yield
    except BadInput as error:
        raise BadInput(f"{what}: {error}", error.remedy) from error


def wide_decimal(origin: str, column: str, digits: int) -> BadInput | None:
    """What is wrong with a decimal of a file; None where it is one that a column can have."""
    if digits <= _MOST_DIGITS:
        return None
    return BadInput(
        f"{origin}: {column} is a decimal with {digits} digits, and {_MOST_DIGITS} are the most that can be read",
        "write it with fewer digits, or as text",
    )


def _common_struct(a: StructType, b: StructType) -> Type | None:
    if [n.lower() for n, _ in a.fields] != [n.lower() for n, _ in b.fields]:
        return None
    members = [(n, common_type(x, y)) for (n, x), (_, y) in zip(a.fields, b.fields, strict=True)]
    fields = tuple((n, type_) for n, type_ in members if type_ is not None)
    return StructType(fields) if len(fields) == len(members) else None


def _grown_struct(a: StructType, b: StructType) -> Type | None:
    """The members of both by name, those of the first one first."""
    names: dict[str, str] = {}
    members: dict[str, Type] = {}
    for n, type_ in (*a.fields, *b.fields):
        own = names.setdefault(n.lower(), n)
        common = common_type(members.get(own, type_), type_, True)
        if common is None:
            return None
        members[own] = common
    return StructType(tuple(members.items()))


def _common_number(a: str, b: str) -> Type | None:
    if "float" in (a, b) or "double" in (a, b):
        # Not every whole number is a float, nor every decimal; of doubles people expect as much.
        return "double" if all(x in ("float", "double", *_WHOLE) or x.startswith("decimal") for x in (a, b)) else None
    sizes = [_size(x) for x in (a, b)]
    if None in sizes:
        return None
    (digits, scale), (other_digits, other_scale) = (s for s in sizes if s is not None)
    if a in _WHOLE and b in _WHOLE:
        return "long"
    places = max(scale, other_scale)
    whole = max(digits - scale, other_digits - other_scale)
    return f"decimal({whole + places}, {places})" if whole + places <= _MOST_DIGITS else None


def _size(type_: str) -> tuple[int, int] | None:
    """Digits, and those of them behind the point."""
    if type_ in _WHOLE:
        return _WHOLE[type_], 0
    return decimal_of(type_)
