"""What compose files declare, as compose-go reads them; the ids are the rules."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pytest

from ctxaudit.builds import compose_files
from ctxaudit.builds.compose import declared
from ctxaudit.builds.compose.document import ComposeError
from ctxaudit.builds.declared import Declared
from ctxaudit.model import Location, Unknown
from support import make_tree

_DEFAULTS = {field.name: field.default for field in fields(Declared) if field.name not in ("name", "declared")}
_BARE = {"build_args": {}, "build_contexts": {}, "unknowns": ()}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, `/work` of the tables, with a home directory beside it."""
    monkeypatch.setenv("HOME", "/home/me")
    directory = tmp_path / "work"
    directory.mkdir()
    monkeypatch.chdir(directory)
    return directory


def told(build: Declared) -> dict[str, Any]:
    """All that is not at its default, but the place, the Dockerfile that goes without saying, and lines of no text."""
    values = {key: value for key, value in asdict(build).items() if key not in ("name", "declared", "named")}
    values["unknowns"] = build.unknowns
    if values["dockerfile"] in ("Dockerfile", f"{build.context}/Dockerfile"):
        del values["dockerfile"]
    if build.inline is None:
        del values["inline_line"]
    return {key: value for key, value in values.items() if value != {**_DEFAULTS, **_BARE}[key]}


def builds(
    files: Mapping[str, str],
    named: Sequence[str] = ("compose.yaml",),
    *,
    environment: Mapping[str, str] | None = None,
    **options: Any,
) -> dict[str, dict[str, Any]]:
    make_tree(Path(), dict(files))
    return {build.name: told(build) for build in declared(named, environment=environment or {}, **options)}


@pytest.mark.parametrize(
    ("text", "environment", "platform"),
    [
        pytest.param("build: .", {"DOCKER_DEFAULT_PLATFORM": "linux/arm64"}, "linux/arm64", id="the environment's"),
        pytest.param(
            "platform: linux/s390x\nbuild: .",
            {"DOCKER_DEFAULT_PLATFORM": "linux/arm64"},
            "linux/s390x",
            id="the service's goes first",
        ),
        pytest.param("build: .", {}, "linux/amd64", id="the usual one"),
    ],
)
def test_the_platform_that_is_built(text: str, environment: dict[str, str], platform: str) -> None:
    make_tree(Path(), {"compose.yaml": service(text)})
    (build,) = declared(("compose.yaml",), environment=environment)
    assert build.platform == platform


