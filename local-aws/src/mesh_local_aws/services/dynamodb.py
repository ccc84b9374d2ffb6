"""`dynamodb:LeadingKeys`, which policies hold items apart by: the partition keys that a request touches.

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


def install() -> None:
    hooks.replace("core.iam_actions", "dynamodb_service_context", _with_leading_keys)


def _with_leading_keys(original: Callable[[bytes], Document]) -> Callable[[bytes], Document]:
    def context(body: bytes) -> Document:
        found = original(body)
        try:
            keys = sorted(set(leading_keys(json.loads(body or b"{}"))))
        except (ValueError, AttributeError, TypeError):
            # What is no request of DynamoDB touches no item; the service says what is wrong with it.
            return found
        return {**found, "dynamodb:LeadingKeys": keys} if keys else found

    return context


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
