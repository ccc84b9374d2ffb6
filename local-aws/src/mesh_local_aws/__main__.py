"""Starts the local AWS: python -m mesh_local_aws --port PORT --state FOLDER --region REGION"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m mesh_local_aws", description="A local AWS on 127.0.0.1, for stock `cdk deploy`.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, help="a folder that everything is kept in; without it nothing outlives the process")
    parser.add_argument("--region", required=True, help="of requests that name none")
    parser.add_argument("--account", required=True, help="of requests that name none")
    parser.add_argument("--organization", help="id of the organisation that all accounts are in, as policies name it")
    parser.add_argument("--coverage", action="store_true", help="print what is emulated and what is stored only, and exit")
    arguments = parser.parse_args()
    # The emulator reads its settings when it is imported.
    os.environ.update(
        {
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(arguments.port),
            "AUTH": "true",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "MINISTACK_REGION": arguments.region,
            "MINISTACK_ACCOUNT_ID": arguments.account,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": arguments.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "LAMBDA_EXECUTOR": "local",
        }
    )
    for inherited in ("AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ENDPOINT_URL", "DOCKER_HOST"):
        os.environ.pop(inherited, None)
    if arguments.organization is not None:
        os.environ["MESH_ORGANIZATION"] = arguments.organization
    if arguments.state is not None:
        os.environ.update(
            {
                "PERSIST_STATE": "1",
                "STATE_DIR": str(arguments.state / "state"),
                "S3_PERSIST": "1",
                "S3_DATA_DIR": str(arguments.state / "s3"),
                "MESH_FAULTS": str(arguments.state / "faults.json"),
            }
        )
    from mesh_local_aws import server

    if arguments.coverage:
        print(server.coverage())
        return
    # What the emulator unpacks, code of functions above all, it leaves where it was.
    with tempfile.TemporaryDirectory(prefix="mesh-local-aws-", ignore_cleanup_errors=True) as scratch:
        tempfile.tempdir = scratch
        server.serve()


if __name__ == "__main__":
    main()
