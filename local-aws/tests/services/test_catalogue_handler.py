"""The catalogue's handler, as it is deployed, against a local AWS that runs: a product from its deployment to its end, in this order."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

pytestmark = pytest.mark.soak

ROOT = Path(__file__).parents[3]
BUNDLE = ROOT / "dist" / "handlers" / "catalogue" / "index.js"
PLATFORM, SALES, REGION = "444455556666", "111122223333", "eu-west-1"
PLACE = {
    "mesh": "shop",
    "environment": None,
    "domain": "sales",
    "account": SALES,
    "region": REGION,
    "platformAccount": PLATFORM,
    "platformRegion": REGION,
}
IDENTITY = {"InterfaceVersion": "1", "Domain": "sales", "Environment": ""}
PRODUCT = {**IDENTITY, "Entity": "orders", "Major": "1"}
ASSETS, RUNS = f"cdk-hnb659fds-assets-{SALES}-{REGION}", "mesh-sales-runs"
HANDLER = f"arn:aws:iam::{SALES}:role/mesh-platform/sales/mesh-sales-catalogue"
PUBLISHER = "mesh-sales-catalogue-publisher"
PLAN = json.loads((ROOT / "test" / "plan" / "smallest.plan.json").read_text())


class World:
    """Both accounts, with what their foundation and governance stacks would have made."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.credentials: dict[str, str] = {}
        self._platform()
        self._sales()

    def client(self, service: str, account: str) -> Any:
        return boto3.client(
            service, region_name=REGION, endpoint_url=self.endpoint, aws_access_key_id=account, aws_secret_access_key="test"
        )

    def invoke(self, event: dict[str, Any]) -> dict[str, Any]:
        """What the function answers, called with the credentials of its role."""
        settings = {
            **self.credentials,
            "MESH_PLACE": json.dumps(PLACE),
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint,
            "PATH": os.environ["PATH"],
        }
        script = Path(__file__).with_name("invoke.js")
        done = subprocess.run(
            ["node", str(script), str(BUNDLE), json.dumps(event)], env=settings, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def resource(self, type_: str, asked: str, properties: dict[str, str]) -> dict[str, Any]:
        """What CloudFormation is told of a custom resource."""
        event = {
            "RequestType": asked,
            "ResourceType": type_,
            "RequestId": asked,
            "StackId": "stack",
            "LogicalResourceId": "Catalogue",
            "ResourceProperties": properties,
        }
        if asked != "Create":
            event |= {"PhysicalResourceId": "mesh-sales-orders-v1-catalogue", "OldResourceProperties": properties}
        answer = self.invoke(event)
        assert answer["Status"] == "SUCCESS", answer
        found: dict[str, Any] = answer.get("Data", {})
        return found

    def deploy(self, status: str, asked: str = "Update") -> str:
        plan = json.dumps({**PLAN, "product": {**PLAN["product"], "status": status}}).encode()
        digest = hashlib.sha256(plan).hexdigest()
        self.client("s3", SALES).put_object(Bucket=ASSETS, Key=f"{digest}.json", Body=plan)
        listing = self.resource(
            "Custom::MeshCatalogue", asked, {**PRODUCT, "PlanUrl": f"s3://{ASSETS}/{digest}.json", "PlanDigest": digest}
        ).get("Listing", "")
        return str(listing)

    def publish(self, sequence: int, score: int) -> dict[str, Any]:
        """A run of the state machine has published; the publisher tells the catalogue."""
        run = f"delta-{sequence}"
        certificate = {
            "certificateId": f"6c9d2f0e-5a57-5f5c-9d5b-{sequence:012}",
            "runId": run,
            "issuedAt": f"2030-01-{sequence:02}T06:00:00Z",
            "contractDigest": PLAN["digests"]["contract"],
            "planDigest": "sha256:plan",
            "verdict": "certified",
            "score": score,
            "checks": [],
            "tables": [{"table": "orders", "rows": 3, "snapshotId": "1", "metadataLocation": "s3://curated/metadata.json"}],
            "freshness": {"seconds": 60, "newest": None},
            "availability": {"percent": None, "promisedPercent": None},
            "stability": {"changes": []},
        }
        for key, item in (
            (f"id#{run}", {"sequence": {"N": str(sequence)}, "generation": {"S": "g"}}),
            (
                f"run#{sequence:012}",
                {
                    "generation": {"S": "g"},
                    "runId": {"S": run},
                    "mode": {"S": "delta"},
                    "state": {"S": "published"},
                    "planDigest": {"S": "sha256:plan"},
                    "startedAt": {"S": "2030-01-01T05:00:00+00:00"},
                    "fence": {"N": "1"},
                    "certificate": {"S": json.dumps(certificate)},
                },
            ),
            ("published", {"sequence": {"N": str(sequence)}, "runId": {"S": run}}),
        ):
            self.client("dynamodb", SALES).put_item(TableName=RUNS, Item={"pk": {"S": "dp_sales_orders#v1"}, "sk": {"S": key}, **item})
        return self.invoke({"action": "published", **PRODUCT, "runId": run})

    def differences(self) -> dict[str, str]:
        """What is not as the contract says → who did it."""
        found = self.invoke({"action": "inspect", **PRODUCT})["differences"]
        return {each["what"]: each["by"]["principal"].rpartition(":")[2] for each in found}

    def member(self, name: str) -> Any:
        """DataZone, as a role that the domain's project has let in."""
        _role(self.client("iam", PLATFORM), name, PLATFORM, {}, ["datazone:*"])
        arn = f"arn:aws:iam::{PLATFORM}:role/mesh-platform/sales/{name}"
        publisher = self._session(f"arn:aws:iam::{PLATFORM}:role/mesh-platform/sales/{PUBLISHER}", self.credentials)
        project = publisher.list_projects(domainIdentifier=self.domain, name="mesh-sales")["items"][0]["id"]
        publisher.create_project_membership(
            domainIdentifier=self.domain, projectIdentifier=project, designation="PROJECT_CONTRIBUTOR", member={"userIdentifier": arn}
        )
        return self._session(arn, {"AWS_ACCESS_KEY_ID": PLATFORM, "AWS_SECRET_ACCESS_KEY": "test"})

    def _session(self, role: str, by: dict[str, str]) -> Any:
        keys = {name.lower(): value for name, value in by.items()}
        sts = boto3.client("sts", region_name=REGION, endpoint_url=self.endpoint, **keys)
        given = sts.assume_role(RoleArn=role, RoleSessionName="by-hand")["Credentials"]
        return boto3.client(
            "datazone",
            region_name=REGION,
            endpoint_url=self.endpoint,
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )

    def _platform(self) -> None:
        datazone, iam, ssm = (self.client(service, PLATFORM) for service in ("datazone", "iam", "ssm"))
        role = f"arn:aws:iam::{PLATFORM}:role"
        domain = datazone.create_domain(
            name="shop", domainVersion="V2", domainExecutionRole=f"{role}/execution", serviceRole=f"{role}/service"
        )
        self.domain = domain["id"]
        unit = datazone.create_domain_unit(
            domainIdentifier=self.domain, name="sales", parentDomainUnitIdentifier=domain["rootDomainUnitId"]
        )["id"]
        self.client("ram", PLATFORM).create_resource_share(name="DataZone-shop", resourceArns=[domain["arn"]], principals=[SALES])
        # As governance makes it: without an environment in the account of the data domain.
        profile = datazone.create_project_profile(domainIdentifier=self.domain, name="shop", status="ENABLED")["id"]
        for policy, detail in (
            ("CREATE_PROJECT_FROM_PROJECT_PROFILE", "createProjectFromProjectProfile"),
            ("ADD_TO_PROJECT_MEMBER_POOL", "addToProjectMemberPool"),
        ):
            datazone.add_policy_grant(
                domainIdentifier=self.domain,
                entityType="DOMAIN_UNIT",
                entityIdentifier=domain["rootDomainUnitId"],
                policyType=policy,
                principal={"user": {"allUsersGrantFilter": {}}},
                detail={detail: {"includeChildDomainUnits": True}},
            )
        for name, value in (("domain-id", self.domain), ("project-profile-id/sales", profile), ("domain-unit-id/sales", unit)):
            ssm.put_parameter(Name=f"/mesh/catalogue/{name}", Value=value, Type="String")
        _role(
            iam,
            PUBLISHER,
            SALES,
            {"ArnEquals": {"aws:PrincipalArn": HANDLER}},
            ["datazone:*", "ssm:GetParameters", "cloudtrail:LookupEvents"],
        )

    def _sales(self) -> None:
        glue, iam, s3, dynamodb, sts = (self.client(service, SALES) for service in ("glue", "iam", "s3", "dynamodb", "sts"))
        glue.create_database(DatabaseInput={"Name": "sales"})
        table = next(each for each in PLAN["tables"] if each["published"])
        columns = [{"Name": column["name"], "Type": "string"} for column in table["columns"]]
        glue.create_table(
            DatabaseName="sales",
            TableInput={"Name": table["table"], "StorageDescriptor": {"Columns": columns, "Location": "s3://curated/orders"}},
        )
        s3.create_bucket(Bucket=ASSETS, CreateBucketConfiguration={"LocationConstraint": REGION})
        keys = ({"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"})
        dynamodb.create_table(
            TableName=RUNS,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=list(keys),
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        )
        _role(iam, "mesh-sales-catalogue", SALES, {}, ["sts:AssumeRole", "dynamodb:*", "s3:GetObject"])
        session = sts.assume_role(RoleArn=HANDLER, RoleSessionName="lambda")["Credentials"]
        self.credentials = {
            "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"],
        }


