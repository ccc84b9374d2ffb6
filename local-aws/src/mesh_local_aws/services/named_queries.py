"""Queries that a template keeps in Athena under a name; each change makes another one."""

from __future__ import annotations

from mesh_local_aws import hooks, stores
from mesh_local_aws.hooks import Document, Made, Place


def install() -> None:
    hooks.resource("AWS::Athena::NamedQuery", create=_create, delete=_delete)


def _create(properties: Document, place: Place) -> Made:
    made = stores.call("athena", "CreateNamedQuery", {"Name": place.name(128), **properties})
    return Made(made["NamedQueryId"], {"NamedQueryId": made["NamedQueryId"]})


def _delete(ref: str, _: Document) -> None:
    stores.call("athena", "DeleteNamedQuery", {"NamedQueryId": ref})
