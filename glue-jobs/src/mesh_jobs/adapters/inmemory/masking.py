"""Masking of single values."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from mesh_jobs.adapters.inmemory.casts import as_text


def hashed(value: Any, key: bytes) -> str | None:
    """HMAC-SHA256 of the value as text, lower hex; null stays null."""
    return None if value is None else hmac.new(key, as_text(value).encode(), hashlib.sha256).hexdigest()


def redacted(value: Any, is_text: bool) -> str | None:
    """Three stars for text, null for all else."""
    return "***" if is_text and value is not None else None
