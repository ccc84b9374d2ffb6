"""What a person is told when a row that is to be written lacks a value that the contract requires."""

from __future__ import annotations

from mesh_jobs.domain.errors import BadInput


def without_required(what: str, column: str) -> BadInput:
    return BadInput(
        f"{what}: column {column} is required, but some rows have no value in it",
        "let its nullValues check quarantine such rows or abort the run (actionOnFail), fill them in with a rule, "
        "or make the column optional in the contract",
    )
