"""A run: jobs to an executor, answers to the ledger, as they come."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ctxaudit.fleet import STOPPED, UNCHANGED, Job, answer, worker
from ctxaudit.fleet.ledger import Ledger
from ctxaudit.repository.heads import state_of
from ctxaudit.values import frozen

_AHEAD = 4  # jobs that an executor has for each worker: enough that none waits, few enough to end soon
_TRIES = 3  # of a job whose executor breaks
_WAIT = 1.0  # seconds between two looks at the clock
Executors = Callable[[], Executor]
Progress = Callable[["Count"], None]


@frozen
class Count:
    """How far a run is. done: repositories looked at by it; skipped: those of the ended one that it goes on with."""

    done: int
    total: int
    skipped: int
    seconds: float
    statuses: tuple[tuple[str, int], ...]

    @property
    def rate(self) -> float:
        """Repositories a second."""
        return self.done / self.seconds if self.seconds else 0.0

    @property
    def left(self) -> float:
        """Seconds until the end, at this rate."""
        rest = self.total - self.skipped - self.done
        return rest / self.rate if self.rate else 0.0


class Run:
    """One run over the repositories that are not done yet."""

    def __init__(self, ledger: Ledger, number: int, policy: str, progress: Progress) -> None:
        self._ledger = ledger
        self._number = number
        self._policy = policy
        self._progress = progress
        self._start = time.monotonic()
        self._statuses: dict[str, int] = {}
        self._total = self._skipped = 0

    @property
    def count(self) -> Count:
        """How far it is."""
        done = sum(self._statuses.values())
        seconds = time.monotonic() - self._start
        return Count(done, self._total, self._skipped, seconds, tuple(sorted(self._statuses.items())))

    def look(self, jobs: Sequence[Job], executors: Executors, workers: int) -> None:
        """Look at all that the run has not looked at yet.

        executors: makes an executor; where one breaks, as a process of its own is killed, another takes its jobs.
        """
        done = self._ledger.done(self._number)
        left = [job for job in jobs if job.name not in done]
        self._total, self._skipped = len(jobs), len(jobs) - len(left)
        tries: dict[str, int] = {}
        while left:
            executor = executors()
            try:
                left = self._through(executor, left, workers, tries)
            except BaseException:
                executor.shutdown(wait=False)
                raise
            # Python's own end wakes a pool's thread without its lock: one that ends meanwhile is reported as a fault.
            executor.shutdown(wait=not left)
        self._ledger.end(self._number)

    def _through(self, executor: Executor, jobs: Sequence[Job], workers: int, tries: dict[str, int]) -> list[Job]:
        """Give the jobs that are left where the executor breaks, none where all were looked at."""
        pending: dict[Future[str], Job] = {}
        rest = iter(jobs)
        try:
            while True:
                self._fill(executor, rest, pending, workers * _AHEAD)
                if not pending:
                    return []
                ended, _ = wait(pending, _WAIT, FIRST_COMPLETED)
                for future in ended:
                    self._keep(pending[future], _received(future))
                    del pending[future]
                self._progress(self.count)
        except BrokenExecutor:
            return [*self._again(list(pending.values()), tries), *rest]
        except Exception:
            # Not at Ctrl-C, which ends the processes of a pool: it breaks, and can say so to no cancelled future.
            for future in pending:
                future.cancel()
            raise

    def _fill(self, executor: Executor, rest: Iterator[Job], pending: dict[Future[str], Job], most: int) -> None:
        while len(pending) < most and (job := next(rest, None)) is not None:
            known, etag = self._ledger.known(job.name, self._policy, content=job.content)
            prepared = replace(job, known=known, etag=etag)
            if _is_unchanged(prepared):
                self._keep(prepared, answer(UNCHANGED, commit=known, etag=etag))
                self._progress(self.count)
                continue
            try:
                with _spawning():
                    pending[executor.submit(worker.answered, prepared.text())] = prepared
            except BrokenExecutor:
                pending[Future()] = prepared  # it is tried again with those that were lost
                raise

    def _again(self, jobs: Sequence[Job], tries: dict[str, int]) -> list[Job]:
        """Give the jobs that are tried once more; one that was there each time ends as a row."""
        for job in jobs:
            tries[job.name] = tries.get(job.name, 0) + 1
            if tries[job.name] >= _TRIES:
                self._keep(job, answer(STOPPED, error="the processes of the run were killed"))
        return [job for job in jobs if tries[job.name] < _TRIES]

    def _keep(self, job: Job, outcome: dict[str, Any]) -> None:
        self._ledger.keep(self._number, job, self._policy, outcome, float(outcome.get("seconds", 0)))
        self._statuses[outcome["status"]] = self._statuses.get(outcome["status"], 0) + 1


@contextmanager
def _spawning() -> Iterator[None]:
    """Hold back Ctrl-C, also from a process that starts meanwhile, until that can leave it to the run.

    Windows holds nothing back: there such a process ends, and its job is tried again.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _is_unchanged(job: Job) -> bool:
    """Whether the files of a repository of this machine are those in which git found the commit that is known."""
    commit, _, state = job.etag.partition(" ")
    is_known = job.kind == "local" and commit == job.known and state != ""
    return is_known and state == state_of(job.location, commit)


def _received(future: Future[str]) -> dict[str, Any]:
    """Give an answer; raises BrokenExecutor, and takes what else an executor raises for the end of one repository."""
    try:
        outcome: dict[str, Any] = json.loads(future.result())
    except BrokenExecutor:
        raise
    except Exception as error:  # noqa: BLE001 an executor has errors of its own, as Dask's KilledWorker
        return answer(STOPPED, error=f"the executor lost it: {type(error).__name__}")
    return outcome
