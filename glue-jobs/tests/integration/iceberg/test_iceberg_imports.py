"""Where Spark is the engine there is no DuckDB, PyArrow, PyIceberg or sqlglot; on a laptop nothing of AWS is loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pyiceberg.manifest import write_manifest_list

from mesh_jobs.adapters.iceberg.pyiceberg_io import StoredFiles
from support.local import SOURCE

SCRIPT = '''
import sys

ABSENT = ("duckdb", "pyarrow", "pyiceberg", "sqlglot", "sqlalchemy", "pandas", "numpy", "zstandard")


class Absent:
    """Nothing of these can be imported."""

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"there is no {name} here", name=name)


sys.meta_path.insert(0, Absent())
import mesh_jobs.adapters.spark.engine
import mesh_jobs.adapters.spark.on_glue
from pathlib import Path

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg.glue_catalog import GlueCatalog
from mesh_jobs.adapters.iceberg.store import SqliteTableStore
from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.domain.plan import Partition
from mesh_jobs.domain.table import Field, TableName
from mesh_jobs.ports.table_store import Swap

state = Path(sys.argv[1])
tables, store = LocalTables(state), SqliteTableStore(state)
bronze = TableName("sales_internal", "orders_v1__bronze")
tables.ensure(bronze, [Field("id", "long"), Field("day", "date")], [Partition("day", "month")], replace=True)
base = tables.location(bronze)
# What Spark makes: one snapshot more, here one without files.
made = md.following(md.read(base), base)
empty = {"operation": "append", "total-records": "0", "total-data-files": "0"}
manifests = f"{made['location']}/metadata/snap-1-1-none.avro"
Path(manifests).write_bytes(Path(sys.argv[2]).read_bytes())
md.add_snapshot(made, {"snapshot-id": 1, "sequence-number": 1, "timestamp-ms": made["last-updated-ms"],
                       "manifest-list": manifests, "summary": empty, "schema-id": 0})
there = md.next_location(made, base, None)
md.write(made, there)
assert tables.adopt(bronze, "r1", base, there, {"mesh.rows-out": "0"}).snapshot_id == 1
assert tables.committed(bronze, "r1").summary["mesh.rows-out"] == "0"
assert tables.small_files(bronze) == []
assert not Path(there).exists(), "what Spark called the metadata goes once it is adopted"
md.write(made, md.next_location(made, base, "r1"))
assert store.remove_leftovers(["r1"], [bronze]) == 1, "what the run left"
store.publish([Swap(bronze, tables.location(bronze), base)])
store.drop_candidates("sales_internal", "r1")
assert store.current(bronze).snapshot_id is None
loaded = sorted(name for name in ABSENT if name in sys.modules)
assert loaded == [], loaded
print("fine")
'''


def test_all_that_spark_asks_of_tables_works_without_what_the_embedded_engine_needs(tmp_path: Path) -> None:
    manifests = tmp_path / "empty.avro"
    output = StoredFiles().new_output(str(manifests))
    with write_manifest_list(2, output, 1, None, 1, "deflate"):
        pass
    answer = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / ".mesh"), str(manifests)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert (answer.stdout, answer.returncode) == ("fine\n", 0), answer.stderr[-3000:]


def test_a_laptop_loads_nothing_of_aws_nor_what_only_commits_need() -> None:
    modules = "iceberg.tables, mesh_jobs.adapters.iceberg.store, mesh_jobs.adapters.duckdb.engine"
    heavy = ("boto3", "botocore", "pyspark", "pyiceberg", "pyarrow", "concurrent.futures.thread")
    script = f"import sys, mesh_jobs.adapters.{modules}; print([m for m in {heavy} if m in sys.modules])"
    answer = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert answer.stdout == "[]\n", answer.stderr[-3000:]
