"""The schemas of CloudFormation's types, as cfn-lint ships them.

cfn-lint itself is not imported: it is a linter of a second and more, and only its data is wanted.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import re
from pathlib import Path
from typing import Any

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
    return tuple(name for name in names(found.get("createOnlyProperties", ())) if "/" not in name)


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
            return attribute.replace(".", "/") in names(found.get("readOnlyProperties", ()))
    return True


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


def besides(type_: str) -> list[Document]:
    """Schemas that a type's properties are held against, too."""
    folder = _folder() / "extensions" / type_.lower().replace("::", "_")
    found: list[Document] = [json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in _BESIDES.get(type_, ())]
    return found + ([_UNSAID[type_]] if type_ in _UNSAID else [])


def names(paths: Any) -> list[str]:
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
        raise RuntimeError("cfn-lint, whose schemas CloudFormation is held against, is not installed")
    return Path(spec.submodule_search_locations[0]) / "data" / "schemas"


@functools.cache
def _index() -> dict[str, str]:
    found: dict[str, str] = json.loads((_folder() / "providers" / "us-east-1.json").read_text(encoding="utf-8"))
    return found
