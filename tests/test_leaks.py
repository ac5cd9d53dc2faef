"""Values of the environment and of build arguments stand in no report and in no message."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ctxaudit.builds import public
from ctxaudit.errors import _AS_I, _BEFORE_SECRETS, _SAID, _SECRET, CtxauditError, excerpt, masked
from ctxaudit.report import FORMATS
from planted import github
from support import ctxaudit, git, make_tree, processor_limit

SECRET = "swordfish-4711"
# Letters that an expression takes for one another where case does not count: Turkish, Kelvin, the long s.
_ALIKE = {"i": "I\u0130\u0131", "k": "K\u212a", "s": "S\u017f"}
COMPOSE = "services:\n  web:\n    build: {context: ., args: {TOK: '${SECRETX}'}}\n"
TARGET = "services:\n  web:\n    build: {context: ., target: '%s'}\n"
CASES = [
    pytest.param(
        {"Dockerfile": "FROM scratch\nARG SECRETX\nCOPY nope/${SECRETX} /\n"},
        [".", "--build-arg", "SECRETX"],
        "nope/${SECRETX}",
        id="a build argument in a missing source",
    ),
    pytest.param(
        {"Dockerfile": "FROM scratch\nARG SECRETX\nENV A=x-$SECRETX\nCOPY $A /\n"},
        [".", "--build-arg", f"SECRETX={SECRET}"],
        "x-${SECRETX}",
        id="through another variable",
    ),
    pytest.param(
        {"Dockerfile": "FROM scratch\nARG TOK\nCOPY missing-${TOK} /\n", "compose.yaml": COMPOSE},
        ["--compose", "compose.yaml"],
        "missing-${TOK}",
        id="what compose takes from the environment",
    ),
    pytest.param(
        {"Dockerfile": "FROM scratch AS one\n", "compose.yaml": TARGET % "${SECRETX}"},
        ["--compose", "compose.yaml"],
        "${SECRETX}",
        id="a target of compose",
    ),
    pytest.param(
        {"Dockerfile": "FROM scratch AS one\n", "compose.yaml": TARGET % "${N?${SECRETX}}"},
        ["--compose", "compose.yaml"],
        "required variable N is missing a value: ${SECRETX}",
        id="the message of a variable of compose",
    ),
    pytest.param(
        {"Dockerfile": f"FROM scratch\nRUN --mount=type=bogus \\\n  export TOKEN={SECRET}\n"},
        ["."],
        "RUN --mount=type=bogus …",
        id="the lines below a mistake",
    ),
]

# Wherever a Dockerfile can have the value of ARG X quoted, and how it is shown.
SINKS = {
    "FROM ${X}": "ONBUILD of ${X}",
    "FROM ${X}\nCOPY $Q /": "Q of COPY $Q is not set here, ${X} may set it",
    "FROM a/UP/${X}": 'failed to parse stage name "a/UP/${X}": invalid reference format',
    "FROM alpine@sha256:${X}": 'failed to parse stage name "alpine@sha256:${X}": invalid reference format',
    "FROM --platform=${X} alpine": 'failed to parse platform ${X}: "${X}": unknown operating system or architecture',
    "FROM --platform=a/${X}/c/d/e alpine": '"a/${X}/c/d/e": cannot parse platform specifier',
    "FROM scratch\nARG X\nCOPY ${X}[ /": 'syntax error in pattern "${X}["',
    "FROM scratch\nARG X\nCOPY <<E /\n${Y:?say $X}\nE": "Y: say ${X}",
    "FROM scratch\nARG X\nWORKDIR ${Y:?$X}": "Y: ${X}",
    "FROM scratch\nARG X\nENV A=${X} B=${Y:?$X}": "Y: ${X}",
    "FROM scratch\nARG X\nRUN --mount=type=$X a": 'unsupported mount type "${X}"',
    "FROM scratch\nARG X\nRUN --mount=type=cache,sharing=$X,target=/x a": 'unsupported sharing value "${X}"',
    "FROM scratch\nARG X\nRUN --mount=type=cache,uid=$X,target=/x a": "invalid value ${X} for uid",
    "FROM scratch\nARG X\nRUN --mount=type=tmpfs,size=$X,target=/x a": "invalid value for size: ${X}",
    "FROM scratch\nARG X\nRUN --mount=source=$X[,target=/x a": 'syntax error in pattern "${X}["',
}
BAKE = 'variable "V" {}\ntarget "web" {\n  args = { X = V }\n}\n'
# How a value comes in.
WAYS = [
    pytest.param({}, ["--build-arg", f"X={SECRET}"], {}, id="--build-arg"),
    pytest.param({}, [], {"CTXAUDIT_BUILD_ARG": f"X={SECRET}"}, id="CTXAUDIT_BUILD_ARG"),
    pytest.param({"ctxaudit.toml": f'build-arg = ["X={SECRET}"]\n'}, [], {}, id="the configuration"),
    pytest.param(
        {"compose.yaml": COMPOSE.replace("TOK: '${SECRETX}'", f"X: {SECRET}")}, ["--compose", "compose.yaml"], {},
        id="args of compose",
    ),
    pytest.param(
        {"compose.yaml": COMPOSE.replace("TOK: '${SECRETX}'", "X: '${V}'"), ".env": f"V={SECRET}\n"},
        ["--compose", "compose.yaml"], {}, id="the .env of compose",
    ),
    pytest.param({"docker-bake.hcl": BAKE}, ["--bake", "docker-bake.hcl"], {"V": SECRET}, id="a variable of bake"),
    pytest.param(
        {"docker-bake.hcl": BAKE.replace("{}", f'{{ default = "{SECRET}" }}', 1)}, ["--bake", "docker-bake.hcl"], {},
        id="a default of bake",
    ),
    pytest.param({"docker-bake.hcl": BAKE}, ["--bake", "docker-bake.hcl", "--var", f"V={SECRET}"], {}, id="--var"),
]  # fmt: skip

# Wherever a compose or bake file can have the value of V quoted, and how it is shown.
SERVICE = "services:\n  web:\n    build:\n      context: .\n"
QUOTED_COMPOSE = {
    "      target: a-${V}": 'target stage "a-${V}" could not be found',
    "      target: ${N:-${V}}": 'target stage "${N}" could not be found',
    "      target: ${V:-swordfish-4711}": 'target stage "${V}" could not be found',
    "      platforms: ['${V}', '${V}b']": 'failed to parse target platform ${V},${V}b: "${V}": unknown operating',
    "    platform: ${V}": 'failed to parse target platform ${V}: "${V}": unknown operating system or architecture',
    "      additional_contexts: {base: 'docker-image://x/${V}'}": "ONBUILD of docker-image://x/${V}",
    "      additional_contexts: ['base=docker-image://x/${V}']": "ONBUILD of docker-image://x/${V}",
    "      additional_contexts: {base: 'service:${V}'}": 'declares unknown service "${V}" as additional contexts base',
    "    extends: {service: '${V}'}": 'service "${V}" not found in compose.yaml',
    "    extends: '${V}'": 'service "${V}" not found in compose.yaml',
}
QUOTED_BAKE = {
    "target = upper(V)": 'target stage "${V}" could not be found',
    'target = replace("a-${V}", "4", "5")': 'target stage "a-${V}" could not be found',
    'target = V == "" ? "x" : "b-${V}"': 'target stage "b-${V}" could not be found',
    "target = V + 1": "'${V}' where a number belongs",
    "target = { a = 1 }[V]": "no entry '${V}'",
    "target = { a = 1 }[upper(V)]": "no entry '${V}'",
    "platforms = [V]": 'failed to parse target platform ${V}: "${V}": unknown operating system or architecture',
    "inherits = [V]": "failed to find target ${V}",
    'contexts = { base = "target:${V}" }': "failed to find target ${V}",
    'contexts = { base = "docker-image://${V}" }': "ONBUILD of docker-image://${V}",
    "matrix = { a = [V] }\n  name = a": "${V}: Dockerfile",
    'matrix = { a = [V] }\n  name = "x/${a}"': "invalid name 'x/${V}'",
}
BAKE_VALUES = [
    pytest.param("{}", [], {"V": SECRET}, id="the environment"),
    pytest.param(f'{{ default = "{SECRET}" }}', [], {}, id="a default"),
    pytest.param("{}", ["--var", f"V={SECRET}"], {}, id="--var"),
    pytest.param("{ type = list(string) }", [], {"V_JSON": f'["{SECRET}"]'}, id="a list of the environment"),
]


def everything_said(root: Path, *arguments: str, **environment: str) -> str:
    """Return every format, the proposal, the list and the trace of one build, and all that was said beside them."""
    reports = root.parent / "reports"
    reports.mkdir()
    outputs = [word for name in FORMATS for word in ("--output", f"{name}={reports / name}")]
    runs = [("-v", *arguments, *outputs), ("--diff", *arguments), ("ls", *arguments), ("why", *arguments, "a")]
    answers = [ctxaudit(*run, cwd=root, columns=400, **environment) for run in runs]
    said = [answer.stdout + answer.stderr for answer in answers]
    return b"\n".join([*said, *(path.read_bytes() for path in reports.iterdir())]).decode()


@pytest.mark.parametrize(("lines", "shown"), SINKS.items(), ids=SINKS)
def test_a_dockerfile_shows_a_build_argument_by_its_name(tmp_path: Path, lines: str, shown: str) -> None:
    root = make_tree(tmp_path / "proj", {"Dockerfile": f"ARG X\n{lines}\nCOPY a /\n", "a": "1"})
    said = everything_said(root, "--build-arg", f"X={SECRET}")
    assert (SECRET in said, shown in said) == (False, True), said


@pytest.mark.parametrize(("files", "arguments", "environment"), WAYS)
def test_no_output_shows_a_value_whichever_way_it_comes(
    tmp_path: Path, files: dict[str, str], arguments: list[str], environment: dict[str, str]
) -> None:
    lines = "ARG X\nFROM ${X}\nARG X\nENV A=x-$X\nCOPY a nope/$A ${Q}s /\n"
    root = make_tree(tmp_path / "proj", {"Dockerfile": lines, ".dockerignore": ".env\n", "a": "1", **files})
    said = everything_said(root, *arguments, **environment)
    assert (SECRET in said, "nope/x-${X}" in said) == (False, True), said


@pytest.mark.parametrize(("lines", "shown"), QUOTED_COMPOSE.items(), ids=QUOTED_COMPOSE)
def test_a_compose_file_shows_a_variable_by_its_name(tmp_path: Path, lines: str, shown: str) -> None:
    files = {"Dockerfile": "FROM base\nCOPY a /\n", "a": "1", "compose.yaml": f"{SERVICE}{lines}\n"}
    said = everything_said(make_tree(tmp_path / "proj", files), "--compose", "compose.yaml", V=SECRET)
    assert (SECRET in said, shown in said) == (False, True), said


@pytest.mark.parametrize(("lines", "shown"), QUOTED_BAKE.items(), ids=QUOTED_BAKE)
def test_a_bake_file_shows_a_variable_by_its_name(tmp_path: Path, lines: str, shown: str) -> None:
    bake = f'variable "V" {{}}\ntarget "web" {{\n  {lines}\n}}\n'
    files = {"Dockerfile": "FROM base\nCOPY a /\n", "a": "1", "docker-bake.hcl": bake}
    said = everything_said(make_tree(tmp_path / "proj", files), "--bake", "docker-bake.hcl", V=SECRET)
    assert (SECRET in said, shown in said) == (False, True), said


@pytest.mark.parametrize(("variable", "arguments", "environment"), BAKE_VALUES)
def test_a_variable_of_bake_is_shown_by_its_name_wherever_its_value_is_from(
    tmp_path: Path, variable: str, arguments: list[str], environment: dict[str, str]
) -> None:
    target = "V[0]" if "list" in variable else "V"
    bake = f'variable "V" {variable}\ntarget "web" {{\n  target = {target}\n}}\n'
    root = make_tree(tmp_path / "proj", {"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "1", "docker-bake.hcl": bake})
    said = everything_said(root, "--bake", "docker-bake.hcl", *arguments, **environment)
    assert (SECRET in said, f'target stage "${{{target}}}" could not be found' in said) == (False, True), said


# Wherever a Dockerfile that a compose or bake file holds can have the value of V quoted, and how it is shown.
INLINE = {
    "FROM ${V}": "ONBUILD of ${V}",
    "FROM a/UP/${V}": 'failed to parse stage name "a/UP/${V}": invalid reference format',
    "FROM --platform=${V} alpine": 'failed to parse platform ${V}: "${V}": unknown operating system or architecture',
    "FROM scratch AS ${V}/a": 'invalid name for build stage: "${V}/a"',
    "FROM scratch AS a${V}\nCOPY --from=b${V} / /\nFROM scratch AS b${V}\nCOPY --from=a${V} / /": "circular dependency",
    "FROM scratch AS base\nFROM ${V}base": "ONBUILD of ${V}base",
    "${V} a": "unknown instruction: ${V}",
    "FROM scratch\n${V} a": "unknown instruction: ${V}",
    "ARG A=${V}\nFROM @A": "ONBUILD of ${V}",
    "ARG V=${V}\nFROM @V": "ONBUILD of ${V}",
    "FROM x\nCOPY @{@${V}} /": "",
    "FROM x\nCOPY @${V} /": "${V} is not set here",
    "FROM x\nCOPY @{Y:?say-${V}} /": "Y: say-${V}",
    "FROM scratch\nCOPY nope/${V} /": 'COPY nope/${V}: "/nope/${V}": not found',
    "FROM scratch\nCOPY ${V}[ /": 'syntax error in pattern "${V}["',
    "FROM scratch\nCOPY --from=${V} x /": "",
    "FROM scratch\nCOPY --${V} x /": "unknown flag: --${V}",
    'FROM scratch\nCOPY "${V} /': 'failed to process "\\"${V}"',
    "FROM scratch\nCOPY https://${V}/x /": "source can't be a URL for COPY",
    "FROM scratch\nENV A=${V}\nCOPY nope/@A /": '"/nope/${V}": not found',
    "FROM scratch\nARG A=${V}\nCOPY nope/@A /": '"/nope/${V}": not found',
    "FROM scratch\nENV A=1 ${V}": 'can\'t find = in "${V}"',
    "FROM scratch\nHEALTHCHECK ${V} x": 'Unknown type "${V}" in HEALTHCHECK',
    "FROM scratch\nONBUILD ${V} x": "",
    "FROM scratch AS a\nONBUILD COPY nope/${V} /\nFROM a": '"/nope/${V}": not found',
    "FROM scratch\nRUN --mount=type=${V} x": 'unsupported mount type "${V}"',
    "FROM scratch\nRUN --mount=${V} x": "invalid field '${V}' must be a key=value pair",
    "FROM scratch\nRUN --mount=from=${V},target=/x x": "",
    "FROM scratch\nRUN --mount=source=nope/${V},target=/x x": '"/nope/${V}": not found',
    "FROM scratch\nRUN --network=${V} x": 'invalid network mode "${V}"',
    "FROM scratch\nRUN --mount=type=bogus ${V} \\\n  b": 'unsupported mount type "bogus"',
    "FROM scratch\nRUN <<${V}\nfoo": "unterminated heredoc",
    "FROM scratch\nCOPY <<E /\n@{Y:?${V}}\nE": "Y: ${V}",
    "FROM scratch\nWORKDIR @{Y:?${V}}": "Y: ${V}",
    "# syntax=${V}/x:1\nFROM scratch\nCOPY a /": "the frontend ${V}/x:1 may read this file otherwise",
    "# syntax=${V}/x:1\nFROM scratch\nEVN": "the frontend ${V}/x:1 reads this file",
    "# escape=${V}\nFROM scratch": "invalid escape token '${V}'",
    "FROM scratch\n# ctxaudit: ignore=copy-source-missing ${V}\nCOPY nope /": "",
    "FROM scratch\nCOPY app1 v${V} /": '"/app1": not found',
}
# Values that a Dockerfile cuts into words, that a message escapes or cuts, and that are lines of their own.
ODD = {
    "two words": "sword fish4711",
    "a quote": 'sword"fish4711',
    "another quote": "sword'fish\\4711",
    "a reference": "@swordfish4711",
    "a long one": "SwordFish4711" * 8,
    "two lines": "swordfish\nCOPY fish4711 /",
    "the escape character": "fish4711 \\",
}


def inline(root: Path, lines: str, way: str, value: str) -> str:
    """Return all that is said of a build whose Dockerfile a compose or bake file holds."""
    if way == "compose":
        body = textwrap.indent(lines.replace("@", "$$") + "\n", " " * 8)
        declared = f"{SERVICE}      dockerfile_inline: |\n{body}"
    else:
        declared = f'variable "V" {{}}\ntarget "web" {{\n  dockerfile-inline = <<EOT\n{lines}\nEOT\n}}\n'
        declared = declared.replace("@{", "$${").replace("@", "$")
    file = {"compose": "compose.yaml", "bake": "docker-bake.hcl"}[way]
    return everything_said(make_tree(root, {file: declared, "a": "1"}), f"--{way}", file, V=value.replace("@", "$"))


@pytest.mark.parametrize("way", ["compose", "bake"])
@pytest.mark.parametrize(("lines", "shown"), INLINE.items(), ids=INLINE)
def test_a_dockerfile_that_another_file_holds_shows_a_variable_by_its_name(
    tmp_path: Path, lines: str, shown: str, way: str
) -> None:
    said = inline(tmp_path / "proj", lines, way, SECRET)
    assert (SECRET.partition("-")[0] in said, shown in said.replace('\\"', '"') + said) == (False, True), said


@pytest.mark.parametrize(("number", "value"), list(enumerate(ODD.values())), ids=ODD)
def test_no_part_of_a_value_in_a_dockerfile_that_another_file_holds_is_shown(
    tmp_path: Path, number: int, value: str
) -> None:
    parts = ("sword", "fish4711", "4711")
    asked = list(INLINE)[number % 3 :: 3]  # each value in every third one, two or three values in each
    told = {lines: inline(tmp_path / str(at) / "proj", lines, "compose", value) for at, lines in enumerate(asked)}
    assert [lines for lines, said in told.items() for part in parts if part in said.casefold()] == []


def test_what_is_written_beside_a_variable_is_shown_as_it_is(tmp_path: Path) -> None:
    said = inline(tmp_path / "proj", "FROM scratch\nCOPY app1 v${V} /", "compose", "1")
    assert ('"/app1": not found' in said, '"/v${V}": not found' in said) == (True, True)


def test_a_default_in_the_name_of_a_target_stays_as_it_is_asked_for_by_it(tmp_path: Path) -> None:
    bake = 'variable "V" { default = ["one"] }\ntarget "web" {\n  matrix = { a = V }\n  name = "x-${a}"\n}\n'
    root = make_tree(tmp_path, {"Dockerfile": "FROM scratch\n", "docker-bake.hcl": bake})
    assert ctxaudit("--bake", "docker-bake.hcl", "--bake-target", "x-one", cwd=root).stdout.startswith(b"x-one: ")


@pytest.mark.parametrize("argument", ["BUILDKIT_SYNTAX", "SOURCE_DATE_EPOCH", "BUILDKIT_DOCKERFILE_CHECK"])
def test_an_argument_of_the_builder_is_shown_by_its_name(tmp_path: Path, argument: str) -> None:
    root = make_tree(tmp_path / "proj", {"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "1"})
    assert SECRET not in everything_said(root, "--build-arg", f"{argument}={SECRET}")


@pytest.mark.parametrize(("files", "arguments", "shown"), CASES)
def test_a_value_is_shown_by_its_name(tmp_path: Path, files: dict[str, str], arguments: list[str], shown: str) -> None:
    make_tree(tmp_path, dict(files))
    answers = [ctxaudit(*arguments, "--format", name, cwd=tmp_path, SECRETX=SECRET) for name in FORMATS]
    assert [name for name, one in zip(FORMATS, answers, strict=True) if SECRET in str(one.stdout + one.stderr)] == []
    text = answers[list(FORMATS).index("text")]
    assert shown in (text.stdout + text.stderr).decode()


@pytest.mark.parametrize("key", ["build-arg", "var"])
def test_verbose_names_an_argument_without_its_value(tmp_path: Path, key: str) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\n", "docker-bake.hcl": 'variable "TOKEN" {}\ntarget "a" {}\n'})
    bake = ["--bake", "docker-bake.hcl"] * (key == "var")
    variable = {f"CTXAUDIT_{key.upper().replace('-', '_')}": f"TOKEN={SECRET}"}
    answer = ctxaudit("-v", *bake, cwd=tmp_path, **variable)
    assert answer.stderr.decode().splitlines()[0] == f"{key} TOKEN from {next(iter(variable))}"
    make_tree(tmp_path, {"ctxaudit.toml": f'{key} = ["TOKEN={SECRET}"]\n'})
    answer = ctxaudit("-v", *bake, cwd=tmp_path)
    assert answer.stderr.decode().splitlines()[0] == f"{key} TOKEN from ctxaudit.toml:1"


@pytest.mark.parametrize(
    ("files", "shown"),
    [
        pytest.param({"Dockerfile": f"FROM scratch\nEVN DB_PASSWORD={SECRET}\n"}, "EVN DB_PASSWORD=***", id="a name"),
        pytest.param({"Dockerfile": f"FROM scratch\nENV A=1 API_TOKEN='{SECRET}' b\n"}, "TOKEN='***", id="in quotes"),
        pytest.param(
            {"Dockerfile": f"FROM scratch\nCOPY https://u:{SECRET}@h/a /\n"}, "https://u:***", id="an address"
        ),
        pytest.param(
            {"Dockerfile": f"FROM scratch\nRUNX curl -H 'Authorization: Bearer {SECRET}'\n"}, "r ***", id="a header"
        ),
        pytest.param({".dockerignore": f"TOKEN={SECRET}[\n"}, 'pattern "TOKEN=***', id="a pattern"),
        pytest.param({"ctxaudit.toml": f'select = "API_KEY={SECRET}"\n'}, "'API_KEY=***", id="the configuration"),
        pytest.param(
            {"ctxaudit.toml": f'build-arg = "A={SECRET}"\n'}, "a list of strings, not a string", id="a build argument"
        ),
        pytest.param(
            {
                "ctxaudit.toml": 'bake = ["b.json"]\n',
                "b.json": f'{{"variable":{{"TOKEN":{{"default":"a {SECRET}" x}}}}}}',
            },
            '"default":"***',
            id="a default of bake in JSON",
        ),
    ],
)
def test_a_quoted_line_masks_what_looks_like_a_secret(tmp_path: Path, files: dict[str, str], shown: str) -> None:
    answer = ctxaudit(cwd=make_tree(tmp_path, {"Dockerfile": "FROM scratch\n", **files}))
    said = answer.stderr.decode()
    assert (answer.returncode, SECRET in said, shown in said) == (2, False, True), said


PASSWORD, KEY = "Vq7SCx9vHjHkm1x7", "sk_live_tESulEETldq8b8Vw2zbJYAxy"
COMMANDS = {
    f"sshpass -p {PASSWORD} ssh a@b": "sshpass -p **** ssh a@b",
    f"echo {KEY}": "echo ****",
    f"curl -u admin:{PASSWORD} http://h": "curl -u admin:**** http://h",
    f'echo "root:{PASSWORD}" | chpasswd': 'echo "root:****" | chpasswd',
    f"echo {PASSWORD} | docker login --password-stdin": "echo **** | docker login --password-stdin",
    f"aws configure set aws_secret_access_key {PASSWORD}": "aws configure set aws_secret_access_key ****",
    "mysql -u root -pswordfish x": "mysql -u root -p**** x",
    f"htpasswd -bc /f admin {PASSWORD}": "htpasswd -bc /f admin ****",
    f"openssl enc -passin pass:{PASSWORD}": "openssl enc -passin pass:****",
    f"redis-cli -a {PASSWORD} ping": "redis-cli -a **** ping",
    f"useradd -p {PASSWORD} bob": "useradd -p **** bob",
    "tool --auth-token swordfish x": "tool --auth-token **** x",
    f"git clone https://ghp_{PASSWORD}{PASSWORD}@h/a/b": "git clone https://****@h/a/b",
    "tool --token $TOKEN -u 1000:1000": "tool --token $TOKEN -u 1000:1000",
    "dotnet restore -a amd64": "dotnet restore -a amd64",
    "docker compose -p shop2 up": "docker compose -p shop2 up",
    f"docker login -u bot -p {PASSWORD} h": "docker login -u bot -p **** h",
}


@pytest.mark.parametrize(("command", "shown"), COMMANDS.items(), ids=COMMANDS)
def test_the_cache_shows_a_command_without_its_password(tmp_path: Path, command: str, shown: str) -> None:
    lines = f"FROM scratch\nCOPY . /x\nRUN {command}\nRUN apt-get install -y curl\n"
    root = make_tree(tmp_path / "proj", {"Dockerfile": lines, "a": "1"})
    git(root, "init", "-q")
    runs = [("cache",), ("cache", "--format", "json"), ("--format", "json"), ("cache", "why"), ("why", "a")]
    said = [ctxaudit(*run, cwd=root, columns=400) for run in runs]
    every = b"".join(one.stdout + one.stderr for one in said).decode()
    leaked = [one for one in (PASSWORD, KEY, "swordfish") if one in every]
    assert (leaked, f"RUN {shown}" in json.loads(said[1].stdout)["steps"][-2]["instruction"]) == ([], True), every


# Other commands with a password or a token, in words that a masked text must not hold, and what is no secret.
MASKED = {
    r"mysql -e 'a IDENTIFIED BY '\''Hn7kQ2pX9wz'\'''": r"mysql -e 'a IDENTIFIED BY '****''****'\'''",
    """node -e "t = process.env.DB_TOKEN ?? 'Hn7kQ2pX9wz';\"""": """node -e "t = process.env.DB_TOKEN ?? '****';\"""",
    """php -r "$p = getenv('DB_PASSWORD') ?: 'Hn7kQ2pX9wz';\"""": """php -r "$p = getenv('DB_PASSWORD') ?: '****';\"""",
    """groovy -e 'password ?: "Hn7kQ2pX9wz"'""": """groovy -e 'password ?: "****"'""",
    r"""["ruby", "-e", "ENV[\"A_TOKEN\"] || \"Hn7kQ2pX9wz\""]""": r"""["ruby", "-e", "ENV[\"A_TOKEN\"] || \"****\""]""",
    "poetry publish -u a -p swordfish": "poetry publish -u a -p ****",
    "mvn -Dpassword=swordfish package": "mvn -Dpassword=**** package",
    "sonar-scanner -Dsonar.login=swordfish": "sonar-scanner -Dsonar.login=****",
    "dotnet publish -p:Password=swordfish": "dotnet publish -p:Password=****",
    "npm ci --//r.io/:_authToken=swordfish": "npm ci --//r.io/:_authToken=****",
    "npm config set //r.io/:_authToken swordfish": "npm config set //r.io/:_authToken ****",
    "yarn config set npmAuthToken swordfish": "yarn config set npmAuthToken ****",
    "composer config --global http-basic.r.io u swordfish": "composer config --global http-basic.r.io u ****",
    "vault login swordfish": "vault login ****",
    "cargo login swordfish": "cargo login ****",
    "openssl enc -aes-256-cbc -k swordfish -in a": "openssl enc -aes-256-cbc -k **** -in a",
    "unzip -Pswordfish a.zip": "unzip -P**** a.zip",
    "7za x -pswordfish a.7z": "7za x -p**** a.7z",
    "ldapadd -x -wswordfish": "ldapadd -x -w****",
    "sqlcmd -S s -Pswordfish": "sqlcmd -S s -P****",
    'curl -H "Authorization: token swordfish" h': 'curl -H "Authorization: token ****" h',
    "htpasswd -nb admin swordfish > dist/htpasswd": "htpasswd -nb admin **** > dist/htpasswd",
    "keytool -import -storepass swordfish -keystore k": "keytool -import -storepass **** -keystore k",
    "keytool -genkey -keypass swordfish": "keytool -genkey -keypass ****",
    "curl -fsSLu admin:swordfish h": "curl -fsSLu admin:**** h",
    "skopeo copy --src-creds u:swordfish a b": "skopeo copy --src-creds u:**** a b",
    "npm set //r/:_authToken swordfish": "npm set //r/:_authToken ****",
    'echo "machine h login u password swordfish" > ~/.netrc': 'echo "machine h login u password ****" > ~/.netrc',
    '["curl", "-u", "admin:swordfish", "h"]': '["curl", "-u", "admin:****", "h"]',
    '["mysql","-u","root","-pswordfish"]': '["mysql","-u","root","-p****"]',
    '["redis-cli","-a","swordfish"]': '["redis-cli","-a","****"]',
    '["npm","config","set","//r/:_authToken","swordfish"]': '["npm","config","set","//r/:_authToken","****"]',
    'ssh-keygen -N "sword fish; two" -f k': 'ssh-keygen -N "****" -f k',
    "sh -c \"sshpass -p 'sword fish' ssh h\"": "sh -c \"sshpass -p '****' ssh h\"",
    '["sh", "-c", "mysql -p\\"sword fish\\" x"]': '["sh", "-c", "mysql -p\\"****\\" x"]',
    "curl -u admin:4711 h": "curl -u admin:**** h",
    "git config --global url.https://swordfish:x-oauth-basic@h/.insteadOf https://h/": (
        "git config --global url.https://****:****@h/.insteadOf https://h/"
    ),
    'tool --password "sword fish" x': 'tool --password "****" x',
    "mvn -Dpass='sword fish' x": "mvn -Dpass='****' x",
    "it's mysql -p'sword fish'": "it's mysql -p'****'",
    "docker run -itu 1000:1000 a": "docker run -itu 1000:1000 a",
    "npm run build -- --base-href=/x/": "npm run build -- --base-href=/x/",
    "yarn config set cache-folder /c": "yarn config set cache-folder /c",
}