def service(build: str, indent: str = "    ") -> str:
    """A compose file of one service, `a`, whose lines are given."""
    return "services:\n  a:\n" + "".join(f"{indent}{line}\n" for line in build.splitlines())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("build: src", {"context": "src"}, id="the short form is the context"),
        pytest.param("build: .", {"context": "."}, id="a context is relative to the file"),
        pytest.param("build: {}", {"context": "."}, id="without a context it is the project directory"),
        pytest.param("build: {target: x}", {"context": ".", "target": "x"}, id="the target is a stage"),
        pytest.param("build: /abs/src", {"context": "/abs/src"}, id="an absolute context is kept"),
        pytest.param("build: ~/src", {"context": "/home/me/src"}, id="~ is the home directory"),
        pytest.param("build: src/../lib/", {"context": "lib"}, id="a context is cleaned as text"),
        pytest.param("build: https://h/r.git#v1:sub", {"context": "https://h/r.git#v1:sub"}, id="a URL is kept"),
        pytest.param("build: git@h:o/r.git", {"context": "git@h:o/r.git"}, id="git@ is not a directory"),
        pytest.param("build: github.com/o/r", {"context": "github.com/o/r"}, id="github.com/ is not a directory"),
        pytest.param(
            "build: ./github.com/o/r",
            {"context": "./github.com/o/r", "dockerfile": "github.com/o/r/Dockerfile"},
            id="./github.com/ is a directory",
        ),
        pytest.param(
            "build: {context: src, dockerfile: deploy/Dockerfile}",
            {"context": "src", "dockerfile": "src/deploy/Dockerfile"},
            id="a Dockerfile is relative to the context",
        ),
        pytest.param(
            "build: {context: src, dockerfile: ../x/Dockerfile}",
            {"context": "src", "dockerfile": "x/Dockerfile"},
            id="a Dockerfile may stand outside of the context",
        ),
        pytest.param(
            "build: {context: src, dockerfile: /abs/Dockerfile}",
            {"context": "src", "dockerfile": "/abs/Dockerfile"},
            id="an absolute Dockerfile is kept",
        ),
        pytest.param(
            "build: {context: https://h/r.git, dockerfile: d/Dockerfile}",
            {"context": "https://h/r.git", "dockerfile": "d/Dockerfile"},
            id="in a remote context the Dockerfile is the builder's to find",
        ),
        pytest.param(
            "build:\n  dockerfile_inline: |\n    FROM scratch\n    COPY a /\n",
            {"context": ".", "inline": b"FROM scratch\nCOPY a /\n", "inline_line": 5},
            id="an inline Dockerfile begins below its key",
        ),
        pytest.param(
            'build:\n  dockerfile_inline: "FROM scratch\\nCOPY a /"\n',
            {"context": ".", "inline": b"FROM scratch\nCOPY a /", "inline_line": 4},
            id="an inline Dockerfile in quotes is where its key is",
        ),
        pytest.param(
            "build: {args: {A: 1, B: '', C: yes, D: 3.10, E: TRUE, F: 010}}",
            {"context": ".", "build_args": {"A": "1", "B": "", "C": "yes", "D": "3.1", "E": "true", "F": "8"}},
            id="an arg that is not a string is printed as Go prints it",
        ),
        pytest.param(
            "build: {args: [A=1, B=, C=x=y]}",
            {"context": ".", "build_args": {"A": "1", "B": "", "C": "x=y"}},
            id="args may be a list",
        ),
        pytest.param(
            "build: {args: {SET: , UNSET: }}",
            {"context": ".", "build_args": {"SET": "value"}},
            id="an arg without a value is the environment's, or none",
        ),
        pytest.param(
            "build: {args: [SET, UNSET]}",
            {"context": ".", "build_args": {"SET": "value"}},
            id="an arg of a list without a value is the environment's, or none",
        ),
        pytest.param(
            "build: {additional_contexts: {l: lib, i: docker-image://alpine, u: https://h/r.git, o: oci-layout://d}}",
            {
                "context": ".",
                "build_contexts": {
                    "l": "lib",
                    "i": "docker-image://alpine",
                    "u": "https://h/r.git",
                    "o": "oci-layout://d",
                },
            },
            id="a named context is a directory, or what it says it is",
        ),
        pytest.param(
            "build: {additional_contexts: [l=../lib]}",
            {"context": ".", "build_contexts": {"l": "../lib"}},
            id="named contexts may be a list",
        ),
        pytest.param(
            "platform: linux/arm64\nbuild: .",
            {"context": ".", "platform": "linux/arm64"},
            id="the service's platform is what is built",
        ),
        pytest.param(
            "build: {platforms: [linux/arm64, linux/amd64]}",
            {"context": ".", "platform": "linux/arm64,linux/amd64"},
            id="build.platforms are what is built",
        ),
        pytest.param(
            "build: {tags: [x], cache_from: [y], x-mine: 1}",
            {"context": "."},
            id="what is about the image alone is left out",
        ),
        pytest.param(
            "build: {dockerfil: x}",
            {
                "context": ".",
                "unknowns": (
                    Unknown("build.dockerfil, which compose may refuse", "compose.yaml:3", "look at its spelling"),
                ),
            },
            id="a key that nobody knows is said",
        ),
        pytest.param(
            "build: {context: 'src/${NONE}', target: '${NONE-x}'}",
            {
                "context": "src",
                "target": "x",
                "unknowns": (
                    Unknown("NONE, a variable that is not set and is taken as blank", "compose.yaml:3", "set NONE"),
                ),
            },
            id="a variable that is not set is blank, and that is said",
        ),
    ],
)
def test_a_build_says(text: str, expected: dict[str, Any]) -> None:
    assert builds({"compose.yaml": service(text)}, environment={"SET": "value"}) == {"a": expected}


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        pytest.param("build: lib", {"context": "lib", "target": "t", "args": "12"}, id="a path is a context"),
        pytest.param("build: {target: u}", {"context": "src", "target": "u", "args": "12"}, id="a text is replaced"),
        pytest.param("build: {args: {B: 3, C: 4}}", {"context": "src", "target": "t", "args": "134"}, id="args by key"),
        pytest.param("build: {args: [B=3]}", {"context": "src", "target": "t", "args": "13"}, id="args of both forms"),
        pytest.param("image: x", {"context": "src", "target": "t", "args": "12"}, id="what is not there stays"),
        pytest.param("build: !override {context: lib}", {"context": "lib"}, id="!override replaces it whole"),
        pytest.param("build: !override lib", {"context": "lib"}, id="!override of a text"),
        pytest.param("build: !reset null", None, id="!reset takes it away"),
        pytest.param("build: !reset {context: x}", None, id="!reset takes it away, whatever stands there"),
        pytest.param("build: {target: !reset null}", {"context": "src", "args": "12"}, id="!reset of a text"),
        pytest.param("build: {args: !reset []}", {"context": "src", "target": "t"}, id="!reset of args"),
        pytest.param(
            "build: {args: {A: !reset null}}", {"context": "src", "target": "t", "args": "2"}, id="!reset of one arg"
        ),
        pytest.param(
            "build: {args: !override [B=3]}", {"context": "src", "target": "t", "args": "3"}, id="!override of args"
        ),
        pytest.param("build:", {"context": "src", "target": "t", "args": "12"}, id="null changes nothing"),
    ],
)
def test_a_second_file_is_merged(over: str, expected: dict[str, Any] | None) -> None:
    base = service("build: {context: src, target: t, args: {A: 1, B: 2}}")
    found = builds({"compose.yaml": base, "over.yaml": service(over)}, ("compose.yaml", "over.yaml"))
    if "a" in found and (args := found["a"].pop("build_args", None)):
        found["a"]["args"] = "".join(args.values())
    assert found == ({"a": expected} if expected else {})


