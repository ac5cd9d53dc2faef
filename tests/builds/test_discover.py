"""What `--all` finds in a tree: which files are Dockerfiles, and which directory each is built from."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ctxaudit import audit_all
from ctxaudit.builds.discover import discover
from support import ctxaudit, git, make_tree

BUILD = "FROM scratch\nCOPY a /a\n"


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(root: str = ".") -> list[tuple[str, str]]:
    """The builds and their contexts, none of which failed."""
    builds, failures = discover(root)
    assert failures == []
    return [(build.name, build.context) for build in builds]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("Dockerfile", id="Docker's own name"),
        pytest.param("dockerfile", id="the same in small letters"),
        pytest.param("Containerfile", id="Podman's name"),
        pytest.param("containerfile", id="Podman's name in small letters"),
        pytest.param("Dockerfile.prod", id="a stage behind a dot"),
        pytest.param("Dockerfile-alpine", id="a variant behind a dash"),
        pytest.param("Containerfile.dev", id="a stage of Podman's"),
        pytest.param("web.Dockerfile", id="a service before the name"),
        pytest.param("web.containerfile", id="a service before Podman's name"),
        pytest.param("Dockerfile.inner", id="an ending that begins as a template's"),
        pytest.param("Dockerfile.old-cpu", id="an ending that begins as a copy's"),
        pytest.param("in.Dockerfile", id="a template's ending as a service"),
    ],
)
def test_a_file_of_this_name_is_a_build(inside: Path, name: str) -> None:
    make_tree(inside, {name: BUILD, "a": "1"})
    assert found() == [(name, ".")]


@pytest.mark.parametrize(
    "name",
    [
        *("Dockerfile.j2", "Dockerfile.jinja", "Dockerfile.tmpl", "Dockerfile.tpl", "Dockerfile.template"),
        *("Dockerfile.erb", "Dockerfile.in", "Dockerfile.mustache", "Dockerfile.hbs", "Dockerfile.ejs"),
        *("Dockerfile-alpine.template", "Dockerfile.prod.j2", "Containerfile.in", "web.Dockerfile.j2"),
        *("Dockerfile.bak", "Dockerfile.orig", "Dockerfile.old", "Dockerfile.rej", "Dockerfile.swp", "Dockerfile~"),
        *("Dockerfile.prod~", ".#web.Dockerfile", "#web.Dockerfile", "Dockerfile.prod.bak", "Dockerfile.save"),
        *("Dockerfile.md", "Dockerfile.rst", "Dockerfile.dev.md", "Dockerfile.diff", "Dockerfile.html"),
        *("Dockerfile.dockerignore", "Dockerfile.prod.dockerignore", "Containerfile.containerignore"),
        *("Dockerfiles", "MyDockerfile", "dockerfile.lua"),
    ],
)
def test_a_template_a_copy_or_a_text_is_no_build(inside: Path, name: str) -> None:
    make_tree(inside, {"Dockerfile": BUILD, f"t/{name}": BUILD, name: BUILD, "a": "1", "t/a": "1"})
    assert found() == [("Dockerfile", ".")]


SHARED = {"package.json": "{}", "package-lock.json": "{}", "conf.toml": "", "scripts/run.sh": ""}


def run(*commands: str) -> str:
    return "FROM x\nCOPY . .\n" + "".join(f"RUN {command}\n" for command in commands)


@pytest.mark.parametrize(
    ("dockerfile", "beside", "root", "context"),
    [
        pytest.param(
            "FROM x\nCOPY built /b\nCOPY scripts/run.sh /\nCOPY conf.toml /\n", [], SHARED, ".", id="two of three above"
        ),
        pytest.param("FROM x\nCOPY src lib /\n", ["src/a"], {"lib/": None}, "d", id="as many, so the nearest"),
        pytest.param("FROM x\nCOPY src lib /\n", ["src/a", "lib/a"], {"src/": None}, "d", id="more beside it"),
        pytest.param("FROM x\nCOPY package*.json /\n", ["x.json"], SHARED, ".", id="a wildcard that matches above"),
        pytest.param("FROM x\nCOPY *.json /\n", ["x.json"], SHARED, "d", id="a wildcard that matches in both"),
        pytest.param("FROM x\nCOPY none /\n", [], SHARED, "d", id="a source that is nowhere"),
        pytest.param("FROM x\nCOPY . .\n", ["entry.sh"], SHARED, "d", id="everything, which may be anywhere"),
        pytest.param(run("npm ci"), ["entry.sh"], SHARED, ".", id="a manifest above"),
        pytest.param(run("npm ci"), ["package.json"], SHARED, ".", id="a lock file above"),
        pytest.param(run("npm install"), ["package.json"], SHARED, "d", id="a manifest in both"),
        pytest.param(run("npm install -g pnpm"), [], SHARED, "d", id="a global install reads none"),
        pytest.param(run("CI=1 npm run build"), [], SHARED, ".", id="an assignment before the command"),
        pytest.param(run("apk add git && npm ci"), [], SHARED, ".", id="the second command of a line"),
        pytest.param(run('["npm", "ci"]'), [], SHARED, ".", id="the JSON form"),
        pytest.param(run("--mount=type=cache,target=/x npm ci"), [], SHARED, ".", id="a mount before the command"),
        pytest.param(run("<<E\nset -e\nnpm ci\nE"), [], SHARED, ".", id="a heredoc"),
        pytest.param(run("cd web && npm ci"), [], {"web/package.json": ""}, ".", id="a command in a directory"),
        pytest.param(run("cd /web && npm ci"), [], SHARED, "d", id="a directory of the image says nothing"),
        pytest.param(run("pip install -r requirements.txt"), [], {"requirements.txt": ""}, ".", id="a list for pip"),
        pytest.param(run("python -m pip install -r r.txt"), ["r.txt"], {"r.txt": ""}, "d", id="a list in both"),
        pytest.param(run("go build ./..."), ["go.mod"], {"go.mod": ""}, "d", id="a module of its own"),
        pytest.param(run("go build ./..."), [], {"go.mod": ""}, ".", id="the module above"),
        pytest.param(run("go install x.io/y@latest"), [], {"go.mod": ""}, "d", id="a program from elsewhere"),
        pytest.param(run("./mvnw package"), [], {"pom.xml": ""}, ".", id="a wrapper"),
        pytest.param(run("dotnet publish"), [], {"App.sln": ""}, ".", id="a project file of any name"),
        pytest.param("FROM x AS a\nCOPY . .\nRUN npm ci\nFROM x\n", [], SHARED, "d", id="a stage that is not built"),
        pytest.param(run("./scripts/run.sh"), [], SHARED, ".", id="a script"),
        pytest.param(run("./venv/bin/python scripts/a.py x"), [], {"scripts/a.py": ""}, ".", id="a script of Python"),
        pytest.param(run("sh -e run.sh"), ["run.sh"], {"run.sh": ""}, "d", id="a script in both"),
        pytest.param(run("sh /scripts/run.sh"), [], SHARED, "d", id="a script of the image"),
        pytest.param(run("./venv/bin/pip install ."), [], {"pyproject.toml": ""}, ".", id="what pip builds"),
        pytest.param(run("pip install -q ."), ["setup.py"], {"pyproject.toml": ""}, "d", id="what pip builds in both"),
    ],
)
def test_the_context_is_the_directory_that_holds_most_of_what_is_read(
    inside: Path, dockerfile: str, beside: list[str], root: dict[str, str | bytes | None], context: str
) -> None:
    make_tree(inside, {**root, "d/Dockerfile": dockerfile, **{f"d/{name}": "" for name in beside}})
    assert found() == [("d/Dockerfile", context)]


@pytest.mark.parametrize(
    ("command", "context"),
    [
        pytest.param("docker build -f docker/Dockerfile -t x .", ".", id="the repository"),
        pytest.param("docker build docker", "docker", id="its own directory"),
        pytest.param("docker build -f docker/Dockerfile web", "web", id="another directory"),
        pytest.param("docker build -f docker/Dockerfile none", "docker", id="a directory that is not there"),
        pytest.param("docker build -f other/Dockerfile .", "docker", id="another Dockerfile"),
    ],
)
def test_a_context_that_a_workflow_gives_a_command_counts(inside: Path, command: str, context: str) -> None:
    steps = f"jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n      - run: {command}\n"
    files = {"docker/Dockerfile": "FROM x\nCOPY . .\n", "docker/a": "", "web/a": "", ".github/workflows/a.yml": steps}
    make_tree(inside, files)
    assert found() == [("docker/Dockerfile", context)]
    assert bool(discover(".")[0][0].unknowns) == (context == "docker" and not command.endswith(" docker"))


@pytest.mark.parametrize(
    ("files", "severity", "end"),
    [
        pytest.param(
            {"ci/Dockerfile": "FROM scratch\nCOPY go.mod go.sum /\n", "api/go.mod": "", "api/go.sum": ""},
            "warning",
            ": not found; no file says which context this Dockerfile is built from",
            id="none of its sources is in a directory above it",
        ),
        pytest.param(
            {"ci/Dockerfile": "FROM scratch\nCOPY a go.mod /\n", "a": ""},
            "error",
            ": not found",
            id="another source of it is there",
        ),
        pytest.param({"Dockerfile": "FROM scratch\nCOPY go.mod /\n"}, "error", ": not found", id="at the top"),
        pytest.param(
            {
                "ci/Dockerfile": "FROM scratch\nCOPY go.mod /\n",
                "compose.yaml": "services: {a: {build: {context: ., dockerfile: ci/Dockerfile}}}",
            },
            "error",
            ": not found",
            id="a context that a file says",
        ),
    ],
)
def test_a_source_is_missing_for_sure_where_the_context_is_known(
    inside: Path, files: dict[str, str], severity: str, end: str
) -> None:
    make_tree(inside, files)
    findings = [one for one in audit_all(".").targets[0].findings if one.rule == "copy-source-missing"]
    assert {(one.severity, one.message.endswith(f'go.mod"{end}')) for one in findings if "go.mod" in one.path} == {
        (severity, True)
    }


def test_the_context_is_looked_for_no_higher_than_the_tree(inside: Path) -> None:
    make_tree(inside, {**SHARED, "a/b/Dockerfile": run("npm ci"), "a/b/entry.sh": ""})
    assert found("a") == [("a/b/Dockerfile", "a/b")]
    assert found() == [("a/b/Dockerfile", ".")]


def test_links_that_lead_to_themselves_are_passed_over(inside: Path) -> None:
    make_tree(inside, {"Dockerfile": BUILD, "a": "1"})
    for name, target in (("loop", "loop"), ("one", "two"), ("two", "one")):
        (inside / name).symlink_to(target)
    assert found() == [("Dockerfile", ".")]


def test_a_dockerfile_that_cannot_be_read_is_named_and_the_others_go_on(inside: Path) -> None:
    make_tree(inside, {"Dockerfile": BUILD, "a": "1", "b/x": "1", "c/x": "1", "d/Dockerfile/x": "1"})
    (inside / "b/Dockerfile").symlink_to("nowhere")
    (inside / "Dockerfile.loop").symlink_to("Dockerfile.loop")
    os.mkfifo(inside / "c/Dockerfile")
    builds, failures = discover(".")
    assert [build.name for build in builds] == ["Dockerfile"]
    assert [one.error for one in failures] == [
        "open Dockerfile.loop: a link that leads to no file",
        "open b/Dockerfile: a link that leads to no file",
        "open c/Dockerfile: not a regular file",
    ]


@pytest.mark.parametrize(
    ("files", "named"),
    [
        pytest.param({"compose.yaml": "services: [\n"}, ["compose.yaml"], id="a bad compose file"),
        pytest.param(
            {"compose.yaml": "services: [\n", "docker-bake.hcl": 'target "a" {\n'},
            ["compose.yaml", "docker-bake.hcl"],
            id="a bad bake file beside it",
        ),
        pytest.param(
            {"compose.yaml": "services: [\n", "docker-bake.hcl": 'target "a" {}\n'},
            ["compose.yaml"],
            id="a good bake file beside it",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_named_once(inside: Path, files: dict[str, str], named: list[str]) -> None:
    make_tree(inside, {"Dockerfile": BUILD, "a": "1", **files})
    builds, failures = discover(".")
    assert ([build.dockerfiles != () for build in builds], [one.name for one in failures]) == ([True], named)


WEB = "services:\n  web:\n    build: .\n"
TEST = "services:\n  web:\n    build:\n      target: test\n"


@pytest.mark.parametrize(
    ("files", "builds"),
    [
        pytest.param({"docker-compose.test.yml": TEST}, [("web (docker-compose.test.yml)", "test")], id="a new name"),
        pytest.param({"dev.compose.yaml": TEST}, [("web (dev.compose.yaml)", "test")], id="the word at its end"),
        pytest.param({"docker-compose.a\nb.yml": TEST}, [("web (docker-compose.a\nb.yml)", "test")], id="of two lines"),
        pytest.param(
            {"d/Dockerfile": "FROM a AS test\n", "d/compose.x.yml": TEST},
            [("d/Dockerfile", ""), ("web (d/compose.x.yml)", "test")],
            id="in a directory, by its path",
        ),
        pytest.param({"docker-compose.test.yml": WEB}, [], id="one that builds what the Dockerfile is"),
        pytest.param(
            {"d/Dockerfile": "FROM a\n", "d/docker-compose.test.yml": WEB},
            [("web (d/docker-compose.test.yml)", "")],
            id="one that says of which context a Dockerfile is",
        ),
        pytest.param(
            {"compose.yaml": WEB.replace("build: .", "build: {context: ., dockerfile: No}"), "compose.dev.yaml": TEST},
            [("web", ""), ("web (compose.dev.yaml)", "test")],
            id="alone where the Dockerfile of the other is not there",
        ),
        pytest.param(
            {"compose.yaml": WEB.replace("build: .", "build: {context: ., target: no}"), "compose.dev.yaml": WEB},
            [("web", "no"), ("web (compose.dev.yaml)", "")],
            id="alone where the other's target is not there",
        ),
        pytest.param(
            {"compose.yaml": WEB, "compose.test.yaml": TEST},
            [("web", ""), ("web (compose.test.yaml)", "test")],
            id="over the file that compose takes by itself",
        ),
        pytest.param(
            {"compose.yaml": "services: {db: {image: x, extends: no}}\n", "compose.test.yaml": TEST},
            [("web (compose.test.yaml)", "test")],
            id="alone where the two do not go together",
        ),
        pytest.param({"compose.yaml": WEB, "compose.same.yaml": WEB}, [("web", "")], id="one that builds the same"),
        pytest.param({"compose.dev.yaml": "services: {web: {image: x}}\n"}, [], id="one that builds nothing"),
        pytest.param({"decomposed.yml": WEB, "compose.yml.bak": WEB}, [], id="other names"),
    ],
)
def test_compose_files_of_other_names_are_found(
    inside: Path, files: dict[str, str | bytes | None], builds: list[tuple[str, str]]
) -> None:
    make_tree(inside, {"Dockerfile": "FROM a AS test\nFROM b\n", **files})
    found = [build for build in discover(".")[0] if build.name != "Dockerfile"]
    assert [(build.name, build.target or "") for build in found] == builds
    assert [build.name for build in found if build.unknowns and build.name != "d/Dockerfile"] == []


@pytest.mark.parametrize(
    ("text", "name", "why"),
    [
        pytest.param(
            "{% for h in hosts %}\nservices:\n  a:\n    build: .\n", "compose.x.yml", "it is not YAML", id="a template"
        ),
        pytest.param(
            "services:\n  a:\n    build: ../elsewhere\n",
            "a (compose.x.yml)",
            "unable to prepare context",
            id="no context",
        ),
    ],
)
def test_what_only_who_gives_the_file_to_compose_knows_is_unknown(inside: Path, text: str, name: str, why: str) -> None:
    make_tree(inside, {"compose.x.yml": text})
    (build,), failures = discover(".")
    (unknown,) = build.unseen
    assert (build.name, unknown.what.startswith(f"what it builds: {why}"), failures) == (name, True, [])


def bake(**attributes: str) -> str:
    return json.dumps({"target": {"default": attributes}})


@pytest.mark.parametrize(
    ("target", "files", "built"),
    [
        pytest.param(bake(dockerfile="ci/D"), {"ci/D": BUILD}, (".", "ci/D"), id="a Dockerfile from the root"),
        pytest.param(bake(dockerfile="D"), {"ci/D": BUILD}, ("ci", "ci/D"), id="a Dockerfile from its own directory"),
        pytest.param(bake(context="app"), {"app/Dockerfile": BUILD}, ("app", None), id="a context from the root"),
        pytest.param(bake(context="app"), {"ci/app/Dockerfile": BUILD}, ("ci/app", None), id="a context beside it"),
        pytest.param(
            bake(context="app"),
            {"app/Dockerfile": BUILD, "ci/app/Dockerfile": BUILD},
            ("ci/app", None),
            id="a context in both, so the nearer",
        ),
        pytest.param(bake(context="gone"), {}, ("ci/gone", None), id="a context in neither"),
        pytest.param(bake(context=".."), {"Dockerfile": BUILD}, (".", None), id="a context above its directory"),
    ],
)
def test_a_bake_file_in_a_directory_is_run_where_its_files_are(
    inside: Path, target: str, files: dict[str, str | bytes | None], built: tuple[str, str | None]
) -> None:
    make_tree(inside, {"ci/docker-bake.json": target, **files})
    builds, failures = discover(".")
    assert ([(one.context, one.dockerfile) for one in builds if one.name == "default"], failures) == ([built], [])


def test_a_bake_file_that_is_run_at_the_root_is_named_from_there(inside: Path) -> None:
    make_tree(inside, {"ci/docker-bake.json": bake(dockerfile="ci/D"), "ci/D": BUILD})
    assert discover(".")[0][0].arguments == ("--bake", "ci/docker-bake.json", "--bake-target", "default")


@pytest.mark.parametrize(
    ("step", "builds"),
    [
        pytest.param("args: [build, -t, x, .]", [("cloudbuild.yaml:2", ".")], id="the whole of what is uploaded"),
        pytest.param("args: [build, -f, web/Dockerfile, web]", [("cloudbuild.yaml:2", "web")], id="a directory of it"),
        pytest.param("args: [build, .]\n  dir: web", [("cloudbuild.yaml:2", "web")], id="a directory of the step"),
        pytest.param(
            "entrypoint: bash\n  args: [-c, 'docker build -t y web && docker push y']",
            [("cloudbuild.yaml:2", "web")],
            id="a shell",
        ),
        pytest.param(
            "script: |\n    #!/usr/bin/env bash\n    docker build -t y web\n    docker build -t z .",
            [("cloudbuild.yaml:2", "web"), ("cloudbuild.yaml:2", ".")],
            id="a script",
        ),
        pytest.param("script: |\n    cd web\n    docker build -t y .", [], id="a script that goes elsewhere"),
        pytest.param("entrypoint: bash\n  args: [build.sh]", [], id="a shell with a file"),
        pytest.param("args: [push, x]", [], id="another command"),
        pytest.param("args: [build, $_DIR]", [], id="a variable"),
    ],
)
def test_a_step_of_cloud_build_is_a_build(inside: Path, step: str, builds: list[tuple[str, str]]) -> None:
    text = f"steps:\n- name: gcr.io/cloud-builders/docker\n  {step}\n- name: ubuntu\n  args: [build, .]\n"
    make_tree(inside, {"cloudbuild.yaml": text, "Dockerfile": BUILD, "web/Dockerfile": BUILD})
    assert [one for one in found() if one[0].startswith("cloudbuild")] == builds


def test_a_cloud_build_further_down_is_run_where_its_dockerfile_is(inside: Path) -> None:
    text = "steps:\n- name: docker\n  args: [build, .]\n"
    make_tree(inside, {"app/cloudbuild.yaml": text, "app/Dockerfile": BUILD})
    assert found() == [("cloudbuild.yaml:2", "app")]


POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  containers:\n    - name: c\n      image: {}\n"
DEPLOYMENT = (
    "kind: Deployment\nspec:\n  template:\n    spec:\n      initContainers:\n        - image: web\n"
    "      containers:\n        - image: web\n        - image: redis:7\n"
)
CRON = "kind: CronJob\nspec:\n  jobTemplate: {spec: {template: {spec: {containers: [{image: web}]}}}}\n"


@pytest.mark.parametrize(
    ("name", "text", "files"),
    [
        pytest.param("kube.yaml", POD.format("web"), {}, id="a pod in kube.yaml"),
        pytest.param("web.kube.yml", POD.format("web"), {}, id="a name that ends in it"),
        pytest.param(
            "pod.yaml", POD.format("web"), {"web.kube": "[Kube]\nYaml=pod.yaml\n"}, id="one that a unit names"
        ),
        pytest.param("kube.yaml", DEPLOYMENT, {}, id="an image of a deployment, twice, and one without a directory"),
        pytest.param("kube.yaml", CRON, {}, id="a job of a job"),
        pytest.param("kube.yaml", f"kind: Service\n---\n{POD.format('web')}", {}, id="the second document"),
        pytest.param(
            "kube.yaml",
            f"kind: List\nitems:\n  - {CRON.split(chr(10))[0]}\n  - {{spec: {{containers: [{{image: web}}]}}}}\n",
            {},
            id="a list",
        ),
    ],
)
def test_an_image_beside_a_kube_file_is_a_build_of_podmans(
    inside: Path, name: str, text: str, files: dict[str, str]
) -> None:
    make_tree(
        inside,
        {f"k/{name}": text, "k/web/Containerfile": BUILD, "k/web/a": "", **{f"k/{one}": files[one] for one in files}},
    )
    builds, failures = discover(".")
    assert [(one.name, one.context, one.dockerfile, one.builder) for one in builds] == [
        (f"{name}:web", "k/web", "k/web/Containerfile", "podman")
    ]
    assert (failures, builds[0].arguments) == ([], ("k/web", "-f", "k/web/Containerfile", "--builder", "podman"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("deploy.yaml", POD.format("web"), id="a manifest that nobody gives to podman"),
        pytest.param("kube.yaml", POD.format("docker.io/library/web"), id="an image of a registry"),
        pytest.param("kube.yaml", POD.format("../web"), id="a name that leads out"),
    ],
)
def test_no_image_of_another_name_is_a_build_of_podmans(inside: Path, name: str, text: str) -> None:
    make_tree(inside, {f"k/{name}": text, "k/web/Containerfile": BUILD, "k/web/a": "", "web/a": ""})
    assert [(one.name, one.builder) for one in discover(".")[0]] == [("k/web/Containerfile", None)]


def cdk_app(root: Path, source: dict[str, object], *, manifest: bool = False, output: str = "cdk.out") -> None:
    old = {"path": "directory", "file": "dockerFile", "buildArgs": "dockerBuildArgs", "target": "dockerBuildTarget"}
    data = {
        "packaging": "container-image",
        "id": "0123456789abcdef",
        **{key: source[new] for key, new in old.items() if new in source},
    }
    row = {"type": "aws:cdk:asset", "data": data}
    written: dict[str, object] = {"artifacts": {"S": {"metadata": {"/S": [row]}}}}
    if not manifest:
        written = {"version": "36.0.0", "files": {}, "dockerImages": {"0123456789abcdef": {"source": source}}}
    make_tree(
        root,
        {
            "cdk.json": json.dumps({"app": "node bin/app.js", **({"output": output} if output != "cdk.out" else {})}),
            f"{output}/{'manifest' if manifest else 'S.assets'}.json": json.dumps(written),
            f"{output}/asset.0123456789abcdef/Dockerfile": BUILD,
            f"{output}/asset.0123456789abcdef/a": "",
            ".gitignore": f"{output}\n",
            "api/Dockerfile": BUILD,
            "api/a": "",
            "api/left.log": "",
            "other/Dockerfile": "FROM scratch\n",
            "other/a": "",
        },
    )


@pytest.mark.parametrize("manifest", [False, True], ids=["in the assets of a stack", "in the manifest"])
@pytest.mark.parametrize("output", ["cdk.out", "build/cdk"])
def test_an_image_asset_is_a_build_of_the_cdks(inside: Path, manifest: bool, output: str) -> None:
    source = {
        "directory": "asset.0123456789abcdef",
        "dockerFile": "Dockerfile",
        "dockerBuildArgs": {"A": "1"},
        "dockerBuildTarget": "prod",
    }
    cdk_app(inside, source, manifest=manifest, output=output)
    git(inside, "init", "-q")
    builds = [one for one in discover(".")[0] if one.builder]
    file = f"{output}/{'manifest' if manifest else 'S.assets'}.json"
    assert [(one.name, one.context, one.dockerfile, one.target, one.build_args, one.builder) for one in builds] == [
        (f"{file.rpartition('/')[2]}:0123456789ab", "api", "api/Dockerfile", "prod", {"A": "1"}, "cdk")
    ]


def test_an_asset_that_is_not_copied_is_read_where_it_is(inside: Path) -> None:
    cdk_app(inside, {"directory": "../api"})
    (build,) = (one for one in discover(".")[0] if one.builder)
    assert (build.context, build.dockerfile, build.unknowns) == ("api", "api/Dockerfile", ())


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"again/Dockerfile": BUILD, "again/a": ""}, id="two directories are as the copy"),
        pytest.param({"api/Dockerfile": "FROM scratch\n"}, id="the Dockerfile was changed since"),
    ],
)
def test_an_asset_of_no_certain_directory_is_unknown(inside: Path, files: dict[str, str]) -> None:
    cdk_app(inside, {"directory": "asset.0123456789abcdef"})
    make_tree(inside, files)
    (build,) = (one for one in discover(".")[0] if one.builder)
    assert (build.context, [one.what for one in build.unknowns]) == (
        "",
        ["which directory asset.0123456789abcdef was copied from"],
    )


def test_each_build_is_audited_by_the_builder_that_its_file_means(inside: Path) -> None:
    cdk_app(inside, {"directory": "../api"})
    make_tree(inside, {"kube.yaml": POD.format("web"), "web/Containerfile": BUILD, "web/a": ""})
    report = json.loads(ctxaudit("--all", "--format", "json", "--fail-on", "never", cwd=inside).stdout)
    assert [(one["name"], one["builder"]) for one in report["targets"]] == [
        ("kube.yaml:web", "podman"),
        ("S.assets.json:0123456789ab", "cdk"),
        ("other/Dockerfile", "buildkit"),
    ]
    asked = json.loads(
        ctxaudit("--all", "--builder", "classic", "--format", "json", "--fail-on", "never", cwd=inside).stdout
    )
    assert {one["builder"] for one in asked["targets"]} == {"classic"}
