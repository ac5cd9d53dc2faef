"""Small real files of each kind, from the project's own samples and recorded answers, and a few written here."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from support import PROJECT, TESTS, rows, text_of

_LONGEST = 2000  # bytes of a seed: most mutations of a long file change nothing that matters


def of_samples(*globs: str) -> tuple[bytes, ...]:
    """Return the small files of the samples that match, without what a script has made there."""
    home = PROJECT / "sample_repos"
    files = sorted(path for glob in globs for path in home.rglob(glob) if ".made" not in path.parts and path.is_file())
    return tuple(data for path in files if 0 < len(data := path.read_bytes()) < _LONGEST)


@cache
def dockerfiles() -> tuple[bytes, ...]:
    return (*of_samples("Dockerfile*"), *DOCKERFILES)


@cache
def ignore_files() -> tuple[bytes, ...]:
    recorded = [text_of(row, "dockerignore") for row in rows("walk_cases")[::40]]
    kept = {text.encode("utf-8", "surrogateescape") for text in recorded if text and len(text) < _LONGEST}
    return (*of_samples(".dockerignore", ".gitignore"), *sorted(kept))


@cache
def bake_expressions() -> tuple[str, ...]:
    """Return recorded expressions, which buildx evaluated."""
    written = [row["expression"] for row in rows("bake_expressions")[::5] if "expression" in row]
    return tuple(one for one in written if len(one) < 200) or ("upper(A)",)


@cache
def reports() -> tuple[Any, ...]:
    files = sorted((TESTS / "golden").glob("*.json"), key=lambda file: (file.stat().st_size, file.name))
    return tuple(json.loads(file.read_bytes()) for file in files[:6])


DOCKERFILES = (
    b"# syntax=docker/dockerfile:1\n# check=skip=all\nARG V=3.12\nFROM python:$V-slim AS build\nWORKDIR /a\n"
    b"COPY --chown=1:1 --exclude=*.md pyproject.toml src/ ./\nRUN pip install . && make -C src all\n"
    b"FROM scratch\nCOPY --from=build /a /a\nCOPY --link ['dist', '/d']\n",
    b"FROM node:22 AS deps\nCOPY package*.json ./\nRUN --mount=type=bind,source=.,target=/s,rw --mount=type=cache,"
    b"target=/root/.npm npm ci\nFROM deps\nCOPY <<EOF /etc/a\n$A ${B:-c}\nEOF\nCOPY . .\nRUN <<-E sh\n"
    b"\tnpm run build\n\tE\n"
    b'ONBUILD COPY . /x\nENTRYPOINT ["node", "dist/a.js"]\nHEALTHCHECK CMD curl x\n',
    b"FROM --platform=$BUILDPLATFORM golang:1.24 as b\nARG TARGETOS TARGETARCH\nENV CGO_ENABLED=0 GOOS=${TARGETOS}\n"
    b"ADD https://example.org/a.tgz /t/\nADD . /go/src\nRUN go build -o /out ./cmd/...\nFROM b\nUSER 1\nEXPOSE 80\n",
    b"FROM alpine\nARG A=src\nCOPY $A/*.[jt]s ${A%rc}* /o/\nRUN for f in a b; do cp $f /x; done; tar xf a.tar | sh\n",
)

COMPOSE = (
    b"services:\n  a:\n    build: .\n  b:\n    extends: {service: a}\n    build:\n      context: ./src\n"
    b"      dockerfile_inline: 'FROM scratch'\n      additional_contexts: {x: ., y: 'service:a'}\n"
    b"      args: [A=1, B]\n",
    b"x-base: &base\n  build: &b {context: ., target: t, args: {V: '${V:-1}'}}\n  environment: [A=1]\n"
    b"services:\n  a: *base\n  b:\n    <<: *base\n    build:\n      <<: *b\n      dockerfile: Dockerfile\n"
    b"    volumes: ['./src:/src:ro']\n    develop: {watch: [{path: ./src, action: rebuild}]}\n",
    b"name: p\ninclude:\n  - path: other.yaml\nservices:\n  web:\n    image: x\n    profiles: [dev]\n    build:\n"
    b"      context: ${DIR-.}\n      ssh: [default]\n      secrets: [s]\n      platforms: [linux/amd64]\n"
    b"secrets: {s: {file: ./s.txt}}\n",
)

BAKE_JSON = (
    b'{"variable": {"V": {"default": "1"}}, "group": {"default": {"targets": ["a", "b"]}},\n'
    b' "target": {"a": {"context": '
    b'".", "args": {"V": "${V}"}},\n "b": {"inherits": ["a"], "dockerfile-inline": "FROM scratch\\nCOPY . .",'
    b' "contexts": {"x": "target:a", "y": "src"}, "platforms": ["linux/amd64"]}}}\n',
)

CONFIGURATIONS = (
    b'format = "json"\nfail-on = "warning"\nmax-size = "100MB"\nmax-files = 100\ntop = 5\nselect = ["secret"]\n'
    b'ignore = ["env"]\nexclude = ["docs/**"]\nkeep = ["dist"]\nalways-ignore = ["*.log"]\n',
    b'builder = "classic"\nbuild-arg = ["A=1"]\ntarget = "build"\nplatform = "linux/arm64"\nstyle = "deny"\n'
    b"bytes = true\n",
    b'file = "Dockerfile"\nignore-file = "a.txt"\nbuild-context = ["x=src"]\nmax-growth = "5%"\n',
    b"# a comment\ntop = 0\njobs = 1\n\"exclude\" = [\n  'a/**', # one\n  \"\\u00e9\",\n]\nmax-size = '64MiB'\n",
)

BASELINE = {
    "schema": "ctxaudit-baseline/1",
    "findings": [
        {"fingerprint": letter * 40, "rule": rule, "path": path, "target": target}
        for letter in "0a"
        for rule, path in (("env", ".env"), ("node-modules", "node_modules"), ("é", "\\udcff"))
        for target in (".", "Dockerfile")
    ],
}

WORKFLOWS = (
    b"on: push\nenv: {A: '1'}\njobs:\n  image:\n    runs-on: ubuntu-latest\n"
    b"    strategy: {matrix: {dir: [., src]}}\n    steps:\n"
    b"      - uses: actions/checkout@v4\n        with: {path: sub}\n"
    b"      - uses: docker/build-push-action@v6\n        with:\n"
    b"          context: ${{ matrix.dir }}\n          file: ./Dockerfile\n          build-args: |\n"
    b"            A=1\n            B=${{ env.A }}\n"
    b"      - run: docker build -t x -f Dockerfile --build-arg A=1 src && docker compose build\n",
    b"on: {pull_request: {paths: ['**']}}\njobs:\n  b:\n    uses: ./.github/workflows/other.yml\n  c:\n"
    b"    defaults: {run: {working-directory: src}}\n"
    b"    steps:\n      - uses: docker/bake-action@v5\n"
    b"        with: {files: docker-bake.hcl, targets: a, workdir: ., set: '*.args.A=1'}\n"
    b"      - {run: 'docker buildx build . --target build', working-directory: .}\n",
)

# Manifests, scripts and settings that say what a build needs, each under the name that it is read by.
MANIFESTS = {
    "package.json": b'{"name": "a", "main": "dist/a.js", "workspaces": ["packages/*"], "files": ["dist"],\n'
    b'"scripts": {"build": "tsc -p . && vite build", "start": "node ./dist/a.js"}, "dependencies": {"b": '
    b'"file:./b"}}\n',
    "pyproject.toml": b'[build-system]\nrequires = ["setuptools", "setuptools_scm"]\n[project]\nname = "a"\n'
    b'readme = "README.md"\n'
    b'[tool.setuptools.packages.find]\nwhere = ["src"]\n[tool.uv.workspace]\nmembers = ["packages/*"]\n',
    "Cargo.toml": b'[package]\nname = "a"\nbuild = "build.rs"\n[workspace]\nmembers = ["crates/*"]\n'
    b'[dependencies]\nb = {path = "b"}\n'
    b'[build-dependencies]\nvergen = {version = "8", features = ["gitcl"]}\n',
    "go.mod": b"module example.org/a\n\ngo 1.24\n\nrequire b v1.0.0 // indirect\nreplace b => ./b\n",
    "go.work": b"go 1.24\nuse (\n\t./a\n\t./b\n)\n",
    "main.go": b'package main\n\nimport _ "embed"\n\n//go:embed dist/* all:src\nvar f embed.FS\n\n'
    b'func main() { os.Open("a.txt") }\n',
    "pom.xml": b"<project><modules><module>a</module></modules><build><plugins><plugin>\n"
    b"<artifactId>git-commit-id-maven-plugin</artifactId></plugin></plugins></build></project>\n",
    "settings.gradle": b"include 'a', ':b:c'\nproject(':a').projectDir = file('x/a')\n",
    "build.gradle": b"plugins { id 'com.palantir.git-version' }\nversion = gitVersion()\n",
    "a.csproj": b'<Project><ItemGroup><ProjectReference Include="..\\b\\b.csproj" /><PackageReference '
    b'Include="MinVer" />'
    b"</ItemGroup></Project>\n",
    "a.sln": b'Project("{F}") = "a", "a\\a.csproj", "{G}"\nEndProject\n',
    "Makefile": b"V := $(shell git describe)\nall: dist/a.js\n\tcp $< $(@D)\ndist/%.js: src/%.ts\n"
    b"\ttsc $^ -o $@\ninclude b.mk\n",
    "build.sh": b'#!/bin/sh\nset -e\nfor f in src/*.ts; do cp "$f" dist/; done\ncat <<EOF > a\n${A:-b}\nEOF\n'
    b"if [ -f .env ]; then . ./.env; fi\n",
    "pnpm-workspace.yaml": b"packages:\n  - packages/*\n  - '!**/test'\n",
    "tsconfig.json": b'{"extends": "./base.json", // c\n'
    b'"compilerOptions": {"outDir": "dist", "paths": {"@/*": ["src/*"]}},\n"references": [{"path": "./b"}]}\n',
    "composer.json": b'{"autoload": {"psr-4": {"A\\\\": "src/"}, "files": ["a.php"]}, "bin": ["bin/a"]}\n',
    "Gemfile": b"source 'https://rubygems.org'\ngem 'b', path: 'b'\ngemspec\n",
    "a.gemspec": b'Gem::Specification.new { |s| s.files = `git ls-files -z`.split("\\0") }\n',
    "setup.py": b"from setuptools import setup\n"
    b"setup(use_scm_version=True, package_data={'a': ['*.json']}, scripts=['bin/a'])\n",
    "setup.cfg": b"[options]\npackages = find:\n[options.package_data]\n* = *.txt, data/*\n",
    "MANIFEST.in": b"include README.md\nrecursive-include src *.txt\ngraft dist\nprune tests\n",
    "requirements.txt": b"-r base.txt\n-e ./b\nflask==3.0 # x\n./wheels/a-1.0.whl\n",
    "CMakeLists.txt": b"project(a)\nadd_subdirectory(src)\nfile(GLOB S src/*.c)\nconfigure_file(a.in a.h)\n",
    "vite.config.ts": b"import { defineConfig } from 'vite'\n"
    b"export default defineConfig({ build: { outDir: 'dist' }, root: './src' })\n",
    "webpack.config.js": b"module.exports = { entry: './src/a.ts', output: { path: __dirname + '/dist' } }\n",
    "nginx.conf": b"http { server { root /usr/share/html; location / { try_files $uri /index.html; } } "
    b"include conf.d/*.conf; }\n",
    "Procfile": b"web: python -m a --port $PORT\nworker: ./bin/run src\n",
    "supervisord.conf": b"[program:a]\ncommand=python /app/src/a.py\ndirectory=/app\n",
    "mkdocs.yml": b"site_name: a\ndocs_dir: src\nplugins:\n  - git-revision-date-localized\n",
    "build.rs": b'fn main() { println!("cargo:rerun-if-changed=src"); include_str!("../a.txt"); '
    b'Command::new("git"); }\n',
    "src/a.py": b"import json\nwith open('data/a.json') as f: json.load(f)\nPath(__file__).parent / 'b.txt'\n"
    b"load_dotenv('.env')\n",
    "src/a.ts": b"import x from './b.json'\nreadFileSync(new URL('./c.txt', import.meta.url))\nrequire('../d')\n",
    ".env": b'# c\nSECRET_KEY=hunter2hunter2\nexport A="$B"\nPORT=3000\n',
    ".gitignore": b"dist/\n*.log\n!keep.log\n/build\n**/tmp/\n",
    ".npmrc": b"//registry.npmjs.org/:_authToken=npm_0123456789\nregistry=https://r.example.org\n",
    ".gitattributes": b"*.bin filter=lfs diff=lfs\n/src export-ignore\n",
    ".gitmodules": b'[submodule "a"]\n\tpath = a\n\turl = ../a.git\n',
}

# What other tools declare builds by, and their own ignore file.
QUADLET = (
    b"# a unit\n[Unit]\nDescription=x\n[Build]\nImageTag=localhost/x\nFile=./Dockerfile\nSetWorkingDirectory=unit\n"
    b"BuildArg=A=1 \\\n  B=2\nTarget=build\nFile=\nFile=src/Dockerfile\n",
    b"[Build]\nImageTag=x\nSetWorkingDirectory=.\n; c\nPull=never\n[Service]\nFile=y\n",
    b"[Build]\nImageTag=x\nSetWorkingDirectory=src\nIgnoreFile=.dockerignore\nPodmanArgs=--target b 'c\\\n d'\n",
)
KUBE = (
    b"apiVersion: v1\nkind: Pod\nspec:\n  initContainers: [{name: i, image: src}]\n  containers:\n"
    b"    - {name: a, image: docker.io/a:1}\n    - name: b\n      image: packages/b\n",
    b"kind: List\nitems:\n  - &a\n    kind: CronJob\n    spec: {jobTemplate: {spec: {template: {spec: {containers: "
    b"[{image: src}]}}}}}\n  - *a\n---\nkind: Deployment\n",
)
CLOUD_BUILD = (
    b"steps:\n  - name: gcr.io/cloud-builders/docker\n    args: [build, -t, 'x:$SHORT_SHA', -f, src/Dockerfile, .]\n"
    b"  - name: docker:24\n    dir: src\n    args: ['build', '--target', 'build', '.']\nimages: [x]\n",
    b'{"steps": [{"name": "docker", "args": ["buildx", "build", "--build-arg", "A=1", "."]}, {"name": "bash"}]}',
)
GCLOUD_IGNORE = (
    b"#!include:a.txt\n.git\n/dist/\n*.log\n!keep.log\n**/node_modules/**\n",
    b"# c\n\\#a\n[a-c]*\nsrc/**/x\n\\ \n#!include:missing\n",
)
CDK_ASSETS = {
    "version": "36.0.0",
    "files": {},
    "dockerImages": {
        "0123456789abcdef": {
            "displayName": "Service",
            "source": {
                "directory": "..",
                "dockerFile": "Dockerfile",
                "dockerBuildTarget": "build",
                "platform": "linux/arm64",
                "dockerBuildArgs": {"A": "src"},
                "dockerBuildContexts": {"x": "src"},
            },
        },
        "fedcba": {"source": {"directory": "asset.0123", "dockerFile": "src/Dockerfile"}},
    },
}
CDK_MANIFEST = {
    "version": "36.0.0",
    "artifacts": {
        "Stack": {
            "type": "aws:cloudformation:stack",
            "metadata": {
                "/Stack/Image": [
                    {
                        "type": "aws:cdk:asset",
                        "data": {
                            "id": "0123",
                            "packaging": "container-image",
                            "path": "..",
                            "file": "Dockerfile",
                            "target": "build",
                            "buildArgs": {"A": "src"},
                        },
                    }
                ]
            },
        }
    },
}

# What a build left behind, for `cache`.
_KEY = "0" * 64
SAVED = {
    "schema": "ctxaudit-cache-keys/1",
    "version": "1",
    "more": [{"of": {"another": ["version", 1, True]}, "in": "it"}, {"a": "b"}] * 4,
    "steps": [{"line": line, "stage": 0, "definition": _KEY, "own": _KEY, "key": _KEY} for line in (3, 4)],
    "contexts": [
        {
            "name": "context",
            "entries": [
                {"path": path, "type": kind, "mode": 420, "digest": _KEY, "target": target, "xattrs": "", "content": ""}
                for path, kind, target in (("src", "dir", ""), ("src/a.py", "file", ""), ("link", "symlink", "src"))
            ],
        }
    ],
}
EXPORTED = {
    "layers": [{"blob": f"sha256:{_KEY}", "parent": parent, "annotations": {"a": "b"}} for parent in range(-1, 6)],
    "records": [
        {"digest": f"sha256:{_KEY}"},
        {"digest": f"sha256:{'1' * 64}", "inputs": [[{"link": 0}], [{"selector": "x", "link": 0}]]},
        {"digest": f"sha256:{'2' * 64}", "inputs": [[{"link": 1}, {"link": 0}]], "layers": [{"layer": 0}]},
    ],
}
TIMINGS = (
    b'{"vertexes":[{"digest":"sha256:0","name":"[build 2/3] COPY . .","started":"2026-01-01T00:00:00.5Z",'
    b'"completed":"2026-01-01T00:00:03Z"},{"digest":"sha256:1","name":"[internal] load build context"}]}\n'
    b'{"statuses":[{"id":"x","vertex":"sha256:0","current":5}]}\n',
    b"#1 [internal] load build definition from Dockerfile\n#5 [build 2/3] COPY . .\n#5 DONE 1.2s\n#6 [build 3/3] RUN "
    b"npm run build\n#6 0.3 x\n#6 DONE 12.0s\n#7 CACHED\n",
)

# What a fleet is given.
NAMES = (
    b"# all of them\no/r\no/r2.git # c\nhttps://example.org/a/b.git\nssh://git@example.org:22/a/c\ngit@example.org:a/d.git\n",
    b"\xef\xbb\xbfhttp://example.org/x\r\n\r\ngit://example.org/y\n",
)
POLICIES = (
    b'max-size = "200MB"\nmax-files = 20_000\nfail-on = "error"\nforbid = ["vcs-*", "secret-[a-z]*"]\nrequire = '
    b'["ignore-file"]\n[[repository]]\nname = "web/*"\nmax-size = "1GiB"\nforbid = []\n[[repository]]\nname = "**"\n'
    b'require = ["README*", "?"]\n',
)

# What an engine says, byte by byte: frames of HTTP/2, messages, chunks, lines of JSON.
_ENTRY = b"\x0a\x05src/a\x10\xa4\x83\x02\x28\x05"
_PACKETS = (b"\x12" + bytes([len(_ENTRY)]) + _ENTRY, b"\x08\x02\x18\x00\x22\x0512345", b"\x08\x03")
_GRPC = b"".join(b"\0" + len(one).to_bytes(4, "big") + one for one in _PACKETS)
_FRAME = len(_GRPC).to_bytes(3, "big") + b"\0\0\0\0\0\1" + _GRPC
_TRACE = b'{"id":"moby.buildkit.trace","aux":"CgcKAnMxGgF4EgkKAXgSAnMxIAU="}\r\n'
PACKETS = (
    _FRAME,
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _FRAME,
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(_TRACE), _TRACE),
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK" + b"HTTP/1.1 200 OK\r\n\r\n" + _TRACE,
    TIMINGS[0],
)
