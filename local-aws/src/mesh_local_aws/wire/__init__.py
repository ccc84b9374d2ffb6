"""Requests and answers of an API on the wire, by botocore's model of the service: the server's side of what boto3 does.

Requests are read in every protocol; what is answered here, in json (the operation in X-Amz-Target) and rest-json (by method and path),
beside refusals, which are.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

import cbor2
from botocore.model import OperationModel
from botocore.validate import ParamValidator

from mesh_local_aws import validation
from mesh_local_aws.refusal import Document, Refused
from mesh_local_aws.wire import values
from mesh_local_aws.wire.api import Api, Request
from mesh_local_aws.wire.reading import read

__all__ = ["Api", "Operations", "Request", "answer_of", "body_of", "call", "read", "refusal", "serve", "write"]

Operations = Mapping[str, Callable[[Document], Document]]

log = logging.getLogger("mesh-local-aws")


def serve(api: Api, operations: Operations, request: Request) -> tuple[int, Document, bytes]:
    """(status, headers, body) of the answer."""
    try:
        operation, asked = read(api, request)
        return write(api.shape(operation), call(api, operations, operation, asked))
    except Refused as refused:
        return refusal(api, request, refused)


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


def body_of(api: Api, operation: str, asked: Document) -> bytes:
    """A request as it travels, of an API that takes JSON."""
    return json.dumps(values.plain(api.shape(operation).input_shape, asked)).encode()


def answer_of(api: Api, operation: str, status: int, body: bytes | str) -> Document:
    """An answer as boto3 gives it. Raises Refused."""
    found = json.loads(body or b"{}")
    if status >= 400:
        code = str(found.get("__type", "InternalServerError")).rpartition("#")[2]
        raise Refused(code, str(found.get("message", found.get("Message", ""))), status, found)
    return dict(values.structure(api.shape(operation).output_shape, found))


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
            headers[name] = str(values.plain(member, answer[key]))
        elif key == payload:
            body = values.plain(member, answer[key]) if member.type_name == "structure" else answer[key]
        else:
            body[name] = values.plain(member, answer[key])
    return status, headers, body if isinstance(body, bytes) else json.dumps(body).encode()


def refusal(api: Api, request: Request, refused: Refused) -> tuple[int, Document, bytes]:
    """In the protocol that was asked in."""
    status = refused.status
    if status is None:
        error = next((each for each in api.model.error_shapes if refused.code == each.error_code or refused.code == each.name), None)
        if error is None:
            log.warning("%s has no error %s", api.name, refused.code)
        status = int(error.metadata.get("error", {}).get("httpStatusCode", 400)) if error is not None else 400
    said = {**refused.details, "__type": refused.code, "message": refused.message}
    match api.spoken(request):
        case "smithy-rpc-v2-cbor":
            return status, {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}, cbor2.dumps(said)
        case "query":
            inner = f"<Error><Type>Sender</Type>{_in_xml(refused)}</Error>"
            return status, {"Content-Type": "text/xml"}, f"<ErrorResponse>{inner}</ErrorResponse>".encode()
        case "rest-xml":
            return status, {"Content-Type": "application/xml"}, f"<Error>{_in_xml(refused)}</Error>".encode()
    return status, {"Content-Type": "application/json", "x-amzn-ErrorType": refused.code}, json.dumps(said).encode()


def _in_xml(refused: Refused) -> str:
    return f"<Code>{escape(refused.code)}</Code><Message>{escape(refused.message)}</Message>"
