"""What jobs import, imported beforehand, for a process whose forks begin at once: importing it takes longer than what
small jobs do."""

from __future__ import annotations

import gc
import importlib

#: Of all that a command may import, what takes long; the entry point itself each process runs for itself.
_MODULES = (
    "mesh_jobs.entrypoints.compose",
    "mesh_jobs.adapters.duckdb.engine",
    "mesh_jobs.adapters.duckdb.profile",
    "mesh_jobs.adapters.iceberg.snapshots",
    "mesh_jobs.adapters.iceberg.store",
    "mesh_jobs.adapters.sql.check",
    "mesh_jobs.application.run_product",
    "mesh_jobs.application.user_tests",
    "pyiceberg.table",
)
#: Services that a job on AWS asks: botocore reads large files for each once.
_SERVICES = ("dynamodb", "events", "glue", "s3", "secretsmanager")


def local() -> None:
    """For `mesh_jobs.entrypoints.local`."""
    _imported(*_MODULES)
    _ready()


def glue() -> None:
    """For `mesh_jobs.entrypoints.glue`, with the engine duckdb."""
    import boto3

    _imported(*_MODULES, "mesh_jobs.entrypoints.compose_aws", "mesh_jobs.entrypoints.readable")
    for service in _SERVICES:
        boto3.client(service, region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")
    _ready()


def _imported(*names: str) -> None:
    for name in names:
        importlib.import_module(name)


def _ready() -> None:
    import duckdb

    # A fork has one of its parent's threads: DuckDB keeps more for a connection that it made and nobody uses.
    duckdb.default_connection().close()
    # What is here stays here: a fork that looked through it for rubbish would copy it.
    gc.collect()
    gc.freeze()
