"""EventBridge Scheduler: schedules in their time zone, started as their role, and in their queue what could not be started.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule.html
"""

from __future__ import annotations

import json
import logging
import re
import time
import uuid
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from botocore.exceptions import BotoCoreError, ClientError

from mesh_local_aws import hooks, sessions, stores
from mesh_local_aws.hooks import Document, Refused

log = logging.getLogger("mesh-local-aws")
_SDK = "arn:aws:scheduler:::aws-sdk:"
# When schedules were looked at last: what was due while the process did not run is not made up for.
_looked: list[float] = []


def install() -> None:
    hooks.replace("services.scheduler", "_tick_schedules", lambda _: tick)


def tick() -> None:
    """Starts what has become due since the last look."""
    now = time.time()
    since = _looked.pop() if _looked else now
    _looked.append(now)
    for account, region, schedule in stores.every_schedule():
        at = due(schedule, since, now)
        if at is None:
            continue
        with hooks.acting(account, region):
            start(schedule, at)
            if schedule["ScheduleExpression"].startswith("at(") and schedule.get("ActionAfterCompletion") == "DELETE":
                stores.delete_schedule(schedule)


def due(schedule: Document, since: float, now: float) -> float | None:
    """The moment after `since` and until `now` at which a schedule was due, in seconds since 1970; None where it was not."""
    if schedule.get("State") != "ENABLED":
        return None
    first, last = _epoch(schedule.get("StartDate")), _epoch(schedule.get("EndDate"))
    at = _next(schedule, since, first)
    if at is None or not since < at <= now or (first is not None and at < first) or (last is not None and at > last):
        return None
    return at


def _next(schedule: Document, since: float, first: float | None) -> float | None:
    expression, zone = schedule["ScheduleExpression"], ZoneInfo(schedule.get("ScheduleExpressionTimezone") or "UTC")
    once = re.fullmatch(r"at\((.+)\)", expression)
    if once:
        return datetime.fromisoformat(once[1]).replace(tzinfo=zone).timestamp()
    seconds = stores.rate_seconds(expression)
    if seconds is not None:
        begin = first if first is not None else float(schedule["CreationDate"])
        return begin + seconds * (max(0, since - begin) // seconds + 1)
    found = stores.next_cron(expression, datetime.fromtimestamp(since, zone))
    return None if found is None else found.timestamp()


def start(schedule: Document, at: float) -> None:
    """Invokes the target as the schedule's role, once: what fails goes to the queue of dead letters without another try."""
    target, execution = schedule["Target"], str(uuid.uuid4())
    when = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = target.get("Input") or "{}"
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    for name, value in (("schedule-arn", schedule["Arn"]), ("scheduled-time", when), ("execution-id", execution), ("attempt-number", "1")):
        text = text.replace(f"<aws.scheduler.{name}>", value)
    caller = hooks.caller()
    group = f"arn:aws:scheduler:{caller.region}:{caller.account}:schedule-group/{schedule['GroupName']}"
    try:
        held = sessions.assume(target["RoleArn"], "scheduler.amazonaws.com", execution, group)
    except Refused as refused:
        log.warning("Scheduler: %s starts nothing: %s", schedule["Arn"], refused.message)
        return
    try:
        _invoke(held, target["Arn"], text)
    except (Refused, ClientError, BotoCoreError) as failed:
        _bury(held, schedule, text, failed, {"EXECUTION_ID": execution, "SCHEDULED_TIME": when})


def _invoke(held: sessions.Credentials, arn: str, text: str) -> None:
    if arn.startswith(_SDK):
        service, _, operation = arn.removeprefix(_SDK).partition(":")
        client = sessions.client(service, held)
        getattr(client, re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation).lower())(**json.loads(text))
    elif arn.split(":")[2] == "states":
        sessions.client("stepfunctions", held).start_execution(stateMachineArn=arn, input=text)
    elif arn.split(":")[2] == "lambda":
        sessions.client("lambda", held).invoke(FunctionName=arn, InvocationType="Event", Payload=text)
    else:
        raise Refused("ValidationException", f"targets like {arn} are not emulated")


def _bury(held: sessions.Credentials, schedule: Document, text: str, failed: Exception, more: dict[str, str]) -> None:
    code = failed.response["Error"]["Code"] if isinstance(failed, ClientError) else type(failed).__name__
    log.warning("Scheduler: %s could not start %s: %s", schedule["Arn"], schedule["Target"]["Arn"], failed)
    queue = schedule["Target"].get("DeadLetterConfig", {}).get("Arn")
    if queue is None:
        return
    told = {
        **more,
        "ERROR_CODE": code,
        "ERROR_MESSAGE": str(failed),
        "SCHEDULE_ARN": schedule["Arn"],
        "TARGET_ARN": schedule["Target"]["Arn"],
        "RETRY_ATTEMPTS": "0",
    }
    *_, account, name = queue.split(":")
    try:
        sessions.client("sqs", held).send_message(
            QueueUrl=f"{sessions.endpoint()}/{account}/{name}",
            MessageBody=text,
            MessageAttributes={key: {"DataType": "String", "StringValue": value} for key, value in told.items()},
        )
    except (ClientError, BotoCoreError) as lost:
        log.warning("Scheduler: %s cannot be told of it: %s", queue, lost)


def _epoch(value: float | str | None) -> float | None:
    if isinstance(value, str):
        return datetime.fromisoformat(value).timestamp()
    return None if value is None else float(value)