# Commands as they are shown, with stars for a word, and commands that hold no password.
SHOWN = (
    "mysqladmin password ****",
    "mysqladmin -u root password '****'",
    "/usr/bin/mysqladmin -u root \\\n  password ****",
    'mariadb -u root "-p****"',
    "bundle config gems.x.com ****",
    "bundle config set --global gems.x.com ****",
    "bundle config BUNDLE_GEMS__X__COM ****",
    "bundle config set gemserver u:****",
    'dotnet user-secrets set "K" "****" --project p',
    "dotnet dev-certs https -ep a.pfx -p ****",
    "dotnet dev-certs https --password ****",
    "dotnet nuget push a.nupkg -k ****",
    "dotnet nuget add source https://h -n a -u u -p ****",
    "nuget setApiKey ****",
    'ssh-keygen -t rsa -N "****" -f k',
    "ssh-keygen -N****",
    "smbclient -U user%**** //h/s",
    "smbclient '-Uuser%****' //h/s",
    "rpcclient --user=user%**** h",
    "mc alias set NAME https://h KEY **** --api S3v4",
    "cargo login --registry x ****",
    "cargo +nightly login ****",
    "composer config bearer.h ****",
    "composer config -g github-oauth.github.com ****",
    "composer config bitbucket-oauth.bitbucket.org **** ****",
    "snyk auth ****",
    "vault login -no-print ****",
    "vault put kv/a k=**** j='****'",
    "az login -u u -p****",
    "docker login -u u -p **** h",
    "helm registry login -u u -p '****' h",
    "mongosh -u a -p ****",
    "sshpass -vp **** ssh h",
    "unzip -qP **** a",
    "zip -rP**** a",
    "rar a -hp**** x",
    "rabbitmqctl add_user u ****",
    "lftp -u u,**** h",
    "curl -u :**** h",
    "curl --cert c.pem:**** h",
    "mysql -p${PASS:-****} x",
    "sudo -u x env A=1 redis-cli -h h -a **** ping",
    'sh -c "mysql -u root -p**** x"',
    "sh -c 'sshpass -p \"****\" ssh h'",
    'bash -lc "curl -u \\"u:****\\" h"',
    '["sh", "-c", "echo root:**** | chpasswd"]',
    '["sh", "-c", "mysql -p\\"****\\" x"]',
    '[ "mc", "alias", "set", "a", "https://h", "KEY", "****" ]',
    '["smbclient","-U","user%****"]',
    '["htpasswd", "-bc", "f", "user", "****"]',
    "htpasswd -bc f user ****",
    'htpasswd -b -c -C 12 f user "****"',
    "echo **** | tee /a | sudo -S cmd",
    'echo "****" | docker login -u u --password-stdin',
    "printf '%s\\n' '****' | docker login --password-stdin",
    'docker login -u u --password-stdin <<< "****"',
    "(echo ****; echo ****) | passwd root",
    "echo **** | gh auth login --with-token",
    "echo 'root:****' | /usr/sbin/chpasswd",
    'printf "root:%s" **** | chpasswd',
    "chpasswd <<<'root:****'",
    "echo **** > /run/vault_password",
    'git config --global url."https://oauth2:****@h.invalid/".insteadOf https://h.invalid/',
    "git clone https://****:@h.invalid/a",
    "NPM_AUTH=**** npm ci",
    "export DB_PASS='****' GITHUB_PAT=**** MYSQL_PWD=\"****\"",
    'echo "_auth=****" > .npmrc',
    "NPM_CONFIG__AUTH=**** npm ci",
    'az storage x --connection-string "AccountName=a;AccountKey=****;x"',
    'curl "https://h.invalid/a?sv=1&sig=****&x=1"',
    "curl https://h.invalid/a?token=****",
    'curl "https://h.invalid/a?X-Amz-Date=1&X-Amz-Signature=****"',
    "curl https://h.invalid/a?code=****",
    'curl -H "X-Api-Key: ****" h',
    "curl -H 'Authorization: Bearer ****' h",
    "wget --http-password=**** h",
    "gpg --batch --passphrase \\\n  **** -c x",
    'keytool -srcstorepass **** -deststorepass "****"',
    "s3cmd --secret_key '****' x",
    'jupyter lab --ServerApp.token "****"',
    '["tool", "--password", "****", "--api-key=****"]',
    "sh -c \"tool --password='****'\"",
    "psql -c \"ALTER USER a WITH PASSWORD '****'\"",
    "mysql -e \"CREATE USER 'a'@'b' IDENTIFIED BY '****'\"",
    'echo "mysql-server mysql-server/root_password password ****" | debconf-set-selections',
    "mysql $'-p****'",
    "mysql -p$'****'",
    "usermod -p `openssl passwd -1 ****` x",
    "{ echo ****; echo ****; } | passwd root",
    "gpg --batch --passphrase-fd 3 3<<< ****",
    'mongosh --eval \'db.createUser({user:"a", pwd: "****"})\'',
    "php -r \"define('DB_PASSWORD', '****');\"",
    "BUNDLE_GEMS__X__COM=u:**** bundle",
    "setx PASSWORD ****",
    "expect -c 'send \"****\\n\"'",
    "expect -c 'spawn passwd; send -- \"****\\r\"; expect eof'",
    'expect -c "spawn ssh h; exp_send \\"****\\\\r\\""',
    "python -c 'child.sendline(\"****\")'",
    "sed -i 's/PASSWORD_HERE/****/' f",
    "sed -i s/PASSWORD_HERE/****/ f",
    "sed -i 's|__DB_PASSWORD__|****|' f",
    'sed -i "s,{{ token }},****,g;s/a/b/" f',
    "sed -e 's/a/b/' -e '/db/s/^requirepass .*/requirepass ****/' f",
    "sed -i '/requirepass/c requirepass ****' f",
    "sed -i '/^password/a\\****' f",
    "sed -i 's/changeme/****/' f",
    '["sed", "-i", "s/PASSWORD_HERE/****/", "f"]',
    "sh -c \"sed -i 's/PASSWORD_HERE/****/' f\"",
    "perl -pe 's{__TOKEN__}{****}g' f",
    "awk '{gsub(/PASSWORD_HERE/,\"****\")}1' f",
    'python -c \'x.replace("PASSWORD_HERE", "****")\'',
    "sd PASSWORD_HERE **** f",
    "A=${A//__TOKEN__/****} make",
    "docker login --password-stdin < <(echo ****)",
    "gpg --passphrase-file <(echo ****) -c x",
    "tool --password-file=<(printf '%s' '****')",
    'curl -K <(echo "****") h',
    "cat <(echo ****) <(true; echo ****)",
    "PASSWORD=$(echo ****) make",
    'tool --password "$(echo ****)" x',
    "tool --token $(printf %s ****) x",
    "echo '****' > /run/secrets/db",
    "echo '****' > ~/.pgpass",
    "echo **** | install -m 600 /dev/stdin db_password",
    "echo **** | sudo sh -c 'cat > db_password'",
    "dd of=db_password <<< ****",
    "cat <<< '****' > db_password",
    "chpasswd <<E\nroot:****\nE",
    "cat <<E | docker login --password-stdin\n****\nE\necho a",
    "tee db_password <<-'E' && make\n\t****\n\t****\n\tE",
    "<<E\nmysql -p**** x\nE",
)
# The same where the value has a blank.
WITH_A_BLANK = (
    "bash -c 'mysql -p\"****\"'",
    "bash -c \"mysql -p'****'\"",
    'bash -c "mysql -p\\"****\\""',
    'mongosh --eval \'db.createUser({user:"a", pwd: "****"})\'',
    "php -r \"define('DB_PASSWORD', '****');\"",
    "export 'PASSWORD=****' && make",
    'mvn "-Ddb.password=****" deploy',
    "echo '****' > db_password",
    'echo -n "****" >> token',
    "printf '%s' '****' > db_password",
    "printf '%s' '****' | tee db_password >/dev/null",
    "tee db_password <<< '****'",
    "cat > db_password <<E\n****\nE",
    "sh -c \"echo '****' > db_password\"",
    '["sh", "-c", "echo \'****\' > db_password"]',
    "diff <(echo '****') f",
    "sed -i 's/PASSWORD_HERE/****/' f",
    "expect -c 'send \"****\\r\"'",
)
NOT_MASKED = (
    "docker login --password-stdin < a",
    "tool --password $PASS --token=${TOKEN}",
    "tool --no-bypass x --compass y",
    "PWD=/app AUTH=true KEY=a CACHE_KEY=b make",
    "curl https://h.invalid/a?page=2&keys=x",
    "psql -c 'ALTER ROLE a PASSWORD NULL'",
    "docker run -itu 1000:1000 a",
    "docker run --name mongo -p 27017:27017 mongo",
    "mc alias set a $URL $KEY $PASS",
    'htpasswd -bc f user "$PASS"',
    "echo $PASS | docker login --password-stdin",
    'echo "root:${PASS}" | chpasswd',
    'mysql -p"$(cat /run/secrets/a)" x',
    'ssh-keygen -t rsa -N "" -f k',
    "cargo login < /run/secrets/a",
    "docker login -p <password> h",
    "poetry run pytest -p no:cacheprovider",
    "bundle config set --local path vendor/bundle",
    "bundle config build.nokogiri --use-system-libraries",
    "bundle config mirror.https://rubygems.org https://h.invalid",
    "git config --global url.https://h.invalid/.insteadOf git://github.com/",
    "echo done | tee a > b",
    'echo "user:x:1:1" >> /etc/passwd',
    "openssl req -newkey rsa:2048 -keyout k",
    "apt-get install sshpass && mkdir -p a",
    "tool 'KEY=$PASS a'",
    "find . -type d -exec rm -rf {} +",
    "{ echo a; echo b; } > c",
    'send "hello" x',
    "npm run send -- build",
    "sed -i 's/#PasswordAuthentication yes/PasswordAuthentication no/' /etc/ssh/sshd_config",
    "sed -i 's/PermitRootLogin prohibit-password/PermitRootLogin yes/' /etc/ssh/sshd_config",
    'sed -i "s/DB_PASSWORD/$DB_PASSWORD/" a',
    "sed -i 's/DB_PASSWORD/'\"$DB_PASSWORD\"'/' a",
    'sed -i "s/DB_PASSWORD/$(cat /run/secrets/db)/" a',
    "sed -i 's/archive.ubuntu.com/mirror.h.invalid/g' /etc/apt/sources.list",
    "sed -i '/^password/c\\password = ${X}' a",
    "sed '/token/d' a",
    "diff <(sort a) <(sort b)",
    "bash <(curl -fsSL https://h.invalid/x.sh)",
    'A=$(echo "$B" | cut -d. -f1) && for i in $(echo a b); do make $i; done',
    "echo 'a b' | tee /etc/motd",
    'echo "$TOKEN" > token',
    "PASSWORD=$(cat /run/secrets/a) make",
    "cat > /etc/a.conf <<E\nname=a b\nE\necho $((1 << 2))",
)


