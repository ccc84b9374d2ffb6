"""The columns of a quarantine, which every engine writes and everybody reads."""

from __future__ import annotations

from mesh_jobs.domain.table import Field

#: The run that put a row aside, and when.
RUN_ID, AT = "_mesh_run_id", "_mesh_at"
#: What the row breaks: the rule's id, and why in words. A row that breaks several checks has all of them.
RULE, REASON = "_mesh_rule", "_mesh_reason"
#: Where it came from: a file as people know it, and the number of its record there, from 1; null where that is lost.
FILE, ROW = "_mesh_file", "_mesh_row"
#: The row as JSON, its protected values masked.
RECORD = "record"

#: What the name of a quarantine ends with, see lib/plan/compile-plan.ts.
ENDING = "__quarantine"

#: What is known of a bad row before it is written.
BAD = (RULE, REASON, FILE, ROW, RECORD)
COLUMNS = (
    Field(RUN_ID, "string"),
    Field(AT, "timestamptz"),
    Field(RULE, "string"),
    Field(REASON, "string"),
    Field(FILE, "string"),
    Field(ROW, "long"),
    Field(RECORD, "string"),
)
