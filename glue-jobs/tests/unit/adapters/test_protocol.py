"""What goes over the line to the caller is JSON that every reader understands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = """
import json, sys
from mesh_jobs.entrypoints.protocol import Lines
lines = Lines()
print("anything that prints")
lines.emit("result", **eval(sys.stdin.read()))
"""


def said(fields: str) -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        input=fields,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3] / "src")},
        check=True,
    )
    return done.stdout, done.stderr


def strict(text: str) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    return json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("{'a': float('nan'), 'b': [1, float('inf')], 'c': {'d': 1.5}}", {"a": None, "b": [1, None], "c": {"d": 1.5}}),
        ("{'a': 'ü\\n'}", {"a": "ü\n"}),
        ("{'a': chr(0xD800)}", {"a": "\ud800"}),
        ("{'a': __import__('decimal').Decimal('1.50')}", {"a": "1.50"}),
    ],
)
def test_an_event_is_one_line_of_strict_json(fields: str, expected: dict[str, Any]) -> None:
    out, _ = said(fields)
    assert out.count("\n") == 1
    assert strict(out) == {"event": "result", **expected}


def test_what_else_prints_goes_to_standard_error() -> None:
    out, err = said("{}")
    assert strict(out) == {"event": "result"}
    assert err == "anything that prints\n"