@pytest.mark.parametrize("shown", [*SHOWN, *NOT_MASKED])
@pytest.mark.parametrize("value", ["swordfish", PASSWORD])
def test_a_password_is_known_by_the_usage_of_its_program(shown: str, value: str) -> None:
    assert masked(f"RUN {shown.replace('****', value)}") == f"RUN {shown}"


@pytest.mark.parametrize("shown", WITH_A_BLANK)
def test_a_password_with_a_blank_is_masked_whole(shown: str) -> None:
    assert masked(f"RUN {shown.replace('****', 'Hn7 kQ2pX9wz')}") == f"RUN {shown}"


@pytest.mark.parametrize(("command", "shown"), MASKED.items(), ids=MASKED)
def test_a_command_is_masked(command: str, shown: str) -> None:
    assert masked(f"RUN {command}") == f"RUN {shown}"


# Commands of a RUN that a reason or a proof quotes, and how.
_LONG = " ".join(f"--with-option-{number}" for number in range(3))
QUOTED = {
    f"npm ci --token=ghp_{PASSWORD}{PASSWORD}": "npm ci --token=****",
    "npm ci --_auth=swordfish": "npm ci --_auth=****",
    f"npm ci {_LONG} --token={PASSWORD}{PASSWORD}": f"npm ci {_LONG} --token=****",
    f"curl -u user:{PASSWORD} -T dist/a.js https://h.invalid/": "curl -u user:**** -T dist/a.js https://h.invalid/",
    f"./tool --password={PASSWORD} dist": "./tool --password=**** dist",
    f"pip install --index-url https://u:{PASSWORD}@h.invalid/s && npm ci": "npm ci",
}


