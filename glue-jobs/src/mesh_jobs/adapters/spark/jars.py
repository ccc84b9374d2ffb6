"""The jars that Spark needs on a laptop; Glue brings its own. Fetched once from Maven Central, checked by digest.

`python -m mesh_jobs.adapters.spark.jars [--tests]` fetches them ahead of time.
"""

from __future__ import annotations

import hashlib
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mesh_jobs.domain.errors import BadRequest

_CENTRAL = "https://repo1.maven.org/maven2"


@dataclass(frozen=True)
class Jar:
    """A file of Maven Central: `group:artifact:version`, and the SHA-256 of the file."""

    coordinates: str
    sha256: str

    @property
    def file(self) -> str:
        _, artifact, version = self.coordinates.split(":")
        return f"{artifact}-{version}.jar"

    @property
    def url(self) -> str:
        group, artifact, version = self.coordinates.split(":")
        return f"{_CENTRAL}/{group.replace('.', '/')}/{artifact}/{version}/{self.file}"


#: Iceberg at Glue 5.1's version, and what keeps Iceberg's catalogue of the session in memory.
NEEDED = (
    Jar(
        "org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.10.0",
        "70f9471870b2d456167d703c829f098a446b86bb1379eee338c0efa03a341026",
    ),
    Jar("org.xerial:sqlite-jdbc:3.46.1.3", "4a4832720a65eaf7f4d6fd7ede52087b994dc5633c076f9e994dc0c8b4b0b4fa"),
)
#: Iceberg's Glue catalogue and S3 files; Glue has them, an emulator of it needs them.
ON_AWS = (
    Jar(
        "org.apache.iceberg:iceberg-aws-bundle:1.10.0",
        "172370cfc32a5f1ae5399b210e86fc04a366dc29a112d97ac8ffc74df7525596",
    ),
)
#: Only for tests: AWS's own evaluator of DQDL, as an oracle, and an emulated AWS.
TESTS = (
    Jar("com.amazon.deequ:deequ:2.1.0-spark-3.5", "ab902814dec56dc39ff16d1c5c80e7101a5dff8c1aa380fdafce522da1cd1546"),
    Jar("software.amazon.glue:dqdl:1.0.0", "8382887bd34e23a426e3824520e69ba59e9666f567a4f7bad2a6b40348cdaa6e"),
    *ON_AWS,
)


def folder() -> Path:
    """Where jars are kept: MESH_JARS, else beside the Python packages that are in use."""
    return Path(os.environ.get("MESH_JARS") or Path(sys.prefix) / "share" / "mesh-jars")


def jars(wanted: Sequence[Jar] = NEEDED, notice: Callable[[str], None] = lambda text: None) -> list[Path]:
    """Paths of the jars, fetched where they are missing. Raises BadRequest when that fails."""
    return [_there(jar, notice) for jar in wanted]


def _there(jar: Jar, notice: Callable[[str], None]) -> Path:
    path = folder() / jar.file
    if path.exists():
        return path
    notice(f"fetching {jar.coordinates} from Maven Central (once)")
    partial = path.with_name(f"{jar.file}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with urllib.request.urlopen(jar.url, timeout=60) as answer, partial.open("wb") as out:
            while block := answer.read(1 << 20):
                out.write(block)
        found = hashlib.sha256(partial.read_bytes()).hexdigest()
        if found != jar.sha256:
            raise BadRequest(
                f"{jar.coordinates} from Maven Central is not the file we know (SHA-256 {found})",
                "do not use it; try again from another network",
            )
        partial.replace(path)
    except OSError as error:
        raise BadRequest(
            f"{jar.coordinates} cannot be fetched from Maven Central: {error}",
            f"put {jar.file} into {path.parent} by hand, or name the folder where it is in MESH_JARS",
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return path


if __name__ == "__main__":
    jars((*NEEDED, *TESTS) if "--tests" in sys.argv else NEEDED, lambda text: print(text, file=sys.stderr))  # noqa: T201
