"""What is fuzzed: how an input becomes files, and which command reads them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from ctxaudit.report import FORMATS
from fuzz import calls, grammars, seeds
from fuzz.mutate import mutated, mutated_json

Files = dict[str, bytes]

# The tree that every input stands in: sources, what a build makes, a secret, links.
TREE: Files = {
    "Dockerfile": b"ARG A=src\nFROM node:22 AS build\nCOPY . .\nRUN npm run build\nFROM scratch\n"
    b"COPY --from=build /dist /d\nCOPY $A /s\n",
    "package.json": b'{"name": "a", "scripts": {"build": "tsc"}}',
    "src/a.py": b"open('a.txt')\n",
    "dist/a.js": b"1\n",
    "node_modules/b/package.json": b"{}",
    ".env": b"SECRET_KEY=hunter2hunter2\n",
    "a.txt": b"1\n",
    "event.json": b'{"pull_request": {"number": 1, "head": {"sha": "%s"}}}' % (b"0" * 40),
}
LINKS = {"link": "src", "loop": "loop"}
# Those without a proposal, which takes most of the time, come more often.
_FORMATS = (*FORMATS, *("text", "github", "gitlab"))


@dataclass(frozen=True, slots=True)
class Input:
    """Files beside those of TREE, and the arguments of the command.

    call: what is called in its place, for what no command reads without a network or an engine.
    """

    files: Files
    arguments: tuple[str, ...]
    call: Call | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A function that is called with the name of a file."""

    function: Callable[[str], object]
    file: str

    def __call__(self) -> None:
        self.function(self.file)


@dataclass(frozen=True, slots=True)
class Target:
    """One kind of file.

    names: what it is called; one is chosen. seeds: real files. grammar: makes a file of words.
    commands: the command lines that read it; one is chosen. made: the share of the inputs that the grammar makes.
    call: what is called with its name in place of a command.
    """

    name: str
    names: tuple[str, ...]
    seeds: Callable[[], Sequence[bytes]]
    grammar: Callable[[Random], bytes]
    commands: tuple[tuple[str, ...], ...]
    made: float = 0.4
    call: Callable[[str], object] | None = None

    def input(self, random: Random) -> Input:
        data = self.grammar(random) if random.random() < self.made else mutated(random, self.seeds())
        name = random.choice(self.names)
        if self.call is not None:
            return Input({name: data}, (self.name,), Call(self.call, name))
        return Input({name: data}, _command(random, self.commands))


@dataclass(frozen=True, slots=True)
class Documents:
    """A kind of JSON document, whose values are changed one by one, each mostly to another of its type.

    beside: other files that it needs.
    """

    name: str
    file: str
    documents: Callable[[], Sequence[object]]
    commands: tuple[tuple[str, ...], ...]
    beside: Mapping[str, bytes] = field(default_factory=dict)

    def input(self, random: Random) -> Input:
        document = random.choice(self.documents())
        plain = json.dumps(document).encode()
        shape = random.random()
        data = mutated(random, [plain]) if shape < 0.2 else json.dumps(mutated_json(random, document)).encode()
        return Input({**self.beside, self.file: data}, _command(random, self.commands))


@dataclass(frozen=True, slots=True)
class Manifests:
    """Files of many names, each mutated from its own seed or made of lines of shell; one to three of them at a time."""

    name: str

    def input(self, random: Random) -> Input:
        files = {}
        for name in random.sample(sorted(seeds.MANIFESTS), random.choice((1, 1, 2, 3))):
            is_script = name in ("build.sh", "Makefile", "Procfile", ".env") and random.random() < 0.6
            made = grammars.text_of_shell(random) if is_script else mutated(random, [seeds.MANIFESTS[name]])
            files[random.choice(("", "", "src/", "packages/b/")) + name] = made
        return Input(files, _command(random, _AUDITS))


