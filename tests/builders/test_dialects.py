"""Builders with a dialect of their own: what their programs did with whole trees, and what each makes of a list."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from cache.recorded import plant

import ctxaudit
from ctxaudit import CtxauditError, list_context
from support import ctxaudit as run
from support import for_each, make_tree, rows


def paths(root: Path, builder: str, **options: Any) -> set[str]:
    return {entry.path for entry in list_context(root, builder=builder, permitted=True, **options).entries}


WHOLE = [row for row in rows("buildah") if row["copy"] == ". /"]


@for_each(WHOLE)
def test_a_copy_of_the_whole_context_puts_this_into_buildahs_image(row: dict[str, Any], tmp_path: Path) -> None:
    root, option = plant(tmp_path / "context", row["files"]), row["ignorefile_option"]
    dockerfile = root / row["dockerfile_name"] if row["f_given"] else None
    ignore_file = root / option if option else None
    if "error" in row:
        with pytest.raises(CtxauditError):
            paths(root, "podman", dockerfile=dockerfile, ignore_file=ignore_file)
        return
    assert paths(root, "podman", dockerfile=dockerfile, ignore_file=ignore_file) == set(row["image"])


@pytest.mark.parametrize(
    ("lines", "path", "is_taken"),
    [
        pytest.param("**foo", "barfoo", True, id="two stars glued to a name match from a slash on"),
        pytest.param("a+b", "a+b", True, id="a plus repeats what stands before it"),
        pytest.param("a+b", "aab", False, id="so that it matches another name"),
        pytest.param("foo(1)", "foo(1)", True, id="parentheses are a group"),
        pytest.param("foo|bar", "foo/x", False, id="a bar is an alternative, also in a name"),
        pytest.param("**/*.md\n!docs", "docs/a.md", True, id="an exception for a directory holds below it"),
        pytest.param("*\n!app/c\napp", "app/c", False, id="the last line that matches decides"),
        pytest.param("*\n!**/*.go", "src/a.go", False, id="an exception with a wildcard lets no directory be entered"),
        pytest.param("*\n!srcs/x\n!s*/a", "src/a", True, id="the start of an exception's name lets one be entered"),
        pytest.param("! b\nb", "b", False, id="white space behind the ! stays"),
        pytest.param("#x", "#x", True, id="a comment begins in the first column"),
        pytest.param(" #x", "#x", False, id="and not behind white space"),
    ],
)
def test_podman_reads_lines_as_containers_storage_does(lines: str, path: str, is_taken: bool, tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\n", ".dockerignore": lines, path: "x"})
    assert (path in paths(tmp_path, "podman")) is is_taken


def test_podman_transfers_nothing_and_reads_only_what_is_copied(tmp_path: Path) -> None:
    make_tree(
        tmp_path, {"Containerfile": "FROM scratch\nCOPY a /\n", "Dockerfile": "FROM scratch\n", "a": "1", "b": "2"}
    )
    listing = list_context(tmp_path, builder="podman")
    assert ([entry.path for entry in listing.entries], listing.transfer_bytes) == (["a"], 0)


@pytest.mark.parametrize(
    ("source", "taken"),
    [
        pytest.param("*/page", {"link", "web/page"}, id="a link to a file is no directory with a page"),
        pytest.param("l*", {"link", "docs/log"}, id="a link that matches brings what it leads to"),
        pytest.param("[[]x]", {"[x]"}, id="a name that is a pattern itself"),
        pytest.param("z* web/page", {"web/page"}, id="a wildcard that matches nothing"),
    ],
)
def test_podman_follows_what_a_wildcard_matches_and_nothing_else(source: str, taken: set[str], tmp_path: Path) -> None:
    make_tree(
        tmp_path,
        {
            "Dockerfile": f"FROM scratch\nCOPY {source} /x/\n",
            "docs/log": "1",
            "web/page": "2",
            "web/log": "3",
            "[x]": "",
        },
    )
    (tmp_path / "link").symlink_to("docs/log")
    entries = list_context(tmp_path, builder="podman").entries
    assert {entry.path for entry in entries if entry.type != "dir"} - {"link"} == taken - {"link"}


def test_podman_mounts_the_context_as_it_stands(tmp_path: Path) -> None:
    lines = "FROM busybox\nCOPY a /\nRUN --mount=type=bind,source=b,target=/b cat /b\n"
    make_tree(tmp_path, {"Dockerfile": lines, ".dockerignore": "b", "a": "1", "b": "2"})
    found = {builder: ctxaudit.audit(tmp_path, builder=builder) for builder in ("buildkit", "podman")}
    rules = {name: [one.rule for one in report.targets[0].findings] for name, report in found.items()}
    assert "copy-source-ignored" in rules["buildkit"]
    assert "copy-source-ignored" not in rules["podman"]


@pytest.mark.parametrize(
    ("files", "name"),
    [
        pytest.param((".dockerignore",), ".dockerignore", id="docker's, at the context root"),
        pytest.param((".dockerignore", ".containerignore"), ".containerignore", id="its own before docker's"),
        pytest.param((".containerignore", "Dockerfile.containerignore"), "Dockerfile.containerignore", id="beside"),
        pytest.param(
            ("Dockerfile.containerignore", "Dockerfile.dockerignore"),
            "Dockerfile.dockerignore",
            id="of two beside the Dockerfile, docker's",
        ),
        pytest.param((), "", id="none"),
    ],
)
def test_podman_reads_this_ignore_file(files: tuple[str, ...], name: str, tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", **dict.fromkeys(files, "x")})
    (target,) = ctxaudit.audit(tmp_path, builder="podman").targets
    assert Path(target.ignore_file).name == name


def test_a_proposal_for_podman_is_proved_for_docker_where_docker_reads_the_file(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", "a": "1", ".env": "TOKEN=x", ".dockerignore": "b\n"})
    (target,) = ctxaudit.audit(tmp_path, builder="podman", propose=True).targets
    assert target.proposal is not None
    assert (target.proposal.patterns, set(target.proposal.proof.after)) == (
        ("**/.env",),
        {"buildkit", "classic", "podman"},
    )
    (tmp_path / ".dockerignore").rename(tmp_path / ".containerignore")
    (target,) = ctxaudit.audit(tmp_path, builder="podman", propose=True).targets
    assert target.proposal is not None
    assert set(target.proposal.proof.after) == {"podman"}


@for_each(rows("dockerpy"))
def test_docker_py_puts_this_into_its_tar(row: dict[str, Any], tmp_path: Path) -> None:
    root = plant(tmp_path / "context", row["files"])
    assert paths(root, "docker-py", dockerfile=root / row["file"]) == set(row["paths"])


@pytest.mark.parametrize(
    ("lines", "path", "is_taken"),
    [
        pytest.param("readme", "README", False, id="case does not count"),
        pytest.param("**foo", "barfoo", True, id="two stars glued to a name match from a slash on"),
        pytest.param("[!a]x", "bx", False, id="an exclamation mark negates a class"),
        pytest.param("[^a]x", "bx", True, id="a circumflex is a member of it"),
        pytest.param("[]a]x", "]x", False, id="a bracket may stand first in a class"),
        pytest.param("[!]", "[!]", False, id="an unfinished class is literal"),
        pytest.param("a\\*b", "a*b", True, id="nothing can be escaped"),
        pytest.param("  # b", "# b", True, id="a comment may stand behind white space"),
        pytest.param("../b", "b", False, id="two dots at the start are dropped"),
        pytest.param("**/*.md\n!docs", "docs/a.md", True, id="an exception for a directory holds below it"),
        pytest.param("**/*.log", "a/b.log/c/d", False, id="what is below an excluded directory is not looked at"),
        pytest.param("*\n!**/*.py", "src/a.py", False, id="an exception with a wildcard lets no directory be entered"),
        pytest.param("*\x0cb", "b", False, id="a form feed ends a line"),
        pytest.param("*", "Dockerfile", True, id="the Dockerfile is always sent"),
    ],
)
def test_docker_py_reads_lines_by_its_own_port(lines: str, path: str, is_taken: bool, tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\n", ".dockerignore": lines, path: "x"})
    assert (path in paths(tmp_path, "docker-py")) is is_taken


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"[z-a]\n", "bad character range", id="a range that runs backwards"),
        pytest.param(b"caf\xe9\n", "codec can't decode", id="bytes that are not UTF-8"),
    ],
)
def test_docker_py_fails_on(data: bytes, said: str, tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\n", ".dockerignore": data, "a": "1"})
    with pytest.raises(CtxauditError, match=said):
        paths(tmp_path, "docker-py")


@pytest.mark.parametrize(
    ("name", "seconds", "blocks"),
    [
        pytest.param("a", 1_700_000_000.25, 4, id="each entry has a record of its time"),
        pytest.param("a", -0.5, 2, id="but for one that is rounded to 1970"),
        pytest.param("n" * 101, 1_700_000_000, 4, id="a long name stands beside it"),
        pytest.param("é" * 60, 1_700_000_000, 4, id="as one that is not ASCII does"),
    ],
)
def test_the_tar_of_docker_py_is_that_of_python(name: str, seconds: float, blocks: int, tmp_path: Path) -> None:
    """Sixteen such files, so that the 20 blocks to which a tar is padded count; they hold a block each."""
    names = [f"{name}{number:x}" for number in range(16)]
    make_tree(tmp_path, dict.fromkeys(names, "x"))
    for one in names:
        os.utime(tmp_path / one, ns=(0, int(seconds * 1_000_000_000)))
    padded = -(-(16 * blocks * 512 + 1024) // 10_240) * 10_240
    (target,) = ctxaudit.audit(tmp_path, builder="docker-py").targets
    assert (list_context(tmp_path, builder="docker-py").transfer_bytes, target.sent.transfer_bytes) == (padded, padded)


@for_each(rows("cdk"))
def test_the_cdk_stages_this(row: dict[str, Any], tmp_path: Path) -> None:
    directory = plant(tmp_path / row["directory"], row["files"])
    dockerfile = directory / row["file"] if row["file"] else None
    if "error" in row:
        with pytest.raises(CtxauditError):
            paths(directory, "cdk", dockerfile=dockerfile)
        return
    assert paths(directory, "cdk", dockerfile=dockerfile) == {path.rstrip("/") for path in row["staged"]}


@pytest.mark.parametrize(
    ("lines", "path", "is_taken"),
    [
        pytest.param("readme", "README", False, id="case does not count"),
        pytest.param("straße", "STRASSE", True, id="a letter that becomes two in upper case is itself alone"),
        pytest.param("É", "é", False, id="an accent does not matter for case"),
        pytest.param("k", "\u212a", True, id="the sign of a kelvin is not the letter k"),
        pytest.param("?", "\U0001f600", True, id="a question mark is half of an emoji"),
        pytest.param("??", "\U0001f600", False, id="two of them are a whole one"),
        pytest.param("[!a]", "b", True, id="an exclamation mark is a member of a class"),
        pytest.param("[]", "a", True, id="an empty class matches nothing"),
        pytest.param("[^]", "a", False, id="and its opposite everything"),
        pytest.param("a{1}", "a", False, id="braces repeat"),
        pytest.param("a{1", "a{1", False, id="unless they are not closed"),
        pytest.param("a|b", "b", False, id="a bar is an alternative, also in a name"),
        pytest.param("\\\\x41", "a", True, id="an escaped backslash is one"),
        pytest.param("\\x41", "a", False, id="a number in hexadecimal is a character"),
        pytest.param("[\\d-f]", "-", False, id="a minus behind a class of an escape is a member"),
        pytest.param("\\101", "A", False, id="a number without a group is octal"),
        pytest.param("\\cA", "\x01", False, id="a control character"),
        pytest.param("#a", "#a", True, id="a comment begins in the first column"),
        pytest.param(" #a", "#a", False, id="and not behind white space"),
        pytest.param("!", "a", True, id="an exclamation mark alone means nothing"),
        pytest.param("**/a/*", "x/a/b/c", False, id="two stars reach each parent"),
        pytest.param("*\n!src/a", "src/a", True, id="an exception below a directory lets it be entered"),
        pytest.param("*\n!**/a", "src/a", True, id="one with two stars lets every directory be entered"),
        pytest.param("*", "Dockerfile", True, id="the Dockerfile at the root is always staged"),
        pytest.param("", "CDK.out/a", False, id="what the CDK itself writes is not"),
    ],
)
def test_the_cdk_reads_lines_as_javascript_does(lines: str, path: str, is_taken: bool, tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\n", ".dockerignore": lines, path: "x"})
    assert (path in paths(tmp_path, "cdk")) is is_taken


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("c++.h", id="two plus signs"),
        pytest.param("+a", id="nothing before a plus"),
        pytest.param("*+", id="a star and a plus"),
        pytest.param("[b-a]", id="a range that runs backwards"),
        pytest.param("a[", id="a class without an end"),
        pytest.param("(a", id="a group without an end"),
        pytest.param("a)", id="an end without a group"),
        pytest.param("a{2,1}", id="fewer than the least"),
        pytest.param("{1}", id="a number of nothing"),
    ],
)
def test_the_cdk_fails_on(line: str, tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\n", ".dockerignore": line, "x": "1"})
    with pytest.raises(CtxauditError, match="syntax error in pattern"):
        paths(tmp_path, "cdk")


def test_the_cdk_hashes_each_file(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "1", "b": "2", "d/c": "3"})
    text = ctxaudit.render(ctxaudit.audit(tmp_path, builder="cdk"))
    assert "4 files change the asset's hash" in text
    assert list_context(tmp_path, builder="cdk").transfer_bytes == 0


@pytest.mark.parametrize(
    ("lines", "path", "is_taken"),
    [
        pytest.param("a.log", "d/a.log", False, id="a name matches at any depth"),
        pytest.param("d/a", "x/d/a", False, id="so do names with a slash between them, unlike in git"),
        pytest.param("/a", "d/a", True, id="a slash at the start means the root"),
        pytest.param("a/", "a", True, id="a slash at the end means directories alone"),
        pytest.param("a/", "a/b", False, id="and all that is below them"),
        pytest.param("*", "ab/c", False, id="a star alone matches the names at the root"),
        pytest.param("*\n!d/a", "d/a", False, id="nothing below an excluded directory comes back"),
        pytest.param("*.log\n!a.log", "d/a.log", True, id="an exception brings a file back"),
        pytest.param("a/**", "a/b", False, id="two stars reach any depth"),
        pytest.param("[!a]x", "bx", False, id="an exclamation mark negates a class"),
        pytest.param("\\*", "a", False, id="an escape means nothing"),
        pytest.param("a\\", "a", True, id="a backslash at the end makes the line invalid"),
        pytest.param("a  ", "a", False, id="spaces at the end are dropped"),
        pytest.param("a\\ ", "a ", False, id="unless they are escaped"),
        pytest.param("#!include:other", "b", False, id="another file is included"),
        pytest.param("# !include:other", "b", False, id="also behind a space"),
    ],
)
def test_gcloud_reads_lines_as_its_own_program_does(lines: str, path: str, is_taken: bool, tmp_path: Path) -> None:
    make_tree(
        tmp_path, {"Dockerfile": "FROM scratch\n", ".gcloudignore": lines, "other": "b\n#!include:none\n", path: "x"}
    )
    assert (path in paths(tmp_path, "gcloud")) is is_taken


@pytest.mark.parametrize(
    ("files", "taken"),
    [
        pytest.param({}, {"Dockerfile", "a", "b"}, id="nothing of git: all is uploaded"),
        pytest.param({".gitignore": "b\n"}, {"Dockerfile", "a"}, id="a .gitignore is included in the one that is made"),
        pytest.param(
            {".gitignore": "b\n", ".gcloudignore": ""},
            {"Dockerfile", "a", "b", ".gitignore", ".gcloudignore"},
            id="an empty one",
        ),
        pytest.param({".dockerignore": "b\n"}, {"Dockerfile", "a", "b", ".dockerignore"}, id="docker's counts later"),
    ],
)
def test_gcloud_makes_an_ignore_file(files: dict[str, str | bytes | None], taken: set[str], tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\n", "a": "1", "b": "2", **files})
    assert paths(tmp_path, "gcloud") == taken


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param("#!include:none", "Could not read ignore file", id="a file that is not there"),
        pytest.param("#!include:d/x", "May only include files in the same directory", id="a file elsewhere"),
    ],
)
def test_gcloud_fails_on(line: str, said: str, tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\n", ".gcloudignore": line, "d/x": "1"})
    with pytest.raises(CtxauditError, match=said):
        paths(tmp_path, "gcloud")


def test_a_new_ignore_file_for_gcloud_begins_with_what_gcloud_makes(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", ".gitignore": "b/\n", "b/c": "1", ".env": "TOKEN=x"})
    change = ctxaudit.propose(tmp_path, builder="gcloud")
    made = b".gcloudignore\n.git\n.gitignore\n#!include:.gitignore\n"
    assert change.new == made + b"# >>> ctxaudit\n**/.env\n# <<< ctxaudit\n"


def test_a_source_that_git_ignores_is_lost_in_cloud_build_alone(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY dist /\n", ".gitignore": "dist/\n", "dist/a": "1"})
    found = {name: ctxaudit.audit(tmp_path, builder=name).targets[0].findings for name in ("buildkit", "gcloud")}
    said = [one.message for one in found["gcloud"] if one.rule == "copy-source-ignored"]
    assert "copy-source-ignored" not in [one.rule for one in found["buildkit"]]
    assert len(said) == 1
    assert ".gitignore:1 'dist/'" in said[0]
    assert ctxaudit.why("dist/a", tmp_path, builder="gcloud").last is not None


@pytest.fixture
def both(tmp_path: Path) -> Path:
    """A tree of which podman takes `docs/a.md`, and BuildKit does not; `app/c` the other way."""
    lines = "**/*.md\n!docs\n*.x\n!app/c\napp\n"
    files = {"docs/a.md": "1", "app/c": "2", "b": "3", ".env": "TOKEN=x"}
    return make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", ".dockerignore": lines, **files})


def differing(root: Path, **options: Any) -> list[str]:
    report = ctxaudit.audit(root, **options)
    return [one.message for one in report.targets[0].findings if one.rule == "builders-differ"]


def test_builders_differ_names_the_paths(both: Path) -> None:
    assert differing(both, builder="buildkit,podman") == ["Podman takes 1 path that BuildKit does not: docs/a.md"]
    assert differing(both, builder="podman, buildkit") == ["BuildKit does not take 1 path that Podman does: docs/a.md"]
    assert differing(both, builder="buildkit,classic") == []
    assert differing(both, builder="buildkit") == []


def test_another_builder_may_read_another_file(both: Path) -> None:
    (both / ".containerignore").write_text("b\n.env\ndocs\n")
    assert sorted(differing(both, builder="buildkit,podman")) == [
        "Podman does not take 2 paths that BuildKit does: .env, b",
        "Podman takes 1 path that BuildKit does not: app/c",
    ]


def test_another_builder_may_fail(both: Path) -> None:
    (both / ".dockerignore").write_text("c++\n")
    (said,) = differing(both, builder="buildkit,podman")
    assert said == 'Podman fails: syntax error in pattern "c++"'


def test_a_proposal_is_proved_for_all_builders_that_read_the_file(both: Path) -> None:
    report = ctxaudit.audit(both, builder="buildkit,podman,docker-py,cdk,gcloud", propose=True)
    target, other = report.targets
    assert target.proposal is not None
    assert other.proposal is not None
    assert set(other.proposal.proof.after) == {"gcloud"}
    assert target.proposal.patterns == ("**/.env",)
    assert set(target.proposal.proof.after) == {"buildkit", "classic", "podman", "docker-py", "cdk"}


def test_a_proposal_holds_where_builders_read_a_line_otherwise(tmp_path: Path) -> None:
    """`.ENV` is a file that the build uses: for the CDK the line `**/.env` would exclude it, too."""
    files: dict[str, str | bytes | None] = {"a": "1", ".env": "TOKEN=x", ".ENV": "y"}
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY .ENV a /\n", **files})
    for builders, lines in (("classic", ("**/.env",)), ("classic,cdk", ())):
        (target,) = ctxaudit.audit(tmp_path, builder=builders, propose=True).targets
        assert target.proposal is not None
        assert target.proposal.patterns == lines


def test_the_command_line_takes_several_builders(both: Path) -> None:
    said = run("--builders", "buildkit,podman", "--fail-on", "never", cwd=both).stdout.decode()
    assert "Podman takes 1 path" in " ".join(said.split())
    (both / "ctxaudit.toml").write_text('builders = ["buildkit", "podman"]\n')
    assert "Podman takes 1 path" in " ".join(run("--fail-on", "never", cwd=both).stdout.decode().split())
    assert run("--builders", "buildkit,kaniko", cwd=both).returncode == 2
