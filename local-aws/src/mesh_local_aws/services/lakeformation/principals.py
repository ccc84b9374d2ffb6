"""Principals, as grants name them and as requests come from them."""

from __future__ import annotations

from mesh_local_aws import hooks, sessions
from mesh_local_aws.services.lakeformation import settings


def of_caller() -> str:
    """The role of a session by its ARN with its path, a user, or the root."""
    return role_of(hooks.caller().principal)


def role_of(principal: str) -> str:
    if ":assumed-role/" not in principal:
        return principal
    account, name = principal.split(":")[4], principal.split("/")[1]
    return sessions.role_named(account, name) or f"arn:aws:iam::{account}:role/{name}"


def names(granted: str, principal: str) -> bool:
    """Whether a grant to `granted` is one to the principal."""
    account = principal.split(":")[4]
    return granted in (principal, settings.EVERYONE, account, f"{account}:IAMPrincipals", f"arn:aws:iam::{account}:root")


def exists(identifier: str) -> bool:
    if identifier == settings.EVERYONE or identifier.endswith(":IAMPrincipals") or identifier.isdigit():
        return True
    return not identifier.startswith("arn:aws:iam:") or ":role/" not in identifier or sessions.role(identifier) is not None
