"""The project is what `.github/CONTRIBUTING.md` says it is."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

from support import PROJECT

PACKAGE = PROJECT / "ctxaudit"
CONTRIBUTING = (PROJECT / ".github/CONTRIBUTING.md").read_text()
FLOORS = {
    part: int(floor, 16)
    for floor, part in re.findall(
        r"^([\dA-F])  (\w+)", CONTRIBUTING.partition("```floors")[2].partition("```")[0], re.MULTILINE
    )
}
FILES = sorted(
    file.relative_to(PACKAGE).as_posix() for file in PACKAGE.rglob("*.py") if file != PACKAGE / "__init__.py"
)


@cache
def nodes(file: str) -> list[ast.AST]:
    """Give all nodes of a file of the package."""
    return list(ast.walk(ast.parse((PACKAGE / file).read_text())))


def part_of(file: str) -> str:
    return file.removesuffix(".py").partition("/")[0]


def imports(file: str) -> Iterator[str]:
    """The parts of the package that a file imports, wherever in it."""
    for node in nodes(file):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            top, _, rest = name.partition(".")
            if top == "ctxaudit" and rest.partition(".")[0] in FLOORS:
                yield rest.partition(".")[0]


def test_every_part_stands_on_a_floor() -> None:
    assert {part_of(file) for file in FILES} == set(FLOORS)


def test_a_file_imports_only_from_floors_below() -> None:
    wrong = [
        f"{file} imports {other}"
        for file in FILES
        for other in imports(file)
        if other != part_of(file) and FLOORS[other] >= FLOORS[part_of(file)]
    ]
    assert wrong == []


def test_each_outside_world_has_one_door() -> None:
    doors = {
        "git": ["repository/program.py"],
        "hcl2": ["builds/bake/hcl.py"],
        "urllib3": ["forge/client.py"],
        "yaml": ["builds/compose/document.py"],
    }
    texts = {file: (PACKAGE / file).read_text() for file in FILES}
    users = {
        module: [
            file
            for file, text in texts.items()
            if re.search(rf"^\s*(import {module}\b|from {module}[. ])", text, re.MULTILINE)
        ]
        for module in doors
    }
    assert users == doors


def test_what_a_platform_may_lack_has_one_door() -> None:
    """Each of these doors has a second way, which `tests/test_platforms.py` takes."""
    doors = {
        r"os\.(?:fork\w*|posix_spawn\w*|register_at_fork|killpg|sched_\w+)": ["processes.py"],
        r"get_context\(.fork\w*": [],
        r"import resource": ["processes.py"],
        r"fcntl": ["files.py"],
        r"O_(?:DIRECTORY|NOFOLLOW|CLOEXEC|NONBLOCK)|\w*dir_fd|supports_\w+": ["files.py"],
        r"os\.gete?uid": ["files.py", "repository/program.py"],
        r"os\.f(?:chmod|chown|chdir)": ["files.py"],
        r"import (?:pwd|grp|termios|tty|pty)": [],
        r"signal\.(?:SIGALRM|setitimer)": ["cli/hook.py"],
        r"signal\.pthread_\w+": ["fleet/run.py"],
    }
    texts = {file: (PACKAGE / file).read_text() for file in FILES}
    users = {name: [file for file, text in texts.items() if re.search(rf"\b(?:{name})\b", text)] for name in doors}
    assert users == doors


def test_only_the_command_line_prints() -> None:
    for file in FILES:
        called = [
            node.func.id for node in nodes(file) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        ]
        assert "print" not in called, file


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{file}: {node.name}"
        for file in FILES
        for node in nodes(file)
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 50
    ]
    assert long == []


def test_what_is_public_has_a_docstring() -> None:
    import ctxaudit

    bare = [name for name in ctxaudit.__all__ if not getattr(ctxaudit, name).__doc__]
    assert bare == []


def test_the_paths_that_contributing_names_are_there() -> None:
    named = re.findall(r"`((?:ctxaudit|tests|sample_repos|\.github|\.ci)/[\w./]*)`", CONTRIBUTING)
    assert [path for path in named if not (PROJECT / path).exists()] == []


def test_the_public_names_stay_functions_whatever_is_imported_first() -> None:
    import ctxaudit
    import ctxaudit.auditor

    assert [
        name for name in ("audit", "list_context", "matches", "parse_ignore") if not callable(getattr(ctxaudit, name))
    ] == []
    modules = {part_of(file) for file in FILES}  # a folder of stale bytecode is none
    assert modules & set(ctxaudit.__all__) == set()


# Whose names may be used: the package, its tests and tools; what CONTRIBUTING and the guides name is meant for others.
USERS = (
    *("ctxaudit/**/*.py", "tests/**/*.py", "sample_repos/*.py", ".ci/*", "pyproject.toml"),
    *("README.md", ".github/CONTRIBUTING.md", "ctxaudit/guides/*.md"),
)
FOUND_BY_DECORATOR = re.compile(r"\b(?:rule|command|group|result_callback)\b")


def module_level_names(file: str) -> Iterator[str]:
    module = nodes(file)[0]
    assert isinstance(module, ast.Module)
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            if not FOUND_BY_DECORATOR.search(" ".join(map(ast.unparse, node.decorator_list))):
                yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name))


def test_a_name_that_no_other_file_has_begins_with_an_underscore() -> None:
    paths = (path for pattern in USERS for path in PROJECT.glob(pattern) if path.is_file())
    files = Counter(word for path in paths for word in set(re.findall(r"[A-Za-z_]\w*", path.read_text())))
    own = [
        f"{file}: {name}"
        for file in FILES
        for name in module_level_names(file)
        if not name.startswith("_") and files[name] == 1
    ]
    assert own == []
