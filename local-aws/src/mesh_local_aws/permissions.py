"""What CloudFormation asks IAM for when it makes, changes or deletes a resource with its execution role.

CloudFormation calls a dozen actions for some types. Here stand those that decide: the one that makes the thing, those that
hand out a role or a policy, those that open something to others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """An action on a resource, and what else policies may look at."""

    action: str
    resource: str
    context: Document = field(default_factory=dict)


@dataclass(frozen=True)
class Where:
    account: str
    region: str
    #: What the resource is called, where its properties do not say.
    name: str

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def iam(self, resource: str) -> str:
        return f"arn:aws:iam::{self.account}:{resource}"


#: A service's name in types → in actions, where they differ by more than case.
_SERVICES = {"RedshiftServerless": "redshift-serverless", "StepFunctions": "states"}
#: To make, change and delete one, where that is not Create, Update and Delete with the type's name.
_ACTIONS: dict[str, tuple[str, str, str]] = {
    "AWS::Athena::NamedQuery": ("CreateNamedQuery", "CreateNamedQuery", "DeleteNamedQuery"),
    "AWS::CloudWatch::Alarm": ("PutMetricAlarm", "PutMetricAlarm", "DeleteAlarms"),
    "AWS::CloudWatch::CompositeAlarm": ("PutCompositeAlarm", "PutCompositeAlarm", "DeleteAlarms"),
    "AWS::DataZone::EnvironmentBlueprintConfiguration": (
        "PutEnvironmentBlueprintConfiguration",
        "PutEnvironmentBlueprintConfiguration",
        "DeleteEnvironmentBlueprintConfiguration",
    ),
    "AWS::DataZone::FormType": ("CreateFormType", "CreateFormType", "DeleteFormType"),
    "AWS::DataZone::GroupProfile": ("CreateGroupProfile", "UpdateGroupProfile", "UpdateGroupProfile"),
    "AWS::DataZone::Owner": ("AddEntityOwner", "AddEntityOwner", "RemoveEntityOwner"),
    "AWS::DataZone::PolicyGrant": ("AddPolicyGrant", "AddPolicyGrant", "RemovePolicyGrant"),
    "AWS::DataZone::ProjectMembership": ("CreateProjectMembership", "CreateProjectMembership", "DeleteProjectMembership"),
    "AWS::DataZone::UserProfile": ("CreateUserProfile", "UpdateUserProfile", "UpdateUserProfile"),
    "AWS::Events::EventBusPolicy": ("PutPermission", "PutPermission", "RemovePermission"),
    "AWS::Events::Rule": ("PutRule", "PutRule", "DeleteRule"),
    "AWS::KMS::Key": ("CreateKey", "PutKeyPolicy", "ScheduleKeyDeletion"),
    "AWS::LakeFormation::DataLakeSettings": ("PutDataLakeSettings", "PutDataLakeSettings", "PutDataLakeSettings"),
    "AWS::LakeFormation::PrincipalPermissions": ("GrantPermissions", "GrantPermissions", "RevokePermissions"),
    "AWS::LakeFormation::Resource": ("RegisterResource", "UpdateResource", "DeregisterResource"),
    "AWS::LakeFormation::Tag": ("CreateLFTag", "UpdateLFTag", "DeleteLFTag"),
    "AWS::LakeFormation::TagAssociation": ("AddLFTagsToResource", "AddLFTagsToResource", "RemoveLFTagsFromResource"),
    "AWS::Lambda::Function": ("CreateFunction", "UpdateFunctionConfiguration", "DeleteFunction"),
    "AWS::Logs::LogGroup": ("CreateLogGroup", "PutRetentionPolicy", "DeleteLogGroup"),
    "AWS::Oam::Sink": ("CreateSink", "PutSinkPolicy", "DeleteSink"),
    "AWS::SSO::Assignment": ("CreateAccountAssignment", "CreateAccountAssignment", "DeleteAccountAssignment"),
    "AWS::SNS::Topic": ("CreateTopic", "SetTopicAttributes", "DeleteTopic"),
    "AWS::SQS::Queue": ("CreateQueue", "SetQueueAttributes", "DeleteQueue"),
    "AWS::SecretsManager::ResourcePolicy": ("PutResourcePolicy", "PutResourcePolicy", "DeleteResourcePolicy"),
}
#: type → the resource that IAM is asked about, by the property that has its name.
_NAMED: dict[str, tuple[str, str]] = {
    "AWS::Athena::NamedQuery": ("workgroup/{}", "WorkGroup"),
    "AWS::Athena::WorkGroup": ("workgroup/{}", "Name"),
    "AWS::CloudTrail::Trail": ("trail/{}", "TrailName"),
    "AWS::CloudWatch::Alarm": ("alarm:{}", "AlarmName"),
    "AWS::CloudWatch::CompositeAlarm": ("alarm:{}", "AlarmName"),
    "AWS::DynamoDB::Table": ("table/{}", "TableName"),
    "AWS::Events::Archive": ("archive/{}", "ArchiveName"),
    "AWS::Events::EventBusPolicy": ("event-bus/{}", "EventBusName"),
    "AWS::Events::Rule": ("rule/{}", "Name"),
    "AWS::Glue::DataQualityRuleset": ("dataQualityRuleset/{}", "Name"),
    "AWS::Glue::Job": ("job/{}", "Name"),
    "AWS::Lambda::Function": ("function:{}", "FunctionName"),
    "AWS::Logs::LogGroup": ("log-group:{}:*", "LogGroupName"),
    "AWS::SNS::Topic": ("{}", "TopicName"),
    "AWS::SQS::Queue": ("{}", "QueueName"),
    "AWS::SecretsManager::Secret": ("secret:{}-aBcDeF", "Name"),
    "AWS::StepFunctions::StateMachine": ("stateMachine:{}", "StateMachineName"),
}
#: Types whose action takes no resource of IAM, or whose resource is not known before it is there.
_ANYWHERE = frozenset(
    f"AWS::{service}::{noun}"
    for service, nouns in {
        "DataZone": (
            "DataSource", "Domain", "DomainUnit", "Environment", "EnvironmentBlueprintConfiguration", "FormType", "GroupProfile", "Owner",
            "PolicyGrant", "Project", "ProjectMembership", "ProjectProfile", "SubscriptionTarget", "UserProfile",
        ),
        "KMS": ("Key",),
        "LakeFormation": ("DataCellsFilter", "DataLakeSettings", "PrincipalPermissions", "Resource", "Tag", "TagAssociation"),
        "Oam": ("Link", "Sink"),
        "QuickSight": ("Analysis", "DataSet", "DataSource"),
        "RAM": ("ResourceShare",),
        "RedshiftServerless": ("Namespace", "Workgroup"),
        "SSO": ("Assignment", "PermissionSet"),
        "SecretsManager": ("ResourcePolicy",),
    }.items()
    for noun in nouns
)  # fmt: skip
#: type → the service that is handed a role, and the role in its properties.
_PASSED: dict[str, tuple[str, tuple[str, ...]]] = {
    "AWS::Glue::Job": ("glue.amazonaws.com", ("Role",)),
    "AWS::Lambda::Function": ("lambda.amazonaws.com", ("Role",)),
    "AWS::Scheduler::Schedule": ("scheduler.amazonaws.com", ("Target", "RoleArn")),
    "AWS::StepFunctions::StateMachine": ("states.amazonaws.com", ("RoleArn",)),
}
#: Of these, types whose service takes the role at once, not when it first needs it → for what it says that it does.
_TAKEN: dict[str, Callable[[Document, Where], str | None]] = {
    "AWS::Lambda::Function": lambda _, __: None,
    "AWS::Scheduler::Schedule": lambda asked, where: where.arn("scheduler", f"schedule-group/{asked.get('GroupName') or 'default'}"),
    "AWS::StepFunctions::StateMachine": lambda asked, where: where.arn(
        "states", f"stateMachine:{asked.get('StateMachineName') or where.name}"
    ),
}
CHECKED = sorted(
    {*_NAMED, *_ANYWHERE, *_PASSED, "AWS::IAM::ManagedPolicy", "AWS::IAM::Role", "AWS::S3::Bucket", "AWS::S3::BucketPolicy", "Custom::*"}
)


def asked(type_: str, step: int, properties: Document, before: Document | None, where: Where) -> Iterator[Asked]:
    """`step` is 0 to make, 1 to change, 2 to delete."""
    special = _SPECIAL.get(type_)
    if special is not None:
        yield from special(step, properties, before, where)
    if type_.startswith("Custom::"):
        yield Asked("lambda:InvokeFunction", str(properties["ServiceToken"]))
    if type_ in _NAMED:
        service, action = _action(type_, step)
        resource, name = _NAMED[type_]
        yield Asked(f"{service}:{action}", where.arn(service, resource.format(properties.get(name) or where.name)))
    if type_ in _ANYWHERE and not (
        type_ == "AWS::KMS::Key" and step == 1 and (before or {}).get("KeyPolicy") == properties.get("KeyPolicy")
    ):
        yield Asked(":".join(_action(type_, step)), "*")
    for to, arn in _passed(type_, step, properties, where):
        yield Asked("iam:PassRole", arn, {"iam:passedtoservice": to})


def taken_at_once(type_: str, step: int, properties: Document, where: Where) -> Iterator[tuple[str, str, str | None]]:
    """(service, role, ARN of what the service takes it for) of services that refuse a role whose trust does not let them have it."""
    if type_ in _TAKEN:
        for to, arn in _passed(type_, step, properties, where):
            yield to, arn, _TAKEN[type_](properties, where)


def _passed(type_: str, step: int, properties: Document, where: Where) -> Iterator[tuple[str, str]]:
    if type_ not in _PASSED or step == 2:
        return
    to, path = _PASSED[type_]
    role: Any = properties
    for part in path:
        role = (role or {}).get(part)
    if role:
        yield to, str(role) if str(role).startswith("arn:") else where.iam(f"role/{role}")


def _action(type_: str, step: int) -> tuple[str, str]:
    """(service, action)"""
    _, service, noun = type_.split("::")
    actions = _ACTIONS.get(type_) or (f"Create{noun}", f"Update{noun}", f"Delete{noun}")
    return _SERVICES.get(service, service.lower()), actions[step]


def _role(step: int, properties: Document, before: Document | None, where: Where) -> Iterator[Asked]:
    arn = where.iam(f"role{properties.get('Path', '/')}{properties.get('RoleName') or where.name}")
    boundary = properties.get("PermissionsBoundary")
    bounded = {"iam:permissionsboundary": boundary} if boundary else {}
    if step == 0:
        yield Asked("iam:CreateRole", arn, bounded)
    elif step == 2:
        yield Asked("iam:DeleteRole", arn)
    was = before or {}
    if step == 1 and was.get("AssumeRolePolicyDocument") != properties.get("AssumeRolePolicyDocument"):
        yield Asked("iam:UpdateAssumeRolePolicy", arn)
    if step == 1 and was.get("PermissionsBoundary") != boundary:
        yield Asked("iam:PutRolePermissionsBoundary" if boundary else "iam:DeleteRolePermissionsBoundary", arn, bounded)
    if step < 2:
        for policy in properties.get("ManagedPolicyArns", []):
            if policy not in was.get("ManagedPolicyArns", []):
                yield Asked("iam:AttachRolePolicy", arn, {**bounded, "iam:policyarn": policy})
        if properties.get("Policies") and properties["Policies"] != was.get("Policies"):
            yield Asked("iam:PutRolePolicy", arn, bounded)


def _managed_policy(step: int, properties: Document, _: Document | None, where: Where) -> Iterator[Asked]:
    arn = where.iam(f"policy{properties.get('Path', '/')}{properties.get('ManagedPolicyName') or where.name}")
    yield Asked(("iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicy")[step], arn)


def _bucket(step: int, properties: Document, _: Document | None, where: Where) -> Iterator[Asked]:
    arn = f"arn:aws:s3:::{properties.get('BucketName') or where.name.lower()}"
    if step != 1:
        yield Asked("s3:CreateBucket" if step == 0 else "s3:DeleteBucket", arn)
    if step < 2:
        for name, action in _BUCKET_PARTS.items():
            if name in properties:
                yield Asked(action, arn)


_BUCKET_PARTS = {
    "BucketEncryption": "s3:PutEncryptionConfiguration",
    "LifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "LoggingConfiguration": "s3:PutBucketLogging",
    "OwnershipControls": "s3:PutBucketOwnershipControls",
    "PublicAccessBlockConfiguration": "s3:PutBucketPublicAccessBlock",
    "VersioningConfiguration": "s3:PutBucketVersioning",
    "ReplicationConfiguration": "s3:PutReplicationConfiguration",
    "NotificationConfiguration": "s3:PutBucketNotification",
}


def _bucket_policy(step: int, properties: Document, _: Document | None, __: Where) -> Iterator[Asked]:
    yield Asked("s3:PutBucketPolicy" if step < 2 else "s3:DeleteBucketPolicy", f"arn:aws:s3:::{properties['Bucket']}")


def _schedule(step: int, properties: Document, _: Document | None, where: Where) -> Iterator[Asked]:
    action = ("scheduler:CreateSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule")[step]
    yield Asked(action, where.arn("scheduler", f"schedule/{properties.get('GroupName', 'default')}/{properties.get('Name') or where.name}"))


def _catalogue_roles(step: int, properties: Document, _: Document | None, __: Where) -> Iterator[Asked]:
    """Roles that DataZone is handed with a domain, or to provision and to manage access with."""
    for name in ("DomainExecutionRole", "ServiceRole", "ProvisioningRoleArn", "ManageAccessRoleArn"):
        if step < 2 and name in properties:
            yield Asked("iam:PassRole", str(properties[name]), {"iam:passedtoservice": "datazone.amazonaws.com"})


_SPECIAL: dict[str, Callable[[int, Document, Document | None, Where], Iterator[Asked]]] = {
    "AWS::DataZone::Domain": _catalogue_roles,
    "AWS::DataZone::EnvironmentBlueprintConfiguration": _catalogue_roles,
    "AWS::IAM::ManagedPolicy": _managed_policy,
    "AWS::IAM::Role": _role,
    "AWS::S3::Bucket": _bucket,
    "AWS::S3::BucketPolicy": _bucket_policy,
    "AWS::Scheduler::Schedule": _schedule,
}
