"""Fetches a table: several sessions at once, all in the snapshot of the first."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime
from pathlib import Path

from mesh_jobs.adapters.packed import PackedLines
from mesh_jobs.adapters.postgres.address import Address
from mesh_jobs.adapters.postgres.table import Reading, begin, looked_at
from mesh_jobs.adapters.postgres.wire import Gone, LoginRefused, ServerError, Wire
from mesh_jobs.domain.errors import MeshError, OutOfReach
from mesh_jobs.domain.plan import FileFormat, FileSource
from mesh_jobs.ports.remotes import Answer, Fetched

_SESSIONS = 4
#: Seconds to wait before each further try.
WAITS = (1.0, 4.0, 16.0, 30.0)
#: A lost connection, a server that stops or starts, too many clients, a standby that had to let go of the snapshot.
_PASSING = ("08", "57P", "53", "40")
_REMEDIES = {
    "28": "correct the user and the password of the connection",
    "3D": "correct the database (dbname) of the connection",
    "42501": "grant the user of the connection SELECT on the table, and USAGE on its schema",
}


def fetch_table(
    source: FileSource,
    table: str,
    address: Address,
    since: str | None,
    folder: Path,
    notice: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> Answer:
    """See Remotes.fetch. Each try is a snapshot of its own, and leaves nothing of itself when it fails."""
    for pause in (*WAITS, None):
        try:
            return _fetch(source, table, address, since, folder)
        except (Gone, ServerError, LoginRefused) as error:
            passing = isinstance(error, Gone) or (isinstance(error, ServerError) and error.state.startswith(_PASSING))
            if pause is None or not passing:
                raise _words(source, table, address, error) from error
            notice(f"source {source.name}: {error}; reading it again from the beginning in {pause:g} s")
            for file in folder.iterdir():
                file.unlink()
            sleep(pause)
    raise AssertionError("every try ends")


def _fetch(source: FileSource, table: str, address: Address, since: str | None, folder: Path) -> Answer:
    with Wire(address) as first:
        reading = looked_at(first, source, table, since)
        at = datetime.now(UTC)
        done = _all(first, reading, address, folder, f"{table} at {address}")
    files = tuple(f for n in range(len(reading.copies)) for f in done[n][0])
    return Answer(files, reading.fields, FileFormat("csv"), sum(rows for _, rows in done.values()), at)


def _all(
    first: Wire, reading: Reading, address: Address, folder: Path, origin: str
) -> dict[int, tuple[tuple[Fetched, ...], int]]:
    """Every part by its number: its files and its rows. The first error ends all sessions, so that none reads on for
    nothing."""
    waiting: queue.SimpleQueue[tuple[int, str]] = queue.SimpleQueue()
    for part in enumerate(reading.copies):
        waiting.put(part)
    wires, errors = [first], list[BaseException]()
    done: dict[int, tuple[tuple[Fetched, ...], int]] = {}

    def work(wire: Wire) -> None:
        while not errors:
            try:
                number, copy = waiting.get_nowait()
            except queue.Empty:
                return
            with PackedLines(folder, f"part-{number:05d}", "csv", origin) as lines:
                rows = wire.copy(copy, lines.write)
            if lines.lines != rows:
                raise Gone(f"{address} sent {lines.lines} rows but reports {rows}")
            done[number] = (lines.files, rows)

    def join() -> None:
        with Wire(address) as wire:
            wires.append(wire)
            begin(wire, reading.snapshot)
            work(wire)

    def end(error: BaseException) -> None:
        errors.append(error)
        for wire in list(wires):
            wire.close()

    def guarded(call: Callable[[], None]) -> None:
        try:
            call()
        except BaseException as error:
            end(error)

    others = min(_SESSIONS, len(reading.copies)) - 1
    with ThreadPoolExecutor(others + 1) as pool:
        running = [pool.submit(guarded, call) for call in [lambda: work(first), *[join] * others]]
        try:
            wait(running)
        except BaseException as stopped:
            # A run that is stopped does not wait for a table to end.
            end(stopped)
    if errors:
        raise errors[0]
    return done


def _words(source: FileSource, table: str, address: Address, error: Exception) -> MeshError:
    where = f"source {source.name}: {table} at {address}"
    if isinstance(error, LoginRefused):
        return OutOfReach(
            f"{where}: {error}",
            "correct the connection: `ca` is the certificate of the authority that signed the server's (for RDS, its "
            "region's bundle); `sslmode: require` encrypts without checking who answers",
        )
    if isinstance(error, Gone):
        return OutOfReach(
            f"{where} cannot be reached: {error}",
            "check the host and port of the connection and the network (on AWS its security groups, and "
            "`network` of the domain), then start the run again",
        )
    assert isinstance(error, ServerError)
    remedy = next((r for s, r in _REMEDIES.items() if error.state.startswith(s)), "fix it in the database")
    return OutOfReach(f"{where}: {error} ({error.state})", f"{remedy}, then start the run again")
