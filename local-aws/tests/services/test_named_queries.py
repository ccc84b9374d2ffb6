"""Queries under a name."""

from __future__ import annotations

import pytest
from in_process import PLATFORM, acting_as
from ministack.services.cloudformation import provisioners

from mesh_local_aws import stores
from mesh_local_aws.hooks import Refused


def test_a_named_query_is_kept_until_its_stack_goes() -> None:
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Athena::NamedQuery"]
    query = {"Name": "who-read-what", "Database": "mesh_audit", "QueryString": "SELECT 1", "WorkGroup": "primary"}
    with acting_as(PLATFORM, "deployer"):
        ref, _ = handlers["create"]("Query", query, "audit")
        assert stores.call("athena", "GetNamedQuery", {"NamedQueryId": ref})["NamedQuery"]["QueryString"] == "SELECT 1"
        handlers["delete"](ref, query)
        with pytest.raises(Refused):
            stores.call("athena", "GetNamedQuery", {"NamedQueryId": ref})
        handlers["delete"](ref, query)
