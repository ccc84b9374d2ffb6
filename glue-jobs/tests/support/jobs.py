"""A mesh on an emulated AWS, whose products are run by jobs as Glue runs them."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3

from mesh_jobs.adapters.aws.clients import Clients
from mesh_jobs.adapters.aws.dynamo import DynamoTable
from mesh_jobs.adapters.aws.run_log import DynamoRunLog
from mesh_jobs.adapters.iceberg.glue_catalog import GlueCatalog
from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.domain.plan import Plan
from mesh_jobs.entrypoints.compose_aws import HANDED_LEASE
from mesh_jobs.entrypoints.glue import main
from support.aws import REGION, read_independently
from support.deployed import deploy
from support.local import SOURCE, signals_as_they_were
from support.objects import arrived
from support.run_table import make_run_table

KEY_SECRET = "mesh/masking-key"
BUS = "mesh"


@dataclass(frozen=True)
class Ended:
    """How a job ended: the error that Glue shows, None when it succeeded, and what it logged."""

    error: str | None
    log: str

    @property
    def lines(self) -> list[str]:
        return self.log.splitlines()


@dataclass
class Product:
    """A deployed product: its buckets, its domain's table, and the plan where its stack put it."""

    clients: Clients
    document: dict[str, Any]

    @property
    def plan(self) -> Plan:
        return plan_from_json(self.document)

    @property
    def domain(self) -> str:
        return self.plan.product.domain

    def bucket(self, kind: str) -> str:
        return f"shoply-{self.domain}-{self.plan.product.slug}-{kind}"

    @property
    def runs_in(self) -> str:
        return f"{self.domain}-runs"

    @property
    def log(self) -> DynamoRunLog:
        product = self.plan.product
        return DynamoRunLog(
            DynamoTable(self.clients.dynamodb, self.runs_in), HANDED_LEASE, (product.key, product.major)
        )

    def deploy(self) -> None:
        """As the stacks of the domain and of the product do; again after a change."""
        there = {b["Name"] for b in self.clients.s3.list_buckets()["Buckets"]}
        for kind in ("raw", "curated"):
            if self.bucket(kind) not in there:
                self.clients.s3.create_bucket(
                    Bucket=self.bucket(kind), CreateBucketConfiguration={"LocationConstraint": REGION}
                )
        if self.runs_in not in self.clients.dynamodb.list_tables()["TableNames"]:
            make_run_table(self.clients.dynamodb, self.runs_in)
        databases = (self.plan.published_database, self.plan.internal_database)
        known = {d["Name"] for d in self.clients.glue.get_databases()["DatabaseList"]}
        for name in databases:
            if name not in known:
                self.clients.glue.create_database(DatabaseInput={"Name": name})
        deploy(GlueCatalog(self.clients.glue, f"s3://{self.bucket('curated')}/tables", databases), self.plan)
        self.clients.s3.put_object(
            Bucket=self.bucket("curated"), Key="plan.json", Body=json.dumps(self.document).encode()
        )

    def land(self, name: str, text: str, source: str = "shop", at: str | None = None) -> None:
        key = f"landing/{source}/{name}"
        self.clients.s3.put_object(Bucket=self.bucket("raw"), Key=key, Body=text.encode())
        if at is not None:
            arrived(self.bucket("raw"), key, datetime.fromisoformat(at).astimezone(UTC))

    def arguments(self, **more: str | None) -> list[str]:
        """Those of the job's definition, what Glue adds, and those of one job run. None leaves one out that tests give:
        no deployed job is told its engine."""
        given: dict[str, str | None] = {
            "plan": f"s3://{self.bucket('curated')}/plan.json",
            "raw-bucket": self.bucket("raw"),
            "curated-bucket": self.bucket("curated"),
            "run-table": self.runs_in,
            "masking-key-secret": KEY_SECRET,
            "event-bus": BUS,
            "engine": "duckdb",
            **{name.replace("_", "-"): value for name, value in more.items()},
        }
        told = {name: value for name, value in given.items() if value is not None}
        ours = [word for name, value in told.items() for word in (f"--mesh-{name}", value)]
        return ["--JOB_ID", "j_1", "--job-bookmark-option", "job-bookmark-disable", "--JOB_RUN_ID", "jr_1", *ours]

    def run(self, **more: str | None) -> Ended:
        """A job run in this process."""
        out, error = io.StringIO(), None
        with signals_as_they_were():
            try:
                main(self.arguments(**more), out)
            except SystemExit as ended:
                error = str(ended.code)
        return Ended(error, out.getvalue())

    def start(self, lacking: Sequence[str] = (), **more: str) -> subprocess.Popen[str]:
        """A job run in a process of its own, whose Python has no packages of these names."""
        script = (
            "import sys\n"
            f"sys.modules.update(dict.fromkeys({list(lacking)!r}))\n"
            "from mesh_jobs.entrypoints.glue import main\n"
            "main(sys.argv[1:])"
        )
        return subprocess.Popen(
            [sys.executable, "-c", script, *self.arguments(**more)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
        )

    def rows(self, table: str) -> list[dict[str, Any]]:
        """What consumers read, by PyIceberg's own Glue catalogue."""
        return read_independently(table)

    def tables(self) -> list[str]:
        """Names in the internal database."""
        answer = self.clients.glue.get_tables(DatabaseName=self.plan.internal_database)
        return sorted(t["Name"] for t in answer["TableList"])


def deployed_product(clients: Clients, document: dict[str, Any]) -> Product:
    """In an account that has nothing yet but what a foundation brings."""
    clients.secrets.create_secret(Name=KEY_SECRET, SecretBinary=bytes(range(32)))
    boto3.client("events").create_event_bus(Name=BUS)
    product = Product(clients, document)
    product.deploy()
    return product
