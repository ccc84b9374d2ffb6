"""Values of a request and of an answer: as boto3 has them, as JSON has them, and as text."""

from __future__ import annotations

import base64
import contextlib
import datetime
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.model import Shape

from mesh_local_aws.refusal import Document, Refused


def structure(shape: Shape | None, found: Any) -> Any:
    """Of JSON or CBOR. A name that the model does not know stays, for the validation to refuse it."""
    if shape is None or not isinstance(found, dict):
        return found if shape is not None else {}
    named = {member.serialization.get("name", key): (key, member) for key, member in shape.members.items()}
    return {
        named[name][0] if name in named else name: _value(named[name][1], value) if name in named else value
        for name, value in found.items()
        if value is not None
    }


def _value(shape: Shape, value: Any) -> Any:
    if value is None or getattr(shape, "is_document_type", False):
        return value
    if shape.type_name == "structure" and isinstance(value, dict):
        return structure(shape, value)
    if shape.type_name == "list" and isinstance(value, list):
        return [_value(shape.member, item) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: _value(shape.value, item) for key, item in value.items()}
    if shape.type_name == "blob" and isinstance(value, str):
        return base64.b64decode(value)
    if shape.type_name == "timestamp":
        return time(value)
    return value


def text(shape: Shape, value: str) -> Any:
    """A value that came as text: in a path, a query, a header, a form or an element. Raises Refused."""
    try:
        if shape.type_name in ("integer", "long"):
            return int(value)
        if shape.type_name in ("float", "double"):
            return float(value)
        if shape.type_name == "timestamp":
            return time(value)
        if shape.type_name == "blob":
            return base64.b64decode(value)
    except ValueError:
        raise Refused("SerializationException", f"{value!r} is not of type {shape.type_name}", 400) from None
    if shape.type_name == "boolean":
        if value.lower() not in ("true", "false"):
            raise Refused("SerializationException", f"{value!r} is neither true nor false", 400)
        return value.lower() == "true"
    return value


def time(value: Any) -> datetime.datetime:
    """Raises ValueError."""
    if isinstance(value, datetime.datetime):
        return value
    if isinstance(value, int | float):
        return datetime.datetime.fromtimestamp(value, datetime.UTC)
    with contextlib.suppress(ValueError):
        return datetime.datetime.fromtimestamp(float(value), datetime.UTC)
    with contextlib.suppress(ValueError):
        return datetime.datetime.fromisoformat(str(value))
    return parsedate_to_datetime(str(value))


def plain(shape: Shape, value: Any) -> Any:
    """As JSON has it."""
    if value is None or getattr(shape, "is_document_type", False):
        return value
    kind: Any = {"structure": dict, "list": list | tuple, "map": dict}.get(shape.type_name, object)
    # The emulator's own answers are not always what the model says.
    if not isinstance(value, kind):
        return value
    if shape.type_name == "structure":
        return {
            member.serialization.get("name", key): plain(member, value[key])
            for key, member in shape.members.items()
            if value.get(key) is not None and not _is_nothing(member, value[key])
        }
    if shape.type_name == "list":
        return [plain(shape.member, item) for item in value]
    if shape.type_name == "map":
        return {key: plain(shape.value, item) for key, item in value.items()}
    if shape.type_name == "blob":
        return base64.b64encode(value if isinstance(value, bytes) else str(value).encode()).decode()
    if shape.type_name == "timestamp":
        when = time(value)
        return when.isoformat() if shape.serialization.get("timestampFormat") == "iso8601" else when.timestamp()
    return value


def _is_nothing(shape: Shape, value: Any) -> bool:
    """An empty text where the model allows none: what was never set, which AWS leaves out and the emulator does not."""
    return value == "" and bool(shape.metadata.get("min"))


def document(body: bytes, loads: Callable[[bytes], Any]) -> Document:
    """Raises Refused."""
    try:
        found = loads(body)
    except (ValueError, EOFError) as bad:
        raise Refused("SerializationException", f"the body cannot be read: {bad}", 400) from None
    if not isinstance(found, dict):
        raise Refused("SerializationException", "the body is not an object with names and values", 400)
    return found
