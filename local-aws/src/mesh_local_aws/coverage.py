"""What is emulated, what is stored only, and what is refused: the page behind `mesh up --coverage`."""

from __future__ import annotations

from mesh_local_aws import hooks, permissions, strict

#: Told as they are: a limit that is not known is one that a product is built on.
STORED_ONLY = (
    ("properties", "a valid property of a resource that nothing here acts on is kept or left out, as MiniStack does it"),
    (
        "encryption",
        "keys, key policies and bucket encryption are stored, and KMS encrypts; S3 does not ask KMS whether a reader may decrypt",
    ),
    (
        "other requests",
        "to services other than those above, such as EC2: held to what MiniStack checks; S3 leaves out names it does not know, as AWS does",
    ),
    ("signatures", "are not checked: whoever names an account as the access key is its root, whatever the secret"),
    ("network", "VPCs, subnets, security groups and endpoints are stored; jobs and functions run on this machine's network"),
    (
        "Glue job size",
        "worker types and numbers are stored: a job is one process. Its engine is DuckDB, or local Spark with MESH_LOCAL_ENGINE=spark",
    ),
    ("Glue packages", "--additional-python-modules is not installed: the job's Python has what this package pins"),
    ("Lake Formation on jobs", "a job reads and writes S3 by its IAM role, as on AWS without the fine-grained access flag"),
    (
        "DataZone",
        "members, policies and units say who writes; whoever sees a domain can read it; blueprints deploy nothing, targets are MANUAL",
    ),
    (
        "QuickSight",
        "sources, data sets and analyses are created where role, table and columns exist; nothing is queried or drawn, nobody signs up",
    ),
    (
        "Redshift",
        "a statement has ended once it is accepted; SQL is what marts, their schemas and their readers need, and all else is refused; "
        "capacity, networks and usage limits are stored: no query is ever too much",
    ),
    ("RAM", "shares reach whom they name, all accounts belong to one organisation; which actions a share's permission allows is stored"),
    (
        "IAM Identity Center",
        "permission sets and assignments become roles of accounts; there is no other API, no directory, and nobody signs in",
    ),
    ("CloudWatch", "alarms know arithmetic, FILL and ANOMALY_DETECTION_BAND; an account sees its own metrics, links to a sink are stored"),
    (
        "CloudTrail",
        "changes, reads of the lake, roles assumed and objects that a selector names are recorded, for requests but not for what "
        "CloudFormation does, and delivered within a second; other reads, digests and insights are not",
    ),
    ("CloudFormation hooks", "stored but not invoked: what the mesh's policy refuses, only the synth refuses"),
    ("EventBridge, SNS and SQS", "delivered at once and at most once; no delivery policy but a queue's redrive"),
    ("KMS", "keys encrypt and decrypt; Sign and Verify are refused"),
    ("quotas and throttling", "no call is ever throttled"),
)


def page() -> str:
    """For a person, as text."""
    lines = [
        "Held to AWS's models",
        "  every template: CloudFormation's schemas, property by property, what cfn-lint knows of those that depend on each other, and the "
        "attributes of Fn::GetAtt",
        f"  requests to: {', '.join(sorted([*strict.VALIDATED, *hooks.SERVICES]))}",
        "  IAM: every signed request, what CloudFormation does with its execution role, what services do with the roles they are given",
        "",
        "Emulated here",
    ]
    lines += [f"  {name}: {len(operations)} operations" for name, operations in sorted(hooks.SERVICES.items())]
    lines += [f"  {type_}" for type_ in sorted(hooks.RESOURCES)]
    lines += ["", "CloudFormation asks IAM as its execution role before it makes, changes or deletes"]
    lines += [f"  {type_}" for type_ in permissions.CHECKED]
    lines += ["", "Stored only, or unlike AWS"]
    lines += [f"  {what}: {how}" for what, how in STORED_ONLY]
    lines += ["", "All else is MiniStack's, and what it does not know is refused."]
    return "\n".join(lines)
