"""What policies hold items and attributes apart by: `dynamodb:LeadingKeys`, the partition keys that a request touches, of what it writes
`dynamodb:Attributes`, and `dynamodb:ReturnValues`.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from mesh_local_aws import hooks, stores
from mesh_local_aws.hooks import Document

_EQUALS = re.compile(r"([#\w.]+)\s*=\s*(:\w+)")
#: Names that begin a path of an expression; neither a function's nor those of values.
_NAMES = re.compile(r"(?<![\w.:#])#?[A-Za-z_]\w*\b(?!\s*\()")
_WORDS = {"SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT", "BETWEEN", "IN"}


def install() -> None:
    hooks.replace("core.iam_actions", "dynamodb_service_context", _with_keys)


def _with_keys(original: Callable[[bytes], Document]) -> Callable[[bytes], Document]:
    def context(body: bytes) -> Document:
        found = original(body)
        try:
            asked = json.loads(body or b"{}")
            keys, attributes = sorted(set(leading_keys(asked))), sorted(set(written_attributes(asked)))
        except (ValueError, AttributeError, TypeError):
            # What is no request of DynamoDB touches no item; the service says what is wrong with it.
            return found
        return {
            **found,
            **({"dynamodb:LeadingKeys": keys} if keys else {}),
            **({"dynamodb:Attributes": attributes, "dynamodb:ReturnValues": asked.get("ReturnValues", "NONE")} if attributes else {}),
        }

    return context


def written_attributes(asked: Document) -> Iterator[str]:
    """Those that a write names: the keys of its item, what it sets, and what it compares."""
    for one in [asked, *(one for item in asked.get("TransactItems", []) for one in item.values())]:
        said = [one[text] for text in ("UpdateExpression", "ConditionExpression") if one.get(text)]
        parts = [one[part] for part in ("Item", "AttributeUpdates", "Expected") if one.get(part)]
        if not said and not parts:
            continue
        for part in (one.get("Key") or {}, *parts):
            yield from part
        names = one.get("ExpressionAttributeNames") or {}
        for name in _NAMES.findall(" ".join(said)):
            if name.upper() not in _WORDS:
                yield names.get(name, name)


def leading_keys(asked: Document) -> Iterator[str]:
    """Of the request itself, and of all that a batch or a transaction has in it."""
    yield from _of_one(asked, asked.get("TableName", ""))
    for item in asked.get("TransactItems", []):
        for one in item.values():
            yield from _of_one(one, one.get("TableName", ""))
    for table, wanted in asked.get("RequestItems", {}).items():
        if isinstance(wanted, dict):
            for key in wanted.get("Keys", []):
                yield from _of_one({"Key": key}, table)
        else:
            for write in wanted:
                for one in write.values():
                    yield from _of_one(one, table)


def _of_one(asked: Document, table: str) -> Iterator[str]:
    partition = stores.partition_key(table.rpartition("/")[2])
    if partition is None:
        return
    for part in ("Key", "Item"):
        if partition in asked.get(part, {}):
            yield _value(asked[part][partition])
    names, values = asked.get("ExpressionAttributeNames") or {}, asked.get("ExpressionAttributeValues") or {}
    for name, value in _EQUALS.findall(asked.get("KeyConditionExpression") or ""):
        if names.get(name, name) == partition and value in values:
            yield _value(values[value])


def _value(attribute: Any) -> str:
    return str(next(iter(attribute.values())))
