"""Landing and raw zone, masking key, events and documents on this machine's disk."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mesh_jobs.adapters.files.announcer import FileAnnouncer, FolderArchive
from mesh_jobs.adapters.files.clock import SystemClock
from mesh_jobs.adapters.files.masking_key import masking_key
from mesh_jobs.adapters.files.raw_zone import FolderRawZone, copy_with_digest, file_digest
from mesh_jobs.adapters.owner import describe, is_dead, this_process
from mesh_jobs.domain.errors import BadInput, MeshError
from mesh_jobs.domain.plan import DatabaseTable, FileFormat, FileSource, Product
from mesh_jobs.ports.raw_zone import Kept, Landed, Reading

NOW = datetime(2030, 1, 1, 6, tzinfo=UTC)
PRODUCT = Product("dp_sales_orders", "Orders", "sales", "orders", "1.0.0", 1, "active", "orders-owner@shoply.com")
SOURCE = FileSource("shop", "orders/", FileFormat("csv"), None)
STEP = {"extent": "all", "files": []}


def put(file: Path, content: bytes = b"order_id\n1\n") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def zone(root: Path, **inputs: str) -> FolderRawZone:
    return FolderRawZone(root / ".mesh", root, inputs)


def names(found: object) -> list[str]:
    return [f.origin for f in found]  # type: ignore[attr-defined]


def test_the_landing_prefix_comes_before_the_sample(tmp_path: Path) -> None:
    source = FileSource("shop", "orders/", FileFormat("csv"), None, sample="samples/orders.csv")
    put(tmp_path / "samples/orders.csv")
    assert names(zone(tmp_path).landed(PRODUCT, source)) == ["samples/orders.csv"]
    put(tmp_path / ".mesh/landing/sales/orders-v1/orders/2030/a.csv")
    assert names(zone(tmp_path).landed(PRODUCT, source)) == [".mesh/landing/sales/orders-v1/orders/2030/a.csv"]


def test_a_given_input_comes_before_everything_and_may_be_a_file_or_a_folder(tmp_path: Path) -> None:
    put(tmp_path / ".mesh/landing/sales/orders-v1/orders/a.csv")
    put(tmp_path / "export/x.csv")
    outside = put(tmp_path.parent / f"{tmp_path.name}-elsewhere" / "y.csv")
    assert names(zone(tmp_path, shop="export").landed(PRODUCT, SOURCE)) == ["export/x.csv"]
    assert names(zone(tmp_path, shop=str(outside)).landed(PRODUCT, SOURCE)) == [str(outside)]
    with pytest.raises(BadInput, match=r"source shop: .*/nothing does not exist"):
        zone(tmp_path, shop="nothing").landed(PRODUCT, SOURCE)


def test_hidden_files_and_markers_are_not_read(tmp_path: Path) -> None:
    for name in (".part", "_SUCCESS", "_temporary/a.csv", ".hidden/a.csv", "b.csv"):
        put(tmp_path / ".mesh/landing/sales/orders-v1/orders" / name)
    assert names(zone(tmp_path).landed(PRODUCT, SOURCE)) == [".mesh/landing/sales/orders-v1/orders/b.csv"]


def test_without_files_the_error_names_the_folder_and_the_option(tmp_path: Path) -> None:
    source = FileSource("shop", "orders/", FileFormat("csv"), None, sample="samples/orders.csv")
    with pytest.raises(BadInput) as caught:
        zone(tmp_path).landed(PRODUCT, source)
    folder = tmp_path / ".mesh/landing/sales/orders-v1/orders"
    assert str(caught.value) == (
        f"source shop: there are no files in {folder}, and its sample samples/orders.csv does not exist"
    )
    assert caught.value.remedy == "put files there, or name them: --input shop=PATH"


def test_a_remote_source_says_that_it_is_read_from_its_sample(tmp_path: Path) -> None:
    put(tmp_path / "samples/orders.csv")
    remote = FileSource(
        "shop", "", FileFormat("csv"), None, sample="samples/orders.csv", remote=DatabaseTable("shop", "public.orders")
    )
    assert zone(tmp_path).landed(PRODUCT, remote)[0].note == (
        "source shop (jdbc) is read from its sample samples/orders.csv here"
    )


def test_a_remote_source_without_a_sample_says_how_to_connect(tmp_path: Path) -> None:
    remote = FileSource("shop", "", FileFormat("csv"), None, remote=DatabaseTable("web-shop", "public.orders"))
    with pytest.raises(BadInput) as caught:
        zone(tmp_path).landed(PRODUCT, remote)
    assert (caught.value.remedy or "").startswith("set MESH_CONNECTION_WEB_SHOP to read it where it is, or put files")


def test_the_manifest_says_where_each_file_came_from_and_when(tmp_path: Path) -> None:
    file = put(tmp_path / ".mesh/landing/sales/orders-v1/orders/a.csv")
    os.utime(file, (NOW.timestamp(), NOW.timestamp()))
    raw = zone(tmp_path)
    raw.preserve(PRODUCT, SOURCE, raw.landed(PRODUCT, SOURCE), Reading("full-1", NOW + timedelta(hours=1), STEP))
    kept = tmp_path / ".mesh/raw/sales/orders-v1/shop/full-1"
    assert sorted(p.name for p in kept.iterdir()) == ["00000-a.csv", "manifest.json"]
    manifest = json.loads((kept / "manifest.json").read_text())
    assert manifest["files"][0].pop("identity")
    assert manifest["step"] == STEP
    assert manifest["files"] == [
        {
            "file": "00000-a.csv",
            "origin": ".mesh/landing/sales/orders-v1/orders/a.csv",
            "size": 11,
            "sha256": hashlib.sha256(b"order_id\n1\n").hexdigest(),
            "arrivedAt": "2030-01-01T06:00:00+00:00",
            "runId": "full-1",
            "readAt": "2030-01-01T07:00:00+00:00",
        }
    ]


def test_a_manifest_that_does_not_say_what_was_read_is_an_error_and_is_no_hindrance_to_the_next_run(
    tmp_path: Path,
) -> None:
    put(tmp_path / ".mesh/landing/sales/orders-v1/orders/a.csv")
    put(tmp_path / ".mesh/raw/sales/orders-v1/shop/r1/manifest.json", b"[]")
    raw = zone(tmp_path)
    with pytest.raises(BadInput, match=r"r1/manifest\.json: it was written by an earlier build"):
        raw.preserved(PRODUCT, SOURCE, "r1")
    with pytest.raises(BadInput, match="does not say what the run read"):
        raw.preserve(PRODUCT, SOURCE, raw.landed(PRODUCT, SOURCE), Reading("r1", NOW, STEP))
    assert len(raw.preserve(PRODUCT, SOURCE, raw.landed(PRODUCT, SOURCE), Reading("r2", NOW, STEP)).files) == 1


def test_files_of_one_name_in_two_folders_are_both_kept(tmp_path: Path) -> None:
    put(tmp_path / ".mesh/landing/sales/orders-v1/orders/1/a.csv", b"1")
    put(tmp_path / ".mesh/landing/sales/orders-v1/orders/2/a.csv", b"22")
    raw = zone(tmp_path)
    kept = raw.preserve(PRODUCT, SOURCE, raw.landed(PRODUCT, SOURCE), Reading("r1", NOW, STEP)).files
    assert sorted(Path(f.uri).read_bytes() for f in kept) == [b"1", b"22"]


def test_a_file_that_the_run_before_keeps_is_not_copied_again(tmp_path: Path) -> None:
    file = put(tmp_path / ".mesh/landing/sales/orders-v1/orders/a.csv")
    raw = zone(tmp_path)
    (first,) = raw.preserve(PRODUCT, SOURCE, raw.landed(PRODUCT, SOURCE), Reading("r1", NOW, STEP)).files
    (second,) = raw.preserve(PRODUCT, SOURCE, raw.landed(PRODUCT, SOURCE), Reading("r2", NOW, STEP)).files
    assert Path(first.uri).samefile(second.uri)
    assert not Path(first.uri).samefile(file)
    assert raw.preserved(PRODUCT, SOURCE, "r2") == Kept((second,), STEP)
    before = file.stat()
    file.write_bytes(b"order_id\n2\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    (third,) = raw.preserve(PRODUCT, SOURCE, raw.landed(PRODUCT, SOURCE), Reading("r3", NOW, STEP)).files
    assert [Path(f.uri).read_bytes() for f in (first, second, third)] == [
        b"order_id\n1\n",
        b"order_id\n1\n",
        b"order_id\n2\n",
    ]


def test_what_a_dead_process_left_half_copied_is_copied_again(tmp_path: Path) -> None:
    put(tmp_path / ".mesh/landing/sales/orders-v1/orders/a.csv")
    put(tmp_path / ".mesh/raw/sales/orders-v1/shop/r1.partial/00000-a.csv", b"ord")
    raw = zone(tmp_path)
    kept = raw.preserve(PRODUCT, SOURCE, raw.landed(PRODUCT, SOURCE), Reading("r1", NOW, STEP)).files
    assert Path(kept[0].uri).read_bytes() == b"order_id\n1\n"
    assert [p.name for p in (tmp_path / ".mesh/raw/sales/orders-v1/shop").iterdir()] == ["r1"]


def test_a_preserved_file_that_was_changed_is_an_error(tmp_path: Path) -> None:
    put(tmp_path / ".mesh/landing/sales/orders-v1/orders/a.csv")
    raw = zone(tmp_path)
    kept = raw.preserve(PRODUCT, SOURCE, raw.landed(PRODUCT, SOURCE), Reading("r1", NOW, STEP)).files
    Path(kept[0].uri).write_bytes(b"order_id\n2\n")
    with pytest.raises(BadInput, match="was changed"):
        raw.preserved(PRODUCT, SOURCE, "r1")


def test_a_file_that_changes_while_it_is_read_is_an_error(tmp_path: Path) -> None:
    file = put(tmp_path / "a.csv", b"new and longer")
    with pytest.raises(BadInput, match=r"a\.csv was changed while it was being read"):
        copy_with_digest(file, tmp_path / "b.csv", Landed("a.csv", 3, "x", NOW))


@pytest.mark.parametrize("size", [0, 1, (4 << 20) - 1, (4 << 20) + 1])
def test_a_copy_has_the_bytes_and_the_digest_of_the_original(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    file = put(tmp_path / "a.bin", content)
    landed = Landed("a.bin", size, "x", datetime.fromtimestamp(file.stat().st_mtime, UTC))
    digest = copy_with_digest(file, tmp_path / "b.bin", landed)
    assert (tmp_path / "b.bin").read_bytes() == content
    assert digest == file_digest(tmp_path / "b.bin") == hashlib.sha256(content).hexdigest()


def test_the_masking_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    found: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: found.append(masking_key(tmp_path / ".mesh", "sales"))) for _ in range(8)
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(set(found)) == 1
    assert len(found[0]) == 32
    assert stat.S_IMODE((tmp_path / ".mesh/masking.key").stat().st_mode) == 0o600
    assert [p.name for p in (tmp_path / ".mesh").iterdir()] == ["masking.key"]


def test_each_domain_has_a_masking_key_of_its_own_which_stays_the_same(tmp_path: Path) -> None:
    keys = [masking_key(tmp_path, domain) for domain in ("sales", "crm", "sales")]
    assert keys[0] == keys[2]
    assert len(set(keys)) == 2
    # Who knows one learns neither the other nor what both are made of.
    assert (tmp_path / "masking.key").read_bytes() not in keys


def test_a_masking_key_that_is_none_is_refused(tmp_path: Path) -> None:
    put(tmp_path / "masking.key", b"short")
    with pytest.raises(MeshError, match="is not a key of 32 bytes"):
        masking_key(tmp_path, "sales")


def test_events_are_appended_a_line_each(tmp_path: Path) -> None:
    announcer = FileAnnouncer(tmp_path)
    announcer.announce({"id": 1, "text": "zwei\nZeilen"})
    announcer.announce({"id": 2})
    lines = (tmp_path / "events.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == [1, 2]


def test_documents_of_a_run_are_kept_and_replaced_whole(tmp_path: Path) -> None:
    archive = FolderArchive(tmp_path)
    archive.keep(PRODUCT, "full-1", "certificate", {"verdict": "rejected"})
    archive.keep(PRODUCT, "full-1", "certificate", {"verdict": "certified"})
    folder = tmp_path / "runs/dp_sales_orders-v1/full-1"
    assert json.loads((folder / "certificate.json").read_text()) == {"verdict": "certified"}
    assert [p.name for p in folder.iterdir()] == ["certificate.json"]


def test_a_clock_with_a_start_goes_on_from_there() -> None:
    clock = SystemClock(NOW)
    first = clock.now()
    assert NOW <= first < NOW + timedelta(seconds=5)
    assert clock.now() >= first
    assert abs(SystemClock().now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_an_owner_is_alive_while_its_process_is() -> None:
    mine = this_process()
    assert not is_dead(mine)
    assert describe(mine).startswith(f"process {os.getpid()} on ")
    host, pid, started, rest = mine.split("/")
    assert is_dead("/".join([host, pid, str(int(started) - 1), rest])), "the pid was given out again"
    assert not is_dead("/".join(["elsewhere", pid, started, rest]))
    assert not is_dead("arn:aws:states:eu-central-1:111111111111:execution:run")


def test_an_owner_is_dead_when_its_process_has_ended_even_if_nobody_waited_for_it() -> None:
    script = "from mesh_jobs.adapters.owner import this_process; print(this_process(), flush=True); input()"
    child = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3] / "src")},
    )
    assert child.stdout is not None
    owner = child.stdout.readline().strip()
    assert not is_dead(owner)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert is_dead(owner)
    child.communicate()
    assert is_dead(owner)