def test_three_files_are_merged_in_their_order_and_paths_are_the_first_one_s() -> None:
    files = {
        "compose.yaml": service("build: {context: src, args: {A: 1, B: 1, C: 1}, additional_contexts: {x: x, y: y}}"),
        "two/over.yaml": service("build: {target: two, args: [B=2, C=2], additional_contexts: [y=z]}"),
        "three/over.yaml": service("build: {target: three, args: {C: 3}, additional_contexts: {x: !reset null}}"),
    }
    assert builds(files, tuple(files)) == {
        "a": {
            "context": "src",
            "target": "three",
            "build_args": {"A": "1", "B": "2", "C": "3"},
            "build_contexts": {"y": "z"},
        }
    }


def test_a_reset_in_a_third_file_finds_no_arg_that_two_files_merged() -> None:
    """Compose merges args to a list, in which its reset knows no names."""
    files = {
        "compose.yaml": service("build: {args: {A: 1}}"),
        "two.yaml": service("build: {args: {B: 2}}"),
        "three.yaml": service("build: {args: {A: !reset null}}"),
    }
    assert builds(files, tuple(files))["a"]["build_args"] == {"A": "1", "B": "2"}


def test_documents_of_one_file_are_merged_as_files_are() -> None:
    text = service("build: src") + "---\n" + service("build: {target: t}") + "---\n"
    assert builds({"compose.yaml": text}) == {"a": {"context": "src", "target": "t"}}


