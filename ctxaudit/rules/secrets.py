"""Rules about secrets in what declares a build, which `ctxaudit/survey/literals.py` applies."""

from __future__ import annotations

from collections.abc import Iterator

from ctxaudit.model import Finding
from ctxaudit.rules.registry import Facts, Rule, rule


@rule("secret-in-dockerfile", "error")
def secret_in_dockerfile(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """An instruction of the Dockerfile holds a secret in plain text.

    ENV, LABEL, CMD and HEALTHCHECK keep it in the image's configuration; RUN, ARG and heredocs keep it in the image's
    history, a layer or the provenance: `docker history` shows it to whoever has the image.

    Give it to the step that needs it by `RUN --mount=type=secret,id=NAME,env=NAME`, or to the container when it starts,
    and revoke the one that was written down.
    """
    yield from ()


@rule("secret-in-build-file", "error")
def secret_in_build_file(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """The compose or bake file that declares the build holds a secret in plain text.

    A build argument stands in the history of every later RUN, and in the image's provenance.

    Write `secrets:` below `build:` (compose) or `secret = ["id=NAME,env=NAME"]` (bake), and read it by
    `RUN --mount=type=secret,id=NAME`.
    """
    yield from ()


@rule("secret-in-context-url", "error")
def secret_in_context_url(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """The URL of a context holds a password or a token.

    The command line that it is on stands in the shell's history, in the list of processes and in the log of the build.

    BuildKit fetches a private repository with `docker build --secret id=GIT_AUTH_TOKEN URL`, or by SSH with
    `--ssh default`. Revoke the one that was written down.
    """
    yield from ()


@rule("secret-argument", "note")
def secret_argument(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """An ARG or ENV has a name that means a secret, and no secret as its value here.

    Whatever the build is given for it stays in the image's history or configuration. BuildKit says the same as
    SecretsUsedInArgOrEnv.

    It is fine where the value is the path of a file, or nothing secret. Else give it by `RUN --mount=type=secret`.
    """
    yield from ()


@rule("secret-mount-copied", "warning")
def secret_mount_copied(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A RUN mounts a secret, and copies it into the layer.

    The mount keeps the secret out of the image; a copy of it brings it back, for everyone who has the image.

    Read the secret where it is mounted, or mount it where the program looks for it: `target=/root/.npmrc`.
    """
    yield from ()
