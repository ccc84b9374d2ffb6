"""Types of CloudFormation that the emulator's Glue lacks, and the API of data quality rulesets."""

from __future__ import annotations

import time

from mesh_local_aws import hooks, stores
from mesh_local_aws.hooks import Document, Made, Place, Refused

RULESETS = hooks.state("glue-rulesets")


def install() -> None:
    hooks.resource("AWS::Glue::SecurityConfiguration", create=_create_security, update=_update_security, delete=_delete_security)
    hooks.resource("AWS::Glue::DataQualityRuleset", create=_create_ruleset, update=_update_ruleset, delete=_delete_ruleset)
    hooks.around("glue", _rulesets)


def _create_security(properties: Document, _: Place) -> Made:
    stores.call("glue", "CreateSecurityConfiguration", properties)
    return Made(properties["Name"])


def _update_security(ref: str, _: Document, after: Document, __: Place) -> Made:
    stores.call("glue", "DeleteSecurityConfiguration", {"Name": ref})
    stores.call("glue", "CreateSecurityConfiguration", after)
    return Made(ref)


def _delete_security(ref: str, _: Document) -> None:
    stores.call("glue", "DeleteSecurityConfiguration", {"Name": ref})


def _create_ruleset(properties: Document, place: Place) -> Made:
    name = properties.get("Name") or place.name(255)
    if name in RULESETS:
        raise Refused("AlreadyExistsException", f"data quality ruleset {name} already exists")
    now = int(time.time())
    RULESETS[name] = {"Name": name, "CreatedOn": now, **_content(properties, now)}
    return Made(name)


def _update_ruleset(ref: str, _: Document, after: Document, __: Place) -> Made:
    RULESETS[ref] = {"Name": ref, "CreatedOn": RULESETS[ref]["CreatedOn"], **_content(after, int(time.time()))}
    return Made(ref)


def _content(properties: Document, now: int) -> Document:
    kept = ("Description", "Ruleset", "TargetTable")
    return {**{key: properties[key] for key in kept if key in properties}, "LastModifiedOn": now}


def _delete_ruleset(ref: str, _: Document) -> None:
    RULESETS.pop(ref, None)


async def _rulesets(operation: str, asked: Document, proceed: hooks.Proceed) -> Document:
    if operation == "GetDataQualityRuleset":
        if asked["Name"] not in RULESETS:
            raise Refused("EntityNotFoundException", f"there is no data quality ruleset {asked['Name']}")
        return dict(RULESETS[asked["Name"]])
    if operation == "ListDataQualityRulesets":
        kept = ("Name", "Description", "CreatedOn", "LastModifiedOn", "TargetTable")
        return {"Rulesets": [{key: one[key] for key in kept if key in one} for one in RULESETS.values()]}
    return await proceed(asked)
