"""Builds as `docker buildx bake --print` gives them, for what is not evaluated here."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence

from ctxaudit.errors import CtxauditError

COMMAND = ("docker", "buildx", "bake", "--print", "--progress=quiet")
NAME = " ".join(COMMAND[:4])
_PIPE = subprocess.PIPE
_SECONDS = 60
_ERROR = "ERROR: "
_TARGET = re.compile(r"[\w.*?\[\]-]+", re.ASCII)  # a URL would make bake fetch its files from there


def ask(files: Sequence[str], targets: Sequence[str], sets: Sequence[str], variables: Mapping[str, str]) -> str:
    """Give the JSON that bake prints; raises CtxauditError where there is no buildx, or where it refuses."""
    if wrong := [name for name in targets if not _TARGET.fullmatch(name)]:
        raise CtxauditError(f"failed to find target {wrong[0]}", fix="name a target, a group or a pattern of them")
    options = [*(f"--file={name}" for name in files), *(f"--set={one}" for one in sets)]
    options += [f"--var={name}={value}" for name, value in variables.items()]
    arguments = [*COMMAND, *options, "--", *targets]
    try:
        process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=_PIPE, stderr=_PIPE, start_new_session=True
        )
    except OSError as error:
        fix = "install Docker with buildx, or omit --bake-print"
        raise CtxauditError(f"{NAME}: {error.strerror}", fix=fix) from error
    with process:
        try:
            output, complaint = process.communicate(timeout=_SECONDS)
        except subprocess.TimeoutExpired as error:
            os.killpg(process.pid, signal.SIGKILL)  # docker starts buildx as a child of its own
            raise CtxauditError(f"{NAME}: no answer in {_SECONDS} s", fix="omit --bake-print") from error
    if process.returncode:
        raise CtxauditError(f"{NAME}: {_complaint(complaint)}", fix="fix what it names, or omit --bake-print")
    return output.decode("utf-8", "replace")


def _complaint(written: bytes) -> str:
    """The line that says what is wrong: bake's own comes last, docker's first."""
    lines = [line.strip() for line in written.decode("utf-8", "replace").splitlines() if line.strip()]
    errors = [line.removeprefix(_ERROR) for line in lines if line.startswith(_ERROR)]
    return (errors[-1:] or lines[:1] or ["it failed, and did not say why"])[0]
