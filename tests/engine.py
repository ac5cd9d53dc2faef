"""A real engine of one's own: Debian's docker.io, without a network, in a directory that goes with it."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

DOCKER = "/usr/bin/docker"  # the engine's own client: a newer one has no BuildKit without a plugin
DAEMON = "/usr/sbin/dockerd"
BUSYBOX = Path("/bin/busybox")  # of busybox-static
_STARTS = 60  # seconds


class Started(NamedTuple):
    """What a container printed, and its status."""

    output: str
    status: int


class Image(NamedTuple):
    """root: type and mode, and content or target, of each path. started: what its command does."""

    root: dict[str, tuple[str, str]]
    started: Started


class Engine:
    """Builds and starts images; none is left behind."""

    def __init__(self, socket: Path) -> None:
        self.host = f"unix://{socket}"
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.fspath(socket.parent),
            "DOCKER_HOST": self.host,
        }

    def image(self, context: Path, *, buildkit: bool) -> Image:
        """Build the context, look at the image's root, start its command."""
        name = f"ctxaudit-{os.urandom(4).hex()}"
        self._docker(
            "build", "-q", "--no-cache", "--network", "none", "-t", name, os.fspath(context), buildkit=buildkit
        )
        container = ""
        try:
            container = self._docker("create", "--network", "none", name).decode().strip()
            root = _entries(self._docker("export", container))
            done = subprocess.run(
                [DOCKER, "start", "-a", container], env=self._environment, capture_output=True, timeout=60, check=False
            )
            state = json.loads(self._docker("inspect", "-f", "{{json .State}}", container))
            return Image(root, Started((done.stdout + done.stderr).decode(), state["ExitCode"]))
        finally:
            for arguments in (("rm", "-f", container), ("rmi", "-f", name)):
                subprocess.run(
                    [DOCKER, *arguments], env=self._environment, capture_output=True, timeout=60, check=False
                )

    def steps(self, context: Path, *arguments: str) -> dict[str, bool]:
        """Build the context with BuildKit, and give of each step whether it came from the cache."""
        # What the builder keeps of a context would hide changes of the same size and time.
        self._docker("builder", "prune", "-f", "--filter", "type=source.local")
        build = ("build", "--progress", "plain", "--network", "none", *arguments, os.fspath(context))
        return _cached(self._docker(*build, buildkit=True, is_log=True).decode())

    def forget(self) -> None:
        """Empty BuildKit's cache."""
        self._docker("builder", "prune", "-a", "-f")

    def left(self) -> list[str]:
        """Give the images and containers that there are."""
        asked = (("images", "-aq"), ("ps", "-aq"))
        return [line for arguments in asked for line in self._docker(*arguments).decode().split()]

    def is_ready(self) -> bool:
        return subprocess.run([DOCKER, "info"], env=self._environment, capture_output=True, check=False).returncode == 0

    def _docker(self, *arguments: str, buildkit: bool = False, is_log: bool = False) -> bytes:
        environment = {**self._environment, "DOCKER_BUILDKIT": str(int(buildkit))}
        done = subprocess.run([DOCKER, *arguments], env=environment, capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, (done.stdout + done.stderr).decode(errors="replace")[-3000:]
        return done.stderr if is_log else done.stdout


@contextmanager
def engine(home: Path) -> Iterator[Engine]:
    """Start an engine whose data lies in *home*, and end it."""
    home.mkdir(parents=True, exist_ok=True)
    places = {"data-root": "data", "exec-root": "exec", "pidfile": "pid"}
    options = [f"--{option}={home / place}" for option, place in places.items()]
    network = ("--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver=vfs")
    with (home / "log").open("wb") as log:
        daemon = subprocess.Popen([DAEMON, f"--host=unix://{home / 's'}", *options, *network], stdout=log, stderr=log)
        try:
            found, end = Engine(home / "s"), time.monotonic() + _STARTS
            while not found.is_ready():
                assert daemon.poll() is None and time.monotonic() < end, (home / "log").read_text()[-3000:]
                time.sleep(0.2)
            yield found
        finally:
            daemon.terminate()
            try:
                daemon.wait(30)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()


def _cached(log: str) -> dict[str, bool]:
    """Read `#7 [build 2/3] RUN make`, and later `#7 CACHED` or `#7 DONE 0.1s`."""
    names: dict[str, str] = {}
    found: dict[str, bool] = {}
    for number, rest in re.findall(r"^#(\d+) (.+)$", log, re.MULTILINE):
        step = re.fullmatch(r"\[[^\]]*\d+/\d+\] (.+)", rest)
        if step:
            names[number] = step[1]
        elif number in names and (rest == "CACHED" or rest.startswith("DONE ")):
            found[names[number]] = rest == "CACHED"
    return found


def _entries(archive: bytes) -> dict[str, tuple[str, str]]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {
            member.name.rstrip("/"): (f"{member.type.decode()}{member.mode:o}", _content(tar, member)) for member in tar
        }


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    file = tar.extractfile(member) if member.isreg() else None
    return sha256(file.read()).hexdigest() if file else member.linkname
