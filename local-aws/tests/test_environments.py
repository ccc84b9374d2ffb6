"""Two environments of one mesh in one account, the platform's: deployed with one command, and nothing of one is in the other's way.

Then a domain comes with an account of its own, and a consumer that shares one, and both go again, as docs/operations.md says. The tests
stand in the order in which things happen.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deployment import KEPT, OPERATIONS, PLATFORM, REGION, ROOT, Role, standing
from whole_mesh import CURRENCY_ADDED, Analyst, WholeMesh

pytestmark = pytest.mark.soak
ENVIRONMENTS = ("", "dev-")
SAMPLES = {"orders/orders.csv": "orders.csv", "payments/payments.jsonl": "payments.jsonl"}


class OneAccount(WholeMesh):
    """Everything of a mesh in one account, in production and beside it."""

    def write(self) -> None:
        super().write()
        shutil.rmtree(self.folder / "contracts" / "operations")
        for file in self.folder.glob("contracts/sales/gold_daily.*"):
            file.unlink()

        def small(mesh: dict[str, Any]) -> None:
            mesh["environments"] = {"prod": {"production": True, "signoffs": []}, "dev": {"signoffs": []}}
            mesh["domains"] = {"sales": {**mesh["domains"]["sales"], "account": PLATFORM}}
            mesh["consumers"] = {"reporting": {**mesh["consumers"]["reporting"], "account": PLATFORM}}

        self.change_mesh(small)
        self.change("sales/orders", "[reporting, sales]", "[reporting]")

    def publish(self, environment: str) -> None:
        for key, sample in SAMPLES.items():
            bucket = f"shop-{environment}{PLATFORM}-{REGION}-sales-orders-v1-raw"
            content = (self.folder / "contracts" / "sales" / "samples" / sample).read_bytes()
            self.client("s3", PLATFORM).put_object(Bucket=bucket, Key=f"landing/{key}", Body=content)
        run = self.run(PLATFORM, f"{environment}sales-orders-v1", "init")
        assert run.status == "SUCCEEDED", run

    def reads(self, environment: str) -> Analyst:
        path = environment.replace("-", "/")
        role = f"arn:aws:iam::{PLATFORM}:role/mesh-consumer/{path}reporting/mesh-{environment}reporting-analyst"
        return Analyst(self.become(role), f"mesh-{environment}reporting")

    def standing(self) -> dict[str, str]:
        """Status of each stack, wherever it is."""
        return {name: status for account in (PLATFORM, OPERATIONS) for name, status in self.stacks(account).items()}

    def data(self) -> dict[str, set[str]]:
        """What may never go by itself, by kind: buckets and every version of their objects, tables, records of runs, keys."""
        found: dict[str, set[str]] = {kind: set() for kind in ("objects", "tables", "records", "keys")}
        for account in (PLATFORM, OPERATIONS):
            s3, dynamodb, kms = (self.client(service, account) for service in ("s3", "dynamodb", "kms"))
            for bucket in (each["Name"] for each in s3.list_buckets()["Buckets"] if each["Name"].startswith("shop-")):
                versions = (page.get("Versions", []) for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket))
                found["objects"] |= {bucket, *(f"{bucket}/{each['Key']}?{each['VersionId']}" for page in versions for each in page)}
            for table in (name for name in dynamodb.list_tables()["TableNames"] if name.endswith("-runs")):
                rows = (page["Items"] for page in dynamodb.get_paginator("scan").paginate(TableName=table))
                runs = (row for page in rows for row in page if row["sk"]["S"].startswith("run#"))
                found["records"] |= {table, *(json.dumps(row, sort_keys=True) for row in runs)}
            states = {each["KeyId"]: kms.describe_key(KeyId=each["KeyId"])["KeyMetadata"]["KeyState"] for each in kms.list_keys()["Keys"]}
            found["keys"] |= {key for key, state in states.items() if state == "Enabled"}
            found["tables"] |= set(tables(self.steward(account)))
        return found

    def granted(self, account: str) -> set[str]:
        """ARNs of whoever has anything in the lake of an account."""
        listed = self.steward(account).client("lakeformation").list_permissions(MaxResults=1000)["PrincipalResourcePermissions"]
        return {each["Principal"]["DataLakePrincipalIdentifier"] for each in listed}

    def lost(self, before: dict[str, set[str]]) -> dict[str, set[str]]:
        now = self.data()
        return {kind: gone for kind, had in before.items() if (gone := had - now[kind])}

    def take_over_unit(self, environment: str, domain: str) -> None:
        """Of the catalogue, which no stack has any more."""
        datazone, stack = self.client("datazone", PLATFORM), f"{environment}governance"
        [catalogue] = [each["id"] for each in datazone.list_domains()["items"] if each["name"] == f"shop-{environment}".rstrip("-")]
        root = datazone.get_domain(identifier=catalogue)["rootDomainUnitId"]
        units = datazone.list_domain_units_for_parent(domainIdentifier=catalogue, parentDomainUnitIdentifier=root)["items"]
        [unit] = [each["id"] for each in units if each["name"] == domain]
        self.cdk(PLATFORM, "synth", "--quiet", "--output", "cdk.out")
        made = json.loads((self.folder / "cdk.out" / f"{stack}.template.json").read_text(encoding="utf-8"))["Resources"].items()
        [at] = [id_ for id_, each in made if each["Type"] == "AWS::DataZone::DomainUnit" and each["Properties"]["Name"] == domain]
        known = json.dumps({at: {"DomainId": catalogue, "Id": unit}})
        self.cdk(PLATFORM, "import", stack, "--app", "cdk.out", "--force", "--resource-mapping-inline", known)

    def destroy_all(self, account: str, *stacks: str) -> None:
        """The CDK knows in which order; all but a product's are protected."""
        for stack in stacks:
            self.client("cloudformation", account).update_termination_protection(StackName=stack, EnableTerminationProtection=False)
        self.cdk(PLATFORM, "synth", "--quiet", "--output", "cdk.out")
        self.cdk(PLATFORM, "destroy", "--app", "cdk.out", "--exclusively", "--force", *stacks)


