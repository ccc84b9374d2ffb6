"""Connections of a domain, from Secrets Manager."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from mesh_jobs.adapters.aws.failures import is_missing, speaking


class SecretConnections:
    """`<prefix><name>`: the foundation's prefix, and the name in the pipeline."""

    def __init__(self, secrets: Any, prefix: str) -> None:
        self._secrets, self._prefix = secrets, prefix

    def document(self, name: str) -> str | None:
        secret = self.place(name)
        with speaking(f"reading the connection {secret}"):
            try:
                return str(self._secrets.get_secret_value(SecretId=secret)["SecretString"])
            except ClientError as error:
                if is_missing(error):
                    return None
                raise

    def place(self, name: str) -> str:
        return f"{self._prefix}{name}"
