"""Where the emulator is nearly right."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from mesh_local_aws import hooks, stores
from mesh_local_aws.hooks import Document, Made, Place


def install() -> None:
    # What comes from this machine did not leave it, so a policy that asks for TLS is met.
    hooks.replace("app", "pin_request_origin", lambda original: lambda address, _: original(address, True))
    _keep_bucket_tags()
    _keep_what_is_in_buckets()
    hooks.replace("services.cloudformation.provisioners", "_sm_secret_string", _generated)
    hooks.around("glue", _by_expression)
    hooks.held_against("logs", _stream)
    hooks.held_against("glue", _named_in_glue)
    hooks.resource("AWS::SecretsManager::ResourcePolicy", create=_create_policy, update=_update_policy, delete=_delete_policy)


async def _by_expression(operation: str, asked: Document, proceed: hooks.Proceed) -> Document:
    """Names of tables are asked for by a regular expression."""
    if operation != "GetTables" or "Expression" not in asked:
        return await proceed(asked)
    answer = await proceed({key: value for key, value in asked.items() if key != "Expression"})
    return {**answer, "TableList": [table for table in answer["TableList"] if re.fullmatch(asked["Expression"], table["Name"])]}


#: What `Name` is the name of, where it is not a table's:
#: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html
_NAMED_IN_GLUE = {
    **dict.fromkeys(("GetDatabase", "UpdateDatabase", "DeleteDatabase"), "database"),
    **dict.fromkeys(
        ("CreateDataQualityRuleset", "GetDataQualityRuleset", "UpdateDataQualityRuleset", "DeleteDataQualityRuleset"), "dataQualityRuleset"
    ),
    "CreateJob": "job",
    "GetConnection": "connection",
}


def _named_in_glue(operation: str, asked: Document, found: str) -> str:
    """A request that names a database, a job or a connection is of that; the emulator takes each for a table."""
    return found.replace(":table/", f":{_NAMED_IN_GLUE[operation]}/", 1) if operation in _NAMED_IN_GLUE else found


def _stream(operation: str, asked: Document, found: str) -> str:
    """What acts on a stream of a log group is of the stream."""
    stream = asked.get("logStreamName")
    return found if stream is None or ":log-stream:" in found else f"{found.removesuffix(':*')}:log-stream:{stream}"


def _keep_bucket_tags() -> None:
    """A custom resource that empties a bucket looks for its tag first."""
    handlers = stores.resource_handlers("AWS::S3::Bucket")

    def tagged(original: Callable[..., Any], at: int) -> Callable[..., Any]:
        def work(*arguments: Any) -> Any:
            bucket, attributes = original(*arguments)
            stores.set_bucket_tags(bucket, {tag["Key"]: str(tag["Value"]) for tag in arguments[at].get("Tags", [])})
            return bucket, attributes

        return work

    handlers["create"] = tagged(handlers["create"], 1)
    handlers["update"] = tagged(handlers["update"], 2)


def _keep_what_is_in_buckets() -> None:
    """CloudFormation deletes no bucket that has something in it:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html"""
    handlers = stores.resource_handlers("AWS::S3::Bucket")
    delete = handlers["delete"]

    def deleted(bucket: str, properties: Document) -> None:
        stores.delete_bucket(bucket)
        delete(bucket, properties)

    handlers["delete"] = deleted


def _generated(_: Callable[[Document], str]) -> Callable[[Document], str]:
    """A secret that a stack has made up, by every rule that the template gives."""

    def make(properties: Document) -> str:
        rules = dict(properties.get("GenerateSecretString") or {})
        if not rules or properties.get("SecretString"):
            return str(properties.get("SecretString", ""))
        template, key = rules.pop("SecretStringTemplate", None), rules.pop("GenerateStringKey", None)
        made = str(stores.call("secretsmanager", "GetRandomPassword", rules)["RandomPassword"])
        return made if template is None else json.dumps({**json.loads(template), key: made})

    return make


def _create_policy(properties: Document, place: Place) -> Made:
    return _update_policy(properties["SecretId"], {}, properties, place)


def _update_policy(ref: str, _: Document, after: Document, __: Place) -> Made:
    policy = after["ResourcePolicy"]
    stores.call(
        "secretsmanager",
        "PutResourcePolicy",
        {
            "SecretId": after["SecretId"],
            "ResourcePolicy": policy if isinstance(policy, str) else json.dumps(policy),
        },
    )
    return Made(ref, {"Id": ref})


def _delete_policy(ref: str, _: Document) -> None:
    stores.call("secretsmanager", "DeleteResourcePolicy", {"SecretId": ref})
