"""Answers of APIs, made from records that know more than an answer shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.model import Shape

from mesh_local_aws.refusal import Document
from mesh_local_aws.wire import Api


def shown(api: Api, operation: str, record: Document) -> Document:
    """Of a record, the members that the answer of an operation has by its model; what has no value is left out."""
    shape = api.shape(operation).output_shape
    return {} if shape is None else _shown(shape, record)


def _shown(shape: Shape, value: Any) -> Any:
    if getattr(shape, "is_document_type", False):
        return value
    if shape.type_name == "structure" and isinstance(value, Mapping):
        return {key: _shown(member, value[key]) for key, member in shape.members.items() if value.get(key) is not None}
    if shape.type_name == "list" and isinstance(value, list | tuple):
        return [_shown(shape.member, item) for item in value]
    if shape.type_name == "map" and isinstance(value, Mapping):
        return {key: _shown(shape.value, item) for key, item in value.items()}
    return value
