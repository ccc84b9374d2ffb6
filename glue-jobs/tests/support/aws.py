"""An AWS in this process: moto behind a real port, so that boto3, DuckDB and the JVM all find it."""

from __future__ import annotations

import logging
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
import pytest
from moto.core.exceptions import JsonRESTError
from moto.glue.models import GlueBackend
from moto.glue.responses import GlueResponse
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.server import ThreadedMotoServer
from werkzeug.serving import WSGIRequestHandler

from mesh_jobs.adapters.iceberg import s3

REGION = "eu-central-1"
BUCKET = "shoply-curated"
WAREHOUSE = f"s3://{BUCKET}/warehouse"


@cache
def _endpoint() -> str:
    """The server's address; it ends with the process."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    _compare_versions()
    # Else it lists a folder and tries some two hundred patterns at each request to tell which service is meant.
    dispatcher: Any = DomainDispatcherApplication
    dispatcher.get_backend_for_host = cache(dispatcher.get_backend_for_host)
    # Else each request makes a connection and a thread, which take a third of its time.
    WSGIRequestHandler.protocol_version = "HTTP/1.1"
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    return f"http://{host}:{port}"


@contextmanager
def emulated(databases: tuple[str, ...] = ("sales", "sales_internal")) -> Iterator[str]:
    """An empty account with one bucket and some databases; where it is. Environment variables point at it, as they
    would in a job."""
    endpoint = _endpoint()
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")).close()
    settings = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        patch.delenv("AWS_SESSION_TOKEN", raising=False)
        s3.shared.cache_clear()
        _of_set_up("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        for database in databases:
            _of_set_up("glue").create_database(DatabaseInput={"Name": database})
        try:
            yield endpoint
        finally:
            s3.shared.cache_clear()


@cache
def _of_set_up(service: Any) -> Any:
    """A client for what is there before a test: making one takes longer than what it is asked."""
    return boto3.Session().client(service)


@cache
def _compare_versions() -> None:
    """Glue refuses an update of a version that is no longer the table's; moto would carry it out."""
    update = GlueResponse.update_table
    one_at_a_time = threading.Lock()

    def compare_and_update(response: Any) -> Any:
        asked = response.parameters
        with one_at_a_time:
            backend: GlueBackend = response.glue_backend
            table = backend.get_table(asked["DatabaseName"], asked["TableInput"]["Name"])
            if asked.get("VersionId") not in (None, table.as_dict()["VersionId"]):
                raise JsonRESTError("ConcurrentModificationException", "Update table failed due to concurrent changes")
            return update(response)

    GlueResponse.update_table = compare_and_update  # type: ignore[method-assign]
