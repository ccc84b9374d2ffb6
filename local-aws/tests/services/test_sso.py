"""Groups of IAM Identity Center, and what they may do in accounts."""

from __future__ import annotations

from typing import Any

import pytest
from in_process import PLATFORM, SALES, acting_as
from ministack.services import iam
from ministack.services.cloudformation import provisioners

from mesh_local_aws import hooks, stores

INSTANCE = "arn:aws:sso:::instance/ssoins-0123456789abcdef"
GROUP = "906711e1-0000-4000-8000-000000000001"
PATH = "/mesh-platform/sales/"


def handler(noun: str) -> Any:
    return provisioners._RESOURCE_HANDLERS[f"AWS::SSO::{noun}"]


def made_set(name: str) -> tuple[str, str]:
    """(Ref, ARN) of a set with the policy of the same name."""
    wanted = {"InstanceArn": INSTANCE, "Name": name, "CustomerManagedPolicyReferences": [{"Name": name, "Path": PATH}]}
    ref, attributes = handler("PermissionSet")["create"]("Set", wanted, "access-platform")
    return ref, attributes["PermissionSetArn"]


def assigned(arn: str) -> tuple[str, dict[str, Any]]:
    wanted = {"InstanceArn": INSTANCE, "PermissionSetArn": arn, "PrincipalType": "GROUP", "PrincipalId": GROUP}
    wanted |= {"TargetType": "AWS_ACCOUNT", "TargetId": SALES}
    ref, _ = handler("Assignment")["create"]("Assigned", wanted, "access-platform")
    return ref, wanted


def policy(name: str) -> str:
    with hooks.acting(SALES):
        wanted = {"ManagedPolicyName": name, "Path": PATH, "PolicyDocument": {"Version": "2012-10-17", "Statement": []}}
        ref, _ = stores.resource_handlers("AWS::IAM::ManagedPolicy")["create"]("Policy", wanted, "access-sales")
    return str(ref)


def roles(name: str) -> list[tuple[str, list[str]]]:
    """(path, policies) of the roles that sets of that name have become in the account of sales."""
    with hooks.acting(SALES):
        return [
            (each["Path"], each["AttachedPolicies"])
            for each in iam._roles.values()
            if each["RoleName"].startswith(f"AWSReservedSSO_{name}_")
        ]


def test_a_set_becomes_a_role_of_the_account_with_its_policy_for_as_long_as_it_is_assigned() -> None:
    arn = policy("mesh-sales-owner")
    with acting_as(PLATFORM, "deployer"):
        set_ref, set_arn = made_set("mesh-sales-owner")
        ref, properties = assigned(set_arn)
        assert roles("mesh-sales-owner") == [("/aws-reserved/sso.amazonaws.com/eu-west-1/", [arn])]
        with pytest.raises(Exception, match="is assigned"):
            handler("PermissionSet")["delete"](set_ref, {})
        handler("Assignment")["delete"](ref, properties)
        handler("PermissionSet")["delete"](set_ref, {})
    assert roles("mesh-sales-owner") == []


def test_a_set_is_not_assigned_where_its_policy_is_not() -> None:
    with acting_as(PLATFORM, "deployer"):
        _, arn = made_set("mesh-sales-steward")
        with pytest.raises(Exception, match=f"account {SALES} has no policy arn:aws:iam::{SALES}:policy{PATH}mesh-sales-steward"):
            assigned(arn)
    assert roles("mesh-sales-steward") == []


def test_two_sets_have_not_one_name() -> None:
    with acting_as(PLATFORM, "deployer"):
        made_set("mesh-sales-engineer")
        with pytest.raises(Exception, match="already exists"):
            made_set("mesh-sales-engineer")
