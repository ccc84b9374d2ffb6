"""Properties of a resource, held against the schemas of its type as CloudFormation does it."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from mesh_local_aws import schemas
from mesh_local_aws.refusal import Document


def problems(type_: str, properties: Document) -> list[str]:
    """Everything that a schema has against properties; where an intrinsic stands its value is not known and may be right.

    A number or a truth may be written as text, as CloudFormation lets it.
    """
    found = schemas.schema(type_)
    if found is None:
        return []
    errors = [_sentence(error) for error in _validator(type_).iter_errors(properties) if not _may_be_right(error)]
    for named, held in _besides(type_):
        if not any(_has_intrinsic(properties.get(name)) for name in named):
            errors += [_sentence(error) for error in held.iter_errors(properties)]
    top = {name for name in schemas.names(found.get("readOnlyProperties", ())) if "/" not in name}
    inputs = set(schemas.names(found.get("writeOnlyProperties", ())))
    errors += [f"{name} is read-only" for name in properties if name in top - inputs and name not in schemas.create_only(type_)]
    return sorted(set(errors))


@functools.cache
def _validator(type_: str) -> Any:
    return _Validator(schemas.schema(type_))


@functools.cache
def _besides(type_: str) -> list[tuple[frozenset[str], Any]]:
    """(properties that it looks at, what holds them) of each."""
    return [(frozenset(_looked_at(one)), _Validator(one)) for one in schemas.besides(type_)]


def _looked_at(node: Any) -> Iterator[str]:
    """Names of properties of the resource, wherever a condition has put them."""
    for key, value in node.items() if isinstance(node, dict) else ():
        if key in ("properties", "required"):
            yield from value
        else:
            for each in value if isinstance(value, list) else (value,):
                yield from _looked_at(each)


def _is_number(_: Any, value: Any) -> bool:
    return (isinstance(value, int | float) and not isinstance(value, bool)) or _like(value, r"-?\d+(\.\d+)?")


def _is_integer(_: Any, value: Any) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or _like(value, r"-?\d+")


def _is_boolean(_: Any, value: Any) -> bool:
    return isinstance(value, bool) or _like(value, "true|false")


def _is_text(_: Any, value: Any) -> bool:
    return isinstance(value, str | int | float | bool)


def _like(value: Any, pattern: str) -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _pattern(_: Any, pattern: str, value: Any, __: Any) -> Iterator[ValidationError]:
    try:
        if isinstance(value, str) and not re.search(pattern, value):
            yield ValidationError(f"{value!r} does not match {pattern!r}")
    except re.error:
        # An expression of Java's that Python has not: CloudFormation would know.
        return


def _bounded(keyword: str) -> Any:
    """Bounds of numbers, which may have come as text."""

    def check(validator: Any, bound: Any, value: Any, whole: Any) -> Iterator[ValidationError]:
        number = float(value) if isinstance(value, str) and _is_number(None, value) else value
        if isinstance(number, int | float) and not isinstance(number, bool):
            yield from Draft7Validator.VALIDATORS[keyword](Draft7Validator({}), bound, number, whole)

    return check


def _enumerated(_: Any, allowed: list[Any], value: Any, __: Any) -> Iterator[ValidationError]:
    if value not in allowed and str(value).lower() not in {str(each).lower() for each in allowed if not isinstance(each, str)}:
        yield ValidationError(f"{value!r} is not one of {allowed}")


def _properties(validator: Any, properties: Document, value: Any, _: Any) -> Iterator[ValidationError]:
    """One that is false is none that may be there: jsonschema does not say which."""
    for name, schema_ in properties.items() if isinstance(value, dict) else ():
        if name in value and schema_ is False:
            yield ValidationError(f"{name} does not go with the other properties")
        elif name in value:
            yield from validator.descend(value[name], schema_, path=name, schema_path=name)


_Validator = extend(
    Draft7Validator,
    {
        "properties": _properties,
        "pattern": _pattern,
        "enum": _enumerated,
        **{keyword: _bounded(keyword) for keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")},
    },
    type_checker=Draft7Validator.TYPE_CHECKER.redefine_many(
        {"number": _is_number, "integer": _is_integer, "boolean": _is_boolean, "string": _is_text}
    ),
)


def _may_be_right(error: ValidationError) -> bool:
    """Whether it turns on a value that an intrinsic will give."""
    if error.validator in ("anyOf", "oneOf", "allOf", "not", "if", "uniqueItems", "dependencies", "maxItems", "minItems"):
        return _has_intrinsic(error.instance)
    return _is_intrinsic(error.instance)


def _is_intrinsic(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and all(key == "Ref" or key.startswith("Fn::") for key in value)


def _has_intrinsic(value: Any) -> bool:
    if _is_intrinsic(value):
        return True
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_has_intrinsic(part) for part in parts)


#: How much of a value is repeated.
_SHOWN = 120


def _sentence(error: ValidationError) -> str:
    where = "/".join(str(part) for part in error.absolute_path)
    if error.validator == "required" and isinstance(error.instance, dict):
        missing = ", ".join(name for name in error.validator_value if name not in error.instance)
        return f"{missing} is missing{f' in {where}' if where else ''}"
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = error.schema.get("properties", {})
        patterns = error.schema.get("patternProperties", {})
        unknown = [n for n in error.instance if n not in known and not any(re.search(p, n) for p in patterns)]
        return f"{', '.join(unknown)} is not a property{f' of {where}' if where else ''}"
    said = repr(error.instance)
    short = said if len(said) <= _SHOWN else f"{said[:_SHOWN]}…"
    return f"{where or 'the resource'}: {error.message.replace(said, short)}"
