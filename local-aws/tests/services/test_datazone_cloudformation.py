"""A platform's catalogue as a template makes it."""

from __future__ import annotations

from typing import Any

import pytest
from catalogue import FORM, ROLE
from in_process import PLATFORM, REGION, acting_as, client

from mesh_local_aws import resource_properties
from mesh_local_aws.hooks import Refused


class Stack:
    """Resources of a template, made one after the other by the handlers that the emulator calls."""

    def __init__(self) -> None:
        self.made: dict[str, tuple[str, str, dict[str, Any]]] = {}

    def create(self, logical_id: str, type_: str, **properties: Any) -> dict[str, Any]:
        assert resource_properties.problems(type_, properties) == []
        with acting_as(PLATFORM, "deployer"):
            ref, attributes = _handlers(type_)["create"](logical_id, properties, "governance")
        self.made[logical_id] = (type_, ref, properties)
        return {"Ref": ref, **attributes}

    def update(self, logical_id: str, **changes: Any) -> dict[str, Any]:
        type_, ref, before = self.made[logical_id]
        with acting_as(PLATFORM, "deployer"):
            _, attributes = _handlers(type_)["update"](ref, before, before | changes, "governance", logical_id)
        self.made[logical_id] = (type_, ref, before | changes)
        return dict(attributes)

    def delete(self, logical_id: str) -> None:
        type_, ref, properties = self.made.pop(logical_id)
        with acting_as(PLATFORM, "deployer"):
            _handlers(type_)["delete"](ref, properties)


def _handlers(type_: str) -> dict[str, Any]:
    from ministack.services.cloudformation import provisioners

    found: dict[str, Any] = provisioners._RESOURCE_HANDLERS[f"AWS::DataZone::{type_}" if "::" not in type_ else type_]
    return found


def _governance(stack: Stack) -> str:
    domain = stack.create(
        "Domain",
        "AWS::DataZone::Domain",
        Name="shoply",
        DomainVersion="V2",
        DomainExecutionRole=f"{ROLE}/execution",
        ServiceRole=f"{ROLE}/service",
        Tags=[{"Key": "owner", "Value": "platform"}],
    )
    id_ = domain["Ref"]
    unit = stack.create(
        "Unit", "AWS::DataZone::DomainUnit", DomainIdentifier=id_, Name="sales", ParentDomainUnitIdentifier=domain["RootDomainUnitId"]
    )
    assert unit["Ref"] == f"{id_}|{unit['Id']}"
    for policy, detail in (
        ("CREATE_PROJECT_FROM_PROJECT_PROFILE", "CreateProjectFromProjectProfile"),
        ("ADD_TO_PROJECT_MEMBER_POOL", "AddToProjectMemberPool"),
    ):
        stack.create(
            detail,
            "AWS::DataZone::PolicyGrant",
            DomainIdentifier=id_,
            EntityType="DOMAIN_UNIT",
            EntityIdentifier=domain["RootDomainUnitId"],
            PolicyType=policy,
            Principal={"User": {"AllUsersGrantFilter": {}}},
            Detail={detail: {"IncludeChildDomainUnits": True}},
        )
    blueprint = stack.create(
        "Blueprint",
        "AWS::DataZone::EnvironmentBlueprintConfiguration",
        DomainIdentifier=id_,
        EnvironmentBlueprintIdentifier="DataLake",
        EnabledRegions=[REGION],
        RegionalParameters=[{"Region": REGION, "Parameters": {"S3Location": "s3://shoply"}}],
    )
    profile = stack.create(
        "Profile",
        "AWS::DataZone::ProjectProfile",
        DomainIdentifier=id_,
        Name="lake",
        Status="ENABLED",
        EnvironmentConfigurations=[
            {
                "Name": "lake",
                "EnvironmentBlueprintId": blueprint["EnvironmentBlueprintId"],
                "AwsRegion": {"RegionName": REGION},
                "AwsAccount": {"AwsAccountId": PLATFORM},
            }
        ],
    )
    stack.create(
        "Project", "AWS::DataZone::Project", DomainIdentifier=id_, Name="platform", DomainUnitId=unit["Id"], ProjectProfileId=profile["Id"]
    )
    return str(id_)


def test_a_unit_that_no_stack_has_any_more_is_taken_over_as_it_was_made() -> None:
    stack = Stack()
    domain = _governance(stack)
    _, ref, _ = stack.made["Unit"]
    taken_over = _handlers("DomainUnit")["import"]
    with acting_as(PLATFORM, "deployer"):
        again, attributes = taken_over({"DomainId": domain, "Id": ref.rpartition("|")[2]})
    assert (again, attributes["Id"]) == (ref, ref.rpartition("|")[2])


