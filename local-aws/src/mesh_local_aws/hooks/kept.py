"""State of services of ours. It needs the emulator's dictionaries by account and region, its list of modules that keep
state, from which it writes and reads them, and the registry that its reset goes through."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping

import ministack.app as app
from ministack.core import responses

from mesh_local_aws.refusal import Document


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

    # What the emulator asks of a module that keeps state.
    def get_state(self) -> Document:
        return {"items": self._items}

    def load_persisted_state(self, data: Document) -> None:
        self._items._data.update(data["items"]._data)

    def reset(self) -> None:
        self._items.clear()


_states: dict[str, State] = {}


def state(name: str) -> State:
    """The items of that name: one and the same wherever it is asked for. Their values must be JSON."""
    if name not in _states:
        key = f"mesh_{name.replace('-', '_')}"
        _states[name] = State()
        app._loaded_modules[key] = _states[name]
        app._state_map[key] = key
        # An entry here is what the emulator's reset goes through; there is no handler behind it.
        app.SERVICE_REGISTRY[key] = {"module": key}
    return _states[name]