def tables(steward: Role) -> Iterator[str]:
    glue = steward.client("glue")
    for database in (each["Name"] for each in glue.get_databases()["DatabaseList"] if "TargetDatabase" not in each):
        yield database
        for table in glue.get_tables(DatabaseName=database)["TableList"]:
            yield f"{database}.{table['Name']}"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OneAccount]:
    with standing(OneAccount(Path(KEPT) if KEPT else tmp_path_factory.mktemp("environments")), at_once) as made:
        yield made


def at_once(made: OneAccount) -> None:
    made.bootstrap(PLATFORM, OPERATIONS)
    made.deploy_all()


def test_one_command_deploys_both(shop: OneAccount) -> None:
    wanted = {name.strip() for name in shop.cdk(PLATFORM, "ls", "--app", "cdk.out").splitlines() if name.strip()}
    assert shop.stacks(PLATFORM) == dict.fromkeys(wanted, "CREATE_COMPLETE")
    of_dev = {name.removeprefix("dev-") for name in wanted if name.startswith("dev-")}
    once = {name for name in wanted if name.startswith(("audit", "observability"))}
    assert wanted - once == of_dev | {f"dev-{name}" for name in of_dev}


def test_what_is_published_in_one_is_seen_in_it_and_not_in_the_other(shop: OneAccount) -> None:
    shop.publish("dev-")
    dev, production = shop.reads("dev-"), shop.reads("")
    assert dev.ask("SELECT count(*) AS n FROM orders_v1", "sales_dev") == [{"n": "41"}]
    assert production.ask("SELECT count(*) AS n FROM orders_v1") == [{"n": "0"}]
    assert dev.is_refused()
    assert production.is_refused(database="sales_dev")
    shop.publish("")
    assert production.ask("SELECT count(*) AS n FROM orders_v1") == [{"n": "41"}]


