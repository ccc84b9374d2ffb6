"""Requests and answers of an API on the wire, by botocore's model of the service: the server's side of what boto3 does.

Protocols json (the operation in X-Amz-Target) and rest-json (the operation by its method and path).
"""

from __future__ import annotations

import base64
import datetime
import functools
import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import botocore.loaders
from botocore.model import OperationModel, ServiceModel, Shape
from botocore.validate import ParamValidator

from mesh_local_aws import validation
from mesh_local_aws.refusal import Document, Refused

Operations = Mapping[str, Callable[[Document], Document]]

log = logging.getLogger("mesh-local-aws")


@dataclass(frozen=True)
class Request:
    """As it arrives: header names in lower case, values of the query as lists."""

    method: str
    path: str
    headers: Mapping[str, Any]
    body: bytes
    query: Mapping[str, Any]


class Api:
    """A service of AWS, as botocore describes it."""

    def __init__(self, name: str, model: ServiceModel) -> None:
        self.name = name
        self.model = model
        self.signing_name: str = model.signing_name
        protocol = model.metadata["protocol"]
        if protocol not in ("json", "rest-json"):
            raise ValueError(f"{name} speaks {protocol}; json and rest-json are read here")
        self.target_prefix: str | None = model.metadata["targetPrefix"] if protocol == "json" else None

    @staticmethod
    @functools.cache
    def of(name: str) -> Api:
        """By botocore's name. Raises UnknownServiceError."""
        return Api(name, ServiceModel(botocore.loaders.Loader().load_service_model(name, "service-2"), name))

    def shape(self, operation: str) -> OperationModel:
        """Raises OperationNotFoundError."""
        return self.model.operation_model(operation)

    @functools.cached_property
    def routes(self) -> list[tuple[str, re.Pattern[str], OperationModel]]:
        """Of rest-json, those with most literal text first."""
        found = []
        for operation in self.model.operation_names:
            shape = self.shape(operation)
            uri = shape.http["requestUri"].split("?")[0].rstrip("/") or "/"
            # The last label may be an ARN, whose slashes arrive decoded.
            pattern = re.sub(
                r"\{(\w+)(\+?)\}($)?", lambda part: f"(?P<{part[1]}>{'.+' if part[2] or part[3] is not None else '[^/]+'})", uri
            )
            literal = len(re.sub(r"\{[^}]*\}", "", uri))
            found.append((literal, shape.http["method"], re.compile(f"{pattern}/?$"), shape))
        found.sort(key=lambda route: -route[0])
        return [(method, pattern, shape) for _, method, pattern, shape in found]


def serve(api: Api, operations: Operations, request: Request) -> tuple[int, Document, bytes]:
    """(status, headers, body) of the answer."""
    try:
        operation, asked = read(api, request)
        return write(api.shape(operation), call(api, operations, operation, asked))
    except Refused as refused:
        return refusal(api, refused)


def call(api: Api, operations: Operations, operation: str, asked: Document) -> Document:
    """An operation on a request that may come from anywhere: validated before and after. Raises Refused."""
    shape = api.shape(operation)
    validation.hold(shape.input_shape, asked)
    if operation not in operations:
        raise Refused("UnsupportedOperation", f"{api.name}:{operation} is not emulated; see `mesh up --coverage`", 501)
    answer = operations[operation](asked)
    if shape.output_shape is not None:
        report = ParamValidator().validate(answer, shape.output_shape)
        if report.has_errors():
            raise AssertionError(f"{api.name}:{operation} answers what its model does not allow: {report.generate_report()}")
    return answer


# --- reading ---------------------------------------------------------------------------------------------------------


def read(api: Api, request: Request) -> tuple[str, Document]:
    """(operation, request as boto3 takes it). Raises Refused."""
    if api.target_prefix is not None:
        operation = str(request.headers.get("x-amz-target", "")).rpartition(".")[2]
        if operation not in api.model.operation_names:
            raise Refused("UnknownOperationException", f"{api.name} has no operation {operation!r}", 400)
        return operation, _structure(api.shape(operation).input_shape, _json(request.body))
    path = request.path.rstrip("/") or "/"
    for method, pattern, shape in api.routes:
        if method == request.method and (found := pattern.match(path)):
            return shape.name, _rest(shape, found.groupdict(), request)
    raise Refused("UnknownOperationException", f"{api.name} has no operation at {request.method} {request.path}", 404)


def _rest(shape: OperationModel, labels: Mapping[str, str], request: Request) -> Document:
    asked: Document = {}
    if shape.input_shape is None:
        return asked
    payload = shape.input_shape.serialization.get("payload")
    body = _json(request.body) if payload is None or shape.input_shape.members[payload].type_name == "structure" else {}
    for key, member in shape.input_shape.members.items():
        place = member.serialization.get("location")
        name = member.serialization.get("name", key)
        if place == "uri":
            if name in labels:
                asked[key] = _text(member, unquote(labels[name]))
        elif place == "querystring":
            if name in request.query:
                values = request.query[name]
                values = values if isinstance(values, list) else [values]
                asked[key] = [_text(member.member, each) for each in values] if member.type_name == "list" else _text(member, values[0])
        elif place == "header":
            if name.lower() in request.headers:
                asked[key] = _text(member, request.headers[name.lower()])
        elif key == payload:
            asked[key] = _structure(member, body) if member.type_name == "structure" else request.body
        elif payload is None and body.get(name) is not None:
            asked[key] = _value(member, body[name])
    if payload is None:
        # A name that the model does not know stays, for `check` to refuse it.
        known = {member.serialization.get("name", key) for key, member in shape.input_shape.members.items()}
        asked.update({name: value for name, value in body.items() if name not in known})
    return asked