@pytest.mark.parametrize(("command", "shown"), QUOTED.items(), ids=QUOTED)
def test_a_reason_quotes_a_command_without_its_password(tmp_path: Path, command: str, shown: str) -> None:
    files = {"package.json": "{}", ".gitignore": "dist\nnode_modules\n", "node_modules/x/i.js": "1", "dist/a.js": "1"}
    lines = f"FROM node:20\nWORKDIR /app\nCOPY . .\nRUN {command}\n"
    root = make_tree(tmp_path / "proj", {"Dockerfile": lines, **files})
    git(root, "init", "-q")
    git(root, "add", "--all")
    formats = (("--format", name) for name in ("json", "markdown", "html", "github"))
    runs = [("--diff",), ("-v",), *formats, ("why", "dist/a.js"), ("why", "node_modules")]
    every = [ctxaudit(*run, cwd=root, columns=400) for run in runs]
    text = b"".join(answer.stdout + answer.stderr for answer in every).decode()
    assert [value for value in (PASSWORD[:8], "swordfish") if value in text] == [], text
    assert shown in every[0].stderr.decode()


# Lines that the builder refuses, and how they are shown.
REFUSED = {
    f'ENV PASSWORD="{PASSWORD}': 'ENV PASSWORD="****',
    f'ARG PASSWORD="{PASSWORD}': 'ARG PASSWORD="****',
    f'LABEL A=b password="{PASSWORD}': 'LABEL A=b password="****',
    f'ENV A="ghp_{PASSWORD}{PASSWORD}': 'ENV A="****',
    f'ENV A="{PASSWORD}': 'ENV A="****',
    f"ENV A=1 {PASSWORD}": "ENV A=1 ****",
    f"RUNN git clone https://ghp_{PASSWORD}{PASSWORD}@github.com/a/b": "RUNN git clone ****",
    f"ENVV PASSWORD {PASSWORD}": "ENVV PASSWORD ****",
    "ENVV PASSWORD swordfish": "ENVV PASSWORD ****",
    f'ENVV STRIPE_KEY "{KEY}"': 'ENVV STRIPE_KEY "****"',
    f"COPPY {KEY} /x": "COPPY **** /x",
    f"ENV PASSWORD=${{X:?{PASSWORD}}}": "ENV PASSWORD=${X:?****}",
}


