"""An AWS in this process: moto behind a real port, so that DuckDB, the JVM and other processes find it; what boto3 asks
in this process is handed to it without a connection."""

from __future__ import annotations

import io
import logging
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.httpsession import URLLib3Session
from moto.core.exceptions import JsonRESTError
from moto.glue.models import GlueBackend
from moto.glue.responses import GlueResponse
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.server import ThreadedMotoServer
from urllib3.response import HTTPResponse
from werkzeug.test import create_environ, run_wsgi_app

from mesh_jobs.adapters.aws import clients
from mesh_jobs.adapters.iceberg import s3
from support.strict import listen

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
        patch.setattr(URLLib3Session, "send", _handed_over)
        listen()
        patch.setattr(clients, "client", _kept)
        s3.shared.cache_clear()
        _of_set_up("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        for database in databases:
            _of_set_up("glue").create_database(DatabaseInput={"Name": database})
        try:
            yield endpoint
        finally:
            s3.shared.cache_clear()


def read_independently(table: str) -> list[dict[str, Any]]:
    """A table's rows by PyIceberg's own Glue catalogue."""
    return sorted(_independent().load_table(table).scan().to_arrow().to_pylist(), key=repr)


@cache
def _independent() -> Any:
    """Making one takes longer than a table's rows."""
    from pyiceberg.catalog.glue import GlueCatalog

    endpoint = _endpoint()
    return GlueCatalog(
        "aws",
        **{
            "glue.endpoint": endpoint,
            "glue.region": REGION,
            "s3.endpoint": endpoint,
            "s3.region": REGION,
            "s3.access-key-id": "test",
            "s3.secret-access-key": "test",
        },
    )


@contextmanager
def clients_made_anew() -> Iterator[None]:
    """Whoever listens to what clients of a session do has to be there before them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clients, "client", _made)
        yield


@contextmanager
def heard_by(client: Any, event: str, handler: Any) -> Iterator[None]:
    """A handler of a client that later tests have as well."""
    client.meta.events.register(event, handler)
    try:
        yield
    finally:
        client.meta.events.unregister(event, handler)


_made, _sent = clients.client, URLLib3Session.send


@cache
def _kept(service: str, **credentials: str) -> Any:
    """One client for all tests: making one takes longer than most of what it is asked."""
    return _made(service, **credentials)


def _handed_over(session: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
    """What moto answers in the thread that asks: a connection and a thread of the server's for each request take twice
    as long as all else of it. Requests to others are sent."""
    if not request.url.startswith(_endpoint()):
        return _sent(session, request)
    url, body = urlsplit(request.url), request.body or b""
    body = body.read() if hasattr(body, "read") else body.encode() if isinstance(body, str) else body
    path = url.path + (f"?{url.query}" if url.query else "")
    environment = create_environ(
        url.path,
        f"{url.scheme}://{url.netloc}",
        url.query,
        request.method,
        headers={k: v.decode() if isinstance(v, bytes) else v for k, v in request.headers.items()},
        input_stream=io.BytesIO(body),
        content_length=len(body),
        environ_overrides={"REQUEST_URI": path, "RAW_URI": path},
    )
    said, status, headers = run_wsgi_app(_moto(), environment, buffered=True)
    content = HTTPResponse(io.BytesIO(b"".join(said)), preload_content=False, decode_content=False)
    answer = AWSResponse(request.url, int(status.split()[0]), headers, content)
    if not request.stream_output:
        answer.content  # noqa: B018 - is read when it is asked for
    return answer


@cache
def _moto() -> DomainDispatcherApplication:
    return DomainDispatcherApplication(create_backend_app)


@cache
def _of_set_up(service: Any) -> Any:
    """A client for what is there before a test, which nobody watches."""
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
