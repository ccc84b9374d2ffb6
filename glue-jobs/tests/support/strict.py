"""Requests that AWS itself would take. moto accepts much that AWS refuses: botocore checks names, types and what is
required; the rest of its service models (values of enums, patterns, lengths) is checked here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3


class Requests:
    """What a session asked for: its operations, how often, and what in them AWS would refuse."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.asked: Counter[str] = Counter()

    @property
    def used(self) -> set[str]:
        return set(self.asked)

    def note(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        name = f"{model.service_model.service_name}:{model.name}"
        self.asked[name] += 1
        if model.input_shape is not None:
            self.problems += [f"{name}: {p}" for p in problems_of(model.input_shape, params)]


@contextmanager
def strict() -> Iterator[Requests]:
    """Watches every client that was made since `listen`. Ends with an error when AWS would have refused a request."""
    listen()
    seen = Requests()
    _watching.append(seen)
    try:
        yield seen
    finally:
        _watching.remove(seen)
    assert seen.problems == []


_watching: list[Requests] = []


@cache
def listen() -> None:
    """To all clients of the session from now on, which tests have in common."""
    if boto3.DEFAULT_SESSION is None:
        boto3.setup_default_session()

    def note(**request: Any) -> None:
        for watching in _watching:
            watching.note(**request)

    boto3.DEFAULT_SESSION.events.register("provide-client-params.*.*", note)


def problems_of(shape: Any, value: Any, at: str = "") -> Iterator[str]:
    """Where a value does not fit its shape: values of enums, patterns and lengths."""
    if shape.type_name == "structure":
        for name, inner in (value or {}).items():
            if name in shape.members:
                yield from problems_of(shape.members[name], inner, f"{at}.{name}")
        return
    if shape.type_name in ("list", "map", "string", "blob") and hasattr(value, "__len__"):
        low, high = shape.metadata.get("min", 0), shape.metadata.get("max")
        if len(value) < low or (high is not None and len(value) > high):
            yield f"{at} has {len(value)}, allowed are {low} to {high}"
    if shape.type_name == "list":
        for n, inner in enumerate(value):
            yield from problems_of(shape.member, inner, f"{at}[{n}]")
    elif shape.type_name == "map":
        for name, inner in value.items():
            yield from problems_of(shape.value, inner, f"{at}[{name}]")
    elif shape.type_name == "string" and isinstance(value, str):
        if shape.enum and value not in shape.enum:
            yield f"{at} is {value!r}, allowed are {', '.join(shape.enum)}"
        pattern = shape.metadata.get("pattern")
        if pattern and not re.fullmatch(_python(pattern), value):
            yield f"{at} is {value!r}, which does not match {pattern}"


def _python(pattern: str) -> str:
    r"""Java's pattern as Python's: \uD800\uDC00-\uDBFF\uDFFF are the planes beyond the first, \p{…} any letter."""
    pattern = pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
    return re.sub(r"\\p\{\w+\}", r"\\w", pattern)
