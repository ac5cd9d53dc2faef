"""A job of a GitHub workflow: its steps as they run, in each turn of its matrix and with the inputs of a call."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from ctxaudit.builds.expressions import (
    UNKNOWN,
    WORK,
    Names,
    Open,
    Work,
    evaluated,
    filled,
    is_false,
    is_secret,
    leaves,
    shown,
    turns,
    typed,
)
from ctxaudit.values import expression, record

if TYPE_CHECKING:
    from ctxaudit.builds.compose.document import Value

Inputs = dict[str, "Value"]  # of a call, by their names in lower case

_INPUT = expression(r"\$\{\{\s*inputs\.([\w-]+)\s*\}\}")
_MOST_LEAVES = 50  # values of a turn that may tell it from others
_LONGEST_NAME = 80
_WORD = expression(r"\w+", re.ASCII)
# A line that sets a variable by its name, ends a group of such lines, or begins a here-document of them.
_SETS_NAMED = expression(
    r"(?:echo|printf)\s+(?:-\w+\s+)*[\"']?[A-Za-z_]\w*(?:=|<<)|^\s*[\"'][A-Za-z_]\w*=|^\s*[})]|^\s*(?:cat|tee)\b.*<<"
)
_LONGEST_LINE = 1000
_SET = ("with", "run", "working-directory")  # what a step says whose expressions are evaluated


def text_of(value: Value | None) -> str:
    """Give the text of a value, "" for a list, a mapping and null."""
    return value.content if value is not None and isinstance(value.content, str) else ""


def fields_of(value: Value | None) -> dict[str, Value]:
    """Give the fields of a mapping, none for another value."""
    return value.content if value is not None and isinstance(value.content, dict) else {}


def steps_of(job: dict[str, Value]) -> list[Value]:
    """Give the steps of a job in their order."""
    steps = job.get("steps")
    return steps.content if steps is not None and isinstance(steps.content, list) else []


def placed_steps(document: Value, job: dict[str, Value]) -> list[Value]:
    """Give the steps of a job, each script with the directory in which the job's or the workflow's defaults run it."""
    of_scripts = [fields_of(fields_of(fields.get("defaults")).get("run")) for fields in (fields_of(document), job)]
    default = {key: value for fields in of_scripts for key, value in fields.items() if key == "working-directory"}
    return [
        replace(step, content={**default, **fields}) if default and "run" in (fields := fields_of(step)) else step
        for step in steps_of(job)
    ]


def turns_of(document: Value, job: dict[str, Value], work: Work, inputs: Inputs | None = None) -> list[Names]:
    """Give what the names of a job's expressions hold, for each turn of its matrix; once where it has none.

    A job whose `if` never holds has no turn.
    document: the workflow. inputs: of the call that runs it, None for a workflow that is not called.
    """
    names: Names = {WORK: work}
    if inputs is not None:
        names = {**names, "inputs": {name: _plain(value, names) for name, value in inputs.items()}}
    if is_false(text_of(job.get("if")), names):
        return []
    matrix = fields_of(job.get("strategy")).get("matrix")
    held_in_turns = turns(_plain(matrix, names), work) if matrix is not None else None
    each: list[Names] = [{**names, "matrix": turn} for turn in held_in_turns or ()] or [names]
    scripts = [text_of(fields_of(step).get("run")) for step in steps_of(job)]
    set_later = _SetLater([script for script in scripts if "GITHUB_ENV" in script])
    return [{**held, "env": _Variables((job, fields_of(document)), held, set_later)} for held in each]


def in_turn(step: Value, names: Names, inputs: Inputs | None = None) -> Value | None:
    """Give a step with what its expressions give, None for one that does not run."""
    fields = fields_of(step)
    if "env" in fields:
        names = {**names, "env": names["env"].within(fields, names)}
    if "if" in fields and is_false(text_of(fields["if"]), names):
        return None

    def decided(value: Value) -> Value:
        if isinstance(value.content, dict):
            return replace(value, content={key: decided(child) for key, child in value.content.items()})
        return decide(value, names, inputs)

    return replace(step, content={**fields, **{key: decided(fields[key]) for key in _SET if key in fields}})


def decide(value: Value, names: Names, inputs: Inputs | None = None) -> Value:
    """Give a value with what its expressions give; it stands where the input stands that it takes.

    An input that is not decided is as the call has it, one that the call does not give is empty.
    """
    text = text_of(value)
    if "${{" not in text:
        return value
    done, at = filled(text, names), value.at
    if inputs is not None:
        taken = (name.lower() for name in _INPUT.findall(text))
        at = next((inputs[name].at for name in taken if name in inputs), at)
        done = _INPUT.sub(lambda match: _as_called(match, inputs), done)
    return replace(value, content=done, at=at)


def _as_called(match: re.Match[str], inputs: Inputs) -> str:
    text = text_of(inputs.get(match[1].lower()))
    return match[0] if is_secret(match[1], text) else text


def apart(turns_by_key: Sequence[tuple[Hashable, Names]]) -> dict[Hashable, str]:
    """Give what is added to a name for each key: what tells its turns from those of the others, "" for one key alone.

    Example: of the turns `{dir: api, os: a}` and `{dir: api, os: b}` of one key, and `{dir: web, os: a}` of another, it
    is " (api)" and " (web)".
    """
    held = dict[Hashable, dict[str, str]]()
    for key, names in turns_by_key:
        own = {path: text for path, text in islice(leaves(names.get("matrix")), _MOST_LEAVES) if _is_name(path, text)}
        held[key] = {path: text for path, text in held.get(key, own).items() if own.get(path) == text}
    if len(held) == 1:
        return dict.fromkeys(held, "")
    by_path = {path: [each.get(path) for each in held.values()] for each in held.values() for path in each}
    telling = [path for path, texts in by_path.items() if None not in texts and len(set(texts)) > 1]
    alone = [path for path in telling if len(set(by_path[path])) == len(held)]
    # A word says more than a number or a path: of `{port: 80, dir: svc/api, name: api}` the last.
    words = [path for path in alone if not any(text is None or "/" in text or text.isdigit() for text in by_path[path])]
    telling = (words or alone)[:1] or telling
    names_of = [", ".join(each[path] for path in telling) for each in held.values()]
    if len(set(names_of)) < len(held):
        names_of = [str(number) for number in range(1, len(held) + 1)]
    return {key: f" ({name})" for key, name in zip(held, names_of, strict=True)}


def _is_name(path: str, text: str) -> bool:
    """Whether a value may be part of a build's name."""
    return 0 < len(text) <= _LONGEST_NAME and text.isprintable() and not is_secret(path.rpartition(".")[2], text)


