"""Masking in SQL: HMAC-SHA256 with the session's key, tokens made of it, and what only hides."""

from __future__ import annotations

import hashlib

from pyspark.sql import DataFrame
from pyspark.sql import types as t

from mesh_jobs.adapters.spark.as_text import as_text
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.types import sql_type
from mesh_jobs.domain.table import KEYED, Masking

_BLOCK = 64


def hashed(session: Session, value: str, type_: t.DataType) -> str:
    """Lower hex HMAC-SHA256 (RFC 2104) of the value as UTF-8 text; null stays null."""
    inner, outer = (f"(SELECT {pad} FROM {_keys(session)})" for pad in ("inner_pad", "outer_pad"))
    as_bytes = f"encode({as_text(value, type_)}, 'utf-8')"
    return f"sha2(concat({outer}, unhex(sha2(concat({inner}, {as_bytes}), 256))), 256)"


def tokenised(session: Session, value: str, type_: t.DataType) -> str:
    """`tok_` and the first 128 bits of the hash, in lower hex: a key as good as the value, and 36 characters long."""
    return f"concat('tok_', substring({hashed(session, value, type_)}, 1, 32))"


def truncated(value: str, type_: t.DataType) -> str:
    """The first three characters of a text, never more than half of it; the year of a day or a moment, as its first."""
    if isinstance(type_, t.StringType):
        return f"concat(substring({value}, 1, least(3, CAST(length({value}) DIV 2 AS INT))), '***')"
    return f"CAST(date_trunc('YEAR', {value}) AS {sql_type(type_)})"


def redacted(value: str, type_: t.DataType) -> str:
    """Three stars for text, null for everything else."""
    if isinstance(type_, t.StringType):
        return f"CASE WHEN {value} IS NOT NULL THEN '***' END"
    return f"CAST(NULL AS {sql_type(type_)})"


def masked(session: Session, value: str, type_: t.DataType, masking: Masking) -> str:
    """The value as `masking` lets it be seen."""
    match masking:
        case "hash":
            return hashed(session, value, type_)
        case "tokenise":
            return tokenised(session, value, type_)
        case "truncate":
            return truncated(value, type_)
        case "redact":
            return redacted(value, type_)
        case "nullify":
            return f"CAST(NULL AS {sql_type(type_)})"
        case "none":
            return value


def recorded(session: Session, value: str, type_: t.DataType, masking: Masking | None) -> str:
    """The value as the quarantine keeps it: as text, and as stars where masking does not keep values apart."""
    return masked(session, value, type_, masking) if masking in KEYED else "'***'"


def _keys(session: Session) -> str:
    """A view of one row, the two padded keys. A literal would be in the query's plan, which Spark shows in its UI and
    writes to its event log; in place of a subquery they show its number."""
    return session.once("padded_keys", lambda: _key_view(session))


def _key_view(session: Session) -> str:
    key = session.key()
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    java = session.jvm
    schema = java.org.apache.spark.sql.types.StructType()
    row = java.java.util.ArrayList()
    for member, pad in (("inner_pad", 0x36), ("outer_pad", 0x5C)):
        schema = schema.add(member, "binary")
        row.add(bytes(b ^ pad for b in block))
    rows = java.java.util.ArrayList()
    rows.add(java.org.apache.spark.sql.RowFactory.create(row.toArray()))
    # Python's own createDataFrame would start a process of Python to carry one row.
    made = session.spark._jsparkSession.createDataFrame(rows, schema)
    return session.view(DataFrame(made, session.spark), "padded_keys")
