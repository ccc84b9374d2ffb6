"""What outlives the process."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ministack.app as app
import pytest
from ministack.core import persistence
from ministack.services import sts

from mesh_local_aws import hooks, sessions
from mesh_local_aws.hooks import kept, written
from mesh_local_aws.hooks.written import Writer


class Busy:
    """A service that changes as often as it is looked at, until it rests."""

    def __init__(self, changes: int) -> None:
        self.changes = changes

    def get_state(self) -> dict[str, Any]:
        if self.changes > 0:
            self.changes -= 1
            raise RuntimeError("dictionary changed size during iteration")
        return {"items": {"one": 1}}


@pytest.fixture
def kept_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Callable[[], Any]]], Writer]:
    """What writes what these services keep, below a folder."""
    monkeypatch.setattr(written, "_APART_SECONDS", 0)
    monkeypatch.setattr(persistence, "PERSIST_STATE", True)
    monkeypatch.setattr(persistence, "STATE_DIR", str(tmp_path))

    def writer(services: dict[str, Callable[[], Any]]) -> Writer:
        monkeypatch.setattr(app, "_build_persistence_save_dict", lambda: services)
        return Writer()

    return writer


Services = Callable[[dict[str, Callable[[], Any]]], Writer]


def test_a_service_that_changes_while_it_is_written_is_looked_at_again(kept_by: Services) -> None:
    kept_by({"busy": Busy(3).get_state}).write()
    assert persistence.load_state("busy") == {"items": {"one": 1}}


def test_only_what_has_changed_is_written_again(kept_by: Services, tmp_path: Path) -> None:
    changing = {"n": 1}
    writer = kept_by({"same": lambda: {"n": 1}, "other": lambda: dict(changing)})
    writer.write()
    (tmp_path / "same.json").unlink()
    changing["n"] = 2
    writer.write()
    assert (persistence.load_state("same"), persistence.load_state("other")) == (None, {"n": 2})


def test_what_cannot_be_written_leaves_the_file_before_and_those_of_others(kept_by: Services, caplog: pytest.LogCaptureFixture) -> None:
    odd: dict[str, Any] = {"n": 1}
    writer = kept_by({"odd": lambda: dict(odd), "plain": lambda: {"n": 1}})
    writer.write()
    odd["n"] = object()
    writer.write()
    assert (persistence.load_state("odd"), persistence.load_state("plain")) == ({"n": 1}, {"n": 1})
    assert "what odd keeps cannot be written: Object of type object" in caplog.text


def test_what_files_refer_to_goes_once_others_have_taken_their_place(kept_by: Services) -> None:
    deleted: list[Any] = []

    def told() -> dict[str, Any]:
        prune({"new code"})
        assert deleted == []
        return {"code": "new code"}

    writer = kept_by({"functions": told})
    prune = writer.only_when_written(lambda referenced: deleted.append((referenced, persistence.load_state("functions"))))
    writer.write()
    assert deleted == [({"new code"}, {"code": "new code"})]


def test_states_of_ours_are_written_and_read(kept_by: Services) -> None:
    state = hooks.state("kept-by-a-test")
    with hooks.acting("111111111111", "eu-west-1"):
        state["one"] = {"value": 1}
    kept_by({"mesh_kept_by_a_test": state.get_state}).write()
    state.reset()
    kept.read_all()
    assert list(state.everywhere()) == [("111111111111", "eu-west-1", "one", {"value": 1})]


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


def test_a_session_that_somebody_assumed_is_kept_until_it_expires_and_none_that_a_service_took(kept_by: Services) -> None:
    now = time.time()
    given = {"Arn": "arn:aws:sts::222222222222:assumed-role/analyst/ada", "SecretAccessKey": "s", "AccountId": "222222222222"}
    sts._sessions.clear()
    sts.register_session("ASIAGIVEN", {**given, "Expiration": now + 60})
    sts.register_session("ASIAOVER", {**given, "Expiration": now + 0.01})
    sessions.twin("arn:aws:sts::222222222222:assumed-role/job/run")
    time.sleep(0.02)
    kept_by({"sts": sessions._kept}).write()
    sts._sessions.clear()
    sessions._load(persistence.load_state("sts"))
    assert list(sts._sessions) == ["ASIAGIVEN"]
    assert sts._sessions["ASIAGIVEN"]["Arn"] == given["Arn"]
