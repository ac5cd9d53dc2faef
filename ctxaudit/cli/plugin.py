"""`ctxaudit plugin`: put `docker ctxaudit` into the user's folder of plugins, and take it out again."""

from __future__ import annotations

import json
import math
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from ctxaudit.cli import Outcome, cli
from ctxaudit.errors import CtxauditError
from ctxaudit.report import printable_name

NAME = "docker-ctxaudit"
_PLUGIN = "ctxaudit"
# The commands after which docker asks for a hint; source: docker/cli v28, cli-plugins/manager/hooks.go.
HOOKS = "build,buildx build,image build,builder build"
_OFF = "features.hooks is off"
_ADDED = "features-hooks"  # a field of our entry: ctxaudit turned docker's hooks on, so that it may remove that again
_LONE = re.compile("[\ud800-\udfff]")  # half of a surrogate pair, which JSON may hold and UTF-8 may not
_LARGEST = 1 << 20  # bytes of docker's configuration
_FIX = "correct it, or set DOCKER_CONFIG to the directory of another one"


@cli.group()
def plugin() -> None:
    """Run ctxaudit as `docker ctxaudit`, and after `docker build`."""


@plugin.command()
@click.option("--hooks", is_flag=True, help="Also say one line after each `docker build`.")
def install(hooks: bool) -> Outcome:
    """Link ctxaudit into docker's folder of plugins.

    The folder is `cli-plugins` in DOCKER_CONFIG, or in ~/.docker. `--hooks` adds an entry to docker's `config.json`
    there: docker then runs ctxaudit after a build, and prints what it says below "What's next:".
    """
    link, program = _link(), _program()
    settings = _read() if hooks else {}
    if link.is_symlink():
        link.unlink()
    elif os.path.lexists(link):
        raise CtxauditError("it is a file that ctxaudit did not make", where=str(link), fix="move it away")
    _made(link.parent)
    link.symlink_to(program)
    lines = [f"{link} -> {program}\n", "docker ctxaudit: installed\n"]
    if hooks:
        _set_hooks(HOOKS)
        lines.append(f"{_configuration()}: {_asks(_features(settings))} after {HOOKS.replace(',', ', ')}\n")
    return Outcome(lines)


@plugin.command()
def uninstall() -> Outcome:
    """Remove the link, and the entry in docker's configuration."""
    link, lines = _link(), []
    if link.is_symlink():
        link.unlink()
        lines.append(f"{link}: removed\n")
    elif os.path.lexists(link):
        raise CtxauditError("it is a file that ctxaudit did not make", where=str(link), fix="remove it by hand")
    if _hooks() is not None:
        _set_hooks(None)
        lines.append(f"{_configuration()}: the entry of ctxaudit is removed\n")
    return Outcome(lines or ["docker ctxaudit: not installed\n"])


@plugin.command()
def status() -> Outcome:
    """Say whether docker runs ctxaudit; the exit status is 1 if it does not."""
    link, program = _link(), _program()
    if not link.is_symlink():
        return Outcome(["docker ctxaudit: not installed\n"], 1)
    leads = os.readlink(link)
    lines = [f"{printable_name(str(link))} -> {printable_name(leads)}\n"]
    if not os.access(link, os.X_OK):
        return Outcome([*lines, "docker ctxaudit: the program is not there; run ctxaudit plugin install\n"], 1)
    if os.path.realpath(link) != os.path.realpath(program):
        lines.append(f"docker ctxaudit: another ctxaudit than {program}\n")
    hooks = _hooks()
    lines.append(f"after a build: {printable_name(hooks.replace(',', ', ')) if hooks else 'no hint'}\n")
    if hooks and not _is_on(_features(_read())):
        return Outcome([*lines, f"{_configuration()}: {_OFF}\n"], 1)
    return Outcome(lines)


def _link() -> Path:
    return _directory() / "cli-plugins" / NAME


def _configuration() -> Path:
    return _directory() / "config.json"


def _directory() -> Path:
    """Docker's directory of the user; source: docker/cli, cli/config/config.go."""
    named = os.environ.get("DOCKER_CONFIG")
    return Path(named) if named else Path(os.path.expanduser("~")) / ".docker"


