"""A refusal of IAM names who, what, on what, and which policies to look into."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ministack.services import iam

from mesh_local_aws import hooks, sessions
from mesh_local_aws.hooks import Refused

ACCOUNT = "222222222222"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"


@pytest.fixture(autouse=True)
def _roles() -> Iterator[None]:
    with hooks.acting(ACCOUNT, "eu-west-1"):
        for name, more in (("free", {}), ("bound", {"PermissionsBoundary": BOUNDARY})):
            iam._roles[name] = {"RoleName": name, "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}", "RoleId": "AROA", **more}
        yield
        for name in ("free", "bound"):
            iam._roles.pop(name)


@pytest.mark.parametrize(
    ("role", "why"),
    [
        ("free", "no identity-based policy allows the glue:GetTable action"),
        ("bound", f"no identity-based policy, or not the permissions boundary {BOUNDARY}, allows the glue:GetTable action"),
    ],
)
def test_a_boundary_is_named_where_there_is_one(role: str, why: str) -> None:
    table = f"arn:aws:glue:eu-west-1:{ACCOUNT}:table/sales/orders_v1"
    who = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/somebody"
    with pytest.raises(Refused) as caught:
        sessions.require(sessions.twin(who), "glue:GetTable", table)
    assert caught.value.message == f"User: {who} is not authorized to perform: glue:GetTable on resource: {table} because {why}"
