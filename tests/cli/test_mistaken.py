"""Thirty and more typical mistakes, and the sentence that each gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctxaudit.builders import BUILDERS
from support import ctxaudit, make_tree

BUILDERS_NAMED = ", ".join(map(repr, BUILDERS))
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
    "watching as an option": (["--watch", "."], "No such option '--watch'. Write ctxaudit watch."),
    "a list as a word": (["list"], 'there is no directory and no command "list" fix: ctxaudit ls; or name a directory'),
    "a command with a letter missing": (
        ["expain"],
        'there is no directory and no command "expain" fix: ctxaudit explain; or name a directory',
    ),
    "help of no command": (["help", "lss"], "there is no command 'lss'. Did you mean ls?"),
    "help of no command of a group": (
        ["help", "plugin", "instal"],
        "there is no plugin command 'instal'. Did you mean install?",
    ),
    "help of no word of a command": (["help", "ls", "why"], "there is no ls command 'why'."),
    "a check of a fleet": (
        ["fleet", ".", "--check"],
        "No such option '--check': a policy says what a fleet fails for. Write --policy FILE.",
    ),
    "rules of a fleet": (
        ["fleet", ".", "--select", "secrets"],
        "No such option '--select': the ledger keeps every finding. Write --parquet DIR for all of them, a policy with"
        " `forbid`, or ctxaudit --all --select NAME in a clone.",
    ),
    "a quiet fleet": (
        ["fleet", ".", "-q"],
        "No such option '-q': stdout has the report alone, and stderr what a run says of itself. Write 2> FILE.",
    ),
    "every build of a commit": (
        ["--all", "--at", "HEAD"],
        "--all finds builds in the files of this disk, not in those of a commit: write -f FILE --at REF for one build,"
        " or check the commit out: git worktree add --detach DIR REF.",
    ),
    "a fix as an option": (["--fix"], "No such option '--fix'. Write --write."),
    "a fix as a word": (
        ["fix"],
        'there is no directory and no command "fix" fix: ctxaudit --write; or name a directory',
    ),
    "a scan": (["scan", "."], 'there is no directory and no command "scan" fix: ctxaudit audit; or name a directory'),
    "a check as a word": (
        ["check"],
        'there is no directory and no command "check" fix: ctxaudit --check; or name a directory',
    ),
    "a dry run": (["--dry-run"], "No such option '--dry-run'. Write --diff."),
    "every build": (["--recursive"], "No such option '--recursive'. Write --all."),
    "the Dockerfile by its name": (["--dockerfile", "Dockerfile"], "No such option '--dockerfile'. Write --file FILE."),
    "an option of the list": (["--permitted"], "No such option '--permitted'. Write ctxaudit ls --permitted."),
    "an option of the audit": (["ls", "--write"], "No such option '--write'. Write ctxaudit audit --write."),
    "a failure on warnings": (["--strict"], "No such option '--strict'. Write --fail-on warning."),
    "a rule to skip": (["--skip", "secrets"], "No such option '--skip'. Write --ignore NAME."),
    "an option with a letter missing": (["--targt", "x"], "No such option '--targt'. Did you mean --target?"),
    "the version with two letters swapped": (["--verison"], "No such option '--verison'. Write ctxaudit --version."),
    "the version of a command": (["ls", "--versoin"], "No such option '--versoin'. Write ctxaudit --version."),
    "a list by a letter": (["-l"], "No such option '-l'. Write ctxaudit ls."),
    "a long list by a letter": (["ls", "-l"], "No such option '-l'. Write --long."),
    "a tree by a letter": (["ls", "-R", "."], "No such option '-R'. Write --tree."),
    "a dry run by a letter": (["-n"], "No such option '-n'. Write --diff."),
    "docker for a builder": (
        ["--builder", "docker"],
        f"Invalid value for '--builder': 'docker' is not one of {BUILDERS_NAMED}. Write --builder buildkit.",
    ),
    "a builder with a letter missing": (
        ["--builder", "buildkt"],
        f"Invalid value for '--builder': 'buildkt' is not one of {BUILDERS_NAMED}. Did you mean buildkit?",
    ),
    "docker with two letters swapped for a builder": (
        ["--builder", "dockre"],
        f"Invalid value for '--builder': 'dockre' is not one of {BUILDERS_NAMED}. Write --builder buildkit.",
    ),
    "a format by its ending": (
        ["--format", "md"],
        "Invalid value for '--format': 'md' is not one of 'text', 'json', 'html', 'markdown', 'sarif', 'github', "
        "'gitlab'. Write --format markdown.",
    ),
    "a format that is nearly one": (
        ["ls", "--format", "jsn"],
        "Invalid value for '--format': 'jsn' is not one of 'names', 'raw', 'long', 'tree', 'json'. Did you mean json?",
    ),
    "a long option with one dash": (["-file", "Dockerfile", "."], "No such option '-file'. Write --file."),
    "a long option with one dash, and its value": (["-target=base"], "No such option '-target'. Write --target."),
    "the version with one dash": (["-version"], "No such option '-version'. Write ctxaudit --version."),
    "a directory by git's letter": (["-C", "typo"], "No such option '-C'. Write ctxaudit PATH."),
    "no colour": (["--no-color"], "No such option '--no-color'. Write --color never."),
    "silence": (["--silent"], "No such option '--silent'. Write --quiet."),
    "a scanner's exit status": (["--exit-code", "1"], "No such option '--exit-code'. Write --check."),
    "a scanner's severity": (["--severity", "high"], "No such option '--severity'. Write --fail-on SEVERITY."),
    "a branch": (["--branch", "main"], "No such option '--branch'. Write --base REF."),
    "the sizes of a list": (["ls", "--size"], "No such option '--size'. Write --sort size."),
    "a start": (["init"], 'there is no directory and no command "init" fix: ctxaudit --write; or name a directory'),
    "a configuration": (
        ["config"],
        'there is no directory and no command "config" fix: ctxaudit guide configuration; or name a directory',
    ),
    "secrets as a word": (
        ["secrets"],
        'there is no directory and no command "secrets" fix: ctxaudit --select secrets; or name a directory',
    ),
    "a failure on nothing": (
        ["--fail-on", "none"],
        "Invalid value for '--fail-on': 'none' is not one of 'error', 'warning', 'never'. Write --fail-on never.",
    ),
    "a scanner's severity to fail on": (
        ["--fail-on", "critical"],
        "Invalid value for '--fail-on': 'critical' is not one of 'error', 'warning', 'never'. Write --fail-on error.",
    ),
    "a severity by its first letters, which may be any": (
        ["--fail-on", "hi"],
        "Invalid value for '--fail-on': 'hi' is not one of 'error', 'warning', 'never'.",
    ),
    "a fleet's report with a letter missing": (
        ["fleet", "repot"],
        "repot: no such directory or file of names fix: did you mean ctxaudit fleet report?",
    ),
    "no colour as a value": (
        ["--color", "off"],
        "Invalid value for '--color': 'off' is not one of 'auto', 'always', 'never'. Write --color never.",
    ),
    "a format by its first letters": (
        ["--format", "mark"],
        "Invalid value for '--format': 'mark' is not one of 'text', 'json', 'html', 'markdown', 'sarif', 'github', "
        "'gitlab'. Did you mean markdown?",
    ),
    "a list by its bytes": (
        ["ls", "--sort", "bytes"],
        "Invalid value for '--sort': 'bytes' is not one of 'sent', 'size'. Write --sort size.",
    ),
    "a report without its format": (["-o", "report.sarif"], "--output report.sarif: write sarif=report.sarif."),
    "a compose file with another ending": (
        ["--compose", "compose.yml"],
        "open compose.yml: no such file, or not a readable regular file fix: did you mean compose.yaml?",
    ),
    "a bake file with a letter missing": (
        ["--bake", "docker-bak.hcl"],
        "open docker-bak.hcl: no such file, or not a readable regular file fix: did you mean docker-bake.hcl?",
    ),
    "docker's command for a container": (
        ["docker", "run", "-p", "80:80", "web"],
        "docker run builds nothing: write ctxaudit PATH, as for docker build.",
    ),
    "an empty branch to compare with": (
        ["--base", ""],
        "Invalid value for '--base': it is empty: name a commit, a branch or a tag.",
    ),
    "an empty commit": (
        ["ls", "--at="],
        "Invalid value for '--at': it is empty: name a commit, a branch or a tag.",
    ),
    "an option like one of docker's alone": (["--no-cash"], "No such option '--no-cash'. Did you mean --for-cache?"),
    "a file for a directory": (
        ["Dockerfile"],
        (
            'unable to prepare context: "Dockerfile" is not a directory fix: name the directory, and a Dockerfile'
            " with -f: . -f Dockerfile"
        ),
    ),
    "a source file for a directory": (
        ["cache", "src/a"],
        (
            'unable to prepare context: "src/a" is not a directory fix: name the directory that is built; which steps '
            "take the file: ctxaudit why src/a"
        ),
    ),
    "a file below": (
        ["typo/Dockerfile"],
        (
            'unable to prepare context: "typo/Dockerfile" is not a directory fix: name the directory, and a '
            "Dockerfile with -f: typo -f typo/Dockerfile"
        ),
    ),
    "a compose file for a Dockerfile": (
        ["-f", "compose.yaml"],
        "compose.yaml is a compose file, not a Dockerfile fix: ctxaudit --compose compose.yaml",
    ),
    "a compose file for a directory": (
        ["compose.yaml"],
        "compose.yaml is a compose file, not a Dockerfile fix: ctxaudit --compose compose.yaml",
    ),
    "a bake file for a Dockerfile": (
        ["-f", "docker-bake.hcl", "."],
        "docker-bake.hcl is a bake file, not a Dockerfile fix: ctxaudit --bake docker-bake.hcl",
    ),
    "a service without its file": (["--service", "web"], "name the compose file with --compose FILE."),
    "a stage that is none": (
        ["--target", "bas"],
        'Dockerfile: target stage "bas" could not be found fix: did you mean base?',
    ),
    "a rule that is none": (
        ["--select", "secret"],
        '--select: there is no rule, kind or category "secret" fix: did you mean "secrets"?',
    ),
    "a text to explain that is none": (
        ["explain", "secret-dotnv"],
        "there is no rule or kind 'secret-dotnv'. Did you mean secret-dotenv, secret-login, secret-envrc?",
    ),
    "a size that is none": (
        ["--max-size", "ten"],
        "Invalid value for '--max-size': 'ten' is not a size: write 100MB (decimal), 64MiB (binary) or bytes",
    ),
    "a format without its file": (
        ["--output", "json"],
        ("--output json: write FORMAT=FILE; FORMAT is one of text, json, html, markdown, sarif, github, gitlab."),
    ),
    "two actions": (["--diff", "--write"], "--diff and --write contradict each other: give one of them."),
    "a format of a diff": (
        ["--diff", "--format", "json"],
        "--format json does not go with --diff: audit without it for a report.",
    ),
    "a baseline to update that is none": (["--update-baseline"], "--update-baseline needs a --baseline FILE to write."),
    "compose's own command": (
        ["docker", "compose", "build"],
        "docker compose builds what a file declares: ctxaudit --compose FILE.",
    ),
    "a directory that is not there": (
        ["srv"],
        'unable to prepare context: path "srv" not found fix: name the directory that `docker build` is given',
    ),
    "a service without its name": (
        ["--compose", "compose.yaml", "--service", "wbe"],
        "compose.yaml: no such service: wbe fix: name one that is built: web",
    ),
    "an argument of the build without its value": (["--build-context", "x"], "--build-context x: write NAME=PATH"),
    "a variable of bake without its file": (["--var", "A=1"], "name the bake file with --bake FILE."),
    "a Dockerfile in lower case": (
        ["-f", "dockerfile", "."],
        (
            "failed to read dockerfile: open dockerfile: no such file, or not a readable regular file fix: did "
            "you mean -f Dockerfile? it is relative to the working directory, as for docker build"
        ),
    ),
    "a Dockerfile with a letter missing": (
        ["-f", "Dockerfil"],
        (
            "failed to read dockerfile: open Dockerfil: no such file, or not a readable regular file fix: did you"
            " mean -f Dockerfile? it is relative to the working directory, as for docker build"
        ),
    ),
    "a Dockerfile relative to its context": (
        ["-f", "Dockerfile.x", "typo"],
        (
            "failed to read dockerfile: open Dockerfile.x: no such file, or not a readable regular file fix: did "
            "you mean -f Dockerfile? it is relative to the working directory, as for docker build"
        ),
    ),
    "a stage by the name that Docker prints": (
        ["--target", "stage-0", "typo"],
        (
            'typo/Dockerfile: target stage "stage-0" could not be found fix: no stage has a name: omit --target, '
            "or write FROM … AS NAME"
        ),
    ),
    "a list of every build as JSON": (
        ["ls", "--all", "--format", "json"],
        "--format json has no place for a build's name: list one build, without --all.",
    ),
    "a comment without a report": (
        ["comment", "github"],
        (
            "A comment is made of a JSON report: ctxaudit --output json=FILE writes it, and comment --report FILE"
            " reads it."
        ),
    ),
    "a depth without a tree": (["ls", "--depth", "2"], "--depth goes with --tree."),
    "a question about nothing": (["why"], "Missing argument 'PATH'."),
    "bake's own command without docker": (
        ["buildx", "bake", "web"],
        "docker buildx bake builds what a file declares: ctxaudit --bake FILE.",
    ),
    "a bake file for a compose file": (
        ["--compose", "docker-bake.hcl"],
        "docker-bake.hcl is a bake file, not a compose file fix: ctxaudit --bake docker-bake.hcl",
    ),
    "a number in words": (["--top", "ten"], "Invalid value for '--top': 'ten' is not a whole number."),
    "a forge that is not named": (["comment"], "Missing argument '{github|gitlab}'. Choose from: github gitlab"),
    "a shell that is not named": (["completion"], "Missing argument '{bash|zsh|fish}'. Choose from: bash zsh fish"),
    "a pattern in quotes that no shell took away": (
        ["--exclude", "'**/*.log'"],
        "--exclude '**/*.log': the quotes are a part of the pattern. Write **/*.log",
    ),
    "a pattern of files where rules are named": (
        ["--ignore", "*.log"],
        """--ignore: "*.log" is a pattern of files, and no rule has such a name fix: --exclude '*.log' reports """
        "nothing of these files",
    ),
    "a directory in another case of letters": (
        ["SRC"],
        'unable to prepare context: path "SRC" not found fix: did you mean src?',
    ),
    "a command behind an option": (
        ["--all", "why", "src/a"],
        "why is a command, and comes before its options: ctxaudit why --all ...",
    ),
    "a command behind an option, with no word behind it": (
        ["--all", "ls"],
        "ls is a command, and comes before its options: ctxaudit ls --all ...",
    ),
    "a command behind an option with a value": (
        ["--build-arg", "TOKEN=abc", "verify", "."],
        "verify is a command, and comes before its options: ctxaudit verify --build-arg ...",
    ),
    "a word of another tool behind an option": (
        ["--all", "fix"],
        'there is no directory and no command "fix" fix: ctxaudit --write; or name a directory',
    ),
    "two directories": (
        [".", "typo"],
        "One PATH is audited at a time, and typo is one more. Write --all for every build.",
    ),
    "a directory behind the path of why": (
        ["why", "a", "vote", "--all"],
        "One PATH is audited at a time, and vote is one more. Write -C vote for the context.",
    ),
}


@pytest.mark.parametrize(("words", "said"), [pytest.param(*case, id=name) for name, case in MISTAKES.items()])
def test_a_mistake_is_answered_by_what_was_meant(tmp_path: Path, words: list[str], said: str) -> None:
    make_tree(tmp_path, {**PROJECT, "vote/": None})
    answer = ctxaudit(*words, cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (2, b"")
    usage, sign, error = " ".join(answer.stderr.decode().split()).rpartition("--help' for help. ")
    assert (usage.startswith("Usage: ctxaudit "), error.partition(": ")[2]) == (bool(sign), said)


@pytest.mark.parametrize(
    "words", [["build", "-t", "x", "src"], ["buildx", "build", "src"], ["image", "build", "src"]], ids=" ".join
)
def test_a_command_of_docker_s_may_lack_its_name(tmp_path: Path, words: list[str]) -> None:
    make_tree(tmp_path, {"src/Dockerfile": "FROM scratch\nCOPY a /\n", "src/a": "1"})
    assert ctxaudit(*words, cwd=tmp_path).stdout == ctxaudit("src", cwd=tmp_path).stdout


def test_there_are_thirty_mistakes_and_each_sentence_is_one_of_its_own() -> None:
    assert len(MISTAKES) >= 30


def test_a_source_that_is_nearly_there_is_named(tmp_path: Path) -> None:
    make_tree(tmp_path, dict(PROJECT))
    answer = ctxaudit("typo", cwd=tmp_path)
    assert (answer.returncode, "did you mean src?" in " ".join(answer.stdout.decode().split())) == (1, True)


def test_a_link_that_leads_to_itself_is_no_directory_that_was_meant(tmp_path: Path) -> None:
    make_tree(tmp_path, {"source/a": "1"})
    (tmp_path / "sourc").symlink_to("sourc")
    answer = ctxaudit("sourca", cwd=tmp_path)
    assert (answer.returncode, answer.stderr.decode().splitlines()[1]) == (2, "  fix: did you mean source?")


@pytest.mark.parametrize("words", [["list"], ["-q", "list"], ["-q", "ls"], ["./ls"]], ids=" ".join)
def test_a_directory_called_as_a_command_is_audited(tmp_path: Path, words: list[str]) -> None:
    make_tree(tmp_path / words[-1], {"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "1"})
    assert ctxaudit(*words, cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("words", "same"),
    [
        (["help"], ["--help"]),
        (["help", "why"], ["why", "--help"]),
        (["help", "cache", "why"], ["cache", "why", "--help"]),
        (["help", "plugin", "install"], ["plugin", "install", "--help"]),
    ],
)
def test_help_is_a_command_too(words: list[str], same: list[str]) -> None:
    asked, option = ctxaudit(*words), ctxaudit(*same)
    assert (asked.returncode, asked.stdout, asked.stderr) == (0, option.stdout, b"")


def test_a_comparison_has_a_help_of_its_own() -> None:
    said, other = (ctxaudit(*words, "--help").stdout.decode() for words in (["cache", "why"], ["cache"]))
    assert said.startswith("Usage: ctxaudit cache why [OPTIONS] [PATH]\n\n  Say step by step whether a builder")
    assert other.startswith("Usage: ctxaudit cache [OPTIONS] [PATH]\n\n  Say what each step of a build selects")


def test_a_service_that_is_an_image_only_is_not_built(tmp_path: Path) -> None:
    services = "services: {api: {build: .}, web: {build: .}, db: {image: postgres}}\n"
    make_tree(tmp_path, {"compose.yaml": services, "Dockerfile": "FROM scratch\n"})
    answer = ctxaudit("--compose", "compose.yaml", "--service", "db", cwd=tmp_path)
    said = b"error: compose.yaml: db is not built\n  fix: name one that is built: api, web\n"
    assert (answer.returncode, answer.stdout, answer.stderr) == (2, b"", said)


@pytest.mark.parametrize("command", [["why", "a"], ["ls"], ["cache"]], ids=" ".join)
def test_a_command_that_asks_one_builder_refuses_several(tmp_path: Path, command: list[str]) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "1"})
    answer = ctxaudit(*command, "--builders", "buildkit,podman", cwd=tmp_path)
    said = f"--builders compares audits; {command[0]} asks one builder: write --builder buildkit and --builder podman,"
    assert (answer.returncode, said in " ".join(answer.stderr.decode().split())) == (2, True)
    assert ctxaudit(*command, "--builders", "podman", cwd=tmp_path).returncode == 0
