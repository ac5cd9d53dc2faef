"""Two services to one, as compose merges files, includes and `extends`; only what decides builds is looked at.

Source: compose-go e70e961, override/merge.go and override/uncity.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from ctxaudit.builds.compose.document import Value
from ctxaudit.errors import Interpolated

Merge = Callable[[Value, Value], Value]


def merge_services(base: Value, over: Value) -> Value:
    """Merge the services of two files by name: what stands in *over* wins."""
    return _merged(base, over, {}, merge_service)


def merge_service(base: Value, over: Value) -> Value:
    """Merge one service into another: `build` and what it holds is merged, lists are joined, the rest is replaced."""
    return _merged(base, over, {"build": _merge_build})


def _merge_build(base: Value, over: Value) -> Value:
    special = {"args": _merge_args, "additional_contexts": _merge_contexts, "labels": _merge_args}
    return _merged(as_build(base), as_build(over), special)


def _merge(base: Value, over: Value) -> Value:
    if over.content is None:
        return base
    if isinstance(base.content, dict) and isinstance(over.content, dict):
        return _merged(base, over, {})
    if isinstance(base.content, list) and isinstance(over.content, list):
        return replace(over, content=[*base.content, *over.content])
    if isinstance(base.content, (dict, list)):
        raise over.error("cannot override a list or mapping by something else", "write the same form in both files")
    return over


def _merged(base: Value, over: Value, special: Mapping[str, Merge], otherwise: Merge = _merge) -> Value:
    """Merge key by key; what `!reset` or `!override` marks in *over* takes the place of what was there."""
    if over.content is None:
        return base
    result = dict(as_mapping(base, "this")) if base.content is not None else {}
    for key, value in as_mapping(over, "this").items():
        old = result.get(key)
        is_new = old is None or old.tag == "reset" or value.tag
        result[key] = value if old is None or is_new else special.get(key, otherwise)(old, value)
    return replace(over, content=dict(result))


def _merge_contexts(base: Value, over: Value) -> Value:
    content = {key: value for key, value in pairs(base) if not _is_reset(over, key)}
    return replace(over, content={**content, **{key: value for key, value in pairs(over) if value.tag != "reset"}})


def _merge_args(base: Value, over: Value) -> Value:
    """Merge to a list, in which no `!reset` of a later file finds its name any more."""
    is_list = isinstance(base.content, list)
    kept = {key: value for key, value in pairs(base) if is_list or not _is_reset(over, key)}
    merged = {**kept, **{key: value for key, value in pairs(over) if value.tag != "reset"}}
    return replace(over, content=[_assignment(key, value) for key, value in merged.items()])


def _is_reset(over: Value, key: str) -> bool:
    return isinstance(over.content, dict) and key in over.content and over.content[key].tag == "reset"


def _assignment(key: str, value: Value) -> Value:
    return replace(value, content=key if value.content is None else f"{key}={value.content}")


def settled(value: Value) -> Value:
    """Carry `!reset` and `!override` out: where the value is merged into something else they mean nothing any more."""
    content = value.content
    if isinstance(content, dict):
        content = {key: settled(one) for key, one in content.items() if one.tag != "reset"}
    elif isinstance(content, list):
        content = [settled(one) for one in content]
    return replace(value, content=content, tag="")


def pairs(value: Value) -> Iterator[tuple[str, Value]]:
    """Give the names and values of a mapping, or of a list of NAME=VALUE; a name without a value has null.

    Raises ComposeError for what is neither.
    """
    if isinstance(value.content, dict):
        for key, one in value.content.items():
            if isinstance(one.content, (list, dict)):
                raise one.error(f"{key} must be a string, number, boolean or null", "write one value")
            yield key, one
        return
    for one in as_list(value, "a mapping or a list of NAME=VALUE"):
        entry = text_of(one, "an entry of the list")
        key, given, text = entry.partition("=")
        if isinstance(entry, Interpolated):
            shown_key, _, shown = entry.names.partition("=")
            key, text = Interpolated(key, shown_key), Interpolated(text, shown)
        yield key, replace(one, content=text if given else None)


def as_build(value: Value) -> Value:
    """Give the long form of `build`."""
    if isinstance(value.content, str):
        return replace(value, content={"context": value})
    if isinstance(value.content, list):
        raise value.error("build must be a path or a mapping", "write `build: .`, or `context: .` below it")
    return value


def as_list(value: Value, what: str) -> list[Value]:
    if not isinstance(value.content, list):
        raise value.error(f"it must be {what}", f"write {what}")
    return value.content


def as_mapping(value: Value, what: str) -> dict[str, Value]:
    if not isinstance(value.content, dict):
        raise value.error(f"{what} must be a mapping", "write `key: value` lines below it")
    return value.content


def text_of(value: Value, what: str) -> str:
    if not isinstance(value.content, str):
        raise value.error(f"{what} must be a string", "write one value")
    return value.content
