"""Grammars: files that are made of the words of their language, mostly in a valid order."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

from fuzz import seeds
from fuzz.mutate import ODD

_PATHS = (
    *(
        ".",
        "./",
        "src",
        "src/",
        "src/a.py",
        "src/*",
        "**/*.py",
        "dist",
        "a.txt",
        "*",
        "/",
        "..",
        "../a",
        "link",
        "loop",
    ),
    *(
        "package.json",
        "package*.json",
        "[a-z]*",
        "node_modules",
        ".env",
        "d/e/f",
        "missing",
        "a b",
        "é",
        ".git",
        "link/a.py",
    ),
)
_NAMES = ("a", "b", "build", "base", "final", "A", "V", "0", "1", "x-y", "x.y", "PATH", "TARGETARCH", "scratch")
_SHELL = (
    *(
        "make",
        "npm ci",
        "npm run build",
        "pip install -r requirements.txt",
        "cp -r src dist",
        "cd src && ls *",
        "go build ./...",
    ),
    *(
        "cat <<E\nx\nE",
        "for i in *; do echo $i; done",
        "if [ -f a ]; then . ./a; fi",
        "a() { b; }; a",
        "sh -c 'tsc && x'",
    ),
    *(
        'echo "$(cat a.txt)"',
        "case $A in x) y;; esac",
        "mv a b; rm -rf c",
        "tar czf - . | tar xz",
        "python -m build --wheel",
        "A=1 env B=2 ./run.sh",
    ),
)


def dockerfile(random: Random) -> bytes:
    """Return a Dockerfile of up to three stages, the first instruction an ARG or a FROM."""
    lines = [random.choice(("", "", "# syntax=docker/dockerfile:1", "# escape=`", "# check=skip=all;error=true"))]
    lines += [f"ARG {_name(random)}={_value(random)}"] * random.randrange(2)
    for _ in range(random.choice((1, 1, 2, 3))):
        lines.append(f"FROM {_base(random)}{random.choice(('', f' AS {_name(random)}'))}")
        lines += [_instruction(random) for _ in range(random.randrange(6))]
    return _encoded("\n".join(lines) + "\n")


def _base(random: Random) -> str:
    platform = random.choice(("", "", "", "--platform=$BUILDPLATFORM ", "--platform=linux/arm64 "))
    return platform + random.choice(
        ("scratch", "python:3", "node:22", "golang", "alpine@sha256:" + "0" * 64, "$V", "a")
    )


def _instruction(random: Random) -> str:
    name, arguments = random.choice(_INSTRUCTIONS)
    onbuild = "ONBUILD " if random.random() < 0.05 else ""
    return f"{onbuild}{random.choice((name, name, name.lower()))} {arguments(random)}"


def _copy(random: Random) -> str:
    flags = [random.choice(_COPY_FLAGS) for _ in range(random.choice((0, 0, 0, 1, 2)))]
    words = [*(_path(random) for _ in range(random.choice((1, 1, 2, 3)))), random.choice((".", "/a/", "./", "/", "$A"))]
    shape = random.random()
    if shape < 0.15:
        return " ".join([*flags, json.dumps(words)])
    if shape < 0.25:
        return " ".join([*flags, "<<EOF", "/a"]) + f"\n{random.choice(ODD)}\n$A\nEOF"
    return random.choice((" ", " ", " \\\n  ")).join([*flags, *words])


_COPY_FLAGS = (
    *("--from=build", "--from=0", "--from=a", "--from=nginx", "--chown=1:1", "--chmod=755", "--link", "--parents"),
    *("--exclude=*.md", "--exclude=**/x", "--from=$A", "--keep-git-dir=true"),
)


def _run(random: Random) -> str:
    mounts = (
        "--mount=type=bind,source=src,target=/s",
        "--mount=target=.",
        "--mount=type=cache,target=/c",
        "--mount=type=secret,id=a",
    )
    shown = f"{random.choice(mounts)} " if random.random() < 0.25 else ""
    command = random.choice((*_SHELL, json.dumps(["sh", "-c", random.choice(_SHELL)])))
    return shown + command.replace("\n", " ") if random.random() < 0.8 else f"{shown}<<EOF\n{command}\nEOF"


_INSTRUCTIONS: tuple[tuple[str, Callable[[Random], str]], ...] = (
    *(("COPY", _copy), ("COPY", _copy), ("COPY", _copy), ("ADD", _copy), ("RUN", _run), ("RUN", _run), ("CMD", _run)),
    ("WORKDIR", lambda random: random.choice(("/", "/app", "src", "$A", "../x"))),
    ("ENV", lambda random: f"{_name(random)}={_value(random)}"),
    ("ARG", lambda random: random.choice((_name(random), f"{_name(random)}={_value(random)}"))),
    ("ENTRYPOINT", lambda random: random.choice(('["node", "dist/a.js"]', "./run.sh", "python src/a.py"))),
    ("LABEL", lambda random: f"a={_value(random)}"),
    ("SHELL", lambda random: random.choice(('["bash", "-c"]', '["sh"]'))),
    ("VOLUME", lambda random: random.choice(('["/a"]', "/a /b"))),
)


def ignore_file(random: Random) -> bytes:
    """Return up to a dozen patterns, exceptions and comments."""
    return _encoded(random.choice(("\n", "\n", "\r\n")).join(_pattern(random) for _ in range(random.randrange(12))))


def _pattern(random: Random) -> str:
    parts = (
        "*",
        "**",
        "a",
        "src",
        "*.py",
        "?",
        "[a-c]",
        "[^x]",
        "dist",
        ".env",
        "\\*",
        "..",
        ".",
        "node_modules",
        "é",
        "a{b}",
    )
    pattern = "/".join(random.choice(parts) for _ in range(random.choice((1, 1, 2, 3, 6))))
    return (
        random.choice(("", "", "", "!", "/", "# ", " ", "!/")) + pattern + random.choice(("", "", "/", "/**", " ", "*"))
    )


def compose(random: Random) -> bytes:
    """Return a compose file as JSON, which is YAML, or as plain YAML with anchors and variables."""
    services = {_name(random): _service(random) for _ in range(random.choice((1, 2, 3)))}
    document: dict[str, Any] = {"services": services}
    if random.random() < 0.2:
        document["x-a"] = random.choice(ODD)
    return _encoded(json.dumps(document, ensure_ascii=random.random() < 0.5, indent=random.choice((None, 1))))


def _service(random: Random) -> dict[str, Any]:
    if random.random() < 0.2:
        return {"build": random.choice((".", "src", "${A:-.}"))}
    keys: dict[str, Any] = {
        "context": random.choice((".", "./src", "${D-.}", "https://example.org/a.git")),
        "dockerfile": random.choice(("Dockerfile", "../Dockerfile", "src/Dockerfile")),
        "dockerfile_inline": "FROM scratch\nCOPY . .\n",
        "target": "build",
        "args": random.choice(([f"A={_value(random)}"], {"A": random.choice((1, None, "x"))})),
        "additional_contexts": random.choice(({"x": "src"}, ["x=src"], {"x": "docker-image://a"})),
        "platforms": ["linux/amd64"],
        "labels": {"a": "b"},
        "no_cache": random.choice((True, "false")),
        "cache_from": ["a"],
    }
    kept = {key: value for key, value in keys.items() if random.random() < 0.3}
    if "dockerfile_inline" in kept:
        kept.pop("dockerfile", None)
    more = {"profiles": ["p"], "env_file": [], "volumes": ["./src:/s"], "environment": {"A": _value(random)}}
    return {"build": kept, **{key: value for key, value in more.items() if random.random() < 0.2}}


def bake(random: Random) -> bytes:
    """Return a bake file in HCL whose expressions are recorded ones or built here."""
    lines = [f'variable "{name}" {{ default = {_expression(random, 2)} }}' for name in ("A", "V")]
    for name in ("default", "b")[: random.choice((1, 2))]:
        keys = (
            ("context", '"."'),
            ("args", f"{{ X = {_expression(random, 3)} }}"),
            ("contexts", random.choice(('{ x = "src" }', '{ x = "target:b" }', "{}"))),
            ("tags", f"[{_expression(random, 2)}]"),
            ("target", '"build"'),
            ("dockerfile-inline", '"FROM scratch\\nCOPY . .\\n"'),
            ("dockerfile-inline", "<<-EOT\n  FROM scratch\n  COPY ${A} .\n  EOT"),
            ("matrix", '{ m = ["a", "b"] }\n name = "n-${m}"'),
            ("inherits", random.choice(('["b"]', "[]"))),
            ("labels", f'{{ "a.b" = {_expression(random, 2)} }}'),
        )
        written = {key: value for key, value in keys if random.random() < 0.3}
        lines.append(f'target "{name}" {{')
        lines += [f"  {key} = {value}" for key, value in written.items()]
        lines.append("}")
    return _encoded("\n".join(lines) + "\n")


def _expression(random: Random, depth: int) -> str:
    plain = ('"a"', "1", "true", "A", "null", '"${A}-x"', "[1, 2]", '{ a = "b" }', "-1.5", '"%s"', "BAKE_CMD_CONTEXT")
    if depth == 0 or random.random() < 0.3:
        return random.choice(plain)
    if random.random() < 0.3:
        return random.choice(seeds.bake_expressions())
    one, two = _expression(random, depth - 1), _expression(random, depth - 1)
    forms = (
        *(
            f"upper({one})",
            f'join(",", [{one}])',
            f"{one} == {two} ? {one} : {two}",
            f'format("%s", {one})',
            f"concat([{one}], [{two}])",
        ),
        *(
            f"[for x in [{one}, {two}] : x]",
            f'lookup({{a = {one}}}, "a", {two})',
            f"({one} + {two})",
            f"!({one})",
            f"coalesce({one}, {two})",
        ),
        *(
            f"{{for k, v in {{a = {one}}} : k => v if v != {two}}}",
            f"[{one}, {two}][0]",
            f'"${{{one}}}"',
            f"try({one}, {two})",
            f"split({one}, {two})",
        ),
    )
    return random.choice(forms)


def configuration(random: Random) -> bytes:
    """Return a configuration of known keys, each with a value of its type."""
    texts = ("a", "docs/**", "*.log", "é", "a b", "[", "env", "secret")
    rows: tuple[tuple[str, Callable[[], object]], ...] = (
        ("format", lambda: random.choice(("text", "json", "markdown", "sarif", "github", "gitlab"))),
        ("fail-on", lambda: random.choice(("error", "warning", "never"))),
        ("max-size", lambda: random.choice(("0", "1kB", "64MiB", "9EB"))),
        ("max-files", lambda: random.choice((0, 1, 2**62))),
        ("top", lambda: random.choice((0, 1, 10**6))),
        ("exclude", lambda: random.sample(texts[:5], 2)),
        ("keep", lambda: random.sample(texts[:5], 1)),
        ("always-ignore", lambda: random.sample(texts[:5], 1)),
        ("builder", lambda: random.choice(("buildkit", "classic"))),
        ("build-arg", lambda: [f"A={random.choice(texts)}"]),
        ("platform", lambda: random.choice(("linux/amd64", "linux/arm/v7", "windows/amd64"))),
        ("style", lambda: random.choice(("auto", "deny", "allow"))),
        ("bytes", lambda: random.random() < 0.5),
    )
    chosen = [(key, value()) for key, value in rows if random.random() < 0.3]
    return _encoded("".join(f"{key} = {json.dumps(value)}\n" for key, value in chosen))


def workflow(random: Random) -> bytes:
    """Return a workflow of one or two jobs whose steps build images."""
    jobs = {name: {"runs-on": "x", "steps": [_step(random) for _ in range(random.randrange(4))]} for name in ("a", "b")}
    return _encoded(json.dumps({"on": "push", "env": {"A": "1"}, "jobs": jobs}))


def _step(random: Random) -> dict[str, Any]:
    where = random.choice(
        (".", "src", "{{defaultContext}}:src", "${{ matrix.d }}", "https://example.org/a.git#main:src")
    )
    uses = random.choice(
        ("docker/build-push-action@v6", "docker/build-push-action@v5", "docker/bake-action@v6", "actions/checkout@v4")
    )
    steps: tuple[dict[str, Any], ...] = (
        {"uses": uses, "with": {"context": where, "file": random.choice(("Dockerfile", "src/Dockerfile", "${{ x }}"))}},
        {
            "uses": uses,
            "with": {"files": "docker-bake.hcl", "targets": _name(random), "build-args": f"A={_value(random)}\n\nB"},
        },
        {"run": f"docker build {random.choice(('-t x', '-f Dockerfile', '--target=build', ''))} {where}"},
        {
            "run": f"docker compose -f compose.yaml build {_name(random)}\n{random.choice(_SHELL)}",
            "working-directory": where,
        },
    )
    return random.choice(steps)


def text_of_shell(random: Random) -> bytes:
    """Return a script, a Makefile or an environment file: lines of commands and assignments."""
    return _encoded("\n".join(_line_of_shell(random) for _ in range(random.randrange(12))))


def _line_of_shell(random: Random) -> str:
    rule = f"{_path(random)}: {_path(random)}\n\t{random.choice(_SHELL)}"
    return random.choice((random.choice(_SHELL), f"{_name(random)}={_value(random)}", rule))


def quadlet(random: Random) -> bytes:
    """Return a unit whose section [Build] has known keys."""
    rows = [f"{random.choice(_UNIT_KEYS)}={random.choice((_path, _name, _value))(random)}" for _ in range(5)]
    return _encoded("[Build]\n" + random.choice(("\n", "\n", " \\\n")).join(rows) + "\n")


_UNIT_KEYS = (
    "File",
    "SetWorkingDirectory",
    "Target",
    "BuildArg",
    "ImageTag",
    "IgnoreFile",
    "PodmanArgs",
    "[Service]\nWorkingDirectory",
    "[Build]\nFile",
    "# File",
)


def kube(random: Random) -> bytes:
    """Return a Pod, in a List or a template of templates, as JSON, which is YAML."""
    document: object = {"containers": [{"image": random.choice((_path(random), "src", "a:1"))} for _ in range(2)]}
    for _ in range(random.randrange(4)):
        key = random.choice(("spec", "template", "jobTemplate", "items"))
        document = {key: [document] if key == "items" else document}
    return _encoded(json.dumps({"spec": document}) + random.choice(("", "\n---\n{}\n")))


def cloud_build(random: Random) -> bytes:
    """Return steps, most of which run docker."""
    words = ("build", "buildx", "-f", "--target", "-t", "--build-arg", "A=1", ".", "--", "src")
    steps = [
        {
            "name": random.choice(("docker", "gcr.io/cloud-builders/docker", "bash")),
            "args": ["build", *(random.choice((*words, _path(random))) for _ in range(4))],
            "dir": random.choice(("", "src", _path(random))),
        }
        for _ in range(random.randrange(4))
    ]
    return _encoded(json.dumps({"steps": steps}))


def gcloud_ignore(random: Random) -> bytes:
    """Return patterns of gitignore's form, and lines that include other files."""
    included = (*("a.txt", ".env", "package.json") * 6, "src", "link", "loop", "..", ".gcloudignore", "missing")
    lines = [
        random.choice((_pattern(random), _pattern(random), f"#!include:{random.choice(included)}"))
        for _ in range(random.randrange(8))
    ]
    return _encoded("\n".join(lines))


