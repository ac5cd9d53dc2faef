"""Real trees full of hostile names: whatever format is asked for, its own reader finds text and nothing else."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import jsonschema_rs
import pyte
import pytest
from hostile import ALLOWED, MANY, NAMES
from report.test_github import commands
from report.test_gitlab import VALIDATOR as GITLAB
from report.test_html import Structure
from report.test_log_commands import COMMAND
from report.test_markdown import TAGS, skeleton, tags
from report.test_sarif import VALIDATOR as SARIF

from ctxaudit.report import FORMATS
from support import Answer, ctxaudit, here, make_tree

pytestmark = pytest.mark.usefixtures("covered_elsewhere")

BAD = {"img", "iframe", "object", "embed", "form", "a"}
ON = {"onerror", "onload", "onclick", "src"}
COPY_ALL = "FROM scratch\nCOPY . /\n"
AT_ONCE = 40


def usable(name: str) -> bool:
    """Whether a disk takes a name: as a path that stays inside, and is no longer than one may be."""
    parts = name.split("/")
    sizes = [len(os.fsencode(part)) for part in parts]
    return "\0" not in name and not {"", ".", ".."} & set(parts) and max(sizes) < 200 and sum(sizes) < 3000


ON_DISK = [name for name in dict.fromkeys([*NAMES.values(), *MANY]) if usable(name)]


def reports(root: Path, *arguments: str) -> tuple[dict[str, str], Answer]:
    """Return every report of one audit, "" for one that was not written, and what was said beside them."""
    folder = make_tree(root.parent / f"{root.name}.reports", {})
    outputs = [word for name in FORMATS for word in ("--output", f"{name}={folder / name}")]
    before = os.open(".", os.O_RDONLY)
    os.chdir(root)
    try:
        answer = here("audit", *arguments, "--jobs", "1", "--top", "100000", *outputs)
    finally:
        os.fchdir(before)
        os.close(before)
    texts = {name: (folder / name).read_bytes().decode() if (folder / name).exists() else "" for name in FORMATS}
    return texts, answer


class Terminal:
    """What a terminal does beyond showing characters and going to the next line."""

    def __init__(self, text: str) -> None:
        self.done: list[str] = []
        pyte.Stream(self).feed(text)

    def __getattr__(self, event: str) -> Callable[..., None]:
        return lambda *_, **__: None if event in ("draw", "linefeed") else self.done.append(event)


def elements(html: str) -> set[tuple[str, tuple[str, ...]]]:
    return set(Structure(html).elements)


def faults(texts: dict[str, str], answer: Answer) -> list[str]:
    """Return what a reader of each format would find that is not text."""
    said = {**texts, "stdout": answer.stdout, "stderr": answer.stderr}
    found = [
        name
        for name, text in said.items()
        if not text.translate(dict.fromkeys(map(ord, ALLOWED.get(name, "\n")))).isprintable()
    ]
    found += [f"a command in {name}" for name, text in said.items() if name != "github" and COMMAND.search(text)]
    found += [f"a terminal acts on {name}" for name in ("text", "stdout", "stderr") if Terminal(said[name]).done]
    if texts["markdown"]:
        shape = skeleton(texts["markdown"]).shape
        found += sorted(tags(shape) - TAGS)
        found += [part for part in shape if re.search(r"evil|octocat", part)]
        commands(texts["github"])
        found += [str(error) for error in SARIF.iter_errors(json.loads(texts["sarif"]))]
        found += [str(error) for error in GITLAB.iter_errors(json.loads(texts["gitlab"]))]
        found += [str(error) for error in SCHEMA.iter_errors(json.loads(texts["json"]))]
        found += sorted({f"<{tag}>" for tag, keys in elements(texts["html"]) if tag in BAD or ON & set(keys)})
    return found


SCHEMA = jsonschema_rs.Draft202012Validator(json.loads(ctxaudit("schema").stdout))


def laid(names: list[str]) -> dict[str, str | bytes | None]:
    """A secret in a directory of each name, and a log that is called so."""
    below = {f"d{number:03}/{name}/.env": "PASSWORD=hunter2hunter2\n" for number, name in enumerate(names)}
    return {**below, **{f"f{number:03}/{name}.log": "1" for number, name in enumerate(names)}}


def test_the_names_that_a_disk_takes_are_200() -> None:
    assert len(ON_DISK) >= 200


@pytest.fixture(scope="module")
def tame(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, tuple[str, ...]]]:
    """The elements of an HTML report of as many names that are tame."""
    return marks(tmp_path_factory.mktemp("tame") / "r", [f"n{at}" for at in range(AT_ONCE)])


@pytest.mark.parametrize("first", range(0, len(ON_DISK), AT_ONCE))
def test_files_and_directories_of_hostile_names(
    tmp_path: Path, tame: set[tuple[str, tuple[str, ...]]], first: int
) -> None:
    assert marks(tmp_path / "r", ON_DISK[first : first + AT_ONCE]) - tame == set()


def marks(root: Path, names: list[str]) -> set[tuple[str, tuple[str, ...]]]:
    """Hold the reports of a tree of these names to be text, and return the elements of the HTML report."""
    make_tree(root, {"Dockerfile": COPY_ALL, **laid(names)})
    texts, answer = reports(root)
    assert (answer.status, faults(texts, answer)) == (1, [])
    found = json.loads(texts["json"])["targets"][0]["findings"]
    read = {base64.b64decode(one["path_b64"]) if "path_b64" in one else one["path"].encode() for one in found}
    for path in (os.fsencode(path) for path in laid(names) if path.endswith(".env")):
        assert any(path == one or path.startswith(one + b"/") for one in read), path
    assert [part for part in skeleton(texts["markdown"]).shape if re.search(r"[df]\d{3}/", part)] == []
    return elements(texts["html"])


# Where else a name can stand; "{}" is the name, which some of them refuse: then the error is what is looked at.
PLACES = {
    "a stage": {"Dockerfile": "FROM scratch AS {}\nCOPY . /\n"},
    "a stage that is copied from": {"Dockerfile": "FROM scratch\nCOPY --from={} a b\nCOPY . /\n"},
    "an image": {"Dockerfile": "FROM {}\nCOPY . /\n"},
    "a build argument": {"Dockerfile": "FROM scratch\nARG {}=1\nCOPY nope/${} /\nCOPY . /\n"},
    "a source": {"Dockerfile": "FROM scratch\nCOPY {} /x\nCOPY . /\n"},
    "an instruction": {"Dockerfile": "FROM scratch\n{}\nCOPY . /\n"},
    "a pattern": {"Dockerfile": COPY_ALL, ".dockerignore": "{}\n!{}\n"},
    "a key of the configuration": {"Dockerfile": COPY_ALL, "ctxaudit.toml": "JSON = 1\n"},
    "a service": {"Dockerfile": COPY_ALL, "compose.yaml": '{"services": {JSON: {"build": "."}}}'},
    "a target of compose": {
        "Dockerfile": COPY_ALL, "compose.yaml": '{"services": {"a": {"build": {"context": ".", "target": JSON}}}}'
    },
    "a context of compose": {"Dockerfile": COPY_ALL, "compose.yaml": '{"services": {"a": {"build": JSON}}}'},
    "a target of bake": {"Dockerfile": COPY_ALL, "docker-bake.json": '{"target": {JSON: {"context": "."}}}'},
    "an argument of bake": {
        "Dockerfile": COPY_ALL, "docker-bake.json": '{"target": {"a": {"args": {JSON: "1"}, "target": JSON}}}'
    },
}  # fmt: skip


@pytest.mark.parametrize("files", PLACES.values(), ids=PLACES)
def test_hostile_names_elsewhere(tmp_path: Path, files: dict[str, str]) -> None:
    declared = next((name for name in files if name.startswith(("compose", "docker-bake"))), "")
    option = [f"--{'compose' if declared.startswith('compose') else 'bake'}", declared] if declared else []
    named, many = ([name for name in names if len(name) < 300] for names in (NAMES.values(), MANY))
    if "ctxaudit.toml" not in files:  # each name in two or three of the places, one of those that are made in one
        place = list(PLACES.values()).index(files)
        named, many = named[place % 6 :: 6], many[place % 11 :: 11]
    for number, name in enumerate([*named, *many]):
        texts = {file: text.replace("{}", name).replace("JSON", json.dumps(name)) for file, text in files.items()}
        root = make_tree(tmp_path / str(number), {**texts, "a": "1", ".env": "PASSWORD=hunter2hunter2\n"})
        found = faults(*reports(root, *option))
        assert found == [], ascii(name)
