"""Masking of single values."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date, datetime
from typing import Any

from mesh_jobs.adapters.inmemory.casts import as_text
from mesh_jobs.domain.table import KEYED, Masking


def hashed(value: Any, key: bytes) -> str | None:
    """HMAC-SHA256 of the value as text, lower hex; null stays null."""
    return None if value is None else hmac.new(key, as_text(value).encode(), hashlib.sha256).hexdigest()


def tokenised(value: Any, key: bytes) -> str | None:
    """`tok_` and the first 128 bits of the hash."""
    digest = hashed(value, key)
    return None if digest is None else f"tok_{digest[:32]}"


def truncated(value: Any) -> Any:
    """The first three characters of a text, never more than half of it; the first moment of the year of all else."""
    match value:
        case str():
            return value[: min(3, len(value) // 2)] + "***"
        case datetime():
            return value.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
        case date():
            return value.replace(month=1, day=1)
    return None


def redacted(value: Any, is_text: bool) -> str | None:
    """Three stars for text, null for all else."""
    return "***" if is_text and value is not None else None


def masked(value: Any, masking: Masking, key: bytes, is_text: bool) -> Any:
    """The value as `masking` lets it be seen."""
    match masking:
        case "hash":
            return hashed(value, key)
        case "tokenise":
            return tokenised(value, key)
        case "truncate":
            return truncated(value)
        case "redact":
            return redacted(value, is_text)
        case "nullify":
            return None
        case "none":
            return value


def recorded(value: Any, masking: Masking, key: bytes) -> Any:
    """The value as the quarantine keeps it: as text, and as stars where masking does not keep values apart."""
    return masked(value, masking if masking in KEYED else "redact", key, True)
