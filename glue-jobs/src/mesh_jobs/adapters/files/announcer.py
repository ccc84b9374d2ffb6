"""Events and documents as files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from mesh_jobs.domain.plan import Product


class FileAnnouncer:
    """Appends events to `events.jsonl`, one line each, for whoever listens on this machine."""

    def __init__(self, state: Path) -> None:
        self._path = state / "events.jsonl"

    def announce(self, event: dict[str, Any]) -> None:
        line = json.dumps(event, ensure_ascii=False) + "\n"
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(handle, line.encode())
        finally:
            os.close(handle)


class FolderArchive:
    """Keeps documents in `runs/<product>-v<major>/<run-id>/<name>.json`."""

    def __init__(self, state: Path) -> None:
        self._state = state

    def keep(self, product: Product, run_id: str, name: str, document: dict[str, Any]) -> None:
        folder = self._state / "runs" / f"{product.key}-v{product.major}" / run_id
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f".{name}.json"
        partial.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")
        partial.replace(folder / f"{name}.json")
