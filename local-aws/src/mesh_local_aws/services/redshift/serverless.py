"""Namespaces, workgroups and their limits."""

from __future__ import annotations

import json
import time
import uuid

from mesh_local_aws import hooks, sessions, stores
from mesh_local_aws.hooks import Document, Made, Place, Refused

NAMESPACES = hooks.state("redshift-namespaces")
WORKGROUPS = hooks.state("redshift-workgroups")
LIMITS = hooks.state("redshift-limits")
#: What is in a namespace: the document of a database.
DATABASES = hooks.state("redshift-databases")
#: Here, since what runs them is loaded with the first of them, and what is kept is read before that.
STATEMENTS = hooks.state("redshift-statements")


def namespace(name: str) -> Document:
    return _there(NAMESPACES, name, "namespace")


def workgroup(name: str) -> Document:
    """By its name or its ARN."""
    found = next((each for each in WORKGROUPS.values() if name in (each["workgroupName"], each["workgroupArn"])), None)
    if found is None:
        raise Refused("ResourceNotFoundException", f"there is no workgroup {name}")
    return found


def _there(kept: hooks.State, name: str, what: str) -> Document:
    found = kept.get(name)
    if found is None:
        raise Refused("ResourceNotFoundException", f"there is no {what} {name}")
    return found


# --- the types of CloudFormation -------------------------------------------------------------------------------------


def make_namespace(properties: Document, _: Place) -> Made:
    name, caller = properties["NamespaceName"], hooks.caller()
    if name in NAMESPACES:
        raise Refused("ConflictException", f"the namespace {name} is there already")
    if not _true(properties.get("ManageAdminPassword")):
        raise Refused("ValidationException", "a password that is written down is not emulated: set ManageAdminPassword")
    admin, id_ = properties.get("AdminUsername", "admin"), str(uuid.uuid4())
    secret = stores.call(
        "secretsmanager",
        "CreateSecret",
        {"Name": f"redshift!{name}-{admin}", "SecretString": json.dumps({"username": admin, "password": uuid.uuid4().hex})},
    )
    NAMESPACES[name] = {
        "namespaceName": name,
        "namespaceId": id_,
        "namespaceArn": f"arn:aws:redshift-serverless:{caller.region}:{caller.account}:namespace/{id_}",
        "dbName": properties.get("DbName", "dev"),
        "adminUsername": admin,
        "adminPasswordSecretArn": secret["ARN"],
        "creationDate": time.time(),
        "status": "AVAILABLE",
    }
    DATABASES[name] = {"schemas": ["public"], "external": {}, "roles": [], "views": {}, "stored": {}, "granted": []}
    return _changed(name, properties)


def change_namespace(ref: str, _: Document, after: Document, __: Place) -> Made:
    return _changed(ref, after)


def _changed(name: str, properties: Document) -> Made:
    for role in properties.get("IamRoles", ()):
        if sessions.role(role) is None:
            raise Refused("ValidationException", f"there is no role {role}")
    found = NAMESPACES[name]
    found.update(
        kmsKeyId=properties.get("KmsKeyId", "AWS_OWNED_KMS_KEY"),
        adminPasswordSecretKmsKeyId=properties.get("AdminPasswordSecretKmsKeyId"),
        iamRoles=list(properties.get("IamRoles", ())),
        defaultIamRoleArn=properties.get("DefaultIamRoleArn"),
        logExports=list(properties.get("LogExports", ())),
    )
    return Made(
        name,
        {"Namespace.NamespaceArn": found["namespaceArn"], "Namespace.NamespaceId": found["namespaceId"], "Namespace.NamespaceName": name},
    )


def drop_namespace(ref: str, _: Document) -> None:
    found = NAMESPACES.pop(ref, None)
    DATABASES.pop(ref, None)
    if found is not None:
        stores.call("secretsmanager", "DeleteSecret", {"SecretId": found["adminPasswordSecretArn"], "ForceDeleteWithoutRecovery": True})


