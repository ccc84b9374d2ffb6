"""Whether the arguments of a function are of types that it takes, and fit each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sqlglot import exp

from mesh_jobs.adapters.sql.meetings import (
    apart,
    becomes,
    compared,
    computed,
    each,
    joined,
    one_type,
    stands_for,
    unfit,
)
from mesh_jobs.adapters.sql.parsing import position
from mesh_jobs.adapters.sql.places import function_name
from mesh_jobs.adapters.sql.problems import SqlProblem
from mesh_jobs.adapters.sql.signatures import COUNTS_FROM_ONE, FROM_ONE, PARAMETERS, TAKES, WRITTEN
from mesh_jobs.adapters.sql.spark_types import VOID
from mesh_jobs.adapters.sql.type_pairs import is_plain_number
from mesh_jobs.adapters.sql.typed import type_of
from mesh_jobs.domain.table import ListType, MapType, Type

_Arguments = Sequence[exp.Expr]


def check_arguments(node: exp.Anonymous) -> Iterator[SqlProblem]:
    name, arguments = function_name(node), node.expressions
    yield from _each_alone(name, arguments)
    yield from _written(name, arguments)
    yield from _from_one(name, arguments)
    yield from _of_lambda(name, arguments)
    together = _TOGETHER.get(name)
    if together is not None:
        yield from together(node, name, arguments)


def _each_alone(name: str, arguments: _Arguments) -> Iterator[SqlProblem]:
    takes = TAKES.get(name, ())
    for number, argument in enumerate(arguments if takes else ()):
        value = argument.this if isinstance(argument, exp.Lambda) else argument
        if isinstance(value, exp.Distinct):
            value = value.expressions[0]
        if (found := unfit(value, takes[min(number, len(takes) - 1)], name)) is not None:
            yield found


def _written(name: str, arguments: _Arguments) -> Iterator[SqlProblem]:
    """Arguments that Spark wants as they are written."""
    wanted = WRITTEN.get(name)
    if wanted is None or wanted.place >= len(arguments):
        return
    value = arguments[wanted.place]
    digits = value.this if isinstance(value, exp.Neg) else value
    if not isinstance(digits, exp.Literal):
        yield SqlProblem(f"{name} takes a literal number", *position(value), "write the number")
        return
    if digits.is_string:
        return
    number = float(digits.name) * (-1 if value is not digits else 1)
    if not wanted.least <= number <= wanted.most:
        yield SqlProblem(f"{name} {wanted.words}", *position(value), wanted.remedy)


def _from_one(name: str, arguments: _Arguments) -> Iterator[SqlProblem]:
    place = FROM_ONE.get(name, len(arguments))
    if place < len(arguments) and isinstance(arguments[place], exp.Literal) and arguments[place].name == "0":
        words, remedy = COUNTS_FROM_ONE
        yield SqlProblem(f"{name} {words}", *position(arguments[place]), remedy)


def _of_lambda(name: str, arguments: _Arguments) -> Iterator[SqlProblem]:
    most = PARAMETERS.get(name)
    if most is None or len(arguments) != 2:
        return
    body = arguments[1]
    if not isinstance(body, exp.Lambda):
        yield SqlProblem(f"{name} needs a lambda to apply to each element", *position(body), "write x -> …")
    elif len(body.expressions) > most:
        said = f"{name} gives {'an element' if most == 1 else 'an element and its place'} to its lambda"
        yield SqlProblem(said, *position(body), "write x -> …" if most == 1 else "write (x, i) -> …")


def _of_one_type(node: exp.Anonymous, name: str, arguments: _Arguments) -> Iterator[SqlProblem]:
    first = 1 if name == "nvl2" else 0
    yield from one_type(arguments[first:], mixed=name not in ("greatest", "least"))


def _equal(node: exp.Anonymous, name: str, arguments: _Arguments) -> Iterator[SqlProblem]:
    if len(arguments) == 2:
        yield from compared(arguments[0], arguments[1:])


def _concat(node: exp.Anonymous, name: str, arguments: _Arguments) -> Iterator[SqlProblem]:
    yield from joined(node, arguments)


def _map(node: exp.Anonymous, name: str, arguments: _Arguments) -> Iterator[SqlProblem]:
    yield from each(node, "compared", arguments[::2])
    yield from one_type(arguments[::2], mixed=False)
    yield from one_type(arguments[1::2], mixed=False)


def _near(node: exp.Anonymous, name: str, arguments: _Arguments) -> Iterator[SqlProblem]:
    """What stands for a row that is not there."""
    if len(arguments) == 3:
        yield from stands_for(arguments[2], type_of(arguments[0]))


def _parsed(node: exp.Anonymous, name: str, arguments: _Arguments) -> Iterator[SqlProblem]:
    """Only a text has a format."""
    if len(arguments) == 2:
        yield from each(node, "text", arguments)


def _array_join(node: exp.Anonymous, name: str, arguments: _Arguments) -> Iterator[SqlProblem]:
    if len(arguments) == 3:
        yield from stands_for(arguments[0], ListType("string"))


def _sequence(node: exp.Anonymous, name: str, arguments: _Arguments) -> Iterator[SqlProblem]:
    types = {type_of(a) for a in arguments} - {None}
    if len(types) > 1 or VOID in types:
        yield apart(arguments[0], arguments[1], "sequence takes two values of one type")


def _element(node: exp.Anonymous, name: str, arguments: _Arguments) -> Iterator[SqlProblem]:
    """A value that is as those of the list are. Plain numbers become one another, but for floats."""
    if len(arguments) != 2:
        return
    of, given = map(type_of, arguments)
    wanted = of.element if isinstance(of, ListType) else None
    numbers = is_plain_number(wanted) and is_plain_number(given) and "float" not in (wanted, given)
    if name == "array_remove" or not numbers:
        typed = name == "array_contains" or wanted == VOID
        yield from stands_for(arguments[1], wanted, typed=typed, exactly=name != "array_contains")


def _by_key(node: exp.Anonymous, name: str, arguments: _Arguments) -> Iterator[SqlProblem]:
    if len(arguments) != 2:
        return
    of = type_of(arguments[0])
    yield from computed(arguments[0], arguments[1])
    wanted: Type | None = of.key if isinstance(of, MapType) else "int" if isinstance(of, ListType) else None
    yield from stands_for(arguments[1], wanted, typed=True, exactly=name == "element_at")


def _cast(node: exp.Anonymous, name: str, arguments: _Arguments) -> Iterator[SqlProblem]:
    if len(arguments) == 1:
        yield from becomes(arguments[0], name)


#: What the arguments of a function have to be beside each other.
_TOGETHER: dict[str, Callable[[exp.Anonymous, str, _Arguments], Iterator[SqlProblem]]] = {
    **dict.fromkeys(("coalesce", "nvl", "ifnull", "array", "greatest", "least", "nvl2"), _of_one_type),
    **dict.fromkeys(("nullif", "equal_null"), _equal),
    "concat": _concat,
    "map": _map,
    **dict.fromkeys(("lag", "lead"), _near),
    **dict.fromkeys(("to_date", "to_timestamp", "to_timestamp_ltz", "to_timestamp_ntz"), _parsed),
    "array_join": _array_join,
    "sequence": _sequence,
    **dict.fromkeys(("array_contains", "array_position", "array_remove", "array_append"), _element),
    **dict.fromkeys(("element_at", "map_contains_key"), _by_key),
    **dict.fromkeys(("double", "date"), _cast),
}
