"""CloudTrail: trails, what they record of requests, and the files that they deliver.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

from mesh_local_aws.services.cloudtrail import recording, trails


def install() -> None:
    trails.install()
    recording.install()
