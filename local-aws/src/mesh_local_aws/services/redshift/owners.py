"""Whose a statement is, as policies ask for it.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonredshiftdataapi.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from mesh_local_aws import hooks
from mesh_local_aws.hooks import Document
from mesh_local_aws.services.redshift import serverless

_KEY = "redshift-data:statement-owner-iam-userid"
#: Between the two functions below: the ARN of the session that handed the statement over.
_SESSION = "redshift-data:session"


def install() -> None:
    hooks.replace("core.iam_actions", "request_tag_context", _with_session)
    hooks.replace("core.iam_evaluator", "_resolve_condition_key", _with_owner)


def _with_session(original: Callable[..., Document]) -> Callable[..., Document]:
    def context(service: str, action: str, body: bytes, asked: Mapping[str, Any]) -> Document:
        found = original(service, action, body, asked)
        if service != "redshift-data":
            return found
        try:
            statement = serverless.STATEMENTS.get(json.loads(body or b"{}").get("Id", ""))
        except ValueError:
            return found
        return found if statement is None else {**found, _SESSION: statement["owner"]}

    return context


def _with_owner(original: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    def resolve(key: str, context: Any) -> Any:
        if key.lower() != _KEY:
            return original(key, context)
        session = context.service_context.get(_SESSION)
        # Sessions of one role are told apart by their names, which both the ARN and the id end with.
        return context.principal_keys.get("aws:userid") if session == context.principal_arn else session

    return resolve
