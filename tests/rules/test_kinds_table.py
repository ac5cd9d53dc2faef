"""What holds for every row of the catalogue."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ctxaudit.ignore import DockerignorePattern
from ctxaudit.model import SEVERITIES
from ctxaudit.proposals.expected import sample
from ctxaudit.rules.catalogue import catalogue
from ctxaudit.rules.evidence import BY_NAME, Evidence, Kind, larger_than
from ctxaudit.rules.kinds import ALL
from ctxaudit.walk import DiskTree
from support import processor_limit

pytestmark = pytest.mark.usefixtures("covered_elsewhere")

AMBIGUOUS = {"bin", "build", "dist", "env", "venv", "vendor", "target", "out", "deps", "packages", "public", "data"}
AMBIGUOUS |= {"obj", "logs", "coverage", "core", "result", "tags", "*.sql", "*.jar", "*.so", "*.a", "*.exe", "*.db"}
AMBIGUOUS |= {"*.pem", "*.key", "*.csv", "**", "*"}


def failing(holds: Callable[[Kind], bool]) -> list[str]:
    """The rows of which something does not hold."""
    return [kind.name for kind in ALL if not holds(kind)]


def test_names_are_unique() -> None:
    names = [kind.name for kind in ALL]
    assert len(set(names)) == len(names)


def test_there_are_enough() -> None:
    assert len(ALL) >= 120


def test_each_category_stands_together() -> None:
    order = [kind.category for kind in ALL]
    changes = sum(before != after for before, after in itertools.pairwise(order))
    assert changes == len(set(order)) - 1


def test_secrets_come_first_and_what_needs_no_name_last() -> None:
    assert (ALL[0].category, ALL[-1].category) == ("secrets", "recognized by content")


def test_each_name_is_kebab_case() -> None:
    assert failing(lambda kind: bool(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", kind.name))) == []


def test_every_pattern_is_one_of_docker() -> None:
    patterns = [(text, DockerignorePattern(text)) for kind in ALL for text in kind.patterns]
    assert [text for text, pattern in patterns if (pattern.include, pattern.text) != (True, text)] == []
    assert {text for text, pattern in patterns if pattern.matches("no/such/name")} <= {"**"}


def test_a_name_below_a_directory_has_the_category_of_its_own_pattern() -> None:
    patterns = {text: kind.category for kind in reversed(ALL) for text in kind.patterns if text.startswith("**/")}
    named = {text: catalogue(for_cache=True).named(sample(text)) for text in patterns}
    assert {text: kind and kind.category for text, kind in named.items()} == patterns


def test_the_texts_are_sentences() -> None:
    assert failing(lambda kind: bool(re.fullmatch(r"[A-Z\"].{20,300}\.", kind.why)) and "  " not in kind.why) == []


def test_each_row_says_what_it_means() -> None:
    assert (
        failing(lambda kind: all((kind.category, kind.source, kind.patterns, kind.harm, kind.keep, kind.types))) == []
    )
    assert {kind.severity for kind in ALL} <= set(SEVERITIES)


def test_no_ambiguous_name_is_enough() -> None:
    ambiguous = {kind.name: {pattern.rpartition("/")[2] for pattern in kind.patterns} & AMBIGUOUS for kind in ALL}
    assert [kind.name for kind in ALL if ambiguous[kind.name] and kind.evidence is BY_NAME] == []


def test_no_ambiguous_name_is_enough_in_fact(tmp_path: Path) -> None:
    """Evidence may be put together so that a bare name passes; an entry with nothing in it and beside it must not."""
    tree = DiskTree(tmp_path)
    for name in ("bin", "build", "dist", "vendor", "target", "out", "data", "logs", "coverage", "public"):
        (tmp_path / name).mkdir()
    for name in ("core", "tags", "a.sql", "a.jar", "a.so", "a.a", "a.exe", "a.db", "a.pem", "a.key", "a.csv"):
        (tmp_path / name).touch()
    places = [tree.place(name, None) for name in sorted(tree.names(""))]
    assert [
        (kind.name, place.path)
        for kind in ALL
        for place in places
        if any(DockerignorePattern(pattern).matches(place.path) for pattern in kind.patterns)
        and place.type in kind.types
        and kind.evidence.holds(place)
    ] == []


HOSTILE = (
    b" ",
    b"\n\t ",
    b"\nexport ",
    b"\nPASSWORD_",
    b"PASSWORD" * 8 + b"\n",
    b"token  =  ",
    b'"password"  :  ',
    b'"a_token_a" : "',
    b"://a:",
    b"\nhttps://" + b"a" * 199 + b":",
    b"\na:a:a:a",
    b"\nfrom  ",
    b"gitdir: /worktrees/",
    b"-----BEGIN \n",
    b"value  =  ",
    b"0",
)


@pytest.mark.parametrize("content", HOSTILE, ids=lambda content: repr(content[:20]))
def test_no_content_makes_evidence_slow(content: bytes, tmp_path: Path) -> None:
    """Each of these makes some careless expression take minutes for 64 KiB; the limit leaves a slow machine room."""
    file = tmp_path / "filled"
    file.write_bytes((content * 65_536)[:65_536])
    tree = DiskTree(tmp_path)
    for kind in ALL:
        for pattern in kind.patterns:
            name = re.sub(r"\[[^]]*\]|[*?]+", "a", pattern.rpartition("/")[2])
            file = file.rename(tmp_path / name)
            with processor_limit(2):
                kind.evidence.holds(tree.place(name, None))


@pytest.mark.parametrize(
    ("evidence", "above"),
    [
        pytest.param(BY_NAME, -1, id="a name says nothing of the size"),
        pytest.param(larger_than(10, "") & BY_NAME, 10, id="both must hold"),
        pytest.param(larger_than(10, "") & larger_than(20, ""), 20, id="the stricter of both"),
        pytest.param(larger_than(10, "") | larger_than(20, ""), 10, id="the laxer of one or the other"),
        pytest.param(larger_than(10, "") | BY_NAME, -1, id="one of which asks no size"),
        pytest.param(~larger_than(10, ""), -1, id="the small ones"),
        pytest.param(larger_than(10, "").saying("large"), 10, id="in other words"),
    ],
)
def test_evidence_knows_the_files_that_it_holds_of_none_of(evidence: Evidence, above: int) -> None:
    assert evidence.above == above