def test_each_is_as_its_contract_says(shop: OneAccount) -> None:
    for environment in ([], ["--env", "dev"]):
        code, said = shop.mesh("verify", "--json", *environment)
        [found] = json.loads(said)["products"]
        assert (code, found["ok"], found["listed"], found["differences"], found["drift"]) == (0, True, True, [], []), found
        assert found["grants"]


def test_a_plan_says_what_would_change_in_one_and_names_nothing_of_the_other(shop: OneAccount) -> None:
    def planned(environment: str) -> list[dict[str, Any]]:
        return shop.planned(*(["--env", environment] if environment else []))

    shop.commit()
    assert (planned(""), planned("dev")) == ([], [])
    path = shop.folder / "contracts" / "sales" / "orders.contract.yaml"
    said = path.read_text(encoding="utf-8")
    shop.add_currency()
    for environment, table in (("", "sales.orders_v1"), ("dev", "sales_dev.orders_v1")):
        [change] = planned(environment)
        assert change["tables"] == [{"table": table, "change": "evolved", "columns": [CURRENCY_ADDED]}]
        granted = [(each["consumer"], each["change"], each["gained"]) for each in change["grants"]]
        assert granted == [("reporting", "changes", ["orders.currency"])]
    path.write_text(said, encoding="utf-8")


OF_DOMAIN = ("access-operations", "operations-foundation", "operations-policy", "operations-airports-v1", "operations-airports-v1-grants")
OF_CONSUMER = ("access-lens", "lens-roles", "lens-consumption")
#: Once for an account, whoever works in it.
OF_ACCOUNT = (f"audit-trail-{OPERATIONS}", f"observability-link-{OPERATIONS}-{REGION}")
#: Of the platform, once metrics of another account are to be seen there.
SINK = f"observability-sink-{REGION}"
AIRPORTS = "SELECT count(*) AS n FROM airports_v1"


def everywhere(*stacks: str) -> tuple[str, ...]:
    return tuple(f"{environment}{name}" for environment in ENVIRONMENTS for name in stacks)


#: Of what was there, what says who is in the mesh, and where.
CHANGED = {*everywhere("access-platform", "governance", "reporting-roles", "sales-orders-v1-grants"), "audit", "observability"}


def come(shop: OneAccount) -> None:
    """A domain with a product, and a consumer that its contract names."""

    def more(mesh: dict[str, Any]) -> None:
        whose = {"owner": "new@shoply.example", "costCentre": "CC-9"}
        mesh["domains"]["operations"] = {"description": "Airports.", "classification": "public", "account": OPERATIONS, **whose}
        mesh["consumers"]["lens"] = {"roles": ["analyst"], "account": PLATFORM, **whose}

    shop.change_mesh(more)
    to = shop.folder / "contracts" / "operations"
    shutil.copytree(ROOT / "contracts" / "operations", to, ignore=lambda _, names: [each for each in names if "flight" in each])
    shop.change("operations/airports", "value: [safety]", "value: [lens]")


def test_a_domain_and_a_consumer_come_with_an_entry_each_and_one_deployment(shop: OneAccount) -> None:
    before, data = set(shop.standing()), shop.data()
    come(shop)
    shop.deploy_all()
    now = shop.standing()
    new = {*everywhere(*OF_DOMAIN, *OF_CONSUMER), *OF_ACCOUNT, SINK}
    assert set(now) - before == new
    assert {now[name] for name in new} == {"CREATE_COMPLETE"}
    assert {name for name in before if now[name] != "CREATE_COMPLETE"} == CHANGED
    assert shop.lost(data) == {}
    sample = shop.folder / "contracts" / "operations" / "samples" / "airports.csv"
    shop.land(OPERATIONS, "operations-airports-v1", "airports/airports.csv", sample.read_bytes())
    assert shop.run(OPERATIONS, "operations-airports-v1", "init").status == "SUCCEEDED"
    [row] = shop.analyst(PLATFORM, "lens").ask(AIRPORTS, "operations")
    assert row["n"] == "32"
    assert shop.analyst(PLATFORM, "lens").is_refused()


