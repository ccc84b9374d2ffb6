"""One DynamoDB table: items of texts, numbers and bytes, conditions and transactions."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from mesh_jobs.adapters.aws.failures import code_of, is_missing, is_throttled, speaking

Value = str | int | bytes
Item = dict[str, Any]
Key = tuple[str, str]

_ATTEMPTS = 8


class ConditionFailed(Exception):
    """A write was refused since its condition does not hold; in a transaction, at which positions."""

    def __init__(self, positions: frozenset[int] = frozenset({0})) -> None:
        super().__init__(f"condition {sorted(positions)} does not hold")
        self.positions = positions


@dataclass(frozen=True)
class When:
    """A condition in DynamoDB's words; `#name` is an attribute, `:name` one of the values."""

    text: str
    values: Mapping[str, Value] = field(default_factory=dict)

    def parameters(self) -> dict[str, Any]:
        return {"ConditionExpression": self.text, **_placeholders(self.text, self.values)}


@dataclass(frozen=True)
class Put:
    """Writes a whole item."""

    key: Key
    item: Mapping[str, Value | None]
    when: When | None = None

    def request(self) -> tuple[str, dict[str, Any]]:
        own = self.when.parameters() if self.when else {}
        return "Put", {"Item": {**_key(self.key), **_wired(self.item)}, **own}


@dataclass(frozen=True)
class Change:
    """Sets attributes of an item, or removes those that are None."""

    key: Key
    to: Mapping[str, Value | None]
    when: When

    def request(self) -> tuple[str, dict[str, Any]]:
        put = [f"#{n} = :_{n}" for n, v in self.to.items() if v is not None]
        gone = [f"#{n}" for n, v in self.to.items() if v is None]
        clauses = [f"SET {', '.join(put)}"] * bool(put) + [f"REMOVE {', '.join(gone)}"] * bool(gone)
        text = " ".join(clauses)
        values = {**self.when.values, **{f"_{n}": v for n, v in self.to.items() if v is not None}}
        both = _placeholders(f"{text} {self.when.text}", values)
        return "Update", {
            "Key": _key(self.key),
            "UpdateExpression": text,
            "ConditionExpression": self.when.text,
            **both,
        }


@dataclass(frozen=True)
class Check:
    """Changes nothing, and stops the transaction unless the condition holds."""

    key: Key
    when: When

    def request(self) -> tuple[str, dict[str, Any]]:
        return "ConditionCheck", {"Key": _key(self.key), **self.when.parameters()}


class DynamoTable:
    """A table with the keys `pk` and `sk`. Every read is consistent."""

    def __init__(self, client: Any, name: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client, self.name, self._sleep = client, name, sleep

    def exists(self) -> bool:
        with speaking(f"looking for table {self.name}"):
            try:
                self._client.describe_table(TableName=self.name)
            except ClientError as error:
                if is_missing(error):
                    return False
                raise
        return True

    def get(self, key: Key) -> Item | None:
        with speaking(f"reading {key[1]} of {key[0]} in table {self.name}"):
            found = self._client.get_item(TableName=self.name, Key=_key(key), ConsistentRead=True)
        return _plain(found["Item"]) if "Item" in found else None

    def query(self, partition: str, prefix: str, newest_first: bool = False) -> Iterator[Item]:
        """Items whose `sk` begins so, in its order; page by page, as far as they are asked for."""
        request: dict[str, Any] = {
            "TableName": self.name,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :sk)",
            "ExpressionAttributeValues": {":pk": {"S": partition}, ":sk": {"S": prefix}},
            "ScanIndexForward": not newest_first,
            "ConsistentRead": True,
        }
        while True:
            with speaking(f"reading {partition} in table {self.name}"):
                page = self._client.query(**request)
            for item in page["Items"]:
                yield _plain(item)
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def put(self, key: Key, item: Mapping[str, Value | None]) -> None:
        with speaking(f"writing {key[1]} of {key[0]} to table {self.name}"):
            self._client.put_item(TableName=self.name, **Put(key, item).request()[1])

    def delete(self, key: Key) -> None:
        with speaking(f"deleting {key[1]} of {key[0]} from table {self.name}"):
            self._client.delete_item(TableName=self.name, Key=_key(key))

    def change(self, key: Key, update: str, when: When) -> Item:
        """Updates one item, in DynamoDB's words, and gives it as it is then. Raises ConditionFailed."""
        own = _placeholders(f"{update} {when.text}", when.values)
        with speaking(f"writing {key[1]} of {key[0]} to table {self.name}"):
            try:
                found = self._client.update_item(
                    TableName=self.name,
                    Key=_key(key),
                    UpdateExpression=update,
                    ConditionExpression=when.text,
                    ReturnValues="ALL_NEW",
                    **own,
                )
            except ClientError as error:
                if code_of(error) == "ConditionalCheckFailedException":
                    raise ConditionFailed from None
                raise
        return _plain(found["Attributes"])

    def transact(self, actions: Sequence[Put | Change | Check]) -> None:
        """All or nothing. Raises ConditionFailed with the positions of the actions whose condition does not hold. Other
        reasons to cancel, such as a transaction on the same item, pass, so they are waited for. boto3 sends a token
        with each request, so that one whose answer was lost happens once."""
        requests = [a.request() for a in actions]
        items = [{kind: {"TableName": self.name, **request}} for kind, request in requests]
        where = f"{actions[0].key[0]} in table {self.name}"
        for attempt in range(_ATTEMPTS):
            with speaking(f"writing {where}"):
                try:
                    self._client.transact_write_items(TransactItems=items)
                    return
                except ClientError as error:
                    reasons = [str(r.get("Code")) for r in error.response.get("CancellationReasons", [])]
                    refused = frozenset(n for n, r in enumerate(reasons) if r == "ConditionalCheckFailed")
                    if refused:
                        raise ConditionFailed(refused) from None
                    if attempt == _ATTEMPTS - 1 or not any(map(is_throttled, reasons)):
                        raise
            self._sleep(random.uniform(0, min(5.0, 0.05 * 2**attempt)))


def _key(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}


def _wired(item: Mapping[str, Value | None]) -> dict[str, Any]:
    return {name: _wire(value) for name, value in item.items() if value is not None}


def _wire(value: Value) -> dict[str, Any]:
    match value:
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case bytes():
            return {"B": value}


def _plain(item: Mapping[str, Mapping[str, Any]]) -> Item:
    found: Item = {}
    for name, wired in item.items():
        ((kind, value),) = wired.items()
        found[name] = int(value) if kind == "N" else value
    return found


def _placeholders(text: str, values: Mapping[str, Value]) -> dict[str, Any]:
    """Every attribute goes by a placeholder: many good names are reserved words."""
    names = {f"#{n}": n for n in re.findall(r"#(\w+)", text)}
    wired = {f":{n}": _wire(v) for n, v in values.items()}
    found: dict[str, Any] = {}
    if names:
        found["ExpressionAttributeNames"] = names
    if wired:
        found["ExpressionAttributeValues"] = wired
    return found
