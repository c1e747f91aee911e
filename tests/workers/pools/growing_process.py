"""A Ray without processors that adds up to two nodes of two when work waits, by Ray's own autoscaler.

Its nodes are processes of this machine, in the session of this one, which ends them with its standard input.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

STORE_BYTES = 80 * 2**20


def configuration(address: str) -> dict[str, Any]:
    node: dict[str, Any] = {
        "resources": {"CPU": 2, "object_store_memory": STORE_BYTES},
        "node_config": {},
        "min_workers": 0,
        "max_workers": 2,
    }
    head: dict[str, Any] = {"resources": {}, "node_config": {}, "max_workers": 0}
    return {
        "cluster_name": "growing",
        "provider": {"type": "fake_multinode", "gcs_address": address, "launch_multiple": True},
        "available_node_types": {"ray.head.default": head, "small": node},
        "head_node_type": "ray.head.default",
        "max_workers": 2,
        "upscaling_speed": 1.0,
        "idle_timeout_minutes": 10,
        "auth": {},
        "docker": {},
        "file_mounts": {},
        "cluster_synced_files": [],
        "file_mounts_sync_continuously": False,
        "rsync_exclude": [],
        "rsync_filter": [],
        "initialization_commands": [],
        "setup_commands": [],
        "head_setup_commands": [],
        "worker_setup_commands": [],
        "head_start_ray_commands": [],
        "worker_start_ray_commands": [],
    }


def main() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"127.0.0.1:{port}"
    folder = tempfile.mkdtemp(prefix="actsearch-test-", dir="/tmp")
    try:
        path = Path(folder, "growing.yaml")
        path.write_text(json.dumps(configuration(address)))
        subprocess.run(
            [
                *(sys.executable, "-m", "ray.scripts.scripts", "start", "--head", f"--port={port}"),
                *("--node-ip-address=127.0.0.1", "--num-cpus=0", "--num-gpus=0", f"--temp-dir={folder}"),
                *("--include-dashboard=false", f"--object-store-memory={STORE_BYTES}"),
                f"--autoscaling-config={path}",
            ],
            env={**os.environ, "RAY_FAKE_CLUSTER": "1", "AUTOSCALER_UPDATE_INTERVAL_S": "1"},
            stdout=sys.stderr,
            check=True,
        )
        print(address, flush=True)
        sys.stdin.read()
    finally:
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.pid != os.getpid() and os.getsid(process.pid) == os.getsid(0):
                    process.kill()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
