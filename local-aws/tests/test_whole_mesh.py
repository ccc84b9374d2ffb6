"""A whole mesh in five accounts, deployed with one command; then what becomes of a consumer that asks for data.

The tests stand in the order in which things happen.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deployment import KEPT, OPERATIONS, PLATFORM, SALES, standing
from whole_mesh import ACCOUNTS, CURRENCY_ADDED, LENS, REPORTING, Analyst, WholeMesh, until

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeMesh]:
    with standing(WholeMesh(Path(KEPT) if KEPT else tmp_path_factory.mktemp("whole")), at_once) as made:
        yield made


def at_once(made: WholeMesh) -> None:
    made.bootstrap(*ACCOUNTS)
    made.deploy_all()


@pytest.fixture(scope="module")
def published(whole: WholeMesh) -> WholeMesh:
    """With a product of each domain that was certified."""
    samples = whole.folder / "contracts"
    for key in ("orders/orders.csv", "payments/payments.jsonl"):
        whole.land(SALES, "sales-orders-v1", key, (samples / "sales" / "samples" / key.rpartition("/")[2]).read_bytes())
    whole.land(
        OPERATIONS, "operations-airports-v1", "airports/airports.csv", (samples / "operations" / "samples" / "airports.csv").read_bytes()
    )
    for account, product in ((SALES, "sales-orders-v1"), (OPERATIONS, "operations-airports-v1")):
        run = whole.run(account, product, "init")
        assert run.status == "SUCCEEDED", run
    return whole


@pytest.fixture
def reporting(published: WholeMesh) -> Analyst:
    return published.analyst(REPORTING, "reporting")


@pytest.fixture
def lens(published: WholeMesh) -> Analyst:
    return published.analyst(LENS, "lens")


def test_one_command_deploys_every_stack_of_five_accounts(whole: WholeMesh) -> None:
    wanted = {name.strip() for name in whole.cdk(PLATFORM, "ls", "--app", "cdk.out").splitlines() if name.strip()}
    deployed = {name: status for account in ACCOUNTS for name, status in whole.stacks(account).items()}
    assert set(deployed) == wanted
    assert set(deployed.values()) == {"CREATE_COMPLETE"}


def test_groups_of_identity_center_have_what_their_personas_may_in_the_accounts_where_they_work(whole: WholeMesh) -> None:
    def policies(account: str) -> set[str]:
        iam = whole.client("iam", account)
        roles = iam.list_roles(PathPrefix="/aws-reserved/sso.amazonaws.com/")["Roles"]
        attached = [iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"] for role in roles]
        return {policy["PolicyName"] for of in attached for policy in of}

    assert policies(SALES) == {"mesh-sales-admin", "mesh-sales-owner"}
    assert policies(PLATFORM) == {"mesh-platform-admin"}
    assert policies(LENS) == {"mesh-lens-admin"}


def test_whom_a_contract_names_sees_its_columns_and_rows_and_finds_every_domain_by_its_name(reporting: Analyst) -> None:
    assert reporting.ask("SELECT count(*) AS n FROM orders_v1") == [{"n": "41"}]
    assert reporting.columns() >= {"order_id", "customer_email", "paid_amount"}
    [row] = reporting.ask("SELECT count(*) AS n FROM airports_v1", "operations")
    assert int(row["n"] or 0) > 0


MART = "mesh_marts.sales__orders_v1"


def test_what_a_contract_lets_be_copied_is_in_the_warehouse_after_its_refresh_and_on_the_dashboards_where_it_is(
    published: WholeMesh, reporting: Analyst
) -> None:
    [target] = published.client("events", REPORTING).list_targets_by_rule(Rule="mesh-reporting-marts-refresh")["Targets"]
    refreshed = published.client("lambda", REPORTING).invoke(FunctionName=target["Arn"], Payload=target["Input"])
    assert "FunctionError" not in refreshed, refreshed["Payload"].read()
    assert reporting.ask_warehouse(f"SELECT count(*) FROM {MART}") == [[41]]
    name = {"AwsAccountId": REPORTING, "DataSetId": "mesh-reporting-sales-orders_v1"}
    assert published.client("quicksight", REPORTING).describe_data_set(**name)["DataSet"]["ImportMode"] == "DIRECT_QUERY"


def test_a_role_that_no_contract_names_is_refused_by_lake_formation_whatever_iam_lets_it_do(published: WholeMesh) -> None:
    greedy = published.role(REPORTING, "greedy", {"Effect": "Allow", "Action": "*", "Resource": "*"})
    assert Analyst(greedy, "mesh-reporting").is_refused()
    bucket = f"shop-{SALES}-eu-west-1-sales-orders-v1-curated"
    for role in (greedy, published.analyst(REPORTING, "reporting").role):
        with pytest.raises(Exception, match="AccessDenied"):
            role.client("s3").list_objects_v2(Bucket=bucket)


def test_a_consumer_that_was_not_asked_for_sees_nothing_until_it_subscribes(lens: Analyst) -> None:
    assert lens.is_refused()


def listings(whole: WholeMesh, datazone: Any) -> list[dict[str, Any]]:
    """Of the orders, as somebody finds them."""
    found = datazone.search_listings(domainIdentifier=whole.catalogue, searchText="orders")["items"]
    return [each["dataProductListing"] for each in found if each.get("dataProductListing", {}).get("name") == "sales/orders v1"]


def request(whole: WholeMesh, reason: str) -> dict[str, Any]:
    """To subscribe to the orders, by an analyst of lens."""
    subscriber = whole.in_catalogue(whole.analyst(LENS, "lens").role, "lens", "subscriber")
    [listing] = listings(whole, subscriber)
    asked: dict[str, Any] = subscriber.create_subscription_request(
        domainIdentifier=whole.catalogue,
        requestReason=reason,
        subscribedListings=[{"identifier": listing["listingId"]}],
        subscribedPrincipals=[{"project": {"identifier": whole.project("mesh-lens")}}],
    )
    return asked


def test_a_request_for_what_no_role_is_called_is_rejected_with_what_there_is(published: WholeMesh) -> None:
    asked = request(published, "We compare shops.\nrole: everything")
    datazone = published.client("datazone", PLATFORM)

    def state() -> dict[str, Any]:
        found: dict[str, Any] = datazone.get_subscription_request_details(domainIdentifier=published.catalogue, identifier=asked["id"])
        return found

    until(lambda: state()["status"] == "REJECTED", "the request is rejected")
    assert "analyst, web" in state()["decisionComment"]


@pytest.fixture(scope="module")
def subscription(published: WholeMesh) -> str:
    """Asked for by an analyst of lens, approved by the owner of sales. Its id."""
    asked = request(published, "We compare shops.\nrole: web")
    owner = published.in_catalogue(published.persona(SALES, "sales", "owner"), "sales", "owner")
    # What a contract has not said is left to the owner: nothing becomes of it by itself.
    time.sleep(3)
    pending = owner.list_subscription_requests(domainIdentifier=published.catalogue, status="PENDING")["items"]
    assert [each["id"] for each in pending] == [asked["id"]]
    owner.accept_subscription_request(domainIdentifier=published.catalogue, identifier=asked["id"], decisionComment="For their study.")
    [made] = owner.list_subscriptions(domainIdentifier=published.catalogue, status="APPROVED")["items"]
    return str(made["id"])


def test_an_approval_becomes_a_binding_and_gives_exactly_its_columns_and_rows_to_every_role_of_the_consumer(
    published: WholeMesh, subscription: str, lens: Analyst
) -> None:
    until(lambda: not lens.is_refused(), "the grant is in force")
    assert lens.columns() == {"order_id", "ordered_at", "sales_channel"}
    assert lens.ask("SELECT DISTINCT sales_channel FROM orders_v1") == [{"sales_channel": "web"}]
    with pytest.raises(AssertionError, match="COLUMN_NOT_FOUND"):
        lens.ask("SELECT total_amount FROM orders_v1")
    until(lambda: all("inForceAt" in each for each in published.bindings()), "the binding is in force")
    [binding] = published.bindings()
    assert (binding["consumer"], binding["role"], binding["subscription"]) == ("lens", "web", subscription)
    assert {each.rpartition("-")[2] for each in granted_to(published, LENS)} == {"analyst", "bi"}


def granted_to(whole: WholeMesh, account: str) -> set[str]:
    """ARNs of the roles of an account that have anything in the lake of sales."""
    listed = whole.steward(SALES).client("lakeformation").list_permissions(MaxResults=1000)["PrincipalResourcePermissions"]
    found = {each["Principal"]["DataLakePrincipalIdentifier"] for each in listed}
    return {arn for arn in found if f"::{account}:" in arn}


def grant_change(consumer: str, role: str, change: str, **what: Any) -> dict[str, Any]:
    nothing = {"subscribed": False, "gained": [], "lost": [], "rows": None, "because": None}
    return {"consumer": consumer, "role": role, "change": change, **nothing, **what}


def test_a_plan_says_what_a_deployment_would_change_of_what_is_deployed(published: WholeMesh, subscription: str) -> None:
    published.commit()
    assert published.planned() == []
    published.add_currency()
    [change] = published.planned()
    assert change["version"] == {"before": "1.0.0", "after": "1.1.0"}
    assert change["tables"] == [{"table": "sales.orders_v1", "change": "evolved", "columns": [CURRENCY_ADDED]}]
    # What it shows is written in the role that lens subscribed to, and has no column more.
    assert change["grants"] == [grant_change(each, "analyst", "changes", gained=["orders.currency"]) for each in ("reporting", "sales")]
    assert change["consumers"] == []


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("[order_id, ordered_at, sales_channel]", "[order_id, sales_channel]", {"change": "changes", "lost": ["orders.ordered_at"]}),
        (
            "  - role: web\n",
            "  - role: online\n",
            {
                "change": "vanishes",
                "lost": ["orders.order_id", "orders.ordered_at", "orders.sales_channel"],
                "because": "the contract has no role web; it has analyst, online",
            },
        ),
    ],
    ids=["a_column_less", "another_name"],
)
def test_a_plan_says_what_a_subscriber_would_lose_whom_no_contract_names(
    published: WholeMesh, subscription: str, before: str, after: str, said: dict[str, Any]
) -> None:
    published.change("sales/orders", before, after)
    [change] = published.planned()
    published.change("sales/orders", after, before)
    assert [each for each in change["grants"] if each["consumer"] == "lens"] == [grant_change("lens", "web", subscribed=True, **said)]
    assert change["consumers"] == [{"consumer": "lens", "subscribed": True}]


def test_a_column_that_was_added_is_seen_by_roles_that_are_given_it_and_by_no_other(
    published: WholeMesh, subscription: str, reporting: Analyst, lens: Analyst
) -> None:
    assert "currency" not in reporting.columns()
    published.synthesise()
    published.deploy(PLATFORM, "sales-orders-v1")
    # It is there, and invisible until it is granted.
    assert "currency" not in reporting.columns()
    published.deploy(PLATFORM, "sales-orders-v1-grants")
    assert published.run(SALES, "sales-orders-v1", "full").status == "SUCCEEDED"
    assert "currency" in reporting.columns()
    assert lens.columns() == {"order_id", "ordered_at", "sales_channel"}
    assert lens.ask("SELECT DISTINCT sales_channel FROM orders_v1") == [{"sales_channel": "web"}]


def verified(whole: WholeMesh, *options: str) -> tuple[int, dict[str, Any]]:
    code, said = whole.mesh("verify", "sales/orders", "--json", *options)
    return code, json.loads(said)["products"][0]


def test_what_was_granted_by_hand_is_found_with_who_did_it_and_taken_back(published: WholeMesh, subscription: str) -> None:
    by_hand = published.role(SALES, "helper", {"Effect": "Allow", "Action": "athena:*", "Resource": "*"})
    admin = published.steward(SALES).client("lakeformation")
    admin.grant_permissions(
        Principal={"DataLakePrincipalIdentifier": by_hand.arn},
        Resource={"Table": {"DatabaseName": "sales", "Name": "orders_v1"}},
        Permissions=["SELECT"],
    )
    code, found = verified(published)
    assert code == 1
    [drift] = found["drift"]
    assert by_hand.arn in drift["what"]
    assert drift["by"]["principal"].endswith("assumed-role/steward/test")
    code, found = verified(published, "--repair")
    assert found["drift"] == []
    granted = admin.list_permissions(Principal={"DataLakePrincipalIdentifier": by_hand.arn})["PrincipalResourcePermissions"]
    assert granted == []


def test_a_listing_that_somebody_has_taken_away_is_found_with_who_did_it_and_listed_again(published: WholeMesh) -> None:
    owner = published.in_catalogue(published.persona(SALES, "sales", "owner"), "sales", "owner")
    [listing] = listings(published, owner)
    editor = published.role(PLATFORM, "editor", {"Effect": "Allow", "Action": "datazone:*", "Resource": "*"})
    project, member = published.project("mesh-sales"), {"userIdentifier": editor.arn}
    owner.create_project_membership(
        domainIdentifier=published.catalogue, projectIdentifier=project, designation="PROJECT_CONTRIBUTOR", member=member
    )
    editor.client("datazone").create_listing_change_set(
        domainIdentifier=published.catalogue, entityIdentifier=listing["entityId"], entityType="DATA_PRODUCT", action="UNPUBLISH"
    )
    assert listings(published, owner) == []
    code, found = verified(published)
    assert (code, found["listed"]) == (1, False)
    [gone] = found["differences"]
    assert (gone["what"], gone["by"]["principal"].rpartition(":")[2]) == ("sales/orders v1 is not listed", "assumed-role/editor/test")
    code, found = verified(published, "--repair")
    assert (code, found["listed"], found["differences"]) == (0, True, [])
    [again] = listings(published, owner)
    assert again["entityId"] == listing["entityId"]


def test_the_end_of_a_subscription_takes_everything_away(published: WholeMesh, subscription: str, lens: Analyst) -> None:
    owner = published.in_catalogue(published.persona(SALES, "sales", "owner"), "sales", "owner")
    owner.revoke_subscription(domainIdentifier=published.catalogue, identifier=subscription, retainPermissions=False)
    until(lens.is_refused, "the grant is gone")
    until(lambda: all("endedAt" in each for each in published.bindings()), "the binding has ended")
    assert granted_to(published, LENS) == set()


def test_a_consumer_that_leaves_the_contract_loses_what_it_had_and_who_comes_in_has_it_in_seconds(
    published: WholeMesh, reporting: Analyst, lens: Analyst
) -> None:
    published.change("sales/orders", "[reporting, sales]", "[lens, sales]")
    published.synthesise()
    published.deploy(PLATFORM, "sales-orders-v1-grants")
    assert reporting.is_refused()
    # The copy went before the grant did, in the consumer's own account.
    with pytest.raises(AssertionError, match=f'relation "{MART}" does not exist'):
        reporting.ask_warehouse(f"SELECT count(*) FROM {MART}")
    assert "currency" in lens.columns()


def test_the_audit_says_who_read_what_who_was_refused_and_who_granted_by_hand(published: WholeMesh, lens: Analyst) -> None:
    auditor = Analyst(published.persona(PLATFORM, "platform", "auditor"), "mesh-platform-audit")
    athena = published.client("athena", PLATFORM)
    queries = [
        athena.get_named_query(NamedQueryId=each)["NamedQuery"]
        for each in athena.list_named_queries(WorkGroup="mesh-platform-audit")["NamedQueryIds"]
    ]
    saved = {each["Name"]: each["QueryString"] for each in queries}

    def answer(name: str) -> list[dict[str, str | None]]:
        return auditor.ask(saved[name], "mesh_platform_audit")

    time.sleep(2)
    reads = {
        (row["principal"], row["owner_account"], f"{row['database_name']}.{row['table_name']}")
        for row in answer("Who read what through Lake Formation")
    }
    assert (lens.role.arn, SALES, "sales.orders_v1") in reads
    assert all(principal and principal.startswith("arn:") for principal, *_ in reads)
    assert lens.role.arn in {row["principal"] for row in answer("Denied access")}
    by_hand = [row for row in answer("Grants changed by hand") if row["action"] == "GrantPermissions"]
    assert [row["granted_to"] for row in by_hand] == [f"arn:aws:iam::{SALES}:role/helper"]
    assert answer("Access outside Lake Formation") == []
