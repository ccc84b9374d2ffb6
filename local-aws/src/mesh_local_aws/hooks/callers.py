"""Who asks, and on whose account code works. It needs the emulator's scope of a request, and whom its IAM found to ask."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ministack.core import iam_evaluator, responses


@dataclass(frozen=True)
class Caller:
    """Who asks: an account, a region, and the ARN of a principal (of an assumed role's session, a user, or the root)."""

    account: str
    region: str
    principal: str


def caller() -> Caller:
    return Caller(responses.get_account_id(), responses.get_region(), iam_evaluator.caller_arn())


@contextmanager
def acting(account: str, region: str | None = None) -> Iterator[None]:
    """Below it, `state` and the emulator's own stores are those of this account (and region)."""
    with responses.request_scope(account, region or responses.get_region()):
        yield
