"""A service of AWS, as botocore describes it, and what it is asked."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import botocore.loaders
from botocore.model import OperationModel, ServiceModel


@dataclass(frozen=True)
class Request:
    """As it arrives: header names in lower case, values of the query as lists."""

    method: str
    path: str
    headers: Mapping[str, Any]
    body: bytes
    query: Mapping[str, Any]

    def header(self, name: str) -> str:
        return str(self.headers.get(name, ""))


@dataclass(frozen=True)
class Route:
    """Where an operation of a protocol with paths is found."""

    method: str
    pattern: re.Pattern[str]
    operation: OperationModel
    #: What the query must say, and headers that must be there: a path may be of several operations.
    query: Mapping[str, str | None]
    headers: frozenset[str]

    def labels(self, request: Request) -> dict[str, str] | None:
        """What the path says; None where the request is another operation's."""
        found = self.pattern.match(request.path.rstrip("/") or "/") if self.method == request.method else None
        if found is None or not self.headers <= request.headers.keys():
            return None
        return found.groupdict() if all(_says(request.query, name, value) for name, value in self.query.items()) else None


def _says(query: Mapping[str, Any], name: str, value: str | None) -> bool:
    said = query.get(name)
    return said is not None and (value is None or value in (said, *said))


class Api:
    """A service of AWS, as botocore describes it."""

    def __init__(self, name: str, model: ServiceModel) -> None:
        self.name = name
        self.model = model
        self.signing_name: str = model.signing_name
        self.protocol: str = model.metadata["protocol"]
        self.protocols: frozenset[str] = frozenset(model.metadata.get("protocols") or [self.protocol])
        self.target_prefix: str | None = model.metadata["targetPrefix"] if self.protocol == "json" else None

    @staticmethod
    @functools.cache
    def of(name: str) -> Api:
        """By botocore's name. Raises UnknownServiceError."""
        return Api(name, ServiceModel(botocore.loaders.Loader().load_service_model(name, "service-2"), name))

    def shape(self, operation: str) -> OperationModel:
        """Raises OperationNotFoundError."""
        return self.model.operation_model(operation)

    def spoken(self, request: Request) -> str:
        """The protocol of a request: some services take several."""
        if "rest-json" in self.protocols or "rest-xml" in self.protocols:
            return self.protocol
        if "smithy-rpc-v2-cbor" in self.protocols and request.header("smithy-protocol") == "rpc-v2-cbor":
            return "smithy-rpc-v2-cbor"
        if "query" not in self.protocols or request.header("x-amz-target"):
            return "json"
        return "query"

    @functools.cached_property
    def routes(self) -> list[Route]:
        """Those that ask for most first, then those with most literal text."""
        found = [_route(self.shape(operation), self.protocol) for operation in self.model.operation_names]
        found = [route for route in found if not route.operation.deprecated or self.protocol == "rest-json"]
        return sorted(found, key=lambda route: (-len(route.query) - len(route.headers), -_literal(route.operation)))


def _route(operation: OperationModel, protocol: str) -> Route:
    uri, _, query = operation.http["requestUri"].partition("?")
    # The last label may be an ARN, whose slashes arrive decoded. No bucket has a slash.
    last = ".+" if protocol == "rest-json" else "[^/]+"
    pattern = re.sub(
        r"\{(\w+)(\+?)\}($)?",
        lambda part: f"(?P<{part[1]}>{'.+' if part[2] else last if part[3] is not None else '[^/]+'})",
        uri.rstrip("/") or "/",
    )
    said = {name: value or None for name, _, value in (each.partition("=") for each in query.split("&") if each)}
    headers = frozenset[str]()
    if protocol == "rest-xml":
        # Operations of S3 share their paths: what one must be given tells it from the others, too.
        places = [(member.serialization.get("location"), member.serialization.get("name", name)) for name, member in _required(operation)]
        said |= {name: None for place, name in places if place == "querystring"}
        headers = frozenset(name.lower() for place, name in places if place == "header")
    return Route(operation.http["method"], re.compile(f"{pattern}/?$"), operation, said, headers)


def _required(operation: OperationModel) -> list[tuple[str, Any]]:
    shape = operation.input_shape
    return [] if shape is None else [(name, shape.members[name]) for name in shape.required_members]


def _literal(operation: OperationModel) -> int:
    return len(re.sub(r"\{[^}]*\}", "", operation.http["requestUri"].partition("?")[0].rstrip("/") or "/"))