def test_the_first_file_s_directory_is_the_project_s() -> None:
    files = {"deploy/compose.yaml": service("build: ../src"), "deploy/.env": "", "src/x": ""}
    assert builds(files, ("deploy/compose.yaml",)) == {"a": {"context": "src"}}


EXTENDS = {
    "compose.yaml": """\
services:
  plain: {build: {context: src, args: {A: 1}}}
  short: {extends: plain, build: {args: {B: 2}}}
  long: {extends: {service: short}, build: {target: t}}
  other: {extends: {service: far, file: sub/far.yaml}}
  over: {extends: {service: far, file: sub/far.yaml}, build: !override {target: t}}
  none: {extends: {service: bare, file: sub/far.yaml}, build: {target: t}}
""",
    "sub/far.yaml": """\
services:
  far: {extends: {service: farther, file: ../deep/er/farther.yaml}, build: {args: {F: '${F}'}}}
  bare: {build: {dockerfile: d}}
""",
    "deep/er/farther.yaml": "services: {farther: {build: {context: ., additional_contexts: {x: ../x}}}}",
}


def test_extends_merges_a_service_below_another_and_keeps_its_own_paths() -> None:
    found = builds(EXTENDS, environment={"F": "1"})
    assert found == {
        "plain": {"context": "src", "build_args": {"A": "1"}},
        "short": {"context": "src", "build_args": {"A": "1", "B": "2"}},
        "long": {"context": "src", "build_args": {"A": "1", "B": "2"}, "target": "t"},
        "other": {"context": "deep/er", "build_args": {"F": "1"}, "build_contexts": {"x": "deep/x"}},
        "over": {"context": ".", "target": "t"},
        "none": {"context": ".", "dockerfile": "d", "target": "t"},
    }


def test_an_extended_file_s_override_means_nothing_in_the_files_that_are_merged_below() -> None:
    files = {
        "compose.yaml": service("build: {context: src, target: t}"),
        "over.yaml": "services:\n  base: {build: !override {args: {A: 1}}}\n  a: {extends: base}\n",
    }
    assert builds(files, ("compose.yaml", "over.yaml"))["a"] == {
        "context": "src",
        "target": "t",
        "build_args": {"A": "1"},
    }


INCLUDES = {
    "compose.yaml": """\
include:
  - team/compose.yaml
  - path: [lib/compose.yaml, lib/over.yaml]
    project_directory: elsewhere
    env_file: lib.env
services:
  own: {build: '${WHO}'}
  team: {build: {target: mine}}
""",
    ".env": "WHO=outer\n",
    "lib.env": "WHO=lib\nTAG=lib\n",
    "team/.env": "WHO=team\nTAG=team\n",
    "team/compose.yaml": "include: [deep/compose.yaml]\nservices: {team: {build: {args: ['T=${TAG}', 'W=${WHO}']}}}\n",
    "team/deep/compose.yaml": "services: {deep: {build: {context: ../x, args: {T: '${TAG}'}}}}\n",
    "lib/compose.yaml": "services: {lib: {build: {context: l, args: {T: '${TAG}'}}}}\n",
    "lib/over.yaml": "services: {lib: {build: {target: over}}}\n",
}


def test_includes_of_includes_have_their_own_directories_and_environments() -> None:
    assert builds(INCLUDES) == {
        "lib": {"context": "elsewhere/l", "build_args": {"T": "lib"}, "target": "over"},
        "team": {"context": "team", "build_args": {"T": "team", "W": "outer"}, "target": "mine"},
        "deep": {"context": "team/x", "build_args": {"T": "team"}},
        "own": {"context": "outer"},
    }


