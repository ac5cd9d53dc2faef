"""What a project asks of its audits: the file, the environment, the command line, and which of them counts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ctxaudit.__main__ import main
from ctxaudit.builders import BUILDERS
from ctxaudit.cli import cli
from ctxaudit.cli.configured import keys, options
from ctxaudit.errors import CtxauditError
from ctxaudit.policy import OWN_NAMES, find, load
from ctxaudit.values import Growth, parse_size
from support import as_nobody, ctxaudit, git, let_everyone_in, make_tree

AUDIT = cli.command_named("audit")
DOCKERFILE = "FROM scratch\nCOPY . /\n"

# TOML, another value as the environment and the command line take it, and what the two come to.
BY_SHAPE: dict[str, tuple[str, str, Any, Any]] = {
    "text": ('"one"', "two", "one", "two"),
    "number": ("3", "4", 3, 4),
    "flag": ("true", "true", True, True),
    "list": ('["one", "two"]', "three", ("one", "two"), ("three",)),
}
BY_KEY: dict[str, tuple[str, str, Any, Any]] = {
    "builder": ('"classic"', "buildkit", "classic", "buildkit"),
    "format": ('"json"', "text", "json", "text"),
    "fail-on": ('"never"', "warning", "never", "warning"),
    "secrets": ('"names"', "off", "names", "off"),
    "style": ('"allow"', "deny", "allow", "deny"),
    "jobs": ("1", "2", 1, 2),
    "max-size": ('"64MiB"', "100MB", 67_108_864, 100_000_000),
    "max-growth": ('"5MB"', "10%", Growth.parse("5MB"), Growth.parse("10%")),
    "file": ('"sub/Dockerfile"', "other", "{root}/sub/Dockerfile", "other"),
    "ignore-file": ('"sub/ignore"', "other", "{root}/sub/ignore", "other"),
    "compose": ('["a.yaml", "b.yaml"]', "other", ("{root}/a.yaml", "{root}/b.yaml"), ("other",)),
    "bake": ('["p/a.hcl", "p/b.hcl"]', "other", ("p/a.hcl", "p/b.hcl"), ("other",)),
    "baseline": ('"sub/known.json"', "other", "{root}/sub/known.json", "other"),
}
ROWS = [(key, *BY_KEY.get(key, BY_SHAPE[shape])) for key, shape in keys().items()]


def value(root: Path, key: str, *arguments: str) -> tuple[Any, str]:
    """What the audit would get for a key, and from where."""
    ctx = AUDIT.make_context("audit", [str(root), *arguments], **cli.context_settings)
    option = dict(options(AUDIT))[key]
    source = ctx.get_parameter_source(option.name or "")
    assert source is not None
    return ctx.params[option.name or ""], source.name


def expected(root: Path, wanted: Any) -> Any:
    if isinstance(wanted, tuple):
        return tuple(expected(root, one) for one in wanted)
    return os.path.relpath(wanted.format(root=root)) if isinstance(wanted, str) and "{root}" in wanted else wanted


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("CTXAUDIT_")]:
        monkeypatch.delenv(name)
    return make_tree(tmp_path / "p", {"Dockerfile": DOCKERFILE})


@pytest.mark.parametrize(("key", "toml", "text", "filed", "given"), ROWS, ids=[row[0] for row in ROWS])
@pytest.mark.parametrize(
    ("name", "table"), [("ctxaudit.toml", ""), (".ctxaudit.toml", ""), ("pyproject.toml", "[tool.ctxaudit]\n")]
)
def test_a_key_is_taken_from_a_file(
    root: Path, name: str, table: str, key: str, toml: str, text: str, filed: Any, given: Any
) -> None:
    default, source = value(root, key)
    (root / name).write_text(f"{table}{key} = {toml}\n")
    assert source == "DEFAULT"
    assert value(root, key) == (expected(root, filed), "DEFAULT_MAP")
    assert default != filed


@pytest.mark.parametrize(("key", "toml", "text", "filed", "given"), ROWS, ids=[row[0] for row in ROWS])
def test_the_command_line_beats_the_environment_and_that_beats_the_file(
    root: Path, monkeypatch: pytest.MonkeyPatch, key: str, toml: str, text: str, filed: Any, given: Any
) -> None:
    (root / "ctxaudit.toml").write_text(f"{key} = {toml}\n")
    monkeypatch.setenv(f"CTXAUDIT_{key.upper().replace('-', '_')}", text)
    assert value(root, key) == (given, "ENVIRONMENT")
    argument = [f"--{key}"] if keys()[key] == "flag" else [f"--{key}={text}"]
    assert value(root, key, *argument) == (given, "COMMANDLINE")


def test_an_empty_variable_says_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTXAUDIT_FAIL_ON", "")
    assert value(root, "fail-on") == ("error", "DEFAULT")


def test_a_list_in_the_environment_is_parted_by_blanks(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTXAUDIT_EXCLUDE", "docs *.md")
    assert value(root, "exclude") == (("docs", "*.md"), "ENVIRONMENT")


@pytest.mark.parametrize(
    ("files", "found"),
    [
        pytest.param({"a/b/ctxaudit.toml": ""}, "a/b/ctxaudit.toml", id="in the context"),
        pytest.param({"a/ctxaudit.toml": "", "ctxaudit.toml": ""}, "a/ctxaudit.toml", id="the nearest above it"),
        pytest.param({"ctxaudit.toml": ""}, "ctxaudit.toml", id="at the root of the repository"),
        pytest.param({".ctxaudit.toml": "", "ctxaudit.toml": ""}, "ctxaudit.toml", id="of two the first"),
        pytest.param({"a/pyproject.toml": "[tool.x]\n", "ctxaudit.toml": ""}, "ctxaudit.toml", id="no table of ours"),
        pytest.param({"a/pyproject.toml": "[tool.ctxaudit]\n"}, "a/pyproject.toml", id="a table of ours"),
        pytest.param({"pyproject.toml": "[tool]\nctxaudit.top = 1\n"}, "pyproject.toml", id="written in another way"),
        pytest.param({"pyproject.toml": "# ctxaudit\n[x\n"}, None, id="no TOML, and not about us"),
        pytest.param({"../ctxaudit.toml": ""}, None, id="above the repository"),
    ],
)
def test_the_nearest_file_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str | bytes | None], found: str | None
) -> None:
    root = make_tree(tmp_path / "r", {"a/b/Dockerfile": DOCKERFILE, **files})
    git(root, "init", "-q")
    monkeypatch.chdir(root)
    assert find(root / "a/b") == found


def test_outside_of_a_repository_only_the_context_is_looked_at(tmp_path: Path) -> None:
    make_tree(tmp_path, {"ctxaudit.toml": "", "p/Dockerfile": DOCKERFILE})
    assert find(tmp_path / "p") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            "top = 1\nmax-sise = 1\n",
            'ctxaudit.toml:2: unknown key "max-sise"\n  fix: did you mean "max-size"?',
            id="typo",
        ),
        pytest.param(
            '[target]\ncontext = "."\n',
            "ctxaudit.toml:1: [target] is not a table of this file\n  fix: write [[target]], a table for each build",
            id="a target in single brackets",
        ),
        pytest.param(
            "[tool.ctxaudit]\ntop = 1\n",
            "ctxaudit.toml:1: [tool] is not a table of this file\n"
            "  fix: write the keys of [tool.ctxaudit] without it, which is for pyproject.toml",
            id="the table of another file",
        ),
        pytest.param(
            "\nmax_size = 1\n",
            'ctxaudit.toml:2: unknown key "max_size"\n  fix: did you mean "max-size"?',
            id="underscore",
        ),
        *(
            pytest.param(
                f'{text} = "a\\u0000b"\n',
                f'ctxaudit.toml:{at}: "{key}" holds a NUL, which no path does',
                id=f"a NUL in {key}",
            )
            for text, at, key in (
                *(("file", 1, "file"), ("baseline", 1, "baseline"), ("ignore-file", 1, "ignore-file")),
                ("[[target]]\ncontext", 1, "context"),
            )
        ),
        pytest.param(
            f'file = "{"x/" * 100_000}"\n', 'ctxaudit.toml:1: "file" has more than 4,096 letters', id="a path of 200 kB"
        ),
        pytest.param(
            "write = true\n", 'ctxaudit.toml:1: "write" is for the command line alone', id="what is done is no key"
        ),
        pytest.param(
            "# x\ntop = true\n", 'ctxaudit.toml:2: "top" is a whole number, not True', id="a flag for a number"
        ),
        pytest.param("top = -1\n", 'ctxaudit.toml:1: "top" is a whole number, not -1', id="a negative number"),
        pytest.param("bytes = 1\n", 'ctxaudit.toml:1: "bytes" is true or false, not 1', id="a number for a flag"),
        pytest.param(
            'exclude = "a"\n', "ctxaudit.toml:1: \"exclude\" is a list of strings, not 'a'", id="a text for a list"
        ),
        pytest.param(
            "exclude = [1]\n", 'ctxaudit.toml:1: "exclude" is a list of strings, not [1]', id="a list of numbers"
        ),
        *(
            pytest.param(
                f"{key} = {value}\n",
                f'ctxaudit.toml:1: "{key}" is empty\n  fix: give it a value, or delete it',
                id=f"{key} is empty",
            )
            for value, names in (
                ('""', ("base", "file", "max-size", "builder")),
                ('[""]', ("exclude", "compose", "select")),
            )
            for key in names
        ),
        pytest.param("base = [\n]\n", 'ctxaudit.toml:1: "base" is a string, not []', id="a list for a text"),
        pytest.param(
            'builder = "kaniko"\n',
            f"ctxaudit.toml:1: 'kaniko' is not one of {', '.join(map(repr, BUILDERS))}",
            id="choice",
        ),
        pytest.param(
            '\n\nmax-size = "1 XB"\n',
            "ctxaudit.toml:3: \"max-size\": '1 XB' is not a size: write 100MB (decimal), 64MiB (binary) or bytes",
            id="no size",
        ),
        pytest.param(
            'max-growth = "x%"\n',
            "ctxaudit.toml:1: \"max-growth\": 'x%' is not a growth limit: write a size, as 5MB, or a share, as 10%",
            id="no growth",
        ),
        pytest.param(
            'ignore = ["secrt-dotenv"]\n',
            'ctxaudit.toml:1: there is no rule, kind or category "secrt-dotenv"\n  fix: did you mean "secret-dotenv"?',
            id="no rule",
        ),
        pytest.param(
            '[[target]]\nname = "a"\n[[target]]\nname = "b"\nmax-file = 1\n',
            'ctxaudit.toml:5: unknown key "max-file"\n  fix: did you mean "max-files"?',
            id="in the second table",
        ),
        pytest.param(
            '[[target]]\nname = "a"\nbuilder = "classic"\n',
            'ctxaudit.toml:3: unknown key "builder"',
            id="not of a target",
        ),
        pytest.param(
            '[[target]]\nname = "a"\nfail-on = "note"\n',
            "ctxaudit.toml:3: \"fail-on\" is one of error, warning, never, not 'note'",
            id="a choice in a table",
        ),
        pytest.param(
            '[[target]]\nname = "a"\nselect = ["nope"]\n',
            'ctxaudit.toml:3: there is no rule, kind or category "nope"\n  fix: `ctxaudit explain` lists them',
            id="no rule in a table",
        ),
        pytest.param(
            "[[target]]\nmax-files = 1\n",
            "ctxaudit.toml:1: a table of a target names none\n  fix: give it a name, or a context",
            id="nobody's table",
        ),
        pytest.param(
            'top = 1\n[comment]\nwhn = "never"\n',
            'ctxaudit.toml:3: unknown key "whn"\n  fix: did you mean "when"?',
            id="in the table of a command",
        ),
        pytest.param(
            '[comment]\nreport = "x"\n', 'ctxaudit.toml:2: unknown key "report"', id="what is asked each time"
        ),
        pytest.param("comment = 1\n", 'ctxaudit.toml:1: unknown key "comment"', id="a table that is none"),
        pytest.param("top = 1\ntop = 2\n", "ctxaudit.toml:2: it is not TOML: cannot overwrite a value", id="twice"),
        pytest.param("top = \n", "ctxaudit.toml:1: it is not TOML: invalid value", id="not TOML"),
        pytest.param(
            'top = 1\noutput = ["json=../owned.json"]\n',
            'ctxaudit.toml:2: "output" is for the command line alone\n  fix: delete it, and give --output in ',
            id="a file to write",
        ),
        pytest.param(
            "update-baseline = true\n",
            'ctxaudit.toml:1: "update-baseline" is for the command line alone',
            id="an order to write",
        ),
        pytest.param(
            "top = 1\na" + ".a" * 100_000 + " = 1\n",
            "ctxaudit.toml:2: a key has more than 100 parts",
            id="a key of many parts",
        ),
        pytest.param(
            "x = " + "[" * 101 + "]" * 101 + "\n",
            "ctxaudit.toml: tables and arrays are nested deeper than 100",
            id="nested deeper than the limit",
        ),
        pytest.param(
            "top = 1\nmax-files = " + "9" * 5000 + "\n", "ctxaudit.toml:2: a number is beyond 64 bits", id="many digits"
        ),
        pytest.param(
            f"max-files = {1 << 63}\n",
            'ctxaudit.toml:1: "max-files" is a whole number, not 9223372036854775808',
            id="one more than 63 bits",
        ),
        pytest.param("x = [\n", "ctxaudit.toml: it is not TOML: ", id="cut short"),
        pytest.param("a = " + "[" * 20_000, "ctxaudit.toml: it is not TOML: ", id="nested without end"),
        pytest.param(b"# a\n# \xff\n", "ctxaudit.toml:2: it is not UTF-8, as TOML has to be", id="not UTF-8"),
        pytest.param(b"#" * (1 << 20) + b"#", "ctxaudit.toml: it is larger than 1,048,576 bytes", id="huge"),
        pytest.param(None, "ctxaudit.toml: it is a directory", id="a directory"),
    ],
)
def test_a_mistake_is_an_error_with_file_and_line(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str | bytes | None,
    said: str,
) -> None:
    make_tree(root, {"ctxaudit.toml": text})
    monkeypatch.chdir(root)
    assert main([]) == 2
    out, err = capsys.readouterr()
    assert (out, err[: len(said) + 7]) == ("", f"error: {said}")


OUTSIDE = [
    pytest.param('file = "../private.txt"', "file", "../private.txt", id="a Dockerfile above"),
    pytest.param('ignore-file = "../private.txt"', "ignore-file", "../private.txt", id="an ignore file above"),
    pytest.param('baseline = "../known.json"', "baseline", "../known.json", id="a baseline above, which may be absent"),
    pytest.param('compose = ["a.yaml", "../private.txt"]', "compose", "../private.txt", id="one of two compose files"),
    pytest.param('bake = ["../private.txt"]', "bake", "../private.txt", id="a bake file above"),
    pytest.param('build-context = ["x=.."]', "build-context", "..", id="a named context above"),
    pytest.param('file = "link"', "file", "link", id="a link that leads above"),
    pytest.param('baseline = "up/known.json"', "baseline", "up/known.json", id="below a link that leads above"),
    pytest.param('file = "/proc/self/environ"', "file", "/proc/self/environ", id="the environment"),
    pytest.param('ignore-file = ".git/config"', "ignore-file", ".git/config", id="git's own files"),
]


@pytest.mark.parametrize(("line", "key", "path"), OUTSIDE)
def test_what_a_file_makes_us_read_lies_in_the_repository(
    root: Path, monkeypatch: pytest.MonkeyPatch, line: str, key: str, path: str
) -> None:
    make_tree(
        root.parent,
        {"private.txt": "swordfish[\n", "p/.git/config": "[core]\n", "p/ctxaudit.toml": f"top = 1\n{line}\n"},
    )
    (root / "link").symlink_to("../private.txt")
    (root / "up").symlink_to("..")
    answer = ctxaudit(".", "--update-baseline", cwd=root)
    assert (answer.returncode, answer.stdout, answer.stderr.decode()) == (
        2,
        b"",
        f'error: ctxaudit.toml:2: "{key}": {path} is outside the repository, links resolved\n'
        f"  fix: name a file of the repository, or give --{key} in the command\n",
    )
    assert not (root.parent / "known.json").exists()


def test_a_file_of_a_subdirectory_reads_all_of_its_repository(root: Path) -> None:
    make_tree(root, {".git/HEAD": "", "ci/ctxaudit.toml": 'file = "../Dockerfile"\nbaseline = "../known.json"\n'})
    assert value(root, "file", "--config", str(root / "ci/ctxaudit.toml")) == (
        os.path.normpath(root / "Dockerfile"),
        "DEFAULT_MAP",
    )


@pytest.mark.parametrize("kind", ["fifo", "dangling link", "device"])
def test_what_is_no_regular_file_is_an_error_and_never_waited_for(root: Path, kind: str) -> None:
    if kind == "fifo":
        os.mkfifo(root / "ctxaudit.toml")
    else:
        (root / "ctxaudit.toml").symlink_to("/dev/zero" if kind == "device" else "nowhere")
    answer = ctxaudit(cwd=root)
    assert answer.returncode == 2
    assert answer.stderr.decode() == (
        "error: ctxaudit.toml: no such file, or not a readable regular file\n"
        "  fix: name a file that can be read, or use --no-config\n"
    )


def test_a_file_that_may_not_be_read_is_an_error(root: Path) -> None:
    make_tree(root, {"ctxaudit.toml": "top = 1\n"}).joinpath("ctxaudit.toml").chmod(0)
    let_everyone_in(root)
    answer = as_nobody(str(root))
    assert (answer.status, answer.stderr.partition(": no such file, or ")[2]) == (
        2,
        "not a readable regular file\n  fix: name a file that can be read, or use --no-config\n",
    )


def test_a_table_that_is_none_is_an_error(root: Path) -> None:
    make_tree(root, {"pyproject.toml": "[tool]\nctxaudit = 1\n"})
    assert ctxaudit(cwd=root).stderr.decode() == 'error: pyproject.toml:2: "tool.ctxaudit" is not a table\n'


def test_a_file_can_be_named_or_left_out(root: Path) -> None:
    make_tree(root, {"ctxaudit.toml": "broken", "other.toml": "top = 7\n"})
    assert value(root, "top", "--config", str(root / "other.toml")) == (7, "DEFAULT_MAP")
    assert value(root, "top", "--no-config") == (10, "DEFAULT")
    answer = ctxaudit(cwd=root, CTXAUDIT_CONFIG="other.toml")
    assert answer.returncode == 0
    with pytest.raises(CtxauditError, match="no such file"):
        value(root, "top", "--config", "nowhere.toml")


def test_every_command_that_reads_a_build_reads_the_file(root: Path) -> None:
    make_tree(root, {"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "1", "b": "1"})
    assert ctxaudit("ls", cwd=root).stdout == b"a\n"
    make_tree(root, {"ctxaudit.toml": 'builder = "classic"\nformat = "json"\nmax-size = 1\n'})
    assert ctxaudit("ls", cwd=root).stdout == b"Dockerfile\na\nb\nctxaudit.toml\n"
    assert ctxaudit("why", "b", cwd=root).stdout.startswith(b"b is sent\n")


def test_verbose_says_where_a_value_came_from(root: Path) -> None:
    make_tree(root, {"ctxaudit.toml": 'top = 3\nmax-size = "1MB"\n[[target]]\nname = "x"\nmax-files = 2\n'})
    answer = ctxaudit("-v", "--max-size", "2MB", cwd=root, CTXAUDIT_FAIL_ON="never")
    assert answer.stderr.decode().splitlines() == [
        "fail-on never from CTXAUDIT_FAIL_ON",
        "top 3 from ctxaudit.toml:1",
        "max-files 2 from ctxaudit.toml:5, for x",
    ]


def test_the_keys_are_the_long_options_but_for_what_is_done(root: Path) -> None:
    named = {name for name, _ in options(AUDIT)}
    done = {"diff", "write", "check", "exit-1-on-change", "output", "verbose", "quiet", "color", "config", "no-config"}
    assert done <= named
    assert set(keys()) & done == set()
    assert named - set(keys()) - done <= {"update-baseline", "at"}


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0), ("512", 512), ("512b", 512), ("512k", 512_000), ("100MB", 100_000_000), ("100M", 100_000_000),
        ("1.5gb", 1_500_000_000), ("64MiB", 67_108_864), ("64mi", 67_108_864), ("0.5KiB", 512), ("1.23kB", 1230),
        ("2 TB", 2_000_000_000_000), (" 7 ", 7), ("1.9", 1), ("1EiB", 1 << 60),
    ],
)  # fmt: skip
def test_a_size_is_taken_as_docker_prints_it(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "MB", "-1", "1e3", "1ib", "1XB", "1,000", "0x10", "\u0661", "1" * 19, "1.", "inf"]
)
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size: write 100MB"):
        parse_size(text)


def test_lines_are_found_however_a_key_is_written(tmp_path: Path) -> None:
    text = "[tool.other]\nx = 1\n[ tool . ctxaudit ]\n'top' = 3\n\"bytes\" = true\n[[tool.ctxaudit.target]]\nname='a'\n"
    path = tmp_path / "pyproject.toml"
    path.write_text(text + "max-files = 1\n[[tool.ctxaudit.target]]\nname = 'b'\nmax-files = 2\n")
    settings = load(str(path), keys(), {})
    lines = {key: one.where.rpartition(":")[2] for key, one in settings.values.items()}
    assert lines == {"top": "4", "bytes": "5"}
    assert [table.values["max-files"].where.rpartition(":")[2] for table in settings.targets] == ["8", "11"]
    assert OWN_NAMES == ("ctxaudit.toml", ".ctxaudit.toml")
