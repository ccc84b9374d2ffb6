"""Types of CloudFormation that the emulator's Glue lacks, what stacks take over, rulesets of data quality, and a refusal where it would
accept in silence."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from mesh_local_aws import hooks, stores
from mesh_local_aws.hooks import Document, Made, Place, Refused

RULESETS = hooks.state("glue-rulesets")


def install() -> None:
    hooks.resource("AWS::Glue::SecurityConfiguration", create=_create_security, update=_update_security, delete=_delete_security)
    hooks.resource("AWS::Glue::DataQualityRuleset", create=_create_ruleset, update=_update_ruleset, delete=_delete_ruleset)
    hooks.around("glue", _more)
    hooks.importable("AWS::Glue::Database", "DatabaseName", found=lambda name: Made(name) if stores.glue_database(name) else None)
    hooks.importable("AWS::Glue::Table", "CatalogId", "DatabaseName", "Name", found=_table)
    hooks.importable("AWS::Glue::SecurityConfiguration", "Name", found=_security)
    handlers = stores.resource_handlers("AWS::Glue::Table")
    for step, at in (("create", 1), ("update", 2)):
        handlers[step] = _by_table_input(handlers[step], at)


def _create_security(properties: Document, _: Place) -> Made:
    stores.call("glue", "CreateSecurityConfiguration", properties)
    return Made(properties["Name"])


def _update_security(ref: str, _: Document, after: Document, __: Place) -> Made:
    stores.call("glue", "DeleteSecurityConfiguration", {"Name": ref})
    stores.call("glue", "CreateSecurityConfiguration", after)
    return Made(ref)


def _security(name: str) -> Made | None:
    known = stores.call("glue", "GetSecurityConfigurations", {})["SecurityConfigurations"]
    return Made(name) if any(each["Name"] == name for each in known) else None


def _table(_: str, database: str, name: str) -> Made | None:
    return Made(name) if stores.glue_table(database, name) else None


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


def _by_table_input(original: Callable[..., Any], at: int) -> Callable[..., Any]:
    def work(*arguments: Any) -> Any:
        _no_open_format(arguments[at])
        return original(*arguments)

    return work


def _no_open_format(asked: Document) -> None:
    """The emulator would leave out the table's metadata, and say nothing."""
    for name in ("OpenTableFormatInput", "UpdateOpenTableFormatInput"):
        if name in asked:
            raise Refused("UnsupportedOperation", f"{name} is not emulated; write the metadata file and name it in TableInput", 501)


async def _more(operation: str, asked: Document, proceed: hooks.Proceed) -> Document:
    if operation in ("CreateTable", "UpdateTable"):
        _no_open_format(asked)
    if operation == "GetDataQualityRuleset":
        if asked["Name"] not in RULESETS:
            raise Refused("EntityNotFoundException", f"there is no data quality ruleset {asked['Name']}")
        return dict(RULESETS[asked["Name"]])
    if operation == "ListDataQualityRulesets":
        kept = ("Name", "Description", "CreatedOn", "LastModifiedOn", "TargetTable")
        return {"Rulesets": [{key: one[key] for key in kept if key in one} for one in RULESETS.values()]}
    return await proceed(asked)
