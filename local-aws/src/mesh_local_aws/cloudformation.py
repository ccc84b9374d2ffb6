"""CloudFormation as strict as AWS's: templates by the schemas of their types, stacks with the role that they are given."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ministack.core import iam_evaluator
from ministack.services.cloudformation import _change_sets, _stacks, handlers
from ministack.services.cloudformation.helpers import _error as refusal
from ministack.services.cloudformation.helpers import _p as parameter

from mesh_local_aws import hooks, permissions, resource_properties, sessions, templates
from mesh_local_aws.refusal import Document, Refused

SERVICE = "cloudformation.amazonaws.com"
#: stack → the role that was last given for it, which stays until another one is.
ROLES = hooks.state("cloudformation-roles")


def install() -> None:
    for module in ("changesets", "handlers"):
        hooks.replace(f"services.cloudformation.{module}", "validate_template_support", _templates)
    hooks.replace("services.cloudformation.helpers", "_resolve_document", _by_host)
    hooks.replace("services.cloudformation.stacks", "_validation_errors", _but_for_imports)
    hooks.replace("services.cloudformation.stacks", "_provision_resource", _provisioned)
    hooks.replace("services.cloudformation.stacks", "_update_resource", _updated)
    hooks.replace("services.cloudformation.stacks", "_delete_resource", _deleted)
    for operation in ("CreateStack", "UpdateStack", "DeleteStack", "CreateChangeSet", "ContinueUpdateRollback", "RollbackStack"):
        handlers._ACTION_HANDLERS[operation] = _with_role(handlers._ACTION_HANDLERS[operation])
    hooks.resumed(end_those_cut_short)


#: What an operation on a stack had begun → where the stack stands when the process ended before it did: where the next deployment, or
#: the next deletion, goes on from.
_CUT_SHORT = {
    "CREATE": "ROLLBACK_FAILED",
    "ROLLBACK": "ROLLBACK_FAILED",
    "UPDATE": "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT": "IMPORT_ROLLBACK_COMPLETE",
    "DELETE": "DELETE_FAILED",
}


def end_those_cut_short() -> None:
    for stack in list(_stacks._data.values()):
        begun, _, rest = stack["StackStatus"].partition("_")
        if rest.endswith("IN_PROGRESS") and begun in _CUT_SHORT:
            stack.update(StackStatus=_CUT_SHORT[begun], StackStatusReason="the local AWS stopped before this operation ended")


# --- templates -------------------------------------------------------------------------------------------------------


def _templates(original: Callable[..., None]) -> Callable[..., None]:
    """Before anything is made."""

    def validate(template: Document, conditions: Document, *more: Any, **named: Any) -> None:
        original(template, conditions, *more, **named)
        found = templates.problems(template, conditions)
        if found:
            raise ValueError("Template validation error: " + "; ".join(found))

    return validate


#: As `cdk import` says where a template is. https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
_BUCKET_IN_HOST = re.compile(r"https://(?P<bucket>[a-z0-9.-]+?)\.s3(?:[.-][a-z0-9-]+)?\.amazonaws\.com/(?P<key>.+)")


def _by_host(original: Callable[..., Any]) -> Callable[..., Any]:
    """The emulator looks for the bucket in the path alone."""

    def document(params: Document, body_key: str, url_key: str, label: str) -> Any:
        named = _BUCKET_IN_HOST.fullmatch(parameter(params, url_key))
        given = params if named is None else {**params, url_key: [f"https://s3.amazonaws.com/{named['bucket']}/{named['key']}"]}
        return original(given, body_key, url_key, label)

    return document


def _but_for_imports(original: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """A bucket that a change set imports since it exists is no conflict of names: `cdk deploy --import-existing-resources`."""

    def errors(resources: Document, *more: Any) -> list[Any]:
        stack_id = more[5]
        imported = {name for each in _change_sets.values() if each["StackId"] == stack_id for name in each.get("_import_existing") or ()}
        return [found for found in original(resources, *more) if found[2] != "NAME_CONFLICT_VALIDATION" or found[0] not in imported]

    return errors


def _hold(type_: str, properties: Document) -> None:
    """Once every value is known."""
    found = resource_properties.problems(type_, properties)
    if found:
        raise ValueError(f"Properties validation failed for resource of type {type_}: {'; '.join(found)}")


# --- the role of a stack ---------------------------------------------------------------------------------------------


def _with_role(original: Callable[[Document], Any]) -> Callable[[Document], Any]:
    def operate(asked: Document) -> Any:
        stack, role = _word(asked, "StackName"), _word(asked, "RoleARN")
        if role:
            try:
                # The caller hands the role over, and CloudFormation must be able to take it.
                who = hooks.caller()
                sessions.require(sessions.twin(who.principal), "iam:PassRole", role, {"iam:passedtoservice": SERVICE})
                sessions.assume(role, SERVICE, "AWSCloudFormation")
            except Refused as refused:
                return refusal("ValidationError", refused.message)
            ROLES[_name(stack)] = {"RoleARN": role}
        return original(asked)

    return operate


def _word(asked: Document, name: str) -> str:
    value = asked.get(name, "")
    return str(value[0] if isinstance(value, list) else value)


def _name(stack: str) -> str:
    return stack.split("/")[1] if stack.startswith("arn:") else stack


def _acting(
    stack: str, type_: str, step: int, properties: Document, before: Document | None, logical_id: str, work: Callable[[], Any]
) -> Any:
    """Does the work as the stack's role, once IAM has agreed; without one as whoever asked."""
    given = ROLES.get(stack)
    held = sessions.twin(hooks.caller().principal) if given is None else sessions.assume(given["RoleARN"], SERVICE, "AWSCloudFormation")
    who = hooks.caller()
    where = permissions.Where(who.account, who.region, hooks.Place(stack, logical_id).name())
    for one in permissions.asked(type_, step, properties, before, where):
        sessions.require(held, one.action, one.resource, one.context)
    for service, role, source in permissions.taken_at_once(type_, step, properties, where):
        sessions.assume(role, service, "AWSCloudFormation", source)
    if given is None:
        return work()
    token = iam_evaluator._request_caller_arn.set(held.principal)
    try:
        return work()
    finally:
        iam_evaluator._request_caller_arn.reset(token)


def _provisioned(original: Callable[..., Any]) -> Callable[..., Any]:
    def provision(type_: str, logical_id: str, properties: Document, stack: str) -> Any:
        _hold(type_, properties)
        return _acting(stack, type_, 0, properties, None, logical_id, lambda: original(type_, logical_id, properties, stack))

    return provision


def _updated(original: Callable[..., Any]) -> Callable[..., Any]:
    def update(type_: str, ref: str, before: Document, after: Document, stack: str, logical_id: str, *more: Any) -> Any:
        if before == after:
            return original(type_, ref, before, after, stack, logical_id, *more)
        _hold(type_, after)
        return _acting(stack, type_, 1, after, before, logical_id, lambda: original(type_, ref, before, after, stack, logical_id, *more))

    return update


def _deleted(original: Callable[..., Any]) -> Callable[..., Any]:
    def delete(type_: str, ref: str, properties: Document, stack: str | None = None, logical_id: str | None = None) -> Any:
        return _acting(
            stack or "", type_, 2, properties, None, logical_id or ref, lambda: original(type_, ref, properties, stack, logical_id)
        )

    return delete
