"""IAM Identity Center as templates make it: permission sets, and the groups that have them in accounts.

A set that is assigned becomes a role of the account, as on AWS: with the customer's policies of that name and path, which have to be
there. Groups are ids: there is no directory, and nobody signs in.
https://docs.aws.amazon.com/singlesignon/latest/userguide/howtocmp.html
"""

from __future__ import annotations

import re
import uuid

from mesh_local_aws import hooks, stores
from mesh_local_aws.hooks import Document, Made, Place, Refused

SETS = hooks.state("sso-permission-sets")
ASSIGNMENTS = hooks.state("sso-assignments")

#: What an assignment is known by, in the order of its Ref.
_IDENTIFIES = ("InstanceArn", "TargetId", "TargetType", "PermissionSetArn", "PrincipalType", "PrincipalId")
_INSTANCE = re.compile(r"arn:aws:sso:::instance/(ssoins-[0-9a-f]{16})")


def install() -> None:
    hooks.resource("AWS::SSO::PermissionSet", create=_create_set, update=_change_set, delete=_delete_set)
    hooks.resource("AWS::SSO::Assignment", create=_assign, delete=_unassign)


def _create_set(properties: Document, _: Place) -> Made:
    found = _INSTANCE.fullmatch(properties["InstanceArn"])
    if found is None:
        raise Refused("ResourceNotFoundException", f"there is no instance {properties['InstanceArn']}")
    if any((each["InstanceArn"], each["Name"]) == (properties["InstanceArn"], properties["Name"]) for each in SETS.values()):
        raise Refused("ConflictException", f"PermissionSet with name {properties['Name']} already exists")
    arn = f"arn:aws:sso:::permissionSet/{found[1]}/ps-{uuid.uuid4().hex[:16]}"
    SETS[arn] = {**properties, "Role": f"AWSReservedSSO_{properties['Name']}_{uuid.uuid4().hex[:16]}"}
    return _made(arn)


def _change_set(ref: str, _: Document, after: Document, __: Place) -> Made:
    arn = ref.partition("|")[2]
    SETS[arn] = {**after, "Role": SETS[arn]["Role"]}
    for account in sorted({each["TargetId"] for each in _assigned(arn)}):
        _remove_role(SETS[arn], account)
        _provision(SETS[arn], account)
    return _made(arn)


def _delete_set(ref: str, _: Document) -> None:
    arn = ref.partition("|")[2]
    if _assigned(arn):
        raise Refused("ConflictException", f"PermissionSet {arn} is assigned")
    SETS.pop(arn, None)


def _assign(properties: Document, _: Place) -> Made:
    arn, account = properties["PermissionSetArn"], properties["TargetId"]
    if arn not in SETS:
        raise Refused("ResourceNotFoundException", f"there is no permission set {arn}")
    ref = "|".join(properties[name] for name in _IDENTIFIES)
    if ref in ASSIGNMENTS:
        raise Refused("ConflictException", f"{properties['PrincipalId']} has {arn} in {account} already")
    if not any(each["TargetId"] == account for each in _assigned(arn)):
        _provision(SETS[arn], account)
    ASSIGNMENTS[ref] = properties
    return Made(ref)


def _unassign(ref: str, _: Document) -> None:
    gone = ASSIGNMENTS.pop(ref, None)
    if gone is not None and not any(each["TargetId"] == gone["TargetId"] for each in _assigned(gone["PermissionSetArn"])):
        _remove_role(SETS[gone["PermissionSetArn"]], gone["TargetId"])


def _provision(permissions: Document, account: str) -> None:
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::{account}:saml-provider/AWSSSO_DO_NOT_DELETE"},
        "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
        "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
    }
    named = permissions.get("CustomerManagedPolicyReferences", ())
    policies = [f"arn:aws:iam::{account}:policy{each.get('Path', '/')}{each['Name']}" for each in named]
    with hooks.acting(account):
        for policy in policies:
            if not stores.has_policy(policy):
                raise Refused("ResourceNotFoundException", f"account {account} has no policy {policy}, which the permission set names")
        role = {
            "RoleName": permissions["Role"],
            "Path": f"/aws-reserved/sso.amazonaws.com/{hooks.caller().region}/",
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "ManagedPolicyArns": policies,
        }
        stores.resource_handlers("AWS::IAM::Role")["create"]("Role", role, "sso")


def _remove_role(permissions: Document, account: str) -> None:
    with hooks.acting(account):
        stores.resource_handlers("AWS::IAM::Role")["delete"](permissions["Role"], {})


def _assigned(arn: str) -> list[Document]:
    return [each for each in ASSIGNMENTS.values() if each["PermissionSetArn"] == arn]


def _made(arn: str) -> Made:
    return Made(f"{SETS[arn]['InstanceArn']}|{arn}", {"PermissionSetArn": arn})
