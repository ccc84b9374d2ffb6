"""What of a deployment is there: which accounts are bootstrapped, which stacks are as they were synthesised.

    standing.py <<< '{"accounts": ["111111111111"], "region": "eu-west-1", "assembly": "cdk.out", "stacks": ["audit"]}'

A stack is as it was synthesised where CloudFormation has its very template and came to a good end with it, which is how
the CDK decides that there is nothing to deploy.
"""

from __future__ import annotations

import json
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

GOOD = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")


@cache
def cloudformation(account: str, region: str) -> Any:
    # In a local AWS the access key is an account, whose root asks.
    return boto3.client("cloudformation", region_name=region, aws_access_key_id=account, aws_secret_access_key="test")


def status(client: Any, stack: str) -> str | None:
    try:
        return str(client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def stands(assembly: Path, stack: str) -> bool:
    artifact = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))["artifacts"][stack]
    account, region = artifact["environment"].removeprefix("aws://").split("/")
    client = cloudformation(account, region)
    if status(client, stack) not in GOOD:
        return False
    deployed = client.get_template(StackName=stack, TemplateStage="Original")["TemplateBody"]
    wanted = json.loads((assembly / artifact["properties"]["templateFile"]).read_text(encoding="utf-8"))
    return (json.loads(deployed) if isinstance(deployed, str) else deployed) == wanted


def main() -> None:
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    asked = json.load(sys.stdin)
    found = {
        "accounts": [a for a in asked["accounts"] if status(cloudformation(a, asked["region"]), "CDKToolkit") in GOOD],
        "stacks": [s for s in asked.get("stacks", ()) if stands(Path(asked["assembly"]), s)],
    }
    sys.stdout.write(f"{json.dumps(found)}\n")


if __name__ == "__main__":
    main()