@pytest.mark.parametrize(
    ("options", "environment", "names"),
    [
        pytest.param({}, {}, ["always", "uses"], id="a service of a profile is not built"),
        pytest.param({}, {"COMPOSE_PROFILES": "dev, x"}, ["always", "dev", "uses"], id="COMPOSE_PROFILES are active"),
        pytest.param({"profiles": ["*"]}, {}, ["always", "dev", "test", "uses"], id="* is all profiles"),
        pytest.param({"services": ["dev"]}, {}, ["dev"], id="a service that is named needs no profile"),
        pytest.param({"services": ["uses"]}, {}, ["always", "uses"], id="a service whose image is needed is built too"),
        pytest.param({"services": ["image"]}, {}, [], id="a service without a build is built by nobody"),
    ],
)
def test_services_are_chosen(options: dict[str, Any], environment: dict[str, str], names: list[str]) -> None:
    text = """\
services:
  always: {build: .}
  dev: {build: ., profiles: [dev]}
  test: {build: ., profiles: [test]}
  uses: {build: {additional_contexts: {base: 'service:always'}}}
  image: {image: alpine}
"""
    assert list(builds({"compose.yaml": text}, environment=environment, **options)) == names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("$SET", "value", id="a name"),
        pytest.param("${SET}", "value", id="a name in braces"),
        pytest.param("$SET.x", "value.x", id="a name ends at what is no letter"),
        pytest.param("${NONE}", "", id="a name that is not set"),
        pytest.param("${SET:-x}", "value", id="a default is not needed"),
        pytest.param("${NONE:-x}", "x", id="a default where it is not set"),
        pytest.param("${EMPTY:-x}", "x", id="a default where it is empty"),
        pytest.param("${EMPTY-x}", "", id="a default only where it is not set"),
        pytest.param("${NONE-x}", "x", id="a default without a colon"),
        pytest.param("${SET:+x}", "x", id="instead of a value"),
        pytest.param("${EMPTY:+x}", "", id="not instead of an empty value"),
        pytest.param("${EMPTY+x}", "x", id="instead of an empty value"),
        pytest.param("${NONE+x}", "", id="not instead of none"),
        pytest.param("${SET:?no}", "value", id="a value that must be there"),
        pytest.param("${EMPTY?no}", "", id="a value that may be empty"),
        pytest.param("${NONE:-${SET}}", "value", id="a default that refers"),
        pytest.param("${NONE:-${NO:-deep}}-${SET}", "deep-value", id="defaults in defaults, and text after them"),
        pytest.param("${NONE:-a:?b}", "a:?b", id="the first operator counts"),
        pytest.param("${NONE:-{b}}", "{b}", id="braces in a default"),
        pytest.param("$$SET", "$SET", id="two dollars are one"),
        pytest.param("$${SET}", "${SET}", id="two dollars before braces"),
        pytest.param("$1", "$1", id="a dollar before no name"),
        pytest.param("a$", "a$", id="a dollar at the end"),
        pytest.param("${FILE} $BOTH", "file shell", id="of .env, and the environment before it"),
        pytest.param("$COMPOSE_PROJECT_NAME", "mine", id="the project's name"),
    ],
)
def test_a_reference_is(text: str, expected: str) -> None:
    compose = "name: mine\n" + service(f'build: {{args: ["V={text}"]}}')
    environment = {"SET": "value", "EMPTY": "", "BOTH": "shell"}
    found = builds({"compose.yaml": compose, ".env": "FILE=file\nBOTH=env\n"}, environment=environment)
    assert found["a"]["build_args"] == {"V": expected}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("V=x", "x", id="a value"),
        pytest.param("export V=x", "x", id="export"),
        pytest.param("V: x", "x", id="a colon"),
        pytest.param("\ufeff# c\n\n V = x  # c\r\n", "x", id="a byte order mark, blanks, comments and CRLF"),
        pytest.param("V=a#b", "a#b", id="a comment needs a blank before it"),
        pytest.param("V='$SET \\n'", "$SET \\n", id="single quotes keep all"),
        pytest.param('V="$SET \\$SET \\"\\t"', 'value $SET "\t', id="double quotes refer and escape"),
        pytest.param('V="a\nb"', "a\nb", id="a value of two lines"),
        pytest.param("W=1\nW=2\nV=$W${SET}${NO:-d}", "2valued", id="references to what stands above"),
        pytest.param("V", "shell", id="a name alone is the environment's"),
        pytest.param("", "shell", id="nothing at all"),
    ],
)
def test_an_env_file_gives(text: str, expected: str) -> None:
    environment = {"SET": "value"} | ({"V": "shell"} if expected == "shell" else {})
    files = {"compose.yaml": service("build: {args: [V]}"), ".env": text}
    assert builds(files, environment=environment)["a"]["build_args"] == {"V": expected}


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        pytest.param({"COMPOSE_ENV_FILES": "one.env,two.env"}, "two", id="COMPOSE_ENV_FILES, a later one first"),
        pytest.param({"COMPOSE_DISABLE_ENV_FILE": "1"}, None, id="COMPOSE_DISABLE_ENV_FILE"),
        pytest.param({}, "dot", id=".env"),
    ],
)
def test_which_env_files(environment: dict[str, str], expected: str | None) -> None:
    files = {"compose.yaml": service("build: {args: [V]}"), ".env": "V=dot", "one.env": "V=one", "two.env": "V=two"}
    found = builds(files, environment=environment)["a"].get("build_args", {})
    assert found.get("V") == expected


