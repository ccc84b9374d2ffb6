"""Objects of the emulated S3 at times of one's choice, which S3 itself does not offer."""

from __future__ import annotations

from datetime import UTC, datetime

from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends


def arrived(bucket: str, key: str, at: datetime) -> None:
    """Sets when an object was put."""
    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    backend.get_object(bucket, key).last_modified = at.astimezone(UTC).replace(tzinfo=None)
