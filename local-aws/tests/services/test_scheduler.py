"""When schedules are due, as whom they start what they start, and where that goes which they cannot start."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from botocore.exceptions import ClientError
from in_process import REGION, SALES, acting_as

from mesh_local_aws import sessions
from mesh_local_aws.services import scheduler

MACHINE = f"arn:aws:states:{REGION}:{SALES}:stateMachine:mesh-sales-orders-v1"
QUEUE = f"arn:aws:sqs:{REGION}:{SALES}:mesh-sales-orders-v1-schedules"
ROLE = f"arn:aws:iam::{SALES}:role/mesh-platform/sales/mesh-sales-scheduler"
SCHEDULE = {
    "Arn": f"arn:aws:scheduler:{REGION}:{SALES}:schedule/mesh-sales/mesh-sales-orders-v1-full",
    "GroupName": "mesh-sales",
    "State": "ENABLED",
    "ScheduleExpression": "cron(0 5 * * ? *)",
    "ScheduleExpressionTimezone": "Europe/Berlin",
    "Target": {
        "Arn": MACHINE,
        "RoleArn": ROLE,
        "Input": '{"mode":"full","scheduledTime":"<aws.scheduler.scheduled-time>"}',
        "DeadLetterConfig": {"Arn": QUEUE},
    },
}


def moment(text: str, zone: str = "UTC") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


class Aws:
    """What is asked of AWS, and as whom."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, refused: bool = False) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.source: str | None = None
        self.refused = refused
        monkeypatch.setattr(sessions, "assume", self.assume)
        monkeypatch.setattr(sessions, "client", lambda service, held: self)

    def assume(self, role: str, service: str, _: str, source: str) -> str:
        assert (role, service) == (ROLE, "scheduler.amazonaws.com")
        self.source = source
        return "credentials"

    def start_execution(self, **asked: Any) -> None:
        self.asked.append(("start_execution", asked))
        if self.refused:
            raise ClientError({"Error": {"Code": "StateMachineDoesNotExist", "Message": "gone"}}, "StartExecution")

    def send_message(self, **asked: Any) -> None:
        self.asked.append(("send_message", asked))


@pytest.mark.parametrize(
    ("expression", "zone", "since", "now", "expected"),
    [
        # In winter Berlin is an hour ahead, in summer two.
        ("cron(0 5 * * ? *)", "Europe/Berlin", "2030-01-10T03:59:55", "2030-01-10T04:00:05", "2030-01-10T04:00:00"),
        ("cron(0 5 * * ? *)", "Europe/Berlin", "2030-07-10T02:59:55", "2030-07-10T03:00:05", "2030-07-10T03:00:00"),
        ("cron(0 5 * * ? *)", "Europe/Berlin", "2030-07-10T04:59:55", "2030-07-10T05:00:05", None),
        ("rate(1 hour)", "UTC", "2030-01-10T03:29:55", "2030-01-10T03:30:05", "2030-01-10T03:30:00"),
        ("rate(1 hour)", "UTC", "2030-01-10T03:30:05", "2030-01-10T03:30:15", None),
        ("at(2030-01-10T05:00:00)", "Europe/Berlin", "2030-01-10T03:59:55", "2030-01-10T04:00:05", "2030-01-10T04:00:00"),
    ],
)
def test_a_schedule_is_due_by_the_clock_of_its_time_zone(expression: str, zone: str, since: str, now: str, expected: str | None) -> None:
    schedule = {
        **SCHEDULE,
        "ScheduleExpression": expression,
        "ScheduleExpressionTimezone": zone,
        "CreationDate": moment("2030-01-09T00:30:00"),
    }
    found = scheduler.due(schedule, moment(since), moment(now))
    assert found == (None if expected is None else moment(expected))


def test_a_schedule_is_not_due_while_disabled_before_its_start_and_after_its_end() -> None:
    since, now = moment("2030-01-10T03:59:55"), moment("2030-01-10T04:00:05")
    assert scheduler.due(SCHEDULE, since, now) is not None
    for unlike in ({"State": "DISABLED"}, {"StartDate": now + 1}, {"EndDate": since - 1}):
        assert scheduler.due({**SCHEDULE, **unlike}, since, now) is None


def test_it_starts_its_target_as_its_role_with_the_time_that_was_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = Aws(monkeypatch)
    with acting_as(SALES, "nobody"):
        scheduler.start(SCHEDULE, moment("2030-01-10T04:00:00"))
    assert aws.asked == [
        ("start_execution", {"stateMachineArn": MACHINE, "input": '{"mode":"full","scheduledTime":"2030-01-10T04:00:00Z"}'})
    ]
    # The group, by which a role's trust knows it.
    assert aws.source == f"arn:aws:scheduler:{REGION}:{SALES}:schedule-group/mesh-sales"


def test_what_cannot_be_started_is_in_the_queue_of_dead_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = Aws(monkeypatch, refused=True)
    with acting_as(SALES, "nobody"):
        scheduler.start(SCHEDULE, moment("2030-01-10T04:00:00"))
    _, (sent, letter) = aws.asked
    assert (sent, letter["QueueUrl"].rpartition("/")[2]) == ("send_message", "mesh-sales-orders-v1-schedules")
    assert letter["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "StateMachineDoesNotExist"
    assert letter["MessageAttributes"]["TARGET_ARN"]["StringValue"] == MACHINE
