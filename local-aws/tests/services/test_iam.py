"""What policies see of who asks."""

from __future__ import annotations

from in_process import REGION, SALES
from ministack.core import iam_evaluator
from ministack.services import iam as emulated


def principal_arn(session: str) -> str:
    context = iam_evaluator.EvalContext(
        principal_arn=session,
        principal_type="AssumedRole",
        principal_account=SALES,
        action="sts:AssumeRole",
        resource_arn="",
        region=REGION,
    )
    return str(iam_evaluator._resolve_condition_key("aws:PrincipalArn", context))


def test_a_session_is_its_role_to_a_condition_on_the_principals_arn() -> None:
    arn = f"arn:aws:iam::{SALES}:role/mesh-platform/sales/mesh-sales-catalogue"
    emulated._roles.set_scoped(SALES, None, "mesh-sales-catalogue", {"RoleName": "mesh-sales-catalogue", "Arn": arn})
    assert principal_arn(f"arn:aws:sts::{SALES}:assumed-role/mesh-sales-catalogue/lambda") == arn
    emulated._roles.clear()


def test_who_has_no_role_is_who_it_was() -> None:
    assert principal_arn(f"arn:aws:iam::{SALES}:user/anna") == f"arn:aws:iam::{SALES}:user/anna"
