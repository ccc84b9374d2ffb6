"""What is kept of DataZone: one document for each domain, and in it a record of everything there is, by noun and id."""

from __future__ import annotations

import secrets
import string
import time
from collections.abc import Iterator, Sequence

from mesh_local_aws import hooks
from mesh_local_aws.hooks import Document, Refused
from mesh_local_aws.services import ram

DOMAINS = hooks.state("datazone")

Record = Document
"""Of one thing, with the names that the API gives its members; times are seconds since 1970."""


class Domain:
    """A domain of DataZone, with everything in it."""

    def __init__(self, document: Document, account: str, region: str) -> None:
        self._document = document
        self.account = account
        self.region = region

    @property
    def record(self) -> Record:
        found: Record = self._document["domain"]
        return found

    @property
    def id(self) -> str:
        return str(self.record["id"])

    @property
    def is_v2(self) -> bool:
        return bool(self.record["domainVersion"] == "V2")

    def all(self, noun: str) -> dict[str, Record]:
        """By id: of `project`, `asset`, `data product` and so on."""
        found: dict[str, Record] = self._document.setdefault(noun, {})
        return found

    def where(self, noun: str, **wanted: object) -> list[Record]:
        """Those whose members are as wanted; what is wanted of None does not matter."""
        asked = {key: value for key, value in wanted.items() if value is not None}
        return [each for each in self.all(noun).values() if all(each.get(key) == value for key, value in asked.items())]

    def add(self, noun: str, record: Record, id_: str | None = None) -> Record:
        """Without the members that have no value: an answer leaves those out."""
        kept = {key: value for key, value in record.items() if value is not None}
        self.all(noun)[id_ or kept["id"]] = kept
        return kept

    def find(self, noun: str, id_: str) -> Record:
        """Raises ResourceNotFoundException."""
        found = self.all(noun).get(id_)
        if found is None:
            raise Refused("ResourceNotFoundException", f"domain {self.id} has no {noun} {id_}")
        return found

    def remove(self, noun: str, id_: str) -> Record:
        """Raises ResourceNotFoundException."""
        found = self.find(noun, id_)
        del self.all(noun)[id_]
        return found

    def unique(self, noun: str, key: str, value: object, **among: object) -> None:
        """Raises ConflictException where one of that noun has the value already."""
        if self.where(noun, **{key: value}, **among):
            raise Refused("ConflictException", f"domain {self.id} has a {noun} already whose {key} is {value}")


def domain_of(asked: Document) -> Domain:
    """That a request is about. Raises ResourceNotFoundException of one that is not there, or not shared with the caller's account."""
    id_ = asked["domainIdentifier"] if "domainIdentifier" in asked else asked["identifier"]
    for domain in every_domain():
        if domain.id == id_:
            return domain
    raise Refused(
        "ResourceNotFoundException", f"there is no domain {id_} in account {hooks.caller().account}, and none that is shared with it"
    )


def every_domain() -> Iterator[Domain]:
    """The domains that the caller's account may see: its own, and those shared with it."""
    caller = hooks.caller()
    for account, region, _, document in DOMAINS.everywhere():
        domain = Domain(document, account, region)
        if region == caller.region and (account == caller.account or ram.shared_with(str(domain.record["arn"]), caller.account)):
            yield domain


def page(records: Sequence[Record], asked: Document, key: str = "items") -> Document:
    """A page of an answer that lists."""
    try:
        start = int(asked.get("nextToken") or 0)
    except ValueError:
        raise invalid(f"nextToken {asked['nextToken']!r} is none that was given") from None
    end = start + int(asked.get("maxResults") or 50)
    return {key: list(records[start:end]), **({"nextToken": str(end)} if end < len(records) else {})}


def invalid(message: str) -> Refused:
    return Refused("ValidationException", message)


def conflict(message: str) -> Refused:
    return Refused("ConflictException", message)


def given(asked: Document, *keys: str) -> Document:
    """Of those members, what a request has."""
    return {key: asked[key] for key in keys if asked.get(key) is not None}


def new_id() -> str:
    """`5rxh9bi0xpa1zz`"""
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(14))


def now() -> float:
    return round(time.time(), 3)
