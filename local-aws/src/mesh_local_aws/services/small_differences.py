"""Where the emulator is nearly right."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from mesh_local_aws import hooks, stores
from mesh_local_aws.hooks import Document, Made, Place


def install() -> None:
    # What comes from this machine did not leave it, so a policy that asks for TLS is met.
    hooks.replace("app", "pin_request_origin", lambda original: lambda address, _: original(address, True))
    _keep_bucket_tags()
    hooks.resource("AWS::SecretsManager::ResourcePolicy", create=_create_policy, update=_update_policy, delete=_delete_policy)


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


def _create_policy(properties: Document, place: Place) -> Made:
    return _update_policy(properties["SecretId"], {}, properties, place)


def _update_policy(ref: str, _: Document, after: Document, __: Place) -> Made:
    policy = after["ResourcePolicy"]
    stores.call("secretsmanager", "PutResourcePolicy", {
        "SecretId": after["SecretId"], "ResourcePolicy": policy if isinstance(policy, str) else json.dumps(policy),
    })
    return Made(ref, {"Id": ref})


def _delete_policy(ref: str, _: Document) -> None:
    stores.call("secretsmanager", "DeleteResourcePolicy", {"SecretId": ref})
