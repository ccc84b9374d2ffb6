"""DuckDB over S3: its extension httpfs, under the credentials that boto3 has."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

from mesh_jobs.adapters.duckdb.types import text
from mesh_jobs.domain.errors import BadRequest

_PACKAGE = "duckdb_extension_httpfs"
#: The least that DuckDB takes; the files of a table are a hundredth of it.
_LARGEST_FILE = "50GB"


class S3Access:
    """Lets one connection read and write `s3://`. A role's credentials last an hour or so and boto3 renews them in
    time, so each statement begins under those of the moment; one that runs for longer than them fails."""

    def __init__(self, db: duckdb.DuckDBPyConnection) -> None:
        import boto3

        from mesh_jobs.adapters.iceberg.s3 import shared

        self._db = db
        self._credentials = boto3.Session().get_credentials()
        if self._credentials is None:
            raise BadRequest("there are no AWS credentials for S3", "give the job a role, or set AWS_PROFILE")
        meta = shared().meta
        at = urlsplit(meta.endpoint_url)
        self._where = {
            "REGION": text(meta.region_name),
            "ENDPOINT": text(at.netloc),
            "USE_SSL": str(at.scheme == "https").lower(),
            "URL_STYLE": text("path" if (meta.config.s3 or {}).get("addressing_style") == "path" else "vhost"),
        }
        self._used: tuple[str, ...] | None = None
        db.execute(f"LOAD {text(str(_extension()))}")
        # A file that is being written takes a ten-thousandth of this, and a file of each partition may be at once:
        # https://github.com/duckdb/duckdb/issues/11817
        db.execute(f"SET s3_uploader_max_filesize = {text(_LARGEST_FILE)}")
        self.refresh()

    def refresh(self) -> None:
        """Hands over the credentials, where boto3 has new ones."""
        found = self._credentials.get_frozen_credentials()
        now = (found.access_key, found.secret_key, found.token or "")
        if now == self._used:
            return
        names = ("KEY_ID", "SECRET", "SESSION_TOKEN")
        keys = {name: text(value) for name, value in zip(names, now, strict=True) if value}
        options = ", ".join(f"{name} {value}" for name, value in {**self._where, **keys}.items())
        self._db.execute(f"CREATE OR REPLACE TEMPORARY SECRET mesh_s3 (TYPE s3, {options})")
        self._used = now


def _extension() -> Path:
    """The extension as PyPI has it: DuckDB would fetch it from a server of its own, which a job's network may not
    reach. Raises BadRequest."""
    package = importlib.util.find_spec(_PACKAGE)
    wanted = f"v{duckdb.__version__}"
    for folder in (package.submodule_search_locations or ()) if package else ():
        file = Path(folder) / "extensions" / wanted / "httpfs.duckdb_extension"
        if file.exists():
            return file
    raise BadRequest(
        f"DuckDB {duckdb.__version__} cannot reach S3: its extension httpfs is not installed",
        f"install duckdb-extension-httpfs=={duckdb.__version__} alongside it, or the wheel with its extra `s3`",
    )
