"""The log of a product that the publisher on AWS has rolled back, as jobs read it: what the publisher wrote is a
fixture (test/constructs/publishing/rollback.test.ts)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from mesh_jobs.adapters.aws.dynamo import DynamoTable
from mesh_jobs.adapters.aws.run_log import DynamoRunLog
from mesh_jobs.application.history import last_standing, publication, standing

FIXTURE = Path(__file__).parents[2] / "fixtures" / "run-log" / "rollback.json"
PRODUCT = ("dp_sales_orders", 1)


class _Stored:
    """A table that is only read."""

    def __init__(self, items: list[dict[str, dict[str, str]]]) -> None:
        found = [{name: _plain(value) for name, value in item.items()} for item in items]
        self._items = {(item["pk"], item["sk"]): item for item in found}

    def get(self, key: tuple[str, str]) -> dict[str, Any] | None:
        return self._items.get(key)

    def query(self, partition: str, prefix: str, newest_first: bool = False) -> Iterator[dict[str, Any]]:
        keys = sorted((k for k in self._items if k[0] == partition and k[1].startswith(prefix)), reverse=newest_first)
        return (self._items[key] for key in keys)


def _plain(value: dict[str, str]) -> Any:
    return int(value["N"]) if "N" in value else value["S"]


def log() -> DynamoRunLog:
    table = cast(DynamoTable, _Stored(json.loads(FIXTURE.read_text("utf-8"))))
    return DynamoRunLog(table, cast(Any, None), PRODUCT)


def test_the_run_that_stands_is_the_one_that_was_gone_back_to() -> None:
    found = last_standing(log(), *PRODUCT)
    assert found is not None
    assert found.run_id == "first"
    assert [r.run_id for r in standing(log(), *PRODUCT)] == ["first"]


def test_the_rollback_is_a_published_run_with_the_old_certificate_and_nothing_left_to_do() -> None:
    last = log().last_published(*PRODUCT)
    assert last is not None
    assert (last.mode, last.state, last.unfinished) == ("rollback", "published", False)
    assert last.certificate is not None
    assert last.certificate["certificateId"] == "c-first"
    published = publication(last)
    assert published is not None
    assert published.at == last.started_at, "from then on the data is as old as it was"


def test_watermarks_are_those_of_then() -> None:
    first = log().find(*PRODUCT, "first")
    assert first is not None
    assert log().watermarks(*PRODUCT) == first.steps["outcome"]["watermarks"]
