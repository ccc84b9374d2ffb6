"""Credentials of roles, as services of AWS get them, and what whoever has them may do."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from ministack.core import iam_evaluator, responses
from ministack.services import iam, sts

from mesh_local_aws import hooks
from mesh_local_aws.refusal import Refused

#: As long as AWS's services keep a role for one piece of work.
_LASTS = 12 * 3600
#: Where the condition keys of a session stand in the emulator's record of it.
_KEYS = "MeshConditionKeys"


def install() -> None:
    hooks.replace("core.iam_evaluator", "_principal_keys", _with_keys)
    hooks.replace("core.iam_actions", "access_denied_response", _reasoned)
    hooks.replace("services.sts", "_evict_expired_sessions", lambda _: _evict)
    hooks.replace("services.sts", "get_state", lambda _: _kept)
    hooks.replace("services.sts", "load_persisted_state", lambda _: _load)


def _evict() -> None:
    """Roles are assumed by many threads at once: what is looked through is a copy, since others add to it meanwhile."""
    now = time.time()
    for key, session in list(sts._sessions.items()):
        if session.get("Expiration", now) < now:
            sts._sessions.pop(key, None)


def _kept() -> dict[str, Any]:
    """Sessions that somebody was given and may still use after a restart. What services took for their own work ends with it."""
    now = time.time()
    return {
        "sessions": {
            key: session for key, session in list(sts._sessions.items()) if session.get("Expiration", 0) > now and _KEYS not in session
        }
    }


def _load(data: dict[str, Any]) -> None:
    sts._sessions.update(data.get("sessions", {}))


def _with_keys(original: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    return lambda credential: {**original(credential), **(sts._sessions.get(credential.access_key_id) or {}).get(_KEYS, {})}


@dataclass(frozen=True)
class Credentials:
    """Of a session, or of an account's root."""

    access_key: str
    secret_key: str
    token: str | None
    account: str
    principal: str

    def environment(self) -> dict[str, str]:
        """What a process needs to act with them in this AWS."""
        found = {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key, "AWS_ENDPOINT_URL": endpoint()}
        return found if self.token is None else {**found, "AWS_SESSION_TOKEN": self.token}


def endpoint() -> str:
    return f"http://127.0.0.1:{os.environ.get('GATEWAY_PORT', '4566')}"


def role(arn: str) -> dict[str, Any] | None:
    """A role, by its ARN with the path that it has."""
    account, name = arn.split(":")[4], arn.rpartition("/")[2]
    found: dict[str, Any] | None = iam._roles.get_scoped(account, None, name)
    return found if found is not None and found.get("Arn") == arn else None


def role_named(account: str, name: str) -> str | None:
    """The ARN of a role, whose session does not tell the path."""
    found = iam._roles.get_scoped(account, None, name)
    return None if found is None else str(found["Arn"])


def assume(
    arn: str,
    service: str,
    session: str,
    source_arn: str | None = None,
    keys: dict[str, Any] | None = None,
    context: dict[str, Any] | None = None,
) -> Credentials:
    """What a service of AWS does with a role that it is given. `keys` are condition keys, in lower case, that the service marks
    the session with, `context` those that the role's trust may look at beside. Raises Refused: no such role, or its trust is not
    for this service or not for what it works on."""
    found = role(arn)
    account = responses.get_account_id()
    context = iam_evaluator.EvalContext(
        principal_arn=service,
        principal_type="Service",
        principal_account=account,
        action="sts:AssumeRole",
        resource_arn=arn,
        region=responses.get_region(),
        service_context={"aws:sourceaccount": account, **({"aws:sourcearn": source_arn} if source_arn else {}), **(context or {})},
    )
    if found is None or not _trusts(found, service, context):
        why = "there is no such role" if found is None else f"its trust policy does not let {service} assume it"
        raise Refused("AccessDeniedException", f"the role {arn} cannot be assumed: {why}", 400)
    return _registered(
        f"arn:aws:sts::{account}:assumed-role/{found['RoleName']}/{session[:64]}", account, str(found.get("RoleId", "")), keys
    )


