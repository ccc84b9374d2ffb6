"""What a session of Spark holds on to."""

from __future__ import annotations

from pathlib import Path

from mesh_jobs.adapters.spark.session import Session
from support.spark import spark


class Client:
    closed = False

    def close(self) -> None:
        assert not self.closed
        self.closed = True


def test_what_is_opened_is_one_for_all_and_closed_with_the_session(tmp_path: Path) -> None:
    session = Session(spark(), tmp_path.as_uri(), b"k" * 32)
    first = session.opened("client", Client)
    assert session.opened("client", Client) is first
    assert session.opened("other", Client) is not first
    session.close()
    assert first.closed
    session.close()
    assert session.opened("client", Client) is not first
