"""Fixtures that several tests share."""

from __future__ import annotations

import fcntl
import gc
import itertools
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import hypothesis
import pytest

from support import PROJECT, without_coverage

# What a user, a runner of continuous integration or a hook has set for ctxaudit, git, docker and the terminal.
OUTSIDE = (
    *("CTXAUDIT_", "GIT_", "DOCKER_", "COMPOSE_", "BUILDKIT_", "BUILDX_", "GITHUB_", "CI_", "XDG_", "LC_"),
    *("CI", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "LANG", "TERM", "COLUMNS", "LINES", "TZ"),
    *("PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED", "PYTHONIOENCODING", "PYTHONUTF8"),
)

_NUMBERS = itertools.count()

# A shell that starts the tests in the background lets them ignore Ctrl-C, and what they start inherits that.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A file system in memory, where there is one, and the bytes of it that have to be free. The suite makes up to 3 GB.
MEMORY = Path("/dev/shm")
ROOM = 6 << 30

# A machine that is busy takes longer for an example; what has to be soon has a limit of processor time. Half as many
# examples as hypothesis makes by itself, as the suite has many such tests: one that needs more says how many.
if hypothesis.settings.get_current_profile_name() == "default":
    hypothesis.settings.register_profile("patient", deadline=None, max_examples=50)
    hypothesis.settings.load_profile("patient")

# The rows of the whole suite are half a million objects, which live to its end: no collection has to go through them.
# What is held by nothing but itself may wait ten times as long as in the command, for 100 MB more of memory.
SELDOM = 1_000_000
# Some of it holds a directory open; `select` takes no descriptor above 1023, and many machines give no more.
MANY_OPEN = 400
gc.disable()


def pytest_configure(config: pytest.Config) -> None:
    """Make the trees of the tests in memory where it has room, and nobody chose a place.

    A disk takes several times as long to make a file where others were just removed. Engines keep their images on it.
    """
    if "TMPDIR" not in os.environ and _takes_trees(MEMORY) and not any("system" in arg for arg in config.args):
        os.environ["TMPDIR"] = tempfile.tempdir = os.fspath(MEMORY)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object | None:
    """Give each worker its part of the suite in one piece: what a module's tests share is then made once or twice."""
    if config.option.dist != "load":
        return None
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)


@pytest.hookimpl(optionalhook=True)  # pytest runs without xdist, too
def pytest_xdist_auto_num_workers() -> int:
    """Take two workers more than there are processors: servers, engines and pauses let a worker wait."""
    return (os.cpu_count() or 1) + 2


def _takes_trees(place: Path) -> bool:
    """Return whether programs in *place* may be started, and it has room."""
    if not os.access(place, os.W_OK):
        return False
    system = os.statvfs(place)
    return not system.f_flag & os.ST_NOEXEC and system.f_bavail * system.f_frsize >= ROOM


def pytest_collection_finish() -> None:
    import ctxaudit.__main__  # noqa: F401 which sets a threshold of its own

    gc.freeze()
    gc.set_threshold(SELDOM)
    gc.enable()


def pytest_runtest_logfinish() -> None:
    spare = os.dup(0)  # the lowest number that is free
    os.close(spare)
    if spare > MANY_OPEN:
        gc.collect()


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Remove, before coverage reads all data, those of processes that were killed while they wrote them.

    A run that a test starts reads none: what another process still writes is not its own to remove.
    """
    done = yield
    if session.config.pluginmanager.hasplugin("_cov") and not hasattr(session.config, "workerinput"):
        for file in session.config.rootpath.glob(".coverage.*"):
            if not _is_whole(file):
                file.unlink()
    return done


def _is_whole(file: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as data:
            data.execute("SELECT version FROM coverage_schema").fetchone()
            return bool(data.execute("PRAGMA quick_check").fetchone() == ("ok",))
    except sqlite3.Error:
        return False


@pytest.fixture(scope="session", autouse=True)
def _nothing_of_this_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Take away what the tests' answers must not depend on: variables, a home, a repository above, the umask."""
    before, umask = dict(os.environ), os.umask(0o022)
    template = tmp_path_factory.mktemp("template")  # of a new repository: git's own has a dozen examples of hooks
    (template / "info").mkdir()
    for name in before:
        if name.startswith(OUTSIDE) or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ |= {
        "GIT_CEILING_DIRECTORIES": f"{tmp_path_factory.getbasetemp().parent}{os.pathsep}{tempfile.gettempdir()}",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TEMPLATE_DIR": os.fspath(template),
        "HOME": os.fspath(tmp_path_factory.mktemp("home")),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    }
    time.tzset()
    yield
    os.umask(umask)
    os.environ.clear()
    os.environ |= before
    time.tzset()


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of the test's own. For pytest's number it reads the names of all those before, at each test."""
    name = re.sub(r"\W", "_", request.node.name)[:30]
    path = tmp_path_factory.getbasetemp() / f"{name}-{next(_NUMBERS)}"
    path.mkdir(mode=0o700)
    return path


@pytest.fixture
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Do not measure the coverage of a test and the processes that it starts: that takes time, imports and writes."""
    for name in ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START"):
        monkeypatch.delenv(name, raising=False)
    with without_coverage():
        yield


@pytest.fixture
def covered_elsewhere(request: pytest.FixtureRequest) -> None:
    """Do not measure, with `--cov`, tests whose lines others run, too: that takes two or three times as long."""
    if request.config.pluginmanager.hasplugin("_cov"):
        request.getfixturevalue("unmeasured")


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the wheel and the source distribution, built without a network by the hatchling that is here."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-d", folder], cwd=PROJECT, check=True)
    return folder


@pytest.fixture(scope="session")
def wheel(distributions: Path) -> Path:
    return next(distributions.glob("*.whl"))


@pytest.fixture(scope="session")
def made_samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All samples as they are made, once for all workers; nothing may change them."""
    own = tmp_path_factory.getbasetemp()
    made = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "samples"
    make = [sys.executable, os.fspath(PROJECT / "sample_repos/make.py")]
    with open(f"{made}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            subprocess.run([*make, f"{made}.new"], check=True, capture_output=True)
            os.rename(f"{made}.new", made)
    return made


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory, made_samples: Path) -> Path:
    """All samples, made whole, in a directory that holds them as `sample_repos/.made`."""
    home = tmp_path_factory.mktemp("readme")
    destination = home / "sample_repos/.made"
    destination.parent.mkdir()
    subprocess.run(["cp", "-a", made_samples, destination], check=True)
    return home
