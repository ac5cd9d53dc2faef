"""Execute a Dockerfile in plain directories, with stand-ins for the tools, and start what it describes.

Each stage is a directory. COPY and ADD copy files; RUN runs in a shell, in the stage's WORKDIR, with a PATH on which
only stand-ins (`programs/`) and the programs of the base image are; absolute paths mean paths in the stage. Only what
the layouts of `rows.py` use of a Dockerfile is understood, and nothing is taken from ctxaudit: the execution says what
is right.
"""

from __future__ import annotations

import atexit
import compileall
import functools
import glob
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

PROGRAMS = Path(__file__).parent / "programs"
_TIMEOUT = 60
# What each base image has besides a system's own programs.
_NODE = "node npm npx yarn corepack"
_PYTHON = "python python3 pip pip3"
_BASES = {
    "node": _NODE,
    "oven/bun": "bun bunx",
    "denoland/deno": "deno",
    "python": _PYTHON,
    "ghcr.io/astral-sh/uv": f"{_PYTHON} uv",
    "php": "php composer apache2-foreground php-fpm docker-php-ext-install",
    "composer": "php composer",
    "ruby": "ruby bundle gem",
    "jekyll/jekyll": "ruby bundle gem jekyll",
    "golang": "go",
    "rust": "cargo",
    "lukemathwalker/cargo-chef": "cargo",
    "maven": "mvn java",
    "gradle": "gradle java",
    "eclipse-temurin": "java",
    "tomcat": "java catalina.sh",
    "mcr.microsoft.com/dotnet/sdk": "dotnet",
    "mcr.microsoft.com/dotnet/aspnet": "dotnet",
    "elixir": "mix",
    "gcc": "gcc cc make cmake",
    "nginx": "nginx",
    "httpd": "httpd-foreground",
    "caddy": "caddy",
    "hugomods/hugo": "hugo",
}
_WORKDIRS = {"php": "/var/www/html", "composer": "/app", "tomcat": "/usr/local/tomcat", "caddy": "/srv"}
_COMMANDS = {
    "nginx": ["nginx", "-g", "daemon off;"],
    "httpd": ["httpd-foreground"],
    "caddy": ["caddy", "run"],
    "tomcat": ["catalina.sh", "run"],
    "node": ["node"],
}
_PLAIN = (
    "cp mv rm mkdir cat ls chmod touch ln find rmdir head sort tar dirname basename apt-get apk dnf useradd adduser"
    " addgroup chown tini dumb-init gosu su-exec"
)
_REAL = "sh env test true false readlink uname grep sed tr date sleep bash"
_DIRECTORIES = "tmp root srv opt etc var usr/bin usr/local/bin bin app"
_ABSOLUTE = re.compile(r"(?<![\w./\]})*?-])/(?=[A-Za-z])(?!(?:dev|proc|bin/sh|bin/bash|usr/bin/env)\b)")
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::-([^}]*))?\})")


class Outcome(NamedTuple):
    """What a build and its start gave: how far they came, and what was printed."""

    status: int
    output: str


class Instruction(NamedTuple):
    """keyword: in capitals. text: what stands behind it, without flags. documents: the heredocs of it."""

    keyword: str
    flags: tuple[tuple[str, str], ...]
    text: str
    documents: tuple[str, ...]


@dataclass
class Stage:
    """One stage: its instructions and, when it is built, its directory and settings."""

    name: str
    base: str
    instructions: list[Instruction] = field(default_factory=list)
    root: Path = Path()
    environment: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    entrypoint: str = ""
    command: str = ""
    health: str = ""


class Failed(Exception):
    """A step of a build that failed, with its status."""


class _Starter:
    """A Python that has imported what stand-ins import, and starts commands; each stand-in is a fork of it."""

    def __init__(self, standins: Path) -> None:
        self._control, theirs = socket.socketpair()
        self._control.settimeout(_TIMEOUT)
        with theirs:
            command = [*_python(standins / "programs"), str(theirs.fileno())]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])

    def run(self, words: Sequence[str], cwd: Path, environment: Mapping[str, str], stdin: int) -> tuple[int, str]:
        """Give the status of a command and what it printed on both streams."""
        request = {"words": words, "cwd": os.fspath(cwd), "environment": environment}
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            streams = [stdin, output.fileno(), output.fileno()]
            socket.send_fds(self._control, [json.dumps(request).encode()], streams)
            status = int(self._control.recv(16))
            output.seek(0)
            return status, output.read()

    def close(self) -> None:
        self._control.close()
        self._process.kill()
        self._process.wait()