@pytest.fixture(name="world", scope="module")
def _world() -> Iterator[World]:
    subprocess.run(["node", "-e", "require('./tools/build').buildHandlers()"], cwd=ROOT, check=True, timeout=120)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    source = {**os.environ, "PYTHONPATH": str(ROOT / "local-aws" / "src")}
    server = subprocess.Popen(
        [sys.executable, "-m", "mesh_local_aws", "--port", str(port), "--region", REGION, "--account", PLATFORM],
        env=source,
        stderr=subprocess.DEVNULL,
    )
    try:
        endpoint = f"http://127.0.0.1:{port}"
        _until_it_answers(f"{endpoint}/_ministack/health", server)
        yield World(endpoint)
    finally:
        server.terminate()
        server.wait(timeout=60)


def test_a_product_is_listed_with_its_first_certificate(world: World) -> None:
    datazone = world.client("datazone", PLATFORM)
    project = world.resource("Custom::MeshCatalogueProject", "Create", IDENTITY)
    assert (project["Project"], project["DomainId"]) == ("ready", world.domain)

    assert world.deploy("active", "Create") == "not listed: it has no certificate yet; its first certified run lists it"
    product = datazone.search(domainIdentifier=world.domain, searchScope="DATA_PRODUCT")["items"][0]["dataProductItem"]
    assert (product["name"], datazone.search_listings(domainIdentifier=world.domain)["items"]) == ("sales/orders v1", [])

    assert world.publish(1, 100) == {"listed": True, "missingTerms": [], "score": 100}
    assert world.publish(2, 90) == {"unchanged": True, "score": 90}
    listed = datazone.search_listings(domainIdentifier=world.domain, searchText="orders")["items"][0]["dataProductListing"]
    forms = json.loads(listed["additionalAttributes"]["forms"])
    assert (listed["name"], forms["MeshCertificate"]["verdict"], forms["MeshContract"]["product"]) == (
        "sales/orders v1",
        "certified",
        "dp_sales_orders",
    )

    asset = datazone.search(domainIdentifier=world.domain, searchScope="ASSET")["items"][0]["assetItem"]["identifier"]
    points = datazone.list_time_series_data_points(
        domainIdentifier=world.domain, entityIdentifier=asset, entityType="ASSET", formName="MeshCertification"
    )["items"]
    assert [json.loads(point["contentSummary"])["passingPercentage"] for point in points] == [90, 100]
    events = datazone.list_lineage_events(domainIdentifier=world.domain)["items"]
    assert [event["eventSummary"]["openLineageRunEventSummary"]["outputs"][0]["name"] for event in events] == ["table/sales/orders_v1"] * 2


