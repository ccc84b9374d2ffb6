"""Masking in SQL: HMAC-SHA256 with the session's key, tokens made of it, and what only hides."""

from __future__ import annotations

import hashlib
from typing import Any

from mesh_jobs.adapters.duckdb.as_text import as_text
from mesh_jobs.domain.table import KEYED, Masking

_BLOCK = 64


def set_key(db: Any, key: bytes) -> None:
    """Puts the two padded keys of HMAC (RFC 2104) into session variables, so that the key is in no SQL text."""
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    db.execute("SET VARIABLE mesh_inner = $1", [bytes(b ^ 0x36 for b in block)])
    db.execute("SET VARIABLE mesh_outer = $1", [bytes(b ^ 0x5C for b in block)])


def hashed(value: str, type_: str) -> str:
    """Lower hex HMAC-SHA256 of the value as UTF-8 text; null stays null."""
    as_bytes = f"encode({as_text(value, type_)})"
    inner = f"from_hex(sha256(CAST(getvariable('mesh_inner') AS BLOB) || {as_bytes}))"
    return f"sha256(CAST(getvariable('mesh_outer') AS BLOB) || {inner})"


def tokenised(value: str, type_: str) -> str:
    """`tok_` and the first 128 bits of the hash, in lower hex: a key as good as the value, and 36 characters long."""
    return f"'tok_' || substr({hashed(value, type_)}, 1, 32)"


def truncated(value: str, type_: str) -> str:
    """The first three characters of a text, never more than half of it; the year of a day or a moment, as its first."""
    if type_ == "VARCHAR":
        return f"substr({value}, 1, CAST(least(3, length({value}) // 2) AS BIGINT)) || '***'"
    return f"CAST(date_trunc('year', {value}) AS {type_})"


def redacted(value: str, type_: str) -> str:
    """Three stars for text, null for everything else."""
    return f"CASE WHEN {value} IS NOT NULL THEN '***' END" if type_ == "VARCHAR" else f"CAST(NULL AS {type_})"


def masked(value: str, type_: str, masking: Masking) -> str:
    """The value as `masking` lets it be seen."""
    match masking:
        case "hash":
            return hashed(value, type_)
        case "tokenise":
            return tokenised(value, type_)
        case "truncate":
            return truncated(value, type_)
        case "redact":
            return redacted(value, type_)
        case "nullify":
            return f"CAST(NULL AS {type_})"
        case "none":
            return value


def recorded(value: str, type_: str, masking: Masking | None) -> str:
    """The value as the quarantine keeps it: as text, and as stars where masking does not keep values apart."""
    return masked(value, type_, masking) if masking in KEYED else "'***'"
