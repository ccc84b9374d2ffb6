"""Requests that no service of AWS would take are refused with the reason, and what is not emulated says so."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import ministack.app as app
import pytest

from mesh_local_aws import server

ACCOUNT = "222222222222"


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    server.install()


def answered(service: str, method: str, path: str, headers: dict[str, str], body: Any) -> tuple[int, dict[str, Any]]:
    signed = f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/eu-west-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    asked = {"authorization": signed, "host": "127.0.0.1", **headers}
    status, _, answer = asyncio.run(app._dispatch_service_request(method, path, asked, json.dumps(body).encode(), {}, "request"))
    return status, json.loads(answer)


@pytest.mark.parametrize(
    ("service", "method", "path", "headers", "body", "reason"),
    [
        ("lambda", "POST", "/2015-03-31/functions", {}, {"FunctionName": "f", "Runtime": "cobol85"}, "Runtime: 'cobol85' is not one of"),
        ("scheduler", "POST", "/schedules/s", {}, {"Target": {}}, 'Missing required parameter in input: "ScheduleExpression"'),
        (
            "sqs",
            "POST",
            "/",
            {"x-amz-target": "AmazonSQS.SendMessage"},
            {"QueueUrl": "q"},
            'Missing required parameter in input: "MessageBody"',
        ),
        ("states", "POST", "/", {"x-amz-target": "AWSStepFunctions.StartExecution"}, {"state": 1}, "request: unknown parameter state"),
    ],
)
def test_what_the_model_of_a_service_does_not_allow_is_refused(
    service: str, method: str, path: str, headers: dict[str, str], body: Any, reason: str
) -> None:
    status, answer = answered(service, method, path, headers, body)
    assert status == 400
    assert reason in answer["message"]


@pytest.mark.parametrize(
    ("service", "path", "headers"),
    [("sagemaker", "/", {"x-amz-target": "SageMaker.ListModels"}), ("appflow", "/list-flows", {})],
)
def test_a_service_that_is_not_emulated_is_called_so_and_no_bucket(service: str, path: str, headers: dict[str, str]) -> None:
    assert answered(service, "POST", path, headers, {}) == (
        501,
        {"__type": "UnknownService", "message": f"{service} is not emulated; `mesh up --coverage` lists what is"},
    )
