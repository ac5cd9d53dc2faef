"""Small random builds, the same ones for the same seed: a tree, an ignore file and a Dockerfile that runs nothing.

No name is absolute or holds "..", and links are made last, so that nothing is written outside of the tree.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

_NAMES = (
    *("a", "b.md", "foo", "foo.txt", "x.log", "docs", "src", "node_modules", "keep", "dist", "lib", "A", "é", "a b"),
    *(".env", ".git", "test.go", "index.js"),
)
_PATTERNS = (
    *(
        "node_modules",
        "**/node_modules",
        "*.log",
        "**/*.log",
        "docs",
        "dist/",
        "/src",
        "*/foo",
        "**/*.md",
        ".git",
        ".env",
    ),
    *("a", "*", "**", "src/*", "lib/**", "?", "[a-c]*", "foo*", "**/keep", "# comment", "", "**/dist/**", "é", "a b"),
)
_EXCEPTIONS = ("!src", "!foo.txt", "!src/keep", "!lib/a", "!a", "!docs/b.md", "!main.go", "!.env")
_SURE = "main.go"
_SIZES = (0, 1, 100, 5000, 32768, 70000)


def grow(root: Path, seed: int) -> Path:
    """Make a build in a new directory."""
    chance = random.Random(seed)
    root.mkdir(parents=True)
    directories, files = [root], [root / _SURE]
    (root / _SURE).write_text("package main\n")
    for _ in range(chance.randint(5, 16)):
        place = chance.choice(directories) / chance.choice(_NAMES)
        if place.exists():
            continue
        if chance.random() < 0.4 and len(place.relative_to(root).parts) < 4:
            place.mkdir()
            directories.append(place)
        else:
            place.write_bytes(b"x" * chance.choice(_SIZES))
            place.chmod(chance.choice((0o644, 0o755, 0o600)))
            files.append(place)
    named = chance.choice(sorted(path.name for path in root.iterdir()))
    _write_ignore_file(root, named, chance)
    (root / "Dockerfile").write_text(_dockerfile(named, chance))
    _link(directories, files, chance)
    return root


def _write_ignore_file(root: Path, named: str, chance: random.Random) -> None:
    lines = [chance.choice(_PATTERNS) for _ in range(chance.randint(0, 5))]
    lines += [chance.choice(_EXCEPTIONS) for _ in range(chance.randint(0, 3))]
    name = chance.choice((".dockerignore", ".dockerignore", "Dockerfile.dockerignore"))
    # What COPY names must be sent, or the build fails: that is another test's.
    (root / name).write_text("".join(f"{line}\n" for line in [*lines, f"!{named}", f"!{_SURE}"]))


def _dockerfile(named: str, chance: random.Random) -> str:
    copies = {
        "everything": lambda: "COPY . /all/\n",
        "by name": lambda: f'COPY ["{named}", "/one/"]\n',
        "a wildcard": lambda: "COPY m*.go [mk]*[op] /many/\n",
        "a variable": lambda: "ARG FILE=main.go\nCOPY $FILE /variable/\n",
        "added": lambda: "ADD ./main.go /added/\n",
    }
    lines = [copies[name]() for name in chance.sample(sorted(copies), chance.randint(1, 3))]
    if chance.random() < 0.3:
        return f"FROM scratch AS made\n{lines[0]}FROM scratch\nCOPY main.go /\nCOPY --from=made / /made/\n"
    return f"FROM scratch\n{''.join(lines)}"


def _link(directories: list[Path], files: list[Path], chance: random.Random) -> None:
    for number in range(chance.randint(0, 2)):
        place = chance.choice(directories) / f"link{number}"
        if not os.path.lexists(place):
            place.symlink_to(chance.choice(("a", "foo.txt", "nowhere", "src", "docs")))
    if files and chance.random() < 0.3:
        os.link(chance.choice(files), directories[0] / "hard")
