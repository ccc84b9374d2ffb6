"""What an API answers where there is no result."""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]


class Refused(Exception):
    """What an API answers instead of a result: a code of the service's model, and a message for the person."""

    def __init__(self, code: str, message: str, status: int | None = None, details: Document | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        #: What else the answer says, as a cancelled transaction does of each of its items.
        self.details = details or {}
