"""When an alarm rings, held against the tables of AWS's documentation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from mesh_local_aws.services.cloudwatch import evaluation, expressions

NOW = 1_000_000.0
PERIOD = 60
ALARM = {
    "Namespace": "Mesh",
    "MetricName": "Score",
    "Period": PERIOD,
    "Statistic": "Average",
    "ComparisonOperator": "GreaterThanThreshold",
    "Threshold": 5,
}


def state(alarm: dict[str, Any], data: str) -> str:
    """Of an alarm whose periods, oldest first, have no value (-), one that is fine (0) or one that breaches (X)."""
    points = [
        {"Timestamp": NOW - PERIOD * age - 1, "Value": 9.0 if sign == "X" else 1.0}
        for age, sign in enumerate(reversed(data.split()))
        if sign != "-"
    ]

    def between(_: Any, start: float, end: float) -> Sequence[dict[str, Any]]:
        return [point for point in points if start < point["Timestamp"] <= end]

    verdict = evaluation.evaluated(alarm, NOW, between, lambda found, _: found[0]["Value"])
    return "RETAIN" if verdict is None else verdict.state


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
THREE_OF_THREE = [
    ("0 - X - X", "OK", "OK", "OK", "OK"),
    ("- - - - 0", "OK", "OK", "OK", "OK"),
    ("- - - - -", "INSUFFICIENT_DATA", "RETAIN", "ALARM", "OK"),
    ("0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("- - X - -", "ALARM", "RETAIN", "ALARM", "OK"),
]


@pytest.mark.parametrize(("data", "missing", "ignore", "breaching", "not_breaching"), THREE_OF_THREE)
def test_three_datapoints_of_three(data: str, missing: str, ignore: str, breaching: str, not_breaching: str) -> None:
    alarm = {**ALARM, "EvaluationPeriods": 3}
    found = [state({**alarm, "TreatMissingData": each}, data) for each in ("missing", "ignore", "breaching", "notBreaching")]
    assert found == [missing, ignore, breaching, not_breaching]


def test_one_metric_of_other_dimensions_is_another_metric() -> None:
    asked: list[Any] = []

    def none(metric: dict[str, Any], *_: float) -> Sequence[dict[str, Any]]:
        asked.append(metric["Dimensions"])
        return []

    evaluation.evaluated(
        {**ALARM, "EvaluationPeriods": 1, "Dimensions": [{"Name": "Product", "Value": "sales/orders-v1"}]}, NOW, none, lambda *_: None
    )
    assert asked == [[{"Name": "Product", "Value": "sales/orders-v1"}]]


FRESHNESS = {
    "EvaluationPeriods": 3,
    "ComparisonOperator": "LessThanThreshold",
    "Threshold": 1,
    "TreatMissingData": "breaching",
    "Metrics": [
        {"Id": "expr_1", "Expression": "FILL(published, 0)", "ReturnData": True},
        {
            "Id": "published",
            "ReturnData": False,
            "MetricStat": {"Stat": "SampleCount", "Period": PERIOD, "Metric": {"Namespace": "Mesh", "MetricName": "Score"}},
        },
    ],
}


@pytest.mark.parametrize(("data", "expected"), [("- - - - -", "ALARM"), ("X - - - -", "ALARM"), ("- - X - -", "OK"), ("- - - - X", "OK")])
def test_a_promise_of_freshness_breaks_exactly_when_its_periods_have_no_publication(data: str, expected: str) -> None:
    assert state(FRESHNESS, data) == expected


def test_an_anomaly_is_what_lies_outside_of_what_was_usual() -> None:
    alarm = {
        "EvaluationPeriods": 1,
        "ComparisonOperator": "LessThanLowerOrGreaterThanUpperThreshold",
        "ThresholdMetricId": "band",
        "TreatMissingData": "ignore",
        "Metrics": [
            {"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m0, 3)", "ReturnData": True},
            {
                "Id": "m0",
                "ReturnData": True,
                "MetricStat": {"Stat": "Average", "Period": PERIOD, "Metric": {"Namespace": "Mesh", "MetricName": "Rows"}},
            },
        ],
    }
    assert state(alarm, "0 0") == "INSUFFICIENT_DATA"
    assert state(alarm, "0 0 0 0 0 0 0 0") == "OK"
    assert state(alarm, "0 0 0 0 0 0 0 X") == "ALARM"


def test_metric_math_is_arithmetic_by_the_period() -> None:
    metrics = {"a": expressions.Metric([4.0, None, 6.0], []), "b": expressions.Metric([2.0, 1.0, 0.0], [])}
    assert expressions.value_of("100 * (a - b) / a", metrics) == [50.0, None, 100.0]
    assert expressions.value_of("a / b", metrics) == [2.0, None, None]
    assert expressions.value_of("-FILL(a, 1)", metrics) == [-4.0, -1.0, -6.0]


@pytest.mark.parametrize("expression", ["SEARCH('{Mesh} Score', 'Sum')", "RATE(a)", "a +", "nobody"])
def test_other_metric_math_is_refused_when_the_alarm_is_made(expression: str) -> None:
    with pytest.raises(expressions.NotEmulated, match="is not emulated"):
        expressions.check(expression, ["a"])
