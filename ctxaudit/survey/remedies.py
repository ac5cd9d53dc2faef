"""What helps against a secret in a file that the project needs: revoke it, and give it to the build in another way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from ctxaudit.builds.request import is_dockerfile
from ctxaudit.dockerfile import Instruction
from ctxaudit.dockerfile.parser import parse
from ctxaudit.dockerfile.stages import Needs, Step
from ctxaudit.errors import DockerfileError
from ctxaudit.model import Location, Reach, Remedy
from ctxaudit.secrets import Secret
from ctxaudit.secrets.values import strength
from ctxaudit.secrets.vendors import secret_kinds
from ctxaudit.survey.chain import readers_of
from ctxaudit.values import expression

_MOST_RUNS = 3  # that one secret is given to
_WORD = expression(r"[A-Za-z_][\w.-]*", re.ASCII)
_OF_ANY_VALUE = frozenset(("value", "default", "defaultvalue", "string"))
_COMPOSE = expression(r"(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml")
_ODD = expression(r"[^\w.-]+", re.ASCII)  # what an id does not hold, so that the flag needs no quotes
_PLAIN = expression(r"[\w./-]+", re.ASCII)
_OF_COMMAND = "secret-command-password"
_SSH, _SSH_KEY = "secret-ssh", "secret-openssh-key"  # the kind of a file, and that of a key in it
_KEYS = ("secret-pem-key", "secret-encrypted-key")  # what ssh reads, too
_OF_THE_IMAGE = frozenset(("CMD", "ENTRYPOINT", "HEALTHCHECK", "LABEL", "USER", "EXPOSE"))


class Remedies:
    """The steps for one build.

    needs: None where it is not known which RUN uses a file. dockerfile: its name; in_context: its path in the context,
    "" for one elsewhere. tracks: whether git tracks a path of the context. head: the first bytes of a file in it.
    """

    def __init__(
        self,
        needs: Needs | None,
        dockerfile: str,
        in_context: str,
        tracks: Callable[[str], bool],
        head: Callable[[str], bytes],
    ) -> None:
        self._needs = needs
        self._dockerfile = dockerfile
        self._in_context = in_context
        self._tracks = tracks
        self._head = head

    def of_file(self, path: str, secret: Secret, reach: Reach, named: str = "") -> tuple[Remedy, ...]:
        """Give the steps for a secret in a file that is sent: to the RUNs that name the file, or when it starts.

        named: the kind of the file by its name.
        """
        if secret.mild:
            return ()
        return (_rotate(secret, is_ssh=named == _SSH), *self._instead(path, secret, reach), *self._history(path))

    def _instead(self, path: str, secret: Secret, reach: Reach) -> Iterator[Remedy]:
        name = path.rpartition("/")[2]
        if path == self._in_context:
            return  # the instruction's own finding says it
        if _COMPOSE.fullmatch(name):
            yield _declared(secret)
            return
        if is_dockerfile(name):
            yield from self._in_other(path, secret)
            return
        readers = list(readers_of(self._needs, path)) if self._needs else []
        yield from (self._mount(step, _mount(secret, name, place)) for step, place in readers[:_MOST_RUNS])
        if not readers and reach == "final":
            yield Remedy("start", "--volume FILE:PLACE:ro" if _is_whole(secret) else f"--env {_variable(secret)}")
        elif not readers:
            yield Remedy("mount", _mount(secret, name))

    def _in_other(self, path: str, secret: Secret) -> Iterator[Remedy]:
        """Give the step for a literal of a Dockerfile that other builds read: to their step, or when it starts."""
        try:
            instruction = parse(self._head(path)).instruction_at(secret.line)
        except DockerfileError:
            return
        if instruction is not None:
            at_start = (instruction.trigger or instruction).keyword in (*_OF_THE_IMAGE, "ENV")
            start, mount = Remedy("start", f"--env {_variable(secret)}"), Remedy("mount", _variable_mount(secret))
            yield start if at_start else mount

    def of_instruction(self, instruction: Instruction, secret: Secret) -> tuple[Remedy, ...]:
        """Give the steps for a literal of the Dockerfile: to the RUN itself, those that use its name, or the start."""
        inner, flag = instruction.trigger or instruction, _variable_mount(secret)
        instead: list[Remedy] = []
        if inner.keyword == "RUN":
            instead = [Remedy("mount", flag, Location(self._dockerfile, instruction.line))]
        elif inner.keyword in ("ARG", "ENV") and self._needs:
            users = list(_users(self._needs, instruction.line, _variable(secret)))
            instead = [self._mount(step, flag) for step in users[:_MOST_RUNS]]
        if inner.keyword in _OF_THE_IMAGE or (inner.keyword == "ENV" and not instead):
            instead = [Remedy("start", f"--env {_variable(secret)}")]
        history = self._history(self._in_context) if self._in_context else ()
        return (_rotate(secret), *(instead or [Remedy("mount", flag)]), *history)

    def of_declaration(self, secret: Secret, *, is_bake: bool) -> tuple[Remedy, ...]:
        """Give the steps for a literal of the compose or bake file that declares the build."""
        name = _variable(secret)
        in_bake = Remedy("declare", f'secret = ["id={name},env={name}"]')
        return _rotate(secret), in_bake if is_bake else _declared(secret)

    def _mount(self, step: Step, flag: str) -> Remedy:
        return Remedy("mount", flag, Location(self._dockerfile, step.line))

    def _history(self, path: str) -> Iterator[Remedy]:
        if self._tracks(path):
            yield Remedy("history", path)


def _rotate(secret: Secret, *, is_ssh: bool = False) -> Remedy:
    """Say where a secret is revoked; of a key in PEM's format only the file's name says that it is one of SSH."""
    kind = secret_kinds()[secret.kind]
    of_ssh = is_ssh and secret.kind in _KEYS
    return Remedy("rotate", f"{kind.words}: {secret_kinds()[_SSH_KEY].rotate if of_ssh else kind.rotate}")


def _declared(secret: Secret) -> Remedy:
    return Remedy("declare", f"secrets: of the build or the service, or ${{{_variable(secret)}}}")


def _variable(secret: Secret) -> str:
    """Return the name of a variable for the value: that beside which it stands, or else its kind's.

    An attribute as `value="…"` says nothing of what its value is, nor does the user before a command's password.
    """
    word = _WORD.search(secret.name)
    is_named = word is not None and word[0].lower() not in _OF_ANY_VALUE
    if word is not None and secret.kind == _OF_COMMAND:
        is_named = is_named and strength(word[0]) is not None
    name = word[0] if word is not None and is_named else secret.kind.removeprefix("secret-")
    return re.sub(r"[^0-9A-Za-z]+", "_", name).strip("_").upper()


def _is_whole(secret: Secret) -> bool:
    """Whether the file is the secret, as a key is, and no name with a value in it."""
    return not secret.name


def _mount(secret: Secret, file: str, place: str = "") -> str:
    """Give the mount with which a RUN gets what a file holds: as a variable, or as a file at a place of its stage."""
    if not _is_whole(secret):
        return _variable_mount(secret)
    target = f",target={place}" if _PLAIN.fullmatch(place) else ""
    return f"--mount=type=secret,id={_ODD.sub('_', file.lstrip('.'))}{target}"


def _variable_mount(secret: Secret) -> str:
    name = _variable(secret)
    return f"--mount=type=secret,id={name},env={name}"


def _users(needs: Needs, line: int, name: str) -> Iterable[Step]:
    """Give the RUNs below an ARG or ENV whose words use its name."""
    named = re.escape(name)
    used = re.compile(rf"(?i:\$\{{?{named}(?!\w))|(?<![\w.-]){named}(?![\w.-])")
    return (step for step in needs.steps if step.keyword == "RUN" and step.line > line and used.search(step.text))
