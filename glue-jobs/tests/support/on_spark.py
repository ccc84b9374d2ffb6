"""Which tests are on the Spark session of their process: one worker has them all, since Spark takes longer to start
than most of them."""

from __future__ import annotations

import re

#: A test on Spark says so: by its folder, its file's or its own name, or a parameter that begins so.
_SAYS_SO = re.compile(r"/(spark|crossing)/|test_spark|_spark\.py|\[(.*-)?spark")
#: Of those, what has Spark in processes that it starts, and may be with any worker.
_STARTS_ITS_OWN = re.compile(r"/test_random_kills\.py|/test_spark_submit")


def on_spark(test: str) -> bool:
    """Whether this test, by pytest's name for it, may ask for `support.spark`."""
    return bool(_SAYS_SO.search(test)) and not _STARTS_ITS_OWN.search(test)