def test_anchors_and_merge_keys() -> None:
    text = """\
x-base: &base {context: src, args: &args {A: 1}}
x-more: &more {target: more, context: lost}
services:
  a: {build: *base}
  b: {build: {<<: *base, args: {<<: *args, B: 2}}}
  c: {build: {target: own, <<: [*base, *more]}}
  d: {build: {<<: *base, args: !reset null}}
"""
    assert builds({"compose.yaml": text}) == {
        "a": {"context": "src", "build_args": {"A": "1"}},
        "b": {"context": "src", "build_args": {"A": "1", "B": "2"}},
        "c": {"context": "src", "build_args": {"A": "1"}, "target": "own"},
        "d": {"context": "src", "build_args": {"A": "1"}},
    }


def test_the_place_of_a_build_is_its_line() -> None:
    make_tree(Path(), {"sub/compose.yaml": "services:\n  a:\n    image: x\n    build:\n      context: .\n"})
    (build,) = declared(["sub/compose.yaml"], environment={})
    assert build.declared == Location("sub/compose.yaml", 4)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(["docker-compose.yml"], ["docker-compose.yml"], id="one"),
        pytest.param(["docker-compose.yaml", "compose.yml"], ["compose.yml"], id="the first of the names wins"),
        pytest.param(
            ["compose.yaml", "docker-compose.override.yml", "compose.override.yaml"],
            ["compose.yaml", "compose.override.yaml"],
            id="and one override",
        ),
        pytest.param(["compose.override.yml"], [], id="an override alone is nothing"),
        pytest.param([], [], id="nothing"),
    ],
)
def test_default_files(names: list[str], expected: list[str]) -> None:
    make_tree(Path(), dict.fromkeys(names, ""))
    assert compose_files(".", os.listdir()) == tuple(expected)


