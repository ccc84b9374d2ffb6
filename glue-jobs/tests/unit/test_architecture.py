"""The hexagon holds: what a newcomer may rely on when reading one layer."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import mesh_jobs

PACKAGE = Path(mesh_jobs.__file__).parent


def imported(file: Path) -> set[str]:
    """The modules a file imports, by their full names."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute"
            names.add(node.module or "")
    return names


def outsiders(layer: str, allowed: tuple[str, ...]) -> list[str]:
    """Imports of a layer that are neither the standard library nor allowed."""
    return [
        f"{file.relative_to(PACKAGE)} imports {name}"
        for file in sorted((PACKAGE / layer).rglob("*.py"))
        for name in sorted(imported(file))
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith(allowed)
    ]


def test_the_domain_imports_only_the_standard_library_and_itself() -> None:
    assert outsiders("domain", ("mesh_jobs.domain",)) == []


def test_the_ports_speak_of_the_domain_only() -> None:
    assert outsiders("ports", ("mesh_jobs.domain", "mesh_jobs.ports")) == []


def test_the_use_cases_know_ports_and_no_adapter() -> None:
    assert outsiders("application", ("mesh_jobs.domain", "mesh_jobs.ports", "mesh_jobs.application")) == []


def test_the_check_sees_a_stranger(tmp_path: Path) -> None:
    file = tmp_path / "stranger.py"
    file.write_text("import duckdb\nfrom pyiceberg.table import Table\n")
    assert imported(file) == {"duckdb", "pyiceberg.table"}
