"""Requests that no service of AWS would take are refused with the reason, and what is not emulated says so."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import ministack.app as app
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.config import Config
from botocore.exceptions import ClientError

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


def client(service: str) -> Any:
    """boto3's, which does not look at what it sends, and asks in this process."""
    made = boto3.client(
        service, region_name="eu-west-1", aws_access_key_id=ACCOUNT, aws_secret_access_key="test", endpoint_url="http://127.0.0.1:1",
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )  # fmt: skip

    def serve(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        url = urlsplit(request.url)
        headers = {name.lower(): value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()}
        body = request.body.read() if hasattr(request.body, "read") else request.body or b""
        asked = (
            unquote(url.path),
            headers,
            body if isinstance(body, bytes) else body.encode(),
            parse_qs(url.query, keep_blank_values=True),
        )
        status, said, answer = asyncio.run(app._dispatch_service_request(request.method, *asked, "request"))
        response = AWSResponse(request.url, status, HeadersDict(said), None)
        response._content = answer if isinstance(answer, bytes) else str(answer).encode()
        return response

    made.meta.events.register("before-send", serve)
    return made


TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
ALARM = {"AlarmName": "a", "MetricName": "m", "Namespace": "n", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1.0, "Statistic": "Sum"}
RULE = {"ID": "r", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}


@pytest.mark.parametrize(
    ("service", "operation", "asked", "code", "reason"),
    [
        ("iam", "create_role", {"RoleName": "r"}, "ValidationError", 'Missing required parameter in input: "AssumeRolePolicyDocument"'),
        ("iam", "create_role", {"RoleName": "r" * 65, "AssumeRolePolicyDocument": TRUST}, "ValidationError", "length 65 is more than 64"),
        (
            "iam",
            "create_role",
            {"RoleName": "a role", "AssumeRolePolicyDocument": TRUST},
            "ValidationError",
            "RoleName: 'a role' does not match",
        ),
        ("iam", "create_role", {"RoleName": "r", "AssumeRolePolicyDocument": TRUST, "MaxSessionDuration": 60}, "ValidationError", "3600"),
        ("sts", "assume_role", {"RoleSessionName": "s"}, "ValidationError", 'Missing required parameter in input: "RoleArn"'),
        (
            "sts",
            "assume_role",
            {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r", "RoleSessionName": "s", "DurationSeconds": 99999},
            "ValidationError",
            "DurationSeconds: 99999 is more than 43200",
        ),
        (
            "sns",
            "publish",
            {"TopicArn": f"arn:aws:sns:eu-west-1:{ACCOUNT}:t"},
            "InvalidParameter",
            'required parameter in input: "Message"',
        ),
        ("cloudformation", "create_stack", {"TemplateBody": "{}"}, "ValidationError", 'Missing required parameter in input: "StackName"'),
        (
            "cloudformation",
            "create_stack",
            {"StackName": "s", "TemplateBody": "{}", "Capabilities": ["ALL"]},
            "ValidationError",
            "'ALL' is not one of",
        ),
        (
            "cloudformation",
            "create_stack",
            {"StackName": "s", "TemplateBody": "{}", "TimeoutInMinutes": 0},
            "ValidationError",
            "TimeoutInMinutes",
        ),
        ("cloudwatch", "put_metric_alarm", {**ALARM, "ComparisonOperator": "Above"}, "ValidationError", "'Above' is not one of"),
        ("cloudwatch", "put_metric_alarm", {}, "ValidationError", 'Missing required parameter in input: "AlarmName"'),
        ("cloudwatch", "put_metric_alarm", ALARM, "ValidationError", "ComparisonOperator is missing"),
        ("s3", "put_object", {"Bucket": "b", "Key": "k", "ACL": "everybody"}, "InvalidArgument", "'everybody' is not one of"),
        ("s3", "put_bucket_versioning", {"Bucket": "b", "VersioningConfiguration": {"Status": "On"}}, "MalformedXML", "'On' is not one of"),
        (
            "s3",
            "put_bucket_lifecycle_configuration",
            {"Bucket": "b", "LifecycleConfiguration": {"Rules": [RULE]}},
            "MalformedXML",
            'Missing required parameter in Rules[0]: "Status"',
        ),
        ("s3", "put_public_access_block", {"Bucket": "b"}, "MissingRequestBodyError", "PublicAccessBlockConfiguration"),
    ],
)
def test_a_service_refuses_what_its_model_does_not_allow_with_its_own_code(
    service: str, operation: str, asked: dict[str, Any], code: str, reason: str
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(client(service), operation)(**asked)
    refused = caught.value.response
    assert (refused["Error"]["Code"], refused["ResponseMetadata"]["HTTPStatusCode"]) == (code, 400)
    assert reason in refused["Error"]["Message"]


@pytest.mark.parametrize(
    ("service", "form", "reason"),
    [
        ("iam", "Action=GetRole&Version=2010-05-08&RoleName=r&Path=%2F", "request: unknown parameter Path"),
        ("sns", "Action=CreateTopic&Version=2010-03-31&Name=t&Tags.1.Key=k", "the parameter Tags is not written as the protocol has it"),
        ("sts", "Action=AssumeRole&RoleArn=a&RoleSessionName=s&DurationSeconds=long", "'long' is not of type integer"),
    ],
)
def test_a_form_that_no_client_of_aws_sends_is_refused(service: str, form: str, reason: str) -> None:
    signed = f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/eu-west-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    headers = {"authorization": signed, "host": "127.0.0.1", "content-type": "application/x-www-form-urlencoded"}
    status, _, answer = asyncio.run(app._dispatch_service_request("POST", "/", headers, form.encode(), {}, "request"))
    assert status == 400
    assert reason in answer.decode()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<VersioningConfiguration><State>Enabled</State></VersioningConfiguration>", "unknown parameter State"),
        ("<Versioning><Status>Enabled</Status></Versioning>", "the body is no VersioningConfiguration, but Versioning"),
        ("<VersioningConfiguration>", "the body is not XML"),
    ],
)
def test_a_body_that_is_not_as_s3_has_it_is_refused(body: str, reason: str) -> None:
    signed = f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0"
    headers = {"authorization": signed, "host": "127.0.0.1"}
    status, _, answer = asyncio.run(
        app._dispatch_service_request("PUT", "/bucket", headers, body.encode(), {"versioning": [""]}, "request")
    )  # fmt: skip
    assert status == 400
    assert "<Code>MalformedXML</Code>" in answer.decode()
    assert reason in answer.decode()


def test_what_a_model_allows_reaches_the_service() -> None:
    s3, bucket = client("s3"), {"Bucket": "rows-of-the-shop"}
    s3.create_bucket(**bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_lifecycle_configuration(**bucket, LifecycleConfiguration={"Rules": [{**RULE, "Status": "Enabled"}]})
    s3.put_object(**bucket, Key="a/b", Body=b"1", Tagging="is=kept", Metadata={"from": "us"})
    assert [each["Key"] for each in s3.list_objects_v2(**bucket, OptionalObjectAttributes=["RestoreStatus"])["Contents"]] == ["a/b"]
    assert s3.delete_objects(**bucket, Delete={"Objects": [{"Key": "a/b"}]})["Deleted"][0]["Key"] == "a/b"
    tags = [{"Key": "owner", "Value": "sales"}]
    client("iam").create_role(RoleName="clerk", AssumeRolePolicyDocument=TRUST, Tags=tags)
    assert client("iam").list_role_tags(RoleName="clerk")["Tags"] == tags
    client("cloudwatch").put_metric_alarm(**ALARM, ComparisonOperator="GreaterThanThreshold")
    assert client("sts").get_caller_identity()["Arn"].endswith(":root")


@pytest.mark.parametrize(
    ("service", "path", "headers"),
    [("sagemaker", "/", {"x-amz-target": "SageMaker.ListModels"}), ("appflow", "/list-flows", {})],
)
def test_a_service_that_is_not_emulated_is_called_so_and_no_bucket(service: str, path: str, headers: dict[str, str]) -> None:
    assert answered(service, "POST", path, headers, {}) == (
        501,
        {"__type": "UnknownService", "message": f"{service} is not emulated; `mesh up --coverage` lists what is"},
    )


def test_a_template_is_found_wherever_its_address_has_the_bucket() -> None:
    bucket, template = "templates-of-shoply", {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
    client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    client("s3").put_object(Bucket=bucket, Key="cdk/shop.yml", Body=json.dumps(template).encode())
    for host in (f"s3.amazonaws.com/{bucket}", f"{bucket}.s3.amazonaws.com", f"{bucket}.s3.eu-west-1.amazonaws.com"):
        said = client("cloudformation").get_template_summary(TemplateURL=f"https://{host}/cdk/shop.yml")
        assert said["ResourceTypes"] == ["AWS::SQS::Queue"], host
