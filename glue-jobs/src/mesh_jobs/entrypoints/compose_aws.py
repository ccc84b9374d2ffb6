"""Puts the parts of a run on AWS together."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from botocore.exceptions import ClientError

from mesh_jobs.adapters.aws.announcer import EventBusAnnouncer, S3Archive, SilentAnnouncer
from mesh_jobs.adapters.aws.clients import Clients
from mesh_jobs.adapters.aws.dynamo import DynamoTable
from mesh_jobs.adapters.aws.failures import is_missing, speaking
from mesh_jobs.adapters.aws.masking_key import masking_key
from mesh_jobs.adapters.aws.raw_zone import S3RawZone
from mesh_jobs.adapters.aws.run_log import DynamoRunLog, HandedRunLog
from mesh_jobs.adapters.files.clock import SystemClock
from mesh_jobs.adapters.iceberg.files import IcebergTables
from mesh_jobs.adapters.iceberg.glue_catalog import GlueCatalog
from mesh_jobs.adapters.iceberg.store import CatalogTableStore
from mesh_jobs.adapters.iceberg.tables import CatalogTables
from mesh_jobs.adapters.stepwise_publisher import StepwisePublisher
from mesh_jobs.application.outside import Outside
from mesh_jobs.domain.errors import BadRequest
from mesh_jobs.domain.plan import Plan, product_key
from mesh_jobs.entrypoints.engines import Stoppable
from mesh_jobs.entrypoints.job_arguments import EngineName, JobArguments
from mesh_jobs.entrypoints.protocol import Stop
from mesh_jobs.ports.announcer import Progress
from mesh_jobs.ports.engine import Engine

#: How long a lock lasts that is not renewed: the state machine's, and one that the job took itself.
HANDED_LEASE, OWN_LEASE = timedelta(minutes=15), timedelta(minutes=5)


def document_at(clients: Clients, uri: str) -> dict[str, Any]:
    """The plan that a deployment put into S3. Raises BadRequest when it is none."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    with speaking(f"reading the plan {uri}"):
        try:
            body = clients.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            if is_missing(error):
                raise BadRequest(
                    f"there is no plan {uri}", "deploy the product; its stack puts the plan there"
                ) from None
            raise
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict) or "planVersion" not in found:
        raise BadRequest(f"{uri} is no plan", "--mesh-plan names the plan.json that the product's stack put into S3")
    return found


@contextmanager
def outside_on_aws(
    arguments: JobArguments, clients: Clients, plan: Plan, engine: EngineName, progress: Progress, stop: Stop
) -> Iterator[Outside]:
    """All ports of a run on AWS."""
    warehouse = f"s3://{arguments.curated_bucket}/tables"
    catalog = GlueCatalog(clients.glue, warehouse, (plan.published_database, plan.internal_database))
    log, store = _run_log(arguments, clients, plan), CatalogTableStore(catalog, alters_schemas=False)
    bus = arguments.event_bus
    start = {"duckdb": _duckdb, "spark": _spark}[engine]
    with start(CatalogTables(catalog), arguments, _key(arguments, clients), plan, progress) as computing:
        yield Outside(
            engine=cast(Engine, Stoppable(computing, stop)),
            tables=store,
            raw=S3RawZone(clients.s3, arguments.raw_bucket),
            log=log,
            publisher=StepwisePublisher(store, log),
            announcer=SilentAnnouncer() if bus is None else EventBusAnnouncer(clients.events, bus),
            archive=S3Archive(clients.s3, arguments.curated_bucket),
            progress=progress,
            clock=SystemClock(arguments.now),
            wall=SystemClock(),
        )


def _run_log(arguments: JobArguments, clients: Clients, plan: Plan) -> DynamoRunLog:
    table, own = DynamoTable(clients.dynamodb, arguments.run_table), (plan.product.key, plan.product.major)
    elsewhere = {
        product_key(product, plan.product.environment): DynamoTable(clients.dynamodb, name)
        for product, name in arguments.import_tables.items()
    }
    if arguments.fence is None:
        return DynamoRunLog(table, OWN_LEASE, own, elsewhere)
    return HandedRunLog(table, HANDED_LEASE, own, arguments.fence, elsewhere)


def _key(arguments: JobArguments, clients: Clients) -> Callable[[], bytes]:
    """The masking key, fetched when the first value is hashed; a product that hashes nothing needs none."""

    def fetch() -> bytes:
        if arguments.masking_key_secret is None:
            raise BadRequest(
                "the plan hashes values and no key is named for it",
                "name the secret that holds it: --mesh-masking-key-secret",
            )
        return masking_key(clients.secrets, arguments.masking_key_secret)

    return fetch


@contextmanager
def _duckdb(
    tables: IcebergTables, arguments: JobArguments, key: Callable[[], bytes], plan: Plan, progress: Progress
) -> Iterator[Any]:
    try:
        from mesh_jobs.adapters.duckdb.engine import DuckDbEngine
    except ModuleNotFoundError as error:
        raise BadRequest(
            f"this job has no {error.name}, which the engine duckdb needs",
            "install the wheel with its extra `embedded` (--additional-python-modules), or use --mesh-engine spark",
        ) from None
    work = Path(tempfile.mkdtemp(prefix="mesh-"))
    try:
        found = DuckDbEngine(tables, work, key, plan, memory_limit=f"{_memory_mb()}MB", s3=True)
        try:
            yield found
        finally:
            found.close()
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _spark(
    tables: IcebergTables, arguments: JobArguments, key: Callable[[], bytes], plan: Plan, progress: Progress
) -> Iterator[Any]:
    from mesh_jobs.adapters.spark.engine import SparkEngine
    from mesh_jobs.adapters.spark.on_glue import CATALOGUE, session_on_glue

    began = time.monotonic()
    with session_on_glue(f"s3://{arguments.curated_bucket}/tables") as session:
        progress.report({"step": "start Spark", "seconds": round(time.monotonic() - began, 3)})
        work = f"s3://{arguments.curated_bucket}/staging"
        yield SparkEngine(session, tables, work, key, plan, CATALOGUE, plan.internal_database)


def _memory_mb() -> int:
    """Most of what is free: on a driver that runs DuckDB, nothing else is at work."""
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
    return max(1200, free * 7 // 10)
