"""State of services of ours, and what is read when the process starts. It needs the emulator's dictionaries by account and
region, its list of modules that keep state, how it reads a file of theirs, and the registry that its reset goes through."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, MutableMapping
from pathlib import Path

import ministack.app as app
from ministack.core import persistence, responses

from mesh_local_aws.hooks import written
from mesh_local_aws.hooks.replacing import replace
from mesh_local_aws.refusal import Document

log = logging.getLogger("mesh-local-aws")


class State(MutableMapping[str, Document]):
    """JSON documents by key, those of the caller's account and region; kept across restarts."""

    def __init__(self) -> None:
        self._items = responses.AccountRegionScopedDict()

    def __getitem__(self, key: str) -> Document:
        found: Document = self._items[key]
        return found

    def __setitem__(self, key: str, value: Document) -> None:
        self._items[key] = value

    def __delitem__(self, key: str) -> None:
        del self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def everywhere(self) -> Iterator[tuple[str, str, str, Document]]:
        """(account, region, key, document) of every account and region."""
        for (account, region, key), value in list(self._items._data.items()):
            yield account, region, key, value

    @classmethod
    def of(cls, data: Document) -> State:
        """What was kept, as `get_state` told it."""
        found = cls()
        found.load_persisted_state(data)
        return found

    # What the emulator asks of a module that keeps state.
    def get_state(self) -> Document:
        return {"items": self._items}

    def load_persisted_state(self, data: Document) -> None:
        self._items._data.update(data["items"]._data)

    def reset(self) -> None:
        self._items.clear()


_states: dict[str, State] = {}
_settled = False


def install() -> None:
    replace("app", "_load_persisted_state", lambda _: _load)


def _load() -> None:
    """The emulator would go on without what it cannot read, and write over it in the end."""
    try:
        read_all()
    except Unreadable as unreadable:
        log.critical("%s", unreadable)
        # What is raised while a server starts is not heard.
        os._exit(1)
    written.begin()


class Unreadable(Exception):
    """What was kept of a service cannot be read."""


def read_all() -> None:
    """Raises Unreadable."""
    for name, module in app._state_map.items():
        found = persistence.load_state(name)
        if found is None and (Path(persistence.STATE_DIR) / f"{name}.json").exists():
            raise Unreadable(f"what was kept of {name} is damaged; to start over, run mesh down --forget")
        try:
            if found:
                app._get_module(module).load_persisted_state(found)
        except Exception as error:
            raise Unreadable(
                f"what was kept of {name} cannot be read: {type(error).__name__}: {error}; to start over, run mesh down --forget"
            ) from error


def states() -> list[str]:
    """Names of all states."""
    return list(_states)


def settle() -> None:
    """From now on no state is new: what was kept is read next, and one that is asked for later would begin empty, and be
    kept so."""
    global _settled
    _settled = True


def state(name: str) -> State:
    """The items of that name: one and the same wherever it is asked for. Their values must be JSON. Raises RuntimeError for
    a name that nobody had asked for when everything was installed."""
    if name not in _states:
        if _settled:
            raise RuntimeError(f"what was kept of {name} was not read: ask for it where the module is imported")
        key = f"mesh_{name.replace('-', '_')}"
        _states[name] = State()
        app._loaded_modules[key] = _states[name]
        app._state_map[key] = key
        # An entry here is what the emulator's reset goes through; there is no handler behind it.
        app.SERVICE_REGISTRY[key] = {"module": key}
    return _states[name]