def _program() -> Path:
    """The console script beside the interpreter, which needs no PATH."""
    program = Path(sys.prefix) / "bin" / NAME
    if not program.is_file():
        raise CtxauditError(f"there is no {NAME} beside {sys.executable}", fix="install ctxaudit with pipx, uv or pip")
    return program


def _made(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise CtxauditError(f"it cannot be made: {error.strerror}", where=str(directory)) from error


def _hooks() -> str | None:
    """What docker's configuration has for ctxaudit; None for no entry."""
    entry = _plugins(_read()).get(_PLUGIN)
    return str(entry.get("hooks", "")) if isinstance(entry, dict) else None


def _set_hooks(hooks: str | None) -> None:
    """Add the entry of ctxaudit, or remove it; all else in docker's configuration stays, in its order."""
    from ctxaudit.files import replace_file

    path, settings = _configuration(), _read()
    plugins = dict(_plugins(settings))
    if hooks is None:
        plugins.pop(_PLUGIN, None)
    else:
        plugins[_PLUGIN] = {**plugins.get(_PLUGIN, {}), "hooks": hooks}
    features = _features(settings)
    changed = {**settings, "plugins": plugins, "features": features}
    if hooks is not None and "hooks" not in features:
        # Docker asks no plugin without it.
        plugins[_PLUGIN][_ADDED] = "added"
        changed["features"] = {**features, "hooks": "true"}
    if hooks is None and _is_ours_alone(settings, plugins):
        changed["features"] = {key: value for key, value in features.items() if key != "hooks"}
    for key in ("plugins", "features"):
        if not changed[key]:
            del changed[key]
    _made(path.parent)
    # Docker itself writes a tab for each level.
    text = json.dumps(changed, indent="\t", ensure_ascii=False) + "\n"
    written = _LONE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)
    replace_file(path, written.encode(), path.resolve().parent)


def _is_ours_alone(settings: dict[str, Any], others: dict[str, Any]) -> bool:
    """Whether ctxaudit turned docker's hooks on, and no other plugin has any."""
    was_added = _ADDED in _plugins(settings).get(_PLUGIN, {})
    return was_added and not any("hooks" in entry for entry in others.values())


def _read() -> dict[str, Any]:
    path = _configuration()
    if not os.path.lexists(path):
        return {}
    from ctxaudit.files import read_regular

    data = read_regular(os.path.realpath(path), _LARGEST + 1)
    if data is None or len(data) > _LARGEST:
        raise CtxauditError("it is not a regular file of at most 1 MB that can be read", where=str(path), fix=_FIX)
    try:
        settings = json.loads(data, parse_float=_same, parse_constant=_same) if data.strip() else {}
    except (ValueError, RecursionError) as error:
        what = "it is not JSON, or has a number that is not written in its plain form"
        raise CtxauditError(what, where=str(path), fix=_FIX) from error
    tables = (
        [settings, *(settings.get(key, {}) for key in ("plugins", "features"))] if isinstance(settings, dict) else []
    )
    if not tables or not all(isinstance(table, dict) for table in (*tables, *_plugins(settings).values())):
        raise CtxauditError("it is not a configuration of docker", where=str(path), fix=_FIX)
    return settings


def _same(number: str) -> float:
    """Read a number; raises ValueError for one that would be written otherwise than it stands there, or is not JSON."""
    parsed = float(number)
    if repr(parsed) != number or not math.isfinite(parsed):
        raise ValueError(number)
    return parsed


def _tables(settings: dict[str, Any]) -> Iterator[Any]:
    """Give what has to be a mapping for docker, too."""
    yield from (settings.get(key, {}) for key in ("plugins", "features"))
    yield from _plugins(settings).values()


def _features(settings: dict[str, Any]) -> dict[str, Any]:
    features: dict[str, Any] = settings.get("features", {})
    return features


def _asks(features: dict[str, Any]) -> str:
    return "docker asks ctxaudit" if _is_on(features) else f"{_OFF}, or docker would ask ctxaudit"


def _is_on(features: dict[str, Any]) -> bool:
    """Whether docker asks plugins at all; ctxaudit turns it on where nothing is said. As Go's ParseBool reads it."""
    return str(features.get("hooks", "true")).lower() in ("1", "t", "true")


def _plugins(settings: dict[str, Any]) -> dict[str, Any]:
    plugins = settings.get("plugins", {})
    return plugins if isinstance(plugins, dict) else {}