def twin(principal: str, keys: dict[str, Any] | None = None) -> Credentials:
    """A session of whoever asks, for what a service does on their behalf."""
    account = principal.split(":")[4]
    if principal.endswith(":root"):
        return Credentials(account, os.environ.get("AWS_SECRET_ACCESS_KEY", "test"), None, account, principal)
    if ":user/" in principal:
        return _registered(principal, account, principal.rpartition("/")[2], keys, kind="User")
    return _registered(principal, account, principal.rpartition("/")[2], keys)


def _registered(principal: str, account: str, identity: str, keys: dict[str, Any] | None, kind: str = "AssumedRole") -> Credentials:
    made = Credentials(f"ASIA{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30), secrets.token_urlsafe(60), account, principal)
    sts.register_session(
        made.access_key,
        {
            "Arn": principal,
            "UserId": f"{identity}:session",
            "SecretAccessKey": made.secret_key,
            "SessionToken": made.token,
            "Expiration": time.time() + _LASTS,
            "AccountId": account,
            "PrincipalType": kind,
            _KEYS: keys or {},
            **({"PrincipalName": principal.rpartition("/")[2]} if kind == "User" else {}),
        },
    )
    return made


def _trusts(found: dict[str, Any], service: str, context: Any) -> bool:
    document = found.get("AssumeRolePolicyDocument") or {}
    document = json.loads(document) if isinstance(document, str) else document
    allowed = False
    for statement in _listed(document.get("Statement")):
        principal = statement.get("Principal")
        services = _listed(principal.get("Service")) if isinstance(principal, dict) else []
        actions = _listed(statement.get("Action"))
        if (service not in services and principal != "*") or not {"sts:AssumeRole", "sts:*", "*"} & set(actions):
            continue
        if not iam_evaluator._conditions_met(statement.get("Condition") or {}, context):
            continue
        if statement.get("Effect") == "Deny":
            return False
        allowed = True
    return allowed


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def require(credentials: Credentials, action: str, resource: str, context: dict[str, Any] | None = None) -> None:
    """Raises Refused(AccessDeniedException) where IAM does not allow the action on the resource."""
    service = action.split(":")[0]
    with responses.request_scope(credentials.account, responses.get_region()):
        denied = iam_evaluator.enforce(
            credentials.access_key, action, service, responses.get_region(), resource_arn=resource, service_context=context
        )
    if denied is not None:
        who = getattr(denied, "principal_arn", "") or credentials.access_key
        raise Refused("AccessDeniedException", _denied(who, action, resource), 400)


def _denied(principal: str, action: str, resource: str) -> str:
    """Who may not do what, on what, and which policies to look into."""
    _, _, _, _, account, name = principal.split(":", 5)
    kind, _, rest = name.partition("/")
    found = iam._roles.get_scoped(account, None, rest.split("/")[0]) if kind == "assumed-role" else None
    boundary = (found or {}).get("PermissionsBoundary")
    policies = (
        "no identity-based policy allows"
        if boundary is None
        else f"no identity-based policy, or not the permissions boundary {boundary}, allows"
    )
    return f"User: {principal} is not authorized to perform: {action} on resource: {resource} because {policies} the {action} action"


def _reasoned(original: Callable[..., Any]) -> Callable[..., Any]:
    """The emulator's own refusals name no resource, and no boundary."""

    def respond(service: str, action: str, principal: str, request: str, **more: Any) -> Any:
        known = more.get("message") or more.get("error_code") or more.get("explicit_deny") or principal.count(":") < 5
        reason = {} if known else {"message": _denied(principal, action, more.get("resource_arn", "*"))}
        return original(service, action, principal, request, **{**more, **reason})

    return respond


def require_of_caller(action: str, resources: Iterable[str]) -> None:
    """Raises Refused unless whoever asks may do it to each. Before a request is served, IAM is asked of one resource alone."""
    asker = twin(hooks.caller().principal)
    for resource in resources:
        require(asker, action, resource)


def condition_value(key: str, context: Any) -> Any:
    """What a condition key has in a request, as conditions see it; None where it has nothing."""
    return iam_evaluator._resolve_condition_key(key, context)


def client(service: str, credentials: Credentials, region: str | None = None) -> Any:
    """boto3's, which asks this AWS as anybody would. Not to be called on the loop that answers."""
    return boto3.client(
        service,
        region_name=region or responses.get_region(),
        endpoint_url=endpoint(),
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        aws_session_token=credentials.token,
        config=Config(retries={"mode": "standard", "max_attempts": 2}, s3={"addressing_style": "path"}),
    )
