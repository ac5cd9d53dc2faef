"""The rules about what a Dockerfile asks for: a tree for each, and one where each is silent."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ctxaudit import CtxauditError, audit, list_context, matches, parse_ignore
from ctxaudit.model import BuilderName, Finding
from support import git, make_tree

WILDCARD = "its wildcard meets a symlink, so that all it matches is sent; write the names instead"
Files = dict[str, str | bytes | None]
_GLOB = "FROM scratch\nARG J=b/*.jar\nCOPY ${J} /x.jar\n"


def findings(root: Path, rule: str) -> list[Finding]:
    (target,) = audit(root, dockerfile=root / "Dockerfile").targets
    return [finding for finding in target.findings if finding.rule == rule]


def said(root: Path, rule: str) -> list[tuple[int, str]]:
    """Line and message of each finding, without the directory of the test."""
    return [
        (finding.location.line if finding.location else 0, finding.message.replace(f"{root}/", ""))
        for finding in findings(root, rule)
    ]


@pytest.mark.parametrize(
    ("dockerfile", "ignore", "expected"),
    [
        pytest.param(
            "COPY src /",
            "src\n",
            ("COPY src", "src", "!src"),
            id="a directory that a pattern names",
        ),
        pytest.param(
            "COPY src/a.txt /",
            "*\n!other\n",
            ("COPY src/a.txt", "*", "!src/a.txt"),
            id="a file under an allow-list, where BuildKit's own check is silent",
        ),
        pytest.param(
            "COPY src/*.txt /",
            "**/*.txt\n",
            ("COPY src/*.txt", "**/*.txt", "!src/*.txt"),
            id="a wildcard, all of whose matches are excluded",
        ),
        pytest.param(
            "COPY src /",
            "src/*\n",
            ("COPY src", "src/*", "!src/*"),
            id="a directory that arrives empty",
        ),
        pytest.param(
            "COPY link /",
            "src/a.txt\n",
            ("COPY link", "src/a.txt", "!src/a.txt"),
            id="a link whose target is excluded",
        ),
        pytest.param(
            "RUN --mount=type=bind,source=src,target=/s true",
            "src\n",
            ("RUN src", "src", "!src"),
            id="a mount, which BuildKit's own check passes over",
        ),
        pytest.param("COPY src /", "src/a.txt\n", None, id="a directory of which something is left"),
        pytest.param("COPY . /", "src\n", None, id="the whole context is not named outright"),
        pytest.param("COPY --from=other src /", "src\n", None, id="a source of another stage"),
        pytest.param("COPY src /", "src\n!src/b.txt\n", None, id="an exception brings part of it back"),
        pytest.param("COPY none*.txt src /", "", None, id="a wildcard that matches nothing is fine"),
        pytest.param("COPY kept /", "**/.gitkeep\n", None, id="a directory whose only file keeps it in git"),
        pytest.param(
            "COPY kept /",
            "kept\n",
            ("COPY kept", "kept", "!kept"),
            id="a directory that holds nothing else, and does not arrive",
        ),
    ],
)
def test_a_source_that_the_ignore_file_leaves_out(
    dockerfile: str, ignore: str, expected: tuple[str, str, str] | None, tmp_path: Path
) -> None:
    head = "FROM scratch AS other\nFROM scratch\n" if "--from" in dockerfile else "FROM scratch\n"
    make_tree(tmp_path, {"src/a.txt": "1", "src/b.txt": "1", "other": "1", ".dockerignore": ignore})
    make_tree(tmp_path, {"kept/.gitkeep": "", "Dockerfile": f"{head}{dockerfile}\n"})
    (tmp_path / "link").symlink_to("src/a.txt")
    message = (
        "{} is not in the context: excluded by .dockerignore:1 {!r}; {!r} at the end of the ignore file brings it back"
    )
    line = head.count("\n") + 1
    assert said(tmp_path, "copy-source-ignored") == ([(line, message.format(*expected))] if expected else [])


def test_the_second_source_behind_a_link_is_lost_and_named_as_it_has_to_be(tmp_path: Path) -> None:
    make_tree(
        tmp_path, {"far/lib/x": "1", "far/lib/y": "2", "Dockerfile": "FROM scratch\nCOPY lib/y /\nCOPY lib/x /\n"}
    )
    (tmp_path / "lib").symlink_to("far/lib")
    why = "BuildKit follows each symlink once, and an earlier source went through its link; name far/lib/y itself"
    assert said(tmp_path, "copy-source-ignored") == [(2, f"COPY lib/y is not in the context: {why}")]


@pytest.mark.parametrize("other", ["", "COPY other /\n"], ids=["of no context", "of a context that is sent"])
def test_the_source_of_a_stage_that_a_tmpfs_alone_names_is_not_lost(tmp_path: Path, other: str) -> None:
    mount = "RUN --mount=type=tmpfs,from=x,target=/t a\n"
    dockerfile = f"FROM scratch AS x\nCOPY src/a.txt /\nFROM scratch\n{mount}{other}"
    make_tree(tmp_path, {"src/a.txt": "1", "other": "1", "Dockerfile": dockerfile})
    assert [entry.path for entry in list_context(tmp_path).entries] == (["other", "src", "src/a.txt"] if other else [])
    assert said(tmp_path, "copy-source-ignored") == []


def test_the_exception_brings_the_source_back_for_both_builders(tmp_path: Path) -> None:
    files: Files = {
        "src/deep/a.txt": "1",
        ".dockerignore": "*\n!x/**\n",
        "Dockerfile": "FROM scratch\nCOPY src/deep /\n",
    }
    make_tree(tmp_path, files)
    (finding,) = findings(tmp_path, "copy-source-ignored")
    make_tree(tmp_path, {".dockerignore": f"*\n!x/**\n{finding.pattern}\n"})
    for builder in ("buildkit", "classic"):
        assert "src/deep/a.txt" in [entry.path for entry in list_context(tmp_path, builder=builder).entries]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("COPY nope /", [(2, 'COPY nope: "/nope": not found')], id="a literal source that is not there"),
        pytest.param('COPY ["a b", "/"]', [(2, 'COPY a b: "/a b": not found')], id="in the JSON form as well"),
        pytest.param("COPY nope* a /", [], id="a wildcard may match nothing"),
        pytest.param("COPY ../a /", [], id="two dots stop at the root"),
        pytest.param("COPY <<E /x\nhi\nE", [], id="a heredoc is no source"),
        pytest.param("ADD https://example.org/x /x", [], id="a URL is no source"),
        pytest.param("COPY \\\\*a /", [], id="an escaped star is still a wildcard after the lexer"),
        pytest.param("ADD git@github.com:a/b.git /x\nCOPY a /", [], id="a git source is fetched by the builder"),
        pytest.param(
            "RUN --mount=type=tmpfs,source=nope,target=/t true\nCOPY a /", [], id="a tmpfs mount reads no source"
        ),
    ],
)
def test_a_source_that_is_not_there(line: str, expected: list[tuple[int, str]], tmp_path: Path) -> None:
    make_tree(tmp_path, {"a": "1", "Dockerfile": f"FROM scratch\n{line}\n", "*a": "1"})
    assert said(tmp_path, "copy-source-missing") == expected


@pytest.mark.parametrize(
    ("source", "question"),
    [
        pytest.param("srcc/", "; did you mean src?", id="a letter too many"),
        pytest.param("src/man.py", "; did you mean src/main.py?", id="a letter too few in a directory"),
        pytest.param("scr/main.py", "", id="two letters of three that changed places are no slip to be sure of"),
        pytest.param("SRC/Main.py", "; did you mean src/main.py?", id="another case"),
        pytest.param("srcc/other.py", "", id="a directory that is nearly there, without the file"),
        pytest.param("docs", "", id="nothing alike"),
    ],
)
def test_a_source_that_is_nearly_there(source: str, question: str, tmp_path: Path) -> None:
    make_tree(tmp_path, {"src/main.py": "1", "Dockerfile": f"FROM scratch\nCOPY {source} /\n"})
    path = source.rstrip("/")
    assert said(tmp_path, "copy-source-missing") == [(2, f'COPY {source}: "/{path}": not found{question}')]


@pytest.mark.parametrize(
    ("source", "gitignore", "severity"),
    [
        pytest.param("out/app", "out/\n", "warning", id="in a directory that git ignores"),
        pytest.param("out", "out/\n", "warning", id="a directory that git ignores"),
        pytest.param("app", "/app\n", "warning", id="a file that git ignores"),
        pytest.param("out/app", "*.log\n", "error", id="that git does not ignore"),
        pytest.param("out/app", "out/*\n!out/app\n", "error", id="that a line keeps in git"),
        pytest.param("old/app", "old/\n", "warning", id="in a directory of which git tracks another file"),
        pytest.param("new/app", "new/\n", "error", id="that git tracks, and is removed"),
        pytest.param("new", "new/\n", "error", id="a directory of which git tracks a file, and is removed"),
        pytest.param("sub/app", "sub/\n", "error", id="that the ignore file excludes"),
        pytest.param("lib/app", "lib/\n", "warning", id="that the ignore file brings back"),
        pytest.param("lib", "lib/\n", "warning", id="a directory of which the ignore file brings back a file"),
    ],
)
def test_a_source_that_git_ignores_is_made_before_the_build(
    source: str, gitignore: str, severity: str, tmp_path: Path
) -> None:
    files = {"a": "1", "old/b": "1", ".gitignore": gitignore, "Dockerfile": f"FROM scratch\nCOPY {source} /\n"}
    git(make_tree(tmp_path, files), "init", "-q")
    make_tree(tmp_path, {"new/app": "1", ".dockerignore": "sub\nlib\n!lib/app\n"})
    git(tmp_path, "add", "-f", "old/b", "new/app")
    shutil.rmtree(tmp_path / "new")
    (finding,) = findings(tmp_path, "copy-source-missing")
    made = "; git ignores it: it has to be made before the build"
    end = made if severity == "warning" else ""
    assert (finding.severity, finding.message) == (severity, f'COPY {source}: "/{source}": not found{end}')


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {"b/x.txt": "1"}, '"/b": nothing in it matches, so that it is not sent', id="nothing in it is used"
        ),
        pytest.param({}, '"/b": not found', id="the directory is not there"),
        pytest.param({"b": "1"}, '"/b": nothing in it matches, so that it is not sent', id="it is a file"),
        pytest.param({"b/x.jar": "1"}, "", id="something matches"),
        pytest.param({"b/x.txt": "1", "Dockerfile": f"{_GLOB}COPY b/x.txt /\n"}, "", id="something else in it is used"),
        pytest.param({"b/x.txt": "1", "Dockerfile": f"{_GLOB}COPY . /\n"}, "", id="everything is used"),
        pytest.param({"Dockerfile": f"{_GLOB}COPY . /\n"}, '"/b": not found', id="everything but it is used"),
        pytest.param({"Dockerfile": "FROM scratch\nCOPY *.jar /\n"}, "", id="the root is always there"),
    ],
)
def test_a_wildcard_that_matches_nothing_needs_the_directory_before_it(
    files: Files, expected: str, tmp_path: Path
) -> None:
    make_tree(tmp_path, {"a": "1", "Dockerfile": _GLOB, **files})
    assert [message for _, message in said(tmp_path, "copy-source-missing")] == (
        [] if not expected else [f"COPY ${{J}}: {expected}"]
    )


@pytest.mark.parametrize(("name", "count"), [("x.txt", 1), ("x.jar", 0)])
def test_the_directory_before_a_wildcard_may_be_a_link(name: str, count: int, tmp_path: Path) -> None:
    (make_tree(tmp_path, {f"c/{name}": "1", "Dockerfile": _GLOB}) / "b").symlink_to("c")
    assert len(said(tmp_path, "copy-source-missing")) == count


@pytest.mark.parametrize("builder", ["classic", "podman", "docker-py"])
@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        pytest.param("nope*", ["/nope*"], id="nothing at the root"),
        pytest.param("b/*.jar", ["/b/*.jar"], id="nothing in a directory"),
        pytest.param("nope* b/*.jar", ["/b/*.jar", "/nope*"], id="nothing of two"),
        pytest.param("a nope*", [], id="another source is there"),
        pytest.param(". nope*", [], id="another source is everything"),
    ],
)
def test_another_builder_needs_a_match_of_one_source(
    builder: BuilderName, sources: str, expected: list[str], tmp_path: Path
) -> None:
    make_tree(tmp_path, {"a": "1", "b/x.txt": "1", "Dockerfile": f"FROM scratch\nCOPY {sources} /d/\n"})
    found = [one for one in audit(tmp_path, builder=builder).targets[0].findings if one.rule == "copy-source-missing"]
    assert [f"/{one.path}" for one in found] == expected


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        pytest.param("Makefile", "all:\n\tgo build -o ${DIST_DIR}/app ./cmd\n", 2, id="go build"),
        pytest.param("Makefile", "app: main.c\n\tcc $<\n", 1, id="a target of make"),
        pytest.param("Makefile", "all:\n\tjar c >target/app;true\n", 2, id="what is written to"),
        pytest.param("Makefile", "all:\n\tld --output=app a.o\n", 2, id="an option with its value"),
        pytest.param("Makefile", "app := main\nall:\n\techo >> app\n", 0, id="a variable, and what is appended to"),
        pytest.param("Makefile", ".PHONY: all app\napp:\n\tgo test\n", 0, id="a target of make that is no file"),
        pytest.param("build.sh", "case x in\napp:) ;;\nesac\n", 0, id="a label of a script"),
        pytest.param("hack/build.sh", "gcc -c main.c\ncp out/app bin/app\n", 2, id="a copy in a script"),
        pytest.param(".goreleaser.yaml", "builds:\n  - binary: app\n", 2, id="goreleaser"),
        pytest.param("Makefile", "all:\n\tgo test ./cmd/app\n", 0, id="a word that is not written"),
        pytest.param("Makefile", "all:\n\tgo build -o bin/app2\n# cp x app\n", 0, id="another name, and a comment"),
        pytest.param("notes.txt", "go build -o app\n", 0, id="no script"),
    ],
)
def test_a_source_that_a_script_of_the_project_makes_is_a_warning(
    name: str, text: str, line: int, tmp_path: Path
) -> None:
    make_tree(tmp_path, {"main.c": "1", name: text, "Dockerfile": "FROM scratch\nCOPY app /\n"})
    (finding,) = findings(tmp_path, "copy-source-missing")
    made = f"; {name}:{line} makes a file of that name: it has to be made before the build" if line else ""
    expected = ("warning" if line else "error", f'COPY app: "/app": not found{made}')
    assert (finding.severity, finding.message) == expected


def test_a_slip_in_a_directory_that_git_ignores_is_no_source_that_is_made(tmp_path: Path) -> None:
    files = {"out/index.html": "1", ".gitignore": "out/\n", "Dockerfile": "FROM scratch\nCOPY out/indx.html /\n"}
    git(make_tree(tmp_path, files), "init", "-q")
    (finding,) = findings(tmp_path, "copy-source-missing")
    question = "; did you mean out/index.html?"
    assert (finding.severity, finding.message.rpartition("not found")[2]) == ("error", question)


def test_a_name_that_git_is_told_to_ignore_is_no_slip(tmp_path: Path) -> None:
    files = {".envrc": "1", ".gitignore": ".env\n", "Dockerfile": "FROM scratch\nCOPY .env /\n"}
    git(make_tree(tmp_path, files), "init", "-q")
    (finding,) = findings(tmp_path, "copy-source-missing")
    made = "; git ignores it: it has to be made before the build"
    assert (finding.severity, finding.message.rpartition("not found")[2]) == ("warning", made)


def test_a_source_that_is_nearly_there_and_copied_as_well_is_not_what_was_meant(tmp_path: Path) -> None:
    dockerfile = "FROM scratch\nCOPY package.json package-lock.json /\n"
    make_tree(tmp_path, {"package.json": "{}", "Dockerfile": dockerfile})
    assert said(tmp_path, "copy-source-missing") == [(2, 'COPY package-lock.json: "/package-lock.json": not found')]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(
            "COPY $UNSET /x",
            "UNSET is not set, and an empty source means everything; set it in this stage",
            id="a variable that is not set",
        ),
        pytest.param(
            "RUN --mount=type=bind,source=$UNSET,target=/s true",
            "UNSET is not set, and an empty source means everything; set it in this stage",
            id="a bind mount whose variable is not set",
        ),
        pytest.param(
            "RUN --mount=type=tmpfs,target=/t true\nCOPY a /",
            "a tmpfs mount without a source makes BuildKit send all of it; add from=scratch to it",
            id="a tmpfs mount beside a COPY",
        ),
        pytest.param(
            "WORKDIR /w\nRUN --mount=type=bind,target=. true",
            None,
            id="a bind mount without a source, as Docker documents",
        ),
        pytest.param("RUN --mount=target=/s true", None, id="a mount is a bind mount"),
        pytest.param(
            "RUN --mount=type=tmpfs,from=scratch,target=/t true\nCOPY a /", None, id="a tmpfs mount from scratch"
        ),
        pytest.param("COPY */c1 /", WILDCARD, id="a wildcard that meets a symlink at the top"),
        pytest.param(
            "COPY root /", "it is a symlink to the context root; write `.` if that is meant", id="a link to the root"
        ),
        pytest.param("COPY . /", None, id="a dot says what it means"),
        pytest.param("RUN --mount=type=bind,source=.,target=/s true", None, id="a mount of a dot as well"),
        pytest.param("RUN --mount=type=cache,target=/t true\nCOPY a /", None, id="a cache mount asks for nothing"),
    ],
)
def test_the_whole_context_by_accident(lines: str, expected: str | None, tmp_path: Path) -> None:
    make_tree(tmp_path, {"a": "1", "d/c1": "1", "Dockerfile": f"FROM scratch\n{lines}\n"})
    (tmp_path / "s").symlink_to("d")
    (tmp_path / "root").symlink_to(".")
    found = [(line, message.partition(": ")[2]) for line, message in said(tmp_path, "whole-context-by-accident")]
    assert found == ([(2, expected)] if expected else [])


def test_an_argument_that_names_a_path_is_given_one_by_the_command(tmp_path: Path) -> None:
    dockerfile = "FROM scratch\nARG SRC_PATH\nCOPY ${SRC_PATH} /opt/app\n"
    make_tree(tmp_path, {"a": "1", "Dockerfile": dockerfile})
    assert said(tmp_path, "whole-context-by-accident") == [
        (
            3,
            "COPY ${SRC_PATH} asks for the whole context: SRC_PATH has no value, and an empty source means everything;"
            " give it one with --build-arg SRC_PATH=…",
        )
    ]
    (target,) = audit(tmp_path, build_args={"SRC_PATH": "a"}).targets
    assert not [finding for finding in target.findings if finding.rule == "whole-context-by-accident"]


@pytest.mark.parametrize(
    ("ignore", "expected"),
    [
        pytest.param("*\n!**/*.go\n", "src/a.go and 1 other path", id="a wildcard before the name"),
        pytest.param("*\n!src/*/b.go\n", "src/deep/b.go", id="a wildcard in the middle"),
        pytest.param("*\n!src\n", None, id="a name"),
        pytest.param("*\n!src/*\n", None, id="a wildcard below a name"),
        pytest.param("**/*.md\n", None, id="no exception at all"),
    ],
)
def test_exceptions_that_the_classic_builder_loses(ignore: str, expected: str | None, tmp_path: Path) -> None:
    files: Files = {"src/a.go": "1", "src/deep/b.go": "1", "src/c.md": "1", ".dockerignore": ignore}
    make_tree(tmp_path, {**files, "Dockerfile": "FROM scratch\nCOPY . /\n"})
    found = [f"the classic builder is not sent {expected}"] if expected else []
    assert [message for _, message in said(tmp_path, "builders-differ")] == found
    sent = {
        builder: {e.path for e in list_context(tmp_path, builder=builder).entries if e.type == "file"}
        for builder in ("buildkit", "classic")
    }
    assert bool(sent["buildkit"] - sent["classic"]) is bool(expected)


REACH = """FROM scratch AS build
COPY lib /lib
RUN --mount=type=bind,source=tools,target=/t true
FROM scratch
COPY --exclude=*.key certs /certs
COPY app /app
"""


def test_how_far_each_finding_gets(tmp_path: Path) -> None:
    key = "-----BEGIN PRIVATE KEY-----\nNOT-A-KEY\n-----END PRIVATE KEY-----\n"
    places = ("lib", "tools", "certs", "app", "unused")
    make_tree(tmp_path, {f"{place}/server.key": key for place in places})
    dockerfile = REACH.replace(
        "FROM scratch\nCOPY --exclude", "FROM scratch\nCOPY --from=build /lib /lib\nCOPY --exclude"
    )
    make_tree(tmp_path, {"Dockerfile": dockerfile})
    got = {
        finding.path: (finding.reach, finding.location.line if finding.location else None, finding.severity)
        for finding in findings(tmp_path, "secret-private-key")
    }
    assert got == {
        "lib/server.key": ("final", 2, "error"),
        "tools/server.key": ("sent", 3, "error"),
        "certs/server.key": ("sent", 6, "error"),
        "app/server.key": ("final", 7, "error"),
        "unused/server.key": ("permitted", None, "note"),
    }


def test_permitted_and_sent_stand_side_by_side(tmp_path: Path) -> None:
    make_tree(tmp_path, {"a": "12345", "b": "1234567", "Dockerfile": "FROM scratch\nCOPY a /\n"})
    (target,) = audit(tmp_path).targets
    assert (target.sent.files, target.sent.bytes) == (1, 5)
    assert (target.permitted.files, target.permitted.bytes) == (3, 5 + 7 + 22)
    assert target.sent.transfer_bytes == list_context(tmp_path).transfer_bytes
    assert target.permitted.transfer_bytes == list_context(tmp_path, permitted=True).transfer_bytes


def test_a_build_that_needs_no_context_sends_nothing(tmp_path: Path) -> None:
    make_tree(tmp_path, {"a": "1", "Dockerfile": "FROM scratch\nCOPY <<E /x\nhi\nE\n"})
    listing = list_context(tmp_path)
    assert (listing.context_requested, listing.entries, listing.transfer_bytes) == (False, (), 0)
    assert audit(tmp_path).targets[0].sent.transfer_bytes == 0


def test_a_named_context_is_a_target_with_its_own_ignore_file(tmp_path: Path) -> None:
    make_tree(tmp_path / "main", {"Dockerfile": "FROM scratch\nCOPY --from=lib src /\n", ".dockerignore": "src\n"})
    make_tree(tmp_path / "lib", {"src/a": "1", "src/b.log": "1", "other": "1", ".dockerignore": "**/*.log\n"})
    main, lib = audit(tmp_path / "main", build_contexts={"lib": str(tmp_path / "lib")}).targets
    assert (main.requested, lib.sent.files, lib.permitted.files) == (False, 1, 3)
    assert lib.ignore_file == str(tmp_path / "lib/.dockerignore")


def test_a_broken_dockerfile_stops_buildkit_and_is_unknown_to_the_classic_builder(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nKOPY a /\n", "a": "1"})
    with pytest.raises(CtxauditError) as caught:
        audit(tmp_path)
    assert (str(caught.value.where).endswith("Dockerfile:2"), "KOPY" in caught.value.what) == (True, True)
    (target,) = audit(tmp_path, builder="classic").targets
    assert [unknown.where.endswith("Dockerfile:2") for unknown in target.unknowns] == [True]


def test_a_replacement_is_a_line_that_docker_reads(tmp_path: Path) -> None:
    make_tree(
        tmp_path,
        {"#odd [x]": "1", ".dockerignore": "*odd*\n", "Dockerfile": 'FROM scratch\nCOPY ["#odd [[]x]", "/"]\n'},
    )
    (finding,) = findings(tmp_path, "copy-source-ignored")
    assert not matches(["*odd*", *parse_ignore(finding.pattern.encode())], "#odd [x]")
