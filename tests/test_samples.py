"""What is said of each sample, whole: in both widths and in JSON, of two samples in every format."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from golden import COLUMNS, DECLARING, KEPT, SAMPLES, golden, reports

from ctxaudit.values import counted, shown_size
from support import TESTS, ctxaudit

first = functools.cache(reports)


@pytest.mark.parametrize(("sample", "style"), KEPT)
def test_the_report_is_the_golden_one(samples: Path, sample: str, style: str) -> None:
    assert first(samples, sample)[style].decode() == golden(sample, style).read_text()


def test_no_golden_file_is_left_over() -> None:
    assert {file for file in (TESTS / "golden").iterdir() if file.is_file()} == {golden(*kept) for kept in KEPT}


@pytest.mark.parametrize("sample", [*SAMPLES, *DECLARING])
def test_two_runs_are_the_same_bytes(samples: Path, sample: str) -> None:
    assert reports(samples, sample) == first(samples, sample)


# What begins a line that is copied whole.
COMMANDS = ("Preview:", "Apply:", "Tidy:", "Edit:", "Untrack:", "Mount:", "Exclude:")


@pytest.mark.parametrize(("style", "width"), COLUMNS.items())
@pytest.mark.parametrize("sample", [*SAMPLES, *DECLARING])
def test_the_report_fits(samples: Path, sample: str, style: str, width: int) -> None:
    lines = first(samples, sample)[style].decode().splitlines()
    assert [line for line in lines if len(line) > width and not line.startswith(COMMANDS)] == []


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_figures_are_the_same_in_all_formats(samples: Path, sample: str) -> None:
    said = {style: text.decode() for style, text in first(samples, sample).items()}
    (target,) = json.loads(said["json"])["targets"]
    sent, found = target["sent"], target["findings"]
    for style in COLUMNS:
        assert {shown_size(sent["bytes"]), shown_size(target["permitted"]["bytes"])} <= set(said[style].split())
    (run,) = json.loads(said["sarif"])["runs"]
    assert run["properties"] == {"permitted": target["permitted"], "sent": sent}
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules if not rule.get("helpUri", "").startswith("https://")] == []
    assert [
        (result["ruleId"], result["level"], *(result["properties"][key] for key in ("bytes", "files", "reach")))
        for result in run["results"]
    ] == [tuple(one[key] for key in ("rule", "severity", "bytes", "files", "reach")) for one in found]
    assert [row["check_name"] for row in json.loads(said["gitlab"])] == [one["rule"] for one in found]
    amount = f"{shown_size(sent['bytes'])} in {counted(sent['files'], 'file')}"
    mark = " :x:" * (target["gate"]["verdict"] == "failed")
    assert said["md"].startswith(f"### Build context: {amount}{mark}\n")
    rows: dict[tuple[str, ...], list[int | None]] = {}
    for one in found:
        # A note about what is not sent, or about the Dockerfile's form, is no news on a pull request.
        is_permitted = one["kind"] and one["severity"] == "note" and one["reach"] == "permitted"
        if not is_permitted and not one["rule"].startswith(("cache-", "layer-")):
            # Notes of one kind share a row.
            own = one["path"] if one["severity"] != "note" else ""
            rows.setdefault((one["rule"], one["severity"], own), []).append(one["bytes"] if one["kind"] else None)
    assert re.findall(r"^\| `(\S+)` \| (error|warning|note) \| .* \| (\S*) \| .*\|$", said["md"], re.MULTILINE) == [
        (rule, severity, "" if None in sizes else shown_size(sum(filter(None, sizes))))
        for (rule, severity, _), sizes in rows.items()
    ]
    shown = sum(one["severity"] != "note" for one in found)
    assert said["github"].count("\n::") == min(9, shown)
    assert said["github"].endswith(f"::notice title=ctxaudit::{amount} sent{f', and {shown - 9} more' * (shown > 9)}\n")


# What the rows of sample_repos/README.md promise: the paths that are called unneeded, and some that must not be.
STORIES = {
    "go-service": (
        {".git", ".jj", "bin/service", "coverage.out"},
        {"migrations", "go.sum", "internal"},
    ),
    "node-app": (
        {"dist", "coverage", "tsconfig.tsbuildinfo", ".env"},
        {".env.example", "public", "node_modules"},
    ),
    "python-service": (
        {".git", ".venv", "app/__pycache__", ".pytest_cache", "policy_service.egg-info", "app.db"},
        {"env", "tests", "README.md"},
    ),
    "monorepo": (
        {"packages/api/node_modules", "packages/web/node_modules", "packages/web/dist"},
        {"packages/lib/dist", "node_modules"},
    ),
    "rust-crate": ({"target"}, {"docs/target", "Cargo.lock"}),
    "allow-list": (set(), {"site", "nginx.conf", "recordings"}),
    "secrets": (
        {".env", ".env.production", "deploy/id_ed25519", "service-account.json", "terraform.tfstate", "web/.npmrc"}
        | {"certs/server.key"},
        {"certs/ca.pem", ".npmrc", "deploy/id_ed25519.pub", ".env.example"},
    ),
    "sent-empty": ({"vendor/keep/greeting.c", "vendor/keep/greeting.h"}, {"vendor/unused"}),
    "clean": (set(), {"main.go"}),
    "narrow-copy": (set(), {"package-lock.json", "src", "public"}),
    "bind-mounts": ({".git", "bin/echo", ".env"}, {"cmd", "internal", "go.mod"}),
    "variables": (set(), {"bin/amd64/tool", "locales/en.json"}),
    "symlink-pull": ({"data/big.bin"}, {"conf", "maps.py", "web", ".git"}),
    "specific-ignore": (set(), {"docs/columns.md", "reports/2024"}),
}
# Rules in code that the rows name: the rule and its line.
RULES = {
    "monorepo": [("unanchored-pattern", ".dockerignore", 2)],
    "sent-empty": [("sent-empty", ".dockerignore", 3)] * 2,
    "bind-mounts": [("whole-context-by-accident", "Dockerfile", 4)],
    "variables": [("whole-context-by-accident", "Dockerfile", 12)],
    "specific-ignore": [("copy-source-ignored", "Dockerfile", 4)],
}


# What could be better in its Dockerfile, with the line.
ADVICE = {
    "bind-mounts": [("cache-self-busting", 3), ("cache-self-busting", 11)],
    "go-service": [("cache-self-busting", 6), ("layer-cache-mount", 5), ("layer-cache-mount", 7)],
    "monorepo": [("cache-dependencies-after-source", 4), ("cache-self-busting", 3), ("layer-cache-mount", 4)],
    "narrow-copy": [("layer-cache-mount", 4)],
    "node-app": [("cache-self-busting", 5), ("layer-cache-mount", 4)],
    "python-service": [("cache-self-busting", 4)],
    "rust-crate": [("cache-self-busting", 4)],
    "secrets": [("cache-self-busting", 3)],
    "sent-empty": [("cache-self-busting", 3)],
}


@pytest.mark.parametrize("sample", STORIES)
def test_the_story_of_the_sample_is_told(samples: Path, sample: str) -> None:
    wanted, never = STORIES[sample]
    (target,) = json.loads(first(samples, sample)["json"])["targets"]
    sent = [finding for finding in target["findings"] if finding["reach"] != "permitted"]
    found = {finding["path"] for finding in sent if not finding["rule"].startswith("docker-")}
    rules = [
        (finding["rule"], Path(finding["location"]["file"]).name, finding["location"]["line"])
        for finding in sent
        if finding["kind"] is None
    ]
    advice = [one for one in rules if one[0].startswith(("cache-", "layer-"))]
    rules = [one for one in rules if one not in advice]
    assert sorted(rules) == RULES.get(sample, [])
    assert sorted((rule, line) for rule, _, line in advice) == ADVICE.get(sample, [])
    assert wanted <= found
    assert found & never == set()
    if not wanted and not rules:
        assert " nothing to exclude." in " ".join(first(samples, sample)["80.txt"].decode().split())


DIFFERENCES = {
    "podman-files": (
        "podman",
        ["CHANGES.md, README.md, notes/HOWTO.md", "1 more"],
    ),
    "cloud-build": ("gcloud", [".gitignore, dist/page.js", "recordings/00.bin, recordings/01.bin, recordings/02.bin"]),
}


@pytest.mark.parametrize("sample", DIFFERENCES)
def test_what_two_builders_make_of_a_sample_is_in_one_report(samples: Path, sample: str) -> None:
    builder, said = DIFFERENCES[sample]
    (target,) = json.loads(first(samples, sample)["json"])["targets"]
    messages = " ".join(one["message"] for one in target["findings"] if one["rule"] == "builders-differ")
    assert (target["builder"], [words for words in said if words not in messages]) == (builder, [])


def test_the_asset_of_a_cdk_app_is_found_and_audited_as_the_cdk_stages_it(samples: Path) -> None:
    (target,) = json.loads(first(samples, "cdk-app")["json"])["targets"]
    found = [one["path"] for one in target["findings"] if one["kind"] and one["severity"] != "note"]
    assert (target["name"], target["builder"], found) == ("Service.assets.json:Api", "cdk", ["debug.log"])


def test_the_dockerfile_s_own_ignore_file_counts_for_its_build_alone(samples: Path) -> None:
    root = samples / "sample_repos/.made/specific-ignore"
    target = json.loads(ctxaudit(".", "-f", "docker/app.Dockerfile", "--format", "json", cwd=root).stdout)["targets"][0]
    assert target["ignore_file"] == "docker/app.Dockerfile.dockerignore"
    found = {finding["path"] for finding in target["findings"] if finding["kind"] and finding["severity"] != "note"}
    assert found == {".git", ".env"}


def test_buildkit_is_sent_little_of_what_the_classic_builder_is_sent_whole(samples: Path) -> None:
    root = samples / "sample_repos/.made/narrow-copy"
    sent = {
        builder: json.loads(ctxaudit(".", "--builder", builder, "--format", "json", cwd=root).stdout)["totals"]["sent"]
        for builder in ("buildkit", "classic")
    }
    assert sent["buildkit"]["bytes"] * 1000 < sent["classic"]["bytes"]


def test_a_link_at_the_top_makes_a_wildcard_mean_everything(samples: Path) -> None:
    root = samples / "sample_repos/.made/symlink-pull"
    (target,) = json.loads(ctxaudit(".", "-f", "Dockerfile.web", "--format", "json", cwd=root).stdout)["targets"]
    assert [
        (finding["rule"], finding["location"]["line"]) for finding in target["findings"] if not finding["kind"]
    ] == [("whole-context-by-accident", 3), ("layer-cache-mount", 4)]


def test_each_build_of_a_bake_file_is_looked_at(samples: Path) -> None:
    targets = json.loads(first(samples, "bake")["json"])["targets"]
    assert [(one["name"], one["context"], one["dockerfile"]) for one in targets] == [
        ("service-api", "services/api", "services/Dockerfile"),
        ("service-api, context shared", "shared", "services/Dockerfile"),
        ("service-worker", "services/worker", "services/Dockerfile"),
        ("service-worker, context shared", "shared", "services/Dockerfile"),
        ("docs", "docs", "docker-bake.hcl"),
        ("base", "base", "base/Dockerfile"),
    ]
    found = {(one["name"], finding["path"]) for one in targets for finding in one["findings"] if finding["kind"]}
    assert {
        ("service-api", "__pycache__"),
        ("service-worker", ".venv"),
        ("service-api, context shared", "__pycache__"),
    } <= found
    line = (
        (samples / "sample_repos/.made/bake/docker-bake.hcl").read_text().splitlines().index("    BUILT = timestamp()")
    )
    assert [one["where"] for one in targets[4]["unknowns"] if "BUILT" in one["what"]] == [f"docker-bake.hcl:{line + 1}"]


def test_services_of_one_context_are_counted_once(samples: Path) -> None:
    found = json.loads(first(samples, "compose")["json"])
    assert [(one["name"], one["context"], one["dockerfile"]) for one in found["targets"]] == [
        ("api", ".", "api/Dockerfile"),
        ("web", ".", "web/Dockerfile"),
        ("worker", ".", "compose.yaml"),
    ]
    (shared,) = found["shared_contexts"]
    assert [one["name"] for one in shared["builds"]] == ["api", "web", "worker"]
    assert shared["distinct"]["bytes"] == found["targets"][1]["sent"]["bytes"]


# What a descriptor lists is the context; a path is listed where files that declare builds are looked for.
COUNTED = """
import collections, os, sys
read = collections.Counter()
def hook(event, args):
    if event in ("os.scandir", "os.listdir") and isinstance(args[0], int):
        read[os.path.relpath(os.readlink(f"/proc/self/fd/{args[0]}"))] += 1
