"""A Python for processes that a test needs and does not test: what is killed and what a person starts begins cold."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

from support.local import SOURCE

#: As the local AWS has it for the jobs that it runs.
SERVER = SOURCE.parents[1] / "local-aws" / "src" / "mesh_local_aws" / "warm_python.py"


@cache
def warm_python() -> str:
    """Its path; it ends with this process."""
    folder = Path(tempfile.mkdtemp(prefix="mesh-warm-"))
    server = subprocess.Popen(
        [sys.executable, "-P", str(SERVER), str(folder), "mesh_jobs.entrypoints.warm:local"],
        stdin=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )

    def end() -> None:
        server.communicate()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    while not (folder / "python").exists():
        assert server.poll() is None, f"the warm Python ended with {server.returncode}"
        time.sleep(0.01)
    return str(folder / "python")
