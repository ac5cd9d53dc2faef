"""The JSON Schema of the configuration file takes what is read, and refuses what is refused."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from ctxaudit.cli.configured import COMMAND_LINE_ONLY, keys
from ctxaudit.cli.schema import config_schema
from ctxaudit.errors import CtxauditError
from ctxaudit.policy import OF_A_TARGET, load
from support import PROJECT, here

SCHEMA = config_schema()
VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA)
COMMENT = dict.fromkeys(("key", "when", "author"), "text") | {"top": "number", "require": "flag"}
PAGES = (PROJECT / "README.md", *sorted((PROJECT / "ctxaudit/guides").glob("*.md")))
SHOWN = [
    pytest.param(code, id=f"{page.stem} {number}")
    for page in PAGES
    for number, code in enumerate(re.findall(r"^```toml\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL), 1)
]
FILES = sorted((PROJECT / "sample_repos").glob("*/*ctxaudit.toml"))
READ = [
    "",
    'max-size = "64MiB"\n',
    "max-size = 5000000\n",
    'target = "build"\n',
    "top = 0\nbytes = true\n",
    'select = ["secrets", "vcs-*"]\n',
    'style = "allow"\nbuilder = "classic"\nformat = "json"\n',
    '[comment]\nwhen = "never"\ntop = 3\nrequire = true\n',
    '[[target]]\nname = "a"\nfail-on = "warning"\n[[target]]\ncontext = "b"\nmax-files = 3\n',
]
REFUSED = {
    "a key that does not exist": "max-sise = 1\n",
    "an underscore": "max_size = 1\n",
    "an order": "write = true\n",
    "a file to write": 'output = ["json=x"]\n',
    "a flag for a number": "top = true\n",
    "a negative number": "top = -1\n",
    "one more than 63 bits": f"max-files = {1 << 63}\n",
    "a number for a flag": "bytes = 1\n",
    "a string for a list": 'exclude = "a"\n',
    "a list of numbers": "exclude = [1]\n",
    "a list for a string": "base = [\n]\n",
    "an empty string": 'base = ""\n',
    "an empty size": 'max-size = ""\n',
    "an empty string in a list": 'exclude = ["a", ""]\n',
    "a severity that does not exist": 'fail-on = "note"\n',
    "a target without a name": "[[target]]\nmax-files = 1\n",
    "a key that is not of a target": '[[target]]\nname = "a"\nbuilder = "classic"\n',
    "one table of a target": '[target]\nname = "a"\n',
    "a key that is not of the comment": '[comment]\nreport = "x"\n',
    "a comment that is not a table": "comment = 1\n",
}


def read(directory: Path, text: str) -> None:
    (directory / "ctxaudit.toml").write_text(text)
    load(str(directory / "ctxaudit.toml"), keys(), {"comment": COMMENT}, COMMAND_LINE_ONLY)  # type: ignore[dict-item]


def test_it_is_a_schema_that_the_command_prints() -> None:
    jsonschema_rs.meta.validate(SCHEMA)
    assert json.loads(here("schema", "configuration").stdout) == SCHEMA


def test_it_has_every_key_with_what_it_means_and_no_other() -> None:
    assert set(SCHEMA["properties"]) == {*keys(), "comment", "target"}
    assert set(SCHEMA["properties"]["target"]["oneOf"][1]["items"]["properties"]) == {*OF_A_TARGET, "name", "context"}
    silent = [key for key, one in SCHEMA["properties"].items() if key != "target" and not one["description"]]
    assert silent == []


@pytest.mark.parametrize("text", [*SHOWN, *READ, *(path.read_text() for path in FILES)])
def test_what_is_read_is_valid(tmp_path: Path, text: str) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(tomllib.loads(text))] == []
    read(tmp_path, text)


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_is_refused_is_not_valid(tmp_path: Path, text: str) -> None:
    values: dict[str, Any] = tomllib.loads(text)
    assert not VALIDATOR.is_valid(values)
    with pytest.raises(CtxauditError):
        read(tmp_path, text)
