"""Jobs begin warm where their packages say how, and are processes like any others; else they begin cold."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mesh_local_aws.job_python import Packages

#: What `from mesh_jobs.entrypoints import warm` finds: who imported it, and whether that was before the job began.
SAYS = "import os\nwho = 0\ndef glue():\n    global who\n    who = os.getpid()\n"
TELLS = """
from mesh_jobs.entrypoints import warm
import os, sys
print(warm.who, os.getpid(), sys.argv[1:], os.getcwd(), os.environ.get('SAID'))
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="jobs begin cold there")


def packages(warm: str | None = SAYS) -> Packages:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("mesh_jobs/__init__.py", "")
        files.writestr("mesh_jobs/entrypoints/__init__.py", "")
        if warm is not None:
            files.writestr("mesh_jobs/entrypoints/warm.py", warm)
    return Packages([archive.getvalue()])


@pytest.fixture
def found() -> Iterator[Packages]:
    made = packages()
    yield made
    made.end()


def job(of: Packages, folder: Path, script: str, *arguments: str) -> subprocess.Popen[str]:
    file = folder / "script.py"
    file.write_text(script, encoding="utf-8")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(of.path), "SAID": "hello"}
    return subprocess.Popen(
        [of.python(), str(file), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder, env=environment
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, error = process.communicate(timeout=30)
    return process.returncode, out.strip(), error.strip()


def test_jobs_are_forks_of_one_process_with_arguments_folder_and_environment_of_their_own(found: Packages, tmp_path: Path) -> None:
    told = [ended(job(found, tmp_path, TELLS, "--mesh-plan", "s3://a/b"))[1].split(" ", 2) for _ in range(2)]
    (first, one, more), (second, other, _) = told
    assert first == second
    assert len({first, one, other}) == 3
    assert more == f"['--mesh-plan', 's3://a/b'] {tmp_path} hello"


def test_how_a_job_ends_is_how_its_process_ends(found: Packages, tmp_path: Path) -> None:
    assert ended(job(found, tmp_path, "raise SystemExit('no rows')")) == (1, "", "no rows")
    assert ended(job(found, tmp_path, "import os; os._exit(7)"))[0] == 7
    assert ended(job(found, tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"))[0] == -signal.SIGKILL


def test_a_job_that_is_asked_to_stop_hears_it(found: Packages, tmp_path: Path) -> None:
    script = "import signal, time\nsignal.signal(signal.SIGTERM, lambda *_: exit('stopped'))\nprint('at work', flush=True)\ntime.sleep(60)"
    process = job(found, tmp_path, script)
    assert process.stdout is not None
    assert process.stdout.readline() == "at work\n"
    process.terminate()
    assert ended(process) == (1, "", "stopped")


def test_a_job_that_is_killed_is_gone(found: Packages, tmp_path: Path) -> None:
    process = job(found, tmp_path, "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(60)")
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    process.kill()
    assert ended(process)[0] == -signal.SIGKILL
    gone(pid)


def test_who_asks_for_a_job_and_is_gone_harms_no_other(found: Packages, tmp_path: Path) -> None:
    for _ in range(5):
        process = job(found, tmp_path, "print('never mind')")
        process.kill()
        process.communicate()
    assert ended(job(found, tmp_path, "print('here')"))[:2] == (0, "here")


def test_a_job_begins_cold_where_its_packages_do_not_say_what_they_import(tmp_path: Path) -> None:
    assert packages(None).python() == sys.executable


@pytest.mark.parametrize(
    "warm",
    [
        "def glue():\n    raise ValueError",
        "import time\ndef glue():\n    import threading\n    threading.Thread(target=time.sleep, args=(9,), daemon=True).start()",
    ],
)
def test_a_job_begins_cold_where_importing_fails(warm: str, tmp_path: Path) -> None:
    made = packages(warm)
    assert ended(job(made, tmp_path, "import os; print(os.getppid())"))[:2] == (0, str(os.getpid()))
    # Nor is it tried again for the next one.
    assert made.python() == sys.executable


def test_a_process_that_died_is_replaced_and_its_jobs_have_failed(found: Packages, tmp_path: Path) -> None:
    first = ended(job(found, tmp_path, TELLS))[1].split()[0]
    process = job(found, tmp_path, "import time\nprint('at work', flush=True)\ntime.sleep(60)")
    assert process.stdout is not None
    assert process.stdout.readline() == "at work\n"
    os.kill(int(first), signal.SIGKILL)
    gone(int(first))
    assert ended(process) == (1, "", "the process that this one was a fork of has ended")
    second = ended(job(found, tmp_path, TELLS))[1].split()[0]
    assert second not in (first, "0")


def test_all_of_it_ends_with_who_started_it(tmp_path: Path) -> None:
    made = packages()
    process = job(made, tmp_path, "import os, time\nprint(os.getpid(), os.getppid(), flush=True)\ntime.sleep(60)")
    assert process.stdout is not None
    pids = process.stdout.readline().split()
    made.end()
    for pid in pids:
        gone(int(pid))
    assert ended(process)[0] != 0


def gone(pid: int) -> None:
    """Waits for it."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z":
                return
        except FileNotFoundError:
            return
        time.sleep(0.02)
    raise AssertionError(f"{pid} is still there")
