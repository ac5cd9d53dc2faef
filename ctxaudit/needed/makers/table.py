"""The table of all tools, and how a program is found in it."""

from __future__ import annotations

import posixpath

from ctxaudit.needed.makers import (
    bundlers,
    compiled,
    jvm,
    packages,
    php,
    places,
    python,
    ruby,
    scripts,
    sites,
    system,
)
from ctxaudit.needed.makers.call import NOTHING, OPAQUE, Call, Maker, Outcome, joined
from ctxaudit.needed.makers.readers import bare_name
from ctxaudit.needed.wrappers import SHELLS

ROWS: dict[str, Maker] = {
    **system.ROWS,
    **places.ROWS,
    **scripts.ROWS,
    **packages.ROWS,
    **bundlers.ROWS,
    **python.ROWS,
    **php.ROWS,
    **ruby.ROWS,
    **compiled.ROWS,
    **jvm.ROWS,
    **sites.ROWS,
}
# Files of a project that only start a tool of their name.
_STARTERS = frozenset(
    [
        "gradlew",
        "mvnw",
        "rails",
        "rake",
        "bundle",
        "artisan",
        "console",
        "manage.py",
        "sbt",
        "lein",
        "setup.py",
        "flutterw",
    ]
)
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Directories of programs that an installation fills.
_INSTALLED = ("/node_modules/.bin/", "/vendor/bin/", "/.venv/bin/", "/venv/bin/", "/.local/bin/", "/go/bin/")


def maker_of(call: Call) -> Outcome:
    """What a command does, with what its wrapper does first."""
    outcome = _own(call)
    return joined([python.uv_run(call), outcome]) if "uv" in call.command.wrappers else outcome


def _own(call: Call) -> Outcome:
    """What a command does, by the row of its program."""
    written = call.command.words[0]
    name = bare_name(call.program)
    if any(mark in written for mark in "$`"):
        return OPAQUE
    if {"--help", "--version"} & set(call.words):
        return NOTHING
    if name in SHELLS and (starter := _started(call)):
        return starter
    if "/" in written:
        return _by_path(call, written, name)
    if row := ROWS.get(name):
        return row(call)
    for directory in (call.env("PATH") or _PATH).split(":"):
        if directory and call.text(f"{directory}/{written}") is not None:
            return scripts.run_file(call, f"{directory}/{written}", call.words)
    return OPAQUE


def _started(call: Call) -> Outcome | None:
    """What `sh gradlew build` does, None for any other script."""
    script = posixpath.basename(call.words[0]) if call.words else ""
    return ROWS[script](call.inside(call.command.cwd, call.words)) if script in ("gradlew", "mvnw", "sbt") else None


def _by_path(call: Call, written: str, name: str) -> Outcome:
    """A program by its path: one of the project, or one that an installation has put there."""
    row = ROWS.get(name)
    is_project = call.text(written) is not None and name not in _STARTERS
    is_installed = posixpath.dirname(written) in _PATH.split(":") or any(mark in f"/{written}" for mark in _INSTALLED)
    if is_project or row is None:
        return scripts.run_file(call, written, call.words)
    if is_installed or name in _STARTERS or posixpath.dirname(written).endswith(("/bin", "/sbin")):
        return row(call)
    return OPAQUE
