"""Ray's own test cluster of several nodes on one machine, in a process that obeys its standard input.

add CPUS   one more node           kill       the newest node, as by a power cut
hold CPUS  an actor of another job takes so many         release    it gives them back
headless   the head, as by a power cut
"""

import shutil
import sys
import tempfile
from typing import Any

import ray
from ray.cluster_utils import Cluster

FOLDER = tempfile.mkdtemp(prefix="actsearch-test-", dir="/tmp")
STORE: dict[str, Any] = {"object_store_memory": 80 * 2**20}


class Holder:
    """Takes a share of the cluster."""

    def ready(self) -> bool:
        return True


def main() -> None:
    cpus, gpus = map(int, sys.argv[1:])
    head = {**STORE, "num_cpus": cpus, "num_gpus": gpus, "include_dashboard": False, "temp_dir": FOLDER}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    nodes: list[Any] = []
    held: list[Any] = []
    print(cluster.address, flush=True)
    for line in sys.stdin:
        match line.split():
            case ["add", cpus]:
                nodes.append(cluster.add_node(num_cpus=int(cpus), **STORE))
            case ["kill"]:
                cluster.remove_node(nodes.pop(), allow_graceful=False)
            case ["hold", cpus]:
                ray.init(address=cluster.address, log_to_driver=False, configure_logging=False)
                held.append(ray.remote(Holder).options(num_cpus=int(cpus)).remote())
                ray.get(held[-1].ready.remote())
            case ["release"]:
                ray.kill(held.pop())
            case ["headless"]:
                assert cluster.head_node is not None
                cluster.head_node.kill_all_processes(check_alive=False, allow_graceful=False)
            case words:
                raise ValueError(f"unknown: {words}")
        print("done", flush=True)
    if not held:
        cluster.shutdown()


if __name__ == "__main__":
    try:
        main()
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
