"""The README and the guides: which they are, and what of them is made from the code.

`python tests/guides.py` makes the tables anew, `python tests/golden.py` also the outputs of the commands.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from ctxaudit.cli import cli
from ctxaudit.cli.configured import COMMAND_LINE_ONLY, ConfiguredApart, accepted, keys, options
from ctxaudit.cli.man import context_of
from ctxaudit.cli.options import Seconds
from ctxaudit.fleet import parquet
from ctxaudit.policy import OF_A_TARGET, Shape
from ctxaudit.report import explain
from ctxaudit.rules import kinds, rules
from ctxaudit.rules.evidence import Kind
from ctxaudit.secrets.vendors import secret_kinds
from support import PROJECT, ctxaudit, git

README = PROJECT / "README.md"
GUIDES = PROJECT / "ctxaudit/guides"
PAGES = (README, *sorted(GUIDES.glob("*.md")))
_MADE = re.compile(r"(?<=^<!-- made: )([\w-]+)( -->\n).*?(?=^<!-- end -->$)", re.MULTILINE | re.DOTALL)
_METAVARS: dict[type, str] = {click.IntRange: "N", click.FloatRange: "N", Seconds: "N"}
_KINDS: dict[Shape, str] = {"text": "string", "number": "number", "flag": "true or false", "list": "list of strings"}


def made(text: str) -> str:
    """Return the page with all that is made from the code as it is now."""
    return _MADE.sub(lambda match: "\n".join((match[1] + match[2].rstrip("\n"), *TABLES[match[1]](), "")), text)


def names_of(page: Path) -> list[str]:
    """Return the names of the tables that a page asks for."""
    return [match[1] for match in _MADE.finditer(page.read_text())]


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Return the lines of a table; a bar in a cell is escaped."""
    titles = list(head)
    yield f"| {' | '.join(titles)} |"
    yield "|---" * len(titles) + "|"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _flags(option: click.Option) -> str:
    """Return the names of an option, and what its value is."""
    value = "" if option.is_flag else f" {_METAVARS.get(type(option.type)) or option.make_metavar(click.Context(cli))}"
    return f"`{', '.join(sorted(option.opts, key=len))}{value}`"


def _default(option: click.Option) -> str:
    """Return the default as it is written, "" if there is none."""
    value: Any = option.to_info_dict()["default"]
    return "" if value is None or option.multiple or option.is_flag or value == "" else f"`{value}`"


def _meaning(option: click.Option) -> str:
    return option.help or ""


def _keys() -> Iterator[str]:
    known = keys()
    rows = (
        (
            _flags(option),
            _KINDS[known[key]],
            _default(option),
            "yes" if key in OF_A_TARGET else "",
            _meaning(option),
        )
        for key, option in options(cli.command_named("audit"))
        if key in known
    )
    return _table(("option", "type in the file", "default", "target", "meaning"), rows)


def _command_line() -> Iterator[str]:
    alone = ((key, option) for key, option in options(cli.command_named("audit")) if key in COMMAND_LINE_ONLY)
    return _table(("option", "meaning"), ((_flags(option), _meaning(option)) for _, option in alone))


def _comment() -> Iterator[str]:
    command = cli.command_named("comment")
    assert isinstance(command, ConfiguredApart)
    shapes = command.shapes()
    rows = (
        (_flags(option), "yes" if key in shapes else "", _default(option), _meaning(option))
        for key, option in options(command)
    )
    return _table(("option", "key", "default", "meaning"), rows)


def _others() -> Iterator[str]:
    shared = {(tuple(option.opts), option.help) for _, option in options(cli.command_named("audit"))}
    described = ("audit", "comment")
    rows = (
        (f"`{name}`", _flags(option), _default(option), _meaning(option))
        for name, command in sorted(cli.every_command().items())
        if name not in described
        for option in command.get_params(context_of(command))
        if isinstance(option, click.Option) and not option.hidden and "--help" not in option.opts
        if (tuple(option.opts), option.help) not in shared
    )
    return _table(("command", "option", "default", "meaning"), rows)


def _accepted() -> Iterator[str]:
    yield ", ".join(f"`{name}`" for name in accepted())


def _rules() -> Iterator[str]:
    yield from ("## Rules", "")
    for rule in rules():
        yield from (f"### `{rule.name}`", "", f"*{rule.severity}*", "", *rule.text.splitlines(), "")
    for category in dict.fromkeys(kind.category for kind in kinds.ALL):
        yield from (f"## {category[0].upper()}{category[1:]}", "")
        for kind in kinds.ALL:
            if kind.category == category:
                yield from _kind(kind)


def _secrets() -> Iterator[str]:
    rows = (
        (f"`{kind.name}`", explain.find(kind.name).severity, kind.words, kind.opens, kind.rotate)
        for kind in secret_kinds().values()
    )
    return _table(("kind", "severity", "what it is", "whoever has it can", "where it is revoked"), rows)


