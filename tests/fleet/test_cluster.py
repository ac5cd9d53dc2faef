"""A fleet on a Dask cluster, where one is installed: the ledger is that of a run by processes."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from fleet import killed
from support import ctxaudit, installed

CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
    cluster.close()
"""
needs_dask = pytest.mark.skipif(find_spec("distributed") is None, reason="the extra fleet is not installed")


@needs_dask
def test_a_cluster_keeps_the_same_ledger(repositories: Path, ledger: Path, tmp_path: Path) -> None:
    (tmp_path / "cluster.py").write_text(CLUSTER)
    command = [sys.executable, tmp_path / "cluster.py"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as cluster:
        assert cluster.stdout is not None
        address = cluster.stdout.readline().decode().strip()
        done = installed("fleet", repositories, "--ledger", tmp_path / "l.sqlite", "--scheduler", address)
        cluster.communicate(b"")
    assert done.returncode == 0, done.stderr
    assert killed.kept(tmp_path / "l.sqlite") == killed.kept(ledger)


@needs_dask
def test_a_scheduler_that_is_not_there_is_named(repositories: Path, tmp_path: Path) -> None:
    done = installed("fleet", repositories, "--ledger", tmp_path / "l", "--scheduler", "no-address")
    assert (done.returncode, b"the scheduler does not answer" in done.stderr) == (2, True), done.stderr


@pytest.mark.skipif(find_spec("distributed") is not None, reason="the extra fleet is installed")
def test_without_dask_the_extra_is_named(repositories: Path, tmp_path: Path) -> None:
    done = ctxaudit("fleet", repositories, "--ledger", tmp_path / "l", "--scheduler", "tcp://127.0.0.1:1")
    assert (done.returncode, b"pip install 'docker-ctxaudit[fleet]'" in done.stderr) == (2, True), done.stderr
