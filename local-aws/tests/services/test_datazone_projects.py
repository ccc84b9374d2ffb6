"""Who may do what in DataZone."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from catalogue import ROLE, Catalogue
from in_process import CONSUMER, PLATFORM, REGION, SALES, client

ANYONE = f"{ROLE}/anyone"


def test_who_makes_a_project_owns_it_and_its_name_is_taken() -> None:
    catalogue = Catalogue()
    project = catalogue.create_project(catalogue.publisher)
    members = catalogue.datazone.list_project_memberships(domainIdentifier=catalogue.id, projectIdentifier=project)["members"]
    profile = catalogue.datazone.get_user_profile(
        domainIdentifier=catalogue.id, userIdentifier=f"{ROLE}/mesh-platform/sales/mesh-sales-catalogue-publisher", type="IAM"
    )
    assert members == [{"memberDetails": {"user": {"userId": profile["id"]}}, "designation": "PROJECT_OWNER"}]
    with pytest.raises(ClientError, match="ConflictException"):
        catalogue.create_project(catalogue.publisher)


def test_nobody_makes_a_project_where_no_policy_grants_it() -> None:
    catalogue = Catalogue(open_to_all=False)
    with pytest.raises(ClientError, match=r"AccessDenied.*sales does not grant CREATE_PROJECT_FROM_PROJECT_PROFILE"):
        catalogue.create_project(catalogue.publisher)


def test_a_grant_on_the_root_reaches_a_unit_below_it_only_with_its_children() -> None:
    catalogue = Catalogue(open_to_all=False)
    policy = "CREATE_PROJECT_FROM_PROJECT_PROFILE"
    catalogue.grant(catalogue.root, policy, {"createProjectFromProjectProfile": {}})
    with pytest.raises(ClientError, match="AccessDenied"):
        catalogue.create_project(catalogue.publisher)
    catalogue.grant(
        catalogue.root,
        policy,
        {"createProjectFromProjectProfile": {"includeChildDomainUnits": True}},
        user=f"{ROLE}/mesh-sales-catalogue-publisher",
    )
    assert catalogue.create_project(catalogue.publisher)


def test_a_grant_may_be_for_one_profile() -> None:
    catalogue = Catalogue(open_to_all=False)
    other = catalogue.datazone.create_project_profile(domainIdentifier=catalogue.id, name="other", status="ENABLED")["id"]
    catalogue.grant(
        catalogue.unit, "CREATE_PROJECT_FROM_PROJECT_PROFILE", {"createProjectFromProjectProfile": {"projectProfiles": [other]}}
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        catalogue.create_project(catalogue.publisher)


def test_a_member_has_to_be_in_the_pool_of_every_unit_up_to_the_root() -> None:
    catalogue = Catalogue(open_to_all=False)
    catalogue.grant(catalogue.unit, "CREATE_PROJECT_FROM_PROJECT_PROFILE", {"createProjectFromProjectProfile": {}})
    project = catalogue.create_project(catalogue.publisher)

    def add() -> None:
        catalogue.publisher.create_project_membership(
            domainIdentifier=catalogue.id,
            projectIdentifier=project,
            member={"userIdentifier": ANYONE},
            designation="PROJECT_CONTRIBUTOR",
        )

    catalogue.grant(catalogue.unit, "ADD_TO_PROJECT_MEMBER_POOL", {"addToProjectMemberPool": {}})
    with pytest.raises(ClientError, match=r"AccessDenied.*member pool of all of sales, shoply"):
        add()
    catalogue.grant(catalogue.root, "ADD_TO_PROJECT_MEMBER_POOL", {"addToProjectMemberPool": {}}, user=ANYONE)
    add()
    with pytest.raises(ClientError, match="ConflictException"):
        add()


def test_only_an_owner_adds_members_and_the_last_owner_stays() -> None:
    catalogue = Catalogue()
    project = catalogue.create_project(catalogue.publisher)
    asked = {"domainIdentifier": catalogue.id, "projectIdentifier": project}
    with pytest.raises(ClientError, match="AccessDenied"):
        catalogue.datazone.create_project_membership(**asked, member={"userIdentifier": ANYONE}, designation="PROJECT_OWNER")
    with pytest.raises(ClientError, match="no owner left"):
        catalogue.publisher.delete_project_membership(**asked, member={"userIdentifier": f"{ROLE}/mesh-sales-catalogue-publisher"})


def test_a_domain_is_seen_from_accounts_that_it_is_shared_with() -> None:
    catalogue = Catalogue()
    assert client("datazone", SALES).get_domain(identifier=catalogue.id)["status"] == "AVAILABLE"
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client("datazone", CONSUMER).get_domain(identifier=catalogue.id)


def test_another_accounts_role_needs_a_profile() -> None:
    catalogue = Catalogue()
    stranger = client("datazone", SALES, "stranger")
    with pytest.raises(ClientError, match=r"AccessDenied.*has no profile"):
        catalogue.create_project(stranger)
    catalogue.datazone.create_user_profile(
        domainIdentifier=catalogue.id, userIdentifier=f"arn:aws:iam::{SALES}:role/stranger", userType="IAM_ROLE"
    )
    assert catalogue.create_project(stranger)


def test_an_environment_whose_blueprint_is_not_configured_in_its_account_fails_and_says_so() -> None:
    catalogue = Catalogue()
    catalogue.datazone.update_project_profile(
        domainIdentifier=catalogue.id,
        identifier=catalogue.profile,
        environmentConfigurations=[
            {
                "name": "lake",
                "environmentBlueprintId": catalogue.blueprint,
                "awsAccount": {"awsAccountId": CONSUMER},
                "awsRegion": {"regionName": REGION},
            },
        ],
    )
    project = catalogue.create_project(catalogue.publisher)
    deployed = catalogue.publisher.get_project(domainIdentifier=catalogue.id, identifier=project)["environmentDeploymentDetails"]
    assert deployed["overallDeploymentStatus"] == "FAILED_DEPLOYMENT"
    assert deployed["environmentFailureReasons"]["lake"][0]["message"] == f"the blueprint DataLake is not configured in account {CONSUMER}"


def test_a_project_whose_profile_provisions_nothing_has_its_lake_added() -> None:
    catalogue = Catalogue()
    catalogue.datazone.update_project_profile(domainIdentifier=catalogue.id, identifier=catalogue.profile, environmentConfigurations=[])
    project = catalogue.create_project(catalogue.publisher)
    of_project = {"domainIdentifier": catalogue.id, "projectIdentifier": project}
    assert catalogue.publisher.list_connections(**of_project)["items"] == []
    catalogue.datazone.create_environment(
        **of_project,
        name="lake",
        environmentAccountIdentifier=SALES,
        environmentAccountRegion=REGION,
        environmentBlueprintIdentifier=catalogue.blueprint,
    )
    (connection,) = catalogue.publisher.list_connections(**of_project)["items"]
    assert connection["name"] == "project.default_lakehouse"
    assert connection["physicalEndpoints"][0]["awsLocation"] == {"awsAccountId": SALES, "awsRegion": REGION}


def test_domains_of_version_1_have_environments_instead_of_profiles() -> None:
    datazone = client("datazone")
    domain = datazone.create_domain(name="old", domainExecutionRole=f"{ROLE}/execution")
    asked = {"domainIdentifier": domain["id"]}
    datazone.add_policy_grant(
        **asked,
        entityType="DOMAIN_UNIT",
        entityIdentifier=domain["rootDomainUnitId"],
        policyType="CREATE_PROJECT",
        principal={"user": {"allUsersGrantFilter": {}}},
        detail={"createProject": {}},
    )
    project = datazone.create_project(**asked, name="sales")["id"]
    lake = datazone.list_environment_blueprints(**asked, name="DefaultDataLake")["items"][0]["id"]
    datazone.put_environment_blueprint_configuration(**asked, environmentBlueprintIdentifier=lake, enabledRegions=[REGION])
    datazone.create_environment(
        **asked,
        projectIdentifier=project,
        name="lake",
        environmentAccountIdentifier=PLATFORM,
        environmentAccountRegion=REGION,
        environmentBlueprintIdentifier=lake,
    )
    found = datazone.list_environments(**asked, projectIdentifier=project, awsAccountId=PLATFORM, awsAccountRegion=REGION, status="ACTIVE")[
        "items"
    ]
    assert [each["name"] for each in found] == ["lake"]


def test_the_owner_of_a_unit_is_who_made_it_until_there_are_others() -> None:
    catalogue = Catalogue()
    asked = {"domainIdentifier": catalogue.id, "entityType": "DOMAIN_UNIT", "entityIdentifier": catalogue.unit}
    catalogue.datazone.add_entity_owner(**asked, owner={"user": {"userIdentifier": ANYONE}})
    assert len(catalogue.datazone.list_entity_owners(**asked)["owners"]) == 2
    catalogue.datazone.remove_entity_owner(**asked, owner={"user": {"userIdentifier": ANYONE}})
    assert len(catalogue.datazone.list_entity_owners(**asked)["owners"]) == 1


def test_a_policy_of_a_unit_has_twenty_grants_at_most() -> None:
    catalogue = Catalogue(open_to_all=False)
    for number in range(20):
        catalogue.grant(catalogue.unit, "CREATE_GLOSSARY", {"createGlossary": {}}, user=f"{ROLE}/number{number}")
    with pytest.raises(ClientError, match="ServiceQuotaExceededException"):
        catalogue.grant(catalogue.unit, "CREATE_GLOSSARY", {"createGlossary": {}})
