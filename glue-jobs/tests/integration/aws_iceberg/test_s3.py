"""Files in S3: whole or not at all, found again, and read only where they are looked into."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError, IncompleteReadError

from mesh_jobs.adapters.aws.clients import client
from mesh_jobs.adapters.iceberg import s3
from mesh_jobs.adapters.iceberg.s3 import S3Storage
from mesh_jobs.adapters.iceberg.storage import Storage, plain, storage
from mesh_jobs.domain.errors import MeshError
from support.aws import BUCKET, REGION

FOLDER = f"s3://{BUCKET}/some/folder"


class Counting:
    """S3 that counts what it is asked."""

    def __init__(self) -> None:
        self._s3 = client("s3")
        self.asked: list[tuple[str, Any]] = []

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._s3, name)

        def counted(*positional: Any, **asked: Any) -> Any:
            self.asked.append((name, asked.get("Range")))
            return call(*positional, **asked)

        return counted


@pytest.fixture(params=["disk", "s3"])
def place(request: pytest.FixtureRequest, aws: str, tmp_path: Path) -> tuple[Storage, str]:
    """Both kinds of storage, and a folder in each."""
    folder = FOLDER if request.param == "s3" else str(tmp_path / "some" / "folder")
    return storage(folder), folder


def test_what_is_written_is_read_found_and_deleted(place: tuple[Storage, str], tmp_path: Path) -> None:
    there, folder = place
    names = ["data/a.parquet", "data/p=1/b.parquet", "metadata/c.json"]
    for name in names:
        there.write(f"{folder}/{name}", name.encode())
    assert there.read(f"{folder}/{names[1]}") == names[1].encode()
    with there.open(f"{folder}/{names[1]}") as found:
        assert found.seek(-7, io.SEEK_END) == len(names[1]) - 7
        assert found.read() == b"parquet"
    there.fetch(f"{folder}/{names[0]}", tmp_path / "here")
    assert (tmp_path / "here").read_bytes() == names[0].encode()
    walked = {found.location: found for found in there.walk(folder)}
    assert set(walked) == {f"{folder}/{name}" for name in names}
    one = walked[f"{folder}/{names[0]}"]
    assert one.size == len(names[0])
    assert abs(datetime.now(UTC) - one.modified) < timedelta(minutes=5)
    assert there.folders(folder) == ["data", "metadata"]
    there.delete([f"{folder}/{names[0]}", f"{folder}/{names[1]}", f"{folder}/data/never-there"])
    assert [found.location for found in there.walk(folder)] == [f"{folder}/{names[2]}"]
    assert there.exists(f"{folder}/{names[2]}")
    assert not there.exists(f"{folder}/{names[0]}")


def test_what_is_not_there_is_said(place: tuple[Storage, str]) -> None:
    there, folder = place
    with pytest.raises(FileNotFoundError):
        there.read(f"{folder}/nothing")
    with pytest.raises(FileNotFoundError):
        there.open(f"{folder}/nothing")
    assert list(there.walk(f"{folder}/nothing")) == []
    assert there.folders(f"{folder}/nothing") == []


def test_folders_whose_names_begin_alike_are_apart(place: tuple[Storage, str]) -> None:
    there, folder = place
    there.write(f"{folder}/orders_v1/a", b"")
    there.write(f"{folder}/orders_v10/b", b"")
    assert [found.location for found in there.walk(f"{folder}/orders_v1")] == [f"{folder}/orders_v1/a"]


def test_more_files_than_one_request_takes_are_listed_and_deleted(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "4")
    monkeypatch.setattr(s3, "_DELETED_AT_ONCE", 4)
    counting = Counting()
    there = S3Storage(counting)
    names = [f"{FOLDER}/{n:04d}" for n in range(11)]
    for name in names:
        there.write(name, b"")
    assert [found.location for found in there.walk(FOLDER)] == names
    there.delete(names)
    assert [name for name, _ in counting.asked].count("delete_objects") == 3
    assert list(there.walk(FOLDER)) == []


def test_a_footer_is_read_with_one_request_however_large_the_file(aws: str) -> None:
    counting = Counting()
    there = S3Storage(counting)
    buffer = io.BytesIO()
    pq.write_table(pa.table({"id": list(range(300_000))}), buffer, compression="none", use_dictionary=False)
    there.write(f"{FOLDER}/large.parquet", buffer.getvalue())
    counting.asked.clear()
    with there.open(f"{FOLDER}/large.parquet") as source:
        assert pq.read_metadata(source).num_rows == 300_000
        assert source.seek(0, io.SEEK_END) == len(buffer.getvalue()) > 2_000_000
    assert counting.asked == [("get_object", "bytes=-65536")]


def test_any_part_of_an_object_can_be_read(aws: str) -> None:
    there = storage(FOLDER)
    content = bytes(n % 251 for n in range(200_000))
    there.write(f"{FOLDER}/parts", content)
    with there.open(f"{FOLDER}/parts") as found:
        for at, length in ((0, 10), (70_000, 80_000), (134_400, 200), (199_990, 50), (200_000, 1), (0, 200_000)):
            found.seek(at)
            assert found.read(length) == content[at : at + length]
    there.write(f"{FOLDER}/empty", b"")
    with there.open(f"{FOLDER}/empty") as found:
        assert found.read() == b""


@pytest.mark.parametrize("breaks", [3, 4])
def test_an_answer_that_breaks_off_is_asked_for_again(aws: str, breaks: int) -> None:
    counting = Counting()
    there = S3Storage(counting)
    there.write(f"{FOLDER}/a", b"content")
    get, left = counting._s3.get_object, [breaks]

    class Broken:
        def read(self) -> bytes:
            raise IncompleteReadError(actual_bytes=3, expected_bytes=7)

    def breaking(**asked: Any) -> Any:
        left[0] -= 1
        return {**get(**asked), "Body": Broken()} if left[0] >= 0 else get(**asked)

    counting._s3 = SimpleNamespace(get_object=breaking)
    if breaks == 3:
        assert there.read(f"{FOLDER}/a") == b"content"
    else:
        with pytest.raises(IncompleteReadError):
            there.read(f"{FOLDER}/a")
    assert [name for name, _ in counting.asked] == ["put_object", *["get_object"] * 4]


def test_names_of_aws_itself_have_a_bucket_each_and_others_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    for endpoint, style in (
        ("", None),
        ("https://s3.cn-north-1.amazonaws.com.cn", None),
        ("https://s3.dualstack.eu-central-1.api.aws", None),
        ("http://localhost:4566", "path"),
    ):
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
        assert (client("s3").meta.config.s3 or {}).get("addressing_style") == style


def test_what_s3_refuses_names_the_right_that_is_missing() -> None:
    class Refusing:
        def __getattr__(self, name: str) -> Any:
            def refuse(**asked: Any) -> Any:
                raise ClientError({"Error": {"Code": "AccessDenied"}}, name)

            return refuse

    there = S3Storage(Refusing())
    for act, action in (
        (lambda: there.read(f"{FOLDER}/a"), "s3:GetObject"),
        (lambda: there.write(f"{FOLDER}/a", b""), "s3:PutObject"),
        (lambda: there.delete([f"{FOLDER}/a"]), "s3:DeleteObject"),
    ):
        with pytest.raises(MeshError, match=f"S3 refuses {action} on s3://{BUCKET}") as denied:
            act()
        assert action in str(denied.value.remedy)


def test_files_that_stay_when_they_should_go_are_an_error(aws: str) -> None:
    class Keeping:
        def delete_objects(self, **asked: Any) -> Any:
            return {"Errors": [{"Key": asked["Delete"]["Objects"][0]["Key"], "Code": "InternalError"}]}

    with pytest.raises(MeshError, match="1 files in s3://shoply-curated cannot be deleted, such as some/folder/a"):
        S3Storage(Keeping()).delete([f"{FOLDER}/a"])


def test_a_file_has_one_spelling(aws: str) -> None:
    assert {plain(f"{scheme}://b/k") for scheme in ("s3", "s3a", "s3n")} == {"s3://b/k"}
    assert {plain(path) for path in ("/a/b", "file:/a/b", "file:///a/b")} == {"/a/b"}
    boto3.client("s3").put_object(Bucket=BUCKET, Key="some/folder/a", Body=b"x")
    assert storage(f"s3a://{BUCKET}/some/folder/a").read(f"s3a://{BUCKET}/some/folder/a") == b"x"