@functools.cache
def _starter(standins: Path) -> _Starter:
    starter = _Starter(standins)
    atexit.register(starter.close)
    return starter


def _python(programs: Path) -> list[str]:
    return [sys.executable, "-ESB", os.fspath(programs / "__main__.py")]


def install(directory: Path) -> Path:
    """Put the stand-ins into a directory, compiled as they start often, and give it."""
    directory.mkdir()
    programs = directory / "programs"
    shutil.copytree(PROGRAMS, programs, ignore=shutil.ignore_patterns("__pycache__"))
    compileall.compile_dir(programs, quiet=1)
    command = _python(programs)
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for module, *names in map(str.split, listed.splitlines()):
        start = programs / f"start-{module}"
        start.write_text(f'#!/bin/sh\nexec {shlex.join([*command, module])} "$0" "$@"\n')
        start.chmod(0o755)
        for name in names:
            (directory / name).symlink_to(start)
    for name in _REAL.split():
        real = shutil.which(name)
        if real:
            (directory / name).symlink_to(real)
    (directory / "program").write_text('exec "$STANDINS/binary" "$("$STANDINS/readlink" /proc/$$/exe)"\n')
    return directory


def instructions(text: str) -> list[Instruction]:
    """Divide a Dockerfile into its instructions."""
    found = []
    lines = iter(text.splitlines())
    for line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        while line.endswith("\\"):
            line = line[:-1] + " " + next(lines).strip()
        documents = []
        for word in re.findall(r"<<-?[\"']?(\w+)[\"']?", line):
            body = []
            while (more := next(lines)) != word:
                body.append(more)
            documents.append("\n".join(body))
        keyword, _, rest = line.strip().partition(" ")
        flags = []
        while found_flag := re.match(r"\s*--([\w-]+)(?:=(\S+))?\s+", rest):
            flags.append((found_flag[1], found_flag[2] or ""))
            rest = rest[found_flag.end() :]
        found.append(Instruction(keyword.upper(), tuple(flags), rest.strip(), tuple(documents)))
    return found


