"""Environments: an interpreter or a shell set up for this machine."""

from __future__ import annotations

from ctxaudit.rules.evidence import BY_NAME, GIT_IGNORED, beside, inside, named
from ctxaudit.rules.kind import Kind

CATEGORY = "environments"

KINDS = (
    Kind(
        "python-venv",
        CATEGORY,
        ("**/.venv", "**/venv", "**/env", "**/ENV", "**/.env", "**/.virtualenv"),
        (inside("pyvenv.cfg") | (inside("bin/activate") & inside("bin/python"))).saying(
            "holds pyvenv.cfg, or bin/activate and bin/python"
        ),
        "warning",
        ("size", "correctness"),
        "A virtual environment points at the host's interpreter by absolute path: in the image its scripts break, or "
        "hide the packages that the image installed.",
        "venv and virtualenv documentation; docker init; github/gitignore Python",
        types=("dir",),
        use="name",
        readers=("uv run", "poetry run", "pdm run", "pipenv run"),
        made_by="uv sync",
    ),
    Kind(
        "python-venv-other-name",
        CATEGORY,
        ("**",),
        inside("pyvenv.cfg") & inside("bin", "Scripts"),
        "warning",
        ("size", "correctness"),
        "A virtual environment under a name of its own, recognized by its pyvenv.cfg; it works on this machine only.",
        "venv documentation",
        types=("dir",),
        use="name",
    ),
    Kind(
        "conda-env",
        CATEGORY,
        ("**",),
        inside("conda-meta/history"),
        "warning",
        ("size", "correctness"),
        "A conda or pixi environment: an interpreter, shared libraries and packages, with this machine's prefix "
        "written into them.",
        "kondo; conda and pixi documentation",
        types=("dir",),
        use="name",
    ),
    Kind(
        "tox-nox",
        CATEGORY,
        ("**/.tox", "**/.nox"),
        BY_NAME,
        "warning",
        ("size",),
        "The test runner's virtual environments, one for each interpreter; the image tests in its own.",
        "kondo; npkill; github/gitignore Python",
        types=("dir",),
    ),
    Kind(
        "direnv",
        CATEGORY,
        ("**/.direnv",),
        BY_NAME,
        "warning",
        ("size",),
        "Layouts of direnv: virtual environments, or links into this machine's Nix store.",
        "github/gitignore Nix; direnv documentation",
        types=("dir",),
    ),
    Kind(
        "devenv",
        CATEGORY,
        ("**/.devenv", "**/.devbox", "**/.flox/run", "**/.flox/cache"),
        (named(".devenv", ".devbox") & GIT_IGNORED) | (named("run", "cache") & beside("env.json")),
        "warning",
        ("size",),
        "State of devenv, Devbox or Flox: links into this machine's Nix store and caches. The declarations beside it "
        "are what a build may need.",
        "devenv, Devbox and Flox documentation",
        types=("dir",),
    ),
)
