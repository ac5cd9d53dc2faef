"""Thirty and more typical mistakes, and the sentence that each gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import ctxaudit, make_tree

PROJECT = {
    "Dockerfile": "FROM scratch AS base\nCOPY src /\n",
    "src/a": "1",
    "compose.yaml": "services:\n  web:\n    build: .\n",
    "docker-bake.hcl": 'target "web" {\n  context = "."\n}\n',
    "typo/Dockerfile": "FROM scratch\nCOPY srcc/ /\n",
    "typo/src/a": "1",
    "no-build/readme": "1",
}

MISTAKES = {
    "JSON as an option": (["--json"], "No such option '--json'. Write --format json."),
    "SARIF as an option": (["--sarif", "."], "No such option '--sarif'. Write --format sarif."),
    "HTML with a file": (["--html=report.html"], "No such option '--html'. Write --format html."),
    "Markdown by its ending": (["--md"], "No such option '--md'. Write --format markdown."),
    "JSON of a list": (["ls", "--json"], "No such option '--json'. Write --format json."),
    "a list as an option": (["--list"], "No such option '--list'. Write ctxaudit ls."),
    "a list as a word": (["list"], 'there is no directory and no command "list" fix: ctxaudit ls'),
    "a command with a letter missing": (["expain"], 'no command "expain" fix: ctxaudit explain'),
    "help of no command": (["help", "lss"], "there is no command 'lss'. Did you mean ls?"),
    "a fix as an option": (["--fix"], "No such option '--fix'. Write --write."),
    "a fix as a word": (["fix"], 'no command "fix" fix: ctxaudit --write'),
    "a scan": (["scan", "."], 'no command "scan" fix: ctxaudit audit'),
    "a check as a word": (["check"], 'no command "check" fix: ctxaudit --check'),
    "a dry run": (["--dry-run"], "No such option '--dry-run'. Write --diff."),
    "every build": (["--recursive"], "No such option '--recursive'. Write --all."),
    "the Dockerfile by its name": (["--dockerfile", "Dockerfile"], "No such option '--dockerfile'. Write --file FILE."),
    "an option of the list": (["--permitted"], "No such option '--permitted'. Write ctxaudit ls --permitted."),
    "an option of the audit": (["ls", "--write"], "No such option '--write'. Write ctxaudit audit --write."),
    "a failure on warnings": (["--strict"], "No such option '--strict'. Write --fail-on warning."),
    "a rule to skip": (["--skip", "secrets"], "No such option '--skip'. Write --ignore NAME."),
    "an option with a letter missing": (["--targt", "x"], "No such option '--targt'. Did you mean --target?"),
    "an option like one of docker's alone": (["--no-cash"], "No such option '--no-cash'."),
    "a file for a directory": (["Dockerfile"], "name the directory, and a Dockerfile with -f: . -f Dockerfile"),
    "a file below": (["typo/Dockerfile"], "a Dockerfile with -f: typo -f typo/Dockerfile"),
    "a compose file for a Dockerfile": (["-f", "compose.yaml"], "fix: ctxaudit --compose compose.yaml"),
    "a compose file for a directory": (["compose.yaml"], "fix: ctxaudit --compose compose.yaml"),
    "a bake file for a Dockerfile": (["-f", "docker-bake.hcl", "."], "fix: ctxaudit --bake docker-bake.hcl"),
    "a service without its file": (["--service", "web"], "name the compose file with --compose FILE."),
    "a stage that is none": (["--target", "bas"], "did you mean base?"),
    "a rule that is none": (["--select", "secret"], 'no rule, kind or category "secret" fix: did you mean "secrets"?'),
    "a text to explain that is none": (["explain", "secret-dotnv"], "Did you mean secret-dotenv"),
    "a size that is none": (
        ["--max-size", "ten"],
        "'ten' is not a size: write 100MB (decimal), 64MiB (binary) or bytes",
    ),
    "a format without its file": (["--output", "json"], "--output json: write FORMAT=FILE"),
    "two actions": (["--diff", "--write"], "--diff and --write contradict each other: give one of them."),
    "a format of a diff": (["--diff", "--format", "json"], "--format json does not go with --diff"),
    "a baseline to update that is none": (["--update-baseline"], "--update-baseline needs a --baseline FILE to write."),
    "compose's own command": (["docker", "compose", "build"], "ctxaudit --compose FILE"),
    "a directory that is not there": (["srv"], 'path "srv" not found fix: name the directory'),
}


@pytest.mark.parametrize(("words", "said"), [pytest.param(*case, id=name) for name, case in MISTAKES.items()])
def test_a_mistake_is_answered_by_what_was_meant(tmp_path: Path, words: list[str], said: str) -> None:
    make_tree(tmp_path, dict(PROJECT))
    answer = ctxaudit(*words, cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (2, b"")
    assert said in " ".join(answer.stderr.decode().split())


def test_a_source_that_is_nearly_there_is_named(tmp_path: Path) -> None:
    make_tree(tmp_path, dict(PROJECT))
    answer = ctxaudit("typo", cwd=tmp_path)
    assert (answer.returncode, "do you mean src?" in " ".join(answer.stdout.decode().split())) == (1, True)


def test_a_directory_called_as_another_tool_s_command_is_audited(tmp_path: Path) -> None:
    make_tree(tmp_path / "list", {"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "1"})
    assert ctxaudit("list", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(("words", "same"), [(["help"], ["--help"]), (["help", "why"], ["why", "--help"])])
def test_help_is_a_command_too(words: list[str], same: list[str]) -> None:
    asked, option = ctxaudit(*words), ctxaudit(*same)
    assert (asked.returncode, asked.stdout, asked.stderr) == (0, option.stdout, b"")
