"""The permissions on the page of the job, and those that requests need."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "guides" / "job.md"
#: What IAM calls the requests of boto3, where the names differ.
_ACTIONS = {
    "s3:HeadObject": {"s3:GetObject"},
    "s3:CopyObject": {"s3:GetObject", "s3:PutObject"},
    "s3:ListObjectsV2": {"s3:ListBucket"},
    "s3:DeleteObjects": {"s3:DeleteObject"},
    "dynamodb:TransactWriteItems": {"dynamodb:ConditionCheckItem", "dynamodb:PutItem", "dynamodb:UpdateItem"},
}
#: What only Spark asks for, or nobody on a good day.
ELSEWHERE = {"s3:AbortMultipartUpload", "glue:GetDatabase"}


def permissions(used: Iterable[str]) -> set[str]:
    """Those that requests need, by service and operation as botocore calls them."""
    names = {re.sub("secrets[- ]manager:", "secretsmanager:", each) for each in used}
    return {action for name in names for action in _ACTIONS.get(name, {name})}


def permissions_on_page() -> set[str]:
    rows = [line.split("|")[1] for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    return {a for row in rows for a in re.findall(r"`((?:s3|glue|dynamodb|events|secretsmanager):\w+)`", row)}
