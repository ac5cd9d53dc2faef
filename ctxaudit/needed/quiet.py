"""Which commands read nothing of the project's dependencies and output, though their program might."""

from __future__ import annotations

import posixpath

from ctxaudit.needed.makers import Deed
from ctxaudit.needed.project import Project
from ctxaudit.needed.shell import UNREADABLE


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


_ASKED = _words("-v --version -V version -h --help help")
# Subcommands that install, configure or ask; those of a package manager that are not here run something.
_QUIET = _words(
    "install i ci add get fetch download update upgrade remove uninstall config set unset cache store setup prepare",
    "init login logout whoami info view search env mod tidy self-update self policies plugin require create global",
    "restore sync lock export venv new enable disable use link import deps.get local.hex local.rebar hex rebar",
)
_MANAGERS = _words(
    "npm pnpm yarn yarnpkg bun corepack nvm n composer bundle bundler gem pip pip3 pipx uv poetry pdm pipenv conda",
    "go cargo dotnet mix rustup deno mvn gradle",
)
_QUIET_OF = {"turbo": _words("prune login link"), "cargo": _words("chef"), "bootsnap": _words("precompile")}
# Package managers that run the project's own scripts.
_SCRIPTED = _words("npm pnpm yarn yarnpkg bun composer")
# Rails reads code and settings in every task, and what it serves in these alone.
_SERVING = _words("server s runner r console c test")
_SHELLS = _words("sh bash ash dash zsh ksh source .")
_RUNNERS = _words("make gmake just task rake ant")
_SYSTEM = ("/bin/", "/sbin/", "/usr/", "/opt/", "/lib/", "/etc/")


def is_quiet(deed: Deed, path: str) -> bool:
    """Whether a command reads neither dependencies nor output: it installs elsewhere, configures, or asks."""
    words = deed.command.words
    if not _ASKED.isdisjoint(words[1:2]):
        return True
    name = posixpath.basename(path)
    if any(posixpath.basename(made) == name for made in deed.makes):
        return True
    plain = next((word for word in words[1:] if not word.startswith("-")), "")
    if deed.command.program in ("rails", "rake"):
        return not deed.opaque and bool(plain) and plain not in _SERVING
    if plain in _QUIET_OF.get(deed.command.program, ()):
        return True
    return deed.command.program in _MANAGERS and (plain in _QUIET or not words[1:])


def reads_project(deed: Deed, project: Project) -> bool:
    """Whether a command runs a script or a target of the project that cannot be read: it may read anything there."""
    if not deed.opaque or "*" in deed.installs:
        return False
    words = deed.command.words
    program = words[0]
    if program == UNREADABLE or deed.command.program in _RUNNERS:
        return True
    if deed.command.program in _SCRIPTED:
        return not is_quiet(deed, "") and not any(_is_tracked(word, project) for word in words[1:3])
    script = program if "/" in program else words[1] if deed.command.program in _SHELLS and words[1:] else ""
    if not script or script.startswith(("-", *_SYSTEM)) or _ends_like_data(script):
        return False
    return not _is_tracked(script, project)


def _is_tracked(script: str, project: Project) -> bool:
    return any(path.endswith(posixpath.normpath(script).lstrip("./")) for path in project.paths())


def _ends_like_data(script: str) -> bool:
    return script.endswith((".jar", ".dll", ".exe", ".war"))
