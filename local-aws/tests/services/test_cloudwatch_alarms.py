"""Alarms of a template, from what is measured to who is told."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import cbor2
import ministack.app as app
import pytest
from in_process import REGION, SALES, acting_as
from ministack.core import iam_actions
from ministack.services import cloudwatch as emulated
from ministack.services import sns as topics
from ministack.services.cloudformation import provisioners

from mesh_local_aws import metrics, sessions, stores
from mesh_local_aws.hooks import Refused
from mesh_local_aws.services import cloudwatch

ORDERS = [{"Name": "Domain", "Value": "sales"}, {"Name": "Product", "Value": "sales/orders-v1"}]
TOPIC = "arn:aws:sns:eu-west-1:111122223333:mesh-sales-orders-v1-owner"


@pytest.fixture(autouse=True)
def _in_sales() -> Iterator[None]:
    emulated.reset()
    with acting_as(SALES, "platform"):
        create("AWS::SNS::Topic", TopicName=TOPIC.rpartition(":")[2])
        yield
    emulated.reset()
    topics.reset()


@pytest.fixture(name="told")
def _told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What reaches SNS and EventBridge: (topic or detail type, state)."""
    found: list[tuple[str, str]] = []

    def fanout(topic: str, _: str, message: str, __: str) -> None:
        found.append((topic, json.loads(message)["NewStateValue"]))

    monkeypatch.setattr("ministack.services.sns._fanout", fanout)
    monkeypatch.setattr(stores, "put_event", lambda source, kind, detail, _: found.append((kind, json.loads(detail)["state"]["value"])))
    return found


def create(type_: str, **properties: Any) -> str:
    ref, _ = provisioners._RESOURCE_HANDLERS[type_]["create"]("Alarm", properties, "sales-orders-v1")
    return str(ref)


def create_score(name: str = "mesh-sales-orders-v1-score") -> str:
    return create(
        "AWS::CloudWatch::Alarm",
        AlarmName=name,
        Namespace="Mesh",
        MetricName="Score",
        Dimensions=ORDERS,
        Statistic="Minimum",
        Period=3600,
        EvaluationPeriods=1,
        Threshold=100,
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="ignore",
        AlarmActions=[TOPIC],
        OKActions=[TOPIC],
    )


def measure(value: float, product: str = "sales/orders-v1") -> None:
    metrics.record_metric("Mesh", "Score", value, "None", {"Domain": "sales", "Product": product})
    cloudwatch.evaluate_all()


def state(name: str) -> str:
    found = metrics.alarm(name)
    assert found is not None
    return str(found["StateValue"])


def test_an_alarm_hears_of_its_own_product_alone_and_tells_the_owner(told: list[tuple[str, str]]) -> None:
    score = create_score()
    measure(50, product="sales/returns-v1")
    assert state(score) == "INSUFFICIENT_DATA"
    measure(50)
    assert state(score) == "ALARM"
    assert told == [("CloudWatch Alarm State Change", "ALARM"), (TOPIC, "ALARM")]


def test_an_alarm_rings_on_a_tick_where_nothing_is_measured_any_more(told: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = create(
        "AWS::CloudWatch::Alarm",
        AlarmName="fresh",
        EvaluationPeriods=6,
        Threshold=1,
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="breaching",
        Metrics=[
            {"Id": "expr_1", "Expression": "FILL(published, 0)", "ReturnData": True},
            {
                "Id": "published",
                "ReturnData": False,
                "MetricStat": {
                    "Stat": "SampleCount",
                    "Period": 300,
                    "Metric": {"Namespace": "Mesh", "MetricName": "Score", "Dimensions": ORDERS},
                },
            },
        ],
    )
    measure(100)
    assert state(fresh) == "OK"
    later = time.time() + 6 * 300 + 1
    monkeypatch.setattr(time, "time", lambda: later)
    cloudwatch.evaluate_all()
    assert state(fresh) == "ALARM"
    assert told[-1] == ("CloudWatch Alarm State Change", "ALARM")


def test_a_topic_whose_policy_does_not_let_cloudwatch_publish_hears_nothing(told: list[tuple[str, str]]) -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish", "Resource": TOPIC}
    of_returns = {"Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:eu-west-1:{SALES}:alarm:mesh-sales-returns-v1-*"}}}
    create("AWS::SNS::TopicPolicy", Topics=[TOPIC], PolicyDocument={"Version": "2012-10-17", "Statement": [statement | of_returns]})
    score = create_score()
    measure(50)
    assert (state(score), told) == ("ALARM", [("CloudWatch Alarm State Change", "ALARM")])


def test_health_rings_while_any_of_its_alarms_does(told: list[tuple[str, str]]) -> None:
    score = create_score()
    arn = (metrics.alarm(score) or {})["AlarmArn"]
    health = create("AWS::CloudWatch::CompositeAlarm", AlarmName="mesh-sales-orders-v1-health", AlarmRule=f'(ALARM("{arn}"))')
    assert state(health) == "OK"
    measure(50)
    assert state(health) == "ALARM"
    assert told.count(("CloudWatch Alarm State Change", "ALARM")) == 2


def test_a_composite_alarm_names_alarms_that_there_are() -> None:
    with pytest.raises(Exception, match="do not exist"):
        create("AWS::CloudWatch::CompositeAlarm", AlarmName="health", AlarmRule='ALARM("nobody")')


def test_metric_math_that_is_not_known_fails_the_deployment() -> None:
    with pytest.raises(ValueError, match="is not emulated"):
        create(
            "AWS::CloudWatch::Alarm",
            AlarmName="odd",
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="LessThanThreshold",
            Metrics=[{"Id": "odd", "Expression": "RATE(m)", "ReturnData": True}],
        )


@pytest.mark.parametrize("names", [["mesh-sales-orders-v1-score"], ["mesh-sales-orders-v1-score", "mesh-sales-orders-v1-late"]])
def test_each_alarm_that_is_asked_for_is_permitted_for_itself(monkeypatch: pytest.MonkeyPatch, names: list[str]) -> None:
    asked: list[str] = []
    monkeypatch.setattr(sessions, "require", lambda _, action, resource: asked.append(resource))
    described, of_the_request = describe(AlarmNames=names, AlarmTypes=["MetricAlarm"])
    assert described == 200
    assert [of_the_request, *asked] == [f"arn:aws:cloudwatch:{REGION}:{SALES}:alarm:{name}" for name in names]


def test_composite_alarms_are_seen_by_who_may_see_all() -> None:
    assert describe(AlarmNames=["mesh-sales-orders-v1-health"], AlarmTypes=["CompositeAlarm"])[1] == "*"


def test_an_alarm_that_is_not_permitted_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise Refused("AccessDeniedException", "not this one")

    monkeypatch.setattr(sessions, "require", refuse)
    assert describe(AlarmNames=["one", "another"])[0] == 403


def describe(**asked: Any) -> tuple[int, str]:
    """How a request is answered, and which resource IAM is asked about before."""
    headers = {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
    path = "/service/GraniteServiceVersion20100801/operation/DescribeAlarms"
    body = cbor2.dumps(asked)
    arn = iam_actions.extract_resource_arn("monitoring", "POST", path, headers, body, {}, REGION, SALES)
    return asyncio.run(app.SERVICE_HANDLERS["monitoring"]("POST", path, headers, body, {}))[0], arn
