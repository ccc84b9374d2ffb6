"""Hooks of CloudFormation, which are kept."""

from __future__ import annotations

import pytest
from in_process import SALES, acting_as
from ministack.services.cloudformation import provisioners

from mesh_local_aws.refusal import Refused

HOOK = {"Alias": "Mesh::Policy::Sales", "LambdaFunction": "mesh-sales-policy", "FailureMode": "FAIL"}


def test_an_alias_stands_once_in_an_account_and_again_when_it_has_gone() -> None:
    handler = provisioners._RESOURCE_HANDLERS["AWS::CloudFormation::LambdaHook"]
    with acting_as(SALES, "deployer"):
        ref, attributes = handler["create"]("Hook", HOOK, "sales-policy")
        assert attributes == {"HookArn": ref}
        assert str(ref).endswith(f":{SALES}:type/hook/Mesh-Policy-Sales")
        with pytest.raises((Refused, ValueError), match="is activated already"):
            handler["create"]("Another", HOOK, "other")
        handler["delete"](ref, HOOK)
        handler["create"]("Hook", HOOK, "sales-policy")
