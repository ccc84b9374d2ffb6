"""What grants come to: columns and rows that somebody sees, and what nobody may do without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ministack.services import glue, iam

from mesh_local_aws import hooks, stores
from mesh_local_aws.hooks import Refused
from mesh_local_aws.services.lakeformation import enforcement, filters, grants, links, settings, tags
from mesh_local_aws.services.lakeformation.enforcement import Cells

ACCOUNT = "222222222222"
ANALYST = f"arn:aws:iam::{ACCOUNT}:role/consumers/analyst"
OTHER = f"arn:aws:iam::{ACCOUNT}:role/consumers/other"


@pytest.fixture(autouse=True)
def _lake() -> Iterator[None]:
    """A table of three columns, two roles, and the root as administrator."""
    with hooks.acting(ACCOUNT, "eu-west-1"):
        glue._databases["sales"] = {"Name": "sales", "CatalogId": ACCOUNT}
        glue._tables["sales/orders_v1"] = {
            "DatabaseName": "sales",
            "Name": "orders_v1",
            "CatalogId": ACCOUNT,
            "StorageDescriptor": {"Columns": [{"Name": name, "Type": "string"} for name in ("order_id", "country", "email")]},
        }
        for role in (ANALYST, OTHER):
            name = role.rpartition("/")[2]
            iam._roles[name] = {"Arn": role, "RoleName": name}
        settings.put(
            {
                "DataLakeSettings": {
                    "DataLakeAdmins": [{"DataLakePrincipalIdentifier": f"arn:aws:iam::{ACCOUNT}:root"}],
                    "CreateDatabaseDefaultPermissions": [],
                    "CreateTableDefaultPermissions": [],
                }
            }
        )
        yield
        for state in (grants.STATE, filters.STATE, tags.STATE, tags.CARRIED, glue._databases, glue._tables, iam._roles):
            for key in list(state):
                del state[key]


def give(resource: hooks.Document, *permissions: str, to: str = ANALYST) -> None:
    grants.grant({"Principal": {"DataLakePrincipalIdentifier": to}, "Resource": resource, "Permissions": list(permissions)})


def seen(by: str = ANALYST) -> list[Cells]:
    table = stores.glue_table("sales", "orders_v1")
    assert table is not None
    return enforcement.select(by, table)


TABLE = {"Table": {"DatabaseName": "sales", "Name": "orders_v1"}}
ALL = frozenset({"order_id", "country", "email"})


def test_without_a_grant_nobody_sees_anything() -> None:
    assert seen() == []


def test_select_on_a_table_shows_all_of_it_to_its_grantee_alone() -> None:
    give(TABLE, "SELECT")
    assert seen() == [Cells(ALL, None)]
    assert seen(OTHER) == []


def test_columns_that_are_left_out_are_not_seen() -> None:
    give(
        {"TableWithColumns": {"DatabaseName": "sales", "Name": "orders_v1", "ColumnWildcard": {"ExcludedColumnNames": ["email"]}}}, "SELECT"
    )
    assert seen() == [Cells(ALL - {"email"}, None)]


def test_a_filter_shows_its_columns_of_its_rows() -> None:
    filters.create(
        {
            "TableData": {
                "TableCatalogId": ACCOUNT,
                "DatabaseName": "sales",
                "TableName": "orders_v1",
                "Name": "fr",
                "ColumnNames": ["order_id"],
                "RowFilter": {"FilterExpression": "country = 'FR'"},
            }
        }
    )
    give({"DataCellsFilter": {"DatabaseName": "sales", "TableName": "orders_v1", "Name": "fr", "TableCatalogId": ACCOUNT}}, "SELECT")
    assert seen() == [Cells(frozenset({"order_id"}), "country = 'FR'")]


def test_tags_of_a_table_are_its_columns_too_unless_these_have_their_own() -> None:
    tags.create({"TagKey": "classification", "TagValues": ["public", "confidential"]})
    tags.add({"Resource": TABLE, "LFTags": [{"TagKey": "classification", "TagValues": ["public"]}]})
    tags.add(
        {
            "Resource": {"TableWithColumns": {"DatabaseName": "sales", "Name": "orders_v1", "ColumnNames": ["email"]}},
            "LFTags": [{"TagKey": "classification", "TagValues": ["confidential"]}],
        }
    )
    give({"LFTagPolicy": {"ResourceType": "TABLE", "Expression": [{"TagKey": "classification", "TagValues": ["public"]}]}}, "SELECT")
    assert seen() == [Cells(ALL - {"email"}, None)]


def test_a_revoke_takes_what_was_given_and_refuses_what_was_not() -> None:
    give(TABLE, "SELECT", "DESCRIBE")
    asked = {"Principal": {"DataLakePrincipalIdentifier": ANALYST}, "Resource": TABLE, "Permissions": ["SELECT"]}
    grants.revoke(asked)
    assert seen() == []
    assert enforcement.permissions(ANALYST, "sales", "orders_v1") == {"DESCRIBE"}
    with pytest.raises(Refused, match="No permissions revoked"):
        grants.revoke(asked)


@pytest.mark.parametrize(
    ("resource", "permission", "to", "reason"),
    [
        (TABLE, "SELECT", f"arn:aws:iam::{ACCOUNT}:role/nobody", "Invalid principal"),
        ({"Table": {"DatabaseName": "sales", "Name": "order_v1"}}, "SELECT", ANALYST, "not found"),
        (TABLE, "CREATE_TABLE", ANALYST, "not applicable"),
        (
            {"TableWithColumns": {"DatabaseName": "sales", "Name": "orders_v1", "ColumnNames": ["mail"]}},
            "SELECT",
            ANALYST,
            "has no columns",
        ),
        (
            {"DataCellsFilter": {"DatabaseName": "sales", "TableName": "orders_v1", "Name": "none"}},
            "SELECT",
            ANALYST,
            "no data cells filter",
        ),
        (
            {"LFTagPolicy": {"ResourceType": "TABLE", "Expression": [{"TagKey": "none", "TagValues": ["a"]}]}},
            "SELECT",
            ANALYST,
            "does not exist",
        ),
    ],
)
def test_a_grant_of_what_is_not_there_is_refused(resource: hooks.Document, permission: str, to: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        give(resource, permission, to=to)


def test_who_is_no_administrator_grants_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "caller", lambda: hooks.Caller(ACCOUNT, "eu-west-1", f"arn:aws:sts::{ACCOUNT}:assumed-role/analyst/me"))
    with pytest.raises(Refused, match="no data lake administrator"):
        give(TABLE, "SELECT", to=ANALYST)


def test_default_permissions_are_nothing_or_all() -> None:
    with pytest.raises(Refused, match="is empty or ALL"):
        settings.put(
            {
                "DataLakeSettings": {
                    "CreateTableDefaultPermissions": [{"Principal": {"DataLakePrincipalIdentifier": ANALYST}, "Permissions": ["ALL"]}]
                }
            }
        )


def test_parameters_of_the_settings_are_those_of_the_api() -> None:
    with pytest.raises(Refused, match="CrossAccountVersion"):
        settings.put({"DataLakeSettings": {"Parameters": {"CrossAccountVersion": "4"}}})


CONSUMER = "777777777777"
READER = f"arn:aws:iam::{CONSUMER}:role/consumers/reader"


@pytest.fixture
def link() -> Iterator[None]:
    """In the consumer's catalogue, to the database of sales."""
    with hooks.acting(CONSUMER, "eu-west-1"):
        glue._databases["shop_sales"] = {"Name": "shop_sales", "CatalogId": CONSUMER}
        links.keep("shop_sales", {"TargetDatabase": {"CatalogId": ACCOUNT, "DatabaseName": "sales"}})
        yield
        del glue._databases["shop_sales"]
        for key in list(grants.STATE):
            del grants.STATE[key]


