"""The manifest beside the files that a run has preserved of a source."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mesh_jobs.domain.errors import BadInput


@dataclass(frozen=True)
class Manifest:
    """Where each file came from and when, and the step that the run remembers of them."""

    files: Sequence[Mapping[str, Any]]
    step: Mapping[str, Any]

    def to_text(self) -> str:
        return json.dumps({"step": self.step, "files": self.files}, indent=1, ensure_ascii=False)


def manifest_from(text: str | bytes, place: str) -> Manifest:
    """Raises BadInput for one that does not say what the run remembers."""
    told = json.loads(text)
    if not isinstance(told, dict) or not {"step", "files"} <= told.keys():
        raise BadInput(
            f"{place}: it was written by an earlier build of this package and does not say what the run read",
            "start a new run; it reads what is at the source now",
        )
    return Manifest(told["files"], told["step"])
