"""CloudWatch: alarms that know dimensions, missing data and metric math, composite alarms, and what AWS measures itself."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from mesh_local_aws import hooks, metrics, resource_policies, stores
from mesh_local_aws.hooks import Document, Made, Place, Refused
from mesh_local_aws.services.cloudwatch import described, evaluation, measured

log = logging.getLogger("mesh-local-aws")

_OF_METRICS = ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Dimensions", "Unit")


def install() -> None:
    hooks.replace("services.cloudwatch", "_evaluate_alarm", lambda _: evaluate)
    hooks.replace("services.cloudwatch", "_put_metric_alarm", _put)
    hooks.replace("services.cloudwatch", "_record_history", _told)
    hooks.replace("services.cloudwatch", "_dispatch_alarm_actions", _permitted)
    hooks.replace("services.cloudformation.provisioners", "_cw_metric_alarm_record", _record)
    # The emulator looks at its scheduled rules every ten seconds: alarms ring also where nothing is measured.
    hooks.replace("services.eventbridge", "_tick_scheduled_rules", _ticked)
    hooks.resource("AWS::CloudWatch::CompositeAlarm", create=_create_composite, update=_update_composite, delete=_delete_composite)
    hooks.before("monitoring", _complete, "ValidationError")
    described.install()
    measured.install()


def _complete(operation: str, asked: Document) -> None:
    """The model requires less than the service does of an alarm that is no query of PromQL. What could not be evaluated is refused, too.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    if operation != "PutMetricAlarm" or "EvaluationCriteria" in asked:
        return
    if missing := [name for name in ("ComparisonOperator", "EvaluationPeriods") if name not in asked]:
        raise Refused("ValidationError", f"{' and '.join(missing)} is missing, which an alarm of metrics needs", 400)
    try:
        evaluation.check(asked)
    except ValueError as unknown:
        raise Refused("ValidationError", str(unknown), 400) from None


def evaluate(alarm: Document) -> None:
    """Moves an alarm to the state that its data gives it now; tells whoever is to be told."""
    if not alarm.get("Metrics") and not alarm.get("MetricName"):
        return
    verdict = evaluation.evaluated(alarm, time.time(), _points, metrics.statistic)
    if verdict is not None and verdict.state != alarm["StateValue"]:
        metrics.change_alarm(alarm, verdict.state, verdict.reason)


def evaluate_all() -> None:
    """Every alarm of every account and region."""
    for account, region, alarm in metrics.every_alarm():
        with hooks.acting(account, region):
            evaluate(alarm)


def _points(metric: Document, start: float, end: float) -> Sequence[Document]:
    """Of exactly those dimensions: others are another metric."""
    dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions") or ()}
    unit = metric.get("Unit")
    return [
        point
        for point in metrics.metric_points(metric["Namespace"], metric["MetricName"], dimensions)
        if start < point["Timestamp"] <= end and unit in (None, point.get("Unit"))
    ]


def _ticked(original: Callable[[], None]) -> Callable[[], None]:
    def tick() -> None:
        original()
        measured.queues()
        evaluate_all()

    return tick


def _put(original: Callable[..., Any]) -> Callable[..., Any]:
    """Takes an alarm of metric math, which the emulator's own function forgets."""

    def put(params: Document, asked: Document, is_cbor: bool, is_json: bool = False) -> Any:
        if not asked.get("Metrics"):
            return original(params, asked, is_cbor, is_json)
        answer = original(params, asked, is_cbor, is_json)
        alarm = metrics.alarm(asked["AlarmName"])
        if alarm is not None and answer[0] == 200:
            _of_metrics(alarm, asked)
            evaluate(alarm)
        return answer

    return put


def _record(original: Callable[..., Document]) -> Callable[..., Document]:
    """The same of a template's alarm, which the emulator refuses."""

    def record(name: str, properties: Document) -> Document:
        if not properties.get("Metrics"):
            return original(name, properties)
        evaluation.check(properties)
        made = original(name, {"Threshold": 0, **properties, "Metrics": None, "MetricName": "-", "Namespace": "-"})
        _of_metrics(made, properties)
        return made

    return record


def _of_metrics(alarm: Document, asked: Document) -> None:
    for key in _OF_METRICS:
        alarm.pop(key, None)
    alarm["Metrics"] = asked["Metrics"]
    if "ThresholdMetricId" in asked:
        alarm.pop("Threshold", None)
        alarm["ThresholdMetricId"] = asked["ThresholdMetricId"]


def _told(original: Callable[..., None]) -> Callable[..., None]:
    """Every change of a state is in the history, and on the default bus."""

    def record(name: str, old: str, new: str, reason: str, kind: str = "MetricAlarm", data: Document | None = None) -> None:
        original(name, old, new, reason, kind, data)
        alarm = metrics.alarm(name)
        if old == new or alarm is None:
            return
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
        stores.put_event(
            "aws.cloudwatch",
            "CloudWatch Alarm State Change",
            json.dumps(
                {
                    "alarmName": name,
                    "state": {"value": new, "reason": reason, "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000+0000", time.gmtime())},
                    "previousState": {"value": old},
                    "configuration": {"description": alarm.get("AlarmDescription", "")},
                }
            ),
            [alarm["AlarmArn"]],
        )

    return record


def _permitted(original: Callable[..., None]) -> Callable[..., None]:
    """Tells those topics alone whose policy lets CloudWatch publish for this alarm."""

    def dispatch(alarm: Document, *change: str) -> None:
        kept = dict(alarm)
        for key in ("AlarmActions", "OKActions", "InsufficientDataActions"):
            kept[key] = [each for each in alarm.get(key) or () if _may_tell(each, alarm["AlarmArn"])]
        original(kept, *change)

    return dispatch


def _may_tell(action: str, alarm: str) -> bool:
    if ":sns:" not in action or resource_policies.topic_lets("cloudwatch.amazonaws.com", action, alarm):
        return True
    log.warning("CloudWatch: %s is not notified of %s: no such topic, or its policy keeps cloudwatch.amazonaws.com out", action, alarm)
    return False


# --- composite alarms ------------------------------------------------------------------------------------------------


def _create_composite(properties: Document, place: Place) -> Made:
    return _update_composite(properties.get("AlarmName") or place.name(255), {}, properties, place)


def _update_composite(ref: str, _: Document, after: Document, __: Place) -> Made:
    metrics.ask_cloudwatch("PutCompositeAlarm", {"ActionsEnabled": True, **after, "AlarmName": ref})
    found = metrics.alarm(ref)
    return Made(ref, {"Arn": found["AlarmArn"]} if found else {})


def _delete_composite(ref: str, _: Document) -> None:
    try:
        metrics.ask_cloudwatch("DeleteAlarms", {"AlarmNames": [ref]})
    except Refused as refused:
        if refused.code != "ResourceNotFound":
            raise