def _command(random: Random, commands: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    words = random.choice(commands)
    return tuple(random.choice(_FORMATS) if word == "FORMAT" else word for word in words)


_PLAIN = ("--no-config", "--jobs", "1")
_AUDITS: tuple[tuple[str, ...], ...] = (
    ("audit", ".", "--format", "FORMAT", *_PLAIN),
    ("audit", ".", "-v", "--format", "FORMAT", *_PLAIN),
    ("audit", ".", "--builder", "classic", "--format", "gitlab", *_PLAIN),
    ("audit", ".", "--diff", *_PLAIN),
    ("audit", ".", "--diff", "--rewrite", "--style", "allow", *_PLAIN),
    ("audit", ".", "--write", "--prune", "--per-dockerfile", *_PLAIN),
)
_ASKED: tuple[tuple[str, ...], ...] = (
    ("ls", ".", "--no-config"),
    ("why", "src/a.py", "--no-config"),
    ("why", "link/a.py", "--builder", "classic", "--no-config"),
)


def _declared(option: str, file: str) -> tuple[tuple[str, ...], ...]:
    return (
        ("audit", option, file, "--format", "FORMAT", *_PLAIN),
        ("audit", option, file, "--diff", *_PLAIN),
        ("audit", ".", "--all", *_PLAIN),
        ("audit", ".", *_PLAIN),
    )


_ALL = (("audit", ".", "--all", "--format", "FORMAT", *_PLAIN), ("audit", ".", "--all", "--diff", *_PLAIN))
_AGAINST = (
    ("cache", "why", ".", "--against", "saved.json", "--no-config"),
    ("cache", "why", ".", "--against", "saved.json", "--format", "json", "--no-config"),
)

TARGETS: tuple[Target | Documents | Manifests, ...] = (
    Target("dockerfile", ("Dockerfile",), seeds.dockerfiles, grammars.dockerfile, (*_AUDITS, *_ASKED)),
    Target(
        "ignore file",
        (".dockerignore", ".dockerignore", "Dockerfile.dockerignore"),
        seeds.ignore_files,
        grammars.ignore_file,
        (*_AUDITS, *_ASKED),
    ),
    Target(
        "compose",
        ("compose.yaml",),
        lambda: (*seeds.of_samples("compose*.yaml"), *seeds.COMPOSE),
        grammars.compose,
        _declared("--compose", "compose.yaml"),
    ),
    Target(
        "bake",
        ("docker-bake.hcl",),
        lambda: seeds.of_samples("docker-bake.hcl"),
        grammars.bake,
        _declared("--bake", "docker-bake.hcl"),
    ),
    Target(
        "bake as JSON",
        ("docker-bake.json",),
        lambda: seeds.BAKE_JSON,
        lambda random: json.dumps(mutated_json(random, json.loads(seeds.BAKE_JSON[0]))).encode(),
        _declared("--bake", "docker-bake.json"),
        made=0.6,
    ),
    Target(
        "configuration",
        ("ctxaudit.toml", "ctxaudit.toml", ".ctxaudit.toml"),
        lambda: seeds.CONFIGURATIONS,
        grammars.configuration,
        (("audit", ".", "--jobs", "1"), ("audit", ".", "--diff", "--jobs", "1"), ("ls", "."), ("why", "a.txt")),
        made=0.6,
    ),
    Documents(
        "baseline",
        "baseline.json",
        lambda: (seeds.BASELINE,),
        (
            ("audit", ".", "--baseline", "baseline.json", "--format", "FORMAT", *_PLAIN),
            ("audit", ".", "--baseline", "baseline.json", "--update-baseline", *_PLAIN),
        ),
    ),
    Documents(
        "report",
        "report.json",
        seeds.reports,
        tuple(
            ("comment", forge, "--report", "report.json", "--dry-run", "--no-config") for forge in ("github", "gitlab")
        ),
    ),
    Target(
        "workflow",
        (".github/workflows/ci.yml",),
        lambda: seeds.WORKFLOWS,
        grammars.workflow,
        (("audit", ".", "--all", *_PLAIN), ("audit", ".", "--all", "--diff", *_PLAIN), ("audit", ".", *_PLAIN)),
    ),
    Manifests("manifests"),
    Target("quadlet", ("x.build",), lambda: seeds.QUADLET, grammars.quadlet, _ALL),
    Target("kube", ("kube.yaml", "pod-kube.yml"), lambda: seeds.KUBE, grammars.kube, _ALL),
    Target(
        "cloud build", ("cloudbuild.yaml", "cloudbuild.json"), lambda: seeds.CLOUD_BUILD, grammars.cloud_build, _ALL
    ),
    Target(
        "gcloudignore",
        (".gcloudignore",),
        lambda: seeds.GCLOUD_IGNORE,
        grammars.gcloud_ignore,
        (
            ("audit", ".", "--builder", "gcloud", "--format", "FORMAT", *_PLAIN),
            ("ls", ".", "--builder", "gcloud", "--no-config"),
            ("why", "src/a.py", "--builder", "gcloud", "--no-config"),
        ),
    ),
    Documents("cdk assets", "cdk.out/x.assets.json", lambda: (seeds.CDK_ASSETS,), _ALL, {"cdk.json": b"{}"}),
    Documents("cdk manifest", "cdk.out/manifest.json", lambda: (seeds.CDK_MANIFEST,), _ALL, {"cdk.json": b"{}"}),
    Documents("saved cache", "saved.json", lambda: (seeds.SAVED, seeds.EXPORTED), _AGAINST),
    Target(
        "timings",
        ("log",),
        lambda: seeds.TIMINGS,
        grammars.timings,
        (("cache", ".", "--commits", "0", "--timings", "log", "--no-config"),),
    ),
    Target("names", ("names",), lambda: seeds.NAMES, grammars.names, (), 0.8, calls.names),
    Target("policy", ("policy.toml",), lambda: seeds.POLICIES, grammars.policy, (), 0.7, calls.policy),
    Target("packets", ("packets",), lambda: seeds.PACKETS, grammars.packets, (), call=calls.packets),
    Target(
        "documents",
        ("Dockerfile", ".dockerignore", "compose.yaml"),
        lambda: (*seeds.dockerfiles(), *seeds.ignore_files(), *seeds.COMPOSE),
        lambda random: random.choice((grammars.dockerfile, grammars.ignore_file, grammars.compose))(random),
        (),
        call=calls.document,
    ),
)
