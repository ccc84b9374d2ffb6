"""What was made is there again after mesh down and mesh up, and after the process was killed: in every account, of every service that
the mesh uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from deployment import OPERATIONS, PLATFORM, SALES, Deployment

pytestmark = pytest.mark.soak

Ask = Callable[..., Any]
#: Of answers, never twice the same.
PASSING = {"ResponseMetadata", "RequestId", "x-amz-request-id", "x-amz-id-2"}


@pytest.mark.parametrize("ends", ["told to", "killed"])
def test_a_restart_keeps_everything(mesh: Deployment, ends: str) -> None:
    accounts = (PLATFORM, SALES, OPERATIONS)
    clerk = mesh.role(SALES, "clerk", {"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"})
    for account in accounts:
        for_restart(mesh, account, ends)
    before = {account: dict(kept(mesh, account)) for account in accounts}
    if ends == "killed":
        # Seconds at most are lost: what was made last is there.
        mesh.is_kept("ssm", f"/restarted/{ends}")
        mesh.kill()
    else:
        mesh.down()
    mesh.up()
    # With the session of before.
    assert clerk.client("sqs").list_queues()["QueueUrls"] != []
    after = {account: dict(kept(mesh, account)) for account in accounts}
    assert [(account, name) for account, names in NEEDED.items() for name in names if not before[account][name]] == []
    assert [(account, name) for account in accounts for name in before[account] if after[account][name] != before[account][name]] == []


def for_restart(mesh: Deployment, account: str, ends: str) -> None:
    """What a deployment of two domains does not make by itself."""
    topic = mesh.client("sns", account).create_topic(Name="restarted")["TopicArn"]
    mesh.client("sns", account).subscribe(TopicArn=topic, Protocol="email", Endpoint="owner@shoply.example")
    queue = mesh.client("sqs", account).create_queue(QueueName="restarted")["QueueUrl"]
    mesh.client("sqs", account).send_message(QueueUrl=queue, MessageBody="still there")
    mesh.client("ssm", account).put_parameter(Name=f"/restarted/{ends}", Value="still there", Type="String", Overwrite=True)


#: What must be there at all for a comparison to say something. An account's root has no grants, so it sees no tables of Glue.
NEEDED = {
    SALES: {
        "s3 buckets", "dynamodb tables", "iam roles", "iam policies", "lambda functions", "kms keys", "glue jobs",
        "lakeformation grants", "lakeformation locations", "cloudwatch alarms", "scheduler schedules", "states machines",
        "cloudformation stacks", "ssm parameters",
    },
    PLATFORM: {"cloudformation stacks", "iam roles", "s3 buckets"},
}  # fmt: skip


def kept(mesh: Deployment, account: str) -> Iterator[tuple[str, Any]]:
    def client(service: str) -> Any:
        return mesh.client(service, account)

    s3 = client("s3")
    buckets = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    yield "s3 buckets", buckets
    for bucket in buckets:
        yield f"s3 {bucket}", asked(s3.list_objects_v2, Bucket=bucket)
        yield f"s3 policy of {bucket}", asked(s3.get_bucket_policy, Bucket=bucket)
    dynamodb = client("dynamodb")
    tables = dynamodb.list_tables()["TableNames"]
    yield "dynamodb tables", tables
    for table in tables:
        yield f"dynamodb {table}", asked(dynamodb.scan, TableName=table)
    iam = client("iam")
    roles = iam.list_roles()["Roles"]
    yield "iam roles", plain(roles)
    yield "iam policies", asked(iam.list_policies, Scope="Local")
    for role in roles:
        yield f"iam attached to {role['RoleName']}", asked(iam.list_attached_role_policies, RoleName=role["RoleName"])
    glue = client("glue")
    databases = [database["Name"] for database in glue.get_databases()["DatabaseList"]]
    yield "glue databases", databases
    yield "glue jobs", asked(glue.get_jobs)
    lake = client("lakeformation")
    yield "glue tables", [asked(glue.get_tables, DatabaseName=name) for name in databases]
    yield "lakeformation grants", asked(lake.list_permissions)
    yield "lakeformation settings", asked(lake.get_data_lake_settings)
    yield "lakeformation locations", asked(lake.list_resources)
    yield "lakeformation tags", asked(lake.list_lf_tags)
    states = client("stepfunctions")
    machines = states.list_state_machines()["stateMachines"]
    yield "states machines", plain(machines)
    for machine in machines:
        executions = states.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]
        yield f"states executions of {machine['name']}", plain(executions)
        yield f"states of {machine['name']}", asked(states.describe_state_machine, stateMachineArn=machine["stateMachineArn"])
    datazone = client("datazone")
    for domain in datazone.list_domains()["items"]:
        where = {"domainIdentifier": domain["id"]}
        yield "datazone domain", plain(domain)
        yield "datazone projects", asked(datazone.list_projects, **where)
        yield "datazone listings", asked(datazone.search_listings, **where)
        yield "datazone assets", asked(datazone.search, searchScope="ASSET", **where)
        yield "datazone terms", asked(datazone.search, searchScope="GLOSSARY_TERM", **where)
    for name, service, operation, given in SIMPLE:
        yield name, asked(getattr(client(service), operation), **given)


SIMPLE: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("athena workgroups", "athena", "list_work_groups", {}),
    ("cloudformation stacks", "cloudformation", "describe_stacks", {}),
    ("cloudwatch alarms", "cloudwatch", "describe_alarms", {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}),
    ("cloudwatch dashboards", "cloudwatch", "list_dashboards", {}),
    ("events rules", "events", "list_rules", {}),
    ("events buses", "events", "list_event_buses", {}),
    ("kms keys", "kms", "list_aliases", {}),
    ("lambda functions", "lambda", "list_functions", {}),
    ("logs groups", "logs", "describe_log_groups", {}),
    ("ram shares", "ram", "get_resource_shares", {"resourceOwner": "SELF"}),
    ("scheduler schedules", "scheduler", "list_schedules", {}),
    ("secrets", "secretsmanager", "list_secrets", {}),
    ("sns topics", "sns", "list_subscriptions", {}),
    ("sqs queues", "sqs", "list_queues", {}),
    ("ssm parameters", "ssm", "get_parameters_by_path", {"Path": "/", "Recursive": True}),
)  # fmt: skip


def asked(operation: Ask, **given: Any) -> Any:
    try:
        return plain(operation(**given))
    except Exception as error:
        return str(error)


def plain(found: Any) -> Any:
    if isinstance(found, dict):
        return {key: plain(value) for key, value in found.items() if key not in PASSING}
    if isinstance(found, list):
        return [plain(value) for value in found]
    return found.isoformat() if isinstance(found, datetime) else found
