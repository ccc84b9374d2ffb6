"""A mesh of two domains, deployed into a local AWS of its own with the stock command line of the CDK."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import yaml

ROOT = Path(__file__).resolve().parents[2]
PLATFORM, SALES, OPERATIONS = "111111111111", "222222222222", "444444444444"
REGION = "eu-west-1"
EVERYTHING = "arn:aws:iam::aws:policy/AdministratorAccess"


@dataclass
class Deployment:
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    # --- the mesh -----------------------------------------------------------------------------------------------------

    def write(self) -> None:
        """The example mesh, cut down to a product of each of two domains."""
        (self.folder / "contracts").mkdir()
        shutil.copy(ROOT / "contracts" / "vocabulary.yaml", self.folder / "contracts")
        for domain, entity in (("sales", "orders"), ("operations", "airports")):
            to = self.folder / "contracts" / domain
            to.mkdir()
            for file in (ROOT / "contracts" / domain).glob(f"{entity}.*"):
                shutil.copy(file, to)
            for name in ("sql", "samples"):
                shutil.copytree(ROOT / "contracts" / domain / name, to / name)
        mesh = yaml.safe_load((ROOT / "mesh.yaml").read_text(encoding="utf-8"))
        mesh["domains"] = {name: mesh["domains"][name] for name in ("sales", "operations")}
        (self.folder / "mesh.yaml").write_text(yaml.safe_dump(mesh, sort_keys=False), encoding="utf-8")
        app = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))
        app["app"] = f"node {ROOT / 'tools' / 'app.js'}"
        (self.folder / "cdk.json").write_text(json.dumps(app), encoding="utf-8")

    def up(self) -> None:
        told = json.loads(
            self._done(["node", str(ROOT / "dist" / "bin" / "mesh.js"), "up", "--json", "--port", os.environ.get("MESH_TEST_PORT", "4677")])
        )
        self.environment = {name: value for name, value in told["environment"].items() if value is not None}

    def down(self) -> None:
        self._done(["node", str(ROOT / "dist" / "bin" / "mesh.js"), "down"])

    # --- the CDK ------------------------------------------------------------------------------------------------------

    def bootstrap(self, *accounts: str) -> None:
        """The first is trusted by the others."""

        # Without an app beside it: the CDK would synthesise that first.
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()

        def one(account: str) -> None:
            trust = [] if account == accounts[0] else ["--trust", accounts[0]]
            self.cdk(
                account, "bootstrap", f"aws://{account}/{REGION}", *trust, "--cloudformation-execution-policies", EVERYTHING, cwd=elsewhere
            )

        with ThreadPoolExecutor() as at_once:
            list(at_once.map(one, accounts))

    def synthesise(self, to: str = "cdk.out") -> None:
        self.cdk(PLATFORM, "synth", "--quiet", "--output", to)

    def deploy(self, account: str, *stacks: str, app: str = "cdk.out") -> str:
        return self.cdk(account, "deploy", "--app", app, "--exclusively", "--require-approval", "never", "--concurrency", "2", *stacks)

    def cdk(self, account: str, *words: str, cwd: Path | None = None) -> str:
        return self._done([str(ROOT / "node_modules" / ".bin" / "cdk"), *words], {"AWS_ACCESS_KEY_ID": account}, cwd)

    def _done(self, command: list[str], more: dict[str, str] | None = None, cwd: Path | None = None) -> str:
        """Its output. Raises AssertionError with it where a command fails."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "JAVA_HOME") if name in os.environ}
        # The CDK keeps below a home which account a key is of.
        environment = {**kept, "HOME": str(self.folder), "CI": "true", **self.environment, **(more or {})}
        done = subprocess.run(command, cwd=cwd or self.folder, env=environment, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
        # What the CDK says it says on stderr, unless in CI; either way it is wanted.
        return done.stdout if "--json" in command else done.stdout + done.stderr

    # --- AWS ----------------------------------------------------------------------------------------------------------

    def client(self, service: str, account: str) -> Any:
        return self.session(account).client(service, endpoint_url=self.environment["AWS_ENDPOINT_URL"])

    def session(self, account: str) -> boto3.Session:
        """As an account's root."""
        return boto3.Session(aws_access_key_id=account, aws_secret_access_key="test", region_name=REGION)

    def role(self, account: str, name: str, *statements: dict[str, Any]) -> Role:
        """A role that anybody of the account may take, with these permissions."""
        iam = self.client("iam", account)
        trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}]}
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=json.dumps({"Statement": list(statements)}))
        given = self.client("sts", account).assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        return Role(arn, self.environment["AWS_ENDPOINT_URL"], given)

    def land(self, account: str, product: str, key: str, content: bytes) -> None:
        """Puts a file where a product's source looks for it."""
        self.client("s3", account).put_object(Bucket=f"shop-{account}-{REGION}-{product}-raw", Key=f"landing/{key}", Body=content)

    def run(self, account: str, product: str, mode: str) -> Run:
        return self.ended(account, self.start(account, product, mode))

    def start(self, account: str, product: str, mode: str) -> str:
        """The ARN of the execution."""
        machine = f"arn:aws:states:{REGION}:{account}:stateMachine:mesh-{product}"
        started = self.client("stepfunctions", account).start_execution(stateMachineArn=machine, input=json.dumps({"mode": mode}))
        return str(started["executionArn"])

    def ended(self, account: str, started: str) -> Run:
        states = self.client("stepfunctions", account)
        while (found := states.describe_execution(executionArn=started))["status"] == "RUNNING":
            time.sleep(0.3)
        events = states.get_execution_history(executionArn=started, maxResults=1000)["events"]
        entered = [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]
        return Run(found["status"], found.get("error", ""), found.get("cause", ""), entered[-1])

    def jobs_at_work(self, account: str, product: str) -> list[str]:
        glue = self.client("glue", account)
        runs = [run for job in ("etl", "quality") for run in glue.get_job_runs(JobName=f"mesh-{product}-{job}")["JobRuns"]]
        return [run["Id"] for run in runs if run["JobRunState"] in ("STARTING", "RUNNING", "STOPPING")]


@dataclass(frozen=True)
class Run:
    status: str
    error: str
    cause: str
    #: The state that it was in at its end.
    last: str


@dataclass(frozen=True)
class Role:
    """A session of a role."""

    arn: str
    endpoint: str
    given: dict[str, str]

    def client(self, service: str) -> Any:
        return self._session.client(service, endpoint_url=self.endpoint)

    @cached_property
    def _session(self) -> boto3.Session:
        return boto3.Session(self.given["AccessKeyId"], self.given["SecretAccessKey"], self.given["SessionToken"], REGION)

    def query(self, sql: str, database: str, output: str) -> list[list[str | None]]:
        """Rows as Athena answers them, without the header. Raises AssertionError with Athena's reason."""
        athena = self.client("athena")
        query = athena.start_query_execution(
            QueryString=sql, QueryExecutionContext={"Database": database}, ResultConfiguration={"OutputLocation": output}
        )["QueryExecutionId"]
        while (status := athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"])["State"] in ("QUEUED", "RUNNING"):
            time.sleep(0.1)
        assert status["State"] == "SUCCEEDED", status["StateChangeReason"]
        rows = athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"][1:]
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows]