@pytest.mark.parametrize(("line", "shown"), REFUSED.items(), ids=REFUSED)
def test_a_refused_line_and_what_is_said_of_it_hold_no_secret(tmp_path: Path, line: str, shown: str) -> None:
    answer = ctxaudit(cwd=make_tree(tmp_path, {"Dockerfile": f"FROM scratch\n{line}\n"}))
    said = answer.stderr.decode()
    leaked = [one for one in (PASSWORD, KEY, "swordfish") if one in said]
    assert (answer.returncode, leaked, f"    {shown}\n" in said) == (2, [], True), said


DECLARED = {
    f"environment: {{A: *{PASSWORD}}}": "unknown anchor '****' referenced",
    f"build: {{target: '${{NOPE:?{PASSWORD}}}'}}": "required variable NOPE is missing a value: ****",
    "build: {target: '${NOPE:?set it in .env}'}": "required variable NOPE is missing a value: set it in .env",
    f"build: {{target: '${{DB_{PASSWORD}'}}": "invalid interpolation format: ${****",
}


@pytest.mark.parametrize(("lines", "shown"), DECLARED.items(), ids=DECLARED)
def test_a_refused_compose_file_is_quoted_without_a_password(tmp_path: Path, lines: str, shown: str) -> None:
    files = {"Dockerfile": "FROM scratch\n", "compose.yaml": f"services:\n  web:\n    {lines}\n"}
    said = ctxaudit("--compose", "compose.yaml", cwd=make_tree(tmp_path, files)).stderr.decode()
    assert (PASSWORD in said, f"compose.yaml:3: {shown}" in said) == (False, True), said


