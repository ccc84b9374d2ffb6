"""Puts the parts of a run on AWS together."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from mesh_jobs.adapters.aws.announcer import EventBusAnnouncer, S3Archive, SilentAnnouncer
from mesh_jobs.adapters.aws.clients import Clients
from mesh_jobs.adapters.aws.connections import SecretConnections
from mesh_jobs.adapters.aws.dynamo import DynamoTable
from mesh_jobs.adapters.aws.failures import is_missing, speaking
from mesh_jobs.adapters.aws.imports import UnloadedProducts
from mesh_jobs.adapters.aws.masking_key import masking_key
from mesh_jobs.adapters.aws.raw_zone import S3RawZone
from mesh_jobs.adapters.aws.run_log import DynamoRunLog, HandedRunLog
from mesh_jobs.adapters.files.clock import SystemClock
from mesh_jobs.adapters.iceberg.files import IcebergTables
from mesh_jobs.adapters.iceberg.glue_catalog import GlueCatalog
from mesh_jobs.adapters.iceberg.remembering import RememberingCatalog
from mesh_jobs.adapters.iceberg.storage import storage
from mesh_jobs.adapters.iceberg.store import CatalogTableStore
from mesh_jobs.adapters.iceberg.tables import CatalogTables
from mesh_jobs.adapters.remotes import ConnectedRemotes
from mesh_jobs.adapters.stepwise_publisher import StepwisePublisher
from mesh_jobs.application.outside import Outside
from mesh_jobs.domain.errors import BadRequest, said
from mesh_jobs.domain.plan import Plan
from mesh_jobs.entrypoints.engines import Stoppable
from mesh_jobs.entrypoints.job_arguments import EngineName, JobArguments
from mesh_jobs.entrypoints.protocol import Stop
from mesh_jobs.ports.announcer import Progress
from mesh_jobs.ports.engine import Engine
from mesh_jobs.ports.imports import Imports
from mesh_jobs.ports.raw_zone import RawZone

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

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
        raise BadRequest(f"{uri} is not a plan", "--mesh-plan names the plan.json that the product's stack put into S3")
    return found


@contextmanager
def outside_on_aws(
    arguments: JobArguments, clients: Clients, plan: Plan, engine: EngineName, progress: Progress, stop: Stop
) -> Iterator[Outside]:
    """All ports of a run on AWS."""
    databases = (plan.published_database, plan.internal_database)
    catalog = RememberingCatalog(GlueCatalog(clients.glue, warehouse(arguments), databases), plan.internal_database)
    log, store = _run_log(arguments, clients, plan), CatalogTableStore(catalog, alters_schemas=False)
    bus, raw = arguments.event_bus, S3RawZone(clients.s3, arguments.raw_bucket)
    imports = UnloadedProducts(clients.s3, arguments.imports)
    started = _Started(arguments, clients, plan, CatalogTables(catalog), raw, imports, progress)
    with {"duckdb": _duckdb, "spark": _spark}[engine](started) as (computing, zone, found):
        yield Outside(
            engine=cast(Engine, Stoppable(computing, stop)),
            tables=store,
            raw=zone,
            imports=found,
            log=log,
            publisher=StepwisePublisher(store, log),
            announcer=SilentAnnouncer() if bus is None else EventBusAnnouncer(clients.events, bus),
            archive=S3Archive(clients.s3, arguments.curated_bucket),
            progress=progress,
            clock=SystemClock(arguments.now),
            wall=SystemClock(),
            remotes=ConnectedRemotes(SecretConnections(clients.secrets, arguments.connections or "")),
        )


def _run_log(arguments: JobArguments, clients: Clients, plan: Plan) -> DynamoRunLog:
    table, own = DynamoTable(clients.dynamodb, arguments.run_table), (plan.product.key, plan.product.major)
    if arguments.fence is None:
        return DynamoRunLog(table, OWN_LEASE, own)
    return HandedRunLog(table, HANDED_LEASE, own, arguments.fence)


@dataclass(frozen=True)
class _Started:
    """What an engine is started with."""

    arguments: JobArguments
    clients: Clients
    plan: Plan
    tables: IcebergTables
    raw: S3RawZone
    imports: UnloadedProducts
    progress: Progress

    def key(self) -> bytes:
        """The masking key, fetched when the first value is hashed; a product that hashes nothing needs none."""
        if self.arguments.masking_key_secret is None:
            raise BadRequest(
                "the plan hashes values and no key is named for it",
                "name the secret that holds it: --mesh-masking-key-secret",
            )
        return masking_key(self.clients.secrets, self.arguments.masking_key_secret)


@contextmanager
def _duckdb(given: _Started) -> Iterator[tuple[Any, RawZone, Imports]]:
    try:
        from mesh_jobs.adapters.duckdb.engine import DuckDbEngine
    except ModuleNotFoundError as error:
        raise BadRequest(
            f"this job has no {error.name}, which the engine duckdb needs",
            "install the wheel with its extras `embedded` and `s3` (--additional-python-modules),"
            " or use --mesh-engine spark",
        ) from None
    with TemporaryDirectory(prefix="mesh-", ignore_cleanup_errors=True) as work:
        memory = f"{_memory_mb()}MB"
        found = DuckDbEngine(given.tables, Path(work), given.key, given.plan, memory_limit=memory, s3=True)
        try:
            yield found, given.raw, given.imports
        finally:
            found.close()


@contextmanager
def _spark(given: _Started) -> Iterator[tuple[Any, RawZone, Imports]]:
    """On Glue in the JVM that is there. Without one, as in an emulator of Glue, in one of this machine's."""
    from mesh_jobs.adapters.aws.fetched import FetchedImports, FetchedRawZone
    from mesh_jobs.adapters.spark.engine import SparkEngine
    from mesh_jobs.adapters.spark.on_glue import CATALOGUE, is_given, session_of_glue, started_like_glue

    began = time.monotonic()
    bucket, internal = given.arguments.raw_bucket, given.plan.internal_database
    # A client of S3 takes one of its own where there is none; there is no Glue without.
    region = given.clients.glue.meta.region_name

    def engine(session: SparkSession, work: str) -> SparkEngine:
        given.progress.report({"step": "start Spark", "seconds": round(time.monotonic() - began, 3)})
        return SparkEngine(session, given.tables, work, given.key, given.plan, CATALOGUE, internal)

    if is_given():
        # Beside the raw input: what is staged is not masked yet.
        work = f"s3://{bucket}/staging/{uuid.uuid4().hex}"
        computing = engine(session_of_glue(warehouse(given.arguments), region), work)
        try:
            yield computing, given.raw, given.imports
        finally:
            # What cannot be let go of in memory goes with the job.
            with suppress(Exception):
                computing.close()
            _tidied(work, given.progress)
        return
    with (
        TemporaryDirectory(prefix="mesh-", ignore_cleanup_errors=True) as work,
        started_like_glue(Path(work), warehouse(given.arguments), region) as session,
    ):
        zone = FetchedRawZone(given.clients.s3, given.raw, Path(work) / "raw")
        yield engine(session, f"{Path(work).as_uri()}/staged"), zone, FetchedImports(given.imports, zone)


def _tidied(work: str, progress: Progress) -> None:
    """What was staged goes. A run that is done has not failed for what stays: the bucket's lifecycle takes it."""
    try:
        storage(work).delete(s.location for s in storage(work).walk(work))
    except Exception as error:
        progress.warn(f"{work} stays until its time is over: {said(error)}")


def warehouse(arguments: JobArguments) -> str:
    return f"s3://{arguments.curated_bucket}/tables"


def _memory_mb() -> int:
    """Most of what is free: on a driver that runs DuckDB, nothing else is at work."""
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
    return max(1200, free * 7 // 10)
