"""Docker: the classic builder, the BuildKit of an engine that docker itself speaks to, and buildx.

The client gets a configuration of its own, so that the builder takes it for one that it has never met: what it is
sent is then sent whole. It talks to the engine through a socket that reads along (`wire.py`). Only an engine behind a
socket of this machine is asked.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import stat
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ctxaudit.errors import CtxauditError
from ctxaudit.values import frozen
from ctxaudit.verify.packets import Transfer, Words
from ctxaudit.verify.program import SHORT_LIMIT, Said, programs, run
from ctxaudit.verify.standin import stand_in
from ctxaudit.verify.values import Answer, NoEngine, Question, file_at
from ctxaudit.verify.wire import Wire

_UNIX = "unix://"
_LAST_OWN = 22  # the last major version of docker that speaks to BuildKit without buildx
# Source: moby/moby 20.10, pkg/fileutils, `Matches`; tonistiigi/fsutil of 2020, walker.go and followlinks.go.
_OLD = (
    "docker {} decides patterns as docker did before 23.0: an exception for a directory takes back all below it, also "
    "what another line excludes there, and the directory itself is sent where nothing of it is"
)
_IGNORE_FILE = ".dockerignore"
_IMAGE = re.compile(rb"(?:sha256:)?[0-9a-f]{12,64}")


@frozen
class Client:
    """A docker program and the engine that it speaks to. name: of the engine here. version: both."""

    docker: str
    endpoint: str
    version: str
    server: str


def _clients() -> Iterator[Client]:
    """Give the docker programs whose engine answers; raises NoEngine where none does."""
    why = "there is no docker"
    for docker in programs("docker"):
        endpoint = os.environ.get("DOCKER_HOST") or _endpoint(docker)
        if not endpoint.startswith(_UNIX):
            why = "docker's engine is not on this machine"
            continue
        command = [docker, "version", "--format", "{{.Client.Version}} {{.Server.Version}}"]
        outcome = run(command, {"DOCKER_HOST": endpoint}, SHORT_LIMIT)
        versions = outcome.output.decode("utf-8", "replace").split()
        if outcome.status or len(versions) != 2:
            why = "docker's engine does not answer"
            continue
        yield Client(docker, endpoint, versions[0], versions[1])
        why = ""
    if why:
        raise NoEngine(why)


def _endpoint(docker: str) -> str:
    command = [docker, "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]
    named = {name: os.environ[name] for name in ("DOCKER_CONFIG", "DOCKER_CONTEXT") if name in os.environ}
    return run(command, named, SHORT_LIMIT).output.decode("utf-8", "replace").strip()


def _major(version: str) -> int:
    match = re.match(r"\d+", version)
    return int(match[0]) if match else 0


class _Docker:
    """What the three have in common. The client decides what is sent, so that its age counts."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.version = _named(client)
        self.age = _OLD.format(client.version) if _major(client.version) <= _LAST_OWN else ""

    def _environment(self, question: Question, socket: Path) -> dict[str, str]:
        config = question.home / "config"
        config.mkdir(mode=0o700, exist_ok=True)
        plugins = [os.fspath(_user_config() / "cli-plugins")]
        file_at(config, "config.json", json.dumps({"cliPluginsExtraDirs": plugins}).encode())
        return {
            "DOCKER_HOST": f"{_UNIX}{socket}",
            "DOCKER_CONFIG": os.fspath(config),
            "BUILDX_CONFIG": os.fspath(config / "buildx"),
            "HOME": os.fspath(question.home),
        }

    def _run(self, question: Question, wire: Wire, socket: Path, arguments: Sequence[str], **more: str) -> Said:
        command = [self._client.docker, *arguments, *_common(question), os.fspath(question.build.context)]
        with wire:
            return run(command, {**self._environment(question, socket), **more})


def _user_config() -> Path:
    """Docker's directory of the user."""
    named = os.environ.get("DOCKER_CONFIG")
    return Path(named) if named else Path(os.path.expanduser("~")) / ".docker"


def _named(client: Client) -> str:
    return client.server if client.version == client.server else f"{client.server}, client {client.version}"


