"""Databases that lead to another account's, which the emulator makes and does not keep where they lead.

https://docs.aws.amazon.com/lake-formation/latest/dg/resource-links-about.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mesh_local_aws import hooks, stores
from mesh_local_aws.hooks import Document

Act = Callable[[Document], Any]


def install() -> None:
    # Templates and requests both go by these.
    hooks.replace("services.glue", "_create_database", _leading)
    hooks.replace("services.glue", "_update_database", _leading)


def _leading(original: Act) -> Act:
    def act(asked: Document) -> Any:
        answer = original(asked)
        written = asked.get("DatabaseInput") or {}
        made = stores.glue_database(asked.get("Name") or written.get("Name", ""))
        if answer[0] < 300 and made is not None and written.get("TargetDatabase"):
            made["TargetDatabase"] = written["TargetDatabase"]
        return answer

    return act
