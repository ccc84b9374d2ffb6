"""What outlives the process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ministack.app as app
import pytest
from ministack.core import persistence

from mesh_local_aws import hooks
from mesh_local_aws.hooks import kept


class Busy:
    """A service that changes as often as it is looked at, until it rests."""

    def __init__(self, changes: int) -> None:
        self.changes = changes

    def get_state(self) -> dict[str, Any]:
        if self.changes > 0:
            self.changes -= 1
            raise RuntimeError("dictionary changed size during iteration")
        return {"items": {"one": 1}}


def test_a_service_that_changes_while_it_is_written_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_APART_SECONDS", 0)
    told = kept._still(lambda: {"busy": Busy(3).get_state})()
    assert told["busy"]() == {"items": {"one": 1}}


def test_what_is_written_does_not_change_any_more() -> None:
    state = hooks.state("kept-by-a-test")
    state["one"] = {"value": 1}
    told = kept._still(app._build_persistence_save_dict)()["mesh_kept_by_a_test"]()
    state["one"]["value"] = 2
    assert hooks.State.of(told)["one"] == {"value": 1}


def test_a_state_that_is_asked_for_after_everything_was_read_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_settled", True)
    assert hooks.state("kept-by-a-test") is hooks.state("kept-by-a-test")
    with pytest.raises(RuntimeError, match="what was kept of another was not read"):
        hooks.state("another")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "what was kept of mesh_kept_by_a_test is damaged"),
        ('{"__ministack_format__": 2, "payload": {"things": []}}', "what was kept of mesh_kept_by_a_test cannot be read: KeyError"),
    ],
)
def test_what_cannot_be_read_is_not_written_over(text: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hooks.state("kept-by-a-test")
    (tmp_path / "mesh_kept_by_a_test.json").write_text(text, encoding="utf-8")
    monkeypatch.setattr(persistence, "PERSIST_STATE", True)
    monkeypatch.setattr(persistence, "STATE_DIR", str(tmp_path))
    with pytest.raises(kept.Unreadable, match=why):
        kept.read_all()
