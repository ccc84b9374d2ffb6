"""How a table of a real PostgreSQL is read: in one snapshot, in parts, again after a fault, and by whom."""

from __future__ import annotations

import gzip
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mesh_jobs.adapters.connections import EnvironmentConnections, address_of
from mesh_jobs.adapters.postgres import fetch, table
from mesh_jobs.adapters.postgres.address import Address
from mesh_jobs.adapters.postgres.fetch import fetch_table
from mesh_jobs.adapters.postgres.wire import Wire
from mesh_jobs.adapters.remotes import ConnectedRemotes
from mesh_jobs.domain.errors import BadInput, BadRequest, MeshError, OutOfReach
from mesh_jobs.domain.plan import DatabaseTable, FileFormat, FileSource, Watermark
from mesh_jobs.domain.table import Field
from mesh_jobs.ports.remotes import Answer
from support.postgres import PASSWORD, Postgres, connection, postgres

SHOP = FileSource("shop", "", FileFormat("auto"), None, remote=DatabaseTable("web-shop", "public.lines"))
ROWS = 4000
FILL = (
    "INSERT INTO lines SELECT n, repeat('x', 300), '2030-01-01Z'::timestamptz + n * interval '1 second' "
    f"FROM generate_series(1, {ROWS}) n"
)


@pytest.fixture(scope="module")
def server() -> Postgres:
    server = postgres()
    server.sql(
        "DROP TABLE IF EXISTS lines",
        "CREATE TABLE lines (id int, filling text, at timestamptz)",
        FILL,
    )
    return server


def read(
    address: Address, folder: Path, source: FileSource = SHOP, since: str | None = None, name: str = "public.lines"
) -> tuple[Answer, list[str]]:
    notices = list[str]()
    folder.mkdir(exist_ok=True)
    return fetch_table(source, name, address, since, folder, notices.append, lambda seconds: None), notices


def lines(answer: Answer) -> list[str]:
    """Without the headers."""
    return [r for f in answer.files for r in gzip.decompress(f.path.read_bytes()).decode().splitlines()[1:]]


def refused(kind: type[MeshError], call: Any) -> str:
    with pytest.raises(kind) as caught:
        call()
    assert PASSWORD not in str(caught.value)
    return f"{caught.value} → {caught.value.remedy}"


def test_parts_of_a_table_are_read_at_once_in_one_snapshot(
    server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "_PAGES_OF_A_PART", 16)
    looked, begun = fetch.looked_at, threading.Event()

    def changed_meanwhile(*arguments: Any) -> Any:
        reading = looked(*arguments)
        # Every row is written anew, behind the pages that were there, and some are gone, before the first part is read.
        server.sql("UPDATE lines SET filling = 'new'", "DELETE FROM lines WHERE id > 3000")
        begun.set()
        return reading

    monkeypatch.setattr(fetch, "looked_at", changed_meanwhile)
    answer, _ = read(server.address(), tmp_path)
    assert begun.is_set()
    assert len(answer.files) > 8
    read_ids = sorted(int(r.split(",")[0]) for r in lines(answer))
    assert read_ids == list(range(1, ROWS + 1))
    assert answer.rows == ROWS
    assert not any(",new," in r for r in lines(answer))
    server.sql(
        "TRUNCATE lines",
        FILL,
    )


def test_only_declared_columns_and_changed_rows_leave_the_data_base(server: Postgres, tmp_path: Path) -> None:
    source = replace(
        SHOP,
        fields=(Field("at", "timestamptz"), Field("ID", "long")),
        watermark=Watermark("at", 0),
        primary_key=("ID",),
    )
    server.sql("UPDATE lines SET at = NULL WHERE id = 7")
    answer, _ = read(server.address(), tmp_path, source, "2030-01-01T01:06:39+00:00")
    assert sorted(lines(answer)) == sorted([",7", "2030-01-01 01:06:39+00,3999", "2030-01-01 01:06:40+00,4000"])


