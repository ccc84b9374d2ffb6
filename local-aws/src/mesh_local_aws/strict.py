"""What AWS would refuse is refused: templates by the schemas of their types, requests by the models of their services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ministack.app as app


from mesh_local_aws import hooks, schemas, wire
from mesh_local_aws.wire import Document

#: Services of the emulator that take JSON, by their names there, and botocore's name for each.
VALIDATED = {
    "athena": "athena", "dynamodb": "dynamodb", "events": "events", "glue": "glue", "kms": "kms", "logs": "logs",
    "secretsmanager": "secretsmanager", "ssm": "ssm", "states": "stepfunctions",
}


def install() -> None:
    hooks.replace("services.cloudformation.changesets", "validate_template_support", _templates)
    hooks.replace("services.cloudformation.handlers", "validate_template_support", _templates)
    hooks.replace("services.cloudformation.provisioners", "_provision_resource", _provisioned)
    hooks.replace("services.cloudformation.provisioners", "_update_resource", _updated)
    for service, model in VALIDATED.items():
        app.SERVICE_HANDLERS[service] = _validated(service, model)


def _templates(original: Callable[..., None]) -> Callable[..., None]:
    """Before anything is made: types, properties and attributes that do not exist."""

    def validate(template: Document, conditions: Document, *more: Any, **named: Any) -> None:
        original(template, conditions, *more, **named)
        found = template_problems(template, conditions)
        if found:
            raise ValueError("Template validation error: " + "; ".join(found))

    return validate


def template_problems(template: Document, conditions: Document) -> list[str]:
    resources = {
        name: one for name, one in (template.get("Resources") or {}).items()
        if isinstance(one, dict) and (one.get("Condition") is None or conditions.get(one["Condition"], True))
    }
    types = {name: one.get("Type", "") for name, one in resources.items()}
    found = [
        f"{name} ({one['Type']}): {problem}"
        for name, one in resources.items() for problem in schemas.problems(one["Type"], one.get("Properties") or {})
    ]
    for name, attribute in _attributes([resources, template.get("Outputs") or {}]):
        if name in types and not schemas.has_attribute(types[name], attribute):
            found.append(f"Fn::GetAtt {name}.{attribute}: {types[name]} has no such attribute")
    return found


def _attributes(node: Any) -> list[tuple[str, str]]:
    """(resource, attribute) of every Fn::GetAtt whose words are written out."""
    if isinstance(node, list):
        return [found for item in node for found in _attributes(item)]
    if not isinstance(node, dict):
        return []
    found = [pair for value in node.values() for pair in _attributes(value)]
    wanted = node.get("Fn::GetAtt")
    if isinstance(wanted, str):
        wanted = wanted.split(".", 1)
    if isinstance(wanted, list) and len(wanted) == 2 and all(isinstance(word, str) for word in wanted):
        found.append((wanted[0], wanted[1]))
    return found


def _provisioned(original: Callable[..., Any]) -> Callable[..., Any]:
    def provision(type_: str, logical_id: str, properties: Document, stack: str) -> Any:
        _hold(type_, properties)
        return original(type_, logical_id, properties, stack)

    return provision


def _updated(original: Callable[..., Any]) -> Callable[..., Any]:
    def update(type_: str, ref: str, before: Document, after: Document, *more: Any, **named: Any) -> Any:
        _hold(type_, after)
        return original(type_, ref, before, after, *more, **named)

    return update


def _hold(type_: str, properties: Document) -> None:
    """Once every value is known."""
    found = schemas.problems(type_, properties)
    if found:
        raise ValueError(f"Properties validation failed for resource of type {type_}: {'; '.join(found)}")


def _validated(service: str, model: str) -> Callable[..., Any]:
    original = app.SERVICE_HANDLERS[service]
    api = wire.Api.of(model)

    async def handle(method: str, path: str, headers: Document, body: bytes, query: Document) -> Any:
        # What is not of the API, a console's page or Iceberg's own protocol, has no such header.
        if api.target_prefix is not None and str(headers.get("x-amz-target", "")).startswith(api.target_prefix):
            request = wire.Request(method, path, headers, body, query)
            try:
                operation, asked = wire.read(api, request)
                wire.check(api.shape(operation).input_shape, asked)
            except wire.Refused as refused:
                return wire.refusal(api, refused)
        return await original(method, path, headers, body, query)

    return handle

