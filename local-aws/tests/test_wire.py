"""Requests and answers by botocore's model: what boto3 sends is what an operation gets, and back."""

from __future__ import annotations

import datetime
import json
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSResponse

from mesh_local_aws import wire
from mesh_local_aws.refusal import Document, Refused


def asked_by_boto3(service: str, operation: str, operations: wire.Operations, **parameters: Any) -> Any:
    """boto3's own client, whose requests end in `serve` instead of on the network."""
    client = boto3.client(service, region_name="eu-west-1", aws_access_key_id="1" * 12, aws_secret_access_key="x")
    api = wire.Api.of(service)

    def answer(request: Any, **_: Any) -> AWSResponse:
        url = urlsplit(request.url)
        headers = {key.lower(): value.decode() if isinstance(value, bytes) else value for key, value in request.headers.items()}
        found = wire.Request(request.method, unquote(url.path), headers, request.body or b"", parse_qs(url.query))
        status, sent, body = wire.serve(api, operations, found)
        response = AWSResponse(request.url, status, sent, None)
        response._content = body
        return response

    client.meta.events.register("before-send", answer)
    return getattr(client, operation)(**parameters)


def test_a_request_of_rest_json_arrives_as_it_was_meant() -> None:
    seen: list[Document] = []

    def get(asked: Document) -> Document:
        seen.append(asked)
        return {
            "id": "dzd_1",
            "domainExecutionRole": "arn:aws:iam::111111111111:role/r",
            "status": "AVAILABLE",
            "createdAt": datetime.datetime(2025, 1, 31, tzinfo=datetime.UTC),
        }

    answer = asked_by_boto3("datazone", "get_domain", {"GetDomain": get}, identifier="dzd_1")
    assert seen == [{"identifier": "dzd_1"}]
    assert answer["createdAt"] == datetime.datetime(2025, 1, 31, tzinfo=datetime.UTC)


def test_a_query_and_a_body_arrive_beside_each_other() -> None:
    seen: list[Document] = []

    def search(asked: Document) -> Document:
        seen.append(asked)
        return {"items": []}

    asked_by_boto3("datazone", "list_projects", {"ListProjects": search}, domainIdentifier="dzd_1", maxResults=5)
    assert seen == [{"domainIdentifier": "dzd_1", "maxResults": 5}]


def test_a_refusal_is_the_services_own_exception() -> None:
    def refuse(_: Document) -> Document:
        raise Refused("EntityNotFoundException", "there is no such tag")

    with pytest.raises(Exception, match="there is no such tag") as caught:
        asked_by_boto3("lakeformation", "get_lf_tag", {"GetLFTag": refuse}, TagKey="domain")
    assert type(caught.value).__name__ == "EntityNotFoundException"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"TagValues": ["a"]}, 'Missing required parameter in input: "TagKey"'),
        ({"TagKey": "domain", "TagValues": ["a"], "Tag": 1}, "unknown parameter Tag"),
        ({"TagKey": "domain", "TagValues": "a"}, "TagValues"),
    ],
)
def test_what_the_model_does_not_allow_is_refused(body: Document, reason: str) -> None:
    request = wire.Request("POST", "/CreateLFTag", {}, json.dumps(body).encode(), {})
    status, _, answered = wire.serve(wire.Api.of("lakeformation"), {"CreateLFTag": lambda _: {}}, request)
    assert status == 400
    assert reason in json.loads(answered)["message"]


def test_an_answer_that_the_model_does_not_allow_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="GetLFTag"):
        wire.call(wire.Api.of("lakeformation"), {"GetLFTag": lambda _: {"TagKey": 1}}, "GetLFTag", {"TagKey": "a"})


def test_an_operation_that_is_not_emulated_says_so() -> None:
    with pytest.raises(Refused, match="is not emulated"):
        wire.call(wire.Api.of("lakeformation"), {}, "GetLFTag", {"TagKey": "a"})
