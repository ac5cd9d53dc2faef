"""What is sent does not depend on the order in which a set gives its members."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from support import installed, make_tree

SEEDS = ("0", "1", "2")


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


@pytest.mark.parametrize("number", range(8), ids="tree {}".format)
def test_answers_are_the_same_whatever_the_hash_seed(number: int, tmp_path: Path) -> None:
    make_linked_tree(tmp_path, random.Random(number))
    for arguments in (("ls", "."), (".", "-v", "--diff"), (".", "--format", "json")):
        answers = {installed(*arguments, cwd=tmp_path, PYTHONHASHSEED=seed).stdout for seed in SEEDS}
        assert len(answers) == 1, arguments
