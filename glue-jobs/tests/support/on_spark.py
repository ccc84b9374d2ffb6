"""Which tests are on Spark: one worker has them all, since Spark takes longer to start than most of them."""

from __future__ import annotations

import re

#: A test on Spark says so: by its folder, its file's or its own name, or a parameter that begins so.
ON_SPARK = re.compile(r"/(spark|crossing)/|test_spark|_spark\.py|\[(.*-)?spark")
