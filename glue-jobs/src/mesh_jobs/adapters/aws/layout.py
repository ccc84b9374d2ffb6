"""How a run log lies in a DynamoDB table. All of one product is one partition, so a role may be limited to it
(`dynamodb:LeadingKeys`).

    pk                      sk                                what
    dp_sales_orders#v1      lock                              owner, fence, since, leaseUntil (ms), runs: how many
                            id#<run id>                       sequence and generation of a run
                            run#<sequence>                    the run: state, mode, swaps, certificate …
                            run#<sequence>#step#<gen>#<name>  the result of a step
                            run#<sequence>#part#<digest>#<n>  a piece of what is too large for one item
                            published                         sequence of the last published run
                            watermarks                        one JSON object
                            outbox#<number>                   an announcement that is not delivered

An item holds 400 KB at most, so JSON beyond a few KB is compressed, and split when that is not enough. Parts are named
by their content and written before what refers to them, so nothing ever refers to half of something.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from mesh_jobs.adapters.aws.dynamo import Item, Key, Value

#: As long as it is readable in the console, and by a state machine, JSON stays text.
_READABLE = 16 * 1024
_PART = 300 * 1024
_EPOCH, _MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)

LOCK, PUBLISHED, WATERMARKS, OUTBOX = "lock", "published", "watermarks", "outbox#"


def partition(product: str, major: int) -> str:
    return f"{product}#v{major}"


def run_key(sequence: int) -> str:
    """Sorts as runs began."""
    return f"run#{sequence:012d}"


def id_key(run_id: str) -> str:
    return f"id#{run_id}"


def step_key(sequence: int, generation: str, name: str) -> str:
    return f"{run_key(sequence)}#step#{generation}#{name}"


def outbox_key(number: int) -> str:
    return f"{OUTBOX}{number:015d}"


@dataclass(frozen=True)
class Packed:
    """A JSON value as attributes of an item, and the items to write before it."""

    attributes: dict[str, Value | None]
    parts: dict[str, bytes]


def packed(name: str, value: Any, sequence: int, owner: str) -> Packed:
    """Attributes `<name>`, `<name>Z` or `<name>Parts`: text, compressed, or the digest of parts; the other two are
    None, so that an older value goes. `owner` keeps equal values of two items apart."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    none: dict[str, Value | None] = {name: None, f"{name}Z": None, f"{name}Parts": None}
    if len(text) <= _READABLE:
        return Packed({**none, name: text}, {})
    body = gzip.compress(text.encode(), mtime=0)
    if len(body) <= _PART:
        return Packed({**none, f"{name}Z": body}, {})
    digest = hashlib.sha256(owner.encode() + body).hexdigest()[:16]
    parts = {
        f"{run_key(sequence)}#part#{digest}#{n // _PART:04d}": body[n : n + _PART] for n in range(0, len(body), _PART)
    }
    return Packed({**none, f"{name}Parts": f"{digest}:{len(parts)}"}, parts)


def unpacked(name: str, item: Mapping[str, Any], parts: Mapping[str, bytes]) -> Any | None:
    """The JSON value; None where there is none. `parts` are the run's, by what follows `#part#`."""
    if name in item:
        return json.loads(item[name])
    if f"{name}Z" in item:
        return json.loads(gzip.decompress(bytes(item[f"{name}Z"])))
    if f"{name}Parts" in item:
        digest, _, count = item[f"{name}Parts"].partition(":")
        return json.loads(gzip.decompress(b"".join(parts[f"{digest}#{n:04d}"] for n in range(int(count)))))
    return None


def parts_of(name: str, item: Item | None, sequence: int) -> list[str]:
    """Keys of the parts that an item refers to."""
    digest, _, count = str((item or {}).get(f"{name}Parts", ":0")).partition(":")
    return [f"{run_key(sequence)}#part#{digest}#{n:04d}" for n in range(int(count))]


def millis(moment: datetime) -> int:
    """As a state machine counts (`$millis()` in JSONata)."""
    return (moment - _EPOCH) // _MILLISECOND


def from_millis(count: int) -> datetime:
    return _EPOCH + count * _MILLISECOND


def text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def key_of(product: str, major: int, sort: str) -> Key:
    return partition(product, major), sort