def _json(body: bytes) -> Document:
    try:
        found = json.loads(body or b"{}")
    except ValueError as bad:
        raise Refused("SerializationException", f"the body is no JSON: {bad}", 400) from None
    if not isinstance(found, dict):
        raise Refused("SerializationException", "the body is no JSON object", 400)
    return found


def _structure(shape: Shape | None, found: Document) -> Document:
    if shape is None or not isinstance(found, dict):
        return found if shape is not None else {}
    named = {member.serialization.get("name", key): (key, member) for key, member in shape.members.items()}
    # A name that the model does not know stays, for `check` to refuse it.
    return {
        named[name][0] if name in named else name: _value(named[name][1], value) if name in named else value
        for name, value in found.items()
        if value is not None
    }


def _value(shape: Shape, value: Any) -> Any:
    if value is None or getattr(shape, "is_document_type", False):
        return value
    if shape.type_name == "structure" and isinstance(value, dict):
        return _structure(shape, value)
    if shape.type_name == "list" and isinstance(value, list):
        return [_value(shape.member, item) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: _value(shape.value, item) for key, item in value.items()}
    if shape.type_name == "blob" and isinstance(value, str):
        return base64.b64decode(value)
    if shape.type_name == "timestamp":
        return _time(value)
    return value


def _text(shape: Shape, value: str) -> Any:
    """A value that came in a path, a query or a header."""
    if shape.type_name in ("integer", "long"):
        return int(value)
    if shape.type_name in ("float", "double"):
        return float(value)
    if shape.type_name == "boolean":
        return value == "true"
    return _time(value) if shape.type_name == "timestamp" else value


def _time(value: Any) -> datetime.datetime:
    if isinstance(value, int | float):
        return datetime.datetime.fromtimestamp(value, datetime.UTC)
    return datetime.datetime.fromisoformat(str(value))


def body_of(api: Api, operation: str, asked: Document) -> bytes:
    """A request as it travels, of an API that takes JSON."""
    return json.dumps(_plain(api.shape(operation).input_shape, asked)).encode()


def answer_of(api: Api, operation: str, status: int, body: bytes | str) -> Document:
    """An answer as boto3 gives it. Raises Refused."""
    found = json.loads(body or b"{}")
    if status >= 400:
        code = str(found.get("__type", "InternalServerError")).rpartition("#")[2]
        raise Refused(code, str(found.get("message", found.get("Message", ""))), status, found)
    return _structure(api.shape(operation).output_shape, found)


# --- writing ---------------------------------------------------------------------------------------------------------


def write(shape: OperationModel, answer: Document) -> tuple[int, Document, bytes]:
    """A validated answer on the wire; seconds since 1970 for times that a model does not want otherwise."""
    status = int(shape.http.get("responseCode", 200))
    headers: Document = {"Content-Type": "application/json"}
    if shape.output_shape is None:
        return status, headers, b"{}"
    payload = shape.output_shape.serialization.get("payload")
    body: Any = {}
    for key, member in shape.output_shape.members.items():
        if answer.get(key) is None:
            continue
        place = member.serialization.get("location")
        name = member.serialization.get("name", key)
        if place == "statusCode":
            status = int(answer[key])
        elif place == "header":
            headers[name] = str(_plain(member, answer[key]))
        elif key == payload:
            body = _plain(member, answer[key]) if member.type_name == "structure" else answer[key]
        else:
            body[name] = _plain(member, answer[key])
    return status, headers, body if isinstance(body, bytes) else json.dumps(body).encode()


def _plain(shape: Shape, value: Any) -> Any:
    if value is None or getattr(shape, "is_document_type", False):
        return value
    kind: Any = {"structure": dict, "list": list | tuple, "map": dict}.get(shape.type_name, object)
    # The emulator's own answers are not always what the model says.
    if not isinstance(value, kind):
        return value
    if shape.type_name == "structure":
        return {
            member.serialization.get("name", key): _plain(member, value[key])
            for key, member in shape.members.items()
            if value.get(key) is not None and not _is_nothing(member, value[key])
        }
    if shape.type_name == "list":
        return [_plain(shape.member, item) for item in value]
    if shape.type_name == "map":
        return {key: _plain(shape.value, item) for key, item in value.items()}
    if shape.type_name == "blob":
        return base64.b64encode(value if isinstance(value, bytes) else str(value).encode()).decode()
    if shape.type_name == "timestamp":
        when = _time(value) if not isinstance(value, datetime.datetime) else value
        return when.isoformat() if shape.serialization.get("timestampFormat") == "iso8601" else when.timestamp()
    return value


def _is_nothing(shape: Shape, value: Any) -> bool:
    """An empty text where the model allows none: what was never set, which AWS leaves out and the emulator does not."""
    return value == "" and bool(shape.metadata.get("min"))


def refusal(api: Api, refused: Refused) -> tuple[int, Document, bytes]:
    status = refused.status
    if status is None:
        error = next((each for each in api.model.error_shapes if refused.code == each.error_code or refused.code == each.name), None)
        if error is None:
            log.warning("%s has no error %s", api.name, refused.code)
        status = int(error.metadata.get("error", {}).get("httpStatusCode", 400)) if error is not None else 400
    body = json.dumps({**refused.details, "__type": refused.code, "message": refused.message}).encode()
    return status, {"Content-Type": "application/json", "x-amzn-ErrorType": refused.code}, body
