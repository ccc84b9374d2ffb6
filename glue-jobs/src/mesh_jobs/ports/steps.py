"""The steps of a run, as its record names them, each with what it came to. A run that goes on does not do them again,
the next one begins where they say, and the publisher on AWS reads some of them (constructs/publishing): what is in
records stays readable, so names and results stay as they are."""

from __future__ import annotations

from collections.abc import Collection

#: Written by Begin: the mode that was asked for, where one was.
ASKED = "asked"
#: Written by Begin: the run from which on a replay reads input again.
REPLAY = "replay"
#: Written by Begin: by what the run judges rows, see domain.judged.
JUDGED = "judged"
#: Written by Begin: when the run really began, whatever its own time is. That of its files is real.
BEGAN = "began"
#: Written by Rollback, on AWS by the publisher: which certificate is published again, and of which run.
ROLLBACK = "rollback"
#: Written by rewind: the internal tables that were taken back before anything was built.
REWOUND = "rewound"
#: Written by Replay: the runs whose input it has read.
REPLAYED = "replayed"
#: Written by Build: how many batches a replay has.
BATCHES = "batches"
#: Written by maintain: what was done to which table.
MAINTAINED = "maintained"
#: Written by maintain: the tables that are masked more than before, and keep nothing of what they were.
UNMASKED = "unmasked"
#: Written with the certificate: where each internal table stands, from where the next run begins.
PINS = "pins"
#: Written with the certificate: the columns that are promised, by table.
SCHEMA = "schema"
#: Written with the certificate where an older contract has run: the newer version whose columns stay promised.
PROMISED_BY = "promisedBy"
#: Written with the certificate, by Rollback and by the publisher: swaps, watermarks and events, for who publishes.
OUTCOME = "outcome"
#: Written by give_up before anything is put away: in which state the run ends, and why.
ENDING = "ending"
#: Written by RunProduct: the run was interrupted before all was built, and may have left files that no table has.
INTERRUPTED = "interrupted"
#: Written when a published run is put away: internal tables that its pipeline does not have any more, and that go.
ERASED = "erased"
#: Written when everything is put away that a run has made and nobody needs any more.
CLEANED = "cleaned"
#: Written by who ends a run on AWS from outside (constructs/run-log) and cannot put away what it had made.
STOPPED = "stopped"

_INGEST, _IMPORT = "ingest:", "import:"
#: What a failed run keeps when it is tried again, beside what it has read. All that was built is built again.
_KEPT = frozenset({ASKED, REPLAY, JUDGED, BEGAN, REPLAYED})


def ingest_step(source: str) -> str:
    """Written by Ingest: which files of a source were read, and how far."""
    return f"{_INGEST}{source}"


def import_step(source: str) -> str:
    """Written by Ingest: the certified snapshot of another product that is read."""
    return f"{_IMPORT}{source}"


def candidate_step(table: str) -> str:
    """Written by Build: where a published table stood when its candidate was opened."""
    return f"candidate:{table}"


def build_step(table: str, batch: int | None = None) -> str:
    """Written by Build: the report of a table; only earlier batches of a replay have a number."""
    return f"build:{table}" if batch is None else f"build:{table}:{batch}"


def build_steps(steps: Collection[str], table: str) -> list[str]:
    """Which of the steps computed a table, in the order of their batches: the last has no number."""
    whole = build_step(table)
    numbers = sorted(int(name.removeprefix(f"{whole}:")) for name in steps if name.startswith(f"{whole}:"))
    return [*(build_step(table, n) for n in numbers), *(name for name in steps if name == whole)]


def is_input(name: str) -> bool:
    """Whether a step says what was read of a source."""
    return name.startswith((_INGEST, _IMPORT))


def is_kept_on_retry(name: str) -> bool:
    """Whether a failed run that is tried again still has the step behind it."""
    return is_input(name) or name in _KEPT
