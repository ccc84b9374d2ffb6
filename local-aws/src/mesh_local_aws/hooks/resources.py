"""Types of CloudFormation. It needs the emulator's tables of handlers, of imports and of properties which replace, and its names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ministack.services.cloudformation import changesets, provisioners

from mesh_local_aws import schemas
from mesh_local_aws.refusal import Document


@dataclass(frozen=True)
class Place:
    """Which resource of which stack."""

    stack: str
    logical_id: str

    def name(self, longest: int = 128, lowercase: bool = False) -> str:
        """A name as CloudFormation makes it where a template gives none: the same each time it is asked for."""
        made: str = provisioners._physical_name(self.stack, self.logical_id, max_len=longest, lowercase=lowercase)
        return made


@dataclass(frozen=True)
class Made:
    """What `Ref` answers, and what `Fn::GetAtt` does."""

    ref: str
    attributes: Document = field(default_factory=dict)


Create = Callable[[Document, Place], Made]
Update = Callable[[str, Document, Document, Place], Made]
Delete = Callable[[str, Document], None]

RESOURCES: list[str] = []


def resource(type_: str, *, create: Create, delete: Delete, update: Update | None = None) -> None:
    """A type of CloudFormation, by its properties with every intrinsic resolved.

    `update(ref, before, after, place)`; a change of a create-only property, of which the type's schema tells, makes a
    new one and deletes the old when the stack's update is complete. A type without `update` has only such properties.
    What is raised fails the resource, with its message as the reason.
    """

    def made(logical_id: str, properties: Document, stack: str) -> tuple[str, Document]:
        done = create(properties, Place(stack, logical_id))
        return done.ref, done.attributes

    def changed(ref: str, before: Document, after: Document, stack: str, logical_id: str) -> tuple[str, Document]:
        if update is None:
            raise ValueError(f"{type_} cannot be updated: {_differences(before, after)} changed")
        done = update(ref, before, after, Place(stack, logical_id))
        return done.ref, done.attributes

    provisioners._RESOURCE_HANDLERS[type_] = {
        "create": made,
        "update": changed,
        "update_with_logical_id": True,
        "delete": delete,
    }
    provisioners._REPLACING_PROPERTIES[type_] = schemas.create_only(type_)
    RESOURCES.append(type_)


def importable(type_: str, *keys: str, found: Callable[..., Made | None]) -> None:
    """A type whose resources a stack takes over: by the properties that identify one, which its template says, or who imports it.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html
    """

    def problem(*identifier: str) -> str | None:
        return None if found(*identifier) else f"Resource of type '{type_}' with identifier '{'|'.join(identifier)}' was not found."

    def taken_over(identifier: Document) -> tuple[str, Document]:
        made = found(*(identifier[key] for key in keys))
        assert made is not None
        return made.ref, made.attributes

    changesets._IMPORT_LOOKUPS[type_] = (keys, problem)
    provisioners._RESOURCE_HANDLERS[type_]["import"] = taken_over


def _differences(before: Document, after: Document) -> str:
    return ", ".join(sorted(key for key in {*before, *after} if before.get(key) != after.get(key)))
