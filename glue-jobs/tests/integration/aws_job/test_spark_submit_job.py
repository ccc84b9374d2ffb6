"""A whole job as Glue starts it, in a JVM that is there before Python: Spark itself reads what is preserved in the raw
bucket, and stages beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mesh_jobs.adapters.aws.clients import Clients
from mesh_jobs.adapters.spark.jars import NEEDED, ON_AWS
from support.jobs import deployed_product
from support.plans import orders_document
from support.submitted import mounted, submit

ORDERS = (
    "order_id,amount,email,updated_at\n"
    "o1,10.50,a@x.org,2030-01-01T00:00:00Z\n"
    "o2,ten,b@x.org,2030-01-01T01:00:00Z\n"
    "o3,3,c@x.org,2030-01-01T02:00:00Z\n"
)
#: Packages of ours that a Spark job on Glue has not, and of others that we do not need.
NOT_ON_GLUE = ("duckdb", "numpy", "pandas", "pyarrow", "pyiceberg", "sqlalchemy", "sqlglot", "zstandard")
SCRIPT = f"""
import sys

sys.modules.update(dict.fromkeys({NOT_ON_GLUE!r}))

from pathlib import Path

from mesh_jobs.adapters.aws.raw_zone import S3RawZone
from mesh_jobs.entrypoints.glue import main

kept = S3RawZone._kept


def also_in_the_folder(self, manifest):
    found = kept(self, manifest)
    for file in found.files:
        key = file.uri.removeprefix(f"s3://{{self._bucket}}/")
        place = Path("bucket", key)
        place.parent.mkdir(parents=True, exist_ok=True)
        self._s3.download_file(self._bucket, key, str(place))
    return found


S3RawZone._kept = also_in_the_folder
main(sys.argv[1:])
"""


@pytest.mark.soak
def test_a_job_reads_and_stages_in_the_raw_bucket_by_itself(clients: Clients, tmp_path: Path) -> None:
    orders = deployed_product(clients, orders_document())
    orders.land("1.csv", ORDERS)
    bucket = tmp_path / "bucket"
    done = submit(
        tmp_path,
        SCRIPT,
        orders.arguments(engine=None, run_id="init-1"),
        threads=2,
        memory="1g",
        needed=(*NEEDED, *ON_AWS),
        settings={f"spark.hadoop.{name}": value for name, value in mounted(orders.bucket("raw"), bucket).items()},
        seconds=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("sales/orders 1.0.0  run, spark: unset\n")
    assert [(r["order_id"], str(r["amount"])) for r in orders.rows("sales.orders_v1")] == [
        ("o1", "10.50"),
        ("o3", "3.00"),
    ]
    # Tidied away is what is staged in S3; this is in the folder.
    (staged,) = (bucket / "staging").iterdir()
    assert list(staged.rglob("*.parquet"))
    assert "x.org" not in done.stdout + done.stderr
