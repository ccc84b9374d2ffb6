"""The schemas of CloudFormation's types, as cfn-lint ships them, and what they say of a resource's properties.

cfn-lint itself is not imported: it is a linter of a second and more, and only its data is wanted.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

Document = dict[str, Any]


@functools.cache
def schema(type_: str) -> Document | None:
    """Of one type; None for a type that CloudFormation does not know."""
    digest = _index().get(type_)
    if digest is None:
        return None
    text = (_folder() / "resources" / f"{digest}.json").read_text(encoding="utf-8")
    found: Document = json.loads(_JAVA.sub(lambda found: _CLASSES.get(found[1], r"\\w"), text))
    return found


#: Java's classes of characters, which Python's expressions have not, and what comes closest, as they stand in JSON.
_JAVA = re.compile(r"\\\\p\{(\w+)\}")
_CLASSES = {
    "Z": r"\\s",
    "Zs": r"\\s",
    "N": "0-9",
    "Nd": "0-9",
    "Print": r"\\x20-\\x7e",
    "Graph": r"\\x21-\\x7e",
    "P": r"\\x21-\\x2f",
    "S": r"+<=>|~^$",
}


def create_only(type_: str) -> tuple[str, ...]:
    """Properties whose change makes a new resource. Raises KeyError for an unknown type."""
    found = schema(type_)
    if found is None:
        raise KeyError(type_)
    return tuple(name for name in _names(found.get("createOnlyProperties", ())) if "/" not in name)


def has_attribute(type_: str, attribute: str) -> bool:
    """Whether `Fn::GetAtt` may name it: a property, by dots where it is one of a part. A type without a schema, a
    custom resource for one, decides by itself."""
    found = schema(type_)
    if found is None:
        return True
    node: Any = found
    for name in attribute.split("."):
        node = _resolved(found, node).get("properties", {}).get(name)
        if node is None:
            # What CloudFormation answers and the registry's schemas leave out is in its read-only properties.
            return attribute.replace(".", "/") in _names(found.get("readOnlyProperties", ()))
    return True


def problems(type_: str, properties: Document) -> list[str]:
    """Everything that a schema has against properties; where an intrinsic stands its value is not known and may be right.

    A number or a truth may be written as text, as CloudFormation lets it.
    """
    found = schema(type_)
    if found is None:
        return []
    errors = [_sentence(error) for error in _validator(type_).iter_errors(properties) if not _may_be_right(error)]
    for named, held in _besides(type_):
        if not any(_has_intrinsic(properties.get(name)) for name in named):
            errors += [_sentence(error) for error in held.iter_errors(properties)]
    top = {name for name in _names(found.get("readOnlyProperties", ())) if "/" not in name}
    inputs = set(_names(found.get("writeOnlyProperties", ())))
    errors += [f"{name} is read-only" for name in properties if name in top - inputs and name not in create_only(type_)]
    return sorted(set(errors))


@functools.cache
def _validator(type_: str) -> Any:
    return _Validator(schema(type_))


#: What a type's schema does not say and cfn-lint knows, of properties that turn on each other: files below its `extensions`.
_BESIDES = {
    "AWS::CloudWatch::Alarm": ("period",),
    "AWS::DynamoDB::Table": ("billingmode_exclusive", "billingmode_provisioned_dependent"),
    "AWS::Lambda::EventSourceMapping": ("eventsourcearn_sqs_exclusive", "eventsourcearn_stream_inclusive"),
    "AWS::Lambda::Function": ("capacity_provider_timeout", "loglevel_logformat", "zipfile_runtime_enum", "zipfile_runtime_exists"),
    "AWS::S3::Bucket": ("ownershipcontrols",),
    "AWS::SQS::Queue": ("properties",),
}


#: What neither says and the service refuses, at the API of each.
_UNSAID: dict[str, Document] = {
    "AWS::S3::Bucket": {
        "properties": {"LifecycleConfiguration": {"properties": {"Rules": {"items": {"properties": {"ExpirationInDays": {"minimum": 1}}}}}}}
    },
    "AWS::SNS::Topic": {"properties": {"TopicName": {"pattern": r"^[A-Za-z0-9_-]{1,256}(\.fifo)?$"}}},
    "AWS::SQS::Queue": {"properties": {"QueueName": {"pattern": r"^[A-Za-z0-9_-]{1,80}(\.fifo)?$"}}},
    "AWS::Scheduler::Schedule": {"properties": {"ScheduleExpression": {"pattern": r"^(at|cron|rate)\(.+\)$"}}},
}


@functools.cache
def _besides(type_: str) -> list[tuple[frozenset[str], Any]]:
    """(properties that it looks at, what holds them) of each."""
    folder = _folder() / "extensions" / type_.lower().replace("::", "_")
    found = [json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in _BESIDES.get(type_, ())]
    found += [_UNSAID[type_]] if type_ in _UNSAID else []
    return [(frozenset(_looked_at(one)), _Validator(one)) for one in found]


def _looked_at(node: Any) -> Iterator[str]:
    """Names of properties of the resource, wherever a condition has put them."""
    for key, value in node.items() if isinstance(node, dict) else ():
        if key in ("properties", "required"):
            yield from value
        else:
            for each in value if isinstance(value, list) else (value,):
                yield from _looked_at(each)


def _names(paths: Any) -> list[str]:
    return [path.removeprefix("/properties/") for path in paths]


def _resolved(root: Document, node: Document) -> Document:
    while "$ref" in node:
        target: Any = root
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


@functools.cache
def _folder() -> Path:
    spec = importlib.util.find_spec("cfnlint")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("cfn-lint is not installed, whose schemas CloudFormation is held against")
    return Path(spec.submodule_search_locations[0]) / "data" / "schemas"


@functools.cache
def _index() -> dict[str, str]:
    found: dict[str, str] = json.loads((_folder() / "providers" / "us-east-1.json").read_text(encoding="utf-8"))
    return found


# --- validation as CloudFormation does it ----------------------------------------------------------------------------


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
        return f"{', '.join(unknown)} is no property{f' of {where}' if where else ''}"
    said = repr(error.instance)
    short = said if len(said) <= _SHOWN else f"{said[:_SHOWN]}…"
    return f"{where or 'the resource'}: {error.message.replace(said, short)}"
