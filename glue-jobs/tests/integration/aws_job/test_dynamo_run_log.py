"""What only the run log in DynamoDB has to do: large results, conflicts that pass, locks that are handed over."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mesh_jobs.adapters.aws import layout
from mesh_jobs.adapters.aws.clients import Clients
from mesh_jobs.adapters.aws.dynamo import DynamoTable
from mesh_jobs.adapters.aws.failures import AwsFailed
from mesh_jobs.adapters.aws.run_log import DynamoRunLog, HandedRunLog
from mesh_jobs.domain.errors import Busy, Fenced
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.run_log import Lock
from mesh_jobs.ports.table_store import Swap
from support.aws import heard_by
from support.run_table import make_run_table

NOW = datetime(2030, 1, 1, 6, tzinfo=UTC)
LEASE = timedelta(minutes=15)
EXECUTION = "arn:aws:states:eu-central-1:111122223333:execution:orders-v1:delta-20300101T060000Z"


@pytest.fixture
def dynamodb(clients: Clients) -> Any:
    make_run_table(clients.dynamodb, "sales-runs")
    return clients.dynamodb


@pytest.fixture
def log(dynamodb: Any) -> DynamoRunLog:
    return DynamoRunLog(DynamoTable(dynamodb, "sales-runs", sleep=lambda s: None), LEASE, ("p", 1))


def begun(log: DynamoRunLog, run_id: str = "r1") -> Lock:
    lock = log.acquire("p", 1, "me", NOW)
    log.begin(lock, run_id, "full", "sha256:1", NOW, {})
    return lock


def items(dynamodb: Any, prefix: str) -> list[dict[str, Any]]:
    found = dynamodb.scan(TableName="sales-runs")["Items"]
    return [i for i in found if i["sk"]["S"].startswith(prefix)]


def files(count: int, seed: int) -> list[dict[str, str]]:
    """What an ingest of many files remembers; random, so that it does not compress away."""
    drawn = random.Random(seed)
    return [{"origin": f"day={n}/{drawn.getrandbits(256):x}.csv", "fingerprint": f"{n}"} for n in range(count)]


@pytest.mark.ci
def test_a_result_too_large_for_an_item_is_kept_in_parts_and_its_older_parts_go(
    log: DynamoRunLog, dynamodb: Any
) -> None:
    lock = begun(log)
    for size, parts in ((20_000, 3), (10_000, 2), (10, 0), (20_000, 3)):
        log.step(lock, "r1", "ingest:shop", {"files": files(size, seed=size)})
        found = log.find("p", 1, "r1")
        assert found is not None
        assert found.steps == {"ingest:shop": {"files": files(size, seed=size)}}
        assert len(items(dynamodb, "run#000000000001#part#")) == parts


def test_a_certificate_of_many_checks_is_kept_whole(log: DynamoRunLog) -> None:
    lock = begun(log)
    certificate = {"verdict": "certified", "checks": files(20_000, seed=1)}
    log.certify(lock, "r1", certificate)
    found = log.find("p", 1, "r1")
    assert found is not None
    assert found.certificate == certificate


def test_what_a_state_machine_reads_is_plain_text(log: DynamoRunLog, dynamodb: Any) -> None:
    lock = begun(log)
    log.certify(lock, "r1", {"verdict": "certified"})
    log.commit(lock, "r1", [Swap(TableName("sales", "orders_v1"), "s3://b/old.json", "s3://b/new.json")])
    (run,) = items(dynamodb, "run#")
    assert run["state"] == {"S": "publishing"}
    assert run["certificate"] == {"S": '{"verdict":"certified"}'}
    assert run["swaps"] == {
        "S": '[{"database":"sales","table":"orders_v1","expected":"s3://b/old.json","new":"s3://b/new.json"}]'
    }
    (place,) = items(dynamodb, "id#r1")
    assert place["sequence"] == {"N": "1"}
    (held,) = items(dynamodb, "lock")
    assert held["leaseUntil"] == {"N": str(int((NOW + LEASE).timestamp() * 1000))}


def test_results_of_an_earlier_try_are_gone_after_a_run_is_opened_again(log: DynamoRunLog, dynamodb: Any) -> None:
    lock = begun(log)
    log.step(lock, "r1", "ingest:shop", {"files": files(20_000, seed=1)})
    log.step(lock, "r1", "build:orders", {"rows": 1})
    log.end(lock, "r1", "failed", "no", None, NOW)
    log.reopen(lock, "r1", {"ingest:shop": {"files": []}})
    assert [i["sk"]["S"].rpartition("#")[2] for i in items(dynamodb, "run#000000000001#")] == ["ingest:shop"]


def test_a_process_that_died_while_it_opened_a_run_again_leaves_nothing_to_be_seen(
    log: DynamoRunLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = begun(log)
    log.step(lock, "r1", "build", 1)
    log.end(lock, "r1", "failed", "no", None, NOW)
    with monkeypatch.context() as dying:
        dying.setattr(log, "_write", lambda *a: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            log.reopen(lock, "r1", {"half": 2})
    assert log.reopen(lock, "r1", {"whole": 3}).steps == {"whole": 3}


def test_a_process_that_died_before_it_had_begun_leaves_nothing_to_be_seen(
    log: DynamoRunLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = begun(log)
    with monkeypatch.context() as dying:
        dying.setattr(DynamoTable, "transact", lambda *a: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            log.begin(lock, "r2", "full", "sha256:1", NOW, {"asked": "full"})
    assert [r.run_id for r in log.runs("p", 1)] == ["r1"]
    log.begin(lock, "r3", "full", "sha256:1", NOW, {"asked": "delta"})
    assert [(r.run_id, r.steps) for r in log.runs("p", 1)] == [("r3", {"asked": "delta"}), ("r1", {})]


class Unlucky:
    """A client whose transactions are cancelled a few times, for a reason."""

    def __init__(self, client: Any, reason: str, times: int) -> None:
        self._client, self._reason, self.left = client, reason, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **request: Any) -> Any:
        if self.left:
            self.left -= 1
            reasons = [{"Code": "None"}] * (len(request["TransactItems"]) - 1) + [{"Code": self._reason}]
            answer = {
                "Error": {"Code": "TransactionCanceledException", "Message": "Transaction cancelled"},
                "CancellationReasons": reasons,
            }
            raise ClientError(answer, "TransactWriteItems")
        return self._client.transact_write_items(**request)


@pytest.mark.parametrize("reason", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_conflict_that_passes_is_waited_for_and_is_no_lost_lock(dynamodb: Any, reason: str) -> None:
    waits: list[float] = []
    unlucky = Unlucky(dynamodb, reason, 3)
    log = DynamoRunLog(DynamoTable(unlucky, "sales-runs", waits.append), LEASE, ("p", 1))
    lock = begun(log)
    assert (unlucky.left, len(waits)) == (0, 3)
    unlucky.left = 100
    with pytest.raises(AwsFailed, match="writing p#v1 in table sales-runs: TransactionCanceledException"):
        log.step(lock, "r1", "build", 1)


def test_a_transaction_that_can_never_be_is_not_tried_again(dynamodb: Any) -> None:
    unlucky = Unlucky(dynamodb, "ValidationError", 1)
    log = DynamoRunLog(DynamoTable(unlucky, "sales-runs", lambda s: pytest.fail("waited")), LEASE, ("p", 1))
    lock = log.acquire("p", 1, "me", NOW)
    with pytest.raises(AwsFailed):
        log.begin(lock, "r1", "full", "sha256:1", NOW, {})


def test_an_event_whose_answer_was_lost_happens_once(log: DynamoRunLog, dynamodb: Any) -> None:
    lock = begun(log)
    tokens: list[str] = []

    def sending(params: Any, **_: Any) -> None:
        tokens.append(params["body"].decode())

    with heard_by(dynamodb, "before-call.dynamodb.TransactWriteItems", sending):
        log.step(lock, "r1", "build", 1)
    assert '"ClientRequestToken"' in tokens[0]


def test_a_lock_that_was_handed_over_is_kept_under_its_owner_and_fence(log: DynamoRunLog, dynamodb: Any) -> None:
    taken = log.acquire("p", 1, EXECUTION, NOW)
    handed = HandedRunLog(DynamoTable(dynamodb, "sales-runs"), LEASE, ("p", 1), taken.fence)
    later = NOW + timedelta(minutes=10)
    lock = handed.acquire("p", 1, EXECUTION, later)
    assert (lock.owner, lock.fence, lock.lease_until) == (EXECUTION, taken.fence, later + LEASE)
    handed.begin(lock, "r1", "full", "sha256:1", later, {})
    handed.release(lock)
    assert log.holder("p", 1, later) == lock


def test_a_lock_that_was_handed_over_and_lost_is_refused(log: DynamoRunLog, dynamodb: Any) -> None:
    taken = log.acquire("p", 1, EXECUTION, NOW)
    log.acquire("p", 1, "another", NOW + LEASE)
    handed = HandedRunLog(DynamoTable(dynamodb, "sales-runs"), LEASE, ("p", 1), taken.fence)
    with pytest.raises(Fenced):
        handed.acquire("p", 1, EXECUTION, NOW + LEASE)


def test_who_is_told_to_wait_is_told_until_when(log: DynamoRunLog) -> None:
    log.acquire("p", 1, "me", NOW)
    with pytest.raises(Busy) as caught:
        log.acquire("p", 1, "other", NOW)
    assert str(caught.value) == "p v1 is being run by me since 2030-01-01T06:00:00.000000+00:00"
    assert caught.value.remedy is not None
    assert "until 2030-01-01 06:15:00+00:00" in caught.value.remedy


def test_a_product_empties_its_own_outbox_only(log: DynamoRunLog, dynamodb: Any) -> None:
    theirs = DynamoRunLog(DynamoTable(dynamodb, "sales-runs"), LEASE, ("q", 1))
    lock = log.acquire("p", 1, "me", NOW)
    log.begin(lock, "r1", "full", "sha256:1", NOW, {})
    log.certify(lock, "r1", {})
    log.commit(lock, "r1", [])
    log.published(lock, "r1", {}, [{"id": 1}, {"id": 2}], NOW)
    assert theirs.outbox() == []
    assert [event["id"] for _, event in log.outbox()] == [1, 2]


def test_numbers_of_runs_sort_as_they_began() -> None:
    keys = [layout.run_key(n) for n in (1, 9, 10, 99_999)]
    assert keys == sorted(keys)


def test_a_table_that_is_not_there_is_named(clients: Clients) -> None:
    log = DynamoRunLog(DynamoTable(clients.dynamodb, "nowhere"), LEASE, ("p", 1))
    with pytest.raises(AwsFailed, match="in table nowhere: ResourceNotFoundException") as caught:
        log.last_published("p", 1)
    assert caught.value.remedy == "compare the job's arguments with what is deployed"


def test_runs_are_read_as_far_as_they_are_looked_at(log: DynamoRunLog, dynamodb: Any) -> None:
    lock = log.acquire("p", 1, "me", NOW)
    for n in range(12):
        log.begin(lock, f"r{n}", "full", "sha256:1", NOW, {"asked": "full"})
    pages: list[str] = []

    def four_at_once(params: Any, **_: Any) -> Any:
        pages.append("")
        return {**params, "Limit": 4}

    with heard_by(dynamodb, "provide-client-params.dynamodb.Query", four_at_once):
        runs = log.runs("p", 1)
        assert next(iter(runs)).run_id == "r11"
        assert len(pages) == 1
        assert [r.run_id for r in runs][:3] == ["r11", "r10", "r9"]
        assert len(pages) == 1 + 7, "what was looked at is not held"
        assert len(runs) == 12
        assert [r.run_id for r in reversed(runs)] == [f"r{n}" for n in range(12)]
        assert [r.run_id for r in runs[1:3]] == ["r10", "r9"]
        assert runs[-1].run_id == "r0"