def _kind(kind: Kind) -> Iterator[str]:
    yield from (f"### `{kind.name}`", "", f"*{kind.severity}* — {kind.why}", "")
    yield from (f"- {title}: {_value(title, value)}" for title, value in explain.fields(kind).items())
    yield ""


def _value(title: str, value: str) -> str:
    return " ".join(f"`{one}`" for one in value.split()) if title in ("patterns", "never") else value


_GO = "FROM golang:1.25 AS build\nWORKDIR /src\n"
_END = "FROM gcr.io/distroless/static\nCOPY --from=build /out/service /service\n"
_BEFORE = f"{_GO}COPY . .\nRUN go mod download\nRUN go build -o /out/service ./cmd/service\n{_END}"
_AFTER = f"""{_GO}RUN --mount=type=bind,source=go.mod,target=go.mod \\
    --mount=type=bind,source=go.sum,target=go.sum \\
    --mount=type=cache,target=/go/pkg/mod go mod download
RUN --mount=type=bind,target=. --mount=type=cache,target=/go/pkg/mod \\
    --mount=type=cache,target=/root/.cache/go-build \\
    go build -o /out/service ./cmd/service
{_END}"""
_IGNORED = ".git\n.github\n**/*.md\nDockerfile*\n.dockerignore\n"
# What sixty commits changed, in turn.
_CHANGED = (
    ("internal/server.go",),
    ("internal/server.go", "internal/server_test.go"),
    ("README.md",),
    ("cmd/service/main.go",),
    (".github/workflows/ci.yml",),
    ("internal/store.go",),
    ("go.mod", "go.sum", "internal/store.go"),
    ("CHANGELOG.md",),
    ("Dockerfile",),
    ("internal/server.go", "README.md"),
)


def _cache() -> Iterator[str]:
    """Return both Dockerfiles, what is said of the first one, and the re-runs of both."""
    with tempfile.TemporaryDirectory() as folder:
        root = _repository(Path(folder))
        dockerfiles = {"before": "Dockerfile", "after": "after.Dockerfile"}
        found = {name: _rerun(root, dockerfile) for name, dockerfile in dockerfiles.items()}
        said = ctxaudit("cache", "--top", "3", cwd=root).stdout.decode()
    shown = f"$ ctxaudit cache --top 3\n{said}"
    for text, language in ((_BEFORE, "dockerfile"), (shown, "text"), (_AFTER, "dockerfile")):
        yield from (f"```{language}", *text.splitlines(), "```", "")
    rows = [[name, *(f"{count} of 60" for count in counts)] for name, counts in found.items()]
    yield from _table(("", "`go mod download` re-ran", "`go build` re-ran"), rows)


def _rerun(root: Path, dockerfile: str) -> list[int]:
    """Return by how many commits the two steps of a Dockerfile ran again."""
    said = ctxaudit("cache", "-f", dockerfile, "--format", "json", cwd=root).stdout
    return [one["history"]["reruns"] for one in json.loads(said)["steps"] if " go " in one["instruction"]]


def _repository(root: Path) -> Path:
    """Make a repository of 61 commits, one a day, by one `git fast-import`."""
    names = sorted({name for group in _CHANGED for name in group if name != "Dockerfile"})
    files = {"Dockerfile": _BEFORE, "after.Dockerfile": _AFTER, **dict.fromkeys(names, "first\n")}
    # Of the first Dockerfile nothing is omitted but the repository itself.
    files |= {".dockerignore": ".git\n", "after.Dockerfile.dockerignore": _IGNORED}
    commits, changed = [], dict(files)
    for number in range(61):
        if number:
            changed = {name: f"{files[name]}# {number}\n" for name in _CHANGED[number % len(_CHANGED)]}
        commits.append(_commit(1_767_225_600 + number * 86_400, changed))
    git(root, "init", "-q", "-b", "main")
    subprocess.run(["git", "fast-import", "--quiet"], cwd=root, input="".join(commits).encode(), check=True)
    git(root, "reset", "-q", "--hard", "main")
    return root


def _commit(seconds: int, changed: dict[str, str]) -> str:
    head = f"commit refs/heads/main\ncommitter A <a@example.org> {seconds} +0000\ndata 1\nx\n"
    return head + "".join(f"M 100644 inline {path}\ndata {len(text)}\n{text}\n" for path, text in changed.items())


def _parquet() -> Iterator[str]:
    """The columns of the files that `ctxaudit fleet --parquet` writes."""
    yield from _table(
        ("File", "Column", "Type", "What it is"),
        (
            (
                *(f"`{table}`", f"`{one.name}`", f"{one.type}{', or null' if one.may_be_null else ''}"),
                f"{one.meaning}{f' ({one.unit})' if one.unit else ''}",
            )
            for table, columns in parquet.COLUMNS.items()
            for one in columns
        ),
    )


TABLES: dict[str, Callable[[], Iterator[str]]] = {
    "keys": _keys,
    "command-line": _command_line,
    "comment": _comment,
    "others": _others,
    "accepted": _accepted,
    "rules": _rules,
    "secrets": _secrets,
    "cache": _cache,
    "parquet": _parquet,
}


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(made(page.read_text()))
