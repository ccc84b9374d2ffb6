"""The key that masked values are made with, from Secrets Manager.

The engine computes an HMAC per value, so it needs the key's bytes: KMS, which never gives a key away, would have to be
asked for every value.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from mesh_jobs.adapters.aws.failures import speaking
from mesh_jobs.domain.errors import MeshError

_SIZE = 32


def masking_key(secrets: Any, secret: str) -> bytes:
    """32 bytes: the secret's binary value, or its text as base64 or hexadecimal digits. Raises MeshError when it is
    something else: another key makes other hashes, and joins over them silently miss."""
    with speaking(f"reading the masking key {secret}"):
        found = secrets.get_secret_value(SecretId=secret)
    key = bytes(found["SecretBinary"]) if "SecretBinary" in found else _decoded(found["SecretString"].strip())
    if len(key) != _SIZE:
        raise MeshError(
            f"the secret {secret} is not a key of {_SIZE} bytes",
            f"store {_SIZE} random bytes, as binary, base64 or hexadecimal; never change it once tables are published",
        )
    return key


def _decoded(text: str) -> bytes:
    for decode in (bytes.fromhex, lambda t: base64.b64decode(t, validate=True)):
        try:
            return decode(text)
        except (ValueError, binascii.Error):
            continue
    return b""
