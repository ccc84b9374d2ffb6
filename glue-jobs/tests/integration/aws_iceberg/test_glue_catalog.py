"""A name in the Glue Data Catalog moves once, from where it was looked at, whatever is heard of the attempt."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg.catalog import CommitConflict
from mesh_jobs.adapters.iceberg.glue_catalog import GlueCatalog
from mesh_jobs.domain.errors import MeshError, PublishConflict
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.table_store import Swap
from support.aws import WAREHOUSE
from support.metadata import history

ORDERS, DAILY = TableName("sales", "orders_v1"), TableName("sales", "daily_v1")
LOST = ReadTimeoutError(endpoint_url="https://glue.eu-central-1.amazonaws.com")


class Wire:
    """Glue at the other end of a line that can be cut, before a request arrives or before its answer does."""

    def __init__(self) -> None:
        self._glue = boto3.client("glue")
        self._faults: dict[str, tuple[str, Exception]] = {}
        self._meanwhile: dict[str, Callable[[], object]] = {}

    def cut(self, call: str, when: str, error: Exception = LOST) -> None:
        self._faults[call] = (when, error)

    def meanwhile(self, call: str, what: Callable[[], object]) -> None:
        """Something that happens right before a call arrives."""
        self._meanwhile[call] = what

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._glue, name)
        if name not in self._faults and name not in self._meanwhile:
            return call

        def cut(**asked: Any) -> Any:
            self._meanwhile.pop(name, lambda: None)()
            when, error = self._faults.pop(name, ("", LOST))
            if when == "before":
                raise error
            answer = call(**asked)
            if when == "after":
                raise error
            return answer

        return cut


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "emulated"}}, "UpdateTable")


@pytest.fixture
def wire(aws: str) -> Wire:
    return Wire()


@pytest.fixture
def catalog(wire: Wire) -> GlueCatalog:
    return GlueCatalog(wire, WAREHOUSE, ("sales", "sales_internal"))


def where(catalog: GlueCatalog, table: TableName = ORDERS) -> str | None:
    found = catalog.find(table)
    return found.location if found else None


def test_of_many_writers_at_once_one_moves_the_name(catalog: GlueCatalog) -> None:
    start = history(1, ORDERS)[0]
    catalog.register(ORDERS, start)
    rivals = [history(1, ORDERS)[0] for _ in range(8)]

    def move(to: str) -> bool:
        try:
            GlueCatalog(boto3.client("glue"), WAREHOUSE, ("sales",)).move(ORDERS, start, to)
        except CommitConflict:
            return False
        return True

    boto3.client("glue")
    with ThreadPoolExecutor(8) as pool:
        won = [to for to, moved in zip(rivals, pool.map(move, rivals), strict=True) if moved]
    assert [where(catalog)] == won


def test_a_rival_between_looking_and_moving_is_a_conflict(catalog: GlueCatalog, wire: Wire) -> None:
    start, mine = history(2, ORDERS)
    catalog.register(ORDERS, start)
    theirs = history(1, ORDERS)[0]
    wire.meanwhile("update_table", lambda: GlueCatalog(boto3.client("glue"), WAREHOUSE, ()).move(ORDERS, start, theirs))
    with pytest.raises(CommitConflict, match="changed by another writer"):
        catalog.move(ORDERS, start, mine)
    assert where(catalog) == theirs


@pytest.mark.parametrize("code", ["InternalServiceException", "ConcurrentModificationException", None])
def test_a_move_whose_answer_is_lost_is_done(catalog: GlueCatalog, wire: Wire, code: str | None) -> None:
    start, new = history(2, ORDERS)
    catalog.register(ORDERS, start)
    wire.cut("update_table", "after", refused(code) if code else LOST)
    catalog.move(ORDERS, start, new)
    assert where(catalog) == new


def test_a_move_that_did_not_arrive_is_an_error_and_can_be_made_again(catalog: GlueCatalog, wire: Wire) -> None:
    start, new = history(2, ORDERS)
    catalog.register(ORDERS, start)
    wire.cut("update_table", "before")
    with pytest.raises(ReadTimeoutError):
        catalog.move(ORDERS, start, new)
    assert where(catalog) == start
    catalog.move(ORDERS, start, new)
    assert where(catalog) == new


def test_a_name_whose_making_is_not_answered_is_made(catalog: GlueCatalog, wire: Wire) -> None:
    start = history(1, ORDERS)[0]
    wire.cut("create_table", "after")
    assert catalog.register(ORDERS, start) == start
    wire.cut("create_table", "before")
    with pytest.raises(ReadTimeoutError):
        catalog.register(DAILY, start)
    assert where(catalog, DAILY) is None


def test_a_name_that_is_there_keeps_its_own(catalog: GlueCatalog) -> None:
    first, other = history(1, ORDERS)[0], history(1, ORDERS)[0]
    assert catalog.register(ORDERS, first) == first
    assert catalog.register(ORDERS, other) == first


def test_publishing_goes_on_where_it_stopped(catalog: GlueCatalog, wire: Wire) -> None:
    orders, daily = history(2, ORDERS), history(1, DAILY)
    catalog.register(ORDERS, orders[0])
    swaps = [Swap(ORDERS, orders[0], orders[1]), Swap(DAILY, None, daily[0])]
    wire.cut("create_table", "before")
    with pytest.raises(ReadTimeoutError):
        catalog.publish(swaps)
    assert (where(catalog), where(catalog, DAILY)) == (orders[1], None)
    catalog.publish(swaps)
    assert (where(catalog), where(catalog, DAILY)) == (orders[1], daily[0])


@pytest.mark.parametrize("call", ["update_table", "create_table"])
def test_a_rival_while_publishing_is_a_conflict(catalog: GlueCatalog, wire: Wire, call: str) -> None:
    start, new = history(2, ORDERS)
    rival = GlueCatalog(boto3.client("glue"), WAREHOUSE, ())
    theirs = history(1, ORDERS)[0]
    if call == "update_table":
        catalog.register(ORDERS, start)
        wire.meanwhile(call, lambda: rival.move(ORDERS, start, theirs))
    else:
        wire.meanwhile(call, lambda: rival.register(ORDERS, theirs))
    with pytest.raises(PublishConflict) as conflict:
        catalog.publish([Swap(ORDERS, start if call == "update_table" else None, new)])
    assert "Start the product's run again" in str(conflict.value.remedy)
    assert where(catalog) == theirs


def test_what_others_put_on_an_entry_stays(catalog: GlueCatalog) -> None:
    start, new = history(2, ORDERS)
    catalog.register(ORDERS, start)
    glue = boto3.client("glue")
    entry = glue.get_table(DatabaseName="sales", Name="orders_v1")["Table"]
    kept = {key: entry[key] for key in ("Name", "TableType", "StorageDescriptor")}
    parameters = {**entry["Parameters"], "classification": "internal"}
    extra = {"Description": "Orders", "Owner": "orders-owner@shoply.com", "Retention": 3}
    glue.update_table(DatabaseName="sales", TableInput={**kept, **extra, "Parameters": parameters})
    catalog.move(ORDERS, start, new)
    after = glue.get_table(DatabaseName="sales", Name="orders_v1")["Table"]
    assert {key: after[key] for key in extra} == extra
    assert after["Parameters"] == {
        "table_type": "ICEBERG",
        "metadata_location": new,
        "previous_metadata_location": start,
        "classification": "internal",
    }


def test_a_table_that_is_no_iceberg_table_is_not_taken_for_one(catalog: GlueCatalog) -> None:
    boto3.client("glue").create_table(DatabaseName="sales", TableInput={"Name": "orders_v1", "Parameters": {}})
    with pytest.raises(MeshError, match=r"sales\.orders_v1 is in the Glue Data Catalog, but is not an Iceberg table"):
        catalog.find(ORDERS)
    assert catalog.entries("sales") == []


def test_a_database_that_is_not_there_has_no_tables_and_takes_none(catalog: GlueCatalog) -> None:
    stranger = TableName("marketing", "leads_v1")
    assert catalog.find(stranger) is None
    assert catalog.entries("marketing") == []
    with pytest.raises(MeshError, match="its database is not in the Glue Data Catalog") as missing:
        catalog.register(stranger, history(1, ORDERS)[0])
    assert "deploy the domain's foundation" in str(missing.value.remedy)


@pytest.mark.parametrize("call", ["get_table", "create_table", "update_table", "delete_table"])
def test_what_glue_refuses_names_the_right_that_is_missing(catalog: GlueCatalog, wire: Wire, call: str) -> None:
    start, new = history(2, ORDERS)
    if call != "create_table":
        catalog.register(ORDERS, start)
    wire.cut(call, "before", refused("AccessDeniedException"))
    act: dict[str, Callable[[], object]] = {
        "get_table": lambda: catalog.find(ORDERS),
        "create_table": lambda: catalog.register(ORDERS, start),
        "update_table": lambda: catalog.move(ORDERS, start, new),
        "delete_table": lambda: catalog.forget(ORDERS),
    }
    action = "glue:" + call.title().replace("_", "")
    with pytest.raises(MeshError, match=f"refuses {action} on sales.orders_v1") as denied:
        act[call]()
    assert action in str(denied.value.remedy)


def test_tables_of_a_deployment_are_where_it_put_them(catalog: GlueCatalog) -> None:
    elsewhere = md.new("s3://shoply-curated/elsewhere/orders")
    elsewhere |= {"current-schema-id": 0, "schemas": [{"schema-id": 0, "type": "struct", "fields": []}]}
    location = md.next_location(elsewhere, None, None)
    md.write(elsewhere, location)
    catalog.register(ORDERS, location)

    assert catalog.location(DAILY) == f"{WAREHOUSE}/sales/daily_v1"
    assert [entry.folder for entry in catalog.entries()] == ["s3://shoply-curated/elsewhere/orders"]