def timings(random: Random) -> bytes:
    """Return a log of a build: statuses as JSON, or plain lines."""
    times = ("2026-01-01T00:00:00Z", "2026-01-01T00:00:09.5+02:00", "0001-01-01T00:00:00+14:00", "", "x", None)
    step = f"[{random.choice(('build ', '', 'linux/arm64 '))}2/3] {_instruction(random)}"
    if random.random() < 0.5:
        ended = {"digest": "a", "name": step, "started": random.choice(times[:2]), "completed": random.choice(times)}
        return _encoded(json.dumps({"vertexes": [ended], "statuses": random.choice(([], None, 5))}) + "\n")
    seconds = random.choice(("1.2", "0", "999999999.999999999", "x"))
    return _encoded(f"#1 {step}\n#1 DONE {seconds}s\n#2 [1/1] RUN x\n#2 DONE 3s\n")


def names(random: Random) -> bytes:
    """Return a list of repositories."""
    schemes = *("https://h/", "ssh://git@h/", "git://h:8/", "git@h:", "o/", "o/") * 6, "ext::", "file://", "-", ""
    rows = ((random.choice(schemes), _path(random) if random.random() < 0.05 else "r.git") for _ in range(3))
    lines = [f"{scheme}{_name(random)}{random.choice(('', '-'))}{path}" for scheme, path in rows]
    return _encoded("\n".join(lines))


