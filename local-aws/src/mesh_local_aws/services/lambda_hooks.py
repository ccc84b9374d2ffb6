"""Hooks of CloudFormation as a template makes them. They are kept and not asked: no stack operation waits for one here."""

from __future__ import annotations

from mesh_local_aws import hooks
from mesh_local_aws.hooks import Document, Made, Place, Refused

ACTIVATED = hooks.state("lambda-hooks")


def install() -> None:
    hooks.resource("AWS::CloudFormation::LambdaHook", create=_create, update=_update, delete=_delete)


def _create(properties: Document, _: Place) -> Made:
    alias = properties["Alias"]
    if alias in ACTIVATED:
        raise Refused("AlreadyExistsException", f"{alias} is activated already, and an alias stands once in an account and region")
    ACTIVATED[alias] = properties
    caller = hooks.caller()
    arn = f"arn:aws:cloudformation:{caller.region}:{caller.account}:type/hook/{alias.replace('::', '-')}"
    return Made(arn, {"HookArn": arn})


def _update(ref: str, _: Document, after: Document, __: Place) -> Made:
    ACTIVATED[after["Alias"]] = after
    return Made(ref, {"HookArn": ref})


def _delete(_: str, properties: Document) -> None:
    ACTIVATED.pop(properties["Alias"], None)