# Where a login or a token may stand in what the command line or a Dockerfile names.
LOGIN = f"u:{PASSWORD}@h.invalid"
NAMED = [
    pytest.param("", ["-f", f"https://{LOGIN}/Dockerfile"], "open https:/u:****@h.invalid/", id="an address after -f"),
    pytest.param("", ["-f", f"https://{PASSWORD}@h.invalid/Dockerfile"], "https:/****@h.invalid/", id="a token alone"),
    pytest.param("", ["--build-context", f"a=docker-image://{LOGIN}/x"], "a=docker-image://h.invalid/x", id="an image"),
    pytest.param("", ["--build-context", f"a=oci-layout://{LOGIN}/x"], "a=oci-layout://h.invalid/x", id="a layout"),
    pytest.param("", ["--build-context", f"a=https://{LOGIN}/x.git#ghp_{PASSWORD}"], "", id="a repository"),
    pytest.param("", [f"https://h.invalid/a.git#b:{PASSWORD}"], "a.git#b:****", id="the fragment of a git URL"),
    pytest.param("", [f"git@h.invalid:a.git#{PASSWORD}"], "a.git#****", id="the fragment of a repository over ssh"),
    pytest.param("", [".", f"https://{PASSWORD}@h.invalid/a.git"], "https://****@h.invalid/a.git", id="a second path"),
    pytest.param("", [".", "--buildarg", f"TOKEN={PASSWORD}"], "", id="an option that is none"),
    pytest.param("", ["--cache-from", f"type=registry,ref={LOGIN}/x,token={PASSWORD}"], "", id="a cache"),
    pytest.param("", ["--secret", f"id=x,env={PASSWORD}"], "", id="a secret"),
    pytest.param(f"# syntax={LOGIN}/x:1\n", [], "the frontend u:****@h.invalid/x:1 may", id="a frontend"),
    pytest.param(f"ARG PASSWORD={PASSWORD}\n", [], "", id="a default that nothing uses"),
]


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
@pytest.mark.parametrize(("before", "arguments", "shown"), NAMED)
def test_a_login_in_an_address_is_shown_nowhere(
    tmp_path: Path, before: str, arguments: list[str], shown: str, builder: str
) -> None:
    root = make_tree(tmp_path / "proj", {"Dockerfile": f"{before}FROM scratch\nCOPY . /\n", "a/x.log": "1"})
    said = everything_said(root, *arguments, "--builder", builder, "--always-ignore", "a")
    shown = shown if builder == "buildkit" or "frontend" not in shown else ""
    assert (PASSWORD in said, shown in said) == (False, True), said