def _common(question: Question) -> Iterator[str]:
    build = question.build
    if build.target and (question.real or build.builder.narrows):
        yield f"--target={build.target}"  # the stand-in of a builder that is sent everything has no stages
    yield from (f"--build-arg={name}={value}" for name, value in question.build_args)
    if not question.real:
        yield "--network=none"


class BuildKit(_Docker):
    """BuildKit in the engine, which an old docker speaks to by itself, and a new one through buildx."""

    def __init__(self, client: Client, arguments: Sequence[str]) -> None:
        super().__init__(client)
        self._arguments = arguments

    @classmethod
    def start(cls, name: str) -> BuildKit:
        """Find a docker that needs no buildx."""
        for client in _clients():
            if _major(client.version) <= _LAST_OWN:
                return cls(client, ("build", "--progress=plain"))
        raise NoEngine(f"docker {_LAST_OWN + 1} and later need buildx")

    def ask(self, question: Question) -> Answer:
        socket, image, file = question.home / "s", question.home / "image.tar", written(question, question.home)
        # The result goes into a file, so that the engine keeps no image.
        arguments = [*self._arguments, "--no-cache", f"--file={file}", f"--output=type=tar,dest={image}"]
        # A source may name the platform; the image itself is built for the engine's own.
        arguments += [] if question.real else [f"--platform={question.build.platform}"]
        wire = Wire(self._client.endpoint.removeprefix(_UNIX), socket)
        outcome = self._run(question, wire, socket, arguments, DOCKER_BUILDKIT="1")
        words = wire.words()
        read_rawjson(outcome.errors, words)
        return answered(wire.transfers, words, outcome, files_of(image) if question.with_image else None)


class Buildx(BuildKit):
    """BuildKit through buildx; its builder is the engine's own, whatever others are set up."""

    @classmethod
    def start(cls, name: str) -> Buildx:
        """Find a docker that has buildx."""
        for client in _clients():
            environment = {"DOCKER_HOST": client.endpoint, "DOCKER_CONFIG": os.fspath(_user_config())}
            outcome = run([client.docker, name, "version"], environment, SHORT_LIMIT)
            match = re.search(r"v?(\d+\.\d+\.\d+\S*)", outcome.output.decode("utf-8", "replace"))
            if not outcome.status and match:
                buildx = cls(client, (name, "build", "--builder=default", "--progress=rawjson", "--provenance=false"))
                buildx.version, buildx.age = f"{client.server}, {name} {match[1]}", ""
                return buildx
        raise NoEngine(f"docker has no {name}")


def written(question: Question, directory: Path) -> Path:
    """Write the Dockerfile for BuildKit, or its stand-in, and the ignore file beside it; return its path."""
    source = question.build.dockerfile
    assert source is not None and question.plan.needs is not None
    directory.mkdir(mode=0o700, exist_ok=True)
    if question.own_ignore_file is not None:
        file_at(directory, f"Dockerfile{_IGNORE_FILE}", question.own_ignore_file)
    text = source.data if question.real else stand_in(source.parsed, question.plan.needs)
    return file_at(directory, "Dockerfile", text)


def answered(
    transfers: Sequence[Transfer], words: Words, outcome: Said, image: dict[str, tuple[str, str]] | None
) -> Answer:
    """Find the context's own transfer: the builder asks for the Dockerfile and the ignore file before it."""
    count = words.context()
    if outcome.status and not transfers:
        raise CtxauditError(f"the engine could not be asked: {outcome.last}")
    if count is None:
        if outcome.status:
            raise CtxauditError(f"the engine did not get as far as the context: {outcome.last}")
        return Answer((), 0, False, image)
    last = transfers[-1] if transfers else Transfer()
    if last.size != count and outcome.status:
        raise CtxauditError(f"the build fails before all of the context is sent: {outcome.last}")
    if last.size != count:
        raise CtxauditError(f"the engine says that it was sent {count:,} bytes, and {last.size:,} bytes passed by")
    return Answer(list(last.entries), last.size, True, image, outcome.last if outcome.status else "")


