"""A job of a GitHub workflow: its steps as they run, in each turn of its matrix and with the inputs of a call."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ctxaudit.builds.expressions import UNKNOWN, Names, Open, evaluated, filled, is_false, leaves, shown, turns, typed
from ctxaudit.values import expression

if TYPE_CHECKING:
    from ctxaudit.builds.compose.document import Value

Inputs = dict[str, "Value"]  # of a call, by their names in lower case

_INPUT = expression(r"\$\{\{\s*inputs\.([\w-]+)\s*\}\}")
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


def turns_of(document: Value, job: dict[str, Value], inputs: Inputs | None = None) -> list[Names]:
    """Give what the names of a job's expressions hold, for each turn of its matrix; once where it has none.

    document: the workflow. inputs: of the call that runs it, None for a workflow that is not called.
    """
    names = {} if inputs is None else {"inputs": {name: _plain(value, {}) for name, value in inputs.items()}}
    matrix = fields_of(job.get("strategy")).get("matrix")
    held_in_turns = turns(_plain(matrix, names)) if matrix is not None else None
    each: list[dict[str, Any]] = [{**names, "matrix": turn} for turn in held_in_turns or ()] or [names]
    return [{**held, "env": _environment(document, job, held)} for held in each]


def in_turn(step: Value, names: Names, inputs: Inputs | None = None) -> Value | None:
    """Give a step with what its expressions give, None for one that does not run."""
    fields = fields_of(step)
    names = {**names, "env": Open({**names["env"], **_variables(fields, names)})}
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
        done = _INPUT.sub(lambda match: text_of(inputs.get(match[1].lower())), done)
    return replace(value, content=done, at=at)


def apart(turns_by_key: Sequence[tuple[Hashable, Names]]) -> dict[Hashable, str]:
    """Give what is added to a name for each key: what tells its turns from those of the others, "" for one key alone.

    Example: of the turns `{dir: api, os: a}` and `{dir: api, os: b}` of one key, and `{dir: web, os: a}` of another, it
    is " (api)" and " (web)".
    """
    held = dict[Hashable, dict[str, str]]()
    for key, names in turns_by_key:
        own = dict(leaves(names.get("matrix")))
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


def _environment(document: Value, job: dict[str, Value], names: Names) -> Open:
    """Give the variables of a workflow and a job but for those that a script of the job may set."""
    held = {**_variables(fields_of(document), names), **_variables(job, names)}
    scripts = [text_of(fields_of(step).get("run")).lower() for step in steps_of(job)]
    setting = [script for script in scripts if "github_env" in script]
    return Open({name: value for name, value in held.items() if not any(name in script for script in setting)})


def _variables(fields: dict[str, Value], names: Names) -> dict[str, Any]:
    given = _plain(fields.get("env"), names)
    held = given.items() if isinstance(given, dict) else ()
    return {name: value if value is UNKNOWN else shown(value) for name, value in held}
