"""Every run log keeps these promises: in memory, on SQLite, and in DynamoDB."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mesh_jobs.adapters.aws.clients import Clients
from mesh_jobs.adapters.aws.dynamo import DynamoTable
from mesh_jobs.adapters.aws.run_log import DynamoRunLog
from mesh_jobs.adapters.inmemory.run_log import MemoryRunLog
from mesh_jobs.adapters.sqlite.database import Database
from mesh_jobs.adapters.sqlite.run_log import SqliteRunLog
from mesh_jobs.domain.errors import Busy, Fenced
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.run_log import Lock, RunLog
from mesh_jobs.ports.table_store import Swap
from support.aws import emulated
from support.run_table import make_run_table
from support.strict import strict

NOW = datetime(2030, 1, 1, 6, 0, 0, 123456, tzinfo=UTC)
LEASE = timedelta(minutes=2)
SWAP = Swap(TableName("sales", "orders_v1"), None, "metadata-1")


@pytest.fixture(params=["memory", "sqlite", "dynamodb"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunLog]:
    if request.param == "memory":
        yield MemoryRunLog(LEASE)
        return
    if request.param == "dynamodb":
        with emulated(()), strict():
            client = Clients().dynamodb
            make_run_table(client, "sales-runs")
            yield DynamoRunLog(DynamoTable(client, "sales-runs"), LEASE, ("p", 1))
        return
    database = Database(tmp_path / ".mesh" / "catalog.db")
    yield SqliteRunLog(database, LEASE, is_dead=lambda owner: False)
    database.close()


def begun(log: RunLog, run_id: str = "r1", mode: str = "full", **steps: Any) -> Lock:
    lock = log.acquire("p", 1, "me", NOW)
    log.begin(lock, run_id, mode, "sha256:1", NOW, steps)
    return lock


def publish(log: RunLog, lock: Lock, run_id: str, watermarks: dict[str, str] | None = None) -> None:
    log.certify(lock, run_id, {"verdict": "certified"})
    log.commit(lock, run_id, [SWAP])
    log.published(lock, run_id, watermarks or {}, [{"id": run_id}], NOW)


def test_a_held_lock_is_refused_until_its_lease_is_over(log: RunLog) -> None:
    log.acquire("p", 1, "me", NOW)
    with pytest.raises(Busy, match="p v1 is being run by me"):
        log.acquire("p", 1, "other", NOW + LEASE - timedelta(seconds=1))
    assert log.acquire("p", 1, "other", NOW + LEASE).owner == "other"


def test_a_renewed_lock_lasts_longer(log: RunLog) -> None:
    lock = log.acquire("p", 1, "me", NOW)
    log.renew(lock, NOW + timedelta(minutes=1))
    with pytest.raises(Busy):
        log.acquire("p", 1, "other", NOW + LEASE)


def test_every_acquisition_raises_the_fence(log: RunLog) -> None:
    first = log.acquire("p", 1, "me", NOW)
    log.release(first)
    assert log.acquire("p", 1, "me", NOW).fence == first.fence + 1
    assert log.acquire("p", 1, "me", NOW).fence == first.fence + 2


def test_products_and_their_majors_have_locks_of_their_own(log: RunLog) -> None:
    log.acquire("p", 1, "me", NOW)
    assert log.acquire("p", 2, "other", NOW).fence == 1
    assert log.acquire("q", 1, "other", NOW).fence == 1


def test_releasing_a_lock_that_is_no_longer_mine_changes_nothing(log: RunLog) -> None:
    mine = log.acquire("p", 1, "me", NOW)
    theirs = log.acquire("p", 1, "other", NOW + LEASE)
    log.release(mine)
    assert log.holder("p", 1, NOW + LEASE) == theirs
    log.release(theirs)
    assert log.holder("p", 1, NOW + LEASE) is None


def test_the_holder_is_nobody_when_the_lease_is_over(log: RunLog) -> None:
    assert log.holder("p", 1, NOW) is None
    lock = log.acquire("p", 1, "me", NOW)
    assert log.holder("p", 1, NOW) == lock
    assert log.holder("p", 1, NOW + LEASE) is None


WRITES: dict[str, Callable[[RunLog, Lock], Any]] = {
    "renew": lambda log, lock: log.renew(lock, NOW),
    "begin": lambda log, lock: log.begin(lock, "r2", "full", "sha256:1", NOW, {}),
    "reopen": lambda log, lock: log.reopen(lock, "r1", {}),
    "step": lambda log, lock: log.step(lock, "r1", "build", 1),
    "certify": lambda log, lock: log.certify(lock, "r1", {}),
    "commit": lambda log, lock: log.commit(lock, "r1", []),
    "published": lambda log, lock: log.published(lock, "r1", {"s": "1"}, [{}], NOW),
    "end": lambda log, lock: log.end(lock, "r1", "failed", "no", None, NOW),
}


@pytest.mark.parametrize("write", WRITES)
def test_who_lost_the_lock_can_write_nothing(log: RunLog, write: str) -> None:
    lock = begun(log)
    before = log.find("p", 1, "r1")
    log.acquire("p", 1, "other", NOW + LEASE)
    with pytest.raises(Fenced, match="this run of p v1 lost its lock"):
        WRITES[write](log, lock)
    assert log.find("p", 1, "r1") == before
    assert (log.watermarks("p", 1), log.outbox()) == ({}, [])


def test_a_run_is_recorded_as_it_began(log: RunLog) -> None:
    begun(log, asked="delta")
    found = log.find("p", 1, "r1")
    assert found is not None
    assert (found.mode, found.state, found.plan_digest) == ("full", "running", "sha256:1")
    assert (found.started_at, found.ended_at, found.steps) == (NOW, None, {"asked": "delta"})
    assert found.unfinished
    assert log.find("p", 2, "r1") is None


def test_beginning_a_run_that_is_there_gives_it_back_unchanged(log: RunLog) -> None:
    lock = begun(log)
    log.step(lock, "r1", "build", {"rows": 1})
    again = log.begin(lock, "r1", "delta", "sha256:2", NOW + LEASE, {"build": None})
    assert again == log.find("p", 1, "r1")
    assert (again.mode, again.steps) == ("full", {"build": {"rows": 1}})


def test_steps_hold_json_and_the_last_result_counts(log: RunLog) -> None:
    lock = begun(log)
    log.step(lock, "r1", "build", {"rows": [1, 2.5, None, "ü"], "nested": {"a": True}})
    log.step(lock, "r1", "build", {"rows": []})
    log.step(lock, "r1", "cleaned", True)
    found = log.find("p", 1, "r1")
    assert found is not None
    assert found.steps == {"build": {"rows": []}, "cleaned": True}


def test_a_run_goes_from_running_to_published_and_only_forward(log: RunLog) -> None:
    lock = begun(log)

    def state() -> str:
        found = log.find("p", 1, "r1")
        assert found is not None
        return found.state

    log.commit(lock, "r1", [SWAP])
    assert state() == "running"
    log.certify(lock, "r1", {"verdict": "certified"})
    assert state() == "certified"
    log.published(lock, "r1", {"s": "1"}, [{"id": 1}], NOW)
    assert (state(), log.watermarks("p", 1), log.outbox()) == ("certified", {}, [])
    log.commit(lock, "r1", [SWAP])
    assert state() == "publishing"
    log.end(lock, "r1", "failed", "too late", None, NOW)
    assert state() == "publishing"
    log.published(lock, "r1", {"s": "1"}, [{"id": 1}], NOW)
    assert state() == "published"
    log.end(lock, "r1", "failed", "too late", None, NOW)
    log.certify(lock, "r1", {})
    found = log.find("p", 1, "r1")
    assert found is not None
    assert (found.state, found.swaps, found.certificate) == ("published", (SWAP,), {"verdict": "certified"})


def test_publishing_again_changes_nothing(log: RunLog) -> None:
    lock = begun(log)
    publish(log, lock, "r1", {"s": "1"})
    log.published(lock, "r1", {"s": "2"}, [{"id": "again"}], NOW + LEASE)
    assert log.watermarks("p", 1) == {"s": "1"}
    assert [event for _, event in log.outbox()] == [{"id": "r1"}]


def test_a_published_run_is_finished_once_it_is_cleaned_up(log: RunLog) -> None:
    lock = begun(log)
    publish(log, lock, "r1")
    found = log.find("p", 1, "r1")
    assert found is not None
    assert found.unfinished
    log.step(lock, "r1", "cleaned", True)
    found = log.find("p", 1, "r1")
    assert found is not None
    assert not found.unfinished


def test_watermarks_of_sources_that_were_not_read_stay(log: RunLog) -> None:
    lock = begun(log)
    publish(log, lock, "r1", {"a": "1", "b": "1"})
    log.begin(lock, "r2", "delta", "sha256:1", NOW, {})
    publish(log, lock, "r2", {"b": "2"})
    assert log.watermarks("p", 1) == {"a": "1", "b": "2"}
    assert log.watermarks("p", 2) == {}


def test_only_a_failed_run_is_reopened_and_keeps_nothing_but_the_steps_it_is_given(log: RunLog) -> None:
    lock = begun(log)
    log.step(lock, "r1", "build", 1)
    assert log.reopen(lock, "r1", {}).steps == {"build": 1}
    log.end(lock, "r1", "failed", "a reason", {"verdict": "rejected"}, NOW)
    again = log.reopen(lock, "r1", {"ingest": 2})
    assert again == log.find("p", 1, "r1")
    assert (again.state, again.steps) == ("running", {"ingest": 2})
    assert (again.message, again.certificate, again.ended_at) == (None, None, None)


@pytest.mark.parametrize("state", ["failed", "rejected", "skipped"])
def test_a_run_that_did_not_publish_keeps_its_reason(log: RunLog, state: Any) -> None:
    lock = begun(log)
    log.end(lock, "r1", state, "because", {"verdict": "rejected"}, NOW + LEASE)
    found = log.find("p", 1, "r1")
    assert found is not None
    assert (found.state, found.message, found.certificate) == (state, "because", {"verdict": "rejected"})
    assert (found.ended_at, found.unfinished) == (NOW + LEASE, False)
    assert log.last_published("p", 1) is None


def test_runs_are_listed_newest_first(log: RunLog) -> None:
    lock = begun(log)
    log.begin(lock, "r2", "delta", "sha256:1", NOW - LEASE, {})
    other = log.acquire("q", 1, "me", NOW)
    log.begin(other, "r1", "full", "sha256:1", NOW, {})
    assert [r.run_id for r in log.runs("p", 1)] == ["r2", "r1"]
    assert [r.run_id for r in log.runs("p", 1, 1)] == ["r2"]
    assert list(log.runs("p", 3)) == []


def test_the_last_published_run_is_found_behind_later_failures(log: RunLog) -> None:
    lock = begun(log)
    publish(log, lock, "r1")
    log.begin(lock, "r2", "full", "sha256:1", NOW, {})
    log.end(lock, "r2", "failed", "no", None, NOW)
    found = log.last_published("p", 1)
    assert found is not None
    assert found.run_id == "r1"


def test_announcements_wait_in_order_until_they_are_delivered(log: RunLog) -> None:
    lock = begun(log)
    publish(log, lock, "r1")
    log.begin(lock, "r2", "full", "sha256:1", NOW, {})
    publish(log, lock, "r2")
    waiting = log.outbox()
    assert [event["id"] for _, event in waiting] == ["r1", "r2"]
    log.delivered(waiting[0][0])
    log.delivered(waiting[0][0])
    assert [event["id"] for _, event in log.outbox()] == ["r2"]
