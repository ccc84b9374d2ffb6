"""Which tests may have the session of Spark that a process shares: those that are marked to be in its process."""

from __future__ import annotations

allowed = True
