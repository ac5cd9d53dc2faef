"""What strangers write where Quadlet, `kube play`, the CDK and Cloud Build declare builds."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ctxaudit.builds.discover import discover
from support import ctxaudit, git, make_tree, processor_limit

DOCKERFILE = "FROM scratch\nCOPY . .\n"
SECRET = "s3cr3tOfAnotherPlace"


def project(root: Path, files: dict[str, str | bytes | None]) -> Path:
    git(make_tree(root, {"Dockerfile": DOCKERFILE, "a.txt": "1", **files}), "init", "-q")
    return root


def assets(source: dict[str, Any], **members: object) -> str:
    return json.dumps({"dockerImages": {"k": {**members, "source": source}}})


@pytest.mark.parametrize("output", ["../out", "{out}", "link"])
def test_what_the_cdk_wrote_elsewhere_is_not_read(output: str, tmp_path: Path) -> None:
    out = make_tree(tmp_path / "out", {"x.assets.json": assets({"directory": "."}, displayName=SECRET)})
    root = project(tmp_path / "p", {"cdk.json": json.dumps({"output": output.replace("{out}", os.fspath(out))})})
    (root / "link").symlink_to(out)
    done = ctxaudit("--all", cwd=root)
    assert (done.returncode in (0, 1), SECRET.encode() in done.stdout + done.stderr) == (True, False)


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"cdk.json": '{"output": "a\\u0000b"}'}, id="a NUL in the output"),
        pytest.param({"cdk.out/x.assets.json": assets({"directory": "a\0b"})}, id="a NUL in a directory"),
        pytest.param({"cdk.out/x.assets.json": assets({"directory": "\ud800"})}, id="half a pair in a directory"),
        pytest.param({"cdk.out/x.assets.json": assets({"directory": ".."}, displayName="\ud800")}, id="in a name"),
        pytest.param(
            {"cdk.out/x.assets.json": assets({"directory": "..", "dockerBuildArgs": {"\ud800": "\ud800"}})},
            id="in a value",
        ),
        pytest.param({"cdk.out/x.assets.json": assets({"directory": "..", "dockerFile": 5})}, id="a number"),
        pytest.param({"x.build": "[Build]\nImageTag=x\nFile=a\0b\n"}, id="a NUL in a unit"),
        pytest.param({"kube.yaml": 'spec: {containers: [{image: "a\\0b"}]}\n'}, id="a NUL in an image"),
        pytest.param({"kube.yaml": "items: &a [*a]\n"}, id="a list in itself"),
        pytest.param(
            {"cloudbuild.yaml": "steps: [5, {name: docker, args: [build, -f, !!binary AA==, .]}]\n"}, id="bytes"
        ),
    ],
)
def test_values_that_no_path_is_end_in_a_status(files: dict[str, str | bytes | None], tmp_path: Path) -> None:
    root = project(tmp_path, {"cdk.json": "{}", **files})
    assert ctxaudit("--all", cwd=root).returncode in (0, 1, 2)


def test_many_assets_of_many_directories_read_each_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copies: dict[str, str | bytes | None] = {f"cdk.out/asset.{one:x}/Dockerfile": DOCKERFILE for one in range(200)}
    inner = {f"d{one}/Dockerfile": DOCKERFILE for one in range(200)}
    images = {str(one): {"source": {"directory": f"asset.{one:x}"}} for one in range(200)}
    written = {"cdk.json": "{}", "cdk.out/x.assets.json": json.dumps({"dockerImages": images})}
    monkeypatch.chdir(project(tmp_path, {**copies, **inner, **written}))
    with processor_limit(10):
        declared, _ = discover(".")
    assert sum("assets" in one.name for one in declared) == 200