# The same in what a build reads elsewhere, and how the cache or an unknown shows it.
ELSEWHERE = [
    pytest.param(f"ADD https://{LOGIN}/x.tgz /x", [], "what https://u:****@h.invalid/x.tgz is", id="a file"),
    pytest.param(f"ADD https://{LOGIN}/a.git#main /x", [], "what https://u:****@h.invalid/a.git#main is", id="git"),
    pytest.param(f"ADD ssh://{LOGIN}/a.git /x", [], "what ssh://u:****@h.invalid/a.git is", id="git over ssh"),
    pytest.param(f"ADD {LOGIN}:a/b.git /x", [], '"/u:****@h.invalid:a/b.git": not found', id="git's short form"),
    pytest.param(
        f"COPY --from=reg.invalid/{LOGIN}/x /x /x",
        [],
        'stage name "reg.invalid/u:****@h.invalid/x": invalid reference format',
        id="an image behind its registry",
    ),
    pytest.param(f"ADD https://{PASSWORD}@h.invalid/x /x", [], "https://****@h.invalid/x is", id="a token alone"),
    pytest.param(f"ADD https://h.invalid/x?token={PASSWORD} /x", [], "x?token=**** is", id="a token in a query"),
    pytest.param(f"ARG P={PASSWORD}\nADD https://u:$P@h.invalid/x /x", [], "u:****@h.invalid/x is", id="a default"),
    pytest.param(f"ADD https://{LOGIN}/x https://v{LOGIN}/x /x/", [], "https://vu:****@h.invalid/x is", id="two files"),
    pytest.param(f"ONBUILD ADD https://{LOGIN}/x /x\nFROM one", [], "u:****@h.invalid/x is", id="an ONBUILD"),
    pytest.param(
        "COPY --from=b /x /x",
        ["--build-context", f"alpine=docker-image://{LOGIN}/x"],
        "ONBUILD of docker-image://u:****@h.invalid/x",
        id="an image in the place of one",
    ),
    pytest.param(
        "COPY --from=b /x /x",
        ["--build-context", f"b=docker-image://{LOGIN}/x"],
        "the builder alone sees the context b",
        id="an image that is copied from",
    ),
]


@pytest.mark.parametrize(("lines", "arguments", "shown"), ELSEWHERE)
def test_a_login_of_what_a_build_reads_elsewhere_is_shown_nowhere(
    tmp_path: Path, lines: str, arguments: list[str], shown: str
) -> None:
    root = make_tree(tmp_path / "proj", {"Dockerfile": f"FROM alpine AS one\n{lines}\nCOPY a /\n", "a": "1"})
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "one")
    runs = [("cache",), ("cache", "--format", "json"), ("cache", "why", "--against", "HEAD", "--format", "json")]
    answers = [ctxaudit(*run, *arguments, cwd=root, columns=400) for run in runs]
    said = b"".join(answer.stdout + answer.stderr for answer in answers).decode() + everything_said(root, *arguments)
    assert (PASSWORD in said, shown in said) == (False, True), said


