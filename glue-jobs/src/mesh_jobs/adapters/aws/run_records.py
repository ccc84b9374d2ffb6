"""Runs as they are read from the table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from mesh_jobs.adapters.aws.dynamo import DynamoTable, Item
from mesh_jobs.adapters.aws.layout import PUBLISHED, id_key, partition, run_key, unpacked
from mesh_jobs.adapters.lazily import Lazily
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.run_log import RunRecord
from mesh_jobs.ports.table_store import Swap


class RunRecords:
    """The records of one product."""

    def __init__(self, table: DynamoTable, product: str, major: int) -> None:
        self._table, self._partition = table, partition(product, major)

    def find(self, run_id: str) -> RunRecord | None:
        place = self._table.get((self._partition, id_key(run_id)))
        return None if place is None else self._at(place["sequence"])

    def last_published(self) -> RunRecord | None:
        last = self._table.get((self._partition, PUBLISHED))
        return None if last is None else self._at(last["sequence"])

    def newest_first(self) -> Sequence[RunRecord]:
        return Lazily(lambda: _records(self._table.query(self._partition, "run#", newest_first=True)))

    def _at(self, sequence: int) -> RunRecord | None:
        return next(_records(self._table.query(self._partition, run_key(sequence), newest_first=True)), None)


def _records(items: Iterable[Item]) -> Iterator[RunRecord]:
    """What belongs to a run sorts behind it, so in descending order it comes first. Items without a run are of a
    process that died before it had begun one, or was too late to."""
    belongings: list[Item] = []
    for item in items:
        head, _, rest = item["sk"].removeprefix("run#").partition("#")
        if belongings and not belongings[0]["sk"].startswith(f"run#{head}"):
            belongings = []
        if rest:
            belongings.append(item)
        else:
            yield _record(item, belongings)
            belongings = []


def _record(head: Item, belongings: Iterable[Item]) -> RunRecord:
    steps: dict[str, Item] = {}
    parts: dict[str, bytes] = {}
    for item in belongings:
        kind, _, rest = item["sk"].split("#", 2)[2].partition("#")
        if kind == "part":
            parts[rest] = bytes(item["body"])
        elif rest.startswith(f"{head['generation']}#"):
            steps[rest.partition("#")[2]] = item
    swaps: list[Any] = unpacked("swaps", head, parts) or []
    return RunRecord(
        product=head["product"],
        major=head["major"],
        run_id=head["runId"],
        mode=head["mode"],
        state=head["state"],
        plan_digest=head["planDigest"],
        started_at=datetime.fromisoformat(head["startedAt"]),
        ended_at=datetime.fromisoformat(head["endedAt"]) if "endedAt" in head else None,
        steps={name: unpacked("result", item, parts) for name, item in steps.items()},
        swaps=tuple(Swap(TableName(s["database"], s["table"]), s["expected"], s["new"]) for s in swaps),
        certificate=unpacked("certificate", head, parts),
        message=head.get("message"),
    )
