"""What boto3 sends is read as it was meant: every operation of the services whose requests are read here and answered by the emulator."""

from __future__ import annotations

import datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import pytest
from botocore.model import OperationModel, Shape
from botocore.serialize import create_serializer

from mesh_local_aws import wire

SERVICES = {
    "cloudformation": ["query"],
    "cloudwatch": ["json", "query", "smithy-rpc-v2-cbor"],
    "iam": ["query"],
    "s3": ["rest-xml"],
    "sns": ["query"],
    "sts": ["query"],
}
#: Told by the name of the host, which is not looked at.
BY_HOST = ("ListDirectoryBuckets", "WriteGetObjectResponse")
SCALARS: dict[str, Any] = {
    "blob": b"bytes",
    "boolean": True,
    "double": 1.5,
    "float": 1.5,
    "integer": 7,
    "long": 7,
    "timestamp": datetime.datetime(2025, 1, 31, 10, 11, 12, tzinfo=datetime.UTC),
}


def everything(shape: Shape | None, inside: tuple[str, ...] = ()) -> Any:
    """A value with every member that can be said; None of what contains itself, or nothing."""
    if shape is None or shape.name in inside:
        return None
    deeper = (*inside, shape.name)
    if shape.type_name == "structure":
        # Names of headers that a person makes up are not read: what they say is not held to anything.
        said = {name: everything(each, deeper) for name, each in shape.members.items() if each.serialization.get("location") != "headers"}
        return {name: value for name, value in said.items() if value is not None} or None
    if shape.type_name in ("list", "map"):
        inner = everything(shape.member if shape.type_name == "list" else shape.value, deeper)
        return None if inner is None else [inner, inner] if shape.type_name == "list" else {everything(shape.key): inner}
    if shape.type_name == "string":
        return shape.enum[0] if shape.enum else "a&b <c> d"
    return SCALARS[shape.type_name]


def sent(protocol: str, operation: OperationModel, asked: dict[str, Any]) -> wire.Request:
    made = create_serializer(protocol, False).serialize_to_request(dict(asked), operation)
    url = urlsplit(made["url_path"])
    query = parse_qs(url.query, keep_blank_values=True)
    query |= {
        name: [str(each) for each in (said if isinstance(said, list) else [said])] for name, said in dict(made["query_string"]).items()
    }
    body = urlencode(made["body"]) if isinstance(made["body"], dict) else made["body"]
    headers = {name.lower(): value for name, value in made["headers"].items()}
    return wire.Request(made["method"], unquote(url.path), headers, body.encode() if isinstance(body, str) else body, query)


@pytest.mark.parametrize(
    ("service", "protocol"), [(service, protocol) for service, protocols in SERVICES.items() for protocol in protocols]
)
def test_every_operation_with_every_parameter_is_read_as_boto3_sends_it(service: str, protocol: str) -> None:
    api = wire.Api.of(service)
    operations = [api.shape(name) for name in api.model.operation_names if name not in BY_HOST]
    asked = {each.name: everything(each.input_shape) or {} for each in operations if not each.deprecated}
    read = dict(wire.read(api, sent(protocol, api.shape(name), said)) for name, said in asked.items())
    assert read == asked


def test_a_list_that_is_sent_empty_is_read_so() -> None:
    body = urlencode({"Action": "CreateChangeSet", "Version": "2010-05-15", "StackName": "a", "ChangeSetName": "b", "Tags": ""}).encode()
    asked = wire.read(wire.Api.of("cloudformation"), wire.Request("POST", "/", {}, body, {}))
    assert asked == ("CreateChangeSet", {"StackName": "a", "ChangeSetName": "b", "Tags": []})


def test_a_word_in_a_header_may_be_of_small_letters_as_the_sdk_for_cpp_writes_it() -> None:
    request = wire.Request("GET", "/bucket/key", {"x-amz-checksum-mode": "enabled"}, b"", {})
    assert wire.read(wire.Api.of("s3"), request) == ("GetObject", {"Bucket": "bucket", "Key": "key", "ChecksumMode": "ENABLED"})
