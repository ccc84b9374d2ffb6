"""What CloudFormation asks IAM for with its execution role."""

from __future__ import annotations

from typing import Any

from mesh_local_aws import permissions
from mesh_local_aws.permissions import Asked, Where

HERE = Where("222222222222", "eu-west-1", "stack-Thing-1")
MAKE, CHANGE, DELETE = 0, 1, 2


def asked(type_: str, step: int, properties: dict[str, Any], before: dict[str, Any] | None = None) -> list[Asked]:
    return list(permissions.asked(type_, step, properties, before, HERE))


def test_a_role_is_made_with_its_boundary_in_view_and_its_policies_attached_one_by_one() -> None:
    boundary = "arn:aws:iam::222222222222:policy/boundary"
    role = {"RoleName": "job", "Path": "/mesh/sales/", "PermissionsBoundary": boundary, "ManagedPolicyArns": ["arn:aws:iam::aws:policy/A"]}
    arn = "arn:aws:iam::222222222222:role/mesh/sales/job"
    assert asked("AWS::IAM::Role", MAKE, role) == [
        Asked("iam:CreateRole", arn, {"iam:permissionsboundary": boundary}),
        Asked("iam:AttachRolePolicy", arn, {"iam:permissionsboundary": boundary, "iam:policyarn": "arn:aws:iam::aws:policy/A"}),
    ]


def test_whom_a_role_trusts_is_a_permission_of_its_own() -> None:
    before = {"RoleName": "job", "AssumeRolePolicyDocument": {"Statement": []}}
    after = {"RoleName": "job", "AssumeRolePolicyDocument": {"Statement": [{}]}}
    assert [one.action for one in asked("AWS::IAM::Role", CHANGE, after, before)] == ["iam:UpdateAssumeRolePolicy"]
    assert asked("AWS::IAM::Role", CHANGE, {**before, "Description": "x"}, before) == []


def test_a_boundary_that_goes_is_asked_for() -> None:
    before = {"RoleName": "job", "PermissionsBoundary": "arn:aws:iam::222222222222:policy/boundary"}
    assert [one.action for one in asked("AWS::IAM::Role", CHANGE, {"RoleName": "job"}, before)] == ["iam:DeleteRolePermissionsBoundary"]


def test_a_catalogue_is_handed_the_roles_that_it_works_with() -> None:
    execution = "arn:aws:iam::222222222222:role/mesh-platform/catalogue-execution"
    catalogue = {"Name": "shop", "DomainExecutionRole": execution}
    assert asked("AWS::DataZone::Domain", MAKE, catalogue) == [
        Asked("iam:PassRole", execution, {"iam:passedtoservice": "datazone.amazonaws.com"}),
        Asked("datazone:CreateDomain", "*"),
    ]
    assert asked("AWS::DataZone::Domain", DELETE, catalogue) == [Asked("datazone:DeleteDomain", "*")]


def test_a_role_that_is_handed_to_a_service_is_passed_to_it() -> None:
    job = {"Name": "etl", "Role": "arn:aws:iam::222222222222:role/job"}
    assert asked("AWS::Glue::Job", MAKE, job) == [
        Asked("glue:CreateJob", "arn:aws:glue:eu-west-1:222222222222:job/etl"),
        Asked("iam:PassRole", "arn:aws:iam::222222222222:role/job", {"iam:passedtoservice": "glue.amazonaws.com"}),
    ]
    assert [one.action for one in asked("AWS::Glue::Job", DELETE, job)] == ["glue:DeleteJob"]


def test_a_key_is_opened_by_its_policy_alone() -> None:
    closed, opened = {"KeyPolicy": {"Statement": []}}, {"KeyPolicy": {"Statement": [{}]}}
    assert asked("AWS::KMS::Key", CHANGE, {**closed, "EnableKeyRotation": True}, closed) == []
    assert [one.action for one in asked("AWS::KMS::Key", CHANGE, opened, closed)] == ["kms:PutKeyPolicy"]


def test_a_custom_resource_asks_its_function() -> None:
    function = "arn:aws:lambda:eu-west-1:222222222222:function:mesh-sales-tables"
    assert asked("Custom::MeshTables", MAKE, {"ServiceToken": function}) == [Asked("lambda:InvokeFunction", function)]


def test_a_bucket_asks_for_each_of_its_parts() -> None:
    bucket = {"BucketName": "raw", "VersioningConfiguration": {"Status": "Enabled"}, "ReplicationConfiguration": {}}
    assert [one.action for one in asked("AWS::S3::Bucket", MAKE, bucket)] == [
        "s3:CreateBucket",
        "s3:PutBucketVersioning",
        "s3:PutReplicationConfiguration",
    ]


def test_what_is_granted_by_a_stack_is_granted_by_its_role() -> None:
    assert asked("AWS::LakeFormation::PrincipalPermissions", MAKE, {}) == [Asked("lakeformation:GrantPermissions", "*")]


def test_who_takes_a_role_at_once_must_be_let_to_and_a_job_takes_it_when_it_runs() -> None:
    def taken(type_: str, step: int = MAKE) -> list[tuple[str, str, str | None]]:
        properties = {"Role": role, "RoleArn": role, "StateMachineName": "runs"}
        return list(permissions.taken_at_once(f"AWS::{type_}", step, properties, HERE))

    role = "arn:aws:iam::222222222222:role/job"
    assert taken("Lambda::Function") == [("lambda.amazonaws.com", role, None)]
    runs = "arn:aws:states:eu-west-1:222222222222:stateMachine:runs"
    assert taken("StepFunctions::StateMachine") == [("states.amazonaws.com", role, runs)]
    assert (taken("Glue::Job"), taken("Lambda::Function", DELETE)) == ([], [])
