"""A Dask cluster as an executor: its workers have ctxaudit installed, and see the repositories by the same paths."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from typing import Any

from ctxaudit.errors import CtxauditError

_PATIENCE = 10  # seconds for the first answer of a scheduler, and for its first worker


def executors(scheduler: str) -> tuple[Callable[[], Executor], int]:
    """Give what makes an executor of a cluster, and how many jobs it does at a time.

    Raises CtxauditError where Dask is not installed, and for a scheduler that does not answer or has no worker.
    """
    try:
        from distributed import Client
    except ImportError as error:
        fix = "pip install 'docker-ctxaudit[fleet]', also where the workers are"
        raise CtxauditError("Dask is not installed", where="--scheduler", fix=fix) from error
    client: Any = None
    threads = 0
    with suppress(OSError, ValueError):
        made_by: Callable[..., Any] = Client
        client = made_by(scheduler, timeout=_PATIENCE, set_as_default=False)
        client.wait_for_workers(1, timeout=_PATIENCE)  # one that was killed may be about to start again
        threads = sum(client.nthreads().values())
    if client is None or not threads:
        what = "the scheduler does not answer" if client is None else "the cluster has no worker"
        raise CtxauditError(what, where=scheduler, fix="start one: dask scheduler, dask worker ADDRESS")

    def made() -> Executor:
        executor: Executor = client.get_executor(pure=False)
        return executor

    return made, threads