def test_a_template_makes_a_catalogue_that_its_api_knows() -> None:
    stack = Stack()
    id_ = _governance(stack)
    datazone = client("datazone")
    assert datazone.get_domain(identifier=id_)["tags"] == {"owner": "platform"}
    project = datazone.list_projects(domainIdentifier=id_, name="platform")["items"][0]
    deployed = datazone.get_project(domainIdentifier=id_, identifier=project["id"])["environmentDeploymentDetails"]
    assert deployed["overallDeploymentStatus"] == "SUCCESSFUL"
    blueprint = datazone.list_environment_blueprint_configurations(domainIdentifier=id_)["items"][0]
    assert blueprint["regionalParameters"] == {REGION: {"S3Location": "s3://shoply"}}


def test_members_and_form_types_change_in_place() -> None:
    stack = Stack()
    id_ = _governance(stack)
    project = client("datazone").list_projects(domainIdentifier=id_)["items"][0]["id"]
    stack.create("User", "AWS::DataZone::UserProfile", DomainIdentifier=id_, UserIdentifier=f"{ROLE}/steward", UserType="IAM_ROLE")
    stack.create(
        "Member",
        "AWS::DataZone::ProjectMembership",
        DomainIdentifier=id_,
        ProjectIdentifier=project,
        Member={"UserIdentifier": f"{ROLE}/steward"},
        Designation="PROJECT_CONTRIBUTOR",
    )
    stack.update("Member", Designation="PROJECT_OWNER")
    members = client("datazone").list_project_memberships(domainIdentifier=id_, projectIdentifier=project)["members"]
    assert [member["designation"] for member in members] == ["PROJECT_OWNER", "PROJECT_OWNER"]
    form = {"DomainIdentifier": id_, "OwningProjectIdentifier": project, "Name": "MeshContractForm", "Status": "ENABLED"}
    assert stack.create("Form", "AWS::DataZone::FormType", **form, Model={"Smithy": FORM})["Revision"] == "1"
    assert stack.update("Form", Model={"Smithy": FORM.replace("rows", "count")})["Revision"] == "2"


def test_a_resource_that_the_service_refuses_fails_with_its_reason() -> None:
    stack = Stack()
    id_ = _governance(stack)
    with pytest.raises(Refused, match=r"ConflictException.*whose name is sales"):
        stack.create(
            "Twin",
            "AWS::DataZone::DomainUnit",
            DomainIdentifier=id_,
            Name="sales",
            ParentDomainUnitIdentifier=client("datazone").get_domain(identifier=id_)["rootDomainUnitId"],
        )


def test_a_stack_goes_in_the_reverse_order_and_what_is_gone_already_is_no_fault() -> None:
    stack = Stack()
    id_ = _governance(stack)
    client("datazone").delete_project(
        domainIdentifier=id_, identifier=client("datazone").list_projects(domainIdentifier=id_)["items"][0]["id"]
    )
    for logical_id in reversed(list(stack.made)):
        stack.delete(logical_id)
    assert client("datazone").list_domains()["items"] == []


def test_a_group_owns_a_unit_once_the_domain_has_a_profile_of_it() -> None:
    stack, group = Stack(), "906711e1-0000-4000-8000-000000000001"
    domain = stack.create("Domain", "AWS::DataZone::Domain", Name="shop", DomainExecutionRole=f"{ROLE}/execution")
    unit = stack.create(
        "Unit",
        "AWS::DataZone::DomainUnit",
        DomainIdentifier=domain["Id"],
        ParentDomainUnitIdentifier=domain["RootDomainUnitId"],
        Name="sales",
    )
    owner = {"DomainIdentifier": domain["Id"], "EntityType": "DOMAIN_UNIT", "EntityIdentifier": unit["Id"]}
    with pytest.raises(Refused, match=f"has no profile of {group}"):
        stack.create("Owner", "AWS::DataZone::Owner", **owner, Owner={"Group": {"GroupIdentifier": group}})
    profile = stack.create("Group", "AWS::DataZone::GroupProfile", DomainIdentifier=domain["Id"], GroupIdentifier=group)
    stack.create("Owner", "AWS::DataZone::Owner", **owner, Owner={"Group": {"GroupIdentifier": profile["Id"]}})
