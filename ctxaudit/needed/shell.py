"""The commands that a shell runs: of a RUN, a CMD or a script, in order, each with its directory and environment."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ctxaudit.needed import syntax
from ctxaudit.needed.syntax import AndOr, Compound, List, Node, Part, Pipeline, Redirect, Simple, Word
from ctxaudit.needed.wrappers import Bare, run_for_each, unwrap
from ctxaudit.values import expression, frozen

# Limits: a Dockerfile is written by anybody.
_MOST_TEXT = 200_000
_MOST_COMMANDS = 2000
_MOST_VALUE = 8192
_MOST_ROUNDS = 16
_DEEPEST = 12

UNREADABLE = "?"
_BETWEEN_ARGUMENTS = "\x1f"

_KEYWORD = expression(r"\s*(?:RUN|CMD|ENTRYPOINT|HEALTHCHECK)\b", re.IGNORECASE)
_FLAG = expression(r"\s*--[a-z]+(?:=(?:\"[^\"]*\"|'[^']*'|\S)*)?(?=\s|$)")
_BETWEEN = expression(r"&&|\|\||\$\(|[;|&`(){}\n]")
_QUOTES = str.maketrans("\"'", "  ")
_PARAMETER = expression(r"([A-Za-z_]\w*|[0-9@*#?$!-])(?:(:?[-=+?])(.*))?", re.DOTALL)
_SPECIAL = expression(r"[\"'$`\\(]")
_ALL_OF_ARRAY = expression(r"\[[@*]\]\Z")
# Their status is an answer: what stands behind `&&` runs only sometimes.
_QUESTIONS = frozenset(
    ("test", "[", "[[", "grep", "egrep", "fgrep", "command", "type", "which", "hash", "cmp", "diff", "false", "pgrep")
)
# What they set is not cut at its spaces, as in `X=$Y`; dash before 0.5.11 cuts it.
_DECLARING = frozenset(("export", "readonly", "local", "declare", "typeset"))
# They do not fail where a Dockerfile uses them.
_SUCCEED = frozenset(
    ("cd", "pushd", "popd", "export", "echo", "printf", "set", "true", ":", "umask", "mkdir", "unset", "shopt", "rm")
)


@frozen
class Choice:
    """One branch of a condition that has a branch for every case. number: of the condition, unique in its text."""

    number: int
    branch: int
    branches: int


@frozen
class Command:
    """One command.

    words: without quotes, variables that are known expanded, any other one as written; the first is the program as
    written, behind what only wraps it (`sudo`, `env`, `npx`, `poetry run`, `sh -c`).
    cwd: an absolute directory of the image, None if it is not known.
    env: what is known of the environment; a value with "$" in it is not.
    line: of the instruction, or of *file*. file: the context path of a script, "" for the Dockerfile.
    sure: it runs whenever the instruction does. choices: it runs if these branches do, () if that is not sure.
    wrappers: the names of the wrapping programs, outermost first.
    redirects: the files that `>` and `>>` write. appended: those of `>>`. inputs: the files that `<` reads.
    stdin: the body of a heredoc, None without one.
    """

    words: tuple[str, ...]
    cwd: str | None
    env: Mapping[str, str]
    line: int
    file: str = ""
    sure: bool = True
    choices: tuple[Choice, ...] = ()
    wrappers: tuple[str, ...] = ()
    redirects: tuple[str, ...] = ()
    appended: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    stdin: str | None = None

    @property
    def program(self) -> str:
        """The name of the program, without its directory."""
        return self.words[0].rstrip("/").rpartition("/")[2] or self.words[0]

    def says(self, *subcommands: str) -> bool:
        """Whether a word after the program is one of these, or has one between its colons, as in `test:unit`."""
        return any(part in subcommands for word in self.words[1:] for part in word.split(":"))


_BARE = expression(r"[^\s\"'\\;&|<>()]+|\$\([^\s()]+\)")


def in_one_line(words: Iterable[str]) -> str:
    """Return words as a shell reads them: one with a blank or a sign of the shell is quoted.

    Without its quotes a value with a blank is several words, of which a report would show all but the first.
    """
    return " ".join(" ".join(word if _BARE.fullmatch(word) else _quoted(word) for word in words).split())


def _quoted(word: str) -> str:
    name, sign, value = word.partition("=")
    if sign and _BARE.fullmatch(name) and value:
        return f"{name}={value if _BARE.fullmatch(value) else _quoted_whole(value)}"
    return _quoted_whole(word)


def _quoted_whole(word: str) -> str:
    if "'" in word or "$" in word or "`" in word:
        return '"' + re.sub(r'(["\\])', r"\\\1", word) + '"'
    return f"'{word}'"


def commands(text: str, *, line: int, cwd: str | None, env: Mapping[str, str], file: str = "") -> tuple[Command, ...]:
    """Return the commands of a RUN, CMD or ENTRYPOINT without its keyword and flags, or of a script.

    text: the shell form with heredoc bodies behind it, or the JSON form.
    line: of the instruction; for a script the line of its first line. file: the context path of a script.
    """
    shown = text if file else _without_comments(_without_flags(text))
    walk = _Walk(line, file, _State(cwd, dict(env), frozenset(name for name in env if not name.isidentifier())))
    if words := None if file else _json_words(shown):
        walk.run_words(words)
    else:
        walk.run_text(shown[:_MOST_TEXT], _SURE)
    if len(shown) > _MOST_TEXT:
        walk.emit_unreadable()
    walk.run_uncalled()
    return tuple(walk.found)


def parameters(arguments: Sequence[str]) -> dict[str, str]:
    """Return the variables of a script's arguments, as `commands` takes them among those of the environment."""
    numbered = {str(number): "" for number in range(1, 10)}
    given = {str(number): word for number, word in enumerate(arguments[:_MOST_ROUNDS], start=1)}
    return {**numbered, **given, "@": _BETWEEN_ARGUMENTS.join(arguments), "#": str(len(arguments))}


