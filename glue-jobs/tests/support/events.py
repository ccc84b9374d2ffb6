"""Who listens on a bus: a queue behind a rule."""

from __future__ import annotations

import json
from typing import Any

import boto3

from mesh_jobs.adapters.aws.clients import Clients

_QUEUE = "heard"


def listen(clients: Clients, bus: str, source: str) -> None:
    """Makes a bus, and a queue that gets what comes from a source."""
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName=_QUEUE)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    clients.events.create_event_bus(Name=bus)
    clients.events.put_rule(Name="all", EventBusName=bus, EventPattern=json.dumps({"source": [source]}))
    clients.events.put_targets(Rule="all", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])


def heard(clients: Clients) -> list[dict[str, Any]]:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=_QUEUE)["QueueUrl"]
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [json.loads(m["Body"]) for m in answer.get("Messages", [])]
