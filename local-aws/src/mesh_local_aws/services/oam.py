"""Observability Access Manager: sinks of a platform, and links of accounts that show it their metrics.

Who may link is enforced by the sink's policy. What is linked is stored: CloudWatch here shows an account its own metrics.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from mesh_local_aws import answers, hooks
from mesh_local_aws.hooks import Document, Made, Place, Refused
from mesh_local_aws.wire import Api

SINKS = hooks.state("oam-sinks")
LINKS = hooks.state("oam-links")


def install() -> None:
    hooks.service("oam", {name: _answered(name, act) for name, act in _OPERATIONS.items()}, arn=_arn)
    hooks.resource("AWS::Oam::Sink", create=_made_sink, update=_changed_sink, delete=lambda ref, _: _gone(SINKS, ref))
    hooks.resource("AWS::Oam::Link", create=_made_link, update=_changed_link, delete=lambda ref, _: _gone(LINKS, ref))


def create_sink(asked: Document) -> Document:
    caller = hooks.caller()
    if SINKS:
        raise Refused("ConflictException", f"account {caller.account} has a sink in {caller.region} already, and may have one")
    return _kept(SINKS, "sink", {"Name": asked["Name"], "Tags": asked.get("Tags", {})})


def put_sink_policy(asked: Document) -> Document:
    sink = _find(SINKS, asked["SinkIdentifier"])
    try:
        json.loads(asked["Policy"])
    except ValueError as bad:
        raise Refused("InvalidParameterException", f"the policy of a sink is JSON: {bad}") from None
    sink["Policy"] = asked["Policy"]
    return _policy_of(sink)


def get_sink_policy(asked: Document) -> Document:
    return _policy_of(_find(SINKS, asked["SinkIdentifier"]))


def delete_sink(asked: Document) -> Document:
    sink = _find(SINKS, asked["Identifier"])
    if any(link["SinkArn"] == sink["Arn"] for *_, link in LINKS.everywhere()):
        raise Refused("ConflictException", f"the sink {sink['Name']} has links")
    del SINKS[sink["Arn"]]
    return {}


def create_link(asked: Document) -> Document:
    caller, wanted = hooks.caller(), asked["SinkIdentifier"]
    sink = next((each for _, region, _, each in SINKS.everywhere() if each["Arn"] == wanted and region == caller.region), None)
    if sink is None:
        raise Refused("ResourceNotFoundException", f"there is no sink {wanted} in {caller.region}")
    if any(link["SinkArn"] == wanted for link in LINKS.values()):
        raise Refused("ConflictException", f"account {caller.account} is linked to that sink already")
    if not _lets(json.loads(sink.get("Policy", "{}")), caller.account, asked["ResourceTypes"]):
        raise Refused(
            "InvalidParameterException",
            f"the policy of the sink does not let account {caller.account} link {', '.join(asked['ResourceTypes'])}",
        )
    return _kept(
        LINKS,
        "link",
        {
            "SinkArn": wanted,
            "LabelTemplate": asked["LabelTemplate"],
            "Label": asked["LabelTemplate"].replace("$AccountName", caller.account),
            "ResourceTypes": asked["ResourceTypes"],
            "LinkConfiguration": asked.get("LinkConfiguration"),
            "Tags": asked.get("Tags", {}),
        },
    )


def update_link(asked: Document) -> Document:
    link = _find(LINKS, asked["Identifier"])
    link.update(ResourceTypes=asked["ResourceTypes"], LinkConfiguration=asked.get("LinkConfiguration"))
    return link


def delete_link(asked: Document) -> Document:
    del LINKS[_find(LINKS, asked["Identifier"])["Arn"]]
    return {}


def list_attached_links(asked: Document) -> Document:
    sink = _find(SINKS, asked["SinkIdentifier"])
    attached = [link for *_, link in LINKS.everywhere() if link["SinkArn"] == sink["Arn"]]
    return {"Items": [{"LinkArn": link["Arn"], **link} for link in attached]}


def _made_sink(properties: Document, _: Place) -> Made:
    sink = create_sink({"Name": properties["Name"], "Tags": properties.get("Tags", {})})
    return _changed_sink(sink["Arn"], {}, properties, _)


def _changed_sink(ref: str, _: Document, after: Document, __: Place) -> Made:
    if "Policy" in after:
        policy = after["Policy"]
        put_sink_policy({"SinkIdentifier": ref, "Policy": policy if isinstance(policy, str) else json.dumps(policy)})
    return Made(ref, {"Arn": ref})


def _made_link(properties: Document, _: Place) -> Made:
    link = create_link(properties)
    return Made(link["Arn"], {"Arn": link["Arn"], "Label": link["Label"]})


def _changed_link(ref: str, _: Document, after: Document, __: Place) -> Made:
    link = update_link({**after, "Identifier": ref})
    return Made(ref, {"Arn": ref, "Label": link["Label"]})


def _gone(state: hooks.State, ref: str) -> None:
    state.pop(ref, None)


def _kept(state: hooks.State, kind: str, record: Document) -> Document:
    caller, id_ = hooks.caller(), str(uuid.uuid4())
    arn = f"arn:aws:oam:{caller.region}:{caller.account}:{kind}/{id_}"
    state[arn] = {"Arn": arn, "Id": id_, **record}
    return state[arn]


def _find(state: hooks.State, arn: str) -> Document:
    found = state.get(arn)
    if found is None:
        raise Refused("ResourceNotFoundException", f"there is no {arn}")
    return found


def _policy_of(sink: Document) -> Document:
    return {"SinkArn": sink["Arn"], "SinkId": sink["Id"], "Policy": sink.get("Policy", "{}")}


def _lets(policy: Document, account: str, types: list[str]) -> bool:
    """By the account and the types alone; all accounts here are of one organisation."""
    for statement in _listed(policy.get("Statement")):
        principal = statement.get("Principal")
        named = _listed(principal.get("AWS")) if isinstance(principal, dict) else _listed(principal)
        shown = (statement.get("Condition") or {}).get("ForAllValues:StringEquals", {}).get("oam:ResourceTypes")
        if (
            statement.get("Effect") == "Allow"
            and {"oam:CreateLink", "oam:*", "*"} & set(_listed(statement.get("Action")))
            and any(each == "*" or each == account or f":{account}:" in each for each in named)
            and (shown is None or set(types) <= set(_listed(shown)))
        ):
            return True
    return False


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _arn(operation: str, asked: Document) -> str | None:
    return asked.get("SinkIdentifier") or asked.get("Identifier")


def _listing(state: hooks.State) -> Callable[[Document], Document]:
    return lambda _: {"Items": list(state.values())}


def _answered(name: str, act: hooks.Operation) -> hooks.Operation:
    return lambda asked: answers.shown(Api.of("oam"), name, act(asked))


_OPERATIONS: dict[str, hooks.Operation] = {
    "CreateSink": create_sink,
    "GetSink": lambda asked: _find(SINKS, asked["Identifier"]),
    "ListSinks": _listing(SINKS),
    "DeleteSink": delete_sink,
    "PutSinkPolicy": put_sink_policy,
    "GetSinkPolicy": get_sink_policy,
    "CreateLink": create_link,
    "GetLink": lambda asked: _find(LINKS, asked["Identifier"]),
    "ListLinks": _listing(LINKS),
    "UpdateLink": update_link,
    "DeleteLink": delete_link,
    "ListAttachedLinks": list_attached_links,
}