def test_nobody_leaves_whom_a_contract_still_names(shop: OneAccount) -> None:
    path = shop.folder / "mesh.yaml"
    said = path.read_text(encoding="utf-8")
    for kind, name in (("domains", "operations"), ("consumers", "lens")):
        shop.change_mesh(lambda mesh, kind=kind, name=name: mesh[kind].pop(name))
        with pytest.raises(AssertionError, match=f"mesh.yaml has no such {kind[:-1]}"):
            shop.cdk(PLATFORM, "synth", "--quiet", "--output", "cdk.refused")
        path.write_text(said, encoding="utf-8")


def test_an_entry_that_went_before_its_stacks_did_comes_back_to_all_that_it_had(shop: OneAccount) -> None:
    data, standing, mesh = shop.data(), set(shop.standing()), (shop.folder / "mesh.yaml").read_text(encoding="utf-8")
    contracts, aside = shop.folder / "contracts" / "operations", shop.folder / "aside"
    contracts.rename(aside)
    shop.change_mesh(lambda mesh: mesh["domains"].pop("operations"))
    shop.deploy_all()
    assert set(shop.standing()) == standing
    aside.rename(contracts)
    (shop.folder / "mesh.yaml").write_text(mesh, encoding="utf-8")
    for environment in ENVIRONMENTS:
        shop.take_over_unit(environment, "operations")
    shop.deploy_all()
    assert (set(shop.standing()), shop.lost(data)) == (standing, {})
    code, said = shop.mesh("verify", "operations/airports", "--json")
    assert code == 0, said


def test_a_consumer_goes_with_its_grants_and_without_what_it_has_asked_for(shop: OneAccount) -> None:
    data = shop.data()
    lens = shop.analyst(PLATFORM, "lens")
    assert [arn for arn in shop.granted(OPERATIONS) if "-lens-" in arn] != []
    shop.change("operations/airports", "      - {property: mesh.consumers, value: [lens]}\n", "")
    shop.deploy_all()
    assert [arn for arn in shop.granted(OPERATIONS) if "-lens-" in arn] == []
    with pytest.raises(AssertionError):
        lens.ask(AIRPORTS, "operations")
    shop.destroy_all(PLATFORM, *everywhere(*OF_CONSUMER))
    shop.change_mesh(lambda mesh: mesh["consumers"].pop("lens"))
    shop.deploy_all()
    assert [name for name in shop.standing() if "lens" in name] == []
    assert shop.lost(data) == {}
    assert shop.reads("").ask("SELECT count(*) AS n FROM orders_v1") == [{"n": "41"}]


def test_a_domain_goes_and_leaves_all_its_data(shop: OneAccount) -> None:
    data = shop.data()
    # Nobody reads it any more, or it would have to be announced first.
    code, said = shop.mesh("retire", "operations/airports", "--force", "--reason", "The domain leaves the mesh.")
    assert code == 0, said
    shop.deploy_all()
    shop.destroy_all(OPERATIONS, *everywhere(*OF_DOMAIN), *OF_ACCOUNT)
    shop.change_mesh(lambda mesh: mesh["domains"].pop("operations"))
    shutil.rmtree(shop.folder / "contracts" / "operations")
    shop.deploy_all()
    assert shop.stacks(OPERATIONS) == {}
    assert shop.lost(data) == {}
    for environment in ([], ["--env", "dev"]):
        code, said = shop.mesh("verify", "--json", *environment)
        assert code == 0, said
