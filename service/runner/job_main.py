"""What the process of one job does: runs it under the runner's lease, and ends when the runner is gone."""

import json
import os
import signal
import sys
import threading
import time
from contextlib import ExitStack, closing, suppress

from ...primitives import ActsearchError, JobError, LeaseLost, PoolAway, StoreAway, StoreError, TaskInfo
from ...search import Job, make_plan, pool_of, steps
from ...search.lock import job_lock
from ...search.own import OwnPool
from ...storage import Lease, open_store
from ...storage.offers import OWN
from ..allowed import must_allow
from ..mirror import Sender, place
from .job_process import ENDS
from .patience import AGAIN_S, Patience

__all__ = ["main"]

MAIN = threading.main_thread().ident or 0

ORPHANED = threading.Event()
"""The runner is gone."""

GRACE_S = 10.0
"""Seconds that a job has to stop once its runner is gone."""


def main() -> int:
    """Runs the job that standard input names, and returns a value of `ENDS`."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    home, held, modules = json.loads(sys.stdin.buffer.readline())
    lease = Lease(**held)
    threading.Thread(target=_watch, daemon=True).start()
    try:
        _run(home, lease, modules)
    except KeyboardInterrupt:
        if ORPHANED.is_set():
            _give_back(home, lease)
        return ENDS["stopped"]
    except StoreAway as error:
        return _told(error, "stopped")
    except LeaseLost as error:
        return _told(error, "lost")
    except ActsearchError as error:
        return _told(error, "paused")
    except Exception as error:
        return _told(error, "failed")
    return ENDS["done"]


def _run(home: str, lease: Lease, modules: list[str]) -> None:
    with ExitStack() as stack:
        store = stack.enter_context(open_store(home)).under(lease)
        try:
            record = store.jobs.get(lease.job_id)
            job = Job.model_validate(record.spec)
            info = record.task if job.executor == OWN else _loaded(job, modules)
            plan = make_plan(job, info)
            if plan.id != lease.job_id:
                raise JobError(
                    f"job `{lease.job_id}` cannot be run: its task `{job.task}` or grammar `{job.grammar}` "
                    "has changed since it was submitted; restore what was changed, or submit a new job"
                )
            pool = OwnPool(store, plan.id, programs=job.workers) if job.executor == OWN else pool_of(job)
            stack.enter_context(closing(pool))
        except StoreAway:
            raise
        except Exception as error:  # `steps`, which says how a job ended, was not reached
            said = str(error) if isinstance(error, ActsearchError) else f"{type(error).__name__}: {error}"
            store.jobs.set_state(lease.job_id, "paused", said)
            raise
        stack.enter_context(job_lock(home, plan.id))
        where = place(home, None)
        if where is not None:
            sender = stack.enter_context(Sender(where, home, plan.id))
            stack.callback(sender.finish)
        patience = Patience()
        while True:
            try:
                for _ in steps(job, store, pool, info):
                    pass
                return
            except PoolAway as error:
                if not patience.lasts():
                    raise
                store.jobs.set_state(plan.id, "running", f"{error}; asking again")
            pool.close()
            time.sleep(AGAIN_S)
            pool = stack.enter_context(closing(pool_of(job)))


def _loaded(job: Job, modules: list[str]) -> TaskInfo:
    must_allow(modules, job.task)
    from ...workers import load_task  # brings torch, which a job that others train does not need

    return load_task(job.task).info


def _give_back(home: str, lease: Lease) -> None:
    """What the runner would do; else the job waits until the lease is over."""
    with suppress(StoreError), open_store(home) as store:
        store.leases.release(lease)


def _told(error: Exception, end: str) -> int:
    said = str(error) if isinstance(error, ActsearchError) else f"{type(error).__name__}: {error}"
    print(said, file=sys.stderr)
    return ENDS[end]


def _watch() -> None:
    """Standard input ends with the runner, however that died."""
    while os.read(0, 4096):  # not by the file object, which no thread may hold when the interpreter ends
        pass
    ORPHANED.set()
    signal.pthread_kill(MAIN, signal.SIGINT)  # to that thread, so that whatever it waits for is interrupted
    threading.Event().wait(GRACE_S)
    os._exit(ENDS["stopped"])
