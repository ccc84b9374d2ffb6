"""What the emulator keeps, where a service of ours has to look at it or change it: of the caller's account and region."""

from __future__ import annotations

import importlib
import re
from typing import Any

from ministack.services import athena, eventbridge, glue, s3
from ministack.services.cloudformation import provisioners

from mesh_local_aws.wire import Api, Document, answer_of


def glue_table(database: str, name: str) -> Document | None:
    found: Document | None = glue._tables.get(f"{database}/{name}")
    return found


def glue_database(name: str) -> Document | None:
    found: Document | None = glue._databases.get(name)
    return found


def glue_job(name: str) -> Document | None:
    found: Document | None = glue._jobs.get(name)
    return found


def glue_runs(job: str) -> list[Document]:
    """Of a job, oldest first; what is appended stays."""
    found: list[Document] = glue._job_runs.setdefault(job, [])
    return found


def every_glue_run() -> list[Document]:
    """Of all accounts and regions."""
    return [run for runs in glue._job_runs._data.values() for run in runs]


def call(service: str, operation: str, asked: Document) -> Document:
    """The emulator's own function behind an operation, without permissions. Raises Refused."""
    function = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation).lower()
    home = importlib.import_module(f"ministack.services.{service}")
    status, _, body = getattr(home, f"_{function}")(asked)
    return answer_of(Api.of(service), operation, status, body)


def bucket_owner(bucket: str) -> str | None:
    found: str | None = s3._bucket_owner_account(bucket)
    return found


def bucket_tags(bucket: str) -> Document | None:
    found: Document | None = s3._bucket_tags.get(bucket)
    return found


def set_bucket_tags(bucket: str, tags: Document) -> None:
    s3._bucket_tags[bucket] = tags


def athena_types() -> dict[str, str]:
    """DuckDB's names of types → Athena's."""
    found: dict[str, str] = athena._DUCKDB_TYPE_MAP
    return found


def put_event(source: str, detail_type: str, detail: str, resources: list[str]) -> None:
    """On the default bus, as a service of AWS."""
    eventbridge._put_events(
        {"Entries": [{"Source": source, "DetailType": detail_type, "Detail": detail, "Resources": resources}]}, allow_aws_source=True
    )


def resource_handlers(type_: str) -> dict[str, Any]:
    """create, update and delete of a type of CloudFormation that the emulator has."""
    found: dict[str, Any] = provisioners._RESOURCE_HANDLERS[type_]
    return found
