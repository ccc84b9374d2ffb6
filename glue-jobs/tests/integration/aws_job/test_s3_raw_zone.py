"""What only the raw zone in S3 has to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mesh_jobs.adapters.aws import raw_zone
from mesh_jobs.adapters.aws.clients import Clients
from mesh_jobs.adapters.aws.raw_zone import S3RawZone
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import FileFormat, FileSource, Product
from mesh_jobs.ports.raw_zone import Reading
from support.aws import BUCKET, heard_by

MB = 2**20
NOW = datetime(2030, 1, 1, 6, tzinfo=UTC)
PRODUCT = Product("dp_sales_orders", "Orders", "sales", "orders", "1.0.0", 1, "active", "orders-owner@shoply.com")
SOURCE = FileSource("shop", "orders/", FileFormat("csv"), None)
STEP: dict[str, Any] = {"extent": "all", "files": []}


@pytest.fixture
def land(clients: Clients) -> Callable[[str, bytes], None]:
    return lambda key, body: clients.s3.put_object(Bucket=BUCKET, Key=f"landing/orders/{key}", Body=body) and None


@pytest.fixture
def zone(clients: Clients) -> S3RawZone:
    return S3RawZone(clients.s3, BUCKET)


def test_markers_hidden_files_and_empty_folders_are_no_data(zone: S3RawZone, land: Any) -> None:
    for key in ("day=1/", "day=1/a.csv", "_SUCCESS", ".part", "_tmp/b.csv", "day=1/.c.csv"):
        land(key, b"" if key.endswith("/") else b"1")
    assert [f.origin for f in zone.landed(PRODUCT, SOURCE)] == [f"s3://{BUCKET}/landing/orders/day=1/a.csv"]


def test_more_files_than_one_answer_lists_are_all_found(zone: S3RawZone, land: Any, clients: Clients) -> None:
    def two_at_once(params: Any, **_: Any) -> None:
        params.setdefault("MaxKeys", 2)

    for n in range(5):
        land(f"{n}.csv", b"1")
    with heard_by(clients.s3, "before-parameter-build.s3.ListObjectsV2", two_at_once):
        assert len(zone.landed(PRODUCT, SOURCE)) == 5
        assert len(zone.preserve(PRODUCT, SOURCE, zone.landed(PRODUCT, SOURCE), Reading("r1", NOW, STEP)).files) == 5


def test_a_source_beside_another_whose_name_begins_alike_is_not_read(zone: S3RawZone, clients: Clients) -> None:
    clients.s3.put_object(Bucket=BUCKET, Key="landing/orders_old/a.csv", Body=b"1")
    with pytest.raises(BadInput, match=rf"source shop: there are no files in s3://{BUCKET}/landing/orders/$"):
        zone.landed(PRODUCT, SOURCE)


def test_the_one_source_of_a_product_without_a_pipeline_has_the_whole_prefix(
    zone: S3RawZone, clients: Clients, tmp_path: Path
) -> None:
    alone = replace(SOURCE, path="")
    clients.s3.put_object(Bucket=BUCKET, Key="landing/a.csv", Body=b"1")
    (tmp_path / "b.csv").write_bytes(b"2")
    zone.land(alone, [tmp_path / "b.csv"])
    landed = sorted(f.origin for f in zone.landed(PRODUCT, alone))
    assert landed == [f"s3://{BUCKET}/landing/a.csv", f"s3://{BUCKET}/landing/b.csv"]


@pytest.mark.parametrize("meanwhile", ["changed", "gone"])
def test_a_file_that_changes_while_it_is_copied_fails_the_run(
    zone: S3RawZone, land: Any, clients: Clients, meanwhile: str
) -> None:
    land("a.csv", b"old")
    landed = zone.landed(PRODUCT, SOURCE)
    if meanwhile == "changed":
        land("a.csv", b"new")
    else:
        clients.s3.delete_object(Bucket=BUCKET, Key="landing/orders/a.csv")
    with pytest.raises(BadInput, match=r"a\.csv was changed while it was being read"):
        zone.preserve(PRODUCT, SOURCE, landed, Reading("r1", NOW, STEP))
    assert zone.preserved(PRODUCT, SOURCE, "r1") is None


def test_files_of_one_name_in_two_folders_are_both_kept(zone: S3RawZone, land: Any, clients: Clients) -> None:
    land("day=1/a.csv", b"1")
    land("day=2/a.csv", b"2")
    kept = zone.preserve(PRODUCT, SOURCE, zone.landed(PRODUCT, SOURCE), Reading("r1", NOW, STEP)).files
    bodies = [clients.s3.get_object(Bucket=BUCKET, Key=k.uri.partition(f"{BUCKET}/")[2])["Body"].read() for k in kept]
    assert sorted(bodies) == [b"1", b"2"]


def test_a_large_file_is_copied_in_few_and_large_parts(
    zone: S3RawZone, land: Any, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = bytes(20 * MB)
    land("a.csv", body)

    def copied(run_id: str) -> list[str]:
        asked: list[str] = []
        with heard_by(clients.s3, "before-call.s3", lambda model, **_: asked.append(model.name)):
            (kept,) = zone.preserve(PRODUCT, SOURCE, zone.landed(PRODUCT, SOURCE), Reading(run_id, NOW, STEP)).files
        assert clients.s3.get_object(Bucket=BUCKET, Key=kept.uri.partition(f"{BUCKET}/")[2])["Body"].read() == body
        return sorted(name for name in asked if "Copy" in name)

    assert copied("r1") == ["CopyObject"]
    monkeypatch.setattr(raw_zone, "_PART", 8 * MB)
    assert copied("r2") == ["UploadPartCopy"] * 3


def test_a_run_that_died_while_it_copied_begins_again(
    zone: S3RawZone, land: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    land("a.csv", b"1")
    landed = zone.landed(PRODUCT, SOURCE)
    with monkeypatch.context() as dying:
        dying.setattr("mesh_jobs.adapters.aws.raw_zone.Manifest.to_text", lambda *a, **k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            zone.preserve(PRODUCT, SOURCE, landed, Reading("r1", NOW, STEP))
    assert zone.preserved(PRODUCT, SOURCE, "r1") is None
    kept = zone.preserve(PRODUCT, SOURCE, landed, Reading("r1", NOW, STEP))
    assert zone.preserved(PRODUCT, SOURCE, "r1") == kept


def test_a_preserved_file_that_somebody_changed_is_an_error(zone: S3RawZone, land: Any, clients: Clients) -> None:
    land("a.csv", b"1")
    (kept,) = zone.preserve(PRODUCT, SOURCE, zone.landed(PRODUCT, SOURCE), Reading("r1", NOW, STEP)).files
    clients.s3.put_object(Bucket=BUCKET, Key=kept.uri.partition(f"{BUCKET}/")[2], Body=b"2")
    with pytest.raises(BadInput, match="the preserved file was changed"):
        zone.preserved(PRODUCT, SOURCE, "r1")


def test_a_manifest_that_does_not_say_what_was_read_is_an_error(zone: S3RawZone, clients: Clients) -> None:
    clients.s3.put_object(Bucket=BUCKET, Key="raw/shop/r1/manifest.json", Body=b"[]")
    with pytest.raises(
        BadInput, match=rf"s3://{BUCKET}/raw/shop/r1/manifest.json: it was written by an earlier build"
    ) as caught:
        zone.preserved(PRODUCT, SOURCE, "r1")
    assert caught.value.remedy == "start a new run; it reads what is at the source now"
