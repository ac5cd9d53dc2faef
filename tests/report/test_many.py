"""Reports of many builds: what they have in common is said once, with its builds."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from twelve import SHARING, twelve_services

from ctxaudit.report import FORMATS
from ctxaudit.report.words import named
from planted import github
from support import ctxaudit, git, here, make_tree, typed

pytestmark = pytest.mark.usefixtures("covered_elsewhere")

ADVICE = ("cache-", "layer-")
SHARED = "api-gateway, auth and 6 more"
APPLY = ["Preview: ctxaudit --all --diff", "Apply:   ctxaudit --all --write"]
JUNK = {".DS_Store": "\0\0\0\1Bud1"}
UNTRACK = "Untrack: git rm --cached -- services/billing/.env services/auth/.env"
ROTATE = "Rotate:  services/billing/.env:1: a Stripe secret key: dashboard.stripe.com/apikeys"


@pytest.fixture(scope="module")
def twelve(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return twelve_services(tmp_path_factory.mktemp("monorepo") / "platform")


@cache
def said(twelve: Path, *words: str, columns: int = 120) -> str:
    """What a command says of the builds of a tree, which nobody changes between two questions."""
    if words[-2:-1] == ("--format",):
        return written(twelve, *words[:-2])[words[-1]]
    return ctxaudit("--all", *words, cwd=twelve, columns=columns).stdout.decode()


@cache
def written(twelve: Path, *words: str) -> dict[str, str]:
    """Every report but the text, of one audit: what `--format` prints of it."""
    with TemporaryDirectory() as folder:
        files = {name: Path(folder, name) for name in FORMATS if name != "text"}
        outputs = [word for name, file in files.items() for word in ("--output", f"{name}={file}")]
        ctxaudit("--all", *words, *outputs, cwd=twelve)
        return {name: file.read_text() for name, file in files.items()}


@pytest.mark.parametrize(
    ("builds", "words"),
    [
        pytest.param(["a"], "a", id="one build"),
        pytest.param(["a", "b"], "a and b", id="two builds"),
        pytest.param(["a", "b", "c"], "a, b and c", id="three builds are all named"),
        pytest.param(["a", "b", "c", "d"], "a, b and 2 more", id="four builds are not"),
    ],
)
def test_builds_are_named_as_far_as_a_sentence_bears_it(builds: list[str], words: str) -> None:
    assert named(builds) == words


def test_a_leaked_file_is_one_error_with_its_builds(twelve: Path) -> None:
    errors = [line for line in said(twelve, columns=400).splitlines() if line.startswith("error[")]
    stays = "stays: git tracks it; revoke it and git rm --cached it, or exclude it with --always-ignore"
    assert errors == [
        f"error[secret-dotenv] services/api-gateway/Dockerfile:3: services/{service}/.env{line} is {size}B: looks like"
        f" it holds secrets (in the final image of {SHARED}); {stays}"
        for service, line, size in (("billing", ":1: the file", 52), ("auth", "", 40))
    ]


def test_quiet_says_an_error_once_for_its_builds_too(twelve: Path) -> None:
    errors = [line for line in said(twelve, "-q", columns=400).splitlines() if line.startswith("error[")]
    assert [re.sub(r": .*is ", ": ", line) for line in errors] == [
        "error[secret-dotenv] services/api-gateway/Dockerfile:3: "
        f"{size}B: looks like it holds secrets (in the final image of {SHARED})"
        for size in (52, 40)
    ]


def test_a_path_of_two_contexts_is_one_row(twelve: Path) -> None:
    rows = [line.split("  ") for line in said(twelve).splitlines() if "services/web/dist/" in line]
    assert [row[-1] for row in rows] == ["JavaScript build output, git-ignored; sent by api-gateway, auth and 7 more"]


def test_a_change_counts_once(twelve: Path) -> None:
    text = said(twelve, "--base", "main", columns=200)
    section = text.partition("Since main")[2].partition("\n\n")[0].splitlines()
    assert section[1].strip() == "18.68kB -> 20.17MB (+20.15MB in 8 of 12 builds)"
    assert [line.split()[:2] for line in section[2:]] == [
        ["+20.15MB", "assets/"],
        ["+52B", "services/billing/.env"],
        ["+40B", "services/auth/.env"],
    ]
    assert all(line.endswith(f"in {SHARED}") for line in section[2:])


def test_each_build_has_its_change(twelve: Path) -> None:
    rows = said(twelve, "--base", "main", columns=200).partition("\n\n")[0].splitlines()
    changed = {row.split()[0] for row in rows if "+20.15MB" in row}
    assert (rows[0].split()[5], changed) == ("Change", set(SHARING))


def test_the_report_counts_each_file_of_a_shared_context_once_on_both_sides(twelve: Path) -> None:
    (shared,) = json.loads(said(twelve, "--base", "main", "--format", "json"))["shared_contexts"]
    assert (shared["head"]["bytes"] - shared["base"]["bytes"], shared["head"]["files"]) == (20_149_852, 58)
    (shared,) = json.loads(said(twelve, "--format", "json"))["shared_contexts"]
    assert (shared["base"], shared["head"]) == (None, None)


def test_the_last_lines_are_about_all_builds(twelve: Path) -> None:
    beside = [
        "Start:   docker run --env STRIPE_SECRET_KEY, instead of the value in services/billing/.env:1",
        "History: what services/billing/.env held stays in git's history: revoking helps",
    ]
    assert said(twelve).rpartition("\n\n")[2].splitlines() == [*APPLY, UNTRACK, ROTATE, *beside]


def test_the_last_lines_help_and_are_not_offered_again(tmp_path: Path) -> None:
    twelve_services(tmp_path / "platform")
    for line in (*APPLY, UNTRACK):
        assert typed(line.partition(":")[2], tmp_path / "platform").returncode == 0
    assert UNTRACK not in said(tmp_path / "platform")


def test_a_budget_that_builds_break_alike_is_one_sentence(twelve: Path) -> None:
    lines = [line for line in said(twelve, "--max-size", "1MB").splitlines() if line.startswith("over budget")]
    assert [line.split(":")[1].strip() for line in lines] == [SHARED, "web"]


@pytest.mark.parametrize("columns", [44, 80, 120])
def test_no_line_but_a_command_and_a_path_is_wider_than_the_terminal(twelve: Path, columns: int) -> None:
    lines = said(twelve, "--base", "main", "--max-size", "1MB", columns=columns).splitlines()
    assert [line for line in lines if len(line) > columns and not line.startswith(("Untrack:", "Exclude:"))] == []


def test_the_comment_of_twelve_services_is_short_and_names_each_path_of_a_section_once(twelve: Path) -> None:
    text = said(twelve, "--base", "main", "--format", "markdown")
    assert len(text.encode()) < 12_000
    for title in ("Errors", "Largest changes"):
        section = text.partition(f"**{title}**")[2].partition("\n\n**")[0].partition("<details>")[0]
        rows = [line for line in section.splitlines() if line.startswith("| ") and "--" not in line]
        assert len(rows) == len(set(rows)) <= 4
        assert all(f"`{name}`" in row for row in rows[1:] for name in ("api-gateway", "auth"))


def test_the_comment_opens_with_the_result_in_one_sentence(twelve: Path) -> None:
    heading, *lines = said(twelve, "--base", "main", "--max-size", "1MB", "--format", "markdown").splitlines()
    opening = next(line for line in lines if line.startswith("**Fails**"))
    assert heading == "### Build context: 18.68kB → 20.17MB (+20.15MB) :x:"
    assert opening == (
        "**Fails**; the branch adds 20.15MB in 8 of 12 builds; over max-size (1.00MB); 2 secrets enter an image; "
        "the change below leaves them in place: revoke and untrack them."
    )


def test_the_comment_s_command_writes_the_diff_that_it_shows(tmp_path: Path) -> None:
    twelve_services(tmp_path / "platform")
    text = said(tmp_path / "platform", "--format", "markdown")
    shown = text.partition("```diff\n")[2].partition("```")[0]
    assert ctxaudit("--all", "--diff", cwd=tmp_path / "platform").stdout.decode() == shown
    assert "Apply it with `ctxaudit --all --write`.\n" in text


def test_an_annotation_is_given_once_for_all_builds(twelve: Path) -> None:
    lines = said(twelve, "--format", "github").splitlines()
    assert [line.partition("::")[0] + line[2:].partition(" ")[0] for line in lines] == [
        *["error", "error", "warning", "warning", "notice"]
    ]
    assert all(SHARED in line or "api-gateway, auth and 7 more" in line for line in lines[:-1])


def test_a_result_is_in_the_run_of_its_first_build_with_the_places_of_the_others(twelve: Path) -> None:
    runs = json.loads(said(twelve, "--format", "sarif"))["runs"]
    # Advice about a Dockerfile is of its own build alone.
    found = {
        run["automationDetails"]["id"]: [one for one in run["results"] if not one["ruleId"].startswith(ADVICE)]
        for run in runs
    }
    assert [name for name, results in found.items() if results] == ["ctxaudit/api-gateway/"]
    result = runs[0]["results"][0]
    places = [one["physicalLocation"]["artifactLocation"]["uri"] for one in result["relatedLocations"]]
    assert places == [f"services/{name}/Dockerfile" for name in SHARING[1:]]
    assert result["properties"]["builds"] == SHARING


def test_a_finding_of_the_code_quality_report_is_one_row(twelve: Path) -> None:
    rows = json.loads(said(twelve, "--format", "gitlab"))
    assert len({(row["description"], row["location"]["path"]) for row in rows}) == len(rows)


def test_the_page_has_findings_and_proposal_once_and_above_the_builds(twelve: Path) -> None:
    text = said(twelve, "--base", "main", "--format", "html")
    marks = ["Not needed", ">Findings</h2>", ">Proposal</h2>", "Since main", '<details class="build"']
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)
    assert (text.count(">Findings</h2>"), text.count('class="diff"')) == (1, 1)
    assert text.count('<details class="build"') == 12


def test_the_onbuild_of_images_is_not_counted_among_what_is_unknown(twelve: Path) -> None:
    assert "unknown" not in said(twelve)
    assert "ONBUILD of node:22-slim" in said(twelve, "-v")


def test_a_secret_that_one_build_is_sent_and_another_only_permitted_is_of_the_first(tmp_path: Path) -> None:
    key = "-----BEGIN PRIVATE KEY-----\nNOT-A-KEY\n-----END PRIVATE KEY-----\n"
    make_tree(
        tmp_path,
        {
            "compose.yaml": "services: {web: {build: {dockerfile: web/Dockerfile}}, worker: {build: worker}}\n",
            "web/Dockerfile": "FROM scratch\nCOPY web /\n",
            "worker/Dockerfile": "FROM scratch\nCOPY . /\n",
            "worker/prod.pem": key,
        },
    )
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    said = " ".join(here("--all", str(tmp_path)).stdout.split())
    assert "Stays" in said
    assert "prod.pem secret: private key; sent by worker" not in said.partition("Stays")[0]
    assert "in web" not in said and "by web" not in said


@pytest.mark.parametrize(
    ("files", "tracked", "said_of_it"),
    [
        pytest.param(
            {**JUNK, "app.py": f"KEY = '{github()}'\n"},
            (),
            "1 secret enters an image; the change below leaves it in place.",
            id="in source",
        ),
        pytest.param(
            {**JUNK, "old.env/app.py": "x = 1\n", ".env": f"KEY={github()}\n"},
            (),
            "1 secret enters an image; the fix is below.",
            id="in a file that goes",
        ),
        pytest.param(
            {**JUNK, ".env": f"KEY={github()}\n"},
            (".env",),
            "1 secret enters an image; the change below leaves it in place: revoke and untrack it.",
            id="in a file that git tracks",
        ),
        pytest.param(
            {**JUNK, ".env": f"KEY={github()}\n", "app.py": f"KEY = '{github()}'\n", ".env.local": "API_KEY=x8j2\n"},
            (".env",),
            "2 secrets enter an image; the change below leaves them in place: revoke and untrack 1 of them.",
            id="in source and in a file that git tracks",
        ),
        pytest.param(
            {".env": f"KEY={github()}\n", "web/.env": f"KEY={github()}\n", ".dockerignore": ".git\n"},
            (".env", "web/.env"),
            "2 secrets enter an image; no ignore file takes them out: revoke and untrack them.",
            id="in files that git tracks, and nothing else to change",
        ),
    ],
)
def test_the_comment_says_whether_the_change_takes_out_the_secrets(
    tmp_path: Path, files: dict[str, str | bytes | None], tracked: Sequence[str], said_of_it: str
) -> None:
    root = make_tree(tmp_path, {**files, "Dockerfile": "FROM scratch\nCOPY . /\n"})
    if tracked:
        git(root, "init", "-q")
        git(root, "add", "-f", *tracked)
    text = ctxaudit(".", "--format", "markdown", cwd=root).stdout.decode()
    (opening,) = (line for line in text.splitlines() if line.startswith("**Fails**"))
    assert re.sub(r"[\d.]+k?B of it is needed; ", "", opening) == f"**Fails**; {said_of_it}"


def test_a_secret_in_the_dockerfile_itself_stays(tmp_path: Path) -> None:
    dockerfile = f"FROM scratch\nENV GITHUB_TOKEN={github()}\nCOPY a /\n"
    root = make_tree(tmp_path, {"Dockerfile": dockerfile, "a": "1", ".DS_Store": "\0\0\0\1Bud1"})
    text = ctxaudit(".", "--format", "markdown", cwd=root).stdout.decode()
    assert github() not in text
    assert "1 secret enters an image" in text


def services(root: Path, count: int, **files: str) -> Path:
    """Make services of one context, each with a log of its own."""
    made = {f"{one}/Dockerfile": f"FROM scratch\nCOPY {one} /\n" for one in range(count)}
    build = "    build: {{context: ., dockerfile: {0}/Dockerfile}}\n"
    compose = "services:\n" + "".join(f"  s{one}:\n{build.format(one)}" for one in range(count))
    git(make_tree(root, {**made, **{f"{one}/run.log": "x" * 99 for one in range(count)}, **files}), "init", "-q")
    (root / "compose.yaml").write_text(compose)
    git(root, "add", "-A", ":!*.log")
    return root


@pytest.mark.parametrize(
    ("count", "row"),
    [
        pytest.param(1, "  99B  0/run.log  log file, not tracked by git; sent by s0", id="one file"),
        pytest.param(
            2, "  198B  0/run.log and 1 more  log file, not tracked by git; sent by s0 and s1", id="two files"
        ),
        pytest.param(
            9, "  891B  0/run.log and 8 more  log file, not tracked by git; sent by s0, s1 and 7 more", id="many files"
        ),
    ],
)
def test_files_of_a_kind_are_one_row_whatever_build_is_sent_them(tmp_path: Path, count: int, row: str) -> None:
    root = services(tmp_path, count, **{"z/compose.yaml": "services: {z: {build: .}}\n", "z/Dockerfile": "FROM a\n"})
    text = ctxaudit("--all", cwd=root, columns=120).stdout.decode()
    assert text.partition("Not needed\n")[2].splitlines()[0] == row


_LACKS = 'COPY package-lock.json: "/package-lock.json": not found\n'


@pytest.mark.parametrize(
    ("lines", "options", "shown"),
    [
        pytest.param(["FROM a", "FROM b"], [], ["0/Dockerfile:2 and 1/Dockerfile:2: "], id="two builds"),
        pytest.param(["FROM a"] * 9, [], ["0/Dockerfile:2, 1/Dockerfile:2 and 7 more: "], id="many builds"),
        pytest.param(["FROM a"] * 2, ["-v"], ["0/Dockerfile:2: ", "1/Dockerfile:2: "] * 2, id="a verbose report"),
    ],
)
def test_what_several_dockerfiles_lack_is_said_once(
    tmp_path: Path, lines: list[str], options: list[str], shown: list[str]
) -> None:
    made = {f"{at}/Dockerfile": f"{line}\nCOPY package-lock.json .\n" for at, line in enumerate(lines)}
    compose = "services:\n" + "".join(f"  s{at}: {{build: {at}}}\n" for at in range(len(lines)))
    root = make_tree(tmp_path, {**made, "compose.yaml": compose})
    text = ctxaudit("--all", *options, cwd=root, columns=200).stdout.decode()
    assert [line for line in text.splitlines(keepends=True) if line.startswith("error")] == [
        f"error[copy-source-missing] {places}{_LACKS}" for places in shown
    ]


def test_a_named_context_is_no_build_of_its_own(tmp_path: Path) -> None:
    files = {
        "docker-bake.json": json.dumps(
            {"group": {"default": {"targets": ["a", "b"]}}}
            | {"target": {"a": {"contexts": {"lib": "lib"}}, "b": {"dockerfile": "b.Dockerfile"}}}
        ),
        "Dockerfile": "FROM scratch\nCOPY --from=lib x /\n",
        "b.Dockerfile": "FROM scratch\nCOPY y /\n",
        "lib/x": "12",
        "y": "345",
    }
    text = ctxaudit("--bake", "docker-bake.json", cwd=make_tree(tmp_path, files)).stdout.decode()
    assert "\na, context lib " in text and "\n2 builds, 5B sent.\n" in text


STAYING = {"Dockerfile": "FROM scratch\nCOPY dist /\n", "dist/a.js": "1", "package.json": "{}", ".gitignore": "dist\n"}


@pytest.mark.parametrize(
    ("compose", "is_said"),
    [
        pytest.param("services: {a: {build: .}, b: {build: .}}\n", True, id="all were looked at"),
        pytest.param("services: {a: {build: .}, b: {build: none}, c: {build: .}}\n", False, id="one fails"),
    ],
)
def test_there_is_nothing_to_do_only_where_all_builds_were_looked_at(
    tmp_path: Path, compose: str, is_said: bool
) -> None:
    root = make_tree(tmp_path, {**STAYING, "compose.yaml": compose})
    git(root, "init", "-q")
    said = {one: ctxaudit("--all", "--format", one, cwd=root).stdout.decode() for one in ("text", "markdown")}
    assert ("Nothing to do: what was found stays" in said["text"]) == is_said
    assert ("nothing to do, as what was found stays for a reason" in said["markdown"]) == is_said


def test_a_narrow_terminal_gets_the_reasons_that_the_last_line_speaks_of(tmp_path: Path) -> None:
    root = make_tree(tmp_path, STAYING)
    git(root, "init", "-q")
    said = ctxaudit(cwd=root, columns=44).stdout.decode()
    assert "Stays\n  1B  dist/\n      line 2 of Dockerfile names dist\n" in said
    assert "Nothing to do: what was found stays for the" in said


@pytest.mark.parametrize("style", ["text", "markdown", "html", "github", "gitlab", "sarif"])
def test_a_build_that_fails_is_named_with_what_helps(tmp_path: Path, style: str) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nRUNN true\n", "a": "1"})
    said = ctxaudit("--all", "--format", style, cwd=tmp_path).stdout.decode().replace("`", "")
    assert "Dockerfile:2: unknown instruction: RUNN" in said
    assert "did you mean RUN?" in said


def test_the_comment_has_no_sentence_in_code_font(tmp_path: Path) -> None:
    """Of what could not be looked at, and of what local files cannot tell."""
    make_tree(tmp_path, {"a/Dockerfile": "FROM scratch\nRUNN true\n", "b/Dockerfile": "FROM scratch\nCOPY . .\n"})
    said = ctxaudit("--all", "--format", "markdown", cwd=tmp_path).stdout.decode()
    spans = [span for span in re.findall(r"`([^`]+)`", said) if " " in span and not span.startswith("ctxaudit ")]
    assert [span for span in spans if span != "COPY . ."] == []
    assert "`a/Dockerfile:2`: unknown instruction: RUNN; did you mean RUN?" in said


def test_the_notes_of_a_folded_build_are_folded_too(twelve: Path) -> None:
    page = said(twelve, "--format", "html")
    folds = page.split('<details class="build"')[1:]
    assert [fold.count("<details><summary>") for fold in folds] == [1] * 12
