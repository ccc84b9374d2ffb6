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


@cache
def warm_python() -> str:
    """Its path; it ends with this process."""
    folder = Path(tempfile.mkdtemp(prefix="mesh-warm-"))
    server = subprocess.Popen(
        [sys.executable, "-P", str(Path(__file__).with_name("warm_python.py")), str(folder)],
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