def _plain(value: Value | None, names: Names) -> Any:
    """Give a value of a workflow as expressions take it."""
    content = value.content if value is not None else None
    if isinstance(content, dict):
        return {key.lower(): _plain(child, names) for key, child in content.items()}
    if isinstance(content, list):
        return [_plain(child, names) for child in content]
    if value is None or content is None:
        return None
    return typed(content) if value.plain and "${{" not in content else evaluated(content, names)


@record
class _SetLater:
    """The names of variables that the scripts of a job may set, found when they are first asked for.

    All of them where a script sets some whose names do not stand in it, as `cat .env >> $GITHUB_ENV` does.
    """

    scripts: list[str]
    _words: frozenset[str] | None = None
    _is_any: bool = False

    def __contains__(self, name: str) -> bool:
        if self._words is None:
            self._words = frozenset(word for script in self.scripts for word in _WORD.findall(script))
            lines = (line for script in self.scripts for line in script.split("\n") if "GITHUB_ENV" in line)
            self._is_any = not all(_SETS_NAMED.search(line[:_LONGEST_LINE]) for line in lines)
        return self._is_any or name in self._words


class _Variables(Open):
    """The variables of a job or step, each evaluated when it is first asked for.

    holders: the step, the job and the workflow, as far as each has some: the first that names a variable decides.
    set_later: what scripts may set, which a step's own variables stand before.
    """

    def __init__(
        self,
        holders: tuple[dict[str, Value], ...],
        names: Names,
        set_later: _SetLater,
        around: _Variables | None = None,
    ) -> None:
        super().__init__()
        self._holders, self._names, self._set_later, self._around = holders, names, set_later, around

    def within(self, step: dict[str, Value], names: Names) -> _Variables:
        """Give the variables of a step of this job."""
        return _Variables((step,), names, _SetLater([]), self)

    def get(self, key: str, default: Any = UNKNOWN) -> Any:
        if key not in self:
            self[key] = self._found(key)
        return super().get(key, default)

    def _found(self, name: str) -> Any:
        for holder in self._holders:
            written = holder.get("env")
            given = fields_of(written).get(name)
            if given is not None:
                value = UNKNOWN if name in self._set_later else _plain(given, self._names)
                return value if value is UNKNOWN else shown(value)
            if text_of(written):
                return UNKNOWN  # an expression that may give any
        return self._around.get(name) if self._around is not None else UNKNOWN
