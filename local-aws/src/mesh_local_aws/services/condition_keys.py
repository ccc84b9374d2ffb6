"""What policies may look at in a request, where the emulator does not tell IAM.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import cbor2

from mesh_local_aws import hooks
from mesh_local_aws.hooks import Document

#: (service, name in the request) → condition key.
_KEYS = {("cloudformation", "RoleARN"): "cloudformation:RoleArn", ("monitoring", "Namespace"): "cloudwatch:namespace"}


def install() -> None:
    hooks.replace("core.iam_actions", "request_tag_context", _with_keys)


def _with_keys(original: Callable[..., Document]) -> Callable[..., Document]:
    def context(service: str, action: str, body: bytes, asked: Mapping[str, Any]) -> Document:
        wanted = {name: key for (of, name), key in _KEYS.items() if of == service}
        said = {**_body(body), **asked} if wanted else {}
        found = {key: _word(said[name]) for name, key in wanted.items() if said.get(name)}
        return {**original(service, action, body, asked), **found}

    return context


def _body(body: bytes) -> Document:
    """Of a request in JSON or CBOR; one that is a form has been read already."""
    for read in (json.loads, cbor2.loads):
        try:
            found = read(body)
        except (ValueError, cbor2.CBORDecodeError):
            continue
        if isinstance(found, dict):
            return found
    return {}


def _word(value: Any) -> str:
    return str(value[0] if isinstance(value, list) else value)
