"""Every raw zone keeps these promises: in memory, in folders, and in S3."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mesh_jobs.adapters.aws.clients import Clients
from mesh_jobs.adapters.aws.raw_zone import S3RawZone
from mesh_jobs.adapters.files.raw_zone import FolderRawZone
from mesh_jobs.adapters.inmemory.raw_zone import MemoryRawZone
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import FileFormat, FileSource, Product
from mesh_jobs.ports.raw_zone import RawZone, Reading
from mesh_jobs.ports.remotes import Fetched
from support.aws import BUCKET, emulated
from support.objects import arrived
from support.strict import strict

NOW = datetime(2030, 1, 1, 6, tzinfo=UTC)
PRODUCT = Product("dp_sales_orders", "Orders", "sales", "orders", "1.0.0", 1, "active", "orders-owner@shoply.com")
SOURCE = FileSource("shop", "orders/", FileFormat("csv"), None)
#: What a run remembers of what it has kept.
STEP: dict[str, Any] = {"extent": "all", "files": [{"origin": "a.csv", "size": 1, "fingerprint": "1:é"}], "rows": None}


@dataclass
class Zone:
    """A raw zone, how a file gets there, and how preserved bytes are read and spoiled."""

    zone: RawZone
    land: Callable[[str, bytes, datetime], None]
    read: Callable[[str], bytes]
    lose: Callable[[str], None]


@pytest.fixture(params=["memory", "folders", "s3"])
def at(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Zone]:
    if request.param == "memory":
        zone = MemoryRawZone()
        yield Zone(
            zone,
            lambda name, content, time: zone.land(PRODUCT, "shop", name, content, time),
            lambda uri: zone.contents[uri],
            lambda uri: zone.contents.__delitem__(uri),
        )
        return
    if request.param == "s3":
        with emulated(()), strict():
            yield in_s3(Clients().s3)
        return

    def land(name: str, content: bytes, time: datetime) -> None:
        file = tmp_path / ".mesh" / "landing" / "sales" / "orders-v1" / "orders" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        os.utime(file, (time.timestamp(), time.timestamp()))

    folders = FolderRawZone(tmp_path / ".mesh", tmp_path)
    yield Zone(folders, land, lambda uri: Path(uri).read_bytes(), lambda uri: Path(uri).unlink())


def in_s3(s3: Any) -> Zone:
    def place(uri: str) -> dict[str, str]:
        return {"Bucket": BUCKET, "Key": uri.removeprefix(f"s3://{BUCKET}/")}

    def land(name: str, content: bytes, time: datetime) -> None:
        s3.put_object(Bucket=BUCKET, Key=f"landing/orders/{name}", Body=content)
        arrived(BUCKET, f"landing/orders/{name}", time)

    return Zone(
        S3RawZone(s3, BUCKET),
        land,
        lambda uri: s3.get_object(**place(uri))["Body"].read(),
        lambda uri: s3.delete_object(**place(uri)),
    )


def test_files_are_listed_as_they_arrived(at: Zone) -> None:
    at.land("b.csv", b"22", NOW)
    at.land("a.csv", b"1", NOW + timedelta(seconds=1))
    found = at.zone.landed(PRODUCT, SOURCE)
    assert [(Path(f.origin).name, f.size, f.arrived_at) for f in found] == [
        ("b.csv", 2, NOW),
        ("a.csv", 1, NOW + timedelta(seconds=1)),
    ]


def test_a_source_without_files_says_where_they_are_expected(at: Zone) -> None:
    with pytest.raises(BadInput, match="source shop: there are no files") as caught:
        at.zone.landed(PRODUCT, SOURCE)
    assert caught.value.remedy is not None
    assert "put files there" in caught.value.remedy


def test_a_fingerprint_stays_with_the_content_and_changes_with_it(at: Zone) -> None:
    at.land("a.csv", b"1", NOW)
    first = at.zone.landed(PRODUCT, SOURCE)[0].fingerprint
    assert at.zone.landed(PRODUCT, SOURCE)[0].fingerprint == first
    at.land("a.csv", b"22", NOW + timedelta(seconds=1))
    assert at.zone.landed(PRODUCT, SOURCE)[0].fingerprint != first


def test_preserved_files_have_their_bytes_run_and_origin(at: Zone) -> None:
    at.land("a.csv", b"order_id\n1\n", NOW)
    landed = at.zone.landed(PRODUCT, SOURCE)
    kept = at.zone.preserve(PRODUCT, SOURCE, landed, Reading("r1", NOW, STEP)).files
    assert [(f.origin, f.size, f.arrived_at, f.run_id) for f in kept] == [(landed[0].origin, 11, NOW, "r1")]
    assert at.read(kept[0].uri) == b"order_id\n1\n"


def test_preserving_again_under_the_same_run_gives_what_was_preserved_first(at: Zone) -> None:
    at.land("a.csv", b"old", NOW)
    first = at.zone.preserve(PRODUCT, SOURCE, at.zone.landed(PRODUCT, SOURCE), Reading("r1", NOW, STEP))
    at.land("a.csv", b"newer", NOW + timedelta(seconds=1))
    at.land("b.csv", b"later", NOW + timedelta(seconds=2))
    again = at.zone.preserve(PRODUCT, SOURCE, at.zone.landed(PRODUCT, SOURCE), Reading("r1", NOW, {**STEP, "rows": 2}))
    assert again == first == at.zone.preserved(PRODUCT, SOURCE, "r1")
    assert at.read(again.files[0].uri) == b"old"
    assert again.step == STEP, "it is of the files that were kept, not of those that lie there now"


def test_each_run_has_a_raw_zone_of_its_own(at: Zone) -> None:
    at.land("a.csv", b"old", NOW)
    at.zone.preserve(PRODUCT, SOURCE, at.zone.landed(PRODUCT, SOURCE), Reading("r1", NOW, STEP))
    at.land("a.csv", b"newer", NOW + timedelta(seconds=1))
    at.zone.preserve(PRODUCT, SOURCE, at.zone.landed(PRODUCT, SOURCE), Reading("r2", NOW, STEP))
    kept = {r: at.zone.preserved(PRODUCT, SOURCE, r) for r in ("r1", "r2", "r3")}
    assert kept["r3"] is None
    assert [at.read(k.files[0].uri) for k in kept.values() if k] == [b"old", b"newer"]


def test_a_preserved_file_that_is_gone_is_an_error(at: Zone) -> None:
    at.land("a.csv", b"1", NOW)
    kept = at.zone.preserve(PRODUCT, SOURCE, at.zone.landed(PRODUCT, SOURCE), Reading("r1", NOW, STEP))
    at.lose(kept.files[0].uri)
    with pytest.raises(BadInput, match="the preserved file is gone"):
        at.zone.preserved(PRODUCT, SOURCE, "r1")


def test_fetched_files_are_kept_once_with_their_bytes_and_the_moment_they_are_of(at: Zone, tmp_path: Path) -> None:
    def fetched(content: bytes) -> list[Fetched]:
        file = tmp_path / "part-00000.csv.gz"
        file.write_bytes(content)
        return [Fetched(file, "public.orders at shop", "digest")]

    later = NOW + timedelta(minutes=1)
    first = at.zone.keep(PRODUCT, SOURCE, fetched(b"old"), NOW, Reading("r1", later, {**STEP, "rows": 1}))
    again = at.zone.keep(PRODUCT, SOURCE, fetched(b"newer"), later, Reading("r1", later, {**STEP, "rows": 2}))
    assert again == first == at.zone.preserved(PRODUCT, SOURCE, "r1")
    assert again.step == {**STEP, "rows": 1}
    assert [(f.origin, f.size, f.arrived_at, f.run_id) for f in first.files] == [
        ("public.orders at shop", 3, NOW, "r1")
    ]
    assert at.read(first.files[0].uri) == b"old"
