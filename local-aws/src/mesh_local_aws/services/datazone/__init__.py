"""DataZone: a file a noun, over one document a domain. `docs/decisions/0026-local-services.md` says how far it goes."""

from __future__ import annotations

import functools
import hashlib
import json
import threading
from collections.abc import Callable

from mesh_local_aws import answers, hooks
from mesh_local_aws.hooks import Document, Refused
from mesh_local_aws.services.datazone import (
    assets,
    domains,
    environments,
    events,
    form_types,
    glossaries,
    grants,
    lineage,
    listings,
    people,
    policies,
    products,
    projects,
    resources,
    search,
    series,
    sources,
    subscriptions,
    units,
)
from mesh_local_aws.services.datazone.store import every_domain, now
from mesh_local_aws.wire import Api

Operation = Callable[[Document], Document]

_NOUNS = (
    domains,
    units,
    policies,
    people,
    projects,
    environments,
    sources,
    form_types,
    assets,
    products,
    glossaries,
    listings,
    search,
    series,
    lineage,
    subscriptions,
    grants,
)
# One request at a time: an operation looks, and then acts.
_tokens = hooks.state("datazone-tokens")
_lock = threading.RLock()
# How long DataZone knows a client token is not published; long enough for whoever tries again.
_TOKEN_LASTS = 24 * 3600


def install() -> None:
    hooks.service("datazone", OPERATIONS, arn=arn)
    hooks.integration("datazone", "datazone")
    resources.install()


def arn(operation: str, asked: Document) -> str | None:
    """IAM policies are held against the domain, if anything: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondatazone.html"""
    id_ = asked.get("domainIdentifier") or (asked.get("identifier") if operation.endswith("Domain") else None)
    found = next((each for each in every_domain() if each.id == id_), None)
    caller = hooks.caller()
    return None if id_ is None else found.record["arn"] if found else f"arn:aws:datazone:{caller.region}:{caller.account}:domain/{id_}"


def _operation(name: str, act: Operation) -> Operation:
    @functools.wraps(act)
    def answered(asked: Document) -> Document:
        with _lock:
            answer = _once(name, act, asked)
        events.send()
        return answer

    return answered


def _once(name: str, act: Operation, asked: Document) -> Document:
    """A client token that comes again gets the first answer again. Raises ConflictException where it comes with another request."""
    token = asked.get("clientToken")
    shown = functools.partial(answers.shown, Api.of("datazone"), name)
    if token is None:
        return shown(act(asked))
    key = f"{name} {token}"
    for old in [each for each, known in _tokens.items() if known["at"] < now() - _TOKEN_LASTS]:
        del _tokens[old]
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()
    if key in _tokens:
        if _tokens[key]["asked"] != digest:
            raise Refused("ConflictException", f"the client token {token} was used for another {name}")
        return dict(_tokens[key]["answer"])
    answer = shown(act(asked))
    _tokens[key] = {"asked": digest, "answer": answer, "at": now()}
    return answer


OPERATIONS: dict[str, Operation] = {name: _operation(name, act) for noun in _NOUNS for name, act in noun.OPERATIONS.items()}
