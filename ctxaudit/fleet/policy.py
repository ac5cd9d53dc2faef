"""What an organisation asks of its repositories: one TOML file, with tables for those whose names match a pattern.

A repository's own configuration may only tighten it: of its own `max-size` and `max-files` the smaller one counts, and
its own builders are asked beside BuildKit.
"""

from __future__ import annotations

import fnmatch
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ctxaudit.builders import BUILDERS, build_name
from ctxaudit.errors import CtxauditError
from ctxaudit.files import read_regular
from ctxaudit.model import DEFAULT_BUILDER, SEVERITIES, Audit, Finding, Report, Target
from ctxaudit.policy import PYPROJECT, find, table_of
from ctxaudit.values import counted, frozen, parse_size, shown_size

_IGNORE_FILE = "ignore-file"  # as a required file: each build reads one, wherever it lies
_LARGEST = 1 << 20  # bytes of a policy
_SENT = frozenset(("sent", "intermediate", "final", "none"))  # what declares a build holds no secret, either
_OWN = ("max-size", "max-files")


@frozen
class Demands:
    """What is asked of one repository.

    max_size, max_files: of what each build is sent. fail_on: findings from this severity on break the policy.
    forbid: globs of rules and kinds of which nothing may be sent. require: globs of paths, and _IGNORE_FILE.
    """

    max_size: int | None = None
    max_files: int | None = None
    fail_on: str = "never"
    forbid: tuple[str, ...] = ()
    require: tuple[str, ...] = ()


@frozen
class Policy:
    """A policy file: what it asks of all, and of those whose names match; of several tables the first that sets a key.

    tables: the glob of a name, and the values that its table sets.
    """

    common: Mapping[str, Any]
    tables: tuple[tuple[str, Mapping[str, Any]], ...]

    def of(self, name: str) -> Demands:
        """Give what is asked of a repository."""
        values = dict[str, Any]()
        for pattern, table in self.tables:
            if fnmatch.fnmatchcase(name, pattern):
                values = {**table, **values}
        return Demands(**{key.replace("-", "_"): value for key, value in {**self.common, **values}.items()})


def load(file: str) -> str:
    """Read a policy file, and return its text; raises CtxauditError with the file where it is not one."""
    data = read_regular(os.path.realpath(file), _LARGEST + 1)
    if data is None or len(data) > _LARGEST:
        what = (
            "no such file, or not a readable regular file" if data is None else f"it is larger than {_LARGEST:,} bytes"
        )
        raise CtxauditError(what, where=file, fix="name a policy: ctxaudit guide fleet")
    text = data.decode("utf-8-sig", "replace")
    policy = parsed(text, file)
    for values in (policy.common, *(table for _, table in policy.tables)):
        _check_names(values.get("forbid", ()), file)
    return text


def _check_names(patterns: Iterable[str], file: str) -> None:
    """Raise CtxauditError for a pattern that no rule and no kind has the name of: it would forbid nothing."""
    from ctxaudit.report.explain import names

    known = names() if patterns else []
    for pattern in patterns:
        if not fnmatch.filter(known, pattern):
            close = get_close_matches(pattern, known, 1)
            fix = f'did you mean "{close[0]}"?' if close else "`ctxaudit explain` lists the rules and kinds"
            raise CtxauditError(f'"forbid": there is no rule and no kind "{pattern}"', where=file, fix=fix)


def needs_content(demands: Demands) -> bool:
    """Whether secrets in the content of files decide: what breaks it is a kind of them, or a finding's severity."""
    from ctxaudit.secrets.vendors import secret_kinds

    names = secret_kinds() if demands.forbid else ()
    return demands.fail_on != "never" or any(fnmatch.filter(names, pattern) for pattern in demands.forbid)


def digest(text: str) -> str:
    """Name a policy by its text, "" for none."""
    return hashlib.sha256(text.encode()).hexdigest()[:16] if text else ""


def parsed(text: str, file: str = "policy") -> Policy:
    """Read the text of a policy; raises CtxauditError for what is not TOML, an unknown key, a value of a wrong type."""
    table = table_of(file, text)
    tables = table.pop("repository", [])
    if not isinstance(tables, list) or not all(
        isinstance(table, dict) and isinstance(table.get("name"), str) for table in tables
    ):
        raise CtxauditError('a table of repositories has no name, as in [[repository]] name = "web/*"', where=file)
    named = tuple(
        (table["name"], _values({key: table[key] for key in table if key != "name"}, file)) for table in tables
    )
    return Policy(_values(table, file), named)


def _values(table: Mapping[str, Any], file: str) -> dict[str, Any]:
    values = {}
    for key, raw in table.items():
        if key not in _KEYS:
            close = get_close_matches(key.replace("_", "-"), _KEYS, 1)
            fix = f'did you mean "{close[0]}"?' if close else f"the keys are {', '.join(_KEYS)}"
            raise CtxauditError(f'unknown key "{key}"', where=file, fix=fix)
        try:
            values[key] = _KEYS[key](raw)
        except (TypeError, ValueError) as error:
            raise CtxauditError(f'"{key}": {error}', where=file) from error
    return values


