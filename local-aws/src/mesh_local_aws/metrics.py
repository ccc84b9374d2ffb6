"""What the emulator keeps of CloudWatch, and what CloudWatch looks at elsewhere."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence

from ministack.services import cloudwatch, sqs

from mesh_local_aws.refusal import Document, Refused


def alarm(name: str) -> Document | None:
    """Of a metric, or a composite one."""
    found: Document | None = cloudwatch._alarms.get(name) or cloudwatch._composite_alarms.get(name)
    return found


def every_alarm() -> list[tuple[str, str, Document]]:
    """(account, region, alarm) of those of metrics, of all accounts and regions."""
    return [(account, region, found) for (account, region, _), found in list(cloudwatch._alarms._data.items())]


def change_alarm(alarm: Document, state: str, reason: str) -> None:
    """Moves an alarm to another state: its history, its actions and the composite alarms above it follow."""
    before = alarm["StateValue"]
    alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=int(time.time()), StateTransitionedTimestamp=int(time.time()))
    cloudwatch._record_history(alarm["AlarmName"], before, state, reason)
    cloudwatch._dispatch_alarm_actions(alarm, before, state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def metric_points(namespace: str, name: str, dimensions: Mapping[str, str]) -> list[Document]:
    found: list[Document] = cloudwatch._metrics.get((namespace, name, cloudwatch._dims_key(dimensions)), [])
    return found


def statistic(points: Sequence[Document], stat: str) -> float | None:
    """`Average`, `SampleCount`, `p99` and so on."""
    found: float | None = cloudwatch._stat_value(cloudwatch._calc_stats(points), stat, points)
    return found


def record_metric(namespace: str, name: str, value: float, unit: str, dimensions: Mapping[str, str]) -> None:
    cloudwatch.record_metric(namespace, name, value, unit, dict(dimensions))


def ask_cloudwatch(operation: str, asked: Document) -> Document:
    """An operation of CloudWatch. Raises Refused."""
    function = getattr(cloudwatch, "_" + re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation).lower())
    status, _, body = function({}, asked, False, True)
    found: Document = json.loads(body or b"{}")
    if status >= 400:
        raise Refused(str(found.get("__type")), str(found.get("message")), status)
    return found


def queue_depths() -> list[tuple[str, str, str, int]]:
    """(account, region, name, visible messages) of every queue."""
    found = []
    for (account, region, url), queue in list(sqs._queues._data.items()):
        sqs._refresh_counts(queue)
        found.append((account, region, str(url).rpartition("/")[2], int(queue["attributes"]["ApproximateNumberOfMessages"])))
    return found