def arguments(instruction: str) -> str:
    """Return what stands behind the keyword and the flags of an instruction."""
    keyword = _KEYWORD.match(instruction)
    return _without_flags(instruction[keyword.end() if keyword else 0 :])


def _without_flags(text: str) -> str:
    at = 0
    while flag := _FLAG.match(text, at):
        at = flag.end()
    return text[at:]


def _without_comments(text: str) -> str:
    """A Dockerfile's instruction with its lines joined; BuildKit drops comments inside it first."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(line for line in lines if not line.lstrip().startswith("#") or line.startswith("#!"))


def _json_words(text: str) -> tuple[str, ...] | None:
    if not text.lstrip().startswith("["):
        return None
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return tuple(values) if values and all(isinstance(value, str) for value in values) else None


class _Context(NamedTuple):
    """What is known of whether commands run. doubtful: nobody can tell. choices: the branches they stand in."""

    doubtful: bool
    choices: tuple[Choice, ...]


_SURE = _Context(False, ())
_DOUBTFUL = _Context(True, ())
_Variables = dict[str, str]


class _State(NamedTuple):
    """What a subshell gets a copy of. local: the variables that are not exported."""

    cwd: str | None
    variables: _Variables
    local: frozenset[str]
    stack: tuple[str | None, ...] = ()
    ended: bool = False


class _Walk:
    """The way through a script as a shell goes it."""

    def __init__(self, line: int, file: str, state: _State) -> None:
        self.line = line
        self.file = file
        self.state = state
        self.found: list[Command] = []
        self.depth = 0
        self.offset = 0
        self.choices = 0
        self.functions: dict[str, List] = {}
        self.called: set[str] = set()
        self.wrappers: tuple[str, ...] = ()

    # What is run.

    def run_text(self, text: str, context: _Context, first: int = 0) -> None:
        """Run a script. first: the number of its first line, counted from 0 in the file that has it."""
        offset = self.offset
        self.depth += 1
        try:
            tree = syntax.parse(text, first) if self.depth <= _DEEPEST else None
        except syntax.UnclearError:
            tree = None
        if tree is None:
            self._run_loosely(text, first)
        else:
            self._list(tree, context)
        self.depth -= 1
        self.offset = offset

    def run_words(self, words: tuple[str, ...]) -> None:
        """Run the JSON form, which no shell expands."""
        self._command(words, _SURE, _Streams())

    def run_uncalled(self) -> None:
        """Give the commands of functions that nothing visible calls: they may run."""
        for name, body in tuple(self.functions.items()):
            if name not in self.called:
                self._apart(lambda body=body: self._list(body, _DOUBTFUL))  # type: ignore[misc]

    def emit_unreadable(self) -> None:
        self._emit(Bare((UNREADABLE,)), _DOUBTFUL, _Streams())

    def _run_loosely(self, text: str, first: int) -> None:
        """Give what looks like a command in a string that is not a script; none of them is sure."""
        for number, line in enumerate(text.split("\n"), first):
            self.offset = number
            for part in _BETWEEN.split(line):
                if words := tuple(part.translate(_QUOTES).split()):
                    self._emit(Bare(words), _DOUBTFUL, _Streams())
        self.emit_unreadable()

    def _apart(self, run: Callable[[], None]) -> None:
        """Run as a subshell does: what changes in it is lost."""
        before = self.state
        run()
        self.state = before

    def _list(self, items: List, context: _Context) -> None:
        for at, item in enumerate(items):
            if len(self.found) > _MOST_COMMANDS:
                return
            ended = self.state.ended
            self._and_or(item, context._replace(doubtful=context.doubtful or ended), is_last=at == len(items) - 1)

    def _and_or(self, item: AndOr, context: _Context, *, is_last: bool) -> None:
        drifts: list[tuple[_State, _State]] = []
        contexts = self._contexts(item.pipelines, context, is_last=is_last)
        is_alternative = False
        for pipeline, inside in zip(item.pipelines, contexts, strict=True):
            if is_alternative and pipeline.operator == "&&" and drifts:
                self._forget_changes(*drifts[-1])  # of `a || cd b && c`, c runs in either directory
            is_alternative = pipeline.operator == "||"
            before = self.state
            if item.background or pipeline.negated or self.state.ended:
                inside = _DOUBTFUL
            self._pipeline(pipeline, inside)
            if inside != context:
                drifts.append((before, self.state))
        for way in reversed(drifts):
            self._forget_changes(*way)

    def _forget_changes(self, before: _State, after: _State) -> None:
        """Take what one way changed as not known."""
        both = _merged([before, after])
        variables = self.state.variables
        changed = {name: value for name, value in both.variables.items() if value != after.variables.get(name)}
        cwd = self.state.cwd if before.cwd == after.cwd else None
        self.state = self.state._replace(cwd=cwd, variables={**variables, **changed} if changed else variables)
        if any(before.variables.get(name) != self.state.variables.get(name) for name in _ARGUMENTS):
            self._restore(before)

    def _contexts(self, pipelines: tuple[Pipeline, ...], context: _Context, *, is_last: bool) -> list[_Context]:
        """What is known of each pipeline of an and-or list.

        `a || b` is a choice: what both make is made. `a || exit 1` is not a choice, as the build ends where `a` fails.
        NOTE: a program is taken to succeed where nothing expects it to fail.
        """
        alternatives = {at for at, pipeline in enumerate(pipelines) if pipeline.operator == "||"}
        live = [at for at in sorted(alternatives) if not _leaves(pipelines[at])]
        first, last = min(alternatives, default=len(pipelines)), max(alternatives, default=-1)
        chosen: dict[int, int] = {}
        if live and any(_program(pipeline) not in _SUCCEED or pipeline.negated for pipeline in pipelines[:first]):
            chosen = dict.fromkeys(range(first), 0) | {at: number for number, at in enumerate(live, start=1)}
        self.choices += 1
        contexts: list[_Context] = []
        is_asked = False
        for at, pipeline in enumerate(pipelines):
            is_tangled = first < at <= last and at not in alternatives
            if context.doubtful or is_tangled or (at in alternatives and at not in chosen):
                contexts.append(_DOUBTFUL)
            elif at in chosen:
                contexts.append(_Context(False, (*context.choices, Choice(self.choices, chosen[at], len(live) + 1))))
            else:
                contexts.append(_DOUBTFUL if is_asked else context)
            is_asked = not is_last and (is_asked or pipeline.negated or _program(pipeline) in _QUESTIONS)
        return contexts

    def _pipeline(self, pipeline: Pipeline, context: _Context) -> None:
        if len(pipeline.nodes) == 1:
            self._node(pipeline.nodes[0], context)
            return
        *others, last = pipeline.nodes
        begin = len(self.found)
        for node in others:
            self._apart(lambda node=node: self._node(node, context))  # type: ignore[misc]
        self._use(_listed(self.found[begin:]))
        self._apart(lambda: self._node(last, context))

    def _node(self, node: Node, context: _Context) -> None:
        if isinstance(node, Simple):
            self._simple(node, context)
            return
        _COMPOUNDS[node.kind](self, node, context)
        streams = self._streams(node.redirects, context)
        if streams.redirects or streams.inputs:
            self._emit(Bare((":",)), context, streams)

    # Compound commands.

    def group(self, node: Compound, context: _Context) -> None:
        self._list(node.branches[0].body, context)

    def subshell(self, node: Compound, context: _Context) -> None:
        self._apart(lambda: self.group(node, context))

    def function(self, node: Compound, context: _Context) -> None:
        self.functions[node.name] = node.branches[0].body

    def branches(self, node: Compound, context: _Context) -> None:
        for word in node.words or ():
            self._words(word, context)
        live = [branch for branch in node.branches if not _fails(branch.body)]
        is_complete = any(branch.is_rest for branch in node.branches)
        self.choices += 1
        number = self.choices
        start = self.state
        ends = [] if is_complete else [start]
        for at, branch in enumerate(node.branches):
            self._list(branch.condition, _DOUBTFUL)
            start = self.state if at == 0 else start
            inside = _DOUBTFUL
            if is_complete and live == [branch]:
                inside = context
            elif is_complete and branch in live and not context.doubtful:
                inside = _Context(False, (*context.choices, Choice(number, live.index(branch), len(live))))
            self.state = start
            self._list(branch.body, inside)
            ends += [self.state] if branch in live else []
        ended = any(end.ended for end in ends)
        self.state = _merged(ends)._replace(ended=ended) if ends else start
        self._restore(start)

    def _restore(self, before: _State) -> None:
        """Take the arguments of before."""
        others = {name: value for name, value in self.state.variables.items() if name not in _ARGUMENTS}
        arguments = {name: value for name, value in before.variables.items() if name in _ARGUMENTS}
        self.state = self.state._replace(variables={**others, **arguments})

    def loop(self, node: Compound, context: _Context) -> None:
        branch = node.branches[0]
        self._list(branch.condition, _DOUBTFUL)
        before = self.state
        self._list(branch.body, _DOUBTFUL)
        self.state = _merged([before, self.state])._replace(ended=before.ended)

    def each(self, node: Compound, context: _Context) -> None:
        """Go through the rounds of a `for` whose words are all known; what runs in any other one is not sure."""
        values = [value for word in node.words or () for value in self._words(word, context)]
        before = self.state
        is_known = node.words and not any(re.search(r"[$*?\[]", value) for value in values)
        if not is_known or len(values) > _MOST_ROUNDS or self.depth > 3:
            self._set(node.name, f"${node.name}", exported=self._is_exported(node.name))
            begin = len(self.found)
            self._list(node.branches[0].body, _DOUBTFUL)
            self._use(_begun_with(f"${node.name}", values, self.found[begin:]))
            self.state = _merged([before, self.state])._replace(ended=before.ended)
            return
        self.depth += 1
        for value in values:
            self._set(node.name, value, exported=self._is_exported(node.name))
            self._list(node.branches[0].body, context)
        self.depth -= 1
        self.state = self.state._replace(ended=before.ended)

    # Simple commands.

    def _simple(self, node: Simple, context: _Context) -> None:
        self.offset = node.line
        pairs = [(name, self._value(word, context)) for name, word in node.assignments]
        is_declaring = bool(node.words) and syntax.literal(node.words[0]) in _DECLARING
        words = tuple(
            value
            for word in node.words
            for value in (
                [self._value(word, context)] if is_declaring and syntax.assignment(word) else self._words(word, context)
            )
        )
        streams = self._streams(node.redirects, context)
        if words:
            before = self.state
            for name, value in pairs:
                self._set(name, value, exported=True)
            inside = self.state
            self._command(words, context, streams)
            if inside is not before:
                self._forget(before, [name for name, _ in pairs])
            return
        for name, value in pairs:
            self._set(name, value, exported=self._is_exported(name))
        if streams.stdin is not None and not streams.redirects:
            self._script(streams.stdin, context, streams.line)
        elif streams.redirects or streams.inputs:
            self._emit(Bare((":",)), context, streams)

    def _forget(self, before: _State, names: list[str]) -> None:
        variables = dict(self.state.variables)
        for name in names:
            variables.pop(name, None)
            if name in before.variables:
                variables[name] = before.variables[name]
        self.state = self.state._replace(variables=variables, local=before.local)

    def _script(self, body: str, context: _Context, line: int) -> None:
        """The body of `RUN <<EOF`: a script for the shell, or for what its first line names."""
        first, _, _ = body.partition("\n")
        words = tuple(first[2:].split()) if first.startswith("#!") else ()
        self._command(words or ("sh",), context, _Streams(stdin=body, line=line))

    def _command(self, words: tuple[str, ...], context: _Context, streams: _Streams) -> None:
        name = words[0]
        if name in self.functions and self.depth <= _DEEPEST:
            self._call(name, words, context)
            return
        if name in _BUILTINS:
            self._emit(Bare(words), context, streams)
            _BUILTINS[name](self, words, context)
            return
        self._bare(unwrap(words), context, streams)

    def _bare(self, bare: Bare, context: _Context, streams: _Streams) -> None:
        """Run what is left of a command, or the script that it hands to a shell."""
        before, wrappers = self.state, self.wrappers
        for words in bare.taken:
            self._emit(Bare(words), _DOUBTFUL, _Streams())
        for name, value in bare.env:
            self._set(name, value, exported=True)
        if bare.cwd:
            self.state = self.state._replace(cwd=_joined(self.state.cwd, bare.cwd))
        self.wrappers = (*wrappers, *bare.wrappers)
        inside = context._replace(doubtful=context.doubtful or bare.doubtful)
        if bare.script is not None:
            self._nested(bare.script, bare.words, inside, self.offset)
            if streams.redirects or streams.inputs:
                self._emit(Bare((":",)), inside, streams)
        elif streams.stdin is not None and bare.reads_script:
            self._nested(streams.stdin, bare.words, inside, streams.line)
        else:
            self._emit(bare, inside, streams)
            self._run_for_each(bare.words)
        self.state, self.wrappers = before, wrappers
        if bare.ends:
            self.state = self.state._replace(ended=True)

    def _run_for_each(self, words: tuple[str, ...]) -> None:
        """Run what find and its like run: they may find nothing, and where they find something is not known."""
        if self.depth > _DEEPEST:
            return
        self.depth += 1
        for inner, is_there in run_for_each(words):
            before = self.state
            self.state = before._replace(cwd=None) if is_there else before
            self._command(inner, _DOUBTFUL, _Streams())
            self.state = before
        self.depth -= 1

    def _nested(self, text: str, words: tuple[str, ...], context: _Context, first: int) -> None:
        self._give(words[1:])
        self._apart(lambda: self.run_text(text, context, first))

    def _give(self, arguments: Sequence[str]) -> None:
        for name, value in parameters(arguments).items():
            self._set(name, value, exported=False)

    def _call(self, name: str, words: tuple[str, ...], context: _Context) -> None:
        self.called.add(name)
        before = self.state
        self._give(words[1:])
        self.depth += 1
        self._list(self.functions[name], context)
        self.depth -= 1
        self._forget(before, list(parameters(())))
        self.state = self.state._replace(ended=before.ended)

    def _use(self, paths: Iterable[str]) -> None:
        """Count paths as used: a command that cannot be followed further gets them."""
        if inputs := tuple(dict.fromkeys(paths)):
            self._emit(Bare((":",)), _DOUBTFUL, _Streams(inputs=inputs))

    def _emit(self, bare: Bare, context: _Context, streams: _Streams) -> None:
        if len(self.found) > _MOST_COMMANDS:
            return
        if len(self.found) == _MOST_COMMANDS:
            bare, context = Bare((UNREADABLE,)), _DOUBTFUL
        variables, local = self.state.variables, self.state.local
        self.found.append(
            Command(
                words=bare.words,
                cwd=self.state.cwd,
                env={name: variables[name] for name in variables if name not in local} if local else variables,
                line=self.line + self.offset if self.file else self.line,
                file=self.file,
                sure=not (context.doubtful or context.choices),
                choices=() if context.doubtful else context.choices,
                wrappers=self.wrappers,
                redirects=streams.redirects,
                appended=streams.appended,
                inputs=streams.inputs,
                stdin=streams.stdin,
            )
        )

    # Builtins.

    def change_directory(self, words: tuple[str, ...], context: _Context) -> None:
        plain = [word for word in words[1:] if word == "-" or not word.startswith("-")]
        state = self.state
        stack = (*state.stack, state.cwd) if words[0] == "pushd" else state.stack
        cwd = _joined(state.cwd, plain[0]) if plain else _joined(None, state.variables.get("HOME", "~"))
        if cwd is None and plain and _IN_A_PATTERN.fullmatch(plain[0]):
            self._use(plain[:1])  # what is relative to it lies nowhere in particular
        self.state = state._replace(cwd=cwd, stack=stack[-_MOST_ROUNDS:])

    def pop_directory(self, words: tuple[str, ...], context: _Context) -> None:
        stack = self.state.stack
        self.state = self.state._replace(cwd=stack[-1] if stack else None, stack=stack[:-1])

    def export(self, words: tuple[str, ...], context: _Context) -> None:
        for word in words[1:]:
            name, equals, value = word.partition("=")
            if equals:
                self._set(name, value, exported=True)
            elif name in self.state.local:
                self.state = self.state._replace(local=self.state.local - {name})

    def declare(self, words: tuple[str, ...], context: _Context) -> None:
        for word in words[1:]:
            name, equals, value = word.partition("=")
            if equals:
                self._set(name, value, exported="-x" in words or self._is_exported(name))

    def unset(self, words: tuple[str, ...], context: _Context) -> None:
        kept = {name: value for name, value in self.state.variables.items() if name not in words[1:]}
        self.state = self.state._replace(variables=kept)

    def read(self, words: tuple[str, ...], context: _Context) -> None:
        for word in words[1:]:
            self._set(word, f"${word}", exported=self._is_exported(word))

    def arguments(self, words: tuple[str, ...], context: _Context) -> None:
        """Take the arguments that `set` gives; where that is not sure, they may be run later, as by `exec "$@"`."""
        given = _set_arguments(words)
        if given is None:
            return
        if given and "$" not in given[0] and (context.doubtful or context.choices):
            self._bare(unwrap(given), _DOUBTFUL, _Streams())
        self._give(given)

    def shift(self, words: tuple[str, ...], context: _Context) -> None:
        arguments = self.state.variables.get("@", "").split(_BETWEEN_ARGUMENTS)[1:]
        if "@" in self.state.variables:
            self.state = self.state._replace(variables={**self.state.variables, **parameters(arguments)})

    def leave(self, words: tuple[str, ...], context: _Context) -> None:
        """End the script here, unless that fails the build."""
        fails = words[1:2] and words[1] not in ("0", "$?")
        if words[0] in ("break", "continue") or not (fails and context.doubtful):
            self.state = self.state._replace(ended=True)

    def evaluate(self, words: tuple[str, ...], context: _Context) -> None:
        self.run_text(" ".join(words[1:]), context, self.offset)

    # Words.

    def _is_exported(self, name: str) -> bool:
        return name in self.state.variables and name not in self.state.local

    def _set(self, name: str, value: str, *, exported: bool) -> None:
        if len(value) > _MOST_VALUE:
            value = f"${name}"
        if len(self.state.variables) > _MOST_COMMANDS and name not in self.state.variables:
            return
        local = self.state.local
        if (name in local) is exported:
            local = local - {name} if exported else local | {name}
        self.state = self.state._replace(variables={**self.state.variables, name: value}, local=local)

    def _streams(self, redirects: tuple[Redirect, ...], context: _Context) -> _Streams:
        streams = _Streams()
        for redirect in redirects:
            if redirect.body is not None:
                streams = streams._replace(stdin=redirect.body, line=redirect.line)
                continue
            if redirect.operator == "<<<":
                continue
            for target in self._words(redirect.target, context):
                streams = streams.with_file(redirect.operator, target)
        return streams

    def _value(self, word: Word, context: _Context) -> str:
        parts = [part for part in word if part.text]
        if [part.kind for part in parts] == ["array"] and not _SPECIAL.search(parts[0].text):
            return " ".join(parts[0].text.split())
        return "".join(self._part(part, context) for part in word)

    def _words(self, word: Word, context: _Context) -> list[str]:
        """The words that one word becomes: what a variable without quotes holds is cut at its spaces."""
        done: list[str] = []
        open_text: str | None = None
        for part in word:
            value = self._part(part, context)
            pieces = self._pieces(part, value)
            if pieces == [value]:
                open_text = (open_text or "") + value if value or part.quoted else open_text
                continue
            for number, piece in enumerate(pieces):
                if number > 0:
                    done += [] if open_text is None else [open_text]
                    open_text = None
                open_text = (open_text or "") + piece if piece or part.quoted else open_text
            if not pieces and part.text == "@":
                open_text = None  # of no arguments "$@" is no word
        return done if open_text is None else [*done, open_text]

    def _pieces(self, part: Part, value: str) -> list[str]:
        """Cut what is not quoted: " a b" is "", "a" and "b", of which the first one ends what stands before it."""
        if part.kind == "variable" and part.text in ("@", "*") and "@" in self.state.variables:
            is_none = self.state.variables.get("#") == "0"
            given = [] if is_none else self.state.variables["@"].split(_BETWEEN_ARGUMENTS)
            if not part.quoted:
                return " ".join(given).split()
            return given if part.text == "@" else [" ".join(given)]
        is_quoted = part.quoted and not part.text.endswith("[@]")
        is_cut = part.kind in ("variable", "command") and not is_quoted and not value.startswith("$")
        return re.split(r"[ \t\n]+", value) if is_cut and value else [value]

    def _part(self, part: Part, context: _Context) -> str:
        if part.kind == "text":
            return part.text
        if part.kind in ("array", "unknown"):
            return f"$({part.text})"
        if part.kind == "variable":
            return self._variable(part.text)
        before = len(self.found)
        self._apart(lambda: self.run_text(part.text, context, part.line))
        answer = _answer(self.found[-1]) if len(self.found) > before else None
        if answer is None:
            self._use(_listed(self.found[before:]))
            return f"$({part.text})"
        return answer

    def _variable(self, inside: str) -> str:
        written = f"${inside}" if re.fullmatch(r"\w+|\W", inside) else f"${{{inside}}}"
        match = _PARAMETER.fullmatch(_ALL_OF_ARRAY.sub("", inside))
        if not match:
            return written
        name, operator, other = match.groups()
        value = self.state.variables.get(name)
        if name == "PWD" and self.state.cwd:
            value = self.state.cwd
        if value is None or "$" in value:
            return written
        is_used = value or not operator or ":" not in operator
        if operator and "+" in operator:
            return "" if not is_used else other if "$" not in other else written
        return value if is_used else other if "$" not in other else written


# A relative directory that a wildcard leads to, and whose own name is not a wildcard alone.
_IN_A_PATTERN = expression(r"(?=[^$`]*\*)[^/~$`-][^$`]*(?<![*/])/?|[^/~$`*-][^$`/]*\*/?")
_LISTING = ("ls", "echo", "printf")


def _listed(commands: Iterable[Command]) -> Iterator[str]:
    """Give the patterns that are listed for another command, which runs or copies what they mean."""
    for command in commands:
        if command.program in _LISTING:
            yield from (word for word in command.words[1:] if "*" in word and word[:1] not in ("-", "/", "%", "$"))


def _begun_with(variable: str, values: Sequence[str], commands: Iterable[Command]) -> Iterator[str]:
    """Give the programs that the rounds of a loop run, where one begins with the variable."""
    for command in commands:
        first, slash, rest = command.words[0].partition("/")
        if first == variable:
            yield from (f"{value}{slash}{rest}" for value in values if "$" not in value)


class _Streams(NamedTuple):
    redirects: tuple[str, ...] = ()
    appended: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    stdin: str | None = None
    line: int = 0  # of a heredoc's body

    def with_file(self, operator: str, target: str) -> _Streams:
        if operator in ("<", "<>"):
            return self._replace(inputs=(*self.inputs, target))
        is_descriptor = operator in (">&", "<&") and (target.isdigit() or target == "-")
        if is_descriptor or operator == "<&" or target.startswith("/dev/"):
            return self
        appended = (*self.appended, target) if operator in (">>", "&>>") else self.appended
        return self._replace(redirects=(*self.redirects, target), appended=appended)


_COMPOUNDS: dict[str, Callable[[_Walk, Compound, _Context], None]] = {
    "(": _Walk.subshell,
    "{": _Walk.group,
    "if": _Walk.branches,
    "case": _Walk.branches,
    "while": _Walk.loop,
    "for": _Walk.each,
    "function": _Walk.function,
}
_BUILTINS: dict[str, Callable[[_Walk, tuple[str, ...], _Context], None]] = {
    "cd": _Walk.change_directory,
    "pushd": _Walk.change_directory,
    "popd": _Walk.pop_directory,
    "export": _Walk.export,
    "declare": _Walk.declare,
    "typeset": _Walk.declare,
    "local": _Walk.declare,
    "readonly": _Walk.declare,
    "unset": _Walk.unset,
    "read": _Walk.read,
    "set": _Walk.arguments,
    "shift": _Walk.shift,
    "exit": _Walk.leave,
    "return": _Walk.leave,
    "break": _Walk.leave,
    "continue": _Walk.leave,
    "eval": _Walk.evaluate,
}


def _program(pipeline: Pipeline) -> str:
    node = pipeline.nodes[-1]
    if isinstance(node, Simple):
        return (syntax.literal(node.words[0]) or "") if node.words else ":"
    return ""


def _leaves(pipeline: Pipeline) -> bool:
    """Whether it fails the whole script: `exit 1`, or a group that ends so."""
    node = pipeline.nodes[-1]
    if isinstance(node, Simple):
        words = [syntax.literal(word) or "" for word in node.words]
        return words == ["false"] or (words[:1] in (["exit"], ["return"]) and words[1:2] not in ([], ["0"], [""]))
    return node.kind in ("{", "(") and _fails(node.branches[0].body)


def _fails(body: List) -> bool:
    """Whether a list certainly ends the script with an error."""
    return any(
        _leaves(item.pipelines[-1]) and all(pipeline.operator != "||" for pipeline in item.pipelines)
        for item in body
        if not item.background
    )


_ARGUMENTS = frozenset(parameters(()))


def _merged(states: list[_State]) -> _State:
    """What is known after one of several ways; the arguments are those of the first one."""
    first, *rest = states
    if all(state is first for state in rest):
        return first
    cwd = first.cwd if all(state.cwd == first.cwd for state in rest) else None
    variables = dict(first.variables)
    for state in rest:
        for name in {*variables, *state.variables}:
            if variables.get(name) != state.variables.get(name) and name not in _ARGUMENTS:
                variables[name] = f"${name}"
    return first._replace(cwd=cwd, variables=variables)


def _set_arguments(words: tuple[str, ...]) -> tuple[str, ...] | None:
    """Give the arguments that `set -eo pipefail -- a b` sets, None where it sets options alone."""
    at = 1
    while at < len(words) and words[at] != "--" and len(words[at]) > 1 and words[at][0] in "-+":
        at += 2 if words[at].endswith("o") else 1
    if at < len(words) and words[at] in ("-", "--"):
        return words[at + 1 :]
    return words[at:] or None


def _joined(cwd: str | None, path: str) -> str | None:
    """A path from a directory on, None where that is not known."""
    if path.startswith("/") and "$" not in path:
        return "/" + posixpath.normpath(path).lstrip("/")
    if cwd is None or not path or path[0] in "~-" or re.search(r"[$*?`]", path):
        return None
    return "/" + posixpath.normpath(f"{cwd}/{path}").lstrip("/")


def _answer(command: Command) -> str | None:
    """What a command prints, as far as its words say."""
    program, words, cwd = command.program, command.words[1:], command.cwd
    if any("$" in word for word in words):
        return None
    if program == "pwd":
        return cwd
    if program == "echo" and words[:1] not in (("-e",), ("-n",)):
        return " ".join(words)
    plain = [word for word in words if not word.startswith("-")]
    if program in ("dirname", "basename") and plain:
        return posixpath.dirname(plain[0]) or "." if program == "dirname" else posixpath.basename(plain[0])
    return _joined(cwd, plain[0]) if program in ("realpath", "readlink") and len(plain) == 1 else None
