"""`ctxaudit cache`: what each step selects, and what commits did to it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from support import ctxaudit, git, make_tree

NODE = (
    "FROM node:22 AS build\nWORKDIR /app\nCOPY package.json ./\nRUN npm ci\nCOPY . .\nRUN npm run build\n"
    "FROM nginx:1.27\nCOPY --from=build /app/dist /srv\nRUN nginx -t\n"
)
FILES: dict[str, str | bytes | None] = {
    "Dockerfile": NODE,
    ".dockerignore": "node_modules\n.git\n",
    "package.json": "{}",
    "src/a.js": "a",
    "src/b.js": "b",
    "README.md": "read",
}


def repository(root: Path, files: dict[str, str | bytes | None], edits: Sequence[Sequence[str]]) -> Path:
    """A repository with a first commit, and one more for each group of paths that changes; "-PATH" removes one."""
    git(make_tree(root, files), "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    for number, paths in enumerate(edits):
        for path in paths:
            place = root / path.removeprefix("-")
            if path.startswith("-"):
                place.unlink()
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(place.read_text() + "\n# again" if "Dockerfile" in path else f"{number}")
        git(root, "add", "-A")
        git(root, "commit", "-qm", f"edit {number}", "--allow-empty")
    return root


def report(root: Path, *arguments: str) -> dict[str, Any]:
    said = ctxaudit("cache", root, "--format", "json", *arguments)
    assert said.returncode == 0, said.stderr
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def rates(root: Path, *arguments: str) -> dict[int, tuple[int, int, int]]:
    """Of each line that changed: by how many commits, by how many of noise alone, and its re-runs."""
    steps = report(root, *arguments)["steps"]
    return {one["line"]: tuple(one["history"][key] for key in ("changed", "noise", "reruns")) for one in steps}


def test_each_step_has_what_it_selects_what_changed_it_and_what_runs_after_it(tmp_path: Path) -> None:
    root = repository(tmp_path, FILES, [["src/a.js"], ["README.md"], ["package.json", "src/b.js"], ["node_modules/x"]])
    steps = {one["line"]: one for one in report(root)["steps"]}
    assert {line: (one["files"], one["broad"]) for line, one in steps.items() if one["files"] is not None} == {
        3: (1, None),
        5: (6, {"path": "."}),
    }
    assert steps[5]["history"]["paths"] == [
        {"path": "src/", "commits": 2, "alone": 1, "noise": None},
        {"path": "README.md", "commits": 1, "alone": 1, "noise": "documentation"},
        {"path": "package.json", "commits": 1, "alone": 0, "noise": None},
    ]
    assert [(one["line"], one["sure"]) for one in steps[3]["runs_after"]] == [
        (4, True),
        (5, True),
        (6, True),
        (8, False),
        (9, False),
    ]
    assert [(one["line"], one["sure"]) for one in steps[8]["runs_after"]] == [(9, True)]
    assert steps[8]["follows"] == ["build"]
    assert rates(root) == {3: (1, 0, 1), 4: (0, 0, 1), 5: (3, 1, 3), 6: (0, 0, 3), 8: (0, 0, 0), 9: (0, 0, 0)}


def test_the_text_fits_the_terminal(tmp_path: Path) -> None:
    root = repository(tmp_path, FILES, [["src/a.js"], ["README.md"]])
    said = ctxaudit("cache", ".", cwd=root).stdout.decode()
    days = said.splitlines()[1].partition(", ")[2]
    assert said == (
        "Dockerfile, context . (BuildKit, .dockerignore)\n"
        f"2 commits of main, {days}\n"
        "\n"
        "line  step                              files  size  changed by    noise\n"
        "   3  COPY package.json ./                  1    2B      0 (0%)        0\n"
        "   5  COPY . .                              6  179B    2 (100%)  1 (50%)\n"
        "   8  COPY --from=build /app/dist /srv      -     -           -        -\n"
        "\n"
        "line 5: COPY . .\n"
        "  it selects the whole context\n"
        "  runs again after it:\n"
        "    line 6: RUN npm run build\n"
        "  may run again, if a stage makes other files:\n"
        "    line 8: COPY --from=build /app/dist /srv\n"
        "    line 9: RUN nginx -t\n"
        "  changed      commits  alone\n"
        "    README.md        1      1  documentation\n"
        "    src/             1      1\n"
        "\n"
        "docs-text: of 2 commits 2 re-run COPY . ., 1 would: `ctxaudit --for-cache\n"
        "  --diff` names what of the documentation no step reads\n"
    )


EDITS = [
    pytest.param("COPY src /s", ["src/a.js"], 1, id="a file of the directory"),
    pytest.param("COPY src /s", ["README.md"], 0, id="a file beside it"),
    pytest.param("COPY src /s", ["-src/b.js"], 1, id="a file that went"),
    pytest.param("COPY src/*.js /s/", ["src/c.ts"], 0, id="a new file that the wildcard does not match"),
    pytest.param("COPY src/*.js /s/", ["src/c.js"], 1, id="a new file that it matches"),
    pytest.param("COPY --exclude=*.js src /s", ["src/a.js"], 0, id="a file that --exclude leaves out"),
    pytest.param("COPY --parents src/*.js /s/", ["src/a.js"], 1, id="a file below --parents"),
    pytest.param("COPY . /s", ["node_modules/x"], 0, id="a file that the ignore file excludes"),
    pytest.param("COPY . /s", ["Dockerfile"], 1, id="a comment in the Dockerfile"),
    pytest.param("RUN --mount=type=bind,source=src,target=/s ls", ["src/a.js"], 1, id="a file of a bind mount"),
    pytest.param("RUN --mount=type=cache,target=/c ls", ["src/a.js"], 0, id="a cache mount, which reads no file"),
    pytest.param("COPY <<E /s\nhello\nE", ["src/a.js"], 0, id="a heredoc, which reads no file"),
]


@pytest.mark.parametrize(("step", "edit", "changed"), EDITS)
def test_a_commit_counts_where_it_changes_what_the_step_selects(
    tmp_path: Path, step: str, edit: list[str], changed: int
) -> None:
    files = {**FILES, "Dockerfile": f"FROM a:1\n{step}\n", "node_modules/x": "old"}
    assert rates(repository(tmp_path, files, [edit]))[2][0] == changed


def test_a_context_below_the_top_counts_its_own_paths(tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = {f"app/{path}": content for path, content in FILES.items()}
    root = repository(tmp_path, {**files, "other/x": "x"}, [["other/x"], ["app/src/a.js"]])
    assert rates(root / "app")[5] == (1, 0, 1)


def test_a_named_context_in_the_repository_counts(tmp_path: Path) -> None:
    files = {**FILES, "Dockerfile": "FROM a:1\nCOPY --from=lib x /\n", "lib/x": "1", "lib/y": "1"}
    root = repository(tmp_path, files, [["lib/x"], ["lib/y"]])
    (step,) = report(root, "--build-context", f"lib={root}/lib")["steps"]
    assert (step["files"], step["history"]["changed"], step["history"]["paths"][0]["path"]) == (1, 1, "lib: x")


def test_each_commit_changes_a_step_that_is_sent_the_repository_itself(tmp_path: Path) -> None:
    root = repository(tmp_path, {**FILES, ".dockerignore": "node_modules\n"}, [["src/a.js"], ["node_modules/x"]])
    step = next(one for one in report(root)["steps"] if one["line"] == 5)
    assert (step["history"]["changed"], step["history"]["noise"], step["history"]["paths"]) == (
        2,
        1,
        [
            {"path": ".git/", "commits": 2, "alone": 1, "noise": "editors and git"},
            {"path": "src/", "commits": 1, "alone": 0, "noise": None},
        ],
    )


def test_the_first_parent_of_a_merge_counts_and_the_first_commit_does_not(tmp_path: Path) -> None:
    root = repository(tmp_path, FILES, [["README.md"]])
    git(root, "checkout", "-qb", "topic")
    for text in ("1", "2"):
        (root / "src/a.js").write_text(text)
        git(root, "commit", "-qam", text)
    git(root, "checkout", "-q", "main")
    git(root, "merge", "-q", "--no-ff", "-m", "merged", "topic")
    assert (rates(root)[5], report(root)["commits"]["count"]) == ((2, 1, 2), 2)
    assert rates(root, "--commits", "1")[5] == (1, 0, 1)


def test_settings_of_git_change_nothing(tmp_path: Path) -> None:
    root = repository(tmp_path, {f"app/{path}": content for path, content in FILES.items()}, [["app/src/a.js"]])
    for setting in ("diff.relative", "log.showSignature", "diff.renames", "diff.noprefix"):
        git(root, "config", setting, "true")
    (root / "app/src/a.js").rename(root / "app/moved.js")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "moved")
    paths = {one["path"] for one in report(root / "app")["steps"][2]["history"]["paths"]}
    assert paths == {"src/", "moved.js"}


@pytest.mark.parametrize("is_repository", [False, True])
def test_without_commits_to_compare_the_table_has_the_sizes_alone(tmp_path: Path, is_repository: bool) -> None:
    root = repository(tmp_path, FILES, []) if is_repository else make_tree(tmp_path, FILES)
    found = report(root)
    why = "no commit here has a parent" if is_repository else f"not a git repository: {root}"
    assert (found["commits"], found["without_history"], found["steps"][0]["history"]) == (None, why, None)
    assert "\n   5  COPY . .                              6  1" in ctxaudit("cache", ".", cwd=root).stdout.decode()


def test_a_build_argument_is_shown_by_its_name(tmp_path: Path) -> None:
    files = {**FILES, "Dockerfile": "FROM a:1\nARG DIR\nCOPY $DIR/a.js /\nRUN echo $DIR\n"}
    root = repository(tmp_path, files, [["src/a.js"]])
    for style in ("text", "json"):
        said = ctxaudit("cache", root, "--build-arg", "DIR=src", "--format", style).stdout.decode()
        assert "src/a.js" not in said.replace('"path": "src/"', "") and "$DIR" in said


RAW = [
    {"vertexes": [{"digest": "sha256:1", "name": "[build 4/6] RUN npm ci", "started": "2026-01-01T00:00:00.5Z"}]},
    {
        "vertexes": [
            {
                "digest": "sha256:1",
                "name": "[build 4/6] RUN npm ci",
                "started": "2026-01-01T00:00:00.500000000Z",
                "completed": "2026-01-01T00:00:41.5Z",
            },
            {
                "digest": "sha256:2",
                "name": "[build 6/6] RUN npm run build",
                "started": "2026-01-01T00:00:41Z",
                "completed": "2026-01-01T00:01:42+00:00",
            },
        ]
    },
]
LOGS = [
    pytest.param("".join(f"{json.dumps(one)}\n" for one in RAW), id="rawjson"),
    pytest.param(
        "#8 [build 4/6] RUN npm ci\n#8 0.412 added 1 package\n#8 DONE 41.0s\n\n#9 [build 6/6] RUN npm run build\n"
        "#9 DONE 61.0s\n#10 [build 3/6] COPY package.json ./\n#10 CACHED\n",
        id="plain",
    ),
    pytest.param(
        "#8 [build  4/12] RUN npm ci\n#8 DONE 41.0s\n#9 [build  6/12] RUN npm run build\n#9 DONE 61.0s\n",
        id="more than nine steps",
    ),
    pytest.param(
        "#8 [api linux/amd64 build  4/12] RUN npm ci\n#8 DONE 41.0s\n"
        "#9 [api build  6/12] RUN npm run build\n#9 DONE 61.0s\n",
        id="a build of bake or compose",
    ),
    pytest.param(
        "2026-01-01T00:00:00.1234567Z #8 [build 4/6] RUN npm ci\r\n2026-01-01T00:00:00.1Z #8 DONE 41.0s\r\n"
        "2026-01-01T00:00:00.1Z #9 [build 6/6] ONBUILD RUN npm run build\r\n2026-01-01T00:00:00.1Z #9 DONE 61.0s\r\n",
        id="a log of GitHub",
    ),
]


@pytest.mark.parametrize("log", LOGS)
def test_a_log_of_the_build_turns_re_runs_into_seconds(tmp_path: Path, log: str) -> None:
    root = repository(tmp_path / "r", FILES, [["src/a.js"], ["README.md"], ["package.json"]])
    (tmp_path / "log").write_text(log)
    steps = {one["line"]: one for one in report(root, "--timings", str(tmp_path / "log"))["steps"]}
    assert {line: one["seconds"] for line, one in steps.items() if one["seconds"]} == {4: 41.0, 6: 61.0}
    assert (steps[3]["history"]["seconds"], steps[5]["history"]["seconds"]) == (102.0, 183.0)
    assert steps[5]["history"]["noise_seconds"] == 61.0
    said = ctxaudit("cache", root, "--timings", tmp_path / "log").stdout.decode()
    assert "    line 6: RUN npm run build (1 min 1 s)\n" in said
    assert "  the commits re-ran 3 min 3 s of steps, 1 min 1 s of it for noise\n" in said


def test_a_step_that_two_builds_of_a_log_have_took_no_certain_time(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", FILES, [])
    log = "#8 [api build 4/6] RUN npm ci\n#8 DONE 41.0s\n#9 [web build 4/6] RUN npm ci\n#9 DONE 61.0s\n"
    (tmp_path / "log").write_text(log)
    assert not any(one["seconds"] for one in report(root, "--timings", str(tmp_path / "log"))["steps"])


@pytest.mark.parametrize(
    ("log", "error"),
    [
        pytest.param(b"", "no step with a time was found", id="empty"),
        pytest.param(b"\xff\x00\n" * 3, "no step with a time was found", id="bytes"),
        pytest.param(b'{"vertexes": [1, {"name": 2}, {"name": "[1/1] RUN a", "started": "x"}]}', "no step", id="odd"),
        pytest.param(b"[" * 100_000, "no step with a time was found", id="deep"),
        pytest.param(b'{"a":' * 100_000, "no step with a time was found", id="deep objects"),
        pytest.param(None, "this is not a file, or it cannot be read", id="no file"),
    ],
)
def test_what_is_no_log_is_refused_in_one_sentence(tmp_path: Path, log: bytes | None, error: str) -> None:
    root = make_tree(tmp_path / "r", FILES)
    if log is not None:
        (tmp_path / "log").write_bytes(log)
    said = ctxaudit("cache", root, "--timings", tmp_path / "log")
    assert (said.returncode, error in said.stderr.decode()) == (2, True)


def gained(root: Path) -> list[tuple[str, int, int, int]]:
    return [(one["rule"], one["line"], one["before"], one["after"]) for one in report(root)["gains"]]


LATE = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\nRUN npm run build\n"


def test_a_gain_says_how_often_a_step_would_run_again(tmp_path: Path) -> None:
    edits = [["src/a.js"], ["README.md"], ["src/b.js"], ["package-lock.json", "src/a.js"], ["Dockerfile"], ["src/a.js"]]
    files = {**FILES, "Dockerfile": LATE, "package-lock.json": "{}"}
    root = repository(tmp_path, files, edits)
    assert gained(root) == [
        ("cache-dependencies-after-source", 4, 6, 1),
        ("cache-self-busting", 3, 6, 5),
        ("docs-text", 3, 6, 5),
    ]
    said = ctxaudit("cache", root).stdout.decode()
    assert (
        "cache-dependencies-after-source: of 6 commits 6 re-run npm ci, 1 would: above\n"
        "  line 3 write `COPY package.json package-lock.json ./`, `RUN npm ci`; delete\n"
        "  what they repeat below it\n"
    ) in said
    (root / "Dockerfile").write_text(LATE.replace("COPY", "COPY package*.json ./\nRUN npm ci\nCOPY", 1))
    assert [rule for rule, *_ in gained(root)] == ["cache-self-busting", "docs-text"]


def test_the_gain_of_a_compiler_is_that_of_what_it_downloads(tmp_path: Path) -> None:
    dockerfile = "FROM golang\nWORKDIR /app\nCOPY . .\nCOPY etc/netrc /root/.netrc\nRUN go build .\n"
    files: dict[str, str | bytes | None] = {
        "Dockerfile": dockerfile,
        "go.mod": "require b v1\n",
        "go.sum": "",
        "etc/netrc": "",
    }
    root = repository(tmp_path, files, [["main.go"], ["go.sum"], ["etc/netrc"], ["main.go"]])
    (gain,) = report(root)["gains"]
    assert (gain["instruction"], gain["before"], gain["after"]) == ("the downloads of go build .", 4, 2)


def test_documentation_and_tests_are_counted_each_by_itself(tmp_path: Path) -> None:
    edits = [["src/a.js"], ["README.md"], ["docs/a.md", "README.md"], ["tests/a.test.js"], ["src/a.js", "docs/a.md"]]
    files = {**FILES, "Dockerfile": LATE.replace("RUN npm ci\n", ""), "docs/a.md": "", "tests/a.test.js": ""}
    root = repository(tmp_path, files, edits)
    assert gained(root) == [("docs-text", 3, 5, 3), ("test-files", 3, 5, 4)]
    assert "`ctxaudit --for-cache --diff` names what of the tests no step reads" in " ".join(
        ctxaudit("cache", root, columns=200).stdout.decode().split()
    )


def test_a_small_file_of_most_commits_is_named(tmp_path: Path) -> None:
    edits = [["version.txt"]] * 8 + [["version.txt", "src/a.js"], ["src/b.js"], ["src/b.js"]]
    files = {**FILES, "Dockerfile": LATE, "version.txt": "1", ".dockerignore": ".git\nDockerfile\n.dockerignore\n"}
    assert gained(repository(tmp_path, files, edits)) == [("cache-volatile-file", 3, 11, 3)]
