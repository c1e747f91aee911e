"""Names that are known without torch are those of the tables that need it."""

import subprocess
import sys

from actsearch.workers import POOLS, TASKS
from actsearch.workers.names import EXECUTOR_NAMES, TASK_NAMES


def test_they_are_those_of_the_tables() -> None:
    assert tuple(TASKS) == TASK_NAMES
    assert tuple(POOLS) == EXECUTOR_NAMES


def test_they_need_no_torch() -> None:
    code = "import sys, actsearch.workers.names; assert not {'torch', 'ray'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
