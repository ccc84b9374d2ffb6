"""Policies that resources have themselves: what they let a service of AWS do, and which of them IAM asks."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core import iam_evaluator, responses
from ministack.services import sns

Policy = dict[str, Any] | str | None


def lets_service(policy: Policy, service: str, action: str, resource: str, source: str, more: Mapping[str, str] | None = None) -> bool:
    """Whether a service of AWS may act on a resource for what is called `source`, an ARN of the caller's account. `more` are
    keys of conditions, in lower case, that only this action has."""
    account = responses.get_account_id()
    context = iam_evaluator.EvalContext(
        principal_arn=service, principal_type="Service", principal_account=account, action=action, resource_arn=resource,
        region=responses.get_region(), secure_transport=True,
        # The last is what the policy asks that SNS gives a topic whose owner gives it none.
        service_context={"aws:sourceaccount": account, "aws:sourcearn": source, "aws:sourceowner": account, **(more or {})},
    )  # fmt: skip
    return bool(iam_evaluator.evaluate_resource_policy(policy, context, service=service).decision == "Allow")


def topic_lets(service: str, topic: str, source: str) -> bool:
    """Whether a topic takes what a service of AWS publishes."""
    found = sns.topic_policy_for_arn(topic)
    if found is None:
        return False
    policy, owner = found
    # Without a policy a topic is its account's own.
    return lets_service(policy, service, "sns:Publish", topic, source) if policy else owner == responses.get_account_id()


def keep(service: str, lookup: Callable[[str], tuple[Policy, str] | None]) -> None:
    """IAM also asks what `lookup` finds of an ARN: (policy, the account of its owner), or None of what has no policy."""
    home = importlib.import_module(f"ministack.services.{service}")
    home.mesh_policy_for_arn = lookup  # type: ignore[attr-defined]
    iam_evaluator._RESOURCE_POLICY_LOOKUPS[{"eventbridge": "events"}.get(service, service)] = (service, "mesh_policy_for_arn")
