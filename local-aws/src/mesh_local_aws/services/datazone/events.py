"""Events on the default bus of the domain's account."""

from __future__ import annotations

import json
from collections import deque

from mesh_local_aws import hooks, stores
from mesh_local_aws.hooks import Document
from mesh_local_aws.services.datazone import people
from mesh_local_aws.services.datazone.store import Domain

_told: deque[tuple[str, str, str, Document]] = deque()


def tell(domain: Domain, detail_type: str, type_name: str, id_: str, project_id: str, data: Document) -> None:
    """
    Is sent when the operation is done. `type_name` is DataZone's for what the event is about.
    https://docs.aws.amazon.com/datazone/latest/userguide/working-with-events-and-notifications.html
    """
    _told.append(
        (
            domain.account,
            domain.region,
            detail_type,
            {
                "version": "1",
                "metadata": {
                    "domain": domain.id,
                    "id": id_,
                    "version": "1",
                    "typeName": type_name,
                    "owningProjectId": project_id,
                    "user": people.asker(domain)["id"],
                    "awsAccountId": domain.account,
                },
                "data": data,
            },
        )
    )


def send() -> None:
    """What was told, and not while anything of DataZone is locked: a target may ask DataZone at once."""
    while True:
        try:
            account, region, detail_type, detail = _told.popleft()
        except IndexError:
            # Whoever else is done may have sent the last one.
            return
        with hooks.acting(account, region):
            stores.put_event("aws.datazone", detail_type, json.dumps(detail), [])
