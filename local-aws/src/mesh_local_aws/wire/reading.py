"""Requests of every protocol that services of AWS speak, as boto3 takes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

import cbor2
from botocore.model import OperationModel, Shape

from mesh_local_aws.refusal import Document, Refused
from mesh_local_aws.wire import forms, values, xml
from mesh_local_aws.wire.api import Api, Request


def read(api: Api, request: Request) -> tuple[str, Document]:
    """(operation, request as boto3 takes it). Raises Refused: UnknownOperationException where there is no such operation."""
    return _READERS[api.spoken(request)](api, request)


def _json(api: Api, request: Request) -> tuple[str, Document]:
    operation = request.header("x-amz-target").rpartition(".")[2]
    return operation, _said(api, operation, values.document(request.body or b"{}", json.loads))


def _cbor(api: Api, request: Request) -> tuple[str, Document]:
    operation = request.path.rpartition("/operation/")[2]
    return operation, _said(api, operation, values.document(request.body, cbor2.loads) if request.body else {})


def _said(api: Api, operation: str, found: Document) -> Document:
    if operation not in api.model.operation_names:
        raise Refused("UnknownOperationException", f"{api.name} has no operation {operation!r}", 400)
    return dict(values.structure(api.shape(operation).input_shape, found))


def _rest(api: Api, request: Request) -> tuple[str, Document]:
    for route in api.routes:
        labels = route.labels(request)
        if labels is not None:
            return route.operation.name, _parts(api, route.operation, labels, request)
    raise Refused("UnknownOperationException", f"{api.name} has no operation at {request.method} {request.path}", 404)


def _parts(api: Api, operation: OperationModel, labels: Mapping[str, str], request: Request) -> Document:
    """Of the path, the query, the headers and the body."""
    shape = operation.input_shape
    if shape is None:
        return {}
    asked: Document = {}
    for key, member in shape.members.items():
        place = member.serialization.get("location")
        name = member.serialization.get("name", key)
        if place == "uri" and name in labels:
            asked[key] = values.text(member, unquote(labels[name]))
        elif place == "querystring" and name in request.query:
            said = request.query[name]
            said = said if isinstance(said, list) else [said]
            asked[key] = [values.text(member.member, each) for each in said] if member.type_name == "list" else values.text(member, said[0])
        elif place == "header" and name.lower() in request.headers:
            asked[key] = _header(member, request.header(name.lower()))
    return asked | _body(api, shape, request)


def _header(shape: Shape, said: str) -> Any:
    if shape.type_name == "list":
        return [each.strip() for each in said.split(",")]
    # S3 takes `enabled` for ENABLED, as the SDK for C++ writes it.
    return next((each for each in getattr(shape, "enum", None) or () if each.lower() == said.lower()), values.text(shape, said))


def _body(api: Api, shape: Shape, request: Request) -> Document:
    payload = shape.serialization.get("payload")
    if payload is None:
        if api.protocol == "rest-xml":
            inside = any("location" not in member.serialization for member in shape.members.values())
            return xml.read(shape, request.body) if inside and request.body else {}
        elsewhere = {member.serialization.get("name", key) for key, member in shape.members.items() if "location" in member.serialization}
        found = values.document(request.body or b"{}", json.loads)
        return dict(values.structure(shape, {name: value for name, value in found.items() if name not in elsewhere}))
    member = shape.members[payload]
    if member.type_name != "structure":
        return {payload: request.body.decode("utf-8", "replace") if member.type_name == "string" else request.body}
    if api.protocol == "rest-xml":
        return {payload: xml.read(member, request.body)} if request.body else {}
    return {payload: values.structure(member, values.document(request.body or b"{}", json.loads))}


_READERS: Mapping[str, Callable[[Api, Request], tuple[str, Document]]] = {
    "json": _json,
    "smithy-rpc-v2-cbor": _cbor,
    "query": forms.read,
    "rest-json": _rest,
    "rest-xml": _rest,
}
