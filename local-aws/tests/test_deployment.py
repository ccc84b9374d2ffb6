"""Two domains and a product of each, from empty accounts to rows that a consumer reads: all by stock `cdk deploy` and the state machine.

The tests stand in the order in which things happen to one product.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

from deployment import OPERATIONS, PLATFORM, REGION, ROOT, SALES, Deployment, Role
from product import Product

pytestmark = pytest.mark.soak
ORDERS = {"Table": {"DatabaseName": "sales", "Name": "orders_v1"}}


def own(action: str) -> dict[str, Any]:
    """A policy that lets the account's own do it."""
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{SALES}:root"}, "Action": action, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def samples(mesh: Deployment) -> Path:
    return mesh.folder / "contracts" / "sales" / "samples"


@pytest.fixture(scope="module")
def analyst(mesh: Deployment, steward: Role) -> Role:
    """Who was granted the orders."""
    role = mesh.reader(SALES, "analyst")
    steward.client("lakeformation").grant_permissions(
        Principal={"DataLakePrincipalIdentifier": role.arn}, Resource=ORDERS, Permissions=["SELECT"]
    )
    return role


class Owner:
    """Who subscribes to what is told of the orders."""

    def __init__(self, mesh: Deployment) -> None:
        self.sqs = mesh.client("sqs", SALES)
        self.queue = self.sqs.create_queue(QueueName="orders-owner")["QueueUrl"]
        topic = f"arn:aws:sns:{REGION}:{SALES}:mesh-sales-orders-v1-owner"
        queue = f"arn:aws:sqs:{REGION}:{SALES}:orders-owner"
        lets = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": queue}
        self.sqs.set_queue_attributes(
            QueueUrl=self.queue, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [lets]})}
        )
        mesh.client("sns", SALES).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)

    def hears(self, subject: str) -> str:
        """What is told under a subject, beside whatever else is. Raises AssertionError where nothing is."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            for found in self.sqs.receive_message(QueueUrl=self.queue, WaitTimeSeconds=5).get("Messages", []):
                self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=found["ReceiptHandle"])
                told = json.loads(found["Body"])
                if subject in told["Subject"]:
                    return str(told["Message"])
        raise AssertionError(f"nobody told the owner: {subject}")


@pytest.fixture(scope="module")
def owner(mesh: Deployment) -> Owner:
    return Owner(mesh)


def ask(role: Role, query: str) -> list[list[str | None]]:
    return role.query(query, "sales")


def count(role: Role) -> int:
    return int(ask(role, "SELECT count(*) FROM orders_v1")[0][0] or 0)


def test_a_first_run_publishes_what_was_certified(mesh: Deployment, analyst: Role) -> None:
    assert count(analyst) == 0
    mesh.land(SALES, "sales-orders-v1", "orders/orders.csv", (samples(mesh) / "orders.csv").read_bytes())
    mesh.land(SALES, "sales-orders-v1", "payments/payments.jsonl", (samples(mesh) / "payments.jsonl").read_bytes())
    assert mesh.run(SALES, "sales-orders-v1", "init").status == "SUCCEEDED"
    assert count(analyst) == 41


def test_the_catalogue_lists_it_with_certificate_and_score_and_nothing_that_was_never_certified(mesh: Deployment) -> None:
    assert mesh.listed() == {"sales/orders v1": ("certified", 100)}


def test_who_was_granted_nothing_is_refused_in_the_catalogue_in_athena_and_in_s3(mesh: Deployment, steward: Role) -> None:
    stranger = mesh.reader(SALES, "stranger")
    with pytest.raises(AssertionError, match="Insufficient Lake Formation permission"):
        count(stranger)
    with pytest.raises(Exception, match="Insufficient Lake Formation permission"):
        stranger.client("glue").get_table(DatabaseName="sales", Name="orders_v1")
    with pytest.raises(Exception, match="AccessDenied"):
        stranger.client("s3").list_objects_v2(Bucket=f"shop-{SALES}-eu-west-1-sales-orders-v1-curated")


def test_who_delivers_lets_files_land_and_does_nothing_else(mesh: Deployment) -> None:
    s3, bucket = mesh.delivery(SALES, "sales-orders-v1").client("s3"), f"shop-{SALES}-eu-west-1-sales-orders-v1-raw"
    s3.put_object(Bucket=bucket, Key="landing/elsewhere/1.csv", Body=b"")
    for refused in (
        lambda: s3.get_object(Bucket=bucket, Key="landing/elsewhere/1.csv"),
        lambda: s3.delete_object(Bucket=bucket, Key="landing/elsewhere/1.csv"),
        lambda: s3.put_object(Bucket=bucket, Key="raw/orders/1.csv", Body=b""),
    ):
        with pytest.raises(Exception, match="AccessDenied"):
            refused()


def test_a_filter_shows_its_columns_and_rows_alone(mesh: Deployment, steward: Role) -> None:
    web = mesh.reader(SALES, "web")
    lake = steward.client("lakeformation")
    where = {"TableCatalogId": SALES, "DatabaseName": "sales", "TableName": "orders_v1", "Name": "web"}
    lake.create_data_cells_filter(
        TableData={**where, "ColumnNames": ["order_id", "sales_channel"], "RowFilter": {"FilterExpression": "sales_channel = 'web'"}}
    )
    lake.grant_permissions(Principal={"DataLakePrincipalIdentifier": web.arn}, Resource={"DataCellsFilter": where}, Permissions=["SELECT"])
    assert ask(web, "SELECT DISTINCT sales_channel FROM orders_v1") == [["web"]]
    with pytest.raises(AssertionError, match="COLUMN_NOT_FOUND"):
        ask(web, "SELECT total_amount FROM orders_v1")


def test_the_roots_of_an_account_are_not_its_lakes_administrators(mesh: Deployment) -> None:
    with pytest.raises(Exception, match="no data lake administrator"):
        mesh.client("lakeformation", OPERATIONS).grant_permissions(
            Principal={"DataLakePrincipalIdentifier": f"arn:aws:iam::{OPERATIONS}:root"},
            Resource={"Table": {"DatabaseName": "operations", "Name": "airports_v1"}},
            Permissions=["SELECT"],
        )


def test_a_delta_adds_what_came_since(mesh: Deployment, analyst: Role) -> None:
    header, line = (samples(mesh) / "orders.csv").read_text(encoding="utf-8").splitlines()[:2]
    later = line.replace("ORD-000000001", "ORD-000009001").replace("2026-01-01", "2026-11-01")
    mesh.land(SALES, "sales-orders-v1", "orders/later.csv", f"{header}\n{later}\n".encode())
    assert mesh.run(SALES, "sales-orders-v1", "delta").status == "SUCCEEDED"
    assert count(analyst) == 42


def test_a_failed_critical_rule_keeps_what_was_certified_tells_the_owner_and_its_snapshot_is_nowhere(
    mesh: Deployment, analyst: Role, owner: Owner
) -> None:
    before = ask(analyst, 'SELECT snapshot_id FROM "orders_v1$snapshots" ORDER BY 1')
    header, line = (samples(mesh) / "orders.csv").read_text(encoding="utf-8").splitlines()[:2]
    nameless = line.replace("ORD-000000001", "").replace("2026-01-01", "2026-11-02")
    with mesh.landed(SALES, "sales-orders-v1", "orders/nameless.csv", f"{header}\n{nameless}\n".encode()):
        run = mesh.run(SALES, "sales-orders-v1", "delta")
    assert run.status == "FAILED"
    assert "every order has its number" in run.cause
    message = owner.hears("a run did not succeed")
    assert "every order has its number" in message
    assert "what was certified stays published" in message
    assert count(analyst) == 42
    assert ask(analyst, 'SELECT snapshot_id FROM "orders_v1$snapshots" ORDER BY 1') == before


def test_of_a_snapshot_that_was_rejected_nothing_is_left_to_travel_to(mesh: Deployment, analyst: Role) -> None:
    before = ask(analyst, 'SELECT snapshot_id FROM "orders_v1$snapshots" ORDER BY 1')
    header, line = (samples(mesh) / "orders.csv").read_text(encoding="utf-8").splitlines()[:2]
    faxed = line.replace("ORD-000000001", "ORD-000009002").replace("2026-01-01", "2026-11-03").replace(",app,", ",fax,")
    orders = Product(mesh, SALES, "sales-orders-v1")
    with mesh.landed(SALES, "sales-orders-v1", "orders/faxed.csv", f"{header}\n{faxed}\n".encode()):
        assert "known sales channels" in orders.ended(orders.start({"mode": "delta", "runId": "faxed"}), "FAILED")["cause"]
    assert orders.record("faxed")["state"] == "rejected"
    # Neither its number, nor a file that has it.
    assert [table["snapshotId"] for table in orders.certificate("faxed")["tables"]] == [None]
    assert [key for key in files(mesh) if "faxed" in key] == []
    assert ask(analyst, 'SELECT snapshot_id FROM "orders_v1$snapshots" ORDER BY 1') == before


def files(mesh: Deployment) -> list[str]:
    """Of the published table, as a role of the product sees them."""
    s3 = mesh.of_product(SALES, "sales/orders-v1").client("s3")
    found = s3.list_objects_v2(Bucket=f"shop-{SALES}-eu-west-1-sales-orders-v1-curated", Prefix="tables/sales/orders_v1/")["Contents"]
    return [each["Key"] for each in found]


def test_the_alarm_of_a_failed_run_goes_off_and_the_products_health_with_it_and_the_owner_hears(mesh: Deployment, owner: Owner) -> None:
    watched = {"mesh-sales-orders-v1-failed", "mesh-sales-orders-v1-health"}
    cloudwatch = mesh.client("cloudwatch", SALES)
    for _ in range(240):
        found = cloudwatch.describe_alarms(AlarmNames=sorted(watched), AlarmTypes=["MetricAlarm", "CompositeAlarm"], StateValue="ALARM")
        loud = {alarm["AlarmName"] for alarm in [*found["MetricAlarms"], *found["CompositeAlarms"]]}
        if loud == watched:
            break
        time.sleep(0.5)
    else:
        raise AssertionError(f"only {loud} went off")
    assert json.loads(owner.hears("ALARM"))["NewStateValue"] == "ALARM"


def test_an_added_column_evolves_the_table_with_its_data_in_it(mesh: Deployment, analyst: Role) -> None:
    change(mesh, "version: 1.0.0", "version: 1.1.0")
    change(
        mesh,
        "      - name: total_amount\n",
        "      - {name: currency, logicalType: string, description: What the amounts are in.}\n      - name: total_amount\n",
    )
    mesh.synthesise()
    # A handler that fails rolls the stack back, and what is deployed again is as if it had not been tried before.
    mesh.faults({"service": "glue", "operation": "UpdateTable", "where": {"DatabaseName": "sales"}, "error": "InternalServiceException"})
    with pytest.raises(AssertionError, match="AWS refused: InternalServiceException"):
        mesh.deploy(SALES, "sales-orders-v1")
    mesh.faults()
    assert (mesh.status(SALES, "sales-orders-v1"), count(analyst)) == ("UPDATE_ROLLBACK_COMPLETE", 42)
    with pytest.raises(AssertionError, match="COLUMN_NOT_FOUND"):
        ask(analyst, "SELECT currency FROM orders_v1")
    mesh.deploy(SALES, "sales-orders-v1")
    assert ask(analyst, "SELECT count(*), count(currency) FROM orders_v1") == [["42", "0"]]
    assert mesh.run(SALES, "sales-orders-v1", "full").status == "SUCCEEDED"
    assert ask(analyst, "SELECT count(*), count(currency) FROM orders_v1") == [["42", "42"]]


def test_a_product_goes_on_with_the_code_that_its_foundation_accepted_before_until_the_platform_refuses_it(mesh: Deployment) -> None:
    functions, name = mesh.client("lambda", SALES), "mesh-sales-publisher"
    settings = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    # As the foundation of another version of the library has them, whose files are others.
    others = {**settings, "ACCEPTED_CODE": "f" * 64}
    mesh_yaml = mesh.folder / "mesh.yaml"
    before = mesh_yaml.read_text(encoding="utf-8")
    [wheel] = (ROOT / "dist" / "jobs").glob("*.whl")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    why = f"is code that the platform refuses: it reads what it should not (SHA-256 {digest})"
    try:
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": others})
        change(mesh, "What the amounts are in.", "What the amounts are in by ISO 4217.")
        mesh_yaml.write_text(f'{before}refusedCode:\n  "{digest}": it reads what it should not\n', encoding="utf-8")
        mesh.synthesise("refusing.out")
        mesh.deploy(SALES, "sales-orders-v1", app="refusing.out")
        assert mesh.run(SALES, "sales-orders-v1", "full").status == "SUCCEEDED"

        mesh.deploy(PLATFORM, "sales-foundation", app="refusing.out")
        assert why in mesh.run(SALES, "sales-orders-v1", "full").cause
        with pytest.raises(AssertionError, match=re.escape(why)):
            mesh.deploy(SALES, "sales-orders-v1")
        assert mesh.status(SALES, "sales-orders-v1") == "UPDATE_ROLLBACK_COMPLETE"
    finally:
        mesh_yaml.write_text(before, encoding="utf-8")
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": settings})


AMOUNT = """        logicalType: number
        physicalType: "decimal(12,2)"
        required: true
        logicalTypeOptions: {minimum: 0}
        description: What the order costs, in euro.