def make_workgroup(properties: Document, _: Place) -> Made:
    name, caller = properties["WorkgroupName"], hooks.caller()
    if name in WORKGROUPS:
        raise Refused("ConflictException", f"the workgroup {name} is there already")
    namespace(properties["NamespaceName"])
    id_ = str(uuid.uuid4())
    WORKGROUPS[name] = {
        "workgroupName": name,
        "workgroupId": id_,
        "workgroupArn": f"arn:aws:redshift-serverless:{caller.region}:{caller.account}:workgroup/{id_}",
        "namespaceName": properties["NamespaceName"],
        "creationDate": time.time(),
        "status": "AVAILABLE",
    }
    return change_workgroup(name, {}, properties, _)


def change_workgroup(ref: str, _: Document, after: Document, __: Place) -> Made:
    if len(after.get("SubnetIds", ())) < 3:
        # https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-usage-considerations.html
        raise Refused("ValidationException", "a workgroup needs subnets in three availability zones")
    found = WORKGROUPS[ref]
    found.update(
        baseCapacity=int(after.get("BaseCapacity", 128)),
        enhancedVpcRouting=_true(after.get("EnhancedVpcRouting")),
        publiclyAccessible=_true(after.get("PubliclyAccessible")),
        port=int(after.get("Port", 5439)),
        subnetIds=list(after["SubnetIds"]),
        securityGroupIds=list(after.get("SecurityGroupIds", ())),
        configParameters=[
            {"parameterKey": each["ParameterKey"], "parameterValue": each["ParameterValue"]} for each in after.get("ConfigParameters", ())
        ],
    )
    return Made(
        ref,
        {"Workgroup.WorkgroupArn": found["workgroupArn"], "Workgroup.WorkgroupId": found["workgroupId"], "Workgroup.WorkgroupName": ref},
    )


def drop_workgroup(ref: str, _: Document) -> None:
    gone = WORKGROUPS.pop(ref, None)
    for id_ in [id_ for id_, limit in LIMITS.items() if gone is not None and limit["resourceArn"] == gone["workgroupArn"]]:
        del LIMITS[id_]


def _true(written: object) -> bool:
    return written in (True, "true")


# --- the API ---------------------------------------------------------------------------------------------------------


def create_usage_limit(asked: Document) -> Document:
    workgroup(asked["resourceArn"])
    same = ("resourceArn", "usageType", "period", "breachAction")
    asked = {"period": "monthly", "breachAction": "log", **asked}
    if any(all(limit[key] == asked[key] for key in same) for limit in LIMITS.values()):
        raise Refused("ConflictException", "the workgroup has such a limit already")
    id_ = str(uuid.uuid4())
    LIMITS[id_] = {**asked, "usageLimitId": id_}
    return {"usageLimit": LIMITS[id_]}


def list_usage_limits(asked: Document) -> Document:
    wanted = {key: asked[key] for key in ("resourceArn", "usageType") if key in asked}
    found = [limit for limit in LIMITS.values() if all(limit[key] == value for key, value in wanted.items())]
    # By its model a list is not empty: what has none is left out.
    return {"usageLimits": found} if found else {}


def update_usage_limit(asked: Document) -> Document:
    limit = _there(LIMITS, asked["usageLimitId"], "usage limit")
    limit.update({key: asked[key] for key in ("amount", "breachAction") if key in asked})
    return {"usageLimit": limit}


def arn(operation: str, asked: Document) -> str | None:
    if operation == "GetNamespace":
        return NAMESPACES.get(asked["namespaceName"], {}).get("namespaceArn")
    if operation == "GetWorkgroup":
        return WORKGROUPS.get(asked["workgroupName"], {}).get("workgroupArn")
    return None


def workgroup_asked(_: str, asked: Document) -> str | None:
    return next(
        (
            each["workgroupArn"]
            for each in WORKGROUPS.values()
            if asked.get("WorkgroupName") in (each["workgroupName"], each["workgroupArn"])
        ),
        None,
    )


OPERATIONS: dict[str, hooks.Operation] = {
    "GetNamespace": lambda asked: {"namespace": namespace(asked["namespaceName"])},
    "GetWorkgroup": lambda asked: {"workgroup": workgroup(asked["workgroupName"])},
    "CreateUsageLimit": create_usage_limit,
    "ListUsageLimits": list_usage_limits,
    "UpdateUsageLimit": update_usage_limit,
}