def test_a_server_that_goes_while_it_is_read_is_read_again_from_the_beginning(
    server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # More than the buffers of a connection hold, so the server is still sending when it is stopped.
    server.sql("CREATE TABLE wide AS SELECT n AS id, repeat('x', 3000) AS filling FROM generate_series(1, 4000) n")
    notices, copy, stopped = list[str](), Wire.copy, threading.Event()

    def stopping(self: Wire, sql: str, take: Any) -> int:
        def taken(line: bytes) -> None:
            take(line)
            if not stopped.is_set():
                stopped.set()
                server.stop(signal.SIGQUIT)

        return copy(self, sql, taken)

    monkeypatch.setattr(Wire, "copy", stopping)
    try:
        answer = fetch_table(
            SHOP, "wide", server.address(), None, tmp_path, notices.append, lambda seconds: server.start()
        )
        assert sorted(int(r.split(",")[0]) for r in lines(answer)) == list(range(1, 4001))
        assert len(notices) == 1
        assert notices[0].startswith("source shop: ")
        assert notices[0].endswith("; reading it again from the beginning in 1 s")

        server.stop()
        said = refused(OutOfReach, lambda: read(server.address(), tmp_path / "gone"))
        assert f"source shop: public.lines at 127.0.0.1:{server.port}/shop cannot be reached" in said
        assert "check the host and port of the connection and the network" in said
    finally:
        if server.process is None:
            server.start()
        server.sql("DROP TABLE wide")


def test_a_run_that_is_stopped_does_not_wait_for_the_table(
    server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.sql("CREATE OR REPLACE VIEW slow AS SELECT n AS id, pg_sleep(30)::text FROM generate_series(1, 2) n")

    def stopped(running: object) -> None:
        while not server.sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'COPY%' AND state = 'active'"):
            pass
        raise KeyboardInterrupt

    monkeypatch.setattr(fetch, "wait", stopped)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        read(server.address(), tmp_path, name="slow")
    assert time.monotonic() - began < 20
    server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY%'", "DROP VIEW slow")


def test_what_is_wrong_with_the_way_to_a_table_is_said(server: Postgres, tmp_path: Path) -> None:
    at = server.address()
    where = f"source shop: public.lines at 127.0.0.1:{server.port}/shop"
    said = refused(OutOfReach, lambda: read(replace(at, password="wrong"), tmp_path))
    assert said.startswith(f'{where}: password authentication failed for user "mesh" (28P01) → correct the user and')
    said = refused(OutOfReach, lambda: read(replace(at, database="none"), tmp_path))
    assert 'database "none" does not exist (3D000) → correct the database (dbname)' in said
    said = refused(BadInput, lambda: read(at, tmp_path, name="public.Lines"))
    assert said.startswith("source shop: the database has no table public.Lines → correct sources.shop.jdbc.table")
    said = refused(BadInput, lambda: read(at, tmp_path, replace(SHOP, fields=(Field("fillin", "string"),))))
    assert said.startswith(
        "source shop: public.lines has no column fillin; it has id, filling, at → did you mean filling?"
    )


def test_a_user_reads_what_it_may_and_is_told_the_rest(server: Postgres, tmp_path: Path) -> None:
    server.sql(
        "DROP ROLE IF EXISTS reader", "CREATE ROLE reader LOGIN PASSWORD 'p'", "GRANT SELECT (id) ON lines TO reader"
    )
    try:
        reader = replace(server.address(), user="reader", password="p")
        answer, _ = read(reader, tmp_path / "some", replace(SHOP, fields=(Field("id", "int"),)))
        assert answer.rows == ROWS
        said = refused(BadInput, lambda: read(reader, tmp_path / "all"))
        assert said.startswith("source shop: public.lines.filling may not be read by the connection's user → GRANT")
        server.sql("REVOKE ALL ON SCHEMA public FROM public")
        said = refused(OutOfReach, lambda: read(reader, tmp_path / "none"))
        assert said.endswith(
            "→ grant the user of the connection SELECT on the table, and USAGE on its schema, then start the run again"
        )
    finally:
        server.sql("GRANT USAGE ON SCHEMA public TO public", "REVOKE ALL ON lines FROM reader", "DROP ROLE reader")


@pytest.mark.parametrize(
    ("view", "state"),
    [
        ("SELECT email::int AS id FROM people", "22P02"),
        ("SELECT raised(email) AS id FROM people", "P0001"),
        ("SELECT raised_anew(email) AS id FROM people", "XX999"),
    ],
)
def test_what_a_view_says_of_a_value_is_not_said_again(server: Postgres, tmp_path: Path, view: str, state: str) -> None:
    raising = "CREATE OR REPLACE FUNCTION {} (text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE '%', $1{}; END $$"
    server.sql(
        "DROP TABLE IF EXISTS people CASCADE",
        "CREATE TABLE people AS SELECT 'alice@secret.example'::text AS email",
        raising.format("raised", ""),
        raising.format("raised_anew", " USING ERRCODE = 'XX999'"),
        f"CREATE VIEW contacts AS {view}",
    )
    said = refused(OutOfReach, lambda: read(server.address(), tmp_path / state, name="public.contacts"))
    assert f"an error whose message may quote a row, so it is not shown ({state})" in said
    assert "secret" not in said


def test_the_way_is_encrypted_and_the_server_is_who_it_says(server: Postgres, tmp_path: Path) -> None:
    def encrypted(address: Address) -> bool:
        with Wire(address) as wire:
            return wire.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") == [("t",)]

    verified = replace(server.address(ssl_mode="verify-full", ca=server.ca), host="localhost")
    assert encrypted(verified)
    assert encrypted(server.address(ssl_mode="verify-ca", ca=server.ca)), "verify-ca asks for no name"
    assert encrypted(server.address(ssl_mode="require"))
    said = refused(OutOfReach, lambda: read(replace(verified, ca=None), tmp_path))
    assert "the certificate of localhost" in said
    assert (
        "is not trusted: self-signed certificate → correct the connection: `ca` is the certificate of the authority"
        in said
    )
    said = refused(OutOfReach, lambda: read(replace(verified, host="127.0.0.1"), tmp_path))
    assert "IP address mismatch" in said


def test_a_connection_is_a_url_or_the_document_of_secrets_manager(server: Postgres, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("pem")
    url = connection(server, sslmode="verify-ca", sslrootcert=str(tmp_path / "ca.pem"))
    assert address_of(url, "X") == server.address(ssl_mode="verify-ca", ca="pem")
    document = '{"engine": "postgres", "host": "db.shoply.example", "username": "u", "password": "p", "dbname": "shop"}'
    assert address_of(document, "X") == Address("db.shoply.example", 5432, "shop", "u", "p", "verify-full")
    for broken, why in {
        "p": "the connection in X is not a JSON object",
        '{"host": "h", "username": "u"}': "the connection in X has no password, dbname",
        "mysql://u:p@h/d": "the connection in X is not for PostgreSQL",
        "postgresql://u:p@h/d?sslmode=prefer": "sslmode is one of disable, require, verify-ca, verify-full, got",
        "postgresql://u:p@h/d?target=x": "the connection in X has an unknown option target",
    }.items():
        assert refused(BadRequest, lambda broken=broken: address_of(broken, "X")).startswith(why)


def test_a_source_is_read_where_there_is_a_connection_and_from_its_sample_where_there_is_none(
    server: Postgres, tmp_path: Path
) -> None:
    known = EnvironmentConnections({"MESH_CONNECTION_WEB_SHOP": connection(server)})
    assert ConnectedRemotes(known, sampled=True).reaches(SHOP)
    assert not ConnectedRemotes(known, ["shop"], sampled=True).reaches(SHOP), "files were given for this run"
    unknown = EnvironmentConnections({})
    assert not ConnectedRemotes(unknown, sampled=True).reaches(SHOP)
    on_aws = ConnectedRemotes(unknown)
    assert on_aws.reaches(SHOP)
    said = refused(BadRequest, lambda: on_aws.fetch(SHOP, None, tmp_path, print))
    assert said.startswith("source shop: there is no connection web-shop: MESH_CONNECTION_WEB_SHOP is not there")


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    # By identity: a thread that another test left may end meanwhile.
    before = set(threading.enumerate())
    yield
    assert not set(threading.enumerate()) - before
