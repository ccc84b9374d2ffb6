"""Bodies of the protocol rest-xml: https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html"""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from botocore.model import Shape

from mesh_local_aws.refusal import Document, Refused
from mesh_local_aws.wire import values


def read(shape: Shape, body: bytes) -> Document:
    """What a request's payload says. Raises Refused(MalformedXML)."""
    try:
        root = ElementTree.fromstring(body)
        wanted = shape.serialization.get("name", shape.name)
        if _name(root) != wanted:
            raise Refused("MalformedXML", f"the body is no {wanted}, but {_name(root)}", 400)
        return _structure(shape, root)
    except ElementTree.ParseError as error:
        raise Refused("MalformedXML", f"the body is not XML: {error}", 400) from None
    except Refused as refused:
        raise Refused("MalformedXML", refused.message, 400) from None


def _structure(shape: Shape, element: Element) -> Document:
    """A name that the model does not know stays, for the validation to refuse it."""
    found: Document = {}
    known = set()
    for key, member in shape.members.items():
        name = member.serialization.get("name", key)
        if member.serialization.get("xmlAttribute"):
            # With a prefix in the model, and with the namespace here.
            value = next((text for attribute, text in element.attrib.items() if _local(attribute) == name.rpartition(":")[2]), None)
            if value is not None:
                found[key] = value
            continue
        parts = [child for child in element if _name(child) == name]
        known.add(name)
        if member.type_name == "list" and member.serialization.get("flattened"):
            parts = [child for child in element if _name(child) == member.member.serialization.get("name", name)]
            known |= {_name(part) for part in parts}
            if parts:
                found[key] = [_value(member.member, part) for part in parts]
        elif parts:
            found[key] = _value(member, parts[-1])
    return found | {_name(child): child.text for child in element if _name(child) not in known}


def _value(shape: Shape, element: Element) -> Any:
    if shape.type_name == "structure":
        return _structure(shape, element)
    if shape.type_name == "list":
        return [_value(shape.member, child) for child in element]
    if shape.type_name == "map":
        raise Refused("MalformedXML", f"{_name(element)} is a map, which no body of S3 has", 400)
    return values.text(shape, (element.text or "").strip() if shape.type_name != "string" else element.text or "")


def _name(element: Element) -> str:
    return _local(element.tag)


def _local(name: str) -> str:
    return name.rpartition("}")[2]
