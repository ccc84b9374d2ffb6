"""Requests of the protocol query: members as names with dots, in a form or in the query.

https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from botocore.model import Shape

from mesh_local_aws.refusal import Document, Refused
from mesh_local_aws.wire import values
from mesh_local_aws.wire.api import Api, Request

#: What is no parameter of an operation: the protocol's own, and the signature of a request that was signed beforehand.
_NO_PARAMETERS = ("Action", "Version", "AWSAccessKeyId", "Signature", "SignatureMethod", "SignatureVersion", "SecurityToken")

Node = str | dict[str, Any]


def read(api: Api, request: Request) -> tuple[str, Document]:
    """(operation, request as boto3 takes it). Raises Refused."""
    said = {name: each[-1] if isinstance(each, list) else each for name, each in request.query.items()}
    said |= dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    operation = said.get("Action", "")
    if operation not in api.model.operation_names:
        raise Refused("UnknownOperationException", f"{api.name} has no operation {operation!r}", 400)
    parameters = {name: value for name, value in said.items() if name not in _NO_PARAMETERS and not name.lower().startswith("x-amz-")}
    return operation, _structure(api.shape(operation).input_shape, _tree(parameters), "request")


def _tree(parameters: dict[str, str]) -> dict[str, Any]:
    """Raises Refused where a name has a value and parts."""
    tree: dict[str, Any] = {}
    for name, value in parameters.items():
        *folders, leaf = name.split(".")
        node = tree
        for folder in folders:
            node = node.setdefault(folder, {})
            if not isinstance(node, dict):
                raise _malformed(name)
        if leaf in node:
            raise _malformed(name)
        node[leaf] = value
    return tree


def _structure(shape: Shape | None, node: Node, where: str) -> Document:
    """A name that the model does not know stays, for the validation to refuse it."""
    if not isinstance(node, dict):
        # As clients say of a structure that nothing is in.
        if node == "":
            return {}
        raise _malformed(where)
    members = {} if shape is None else {member.serialization.get("name", key): (key, member) for key, member in shape.members.items()}
    return {
        members[name][0] if name in members else name: _value(members[name][1], value, name) if name in members else value
        for name, value in node.items()
    }


def _value(shape: Shape, node: Node, where: str) -> Any:
    if shape.type_name == "structure":
        return _structure(shape, node, where)
    if shape.type_name == "list":
        return [
            _value(shape.member, item, where)
            for item in _items(node, where, _in_parts(shape, shape.member.serialization.get("name", "member")))
        ]
    if shape.type_name == "map":
        key, value = (each.serialization.get("name", name) for each, name in ((shape.key, "key"), (shape.value, "value")))
        entries = _items(node, where, _in_parts(shape, "entry"))
        if not all(isinstance(each, dict) and key in each for each in entries):
            raise _malformed(where)
        return {each[key]: _value(shape.value, each.get(value, ""), where) for each in entries}
    if not isinstance(node, str):
        raise _malformed(where)
    return values.text(shape, node)


def _in_parts(shape: Shape, part: str) -> str | None:
    return None if shape.serialization.get("flattened") else part


def _items(node: Node, where: str, part: str | None) -> list[Any]:
    """In the order of their numbers."""
    inner = node.get(part, {}) if part is not None and isinstance(node, dict) else node
    if node == "" or inner == "":
        return []
    if not isinstance(inner, dict) or not all(name.isdigit() for name in inner) or (part is not None and set(node) != {part}):
        raise _malformed(where)
    return [inner[name] for name in sorted(inner, key=int)]


def _malformed(name: str) -> Refused:
    return Refused("SerializationException", f"the parameter {name} is not written as the protocol has it", 400)