class Build:
    """One build: the stages of a Dockerfile, with a context, in a directory of its own."""

    def __init__(self, dockerfile: str, context: Path, place: Path, standins: Path, target: str = "") -> None:
        self._context, self._place, self._standins = context, place, standins
        self._stages: list[Stage] = []
        self._done: dict[str, Stage] = {}
        self._caches: dict[str, Path] = {}
        self._output: list[str] = []
        arguments: dict[str, str] = {}
        for one in instructions(dockerfile):
            if one.keyword == "FROM":
                words = _expanded(one.text, arguments).split()
                self._stages.append(Stage(words[2] if len(words) > 2 else str(len(self._stages)), words[0]))
            elif not self._stages:
                arguments[one.text.partition("=")[0]] = one.text.partition("=")[2]
            else:
                self._stages[-1].instructions.append(one)
        self._target = next((one for one in self._stages if one.name == target), self._stages[-1])

    def outcome(self, start: str = "", mounts: Mapping[str, Path] | None = None) -> Outcome:
        """Build the target and start it.

        start: the command that a compose file gives. mounts: what lies over the image's directories then.
        """
        place = str(self._place)
        try:
            stage = self._built(self._target)
            for at, source in (mounts or {}).items():
                shutil.rmtree(_in(stage, at), ignore_errors=True)
                shutil.copytree(source, _in(stage, at), symlinks=True)
            self._output.append("== started")
            self._start(stage, start)
        except Failed as error:
            return Outcome(int(error.args[0]), "".join(self._output).replace(place, ""))
        return Outcome(0, "".join(self._output).replace(place, ""))

    def _built(self, stage: Stage) -> Stage:
        if stage.name in self._done:
            return stage
        self._done[stage.name] = stage
        stage.root = self._place / f"stage-{self._stages.index(stage)}"
        parent = next((one for one in self._stages if one.name == stage.base and one is not stage), None)
        if parent:
            self._built(parent)
            shutil.copytree(parent.root, stage.root, symlinks=True)
            stage.environment, stage.workdir = dict(parent.environment), parent.workdir
            stage.entrypoint, stage.command, stage.health = parent.entrypoint, parent.command, parent.health
        else:
            self._begin(stage)
        for one in stage.instructions:
            self._step(stage, one)
        return stage

    def _begin(self, stage: Stage) -> None:
        for one in _DIRECTORIES.split():
            (stage.root / one).mkdir(parents=True)
        name = stage.base.partition(":")[0]
        if name != "scratch":
            standins, place = os.fspath(self._standins), os.fspath(stage.root / "usr/bin")
            for program in (*_PLAIN.split(), *_REAL.split(), *_BASES.get(name, "").split()):
                if os.path.exists(f"{standins}/{program}"):
                    os.symlink(f"{standins}/{program}", f"{place}/{program}")
        if name == "nginx":
            _write(stage.root / "usr/share/nginx/html/50x.html", "50x")
        if name == "tomcat":
            (stage.root / "usr/local/tomcat/webapps").mkdir(parents=True)
        stage.environment = {"PATH": "/usr/local/bin:/usr/bin:/bin:/go/bin", "HOME": "/root"}
        stage.workdir = _WORKDIRS.get(name, "/")
        stage.command = json.dumps(_COMMANDS.get(name, []))
        if name == "php" and "apache" in stage.base:
            stage.command = '["apache2-foreground"]'
        _in(stage, stage.workdir).mkdir(parents=True, exist_ok=True)

    def _step(self, stage: Stage, one: Instruction) -> None:
        text = _expanded(one.text, stage.environment) if one.keyword not in ("RUN", "CMD", "ENTRYPOINT") else one.text
        if one.keyword == "WORKDIR":
            stage.workdir = os.path.normpath(os.path.join(stage.workdir, text))
            _in(stage, stage.workdir).mkdir(parents=True, exist_ok=True)
        elif one.keyword in ("ENV", "ARG"):
            pairs = re.findall(r"(\w+)(?:=|\s+)(\"[^\"]*\"|\S*)", text)
            stage.environment |= {name: value.strip('"') for name, value in pairs}
        elif one.keyword in ("COPY", "ADD"):
            self._copy(stage, one._replace(text=text))
        elif one.keyword == "RUN":
            self._run(stage, one)
        elif one.keyword == "CMD":
            stage.command = one.text
        elif one.keyword == "ENTRYPOINT":
            stage.entrypoint, stage.command = one.text, ""
        elif one.keyword == "HEALTHCHECK":
            stage.health = one.text.partition("CMD ")[2]

    def _copy(self, stage: Stage, one: Instruction) -> None:
        words = json.loads(one.text) if one.text.startswith("[") else one.text.split()
        *sources, written = words
        origin = self._origin(dict(one.flags).get("from", ""))
        target = _in(stage, os.path.join(stage.workdir, written))
        into = written.endswith(("/", ".")) or len(sources) > 1 or target.is_dir()
        for number, source in enumerate(sources):
            if source.startswith("<<"):
                _write(target / source.lstrip("<-") if into else target, one.documents[number])
                continue
            found = sorted(glob.glob(str(origin / source.lstrip("/")), include_hidden=True))
            if not found:
                self._fail(1, f"COPY: {source} is not there")
            for path in map(Path, found):
                if path.is_dir() and not (path.is_symlink() and not origin.name.startswith("stage")):
                    _merge(path, target)
                else:
                    to = target / path.name if into else target
                    to.parent.mkdir(parents=True, exist_ok=True)
                    _over(path, to)

    def _origin(self, name: str) -> Path:
        if not name:
            return self._context
        stage = next((one for at, one in enumerate(self._stages) if name in (one.name, str(at))), None)
        if stage is None:  # another image: it brings its programs
            stage = Stage(name, name, root=self._place / f"stage-of-{name.replace('/', '_')}")
            if not stage.root.exists():
                self._begin(stage)
                for program in _BASES.get(name.partition(":")[0], "").split():
                    (stage.root / program).symlink_to(self._standins / program)
            return stage.root
        return self._built(stage).root

    def _run(self, stage: Stage, one: Instruction) -> None:
        covered: list[tuple[Path, Path | None, bool]] = []
        for _, value in (flag for flag in one.flags if flag[0] == "mount"):
            settings = dict(part.partition("=")[::2] for part in value.split(","))
            at = settings.get("target") or settings.get("dst") or settings.get("destination")
            if not at or settings.get("type", "bind") not in ("cache", "bind", "tmpfs"):
                continue
            target = _in(stage, os.path.join(stage.workdir, at))
            covered.append(self._cover(stage, target, settings))
        text = one.text
        if one.documents and text.startswith("<<"):
            text = one.documents[0]
        try:
            self._shell(stage, text)
        finally:
            for target, aside, is_cache in reversed(covered):
                if is_cache:
                    target.rename(self._caches[str(target)])
                else:
                    _remove(target)
                if aside:
                    aside.rename(target)

    def _cover(self, stage: Stage, target: Path, settings: dict[str, str]) -> tuple[Path, Path | None, bool]:
        aside = None
        if target.exists():
            aside = target.with_name(f"{target.name}.aside")
            target.rename(aside)
        target.parent.mkdir(parents=True, exist_ok=True)
        if settings.get("type", "bind") != "bind":
            cache = self._caches.setdefault(str(target), self._place / f"cache-{len(self._caches)}")
            cache.rename(target) if cache.exists() else target.mkdir()
            return target, aside, True
        source = self._origin(settings.get("from", "")) / settings.get("source", settings.get("src", "")).strip("/.")
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True)
        elif source.exists():
            shutil.copy2(source, target)
        else:
            self._fail(1, f"bind: {settings} is not there")
        return target, aside, False

    def _start(self, stage: Stage, start: str) -> None:
        command = start or stage.command
        if stage.entrypoint.startswith("["):
            words = json.loads(stage.entrypoint)
            given = json.loads(command) if command.startswith("[") else ["sh", "-c", command] if command else []
            self._shell(stage, json.dumps([*words, *given]))
        elif stage.entrypoint or command:
            self._shell(stage, stage.entrypoint or command)
        if stage.health:
            self._shell(stage, stage.health)

    def _shell(self, stage: Stage, text: str) -> None:
        """Run a command as an image does: the JSON form as words, anything else in a shell."""
        if text.startswith("["):
            words = json.loads(text)
            if not words:
                return
            words = [_ABSOLUTE.sub(f"{stage.root}/", word) for word in words]
        else:
            words = ["sh", "-c", "set -e\n" + _ABSOLUTE.sub(f"{stage.root}/", text) if "\n" in text else text]
            words[-1] = _ABSOLUTE.sub(f"{stage.root}/", words[-1])
        environment = {name: _rooted(value, stage.root) for name, value in stage.environment.items()}
        environment |= {
            "IMAGE_ROOT": str(stage.root),
            "STANDINS": str(self._standins),
            "REAL_PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
        }
        cwd = _in(stage, stage.workdir)
        cwd.mkdir(parents=True, exist_ok=True)
        program = words[0] if "/" in words[0] else shutil.which(words[0], path=environment["PATH"])
        if program is None or not os.path.exists(os.path.join(cwd, program)):
            self._fail(127, f"{words[0]}: not found")
        with (self._standins / "program").open() as line:
            status, output = _starter(self._standins).run([str(program), *words[1:]], cwd, environment, line.fileno())
        self._output.append(f"$ {text}\n{output}")
        if status:
            self._fail(status, "failed")

    def _fail(self, status: int, reason: str) -> None:
        self._output.append(f"{reason}\n")
        raise Failed(status)


