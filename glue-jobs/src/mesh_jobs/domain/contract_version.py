"""Which of two contract versions is older."""

from __future__ import annotations

import re

_SEMVER = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+.*)?")


def older(one: str, other: str) -> bool:
    """Whether one version precedes the other by semver.org's rule 11; versions that are none have no order."""
    left, right = _parts(one), _parts(other)
    return left is not None and right is not None and left < right


def _parts(version: str) -> tuple[tuple[int, ...], bool, list[tuple[bool, int, str]]] | None:
    found = _SEMVER.fullmatch(version.strip())
    if found is None:
        return None
    numbers = tuple(int(n or 0) for n in found.groups()[:3])
    labels = found[4].split(".") if found[4] else []
    # A version without a label follows its pre-releases; numbers come before words.
    return numbers, not labels, [(not p.isdigit(), int(p) if p.isdigit() else 0, p) for p in labels]
