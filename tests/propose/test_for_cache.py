"""`--for-cache`: what only the builder or CI reads is proposed to go, with the same proof, and never by default."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from ctxaudit import propose
from ctxaudit.builds.request import request as build_request
from ctxaudit.proposals.claims import Ground, Inquiry
from ctxaudit.rules.kinds import FOR_CACHE
from ctxaudit.survey import Session
from ctxaudit.survey.plan import Plan
from support import ctxaudit, git, make_tree

FILES: dict[str, str | bytes | None] = {
    "Dockerfile": "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm run build\n",
    ".dockerignore": ".git\n",
    "compose.yaml": "services:\n  a:\n    build: .\n",
    ".github/workflows/ci.yml": "on: push\n",
    "src/a.js": "a",
}
BLOCK = (
    ".git\n# >>> ctxaudit\n# docker\n.dockerignore\nDockerfile\ncompose.yaml\n"
    "# continuous integration\n.github\n# <<< ctxaudit\n"
)


def project(root: Path, **files: str) -> Path:
    git(make_tree(root, {**FILES, **files}), "init", "-q")
    git(root, "add", "-A")
    return root


def test_nothing_of_it_is_proposed_by_default(tmp_path: Path) -> None:
    assert ctxaudit("--diff", cwd=project(tmp_path)).stdout == b""


@pytest.mark.parametrize("more", [0, 12], ids=["a short block", "a long block"])
def test_what_git_ignores_with_a_name_of_its_kinds_asks_for_nothing_the_next_time(tmp_path: Path, more: int) -> None:
    ignored = ["/doc/", "/test/", "*.tar", *(f"x{number}.log" for number in range(more))]
    files = {"Dockerfile": "FROM elixir\nCOPY . /app/\nRUN cd /app && mix deps.get\n", "mix.exs": "x", "README.md": "a"}
    root = project(tmp_path, **{**files, ".gitignore": "\n".join(ignored)})
    make_tree(
        root, {"doc/index.html": "x", "test/a.log": "x", "a.tar": "x", **{f"x{at}.log": "x" for at in range(more)}}
    )
    ctxaudit("--write", cwd=root)
    written = (root / ".dockerignore").read_text()
    ctxaudit("--write", cwd=root)
    assert (root / ".dockerignore").read_text() == written
    assert "test" in written and "README.md" not in written


def test_a_saved_image_is_not_what_the_project_has_on_purpose(tmp_path: Path) -> None:
    root = project(tmp_path, Dockerfile="FROM node\nWORKDIR /app\nCOPY . .\nCMD node a.js\n", **{"a.js": "1"})
    (root / "image.tar").write_bytes(b"manifest.json".ljust(257, b"\0") + b"ustar\x0000" + bytes(760))
    assert added(root) == ["# >>> ctxaudit", "image.tar", "# <<< ctxaudit"]


def test_the_lines_stand_in_groups_of_their_own_and_stay(tmp_path: Path) -> None:
    root = project(tmp_path)
    said = ctxaudit("--write", "--for-cache", cwd=root, columns=200).stdout.decode()
    assert (root / ".dockerignore").read_text() == BLOCK
    assert "  0 of 1 needed files dropped\n" in said
    assert "ctxaudit excludes nothing else that git tracks\n" in said
    gone = ".dockerignore, .github, Dockerfile, compose.yaml"
    assert f"  for the cache, no longer in the context or in an image that copies all of it: {gone}\n" in said
    assert ctxaudit("--check", "--for-cache", cwd=root).returncode == 0


def test_documentation_and_tests_are_looked_for_only_where_they_are_shown(tmp_path: Path) -> None:
    plan = Plan.of(build_request(project(tmp_path, **{"README.md": "a", "tests/a.test.js": "a"})))
    grounds = [Ground(plan, Session().survey(plan, collect=True))]
    assert Inquiry(grounds, ()).for_people == ()
    assert sorted(finding.path for finding in Inquiry(grounds, (), for_cache=True).for_people) == ["README.md", "tests"]


def test_the_configuration_asks_for_it_as_well(tmp_path: Path) -> None:
    root = project(tmp_path, **{"ctxaudit.toml": "for-cache = true\n"})
    ctxaudit("--write", cwd=root)
    assert (root / ".dockerignore").read_text() == BLOCK


def test_the_report_names_what_goes(tmp_path: Path) -> None:
    said = ctxaudit("--for-cache", "--format", "json", cwd=project(tmp_path)).stdout
    (target,) = json.loads(said)["targets"]
    gone = [one["name"] for one in target["proposal"]["proof"]["for_cache"]]
    assert gone == [".dockerignore", ".github", "Dockerfile", "compose.yaml"]


@pytest.mark.parametrize(
    ("dockerfile", "stays"),
    [
        pytest.param("COPY . .\nCOPY compose.yaml /\n", "compose.yaml", id="an instruction names it"),
        pytest.param("COPY . .\nRUN cat Dockerfile\n", "Dockerfile", id="a command reads it"),
        pytest.param("COPY . .\nRUN sh -c 'wc -l < compose.yaml'\n", "compose.yaml", id="a shell reads it"),
        pytest.param("COPY . .\nCOPY .github/ /g/\n", ".github", id="a directory that is copied"),
    ],
)
def test_what_the_build_needs_stays(tmp_path: Path, dockerfile: str, stays: str) -> None:
    root = project(tmp_path, Dockerfile=f"FROM node:22\nWORKDIR /app\n{dockerfile}")
    lines = ctxaudit("--diff", "--for-cache", cwd=root).stdout.decode().splitlines()
    assert f"+{stays}" not in lines and any(line.startswith("+") for line in lines)


PEOPLES: dict[str, str] = {
    "package.json": '{"scripts": {"build": "tsc"}}',
    "tsconfig.json": "{}",
    "README.md": "# A",
    "CHANGELOG.md": "1",
    "docs/index.md": "# A",
    "docs/img/a.png": "png",
    "tests/test_a.py": "",
    "web/__tests__/a.test.js": "",
    "pkg/a_test.go": "package a",
    "LICENSE": "MIT",
    "prompts/a.md": "You are",
}


def added(root: Path, *words: str) -> list[str]:
    lines = ctxaudit("--diff", *words, cwd=root).stdout.decode().splitlines()
    return [line[1:] for line in lines if line.startswith("+") and not line.startswith("+++")]


def test_documentation_and_tests_stand_in_groups_of_their_own(tmp_path: Path) -> None:
    root = project(tmp_path, **PEOPLES)
    assert added(root) == []
    assert added(root, "--for-cache") == [
        "# >>> ctxaudit",
        *("# docker", ".dockerignore", "Dockerfile", "compose.yaml"),
        *("# continuous integration", ".github"),
        *("# documentation", "CHANGELOG.md", "README.md", "docs"),
        *("# tests", "tests", "pkg/a_test.go", "web/__tests__"),
        "# <<< ctxaudit",
    ]
    said = ctxaudit("--write", "--for-cache", cwd=root, columns=200).stdout.decode()
    assert "  0 of 5 needed files dropped\n" in said  # the source, two settings, a prompt, the license
    assert ctxaudit("--check", "--for-cache", cwd=root).returncode == 0
    assert added(root, "--for-cache") == []


def test_the_report_names_what_an_image_lacks_then(tmp_path: Path) -> None:
    said = ctxaudit("--for-cache", "--format", "json", cwd=project(tmp_path, **PEOPLES)).stdout
    (target,) = json.loads(said)["targets"]
    gone = [one["name"] for one in target["proposal"]["proof"]["for_cache"]]
    assert {"README.md", "docs", "tests", "web/__tests__"} <= {*gone} and "LICENSE" not in gone


def test_no_audit_without_it_finds_these_kinds(tmp_path: Path) -> None:
    said = ctxaudit("--format", "json", cwd=project(tmp_path, **PEOPLES)).stdout
    assert not FOR_CACHE & {one["kind"] for one in json.loads(said)["targets"][0]["findings"]}


STAYS = [
    pytest.param({"pyproject.toml": "[project]\nname = 'a'\nreadme = 'README.md'\n"}, "README.md", id="metadata"),
    pytest.param({"setup.py": "setup(long_description=open('README.md').read())\n"}, "README.md", id="setup.py"),
    pytest.param({"Dockerfile": "FROM x\nCOPY . .\nRUN pytest\n"}, "tests", id="a RUN runs tests"),
    pytest.param({"Dockerfile": "FROM x\nCOPY . .\nRUN mkdocs build\n"}, "docs", id="a RUN renders documentation"),
    pytest.param({"Dockerfile": "FROM x\nCOPY . .\nRUN ls docs/img\n"}, "docs", id="a RUN names a directory"),
    pytest.param({"Dockerfile": "FROM x\nCOPY . .\nRUN x\nCMD serve docs\n"}, "docs", id="the container serves it"),
    pytest.param({"src/a.js": "fs.readFileSync('docs/index.md')\n"}, "docs", id="source names a file in it"),
    pytest.param({"src/a.js": "import c from '../CHANGELOG.md?raw'\n"}, "CHANGELOG.md", id="source imports its text"),
    pytest.param({"src/a.php": "<?php f(__DIR__ . '/../docs/index.md');\n"}, "docs", id="a path behind a variable"),
    pytest.param({"src/a.php": "<?php f(BASE . '/docs/index.md');\n"}, "docs", id="a path below a variable"),
    pytest.param({"app/a.rb": "Rails.root.join('docs', 'index.md')\n"}, "docs", id="a path that is joined"),
    pytest.param({"app.py": "import tests.helpers\n", "tests/helpers.py": ""}, "tests", id="source imports a module"),
    pytest.param(
        {"zz.py": "from tests import helpers\n", "tests/helpers.py": "from tests import a\n"},
        "tests",
        id="source imports a package, as its own files do",
    ),
    pytest.param({"composer.json": '{"autoload-dev": {"classmap": ["tests/"]}}'}, "tests", id="a class map"),
    pytest.param(
        {"pyproject.toml": "[tool.poetry]\ninclude = ['CHANGELOG.md']\n"}, "CHANGELOG.md", id="what is packed"
    ),
    pytest.param(
        {"pyproject.toml": "[tool.hatch.build.targets.wheel.force-include]\n'docs' = 'a/docs'\n"},
        "docs",
        id="a key of hatch",
    ),
    pytest.param({"setup.cfg": "[options.data_files]\nshare/a = README.md\n"}, "README.md", id="a data file"),
    pytest.param({"setup.py": "setup()\n", "AUTHORS.md": "a"}, "AUTHORS.md", id="a license that Python packs unnamed"),
    pytest.param(
        {"Cargo.toml": "[package.metadata.deb]\nassets = [['docs/*.md', 'usr/', '644']]\n"},
        "docs",
        id="an asset of cargo-deb",
    ),
    pytest.param(
        {"package.json": '{"build": {"extraResources": [{"from": "docs"}]}}'},
        "docs",
        id="a resource of electron-builder",
    ),
    pytest.param({"nfpm.yaml": "contents:\n  - src: README.md\n"}, "README.md", id="a file of settings"),
    pytest.param({"test/a.go": "package test\n", "test/a_test.go": "package test\n"}, "test", id="a package of go"),
    pytest.param(
        {"CMakeLists.txt": "add_subdirectory(docs)\n", "docs/CMakeLists.txt": ""}, "docs", id="a directory of CMake"
    ),
    pytest.param(
        {"CMakeLists.txt": 'set(CPACK_RESOURCE_FILE_README "${CMAKE_SOURCE_DIR}/README.md")\n'},
        "README.md",
        id="a file of CMake",
    ),
    pytest.param({"pom.xml": "<include>README.md</include>\n"}, "README.md", id="a resource of Maven"),
    pytest.param({"Dockerfile": "FROM x\nCOPY . .\nRUN go test ./...\n"}, "pkg/a_test.go", id="a RUN runs a test file"),
    pytest.param({"Dockerfile": 'FROM x\nCOPY . .\nRUN x\nCMD ["pytest"]\n'}, "tests", id="the container runs tests"),
    pytest.param(
        {"Dockerfile": "FROM x\nCOPY . .\nRUN x\nCMD python manage.py test\n"},
        "pkg/a_test.go",
        id="an interpreter runs tests when the container starts",
    ),
    pytest.param({"ctxaudit.toml": "keep = ['docs']\n"}, "docs", id="the project keeps it"),
    pytest.param({".dockerignore": ".git\n!docs\n"}, "docs", id="an exception keeps it"),
]


@pytest.mark.parametrize(("files", "stays"), STAYS)
def test_documentation_and_tests_stay_where_anything_speaks_for_them(
    tmp_path: Path, files: dict[str, str], stays: str
) -> None:
    lines = added(project(tmp_path, **{**PEOPLES, **files}), "--for-cache")
    assert lines and stays not in lines


@pytest.mark.parametrize(
    ("source", "how"),
    [
        pytest.param("open(`${root}/contacts`)", "names a directory above it", id="the directory"),
        pytest.param("open(`${root}/contacts/lib/a.test.js`)", "names it", id="the file itself"),
    ],
)
def test_the_reason_says_what_is_named(tmp_path: Path, source: str, how: str) -> None:
    files = {
        "Dockerfile": "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm run build\nCMD node src/nav.js\n",
        "package.json": '{"scripts": {"build": "vite build"}}',
        "src/nav.js": f"const a = (root) => {source}\n",
        "src/contacts/lib/a.test.js": "1",
    }
    shown = ctxaudit("--diff", "--for-cache", cwd=project(tmp_path, **files), columns=200).stderr.decode()
    because = f"src/nav.js:1 {how}, and no RUN is known to make it"
    assert f"  may be used: src/contacts/lib/a.test.js: {because}\n" in shown


def test_tests_stay_where_a_service_runs_them(tmp_path: Path) -> None:
    services = "services:\n  a:\n    build: .\n  t:\n    build: .\n    command: pytest\n"
    root = project(tmp_path, **{**PEOPLES, "compose.yaml": services})
    ctxaudit("--compose", "compose.yaml", "--for-cache", "--write", cwd=root)
    assert {"README.md", "tests"} & {*(root / ".dockerignore").read_text().splitlines()} == {"README.md"}


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"pom.xml": "<dependency><scope>test</scope></dependency>\n"}, id="a scope of Maven"),
        pytest.param({"build.gradle": "test { useJUnitPlatform() }\n"}, id="a task of Gradle"),
        pytest.param({"src/test/java/BTest.java": 'class A { String a = "src/test/a.txt"; }\n'}, id="a test itself"),
    ],
)
def test_a_word_that_is_also_a_directory_names_nothing(tmp_path: Path, files: dict[str, str]) -> None:
    root = project(tmp_path, **{**PEOPLES, "src/test/java/ATest.java": "class A {}\n", **files})
    assert "src/test" in added(root, "--for-cache")


def test_a_build_of_its_own_asks_for_itself_alone(tmp_path: Path) -> None:
    builds = {f"{one}/{path}": text for one in "ab" for path, text in {**FILES, **PEOPLES}.items()}
    make_tree(tmp_path, {**builds, "ctxaudit.toml": '[[target]]\ncontext = "a"\nfor-cache = true\n'})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    ctxaudit("--all", "--write", cwd=tmp_path)
    blocks = {one: (tmp_path / one / ".dockerignore").read_text() for one in "ab"}
    assert ("README.md" in blocks["a"], "README.md" in blocks["b"]) == (True, False)


def test_an_ordinary_audit_says_in_one_line_what_that_would_save(tmp_path: Path) -> None:
    root = project(tmp_path, **PEOPLES)
    said = " ".join(ctxaudit(cwd=root).stdout.decode().split())
    groups = "docker 3, continuous integration 1, documentation 4, tests 3"
    what = f"excludes 11 files (114B): {groups}; an edit re-runs what follows Dockerfile:3."
    assert f"Cache: --for-cache {what}" in said
    assert b"Cache:" not in ctxaudit("--for-cache", cwd=root).stdout
    ctxaudit("--for-cache", "--write", cwd=root)
    assert b"Cache:" not in ctxaudit(cwd=root).stdout


@pytest.mark.parametrize(
    "files",
    [
        *(pytest.param(row.values[0], id=row.id) for row in STAYS),
        pytest.param({}, id="nothing speaks for any of it"),
        pytest.param({".dockerignore": ".git\ndocs\n"}, id="some of it is excluded already"),
        pytest.param({".dockerignore": ".git\n*.md\n!README.md\n"}, id="an exception means a file"),
        pytest.param({"tests/Dockerfile": "FROM x\n", "tests/README.md": "a"}, id="a Dockerfile and prose among tests"),
        pytest.param({"docs/Dockerfile": "FROM x\n"}, id="documentation with a Dockerfile is built"),
        pytest.param({"docs/error.log": "1", ".gitignore": "*.log\n"}, id="not needed in documentation"),
        pytest.param({".github/README.md": "a", ".github/tests/test_a.py": ""}, id="both in what CI reads"),
        pytest.param({"a/docs/index.md": "a", "a/test/a.test.js": "", "a/b/README.md": ""}, id="further down"),
        pytest.param({"Dockerfile": "FROM x\nCOPY . .\nCOPY docs /d\nRUN x\n"}, id="an instruction names a directory"),
        pytest.param({"ctxaudit.toml": "exclude = ['docs']\n"}, id="the project leaves a directory to itself"),
        pytest.param({"node_modules/a/README.md": "a", ".gitignore": "node_modules\n"}, id="below what goes anyway"),
    ],
)
def test_what_the_line_counts_is_what_is_sent_no_more(tmp_path: Path, files: dict[str, str]) -> None:
    root = project(tmp_path, **{**PEOPLES, **files})
    proposals = [
        json.loads(ctxaudit("--format", "json", *words, cwd=root).stdout)["targets"][0]["proposal"]
        for words in ((), ("--for-cache",))
    ]
    sent = [(one["after"]["buildkit"]["files"], one["after"]["buildkit"]["bytes"]) for one in proposals]
    counted = [sum(group[what] for group in proposals[0]["for_cache"]) for what in ("files", "bytes")]
    assert counted[0] and [new - less for new, less in zip(sent[0], counted, strict=True)] == [*sent[1]]
    assert proposals[1]["for_cache"] == []


def test_a_new_ignore_file_counts_as_it_will_be(tmp_path: Path) -> None:
    root = project(tmp_path, **PEOPLES)
    (root / ".dockerignore").unlink()
    given = json.loads(ctxaudit("--format", "json", cwd=root).stdout)["targets"][0]["proposal"]
    block = "# >>> ctxaudit\n.git\n# <<< ctxaudit\n"
    others = len(FILES["Dockerfile"] or "") + len(FILES["compose.yaml"] or "")
    assert given["for_cache"][0] == {"group": "docker", "files": 3, "bytes": others + len(block)}


@pytest.mark.parametrize("words", [("--check",), ("--write",), ("--for-cache", "--check")])
def test_what_was_excluded_for_the_cache_stays_excluded_without_the_option(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    root = project(tmp_path, **PEOPLES)
    assert ctxaudit("--for-cache", "--write", cwd=root).returncode == 0
    written = (root / ".dockerignore").read_bytes()
    assert b"# documentation\n" in written
    said = ctxaudit(*words, cwd=root)
    assert (said.returncode, (root / ".dockerignore").read_bytes()) == (0, written)
    shown = ctxaudit(cwd=root).stdout.decode()
    assert shown == "Dockerfile: 42B in 5 files, all that is permitted; nothing to exclude.\n"
    assert propose(root).is_none


_ON_THE_PAGE = '<span class="whole">--for-cache</span>'


def test_builds_of_one_context_say_it_once_and_name_their_steps(tmp_path: Path) -> None:
    root = project(tmp_path, **PEOPLES, **{"b.Dockerfile": "FROM x\nCOPY . .\nRUN b\n"})
    compose = "services:\n  a:\n    build: .\n  b:\n    build: {context: ., dockerfile: b.Dockerfile}\n"
    (root / "compose.yaml").write_text(compose)
    for words in ((), ("-v",)):
        said = " ".join(ctxaudit("--compose", "compose.yaml", *words, cwd=root).stdout.decode().split())
        assert said.count("Cache:") == 1
        assert "12 files" in said and "re-runs what follows Dockerfile:3 and b.Dockerfile:2." in said
    page = ctxaudit("--compose", "compose.yaml", "--format", "html", cwd=root).stdout.decode()
    assert page.count(f"Cache: {_ON_THE_PAGE} excludes 12 files") == 1


@pytest.mark.parametrize(
    ("format_", "said"),
    [
        ("markdown", "Cache: `--for-cache` excludes 11 files (114B): docker 3,"),
        ("html", f"Cache: {_ON_THE_PAGE} excludes 11 files (114B): docker 3,"),
    ],
)
def test_other_reports_say_the_same(tmp_path: Path, format_: str, said: str) -> None:
    assert said in ctxaudit("--format", format_, cwd=project(tmp_path, **PEOPLES)).stdout.decode()


def test_nothing_is_said_where_no_step_runs_again(tmp_path: Path) -> None:
    assert b"Cache:" not in ctxaudit(cwd=project(tmp_path, Dockerfile="FROM scratch\nCOPY . /\n")).stdout


def test_a_new_ignore_file_excludes_itself_and_changes_no_more(tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / ".dockerignore").unlink()
    ctxaudit("--write", "--for-cache", cwd=root)
    assert ".dockerignore" in (root / ".dockerignore").read_text().splitlines()
    assert ctxaudit("--check", "--for-cache", cwd=root).returncode == 0
    assert not {b".dockerignore", b"Dockerfile", b"compose.yaml"} & {*ctxaudit("ls", cwd=root).stdout.split()}


def test_a_long_source_is_looked_at_in_no_time(tmp_path: Path) -> None:
    long = {"a.js": "join" * 200_000, "b.js": "../" * 200_000, "pom.xml": "a" * 500_000, "c.py": "from " * 200_000}
    root = project(tmp_path, **{**PEOPLES, **long})
    before = time.process_time()
    assert "docs" in added(root, "--for-cache")
    assert time.process_time() - before < 5