def _in(stage: Stage, path: str) -> Path:
    return stage.root / path.lstrip("/")


def _rooted(value: str, root: Path) -> str:
    """A value of the environment, its absolute paths in the stage's directory."""
    return re.sub(r"(^|:)/(?=\w)", rf"\g<1>{root}/", value)


def _expanded(text: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: values.get(found[1] or found[2], found[3] or ""), text)


def _merge(source: Path, target: Path) -> None:
    """Copy a directory's content into another, over what is there."""
    target.mkdir(parents=True, exist_ok=True)
    for entry in os.scandir(source):
        if entry.is_dir(follow_symlinks=False):
            if (target / entry.name).is_symlink():
                (target / entry.name).unlink()
            _merge(source / entry.name, target / entry.name)
        else:
            _over(source / entry.name, target / entry.name)


def _over(source: Path, target: Path) -> None:
    """Copy one file or link over what is there."""
    _remove(target)
    shutil.copy2(source, target, follow_symlinks=False)


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def copied(source: Path, target: Path, paths: Iterable[str]) -> Path:
    """Copy these files of a tree."""
    target.mkdir(parents=True)
    for path in paths:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / path, target / path, follow_symlinks=False)
    return target


def on_host(commands: Iterable[str], root: Path, project: Path, standins: Path) -> None:
    """Run the commands of a developer in the project, on a machine that has every program."""
    environment = {
        "PATH": str(standins),
        "IMAGE_ROOT": str(root),
        "STANDINS": str(standins),
        "REAL_PATH": os.environ["PATH"],
        "HOME": "/root",
    }
    with open(os.devnull) as nothing:
        for command in commands:
            words = ["/bin/sh", "-ec", command]
            status, output = _starter(standins).run(words, project, environment, nothing.fileno())
            if status:
                raise RuntimeError(f"{command}: {output}")