KEPT = {
    f"ARG PASSWORD={PASSWORD}\nCOPY nope/$PASSWORD /": '"/nope/${PASSWORD}": not found',
    f"ARG X=ghp_{PASSWORD}{PASSWORD}\nCOPY nope/$X /": '"/nope/${X}": not found',
    f"ENV DB_PASSWORD {PASSWORD}\nCOPY nope/$DB_PASSWORD /": '"/nope/${DB_PASSWORD}": not found',
    f"ARG PASSWORD={PASSWORD}\nENV A=x-$PASSWORD\nCOPY nope/$A /": '"/nope/x-${PASSWORD}": not found',
    f"ARG PASSWORD={PASSWORD}\nCOPY $PASSWORD[ /": 'syntax error in pattern "${PASSWORD}["',
    f"ARG PASSWORD={PASSWORD}\nRUN --mount=type=$PASSWORD a": 'unsupported mount type "${PASSWORD}"',
    "ARG TOKEN_DIR=src-2\nCOPY nope/$TOKEN_DIR /": '"/nope/src-2": not found',
    "ARG VERSION=1.2.3-rc4\nCOPY nope/$VERSION /": '"/nope/1.2.3-rc4": not found',
}


@pytest.mark.parametrize(("lines", "shown"), KEPT.items(), ids=KEPT)
def test_a_secret_that_the_dockerfile_gives_a_name_is_shown_by_it(tmp_path: Path, lines: str, shown: str) -> None:
    root = make_tree(tmp_path / "proj", {"Dockerfile": f"FROM scratch\n{lines}\n", "a": "1"})
    said = everything_said(root)
    assert (PASSWORD in said, shown in said) == (False, True), said


def test_a_source_that_is_no_pattern_is_refused_at_its_line(tmp_path: Path) -> None:
    root = make_tree(tmp_path, {"Dockerfile": "FROM scratch\n\nCOPY a \\\n  b[ /\n", "a": "1"})
    assert ctxaudit(cwd=root).stderr.startswith(b'error: Dockerfile:3: syntax error in pattern "b["\n    b[\n')


@pytest.mark.parametrize(
    "address",
    [
        "docker-image://alpine:3@sha256:" + "ab" * 32,
        "ssh://git@github.com/a/b.git",
        "https://github.com/a/b.git#v1.2:docs",
        "https://github.com/a/b.git#" + "0a1b" * 10,
        "git@github.com:a/b.git#main",
        "alpine:3@sha256:" + "ab" * 32,
        "a:b@1.2",
    ],
)
def test_an_address_without_a_login_is_shown_as_it_is(address: str) -> None:
    assert (public("", address), masked(f"open {address}: x")) == (address, f"open {address}: x")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        pytest.param("http://127.0.0.1:9/r.git", "http://127.0.0.1:9/r.git", id="a port"),
        pytest.param("'http://h:8080': refused", "'http://h:8080': refused", id="a port at the end"),
        pytest.param("open ../secret: no such file, or x", "open ../secret: no such file, or x", id="a file's name"),
        pytest.param("a/token: it leads out of x", "a/token: it leads out of x", id="a link's name"),
        pytest.param("token: itis1", "token: ****", id="a value like the words"),
        pytest.param("http://u:8080@h:9/r", "http://u:****@h:9/r", id="digits for a password"),
        pytest.param("http://u:12/3@h/r", "http://u:****@h/r", id="digits and a slash for a password"),
    ],
)
def test_a_port_or_a_place_is_not_taken_for_a_password(said: str, shown: str) -> None:
    assert masked(said) == shown


_REPEATED = ("a", "a-", "token", "secret-", "pass_", "default", "https://a", '":"', "Bearer ")
_NESTED = ("secret=", "token=", "--password=", "key=${", "key=${a-", "secret=${x:-")  # values within values

# Words of commands, which open quotes and brackets, and name programs again and again.
_SHELL = (
    "htpasswd -b ",
    "mysql -p",
    "mc alias set ",
    "echo a | sudo -S ",
    "$(",
    '"',
    "'",
    '\\"',
    "\"' ",
    'sh -c "',
    '["',
    "<<< ",
    "… ",
    "vault write a k=v ",
    "`",
    "{ ",
    "$'",
    "'A=",
    "<<a\n",
    "<(echo a ",
    "echo 'a b' > token; ",
    "s/token",
    "s{token}",
    "s{",
    "/token/c a",
    "sub('token', '",
    "${A/token",
    'send "a\\r" ',
    "echo a | tee token ",
)


@pytest.mark.parametrize("word", [*_REPEATED, *_NESTED, *_SHELL])
def test_a_long_line_is_masked_soon(word: str) -> None:
    with processor_limit(1):
        masked(word * (200_000 // len(word)))


def test_a_reference_in_a_quoted_line_stays(tmp_path: Path) -> None:
    root = make_tree(tmp_path, {"Dockerfile": "FROM scratch\nEVN TOKEN=$X PASSWORD=${Y}\n"})
    assert "EVN TOKEN=$X PASSWORD=${Y}" in ctxaudit(cwd=root).stderr.decode()


@pytest.mark.parametrize("length", [9, 30])
@pytest.mark.parametrize(
    ("line", "marked", "shown"),
    [
        pytest.param("ENV TOKEN={} ${{X", "${X", ("ENV TOKEN=**** ${X", 15), id="behind a value"),
        pytest.param("ENV ${{X TOKEN={}", "${X", ("ENV ${X TOKEN=****", 4), id="before a value"),
        pytest.param("ENV A=b TOKEN={}", "", ("ENV A=b TOKEN=****", 14), id="inside of a value"),
    ],
)
def test_a_caret_stands_below_its_word_whatever_is_masked(
    line: str, marked: str, shown: tuple[str, int], length: int
) -> None:
    value = "s3cr" + "x" * length
    text = line.format(value)
    assert excerpt(text, text.index(marked) if marked else text.index(value) + 5) == shown


@pytest.mark.parametrize(
    ("column", "ends"),
    [
        pytest.param(3, ("0", "…"), id="at the beginning"),
        pytest.param(20, ("…", "…"), id="in the middle"),
        pytest.param(35, ("…", "z"), id="at the end"),
    ],
)
def test_a_long_line_is_cut_around_its_caret(column: int, ends: tuple[str, str]) -> None:
    letters = "0123456789abcdefghijklmnopqrstuvwxyz"
    line, place = excerpt(letters, column, 19)
    assert (line[0], line[-1], line[place], len(line) <= 19) == (*ends, letters[column], True)


_FORMS = [*_SAID, ([*_BEFORE_SECRETS], _SECRET)]


@pytest.mark.parametrize(("words", "form"), _FORMS, ids=[" ".join(words) for words, _ in _FORMS])
def test_a_form_is_asked_wherever_it_matches(words: list[str], form: re.Pattern[str]) -> None:
    """By its words a form is passed over: one of them stands in each string that it matches, in whatever letters."""

    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.from_regex(re.compile(form.pattern, form.flags)), st.randoms(use_true_random=True))
    def check(text: str, random: Random) -> None:
        for one in (text, "".join(random.choice((letter, *_ALIKE.get(letter, ()))) for letter in text)):
            folded = one.translate(_AS_I).casefold()
            assert form.search(one) is None or any(word in folded for word in words)

    check()


@pytest.mark.parametrize("form", ["ENV {}", "ARG A\nENV {}\nRUN a"])
def test_what_helps_against_a_mistake_holds_no_token(tmp_path: Path, form: str) -> None:
    make_tree(tmp_path, {"Dockerfile": f"FROM scratch\n{form.format(github())}\n"})
    said = ctxaudit(cwd=tmp_path)
    assert (said.returncode, github().encode() in said.stdout + said.stderr) == (2, False)
    assert b"  fix: write ENV NAME=VALUE" in said.stderr


def test_the_advice_of_an_error_is_masked_as_the_error_is() -> None:
    error = CtxauditError(f"no such name: {github()}", where="a:1", fix=f"write {github()} elsewhere")
    assert (str(error), error.remedy) == (
        "a:1: no such name: ****\n  fix: write **** elsewhere",
        "write **** elsewhere",
    )
