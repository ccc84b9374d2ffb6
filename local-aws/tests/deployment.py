"""A mesh of two domains, deployed into a local AWS of its own with the stock command line of the CDK.

`npm start` and the benches do so by tools/local-aws/deployment.js: for a person, with what stands already and how far it is. A test
wants what a command has printed, and clients of all accounts; what the two have in common are three command lines.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import boto3
import yaml

ROOT = Path(__file__).resolve().parents[2]
PLATFORM, SALES, OPERATIONS = "111111111111", "222222222222", "444444444444"
REGION = "eu-west-1"
#: Seconds of a role that tests take: the soak is longer than the hour that AWS gives without being asked for more.
_LASTS = 12 * 3600
EVERYTHING = "arn:aws:iam::aws:policy/AdministratorAccess"

#: A folder that a mesh is made in, and left running in: the next tests begin with what is deployed there.
KEPT = os.environ.get("MESH_TEST_FOLDER")
KEPT_PORT = 4677


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Deployment:
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    #: The same again after a restart; of each its own, since several may stand at once.
    port: int = field(default_factory=lambda: KEPT_PORT if KEPT else free_port())
    _stewards: dict[str, Role] = field(default_factory=dict)
    _deliveries: dict[tuple[str, str], Role] = field(default_factory=dict)
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    # --- the mesh -----------------------------------------------------------------------------------------------------

    def write(self) -> None:
        """The example mesh, cut down to two domains, with a product of one that is built from another of it."""
        (self.folder / "contracts").mkdir()
        shutil.copy(ROOT / "contracts" / "vocabulary.yaml", self.folder / "contracts")
        for domain, entities in (("sales", ("orders", "gold_daily")), ("operations", ("airports",))):
            to = self.folder / "contracts" / domain
            to.mkdir()
            for entity in entities:
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

    @property
    def is_deployed(self) -> bool:
        return (self.folder / "cdk.out" / "manifest.json").exists()

    def up(self, **more: str) -> None:
        """With more in the environment that it is started in."""
        told = json.loads(self._done(["node", str(ROOT / "dist" / "bin" / "mesh.js"), "up", "--json", "--port", str(self.port)], more))
        self.environment = {name: value for name, value in told["environment"].items() if value is not None}

    def down(self) -> None:
        self._done(["node", str(ROOT / "dist" / "bin" / "mesh.js"), "down"])

    def is_kept(self, service: str, text: str) -> None:
        """Waits until what a service keeps is written, with this text in it."""
        file = self.folder / ".mesh" / "aws" / "state" / f"{service}.json"
        end = time.monotonic() + 60
        while not file.exists() or text not in file.read_text(encoding="utf-8"):
            assert time.monotonic() < end, f"{text} is not written"
            time.sleep(0.1)

    def kill(self) -> None:
        """As a laptop does whose battery is empty."""
        record = self.folder / ".mesh" / "aws" / "process.json"
        os.kill(json.loads(record.read_text(encoding="utf-8"))["pid"], signal.SIGKILL)
        with contextlib.suppress(ConnectionRefusedError):
            while True:
                socket.create_connection(("127.0.0.1", self.port)).close()
                time.sleep(0.05)

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

    def synthesise(self, to: str = "cdk.out", **context: str) -> None:
        told = [word for name, value in context.items() for word in ("--context", f"{name}={value}")]
        self.cdk(PLATFORM, "synth", "--quiet", "--output", to, *told)

    def deploy(self, account: str, *words: str, app: str = "cdk.out") -> str:
        """Stacks, and options of the command."""
        return self.cdk(account, "deploy", "--app", app, "--exclusively", "--require-approval", "never", "--concurrency", "2", *words)

    def destroy(self, account: str, stack: str, app: str = "cdk.out") -> str:
        return self.cdk(account, "destroy", "--app", app, "--exclusively", "--force", stack)

    def status(self, account: str, stack: str) -> str:
        """Of a stack; nothing where there is none."""
        stacks = self.client("cloudformation", account)
        found = [each for each in stacks.describe_stacks()["Stacks"] if each["StackName"] == stack]
        return str(found[0]["StackStatus"]) if found else ""

    def cdk(self, account: str, *words: str, cwd: Path | None = None) -> str:
        return self._done([str(ROOT / "node_modules" / ".bin" / "cdk"), *words], {"AWS_ACCESS_KEY_ID": account}, cwd)

    def _done(self, command: list[str], more: dict[str, str] | None = None, cwd: Path | None = None) -> str:
        """Its output. Raises AssertionError with it where a command fails."""
        done = self._ran(command, more, cwd)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
        # What the CDK says it says on stderr, unless in CI; either way it is wanted.
        return done.stdout if "--json" in command else done.stdout + done.stderr

    def ran(self, command: list[str]) -> tuple[int, str]:
        """(exit code, stdout)"""
        done = self._ran(command)
        return done.returncode, done.stdout

    def _ran(self, command: list[str], more: dict[str, str] | None = None, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        # The CDK keeps below a home which account a key is of. Seconds that state machines wait pass a hundred times as fast.
        ours = {"HOME": str(self.folder), "CI": "true", "SFN_WAIT_SCALE": "0.01"}
        environment = {**kept, **ours, **self.environment, **(more or {})}
        return subprocess.run(command, cwd=cwd or self.folder, env=environment, capture_output=True, text=True, timeout=600)

    # --- AWS ----------------------------------------------------------------------------------------------------------

    def client(self, service: str, account: str) -> Any:
        """Made once, which takes longer than most that it is asked."""
        if (service, account) not in self._clients:
            self._clients[service, account] = self.session(account).client(service, endpoint_url=self.environment["AWS_ENDPOINT_URL"])
        return self._clients[service, account]

    def session(self, account: str) -> boto3.Session:
        """As an account's root."""
        return boto3.Session(aws_access_key_id=account, aws_secret_access_key="test", region_name=REGION)

    def role(self, account: str, name: str, *statements: dict[str, Any], path: str = "/") -> Role:
        """A role that anybody of the account may take, with these permissions."""
        iam = self.client("iam", account)
        trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}]}
        arn = f"arn:aws:iam::{account}:role{path}{name}"
        with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(trust), MaxSessionDuration=_LASTS)
        iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=json.dumps({"Statement": list(statements)}))
        return self.take(arn, _LASTS)

    def take(self, arn: str, seconds: int = 3600) -> Role:
        """A session of a role, as the root of its account takes it."""
        sts = self.client("sts", arn.split(":")[4])
        given = sts.assume_role(RoleArn=arn, RoleSessionName="test", DurationSeconds=seconds)["Credentials"]
        return Role(arn, self.environment["AWS_ENDPOINT_URL"], given)

    def steward(self, account: str) -> Role:
        """Who grants, and may look at every table: an administrator of the account's lake."""
        found = self._stewards.get(account)
        if found is None:
            sees = {"Effect": "Allow", "Action": ["lakeformation:*", "glue:Get*", "glue:UpdateTable"], "Resource": "*"}
            found = self._stewards[account] = self.role(account, "steward", sees)
            root = self.client("lakeformation", account)
            settings = root.get_data_lake_settings()["DataLakeSettings"]
            if {"DataLakePrincipalIdentifier": found.arn} not in settings["DataLakeAdmins"]:
                settings["DataLakeAdmins"].append({"DataLakePrincipalIdentifier": found.arn})
                root.put_data_lake_settings(DataLakeSettings=settings)
        return found

    def reader(self, account: str, name: str) -> Role:
        """Who may ask Athena, and sees of tables what is granted."""
        bucket = f"results-of-{account}"
        s3 = self.client("s3", account)
        with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        asks = {"Effect": "Allow", "Action": ["athena:*", "glue:Get*", "lakeformation:GetDataAccess"], "Resource": "*"}
        results = {"Effect": "Allow", "Action": "s3:*", "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}
        return self.role(account, name, asks, results)

    def of_product(self, account: str, product: str) -> Role:
        """A role of the product (`sales/orders-v1`), whom its bucket lets in."""
        bucket = f"shop-{account}-{REGION}-{product.replace('/', '-')}-curated"
        reads = {"Effect": "Allow", "Action": "s3:*", "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}
        return self.role(account, "of-the-product", reads, path=f"/mesh/{product}/")

    def land(self, account: str, product: str, key: str, content: bytes) -> None:
        """Puts a file where a product's source looks for it, as who delivers does."""
        bucket = f"shop-{account}-{REGION}-{product}-raw"
        self.delivery(account, product).client("s3").put_object(Bucket=bucket, Key=f"landing/{key}", Body=content)

    def delivery(self, account: str, product: str) -> Role:
        """A role whom the platform lets deliver to a domain's products, and whose own policy allows more than that."""
        if (account, product) not in self._deliveries:
            bucket = f"arn:aws:s3:::shop-{account}-{REGION}-{product}-raw"
            may = {"Effect": "Allow", "Action": "s3:*", "Resource": [bucket, f"{bucket}/*"]}
            path = f"/mesh-platform/{product.split('-')[0]}/delivery/"
            self._deliveries[account, product] = self.role(account, f"files-for-{product}", may, path=path)
        return self._deliveries[account, product]

    @contextlib.contextmanager
    def landed(self, account: str, product: str, key: str, content: bytes) -> Iterator[None]:
        """A file that is gone again afterwards, whatever becomes of it."""
        self.land(account, product, key, content)
        try:
            yield
        finally:
            self.client("s3", account).delete_object(Bucket=f"shop-{account}-{REGION}-{product}-raw", Key=f"landing/{key}")

    def run(self, account: str, product: str, mode: str) -> Run:
        """Of a product's state machine, to its end."""
        states = self.client("stepfunctions", account)
        machine = f"arn:aws:states:{REGION}:{account}:stateMachine:mesh-{product}"
        started = states.start_execution(stateMachineArn=machine, input=json.dumps({"mode": mode}))["executionArn"]
        while (found := states.describe_execution(executionArn=started))["status"] == "RUNNING":
            time.sleep(0.3)
        return Run(found["status"], found.get("error", ""), found.get("cause", ""))

    def listed(self) -> dict[str, tuple[str | None, float | None]]:
        """What the catalogue lists: product → (verdict of its certificate, score)."""
        done = self._ran([sys.executable, str(ROOT / "tools" / "local-aws" / "catalogue.py")])
        assert done.returncode == 0, done.stderr
        return {each["name"]: (each["verdict"], each["score"]) for each in json.loads(done.stdout)}

    # --- what goes wrong ----------------------------------------------------------------------------------------------

    def faults(self, *wanted: dict[str, Any]) -> None:
        """From now on, and no others."""
        path = self.folder / ".mesh" / "aws" / "faults.json"
        path.with_suffix(".new").write_text(json.dumps(wanted), encoding="utf-8")
        path.with_suffix(".new").replace(path)


Mesh = TypeVar("Mesh", bound=Deployment)


@contextlib.contextmanager
def standing(made: Mesh, deploy: Callable[[Mesh], object], **more: str) -> Iterator[Mesh]:
    """The mesh, deployed for as long as it is wanted; started with more in its environment."""
    if made.is_deployed:
        made.up(**more)
        yield made
        return
    made.write()
    made.up(**more)
    try:
        deploy(made)
        yield made
    finally:
        if not KEPT:
            made.down()


@dataclass(frozen=True)
class Run:
    status: str
    error: str
    cause: str


@dataclass(frozen=True)
class Role:
    """A session of a role."""

    arn: str
    endpoint: str
    given: dict[str, str]
    _clients: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self._session.client(service, endpoint_url=self.endpoint)
        return self._clients[service]

    @cached_property
    def _session(self) -> boto3.Session:
        return boto3.Session(self.given["AccessKeyId"], self.given["SecretAccessKey"], self.given["SessionToken"], REGION)

    def query(self, sql: str, database: str) -> list[list[str | None]]:
        """Rows as Athena answers them, without the header. Raises AssertionError with Athena's reason."""
        athena = self.client("athena")
        query = athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": database},
            ResultConfiguration={"OutputLocation": f"s3://results-of-{self.arn.split(':')[4]}/"},
        )["QueryExecutionId"]
        while (status := athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"])["State"] in ("QUEUED", "RUNNING"):
            time.sleep(0.1)
        assert status["State"] == "SUCCEEDED", status["StateChangeReason"]
        rows = athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"][1:]
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows]