_FORBIDDEN = ("vcs-git", "vcs-*", "secret-[a-z]*", "*", "node-modules", "log-file")  # names that there are


def policy(random: Random) -> bytes:
    """Return a policy of known keys."""
    rows: tuple[tuple[str, Callable[[], object]], ...] = (
        ("max-size", lambda: random.choice(("0", "1kB", "64MiB"))),
        ("max-files", lambda: random.choice((0, 1, 2**62))),
        ("fail-on", lambda: random.choice(("error", "note", "never"))),
        ("forbid", lambda: [random.choice((*_FORBIDDEN, _pattern(random).replace("\udcff", "")))]),
        ("require", lambda: ["ignore-file", random.choice(("*", "[", "[!", "**"))]),
    )
    lines = [f"{key} = {json.dumps(value())}\n" for key, value in rows if random.random() < 0.5]
    named = f"[[repository]]\nname = {json.dumps(random.choice(('*', '[z-a]', 'o/*')))}\n"
    return _encoded("".join(lines) + (named if random.random() < 0.5 else ""))


def packets(random: Random) -> bytes:
    """Return a connection of one side: messages in frames, or a body in chunks."""
    fields = b"".join(
        bytes([random.randrange(1, 6) << 3 | random.choice((0, 2, 2, 5)), random.randrange(0, 40)])
        + random.randbytes(random.randrange(6))
        for _ in range(random.randrange(6))
    )
    message = b"\0" + len(fields).to_bytes(4, "big") + fields
    frame = len(message).to_bytes(3, "big") + bytes([0, random.choice((0, 8)), 0, 0, 0, 1]) + message
    size = random.choice((b"%x" % len(fields), b"-1", b"zz", b"ffff", b""))
    return random.choice(
        (frame, frame * 2, b"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n" + size + b"\r\n" + fields)
    )


def _path(random: Random) -> str:
    return random.choice(ODD) if random.random() < 0.06 else random.choice(_PATHS)


def _name(random: Random) -> str:
    return random.choice(_NAMES)


def _value(random: Random) -> str:
    values = ("1", "src", '"a b"', "$A", "${A:-b}", "${A:+c}", "${A#*/}", "'$x'", "a\\ b", "${A/x/y}")
    return random.choice(ODD).replace("\n", "") if random.random() < 0.06 else random.choice(values)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
