"""Other products on AWS: a job reads no table of theirs. Before it starts, the state machine has Athena unload what
Lake Formation grants to the product's import role, and writes beside it what was read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from mesh_jobs.adapters.aws.failures import is_missing, speaking
from mesh_jobs.adapters.published_products import nothing_yet
from mesh_jobs.domain.errors import BadInput, BadRequest
from mesh_jobs.domain.plan import ProductSource
from mesh_jobs.ports.engine import RawFile
from mesh_jobs.ports.imports import Offer, Unloaded


class UnloadedProducts:
    """`<imports>/<source>/_pin.json` says where a table stood, what its parameters `mesh.…` said of its certificate,
    and in which folder its rows are."""

    def __init__(self, s3: Any, imports: str | None) -> None:
        self._s3, self._imports = s3, imports

    def offered(self, source: ProductSource, environment: str | None) -> Offer:
        pin = self._pin(source)
        facts = pin["facts"]
        if "mesh.run-id" not in facts:
            raise nothing_yet(source)
        certified_at, folder = facts["mesh.certified-at"], pin["folder"]
        files = self._listed(folder)
        return Offer(
            run_id=facts["mesh.run-id"],
            verdict=facts["mesh.verdict"],
            reasons=("its certificate says why",),
            certified_at=datetime.fromisoformat(certified_at),
            newest=datetime.fromisoformat(facts.get("mesh.newest") or certified_at),
            snapshot_id=int(facts["mesh.snapshot-id"]) if facts.get("mesh.snapshot-id") else None,
            metadata_location=pin["metadataLocation"],
            unloaded=Unloaded(folder, tuple(pin["columns"]), len(files), _digest(files)),
        )

    def files(self, source: ProductSource, copy: Unloaded) -> Sequence[RawFile]:
        found = self._listed(copy.folder)
        if _digest(found) != copy.digest:
            left = f", {len(found)} of {copy.files} files are left" if len(found) < copy.files else ""
            raise BadInput(
                f"source {source.name}: what was imported from {source.product} is no longer in {copy.folder}{left}",
                "start a new run, which imports what is published now; imports are kept for a week",
            )
        bucket, _ = _place(copy.folder)
        uris = [f"s3://{bucket}/{o['Key']}" for o in found]
        return tuple(RawFile(u, u, o["Size"], o["LastModified"], "") for u, o in zip(uris, found, strict=True))

    def _listed(self, folder: str) -> list[dict[str, Any]]:
        bucket, prefix = _place(folder)
        with speaking(f"listing {folder}"):
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            return [o for page in pages for o in page.get("Contents", ())]

    def _pin(self, source: ProductSource) -> dict[str, Any]:
        if self._imports is None:
            raise BadRequest(
                f"the plan imports {source.product}, but no import is named",
                "start the product's state machine, which imports before it builds (--mesh-imports)",
            )
        bucket, prefix = _place(self._imports)
        key = f"{prefix}{source.name}/_pin.json"
        with speaking(f"reading s3://{bucket}/{key}"):
            try:
                body = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            except ClientError as error:
                if is_missing(error):
                    raise BadInput(
                        f"source {source.name}: nothing was imported, there is no s3://{bucket}/{key}",
                        "start the product's state machine again, which imports before it builds",
                    ) from None
                raise
        found: dict[str, Any] = json.loads(body)
        return found


def _digest(objects: Sequence[Mapping[str, Any]]) -> str:
    """Of the keys of objects and of their ETags, which change with the contents."""
    lines = sorted(f"{o['Key']} {o['ETag']}\n" for o in objects)
    return f"sha256:{hashlib.sha256(''.join(lines).encode()).hexdigest()}"


def _place(url: str) -> tuple[str, str]:
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    return bucket, prefix.rstrip("/") + "/"
