"""What is sent does not depend on the order in which a set gives its members."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from support import ctxaudit, make_tree

SEEDS = ("0", "1")
TREES = 8
COMMANDS = (("ls", "."), (".", "-v", "--diff"), (".", "--format", "json"))


def make_linked_tree(root: Path, chance: random.Random) -> None:
    """Make a tree of links to links, and a Dockerfile whose sources and wildcards go through them."""
    names = [f"{letter}{number}" for letter in "abc" for number in range(4)]
    real = {f"real/{name}/{part}": name * (chance.randrange(3) + 1) for name in names for part in ("f", "g.log", "h/i")}
    make_tree(root, dict(real))
    links = {f"l{number}": f"real/{chance.choice(names)}" for number in range(6)}
    links |= {f"m{number}": f"l{chance.randrange(6)}/{chance.choice(('h', 'f', '.'))}" for number in range(6)}
    links |= {"s": "real", "t": "s", **{f"n{number}": f"t/{chance.choice(names)}" for number in range(6)}}
    for link, target in links.items():
        (root / link).symlink_to(target)
    sources = [
        "l*",
        "m*",
        "n*",
        "[ln]?",
        "s/a*/f",
        "t/*/h",
        *chance.sample(sorted(links), 4),
        *(f"{one}/h" for one in links),
    ]
    copies = "".join(f"COPY {source} /{number}/\n" for number, source in enumerate(chance.sample(sources, 5)))
    (root / "Dockerfile").write_text(f"FROM scratch\n{copies}")
    (root / ".dockerignore").write_text(
        chance.choice(("**/*.log\n", "*\n!real\n!l*\n!s\n", "real/b*\n!real/**/h\n", ""))
    )


def answers(home: Path) -> list[str]:
    """Give what each command prints of each tree."""
    return [ctxaudit(*one, cwd=home / str(tree)).stdout.decode() for tree in range(TREES) for one in COMMANDS]


@pytest.mark.usefixtures("unmeasured")
def test_answers_are_the_same_whatever_the_hash_seed(tmp_path: Path) -> None:
    for tree in range(TREES):
        make_linked_tree(tmp_path / str(tree), random.Random(tree))
    found = []
    for seed in SEEDS:  # an interpreter for each seed, which it reads at its start
        command = [sys.executable, __file__, tmp_path]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        found.append(json.loads(subprocess.run(command, env=environment, capture_output=True, check=True).stdout))
    names = [f"tree {tree}: {' '.join(one)}" for tree in range(TREES) for one in COMMANDS]
    assert [name for name, *said in zip(names, *found, strict=True) if len(set(said)) > 1] == []
    assert sum(map(bool, found[0])) >= 2 * TREES  # `--diff` prints nothing where nothing is to change


if __name__ == "__main__":
    sys.stdout.write(json.dumps(answers(Path(sys.argv[1]))))