def _size(raw: object) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int | str):
        raise TypeError('it is a size, as "50MB"')
    return parse_size(str(raw))


def _number(raw: object) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or raw < 0:
        raise TypeError("it is a whole number")
    return raw


def _severity(raw: object) -> str:
    if raw not in (*SEVERITIES, "never"):
        raise ValueError(f"it is one of {', '.join((*SEVERITIES, 'never'))}")
    return str(raw)


def _strings(raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list) or not all(isinstance(entry, str) for entry in raw):
        raise TypeError("it is a list of strings")
    return tuple(raw)


_KEYS: dict[str, Callable[[Any], Any]] = {
    "max-size": _size,
    "max-files": _number,
    "fail-on": _severity,
    "forbid": _strings,
    "require": _strings,
}


def own_values() -> Mapping[str, Any]:
    """Give what the configuration of the repository in the working directory sets, nothing of a faulty file."""
    with suppress(CtxauditError, ValueError):
        name = find(Path.cwd())
        table: Any = table_of(name, (read_regular(name, _LARGEST) or b"").decode()) if name else {}
        for step in ("tool", "ctxaudit") if name and os.path.basename(name) == PYPROJECT else ():
            table = table.get(step) if isinstance(table, dict) else None
        return table if isinstance(table, dict) else {}
    return {}


def own_builders(own: Mapping[str, Any]) -> str:
    """Give the builders that a repository says it is built by, behind BuildKit; without names that no builder has.

    BuildKit stays the one that is audited, as a repository may only tighten the policy.
    """
    several = own.get("builders")
    words = several if isinstance(several, list) else [own.get("builder")]
    named = {name.strip() for word in words if isinstance(word, str) for name in word.split(",")}
    return ",".join(dict.fromkeys((DEFAULT_BUILDER, *(name for name in BUILDERS if name in named))))


def tightened(demands: Demands, own: Mapping[str, Any]) -> Demands:
    """Add what a repository asks of itself; a value that is faulty adds nothing."""
    for key in _OWN:
        with suppress(TypeError, ValueError):
            demands = _smaller(demands, key.replace("-", "_"), _KEYS[key](own[key])) if key in own else demands
    return demands


def _smaller(demands: Demands, name: str, own: int) -> Demands:
    before = getattr(demands, name)
    smaller: dict[str, Any] = {name: own if before is None else min(before, own)}
    return replace(demands, **smaller)


def violations(demands: Demands, report: Report, files: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Give what breaks a policy: the key, the build or "", and a sentence. files: the paths of the repository."""
    broken: dict[tuple[str, str, str], str] = {}  # for several builders of a build the same counts once
    for audit in report.targets:
        for key, message in _of_build(demands, audit):
            broken.setdefault((key, build_name(audit.name), message), audit.name)
    yield from ((key, name, message) for (key, _, message), name in broken.items())
    for failure in report.failures if demands != Demands() else ():
        yield "build", failure.name, f"it cannot be looked at: {failure.what}"
    for pattern in demands.require:
        if pattern != _IGNORE_FILE and not any(fnmatch.fnmatchcase(file, pattern) for file in files):
            yield "require", "", f"the repository has no file {pattern}"


def _of_build(demands: Demands, audit: Target) -> Iterator[tuple[str, str]]:
    if isinstance(audit, Audit):
        sent = audit.sent
        if demands.max_size is not None and sent.bytes > demands.max_size:
            yield "max-size", f"{shown_size(sent.bytes)} sent, the limit is {shown_size(demands.max_size)}"
        if demands.max_files is not None and sent.files > demands.max_files:
            yield "max-files", f"{counted(sent.files, 'file')} sent, the limit is {demands.max_files:,}"
        if _IGNORE_FILE in demands.require and audit.requested and not audit.ignore_file and not audit.fetched:
            yield "require", "the build reads no ignore file"
    yield from (("forbid", _said(finding)) for finding in audit.findings if _is_forbidden(demands.forbid, finding))
    if demands.fail_on != "never":
        failing = SEVERITIES[: SEVERITIES.index(demands.fail_on) + 1]
        yield from (("fail-on", _said(finding)) for finding in audit.findings if finding.severity in failing)


def _is_forbidden(patterns: Iterable[str], finding: Finding) -> bool:
    names = [name for name in (finding.rule, finding.kind) if name]
    return finding.reach in _SENT and any(fnmatch.fnmatchcase(name, pattern) for name in names for pattern in patterns)


def _said(finding: Finding) -> str:
    return f"{finding.kind or finding.rule}: {finding.path or finding.message}"
