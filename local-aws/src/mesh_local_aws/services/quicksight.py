"""QuickSight as templates make it: data sources, data sets and analyses, each held to what it is made from.

Nothing is drawn and nothing is queried: a data set here is a promise that its table could be. What QuickSight itself looks at
when it makes something is looked at: the role and the workgroup of a source, the table and its columns as that role sees them.
https://docs.aws.amazon.com/quicksight/latest/user/datasource-run-as-role.html
"""

from __future__ import annotations

import time
from collections.abc import Callable

from mesh_local_aws import answers, hooks, sessions, stores
from mesh_local_aws.hooks import Document, Made, Place, Refused
from mesh_local_aws.services.lakeformation.enforcement import select
from mesh_local_aws.wire import Api

SOURCES = hooks.state("quicksight-sources")
DATA_SETS = hooks.state("quicksight-data-sets")
ANALYSES = hooks.state("quicksight-analyses")

#: noun of the types → what is kept, the property of its id, and how its ARN calls it.
_NOUNS = {
    "DataSource": (SOURCES, "DataSourceId", "datasource"),
    "DataSet": (DATA_SETS, "DataSetId", "dataset"),
    "Analysis": (ANALYSES, "AnalysisId", "analysis"),
}


def install() -> None:
    operations = {
        f"{verb}{noun}{what}": _described(f"{verb}{noun}{what}", noun, what)
        for noun in _NOUNS
        for verb, what in (("Describe", ""), ("Describe", "Permissions"))
    }
    hooks.service("quicksight", operations, arn=_arn_asked)
    for noun in _NOUNS:
        hooks.resource(f"AWS::QuickSight::{noun}", create=_creates(noun), update=_updates(noun), delete=_deletes(noun))


def _creates(noun: str) -> Callable[[Document, Place], Made]:
    kept, id_, _ = _NOUNS[noun]

    def create(properties: Document, _: Place) -> Made:
        if properties[id_] in kept:
            raise Refused("ResourceExistsException", f"the {noun} {properties[id_]} is there already")
        return _put(noun, properties)

    return create


def _updates(noun: str) -> Callable[[str, Document, Document, Place], Made]:
    return lambda _, __, after, ___: _put(noun, after)


def _deletes(noun: str) -> Callable[[str, Document], None]:
    kept, id_, _ = _NOUNS[noun]

    def delete(_: str, properties: Document) -> None:
        kept.pop(properties[id_], None)

    return delete


def _put(noun: str, properties: Document) -> Made:
    kept, id_, called = _NOUNS[noun]
    caller = hooks.caller()
    if properties.get("AwsAccountId", caller.account) != caller.account:
        raise Refused("InvalidParameterValueException", f"AwsAccountId must be {caller.account}")
    _CHECKS[noun](properties)
    for permission in properties.get("Permissions", ()):
        _check_principal(permission["Principal"], caller.account)
    arn = f"arn:aws:quicksight:{caller.region}:{caller.account}:{called}/{properties[id_]}"
    kept[properties[id_]] = {**properties, "Arn": arn, "LastUpdatedTime": time.time()}
    return Made(f"{caller.account}|{properties[id_]}", {"Arn": arn})


def _check_principal(principal: str, account: str) -> None:
    parts = principal.split(":")
    if len(parts) < 6 or parts[2] != "quicksight" or parts[4] != account or not parts[5].startswith(("user/", "group/", "namespace/")):
        raise Refused("InvalidParameterValueException", f"{principal} is no principal of QuickSight in account {account}")


def _check_source(properties: Document) -> None:
    parameters = (properties.get("DataSourceParameters") or {}).get("AthenaParameters")
    if properties["Type"] != "ATHENA" or parameters is None:
        raise Refused("InvalidParameterValueException", "only data sources of Athena are emulated")
    _assumed(parameters.get("RoleArn"))
    if not stores.athena_workgroup(parameters.get("WorkGroup", "primary")):
        raise Refused("InvalidParameterValueException", f"there is no workgroup {parameters.get('WorkGroup')}")


def _assumed(role: str | None) -> sessions.Credentials:
    if role is None:
        raise Refused("InvalidParameterValueException", "a data source without a role of its own is not emulated: set RoleArn")
    return sessions.assume(role, "quicksight.amazonaws.com", "quicksight")


def _check_data_set(properties: Document) -> None:
    if properties.get("ImportMode") != "DIRECT_QUERY":
        raise Refused("InvalidParameterValueException", "copies in SPICE are not emulated: set ImportMode to DIRECT_QUERY")
    for table in (properties.get("PhysicalTableMap") or {}).values():
        relation = table.get("RelationalTable")
        if relation is None:
            raise Refused("InvalidParameterValueException", "only relational tables are emulated")
        source = next((each for each in SOURCES.values() if each["Arn"] == relation["DataSourceArn"]), None)
        if source is None:
            raise Refused("ResourceNotFoundException", f"there is no data source {relation['DataSourceArn']}")
        _check_columns(relation, source["DataSourceParameters"]["AthenaParameters"]["RoleArn"])


def _check_columns(relation: Document, role: str) -> None:
    entry = stores.linked_table(relation["Schema"], relation["Name"])
    if entry is None:
        raise Refused("InvalidParameterValueException", f"there is no table {relation['Schema']}.{relation['Name']}")
    with hooks.acting(entry["CatalogId"]):
        seen = frozenset().union(*(cells.columns for cells in select(role, entry)))
    unseen = [column["Name"] for column in relation["InputColumns"] if column["Name"] not in seen]
    if unseen:
        raise Refused(
            "InvalidParameterValueException", f"{role} does not see {', '.join(unseen)} of {relation['Schema']}.{relation['Name']}"
        )


def _check_analysis(properties: Document) -> None:
    definition = properties.get("Definition")
    if definition is None:
        raise Refused("InvalidParameterValueException", "only analyses by their definition are emulated")
    known = {each["Arn"] for each in DATA_SETS.values()}
    for declared in definition["DataSetIdentifierDeclarations"]:
        if declared["DataSetArn"] not in known:
            raise Refused("ResourceNotFoundException", f"there is no data set {declared['DataSetArn']}")


_CHECKS: dict[str, Callable[[Document], None]] = {"DataSource": _check_source, "DataSet": _check_data_set, "Analysis": _check_analysis}


def _described(operation: str, noun: str, what: str) -> hooks.Operation:
    kept, id_, _ = _NOUNS[noun]

    def describe(asked: Document) -> Document:
        found = kept.get(asked[id_])
        if asked["AwsAccountId"] != hooks.caller().account or found is None:
            raise Refused("ResourceNotFoundException", f"there is no {noun} {asked[id_]}")
        record = {**found, f"{noun}Arn": found["Arn"], "Status": 200} if what else {noun: found, "Status": 200}
        return answers.shown(Api.of("quicksight"), operation, record)

    return describe


def _arn_asked(_: str, asked: Document) -> str | None:
    return next((kept[asked[id_]]["Arn"] for kept, id_, _ in _NOUNS.values() if asked.get(id_) in kept), None)
