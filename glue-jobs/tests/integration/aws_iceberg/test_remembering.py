"""A job looks up once where its own tables are, and fetches no file that it has written; what somebody else changed
stops it all the same."""

from __future__ import annotations

import boto3
import pytest

from mesh_jobs.adapters.iceberg import written_once
from mesh_jobs.adapters.iceberg.catalog import CommitConflict
from mesh_jobs.adapters.iceberg.glue_catalog import GlueCatalog
from mesh_jobs.adapters.iceberg.remembering import RememberingCatalog
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.table_store import Swap
from support.aws import BUCKET, WAREHOUSE
from support.metadata import history
from support.strict import Requests

OWN, SHOWN = TableName("sales_internal", "orders"), TableName("sales", "orders_v1")


@pytest.fixture
def glue(requests_made: Requests) -> GlueCatalog:
    return GlueCatalog(boto3.client("glue"), WAREHOUSE, ("sales", "sales_internal"))


@pytest.fixture
def job(glue: GlueCatalog) -> RememberingCatalog:
    return RememberingCatalog(glue, "sales_internal")


def looked_up(requests_made: Requests) -> int:
    found = requests_made.asked["glue:GetTable"]
    requests_made.asked.clear()
    return found


def where(catalog: GlueCatalog | RememberingCatalog, table: TableName) -> str | None:
    found = catalog.find(table)
    return found.location if found else None


def test_where_its_own_table_is_is_looked_up_once(job: RememberingCatalog, requests_made: Requests) -> None:
    first, second = history(2, OWN)
    assert where(job, OWN) is None
    assert job.register(OWN, first) == first
    looked_up(requests_made)
    assert [where(job, OWN), where(job, OWN)] == [first, first]
    assert looked_up(requests_made) == 0
    job.move(OWN, first, second)
    looked_up(requests_made)
    assert where(job, OWN) == second
    assert looked_up(requests_made) == 0
    job.forget(OWN)
    assert where(job, OWN) is None


def test_what_consumers_see_is_looked_up_each_time(job: RememberingCatalog, glue: GlueCatalog) -> None:
    first, second = history(2, SHOWN)
    job.register(SHOWN, first)
    assert where(job, SHOWN) == first
    glue.move(SHOWN, first, second)
    assert where(job, SHOWN) == second


def test_a_job_that_was_overtaken_cannot_commit_and_sees_why(job: RememberingCatalog, glue: GlueCatalog) -> None:
    first, second, third = history(3, OWN)
    job.register(OWN, first)
    glue.move(OWN, first, second)
    assert where(job, OWN) == first
    with pytest.raises(CommitConflict):
        job.move(OWN, first, third)
    assert (where(job, OWN), where(glue, OWN)) == (second, second)


def test_a_table_that_another_job_made_meanwhile_is_theirs(job: RememberingCatalog, glue: GlueCatalog) -> None:
    theirs, ours = history(1, OWN)[0], history(1, OWN)[0]
    glue.register(OWN, theirs)
    assert job.register(OWN, ours) == theirs
    assert where(job, OWN) == theirs


def test_what_is_published_is_known_no_longer(glue: GlueCatalog) -> None:
    job = RememberingCatalog(glue, "sales")
    first, second = history(2, SHOWN)
    job.register(SHOWN, first)
    job.publish([Swap(SHOWN, first, second)])
    assert where(job, SHOWN) == second


def test_a_file_that_was_written_or_read_once_is_not_fetched(aws: str, requests_made: Requests) -> None:
    s3 = boto3.client("s3")
    mine, theirs = f"s3://{BUCKET}/mine.avro", f"s3://{BUCKET}/theirs.avro"
    written_once.write(mine, b"mine")
    s3.put_object(Bucket=BUCKET, Key="theirs.avro", Body=b"theirs")
    found = [written_once.read(each) for each in (mine, theirs, theirs, "s3a" + theirs.removeprefix("s3"))]
    assert found == [b"mine", b"theirs", b"theirs", b"theirs"]
    assert requests_made.asked["s3:GetObject"] == 1


def test_of_what_was_written_only_so_much_is_kept(aws: str, requests_made: Requests) -> None:
    large, many = f"s3://{BUCKET}/large.avro", [f"s3://{BUCKET}/{n}.avro" for n in range(12)]
    written_once.write(large, bytes(4 * 2**20 + 1))
    for each in many:
        written_once.write(each, bytes(3 * 2**20))
    assert [len(written_once.read(each)) for each in (large, many[0], many[-1])] == [
        4 * 2**20 + 1,
        3 * 2**20,
        3 * 2**20,
    ]
    assert requests_made.asked["s3:GetObject"] == 2


def test_a_file_that_nobody_wrote_is_not_there(aws: str) -> None:
    with pytest.raises(FileNotFoundError):
        written_once.read(f"s3://{BUCKET}/none.avro")