def read_rawjson(errors: bytes, words: Words) -> None:
    """Read what buildx prints of the build, a line of JSON for each piece of news."""
    for line in errors.splitlines():
        try:
            news = json.loads(line) if line.startswith(b"{") else {}
        except (ValueError, RecursionError):
            continue
        for entry in _items(news, "vertexes"):
            words.name(str(entry.get("digest")), str(entry.get("name")))
        for entry in _items(news, "statuses"):
            count = entry.get("current")
            words.status(str(entry.get("vertex")), str(entry.get("id")), count if isinstance(count, int) else 0)


def _items(news: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
    several = news.get(name)
    yield from (entry for entry in (several if isinstance(several, list) else ()) if isinstance(entry, dict))


def files_of(image: Path) -> dict[str, tuple[str, str]]:
    """Give the files of an image that was exported as a tar."""
    if not image.exists():
        return {}
    try:
        with tarfile.open(image) as tar:
            return {
                member.name.removeprefix("./").rstrip("/"): (
                    f"{member.type.decode('ascii', 'replace')}{stat.S_IMODE(member.mode):o}",
                    _content(tar, member),
                )
                for member in tar
            }
    except (tarfile.TarError, OSError, EOFError, ValueError, LookupError, RecursionError) as error:
        raise CtxauditError("the image that the engine wrote is not a tar that can be read") from error


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    file = tar.extractfile(member) if member.isreg() or member.islnk() else None
    return hashlib.file_digest(file, "sha256").hexdigest() if file else member.linkname  # type: ignore[arg-type]


class Classic(_Docker):
    """The classic builder, whose client posts a tar.

    Ahead of the tar goes a Dockerfile that copies a file which is not there: the engine takes all that it is sent,
    looks for the file, and keeps no image.
    """

    @classmethod
    def start(cls, name: str) -> Classic:
        """Find any docker."""
        return cls(next(_clients()))

    def ask(self, question: Question) -> Answer:
        source = question.build.dockerfile
        assert source is not None
        if not source.in_context:
            what = "docker adds a Dockerfile from outside of the context in an order of chance: no size can be compared"
            raise CtxauditError(what, where=source.name, fix="ask another engine")
        socket, name = question.home / "s", f".ctxaudit-{os.urandom(8).hex()}"
        added = b"" if question.real else _tar_entry(name, f"FROM scratch\nCOPY {name}-none /\n".encode())
        wire = Wire(self._client.endpoint.removeprefix(_UNIX), socket, added, name)
        number = question.home / "image"
        arguments = ("build", "--no-cache", "--force-rm", f"--iidfile={number}", f"--file={_path(question)}")
        try:
            outcome = self._run(question, wire, socket, arguments, DOCKER_BUILDKIT="0")
        finally:
            self._remove(number)
        if wire.tar is None:
            raise CtxauditError(f"the engine could not be asked: {outcome.last}")
        if not question.real and f"{name}-none" not in outcome.errors.decode("utf-8", "replace"):
            raise CtxauditError(f"the engine did not take what it was sent: {outcome.last}")
        failure = outcome.last if outcome.status and question.real else ""
        return Answer(list(wire.tar.entries), wire.tar.size, True, failure=failure)

    def _remove(self, number: Path) -> None:
        """Remove the image of a build, which nothing else has: it was built without the cache."""
        if number.exists() and (match := _IMAGE.fullmatch(number.read_bytes().strip())):
            command = [self._client.docker, "rmi", "-f", match[0].decode()]
            run(command, {"DOCKER_HOST": self._client.endpoint}, SHORT_LIMIT)


def _path(question: Question) -> str:
    source = question.build.dockerfile
    assert source is not None
    return os.path.join(question.build.context, source.in_context)


def _tar_entry(name: str, data: bytes) -> bytes:
    """Return one entry as a tar has it, with nothing behind it."""
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    made = io.BytesIO()
    made.write(entry.tobuf(tarfile.USTAR_FORMAT))
    made.write(data.ljust(-(-len(data) // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE, b"\0"))
    return made.getvalue()
