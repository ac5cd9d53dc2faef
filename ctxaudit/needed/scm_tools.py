"""Which commands make a tool ask git: those that build the package, the pages or the program of the project."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from ctxaudit.needed.shell import Command
from ctxaudit.values import expression

Runs = Callable[[Command], bool]

_ASKED = frozenset(("--version", "-V", "-v", "--help", "-h", "help", "version"))
_LOCAL = expression(r"(?:file:|\.{1,2}(?:[/\[]|$)|/)")
_ARCHIVE = (".whl", ".tar.gz", ".zip", ".txt", ".in")
_CARGO_QUIET = frozenset(
    ("fetch", "chef", "new", "init", "add", "login", "update", "generate-lockfile", "vendor", "metadata", "search")
)
_DOTNET_QUIET = frozenset(("restore", "tool", "nuget", "new", "dev-certs", "workload", "sln", "add", "--info", "clean"))
_MAVEN_QUIET = ("dependency:", "help:", "wrapper:", "versions:", "de.qaware.maven:")
_PYTHON_BUILDS = frozenset(
    (
        *(
            "build",
            "pyproject-build",
            "setup.py",
            "flit",
            "hatch",
            "hatchling",
            "tox",
            "nox",
            "maturin",
            "cibuildwheel",
        ),
        *("python-build", "setuptools_scm", "setuptools-scm", "dunamai", "versioneer", "versioningit", "pipx"),
    )
)
# The word that has one of these tools build or install the project itself, and the option that says not to.
_MANAGERS = {
    "poetry": (frozenset(("install", "sync", "build", "publish")), ""),
    "pdm": (frozenset(("install", "sync", "build", "publish")), "--no-self"),
    "uv": (frozenset(("sync", "build", "run")), "--no-install-project"),
    "pipenv": (frozenset(("install", "sync")), ""),
    "rye": (frozenset(("sync", "build")), ""),
    "pixi": (frozenset(("install", "run", "build")), ""),
    "conda": (frozenset(("env", "build")), ""),
}


def program(*names: str) -> Runs:
    """Tell whether a command runs one of these programs, and not only for its version."""
    known = frozenset(names)
    return lambda command: (
        (command.program in known or command.program.rpartition(".")[0] in known) and not _is_asked(command)
    )


def _is_asked(command: Command) -> bool:
    return len(command.words) == 2 and command.words[1] in _ASKED


def builds_python(command: Command) -> bool:
    """Whether a command builds or installs a Python package from the tree; a requirements file may name the tree."""
    name, words = command.program, command.words[1:]
    if re.fullmatch(r"pip[\d.]*", name) or (name == "uv" and words[:1] == ("pip",)):
        return bool({"install", "wheel", "download"} & set(words)) and any(map(_is_project, words))
    if name == "uv" and "uv" not in command.wrappers and words[:1] == ("tool",):
        return any(map(_is_project, words))
    if name in _MANAGERS:
        subcommands, without = _MANAGERS[name]
        return bool(subcommands & set(words)) and (not without or without not in words)
    # `uv run` installs the project before it runs anything.
    is_synced = "uv" in command.wrappers and not {"--no-project", "--no-sync", "--no-install-project"} & set(words)
    return is_synced or (name in _PYTHON_BUILDS and not _is_asked(command))


def _is_project(word: str) -> bool:
    value = word.partition("=")[2] if word.startswith("--") else word.removeprefix("-e")
    return _LOCAL.match(value.strip()) is not None and not value.endswith(_ARCHIVE)


def required(command: Command) -> list[str]:
    """Give the requirements files that pip installs from: a line of one may be the project itself."""
    found, words = [], command.words
    if re.fullmatch(r"pip[\d.]*|uv|conda|mamba|micromamba", command.program):
        for at, word in enumerate(words):
            if word in ("-r", "--requirement", "-f", "--file") and at + 1 < len(words):
                found.append(words[at + 1])
            elif word.startswith(("-r", "--requirement=", "--file=")):
                found.append(word.removeprefix("-r").rpartition("=")[2])
    return found


def builds_rust(command: Command) -> bool:
    """Whether a command compiles crates of the project, and with them runs their build scripts."""
    words = [word for word in command.words[1:] if not word.startswith(("+", "-"))]
    if command.program == "cargo":
        is_other = words[:1] == ["install"] and not any(word.startswith("--path") for word in command.words)
        return bool(words) and words[0] not in _CARGO_QUIET and not is_other
    return command.program in ("cross", "trunk", "wasm-pack", "maturin", "cargo-leptos", "dx") or builds_python(command)


def builds_maven(command: Command) -> bool:
    """Whether Maven goes through phases, to which its plugins are bound; a goal that is called alone runs none."""
    words = [word for word in command.words[1:] if not word.startswith("-") and word != "clean"]
    return command.program in ("mvn", "mvnw", "mvnd") and any(not word.startswith(_MAVEN_QUIET) for word in words)


def builds_dotnet(command: Command) -> bool:
    """Whether MSBuild runs targets; a restore does not."""
    words = [word for word in command.words[1:] if not word.startswith(("-", "/"))]
    if command.program != "dotnet":
        return command.program in ("msbuild", "nbgv", "dotnet-gitversion", "gitversion", "minver")
    return bool(words) and words[0] not in _DOTNET_QUIET and not words[0].endswith(".dll")


def builds_go(command: Command) -> bool:
    """Whether go links a program; with -buildvcs=false it does not."""
    words = command.words
    flags = (*words, *command.env.get("GOFLAGS", "").split())
    if command.program in ("goreleaser", "ko", "mage", "gox"):
        return True
    is_foreign = words[1:2] == ("install",) and any("@" in word for word in words[2:])
    builds = command.program == "go" and words[1:2] in (("build",), ("install",), ("run",))
    return builds and not is_foreign and "-buildvcs=false" not in flags


def builds_ruby(command: Command) -> bool:
    """Whether Bundler or RubyGems evaluates the gem's specification."""
    words = command.words[1:]
    if "bundle" in command.wrappers:
        return True
    return (command.program in ("bundle", "bundler") and words[:1] != ("config",) and not _is_asked(command)) or (
        command.program == "gem" and "build" in words
    )


def any_of(*ways: Runs) -> Runs:
    return lambda command: any(runs(command) for runs in ways)


def runs_one(commands: Collection[Command], runs: Runs) -> bool:
    return any(map(runs, commands))
