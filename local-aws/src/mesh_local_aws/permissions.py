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


#: type → (the service, actions to make, change and delete, the resource by the property of its name).
_NAMED: dict[str, tuple[str, tuple[str, str, str], str, str]] = {
    "AWS::Athena::NamedQuery": ("athena", ("CreateNamedQuery", "CreateNamedQuery", "DeleteNamedQuery"), "workgroup/{}", "WorkGroup"),
    "AWS::Athena::WorkGroup": ("athena", ("CreateWorkGroup", "UpdateWorkGroup", "DeleteWorkGroup"), "workgroup/{}", "Name"),
    "AWS::CloudTrail::Trail": ("cloudtrail", ("CreateTrail", "UpdateTrail", "DeleteTrail"), "trail/{}", "TrailName"),
    "AWS::CloudWatch::Alarm": ("cloudwatch", ("PutMetricAlarm", "PutMetricAlarm", "DeleteAlarms"), "alarm:{}", "AlarmName"),
    "AWS::CloudWatch::CompositeAlarm": ("cloudwatch", ("PutCompositeAlarm", "PutCompositeAlarm", "DeleteAlarms"), "alarm:{}", "AlarmName"),
    "AWS::DynamoDB::Table": ("dynamodb", ("CreateTable", "UpdateTable", "DeleteTable"), "table/{}", "TableName"),
    "AWS::Events::Archive": ("events", ("CreateArchive", "UpdateArchive", "DeleteArchive"), "archive/{}", "ArchiveName"),
    "AWS::Events::EventBusPolicy": ("events", ("PutPermission", "PutPermission", "RemovePermission"), "event-bus/{}", "EventBusName"),
    "AWS::Events::Rule": ("events", ("PutRule", "PutRule", "DeleteRule"), "rule/{}", "Name"),
    "AWS::Glue::DataQualityRuleset": (
        "glue",
        ("CreateDataQualityRuleset", "UpdateDataQualityRuleset", "DeleteDataQualityRuleset"),
        "dataQualityRuleset/{}",
        "Name",
    ),
    "AWS::Glue::Job": ("glue", ("CreateJob", "UpdateJob", "DeleteJob"), "job/{}", "Name"),
    "AWS::Lambda::Function": ("lambda", ("CreateFunction", "UpdateFunctionConfiguration", "DeleteFunction"), "function:{}", "FunctionName"),
    "AWS::Logs::LogGroup": ("logs", ("CreateLogGroup", "PutRetentionPolicy", "DeleteLogGroup"), "log-group:{}:*", "LogGroupName"),
    "AWS::SNS::Topic": ("sns", ("CreateTopic", "SetTopicAttributes", "DeleteTopic"), "{}", "TopicName"),
    "AWS::SQS::Queue": ("sqs", ("CreateQueue", "SetQueueAttributes", "DeleteQueue"), "{}", "QueueName"),
    "AWS::SecretsManager::Secret": ("secretsmanager", ("CreateSecret", "UpdateSecret", "DeleteSecret"), "secret:{}-aBcDeF", "Name"),
    "AWS::StepFunctions::StateMachine": (
        "states",
        ("CreateStateMachine", "UpdateStateMachine", "DeleteStateMachine"),
        "stateMachine:{}",
        "StateMachineName",
    ),
}
#: Types whose action takes no resource of IAM, or whose resource is not known before it is there.
_ANYWHERE: dict[str, tuple[str, str, str]] = {
    **{
        f"AWS::DataZone::{noun}": (f"datazone:Create{noun}", f"datazone:Update{noun}", f"datazone:Delete{noun}")
        for noun in ("DataSource", "Domain", "DomainUnit", "Environment", "Project", "ProjectProfile", "SubscriptionTarget")
    },
    "AWS::DataZone::EnvironmentBlueprintConfiguration": (
        "datazone:PutEnvironmentBlueprintConfiguration",
        "datazone:PutEnvironmentBlueprintConfiguration",
        "datazone:DeleteEnvironmentBlueprintConfiguration",
    ),
    "AWS::DataZone::FormType": ("datazone:CreateFormType", "datazone:CreateFormType", "datazone:DeleteFormType"),
    "AWS::DataZone::GroupProfile": ("datazone:CreateGroupProfile", "datazone:UpdateGroupProfile", "datazone:UpdateGroupProfile"),
    "AWS::DataZone::Owner": ("datazone:AddEntityOwner", "datazone:AddEntityOwner", "datazone:RemoveEntityOwner"),
    "AWS::DataZone::PolicyGrant": ("datazone:AddPolicyGrant", "datazone:AddPolicyGrant", "datazone:RemovePolicyGrant"),
    "AWS::DataZone::ProjectMembership": (
        "datazone:CreateProjectMembership",
        "datazone:CreateProjectMembership",
        "datazone:DeleteProjectMembership",
    ),
    "AWS::DataZone::UserProfile": ("datazone:CreateUserProfile", "datazone:UpdateUserProfile", "datazone:UpdateUserProfile"),
    "AWS::KMS::Key": ("kms:CreateKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"),
    "AWS::LakeFormation::DataCellsFilter": (
        "lakeformation:CreateDataCellsFilter",
        "lakeformation:UpdateDataCellsFilter",
        "lakeformation:DeleteDataCellsFilter",
    ),
    "AWS::LakeFormation::DataLakeSettings": (
        "lakeformation:PutDataLakeSettings",
        "lakeformation:PutDataLakeSettings",
        "lakeformation:PutDataLakeSettings",
    ),
    "AWS::LakeFormation::PrincipalPermissions": (
        "lakeformation:GrantPermissions",
        "lakeformation:GrantPermissions",
        "lakeformation:RevokePermissions",
    ),
    "AWS::LakeFormation::Resource": ("lakeformation:RegisterResource", "lakeformation:UpdateResource", "lakeformation:DeregisterResource"),
    "AWS::Oam::Link": ("oam:CreateLink", "oam:UpdateLink", "oam:DeleteLink"),
    "AWS::Oam::Sink": ("oam:CreateSink", "oam:PutSinkPolicy", "oam:DeleteSink"),
    "AWS::LakeFormation::Tag": ("lakeformation:CreateLFTag", "lakeformation:UpdateLFTag", "lakeformation:DeleteLFTag"),
    "AWS::LakeFormation::TagAssociation": (
        "lakeformation:AddLFTagsToResource",
        "lakeformation:AddLFTagsToResource",
        "lakeformation:RemoveLFTagsFromResource",
    ),
    **{
        f"AWS::QuickSight::{noun}": (f"quicksight:Create{noun}", f"quicksight:Update{noun}", f"quicksight:Delete{noun}")
        for noun in ("Analysis", "DataSet", "DataSource")
    },
    **{
        f"AWS::RedshiftServerless::{noun}": (
            f"redshift-serverless:Create{noun}",
            f"redshift-serverless:Update{noun}",
            f"redshift-serverless:Delete{noun}",
        )
        for noun in ("Namespace", "Workgroup")
    },
    "AWS::RAM::ResourceShare": ("ram:CreateResourceShare", "ram:UpdateResourceShare", "ram:DeleteResourceShare"),
    "AWS::SecretsManager::ResourcePolicy": (
        "secretsmanager:PutResourcePolicy",
        "secretsmanager:PutResourcePolicy",
        "secretsmanager:DeleteResourcePolicy",
    ),
}
#: type → the service that is handed a role, and the role in its properties.
_PASSED: dict[str, tuple[str, tuple[str, ...]]] = {
    "AWS::Glue::Job": ("glue.amazonaws.com", ("Role",)),
    "AWS::Lambda::Function": ("lambda.amazonaws.com", ("Role",)),
    "AWS::Scheduler::Schedule": ("scheduler.amazonaws.com", ("Target", "RoleArn")),
    "AWS::StepFunctions::StateMachine": ("states.amazonaws.com", ("RoleArn",)),
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
        service, actions, resource, name = _NAMED[type_]
        called = properties.get(name) or where.name
        yield Asked(f"{service}:{actions[step]}", where.arn(service, resource.format(called)))
    if type_ in _ANYWHERE and not (
        type_ == "AWS::KMS::Key" and step == 1 and (before or {}).get("KeyPolicy") == properties.get("KeyPolicy")
    ):
        yield Asked(_ANYWHERE[type_][step], "*")
    if type_ in _PASSED and step < 2:
        to, path = _PASSED[type_]
        role: Any = properties
        for part in path:
            role = (role or {}).get(part)
        if role:
            arn = role if str(role).startswith("arn:") else where.iam(f"role/{role}")
            yield Asked("iam:PassRole", arn, {"iam:passedtoservice": to})


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
