"""Fetches what a service has, page after page."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mesh_jobs.adapters.web.pages import next_link, records_in, require_same_origin, value_at, with_parameter
from mesh_jobs.adapters.web.request import Page, Requests
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import FileFormat, FileSource, HttpService
from mesh_jobs.ports.remotes import Answer, Fetched

_MOST_PAGES = 100_000


def fetch_pages(
    source: FileSource,
    service: HttpService,
    header: tuple[str, str] | None,
    since: str | None,
    folder: Path,
    notice: Callable[[str], None],
    requests: Requests | None = None,
) -> Answer:
    """See Remotes.fetch. A service has no snapshots: what it changes between two pages may come twice or not at all."""
    requests = requests or Requests(source.name, header, notice)
    begun = datetime.now(UTC)
    url: str | None = service.url
    if since is not None and service.since is not None:
        url = with_parameter(service.url, service.since, since)
    seen: set[str] = set()
    files: list[Fetched] = []
    while url is not None:
        if url in seen or len(seen) == _MOST_PAGES:
            what = (
                "names as its next page one that was already read"
                if url in seen
                else f"has more than {_MOST_PAGES} pages"
            )
            raise BadInput(f"source {source.name}: {_shown(service.url)} {what}", "have the service fix its paging")
        seen.add(url)
        page = requests.get(url, folder / f"page-{len(seen):06d}.{service.format}", f"{_shown(url)} (page {len(seen)})")
        content = _json(source, service, page) if service.format == "json" else None
        if content is None or content[0]:
            files.append(Fetched(page.path, f"{_shown(service.url)}#page-{len(seen)}", page.digest))
        url = _next(source, service, page, None if content is None else content[1])
    return Answer(tuple(files), None, FileFormat(service.format), None, begun)


def _json(source: FileSource, service: HttpService, page: Page) -> tuple[bool, Any]:
    """Whether the page has records, and the answer around them; the file is left with the records alone."""
    where = f"source {source.name}: {_shown(page.url)}"
    try:
        text = page.path.read_text("utf-8")
        document = json.loads(text.removeprefix("\ufeff"))
        records = records_in(text, service.records)
    except KeyError as missing:
        path = ".".join(service.records)
        raise BadInput(
            f"{where}: the answer has no {path}: {missing} is not in it",
            f"correct sources.{source.name}.http.records in the pipeline",
        ) from None
    except ValueError as error:
        place = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise BadInput(f"{where}: the answer is not a JSON document{place}", "have the service fix it") from None
    found = value_at(document, service.records)
    if not isinstance(found, list):
        raise BadInput(
            f"{where}: {'.'.join(service.records) or 'the answer'} is not a list of records",
            f"name the list in sources.{source.name}.http.records, e.g. records: data.items",
        )
    if service.records:
        page.path.write_text(records, "utf-8")
    return bool(found), document


def _next(source: FileSource, service: HttpService, page: Page, document: Any) -> str | None:
    target: str | None = None
    if service.paginate == "link":
        target = next_link(page.headers.get("Link"), page.url)
    elif service.paginate == "cursor":
        cursor = value_at(document, service.cursor)
        if cursor not in (None, "", False):
            assert service.parameter is not None
            target = with_parameter(page.url, service.parameter, str(cursor))
    if target is not None:
        require_same_origin(source.name, service.url, target, "the next page leads")
    return target


def _shown(url: str) -> str:
    """Without what stands behind the question mark: it may be a key."""
    parts = urllib.parse.urlsplit(url)
    return urllib.parse.urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
