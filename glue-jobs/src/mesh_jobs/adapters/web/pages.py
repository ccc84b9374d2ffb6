"""What comes next after a page, and which part of it is records. A page is cut out of an answer, never written anew, so
that no digit of it changes."""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Sequence
from typing import Any

from mesh_jobs.domain.errors import BadInput

_SPACE = re.compile(r"[ \t\r\n]*")
_LINK = re.compile(r"<([^>]*)>\s*((?:;[^,<]*)*)")
_DECODER = json.JSONDecoder()


def records_in(text: str, path: Sequence[str]) -> str:
    """The text of the value at the path. Raises ValueError for what is no JSON, KeyError for a missing key."""
    text = text.removeprefix("\ufeff")
    begin, end = _span(text, 0, path)
    if not path and _skip(text, end) != len(text):
        raise ValueError("more than one document")
    return text[begin:end]


def _span(text: str, at: int, path: Sequence[str]) -> tuple[int, int]:
    at = _skip(text, at)
    if not path:
        return at, _DECODER.raw_decode(text, at)[1]
    if text[at : at + 1] != "{":
        raise KeyError(path[0])
    at = _skip(text, at + 1)
    while text[at : at + 1] != "}":
        key, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at)
        if text[at : at + 1] != ":":
            raise ValueError("a key without a value")
        at = _skip(text, at + 1)
        if key == path[0]:
            return _span(text, at, path[1:])
        at = _skip(text, _DECODER.raw_decode(text, at)[1])
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
    raise KeyError(path[0])


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None
    return found.end()


def value_at(document: Any, path: Sequence[str]) -> Any:
    """None where there is nothing."""
    for key in path:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def next_link(header: str | None, url: str) -> str | None:
    """The URL after rel="next" in a Link header (RFC 8288)."""
    for target, parameters in _LINK.findall(header or ""):
        told = re.search(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;"]+))', parameters, re.IGNORECASE)
        if told and "next" in (told[1] or told[2]).lower().split():
            return str(urllib.parse.urljoin(url, target))
    return None


def with_parameter(url: str, name: str, value: str) -> str:
    """The URL with the parameter, in the place of one of this name."""
    parts = urllib.parse.urlsplit(url)
    others = [(k, v) for k, v in urllib.parse.parse_qsl(parts.query, keep_blank_values=True) if k != name]
    return urllib.parse.urlunsplit(parts._replace(query=urllib.parse.urlencode([*others, (name, value)]), fragment=""))


def origin_of(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port: what a password may be sent to."""
    parts = urllib.parse.urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def require_same_origin(source: str, url: str, target: str, what: str) -> None:
    """Raises BadInput for a URL of another service: neither the header nor the run follows there."""
    if origin_of(target) != origin_of(url):
        scheme, host, _ = origin_of(target)
        raise BadInput(
            f"source {source}: {what} to another service, {scheme}://{host}",
            "write the URL of that service in the pipeline, if the data is meant to come from there",
        )