"""


def test_a_change_that_consumers_could_not_bear_is_refused_and_rolled_back(mesh: Deployment, analyst: Role) -> None:
    change(mesh, AMOUNT, "        logicalType: string\n        required: true\n        description: What the order costs.\n")
    mesh.synthesise("refused.out")
    with pytest.raises(AssertionError, match="publish the change as a new major version"):
        mesh.deploy(SALES, "sales-orders-v1", app="refused.out")
    assert ask(analyst, "SELECT sum(total_amount) > 0 FROM orders_v1") == [["true"]]
    [stack] = mesh.client("cloudformation", SALES).describe_stacks(StackName="sales-orders-v1")["Stacks"]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"


TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{SALES}:root"}, "Action": "sts:AssumeRole"}]}
#: What would open data to somebody, or take away what guards it → what the role of products may not do.
OPENINGS: dict[str, tuple[dict[str, Any], str]] = {
    "grants": (
        {
            "Type": "AWS::LakeFormation::PrincipalPermissions",
            "Properties": {
                "Principal": {"DataLakePrincipalIdentifier": f"arn:aws:iam::{SALES}:role/stranger"},
                "Resource": {"Table": {"CatalogId": SALES, **ORDERS["Table"]}},
                "Permissions": ["SELECT"],
                "PermissionsWithGrantOption": [],
            },
        },
        "lakeformation:GrantPermissions",
    ),
    "shares": (
        {
            "Type": "AWS::RAM::ResourceShare",
            "Properties": {
                "Name": "orders",
                "Principals": [OPERATIONS],
                "ResourceArns": [f"arn:aws:glue:{REGION}:{SALES}:table/sales/orders_v1"],
            },
        },
        "ram:CreateResourceShare",
    ),
    "makes a key": ({"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": own("kms:*")}}, "kms:CreateKey"),
    "makes itself an administrator": (
        {"Type": "AWS::LakeFormation::DataLakeSettings", "Properties": {"Admins": []}},
        "lakeformation:PutDataLakeSettings",
    ),
    "makes a role without a boundary": (
        {"Type": "AWS::IAM::Role", "Properties": {"Path": "/mesh/sales/opening-v1/", "AssumeRolePolicyDocument": TRUST}},
        "iam:CreateRole",
    ),
    "makes a role elsewhere": ({"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}}, "iam:CreateRole"),
}


@pytest.mark.parametrize("what", OPENINGS)
def test_a_product_that_opens_data_is_refused_by_the_role_that_it_is_deployed_with(mesh: Deployment, what: str) -> None:
    resource, action = OPENINGS[what]
    platform = f"arn:aws:iam::{SALES}:role/mesh-platform/sales"
    stacks = mesh.take(f"{platform}/mesh-sales-product-deploy").client("cloudformation")
    name = f"sales-opening-{uuid.uuid4().hex[:8]}-v1"
    asked = {"StackName": name, "TemplateBody": json.dumps({"Resources": {"Opening": resource}}), "Capabilities": ["CAPABILITY_IAM"]}
    with pytest.raises(Exception, match="not authorized to perform: cloudformation:CreateStack"):
        stacks.create_stack(**asked)
    stacks.create_stack(**asked, RoleARN=f"{platform}/mesh-sales-product-exec")
    while stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"].endswith("IN_PROGRESS"):
        time.sleep(0.2)
    reasons = [event.get("ResourceStatusReason", "") for event in stacks.describe_stack_events(StackName=name)["StackEvents"]]
    assert [
        r for r in reasons if f"assumed-role/mesh-sales-product-exec/AWSCloudFormation is not authorized to perform: {action}" in r
    ] != []


@pytest.mark.parametrize(
    ("service", "operation", "asked"),
    [
        ("kms", "put_key_policy", {"PolicyName": "default", "Policy": json.dumps(own("kms:*"))}),
        ("kms", "create_grant", {"GranteePrincipal": f"arn:aws:iam::{OPERATIONS}:root", "Operations": ["Decrypt"]}),
        ("kms", "schedule_key_deletion", {}),
        ("glue", "put_resource_policy", {"PolicyInJson": json.dumps(own("glue:*"))}),
        ("lakeformation", "grant_permissions",
         {"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Resource": ORDERS, "Permissions": ["SELECT"]}),
    ],
)  # fmt: skip
def test_nor_may_whoever_deploys_it_by_hand(mesh: Deployment, service: str, operation: str, asked: dict[str, Any]) -> None:
    deploys = mesh.take(f"arn:aws:iam::{SALES}:role/mesh-platform/sales/mesh-sales-product-deploy")
    key = mesh.client("ssm", SALES).get_parameter(Name="/mesh/sales/key-arn")["Parameter"]["Value"]
    with pytest.raises(Exception, match="not authorized to perform"):
        getattr(deploys.client(service), operation)(**({"KeyId": key} if service == "kms" else {}), **asked)


def change(mesh: Deployment, before: str, after: str) -> None:
    contract = mesh.folder / "contracts" / "sales" / "orders.contract.yaml"
    text = contract.read_text(encoding="utf-8")
    assert before in text
    contract.write_text(text.replace(before, after, 1), encoding="utf-8")
