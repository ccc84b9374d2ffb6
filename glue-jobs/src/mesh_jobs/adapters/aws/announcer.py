"""Announcements through EventBridge, documents of runs in S3."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from mesh_jobs.adapters.aws.failures import AwsFailed, speaking
from mesh_jobs.domain.plan import Product


class EventBusAnnouncer:
    """Puts events on a bus, as `source` mesh.<domain>. The event's own id is in its detail, since a bus may deliver
    twice and so may we."""

    def __init__(self, events: Any, bus: str) -> None:
        self._events, self._bus = events, bus

    def announce(self, event: dict[str, Any]) -> None:
        entry = {
            "Source": f"mesh.{event['domain']}",
            "DetailType": event["type"],
            "Detail": json.dumps(event, ensure_ascii=False),
            "Time": datetime.fromisoformat(event["time"]),
            "EventBusName": self._bus,
        }
        with speaking(f"announcing {event['type']} on bus {self._bus}"):
            answer = self._events.put_events(Entries=[entry])
        # The request may succeed where an entry of it does not.
        if answer.get("FailedEntryCount"):
            code = answer["Entries"][0].get("ErrorCode", "unknown")
            raise AwsFailed(
                f"announcing {event['type']} on bus {self._bus}: {code}", "the next run of the product tries again"
            )


class SilentAnnouncer:
    """Where no bus is named, nobody listens: an event counts as delivered."""

    def announce(self, event: dict[str, Any]) -> None:
        """Nobody to tell."""


class S3Archive:
    """Keeps documents as `runs/<product>-v<major>/<run-id>/<name>.json` in a bucket."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3, self._bucket = s3, bucket

    def keep(self, product: Product, run_id: str, name: str, document: dict[str, Any]) -> None:
        key = f"runs/{product.key}-v{product.major}/{run_id}/{name}.json"
        body = json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"
        with speaking(f"writing s3://{self._bucket}/{key}"):
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType="application/json")
