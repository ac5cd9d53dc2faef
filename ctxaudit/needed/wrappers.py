"""Programs that only run another one: what they run, and how that differs from running it itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field, replace
from typing import NamedTuple

from ctxaudit.values import expression, frozen, record

SHELLS = frozenset(["sh", "bash", "ash", "dash", "zsh", "ksh", "busybox"])
# Stands for the words that a command is given by what runs it: what find finds, what xargs reads.
FOUND = "$_found"
FOUND_BY_FIND = f"{FOUND}_by_find"  # which lies where find looks, as its own words say
UNKNOWN_RUN = "$_unknown"  # that make or just puts together
_MOST = 12
_ASSIGNMENT = expression(r"[A-Za-z_]\w*=")


@frozen
class Bare:
    """A command without what wraps it.

    words: the command; where there is a script, the words that follow it. script: what a shell is given by `-c`.
    reads_script: it is a shell that reads its script from its input.
    env: variables that a wrapper sets. cwd: a directory that one changes to, "" for none.
    doubtful: it need not run. ends: what follows in the script does not run.
    taken: the words of each wrapper whose options may name a file.
    """

    words: tuple[str, ...]
    wrappers: tuple[str, ...] = ()
    script: str | None = None
    reads_script: bool = False
    env: tuple[tuple[str, str], ...] = ()
    cwd: str = ""
    doubtful: bool = False
    ends: bool = False
    taken: tuple[tuple[str, ...], ...] = ()


class _Row(NamedTuple):
    """A wrapping program.

    words: the subcommand, if it wraps only with one. valued: options with a value in the next word.
    operands: how many words stand before the command. name: what it is called in `wrappers`, "" where nobody cares.
    fills: the options that name the mark of what it reads; without one, that stands at the end.
    """

    words: tuple[str, ...] = ()
    valued: str = ""
    operands: int = 0
    name: str = ""
    cwd: str = ""
    script: str = ""
    flags: str = ""
    doubtful: bool = False
    ends: bool = False
    stops: str = ""
    fills: str = ""


def _rows(names: str, row: _Row) -> dict[str, list[_Row]]:
    return {name: [row] for name in names.split()}


_PLAIN = _Row()
_XARGS = _Row(
    valued="-n -P -I -J -L -a -d -s -E --max-args --max-procs --max-lines --max-chars --arg-file --delimiter",
    name="xargs",
    doubtful=True,
    fills="-I -J -i --replace",
)
_ROWS: dict[str, list[_Row]] = {
    **_rows("time nohup builtin unbuffer catchsegv ccache setsid doas with-contenv chronic", _PLAIN),
    **_rows("dumb-init tini tini-static catatonit", _Row(valued="-e -p -r --rewrite")),
    **_rows("docker-php-entrypoint opentelemetry-instrument ddtrace-run ddprof", _PLAIN),
    **_rows("exec", _Row(valued="-a", ends=True)),
    **_rows("command", _Row(stops="-v -V")),
    **_rows("env cross-env cross-env-shell", _Row(valued="-u --unset -C --chdir", cwd="-C --chdir")),
    **_rows("sudo", _Row(valued="-u -g -C -h -p -U -D --user --group --chdir", cwd="-D --chdir", stops="-l -v -k")),
    **_rows("gosu su-exec setuidgid s6-setuidgid chpst timeout ts", _Row(operands=1, valued="-s -k --signal")),
    **_rows("setpriv", _Row(valued="--reuid --regid --groups")),
    **_rows("su runuser", _Row(script="-c --command", valued="-s -g -u --shell", operands=1)),
    **_rows("nice ionice chrt stdbuf", _Row(valued="-n -c -i -o -e -p")),
    "xargs": [_XARGS],
    "busybox": [_XARGS._replace(words=("xargs",))],
    **_rows("xvfb-run", _Row(valued="-n -s -e -f -p -w --server-args --server-num")),
    **_rows("npx pnpx", _Row(valued="-p --package -w --workspace", name="npx", script="-c --call", stops="-v")),
    **_rows("bunx", _Row(valued="-p --package", name="bun")),
    "npm": [
        _Row(("exec",), valued="-p --package -w --workspace", name="npx", script="-c --call"),
        _Row(("x",), valued="-p --package -w --workspace", name="npx", script="-c --call"),
    ],
    "pnpm": [_Row((word,), valued="--package", name="pnpm", flags="-r --recursive") for word in ("exec", "dlx")],
    "yarn": [_Row((word,), valued="-p --package", name="yarn") for word in ("exec", "dlx")],
    "bun": [_Row(("x",), valued="-p --package", name="bun")],
    "poetry": [_Row(("run",), name="poetry", cwd="-C --directory")],
    "uv": [
        _Row(
            ("run",),
            valued="--with --with-requirements --extra --group --only-group --no-group --python -p --env-file"
            " --project --directory --package --index --default-index --index-url --extra-index-url --no-extra",
            name="uv",
            cwd="--directory",
            flags="--no-sync --no-project --project --isolated --script --active --package -m --module",
        )
    ],
    "uvx": [_Row(valued="--with --from --python -p", name="uvx")],
    "pipx": [_Row(("run",), valued="--spec --python", name="pipx")],
    "pipenv": [_Row(("run",), name="pipenv")],
    "pdm": [_Row(("run",), valued="-p --project", name="pdm", flags="-p --project")],
    "hatch": [_Row(("run",), name="hatch")],
    "rye": [_Row(("run",), name="rye")],
    "pixi": [_Row(("run",), valued="-e --environment", name="pixi")],
    **{
        name: [_Row(("run",), valued="-n --name -p --prefix", name="conda", flags="-n --name -p --prefix")]
        for name in ("conda", "mamba", "micromamba")
    },
    "bundle": [_Row(("exec",), name="bundle", valued="--gemfile")],
    "rbenv": [_Row(("exec",))],
    "mise": [_Row(("exec",), valued="-C"), _Row(("x",))],
    "asdf": [_Row(("exec",))],
    "dotenv": [_Row(valued="-e -f -c", name="npx")],
    "doppler": [_Row(("run",), valued="-p -c --project --config")],
    "infisical": [_Row(("run",), valued="--env --path --projectId")],
    "newrelic-admin": [_Row(("run-program",))],
    "wine": [_PLAIN],
}


def unwrap(words: tuple[str, ...]) -> Bare:
    """Take off every program that only runs what its words name."""
    bare = Bare(words)
    for _ in range(_MOST):
        following = _shell(bare) or _unwrapped(bare)
        if following is None or not (following.words or following.script is not None):
            break
        bare = following
        if bare.script is not None or bare.reads_script:
            break
    return bare


# The options behind which a command stands, and whether it runs in the directory of what is found.
_OF_FIND = {"-exec": False, "-ok": False, "-execdir": True, "-okdir": True}
_OF_FD = dict.fromkeys(("-x", "-X", "--exec", "--exec-batch"), False)
_RUN_FOR_EACH = {"find": _OF_FIND, "fd": _OF_FD, "fdfind": _OF_FD}
_PARALLEL = _Row(
    valued="-j -P -n -N -L -S -a -I -d -C --jobs --max-args --max-procs --arg-file --colsep --delimiter --delay"
    " --joblog --tmpdir --results --timeout --retries --halt --env --workdir --wd --sshlogin --memfree --load",
)
_INPUTS = frozenset((":::", ":::+", "::::", "::::+"))
_MARK = expression(r"\{[/.#%]{0,2}\}|\{//\}|\{/\.\}")


def run_for_each(words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Give each command that find, fd or parallel runs, and whether it runs in the directory of what is found."""
    words = words[1:] if _name(words) == "busybox" else words
    if _name(words) == "parallel":
        yield from _run_by_parallel(words)
    options, at = _RUN_FOR_EACH.get(_name(words), {}), 1
    while at < len(words):
        option = words[at]
        at += 1
        if option in options:
            begin = at
            while at < len(words) and words[at] != ";" and words[at - 1 : at + 1] != ("{}", "+"):
                at += 1
            if at > begin:
                yield _with_found(words[begin:at], is_added=options is _OF_FD), options[option]