def laughs(levels: int) -> str:
    lines = ["x-0: &x0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"x-{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines)


REFUSED = {
    "no YAML": ("a: [", "compose.yaml:2: it is not YAML"),
    "bytes that are no text": ("a: \x01", "compose.yaml"),
    "a list at the top": ("- a", "compose.yaml:1: top-level object must be a mapping"),
    "a key twice": ("services:\n  a: {}\n  a: {}", 'compose.yaml:3: mapping key "a" already defined at line 2'),
    "a key that is a number": ("services:\n  1: {}", "compose.yaml:2: Non-string key"),
    "an anchor that nobody set": ("services: *x", "compose.yaml:1: unknown anchor 'x' referenced"),
    "an anchor that holds itself": ("a: &x\n  b: *x", "compose.yaml:2: anchor 'x' value contains itself"),
    "a merge of what is no mapping": ("a: {<<: 1}", "compose.yaml:1: map merge requires map"),
    "nests without end": ("a: " + "[" * 5000, "compose.yaml:1: it is nested more than 100 deep"),
    "a billion laughs": (laughs(12), "compose.yaml:5: it holds more than 100000 values"),
    "services that are a list": ("services: []", "compose.yaml:1: services must be a mapping"),
    "a service that is a text": ("services: {a: x}", "compose.yaml:1: services.a must be a mapping"),
    "a build that is a list": (service("build: []"), "compose.yaml:3: build must be a path or a mapping"),
    "a build that is null": (service("build:"), "compose.yaml:3: services.a.build must be a string or a mapping"),
    "a context that is a mapping": (service("build: {context: {}}"), "compose.yaml:3: a context must be a string"),
    "args that are a text": (service("build: {args: A=1}"), "compose.yaml:3: it must be a mapping or a list"),
    "an arg that is a list": (service("build:\n  args:\n    A: []"), "compose.yaml:5: A must be a string, number"),
    "a named context without a value": (service("build: {additional_contexts: [x]}"), "a context must be a string"),
    "a Dockerfile in two places": (
        service("build: {dockerfile: x, dockerfile_inline: y}"),
        'compose.yaml:3: service "a" declares mutualy exclusive dockerfile and dockerfile_inline',
    ),
    "a platform that is not built": (
        service("platform: p\nbuild: {platforms: [q]}"),
        'compose.yaml:4: service "a" build configuration does not support platform: p',
    ),
    "a named context of no service": (
        service("build: {additional_contexts: {x: 'service:no'}}"),
        'compose.yaml:3: service "a" declares unknown service "no" as additional contexts x',
    ),
    "a named context of a service without a build": (
        service("build: {additional_contexts: {x: 'service:i'}}") + "  i: {image: x}\n",
        'compose.yaml:3: service "a" declares non-buildable service "i" as additional contexts x',
    ),
    "a value that must be there": (
        service("build: ${NONE:?say it}"),
        "compose.yaml:3: required variable NONE is missing a value: say it",
    ),
    "a reference that does not end": (service("build: ${NONE"), "compose.yaml:3: invalid interpolation format: ${NONE"),
    "a reference to nothing": (service("build: '${}'"), "compose.yaml:3: invalid interpolation format: ${}"),
    "references without end": (
        service(f"build: {'${A:-' * 99}{'}' * 99}"),
        "compose.yaml:3: references are nested",
    ),
    "a Dockerfile beside the build": (
        service("build: .\ndockerfile: D"),
        "compose.yaml:4: services.a additional properties 'dockerfile' not allowed\n"
        "  fix: write dockerfile below `build`, beside its `context`",
    ),
    "a target and args beside the build": (
        service("build: .\nargs: {A: 1}\ntarget: dev"),
        "compose.yaml:4: services.a additional properties 'target', 'args' not allowed",
    ),
    "a context without a build": (service("context: ."), "compose.yaml:3: services.a additional properties 'context'"),
    "a cache beside a build of another service": (
        "services:\n  a: {build: .}\n  b:\n    image: x\n    cache_from: [y]",
        "compose.yaml:5: services.b additional properties 'cache_from'",
    ),
    "extends of nobody": (
        service("extends: b"),
        'compose.yaml:3: cannot extend service "a" in compose.yaml: service "b" not found in compose.yaml',
    ),
    "extends in a circle": (
        "services:\n  a: {extends: b}\n  b: {extends: c}\n  c: {extends: a}",
        "compose.yaml:2: Circular reference: a in compose.yaml extends b in compose.yaml extends c in compose.yaml"
        " extends a in compose.yaml",
    ),
    "extends without a service": (service("extends: {file: x}"), "compose.yaml:3: extends.a.service must be a string"),
    "extends from a file that is not there": (service("extends: {file: x, service: a}"), "open x: no such file"),
    "extends from a directory": (service("extends: {file: dir, service: a}"), "open dir: no such file, or not a"),
    "extends from far away": (
        service("extends: {file: 'https://h/f.yaml', service: a}"),
        "compose.yaml:3: https://h/f.yaml is not on this machine",
    ),
    "an include of itself": (
        "include: [compose.yaml]",
        "compose.yaml:1: include cycle detected: compose.yaml includes compose.yaml",
    ),
    "includes in a circle": (
        "include: [round/a.yaml]",
        "round/b.yaml:1: include cycle detected: compose.yaml includes round/a.yaml includes round/b.yaml includes"
        " round/a.yaml",
    ),
    "includes that double": ("include: [dir/0.yaml, dir/0.yaml]", "more than 1000 files are included"),
    "an include that is no list": ("include: x.yaml", "compose.yaml:1: it must be a list of files"),
    "an include without a path": ("include: [{}]", "compose.yaml:1: include has no path"),
    "an include from far away": ("include: ['oci://h/i']", "compose.yaml:1: oci://h/i is not on this machine"),
    "an include's env file that is not there": (
        "include: [{path: round/a.yaml, env_file: no.env}]",
        "couldn't read env file: no.env",
    ),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_compose_refuses(text: str, message: str) -> None:
    files = {"compose.yaml": text, "round/a.yaml": "include: [b.yaml]", "round/b.yaml": "include: [a.yaml]"}
    files |= {f"dir/{n}.yaml": f"include: [{n + 1}.yaml, {n + 1}.yaml]" for n in range(12)}
    files |= {"dir/12.yaml": ""}
    with pytest.raises(ComposeError) as refused:
        builds(files)
    assert message in str(refused.value)
    assert "  fix: " in str(refused.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("OK=1\nNO GOOD=hush\n", ".env:2: it is not NAME=VALUE", id="a name with a blank"),
        pytest.param("OK=1\n=hush\n", ".env:2: it is not NAME=VALUE", id="no name"),
        pytest.param('A="hush', ".env:1: unterminated quoted value", id="a quote that does not end"),
        pytest.param("A=${hush", ".env:1: invalid interpolation format", id="a reference that does not end"),
        pytest.param(
            "A0=hushhush\n" + "".join(f"A{n}=$A{n - 1}${{A{n - 1}}}\n" for n in range(1, 60)),
            ".env:22: its references come to too many characters",
            id="values that double",
        ),
    ],
)
def test_an_env_file_is_refused_without_a_word_of_what_it_holds(text: str, message: str) -> None:
    with pytest.raises(ComposeError) as refused:
        builds({"compose.yaml": service("build: ."), ".env": text})
    assert message in str(refused.value)
    assert "hush" not in str(refused.value)


def test_references_without_end_are_refused() -> None:
    text = service("build:\n  context: .\n  args: {A: '" + "$BIG" * 1000 + "'}")
    with pytest.raises(ComposeError, match="its references come to too many characters"):
        builds({"compose.yaml": text}, environment={"BIG": "x" * 100_000})


def test_a_service_that_nobody_declares_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(ComposeError) as refused:
        builds({"compose.yaml": service("build: .") + "  i: {image: x}\n"}, services=["b"])
    assert str(refused.value) == "compose.yaml: no such service: b\n  fix: name one that is built: a"


@pytest.mark.parametrize("name", ["fifo", "directory", "missing", "huge", "loop"])
def test_a_file_that_is_no_compose_file_is_refused(name: str, project: Path) -> None:
    import os

    make_tree(project, {"directory/": None, "huge": b"#" * (1 << 20) + b"\n"})
    os.mkfifo(project / "fifo")
    (project / "loop").symlink_to("loop")
    with pytest.raises(ComposeError) as refused:
        declared([name], environment={})
    assert str(refused.value).startswith(("huge: it is larger than", f"open {name}: no such file, or not a readable"))
