"""The life of a job as a runner leads it, in processes that are killed; run as a program.

    python lives.py STRIDE URL...   for each database a life that is killed at a later step than the one
                                    before (by STRIDE; a step is a statement or a commit), then one that
                                    finishes the job; ends with the first that comes through unharmed

It prints, for each, in which state the job was when the first life was killed (`-` where it was not),
and the digest of what was learned in the end.
"""

import os
import signal
import sys
import time

from sqlalchemy import Engine, event

from actsearch.primitives.records import (
    Evaluation,
    Lane,
    Outcome,
    Proposal,
    Protocol,
    Standing,
    TaskInfo,
    point,
)
from actsearch.storage import Lease, Store, dump, open_store

LEASE_S = 0.25

SEARCH = Protocol(epochs=5, batch=32)
AT = point(lr=0.1)
TASK = TaskInfo(
    name="toy",
    hash="h",
    title="A toy",
    description="",
    score="accuracy",
    unit="",
    chance=0.1,
    default=AT,
    grid=(AT,),
    baselines=(),
    search=SEARCH,
    confirm=SEARCH,
)


def evaluation(key: str, seed: int = 0) -> Evaluation:
    lane = Lane(key=key, text="x", task="toy", task_hash="h", protocol=SEARCH, point=AT, seed=seed)
    return Evaluation(lane=lane, outcome=Outcome.OK, sentence="", score=0.5)


def live(store: Store, lease: Lease) -> None:
    """From where it stopped to its end, as a search does: what is stored is found, the rest is done."""
    held, id = store.under(lease), lease.job_id
    held.jobs.set_state(id, "running")
    for batch in range(2):
        rows = [Proposal(batch=batch, index=n, key=f"{batch}{n}", text="x", choices={}) for n in range(2)]
        held.proposals.add(id, rows)
        for row in rows:
            if not held.evaluations.find([evaluation(row.key).lane.address]):
                held.evaluations.add([evaluation(row.key)])
            store.leases.renew(lease)
        finished = [
            Proposal(
                batch=batch,
                index=row.index,
                key=row.key,
                text="x",
                choices={},
                outcome=Outcome.OK,
                score=0.5,
            )
            for row in rows
        ]
        held.proposals.finish(id, finished)
    held.jobs.set_state(id, "confirming")
    board = Standing(
        key="00",
        text="x",
        name="x",
        role="leader",
        protocol=SEARCH,
        point=AT,
        seeds=(1,),
        scores=(0.5,),
        mean=0.5,
        low=0.4,
        high=0.6,
        diverged=0,
        step_ratio=1.0,
        weights=1,
    )
    held.standings.replace(id, [board])
    held.jobs.set_state(id, "done")
    store.leases.release(lease)


def killed_at(step: int) -> None:
    """Ends this process without a word at its n-th step from now on."""
    left = step

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count)
    event.listen(Engine, "commit", count)


def first_life(home: str, step: int) -> None:
    with open_store(home) as store:
        killed_at(step)
        lease = store.leases.claim("first", lasts_s=LEASE_S)
        assert lease is not None
        live(store, lease)


def second_life(home: str, killed: bool) -> None:
    """Waits for the job until its first runner is known to be gone, and says what was learned."""
    with open_store(home) as store:
        print(store.jobs.get("job").state if killed else "-", end=" ", flush=True)
        for _ in range(200):
            lease = store.leases.claim("second", lasts_s=30.0)
            if lease is not None:
                live(store, lease)
            if store.jobs.get("job").state == "done":
                break
            time.sleep(0.05)
        print(dump.digest(dump.dump(store, canonical=True)), flush=True)


def in_a_process(act: object, *args: object) -> int:
    """Its exit status, negative where a signal ended it."""
    assert callable(act)
    child = os.fork()
    if child == 0:
        try:
            act(*args)
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def begin(home: str) -> None:
    with open_store(home) as store:
        store.queue.submit("job", TASK, {"trials": 4})


def main(stride: int, homes: list[str]) -> None:
    for number, home in enumerate(homes):
        assert in_a_process(begin, home) == 0
        ended = in_a_process(first_life, home, 1 + number * stride)
        assert ended in (0, -signal.SIGKILL)
        assert in_a_process(second_life, home, ended != 0) == 0
        if ended == 0:
            return


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
