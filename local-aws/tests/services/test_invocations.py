"""Functions that another account calls."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from in_process import CONSUMER, PLATFORM, REGION, SALES, acting_as, decided_by_resource
from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from mesh_local_aws import hooks
from mesh_local_aws.services import invocations

GRANTS = f"arn:aws:lambda:{REGION}:{SALES}:function:mesh-sales-grants"


def test_a_function_runs_in_its_own_account() -> None:
    ran: list[tuple[str, str]] = []

    async def original(method: str, path: str, *_: Any) -> None:
        ran.append((method, hooks.caller().account))

    handle = invocations._in_its_account(original)
    with acting_as(PLATFORM, "mesh-platform-subscriptions"):
        asyncio.run(handle("POST", f"/2015-03-31/functions/{GRANTS}/invocations", {}, b"{}", {}))
        asyncio.run(handle("GET", f"/2015-03-31/functions/{GRANTS}", {}, b"", {}))
    assert ran == [("POST", SALES), ("GET", PLATFORM)]


@pytest.fixture(name="_function")
def _function() -> Any:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{PLATFORM}:root"},
        "Action": "lambda:InvokeFunction",
        "Resource": GRANTS,
    }
    with acting_as(SALES, "deployer"):
        lambda_svc._functions["mesh-sales-grants"] = {"policy": {"Version": "2012-10-17", "Statement": [statement]}}
        yield
        del lambda_svc._functions["mesh-sales-grants"]


@pytest.mark.usefixtures("_function")
def test_the_policy_of_the_function_is_asked() -> None:
    def decided(account: str, arn: str = GRANTS) -> str:
        with acting_as(account, "handler"):
            decision, owner = decided_by_resource(account, "lambda:InvokeFunction", arn)
        assert owner == SALES
        return decision

    assert (decided(PLATFORM), decided(CONSUMER), decided(PLATFORM, f"{GRANTS}-of-another")) == ("Allow", "ImplicitDeny", "ImplicitDeny")


@pytest.mark.usefixtures("_function")
def test_a_permission_on_an_alias_is_for_nothing_but_the_alias() -> None:
    with acting_as(SALES, "deployer"):
        function = lambda_svc._functions["mesh-sales-grants"]
        function["policy"]["Statement"][0]["Resource"] = f"{GRANTS}:crm"

    def decided(arn: str) -> str:
        with acting_as(PLATFORM, "handler"):
            return decided_by_resource(PLATFORM, "lambda:InvokeFunction", arn)[0]

    assert [decided(arn) for arn in (f"{GRANTS}:crm", GRANTS, f"{GRANTS}:sales")] == ["Allow", "ImplicitDeny", "ImplicitDeny"]


def test_an_error_of_a_handler_keeps_its_name() -> None:
    told = invocations._with_names(
        lambda *_: {"error": True, "body": {"errorType": "Runtime.HandlerError", "errorMessage": "\u0001Busy\u0001not\u0001now"}}
    )
    assert told()["body"] == {"errorType": "Busy", "errorMessage": "not\u0001now"}
    assert "err.name" in lambda_runtime._NODEJS_WORKER_SCRIPT