def test_what_somebody_has_rewritten_or_taken_away_is_told_with_who_did_it_and_put_right(world: World) -> None:
    datazone = world.client("datazone", PLATFORM)
    [listed] = datazone.search_listings(domainIdentifier=world.domain, searchText="orders")["items"]
    listing = listed["dataProductListing"]
    product = {"domainIdentifier": world.domain, "identifier": listing["entityId"]}
    before = datazone.get_data_product(**product)
    somebody = world.member("editor")

    assert world.differences() == {}
    somebody.create_data_product_revision(**product, name=before["name"], description="Sold out.")
    found = world.differences()
    assert "sales/orders v1 is described differently from its contract" in found
    assert set(found.values()) == {"assumed-role/editor/by-hand"}
    world.invoke({"action": "repair", **PRODUCT})
    assert (world.differences(), datazone.get_data_product(**product)["description"]) == ({}, before["description"])

    somebody.create_listing_change_set(
        domainIdentifier=world.domain, entityIdentifier=listing["entityId"], entityType="DATA_PRODUCT", action="UNPUBLISH"
    )
    assert world.differences() == {"sales/orders v1 is not listed": "assumed-role/editor/by-hand"}
    assert world.invoke({"action": "repair", **PRODUCT})["listed"] is True
    assert world.differences() == {}
    [again] = datazone.search_listings(domainIdentifier=world.domain, searchText="orders")["items"]
    assert again["dataProductListing"]["entityId"] == listing["entityId"]


def test_it_leaves_when_it_is_retired_and_is_gone_when_it_is_deleted(world: World) -> None:
    datazone = world.client("datazone", PLATFORM)
    assert world.deploy("retired") == "not listed: its contract is retired"
    assert datazone.search_listings(domainIdentifier=world.domain)["items"] == []
    world.deploy("retired", "Delete")
    assert datazone.search(domainIdentifier=world.domain, searchScope="ASSET")["items"] == []
    assert datazone.search(domainIdentifier=world.domain, searchScope="DATA_PRODUCT")["items"] == []


def _role(iam: Any, name: str, trusted: str, condition: dict[str, Any], actions: list[str]) -> None:
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{trusted}:root"},
        "Action": "sts:AssumeRole",
        **({"Condition": condition} if condition else {}),
    }
    iam.create_role(
        RoleName=name, Path="/mesh-platform/sales/", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(allowed))


def _until_it_answers(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert server.poll() is None, "the local AWS ended before it answered"
        try:
            urllib.request.urlopen(url, timeout=1).read()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")
