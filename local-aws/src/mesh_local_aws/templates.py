"""What a template says that cannot be so, whatever there is in the account: before anything is made of it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any

from mesh_local_aws import resource_properties, schemas
from mesh_local_aws.refusal import Document

_SECTIONS = frozenset(
    (
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Hooks",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
        "Transform",
    )
)
_OF_A_RESOURCE = frozenset(
    ("Condition", "CreationPolicy", "DeletionPolicy", "DependsOn", "Metadata", "Properties", "Type", "UpdatePolicy", "UpdateReplacePolicy")
)
_POLICIES = {
    "DeletionPolicy": ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot"),
    "UpdateReplacePolicy": ("Delete", "Retain", "Snapshot"),
}
_IN_TEXT = re.compile(r"\$\{([^!}][^}]*)\}")


def problems(template: Document, conditions: Document) -> list[str]:
    """All of them. What a condition leaves out need not fit its type, but must be told as everything is."""
    resources = {name: one for name, one in (template.get("Resources") or {}).items() if isinstance(one, dict)}
    return [
        *(f"{section} is not a section of a template" for section in template if section not in _SECTIONS),
        *(problem for name, one in resources.items() for problem in _of_a_resource(name, one)),
        *_of_types({name: one for name, one in resources.items() if conditions.get(str(one.get("Condition")), True)}),
        *_of_references(template, resources),
        *_of_circles(resources),
    ]


def _of_a_resource(name: str, one: Document) -> Iterator[str]:
    for key in one:
        if key not in _OF_A_RESOURCE:
            yield f"{name}: {key} is not an attribute of a resource"
    for key, allowed in _POLICIES.items():
        if isinstance(one.get(key), str) and one[key] not in allowed:
            yield f"{name}: {key}: {one[key]} is not one of {', '.join(allowed)}"


def _of_types(resources: dict[str, Document]) -> Iterator[str]:
    for name, one in resources.items():
        for problem in resource_properties.problems(one.get("Type", ""), one.get("Properties") or {}):
            yield f"{name} ({one.get('Type', '')}): {problem}"


def _of_references(template: Document, resources: dict[str, Document]) -> Iterator[str]:
    known = {*resources, *(template.get("Parameters") or {})}
    for where, said in (*resources.items(), ("Outputs", template.get("Outputs") or {})):
        for name, attribute in _named(said):
            if name not in known and not name.startswith("AWS::"):
                yield f"{where}: there is no resource and no parameter {name}"
            elif attribute is not None and name in resources and not schemas.has_attribute(resources[name].get("Type", ""), attribute):
                yield f"{where}: Fn::GetAtt {name}.{attribute}: {resources[name].get('Type')} has no such attribute"


def _of_circles(resources: dict[str, Document]) -> Iterator[str]:
    try:
        TopologicalSorter({name: [other for other, _ in _named(one) if other in resources] for name, one in resources.items()}).prepare()
    except CycleError as error:
        yield f"circular dependency between resources: {' → '.join(reversed(error.args[1]))}"


def _named(node: Any) -> Iterator[tuple[str, str | None]]:
    """(resource or parameter, attribute) of every Ref, Fn::GetAtt, Fn::Sub and DependsOn whose words are written out."""
    if isinstance(node, list):
        for item in node:
            yield from _named(item)
        return
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key == "Ref" and isinstance(value, str) and len(node) == 1:
            yield value, None
        elif key == "Fn::GetAtt":
            words = value.split(".", 1) if isinstance(value, str) else value
            if isinstance(words, list) and len(words) == 2 and all(isinstance(word, str) for word in words):
                yield words[0], words[1]
        elif key == "Fn::Sub":
            text, own = value if isinstance(value, list) and len(value) == 2 else (value, {})
            for name in _IN_TEXT.findall(text) if isinstance(text, str) else []:
                if name.strip() not in own:
                    resource, _, attribute = name.strip().partition(".")
                    yield resource, attribute or None
            yield from _named(own)
        elif key == "DependsOn" and isinstance(value, str | list) and "Type" in node:
            yield from ((name, None) for name in ([value] if isinstance(value, str) else value))
        else:
            yield from _named(value)
