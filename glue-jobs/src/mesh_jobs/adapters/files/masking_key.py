"""The key that masked values are made with; it never leaves this machine."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from mesh_jobs.domain.errors import MeshError

_SIZE = 32


def masking_key(state: Path, domain: str) -> bytes:
    """A domain's key: on AWS each domain has its own, so hashes of two domains differ here as well. All are made of one
    secret. Raises MeshError as `_secret` does."""
    return hmac.new(_secret(state / "masking.key"), domain.encode(), hashlib.sha256).digest()


def _secret(path: Path) -> bytes:
    """32 random bytes, made on first use, readable by its owner only. Raises MeshError when the file holds something
    else: another key would make other hashes, and joins over them would silently miss."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".masking.key.{os.getpid()}.{secrets.token_hex(4)}")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(_SIZE))
        try:
            # Of two processes that come here first, one links its key and the other reads it.
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    key = path.read_bytes()
    if len(key) != _SIZE:
        raise MeshError(
            f"{path} is not a key of {_SIZE} bytes",
            "restore it, or remove it together with .mesh: hashes made with it cannot be reproduced",
        )
    return key