def test_a_link_leads_to_another_accounts_database(link: None) -> None:
    assert links.target("shop_sales") == (ACCOUNT, "sales")
    assert links.target("sales") is None


def test_what_is_behind_a_link_is_found_by_those_alone_who_see_the_link(link: None) -> None:
    with pytest.raises(Refused, match="Required Describe on shop_sales"):
        enforcement.see_link(READER, "shop_sales")
    grants.give(READER, grants.normal({"Database": {"Name": "shop_sales"}}), ["DESCRIBE"], [])
    enforcement.see_link(READER, "shop_sales")


def test_a_table_behind_a_link_is_asked_of_its_owner_where_iam_lets_the_reader_look_there(
    link: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    monkeypatch.setattr(links.sessions, "twin", lambda who: who)
    monkeypatch.setattr(links.sessions, "require", lambda own, action, resource: looked.append(f"{action} {resource}"))
    with links.followed("GetTable", {"DatabaseName": "shop_sales", "Name": "orders_v1"}) as asked:
        assert (asked, hooks.caller().account) == ({"DatabaseName": "sales", "Name": "orders_v1"}, ACCOUNT)
    arn = f"arn:aws:glue:eu-west-1:{ACCOUNT}"
    assert looked == [f"glue:GetTable {arn}:{of}" for of in ("table/sales/orders_v1", "database/sales", "catalog")]
