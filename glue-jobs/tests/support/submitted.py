"""Spark as Glue starts it, by spark-submit, and a folder of this machine in the place of a bucket: Spark of PyPI has no
file system for S3."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from mesh_jobs.adapters.spark.jars import Jar, jars
from mesh_jobs.adapters.spark.java import use_java
from support.local import SOURCE


def mounted(bucket: str, folder: Path) -> dict[str, str]:
    """Settings of Hadoop by which what is below `raw` and `staging` of a bucket is in that folder, which is made."""
    settings = {"fs.s3.impl": "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme"}
    for name in ("raw", "staging"):
        (folder / name).mkdir(parents=True)
        settings[f"fs.viewfs.mounttable.{bucket}.link./{name}"] = (folder / name).as_uri()
    return settings


def submit(
    folder: Path,
    script: str,
    arguments: Sequence[str] = (),
    *,
    threads: int,
    memory: str,
    needed: Sequence[Jar],
    settings: Mapping[str, str],
    seconds: int,
) -> subprocess.CompletedProcess[str]:
    """Runs a script in that folder, with the jars that are needed and settings of Spark."""
    job = folder / "job.py"
    job.write_text(script)
    use_java()
    return subprocess.run(
        [
            str(Path(sys.executable).with_name("spark-submit")),
            *("--master", f"local[{threads}]", "--driver-memory", memory),
            *("--jars", ",".join(map(str, jars(needed)))),
            *("--conf", "spark.driver.bindAddress=127.0.0.1"),
            *(word for setting in settings.items() for word in ("--conf", "=".join(setting))),
            str(job),
            *arguments,
        ],
        env={
            **os.environ,
            "PYSPARK_PYTHON": sys.executable,
            "PYTHONPATH": str(SOURCE),
            "SPARK_LOCAL_IP": "127.0.0.1",
        },
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