def _run_by_parallel(words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Give what a shell is given by parallel, which joins the words up to the inputs."""
    wrapped = _Wrapped(_PARALLEL, Bare(words)).result()
    command = wrapped.words if wrapped else ()
    end = next((at for at, word in enumerate(command) if word in _INPUTS), len(command))
    if command[:end]:
        yield ("sh", "-c", " ".join(_with_found(command[:end], is_added=True))), False


def _with_found(command: tuple[str, ...], *, is_added: bool) -> tuple[str, ...]:
    """Put what is found in place of its mark. is_added: there are more marks, and without one it stands at the end."""
    if not is_added:
        return tuple(word.replace("{}", FOUND_BY_FIND) for word in command)
    filled = tuple(_MARK.sub(FOUND, word) for word in command)
    return filled if filled != command else (*filled, FOUND)


def _name(words: tuple[str, ...]) -> str:
    return words[0].rpartition("/")[2] if words else ""


def _shell(bare: Bare) -> Bare | None:
    """The script of `sh -c`, or the mark of a shell that reads it from its input."""
    words = bare.words
    if _name(words) == "busybox" and words[1:2] and words[1] in SHELLS:
        words = words[1:]
    if _name(words) not in SHELLS or _name(words) == "busybox":
        return None
    at = 1
    is_script = False
    while at < len(words) and words[at][:1] in ("-", "+") and words[at] not in ("-", "--"):
        letters = words[at][1:] if not words[at].startswith("--") else ""
        is_script = is_script or "c" in letters
        at += 2 if letters.endswith(("o", "O")) or words[at] in ("--rcfile", "--init-file") else 1
        if "s" in letters and not is_script:
            return replace(bare, words=words, reads_script=True)
    at += at < len(words) and words[at] in ("-", "--")
    if is_script:
        script = words[at] if at < len(words) else ""
        return replace(bare, words=words[at + 1 :], script=script)
    return replace(bare, words=words, reads_script=True) if at >= len(words) and not bare.reads_script else None


def _unwrapped(bare: Bare) -> Bare | None:
    for row in _ROWS.get(_name(bare.words), ()):
        if inner := _Wrapped(row, bare).result():
            return inner
    return None


@record
class _Wrapped:
    """One row against one command."""

    row: _Row
    bare: Bare
    env: list[tuple[str, str]] = field(default_factory=list)
    options: list[tuple[str, str]] = field(default_factory=list)

    def result(self) -> Bare | None:
        words = self.bare.words
        rest = self._after_options(words[1:])
        if self.row.words:
            if tuple(rest[: len(self.row.words)]) != self.row.words:
                return None
            rest = self._after_options(rest[len(self.row.words) :])
        if any(name in self.row.stops.split() for name, _ in self.options):
            return None
        scripts = self.row.script.split()
        rest = self._after_operands(rest)
        script = next((value for name, value in self.options if name in scripts), None)
        if script is None and not rest:
            return None
        if self.row.fills:
            rest = self._filled(rest)
        return replace(
            self.bare,
            words=rest,
            script=script,
            wrappers=(*self.bare.wrappers, *self._wrappers(rest)),
            env=(*self.bare.env, *self.env),
            cwd=next((value for name, value in self.options if name in self.row.cwd.split()), self.bare.cwd),
            doubtful=self.bare.doubtful or self.row.doubtful,
            ends=self.bare.ends or self.row.ends,
            taken=(*self.bare.taken, *self._taken()),
        )

    def _filled(self, rest: tuple[str, ...]) -> tuple[str, ...]:
        """Put what it reads in: in place of the mark that an option names, or at the end."""
        for name, value in self.options:
            for option in self.row.fills.split():
                if name == option or (name.startswith(option) and not option.startswith("--")):
                    mark = value or name[len(option) :] or "{}"
                    return tuple(word.replace(mark, FOUND) for word in rest)
        return (*rest, FOUND)

    def _taken(self) -> Iterator[tuple[str, ...]]:
        given = [f"{name}={value}" for name, value in self.options if "." in value or "/" in value]
        if given:
            yield (self.bare.words[0], *given)

    def _after_operands(self, rest: tuple[str, ...]) -> tuple[str, ...]:
        """Options may follow an operand: `su app -c X`."""
        for _ in range(self.row.operands):
            rest = self._after_options(rest[1:])
        return rest

    def _wrappers(self, rest: tuple[str, ...]) -> Iterator[str]:
        if self.row.name:
            yield self.row.name
        marks = self.row.flags.split()
        yield from (f"{self.row.name} {name}" for name, _ in self.options if name in marks)

    def _after_options(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """The words behind options and assignments."""
        valued = (*self.row.valued.split(), *self.row.script.split())
        at = 0
        while at < len(words):
            word = words[at]
            name, equals, value = word.partition("=")
            if word == "--":
                return words[at + 1 :]
            if _ASSIGNMENT.match(word):
                self.env.append((name, value))
            elif not word.startswith("-") or word == "-":
                if word != "-":
                    break
            elif name in valued and not equals and at + 1 < len(words):
                at += 1
                self.options.append((name, words[at]))
            else:
                self.options.append((name, value))
            at += 1
        return words[at:]