sys.addaudithook(hook)
from ctxaudit.__main__ import main
main(sys.argv[1:])
import json
sys.stderr.write(json.dumps(read))
"""


def test_the_tree_of_forty_builds_is_read_once(samples: Path) -> None:
    root = samples / "sample_repos/.made/forty"
    command = [sys.executable, "-c", COUNTED, "--all", "--format", "json"]
    answer = subprocess.run(command, cwd=root, capture_output=True, check=True)
    assert len(json.loads(answer.stdout)["targets"]) == 40
    every = [os.path.relpath(path, root) for path in (root, *root.rglob("*")) if path.is_dir()]
    read = [path for path in every if path.partition("/")[0] != ".git"]  # which the ignore file leaves out
    assert json.loads(answer.stderr) == dict.fromkeys(read, 1)


def test_forty_dockerfiles_are_forty_builds_of_one_context(samples: Path) -> None:
    root = samples / "sample_repos/.made/forty"
    found = json.loads(ctxaudit("--all", "--format", "json", cwd=root).stdout)
    assert [(one["context"], one["dockerfile"]) for one in found["targets"]] == [
        (".", f"services/{number:02}/Dockerfile") for number in range(40)
    ]
    assert found["totals"]["sent"]["files"] - found["totals"]["distinct"]["files"] == 39
    assert all("run.log" in one["findings"][0]["path"] for one in found["targets"])
