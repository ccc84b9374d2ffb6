"""The Python that Glue jobs run on: the one that MESH_JOBS_PYTHON names, with the packages that a job brings.

Where those say what they import (`mesh_jobs.entrypoints.warm`), a job is a fork of one process that has imported it: importing takes
longer than most of the loads that anybody tries here. On Linux alone: elsewhere a fork of a process that has used the system's
libraries is not safe (https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods).
"""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path

from mesh_local_aws import hooks, warm_python

_WARM = "mesh_jobs.entrypoints.warm"
#: A Python that takes longer to import it all is done without.
_BEGINS_SECONDS = 60.0


class Packages:
    """Archives, unpacked where pip would have installed them: Python compiles them once."""

    def __init__(self, archives: list[bytes]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="mesh-glue-")
        self.path = Path(self._folder.name) / "packages"
        for archive in archives:
            zipfile.ZipFile(io.BytesIO(archive)).extractall(self.path)
        self.path.mkdir(exist_ok=True)
        self._warm: subprocess.Popen[bytes] | None = None
        self._can_be_warm = sys.platform == "linux" and (self.path / _WARM.replace(".", "/")).with_suffix(".py").exists()

    def python(self) -> str:
        """What runs a script with these packages."""
        if not self._can_be_warm:
            return _cold()
        folder = Path(self._folder.name)
        if self._warm is None or self._warm.poll() is not None:
            for left in ("python", "socket", "warm"):
                (folder / left).unlink(missing_ok=True)
            # It ends when the pipe to it is closed, so with this process, however that ends.
            self._warm = subprocess.Popen(
                [_cold(), "-P", warm_python.__file__, str(folder), f"{_WARM}:glue"],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": str(self.path), "PYTHONUNBUFFERED": "1"},
            )
        end = time.monotonic() + _BEGINS_SECONDS
        while not (folder / "warm").exists():
            if self._warm.poll() is not None or time.monotonic() > end:
                hooks.log.warning("jobs start cold: the Python that they are forked from does not start")
                self._can_be_warm = False
                return _cold()
            time.sleep(0.01)
        return str(folder / "python")

    def end(self) -> None:
        """Jobs that are at work too."""
        if self._warm is not None:
            self._warm.communicate()
        self._folder.cleanup()


def _cold() -> str:
    return os.environ.get("MESH_JOBS_PYTHON", sys.executable)


#: By the digest of their archives.
_packages: dict[str, Packages] = {}
_installing = threading.Lock()


def python_with(archives: list[bytes]) -> tuple[str, Path]:
    """An interpreter, and where its packages are."""
    digest = hashlib.sha256(b"".join(hashlib.sha256(archive).digest() for archive in archives)).hexdigest()
    with _installing:
        if digest not in _packages:
            _packages[digest] = Packages(archives)
        return _packages[digest].python(), _packages[digest].path
