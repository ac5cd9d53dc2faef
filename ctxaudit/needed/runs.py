"""What a RUN does with the tree: it tests it, or mounts all of it."""

from __future__ import annotations

from collections.abc import Iterator

from ctxaudit.dockerfile.stages import EVERYTHING
from ctxaudit.needed.facts import Facts
from ctxaudit.needed.shell import Command
from ctxaudit.needed.veto import Veto, at_run

_DIRECTORIES = frozenset((
    "test", "tests", "Test", "Tests", "spec", "specs", "__tests__", "testdata", "test-data", "test_data", "fixtures",
    "e2e", "cypress", "integration-tests",
))  # fmt: skip
_DIRECTORY_ENDINGS = (".Tests", ".Test", ".UnitTests", ".IntegrationTests")
_ALWAYS = (
    "pytest py.test unittest tox nox nose2 flake8 pylint ruff mypy pyright rspec rubocop phpunit phpstan phpcs pest "
    "jest vitest mocha ava eslint stylelint playwright ctest golangci-lint staticcheck gotestsum hadolint shellcheck "
    "yamllint markdownlint prettier ktlint credo"
)
# The program, and the words of which one makes it test; none where it does nothing else.
_TESTERS: dict[str, tuple[str, ...]] = dict.fromkeys(_ALWAYS.split(), ()) | {
    "go": ("test", "vet"),
    "cargo": ("test", "nextest", "clippy"),
    "npm": ("test", "t", "lint", "check"),
    "pnpm": ("test", "t", "lint", "check", "jest", "vitest", "eslint"),
    "yarn": ("test", "lint", "check", "jest", "vitest", "eslint"),
    "bun": ("test", "lint", "check"),
    "deno": ("test", "lint"),
    "mvn": ("test", "verify", "package", "install", "deploy"),
    "mvnw": ("test", "verify", "package", "install", "deploy"),
    "gradle": ("test", "build", "check"),
    "gradlew": ("test", "build", "check"),
    "sbt": ("test",),
    "dotnet": ("test",),
    "mix": ("test", "credo", "dialyzer"),
    "rake": ("test", "spec", "default"),
    "rails": ("test", "spec"),
    "artisan": ("test",),
    "composer": ("test", "lint", "check"),
    "manage.py": ("test",),
    "setup.py": ("test",),
    "make": ("test", "tests", "check", "lint"),
    "gmake": ("test", "tests", "check", "lint"),
    "ninja": ("test",),
    "meson": ("test",),
    "bazel": ("test",),
    "just": ("test", "check", "lint"),
    "task": ("test", "check", "lint"),
    "swift": ("test",),
    "flutter": ("test", "analyze"),
    "dart": ("test", "analyze"),
    "zig": ("test",),
}
_SKIPS = ("-DskipTests", "-DskipTests=true", "-Dmaven.test.skip", "-Dmaven.test.skip=true", "-DskipITs=true")
_BUILDERS = frozenset(("mvn", "mvnw", "gradle", "gradlew"))


def tests(facts: Facts) -> Iterator[Veto]:
    """Give the directories of tests where a RUN runs tests or linters."""
    command = next(filter(_is_test, facts.commands), None)
    if command is None:
        return
    where = at_run(command.line)
    found: list[str] = []
    for path in facts.directories:
        name = path.rpartition("/")[2]
        is_inside = any(path.startswith(f"{other}/") for other in found)
        if not is_inside and (name in _DIRECTORIES or name.endswith(_DIRECTORY_ENDINGS)):
            found.append(path)
            yield Veto("tests", path, True, f"{where} runs {command.program}, which may read it", where)


def _is_test(command: Command) -> bool:
    wanted = _TESTERS.get(command.program)
    if wanted is None or (command.program in _BUILDERS and _skips(command)):
        return False
    return not wanted or command.says(*wanted)


def _skips(command: Command) -> bool:
    pairs = zip(command.words, command.words[1:], strict=False)
    return any(word in _SKIPS for word in command.words) or ("-x", "test") in pairs


def bind_all(facts: Facts) -> Iterator[Veto]:
    """Give every tracked path where a RUN mounts the whole context: what its command reads of it, nobody knows."""
    for use in facts.needs.uses if facts.needs else ():
        if use.instruction == "RUN" and use.path == EVERYTHING and not use.context:
            where = at_run(use.line)
            yield Veto("bind-all", "", True, f"{where} mounts the whole context", where)
