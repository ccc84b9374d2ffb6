"""What policies see of who asks."""

from __future__ import annotations

import pytest
from in_process import REGION, SALES
from ministack.core import iam_evaluator
from ministack.services import iam as emulated


def seen(key: str, principal: str, kind: str = "AssumedRole") -> object:
    context = iam_evaluator.EvalContext(
        principal_arn=principal, principal_type=kind, principal_account=SALES, action="sts:AssumeRole", resource_arn="", region=REGION
    )  # fmt: skip
    return iam_evaluator._resolve_condition_key(key, context)


def test_a_session_is_its_role_to_a_condition_on_the_principals_arn() -> None:
    arn = f"arn:aws:iam::{SALES}:role/mesh-platform/sales/mesh-sales-catalogue"
    emulated._roles.set_scoped(SALES, None, "mesh-sales-catalogue", {"RoleName": "mesh-sales-catalogue", "Arn": arn})
    assert seen("aws:PrincipalArn", f"arn:aws:sts::{SALES}:assumed-role/mesh-sales-catalogue/lambda") == arn
    emulated._roles.clear()


def test_who_has_no_role_is_who_it_was() -> None:
    assert seen("aws:PrincipalArn", f"arn:aws:iam::{SALES}:user/anna") == f"arn:aws:iam::{SALES}:user/anna"


def test_all_accounts_are_of_the_organisation_that_was_named_and_services_of_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESH_ORGANIZATION", "o-shopexample1")
    assert seen("aws:PrincipalOrgID", f"arn:aws:sts::{SALES}:assumed-role/mesh-sales-notices/events") == "o-shopexample1"
    assert seen("aws:PrincipalOrgID", "events.amazonaws.com", "Service") is None


@pytest.mark.parametrize(("owner", "let"), [("AROA:me", True), ("AROA:another", False)])
def test_a_variable_in_a_condition_is_what_it_stands_for(owner: str, let: bool) -> None:
    context = iam_evaluator.EvalContext(
        principal_arn="me", principal_type="AssumedRole", principal_account=SALES, action="x:Y", resource_arn="*", region=REGION,
        service_context={"x:owner": owner}, principal_keys={"aws:userid": "AROA:me"},
    )  # fmt: skip
    assert iam_evaluator._conditions_met({"StringEquals": {"x:owner": "${aws:userid}"}}, context) is let
    assert iam_evaluator._conditions_met({"StringEquals": {"x:owner": "${aws:nobody}"}}, context) is False
